# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Genesys Cloud CX: the users of the organization (section 6 of the contract)."""

from __future__ import annotations

import sqlite3
import uuid
from typing import Any

from aiohttp import web

from sandbox.cloud import API, CloudError, check_fields, guarded, page, paging, read_json
from sandbox.seed import CLOUD_USERS, HOME_DIVISION
from sandbox.store import Store
from sandbox.system import STORE, Route, System, answer

# Two users can't have the same address, even in another case.
_SCHEMA = """
CREATE TABLE cloud_users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    state TEXT NOT NULL
) WITHOUT ROWID;
"""

_NEW = {"department", "addresses", "title", "password", "divisionId", "state"}
_SEARCH = {"sortOrder", "sortBy", "pageSize", "pageNumber", "sort", "expand", "enforcePermissions"}
_SEARCHED = ("id", "name", "email", "username", "state")


async def list_users(request: web.Request, _client: str) -> web.Response:
    """List all users by name."""
    return page(request, _users(request.app[STORE]))


async def create_user(request: web.Request, _client: str) -> web.Response:
    """Create a user."""
    store = request.app[STORE]
    body = check_fields("The user", await read_json(request, dict), {"name", "email"}, _NEW)
    identifier = str(uuid.uuid4())
    try:
        with store.transaction():
            _add(store, identifier, body["name"], body["email"], body.get("state", "active"))
    except sqlite3.IntegrityError as error:
        raise CloudError(409, "conflict", f"There is a user {body['email']} already.") from error
    return answer(next(user for user in _users(store) if user["id"] == identifier))


async def search_users(request: web.Request, _client: str) -> web.Response:
    """Return the users that match all criteria. A criterion matches if one of its fields has the value, in any case."""
    body = check_fields("The search", await read_json(request, dict), {"query"}, _SEARCH)
    criteria = [check_fields("A criterion", item, {"fields", "type", "value"}, set()) for item in body["query"]]
    for item in criteria:
        if item["type"] != "EXACT" or not set(item["fields"]) <= set(_SEARCHED):
            raise CloudError(400, "bad.request", f"The sandbox searches {', '.join(_SEARCHED)}, with EXACT.")
    found = [user for user in _users(request.app[STORE]) if all(_fits(user, item) for item in criteria)]
    size, number = paging(body)
    result = {
        "total": len(found),
        "pageCount": -(-len(found) // size),
        "pageSize": size,
        "pageNumber": number,
        "types": ["users"],
    }
    shown = found[(number - 1) * size : number * size]
    # Without a result, the field is missing.
    return answer({**result, "results": shown} if shown else result)


def user_name(store: Store, identifier: str) -> str | None:
    """Return the name of a user, or None if there is no such user."""
    row = store.row("SELECT name FROM cloud_users WHERE id = ?", identifier)
    return str(row["name"]) if row is not None else None


def begin(store: Store) -> None:
    """Reset to the seeded users."""
    store.write("DELETE FROM cloud_users")
    for user in CLOUD_USERS:
        _add(store, user.id, user.name, user.email, "active")


def _add(store: Store, identifier: str, name: str, email: str, state: str) -> None:
    store.write("INSERT INTO cloud_users VALUES (?, ?, ?, ?)", identifier, name, email, state)


def _users(store: Store) -> list[dict[str, Any]]:
    return [
        {
            **dict(row),
            "username": row["email"],
            "division": {"id": HOME_DIVISION, "name": "Home"},
            "version": 1,
            "selfUri": f"/api/v2/users/{row['id']}",
        }
        for row in store.rows("SELECT * FROM cloud_users ORDER BY name, id")
    ]


def _fits(user: dict[str, Any], criterion: dict[str, Any]) -> bool:
    return any(user[name].lower() == criterion["value"].lower() for name in criterion["fields"])


_PATH = "/api/v2/users"

SYSTEM = System(
    name="cloud_users",
    prefix=API,
    schema=_SCHEMA,
    routes=(
        Route("GET", _PATH, guarded("directory:user:view", list_users)),
        Route("POST", _PATH, guarded("directory:user:add", create_user), write=True),
        Route("POST", f"{_PATH}/search", guarded("directory:user:view", search_users)),
    ),
    begin=begin,
)
