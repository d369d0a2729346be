# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages while the playbooks provision, remove and switch_option run, over each SMS option and in both directions.

The order of messages and writes is compared, and never the time.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
import requests
from integration.busy import CLOUD_NUMBER, GATEWAY_NUMBER, Busy, assert_one_change, assert_one_switch
from integration.provisioning import (
    BOOTSTRAP,
    KALEYRA_PASSWORD,
    KALEYRA_USERNAME,
    NUMBERS,
    PROVISION,
    REMOVE,
    ROTATE,
    SWITCH,
    VERIFY,
    gateway_variables,
)
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS
from sandbox.traffic_record import Traffic

NEW_NUMBER = "16500009999"
ALWAYS = {f"{role}_update_secret": "always" for role in ("kaleyra", "custom_gateway", "genesys_cloud")}
OTHER_SIDES = [
    ("gateway_webhook_secret", "webhook-secret-alpha", "Async"),
    ("gateway_api_secret", "api-secret-alpha", "Async"),
    ("kaleyra_account", KALEYRA_PASSWORD, "mGageSMS"),
]
"""What to rotate, the former secret, and the service that has it."""


@pytest.fixture
def busy(sandbox: Sandbox, tmp_path: Path) -> Busy:
    """Three tenants without SMS."""
    return Busy(sandbox, tmp_path)


def headers(sandbox: Sandbox) -> list[str | None]:
    """Return the header X-Tenant of each webhook that the gateway received."""
    return [delivery["headers"].get("x-tenant") for delivery in sandbox.gateway("alpha")]


def new_client_secret(sandbox: Sandbox) -> str:
    """Give the OAuth client of the integration a new secret. The old one is invalid from then on."""
    admin, integration = CLOUD_CLIENTS
    form = {"grant_type": "client_credentials"}
    login = requests.post(f"{sandbox.env['GC_LOGIN_URL']}/oauth/token", form, auth=(admin.id, admin.secret), timeout=10)
    url = f"{sandbox.env['GC_API_URL']}/api/v2/oauth/clients/{integration.id}/secret"
    answer = requests.post(url, headers={"Authorization": f"Bearer {login.json()['access_token']}"}, timeout=10)
    secret: str = answer.json()["secret"]
    return secret


@pytest.mark.parametrize("rule", ["both", "service", "sender_id"])
def test_from_the_first_message_to_the_last(sandbox: Sandbox, busy: Busy, rule: str) -> None:
    sandbox.switch(**{"messages.routing": rule})
    hosts = busy.hosts

    # The first run: the last write makes messages possible, and no earlier one.
    traffic = busy.play(PROVISION)
    for name in hosts:
        assert_one_switch(traffic.of(name, "out", "cloud"), busy.options(name)[-1], "refused", "delivered")
    assert {*headers(sandbox)} == {"alpha"}
    # An upload needs only its channel.
    assert_one_switch(traffic.of("alpha", "gateway"), busy.write("alpha", "Async"), "refused", "delivered")

    # Changes beside numbers that work.
    channels = hosts["alpha"]["custom_gateway_channels"]
    channels.append({**channels[0], "channel_id": NEW_NUMBER})
    new = {"name": "SMS_New", "channel_id": NEW_NUMBER, "endpoint": "New"}
    hosts["alpha"]["sender_ids"].append(new)
    hosts["alpha"]["webhook_headers"][0]["value"] = "renamed"
    hosts["beta"]["kaleyra_url"] += "/new"
    hosts["beta"]["sender_ids"].append({**new, "channel_id": "16500019999"})
    hosts["gamma"]["sender_ids"][0]["endpoint"] = "Night"
    traffic = busy.play(PROVISION, more=(busy.line("alpha", NEW_NUMBER, label="new"),))
    assert busy.writes() == [
        "alpha: POST Async",
        "alpha: PUT options",
        "beta: POST mGageSMS",
        "beta: PUT options",
        "gamma: PUT options",
    ]
    assert [traffic.of(name).failed for name in hosts] == [[], [], []]
    assert_one_switch(traffic.of("new"), busy.options("alpha")[-1], "refused", "delivered")
    assert_one_change(headers(sandbox), "alpha", "renamed")
    paths = [record.path for record in sandbox.requests() if record.system == "kaleyra"]
    assert_one_change(paths, "/kaleyra", "/kaleyra/new")

    # The removal: the first write ends messages, and no later one.
    traffic = busy.play(REMOVE, "-e", "remove_all=true")
    for name in hosts:
        assert_one_switch(traffic.of(name, "out", "cloud"), busy.options(name)[0], "delivered", "refused")
    removed = busy.write("alpha", "Async", "DELETE")
    assert_one_switch(traffic.of("alpha", "gateway"), removed, "delivered", "refused")
    assert_one_change(headers(sandbox), "alpha", "renamed")
    assert {delivery["verified"] for delivery in sandbox.gateway("alpha")} == {True}


