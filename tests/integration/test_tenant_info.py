# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live tenants in the variables of an inventory: what is read, with how many requests, and what it changes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests
from integration.playbooks import DOORS, TENANT_INFO, TOLLFREE_NUMBERS, Door, Task, TaskResult, run
from integration.provisioning import KALEYRA_PASSWORD, KALEYRA_USERNAME, PROVISION, Site, Variables
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS, DEFAULT_TENANTS

ACME, GLOBEX = DEFAULT_TENANTS[:2]
ADMIN = CLOUD_CLIENTS[1]
SMS = {
    "channelId": "16504661149",
    "channelType": "sms",
    "endpoint": "chat.Main",
    "interactionSubtype": "SMS",
    "interactionType": "Inbound",
    "media": "chat",
}
HAND_MADE = {
    "Chat.SMS_Upper": {**SMS, "channelId": "10001", "provider": "mgage"},
    "SMS_NoPrefix": {**SMS, "channelId": "10002", "endpoint": "Min", "cxcOnly": "TRUE"},
    "chat.SMS.Main": {**SMS, "channelId": "10003", "provider": "Twilio", "note": "by hand"},
    "chat.SMS_Plus": {**SMS, "channelId": "+1 650 466 9007"},
    "chat.SMS_Copy": {**SMS, "channelId": "16504669007"},
    "chat.SMS_Half": {"channelType": "SMS", "channelid": "10004"},
    "chat.Web": {"channelType": "webchat", "channelId": "10009"},
}
LOGINS = ("nexus_", "gws_", "gax_", "configuration", "gc_", "ccid")


def login_of(variables: Variables) -> Variables:
    """Return the options that reach the systems of a tenant."""
    found = {
        name: value for name, value in variables.items() if name.startswith(LOGINS) and not name.startswith("gc_admin")
    }
    found["api_key"] = found.pop("nexus_api_key")
    found.pop("nexus_cluster_api_key", None)
    return found


def by_hand(sandbox: Sandbox, variables: Variables, service: str, document: Variables) -> None:
    """Write a service as a person would."""
    url = f"{variables['nexus_url']}/nexus/v3/provisioning/services/{variables['ccid']}/{service}"
    headers = {"x-api-key": variables["nexus_api_key"], "x-ccid": variables["ccid"]}
    requests.post(url, json=document, headers=headers, timeout=30).raise_for_status()


def fill(result: Variables, secrets: Variables, headers: dict[str, str]) -> Variables:
    """Return the variables with the secrets that the description asks for."""
    filled: Variables = {**result["variables"]}
    for place in result["secrets"]:
        found = re.fullmatch(r"(\w+)\[(\d+)\]\.(\w+)", place)
        if found is None:
            filled[place] = secrets[place]
        else:
            item = filled[found[1]][int(found[2])]
            item[found[3]] = headers[item["name"]] if found[3] == "value" else secrets[found[3]]
    return filled


def paths(task: TaskResult) -> list[str]:
    """Return the requests of a task without IDs."""
    return [re.sub(r"[0-9a-f-]{36}", "ID", f"{record.method} {record.path}") for record in task.requests]


@pytest.mark.parametrize("read", ["full", "masked", "masked_all", "omitted"])
def test_the_variables_of_handmade_tenants_change_nothing(sandbox: Sandbox, tmp_path: Path, read: str) -> None:
    """A tenant of each SMS option. The account has a number that was bought by hand, and one of another tenant."""
    site = Site(sandbox, tmp_path, "acme", "initech", "globex", gateways={"initech": "gax"}, clouds=["globex"])
    sections = {"acme": HAND_MADE, "globex": {"chat.SMS-Hand_1": {**SMS, "channelId": "0020001", "note": "by hand"}}}
    sandbox.seed({"ccid": site.tenants[name].ccid, "name": name, "sections": sections[name]} for name in sections)
    # The name of the tenant would be hidden everywhere.
    site.hosts["initech"]["webhook_headers"][0]["value"] = "header-value"
    first = site.play(PROVISION)
    assert first.rc == 0, first.output
    acme, initech, globex = (site.hosts[name] for name in ("acme", "initech", "globex"))
    kaleyra = {"username": KALEYRA_USERNAME, "password": KALEYRA_PASSWORD}
    by_hand(sandbox, acme, "mGageSMS", {"url": "HTTPS://Kaleyra.example.com/", "data": {"a": 1}, "secret": kaleyra})
    by_hand(sandbox, acme, "SMS", {"url": "n/a", "data": {"provider": "mGage", "note": "by hand"}, "secret": {}})
    buying = {
        "ccid": globex["ccid"],
        "nexus_url": "https://elsewhere.example.com",
        "journal": str(site.journal),
        "purchase_allowed": True,
        "max_purchases": 9,
        "webhook_password": "key",
        "order_timeout": 5,
    }
    sandbox.switch(**{"services.read": read})
    tasks: list[Task] = [
        {"name": "by hand", TOLLFREE_NUMBERS: {**buying, "tollfree_numbers": [{"number": "18445550099"}]}},
        {"name": "other", TOLLFREE_NUMBERS: {**buying, "ccid": acme["ccid"], "tollfree_numbers": [{"slot": "b"}]}},
        *({"name": name, TENANT_INFO: login_of(host)} for name, host in site.hosts.items()),
    ]
    outcome = run(sandbox, tmp_path / "read", tasks)
    found = {name: outcome[name].result for name in site.hosts}
    assert {name: result["sms_option"] for name, result in found.items()} == {
        "acme": "kaleyra",
        "initech": "custom_gateway",
        "globex": "genesys_cloud",
    }
    for name, result in found.items():
        assert result["would_change"] == [], name
        assert result["unreadable"] == {}, name
    assert not any(found["initech"]["leftovers"].values())
    # A missing provider means Portico.
    portico = ["SMS_NoPrefix", "chat.SMS_Copy", "chat.SMS_Half", "chat.SMS_Plus"]
    assert found["acme"]["leftovers"]["sender_ids"] == portico
    assert len(found["acme"]["leftovers"]["tollfree_numbers"]) == 1
    assert {item["name"] for item in found["acme"]["not_expressed"]} == {"chat.SMS_Half", "chat.SMS_Plus"}
    listed = found["globex"]["variables"]["tollfree_numbers"]
    assert [(item.get("slot"), "mo_url" in item) for item in listed] == [("main", False), (None, True)]
    assert not re.search("kaleyra-password|secret-initech|header-token", str(outcome.stdout))

    secrets = {
        **{name: host[name] for host in site.hosts.values() for name in host if name.endswith(("key", "secret"))},
        **{f"kaleyra_{name}": value for name, value in kaleyra.items()},
        **{name: initech["custom_gateway_channels"][0][name] for name in ("webhook_secret", "api_secret")},
        "gc_client_id": globex["gc_client_id"],
    }
    headers = {item["name"]: item["value"] for item in initech["webhook_headers"]}
    for name, result in found.items():
        kept = {
            key: value
            for key, value in site.hosts[name].items()
            if key.startswith((*LOGINS, "genesys_cloud_")) and not key.startswith("gc_admin")
        }
        site.hosts[name] = {**kept, **fill(result, secrets, headers)}
    for options in (["--check"], []):
        again = site.play(PROVISION, *options)
        assert again.changed == dict.fromkeys(again.changed, 0), again.output
        assert site.writes() == []


