# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The login to Genesys Web Services: `_gws/authentication.py`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import parse_qs

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import ApiError, Refused, Unreadable
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._gws.authentication import (
    GwsAuthentication,
    Login,
    url_remedy,
)
from unit.doubles import Reply, Server

USER = Login("client-1", "canary-client", "acme\\user", "canary-user")
CLIENT = Login("client-1", "canary-client")
CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"


@contextmanager
def authentication(server: Server, login: Login = USER) -> Iterator[tuple[GwsAuthentication, Secrets]]:
    secrets = Secrets()
    connection = Connection("the authentication of GWS", "gws_auth_url", server.url, retries=0)
    with closing(GwsAuthentication(connection, login, secrets)) as made:
        yield made, secrets


@pytest.mark.parametrize(
    ("login", "form"),
    [
        (USER, {"grant_type": ["password"], "username": ["acme\\user"], "password": ["canary-user"]}),
        (CLIENT, {"grant_type": ["client_credentials"]}),
    ],
)
def test_a_token_request_has_the_form_of_its_grant(server: Server, login: Login, form: dict[str, list[str]]) -> None:
    server.replies(Reply({"access_token": "canary-token", "refresh_token": "canary-refresh", "id_token": "canary-id"}))
    with authentication(server, login) as (made, secrets):
        assert made.token() == "canary-token"
        for told in ("canary-token", "canary-refresh", "canary-id", "canary-client"):
            assert secrets.scrub(f"x {told} y") == "x ******** y"
    (asked,) = server.seen
    assert (asked.method, asked.path) == ("POST", "/auth/v3/oauth/token")
    assert parse_qs(asked.body.decode()) == form
    assert asked.headers["authorization"] == f"Basic {b64encode(b'client-1:canary-client').decode()}"
    assert "x-api-key" not in asked.headers


def test_the_key_of_a_gateway_is_sent_with_each_call(server: Server) -> None:
    login = Login("client-1", "canary-client", api_key="canary-gateway")
    server.replies(Reply({"access_token": "t"}), Reply({"data": [{"id": CCID}]}))
    with authentication(server, login) as (made, secrets):
        assert made.headers == {"x-api-key": "canary-gateway"}
        made.contact_centers(made.token())
        assert secrets.scrub("canary-gateway") == "********"
    assert [asked.headers["x-api-key"] for asked in server.seen] == ["canary-gateway"] * 2


@pytest.mark.parametrize("body", [{}, {"access_token": ""}, {"access_token": 5}, [], "token"])
def test_a_response_without_a_token_is_an_error(server: Server, body: Any) -> None:
    server.replies(Reply(body))
    with authentication(server) as (made, _secrets), pytest.raises(Unreadable) as caught:
        made.token()
    assert (caught.value.status, "gws_auth_url" in str(caught.value)) == (200, True)


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(
    ("login", "named", "others"),
    [
        (USER, ("gws_username", "gws_client_id", "gws_api_key"), ()),
        (CLIENT, ("gws_client_id", "gws_api_key"), ("gws_username",)),
        (Login("a", "b", api_key="k"), ("gws_client_id", "gws_api_key"), ("gws_username", "wants an x-api-key")),
    ],
)
def test_a_refused_login_names_its_options(
    server: Server, status: int, login: Login, named: tuple[str, ...], others: tuple[str, ...]
) -> None:
    server.replies(Reply({"error": "no"}, status=status))
    with authentication(server, login) as (made, _secrets), pytest.raises(Refused) as caught:
        made.token()
    text = str(caught.value)
    assert [name in text for name in named] == [True] * len(named)
    assert [name in text for name in others] == [False] * len(others)
    assert ("log in as acme" in text) is (login is USER)


def test_a_wrong_url_is_named(server: Server) -> None:
    server.replies(Reply("", status=404))
    with (
        authentication(server) as (made, _secrets),
        pytest.raises(Refused, match=r"gws_auth_url.*/auth/v3/"),
    ):
        made.token()
    assert "nexus_url" in url_remedy(Connection("n", "nexus_url", "https://n"), "/root")
    assert "/root" in url_remedy(Connection("n", "nexus_url", "https://n"), "/root")


@pytest.mark.parametrize(
    ("username", "option", "domain"),
    [
        (None, "gws_client_id", None),
        ("user", "gws_username", None),
        ("acme\\user", "gws_username", "acme"),
        ("\\user", "gws_username", ""),
    ],
)
def test_the_domain_of_a_user(server: Server, username: str | None, option: str, domain: str | None) -> None:
    with authentication(server, Login("a", "b", username, "p")) as (made, _secrets):
        assert (made.option, made.domain) == (option, domain)


def test_the_contact_centers_of_a_token(server: Server) -> None:
    server.replies(Reply({"status": {"code": 0}, "data": [{"id": CCID, "domains": ["acme"]}]}))
    with authentication(server) as (made, _secrets):
        assert made.contact_centers("canary-token") == {CCID: ("acme",)}
    (asked,) = server.seen
    assert (asked.method, asked.path) == ("GET", "/environment/v3/contact-centers")
    assert asked.headers["authorization"] == "Bearer canary-token"


@pytest.mark.parametrize("reply", [Reply({"data": []}), Reply({"data": [{}]}), Reply({}), Reply("no", status=403)])
def test_contact_centers_that_are_not_known_for_certain_are_an_error(server: Server, reply: Reply) -> None:
    server.replies(reply)
    with authentication(server) as (made, _secrets), pytest.raises(ApiError):
        made.contact_centers("t")


def test_the_list_of_contact_centers_has_a_time_limit_of_10_s(
    server: Server, time_limits: dict[str, float | None]
) -> None:
    server.replies(Reply({"access_token": "t"}), Reply({"data": [{"id": CCID}]}))
    with authentication(server) as (made, _secrets):
        made.contact_centers(made.token())
    assert time_limits == {"/auth/v3/oauth/token": None, "/environment/v3/contact-centers": 10}


def test_the_list_of_contact_centers_is_retried(server: Server) -> None:
    server.replies(Reply(status=503), Reply({"data": [{"id": CCID}]}))
    connection = Connection("the authentication of GWS", "gws_auth_url", server.url, retries=1)
    with closing(GwsAuthentication(connection, CLIENT, Secrets())) as made:
        assert made.contact_centers("t") == {CCID: ()}


def test_the_session_is_closed(server: Server) -> None:
    server.replies(Reply({"access_token": "t"}))
    with authentication(server) as (made, _secrets):
        made.token()
        made.close()
        made.token()
    assert [asked.connection for asked in server.seen] == [0, 1]
