# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API keys of Digital Channels: desired, observed, plan (contract section 2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .._core import checks
from .._core.errors import InvalidInput, Refused, Stale, Unclear, Unsupported
from .._core.secret_file import OPTIONS as SECRET_FILE
from .._core.secret_file import SecretFile, secret_file
from .._core.task import PATIENCE, Plan, Run, Step, appeared, awaited, reconcile
from .api_keys_client import ApiKey, ApiKeysClient
from .options import api_keys_client
from .services_client import no_such_call, says

OPTIONS: dict[str, Any] = {
    "name": {
        "type": "str",
        "description": "Name of the key. The guide calls the one for Genesys Cloud CX V(Portico Cluster API Key).",
        "required": True,
    },
    "tenant": {
        "type": "str",
        "description": """
            Contact center ID (a UUID) of the tenant of the key, or an empty string for the whole installation.
        """,
        "required": True,
    },
    "permissions": {
        "type": "list",
        "description": """
            - Permissions of the key, such as V(nexus:consumer:*) for a tenant or V(nexus:cluster:*) for the
              installation.
            - Required for a new key. If they are not set, an existing key keeps its permissions.
        """,
        "elements": "str",
    },
    "enabled": {
        "type": "bool",
        "description": """
            Whether the key is enabled. If it is not set, a new key is enabled, and an existing key stays as it is.
        """,
    },
    "key": {
        "type": "str",
        "description": """
            - The key itself, a UUID, if you want to choose it.
            - Required if the server does not list its keys. If the server chooses keys itself, the module fails
              with this option.
            - The module does not change a key of another tenant, and does not delete a key with another name.
        """,
        "no_log": True,
    },
    **SECRET_FILE,
    "secret_file": {
        **SECRET_FILE["secret_file"],
        "description": """
            - File to write the key to, if the file does not have it yet. An absolute path. The key becomes the
              inventory variable C(nexus_api_key), or C(nexus_cluster_api_key) without a tenant.
            - Only the owner can read the file. If others can read an existing file that is not encrypted, the
              module changes its mode.
            - The module replaces the whole file. It does not replace a file with other variables. It replaces an
              encrypted file only with its password in O(vault_password_file).
            - Without O(vault_password_file), the module can't read an encrypted file. Then it leaves the file as
              it is, unless the key is new.
        """,
    },
    "state": {
        "type": "str",
        "description": "Whether the key should exist.",
        "choices": ["present", "absent"],
        "default": "present",
    },
}
"""The options of nexus_api_key."""


INFO: dict[str, Any] = {
    "name": {
        "type": "str",
        "description": "Return only keys with this name.",
    },
    "tenant": {
        "type": "str",
        "description": "Return only keys of this tenant. An empty string means keys of the whole installation.",
    },
    "key": {
        "type": "str",
        "description": """
            Return only this key, to see whether it exists and is enabled. The module does not send it to the server.
        """,
        "version_added": "0.6.0",
        "no_log": True,
    },
}
"""The options of nexus_api_key_info."""


@dataclass(frozen=True)
class Desired:
    """An API key as the user wants it. None means: leave it as it is.

    :arg tenant: the ccid, or an empty string for the whole installation.
    :arg key: the key itself, if the user chooses it.
    """

    name: str
    tenant: str
    key: str | None = None
    permissions: tuple[str, ...] | None = None
    enabled: bool | None = None
    present: bool = True

    def names(self, key: ApiKey) -> bool:
        """Return True if a key has the desired name and tenant. A rotation of the key may have changed its name.

        If the key should be enabled, disabled or deleted, only its own name counts: the former key may be meant.
        """
        follows = self.present and self.enabled is None
        return self.tenant == key.tenant and self.name in (key.name, *([base_name(key.name)] if follows else []))


def parse(run: Run) -> Desired:
    """Return what the parameters of nexus_api_key ask for; raise InvalidInput if they are invalid."""
    params = run.params
    permissions = params["permissions"]
    return Desired(
        name=checks.not_empty("name", params["name"]),
        tenant=tenant_of(params["tenant"]),
        key=chosen_key(params["key"]),
        permissions=tuple(permissions) if permissions is not None else None,
        enabled=params["enabled"],
        present=params["state"] == "present",
    )


def chosen_key(key: str | None, option: str = "key") -> str | None:
    """Return a key that the user chose; raise InvalidInput if it is invalid."""
    if key is None:
        return None
    # The key is a secret, so the message must not have the value.
    try:
        return checks.uuid(option, key)
    except InvalidInput as error:
        remedy = f"Give a UUID, or leave {option} out. Then the server makes one"
        raise InvalidInput(option, "must be a UUID", remedy) from error


