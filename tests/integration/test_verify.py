# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook verify: it proves what is live, writes nothing to a server, and names each thing that is off."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests
from integration.provisioning import PROVISION, VERIFY, Result, Site
from sandbox.control import Sandbox
from unit.verifications import valid

CLUSTER_KEY = str(uuid.uuid5(uuid.NAMESPACE_DNS, "cluster"))
NOBODY = "127.0.0.1:1"
"""An address on which nobody listens."""
LISTS = ("custom_gateway_channels", "webhook_headers")
"""The lists of an inventory that have secrets."""


@pytest.fixture
def site(sandbox: Sandbox, tmp_path: Path) -> Site:
    """Three provisioned tenants, one for each SMS option."""
    made = Site(sandbox, tmp_path, "acme", "globex", "initech", gateways={"initech": "gax"}, clouds=["globex"])
    prepare(made)
    assert made.play(PROVISION).rc == 0
    return made


def prepare(site: Site) -> None:
    """Let the gateways of all tenants be in the sandbox, and create the API key of the cluster."""
    for name, host in site.hosts.items():
        # As a survey gives numbers.
        host["http_options"] = {"retries": "0", "timeout": "10"}
        if name in site.clouds:
            host["nexus_cluster_api_key"] = CLUSTER_KEY
        elif name not in site.gateways:
            host["kaleyra_url"] = f"{site.sandbox.url}/kaleyra"
    site.sandbox.create_api_key(CLUSTER_KEY)


def token_of(url: str, client: tuple[str, str], form: dict[str, str]) -> str:
    """Return the token of a login."""
    response = requests.post(url, data=form, auth=client, timeout=30)
    response.raise_for_status()
    return str(response.json()["access_token"])


def send(method: str, url: str, headers: dict[str, str], body: Any = None) -> None:
    """Send a request, as a person does who changes a tenant by hand."""
    requests.request(method, url, json=body, headers=headers, timeout=30).raise_for_status()


def change_number(site: Site, name: str, method: str = "PATCH", **fields: str) -> None:
    """Change the number of a tenant by hand."""
    host = site.hosts[name]
    (number,) = (one["tollfreeNumber"] for one in site.sandbox.account()["numbers"] if host["ccid"] in str(one))
    client = (host["gc_client_id"], host["gc_client_secret"])
    token = token_of(f"{host['gc_login_url']}/oauth/token", client, {"grant_type": "client_credentials"})
    url = f"{host['gc_api_url']}/api/v2/messaging/sms/provisioning/tollfreenumbers/{number}"
    send(method, url, {"Authorization": f"Bearer {token}"}, fields or None)


def verify(site: Site, *options: str, env: Any = None, **variables: Any) -> tuple[Result, dict[str, dict[str, Any]]]:
    """Return the result of the playbook, and what its file says of each tenant."""
    file = site.directory / "verify.json"
    result = site.play(VERIFY, *options, env=env, verify_file=str(file), **variables)
    assert file.stat().st_mode & 0o777 == 0o600
    tenants = valid(json.loads(file.read_text(encoding="utf-8")))["tenants"]
    return result, {one["tenant"]: one for one in tenants}


def statuses(tenant: dict[str, Any]) -> dict[str, str]:
    """Return the status of each check that is not ok."""
    return {
        check["subject"] or check["check"]: check["status"] for check in tenant["checks"] if check["status"] != "ok"
    }


def reasons(tenant: dict[str, Any]) -> str:
    return " ".join(reason for check in tenant["checks"] for reason in check["reasons"])


def uploads(site: Site) -> list[str]:
    """Return the systems that the last run wrote to."""
    return sorted({record.system for record in site.sandbox.writes()})


