# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments are made again when a file of their requirements changes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from tools import matrix
from tools.collection import ROOT

REQUIREMENTS = ROOT / "tests/requirements"


def included(name: str) -> set[str]:
    """Return the names of a file of requirements, and of all files that it includes."""
    names = re.findall(r"^-r (.+)$", (REQUIREMENTS / name).read_text(encoding="utf-8"), re.MULTILINE)
    return {name}.union(*map(included, names))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The commands that make an environment. They are not run. Its files of requirements include each other."""
    monkeypatch.setattr(matrix, "ROOT", tmp_path)
    directory = tmp_path / "tests/requirements"
    directory.mkdir(parents=True)
    for name, text in (("core.txt", "-r tests.txt\n"), ("tests.txt", "-r sandbox.txt\n"), ("sandbox.txt", "")):
        (directory / name).write_text(text)
    (tmp_path / ".build/matrix/core").mkdir(parents=True)
    commands: list[str] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_options: commands.append(command[2]))
    return commands


@pytest.mark.parametrize("changed", ["core.txt", "tests.txt", "sandbox.txt"])
def test_an_environment_is_made_again_if_an_included_file_changes(
    made: list[str], tmp_path: Path, changed: str
) -> None:
    for _time in range(2):
        python = matrix.environment("core", Path("python3"))
    assert python == tmp_path / ".build/matrix/core/bin/python"
    assert made == ["venv", "pip"]
    with (tmp_path / "tests/requirements" / changed).open("a") as file:
        file.write("# changed\n")
    matrix.environment("core", Path("python3"))
    assert made == ["venv", "pip"] * 2


@pytest.mark.parametrize("name", ["demo", "bench", "test"])
def test_make_installs_again_if_a_file_of_requirements_changes(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rules = dict(re.findall(r"^\.venv/(\w+): (.+)$", makefile, re.MULTILINE))
    named = {key: set(re.findall(r"\$\(REQUIREMENTS\)/(\S+)", rule)) for key, rule in rules.items()}
    assert named["demo"] | named[name] == included("demo.txt") | included(f"{name}.txt")
