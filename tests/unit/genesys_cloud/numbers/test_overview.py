# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All numbers of an organization: `_genesys_cloud/numbers/overview.py`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import rules
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.client import TollfreeNumber
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.events import EVENTS, Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.overview import (
    FINDINGS,
    Account,
    Book,
    Tenant,
    _order,
    describe,
)
from unit.properties import given, st
from unit.purchases import ACME, GLOBEX, N0, N1, N2, number

OTHER = "0b0e1c1c-8a4b-4f6f-9d52-5d6d5a1b7c10"
ONE, TWO = "client-1", "client-2"
TENANTS = (Tenant("acme", ACME), Tenant("globex", GLOBEX))
Row = dict[str, Any]


def purchase(digits: str, event: str = "bought", **options: Any) -> Purchase:
    """Return a purchase of acme for its slot main."""
    told: dict[str, Any] = {
        "id": rules.intent_of(ACME, digits),
        "tenant": ACME,
        "slot": "main",
        "number": digits,
        "port_in": False,
        "client": ONE,
        "state": EVENTS[event],
        "event": event,
        "order": None,
        "detail": None,
        "begun": 1.0,
    }
    return Purchase(**{**told, **options})


def marked(digits: str, slot: str = "main", ccid: str = ACME, **fields: str) -> TollfreeNumber:
    """Return a number with the mark of a slot."""
    mark = rules.mark(rules.intent_of(ccid, digits), slot)
    return number(digits, **{"comment": f"{mark} by hand", "webhook_username": ccid, **fields})


def made(
    *numbers: TollfreeNumber,
    purchases: Iterable[Purchase] = (),
    tenants: Iterable[Tenant] = TENANTS,
    exists: bool | None = True,
) -> dict[str, Any]:
    """Return the overview of one account and one journal."""
    tenants = list(tenants)
    names = tuple(tenant.name for tenant in tenants if tenant.is_in_run)
    account = Account(ONE, names, numbers)
    return describe(tenants, [account], [Book("journal", names, exists, list(purchases))])


def row(*numbers: TollfreeNumber, **options: Any) -> Row:
    (found,) = made(*numbers, **options)["numbers"]
    return dict(found)


def test_a_number_with_all_that_is_known_of_it() -> None:
    item = replace(marked(N0), status="Assigned", created="2026-11-20T10:00:00Z")
    assert row(item, purchases=[purchase(N0, order="o1")]) == {
        "tenant": "acme",
        "ccid": ACME,
        "slot": "main",
        "number": N0,
        "status": "Assigned",
        "since": "2026-11-20T10:00:00Z",
        "client": ONE,
        "in_account": True,
        "comment": "by hand",
        "intent": rules.intent_of(ACME, N0),
        "event": "bought",
        "order": "o1",
        "findings": [],
    }
    # Without a date of the server, that of the order.
    assert row(marked(N0), purchases=[purchase(N0)])["since"] == "1970-01-01T00:00:01.000+00:00"


@pytest.mark.parametrize(
    ("item", "purchases", "tenant", "findings"),
    [
        (number(N0), [], None, ["foreign"]),
        (number(N0, webhook_username=ACME.upper()), [], "acme", ["mark_missing"]),
        (number(N0), [purchase(N0)], "acme", ["mark_missing"]),
        (number(N0, webhook_username=OTHER), [], None, ["foreign"]),
        (marked(N0, ccid=OTHER), [], None, ["foreign", "not_in_journal"]),
        (marked(N0, ccid=GLOBEX), [], "globex", ["not_in_journal"]),
        (marked(N0), [purchase(N0, "unclear")], "acme", ["order_open"]),
        # The journal decides, not the webhook user name.
        (marked(N0, webhook_username=GLOBEX), [purchase(N0)], "acme", []),
    ],
)
def test_the_tenant_of_a_number(
    item: TollfreeNumber, purchases: list[Purchase], tenant: str | None, findings: list[str]
) -> None:
    found = row(item, purchases=purchases)
    assert (found["tenant"], found["findings"]) == (tenant, findings)


