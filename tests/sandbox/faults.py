# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: bad answers that a client must handle. README.md lists the kinds."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KINDS = (
    *("delay", "hang", "late", "refuse", "cut", "garbage", "html", "truncated", "status", "redirect", "huge"),
    *("edit", "take", "secrets", "rewrite", "drip", "hints", "latin1", "amend", "hostile"),
)

# The content of a cut answer if the system was not called.
_PLACEHOLDER = {"status": {"code": 0}, "data": {"note": "this answer does not come to its end"}}

_LONG = 3600

# Tasks that still run. The event loop itself keeps no strong reference to them.
_PENDING: set[asyncio.Task[None]] = set()

LOGIN_PAGE = """<!DOCTYPE html>
<html><head><title>Sign in</title></head>
<body><form method="post"><input name="user"><input name="password" type="password"></form></body></html>
"""

_GARBAGE = b'\x00\xff{"status": \xfe\x80<'


class FaultError(ValueError):
    """The description of a fault is not valid."""


@dataclass
class Fault:
    """A fault: what happens, and to which requests."""

    kind: str
    # A regular expression to search for in the path.
    path: str = ""
    # None: any method.
    method: str | None = None
    # after: the system carries out the request first.
    when: str = "before"
    # For status, redirect, html and garbage.
    status: int | None = None
    # Further headers, for the same and for hostile.
    headers: dict[str, str] = field(default_factory=dict)
    # For status and redirect: a string is sent unchanged, anything else as JSON. For amend: values that replace those
    # of the answer. For secrets: new secrets of the other ends, as PUT /_sandbox/secrets takes them.
    body: Any = None
    # For amend: fields to remove from the answer. For hostile: fields whose texts are not changed.
    fields: list[str] = field(default_factory=list)
    # For hostile: the text to append to every text of the answer.
    text: str = ""
    # For delay, late, secrets, drip and hang. For hang, None is longer than any client waits.
    seconds: float | None = None
    # For huge.
    megabytes: int = 64
    # For edit: the tenant whose NexusServices someone else changes, and the change: options by section, None to remove.
    ccid: str = ""
    sections: dict[str, dict[str, str | None] | None] = field(default_factory=dict)
    # For rewrite: a regular expression, and the replacement for each match in the body.
    find: str = ""
    put: str = ""
    # For cut and drip: bytes of the answer, with its head, that are sent at once. For truncated: bytes of its body,
    # half of it by default.
    bytes_sent: int | None = None
    # How many matching requests pass before the first hit.
    skip: int = 0
    # How many requests are hit. None means all.
    times: int | None = 1
    id: int = 0
    seen: int = 0
    hits: int = 0

    def strikes(self, request: web.Request) -> bool:
        """Return True if this request is hit. Count it."""
        if self.method not in (None, request.method) or not re.search(self.path, request.path):
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.seen += 1
        if self.seen <= self.skip:
            return False
        self.hits += 1
        return True


# Fields that a caller can't set.
_COUNTERS = {"id", "seen", "hits"}


class Faults:
    """All faults, oldest first. The first that matches a request is played."""

    def __init__(self) -> None:
        self.all: list[Fault] = []
        self._last = 0

    def add(self, description: Mapping[str, Any]) -> Fault:
        """Add a fault."""
        fault = _checked(description)
        self._last += 1
        fault.id = self._last
        self.all.append(fault)
        return fault

    def strike(self, request: web.Request) -> Fault | None:
        """Return the fault that hits this request, or None."""
        return next((fault for fault in self.all if fault.strikes(request)), None)


