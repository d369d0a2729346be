# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Note in the journal what the account has."""

from __future__ import annotations

from collections.abc import Sequence

from . import rules as words
from .events import Purchase
from .journal import Journal, Ledger
from .plan import Desired, Match, Observed, Wish


def settle(ledger: Ledger, observed: Observed) -> None:
    """Note which numbers of open intents the account has now."""
    here = {item.number for item in observed.numbers}
    for purchase in ledger.purchases:
        if purchase.is_open and purchase.number in here:
            ledger.note(purchase, "bought")


def tidy(journal: Journal, desired: Desired, observed: Observed, matches: Sequence[Match]) -> None:
    """Note which numbers the account has now or no longer has, and which slot has which number."""
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
        elif purchase.number not in here and purchase.event == "releasing" and _is_gone(desired, purchase, unwanted):
            news.append((purchase, "released", {}))
    if news:
        with journal.locked() as ledger:
            for purchase, event, details in news:
                # Another run may have changed it meanwhile.
                if purchase in ledger.purchases:
                    ledger.note(purchase, event, **details)


def _is_gone(desired: Desired, purchase: Purchase, unwanted: Sequence[Wish]) -> bool:
    """Return True if a number was released: the user wants that, and this client could see the number."""
    tenant = desired.tenant
    is_meant = purchase.tenant == tenant and any(wish.is_of(tenant, purchase) for wish in unwanted)
    return is_meant and not purchase.is_of_other_client(desired.client)
