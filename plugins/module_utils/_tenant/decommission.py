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

    :arg tenants: names of all tenants of the run.
    :arg confirmed: the value of ``decommission_numbers``.
    :arg listed: the numbers that the inventory lists.
    :arg is_planned: whether this is check mode.
    :arg is_failed: whether a task of the tenant failed.
    :arg key: what was found out about the API key.
    :arg numbers: the result of gc_organization_numbers for all tenants of the run.
    """

    tenant: str
    tenants: Sequence[str]
    confirmed: Any = ()
    listed: Sequence[Mapping[str, Any]] = ()
    is_planned: bool = False
    is_failed: bool = False
    key: Result = field(default_factory=dict)
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
        return [row for row in self.rows if row["tenant"] == self.tenant]

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


def problems(leaving: Leaving) -> list[str]:
    """Return why nothing of the tenant may be removed: its numbers are not clear."""
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
    owners = {row["number"]: row for row in leaving.rows if row["in_account"]}
    for number in confirmed:
        row = owners.get(number)
        if row is None or row["tenant"] in leaving.tenants:
            continue
        if row["ccid"]:
            found.append(
                f"{NUMBERS}: {number} belongs to the tenant {row['ccid']}, which is not in this run. Remove the number "
                "from the list, or select that tenant."
            )
        else:
            found.append(
                f"{NUMBERS}: nothing says which tenant has {number}. If this tenant has it, first list it in its "
                "tollfree_numbers. Otherwise remove it from the list."
            )
    return found


def releases(leaving: Leaving) -> list[str]:
    """Return the numbers of the tenant that are confirmed, with -e or in the inventory, and were not released yet.

    A number whose release was interrupted is among them, so that the journal is completed.
    """
    if problems(leaving):
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
    did = "Would be done:" if leaving.is_planned else "Done:"
    unfinished = ["This tenant is not finished. Correct the failure, and run again."] if leaving.is_failed else []
    nothing = [] if leaving.is_failed else ["Nothing is to be done."]
    return [
        *unfinished,
        *([did, *(f"- {step}" for step in steps)] if steps else nothing),
        "Stays:",
        *(f"- {sentence}" for sentence in _stays(leaving)),
    ]


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
    if leaving.is_failed or "failure" not in leaving.services:
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
            "Genesys' guide, so something else may use them. To remove one, list it in sender_ids, and run again."
        )
    if headers:
        found.append(
            f"The webhook headers {', '.join(map(repr, headers))}, because a list can't name them. To remove one, list "
            "it in webhook_headers as it is written in the section, and run again."
        )
    return found


def _numbers(leaving: Leaving) -> list[str]:
    unread = leaving.unread
    if unread is None:
        return []
    gone = set(releases(leaving)) if leaving.release.get("steps") is not None else set()
    rows = [row for row in leaving.own if row["number"] not in gone]
    staying = [row["number"] for row in rows if row["in_account"]]
    found = [f"The numbers, which could not be read. {problem}" for problem in unread]
    for row in rows:
        slot = f"slot {row['slot']}" if row["slot"] else "without a slot"
        if row["in_account"]:
            found.append(f"The number {row['number']} ({slot}). It costs money.")
        elif {"order_open", "port_in"} & set(row["findings"]):
            found.append(f"The order of {row['number']} ({slot}). It may cost money.")
    if staying:
        found.append(
            f"To release numbers, name each of them: -e {NUMBERS}='{json.dumps(staying)}'. Anyone can buy a released "
            "number."
        )
    unknown = sorted(row["number"] for row in leaving.rows if row["in_account"] and row["ccid"] is None)
    if unknown:
        found.append(
            f"The account also has {', '.join(unknown)}, and nothing says which tenant has them. See the playbook "
            "numbers."
        )
    return found


def _keys(leaving: Leaving) -> list[str]:
    found = list((leaving.key_removal or leaving.key).get("next_steps") or ())
    if "state" not in leaving.key:
        found.append(f"The API keys, which were not read. {leaving.key.get('msg', '')}".strip())
    others = leaving.key.get("other_keys") or []
    if others:
        found.append(f"These API keys of the tenant, because other products may use them: {', '.join(others)}.")
    return found


def _shared(leaving: Leaving) -> list[str]:
    if leaving.unread is None:
        return []
    return ["The cluster API key and the OAuth client, because all tenants of the organization use them."]


def _inventory(leaving: Leaving) -> list[str]:
    """Return when to edit the inventory."""
    edit = f"The host {leaving.tenant} in the inventory."
    if leaving.unread is None:
        return [f"{edit} When no run needs it any more, remove it."]
    return [f"{edit} Remove it when the tenant has no number any more. Until then, the playbook numbers needs it."]
