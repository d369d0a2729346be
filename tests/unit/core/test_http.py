# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP layer against a real server, `_core/http.py`: requests, retries and errors."""

from __future__ import annotations

import gc
import gzip
import os
import socket
import ssl
import sys
import time
import tracemalloc
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests
import trustme
from aiohttp import web
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import http as _http
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import ApiError, Refused, Unclear, Unsent
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Answer, Connection, Http
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.options import HTTP
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.version import VERSION
from unit.doubles import (
    Clock,
    Fault,
    Reply,
    Server,
    cut,
    cut_before_the_body,
    cut_short,
    cut_within_the_head,
    drips,
    hang,
    hang_after_head,
    serve,
)

OK = Reply({"status": {"code": 0}, "data": 1})
TRANSIENT = [429, 502, 503, 504]


@contextmanager
def http_to(url: str, clock: Clock | None = None, **options: Any) -> Iterator[Http]:
    """Return an Http for a system with the name Nexus and the option nexus_url."""
    remedies = options.pop("remedies", None)
    headers = options.pop("headers", None)
    time = clock or Clock()
    connection = Connection("Nexus", "nexus_url", url, **options)
    http = Http(connection, Secrets(), headers=headers, remedies=remedies, clock=time, sleep=time.sleep)
    with closing(http):
        yield http


def get(http: Http, **options: Any) -> Answer:
    return http.request("GET", "/thing", "read the thing", repeatable=True, **options)


def post(http: Http, **options: Any) -> Answer:
    return http.request("POST", "/thing", "write the thing", repeatable=False, **options)


def raised(call: Callable[..., Answer], http: Http, **options: Any) -> ApiError:
    """Return the error of a call."""
    with pytest.raises(ApiError) as caught:
        call(http, **options)
    return caught.value


# Requests


def test_a_request_has_method_path_query_headers_and_json_body(server: Server) -> None:
    server.replies(OK)
    with http_to(f"{server.url}/prefix", headers={"x-api-key": "key"}) as http:
        answer = post(http, body={"ü": None}, params={"name": "a b&c"}, headers={"Authorization": "Bearer t"})
    (seen,) = server.seen
    assert answer == Answer(200, {"status": {"code": 0}, "data": 1})
    assert (seen.method, seen.path, seen.query) == ("POST", "/prefix/thing", {"name": "a b&c"})
    assert seen.json() == {"ü": None}
    assert seen.headers["user-agent"] == f"cxops.genesys_sms/{VERSION}"
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["x-api-key"] == "key"
    assert seen.headers["authorization"] == "Bearer t"


def test_a_form_and_basic_credentials_are_sent_in_utf_8(server: Server) -> None:
    server.replies(OK)
    with http_to(server.url) as http:
        post(http, form={"password": "a&b=ö"}, basic=("client", "sécret"))
    (seen,) = server.seen
    assert seen.body == b"password=a%26b%3D%C3%B6"
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert seen.headers["authorization"] == "Basic Y2xpZW50OnPDqWNyZXQ="


def test_an_empty_dictionary_is_sent_as_a_body_and_none_is_not(server: Server) -> None:
    server.replies(OK)
    with http_to(server.url) as http:
        post(http, body={})
        post(http)
    assert [seen.body for seen in server.seen] == [b"{}", b""]


def test_credentials_of_a_netrc_file_are_not_used(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.replies(OK)
    with http_to(server.url) as http:
        get(http)
    assert "authorization" not in server.seen[0].headers


def test_requests_share_a_connection_and_its_cookies(server: Server) -> None:
    server.replies(Reply(headers={"Set-Cookie": "PROVISIONING_SESSIONID=abc; Path=/"}), OK)
    with http_to(server.url) as http:
        get(http)
        get(http)
    assert [seen.connection for seen in server.seen] == [0, 0]
    assert server.seen[1].headers["cookie"] == "PROVISIONING_SESSIONID=abc"


def test_cookies_can_be_cleared(server: Server) -> None:
    server.replies(Reply(headers={"Set-Cookie": "PROVISIONING_SESSIONID=abc; Path=/"}), OK)
    with http_to(server.url) as http:
        get(http)
        http.cookies.clear()
        get(http)
    assert "cookie" not in server.seen[1].headers


# Responses


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (Reply({"a": [1]}), Answer(200, {"a": [1]})),
        (Reply([], status=201), Answer(201, [])),
        (Reply(status=204), Answer(204, None)),
        (Reply(" \n"), Answer(200, None)),
        (Reply({"status": {"code": 0}}), Answer(200, {"status": {"code": 0}})),
        (Reply({"status": {"code": "0"}}), Answer(200, {"status": {"code": "0"}})),
        (Reply({"status": {}}), Answer(200, {"status": {}})),
        (Reply({"status": "active"}), Answer(200, {"status": "active"})),
    ],
)
def test_a_successful_response_is_returned(server: Server, reply: Reply, answer: Answer) -> None:
    server.replies(reply)
    with http_to(server.url) as http:
        assert get(http) == answer


@pytest.mark.parametrize(
    ("body", "code", "problem"),
    [
        ({"status": {"code": 603, "message": "Not allowed"}}, 603, "answered 400 (code 603): Not allowed."),
        ({"status": {"code": 1, "message": "No", "detail": "why"}}, 1, "answered 400 (code 1): No (why)."),
        ({"code": "bad", "message": "Two\n  lines"}, "bad", "answered 400 (code bad): Two lines."),
        ({"error": "bad_grant", "error_description": "No"}, "bad_grant", "answered 400 (code bad_grant): No."),
        ({"error": "invalid", "description": "No"}, "invalid", "answered 400 (code invalid): No."),
        # Control characters and surrogates are replaced.
        (
            {"code": "\x1b[2J", "message": "\x1b[31mNo\ud83d ü"},
            "\ufffd[2J",
            "answered 400 (code \ufffd[2J): \ufffd[31mNo\ufffd ü.",
        ),
        ("", None, "answered 400."),
    ],
)
def test_a_refusal_shows_code_and_message_of_the_server(
    server: Server, body: Any, code: str | int | None, problem: str
) -> None:
    server.replies(Reply(body, status=400))
    with http_to(server.url, remedies={400: "Do this", 401: "Do that"}) as http:
        error = raised(post, http)
    assert str(error) == f"Could not write the thing: {server.url}/thing {problem} Do this."
    assert error.kind == "refused"
    assert (error.status, error.code, error.correlation_id) == (400, code, None)


