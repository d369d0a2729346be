# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter tenant_variables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

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
    description: An installation of Digital Channels. Tenants with another C(nexus_url) are left out.
    type: str
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
) -> list[dict[str, str | None]]:
    """Return variables of tenants, perhaps only of the tenants of an installation of Digital Channels."""
    found: list[dict[str, str | None]] = []
    for host in hosts:
        known = variables_of(hostvars, host, {})
        url = _value(known, "nexus_url") if nexus_url is not None else None
        # A tenant whose installation is not known may belong to it.
        if url is None or same_url(url, nexus_url or ""):
            found.append({"name": host, **{name: _value(known, variable) for name, variable in variables.items()}})
    return found


def _value(variables: Variables, name: str) -> str | None:
    if variables.broken is not None:
        return None
    if name not in variables.values:
        return from_environment(name, os.environ)
    try:
        value = variables.read(name)
    except (CantRead, Omitted):
        return None
    return None if value is None else str(value)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"tenant_variables": tenant_variables}
