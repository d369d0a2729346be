# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GWS: the transactions of a tenant's configuration (section 3a of the contract)."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from aiohttp import web

from sandbox.gws_auth import UNAUTHORIZED, require_gateway_key, require_token
from sandbox.seed import Sections, Tenant
from sandbox.store import Store
from sandbox.system import STORE, ApiError, Route, System, answer, check_keys, read_object

# Each section is a row, so that a write changes only the sections that it names. A row has the section's format on the
# wire, so that a read converts nothing. A session ends with its token.
_SCHEMA = """
CREATE TABLE transactions (
    dbid INTEGER PRIMARY KEY,
    ccid TEXT NOT NULL REFERENCES tenants ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- What GAX shows beside the options, as a JSON object of texts.
    fields TEXT NOT NULL,
    UNIQUE (ccid, name)
);
CREATE TABLE sections (
    dbid INTEGER NOT NULL REFERENCES transactions ON DELETE CASCADE,
    section TEXT NOT NULL,
    wire TEXT NOT NULL,
    UNIQUE (dbid, section)
);
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    token TEXT NOT NULL REFERENCES tokens ON DELETE CASCADE,
    opened REAL NOT NULL,
    polls INTEGER NOT NULL DEFAULT 0,
    ready INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX sessions_by_token ON sessions (token);
"""

COOKIE = "PROVISIONING_SESSIONID"

# The attributes of the cookie, by value of the switch. The server knows only its own paths, because the ingress removes
# the prefix /gws. The ingress also terminates TLS.
COOKIE_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "plain": {"path": "/gws"},
    "secure": {"path": "/", "secure": True},
    "foreign_path": {"path": "/provisioning/v3"},
}

# The cookie with which a load balancer finds a node.
NODE_COOKIE, NODE = "ROUTEID", ".node2"

# A client that does not log out must fail.
SESSION_LIMIT = 100

NEXUS_SERVICES = "NexusServices"

ALREADY_EXISTS = 609
NOTHING_TO_DELETE = 650
NOT_READY = 1

# The first two codes are known from real systems. Their HTTP status is not known. 200 is the harder case for a client.
# An error without a known code gets its HTTP status as code.
_HTTP_OF_CODE = {ALREADY_EXISTS: 200, NOTHING_TO_DELETE: 200}


class Session(NamedTuple):
    """A provisioning session, and whether it is ready."""

    id: str
    ready: bool


class Delta(NamedTuple):
    """The three parts of a change. An empty section means the whole section. Only `deleted` may have one."""

    added: Sections
    changed: Sections
    deleted: Sections


async def initialize(request: web.Request) -> web.Response:
    """Open a session, or poll a session that is not ready."""
    store = request.app[STORE]
    require_gateway_key(request)
    token, ccid = _require_tenant(request)
    session = find_session(request, token)
    with store.transaction():
        session_id = _open_session(store, token, ccid) if session is None else session.id
        store.write("UPDATE sessions SET polls = polls + 1 WHERE id = ?", session_id)
        store.write(
            "UPDATE sessions SET ready = 1 WHERE id = ? AND polls > ? AND opened <= ?",
            session_id,
            store.switch("configuration.ready_after"),
            time.time() - int(store.switch("configuration.ready_lag")) / 1000,
        )
        ready = store.count("SELECT ready FROM sessions WHERE id = ?", session_id)
    status = {"code": 0} if ready else {"code": NOT_READY, "message": "The configuration is being loaded"}
    response = answer({"status": status, "data": {"sessionId": session_id}})
    attributes = COOKIE_ATTRIBUTES.get(str(store.switch("configuration.cookie")))
    if attributes is not None:
        response.set_cookie(COOKIE, session_id, httponly=True, **attributes)
    give_node(request, response)
    return response


async def logout(request: web.Request) -> web.Response:
    """End the session."""
    require_gateway_key(request)
    token, _ccid = _require_tenant(request)
    session = _require_session(request, token)
    store = request.app[STORE]
    with store.transaction():
        store.write("DELETE FROM sessions WHERE id = ?", session.id)
    return answer({"status": {"code": 0}})