async def play(
    fault: Fault, request: web.Request, work: Callable[[], Awaitable[web.Response]]
) -> web.StreamResponse | None:
    """Play a fault. `work` returns the real answer. Return None if the connection was closed instead."""
    transport = request.transport
    assert isinstance(transport, asyncio.Transport)
    if fault.kind == "refuse":
        # abort() sends a reset, and does not wait for unread data.
        transport.abort()
        return None
    if fault.kind == "late":
        await request.read()
        # Use a separate task, because the request's task ends with the connection.
        task = asyncio.create_task(_later(fault.seconds or 0, work))
        _PENDING.add(task)
        task.add_done_callback(_PENDING.discard)
        transport.close()
        return None
    real = await work() if fault.when == "after" else None
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds or 0)
        return real or await work()
    if fault.kind == "hang":
        await asyncio.sleep(_LONG if fault.seconds is None else fault.seconds)
        transport.abort()
        return None
    if fault.kind in ("cut", "truncated"):
        head, body = _serialized(real or web.json_response(_PLACEHOLDER))
        half = len(body) // 2 if fault.bytes_sent is None else fault.bytes_sent
        transport.write((head + body)[: fault.bytes_sent or 0] if fault.kind == "cut" else head + body[:half])
        transport.close()
        return None
    if fault.kind == "rewrite":
        return _rewritten(real or await work(), fault)
    if fault.kind == "huge":
        return await _huge(request, fault.megabytes)
    if fault.kind in ("drip", "hints", "latin1", "amend", "hostile"):
        return await _altered(fault, transport, real or await work())
    replacement = _replacement(fault)
    if all(value.isprintable() for value in fault.headers.values()):
        return replacement
    # aiohttp refuses control characters in headers. Other servers send them.
    head, body = _serialized(replacement, fault.headers)
    transport.write(head + body)
    transport.close()
    return None


async def _altered(fault: Fault, transport: asyncio.Transport, response: web.Response) -> web.StreamResponse | None:
    """Return the real answer in another encoding, or with other content."""
    if fault.kind == "drip":
        head, body = _serialized(response)
        whole, sent = head + body, fault.bytes_sent or 0
        transport.write(whole[:sent])
        for byte in whole[sent:]:
            await asyncio.sleep(fault.seconds or 0)
            if transport.is_closing():
                break
            transport.write(bytes([byte]))
        transport.close()
        return None
    if fault.kind == "hints":
        transport.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
    elif fault.kind == "latin1":
        text = json.dumps(_document(response), ensure_ascii=False)
        response.body = text.encode("latin-1", "xmlcharrefreplace")
        response.headers["Content-Type"] = "application/json; charset=ISO-8859-1"
    elif fault.kind == "amend":
        amended = {**_document(response), **(fault.body or {})}
        response.body = json.dumps({key: value for key, value in amended.items() if key not in fault.fields}).encode()
    else:
        response.headers.update(fault.headers)
        if response.body:
            response.body = json.dumps(_with_text(_document(response), fault)).encode()
    return response


def _document(response: web.Response) -> Any:
    return json.loads(response.body) if isinstance(response.body, bytes) and response.body else {}


def _with_text(value: Any, fault: Fault) -> Any:
    if isinstance(value, dict):
        return {key: item if key in fault.fields else _with_text(item, fault) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_text(item, fault) for item in value]
    return value + fault.text if isinstance(value, str) else value


async def _later(seconds: float, work: Callable[[], Awaitable[web.Response]]) -> None:
    await asyncio.sleep(seconds)
    await work()


def _rewritten(response: web.Response, fault: Fault) -> web.Response:
    body = response.body if isinstance(response.body, bytes) else b""
    response.body = re.sub(fault.find, fault.put, body.decode()).encode()
    return response


def _replacement(fault: Fault) -> web.Response:
    if fault.kind == "html":
        return web.Response(
            text=LOGIN_PAGE, content_type="text/html", status=fault.status or 200, headers=fault.headers
        )
    if fault.kind == "garbage":
        return web.Response(
            body=_GARBAGE, content_type="application/json", status=fault.status or 200, headers=fault.headers
        )
    status = fault.status or 302
    body = {"status": {"code": status, "message": "a fault on demand"}} if fault.body is None else fault.body
    headers = {"Content-Type": "application/json", **fault.headers}
    return web.Response(
        body=(body if isinstance(body, str) else json.dumps(body)).encode(), status=status, headers=headers
    )


