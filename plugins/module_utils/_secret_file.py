# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that secrets are written to: for the owner alone, whole or not at all, encrypted if that is wanted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput, NotWritten

_LIMIT_SECONDS = 120
_ENCRYPTED = "$ANSIBLE_VAULT;"
_NO_ANSIBLE = 3
_VARIABLE = re.compile(r"""(["']?)([A-Za-z_]\w*)\1\s*:(?:\s+(.*))?""")

# Encrypts or decrypts what it reads with the password of a file, or of a program. Module code can't import
# ansible.parsing, so this is a process of its own. The configuration is an empty one, and a program for the password
# finds no standard input: what stands there is the secret.
_VAULT = f"""
import os, sys, tempfile

sys.path = [path for path in sys.path if path]
work, password_file = sys.argv[1:]
content = sys.stdin.buffer.read()
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
with tempfile.NamedTemporaryFile(suffix=".cfg") as configuration:
    os.environ["ANSIBLE_CONFIG"] = configuration.name
    try:
        from ansible.parsing.dataloader import DataLoader
        from ansible.parsing.vault import VaultLib, get_file_vault_secret
    except ImportError:
        sys.exit({_NO_ANSIBLE})
    try:
        secret = get_file_vault_secret(filename=password_file, vault_id="default", loader=DataLoader())
        secret.load()
        vault = VaultLib([("default", secret)])
        made = vault.encrypt(content, secret) if work == "encrypt" else vault.decrypt(content)
        if work == "encrypt" and vault.decrypt(made) != content:
            sys.exit("what was encrypted can't be decrypted")
    except Exception as error:
        sys.exit(" ".join(str(error).split()))
sys.stdout.buffer.write(made)
"""


