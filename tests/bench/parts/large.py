# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Very many tenants: the time of each, the preflight's part of it, the memory, their export, and their report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.control import Sandbox, start

from bench.compare import PROVISION, SENDER_IDS_PER_TENANT, Bench, Contender, Scale, require_same, say
from bench.inventory import Fleet, fleet
from bench.measure import BenchError, Run, Series
from bench.page import PageResult, measure_page
from bench.report import Section, Target, fill, max_megabytes, megabytes, seconds, table

_TEMPLATE = Path(__file__).with_suffix(".md")

FORKS = (5, 50)

DIFFERENCE = {"webhook_headers": [{"name": "X-Bench", "value": "1"}]}
"""Extra variables for the report, so that the tenants over a custom gateway are not as described."""


@dataclass(frozen=True)
class FleetRuns:
    """The runs of one fleet."""

    tenants: int
    first: Series
    # By number of forks.
    again: Mapping[int, Series]
    export: Series
    report: Series

    def of_a_tenant(self, series: Series) -> float:
        """Return the seconds of one tenant."""
        return series.median / self.tenants


@dataclass(frozen=True)
class Result:
    """What was measured."""

    small: FleetRuns
    large: FleetRuns
    # Of the large fleet: only the checks, and only what comes before them.
    validate: Series
    list_hosts: Series
    page: PageResult

    @property
    def preflight(self) -> float:
        """The part of the no-op run that the preflight takes."""
        return (self.validate.median - self.list_hosts.median) / self.large.again[FORKS[0]].median

    def growth(self, forks: int) -> float:
        """Return the time of a tenant among many, as a multiple of that among few."""
        return self.large.of_a_tenant(self.large.again[forks]) / self.small.of_a_tenant(self.small.again[forks])


class _Runs:
    """A fleet with its own sandbox, its commands and their runs."""

    def __init__(self, bench: Bench, tenants: Fleet) -> None:
        name = f"{len(tenants.tenants)} tenants"
        self.bench = bench
        self.tenants = tenants
        inventory = bench.inventory("large", tenants)
        self.forks = {
            forks: Contender(f"{name}, {forks} forks", bench.playbook(PROVISION, inventory, [f"--forks={forks}"]).run)
            for forks in FORKS
        }
        self.validate, self.list_hosts = (
            Contender(f"{name}, {option}", bench.playbook(PROVISION, inventory, option.split()).run)
            for option in ("--tags validate", "--list-hosts")
        )
        self.export, self.report = (Contender(f"{name}, {what}", self._reads(what)) for what in ("export", "report"))

    @property
    def page(self) -> Path:
        """The page of the report."""
        return self.bench.directory / "report/report.html"

    def first(self) -> None:
        self.bench.begin(self.tenants)
        contender = self.forks[FORKS[0]]
        say(f"first run: {contender.name}")
        contender.first.append(contender.run(self.bench.sandbox))

    def again(self, contender: Contender) -> None:
        say(f"re-run: {contender.name}")
        contender.run_again(self.bench.sandbox)

    def read(self) -> None:
        """Export the tenants, and make their report."""
        for contender in (self.export, self.report):
            say(contender.name)
            run = contender.run(self.bench.sandbox)
            if run.writes:
                raise BenchError(f"{contender.name}: the run writes")
            contender.again.append(run)

    def _reads(self, what: str) -> Callable[[Sandbox], Run]:
        """Return what runs the playbook export or report, which need an empty directory."""
        directory = self.bench.directory / what
        options = ["-e", json.dumps({f"{what}_directory": str(directory), **(DIFFERENCE if what == "report" else {})})]
        command = self.bench.playbook(f"cxops.genesys_sms.{what}", self.bench.directory / "large", options)

        def run(sandbox: Sandbox) -> Run:
            shutil.rmtree(directory, ignore_errors=True)
            return command.run(sandbox)

        return run

    def state_of(self, few: Fleet) -> str:
        """Return what tenants have in all systems, without what depends on the sandbox. All fleets begin with them."""
        tenants, _numbers, _spent = self.bench.state(few)
        return json.dumps(tenants).replace(self.bench.sandbox.url, "")

    def all(self) -> FleetRuns:
        again = {forks: _series(contender.again) for forks, contender in self.forks.items()}
        first, export, report = self.forks[FORKS[0]].first, self.export.again, self.report.again
        return FleetRuns(len(self.tenants.tenants), _series(first), again, _series(export), _series(report))


