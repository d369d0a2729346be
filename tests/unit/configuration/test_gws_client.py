# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configuration over GWS: login, waiting for a session, reading the transaction, writing and logout.

The code is `_configuration/gws_client.py`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.gws_client import (
    GwsConfiguration,
    _may_become_ready,
    delta_body,
    parse_properties,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import (
    Delta,
    Transaction,
    delta,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    ApiError,
    InvalidInput,
    Refused,
    Stale,
    Unclear,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._gws.authentication import GwsAuthentication, Login
from ansible_collections.cxops.genesys_sms.plugins.module_utils._gws.contact_centers import (
    login_oddities,
    parse_contact_centers,
)
from unit.doubles import Clock, Fault, Reply, Server, cut
from unit.properties import given, settings, st

TOKEN = Reply({"access_token": "token-1", "refresh_token": "refresh-1", "id_token": "id-1", "expires_in": 60})
READY = Reply({"status": {"code": 0}})
LOADING = Reply({"status": {"code": 1, "message": "loading"}})
DONE = READY
UNAUTHORIZED = Reply({"status": {"code": 603, "message": "Unauthorized"}}, status=403)
USER = Login("client", "client-canary", "acme\\provisioner", "password-canary")

TOKEN_CALL = "POST /auth/v3/oauth/token"
INIT_CALL = "POST /provisioning/v3/initialize-provisioning"
READ_CALL = "GET /provisioning/v3/configuration/objects/transactions"
WRITE_CALL = READ_CALL.replace("GET", "PUT") + "/105"
OUT_CALL = "POST /provisioning/v3/logout"
SESSION = "PROVISIONING_SESSIONID"

CHANGE = Delta(changed={"chat.a": {"provider": "mGage"}})
BEFORE = Transaction(105, "NexusServices", {"chat.a": {"provider": "Async"}})


def objects(*items: Any) -> Reply:
    return Reply({"status": {"code": 0}, "data": {"objects": list(items)}})


FOUND = objects(
    {
        "DBID": 105,
        "name": "NexusServices",
        "userProperties": [
            {"key": "chat.a", "type": "kvlist", "value": [{"key": "provider", "type": "str", "value": "Async"}]}
        ],
    }
)


@contextmanager
def client(
    server: Server,
    login: Login = USER,
    *,
    ready_timeout: float = 60.0,
    lines: list[str] | None = None,
    clock: Clock | None = None,
    **options: Any,
) -> Iterator[tuple[GwsConfiguration, Secrets]]:
    """Open a client with a clock that advances only when the client sleeps."""
    clock = clock or Clock()
    secrets = Secrets()
    connection = Connection("GWS", "gws_url", server.url, **{"retries": 0, **options})
    made = GwsConfiguration(
        GwsAuthentication(connection, login, secrets),
        connection,
        secrets,
        ready_timeout=ready_timeout,
        progress=(lines if lines is not None else []).append,
        clock=clock,
        sleep=clock.sleep,
    )
    try:
        yield made, secrets
    finally:
        server.replies(DONE)
        made.close()


# Login


def test_a_user_logs_in_with_the_grant_password(server: Server) -> None:
    server.replies(TOKEN, READY, FOUND)
    with client(server) as (gws, secrets):
        gws.read("NexusServices")
        shown = secrets.scrub(["token-1", "refresh-1", "id-1", "client-canary", "harmless"])
    login, begin, read = server.seen[:3]
    assert login.body == b"grant_type=password&username=acme%5Cprovisioner&password=password-canary"
    assert login.headers["authorization"] == "Basic " + base64.b64encode(b"client:client-canary").decode()
    assert begin.headers["authorization"] == read.headers["authorization"] == "Bearer token-1"
    assert read.query == {"name": "NexusServices"}
    assert shown[-1] == "harmless"
    assert not any(word in str(shown) for word in ("token-1", "refresh-1", "id-1", "canary"))


def test_without_a_user_the_grant_is_client_credentials(server: Server) -> None:
    server.replies(TOKEN, READY, FOUND)
    with client(server, Login("client", "secret")) as (gws, _secrets):
        gws.read("NexusServices")
    assert server.seen[0].body == b"grant_type=client_credentials"


@pytest.mark.parametrize(
    ("login", "who", "options"),
    [
        (USER, "log in as acme\\provisioner", "gws_username and gws_password, gws_client_id and gws_client_secret"),
        (Login("client", "secret"), "log in as an API client", "Check gws_client_id and gws_client_secret"),
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_login_names_the_options(server: Server, status: int, login: Login, who: str, options: str) -> None:
    server.replies(Reply({"error": "invalid_grant", "error_description": "Bad credentials"}, status=status))
    with client(server, login) as (gws, _secrets), pytest.raises(Refused) as caught:
        gws.read("NexusServices")
    assert str(caught.value).startswith(f"Could not {who}: {server.url}/auth/v3/oauth/token answered {status}")
    assert options in str(caught.value)
    assert server.calls == [TOKEN_CALL]


@pytest.mark.parametrize("body", [None, [], {}, {"access_token": ""}, {"access_token": 5}, {"data": {}}])
def test_a_response_without_a_token_names_the_url_option(server: Server, body: Any) -> None:
    server.replies(Reply(body))
    with client(server) as (gws, _secrets), pytest.raises(ApiError, match=r"access_token is missing.*gws_auth_url"):
        gws.read("NexusServices")


# The session


def test_a_session_that_is_not_ready_is_requested_again(server: Server) -> None:
    lines: list[str] = []
    server.replies(TOKEN, LOADING, LOADING, LOADING, READY, FOUND)
    with client(server, lines=lines) as (gws, _secrets):
        gws.read("NexusServices")
    assert server.calls[:6] == [TOKEN_CALL, INIT_CALL, INIT_CALL, INIT_CALL, INIT_CALL, READ_CALL]
    assert len(lines) == 3
    assert lines[0] == "Genesys Web Services is not ready yet (code 1). Waited 0 s so far."


def test_a_session_that_is_never_ready_fails_after_ready_timeout_and_logs_out(server: Server) -> None:
    lines: list[str] = []
    server.replies(TOKEN, LOADING)
    with client(server, ready_timeout=45.0, lines=lines) as (gws, _secrets):
        with pytest.raises(ApiError) as caught:
            gws.read("NexusServices")
        assert server.calls[-1] == OUT_CALL
    assert (
        "was not ready within 45 s. The last time, it answered 200 (code 1): loading. Raise ready_timeout, or find out"
    ) in str(caught.value)
    assert (caught.value.status, caught.value.code) == (200, 1)
    assert READ_CALL not in server.calls


def test_the_pauses_for_a_session_grow_to_10_s(server: Server, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr("random.uniform", lambda _least, most: most)
    server.replies(TOKEN, LOADING)
    with client(server, ready_timeout=35.75, clock=clock) as (gws, _secrets), pytest.raises(ApiError):
        gws.read("NexusServices")
    # Many short ones would be a load for the server, and a long first one a needless wait.
    assert clock.pauses == [0.25, 0.5, 1, 2, 4, 8, 10, 10]


@pytest.mark.parametrize("status", [200, 409, 425, 429, 500, 503])
def test_the_status_code_in_the_body_decides_whether_a_session_is_not_ready(server: Server, status: int) -> None:
    server.replies(TOKEN, Reply({"status": {"code": 1}}, status=status), READY, FOUND)
    with client(server) as (gws, _secrets):
        gws.read("NexusServices")
    assert server.calls[:4] == [TOKEN_CALL, INIT_CALL, INIT_CALL, READ_CALL]


@pytest.mark.parametrize(
    "reply",
    [
        UNAUTHORIZED,
        Reply(status=500),
        Reply({"status": {"code": 603}}, status=200),
        Reply({"status": {"code": 1}}, status=400),
        Reply({"status": {"code": 1}}, status=404),
        cut,
    ],
)
def test_a_refused_session_is_not_requested_again(server: Server, reply: Reply | Fault) -> None:
    server.replies(TOKEN, reply, DONE)
    with client(server) as (gws, _secrets), pytest.raises(ApiError, match="Could not start a provisioning session"):
        gws.read("NexusServices")
    assert server.calls.count(INIT_CALL) == 1


def test_one_login_serves_many_calls_and_ends_with_a_logout(server: Server) -> None:
    server.replies(TOKEN, READY, FOUND, FOUND, DONE)
    with client(server) as (gws, _secrets):
        gws.read("NexusServices")
        transaction = gws.read("NexusServices")
        gws.write(transaction, CHANGE)
    assert server.calls == [TOKEN_CALL, INIT_CALL, READ_CALL, READ_CALL, WRITE_CALL, OUT_CALL]
    assert server.seen[-1].headers["authorization"] == "Bearer token-1"


def test_without_a_login_there_is_no_logout(server: Server) -> None:
    with client(server):
        pass
    assert server.calls == []


def test_a_second_close_does_not_log_out_again(server: Server) -> None:
    server.replies(TOKEN, READY, FOUND)
    with client(server) as (gws, _secrets):
        gws.read("NexusServices")
        gws.close()
    assert server.calls.count(OUT_CALL) == 1


def test_close_closes_both_connections(server: Server) -> None:
    server.replies(TOKEN, READY, FOUND, DONE, TOKEN, READY, FOUND)
    with client(server) as (gws, _secrets):
        gws.read("NexusServices")
        gws.close()
        gws.read("NexusServices")
    assert [seen.connection for seen in server.seen] == [0, 1, 1, 1, 2, 3, 3, 3]


def test_a_session_is_requested_again_after_a_503(server: Server) -> None:
    server.replies(TOKEN, Reply(status=503), READY, FOUND)
    with client(server, retries=1) as (gws, _secrets):
        gws.read("NexusServices")
    assert server.calls == [TOKEN_CALL, INIT_CALL, INIT_CALL, READ_CALL, OUT_CALL]


def test_a_failed_logout_is_an_error(server: Server) -> None:
    server.replies(TOKEN, READY, FOUND, Reply(status=500))
    with client(server) as (gws, _secrets):
        gws.read("NexusServices")
        with pytest.raises(ApiError, match="Could not log out"):
            gws.close()


def test_a_logout_has_a_time_limit_of_5_s(server: Server, time_limits: dict[str, float | None]) -> None:
    server.replies(TOKEN, READY, FOUND, DONE)
    with client(server) as (gws, _secrets):
        gws.read("NexusServices")
    assert time_limits["/provisioning/v3/configuration/objects/transactions"] is None
    assert time_limits["/provisioning/v3/logout"] == 5


@pytest.mark.parametrize("reply", [Reply(status=429, headers={"Retry-After": "60"}), Reply(status=503)])
def test_a_logout_is_not_retried(server: Server, reply: Reply) -> None:
    server.replies(TOKEN, READY, FOUND, reply)
    with client(server, retries=4) as (gws, _secrets):
        gws.read("NexusServices")
        with pytest.raises(ApiError, match="Could not log out"):
            gws.close()
    assert server.calls.count(OUT_CALL) == 1


@pytest.mark.parametrize(
    "expired",
    [
        UNAUTHORIZED,
        Reply({"message": "expired"}, status=401),
        Reply({"message": "expired"}, status=403),
        Reply({"status": {"code": "603"}}),
    ],
)
def test_an_expired_token_is_replaced_once(server: Server, expired: Reply) -> None:
    second = Reply({"access_token": "token-2"})
    server.replies(TOKEN, READY, FOUND, expired, second, READY, FOUND)
    with client(server) as (gws, _secrets):
        gws.read("NexusServices")
        gws.read("NexusServices")
    assert server.calls == [TOKEN_CALL, INIT_CALL, READ_CALL, READ_CALL, TOKEN_CALL, INIT_CALL, READ_CALL, OUT_CALL]
    assert server.seen[6].headers["authorization"] == "Bearer token-2"


def test_a_new_login_drops_the_cookie_of_the_old_session(server: Server) -> None:
    begun = [
        Reply({"status": {"code": 0}}, headers={"Set-Cookie": f"PROVISIONING_SESSIONID={name}; Path=/"})
        for name in ("one", "two")
    ]
    server.replies(TOKEN, begun[0], FOUND, UNAUTHORIZED, TOKEN, begun[1], FOUND)
    with client(server) as (gws, _secrets):
        gws.read("NexusServices")
        gws.read("NexusServices")
    cookies = [seen.headers.get("cookie") for seen in server.seen]
    one, two = "PROVISIONING_SESSIONID=one", "PROVISIONING_SESSIONID=two"
    assert cookies == [None, None, one, one, None, None, two, two]


def test_a_write_with_an_expired_token_is_done_once(server: Server) -> None:
    server.replies(TOKEN, READY, FOUND, UNAUTHORIZED, Reply({"access_token": "token-2"}), READY, DONE)
    with client(server) as (gws, _secrets):
        gws.write(gws.read("NexusServices"), CHANGE)
    assert server.calls[3:] == [WRITE_CALL, TOKEN_CALL, INIT_CALL, WRITE_CALL, OUT_CALL]


@pytest.mark.parametrize("refusal", [UNAUTHORIZED, Reply({"message": "no"}, status=401)])
def test_a_login_without_rights_is_refused_after_one_request(server: Server, refusal: Reply) -> None:
    server.replies(TOKEN, READY, refusal)
    with client(server) as (gws, _secrets), pytest.raises(Refused, match="may read and change configuration objects"):
        gws.read("NexusServices")
    assert server.calls.count(READ_CALL) == 1


@pytest.mark.parametrize(
    ("ready", "cookie", "phrase"),
    [
        (Reply({"status": {"code": 0}}, headers={"Set-Cookie": f"{SESSION}=c; Secure; Path=/x"}), "c", "cookie sent"),
        (Reply({"status": {"code": 0}, "data": {"sessionId": "d"}}), "d", "cookie sent"),
        (Reply({"status": {"code": 0}, "data": {"sessionId": "a;b\r\n"}}), None, "the server did not set the cookie"),
        (Reply({"status": {"code": 0}, "data": {"sessionId": 5}}), None, "the server did not set the cookie"),
        (Reply({"status": {"code": 0}, "data": [1]}), None, "the server did not set the cookie"),
        (READY, None, "the server did not set the cookie"),
    ],
)
def test_a_refusal_right_after_a_login_names_the_session_cookie(
    server: Server, ready: Reply, cookie: str | None, phrase: str
) -> None:
    server.replies(TOKEN, ready, UNAUTHORIZED)
    with (
        client(server) as (gws, _secrets),
        pytest.raises(Refused, match="did not accept the provisioning session") as caught,
    ):
        gws.read("NexusServices")
    assert phrase in str(caught.value)
    assert caught.value.kind == "refused"
    assert server.seen[2].headers.get("cookie") == (cookie and f"{SESSION}={cookie}")


def test_a_refusal_after_an_accepted_session_does_not_name_the_session(server: Server) -> None:
    server.replies(TOKEN, READY, FOUND, UNAUTHORIZED, TOKEN, READY, UNAUTHORIZED)
    with client(server) as (gws, _secrets), pytest.raises(Refused, match="may read and change") as caught:
        gws.write(gws.read("NexusServices"), CHANGE)
    assert "session" not in str(caught.value)
    assert server.calls.count(WRITE_CALL) == 2


def test_a_session_that_is_not_ready_is_polled_and_ended_with_its_id(server: Server) -> None:
    loading = Reply({"status": {"code": 1}, "data": {"sessionId": "canary-session-0001"}})
    server.replies(TOKEN, loading, loading, READY, FOUND)
    with client(server) as (gws, secrets):
        gws.read("NexusServices")
        assert secrets.scrub("canary-session-0001") == "********"
    named = f"{SESSION}=canary-session-0001"
    assert [seen.headers.get("cookie") for seen in server.seen] == [None, None, *5 * [named]][:6]
    assert server.calls[-1] == OUT_CALL


def test_the_session_cookie_takes_precedence_over_the_session_id_in_the_body(server: Server) -> None:
    both = Reply(
        {"status": {"code": 0}, "data": {"sessionId": "b"}},
        headers={"Set-Cookie": f"{SESSION}=a; Path=/provisioning/v3; Secure"},
    )
    server.replies(TOKEN, both, FOUND)
    with client(server) as (gws, _secrets):
        gws.read("NexusServices")
    assert server.seen[2].headers["cookie"] == f"{SESSION}=a"


def test_gws_api_key_is_sent_with_every_request(server: Server) -> None:
    server.replies(TOKEN, READY, FOUND, DONE, DONE)
    with client(server, Login("client", "secret", api_key="canary-gateway-key")) as (gws, secrets):
        gws.write(gws.read("NexusServices"), CHANGE)
        assert secrets.scrub("canary-gateway-key") == "********"
    assert len(server.seen) == 5
    assert {seen.headers["x-api-key"] for seen in server.seen} == {"canary-gateway-key"}


def test_without_gws_api_key_no_x_api_key_header_is_sent(server: Server) -> None:
    server.replies(TOKEN, READY, FOUND)
    with client(server) as (gws, _secrets):
        gws.read("NexusServices")
    assert not [seen for seen in server.seen if "x-api-key" in seen.headers]


@pytest.mark.parametrize(
    ("key", "phrase"), [(None, "wants an x-api-key, set gws_api_key"), ("k", "Check gws_username and gws_password, ")]
)
def test_a_refused_login_names_gws_api_key(server: Server, key: str | None, phrase: str) -> None:
    server.replies(Reply({"fault": {"faultstring": "Failed to resolve API Key"}}, status=401))
    login = Login("client", "secret", "a\\b", "password", key)
    with client(server, login) as (gws, _secrets), pytest.raises(Refused) as caught:
        gws.read("NexusServices")
    assert phrase in str(caught.value)
    assert "gws_api_key" in str(caught.value)


@pytest.mark.parametrize("replies", [[Reply(status=404)], [TOKEN, Reply(status=404)]])
def test_a_404_names_the_url_option(server: Server, replies: list[Reply]) -> None:
    server.replies(*replies)
    with (
        client(server) as (gws, _secrets),
        pytest.raises(Refused, match=r"Check gws_url\. It is the base URL, without"),
    ):
        gws.read("NexusServices")


# Reading


def test_the_transaction_with_the_given_name_is_read(server: Server) -> None:
    other = {"DBID": 1, "name": "NexusServicesOld", "userProperties": []}
    server.replies(TOKEN, READY, objects("?", other, {"DBID": "107", "name": "NexusServices", "userProperties": []}))
    with client(server) as (gws, _secrets):
        assert gws.read("NexusServices") == Transaction(107, "NexusServices", {})


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (objects(), "has no transaction NexusServices in this tenant.*create the transaction NexusServices"),
        (objects({"name": "nexusservices"}), "has no transaction NexusServices"),
        (objects({"name": "NexusServices"}, {"name": "NexusServices"}), "lists 2 transactions named NexusServices"),
        (objects({"name": "NexusServices"}), "not in a known format: the transaction NexusServices"),
        (
            objects({"name": "NexusServices", "DBID": "x", "userProperties": []}),
            "not in a known format: the transaction NexusServices",
        ),
        (
            objects({"name": "NexusServices", "DBID": True, "userProperties": []}),
            "not in a known format: the transaction NexusServices",
        ),
        (objects({"name": "NexusServices", "DBID": 1}), "add a first one in Platform Administration"),
        (
            objects({"name": "NexusServices", "DBID": 1, "userProperties": None}),
            "not in a known format: the transaction NexusServices",
        ),
        (
            objects({"name": "NexusServices", "DBID": 1, "userProperties": "x"}),
            "not in a known format: the transaction NexusServices",
        ),
        (
            objects({"name": "NexusServices", "DBID": 1, "userProperties": ["x"]}),
            "not in a known format: the transaction NexusServices",
        ),
        (
            objects({"name": "NexusServices", "DBID": 1, "userProperties": [{"key": "a", "value": ["x"]}]}),
            "not in a known format: the transaction NexusServices",
        ),
        (
            objects({"name": "NexusServices", "DBID": 1, "userProperties": [{"value": []}]}),
            "not in a known format: the transaction NexusServices",
        ),
        (Reply({"status": {"code": 0}, "data": None}), "not in a known format: data.objects is missing"),
        (Reply({"status": {"code": 0}, "data": []}), "not in a known format: data.objects is missing"),
        (Reply({"status": {"code": 0}, "data": {"objects": {}}}), "not in a known format: data.objects is missing"),
        (Reply([]), "not in a known format: data.objects is missing"),
        (Reply(), "not in a known format: data.objects is missing"),
    ],
)
def test_an_unusable_response_to_the_read_is_an_error(server: Server, reply: Reply, sentence: str) -> None:
    server.replies(TOKEN, READY, reply)
    with client(server) as (gws, _secrets), pytest.raises(ApiError, match=sentence):
        gws.read("NexusServices")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "NexusServices"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["DBID", "name", "userProperties", "key", "value", "data", "objects"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@settings(max_examples=60)
@given(JSON)
def test_any_response_is_either_read_or_an_api_error(server: Server, properties: Any) -> None:
    for reply in (
        Reply(properties),
        Reply({"data": properties}),
        objects(properties),
        objects({"DBID": 1, "name": "NexusServices", "userProperties": properties}),
    ):
        server.replies(TOKEN, READY, reply)
        with client(server) as (gws, _secrets), suppress(ApiError):
            assert isinstance(gws.read("NexusServices"), Transaction)


# Writing


def test_without_changed_options_the_body_has_no_changed_user_properties() -> None:
    body = delta_body(Transaction(105, "N", {}), Delta(added={"chat.a": {"b": "c"}}), in_place=True)
    assert "changedUserProperties" not in body["data"]


def test_the_body_of_a_change_is_as_in_the_contract() -> None:
    before = {"chat.a": {"x": "1", "y": "2"}, "chat.b": {"z": "3"}}
    after = {"chat.a": {"x": "5", "w": "4"}}
    assert delta_body(Transaction(105, "NexusServices", before), delta(before, after), in_place=True) == {
        "data": {
            "$class": "CfgDeltaTransaction",
            "deltaTransaction": {
                "$class": "CfgTransaction",
                "DBID": 105,
                "userProperties": [
                    {"key": "chat.a", "type": "kvlist", "value": [{"key": "w", "type": "str", "value": "4"}]}
                ],
            },
            "changedUserProperties": [
                {"key": "chat.a", "type": "kvlist", "value": [{"key": "x", "type": "str", "value": "5"}]}
            ],
            "deletedUserProperties": [
                {"key": "chat.a", "type": "kvlist", "value": [{"key": "y", "type": "str", "value": "2"}]},
                {"key": "chat.b", "type": "kvlist", "value": []},
            ],
        }
    }


def test_after_a_refused_change_in_place_the_next_write_deletes_and_adds(server: Server) -> None:
    server.replies(TOKEN, READY, Reply({"status": {"code": 400, "message": "not supported"}}, status=400), DONE)
    with client(server) as (gws, _secrets):
        with pytest.raises(Stale, match="refused to change options in place") as caught:
            gws.write(BEFORE, CHANGE)
        gws.write(BEFORE, CHANGE)
    first, second = (seen.json()["data"] for seen in server.seen if seen.method == "PUT")
    assert isinstance(caught.value.__cause__, Refused)
    assert "changedUserProperties" in first
    assert "changedUserProperties" not in second
    assert second["deletedUserProperties"][0]["value"] == [{"key": "provider", "type": "str", "value": "Async"}]


@pytest.mark.parametrize("code", [609, 650, "609", " 650 ", 609.0])
@pytest.mark.parametrize("change", [Delta(added={"chat.b": {"a": "b"}}), Delta(deleted_sections=("chat.a",))])
def test_codes_609_and_650_are_stale(server: Server, code: Any, change: Delta) -> None:
    server.replies(TOKEN, READY, Reply({"status": {"code": code}}))
    with client(server) as (gws, _secrets), pytest.raises(Stale, match="Someone else changed the options"):
        gws.write(BEFORE, change)


def test_any_other_refusal_is_refused(server: Server) -> None:
    server.replies(TOKEN, READY, Reply({"status": {"code": 2, "message": "No"}}, status=400))
    with client(server) as (gws, _secrets), pytest.raises(Refused, match=r"answered 400 \(code 2\): No"):
        gws.write(BEFORE, Delta(added={"chat.b": {"a": "b"}}))


def test_a_write_without_rights_is_not_repeated_in_another_form(server: Server) -> None:
    server.replies(TOKEN, READY, UNAUTHORIZED)
    with client(server) as (gws, _secrets), pytest.raises(Refused, match="may read and change"):
        gws.write(BEFORE, CHANGE)
    assert server.calls.count(WRITE_CALL) == 1


@pytest.mark.parametrize(("reply", "in_place"), [(Reply(status=500), False), (cut, True)])
def test_after_a_5xx_to_a_change_in_place_the_next_write_deletes_and_adds(
    server: Server, reply: Reply | Fault, in_place: bool
) -> None:
    server.replies(TOKEN, READY, reply, DONE)
    with client(server) as (gws, _secrets):
        with pytest.raises(Unclear):
            gws.write(BEFORE, CHANGE)
        gws.write(BEFORE, CHANGE)
    first, second = (seen.json()["data"] for seen in server.seen if seen.method == "PUT")
    assert "changedUserProperties" in first
    assert ("changedUserProperties" in second) is in_place
    deleted = [section["value"] for section in second["deletedUserProperties"]]
    added = [section["value"] for section in second["deltaTransaction"]["userProperties"]]
    assert deleted == ([] if in_place else [[{"key": "provider", "type": "str", "value": "Async"}]])
    assert added == ([] if in_place else [[{"key": "provider", "type": "str", "value": "mGage"}]])


def test_a_write_without_a_response_is_unclear(server: Server) -> None:
    server.replies(TOKEN, READY, cut)
    with client(server) as (gws, _secrets), pytest.raises(Unclear):
        gws.write(BEFORE, CHANGE)
    assert server.calls.count(WRITE_CALL) == 1


def test_a_read_is_retried_and_a_write_is_not(server: Server) -> None:
    server.replies(TOKEN, READY, Reply(status=503), FOUND, Reply(status=503))
    with client(server, retries=1) as (gws, _secrets):
        transaction = gws.read("NexusServices")
        with pytest.raises(Unclear):
            gws.write(transaction, CHANGE)
    assert server.calls == [TOKEN_CALL, INIT_CALL, READ_CALL, READ_CALL, WRITE_CALL, OUT_CALL]


# Whether the login belongs to the tenant


CENTERS_CALL = "GET /environment/v3/contact-centers"
OWN, OTHER = "45acae06-6b7c-4f97-9c76-471c0b25ef71", "9cacae06-6b7c-4f97-9c76-471c0b25ef72"


def centers(*items: Any, **more: Any) -> dict[str, Any]:
    return {"status": {"code": 0}, "data": list(items), **more}


def test_a_login_of_another_tenant_is_refused_and_its_contact_centers_are_listed_once(server: Server) -> None:
    server.replies(TOKEN, READY, Reply(centers({"id": OTHER})))
    with client(server) as (gws, _secrets):
        for _time in range(2):
            with pytest.raises(InvalidInput, match=f"gws_username: this login can access the contact center {OTHER}"):
                gws.confirm(OWN)
    assert server.calls == [TOKEN_CALL, INIT_CALL, CENTERS_CALL, OUT_CALL]
    assert server.seen[2].headers["authorization"] == "Bearer token-1"


def test_a_login_whose_contact_centers_can_not_be_listed_is_not_checked(server: Server) -> None:
    lines: list[str] = []
    server.replies(TOKEN, READY, Reply(status=403))
    with client(server, lines=lines) as (gws, _secrets):
        assert gws.confirm(OWN) == gws.confirm(OWN) == ()
    assert server.calls == [TOKEN_CALL, INIT_CALL, CENTERS_CALL, OUT_CALL]
    (line,) = lines
    assert line.startswith("The login was not checked against ccid, because its contact centers could not be listed: ")


def test_contact_centers_are_read_only_in_the_known_format() -> None:
    known = centers(
        {"id": OWN.upper(), "domains": ["t100", 5]}, {"id": OTHER}, {"id": f" {OTHER[:-1]}3", "domains": {}}
    )
    assert parse_contact_centers(known) == {OWN: ("t100",), OTHER: (), f"{OTHER[:-1]}3": ()}
    other: list[Any] = [None, [], {"data": {}}, centers("acme"), centers({"id": 5}), centers({"id": "acme"}), {}]
    for unknown in other:
        assert parse_contact_centers(unknown) is None
    # With further keys, the list may be one page of several.
    assert parse_contact_centers(centers({"id": OTHER}, totalCount=7)) is None


SEEN = st.dictionaries(st.sampled_from([OWN, OTHER, f"{OTHER[:-1]}3"]), st.lists(st.sampled_from("AaBc")).map(tuple))


@given(SEEN, st.none() | st.sampled_from("aBc"))
def test_a_login_is_refused_only_if_it_certainly_belongs_to_another_tenant(
    seen: dict[str, tuple[str, ...]], domain: str | None
) -> None:
    if seen and OWN not in seen:
        with pytest.raises(InvalidInput) as caught:
            login_oddities(seen, OWN, "gws_username", domain)
        assert caught.value.parameter == "gws_username"
        assert next(iter(seen)) in str(caught.value)
        return
    told = login_oddities(seen, OWN, "gws_username", domain)
    own = {name.lower() for name in seen.get(OWN, ())}
    others = {name.lower() for center, names in seen.items() if center != OWN for name in names}
    assert bool(told) == bool(own and domain and domain.lower() in others - own)


def test_domains_from_the_server_are_shortened_and_escaped_in_messages() -> None:
    with pytest.raises(InvalidInput) as caught:
        login_oddities(dict.fromkeys(map(str, range(9)), ("\x1b[2J" + "d" * 500,)), OWN, "gws_username", None)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 600
    assert "and 6 more" in str(caught.value)


def test_an_item_outside_of_a_section_is_ignored_and_a_section_without_a_list_is_an_error() -> None:
    assert parse_properties([{"key": "a", "type": "str", "value": "x"}]).sections == {}
    inner = [{"key": "list", "value": []}, {"key": "option", "value": "x"}]
    assert parse_properties([{"key": "a", "value": inner}]).sections == {"a": {"option": "x"}}
    items: list[dict[str, Any]] = [{"value": None}, {"value": {}}, {"value": "x", "type": "kvlist"}]
    for item in items:
        with pytest.raises(TypeError):
            parse_properties([{"key": "a", **item}])


@pytest.mark.parametrize(
    ("status", "may"),
    [
        (200, True),
        (299, True),
        (300, False),
        (404, False),
        (409, True),
        (425, True),
        (429, True),
        (499, False),
        (500, True),
        (None, False),
    ],
)
def test_the_statuses_of_a_session_that_is_not_ready(status: int | None, may: bool) -> None:
    assert _may_become_ready(status) is may
