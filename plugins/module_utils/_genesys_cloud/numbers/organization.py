# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module gc_organization_numbers: show the numbers of all tenants, and adopt numbers that were bought by hand.

Several tenants may use one OAuth client, and an organization may have several. Each account and each journal is read
once. One that can't be read is named in the result, and does not hide the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ..._core import checks
from ..._core.errors import InvalidInput, SmsError
from ..._core.task import Plan, Run, Step, reconcile
from ..._core.variables import or_list
from ..options import GENESYS_CLOUD, cloud_client_id, numbers_client
from . import overview
from . import rules as words
from .account import Account
from .changes import change, contradictions
from .client import CloudNumbers, TollfreeNumber
from .comments import check_comments
from .journal import Journal
from .numbers import INFO, SHARED, journal_at, no_journal
from .plan import Desired, Observed, Wish, marked, match_all

_LOGIN = {
    name: {key: value for key, value in option.items() if key not in ("default", "fallback", "aliases")}
    for name, option in GENESYS_CLOUD.items()
}
_CCID = {"type": "str", "description": "Contact center ID (UUID) of the tenant.", "required": True}

OPTIONS: dict[str, Any] = {
    "tenants": {
        "type": "list",
        "description": "The tenants whose accounts and journals are read.",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {
                "type": "str",
                "description": "Name of the tenant, such as its host in the inventory.",
                "required": True,
            },
            "ccid": _CCID,
            "login": {
                "type": "dict",
                "description": """
                    Options of the login to Genesys Cloud CX that differ from those of the module. Tenants with the
                    same login have the same account, which is read once.
                """,
                "options": _LOGIN,
            },
            "journal": {
                "type": "path",
                "description": """
                    Absolute path of the journal of purchases, or the URL of the PostgreSQL database that contains it.
                """,
            },
            "journal_password": SHARED["journal_password"],
            "slots": {
                "type": "list",
                "description": "The slots that the inventory lists. Without it, numbers are not compared with it.",
                "elements": "str",
            },
            "numbers": {
                "type": "list",
                "description": "The numbers that the inventory lists.",
                "elements": "str",
            },
            "foreign_numbers": {
                "type": "list",
                "description": "Numbers that seem to belong to the tenant, but do not.",
                "elements": "str",
            },
        },
    },
    "others": {
        "type": "list",
        "description": "Further tenants of the organization. Their numbers are counted, but not returned.",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "description": "Name of the tenant.", "required": True},
            "ccid": _CCID,
        },
    },
    "adopt": {
        "type": "list",
        "description": """
            - Numbers that were bought by hand, and the slots that they shall have. The module writes the mark of the
              slot into the comment of each number, and records the number in the journal if there is one.
            - All entries are checked before the first write. The account of the tenant must have the number, the
              number must have no other mark, and the slot no other number.
            - Nothing else is changed. List the slot in the inventory before or after.
        """,
        "elements": "dict",
        "options": {
            "number": {
                "type": "str",
                "description": "The number, in international form.",
                "required": True,
            },
            "tenant": {
                "type": "str",
                "description": "Name of the tenant, one of O(tenants).",
                "required": True,
            },
            "slot": {
                "type": "str",
                "description": "The slot. It has up to 20 letters, digits, underscores and dashes.",
                "required": True,
            },
        },
    },
    "search": {
        "type": "dict",
        "description": "Also return numbers that can be bought.",
        "options": {
            "vanity": INFO["vanity"],
            "count": INFO["count"],
        },
    },
}
"""The options of gc_organization_numbers."""


@dataclass(frozen=True)
class Adoption:
    """A number that a slot shall have.

    :arg place: the prefix of its options in messages.
    """

    place: str
    number: str
    tenant: str
    slot: str


@dataclass(frozen=True)
class Member:
    """A tenant of the run.

    :arg run: the run, with the login of the tenant.
    :arg login: the same for tenants with the same login.
    """

    tenant: overview.Tenant
    run: Run
    login: tuple[Any, ...]
    journal: str | None