HTML = Reply("<html>canary</html>", headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 429])
@pytest.mark.parametrize(
    "reply",
    [
        HTML,
        Reply("canary", headers={"Content-Type": "text/plain"}),
        Reply(b"\xff\xfecanary"),
        Reply({"note": "canary"}),
        Reply({"error": {"code": 5}}),
        Reply({"timestamp": 1, "status": 404, "error": "Not Found", "path": "/canary"}),
        Reply(["canary"]),
        Reply("[" * 3000 + "]" * 3000),
    ],
)
@pytest.mark.parametrize("call", [get, post])
def test_a_refusal_by_something_else_than_the_api_is_an_intermediary_error(
    server: Server, clock: Clock, call: Callable[..., Answer], reply: Reply, status: int
) -> None:
    server.replies(replace(reply, status=status))
    with http_to(server.url, clock, remedies={401: "Check api_key"}) as http:
        error = raised(call, http)
    assert (error.kind, error.status, error.code) == ("intermediary", status, None)
    assert "canary" not in str(error)
    checks, _before, last = str(error).partition("If these are right: ")
    assert all(part in checks for part in (server.url, "scheme (http)", "nexus_url"))
    assert "api_key" not in checks
    assert last == ("Check api_key." if status == 401 else "Check the logs of Nexus.")


def test_a_refusal_of_a_proxy_names_the_proxy_and_its_variable(
    server: Server, behind_proxy: Callable[[str], None]
) -> None:
    behind_proxy(server.url.replace("//", "//someone:canary@"))
    server.replies(replace(HTML, status=403))
    with http_to("http://digital.example.com", retries=0) as http:
        error = raised(get, http)
    assert error.kind == "intermediary"
    assert f"the proxy {server.url} (environment variable http_proxy)" in str(error)
    assert "canary" not in str(error)


def test_a_407_is_an_intermediary_error(server: Server) -> None:
    server.replies(Reply(status=407))
    with http_to(server.url) as http:
        assert raised(get, http).kind == "intermediary"


def test_a_system_without_error_codes_may_refuse_without_a_code(server: Server) -> None:
    connection = Connection("GAX", "gax_url", server.url)
    with closing(Http(connection, Secrets(), has_codes=False)) as http:
        server.replies(Reply({"detail": "no"}, status=403))
        assert raised(get, http).kind == "refused"
        server.replies(replace(HTML, status=403))
        assert raised(get, http).kind == "intermediary"


@pytest.mark.parametrize(("call", "kind"), [(get, "intermediary"), (post, "unclear")])
def test_a_200_with_an_html_page_is_an_intermediary_error(
    server: Server, call: Callable[..., Answer], kind: str
) -> None:
    server.replies(HTML)
    with http_to(server.url) as http:
        assert raised(call, http).kind == kind


@pytest.mark.parametrize(("call", "kind"), [(get, "unreadable"), (post, "unclear")])
@pytest.mark.parametrize("depth", [101, 3000])
def test_a_deeply_nested_response_is_unreadable_and_not_a_defect(
    server: Server, call: Callable[..., Answer], kind: str, depth: int
) -> None:
    server.replies(Reply('{"status": ' * depth + "{}" + "}" * depth))
    with http_to(server.url) as http:
        error = raised(call, http)
    assert (error.kind, error.status) == (kind, 200)


def test_a_response_may_have_many_levels(server: Server) -> None:
    server.replies(Reply("[" * 100 + "]" * 100))
    with http_to(server.url) as http:
        assert get(http).status == 200


@pytest.mark.parametrize("body", ['{"name": "Müller"}', '{"name": "Müller", "x": "' + "ä" * 10 + '"}'])
@pytest.mark.parametrize("charset", ["ISO-8859-1", '"latin1"', "windows-1252"])
def test_a_response_in_latin_1_is_decoded(server: Server, body: str, charset: str) -> None:
    kind = {"Content-Type": f"application/json; charset={charset}"}
    server.replies(Reply(body.encode("latin-1"), headers=kind))
    with http_to(server.url) as http:
        assert get(http).body["name"] == "Müller"
        # UTF-8 is decoded as UTF-8, whatever the header says.
        server.replies(Reply(body.encode(), headers=kind))
        assert get(http).body["name"] == "Müller"


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "a/b; charset=none-such"])
def test_a_response_with_the_wrong_encoding_is_unreadable(server: Server, kind: str) -> None:
    server.replies(Reply('{"name": "Müller"}'.encode("latin-1"), headers={"Content-Type": kind}))
    with http_to(server.url) as http:
        assert raised(get, http).kind == "unreadable"


def packed(body: bytes, encoding: str = "gzip") -> Reply:
    return Reply(body, headers={"Content-Encoding": encoding})


def test_requests_ask_for_uncompressed_responses(server: Server) -> None:
    with http_to(server.url) as http:
        get(http)
    assert server.seen[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "reply",
    [
        packed(gzip.compress(b'{"a": 1}')),
        packed(gzip.compress(b'{"a": 1}'), "X-Gzip"),
        packed(zlib.compress(b'{"a": 1}'), "deflate"),
        packed(b'{"a": 1}', "utf-8"),
    ],
)
def test_a_compressed_response_is_decompressed(server: Server, reply: Reply) -> None:
    server.replies(reply)
    with http_to(server.url) as http:
        assert get(http).body == {"a": 1}


