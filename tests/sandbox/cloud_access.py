# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Genesys Cloud CX: roles, grants and OAuth clients (section 6 of the contract)."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
import uuid
from typing import Any

from aiohttp import web

from sandbox.cloud import API, CATALOG, CloudError, check_fields, guarded, page, read_json
from sandbox.cloud_users import user_name
from sandbox.seed import HOME_DIVISION
from sandbox.store import Store
from sandbox.system import STORE, Route, System, answer

Policy = dict[str, Any]

_POLICY = {"policyName", "policyDescription", "namedResources", "allowConditions", "resourceConditionNode"}
_CLIENT = {
    *("accessTokenValiditySeconds", "description", "registeredRedirectUri", "roleIds", "scope", "roleDivisions"),
    *("state", "dateToDelete"),
}
_SUBJECT_TYPES = ("PC_USER", "PC_GROUP", "PC_OAUTH_CLIENT")


async def list_permissions(request: web.Request, _client: str) -> web.Response:
    """List all permissions by domain."""
    return page(
        request,
        [
            {
                "id": domain,
                "name": domain,
                "domain": domain,
                "permissionMap": {
                    entity: [
                        {"domain": domain, "entityType": entity, "action": action, "label": f"{entity} {action}"}
                        for action in actions
                    ]
                    for entity, actions in entities.items()
                },
            }
            for domain, entities in CATALOG.items()
        ],
    )


async def list_roles(request: web.Request, _client: str) -> web.Response:
    """List the roles whose name contains the given text."""
    text = request.query.get("name", "").lower()
    rows = request.app[STORE].rows("SELECT * FROM cloud_roles WHERE listed <= ? ORDER BY name", time.time())
    return page(request, [_role(row) for row in rows if text in row["name"].lower()])


async def create_role(request: web.Request, _client: str) -> web.Response:
    """Create a role."""
    store = request.app[STORE]
    body = check_fields("The role", await read_json(request, dict), {"name"}, {"description", "permissionPolicies"})
    return _put_role(store, str(uuid.uuid4()), body)


async def read_role(request: web.Request, _client: str) -> web.Response:
    """Return one role."""
    return answer(_role(_find_role(request.app[STORE], request.match_info["id"])))


async def replace_role(request: web.Request, _client: str) -> web.Response:
    """Replace a role as a whole."""
    store = request.app[STORE]
    role = _find_role(store, request.match_info["id"])
    allowed = {"id", "description", "permissionPolicies", "permissions", "selfUri"}
    return _put_role(store, role["id"], check_fields("The role", await read_json(request, dict), {"name"}, allowed))


async def delete_role(request: web.Request, _client: str) -> web.Response:
    """Delete a role together with its grants."""
    store = request.app[STORE]
    role = _find_role(store, request.match_info["id"])
    with store.transaction():
        store.write("DELETE FROM cloud_roles WHERE id = ?", role["id"])
    return web.Response(status=204)


async def home_division(request: web.Request, _client: str) -> web.Response:
    """Return the home division, which every organization has."""
    return answer({"id": HOME_DIVISION, "name": "Home", "homeDivision": True})


async def read_subject(request: web.Request, _client: str) -> web.Response:
    """Return a subject and its grants."""
    store = request.app[STORE]
    subject = request.match_info["subject"]
    rows = store.rows(
        "SELECT cloud_grants.*, name FROM cloud_grants JOIN cloud_roles ON role = id WHERE subject = ? AND seen <= ?",
        subject,
        time.time(),
    )
    grants = [
        {
            "subjectId": subject,
            "division": {"id": row["division"], "name": "Home"},
            "role": {"id": row["role"], "name": row["name"]},
        }
        for row in rows
    ]
    return answer({"id": subject, "name": _subject_name(store, subject), "grants": grants, "version": 1})


async def grant_role(request: web.Request, _client: str) -> web.Response:
    """Grant a role to a subject, in a division."""
    store, keys = _grant_keys(request)
    with store.transaction():
        _grant(store, *keys)
    return web.Response(status=204)


