# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GAX: the same configuration as GWS, with objects that are replaced as a whole (section 3b of the contract)."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from typing import Any

from aiohttp import web

from sandbox.configuration import give_node, is_on_its_node, put_sections, remove_sections, sections_of
from sandbox.faults import LOGIN_PAGE
from sandbox.seed import Sections
from sandbox.store import Store
from sandbox.switches import Value
from sandbox.system import STORE, ApiError, Route, System, answer, check_keys, read_object

_SCHEMA = """
CREATE TABLE gax_sessions (
    id TEXT PRIMARY KEY,
    ccid TEXT NOT NULL REFERENCES tenants ON DELETE CASCADE,
    expires REAL NOT NULL
) WITHOUT ROWID;
"""

COOKIE = "JSESSIONID"

# GAX knows only its own paths, because an ingress removes the prefix of the sandbox.
COOKIE_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "plain": {"path": "/"},
    "secure": {"path": "/", "secure": True},
    "foreign_path": {"path": "/gax"},
}
SESSION_SECONDS = 900

# There is no logout, so a client that logs in too often must fail.
SESSION_LIMIT = 100

_TYPE = "CfgTransaction"


class _SignedOut(ApiError):
    """The caller has no session. A switch determines the answer."""

    def __init__(self, way: Value) -> None:
        super().__init__(401, "no session")
        self._way = way

    def response(self) -> web.Response:
        if self._way == "page":
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        if self._way == "redirect":
            return web.Response(status=302, headers={"Location": "/gax/ui/login"})
        return answer({"message": str(self)}, 401)


async def login(request: web.Request) -> web.Response:
    """Open a session."""
    store = request.app[STORE]
    body = check_keys("the login", await read_object(request), {"username", "password", "isPasswordEncrypted"})
    if body["isPasswordEncrypted"] is not False:
        raise ApiError(400, "isPasswordEncrypted is to be false: the sandbox knows no other password")
    row = store.row("SELECT ccid, gax_password FROM tenants WHERE gax_username = ?", str(body["username"]))
    if row is None or row["gax_password"] != body["password"]:
        return answer({"message": "Invalid username or password"}, 401)
    if _open_sessions(store, row["ccid"]) >= SESSION_LIMIT:
        return answer({"message": f"more than {SESSION_LIMIT} sessions are open"}, 403)
    session_id = secrets.token_hex(16)
    with store.transaction():
        expires = time.time() + SESSION_SECONDS
        store.write("INSERT INTO gax_sessions VALUES (?, ?, ?)", session_id, row["ccid"], expires)
    response = web.Response(status=204)
    attributes = COOKIE_ATTRIBUTES[str(store.switch("gax.cookie"))]
    response.set_cookie(COOKIE, session_id, httponly=True, **attributes)
    give_node(request, response)
    return response


async def list_objects(request: web.Request) -> web.Response:
    """List the tenant's transactions, or only the one with the requested name."""
    ccid = _require_session(request)
    if request.query.get("type") != _TYPE:
        raise ApiError(400, f"type is to be {_TYPE}: the sandbox has no other objects")
    store = request.app[STORE]
    rows = store.rows(
        "SELECT * FROM transactions WHERE ccid = ?1 AND (?2 IS NULL OR name = ?2) ORDER BY dbid",
        ccid,
        request.query.get("name"),
    )
    brief = request.query.get("brief") != "false"
    return answer([_brief(row) if brief else _object(store, row) for row in rows])


async def read_one(request: web.Request) -> web.Response:
    """Return one object."""
    row = _require_object(request)
    store = request.app[STORE]
    found = _object(store, row)
    response = answer([found] if store.switch("gax.object") == "array" else found)
    if store.switch("gax.etag") == "supported":
        response.headers["ETag"] = _etag(found)
    return response