def test_an_empty_compressed_response_is_empty(server: Server) -> None:
    server.replies(packed(b""))
    with http_to(server.url) as http:
        assert post(http).body is None


@pytest.mark.parametrize("size", [1, 10, 20, -1])
@pytest.mark.parametrize(("call", "kind"), [(get, "api"), (post, "unclear")])
def test_a_truncated_compressed_response_is_an_error(
    server: Server, clock: Clock, call: Callable[..., Answer], kind: str, size: int
) -> None:
    """The first bytes of compressed data decompress to nothing. Such a body must not count as empty."""
    server.replies(packed(gzip.compress(b'{"status": {"code": 609}}')[:size]))
    with http_to(server.url, clock) as http:
        assert raised(call, http).kind == kind
    assert len(server.seen) == (5 if call is get else 1)


@pytest.mark.parametrize(
    "reply", [packed(b"canary"), packed(b"canary", "br"), packed(gzip.compress(gzip.compress(b"{}")), "gzip, gzip")]
)
@pytest.mark.parametrize(("call", "kind"), [(get, "unreadable"), (post, "unclear")])
def test_a_response_that_is_not_compressed_as_its_header_says_is_unreadable(
    server: Server, call: Callable[..., Answer], kind: str, reply: Reply
) -> None:
    server.replies(reply)
    with http_to(server.url) as http:
        assert raised(call, http).kind == kind


def test_a_response_that_is_too_large_when_decompressed_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_http, "BODY_LIMIT", 10_000)
    server.replies(packed(gzip.compress(b" " * 100_000_000)))
    with http_to(server.url) as http:
        tracemalloc.start()
        error = raised(get, http)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert error.kind == "unreadable"
    assert most < 1_000_000


@pytest.mark.parametrize("call", [get, post])
def test_a_511_is_an_intermediary_error(server: Server, clock: Clock, call: Callable[..., Answer]) -> None:
    server.replies(Reply(status=511))
    with http_to(server.url, clock) as http:
        error = raised(call, http)
    assert (error.kind, error.status) == ("intermediary", 511)
    assert "nexus_url" in str(error)


def test_informational_responses_are_skipped(server: Server) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"

    async def hint(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n" + hints * 2)
        return Reply({"after": "hints"}).response()

    server.replies(hint)
    with http_to(server.url) as http:
        assert [get(http).body, post(http).body] == [{"after": "hints"}] * 2
    assert {seen.connection for seen in server.seen} == {0}


def test_a_body_that_is_too_deep_for_json_is_not_a_defect(server: Server) -> None:
    server.replies(Reply("[" * 100_000, status=400))
    # Objects that are collected at the bottom of the recursion could not run their finalizers.
    gc.disable()
    try:
        with http_to(server.url, remedies={400: "Do this"}) as http:
            error = raised(post, http)
    finally:
        gc.enable()
    assert (error.kind, error.status) == ("intermediary", 400)


def test_a_long_message_of_the_server_is_cut(server: Server) -> None:
    server.replies(Reply({"code": "x" * 10_000, "message": "x" * 10_000}, status=400))
    with http_to(server.url) as http:
        assert len(str(raised(post, http))) < 800


def test_a_status_without_a_remedy_points_to_the_logs_of_the_server(server: Server) -> None:
    server.replies(Reply(status=418))
    with http_to(server.url) as http:
        assert str(raised(get, http)).endswith("Check the logs of Nexus.")


def test_a_code_in_the_body_is_an_error_with_any_http_status(server: Server) -> None:
    server.replies(Reply({"status": {"code": 609, "message": "Exists"}}, status=200))
    with http_to(server.url) as http:
        error = raised(post, http)
    assert isinstance(error, Refused)
    assert (error.status, error.code) == (200, 609)


@pytest.mark.parametrize("name", ["ININ-Correlation-Id", "X-B3-TraceId", "X-Request-Id", "X-Correlation-Id"])
def test_the_correlation_id_of_a_header_is_shown(server: Server, name: str) -> None:
    server.replies(Reply({"contextId": "other"}, status=400, headers={name: "trace-1"}))
    with http_to(server.url) as http:
        error = raised(get, http)
    assert error.correlation_id == "trace-1"
    assert "(correlation id trace-1)" in str(error)


def test_the_correlation_id_of_a_body_is_shown(server: Server) -> None:
    server.replies(Reply({"contextId": 17}, status=400))
    with http_to(server.url) as http:
        assert raised(get, http).correlation_id == "17"


@pytest.mark.parametrize(("call", "kind"), [(get, "unreadable"), (post, "unclear")])
@pytest.mark.parametrize("body", ["no", b"\x00\xff", '{"cut": '])
def test_a_body_that_is_not_json_points_to_the_base_url(
    server: Server, call: Callable[..., Answer], kind: str, body: str | bytes
) -> None:
    server.replies(Reply(body, headers={"Content-Type": "text/plain; charset=utf-8"}))
    with http_to(server.url) as http:
        error = raised(call, http)
    assert error.kind == kind
    assert "answered 200 with a body that is not JSON (text/plain)" in str(error)
    assert "Check that nexus_url is the base URL of Nexus" in str(error)
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308, 399])
def test_a_redirect_is_not_followed(server: Server, status: int) -> None:
    target = "https://user:canary@elsewhere.example.com/login?token=canary#canary"
    server.replies(Reply(status=status, headers={"Location": target}))
    with http_to(server.url) as http:
        error = raised(get, http)
    assert error.kind == "intermediary"
    assert f"answered {status}, a redirect to https://" in str(error)
    assert "elsewhere.example.com/login" in str(error)
    assert "canary" not in str(error)
    assert len(server.seen) == 1


@pytest.mark.parametrize(("call", "kind"), [(get, "unreadable"), (post, "unclear")])
def test_a_response_that_violates_http_is_unreadable(server: Server, call: Callable[..., Answer], kind: str) -> None:
    async def two_lengths(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}")
        return web.Response()

    server.replies(two_lengths)
    with http_to(server.url) as http:
        error = raised(call, http)
    assert error.kind == kind
    assert "sent a response that can't be read" in str(error)


