# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter report."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from ansible import context
from ansible.release import __version__

from ..module_utils._core.input import plain
from ..module_utils._core.server_text import in_message
from ..module_utils._core.version import VERSION
from ..module_utils._tenant.report import TASKS, Collected, document, drifted
from ..module_utils._tenant.summary import PROBLEMS, SMS_OPTIONS
from ..plugin_utils import report_pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

DOCUMENTATION = r"""
name: report
short_description: Make the report of the playbook report
version_added: 0.6.0
description:
  - Makes the report from what the playbook C(cxops.genesys_sms.report) registered for each tenant.
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
"""

EXAMPLES = r"""
- name: Make the report
  ansible.builtin.set_fact:
    made: "{{ hostvars | cxops.genesys_sms.report(groups.sms_reported | default([])) }}"
"""

RETURN = r"""
_value:
  description: The report.
  type: dict
  contains:
    files:
      description: The contents of C(report.json), C(report.md) and C(report.html).
      type: dict
    drifted:
      description: The tenants that are not as the inventory describes them, or of which this is not known.
      type: list
      elements: str
      sample: [acme]
"""

LIVE = "sms_tenant"
"""The variable in which the playbook registers the result of nexus_tenant_info."""


def report(hostvars: Mapping[str, Mapping[str, Any]], hosts: Iterable[str]) -> dict[str, Any]:
    """Return the files of a report, and the tenants that are not as described."""
    made = document(
        {
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "inventory": [in_message(str(source)) for source in context.CLIARGS.get("inventory") or ()],
            "limit": in_message(str(context.CLIARGS.get("subset"))) if context.CLIARGS.get("subset") else None,
            "collection_version": VERSION,
            "ansible_core_version": __version__,
        },
        [_collected(hostvars, str(host)) for host in hosts],
    )
    files = {
        # Ansible before 2.19 would treat these characters as a template. In JSON they stand only in strings.
        "report.json": re.sub(r"\{(?=[{%#])", r"\\u007b", json.dumps(made, indent=2)) + "\n",
        "report.md": report_pages.markdown(made),
        "report.html": report_pages.html(made),
    }
    return {"files": files, "drifted": drifted(made)}


def _collected(hostvars: Any, host: str) -> Collected:
    # hostvars[host] is slow, since Ansible merges the host's variables each time.
    known = hostvars.raw_get(host) if hasattr(hostvars, "raw_get") else hostvars[host]
    problems = (known.get(PROBLEMS) or {}).get(host, [])
    return Collected(
        tenant=host,
        option=next((name for name in SMS_OPTIONS if name in known.get("group_names", ())), None),
        problems=[str(problem) for problem in problems],
        results={name: plain(known[name]) for name in TASKS if name in known},
        live=plain(known[LIVE]) if LIVE in known else None,
    )


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"report": report}
