# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web application: the systems, the administration, and the middleware that every request passes.

A new system needs one file, and one line in SYSTEMS.
"""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox import (
    api_keys,
    cloud,
    cloud_access,
    cloud_messages,
    cloud_numbers,
    cloud_users,
    configuration,
    gateway,
    gax,
    gws_auth,
    kaleyra,
    messaging,
    notifications,
    services,
)
from sandbox.admin import PREFIX, Admin, is_loopback, set_secrets
from sandbox.faults import Faults, play
from sandbox.records import Record, Records
from sandbox.seed import DEFAULT_TENANTS
from sandbox.store import Store
from sandbox.system import STORE, ApiError, System

SYSTEMS: tuple[System, ...] = (
    services.SYSTEM,
    messaging.SYSTEM,
    gws_auth.SYSTEM,
    configuration.SYSTEM,
    notifications.SYSTEM,
    gax.SYSTEM,
    gateway.SYSTEM,
    kaleyra.SYSTEM,
    api_keys.SYSTEM,
    cloud.SYSTEM,
    cloud_users.SYSTEM,
    cloud_access.SYSTEM,
    cloud_numbers.SYSTEM,
    cloud_messages.SYSTEM,
)

# A delta with a thousand sections must fit.
_MAX_BODY = 64 * 2**20


def build(state_dir: Path) -> web.Application:
    """Return the application, with its state in this directory."""
    store = Store(state_dir / "state.sqlite3", [system.schema for system in SYSTEMS])
    admin = Admin(store, SYSTEMS, Faults(), Records())
    if store.new:
        with store.transaction():
            admin.begin(DEFAULT_TENANTS)
    app = web.Application(middlewares=[_middleware(admin)], client_max_size=_MAX_BODY)
    app[STORE] = store
    app[gateway.GATEWAYS] = gateway.Gateways()
    app[kaleyra.ACCOUNTS] = kaleyra.Accounts()
    app.cleanup_ctx.append(partial(_client, admin))
    for system in SYSTEMS:
        for route in system.routes:
            app.router.add_route(route.method, system.prefix + route.path, route.handler)
    for route in admin.routes():
        app.router.add_route(route.method, PREFIX + route.path, route.handler)

    async def close(app: web.Application) -> None:
        store.close()

    app.on_cleanup.append(close)
    return app


async def _client(admin: Admin, app: web.Application) -> AsyncIterator[None]:
    """Provide the HTTP client for messages. It accepts any certificate, because tests use throw-away authorities."""
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(connector=connector) as app[messaging.CLIENT]:
        yield
        await admin.traffic.stop()


def _middleware(admin: Admin) -> Middleware:
    names: dict[Handler, str] = {route.handler: system.name for system in SYSTEMS for route in system.routes}
    # Two systems can share a prefix. An unknown call counts as one of the first system.
    prefixes = {system.prefix.strip("/"): system.name for system in reversed(SYSTEMS)}
    writers = {route.handler for system in SYSTEMS for route in system.routes if route.write}
    idle = _Idle()

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        first = request.path.lstrip("/").partition("/")[0]
        if f"/{first}" == PREFIX:
            if not is_loopback(request):
                return ApiError(403, "the administration is for callers on the same machine").response()
            return await _work(request, handler)
        called = request.match_info.handler
        record = admin.records.add(request, names.get(called, prefixes.get(first, "")), called in writers)
        if idle.is_over(request, admin.store.switch("connections.idle_limit")):
            return web.Response()
        response = await _serve(admin, request, handler, record)
        idle.begin(request)
        record.answered = admin.records.event()
        if response is None:
            # The connection is closed, but aiohttp needs an answer.
            return web.Response()
        record.status = response.status
        return response

    return middleware


class _Idle:
    """Drops idle connections as a load balancer does: the next request on one is reset, and no system sees it."""

    def __init__(self) -> None:
        self._since: WeakKeyDictionary[asyncio.Transport, float] = WeakKeyDictionary()

    def begin(self, request: web.Request) -> None:
        """Note the time of an answer."""
        if isinstance(request.transport, asyncio.Transport):
            self._since[request.transport] = time.monotonic()

    def is_over(self, request: web.Request, limit: str | int) -> bool:
        """Return True if the connection was idle for longer than a limit in milliseconds. Reset it then."""
        transport = request.transport
        if not limit or not isinstance(transport, asyncio.Transport) or transport not in self._since:
            return False
        if time.monotonic() - self._since[transport] <= int(limit) / 1000:
            return False
        transport.abort()
        return True


async def _serve(admin: Admin, request: web.Request, handler: Handler, record: Record) -> web.StreamResponse | None:
    """Answer a request to a system. Play a fault if one matches."""
    fault = admin.faults.strike(request)
    if fault is None or fault.kind != "refuse":
        record.body = await request.read()
    if fault is None:
        return await _work(request, handler)
    if fault.kind == "edit":
        if fault.when == "before":
            configuration.edit(admin.store, fault.ccid, fault.sections)
        response = await _work(request, handler)
        if fault.when == "after":
            configuration.edit(admin.store, fault.ccid, fault.sections)
        return response
    if fault.kind == "secrets":
        set_secrets(request.app, fault.body)
        await asyncio.sleep(fault.seconds or 0)
        return await _work(request, handler)
    if fault.kind == "take":
        cloud_numbers.sell_to_others(admin.store, cloud_numbers.ordered_numbers(await request.read()))
        return await _work(request, handler)
    return await play(fault, request, lambda: _work(request, handler))


async def _work(request: web.Request, handler: Handler) -> web.Response:
    """Call the handler. Turn each error into an answer in the system's format."""
    try:
        response = await handler(request)
    except ApiError as error:
        return error.response()
    except web.HTTPException as error:
        # The router's 404 and 405, and bodies that are too large.
        if request.path.startswith(f"{cloud.API}/"):
            return cloud.unknown_call(error.status).response()
        return ApiError(error.status, error.reason).response()
    except UnicodeEncodeError as error:
        # Half of a surrogate pair, in a header or as \u in JSON. SQLite can't store it.
        return ApiError(400, f"not a text: {error}").response()
    except Exception:
        traceback.print_exc(file=sys.stderr)
        return ApiError(500, "the sandbox has a bug: see its output").response()
    assert isinstance(response, web.Response)
    return response
