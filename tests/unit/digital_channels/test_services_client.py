# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of Digital Channels: requests, and responses of all kinds of servers.

The code is `_digital_channels/services_client.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import ApiError, Refused, SmsError, Unclear
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import (
    Document,
    ServicesClient,
    Sight,
    is_masked,
)
from unit.doubles import Fault, Reply, Server, cut
from unit.properties import given, st

CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
BASE = f"/nexus/v3/provisioning/services/{CCID}"
BODY = {"url": "https://kaleyra", "data": {"a": 1}, "secret": {"password": "canary-1"}}
DOCUMENT = Document("https://kaleyra", {"a": 1}, {"password": "canary-1"})
MISSING = Reply({"status": {"code": 404, "message": "not found"}}, status=404)
# The same with only the code.
CODED = Reply({"status": {"code": 404, "message": "not found"}}, status=400)
EXISTS = Reply({"status": {"code": 409, "message": "exists"}}, status=400)
# Responses of web servers, proxies and frameworks to an unknown path.
UNCODED = [Reply(status=404), Reply("<html>", status=404), Reply({"status": 404, "error": "Not Found"}, status=404)]
NO_CALL = Reply(status=405)


def wrapped(body: Any) -> Reply:
    return Reply({"status": {"code": 0}, "data": body})


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture
def client(server: Server, secrets: Secrets) -> Iterator[ServicesClient]:
    connection = Connection("Digital Channels", "nexus_url", server.url, retries=0)
    with closing(ServicesClient(connection, "key-1", CCID, secrets)) as made:
        yield made


def test_each_request_carries_the_key_and_the_tenant(server: Server, client: ServicesClient) -> None:
    server.replies(Reply(BODY))
    client.look("SMS")
    client.write("SMS", DOCUMENT)
    client.delete("SMS")
    server.replies(Reply({}))
    client.list()
    for seen in server.seen:
        assert seen.headers["x-api-key"] == "key-1"
        assert seen.headers["x-ccid"] == CCID
    assert server.calls == [f"GET {BASE}/SMS", f"POST {BASE}/SMS", f"DELETE {BASE}/SMS", f"GET {BASE}"]


@pytest.mark.parametrize(
    ("document", "body"),
    [
        (DOCUMENT, BODY),
        (Document(None, {}, {}), {"data": {}, "secret": {}}),
        (Document("N/A", {"provider": "mGage"}, None), {"url": "N/A", "data": {"provider": "mGage"}, "secret": {}}),
    ],
)
def test_a_document_is_sent_as_the_contract_says(
    server: Server, client: ServicesClient, document: Document, body: dict[str, Any]
) -> None:
    client.write("SMS", document)
    assert server.seen[0].json() == body
    assert server.seen[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("reply", [Reply(BODY), wrapped(BODY), wrapped({**BODY, "id": "SMS"})])
def test_a_service_is_read_bare_or_wrapped(
    server: Server, client: ServicesClient, secrets: Secrets, reply: Reply
) -> None:
    server.replies(reply)
    assert client.look("SMS") == Sight("present", DOCUMENT)
    assert "canary-1" not in secrets.scrub("it is canary-1")


@pytest.mark.parametrize(
    ("body", "document"),
    [
        ({}, Document(None, {}, None)),
        ({"url": None, "data": None, "secret": None}, Document(None, {}, None)),
        ({"data": {}, "secret": {}}, Document(None, {}, {})),
    ],
)
def test_missing_parts_of_a_document_are_none_or_empty(
    server: Server, client: ServicesClient, body: dict[str, Any], document: Document
) -> None:
    server.replies(Reply(body))
    assert client.look("SMS") == Sight("present", document)


def test_a_mask_is_not_added_to_the_secrets(server: Server, client: ServicesClient, secrets: Secrets) -> None:
    server.replies(Reply({"secret": {"password": "********", "pin": 4711, "list": ["canary"]}}))
    client.look("SMS")
    assert secrets.scrub(["********", "no"]) == ["********", "no"]
    assert "4711" not in str(secrets.scrub(["is 4711", "canary"]))
    assert "canary" not in str(secrets.scrub(["is 4711", "canary"]))


@pytest.mark.parametrize(
    "body", [None, [], 5, {"url": 5}, {"data": []}, {"data": "x"}, {"secret": "***"}, {"secret": [1]}]
)
@pytest.mark.parametrize("wrap", [Reply, wrapped])
def test_a_document_in_an_unknown_format_is_an_error(
    server: Server, client: ServicesClient, body: Any, wrap: Any
) -> None:
    server.replies(wrap(body))
    with pytest.raises(
        ApiError, match=r"a response that is not in a known format.*Check that nexus_url is the base URL"
    ) as caught:
        client.look("SMS")
    assert caught.value.status == 200


@pytest.mark.parametrize(
    ("replies", "state"),
    [
        ([NO_CALL], "unreadable"),
        ([Reply(status=501)], "unreadable"),
        # A service that is not found may be in the list. Without a list, the sender of the 404 decides.
        *[([reply, trouble], "unreadable") for reply in UNCODED for trouble in (*UNCODED, CODED, NO_CALL)],
        *[([reply, Reply([])], "absent") for reply in (*UNCODED, CODED)],
        *[([reply, wrapped({"SMS": BODY})], "present") for reply in (*UNCODED, CODED)],
        ([UNCODED[0], Reply(status=403)], "unreadable"),
        ([CODED, UNCODED[0]], "doubtful"),
        ([CODED, CODED], "doubtful"),
        ([MISSING, UNCODED[0]], "doubtful"),
        ([MISSING, Reply({"status": {"code": "404"}}, status=400)], "doubtful"),
        ([Reply({"status": {"code": "404"}}, status=400), Reply([])], "absent"),
        ([MISSING, Reply(status=403)], "doubtful"),
        ([MISSING, Reply("not JSON")], "doubtful"),
        ([MISSING, wrapped([5])], "doubtful"),
        ([MISSING, MISSING], "doubtful"),
        ([MISSING, NO_CALL], "doubtful"),
        ([MISSING, Reply([])], "absent"),
        ([MISSING, wrapped({"Other": BODY})], "absent"),
        ([MISSING, wrapped({"SMS": BODY})], "present"),
    ],
)
def test_look_returns_the_sight_of_a_service(
    server: Server, client: ServicesClient, replies: list[Reply], state: str
) -> None:
    server.replies(*replies)
    sight = client.look("SMS")
    assert sight.state == state
    assert sight.document == (DOCUMENT if state == "present" else None)
    assert len(server.seen) == len(replies)


@pytest.mark.parametrize(
    "body",
    [
        {"SMS": BODY, "Async": {}},
        [{"service": "SMS", **BODY}, {"service": "Async"}],
        [{"name": "Async"}, {"name": "SMS", **BODY}],
        [{"id": "Async"}, {"id": "SMS", **BODY}],
        [{"id": 5, "name": "SMS", **BODY}, {"id": 6, "service": "Async", "name": "x"}],
    ],
)
@pytest.mark.parametrize("wrap", [Reply, wrapped])
def test_all_services_are_listed_by_name(server: Server, client: ServicesClient, body: Any, wrap: Any) -> None:
    server.replies(wrap(body))
    listed = client.list()
    assert listed == {"Async": Document(None, {}, None), "SMS": DOCUMENT}
    assert list(listed) == ["Async", "SMS"]


@pytest.mark.parametrize("body", [None, "text", 5, ["SMS"], [{}], [{"id": 5}], {"SMS": "text"}, [[BODY]]])
def test_a_list_in_an_unknown_format_is_an_error(server: Server, client: ServicesClient, body: Any) -> None:
    server.replies(wrapped(body))
    with pytest.raises(ApiError, match="a response that is not in a known format"):
        client.list()


@pytest.mark.parametrize("reply", [Reply(status=404), NO_CALL, Reply(status=501), MISSING, CODED])
def test_list_returns_none_if_the_server_has_no_list(server: Server, client: ServicesClient, reply: Reply) -> None:
    server.replies(reply)
    assert client.list() is None


@pytest.mark.parametrize("code", [400, 409, 4040])
def test_another_code_with_400_is_refused(server: Server, client: ServicesClient, code: int) -> None:
    server.replies(Reply({"status": {"code": code}}, status=400))
    with pytest.raises(Refused, match=rf"answered 400 \(code {code}\)"):
        client.look("SMS")
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "remedy"), [(401, "Check api_key."), (403, f"Check that api_key may provision the tenant {CCID}.")]
)
def test_a_refusal_names_the_remedy(server: Server, client: ServicesClient, status: int, remedy: str) -> None:
    server.replies(Reply(status=status))
    for call in (
        client.list,
        lambda: client.look("SMS"),
        lambda: client.write("SMS", DOCUMENT),
        lambda: client.delete("SMS"),
    ):
        with pytest.raises(Refused) as caught:
            call()
        assert str(caught.value).endswith(remedy)


@pytest.mark.parametrize("fault", [Reply(status=500), cut])
def test_a_failed_list_is_an_error(server: Server, client: ServicesClient, fault: Reply | Fault) -> None:
    server.replies(MISSING, fault)
    with pytest.raises(ApiError, match="Could not list the services"):
        client.look("SMS")


@pytest.mark.parametrize("reply", [Reply(status=409), EXISTS])
def test_a_409_to_the_post_is_followed_by_a_put(server: Server, client: ServicesClient, reply: Reply) -> None:
    server.replies(reply, Reply())
    client.write("SMS", DOCUMENT)
    assert server.calls == [f"POST {BASE}/SMS", f"PUT {BASE}/SMS"]
    assert server.seen[0].json() == server.seen[1].json() == BODY


@pytest.mark.parametrize("reply", [Reply(status=409), EXISTS])
def test_create_returns_false_on_409_and_sends_no_put(server: Server, client: ServicesClient, reply: Reply) -> None:
    server.replies(reply, Reply())
    assert client.create("SMS", DOCUMENT) is False
    assert client.create("SMS", DOCUMENT) is True
    assert server.calls == [f"POST {BASE}/SMS"] * 2


@pytest.mark.parametrize("status", [400, 404, 422])
def test_another_refusal_of_the_post_is_not_followed_by_a_put(
    server: Server, client: ServicesClient, status: int
) -> None:
    server.replies(Reply({"status": {"code": 5, "message": "No"}}, status=status))
    with pytest.raises(Refused, match=rf"Could not write the service SMS: .* answered {status} \(code 5\): No"):
        client.write("SMS", DOCUMENT)
    assert len(server.seen) == 1


def test_a_write_without_a_response_is_unclear(server: Server, client: ServicesClient) -> None:
    server.replies(cut)
    with pytest.raises(Unclear):
        client.write("SMS", DOCUMENT)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("reply", "was_there"), [(Reply(status=204), True), (wrapped(None), True), (MISSING, False), (CODED, False)]
)
def test_delete_returns_whether_the_service_existed(
    server: Server, client: ServicesClient, reply: Reply, was_there: bool
) -> None:
    server.replies(reply)
    assert client.delete("SMS") is was_there


@pytest.mark.parametrize("reply", [*UNCODED, NO_CALL, Reply(status=501)])
def test_a_server_without_delete_is_unsupported(server: Server, client: ServicesClient, reply: Reply) -> None:
    server.replies(reply)
    with pytest.raises(SmsError) as caught:
        client.delete("SMS")
    assert caught.value.kind == ("intermediary" if reply in UNCODED[1:] else "unsupported")
    assert str(reply.status) in str(caught.value)
    assert "nexus_url" in str(caught.value)
    assert caught.value.changed is False


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x", "***"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["url", "data", "secret", "status", "code", "service", "name", "id"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_response_is_either_read_or_an_api_error(server: Server, client: ServicesClient, body: Any) -> None:
    server.replies(Reply(body))
    for call in (client.list, lambda: client.look("SMS")):
        with suppress(SmsError):
            assert call() is not None


@pytest.fixture
def patient(server: Server, secrets: Secrets) -> Iterator[ServicesClient]:
    """A client that repeats a request once."""
    connection = Connection("Digital Channels", "nexus_url", server.url, retries=1)
    with closing(ServicesClient(connection, "key-1", CCID, secrets)) as made:
        yield made


def test_reads_are_retried(server: Server, patient: ServicesClient) -> None:
    server.replies(Reply(status=503), Reply(BODY))
    assert patient.look("SMS").document == DOCUMENT
    server.replies(Reply(status=503), wrapped([]))
    patient.list()
    assert server.calls == [f"GET {BASE}/SMS"] * 2 + [f"GET {BASE}"] * 2


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_replacement_and_a_deletion_are_not_retried(server: Server, patient: ServicesClient, method: str) -> None:
    if method == "PUT":
        server.replies(EXISTS, Reply(status=503))
        with pytest.raises(ApiError):
            patient.write("SMS", DOCUMENT)
    else:
        server.replies(Reply(status=503))
        with pytest.raises(ApiError):
            patient.delete("SMS")
    assert server.calls.count(f"{method} {BASE}/SMS") == 1


def test_close_closes_the_connection(server: Server, client: ServicesClient) -> None:
    server.replies(Reply(BODY))
    client.look("SMS")
    client.close()
    client.look("SMS")
    assert [seen.connection for seen in server.seen] == [0, 1]


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        (None, True),
        ("", True),
        ("a***b", True),
        ("xxx", True),
        ("xx", False),
        ("x", False),
        ("xyx", False),
        ("[REDACTED]", True),
        ("password", False),
    ],
)
def test_values_that_stand_for_a_secret(value: str | None, masked: bool) -> None:
    assert is_masked(value) is masked


@pytest.mark.parametrize(
    ("status", "remedy"),
    [(401, "Check api_key"), (403, "may provision the tenant"), (404, "Check that ccid is a tenant")],
)
def test_the_remedy_of_a_refused_write(server: Server, client: ServicesClient, status: int, remedy: str) -> None:
    server.replies(Reply({"message": "no"}, status=status))
    with pytest.raises(ApiError, match=remedy):
        client.write("SMS", DOCUMENT)


def test_only_a_server_in_trouble_stops_a_read_whose_list_is_refused(server: Server, client: ServicesClient) -> None:
    server.replies(MISSING, Reply(status=499))
    assert client.look("SMS").document is None
    server.replies(MISSING, Reply(status=500))
    with pytest.raises(ApiError):
        client.look("SMS")


@pytest.mark.parametrize(
    ("reply", "is_foreign"),
    [
        (Reply("<html>", 405, {"Content-Type": "text/html"}), True),
        (Reply({"status": {"code": 405, "message": "no"}}, 405), False),
    ],
)
def test_the_refusal_of_a_proxy_is_kept(server: Server, client: ServicesClient, reply: Reply, is_foreign: bool) -> None:
    server.replies(reply)
    sight = client.look("SMS")
    assert (sight.state, sight.refusal is not None) == ("unreadable", is_foreign)