def rotated_name(base: str, rotation: str) -> str:
    """Return the name of the key that a rotation creates."""
    return f"{base} (rotation {rotation})"


def base_name(name: str) -> str:
    """Return the name that a key had before its rotations."""
    return re.sub(r" \(rotation [^()]*\)$", "", name)


def tenant_of(value: str) -> str:
    """Return the tenant of a key as servers store it."""
    return checks.uuid("tenant", value) if value.strip() else ""


def look(client: ApiKeysClient, desired: Desired, file: SecretFile | None = None) -> ApiKey | None:
    """Return the key, if it exists. Read the key in the file first, because lists may lag behind.

    :raises InvalidInput: several keys have this name, a different key has it, or the given key is of another tenant.
    :raises Unsupported: the server does not list its keys, and the user gave no key.
    """
    if desired.key is not None:
        found = client.read(desired.key)
        if found is not None:
            return _own(desired, found)
    else:
        found = _kept(client, desired, file)
        if found is not None:
            return found
    listed = client.list()
    if listed is None:
        if desired.key is None:
            raise Unsupported(
                "This server does not list API keys, so the module can't see whether a key with this name exists. "
                "Choose a UUID as the key yourself, and give it in the option key."
            )
        return None
    named = _newest(desired, [key for key in listed if desired.names(key)])
    # The key may have appeared between the two requests.
    own = next((key for key in named if key.id == desired.key), None)
    if own is not None:
        return own
    if len(named) > 1:
        raise InvalidInput(
            "name",
            f"this tenant has {len(named)} API keys named {desired.name}",
            "Delete all but one, or set key to the one that you mean",
        )
    if named and desired.key is not None:
        raise InvalidInput(
            "key",
            f"this tenant has another API key named {desired.name}",
            "Leave the option key out to use the existing API key, or delete the existing API key first",
        )
    return named[0] if named else None


def _newest(desired: Desired, named: list[ApiKey]) -> list[ApiKey]:
    """Return the keys that are in use: the enabled ones, and of them those with the desired name."""
    if all(key.name == desired.name for key in named):
        return named
    enabled = [key for key in named if key.enabled] or named
    return [key for key in enabled if key.name == desired.name] or enabled


def _kept(client: ApiKeysClient, desired: Desired, file: SecretFile | None) -> ApiKey | None:
    """Return the key in the file, if its name and tenant are the desired ones."""
    value = (file.values() or {}).get(variable_of(desired.tenant)) if file is not None else None
    if not value or not re.fullmatch(r"[\w-]+", value):
        return None
    try:
        found = client.read(value)
    except Refused as error:
        if no_such_call(error):
            return None
        raise
    return found if found is not None and desired.names(found) else None


def _own(desired: Desired, found: ApiKey) -> ApiKey:
    """Return the given key; raise InvalidInput if its tenant or name is not the desired one."""
    if found.tenant != desired.tenant:
        raise InvalidInput("key", "it is a key of another tenant", "Give the key of this tenant, or leave key out")
    if not desired.present and found.name != desired.name:
        raise InvalidInput(
            "key", f"its name is {found.name}, not {desired.name}", "To delete the key, give its own name"
        )
    return found


@dataclass
class _Keeping:
    """The file for the key, and the key that this run has created, if any."""

    file: SecretFile | None
    made: ApiKey | None = None


def plan(desired: Desired, keeping: _Keeping, observed: ApiKey | None) -> Plan[ApiKeysClient]:
    """Return the plan from the existing key to the desired one."""
    file = keeping.file
    before = describe(observed) if observed else {}
    name = desired.name
    if not desired.present:
        gone = () if observed is None else (Step((f"delete the API key {name}",), partial(_delete, observed)),)
        return Plan(before, {}, gone)
    key = _wanted(desired, observed)
    after = describe(key)
    steps: tuple[Step[ApiKeysClient], ...] = ()
    if observed is None:
        steps = (Step((f"create the API key {name}",), partial(_create, desired, key, keeping)),)
    elif key != observed:
        parts = sorted(part for part in after if before[part] != after[part])
        steps = (Step((f"change {', '.join(parts)} of the API key {name}",), partial(_replace, key)),)
    if file is not None and _is_missing(file, observed):
        file.check(variable_of(key.tenant))
        keep = partial(_keep, key, keeping, file, changed=bool(steps))
        steps += (Step((f"write the API key {name} to {file.path}",), keep),)
        after = {**after, "secret_file": file.path}
    elif file is not None and file.is_open(variable_of(key.tenant)):
        steps += (Step((f"let only the owner read {file.path}",), partial(_protect, file)),)
        after = {**after, "secret_file_mode": "0600"}
    return Plan(before, after, steps) if steps else Plan(before, before)


