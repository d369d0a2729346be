# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that secrets are written to: for the owner alone, whole or not at all, encrypted if that is wanted."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import stat
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from . import checks
from .errors import InvalidInput, NotWritten
from .server_text import in_variables_file, may_be_template

RunPython = Callable[[list[str], str], tuple[int, str, str]]
"""Starts a Python with these arguments and this standard input; returns its status, its output and its errors.

Each front door has its own way: module code is not to start processes by itself.
"""

DEFAULT_LABEL = "default"
"""The vault ID that Ansible gives a password without one."""

OPTIONS: dict[str, Any] = {
    "secret_file": {
        "type": "path",
        "no_log": False,
    },
    "vault_password_file": {
        "type": "path",
        "description": """
            - File that holds, or program that prints, the password to encrypt O(secret_file) with, as
              C(ansible-vault) does. An absolute path.
            - Works where ansible-core is installed for the Python that runs the module.
            - A vault client script, whose name ends with C(-client), needs O(vault_id).
        """,
        "no_log": False,
    },
    "vault_id": {
        "type": "str",
        "description": """
            - The vault ID of that password, as in C(--vault-id prod@file). The encrypted file gets it as
              its label, and a vault client script is called with it. Left out, the file gets the label
              C(default).
            - Needed where playbooks are run with E(ANSIBLE_VAULT_ID_MATCH). Then the task fails, before
              anything is made, unless the playbook was given a password for this vault ID.
        """,
        "version_added": "0.4.0",
    },
}

_LIMIT_SECONDS = 120
_ENCRYPTED = "$ANSIBLE_VAULT;"
_NO_ANSIBLE = 3
_VARIABLE = re.compile(r"""(["']?)([A-Za-z_]\w*)\1\s*:(?:\s+(.*))?""")
_LABEL = re.compile(r"\w[\w.+-]*")
_FOR_ALL = stat.S_IRWXG | stat.S_IRWXO
_PASSWORD_REMEDY = "Name a file that holds the password, or a program that prints it"

# Encrypts or decrypts what it reads, with the password of a file or of a program. The configuration is an empty one,
# and a program for the password finds no standard input: what stands there is the secret. Nor does it get the errors'
# channel, which it could keep open for longer than anyone wants to wait.
_VAULT = f"""
import os, signal, sys, tempfile

sys.path = [path for path in sys.path if path]
work, password_file, label, limit = sys.argv[1:]
content = sys.stdin.buffer.read()
told = os.dup(2)
null = os.open(os.devnull, os.O_RDWR)
os.dup2(null, 0)
os.dup2(null, 2)

def end(sentence, status=1):
    os.write(told, " ".join(str(sentence).split()).encode("utf-8", "replace"))
    os._exit(status)

signal.signal(signal.SIGALRM, lambda *_arguments: end(f"it gave no password in {{limit}} s"))
for name in [name for name in os.environ if name.startswith("ANSIBLE_VAULT_")]:
    del os.environ[name]
with tempfile.NamedTemporaryFile(suffix=".cfg") as configuration:
    os.environ["ANSIBLE_CONFIG"] = configuration.name
    try:
        from ansible.parsing.dataloader import DataLoader
        from ansible.parsing.vault import VaultLib, get_file_vault_secret
    except ImportError as error:
        end(error, {_NO_ANSIBLE})
    try:
        signal.alarm(int(limit))
        secret = get_file_vault_secret(filename=password_file, vault_id=label, loader=DataLoader())
        secret.load()
        signal.alarm(0)
        vault = VaultLib([(label, secret)])
        made = vault.encrypt(content, secret, label) if work == "encrypt" else vault.decrypt(content)
        if work == "encrypt" and vault.decrypt(made) != content:
            end("what was encrypted can't be decrypted")
    except Exception as error:
        end(error)
sys.stdout.buffer.write(made)
"""


