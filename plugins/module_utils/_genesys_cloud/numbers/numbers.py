# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules for the toll-free numbers of a tenant in Genesys Cloud CX (contract section 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..._core import checks
from ..._core.errors import InvalidInput, SmsError, Undecided
from ..._core.options import CCID
from ..._core.server_text import in_result
from ..._core.task import Run, reconcile
from ..._core.variables import env_fallback
from ..options import cloud_client_id, numbers_client
from . import rules as words
from .account import Account
from .changes import change, release
from .client import FIELDS, TollfreeNumber
from .comments import check_comments
from .database_store import Database, DatabaseStore
from .file_store import FileStore
from .journal import Journal, Store
from .order import obtain
from .plan import (
    URLS,
    Actions,
    Desired,
    Match,
    Observed,
    Wish,
    changed,
    hints,
    is_purchase_due,
    journal_problem,
    match_all,
    plan,
    spare,
    unmarked,
)
from .tidy import tidy
from .wait import forgetting, status_of

SHARED: dict[str, Any] = {
    "ccid": {
        **CCID,
        "description": "Contact center ID (UUID) of the tenant. Each tenant has its own slots.",
    },
    "nexus_url": {
        "type": "str",
        "description": """
            Base URL of the Digital Channels API, as Genesys Cloud CX reaches it. It determines O(mo_url) and
            O(dr_url) if they are not set.
        """,
        "fallback": (env_fallback, ["NEXUS_URL"]),
    },
    "webhook_password": {
        "type": "str",
        "description": """
            - The cluster API key, with which Genesys Cloud CX logs in to Digital Channels. Required to buy a
              number.
            - The API never returns it. So O(update_secret) determines when it is written to an existing
              number. It is also written when the URLs or the user name of the webhook change.
        """,
        "no_log": True,
    },
    "update_secret": {
        "type": "str",
        "description": """
            - When to write O(webhook_password).
            - With V(on_create), it is written when a number is bought.
            - With V(always), it is written on each run, and each run reports a change. Use this to rotate
              it.
        """,
        "choices": ["on_create", "always"],
        "default": "on_create",
        "no_log": False,
    },
    "purchase_allowed": {
        "type": "bool",
        "description": """
            - Whether numbers may be bought. Each number costs money.
            - With V(false), the module fails if a number has to be bought.
        """,
        "default": False,
    },
    "max_purchases": {
        "type": "int",
        "description": """
            - Limit for the bought numbers of the organization, over all runs and tenants. Required with
              O(purchase_allowed=true).
            - It counts the numbers in the O(journal) that were not released, and the numbers of the
              account that have the mark of a slot. It does not count numbers that are ported in.
            - From 0 to 10000.
        """,
    },
    "journal": {
        "type": "path",
        "description": """
            - The journal, to which each purchase is written before the order. Required with
              O(purchase_allowed=true).
            - Either the absolute path of a file on a file system that supports locks, or the URL of a
              PostgreSQL database, such as C(postgresql://user@host/database?sslmode=verify-full). Use a
              database if the runs have no file system in common. The URL has the parameters of libpq, but no
              password. The Python library C(psycopg) is required then. A name after C(#) distinguishes several
              journals in one database.
            - All runs for one organization must share the journal. It contains no secrets. Keep it in a place
              where nothing deletes or replaces it. A checkout of a repository is not such a place.
            - A purchase never creates the journal. Create it once, with
              M(cxops.genesys_sms.gc_purchase_journal). Nothing is bought if the account has numbers with the
              mark of a slot that the journal does not contain.
        """,
    },
    "journal_password": {
        "type": "str",
        "description": """
            - Password for the database of the O(journal).
            - Without either, libpq reads its password file.
        """,
        "version_added": "0.6.0",
        "no_log": True,
        "fallback": (env_fallback, ["PGPASSWORD"]),
    },
    "order_timeout": {
        "type": "float",
        "description": """
            - Seconds to wait after an order until the account has the number. Also the seconds to wait while
              another run has locked the O(journal).
            - If the account does not have the number in time, the module fails, and does not order it again.
              A later run checks once whether the account has it.
            - The module does not wait for a number that is ported in, because that can take weeks. It warns
              that the port-in is not complete.
        """,
        "default": 600.0,
    },
    "foreign_numbers": {
        "type": "list",
        "description": """
            - Numbers of the account that seem to belong to the tenant, by its sections or by their webhook
              user name, but do not.
            - A number blocks purchases for the tenant if it has no mark of a slot and seems to belong to the
              tenant. To unblock them, list the number with a slot, or here.
        """,
        "version_added": "0.4.0",
        "elements": "str",
    },
}
"""The options that one number and a list of numbers have in common."""

