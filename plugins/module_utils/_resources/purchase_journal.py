# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of purchases as people see it: which orders are undecided, and the decision (contract section 6)."""

from __future__ import annotations

from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._arguments import numbers_client
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._journal import Journal, Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources import tollfree_number as words
from ansible_collections.cxops.genesys_sms.plugins.module_utils._task import Plan, Run, Step, reconcile

_EVENTS = {"adopt": "adopted", "forget": "forgotten"}


def plan(
    identifier: str, resolution: str, number: str | None, here: set[str], purchases: list[Purchase]
) -> Plan[Journal]:
    """Return what leads from the journal to the decision.

    :arg here: the numbers that the account has.
    :raises InvalidInput: there is no such intent, or the account says otherwise.
    """
    purchase = next((purchase for purchase in purchases if purchase.id == identifier), None)
    if purchase is None:
        raise InvalidInput("intent", f"the journal has no intent {identifier}", "Leave it out to see the open ones")
    chosen = number or purchase.number
    if resolution == "adopt" and chosen not in here:
        raise InvalidInput(
            "number" if number else "intent",
            f"the account does not have the number {chosen}",
            "Wait until it does, give another number, or forget the intent",
        )
    # A number that was bought by itself may become that of a slot of its tenant.
    others = [
        other.id
        for other in purchases
        if other is not purchase
        and other.is_live
        and other.number == chosen
        and (other.slot is not None or other.tenant != purchase.tenant)
    ]
    if resolution == "adopt" and others:
        raise InvalidInput(
            "number" if number else "intent",
            f"the journal has the number {chosen} for the intent {others[0]} already",
            "Give another number, or forget one of the intents",
        )
    if resolution == "forget" and purchase.number in here and purchase.is_live:
        raise InvalidInput(
            "intent",
            f"the account has the number {purchase.number}",
            "Adopt it, or release it with gc_tollfree_number",
        )
    is_done = (purchase.is_live, purchase.is_open) == ((True, False) if resolution == "adopt" else (False, False))
    before = purchase.shown()
    if is_done and chosen == purchase.number:
        return Plan(before, before)
    event = _EVENTS[resolution]

    def call(journal: Journal) -> None:
        with journal.locked() as ledger:
            ledger.note(purchase, event, number=chosen, detail="by a person")

    after = {**before, "number": chosen, "event": event, "state": "bought" if resolution == "adopt" else "closed"}
    return Plan(before, after, (Step((f"{resolution} the intent {identifier} of {chosen}",), call),))


def run(task: Run) -> dict[str, Any]:
    """Do what gc_purchase_journal does."""
    params = task.params
    journal = Journal(_checks.absolute_path("journal", params["journal"]), params["time_limit"], task.progress)
    ccid = _checks.uuid("ccid", params["ccid"]) if params["ccid"] is not None else None
    number = words.number("number", params["number"]) if params["number"] is not None else None
    if (params["intent"] is None) is not (params["resolution"] is None):
        missing = "intent" if params["intent"] is None else "resolution"
        raise InvalidInput(missing, "it is needed to decide on an intent", "Set both intent and resolution")
    if number is not None and params["resolution"] != "adopt":
        raise InvalidInput("number", "it is set without a resolution to adopt it", "Leave it out")
    here = {item.number for item in numbers_client(task).purchased()}
    result: dict[str, Any] = {"changed": False}
    purchases = journal.read()
    if params["intent"] is not None:
        _plan, result = reconcile(
            task,
            journal,
            journal.read,
            lambda seen: plan(params["intent"], params["resolution"], number, here, seen),
        )
        purchases = journal.read()
    shown = [
        {**purchase.shown(), "in_account": purchase.number in here}
        for purchase in purchases
        if ccid is None or purchase.tenant == ccid
    ]
    return {**result, "intents": [item for item in shown if item["state"] == "open"], "purchases": shown}
