# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole tasks against a test server: from the options to the requests and the result."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.clients import Clients
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Task, execute
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    nexus_channels,
    nexus_sender_id,
    nexus_sender_id_info,
    nexus_sender_ids,
    nexus_service,
    nexus_service_info,
)
from unit.doubles import Reply, Server, validated

CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
KEY = "canary-key"
SERVICES = f"/nexus/v3/provisioning/services/{CCID}"
TRANSACTIONS = "/provisioning/v3/configuration/objects/transactions"
OK = Reply({"status": {"code": 0}})
MISSING = Reply({"status": {"code": 404, "message": "not found"}}, status=404)
KALEYRA = {"url": "https://kaleyra", "data": {}, "secret": {"password": "canary-1"}}
UNKNOWN = (
    "The server did not find the service {}, and it can't list the tenant's services to confirm this. If the service "
    "should exist, check "
    "nexus_url and ccid."
)
TOKEN = Reply({"access_token": "canary-token"})
SECTION: dict[str, Any] = {
    "key": "chat.Main",
    "type": "kvlist",
    "value": [
        {"key": key, "type": "str", "value": value}
        for key, value in {
            "channelId": "16504661149",
            "channelType": "sms",
            "endpoint": "chat.Main",
            "interactionSubtype": "SMS",
            "interactionType": "Inbound",
            "media": "chat",
        }.items()
    ],
}
OTHER = {"key": "chat.Web", "type": "kvlist", "value": [{"key": "channelType", "type": "str", "value": "webchat"}]}
MAIN = {
    "name": "chat.Main",
    "channel_id": "16504661149",
    "endpoint": "chat.Main",
    "interaction_subtype": "SMS",
    "interaction_type": "Inbound",
    "media": "chat",
    "cxc_only": False,
    "provider": "Portico",
    "options": {},
}


def found(*sections: dict[str, Any]) -> Reply:
    item = {"DBID": 105, "name": "NexusServices", "userProperties": list(sections)}
    return Reply({"status": {"code": 0}, "data": {"objects": [item]}})


def perform(task: Task, options: dict[str, Any], **modes: Any) -> tuple[dict[str, Any], list[str]]:
    """Run a task like the front doors."""
    validation = validated(task, options)
    return execute(
        task,
        validation.validated_parameters,
        options,
        **{
            "check_mode": False,
            "diff_mode": False,
            "secrets": validation._no_log_values,
            "progress": lambda line: None,
            # Shared clients stay open.
            "clients": Clients(),
            **modes,
        },
    )


def service(server: Server, **options: Any) -> tuple[dict[str, Any], list[str]]:
    base = {"nexus_url": server.url, "api_key": KEY, "ccid": CCID, "service": "mGageSMS", "retries": 0}
    return perform(nexus_service.TASK, {**base, **options})


def configuration(task: Task, server: Server, **options: Any) -> tuple[dict[str, Any], list[str]]:
    modes = {"clients": options.pop("clients", Clients())}
    base = {
        "gws_url": f"{server.url}/gws",
        "gws_auth_url": f"{server.url}/auth",
        "gws_client_id": "client",
        "gws_client_secret": "canary-secret",
        "retries": 0,
    }
    return perform(task, {**base, **options}, **modes)


# nexus_service


def test_a_service_is_created(server: Server) -> None:
    server.replies(MISSING, Reply({}), OK)
    result, warnings = service(server, url="https://kaleyra", secret={"password": "canary-2"})
    assert result == {
        "changed": True,
        "steps": ["create the service mGageSMS"],
        "service": {
            "service": "mGageSMS",
            "url": "https://kaleyra",
            "data": {},
        },
    }
    assert warnings == []
    assert server.calls == [f"GET {SERVICES}/mGageSMS", f"GET {SERVICES}", f"POST {SERVICES}/mGageSMS"]
    assert server.seen[2].json() == {"url": "https://kaleyra", "data": {}, "secret": {"password": "canary-2"}}


