# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary of a run: what happened to each tenant.

``Collector`` gets the results of tasks one by one. ``document()`` makes the summary from them, in the format of
docs/schemas/summary.schema.json. Only the documented fields of results are used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .._core.errors import UnreachableHost
from .._core.server_text import in_message
from .._genesys_cloud.numbers.ordered import Number, numbers_of
from .inventory import ROLES

SCHEMA_VERSION = 1
"""It grows when a field is removed or gets another meaning. New fields do not change it."""

SMS_OPTIONS = tuple(ROLES)
"""The groups of the SMS options."""

OUTCOMES = ("changed", "would_change", "unchanged", "not_run", "stopped", "unreachable", "failed")
"""Every outcome of a tenant."""

PROBLEMS = "preflight_problems"
"""The fact in which the preflight returns its findings."""

_MODULES = "cxops.genesys_sms."
_MOST_MESSAGES = 20
_LONGEST = 1000
_HIDDEN = "The result of the task is hidden by no_log."


@dataclass(frozen=True)
class TaskResult:
    """The result of one task for one host.

    :arg action: the module, with its collection.
    :arg status: ``ok``, ``failed`` or ``unreachable``.
    :arg is_ours: whether the task is a part of this collection, so that its messages contain no secret.
    :arg is_planned: whether the task ran in check mode.
    :arg ends_play: whether its failure ends the play for all hosts.
    """

    tenant: str
    task: str
    action: str
    status: str
    result: Mapping[str, Any]
    is_ours: bool = True
    is_planned: bool = False
    ends_play: bool = False

    @property
    def module(self) -> str | None:
        """The name of the module if it is one of this collection."""
        return self.action[len(_MODULES) :] if self.action.startswith(_MODULES) else None

    @property
    def parts(self) -> list[Mapping[str, Any]]:
        """The results of the items of a loop, or else the result."""
        items = self.result.get("results")
        parts = [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
        return parts or [self.result]


@dataclass(frozen=True)
class Change:
    """What a task changed, a sentence each.

    :arg planned: whether this was check mode, so that nothing was changed.
    """

    task: str
    module: str
    planned: bool
    steps: list[str]


@dataclass(frozen=True)
class Failure:
    """Why a tenant failed: the result that failed."""

    task: str
    module: str | None
    kind: str | None
    parameter: str | None
    messages: list[str]


@dataclass
class Tenant:
    """What happened to a tenant.

    :arg option: the group of its SMS option, or None if it is in none of them.
    """

    tenant: str
    option: str | None
    outcome: str = "unchanged"
    changes: list[Change] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    failure: Failure | None = None


@dataclass(frozen=True)
class Slice:
    """Which part of an inventory this run is. The number may be unknown."""

    number: int | None
    count: int


@dataclass(frozen=True)
class About:
    """What the summary says about the run itself.

    :arg limit: the value of --limit.
    :arg part: the slice, if the inventory was cut into slices.
    """

    collection_version: str
    ansible_core_version: str
    playbooks: list[str]
    check_mode: bool
    started: str
    ended: str
    limit: str | None = None
    part: Slice | None = None


class Collector:
    """Collects the results of a run by tenant."""

    def __init__(self) -> None:
        self.tenants: dict[str, Tenant] = {}
        self.problems: list[str] = []
        """Messages of failed tasks of this collection on hosts that are no tenants."""
        self.compared: int | None = None
        """The tenants of the inventory that the preflight compared."""
        self._findings: dict[str, Any] = {}
        self._away: dict[str, bool] = {}
        """By tenant, whether the host of its last module of this collection was not reached."""
        self._play: list[str] = []
        self._left: dict[str, str | None] = {}

    def join(self, tenants: Mapping[str, str | None]) -> None:
        """Note the tenants of the play that begins and uses this collection, each with its SMS option."""
        self._play = list(tenants)
        for name, option in tenants.items():
            self.tenants.setdefault(name, Tenant(name, option))

    def leave(self, culprit: str | None = None) -> None:
        """Note that the play ends before its tenants are done.

        :arg culprit: the host whose failure ends it. It does not count if the failure is rescued.
        """
        for name in self._play:
            self._left.setdefault(name, culprit)

    def learn(self, facts: Any, compared: int) -> None:
        """Note the findings of the preflight, if these facts have them."""
        if isinstance(facts, Mapping) and isinstance(facts.get(PROBLEMS), Mapping):
            self._findings.update(facts[PROBLEMS])
            self.compared = compared

    def add(self, one: TaskResult) -> None:
        """Add the result of a task."""
        tenant = self.tenants.get(one.tenant)
        if tenant is None and one.module is None:
            if one.status != "ok" and one.is_ours:
                host = "" if one.tenant == "localhost" else f"{in_message(one.tenant)}: "
                lines = [f"{host}{line}" for line in _messages(one)]
                self.problems += [line for line in lines if line not in self.problems]
            return
        tenant = tenant or self.tenants.setdefault(one.tenant, Tenant(one.tenant, None))
        if one.module is not None:
            _add_change(tenant, one, one.module)
            if not one.result.get("skipped"):
                # With ignore_errors or failed_when the task is ok in spite of it. A later one fails, as in end.yml.
                self._away[one.tenant] = _details(one).get("kind") == UnreachableHost.kind
        # A later failure shows that the earlier one was rescued. But end.yml and the module fail only repeat it.
        repeats = one.module is None and (one.is_ours or one.action.rpartition(".")[2] == "fail")
        if one.status != "ok" and (tenant.failure is None or not repeats):
            tenant.failure = _failure(one)
            is_stop = one.module is None and one.tenant in self._findings
            is_away = one.is_ours and self._away.get(one.tenant, False)
            tenant.outcome = "stopped" if is_stop else "unreachable" if is_away else one.status
            if one.ends_play:
                self.leave(one.tenant)

    def finish(self, failed: Iterable[str]) -> list[Tenant]:
        """Return all tenants, by name.

        :arg failed: the hosts whose failure was not rescued.
        """
        failing = set(failed)
        for tenant in self.tenants.values():
            if tenant.failure is not None and tenant.tenant in failing:
                continue
            tenant.failure = None
            if tenant.tenant in failing:
                tenant.outcome = "failed"
            elif tenant.tenant in self._left and self._left[tenant.tenant] in (None, *failing):
                tenant.outcome = "not_run"
            elif any(not change.planned for change in tenant.changes):
                tenant.outcome = "changed"
            else:
                tenant.outcome = "would_change" if tenant.changes else "unchanged"
        return [self.tenants[name] for name in sorted(self.tenants)]


def document(about: About, collector: Collector, failed: Iterable[str]) -> dict[str, Any]:
    """Return the summary of a run that has ended."""
    return assemble(
        {
            "schema_version": SCHEMA_VERSION,
            "collection_version": about.collection_version,
            "ansible_core_version": about.ansible_core_version,
            "playbooks": about.playbooks,
            "check_mode": about.check_mode,
            "started": about.started,
            "ended": about.ended,
            "limit": about.limit,
            "slice": asdict(about.part) if about.part else None,
            "merged": None,
        },
        [asdict(tenant) for tenant in collector.finish(failed)],
        collector.problems,
        collector.compared,
    )


def assemble(
    head: Mapping[str, Any], tenants: list[dict[str, Any]], problems: list[str], compared: int | None
) -> dict[str, Any]:
    """Return a summary with these tenants, and their totals."""
    count = Counter(tenant["outcome"] for tenant in tenants)
    bought = Counter(number["status"] for tenant in tenants for number in tenant["numbers"])
    return {
        **head,
        "compared_tenants": compared,
        "totals": {
            "tenants": len(tenants),
            **{outcome: count[outcome] for outcome in OUTCOMES},
            "numbers": {status: bought[status] for status in ("bought", "would_buy", "ordered")},
        },
        "problems": problems,
        "tenants": tenants,
    }


def _add_change(tenant: Tenant, one: TaskResult, module: str) -> None:
    changed = [part for part in one.parts if part.get("changed")]
    if changed:
        steps = [in_message(str(step), _LONGEST) for part in changed for step in _listed(part, "steps")]
        tenant.changes.append(Change(in_message(one.task), module, one.is_planned, steps))
    for part in one.parts:
        for number in numbers_of(part, is_planned=one.is_planned):
            if number not in tenant.numbers:
                tenant.numbers.append(number)


def _details(one: TaskResult) -> Mapping[str, Any]:
    known = _failed_part(one).get("failure")
    return known if one.module and isinstance(known, Mapping) else {}


def _failure(one: TaskResult) -> Failure:
    details = _details(one)
    return Failure(
        task=in_message(one.task),
        module=one.module,
        kind=_text(details.get("kind")),
        parameter=_text(details.get("parameter")),
        messages=_messages(one),
    )


def _failed_part(one: TaskResult) -> Mapping[str, Any]:
    """Return the result of the first item that failed."""
    bad = (part for part in one.parts if part.get("failed") or part.get("unreachable"))
    return next(bad, one.result)


def _messages(one: TaskResult) -> list[str]:
    """Return the message of a failed task, one entry for each line."""
    part = _failed_part(one)
    if "censored" in part or "censored" in one.result:
        return [_HIDDEN]
    if not one.is_ours:
        return [f"The task {in_message(one.task)} failed. Its message is in the output of the run."]
    told = part.get("msg")
    lines = [line for text in (told if isinstance(told, list) else [told]) for line in str(text or "").splitlines()]
    shown = [in_message(line, _LONGEST) for line in lines if line.strip()]
    return shown[:_MOST_MESSAGES] or ["The task failed without a message."]


def _listed(part: Mapping[str, Any], key: str) -> list[Any]:
    value = part.get(key)
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return None if value is None else in_message(str(value), _LONGEST)
