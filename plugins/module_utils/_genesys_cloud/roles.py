# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles of Genesys Cloud CX and their permissions (contract section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from .._core import checks
from .._core.errors import InvalidInput, NotSeen, Refused, Stale
from .._core.task import Plan, Run, Step, awaited, reconcile
from .access_client import Catalogue, CloudAccess, Document
from .options import access_client

ALL = "*"

Permissions = dict[tuple[str, str], frozenset[str]]
"""Actions by domain and entity."""


OPTIONS: dict[str, Any] = {
    "name": {
        "type": "str",
        "description": "Name of the role.",
        "required": True,
    },
    "description": {
        "type": "str",
        "description": "What the role is for. If it is not set, it is not changed. Null clears it.",
    },
    "permission_policies": {
        "type": "list",
        "description": """
            The complete permissions of the role. If they are not set, they are not changed. Null or an
            empty list removes all permissions.
        """,
        "elements": "dict",
        "options": {
            "domain": {
                "type": "str",
                "description": "Domain of the permissions, such as V(messaging).",
                "required": True,
            },
            "entity_name": {
                "type": "str",
                "description": "Entity of the domain, or V(*) for all entities. Null is refused.",
                "default": "*",
            },
            "action_set": {
                "type": "list",
                "description": "Permitted actions, or V(*) for all actions. Null is refused.",
                "elements": "str",
                "default": ["*"],
            },
        },
    },
    "settle_timeout": {
        "type": "float",
        "description": """
            Seconds to wait until a new role is in the list of roles, or a role that already exists
            according to the server.
        """,
        "version_added": "0.4.0",
        "default": 30.0,
    },
    "state": {
        "type": "str",
        "description": "Whether the role should exist. Its grants are deleted with it.",
        "choices": ["present", "absent"],
        "default": "present",
    },
}
"""The options of gc_role."""


@dataclass(frozen=True)
class Desired:
    """What the user wants of a role. None means that the user did not set it."""

    name: str
    description: str | None
    permissions: Permissions | None
    present: bool


def parse(run: Run) -> Desired:
    """Return what the parameters of gc_role ask for. Raise InvalidInput if they are wrong."""
    params = run.params
    permissions: Permissions | None = None
    if params["permission_policies"] is not None or run.is_null("permission_policies"):
        permissions = {}
        for number, policy in enumerate(params["permission_policies"] or []):
            for option in ("entity_name", "action_set"):
                if run.is_null("permission_policies", number, option):
                    raise InvalidInput(
                        f"permission_policies[{number}].{option}",
                        "it is null",
                        f"Name what is permitted, or remove the option to permit everything ({ALL})",
                    )
            key = (checks.not_empty(f"permission_policies[{number}].domain", policy["domain"]), policy["entity_name"])
            if key in permissions:
                raise InvalidInput(
                    f"permission_policies[{number}]",
                    f"there are two policies for {' '.join(key)}",
                    "List all actions in one policy",
                )
            permissions[key] = frozenset(policy["action_set"])
    description = params["description"]
    return Desired(
        checks.not_empty("name", params["name"]),
        "" if run.is_null("description") else description,
        permissions,
        params["state"] == "present",
    )


@dataclass(frozen=True)
class Observed:
    """The roles with the name, and all permissions that exist if they are needed to compare."""

    roles: list[Document]
    catalogue: Catalogue | None = None


