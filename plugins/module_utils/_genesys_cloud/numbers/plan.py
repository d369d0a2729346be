# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Toll-free numbers of a tenant in Genesys Cloud CX: what is desired, what is observed, and the plan.

A wish names a number, or a slot, or both. A slot is a name within the tenant. Its mark comes first in the number's
comment. With both, the slot gets that number. This file sends no request. order.py buys numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from ..._core import checks
from ..._core.errors import InvalidInput, JournalProblem
from ..._core.task import Plan, Step
from . import rules as words
from .client import FIELDS, CloudNumbers, TollfreeNumber
from .events import Purchase
from .journal import PLAYBOOK, missing

TO_BE_BOUGHT = "(to be bought)"
"""Stands for a number that is chosen only when it is bought."""

URLS = ("mo_url", "dr_url")
_HOOK = (*URLS, "webhook_username")
_PASSWORD = "webhook_password"


@dataclass(frozen=True)
class Wish:
    """One number that the user wants, or wants to release.

    :arg parameter: the place in the user's options, for messages.
    :arg slot: None if the user wants a number without a slot.
    :arg number: None if any number may be bought for the slot.
    :arg fields: desired values of FIELDS. Others are not changed. The comment has no mark.
    :arg takes_over: whether the number may have the webhook user name of another tenant so far.
    :arg confirmation: the number that may be released.
    """

    parameter: str
    slot: str | None
    number: str | None
    present: bool = True
    fields: dict[str, str] = field(default_factory=dict)
    vanity: str | None = None
    email_address: str | None = None
    port_in: dict[str, Any] | None = None
    takes_over: bool = False
    confirmation: str | None = None

    @property
    def key(self) -> str:
        """Its name in diffs."""
        return self.slot or self.number or ""

    @property
    def what(self) -> str:
        """The number or the slot, for messages."""
        return f"the slot {self.slot}" if self.slot is not None else f"the number {self.number}"

    @property
    def need(self) -> str:
        """The number that has to be bought, for messages."""
        return self.what if self.slot is None else f"a number for {self.what}"

    @property
    def option(self) -> str:
        """The parameter that contains the slot or the number."""
        return f"{self.parameter}{'number' if self.slot is None else 'slot'}"

    def is_of(self, tenant: str, purchase: Purchase) -> bool:
        """Return True if a purchase was made for this slot or this number."""
        return (purchase.tenant == tenant and words.same_slot(purchase.slot, self.slot)) or (
            self.number is not None and purchase.number == self.number
        )


@dataclass(frozen=True)
class Desired:
    """What the user wants of a tenant's numbers.

    :arg client: the OAuth client that logs in, or None if it is not known.
    :arg password: the webhook password, with which Genesys Cloud CX logs in to Digital Channels.
    :arg rewrite_password: write the password even if nothing else differs. The API does not return it.
    :arg is_whole: whether the user lists all numbers of the tenant.
    :arg foreign: numbers that seem to belong to this tenant and do not.
    :arg journal: name of the journal in messages.
    """

    tenant: str
    wishes: tuple[Wish, ...]
    client: str | None = None
    password: str | None = None
    rewrite_password: bool = False
    purchase_allowed: bool = False
    max_purchases: int | None = None
    is_whole: bool = True
    foreign: frozenset[str] = frozenset()
    journal: str | None = None


@dataclass(frozen=True)
class Observed:
    """The account's numbers, and the purchases of the journal.

    :arg has_journal: whether the journal exists.
    :arg used: the section of the tenant's configuration that uses a number, by number. Empty unless it was read.
    """

    numbers: Sequence[TollfreeNumber]
    purchases: Sequence[Purchase] = ()
    has_journal: bool = True
    used: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def marks(self) -> dict[str, words.Mark | None]:
        """The mark of each number, by number. The tenant comes from the journal, or else from the webhook user name."""
        tenants = {purchase.id: purchase.tenant for purchase in self.purchases}
        return {item.number: _told_mark(item, tenants) for item in self.numbers}

    @cached_property
    def unknown(self) -> list[str]:
        """The numbers with a mark that the journal does not contain."""
        intents = {purchase.id for purchase in self.purchases}
        live = {purchase.number for purchase in self.purchases if purchase.is_live}
        # Marks of version 0.3.0 contain no intent. Then it is enough that the journal ever contained the number.
        ever = {purchase.number for purchase in self.purchases}
        return [
            number
            for number, mark in self.marks.items()
            if mark
            and number not in live
            and (number not in ever if mark.intent is None else mark.intent not in intents)
        ]


