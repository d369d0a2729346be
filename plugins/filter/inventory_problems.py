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
  - Finds a C(ccid) that is no UUID or comes twice, sections, channels and headers that come twice in a tenant, a number
    or channel of two tenants, names, numbers, URLs and values that can't be right, and what is missing in
    C(sender_ids), C(tollfree_numbers), C(custom_gateway_channels) and C(webhook_headers). Finds sender IDs with a slot
    that is not among the tenant's toll-free numbers.
  - Finds tenants that log in to Genesys Web Services or GAX in the same way, since the login decides whose
    configuration is changed, and tenants with more than one SMS option.
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
    description:
      - Names of the variables that O(play_hosts) have to have. One that ends in C(_url) has to be a URL.
      - The name V(configuration) stands for the variables of the way to the tenant's configuration that the host's
        variable C(configuration) names, such as C(gws_url) or C(gax_url).
    type: list
    elements: str
    default: []
  options:
    description:
      - By group, the names of variables that O(play_hosts) of the group have to have too.
      - A host may be in one of these groups only.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Stop if anything is wrong with the tenants of the inventory
  ansible.builtin.fail:
    msg: "{{ problems }}"
  when: problems | length > 0
  vars:
    problems: >-
      {{ hostvars | cxops.genesys_sms.inventory_problems(groups.all, ansible_play_hosts_all,
      needed=['nexus_url', 'nexus_api_key', 'configuration'], options={'kaleyra': ['kaleyra_url']}) }}
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
