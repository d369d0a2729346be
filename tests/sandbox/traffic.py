# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Streams of messages that run beside all other work of the sandbox."""

from __future__ import annotations

import asyncio
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp

from sandbox import cloud_messages, messaging
from sandbox.gateway import Gateways, upload
from sandbox.records import Records
from sandbox.store import Store
from sandbox.system import ApiError
from sandbox.traffic_record import Line, Message, Result


@dataclass
class Streams:
    """The lines that are sending, and what they have sent."""

    store: Store
    records: Records
    messages: list[Message] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _end: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(
        self, lines: Sequence[Line], every: float, client: aiohttp.ClientSession, gateways: Gateways, url: str
    ) -> None:
        """Start to send, and return when each line has sent its first message."""
        if self._tasks:
            raise ApiError(409, "messages are being sent already")
        self.messages = []
        self._end = asyncio.Event()
        begin = time.monotonic()
        first: list[asyncio.Event] = []
        for line in lines:
            first.append(asyncio.Event())
            sender = _Sender(self.store, self.records, client, gateways, f"{url}/digital", line, begin, self.messages)
            self._tasks.append(asyncio.create_task(sender.run(every, first[-1], self._end)))
        await asyncio.gather(*(event.wait() for event in first))

    async def stop(self) -> list[dict[str, Any]]:
        """End all lines after one more message of each. Return all messages, oldest first."""
        self._end.set()
        await asyncio.gather(*self._tasks)
        self._tasks = []
        return self.sent()

    def sent(self) -> list[dict[str, Any]]:
        """Return all messages that are ended, in the order in which they were begun."""
        return [asdict(message) for message in sorted(self.messages, key=lambda message: message.began)]

    def cancel(self) -> None:
        """End all lines at once, and forget the messages."""
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        self.messages = []


@dataclass
class _Sender:
    store: Store
    records: Records
    client: aiohttp.ClientSession
    gateways: Gateways
    nexus_url: str
    line: Line
    begin: float
    messages: list[Message]

    async def run(self, every: float, first: asyncio.Event, end: asyncio.Event) -> None:
        """Send messages one after the other, and one more after the end."""
        last = False
        while True:
            due = time.monotonic() + every
            await self._send()
            first.set()
            if last:
                return
            last = end.is_set()
            try:
                await asyncio.wait_for(end.wait(), max(0, due - time.monotonic()))
            except asyncio.TimeoutError:
                continue
            last = True

    async def _send(self) -> None:
        line, moment, began = self.line, time.monotonic() - self.begin, self.records.event()
        attempts: list[int | None] = []
        result: Result
        try:
            attempts += await self._attempt(f"{line.name} {began}")
            result = self._result(attempts[-1])
            reason = "" if result == "delivered" else f"the last answer was {attempts[-1]}"
        except ApiError as error:
            result, reason = "refused", str(error)
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            attempts.append(None)
            result, reason = "lost", type(error).__name__
        except Exception:
            traceback.print_exc(file=sys.stderr)
            result, reason = "lost", "the sandbox has a bug: see its output"
        ended = self.records.event()
        self.messages.append(Message(line.name, line.way, result, reason, attempts, moment, began, ended))

    async def _attempt(self, text: str) -> list[int | None]:
        """Send one message, and return the statuses of its attempts."""
        line = self.line
        if line.way == "gateway":
            gateway = self.gateways[line.gateway]
            return [*await upload(self.client, self.store, gateway, self.nexus_url, line.ccid, line.number, text)]
        if line.way == "cloud":
            return [*await cloud_messages.forward(self.client, self.store, line.number, text)]
        outcome = await messaging.deliver(self.store, self.client, line.ccid, line.number, text)
        return [attempt["status"] for attempt in outcome["attempts"]]

    def _result(self, status: int | None) -> Result:
        if status is None or status >= 500:
            return "lost"
        if status < 300:
            return "delivered"
        refusal = int(self.store.switch("media.refusal")) if self.line.way == "gateway" else 401
        return "wrong secret" if status == refusal else "refused"
