# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens, requests and listings with pages: `_genesys_cloud/cloud_client.py`."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    ApiError,
    Intermediary,
    Refused,
    Unreadable,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Answer, Connection
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud import cloud_client
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.cloud_client import (
    Cloud,
    CloudAuthentication,
    is_gone,
)
from unit.doubles import Reply, Server

TOKEN = Reply({"access_token": "canary-token", "expires_in": 60})
DENIED = Reply({"code": "bad.credentials", "message": "no"}, 401)


def authentication(server: Server, secrets: Secrets | None = None) -> CloudAuthentication:
    connection = Connection("Genesys Cloud CX", "gc_login_url", server.url, retries=0)
    return CloudAuthentication(connection, "client-1", "canary-secret", secrets or Secrets())


def cloud(server: Server, token: str | None = "given") -> Cloud:
    """Return a client with a token of the user, or one that logs in."""
    connection = Connection("Genesys Cloud CX", "gc_api_url", server.url, retries=0)
    return Cloud(connection, token or authentication(server), Secrets())


def bearers(server: Server) -> list[str]:
    return [seen.headers["authorization"].partition(" ")[2] for seen in server.seen if seen.path != "/oauth/token"]


def test_a_token_is_asked_for_with_the_client_and_is_a_secret(server: Server) -> None:
    server.replies(TOKEN)
    secrets = Secrets()
    token = authentication(server, secrets).token()
    assert (token.access_token, token.token_type) == ("canary-token", "bearer")
    assert token.expires_at is not None
    assert timedelta(seconds=50) < token.expires_at - datetime.now(timezone.utc) <= timedelta(seconds=60)
    assert server.seen[0].body == b"grant_type=client_credentials"
    assert server.seen[0].headers["authorization"].startswith("Basic ")
    assert {"canary-token", "canary-secret"} <= secrets.known()


@pytest.mark.parametrize("body", [None, [], {"access_token": ""}, {"access_token": 5}, {}])
def test_an_answer_without_a_token_is_unreadable(server: Server, body: Any) -> None:
    server.replies(Reply(body))
    with pytest.raises(Unreadable, match="returned no access_token"):
        authentication(server).token()


def test_the_type_of_a_token_is_kept(server: Server) -> None:
    server.replies(Reply({"access_token": "a", "token_type": "mac"}))
    assert authentication(server).token().token_type == "mac"


@pytest.mark.parametrize(
    ("lifetime", "seconds"),
    [
        (60, 60),
        ("60", 60),
        (0.5, 0.5),
        (31622400, 31622400),
        (31622401, None),
        (0, None),
        (-1, None),
        (True, None),
        ("soon", None),
        (None, None),
        ([], None),
    ],
)
def test_the_lifetime_of_a_token(lifetime: Any, seconds: float | None) -> None:
    expires = cloud_client._expiry(lifetime)
    if seconds is None:
        assert expires is None
    else:
        assert expires is not None
        assert abs(expires - datetime.now(timezone.utc) - timedelta(seconds=seconds)) < timedelta(seconds=5)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_login_names_the_options_to_check(server: Server, status: int) -> None:
    server.replies(Reply({"error": "no"}, status))
    with pytest.raises(
        Refused,
        match=r"as the client client-1.*Check gc_client_id and gc_client_secret, and that the OAuth client is active",
    ):
        authentication(server).token()


@pytest.mark.parametrize(
    ("status", "message", "is_throttled"),
    [(400, "Rate limit exceeded", True), (401, "rate limit", False), (400, "bad request", False)],
)
def test_too_many_logins_are_recognized(status: int, message: str, is_throttled: bool) -> None:
    assert cloud_client._is_throttled(status, message) is is_throttled


def test_one_login_is_enough_for_many_requests(server: Server) -> None:
    server.replies(TOKEN, Reply({}))
    client = cloud(server, None)
    assert client.request("GET", "/a", "read a", repeatable=True, params={"b": "c"}).body == {}
    client.request("POST", "/a", "write a", body={"d": 1})
    assert server.calls == ["POST /oauth/token", "GET /a", "POST /a"]
    assert bearers(server) == ["canary-token", "canary-token"]
    assert (server.seen[1].query, server.seen[2].json()) == ({"b": "c"}, {"d": 1})


