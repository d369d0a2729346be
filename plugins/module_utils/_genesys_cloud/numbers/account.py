# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account and the journal during one run, and what the run has done so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..._core.errors import InvalidInput, JournalProblem
from ..._core.task import Run
from .client import CloudNumbers, TollfreeNumber
from .events import Purchase
from .journal import Journal
from .plan import Desired, Observed, is_purchase_due, match_all, unmarked


@dataclass
class Account:
    """The account of a tenant's numbers during one run. Only ordering, waiting and tidying share it.

    :arg read_used: returns the numbers that the tenant's configuration uses: the section by number.
    :ivar did: what this run did or may have done, a sentence each.
    :ivar ordered: the numbers that this run ordered or may have ordered, without port-ins.
    :ivar awaited: IDs of the intents that this run waits for.
    :ivar come: numbers that appeared while it waited, by number.
    :ivar written: comments that this run wrote and did not read back yet, by number.
    :ivar has_obtained: whether this run already bought what was missing. It does so only once.
    """

    run: Run
    desired: Desired
    client: CloudNumbers
    journal: Journal
    read_used: Callable[[], Mapping[str, str]] = dict
    did: list[str] = field(default_factory=list)
    ordered: list[dict[str, str | None]] = field(default_factory=list)
    awaited: set[str] = field(default_factory=set)
    come: dict[str, TollfreeNumber] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    has_obtained: bool = False
    _used: Mapping[str, str] | None = field(default=None, init=False)

    @property
    def patience(self) -> float:
        """Seconds to wait for an order."""
        return float(self.run.params["order_timeout"])

    def numbers(self) -> list[TollfreeNumber]:
        """Return the numbers of the account, including those that this run saw before. A list may lag."""
        listed = self.client.purchased()
        here = {item.number for item in listed}
        return [*listed, *(item for number, item in self.come.items() if number not in here)]

    def observe(self) -> Observed:
        """Read the account and the journal."""
        numbers = self.numbers()
        return self.with_used(Observed(numbers, self.journal.read(), self.journal.exists))

    def with_used(self, observed: Observed) -> Observed:
        """Add the numbers that the tenant's configuration uses. Read them only if they matter: this sends requests."""
        if self._used is None:
            try:
                matches = match_all(self.desired, observed)
            except InvalidInput:
                # Nothing is bought in this case.
                return observed
            if not is_purchase_due(matches) or not unmarked(self.desired, observed, matches):
                return observed
            self._used = self.read_used()
        return replace(observed, used=self._used)

    def is_ordered(self, purchase: Purchase) -> None:
        """Remember an order that was sent and may have been accepted."""
        self.did.append(f"The number {purchase.number} was ordered{purchase.purpose} (intent {purchase.id})")
        self.awaited.add(purchase.id)
        if not purchase.port_in:
            self.ordered.append({"slot": purchase.slot, "number": purchase.number})

    def check_awaited(self, purchases: Sequence[Purchase]) -> None:
        """Raise JournalProblem if the journal no longer has an order of this run, or has closed it."""
        if not self.awaited <= {purchase.id for purchase in purchases if purchase.is_live}:
            raise self.interfered()

    def interfered(self) -> JournalProblem:
        """Return the error for an order of this run that someone else closed or removed."""
        return JournalProblem(
            self.journal.place,
            "was changed by someone else. An order that this run was waiting for is closed or missing",
            "No other number was bought in its place. If the file was replaced, restore it. Then run again",
        )