def test_a_service_without_a_difference_is_only_read(server: Server) -> None:
    server.replies(Reply(KALEYRA))
    result, _warnings = service(server, url="https://kaleyra/", secret={"password": "canary-1"})
    assert result["changed"] is False
    assert server.calls == [f"GET {SERVICES}/mGageSMS"]


def test_the_result_of_a_deletion_has_only_the_name_of_the_service(server: Server) -> None:
    server.replies(Reply(KALEYRA), Reply(status=204))
    result, _warnings = service(server, state="absent")
    assert result["changed"] is True
    assert result["service"] == {"service": "mGageSMS"}


def test_a_service_that_can_not_be_read_is_written_with_a_warning(server: Server) -> None:
    server.replies(Reply(status=405), OK)
    result, warnings = service(server, secret={}, when_unreadable="write")
    assert result["changed"] is True
    (warning,) = warnings
    assert warning.startswith(
        "This server does not support reading services. So the module can't see whether the service mGageSMS"
    )


def test_a_created_service_that_does_not_appear_is_a_failure_and_a_change(server: Server) -> None:
    server.replies(MISSING, MISSING, OK, MISSING)
    result, _warnings = service(server, secret={"password": "canary-2"})
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["failure"] == {"kind": "unsupported"}
    assert result["msg"].startswith(
        "The service mGageSMS was written, but this server does not support reading services"
    )
    assert [call.split()[0] for call in server.calls] == ["GET", "GET", "POST", "GET", "GET"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_an_html_404_does_not_lead_to_a_new_service(server: Server, check_mode: bool) -> None:
    server.replies(Reply("<html>", status=404))
    base = {"nexus_url": server.url, "api_key": KEY, "ccid": CCID, "service": "SMS", "secret": {}}
    result, _warnings = perform(nexus_service.TASK, base, check_mode=check_mode)
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["failure"]["kind"] == "intermediary"
    assert "nexus_url" in result["msg"]
    assert "when_unreadable" in result["msg"]
    assert [call.split()[0] for call in server.calls] == ["GET", "GET"]


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize("asked", [{}, {"service": "SMS"}])
def test_an_html_404_is_not_a_list_of_services(server: Server, status: int, asked: dict[str, str]) -> None:
    server.replies(Reply("<html>", status=status))
    base = {"nexus_url": server.url, "api_key": KEY, "ccid": CCID, **asked}
    result, _warnings = perform(nexus_service_info.TASK, base)
    assert result["failure"]["kind"] == "intermediary"
    assert "nexus_url" in result["msg"]


def test_an_html_404_is_not_a_deleted_service(server: Server) -> None:
    server.replies(Reply("<html>", status=404))
    result, _warnings = service(server, state="absent")
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["failure"]["kind"] == "intermediary"
    assert "nexus_url" in result["msg"]


def test_a_service_that_is_not_listed_needs_no_deletion(server: Server) -> None:
    server.replies(Reply(status=404), Reply([]))
    result, warnings = service(server, state="absent")
    assert (result["changed"], warnings) == (False, [])
    assert server.calls == [f"GET {SERVICES}/mGageSMS", f"GET {SERVICES}"]


@pytest.mark.parametrize(("reply", "changed"), [(Reply(status=204), True), (MISSING, False)])
def test_a_service_that_can_not_be_read_is_deleted(server: Server, reply: Reply, changed: bool) -> None:
    server.replies(MISSING, MISSING, reply)
    result, _warnings = service(server, state="absent")
    assert result["changed"] is changed
    assert server.calls[-1] == f"DELETE {SERVICES}/mGageSMS"


@pytest.mark.parametrize(("reply", "warned"), [(Reply(status=204), False), (MISSING, True)])
def test_a_404_of_a_deletion_warns_of_a_wrong_url(server: Server, reply: Reply, warned: bool) -> None:
    server.replies(MISSING, MISSING, reply)
    _result, warnings = service(server, state="absent")
    assert warnings == ([UNKNOWN.format("mGageSMS")] if warned else [])


def test_check_mode_warns_of_a_deletion_that_can_not_be_checked(server: Server) -> None:
    server.replies(MISSING)
    base = {"nexus_url": server.url, "api_key": KEY, "ccid": CCID, "service": "SMS", "state": "absent"}
    result, warnings = perform(nexus_service.TASK, base, check_mode=True)
    assert result["changed"] is False
    assert warnings == [
        "This server does not show whether the service SMS exists. A real run finds out.",
        UNKNOWN.format("SMS"),
    ]


def test_results_contain_no_secrets_of_server_or_task(server: Server) -> None:
    echo = Reply({"message": f"wrong: {KEY}, canary-1 and canary-2"}, status=400)
    server.replies(Reply(KALEYRA), echo)
    result, _warnings = service(server, secret={"password": "canary-2"}, data={"a": 1})
    assert result["failed"] is True
    assert result["failure"]["status"] == 400
    assert "canary" not in json.dumps(result)


# nexus_service_info


def service_info(server: Server, **options: Any) -> dict[str, Any]:
    base = {"nexus_url": server.url, "api_key": KEY, "ccid": CCID, "retries": 0}
    return perform(nexus_service_info.TASK, {**base, **options})[0]


def test_all_services_are_returned_without_secrets(server: Server) -> None:
    server.replies(Reply({"mGageSMS": KALEYRA, "SMS": {"url": "N/A", "data": {"provider": "mGage"}}}))
    assert service_info(server) == {
        "changed": False,
        "services": [
            {"service": "SMS", "url": "N/A", "data": {"provider": "mGage"}},
            {"service": "mGageSMS", "url": "https://kaleyra", "data": {}},
        ],
        "secrets": {"SMS": [], "mGageSMS": ["secret.password"]},
    }


def test_one_service_is_returned(server: Server) -> None:
    server.replies(Reply(KALEYRA))
    assert [item["service"] for item in service_info(server, service="mGageSMS")["services"]] == ["mGageSMS"]
    server.replies(MISSING, Reply({}))
    assert service_info(server, service="mGageSMS")["services"] == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "This server does not list services. Name a service with the option service."),
        ({"service": "SMS"}, "does not support reading services, so it can't return the service SMS"),
        ({"service": "a b"}, "service: must be the name of a service"),
    ],
)
@pytest.mark.parametrize("status", [404, 405])
def test_a_server_that_does_not_show_services_is_an_error(
    server: Server, options: dict[str, Any], sentence: str, status: int
) -> None:
    server.replies(Reply(status=status))
    result = service_info(server, **options)
    assert result["failed"] is True
    assert sentence in result["msg"]