def test_an_expired_token_is_renewed_once(server: Server) -> None:
    server.replies(TOKEN, Reply({}), DENIED, Reply({"access_token": "second"}), Reply({"e": 1}))
    client = cloud(server, None)
    client.request("GET", "/a", "read a")
    assert client.request("GET", "/a", "read a").body == {"e": 1}
    assert bearers(server) == ["canary-token", "canary-token", "second"]
    server.replies(DENIED, Reply({"access_token": "third"}), DENIED)
    with pytest.raises(Refused, match="answered 401"):
        client.request("GET", "/a", "read a")
    assert len(bearers(server)) == 5


@pytest.mark.parametrize("case", ["fresh", "once", "given", "other status"])
def test_a_token_is_not_renewed(server: Server, case: str) -> None:
    client = cloud(server, "given" if case == "given" else None)
    if case != "fresh":
        server.replies(*([] if case == "given" else [TOKEN]), Reply({}))
        client.request("GET", "/a", "read a")
    refusal = Reply({"code": "no", "message": "no"}, 403) if case == "other status" else DENIED
    server.replies(*([TOKEN] if case == "fresh" else []), refusal)
    before = len(server.seen)
    with pytest.raises(Refused):
        client.request("POST", "/a", "write a", once=case == "once")
    assert len(server.seen) == before + (2 if case == "fresh" else 1)


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "Check gc_access_token, and that the token has not expired"),
        (403, "Give the OAuth client of gc_access_token a role with the permission"),
        (404, "Check that the object still exists, and that gc_api_url is the API URL"),
    ],
)
def test_a_refusal_says_what_to_do(server: Server, status: int, remedy: str) -> None:
    server.replies(Reply({"code": "no", "message": "no"}, status))
    with pytest.raises(Refused, match=remedy):
        cloud(server).request("GET", "/a", "read a")


def test_logins_and_listings_are_repeated_and_other_requests_are_not(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    busy = Reply({"message": "busy"}, 503)
    connection = Connection("Genesys Cloud CX", "gc_api_url", server.url, retries=1)
    source = CloudAuthentication(connection, "client-1", "canary-secret", Secrets())
    client = Cloud(connection, source, Secrets())
    server.replies(busy, TOKEN, busy, page(A), busy)
    assert client.entities("/list", "list") == [A]
    with pytest.raises(ApiError):
        client.request("POST", "/a", "write a")
    assert server.calls == ["POST /oauth/token"] * 2 + ["GET /list"] * 2 + ["POST /a"]


def test_a_login_closes_its_connection(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    source = authentication(server)
    monkeypatch.setattr(source._http, "close", lambda: closed.append("login"))
    source.close()
    assert closed == ["login"]


def test_the_login_is_closed_too(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    source = authentication(server)
    monkeypatch.setattr(source, "close", lambda: closed.append("login"))
    client = Cloud(Connection("Genesys Cloud CX", "gc_api_url", server.url), source, Secrets())
    monkeypatch.setattr(client._http, "close", lambda: closed.append("api"))
    client.close()
    assert closed == ["api", "login"]
    cloud(server).close()


def page(*entries: Any, **more: Any) -> Reply:
    return Reply({"entities": list(entries), **more})


A, B = {"id": "a"}, {"id": "b"}


def test_all_pages_are_read(server: Server) -> None:
    server.replies(page(A, total=2, nextUri="/list?pageNumber=2&x="), page(A, B, total=2))
    assert cloud(server).pages("/list", "list", {"name": "n"}) == [A, B]
    assert [seen.query for seen in server.seen] == [
        {"name": "n", "pageSize": "100", "pageNumber": "1"},
        {"pageNumber": "2", "x": ""},
    ]
    # The same entry may have its fields in another order.
    server.replies(page({"b": 1, "c": 1}, {"b": 2}, {"c": 1, "b": 1}))
    assert cloud(server).entities("/list", "list") == [{"b": 1, "c": 1}, {"b": 2}]
    assert server.seen[-1].query == {}


@pytest.mark.parametrize(
    "replies",
    [
        [page(A, total=2)],
        [page(A, total="2")],
        [page(A, pageCount=2)],
        [page(A, nextUri="/list?p=2"), page(A, total=2)],
        [page(A, nextUri="/list?p=2"), page(B, pageCount=3)],
        [page(A, nextUri="/list")],
        [page(A, nextUri="/list?p=2"), page(B, nextUri="/list?p=2")],
        [page(A, 5)],
        [Reply({"entities": {}})],
        [Reply({"other": 1})],
        [Reply([A])],
        [page(A, nextUri="https://elsewhere/list?p=2")],
        [page(A, nextUri="list?p=2")],
        [page(A, nextUri=5)],
        [page(A, nextUri="http://[")],
    ],
)
def test_a_listing_that_is_not_whole_is_unreadable(server: Server, replies: list[Reply]) -> None:
    server.replies(*replies)
    with pytest.raises(Unreadable):
        cloud(server).entities("/list", "list")
    assert len(server.seen) == len(replies)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"entities": [A], "total": 1, "pageCount": 2}, [A]),
        ({"entities": [A], "total": 0}, [A]),
        ({"entities": [A], "pageCount": 1}, [A]),
        ({"entities": [A], "total": True, "pageCount": 1}, [A]),
        ({"entities": [A], "total": "many"}, [A]),
        ({"entities": [A], "total": "9999999999"}, [A]),
        ({"entities": []}, []),
        ({"total": 0, "pageNumber": 1}, []),
        ({}, []),
        (dict.fromkeys(cloud_client._OF_A_LISTING), []),
    ],
)
def test_listings_of_one_page(server: Server, body: Any, found: list[Any]) -> None:
    server.replies(Reply(body))
    assert cloud(server).entities("/list", "list") == found