def test_a_response_that_requests_can_not_handle_is_unreadable(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_arguments: object, **_options: object) -> None:
        raise ValueError("canary")

    monkeypatch.setattr("requests.Response.iter_content", stumble)
    server.replies(OK)
    with http_to(server.url) as http:
        error = raised(post, http, once=True)
    assert isinstance(error, Unclear)
    assert "canary" not in str(error)


@pytest.mark.parametrize(("call", "kind"), [(get, ApiError), (post, Unclear)])
def test_a_408_of_a_write_is_unclear_and_of_a_read_an_api_error(
    server: Server, call: Callable[..., Answer], kind: type[ApiError]
) -> None:
    server.replies(Reply(status=408))
    with http_to(server.url) as http:
        assert raised(call, http).kind == kind.kind


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply({"code": "no"}, status=400), Refused),
        (Reply(status=400), Unclear),
        (replace(HTML, status=400), Unclear),
        (Reply({"message": "no"}, status=400), Unclear),
        (Reply({"code": "no"}, status=401), Refused),
        (Reply(status=401), Unclear),
        (replace(HTML, status=401), Unclear),
        (Reply({"message": "no"}, status=401), Unclear),
        (Reply({"code": "no"}, status=409), Refused),
        (Reply(status=409), Unclear),
        (replace(HTML, status=409), Unclear),
        (Reply({"message": "no"}, status=409), Unclear),
        (Reply({"code": "no"}, status=422), Refused),
        (Reply(status=422), Unclear),
        (replace(HTML, status=422), Unclear),
        (Reply({"message": "no"}, status=422), Unclear),
        (Reply({"code": "no"}, status=429), Refused),
        (Reply(status=429), Unclear),
        (replace(HTML, status=429), Unclear),
        (Reply({"message": "no"}, status=429), Unclear),
        (Reply({"code": "no"}, status=501), Refused),
        (Reply(status=501), Unclear),
        (replace(HTML, status=501), Unclear),
        (Reply({"message": "no"}, status=501), Unclear),
        (Reply({"status": {"code": 5}}), Unclear),
        (Reply(status=303, headers={"Location": "/elsewhere"}), Unclear),
        (Reply(status=303, headers={"Location": "http://[bad"}), Unclear),
        (Reply(status=408), Unclear),
        (Reply(status=500), Unclear),
        (Reply(status=503), Unclear),
    ],
)
def test_only_a_clear_refusal_of_a_request_that_costs_money_is_a_refusal(
    server: Server, reply: Reply, kind: type[ApiError]
) -> None:
    server.replies(reply)
    with http_to(server.url) as http:
        assert raised(post, http, once=True).kind == kind.kind
    assert len(server.seen) == 1


@pytest.mark.parametrize(("call", "kind"), [(get, "unreadable"), (post, "unclear")])
def test_a_response_that_is_too_large_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch, call: Callable[..., Answer], kind: str
) -> None:
    monkeypatch.setattr(_http, "BODY_LIMIT", 1024 * 1024)
    server.replies(Reply(b'"' + b"x" * 1024 * 1024 + b'"'))
    with http_to(server.url) as http:
        error = raised(call, http)
    assert error.kind == kind
    assert "sent a response of more than 1 MiB" in str(error)
    assert error.status == 200


# Retries


@pytest.mark.parametrize("status", TRANSIENT)
def test_a_read_is_repeated_after_a_transient_status(server: Server, clock: Clock, status: int) -> None:
    server.replies(Reply(status=status), Reply(status=status), OK)
    with http_to(server.url, clock) as http:
        assert get(http).status == 200
    assert len(server.seen) == 3


@pytest.mark.parametrize("fault", [cut, cut_short, cut_before_the_body, cut_within_the_head])
def test_a_read_is_repeated_after_a_lost_connection(server: Server, clock: Clock, fault: Fault) -> None:
    server.replies(fault, OK)
    with http_to(server.url, clock) as http:
        assert get(http).status == 200
    assert len(clock.pauses) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 500, 501])
def test_no_request_is_repeated_after_a_permanent_status(server: Server, clock: Clock, status: int) -> None:
    server.replies(Reply(status=status))
    with http_to(server.url, clock) as http:
        error = raised(get, http)
    assert (error.status, len(server.seen), clock.pauses) == (status, 1, [])


def test_the_pauses_between_retries_grow_to_a_limit_and_are_random(server: Server, clock: Clock) -> None:
    server.replies(Reply(status=503))
    with http_to(server.url, clock, retries=8, time_limit=1000.0) as http:
        raised(get, http)
    assert len(server.seen) == 9
    assert len(set(clock.pauses)) == 8
    for number, pause in enumerate(clock.pauses):
        longest = min(8.0, 0.25 * 2**number)
        assert longest / 2 <= pause <= longest


def test_without_retries_nothing_is_repeated(server: Server, clock: Clock) -> None:
    server.replies(Reply(status=503))
    with http_to(server.url, clock, retries=0) as http:
        raised(get, http)
    assert len(server.seen) == 1


def test_the_time_limit_ends_the_retries(server: Server, clock: Clock) -> None:
    server.replies(Reply(status=503))
    with http_to(server.url, clock, retries=1000, time_limit=20.0) as http:
        error = raised(get, http)
    assert error.status == 503
    assert 10.0 < sum(clock.pauses) <= 20.0


def test_a_request_may_have_a_time_limit_of_its_own(server: Server, clock: Clock) -> None:
    server.replies(Reply(status=503))
    with http_to(server.url, clock, retries=1000, time_limit=1000.0) as http:
        raised(get, http, time_limit=20.0)
    assert 10.0 < sum(clock.pauses) <= 20.0


