# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the unit tests, and a guard that keeps each unit test in its process.

A unit test starts no process, and connects only to servers in its own threads. All other tests are integration tests.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.release import __version__

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from unit.doubles import Clock, Server

STARTS_A_PROCESS = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
UNIT = Path(__file__).parent
LOOPBACK = ("127.", "::1", "localhost")


class Guard:
    """Fails a unit test that starts a process, or connects to another host."""

    is_on = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Check an audit event of Python (PEP 578)."""
        if not self.is_on:
            return
        if event in STARTS_A_PROCESS:
            pytest.fail(f"A unit test must not start a process ({event}). Move it to tests/integration.")
        if event == "socket.connect" and not str(arguments[1][0]).startswith(LOOPBACK):
            pytest.fail(f"A unit test must not connect to {arguments[1]}. Start a server with the fixture 'server'.")


guard = Guard()
sys.addaudithook(guard)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Guard a unit test and its fixtures. pytest calls this for the tests of all folders."""
    guard.is_on = item.path.is_relative_to(UNIT)
    try:
        return (yield)
    finally:
        guard.is_on = False


def pytest_sessionstart() -> None:
    """Initialize Ansible's plugin loader, as Ansible's programs do.

    Since ansible-core 2.19 the tests do not need it. It takes a third of a second.
    """
    if tuple(map(int, __version__.split(".")[:2])) < (2, 19):
        from ansible.plugins.loader import init_plugin_loader

        init_plugin_loader()


@pytest.fixture(autouse=True)
def environment(clean_environment: None) -> None:
    """Remove the collection's variables of the developer's shell from the environment."""


@pytest.fixture
def clock() -> Clock:
    """Return a clock whose sleep() does not wait."""
    from unit.doubles import Clock

    return Clock()


@pytest.fixture
def time_limits(monkeypatch: pytest.MonkeyPatch) -> dict[str, float | None]:
    """Return the time limit of each request by its path. None: that of the connection."""
    from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Answer, Http

    limits: dict[str, float | None] = {}
    request = Http.request

    def note(http: Http, method: str, path: str, *what: Any, **options: Any) -> Answer:
        limits[path] = options.get("time_limit")
        return request(http, method, path, *what, **options)

    monkeypatch.setattr(Http, "request", note)
    return limits


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a server with the replies of the test."""
    from unit.doubles import serve

    with serve() as running:
        yield running
