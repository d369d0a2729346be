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
from collections.abc import Mapping, Sequence

from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.cloud import is_gone
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.cloud_numbers import (
    CloudNumbers,
    TollfreeNumber,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import (
    ApiError,
    InvalidInput,
    JournalProblem,
    Refused,
    SmsError,
    Unclear,
    Undecided,
    Unsent,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._journal import Journal, Ledger, Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources.tollfree_plan import (
    Desired,
    Match,
    Observed,
    Wish,
    match_all,
    may_buy,
    order_of,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._task import Run

_OFFERED = 10
_MOST_OFFERED = 100
_MOST_TRIES = 5
"""How many numbers are tried for a slot that others buy in the meantime."""

_LONGEST_PAUSE = 10.0


class Buyer:
    """Buys what a tenant lacks, and gives back what it does not want any more.

    :arg did: what this run has surely or perhaps done, a sentence each.
    """

    def __init__(self, run: Run, desired: Desired, client: CloudNumbers, journal: Journal) -> None:
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

    def obtain(self, _client: CloudNumbers) -> bool:
        """Buy what is missing, and wait for what is under way; return whether something was ordered.

        :raises Undecided: it is not known in time what became of an order.
        :raises JournalProblem: someone else decides on an order of this run meanwhile.
        """
        if self.has_obtained:
            raise self._interfered()
        self.has_obtained = True
        is_complete = False
        while not is_complete:
            with self._journal.locked() as ledger:
                is_complete = self._buy(ledger)
            self._wait()
        return bool(self.did)

    def observe(self) -> Observed:
        """Look at the account and the journal. A number that this run has seen come is there, though a list lags."""
        return Observed(self._numbers(), self._journal.read())

    def _numbers(self) -> list[TollfreeNumber]:
        listed = self._client.purchased()
        here = {item.number for item in listed}
        return [*listed, *(item for number, item in self._come.items() if number not in here)]

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
            if wish and wish.slot and purchase.slot != wish.slot:
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
        observed = Observed(observed.numbers, ledger.purchases)
        matches = match_all(self._desired, observed)
        may_buy(self._desired, observed, matches)
        # Ends with the first order of which it is not known what became.
        return all(self._order(ledger, match.wish, observed) for match in matches if match.is_missing)

    def _order(self, ledger: Ledger, wish: Wish, observed: Observed) -> bool:
        """Order a number for a wish; return False where it is not known whether that was done."""
        refusals: dict[str, ApiError] = {}
        faults = 0
        is_port_in = wish.port_in is not None
        while True:
            number = wish.number or self._choose(ledger, wish, observed, refusals)
            purchase = ledger.intend(self._desired.tenant, wish.slot, number, self._desired.client, port_in=is_port_in)
            try:
                order = self._client.order(order_of(self._desired, wish, number), port_in=is_port_in)
            except (Refused, Unsent) as error:
                if isinstance(error, Refused) and self._has(purchase):
                    # What was refused is a second order: something in between has repeated the first.
                    self._ordered(purchase)
                    ledger.note(purchase, "bought", detail=self._told(error))
                    return True
                ledger.note(purchase, "refused", detail=self._told(error))
                if isinstance(error, Unsent) or error.status == 429:
                    faults += 1
                    self._pause_after(error, faults)
                elif wish.number is not None or not self._is_taken(wish, number, error):
                    raise
                else:
                    refusals[number] = error
                    self._run.progress(f"{number} is not to be had any more: trying another one for {wish.what}.")
            except Unclear as error:
                self._ordered(purchase)
                ledger.note(purchase, "unclear", detail=self._told(error))
                self._run.progress(f"{error} Looking whether the account has the number.")
                return False
            else:
                self._ordered(purchase)
                ledger.note(purchase, "ordered", order=order.id, detail=order.status)
                return True

    def _ordered(self, purchase: Purchase) -> None:
        self.did.append(f"The number {purchase.number} was ordered{purchase.purpose} (intent {purchase.id})")
        self._awaited.add(purchase.id)

    def _has(self, purchase: Purchase) -> bool:
        """Tell whether the account has a number, whatever the answer to its order says."""
        try:
            return any(item.number == purchase.number for item in self._client.purchased())
        except SmsError:
            # The intent stays open, so that the next run finds out.
            self._ordered(purchase)
            raise

    def _check_awaited(self, purchases: Sequence[Purchase]) -> None:
        """Raise JournalProblem where an order of this run is not in the journal any more, or closed."""
        if not self._awaited <= {purchase.id for purchase in purchases if purchase.is_live}:
            raise self._interfered()

    def _choose(self, ledger: Ledger, wish: Wish, observed: Observed, refusals: Mapping[str, ApiError]) -> str:
        """Return a number that nobody has, and that no other run is about to buy.

        :arg refusals: by number, what was answered to the orders of those that are not offered any more.
        """
        # Nor one that is asked for by itself, or was given back: it may be listed somewhere to be given back again.
        reserved = {
            purchase.number for purchase in ledger.purchases if purchase.is_live or purchase.event == "released"
        }
        reserved |= {item.number for item in observed.numbers}
        reserved |= {other.number for other in self._desired.wishes if other.number is not None}
        count = min(_MOST_OFFERED, _OFFERED + len(reserved))
        offered = self._client.available(count, wish.vanity) if len(refusals) < _MOST_TRIES else []
        number = next((number for number in offered if number not in reserved | refusals.keys()), None)
        if number is None:
            text = f" with {wish.vanity} in it" if wish.vanity else ""
            lost = ""
            if refusals:
                last, error = list(refusals.items())[-1]
                lost = (
                    f" that can be had: {len(refusals)} were refused and are not offered any more, as if others had "
                    f"bought them. The order of {last} {self._told(error).rstrip('.')}"
                )
            raise InvalidInput(
                f"{wish.parameter}{'vanity' if wish.vanity else 'slot'}",
                f"Genesys Cloud CX offers no number{text} for {wish.what}{lost}",
                "Ask for other letters and digits, or run again later",
            )
        return number

    def _is_taken(self, wish: Wish, number: str, error: ApiError) -> bool:
        """Tell whether an order was refused since someone else has the number: then it is not offered any more."""
        if error.status in (401, 403):
            return False
        return number not in self._client.available(_MOST_OFFERED, wish.vanity)

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

    def _told(self, error: ApiError) -> str:
        told: str = self._run.secrets.scrub(error.problem)
        return told


def forgetting(purchase: Purchase) -> str:
    """Return the command with which a person forgets an order."""
    playbook = "ansible-playbook -i <inventory> cxops.genesys_sms.purchases"
    return f"{playbook} -e intent={purchase.id} -e resolution=forget"


def _settle(ledger: Ledger, observed: Observed) -> None:
    """Note which numbers of open intents have come."""
    here = {item.number for item in observed.numbers}
    for purchase in ledger.purchases:
        if purchase.is_open and purchase.number in here:
            ledger.note(purchase, "bought")