@pytest.mark.parametrize("call", [get, post])
def test_retry_after_in_seconds_is_obeyed(server: Server, clock: Clock, call: Callable[..., Answer]) -> None:
    server.replies(Reply(status=429, headers={"Retry-After": "7"}), OK)
    with http_to(server.url, clock) as http:
        assert call(http).status == 200
    assert clock.pauses == [7.0]


def test_retry_after_with_a_date_is_obeyed(server: Server, clock: Clock) -> None:
    moment = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=60), usegmt=True)
    server.replies(Reply(status=503, headers={"Retry-After": moment}), OK)
    with http_to(server.url, clock) as http:
        get(http)
    assert len(clock.pauses) == 1
    assert 8.0 < clock.pauses[0] <= 60.0


@pytest.mark.parametrize("value", ["0", "00", "Mon, 01 Jan 2024 00:00:00 GMT", "Mon, 01 Jan 2024 00:00:00 -0000"])
@pytest.mark.parametrize("call", [get, post])
def test_retry_after_of_zero_or_in_the_past_is_ignored(
    server: Server, clock: Clock, call: Callable[..., Answer], value: str
) -> None:
    server.replies(Reply(status=429, headers={"Retry-After": value}))
    with http_to(server.url, clock) as http:
        error = raised(call, http)
    assert error.retry_after is None
    assert len(clock.pauses) == 4
    for number, pause in enumerate(clock.pauses):
        assert 0.125 * 2**number <= pause <= 0.25 * 2**number


def test_a_short_retry_after_does_not_shorten_the_pause(server: Server, clock: Clock) -> None:
    server.replies(Reply(status=429, headers={"Retry-After": "1"}))
    with http_to(server.url, clock, retries=6, time_limit=1000.0) as http:
        raised(get, http)
    assert clock.pauses[0] == 1.0
    assert clock.pauses[-1] >= 4.0


@pytest.mark.parametrize(
    "value", ["soon", "", "-5", "1.5", "²", "Mon, 99 Foo 2024", "Mon,", "1 2", "Mon, 01 Jan 99999 00:00:00 GMT"]
)
def test_an_invalid_retry_after_is_ignored(server: Server, clock: Clock, value: str) -> None:
    server.replies(Reply(status=503, headers={"Retry-After": value}), OK)
    with http_to(server.url, clock) as http:
        assert get(http).status == 200
    assert 0.125 <= clock.pauses[0] <= 0.25


@pytest.mark.parametrize("value", ["3600", "9" * 400])
def test_no_retry_is_made_if_its_pause_exceeds_the_time_limit(server: Server, clock: Clock, value: str) -> None:
    server.replies(Reply(status=429, headers={"Retry-After": value}))
    with http_to(server.url, clock) as http:
        error = raised(get, http)
    assert (error.status, clock.pauses) == (429, [])


def test_the_time_limit_includes_all_retries(server: Server, clock: Clock) -> None:
    async def slow(request: Any) -> Any:
        clock.now += 15.0
        return Reply(status=503).response()

    server.replies(slow)
    with http_to(server.url, clock, retries=100, time_limit=40.0) as http:
        raised(get, http)
    assert len(server.seen) == 3


def test_the_time_limit_includes_the_time_before_the_response(server: Server, clock: Clock) -> None:
    async def slow(request: Any) -> Any:
        clock.now += 30.0
        return Reply({"late": "x" * 100}).response()

    server.replies(slow)
    with http_to(server.url, clock, time_limit=20.0) as http:
        error = raised(get, http)
    assert "Raise time_limit" in str(error)


