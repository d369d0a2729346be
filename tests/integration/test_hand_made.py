# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tenants that were set up by hand: read, adopted without a change, switched and removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from integration.playbooks import (
    CHANNELS,
    DOORS,
    SENDER_ID,
    SENDER_ID_INFO,
    SENDER_IDS,
    SERVICE,
    SERVICE_INFO,
    TOLLFREE_NUMBER_INFO,
    TOLLFREE_NUMBERS,
    WEBHOOK_HEADERS,
    Door,
    Task,
    run,
)
from integration.provisioning import (
    PROVISION,
    REMOVE,
    Result,
    Site,
    cloud_variables,
    gateway_variables,
    numbers,
    variables_of,
)
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_TENANTS

CCID, OTHER_CCID = (tenant.ccid for tenant in DEFAULT_TENANTS[:2])
SMS = {
    "channelId": "16504661149",
    "channelType": "sms",
    "endpoint": "chat.Main",
    "interactionSubtype": "SMS",
    "interactionType": "Inbound",
    "media": "chat",
    "cxcOnly": "false",
    "provider": "mGage",
}


def tenant(sandbox: Sandbox, **content: Any) -> None:
    """Give the sandbox one tenant with these sections or services."""
    sandbox.reset([{"ccid": CCID, "name": "acme", "domain": "t100", "api_key": DEFAULT_TENANTS[0].api_key, **content}])


def define(sandbox: Sandbox, service: str, document: dict[str, Any]) -> None:
    """Define a service of the tenant as a person would."""
    url = f"{sandbox.env['NEXUS_URL']}/nexus/v3/provisioning/services/{CCID}/{service}"
    headers = {"x-api-key": sandbox.env["NEXUS_API_KEY"], "x-ccid": CCID}
    requests.post(url, json=document, headers=headers, timeout=30).raise_for_status()


# Masks


