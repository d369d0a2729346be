# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run tasks that buy numbers, each in its own process. An event can happen at any point of a task.

    with Buyers() as buyers:
        run = buyers.run(gc_tollfree_numbers.TASK, arguments, Event(3, "before", "kill"))

As a program, it reads one JSON line from its standard input for each task, and forks for each of them. So the imports
happen only once.
"""

from __future__ import annotations

import http.client
import importlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import psycopg
import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import http as _http
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Task, execute
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import database_store as _table
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import file_store as _store
from integration.journals import place_of, sent_alone
from integration.postgres import restart
from tools.collection import ROOT, update_copy
from unit.doubles import validated

When = Literal["before", "within", "after"]
How = Literal["kill", "cut", "restarted", "removed", "replaced", "emptied", "older"]

LONGEST_PAUSE = 0.04
"""The longest random pause before a point, in seconds."""

MODULES = "ansible_collections.cxops.genesys_sms.plugins.modules"


@dataclass(frozen=True)
class Event:
    """An event before, within or after a point. The first point is 1.

    :arg kind: how the names of the points begin that are counted. Empty: all points are counted.

    The process is killed. Or its connection to the database of the journal is cut, or the database's server is killed
    and started again. Or the journal is removed, replaced by a new one, emptied, or cut to an older copy; the former
    state of the journal is kept then.
    """

    at: int
    when: When
    how: How
    journal: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Bought:
    """The outcome of a task."""

    # None: the process was killed.
    result: dict[str, Any] | None
    # The points that the task reached, in order: requests, and lines of the journal.
    points: list[str]

    @property
    def killed(self) -> bool:
        """Whether the process was killed."""
        return self.result is None

    @property
    def failure(self) -> str:
        """The message of the failed task, or an empty text."""
        assert self.result is not None
        return str(self.result["msg"]) if self.result.get("failed") else ""


class Buyers:
    """The running program.

    :arg machine: a directory, which gets a checkout, a home and a temporary directory of its own. The program uses
        nothing else. None: it uses those of the tests.
    :ivar clock: the seconds by which its clock is ahead.
    :ivar pace: the seed of random pauses before each point. None: there are no pauses.
    """

    def __init__(self, machine: Path | None = None) -> None:
        self._machine = machine
        self._process: subprocess.Popen[str] | None = None
        self.clock = 0.0
        self.pace: int | None = None

    def __enter__(self) -> Buyers:
        program, env, home = Path(__file__), {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, None
        if self._machine is not None:
            checkout = self._machine / "ansible_collections/cxops/genesys_sms"
            update_copy(copy=checkout)
            program = checkout / program.relative_to(ROOT)
            home = self._machine / "home"
            home.mkdir()
            paths = os.pathsep.join(map(str, (self._machine, checkout / "tests")))
            env = {"HOME": str(home), "TMPDIR": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": paths}
        self._process = subprocess.Popen(
            [sys.executable, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env, cwd=home
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.communicate()

    def run(self, task: Task, asked: Mapping[str, Any], event: Event | None = None) -> Bought:
        """Run a task, perhaps with an event."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {
            "module": task.name,
            "asked": asked,
            "event": asdict(event) if event else None,
            "clock": self.clock,
            "pace": self.pace,
        }
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return Bought(**json.loads(self._process.stdout.readline()))


def main() -> None:
    """Run the tasks that the standard input names."""
    for module in ("gc_tollfree_numbers", "gc_purchase_journal"):
        importlib.import_module(f"{MODULES}.{module}")
    for line in sys.stdin:
        order = json.loads(line)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            _run(writer, **order)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            told = [json.loads(text) for text in pipe]
        _pid, status = os.waitpid(child, 0)
        results = [item for item in told if isinstance(item, dict)]
        points = [item for item in told if isinstance(item, str)]
        if not results and os.WTERMSIG(status) != signal.SIGKILL:
            raise SystemExit("a task ended without a result, and nobody killed it")
        print(json.dumps({"result": results[0] if results else None, "points": points}), flush=True)


