# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Toll-free numbers of a tenant in Genesys Cloud CX: what is desired, what is observed, and what leads there.

A number is asked for by itself, or as a slot: a name within the tenant, whose mark stands first in the number's
comment. With both, the number is to be that of the slot.
No call is made here; how a number is bought is in order.py.
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
"""Stands for a number that is not chosen yet."""

URLS = ("mo_url", "dr_url")
_HOOK = (*URLS, "webhook_username")
_PASSWORD = "webhook_password"


@dataclass(frozen=True)
class Wish:
    """What the user asks of one number.

    :arg parameter: where the user wrote it, for messages.
    :arg slot: None where a number is asked for by itself.
    :arg number: None where any number will do for the slot.
    :arg fields: what to have of FIELDS; what is not named is left as it is. The comment is without a mark.
    :arg takes_over: whether it may be a number that calls Digital Channels as another tenant so far.
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
        """What it goes by in diffs."""
        return self.slot or self.number or ""

    @property
    def what(self) -> str:
        """The number or the slot, in words."""
        return f"the slot {self.slot}" if self.slot is not None else f"the number {self.number}"

    @property
    def option(self) -> str:
        """The parameter that names it."""
        return f"{self.parameter}{'number' if self.slot is None else 'slot'}"

    def is_of(self, tenant: str, purchase: Purchase) -> bool:
        """Tell whether a purchase was made for this, or for the number that this is."""
        return (purchase.tenant == tenant and words.same_slot(purchase.slot, self.slot)) or (
            self.number is not None and purchase.number == self.number
        )


@dataclass(frozen=True)
class Desired:
    """What the user asks of a tenant's numbers.

    :arg client: the OAuth client that asks; None where that is not known.
    :arg password: what Genesys Cloud CX proves itself with to Digital Channels.
    :arg rewrite_password: write it although nobody can tell whether it differs.
    :arg is_whole: whether all numbers of the tenant are listed, as far as the user cares.
    :arg foreign: numbers of the account that are none of this tenant's, though they may look so.
    :arg journal: what the journal is called in messages.
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

    :arg has_journal: whether there is a journal at all.
    :arg used: the section of the tenant's configuration that uses a number, by number, as far as that was looked for.
    """

    numbers: Sequence[TollfreeNumber]
    purchases: Sequence[Purchase] = ()
    has_journal: bool = True
    used: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def marks(self) -> dict[str, words.Mark | None]:
        """The mark of each number, by number. The journal tells the tenant, or else the webhook user."""
        tenants = {purchase.id: purchase.tenant for purchase in self.purchases}
        return {item.number: _told_mark(item, tenants) for item in self.numbers}

    @cached_property
    def unknown(self) -> list[str]:
        """The numbers that were bought for slots as their marks say, and that the journal does not know."""
        intents = {purchase.id for purchase in self.purchases}
        live = {purchase.number for purchase in self.purchases if purchase.is_live}
        # Marks of version 0.3.0 name no intent: it has to do that the journal has ever heard of the number.
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
    """What there is for a wish: a number, a purchase under way, or neither."""

    wish: Wish
    number: TollfreeNumber | None = None
    pending: Purchase | None = None

    @property
    def is_missing(self) -> bool:
        """Whether it has to be bought."""
        return self.wish.present and self.number is None and self.pending is None


@dataclass(frozen=True)
class Actions:
    """What steps do that is more than one call.

    :arg obtain: buys what is missing and waits for what is under way, all at once.
    :arg change: changes a number of a tenant. With a slot, the number is noted as that of the slot first.
    :arg release: gives a number back; returns whether it was there.
    """

    obtain: Callable[[CloudNumbers], bool]
    change: Callable[[str, dict[str, str], str | None, CloudNumbers], None]
    release: Callable[[str, CloudNumbers], bool]


def match_all(desired: Desired, observed: Observed) -> list[Match]:
    """Return what there is for each wish.

    :raises InvalidInput: a slot has two numbers, or a number two wishes or another tenant; the journal says otherwise
        than the account.
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
                "Leave one of them out",
            )
    return matches


