# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter tenant_variables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleFilterError

from ..module_utils._core.checks import same_url
from ..module_utils._tenant.environment import from_environment
from ..module_utils._tenant.inventory import CantRead, Omitted, Variables
from .inventory_problems import variables_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

DOCUMENTATION = r"""
name: tenant_variables
short_description: Return variables of several tenants
version_added: 0.6.0
description:
  - Returns variables of tenants, for a module that works on several tenants at once, such as
    M(cxops.genesys_sms.nexus_api_key_rotation).
  - Each variable is read separately. A variable that is not defined has the value of its environment variable.
  - The result may contain secrets.
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
  variables:
    description: Names of the variables, by the names that they have in the result.
    type: dict
    required: true
  nexus_url:
    description:
      - An installation of Digital Channels. Tenants with another C(nexus_url) are left out. A tenant without one is
        included, because it may belong to the installation.
      - The filter fails if the C(nexus_url) of a tenant can't be read, or if a tenant that is left out has the same
        variable C(key) of the result as one that is included.
    type: str
  readable:
    description: Names in the result. If such a variable of a tenant is set but can't be read, the filter fails.
    type: list
    elements: str
    default: []
  only_defined:
    description: Whether to leave out hosts of the inventory that define none of the variables.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Rotate the cluster API key
  cxops.genesys_sms.nexus_api_key_rotation:
    rotation: 2026-11
    tenants: "{{ hostvars | cxops.genesys_sms.tenant_variables(groups.genesys_cloud, variables, nexus_url) }}"
    secret_file: "{{ inventory_dir }}/group_vars/genesys_cloud/nexus_cluster_api_key.yml"
  vars:
    variables: {key: nexus_cluster_api_key, ccid: ccid, gc_client_id: gc_client_id, gc_client_secret: gc_client_secret}
  run_once: true
"""

RETURN = r"""
_value:
  description: The tenants. A variable that is not set or can't be read is null.
  type: list
  elements: dict
"""


def tenant_variables(
    hostvars: Mapping[str, Mapping[str, Any]],
    hosts: Iterable[str],
    variables: Mapping[str, str],
    nexus_url: str | None = None,
    readable: Iterable[str] = (),
    only_defined: bool = False,
) -> list[dict[str, str | None]]:
    """Return variables of tenants, perhaps only of the tenants of an installation of Digital Channels.

    :raises AnsibleFilterError: it is not certain which tenants are affected.
    """
    needed = {variables[name] for name in readable}
    found: list[dict[str, str | None]] = []
    others: list[dict[str, str | None]] = []
    for host in hosts:
        known = variables_of(hostvars, host, {})
        if only_defined and known.broken is None and not set(variables.values()) & set(known.values):
            continue
        url = _value(known, host, "nexus_url", needed=True) if nexus_url is not None else None
        values = {
            name: _value(known, host, variable, needed=variable in needed) for name, variable in variables.items()
        }
        is_own = url is None or same_url(url, nexus_url or "")
        (found if is_own else others).append({"name": host, **values})
    keys = {item.get("key") for item in found} - {None}
    same = [str(item["name"]) for item in others if item.get("key") in keys]
    if same:
        raise AnsibleFilterError(
            f"nexus_url: tenants with another nexus_url have the same {variables['key']} as {', '.join(same)}. Write "
            "nexus_url in the same way for all tenants of an installation, and give each installation its own key."
        )
    return found


def _value(variables: Variables, host: str, name: str, *, needed: bool) -> str | None:
    """Return the value of a variable. Return None if it is not set, or if it can't be read and is not needed."""
    try:
        if variables.broken is not None:
            raise CantRead(variables.broken)
        value = variables.read(name) if name in variables.values else from_environment(name, os.environ)
    except Omitted:
        return None
    except CantRead as error:
        if needed:
            raise AnsibleFilterError(
                f"{name}: it can't be read for the tenant {host}: {str(error).rstrip('.')}. Correct it, or give the "
                "password of its vault."
            ) from None
        return None
    return None if value is None else str(value)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"tenant_variables": tenant_variables}