@pytest.mark.parametrize("door", DOORS)
def test_a_short_secret_in_a_result_gives_a_warning_and_its_mask_is_never_written(
    sandbox: Sandbox, tmp_path: Path, door: Door
) -> None:
    tenant(sandbox, password="Main", sections={"chat.SMS_1": SMS})
    login = {"gws_password": "Main"}
    tasks: list[Task] = [
        {"name": "read", SENDER_ID_INFO: login, "register": "found"},
        {"name": "write", SENDER_IDS: {**login, "sender_ids": "{{ found.sender_ids }}"}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door)
    assert outcome["read"].result["sender_ids"][0]["endpoint"] == "chat.********"
    (warning,) = outcome["read"].result["warnings"]
    assert "gws_password" in warning
    assert outcome["write"].failed
    assert outcome["write"].result["failure"] == {"kind": "invalid_input", "parameter": "sender_ids[0].endpoint"}
    assert outcome["write"].writes == []
    assert sandbox.state(CCID)["sections"]["chat.SMS_1"] == SMS


@pytest.mark.parametrize("door", DOORS)
def test_no_module_writes_a_mask(sandbox: Sandbox, tmp_path: Path, door: Door) -> None:
    channel = {
        "channel_id": "16504662200",
        "webhook_url": "https://h/********",
        "webhook_secret": "canary-webhook",
        "api_secret": "canary-api",
    }
    tasks: dict[str, tuple[Task, str]] = {
        "data": ({SERVICE: {"service": "SMS", "data": {"provider": "********"}, "secret": {}}}, "data.provider"),
        "secret": ({SERVICE: {"service": "SMS", "secret": {"password": "(hidden)"}}}, "secret.password"),
        "url": ({SERVICE: {"service": "SMS", "url": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}}, "url"),
        "channel": ({CHANNELS: {"channels": [channel]}}, "channels[0].webhook_url"),
        "header": ({WEBHOOK_HEADERS: {"headers": [{"name": "X-A", "value": "a\ufffd"}]}}, "headers[0].value"),
    }
    outcome = run(sandbox, tmp_path, [{"name": name, **task} for name, (task, _place) in tasks.items()], door=door)
    for name, (_task, place) in tasks.items():
        assert outcome[name].result["failure"] == {"kind": "invalid_input", "parameter": place}, name
    assert sandbox.requests() == []


# Sender IDs

HAND_MADE = {
    "Chat.SMS_Upper": {**SMS, "channelId": "10001"},
    "SMS_NoPrefix": {**SMS, "channelId": "10002", "provider": "mgage"},
    "chat.SMS.Main": {**SMS, "channelId": "10003", "endpoint": "Min"},
    "chat.SMS_Plus": {**SMS, "channelId": "+1 650 466 9007", "cxcOnly": "TRUE", "note": "by hand"},
    "chat.SMS_Key": {"channelType": "SMS", "channelid": "10004"},
    "chat.SMS_Other": {"channelType": "sms", "channelId": "none", "endpoint": " odd", "provider": "Twilio"},
    "chat.Web": {"channelType": "webchat", "channelId": "10009"},
}
GAX = {"configuration": "gax"}


@pytest.mark.parametrize("door", DOORS)
def test_handmade_sender_ids_given_back_change_nothing(sandbox: Sandbox, tmp_path: Path, door: Door) -> None:
    tenant(sandbox, sections=HAND_MADE)
    given: Task = {"sender_ids": "{{ found.sender_ids }}", "provider": "Async", "purge": True, "purge_options": False}
    tasks: list[Task] = []
    for name, way in (("gws", {}), ("gax", GAX)):
        tasks += [
            {"name": f"{name}: read", SENDER_ID_INFO: way, "register": "found"},
            {"name": f"{name}: check", SENDER_IDS: {**way, **given}, "check_mode": True, "diff": True},
            {"name": f"{name}: write", SENDER_IDS: {**way, **given}},
            {"name": f"{name}: one", SENDER_ID: {**way, "name": "SMS_NoPrefix", "provider": "mGage"}},
            {"name": f"{name}: find", SENDER_ID_INFO: {**way, "channel_id": "(1) 650-466-9007"}},
        ]
    outcome = run(sandbox, tmp_path, tasks, door=door)
    for name in ("gws", "gax"):
        found = outcome[f"{name}: read"].result["sender_ids"]
        assert [item["name"] for item in found] == sorted(set(HAND_MADE) - {"chat.Web"})
        for task in ("check", "write", "one"):
            assert not outcome[f"{name}: {task}"].changed
        assert outcome[f"{name}: check"].result["diff"] == {"before": {}, "after": {}}
        assert outcome[f"{name}: write"].result["sender_ids"] == found
        assert outcome[f"{name}: write"].result["not_purged"] == []
        assert [item["name"] for item in outcome[f"{name}: find"].result["sender_ids"]] == ["chat.SMS_Plus"]
    assert sandbox.writes() == []
    assert sandbox.state(CCID)["sections"] == HAND_MADE


def test_a_number_of_a_handmade_section_is_in_use(sandbox: Sandbox, tmp_path: Path) -> None:
    tenant(sandbox, sections=HAND_MADE)
    tasks: list[Task] = [
        {"name": number, SENDER_ID: {"name": "New", "channel_id": number, "endpoint": "E"}}
        for number in ("10001", "10002", "10003", "10004", "16504669007")
    ]
    for task in run(sandbox, tmp_path, tasks).tasks:
        assert task.result["failure"] == {"kind": "invalid_input", "parameter": "channel_id"}, task.name
    assert sandbox.writes() == []


def test_purge_keeps_and_names_handmade_sender_ids(sandbox: Sandbox, tmp_path: Path) -> None:
    tenant(sandbox, sections={**HAND_MADE, "chat.SMS_1": SMS, "chat.SMS_2": {**SMS, "channelId": "10010"}})
    purged = {"sender_ids": [{"name": "SMS_1"}], "purge": True}
    left = ["Chat.SMS_Upper", "SMS_NoPrefix", "chat.SMS.Main"]
    gone = [{"name": name, "state": "absent"} for name in left]
    outcome = run(
        sandbox,
        tmp_path,
        [
            {"name": "check", SENDER_IDS: purged, "check_mode": True},
            {"name": "purge", SENDER_IDS: purged},
            {"name": "state", "sandbox": {"state": CCID}},
            {"name": "again", SENDER_IDS: purged},
            {"name": "listed", SENDER_IDS: {**purged, "sender_ids": [{"name": "SMS_1"}, *gone]}},
        ],
    )
    for name in ("check", "purge", "again"):
        assert outcome[name].result["not_purged"] == left
        assert any(all(section in warning for section in left) for warning in outcome[name].result["warnings"])
    kept = {name: options for name, options in HAND_MADE.items() if name in (*left, "chat.Web")}
    assert outcome["state"].result["state"]["sections"] == {**kept, "chat.SMS_1": SMS}
    assert not outcome["again"].changed
    assert outcome["listed"].result["not_purged"] == []
    assert sandbox.state(CCID)["sections"] == {"chat.Web": HAND_MADE["chat.Web"], "chat.SMS_1": SMS}


def test_a_handmade_section_can_be_changed(sandbox: Sandbox, tmp_path: Path) -> None:
    """Only the listed options change, and they get the key of Genesys' guide."""
    tenant(sandbox, sections=HAND_MADE)
    items = [
        {"name": "chat.SMS_Key", "channel_id": "10005"},
        {"name": "chat.SMS.Main", "endpoint": "chat.Min"},
        {"name": "SMS_NoPrefix", "provider": "Async"},
    ]
    outcome = run(sandbox, tmp_path, [{"name": name, SENDER_IDS: {"sender_ids": items}} for name in ("one", "two")])
    assert outcome["one"].writes == ["PUT 200"]
    assert not outcome["two"].changed
    assert sandbox.state(CCID)["sections"] == {
        **HAND_MADE,
        "chat.SMS_Key": {"channelType": "SMS", "channelId": "10005"},
        "chat.SMS.Main": {**HAND_MADE["chat.SMS.Main"], "endpoint": "chat.Min"},
        "SMS_NoPrefix": {**HAND_MADE["SMS_NoPrefix"], "provider": "Async"},
    }


# A former option of the tenant


@pytest.mark.parametrize("read", ["full", "masked", "omitted", "unsupported"])
def test_switching_the_sms_option_leaves_no_setting_of_the_former_one(
    sandbox: Sandbox, tmp_path: Path, read: str
) -> None:
    """From each option to each other. A key that was added by hand stays if the server shows it."""
    site = Site(sandbox, tmp_path, "alpha", clouds=["alpha"])
    alpha = site.tenants["alpha"]
    sandbox.switch(**{"services.read": read})
    ids = numbers(0)
    unreadable: dict[str, Any] = {
        f"{role}_when_unreadable": "write" for role in ("kaleyra", "custom_gateway", "genesys_cloud")
    }
    extra: dict[str, Any] = {**unreadable, "custom_gateway_purge": True, "sender_ids_purge": True}
    options: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
        "kaleyra": (variables_of(sandbox, alpha, ids), {"provider": "mGage"}),
        "custom_gateway": (gateway_variables(sandbox, alpha, ids, "gws"), {"provider": "Async"}),
        "genesys_cloud": (cloud_variables(sandbox, alpha, site.journal), {"tokenProvider": "Purecloud"}),
    }
    kept: dict[str, str] = {}
    for option in (
        "kaleyra",
        "genesys_cloud",
        "custom_gateway",
        "genesys_cloud",
        "kaleyra",
        "custom_gateway",
        "kaleyra",
    ):
        variables, data = options[option]
        site.hosts["alpha"] = variables
        site.gateways = {"alpha": "gws"} if option == "custom_gateway" else {}
        site.clouds = ("alpha",) if option == "genesys_cloud" else ()
        result = site.play(PROVISION, "--tags", "services,numbers", **extra)
        assert result.rc == 0, result.output
        assert site.state("alpha")["services"]["SMS"]["data"] == {**kept, **data}, option
        if not kept and read != "unsupported":
            kept = {"byHand": "1"}
            by_hand = {"service": "SMS", "ccid": alpha.ccid, "api_key": alpha.api_key, "data": kept, "secret": {}}
            assert run(sandbox, tmp_path / "by_hand", [{"name": "by hand", SERVICE: by_hand}])["by hand"].changed