async def list_transactions(request: web.Request) -> web.Response:
    """List the tenant's transactions, or only the one with the requested name."""
    ccid = require_ready(request)
    store = request.app[STORE]
    objects = []
    for row in store.rows(
        "SELECT * FROM transactions WHERE ccid = ?1 AND (?2 IS NULL OR name = ?2) ORDER BY dbid",
        ccid,
        request.query.get("name"),
    ):
        sections = store.rows("SELECT wire FROM sections WHERE dbid = ? ORDER BY rowid", row["dbid"])
        options = ", ".join(section["wire"] for section in sections)
        objects.append(f'{{"DBID": {row["dbid"]}, "name": {json.dumps(row["name"])}, "userProperties": [{options}]}}')
    body = f'{{"status": {{"code": 0}}, "data": {{"objects": [{", ".join(objects)}]}}}}'
    return web.Response(body=body.encode(), content_type="application/json")


async def change_transaction(request: web.Request) -> web.Response:
    """Apply a delta as a whole, or not at all."""
    ccid = require_ready(request)
    store = request.app[STORE]
    dbid = int(request.match_info["dbid"])
    delta = _read_delta(await read_object(request), dbid)
    if delta.changed and store.switch("configuration.changed") == "rejected":
        raise ApiError(400, "changedUserProperties is not supported")
    if store.row("SELECT 1 FROM transactions WHERE dbid = ? AND ccid = ?", dbid, ccid) is None:
        raise ApiError(404, f"there is no transaction with DBID {dbid}")
    touched = {*delta.added, *delta.changed, *delta.deleted}
    rows = [store.row("SELECT wire FROM sections WHERE dbid = ? AND section = ?", dbid, name) for name in touched]
    after = _apply(delta, _sections(filter(None, rows)))
    with store.transaction():
        remove_sections(store, dbid, touched - after.keys())
        put_sections(store, dbid, after)
    return answer({"status": {"code": 0}})


def sections_of(store: Store, dbid: int) -> Sections:
    """Return the options of a transaction, in their order."""
    return _sections(store.rows("SELECT wire FROM sections WHERE dbid = ? ORDER BY rowid", dbid))


def dbid_of(store: Store, ccid: str) -> int | None:
    """Return the DBID of a tenant's NexusServices."""
    row = store.row("SELECT dbid FROM transactions WHERE ccid = ? AND name = ?", ccid, NEXUS_SERVICES)
    return None if row is None else int(row["dbid"])


def edit(store: Store, ccid: str, changes: Mapping[str, Mapping[str, str | None] | None]) -> None:
    """Change a tenant's NexusServices, as another user would. None removes a section."""
    dbid = dbid_of(store, ccid)
    if dbid is None:
        raise ApiError(404, f"the tenant {ccid} has no {NEXUS_SERVICES}")
    sections = sections_of(store, dbid)
    for section, options in changes.items():
        merged = {} if options is None else {**sections.get(section, {}), **options}
        sections[section] = {key: value for key, value in merged.items() if value is not None}
    with store.transaction():
        remove_sections(store, dbid, {section for section, options in sections.items() if not options})
        put_sections(store, dbid, {section: options for section, options in sections.items() if options})


def give_node(request: web.Request, response: web.Response) -> None:
    """Add the cookie of the load balancer, if there is a load balancer and the caller has no cookie."""
    if request.app[STORE].switch("balancer.cookie") == "needed" and NODE_COOKIE not in request.cookies:
        response.set_cookie(NODE_COOKIE, NODE, path="/", secure=True)


def is_on_its_node(request: web.Request) -> bool:
    """Return True if a request reaches the node of its session."""
    needed = request.app[STORE].switch("balancer.cookie") == "needed"
    return not needed or request.cookies.get(NODE_COOKIE) == NODE


def _require_tenant(request: web.Request) -> tuple[str, str]:
    """Return the token and its tenant. A session stands for the token that began it."""
    if "Authorization" not in request.headers:
        row = request.app[STORE].row(
            "SELECT token, ccid FROM sessions JOIN tokens USING (token) WHERE id = ? AND expires > ?",
            request.cookies.get(COOKIE, ""),
            time.time(),
        )
        if row is not None and is_on_its_node(request):
            return row["token"], row["ccid"]
    token = require_token(request)
    if token.ccid is None:
        raise ApiError(403, "Unauthorized: the token belongs to no contact center", UNAUTHORIZED)
    return token.value, token.ccid


