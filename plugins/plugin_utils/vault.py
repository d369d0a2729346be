# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible Vault in the controller: how to start the encryption, and which vault IDs the playbook can read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from ansible.constants import config
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import match_encrypt_secret

from ..module_utils._core.errors import InvalidInput
from ..module_utils._core.secret_file import DEFAULT_LABEL


def run_python(arguments: list[str], text: str) -> tuple[int, str, str]:
    """Start the controller's Python with this standard input. Return exit status, output and error output."""
    command = [sys.executable, *arguments]
    process = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", errors="replace", check=False)
    return process.returncode, process.stdout, process.stderr


def unreadable(arguments: Mapping[str, Any], loader: DataLoader | None) -> InvalidInput | None:
    """Return an error if a playbook that is run like this one could not decrypt the task's encrypted file.

    With ANSIBLE_VAULT_ID_MATCH, Ansible tries only the password whose vault ID is the label of the file.
    """
    if not arguments.get("vault_password_file") or loader is None:
        return None
    label = arguments.get("vault_id") or DEFAULT_LABEL
    known = vault_ids(loader)
    if not known or label in known or not config.get_config_value("DEFAULT_VAULT_ID_MATCH"):
        return None
    return InvalidInput(
        "vault_id",
        f"Ansible could not decrypt a file with the label {label}. ANSIBLE_VAULT_ID_MATCH is on, and this run only has "
        f"passwords for the vault IDs {', '.join(known)}",
        f"Set vault_id to {' or '.join(known)}",
    )


def vault_ids(loader: DataLoader | None) -> list[str]:
    """Return the vault IDs of the passwords that the run was given."""
    return [] if loader is None else [str(name) for name, _secret in loader._vault.secrets or ()]


def encrypted(text: str, loader: DataLoader) -> str:
    """Return a text that is encrypted with a vault password of the run. It is never written in plain text."""
    wanted = config.get_config_value("DEFAULT_VAULT_ENCRYPT_IDENTITY")
    label, secret = match_encrypt_secret(loader._vault.secrets, wanted)
    made: bytes = loader._vault.encrypt(text, secret, label)
    return made.decode()
