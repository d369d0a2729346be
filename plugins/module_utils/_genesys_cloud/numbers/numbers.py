# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The toll-free numbers of a tenant in Genesys Cloud CX: one of them, or all (contract section 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import env_fallback

from ..._core import checks
from ..._core.errors import InvalidInput, SmsError, Undecided
from ..._core.options import CCID
from ..._core.server_text import in_result
from ..._core.task import Run, reconcile
from ..options import cloud_client_id, numbers_client
from . import rules as words
from .account import Account
from .changes import change, release
from .client import FIELDS, TollfreeNumber
from .comments import check_comments
from .file_store import file_journal
from .journal import Journal
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
        "description": "The tenant, by its contact center ID, a UUID. Slots are told apart by it.",
    },
    "nexus_url": {
        "type": "str",
        "description": """
            Base URL of the Digital Channels API, as Genesys Cloud CX reaches it. It tells O(mo_url) and
            O(dr_url) where they are not set.
        """,
        "fallback": (env_fallback, ["NEXUS_URL"]),
    },
    "webhook_password": {
        "type": "str",
        "description": """
            - What Genesys Cloud CX proves itself with to Digital Channels, the cluster API key. Needed to
              buy a number.
            - The API never tells it, so that O(update_secret) decides when it is written to a number that
              exists. It is also written when the URLs or the user name of the webhook change.
        """,
        "no_log": True,
    },
    "update_secret": {
        "type": "str",
        "description": """
            - When O(webhook_password) is written.
            - With V(on_create), when a number is bought.
            - With V(always), on each run, which is then reported as a change. This is how it is rotated.
        """,
        "choices": ["on_create", "always"],
        "default": "on_create",
        "no_log": False,
    },
    "purchase_allowed": {
        "type": "bool",
        "description": """
            - Whether numbers may be bought. Each costs money.
            - With V(false), the module fails where a number would have to be bought.
        """,
        "default": False,
    },
    "max_purchases": {
        "type": "int",
        "description": """
            - How many bought numbers the organization may have at most, all runs and tenants together.
              Required with O(purchase_allowed=true).
            - The numbers of the O(journal) that were not given back count, and those of the account that
              have the mark of a slot. Numbers that are ported in do not.
            - From 0 to 10000. A greater number would be no limit.
        """,
    },
    "journal": {
        "type": "path",
        "description": """
            - File in which each purchase is written down before it is made, by its absolute path.
              Required with O(purchase_allowed=true).
            - All runs for one organization have to share it, on a file system that knows locks. It holds
              no secrets. Keep it where it outlasts the run, and nothing replaces it, as a checkout of a
              repository might.
            - A purchase never creates it. That is done once, by M(cxops.genesys_sms.gc_purchase_journal).
              Nothing is bought with a journal that does not know the numbers which the account shows with
              the mark of a slot.
        """,
    },
    "order_timeout": {
        "type": "float",
        "description": """
            - Seconds to wait, counted from the order, until the account has a number that was ordered;
              and for another run that uses the O(journal).
            - If that is not enough, the module fails, and orders nothing again. A later run looks once
              whether the number has come.
            - A number that is ported in is not waited for, since that can take weeks. A warning tells
              that it is under way.
        """,
        "default": 600.0,
    },
    "foreign_numbers": {
        "type": "list",
        "description": """
            - Numbers of the account that were bought by other means, and that are none of the tenant's,
              though its sections or their webhook user look so.
            - Nothing is bought for a tenant that seems to have a number without the mark of a slot, until
              that number is listed together with a slot, or here.
        """,
        "version_added": "0.4.0",
        "elements": "str",
    },
}
"""The options that numbers have in common, one or many."""

UsedNumbers = Callable[[Run], Mapping[str, str]]
"""Tells which numbers the tenant's configuration uses: the section by number, as digits."""

DEFAULTS: dict[str, Any] = {
    "comment": {
        **words.TOLLFREE_NUMBER["comment"],
        "description": "Comment of the numbers that have none of their own.",
    },
    "email_address": {
        **words.TOLLFREE_NUMBER["email_address"],
        "description": "E-mail address of the numbers that have none of their own.",
    },
    "mo_url": {
        **words.TOLLFREE_NUMBER["mo_url"],
        "description": """
            Where messages of the numbers are sent to that have no URL of their own. Left out, it follows
            from O(nexus_url).
        """,
    },
    "dr_url": {
        **words.TOLLFREE_NUMBER["dr_url"],
        "description": """
            Where delivery receipts of the numbers are sent to that have no URL of their own. Left out, it
            follows from O(nexus_url).
        """,
    },
    "webhook_username": {
        **words.TOLLFREE_NUMBER["webhook_username"],
        "description": """
            As whom Digital Channels is called for the numbers that have no user name of their own. Left
            out, the O(ccid).
        """,
    },
    "state": {
        **words.TOLLFREE_NUMBER["state"],
        "description": "With V(absent), all listed numbers are given back, whatever they say themselves.",
        "default": "present",
    },
}
"""The options that a list has once for all numbers which do not have them."""

