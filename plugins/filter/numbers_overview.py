# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter numbers_overview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..module_utils._core.input import plain
from ..module_utils._genesys_cloud.numbers.overview_text import as_csv, document, table
from ..plugin_utils.collected import as_json, head
from ..plugin_utils.templates import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DOCUMENTATION = r"""
name: numbers_overview
short_description: Return the numbers of an organization as a table and as files
version_added: 0.6.0
description:
  - Returns the result of M(cxops.genesys_sms.gc_organization_numbers) as a table for people, and as the contents of
    files.
  - In the CSV, a value that a spreadsheet would treat as a formula begins with an apostrophe.
author:
  - cxops (@cxops)
options:
  _input:
    description: The registered result.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the numbers
  ansible.builtin.debug:
    msg: "{{ (registered | cxops.genesys_sms.numbers_overview).lines }}"
"""

RETURN = r"""
_value:
  description: The numbers in several forms.
  type: dict
  contains:
    lines:
      description: The lines of the table.
      type: list
      elements: str
    files:
      description: The contents of C(numbers.json) and C(numbers.csv).
      type: dict
"""


def numbers_overview(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table, and the contents of files."""
    known = plain(result)
    return {
        "lines": [harmless(line) for line in table(known)],
        "files": {
            "numbers.json": as_json(document(head(), known)),
            "numbers.csv": harmless(as_csv(known)),
        },
    }


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"numbers_overview": numbers_overview}