@dataclass
class _Read:
    """What was read, or why it could not be read."""

    member: Member
    names: list[str] = field(default_factory=list)
    value: Any = None
    error: SmsError | None = None

    def needed(self) -> Any:
        """Return what was read. Raise the error that prevented it."""
        if self.error is not None:
            raise self.error
        return self.value

    @property
    def problem(self) -> str | None:
        """The message of the error."""
        return None if self.error is None else str(self.error)


@dataclass
class State:
    """The accounts by login, and the journals by place. A journal is read as its existence and its purchases."""

    accounts: dict[Any, _Read] = field(default_factory=dict)
    journals: dict[Any, _Read] = field(default_factory=dict)

    def observed(self, member: Member) -> Observed:
        """Return the account and the journal of a tenant. Raise the error that prevented reading them."""
        numbers = self.accounts[member.login].needed()
        exists, purchases = self.journals[member.journal].needed()
        return Observed(numbers, purchases, exists)

    def marked(self, tenant: str, slot: str) -> list[str]:
        """Return the numbers of all accounts that have the mark of a slot."""
        purchases = [item for read in self.journals.values() if read.value for item in read.value[1]]
        return [
            number
            for read in self.accounts.values()
            for number, mark in Observed(read.value or (), purchases).marks.items()
            if mark is not None and mark.is_of(tenant, slot)
        ]


def run(task: Run) -> dict[str, Any]:
    """Run gc_organization_numbers."""
    members = _members(task)
    adoptions = _adoptions(task, members)
    search = _search(task)
    look = partial(_look, members)
    result: dict[str, Any] = {"changed": False, "steps": []}
    if adoptions:
        result, state = _adopt(task, members, adoptions, look)
    else:
        state = look()
    others = [
        overview.Tenant(item["name"], checks.uuid(f"others[{index}].ccid", item["ccid"]), is_in_run=False)
        for index, item in enumerate(task.params["others"] or [])
    ]
    accounts = [
        overview.Account(cloud_client_id(read.member.run), tuple(read.names), read.value, read.problem)
        for read in state.accounts.values()
    ]
    books = []
    for place, read in state.journals.items():
        exists, purchases = read.value or (None, ())
        books.append(overview.Book(place, tuple(read.names), exists, purchases, read.problem))
    told = overview.describe([*others, *(member.tenant for member in members.values())], accounts, books)
    return {**result, **told, "available": None if search is None else _available(task, state, *search)}


def _members(task: Run) -> dict[str, Member]:
    """Return the tenants by name."""
    found: dict[str, Member] = {}
    for index, item in enumerate(task.params["tenants"]):
        place = f"tenants[{index}]"
        name = item["name"]
        ccid = checks.uuid(f"{place}.ccid", item["ccid"])
        if name in found or ccid in {member.tenant.ccid for member in found.values()}:
            raise InvalidInput(
                f"{place}.name", f"the tenant {name} or its ccid is listed twice", "List each tenant once"
            )
        given = task.given["tenants"][index].get("login") or {}
        chosen = {key: value for key, value in (item["login"] or {}).items() if key in given and value is not None}
        params = {**task.params, **chosen, "journal_password": item["journal_password"]}
        tenant = overview.Tenant(
            name,
            ccid,
            slots=None if item["slots"] is None else frozenset(slot.lower() for slot in item["slots"]),
            numbers=_numbers(f"{place}.numbers", item["numbers"]),
            foreign=_numbers(f"{place}.foreign_numbers", item["foreign_numbers"]),
        )
        found[name] = Member(
            tenant,
            replace(task, params=params, given={**task.given, **chosen}),
            tuple(params[option] for option in GENESYS_CLOUD if option.startswith("gc_")),
            item["journal"],
        )
    return found