def test_tenants_that_are_fine_are_proven_without_a_write(site: Site) -> None:
    result, tenants = verify(
        site,
        # As a survey gives switches, and with the worst settings of a user's ansible.cfg.
        env={"ANSIBLE_STRATEGY": "free", "ANSIBLE_ANY_ERRORS_FATAL": "true", "COLUMNS": "200"},
        verify_webhook_hosts="true",
        fail_on_unchecked="yes",
    )
    assert {name: statuses(one) for name, one in tenants.items()} == {"acme": {}, "globex": {}, "initech": {}}
    assert result.rc == 0, result.output
    assert uploads(site) == []
    host = site.sandbox.url.removeprefix("http://")
    assert all([check["subject"] for check in one["checks"]][-1] == host for one in tenants.values())
    assert [check["check"] for check in tenants["globex"]["checks"]] == [
        *("digital_channels", "services", "secrets", "genesys_cloud", "tollfree_numbers", "cluster_api_key"),
        *("configuration", "sender_ids", "webhook_host"),
    ]
    assert '"3 tenants: 3 ok."' in result.output
    assert '"globex   toll-free numbers' in result.output


def test_the_proof_of_api_secrets_runs_only_if_it_is_wanted(site: Site) -> None:
    site.sandbox.switch(**{"services.read": "masked", "apikeys.list": "unsupported"})
    result, tenants = verify(site, "--limit", "initech", verify_probe="true")
    assert result.rc == 0, result.output
    assert uploads(site) == ["messaging"]
    assert tenants["initech"]["outcome"] == "incomplete"
    # The proof replaces the comparison.
    assert "webhook_secret of the channel" in reasons(tenants["initech"])
    assert "api_secret of the channel" not in reasons(tenants["initech"])

    # With --check nothing is uploaded. Something that is not checked fails the run only if that is asked for.
    result, tenants = verify(site, "--check", verify_probe=True, fail_on_unchecked=True)
    assert uploads(site) == []
    assert {name: statuses(one) for name, one in tenants.items()} == {
        "acme": {"secrets": "not_checked"},
        "globex": {"secrets": "not_checked", "cluster_api_key": "not_checked"},
        "initech": {"secrets": "not_checked", "api_secrets": "not_checked"},
    }
    assert result.count("failed") == {"acme": 1, "globex": 1, "initech": 1}
    assert "These checks are not ok: secrets of the services, API secrets of the channels." in result.output


def test_services_that_cannot_be_read_are_not_checked(site: Site) -> None:
    site.sandbox.switch(**{"services.read": "unsupported"})
    site.hosts["acme"]["kaleyra_when_unreadable"] = "write"
    result, tenants = verify(site)
    assert result.rc == 0, result.output
    assert uploads(site) == []
    for one in tenants.values():
        assert one["outcome"] == "incomplete"
        assert statuses(one) == {"digital_channels": "not_checked", "services": "not_checked"}
    assert result.output.count("services                     not checked") == 3


