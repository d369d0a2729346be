# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of gc_organization_numbers for tests."""

from __future__ import annotations

from typing import Any

ACCOUNT = {"client": "client-1", "tenants": ["acme"], "numbers": 1, "problem": None}
TENANT = {
    "ccid": "45acae06-6b7c-4f97-9c76-471c0b25ef71",
    "client": "client-1",
    "journal": "/srv/journal",
    "has_journal": True,
    "problems": [],
    "purchases": [],
}


def row(**fields: Any) -> dict[str, Any]:
    """Return a number of acme, with other fields."""
    known = {
        "tenant": "acme",
        "ccid": TENANT["ccid"],
        "slot": "main",
        "number": "18445550000",
        "in_account": True,
        "status": "Assigned",
        "since": "2026-11-20T10:00:00Z",
        "client": "client-1",
        "comment": "",
        "intent": None,
        "event": None,
        "order": None,
        "findings": [],
    }
    assert set(fields) <= set(known)
    return {**known, **fields}


def result(*rows: dict[str, Any], **known: Any) -> dict[str, Any]:
    """Return a result with these numbers."""
    told = {"left_out": 0, "accounts": [ACCOUNT], "tenants": {"acme": TENANT}, "available": None}
    return {**told, "numbers": list(rows), **known}
