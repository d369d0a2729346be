# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cookies, `_core/cookies.py`: sent back to their server whatever their attributes are, until they expire."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from aiohttp import web
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.cookies import Cookies
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection, Http
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from unit.doubles import Reply, Server, serve
from unit.properties import given, st


def kept(*lines: str) -> dict[str, str]:
    cookies = Cookies()
    cookies.take(lines)
    return cookies.header()


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        "; Path=/",
        "; Path=/provisioning/v3",
        "; Secure; HttpOnly; SameSite=Strict",
        "; Domain=elsewhere.example.com",
        "; Max-Age=60",
        "; Max-Age=a minute",
        "; Max-Age=" + "9" * 30,
        "; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
        "; Expires=never",
        "; Expires=Thu, 99 Xxx 0000 99:99:99 GMT",
        "; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        ";;; =",
    ],
)
def test_cookie_attributes_are_ignored(attributes: str) -> None:
    assert kept("SESSION=abc=" + attributes) == {"Cookie": "SESSION=abc="}


@pytest.mark.parametrize(
    "attributes", ["; Max-Age=0", "; max-age=-1; Path=/", "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure"]
)
def test_a_server_can_expire_a_cookie(attributes: str) -> None:
    assert kept("SESSION=abc", "NODE=7", "SESSION=deleteMe" + attributes) == {"Cookie": "NODE=7"}


def test_a_new_cookie_value_replaces_the_old_one() -> None:
    assert kept("SESSION=a; Path=/x", "NODE=7", "SESSION=b") == {"Cookie": "SESSION=b; NODE=7"}


@pytest.mark.parametrize("line", ["", "=value", "a b=c", "a", "a\r\n b=c", "a=b\r\n X: y", "a=\x00", "a=ü", "ü=a"])
def test_a_cookie_that_can_not_be_sent_is_ignored(line: str) -> None:
    assert kept(line) == ({"Cookie": "a="} if line == "a" else {})


@given(st.lists(st.text(alphabet='ab=;, "\t\r\nü\x00MaxAge-0')))
def test_stored_cookie_values_are_printable_ascii(lines: list[str]) -> None:
    for value in kept(*lines).values():
        assert value.isascii()
        assert value.isprintable()


@pytest.fixture
def other() -> Iterator[Server]:
    with serve() as running:
        yield running


def test_cookies_reach_no_other_server(server: Server, other: Server) -> None:
    given_to_all = {"Set-Cookie": "SESSION=canary; Domain=127.0.0.1; Path=/"}
    server.replies(Reply(headers=given_to_all))
    first, second = (Http(Connection("A", "a_url", each.url, retries=0), Secrets()) for each in (server, other))
    for http in (first, second, first):
        http.request("GET", "/thing", "read the thing", repeatable=True)
        http.close()
    assert "cookie" not in other.seen[0].headers
    assert [seen.headers.get("cookie") for seen in server.seen] == [None, "SESSION=canary"]


def test_all_cookies_of_a_response_are_stored(server: Server) -> None:
    async def two(request: web.BaseRequest) -> web.StreamResponse:
        response = web.Response()
        response.headers.add("Set-Cookie", "SESSION=a; Secure; Path=/elsewhere")
        response.headers.add("Set-Cookie", "NODE=7; Expires=Thu, 01 Jan 2099 00:00:00 GMT")
        return response

    server.replies(two, Reply(status=503, headers={"Set-Cookie": "NODE=8"}), Reply())
    http = Http(Connection("A", "a_url", server.url, retries=1), Secrets(), sleep=lambda seconds: None)
    for _time in range(2):
        http.request("GET", "/thing", "read the thing", repeatable=True)
    http.close()
    assert [seen.headers.get("cookie") for seen in server.seen] == [None, "SESSION=a; NODE=7", "SESSION=a; NODE=8"]


def test_a_value_of_at_least_16_characters_is_a_secret() -> None:
    cookies = Cookies()
    cookies.take([f"NODE={'n' * 15}", f"SESSION={'s' * 16}"])
    assert cookies.secrets() == ["s" * 16]


def test_clear_removes_all_cookies() -> None:
    cookies = Cookies()
    cookies.set("NODE", "7")
    cookies.clear()
    assert (cookies.names(), cookies.header()) == ([], {})


@pytest.mark.parametrize(("hours", "stays"), [(-2, False), (-0.5, True), (0.5, True), (2, True)])
@pytest.mark.parametrize("zone", ["GMT", "-0000"])
def test_a_date_ends_a_cookie_unless_the_clocks_may_differ(hours: float, stays: bool, zone: str) -> None:
    moment = datetime.now(timezone.utc) + timedelta(hours=hours)
    cookies = Cookies()
    cookies.take([f"NODE=7; Expires={moment:%a, %d %b %Y %H:%M:%S} {zone}"])
    assert ("NODE" in cookies) is stays


def test_a_cookie_for_a_second_stays() -> None:
    assert kept("NODE=7; Max-Age=1") == {"Cookie": "NODE=7"}
