# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that a change to shipped files comes with a changelog fragment.

The change is the difference from its base. The base is CHANGE_BASE, which the workflow of a pull request sets; or the
commit where the branch left origin/main; or, on main itself, the last release. Without history there is no base. Then
it is enough that a fragment exists, or that the version is released.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools.collection import ROOT

SHIPPED = ("meta", "playbooks", "plugins", "roles")
"""Directories with files that users get."""

CHANGELOG = ("changelogs/fragments", "changelogs/changelog.yaml")
"""The places of changelog entries. A release moves fragments into the second."""

_TOLD = 5


def problem(root: Path, base: str | None) -> str | None:
    """Return an error if the change since its base needs a fragment and has none, else None.

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
        return f"CHANGE_BASE is not a commit of this clone: {error.stderr.strip()}"
    if not shipped or told:
        return None
    more = f", and {len(shipped) - _TOLD} more" if len(shipped) > _TOLD else ""
    return (
        f"There is no changelog fragment since {since[:12]}, but these files changed: "
        f"{', '.join(shipped[:_TOLD])}{more}. "
        "Add a file to changelogs/fragments. CONTRIBUTING.md has an example. "
        "Use the section trivial for changes that no user notices."
    )


def _without_history(root: Path) -> str | None:
    """Return an error if there is no history, no fragment, and no release of this version."""
    version = next(
        line.split()[1]
        for line in (root / "galaxy.yml").read_text(encoding="utf-8").splitlines()
        if line.startswith("version:")
    )
    changelog = root / "changelogs/changelog.yaml"
    is_released = changelog.exists() and f"\n  {version}:\n" in changelog.read_text(encoding="utf-8")
    if is_released or any((root / "changelogs/fragments").glob("*.yml")):
        return None
    return "This clone has no history, and there is no changelog fragment. Type: git fetch --unshallow"


def _base(root: Path) -> str:
    head = _git(root, "rev-parse", "HEAD")
    branches = _git(root, "branch", "--remotes", "--list", "origin/main")
    if branches:
        fork = _git(root, "merge-base", "HEAD", "origin/main")
        if fork != head:
            return fork
    return _git(root, "log", "-1", "--format=%H", "-G^version:", "--", "galaxy.yml")


def _changed(root: Path, base: str, *paths: str) -> list[str]:
    """Return the files that differ from a commit, including untracked files."""
    known = _git(root, "diff", "--name-only", base, "--", *paths)
    new = _git(root, "ls-files", "--others", "--exclude-standard", "--", *paths)
    return sorted({*known.splitlines(), *new.splitlines()})


def _git(root: Path, *arguments: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return run.stdout.strip()


if __name__ == "__main__":
    sys.exit(problem(ROOT, os.environ.get("CHANGE_BASE") or None))