async def replace_one(request: web.Request) -> web.Response:
    """Replace an object as a whole."""
    row = _require_object(request)
    store = request.app[STORE]
    before = _object(store, row)
    condition = request.headers.get("If-Match")
    if condition is not None and store.switch("gax.etag") == "supported" and condition != _etag(before):
        return answer({"message": "the object has been changed since"}, 412)
    after = check_keys("the object", await read_object(request), set(before))
    for key in ("type", "dbid"):
        if after[key] != before[key]:
            raise ApiError(400, f"{key} is to be {before[key]}, not {after[key]!r}")
    sections = _sections(after["userproperties"])
    fields = {key: value for key, value in after.items() if key not in _brief(row) and key != "userproperties"}
    for key, value in {**fields, "name": after["name"]}.items():
        _require_text(key, value)
    with store.transaction():
        remove_sections(store, row["dbid"], sections_of(store, row["dbid"]).keys() - sections.keys())
        put_sections(store, row["dbid"], sections)
        store.write(
            "UPDATE transactions SET name = ?, fields = ? WHERE dbid = ?",
            after["name"],
            json.dumps(fields),
            row["dbid"],
        )
    return answer(after) if store.switch("gax.put") == "object" else web.Response(status=204)


def _require_session(request: web.Request) -> str:
    """Return the tenant of the session."""
    store = request.app[STORE]
    session_id = request.cookies.get(COOKIE, "")
    row = store.row("SELECT ccid FROM gax_sessions WHERE id = ? AND expires > ?", session_id, time.time())
    if row is not None and is_on_its_node(request):
        with store.transaction():
            expires = time.time() + SESSION_SECONDS
            store.write("UPDATE gax_sessions SET expires = ? WHERE id = ?", expires, session_id)
        return str(row["ccid"])
    raise _SignedOut(store.switch("gax.signed_out"))


def _require_object(request: web.Request) -> sqlite3.Row:
    """Return the object in the path, if the session is one of its tenant."""
    ccid = _require_session(request)
    dbid = int(request.match_info["dbid"])
    row = request.app[STORE].row("SELECT * FROM transactions WHERE dbid = ? AND ccid = ?", dbid, ccid)
    if row is None:
        raise ApiError(404, f"there is no {_TYPE} {dbid}")
    return row


def _brief(row: sqlite3.Row) -> dict[str, Any]:
    return {"type": _TYPE, "dbid": str(row["dbid"]), "name": row["name"]}


def _object(store: Store, row: sqlite3.Row) -> dict[str, Any]:
    properties = [
        {"section": section, "key": key, "value": value}
        for section, options in sections_of(store, row["dbid"]).items()
        for key, value in options.items()
    ]
    return {**_brief(row), **json.loads(row["fields"]), "userproperties": {"property": properties}}


def _sections(annex: object) -> Sections:
    properties = check_keys("userproperties", annex, {"property"})["property"]
    if not isinstance(properties, list):
        raise ApiError(400, "userproperties.property is not a list")
    sections: Sections = {}
    for item in properties:
        check_keys("a property", item, {"section", "key", "value"})
        for key in ("section", "key", "value"):
            _require_text(f"a property's {key}", item[key])
        options = sections.setdefault(item["section"], {})
        if item["key"] in options:
            raise ApiError(400, f"section {item['section']} has {item['key']} twice")
        options[item["key"]] = item["value"]
    return sections


def _require_text(what: str, value: object) -> None:
    if not isinstance(value, str):
        raise ApiError(400, f"{what} is not a string: {value!r}")


def _etag(found: dict[str, Any]) -> str:
    return f'"{hashlib.sha256(json.dumps(found).encode()).hexdigest()[:16]}"'


def _open_sessions(store: Store, ccid: str) -> int:
    return store.count("SELECT count(*) FROM gax_sessions WHERE ccid = ? AND expires > ?", ccid, time.time())


def expire_sessions(store: Store) -> int:
    """End every session."""
    with store.transaction():
        return store.write("DELETE FROM gax_sessions")


_OBJECTS = "/gax/api/cfg/objects"
_ONE = f"{_OBJECTS}/{_TYPE}/{{dbid:[0-9]+}}"

SYSTEM = System(
    name="gax",
    # Not /gax, because the paths of the API begin with it.
    prefix="/gax-host",
    schema=_SCHEMA,
    routes=(
        Route("POST", "/gax/api/session/login", login),
        Route("GET", _OBJECTS, list_objects),
        Route("GET", _ONE, read_one),
        Route("PUT", _ONE, replace_one, write=True),
    ),
    state=lambda store, ccid: {"gax_sessions": _open_sessions(store, ccid)},
)
