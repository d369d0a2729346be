# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command, and measure it from start to end."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.control import Record, Sandbox

# A line such as "tenant001 : ok=5 changed=3 unreachable=0 failed=0 …" at the end of a playbook's output.
_RECAP = re.compile(r"^(\S+) +: (ok=\d+ .*)$", re.MULTILINE)


class BenchError(RuntimeError):
    """A measured command did not do its work."""


@dataclass(frozen=True)
class Run:
    """The measurements of one run of a command."""

    seconds: float
    # For all its processes. On a busy machine the elapsed time grows, but this hardly does.
    cpu_seconds: float
    # The resident memory of its largest process. Of several commands side by side: the sum of these.
    peak_bytes: int
    # The counts in a playbook's recap by host. Empty for other commands.
    recap: Mapping[str, Mapping[str, int]]
    requests: tuple[Record, ...]

    @property
    def results(self) -> dict[str, int]:
        """How many task results there were, by host."""
        return {host: counts["ok"] + counts["skipped"] for host, counts in self.recap.items()}

    @property
    def changes(self) -> int:
        """How many tasks of a playbook changed something."""
        return sum(counts["changed"] for counts in self.recap.values())

    @property
    def writes(self) -> int:
        """How many requests were writes."""
        return sum(record.write for record in self.requests)


@dataclass(frozen=True)
class Series:
    """Several runs of one command."""

    runs: tuple[Run, ...]

    @property
    def median(self) -> float:
        """The median of the seconds."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def cpu_median(self) -> float:
        """The median of the seconds of processor time."""
        return statistics.median(run.cpu_seconds for run in self.runs)

    @property
    def least(self) -> float:
        """The shortest time in seconds."""
        return min(run.seconds for run in self.runs)

    @property
    def most(self) -> float:
        """The longest time in seconds."""
        return max(run.seconds for run in self.runs)

    @property
    def peak_bytes(self) -> int:
        """The largest memory of all runs."""
        return max(run.peak_bytes for run in self.runs)

    def requests(self, count: Callable[[Run], int] = lambda run: len(run.requests)) -> int:
        """Return a count of requests. Raise BenchError if it differs between runs."""
        counts = {count(run) for run in self.runs}
        if len(counts) > 1:
            raise BenchError(f"one command sent different numbers of requests: {sorted(counts)}")
        return counts.pop()


@dataclass(frozen=True)
class Command:
    """A command with its environment and standard input. The output goes to a file, as it would in a pipeline."""

    words: Sequence[str]
    env: Mapping[str, str]
    output: Path
    stdin: Path = Path(os.devnull)

    def run(self, sandbox: Sandbox) -> Run:
        """Run the command. Raise BenchError if it fails."""
        return run_together([self], sandbox)


def run_together(commands: Sequence[Command], sandbox: Sandbox) -> Run:
    """Run commands side by side, as one measured run. Raise BenchError if one fails."""
    sandbox.clear_requests()
    started = time.perf_counter()
    processes = [_start(command) for command in commands]
    # Unlike wait(), this returns the resource usage of the process. All processes are waited for before one is judged.
    ends = [os.wait4(process.pid, 0) for process in processes]
    seconds = time.perf_counter() - started
    recap: dict[str, Mapping[str, int]] = {}
    for command, process, (_pid, status, _usage) in zip(commands, processes, ends, strict=True):
        process.returncode = os.waitstatus_to_exitcode(status)
        text = command.output.read_text(encoding="utf-8")
        if process.returncode:
            raise BenchError(f"{' '.join(command.words)} ended with {process.returncode}:\n{text[-4000:]}")
        recap.update(_recap(text))
    usages = [usage for _pid, _status, usage in ends]
    cpu_seconds = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    # Linux counts in KiB.
    peak_bytes = sum(usage.ru_maxrss for usage in usages) * 1024
    return Run(seconds, cpu_seconds, peak_bytes, recap, tuple(sandbox.requests()))


def _start(command: Command) -> subprocess.Popen[bytes]:
    with command.stdin.open("rb") as stdin, command.output.open("wb") as output:
        return subprocess.Popen(
            command.words,
            env=command.env,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=command.output.parent,
        )


def _recap(output: str) -> dict[str, dict[str, int]]:
    return {
        host: {key: int(value) for key, value in (word.split("=") for word in counts.split())}
        for host, counts in _RECAP.findall(output)
    }
