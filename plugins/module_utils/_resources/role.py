# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles of Genesys Cloud CX: what they permit (contract section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._arguments import access_client
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.cloud_access import CloudAccess, Document
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._task import Plan, Run, Step, reconcile

ALL = "*"

Permissions = dict[tuple[str, str], frozenset[str]]
"""Actions by domain and entity."""


@dataclass(frozen=True)
class Desired:
    """What the user asks of a role. None means: not asked."""

    name: str
    description: str | None = None
    permissions: Permissions | None = None
    present: bool = True


def parse(run: Run) -> Desired:
    """Return what the parameters of gc_role ask for; raise InvalidInput where they can't be."""
    params = run.params
    permissions: Permissions | None = None
    if params["permission_policies"] is not None or run.is_null("permission_policies"):
        permissions = {}
        for number, policy in enumerate(params["permission_policies"] or []):
            key = (_checks.not_empty(f"permission_policies[{number}].domain", policy["domain"]), policy["entity_name"])
            if key in permissions:
                raise InvalidInput(
                    f"permission_policies[{number}]",
                    f"{key[0]} {key[1]} is there twice",
                    "Name all actions in one policy",
                )
            permissions[key] = frozenset(policy["action_set"])
    description = params["description"]
    return Desired(
        _checks.not_empty("name", params["name"]),
        "" if run.is_null("description") else description,
        permissions,
        params["state"] == "present",
    )


def plan(desired: Desired, roles: list[Document]) -> Plan[CloudAccess]:
    """Return what leads from the roles of that name to the desired one.

    :raises InvalidInput: there are several.
    """
    role = the_only("name", desired.name, roles, "role")
    name = desired.name
    before = _shown(role)
    if not desired.present:
        steps = () if role is None else (Step((f"delete the role {name}",), partial(_delete, role["id"], name)),)
        return Plan(before, {}, steps)
    policies = _policies(desired, role)
    body = {
        "name": name,
        "description": (role or {}).get("description") or "" if desired.description is None else desired.description,
        "permissionPolicies": policies,
    }
    after = {"name": name, "description": body["description"], "permission_policies": _listed(permissions_of(policies))}
    if role is None:
        return Plan(before, after, (Step((f"create the role {name}",), partial(_create, body)),))
    parts = [part for part in ("description", "permission_policies") if before[part] != after[part]]
    if not parts:
        return Plan(before, before)
    sentence = f"change {', '.join(parts)} of the role {name}"
    return Plan(before, after, (Step((sentence,), partial(_replace, role["id"], body)),))


def run(task: Run) -> dict[str, Any]:
    """Do what gc_role does."""
    desired = parse(task)
    client = access_client(task)
    seen: list[Document] = []

    def observe() -> list[Document]:
        seen[:] = client.roles(desired.name)
        return list(seen)

    first, result = reconcile(task, client, observe, partial(plan, desired))
    if result["changed"] and desired.present and not task.check_mode:
        # A new role has an ID by now.
        observe()
    identifier = seen[0].get("id") if seen and desired.present else None
    return {**result, "role": {**first.after, "id": identifier} if desired.present else {}}


def same(desired: Permissions, observed: Permissions) -> bool:
    """Tell whether what a role permits is what is desired, if perhaps in more words.

    A server may give a wildcard back as all that it stands for, which nobody else knows. One that has kept any wildcard
    of the role keeps them all, so that each has to be there; otherwise whatever is there of a domain or entity counts
    as what its wildcard stands for.
    """
    if desired == observed:
        return True
    if any(ALL in (entity, *actions) for (_domain, entity), actions in observed.items()):
        return False
    left = dict(observed)
    for (domain, entity), actions in desired.items():
        matching = [key for key in observed if key[0] == domain and entity in (ALL, key[1])]
        fitting = [
            key
            for key in matching
            if ALL in actions or observed[key] == actions or (entity == ALL and observed[key] <= actions)
        ]
        if not fitting or len(fitting) < len(matching):
            return False
        for key in fitting:
            left.pop(key, None)
    return not left


def permissions_of(policies: Any) -> Permissions:
    """Return what policies permit; several for one entity are taken together."""
    found: Permissions = {}
    for policy in policies or []:
        key = (str(policy.get("domain")), str(policy.get("entityName")))
        found[key] = found.get(key, frozenset()) | frozenset(map(str, policy.get("actionSet") or []))
    return found


def the_only(parameter: str, name: str, found: list[Document], kind: str) -> Document | None:
    """Return the only thing of a name; raise InvalidInput where there are several, which the server allows."""
    if len(found) > 1:
        ids = ", ".join(sorted(str(item.get("id")) for item in found))
        raise InvalidInput(
            parameter, f"there are {len(found)} {kind}s named {name}: {ids}", "Rename or delete all but one"
        )
    return found[0] if found else None


def _policies(desired: Desired, role: Document | None) -> list[Document]:
    """Return the policies to write: as they are where they need not change."""
    present = (role or {}).get("permissionPolicies") or []
    if desired.permissions is None or same(desired.permissions, permissions_of(present)):
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


def _create(body: Document, client: CloudAccess) -> None:
    client.create_role(body)


def _replace(identifier: str, body: Document, client: CloudAccess) -> None:
    client.replace_role(identifier, body)


def _delete(identifier: str, name: str, client: CloudAccess) -> None:
    client.delete_role(identifier, name)
