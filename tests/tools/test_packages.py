# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""packages.py, with a program in the place of apt-get."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tools.packages import PackageMissingError, require


def installer(directory: Path, monkeypatch: pytest.MonkeyPatch, *, root: bool, script: str = "") -> Path:
    """Put a program for apt-get on the PATH. Return the file to which it writes its arguments."""
    log = directory / "log"
    program = directory / "apt-get"
    program.write_text(f'#!/bin/sh\necho "$@" >> {log}\n{script}\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(directory), prepend=os.pathsep)
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    return log


def test_what_is_there_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = installer(tmp_path, monkeypatch, root=True)
    assert require(lambda: "here", "a tool", "tool") == "here"
    assert not log.exists()


def test_root_installs_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = tmp_path / "new"
    log = installer(tmp_path, monkeypatch, root=True, script=f"[ $1 = update ] || touch {new}")
    assert require(lambda: new if new.exists() else None, "a tool", "tool", "more") == new
    update, install = log.read_text(encoding="utf-8").splitlines()
    assert update.startswith("update ")
    assert install.startswith("install ")
    assert install.endswith(" tool more")


@pytest.mark.parametrize("root", [True, False])
def test_what_can_not_be_installed_is_a_command_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: bool
) -> None:
    log = installer(tmp_path, monkeypatch, root=root)
    with pytest.raises(PackageMissingError) as caught:
        require(lambda: None, "a tool", "tool", "more")
    assert str(caught.value).endswith("Type: sudo apt-get install --yes tool more")
    assert log.exists() is root