class _Fate:
    """Lets an event happen before, within or after a point. Reports each point that is reached.

    :arg pace: the seed of random pauses before each point. None: there are no pauses.
    """

    def __init__(self, tell: Callable[[object], None], event: Event | None, pace: int | None) -> None:
        self._tell = tell
        self._number = 0
        self._event = event
        self._chance = None if pace is None else random.Random(pace)

    def point(self, name: str, work: Callable[[], Any], part: Callable[[], object]) -> Any:
        """Do the work of a point, or a part of it if the event happens within."""
        self._tell(name)
        is_meant = self._event is not None and name.startswith(self._event.kind)
        self._number += is_meant
        if self._chance is not None:
            time.sleep(self._chance.random() * LONGEST_PAUSE)
        event = self._event if is_meant and self._event and self._number == self._event.at else None
        if event and event.when == "within":
            part()
        if event and event.when in ("before", "within"):
            self._happen(event)
        value = work()
        if event and event.when == "after":
            self._happen(event)
        return value

    def _happen(self, event: Event) -> None:
        if event.how == "kill":
            self.end()
        elif event.how == "cut":
            cut()
        elif event.how == "restarted":
            restart(event.journal)
        else:
            place_of(event.journal).swap(event.how)

    @staticmethod
    def end(*_arguments: object) -> None:
        """Kill this process."""
        os.kill(os.getpid(), signal.SIGKILL)


_sessions: list[psycopg.Connection[Any]] = []
"""The connections that wrote to a database."""


def cut() -> None:
    """Cut the connections to the database."""
    for session in _sessions:
        if not session.closed:
            with socket.socket(fileno=os.dup(session.fileno())) as connection, suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _set_points(fate: _Fate, patch: pytest.MonkeyPatch) -> None:
    """Make each request and each line of the journal a point."""
    exchange, write, add = _http.Http._exchange, _store._write, _table._add

    def exchange_at_point(self: _http.Http, call: Any, method: str, options: dict[str, Any]) -> Any:
        def whole() -> Any:
            return exchange(self, call, method, options)

        def sent() -> None:
            """Send the whole request, and end before a byte of the answer is read. The server carries it out."""
            patch.setattr(http.client.HTTPConnection, "getresponse", fate.end)
            whole()
            raise AssertionError("the answer was read")

        return fate.point(f"{method} {call.url.rpartition('/')[2]}", whole, sent)

    def write_at_point(descriptor: int, line: bytes) -> None:
        def whole() -> None:
            write(descriptor, line)

        fate.point(f"journal {json.loads(line)['event']}", whole, lambda: os.write(descriptor, line[: len(line) // 2]))

    def add_at_point(connection: psycopg.Connection[Any], name: str, number: int, line: bytes) -> Any:
        def whole() -> int:
            return add(connection, name, number, line)

        _sessions.append(connection)
        sent = partial(sent_alone, connection, name, number, line)
        return fate.point(f"journal {json.loads(line)['event']}", whole, sent)

    patch.setattr(_http.Http, "_exchange", exchange_at_point)
    patch.setattr(_store, "_write", write_at_point)
    patch.setattr(_table, "_add", add_at_point)


def _run(
    writer: int, module: str, asked: dict[str, Any], event: dict[str, Any] | None, clock: float, pace: int | None
) -> None:
    """Run a task in this process, and report its points and its result."""
    task: Task = importlib.import_module(f"{MODULES}.{module}").TASK

    def tell(item: object) -> None:
        os.write(writer, json.dumps(item).encode() + b"\n")

    patch = pytest.MonkeyPatch()
    _set_points(_Fate(tell, Event(**event) if event else None, pace), patch)
    patch.setattr(time, "time", lambda now=time.time: now() + clock)
    # Make pauses short, because there are a thousand runs.
    patch.setattr(random, "uniform", lambda least, most: most / 50)
    validation = validated(task, asked)
    result, warnings = execute(
        task,
        validation.validated_parameters,
        asked,
        check_mode=False,
        diff_mode=False,
        secrets=validation._no_log_values,
        progress=lambda line: None,
    )
    tell({**result, "warnings": warnings})


if __name__ == "__main__":
    main()
