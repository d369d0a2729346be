# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lists of an inventory: `_tenant/inventory_lists.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.inventory_lists import (
    LISTED,
    Number,
    list_problems,
)

ACME, BETA = "45acae06-6b7c-4f97-9c76-471c0b25ef71", "5d9c7a26-0a55-4b6a-9a3e-0c1d6f6f3b02"


def found(**variables: Any) -> tuple[list[Number], list[str | None]]:
    """Return the numbers, and the places of all problems."""
    numbers, errors = list_problems(variables.get)
    return numbers, [error.parameter for error in errors]


def problems(**variables: Any) -> list[str | None]:
    return found(**variables)[1]


def sender(name: str, number: Any = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "endpoint": "Main", **({} if number is None else {"channel_id": number}), **more}


def channel(name: str, **more: Any) -> dict[str, Any]:
    return {"channel_id": name, "webhook_url": "https://h", "webhook_secret": "a", "api_secret": "b", **more}


def test_an_inventory_without_lists_is_good() -> None:
    assert found() == ([], [])
    assert {"sender_ids", "tollfree_numbers", "custom_gateway_channels", "webhook_headers"} == LISTED
    assert found(**{name: [] for name in LISTED}) == ([], [])


def test_the_numbers_of_all_lists_are_found() -> None:
    numbers, places = found(
        sender_ids=[sender("a", "12345"), sender("b", "12346", state="absent"), sender("c", slot="main")],
        tollfree_numbers=[
            {"slot": "main"},
            {"number": "+1 844 555 1212"},
            {"number": "18445551213", "state": "absent"},
        ],
        custom_gateway_channels=[channel("650"), channel("mail.example.com"), channel("651", state="absent")],
        webhook_headers=[{"name": "X", "value": "v"}],
    )
    assert places == []
    assert numbers == [
        Number("sender_ids[0].channel_id", "number", "12345"),
        Number("tollfree_numbers[1].number", "toll-free number", "18445551212"),
        Number("custom_gateway_channels[0].channel_id", "channel", "650"),
    ]


@pytest.mark.parametrize("name", sorted(LISTED))
@pytest.mark.parametrize(("value", "place"), [("text", ""), ({"name": "a"}, ""), (["text"], "[0]"), ([None], "[0]")])
def test_a_list_holds_dictionaries(name: str, value: Any, place: str) -> None:
    assert problems(**{name: value}) == [f"{name}{place}"]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([sender("a", "12345")], []),
        ([{}], ["name", "channel_id", "endpoint"]),
        ([{"name": "a", "channel_id": "1", "endpoint": "Main"}], ["channel_id"]),
        ([sender(" ", "12345")], ["name"]),
        ([sender("a", "12345", endpoint=" ")], ["endpoint"]),
        ([sender("a", 12345)], ["channel_id"]),
        ([sender("a", "12345", unknown=1)], ["unknown"]),
        ([sender("a", "12345", provider="other")], ["provider"]),
        ([{"name": "a", "state": "absent"}], []),
        ([{"state": "absent"}], ["name"]),
        ([{"name": "a", "endpoint": "Main", "options": {"channelID": "x"}}], []),
        ([{"name": "a", "options": {"channelId": "x", "Endpoint": "y"}}], []),
        ([{"name": "a", "options": "text"}], ["channel_id", "endpoint"]),
    ],
)
def test_sender_ids_need_a_name_a_number_and_an_endpoint(items: list[Any], expected: list[str]) -> None:
    places = problems(sender_ids=items)
    assert sorted(str(place) for place in places if "options" not in str(place)) == sorted(
        f"sender_ids[0].{option}" for option in expected
    )


def test_sender_ids_are_listed_once() -> None:
    items = [sender("a", "12345"), sender("chat.a", "12346"), sender("b", "12345")]
    assert problems(sender_ids=items) == ["sender_ids[1].name", "sender_ids[2].channel_id"]
    # An item whose number is wrong is still compared by its name.
    assert problems(sender_ids=[sender("a", "1"), sender("a", "12346")]) == [
        "sender_ids[0].channel_id",
        "sender_ids[1].name",
    ]
    assert problems(sender_ids=[sender(" ", "12345"), sender(" ", "12346")]) == [
        "sender_ids[0].name",
        "sender_ids[1].name",
    ]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([{"slot": "main"}], []),
        ([{"slot": "main", "number": "18445551212"}], []),
        ([{}], ["[0].number"]),
        ([{"slot": "a b"}], ["[0].slot"]),
        ([{"number": "844"}], ["[0].number"]),
        ([{"slot": "main", "vanity": "x"}], ["[0].vanity"]),
        ([{"slot": "main", "vanity": "x", "state": "absent"}], []),
        ([{"slot": "main"}, {"slot": "MAIN"}], ["[1].slot"]),
        ([{"number": "18445551212"}, {"slot": "a", "number": "18445551212"}], ["[1].number"]),
    ],
)
def test_toll_free_numbers_need_a_slot_or_a_number(items: list[Any], expected: list[str]) -> None:
    assert problems(tollfree_numbers=items) == [f"tollfree_numbers{place}" for place in expected]


