# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Summaries for tests, and their validation."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.summary import (
    About,
    Collector,
    Slice,
    TaskResult,
    document,
)
from tools.collection import ROOT

SCHEMA: dict[str, Any] = json.loads((ROOT / "docs/schemas/summary.schema.json").read_text(encoding="utf-8"))
SERVICE = "cxops.genesys_sms.nexus_service"
NUMBERS = "cxops.genesys_sms.gc_tollfree_numbers"
FAIL = "ansible.builtin.fail"

Json = dict[str, Any]


def closed(schema: Any) -> Any:
    """Return a schema that allows no fields that it does not describe."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {key: closed(value) for key, value in schema.items()}
    return {**shut, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else shut


def valid(summary: Json) -> Json:
    """Return a summary that has exactly the fields of the schema, and the right totals."""
    jsonschema.Draft202012Validator(closed(SCHEMA)).validate(summary)
    outcomes = [tenant["outcome"] for tenant in summary["tenants"]]
    totals = summary["totals"]
    assert totals["tenants"] == len(outcomes)
    assert {name: totals[name] for name in set(outcomes)} == {name: outcomes.count(name) for name in set(outcomes)}
    return summary


def result(tenant: str = "acme", status: str = "ok", action: str = SERVICE, **values: Any) -> TaskResult:
    """Return the result of a task of this collection."""
    known = {name: values.pop(name) for name in ("task", "is_ours", "is_planned", "ends_play") if name in values}
    if status != "ok":
        values.setdefault("failed", True)
    return TaskResult(tenant, action=action, status=status, result=values, **{"task": "Service SMS", **known})


def summary(*results: TaskResult, failed: tuple[str, ...] = (), part: Slice | None = None, **changes: Any) -> Json:
    """Return the summary of a run over the tenants acme and globex with these results."""
    collector = Collector()
    collector.join(changes.pop("tenants", {"acme": "kaleyra", "globex": "genesys_cloud"}))
    collector.learn(changes.pop("facts", {"preflight_problems": {}}), changes.pop("compared", 2))
    for one in results:
        collector.add(one)
    known: Json = {
        "collection_version": "1.2.3",
        "ansible_core_version": "2.19.0",
        "playbooks": ["cxops.genesys_sms.provision"],
        "check_mode": False,
        "started": "2026-01-02T03:04:05Z",
        "ended": "2026-01-02T03:05:06Z",
        "limit": None,
    }
    return valid(document(About(**{**known, **changes}, part=part), collector, failed))
