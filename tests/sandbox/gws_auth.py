# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GWS: tokens, and the contact centers of the environment (section 4 of the contract)."""

from __future__ import annotations

import hmac
import secrets
import sqlite3
import time
from typing import NamedTuple

from aiohttp import BasicAuth, web

from sandbox.seed import (
    GWS_API_KEY,
    OPERATIONS_CLIENT_ID,
    OPERATIONS_CLIENT_SECRET,
    OPERATIONS_PASSWORD,
    OPERATIONS_USERNAME,
)
from sandbox.store import Store
from sandbox.system import STORE, ApiError, Route, System, answer

# A token of the operations client has no tenant.
_SCHEMA = """
CREATE TABLE tokens (
    token TEXT PRIMARY KEY,
    ccid TEXT REFERENCES tenants ON DELETE CASCADE,
    expires REAL NOT NULL
) WITHOUT ROWID;
"""

TOKEN_SECONDS = 3600

UNAUTHORIZED = 603


class Token(NamedTuple):
    """A valid token and its tenant. None means the operations client."""

    value: str
    ccid: str | None


async def create_token(request: web.Request) -> web.Response:
    """Create a token, with one of the two known grant types."""
    store = request.app[STORE]
    require_gateway_key(request)
    client = _basic(request)
    operations = _same(client, OPERATIONS_CLIENT_ID, OPERATIONS_CLIENT_SECRET)
    rows = store.rows("SELECT * FROM tenants WHERE client_id = ?", client.login)
    owners = {row["ccid"] for row in rows if _same(client, row["client_id"], row["client_secret"])}
    if not operations and not owners:
        raise ApiError(401, "Client authentication failed", detail="the client is unknown, or its secret is wrong")
    if request.content_type != "application/x-www-form-urlencoded":
        raise ApiError(415, "Unsupported media type", detail="the body is to be a form")
    form = {key: str(value) for key, value in (await request.post()).items()}
    grant = form.get("grant_type")
    if grant == "password":
        user = _user(store, form.get("username", ""), form.get("password", ""))
        if user is None or not (operations or user in owners):
            raise ApiError(400, "Invalid grant", detail="the user's name or password is wrong")
        return _issue(store, user)
    if grant == "client_credentials":
        if len(owners) > 1:
            raise ApiError(400, "Invalid client", detail="the client serves several contact centers: name a user")
        return _issue(store, owners.pop() if owners else None)
    raise ApiError(400, "Unsupported grant type", detail="password and client_credentials are supported")


async def list_contact_centers(request: web.Request) -> web.Response:
    """List all contact centers for operations, or the tenant's own unless a switch changes that."""
    store = request.app[STORE]
    require_gateway_key(request)
    if request.headers.get("Authorization", "").lower().startswith("basic "):
        if not _same(_basic(request), OPERATIONS_USERNAME, OPERATIONS_PASSWORD):
            raise ApiError(401, "Unauthorized", detail="the operations user's name or password is wrong")
        ccid = None
    else:
        ccid = require_token(request).ccid
        shown = store.switch("gws.contact_centers")
        if shown == "forbidden":
            raise ApiError(403, "Forbidden: the token may not list contact centers")
        if shown == "unsupported":
            raise ApiError(404, "Not found")
        if shown == "all":
            ccid = None
    rows = store.rows("SELECT * FROM tenants WHERE ?1 IS NULL OR ccid = ?1 ORDER BY name", ccid)
    return answer({"status": {"code": 0}, "data": [_contact_center(row) for row in rows]})


def require_gateway_key(request: web.Request) -> None:
    """Refuse what the vendor's API gateway refuses, if there is a gateway."""
    key = request.headers.get("x-api-key", "")
    if request.app[STORE].switch("gws.api_key") == "required" and key != GWS_API_KEY:
        raise ApiError(403, "Forbidden", detail="x-api-key is missing or wrong")


def require_token(request: web.Request) -> Token:
    """Return the token of the request. Refuse a request without one, as the contract says."""
    scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        row = request.app[STORE].row(
            "SELECT ccid FROM tokens WHERE token = ? AND expires > ?", value.strip(), time.time()
        )
        if row is not None:
            return Token(value.strip(), row["ccid"])
    raise ApiError(403, "Unauthorized: the token is missing, unknown or expired", UNAUTHORIZED)


def expire_tokens(store: Store) -> int:
    """Make every token invalid. Their sessions end too."""
    with store.transaction():
        return store.write("DELETE FROM tokens")


def _basic(request: web.Request) -> BasicAuth:
    try:
        return BasicAuth.decode(request.headers.get("Authorization", ""), encoding="utf-8")
    except ValueError as error:
        raise ApiError(401, "Unauthorized", detail="Basic authentication is missing or malformed") from error


def _same(given: BasicAuth, name: str, secret: str) -> bool:
    return given.login == name and hmac.compare_digest(given.password.encode(), secret.encode())


def _user(store: Store, login: str, password: str) -> str | None:
    """Return the tenant of a user `domain\\name`."""
    domain, _backslash, username = login.partition("\\")
    row = store.row("SELECT ccid, password FROM tenants WHERE domain = ? AND username = ?", domain, username)
    if row is None or row["password"] != password:
        return None
    return str(row["ccid"])


def _issue(store: Store, ccid: str | None) -> web.Response:
    token = secrets.token_urlsafe(32)
    with store.transaction():
        store.write("INSERT INTO tokens VALUES (?, ?, ?)", token, ccid, time.time() + TOKEN_SECONDS)
    return answer(
        {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": TOKEN_SECONDS,
            "refresh_token": secrets.token_urlsafe(32),
            "scope": "*",
        }
    )


def _contact_center(row: sqlite3.Row) -> dict[str, object]:
    return {"id": row["ccid"], "domains": [row["domain"]], "environmentId": "sandbox", "auth": "configServer"}


SYSTEM = System(
    name="gws_auth",
    prefix="/gws-auth",
    schema=_SCHEMA,
    routes=(
        Route("POST", "/auth/v3/oauth/token", create_token),
        Route("GET", "/environment/v3/contact-centers", list_contact_centers),
    ),
)
