# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report: report.md with figures. All figures are measured, and all verdicts are computed."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

from bench.compare import SENDER_IDS_PER_TENANT, FleetResult, Pair, Scale
from bench.measure import Run, Series

_TEMPLATE = Path(__file__).with_name("report.md")
_OBJECT = "/configuration/objects/transactions"


def machine() -> str:
    """Return a description of this machine and its load."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    lines = [
        f"Date: {datetime.now(timezone.utc):%Y-%m-%d}",
        f"Processor: {_processor()}, {len(os.sched_getaffinity(0))} cores",
        f"Memory: {memory / 1e9:.0f} GB",
        f"Software: {platform.system()}, Python {platform.python_version()}, ansible-core {version('ansible-core')}",
        f"Load average before the first run: {os.getloadavg()[0]:.1f}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def report(
    scale: Scale, described: str, result: FleetResult, lists: tuple[Pair, Pair], doors: tuple[Pair, Pair]
) -> str:
    """Return the whole report in Markdown."""
    return _TEMPLATE.read_text(encoding="utf-8").format(
        machine=described,
        scale=scale,
        sender_ids_per_tenant=SENDER_IDS_PER_TENANT,
        result=result,
        targets=_targets(scale, result, lists[0]),
        fleet=_fleet(result),
        requests=_requests(result),
        lists=_lists(*lists),
        doors=_doors(*doors),
    )


def _targets(scale: Scale, result: FleetResult, bulk: Pair) -> str:
    again = result.playbook.again.median
    faster = result.uri.again.median / again
    floor = again / result.floor.median
    slowest = max(bulk.first.median, bulk.again.median)
    gets = max(_object_calls(bulk.first, "GET"), _object_calls(bulk.again, "GET"))
    puts = max(_object_calls(bulk.first, "PUT"), _object_calls(bulk.again, "PUT"))
    memory = _megabytes(result.playbook.first, result.playbook.again)
    targets = [
        ("no-op of the playbook at least 8 times faster than uri", f"{faster:.1f} times", faster >= 8),
        ("no-op of the playbook at most 1.6 times as long as assert", f"{floor:.2f} times", floor <= 1.6),
        (f"{scale.sender_ids:,} sender IDs in one task in less than 4 s", f"{slowest:.2f} s", slowest < 4),
        ("with one GET and at most one PUT of the object", f"{gets} GET, {puts} PUT", gets == 1 and puts <= 1),
        (f"peak memory below 250 MB at {scale.tenants} tenants", f"{memory:.0f} MB", memory < 250),
    ]
    rows = [(target, measured, "met" if met else "**not met**") for target, measured, met in targets]
    return _table(("target", "measured", ""), rows)


def _fleet(result: FleetResult) -> str:
    header = ("", "first run", "no-op re-run", "its CPU time", "requests", "in the re-run", "peak memory")
    rows = []
    for name, pair in (("playbook", result.playbook), ("uri", result.uri), ("curl", result.curl)):
        requests = [f"{series.requests()}" for series in (pair.first, pair.again)]
        # A shell script has many small processes, and the largest of them says nothing.
        memory = "" if pair is result.curl else f"{_megabytes(pair.first, pair.again):.0f} MB"
        rows.append((name, _seconds(pair.first), _seconds(pair.again), _cpu(pair.again), *requests, memory))
    floor = result.floor
    rows.append(("assert", "", _seconds(floor), _cpu(floor), "", "", f"{_megabytes(floor):.0f} MB"))
    return _table(header, rows)


def _requests(result: FleetResult) -> str:
    rows = [(option, str(first), str(again)) for option, (first, again) in result.requests.items()]
    return _table(("a tenant", "first run", "no-op re-run"), rows)


def _lists(bulk: Pair, loop: Pair) -> str:
    header = ("", "", "time", "GETs of the object", "PUTs")
    rows = []
    for name, pair in (("`nexus_sender_ids`, one task", bulk), ("`nexus_sender_id` in a loop", loop)):
        for run, series in (("first run", pair.first), ("no-op re-run", pair.again)):
            calls = [str(_object_calls(series, method)) for method in ("GET", "PUT")]
            rows.append((name, run, _seconds(series), *calls))
    return _table(header, rows)


def _doors(controller: Pair, module: Pair) -> str:
    rows = [
        (name, _seconds(pair.first), _seconds(pair.again))
        for name, pair in (("in the controller", controller), ("ordinary modules", module))
    ]
    return _table(("", "first run", "no-op re-run"), rows)


def _object_calls(series: Series, method: str) -> int:
    def count(run: Run) -> int:
        return sum(record.method == method and _OBJECT in record.path for record in run.requests)

    return series.requests(count)


def _megabytes(*all_series: Series) -> float:
    return max(series.peak_bytes for series in all_series) / 1e6


def _cpu(series: Series) -> str:
    return f"{series.cpu_median:.1f} s"


def _seconds(series: Series) -> str:
    if len(series.runs) == 1:
        return f"{series.median:.2f} s"
    return f"{series.median:.2f} s ({series.least:.2f} to {series.most:.2f})"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in lines
    )


def _processor() -> str:
    """Return the processor's model, or its architecture where Linux does not show the model."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
