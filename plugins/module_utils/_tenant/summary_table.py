# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of a summary for a terminal, and the line that shows the progress of a run."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .._core.server_text import in_message
from .._genesys_cloud.numbers.ordered import told
from .summary import OUTCOMES

Summary = Mapping[str, Any]

_NARROWEST = 40
_WIDEST_NAME = 30
_MOST_LINES = {True: 6, False: 3}
"""How many lines a tenant gets if it failed, and if not."""
_INDENT = "    "


class Line(NamedTuple):
    """A line of the table, and the outcome that determines its color."""

    text: str
    outcome: str | None = None


def table(summary: Summary, width: int) -> list[Line]:
    """Return the lines of the table. Tenants that did not change are only counted."""
    width = max(width, _NARROWEST)
    shown = [tenant for tenant in summary["tenants"] if tenant["outcome"] != "unchanged"]
    shown.sort(key=lambda tenant: OUTCOMES.index(tenant["outcome"]))
    lines = [line for problem in summary["problems"] for line in wrapped(problem, width, "", "failed")]
    if shown:
        names = min(_WIDEST_NAME, max(len("tenant"), *(len(in_message(tenant["tenant"])) for tenant in shown)))
        lines.append(Line(f"{'tenant':{names}}  {'option':14}  outcome"))
        for tenant in shown:
            name, outcome = in_message(tenant["tenant"]), tenant["outcome"]
            lines.append(Line(f"{name:{names}}  {tenant['option'] or '-':14}  {word(outcome)}", outcome))
            lines += wrapped(_told(tenant), width, _INDENT, None, _MOST_LINES[tenant["failure"] is not None])
    sentences = [_totals(summary), *_numbers(summary), *_part(summary)]
    return [*lines, *wrapped(" ".join(sentences), width, "", None)]


def wrapped(text: str, width: int, indent: str, outcome: str | None, most: int | None = None) -> list[Line]:
    """Return a text as lines.

    :arg most: how many lines it may have. The rest is left out.
    """
    return [
        Line(line, outcome)
        for line in textwrap.wrap(
            text,
            width - 1,
            initial_indent=indent,
            subsequent_indent=indent,
            break_on_hyphens=False,
            max_lines=most,
            placeholder=" ...",
        )
    ]


def word(outcome: str) -> str:
    """Return what a table calls an outcome or a status."""
    return {"stopped": "stopped by the preflight"}.get(outcome, outcome.replace("_", " "))


def _told(tenant: Mapping[str, Any]) -> str:
    """Return what happened to a tenant. Empty if nothing did."""
    parts = [told(number) for number in tenant["numbers"]]
    failure = tenant["failure"]
    if failure:
        first, *rest = failure["messages"]
        more = f" (and {len(rest)} more lines)" if len(rest) > 1 else " (and 1 more line)" if rest else ""
        kind = f"{failure['kind']}: " if failure["kind"] else ""
        return "; ".join([f"{kind}{first}{more}", *parts, *(["changed before that"] if tenant["changes"] else [])])
    for change in tenant["changes"]:
        parts += change["steps"] or [change["task"]]
    return in_message("; ".join(parts))


def _totals(summary: Summary) -> str:
    totals = summary["totals"]
    if not totals["tenants"]:
        return "This run had no tenant."
    words = ", ".join(f"{totals[outcome]} {word(outcome)}" for outcome in OUTCOMES if totals[outcome])
    return f"{count(totals['tenants'], 'tenant')}: {words}."


def _numbers(summary: Summary) -> list[str]:
    verbs = {
        "bought": "bought",
        "would_buy": "would be bought",
        "ordered": "ordered by a task that failed after the order",
    }
    numbers = summary["totals"]["numbers"]
    return [f"Numbers {verb}: {numbers[status]}." for status, verb in verbs.items() if numbers[status]]


def _part(summary: Summary) -> list[str]:
    """Return sentences about the slices, and about what was compared."""
    part, merged = summary["slice"], summary["merged"]
    compared, tenants = summary["compared_tenants"], summary["totals"]["tenants"]
    if merged:
        told = [f"This merges {count(merged['files'], 'summary file')}."]
        if merged["count"] and merged["files"] < merged["count"]:
            which = f": {', '.join(map(str, merged['missing']))}" if merged["missing"] else ""
            told.append(f"{merged['count'] - merged['files']} of {merged['count']} slices are missing{which}.")
        if compared is not None and compared < tenants:
            told.append("At least one slice compared only its own tenants with each other.")
        return told
    if not part:
        return []
    name = f"slice {part['number']} of {part['count']}" if part["number"] else f"one of {part['count']} slices"
    if compared is None:
        return [f"This was {name}. It compared no tenants with each other."]
    if compared <= tenants:
        return [f"This was {name}. It compared only its own tenants with each other."]
    return [f"This was {name}. It compared the {compared} tenants of its inventory with each other."]


def count(number: int, what: str) -> str:
    """Return a number with its noun in singular or plural."""
    return f"{number} {what}{'s' if number != 1 else ''}"


class Progress:
    """How far a run is: counts the finished tasks of each tenant.

    :arg now: the time at the start, in seconds.
    """

    def __init__(self, now: float) -> None:
        self._start = now
        self._done: set[str] = set()
        self._failed: set[str] = set()
        self._changed: set[str] = set()
        self._seen: dict[str, int] = {}
        self._play: set[str] = set()
        self._tasks = 0
        self._all: set[str] = set()

    def begin(self, tenants: Iterable[str], everyone: Iterable[str], tasks: int) -> None:
        """Note that a play begins. All tenants of the former play are done.

        :arg everyone: all tenants of the run.
        :arg tasks: how many tasks of this collection each tenant of the play has. 0 if that is not known.
        """
        if self._tasks or self._seen:
            self._done |= self._play
        self._play, self._tasks, self._seen = set(tenants), tasks, {}
        self._all |= set(everyone) | self._play

    def add(self, tenant: str, *, is_module: bool, changed: bool, failed: bool) -> None:
        """Note the result of a task."""
        if is_module:
            self._seen[tenant] = self._seen.get(tenant, 0) + 1
            if self._tasks and self._seen[tenant] >= self._tasks:
                self._done.add(tenant)
        if changed:
            self._changed.add(tenant)
        if failed:
            self._failed.add(tenant)
            self._done.add(tenant)

    def line(self, now: float) -> str:
        """Return the line."""
        failed, changed = len(self._failed), len(self._changed)
        told = f"{len(self._done)} of {count(len(self._all), 'tenant')} done, {failed} failed, {changed} changed"
        left = self._left(now)
        return told if left is None else f"{told}, about {_duration(left)} left"

    def _left(self, now: float) -> float | None:
        """Return how many seconds are left, if all tasks of the play are known."""
        if not self._tasks:
            return None
        share = sum(min(1.0, self._seen[name] / self._tasks) for name in self._seen if name not in self._done)
        share += len(self._done)
        return (now - self._start) * (len(self._all) - share) / share if share else None


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