def plan(desired: Desired, observed: Observed, actions: Actions) -> Plan[CloudNumbers]:
    """Return what leads from the account as it is to the desired numbers.

    :raises InvalidInput: something would have to be bought or released, and may not.
    """
    matches = match_all(desired, observed)
    may_buy(desired, observed, matches)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    steps: list[Step[CloudNumbers]] = []
    # A number that comes from another carrier takes its time, and nothing has to wait for it.
    wanted = [match for match in matches if match.is_missing or (match.pending and not match.pending.is_coming)]
    if wanted:
        # To wait changes nothing.
        is_change = any(match.is_missing for match in wanted)
        # What was under way may have been ordered with other values than those of today.
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
    """Raise where something has to be bought that may not, or not as it is asked for.

    :raises InvalidInput: because of what is asked for.
    :raises JournalProblem: because of the journal.
    """
    lacking = [match.wish for match in matches if match.is_missing]
    if not lacking:
        return
    first = lacking[0]
    if not desired.purchase_allowed:
        raise InvalidInput(
            "purchase_allowed",
            f"{first.what} is not in the account, and would have to be bought",
            "Set purchase_allowed to true, and max_purchases, to have it bought; each number costs money",
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
            f"it is {most}, with {len(bought)} bought before and {needed} more needed",
            " ".join(
                ["Raise it if that is meant; nothing is bought.", *hints(desired, observed, matches)],
            ).rstrip("."),
        )
    for wish in lacking:
        if wish.slot is not None:
            words.check_new_slot(f"{wish.parameter}slot", wish.slot)
        url = next((name for name in URLS if not wish.fields.get(name)), None)
        if url:
            raise InvalidInput(
                f"{wish.parameter}{url}",
                f"it is needed to buy {wish.what}",
                "Set nexus_url, from which it is derived",
            )
        if desired.password is None:
            raise InvalidInput(
                _PASSWORD,
                f"it is needed to buy {wish.what}",
                "Give the cluster API key, with which Genesys Cloud CX calls Digital Channels",
            )


def journal_problem(desired: Desired, observed: Observed) -> JournalProblem | None:
    """Return the error for a journal that is missing, or not the one with which the account's numbers were bought."""
    path = str(desired.journal)
    if not observed.has_journal:
        return missing(path)
    if not observed.unknown:
        return None
    lost = [number for number in observed.unknown if _has_no_tenant(observed, number)]
    adopt = (
        f". First give {', '.join(lost)} to its slot, with the slot's name and the number in one entry, in a run whose "
        "list has nothing that is to be bought: neither its mark nor its webhook user tells the tenant"
        if lost
        else ""
    )
    return JournalProblem(
        path,
        f"does not know {', '.join(observed.unknown)}, bought for a slot as the comment says. So it is new, older, or "
        "another one than that with which the numbers were bought, and may lack open orders",
        "Nothing is bought with it. Bring the former journal back, or name it. If it is lost, ask Genesys Customer "
        "Care whether an order is open, then have the journal completed from the account: "
        f"{PLAYBOOK} -e rebuild_journal=true{adopt}",
    )


def _has_no_tenant(observed: Observed, number: str) -> bool:
    mark = observed.marks[number]
    return mark is not None and mark.tenant is None


def unmarked(desired: Desired, observed: Observed, matches: Sequence[Match]) -> list[TollfreeNumber]:
    """Return the numbers of the account that nothing is known of: no mark, no purchase, no entry, not foreign."""
    known = {match.number.number for match in matches if match.number} | desired.foreign
    known |= {purchase.number for purchase in observed.purchases if purchase.is_live}
    return [item for item in observed.numbers if not observed.marks[item.number] and item.number not in known]


def is_purchase_due(matches: Sequence[Match]) -> bool:
    """Tell whether a number has to be bought, other than by a port-in, which takes a number over that one has."""
    return any(match.is_missing and match.wish.port_in is None for match in matches)