# Sender IDs


def test_all_sender_ids_need_one_read_and_one_write(server: Server) -> None:
    server.replies(TOKEN, OK, found(SECTION, OTHER), OK)
    items = [{"name": f"S{number}", "channel_id": f"1000{number}", "endpoint": "E"} for number in range(5)]
    clients = Clients()
    result, _warnings = configuration(nexus_sender_ids.TASK, server, clients=clients, sender_ids=items, purge=True)
    assert server.calls == [
        "POST /auth/auth/v3/oauth/token",
        "POST /gws/provisioning/v3/initialize-provisioning",
        f"GET /gws{TRANSACTIONS}",
        f"PUT /gws{TRANSACTIONS}/105",
    ]
    assert result["changed"] is True
    assert result["steps"][0] == "delete the sender ID chat.Main"
    assert [item["name"] for item in result["sender_ids"]] == [f"chat.S{number}" for number in range(5)]
    clients.close()
    assert server.calls[-1] == "POST /gws/provisioning/v3/logout"


def test_the_diff_has_only_changed_sections(server: Server) -> None:
    server.replies(TOKEN, OK, found(SECTION, OTHER))
    base = {"gws_url": server.url, "gws_client_id": "client", "gws_client_secret": "secret"}
    options = {**base, "name": "Main", "provider": "mGage"}
    result, _warnings = perform(nexus_sender_id.TASK, options, check_mode=True, diff_mode=True)
    before = {option["key"]: option["value"] for option in SECTION["value"]}
    assert result["diff"] == {"before": {"chat.Main": before}, "after": {"chat.Main": {**before, "provider": "mGage"}}}
    assert result["changed"] is True
    assert result["sender_id"] == {**MAIN, "provider": "mGage"}
    assert not [call for call in server.calls if call.startswith("PUT")]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_one_sender_id_is_returned(server: Server, state: str) -> None:
    server.replies(TOKEN, OK, found(SECTION, OTHER), OK)
    result, _warnings = configuration(nexus_sender_id.TASK, server, name="Main", state=state)
    assert result["changed"] is (state == "absent")
    assert result["sender_id"] == (MAIN if state == "present" else {})


