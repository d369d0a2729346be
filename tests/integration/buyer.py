# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tasks that buy numbers, each in a process of its own, which can be killed at any point.

    with Buyers() as buyers:
        run = buyers.run(gc_tollfree_numbers.TASK, arguments, kill=(3, "before"))

As a program it reads orders from its standard input, a line of JSON each, and forks for each of them: so the imports
are paid once.
"""

from __future__ import annotations

import http.client
import importlib
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils import _http, _journal
from ansible_collections.cxops.genesys_sms.plugins.module_utils._task import CLIENTS, Task, execute
from unit.doubles import validated

When = Literal["before", "within", "after"]

MODULES = "ansible_collections.cxops.genesys_sms.plugins.modules"


@dataclass(frozen=True)
class Bought:
    """What came of a task."""

    # None: it was killed.
    result: dict[str, Any] | None
    # What it did that can be interrupted, in order: requests, and lines of the journal.
    points: list[str]

    @property
    def killed(self) -> bool:
        """Whether it came to no end."""
        return self.result is None

    @property
    def failure(self) -> str:
        """The sentence with which it failed, or an empty text."""
        assert self.result is not None
        return str(self.result["msg"]) if self.result.get("failed") else ""


class Buyers:
    """The program, running."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Buyers:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.communicate()

    def run(self, task: Task, asked: Mapping[str, Any], kill: tuple[int, When] | None = None) -> Bought:
        """Run a task; kill it before, within or after one of its points, the first of which is 1."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"module": task.name, "asked": asked, "kill": kill}), file=self._process.stdin, flush=True)
        return Bought(**json.loads(self._process.stdout.readline()))


def main() -> None:
    """Do what the standard input says."""
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


class _Killer:
    """Ends this process at a point, before, within or after what is done there; tells each point that is come to."""

    def __init__(self, tell: Callable[[object], None], kill: tuple[int, When] | None) -> None:
        self._tell = tell
        self._number = 0
        self._kill_at = kill[0] if kill else 0
        self._when: When | None = kill[1] if kill else None

    def point(self, name: str, work: Callable[[], Any], part: Callable[[], object]) -> Any:
        """Do the work of a point, or as much of it as there is time for."""
        self._number += 1
        self._tell(name)
        when = self._when if self._number == self._kill_at else None
        if when == "within":
            part()
        if when in ("before", "within"):
            self.end()
        value = work()
        if when == "after":
            self.end()
        return value

    @staticmethod
    def end(*_arguments: object) -> None:
        """End at once."""
        os.kill(os.getpid(), signal.SIGKILL)


def _set_points(killer: _Killer, patch: pytest.MonkeyPatch) -> None:
    """Make each request, and each line of the journal, a point."""
    exchange, write = _http.Http._exchange, _journal._write

    def exchange_at_point(self: _http.Http, call: Any, method: str, options: dict[str, Any]) -> Any:
        def whole() -> Any:
            return exchange(self, call, method, options)

        def sent() -> None:
            """Send all, and end before a byte of the answer is read: the server goes on with it by itself."""
            patch.setattr(http.client.HTTPConnection, "getresponse", killer.end)
            whole()
            raise AssertionError("the answer was read")

        return killer.point(f"{method} {call.url.rpartition('/')[2]}", whole, sent)

    def write_at_point(descriptor: int, line: bytes) -> None:
        def whole() -> None:
            write(descriptor, line)

        killer.point(
            f"journal {json.loads(line)['event']}", whole, lambda: os.write(descriptor, line[: len(line) // 2])
        )

    patch.setattr(_http.Http, "_exchange", exchange_at_point)
    patch.setattr(_journal, "_write", write_at_point)


def _run(writer: int, module: str, asked: dict[str, Any], kill: tuple[int, When] | None) -> None:
    """Run a task in this process, and tell its points and its result."""
    task: Task = importlib.import_module(f"{MODULES}.{module}").TASK

    def tell(item: object) -> None:
        os.write(writer, json.dumps(item).encode() + b"\n")

    patch = pytest.MonkeyPatch()
    _set_points(_Killer(tell, kill), patch)
    # What spreads pauses makes them short here: there are a thousand runs to wait for.
    patch.setattr(random, "uniform", lambda least, most: most / 50)
    validation = validated(task, asked)
    result, _warnings = execute(
        task,
        validation.validated_parameters,
        asked,
        check_mode=False,
        diff_mode=False,
        secrets=validation._no_log_values,
        progress=lambda line: None,
    )
    CLIENTS.close()
    tell(result)


if __name__ == "__main__":
    main()
