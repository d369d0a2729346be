# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secret files in whole tasks, `_core/secret_file.py`: refusals, replacement and encryption."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import secret_file
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.server_text import in_result
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_oauth_client, nexus_api_key
from integration.organization import Json, Org

pytestmark = pytest.mark.usefixtures("any_roles")
CLUSTER: Json = {"name": "Portico Cluster API Key", "tenant": "", "permissions": ["nexus:cluster:*"]}
PASSWORD = "given-vault-password"


def vault(password: str = PASSWORD) -> VaultLib:
    return VaultLib([("default", VaultSecret(password.encode()))])


def encrypted(content: str, password: str = PASSWORD) -> str:
    return str(vault(password).encrypt(content, VaultSecret(password.encode())).decode())


def program(path: Path, *lines: str) -> Path:
    """Write a program that prints the vault password."""
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), encoding="utf-8")
    path.chmod(0o700)
    return path


def client(file: Path, **options: Any) -> Json:
    return {"name": "Integration", "secret_file": str(file), **options}


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n", encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret.yml"


def refused(org: Org, asked: Json, *phrases: str) -> None:
    """Assert that a client is refused in check mode and in the real run, and that nothing is written."""
    for check in (True, False):
        text = org.failure(gc_oauth_client, asked, check=check)
        assert [phrase for phrase in phrases if phrase not in text] == [], text
        assert org.sandbox.writes() == []


def test_a_secret_file_in_a_missing_directory(org: Org, file: Path) -> None:
    refused(org, client(file / "nowhere/secret.yml"), "can't be written: No such file or directory. Give the path")