STATUS_LINE = b"HTTP/1.1 200 OK\r\n"
HEAD = STATUS_LINE + b"Content-Type: application/json\r\nContent-Length: 20000\r\n\r\n"
DRIPS = [
    drips(b"", b"HTTP/1.1 200 OK and so on"),
    drips(STATUS_LINE, b"X-One: 1\r\n"),
    drips(HEAD, b"[1, 2, 3, 4, 5, 6, 7, 8, 9]"),
    drips(STATUS_LINE + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    drips(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
]
LONG = 20.0
"""Seconds: much longer than a request with a time limit, and much shorter than these responses."""


@contextmanager
def soon() -> Iterator[None]:
    """Fail if the block takes too long."""
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < LONG


@contextmanager
def limited(url: str, **options: Any) -> Iterator[Http]:
    """Return an Http with the real clock and a time limit."""
    with closing(Http(Connection("Nexus", "nexus_url", url, time_limit=0.4, **options), Secrets())) as http:
        yield http


@pytest.mark.parametrize("fault", DRIPS)
@pytest.mark.parametrize(("call", "kind"), [(get, "api"), (post, "unclear")])
def test_a_response_that_arrives_byte_by_byte_ends_at_the_time_limit(
    server: Server, fault: Fault, call: Callable[..., Answer], kind: str
) -> None:
    server.replies(fault)
    with limited(server.url) as http, soon():
        error = raised(call, http)
    assert error.kind == kind
    assert "within 0.4 s" in str(error)
    assert "time_limit" in str(error)
    assert len(server.seen) == 1


@pytest.mark.parametrize("fault", DRIPS[:3])
def test_a_response_that_arrives_byte_by_byte_over_tls_ends_at_the_time_limit(
    authority: trustme.CA, tmp_path: Path, fault: Fault
) -> None:
    ca_path = pem(tmp_path / "ca", authority.cert_pem)
    with tls_server(authority) as server, limited(server.url, ca_path=ca_path) as http, soon():
        server.replies(fault)
        error = raised(post, http)
    assert error.kind == "unclear"
    assert "time_limit" in str(error)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_answers_byte_by_byte_ends_at_the_time_limit(
    server: Server, behind_proxy: Callable[[str], None], scheme: str
) -> None:
    behind_proxy(server.url)
    server.replies(drips(b"", b"HTTP/1.1 200 OK\r\nX-One: 1\r\n"))
    with limited(f"{scheme}://digital.example.com") as http, soon():
        error = raised(post, http)
    assert error.kind == ("unclear" if scheme == "http" else "unreachable")
    assert "time_limit" in str(error)


def test_a_server_that_does_not_read_the_request_ends_at_the_time_limit() -> None:
    with ExitStack() as stack:
        deaf = stack.enter_context(socket.socket())
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1)
        http = stack.enter_context(limited(f"http://127.0.0.1:{deaf.getsockname()[1]}"))
        stack.enter_context(soon())
        error = raised(post, http, body={"long": "x" * 30_000_000})
    assert error.kind == "unclear"


# Outcomes of writes


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_gateway_error_of_a_write_is_unclear_and_not_repeated(server: Server, clock: Clock, status: int) -> None:
    server.replies(Reply({"message": "upstream"}, status=status))
    with http_to(server.url, clock) as http:
        error = raised(post, http)
    assert isinstance(error, Unclear)
    assert (error.status, len(server.seen), clock.pauses) == (status, 1, [])
    assert f"answered {status}: upstream" in str(error)


@pytest.mark.parametrize("fault", [cut, cut_short, cut_before_the_body, cut_within_the_head])
def test_a_write_without_a_complete_response_is_unclear_and_not_repeated(
    server: Server, clock: Clock, fault: Fault
) -> None:
    server.replies(fault)
    with http_to(server.url, clock) as http:
        error = raised(post, http)
    assert isinstance(error, Unclear)
    assert "closed the connection before the response was complete" in str(error)
    assert len(server.seen) == 1


@pytest.mark.parametrize("fault", [hang, hang_after_head])
@pytest.mark.parametrize(("call", "kind"), [(get, ApiError), (post, Unclear)])
def test_a_server_that_does_not_answer_is_named_with_the_timeout(
    server: Server, fault: Fault, call: Callable[..., Answer], kind: type[ApiError]
) -> None:
    server.replies(fault)
    with http_to(server.url, timeout=0.1, retries=0) as http:
        error = raised(call, http)
    assert error.kind == kind.kind
    assert "did not answer within 0.1 s" in str(error)


def test_a_429_of_a_write_is_repeated_and_then_refused(server: Server, clock: Clock) -> None:
    server.replies(Reply({"message": "slow down"}, status=429))
    with http_to(server.url, clock, retries=2) as http:
        error = raised(post, http)
    assert isinstance(error, Refused)
    assert len(server.seen) == 3


class Idle:
    """Answers the first request of a connection and resets it at the second one, like a connection that was idle."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self._known: list[object] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        if request.transport in self._known:
            request.transport.abort()
            return web.Response()
        self._known.append(request.transport)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        return reply.response()


def test_a_request_that_costs_money_uses_a_new_connection(server: Server) -> None:
    server.replies(Idle(OK))
    with http_to(server.url) as http:
        get(http)
        assert post(http, once=True).status == 200
        assert post(http, once=True).status == 200
    assert [seen.connection for seen in server.seen] == [0, 1, 2]


def test_a_repeated_write_uses_a_new_connection(server: Server, clock: Clock) -> None:
    server.replies(Idle(Reply({"code": "later"}, status=429, headers={"Retry-After": "3"}), OK))
    with http_to(server.url, clock) as http:
        assert post(http).status == 200
    assert [seen.connection for seen in server.seen] == [0, 1]
    assert clock.pauses == [3.0]


# Requests that are never sent


@pytest.mark.parametrize("call", [get, post])
def test_a_refused_connection_names_option_and_reason(clock: Clock, call: Callable[..., Answer]) -> None:
    with serve() as gone:
        url = gone.url
    with http_to(url, clock, retries=2) as http:
        error = raised(call, http)
    assert isinstance(error, Unsent)
    assert "could not be reached: " in str(error)
    assert "Connection refused" in str(error)
    assert "0x" not in str(error)
    assert "Check nexus_url, and that Nexus is running." in str(error)
    assert len(clock.pauses) == 2


def test_an_unknown_host_name(clock: Clock) -> None:
    with http_to("https://host.invalid", clock, retries=0) as http:
        error = raised(get, http)
    assert isinstance(error, Unsent)
    assert "https://host.invalid/thing could not be reached: " in str(error)


def test_a_connection_timeout(clock: Clock) -> None:
    # The queue of the socket is full, since nothing accepts connections. The kernel drops further ones.
    with ExitStack() as stack:
        busy = stack.enter_context(socket.socket())
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        for _place in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(busy.getsockname())
        url = f"http://127.0.0.1:{busy.getsockname()[1]}"
        http = stack.enter_context(http_to(url, clock, timeout=0.1, retries=1))
        error = raised(post, http)
    assert isinstance(error, Unsent)
    assert "did not accept a connection within 0.1 s" in str(error)
    assert "Check nexus_url, the network to the server, and that Nexus is running." in str(error)
    assert len(clock.pauses) == 1


@pytest.fixture
def behind_proxy(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that sets a proxy for all servers."""

    def put(url: str) -> None:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)

    return put


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("call", [get, post])
def test_a_proxy_that_can_not_be_reached(
    clock: Clock, behind_proxy: Callable[[str], None], call: Callable[..., Answer], scheme: str
) -> None:
    with serve() as gone:
        behind_proxy(gone.url)
    with http_to(f"{scheme}://digital.example.com", clock, retries=1) as http:
        error = raised(call, http)
    assert isinstance(error, Unsent)
    assert f"through the proxy {gone.url} (environment variable {scheme}_proxy)" in str(error)
    assert "no_proxy" in str(error)
    assert len(clock.pauses) == 1