def _wanted(desired: Desired, observed: ApiKey | None) -> ApiKey:
    """Return the desired key."""
    if observed is None:
        if not desired.permissions:
            raise InvalidInput(
                "permissions", "it is required for a new API key", "Give a list such as [nexus:consumer:*]"
            )
        return ApiKey(
            id=desired.key,
            tenant=desired.tenant,
            name=desired.name,
            enabled=desired.enabled is not False,
            permissions=desired.permissions,
        )
    key = observed if base_name(observed.name) == desired.name else replace(observed, name=desired.name)
    if desired.enabled is not None:
        key = replace(key, enabled=desired.enabled)
    if desired.permissions is not None and set(desired.permissions) != set(observed.permissions):
        key = replace(key, permissions=desired.permissions)
    return key


def run(task: Run) -> dict[str, Any]:
    """Run nexus_api_key."""
    desired = parse(task)
    file = secret_file(task.params, task.python, check_mode=task.check_mode)
    client = api_keys_client(task)
    keeping = _Keeping(file)
    outcome = reconcile(task, client, partial(look, client, desired, file), partial(plan, desired, keeping))
    if not desired.present:
        return {**outcome.result, "api_key": {}}
    key = keeping.made or outcome.observed
    after = outcome.plan.after
    shown = {name: value for name, value in after.items() if name not in ("secret_file", "secret_file_mode")}
    return {**outcome.result, "api_key": shown, "key": key.id if key else None}


def info(task: Run) -> dict[str, Any]:
    """Run nexus_api_key_info."""
    name, tenant, value = (task.params[option] for option in ("name", "tenant", "key"))
    if value is not None:
        checks.not_empty("key", value)
    listed = api_keys_client(task).list()
    if listed is None:
        raise Unsupported("This server does not list API keys, so this module can't return them.")
    wanted = [
        key
        for key in listed
        if (name is None or key.name == name)
        and (tenant is None or key.tenant == tenant_of(tenant))
        and (value is None or (key.id or "").lower() == value.strip().lower())
    ]
    return {"changed": False, "api_keys": [{**describe(key), "key": key.id} for key in wanted]}


def describe(key: ApiKey) -> dict[str, Any]:
    """Return a key for results, without the key itself."""
    return {"name": key.name, "tenant": key.tenant, "enabled": key.enabled, "permissions": sorted(key.permissions)}


def variable_of(tenant: str) -> str:
    """Return the variable of the inventory that holds a key of a tenant."""
    return "nexus_api_key" if tenant else "nexus_cluster_api_key"


def _is_missing(file: SecretFile, key: ApiKey | None) -> bool:
    """Return True if a key has to be written to the file. A file that can't be decrypted is left alone."""
    return key is None or key.id is None or file.holds({variable_of(key.tenant): key.id}) is False


def _create(desired: Desired, key: ApiKey, keeping: _Keeping, client: ApiKeysClient) -> None:
    if keeping.file is not None:
        keeping.file.prepare(variable_of(key.tenant))
    keeping.made = create(desired, key, client)


def create(desired: Desired, key: ApiKey, client: ApiKeysClient) -> ApiKey:
    """Create a key, and return it as the server made it. If the response is lost, look for the key.

    :raises Unsupported: the key should have a certain ID, and the server chose another one.
    """
    look_again = partial(look, client, desired)
    try:
        new = client.create(key)
    except Unclear as error:
        new = appeared(error, look_again, PATIENCE)
    except Refused as error:
        # The list may lag behind.
        if says(error, 409) and awaited(look_again, PATIENCE) is not None:
            raise Stale("An API key with this name exists by now.") from error
        raise
    if key.id is not None and new.id != key.id:
        client.delete(new)
        raise Unsupported(
            "This server chooses API keys itself. It made another key than yours, and the module deleted that key. "
            "Leave the option key out."
        )
    return new


def _keep(key: ApiKey, keeping: _Keeping, file: SecretFile, _client: ApiKeysClient, *, changed: bool) -> None:
    """Write the key to the file, as a variable of the inventory."""
    remedy = "Fix this and run again. The key exists, and the next run reads it"
    file.write({variable_of(key.tenant): str((keeping.made or key).id)}, remedy, changed=changed)


def _protect(file: SecretFile, _client: ApiKeysClient) -> None:
    file.close()


def _replace(key: ApiKey, client: ApiKeysClient) -> None:
    client.replace(key)


def _delete(key: ApiKey, client: ApiKeysClient) -> None:
    client.delete(key)
