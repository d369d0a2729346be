# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers are ordered, without a network: `_genesys_cloud/numbers/order.py`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    Altered,
    ApiError,
    InvalidInput,
    JournalProblem,
    Refused,
    Unclear,
    Undecided,
    Unreadable,
    Unsent,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import (
    comments as _comments,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import order as _order
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import wait as _wait
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.account import Account
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.client import TollfreeNumber
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.order import obtain
from unit.doubles import Clock
from unit.purchases import ACME, GLOBEX, N0, N1, N2, Numbers, account_of, events, number, wish

PORT_IN = {"loa_file_url": "https://files/loa.pdf", "loa_file_url_username": None, "loa_file_url_password": None}


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Clock:
    """Let time pass only when the code sleeps."""
    clock.now = 0.0
    monkeypatch.setattr("random.uniform", lambda least, _most: least)
    for module in (_order, _wait, _comments):
        # The journal's own clock is the real one.
        real = SimpleNamespace(sleep=clock.sleep, monotonic=clock, time=lambda: 0.0)
        monkeypatch.setattr(module, "time", real)
    return clock


def failing(kind: type[ApiError], status: int | None = None, retry_after: float | None = None) -> ApiError:
    error = kind("order the number", "https://cloud", "answered", "Look", status=status)
    error.retry_after = retry_after
    return error


def orders(client: Numbers) -> list[str]:
    return [call[1] for call in client.calls if call[0] == "order"]


def buy(account: Account) -> bool:
    assert isinstance(account.client, Numbers)
    return obtain(account, account.client)


def test_the_intent_is_in_the_journal_when_the_order_is_sent() -> None:
    client = Numbers()
    account = account_of(wish("main"), wish("second"), client=client)
    assert buy(account) is True
    assert orders(client) == [N0, N1]
    at = [told for call, told in zip(client.calls, client.events, strict=True) if call[0] == "order"]
    assert at == [["intent"], ["ordered", "intent"]]
    assert events(account) == [("main", N0, "bought"), ("second", N1, "bought")]
    first = account.journal.read()[0]
    assert (first.tenant, first.client, first.port_in, first.order, first.detail) == (
        ACME,
        "client-1",
        False,
        "order-0",
        "Accepted",
    )
    assert client.numbers[N0].fields["comment"] == f"[slot {first.id}/main]"
    assert account.did[0] == f"The number {N0} was ordered for the slot main (intent {first.id})"
    assert account.awaited == {item.id for item in account.journal.read()}


def test_nothing_is_ordered_if_nothing_is_missing() -> None:
    client = Numbers(number(N0, webhook_username=ACME))
    account = account_of(wish(None, N0), client=client)
    assert buy(account) is False
    assert orders(client) == []


def test_what_is_missing_is_bought_once_in_a_run() -> None:
    account = account_of()
    buy(account)
    with pytest.raises(JournalProblem, match="No other number was bought"):
        buy(account)


def test_an_order_that_came_meanwhile_is_noted_and_not_repeated() -> None:
    client = Numbers(number(N0))
    account = account_of(client=client)
    with account.journal.locked() as ledger:
        ledger.intend(ACME, "main", N0, "client-1", port_in=False)
        ledger.intend(GLOBEX, "main", N1, "client-1", port_in=False)
    client.numbers[N1] = number(N1)
    assert buy(account) is False
    assert orders(client) == []
    # Also that of another tenant.
    assert events(account) == [("main", N0, "bought"), ("main", N1, "bought")]


def test_an_order_that_came_meanwhile_is_noted_even_if_nothing_may_be_bought() -> None:
    account = account_of(wish("second"), client=Numbers(number(N0)), purchase_allowed=False)
    with account.journal.locked() as ledger:
        ledger.intend(GLOBEX, "main", N0, "client-1", port_in=False)
    with pytest.raises(InvalidInput):
        buy(account)
    assert events(account) == [("main", N0, "bought")]


def test_an_order_of_this_run_that_someone_closed_stops_it() -> None:
    client = Numbers()
    account = account_of(client=client)
    account.awaited = {"i00000000009"}
    with pytest.raises(JournalProblem, match="was changed by someone else"):
        buy(account)
    assert orders(client) == []


@pytest.mark.parametrize("options", [{"purchase_allowed": False}, {"max_purchases": 0}])
def test_the_limits_are_checked_again_under_the_lock(options: dict[str, Any]) -> None:
    client = Numbers()
    with pytest.raises(InvalidInput):
        buy(account_of(client=client, **options))
    assert client.calls == []


def test_an_unmarked_number_that_the_configuration_uses_stops_the_order() -> None:
    client = Numbers(number(N2))
    account = account_of(client=client)
    account.read_used = lambda: {N2: "SMS_Main"}
    with pytest.raises(InvalidInput, match="the section SMS_Main uses it"):
        buy(account)
    assert orders(client) == []


def test_after_an_unclear_order_nothing_else_is_ordered_until_it_came() -> None:
    client = Numbers()
    client.has_what_it_sold = False
    client.faults = {"order": [failing(Unclear)]}
    account = account_of(wish("main"), wish("second"), client=client)
    with pytest.raises(Undecided):
        buy(account)
    assert orders(client) == [N0]
    assert events(account) == [("main", N0, "unclear")]
    (purchase,) = account.journal.read()
    assert purchase.detail == "answered"
    assert account.awaited == {purchase.id}
    assert account.did == [f"The number {N0} was ordered for the slot main (intent {purchase.id})"]


def test_after_an_unclear_order_that_came_the_rest_is_ordered(monkeypatch: pytest.MonkeyPatch, time: Clock) -> None:
    client = Numbers()
    client.faults = {"order": [failing(Unclear)]}
    lines: list[str] = []
    account = account_of(wish("main"), wish("second"), client=client)
    monkeypatch.setattr(account.run, "progress", lines.append)

    def sleep(_seconds: float) -> None:
        (purchase, *_rest) = account.journal.read()
        client.numbers.setdefault(N0, number(N0, comment=f"[slot {purchase.id}/main]"))

    monkeypatch.setattr(_wait, "time", SimpleNamespace(sleep=sleep, monotonic=time, time=lambda: 0.0))
    assert buy(account) is True
    assert orders(client) == [N0, N1]
    assert events(account) == [("main", N0, "bought"), ("second", N1, "bought")]
    assert lines[0] == (
        "Could not order the number: https://cloud answered. Look. Checking whether the account has the number."
    )


def test_an_order_that_did_not_come_is_undecided() -> None:
    client = Numbers()
    client.has_what_it_sold = False
    account = account_of(client=client)
    with pytest.raises(Undecided, match="order order-0, status Pending"):
        buy(account)
    assert events(account) == [("main", N0, "ordered")]


def test_a_comment_that_the_server_altered_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Numbers()
    account = account_of(client=client)
    monkeypatch.setattr(client, "purchased", lambda: [number(digits, comment="cut") for digits in client.numbers])
    with pytest.raises(Altered, match="The mark of the slot main is lost"):
        buy(account)


def test_an_order_that_was_not_sent_is_sent_again(time: Clock) -> None:
    client = Numbers()
    client.faults = {"order": [failing(Unsent), failing(Unsent)]}
    account = account_of(client=client)
    assert buy(account) is True
    # Each attempt is an intent of its own.
    assert events(account) == [("main", N0, "refused"), ("main", N0, "refused"), ("main", N0, "bought")]
    assert account.journal.read()[0].detail == "answered"
    assert account.did == [f"The number {N0} was ordered for the slot main (intent {account.journal.read()[2].id})"]
    assert time.pauses[:2] == [0.25, 0.5]


def test_the_retries_are_counted() -> None:
    client = Numbers()
    client.faults = {"order": [failing(Unsent)] * 3}
    account = account_of(client=client)
    with pytest.raises(Unsent):
        buy(account)
    assert len(orders(client)) == 3
    assert account.did == []
    client.faults = {"order": [failing(Unsent)]}
    with pytest.raises(Unsent):
        buy(account_of(client=client, params={"retries": 0}))
    assert len(orders(client)) == 4


@pytest.mark.parametrize(("retry_after", "pause"), [(0.0, 0.0), (60.0, 60.0)])
def test_the_server_says_when_to_order_again(time: Clock, retry_after: float, pause: float) -> None:
    client = Numbers()
    client.faults = {"order": [failing(Refused, 429, retry_after)]}
    assert buy(account_of(client=client)) is True
    assert time.pauses[0] == pause


def test_a_pause_that_is_longer_than_the_patience_ends_the_task(time: Clock) -> None:
    client = Numbers()
    client.faults = {"order": [failing(Refused, 429, 60.1)]}
    with pytest.raises(Refused):
        buy(account_of(client=client))
    assert (time.pauses, len(orders(client))) == ([], 1)


@pytest.mark.parametrize("held", [[], [number(N1)]])
def test_a_refusal_ends_the_task(held: list[TollfreeNumber]) -> None:
    client = Numbers(*held)
    client.faults = {"order": [failing(Refused, 400)]}
    account = account_of(client=client)
    with pytest.raises(Refused):
        buy(account)
    assert events(account) == [("main", N0, "refused")]
    assert (account.did, account.awaited) == ([], set())


def test_a_refused_order_of_a_number_that_is_there_was_a_purchase(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Numbers()
    account = account_of(client=client)

    def order(request: dict[str, Any], *, port_in: bool = False) -> None:
        Numbers.order(client, request, port_in=port_in)
        raise failing(Refused, 409)

    monkeypatch.setattr(client, "order", order)
    assert buy(account) is True
    assert events(account) == [("main", N0, "bought")]
    assert len(account.did) == 1


def test_a_refused_order_of_a_number_that_is_no_longer_offered_is_unclear(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Numbers(offered=[N0])
    account = account_of(wish("main"), wish("second"), client=client)
    lines: list[str] = []
    monkeypatch.setattr(account.run, "progress", lines.append)

    def order(request: dict[str, Any], *, port_in: bool = False) -> None:
        client.offered.remove(request["tollfreeNumber"])
        raise failing(Refused, 409)

    monkeypatch.setattr(client, "order", order)
    with pytest.raises(Undecided):
        buy(account)
    assert events(account) == [("main", N0, "unclear")]
    assert len(account.did) == 1
    assert lines[0].endswith("The number is no longer offered. Checking whether the account has it.")


@pytest.mark.parametrize("offered", [[N0], []])
def test_a_number_that_was_never_offered_proves_nothing(offered: list[str]) -> None:
    """The offers are asked for the number's last digits too, before and after the order."""
    client = Numbers(offered=offered)
    client.faults = {"order": [failing(Refused, 400)]}
    account = account_of(wish("main", N0), client=client)
    with pytest.raises(Refused):
        buy(account)
    assert events(account) == [("main", N0, "refused")]
    asked = [("available", 100, None)] if offered else [("available", 100, None), ("available", 100, "5550000")]
    assert client.calls == [*asked, ("order", N0, False), *(asked if offered else [])]


def test_a_refusal_that_can_not_be_checked_leaves_the_order_open(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Numbers()
    account = account_of(client=client)

    def order(_request: dict[str, Any], *, port_in: bool = False) -> None:
        client.faults = {"purchased": [failing(Unreadable)]}
        raise failing(Refused, 400)

    monkeypatch.setattr(client, "order", order)
    with pytest.raises(Unreadable):
        buy(account)
    assert events(account) == [("main", N0, "intent")]
    assert len(account.did) == 1


def test_a_port_in_is_ordered_as_one_and_not_waited_for() -> None:
    client = Numbers(offered=[])
    client.has_what_it_sold = False
    account = account_of(wish(None, N1, port_in=PORT_IN), client=client)
    assert buy(account) is True
    assert client.calls[-1] == ("order", N1, True)
    assert [item.port_in for item in account.journal.read()] == [True]
    assert events(account) == [(None, N1, "ordered")]


def test_a_number_that_an_entry_or_a_purchase_has_is_not_chosen() -> None:
    client = Numbers(number(N1, comment="[slot i00000000001/second]"), offered=[])
    client.offered = [N0, N1, N2, "18445550003", "18445550004"]
    account = account_of(wish("main"), wish(None, N2), client=client)
    with account.journal.locked() as ledger:
        ledger.record("i00000000001", ACME, "second", N1, "client-1")
        ledger.note(ledger.record("i00000000002", ACME, "third", "18445550003", "client-1"), "released")
        ledger.note(ledger.record("i00000000003", ACME, "fourth", N0, "client-1"), "forgotten")
    assert buy(account) is True
    # A number that was forgotten may be bought, one that was released may not.
    assert orders(client) == [N0, N2]
    # Ten offers more than numbers that are not chosen: N1, N2 and the one that was released.
    assert client.calls[0] == ("available", 13, None)


def test_no_more_offers_than_the_server_returns_are_asked_for() -> None:
    held = [number(f"1844556{place:04}", comment="[slot i00000000001/other]") for place in range(95)]
    client = Numbers(*held)
    account = account_of(client=client)
    with account.journal.locked() as ledger:
        for place, item in enumerate(held):
            ledger.record(f"i{place + 1:011}", ACME, f"s{place}", item.number, "client-1")
    account.desired = account_of(max_purchases=200).desired
    assert buy(account) is True
    assert client.calls[0] == ("available", 100, None)


@pytest.mark.parametrize(
    ("vanity", "parts"), [(None, ("slot:", "for the slot")), ("CALL", ("vanity:", "with CALL in"))]
)
def test_without_an_offer_nothing_is_ordered(vanity: str | None, parts: tuple[str, str]) -> None:
    client = Numbers(offered=[])
    account = account_of(wish("main", vanity=vanity), client=client)
    with pytest.raises(InvalidInput) as caught:
        buy(account)
    assert str(caught.value).startswith(parts[0])
    assert parts[1] in str(caught.value)
    assert ("Use another vanity" in str(caught.value)) is (vanity is not None)
    assert client.calls == [("available", 10, vanity)]
    assert account.journal.read() == []
