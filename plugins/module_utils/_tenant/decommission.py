# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook decommission may release, what it did for a tenant, and what stays. It sends no request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._core.errors import InvalidInput
from .._genesys_cloud.numbers import rules as words

NUMBERS = "decommission_numbers"
"""The variable with the numbers that the playbook may release."""

Result = Mapping[str, Any]
"""The registered result of a task. Empty if the task did not run."""


@dataclass(frozen=True)
class Leaving:
    """A tenant of a run of the playbook, and the results of its tasks so far.

    :arg tenants: names of all tenants of the run, those that the preflight stopped too.
    :arg ccid: its contact center ID. Its numbers have it also if its own login to Genesys Cloud CX is gone.
    :arg names: names of tenants of the inventory by ccid, for owners of confirmed numbers that the run did not read.
    :arg confirmed: the value of ``decommission_numbers``.
    :arg listed: the numbers that the inventory lists.
    :arg is_planned: whether this is check mode.
    :arg is_failed: whether a task of the tenant failed.
    :arg key: what was found out about the API key.
    :arg seen: what the services would lose, if the API key does not exist.
    :arg left: what the configuration would lose, if Digital Channels refuses the API key.
    :arg numbers: the result of gc_organization_numbers for all tenants of the run.
    """

    tenant: str
    tenants: Sequence[str]
    ccid: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    confirmed: Any = ()
    listed: Sequence[Mapping[str, Any]] = ()
    is_planned: bool = False
    is_failed: bool = False
    key: Result = field(default_factory=dict)
    seen: Result = field(default_factory=dict)
    left: Result = field(default_factory=dict)
    numbers: Result = field(default_factory=dict)
    configuration: Result = field(default_factory=dict)
    services: Result = field(default_factory=dict)
    release: Result = field(default_factory=dict)
    key_removal: Result = field(default_factory=dict)

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        """The numbers, orders and purchases of the accounts of all tenants of the run."""
        return list(self.numbers.get("numbers") or ())

    @property
    def own(self) -> list[Mapping[str, Any]]:
        """Those of this tenant."""
        return [row for row in self.rows if self.has(row)]

    def has(self, row: Mapping[str, Any]) -> bool:
        """Return True if a number belongs to this tenant."""
        return bool(row["tenant"] == self.tenant or (self.ccid and row["ccid"] == self.ccid.strip().lower()))

    @property
    def is_refused(self) -> bool:
        """Whether Digital Channels refuses the API key, because it does not exist."""
        failure = self.seen.get("failure") or {}
        refused = failure.get("kind") == "refused" and failure.get("status") in (401, 403)
        return refused and self.key.get("state") == "absent"

    @property
    def unread(self) -> list[str] | None:
        """Why the numbers of the tenant could not be read. None if the tenant has no login to Genesys Cloud CX."""
        if "failure" in self.numbers:
            return [str(self.numbers.get("msg"))]
        accounts = self.numbers.get("tenants") or {}
        return list(accounts[self.tenant]["problems"]) if self.tenant in accounts else None


def confirmed_numbers(value: Any) -> list[str]:
    """Return the confirmed numbers, each once. They are a list, or a text with commas.

    :raises InvalidInput: one is not a number in international form.
    """
    items: Iterable[Any] = value if isinstance(value, (list, tuple)) else [value]
    if isinstance(value, str):
        items = [part.strip() for part in value.split(",") if part.strip()]
    found = [words.number(f"{NUMBERS}[{place}]", str(item)) for place, item in enumerate(items)]
    return list(dict.fromkeys(found))


def unlisted(known: Mapping[str, Any]) -> bool:
    """Return True if the run did not read the tenant of a confirmed number.

    :arg known: what Leaving takes.
    """
    leaving = Leaving(**known)
    try:
        confirmed = confirmed_numbers(leaving.confirmed)
    except InvalidInput:
        return False
    return any(row["number"] in confirmed and row["ccid"] and not row["tenant"] for row in leaving.rows)


def problems(leaving: Leaving) -> list[str]:
    """Return why nothing of the tenant may be removed: its numbers or its API key are not clear."""
    return [*_key_problems(leaving), *_number_problems(leaving)]


def _key_problems(leaving: Leaving) -> list[str]:
    if not leaving.left.get("steps"):
        return []
    return [
        (
            "nexus_api_key: this API key does not exist, and Digital Channels refuses it. But the tenant still has "
            "sender IDs or webhook headers, so no run has removed its services yet. Set nexus_api_key to a key of the "
            "tenant that exists, and run again."
        )
    ]


