# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter tenant_problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources.inventory import tenant_problems

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENTATION = r"""
name: tenant_problems
short_description: Tell what is wrong with the tenants of an inventory
version_added: 0.1.0
description:
  - Looks at all tenants of an inventory, each alone and against the others, without calling any server.
  - Finds a C(ccid) that is no UUID or comes twice, sections and numbers that come twice in a tenant, a number of two
    tenants, names and
    numbers that can't be right, and sender IDs without number or endpoint.
author:
  - cxops (@cxops)
options:
  _input:
    description: Three values a tenant, which are the name of its inventory host, its C(ccid) and its C(sender_ids).
    type: list
    elements: list
    required: true
"""

EXAMPLES = r"""
- name: Stop if anything is wrong with the tenants of the inventory
  ansible.builtin.assert:
    that: problems | length == 0
    fail_msg: "{{ problems }}"
  vars:
    names: "{{ groups.all | default([]) }}"
    tenants: "{{ names | map('extract', hostvars) }}"
    ccids: "{{ tenants | map(attribute='ccid', default='') }}"
    numbers: "{{ tenants | map(attribute='sender_ids', default=[]) }}"
    problems: "{{ names | zip(ccids, numbers) | cxops.genesys_sms.tenant_problems }}"
"""

RETURN = r"""
_value:
  description: A sentence for each problem.
  type: list
  elements: str
  sample:
    - "acme: sender_ids[1].channel_id: '1650-466' is not made of digits alone. ..."
"""


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"tenant_problems": tenant_problems}
