# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's own administration under /_sandbox, for callers on the same machine only."""

from __future__ import annotations

import ipaddress
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web

from sandbox import cloud, cloud_access, cloud_numbers, gax, gws_auth, kaleyra, messaging, switches
from sandbox.faults import FaultError, Faults
from sandbox.gateway import GATEWAYS
from sandbox.records import Records
from sandbox.seed import DEFAULT_TENANTS, Sections, SeedError, Tenant, complete_all
from sandbox.store import Store
from sandbox.switches import SWITCHES, SwitchError
from sandbox.system import ApiError, Route, System, answer, check_keys, read_object
from sandbox.traffic import Streams
from sandbox.traffic_record import Line

PREFIX = "/_sandbox"

_DELIVERY = frozenset({"text", "timeout", "attempts", "pause"})


@dataclass
class Admin:
    """The administration: its calls, and the state that they work on."""

    store: Store
    systems: tuple[System, ...]
    faults: Faults
    records: Records
    traffic: Streams = field(init=False)

    def __post_init__(self) -> None:
        self.traffic = Streams(self.store, self.records)

    def routes(self) -> tuple[Route, ...]:
        """Return the routes of the administration."""
        return (
            Route("POST", "/reset", self.reset),
            Route("GET", "/seed", self.read_seed),
            Route("POST", "/seed", self.seed),
            Route("GET", "/state/{ccid}", self.state),
            Route("GET", "/switches", self.read_switches),
            Route("PUT", "/switches", self.set_switches),
            Route("GET", "/faults", self.list_faults),
            Route("POST", "/faults", self.add_fault),
            Route("DELETE", "/faults", self.clear_faults),
            Route("GET", "/requests", self.list_requests),
            Route("DELETE", "/requests", self.clear_requests),
            Route("POST", "/expire-tokens", self.expire_tokens),
            Route("GET", "/account", self.read_account),
            Route("POST", "/settle", self.settle),
            Route("POST", "/take", self.take),
            Route("POST", "/deliver", self.deliver),
            Route("GET", "/gateway/{name}", self.read_gateway),
            Route("PUT", "/secrets", self.set_secrets),
            Route("POST", "/traffic", self.start_traffic),
            Route("GET", "/traffic", self.read_traffic),
            Route("DELETE", "/traffic", self.stop_traffic),
        )

    def begin(self, tenants: Iterable[Tenant]) -> None:
        """Reset every system to these tenants."""
        for system in self.systems:
            system.begin(self.store)
        self.plant(tenants)

    def plant(self, tenants: Iterable[Tenant]) -> None:
        """Add or replace tenants, in every system."""
        for tenant in tenants:
            self.store.put_tenant(tenant)
            for system in self.systems:
                system.seed(self.store, tenant)

    async def reset(self, request: web.Request) -> web.Response:
        """Reset to the tenants of the body, or to the default tenants."""
        body = check_keys("the body", await read_object(request), set(), frozenset({"tenants"}))
        tenants = _tenants(body["tenants"]) if "tenants" in body else list(DEFAULT_TENANTS)
        self.traffic.cancel()
        with self.store.transaction():
            self.store.remove_tenants()
            self.begin(tenants)
        gws_auth.expire_tokens(self.store)
        request.app[GATEWAYS].reset()
        request.app[kaleyra.ACCOUNTS].reset()
        self.store.set_switches({name: switch.default for name, switch in SWITCHES.items()})
        self.faults.all.clear()
        self.records.all.clear()
        self.records.last = 0
        return _seeded(tenants)

    async def seed(self, request: web.Request) -> web.Response:
        """Add or replace tenants."""
        tenants = _tenants(check_keys("the body", await read_object(request), {"tenants"})["tenants"])
        try:
            with self.store.transaction():
                self.plant(tenants)
        except sqlite3.IntegrityError as error:
            raise ApiError(
                409, "another tenant has the same name, the same domain and username, or the same gax_username"
            ) from error
        return _seeded(tenants)

    async def read_seed(self, request: web.Request) -> web.Response:
        """List the tenants, with the present sections of NexusServices."""
        tenants = []
        for row in self.store.rows("SELECT * FROM tenants ORDER BY name"):
            sections: Sections | None = self._state(row["ccid"])["sections"]
            tenants.append(Tenant(**dict(row), sections=sections or {}, transaction=sections is not None))
        return _seeded(tenants)

    async def state(self, request: web.Request) -> web.Response:
        """Return what a tenant has in every system."""
        ccid = request.match_info["ccid"]
        if self.store.row("SELECT 1 FROM tenants WHERE ccid = ?", ccid) is None:
            raise ApiError(404, f"no tenant {ccid}")
        return answer(self._state(ccid))

    def _state(self, ccid: str) -> dict[str, Any]:
        return {key: value for system in self.systems for key, value in system.state(self.store, ccid).items()}

    async def read_switches(self, request: web.Request) -> web.Response:
        """Return all switches."""
        return answer(self.store.switches())

    async def set_switches(self, request: web.Request) -> web.Response:
        """Set switches."""
        try:
            self.store.set_switches(switches.check(await read_object(request)))
        except SwitchError as error:
            allowed = {name: switch.allowed for name, switch in SWITCHES.items()}
            return answer({"status": {"code": 400, "message": str(error)}, "allowed": allowed}, 400)
        return answer(self.store.switches())

    async def list_faults(self, request: web.Request) -> web.Response:
        """List all faults and how often each was played."""
        return answer({"faults": [asdict(fault) for fault in self.faults.all]})

    async def add_fault(self, request: web.Request) -> web.Response:
        """Add a fault."""
        try:
            fault = self.faults.add(await read_object(request))
        except FaultError as error:
            raise ApiError(400, str(error)) from error
        return answer(asdict(fault))

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Remove all faults."""
        self.faults.all.clear()
        return answer({})

    async def list_requests(self, request: web.Request) -> web.Response:
        """List the requests with a number above `since`."""
        since = request.query.get("since", "0")
        if not since.isdecimal():
            raise ApiError(400, f"since is to be a number, not {since!r}")
        return answer({"requests": [record.to_json() for record in self.records.all if record.n > int(since)]})

    async def clear_requests(self, request: web.Request) -> web.Response:
        """Forget the requests. Their numbering continues."""
        self.records.all.clear()
        return answer({})

    async def expire_tokens(self, request: web.Request) -> web.Response:
        """Make every GWS token, every GAX session and every token of Genesys Cloud CX invalid."""
        ends = (gws_auth.expire_tokens, gax.expire_sessions, cloud.expire_tokens)
        return answer({"expired": sum(end(self.store) for end in ends)})

    async def read_account(self, request: web.Request) -> web.Response:
        """Return the organization in Genesys Cloud CX, and what it has spent."""
        return answer({**cloud_access.account(self.store), **cloud_numbers.account(self.store)})

    async def settle(self, request: web.Request) -> web.Response:
        """Settle all orders."""
        cloud_numbers.settle(self.store)
        return answer({})

    async def take(self, request: web.Request) -> web.Response:
        """Let someone else buy numbers."""
        numbers = check_keys("the body", await read_object(request), {"numbers"})["numbers"]
        cloud_numbers.sell_to_others(self.store, numbers)
        return answer({})

    async def deliver(self, request: web.Request) -> web.Response:
        """Let Digital Channels send a message of a number over the tenant's SMS option."""
        body = check_keys("the delivery", await read_object(request), {"ccid", "number"}, _DELIVERY)
        return answer(await messaging.deliver(self.store, request.app[messaging.CLIENT], **body))

    async def read_gateway(self, request: web.Request) -> web.Response:
        """List what a gateway received."""
        return answer({"deliveries": request.app[GATEWAYS][request.match_info["name"]].deliveries})

    async def set_secrets(self, request: web.Request) -> web.Response:
        """Set the secrets of gateways and Kaleyra."""
        set_secrets(request.app, await read_object(request))
        return answer({})

    async def start_traffic(self, request: web.Request) -> web.Response:
        """Start a stream of messages."""
        body = check_keys("the traffic", await read_object(request), {"lines", "every"})
        lines = [Line(**line) for line in body["lines"]]
        client, gateways = request.app[messaging.CLIENT], request.app[GATEWAYS]
        await self.traffic.start(lines, body["every"], client, gateways, str(request.url.origin()))
        return answer({})

    async def read_traffic(self, request: web.Request) -> web.Response:
        """Return the messages so far."""
        return answer({"messages": self.traffic.sent()})

    async def stop_traffic(self, request: web.Request) -> web.Response:
        """End the stream, and return its messages."""
        return answer({"messages": await self.traffic.stop()})


def set_secrets(app: web.Application, secrets: dict[str, Any]) -> None:
    """Set secrets of gateways, by name and kind, and the accounts of Kaleyra."""
    check_keys("the secrets", secrets, set(), frozenset({"gateways", "accounts"}))
    for name, kinds in secrets.get("gateways", {}).items():
        for kind, values in check_keys(name, kinds, set(), frozenset({"webhook_secrets", "api_secrets"})).items():
            setattr(app[GATEWAYS][name], kind, values)
    if "accounts" in secrets:
        app[kaleyra.ACCOUNTS].clear()
        app[kaleyra.ACCOUNTS].update((username, password) for username, password in secrets["accounts"])


def is_loopback(request: web.Request) -> bool:
    """Return True if the caller is on this machine. The administration shows every secret of the sandbox."""
    return request.remote is not None and ipaddress.ip_address(request.remote).is_loopback


def _tenants(value: object) -> list[Tenant]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ApiError(400, "tenants is to be a list of objects")
    try:
        return complete_all(value)
    except SeedError as error:
        raise ApiError(400, str(error)) from error


def _seeded(tenants: list[Tenant]) -> web.Response:
    return answer({"tenants": [asdict(tenant) for tenant in tenants]})
