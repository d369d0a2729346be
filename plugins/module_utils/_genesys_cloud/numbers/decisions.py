# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module gc_purchase_journal: list purchases, decide on open ones, create the journal (contract section 6)."""

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
from .numbers import SHARED, journal_at, no_journal
from .plan import Observed

_EVENTS = {"adopt": "adopted", "forget": "forgotten"}


OPTIONS: dict[str, Any] = {
    "journal": {
        "type": "path",
        "description": "Absolute path of the journal, or the URL of the PostgreSQL database that contains it.",
        "required": True,
    },
    "journal_password": SHARED["journal_password"],
    "ccid": {
        "type": "str",
        "description": "Return and decide only on purchases of this tenant.",
    },
    "intent": {
        "type": "str",
        "description": "ID of the purchase to decide on.",
    },
    "resolution": {
        "type": "str",
        "description": """
            - V(adopt) means that the number was bought. The account must have it.
            - V(forget) means that nothing was bought, or that the number was released. The account must not
              have it.
        """,
        "choices": ["adopt", "forget"],
    },
    "number": {
        "type": "str",
        "description": "With O(resolution=adopt), the number that was bought, if it is not the number of the intent.",
    },
    "forget_confirmation": {
        "type": "str",
        "description": """
            - With O(resolution=forget), the number of the intent. It is required if another OAuth client
              ordered the number.
            - A client can't see the numbers of another client, so the module can't check whether the number
              was bought. If possible, log in as the client that ordered it instead.
        """,
    },
    "create": {
        "type": "bool",
        "description": """
            - Create the journal if it does not exist. A purchase never creates it, because a new journal
              does not contain the orders of an older one.
            - The module fails if the account has numbers that were bought for slots, because another journal
              must exist then. Use that journal, or set O(rebuild) too.
        """,
        "version_added": "0.4.0",
        "default": False,
    },
    "rebuild": {
        "type": "bool",
        "description": """
            - Add the numbers of the account that have the mark of a slot and are missing in the journal.
            - Until then nothing is bought with such a journal, because it is not the one with which the
              numbers were bought. This does not restore open orders. So ask Genesys Customer Care for them
              first.
        """,
        "version_added": "0.4.0",
        "default": False,
    },
    "copy_from": {
        "type": "path",
        "description": """
            - Another journal, by its path or URL. Its events are copied to O(journal), to move a journal into
              a database or a file, or to restore it from a copy.
            - The O(journal) must not exist, or have only the first events of the other journal. Then the rest
              is added.
            - Nothing must buy numbers with the other journal after that. So remove it.
        """,
        "version_added": "0.6.0",
    },
    "account_is_new": {
        "type": "bool",
        "description": """
            With O(create=true), confirms that the OAuth client was just created. Its account has no numbers
            then, so the module does not log in and sends no request.
        """,
        "version_added": "0.4.0",
        "default": False,
    },
}
"""The options of gc_purchase_journal."""


@dataclass(frozen=True)
class Decision:
    """What a person decided on an intent.

    :arg number: the number that was bought, if it is not the number of the intent.
    :arg tenant: the tenant of the intent, if the user set it.
    :arg client: the OAuth client that logs in, or None if it is not known.
    :arg confirmation: the number of an intent that may be forgotten although this client can't see the number.
    """

    intent: str
    resolution: str
    number: str | None = None
    tenant: str | None = None
    client: str | None = None
    confirmation: str | None = None


def plan(decision: Decision, observed: Observed) -> Plan[Journal]:
    """Return the plan that writes the decision to the journal.

    :raises InvalidInput: the intent does not exist, or the account contradicts the decision.
    """
    purchase = next((purchase for purchase in observed.purchases if purchase.id == decision.intent), None)
    if purchase is None:
        raise InvalidInput(
            "intent", f"the journal has no intent {decision.intent}", "Remove the option to list the open intents"
        )
    if decision.tenant not in (None, purchase.tenant):
        raise InvalidInput(
            "intent", f"{purchase.id} is an intent of the tenant {purchase.tenant}", "Use the ccid of that tenant"
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
                raise Stale("Someone else changed the intent in the journal.")
            ledger.note(purchase, event, number=chosen, detail="by a person")

    after = {**before, "number": chosen, "event": event, "state": EVENTS[event], "detail": "by a person"}
    return Plan(before, after, (Step((f"{decision.resolution} the intent {purchase.id} of {chosen}",), call),))


def _check_adoption(
    parameter: str, purchase: Purchase, chosen: str, marks: Mapping[str, words.Mark | None], observed: Observed
) -> None:
    """Raise InvalidInput if the account does not have the number, or it belongs to something else."""
    if chosen not in marks:
        raise InvalidInput(
            parameter,
            f"the account does not have the number {chosen}",
            "Wait until the account has it, set number to the number that was bought, or forget the intent",
        )
    mark = marks[chosen]
    if mark is not None and not mark.is_of(purchase.tenant, purchase.slot):
        raise InvalidInput(
            parameter,
            f"the comment of the number {chosen} says that it belongs to {mark.owner}",
            "Use another number, or forget the intent",
        )
    # A number that was bought without a slot may be adopted for a slot of its tenant.
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
            f"the number {chosen} already belongs to the intent {others[0]}",
            "Use another number, or forget one of the intents",
        )


