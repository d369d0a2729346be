# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change or release a number of the account, and note that in the journal."""

from __future__ import annotations

from collections.abc import Sequence

from ..._core.errors import JournalProblem, Refused
from ..cloud_client import is_gone
from . import rules as words
from .account import Account
from .client import CloudNumbers
from .events import Purchase


def change(
    account: Account,
    number: str,
    wanted: dict[str, str],
    slot: str | None,
    client: CloudNumbers,
    *,
    is_adoption: bool = False,
) -> None:
    """Change a number. If a slot gets it, note that in the journal first, if there is one.

    :arg is_adoption: the slot has no number, and the number has no slot.
    :raises JournalProblem: the journal says otherwise. Another run may have written that meanwhile.
    """
    mark = words.mark_of(wanted.get("comment", ""))
    if slot is not None and mark is not None and account.journal.exists:
        _adopt(account, number, slot, mark, is_adoption)
    client.change(number, wanted)
    if "comment" in wanted:
        account.written[number] = wanted["comment"]


def contradictions(purchases: Sequence[Purchase], tenant: str, slot: str, number: str) -> list[Purchase]:
    """Return the purchases that give the number to another slot or tenant, or another number to the slot."""

    def is_one(purchase: Purchase) -> bool:
        is_slot = purchase.tenant == tenant and words.same_slot(purchase.slot, slot)
        # The tenant may have the number without a slot.
        is_free = purchase.tenant == tenant and purchase.slot is None
        return not (is_slot or is_free) if purchase.number == number else is_slot

    return [purchase for purchase in purchases if purchase.is_live and is_one(purchase)]


def _adopt(account: Account, number: str, slot: str, mark: words.Mark, is_adoption: bool) -> None:
    """Note in the journal that a slot has a number that the collection did not buy."""
    tenant = account.desired.tenant

    def is_known(purchases: Sequence[Purchase]) -> bool:
        return any(item.number == number and item.tenant == tenant and item.is_live for item in purchases)

    if not is_adoption and is_known(account.journal.read()):
        return
    with account.journal.locked() as ledger:
        for other in contradictions(ledger.purchases, tenant, slot, number):
            # Outside of an adoption, the user may give the number another slot of the tenant.
            if other.tenant == tenant and not is_adoption:
                continue
            raise JournalProblem(
                account.journal.place,
                f"says that {other.number} was bought{other.purpose} for the tenant {other.tenant} (intent "
                f"{other.id}), so another run wrote that meanwhile",
                f"The number {number} was not changed. Run again: the run reads account and journal first",
            )
        identifier = mark.intent or words.intent_of(tenant, number)
        if not is_known(ledger.purchases) and identifier not in {item.id for item in ledger.purchases}:
            ledger.record(identifier, tenant, slot, number, account.desired.client)


def release(account: Account, number: str, client: CloudNumbers) -> bool:
    """Release a number. Return False if the account did not have it."""
    # Note it first. Otherwise a run that ends in between leaves a purchase whose number is gone.
    _note_all(account, number, "releasing")
    account.come.pop(number, None)
    try:
        client.release(number)
        was_there = True
    except Refused as error:
        if not is_gone(error):
            _note_all(account, number, "bought")
            raise
        was_there = False
    if was_there:
        account.did.append(f"The number {number} was released")
    _note_all(account, number, "released")
    return was_there


def _note_all(account: Account, number: str, event: str) -> None:
    """Note an event for every purchase of a number."""

    def is_meant(purchase: Purchase) -> bool:
        return purchase.number == number and purchase.is_live and purchase.event != event

    if any(map(is_meant, account.journal.read())):
        with account.journal.locked() as ledger:
            for purchase in filter(is_meant, ledger.purchases):
                ledger.note(purchase, event)
