# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that a change to what users get comes with a changelog fragment.

The change is what differs from its base. The base is CHANGE_BASE, as a pull request's workflow sets it; or where the
branch left origin/main; or, on main itself, the last release. Without history there is nothing to compare with: then
it is enough that there is a fragment, or that the version is released.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools.collection import ROOT

SHIPPED = ("meta", "playbooks", "plugins", "roles")
"""Directories whose change a user may notice."""

CHANGELOG = ("changelogs/fragments", "changelogs/changelog.yaml")
"""Where a change is told; a release moves fragments into the second."""

_TOLD = 5


def problem(root: Path, base: str | None) -> str | None:
    """Return what is wrong with the change since its base; None where it has a fragment or needs none.

    :arg base: a commit, or None to find it.
    """
    try:
        if not base and _git(root, "rev-parse", "--is-shallow-repository") == "true":
            return _without_history(root)
        since = base or _base(root)
        shipped, told = (_changed(root, since, *paths) for paths in (SHIPPED, CHANGELOG))
    except subprocess.CalledProcessError as error:
        if not base:
            return _without_history(root)
        return f"CHANGE_BASE is no commit of this clone: {error.stderr.strip()}"
    if not shipped or told:
        return None
    more = f", and {len(shipped) - _TOLD} more" if len(shipped) > _TOLD else ""
    return (
        f"No changelog fragment since {since[:12]}, and these files changed: {', '.join(shipped[:_TOLD])}{more}. "
        "Add a file to changelogs/fragments; CONTRIBUTING.md has an example. Use the section trivial for what no user "
        "notices."
    )


def _without_history(root: Path) -> str | None:
    """Return what is wrong where the change can't be compared: neither a fragment is there, nor is this a release."""
    version = next(
        line.split()[1]
        for line in (root / "galaxy.yml").read_text(encoding="utf-8").splitlines()
        if line.startswith("version:")
    )
    changelog = root / "changelogs/changelog.yaml"
    is_released = changelog.exists() and f"\n  {version}:\n" in changelog.read_text(encoding="utf-8")
    if is_released or any((root / "changelogs/fragments").glob("*.yml")):
        return None
    return "This clone lacks its history, and there is no changelog fragment. Type: git fetch --unshallow"


def _base(root: Path) -> str:
    head = _git(root, "rev-parse", "HEAD")
    branches = _git(root, "branch", "--remotes", "--list", "origin/main")
    if branches:
        fork = _git(root, "merge-base", "HEAD", "origin/main")
        if fork != head:
            return fork
    return _git(root, "log", "-1", "--format=%H", "-G^version:", "--", "galaxy.yml")


def _changed(root: Path, base: str, *paths: str) -> list[str]:
    """Return the files that differ from a commit, those that git does not know yet included."""
    known = _git(root, "diff", "--name-only", base, "--", *paths)
    new = _git(root, "ls-files", "--others", "--exclude-standard", "--", *paths)
    return sorted({*known.splitlines(), *new.splitlines()})


def _git(root: Path, *arguments: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return run.stdout.strip()


if __name__ == "__main__":
    sys.exit(problem(ROOT, os.environ.get("CHANGE_BASE") or None))
