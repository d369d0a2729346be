# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digital Channels: API keys (section 2 of the contract)."""

from __future__ import annotations

import json
import uuid
from typing import Any

from aiohttp import web

from sandbox.gws_auth import require_token
from sandbox.store import Store
from sandbox.system import STORE, ApiError, Route, System, answer, check_keys, read_object

_SCHEMA = """
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    permissions TEXT NOT NULL
) WITHOUT ROWID;
"""

_PATH = "/nexus/v3/apikeys"


async def list_keys(request: web.Request) -> web.Response:
    """List all keys."""
    store = _admit(request)
    if store.switch("apikeys.list") == "unsupported":
        raise ApiError(405, "API keys can't be listed")
    return _wrap(all_keys(store))


async def read_key(request: web.Request) -> web.Response:
    """Return one key."""
    store = _admit(request)
    return _wrap(_existing(store, request.match_info["id"]))


async def create_key(request: web.Request) -> web.Response:
    """Create a key."""
    store = _admit(request)
    record = await _read_record(request)
    twin = store.row("SELECT 1 FROM api_keys WHERE tenant = ? AND name = ?", record["tenant"], record["name"])
    if twin is not None and store.switch("apikeys.duplicate") == "conflict":
        raise ApiError(409, f"an API key named {record['name']} exists")
    chosen = record.get("id") if store.switch("apikeys.id") == "chosen" else None
    identifier = chosen or str(uuid.uuid4())
    if find_key(store, identifier) is not None:
        raise ApiError(409, "this API key exists")
    return _put(store, identifier, record)


async def replace_key(request: web.Request) -> web.Response:
    """Replace all of a key except its ID."""
    store = _admit_change(request)
    identifier = request.match_info["id"]
    record = await _read_record(request)
    _existing(store, identifier)
    return _put(store, identifier, record)


async def delete_key(request: web.Request) -> web.Response:
    """Delete a key."""
    store = _admit_change(request)
    key = _existing(store, request.match_info["id"])
    with store.transaction():
        store.write("DELETE FROM api_keys WHERE id = ?", key["id"])
    return _wrap(None)


def find_key(store: Store, identifier: str) -> dict[str, Any] | None:
    """Return a key by its ID, or None."""
    return next((key for key in all_keys(store) if key["id"] == identifier), None)


def all_keys(store: Store) -> list[dict[str, Any]]:
    """Return all keys by name."""
    return [
        {**dict(row), "enabled": bool(row["enabled"]), "permissions": json.loads(row["permissions"])}
        for row in store.rows("SELECT * FROM api_keys ORDER BY name, id")
    ]


def _admit(request: web.Request) -> Store:
    require_token(request)
    return request.app[STORE]


def _admit_change(request: web.Request) -> Store:
    store = _admit(request)
    if store.switch("apikeys.change") == "unsupported":
        raise ApiError(405, "API keys can't be changed")
    return store


async def _read_record(request: web.Request) -> dict[str, Any]:
    body = check_keys("the body", await read_object(request), {"data"})
    record = check_keys("data", body["data"], {"tenant", "name", "permissions"}, frozenset({"id", "enabled"}))
    if not isinstance(record["permissions"], list) or not all(isinstance(item, str) for item in record["permissions"]):
        raise ApiError(400, "data.permissions is to be a list of texts")
    for name in ("tenant", "name"):
        if not isinstance(record[name], str):
            raise ApiError(400, f"data.{name} is to be a text")
    return record


def _existing(store: Store, identifier: str) -> dict[str, Any]:
    key = find_key(store, identifier)
    if key is None:
        raise ApiError(404, "no such API key")
    return key


def _put(store: Store, identifier: str, record: dict[str, Any]) -> web.Response:
    with store.transaction():
        store.write(
            "REPLACE INTO api_keys VALUES (?, ?, ?, ?, ?)",
            identifier,
            record["tenant"],
            record["name"],
            bool(record.get("enabled", True)),
            json.dumps(record["permissions"]),
        )
    return _wrap(find_key(store, identifier))


def _wrap(data: object) -> web.Response:
    return answer({"status": {"code": 0}, "data": data})


def begin(store: Store) -> None:
    """Reset: no key. The seeded keys of tenants are stored elsewhere."""
    store.write("DELETE FROM api_keys")


SYSTEM = System(
    name="api_keys",
    prefix="/digital",
    schema=_SCHEMA,
    routes=(
        Route("GET", _PATH, list_keys),
        Route("POST", _PATH, create_key, write=True),
        Route("GET", f"{_PATH}/{{id}}", read_key),
        Route("PUT", f"{_PATH}/{{id}}", replace_key, write=True),
        Route("DELETE", f"{_PATH}/{{id}}", delete_key, write=True),
    ),
    begin=begin,
)
