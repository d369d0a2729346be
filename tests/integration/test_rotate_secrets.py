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
from integration.provisioning import BOOTSTRAP, PROVISION, ROTATE, VERIFY, Result, Site, assert_phrases
from sandbox.control import Sandbox

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


class Gateways:
    """A tenant with a gateway and one over Kaleyra, whose inventories read the files that the playbook writes."""

    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        self.sandbox = sandbox
        self.site = Site(sandbox, directory, "alpha", "beta", gateways={"alpha": "gws"})
        self.host_vars = directory / "host_vars"
        for name in self.site.hosts:
            (self.host_vars / name).mkdir(parents=True)
        self.password = directory / "password"
        self.password.write_text(PASSWORD, encoding="utf-8")
        assert self.play(PROVISION).rc == 0

    def play(self, playbook: str, *options: str, **variables: Any) -> Result:
        return self.site.play(playbook, "--vault-password-file", str(self.password), *options, **variables)

    def rotate(self, rotate: str, *options: str, **variables: Any) -> Result:
        """Run the playbook, and require that no secret is shown."""
        asked = {"rotation_directory": str(self.host_vars), "bootstrap_vault_password_file": str(self.password)}
        before = self.secrets(rotate)
        result = self.play(
            ROTATE, "-vvvv", "--diff", *options, rotate=rotate, rotation="2026-11", **{**asked, **variables}
        )
        known = {*before, *self.secrets(rotate), PASSWORD, "webhook-secret-alpha", "api-secret-alpha", "given-canary"}
        # The command line of the test itself has what it sets with -e.
        known -= {str(value) for value in variables.values()}
        assert not [secret for secret in known if secret in result.output]
        return result

    def file(self, rotate: str) -> dict[str, str]:
        """Return the variables of the secret file."""
        name = "beta" if rotate == "kaleyra_account" else "alpha"
        path = self.host_vars / name / f"{rotate}.yml"
        if not path.exists():
            return {}
        vault = VaultLib([("default", VaultSecret(PASSWORD.encode()))])
        found: dict[str, str] = yaml.safe_load(vault.decrypt(path.read_bytes()))
        return found

    def secrets(self, rotate: str) -> set[str]:
        """Return the secrets in the file."""
        names = ("_rotation", "username", "username_next", "username_previous")
        return {value for name, value in self.file(rotate).items() if not name.endswith(names)}

    def live(self) -> dict[str, set[str]]:
        """Return the secrets that the tenants have, by what to rotate."""
        items = self.site.state("alpha")["services"]["Async"]["secret"]["channels"]
        return {
            "gateway_webhook_secret": {item["webhook"]["secret"] for item in items},
            "gateway_api_secret": {item["api"]["secret"] for item in items},
            "kaleyra_account": {self.site.state("beta")["services"]["mGageSMS"]["secret"]["password"]},
        }

    def edit(self, rotate: str) -> None:
        """Let the inventory take the secret from the file, as the run says."""
        if rotate == "kaleyra_account":
            account = {name: f"{{{{ rotated_{name} }}}}" for name in ("kaleyra_username", "kaleyra_password")}
            self.site.hosts["beta"].update(account)
            return
        for channel in self.site.hosts["alpha"]["custom_gateway_channels"]:
            channel[rotate.removeprefix("gateway_")] = f"{{{{ rotated_{rotate} }}}}"

    def refused(self, rotate: str, *phrases: str, **variables: Any) -> None:
        """Run the playbook, and require that it fails with these phrases before it writes anything."""
        result = self.rotate(rotate, **variables)
        assert result.rc != 0
        assert_phrases(result.output, *phrases)
        assert self.sandbox.writes() == []


