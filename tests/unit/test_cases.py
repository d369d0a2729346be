# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/CASES.md names a test for every case, and every named test exists."""

from __future__ import annotations

import ast
import re

import pytest
from tools.collection import ROOT

ROW = re.compile(r"^- \*\*([A-G]\d+)\*\* (.*)$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
# How many cases each group has.
COUNTS = {"A": 12, "B": 10, "C": 11, "D": 14, "E": 7, "F": 14, "G": 9}
CASES = dict(ROW.findall((ROOT / "tests/CASES.md").read_text(encoding="utf-8")))


def test_every_case_is_listed() -> None:
    assert list(CASES) == [f"{group}{number}" for group, count in COUNTS.items() for number in range(1, count + 1)]


@pytest.mark.parametrize("case", CASES)
def test_the_tests_of_a_case_exist(case: str) -> None:
    named = NAMED.findall(CASES[case])
    assert named, f"{case} names no test"
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, f"{path}::{name}"
