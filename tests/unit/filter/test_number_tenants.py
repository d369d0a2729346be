# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tenants for the overview of numbers: `filter/number_tenants.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible.errors import AnsibleUndefinedVariable
from ansible_collections.cxops.genesys_sms.plugins.filter import number_tenants

TENANTS = number_tenants.FilterModule().filters()["number_tenants"]
CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
ACME = {
    "ccid": CCID,
    "inventory_dir": "/srv/inventory",
    "gc_login_url": "https://login",
    "gc_client_id": "client-1",
    "gc_client_secret": "canary",
    "http_options": {"timeout": 5},
    "genesys_cloud_foreign_numbers": ["18445550009"],
    "tollfree_numbers": [{"slot": "main"}, {"number": "18445550000"}, {"slot": "b", "number": "18445550001"}],
    "nexus_api_key": "canary",
}


class Unreadable(Mapping[str, Any]):
    """Variables of which Ansible can evaluate none."""

    def __getitem__(self, name: str) -> Any:
        raise AnsibleUndefinedVariable(name)

    def __iter__(self) -> Iterator[str]:
        return iter(["ccid"])

    def __len__(self) -> int:
        return 1


def test_a_tenant_has_its_login_its_journal_and_what_it_lists() -> None:
    assert TENANTS({"acme": ACME, "globex": {}}, ["acme"]) == [
        {
            "name": "acme",
            "ccid": CCID,
            "login": {
                "timeout": 5,
                "gc_login_url": "https://login",
                "gc_client_id": "client-1",
                "gc_client_secret": "canary",
            },
            "journal": "/srv/inventory/genesys_cloud_purchases.txt",
            "slots": ["main", "b"],
            "numbers": ["18445550000", "18445550001"],
            "foreign_numbers": ["18445550009"],
        }
    ]


def test_variables_may_be_missing_null_or_omitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_CCID", CCID)
    host = {
        "inventory_dir": None,
        "tollfree_numbers": None,
        "http_options": "",
        "gc_client_id": "__omit_place_holder__1",
        "genesys_cloud_journal": "postgresql://db/sms",
        "genesys_cloud_journal_password": "canary",
    }
    (tenant,) = TENANTS({"acme": host}, ["acme"])
    assert tenant == {
        "name": "acme",
        "ccid": CCID,
        "login": {},
        "journal": "postgresql://db/sms",
        "journal_password": "canary",
        "slots": [],
        "numbers": [],
    }


def test_other_tenants_have_only_names() -> None:
    """What can't be read is left out. The preflight warns of it."""
    hosts = {
        "acme": ACME,
        "broken": Unreadable(),
        "no tenant": {},
        "typo": {"ccid": "x"},
        "upper": {"ccid": CCID.upper()},
    }
    assert TENANTS(hosts, list(hosts), only_names=True) == [
        {"name": "acme", "ccid": CCID},
        {"name": "upper", "ccid": CCID.upper()},
    ]
