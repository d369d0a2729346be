# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comparisons.

Each comparison has several rounds, and each round runs every contender once. So changes in the speed of the machine
affect all of them. A first run starts with a fresh sandbox, a re-run with the state after the first run.

The results are also checked: all contenders must produce the same state.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sandbox.control import Sandbox

from bench.inventory import CLUSTER_API_KEY, JOURNAL, KALEYRA_PASSWORD, KALEYRA_USERNAME, Fleet, fleet
from bench.measure import BenchError, Command, Run, Series

SENDER_IDS_PER_TENANT = 3

_HERE = Path(__file__).parent
_PROVISION = "cxops.genesys_sms.provision"


@dataclass(frozen=True)
class Scale:
    """The size of the benchmark."""

    rounds: int
    tenants: int
    # The channels of one of the tenants over a custom gateway.
    channels: int
    # The sender IDs of one tenant, in one task and in a loop. The loop is slow, so it runs in fewer rounds.
    sender_ids: int
    loop_rounds: int
    door_tenants: int


@dataclass(frozen=True)
class Pair:
    """The first run of a contender, and the re-run, which has nothing to do."""

    first: Series
    again: Series


@dataclass(frozen=True)
class FleetResult:
    """Many tenants, provisioned in different ways."""

    playbook: Pair
    uri: Pair
    curl: Pair
    floor: Series
    # The count of task results of the playbook, which the floor has too.
    task_results: int
    gateways: int
    clouds: int
    # The count of requests for one tenant, in the first run and in the re-run, by its SMS option.
    requests: Mapping[str, tuple[int, int]]


@dataclass
class _Contender:
    name: str
    command: Command
    # Whether it compares before it writes.
    compares: bool = True
    first: list[Run] = field(default_factory=list)
    again: list[Run] = field(default_factory=list)

    def pair(self) -> Pair:
        return Pair(Series(tuple(self.first)), Series(tuple(self.again)))


