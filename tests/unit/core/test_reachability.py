# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a host accepts connections, without a request: `_core/reachability.py`."""

from __future__ import annotations

import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.reachability import Reach, port_of, reach
from unit.doubles import Clock

Secure = tuple[str, list[bytes]]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return a certificate authority that is not trusted by default."""
    return trustme.CA()


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a server that serves each connection so. Yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            while True:
                try:
                    client, _address = server.accept()
                except OSError:
                    return
                with client:
                    serve(client)

        thread = Thread(target=run, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            # accept() of the thread returns.
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[tuple[str, list[bytes]]]:
    """Run a server with TLS. Return its address, and what it receives."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    received: list[bytes] = []

    def serve(client: socket.socket) -> None:
        # The client may refuse the certificate, or close the connection without a word.
        with suppress(OSError), context.wrap_socket(client, server_side=True) as tls:
            received.append(tls.recv(4096))

    with listening(serve) as address:
        yield address, received


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> str:
    """Return a file with the authority of the server."""
    path = tmp_path / "ca.pem"
    path.write_bytes(authority.cert_pem.bytes())
    return str(path)


def closed() -> str:
    """Return the address of a port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def tried(url: str, clock: Clock | None = None, **options: Any) -> Reach:
    clock = clock or Clock()
    given = {"retries": 0, "timeout": 5.0, **options}
    return reach(Connection("the host", "urls", url, **given), clock=clock, sleep=clock.sleep)


@pytest.mark.parametrize(
    ("url", "port"), [("https://a", 443), ("http://a/x", 80), ("https://a:8443/", 8443), ("http://[::1]:81", 81)]
)
def test_the_port_of_a_url(url: str, port: int) -> None:
    assert port_of(url) == port


def test_a_host_that_listens_is_reachable_and_gets_no_request() -> None:
    received: list[bytes] = []
    with listening(lambda client: received.append(client.recv(4096))) as address:
        assert tried(f"http://{address}/hook?token=x") == Reach(True)
    assert set(received) <= {b""}


def test_tls_is_part_of_the_check(secure: Secure, trusted: str) -> None:
    address, received = secure
    assert tried(f"https://{address}", ca_path=trusted) == Reach(True)
    assert tried(f"https://{address}", validate_certs=False) == Reach(True)
    assert set(received) <= {b""}


def test_a_certificate_that_is_not_trusted(secure: Secure, clock: Clock) -> None:
    found = tried(f"https://{secure[0]}", clock, retries=3)
    assert found.is_reachable is False
    assert found.problem == "failed the TLS handshake: unable to get local issuer certificate"
    assert clock.pauses == []


def test_a_certificate_of_another_host(secure: Secure, trusted: str) -> None:
    found = tried(f"https://{secure[0].replace('127.0.0.1', 'localhost')}", ca_path=trusted)
    assert found.is_reachable is False
    assert found.problem is not None
    assert "Hostname mismatch" in found.problem


def test_a_host_without_tls() -> None:
    with listening(lambda client: client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as address:
        found = tried(f"https://{address}")
    assert found.is_reachable is False
    assert str(found.problem).startswith("failed the TLS handshake: ")


def test_a_refused_connection_is_tried_again(clock: Clock) -> None:
    found = tried(f"https://{closed()}", clock, retries=2)
    assert found == Reach(False, "could not be reached: Connection refused")
    assert len(clock.pauses) == 2


def test_the_time_limit_ends_the_attempts(clock: Clock) -> None:
    assert tried(f"https://{closed()}", clock, retries=100, time_limit=1.0).is_reachable is False
    assert 0 < sum(clock.pauses) <= 1.0


def test_a_name_that_is_not_resolved() -> None:
    found = tried("https://gateway.invalid")
    assert found.is_reachable is False
    assert str(found.problem).startswith("could not be reached: its name was not resolved: ")


def test_a_name_that_is_not_valid() -> None:
    assert tried(f"https://{'a' * 64}.example") == Reach(False, "could not be reached: its name is not valid")


def test_a_host_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as server:
        found = tried(f"https://127.0.0.1:{server.getsockname()[1]}", timeout=0.2)
    assert found == Reach(False, "did not accept a connection within 0.2 s")


def test_a_missing_file_of_certificates() -> None:
    found = tried("https://gateway.example.com", ca_path="/nonexistent.pem")
    assert found == Reach(False, "was not called: a file with certificates can't be used: No such file or directory")


# Proxies


def test_a_proxy_is_asked_for_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[bytes] = []

    def refuse(client: socket.socket) -> None:
        received.append(client.recv(4096))
        client.sendall(b"HTTP/1.1 403 Forbidden by \x1b[31m\r\n\r\n")

    with listening(refuse) as address:
        monkeypatch.setenv("https_proxy", f"http://user:canary@{address}")
        found = tried("https://gateway.example.com/hook")
    proxy = f"http://{address} (environment variable https_proxy)"
    assert found == Reach(False, f"could not be reached through the proxy {proxy}, which answered 403")
    assert received[0].startswith(b"CONNECT gateway.example.com:443 ")
    assert b64encode(b"user:canary") in received[0]


def test_a_host_behind_a_proxy_is_reachable(monkeypatch: pytest.MonkeyPatch, secure: Secure, trusted: str) -> None:
    host, _colon, port = secure[0].rpartition(":")

    def tunnel(client: socket.socket) -> None:
        client.recv(4096)
        with socket.create_connection((host, int(port))) as target:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = Thread(target=_copy, args=(target, client), daemon=True)
            back.start()
            _copy(client, target)
            back.join(5)

    with listening(tunnel) as proxy:
        monkeypatch.setenv("https_proxy", proxy)
        assert tried(f"https://{secure[0]}", ca_path=trusted) == Reach(True)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(4096):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_a_host_that_needs_no_proxy(monkeypatch: pytest.MonkeyPatch, secure: Secure, trusted: str) -> None:
    monkeypatch.setenv("https_proxy", f"http://{closed()}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert tried(f"https://{secure[0]}", ca_path=trusted) == Reach(True)


@pytest.mark.parametrize(
    ("variable", "proxy", "url"),
    [
        ("https_proxy", "socks5://127.0.0.1:1080", "https://gateway.example.com"),
        ("https_proxy", "https://127.0.0.1:3128", "https://gateway.example.com"),
        ("https_proxy", "http://:bad", "https://gateway.example.com"),
        ("http_proxy", "http://127.0.0.1:3128", "http://gateway.example.com"),
    ],
)
def test_what_a_proxy_does_not_let_be_checked(
    monkeypatch: pytest.MonkeyPatch, variable: str, proxy: str, url: str
) -> None:
    monkeypatch.setenv(variable, proxy)
    found = tried(url)
    assert found.is_reachable is None
    assert f"through the proxy {proxy} (environment variable {variable})" in str(found.problem)