def plan(desired: Desired, patience: float, observed: Observed) -> Plan[CloudAccess]:
    """Return the plan that makes the desired role of the observed ones.

    :arg patience: seconds to wait until a new role is in the list.
    :raises InvalidInput: several roles have the name, or one has it in another case.
    """
    role = find("name", desired.name, observed.roles, needed=desired.present)
    name = desired.name
    before = _shown(role)
    if not desired.present:
        steps = () if role is None else (Step((f"delete the role {name}",), partial(_delete, role["id"], name)),)
        return Plan(before, {}, steps)
    policies = _policies(desired, role, observed.catalogue)
    body = {
        "name": name,
        "description": (role or {}).get("description") or "" if desired.description is None else desired.description,
        "permissionPolicies": policies,
    }
    after = {"name": name, "description": body["description"], "permission_policies": _listed(permissions_of(policies))}
    if role is None:
        return Plan(before, after, (Step((f"create the role {name}",), partial(_create, body, patience)),))
    parts = [part for part in ("description", "permission_policies") if before[part] != after[part]]
    if not parts:
        return Plan(before, before)
    sentence = f"change {', '.join(parts)} of the role {name}"
    return Plan(before, after, (Step((sentence,), partial(_replace, role["id"], body)),))


def run(task: Run) -> dict[str, Any]:
    """Run gc_role."""
    desired = parse(task)
    patience = settle_timeout(task.params)
    client = access_client(task)

    def observe() -> Observed:
        roles = client.roles(desired.name)
        role = find("name", desired.name, roles, needed=desired.present)
        if role is None or not is_ambiguous(desired, role):
            return Observed(roles)
        catalogue = client.permissions()
        if catalogue is None:
            task.warn(
                f"The permissions of the role {desired.name} could not be compared exactly, because this server does "
                f"not list the permissions that {ALL} stands for."
            )
        return Observed(roles, catalogue)

    outcome = reconcile(task, client, observe, partial(plan, desired, patience))
    if not desired.present:
        return {**outcome.result, "role": {}}
    roles = outcome.observed.roles
    if outcome.changed and not task.check_mode:
        # Read again: a new role has an ID now.
        roles = client.roles(desired.name)
    identifier = next((role.get("id") for role in roles if role.get("name") == desired.name), None)
    return {**outcome.result, "role": {**outcome.plan.after, "id": identifier}}


def is_ambiguous(desired: Desired, role: Document) -> bool:
    """Return True if the catalogue is needed to compare: the permissions differ, and some have a wildcard."""
    observed = permissions_of(role.get("permissionPolicies"))
    return (
        desired.present
        and desired.permissions is not None
        and desired.permissions != observed
        and any(ALL in (*key, *actions) for side in (desired.permissions, observed) for key, actions in side.items())
    )


def same(desired: Permissions, observed: Permissions, catalogue: Catalogue | None = None) -> bool:
    """Return True if both permit the same, with or without wildcards."""
    if desired == observed:
        return True
    if catalogue is None:
        return _seems_same(desired, observed)
    # With a wildcard for all entities, an entity may lack an action that it does not have.
    return _expanded(desired, catalogue, known=True) <= _expanded(observed, catalogue) and _expanded(
        observed, catalogue, known=True
    ) <= _expanded(desired, catalogue)


def _expanded(permissions: Permissions, catalogue: Catalogue, *, known: bool = False) -> set[tuple[str, str, str]]:
    """Return each single permission. Keep a wildcard if the catalogue does not know what it stands for.

    :arg known: with a wildcard for all entities, leave out actions that an entity does not have.
    """
    found = set()
    for (domain, entity), actions in permissions.items():
        for each in catalogue if domain == ALL else [domain]:
            entities = catalogue.get(each, {})
            for one in (entities or [ALL]) if entity == ALL else [entity]:
                there = entities.get(one)
                named = there if there and ALL in actions else actions
                found |= {
                    (each, one, action)
                    for action in named
                    if not (known and there and entity == ALL and action not in there)
                }
    return found


def _seems_same(desired: Permissions, observed: Permissions) -> bool:
    """Return True if both seem to permit the same. Guess, because it is not known what a wildcard stands for.

    If the server kept one wildcard of the role, it keeps them all, and the permissions differ. Otherwise all observed
    permissions of a domain or entity count as what its wildcard stands for.
    """
    if any(ALL in (entity, *actions) for (_domain, entity), actions in observed.items()):
        return False
    left = dict(observed)
    for (domain, entity), actions in desired.items():
        matching = [key for key in observed if key[0] == domain and entity in (ALL, key[1])]
        fitting = [
            key
            for key in matching
            if ALL in actions or (observed[key] <= actions if entity == ALL else observed[key] == actions)
        ]
        if not fitting or len(fitting) < len(matching):
            return False
        for key in fitting:
            left.pop(key, None)
    return not left


