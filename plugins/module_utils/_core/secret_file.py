# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes secrets to files: readable by the owner only, complete or not at all, encrypted if the user wants that."""

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
"""Starts Python with arguments and standard input. Returns its exit status, its output and its error output.

Each front door has its own way to start a process, since module code must not do it itself.
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
            - The absolute path of a file that contains the password for the encryption of O(secret_file), or of a
              program that prints it. The file is encrypted as C(ansible-vault) does it.
            - Needs ansible-core for the Python that runs the module.
            - A vault client script, whose name ends with C(-client), needs O(vault_id).
        """,
        "no_log": False,
    },
    "vault_id": {
        "type": "str",
        "description": """
            - The vault ID of the password, as in C(--vault-id prod@file). It becomes the label of the encrypted file,
              and a vault client script is called with it. The default label is C(default).
            - Needed if playbooks are run with E(ANSIBLE_VAULT_ID_MATCH). Then the task fails before it creates
              anything, unless the playbook was given a password for this vault ID.
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
_FILE_REMEDY = "Set it to the path of the file to write"
_DIRECTORY_REMEDY = "Choose a directory in which the task may create files"
_PASSWORD_REMEDY = "Give the path of a file that contains the password, or of a program that prints it"

# Encrypts or decrypts its standard input, with the password of a file or of a program. Ansible's configuration is
# empty. A program for the password gets no standard input, since that is the secret. It gets no standard error either,
# since it could keep it open after the time limit.
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

signal.signal(signal.SIGALRM, lambda *_arguments: end(f"it returned no password within {{limit}} s"))
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
            end("the encrypted text can't be decrypted")
    except Exception as error:
        end(error)
sys.stdout.buffer.write(made)
"""


@dataclass(frozen=True)
class Vault:
    """Encrypts and decrypts with Ansible Vault, in a separate process, since module code can't import Ansible Vault.

    :arg password_file: a file with the password, or a program that prints it.
    :arg label: the vault ID for the label of files and for a vault client script.
    """

    password_file: str
    label: str | None
    python: RunPython

    def check(self) -> None:
        """Raise InvalidInput if the password can't be read."""
        # os.access() does not fail for a name that is too long.
        if not os.access(self.password_file, os.F_OK):
            raise InvalidInput("vault_password_file", f"there is no file {self.password_file}", _PASSWORD_REMEDY)
        is_client = Path(self.password_file).stem.endswith("-client") and os.access(self.password_file, os.X_OK)
        if is_client and self.label is None:
            raise InvalidInput(
                "vault_id",
                f"it is missing, but the vault client script {self.password_file} needs a vault ID",
                f"Set it to the vault ID of the inventory, such as {DEFAULT_LABEL}",
            )

    def encrypt(self, content: str, path: str) -> str:
        """Encrypt a text. It is passed to Ansible by standard input."""
        return self._run("encrypt", content, path)

    def decrypt(self, content: str, path: str) -> str:
        """Decrypt a text."""
        return self._run("decrypt", content, path)

    def _run(self, work: str, content: str, path: str) -> str:
        arguments = ["-c", _VAULT, work, self.password_file, self.label or DEFAULT_LABEL, str(_LIMIT_SECONDS)]
        try:
            status, output, errors = self.python(arguments, content)
        except OSError as error:
            raise self._unable(work, path, f"Python can't be started: {error.strerror}") from error
        if status == _NO_ANSIBLE:
            raise InvalidInput(
                "vault_password_file",
                f"encryption needs ansible-core, which is not installed for {sys.executable}",
                "Install ansible-core there, run the task on a host that has it, or leave vault_password_file out",
            )
        if status:
            raise self._unable(work, path, errors.strip().rstrip(".") or "Ansible gave no reason")
        return output

    def _unable(self, work: str, path: str, problem: str) -> InvalidInput:
        return InvalidInput(
            "vault_password_file", f"can't {work} {path} with {self.password_file}: {problem}", _PASSWORD_REMEDY
        )


class _Value(NamedTuple):
    """The value of a variable in a file.

    :arg text: the value, if it is a plain string. None if that is not certain.
    :arg is_template: True if Ansible may treat it as a template.
    """

    text: str | None
    is_template: bool


class SecretFile:
    """A variables file for an inventory. Links are followed.

    :arg vault: encrypts the file. None: the file is not encrypted.
    """

    def __init__(self, path: str, vault: Vault | None) -> None:
        self.path = path
        self._target = Path(os.path.realpath(path))
        self._vault = vault
        # Decrypted contents, since each decryption may ask a program for the password.
        self._opened: dict[str, str] = {}
        self._can_encrypt = vault is None
        # The prefix of temporary files. Ansible never loads them, and their names have a fixed length.
        digest = hashlib.sha256(self._target.name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        self._prefix = f".secret-{digest}-"
        self._mode = self._look()

    @property
    def exists(self) -> bool:
        """True if the file exists."""
        return self._mode is not None

    def values(self) -> dict[str, str | None] | None:
        """Return the variables of the file. A value that is not a plain string is None. None: it can't be decrypted."""
        found = self._values()
        if found is None:
            return None
        return {name: None if value.is_template else value.text for name, value in found.items()}

    def texts(self, *names: str) -> list[str | None]:
        """Return these variables, which are about to be replaced. A variable that the file does not have is None.

        :raises InvalidInput: the file can't be replaced, or a value can't be read, so it would be lost.
        """
        self.check(*names)
        found = self.values() or {}
        lost = [name for name in names if name in found and found[name] is None]
        if lost:
            raise self._unusable(
                f"has a value of {lost[0]} that the task can't read, such as an encrypted one",
                "Write it in plain text, then encrypt the whole file and set vault_password_file",
            )
        return [found.get(name) for name in names]

    def holds(self, variables: Mapping[str, str]) -> bool | None:
        """Return True if the file has these variables with these values. Return None if that is not certain.

        :raises InvalidInput: the file is encrypted with another password.
        """
        if not self.exists:
            return False
        found = self._values()
        if found is None:
            return None
        answers = [_is_same(found.get(name), value) for name, value in variables.items()]
        return False if False in answers else None if None in answers else True

    def is_open(self, *names: str) -> bool:
        """Return True if other users than the owner can read one of these variables in plain text.

        An encrypted file may be readable: git sets the mode 0644 at each checkout.
        """
        if self._mode is None or not self._mode & _FOR_ALL:
            return False
        found = None if self._is_encrypted() else self._values()
        return any(
            value.text is not None and not value.is_template for name, value in (found or {}).items() if name in names
        )

    def close(self) -> None:
        """Make the file readable by its owner only."""
        try:
            self._target.chmod(0o600)
        except OSError as error:
            raise self._unusable(
                f"can be read by other users, and its mode can't be changed: {error.strerror}", "Set its mode to 0600"
            ) from error
        self._mode = self._look()

    def check(self, *names: str) -> None:
        """Raise InvalidInput if these variables can't be written, as far as it can be checked without writing."""
        directory = self._target.parent
        self._check_kind()
        if not directory.is_dir():
            raise self._unusable(
                "can't be written: No such file or directory", "Give the path of a file in a directory that exists"
            )
        if not os.access(directory, os.W_OK | os.X_OK):
            raise self._unusable(
                "can't be written: the task is not allowed to create files in its directory",
                _DIRECTORY_REMEDY,
            )
        if not self._can_encrypt:
            self._encrypted("{}\n")
            self._can_encrypt = True
        if self.exists:
            self._check_replaceable(names)

    def prepare(self, *names: str) -> None:
        """Raise InvalidInput if these variables can't be written. Call it before a secret is created."""
        self.check(*names)
        try:
            descriptor, path = self._temporary()
        except OSError as error:
            raise self._unusable(f"can't be written: {error.strerror}", _DIRECTORY_REMEDY) from error
        os.close(descriptor)
        path.unlink()

    def write(self, variables: Mapping[str, str], remedy: str, *, changed: bool) -> None:
        """Replace the file. Only its owner can read the new file.

        :arg remedy: what the user can do if writing fails.
        :arg changed: whether something was changed before, such as a secret created.
        :raises NotWritten: writing failed. The old file is unchanged.
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
        """Remove temporary files of runs that were killed."""
        try:
            left = list(self._target.parent.glob(f"{self._prefix}*~"))
        except OSError:
            # check() reports problems with the directory.
            return
        for path in left:
            # A run that still writes holds the lock.
            with contextlib.suppress(OSError), path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()

    def _temporary(self) -> tuple[int, Path]:
        """Create a temporary file beside the target, readable by its owner only, and lock it."""
        descriptor, name = tempfile.mkstemp(prefix=self._prefix, suffix="~", dir=self._target.parent)
        # On a file system without locks, temporary files of killed runs stay. Ansible does not load them.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        return descriptor, Path(name)

    def _look(self) -> int | None:
        """Return the mode of the file. Return None if it does not exist."""
        try:
            return self._target.stat().st_mode
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return None
            raise self._unusable(f"can't be used: {error.strerror}", "Choose another file") from error

    def _check_kind(self) -> None:
        if self._mode is None:
            return
        if stat.S_ISDIR(self._mode):
            raise self._unusable("is a directory", "Give the path of a file")
        if not stat.S_ISREG(self._mode):
            raise self._unusable("is not a regular file", "Choose another file")

    def _check_replaceable(self, names: tuple[str, ...]) -> None:
        """Raise InvalidInput if the file contains something that would be lost."""
        found = self._values()
        if found is None:
            raise self._unusable(
                "is encrypted. It may contain other variables, which would be lost",
                "Set vault_password_file to the file with its password, or choose another file",
            )
        others = [name or "a line that is not a variable" for name in found if name not in names]
        if others:
            raise self._unusable(
                f"contains {', '.join(others)}, which would be lost, since the task replaces the whole file",
                "Choose another file",
            )

    def _values(self) -> dict[str, _Value] | None:
        """Return the variables of the file. Return None if it is encrypted and the password is not known."""
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
            raise self._unusable(f"can't be read: {error.strerror}", "Choose another file") from error

    def _encrypted(self, content: str) -> str:
        """Return the content for the file, encrypted if there is a vault."""
        if self._vault is None:
            return content
        self._vault.check()
        return self._vault.encrypt(content, self.path)

    def _unusable(self, problem: str, remedy: str) -> InvalidInput:
        return InvalidInput("secret_file", f"{self.path} {problem}", remedy)


def secret_file(params: Mapping[str, Any], python: RunPython, *, check_mode: bool) -> SecretFile | None:
    """Return the secret file of a task. Return None if the task has none."""
    password, label = params["vault_password_file"], params["vault_id"]
    if params["secret_file"] is None:
        if password is not None:
            raise InvalidInput("secret_file", "it is missing, but vault_password_file is set", _FILE_REMEDY)
        if label is not None:
            raise InvalidInput("secret_file", "it is missing, but vault_id is set", _FILE_REMEDY)
        return None
    path = checks.absolute_path("secret_file", params["secret_file"])
    vault = None
    if password is not None:
        if label is not None and not _LABEL.fullmatch(label):
            raise InvalidInput(
                "vault_id",
                f"'{label}' is not a valid vault ID",
                "Use letters, digits and _ . + - only. Begin with a letter, a digit or _",
            )
        vault = Vault(checks.absolute_path("vault_password_file", password), label, python)
    elif label is not None:
        raise InvalidInput("vault_password_file", "it is missing, but vault_id is set", _PASSWORD_REMEDY)
    file = SecretFile(path, vault)
    if not check_mode:
        file.tidy()
    return file


def _is_same(found: _Value | None, value: str) -> bool | None:
    """Return True if a variable has this value. Return None if that is not certain."""
    if found is None:
        return False
    if found.text is None or (found.is_template and found.text != value):
        return None
    return found.text == value and not found.is_template


def _values(content: str) -> dict[str, _Value]:
    """Return the variables of a file. The name "" stands for lines that are not variables.

    Managed hosts may have no YAML library, so only the start of each line is parsed.
    """
    found: dict[str, _Value] = {}
    for line in content.splitlines():
        if not line.strip() or line[0] in " \t#" or line.strip() in ("---", "..."):
            continue
        match = _VARIABLE.fullmatch(line.rstrip())
        name, raw = match.group(2, 3) if match else ("", None)
        found[name] = _value(raw or "")
    return found


def _value(raw: str) -> _Value:
    """Return the value of a variable from its YAML, as this file or a person wrote it."""
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
    """Return the text in double quotes. Decode the escapes of JSON and of in_variables_file()."""
    plain = re.sub(r"\\(.)([0-9a-f]{8})?", _json_escape, text)
    try:
        return str(json.loads(plain))
    except ValueError:
        return None


def _json_escape(match: re.Match[str]) -> str:
    if match[1] == "U" and match[2]:
        return json.dumps(chr(int(match[2], 16)))[1:-1]
    return match[0]