def test_a_lost_response_of_a_write_is_checked_by_a_read(server: Server) -> None:
    server.replies(TOKEN, OK, found(OTHER), Reply(status=502), found(SECTION, OTHER))
    item = {"name": "Main", "channel_id": "16504661149", "endpoint": "Main", "provider": "Portico"}
    result, _warnings = configuration(nexus_sender_ids.TASK, server, sender_ids=[item])
    assert result["changed"] is True
    assert len([call for call in server.calls if call.startswith("PUT")]) == 1


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["chat.Main"]),
        ({"name": "Main"}, ["chat.Main"]),
        ({"name": "chat.Other"}, []),
        ({"channel_id": "16504661149"}, ["chat.Main"]),
        ({"channel_id": "12345"}, []),
        ({"name": "Main", "channel_id": "12345"}, []),
    ],
)
def test_sender_ids_can_be_searched(server: Server, options: dict[str, Any], names: list[str]) -> None:
    server.replies(TOKEN, OK, found(SECTION, OTHER))
    result, _warnings = configuration(nexus_sender_id_info.TASK, server, **options)
    assert result["changed"] is False
    assert [item["name"] for item in result["sender_ids"]] == names


@pytest.mark.parametrize("options", [{"name": " "}, {"channel_id": "+1"}])
def test_an_invalid_search_is_refused(server: Server, options: dict[str, str]) -> None:
    result, _warnings = configuration(nexus_sender_id_info.TASK, server, **options)
    assert result["failure"] == {"kind": "invalid_input", "parameter": next(iter(options))}
    assert server.calls == []