@pytest.mark.parametrize(
    ("ccid", "tenant", "is_ignored"),
    [(BETA, ACME, True), (ACME.upper(), ACME, False), (BETA, None, False), (None, ACME, True)],
)
def test_numbers_of_other_tenants_are_ignored(ccid: str | None, tenant: str | None, is_ignored: bool) -> None:
    items = [{"slot": "main", "number": "18445551212", "ccid": ccid}, {"slot": "main"}]
    numbers, places = found(ccid=tenant, tollfree_numbers=items)
    assert (numbers == [], places == []) == (is_ignored, is_ignored)


@pytest.mark.parametrize(
    ("sender_id", "numbers", "expected"),
    [
        (sender("a", slot="main"), [{"slot": "main"}], []),
        (sender("a", slot="main"), [], ["slot"]),
        (sender("a", slot="main"), [{"slot": "main", "state": "absent"}], ["slot"]),
        (sender("a", slot="main", state="absent"), [], []),
        (sender("a", "18445551212", slot="main"), [{"slot": "main"}], ["slot"]),
        (sender("a", "18445551212"), [{"number": "18445551212"}], []),
        (sender("a", "18445551212"), [{"number": "18445551212", "state": "absent"}], ["channel_id"]),
        (sender("a", "18445551212", state="absent"), [{"number": "18445551212", "state": "absent"}], []),
        (sender("a", "18445551213"), [{"number": "18445551212", "state": "absent"}], []),
    ],
)
def test_a_sender_id_has_a_slot_and_a_number_that_stay(
    sender_id: dict[str, Any], numbers: list[Any], expected: list[str]
) -> None:
    assert problems(sender_ids=[sender_id], tollfree_numbers=numbers) == [f"sender_ids[0].{name}" for name in expected]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([channel("650")], []),
        ([{}], ["[0].channel_id", "[0].webhook_url", "[0].webhook_secret", "[0].api_secret"]),
        ([channel("by hand")], ["[0].channel_id"]),
        ([{"channel_id": "by hand", "state": "absent"}], []),
        ([{"channel_id": " ", "state": "absent"}], ["[0].channel_id"]),
        ([channel("650", webhook_url="h")], ["[0].webhook_url"]),
        ([channel("a.com"), channel("A.com")], ["[1].channel_id"]),
        ([channel("by hand"), channel("by hand")], ["[0].channel_id", "[1].channel_id"]),
    ],
)
def test_channels_need_an_id_a_url_and_secrets(items: list[Any], expected: list[str]) -> None:
    assert problems(custom_gateway_channels=items) == [f"custom_gateway_channels{place}" for place in expected]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([{"name": "X", "value": "v"}], []),
        ([{"name": "X"}], ["[0].value"]),
        ([{"name": "X", "state": "absent"}], []),
        ([{"name": "by hand: ", "state": "absent"}], []),
        ([{"name": "Host", "value": "v"}], ["[0].name"]),
        ([{"name": "X", "value": "a\nb"}], ["[0].value"]),
        ([{"name": "X", "value": "v"}, {"name": "x", "value": "w"}], ["[1].name"]),
    ],
)
def test_headers_need_a_name_and_a_value(items: list[Any], expected: list[str]) -> None:
    assert problems(webhook_headers=items) == [f"webhook_headers{place}" for place in expected]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["18445551212", "+1 844 555 1213"], []),
        (["18445551212", "555", 18445551213], ["[1]"]),
        ("18445551212, 555", ["[1]"]),
        ([], []),
        (None, []),
    ],
)
def test_foreign_numbers_are_numbers(value: Any, expected: list[str]) -> None:
    """A wrong one must stop only its tenant, not the task that reads the accounts of all tenants."""
    assert problems(genesys_cloud_foreign_numbers=value) == [
        f"genesys_cloud_foreign_numbers{place}" for place in expected
    ]