def test_a_slot_with_two_numbers() -> None:
    found = made(marked(N0), marked(N1, slot="MAIN"), marked(N2, ccid=GLOBEX), exists=False)["numbers"]
    assert [item["findings"] for item in found] == [["doubled"], ["doubled"], []]


def test_a_foreign_number_of_the_inventory() -> None:
    tenant = Tenant("acme", ACME, foreign=frozenset([N0, N1]))
    by_hand = number(N0, webhook_username=ACME)
    assert row(by_hand, tenants=[tenant])["findings"] == ["foreign"]
    # A mark says more.
    assert row(marked(N1), tenants=[tenant], exists=False)["findings"] == []


def test_a_number_that_the_inventory_does_not_list() -> None:
    tenant = Tenant("acme", ACME, slots=frozenset(["main"]), numbers=frozenset([N2]))
    items = [marked(N0, slot="Main"), marked(N1, slot="old"), marked(N2, slot="odd")]
    found = made(*items, tenants=[tenant], exists=False)["numbers"]
    assert {item["number"]: item["findings"] for item in found} == {N0: [], N1: ["not_in_inventory"], N2: []}


@pytest.mark.parametrize("caller", ["", "nexus", ACME])
def test_a_number_that_the_inventory_lists_without_a_slot(caller: str) -> None:
    tenant = Tenant("acme", ACME, slots=frozenset(), numbers=frozenset([N0]))
    found = row(number(N0, webhook_username=caller), tenants=[tenant])
    assert (found["tenant"], found["ccid"], found["findings"]) == ("acme", ACME, [])
    # What the account says comes first.
    other = row(number(N0, webhook_username=GLOBEX), tenants=[tenant, TENANTS[1]])
    assert (other["tenant"], other["findings"]) == ("globex", ["mark_missing"])


@pytest.mark.parametrize(
    ("one", "findings"),
    [
        (purchase(N0, "intent"), ["order_open"]),
        (purchase(N0, "unclear"), ["order_open"]),
        (purchase(N0, "ordered", port_in=True), ["port_in"]),
        (purchase(N0), ["not_in_account"]),
        (purchase(N0, client=None), ["not_in_account"]),
        (purchase(N0, client=TWO), ["account_not_read"]),
        (purchase(N0, "unclear", client=TWO), ["order_open", "account_not_read"]),
        (purchase(N0, "unclear", tenant=OTHER), ["order_open", "foreign"]),
    ],
)
def test_a_purchase_whose_number_no_account_has(one: Purchase, findings: list[str]) -> None:
    found = row(purchases=[one])
    assert (found["findings"], found["in_account"], found["client"]) == (findings, False, one.client)


@pytest.mark.parametrize("turned", [False, True])
def test_an_open_order_hides_another_purchase_of_the_number(turned: bool) -> None:
    two = [purchase(N0), purchase(N0, "unclear", id=rules.intent_of(GLOBEX, N0), tenant=GLOBEX)]
    shown = row(purchases=two[::-1] if turned else two)
    assert (shown["tenant"], shown["intent"]) == ("globex", rules.intent_of(GLOBEX, N0))
    assert shown["findings"] == ["order_open"]


@pytest.mark.parametrize("event", ["refused", "forgotten", "released"])
def test_a_closed_purchase_is_not_shown(event: str) -> None:
    assert made(purchases=[purchase(N0, event)])["numbers"] == []


