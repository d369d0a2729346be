# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command `python -m bench`: compares, prints, and writes docs/performance.md.

Each comparison is made in rounds, in each of which every contender has its turn, so that a machine which slows down or
speeds up meanwhile does so for all. Whatever is measured is also checked: a fast way to another state would prove nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from bench.inventory import KALEYRA_PASSWORD, KALEYRA_USERNAME, Fleet, fleet
from bench.measure import BenchError, Command, Run, Series
from bench.report import Doors, FleetResult, ListResult, Scale, report
from sandbox.control import Sandbox, start
from tools.collection import ROOT

FULL = Scale(tenants=50, rounds=5, sender_ids=1000, loop_rounds=1, door_tenants=10)
QUICK = Scale(tenants=3, rounds=2, sender_ids=30, loop_rounds=1, door_tenants=2)

SENDER_IDS_PER_TENANT = 3

HERE = Path(__file__).parent
ANSIBLE_PLAYBOOK = str(Path(sys.executable).with_name("ansible-playbook"))


@dataclass
class Contender:
    """A way to provision, and what was measured of it."""

    command: Command
    first: list[Run] = field(default_factory=list)
    again: list[Run] = field(default_factory=list)


class Bench:
    """A sandbox, and a directory for all that the commands need."""

    def __init__(self, sandbox: Sandbox, directory: Path, scale: Scale) -> None:
        self.sandbox = sandbox
        self.directory = directory
        self.scale = scale
        self.env = {
            **os.environ,
            **sandbox.env,
            # Where modules put their files, and away from a person's settings of curl.
            "HOME": str(directory / "home"),
            "KALEYRA_USERNAME": KALEYRA_USERNAME,
            "KALEYRA_PASSWORD": KALEYRA_PASSWORD,
            # A proxy of the environment can't reach a loopback server.
            "no_proxy": "127.0.0.1",
        }

    def compare_fleet(self) -> FleetResult:
        """Compare the playbook with other ways to provision many tenants."""
        tenants = fleet(self.scale.tenants, SENDER_IDS_PER_TENANT)
        inventory = tenants.write_inventory(self.directory / "fleet")
        lines = tenants.write_lines(self.directory / "fleet.txt")
        playbook = Contender(self._playbook("cxops.genesys_sms.provision", inventory))
        uri = Contender(self._playbook(str(HERE / "uri.yml"), inventory))
        curl = Contender(Command(["bash", str(HERE / "curl.sh")], self.env, self.directory / "output", lines))
        results = self._task_results(playbook.command, tenants)
        floor = self._playbook(str(self._write_floor(results, len(tenants.tenants))), inventory)
        floors: list[Run] = []
        wanted: list[Any] = []
        for number in rounds(self.scale.rounds):
            for name, contender in {"playbook": playbook, "uri": uri, "curl": curl}.items():
                say(f"round {number} of {self.scale.rounds}: {name}")
                wanted.append(self._provision(contender, tenants))
            say(f"round {number} of {self.scale.rounds}: assert")
            floors.append(floor.run(self.sandbox))
        if any(state != wanted[0] for state in wanted):
            raise BenchError("the ways do not lead to the same state")
        for contender in (playbook, uri):
            require_no_change(contender.again)
        return FleetResult(
            series(playbook.first),
            series(playbook.again),
            series(uri.first),
            series(uri.again),
            series(curl.first),
            series(curl.again),
            series(floors),
            results,
        )

    def compare_lists(self) -> ListResult:
        """Compare one task for many sender IDs of a tenant with a loop."""
        tenants = fleet(1, self.scale.sender_ids)
        inventory = tenants.write_inventory(self.directory / "list")
        bulk = Contender(self._playbook(str(HERE / "sender_ids_bulk.yml"), inventory))
        loop = Contender(self._playbook(str(HERE / "sender_ids_loop.yml"), inventory))
        wanted = []
        for number in rounds(self.scale.rounds):
            say(f"round {number} of {self.scale.rounds}: {self.scale.sender_ids} sender IDs in one task")
            wanted.append(self._provision(bulk, tenants))
            if number <= self.scale.loop_rounds:
                say(f"round {number} of {self.scale.loop_rounds}: {self.scale.sender_ids} sender IDs in a loop")
                wanted.append(self._provision(loop, tenants))
        if any(state != wanted[0] for state in wanted):
            raise BenchError("one task and a loop do not lead to the same state")
        for contender in (bulk, loop):
            require_no_change(contender.again)
        return ListResult(series(bulk.first), series(bulk.again), series(loop.first), series(loop.again))
