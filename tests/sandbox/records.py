# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests that the sandbox received. They stay in memory, because they contain secrets."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

# A sandbox in the foreground may run for days, so the number of records is limited.
_LIMIT = 100_000


@dataclass
class Record:
    """One request."""

    n: int
    method: str
    path: str
    query: str
    system: str
    headers: Mapping[str, str]
    write: bool
    # The caller's port. Requests with the same port came over the same connection.
    connection: int
    # When it arrived and when it was answered, as events of Records.event().
    arrived: int
    answered: int | None = None
    body: bytes = b""
    # None: the connection was closed before the complete answer was sent.
    status: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the record as the administration returns it."""
        return {
            **vars(self),
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": self.body.decode(errors="replace"),
        }


@dataclass
class Records:
    """The requests since the last reset. If there are too many, only the newest ones."""

    all: deque[Record] = field(default_factory=lambda: deque(maxlen=_LIMIT))
    last: int = 0
    events: int = 0

    def event(self) -> int:
        """Return the number of a new event. The numbers show the order of requests and messages."""
        self.events += 1
        return self.events

    def add(self, request: web.Request, system: str, write: bool) -> Record:
        """Record a request."""
        self.last += 1
        record = Record(
            n=self.last,
            method=request.method,
            path=request.path,
            query=request.rel_url.raw_query_string,
            system=system,
            headers=request.headers,
            write=write,
            connection=request.get_extra_info("peername", ("", 0))[1],
            arrived=self.event(),
        )
        self.all.append(record)
        return record