def test_a_directory_without_write_permission(org: Org, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    refused(org, client(file), "can't be written: the task is not allowed to create files in its directory")


@pytest.mark.parametrize("name", ["s" * 300, f"{'d' * 300}/secret.yml"])
def test_a_file_name_that_is_too_long(org: Org, tmp_path: Path, password: Path, name: str) -> None:
    for module, asked in ((gc_oauth_client, {"name": "Integration"}), (nexus_api_key, CLUSTER)):
        for check in (True, False):
            for parameter, files in (
                ("secret_file", {"secret_file": str(tmp_path / name)}),
                (
                    "vault_password_file",
                    {"secret_file": str(tmp_path / "secret.yml"), "vault_password_file": str(tmp_path / name)},
                ),
            ):
                result = org.run(module, {**asked, **files}, check=check)
                assert result["failure"] == {"kind": "invalid_input", "parameter": parameter}, result["msg"]
                assert org.sandbox.writes() == []


def test_a_file_name_of_maximum_length(org: Org, tmp_path: Path) -> None:
    asked = {**CLUSTER, "secret_file": str(tmp_path / f"{'s' * 251}.yml")}
    assert org.run(nexus_api_key, asked)["changed"] is True
    assert org.run(nexus_api_key, asked)["changed"] is False


def test_a_directory_instead_of_a_secret_file(org: Org, file: Path) -> None:
    file.mkdir()
    refused(org, client(file), f"secret_file: {file} is a directory. Give the path of a file.")


def test_a_secret_file_that_is_not_a_regular_file(org: Org, file: Path) -> None:
    os.mkfifo(file)
    refused(org, client(file), f"secret_file: {file} is not a regular file. Choose another file.")
    org.run(nexus_api_key, CLUSTER)
    assert "is not a regular file" in org.failure(nexus_api_key, {**CLUSTER, "secret_file": str(file)}, check=True)


def test_a_missing_vault_password_file(org: Org, file: Path, password: Path) -> None:
    password.unlink()
    asked = client(file, vault_password_file=str(password))
    refused(org, asked, f"vault_password_file: there is no file {password}. Give the path of a file that contains")
    asked["vault_password_file"] = "password"
    refused(org, asked, "vault_password_file: must be an absolute path")


@pytest.mark.parametrize(
    ("files", "variable"),
    [
        ({"secret_file": "{0}/nowhere/gc.yml"}, "bootstrap_directory"),
        ({"secret_file": "gc.yml"}, "bootstrap_directory"),
        ({"vault_password_file": "{0}/nowhere"}, "bootstrap_vault_password_file"),
        ({"vault_password_file": "canary"}, "bootstrap_vault_password_file"),
        ({"vault_id": "a b", "vault_password_file": "{0}/password"}, "bootstrap_vault_id"),
        ({"vault_id": "prod"}, "bootstrap_vault_password_file"),
    ],
)
def test_a_message_names_the_variable_of_the_playbook(
    org: Org, tmp_path: Path, file: Path, files: dict[str, str], variable: str
) -> None:
    asked = client(file, **{option: value.format(tmp_path) for option, value in files.items()})
    message = org.failure(gc_oauth_client, asked)
    assert f" comes from the variable {variable}." in message
    assert "canary" not in message
    assert org.sandbox.writes() == []


def test_a_secret_file_that_can_not_be_created(org: Org, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**options: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    assert "can't be written: No space left on device" in org.failure(gc_oauth_client, client(file))
    assert org.sandbox.writes() == []


def test_a_secret_file_that_can_not_be_read(org: Org, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("{}", encoding="utf-8")

    def forbidden(path: Path, **options: Any) -> str:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", forbidden)
    refused(org, client(file), "can't be read: Permission denied. Choose another file.")


@pytest.mark.parametrize(
    ("content", "others"),
    [
        ("---\n# mine\ngc_client_id: x\ngc_region: eu-west-1\n", "gc_region"),
        ('"gws_password": y\ntollfree_numbers:\n  - slot: main\n', "gws_password, tollfree_numbers"),
        ("canary-of-another-kind\n", "a line that is not a variable"),
        ('{"canary": "x"}', "a line that is not a variable"),
    ],
)
def test_a_file_with_other_variables_is_not_replaced(
    org: Org, file: Path, password: Path, content: str, others: str
) -> None:
    said = f"secret_file: {file} contains {others}, which would be lost, since the task replaces the whole file. Choose"
    file.write_text(content, encoding="utf-8")
    refused(org, client(file), said)
    assert file.read_text(encoding="utf-8") == content
    file.write_text(encrypted(content), encoding="utf-8")
    refused(
        org, client(file), f"{file} is encrypted. It may contain other variables", "Set vault_password_file to the file"
    )
    refused(org, client(file, vault_password_file=str(password)), said)
    password.write_text("another", encoding="utf-8")
    refused(org, client(file, vault_password_file=str(password)), f"can't decrypt {file} with {password}: ")


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_a_file_of_the_same_variables_is_replaced(org: Org, file: Path, password: Path, is_encrypted: bool) -> None:
    content = "---\n\n# old\ngc_client_id: x\n'gc_client_secret': !vault |\n  y\n...\n"
    file.write_text(encrypted(content) if is_encrypted else content, encoding="utf-8")
    options = {"vault_password_file": str(password)} if is_encrypted else {}
    secret = org.run(gc_oauth_client, client(file, state="rotated", **options))["client_secret"]
    text = file.read_text(encoding="utf-8")
    assert f'gc_client_secret: "{secret}"' in (vault().decrypt(text).decode() if is_encrypted else text)


def test_a_link_to_a_secret_file_is_followed(org: Org, file: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere.yml"
    file.symlink_to(target)
    secret = org.run(gc_oauth_client, client(file))["client_secret"]
    assert file.is_symlink()
    assert secret in target.read_text(encoding="utf-8")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("state", ["present", "rotated"])
def test_a_client_secret_that_could_not_be_written(
    org: Org, file: Path, tmp_path: Path, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as context:
        context.setattr(os, "fsync", broken)
        result = org.run(gc_oauth_client, client(file, state=state))
    assert (result["failed"], result["changed"], result["failure"]) == (True, True, {"kind": "not_written"})
    assert f"The secret could not be written to its file: {file} can't be written: Input/output error." in result["msg"]
    assert "create a new secret with state=rotated" in result["msg"]
    assert [file.name for file in tmp_path.iterdir()] == ["journal"]
    assert "create a new secret with state=rotated" in org.failure(gc_oauth_client, client(file))
    assert org.run(gc_oauth_client, client(file, state="rotated"))["client_secret"] in file.read_text(encoding="utf-8")


def test_an_api_key_that_could_not_be_written(org: Org, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    asked = {**CLUSTER, "secret_file": str(file)}
    for changed in (True, False):
        with monkeypatch.context() as context:
            context.setattr(os, "fsync", broken)
            result = org.run(nexus_api_key, asked)
        assert (result["failed"], result["changed"]) == (True, changed)
        assert "Fix this and run again. The key exists, and the next run reads it." in result["msg"]
    assert org.run(nexus_api_key, asked)["key"] in file.read_text(encoding="utf-8")


def test_an_encryption_that_fails_after_the_secret_was_created(org: Org, file: Path, tmp_path: Path) -> None:
    count = tmp_path / "count"
    once = program(tmp_path / "once", f"test -e {count} && exit 1", f"touch {count}", f"echo {PASSWORD}")
    result = org.run(gc_oauth_client, client(file, vault_password_file=str(once)))
    assert (result["changed"], result["failure"]["kind"]) == (True, "not_written")
    assert f"{file} can't be encrypted. vault_password_file: can't encrypt {file} with {once}: " in result["msg"]
    assert not file.exists()


def test_a_password_program_does_not_get_the_secret(
    org: Org, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password file that the environment or the configuration names is not used."""
    (tmp_path / "other").write_text("another", encoding="utf-8")
    (tmp_path / "ansible.cfg").write_text("[defaults]\nvault_identity_list = none@/nowhere\n", encoding="utf-8")
    monkeypatch.setenv("ANSIBLE_VAULT_IDENTITY_LIST", f"default@{tmp_path / 'other'}")
    monkeypatch.setenv("ANSIBLE_VAULT_ENCRYPT_IDENTITY", "other")
    monkeypatch.setenv("ANSIBLE_CONFIG", str(tmp_path / "ansible.cfg"))
    eaten = tmp_path / "eaten"
    greedy = program(tmp_path / "greedy", f"cat >> {eaten}", f"echo {PASSWORD}")
    secret = org.run(gc_oauth_client, client(file, vault_password_file=str(greedy)))["client_secret"]
    text = file.read_text(encoding="utf-8")
    assert text.startswith("$ANSIBLE_VAULT;1.1;AES256\n")
    assert f'gc_client_secret: "{secret}"' in vault().decrypt(text).decode()
    assert eaten.read_text(encoding="utf-8") == ""


def test_a_password_program_that_returns_no_password(
    org: Org, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = program(tmp_path / "slow", "exec sleep 20")
    with monkeypatch.context() as context:
        context.setattr(secret_file, "_LIMIT_SECONDS", 2)
        text = org.failure(gc_oauth_client, client(file, vault_password_file=str(slow)))
    assert f"with {slow}: it returned no password within 2 s. Give the path of a file" in text
    silent = program(tmp_path / "silent", "kill -9 $PPID")
    text = org.failure(gc_oauth_client, client(file, vault_password_file=str(silent)))
    assert "Ansible gave no reason" in text
    assert org.sandbox.writes() == []


def test_a_python_without_ansible_core_can_not_encrypt(
    org: Org, file: Path, password: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = program(file.with_name("python"), f'exec {sys.executable} -S "$@"')
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setattr(sys, "executable", str(bare))
    text = org.failure(gc_oauth_client, client(file, vault_password_file=str(password)))
    assert f"vault_password_file: encryption needs ansible-core, which is not installed for {bare}. Install" in text
    assert org.sandbox.writes() == []


def test_a_new_api_key_is_written_to_an_existing_file(org: Org, file: Path) -> None:
    asked = {**CLUSTER, "secret_file": str(file)}
    first = org.run(nexus_api_key, asked)["key"]
    org.steps(nexus_api_key, {"name": CLUSTER["name"], "tenant": "", "state": "absent"})
    assert org.twice(nexus_api_key, asked) == [
        "create the API key Portico Cluster API Key",
        f"write the API key Portico Cluster API Key to {file}",
    ]
    text = file.read_text(encoding="utf-8")
    assert org.run(nexus_api_key, asked)["key"] in text
    assert first not in text


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_a_file_with_another_key_is_corrected(org: Org, file: Path, password: Path, is_encrypted: bool) -> None:
    options = {"vault_password_file": str(password)} if is_encrypted else {}
    asked = {**CLUSTER, "secret_file": str(file), **options}
    content = "nexus_cluster_api_key: canary-old\n"
    file.write_text(encrypted(content) if is_encrypted else content, encoding="utf-8")
    key = org.run(nexus_api_key, CLUSTER)["key"]
    assert org.run(nexus_api_key, asked, check=True)["changed"] is True
    result = org.run(nexus_api_key, asked)
    assert result["steps"] == [f"write the API key Portico Cluster API Key to {file}"]
    text = file.read_text(encoding="utf-8")
    assert key in (vault().decrypt(text).decode() if is_encrypted else text)
    assert org.run(nexus_api_key, asked)["changed"] is False
    for same in (f"nexus_cluster_api_key: {key}", f"nexus_cluster_api_key:   '{key}'"):
        file.write_text(encrypted(same) if is_encrypted else same, encoding="utf-8")
        assert org.run(nexus_api_key, asked)["changed"] is False


@pytest.mark.parametrize("content", ["$ANSIBLE_VAULT;1.1;AES256\n00", "nexus_cluster_api_key: !vault |\n  00\n"])
def test_an_encrypted_key_is_kept_unless_the_key_is_new(org: Org, file: Path, content: str) -> None:
    org.run(nexus_api_key, CLUSTER)
    file.write_text(content, encoding="utf-8")
    assert org.steps(nexus_api_key, {**CLUSTER, "secret_file": str(file)}) == []
    assert file.read_text(encoding="utf-8") == content
    other = {**CLUSTER, "name": "Other", "secret_file": str(file)}
    if content.startswith("$"):
        assert "is encrypted. It may contain other variables" in org.failure(nexus_api_key, other)
        assert org.sandbox.writes() == []
    else:
        assert org.run(nexus_api_key, other)["key"] in file.read_text(encoding="utf-8")


COMMAND = "{{ lookup('pipe', 'touch canary') }}"
OTHER_DELIMITERS = """#jinja2: variable_start_string: '[[', variable_end_string: ']]'
[[ lookup('pipe', 'touch canary') ]]"""


def written(file: Path) -> Json:
    """Return the variables of a file, with every tag read as a string."""

    class Loader(yaml.SafeLoader):
        def as_text(self, node: yaml.ScalarNode) -> str:
            return str(node.value)

    Loader.add_constructor("!unsafe", Loader.as_text)
    loader = Loader(file.read_text(encoding="utf-8"))
    loaded: Json = loader.get_single_data()
    return loaded


@pytest.mark.parametrize(
    "secret",
    [
        COMMAND,
        OTHER_DELIMITERS,
        "{% set a = 1 %}",
        "0123",
        "no",
        "a: b # c",
        'it\'s "quoted" \\ {',
        "\u00fc\u0085",
        "\U0001f600",
    ],
)
def test_a_secret_from_the_server_is_written_as_plain_text_and_not_a_template(
    org: Org, file: Path, secret: str
) -> None:
    told = {"id": secret, "secret": secret}
    org.sandbox.fault("status", "clients$", "POST", when="after", status=200, body=told)
    asked = client(file, settle_timeout=0)
    # Results have no control characters.
    assert org.run(gc_oauth_client, asked)["client_secret"] == in_result(secret)
    text = file.read_text(encoding="utf-8")
    assert written(file) == {"gc_client_id": secret, "gc_client_secret": secret}
    assert text.count(": !unsafe ") == (2 if "{" in secret or secret[0] == "#" else 0)
    # The next run recognizes it.
    assert org.run(gc_oauth_client, asked)["changed"] is False
    assert file.read_text(encoding="utf-8") == text

    file.unlink()
    key = {"id": secret, "name": CLUSTER["name"], "tenant": "", "permissions": CLUSTER["permissions"]}
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[key], times=None)
    for changed in (True, False):
        assert org.run(nexus_api_key, {**CLUSTER, "secret_file": str(file)})["changed"] is changed
        assert written(file) == {"nexus_cluster_api_key": secret}


@pytest.mark.parametrize("field", ["id", "secret"])
def test_a_secret_with_a_surrogate_is_not_written(org: Org, file: Path, field: str) -> None:
    """YAML can't contain a surrogate. Ansible would fail to load the directory."""
    told = {"id": "canary", "secret": "canary", field: "canary\ud800"}
    org.sandbox.fault("status", "clients$", "POST", when="after", status=200, body=told)
    org.run(gc_oauth_client, client(file, settle_timeout=0))
    assert not file.exists() or "canary" not in file.read_text(encoding="utf-8")

    file.unlink(missing_ok=True)
    key = {"id": "canary\ud800", "name": CLUSTER["name"], "tenant": "", "permissions": CLUSTER["permissions"]}
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[key])
    result = org.run(nexus_api_key, {**CLUSTER, "secret_file": str(file)})
    assert result["failure"]["kind"] == "unreadable"
    assert not file.exists()


def test_a_template_of_the_user_is_kept_and_one_of_the_server_is_replaced(org: Org, file: Path) -> None:
    """Older versions wrote the server's text in a way that Ansible would treat as a template."""
    key = {"id": COMMAND, "name": CLUSTER["name"], "tenant": "", "permissions": CLUSTER["permissions"]}
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[key], times=None)
    asked = {**CLUSTER, "secret_file": str(file)}
    file.write_text('nexus_cluster_api_key: "{{ vault_key }}"\n', encoding="utf-8")
    assert org.run(nexus_api_key, asked)["changed"] is False
    file.write_text(f'nexus_cluster_api_key: "{COMMAND}"\n', encoding="utf-8")
    assert org.run(nexus_api_key, asked)["changed"] is True
    assert file.read_text(encoding="utf-8").splitlines()[-1].startswith("nexus_cluster_api_key: !unsafe ")


KILLED = """
import os, pathlib, signal, sys
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secret_file import SecretFile

def end(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(pathlib.Path if sys.argv[2] == "replace" else os, sys.argv[2], end)
SecretFile(sys.argv[1], None).write({"gc_client_secret": "left-behind"}, "none", changed=True)
"""


@pytest.mark.parametrize("point", ["fdopen", "fsync", "replace"])
def test_a_killed_run_leaves_no_file_that_ansible_loads(org: Org, tmp_path: Path, point: str) -> None:
    directory = tmp_path / "group_vars/genesys_cloud"
    directory.mkdir(parents=True)
    file = directory / "gc_client.yml"
    path = os.pathsep.join(sys.path)
    command = [sys.executable, "-c", KILLED, str(file), point]
    killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = directory.iterdir()
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    assert DataLoader().find_vars_files(str(directory.parent), "genesys_cloud") == []

    org.run(nexus_api_key, {**CLUSTER, "secret_file": str(directory / "another.yml")}, check=True)
    org.run(gc_oauth_client, client(file), check=True)
    assert list(directory.iterdir()) == [left]
    with left.open("rb") as writing:
        # The file of a run that still writes is kept.
        fcntl.flock(writing, fcntl.LOCK_EX)
        org.run(gc_oauth_client, client(file, state="absent"))
        assert list(directory.iterdir()) == [left]
    org.run(gc_oauth_client, client(file, state="absent"))
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_plain_file_that_others_can_read_gets_the_mode_0600(org: Org, file: Path, password: Path, mode: int) -> None:
    for module, asked in ((gc_oauth_client, client(file)), (nexus_api_key, {**CLUSTER, "secret_file": str(file)})):
        org.run(module, asked)
        content = file.read_bytes()
        file.chmod(mode)
        assert org.run(module, asked, check=True)["steps"] == [f"let only the owner read {file}"]
        assert stat.S_IMODE(file.stat().st_mode) == mode
        result = org.run(module, asked)
        assert (result["changed"], org.sandbox.writes()) == (True, [])
        assert (stat.S_IMODE(file.stat().st_mode), file.read_bytes()) == (0o600, content)
        assert org.run(module, asked)["changed"] is False
        # An encrypted file may be readable: git sets this mode at each checkout.
        file.write_text(encrypted(content.decode()), encoding="utf-8")
        file.chmod(mode)
        assert org.run(module, {**asked, "vault_password_file": str(password)})["changed"] is False
        file.unlink()


def test_a_file_whose_mode_can_not_be_changed(org: Org, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    org.run(gc_oauth_client, client(file))
    file.chmod(0o644)

    def forbidden(path: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", forbidden)
    result = org.run(gc_oauth_client, client(file))
    assert result["failure"] == {"kind": "invalid_input", "parameter": "secret_file"}


def test_an_encrypted_file_has_the_vault_id_as_label(org: Org, file: Path, tmp_path: Path) -> None:
    asked_for = tmp_path / "asked"
    script = program(tmp_path / "keyring-client.sh", f'echo "$*" >> {asked_for}', f"echo {PASSWORD}")
    asked = client(file, vault_password_file=str(script), vault_id="prod")
    secret = org.run(gc_oauth_client, asked)["client_secret"]
    text = file.read_text(encoding="utf-8")
    assert text.startswith("$ANSIBLE_VAULT;1.2;AES256;prod\n")
    assert f'gc_client_secret: "{secret}"' in vault().decrypt(text).decode()
    assert org.run(gc_oauth_client, asked)["changed"] is False
    assert set(asked_for.read_text(encoding="utf-8").splitlines()) == {"--vault-id prod"}


def test_a_file_is_decrypted_whatever_its_label_is(org: Org, file: Path, password: Path) -> None:
    org.run(gc_oauth_client, client(file, vault_password_file=str(password), vault_id="prod"))
    assert org.run(gc_oauth_client, client(file, vault_password_file=str(password)))["changed"] is False


def test_invalid_vault_ids_are_refused(org: Org, file: Path, tmp_path: Path, password: Path) -> None:
    script = program(tmp_path / "keyring-client", f"echo {PASSWORD}")
    unable = program(tmp_path / "unable-client.py", "exit 2")
    cases: list[tuple[Json, str]] = [
        ({"vault_password_file": str(script)}, "vault_id"),
        ({"vault_password_file": str(unable), "vault_id": "prod"}, "vault_password_file"),
        *(
            ({"vault_password_file": str(password), "vault_id": label}, "vault_id")
            for label in ("", "a;b", "a@b", "-x")
        ),
        ({"vault_id": "prod"}, "vault_password_file"),
        ({"secret_file": None, "vault_id": "prod"}, "secret_file"),
    ]
    for options, parameter in cases:
        for check in (True, False):
            result = org.run(gc_oauth_client, client(file, **options), check=check)
            assert result["failure"] == {"kind": "invalid_input", "parameter": parameter}, result["msg"]
            assert org.sandbox.writes() == []


def test_a_python_that_can_not_be_started(
    org: Org, file: Path, password: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    result = org.run(gc_oauth_client, client(file, vault_password_file=str(password)))
    assert result["failure"] == {"kind": "invalid_input", "parameter": "vault_password_file"}
    assert org.sandbox.writes() == []