def permissions_of(policies: Any) -> Permissions:
    """Return the permissions of policies. Merge several policies for one entity."""
    found: Permissions = {}
    for policy in policies or []:
        key = (str(policy.get("domain")), str(policy.get("entityName")))
        found[key] = found.get(key, frozenset()) | frozenset(map(str, policy.get("actionSet") or []))
    return found


def the_only(parameter: str, name: str, found: list[Document], kind: str) -> Document | None:
    """Return the only object with a name, or None. Raise InvalidInput if there are several, which the server allows."""
    if len(found) > 1:
        ids = ", ".join(sorted(str(item.get("id")) for item in found))
        raise InvalidInput(
            parameter, f"there are {len(found)} {kind}s named {name}: {ids}", "Rename or delete all but one"
        )
    return next(iter(found), None)


def find(parameter: str, name: str, roles: list[Document], *, needed: bool) -> Document | None:
    """Return the role with exactly this name, or None.

    :arg needed: fail if a role has the name in another case, because two such roles can't exist.
    """
    role = the_only(parameter, name, [role for role in roles if role.get("name") == name], "role")
    if role is None and roles and needed:
        raise InvalidInput(
            parameter,
            f"the role {name} does not exist, but {roles[0].get('name')} does, and the names differ only in case",
            "Use the existing name",
        )
    return role


def _policies(desired: Desired, role: Document | None, catalogue: Catalogue | None) -> list[Document]:
    """Return the policies to write. Return the present policies if they permit the same."""
    present = (role or {}).get("permissionPolicies") or []
    if desired.permissions is None or same(desired.permissions, permissions_of(present), catalogue):
        return list(present)
    kept = {(str(policy.get("domain")), str(policy.get("entityName"))): policy for policy in present}
    return [
        {**kept.get(key, {}), "domain": key[0], "entityName": key[1], "actionSet": sorted(actions)}
        for key, actions in sorted(desired.permissions.items())
    ]


def _listed(permissions: Permissions) -> list[dict[str, Any]]:
    return [
        {"domain": domain, "entity_name": entity, "action_set": sorted(actions)}
        for (domain, entity), actions in sorted(permissions.items())
    ]


def _shown(role: Document | None) -> dict[str, Any]:
    if role is None:
        return {}
    permissions = permissions_of(role.get("permissionPolicies"))
    return {
        "name": role["name"],
        "description": role.get("description") or "",
        "permission_policies": _listed(permissions),
    }


def settle_timeout(params: dict[str, Any]) -> float:
    """Return how many seconds to wait until the server returns what was written."""
    seconds = float(params["settle_timeout"])
    checks.in_range("settle_timeout", seconds)
    return seconds


def _create(body: Document, patience: float, client: CloudAccess) -> None:
    """Create a role, and wait until it is listed. Otherwise the next task that needs it could fail."""
    name = body["name"]
    refusal = None
    try:
        client.create_role(body)
    except Refused as error:
        if error.status != 409:
            raise
        refusal = error
    shows = awaited(lambda: client.roles(name) or None, patience)
    if refusal is not None:
        # An earlier run or someone else created it, and the list did not have it yet.
        raise refusal if shows is None else Stale("A role with this name exists now.") from refusal
    if shows is None:
        raise NotSeen(
            f"The role {name} was created, but it is not in the list of roles after {patience:g} s. Raise "
            "settle_timeout, or run again."
        )


def _replace(identifier: str, body: Document, client: CloudAccess) -> None:
    client.replace_role(identifier, body)


def _delete(identifier: str, name: str, client: CloudAccess) -> None:
    client.delete_role(identifier, name)