def _check_oblivion(decision: Decision, purchase: Purchase, marks: Mapping[str, words.Mark | None]) -> None:
    """Raise InvalidInput if the number of an intent that is to be forgotten may exist."""
    if not purchase.is_live:
        return
    mine = {number for number, mark in marks.items() if mark and mark.is_of(purchase.tenant, purchase.slot)}
    # Forgetting is safe if the number has the mark of another slot, or another number has the mark of this slot.
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
            f"{purchase.number} was ordered by the OAuth client {purchase.client}. This task logs in as "
            f"{decision.client}, which can't see the number",
            f"Log in as {purchase.client}. If that is not possible, ask Genesys Customer Care. If they say that nobody "
            f"has the number, set forget_confirmation to {purchase.number}",
        )


def keeping(place: str, client: str | None, observed: Observed, *, create: bool, rebuild: bool) -> Plan[Journal]:
    """Return the plan that creates the journal, or adds the numbers of the account that it lacks.

    :arg place: name of the journal in messages.
    :arg client: the OAuth client that has the account.
    :raises JournalProblem: the marks of the account's numbers show that another journal exists.
    """
    unknown = [number for number in observed.unknown if _tenant(observed, number) is not None]
    if not observed.has_journal:
        if not create:
            raise missing(place)
        if observed.unknown and not rebuild:
            raise JournalProblem(
                place,
                "does not exist, but the account has numbers that were bought for slots: "
                f"{', '.join(observed.unknown)}. So another journal must exist",
                "Use that journal. If it is lost, ask Genesys Customer Care whether an order is open, then create a "
                f"new one from the account: {PLAYBOOK} -e create_journal=true -e rebuild_journal=true",
            )
    steps: list[Step[Journal]] = []
    if not observed.has_journal:
        steps.append(Step(("create the journal",), Journal.create))
    if rebuild and unknown:
        sentences = tuple(f"record the number {number} for {_owner(observed, number)}" for number in unknown)
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
    """Write numbers of the account to the journal. Return False if it already has all of them."""
    recorded = False
    with journal.locked() as ledger:
        # Another run may have added them meanwhile.
        left = Observed(observed.numbers, ledger.purchases)
        for number in numbers:
            mark = left.marks[number]
            if number in left.unknown and mark is not None and mark.tenant is not None:
                identifier = mark.intent or words.intent_of(mark.tenant, number)
                if identifier not in {purchase.id for purchase in ledger.purchases}:
                    ledger.record(identifier, mark.tenant, mark.slot, number, client)
                    recorded = True
    return recorded


def copying(source: Journal, lacking: Sequence[bytes]) -> Plan[Journal]:
    """Return the plan that copies the missing events from another journal."""
    if not lacking:
        return Plan({"copied": 0}, {"copied": 0})
    sentence = f"copy {len(lacking)} events from {source.place}"
    return Plan({"copied": 0}, {"copied": len(lacking)}, (Step((sentence,), lambda journal: journal.complete(source)),))


def _source(task: Run, place: str) -> Journal:
    """Return the journal to copy from."""
    source = words.journal_place(task.params["copy_from"], "copy_from")
    if source is None or source == place:
        problem = "it is missing" if source is None else "it is the journal itself"
        raise InvalidInput("copy_from", problem, "Set it to the path or URL of another journal")
    return journal_at(task, source, task.params["time_limit"], "copy_from")


def _decision(task: Run) -> Decision | None:
    """Return the decision in the parameters, or None if there is none.

    :raises InvalidInput: the parameters can't be combined.
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
            raise InvalidInput(option, f"it needs resolution={needed}", "Remove it")
    for option in ("create", "rebuild", "copy_from"):
        if params[option] and intent is not None:
            raise InvalidInput(option, "it can't be used together with intent", "Run the module twice, once with each")
    for option in ("create", "rebuild"):
        if params[option] and params["copy_from"]:
            raise InvalidInput(option, "it can't be used together with copy_from", "Remove one of them")
    if params["account_is_new"] and not params["create"]:
        raise InvalidInput("account_is_new", "it needs create=true", "Set create to true, or remove account_is_new")
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
    """Run gc_purchase_journal."""
    params = task.params
    place = words.journal_place(params["journal"])
    if place is None:
        raise no_journal(params["journal"])
    journal = journal_at(task, place, params["time_limit"])
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
    elif params["copy_from"] is not None:
        source = _source(task, place)
        result = reconcile(task, journal, partial(journal.lacking, source), partial(copying, source)).result
        observed = observe()
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
    # A port-in that is not complete needs no decision.
    coming = {purchase.id for purchase in observed.purchases if purchase.is_coming}
    undecided = [item for item in shown if item["state"] == "open" and item["intent"] not in coming]
    exists = observed.has_journal or params["create"] or params["copy_from"] is not None
    return {**result, "exists": exists, "intents": undecided, "purchases": shown}


def _warn_of_unknown_tenants(task: Run, observed: Observed) -> None:
    lost = [number for number in observed.unknown if _tenant(observed, number) is None]
    if lost:
        task.warn(
            f"The journal does not get {', '.join(lost)}, because neither the mark nor the webhook user name says "
            "which tenant has the number. List each in tollfree_numbers of its tenant, with the slot's name and the "
            "number in one entry, in a run that buys nothing."
        )