UsedNumbers = Callable[[Run], Mapping[str, str]]
"""Returns the numbers that the tenant's configuration uses: the section by number, as digits."""

DEFAULTS: dict[str, Any] = {
    "comment": {
        **words.TOLLFREE_NUMBER["comment"],
        "description": "Comment of the numbers that have no comment of their own.",
    },
    "email_address": {
        **words.TOLLFREE_NUMBER["email_address"],
        "description": "E-mail address for the numbers that have none of their own.",
    },
    "mo_url": {
        **words.TOLLFREE_NUMBER["mo_url"],
        "description": """
            URL to which Genesys Cloud CX sends messages, for the numbers that have none of their own. The
            default follows from O(nexus_url).
        """,
    },
    "dr_url": {
        **words.TOLLFREE_NUMBER["dr_url"],
        "description": """
            URL to which Genesys Cloud CX sends delivery receipts, for the numbers that have none of their
            own. The default follows from O(nexus_url).
        """,
    },
    "webhook_username": {
        **words.TOLLFREE_NUMBER["webhook_username"],
        "description": """
            User name that Genesys Cloud CX sends to Digital Channels, for the numbers that have none of their
            own. The default is O(ccid).
        """,
    },
    "state": {
        **words.TOLLFREE_NUMBER["state"],
        "description": "With V(absent), all listed numbers are released, even if their own state is V(present).",
        "default": "present",
    },
}
"""The options that a list has for all its numbers. An option of a number takes precedence."""

_MO_PATH, _DR_PATH = "/nexus/v3/sms/message", "/nexus/v3/sms/receipt"


INFO: dict[str, Any] = {
    "available": {
        "type": "bool",
        "description": "Whether to return numbers that can be bought too.",
        "default": False,
    },
    "vanity": {
        "type": "str",
        "description": "4 to 7 letters and digits that the numbers that can be bought must contain.",
    },
    "count": {
        "type": "int",
        "description": "How many numbers that can be bought to ask for, up to 100. The server may return fewer.",
        "default": 10,
    },
}
"""The options of gc_tollfree_number_info."""


def parse(run: Run) -> Desired:
    """Return what the parameters of gc_tollfree_numbers ask for. Raise InvalidInput if they are wrong."""
    wishes = [
        _parse_item(run, item, ("tollfree_numbers", index), f"tollfree_numbers[{index}].")
        for index, item in enumerate(run.params["tollfree_numbers"])
        if not _is_of_another(run, item, index)
    ]
    named = [
        (wish.parameter, option, value)
        for wish in wishes
        for option, value in (("slot", wish.slot), ("number", wish.number))
        if value is not None
    ]
    for problem in words.conflicts(named):
        raise problem
    return _desired(run, tuple(wishes))


def parse_one(run: Run) -> Desired:
    """Return what the parameters of gc_tollfree_number ask for. Raise InvalidInput if they are wrong."""
    return _desired(run, (_parse_item(run, run.params, (), ""),))


def journal_of(run: Run) -> Journal:
    """Return the journal of a task. Raise InvalidInput if a purchase needs one and none is set."""
    option = run.params["journal"]
    place = words.journal_place(option)
    patience = run.params["order_timeout"]
    checks.in_range("order_timeout", patience)
    if place is None and run.params["purchase_allowed"]:
        raise no_journal(option)
    return Journal(None) if place is None else journal_at(run, place, patience)


def journal_at(run: Run, place: str, patience: float, option: str = "journal") -> Journal:
    """Return the journal in a file or a database. Secrets of the run are removed from what is written to it."""
    store: Store
    if words.is_database(place):
        password = run.params["journal_password"]
        database = run.client((Database, place, password), lambda _secrets: Database(option, place, password))
        store = DatabaseStore(database, patience, run.progress)
    else:
        store = FileStore(place, patience, run.progress)
    return Journal(store, lambda text: str(in_result(run.secrets.scrub(text))))


