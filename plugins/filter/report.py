# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..module_utils._tenant.report import TASKS, document, drifted
from ..plugin_utils import report_pages
from ..plugin_utils.collected import as_json, collected, head

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


def report(hostvars: Mapping[str, Mapping[str, Any]], hosts: Iterable[str]) -> dict[str, Any]:
    """Return the files of a report, and the tenants that are not as described."""
    made = document(head(), [collected(hostvars, str(host), TASKS) for host in hosts])
    files = {
        "report.json": as_json(made),
        "report.md": report_pages.markdown(made),
        "report.html": report_pages.html(made),
    }
    return {"files": files, "drifted": drifted(made)}


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"report": report}