class SecretFile:
    """A file of variables that an inventory can use. A link to one is followed.

    :arg vault_password_file: encrypt the file with Ansible Vault and the password in this file, or that it prints.
    """

    def __init__(self, path: str, vault_password_file: str | None) -> None:
        self.path = path
        self._target = Path(os.path.realpath(path))
        self._vault_password_file = vault_password_file

    @property
    def exists(self) -> bool:
        """Whether there is such a file."""
        return self._target.exists()

    def holds(self, variables: Mapping[str, str]) -> bool | None:
        """Tell whether these stand in the file; None where that can't be told, since they are encrypted.

        :raises InvalidInput: it is encrypted with another password.
        """
        if not self.exists:
            return False
        self._check_kind()
        content = self._content()
        if content is None:
            return None
        found = _values(content)
        if any((found.get(name) or "").startswith("!") for name in variables):
            return None
        return all(found.get(name) in (json.dumps(value), f"'{value}'", value) for name, value in variables.items())

    def check(self, *names: str) -> None:
        """Raise InvalidInput where these variables could not be written, as far as looking can tell."""
        directory = self._target.parent
        self._check_kind()
        if not directory.is_dir():
            raise self._unusable(
                "can't be written: No such file or directory", "Name a file in a directory that exists"
            )
        if not os.access(directory, os.W_OK | os.X_OK):
            raise self._unusable(
                "can't be written: its directory takes no files",
                "Name a file in a directory in which the task may write",
            )
        password = self._vault_password_file
        if password is not None and not Path(password).exists():
            raise InvalidInput(
                "vault_password_file",
                f"there is no file {password}",
                "Name a file that holds the password, or a program that prints it",
            )
        if self.exists:
            self._check_replaceable(names)

    def prepare(self, *names: str) -> None:
        """Raise InvalidInput where these variables could not be written: better before there is a secret."""
        self.check(*names)
        try:
            with tempfile.NamedTemporaryFile(dir=self._target.parent):
                pass
        except OSError as error:
            raise self._unusable(
                f"can't be written: {error.strerror}", "Name a file in a directory in which the task may write"
            ) from error
        self._encrypted("{}\n")

    def write(self, variables: Mapping[str, str], remedy: str, *, changed: bool) -> None:
        """Replace the file; only the owner can read it.

        :arg remedy: what to do where that fails.
        :arg changed: whether something was changed before, such as the secret made.
        :raises NotWritten: it failed. The file is as it was.
        """
        lines = [f"{name}: {json.dumps(value)}\n" for name, value in variables.items()]
        temporary = None
        try:
            content = self._encrypted("".join(["---\n", *lines]))
            descriptor, temporary = tempfile.mkstemp(dir=self._target.parent)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            Path(temporary).replace(self._target)
        except OSError as error:
            raise NotWritten(self.path, f"can't be written: {error.strerror}", remedy, changed=changed) from error
        except InvalidInput as error:
            raise NotWritten(
                self.path, f"can't be encrypted. {str(error).rstrip('.')}", remedy, changed=changed
            ) from error
        finally:
            if temporary is not None:
                Path(temporary).unlink(missing_ok=True)

    def _check_kind(self) -> None:
        if self._target.is_dir():
            raise self._unusable("is a directory", "Name a file")
        if self.exists and not self._target.is_file():
            raise self._unusable("is no regular file", "Name another file")

    def _check_replaceable(self, names: tuple[str, ...]) -> None:
        """Raise InvalidInput where the file holds what would be lost."""
        content = self._content()
        if content is None:
            raise self._unusable(
                "is encrypted, so that it can't be told whether it holds other variables",
                "Set vault_password_file to its password, or name another file",
            )
        others = [name or "what is no variable" for name in _values(content) if name not in names]
        if others:
            raise self._unusable(
                f"holds {', '.join(others)}, which would be lost",
                "Name another file: this one is written as a whole",
            )

    def _content(self) -> str | None:
        """Return what stands in the file; None where it is encrypted and the password is not known."""
        try:
            content = self._target.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise self._unusable(f"can't be read: {error.strerror}", "Name another file") from error
        if not content.startswith(_ENCRYPTED):
            return content
        return None if self._vault_password_file is None else self._vault("decrypt", content)

    def _encrypted(self, content: str) -> str:
        """Return what is to stand in the file."""
        return content if self._vault_password_file is None else self._vault("encrypt", content)

    def _vault(self, work: str, content: str) -> str:
        """Return a text encrypted or decrypted. It goes to Ansible by its standard input."""
        remedy = "Name a file that holds the password, or a program that prints it"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_VAULT_")}
        try:
            process = subprocess.run(
                [sys.executable, "-c", _VAULT, work, str(self._vault_password_file)],
                input=content,
                capture_output=True,
                env=environment,
                encoding="utf-8",
                check=False,
                timeout=_LIMIT_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise InvalidInput(
                "vault_password_file", f"{self._vault_password_file} gave no password in {_LIMIT_SECONDS} s", remedy
            ) from error
        if process.returncode == _NO_ANSIBLE:
            raise InvalidInput(
                "vault_password_file",
                f"{sys.executable} has no ansible-core, which encrypts",
                "Install ansible-core there, run the task on a host that has it, or leave vault_password_file out",
            )
        if process.returncode:
            problem = (process.stderr.strip().splitlines() or ["Ansible says nothing"])[-1].rstrip(".")
            raise InvalidInput(
                "vault_password_file", f"can't {work} {self.path} with {self._vault_password_file}: {problem}", remedy
            )
        return process.stdout

    def _unusable(self, problem: str, remedy: str) -> InvalidInput:
        return InvalidInput("secret_file", f"{self.path} {problem}", remedy)


def secret_file(params: Mapping[str, Any]) -> SecretFile | None:
    """Return the file that a task names; None where it names none."""
    password = params["vault_password_file"]
    if params["secret_file"] is None:
        if password is not None:
            raise InvalidInput("secret_file", "vault_password_file is set without it", "Name the file to write")
        return None
    if password is not None:
        _checks.absolute_path("vault_password_file", password)
    return SecretFile(_checks.absolute_path("secret_file", params["secret_file"]), password)


def _values(content: str) -> dict[str, str | None]:
    """Return the variables of a file with their values as they are written; "" stands for what is no variable.

    Targets need no YAML: what stands at the beginning of a line is enough.
    """
    found: dict[str, str | None] = {}
    for line in content.splitlines():
        if not line.strip() or line[0] in " \t#" or line.strip() in ("---", "..."):
            continue
        match = _VARIABLE.fullmatch(line.rstrip())
        found[match[2] if match else ""] = match[3] if match else None
    return found