def why_own(desired: Desired, observed: Observed, number: TollfreeNumber) -> str | None:
    """Return what shows a number without a mark to be one of the tenant's, in words."""
    if number.number in observed.used:
        return f"the section {observed.used[number.number]} uses it"
    if number.fields["webhook_username"].strip().lower() == desired.tenant:
        return "it calls Digital Channels as this tenant"
    return None


def _check_unmarked(desired: Desired, observed: Observed, matches: Sequence[Match]) -> None:
    """Raise InvalidInput where the tenant seems to have a number already that was bought by other means."""
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
            "mark of a slot. It seems to be a number of this tenant, so that no other one is bought",
            "Adopt it, with a slot's name and the number in one entry; or list it in foreign_numbers if this tenant is "
            "to get another one all the same",
        )


def order_of(desired: Desired, wish: Wish, number: str, intent: str) -> dict[str, Any]:
    """Return the request that buys a number for a wish.

    :arg intent: the purchase's ID in the journal, which stands in the mark.
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
        names["loa_file_url_password"] = "loaFileUrlPassword"  # the API's name, no password
        request.update({names[key]: value for key, value in wish.port_in.items() if value is not None})
    return request


def hints(desired: Desired, observed: Observed, matches: Sequence[Match]) -> list[str]:
    """Return which numbers of the tenant are not asked for, in a sentence, where a slot has none.

    A slot that was renamed looks so. It is to be noticed before another number is bought.
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
    return [
        f"The tenant has {', '.join(unlisted)}, not listed. If one of them is meant, give it as the number of the slot."
    ]


def _match(desired: Desired, wish: Wish, observed: Observed) -> Match:
    by_number = {item.number: item for item in observed.numbers}
    live = [purchase for purchase in observed.purchases if purchase.is_live]
    purchases = [purchase for purchase in live if wish.is_of(desired.tenant, purchase)]
    found = _found(desired, wish, observed, purchases)
    _check_owner(desired, wish, found, observed, live)
    # What is open counts most.
    lost = sorted((item for item in purchases if item.number not in by_number), key=lambda item: item.is_open)
    return Match(wish, found) if found or not lost else _unseen(desired, wish, lost[-1])


def _check_owner(
    desired: Desired, wish: Wish, found: TollfreeNumber | None, observed: Observed, live: Sequence[Purchase]
) -> None:
    """Raise InvalidInput where a number is that of another tenant, or of another slot than the one that is meant."""
    number = found.number if found else wish.number
    foreign = next((item for item in live if item.number == number and item.tenant != desired.tenant), None)
    if foreign is not None:
        raise InvalidInput(
            wish.option,
            f"{foreign.number} is a number of the tenant {foreign.tenant}, as the journal says (intent {foreign.id})",
            "Use another number, or release it there first; if it was given back, forget the intent with "
            "gc_purchase_journal",
        )
    if found is None:
        return
    owner = observed.marks[found.number]
    is_named = wish.slot is None or (wish.number is not None and wish.present)
    is_foreign = owner is not None and owner.tenant not in (None, desired.tenant)
    if owner and (is_foreign or not (is_named or words.same_slot(owner.slot, wish.slot))):
        raise InvalidInput(
            wish.option,
            f"the number {found.number} is that {owner.owner}, as its comment says",
            "Use another number, or release it there first"
            if wish.number is not None
            else f"The journal has it for {wish.what}: correct the mark in the comment, or forget the intent with "
            "gc_purchase_journal",
        )
    caller = found.fields["webhook_username"].lower()
    is_known = owner is not None or any(item.number == number for item in live)
    if wish.present and not (is_known or wish.takes_over) and checks.is_uuid(caller) and caller != desired.tenant:
        raise InvalidInput(
            wish.option,
            f"the number {found.number} calls Digital Channels as {caller}, so it seems to be that tenant's",
            "Use another number, or set webhook_username if it is to be this tenant's",
        )


