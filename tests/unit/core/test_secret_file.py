# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of secrets, without Ansible Vault: `_core/secret_file.py`."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import secret_file
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput, NotWritten
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secret_file import SecretFile, Vault
from unit.arguments import filled, wrong

HEAD = "$ANSIBLE_VAULT;1.1;AES256\n"


class Python:
    """Stands for a Python with Ansible Vault, which reverses what it encrypts."""

    def __init__(self, status: int = 0, errors: str = "") -> None:
        self.status, self.errors = status, errors
        self.calls: list[tuple[str, ...]] = []

    def __call__(self, arguments: list[str], text: str) -> tuple[int, str, str]:
        flag, _script, *rest = arguments
        self.calls.append((flag, *rest))
        if self.status:
            return self.status, "", self.errors
        return 0, HEAD + text[::-1] if rest[0] == "encrypt" else text.removeprefix(HEAD)[::-1], ""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret.yml"


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("p", encoding="utf-8")
    return path


def store(path: Path, content: str, mode: int = 0o600) -> SecretFile:
    """Return a file with this content."""
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    return SecretFile(str(path), None)


# The options


def made(check: bool = False, **given: Any) -> SecretFile | None:
    return secret_file.secret_file(filled(secret_file.OPTIONS, **given), Python(), check_mode=check)


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"vault_password_file": "/p"}, "secret_file"),
        ({"vault_id": "prod"}, "secret_file"),
        ({"secret_file": "relative"}, "secret_file"),
        ({"secret_file": "/f", "vault_password_file": "relative"}, "vault_password_file"),
        ({"secret_file": "/f", "vault_id": "prod"}, "vault_password_file"),
        ({"secret_file": "/f", "vault_password_file": "/p", "vault_id": "a b"}, "vault_id"),
        ({"secret_file": "/f", "vault_password_file": "/p", "vault_id": "-a"}, "vault_id"),
    ],
)
def test_an_invalid_option_is_named(given: dict[str, Any], parameter: str) -> None:
    assert wrong(made, **given) == parameter


def test_a_task_may_have_no_file() -> None:
    assert made() is None


@pytest.mark.parametrize("label", [None, "prod", "a_b.c+d-1"])
def test_a_file_may_be_encrypted(file: Path, password: Path, label: str | None) -> None:
    found = made(secret_file=str(file), vault_password_file=str(password), vault_id=label)
    assert found is not None
    found.write({"a": "b"}, "none", changed=False)
    assert file.read_text(encoding="utf-8") == HEAD + '---\na: "b"\n'[::-1]


@pytest.mark.parametrize("check", [True, False])
def test_leftovers_of_killed_runs_are_removed(tmp_path: Path, check: bool) -> None:
    file = tmp_path / "secret.yml"
    descriptor, left = SecretFile(str(file), None)._temporary()
    others, other = SecretFile(str(tmp_path / "other.yml"), None)._temporary()
    os.close(others)
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    made(check, secret_file=str(file))
    # A run that still writes is left alone.
    assert left.exists()
    os.close(descriptor)
    made(check, secret_file=str(file))
    assert (left.exists(), other.exists()) == (check, True)


def test_leftovers_keep_their_name_so_that_later_versions_remove_them(file: Path) -> None:
    left = file.with_name(".secret-174725a8e90b12c2-x~")
    left.touch()
    made(secret_file=str(file))
    assert not left.exists()