@pytest.mark.parametrize("read", ["full", "unsupported"])
def test_leftovers_of_a_former_option_are_reported_and_removed_on_request(
    sandbox: Sandbox, tmp_path: Path, read: str
) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    alpha = site.tenants["alpha"]

    def play(playbook: str, *options: str) -> Result:
        return site.play(playbook, *options, kaleyra_when_unreadable="write", genesys_cloud_when_unreadable="write")

    assert play(PROVISION).rc == 0
    site.hosts["alpha"], site.clouds = cloud_variables(sandbox, alpha, site.journal), ("alpha",)
    assert play(PROVISION, "--tags", "services").rc == 0
    sandbox.switch(**{"services.read": read})
    told = play(REMOVE, "--tags", "services", "-e", "remove_all=true")
    assert told.rc == 0, told.output
    assert set(site.state("alpha")["services"]) == {"mGageSMS"}
    assert "mGageSMS" in told.output
    assert "remove_leftovers" in told.output
    options = ("--tags", "services", "-e", "remove_all=true", "-e", "genesys_cloud_remove_leftovers=true")
    removed = play(REMOVE, *options)
    assert removed.changed == {"alpha": 1}
    assert site.state("alpha")["services"] == {}
    assert play(REMOVE, *options).changed == {"alpha": 0}


