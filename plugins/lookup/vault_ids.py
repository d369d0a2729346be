# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup vault_ids."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vault_ids
short_description: Name the vault passwords of the run
version_added: 0.6.0
description:
  - Returns the vault IDs of the vault passwords that the run was given, such as V(default) with C(--ask-vault-pass).
  - The list is empty if the run has no vault password.
author:
  - cxops (@cxops)
options:
  _terms:
    description: It takes no terms.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Stop if the run has no vault password
  ansible.builtin.assert:
    that: query('cxops.genesys_sms.vault_ids') != []
    fail_msg: Add --ask-vault-pass to the command.
"""

RETURN = r"""
_raw:
  description: The vault IDs.
  type: list
  elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible.plugins.lookup import LookupBase

from ..plugin_utils.vault import vault_ids

if TYPE_CHECKING:
    from collections.abc import Iterable


class LookupModule(LookupBase):
    """Names the vault passwords of the run."""

    def run(self, terms: Iterable[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        """Return the vault IDs."""
        return vault_ids(self._loader)
