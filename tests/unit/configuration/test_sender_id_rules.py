# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for sender IDs: `_configuration/sender_id_rules.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration import sender_id_rules as rules
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sender_id_rules import SenderId
from unit.arguments import wrong


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("SMS_Main", "chat.SMS_Main"),
        ("chat.SMS_Main", "chat.SMS_Main"),
        ("Chat.SMS_Main", "Chat.SMS_Main"),
        ("SMS-1", "chat.SMS-1"),
        ("SMS Main", "SMS Main"),
        ("sms.main", "sms.main"),
        ("chat.SMS Main", "chat.SMS Main"),
    ],
)
def test_the_prefix_is_added_only_to_names_that_follow_the_guide(name: str, section: str) -> None:
    assert SenderId("", name).section == section
    assert rules.section_name("name", name) == section


@pytest.mark.parametrize("name", ["", " ", "\t"])
def test_an_empty_name_is_refused(name: str) -> None:
    assert wrong(rules.section_name, "sender_ids[0].name", name) == "sender_ids[0].name"


@pytest.mark.parametrize("name", ["SMS Main", "sms.main", "chat.", "chat.a b", "Chat.Main", "ü"])
def test_the_name_of_a_new_section_must_follow_the_guide(name: str) -> None:
    assert wrong(rules.new_section_name, "name", name) == "name"
    assert not rules.has_guides_form(SenderId("", name).section)


@pytest.mark.parametrize("name", ["SMS_Main", "chat.SMS-1", "1"])
def test_a_new_section_gets_its_prefix(name: str) -> None:
    section = rules.new_section_name("name", name)
    assert section == f"chat.{name.removeprefix('chat.')}"
    assert rules.has_guides_form(section)


def test_a_name_without_the_prefix_does_not_follow_the_guide() -> None:
    assert not rules.has_guides_form("SMS_Main")


@pytest.mark.parametrize("value", ["Main", "chat.Main", "CHAT.Main"])
def test_an_endpoint_gets_the_prefix_once(value: str) -> None:
    assert rules.endpoint_name("endpoint", value) == "chat.Main"
    assert rules.bare_endpoint(value) == "Main"


@pytest.mark.parametrize("value", ["", " ", "chat.", "chat. ", " Main", "Main ", "chat.Main "])
def test_an_endpoint_needs_a_name_without_whitespace_around_it(value: str) -> None:
    assert wrong(rules.endpoint_name, "endpoint", value) == "endpoint"


def item(place: str, name: str, number: str | None = None, *, present: bool = True) -> SenderId:
    return SenderId(f"sender_ids[{place}].", name, present, {} if number is None else {"channelId": number})


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([item("0", "a", "1"), item("1", "b", "2")], []),
        ([item("0", "a", "1"), item("1", "a", "2")], ["sender_ids[1].name"]),
        ([item("0", "a", "1"), item("1", "chat.a", "2"), item("2", "a")], ["sender_ids[1].name", "sender_ids[2].name"]),
        ([item("0", "a", "1"), item("1", "b", "1")], ["sender_ids[1].channel_id"]),
        ([item("0", "a", "1"), item("1", "b", "1", present=False)], []),
        ([item("0", "a", "1", present=False), item("1", "b", "1")], []),
        ([item("0", "a"), item("1", "b")], []),
        (
            [item("0", "a", "1"), item("1", "b", "1"), item("2", "c", "1")],
            ["sender_ids[1].channel_id", "sender_ids[2].channel_id"],
        ),
        ([item("0", "a", "1"), item("1", "a", "1")], ["sender_ids[1].name", "sender_ids[1].channel_id"]),
    ],
)
def test_a_tenant_has_each_section_and_each_number_once(items: list[SenderId], expected: list[str]) -> None:
    assert [error.parameter for error in rules.conflicts(items)] == expected


def test_a_conflict_names_the_first_place() -> None:
    (section,) = rules.conflicts([item("0", "a"), item("1", "a"), item("2", "b")])
    assert "chat.a" in str(section)
    assert "sender_ids[0]," not in str(section)
    assert "sender_ids[0]" in str(section)
    (number,) = rules.conflicts([SenderId("", "a", options={"channelId": "18"}), item("1", "b", "18")])
    assert "18" in str(number)
    assert "this task" in str(number)


def test_a_number_to_be_bought_is_a_string() -> None:
    assert rules.ToBeBought("x") == "x"
    assert not hasattr(rules.ToBeBought("x"), "__dict__")
