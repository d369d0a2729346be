# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep a copy of the checkout where Ansible looks for the collection.

Ansible wants .../ansible_collections/cxops/genesys_sms, and a checkout may have any name. Only what changed is written,
so that a test run which reads the copy is not disturbed by another one that starts.
"""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / ".build/ansible_collections/cxops/genesys_sms"


def update_copy() -> None:
    """Make the copy equal to the checkout, without what git ignores."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    names = [line.strip("/") for line in lines if line and not line.startswith("#")]
    shutil.copytree(
        ROOT,
        COPY,
        ignore=shutil.ignore_patterns(".git", *names),
        copy_function=_copy_if_changed,
        dirs_exist_ok=True,
    )
    for path in sorted(COPY.rglob("*")):
        gone = path.exists() and not (ROOT / path.relative_to(COPY)).exists()
        if gone and "__pycache__" not in path.parts:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _copy_if_changed(source: str, target: str) -> None:
    if not Path(target).exists() or not filecmp.cmp(source, target):
        shutil.copy2(source, target)


if __name__ == "__main__":
    update_copy()
