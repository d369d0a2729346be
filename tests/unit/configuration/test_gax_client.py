# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configuration over GAX: whole objects, read before and after each write.

The code is `_configuration/gax_client.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.gax_client import (
    GaxConfiguration,
    Login,
    _signed_out,
    changed_object,
    missing,
    parse_object,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import (
    Delta,
    Sections,
    Transaction,
    delta,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    ApiError,
    Intermediary,
    Overwritten,
    Refused,
    Stale,
    Unclear,
    Unreadable,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from unit.doubles import Reply, Server, cut, serve
from unit.properties import given, st

NAME = "NexusServices"
LIST = "/gax/api/cfg/objects"
ONE = f"{LIST}/CfgTransaction/105"
LOGIN = "/gax/api/session/login"
IN = Reply(status=204, headers={"Set-Cookie": "JSESSIONID=canary-session-1; Path=/"})
PAGE = Reply("<html>Sign in</html>", headers={"Content-Type": "text/html"})

PROPERTIES = [
    {"section": "chat.Web", "key": "media", "value": "chat", "hint": "kept"},
    {"section": "other", "key": "a", "value": "1"},
    {"section": "chat.Web", "key": "channelId", "value": "web"},
    {"section": "gone", "key": "x", "value": "canary-value"},
]
FOUND: dict[str, Any] = {
    "type": "CfgTransaction",
    "dbid": "105",
    "name": NAME,
    "folderid": "12",
    "userproperties": {"property": PROPERTIES, "more": "kept"},
}
CHANGE = Delta(
    added={"chat.SMS": {"media": "chat"}, "other": {"b": "2"}},
    changed={"other": {"a": "canary-new"}},
    deleted={"chat.Web": {"channelId": "web"}},
    deleted_sections=("gone",),
)
CHANGED = {
    **FOUND,
    "userproperties": {
        "property": [
            PROPERTIES[0],
            {"section": "other", "key": "a", "value": "canary-new"},
            {"section": "chat.SMS", "key": "media", "value": "chat"},
            {"section": "other", "key": "b", "value": "2"},
        ],
        "more": "kept",
    },
}
READ = Transaction(105, NAME, parse_object(FOUND).sections)


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


def client(server: Server, **options: Any) -> GaxConfiguration:
    secrets = options.pop("secrets", Secrets())
    connection = Connection("GAX", "gax_url", server.url, **{"retries": 0, "timeout": 0.5, **options})
    return GaxConfiguration(connection, Login("provisioner", "canary-password"), secrets)


def test_one_login_serves_all_requests_by_its_cookie(server: Server) -> None:
    server.replies(IN, Reply([FOUND]))
    gax = client(server)
    assert gax.read(NAME) == READ
    gax.read(NAME)
    gax.close()
    assert server.calls == [f"POST {LOGIN}", f"GET {LIST}", f"GET {LIST}"]
    assert server.seen[0].json() == {
        "username": "provisioner",
        "password": "canary-password",
        "isPasswordEncrypted": False,
    }
    assert server.seen[1].query == {"brief": "false", "type": "CfgTransaction", "name": NAME}
    assert [seen.headers.get("cookie") for seen in server.seen] == [None] + 2 * ["JSESSIONID=canary-session-1"]


def test_the_password_is_a_secret() -> None:
    secrets = Secrets()
    GaxConfiguration(Connection("GAX", "gax_url", "http://localhost"), Login("u", "canary-password"), secrets)
    assert secrets.scrub("canary-password") == "********"


@pytest.mark.parametrize(
    ("body", "phrase"),
    [
        ([], "has no transaction NexusServices in this tenant. Check that gax_username"),
        ([{**FOUND, "name": "Reports"}], "has no transaction NexusServices"),
        ([FOUND, FOUND], "lists 2 transactions named NexusServices. Use a gax_username"),
        ({"objects": []}, "not in a known format: it is not a list of objects. Check that gax_url"),
        ([{**FOUND, "dbid": "abc"}], "not in a known format: the transaction"),
        ([{"name": NAME}], "not in a known format: the transaction"),
        ([{**FOUND, "dbid": True}], "not in a known format: the transaction"),
        ([{**FOUND, "userproperties": {"property": {"section": "a"}}}], "not in a known format: the transaction"),
        (
            [{**FOUND, "userproperties": {"property": [{"section": 1, "key": "b", "value": "c"}]}}],
            "not in a known format",
        ),
        ([{**FOUND, "userproperties": {"property": ["a"]}}], "not in a known format: the transaction"),
        (
            [{**FOUND, "userproperties": {"property": [{"section": "a", "key": "b", "value": {}}]}}],
            "not in a known format",
        ),
        (
            [{**FOUND, "userproperties": {"property": [{"section": "a", "value": "b"}]}}],
            "not in a known format: the transaction",
        ),
        ([{**FOUND, "userproperties": "none"}], "not in a known format: the transaction"),
    ],
)
def test_an_unusable_response_to_the_read_is_an_error(server: Server, body: Any, phrase: str) -> None:
    server.replies(IN, Reply(body))
    with pytest.raises(ApiError) as raised:
        client(server).read(NAME)
    assert phrase in str(raised.value)


def test_a_transaction_without_options(server: Server) -> None:
    server.replies(IN, Reply([{**FOUND, "userproperties": {"property": []}}]))
    assert client(server).read(NAME).sections == {}


NO_ANNEX: tuple[Any, ...] = (None, {}, [], "", {"property": None}, {"property": ""})
WITHOUT_ANNEX: list[dict[str, Any]] = [
    {key: value for key, value in FOUND.items() if key != "userproperties"},
    *({**FOUND, "userproperties": annex} for annex in NO_ANNEX),
]


@pytest.mark.parametrize("found", WITHOUT_ANNEX)
def test_an_object_without_its_annex_is_an_error_and_not_empty(server: Server, found: dict[str, Any]) -> None:
    server.replies(IN, Reply([found]))
    with pytest.raises(Unreadable, match="add a first one in Platform Administration"):
        client(server).read(NAME)
    # Not even if the list had the whole object before.
    server.replies(IN, Reply(found))
    with pytest.raises(Unreadable):
        client(server).write(READ, CHANGE)
    assert not [seen for seen in server.seen if seen.method == "PUT"]


def test_one_property_may_come_as_an_object(server: Server) -> None:
    one = {**FOUND, "userproperties": {"property": PROPERTIES[1], "more": "kept"}}
    after = {**FOUND, "userproperties": {"property": [PROPERTIES[1], {"section": "a", "key": "b", "value": "c"}]}}
    server.replies(IN, Reply([one]), Reply(one), Reply(status=204), Reply(after))
    gax = client(server)
    transaction = gax.read(NAME)
    assert transaction == Transaction(105, NAME, {"other": {"a": "1"}})
    gax.write(transaction, Delta(added={"a": {"b": "c"}}))
    sent = server.seen[3].json()["userproperties"]
    assert sent == {"property": [PROPERTIES[1], {"section": "a", "key": "b", "value": "c"}], "more": "kept"}


ODD = [
    {"section": "chat.A", "key": "channelId", "value": "1"},
    {"section": "chat.A", "key": "note", "value": None},
    {"section": "chat.A", "key": "channelId", "value": "2"},
    {"section": "chat.B", "key": "note", "value": None},
]


def test_options_listed_twice_or_null_give_a_warning_and_are_kept(server: Server) -> None:
    found = {**FOUND, "userproperties": {"property": ODD}}
    changed = [*ODD[:3], {"section": "chat.B", "key": "note", "value": "x"}]
    server.replies(
        IN, Reply([found]), Reply(found), Reply(status=204), Reply({"userproperties": {"property": changed}})
    )
    gax = client(server)
    transaction = gax.read(NAME)
    assert transaction.sections == {"chat.A": {"channelId": "2", "note": ""}, "chat.B": {"note": ""}}
    twice, empty = transaction.oddities
    assert "channelId in chat.A more than once" in twice
    assert "note in chat.A, note in chat.B without a value" in empty
    gax.write(transaction, Delta(changed={"chat.B": {"note": "x"}}))
    assert server.seen[3].json()["userproperties"]["property"] == changed


@pytest.mark.parametrize("wrap", [lambda found: found, lambda found: [found]])
def test_a_write_reads_the_object_before_and_after(server: Server, wrap: Any) -> None:
    server.replies(IN, Reply(wrap(FOUND)), Reply(status=204), Reply(wrap(CHANGED)))
    client(server).write(READ, CHANGE)
    assert server.calls == [f"POST {LOGIN}", f"GET {ONE}", f"PUT {ONE}", f"GET {ONE}"]
    assert server.seen[2].json() == CHANGED
    assert "if-match" not in server.seen[2].headers


def test_a_change_by_someone_else_before_the_write_is_stale(server: Server) -> None:
    other = [*PROPERTIES, {"section": "theirs", "key": "a", "value": "b"}]
    server.replies(IN, Reply({**FOUND, "userproperties": {"property": other}}))
    with pytest.raises(Stale, match="Someone else"):
        client(server).write(READ, CHANGE)
    assert server.calls == [f"POST {LOGIN}", f"GET {ONE}"]


def test_a_strong_etag_is_sent_as_if_match_and_412_is_stale(server: Server) -> None:
    server.replies(IN, Reply(FOUND, headers={"ETag": '"7"'}), Reply({"message": "changed"}, 412))
    with pytest.raises(Stale, match="Someone else") as raised:
        client(server).write(READ, CHANGE)
    assert isinstance(raised.value.__cause__, Refused)
    assert server.seen[2].headers["if-match"] == '"7"'


@pytest.mark.parametrize("etag", ['W/"7"', "7", '"7', "", '"7\xe9"'])
def test_a_weak_or_malformed_etag_is_not_sent_as_if_match(server: Server, etag: str) -> None:
    server.replies(IN, Reply(FOUND, headers={"ETag": etag}), Reply(status=204), Reply(CHANGED))
    client(server).write(READ, CHANGE)
    assert "if-match" not in server.seen[2].headers


def test_a_refused_write_is_an_error_with_the_servers_message(server: Server) -> None:
    server.replies(IN, Reply(FOUND), Reply({"message": "no such folder"}, 400))
    with pytest.raises(Refused, match="no such folder"):
        client(server).write(READ, CHANGE)


@pytest.mark.parametrize(
    ("now", "lost"),
    [
        (FOUND, ["chat.SMS media", "chat.Web channelId", "gone", "other a", "other b"]),
        ({**CHANGED, "userproperties": {"property": CHANGED["userproperties"]["property"][:-1]}}, ["other b"]),
    ],
)
def test_a_write_that_someone_else_overwrote_raises_overwritten(server: Server, now: Any, lost: list[str]) -> None:
    server.replies(IN, Reply(FOUND), Reply(status=204), Reply(now))
    with pytest.raises(Overwritten) as raised:
        client(server).write(READ, CHANGE)
    assert f"These parts of the change are lost: {', '.join(lost)}" in str(raised.value)
    assert "canary" not in str(raised.value)
    assert raised.value.changed
    assert raised.value.details() == {"kind": "overwritten"}


def test_other_changes_during_the_write_are_no_error(server: Server) -> None:
    more = [*CHANGED["userproperties"]["property"], {"section": "theirs", "key": "a", "value": "b"}]
    server.replies(IN, Reply(FOUND), Reply(status=204), Reply({**CHANGED, "userproperties": {"property": more}}))
    client(server).write(READ, CHANGE)


@pytest.mark.parametrize("back", [Reply({"message": "later"}, 500), cut, Reply([]), Reply({"userproperties": 1})])
def test_a_write_that_can_not_be_read_back_is_unclear(server: Server, back: Any) -> None:
    server.replies(IN, Reply(FOUND), Reply(status=204), back)
    with pytest.raises(Unclear, match="accepted the change, but it could not be read back"):
        client(server).write(READ, CHANGE)


SIGNED_OUT = [
    Reply({"message": "no session"}, 401),
    Reply({"message": "no session"}, 403),
    Reply(status=302, headers={"Location": "/gax/ui/login"}),
]


@pytest.mark.parametrize("out", [*SIGNED_OUT, PAGE])
def test_a_read_after_the_end_of_a_session_logs_in_again(server: Server, out: Reply) -> None:
    server.replies(IN, Reply([FOUND]), out, IN, Reply([FOUND]))
    gax = client(server)
    gax.read(NAME)
    assert gax.read(NAME) == READ
    assert server.calls == [f"POST {LOGIN}", f"GET {LIST}", f"GET {LIST}", f"POST {LOGIN}", f"GET {LIST}"]
    # The login does not send the old session.
    assert "cookie" not in server.seen[3].headers


@pytest.mark.parametrize("out", SIGNED_OUT)
def test_a_write_refused_with_an_expired_session_is_sent_again(server: Server, out: Reply) -> None:
    server.replies(IN, Reply(FOUND), out, IN, Reply(status=204), Reply(CHANGED))
    client(server).write(READ, CHANGE)
    assert server.calls[2:] == [f"PUT {ONE}", f"POST {LOGIN}", f"PUT {ONE}", f"GET {ONE}"]


def test_a_page_in_response_to_a_write_makes_it_unclear(server: Server) -> None:
    server.replies(IN, Reply(FOUND), PAGE, IN, Reply([FOUND]))
    gax = client(server)
    with pytest.raises(Unclear, match="not JSON"):
        gax.write(READ, CHANGE)
    assert gax.read(NAME) == READ
    assert server.calls[3:] == [f"POST {LOGIN}", f"GET {LIST}"]


@pytest.mark.parametrize(
    ("out", "phrase"),
    [
        (SIGNED_OUT[0], "may read and change transactions"),
        (SIGNED_OUT[1], "may read and change transactions"),
        (PAGE, "Check that gax_url is the base URL of GAX"),
    ],
)
def test_a_refusal_right_after_a_login_does_not_log_in_again(server: Server, out: Reply, phrase: str) -> None:
    server.replies(IN, out)
    with pytest.raises(ApiError, match=phrase) as raised:
        client(server).read(NAME)
    # The login succeeded, so the message must not name the password.
    assert "gax_password" not in str(raised.value)
    assert "GAX did not accept the session (cookies sent: JSESSIONID). Check" in str(raised.value)
    assert server.calls == [f"POST {LOGIN}", f"GET {LIST}"]


@pytest.mark.parametrize(
    ("answer", "phrases"),
    [
        (
            Reply({"message": "Invalid"}, 401),
            ["Could not log in to GAX as provisioner", "Check gax_username and gax_p"],
        ),
        (
            Reply({"message": "Invalid"}, 403),
            ["Could not log in to GAX as provisioner", "Check gax_username and gax_p"],
        ),
        (Reply({"message": "Invalid"}, 404), ["Check gax_url. It is the base URL, without /gax/api"]),
        (PAGE, ["Could not log in to GAX", "Check that gax_url is the base URL of GAX, not of a login page"]),
    ],
)
def test_a_failed_login_names_the_options_to_check(server: Server, answer: Reply, phrases: list[str]) -> None:
    server.replies(answer)
    with pytest.raises(ApiError) as raised:
        client(server).read(NAME)
    assert [phrase for phrase in phrases if phrase not in str(raised.value)] == []
    assert server.calls == [f"POST {LOGIN}"]


def test_a_read_is_retried_and_a_write_is_not(server: Server) -> None:
    server.replies(IN, Reply(status=503), Reply(FOUND), Reply(status=503))
    with pytest.raises(Unclear, match="503"):
        client(server, retries=1).write(READ, CHANGE)
    assert server.calls == [f"POST {LOGIN}", f"GET {ONE}", f"GET {ONE}", f"PUT {ONE}"]


def test_a_login_is_retried(server: Server) -> None:
    server.replies(Reply(status=503), IN, Reply([FOUND]))
    assert client(server, retries=1).read(NAME) == READ
    assert server.calls == [f"POST {LOGIN}", f"POST {LOGIN}", f"GET {LIST}"]


@pytest.mark.parametrize("status", [400, 404])
def test_only_401_and_403_to_a_login_name_the_password(server: Server, status: int) -> None:
    server.replies(Reply({"message": "Invalid"}, status))
    with pytest.raises(Refused) as raised:
        client(server).read(NAME)
    assert "gax_password" not in str(raised.value)


def test_a_login_that_something_in_front_of_gax_refused_does_not_name_the_password(server: Server) -> None:
    server.replies(Reply("<html>Forbidden</html>", 403, {"Content-Type": "text/html"}))
    with pytest.raises(Intermediary) as raised:
        client(server).read(NAME)
    assert "gax_password" not in str(raised.value)


def test_the_cookie_of_the_session_is_a_secret(server: Server) -> None:
    server.replies(IN, Reply([FOUND]))
    secrets = Secrets()
    client(server, secrets=secrets).read(NAME)
    assert secrets.scrub("canary-session-1") == "********"


def test_a_refusal_after_an_accepted_session_does_not_name_the_session(server: Server) -> None:
    server.replies(IN, Reply([FOUND]), SIGNED_OUT[0], IN, SIGNED_OUT[0])
    gax = client(server)
    gax.read(NAME)
    with pytest.raises(Refused, match="may read and change transactions") as raised:
        gax.read(NAME)
    assert "did not accept the session" not in str(raised.value)


def test_close_closes_the_connection(server: Server) -> None:
    server.replies(IN, Reply([FOUND]))
    gax = client(server)
    gax.read(NAME)
    gax.close()
    gax.read(NAME)
    assert [seen.connection for seen in server.seen] == [0, 0, 1]


@pytest.mark.parametrize(
    ("status", "may"),
    [
        (None, False),
        (200, True),
        (299, False),
        (300, True),
        (399, True),
        (400, False),
        (401, True),
        (403, True),
        (404, False),
    ],
)
def test_the_statuses_of_a_session_that_has_ended(status: int | None, may: bool) -> None:
    assert _signed_out(ApiError("read", "https://gax", "answered", "Look", status=status)) is may


texts = st.text(alphabet="abc", min_size=1, max_size=2)
options = st.dictionaries(texts, texts, min_size=1, max_size=3)
all_sections: st.SearchStrategy[Sections] = st.dictionaries(texts, options, max_size=3)


def as_object(sections: Sections) -> dict[str, Any]:
    properties = [
        {"section": section, "key": key, "value": value, "extra": f"{section}/{key}"}
        for section, options in sections.items()
        for key, value in options.items()
    ]
    return {**FOUND, "userproperties": {"property": properties, "more": "kept"}}


@given(all_sections, all_sections)
def test_a_changed_object_has_the_change_and_keeps_everything_else(before: Sections, after: Sections) -> None:
    found = as_object(before)
    kept = json.loads(json.dumps(found))
    change = delta(before, after)
    changed = changed_object(found, change)
    assert found == kept
    assert parse_object(changed).sections == after
    assert {key: value for key, value in changed.items() if key != "userproperties"} == {
        key: value for key, value in found.items() if key != "userproperties"
    }
    assert changed["userproperties"]["more"] == "kept"
    # Properties that stay keep their order and their unknown keys.
    old = [item["extra"] for item in found["userproperties"]["property"]]
    new = [item["extra"] for item in changed["userproperties"]["property"] if "extra" in item]
    assert new == [name for name in old if name in new]
    assert missing(change, after) == []
    assert bool(missing(change, before)) == bool(change)