def _told_mark(number: TollfreeNumber, tenants: Mapping[str, str]) -> words.Mark | None:
    mark = words.mark_of(number.fields["comment"])
    if mark is None or mark.tenant is not None:
        return mark
    caller = number.fields["webhook_username"].strip().lower()
    return replace(mark, tenant=tenants.get(mark.intent or "") or (caller if checks.is_uuid(caller) else None))


@dataclass(frozen=True)
class Match:
    """What exists for a wish: a number, an open order, or neither."""

    wish: Wish
    number: TollfreeNumber | None = None
    pending: Purchase | None = None

    @property
    def is_missing(self) -> bool:
        """Whether a number has to be bought."""
        return self.wish.present and self.number is None and self.pending is None


@dataclass(frozen=True)
class Actions:
    """The functions that the steps of the plan call.

    :arg obtain: buys all missing numbers and waits for all open orders.
    :arg change: changes a number. With a slot, it first notes in the journal that the slot has the number.
    :arg release: releases a number. Returns False if the account did not have it.
    """

    obtain: Callable[[CloudNumbers], bool]
    change: Callable[[str, dict[str, str], str | None, CloudNumbers], None]
    release: Callable[[str, CloudNumbers], bool]


def match_all(desired: Desired, observed: Observed) -> list[Match]:
    """Return what exists for each wish.

    :raises InvalidInput: a slot has two numbers, a number has two wishes or another tenant, or the journal and the
        account contradict each other.
    """
    matches = [_match(desired, wish, observed) for wish in desired.wishes]
    owners: dict[str, Wish] = {}
    for match in matches:
        number = match.number or match.pending
        owner = owners.setdefault(number.number, match.wish) if number else match.wish
        if number and owner is not match.wish:
            raise InvalidInput(
                match.wish.option,
                f"{match.wish.what} and {owner.what} are the same number, {number.number}",
                "Remove one of them",
            )
    return matches


def plan(desired: Desired, observed: Observed, actions: Actions) -> Plan[CloudNumbers]:
    """Return the plan that leads from the observed account to the desired numbers.

    :raises InvalidInput: a number would have to be bought or released, and that is not allowed.
    """
    matches = match_all(desired, observed)
    may_buy(desired, observed, matches)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    steps: list[Step[CloudNumbers]] = []
    # A port-in can take weeks, so nothing waits for it.
    wanted = [match for match in matches if match.is_missing or (match.pending and not match.pending.is_coming)]
    if wanted:
        # Waiting alone changes nothing.
        is_change = any(match.is_missing for match in wanted)
        # An open order may have other values than those that are desired now.
        steps.append(Step(tuple(map(_obtaining, wanted)), actions.obtain, likely=is_change, replan=True))
    for match in matches:
        key = match.wish.key
        if match.number is None:
            if match.is_missing:
                after[key] = _shown_new(match.wish)
        elif not match.wish.present:
            before[key] = _shown(match.number)
            steps.append(_release(match.wish, match.number.number, actions))
        else:
            change = change_of(desired, match.wish, match.number, observed)
            if change:
                names = sorted(change)
                before[key], after[key] = _shown(match.number), _shown(match.number, change)
                sentence = f"change {', '.join(names)} of the number {match.number.number}"
                call = partial(actions.change, match.number.number, _api_names(change), match.wish.slot)
                steps.append(Step((sentence,), call))
    return Plan(before, after, tuple(steps))


