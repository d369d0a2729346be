# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all parts of the benchmark share: contenders, rounds, and the checks of what they do.

A comparison has several rounds, and each round runs every contender once. So changes in the speed of the machine affect
all of them. A first run starts with a fresh sandbox, a re-run with the state after the first run.

The results are also checked: all contenders must produce the same state.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sandbox.control import Sandbox

from bench.inventory import CLUSTER_API_KEY, JOURNAL, JOURNAL_NAME, KALEYRA_PASSWORD, KALEYRA_USERNAME, Fleet
from bench.measure import BenchError, Command, Run, Series

HERE = Path(__file__).parent
PROVISION = "cxops.genesys_sms.provision"
SENDER_IDS_PER_TENANT = 3

Measured = TypeVar("Measured")


@dataclass(frozen=True)
class Scale:
    """The size of the benchmark."""

    rounds: int
    # For the contenders and parts that take minutes.
    slow_rounds: int
    tenants: int
    # The channels of one of the tenants over a custom gateway.
    channels: int
    # The task results of the contender assert.
    floor_results: int
    # The sender IDs of one tenant, in one task and in a loop.
    sender_ids: int
    door_tenants: int
    # What each response is late in the part delay, in seconds.
    delay: float
    large_tenants: int
    slice_tenants: int
    slices: int
    # Milliseconds until a provisioning session is ready in the part waiting.
    ready_lag: int


@dataclass(frozen=True)
class Pair:
    """The first run of a contender, and the re-run, which has nothing to do."""

    first: Series
    again: Series


@dataclass
class Contender:
    """A way to provision tenants, and its runs so far."""

    name: str
    run: Callable[[Sandbox], Run]
    # Whether it compares before it writes.
    compares: bool = True
    first: list[Run] = field(default_factory=list)
    again: list[Run] = field(default_factory=list)

    def pair(self) -> Pair:
        """Return the runs."""
        return Pair(Series(tuple(self.first)), Series(tuple(self.again)))

    def run_again(self, sandbox: Sandbox) -> Run:
        """Run once more. Raise BenchError if it changes something, although nothing is left to do."""
        run = self.run(sandbox)
        if self.compares and (run.writes or run.changes):
            raise BenchError(f"{self.name}: a run still changes something, although nothing is left to do")
        self.again.append(run)
        return run


class Bench:
    """A running sandbox, and a directory for all that the commands write."""

    def __init__(self, sandbox: Sandbox, directory: Path, scale: Scale) -> None:
        self.sandbox = sandbox
        self.directory = directory
        self.scale = scale
        self.env = {
            **os.environ,
            **sandbox.env,
            "KALEYRA_USERNAME": KALEYRA_USERNAME,
            "KALEYRA_PASSWORD": KALEYRA_PASSWORD,
            "CLUSTER_API_KEY": CLUSTER_API_KEY,
            # Here ansible-runner looks for Ansible.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            # Here ordinary modules put their files, and here curl looks for a person's settings.
            "HOME": str(directory / "home"),
            # A proxy of the environment can't reach a loopback server.
            "no_proxy": "127.0.0.1",
        }

    def inventory(self, name: str, tenants: Fleet) -> Path:
        """Write the inventory of tenants. Return its directory."""
        return tenants.write_inventory(self.directory / name, self.sandbox.env)

    def playbook(self, playbook: str, inventory: Path, options: Sequence[str] = ()) -> Command:
        """Return the command that runs a playbook."""
        return Command([program("ansible-playbook"), "-i", str(inventory), *options, playbook], self.env, self.output())

    def curl(self, name: str, tenants: Fleet) -> Contender:
        """Return the contender that runs the commands of the guide."""
        lines = tenants.write_lines(self.directory / f"{name}.txt", self.sandbox.env)
        command = Command(["bash", str(HERE / "curl.sh")], self.env, self.output(), lines)
        return Contender("curl", command.run, compares=False)

    def output(self, name: str = "output") -> Path:
        """Return the file for the output of a command. Commands that run side by side need different ones."""
        return self.directory / name

    def begin(self, tenants: Fleet, delay: float = 0) -> None:
        """Reset the sandbox and the journals.

        :arg delay: seconds that each response is late from now on.
        """
        self.sandbox.reset(tenants.seed())
        for journal in self.directory.glob(f"*/{JOURNAL_NAME}"):
            journal.write_text(JOURNAL, encoding="utf-8")
        if delay:
            self.sandbox.fault("delay", seconds=delay, times=None)

    def rounds(self) -> range:
        """Return the numbers of the rounds."""
        return range(1, self.scale.rounds + 1)

    def slow_rounds(self) -> range:
        """Return the numbers of the rounds of slow contenders and parts."""
        return range(1, self.scale.slow_rounds + 1)

    def provision(self, contender: Contender, tenants: Fleet, number: int, delay: float = 0) -> Any:
        """Run a contender twice, and return the state of the tenants after that."""
        say(f"round {number}: {contender.name}")
        self.begin(tenants, delay)
        contender.first.append(contender.run(self.sandbox))
        contender.run_again(self.sandbox)
        return self.state(tenants)

    def state(self, tenants: Fleet) -> Any:
        """Return what the tenants have in all systems, and what they have bought."""
        states = [self.sandbox.state(tenant.ccid) for tenant in tenants.tenants]
        account = self.sandbox.account()
        numbers = [(item["tollfreeNumber"], item["moUrl"]) for item in account["numbers"]]
        return [(state["services"], state["sections"]) for state in states], numbers, account["spent"]


def by_option(tenants: Fleet, measure: Callable[[str], Measured]) -> dict[str, Measured]:
    """Return what a function measures with the last tenant of each SMS option, by option."""
    names = {tenants.option(tenant): tenant.name for tenant in tenants.tenants}
    return {option: measure(name) for option, name in names.items()}


def program(name: str) -> str:
    """Return the path of a program of the virtual environment."""
    return str(Path(sys.executable).with_name(name))


def require_same(states: Sequence[Any]) -> None:
    """Raise BenchError unless all states are the same."""
    if any(state != states[0] for state in states):
        raise BenchError("the contenders produced different states")


def say(text: str) -> None:
    """Show the progress."""
    print(text, file=sys.stderr, flush=True)
