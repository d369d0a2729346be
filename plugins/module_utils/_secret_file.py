# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that secrets are written to: for the owner alone, whole or not at all, encrypted if that is wanted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput

_LIMIT_SECONDS = 120


class SecretFile:
    """A file of variables that an inventory can use.

    :arg vault_password_file: encrypt the file with Ansible Vault and the password in this file, or that it prints.
    """

    def __init__(self, path: str, vault_password_file: str | None) -> None:
        self.path = path
        self._vault_password_file = vault_password_file

    @property
    def exists(self) -> bool:
        """Whether there is such a file."""
        return Path(self.path).exists()

    def prepare(self) -> None:
        """Raise InvalidInput where a secret could not be written: better before there is one."""
        try:
            with tempfile.NamedTemporaryFile(dir=Path(self.path).parent):
                pass
        except OSError as error:
            raise InvalidInput(
                "secret_file",
                f"{self.path} can't be written: {error.strerror}",
                "Name a file in a directory that exists",
            ) from error
        self._encrypted("{}\n")

    def write(self, variables: Mapping[str, str]) -> None:
        """Replace the file; only the owner can read it."""
        lines = [f"{name}: {json.dumps(value)}\n" for name, value in variables.items()]
        content = self._encrypted("".join(["---\n", *lines]))
        descriptor, temporary = tempfile.mkstemp(dir=Path(self.path).parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(self.path)

    def _encrypted(self, content: str) -> str:
        """Return what is to stand in the file. The content goes to ansible-vault by its standard input."""
        if self._vault_password_file is None:
            return content
        vault = ["vault", "encrypt", "--output", "-", "--encrypt-vault-id", "default"]
        process = subprocess.run(
            [sys.executable, "-m", "ansible", *vault, "--vault-id", f"default@{self._vault_password_file}"],
            input=content,
            capture_output=True,
            text=True,
            check=False,
            timeout=_LIMIT_SECONDS,
        )
        if process.returncode:
            problem = (process.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise InvalidInput(
                "vault_password_file",
                f"ansible-vault can't encrypt with {self._vault_password_file}: {problem}",
                "Name a file that holds the password, on a host that has ansible-core",
            )
        return process.stdout


def secret_file(params: Mapping[str, Any]) -> SecretFile | None:
    """Return the file that a task names; None where it names none."""
    if params["secret_file"] is None:
        if params["vault_password_file"] is not None:
            raise InvalidInput("secret_file", "vault_password_file is set without it", "Name the file to write")
        return None
    return SecretFile(_checks.absolute_path("secret_file", params["secret_file"]), params["vault_password_file"])
