# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report: report.md with figures. All figures are measured, and all verdicts are computed."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.compare import SENDER_IDS_PER_TENANT, Scale
from bench.measure import Series

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Target:
    """A target in words, and what was measured."""

    text: str
    measured: str
    met: bool


@dataclass(frozen=True)
class Section:
    """The part of the report about one comparison."""

    text: str
    targets: Sequence[Target] = ()


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


def report(scale: Scale, described: str, sections: Iterable[Section]) -> str:
    """Return the whole report in Markdown."""
    sections = list(sections)
    rows = [
        (target.text, target.measured, "met" if target.met else "**not met**")
        for section in sections
        for target in section.targets
    ]
    targets = f"## Targets\n\n{table(('target', 'measured', ''), rows)}\n\n" if rows else ""
    texts = "\n\n".join(section.text for section in sections)
    return fill(_HERE / "report.md", machine=described, scale=scale, targets=targets, sections=texts) + "\n"


def fill(template: Path, **values: Any) -> str:
    """Return the text of a template with values, without the line break at its end."""
    return (
        template.read_text(encoding="utf-8").format(sender_ids_per_tenant=SENDER_IDS_PER_TENANT, **values).rstrip("\n")
    )


def requests_table(requests: Mapping[str, tuple[int, int]]) -> str:
    """Return the table of what was counted by SMS option, in the first run and in the re-run."""
    rows = [(option, str(first), str(again)) for option, (first, again) in requests.items()]
    return table(("a tenant", "first run", "no-op re-run"), rows)


def megabytes(*all_series: Series) -> str:
    """Return the largest memory of all runs."""
    return f"{max_megabytes(*all_series):.0f} MB"


def max_megabytes(*all_series: Series) -> float:
    """Return the largest memory of all runs, in millions of bytes."""
    return max(series.peak_bytes for series in all_series) / 1e6


def cpu(series: Series) -> str:
    """Return the median of the processor time."""
    return f"{series.cpu_median:.1f} s"


def seconds(series: Series) -> str:
    """Return the median of the time and, if there are several runs, the range."""
    if len(series.runs) == 1:
        return f"{series.median:.2f} s"
    return f"{series.median:.2f} s ({series.least:.2f} to {series.most:.2f})"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
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
