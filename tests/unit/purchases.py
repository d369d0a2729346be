# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-ins for purchases: a journal in a list, and an account of numbers without a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import JournalUnusable
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.account import Account
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.client import (
    FIELDS,
    CloudNumbers,
    Order,
    TollfreeNumber,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import Journal, missing
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.plan import Desired, Wish
from unit.doubles import make_run

ACME, GLOBEX = "45acae06-6b7c-4f97-9c76-471c0b25ef71", "9d2f7c1e-3b84-4a60-8f15-6e0a7c52d943"
N0, N1, N2 = "18445550000", "18445550001", "18445550002"
FIELDS_TO_BUY = {"mo_url": "https://nexus/mo", "dr_url": "https://nexus/dr", "webhook_username": ACME}


class Memory:
    """Stores the lines of a journal in a list, which can be full."""

    def __init__(self, *lines: bytes) -> None:
        self.place = "the list"
        self.lines = list(lines)
        self.is_full = False
        self.is_locked = False

    @property
    def exists(self) -> bool:
        return bool(self.lines)

    def read(self) -> list[bytes]:
        return list(self.lines)

    @contextmanager
    def locked(self, *, create: bool = False) -> Iterator[Memory]:
        assert not self.is_locked
        if not self.lines and not create:
            raise missing(self.place)
        self.is_locked = True
        try:
            yield self
        finally:
            self.is_locked = False

    def append(self, line: bytes) -> None:
        assert self.is_locked
        if self.is_full:
            raise JournalUnusable(self.place, "it is full", "Make room")
        self.lines.append(line)

    def check(self) -> None:
        if self.is_full:
            raise JournalUnusable(self.place, "it is full", "Make room")


class Numbers(CloudNumbers):
    """An account of numbers.

    :ivar calls: the requests so far, without lists of the account.
    :ivar events: the events in the journal at the time of each call.
    :ivar faults: errors that the next calls raise, by name of the call.
    :ivar has_what_it_sold: whether an order is complete at once.
    """

    def __init__(self, *numbers: TollfreeNumber, offered: Sequence[str] = (N0, N1, N2)) -> None:
        self.numbers = {item.number: item for item in numbers}
        self.offered = list(offered)
        self.calls: list[tuple[Any, ...]] = []
        self.events: list[list[str]] = []
        self.faults: dict[str, list[Exception]] = {}
        self.has_what_it_sold = True
        self.journal: Journal | None = None
        self.closed = 0

    def _call(self, name: str, *arguments: Any) -> None:
        if name != "purchased":
            self.calls.append((name, *arguments))
            self.events.append([item.event for item in self.journal.read()] if self.journal else [])
        if self.faults.get(name):
            raise self.faults[name].pop(0)

    def purchased(self) -> list[TollfreeNumber]:
        self._call("purchased")
        return list(self.numbers.values())

    def available(self, count: int, vanity: str | None = None) -> list[str]:
        self._call("available", count, vanity)
        return [number for number in self.offered if number not in self.numbers][:count]

    def order(self, request: dict[str, Any], *, port_in: bool = False) -> Order:
        digits = request["tollfreeNumber"]
        self._call("order", digits, port_in)
        if self.has_what_it_sold:
            self.numbers[digits] = number(digits, **{name: request.get(key, "") for name, key in FIELDS.items()})
        return Order(f"order-{digits[-1]}", "Accepted")

    def read_order(self, order: str) -> Order:
        self._call("read_order", order)
        return Order(order, "Pending")

    def change(self, number: str, change: dict[str, str]) -> None:
        self._call("change", number, change)

    def release(self, number: str) -> None:
        self._call("release", number)
        self.numbers.pop(number, None)

    def close(self) -> None:
        self.closed += 1


def number(digits: str = N0, **fields: str) -> TollfreeNumber:
    """Return a number of the account."""
    return TollfreeNumber(digits, {**dict.fromkeys(FIELDS, ""), **fields})


def wish(slot: str | None = "main", number: str | None = None, **options: Any) -> Wish:
    """Return a wish for a number that may be bought."""
    return Wish("", slot, number, **{"fields": dict(FIELDS_TO_BUY), **options})


def account_of(
    *wishes: Wish,
    client: Numbers | None = None,
    journal: Journal | None = None,
    params: dict[str, Any] | None = None,
    **options: Any,
) -> Account:
    """Return an account during a run that may buy. Its journal exists unless it is given."""
    if journal is None:
        journal = Journal(Memory())
        journal.create()
    client = client or Numbers()
    client.journal = journal
    lines: list[str] = []
    run = make_run({"order_timeout": 60, "retries": 2, **(params or {})}, progress=lines.append)
    allowed = {"password": "secret", "purchase_allowed": True, "max_purchases": 9, "client": "client-1"}
    desired = Desired(ACME, wishes or (wish(),), **{**allowed, **options})
    return Account(run, desired, client, journal)


def events(account: Account) -> list[tuple[str | None, str, str]]:
    """Return slot, number and last event of all purchases in the journal."""
    return [(item.slot, item.number, item.event) for item in account.journal.read()]