def test_a_search_of_one_page_is_whole_or_not(server: Server) -> None:
    client = cloud(server)
    client.require_whole("search", "/search", Answer(200, {"pageCount": 1}), 0)
    with pytest.raises(Unreadable, match="announced 2 pages, but returned 1 and no next page"):
        client.require_whole("search", "/search", Answer(200, {"pageCount": 2}), 0)
    with pytest.raises(Unreadable, match="announced 3 entries, but returned 2 and no next page"):
        client.require_whole("search", "/search", Answer(200, {"total": 3, "pageCount": 1}), 2)


def test_counts_of_ten_digits_are_no_counts() -> None:
    assert cloud_client._number("999999999") == 999999999
    assert cloud_client._number("1000000000") is None
    assert cloud_client._number("٣") is None


def test_a_listing_without_an_end_is_unreadable(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_client, "_MOST_PAGES", 3)
    server.replies(*(page(A, nextUri=f"/list?p={number}") for number in range(9)))
    with pytest.raises(Unreadable, match="returned 3 pages or more"):
        cloud(server).entities("/list", "list")
    assert len(server.seen) == 3


@pytest.mark.parametrize("prefix", ["", "/base"])
@pytest.mark.parametrize("form", ["{url}{prefix}/list?p=2", "{prefix}/list?p=2", "{upper}{prefix}/list?p=2"])
def test_the_next_page_is_below_the_base_url(server: Server, prefix: str, form: str) -> None:
    server.url = server.url.replace("127.0.0.1", "localhost")
    following = form.format(url=server.url, prefix=prefix, upper=server.url.replace("localhost", "LOCALHOST"))
    server.replies(page(A, nextUri=following), page(B))
    connection = Connection("Genesys Cloud CX", "gc_api_url", server.url + prefix, retries=0)
    assert Cloud(connection, "given", Secrets()).entities("/list", "list") == [A, B]
    assert server.seen[1].path == f"{prefix}/list"


def test_an_object_is_a_document(server: Server) -> None:
    client = cloud(server)
    assert client.document("read", "/a", Answer(200, A)) == A
    with pytest.raises(Unreadable) as caught:
        client.document("read", "/a", Answer(200, [A]))
    assert caught.value.status == 200
    assert "Check that gc_api_url is the API URL" in str(caught.value)


def test_only_the_api_says_that_an_object_is_gone() -> None:
    for kind, status, gone in ((Refused, 404, True), (Refused, 403, False), (Intermediary, 404, False)):
        assert is_gone(kind("read", "https://cloud", "answered", "Look", status=status)) is gone


def test_a_thousand_pages_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    connection = Connection("Genesys Cloud CX", "gc_api_url", "https://cloud")
    client = Cloud(connection, "given", Secrets())

    def request(*_arguments: Any, **_options: Any) -> Answer:
        asked.append(len(asked))
        return Answer(200, {"entities": [{"id": len(asked)}], "nextUri": f"/list?p={len(asked)}"})

    monkeypatch.setattr(client, "request", request)
    with pytest.raises(Unreadable, match="returned 1000 pages or more"):
        client.entities("/list", "list")
    assert len(asked) == 1000