@dataclass(frozen=True)
class Vault:
    """Encrypts and decrypts with Ansible Vault, in a process of its own: module code can't import it.

    :arg password_file: a file with the password, or a program that prints it.
    :arg label: the vault ID that files get, and that a vault client script is asked for.
    """

    password_file: str
    label: str | None
    python: RunPython

    def check(self) -> None:
        """Raise InvalidInput where there can't be a password."""
        # Looked at like this, a name that is too long is one that is not there.
        if not os.access(self.password_file, os.F_OK):
            raise InvalidInput("vault_password_file", f"there is no file {self.password_file}", _PASSWORD_REMEDY)
        is_client = Path(self.password_file).stem.endswith("-client") and os.access(self.password_file, os.X_OK)
        if is_client and self.label is None:
            raise InvalidInput(
                "vault_id",
                f"it is not set, and {self.password_file} is a vault client script, which is asked for a vault ID",
                f"Set it to the vault ID that the inventory is read with, such as {DEFAULT_LABEL}",
            )

    def encrypt(self, content: str, path: str) -> str:
        """Return a text encrypted. It goes to Ansible by its standard input."""
        return self._run("encrypt", content, path)

    def decrypt(self, content: str, path: str) -> str:
        """Return a text decrypted."""
        return self._run("decrypt", content, path)

    def _run(self, work: str, content: str, path: str) -> str:
        arguments = ["-c", _VAULT, work, self.password_file, self.label or DEFAULT_LABEL, str(_LIMIT_SECONDS)]
        try:
            status, output, errors = self.python(arguments, content)
        except OSError as error:
            status, output, errors = 127, "", f"Python can't be started: {error.strerror}"
        if status == _NO_ANSIBLE:
            raise InvalidInput(
                "vault_password_file",
                f"{sys.executable} has no ansible-core, which encrypts",
                "Install ansible-core there, run the task on a host that has it, or leave vault_password_file out",
            )
        if status:
            problem = errors.strip().rstrip(".") or "Ansible says nothing"
            raise InvalidInput(
                "vault_password_file", f"can't {work} {path} with {self.password_file}: {problem}", _PASSWORD_REMEDY
            )
        return output


class _Value(NamedTuple):
    """A variable as it stands in a file.

    :arg text: what it is, if it is a text that stands there as it is; None where that can't be told.
    :arg is_template: Ansible would take it for a template.
    """

    text: str | None
    is_template: bool = False


