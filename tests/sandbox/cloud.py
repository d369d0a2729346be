# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Genesys Cloud CX: tokens, permissions, rate limits, and the format of its answers (section 6 of the contract).

The sandbox has one organization, which all tenants of option 3 share. Its roles, clients and numbers are in
cloud_access.py and cloud_numbers.py.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp import BasicAuth, web

from sandbox.seed import CLOUD_CLIENTS, CLOUD_ROLES, HOME_DIVISION
from sandbox.store import Store
from sandbox.system import STORE, ApiError, Handler, Route, System, answer

_SCHEMA = """
CREATE TABLE cloud_roles (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    description TEXT NOT NULL,
    policies TEXT NOT NULL,
    listed REAL NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE cloud_clients (
    id TEXT PRIMARY KEY,
    secret TEXT NOT NULL,
    document TEXT NOT NULL,
    listed REAL NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE cloud_grants (
    subject TEXT NOT NULL,
    division TEXT NOT NULL,
    role TEXT NOT NULL REFERENCES cloud_roles ON DELETE CASCADE,
    seen REAL NOT NULL,
    PRIMARY KEY (subject, division, role)
) WITHOUT ROWID;
CREATE TABLE cloud_tokens (
    token TEXT PRIMARY KEY,
    client TEXT NOT NULL REFERENCES cloud_clients ON DELETE CASCADE,
    expires REAL NOT NULL,
    minute REAL NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
"""

API = "/gc-api"

# Requests per minute and token, unless a switch changes it.
_RATE_LIMIT = 300

_DAY = 86400

# All permissions. They are also what "*" stands for if the server returns wildcards expanded.
CATALOG: dict[str, dict[str, list[str]]] = {
    "messaging": {"integration": ["add", "delete", "edit", "view"], "sms": ["send"]},
    "messagingProvisioning": {"phoneNumber": ["add", "delete", "edit", "view"]},
    "authorization": {"role": ["add", "delete", "edit", "view"], "grant": ["add", "delete", "view"]},
    "oauth": {"client": ["add", "delete", "edit", "view"]},
    "directory": {"user": ["add", "delete", "edit", "view"]},
}