async def revoke_role(request: web.Request, _client: str) -> web.Response:
    """Revoke a role from a subject."""
    store, keys = _grant_keys(request)
    with store.transaction():
        gone = store.write("DELETE FROM cloud_grants WHERE subject = ? AND division = ? AND role = ?", *keys)
    if not gone:
        raise CloudError(404, "not.found", "There is no such grant.")
    return web.Response(status=204)


async def list_clients(request: web.Request, _client: str) -> web.Response:
    """List all clients. Deleted clients stay in the list."""
    store = request.app[STORE]
    rows = store.rows("SELECT * FROM cloud_clients WHERE listed <= ? ORDER BY id", time.time())
    return page(request, [_client_of(store, row) for row in rows])


async def create_client(request: web.Request, client: str) -> web.Response:
    """Create a client. Only this answer contains its secret."""
    store = request.app[STORE]
    identifier, body = str(uuid.uuid4()), await _client_body(request)
    _check_roles(store, client, identifier, body)
    return _put_client(store, identifier, _new_secret(), body, tell=True)


async def read_client(request: web.Request, _client: str) -> web.Response:
    """Return one client."""
    store = request.app[STORE]
    return answer(_client_of(store, _find_client(store, request.match_info["id"])))


async def replace_client(request: web.Request, client: str) -> web.Response:
    """Replace all of a client except its secret."""
    store = request.app[STORE]
    row = _find_client(store, request.match_info["id"])
    body = await _client_body(request)
    _check_roles(store, client, row["id"], body)
    return _put_client(store, row["id"], row["secret"], body, tell=False)


async def delete_client(request: web.Request, _client: str) -> web.Response:
    """Delete a client. It must be inactive."""
    store = request.app[STORE]
    row = _find_client(store, request.match_info["id"])
    document = json.loads(row["document"])
    if document["state"] != "inactive":
        raise CloudError(400, "bad.request", "Only an inactive client can be deleted.")
    with store.transaction():
        document["state"] = "deleted"
        store.write("UPDATE cloud_clients SET document = ? WHERE id = ?", json.dumps(document), row["id"])
        store.write("DELETE FROM cloud_grants WHERE subject = ?", row["id"])
    return web.Response(status=204)


async def renew_secret(request: web.Request, _client: str) -> web.Response:
    """Give a client a new secret. The old one stops working."""
    store = request.app[STORE]
    row = _find_client(store, request.match_info["id"])
    secret = _new_secret()
    with store.transaction():
        store.write("UPDATE cloud_clients SET secret = ? WHERE id = ?", secret, row["id"])
        store.write("DELETE FROM cloud_tokens WHERE client = ?", row["id"])
    return answer({**_client_of(store, row), "secret": secret})


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _role(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "permissionPolicies": json.loads(row["policies"]),
        "selfUri": f"/api/v2/authorization/roles/{row['id']}",
    }


def _find_role(store: Store, identifier: str) -> sqlite3.Row:
    row = store.row("SELECT * FROM cloud_roles WHERE id = ?", identifier)
    if row is None:
        raise CloudError(404, "not.found", f"There is no role {identifier}.")
    return row


def _put_role(store: Store, identifier: str, body: dict[str, Any]) -> web.Response:
    policies = [_checked_policy(policy) for policy in body.get("permissionPolicies") or []]
    if store.switch("roles.wildcards") == "expanded":
        policies = [one for policy in policies for one in _expanded(policy)]
    try:
        with store.transaction():
            store.write(
                "INSERT INTO cloud_roles VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET name = excluded.name, description = excluded.description, policies = excluded.policies",
                identifier,
                body["name"],
                body.get("description") or "",
                json.dumps(policies),
                time.time() + int(store.switch("roles.lag")) / 1000,
            )
    except sqlite3.IntegrityError as error:
        raise CloudError(409, "conflict", f"A role named {body['name']} exists.") from error
    return answer(_role(_find_role(store, identifier)))


