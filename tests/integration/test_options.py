# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sources of connection options, and their effect on requests."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml
from integration.playbooks import (
    DOORS,
    OAUTH_CLIENT,
    OAUTH_TOKEN,
    PURCHASE_JOURNAL,
    ROLE,
    ROLE_GRANT,
    SENDER_ID,
    SENDER_ID_INFO,
    SENDER_IDS,
    SERVICE,
    SERVICE_INFO,
    TOLLFREE_NUMBER,
    TOLLFREE_NUMBER_INFO,
    TOLLFREE_NUMBERS,
    Door,
    Script,
    run,
)
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS, CLOUD_USERS, DEFAULT_TENANTS, Tenant
from tools.collection import ROOT

ACME, GLOBEX, INITECH = DEFAULT_TENANTS
SMS: dict[str, Any] = {"service": "SMS", "url": "N/A", "data": {"provider": "mGage"}, "secret": {}}
MAIN = {"name": "Main", "channel_id": "16504661149", "endpoint": "Main"}

DIGITAL_CHANNELS = "group/cxops.genesys_sms.digital_channels"
CONFIGURATION = "group/cxops.genesys_sms.configuration"


def without_environment(sandbox: Sandbox) -> dict[str, str | None]:
    """Return an environment without the variables of connection options."""
    return dict.fromkeys(name for name in sandbox.env if name.startswith(("NEXUS_", "GWS_")))


def services_of(tenant: Tenant) -> dict[str, str]:
    """Return the options for a tenant in Digital Channels."""
    return {"ccid": tenant.ccid, "api_key": tenant.api_key}


