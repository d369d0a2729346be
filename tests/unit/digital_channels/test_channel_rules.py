# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for channels of a custom gateway: `_digital_channels/channel_rules.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels import channel_rules as rules
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.channel_rules import Channel
from unit.arguments import wrong

LONG = "a" * 63


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("16504661149", "16504661149"),
        ("123", "123"),
        ("mail.example.com", "mail.example.com"),
        ("Mail.Example.COM", "Mail.Example.COM"),
        ("a-b.c1", "a-b.c1"),
        (f"{LONG}.{LONG}.com", f"{LONG}.{LONG}.com"),
    ],
)
def test_a_channel_is_a_number_or_a_domain(value: str, expected: str) -> None:
    assert rules.channel_id("channel_id", value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "12",
        "1" * 16,
        "example",
        "-a.com",
        "a-.com",
        "a..com",
        "a.1om",
        "a.com-",
        f"{LONG}a.com",
        "a b.com",
        "a.com\n",
    ],
)
def test_an_invalid_channel_id_is_refused(value: str) -> None:
    assert wrong(rules.channel_id, "channels[0].channel_id", value) == "channels[0].channel_id"


@pytest.mark.parametrize(
    ("value", "key", "told"),
    [
        ("16504661149", "16504661149", "16504661149"),
        ("+1 650-466-1149", "16504661149", "16504661149"),
        ("Mail.Example.com", "mail.example.com", "Mail.Example.com"),
        ("by hand", "by hand", "by hand"),
    ],
)
def test_a_handmade_channel_id_has_a_canonical_spelling(value: str, key: str, told: str) -> None:
    assert rules.channel_key(value) == key
    assert rules.told_id(value) == told


@pytest.mark.parametrize(
    ("value", "alone", "expected"),
    [
        ("16504661149", True, True),
        ("16504661149", False, True),
        ("+1 650 466 1149", True, True),
        ("+1 650 466 1149", False, False),
        ("Mail.example.com", True, True),
        ("Mail.example.com", False, False),
        ("mail.example.com", False, True),
        ("by hand", True, False),
        ("12", True, False),
    ],
)
def test_a_list_can_name_a_channel(value: str, alone: bool, expected: bool) -> None:
    assert rules.is_channel(value, alone=alone) is expected


@pytest.mark.parametrize("url", ["https://h/p?q=1", " https://h ", "http://127.0.0.1:1/"])
def test_the_url_of_a_webhook_keeps_its_form(url: str) -> None:
    assert rules.webhook_url("webhook_url", url) == url.strip()


@pytest.mark.parametrize("url", ["", "h", "ftp://h", "https://"])
def test_an_invalid_webhook_url_is_refused(url: str) -> None:
    assert wrong(rules.webhook_url, "webhook_url", url) == "webhook_url"


def test_a_channel_is_parsed() -> None:
    item = {"channel_id": 123, "webhook_url": "https://h", "webhook_secret": "a", "api_secret": "b", "state": "present"}
    parsed = rules.parse_channel("c[0].", item)
    assert parsed == Channel("c[0].", "123", True, "https://h", "a", "b")
    assert parsed.secrets == {"webhook_secret": "a", "api_secret": "b"}
    bare = rules.parse_channel("c[0].", {"channel_id": "a.example"})
    assert bare == Channel("c[0].", "a.example")
    assert bare.secrets == {}
    assert rules.parse_channel("c[0].", {"channel_id": "123", "api_secret": "b"}).secrets == {"api_secret": "b"}


def test_a_channel_to_remove_may_have_any_id() -> None:
    item = {"channel_id": "by hand", "webhook_url": "no url", "state": "absent"}
    assert rules.parse_channel("c[0].", item) == Channel("c[0].", "by hand", present=False)


@pytest.mark.parametrize(
    ("item", "parameter"),
    [
        ({"channel_id": "by hand"}, "c[0].channel_id"),
        ({"channel_id": " ", "state": "absent"}, "c[0].channel_id"),
        ({"channel_id": "123", "webhook_url": "h"}, "c[0].webhook_url"),
        ({"channel_id": "123", "webhook_secret": " "}, "c[0].webhook_secret"),
        ({"channel_id": "123", "api_secret": ""}, "c[0].api_secret"),
    ],
)
def test_an_option_that_is_wrong_is_named(item: dict[str, Any], parameter: str) -> None:
    assert wrong(rules.parse_channel, "c[0].", item) == parameter


def channel(place: int, name: str, present: bool = True) -> Channel:
    return Channel(f"c[{place}].", name, present)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ([channel(0, "123"), channel(1, "124")], []),
        ([channel(0, "123"), channel(1, "123"), channel(2, "123")], ["c[1].channel_id", "c[2].channel_id"]),
        ([channel(0, "a.com"), channel(1, "A.com")], ["c[1].channel_id"]),
        ([channel(0, "a.com"), channel(1, "A.com", False)], []),
        ([channel(0, "A.com", False), channel(1, "a.com")], []),
        ([channel(0, "a.com", False), channel(1, "a.com")], ["c[1].channel_id"]),
        ([channel(0, "a.com", False), channel(1, "a.com", False)], ["c[1].channel_id"]),
        ([channel(0, "A.com", False), channel(1, "a.com", False)], []),
    ],
)
def test_a_channel_that_is_listed_twice_is_a_conflict(channels: list[Channel], expected: list[str]) -> None:
    found = rules.conflicts(channels)
    assert [error.parameter for error in found] == expected
    assert ["c[0]" in str(error) for error in found] == [True] * len(expected)
