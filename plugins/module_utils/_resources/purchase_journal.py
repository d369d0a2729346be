# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of purchases as people see it: which orders are undecided, and the decision (contract section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._arguments import cloud_client_id, numbers_client
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput, Stale
from ansible_collections.cxops.genesys_sms.plugins.module_utils._journal import EVENTS, Journal, Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources import tollfree_number as words
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources.tollfree_plan import Observed
from ansible_collections.cxops.genesys_sms.plugins.module_utils._task import Plan, Run, Step, reconcile

_EVENTS = {"adopt": "adopted", "forget": "forgotten"}


@dataclass(frozen=True)
class Decision:
    """What a person has found out of an intent.

    :arg number: the number that was really bought, if it is another one.
    :arg tenant: whose intent it has to be, if that is said.
    :arg client: the OAuth client that asks; None where that is not known.
    :arg confirmation: the number of an intent that is forgotten though this client could not see the number.
    """

    intent: str
    resolution: str
    number: str | None = None
    tenant: str | None = None
    client: str | None = None
    confirmation: str | None = None


def plan(decision: Decision, observed: Observed) -> Plan[Journal]:
    """Return what leads from the journal to the decision.

    :raises InvalidInput: there is no such intent, or the account says otherwise.
    """
    purchase = next((purchase for purchase in observed.purchases if purchase.id == decision.intent), None)
    if purchase is None:
        raise InvalidInput(
            "intent", f"the journal has no intent {decision.intent}", "Leave it out to see the open ones"
        )
    if decision.tenant not in (None, purchase.tenant):
        raise InvalidInput(
            "intent", f"{purchase.id} is an intent of the tenant {purchase.tenant}", "Decide on it as that tenant"
        )
    marks = observed.marks
    chosen = decision.number or purchase.number
    if decision.resolution == "adopt":
        _check_adoption("number" if decision.number else "intent", purchase, chosen, marks, observed)
        is_done = purchase.is_live and not purchase.is_open and chosen == purchase.number
    else:
        _check_oblivion(decision, purchase, marks)
        is_done = not purchase.is_live
    before = purchase.shown()
    if is_done:
        return Plan(before, before)
    event = _EVENTS[decision.resolution]

    def call(journal: Journal) -> None:
        with journal.locked() as ledger:
            if purchase not in ledger.purchases:
                raise Stale("The journal says something else of the intent by now.")
            ledger.note(purchase, event, number=chosen, detail="by a person")

    after = {**before, "number": chosen, "event": event, "state": EVENTS[event], "detail": "by a person"}
    return Plan(before, after, (Step((f"{decision.resolution} the intent {purchase.id} of {chosen}",), call),))


def _check_adoption(
    parameter: str, purchase: Purchase, chosen: str, marks: Mapping[str, tuple[str, str] | None], observed: Observed
) -> None:
    """Raise InvalidInput where a number is not there, or is something else's."""
    if chosen not in marks:
        raise InvalidInput(
            parameter,
            f"the account does not have the number {chosen}",
            "Wait until it does, give another number, or forget the intent",
        )
    mark = marks[chosen]
    if mark not in (None, (purchase.tenant, purchase.slot)):
        raise InvalidInput(
            parameter,
            f"the number {chosen} is that of the slot {mark[1]} of the tenant {mark[0]}, as its comment says",
            "Give another number, or forget the intent",
        )
    # A number that was bought by itself may become that of a slot of its tenant.
    others = [
        other.id
        for other in observed.purchases
        if other is not purchase
        and other.is_live
        and other.number == chosen
        and (other.slot is not None or other.tenant != purchase.tenant)
    ]
    if others:
        raise InvalidInput(
            parameter,
            f"the journal has the number {chosen} for the intent {others[0]} already",
            "Give another number, or forget one of the intents",
        )


def _check_oblivion(decision: Decision, purchase: Purchase, marks: Mapping[str, tuple[str, str] | None]) -> None:
    """Raise InvalidInput where a number may be there."""
    if not purchase.is_live:
        return
    mine = (purchase.tenant, purchase.slot)
    # With a mark of another, or with another number that has its mark, there is nothing to lose.
    is_safe = marks.get(purchase.number) not in (None, mine) or mine in [
        mark for number, mark in marks.items() if number != purchase.number
    ]
    if purchase.number in marks and not is_safe:
        raise InvalidInput(
            "intent",
            f"the account has the number {purchase.number}",
            "Adopt it, or release it with gc_tollfree_number",
        )
    if purchase.is_of_other_client(decision.client) and decision.confirmation != purchase.number:
        raise InvalidInput(
            "intent",
            f"{purchase.number} was ordered as the OAuth client {purchase.client}, and this is {decision.client}, "
            "which would not see it",
            f"Log in as {purchase.client}. If that is not possible, set forget_confirmation to {purchase.number} once "
            "Genesys Customer Care says that nobody has it",
        )


def run(task: Run) -> dict[str, Any]:
    """Do what gc_purchase_journal does."""
    params = task.params
    journal = Journal(_checks.absolute_path("journal", params["journal"]), params["time_limit"], task.progress)
    ccid = _checks.uuid("ccid", params["ccid"]) if params["ccid"] is not None else None
    number, confirmation = (
        words.number(option, params[option]) if params[option] is not None else None
        for option in ("number", "forget_confirmation")
    )
    intent, resolution = params["intent"], params["resolution"]
    if (intent is None) is not (resolution is None):
        missing = "intent" if intent is None else "resolution"
        raise InvalidInput(missing, "it is needed to decide on an intent", "Set both intent and resolution")
    if number is not None and resolution != "adopt":
        raise InvalidInput("number", "it is set without a resolution to adopt it", "Leave it out")
    if confirmation is not None and resolution != "forget":
        raise InvalidInput("forget_confirmation", "it is set without a resolution to forget", "Leave it out")
    client = numbers_client(task)

    seen: list[Observed] = []

    def observe() -> Observed:
        seen.append(Observed(client.purchased(), journal.read()))
        return seen[-1]

    result: dict[str, Any] = {"changed": False}
    if not journal.exists:
        task.warn(f"There is no journal {journal.path}: nothing was bought with it, or it is another one that counts.")
    if intent is None:
        observe()
    else:
        decision = Decision(intent, resolution, number, ccid, cloud_client_id(task), confirmation)
        _plan, result = reconcile(task, journal, observe, partial(plan, decision))
    here = {item.number for item in seen[-1].numbers}
    shown = [
        {**purchase.shown(), "in_account": purchase.number in here}
        for purchase in journal.read()
        if ccid is None or purchase.tenant == ccid
    ]
    # What another carrier gives up in its own time is not undecided.
    coming = {purchase.id for purchase in seen[-1].purchases if purchase.is_coming}
    undecided = [item for item in shown if item["state"] == "open" and item["intent"] not in coming]
    return {**result, "intents": undecided, "purchases": shown}