def test_each_thing_that_is_off_is_named_and_hides_no_other(sandbox: Sandbox, tmp_path: Path) -> None:
    kaleyra = ("password", "service", "sender", "secret", "down", "name", "refused", "empty", "fine")
    clouds = ("unmarked", "url", "client", "released")
    site = Site(sandbox, tmp_path, *kaleyra, *clouds, "gateway", gateways={"gateway": "gws"}, clouds=clouds)
    prepare(site)
    hosts = site.hosts
    hosts["name"]["kaleyra_url"] = "https://kaleyra.invalid/api"
    hosts["refused"]["kaleyra_url"] = f"https://{NOBODY}/api"
    # The live tenants lack what the inventory gets afterwards.
    last = hosts["sender"]["sender_ids"].pop()
    header = hosts["gateway"]["webhook_headers"].pop()
    first = site.play(PROVISION)
    assert first.rc == 0, first.output

    hosts["sender"]["sender_ids"].append(last)
    hosts["gateway"]["webhook_headers"].append(header)
    hosts["gateway"]["custom_gateway_channels"][0]["api_secret"] = "canary-other"
    hosts["password"]["gws_password"] = "canary-password"
    hosts["secret"]["kaleyra_password"] = "canary-secret"
    hosts["client"]["gc_client_secret"] = "canary-client"
    hosts["empty"]["kaleyra_username"] = ""
    # The servers of one tenant do not run.
    hosts["down"].update(dict.fromkeys(["nexus_url", "gws_url", "gws_auth_url"], f"http://{NOBODY}"))
    service = hosts["service"]
    headers = {"x-api-key": service["nexus_api_key"], "x-ccid": service["ccid"]}
    send("DELETE", f"{service['nexus_url']}/nexus/v3/provisioning/services/{service['ccid']}/SMS", headers)
    change_number(site, "unmarked", comment="by hand")
    change_number(site, "url", moUrl="https://elsewhere.example.com/nexus/v3/sms/message")
    change_number(site, "released", "DELETE")
    hosts["released"]["nexus_cluster_api_key"] = "canary-cluster"
    hosts["released"]["genesys_cloud_purchase_allowed"] = False

    result, tenants = verify(
        site,
        "-vvvv",
        "--diff",
        env={"ANSIBLE_STRATEGY": "host_pinned", "COLUMNS": "120"},
        verify_webhook_hosts="true",
        verify_probe="1",
    )
    assert uploads(site) == ["messaging"]
    assert {name: one["outcome"] for name, one in tenants.items()} == {
        **dict.fromkeys([*kaleyra, *clouds, "gateway"], "failed"),
        "down": "unreachable",
        "empty": "stopped",
        "fine": "ok",
    }
    assert {name: statuses(one) for name, one in tenants.items()} == {
        "password": {"configuration": "failed", "sender_ids": "not_checked"},
        "service": {"services": "failed"},
        "sender": {"sender_ids": "failed"},
        "secret": {"services": "failed"},
        "down": {
            "digital_channels": "unreachable", "services": "not_checked",
            "configuration": "unreachable", "sender_ids": "not_checked",
        },
        "name": {"kaleyra.invalid:443": "failed"},
        "refused": {NOBODY: "failed"},
        "empty": {"inventory": "failed"},
        "fine": {},
        "unmarked": {"tollfree_numbers": "failed"},
        "url": {"tollfree_numbers": "failed"},
        "client": {
            "genesys_cloud": "failed", "tollfree_numbers": "not_checked",
            "services": "failed", "sender_ids": "not_checked", "webhook_host": "not_checked",
        },
        "released": {
            "tollfree_numbers": "failed", "cluster_api_key": "failed", "sender_ids": "not_checked",
            "webhook_host": "not_checked",
        },
        "gateway": {"services": "failed", "api_secrets": "failed", "webhook_headers": "failed"},
    }  # fmt: skip
    for name, phrase in {
        "service": "provision would create the service SMS",
        "sender": "provision would create the sender ID",
        "secret": "provision would change secret of the service mGageSMS",
        "name": "The host could not be reached: its name was not resolved",
        "refused": "The host could not be reached: Connection refused.",
        "empty": "kaleyra_username",
        "released": "nexus_cluster_api_key: Digital Channels has no such API key.",
    }.items():
        assert phrase in reasons(tenants[name])
    failed = {name for name, number in result.count("failed").items() if number}
    assert failed == set(tenants) - {"fine"}
    assert '"14 tenants: 1 stopped by the preflight, 11 failed, 1 unreachable, 1 ok."' in result.output
    texts = result.output + (site.directory / "verify.json").read_text(encoding="utf-8")
    assert [word for word in secrets_of(hosts) if word in texts] == []


def secrets_of(hosts: dict[str, dict[str, Any]]) -> set[str]:
    """Return the secrets of an inventory."""
    names = ("password", "secret", "api_key", "cluster_api_key", "header", "value")
    found = {str(value) for host in hosts.values() for name, value in host.items() if name.endswith(names)}
    items = [item for host in hosts.values() for key in LISTS for item in host.get(key, [])]
    found |= {str(value) for item in items for name, value in item.items() if name.endswith(names)}
    # The names of tenants are no secrets, although a header has one.
    return {"canary", *found} - set(hosts) - {""}


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("verify.json", "verify.json is not an absolute path."),
        ("/", "/ is a directory. Name a file in it."),
        ("/nonexistent/verify.json", "can't be written, because its directory does not exist."),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_first(
    sandbox: Sandbox, tmp_path: Path, file: str, problem: str
) -> None:
    site = Site(sandbox, tmp_path, "acme")
    result = site.play(VERIFY, verify_file=file)
    assert f"verify_file: {file}" in result.output
    assert problem in result.output
    assert sandbox.requests() == []


def test_the_tag_validate_calls_no_server_and_other_tags_are_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "acme")
    assert site.play(VERIFY, "--tags", "validate").rc == 0
    refused = site.play(VERIFY, "--tags", "services")
    assert "this playbook does not have the tag services" in refused.output
    assert sandbox.requests() == []