def test_leftovers_that_can_not_be_listed_stay(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", full)
    assert made(secret_file=str(file)) is not None


# What a file holds


def test_a_file_that_is_not_there_holds_nothing(file: Path) -> None:
    found = SecretFile(str(file), None)
    assert (found.exists, found.values(), found.holds({"a": "b"}), found.is_open("a")) == (False, {}, False, False)
    assert SecretFile(str(file / "below"), None).exists is False


def test_variables_are_read(file: Path) -> None:
    found = store(file, "---\n# mine\na: b\n\n'c': d\n\"e\" : f\ng:\n  h: i\n...\n")
    assert found.values() == {"a": "b", "c": "d", "e": "f", "g": None}


@pytest.mark.parametrize("line", ["text", "- a", "a:b", "1a: b", "{a: b}", "'a\": b"])
def test_a_line_that_is_not_a_variable_is_known(file: Path, line: str) -> None:
    assert store(file, f"{line}\nx: y\n").values() == {"": None, "x": "y"}


@pytest.mark.parametrize(
    ("content", "variables", "expected"),
    [
        ("a: b\n", {"a": "b"}, True),
        ("a: b\n", {"a": "c"}, False),
        ("a: b\n", {"a": "b", "c": "d"}, False),
        ("a: b\nc: d\n", {"a": "b"}, True),
        ("a: |\n  b\n", {"a": "b"}, None),
        ("a: |\n  b\nc: d\n", {"a": "b", "c": "e"}, False),
        ("a: '{{ x }}'\n", {"a": "b"}, None),
        ("a: '{{ x }}'\n", {"a": "{{ x }}"}, False),
        ("a: !unsafe '{{ x }}'\n", {"a": "{{ x }}"}, True),
        ("", {"a": "b"}, False),
        (HEAD, {"a": "b"}, None),
    ],
)
def test_a_file_may_hold_a_value(file: Path, content: str, variables: dict[str, str], expected: bool | None) -> None:
    assert store(file, content).holds(variables) is expected


@pytest.mark.parametrize(
    ("content", "mode", "expected"),
    [
        ("a: b\n", 0o600, False),
        ("a: b\n", 0o640, True),
        ("a: b\n", 0o604, True),
        ("a: b\n", 0o644, True),
        ("c: d\n", 0o644, False),
        ("a: |\n", 0o644, False),
        ("a: '{{ x }}'\n", 0o644, False),
        (HEAD, 0o644, False),
        ("", 0o644, False),
    ],
)
def test_others_may_read_a_plain_secret(file: Path, content: str, mode: int, expected: bool) -> None:
    assert store(file, content, mode).is_open("a", "b") is expected


def test_a_file_is_closed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = store(file, "a: b\n", 0o644)
    found.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert found.is_open("a") is False
    file.unlink()
    assert wrong(found.close) == "secret_file"


# What can be written


def test_a_file_is_written_for_its_owner_alone(file: Path) -> None:
    found = SecretFile(str(file), None)
    found.prepare("a")
    assert list(file.parent.iterdir()) == []
    found.write({"a": "b", "c": "{{ x }}"}, "none", changed=False)
    assert file.read_text(
        encoding="utf-8"
    ) == '---\na: "b"\nc: !unsafe "\\U0000007b{ x }}"\n' or "!unsafe" in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (found.exists, found.holds({"a": "b", "c": "{{ x }}"})) == (True, True)
    assert list(file.parent.iterdir()) == [file]


def test_a_file_of_the_same_variables_is_replaced(file: Path) -> None:
    found = store(file, "a: old\n", 0o644)
    found.prepare("a", "b")
    found.write({"a": "new"}, "none", changed=True)
    assert file.read_text(encoding="utf-8") == '---\na: "new"\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_is_followed(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yml"
    link.symlink_to(file)
    SecretFile(str(link), None).write({"a": "b"}, "none", changed=False)
    assert link.is_symlink()
    assert file.exists()


@pytest.mark.parametrize("content", ["a: b\nother: c\n", "text\n", HEAD])
def test_what_would_be_lost_is_not_overwritten(file: Path, content: str) -> None:
    found = store(file, content)
    assert wrong(found.check, "a") == "secret_file"
    assert wrong(found.prepare, "a") == "secret_file"


def test_a_message_names_what_would_be_lost(file: Path) -> None:
    with pytest.raises(InvalidInput, match="contains other, a line that is not a variable, which would be lost"):
        store(file, "a: b\nother: c\ntext\n").check("a")


def test_places_that_take_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wrong(SecretFile(str(tmp_path / "no/secret.yml"), None).check, "a") == "secret_file"
    assert wrong(SecretFile(str(tmp_path), None).check, "a") == "secret_file"
    assert wrong(SecretFile(str(tmp_path), None).values) == "secret_file"
    assert wrong(SecretFile, f"/{'x' * 300}", None) == "secret_file"
    os.mkfifo(tmp_path / "pipe")
    assert wrong(SecretFile(str(tmp_path / "pipe"), None).check, "a") == "secret_file"
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK | os.X_OK)
    assert wrong(SecretFile(str(tmp_path / "secret.yml"), None).check, "a") == "secret_file"


def test_a_directory_is_refused_before_the_password_is_asked_for(tmp_path: Path, password: Path) -> None:
    python = Python()
    found = SecretFile(str(tmp_path), vault(password, python))
    for call in (found.check, found.values):
        with pytest.raises(InvalidInput, match="is a directory"):
            call()
    assert python.calls == []


def test_a_try_to_write_leaves_no_file_open(file: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))
    SecretFile(str(file), None).prepare("a")
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_file_is_complete_when_it_replaces_the_old_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced: list[str] = []
    monkeypatch.setattr(Path, "replace", lambda path, _target: replaced.append(path.read_text(encoding="utf-8")))
    SecretFile(str(file), None).write({"a": "b"}, "none", changed=False)
    assert replaced == ['---\na: "b"\n']


def full(*_arguments: Any, **_options: Any) -> Any:
    """Stand for what writes to a full disk."""
    raise OSError(28, "No space left on device")


def test_a_disk_that_is_full_is_found_before_there_is_a_secret(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "mkstemp", full)
    assert wrong(SecretFile(str(file), None).prepare, "a") == "secret_file"


