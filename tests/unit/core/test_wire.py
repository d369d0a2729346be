# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections with a time limit: `_core/wire.py`. What a whole request does with them is in test_http.py."""

from __future__ import annotations

import http.client
import io
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import wire as _wire
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.wire import Wire, bounded
from unit.doubles import Clock


class Socket:
    """Notes its timeouts and what is sent; reads what a test gives it."""

    def __init__(self, content: bytes = b"", timeout: float | None = None) -> None:
        self.content = content
        self.timeout = timeout
        self.timeouts: list[float] = []
        self.sent: list[bytes] = []

    def gettimeout(self) -> float | None:
        return self.timeout

    def settimeout(self, seconds: float) -> None:
        self.timeout = seconds
        self.timeouts.append(seconds)

    def sendall(self, data: Any) -> None:
        self.sent.append(bytes(data))

    def makefile(self, mode: str) -> io.BufferedReader:
        raw: Any = io.BytesIO(self.content)
        return io.BufferedReader(raw)

    def close(self) -> None:
        """Nothing is open."""


class Pool:
    """A pool like urllib3's."""

    ConnectionCls = http.client.HTTPConnection


def connection(wire: Wire, sock: Socket | None = None) -> Any:
    made = bounded(Pool, wire).ConnectionCls("digital.example.com")
    made.sock = sock
    return made


@pytest.fixture
def wire(clock: Clock) -> Wire:
    made = Wire(clock)
    made.begin(clock.now + 10)
    return made


@pytest.mark.parametrize(("timeout", "after"), [(None, [10.0]), (30.0, [10.0]), (10.0, []), (5.0, [])])
def test_a_socket_waits_no_longer_than_is_left(wire: Wire, timeout: float | None, after: list[float]) -> None:
    sock = Socket(timeout=timeout)
    wire.limit(sock)
    assert sock.timeouts == after


def test_less_than_a_second_may_be_left(wire: Wire, clock: Clock) -> None:
    clock.now += 9.5
    sock = Socket()
    wire.limit(sock)
    assert sock.timeouts == [0.5]


@pytest.mark.parametrize("passed", [10.0, 11.0])
def test_no_operation_starts_after_the_time_limit(wire: Wire, clock: Clock, passed: float) -> None:
    clock.now += passed
    sock = Socket()
    with pytest.raises(TimeoutError):
        wire.limit(sock)
    assert sock.timeouts == []


def test_without_a_limit_there_is_no_end() -> None:
    sock = Socket()
    Wire(lambda: 1e300).limit(sock)
    assert sock.timeouts == [float("inf")]


def test_a_new_request_is_not_known_to_be_unsent(wire: Wire) -> None:
    wire.is_unsent = True
    wire.begin(5.0)
    assert (wire.give_up, wire.is_unsent) == (5.0, False)


def test_a_long_body_is_sent_in_parts_each_with_the_time_that_is_left(wire: Wire, clock: Clock) -> None:
    sock = Socket()
    body = bytes(range(256)) * 256
    connection(wire, sock).send(body)
    assert [len(part) for part in sock.sent] == [16384] * 4
    assert b"".join(sock.sent) == body
    assert sock.timeouts == [10.0]
    clock.now += 10
    with pytest.raises(TimeoutError):
        connection(wire, sock).send(b"x")


@pytest.mark.parametrize("size", [1, 16384, 16385])
def test_a_part_has_the_size_of_a_tls_record(wire: Wire, size: int) -> None:
    sock = Socket()
    connection(wire, sock).send(b"x" * size)
    assert [len(part) for part in sock.sent] == ([16384, 1] if size > 16384 else [size])


def test_a_request_without_a_connection_is_unsent(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> None:
        raise ConnectionRefusedError

    made = connection(wire)
    monkeypatch.setattr(made, "_create_connection", refuse)
    with pytest.raises(ConnectionRefusedError):
        made.send(b"x")
    assert wire.is_unsent


def response(wire: Wire, content: bytes) -> Any:
    made = connection(wire).response_class(Socket(content), method="GET")
    made.begin()
    return made


def test_a_response_is_read() -> None:
    made = response(Wire(), b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab")
    assert (made.status, made.read()) == (200, b"ab")


def test_informational_responses_are_skipped() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nX-A: 1\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
    made = response(Wire(), hints + b"HTTP/1.1 204 No Content\r\nX-B: 2\r\n\r\n")
    assert (made.status, made.getheader("X-A"), made.getheader("X-B")) == (204, None, "2")


def test_a_101_is_not_skipped() -> None:
    assert response(Wire(), b"HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\n\r\n").status == 101


def test_a_head_that_is_not_complete_is_refused() -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        response(Wire(), b"HTTP/1.1 200 OK\r\nContent-Le")


def test_each_read_has_the_time_that_is_left(wire: Wire, clock: Clock) -> None:
    made = response(wire, b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + b"x" * 20000)
    clock.now += 10
    with pytest.raises(TimeoutError):
        made.read()


def test_a_reader_closes_what_it_reads_from() -> None:
    raw = io.BytesIO(b"ab")
    reader = _wire._Reader(Wire(), Socket(), raw)
    buffer = bytearray(4)
    assert (reader.readable(), reader.readinto(buffer), reader.at_end) == (True, 2, False)
    assert (reader.readinto(buffer), reader.at_end) == (0, True)
    reader.close()
    reader.close()
    assert raw.closed


def test_a_wire_without_a_request_has_failed_at_nothing() -> None:
    assert Wire().is_unsent is False


def test_a_closed_reader_is_closed_with_its_file(wire: Wire) -> None:
    raw = io.BytesIO()
    reader = _wire._Reader(wire, Socket(), raw)
    reader.close()
    assert (reader.closed, raw.closed) == (True, True)


def test_a_new_connection_is_limited_before_it_sends(wire: Wire) -> None:
    made, sock = connection(wire), Socket()
    made.connect = lambda: setattr(made, "sock", sock)
    made.send(b"x")
    assert (sock.timeouts, sock.sent) == ([10.0], [b"x"])


def test_a_file_is_sent(wire: Wire) -> None:
    sock = Socket()
    connection(wire, sock).send(io.BytesIO(b"abc"))
    assert sock.sent == [b"abc"]


def test_the_last_informational_status_is_skipped(wire: Wire) -> None:
    heads = b"HTTP/1.1 199 Wait\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    response = _wire._Response(wire, Socket(heads))
    response.begin()
    assert response.status == 200
