# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages that were sent while something ran: what became of each, and how it lies beside the writes of that time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Way = Literal["out", "gateway", "cloud"]
Result = Literal["delivered", "refused", "wrong secret", "lost"]


@dataclass(frozen=True)
class Line:
    """One direction of a number. It has at most one message on its way."""

    name: str
    ccid: str
    number: str
    # out: from Digital Channels, over the tenant's SMS option. gateway: an upload by the gateway. cloud: a message and
    # its receipt from Genesys Cloud CX.
    way: Way = "out"
    # The gateway that uploads.
    gateway: str = ""


@dataclass(frozen=True)
class Message:
    """One message."""

    line: str
    way: Way
    # delivered: the other end accepted it. refused: it has no place there, or there is no way to it. wrong secret: the
    # other end does not have the secret with which it was sent. lost: no answer, or a server error.
    result: Result
    reason: str
    # HTTP statuses. None: no answer.
    attempts: list[int | None]
    # Seconds since the stream began.
    time: float
    # When it was begun and ended, in the same order of events as `arrived` and `answered` of requests.
    began: int
    ended: int

    def __str__(self) -> str:
        return f"{self.line} {self.way} at {self.time:.2f} s: {self.result} {self.attempts} {self.reason}"


class Request(Protocol):
    """A request that the sandbox recorded."""

    @property
    def arrived(self) -> int:
        """When it arrived."""

    @property
    def answered(self) -> int | None:
        """When it was answered."""


@dataclass
class Traffic:
    """The messages of a stream, oldest first."""

    messages: list[Message] = field(default_factory=list)

    def add(self, messages: Iterable[Mapping[str, Any]]) -> None:
        """Add messages as the sandbox returns them."""
        self.messages += [Message(**message) for message in messages]

    def of(self, line: str, *ways: Way) -> Traffic:
        """Return the messages of lines with this name."""
        return Traffic([one for one in self.messages if one.line == line and (not ways or one.way in ways)])

    def count(self, result: Result) -> int:
        """Return how many messages have this result."""
        return sum(one.result == result for one in self.messages)

    @property
    def failed(self) -> list[str]:
        """All messages that were not delivered, as sentences."""
        return [str(one) for one in self.messages if one.result != "delivered"]

    @property
    def longest_gap(self) -> list[Message]:
        """The longest series of messages of one line that were not delivered."""
        series: dict[tuple[str, Way], list[Message]] = {}
        longest: list[Message] = []
        for one in self.messages:
            found = series.setdefault((one.line, one.way), [])
            if one.result == "delivered":
                series[one.line, one.way] = []
                continue
            found.append(one)
            longest = max(longest, found, key=len)
        return list(longest)

    def before(self, request: Request) -> Traffic:
        """Return the messages that were ended when the request arrived."""
        return Traffic([one for one in self.messages if one.ended < request.arrived])

    def during(self, request: Request) -> Traffic:
        """Return the messages that were on their way between the request and its answer."""
        answered = _answered(request)
        return Traffic([one for one in self.messages if one.began < answered and one.ended > request.arrived])

    def after(self, request: Request) -> Traffic:
        """Return the messages that were begun when the request was answered."""
        answered = _answered(request)
        return Traffic([one for one in self.messages if one.began > answered])


def _answered(request: Request) -> int:
    assert request.answered is not None, "the request has no answer yet"
    return request.answered
