# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook rotate_secrets, with the inventory that reads the files it writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from integration.playbooks import API_KEY, run
from integration.provisioning import BOOTSTRAP, PROVISION, Result, Site, assert_phrases
from sandbox.control import Sandbox

ROTATE = "cxops.genesys_sms.rotate_secrets"
NAMES = ["alpha", "beta", "gamma"]
PASSWORD = "given-vault-password"


class Rotation:
    """Two tenants over Genesys Cloud CX, one over Kaleyra, and an inventory with an encrypted file."""

    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        self.sandbox = sandbox
        self.site = Site(sandbox, directory, *NAMES, clouds=NAMES[:2])
        self.files = directory / "group_vars/genesys_cloud"
        self.files.mkdir(parents=True)
        self.password = directory / "password"
        self.password.write_text(PASSWORD, encoding="utf-8")
        for name in NAMES[:2]:
            for variable in ("gc_client_id", "gc_client_secret", "nexus_cluster_api_key"):
                del self.site.hosts[name][variable]
        self.asked: dict[str, Any] = {
            "bootstrap_directory": str(self.files),
            "bootstrap_vault_password_file": str(self.password),
        }
        self.play(BOOTSTRAP)
        self.play(PROVISION)

    def play(self, playbook: str, *options: str, **variables: Any) -> Result:
        password = ("--vault-password-file", str(self.password))
        return self.site.play(playbook, *password, *options, **self.asked, **variables)

    def rotate(self, *options: str, **variables: Any) -> Result:
        """Rotate the cluster API key, with differences. Require that no key is shown."""
        variables = {"rotate": "cluster_api_key", "rotation": "2026-11", **variables}
        before = set(self.file().values())
        result = self.play(ROTATE, "--diff", *options, **variables)
        secrets = {*before, *self.file().values(), *self.passwords().values(), PASSWORD}
        assert not [secret for secret in secrets if secret.count("-") == 4 and secret in result.output]
        return result

    def file(self) -> dict[str, str]:
        """Return the variables of the secret file."""
        content = (self.files / "nexus_cluster_api_key.yml").read_bytes()
        vault = VaultLib([("default", VaultSecret(PASSWORD.encode()))])
        found: dict[str, str] = yaml.safe_load(vault.decrypt(content).replace(b"!unsafe ", b""))
        return found

    def passwords(self) -> dict[str, str]:
        """Return the webhook passwords by number."""
        return {item["tollfreeNumber"]: item["webhookPassword"] for item in self.sandbox.account()["numbers"]}


def test_the_cluster_api_key_is_rotated(sandbox: Sandbox, tmp_path: Path) -> None:
    rotation = Rotation(sandbox, tmp_path)
    (former,) = set(rotation.passwords().values())
    planned = rotation.rotate("--check", "--limit", "beta", "-vvvv")
    assert (planned.rc, sandbox.writes()) == (0, [])
    assert_phrases(planned.output, "create the API key Portico Cluster API Key (rotation 2026-11)", "Then run again")
    # The limit selects who runs it. All tenants of the installation use the key.
    assert rotation.rotate("--limit", "beta", "-vvvv").changed == {"beta": 1}
    (current,) = set(rotation.passwords().values())
    assert current != former
    found = rotation.file()
    assert (found["nexus_cluster_api_key"], found["nexus_cluster_api_key_previous"]) == (current, former)
    # The preflight knows the variables of the file, and provisioning uses the new key.
    assert not any(rotation.play(PROVISION).changed.values())
    # A tenant has the former key in another place, and another one has no login.
    rotation.site.hosts["beta"].update(nexus_cluster_api_key=former, gc_client_id="")
    told = rotation.rotate()
    assert (sum(told.changed.values()), sandbox.writes()) == (0, [])
    assert_phrases(told.output, "does not have the new key for beta.", "remove nexus_cluster_api_key from all other")
    assert_phrases(told.output, "The numbers of beta can't be seen")
    del rotation.site.hosts["beta"]["nexus_cluster_api_key"]
    disabled = rotation.rotate(rotation_confirm_unseen=True)
    assert sum(disabled.changed.values()) == 1
    assert_phrases(disabled.output, "disable the API key Portico Cluster API Key, or")
    for changed in (1, 0):
        result = rotation.rotate(rotation_remove=True)
        assert (sum(result.changed.values()), len(sandbox.writes())) == (changed, changed)
    assert rotation.file() == {"nexus_cluster_api_key": current}


