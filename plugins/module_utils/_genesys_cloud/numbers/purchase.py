# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How numbers are bought, so that no fault, crash or second run ever buys one twice (contract section 6).

The API knows no idempotency key. So under the journal's lock, and only there: the account is listed, what is missing is
determined anew, and for each number the intent is on the disk before the one request that orders it. Whatever happens
after that, the journal has an open intent, and nothing is bought for a slot that has one.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ..._core.errors import (
    Altered,
    ApiError,
    InvalidInput,
    JournalProblem,
    Refused,
    SmsError,
    Unclear,
    Undecided,
    Unsent,
)
from ..._core.server_text import in_message
from ..._core.task import Run
from ..cloud_client import is_gone
from . import rules as words
from .client import CloudNumbers, TollfreeNumber
from .journal import PLAYBOOK, Journal, Ledger, Purchase
from .plan import Desired, Match, Observed, Wish, is_purchase_due, match_all, may_buy, order_of, unmarked

_OFFERED = 10
_MOST_OFFERED = 100
_LONGEST_PAUSE = 10.0

_READING = (0.0, 0.25, 1.0, 3.0)
"""Seconds before each look for a comment that was written: a list may lag."""


class Buyer:
    """Buys what a tenant lacks, and gives back what it does not want any more.

    :arg did: what this run has surely or perhaps done, a sentence each.
    :arg used: tells which numbers the sections of the tenant's configuration use: the section by number.
    """

    def __init__(
        self,
        run: Run,
        desired: Desired,
        client: CloudNumbers,
        journal: Journal,
        used: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self.did: list[str] = []
        self.has_obtained = False
        self._run = run
        self._desired = desired
        self._client = client
        self._journal = journal
        self._patience = run.params["order_timeout"]
        self._retries = run.params["retries"]
        # Intents that this run waits for, and numbers that have come while it did.
        self._awaited: set[str] = set()
        self._come: dict[str, TollfreeNumber] = {}
        # Comments that this run has written, by number.
        self._written: dict[str, str] = {}
        self._read_used = used
        self._used: Mapping[str, str] | None = None

    def obtain(self, _client: CloudNumbers) -> bool:
        """Buy what is missing, and wait for what is under way; return whether something was ordered.

        :raises Undecided: it is not known in time what became of an order.
        :raises JournalProblem: someone else decides on an order of this run meanwhile.
        :raises Altered: the account keeps other comments than those that were ordered.
        """
        if self.has_obtained:
            raise self._interfered()
        self.has_obtained = True
        is_complete = False
        while not is_complete:
            with self._journal.locked() as ledger:
                is_complete = self._buy(ledger)
            self._wait()
        self.check_comments()
        return bool(self.did)

    def observe(self) -> Observed:
        """Look at the account and the journal. A number that this run has seen come is there, though a list lags."""
        numbers = self._numbers()
        return self._with_used(Observed(numbers, self._journal.read(), self._journal.exists))

    def _with_used(self, observed: Observed) -> Observed:
        """Add which numbers the tenant's configuration uses, where it matters: it takes requests to read it."""
        if self._used is None:
            try:
                matches = match_all(self._desired, observed)
            except InvalidInput:
                # Nothing is bought then.
                return observed
            if not is_purchase_due(matches) or not unmarked(self._desired, observed, matches):
                return observed
            self._used = self._read_used()
        return replace(observed, used=self._used)

    def _numbers(self) -> list[TollfreeNumber]:
        listed = self._client.purchased()
        here = {item.number for item in listed}
        return [*listed, *(item for number, item in self._come.items() if number not in here)]

    def change(self, number: str, change: dict[str, str], slot: str | None, client: CloudNumbers) -> None:
        """Change a number. One that becomes that of a slot is in the journal first, if there is one."""
        mark = words.mark_of(change.get("comment", ""))
        if slot is not None and mark is not None and self._journal.exists:
            self._adopt(number, slot, mark)
        client.change(number, change)
        if "comment" in change:
            self._written[number] = change["comment"]

    def _adopt(self, number: str, slot: str, mark: words.Mark) -> None:
        """Note a number that was bought by other means as that of a slot."""

        def is_known(purchases: Sequence[Purchase]) -> bool:
            return any(purchase.number == number and purchase.is_live for purchase in purchases)

        if is_known(self._journal.read()):
            return
        tenant = self._desired.tenant
        with self._journal.locked() as ledger:
            identifier = mark.intent or words.intent_of(tenant, number)
            if not is_known(ledger.purchases) and identifier not in {item.id for item in ledger.purchases}:
                ledger.record(identifier, tenant, slot, number, self._desired.client)

    def check_comments(self) -> None:
        """Read back the comments that this run has written.

        :raises Altered: the account keeps other ones.
        """
        for pause in _READING:
            if not self._written:
                return
            time.sleep(pause * random.uniform(0.8, 1.0))
            seen = {item.number: item.fields["comment"] for item in self._numbers()}
            self._written = {
                number: comment
                for number, comment in self._written.items()
                if number in seen and not words.same_comment(comment, seen[number])
            }
        if self._written:
            raise Altered([self._altered(number, seen[number]) for number in sorted(self._written)])

    def _altered(self, number: str, seen: str) -> str:
        """Say that a comment is not what was written, and what to do."""
        written = self._written[number]
        told = f"The number {number} got the comment '{written}', and Genesys Cloud CX keeps '{in_message(seen, 300)}'."
        kept = in_message(words.without_mark(seen), 300)
        text = (
            ""
            if words.same_comment(words.without_mark(written), kept)
            else " Set the comment (in an inventory, genesys_cloud_comment or the comment of the number) to "
            f"'{kept}', or to another text that is kept as it is."
        )
        mark = words.mark_of(written)
        if mark is not None and words.mark_of(seen) != mark:
            return (
                f"{told} The mark of the slot {mark.slot} is lost, so that only the journal {self._journal.path} tells "
                "whose number it is. Keep the journal, and give the number in the inventory too, with the slot's name "
                f"and the number in one entry. Then find out who changes comments.{text}"
            )
        return f"{told}{text}"

    def release(self, number: str, client: CloudNumbers) -> bool:
        """Give a number back; return whether it was there."""
        # On the disk first, so that a run that is ended in between leaves no purchase that nobody has.
        self._note_all(number, "releasing")
        self._come.pop(number, None)
        try:
            client.release(number)
            was_there = True
        except Refused as error:
            if not is_gone(error):
                self._note_all(number, "bought")
                raise
            was_there = False
        if was_there:
            self.did.append(f"The number {number} was given back")
        self._note_all(number, "released")
        return was_there

    def tidy(self, observed: Observed, matches: Sequence[Match]) -> None:
        """Note in the journal what the account shows: what has come or is gone, and which slot has which number."""
        here = {item.number for item in observed.numbers}
        present = {match.number.number: match.wish for match in matches if match.number and match.wish.present}
        unwanted = [match.wish for match in matches if not match.wish.present]
        news: list[tuple[Purchase, str, dict[str, str | None]]] = []
        for purchase in observed.purchases:
            wish = present.get(purchase.number)
            if not purchase.is_live:
                continue
            if wish and wish.slot and not words.same_slot(purchase.slot, wish.slot):
                news.append((purchase, "adopted", {"slot": wish.slot}))
            elif purchase.number in here and (purchase.is_open or (wish and purchase.event == "releasing")):
                news.append((purchase, "bought", {}))
            elif purchase.number not in here and purchase.event == "releasing" and self._is_gone(purchase, unwanted):
                news.append((purchase, "released", {}))
        if news:
            with self._journal.locked() as ledger:
                for purchase, event, details in news:
                    # Others may know better by now.
                    if purchase in ledger.purchases:
                        ledger.note(purchase, event, **details)

    def _is_gone(self, purchase: Purchase, unwanted: Sequence[Wish]) -> bool:
        """Tell whether a number that is not seen was given back: it was to be, still is, and would be seen."""
        tenant = self._desired.tenant
        is_meant = purchase.tenant == tenant and any(wish.is_of(tenant, purchase) for wish in unwanted)
        return is_meant and not purchase.is_of_other_client(self._desired.client)

    def _note_all(self, number: str, event: str) -> None:
        """Note what happens to a number, whatever it was bought for."""

        def is_meant(purchase: Purchase) -> bool:
            return purchase.number == number and purchase.is_live and purchase.event != event

        if any(map(is_meant, self._journal.read())):
            with self._journal.locked() as ledger:
                for purchase in filter(is_meant, ledger.purchases):
                    ledger.note(purchase, event)

    def _interfered(self) -> JournalProblem:
        return JournalProblem(
            str(self._journal.path),
            "was changed by someone else: an order that this run was waiting for is decided on, or not there any more",
            "Nothing was bought in its place. If the file was replaced, bring it back. Then run again",
        )

    def _buy(self, ledger: Ledger) -> bool:
        """Buy all that is missing; return False where an order's outcome has to be awaited before the rest."""
        self._check_awaited(ledger.purchases)
        observed = Observed(self._numbers(), ledger.purchases)
        _settle(ledger, observed)
        observed = self._with_used(Observed(observed.numbers, ledger.purchases))
        matches = match_all(self._desired, observed)
        may_buy(self._desired, observed, matches)
        # Ends with the first order of which it is not known what became.
        return all(self._order(ledger, match.wish, observed) for match in matches if match.is_missing)

    def _order(self, ledger: Ledger, wish: Wish, observed: Observed) -> bool:
        """Order a number for a wish; return False where it is not known whether that was done."""
        faults = 0
        is_port_in = wish.port_in is not None
        while True:
            number = wish.number or self._choose(ledger, wish, observed)
            # A certain number that is not offered before can't be the reason why it is not offered afterwards.
            was_offered = wish.number is None or self._is_offered(number, wish)
            purchase = ledger.intend(self._desired.tenant, wish.slot, number, self._desired.client, port_in=is_port_in)
            request = order_of(self._desired, wish, number, purchase.id)
            self._written[number] = request.get("comment", "")
            try:
                order = self._client.order(request, port_in=is_port_in)
            except Unsent as error:
                ledger.note(purchase, "refused", detail=error.problem)
                faults += 1
                self._pause_after(error, faults)
            except Refused as error:
                event = self._after_refusal(purchase, wish, was_offered)
                if event != "refused":
                    self._ordered(purchase)
                ledger.note(purchase, event, detail=error.problem)
                if event == "unclear":
                    self._run.progress(
                        f"{error} The number is not offered any more: looking whether it was sold to us."
                    )
                if event != "refused":
                    return event == "bought"
                if error.status != 429:
                    raise
                faults += 1
                self._pause_after(error, faults)
            except Unclear as error:
                self._ordered(purchase)
                ledger.note(purchase, "unclear", detail=error.problem)
                self._run.progress(f"{error} Looking whether the account has the number.")
                return False
            else:
                self._ordered(purchase)
                ledger.note(purchase, "ordered", order=order.id, detail=order.status)
                return True

    def _ordered(self, purchase: Purchase) -> None:
        self.did.append(f"The number {purchase.number} was ordered{purchase.purpose} (intent {purchase.id})")
        self._awaited.add(purchase.id)

    def _after_refusal(self, purchase: Purchase, wish: Wish, was_offered: bool) -> str:
        """Return what became of an order that was refused: ``refused``, ``bought`` or ``unclear``.

        What was refused may be a second order, where something in between has repeated the first; or the refusal is not
        that of the server. A number that is offered as before was not sold. One that is not may be ours, though the
        list does not show it yet.
        """
        try:
            if any(item.number == purchase.number for item in self._client.purchased()):
                return "bought"
            return "unclear" if was_offered and not self._is_offered(purchase.number, wish) else "refused"
        except SmsError:
            # The intent stays open, so that the next run finds out.
            self._ordered(purchase)
            raise

    def _is_offered(self, number: str, wish: Wish) -> bool:
        """Tell whether a number can be bought: among those that were chosen from, or those with its last digits."""
        return number in self._client.available(_MOST_OFFERED, wish.vanity) or number in self._client.available(
            _MOST_OFFERED, number[-7:]
        )

    def _check_awaited(self, purchases: Sequence[Purchase]) -> None:
        """Raise JournalProblem where an order of this run is not in the journal any more, or closed."""
        if not self._awaited <= {purchase.id for purchase in purchases if purchase.is_live}:
            raise self._interfered()

    def _choose(self, ledger: Ledger, wish: Wish, observed: Observed) -> str:
        """Return a number that nobody has, and that no other run is about to buy."""
        # Nor one that is asked for by itself, or was given back: it may be listed somewhere to be given back again.
        reserved = {
            purchase.number for purchase in ledger.purchases if purchase.is_live or purchase.event == "released"
        }
        reserved |= {item.number for item in observed.numbers}
        reserved |= {other.number for other in self._desired.wishes if other.number is not None}
        count = min(_MOST_OFFERED, _OFFERED + len(reserved))
        offered = self._client.available(count, wish.vanity)
        number = next((number for number in offered if number not in reserved), None)
        if number is None:
            text = f" with {wish.vanity} in it" if wish.vanity else ""
            raise InvalidInput(
                f"{wish.parameter}{'vanity' if wish.vanity else 'slot'}",
                f"Genesys Cloud CX offers no number{text} for {wish.what}",
                "Ask for other letters and digits, or run again later",
            )
        return number

    def _pause_after(self, error: ApiError, faults: int) -> None:
        """Wait before an order that surely did nothing is sent again; raise the error where that was often enough."""
        pause = error.retry_after if error.retry_after is not None else 0.25 * 2**faults * random.uniform(0.5, 1.0)
        if faults > self._retries or pause > self._patience:
            raise error
        time.sleep(pause)

    def _wait(self) -> None:
        """Wait until the account has what was ordered. What another carrier has to give up first is not waited for.

        :raises Undecided: it does not in time.
        :raises JournalProblem: someone else decides on it meanwhile.
        """
        begun, pause = time.monotonic(), 0.25
        while True:
            purchases = self._journal.read()
            self._check_awaited(purchases)
            waiting = [
                purchase
                for purchase in purchases
                if purchase.is_open and not purchase.is_coming and self._is_mine(purchase)
            ]
            if not waiting:
                return
            self._awaited |= {purchase.id for purchase in waiting}
            statuses = {purchase.id: self.status(purchase) for purchase in waiting}
            observed = Observed(self._client.purchased())
            numbers = {purchase.number for purchase in waiting}
            come = {item.number: item for item in observed.numbers if item.number in numbers}
            if come:
                self._come.update(come)
                with self._journal.locked() as ledger:
                    _settle(ledger, observed)
                continue
            # An order that is old is not waited for again in each run; nor is a clock that goes ahead.
            left = min(
                self._patience - (time.monotonic() - begun),
                self._patience - (time.time() - max(purchase.begun for purchase in waiting)),
            )
            if left <= 0:
                raise Undecided(
                    [self._sentence(purchase, statuses[purchase.id]) for purchase in waiting],
                    [purchase.shown() for purchase in waiting],
                )
            self._run.progress(
                f"The account does not have {', '.join(sorted(numbers))} yet; {left:.0f} s are left to wait."
            )
            time.sleep(min(left, pause * random.uniform(0.8, 1.0)))
            pause = min(_LONGEST_PAUSE, pause * 2)

    def _is_mine(self, purchase: Purchase) -> bool:
        tenant, wishes = self._desired.tenant, self._desired.wishes
        return purchase.tenant == tenant and any(wish.present and wish.is_of(tenant, purchase) for wish in wishes)

    def status(self, purchase: Purchase) -> str | None:
        """Return what the server says of an order; None where it says nothing."""
        if purchase.order is None:
            return None
        try:
            return self._client.read_order(purchase.order).status
        except Refused:
            # It is the account that tells whether the number is there.
            return None

    def _sentence(self, purchase: Purchase, status: str | None) -> str:
        """Say what is not known, and what a person can do."""
        forget = f"forget it: {forgetting(purchase)}"
        number, since = purchase.number, f"{purchase.purpose} at {purchase.shown()['begun']}"
        if purchase.event == "ordered":
            order = f"order {purchase.order}, status {status or 'not known'}" if purchase.order else "no order is named"
            return (
                f"The number {number} was ordered{since} ({order}), and the account does not have it yet. It is not "
                f"ordered again. Run again later. If Genesys Customer Care says that the order failed, {forget}."
            )
        why = f": {purchase.detail}" if purchase.detail else ""
        return (
            f"It is not known whether the number {number} was ordered{since}{why}. The account does not have it, and "
            f"nothing is bought in its place until that is decided. Look into Genesys Cloud CX, or ask Genesys "
            f"Customer Care. If it was ordered, run again once the account has it. If it was not, {forget}."
        )


def forgetting(purchase: Purchase) -> str:
    """Return the command with which a person forgets an order."""
    return f"{PLAYBOOK} -e intent={purchase.id} -e resolution=forget"


def _settle(ledger: Ledger, observed: Observed) -> None:
    """Note which numbers of open intents have come."""
    here = {item.number for item in observed.numbers}
    for purchase in ledger.purchases:
        if purchase.is_open and purchase.number in here:
            ledger.note(purchase, "bought")
