# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter exported_inventory."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..module_utils._core.input import is_omitted, plain
from ..module_utils._tenant.export import LOGIN, VAULT, Tenant, files_of
from ..plugin_utils.vault import encrypted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

DOCUMENTATION = r"""
name: exported_inventory
short_description: Make the files of an inventory from live tenants
version_added: 0.6.0
description:
  - Makes the files of an inventory from what the playbook C(cxops.genesys_sms.export) registered for each tenant.
  - Use the playbook. The names of the registered variables may change with any version.
author:
  - cxops (@cxops)
options:
  _input:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  hosts:
    description: Names of the tenants to export.
    type: list
    elements: str
    required: true
  with_secrets:
    description:
      - Whether the file of the secrets has those that are known.
      - Then the file is encrypted with a vault password of the run.
    type: bool
    default: false
  problems:
    description: For each tenant that the preflight stopped, its problems.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Make the files
  ansible.builtin.set_fact:
    sms_export: "{{ hostvars | cxops.genesys_sms.exported_inventory(groups.sms_exported, preflight_problems) }}"
"""

RETURN = r"""
_value:
  description: The contents of the files in Base64, by path below the directory of the inventory.
  type: dict
  sample: {hosts.yml: LS0tCg==}
"""

LIVE = "sms_tenant"
"""The variable in which the playbook registers the result of nexus_tenant_info."""

_JOURNAL = "genesys_cloud_journal"


def exported_inventory(
    hostvars: Mapping[str, Mapping[str, Any]],
    hosts: Iterable[str],
    problems: Mapping[str, Iterable[str]] | None = None,
    *,
    with_secrets: bool = False,
) -> dict[str, str]:
    """Return the files by path. They are in Base64, because Ansible before 2.19 would read templates in them."""
    tenants = [_tenant(hostvars, str(host), (problems or {}).get(host, ())) for host in hosts]
    files = files_of(tenants, with_secrets=with_secrets)
    if with_secrets:
        files[VAULT] = encrypted(files[VAULT], cast("Any", hostvars)._loader)
    return {path: base64.b64encode(text.encode()).decode() for path, text in files.items()}


def _tenant(hostvars: Mapping[str, Mapping[str, Any]], host: str, problems: Iterable[str]) -> Tenant:
    found = list(map(str, problems))
    if found:
        # Its variables may be wrong, or not readable.
        return Tenant(host, failure=" ".join(found))
    known = hostvars[host]
    values = {name: known[name] for name in LOGIN if name in known}
    login = {name: plain(value) for name, value in values.items() if not is_omitted(value) and value not in (None, "")}
    # The new inventory is in another directory, and the journal must stay the same.
    journal = f"{known.get('inventory_dir')}/genesys_cloud_purchases.txt"
    if _JOURNAL not in login and "genesys_cloud" in known["group_names"] and Path(journal).is_file():
        login[_JOURNAL] = journal
    live = plain(known[LIVE]) if LIVE in known else {}
    if "services" in live:
        values = live.get("secret_values", {})
        return Tenant(host, login, live, {name: base64.b64decode(value).decode() for name, value in values.items()})
    return Tenant(host, login, failure=str(live.get("msg", "it was not read")))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"exported_inventory": exported_inventory}
