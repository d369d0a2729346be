# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many tenants, provisioned in different ways: the playbook, the uri module, curl; and Ansible's own cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.compare import (
    HERE,
    PROVISION,
    SENDER_IDS_PER_TENANT,
    Bench,
    Contender,
    Pair,
    Scale,
    by_option,
    require_same,
    say,
)
from bench.inventory import Fleet, fleet
from bench.measure import BenchError, Run, Series
from bench.report import Section, Target, cpu, fill, max_megabytes, megabytes, requests_table, seconds, table

_TEMPLATE = Path(__file__).with_suffix(".md")


@dataclass(frozen=True)
class Result:
    """What was measured."""

    playbook: Pair
    uri: Pair
    curl: Pair
    floor: Series
    # The count of task results of the playbook's re-run.
    task_results: int
    gateways: int
    clouds: int
    # The count of requests for one tenant, in the first run and in the re-run, by its SMS option.
    requests: Mapping[str, tuple[int, int]]


def measure(bench: Bench) -> Section:
    """Provision the tenants in each way."""
    scale = bench.scale
    tenants = fleet(scale.tenants, SENDER_IDS_PER_TENANT, scale.channels)
    inventory = bench.inventory("fleet", tenants)
    playbook = Contender("playbook", bench.playbook(PROVISION, inventory).run)
    uri = Contender("uri", bench.playbook(str(HERE / "uri.yml"), inventory).run)
    curl = bench.curl("fleet", tenants)
    expected = spread(scale.floor_results, [tenant.name for tenant in tenants.tenants])
    floor = bench.playbook(str(_write_floor(bench.directory / "floor.yml", expected)), inventory)
    # First, because it also fills caches.
    requests = by_option(tenants, lambda name: _count_requests(bench, tenants, inventory, name))
    floors: list[Run] = []
    states: list[Any] = []
    for number in bench.rounds():
        states += [bench.provision(contender, tenants, number) for contender in (playbook, curl)]
        if number in bench.slow_rounds():
            states.append(bench.provision(uri, tenants, number))
        say(f"round {number}: assert")
        floors.append(floor.run(bench.sandbox))
    require_same(states)
    if any(run.results != expected for run in floors):
        raise BenchError("assert has another count of task results than it should have")
    results = sum(playbook.again[0].results.values())
    counts = (results, len(tenants.channels), len(tenants.clouds))
    result = Result(playbook.pair(), uri.pair(), curl.pair(), Series(tuple(floors)), *counts, requests)
    return section(result, scale)


def section(result: Result, scale: Scale) -> Section:
    """Return the section about a result."""
    again = result.playbook.again.median
    faster = result.uri.again.median / again
    floor = again / result.floor.median
    memory = max_megabytes(result.playbook.first, result.playbook.again)
    targets = [
        Target("no-op of the playbook at least 16 times faster than uri", f"{faster:.1f} times", faster >= 16),
        Target(
            f"no-op of the playbook at most 0.9 of the time of {scale.floor_results} asserts",
            f"{floor:.2f}",
            floor <= 0.9,
        ),
        Target(f"peak memory below 250 MB at {scale.tenants} tenants", f"{memory:.0f} MB", memory < 250),
    ]
    text = fill(
        _TEMPLATE, scale=scale, result=result, fleet=_fleet_table(result), requests=requests_table(result.requests)
    )
    return Section(text, targets)


def spread(results: int, hosts: Sequence[str]) -> dict[str, int]:
    """Return how many task results each host gets, so that all have as many as possible the same."""
    least, more = divmod(results, len(hosts))
    return {host: least + (number < more) for number, host in enumerate(hosts)}


def _fleet_table(result: Result) -> str:
    header = ("", "first run", "no-op re-run", "its CPU time", "requests", "in the re-run", "peak memory")
    rows = []
    for name, pair in (("playbook", result.playbook), ("uri", result.uri), ("curl", result.curl)):
        requests = [f"{series.requests()}" for series in (pair.first, pair.again)]
        # A shell script has many small processes, and the largest of them says nothing.
        memory = "" if pair is result.curl else megabytes(pair.first, pair.again)
        rows.append((name, seconds(pair.first), seconds(pair.again), cpu(pair.again), *requests, memory))
    floor = result.floor
    rows.append(("assert", "", seconds(floor), cpu(floor), "", "", megabytes(floor)))
    return table(header, rows)


def _count_requests(bench: Bench, tenants: Fleet, inventory: Path, name: str) -> tuple[int, int]:
    """Return the count of requests for one tenant, in the first run and in the re-run."""
    say(f"two runs to count requests: {name}")
    bench.begin(tenants)
    command = bench.playbook(PROVISION, inventory, ["--limit", name])
    return len(command.run(bench.sandbox).requests), len(command.run(bench.sandbox).requests)


def _write_floor(path: Path, results: Mapping[str, int]) -> Path:
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
    path.write_text(yaml.safe_dump(plays), encoding="utf-8")
    return path