def _number_problems(leaving: Leaving) -> list[str]:
    try:
        confirmed = confirmed_numbers(leaving.confirmed)
    except InvalidInput as error:
        return [str(error)]
    if not confirmed:
        return []
    if not {"tenants", "failure"} & set(leaving.numbers):
        return [
            (
                f"{NUMBERS}: no tenant of this run has gc_client_id, so the numbers can't be read. Set the login to "
                f"Genesys Cloud CX, or leave {NUMBERS} out."
            )
        ]
    found = [f"{NUMBERS}: the numbers of the tenant can't be read. {problem}" for problem in leaving.unread or ()]
    rows = {row["number"]: row for row in leaving.rows if row["in_account"] or _is_unread(row)}
    wrong = [_number_problem(leaving, rows[number]) for number in confirmed if number in rows]
    return [*found, *(f"{NUMBERS}: {problem}" for problem in wrong if problem is not None)]


def _number_problem(leaving: Leaving, row: Mapping[str, Any]) -> str | None:
    """Return why a confirmed number can't be released. Another tenant of the run cares for its own numbers."""
    number = row["number"]
    if leaving.has(row):
        if leaving.unread is None:
            return (
                f"{number} belongs to this tenant, which has no gc_client_id. Set the login to Genesys Cloud CX for "
                "the tenant, or remove the number from the list."
            )
        if _is_unread(row) and not leaving.unread:
            return (
                f"the OAuth client {row['client']} ordered {number}, and this run did not read its account. Use that "
                "OAuth client (gc_client_id) for the tenant, or remove the number from the list."
            )
        return None
    owner = row["tenant"] or leaving.names.get(row["ccid"] or "")
    if owner in leaving.tenants:
        return None
    if owner:
        return (
            f"{number} belongs to the tenant {owner}, which is not in this run. Remove the number from the list, or "
            "select that tenant."
        )
    if row["ccid"]:
        return (
            f"{number} belongs to the tenant with the ccid {row['ccid']}, which is not in this run. Remove the number "
            "from the list."
        )
    return (
        f"nothing in this run says which tenant has {number}. If this tenant has it, and no other tenant of the "
        "inventory lists it, list it in its tollfree_numbers, and run again. Otherwise remove it from the list."
    )


def _is_unread(row: Mapping[str, Any]) -> bool:
    """Return True if another OAuth client ordered a number, and its account was not read."""
    return "account_not_read" in row["findings"]


def releases(leaving: Leaving) -> list[str]:
    """Return the numbers of the tenant that are confirmed, with -e or in the inventory, and were not released yet.

    A number whose release was interrupted is among them, so that the journal is completed.
    """
    if leaving.unread is None or problems(leaving):
        return []
    confirmed = {*confirmed_numbers(leaving.confirmed), *_confirmed_in_inventory(leaving)}
    rows = [row for row in leaving.own if row["in_account"] or row["event"] == "releasing"]
    return sorted({row["number"] for row in rows} & confirmed)


def _confirmed_in_inventory(leaving: Leaving) -> set[str]:
    """Return the numbers that the inventory releases: state absent, and the number itself as the confirmation."""
    found = set()
    for item in leaving.listed:
        if item.get("state") != "absent" or not item.get("release_confirmation"):
            continue
        try:
            number = words.number("release_confirmation", str(item["release_confirmation"]))
            asked = words.number("number", str(item["number"])) if item.get("number") else None
        except InvalidInput:
            # The preflight reports it.
            continue
        slot = item.get("slot")
        if any(row["number"] == number and words.same_slot(row["slot"], slot) for row in leaving.own if slot) or (
            asked == number
        ):
            found.add(number)
    return found


def lines(leaving: Leaving) -> list[str]:
    """Return what the run did for the tenant, and what stays."""
    parts = (leaving.configuration, leaving.services, leaving.release, leaving.key_removal)
    steps = [step for part in parts if not part.get("failed") for step in part.get("steps") or ()]
    broke = any(part.get("failed") and part.get("changed") for part in parts)
    did = "Would be done:" if leaving.is_planned else "Done:"
    unfinished = ["This tenant is not finished. Correct the failure, and run again."] if leaving.is_failed else []
    nothing = [] if leaving.is_failed else ["Nothing is to be done."]
    return [
        *unfinished,
        *([did, *(f"- {step}" for step in steps)] if steps else nothing),
        *(["The task that failed had changed something before. The next run shows what is left."] if broke else []),
        *_not_found(leaving),
        "Stays:",
        *(f"- {sentence}" for sentence in _stays(leaving)),
    ]


def _not_found(leaving: Leaving) -> list[str]:
    """Return a sentence for confirmed numbers that the accounts do not have."""
    if leaving.unread != [] or problems(leaving):
        return []
    known = {row["number"] for row in leaving.rows if "not_in_account" not in row["findings"]} | set(releases(leaving))
    missing = [number for number in confirmed_numbers(leaving.confirmed) if number not in known]
    if not missing:
        return []
    return [f"No account of this run has {', '.join(missing)}: released before, or mistyped."]