def test_accounts_are_combined_and_one_that_fails_hides_no_other() -> None:
    accounts = [
        Account(ONE, ("acme",), [marked(N0)]),
        # Another login of the same client, such as one with a trailing slash in the URL.
        Account(ONE, ("third",), [marked(N0)]),
        Account(TWO, ("globex",), None, "Could not log in."),
    ]
    tenants = [*TENANTS, Tenant("third", OTHER)]
    books = [
        Book("one", ("acme", "third"), True, [purchase(N0), purchase(N1, "unclear")]),
        Book("two", ("globex",), None, (), "It can't be read."),
    ]
    told = describe(tenants, accounts, books)
    assert [(item["number"], item["findings"]) for item in told["numbers"]] == [(N0, []), (N1, ["order_open"])]
    assert [account["numbers"] for account in told["accounts"]] == [1, 1, None]
    assert told["tenants"]["globex"]["problems"] == ["Could not log in.", "It can't be read."]
    assert told["tenants"]["globex"]["has_journal"] is None
    assert told["tenants"]["third"]["purchases"] == []
    shown = told["tenants"]["acme"]["purchases"]
    assert [(one["number"], one["in_account"], one["undecided"]) for one in shown] == [
        (N0, True, False),
        (N1, False, True),
    ]


def test_an_order_of_another_client_is_told_as_such() -> None:
    (shown,) = made(purchases=[purchase(N0, "unclear", client=TWO)])["tenants"]["acme"]["purchases"]
    assert shown["other_client"] is True


def test_tenants_that_are_not_in_the_run_are_left_out() -> None:
    tenants = [TENANTS[0], replace(TENANTS[1], is_in_run=False)]
    purchases = [purchase(N2, "unclear", tenant=GLOBEX)]
    told = made(marked(N0), marked(N1, ccid=GLOBEX), purchases=purchases, tenants=tenants)
    assert [item["number"] for item in told["numbers"]] == [N0]
    # The order is not a number yet.
    assert told["left_out"] == 1
    assert list(told["tenants"]) == ["acme"]


NUMBERS = st.builds(
    lambda digits, slot, ccid, caller, is_marked: (
        marked(digits, slot, ccid, webhook_username=caller) if is_marked else number(digits, webhook_username=caller)
    ),
    st.sampled_from([N0, N1, N2]),
    st.sampled_from(["main", "MAIN", "other"]),
    st.sampled_from([ACME, GLOBEX, OTHER]),
    st.sampled_from([ACME, GLOBEX, OTHER, "", "nexus"]),
    st.booleans(),
)
PURCHASES = st.builds(
    lambda digits, event, tenant, slot: purchase(digits, event, tenant=tenant, slot=slot),
    st.sampled_from([N0, N1, N2]),
    st.sampled_from([event for event in EVENTS if event != "recorded"]),
    st.sampled_from([ACME, GLOBEX, OTHER]),
    st.sampled_from(["main", None]),
)


@given(st.lists(NUMBERS, unique_by=lambda item: item.number), st.lists(PURCHASES, unique_by=lambda item: item.number))
def test_each_number_is_in_exactly_one_row(items: list[TollfreeNumber], purchases: list[Purchase]) -> None:
    """Nothing that costs money, or may, is missing or counted twice."""
    told = made(*items, purchases=purchases)
    rows = told["numbers"]
    live = {one.number for one in purchases if one.is_live}
    assert sorted(item["number"] for item in rows) == sorted({item.number for item in items} | live)
    assert sum(item["in_account"] for item in rows) == len(items)
    for item in rows:
        assert set(item["findings"]) <= set(FINDINGS)
        assert len(item["findings"]) == len(set(item["findings"]))
        assert (item["tenant"] is None) == ("foreign" in item["findings"])


def test_numbers_are_sorted_by_tenant_and_slot() -> None:
    expected = [
        ("acme", "a", "9", None),
        ("acme", "a", "9", "i1"),
        ("acme", "a", "9", "i2"),
        ("acme", "b", "8", None),
        ("acme", None, "7", None),
        ("globex", "a", "6", None),
        (None, "a", "5", None),
        (None, "b", "4", None),
        (None, None, "3", None),
    ]
    rows = [dict(zip(("tenant", "slot", "number", "intent"), each, strict=True)) for each in expected]
    mixed = [*rows[4:], *rows[:4]]
    assert sorted(mixed, key=_order) == rows
