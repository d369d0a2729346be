# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for webhook headers: `_configuration/webhook_header_rules.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration import webhook_header_rules as rules
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.webhook_header_rules import Header
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput
from unit.arguments import wrong


@pytest.mark.parametrize("name", ["X-Tenant", "x", "a!#$%&'*+.^_`|~-9"])
def test_a_valid_header_name_is_accepted(name: str) -> None:
    assert rules.header_name("name", name) == name
    assert rules.is_listable(name)


@pytest.mark.parametrize(
    "name", ["", "X Tenant", "X:Y", "header:X", "ü", "X\n", "Content-Type", "HOST", "content-length"]
)
def test_invalid_names_and_headers_of_digital_channels_are_refused(name: str) -> None:
    assert wrong(rules.header_name, "webhook_headers[0].name", name) == "webhook_headers[0].name"
    assert not rules.is_listable(name)


@pytest.mark.parametrize("name", ["content-type", "content-length", "host", "x-hub-signature", "x-b3-traceid"])
def test_the_message_says_what_digital_channels_does_with_the_header(name: str) -> None:
    with pytest.raises(InvalidInput, match="Digital Channels"):
        rules.header_name("name", name.upper())


def test_a_header_is_parsed() -> None:
    assert rules.parse_header("h[0].", {"name": "X", "value": "v"}) == Header("h[0].", "X", True, "v")
    assert rules.parse_header("h[0].", {"name": "X", "value": None, "state": "present"}) == Header("h[0].", "X")
    assert rules.parse_header("h[0].", {"name": "X"}).value is None


def test_a_header_to_remove_may_have_any_name() -> None:
    parsed = rules.parse_header("h[0].", {"name": "Host: x", "value": "v", "state": "absent"})
    assert parsed == Header("h[0].", "Host: x", present=False)
    assert wrong(rules.parse_header, "h[0].", {"name": " ", "state": "absent"}) == "h[0].name"


def test_a_value_is_one_line_of_ascii() -> None:
    assert wrong(rules.parse_header, "h[0].", {"name": "X", "value": "a\nb"}) == "h[0].value"
    assert wrong(rules.parse_header, "h[0].", {"name": "X Y", "value": "a\nb"}) == "h[0].name"


def test_a_header_that_is_listed_twice_in_any_case_is_a_conflict() -> None:
    headers = [Header("h[0].", "X-One"), Header("h[1].", "x-two"), Header("h[2].", "x-ONE"), Header("h[3].", "X-Two")]
    assert rules.conflicts(headers[:2]) == []
    found = rules.conflicts(headers)
    assert [error.parameter for error in found] == ["h[2].name", "h[3].name"]
    assert ["x-ONE" in str(found[0]), "h[0] " in str(found[0])] == [True, True]
    assert rules.conflicts([headers[0], Header("h[1].", "X-one", present=False)])[0].parameter == "h[1].name"