def measure(bench: Bench) -> Section:
    """Run the playbook with few tenants and with many."""
    scale = bench.scale
    directory = bench.directory / "small"
    directory.mkdir()
    # A sandbox of its own, because its organization has only the numbers of its tenants.
    with start(directory / "sandbox") as sandbox:
        few, many = (
            fleet(number, SENDER_IDS_PER_TENANT, scale.channels) for number in (scale.tenants, scale.large_tenants)
        )
        small, large = _Runs(Bench(sandbox, directory, scale), few), _Runs(bench, many)
        for runs in (small, large):
            runs.first()
        for _number in bench.slow_rounds():
            for forks in FORKS:
                # The small one twice, because a short run varies more.
                for runs in (small, large, small):
                    runs.again(runs.forks[forks])
            for contender in (large.validate, large.list_hosts):
                large.again(contender)
            small.read()
        large.read()
        require_same([runs.state_of(few) for runs in (small, large)])
    validate, list_hosts = (_series(contender.again) for contender in (large.validate, large.list_hosts))
    # Names, words of many rows, numbers, and a word of no row.
    page = measure_page(large.page, (many.tenants[-1].name, "kaleyra", "1844555", "zz"))
    return section(Result(small.all(), large.all(), validate, list_hosts, page), scale)


def section(result: Result, scale: Scale) -> Section:
    """Return the section about a result."""
    large, few = result.large, result.small.tenants
    memory = max_megabytes(large.first, *large.again.values())
    targets = [
        Target(
            f"{large.tenants:,} tenants, {forks} forks: a tenant takes at most 1.05 of its time among {few}",
            f"{result.growth(forks):.2f}",
            result.growth(forks) <= 1.05,
        )
        for forks in FORKS
    ]
    targets += [
        Target(f"peak memory below 200 MB at {large.tenants:,} tenants", f"{memory:.0f} MB", memory < 200),
        Target(
            f"preflight of {large.tenants:,} tenants at most 10 % of the run",
            f"{result.preflight:.1%}",
            result.preflight <= 0.1,
        ),
        Target(
            f"page of a report about {large.tenants:,} tenants: from a key to the frame after its effect below 100 ms",
            f"{max(result.page.waits):.0f} ms",
            max(result.page.waits) < 100,
        ),
        Target(f"report.html of {large.tenants:,} tenants below 5 MB", _size(result.page), result.page.size < 5e6),
    ]
    rows = [
        (
            text,
            seconds(series),
            f"{runs.of_a_tenant(series) * 1000:.0f} ms",
            f"{len(series.runs[-1].requests):,}",
            megabytes(series),
        )
        for runs in (result.small, large)
        for text, series in (
            (f"{runs.tenants:,} tenants, first run", runs.first),
            *((f"{runs.tenants:,} tenants, no-op, {forks} forks", series) for forks, series in runs.again.items()),
            (f"{runs.tenants:,} tenants, `export`", runs.export),
            (f"{runs.tenants:,} tenants, `report`", runs.report),
        )
    ]
    rows += [
        (f"{large.tenants:,} tenants, {text}", seconds(series), "", "", megabytes(series))
        for text, series in (("`--tags validate`", result.validate), ("`--list-hosts`", result.list_hosts))
    ]
    header = ("", "time", "for each tenant", "requests", "peak memory")
    waits = [f"{wait:.0f} ms" for wait in (result.page.median, max(result.page.waits))]
    page = table(
        ("report.html", "keys", "median", "longest"), [(_size(result.page), f"{len(result.page.waits)}", *waits)]
    )
    return Section(fill(_TEMPLATE, scale=scale, large=table(header, rows), page=page), targets)


def _size(page: PageResult) -> str:
    return f"{page.size / 1e6:.2f} MB"


def _series(runs: list[Run]) -> Series:
    return Series(tuple(runs))