def _checked_policy(policy: object) -> Policy:
    checked = check_fields("A policy", policy, {"domain", "entityName", "actionSet"}, _POLICY)
    if checked["domain"] not in CATALOG:
        raise CloudError(400, "bad.request", f"There is no domain {checked['domain']}.")
    entities = CATALOG[checked["domain"]]
    if checked["entityName"] not in ("*", *entities):
        raise CloudError(400, "bad.request", f"{checked['domain']} has no entity {checked['entityName']}.")
    return checked


def _expanded(policy: Policy) -> list[Policy]:
    """Replace the wildcards of a policy: one policy for each entity, with each action by name."""
    entities = CATALOG[policy["domain"]]
    names = list(entities) if policy["entityName"] == "*" else [policy["entityName"]]
    return [
        {
            **policy,
            "entityName": name,
            "actionSet": entities[name] if "*" in policy["actionSet"] else policy["actionSet"],
        }
        for name in names
    ]


def _subject_name(store: Store, subject: str) -> str:
    return user_name(store, subject) or str(json.loads(_find_client(store, subject)["document"])["name"])


def _check_subject(store: Store, subject: str, kind: str) -> None:
    """Refuse a subject of the wrong type. The sandbox has no groups, so it accepts any subject as a group."""
    if kind == "PC_USER" and user_name(store, subject) is None:
        raise CloudError(404, "not.found", f"There is no user {subject}.")
    if kind == "PC_OAUTH_CLIENT":
        _find_client(store, subject)
    _subject_name(store, subject)


def _grant_keys(request: web.Request) -> tuple[Store, tuple[str, str, str]]:
    store = request.app[STORE]
    subject, division, role = (request.match_info[name] for name in ("subject", "division", "role"))
    kind = request.query.get("subjectType", "PC_USER")
    if kind not in _SUBJECT_TYPES:
        raise CloudError(400, "bad.request", f"subjectType is to be one of {', '.join(_SUBJECT_TYPES)}.")
    _check_subject(store, subject, kind)
    if division != HOME_DIVISION:
        raise CloudError(404, "not.found", f"There is no division {division}.")
    return store, (subject, division, _find_role(store, role)["id"])


def _grant(store: Store, subject: str, division: str, role: str) -> None:
    seen = time.time() + int(store.switch("grants.lag")) / 1000
    store.write("INSERT OR IGNORE INTO cloud_grants VALUES (?, ?, ?, ?)", subject, division, role, seen)


def _find_client(store: Store, identifier: str) -> sqlite3.Row:
    row = store.row("SELECT * FROM cloud_clients WHERE id = ?", identifier)
    if row is None:
        raise CloudError(404, "not.found", f"There is no client {identifier}.")
    return row


def _client_of(store: Store, row: sqlite3.Row) -> dict[str, Any]:
    grants = store.rows("SELECT role, division FROM cloud_grants WHERE subject = ? ORDER BY role", row["id"])
    return {
        "id": row["id"],
        **json.loads(row["document"]),
        "roleIds": [grant["role"] for grant in grants],
        "roleDivisions": [{"roleId": grant["role"], "divisionId": grant["division"]} for grant in grants],
        "selfUri": f"/api/v2/oauth/clients/{row['id']}",
    }


async def _client_body(request: web.Request) -> dict[str, Any]:
    # Clients may have fields that are not documented. Other fields than these are stored unchanged.
    body: dict[str, Any] = await read_json(request, dict)
    check_fields("The client", body, {"name", "authorizedGrantType"}, {*body, *_CLIENT})
    if body["authorizedGrantType"] != "CLIENT-CREDENTIALS":
        raise CloudError(400, "bad.request", "The sandbox has clients with CLIENT-CREDENTIALS only.")
    if not 300 <= body.get("accessTokenValiditySeconds", 86400) <= 172800:
        raise CloudError(400, "bad.request", "accessTokenValiditySeconds is to be 300 to 172800.")
    if body.get("state", "active") not in ("active", "inactive", "disabled"):
        raise CloudError(400, "bad.request", "state is to be active, inactive or disabled.")
    return body


