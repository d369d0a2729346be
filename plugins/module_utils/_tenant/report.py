# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report about tenants: what provision would change, and what each tenant has.

``document()`` makes it from the results of the roles in check mode and of nexus_tenant_info, in the format of
docs/schemas/report.schema.json. A tenant has the fields of a summary, and more. Only documented fields are used.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .._core.server_text import in_message
from .summary import Collector, TaskResult, Tenant

SCHEMA_VERSION = 1
"""It grows when a field is removed or gets another meaning. New fields do not change it."""

OUTCOMES = ("would_change", "failed", "unreachable", "stopped", "unchanged")
"""Every outcome of a tenant, in the order in which people should look at them."""

NOT_REACHED = {"unreachable", "unreachable_host", "intermediary"}
"""The kinds of failures that say nothing about the tenant: its servers, or the host of its tasks, did not answer."""

TASKS = {
    "kaleyra_services": ("Services", "nexus_services"),
    "custom_gateway_services": ("Services", "nexus_services"),
    "genesys_cloud_connection": ("Service PorticoSMS", "nexus_service"),
    "genesys_cloud_numbers": ("Toll-free numbers", "gc_tollfree_numbers"),
    "genesys_cloud_services": ("Services", "nexus_services"),
    "webhook_headers_result": ("Webhook headers", "nexus_webhook_headers"),
    "sender_ids_result": ("Sender IDs", "nexus_sender_ids"),
}
"""The variables in which the roles register their results, in the order of the tasks: a title, and the module."""

_LIVE = (
    "account",
    "sms_options",
    "services",
    "variables",
    "would_change",
    "not_expressed",
    "unknown",
    "leftovers",
    "unreadable",
)
_LONGEST = 300


@dataclass(frozen=True)
class Collected:
    """What the playbook collected about a tenant.

    :arg problems: the findings of the preflight. Then nothing else was collected.
    :arg results: by variable, the result of a task of the roles.
    :arg live: the result of nexus_tenant_info. None if it did not run.
    """

    tenant: str
    option: str | None
    problems: list[str] = field(default_factory=list)
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    live: Mapping[str, Any] | None = None


def document(head: Mapping[str, Any], tenants: Iterable[Collected]) -> dict[str, Any]:
    """Return the report.

    :arg head: ``created``, ``inventory``, ``limit`` and the versions.
    """
    collected = sorted(tenants, key=lambda one: one.tenant)
    told = [_tenant(one) for one in collected]
    count = Counter(tenant["outcome"] for tenant in told)
    return {
        "schema_version": SCHEMA_VERSION,
        **head,
        "totals": {"tenants": len(told), **{outcome: count[outcome] for outcome in OUTCOMES}},
        "accounts": _accounts(zip(collected, told)),
        "tenants": told,
    }


def drifted(report: Mapping[str, Any]) -> list[str]:
    """Return the tenants that are not as the inventory describes them, or of which this is not known."""
    return [tenant["tenant"] for tenant in report["tenants"] if tenant["outcome"] != "unchanged"]


def differences(before: Any, after: Any) -> list[dict[str, str | None]]:
    """Return the settings that differ between two states, each with its path, and its values as text.

    A value of None means that the setting does not exist on that side.
    """
    old, new = dict(_flat(before)), dict(_flat(after))
    return [
        {"setting": path or "value", "before": _shown(old.get(path)), "after": _shown(new.get(path))}
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    ]


def _flat(value: Any, path: str = "") -> Iterable[tuple[str, str]]:
    """Yield the paths and the texts of all values in nested dictionaries and lists."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _flat(item, f"{path}.{in_message(str(key))}" if path else in_message(str(key)))
    elif isinstance(value, list) and value and not all(isinstance(item, (str, int)) for item in value):
        for number, item in enumerate(value):
            yield from _flat(item, f"{path}[{number}]")
    elif path or value:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown(text: str | None) -> str | None:
    return None if text is None else in_message(text, _LONGEST)


def _tenant(one: Collected) -> dict[str, Any]:
    collector = Collector()
    collector.join({one.tenant: one.option})
    for variable, (title, module) in TASKS.items():
        if variable in one.results:
            collector.add(_result(one.tenant, title, module, one.results[variable]))
    live = one.live or {}
    failed = [one.tenant] if any(_status(result) != "ok" for result in one.results.values()) else []
    tenant: Tenant = collector.finish(failed)[0]
    told = asdict(tenant)
    for change in told["changes"]:
        diff = next(
            result.get("diff") or {}
            for variable, result in one.results.items()
            if TASKS.get(variable, ("",))[0] == change["task"]
        )
        change["differences"] = differences(diff.get("before"), diff.get("after"))
    if one.problems:
        told["outcome"] = "stopped"
        told["failure"] = _failure("Check the tenants of the inventory", "invalid_input", one.problems)
    elif told["failure"] and told["failure"]["kind"] in NOT_REACHED:
        told["outcome"] = "unreachable"
    elif not told["failure"] and not one.results:
        told["outcome"] = "failed"
        told["failure"] = _failure("Plan", None, ["The tenant was not checked. The output of the run says why."])
    return {
        **told,
        "ccid": live.get("ccid"),
        "live": {key: live[key] for key in _LIVE if key in live} if "sms_options" in live else None,
        "live_problem": in_message(str(live["msg"]), 1000) if "msg" in live and "sms_options" not in live else None,
    }


def _result(tenant: str, title: str, module: str, result: Mapping[str, Any]) -> TaskResult:
    return TaskResult(tenant, title, f"cxops.genesys_sms.{module}", _status(result), result, is_planned=True)


def _status(result: Mapping[str, Any]) -> str:
    return "failed" if result.get("failed") else "unreachable" if result.get("unreachable") else "ok"


def _failure(task: str, kind: str | None, messages: list[str]) -> dict[str, Any]:
    shown = [in_message(str(message), 1000) for message in messages]
    return {"task": task, "module": None, "kind": kind, "parameter": None, "messages": shown}


@dataclass
class _Account:
    """What one OAuth client of Genesys Cloud CX has.

    :arg own: numbers of tenants of the report. ``seen`` has all numbers.
    """

    account: str | None
    own: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    unlisted: list[str] = field(default_factory=list)
    slots: int = 0
    would_buy: int = 0


def _accounts(tenants: Iterable[tuple[Collected, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    accounts: dict[str, _Account] = {}
    for one, told in tenants:
        live = told["live"]
        if live is None or "tollfree_numbers" in live["unreadable"]:
            continue
        # Tenants whose account has no name may have different accounts.
        account = accounts.setdefault(live["account"] or f"{one.tenant} ", _Account(live["account"]))
        own = live["variables"].get("tollfree_numbers", [])
        account.own |= {item["number"] for item in own}
        account.seen |= account.own | set(live["unknown"]["tollfree_numbers"])
        account.slots += sum("slot" in item for item in own)
        account.would_buy += sum(number["status"] == "would_buy" for number in told["numbers"])
        planned = one.results.get("genesys_cloud_numbers")
        # Without a plan, it is not known which numbers the inventory lists.
        if planned is not None and _status(planned) == "ok":
            listed = {item.get("number") for item in planned.get("tollfree_numbers", [])}
            account.unlisted += [item["number"] for item in own if item["number"] not in listed]
    return [
        {
            "account": account.account,
            "numbers": len(account.seen),
            "slots": account.slots,
            "unlisted": sorted(account.unlisted),
            "foreign": sorted(account.seen - account.own),
            "would_buy": account.would_buy,
        }
        for _key, account in sorted(accounts.items())
    ]
