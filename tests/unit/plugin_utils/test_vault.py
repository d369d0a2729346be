# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible Vault in the controller: `plugin_utils/vault.py`. That it starts Python is tested with files of secrets."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.constants import config
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils import vault


def unreadable(*known: str, is_match: bool = True, **arguments: Any) -> InvalidInput | None:
    loader: Any = SimpleNamespace(_vault=SimpleNamespace(secrets=[(name, object()) for name in known]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "get_config_value", lambda name: is_match and name == "DEFAULT_VAULT_ID_MATCH")
        return vault.unreadable({"vault_password_file": "/password", **arguments}, loader)


@pytest.mark.parametrize(
    ("known", "is_match", "arguments"),
    [
        (("default",), True, {}),
        (("prod", "default"), True, {}),
        (("prod",), True, {"vault_id": "prod"}),
        (("prod",), False, {}),
        ((), True, {}),
        (("prod",), True, {"vault_password_file": None}),
        (("prod",), True, {"vault_password_file": ""}),
    ],
)
def test_a_file_can_be_decrypted(known: tuple[str, ...], is_match: bool, arguments: dict[str, Any]) -> None:
    assert unreadable(*known, is_match=is_match, **arguments) is None


@pytest.mark.parametrize(
    ("arguments", "label"), [({}, "default"), ({"vault_id": "dev"}, "dev"), ({"vault_id": ""}, "default")]
)
def test_a_label_without_a_password_is_refused(arguments: dict[str, Any], label: str) -> None:
    error = unreadable("prod", "test", **arguments)
    assert error is not None
    assert error.parameter == "vault_id"
    assert f"label {label}" in str(error)
    assert "prod or test" in str(error)


def test_without_a_loader_nothing_is_known() -> None:
    assert vault.unreadable({"vault_password_file": "/password"}, None) is None
    loader: Any = SimpleNamespace(_vault=SimpleNamespace(secrets=None))
    assert vault.unreadable({"vault_password_file": "/password"}, loader) is None


@pytest.mark.parametrize(("wanted", "label"), [(None, "prod"), ("test", "test")])
def test_a_text_is_encrypted_with_a_password_of_the_run(wanted: str | None, label: str) -> None:
    secrets = [("prod", VaultSecret(b"canary-one")), ("test", VaultSecret(b"canary-two"))]
    loader: Any = SimpleNamespace(_vault=VaultLib(secrets))
    assert vault.vault_ids(loader) == ["prod", "test"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "get_config_value", lambda name: wanted)
        made = vault.encrypted("a: canary-text\n", loader)
    assert made.startswith(f"$ANSIBLE_VAULT;1.2;AES256;{label}\n")
    assert "canary" not in made
    assert VaultLib([pair for pair in secrets if pair[0] == label]).decrypt(made) == b"a: canary-text\n"


def test_a_run_without_a_password_has_no_vault_id() -> None:
    loader: Any = SimpleNamespace(_vault=VaultLib())
    assert vault.vault_ids(loader) == []


def test_python_gets_its_input_and_no_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    def run(command: list[str], **options: Any) -> SimpleNamespace:
        calls.append((command, options))
        return SimpleNamespace(returncode=3, stdout="out", stderr="err")

    monkeypatch.setattr(subprocess, "run", run)
    assert vault.run_python(["-c", "pass"], "secret") == (3, "out", "err")
    ((command, options),) = calls
    assert command == [sys.executable, "-c", "pass"]
    assert options.pop("input") == "secret"
    assert options == {"capture_output": True, "encoding": "utf-8", "errors": "replace", "check": False}
