# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of purchases as people see it: which orders are undecided, and the decision (contract section 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..._core import checks
from ..._core.errors import InvalidInput, JournalProblem, Stale
from ..._core.task import Plan, Run, Step, reconcile
from ..options import cloud_client_id, numbers_client
from . import rules as words
from .events import EVENTS, Purchase
from .journal import PLAYBOOK, Journal, missing
from .numbers import journal_at, journal_path, no_journal
from .plan import Observed

_EVENTS = {"adopt": "adopted", "forget": "forgotten"}


OPTIONS: dict[str, Any] = {
    "journal": {
        "type": "path",
        "description": "The journal, by its absolute path.",
        "required": True,
    },
    "ccid": {
        "type": "str",
        "description": "Return, and decide on, purchases of this tenant only.",
    },
    "intent": {
        "type": "str",
        "description": "Which purchase to decide on.",
    },
    "resolution": {
        "type": "str",
        "description": """
            - With V(adopt), the number was bought. The account has to have it.
            - With V(forget), nothing was bought, or it was given back. The account must not have the
              number.
        """,
        "choices": ["adopt", "forget"],
    },
    "number": {
        "type": "str",
        "description": "With O(resolution=adopt), the number that was really bought, if it is another one.",
    },
    "forget_confirmation": {
        "type": "str",
        "description": """
            - With O(resolution=forget), the number of an intent of another OAuth client than the one that
              logs in.
            - A client does not see the numbers of another, so that nobody can tell here whether the
              number was bought. Log in as the client that ordered it if that is possible in any way.
        """,
    },
    "create": {
        "type": "bool",
        "description": """
            - Create the journal if it does not exist. A purchase never does that, since a new journal
              does not know of the orders that another one has.
            - Fails where the account shows numbers that were bought for slots, for then there is another
              journal. Name that one, or begin anew with O(rebuild).
        """,
        "version_added": "0.4.0",
        "default": False,
    },
    "rebuild": {
        "type": "bool",
        "description": """
            - Add the numbers to the journal that the account shows with the mark of a slot, and that the
              journal does not know.
            - Until that is done nothing is bought with such a journal, since it is not the one with which
              the numbers were bought. It does not bring back orders that are open. So ask Genesys
              Customer Care for these before.
        """,
        "version_added": "0.4.0",
        "default": False,
    },
    "account_is_new": {
        "type": "bool",
        "description": """
            With O(create=true), that the OAuth client was created just now. Its account has no numbers
            then, so that nothing is called and nobody logs in.
        """,
        "version_added": "0.4.0",
        "default": False,
    },
}
"""The options of gc_purchase_journal."""


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
    parameter: str, purchase: Purchase, chosen: str, marks: Mapping[str, words.Mark | None], observed: Observed
) -> None:
    """Raise InvalidInput where a number is not there, or is something else's."""
    if chosen not in marks:
        raise InvalidInput(
            parameter,
            f"the account does not have the number {chosen}",
            "Wait until it does, give another number, or forget the intent",
        )
    mark = marks[chosen]
    if mark is not None and not mark.is_of(purchase.tenant, purchase.slot):
        raise InvalidInput(
            parameter,
            f"the number {chosen} is that {mark.owner}, as its comment says",
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


def _check_oblivion(decision: Decision, purchase: Purchase, marks: Mapping[str, words.Mark | None]) -> None:
    """Raise InvalidInput where a number may be there."""
    if not purchase.is_live:
        return
    mine = {number for number, mark in marks.items() if mark and mark.is_of(purchase.tenant, purchase.slot)}
    # With a mark of another, or with another number that has its mark, there is nothing to lose.
    is_safe = (marks.get(purchase.number) is not None and purchase.number not in mine) or mine - {purchase.number}
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


def keeping(place: str, client: str | None, observed: Observed, *, create: bool, rebuild: bool) -> Plan[Journal]:
    """Return what creates the journal, or completes it by what the account shows.

    :arg place: what the journal is called in messages.
    :arg client: the OAuth client that sees the account.
    :raises JournalProblem: the organization has a journal elsewhere, as its numbers show.
    """
    unknown = [number for number in observed.unknown if _tenant(observed, number) is not None]
    if not observed.has_journal:
        if not create:
            raise missing(place)
        if observed.unknown and not rebuild:
            raise JournalProblem(
                place,
                "does not exist, and the account has numbers that were bought for slots: "
                f"{', '.join(observed.unknown)}. So there is another journal",
                "Name that one. If it is lost, ask Genesys Customer Care whether an order is open, then begin a new "
                f"one from the account: {PLAYBOOK} -e create_journal=true -e rebuild_journal=true",
            )
    steps: list[Step[Journal]] = []
    if not observed.has_journal:
        steps.append(Step(("create the journal",), Journal.create))
    if rebuild and unknown:
        sentences = tuple(f"record the number {number}, which is that {_owner(observed, number)}" for number in unknown)
        steps.append(Step(sentences, partial(_record, observed, unknown, client)))
    numbers = sorted({purchase.number for purchase in observed.purchases if purchase.is_live})
    after = sorted({*numbers, *(unknown if rebuild else [])})
    is_there = observed.has_journal or bool(steps)
    return Plan(
        {"exists": observed.has_journal, "numbers": numbers}, {"exists": is_there, "numbers": after}, tuple(steps)
    )


def _tenant(observed: Observed, number: str) -> str | None:
    mark = observed.marks[number]
    return mark.tenant if mark else None


def _owner(observed: Observed, number: str) -> str:
    mark = observed.marks[number]
    return mark.owner if mark else ""


def _record(observed: Observed, numbers: Sequence[str], client: str | None, journal: Journal) -> bool:
    """Write numbers down that the account shows; return whether there was one left to write."""
    recorded = False
    with journal.locked() as ledger:
        # Others may have done it by now.
        left = Observed(observed.numbers, ledger.purchases)
        for number in numbers:
            mark = left.marks[number]
            if number in left.unknown and mark is not None and mark.tenant is not None:
                identifier = mark.intent or words.intent_of(mark.tenant, number)
                if identifier not in {purchase.id for purchase in ledger.purchases}:
                    ledger.record(identifier, mark.tenant, mark.slot, number, client)
                    recorded = True
    return recorded


def _decision(task: Run) -> Decision | None:
    """Return the decision that the parameters hold; None where there is none.

    :raises InvalidInput: they don't go together.
    """
    params = task.params
    ccid = checks.uuid("ccid", params["ccid"]) if params["ccid"] is not None else None
    number, confirmation = (
        words.number(option, params[option]) if params[option] is not None else None
        for option in ("number", "forget_confirmation")
    )
    intent, resolution = params["intent"], params["resolution"]
    if (intent is None) is not (resolution is None):
        missing_one = "intent" if intent is None else "resolution"
        raise InvalidInput(missing_one, "it is needed to decide on an intent", "Set both intent and resolution")
    for option, value, needed in (("number", number, "adopt"), ("forget_confirmation", confirmation, "forget")):
        if value is not None and resolution != needed:
            raise InvalidInput(option, f"it is set without a resolution to {needed}", "Leave it out")
    for option in ("create", "rebuild"):
        if params[option] and intent is not None:
            raise InvalidInput(option, "it is set together with intent", "Do one after the other")
    if params["account_is_new"] and not params["create"]:
        raise InvalidInput("account_is_new", "it is set without create", "Use it together with create")
    if intent is None:
        return None
    return Decision(
        intent=intent,
        resolution=resolution,
        number=number,
        tenant=ccid,
        client=cloud_client_id(task),
        confirmation=confirmation,
    )


def run(task: Run) -> dict[str, Any]:
    """Do what gc_purchase_journal does."""
    params = task.params
    path = journal_path(params["journal"])
    if path is None:
        raise no_journal(params["journal"])
    journal = journal_at(task, path, params["time_limit"])
    decision = _decision(task)
    ccid = checks.uuid("ccid", params["ccid"]) if params["ccid"] is not None else None
    client = None if params["account_is_new"] else numbers_client(task)

    def observe() -> Observed:
        return Observed(client.purchased() if client else [], journal.read(), journal.exists)

    result: dict[str, Any] = {"changed": False, "steps": []}
    if decision is not None:
        outcome = reconcile(task, journal, observe, partial(plan, decision))
        result, observed = outcome.result, outcome.observed
    elif params["create"] or params["rebuild"]:
        by = cloud_client_id(task) if client else None
        wanted = partial(keeping, journal.place, by, create=params["create"], rebuild=params["rebuild"])
        outcome = reconcile(task, journal, observe, wanted)
        result, observed = outcome.result, outcome.observed
        _warn_of_unknown_tenants(task, observed)
    else:
        observed = observe()
        if not observed.has_journal:
            task.warn(str(missing(journal.place)))
    here = {item.number for item in observed.numbers}
    shown = [
        {**purchase.shown(), "in_account": purchase.number in here}
        for purchase in journal.read()
        if ccid is None or purchase.tenant == ccid
    ]
    # What another carrier gives up in its own time is not undecided.
    coming = {purchase.id for purchase in observed.purchases if purchase.is_coming}
    undecided = [item for item in shown if item["state"] == "open" and item["intent"] not in coming]
    exists = observed.has_journal or params["create"]
    return {**result, "exists": exists, "intents": undecided, "purchases": shown}


def _warn_of_unknown_tenants(task: Run, observed: Observed) -> None:
    lost = [number for number in observed.unknown if _tenant(observed, number) is None]
    if lost:
        task.warn(
            f"The journal does not get {', '.join(lost)}, since neither mark nor webhook user tells the tenant. Give "
            "each to its slot, with the slot's name and the number in one entry of the tenant's list, in a run whose "
            "list has nothing that is to be bought."
        )