def may_buy(desired: Desired, observed: Observed, matches: Sequence[Match]) -> None:
    """Raise an error if a number has to be bought and can't be.

    :raises InvalidInput: an option does not allow it or is missing.
    :raises JournalProblem: the journal does not allow it.
    """
    lacking = [match.wish for match in matches if match.is_missing]
    if not lacking:
        return
    first = lacking[0]
    if not desired.purchase_allowed:
        raise InvalidInput(
            "purchase_allowed",
            f"the account does not have {first.need}, so it must be bought",
            "To buy it, set purchase_allowed to true and max_purchases to a limit. Each number costs money",
        )
    problem = journal_problem(desired, observed)
    if problem is not None:
        raise problem
    _check_unmarked(desired, observed, matches)
    live = [purchase for purchase in observed.purchases if purchase.is_live]
    bought = {number for number, mark in observed.marks.items() if mark}
    bought -= {purchase.number for purchase in live if purchase.port_in}
    bought |= {purchase.number for purchase in live if not purchase.port_in}
    needed = len([wish for wish in lacking if wish.port_in is None])
    most = desired.max_purchases or 0
    if needed and len(bought) + needed > most:
        raise InvalidInput(
            "max_purchases",
            f"the limit of {most} would be exceeded, with {len(bought)} bought before and {needed} more needed",
            " ".join(
                ["Nothing is bought. Raise the limit to buy more.", *hints(desired, observed, matches)],
            ).rstrip("."),
        )
    for wish in lacking:
        if wish.slot is not None:
            words.check_new_slot(f"{wish.parameter}slot", wish.slot)
        url = next((name for name in URLS if not wish.fields.get(name)), None)
        if url:
            raise InvalidInput(
                f"{wish.parameter}{url}",
                f"it is missing, but needed to buy {wish.need}",
                "Set it, or set nexus_url. Then the module makes this URL from nexus_url",
            )
        if desired.password is None:
            raise InvalidInput(
                _PASSWORD,
                f"it is missing, but needed to buy {wish.need}",
                "Set it to the cluster API key, with which Genesys Cloud CX logs in to Digital Channels",
            )


def journal_problem(desired: Desired, observed: Observed) -> JournalProblem | None:
    """Return an error if the journal does not exist, or does not contain all numbers with a mark."""
    path = str(desired.journal)
    if not observed.has_journal:
        return missing(path)
    if not observed.unknown:
        return None
    lost = [number for number in observed.unknown if _has_no_tenant(observed, number)]
    adopt = (
        f". Before you run that command, list {', '.join(lost)} in tollfree_numbers, with the slot's name and the "
        "number in one entry, in a run that buys nothing. Neither the mark nor the webhook user name of such a "
        "number says which tenant has it"
        if lost
        else ""
    )
    return JournalProblem(
        path,
        f"does not contain {', '.join(observed.unknown)}. The comment of each says that it was bought for a slot. So "
        "this is a new journal, an older copy, or not the journal with which the numbers were bought. It may lack "
        "open orders",
        "Nothing is bought with it. Restore the former journal, or use its path. If it is lost, ask Genesys Customer "
        "Care whether an order is open, then complete the journal from the account: "
        f"{PLAYBOOK} -e rebuild_journal=true{adopt}",
    )


def _has_no_tenant(observed: Observed, number: str) -> bool:
    mark = observed.marks[number]
    return mark is not None and mark.tenant is None


def unmarked(desired: Desired, observed: Observed, matches: Sequence[Match]) -> list[TollfreeNumber]:
    """Return the numbers of the account that have no mark, no purchase and no entry, and are not foreign."""
    known = {match.number.number for match in matches if match.number} | desired.foreign
    known |= {purchase.number for purchase in observed.purchases if purchase.is_live}
    return [item for item in observed.numbers if not observed.marks[item.number] and item.number not in known]


