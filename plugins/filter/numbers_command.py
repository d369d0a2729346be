# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter numbers_command."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from ansible import context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DOCUMENTATION = r"""
name: numbers_command
short_description: Return the command that runs the playbook numbers with the settings of this run
version_added: 0.6.0
description:
  - Returns a shell command that runs the playbook C(cxops.genesys_sms.numbers). It has the inventory, the vault
    passwords and the files of extra variables of this run.
  - Other extra variables are left out, since they may contain secrets.
author:
  - cxops (@cxops)
options:
  _input:
    description: The extra variables for the command. Empty ones are left out.
    type: dict
    required: true
  host:
    description: The only host for the command. It is left out if Ansible would treat the name as a pattern.
    type: str
  journal:
    description: The journal. The command includes it if this run got it as an extra variable.
    type: str
"""

EXAMPLES = r"""
- name: Show the command that creates the journal of purchases
  ansible.builtin.debug:
    msg: "{{ {'create_journal': 'true'} | cxops.genesys_sms.numbers_command }}"
"""

RETURN = r"""
_value:
  description: The command.
  type: str
  sample: ansible-playbook -i /srv/inventories/production cxops.genesys_sms.numbers -e create_journal=true
"""

_JOURNAL = "genesys_cloud_journal"
_OPTIONS = {"-i": "inventory", "--vault-id": "vault_ids", "--vault-password-file": "vault_password_files"}
_PLAIN = re.compile(r"[\w.@:/+-]+")
_NAME = re.compile(r"\w[\w.-]*")


def numbers_command(variables: Mapping[str, Any], host: str | None = None, journal: str | None = None) -> str:
    """Return the command that runs the playbook numbers with these variables."""
    given = [str(text) for text in _option("extra_vars")]
    words = ["ansible-playbook"]
    for option, name in _OPTIONS.items():
        words += [word for value in _option(name) for word in (option, str(value))]
    if context.CLIARGS.get("ask_vault_pass"):
        words.append("--ask-vault-pass")
    words.append("cxops.genesys_sms.numbers")
    words += [word for text in given if text.startswith("@") for word in ("-e", text)]
    if host and _NAME.fullmatch(host):
        words += ["--limit", host]
    named = any(_JOURNAL in text for text in given if not text.startswith("@"))
    for name, value in {**({_JOURNAL: journal} if named else {}), **variables}.items():
        if value:
            words += ["-e", _extra(name, str(value))]
    return shlex.join(words)


def _option(name: str) -> tuple[Any, ...]:
    """Return the values of an option on the command line of this run."""
    return tuple(context.CLIARGS.get(name) or ())


def _extra(name: str, value: str) -> str:
    """Return an extra variable in the format of the command line."""
    return f"{name}={value}" if _PLAIN.fullmatch(value) else json.dumps({name: value})


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"numbers_command": numbers_command}
