# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of purchases: what was about to be ordered, and the outcome.

A run that writes to it holds its lock, and continues only when each line is stored safely. So a run that ends at any
point leaves a line for each order that it may have sent, and two runs never choose the same number.

A purchase never creates a journal, because a new one would not contain the orders of an older one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, TypeVar

from ..._core.errors import InvalidInput, JournalProblem, JournalUnusable
from ..._core.server_text import in_result
from .events import Purchase, apply, event_of, header, new_id, purchases_of, render

PLAYBOOK = "ansible-playbook -i <inventory> cxops.genesys_sms.numbers"
"""The command that lists the journal's purchases, and with which people decide on them."""


Lock = TypeVar("Lock")


class Locked(Protocol):
    """The lines of a locked journal."""

    def read(self) -> Sequence[bytes]:
        """Return all lines."""

    def append(self, line: bytes) -> None:
        """Append a line. When this returns, it is stored safely.

        :raises JournalUnusable: the line can't be written.
        :raises JournalProblem: someone else changed the journal although it was locked.
        """


class Store(Protocol):
    """Stores the lines of a journal."""

    @property
    def place(self) -> str:
        """The name of the journal in messages."""

    @property
    def exists(self) -> bool:
        """Whether the journal exists."""

    def read(self) -> Sequence[bytes]:
        """Return all lines. A journal that does not exist has none."""

    def locked(self, *, create: bool = False) -> AbstractContextManager[Locked]:
        """Hold the lock. It ends with the process at the latest.

        :arg create: create the store if it does not exist.
        :raises JournalProblem: it does not exist, can't be read and written, or stays locked.
        """

    def check(self) -> None:
        """Raise JournalProblem if the journal can't be written. Change nothing, and do not wait."""


class Ledger:
    """The locked journal: its purchases, and how to add events.

    :arg clean: removes secrets and control characters from a server's text.
    """

    def __init__(
        self, place: str, lines: Locked, purchases: dict[str, Purchase], clean: Callable[[str], str] = in_result
    ) -> None:
        self._place = place
        self._lines = lines
        self._purchases = purchases
        self._clean = clean

    @property
    def purchases(self) -> list[Purchase]:
        """All purchases, oldest first."""
        return list(self._purchases.values())

    def intend(self, tenant: str, slot: str | None, number: str, client: str | None, *, port_in: bool) -> Purchase:
        """Write the intent to order a number. When this returns, it is stored safely."""
        details = {"tenant": tenant, "slot": slot, "number": number, "port_in": port_in, "client": client}
        return self._add("intent", new_id("i"), details)

    def record(self, identifier: str, tenant: str, slot: str, number: str, client: str | None) -> Purchase:
        """Write a number that the account has and the journal does not contain.

        :arg identifier: the intent in the number's mark.
        """
        details = {"tenant": tenant, "slot": slot, "number": number, "port_in": False, "client": client}
        return self._add("recorded", identifier, details)

    def note(self, purchase: Purchase, event: str, **details: str | None) -> Purchase:
        """Write an event of a purchase.

        :arg details: ``order``, ``detail``, or another ``number`` or ``slot``.
        :raises JournalProblem: it can't be written. The earlier lines of the purchase are still there.
        """
        told = {key: value for key, value in details.items() if value is not None}
        for name in ("order", "detail"):
            if name in told:
                told[name] = self._clean(told[name])
        try:
            return self._add(event, purchase.id, told)
        except JournalUnusable as error:
            raise JournalProblem(
                self._place,
                f"can't be written: {error.reason}. The event {event} of the number {purchase.number} (intent "
                f"{purchase.id}) is not recorded",
                "Fix that, then run again with this same journal. The run finds out what happened",
            ) from error

    def _add(self, name: str, identifier: str, details: dict[str, Any]) -> Purchase:
        event = event_of(name, identifier, details)
        self._lines.append(render(event))
        apply(self._purchases, event)
        return self._purchases[identifier]