def find_session(request: web.Request, token: str) -> Session | None:
    """Return the session of a request by its cookie, or by its token if the switch allows that."""
    store = request.app[STORE]
    if not is_on_its_node(request):
        return None
    session_id = request.cookies.get(COOKIE, "")
    row = store.row("SELECT * FROM sessions WHERE id = ? AND token = ?", session_id, token)
    if row is None and store.switch("configuration.session") == "bearer":
        row = store.row("SELECT * FROM sessions WHERE token = ?", token)
    return None if row is None else Session(row["id"], bool(row["ready"]))


def _open_session(store: Store, token: str, ccid: str) -> str:
    if _open_sessions(store, ccid) >= SESSION_LIMIT:
        raise ApiError(403, f"more than {SESSION_LIMIT} provisioning sessions are open: log out of some")
    session_id = secrets.token_hex(16)
    store.write("INSERT INTO sessions (id, token, opened) VALUES (?, ?, ?)", session_id, token, time.time())
    return session_id


def _open_sessions(store: Store, ccid: str) -> int:
    return store.count(
        "SELECT count(*) FROM sessions JOIN tokens USING (token) WHERE ccid = ? AND expires > ?",
        ccid,
        time.time(),
    )


def _require_session(request: web.Request, token: str) -> Session:
    session = find_session(request, token)
    if session is None:
        raise ApiError(403, "Unauthorized: there is no provisioning session", UNAUTHORIZED)
    return session


def require_ready(request: web.Request) -> str:
    """Return the tenant whose configuration is ready for this caller."""
    require_gateway_key(request)
    token, ccid = _require_tenant(request)
    if not _require_session(request, token).ready:
        raise ApiError(403, "The configuration is being loaded", NOT_READY)
    return ccid


def _read_delta(body: dict[str, Any], dbid: int) -> Delta:
    parts = frozenset({"changedUserProperties", "deletedUserProperties"})
    data = check_keys("data", check_keys("the body", body, {"data"})["data"], {"$class", "deltaTransaction"}, parts)
    added = check_keys("deltaTransaction", data["deltaTransaction"], {"$class", "DBID"}, frozenset({"userProperties"}))
    for what, value, name in (("data", data, "CfgDeltaTransaction"), ("deltaTransaction", added, "CfgTransaction")):
        if value["$class"] != name:
            raise ApiError(400, f"{what}: $class is to be {name}, not {value['$class']!r}")
    if added["DBID"] != dbid:
        raise ApiError(400, f"deltaTransaction: DBID is {added['DBID']!r}, but the path says {dbid}")
    delta = Delta(
        added=_from_wire("userProperties", added.get("userProperties", [])),
        changed=_from_wire("changedUserProperties", data.get("changedUserProperties", [])),
        deleted=_from_wire("deletedUserProperties", data.get("deletedUserProperties", [])),
    )
    for section, options in (*delta.added.items(), *delta.changed.items()):
        if not options:
            raise ApiError(400, f"section {section} has no options")
    return delta


def _from_wire(what: str, value: object) -> Sections:
    sections: Sections = {}
    for section, options in _pairs(what, value, "kvlist"):
        if section in sections:
            raise ApiError(400, f"{what}: section {section} is there twice")
        sections[section] = {}
        for option, text in _pairs(f"{what} {section}", options, "str"):
            if option in sections[section]:
                raise ApiError(400, f"{what} {section}: option {option} is there twice")
            if not isinstance(text, str):
                raise ApiError(400, f"{what} {section}: the value of {option} is not a string")
            sections[section][option] = text
    return sections


def _pairs(what: str, value: object, kind: str) -> list[tuple[str, Any]]:
    """Return the keys and values of a list of {"key", "type", "value"}."""
    if not isinstance(value, list):
        raise ApiError(400, f"{what} is not a list")
    for item in value:
        check_keys(what, item, {"key", "type", "value"})
        if not isinstance(item["key"], str) or not item["key"]:
            raise ApiError(400, f"{what}: {item['key']!r} is not a key")
        if item["type"] != kind:
            raise ApiError(400, f"{what}: the type of {item['key']} is to be {kind}, not {item['type']!r}")
    return [(item["key"], item["value"]) for item in value]