# Options of connections


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"ccid": "acme"}, "ccid: must be a UUID"),
        ({"api_key": " "}, "api_key: it is empty"),
        ({"api_key": "canary-key\n"}, "api_key: it has whitespace at its start or end"),
        ({"nexus_url": "digital.example.com"}, "nexus_url: must be an absolute http or https URL"),
        ({"timeout": 0}, "timeout: must be a number of seconds above 0 and at most 86400, not 0"),
        ({"timeout": -1.5}, "timeout: must be a number of seconds above 0 and at most 86400, not -1.5"),
        ({"timeout": float("nan")}, "timeout: must be a number of seconds above 0 and at most 86400."),
        ({"timeout": float("inf")}, "timeout: must be a number of seconds above 0 and at most 86400."),
        ({"timeout": 1e12}, "timeout: must be a number of seconds above 0 and at most 86400, not 1e+12"),
        ({"time_limit": 0}, "time_limit: must be a number of seconds above 0 and at most 86400, not 0"),
        ({"retries": -1}, "retries: must be a whole number from 0 to 100, not -1"),
        ({"client_key": "key.pem"}, "client_cert: it is missing, but client_key is set"),
        (
            {"client_cert": "a.pem", "client_key": "-----BEGIN PRIVATE KEY----- canary"},
            "client_key: must be the path of a file, not its content",
        ),
        ({"client_cert": "-----BEGIN CERTIFICATE-----\ncanary"}, "client_cert: must be the path of a file"),
        ({"ca_path": "canary\ncanary"}, "ca_path: must be the path of a file, not its content"),
    ],
)
def test_invalid_connection_options_are_refused(server: Server, options: dict[str, Any], sentence: str) -> None:
    result, _warnings = service(server, **options)
    assert result["failed"] is True
    assert result["msg"].startswith(sentence)
    assert "canary" not in json.dumps(result)
    assert server.calls == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"gws_client_id": ""}, "gws_client_id: it is empty"),
        ({"gws_client_secret": " "}, "gws_client_secret: it is empty"),
        ({"gws_username": "", "gws_password": "canary"}, "gws_username: it is empty"),
        ({"gws_username": "a", "gws_password": ""}, "gws_password: it is empty"),
        ({"gws_username": "a"}, "gws_password: it is missing, but gws_username is set"),
        ({"gws_password": "canary"}, "gws_username: it is missing, but gws_password is set"),
        ({"gws_url": "gws"}, "gws_url: must be an absolute"),
        ({"gws_auth_url": "gws"}, "gws_auth_url: must be an absolute"),
        ({"gws_auth_url": None, "gws_url": "gws"}, "gws_url: must be an absolute"),
    ],
)
def test_invalid_login_options_are_refused(server: Server, options: dict[str, Any], sentence: str) -> None:
    result, _warnings = configuration(nexus_sender_id_info.TASK, server, **options)
    assert result["failed"] is True
    assert result["msg"].startswith(sentence)
    assert server.calls == []


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_an_invalid_ready_timeout_is_refused(server: Server, seconds: float) -> None:
    result, _warnings = configuration(nexus_sender_id_info.TASK, server, ready_timeout=seconds)
    assert result["failure"] == {"kind": "invalid_input", "parameter": "ready_timeout"}
    assert server.calls == []


def test_plain_http_to_another_machine_is_warned_of_once() -> None:
    base = {"gws_url": "http://gws.invalid", "gws_client_id": "client", "gws_client_secret": "canary", "retries": 0}
    _result, warnings = perform(nexus_sender_id_info.TASK, base)
    assert warnings == [
        "gws_url is http://gws.invalid: secrets are sent over plain http. Use https if others can read network traffic."
    ]


def test_plain_http_on_this_machine_is_not_warned_of(server: Server) -> None:
    server.replies(Reply(KALEYRA))
    assert service(server)[1] == []


def test_connection_options_may_come_from_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_URL", server.url)
    monkeypatch.setenv("NEXUS_API_KEY", KEY)
    monkeypatch.setenv("NEXUS_CCID", CCID.upper())
    server.replies(Reply(KALEYRA))
    result, _warnings = perform(nexus_service_info.TASK, {"service": "mGageSMS"})
    assert [item["service"] for item in result["services"]] == ["mGageSMS"]
    assert server.seen[0].headers["x-api-key"] == KEY
    assert server.seen[0].headers["x-ccid"] == CCID


def test_a_login_may_come_from_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "GWS_URL": f"{server.url}/gws",
        "GWS_AUTH_URL": f"{server.url}/auth",
        "GWS_CLIENT_ID": "client",
        "GWS_CLIENT_SECRET": "secret",
        "GWS_USERNAME": "acme\\user",
        "GWS_PASSWORD": "password",
    }.items():
        monkeypatch.setenv(name, value)
    server.replies(TOKEN, OK, found(SECTION))
    result, _warnings = perform(nexus_sender_id_info.TASK, {})
    assert [item["name"] for item in result["sender_ids"]] == ["chat.Main"]
    assert server.seen[0].path == "/auth/auth/v3/oauth/token"
    assert server.seen[0].body == b"grant_type=password&username=acme%5Cuser&password=password"