def configuration_of(tenant: Tenant) -> dict[str, str]:
    """Return the options for a tenant's configuration."""
    return {
        "gws_client_id": tenant.client_id,
        "gws_client_secret": tenant.client_secret,
        "gws_username": tenant.login,
        "gws_password": tenant.password,
    }


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_module_defaults_of_action_groups_reach_every_module(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    """module_defaults of the two groups reach every module. An option of a task wins."""
    defaults = {
        DIGITAL_CHANNELS: {"nexus_url": sandbox.env["NEXUS_URL"], **services_of(GLOBEX)},
        CONFIGURATION: {
            "gws_url": sandbox.env["GWS_URL"],
            "gws_auth_url": sandbox.env["GWS_AUTH_URL"],
            **configuration_of(GLOBEX),
        },
    }
    script = Script()
    script.step("service", {SERVICE: SMS}, changed=True, writes=["POST 200"])
    script.step("service_info", {SERVICE_INFO: {}})
    script.step("sender_id", {SENDER_ID: MAIN}, changed=True, writes=["PUT 200"])
    script.step("sender_ids", {SENDER_IDS: {"sender_ids": [MAIN]}})
    script.step("sender_id_info", {SENDER_ID_INFO: {}})
    script.step("acme", {SERVICE: {**SMS, **services_of(ACME)}}, changed=True, writes=["POST 200"])
    script.step(
        "none",
        {SERVICE: SMS, "module_defaults": {DIGITAL_CHANNELS: {"retries": 0}}},
        fails=["missing required arguments: ", "api_key", "ccid", "nexus_url"],
    )
    outcome = run(
        sandbox,
        tmp_path,
        script.tasks,
        door=door,
        play={"module_defaults": defaults},
        env=without_environment(sandbox),
        python=target_python,
    )
    script.verify(outcome, subtests)
    assert "chat.Main" in sandbox.state(GLOBEX.ccid)["sections"]
    assert "chat.Main" not in sandbox.state(ACME.ccid)["sections"]
    assert list(sandbox.state(GLOBEX.ccid)["services"]) == list(sandbox.state(ACME.ccid)["services"]) == ["SMS"]


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_environment_variables_set_options(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    """Options that are not set come from the environment. An option of a task wins."""
    script = Script()
    script.step("service", {SERVICE: SMS}, changed=True, writes=["POST 200"])
    script.step("sender_ids", {SENDER_IDS: {"sender_ids": [MAIN]}}, changed=True, writes=["PUT 200"])
    script.step("other", {SERVICE_INFO: services_of(GLOBEX)})
    script.step("other configuration", {SENDER_ID_INFO: configuration_of(GLOBEX)})
    outcome = run(sandbox, tmp_path, script.tasks, door=door, python=target_python)
    script.verify(outcome, subtests)
    assert outcome["other"].result["services"] == []
    assert outcome["other configuration"].result["sender_ids"] == []


def test_headers_paths_and_connections_of_requests(sandbox: Sandbox, tmp_path: Path) -> None:
    """Headers are as documented, path prefixes stay, each system has one connection, and .netrc is not used."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login stranger password from-netrc\n", encoding="utf-8")
    netrc.chmod(0o600)
    slash = {"nexus_url": sandbox.env["NEXUS_URL"] + "/"}
    gws_slash = {"gws_url": sandbox.env["GWS_URL"] + "/", "gws_auth_url": sandbox.env["GWS_AUTH_URL"] + "/"}
    outcome = run(
        sandbox,
        tmp_path / "run",
        [
            {"name": "service", SERVICE: {**SMS, **slash, "ccid": ACME.ccid.upper()}},
            {"name": "sender_ids", SENDER_IDS: {"sender_ids": [MAIN], **gws_slash}},
        ],
        env={"NETRC": str(netrc)},
    )
    base = f"/digital/nexus/v3/provisioning/services/{ACME.ccid}"
    service = outcome["service"].requests
    assert [(record.method, record.path) for record in service] == [
        ("GET", f"{base}/SMS"),
        ("GET", base),
        ("POST", f"{base}/SMS"),
    ]
    for record in service:
        assert (record.headers["x-api-key"], record.headers["x-ccid"]) == (ACME.api_key, ACME.ccid)
        assert "authorization" not in record.headers
    assert service[-1].headers["content-type"] == "application/json"
    assert service[-1].json() == {"url": "N/A", "data": {"provider": "mGage"}, "secret": {}}

    login, *calls = outcome["sender_ids"].requests
    assert (login.method, login.path) == ("POST", "/gws-auth/auth/v3/oauth/token")
    pair = base64.b64encode(f"{ACME.client_id}:{ACME.client_secret}".encode()).decode()
    assert login.headers["authorization"] == f"Basic {pair}"
    form = {"grant_type": ["password"], "username": [ACME.login], "password": [ACME.password]}
    assert parse_qs(login.body) == form
    objects = "/gws/provisioning/v3/configuration/objects/transactions"
    assert [(record.method, record.path, record.query) for record in calls] == [
        ("POST", "/gws/provisioning/v3/initialize-provisioning", ""),
        ("GET", objects, "name=NexusServices"),
        ("PUT", f"{objects}/{sandbox.state(ACME.ccid)['dbid']}", ""),
        ("POST", "/gws/provisioning/v3/logout", ""),
    ]
    assert len({record.headers["authorization"] for record in calls}) == 1
    assert calls[0].headers["authorization"].startswith("Bearer ")

    for task, connections in (("service", 1), ("sender_ids", 2)):
        assert len({record.connection for record in outcome[task].requests}) == connections
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    assert {record.headers["user-agent"] for record in sandbox.requests()} == {f"cxops.genesys_sms/{version}"}


def test_gws_login_without_a_user(sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = run(
        sandbox,
        tmp_path,
        [{"name": "create", SENDER_IDS: {"sender_ids": [MAIN]}}],
        env={"GWS_USERNAME": None, "GWS_PASSWORD": None},
    )
    assert outcome["create"].changed
    (login,) = outcome["create"].calls("POST", "/token")
    assert parse_qs(login.body) == {"grant_type": ["client_credentials"]}


def test_an_incomplete_login_is_refused(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    script = Script()
    remedy = "Set both, or neither to log in as the API client only"
    script.step(
        "no password",
        {SENDER_ID_INFO: {"gws_username": "x"}},
        fails=["gws_password: it is missing, but gws_username is set", remedy],
    )
    script.step(
        "no user",
        {SENDER_ID_INFO: {"gws_password": "x"}},
        fails=["gws_username: it is missing, but gws_password is set", remedy],
    )
    env = {"GWS_USERNAME": None, "GWS_PASSWORD": None}
    script.verify(run(sandbox, tmp_path, script.tasks, env=env), subtests)


def test_gws_auth_url_defaults_to_gws_url(sandbox: Sandbox, tmp_path: Path) -> None:
    tasks = [{"name": "read", SENDER_ID_INFO: {}}]
    outcome = run(sandbox, tmp_path, tasks, env={"GWS_AUTH_URL": None})
    assert [record.path for record in outcome["read"].requests] == ["/gws/auth/v3/oauth/token"]


def test_plain_http_gives_a_warning(sandbox: Sandbox, tmp_path: Path) -> None:
    """Secrets must not be sent unencrypted, except within this machine."""
    elsewhere = {"nexus_url": "http://nowhere.invalid/digital", "retries": 0}
    outcome = run(
        sandbox,
        tmp_path,
        [{"name": "elsewhere", SERVICE_INFO: elsewhere}, {"name": "loopback", SERVICE_INFO: {}}],
    )
    (warning,) = outcome["elsewhere"].result["warnings"]
    assert warning.startswith("nexus_url is http://nowhere.invalid/digital: secrets are sent over plain http.")
    assert "warnings" not in outcome["loopback"].result


def test_tenants_do_not_share_sessions(sandbox: Sandbox, tmp_path: Path) -> None:
    """This holds for hosts of one play, which run at the same time, and for items of one loop."""
    hosts = {
        tenant.name: {"ansible_connection": "local", **services_of(tenant), **configuration_of(tenant)}
        for tenant in (ACME, GLOBEX)
    }
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    defaults = {
        DIGITAL_CHANNELS: {name: f"{{{{ {name} }}}}" for name in services_of(ACME)},
        CONFIGURATION: {name: f"{{{{ {name} }}}}" for name in configuration_of(ACME)},
    }
    number = "1650466{{ ccid[:4] | int(base=16) % 9000 + 1000 }}"
    loop = [{**services_of(tenant), "service": "Loop", "data": {"of": tenant.name}} for tenant in (ACME, GLOBEX)]
    outcome = run(
        sandbox,
        tmp_path / "run",
        [
            {"name": "service", SERVICE: {**SMS, "data": {"of": "{{ inventory_hostname }}"}}},
            {"name": "sender_id", SENDER_ID: {**MAIN, "name": "{{ inventory_hostname }}", "channel_id": number}},
            {"name": "loop", SERVICE: "{{ item }}", "loop": loop, "run_once": True, "no_log": True},
        ],
        play={"hosts": "all", "module_defaults": defaults},
        options=["-i", str(inventory)],
    )
    assert [task.msg for task in outcome.tasks if task.failed] == []
    for tenant in (ACME, GLOBEX):
        state = sandbox.state(tenant.ccid)
        assert {name: document["data"] for name, document in state["services"].items()} == {
            "SMS": {"of": tenant.name},
            "Loop": {"of": tenant.name},
        }
        assert [name for name in ("chat.acme", "chat.globex") if name in state["sections"]] == [f"chat.{tenant.name}"]
        assert state["sessions"] == 0


@pytest.mark.parametrize("door", DOORS)
def test_smaller_action_groups_set_options_of_some_modules(sandbox: Sandbox, tmp_path: Path, door: Door) -> None:
    admin = CLOUD_CLIENTS[0]
    group = "group/cxops.genesys_sms.genesys_cloud"
    defaults = {
        group: {"timeout": 20},
        f"{group}_purchases": {"ccid": ACME.ccid, "journal": str(tmp_path / "journal")},
        f"{group}_numbers": {"comment": "cxops", "webhook_password": "given-webhook-password"},
        f"{group}_access": {"settle_timeout": 5},
        "group/cxops.genesys_sms.secret_files": {"vault_password_file": str(tmp_path / "password"), "vault_id": "prod"},
        "group/cxops.genesys_sms.digital_channels_writes": {"when_unreadable": "write"},
        "group/cxops.genesys_sms.sender_ids": {"provider": "Portico"},
    }
    (tmp_path / "password").write_text("given-vault-password", encoding="utf-8")
    file = tmp_path / "client.yml"
    login = {"gc_client_id": admin.id, "gc_client_secret": admin.secret}
    client = {**login, "name": "Made", "roles": ["Sandbox Admin"], "secret_file": str(file)}
    grant = {**login, "role": "Sandbox Admin", "subject_email": CLOUD_USERS[0].email}
    tasks: list[dict[str, Any]] = [
        {"name": "token", OAUTH_TOKEN: {}},
        {"name": "numbers", TOLLFREE_NUMBER_INFO: {}},
        {"name": "role", ROLE: {**login, "name": "Made"}},
        {"name": "grant", ROLE_GRANT: grant},
        {"name": "client", OAUTH_CLIENT: client},
        {"name": "number", TOLLFREE_NUMBER: {"slot": "main"}, "check_mode": True},
        {"name": "all numbers", TOLLFREE_NUMBERS: {"tollfree_numbers": [{"slot": "main"}]}, "check_mode": True},
        {"name": "journal", PURCHASE_JOURNAL: {}},
        {"name": "service", SERVICE: SMS},
        {"name": "services", SERVICE_INFO: {}},
        {"name": "sender id", SENDER_ID: MAIN},
        {"name": "sender ids", SENDER_ID_INFO: {}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door, play={"module_defaults": defaults})
    unsupported = [task.msg for task in outcome.tasks if "nsupported parameters" in task.msg]
    assert unsupported == []
    for name in ("token", "numbers", "grant", "client", "service", "sender id"):
        assert not outcome[name].failed, outcome[name].msg
    assert file.read_text(encoding="utf-8").startswith("$ANSIBLE_VAULT;1.2;AES256;prod")
