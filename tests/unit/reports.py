# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports for tests, and their validation."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.report import Collected, document
from referencing import Registry, Resource
from tools.collection import ROOT
from unit.summaries import SCHEMA as SUMMARY
from unit.summaries import closed

Json = dict[str, Any]

SCHEMA: Json = json.loads((ROOT / "docs/schemas/report.schema.json").read_text(encoding="utf-8"))

HEAD: Json = {
    "created": "2026-11-26T08:00:00Z",
    "inventory": ["inventories/production"],
    "limit": None,
    "collection_version": "0.6.0",
    "ansible_core_version": "2.19.14",
}

LIVE: Json = {
    "ccid": "45acae06-6b7c-4f97-9c76-471c0b25ef71",
    "account": None,
    "sms_option": "kaleyra",
    "sms_options": ["kaleyra"],
    "services": [{"service": "SMS", "url": "N/A", "data": {"provider": "mGage"}}],
    "variables": {"sender_ids": [{"name": "chat.SMS", "channel_id": "16504661149", "endpoint": "chat.Main"}]},
    "secrets": ["kaleyra_password"],
    "would_change": [],
    "not_expressed": [],
    "unknown": {"services": [], "service_keys": [], "sections": ["chat.Old"], "tollfree_numbers": []},
    "leftovers": {"services": ["Async"], "sender_ids": [], "webhook_headers": [], "tollfree_numbers": []},
    "unreadable": {"tollfree_numbers": "They were not read."},
}
"""A result of nexus_tenant_info."""


def valid(report: Json) -> Json:
    """Return a report that has exactly the fields of the schema."""
    base = SCHEMA["$id"].rpartition("/")[0]
    registry: Registry[Any] = Registry().with_resource(
        f"{base}/summary.schema.json", Resource.from_contents(closed(SUMMARY))
    )
    jsonschema.Draft202012Validator(closed(SCHEMA), registry=registry).validate(report)
    return report


def made(*tenants: Collected) -> Json:
    """Return the report about these tenants."""
    return valid(document(HEAD, tenants))