def _check_roles(store: Store, caller: str, identifier: str, body: dict[str, Any]) -> None:
    """Refuse a client without a role, or with a role that the caller does not have."""
    if store.switch("clients.roles") == "any":
        return
    if not body.get("roleDivisions"):
        raise CloudError(400, "bad.request", "A client with CLIENT-CREDENTIALS must have roles.")
    now = time.time()
    rows = store.rows("SELECT role FROM cloud_grants WHERE subject = ? AND seen <= ?", caller, now)
    rows += store.rows("SELECT role FROM cloud_grants WHERE subject = ?", identifier)
    if not {item["roleId"] for item in body.get("roleDivisions") or []} <= {row["role"] for row in rows}:
        raise CloudError(403, "forbidden", "An OAuth client can only be given roles that you have yourself.")


def _put_client(store: Store, identifier: str, secret: str, body: dict[str, Any], *, tell: bool) -> web.Response:
    divisions = body.pop("roleDivisions", None) or []
    kept = {key: value for key, value in body.items() if key not in ("id", "roleIds", "selfUri", "secret")}
    document = {"accessTokenValiditySeconds": 86400, "state": "active", **kept}
    with store.transaction():
        store.write(
            "INSERT INTO cloud_clients VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET secret = excluded.secret, document = excluded.document",
            identifier,
            secret,
            json.dumps(document),
            time.time() + int(store.switch("clients.lag")) / 1000,
        )
        if document["state"] != "active":
            store.write("DELETE FROM cloud_tokens WHERE client = ?", identifier)
        store.write("DELETE FROM cloud_grants WHERE subject = ?", identifier)
        for item in divisions:
            _grant(store, identifier, item.get("divisionId") or HOME_DIVISION, _find_role(store, item["roleId"])["id"])
    shown = _client_of(store, _find_client(store, identifier))
    return answer({**shown, "secret": secret} if tell else shown)


def _routes() -> tuple[Route, ...]:
    roles, clients = "/api/v2/authorization/roles", "/api/v2/oauth/clients"
    subject = "/api/v2/authorization/subjects/{subject}"
    grant = f"{subject}/divisions/{{division}}/roles/{{role}}"
    return (
        Route("GET", "/api/v2/authorization/permissions", guarded(None, list_permissions)),
        Route("GET", roles, guarded("authorization:role:view", list_roles)),
        Route("POST", roles, guarded("authorization:role:add", create_role), write=True),
        Route("GET", f"{roles}/{{id}}", guarded("authorization:role:view", read_role)),
        Route("PUT", f"{roles}/{{id}}", guarded("authorization:role:edit", replace_role), write=True),
        Route("DELETE", f"{roles}/{{id}}", guarded("authorization:role:delete", delete_role), write=True),
        Route("GET", "/api/v2/authorization/divisions/home", guarded("authorization:grant:view", home_division)),
        Route("GET", subject, guarded("authorization:grant:view", read_subject)),
        Route("POST", grant, guarded("authorization:grant:add", grant_role), write=True),
        Route("DELETE", grant, guarded("authorization:grant:delete", revoke_role), write=True),
        Route("GET", clients, guarded("oauth:client:view", list_clients)),
        Route("POST", clients, guarded("oauth:client:add", create_client), write=True),
        Route("GET", f"{clients}/{{id}}", guarded("oauth:client:view", read_client)),
        Route("PUT", f"{clients}/{{id}}", guarded("oauth:client:edit", replace_client), write=True),
        Route("DELETE", f"{clients}/{{id}}", guarded("oauth:client:delete", delete_client), write=True),
        Route("POST", f"{clients}/{{id}}/secret", guarded("oauth:client:edit", renew_secret), write=True),
    )


def account(store: Store) -> dict[str, Any]:
    """Return roles, clients and grants of the organization, for the administration."""
    return {
        "roles": [_role(row) for row in store.rows("SELECT * FROM cloud_roles ORDER BY name")],
        "clients": [
            {**_client_of(store, row), "secret": row["secret"]}
            for row in store.rows("SELECT * FROM cloud_clients ORDER BY id")
        ],
        "grants": [dict(row) for row in store.rows("SELECT * FROM cloud_grants ORDER BY subject, role")],
    }


SYSTEM = System(name="cloud_access", prefix=API, routes=_routes())