class Bench:
    """A running sandbox, and a directory for all that the commands write."""

    def __init__(self, sandbox: Sandbox, directory: Path, scale: Scale) -> None:
        self._sandbox = sandbox
        self._directory = directory
        self._scale = scale
        self._env = {
            **os.environ,
            **sandbox.env,
            "KALEYRA_USERNAME": KALEYRA_USERNAME,
            "KALEYRA_PASSWORD": KALEYRA_PASSWORD,
            "CLUSTER_API_KEY": CLUSTER_API_KEY,
            # Here ordinary modules put their files, and here curl looks for a person's settings.
            "HOME": str(directory / "home"),
            # A proxy of the environment can't reach a loopback server.
            "no_proxy": "127.0.0.1",
        }

    def compare_fleet(self) -> FleetResult:
        """Provision many tenants: the playbook, the uri module, curl; and Ansible's own cost for as many results."""
        tenants = fleet(self._scale.tenants, SENDER_IDS_PER_TENANT, self._scale.channels)
        inventory = tenants.write_inventory(self._directory / "fleet", self._sandbox.env)
        lines = tenants.write_lines(self._directory / "fleet.txt", self._sandbox.env)
        curl = Command(["bash", str(_HERE / "curl.sh")], self._env, self._directory / "output", lines)
        contenders = [
            _Contender("playbook", self._playbook(_PROVISION, inventory)),
            _Contender("uri", self._playbook(str(_HERE / "uri.yml"), inventory)),
            _Contender("curl", curl, compares=False),
        ]
        results = self._count_results(contenders[0], tenants)
        requests = self._count_requests(tenants, inventory)
        floor = self._playbook(str(self._write_floor(results)), inventory)
        floors: list[Run] = []
        states: list[Any] = []
        for number in self._rounds():
            states += [self._provision(contender, tenants, number) for contender in contenders]
            _say(f"round {number}: assert")
            floors.append(floor.run(self._sandbox))
        _require_same(states)
        if any(run.results != results for run in floors):
            raise BenchError("the floor and the playbook have different counts of task results")
        playbook, uri, curl_pair = (contender.pair() for contender in contenders)
        total = sum(results.values())
        counts = (total, len(tenants.channels), len(tenants.clouds))
        return FleetResult(playbook, uri, curl_pair, Series(tuple(floors)), *counts, requests)

    def compare_lists(self) -> tuple[Pair, Pair]:
        """Provision many sender IDs of one tenant, in one task and in a loop."""
        tenants = fleet(1, self._scale.sender_ids)
        inventory = tenants.write_inventory(self._directory / "list", self._sandbox.env)
        bulk = _Contender("sender IDs in one task", self._playbook(str(_HERE / "sender_ids_bulk.yml"), inventory))
        loop = _Contender("sender IDs in a loop", self._playbook(str(_HERE / "sender_ids_loop.yml"), inventory))
        states = []
        for number in self._rounds():
            states.append(self._provision(bulk, tenants, number))
            if number <= self._scale.loop_rounds:
                states.append(self._provision(loop, tenants, number))
        _require_same(states)
        return bulk.pair(), loop.pair()

    def compare_doors(self) -> tuple[Pair, Pair]:
        """Run the roles in the controller and as ordinary modules."""
        tenants = fleet(self._scale.door_tenants, SENDER_IDS_PER_TENANT)
        inventory = tenants.write_inventory(self._directory / "doors", self._sandbox.env)
        doors = [
            _Contender(f"door {door}", self._playbook(str(_HERE / "doors.yml"), inventory, ["--tags", door]))
            for door in ("controller", "module")
        ]
        _require_same([self._provision(door, tenants, number) for number in self._rounds() for door in doors])
        controller, module = (door.pair() for door in doors)
        return controller, module

    def _begin(self, tenants: Fleet) -> None:
        """Reset the sandbox and the journals."""
        self._sandbox.reset(tenants.seed())
        for journal in self._directory.glob("*/genesys_cloud_purchases.txt"):
            journal.write_text(JOURNAL, encoding="utf-8")

    def _rounds(self) -> range:
        return range(1, self._scale.rounds + 1)

    def _playbook(self, playbook: str, inventory: Path, options: Sequence[str] = ()) -> Command:
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        return Command([program, "-i", str(inventory), *options, playbook], self._env, self._directory / "output")

    def _provision(self, contender: _Contender, tenants: Fleet, number: int) -> Any:
        """Run a contender twice, and return the state of the tenants after that."""
        _say(f"round {number}: {contender.name}")
        self._begin(tenants)
        contender.first.append(contender.command.run(self._sandbox))
        run = contender.command.run(self._sandbox)
        if contender.compares and (run.writes or run.changes):
            raise BenchError(f"{contender.name}: the second run still changes something")
        contender.again.append(run)
        states = [self._sandbox.state(tenant.ccid) for tenant in tenants.tenants]
        numbers = [(item["tollfreeNumber"], item["moUrl"]) for item in self._sandbox.account()["numbers"]]
        return [(state["services"], state["sections"]) for state in states], numbers

    def _count_results(self, playbook: _Contender, tenants: Fleet) -> dict[str, int]:
        """Return the count of task results of a playbook by host. This run also fills caches."""
        _say("a run to count task results")
        self._begin(tenants)
        return playbook.command.run(self._sandbox).results

    def _count_requests(self, tenants: Fleet, inventory: Path) -> dict[str, tuple[int, int]]:
        """Return the count of requests for one tenant of each SMS option."""
        counts = {}
        for option, tenant in {tenants.option(tenant): tenant for tenant in tenants.tenants}.items():
            _say(f"two runs to count requests: {option}")
            self._begin(tenants)
            command = self._playbook(_PROVISION, inventory, ["--limit", tenant.name])
            counts[option] = (len(command.run(self._sandbox).requests), len(command.run(self._sandbox).requests))
        return counts

    def _write_floor(self, results: Mapping[str, int]) -> Path:
        """Write a playbook with as many task results for each host, whose tasks do nothing."""
        task: dict[str, Any] = {"ansible.builtin.assert": {"that": "inventory_hostname is defined", "quiet": True}}
        plays = [
            {
                "hosts": [host for host, number in results.items() if number == count],
                "gather_facts": False,
                "tasks": [{"name": f"Assert {number}", **task} for number in range(count)],
            }
            for count in sorted(set(results.values()))
        ]
        path = self._directory / "floor.yml"
        path.write_text(yaml.safe_dump(plays), encoding="utf-8")
        return path


def _require_same(states: Sequence[Any]) -> None:
    if any(state != states[0] for state in states):
        raise BenchError("the contenders produced different states")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