def test_playbooks_that_leave_the_tenants_as_they_are(sandbox: Sandbox, busy: Busy, tmp_path: Path) -> None:
    """A second run, check mode, playbooks that only read, and the preparation of an organization that works already."""
    busy.play(PROVISION)
    with sandbox.traffic(*busy.lines) as traffic:
        assert set(busy.site.play(PROVISION).changed.values()) == {0}
        assert busy.site.play("cxops.genesys_sms.report", report_directory=str(tmp_path / "report")).rc == 0
        assert busy.site.play("cxops.genesys_sms.export", export_directory=str(tmp_path / "export")).rc == 0
        assert busy.site.play(NUMBERS).rc == 0
        assert busy.site.play(VERIFY, verify_probe=True).rc == 0
        prepared = busy.site.play(BOOTSTRAP, bootstrap_directory=str(tmp_path))
        assert prepared.changed["gamma"] > 0
        busy.hosts["alpha"]["custom_gateway_channels"][0]["api_secret"] = "new-api-secret"
        assert busy.site.play(PROVISION, "--check").changed["alpha"] == 1
    assert traffic.failed == []


def test_a_rotation_while_both_sides_have_both_secrets(sandbox: Sandbox, busy: Busy) -> None:
    """A gateway with the old and the new secrets, two passwords at Kaleyra, and two cluster API keys: nothing fails."""
    busy.play(PROVISION)
    alpha, beta, gamma = busy.hosts.values()
    for channel in alpha["custom_gateway_channels"]:
        channel.update(webhook_secret="new-webhook-secret", api_secret="new-api-secret")
    sandbox.gateway_secret("alpha", "webhook-secret-alpha", "new-webhook-secret")
    # Another gateway has the new secrets only. The second channel moves there in the same write.
    alpha["custom_gateway_channels"][1]["webhook_url"] = f"{sandbox.url}/gateway/other"
    sandbox.gateway_secret("other", "new-webhook-secret")
    moved = busy.line("alpha", "16500000001", label="moved")
    sandbox.gateway_api_secret("alpha", "api-secret-alpha", "new-api-secret")
    beta["kaleyra_password"] = "new-password"
    sandbox.kaleyra_accounts((KALEYRA_USERNAME, KALEYRA_PASSWORD), (KALEYRA_USERNAME, "new-password"))
    old, gamma["nexus_cluster_api_key"] = gamma["nexus_cluster_api_key"], "cluster-key-new"
    busy.create_cluster_key("cluster-key-new")
    gamma["genesys_cloud_update_secret"] = "always"

    traffic = busy.play(PROVISION, more=(moved,))
    assert busy.writes() == ["alpha: POST Async", "beta: POST mGageSMS", "cloud: PATCH tollfreenumbers"]
    assert traffic.failed == []
    assert len(sandbox.gateway("other")) >= len(traffic.of("moved").after(busy.write("alpha", "Async")).messages) > 0
    # The gateway sends again what Digital Channels refuses after the write.
    uploads, write = traffic.of("alpha", "gateway"), busy.write("alpha", "Async")
    assert {(*one.attempts,) for one in uploads.before(write).messages} == {(200,)}
    assert {(*one.attempts,) for one in uploads.after(write).messages} == {(401, 200)}

    # Nobody uses the old secrets any more.
    sandbox.gateway_secret("alpha", "new-webhook-secret")
    sandbox.gateway_api_secret("alpha", "new-api-secret")
    sandbox.kaleyra_accounts((KALEYRA_USERNAME, "new-password"))
    busy.delete_cluster_key(old)
    with sandbox.traffic(*busy.lines, moved) as traffic:
        pass
    assert traffic.failed == []