@pytest.mark.parametrize("door", DOORS)
def test_a_tenant_is_read_with_few_requests(sandbox: Sandbox, tmp_path: Path, door: Door) -> None:
    gax = {"configuration": "gax", "gax_username": ACME.gax_username, "gax_password": ACME.gax_password}
    none = {"gc_client_id": None, "gc_access_token": None}
    tasks: list[Task] = [
        {"name": "gws", TENANT_INFO: {}},
        {"name": "gax", TENANT_INFO: {**gax, **none}},
        {"name": "no list", "sandbox": {"switches": {"services.list": "unsupported"}}},
        {"name": "without a list", TENANT_INFO: {**gax, **none}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door)
    services = "GET /digital/nexus/v3/provisioning/services/ID"
    assert paths(outcome["gws"]) == [
        services,
        "POST /gws-auth/auth/v3/oauth/token",
        "POST /gws/provisioning/v3/initialize-provisioning",
        "GET /gws-auth/environment/v3/contact-centers",
        "GET /gws/provisioning/v3/configuration/objects/transactions",
        "POST /gc-login/oauth/token",
        "GET /gc-api/api/v2/messaging/sms/provisioning/tollfreenumbers",
        "POST /gws/provisioning/v3/logout",
    ]
    assert len(paths(outcome["gax"])) == 3
    assert outcome["gws"].result["unreadable"] == {}
    # The sandbox has no service yet, so nothing shows that services can be read.
    assert set(outcome["without a list"].result["unreadable"]) == {"services", "tollfree_numbers"}
    assert outcome["gws"].writes == []


@pytest.mark.parametrize("door", DOORS)
def test_a_system_that_is_down_is_named_and_hides_no_other(sandbox: Sandbox, tmp_path: Path, door: Door) -> None:
    nowhere = "http://127.0.0.1:9"
    once = {"retries": 0, "timeout": 2}
    tasks: list[Task] = [
        {"name": "services", TENANT_INFO: {**once, "nexus_url": nowhere}},
        {"name": "configuration", TENANT_INFO: {**once, "gws_auth_url": nowhere}},
        {"name": "tollfree_numbers", TENANT_INFO: {**once, "gc_login_url": nowhere}},
        {"name": "all", TENANT_INFO: {**once, "nexus_url": nowhere, "gws_url": nowhere, "gc_login_url": nowhere}},
        {"name": "bad", TENANT_INFO: {"nexus_url": "digital"}},
        {"name": "half", TENANT_INFO: {"gws_client_secret": None}},
        {"name": "other", TENANT_INFO: {"ccid": GLOBEX.ccid, "api_key": GLOBEX.api_key}},
        {"name": "unreadable", "sandbox": {"switches": {"services.read": "unsupported"}}},
        {"name": "unsupported", TENANT_INFO: {}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door)
    for system in ("services", "configuration", "tollfree_numbers"):
        task = outcome[system]
        assert not task.failed, task.msg
        assert set(task.result["unreadable"]) == {system}
        assert nowhere in task.result["unreadable"][system]
        assert ("sender_ids" in task.result["variables"]) is (system != "configuration")
    everything = outcome["all"]
    assert everything.failed
    assert everything.result["failure"]["kind"] == "unreachable"
    for name, parameter in (("bad", "nexus_url"), ("half", "gws_client_secret"), ("other", "gws_username")):
        assert outcome[name].result["failure"] == {"kind": "invalid_input", "parameter": parameter}, name
        assert outcome[name].requests == () or name == "other"
    assert "does not support reading services" in outcome["unsupported"].result["unreadable"]["services"]
    assert outcome["unsupported"].result["sms_option"] is None