@pytest.mark.parametrize("changed", [True, False])
@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, changed: bool, name: str
) -> None:
    found = store(file, "a: old\n")
    monkeypatch.setattr(os if name == "fsync" else Path, name, full)
    with pytest.raises(NotWritten, match=r"No space left.*Mend it") as caught:
        found.write({"a": "new"}, "Mend it", changed=changed)
    assert caught.value.changed is changed
    assert file.read_text(encoding="utf-8") == "a: old\n"
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_can_not_be_read_is_an_error(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = store(file, "a: b\n")
    monkeypatch.setattr(Path, "read_text", full)
    assert wrong(found.values) == "secret_file"


# Encryption


def vault(password: Path, python: Python | None = None, label: str | None = None) -> Vault:
    return Vault(str(password), label, python or Python())


def test_an_encrypted_file_is_read_and_replaced(file: Path, password: Path) -> None:
    python = Python()
    file.write_text(HEAD + "a: old\n"[::-1], encoding="utf-8")
    found = SecretFile(str(file), vault(password, python))
    assert found.values() == {"a": "old"}
    assert found.holds({"a": "old"}) is True
    # It is decrypted once.
    assert python.calls == [("-c", "decrypt", str(password), "default", "120")]
    found.prepare("a")
    found.prepare("a")
    # That it can be encrypted is tried once.
    assert [call[1] for call in python.calls] == ["decrypt", "encrypt"]
    found.write({"a": "new"}, "none", changed=True)
    assert found.values() == {"a": "new"}


def test_a_plain_file_is_encrypted_when_it_is_replaced(file: Path, password: Path) -> None:
    store(file, "a: old\n")
    found = SecretFile(str(file), vault(password, label="prod"))
    assert found.values() == {"a": "old"}
    found.write({"a": "new"}, "none", changed=True)
    assert file.read_text(encoding="utf-8").startswith(HEAD)


@pytest.mark.parametrize(
    ("status", "errors", "text"), [(1, " no password.\n", "no password"), (1, "", "no reason"), (3, "", "ansible-core")]
)
def test_an_encryption_that_fails_is_an_error(file: Path, password: Path, status: int, errors: str, text: str) -> None:
    failing = vault(password, Python(status, errors))
    found = SecretFile(str(file), failing)
    with pytest.raises(InvalidInput, match=text) as caught:
        found.check("a")
    assert caught.value.parameter == "vault_password_file"
    with pytest.raises(NotWritten, match=text):
        found.write({"a": "b"}, "none", changed=True)
    file.write_text(HEAD, encoding="utf-8")
    assert wrong(SecretFile(str(file), failing).values) == "vault_password_file"


def test_a_python_that_can_not_be_started_is_an_error(password: Path) -> None:
    with pytest.raises(InvalidInput, match="No space left"):
        Vault(str(password), None, full).encrypt("a", "/f")


def test_a_password_must_be_there(tmp_path: Path, password: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path / ("x" * 300)):
        assert wrong(vault(path).check) == "vault_password_file"
        assert wrong(SecretFile(str(tmp_path / "f"), vault(path)).check, "a") == "vault_password_file"
        (tmp_path / "g").write_text(HEAD, encoding="utf-8")
        assert wrong(SecretFile(str(tmp_path / "g"), vault(path)).values) == "vault_password_file"
    vault(password).check()


@pytest.mark.parametrize(
    ("name", "mode", "label", "is_refused"),
    [
        ("my-client.py", 0o700, None, True),
        ("my-client", 0o700, None, True),
        ("my-client", 0o600, None, False),
        ("my-client", 0o700, "prod", False),
        ("client", 0o700, None, False),
    ],
)
def test_a_vault_client_script_needs_a_vault_id(
    tmp_path: Path, name: str, mode: int, label: str | None, is_refused: bool
) -> None:
    script = tmp_path / name
    script.touch()
    script.chmod(mode)
    if is_refused:
        assert wrong(vault(script, label=label).check) == "vault_id"
    else:
        vault(script, label=label).check()


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("x", "x"),
        ("x # mine", "x"),
        ("'it''s'  # mine", "it's"),
        ('"x"  # mine', "x"),
        ('"\\U000000e4\\n"', "\u00e4\n"),
        ('"\\x41"', None),
        ('"\\U41"', None),
        ('"a" b', None),
        ("!vault |", None),
        ("|", None),
        ("", None),
        ("{{ x }}", None),
        ("'{{ x }}'", None),
        ("!unsafe '{{ x }}'", "{{ x }}"),
        ('"#jinja2: x"', None),
        ('!unsafe "#jinja2: x"', "#jinja2: x"),
    ],
)
def test_values_of_a_secret_file_are_read_as_written(file: Path, raw: str, value: str | None) -> None:
    file.write_text(f"gc_client_id: {raw}\n", encoding="utf-8")
    assert secret_file.SecretFile(str(file), None).values() == {"gc_client_id": value}


def test_an_escape_that_eight_digits_follow_is_only_an_escape() -> None:
    assert secret_file._value(r'"a\n00000041"').text == "a\n00000041"
    assert secret_file._value(r'"a\U00000041"').text == "aA"


def test_a_value_that_would_be_lost(tmp_path: Path) -> None:
    path = tmp_path / "secret.yml"
    path.write_text("a: text\n")
    assert SecretFile(str(path), None).texts("a", "b") == ["text", None]
    for value in ("!vault |\n  $ANSIBLE_VAULT", "'{{ other }}'"):
        path.write_text(f"a: {value}\n")
        with pytest.raises(InvalidInput, match="has a value of a that the task can't read"):
            SecretFile(str(path), None).texts("a", "b")
