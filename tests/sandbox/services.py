# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digital Channels: the services definitions of a tenant (section 1 of the contract)."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from sandbox.api_keys import find_key
from sandbox.store import Store
from sandbox.system import STORE, ApiError, Route, System, answer, check_keys, read_object

_SCHEMA = """
CREATE TABLE services (
    ccid TEXT NOT NULL REFERENCES tenants ON DELETE CASCADE,
    service TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (ccid, service)
) WITHOUT ROWID;
"""

MASK = "********"

ASYNC = "Async"

Document = dict[str, Any]


async def list_services(request: web.Request) -> web.Response:
    """List all services of the tenant."""
    store, ccid = _admit(request)
    _require_read(store)
    form = store.switch("services.list")
    if form == "unsupported":
        raise ApiError(405, "services can't be listed")
    shown = {service: _shown(store, document) for service, document in _all(store, ccid).items()}
    if form == "object":
        return _wrap(store, shown)
    return _wrap(store, [{"service": service, **document} for service, document in shown.items()])


async def read_service(request: web.Request) -> web.Response:
    """Return one service."""
    store, ccid = _admit(request)
    _require_read(store)
    return _wrap(store, _shown(store, _existing(store, ccid, request.match_info["service"])))


async def create_service(request: web.Request) -> web.Response:
    """Write a service, with the call of the guide."""
    store, ccid = _admit(request)
    service = request.match_info["service"]
    document = await _read_document(request)
    if store.switch("services.write") == "create_only" and find_service(store, ccid, service) is not None:
        raise ApiError(409, f"service {service} already exists")
    return _put(store, ccid, service, document)


async def replace_service(request: web.Request) -> web.Response:
    """Replace an existing service."""
    store, ccid = _admit(request)
    service = request.match_info["service"]
    document = await _read_document(request)
    _existing(store, ccid, service)
    return _put(store, ccid, service, document)


async def delete_service(request: web.Request) -> web.Response:
    """Delete a service."""
    store, ccid = _admit(request)
    service = request.match_info["service"]
    if store.switch("services.delete") == "unsupported":
        raise ApiError(405, "services can't be deleted")
    _existing(store, ccid, service)
    with store.transaction():
        store.write("DELETE FROM services WHERE ccid = ? AND service = ?", ccid, service)
    if store.switch("services.envelope") == "status":
        return answer({"status": {"code": 0}})
    return web.Response(status=204)


def _admit(request: web.Request) -> tuple[Store, str]:
    """Return the tenant in the path, if the caller's key gives access to it."""
    store = request.app[STORE]
    ccid = request.match_info["ccid"]
    key = request.headers.get("x-api-key", "")
    made = find_key(store, key)
    if not (made and made["enabled"]) and store.row("SELECT 1 FROM tenants WHERE api_key = ?", key) is None:
        raise ApiError(401, "x-api-key is missing or unknown")
    tenant = store.row("SELECT api_key FROM tenants WHERE ccid = ?", ccid)
    if tenant is None:
        raise ApiError(404, f"no contact center {ccid}")
    # A key without a tenant gives access to all tenants.
    if tenant["api_key"] != key and not (made and made["tenant"] in ("", ccid)):
        raise ApiError(403, f"this API key is not for contact center {ccid}")
    if store.switch("services.ccid") == "checked" and request.headers.get("x-ccid") != ccid:
        raise ApiError(403, "x-ccid does not name the contact center of the path")
    return store, ccid


def _require_read(store: Store) -> None:
    read = store.switch("services.read")
    if read == "unsupported":
        raise ApiError(405, "GET is not supported")
    if read == "unsupported_404":
        raise ApiError(404, "there is no such path")


async def _read_document(request: web.Request) -> Document:
    document = check_keys("the service", await read_object(request), {"data", "secret"}, frozenset({"url"}))
    if request.match_info["service"] == ASYNC:
        _check_async(document)
    if not isinstance(document.get("url", ""), str):
        raise ApiError(400, "url is not a string")
    for key in ("data", "secret"):
        if not isinstance(document[key], dict):
            raise ApiError(400, f"{key} is not an object")
    return document


