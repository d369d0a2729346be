# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find Python interpreters of several versions, on PATH or installed by pyenv.

A name on PATH is not enough: pyenv puts a `python3.9` there that only prints that it is not enabled. So each
candidate is started.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# All versions that the modules or plugins of the collection support.
VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")


def real_path(python: Path) -> Path | None:
    """Return the path of this interpreter, or None if it does not start."""
    if not python.exists():
        return None
    command = [str(python), "-c", "import sys; print(sys.executable)"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return Path(answer.stdout.strip()) if answer.returncode == 0 else None


def find(version: str) -> Path | None:
    """Return a working interpreter of this version."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    directories = (*map(Path, os.get_exec_path()), *sorted(pyenv.glob(f"versions/{version}.*/bin")))
    return next(filter(None, (real_path(directory / f"python{version}") for directory in directories)), None)


def search_path() -> str:
    """Return a PATH on which every python3.N works."""
    names = [f"python{version}" for version in VERSIONS]
    directories = [
        directory
        for directory in map(Path, os.get_exec_path())
        if all(real_path(directory / name) for name in names if (directory / name).exists())
    ]
    directories += [python.parent for python in map(find, VERSIONS) if python]
    return os.pathsep.join(map(str, dict.fromkeys(directories)))


if __name__ == "__main__":
    print(search_path())
