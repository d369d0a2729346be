# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter inventory_problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources.inventory import inventory_problems

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENTATION = r"""
name: inventory_problems
short_description: Tell what is wrong with an inventory of tenants
version_added: 0.1.0
description:
  - Looks at the tenants of an inventory, each alone and against the others, without calling any server.
  - Finds a C(ccid) that is no UUID or comes twice, sections and numbers that come twice in a tenant, a number of two
    tenants, names and numbers that can't be right, and sender IDs without number or endpoint.
  - Finds tenants that log in to Genesys Web Services in the same way, since the login decides whose configuration is
    changed.
  - Finds variables that are not set or empty, and URLs that are none. Values are never shown, URLs excepted.
author:
  - cxops (@cxops)
options:
  _input:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  hosts:
    description: Names of the hosts to compare. Those without a C(ccid) are no tenants.
    type: list
    elements: str
    required: true
  play_hosts:
    description: Names of the hosts that something is to be done with. What is wrong with others alone is passed over.
    type: list
    elements: str
    required: true
  needed:
    description: Names of the variables that O(play_hosts) have to have. One that ends in C(_url) has to be a URL.
    type: list
    elements: str
    default: []
  optional:
    description: Names of the variables that are looked at where they are set.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Stop if anything is wrong with the tenants of the inventory
  ansible.builtin.assert:
    that: problems | length == 0
    fail_msg: "{{ problems }}"
  vars:
    problems: >-
      {{ hostvars | cxops.genesys_sms.inventory_problems(groups.all, ansible_play_hosts_all,
      needed=['nexus_url', 'nexus_api_key'], optional=['gws_auth_url']) }}
"""

RETURN = r"""
_value:
  description: A sentence for each problem.
  type: list
  elements: str
  sample:
    - "acme: kaleyra_username: it is empty. Give a value, or leave the option out."
"""


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"inventory_problems": inventory_problems}
