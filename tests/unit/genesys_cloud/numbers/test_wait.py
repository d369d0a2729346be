# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for ordered numbers, without a network: `_genesys_cloud/numbers/wait.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import JournalProblem, Refused, Undecided
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import wait as _wait
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.account import Account
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.events import Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.wait import status_of, wait
from unit.doubles import Clock
from unit.purchases import ACME, GLOBEX, N0, N1, Numbers, account_of, events, number, wish


class Times:
    """The time module for this code: the clock of the wall stands still, the other one passes only in sleep."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.wall = 0.0
        self.sleep: Callable[[float], None] = clock.sleep
        self.monotonic = clock

    def time(self) -> float:
        return self.wall


@pytest.fixture(autouse=True)
def times(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Times:
    """Let time pass only when the code sleeps, and pauses be as long as they may be."""
    made = Times(clock)
    monkeypatch.setattr(_wait, "time", made)
    monkeypatch.setattr("random.uniform", lambda _least, most: most)
    return made


def ordered(account: Account, digits: str = N0, slot: str | None = "main", event: str | None = "ordered") -> Purchase:
    """Note an order in the journal."""
    with account.journal.locked() as ledger:
        purchase = ledger.intend(ACME, slot, digits, "client-1", port_in=False)
        return ledger.note(purchase, event, order="order-1") if event else purchase


def test_a_number_that_is_there_is_noted_without_a_pause(times: Times) -> None:
    client = Numbers(number(N0), number(N1))
    account = account_of(client=client)
    ordered(account)
    wait(account)
    assert events(account) == [("main", N0, "bought")]
    assert account.come == {N0: number(N0)}
    assert times.clock.pauses == []
    assert client.calls == [("read_order", "order-1")]


def test_the_pauses_grow_until_the_patience_is_over(times: Times, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    account = account_of(wish("main"), wish("second"))
    monkeypatch.setattr(account.run, "progress", lines.append)
    first = ordered(account)
    second = ordered(account, N1, "second", None)
    times.wall = second.begun
    with pytest.raises(Undecided) as caught:
        wait(account)
    assert times.clock.pauses == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0, 10.0, 4.25]
    assert account.awaited == {first.id, second.id}
    assert lines[0] == f"The account does not have {N0}, {N1} yet. Waiting for up to 60 s more."
    assert caught.value.details()["intents"] == [first.shown(), second.shown()]
    assert f"The number {N0} was ordered for the slot main at {first.shown()['begun']}" in str(caught.value)
    assert "(order order-1, status Pending)" in str(caught.value)
    assert f"It is not known whether the number {N1} was ordered for the slot second" in str(caught.value)
    assert f"-e intent={second.id} -e resolution=forget" in str(caught.value)


def test_a_number_that_comes_late_is_noted(times: Times) -> None:
    client = Numbers()
    account = account_of(wish("main"), wish("second"), client=client)
    ordered(account)
    ordered(account, N1, "second", None)
    came = iter([number(N1), number(N0)])

    def sleep(_seconds: float) -> None:
        item = next(came)
        client.numbers[item.number] = item

    times.sleep = sleep
    times.wall = account.journal.read()[0].begun
    wait(account)
    assert events(account) == [("main", N0, "bought"), ("second", N1, "bought")]
    assert account.come == dict(client.numbers)


@pytest.mark.parametrize(("age", "slept"), [(59.0, [0.25, 0.5, 0.25]), (60.0, []), (1000.0, [])])
def test_an_old_order_is_not_waited_for_again(times: Times, age: float, slept: list[float]) -> None:
    account = account_of()
    ordered(account)
    begun = account.journal.read()[0].begun

    def sleep(seconds: float) -> None:
        times.clock.sleep(seconds)
        times.wall += seconds

    times.sleep = sleep
    times.wall = begun + age
    with pytest.raises(Undecided):
        wait(account)
    assert times.clock.pauses == pytest.approx(slept, abs=1e-5)


def test_a_clock_that_is_behind_makes_no_wait_longer(times: Times) -> None:
    account = account_of(params={"order_timeout": 1})
    ordered(account)
    times.wall = account.journal.read()[0].begun - 1000
    with pytest.raises(Undecided):
        wait(account)
    assert sum(times.clock.pauses) == 1


def test_the_latest_of_several_orders_is_waited_for(times: Times) -> None:
    account = account_of(wish("main"), wish("second"))
    first = ordered(account)
    later = SimpleNamespace(begun=first.begun + 30)
    clock = times.clock
    times.wall = first.begun + 50
    assert _wait._time_left(60, clock.now, [first, replace(first, begun=later.begun)]) == pytest.approx(40)


@pytest.mark.parametrize("what", ["closed", "bought", "port-in", "other tenant", "other slot", "absent"])
def test_what_this_run_does_not_want_is_not_waited_for(what: str) -> None:
    client = Numbers()
    slot, present = ("other" if what == "other slot" else "main"), what != "absent"
    account = account_of(wish("main", present=present), client=client)
    tenant = GLOBEX if what == "other tenant" else ACME
    with account.journal.locked() as ledger:
        purchase = ledger.intend(tenant, slot, N0, "client-1", port_in=what == "port-in")
        ledger.note(purchase, {"closed": "forgotten", "bought": "bought"}.get(what, "ordered"))
    wait(account)
    assert (client.calls, account.awaited) == ([], set())


def test_a_named_number_of_another_tenant_is_not_waited_for() -> None:
    account = account_of(wish(None, N0))
    with account.journal.locked() as ledger:
        ledger.intend(GLOBEX, None, N0, None, port_in=False)
    wait(account)
    assert account.awaited == set()


def test_an_order_that_someone_closed_meanwhile_ends_the_wait(times: Times) -> None:
    account = account_of()
    ordered(account)
    times.wall = account.journal.read()[0].begun

    def sleep(_seconds: float) -> None:
        with account.journal.locked() as ledger:
            ledger.note(ledger.purchases[0], "forgotten")

    times.sleep = sleep
    with pytest.raises(JournalProblem, match="was changed by someone else"):
        wait(account)


def test_an_order_whose_status_can_not_be_read_has_none(times: Times) -> None:
    client = Numbers()
    client.faults = {"read_order": [Refused("read the order", "https://cloud", "answered", "Look")]}
    account = account_of(client=client)
    purchase = ordered(account)
    assert status_of(client, purchase) is None
    assert status_of(client, purchase) == "Pending"
    assert status_of(client, replace(purchase, order=None)) is None
    assert len(client.calls) == 2
    times.wall = purchase.begun + 60
    with account.journal.locked() as ledger:
        ledger.note(ledger.note(purchase, "forgotten"), "ordered")
    client.faults = {"read_order": [Refused("read the order", "https://cloud", "answered", "Look")]}
    with pytest.raises(Undecided, match=r"\(order order-1, status not known\)"):
        wait(account)


@pytest.mark.parametrize(("detail", "why"), [("timed out", r": timed out\. The"), (None, r"\d\dZ?\. The")])
def test_an_unclear_order_tells_why(times: Times, detail: str | None, why: str) -> None:
    account = account_of()
    with account.journal.locked() as ledger:
        ledger.note(ledger.intend(ACME, "main", N0, None, port_in=False), "unclear", detail=detail)
    times.wall = account.journal.read()[0].begun + 60
    with pytest.raises(Undecided, match=why):
        wait(account)


def test_an_order_without_an_id_is_told_as_such(times: Times) -> None:
    account = account_of()
    with account.journal.locked() as ledger:
        ledger.note(ledger.intend(ACME, "main", N0, None, port_in=False), "ordered")
    times.wall = account.journal.read()[0].begun + 60
    with pytest.raises(Undecided, match=r"\(without an order ID\)"):
        wait(account)
