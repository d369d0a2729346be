# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter list_of_text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENTATION = r"""
name: list_of_text
short_description: Return the list that a JSON text contains
version_added: 0.6.0
description:
  - Returns the list that a text contains as JSON, such as the answer of a survey. C(-e name=value) gives a text too.
  - Any other value is returned unchanged, so that the module that gets it says what is wrong.
author:
  - cxops (@cxops)
options:
  _input:
    description: A list, or a text.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show the names of a survey
  ansible.builtin.debug:
    msg: "{{ '[\"acme\", \"globex\"]' | cxops.genesys_sms.list_of_text }}"
"""

RETURN = r"""
_value:
  description: The list.
  type: list
  elements: raw
"""


def list_of_text(value: Any) -> Any:
    """Return the list of a JSON text. Return any other value unchanged."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except (RecursionError, ValueError):
        return value
    return found if isinstance(found, list) else value


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"list_of_text": list_of_text}
