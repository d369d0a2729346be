# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wait until the account has the ordered numbers, and say what to do if it does not get them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..._core.errors import Refused, Undecided
from ..._core.pauses import pauses
from .account import Account
from .client import CloudNumbers
from .events import Purchase
from .journal import PLAYBOOK
from .plan import Observed
from .tidy import settle

_LONGEST_PAUSE = 10.0
"""The longest pause between two listings of the account, in seconds."""


def wait(account: Account) -> None:
    """Wait until the account has what was ordered. Do not wait for port-ins.

    :raises Undecided: the account does not have it in time.
    :raises JournalProblem: someone else closed the order meanwhile.
    """
    begun = time.monotonic()
    looks = pauses(0.25, _LONGEST_PAUSE)
    while True:
        purchases = account.journal.read()
        account.check_awaited(purchases)
        waiting = [purchase for purchase in purchases if _is_waited_for(account, purchase)]
        if not waiting:
            return
        account.awaited |= {purchase.id for purchase in waiting}
        statuses = {purchase.id: status_of(account.client, purchase) for purchase in waiting}
        observed = Observed(account.client.purchased())
        numbers = {purchase.number for purchase in waiting}
        come = {item.number: item for item in observed.numbers if item.number in numbers}
        if come:
            account.come.update(come)
            with account.journal.locked() as ledger:
                settle(ledger, observed)
            continue
        left = _time_left(account.patience, begun, waiting)
        if left <= 0:
            raise Undecided(
                [_undecided(purchase, statuses[purchase.id]) for purchase in waiting],
                [purchase.shown() for purchase in waiting],
            )
        account.run.progress(
            f"The account does not have {', '.join(sorted(numbers))} yet. Waiting for up to {left:.0f} s more."
        )
        time.sleep(min(left, next(looks)))


def _is_waited_for(account: Account, purchase: Purchase) -> bool:
    """Return True if a purchase is open and belongs to a wish of this run. Port-ins do not count."""
    if not purchase.is_open or purchase.is_coming:
        return False
    tenant, wishes = account.desired.tenant, account.desired.wishes
    return purchase.tenant == tenant and any(wish.present and wish.is_of(tenant, purchase) for wish in wishes)


def _time_left(patience: float, begun: float, waiting: Sequence[Purchase]) -> float:
    """Return how many seconds are left to wait.

    Count from the order, so that a later run does not wait again for an old order. Count from the start of this wait
    too, because the clock that dated the order may be ahead.
    """
    return min(
        patience - (time.monotonic() - begun),
        patience - (time.time() - max(purchase.begun for purchase in waiting)),
    )


def status_of(client: CloudNumbers, purchase: Purchase) -> str | None:
    """Return the server's status of an order, or None if there is none."""
    if purchase.order is None:
        return None
    try:
        return client.read_order(purchase.order).status
    except Refused:
        # The status is only for messages. The list of the account decides.
        return None


def forgetting(purchase: Purchase) -> str:
    """Return the command that forgets an order."""
    return f"{PLAYBOOK} -e intent={purchase.id} -e resolution=forget"


def _undecided(purchase: Purchase, status: str | None) -> str:
    """Return a message that says what is not known of an order, and what to do."""
    forget = f"forget it: {forgetting(purchase)}"
    number, since = purchase.number, f"{purchase.purpose} at {purchase.shown()['begun']}"
    if purchase.event == "ordered":
        order = f"order {purchase.order}, status {status or 'not known'}" if purchase.order else "without an order ID"
        return (
            f"The number {number} was ordered{since} ({order}), but the account does not have it yet. It is not "
            f"ordered again. Run again later. If Genesys Customer Care says that the order failed, {forget}."
        )
    why = f": {purchase.detail}" if purchase.detail else ""
    return (
        f"It is not known whether the number {number} was ordered{since}{why}. The account does not have it. "
        f"No other number is bought in its place until this is decided. Check Genesys Cloud CX, or ask Genesys "
        f"Customer Care. If it was ordered, run again when the account has it. If it was not, {forget}."
    )