def is_purchase_due(matches: Sequence[Match]) -> bool:
    """Return True if a number has to be bought. A port-in does not count: it buys no new number."""
    return any(match.is_missing and match.wish.port_in is None for match in matches)


def why_own(desired: Desired, observed: Observed, number: TollfreeNumber) -> str | None:
    """Return why a number without a mark seems to belong to the tenant, or None."""
    if number.number in observed.used:
        return f"the section {observed.used[number.number]} uses it"
    if number.fields["webhook_username"].strip().lower() == desired.tenant:
        return "its webhook user name is the ccid of this tenant"
    return None


def _check_unmarked(desired: Desired, observed: Observed, matches: Sequence[Match]) -> None:
    """Raise InvalidInput if the account has a number without a mark that seems to belong to the tenant."""
    if not is_purchase_due(matches):
        return
    reasons = {
        item.number: reason
        for item in unmarked(desired, observed, matches)
        if (reason := why_own(desired, observed, item)) is not None
    }
    if reasons:
        raise InvalidInput(
            "foreign_numbers",
            f"the account has {', '.join(f'{number} ({reason})' for number, reason in reasons.items())}, without the "
            "mark of a slot. It seems to belong to this tenant, so no other number is bought",
            "If it belongs to this tenant, list it in tollfree_numbers, with a slot's name and the number in one "
            "entry. If it does not, add it to foreign_numbers",
        )


def order_of(desired: Desired, wish: Wish, number: str, intent: str) -> dict[str, Any]:
    """Return the request that buys a number for a wish.

    :arg intent: ID of the purchase in the journal, which the mark contains.
    """
    fields = _new_fields(wish)
    if wish.slot is not None:
        fields["comment"] = _joined(words.mark(intent, wish.slot), fields.get("comment", ""))
    request: dict[str, Any] = {"tollfreeNumber": number, **_api_names(fields)}
    if wish.email_address:
        request["emailAddress"] = wish.email_address
    request["webhookPassword"] = desired.password
    if wish.port_in:
        names = {"loa_file_url": "loaFileUrl", "loa_file_url_username": "loaFileUrlUsername"}
        names["loa_file_url_password"] = "loaFileUrlPassword"  # the name of a field, not a password
        request.update({names[key]: value for key, value in wish.port_in.items() if value is not None})
    return request


def hints(desired: Desired, observed: Observed, matches: Sequence[Match]) -> list[str]:
    """If a slot has no number, return a sentence about the tenant's numbers that are not listed.

    A renamed slot looks like this. The user should notice it before another number is bought.
    """
    if not desired.is_whole or not any(match.is_missing and match.wish.number is None for match in matches):
        return []
    asked = {match.number.number for match in matches if match.number}
    asked |= {match.pending.number for match in matches if match.pending}
    marks = observed.marks
    owners: dict[str, tuple[str, str | None]] = {
        purchase.number: (purchase.tenant, purchase.slot)
        for purchase in observed.purchases
        if purchase.is_live and (purchase.is_open or purchase.number in marks)
    }
    owners.update({number: (mark.tenant, mark.slot) for number, mark in marks.items() if mark and mark.tenant})
    unlisted = [
        f"{number} ({f'slot {slot}' if slot else 'without a slot'})"
        for number, (tenant, slot) in sorted(owners.items())
        if tenant == desired.tenant and number not in asked
    ]
    if not unlisted:
        return []
    return [f"The tenant has {', '.join(unlisted)}, not listed. To use such a number, add it to the entry of the slot."]


def _match(desired: Desired, wish: Wish, observed: Observed) -> Match:
    by_number = {item.number: item for item in observed.numbers}
    live = [purchase for purchase in observed.purchases if purchase.is_live]
    purchases = [purchase for purchase in live if wish.is_of(desired.tenant, purchase)]
    found = _found(desired, wish, observed, purchases)
    _check_owner(desired, wish, found, observed, live)
    # Prefer an open purchase.
    lost = sorted((item for item in purchases if item.number not in by_number), key=lambda item: item.is_open)
    return Match(wish, found) if found or not lost else _unseen(desired, wish, lost[-1])