@pytest.mark.parametrize("status", [403, 407, 502])
@pytest.mark.parametrize("call", [get, post])
def test_a_proxy_that_refuses_a_tunnel(
    server: Server, clock: Clock, behind_proxy: Callable[[str], None], call: Callable[..., Answer], status: int
) -> None:
    behind_proxy(server.url)
    server.replies(Reply(status=status, headers={"Connection": "close"}))
    with http_to("https://digital.example.com", clock, retries=1) as http:
        error = raised(call, http)
    assert isinstance(error, Unsent)
    assert f"could not be reached through the proxy {server.url}" in str(error)
    assert str(status) in str(error)
    # A proxy that refused a request will refuse it again.
    assert [seen.method for seen in server.seen] == ["CONNECT"] * (2 if status == 502 else 1)


@pytest.mark.parametrize(
    ("scheme", "call", "kind", "sent"),
    [
        ("http", get, "api", 2),
        ("http", post, "unclear", 1),
        # The tunnel does not exist yet.
        ("https", get, "unreachable", 2),
        ("https", post, "unreachable", 2),
    ],
)
def test_a_write_is_unclear_if_the_proxy_closes_the_connection(
    server: Server,
    clock: Clock,
    behind_proxy: Callable[[str], None],
    call: Callable[..., Answer],
    kind: str,
    sent: int,
    scheme: str,
) -> None:
    behind_proxy(server.url)
    server.replies(cut)
    with http_to(f"{scheme}://digital.example.com", clock, retries=1) as http:
        error = raised(call, http)
    assert error.kind == kind
    assert len(server.seen) == sent


@pytest.mark.parametrize(
    "proxy", ["http://[bad", "http://proxy:port", "http://", "ftp://proxy:21", "http://someone:canary@:3128"]
)
@pytest.mark.parametrize("call", [get, post])
def test_a_proxy_with_an_invalid_url_is_named_with_its_variable(
    behind_proxy: Callable[[str], None], call: Callable[..., Answer], proxy: str
) -> None:
    behind_proxy(proxy)
    with http_to("https://digital.example.com") as http:
        error = raised(call, http)
    assert error.kind == "unreachable"
    assert "https_proxy" in str(error)
    assert "nexus_url" not in str(error)
    assert "canary" not in str(error)


def test_a_socks_proxy_without_its_library_is_named_with_both(
    behind_proxy: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_arguments: object, **_options: object) -> None:
        raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")

    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", missing)
    behind_proxy("socks5://someone:canary@127.0.0.1:1080")
    with http_to("https://digital.example.com") as http:
        error = raised(post, http)
    assert error.kind == "unreachable"
    assert "the proxy socks5://127.0.0.1:1080 (environment variable https_proxy)" in str(error)
    assert "PySocks" in str(error)
    assert "nexus_url" not in str(error)
    assert "canary" not in str(error)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_missing_ca_file_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    missing = str(tmp_path / "missing.pem")
    monkeypatch.setenv(name, missing)
    with http_to("https://127.0.0.1:1") as http:
        error = raised(post, http)
    assert error.kind == "unreachable"
    assert missing in str(error)
    assert name in str(error)
    assert "ca_path" not in str(error)


def test_on_macos_the_system_settings_for_proxies_are_not_read(
    server: Server, monkeypatch: pytest.MonkeyPatch, behind_proxy: Callable[[str], None]
) -> None:
    """urllib's function for them can crash a forked process."""

    def crash() -> NoReturn:
        raise AssertionError("the system was asked")

    def get_proxies() -> dict[str, str]:
        return urllib.request.getproxies_environment() or crash()

    def is_bypassed(host: str) -> bool:
        return host in os.environ.get("no_proxy", "") if urllib.request.getproxies_environment() else crash()

    monkeypatch.setattr(sys, "platform", "darwin")
    for module in ("urllib.request", "requests.utils", "requests.compat"):
        monkeypatch.setattr(f"{module}.getproxies", get_proxies)
        monkeypatch.setattr(f"{module}.proxy_bypass", is_bypassed)
    server.replies(OK)
    with http_to(server.url) as http:
        assert get(http).status == 200
    monkeypatch.setenv("no_proxy", "other.example.com")
    with http_to(server.url) as http:
        assert get(http).status == 200
    behind_proxy(server.url)
    with http_to("http://digital.example.com") as http:
        assert get(http).status == 200
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with http_to(server.url) as http:
        assert get(http).status == 200
    assert [seen.headers["host"] for seen in server.seen].count("digital.example.com") == 1