def _sections(rows: Iterable[sqlite3.Row]) -> Sections:
    return _from_wire("userProperties", [json.loads(row["wire"]) for row in rows])


def remove_sections(store: Store, dbid: int, names: Iterable[str]) -> None:
    """Remove sections, inside a transaction."""
    for name in names:
        store.write("DELETE FROM sections WHERE dbid = ? AND section = ?", dbid, name)


def put_sections(store: Store, dbid: int, sections: Sections) -> None:
    """Add or replace sections, inside a transaction."""
    for section, options in sections.items():
        value = [{"key": option, "type": "str", "value": text} for option, text in options.items()]
        # An update keeps the position of the section.
        store.write(
            "INSERT INTO sections VALUES (?, ?, ?) ON CONFLICT (dbid, section) DO UPDATE SET wire = excluded.wire",
            dbid,
            section,
            json.dumps({"key": section, "type": "kvlist", "value": value}),
        )


def _apply(delta: Delta, sections: Sections) -> Sections:
    """Return the sections after the delta. Deletions come first, so that a deleted section can be added again."""
    for section, options in delta.deleted.items():
        _require(section in sections, NOTHING_TO_DELETE, f"there is no section {section}")
        for option in options:
            _require(option in sections[section], NOTHING_TO_DELETE, f"{section} has no option {option}")
            del sections[section][option]
        # A section without options does not exist.
        if not options or not sections[section]:
            del sections[section]
    for section, options in delta.changed.items():
        for option, text in options.items():
            _require(option in sections.get(section, {}), 404, f"{section} has no option {option} to change")
            sections[section][option] = text
    for section, options in delta.added.items():
        for option, text in options.items():
            _require(option not in sections.get(section, {}), ALREADY_EXISTS, f"{section} already has {option}")
            sections.setdefault(section, {})[option] = text
    return sections


def _require(condition: bool, code: int, message: str) -> None:
    if not condition:
        raise ApiError(_HTTP_OF_CODE.get(code, code), message, code)


def _seed(store: Store, tenant: Tenant) -> None:
    if tenant.transaction:
        _add_transaction(store, tenant.ccid, NEXUS_SERVICES, tenant.sections)
    # The second object finds clients that do not ask for an object by its name.
    _add_transaction(store, tenant.ccid, "Reports", {"general": {"enabled": "true"}})


def _add_transaction(store: Store, ccid: str, name: str, sections: Sections) -> None:
    # A new configuration server uses small numbers for its own objects.
    dbid = store.count("SELECT coalesce(max(dbid), 100) + 1 FROM transactions")
    fields = {
        "alias": name,
        "tenantdbid": "101",
        "folderid": str(dbid + 1000),
        "state": "CFGEnabled",
        "subtype": "CFGTRTList",
        "description": f"What {name} is told",
    }
    store.write("INSERT INTO transactions VALUES (?, ?, ?, ?)", dbid, ccid, name, json.dumps(fields))
    put_sections(store, dbid, sections)


def _state(store: Store, ccid: str) -> dict[str, Any]:
    row = store.row("SELECT dbid, fields FROM transactions WHERE ccid = ? AND name = ?", ccid, NEXUS_SERVICES)
    return {
        "dbid": None if row is None else row["dbid"],
        "fields": None if row is None else json.loads(row["fields"]),
        "sections": None if row is None else sections_of(store, row["dbid"]),
        "sessions": _open_sessions(store, ccid),
    }


_TRANSACTIONS = "/provisioning/v3/configuration/objects/transactions"

SYSTEM = System(
    name="configuration",
    prefix="/gws",
    schema=_SCHEMA,
    routes=(
        # The vendor's client also uses GET for these.
        Route("POST", "/provisioning/v3/initialize-provisioning", initialize),
        Route("GET", "/provisioning/v3/initialize-provisioning", initialize),
        Route("POST", "/provisioning/v3/logout", logout),
        Route("GET", "/provisioning/v3/logout", logout),
        Route("GET", _TRANSACTIONS, list_transactions),
        Route("PUT", _TRANSACTIONS + "/{dbid:[0-9]+}", change_transaction, write=True),
    ),
    seed=_seed,
    state=_state,
)
