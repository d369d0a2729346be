# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter tenants_pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Container

DOCUMENTATION = r"""
name: tenants_pattern
short_description: Return the pattern of hosts of a play for tenants
version_added: 0.6.0
description:
  - Returns a pattern with those groups of SMS options that the inventory has. Ansible would warn of others.
  - The pattern matches no host if the inventory has none of them.
  - The playbooks use it in C(hosts). Ansible evaluates that before it starts the first worker process. So it also loads
    the code of the collection only once, and not in each process that needs a filter.
author:
  - cxops (@cxops)
options:
  _input:
    description: The groups of the inventory, C(groups).
    type: dict
    required: true
  options:
    description: Groups of SMS options.
    type: list
    elements: str
    required: true
  checked:
    description: Whether to match only tenants that the preflight of this run has checked and not stopped.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Provision SMS over Kaleyra
  hosts: "{{ groups | cxops.genesys_sms.tenants_pattern(['kaleyra'], checked=true) }}"
  tasks: []
"""

RETURN = r"""
_value:
  description: The pattern.
  type: str
  sample: kaleyra:!preflight_stopped
"""


def tenants_pattern(groups: Container[str], options: list[str], *, checked: bool = False) -> str:
    """Return the pattern of hosts of a play for tenants."""
    found = [option for option in options if option in groups]
    if not found or (checked and "preflight_checked" not in groups):
        return "!all"
    return ":".join([*found, *(["!preflight_stopped"] if checked and "preflight_stopped" in groups else [])])


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"tenants_pattern": tenants_pattern}