class Journal:
    """The journal.

    :arg store: where its lines are. None if no journal is set. Then nothing can be bought.
    :arg clean: removes secrets and control characters from a server's text.
    """

    def __init__(self, store: Store | None, clean: Callable[[str], str] = in_result) -> None:
        self._store = store
        self._clean = clean

    @property
    def place(self) -> str:
        """Name of the journal in messages."""
        return "None" if self._store is None else self._store.place

    @property
    def exists(self) -> bool:
        """Whether the journal exists and has a line."""
        return self._store is not None and self._store.exists

    def read(self) -> list[Purchase]:
        """Return all purchases, oldest first. A journal that does not exist has none."""
        store = self._store
        return [] if store is None else list(purchases_of(store.read(), store.place).values())

    def create(self) -> bool:
        """Create the journal. Return False if it already exists."""
        store = self._needed()
        with store.locked(create=True) as lines:
            there = lines.read()
            # Fail if the file is something else than a journal.
            purchases_of(there, store.place)
            if not there:
                lines.append(render(header()))
            return not there

    @contextmanager
    def locked(self) -> Iterator[Ledger]:
        """Hold the lock.

        :raises JournalProblem: the journal does not exist, is not valid, can't be read and written, or stays locked.
        """
        store = self._needed()
        with store.locked() as lines:
            there = lines.read()
            purchases = purchases_of(there, store.place)
            if not there:
                raise missing(store.place)
            yield Ledger(store.place, lines, purchases, self._clean)

    def lacking(self, source: Journal) -> list[bytes]:
        """Return the lines of another journal that this one lacks.

        :raises JournalProblem: the other one does not exist, or this one has lines that the other one lacks.
        """
        return self._rest(source, source._needed().read(), self._needed().read())

    def complete(self, source: Journal) -> bool:
        """Add the lines of another journal that this one lacks. Return False if there are none."""
        with source._needed().locked() as theirs, self._needed().locked(create=True) as own:
            lines = self._rest(source, theirs.read(), own.read())
            for line in lines:
                own.append(line)
        return bool(lines)

    def _rest(self, source: Journal, theirs: Sequence[bytes], own: Sequence[bytes]) -> list[bytes]:
        for place, lines in ((source.place, theirs), (self.place, own)):
            purchases_of(lines, place)
        if not theirs:
            raise missing(source.place)
        # A line of a file ends with a line break.
        lines, there = ([line.rstrip(b"\n") for line in each] for each in (theirs, own))
        if lines[: len(there)] != there:
            raise JournalProblem(
                self.place,
                f"has events that {source.place} lacks",
                "If both are journals of this organization, use the one with more events, and remove the other",
            )
        return lines[len(there) :]

    def check(self) -> None:
        """Raise JournalProblem if the journal can't be written."""
        store = self._needed()
        if not store.exists:
            raise missing(store.place)
        store.check()

    def _needed(self) -> Store:
        if self._store is None:
            raise InvalidInput("journal", "it is missing", "Set it to the file or database of the organization")
        return self._store


def missing(place: str) -> JournalProblem:
    """Return the error for a journal that does not exist."""
    return JournalProblem(
        place,
        "does not exist or is empty. A purchase never creates its journal, because a new one does not contain open "
        "orders",
        f"If no number was bought for this organization before, create it: {PLAYBOOK} -e create_journal=true. If "
        "other runs buy for this organization too, use their journal",
    )


def wait_for_lock(
    store: Store, patience: float, progress: Callable[[str], None], attempt: Callable[[], Lock | None], pause: float
) -> Lock:
    """Return the lock that an attempt gets. It returns None while another run holds the lock.

    :arg patience: seconds to wait.
    :arg pause: seconds between two attempts.
    :raises JournalProblem: another run still holds the lock.
    """
    start = time.monotonic()
    reported = False
    while (lock := attempt()) is None:
        if time.monotonic() - start > patience:
            raise JournalProblem(
                store.place,
                f"has been locked by another run for {patience:g} s",
                "Wait until the other run ends, or stop it. Stopping it loses nothing",
            )
        if not reported:
            progress(f"Waiting for the journal {store.place}: another run has locked it.")
            reported = True
        time.sleep(pause)
    return lock