_MO_PATH, _DR_PATH = "/nexus/v3/sms/message", "/nexus/v3/sms/receipt"


INFO: dict[str, Any] = {
    "available": {
        "type": "bool",
        "description": "Whether to look for numbers that can be bought, too.",
        "default": False,
    },
    "vanity": {
        "type": "str",
        "description": "4 to 7 letters and digits that these are to have in them.",
    },
    "count": {
        "type": "int",
        "description": "How many of these to ask for, up to 100. The server may give fewer.",
        "default": 10,
    },
}
"""The options of gc_tollfree_number_info."""


def parse(run: Run) -> Desired:
    """Return what the parameters of gc_tollfree_numbers ask for; raise InvalidInput where they can't be."""
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
    problems = words.conflicts(named)
    if problems:
        raise problems[0]
    return _desired(run, tuple(wishes))


def parse_one(run: Run) -> Desired:
    """Return what the parameters of gc_tollfree_number ask for; raise InvalidInput where they can't be."""
    return _desired(run, (_parse_item(run, run.params, (), ""),))


def journal_of(run: Run) -> Journal:
    """Return the journal."""
    option = run.params["journal"]
    path = journal_path(option)
    patience = run.params["order_timeout"]
    checks.in_range("order_timeout", patience)
    if path is None and run.params["purchase_allowed"]:
        raise no_journal(option)
    return Journal(None) if path is None else journal_at(run, path, patience)


def journal_at(run: Run, path: str, patience: float) -> Journal:
    """Return the journal that a file keeps; what is written to it holds no secrets of the run."""
    return file_journal(path, patience, run.progress, lambda text: str(in_result(run.secrets.scrub(text))))


def journal_path(path: str | None) -> str | None:
    """Return the journal's path, None where there is none; raise InvalidInput where it is a relative one."""
    # With an inventory that is no file, as with -i acme, the roles have nothing here, and inventory_dir is "None".
    if not path or Path(path).parts[:1] == ("None",):
        return None
    return checks.absolute_path("journal", path)


def no_journal(path: str | None) -> InvalidInput:
    """Return the error for a journal that is needed and has no path."""
    return InvalidInput(
        "journal",
        "it is not set" if path is None else "it is not set, and the inventory is no file that it could be beside",
        "Name the file that all runs for the organization share, so that nothing is bought twice",
    )


def apply_plan(task: Run, desired: Desired, used_numbers: UsedNumbers) -> tuple[list[Match], dict[str, Any]]:
    """Bring the account to the desired numbers; return what there is then, and the result."""
    journal = journal_of(task)
    desired = replace(desired, journal=journal.place)
    account = Account(task, desired, numbers_client(task), journal, partial(used_numbers, task))
    try:
        return _apply_plan(task, desired, account)
    except SmsError as error:
        if account.did:
            error.changed = True
            if not isinstance(error, Undecided):
                error.add(f"Done before that: {'; '.join(account.did)}.")
        raise


def _apply_plan(task: Run, desired: Desired, account: Account) -> tuple[list[Match], dict[str, Any]]:
    actions = Actions(partial(obtain, account), partial(change, account), partial(release, account))
    outcome = reconcile(task, account.client, account.observe, partial(plan, desired, actions=actions))
    check_comments(account)
    found, observed = outcome.found, outcome.observed
    matches = match_all(desired, found)
    result = {**outcome.result, "unmarked_numbers": _show_unmarked(task, desired, found, matches)}
    for hint in [*hints(desired, found, matches), *spare(desired, found, matches)]:
        task.warn(hint)
    now = match_all(desired, observed)
    matches = [changed(desired, match, observed) for match in now]
    if task.diff_mode:
        # By now it is known which numbers were bought.
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
    """Do what gc_tollfree_numbers does."""
    desired = parse(task)
    matches, result = apply_plan(task, desired, used_numbers)
    numbers = [described for match in matches if (described := _described(desired.tenant, match))]
    slots = {item["slot"]: item["number"] for item in numbers if item["slot"] and item["number"]}
    return {**result, "tollfree_numbers": numbers, "slots": slots, "ccid": desired.tenant}


def run_one(task: Run, used_numbers: UsedNumbers) -> dict[str, Any]:
    """Do what gc_tollfree_number does."""
    desired = replace(parse_one(task), is_whole=False)
    (match,), result = apply_plan(task, desired, used_numbers)
    return {**result, "tollfree_number": _described(desired.tenant, match) or {}}


