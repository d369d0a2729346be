# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the unit tests themselves: a test file for each code file, and the guard in `conftest.py`."""

from __future__ import annotations

import ast
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PurePath

import pytest
import requests
from tools.collection import ROOT
from unit.doubles import Server

TESTED = ("module_utils", "plugin_utils", "filter", "callback")
ELSEWHERE = {"module_utils/_core/version.py": "a constant, which tests/unit/test_consistency.py compares"}
"""Code files without a test file, each with the reason."""

STARTS: list[Callable[[], object]] = [
    lambda: subprocess.run([sys.executable, "--version"], check=False),
    os.fork,
    lambda: os.posix_spawn("/bin/true", ["true"], {}),
]


def code_files() -> list[str]:
    """Return the code files that need a test file, below plugins."""
    plugins = ROOT / "plugins"
    found = [path for folder in TESTED for path in (plugins / folder).rglob("*.py") if path.stat().st_size]
    return sorted(str(path.relative_to(plugins)) for path in found)


def place_of(code: str) -> Path:
    """Return the place of a code file's tests: the same folders without module_utils and underscores."""
    parts = PurePath(code).parts
    folders = [part.lstrip("_") for part in parts[parts[0] == "module_utils" : -1]]
    return ROOT.joinpath("tests/unit", *folders, f"test_{parts[-1]}")


@pytest.mark.parametrize("code", code_files())
def test_each_code_file_has_a_test_file(code: str) -> None:
    assert place_of(code).exists() is (code not in ELSEWHERE)


@pytest.mark.parametrize("code", sorted(set(code_files()) - set(ELSEWHERE)))
def test_a_test_file_names_what_it_covers(code: str) -> None:
    """Its docstring has the path of the code file, from the folder of the system."""
    path = place_of(code)
    doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert f"`{code.removeprefix('module_utils/')}`" in doc


def test_a_test_file_in_a_folder_of_code_has_a_code_file() -> None:
    expected = {place_of(code) for code in code_files()}
    found = {path for path in (ROOT / "tests/unit").rglob("test_*.py") if path.parent != ROOT / "tests/unit"}
    assert found - expected == set()


@pytest.mark.parametrize("start", STARTS)
def test_a_unit_test_cannot_start_a_process(start: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match="must not start a process"):
        start()


def test_a_unit_test_connects_to_its_own_servers_only(server: Server) -> None:
    assert requests.get(server.url, timeout=30).status_code == 200
    with socket.socket() as outside, pytest.raises(pytest.fail.Exception, match="must not connect to"):
        outside.connect(("192.0.2.1", 80))
