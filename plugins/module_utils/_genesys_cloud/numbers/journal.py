# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of purchases: what was about to be bought, and what became of it.

Whoever adds to it holds its lock, and has each line kept for good before going on. So a run that ends at any point
leaves a line for each order that it may have sent, and two runs never choose the same number.

A journal is created on purpose, never by a purchase: a new one would not know of the orders that another one has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from ..._core.errors import InvalidInput, JournalProblem, JournalUnusable
from ..._core.server_text import in_result
from .events import Purchase, apply, event_of, header, new_id, purchases_of, render

PLAYBOOK = "ansible-playbook -i <inventory> cxops.genesys_sms.purchases"
"""The command that shows the journal to people, and with which they decide."""


class Locked(Protocol):
    """A journal's lines while its lock is held."""

    def read(self) -> Sequence[bytes]:
        """Return all lines."""

    def append(self, line: bytes) -> None:
        """Add a line. When this returns it is kept for good.

        :raises JournalUnusable: it can't be added.
        :raises JournalProblem: these are not the lines any more that were read under the lock.
        """


class Store(Protocol):
    """What keeps the lines of a journal."""

    @property
    def place(self) -> str:
        """The name of the journal in messages."""

    @property
    def exists(self) -> bool:
        """Whether a journal was begun here."""

    def read(self) -> Sequence[bytes]:
        """Return all lines; none where no journal was begun."""

    def locked(self, *, create: bool = False) -> AbstractContextManager[Locked]:
        """Hold the lock, which ends with the process at the latest.

        :arg create: make what is missing, so that a journal can be begun.
        :raises JournalProblem: it can't be read and written, or stays locked, or there is none.
        """

    def check(self) -> None:
        """Raise JournalProblem where it could not be written. Nothing is changed or waited for."""


class Ledger:
    """The journal while its lock is held: what it says, and the way to add to it.

    :arg clean: takes secrets and control characters out of what a server says.
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
        """All purchases, in the order in which they were begun."""
        return list(self._purchases.values())

    def intend(self, tenant: str, slot: str | None, number: str, client: str | None, *, port_in: bool) -> Purchase:
        """Write down that a number is about to be ordered. When this returns it is kept for good."""
        details = {"tenant": tenant, "slot": slot, "number": number, "port_in": port_in, "client": client}
        return self._add("intent", new_id("i"), details)

    def record(self, identifier: str, tenant: str, slot: str, number: str, client: str | None) -> Purchase:
        """Write down a number that is there already, and that the journal does not know.

        :arg identifier: what the number's mark names.
        """
        details = {"tenant": tenant, "slot": slot, "number": number, "port_in": False, "client": client}
        return self._add("recorded", identifier, details)

    def note(self, purchase: Purchase, event: str, **details: str | None) -> Purchase:
        """Write down what became of a purchase.

        :arg details: ``order``, ``detail``, or another ``number`` or ``slot``.
        :raises JournalProblem: it can't be written. What the journal says of the purchase so far is safe.
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
                f"can't be added to: {error.reason}. What it says of the number {purchase.number} (intent "
                f"{purchase.id}) is older than what happened: the event {event} is missing",
                "Mend that, and run again with this journal and no other: then it is found out",
            ) from error

    def _add(self, name: str, identifier: str, details: dict[str, Any]) -> Purchase:
        event = event_of(name, identifier, details)
        self._lines.append(render(event))
        apply(self._purchases, event)
        return self._purchases[identifier]


class Journal:
    """The journal.

    :arg store: what keeps it. None where there is none, and nothing may be bought.
    :arg clean: takes secrets and control characters out of what a server says.
    """

    def __init__(self, store: Store | None, clean: Callable[[str], str] = in_result) -> None:
        self._store = store
        self._clean = clean

    @property
    def place(self) -> str:
        """What the journal is called in messages."""
        return "None" if self._store is None else self._store.place

    @property
    def exists(self) -> bool:
        """Whether there is a journal. One without a line is none."""
        return self._store is not None and self._store.exists

    def read(self) -> list[Purchase]:
        """Return all purchases. A journal that does not exist has none."""
        store = self._store
        return [] if store is None else list(purchases_of(store.read(), store.place).values())

    def create(self) -> bool:
        """Begin a journal; return False where there is one already."""
        store = self._needed()
        with store.locked(create=True) as lines:
            there = lines.read()
            # What is no journal is not taken for one.
            purchases_of(there, store.place)
            if not there:
                lines.append(render(header()))
            return not there

    @contextmanager
    def locked(self) -> Iterator[Ledger]:
        """Hold the lock.

        :raises JournalProblem: there is no journal, it can't be read and written, says what no journal says, or stays
            locked.
        """
        store = self._needed()
        with store.locked() as lines:
            there = lines.read()
            purchases = purchases_of(there, store.place)
            if not there:
                raise missing(store.place)
            yield Ledger(store.place, lines, purchases, self._clean)

    def check(self) -> None:
        """Raise JournalProblem where it could not be written."""
        store = self._needed()
        if not store.exists:
            raise missing(store.place)
        store.check()

    def _needed(self) -> Store:
        if self._store is None:
            raise InvalidInput("journal", "it is not set", "Name the file that all runs for the organization share")
        return self._store


def missing(place: str) -> JournalProblem:
    """Return the error for a journal that is not there."""
    return JournalProblem(
        place,
        "does not exist, or is empty. A purchase never creates its journal, since a new one does not know of open "
        "orders",
        f"If no number was bought for this organization before, create it: {PLAYBOOK} -e create_journal=true. If "
        "others buy for this organization too, name the journal that all of them use",
    )