def _check_owner(
    desired: Desired, wish: Wish, found: TollfreeNumber | None, observed: Observed, live: Sequence[Purchase]
) -> None:
    """Raise InvalidInput if a number belongs to another tenant or another slot."""
    number = found.number if found else wish.number
    foreign = next((item for item in live if item.number == number and item.tenant != desired.tenant), None)
    if foreign is not None:
        raise InvalidInput(
            wish.option,
            f"the journal says that {foreign.number} belongs to the tenant {foreign.tenant} (intent {foreign.id})",
            "Use another number, or release this one for that tenant first. If it was already released, forget the "
            "intent with the playbook numbers (module gc_purchase_journal)",
        )
    if found is None:
        return
    owner = observed.marks[found.number]
    is_named = wish.slot is None or (wish.number is not None and wish.present)
    is_foreign = owner is not None and owner.tenant not in (None, desired.tenant)
    if owner and (is_foreign or not (is_named or words.same_slot(owner.slot, wish.slot))):
        raise InvalidInput(
            wish.option,
            f"the comment of the number {found.number} says that it belongs to {owner.owner}",
            "Use another number, or release this one there first"
            if wish.number is not None
            else f"The journal says that it belongs to {wish.what}. Correct the mark in the comment, or forget the "
            "intent with the playbook numbers (module gc_purchase_journal)",
        )
    caller = found.fields["webhook_username"].lower()
    is_known = owner is not None or any(item.number == number for item in live)
    if wish.present and not (is_known or wish.takes_over) and checks.is_uuid(caller) and caller != desired.tenant:
        raise InvalidInput(
            wish.option,
            f"the webhook user name of the number {found.number} is {caller}, so it seems to belong to that tenant",
            "Use another number, or set webhook_username if the number should belong to this tenant",
        )


def _unseen(desired: Desired, wish: Wish, purchase: Purchase) -> Match:
    """Return what exists for a wish whose number is in the journal, but not in the account."""
    if purchase.is_of_other_client(desired.client):
        raise InvalidInput(
            wish.option,
            f"{purchase.number} was ordered{purchase.purpose} by the OAuth client {purchase.client} (intent "
            f"{purchase.id}). This task logs in as {desired.client}, which can't see the number",
            f"Log in as {purchase.client}. If that client no longer exists, forget the intent with "
            "the playbook numbers (module gc_purchase_journal). Until then, no other number is bought in its place",
        )
    if purchase.is_open:
        if wish.number not in (None, purchase.number):
            raise InvalidInput(
                wish.option,
                f"the order of {purchase.number} for {wish.what} is open (intent {purchase.id}), but this entry has "
                f"the number {wish.number}",
                "Remove the number from the entry. Or find out what happened to that order, then forget the intent "
                "with the playbook numbers (module gc_purchase_journal)",
            )
        if wish.present:
            return Match(wish, pending=purchase)
        raise InvalidInput(
            f"{wish.parameter}state",
            f"{wish.what} can't be released while the order of {purchase.number} is open (intent {purchase.id})",
            "Wait until the account has the number, or forget the intent with the playbook numbers (module "
            "gc_purchase_journal)",
        )
    if wish.present and purchase.event == "releasing":
        raise InvalidInput(
            wish.option,
            f"a run ended while it released {purchase.number} (intent {purchase.id}), and the account does not have "
            "the number",
            "Forget the intent with the playbook numbers (module gc_purchase_journal). Then another number is bought",
        )
    if wish.present:
        raise InvalidInput(
            wish.option,
            f"{purchase.number} was bought{purchase.purpose} (intent {purchase.id}), but the account does not have it",
            "No other number is bought in its place. Log in as the OAuth client that ordered it, because other clients "
            "can't see it. If it was released, forget the intent with the playbook numbers (module "
            "gc_purchase_journal). Otherwise ask Genesys "
            "Customer Care",
        )
    return Match(wish)


