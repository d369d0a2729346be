# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API keys of Digital Channels: desired, observed, plan (contract section 2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._arguments import api_keys_client
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.api_keys import ApiKey, ApiKeysClient
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.nexus import says
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import (
    InvalidInput,
    Refused,
    Stale,
    Unsupported,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._task import Plan, Run, Step, reconcile


@dataclass(frozen=True)
class Desired:
    """What the user asks of a key. None means: not asked.

    :arg tenant: the ccid, or an empty text for the whole installation.
    :arg key: the key itself, if it is to be a certain one.
    """

    name: str
    tenant: str
    key: str | None = None
    permissions: tuple[str, ...] | None = None
    enabled: bool | None = None
    present: bool = True


def parse(run: Run) -> Desired:
    """Return what the parameters of nexus_api_key ask for; raise InvalidInput where they can't be."""
    params = run.params
    key = params["key"]
    if key is not None:
        # Not with the value in it, as other UUIDs are: it is a secret.
        try:
            key = _checks.uuid("key", key)
        except InvalidInput as error:
            raise InvalidInput("key", "it is not a UUID", "Give a UUID, or leave it out to have one made") from error
    permissions = params["permissions"]
    return Desired(
        _checks.not_empty("name", params["name"]),
        tenant_of(params["tenant"]),
        key,
        tuple(permissions) if permissions is not None else None,
        params["enabled"],
        params["state"] == "present",
    )


def tenant_of(value: str) -> str:
    """Return the tenant of a key as servers keep it."""
    return _checks.uuid("tenant", value) if value.strip() else ""


def look(client: ApiKeysClient, desired: Desired) -> ApiKey | None:
    """Return the key, if it is there.

    :raises InvalidInput: there are several of its name, or one that is another key.
    :raises Unsupported: that can't be told.
    """
    if desired.key is not None:
        found = client.read(desired.key)
        if found is not None:
            return found
    listed = client.list()
    if listed is None:
        if desired.key is None:
            raise Unsupported(
                "This server does not list API keys, so that it can't be told whether there is one of this name. "
                "Choose the key yourself, a UUID, and give it with the option key."
            )
        return None
    named = [key for key in listed if (key.name, key.tenant) == (desired.name, desired.tenant)]
    if len(named) > 1:
        raise InvalidInput(
            "name",
            f"there are {len(named)} API keys named {desired.name} of this tenant",
            "Delete all but one, or give key",
        )
    if named and desired.key is not None:
        raise InvalidInput(
            "key",
            f"there is an API key named {desired.name} of this tenant already, and it is another one",
            "Leave key out to use that one, or delete it first",
        )
    return named[0] if named else None


def plan(desired: Desired, made: list[ApiKey], observed: ApiKey | None) -> Plan[ApiKeysClient]:
    """Return what leads from the key that is there to the desired one.

    :arg made: where a new key will be kept.
    """
    before = describe(observed) if observed else {}
    name = desired.name
    if not desired.present:
        steps = () if observed is None else (Step((f"delete the API key {name}",), partial(_delete, observed)),)
        return Plan(before, {}, steps)
    if observed is None:
        if not desired.permissions:
            raise InvalidInput(
                "permissions", "it is needed to create an API key", "Give a list such as [nexus:consumer:*]"
            )
        enabled = desired.enabled is not False
        key = ApiKey(desired.key, desired.tenant, name, enabled, desired.permissions)
        return Plan(before, describe(key), (Step((f"create the API key {name}",), partial(_create, key, made)),))
    key = replace(observed, name=name)
    if desired.enabled is not None:
        key = replace(key, enabled=desired.enabled)
    if desired.permissions is not None and set(desired.permissions) != set(observed.permissions):
        key = replace(key, permissions=desired.permissions)
    if key == observed:
        return Plan(before, before)
    after = describe(key)
    parts = sorted(part for part in after if before[part] != after[part])
    return Plan(before, after, (Step((f"change {', '.join(parts)} of the API key {name}",), partial(_replace, key)),))


def run(task: Run) -> dict[str, Any]:
    """Do what nexus_api_key does."""
    desired = parse(task)
    client = api_keys_client(task)
    made: list[ApiKey] = []
    seen: list[ApiKey | None] = []

    def observe() -> ApiKey | None:
        seen.append(look(client, desired))
        return seen[-1]

    first, result = reconcile(task, client, observe, partial(plan, desired, made))
    if not desired.present:
        return {**result, "api_key": {}}
    key = made[-1] if made else seen[-1]
    return {**result, "api_key": first.after, "key": key.id if key else None}


def info(task: Run) -> dict[str, Any]:
    """Do what nexus_api_key_info does."""
    name, tenant = task.params["name"], task.params["tenant"]
    listed = api_keys_client(task).list()
    if listed is None:
        raise Unsupported("This server does not list API keys.")
    wanted = [
        key
        for key in listed
        if (name is None or key.name == name) and (tenant is None or key.tenant == tenant_of(tenant))
    ]
    return {"changed": False, "api_keys": [{**describe(key), "key": key.id} for key in wanted]}


def describe(key: ApiKey) -> dict[str, Any]:
    """Return a key as results have it, without the key itself."""
    return {"name": key.name, "tenant": key.tenant, "enabled": key.enabled, "permissions": sorted(key.permissions)}


def _create(key: ApiKey, made: list[ApiKey], client: ApiKeysClient) -> None:
    try:
        new = client.create(key)
    except Refused as error:
        if says(error, 409):
            raise Stale("There is an API key of this name by now.") from error
        raise
    if key.id is not None and new.id != key.id:
        client.delete(new)
        raise Unsupported(
            "This server chooses API keys itself: the one that it made instead of yours was deleted again. Leave the "
            "option key out."
        )
    made.append(new)


def _replace(key: ApiKey, client: ApiKeysClient) -> None:
    client.replace(key)


def _delete(key: ApiKey, client: ApiKeysClient) -> None:
    client.delete(key)