def test_a_null_in_a_login_is_not_replaced_by_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GWS_AUTH_URL", "http://gws.invalid")
    monkeypatch.setenv("GWS_USERNAME", "acme\\user")
    monkeypatch.setenv("GWS_PASSWORD", "password")
    server.replies(TOKEN, OK, found(SECTION))
    nulls = dict.fromkeys(("gws_auth_url", "gws_username", "gws_password"))
    result, _warnings = configuration(nexus_sender_id_info.TASK, server, **nulls)
    assert [item["name"] for item in result["sender_ids"]] == ["chat.Main"]
    assert server.seen[0].path == "/gws/auth/v3/oauth/token"
    assert server.seen[0].body == b"grant_type=client_credentials"


def test_tasks_share_a_session_only_with_the_same_login(server: Server) -> None:
    server.replies(TOKEN, OK, found(SECTION), found(SECTION), TOKEN, OK, found(SECTION))
    clients = Clients()
    configuration(nexus_sender_id_info.TASK, server, clients=clients)
    configuration(nexus_sender_id_info.TASK, server, clients=clients)
    assert len([call for call in server.calls if call.endswith("/token")]) == 1
    configuration(nexus_sender_id_info.TASK, server, clients=clients, gws_client_secret="other")
    assert len([call for call in server.calls if call.endswith("/token")]) == 2


def test_the_result_has_all_channels_of_the_service(server: Server) -> None:
    entry = {"channelId": "12345", "webhook": {"url": "https://old"}}
    secret = {"channelId": "12345", "webhook": {"secret": "canary-w"}, "api": {"secret": "canary-a"}}
    server.replies(Reply({"data": {"channels": [entry]}, "secret": {"channels": [secret]}}), OK)
    channel = {"channel_id": "16504661149", "webhook_url": "https://new", "webhook_secret": "s1", "api_secret": "s2"}
    base = {"nexus_url": server.url, "api_key": KEY, "ccid": CCID}
    result, _warnings = perform(nexus_channels.TASK, {**base, "channels": [channel]})
    assert result["channels"] == [
        {"channel_id": "12345", "webhook_url": "https://old"},
        {"channel_id": "16504661149", "webhook_url": "https://new"},
    ]
    assert server.calls == [f"GET {SERVICES}/Async", f"POST {SERVICES}/Async"]
    assert server.seen[1].json()["secret"]["channels"][0] == secret


@pytest.mark.parametrize("option", ["gax_url", "gax_username", "gax_password", "gws_url", "gws_client_id"])
@pytest.mark.parametrize("value", [None, " "])
def test_gws_and_gax_each_need_their_options(
    server: Server, option: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GAX_URL", "GAX_USERNAME", "GAX_PASSWORD", "GWS_URL", "GWS_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)
    way = option.partition("_")[0]
    login = {"gax_url": server.url, "gax_username": "user", "gax_password": "canary-password"}
    asked: dict[str, Any] = {**login, "configuration": way, option: value}
    result, _warnings = configuration(nexus_sender_id_info.TASK, server, **asked)
    expected = (
        f"{option}: it is required if configuration is {way}. Set it, or the environment variable {option.upper()}."
        if value is None
        else f"{option}: it is empty. Give a value, or leave the option out."
    )
    assert (result["failed"], result["msg"]) == (True, expected)
    assert server.seen == []


def test_a_task_over_gax_logs_in_only_to_gax(server: Server) -> None:
    properties = [
        {"section": SECTION["key"], "key": option["key"], "value": option["value"]} for option in SECTION["value"]
    ]
    annex = {"property": properties}
    server.replies(
        Reply(status=204),
        Reply([{"type": "CfgTransaction", "dbid": "105", "name": "NexusServices", "userproperties": annex}]),
    )
    login = {"gax_url": f"{server.url}/ingress", "gax_username": "user", "gax_password": "canary-password"}
    result, warnings = configuration(nexus_sender_id_info.TASK, server, configuration="gax", **login)
    assert (result["sender_ids"], warnings) == ([MAIN], [])
    assert server.calls == ["POST /ingress/gax/api/session/login", "GET /ingress/gax/api/cfg/objects"]
