# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Order numbers, so that no fault, crash or second run buys a number twice (contract section 6).

The API has no idempotency key. So all of this happens under the journal's lock: the account is listed, the missing
numbers are determined again, and for each number the intent is written to the disk before the only request that orders
it. Whatever happens after that, the journal has an open intent, and nothing is bought for a slot with an open intent.
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
    """Buy what is missing, and wait for open orders. Return True if something was ordered.

    :raises Undecided: the outcome of an order is not known in time.
    :raises JournalProblem: someone else closed an order of this run meanwhile.
    :raises Altered: the account stores other comments than those that were ordered.
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
    """Order all that is missing. Return False if the rest has to wait for the outcome of an order."""
    account.check_awaited(ledger.purchases)
    observed = Observed(account.numbers(), ledger.purchases)
    settle(ledger, observed)
    observed = account.with_used(Observed(observed.numbers, ledger.purchases))
    matches = match_all(account.desired, observed)
    may_buy(account.desired, observed, matches)
    # all() stops at the first order with an unknown outcome.
    return all(_order(account, ledger, match.wish, observed) for match in matches if match.is_missing)


def _order(account: Account, ledger: Ledger, wish: Wish, observed: Observed) -> bool:
    """Order a number for a wish. Return False if the outcome of the order is unknown."""
    again = _pauses(account)
    desired, is_port_in = account.desired, wish.port_in is not None
    while True:
        number = wish.number or _choose(account, ledger, wish, observed)
        # If a number was not offered before the order, its absence from the offers afterwards proves nothing.
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
                account.run.progress(f"{error} The number is no longer offered. Checking whether the account has it.")
            if event != "refused":
                return event == "bought"
            if error.status != 429:
                raise
            _pause(account, error, again)
        except Unclear as error:
            account.is_ordered(purchase)
            ledger.note(purchase, "unclear", detail=error.problem)
            account.run.progress(f"{error} Checking whether the account has the number.")
            return False
        else:
            account.is_ordered(purchase)
            ledger.note(purchase, "ordered", order=order.id, detail=order.status)
            return True


def _choose(account: Account, ledger: Ledger, wish: Wish, observed: Observed) -> str:
    """Choose an offered number that no run and no entry uses."""
    # Avoid a number that was released before: an inventory may still list it as absent.
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
            "Use another vanity, or run again later" if wish.vanity else "Run again later",
        )
    return number


def _after_refusal(account: Account, purchase: Purchase, wish: Wish, was_offered: bool) -> str:
    """Return the outcome of an order that was refused: ``refused``, ``bought`` or ``unclear``.

    A proxy may have repeated the order, and the server refused the second one. Or the refusal did not come from the
    server. A number that is still offered was not sold. A number that is no longer offered may be ours, even if the
    list does not contain it yet.
    """
    try:
        if any(item.number == purchase.number for item in account.client.purchased()):
            return "bought"
        is_gone = was_offered and not _is_offered(account.client, purchase.number, wish)
        return "unclear" if is_gone else "refused"
    except SmsError:
        # Leave the intent open. The next run finds out.
        account.is_ordered(purchase)
        raise


def _is_offered(client: CloudNumbers, number: str, wish: Wish) -> bool:
    """Return True if a number is offered, among the offers for the wish or for its last digits."""
    return number in client.available(_MOST_OFFERED, wish.vanity) or number in client.available(
        _MOST_OFFERED, number[-7:]
    )


def _pauses(account: Account) -> Iterator[float]:
    """Return the pauses before an order that surely had no effect is sent again, one for each retry."""
    endless = pauses(0.5, float("inf"), least=0.5)
    return (next(endless) for _attempt in range(account.run.params["retries"]))


def _pause(account: Account, error: ApiError, again: Iterator[float]) -> None:
    """Wait before an order that surely had no effect is sent again. Raise the error if no retry is left."""
    pause = next(again, None)
    if pause is None:
        raise error
    pause = pause if error.retry_after is None else error.retry_after
    if pause > account.patience:
        raise error
    time.sleep(pause)