def info(task: Run) -> dict[str, Any]:
    """Do what gc_tollfree_number_info does."""
    params = task.params
    if params["vanity"] is not None and not params["available"]:
        raise InvalidInput("vanity", "it is set without available", "Set available to true to look for such numbers")
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
    """Return a number of the account as results have it."""
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
            "it is not set, and purchase_allowed is true",
            "Give how many bought numbers the organization may have at most",
        )
    checks.in_range("max_purchases", params["max_purchases"] or 0)
    if params["update_secret"] == "always" and password is None:
        raise InvalidInput("webhook_password", "it is not set, and update_secret is always", "Set it")
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
    """Tell whether an entry is not the tenant's: gc_tollfree_number_info returns the numbers of all tenants."""
    place = f"tollfree_numbers[{index}]"
    ccid, is_null = item["ccid"], run.is_null("tollfree_numbers", index, "ccid")
    if ccid is not None:
        ccid = checks.uuid(f"{place}.ccid", ccid)
    is_other = words.is_of_another(run.params["ccid"], ccid, item["slot"], is_told=ccid is not None or is_null)
    if is_other:
        whose = f"it is that of the tenant {ccid}" if ccid else "it has a slot, and nobody knows of which tenant"
        run.warn(
            f"{place} is left alone: its ccid says that {whose}. To give the number to a slot of this tenant, remove "
            "ccid from the entry."
        )
    return is_other


def _parse_item(run: Run, item: dict[str, Any], path: tuple[str | int, ...], parameter: str) -> Wish:
    slot, number = item["slot"], item["number"]
    if slot is None and number is None:
        raise InvalidInput(
            f"{parameter}slot",
            "neither slot nor number is set",
            "Give a slot to have some number for it, or a certain number, or both to have that one for the slot",
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
    """Return what is asked for, of this number or of all; an empty text where that is an explicit null."""
    if item[option] is not None or run.is_null(*path, option):
        return item[option] or ""
    shared: str | None = run.params.get(option)
    return "" if shared is None and run.is_null(option) else shared


def _fields(run: Run, item: dict[str, Any], path: tuple[str | int, ...], parameter: str) -> dict[str, str]:
    """Return what a number is to have: what is asked for, and what follows from the tenant."""
    fields = {option: value for option in FIELDS if (value := _asked(run, item, path, option)) is not None}
    if run.params["nexus_url"] is not None:
        base = checks.http_url("nexus_url", run.params["nexus_url"])
        fields = {"mo_url": base + _MO_PATH, "dr_url": base + _DR_PATH, **fields}
    fields.setdefault("webhook_username", checks.uuid("ccid", run.params["ccid"]))
    for option in URLS:
        if fields.get(option):
            fields[option] = checks.http_url(f"{parameter}{option}", fields[option], base=False)
    if words.mark_of(fields.get("comment", "")):
        raise InvalidInput(
            f"{parameter}comment", "it holds the mark of a slot", "Leave that out; it is added to the comment by itself"
        )
    return fields


def _described(tenant: str, match: Match) -> dict[str, Any] | None:
    """Return what results tell of a wish; None where there is no number, and is to be none."""
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
    """Return the numbers of the account that nothing is known of, and warn of them, where one has to be bought."""
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
            f"The account has numbers without the mark of a slot: {told}. If one of them is meant, adopt it, with a "
            "slot's name and the number in one entry."
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
                f"The number {purchase.number} is being ported in (order {purchase.order}, status {status}), and is "
                f"not in the account yet. If that came to nothing, forget it: {forgetting(purchase)}."
            )
        elif purchase.is_open:
            # Only check mode comes here: otherwise it was waited for.
            task.warn(
                f"The number {purchase.number}, which was ordered{purchase.purpose} before, is not in the account. A "
                "run waits for it, and fails if it does not come."
            )
        elif not wish.present and purchase.event != "releasing":
            task.warn(
                f"The journal has {purchase.number} as bought{purchase.purpose} (intent {purchase.id}), and the "
                "account does not have it. If it was given back, forget the intent with gc_purchase_journal."
            )
    if desired.purchase_allowed and observed.unknown:
        # Where something has to be bought, this is an error.
        task.warn(str(journal_problem(desired, observed)))
    for match in matches:
        asked = match.wish.email_address
        if match.number and asked and match.number.email_address and asked != match.number.email_address:
            task.warn(
                f"{match.wish.parameter}email_address: the number {match.number.number} was ordered with "
                f"{match.number.email_address}, which the API can't change. Ask Genesys Customer Care to."
            )
