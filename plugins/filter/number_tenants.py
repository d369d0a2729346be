# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter number_tenants."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError

from ..module_utils._core.checks import is_uuid
from ..module_utils._core.input import is_omitted, plain
from ..module_utils._tenant.environment import from_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

DOCUMENTATION = r"""
name: number_tenants
short_description: Return the tenants of an inventory for gc_organization_numbers
version_added: 0.6.0
description:
  - Returns the login, the journal and the listed numbers of each tenant, from the variables of the inventory.
  - Use the playbook C(cxops.genesys_sms.numbers). The result contains secrets.
author:
  - cxops (@cxops)
options:
  _input:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  hosts:
    description: Names of the tenants.
    type: list
    elements: str
    required: true
  only_names:
    description:
      - Whether to return only the name and the C(ccid) of each tenant. A tenant without a readable C(ccid) is left out.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Read the numbers of all tenants
  cxops.genesys_sms.gc_organization_numbers:
    tenants: "{{ hostvars | cxops.genesys_sms.number_tenants(ansible_play_hosts) }}"
"""

RETURN = r"""
_value:
  description: The tenants.
  type: list
  elements: dict
"""

_LOGIN = ("gc_login_url", "gc_api_url", "gc_client_id", "gc_client_secret")
_OTHERS = {"genesys_cloud_journal_password": "journal_password", "genesys_cloud_foreign_numbers": "foreign_numbers"}


def number_tenants(
    hostvars: Mapping[str, Mapping[str, Any]], hosts: Iterable[str], only_names: bool = False
) -> list[dict[str, Any]]:
    """Return the tenants as the module takes them."""
    if only_names:
        return [tenant for host in hosts if (tenant := _named(hostvars, str(host))) is not None]
    return [_tenant(str(host), hostvars[host]) for host in hosts]


def _tenant(host: str, known: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        name: plain(known[name])
        for name in (*_LOGIN, "http_options", *_OTHERS, "ccid", "genesys_cloud_journal", "tollfree_numbers")
        if name in known and not is_omitted(known[name])
    }
    listed = values.get("tollfree_numbers") or []
    return {
        "name": host,
        "ccid": values.get("ccid", from_environment("ccid", os.environ)),
        "login": {
            **(values.get("http_options") or {}),
            **{name: values[name] for name in _LOGIN if name in values},
        },
        "journal": values.get("genesys_cloud_journal", f"{known.get('inventory_dir')}/genesys_cloud_purchases.txt"),
        "slots": [item["slot"] for item in listed if item.get("slot") is not None],
        "numbers": [item["number"] for item in listed if item.get("number") is not None],
        **{option: values[name] for name, option in _OTHERS.items() if name in values},
    }


def _named(hostvars: Any, host: str) -> dict[str, Any] | None:
    try:
        ccid = plain(hostvars[host]["ccid"])
    except (AnsibleError, KeyError):
        # The preflight warns of hosts outside of the run whose variables can't be read.
        return None
    return {"name": host, "ccid": ccid} if is_uuid(str(ccid).strip().lower()) else None


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"number_tenants": number_tenants}