def _numbers(place: str, values: Sequence[str] | None) -> frozenset[str]:
    return frozenset(words.number(f"{place}[{index}]", value) for index, value in enumerate(values or ()))


def _adoptions(task: Run, members: Mapping[str, Member]) -> list[Adoption]:
    found: list[Adoption] = []
    for index, item in enumerate(task.params["adopt"] or []):
        place = f"adopt[{index}]."
        if item["tenant"] not in members:
            raise InvalidInput(
                f"{place}tenant", f"no tenant of this run is named {item['tenant']}", f"Use {or_list(list(members))}"
            )
        slot = words.slot_name(f"{place}slot", item["slot"])
        found.append(Adoption(place, words.number(f"{place}number", item["number"]), item["tenant"], slot))
    # A slot is a name within its tenant.
    named = [
        (one.place, option, value)
        for one in found
        for option, value in (("number", one.number), ("slot", f"{one.tenant}/{one.slot}"))
    ]
    for problem in words.conflicts(named):
        raise problem
    return found


def _search(task: Run) -> tuple[int, str | None] | None:
    asked = task.params["search"]
    if asked is None:
        return None
    checks.in_range("search.count", asked["count"])
    return asked["count"], None if asked["vanity"] is None else words.vanity("search.vanity", asked["vanity"])


def _look(members: Mapping[str, Member]) -> State:
    """Read each account and each journal once."""
    state = State()
    for name, member in members.items():
        _read(state.accounts, member.login, name, member, lambda one: numbers_client(one.run).purchased())
        _read(state.journals, member.journal, name, member, _read_journal)
    return state


def _read(reads: dict[Any, _Read], key: Any, name: str, member: Member, look: Callable[[Member], Any]) -> None:
    if key not in reads:
        reads[key] = read = _Read(member)
        try:
            read.value = look(member)
        except SmsError as error:
            read.error = error
    reads[key].names.append(name)


def _read_journal(member: Member) -> tuple[bool, Sequence[Any]]:
    journal = _journal(member)
    return journal.exists, journal.read()


def _journal(member: Member) -> Journal:
    place = words.journal_place(member.journal)
    if place is None:
        raise no_journal(member.journal)
    return journal_at(member.run, place, member.run.params["time_limit"])


def _available(task: Run, state: State, count: int, vanity: str | None) -> list[str] | None:
    """Return numbers that can be bought, with the first login that works."""
    working = next((read.member for read in state.accounts.values() if read.error is None), None)
    if working is None:
        return None
    try:
        return numbers_client(working.run).available(count, vanity)
    except SmsError as error:
        task.warn(str(error))
        return None


# Adoption


def _adopt(
    task: Run, members: Mapping[str, Member], adoptions: Sequence[Adoption], look: Callable[[], State]
) -> tuple[dict[str, Any], State]:
    """Write the marks. Return the result, and the state after that."""
    writers: dict[str, Account] = {}
    done: list[str] = []
    try:
        outcome = reconcile(task, None, look, partial(_plan, members, adoptions, writers, done))
        for account in writers.values():
            check_comments(account)
    except SmsError as error:
        if done:
            error.changed = True
            error.add(f"Done before that: {'; '.join(done)}.")
        raise
    return outcome.result, look() if done else outcome.observed