# Results given back to the modules


@pytest.mark.parametrize("door", DOORS)
def test_handmade_services_channels_and_headers_given_back_change_nothing(
    sandbox: Sandbox, tmp_path: Path, door: Door
) -> None:
    channel = {"channelId": "+1 650 466 2200", "webhook": {"url": "HTTPS://Gateway.example.com:443/in"}, "note": None}
    secret = {"channelId": "+1 650 466 2200", "webhook": {"secret": "canary-webhook"}, "api": {"secret": "canary-api"}}
    services: dict[str, dict[str, Any]] = {
        "SMS": {"url": "n/a", "data": {"provider": "mGage", "byHand": None, "empty": {"inner": None}}, "secret": {}},
        "mGageSMS": {"url": "kaleyra", "data": {}, "secret": {"username": "canary-user", "password": "canary-pass"}},
        "Async": {"data": {"channels": [channel]}, "secret": {"channels": [secret]}},
    }
    odd = {"header:Content-Type": "canary-type", "header:x-token": "canary-again", "header:Authorization: canary": "x"}
    sections = {"Async": {"header:X-Token": "canary-header", "other": "x", **odd}}
    tenant(sandbox, sections=sections)
    for name, document in services.items():
        define(sandbox, name, document)
    sandbox.clear_requests()
    tasks: list[Task] = [
        {"name": "read", SERVICE_INFO: {}, "register": "found"},
        {
            "name": "services",
            SERVICE: {
                "service": "{{ item.service }}",
                "url": "{{ item.url | default(omit) }}",
                "data": "{{ item.data | default(omit) }}",
            },
            "loop": "{{ found.services }}",
        },
        {"name": "channels", CHANNELS: {"channels": []}, "register": "channels"},
        {"name": "same channels", CHANNELS: {"channels": "{{ channels.channels }}", "purge": True}},
        {"name": "headers", WEBHOOK_HEADERS: {"headers": []}, "register": "headers"},
        {"name": "same headers", WEBHOOK_HEADERS: {"headers": "{{ headers.headers }}", "purge": True}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door)
    assert [task.name for task in outcome.tasks if task.changed] == []
    assert sandbox.writes() == []
    assert outcome["same channels"].result["channels"][0]["channel_id"] == "16504662200"
    assert outcome["same headers"].result["not_purged"] == ["(hidden)", "Content-Type"]
    assert "canary" not in str(outcome["same headers"].result)


@pytest.mark.parametrize("door", DOORS)
def test_purge_keeps_channels_that_can_not_be_listed(sandbox: Sandbox, tmp_path: Path, door: Door) -> None:
    tenant(sandbox)
    odd = ["+1 650 466 2200", "001650", "sms gateway"]
    names = [*odd, "16504662200", "55555"]
    url = {"url": "https://gateway.example.com/in"}
    secrets = {"webhook": {"secret": "canary-webhook"}, "api": {"secret": "canary-api"}}
    document = {
        "data": {"channels": [{"channelId": name, "webhook": url} for name in names]},
        "secret": {"channels": [{"channelId": name, **secrets} for name in names]},
    }
    define(sandbox, "Async", document)
    sandbox.clear_requests()
    purged: Task = {CHANNELS: {"channels": "{{ [read.channels[0]] }}", "purge": True}}
    listed = {"channels": [{"channel_id": name, "state": "absent"} for name in odd], "purge": True}
    outcome = run(
        sandbox,
        tmp_path,
        [
            {"name": "read", CHANNELS: {"channels": []}, "register": "read"},
            {"name": "same", CHANNELS: {"channels": "{{ read.channels }}", "purge": True}},
            {"name": "check", **purged, "check_mode": True},
            {"name": "purge", **purged},
            {"name": "again", **purged},
            {"name": "state", "sandbox": {"state": CCID}},
            {"name": "listed", CHANNELS: listed},
        ],
        door=door,
    )
    assert [item["channel_id"] for item in outcome["read"].result["channels"]] == ["16504662200", "55555"]
    for name in ("read", "same", "check", "purge", "again"):
        assert outcome[name].result["not_purged"] == sorted(odd)
        if name != "read":
            assert any(all(one in warning for one in odd) for warning in outcome[name].result["warnings"])
    assert [task.name for task in outcome.tasks if task.changed] == ["check", "purge", "listed"]
    left = outcome["state"].result["state"]["services"]["Async"]
    for part in ("data", "secret"):
        assert left[part]["channels"] == [one for one in document[part]["channels"] if one["channelId"] != "55555"]
    assert sandbox.state(CCID)["services"] == {}


@pytest.mark.parametrize("door", DOORS)
def test_toll_free_numbers_given_back_change_nothing(sandbox: Sandbox, tmp_path: Path, door: Door) -> None:
    """With numbers of two tenants, and one that was bought by hand."""
    sandbox.reset()
    buying = {"purchase_allowed": True, "max_purchases": 5, "webhook_password": "canary-password", "order_timeout": 30}
    shared: dict[str, Any] = {"ccid": CCID, "nexus_url": sandbox.env["NEXUS_URL"], "journal": str(tmp_path / "journal")}
    file_journal(shared["journal"], 1, print).create()
    mine = {**shared, **buying, "comment": "ACME", "tollfree_numbers": [{"slot": "main"}, {"number": "18445550099"}]}
    theirs = f"{{{{ kept | selectattr('ccid', 'equalto', '{OTHER_CCID}') | list }}}}"
    others = {**shared, **buying, "ccid": OTHER_CCID, "tollfree_numbers": [{"slot": "main"}]}
    outcome = run(
        sandbox,
        tmp_path,
        [
            {"name": "mine", TOLLFREE_NUMBERS: mine},
            {"name": "others", TOLLFREE_NUMBERS: others},
            {"name": "read", TOLLFREE_NUMBER_INFO: {}, "register": "read"},
            {"name": "kept", "ansible.builtin.set_fact": {"kept": "{{ read.tollfree_numbers }}"}},
            {"name": "same", TOLLFREE_NUMBERS: {**shared, "tollfree_numbers": "{{ read.tollfree_numbers }}"}},
            {"name": "fact", TOLLFREE_NUMBERS: {**shared, **buying, "tollfree_numbers": "{{ kept }}"}},
            {"name": "absent", TOLLFREE_NUMBERS: {**shared, "tollfree_numbers": theirs, "state": "absent"}},
        ],
        door=door,
    )
    found = outcome["read"].result["tollfree_numbers"]
    assert sorted((item["ccid"] or "", item["slot"] or "") for item in found) == [
        ("", ""),
        *sorted([(CCID, "main"), (OTHER_CCID, "main")]),
    ]
    for name in ("same", "fact", "absent"):
        assert not outcome[name].changed
        assert outcome[name].writes == []
