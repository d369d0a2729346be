# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter unknown_tags."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible import context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DOCUMENTATION = r"""
name: unknown_tags
short_description: Return the tags that a playbook of this collection does not have
version_added: 0.5.0
description:
  - Returns the tags that a playbook does not have. Ansible itself ignores them, so a mistyped tag would do nothing.
  - Returns an empty list if the run is not the run of one playbook of this collection, for example if another playbook
    imports it. Then the tags may belong to other plays.
author:
  - cxops (@cxops)
options:
  _input:
    description: Tags of the command line, C(ansible_run_tags) and C(ansible_skip_tags).
    type: list
    elements: str
    required: true
  known:
    description: The tags of the playbook. Ansible's own tags, such as V(all), may be left out.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Stop if a tag is mistyped
  ansible.builtin.assert:
    that: (ansible_run_tags + ansible_skip_tags) | cxops.genesys_sms.unknown_tags(['services']) == []
"""

RETURN = r"""
_value:
  description: The unknown tags.
  type: list
  elements: str
"""

_SPECIAL = {"all", "always", "never", "tagged", "untagged"}
_NAMES = "cxops.genesys_sms."
_PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"


def unknown_tags(tags: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the tags that the playbook of this run does not have."""
    playbooks = [str(playbook) for playbook in context.CLIARGS.get("args") or ()]
    if len(playbooks) != 1 or not _is_ours(playbooks[0]):
        return []
    return sorted({str(tag) for tag in tags} - {*known, *_SPECIAL})


def _is_ours(playbook: str) -> bool:
    """Return True if a playbook on the command line belongs to this collection."""
    return playbook.startswith(_NAMES) or Path(playbook).resolve().parent == _PLAYBOOKS


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"unknown_tags": unknown_tags}