def no_journal(path: str | None) -> InvalidInput:
    """Return the error for a journal that is needed and not set."""
    return InvalidInput(
        "journal",
        "it is missing"
        if path is None
        else "it is missing, and there is no default because the inventory is not a file",
        "Set it to the file or database that all runs of the organization share, so that nothing is bought twice",
    )


def apply_plan(task: Run, desired: Desired, used_numbers: UsedNumbers) -> tuple[list[Match], dict[str, Any]]:
    """Make the account have the desired numbers. Return what exists for each wish then, and the result."""
    journal = journal_of(task)
    desired = replace(desired, journal=journal.place)
    account = Account(task, desired, numbers_client(task), journal, partial(used_numbers, task))
    try:
        return _apply_plan(task, desired, account)
    except SmsError as error:
        if account.did:
            error.changed = True
            error.results = {"ordered": account.ordered}
            if not isinstance(error, Undecided):
                error.add(f"Done before that: {'; '.join(account.did)}.")
        raise


def _apply_plan(task: Run, desired: Desired, account: Account) -> tuple[list[Match], dict[str, Any]]:
    actions = Actions(partial(obtain, account), partial(change, account), partial(release, account))
    outcome = reconcile(task, account.client, account.observe, partial(plan, desired, actions=actions))
    check_comments(account)
    found, observed = outcome.found, outcome.observed
    matches = match_all(desired, found)
    result = {
        **outcome.result,
        "ordered": _due(matches) if task.check_mode else account.ordered,
        "unmarked_numbers": _show_unmarked(task, desired, found, matches),
    }
    for hint in [*hints(desired, found, matches), *spare(desired, found, matches)]:
        task.warn(hint)
    now = match_all(desired, observed)
    matches = [changed(desired, match, observed) for match in now]
    if task.diff_mode:
        # Replace the placeholders with the numbers that were bought.
        bought = {match.wish.key: match.number.number for match in matches if match.number}
        after = {
            key: {**shown, "number": bought.get(key, shown["number"])} for key, shown in outcome.plan.after.items()
        }
        result["diff"] = {"before": outcome.plan.before, "after": after}
    if not task.check_mode:
        tidy(account.journal, desired, observed, now)
    elif any(match.is_missing for match in now):
        account.journal.check()
    _warn(account, observed, matches)
    return matches, result


def run(task: Run, used_numbers: UsedNumbers) -> dict[str, Any]:
    """Run gc_tollfree_numbers."""
    desired = parse(task)
    matches, result = apply_plan(task, desired, used_numbers)
    numbers = [described for match in matches if (described := _described(desired.tenant, match))]
    slots = {item["slot"]: item["number"] for item in numbers if item["slot"] and item["number"]}
    return {**result, "tollfree_numbers": numbers, "slots": slots, "ccid": desired.tenant}


def run_one(task: Run, used_numbers: UsedNumbers) -> dict[str, Any]:
    """Run gc_tollfree_number."""
    desired = replace(parse_one(task), is_whole=False)
    (match,), result = apply_plan(task, desired, used_numbers)
    return {**result, "tollfree_number": _described(desired.tenant, match) or {}}


def info(task: Run) -> dict[str, Any]:
    """Run gc_tollfree_number_info."""
    params = task.params
    if params["vanity"] is not None and not params["available"]:
        raise InvalidInput("vanity", "it needs available=true", "Set available to true, or remove vanity")
    vanity = words.vanity("vanity", params["vanity"]) if params["vanity"] is not None else None
    checks.in_range("count", params["count"])
    client = numbers_client(task)
    observed = Observed(client.purchased())
    numbers = [describe(number, observed.marks[number.number]) for number in observed.numbers]
    result: dict[str, Any] = {"changed": False, "tollfree_numbers": numbers}
    if params["available"]:
        result["available"] = client.available(params["count"], vanity)
    return result


