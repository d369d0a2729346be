# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter option_variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..module_utils._tenant.inventory import ROLES
from .inventory_problems import roles, variables_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DOCUMENTATION = r"""
name: option_variables
short_description: Return the variables of a tenant that only its former SMS option uses
version_added: 0.6.0
description:
  - Returns the names of variables that are set for a tenant and that the roles of its former SMS option use, but not
    those of its new one. The playbook C(cxops.genesys_sms.switch_option) shows them.
  - A variable may come from a group. Other tenants of the group may still need it.
author:
  - cxops (@cxops)
options:
  _input:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  host:
    description: Name of the tenant.
    type: str
    required: true
  former:
    description: The former SMS option.
    type: str
    required: true
  to:
    description: The new SMS option.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show which variables are not needed any more
  ansible.builtin.debug:
    msg: "{{ hostvars | cxops.genesys_sms.option_variables(inventory_hostname, 'kaleyra', 'genesys_cloud') }}"
"""

RETURN = r"""
_value:
  description: The names of the variables.
  type: list
  elements: str
  sample: [kaleyra_password, kaleyra_url, kaleyra_username]
"""


def option_variables(hostvars: Mapping[str, Mapping[str, Any]], host: str, former: str, to: str) -> list[str]:
    """Return the variables of a tenant that only its former SMS option uses."""
    of_former, of_new = ({name for role in ROLES[option] for name in roles()[role]} for option in (former, to))
    return sorted((of_former - of_new) & set(variables_of(hostvars, host, {}).values))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"option_variables": option_variables}