class SecretFile:
    """A file of variables that an inventory can use. A link to one is followed.

    :arg vault: encrypts the file; None leaves it plain.
    """

    def __init__(self, path: str, vault: Vault | None) -> None:
        self.path = path
        self._target = Path(os.path.realpath(path))
        self._vault = vault
        # What was decrypted before: each time may ask a program for the password.
        self._opened: dict[str, str] = {}
        self._can_encrypt = vault is None
        # A file that Ansible never loads, whatever directory it is in; of this length, whatever the name is.
        digest = hashlib.sha256(self._target.name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        self._prefix = f".secret-{digest}-"
        self._mode = self._look()

    @property
    def exists(self) -> bool:
        """Whether there is such a file."""
        return self._mode is not None

    def values(self) -> dict[str, str | None] | None:
        """Return the variables of the file, with None for what is no plain text; None where it can't be decrypted."""
        found = self._values()
        if found is None:
            return None
        return {name: None if value.is_template else value.text for name, value in found.items()}

    def holds(self, variables: Mapping[str, str]) -> bool | None:
        """Tell whether these stand in the file; None where that can't be told.

        :raises InvalidInput: it is encrypted with another password.
        """
        if not self.exists:
            return False
        found = self._values()
        if found is None:
            return None
        answers = [_is_same(found.get(name), value) for name, value in variables.items()]
        return False if False in answers else None if None in answers else True

    def is_open(self, *names: str) -> bool:
        """Tell whether others than the owner may read these variables.

        What is encrypted may be read: git, for one, gives a file 0644 on each checkout.
        """
        if self._mode is None or not self._mode & _FOR_ALL:
            return False
        found = None if self._is_encrypted() else self._values()
        return any(
            value.text is not None and not value.is_template for name, value in (found or {}).items() if name in names
        )

    def close(self) -> None:
        """Let only the owner read the file."""
        try:
            self._target.chmod(0o600)
        except OSError as error:
            raise self._unusable(
                f"can be read by others, and that can't be changed: {error.strerror}", "Take it from them"
            ) from error
        self._mode = self._look()

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
        if not self._can_encrypt:
            self._encrypted("{}\n")
            self._can_encrypt = True
        if self.exists:
            self._check_replaceable(names)

    def prepare(self, *names: str) -> None:
        """Raise InvalidInput where these variables could not be written: better before there is a secret."""
        self.check(*names)
        try:
            descriptor, path = self._temporary()
        except OSError as error:
            raise self._unusable(
                f"can't be written: {error.strerror}", "Name a file in a directory in which the task may write"
            ) from error
        os.close(descriptor)
        path.unlink()

    def write(self, variables: Mapping[str, str], remedy: str, *, changed: bool) -> None:
        """Replace the file; only the owner can read it.

        :arg remedy: what to do where that fails.
        :arg changed: whether something was changed before, such as the secret made.
        :raises NotWritten: it failed. The file is as it was.
        """
        lines = [f"{name}: {in_variables_file(value)}\n" for name, value in variables.items()]
        temporary = None
        try:
            content = self._encrypted("".join(["---\n", *lines]))
            descriptor, temporary = self._temporary()
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
                temporary.replace(self._target)
        except OSError as error:
            raise NotWritten(self.path, f"can't be written: {error.strerror}", remedy, changed=changed) from error
        except InvalidInput as error:
            raise NotWritten(
                self.path, f"can't be encrypted. {str(error).rstrip('.')}", remedy, changed=changed
            ) from error
        finally:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
        self._mode = self._look()

    def tidy(self) -> None:
        """Remove what runs that were killed while they wrote have left behind."""
        try:
            left = list(self._target.parent.glob(f"{self._prefix}*~"))
        except OSError:
            # What is wrong with the directory is told where something is to be written.
            return
        for path in left:
            try:
                with path.open("rb") as file:
                    # Whoever still writes holds the lock.
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
            except OSError:
                continue

    def _temporary(self) -> tuple[int, Path]:
        """Make a file beside the target, for its owner alone, and lock it."""
        descriptor, name = tempfile.mkstemp(prefix=self._prefix, suffix="~", dir=self._target.parent)
        # Where there are no locks, what is left behind stays: it is not loaded.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        return descriptor, Path(name)

    def _look(self) -> int | None:
        """Return the mode of the file; None where there is none."""
        try:
            return self._target.stat().st_mode
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return None
            raise self._unusable(f"can't be used: {error.strerror}", "Name another file") from error

    def _check_kind(self) -> None:
        if self._mode is None:
            return
        if stat.S_ISDIR(self._mode):
            raise self._unusable("is a directory", "Name a file")
        if not stat.S_ISREG(self._mode):
            raise self._unusable("is no regular file", "Name another file")

    def _check_replaceable(self, names: tuple[str, ...]) -> None:
        """Raise InvalidInput where the file holds what would be lost."""
        found = self._values()
        if found is None:
            raise self._unusable(
                "is encrypted, so that it can't be told whether it holds other variables",
                "Set vault_password_file to its password, or name another file",
            )
        others = [name or "what is no variable" for name in found if name not in names]
        if others:
            raise self._unusable(
                f"holds {', '.join(others)}, which would be lost",
                "Name another file: this one is written as a whole",
            )

    def _values(self) -> dict[str, _Value] | None:
        """Return the variables of the file; None where it is encrypted and the password is not known."""
        self._check_kind()
        content = self._read() if self.exists else ""
        if not content.startswith(_ENCRYPTED):
            return _values(content)
        if self._vault is None:
            return None
        if content not in self._opened:
            self._vault.check()
            self._opened[content] = self._vault.decrypt(content, self.path)
        return _values(self._opened[content])

    def _is_encrypted(self) -> bool:
        return self._read().startswith(_ENCRYPTED)

    def _read(self) -> str:
        try:
            return self._target.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise self._unusable(f"can't be read: {error.strerror}", "Name another file") from error

    def _encrypted(self, content: str) -> str:
        """Return what is to stand in the file."""
        if self._vault is None:
            return content
        self._vault.check()
        return self._vault.encrypt(content, self.path)

    def _unusable(self, problem: str, remedy: str) -> InvalidInput:
        return InvalidInput("secret_file", f"{self.path} {problem}", remedy)


def secret_file(params: Mapping[str, Any], python: RunPython, *, check_mode: bool) -> SecretFile | None:
    """Return the file that a task names; None where it names none."""
    password, label = params["vault_password_file"], params["vault_id"]
    if params["secret_file"] is None:
        if password is not None:
            raise InvalidInput("secret_file", "vault_password_file is set without it", "Name the file to write")
        if label is not None:
            raise InvalidInput("secret_file", "vault_id is set without it", "Name the file to write")
        return None
    path = checks.absolute_path("secret_file", params["secret_file"])
    vault = None
    if password is not None:
        if label is not None and not _LABEL.fullmatch(label):
            raise InvalidInput(
                "vault_id", f"'{label}' can't be one", "Use letters, digits, and the characters _ . + - after the first"
            )
        vault = Vault(checks.absolute_path("vault_password_file", password), label, python)
    elif label is not None:
        raise InvalidInput("vault_password_file", "vault_id is set without it", "Name the file with its password")
    file = SecretFile(path, vault)
    if not check_mode:
        file.tidy()
    return file


def _is_same(found: _Value | None, value: str) -> bool | None:
    """Tell whether a variable has a value; None where that can't be told."""
    if found is None:
        return False
    if found.text is None or (found.is_template and found.text != value):
        return None
    return found.text == value and not found.is_template


def _values(content: str) -> dict[str, _Value]:
    """Return the variables of a file; "" stands for what is no variable.

    Targets need no YAML: what stands at the beginning of a line is enough.
    """
    found: dict[str, _Value] = {}
    for line in content.splitlines():
        if not line.strip() or line[0] in " \t#" or line.strip() in ("---", "..."):
            continue
        match = _VARIABLE.fullmatch(line.rstrip())
        found[match[2] if match else ""] = _value(match[3] or "") if match else _Value(None)
    return found


def _value(raw: str) -> _Value:
    """Return the value of a variable from its YAML, which is what this module writes or what people do."""
    unsafe = raw.startswith("!unsafe ")
    raw = raw.removeprefix("!unsafe ").strip()
    double = re.fullmatch(r'("(?:[^"\\]|\\.)*")(?:\s+#.*)?', raw)
    single = re.fullmatch(r"'((?:[^']|'')*)'(?:\s+#.*)?", raw)
    text: str | None
    if double:
        text = _unquoted(double[1])
    elif single:
        text = single[1].replace("''", "'")
    else:
        text = re.sub(r"\s+#.*", "", raw)
        if not text or text[0] in "!&*|>{[\"'@`%#":
            text = None
    return _Value(text, text is not None and may_be_template(text) and not unsafe)


def _unquoted(text: str) -> str | None:
    """Return what stands in double quotes, with the escapes that JSON and in_variables_file() write."""
    plain = re.sub(r"\\(.)([0-9a-f]{8})?", _json_escape, text)
    try:
        return str(json.loads(plain))
    except ValueError:
        return None


def _json_escape(match: re.Match[str]) -> str:
    if match[1] == "U" and match[2]:
        return json.dumps(chr(int(match[2], 16)))[1:-1]
    return match[0]
