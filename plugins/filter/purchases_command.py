# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter purchases_command."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from ansible import context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DOCUMENTATION = r"""
name: purchases_command
short_description: Tell the command that runs the playbook purchases as this run was
version_added: 0.5.0
description:
  - Returns the command that runs the playbook C(cxops.genesys_sms.purchases) with the inventory, the vault passwords
    and the files of extra variables of this run, for a shell to run.
  - Other extra variables are left out, since they may hold secrets.
author:
  - cxops (@cxops)
options:
  _input:
    description: The extra variables that the command gives. Those that are empty are left out.
    type: dict
    required: true
  host:
    description: The only host that it is for. A name that Ansible would take for a pattern is left out.
    type: str
  journal:
    description: The journal, which the command names if this run got it as an extra variable.
    type: str
"""

EXAMPLES = r"""
- name: Tell how to create the journal of purchases
  ansible.builtin.debug:
    msg: "{{ {'create_journal': 'true'} | cxops.genesys_sms.purchases_command }}"
"""

RETURN = r"""
_value:
  description: The command.
  type: str
  sample: ansible-playbook -i /srv/inventories/production cxops.genesys_sms.purchases -e create_journal=true
"""

_JOURNAL = "genesys_cloud_journal"
_OPTIONS = {"-i": "inventory", "--vault-id": "vault_ids", "--vault-password-file": "vault_password_files"}
_PLAIN = re.compile(r"[\w.@:/+-]+")
_NAME = re.compile(r"\w[\w.-]*")


def purchases_command(variables: Mapping[str, Any], host: str | None = None, journal: str | None = None) -> str:
    """Return the command that runs the playbook purchases with these variables."""
    given = [str(text) for text in _option("extra_vars")]
    words = ["ansible-playbook"]
    for option, name in _OPTIONS.items():
        words += [word for value in _option(name) for word in (option, str(value))]
    if context.CLIARGS.get("ask_vault_pass"):
        words.append("--ask-vault-pass")
    words.append("cxops.genesys_sms.purchases")
    words += [word for text in given if text.startswith("@") for word in ("-e", text)]
    if host and _NAME.fullmatch(host):
        words += ["--limit", host]
    named = any(_JOURNAL in text for text in given if not text.startswith("@"))
    for name, value in {**({_JOURNAL: journal} if named else {}), **variables}.items():
        if value:
            words += ["-e", _extra(name, str(value))]
    return shlex.join(words)


def _option(name: str) -> tuple[Any, ...]:
    """Return the values of an option of the command line of this run."""
    return tuple(context.CLIARGS.get(name) or ())


def _extra(name: str, value: str) -> str:
    """Return an extra variable as the command line takes it."""
    return f"{name}={value}" if _PLAIN.fullmatch(value) else json.dumps({name: value})


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"purchases_command": purchases_command}