def _serialized(response: web.Response, headers: Mapping[str, str] | None = None) -> tuple[bytes, bytes]:
    """Return the bytes of an answer on the wire: its head and its body."""
    body = response.body if isinstance(response.body, bytes) else b""
    lines = [
        f"HTTP/1.1 {response.status} {response.reason}",
        *(f"{name}: {value}" for name, value in {"Content-Type": response.content_type, **(headers or {})}.items()),
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), body


async def _huge(request: web.Request, megabytes: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"status": {"code": 0}, "data": "')
    for _megabyte in range(megabytes):
        await response.write(b"x" * 2**20)
    await response.write(b'"}')
    await response.write_eof()
    return response


def _is_change(value: object) -> bool:
    return isinstance(value, dict) and all(
        options is None
        or (isinstance(options, dict) and all(text is None or isinstance(text, str) for text in options.values()))
        for options in value.values()
    )


_TYPES: dict[str, Callable[[Any], bool]] = {
    "kind": lambda value: value in KINDS,
    "path": lambda value: isinstance(value, str),
    "method": lambda value: value is None or (isinstance(value, str) and value.isupper()),
    "when": lambda value: value in ("before", "after"),
    "status": lambda value: value is None or (_is_number(value, 100) and value < 600),
    "headers": lambda value: isinstance(value, dict) and all(isinstance(text, str) for text in value.values()),
    "body": lambda value: True,
    "seconds": lambda value: value is None or (isinstance(value, float) and value >= 0) or _is_number(value, 0),
    "megabytes": lambda value: _is_number(value, 1),
    "bytes_sent": lambda value: value is None or _is_number(value, 0),
    "fields": lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
    "text": lambda value: isinstance(value, str),
    "ccid": lambda value: isinstance(value, str),
    "find": lambda value: isinstance(value, str),
    "put": lambda value: isinstance(value, str),
    "sections": _is_change,
    "skip": lambda value: _is_number(value, 0),
    "times": lambda value: value is None or _is_number(value, 1),
}


def _is_number(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _checked(description: Mapping[str, Any]) -> Fault:
    allowed = [item.name for item in dataclasses.fields(Fault) if item.name not in _COUNTERS]
    unknown = sorted(set(description) - set(allowed))
    if unknown:
        raise FaultError(f"a fault has no {', '.join(unknown)}; it has {', '.join(allowed)}")
    if "kind" not in description:
        raise FaultError(f"a fault needs a kind: {', '.join(KINDS)}")
    for name, value in description.items():
        if not _TYPES[name](value):
            hint = f"; it is one of {', '.join(KINDS)}" if name == "kind" else ""
            raise FaultError(f"{name} can't be {value!r}{hint}")
    fault = Fault(**description)
    for name in ("path", "find"):
        try:
            re.compile(getattr(fault, name))
        except re.error as error:
            raise FaultError(f"{name} is not a regular expression: {error}") from error
    _require_whole(fault)
    return fault


def _require_whole(fault: Fault) -> None:
    """Raise FaultError if a field is missing that the kind needs."""
    if fault.kind == "refuse" and fault.when == "after":
        raise FaultError("a refused request is never done: use cut with when=after")
    if fault.kind in ("delay", "late", "drip") and fault.seconds is None:
        raise FaultError(f"the kind {fault.kind} needs seconds")
    if fault.kind == "status" and fault.status is None:
        raise FaultError("the kind status needs a status")
    if fault.kind == "edit" and not (fault.ccid and fault.sections):
        raise FaultError("the kind edit needs a ccid and sections")
    if fault.kind == "rewrite" and not fault.find:
        raise FaultError("the kind rewrite needs find")
    if fault.kind == "hostile" and not fault.text:
        raise FaultError("the kind hostile needs a text")
    if fault.kind == "redirect" and "Location" not in fault.headers:
        raise FaultError("the kind redirect needs a header Location")