def test_a_rotation_without_an_overlap(sandbox: Sandbox, busy: Busy) -> None:
    """The other side changes its only secret when the write arrives: messages fail until the answer, and no longer."""
    busy.play(PROVISION)
    sandbox.switch(**{"services.read": "masked"})
    alpha, beta, gamma = busy.hosts.values()
    for channel in alpha["custom_gateway_channels"]:
        channel.update(webhook_secret="new-webhook-secret", api_secret="new-api-secret")
    beta["kaleyra_password"] = "new-password"
    new = {"webhook_secrets": ["new-webhook-secret"], "api_secrets": ["new-api-secret"]}
    sandbox.fault("secrets", path="/Async$", method="POST", seconds=0.5, body={"gateways": {"alpha": new}})
    accounts = [[KALEYRA_USERNAME, "new-password"]]
    sandbox.fault("secrets", path="/mGageSMS$", method="POST", seconds=0.5, body={"accounts": accounts})

    with sandbox.traffic(*busy.lines) as traffic:
        gamma["gc_client_secret"] = new_client_secret(sandbox)
        result = busy.site.play(PROVISION, env=None, **ALWAYS)
    assert result.rc == 0, result.output
    assert busy.writes() == [
        "alpha: POST Async",
        "beta: POST mGageSMS",
        "cloud: PATCH tollfreenumbers",
        "gamma: POST PurecloudIDP",
    ]
    assert (traffic.count("lost"), traffic.count("refused")) == (0, 0)
    for part, write in (
        (traffic.of("alpha", "out"), busy.write("alpha", "Async")),
        (traffic.of("alpha", "gateway"), busy.write("alpha", "Async")),
        (traffic.of("beta", "out"), busy.write("beta", "mGageSMS")),
    ):
        assert (part.before(write).failed, part.after(write).failed) == ([], [])
        assert part.failed == part.during(write).failed != []
        assert len(part.longest_gap) == len(part.failed)

    # An OAuth client has one secret. The run proves the new one before it writes it, so messages fail until that write.
    out, write = traffic.of("gamma", "out"), busy.write("gamma", "PurecloudIDP")
    assert out.after(write).failed == []
    assert len(out.longest_gap) == len(out.failed) > 0
    assert traffic.of("gamma", "cloud").failed == []


def options_of(busy: Busy, name: str, option: str, number: str) -> None:
    """Add the variables of another SMS option to those of a tenant, with its number there."""
    site, host = busy.site, busy.hosts[name]
    host["sender_ids"] = [{"name": host["sender_ids"][0]["name"], "channel_id": number, "endpoint": "Main"}]
    if option == "kaleyra":
        account = {"kaleyra_username": KALEYRA_USERNAME, "kaleyra_password": KALEYRA_PASSWORD}
        host.update(kaleyra_url=busy.sandbox.env["KALEYRA_URL"], **account)
    elif option == "custom_gateway":
        gateway = gateway_variables(busy.sandbox, site.tenants[name], host["sender_ids"], "gws")
        host.update(custom_gateway_channels=gateway["custom_gateway_channels"])
        busy.sandbox.gateway_secret(name, f"webhook-secret-{name}")
        busy.sandbox.gateway_api_secret(name, f"api-secret-{name}")
    else:
        cloud = busy.hosts["gamma"].items()
        host.update({key: value for key, value in cloud if key.startswith(("gc_", "genesys_cloud_", "nexus_cluster"))})
        host["tollfree_numbers"] = [{"number": number}]


@pytest.mark.parametrize("rule", ["both", "service", "sender_id"])
def test_switches_to_another_option(sandbox: Sandbox, busy: Busy, rule: str) -> None:
    """If both the service and the sender ID select the option, messages fail between the two writes, and only then."""
    sandbox.switch(**{"messages.routing": rule})
    new = "18445550001"
    busy.hosts["beta"]["sender_ids"] = [{**busy.hosts["beta"]["sender_ids"][0], "channel_id": new}]
    beta = busy.line("beta", new)
    busy.lines = [line for line in busy.lines if (line.name, line.way) not in {("beta", "out"), ("gamma", "cloud")}]
    busy.play(PROVISION, more=(beta,))
    # The inventory of gamma has what beta needs.
    options_of(busy, "beta", "genesys_cloud", new)
    options_of(busy, "alpha", "kaleyra", GATEWAY_NUMBER)
    options_of(busy, "gamma", "custom_gateway", CLOUD_NUMBER)
    for name, option in (("alpha", "kaleyra"), ("beta", "genesys_cloud"), ("gamma", "custom_gateway")):
        traffic = busy.play(SWITCH, "--limit", name, "-e", f"switch_to={option}", more=(beta,))
        first, (second,) = busy.write(name, "SMS"), busy.options(name)
        out = traffic.of(name, "out")
        assert {one.result for one in out.messages} <= {"delivered", "refused"}, traffic.failed
        assert (out.before(first).failed, out.after(second).failed) == ([], [])
        assert out.before(first).messages != []
        assert out.after(second).messages != []
        assert len(out.longest_gap) == len(out.failed)
        if rule != "both":
            assert out.failed == []
        # Nobody else notices anything, nor do uploads to the channels of the gateway.
        assert set(traffic.failed) == set(out.failed)


