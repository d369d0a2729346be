# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Test doubles: an HTTP server with the replies of the test, and a clock whose sleep() does not wait."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from aiohttp import web
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator, ValidationResult
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import Refused
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run, Task, honour_nulls

Fault = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
"""Answers a request in an unusual way, or not at all."""


@dataclass(frozen=True)
class Reply:
    """A response. A string or bytes are sent unchanged, any other body as JSON."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        if isinstance(self.body, (str, bytes)):
            raw = self.body if isinstance(self.body, bytes) else self.body.encode()
        else:
            raw = b"" if self.body is None else json.dumps(self.body).encode()
        headers = {"Content-Type": "application/json", **self.headers}
        return web.Response(body=raw, status=self.status, headers=headers)


@dataclass(frozen=True)
class Seen:
    """A request that the server received."""

    method: str
    path: str
    target: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    connection: int

    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """Sends the replies of the test, one for each request and then always the last one. Records all requests."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[Seen] = []
        self._replies: list[Reply | Fault] = [Reply()]
        # Kept alive, so that no two connections can have the same id().
        self._connections: list[object] = []

    def replies(self, *replies: Reply | Fault) -> None:
        """Set the next replies."""
        self._replies = list(replies)

    @property
    def calls(self) -> list[str]:
        """The method and path of all requests."""
        return [f"{request.method} {request.path}" for request in self.seen]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        # The tunnel after a CONNECT has no end.
        body = b"" if request.method == "CONNECT" else await request.read()
        if request.transport not in self._connections:
            self._connections.append(request.transport)
        self.seen.append(
            Seen(
                method=request.method,
                path=request.path,
                target=request.raw_path,
                query=dict(request.query),
                headers={name.lower(): value for name, value in request.headers.items()},
                body=body,
                connection=self._connections.index(request.transport),
            )
        )
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        return reply.response() if isinstance(reply, Reply) else await reply(request)


async def cut(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection without a response."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def cut_short(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection in the middle of the body."""
    assert request.transport is not None
    request.transport.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data"')
    request.transport.close()
    return web.Response()


async def cut_before_the_body(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection after the head, before the body."""
    assert request.transport is not None
    request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 80\r\n\r\n")
    request.transport.close()
    return web.Response()


async def cut_within_the_head(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection before the head is complete."""
    assert request.transport is not None
    request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    request.transport.close()
    return web.Response()


async def hang(request: web.BaseRequest) -> web.StreamResponse:
    """Never answer."""
    await asyncio.sleep(3600)
    return web.Response()


async def hang_after_head(request: web.BaseRequest) -> web.StreamResponse:
    """Send the start of a response, and never the rest."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"data"')
    await asyncio.sleep(3600)
    return response


def drips(head: bytes, rest: bytes) -> Fault:
    """Return a fault that sends the first part of a response at once, and the rest byte by byte."""

    async def drip(request: web.BaseRequest) -> web.StreamResponse:
        transport = request.transport
        assert transport is not None
        transport.write(head)
        for byte in rest * 100:
            await asyncio.sleep(0.02)
            transport.write(bytes([byte]))
        return web.Response()

    return drip


@contextmanager
def serve(tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server on a free port, in a thread of its own."""
    server = Server()
    loop = asyncio.new_event_loop()
    # A failed test must not keep the process alive.
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin() -> web.ServerRunner:
        runner = web.ServerRunner(web.Server(server.handle, handler_cancellation=True), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        server.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    runner = asyncio.run_coroutine_threadsafe(begin(), loop).result()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class Session:
    """A client whose logout fails."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self.closed = 0

    def close(self) -> None:
        self.closed += 1
        raise Refused("log out", "https://h", "answered 500", "Look")


class Clock:
    """A clock that advances only by sleep()."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def make_run(
    params: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
    *,
    check_mode: bool = False,
    diff_mode: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> Run:
    """Return a run of a task. By default the given arguments are the parameters."""
    asked = dict(params or {})
    return Run(
        params=asked,
        given=asked if given is None else dict(given),
        check_mode=check_mode,
        diff_mode=diff_mode,
        secrets=Secrets(),
        progress=progress,
    )


def validated(task: Task, asked: Mapping[str, Any]) -> ValidationResult:
    """Validate the arguments of a task like the front doors."""
    spec, arguments = honour_nulls(task.argument_spec, dict(asked))
    validation: ValidationResult = ArgumentSpecValidator(spec).validate(arguments)
    assert not validation.error_messages
    return validation
