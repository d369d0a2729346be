# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put the checkout where Ansible looks for the collection.

Ansible needs .../ansible_collections/cxops/genesys_sms, and a checkout may have any name. A link is enough for pytest,
mypy and playbooks. ansible-test, ansible-lint, molecule and the build of the package read all files below, including
.venv and .build, so they use a copy.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINK = ROOT / ".build/ansible_collections/cxops/genesys_sms"
COPY = ROOT / ".build/copy/ansible_collections/cxops/genesys_sms"


def link() -> None:
    """Make the link to the checkout."""
    target = os.path.relpath(ROOT, LINK.parent)
    if LINK.is_symlink() and LINK.readlink() == Path(target):
        return
    LINK.parent.mkdir(parents=True, exist_ok=True)
    if LINK.is_dir() and not LINK.is_symlink():
        shutil.rmtree(LINK)
    # A rename is safe if another run does the same at this moment.
    new = LINK.with_name(f"{LINK.name}.{os.getpid()}")
    new.symlink_to(target)
    new.replace(LINK)


def update_copy(root: Path = ROOT, copy: Path = COPY) -> None:
    """Make the copy equal to the checkout, without files that git ignores. Write only changed files."""
    lines = (root / ".gitignore").read_text(encoding="utf-8").splitlines()
    names = [line.strip("/") for line in lines if line and not line.startswith("#")]
    shutil.copytree(
        root,
        copy,
        ignore=shutil.ignore_patterns(".git", *names),
        copy_function=_copy_if_changed,
        dirs_exist_ok=True,
    )
    for path in sorted(copy.rglob("*")):
        gone = path.exists() and not (root / path.relative_to(copy)).exists()
        if gone and "__pycache__" not in path.parts:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _copy_if_changed(source: str, target: str) -> None:
    if not Path(target).exists() or not filecmp.cmp(source, target):
        shutil.copy2(source, target)


if __name__ == "__main__":
    link()
    if sys.argv[1:] == ["copy"]:
        update_copy()
