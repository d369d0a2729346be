# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup environment."""

from __future__ import annotations

DOCUMENTATION = r"""
name: environment
short_description: Read the environment variable of a variable of this collection
version_added: 0.4.0
description:
  - Returns the value of the environment variable that the modules read for a variable, from the process that runs
    Ansible.
  - The URLs of an organization in Genesys Cloud CX come from E(GENESYSCLOUD_REGION) if their own environment variables
    are not set.
author:
  - cxops (@cxops)
options:
  _terms:
    description: Names of variables, such as V(gc_api_url).
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show the API URL of the organization
  ansible.builtin.debug:
    msg: "{{ lookup('cxops.genesys_sms.environment', 'gc_api_url') }}"
"""

RETURN = r"""
_raw:
  description: The values. A value is an empty string if the environment variable is not set.
  type: list
  elements: str
"""

import os
from typing import TYPE_CHECKING, Any

from ansible.plugins.lookup import LookupBase

from ..module_utils._tenant.environment import from_environment

if TYPE_CHECKING:
    from collections.abc import Iterable


class LookupModule(LookupBase):
    """Reads environment variables."""

    def run(self, terms: Iterable[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        """Return the value of each name."""
        return [from_environment(str(term), os.environ) or "" for term in terms]
