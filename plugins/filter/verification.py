# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter verification."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from ansible import context

from ..module_utils._tenant.verification import VARIABLES, Wanted, document, off, table
from ..plugin_utils.collected import as_json, collected, head
from ..plugin_utils.templates import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

DOCUMENTATION = r"""
name: verification
short_description: Make the results of the playbook verify
version_added: 0.6.0
description:
  - Makes the table and the file of results from what the playbook C(cxops.genesys_sms.verify) registered for each
    tenant.
  - Use the playbook. The names of the registered variables may change with any version.
author:
  - cxops (@cxops)
options:
  _input:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  hosts:
    description: Names of the tenants of the run.
    type: list
    elements: str
    required: true
  probe:
    description: Whether the API secrets of custom gateways were to be proven.
    type: bool
    default: false
  webhook_hosts:
    description: Whether the hosts of webhooks were to be checked.
    type: bool
    default: false
  unchecked:
    description: Whether a tenant fails if something of it could not be checked.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Make the results
  ansible.builtin.set_fact:
    made: "{{ hostvars | cxops.genesys_sms.verification(ansible_play_hosts_all, probe=false, unchecked=true) }}"
"""

RETURN = r"""
_value:
  description: The results.
  type: dict
  contains:
    lines:
      description: The lines of the table.
      type: list
      elements: str
    file:
      description: The content of the file for programs, as JSON.
      type: str
    failing:
      description: The tenants that fail the run, each with a sentence.
      type: dict
      sample: {acme: "These checks are not ok: services."}
"""

_WIDTH = 120
"""The width without a terminal."""
_AROUND = 12
"""The columns that ansible-core puts around a line."""


def verification(
    hostvars: Mapping[str, Mapping[str, Any]],
    hosts: Iterable[str],
    probe: bool = False,
    webhook_hosts: bool = False,
    unchecked: bool = False,
) -> dict[str, Any]:
    """Return the table, the file, and the tenants that fail the run."""
    wanted = Wanted(probe=probe, hosts=webhook_hosts, check_mode=bool(context.CLIARGS.get("check")))
    made = document(head(), [collected(hostvars, str(host), VARIABLES) for host in hosts], wanted)
    width = shutil.get_terminal_size((_WIDTH, 24)).columns - _AROUND
    return {
        "lines": [harmless(line) for line in table(made, width)],
        "file": as_json(made),
        "failing": {tenant: harmless(sentence) for tenant, sentence in off(made, unchecked=unchecked).items()},
    }


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"verification": verification}