def describe(number: TollfreeNumber, mark: words.Mark | None) -> dict[str, Any]:
    """Return a number of the account for a result."""
    return {
        "number": number.number,
        "ccid": mark.tenant if mark else None,
        "slot": mark.slot if mark else None,
        "status": number.status,
        **number.fields,
        "comment": words.without_mark(number.fields["comment"]),
        "email_address": number.email_address,
    }


def _desired(run: Run, wishes: tuple[Wish, ...]) -> Desired:
    params = run.params
    password = params["webhook_password"]
    if password is not None:
        checks.not_empty("webhook_password", password)
    if params["purchase_allowed"] and params["max_purchases"] is None:
        raise InvalidInput(
            "max_purchases",
            "it is missing, but purchase_allowed is true",
            "Set it to the limit for the bought numbers of the organization",
        )
    if params["max_purchases"] is not None:
        checks.in_range("max_purchases", params["max_purchases"])
    if params["update_secret"] == "always" and password is None:
        raise InvalidInput("webhook_password", "it is missing, but update_secret is always", "Set it")
    return Desired(
        tenant=checks.uuid("ccid", params["ccid"]),
        wishes=wishes,
        client=cloud_client_id(run),
        password=password,
        rewrite_password=params["update_secret"] == "always",
        purchase_allowed=params["purchase_allowed"],
        max_purchases=params["max_purchases"],
        foreign=frozenset(
            words.number(f"foreign_numbers[{index}]", value)
            for index, value in enumerate(params["foreign_numbers"] or [])
        ),
    )


def _is_of_another(run: Run, item: dict[str, Any], index: int) -> bool:
    """Return True if an entry belongs to another tenant. gc_tollfree_number_info returns those of all tenants."""
    place = f"tollfree_numbers[{index}]"
    ccid, is_null = item["ccid"], run.is_null("tollfree_numbers", index, "ccid")
    if ccid is not None:
        ccid = checks.uuid(f"{place}.ccid", ccid)
    is_other = words.is_of_another(run.params["ccid"], ccid, item["slot"], is_told=ccid is not None or is_null)
    if is_other:
        reason = f"is that of the tenant {ccid}" if ccid else "is null, so the tenant of its slot is unknown"
        run.warn(
            f"{place} is ignored: its ccid {reason}. To give the number to a slot of this tenant, remove ccid from the "
            "entry."
        )
    return is_other


def _parse_item(run: Run, item: dict[str, Any], path: tuple[str | int, ...], parameter: str) -> Wish:
    slot, number = item["slot"], item["number"]
    if slot is None and number is None:
        raise InvalidInput(
            f"{parameter}slot",
            "it is missing, and so is number",
            "Set slot to get any number, number to get a certain number, or both to give that number to the slot",
        )
    if slot is not None:
        slot = words.slot_name(f"{parameter}slot", slot)
    if number is not None:
        number = words.number(f"{parameter}number", number)
    if "absent" in (item["state"], run.params["state"]):
        confirmation = item["release_confirmation"]
        if confirmation is not None:
            confirmation = words.number(f"{parameter}release_confirmation", confirmation)
        return Wish(parameter, slot, number, present=False, confirmation=confirmation)
    words.check_item(parameter, item)
    email_address = _asked(run, item, path, "email_address") or None
    if email_address is not None:
        checks.email_address(f"{parameter}email_address", email_address)
    return Wish(
        parameter,
        slot,
        number,
        fields=_fields(run, item, path, parameter),
        vanity=item["vanity"],
        email_address=email_address,
        port_in=item["port_in"],
        takes_over=_asked(run, item, path, "webhook_username") is not None,
    )


def _asked(run: Run, item: dict[str, Any], path: tuple[str | int, ...], option: str) -> str | None:
    """Return the value for this number, or else the value for all. An explicit null is an empty text."""
    if item[option] is not None or run.is_null(*path, option):
        return item[option] or ""
    shared: str | None = run.params.get(option)
    return "" if shared is None and run.is_null(option) else shared


def fields_of_tenant(nexus_url: str | None, ccid: str) -> dict[str, str]:
    """Return the fields of a number that follow from its tenant."""
    fields = {"webhook_username": checks.uuid("ccid", ccid)}
    if nexus_url is None:
        return fields
    base = checks.http_url("nexus_url", nexus_url)
    return {"mo_url": base + _MO_PATH, "dr_url": base + _DR_PATH, **fields}


