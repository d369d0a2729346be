# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter variable_problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources.inventory import variable_problems

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENTATION = r"""
name: variable_problems
short_description: Tell which variables of a tenant can't be used
version_added: 0.1.0
description:
  - Looks at variables without calling any server.
  - Finds those that are not set, those that are empty, and those whose name ends in C(_url) and that are no http or
    https URL.
  - The values are never shown, URLs excepted.
author:
  - cxops (@cxops)
options:
  _input:
    description: The values by name, null for a variable that is not set.
    type: dict
    required: true
  optional:
    description: Names of the variables that need not be set.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Stop if a variable of the tenant can't be used
  ansible.builtin.assert:
    that: problems | length == 0
    fail_msg: "{{ problems }}"
  vars:
    problems: >-
      {{ {'kaleyra_url': kaleyra_url, 'kaleyra_username': kaleyra_username, 'gws_auth_url': none}
      | cxops.genesys_sms.variable_problems(optional=['gws_auth_url']) }}
"""

RETURN = r"""
_value:
  description: A sentence for each problem.
  type: list
  elements: str
  sample:
    - "kaleyra_username: it is empty. Give a value, or leave the option out."
"""


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"variable_problems": variable_problems}
