# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists from surveys: `filter/list_of_text.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.filter import list_of_text
from unit.properties import given, st

LIST_OF_TEXT = list_of_text.FilterModule().filters()["list_of_text"]
ITEM = {"number": "18445550000", "tenant": "acme", "slot": "main"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([ITEM], [ITEM]),
        ('[{"number": "18445550000", "tenant": "acme", "slot": "main"}]', [ITEM]),
        # The module refuses a number without quotes, as in YAML.
        ('\n[{"number": 18445550000}]', [{"number": 18445550000}]),
        # The module says what is wrong with these.
        ("[{", "[{"),
        ('{"number": "1"}', '{"number": "1"}'),
        ("acme", "acme"),
        ("[" * 100_000, "[" * 100_000),
        (5, 5),
        (None, None),
    ],
)
def test_a_list_may_be_a_text(value: Any, expected: Any) -> None:
    assert LIST_OF_TEXT(value) == expected


@given(st.text())
def test_any_text_stays_a_text_or_becomes_a_list(text: str) -> None:
    found = LIST_OF_TEXT(text)
    assert found == text or isinstance(found, list)