def _unseen(desired: Desired, wish: Wish, purchase: Purchase) -> Match:
    """Return what there is for a wish that the journal has a number for, and the account has not."""
    if purchase.is_of_other_client(desired.client):
        raise InvalidInput(
            wish.option,
            f"{purchase.number} was ordered{purchase.purpose} as the OAuth client {purchase.client} (intent "
            f"{purchase.id}), and this is {desired.client}, which does not see it",
            f"Log in as {purchase.client}, or, if that client is gone, forget the intent with gc_purchase_journal. "
            "Nothing is bought in its place by itself",
        )
    if purchase.is_open:
        if wish.number not in (None, purchase.number):
            raise InvalidInput(
                wish.option,
                f"an order of {purchase.number} for {wish.what} is open (intent {purchase.id}), and {wish.number} is "
                "another number",
                "Leave the number out, or find out what became of that order, and forget the intent with "
                "gc_purchase_journal",
            )
        if wish.present:
            return Match(wish, pending=purchase)
        raise InvalidInput(
            f"{wish.parameter}state",
            f"{wish.what} can't be released while the order of {purchase.number} is open (intent {purchase.id})",
            "Wait until it is in the account, or forget the intent with gc_purchase_journal",
        )
    if wish.present and purchase.event == "releasing":
        raise InvalidInput(
            wish.option,
            f"{purchase.number} was about to be given back when a run ended (intent {purchase.id}), and is not in the "
            "account",
            "Forget the intent with gc_purchase_journal, and another number is bought",
        )
    if wish.present:
        raise InvalidInput(
            wish.option,
            f"{purchase.number} was bought{purchase.purpose} (intent {purchase.id}), and is not in the account",
            "Nothing is bought in its place by itself. Log in as the OAuth client that ordered it, since others do "
            "not see it. If it was given back, forget the intent with gc_purchase_journal; if it was not, ask "
            "Genesys Customer Care",
        )
    return Match(wish)


def _found(desired: Desired, wish: Wish, observed: Observed, purchases: Sequence[Purchase]) -> TollfreeNumber | None:
    """Return the number of a wish: the one that is named, or has the slot's mark, or that the journal tells."""
    by_number = {item.number: item for item in observed.numbers}
    if wish.slot is None:
        return by_number.get(wish.number or "")
    # What another entry asks for by its number is no longer this slot's.
    others = {other.number for other in desired.wishes if other is not wish and other.number is not None}
    marked = {number for number, mark in observed.marks.items() if mark and mark.is_of(desired.tenant, wish.slot)}
    told = {item.number for item in purchases if words.same_slot(item.slot, wish.slot) and item.number in by_number}
    candidates = sorted((marked | told) - others)
    if not candidates and wish.number is None:
        # Nothing is bought in place of a number that has just been given to another entry: match_all() tells.
        candidates = sorted(marked | told)
    if wish.number is not None and (wish.number in candidates or not candidates):
        # One of several is chosen by its number.
        candidates = [wish.number] if wish.number in by_number else []
    if len(candidates) > 1:
        raise InvalidInput(
            f"{wish.parameter}slot",
            f"{' and '.join(candidates)} are both numbers of the slot {wish.slot}",
            "Choose one with the slot's name and the number in one entry, and give the other one to another slot in "
            "the same way, or release it by its number; or, if only the journal names it, forget its intent with "
            "gc_purchase_journal",
        )
    if wish.number is not None and candidates not in ([], [wish.number]):
        raise InvalidInput(
            f"{wish.parameter}number",
            f"the slot {wish.slot} has the number {candidates[0]} already, and {wish.number} is another",
            f"Leave the number out, or give {candidates[0]} to another slot, or release it by its number",
        )
    pending = next((item for item in purchases if item.is_open and item.number not in by_number), None)
    if candidates and pending is not None:
        raise InvalidInput(
            f"{wish.parameter}slot",
            f"the slot {wish.slot} has the number {candidates[0]}, while an order of {pending.number} for it is "
            f"open (intent {pending.id})",
            "Find out what became of that order, and forget the intent with gc_purchase_journal",
        )
    return by_number[candidates[0]] if candidates else None