def _stays(leaving: Leaving) -> list[str]:
    return [
        *_unseen_services(leaving),
        *_left_options(leaving),
        *_numbers(leaving),
        *_keys(leaving),
        *_shared(leaving),
        *_inventory(leaving),
    ]


def _unseen_services(leaving: Leaving) -> list[str]:
    """Return a sentence if the services could not be looked at, because the key does not exist."""
    if leaving.is_failed or not leaving.is_refused:
        return []
    return [
        (
            "The services were not looked at, because the API key of the inventory does not exist any more. If an "
            "earlier run of this playbook deleted the key, it deleted the services before. Otherwise set nexus_api_key "
            "to a key that exists, and run again."
        )
    ]


def _left_options(leaving: Leaving) -> list[str]:
    """Return a sentence for sections and headers that something else may use."""
    sections = leaving.configuration.get("not_purged") or []
    headers = (leaving.configuration.get("webhook_headers") or {}).get("not_purged") or []
    found = []
    if sections:
        found.append(
            f"The sections {', '.join(sections)}, because their names or the spelling of channelType do not follow "
            "Genesys' guide, so something else may use them. To remove one, list its name in sender_ids with state "
            "absent, and run again."
        )
    if headers:
        found.append(
            f"The webhook headers {', '.join(map(repr, headers))}, because their names are not valid, or Digital "
            "Channels sets these headers itself. To remove one, list its name, as the section has it, in "
            "webhook_headers with state absent, and run again."
        )
    return found


def _numbers(leaving: Leaving) -> list[str]:
    unread = leaving.unread
    is_broken = bool(leaving.release.get("failed") and leaving.release.get("changed"))
    released = set(releases(leaving)) if is_broken or "steps" in leaving.release else set()
    rows = [row for row in leaving.own if row["number"] not in released]
    staying = [row["number"] for row in rows if row["in_account"]]
    found = [f"The numbers, which could not be read. {problem}" for problem in unread or ()]
    if unread is None:
        reason = "" if leaving.is_failed else ", because the tenant has no gc_client_id"
        found.append(f"Numbers of Genesys Cloud CX, if the tenant has any. Its account was not looked at{reason}.")
    if is_broken:
        found.append(f"Perhaps numbers among {', '.join(sorted(released))}: their release failed. They cost money.")
    for row in rows:
        slot = f"slot {row['slot']}" if row["slot"] else "without a slot"
        if row["in_account"]:
            found.append(f"The number {row['number']} ({slot}). It costs money.")
        elif _is_unread(row):
            found.append(
                f"The number {row['number']} ({slot}), perhaps. The OAuth client {row['client']} ordered it, and this "
                "run did not read its account. The number may cost money."
            )
        elif {"order_open", "port_in"} & set(row["findings"]):
            found.append(f"The order of {row['number']} ({slot}). It may cost money.")
    if staying:
        login = "" if unread is not None else "first set the login to Genesys Cloud CX for the tenant. Then "
        found.append(
            f"To release numbers, {login}name each of them: -e {NUMBERS}='{json.dumps(staying)}'. Anyone can buy a "
            "released number."
        )
    unknown = sorted(row["number"] for row in leaving.rows if row["in_account"] and row["ccid"] is None)
    if unknown:
        found.append(
            f"The account also has {', '.join(unknown)}, and nothing in this run says which tenant has them. See "
            "the playbook numbers."
        )
    return found


def _keys(leaving: Leaving) -> list[str]:
    last = leaving.key_removal if "state" in leaving.key_removal else leaving.key
    found = list(last.get("next_steps") or ())
    if "steps" in leaving.seen:
        found.append(
            "The API key of the inventory (nexus_api_key). It works, but Digital Channels does not list it, so the run "
            "can't delete it. Delete it in the user interface of Digital Channels."
        )
    if "state" not in leaving.key:
        found.append(f"The API keys, which were not read. {leaving.key.get('msg', '')}".strip())
    others = leaving.key.get("other_keys") or []
    if others:
        found.append(f"The other API keys of the tenant ({', '.join(others)}), because other products may use them.")
    return found


def _shared(leaving: Leaving) -> list[str]:
    if leaving.unread is None:
        return []
    return ["The cluster API key and the OAuth client, because all tenants of the organization use them."]


def _inventory(leaving: Leaving) -> list[str]:
    """Return when to edit the inventory."""
    edit = f"The host {leaving.tenant} in the inventory."
    if leaving.unread is None and not leaving.own:
        return [f"{edit} When no run needs it any more, remove it."]
    return [f"{edit} Remove it when the tenant has no number any more. Until then, the playbook numbers needs it."]
