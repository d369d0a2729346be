# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install Debian packages that the tests need and that pip can't install."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable
from typing import TypeVar

from tools.collection import ROOT

Found = TypeVar("Found")


class PackageMissingError(Exception):
    """A package is missing, and this process may not install it.

    :arg what: the name of what the tests need.
    """

    def __init__(self, what: str, *packages: str) -> None:
        super().__init__(
            f"The tests need {what}, and have no permission to install it. Type: "
            f"sudo apt-get install --yes {' '.join(packages)}"
        )


def require(find: Callable[[], Found | None], what: str, *packages: str) -> Found:
    """Return what is found. Install its packages first if it is missing.

    :raises PackageMissingError: it is missing, and only root can install packages, with apt-get.
    """
    directory = ROOT / ".build"
    directory.mkdir(exist_ok=True)
    with (directory / "packages.lock").open("w") as lock:
        # Several test processes may install at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = find()
        if found is None:
            _install(what, *packages)
            found = find()
    if found is None:
        raise PackageMissingError(what, *packages)
    return found


def _install(what: str, *packages: str) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise PackageMissingError(what, *packages)
    print(f"Installing {what}", flush=True)
    subprocess.run(["apt-get", "update", "--quiet", "--quiet"], check=True)
    subprocess.run(
        ["apt-get", "install", "--yes", "--quiet", "--quiet", "--no-install-recommends", *packages],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        check=True,
    )