class CloudError(ApiError):
    """A refusal in the format of Genesys Cloud CX."""

    def __init__(self, http: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(http, message)
        self._code = code
        self._headers = headers or {}

    def response(self) -> web.Response:
        trace = str(uuid.uuid4())
        body = {
            "message": str(self),
            "code": self._code,
            "status": self.http,
            "contextId": trace,
            "details": [],
            "errors": [],
        }
        response = answer(body, self.http)
        response.headers.update({"ININ-Correlation-Id": trace, **self._headers})
        return response


def unknown_call(http: int) -> CloudError:
    """Return the refusal of an unknown path or method."""
    if http == 405:
        return CloudError(405, "method.not.allowed", "The method is not supported for this resource.")
    return CloudError(http, "not.found", "The requested resource does not exist.")


class _TokenError(ApiError):
    """A refusal of a token request."""

    def __init__(self, http: int, error: str, description: str) -> None:
        super().__init__(http, description)
        self._error = error

    def response(self) -> web.Response:
        text = str(self)
        return answer({"error": self._error, "description": text, "error_description": text}, self.http)


async def create_token(request: web.Request) -> web.Response:
    """Create a token for client credentials."""
    store = request.app[STORE]
    try:
        login = BasicAuth.decode(request.headers.get("Authorization", ""), encoding="utf-8")
    except ValueError as error:
        raise _TokenError(401, "invalid_client", "client credentials are missing or malformed") from error
    if request.content_type != "application/x-www-form-urlencoded":
        raise _TokenError(400, "invalid_request", "the body is to be a form")
    if (await request.post()).get("grant_type") != "client_credentials":
        raise _TokenError(400, "unsupported_grant_type", "grant_type is to be client_credentials")
    row = store.row("SELECT * FROM cloud_clients WHERE id = ?", login.login)
    if row is None or not hmac.compare_digest(row["secret"].encode(), login.password.encode()):
        raise _TokenError(401, "invalid_client", "client not found or its secret is wrong")
    document = json.loads(row["document"])
    if document["state"] != "active":
        raise _TokenError(401, "invalid_client", "the client is not active")
    token = secrets.token_urlsafe(48)
    lifetime = document["accessTokenValiditySeconds"]
    with store.transaction():
        store.write(
            "INSERT INTO cloud_tokens (token, client, expires) VALUES (?, ?, ?)",
            token,
            row["id"],
            time.time() + lifetime,
        )
    return answer({"access_token": token, "token_type": "bearer", "expires_in": lifetime})


def guarded(permission: str | None, handler: Callable[[web.Request, str], Awaitable[web.Response]]) -> Handler:
    """Return a handler that checks token, permission and rate limit, then calls ``handler`` with the client."""

    async def call(request: web.Request) -> web.Response:
        store = request.app[STORE]
        _scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
        token = store.row("SELECT * FROM cloud_tokens WHERE token = ? AND expires > ?", value.strip(), time.time())
        if token is None:
            raise CloudError(401, "bad.credentials", "Invalid login credentials.")
        limits = _count(store, token["token"])
        if permission is not None and not _may(store, token["client"], permission):
            needed = f"You must have at least one of the following permissions assigned: {permission}"
            message = f"Unable to perform the requested action. {needed}"
            raise CloudError(403, "missing.any.permissions", message)
        response = await handler(request, token["client"])
        response.headers.update({**limits, "ININ-Correlation-Id": str(uuid.uuid4())})
        return response

    return call


def _count(store: Store, token: str) -> dict[str, str]:
    """Count a request of a token. Return the headers for its rate limit."""
    allowed = int(store.switch("cloud.rate_limit")) or _RATE_LIMIT
    now = time.time()
    with store.transaction():
        store.write(
            "UPDATE cloud_tokens SET minute = ?, requests = 0 WHERE token = ? AND minute < ?", now, token, now - 60
        )
        store.write("UPDATE cloud_tokens SET requests = requests + 1 WHERE token = ?", token)
    row = store.row("SELECT minute, requests FROM cloud_tokens WHERE token = ?", token)
    assert row is not None
    reset = str(max(1, round(row["minute"] + 60 - now)))
    headers = {
        "inin-ratelimit-count": str(row["requests"]),
        "inin-ratelimit-allowed": str(allowed),
        "inin-ratelimit-reset": reset,
    }
    if row["requests"] > allowed:
        text = f"Rate limit exceeded the maximum [{allowed}] requests within [60] seconds"
        raise CloudError(429, "too.many.requests", text, {**headers, "Retry-After": reset})
    return headers


def _may(store: Store, client: str, permission: str) -> bool:
    """Return True if a role of the client has the permission (domain:entity:action)."""
    domain, entity, action = permission.split(":")
    rows = store.rows(
        "SELECT policies FROM cloud_grants JOIN cloud_roles ON role = id WHERE subject = ? AND seen <= ?",
        client,
        time.time(),
    )
    return any(
        policy["domain"] in ("*", domain)
        and policy["entityName"] in ("*", entity)
        and {"*", action} & set(policy["actionSet"])
        for row in rows
        for policy in json.loads(row["policies"])
    )


async def read_json(request: web.Request, kind: type) -> Any:
    """Return the body, which must be JSON of this type."""
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise CloudError(400, "bad.request", f"The request body is not JSON: {error}") from error
    if request.content_type != "application/json" or not isinstance(body, kind):
        raise CloudError(400, "bad.request", f"The request body is to be a JSON {kind.__name__}.")
    return body


def check_fields(what: str, value: object, required: set[str], optional: set[str]) -> dict[str, Any]:
    """Return the value, which must be an object with these fields."""
    if not isinstance(value, dict):
        raise CloudError(400, "bad.request", f"{what} is not an object.")
    missing = sorted(name for name in required if not value.get(name))
    if missing:
        raise CloudError(400, "bad.request", f"{what}: {', '.join(missing)} is required.")
    unknown = sorted(value.keys() - required - optional)
    if unknown:
        raise CloudError(400, "bad.request", f"{what}: {', '.join(unknown)} is not known.")
    return value


def page(request: web.Request, entities: Sequence[object]) -> web.Response:
    """Return one page of a listing, with the URI of the next one."""
    size, number = paging(request.query)
    count = max(1, -(-len(entities) // size))
    body: dict[str, Any] = {
        "entities": entities[(number - 1) * size : number * size],
        "pageSize": size,
        "pageNumber": number,
        "total": len(entities),
        "pageCount": count,
        "selfUri": request.path_qs.removeprefix(API),
    }
    if number < count:
        query = {**request.query, "pageSize": str(size), "pageNumber": str(number + 1)}
        body["nextUri"] = str(request.rel_url.with_query(query)).removeprefix(API)
    return answer(body)


def paging(asked: Mapping[str, Any]) -> tuple[int, int]:
    """Return the size and the number of the requested page."""
    try:
        size, number = int(asked.get("pageSize", 25)), int(asked.get("pageNumber", 1))
    except ValueError as error:
        raise CloudError(400, "bad.request", "pageSize and pageNumber are to be numbers.") from error
    if not (1 <= size <= 500 and number >= 1):
        raise CloudError(400, "bad.request", "pageSize is to be 1 to 500, and pageNumber 1 or more.")
    return size, number


def begin(store: Store) -> None:
    """Reset to the seeded organization."""
    store.write("DELETE FROM cloud_tokens")
    store.write("DELETE FROM cloud_grants")
    store.write("DELETE FROM cloud_clients")
    store.write("DELETE FROM cloud_roles")
    for role in CLOUD_ROLES:
        store.write("INSERT INTO cloud_roles VALUES (?, ?, '', ?, 0)", role.id, role.name, json.dumps(role.policies))
    for client in CLOUD_CLIENTS:
        document = {
            "name": client.name,
            "accessTokenValiditySeconds": _DAY,
            "authorizedGrantType": "CLIENT-CREDENTIALS",
            "state": "active",
        }
        store.write("INSERT INTO cloud_clients VALUES (?, ?, ?, 0)", client.id, client.secret, json.dumps(document))
        store.write("INSERT INTO cloud_grants VALUES (?, ?, ?, 0)", client.id, HOME_DIVISION, client.role)


def expire_tokens(store: Store) -> int:
    """Make every token invalid. Return how many there were."""
    with store.transaction():
        return store.write("DELETE FROM cloud_tokens")


SYSTEM = System(
    name="cloud_login",
    prefix="/gc-login",
    schema=_SCHEMA,
    routes=(Route("POST", "/oauth/token", create_token),),
    begin=begin,
)