def _fields(run: Run, item: dict[str, Any], path: tuple[str | int, ...], parameter: str) -> dict[str, str]:
    """Return the desired fields of a number: those that the user set, and those that follow from the tenant."""
    fields = {option: value for option in FIELDS if (value := _asked(run, item, path, option)) is not None}
    fields = {**fields_of_tenant(run.params["nexus_url"], run.params["ccid"]), **fields}
    for option in URLS:
        if fields.get(option):
            fields[option] = checks.http_url(f"{parameter}{option}", fields[option], base=False)
    if words.mark_of(fields.get("comment", "")):
        raise InvalidInput(
            f"{parameter}comment", "it contains the mark of a slot", "Remove the mark. The module adds it"
        )
    return fields


def _due(matches: Sequence[Match]) -> list[dict[str, str | None]]:
    """Return the numbers that a real run would order."""
    wishes = [match.wish for match in matches if match.is_missing and match.wish.port_in is None]
    return [{"slot": wish.slot, "number": wish.number} for wish in wishes]


def _described(tenant: str, match: Match) -> dict[str, Any] | None:
    """Return the number of a wish for the result, or None if its state is absent."""
    if not match.wish.present:
        return None
    if match.number is not None:
        mark = words.mark_of(match.number.fields["comment"])
        return {
            **describe(match.number, replace(mark, tenant=tenant) if mark else None),
            "slot": match.wish.slot,
        }
    number = match.pending.number if match.pending else match.wish.number
    return {"number": number, "slot": match.wish.slot}


def _show_unmarked(
    task: Run, desired: Desired, observed: Observed, matches: Sequence[Match]
) -> list[dict[str, str | None]]:
    """If a number has to be bought, warn of the unmarked numbers of the account, and return them."""
    if not is_purchase_due(matches):
        return []
    found = unmarked(desired, observed, matches)
    if found:
        told = ", ".join(
            f"{item.number} (webhook user {item.fields['webhook_username'] or 'none'}, comment "
            f"'{item.fields['comment']}')"
            for item in found
        )
        task.warn(
            f"The account has numbers without the mark of a slot in the comment: {told}. If one of them belongs to "
            "this tenant, list it in tollfree_numbers, with a slot's name and the number in one entry."
        )
    return [
        {
            "number": item.number,
            "webhook_username": item.fields["webhook_username"],
            "comment": item.fields["comment"],
        }
        for item in found
    ]


def _warn(account: Account, observed: Observed, matches: Sequence[Match]) -> None:
    task, desired = account.run, account.desired
    here = {item.number for item in observed.numbers}
    for purchase in observed.purchases:
        wish = next((match.wish for match in matches if match.wish.is_of(desired.tenant, purchase)), None)
        if wish is None or not purchase.is_live or purchase.number in here:
            continue
        if purchase.is_coming:
            status = status_of(account.client, purchase) or "not known"
            task.warn(
                f"The number {purchase.number} is being ported in (order {purchase.order}, status {status}). The "
                f"account does not have it yet. If the port-in failed, forget it: {forgetting(purchase)}."
            )
        elif purchase.is_open:
            # Only in check mode: otherwise the run waited for it.
            task.warn(
                f"The number {purchase.number} was ordered{purchase.purpose} before, but the account does not have it. "
                "The real run waits for it, and fails if the account does not get it in time."
            )
        elif not wish.present and purchase.event != "releasing":
            task.warn(
                f"The journal says that {purchase.number} was bought{purchase.purpose} (intent {purchase.id}), but the "
                "account does not have it. If it was released, forget the intent with the playbook numbers (module "
                "gc_purchase_journal)."
            )
    if desired.purchase_allowed and observed.unknown:
        # If a number has to be bought, this is an error.
        task.warn(str(journal_problem(desired, observed)))
    for match in matches:
        asked = match.wish.email_address
        if match.number and asked and match.number.email_address and asked != match.number.email_address:
            task.warn(
                f"{match.wish.parameter}email_address: the number {match.number.number} was ordered with "
                f"{match.number.email_address}. The API can't change that. Ask Genesys Customer Care to change it."
            )
