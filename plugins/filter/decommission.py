# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter decommission."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..module_utils._core.input import plain
from ..module_utils._tenant.decommission import Leaving, lines, problems, releases, unlisted
from ..plugin_utils.templates import harmless
from .list_of_text import list_of_text
from .number_tenants import number_tenants

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DOCUMENTATION = r"""
name: decommission
short_description: Return what the playbook decommission may release, what it did, and what stays
version_added: 0.6.0
description:
  - Works on what the playbook C(cxops.genesys_sms.decommission) registered for a tenant.
  - Use the playbook. The names of the registered variables may change with any version.
author:
  - cxops (@cxops)
options:
  _input:
    description: The name of the tenant, and the registered results.
    type: dict
    required: true
  hostvars:
    description: The variables of all hosts, C(hostvars), to name a tenant that is not in the run.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what stays
  ansible.builtin.debug:
    msg: "{{ (dict(tenant='acme', tenants=['acme'], key=key) | cxops.genesys_sms.decommission).lines }}"
"""

RETURN = r"""
_value:
  description: What is known of the tenant.
  type: dict
  contains:
    problems:
      description: Why nothing of the tenant may be removed.
      type: list
      elements: str
    releases:
      description: The confirmed numbers, as M(cxops.genesys_sms.gc_tollfree_numbers) takes them.
      type: list
      elements: dict
    is_refused:
      description: Whether Digital Channels refuses the API key, because it does not exist.
      type: bool
    lines:
      description: What the run did or would do, and what stays.
      type: list
      elements: str
"""


def decommission(known: Mapping[str, Any], hostvars: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """Return what is to be released, and the lines of the tenant."""
    values = plain(known)
    values["confirmed"] = list_of_text(values.get("confirmed", ()))
    # To read the variables of all hosts is slow.
    if hostvars and unlisted(values):
        tenants = number_tenants(hostvars, hostvars, only_names=True)
        values["names"] = {str(tenant["ccid"]).strip().lower(): tenant["name"] for tenant in tenants}
    leaving = Leaving(**values)
    return {
        "problems": [harmless(problem) for problem in problems(leaving)],
        "releases": [
            {"number": number, "release_confirmation": number, "state": "absent"} for number in releases(leaving)
        ],
        "is_refused": leaving.is_refused,
        "lines": [harmless(line) for line in lines(leaving)],
    }


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"decommission": decommission}
