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
from collections.abc import Callable

from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.cloud_numbers import CloudNumbers
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import (
    ApiError,
    InvalidInput,
    Refused,
    SmsError,
    Unclear,
    Undecided,
    Unsent,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._journal import Journal, Ledger, Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources.tollfree_plan import (
    Desired,
    Observed,
    Wish,
    match_all,
    may_buy,
    order_of,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._task import Run

_OFFERED = 10
_MOST_OFFERED = 100
_MOST_TRIES = 10
"""How many numbers are tried for a slot that others buy in the meantime."""

_LONGEST_PAUSE = 10.0


class Buyer:
    """Buys what a tenant lacks, and gives back what it does not want any more."""

    def __init__(self, run: Run, desired: Desired, client: CloudNumbers, journal: Journal) -> None:
        self._run = run
        self._desired = desired
        self._client = client
        self._journal = journal
        self._patience = run.params["order_timeout"]
        self._retries = run.params["retries"]
        self.has_obtained = False
        # Whether money was or may have been spent by this run.
        self._has_ordered = False

    def obtain(self, _client: CloudNumbers) -> bool:
        """Buy what is missing, and wait for what is under way; return whether something was ordered.

        :raises Undecided: it is not known in time what became of an order.
        """
        self.has_obtained = True
        try:
            is_complete = False
            while not is_complete:
                with self._journal.locked() as ledger:
                    is_complete = self._buy(ledger)
                self._wait()
        except SmsError as error:
            error.changed = self._has_ordered
            raise
        return self._has_ordered

    def release(self, wish: Wish, number: str, client: CloudNumbers) -> bool:
        """Give a number back; return whether it was there."""
        try:
            client.release(number)
        except Refused as error:
            if error.status == 404:
                return False
            raise
        self._close(lambda purchase: wish.is_of(purchase) and purchase.number == number)
        return True

    def tidy(self, observed: Observed) -> None:
        """Note in the journal what the account shows: numbers that have come, and numbers that were given back."""
        here = {item.number for item in observed.numbers}
        unwanted = [wish for wish in self._desired.wishes if not wish.present]
        self._close(lambda purchase: purchase.number not in here and any(wish.is_of(purchase) for wish in unwanted))
        if any(purchase.is_open and purchase.number in here for purchase in observed.purchases):
            with self._journal.locked() as ledger:
                _settle(ledger, observed)

    def _close(self, is_gone: Callable[[Purchase], bool]) -> None:
        """Note of the tenant's numbers which ones were given back."""

        def news(purchase: Purchase) -> bool:
            mine = purchase.tenant == self._desired.tenant
            return mine and purchase.is_live and not purchase.is_open and is_gone(purchase)

        if any(map(news, self._journal.read())):
            with self._journal.locked() as ledger:
                for purchase in filter(news, ledger.purchases):
                    ledger.note(purchase, "released")

    def _buy(self, ledger: Ledger) -> bool:
        """Buy all that is missing; return False where an order's outcome has to be awaited before the rest."""
        observed = Observed(self._client.purchased(), ledger.purchases)
        _settle(ledger, observed)
        matches = match_all(self._desired, Observed(observed.numbers, ledger.purchases))
        may_buy(self._desired, observed, matches)
        # Ends with the first order of which it is not known what became.
        return all(self._order(ledger, match.wish, observed) for match in matches if match.is_missing)

    def _order(self, ledger: Ledger, wish: Wish, observed: Observed) -> bool:
        """Order a number for a wish; return False where it is not known whether that was done."""
        tried: set[str] = set()
        faults = 0
        while True:
            number = wish.number or self._choose(ledger, wish, observed, tried)
            purchase = ledger.intend(self._desired.tenant, wish.slot, number, port_in=wish.port_in is not None)
            try:
                order = self._client.order(order_of(self._desired, wish, number), port_in=wish.port_in is not None)
            except (Refused, Unsent) as error:
                ledger.note(purchase, "refused", detail=self._told(error))
                if isinstance(error, Unsent) or error.status == 429:
                    faults += 1
                    self._pause_after(error, faults)
                elif wish.slot is None or not self._is_taken(wish, number, error):
                    raise
                else:
                    tried.add(number)
                    self._run.progress(f"Someone else bought {number}: trying another number for {wish.what}.")
            except Unclear as error:
                self._has_ordered = True
                ledger.note(purchase, "unclear", detail=self._told(error))
                self._run.progress(f"{error} Looking whether the account has the number.")
                return False
            else:
                self._has_ordered = True
                ledger.note(purchase, "ordered", order=order.id, detail=order.status)
                return True

    def _choose(self, ledger: Ledger, wish: Wish, observed: Observed, tried: set[str]) -> str:
        """Return a number that nobody has, and that no other run is about to buy."""
        reserved = {purchase.number for purchase in ledger.purchases if purchase.is_live}
        reserved |= {item.number for item in observed.numbers}
        count = min(_MOST_OFFERED, _OFFERED + len(reserved))
        offered = self._client.available(count, wish.vanity) if len(tried) < _MOST_TRIES else []
        number = next((number for number in offered if number not in reserved | tried), None)
        if number is None:
            text = f" with {wish.vanity} in it" if wish.vanity else ""
            lost = f"; {len(tried)} were bought by others in the meantime" if tried else ""
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
        """Wait until the account has what was ordered.

        :raises Undecided: it does not in time.
        """
        pause = 0.25
        while True:
            waiting = [purchase for purchase in self._journal.read() if purchase.is_open and self._is_mine(purchase)]
            if not waiting:
                return
            statuses = {purchase.id: self._status(purchase) for purchase in waiting}
            observed = Observed(self._client.purchased())
            here = {item.number for item in observed.numbers}
            if any(purchase.number in here for purchase in waiting):
                with self._journal.locked() as ledger:
                    _settle(ledger, observed)
                continue
            left = max(purchase.begun + self._patience for purchase in waiting) - time.time()
            if left <= 0:
                raise Undecided(
                    [self._sentence(purchase, statuses[purchase.id]) for purchase in waiting],
                    [purchase.shown() for purchase in waiting],
                    changed=self._has_ordered,
                )
            numbers = ", ".join(purchase.number for purchase in waiting)
            self._run.progress(f"The account does not have {numbers} yet; {left:.0f} s are left to wait.")
            time.sleep(min(left, pause * random.uniform(0.8, 1.0)))
            pause = min(_LONGEST_PAUSE, pause * 2)

    def _is_mine(self, purchase: Purchase) -> bool:
        wishes = self._desired.wishes
        return purchase.tenant == self._desired.tenant and any(wish.present and wish.is_of(purchase) for wish in wishes)

    def _status(self, purchase: Purchase) -> str | None:
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
        forget = f"forget it: ansible-playbook cxops.genesys_sms.purchases -e intent={purchase.id} -e resolution=forget"
        number, what = purchase.number, purchase.what
        if purchase.order is not None:
            return (
                f"The number {number} is ordered for {what} (order {purchase.order}, status {status or 'not known'}), "
                f"and after {self._patience:g} s the account does not have it yet. It is not ordered again. Run again "
                f"later. If Genesys Customer Care says that the order came to nothing, {forget}."
            )
        why = f" ({purchase.detail})" if purchase.detail else ""
        return (
            f"It is not known whether the number {number} was ordered for {what}: the answer was lost{why}, and the "
            f"account does not have the number. Nothing is bought for {what} until that is decided. Look into Genesys "
            f"Cloud CX, or ask Genesys Customer Care. If it was ordered, run again once the account has it. If it was "
            f"not, {forget}."
        )

    def _told(self, error: ApiError) -> str:
        told: str = self._run.secrets.scrub(error.problem)
        return told


def _settle(ledger: Ledger, observed: Observed) -> None:
    """Note which numbers of open intents have come."""
    here = {item.number for item in observed.numbers}
    for purchase in ledger.purchases:
        if purchase.is_open and purchase.number in here:
            ledger.note(purchase, "bought")
