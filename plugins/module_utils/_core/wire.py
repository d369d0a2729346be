# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections with a time limit for the whole request, which also know whether the request was sent.

The timeout of a socket applies to each single read. A server that sends one byte now and then never exceeds it. So the
socket's timeout is set to the remaining time of the request before each read and each write. This needs no thread and
no signal.
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
"""Bytes that are sent at once: the size of a TLS record."""


@dataclass
class Wire:
    """The state of the current request, which a session shares with its connections.

    :arg give_up: the time on the clock when the request has to end.
    :arg is_unsent: True if the request certainly was not sent, because no connection could be made.
    """

    clock: Callable[[], float] = time.monotonic
    give_up: float = float("inf")
    is_unsent: bool = False

    def begin(self, give_up: float) -> None:
        """Start a new request."""
        self.give_up, self.is_unsent = give_up, False

    def limit(self, sock: Any) -> None:
        """Limit the next operation of a socket to the remaining time of the request."""
        left = self.give_up - self.clock()
        if left <= 0:
            raise TimeoutError("the time limit is reached")
        timeout = sock.gettimeout()
        if timeout is None or timeout > left:
            sock.settimeout(left)


class _Reader(io.RawIOBase):
    """Reads from a socket within the remaining time.

    :ivar at_end: True if the other side has closed the connection.
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
    """A response that skips informational responses (such as 103), and refuses an incomplete head."""

    def __init__(self, wire: Wire, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        whole: Any = self.fp
        self._reader = _Reader(wire, sock, whole.detach())
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        super().begin()
        while 101 < self.status < 200:
            # The base class does nothing if there are headers already.
            vars(self)["headers"] = None
            super().begin()
        if self._reader.at_end:
            # The base class treats the end of the connection as the end of the head.
            raise http.client.RemoteDisconnected("the connection ended within the head of the response")


class _Connection(http.client.HTTPConnection):
    """The part that is added to urllib3's connections."""

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
        if isinstance(data, bytes):
            view = memoryview(data)
            parts = [view[begin : begin + _PART] for begin in range(0, len(view), _PART)]
        for part in parts:
            if self.sock is not None:
                self.wire.limit(self.sock)
            super().send(part)


def bounded(pool: Any, wire: Wire) -> Any:
    """Return a class of urllib3's connection pools whose connections obey the time limit of a wire."""
    added = {"wire": wire, "response_class": staticmethod(partial(_Response, wire))}
    connection = type("Connection", (_Connection, pool.ConnectionCls), added)
    return type("Pool", (pool,), {"ConnectionCls": connection})