@pytest.mark.parametrize(
    ("rotate", "read"),
    [("gateway_webhook_secret", "full"), ("gateway_api_secret", "masked"), ("kaleyra_account", "masked")],
)
def test_a_secret_with_another_side_is_rotated(sandbox: Sandbox, tmp_path: Path, rotate: str, read: str) -> None:
    variable = f"rotated_{rotate.replace('account', 'password')}"
    gateways = Gateways(sandbox, tmp_path)
    sandbox.switch(**{"services.read": read})
    former = gateways.live()
    gateways.refused(rotate, "ready: the rotation 2026-11 has not begun", "rotation_ready", rotation_ready="true")

    # The first run writes the file only. Check mode does not even do that.
    planned = gateways.rotate(rotate, "--check")
    assert_phrases(planned.output, "choose the new", "rotation_ready=true", f"{{{{ {variable} }}}}")
    assert gateways.file(rotate) == {}
    changed = gateways.rotate(rotate, rotation_ready="false", rotation_secret="").changed
    assert sum(changed.values()) == 1
    assert (sandbox.writes(), gateways.live()) == ([], former)
    noted = gateways.file(rotate)
    assert noted[variable] in former[rotate]
    assert len(noted[f"{variable}_next"]) == 64
    again = gateways.rotate(rotate)
    assert sum(again.changed.values()) == 0
    assert_phrases(again.output, f"{{{{ {variable} }}}}")
    gateways.refused(rotate, "does not take the", rotation_ready=True)

    # The edit changes nothing.
    gateways.edit(rotate)
    assert not any(gateways.play(PROVISION).changed.values())
    assert f"{{{{ {variable} }}}}" not in gateways.rotate(rotate).output

    planned = gateways.rotate(rotate, "--check", rotation_ready="true")
    assert (sum(planned.changed.values()), sandbox.writes(), gateways.file(rotate)) == (1, [], noted)
    probe = {"rotation_probe": "true"} if rotate == "gateway_api_secret" else {}
    written = gateways.rotate(rotate, rotation_ready="true", **probe)
    assert sum(written.changed.values()) == 1
    assert [record.method for record in sandbox.writes() if record.system == "services"] == ["POST"]
    assert bool([record for record in sandbox.writes() if record.system == "messaging"]) is bool(probe)
    assert_phrases(written.output, "rotation_remove=true")
    assert gateways.live() == {**former, rotate: {noted[f"{variable}_next"]}}
    assert gateways.file(rotate)[f"{variable}_previous"] == noted[variable]
    # The inventory has the new secret, and verify finds no difference.
    for playbook in (PROVISION, VERIFY):
        assert not any(gateways.play(playbook).changed.values())

    for changes in (1, 0):
        removed = gateways.rotate(rotate, rotation_remove="true", rotation_ready="true")
        assert (sum(removed.changed.values()), sandbox.writes()) == (changes, [])
    assert f"{variable}_previous" not in gateways.file(rotate)


def test_a_given_secret_and_the_way_back(sandbox: Sandbox, tmp_path: Path) -> None:
    """The file of variables with the secret is encrypted. The former secret is given with its variable."""
    gateways = Gateways(sandbox, tmp_path)
    vault = VaultLib([("default", VaultSecret(PASSWORD.encode()))])
    given = tmp_path / "new.yml"
    given.write_bytes(vault.encrypt("rotation_secret: given-canary\n", VaultSecret(PASSWORD.encode())))
    rotate = "gateway_webhook_secret"
    # The channel of another gateway keeps its secret.
    gateways.site.hosts["alpha"]["custom_gateway_channels"][2]["webhook_secret"] = "other-secret"
    assert gateways.play(PROVISION).changed["alpha"] == 1
    gateways.refused(rotate, "belong to different gateways", "rotation_channels")
    # A variable that is not defined does not count as no secret.
    gateways.refused(rotate, "is undefined", rotation_secret="{{ rotated_gateway_webhook_secret_previous }}")
    chosen = {"rotation_channels": "16500000000,16500000001"}
    assert gateways.rotate(rotate, "-e", f"@{given}", **chosen).changed["alpha"] == 1
    gateways.edit(rotate)
    gateways.site.hosts["alpha"]["custom_gateway_channels"][2]["webhook_secret"] = "other-secret"
    assert gateways.rotate(rotate, rotation_ready=True).changed["alpha"] == 1
    assert gateways.live()[rotate] == {"given-canary", "other-secret"}
    back = {"rotation": "back", "rotation_secret": "{{ rotated_gateway_webhook_secret_previous }}"}
    asked = {"rotation_directory": str(gateways.host_vars), "bootstrap_vault_password_file": str(gateways.password)}
    for ready in (False, True):
        result = gateways.play(ROTATE, rotate=rotate, rotation_ready=ready, **asked, **back)
        assert result.changed["alpha"] == 1
        # After the write, the former secret is another one.
        back.pop("rotation_secret", None)
    assert gateways.live()[rotate] == {"webhook-secret-alpha", "other-secret"}


def test_tenants_with_one_kaleyra_account_are_rotated_one_by_one(sandbox: Sandbox, tmp_path: Path) -> None:
    gateways = Gateways(sandbox, tmp_path)
    hosts = gateways.site.hosts
    shared = {name: value for name, value in hosts["beta"].items() if not name.startswith(("gws_", "sender_ids"))}
    hosts["gamma"] = {**shared, "ccid": "d3b0a1f4-3f43-4c51-8a2e-7d8f0e6a9b11"}
    (gateways.host_vars / "gamma").mkdir()
    rotate = "kaleyra_account"
    gateways.refused(rotate, "kaleyra_username: tenants of this run have the same Kaleyra account", "--limit")
    assert gateways.file(rotate) == {}
    assert gateways.rotate(rotate, "--limit=beta").changed["beta"] == 1


def test_files_of_a_person_are_left_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    gateways = Gateways(sandbox, tmp_path)
    path = gateways.host_vars / "alpha/gateway_api_secret.yml"
    content = "gateway_api_secret: mine # comment\nmore: 1\n"
    path.write_text(content, encoding="utf-8")
    assert_phrases(gateways.rotate("gateway_webhook_secret").output, "choose the new webhook secret")
    result = gateways.play(
        ROTATE, rotate="gateway_api_secret", rotation="1", rotation_directory=str(gateways.host_vars)
    )
    assert_phrases(result.failures["alpha"], "secret_file: ", "contains gateway_api_secret, more, which would be lost")
    assert path.read_text(encoding="utf-8") == content
