# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several services in one task: their order, the requests, what stands in the result, and errors in between.

The code is `_digital_channels/service_list.py`. The plans for one service are tested in `test_services.py` and
`test_channels.py`.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.clients import Clients
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import execute
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.service_list import OPTIONS
from ansible_collections.cxops.genesys_sms.plugins.modules.nexus_services import TASK
from unit.doubles import Reply, Server, validated

CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
SERVICES = f"/nexus/v3/provisioning/services/{CCID}"
OK = Reply({"status": {"code": 0}})
MISSING = Reply({"status": {"code": 404, "message": "not found"}}, status=404)
GONE = Reply(status=204)
KALEYRA = {"url": "https://kaleyra", "data": {}, "secret": {"password": "canary-1"}}
SMS = {"url": "N/A", "data": {"provider": "mGage"}, "secret": {}}
WANTED = [{"service": "mGageSMS", **KALEYRA}, {"service": "SMS", **SMS}]
CHANNEL = {
    "channel_id": "16504661149",
    "webhook_url": "https://hook",
    "webhook_secret": "canary-2",
    "api_secret": "canary-3",
}
ASYNC = {
    "data": {"channels": [{"channelId": "16504661149", "webhook": {"url": "https://hook"}}]},
    "secret": {
        "channels": [
            {"channelId": "16504661149", "webhook": {"secret": "canary-2"}, "api": {"secret": "canary-3"}},
        ]
    },
}


def perform(server: Server, services: list[dict[str, Any]], **options: Any) -> tuple[dict[str, Any], list[str]]:
    modes = {"check_mode": False, "diff_mode": False, **{key: options.pop(key) for key in MODES if key in options}}
    asked = {
        "nexus_url": server.url,
        "api_key": "canary-key",
        "ccid": CCID,
        "retries": 0,
        "services": services,
        **options,
    }
    validation = validated(TASK, asked)
    return execute(
        TASK,
        validation.validated_parameters,
        asked,
        secrets=validation._no_log_values,
        progress=lambda line: None,
        clients=Clients(),
        **modes,
    )


MODES = ("check_mode", "diff_mode")


def calls(server: Server) -> list[str]:
    return [call.replace(SERVICES, "").strip() for call in server.calls]


def test_services_are_written_in_the_order_of_the_list_with_one_request_for_the_list(server: Server) -> None:
    server.replies(MISSING, Reply({}), MISSING, OK, OK)
    result, warnings = perform(server, WANTED)
    assert result == {
        "changed": True,
        "steps": ["create the service mGageSMS", "create the service SMS"],
        "services": [
            {"service": "mGageSMS", "url": "https://kaleyra", "data": {}},
            {"service": "SMS", "url": "N/A", "data": {"provider": "mGage"}},
        ],
    }
    assert warnings == []
    assert calls(server) == ["GET /mGageSMS", "GET", "GET /SMS", "POST /mGageSMS", "POST /SMS"]


