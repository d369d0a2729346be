# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Delete the API key of a tenant that is decommissioned (contract section 2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from .._core import checks
from .._core.errors import Intermediary, Refused
from .._core.task import Plan, Run, Step, reconcile
from .api_keys import describe
from .api_keys_client import ApiKey, ApiKeysClient
from .options import api_keys_client
from .services_client import no_such_call, no_such_path, says

OPTIONS: dict[str, Any] = {
    "tenant": {
        "type": "str",
        "description": "Contact center ID (a UUID) of the tenant.",
        "required": True,
    },
    "key": {
        "type": "str",
        "description": "The API key that the inventory has for the tenant.",
        "required": True,
        "no_log": True,
    },
    "tenants": {
        "type": "list",
        "description": """
            - The tenants of the inventory. If another one has the same key, the key is not deleted.
            - An entry with the ccid of O(tenant) does not count.
        """,
        "elements": "dict",
        "default": [],
        "options": {
            "name": {
                "type": "str",
                "description": "Name of the tenant, for messages.",
                "required": True,
            },
            "ccid": {
                "type": "str",
                "description": "Contact center ID of the tenant.",
            },
            "key": {
                "type": "str",
                "description": "The API key that the inventory has for the tenant.",
                "no_log": True,
            },
        },
    },
    "delete": {
        "type": "bool",
        "description": "Whether to delete the key. With V(false), the module only looks.",
        "default": False,
    },
}
"""The options of nexus_api_key_removal."""


@dataclass(frozen=True)
class Desired:
    """The key of a tenant, and whether to delete it.

    :arg users: names of the other tenants that have the same key.
    """

    tenant: str
    key: str
    users: tuple[str, ...] = ()
    delete: bool = False


@dataclass(frozen=True)
class Observed:
    """The key as the server has it.

    :arg key: None if it does not exist, or if that is not known.
    :arg others: the names of the other keys of the tenant. None if the server does not list its keys.
    :arg is_known: whether the server shows if the key exists.
    """

    key: ApiKey | None
    others: tuple[str, ...] | None = None
    is_known: bool = True


@dataclass
class Work:
    """What this run found out.

    :ivar by_hand: True if the server can't delete keys.
    """

    by_hand: bool = False


def parse(run: Run) -> Desired:
    """Return what the parameters ask for; raise InvalidInput if they are invalid."""
    params = run.params
    tenant = checks.uuid("tenant", params["tenant"])
    key = checks.not_empty("key", params["key"]).strip()
    users = tuple(
        item["name"]
        for item in params["tenants"]
        if _is_same(item["key"] or "", key) and not _is_same(item["ccid"] or "", tenant)
    )
    return Desired(tenant, key, users, params["delete"])


def look(client: ApiKeysClient, desired: Desired) -> Observed:
    """Return what the server shows of the key, and of other keys of the tenant."""
    listed = client.list()
    if listed is not None:
        found = next((key for key in listed if key.id and _is_same(key.id, desired.key)), None)
        others = sorted(key.name for key in listed if key.tenant == desired.tenant and key is not found)
        return Observed(found, tuple(others))
    # The key becomes a part of the path.
    if not re.fullmatch(r"[\w-]+", desired.key):
        return Observed(None, is_known=False)
    try:
        key = client.read(desired.key)
    except Refused as error:
        if _has_no_call(error):
            return Observed(None, is_known=False)
        raise
    return Observed(key, is_known=key is not None or client.is_there)


def stays(desired: Desired, observed: Observed, work: Work) -> str | None:
    """Return why an existing key is not deleted, and what to do. Return None if it is deleted or does not exist."""
    if not observed.is_known:
        return (
            "This server does not show whether the API key exists. Look for it in the user interface of Digital "
            "Channels, and delete it there when nothing uses it."
        )
    key = observed.key
    if key is None:
        return None
    if key.tenant != desired.tenant:
        whose = f"the tenant {key.tenant}" if key.tenant else "the whole installation"
        return f"The API key {key.name} stays, because it is a key of {whose}."
    if desired.users:
        return f"The API key {key.name} stays, because the inventory also has it for {', '.join(desired.users)}."
    if not desired.delete:
        return (
            f"The API key {key.name} stays, because its deletion is not confirmed. To delete it, set delete to true "
            "(the playbook: add -e decommission_api_key=true)."
        )
    if work.by_hand:
        return (
            f"The API key {key.name} stays, because this server can't delete API keys by its API. Delete it in the "
            "user interface of Digital Channels."
        )
    return None


def plan(desired: Desired, work: Work, observed: Observed) -> Plan[ApiKeysClient]:
    """Return the plan that deletes the key, or an empty one if the key stays."""
    key = observed.key
    if key is None or stays(desired, observed, work) is not None:
        return Plan({}, {})
    return Plan(describe(key), {}, (Step((f"delete the API key {key.name}",), partial(_delete, work, key)),))


def run(task: Run) -> dict[str, Any]:
    """Run nexus_api_key_removal."""
    desired = parse(task)
    client = api_keys_client(task)
    work = Work()
    outcome = reconcile(task, client, partial(look, client, desired), partial(plan, desired, work))
    found = outcome.found
    reason = stays(desired, found, work)
    is_there = found.key is not None and reason is not None
    return {
        **outcome.result,
        # The server can't delete it, or somebody else did.
        **({} if outcome.changed else {"steps": []}),
        "state": "unknown" if not found.is_known else "present" if is_there else "absent",
        "name": found.key.name if found.key else None,
        "other_keys": None if found.others is None else list(found.others),
        "users": list(desired.users),
        "next_steps": [] if reason is None else [reason],
    }


def _is_same(one: str, other: str) -> bool:
    return one.strip().lower() == other.strip().lower()


def _has_no_call(error: Refused) -> bool:
    """Return True if the server itself says that it does not have this call."""
    return not isinstance(error, Intermediary) and (no_such_call(error) or no_such_path(error))


def _delete(work: Work, key: ApiKey, client: ApiKeysClient) -> bool:
    try:
        client.delete(key)
    except Refused as error:
        if _has_no_call(error):
            work.by_hand = True
        elif isinstance(error, Intermediary) or not says(error, 404):
            raise
        return False
    return True