def _plan(
    members: Mapping[str, Member],
    adoptions: Sequence[Adoption],
    writers: dict[str, Account],
    done: list[str],
    state: State,
) -> Plan[None]:
    """Return the plan that adopts numbers. Everything is checked here, before the first write."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    steps: list[Step[None]] = []
    for name in dict.fromkeys(one.tenant for one in adoptions):
        member = members[name]
        observed = state.observed(member)
        mine = [one for one in adoptions if one.tenant == name]
        for one in mine:
            _check_slot(one, state.marked(member.tenant.ccid, one.slot))
            _check_listed(one, members)
            check(one, member.tenant.ccid, cloud_client_id(member.run), observed)
        wishes = tuple(Wish(one.place, one.slot, one.number) for one in mine)
        desired = Desired(member.tenant.ccid, wishes, client=cloud_client_id(member.run))
        if name not in writers:
            client = numbers_client(member.run)
            writers[name] = Account(member.run, desired, client, _journal(member))
        for match in match_all(desired, observed):
            item = match.number
            # The journal alone does not count: a run may have ended before it wrote the mark.
            if item is not None and observed.marks[item.number] is None:
                wanted = {"comment": marked(desired, match.wish, item, observed)}
                before[item.number] = {"comment": item.fields["comment"]}
                after[item.number] = wanted
                sentence = f"give the number {item.number} to the slot {match.wish.slot} of {name}"
                call = partial(_write, writers[name], match.wish, item, wanted, done, sentence)
                steps.append(Step((sentence,), call))
    return Plan(before, after, tuple(steps))


def _write(
    account: Account,
    wish: Wish,
    item: TollfreeNumber,
    wanted: dict[str, str],
    done: list[str],
    sentence: str,
    _client: None,
) -> None:
    client: CloudNumbers = account.client
    present = next((one for one in client.purchased() if one.number == item.number), None)
    if present is None or present.fields["comment"] != item.fields["comment"]:
        raise InvalidInput(
            f"{wish.parameter}number",
            f"the comment of {item.number} changed while this run planned, so another run may use the number",
            "Run again: the run reads the account first",
        )
    change(account, item.number, wanted, wish.slot, client, is_adoption=True)
    done.append(sentence)


def check(one: Adoption, ccid: str, client: str | None, observed: Observed) -> None:
    """Raise InvalidInput if a number can't be adopted for a slot of the tenant with this ccid."""
    option = f"{one.place}number"
    item = next((item for item in observed.numbers if item.number == one.number), None)
    if item is None:
        raise InvalidInput(
            option,
            f"the account of {one.tenant}, OAuth client {client or '(unknown)'}, does not have {one.number}",
            "Correct the number, or log in as the OAuth client that ordered it. Other clients can't see it",
        )
    mark = observed.marks[one.number]
    if mark is not None and not mark.is_of(ccid, one.slot):
        raise InvalidInput(
            option,
            f"the comment of {one.number} says that it belongs to {mark.owner}",
            "Remove the entry. To rename a slot, list the number with the new name in tollfree_numbers",
        )
    for other in contradictions(observed.purchases, ccid, one.slot, one.number):
        raise InvalidInput(
            option if other.number == one.number else f"{one.place}slot",
            f"the journal says that {other.number} was bought{other.purpose} for the tenant {other.tenant} "
            f"(intent {other.id})",
            "Use another number or another slot, or forget that intent first",
        )
    caller = item.fields["webhook_username"].strip().lower()
    if mark is None and checks.is_uuid(caller) and caller != ccid:
        raise InvalidInput(
            option,
            f"the webhook user name of {one.number} is {caller}, so it seems to belong to that tenant",
            "Use another number, or change its webhook user name first",
        )
    words.check_new_slot(f"{one.place}slot", one.slot)


def _check_slot(one: Adoption, held: Sequence[str]) -> None:
    """Raise InvalidInput if the slot has another number. Its account may be that of another OAuth client."""
    others = [number for number in held if number != one.number]
    if others:
        raise InvalidInput(
            f"{one.place}slot",
            f"the slot {one.slot} already has the number {others[0]}",
            "Use another slot, or release that number first",
        )


def _check_listed(one: Adoption, members: Mapping[str, Member]) -> None:
    """Raise InvalidInput if the inventory lists the number for another tenant."""
    for name, member in members.items():
        if name != one.tenant and one.number in member.tenant.numbers:
            raise InvalidInput(
                f"{one.place}number",
                f"the tenant {name} lists {one.number} in tollfree_numbers",
                "Use another number, or remove it from that list first",
            )