def test_no_proxy_excludes_a_host(
    server: Server, behind_proxy: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    behind_proxy("http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.0/8")
    server.replies(OK)
    with http_to(server.url) as http:
        assert get(http).status == 200


@pytest.mark.parametrize("value", ["canary\n", "canary\r\nx-evil: 1", "canary\u20ac"])
def test_a_header_that_can_not_be_sent_is_not_shown(server: Server, value: str) -> None:
    with http_to(server.url, headers={"x-api-key": value}) as http:
        error = raised(post, http)
    assert isinstance(error, Unsent)
    assert "an option contains a character that HTTP can't send" in str(error)
    assert "canary" not in str(error)
    assert not server.seen


def test_a_number_that_json_can_not_represent_is_not_sent(server: Server) -> None:
    with http_to(server.url) as http:
        error = raised(post, http, body={"data": float("nan")})
    assert isinstance(error, Unsent)
    assert "was not called" in str(error)
    assert not server.seen


def test_no_request_is_sent_to_an_invalid_url() -> None:
    # checks.http_url() refuses such a URL already. This is the second line of defense.
    with http_to("https://digital.example.com:port") as http:
        error = raised(get, http)
    assert isinstance(error, Unsent)
    assert "is not a valid URL. Check nexus_url." in str(error)


def test_a_missing_requests_library_does_not_fail_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    # A second copy of the module is loaded, so that other tests keep theirs.
    monkeypatch.setitem(sys.modules, "requests", None)
    assert _http.__spec__ is not None
    name = f"{_http.__package__}.copy_of_http"
    copy = module_from_spec(spec_from_file_location(name, _http.__file__) or _http.__spec__)
    monkeypatch.setitem(sys.modules, name, copy)
    assert copy.__spec__ is not None
    assert copy.__spec__.loader is not None
    copy.__spec__.loader.exec_module(copy)
    assert isinstance(copy.REQUESTS_MISSING, ImportError)
    assert _http.REQUESTS_MISSING is None


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return a certificate authority that is not trusted by default."""
    return trustme.CA()


@contextmanager
def tls_server(authority: trustme.CA, *, wants_client: bool = False) -> Iterator[Server]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    if wants_client:
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
    with serve(context) as server:
        server.replies(OK)
        yield server


def pem(path: Path, *blobs: trustme.Blob) -> str:
    """Write a PEM file and return its path."""
    path.write_bytes(b"".join(blob.bytes() for blob in blobs))
    return str(path)


def test_an_unknown_authority_is_not_trusted(authority: trustme.CA, clock: Clock) -> None:
    with tls_server(authority) as server, http_to(server.url, clock) as http:
        error = raised(post, http)
    assert isinstance(error, Unsent)
    assert "failed the TLS handshake: " in str(error)
    assert "certificate verify failed" in str(error)
    assert "Set ca_path" in str(error)
    assert not server.seen
    assert not clock.pauses


def test_a_known_authority_is_trusted(authority: trustme.CA, tmp_path: Path) -> None:
    with (
        tls_server(authority) as server,
        http_to(server.url, ca_path=pem(tmp_path / "ca", authority.cert_pem)) as http,
    ):
        assert get(http).status == 200


def test_a_certificate_with_another_host_name_is_refused(authority: trustme.CA, tmp_path: Path) -> None:
    with tls_server(authority) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        with http_to(url, ca_path=pem(tmp_path / "ca", authority.cert_pem), retries=0) as http:
            error = raised(get, http)
    assert "failed the TLS handshake" in str(error)
    assert not server.seen


def test_certificates_are_not_verified_if_validate_certs_is_false(authority: trustme.CA) -> None:
    with tls_server(authority) as server, http_to(server.url, validate_certs=False, ca_path="unused") as http:
        assert get(http).status == 200


@pytest.mark.parametrize("together", [True, False])
def test_a_client_certificate_is_sent(authority: trustme.CA, tmp_path: Path, together: bool) -> None:
    client = authority.issue_cert("client@example.com")
    options: dict[str, Any] = {"ca_path": pem(tmp_path / "ca", authority.cert_pem)}
    if together:
        options["client_cert"] = pem(tmp_path / "both", client.private_key_and_cert_chain_pem)
    else:
        options["client_cert"] = pem(tmp_path / "cert", *client.cert_chain_pems)
        options["client_key"] = pem(tmp_path / "key", client.private_key_pem)
    with tls_server(authority, wants_client=True) as server, http_to(server.url, **options) as http:
        assert get(http).status == 200


def test_a_missing_client_certificate(authority: trustme.CA, tmp_path: Path, clock: Clock) -> None:
    with (
        tls_server(authority, wants_client=True) as server,
        http_to(server.url, clock, ca_path=pem(tmp_path / "ca", authority.cert_pem)) as http,
    ):
        error = raised(post, http)
    assert not server.seen
    # With TLS 1.3 the client gets the refusal only after it sent its request.
    assert isinstance(error, (Unsent, Unclear))


def test_a_write_whose_tls_connection_breaks_is_unclear(authority: trustme.CA, tmp_path: Path, clock: Clock) -> None:
    with (
        tls_server(authority) as server,
        http_to(server.url, clock, ca_path=pem(tmp_path / "ca", authority.cert_pem)) as http,
    ):
        server.replies(cut)
        error = raised(post, http)
    assert isinstance(error, Unclear)
    assert len(server.seen) == 1


@pytest.mark.parametrize("option", ["ca_path", "client_cert", "client_key"])
def test_a_missing_certificate_file_is_named(authority: trustme.CA, tmp_path: Path, clock: Clock, option: str) -> None:
    missing = str(tmp_path / "missing.pem")
    options: dict[str, Any] = {option: missing}
    if option == "client_key":
        options["client_cert"] = pem(tmp_path / "cert", authority.cert_pem)
    with tls_server(authority) as server, http_to(server.url, clock, **options) as http:
        error = raised(post, http)
    assert isinstance(error, Unsent)
    assert missing in str(error)
    assert "Check ca_path, client_cert and client_key" in str(error)
    assert not server.seen


def test_https_to_a_server_without_tls(server: Server, clock: Clock) -> None:
    with http_to(server.url.replace("http:", "https:"), clock, retries=0) as http:
        error = raised(post, http)
    assert error.kind == "unreachable"
    assert "failed the TLS handshake" in str(error)
    assert "the scheme (https), the host, the port and the path of nexus_url" in str(error)
    assert not server.seen


def test_http_to_a_server_with_tls(authority: trustme.CA, clock: Clock) -> None:
    with tls_server(authority) as server, http_to(server.url.replace("https:", "http:"), clock, retries=0) as http:
        error = raised(post, http)
    assert error.kind == "unclear"
    assert "whether nexus_url should begin with https" in str(error)
    assert not server.seen


def test_a_connection_has_the_defaults_of_the_options() -> None:
    connection = Connection("Nexus", "nexus_url", "https://h")
    for option in ("validate_certs", "timeout", "retries", "time_limit"):
        assert getattr(connection, option) == HTTP[option]["default"]


@pytest.mark.parametrize(("size", "is_refused"), [(1000, False), (1001, True)])
def test_a_response_may_be_as_large_as_the_limit(
    server: Server, monkeypatch: pytest.MonkeyPatch, size: int, is_refused: bool
) -> None:
    monkeypatch.setattr(_http, "BODY_LIMIT", 1000)
    server.replies(Reply(b'"' + b"x" * (size - 2) + b'"'))
    with http_to(server.url) as http:
        if is_refused:
            assert raised(get, http).kind == "unreadable"
        else:
            assert len(get(http).body) == size - 2
