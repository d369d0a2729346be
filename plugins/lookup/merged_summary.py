# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup merged_summary."""

from __future__ import annotations

DOCUMENTATION = r"""
name: merged_summary
short_description: Merge the summary files of slices
version_added: 0.6.0
description:
  - Reads the files that the callback P(cxops.genesys_sms.summary#callback) wrote for the slices of an inventory, and
    merges them into one summary.
  - The playbook C(cxops.genesys_sms.merge_summaries) uses it.
author:
  - cxops (@cxops)
options:
  _terms:
    description:
      - Paths of the files. A directory stands for all of its files that end with C(.json). The name of a
        file may have wildcards such as C(*).
    type: list
    elements: str
    required: true
  allow_missing_slices:
    description: Whether slices may be missing. The merged summary then names them.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Merge the summaries of slices
  ansible.builtin.set_fact:
    merged: "{{ lookup('cxops.genesys_sms.merged_summary', 'summaries/*.json') }}"
"""

RETURN = r"""
_raw:
  description: One dictionary.
  type: list
  elements: dict
  contains:
    problems:
      description: A sentence for each reason why the files can't be merged. Empty if they were merged.
      type: list
      elements: str
    summary:
      description: The merged summary, or null if there are problems.
      type: dict
    lines:
      description: The table of the merged summary.
      type: list
      elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible.plugins.lookup import LookupBase

from ..module_utils._tenant.summary_merge import merge
from ..module_utils._tenant.summary_table import table
from ..plugin_utils.summary import read_files

if TYPE_CHECKING:
    from collections.abc import Iterable

_WIDTH = 80


class LookupModule(LookupBase):
    """Merges summaries."""

    def run(self, terms: Iterable[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[dict[str, Any]]:
        """Return the merged summary, or the problems."""
        self.set_options(var_options=variables, direct=kwargs)
        files, problems = read_files([str(term) for term in terms])
        summary = None
        if not problems:
            summary, problems = merge(files, allow_missing=self.get_option("allow_missing_slices"))
        lines = [line.text for line in table(summary, _WIDTH)] if summary else []
        return [{"summary": summary, "problems": problems, "lines": lines}]