def _found(desired: Desired, wish: Wish, observed: Observed, purchases: Sequence[Purchase]) -> TollfreeNumber | None:
    """Return the number of a wish, by the number itself, by the mark of its slot, or by the journal."""
    by_number = {item.number: item for item in observed.numbers}
    if wish.slot is None:
        return by_number.get(wish.number or "")
    # A number that another entry names no longer belongs to this slot.
    others = {other.number for other in desired.wishes if other is not wish and other.number is not None}
    marked = {number for number, mark in observed.marks.items() if mark and mark.is_of(desired.tenant, wish.slot)}
    told = {item.number for item in purchases if words.same_slot(item.slot, wish.slot) and item.number in by_number}
    candidates = sorted((marked | told) - others)
    if not candidates and wish.number is None:
        # If its only number moved to another entry, buy no other one: match_all() raises an error.
        candidates = sorted(marked | told)
    if wish.number is not None and (wish.number in candidates or not candidates):
        # The number in the entry chooses one of several.
        candidates = [wish.number] if wish.number in by_number else []
    if len(candidates) > 1:
        raise InvalidInput(
            f"{wish.parameter}slot",
            f"the slot {wish.slot} has {len(candidates)} numbers: {', '.join(candidates)}",
            "Choose one: list it with the slot's name and the number in one entry. Give the other one to another "
            "slot in the "
            "same way, or release it by its number. If only the journal says that the slot has it, forget its intent "
            "with "
            "the playbook numbers (module gc_purchase_journal)",
        )
    held = next(iter(candidates), None)
    if wish.number is not None and held not in (None, wish.number):
        raise InvalidInput(
            f"{wish.parameter}number",
            f"the slot {wish.slot} already has the number {held}, but this entry has the number {wish.number}",
            f"Remove the number from the entry. Or give {held} to another slot, or release it by its number",
        )
    pending = next((item for item in purchases if item.is_open and item.number not in by_number), None)
    if held is not None and pending is not None:
        raise InvalidInput(
            f"{wish.parameter}slot",
            f"the slot {wish.slot} has the number {held}, but the order of {pending.number} for it is open "
            f"(intent {pending.id})",
            "Find out what happened to that order, then forget the intent with the playbook numbers (module "
            "gc_purchase_journal)",
        )
    return by_number[held] if held is not None else None


def spare(desired: Desired, observed: Observed, matches: Sequence[Match]) -> list[str]:
    """Return a sentence for each number whose mark names a slot that has another number."""
    used = {match.number.number for match in matches if match.number}
    return [
        f"The number {number} has the mark of the slot {match.wish.slot}, but that slot has {match.number.number}. "
        "Both cost money. Give the first to another slot, with the slot's name and the number in one entry, or release "
        "it."
        for match in matches
        if match.number and match.wish.present
        for number, mark in observed.marks.items()
        if mark and number not in used and mark.is_of(desired.tenant, match.wish.slot)
    ]


def _comment(desired: Desired, wish: Wish, number: TollfreeNumber, observed: Observed) -> str:
    """Return the desired comment of a number. A mark is never removed, and never rewritten alone."""
    present = number.fields["comment"]
    mark = observed.marks[number.number]
    is_marked = wish.slot is None or (mark is not None and mark.is_of(desired.tenant, wish.slot))
    # If a server does not keep marks, it is enough that journal and inventory both name the number.
    is_told = wish.number is not None and any(
        item.is_live and item.number == wish.number and words.same_slot(item.slot, wish.slot)
        for item in observed.purchases
    )
    if not is_marked and (mark is not None or not is_told):
        return marked(desired, wish, number, observed)
    text = words.without_mark(present)
    return (
        present
        if words.same_comment(wish.fields.get("comment", text), text)
        else marked(desired, wish, number, observed)
    )


