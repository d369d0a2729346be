# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections that know when a request has to end, and whether it was ever sent.

A time-out of a socket is one for each read: a server that sends a byte now and then never meets it. So before each read
and each write the socket gets the time that is left of the whole request. This needs no thread and no signal.
"""

from __future__ import annotations

import http.client
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

_PART = 16384
"""Bytes that are sent at once: what one record of TLS holds."""


@dataclass
class Wire:
    """What a session and its connections tell each other about the request that is under way.

    :arg give_up: the moment on the clock at which it has to end.
    :arg is_unsent: whether it surely was not sent: a connection was needed, and could not be made.
    """

    clock: Callable[[], float] = time.monotonic
    give_up: float = float("inf")
    is_unsent: bool = False

    def begin(self, give_up: float) -> None:
        """Begin another request."""
        self.give_up, self.is_unsent = give_up, False

    def limit(self, sock: Any) -> None:
        """Let the next operation of a socket take no longer than what is left of the request."""
        left = self.give_up - self.clock()
        if left <= 0:
            raise TimeoutError("the time limit is reached")
        timeout = sock.gettimeout()
        if timeout is None or timeout > left:
            sock.settimeout(left)


class _Reader(io.RawIOBase):
    """Reads from a socket in the time that is left.

    :ivar at_end: whether the other side has ended the connection.
    """

    def __init__(self, wire: Wire, sock: Any, raw: Any) -> None:
        super().__init__()
        self.at_end = False
        self._wire = wire
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._wire.limit(self._sock)
        count: int | None = self._raw.readinto(buffer)
        self.at_end = count == 0
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """A response that passes over the hints which may come before it (103), and whose head has to be whole."""

    def __init__(self, wire: Wire, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        whole: Any = self.fp
        self._reader = _Reader(wire, sock, whole.detach())
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        while 101 < self.status < 200:
            # The base class has nothing to do where there are headers already.
            vars(self)["headers"] = None
            super().begin()
        if self._reader.at_end:
            # The base class takes the end of a connection for the end of the head.
            raise http.client.RemoteDisconnected("the connection ended within the head of the answer")


class _Connection(http.client.HTTPConnection):
    """What is added to a connection of urllib3."""

    wire: Wire

    def connect(self) -> None:
        try:
            super().connect()
        except Exception:
            self.wire.is_unsent = True
            raise

    def send(self, data: Any) -> None:
        if self.sock is None and self.auto_open:
            self.connect()
        parts = [data]
        if isinstance(data, bytes) and len(data) > _PART:
            view = memoryview(data)
            parts = [view[begin : begin + _PART] for begin in range(0, len(view), _PART)]
        for part in parts:
            if self.sock is not None:
                self.wire.limit(self.sock)
            super().send(part)


def bounded(pool: Any, wire: Wire) -> Any:
    """Return a class of urllib3's connection pools whose connections keep to the time of a wire."""
    added = {"wire": wire, "response_class": staticmethod(partial(_Response, wire))}
    connection = type("Connection", (_Connection, pool.ConnectionCls), added)
    return type("Pool", (pool,), {"ConnectionCls": connection})