class Rotation:
    """Rotations of secrets with another side, for tenants that work."""

    def __init__(self, busy: Busy, directory: Path) -> None:
        self.busy = busy
        self.directory = directory / "host_vars"
        for name in busy.hosts:
            (self.directory / name).mkdir(parents=True)
        busy.play(PROVISION)

    def play(self, rotate: str, *, new: str | None = None, **variables: Any) -> Traffic:
        """Run the rotation under traffic."""
        given: dict[str, Any] = {} if new is None else {"rotation_secret": new}
        asked: dict[str, Any] = {"rotate": rotate, "rotation": "2026-11", "rotation_directory": str(self.directory)}
        return self.busy.play(ROTATE, **asked, **given, **variables)

    def edit(self, rotate: str) -> None:
        """Let the inventory take the secret from the file."""
        if rotate == "kaleyra_account":
            self.busy.hosts["beta"]["kaleyra_password"] = "{{ rotated_kaleyra_password }}"
            return
        for channel in self.busy.hosts["alpha"]["custom_gateway_channels"]:
            channel[rotate.removeprefix("gateway_")] = f"{{{{ rotated_{rotate} }}}}"


def accept(sandbox: Sandbox, rotate: str, *secrets: str) -> None:
    """Set what the other side has."""
    if rotate == "kaleyra_account":
        sandbox.kaleyra_accounts(*((KALEYRA_USERNAME, secret) for secret in secrets))
    elif rotate == "gateway_webhook_secret":
        sandbox.gateway_secret("alpha", *secrets)
    else:
        sandbox.gateway_api_secret("alpha", *secrets)


@pytest.mark.parametrize(("rotate", "former", "service"), OTHER_SIDES)
def test_a_secret_that_the_other_side_accepts_beside_the_former_one(
    sandbox: Sandbox, busy: Busy, tmp_path: Path, rotate: str, former: str, service: str
) -> None:
    """Nothing fails in any of the runs."""
    rotation = Rotation(busy, tmp_path)
    sandbox.switch(**{"services.read": "masked"})
    name = "beta" if rotate == "kaleyra_account" else "alpha"
    assert rotation.play(rotate, new="the-new-secret").failed == []
    accept(sandbox, rotate, former, "the-new-secret")
    rotation.edit(rotate)
    traffic = rotation.play(rotate, rotation_ready=True)
    assert busy.writes() == [f"{name}: POST {service}"]
    assert traffic.failed == []
    if rotate == "gateway_api_secret":
        # The gateway repeats what Digital Channels refuses.
        uploads, write = traffic.of("alpha", "gateway"), busy.write("alpha", service)
        assert {(*one.attempts,) for one in uploads.before(write).messages} == {(200,)}
        assert {(*one.attempts,) for one in uploads.after(write).messages} == {(401, 200)}
    accept(sandbox, rotate, "the-new-secret")
    assert rotation.play(rotate, rotation_remove=True).failed == []
    assert busy.play(PROVISION).failed == []
    assert busy.writes() == []


@pytest.mark.parametrize(("rotate", "former", "service"), OTHER_SIDES)
def test_a_secret_that_the_other_side_changes_with_the_write(
    sandbox: Sandbox, busy: Busy, tmp_path: Path, rotate: str, former: str, service: str
) -> None:
    """Messages fail until the answer to the write, and no longer."""
    rotation = Rotation(busy, tmp_path)
    rotation.play(rotate, new="the-new-secret")
    rotation.edit(rotate)
    gateway = {f"{rotate.removeprefix('gateway_')}s": ["the-new-secret"]}
    body = (
        {"accounts": [[KALEYRA_USERNAME, "the-new-secret"]]}
        if rotate == "kaleyra_account"
        else {"gateways": {"alpha": gateway}}
    )
    sandbox.fault("secrets", path=f"/{service}$", method="POST", seconds=0.5, body=body)
    traffic = rotation.play(rotate, rotation_ready=True)
    write = busy.write("beta" if rotate == "kaleyra_account" else "alpha", service)
    assert (traffic.before(write).failed, traffic.after(write).failed) == ([], [])
    assert traffic.failed == traffic.during(write).failed != []
    assert traffic.count("wrong secret") == len(traffic.failed) == len(traffic.longest_gap)