def marked(desired: Desired, wish: Wish, number: TollfreeNumber, observed: Observed) -> str:
    """Return the comment to write for a number, with its mark first."""
    present = number.fields["comment"]
    mark = observed.marks[number.number]
    text = wish.fields.get("comment", words.without_mark(present))
    slot = wish.slot or (mark.slot if mark else None)
    if slot is None:
        return text
    tenant = mark.tenant if mark and wish.slot is None else desired.tenant
    if wish.slot is not None and not (mark and words.same_slot(mark.slot, slot)):
        words.check_new_slot(f"{wish.parameter}slot", slot)
    purchase = next((item for item in observed.purchases if item.is_live and item.number == number.number), None)
    intent = purchase.id if purchase else mark.intent if mark else None
    caller = wish.fields.get("webhook_username", number.fields["webhook_username"]).strip().lower()
    if tenant is None or (len(slot) <= words.LONGEST_SLOT and (purchase is not None or caller == tenant)):
        return _joined(words.mark(intent or words.intent_of(tenant or "", number.number), slot), text)
    # Nothing else says which tenant has the slot, or the slot has a long name from version 0.3.0.
    return _joined(words.long_mark(tenant, slot), text)


def _joined(mark: str, text: str) -> str:
    return f"{mark} {text}".strip()


def _new_fields(wish: Wish) -> dict[str, str]:
    return {name: value for name, value in wish.fields.items() if value}


def change_of(desired: Desired, wish: Wish, number: TollfreeNumber, observed: Observed) -> dict[str, str]:
    """Return the fields to change, by option. The password is written together with the other webhook fields."""
    wanted = {**wish.fields, "comment": _comment(desired, wish, number, observed)}
    change = {name: value for name, value in wanted.items() if not _same(name, value, number.fields[name])}
    if desired.password is not None and (desired.rewrite_password or set(change) & set(_HOOK)):
        change[_PASSWORD] = desired.password
    return change


def _same(name: str, asked: str, seen: str) -> bool:
    return asked == seen or (name in URLS and checks.same_url(asked, seen))


def changed(desired: Desired, match: Match, observed: Observed) -> Match:
    """Return what exists for a wish after the plan."""
    if match.number is None or not match.wish.present:
        return match
    change = change_of(desired, match.wish, match.number, observed)
    change.pop(_PASSWORD, None)
    return replace(match, number=replace(match.number, fields={**match.number.fields, **change}))


def _api_names(fields: dict[str, str]) -> dict[str, str]:
    names = {**FIELDS, _PASSWORD: "webhookPassword"}
    return {names[option]: value for option, value in fields.items()}


def _release(wish: Wish, number: str, actions: Actions) -> Step[CloudNumbers]:
    if wish.confirmation != number:
        raise InvalidInput(
            f"{wish.parameter}release_confirmation",
            f"{wish.what} would be released. Anyone could buy it then"
            if wish.slot is None
            else f"the number {number} of {wish.what} would be released. Anyone could buy it then",
            f"To confirm this, set it to {number}",
        )
    return Step((f"release the number {number}",), partial(actions.release, number))


def _obtaining(match: Match) -> str:
    if match.pending:
        return f"wait for the number {match.pending.number}, which was ordered{match.pending.purpose} before"
    if match.wish.port_in:
        return f"port in {match.wish.what}"
    if match.wish.slot is None:
        return f"buy {match.wish.what}"
    return f"buy {match.wish.number or 'a number'} for {match.wish.what}"


def _shown(number: TollfreeNumber, change: dict[str, str] | None = None) -> dict[str, Any]:
    fields = {**number.fields, **(change or {})}
    secret = fields.pop(_PASSWORD, None)
    shown: dict[str, Any] = {"number": number.number, **fields}
    return {**shown, "secrets_to_write": [_PASSWORD]} if secret is not None else shown


def _shown_new(wish: Wish) -> dict[str, Any]:
    order = "purchase" if wish.port_in is None else "port-in"
    return {"number": wish.number or TO_BE_BOUGHT, "order": order, **_new_fields(wish)}
