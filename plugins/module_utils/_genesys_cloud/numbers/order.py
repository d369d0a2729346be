# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How numbers are ordered, so that no fault, crash or second run ever buys one twice (contract section 6).

The API knows no idempotency key. So under the journal's lock, and only there: the account is listed, what is missing is
determined anew, and for each number the intent is in the journal for good before the one request that orders it.
Whatever happens after that, the journal has an open intent, and nothing is bought for a slot that has one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from ..._core.errors import ApiError, InvalidInput, Refused, SmsError, Unclear, Unsent
from ..._core.pauses import pauses
from .account import Account
from .client import CloudNumbers
from .comments import check_comments
from .events import Purchase
from .journal import Ledger
from .plan import Observed, Wish, match_all, may_buy, order_of
from .tidy import settle
from .wait import wait

_OFFERED = 10
_MOST_OFFERED = 100


def obtain(account: Account, _client: CloudNumbers) -> bool:
    """Buy what is missing, and wait for what is under way; return whether something was ordered.

    :raises Undecided: it is not known in time what became of an order.
    :raises JournalProblem: someone else decides on an order of this run meanwhile.
    :raises Altered: the account keeps other comments than those that were ordered.
    """
    if account.has_obtained:
        raise account.interfered()
    account.has_obtained = True
    is_complete = False
    while not is_complete:
        with account.journal.locked() as ledger:
            is_complete = _order_missing(account, ledger)
        wait(account)
    check_comments(account)
    return bool(account.did)


def _order_missing(account: Account, ledger: Ledger) -> bool:
    """Order all that is missing; return False where an order's outcome has to be awaited before the rest."""
    account.check_awaited(ledger.purchases)
    observed = Observed(account.numbers(), ledger.purchases)
    settle(ledger, observed)
    observed = account.with_used(Observed(observed.numbers, ledger.purchases))
    matches = match_all(account.desired, observed)
    may_buy(account.desired, observed, matches)
    # Ends with the first order of which it is not known what became.
    return all(_order(account, ledger, match.wish, observed) for match in matches if match.is_missing)


def _order(account: Account, ledger: Ledger, wish: Wish, observed: Observed) -> bool:
    """Order a number for a wish; return False where it is not known whether that was done."""
    again = _pauses(account)
    desired, is_port_in = account.desired, wish.port_in is not None
    while True:
        number = wish.number or _choose(account, ledger, wish, observed)
        # A certain number that is not offered before can't be the reason why it is not offered afterwards.
        was_offered = wish.number is None or _is_offered(account.client, number, wish)
        purchase = ledger.intend(desired.tenant, wish.slot, number, desired.client, port_in=is_port_in)
        request = order_of(desired, wish, number, purchase.id)
        account.written[number] = request.get("comment", "")
        try:
            order = account.client.order(request, port_in=is_port_in)
        except Unsent as error:
            ledger.note(purchase, "refused", detail=error.problem)
            _pause(account, error, again)
        except Refused as error:
            event = _after_refusal(account, purchase, wish, was_offered)
            if event != "refused":
                account.is_ordered(purchase)
            ledger.note(purchase, event, detail=error.problem)
            if event == "unclear":
                account.run.progress(f"{error} The number is not offered any more: looking whether it was sold to us.")
            if event != "refused":
                return event == "bought"
            if error.status != 429:
                raise
            _pause(account, error, again)
        except Unclear as error:
            account.is_ordered(purchase)
            ledger.note(purchase, "unclear", detail=error.problem)
            account.run.progress(f"{error} Looking whether the account has the number.")
            return False
        else:
            account.is_ordered(purchase)
            ledger.note(purchase, "ordered", order=order.id, detail=order.status)
            return True


def _choose(account: Account, ledger: Ledger, wish: Wish, observed: Observed) -> str:
    """Return a number that nobody has, and that no other run is about to buy."""
    # Nor one that is asked for by itself, or was given back: it may be listed somewhere to be given back again.
    reserved = {purchase.number for purchase in ledger.purchases if purchase.is_live or purchase.event == "released"}
    reserved |= {item.number for item in observed.numbers}
    reserved |= {other.number for other in account.desired.wishes if other.number is not None}
    count = min(_MOST_OFFERED, _OFFERED + len(reserved))
    offered = account.client.available(count, wish.vanity)
    number = next((number for number in offered if number not in reserved), None)
    if number is None:
        text = f" with {wish.vanity} in it" if wish.vanity else ""
        raise InvalidInput(
            f"{wish.parameter}{'vanity' if wish.vanity else 'slot'}",
            f"Genesys Cloud CX offers no number{text} for {wish.what}",
            "Ask for other letters and digits, or run again later",
        )
    return number


def _after_refusal(account: Account, purchase: Purchase, wish: Wish, was_offered: bool) -> str:
    """Return what became of an order that was refused: ``refused``, ``bought`` or ``unclear``.

    What was refused may be a second order, where something in between has repeated the first; or the refusal is not
    that of the server. A number that is offered as before was not sold. One that is not may be ours, though the list
    does not show it yet.
    """
    try:
        if any(item.number == purchase.number for item in account.client.purchased()):
            return "bought"
        is_gone = was_offered and not _is_offered(account.client, purchase.number, wish)
        return "unclear" if is_gone else "refused"
    except SmsError:
        # The intent stays open, so that the next run finds out.
        account.is_ordered(purchase)
        raise


def _is_offered(client: CloudNumbers, number: str, wish: Wish) -> bool:
    """Tell whether a number can be bought: among those that were chosen from, or those with its last digits."""
    return number in client.available(_MOST_OFFERED, wish.vanity) or number in client.available(
        _MOST_OFFERED, number[-7:]
    )


def _pauses(account: Account) -> Iterator[float]:
    """Return the pauses after which an order that surely did nothing is sent again, as many as it may be."""
    endless = pauses(0.5, float("inf"), least=0.5)
    return (next(endless) for _attempt in range(account.run.params["retries"]))


def _pause(account: Account, error: ApiError, again: Iterator[float]) -> None:
    """Wait before an order that surely did nothing is sent again; raise the error where that was often enough."""
    pause = next(again, None)
    if pause is None:
        raise error
    pause = pause if error.retry_after is None else error.retry_after
    if pause > account.patience:
        raise error
    time.sleep(pause)