def test_services_without_a_difference_are_only_read(server: Server) -> None:
    server.replies(Reply(KALEYRA), Reply(SMS))
    result, _warnings = perform(server, WANTED, diff_mode=True)
    assert (result["changed"], result["steps"]) == (False, [])
    assert result["diff"] == {"before": {}, "after": {}}
    assert calls(server) == ["GET /mGageSMS", "GET /SMS"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_diff_has_the_changed_services_as_keys(server: Server, check_mode: bool) -> None:
    server.replies(Reply(KALEYRA), Reply({**SMS, "data": {}}), *([] if check_mode else [OK]))
    result, _warnings = perform(server, WANTED, diff_mode=True, check_mode=check_mode)
    assert (result["changed"], result["steps"]) == (True, ["change data of the service SMS"])
    assert result["diff"] == {
        "before": {"SMS": {"url": "N/A", "data": {}, "secret": {}}},
        "after": {"SMS": {"url": "N/A", "data": {"provider": "mGage"}, "secret": {}}},
    }
    assert len(server.calls) == (2 if check_mode else 3)


def test_all_plans_are_made_before_the_first_write(server: Server) -> None:
    """The second service would lose a secret that the server hides."""
    server.replies(MISSING, Reply({}), Reply({"url": "https://old", "data": {}, "secret": {"password": "***"}}))
    result, _warnings = perform(server, [WANTED[0], {"service": "Other", "url": "https://new"}])
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["msg"].startswith("services[1].secret.password: it is missing.")
    assert not [call for call in server.calls if not call.startswith("GET")]


def test_an_error_in_between_leaves_the_rest_and_names_what_was_done(server: Server) -> None:
    server.replies(MISSING, Reply({}), MISSING, OK, Reply({"status": {"code": 403, "message": "no"}}, status=403))
    result, _warnings = perform(server, [*WANTED, {"service": "Third", "secret": {}}][:2])
    assert (result["failed"], result["changed"], result["failure"]["status"]) == (True, True, 403)
    assert "These changes were made before: create the service mGageSMS." in result["msg"]


def test_an_error_of_the_first_write_leaves_all_others(server: Server) -> None:
    server.replies(MISSING, Reply({}), MISSING, Reply({"status": {"code": 403, "message": "no"}}, status=403))
    result, _warnings = perform(server, WANTED)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "These changes were made before" not in result["msg"]
    assert calls(server)[-1] == "POST /mGageSMS"


def test_an_unclear_write_is_followed_by_a_look_at_that_service(server: Server) -> None:
    server.replies(MISSING, Reply({}), MISSING, Reply({}, status=502), Reply(KALEYRA), OK)
    result, _warnings = perform(server, WANTED)
    assert (result.get("failed"), result["changed"]) == (None, True)
    assert calls(server)[3:] == ["POST /mGageSMS", "GET /mGageSMS", "POST /SMS"]


def test_channels_stand_in_the_same_list(server: Server) -> None:
    sms = {"service": "SMS", "url": "N/A", "data": {"provider": "Async"}, "secret": {}}
    server.replies(MISSING, Reply({}), MISSING, OK, OK)
    result, _warnings = perform(server, [{"service": "Async", "channels": [CHANNEL]}, sms], diff_mode=True)
    assert result["steps"] == ["create the channel 16504661149", "create the service SMS"]
    assert result["services"][0] == {
        "service": "Async",
        "channels": [{"channel_id": "16504661149", "webhook_url": "https://hook"}],
        "not_purged": [],
    }
    assert sorted(result["diff"]["after"]) == ["Async", "SMS"]
    assert "canary" not in str(result)
    assert server.seen[3].json() == ASYNC


def test_a_deletion_with_leftovers_reads_the_list_and_channels(server: Server) -> None:
    listed = Reply({"SMS": SMS, "Async": {**ASYNC, "secret": {"channels": "********"}}, "PorticoSMS": {"data": {}}})
    server.replies(Reply(ASYNC), listed, GONE, GONE)
    services: list[dict[str, Any]] = [{"service": "Async", "channels": [], "purge": True}, {"service": "SMS"}]
    result, (warning,) = perform(server, services, state="absent", leftovers=["mGageSMS", "PorticoSMS"])
    assert result["leftovers"] == ["PorticoSMS"]
    assert result["services"] == [{"service": "Async", "channels": [], "not_purged": []}, {"service": "SMS"}]
    assert warning.startswith("The tenant still has these services and their secrets: PorticoSMS.")
    assert calls(server) == ["GET /Async", "GET", "DELETE /Async", "DELETE /SMS"]


def test_a_channel_that_stays_keeps_its_secrets_although_the_list_hides_them(server: Server) -> None:
    odd = {**ASYNC["secret"]["channels"][0], "channelId": "odd one"}
    document = {
        "data": {"channels": [*ASYNC["data"]["channels"], {"channelId": "odd one"}]},
        "secret": {"channels": [*ASYNC["secret"]["channels"], odd]},
    }
    server.replies(Reply(document), OK, Reply({"Async": {**document, "secret": {}}}))
    services: list[dict[str, Any]] = [{"service": "Async", "channels": [], "purge": True}]
    result, _warnings = perform(server, services, state="absent", leftovers=["mGageSMS"])
    assert result["services"][0]["not_purged"] == ["odd one"]
    assert calls(server) == ["GET /Async", "POST /Async", "GET"]


def test_a_new_channel_writes_the_secrets_of_all_channels_that_the_server_hides(server: Server) -> None:
    """The documentation of update_secret says so."""
    other = {**CHANNEL, "channel_id": "16504661150", "webhook_secret": "canary-4", "api_secret": "canary-5"}
    server.replies(Reply({"data": ASYNC["data"]}), OK)
    services = [{"service": "Async", "channels": [CHANNEL, other], "update_secret": "on_create"}]
    result, _warnings = perform(server, services)
    assert len(result["steps"]) == 2
    [*_read, written] = server.seen
    assert [one["api"]["secret"] for one in written.json()["secret"]["channels"]] == ["canary-3", "canary-5"]
    documented = " ".join(OPTIONS["services"]["options"]["update_secret"]["description"].split())
    assert "Each change of O(services[].channels) writes the secrets of all channels" in documented


def test_a_deletion_works_without_a_list_that_the_server_refuses(server: Server) -> None:
    refused = Reply({"status": {"code": 403, "message": "no"}}, status=403)
    server.replies(refused, Reply(SMS), GONE, refused)
    result, _warnings = perform(server, [{"service": "SMS"}], state="absent", leftovers=["mGageSMS"])
    assert calls(server)[:3] == ["GET", "GET /SMS", "DELETE /SMS"]
    assert "delete the service SMS" in result["msg"]


@pytest.mark.parametrize(
    ("leftovers", "message"),
    [
        (["Async", ""], "leftovers[1]: "),
        (["a/b"], "leftovers[0]: "),
        (["Async", "SMS"], "leftovers[1]: the task itself manages the service SMS. Remove SMS from leftovers."),
    ],
)
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_leftover_is_another_service_with_a_valid_name(
    server: Server, leftovers: list[str], message: str, state: str
) -> None:
    result, _warnings = perform(server, WANTED, leftovers=leftovers, remove_leftovers=True, state=state)
    assert result["msg"].startswith(message)
    assert server.calls == []


def test_a_deletion_without_a_list_asks_for_it_once(server: Server) -> None:
    server.replies(MISSING, Reply(SMS), MISSING, MISSING, GONE, MISSING, MISSING)
    result, _warnings = perform(server, [{"service": "SMS"}, {"service": "A"}], state="absent", leftovers=["B"])
    assert (result["changed"], result["leftovers"]) == (True, [])
    assert calls(server) == ["GET", "GET /SMS", "GET /A", "DELETE /SMS", "DELETE /A", "GET /B"]


def test_leftovers_are_deleted_after_the_services_are_written(server: Server) -> None:
    server.replies(MISSING, Reply({"Async": ASYNC}), MISSING, OK, OK, GONE)
    result, _warnings = perform(server, WANTED, leftovers=["Async"], remove_leftovers=True)
    assert result["steps"][2:] == ["delete the service Async, left by a former option"]
    assert calls(server)[3:] == ["POST /mGageSMS", "POST /SMS", "DELETE /Async"]


def test_an_error_with_the_leftovers_names_what_was_done(server: Server) -> None:
    server.replies(Reply(KALEYRA), MISSING, Reply({"Async": ASYNC}), OK, Reply({"status": {"code": 403}}, status=403))
    result, _warnings = perform(server, WANTED, leftovers=["Async"], remove_leftovers=True)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "These changes were made before: create the service SMS." in result["msg"]


@pytest.mark.parametrize(
    ("services", "message"),
    [
        ([{"service": ""}], "services[0].service: "),
        ([WANTED[0], {"service": "SMS", "url": "kaleyra"}], "services[1].url: "),
        ([{"service": "SMS", "secret": {"a": ""}}], "services[0].secret.a: "),
        ([WANTED[1], WANTED[0], WANTED[1]], "services[2].service: the service SMS is also in services[0]. List each"),
        ([{"service": "SMS", "channels": []}], "services[0].channels: only the service Async has channels."),
        ([{"service": "SMS", "purge": True}], "services[0].purge: it needs channels."),
        ([{"service": "Async", "channels": None}], "services[0].channels: it has no value."),
        (
            [{"service": "Async", "channels": [], "secret": {}}],
            "services[0].secret: it can't be set together with channels. Remove secret, or remove channels.",
        ),
        ([{"service": "Async", "channels": [], "url": None}], "services[0].url: it can't be set together"),
        (
            [{"service": "Async", "channels": [CHANNEL, CHANNEL]}],
            "services[0].channels[1].channel_id: the channel 16504661149 is also in services[0].channels[0].",
        ),
        (
            [{"service": "Async", "channels": [{**CHANNEL, "api_secret": None}]}],
            "services[0].channels[0].api_secret: it is null.",
        ),
    ],
)
def test_a_message_names_the_place_in_the_list(server: Server, services: list[Any], message: str) -> None:
    # Only the form of a URL that has to be written is checked, so that is after the services were read.
    server.replies(MISSING, Reply({}), MISSING)
    result, _warnings = perform(server, services)
    assert result["failure"]["kind"] == "invalid_input"
    assert result["msg"].startswith(message), result["msg"]
    assert not [call for call in server.calls if not call.startswith("GET")]


def test_services_that_can_not_be_read_are_written_with_a_warning_each(server: Server) -> None:
    server.replies(Reply(status=405), Reply(status=405), OK, OK)
    result, warnings = perform(server, WANTED, when_unreadable="write")
    assert (result["changed"], len(warnings)) == (True, 2)
    assert calls(server)[2:] == ["POST /mGageSMS", "POST /SMS"]


def test_no_services_are_no_change(server: Server) -> None:
    result, _warnings = perform(server, [])
    assert result == {"changed": False, "steps": [], "services": []}
    assert server.calls == []


def test_a_service_that_is_left_alone_is_not_even_read(server: Server) -> None:
    """Nor are leftovers, which may be what the tenant uses now."""
    server.replies(MISSING, Reply({}), OK)
    result, _warnings = perform(server, WANTED, without=["SMS"], leftovers=["Async"], remove_leftovers=True)
    assert (result["steps"], "leftovers" in result) == (["create the service mGageSMS"], False)
    assert calls(server) == ["GET /mGageSMS", "GET", "POST /mGageSMS"]
    refused, _warnings = perform(server, WANTED, without=["SMS", "Async"])
    assert refused["msg"].startswith("without[1]: the service Async is not in services.")