def test_the_secret_of_the_oauth_client_is_rotated(sandbox: Sandbox, tmp_path: Path) -> None:
    """After that, both playbooks have nothing to do."""
    rotation = Rotation(sandbox, tmp_path)
    secrets = {item["secret"] for item in sandbox.account()["clients"]}
    result = rotation.rotate("-vvvv", rotate="oauth_client")
    secrets |= {item["secret"] for item in sandbox.account()["clients"]}
    assert sum(result.changed.values()) == 1
    assert_phrases(result.output, "give the new secret to the tenant beta")
    assert_phrases(result.output, "does not have the new secret for alpha, beta.")
    assert not [secret for secret in secrets if secret in result.output]
    sandbox.switch(**{"services.read": "masked"})
    assert sum(rotation.rotate(rotate="oauth_client").changed.values()) == 0
    sandbox.switch(**{"services.read": "full"})
    for playbook in (PROVISION, BOOTSTRAP):
        assert not any(rotation.play(playbook).changed.values())


def test_keys_of_tenants_are_rotated(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "gamma")
    files = {name: tmp_path / "host_vars" / name / "nexus_api_key.yml" for name in site.hosts}
    for name, file in files.items():
        file.parent.mkdir(parents=True)
        ccid = site.hosts[name]["ccid"]
        key = {"name": name, "tenant": ccid, "permissions": ["nexus:consumer:*"], "secret_file": str(file)}
        login = {option: value for option, value in site.hosts[name].items() if option.startswith(("nexus_u", "gws_"))}
        assert run(sandbox, tmp_path / "run", [{"name": "make", API_KEY: {**key, **login}}])["make"].changed
        del site.hosts[name]["nexus_api_key"]
    asked: dict[str, Any] = {
        "rotate": "tenant_api_key",
        "rotation": "2026-11",
        "rotation_directory": str(tmp_path / "host_vars"),
    }
    before = files["alpha"].read_text(encoding="utf-8")
    assert site.play(ROTATE, "--limit", "gamma", **asked).changed == {"gamma": 1}
    assert files["alpha"].read_text(encoding="utf-8") == before
    # One tenant disables its former key, the other one begins.
    result = site.play(ROTATE, **asked)
    assert result.changed == {"alpha": 1, "gamma": 1}
    assert_phrases(result.output, "create the API key alpha (rotation 2026-11)", "disable the API key gamma, or")
    # A key that the server does not have stops its tenant only.
    site.hosts["alpha"]["nexus_api_key"] = "unknown"
    files["alpha"].unlink()
    result = site.play(ROTATE, rotation_remove=True, **asked)
    assert_phrases(result.failures["alpha"], "there is no such key in Digital Channels")
    assert result.count("changed")["gamma"] == 1


@pytest.mark.parametrize("variables", [{}, {"rotate": "cluster_api_key"}, {"rotate": "x", "rotation": "1"}])
def test_a_run_without_a_clear_task_is_refused(sandbox: Sandbox, tmp_path: Path, variables: dict[str, Any]) -> None:
    site = Site(sandbox, tmp_path, "alpha", clouds=["alpha"])
    refused = site.play(ROTATE, bootstrap_directory=str(tmp_path), **variables)
    assert_phrases(refused.failures["alpha"], "rotate and rotation: set both with -e")
    assert sandbox.requests() == []
