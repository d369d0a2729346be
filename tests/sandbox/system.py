# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the systems of the sandbox have in common.

A system is one file with a System at its end: its paths, its tables, and what it adds to a tenant's seed and state.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiohttp import web

from sandbox.seed import Tenant
from sandbox.store import Store

STORE = web.AppKey("store", Store)

Handler = Callable[[web.Request], Awaitable[web.Response]]


class ApiError(Exception):
    """A refusal, answered in the common format: {"status": {"code", "message"}}."""

    def __init__(self, http: int, message: str, code: int | None = None, detail: str | None = None) -> None:
        super().__init__(message)
        self.http = http
        self.status: dict[str, Any] = {"code": http if code is None else code, "message": message}
        if detail is not None:
            self.status["detail"] = detail

    def response(self) -> web.Response:
        """Return the refusal as an answer."""
        return answer({"status": self.status}, self.http)


class Route(NamedTuple):
    """One call of a system."""

    method: str
    path: str
    handler: Handler
    # Whether it writes.
    write: bool = False


def _seed_nothing(store: Store, tenant: Tenant) -> None:
    pass


def _begin_nothing(store: Store) -> None:
    pass


def _no_state(store: Store, ccid: str) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class System:
    """A system that the sandbox stands in for."""

    name: str
    prefix: str
    routes: tuple[Route, ...]
    schema: str = ""
    seed: Callable[[Store, Tenant], None] = _seed_nothing
    # Resets what belongs to no tenant.
    begin: Callable[[Store], None] = _begin_nothing
    state: Callable[[Store, str], dict[str, Any]] = _no_state


def answer(body: object, status: int = 200) -> web.Response:
    """Return a JSON answer."""
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


async def read_object(request: web.Request) -> dict[str, Any]:
    """Return the body, which must be a JSON object with the content type of JSON."""
    if request.content_type != "application/json":
        raise ApiError(415, f"Content-Type is to be application/json, not {request.content_type}")
    try:
        body = json.loads(await request.read())
    except ValueError as error:
        raise ApiError(400, f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ApiError(400, "the body is not a JSON object")
    return body


def check_keys(what: str, value: object, required: set[str], optional: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the value, which must be an object with only these keys."""
    if not isinstance(value, dict):
        raise ApiError(400, f"{what} is not an object")
    missing = sorted(required - value.keys())
    if missing:
        raise ApiError(400, f"{what}: missing {', '.join(missing)}")
    unknown = sorted(value.keys() - required - optional)
    if unknown:
        raise ApiError(400, f"{what}: unknown {', '.join(unknown)}")
    return value
