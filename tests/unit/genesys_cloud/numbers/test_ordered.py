# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run says about its purchases: `_genesys_cloud/numbers/ordered.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.ordered import announce
from unit.properties import given, st

BOUGHT = [{"slot": "main", "number": "18445550000"}, {"slot": None, "number": "18445550001"}]


@pytest.mark.parametrize(
    ("result", "is_planned", "lines"),
    [
        ({"ordered": BOUGHT}, False, ["bought 18445550000 for the slot main", "bought 18445550001"]),
        ({"ordered": [{"slot": "main", "number": None}]}, True, ["would buy a number for the slot main"]),
        (
            {"ordered": BOUGHT[:1], "failed": True},
            False,
            ["ordered, and the task failed after that: 18445550000 for the slot main"],
        ),
        # ignore_errors removes "failed".
        ({"ordered": BOUGHT[1:], "failure": {}}, False, ["ordered, and the task failed after that: 18445550001"]),
        ({"ordered": []}, False, []),
        ({"msg": "The task was refused."}, False, []),
    ],
)
def test_a_purchase_is_told_with_its_slot(result: dict[str, Any], is_planned: bool, lines: list[str]) -> None:
    assert announce(result, is_planned) == lines


@given(st.dictionaries(st.sampled_from(["ordered", "failed", "failure"]), st.none() | st.lists(st.text()) | st.text()))
def test_other_results_announce_nothing(result: dict[str, Any]) -> None:
    assert announce(result, False) == []


def test_a_long_text_is_cut() -> None:
    (line,) = announce({"ordered": [{"slot": "x" * 2000, "number": "18445550000"}]}, False)
    assert line == f"bought 18445550000 for the slot {'x' * 1000}"