def spare(desired: Desired, observed: Observed, matches: Sequence[Match]) -> list[str]:
    """Return in sentences which numbers have the mark of a slot that has another one."""
    used = {match.number.number for match in matches if match.number}
    return [
        f"The number {number} has the mark of the slot {match.wish.slot} too, which has {match.number.number}. It is "
        "paid for: give it to another slot, with the slot's name and the number in one entry, or release it."
        for match in matches
        if match.number and match.wish.present
        for number, mark in observed.marks.items()
        if mark and number not in used and mark.is_of(desired.tenant, match.wish.slot)
    ]


def _comment(desired: Desired, wish: Wish, number: TollfreeNumber, observed: Observed) -> str:
    """Return the comment that a number is to have. A mark that it has is never lost, and not rewritten by itself."""
    present = number.fields["comment"]
    mark = observed.marks[number.number]
    is_marked = wish.slot is None or (mark is not None and mark.is_of(desired.tenant, wish.slot))
    # Where a server does not keep marks, the journal and the inventory together will do.
    is_told = wish.number is not None and any(
        item.is_live and item.number == wish.number and words.same_slot(item.slot, wish.slot)
        for item in observed.purchases
    )
    if not is_marked and (mark is not None or not is_told):
        return _marked(desired, wish, number, observed)
    text = words.without_mark(present)
    return (
        present
        if words.same_comment(wish.fields.get("comment", text), text)
        else _marked(desired, wish, number, observed)
    )


def _marked(desired: Desired, wish: Wish, number: TollfreeNumber, observed: Observed) -> str:
    """Return the comment that a number is to have if it is written, with its mark first."""
    present = number.fields["comment"]
    mark = observed.marks[number.number]
    text = wish.fields.get("comment", words.without_mark(present))
    slot = wish.slot or (mark.slot if mark else None)
    if slot is None:
        return text
    tenant = desired.tenant if wish.slot is not None or mark is None else mark.tenant
    if wish.slot is not None and not (mark and words.same_slot(mark.slot, slot)):
        words.check_new_slot(f"{wish.parameter}slot", slot)
    purchase = next((item for item in observed.purchases if item.is_live and item.number == number.number), None)
    intent = purchase.id if purchase else mark.intent if mark else None
    caller = wish.fields.get("webhook_username", number.fields["webhook_username"]).strip().lower()
    if tenant is None or (len(slot) <= words.LONGEST_SLOT and (purchase is not None or caller == tenant)):
        return _joined(words.mark(intent or words.intent_of(tenant or "", number.number), slot), text)
    # Nothing else would tell whose slot it is; or it is one of version 0.3.0 with a long name.
    return _joined(words.long_mark(tenant, slot), text)


def _joined(mark: str, text: str) -> str:
    return f"{mark} {text}".strip()


def _new_fields(wish: Wish) -> dict[str, str]:
    return {name: value for name, value in wish.fields.items() if value}


def change_of(desired: Desired, wish: Wish, number: TollfreeNumber, observed: Observed) -> dict[str, str]:
    """Return what has to be changed of a number, by option; the password with what it belongs to."""
    wanted = {**wish.fields, "comment": _comment(desired, wish, number, observed)}
    change = {name: value for name, value in wanted.items() if not _same(name, value, number.fields[name])}
    if desired.password is not None and (desired.rewrite_password or set(change) & set(_HOOK)):
        change[_PASSWORD] = desired.password
    return change


def _same(name: str, asked: str, seen: str) -> bool:
    return asked == seen or (name in URLS and checks.same_url(asked, seen))


def changed(desired: Desired, match: Match, observed: Observed) -> Match:
    """Return what there is for a wish once the plan is carried out."""
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
            f"{wish.what} would be released, and anyone could buy it then"
            if wish.slot is None
            else f"the number {number} of {wish.what} would be released, and anyone could buy it then",
            f"Set it to {number} if that is meant",
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
