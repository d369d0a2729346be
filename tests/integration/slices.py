# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run slices of an inventory side by side with ansible-runner, as AWX does: each has only its own hosts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from integration.provisioning import PROVISION, Site, Variables, write_inventory, write_yaml
from unit.summaries import Json, valid

Way = Literal["run", "worker"]
Processes = list[subprocess.Popen[bytes]]

_LIMIT_SECONDS = 300


class Slices:
    """The tenants of a site, dealt to slices one by one, as AWX does."""

    def __init__(self, site: Site, count: int) -> None:
        self.count = count
        self._site = site
        self._summaries = site.directory / "summaries"
        self._rounds = 0

    def names(self, number: int) -> list[str]:
        """Return the tenants of a slice. The first slice is 1."""
        return sorted(self._site.hosts)[number - 1 :: self.count]

    def summary_file(self, number: int) -> Path:
        """Return the file that a slice of the last round wrote."""
        return self._summaries / f"{self._rounds}-{number}.json"

    def summaries(self) -> list[Json]:
        """Return the summaries of the last round."""
        paths = map(self.summary_file, range(1, self.count + 1))
        return [valid(json.loads(path.read_text(encoding="ascii"))) for path in paths]

    def run(self, way: Way) -> list[str]:
        """Run all slices side by side. Return their output. They must succeed."""
        with self.started(way) as (slices, outputs):
            statuses = [[process.wait(_LIMIT_SECONDS) for process in processes] for processes in slices]
        told = [output.read_text(encoding="utf-8", errors="replace") for output in outputs]
        assert all(status == 0 for each in statuses for status in each), "\n".join(told)
        return told

    @contextmanager
    def started(self, way: Way) -> Iterator[tuple[list[Processes], list[Path]]]:
        """Start all slices. Yield the processes of each, and the file with its output."""
        self._rounds += 1
        self._summaries.mkdir(exist_ok=True)
        with ExitStack() as stack:
            slices, outputs = [], []
            for number in range(1, self.count + 1):
                directory = self._prepare(number)
                # ansible-core makes sockets there, whose whole path may have 107 characters at most.
                scratch = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
                env = {**os.environ, "TMPDIR": scratch, "HOME": scratch, "ANSIBLE_HOME": scratch}
                outputs.append(directory / "output")
                with outputs[-1].open("wb") as output:
                    slices.append(_start(_commands(way, directory, Path(scratch)), env, output))
            try:
                yield slices, outputs
            finally:
                for process in (process for processes in slices for process in processes):
                    if process.poll() is None:
                        kill(process)
                        process.wait(_LIMIT_SECONDS)

    def _prepare(self, number: int) -> Path:
        """Write the private data directory of a slice."""
        site, mine = self._site, self.names(number)
        directory = site.directory / f"{self._rounds}-{number}"
        groups: dict[str, dict[str, Variables]] = {"kaleyra": {}, "custom_gateway": {}, "genesys_cloud": {}}
        for name in mine:
            groups[site.option(name)][name] = site.hosts[name]
        (directory / "project").mkdir(parents=True)
        (directory / "inventory").mkdir()
        write_inventory(directory / "inventory", groups, {})
        extra: dict[str, Any] = {"summary_slice_number": number, "summary_slice_count": self.count}
        write_yaml(directory / "env/extravars", {**extra, "summary_file": str(self.summary_file(number))})
        write_yaml(directory / "env/envvars", {"ANSIBLE_CALLBACKS_ENABLED": "cxops.genesys_sms.summary"})
        return directory


def _commands(way: Way, directory: Path, scratch: Path) -> list[list[str | Path]]:
    """Return the commands of a slice, to be connected by pipes."""
    if way == "run":
        return [["ansible-runner", "run", directory, "-p", PROVISION]]
    worker, results = scratch / "worker", scratch / "results"
    worker.mkdir()
    results.mkdir()
    return [
        ["ansible-runner", "transmit", directory, "-p", PROVISION],
        ["ansible-runner", "worker", "--private-data-dir", worker],
        ["ansible-runner", "process", results],
    ]


def _start(commands: Sequence[Sequence[str | Path]], env: Mapping[str, str], output: Any) -> Processes:
    processes: Processes = []
    for place, command in enumerate(commands):
        is_last = place == len(commands) - 1
        source = processes[-1].stdout if processes else subprocess.DEVNULL
        processes.append(
            subprocess.Popen(
                command,
                env=dict(env),
                stdin=source,
                stdout=output if is_last else subprocess.PIPE,
                stderr=output,
            )
        )
        if place:
            # Only the next process reads it.
            pipe = processes[place - 1].stdout
            assert pipe is not None
            pipe.close()
    return processes


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and all that it started at once, as the end of a container does."""
    family, found = {process.pid}, True
    while found:
        found = False
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                # The name of the program may have blanks. After it come the state and the parent.
                parent = int(path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent in family and int(path.parent.name) not in family:
                family.add(int(path.parent.name))
                found = True
    # First none of them goes on, so that none sees the end of another one.
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