def _check_async(document: Document) -> None:
    """Refuse a service of the custom gateway that differs from the guide."""
    if "url" in document:
        raise ApiError(400, f"the service {ASYNC} has no url")
    urls = _channels("data", document, {"webhook": "url"})
    secrets = _channels("secret", document, {"webhook": "secret", "api": "secret"})
    if urls != secrets:
        raise ApiError(400, f"data and secret do not name the same channels: {', '.join(sorted(urls ^ secrets))}")


def _channels(part: str, document: Document, texts: dict[str, str]) -> set[str]:
    """Return the channel IDs in a part of the service. Each channel must have these texts."""
    channels = document[part].get("channels") if isinstance(document[part], dict) else None
    if not isinstance(channels, list) or not all(isinstance(channel, dict) for channel in channels):
        raise ApiError(400, f"{part}.channels is not a list of objects")
    found: set[str] = set()
    for channel in channels:
        name = channel.get("channelId")
        if not isinstance(name, str) or not name:
            raise ApiError(400, f"{part}.channels: channelId {name!r} is not a text")
        if name in found:
            raise ApiError(400, f"{part}.channels: {name} is there twice")
        found.add(name)
        for key, inner in texts.items():
            text = channel[key].get(inner) if isinstance(channel.get(key), dict) else None
            if not isinstance(text, str) or not text:
                raise ApiError(400, f"{part}.channels: {name} has no {key}.{inner}")
    return found


def find_service(store: Store, ccid: str, service: str) -> Document | None:
    """Return a service of a tenant."""
    row = store.row("SELECT document FROM services WHERE ccid = ? AND service = ?", ccid, service)
    return None if row is None else json.loads(row["document"])


def _all(store: Store, ccid: str) -> dict[str, Document]:
    rows = store.rows("SELECT service, document FROM services WHERE ccid = ?", ccid)
    return {row["service"]: json.loads(row["document"]) for row in rows}


def _existing(store: Store, ccid: str, service: str) -> Document:
    document = find_service(store, ccid, service)
    if document is None:
        raise ApiError(404, f"no service {service}")
    return document


def _put(store: Store, ccid: str, service: str, document: Document) -> web.Response:
    with store.transaction():
        store.write("REPLACE INTO services VALUES (?, ?, ?)", ccid, service, json.dumps(document))
    return _wrap(store, _shown(store, document))


def _shown(store: Store, document: Document) -> Document:
    """Return the document as callers see it."""
    read = store.switch("services.read")
    if read == "full":
        return document
    if read in ("masked", "masked_all"):
        return {**document, "secret": _masked(document["secret"], also_ids=read == "masked_all")}
    return {key: value for key, value in document.items() if key != "secret"}


def _masked(value: Any, also_ids: bool) -> Any:
    if isinstance(value, dict):
        return {
            name: item if name == "channelId" and not also_ids else _masked(item, also_ids)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, also_ids) for item in value]
    return MASK if isinstance(value, str) else value


def _wrap(store: Store, body: object) -> web.Response:
    return answer({"status": {"code": 0}, "data": body} if store.switch("services.envelope") == "status" else body)


_ALL = "/nexus/v3/provisioning/services/{ccid}"
_ONE = "/nexus/v3/provisioning/services/{ccid}/{service}"

SYSTEM = System(
    name="services",
    prefix="/digital",
    schema=_SCHEMA,
    routes=(
        Route("GET", _ALL, list_services),
        Route("GET", _ONE, read_service),
        Route("POST", _ONE, create_service, write=True),
        Route("PUT", _ONE, replace_service, write=True),
        Route("DELETE", _ONE, delete_service, write=True),
    ),
    state=lambda store, ccid: {"services": _all(store, ccid)},
)