def test_a_gateway_that_still_signs_with_the_former_api_secret(sandbox: Sandbox, busy: Busy, tmp_path: Path) -> None:
    """Its calls are refused from the write on. The probe and verify say that Digital Channels is right."""
    rotation = Rotation(busy, tmp_path)
    rotation.play("gateway_api_secret")
    rotation.edit("gateway_api_secret")
    traffic = rotation.play("gateway_api_secret", rotation_ready=True, rotation_probe=True)
    write, uploads = busy.write("alpha", "Async"), traffic.of("alpha", "gateway")
    assert_one_switch(uploads, write, "delivered", "wrong secret")
    assert len(traffic.failed) == len(uploads.failed)
    with sandbox.traffic(*busy.lines) as traffic:
        assert busy.site.play(VERIFY, "--limit", "alpha", verify_probe=True).rc == 0
    assert {one.result for one in traffic.of("alpha", "gateway").messages} == {"wrong secret"}


def test_a_rotation_of_the_cluster_api_key(busy: Busy, tmp_path: Path) -> None:
    """In the three runs, no message is lost or refused."""
    busy.play(PROVISION)
    (tmp_path / "group_vars/genesys_cloud").mkdir(parents=True)
    asked: dict[str, Any] = {
        "rotate": "cluster_api_key",
        "rotation": "R",
        "bootstrap_directory": str(tmp_path / "group_vars/genesys_cloud"),
    }
    assert busy.play(ROTATE, **asked).failed == []
    assert [record.method for record in busy.sandbox.writes() if record.system.startswith("cloud")] == ["PATCH"]
    del busy.hosts["gamma"]["nexus_cluster_api_key"]
    for remove in (False, True):
        assert busy.play(ROTATE, rotation_remove=remove, **asked).failed == []
    assert busy.play(PROVISION).failed == []


def test_a_rotation_of_a_key_of_a_tenant(busy: Busy, tmp_path: Path) -> None:
    """Messages do not use it. After each run, the playbooks still can."""
    alpha, ccid = busy.hosts["alpha"], busy.site.tenants["alpha"].ccid
    alpha["nexus_api_key"] = str(uuid.uuid4())
    busy.sandbox.create_api_key(alpha["nexus_api_key"], "alpha", ccid)
    busy.play(PROVISION)
    (tmp_path / "host_vars/alpha").mkdir(parents=True)
    asked: dict[str, Any] = {
        "rotate": "tenant_api_key",
        "rotation": "R",
        "rotation_directory": str(tmp_path / "host_vars"),
    }
    assert busy.play(ROTATE, "--limit", "alpha", **asked).failed == []
    del alpha["nexus_api_key"]
    for remove in (False, True):
        assert busy.play(ROTATE, "--limit", "alpha", rotation_remove=remove, **asked).failed == []
        assert busy.play(PROVISION).failed == []


def test_a_rotation_of_the_oauth_client(sandbox: Sandbox, busy: Busy, tmp_path: Path) -> None:
    """It has one secret. Messages fail from its renewal until the write, and only those of its tenants."""
    busy.play(PROVISION)
    (tmp_path / "group_vars/genesys_cloud").mkdir(parents=True)
    asked: dict[str, Any] = {
        "rotate": "oauth_client",
        "rotation": "R",
        "bootstrap_directory": str(tmp_path / "group_vars/genesys_cloud"),
    }
    traffic = busy.play(ROTATE, **asked)
    (renewal,) = (record for record in sandbox.writes() if record.path.endswith("/secret"))
    write, out = busy.write("gamma", "PurecloudIDP"), traffic.of("gamma", "out")
    assert (out.before(renewal).failed, out.after(write).failed) == ([], [])
    assert traffic.failed == out.failed
    assert traffic.count("wrong secret") == len(out.failed) == len(out.longest_gap)
    del busy.hosts["gamma"]["gc_client_id"], busy.hosts["gamma"]["gc_client_secret"]
    for playbook in (PROVISION, ROTATE):
        assert busy.play(playbook, **asked).failed == []
        assert busy.writes() == []
