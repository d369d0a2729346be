# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of API keys: `_digital_channels/api_keys_client.py`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    ApiError,
    Refused,
    Unclear,
    Unreadable,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.api_keys_client import (
    ApiKey,
    ApiKeysClient,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._gws.authentication import GwsAuthentication, Login
from unit.doubles import Fault, Reply, Server, cut

ID = "abababab-0000-4000-8000-000000000009"
TENANT = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
PATH = "/nexus/v3/apikeys"
TOKEN = Reply({"access_token": "canary-token"})
RECORD = {"id": ID, "tenant": TENANT.upper(), "name": "acme", "enabled": True, "permissions": ["a", "b"], "x": [1]}
KEY = ApiKey(ID, TENANT, "acme", True, ("a", "b"), (("x", [1]),))
NONE = Reply({"status": {"code": 404, "message": "not found"}}, status=404)


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture
def authentication(server: Server, secrets: Secrets) -> GwsAuthentication:
    auth = Connection("the authentication", "gws_auth_url", server.url, retries=0)
    return GwsAuthentication(auth, Login("client", "secret"), secrets)


@pytest.fixture
def client(server: Server, authentication: GwsAuthentication, secrets: Secrets) -> Iterator[ApiKeysClient]:
    nexus = Connection("Digital Channels", "nexus_url", server.url, retries=0)
    with closing(ApiKeysClient(authentication, nexus, secrets)) as made:
        yield made


def envelope(body: Any) -> Reply:
    return Reply({"status": {"code": 0}, "data": body})


@pytest.mark.parametrize("wrap", [Reply, envelope])
def test_keys_are_listed(server: Server, client: ApiKeysClient, secrets: Secrets, wrap: Any) -> None:
    server.replies(TOKEN, wrap([RECORD, {"id": "two"}]))
    assert client.list() == [KEY, ApiKey("two", "", "", True, ())]
    assert server.calls == ["POST /auth/v3/oauth/token", f"GET {PATH}"]
    assert server.seen[1].headers["authorization"] == "Bearer canary-token"
    assert secrets.scrub(f"the key {ID}") == "the key ********"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"enabled": False}, {"enabled": False}),
        ({"enabled": None}, {"enabled": True}),
        ({"permissions": None}, {"permissions": ()}),
        ({"permissions": "a"}, {"permissions": ()}),
        ({"permissions": [1]}, {"permissions": ("1",)}),
        ({"tenant": None}, {"tenant": ""}),
        ({"name": None}, {"name": ""}),
    ],
)
def test_missing_and_odd_fields_of_a_record_get_defaults(
    server: Server, client: ApiKeysClient, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    server.replies(TOKEN, Reply([{**RECORD, **fields}]))
    (key,) = client.list() or []
    assert {name: getattr(key, name) for name in expected} == expected


@pytest.mark.parametrize("body", [{}, None, [5], [{}], [{"id": 5}], "keys"])
def test_a_list_in_an_unknown_format_is_an_error(server: Server, client: ApiKeysClient, body: Any) -> None:
    server.replies(TOKEN, Reply(body))
    with pytest.raises(Unreadable) as caught:
        client.list()
    assert caught.value.status == 200
    assert f"{server.url}{PATH}" in str(caught.value)
    assert "nexus_url" in str(caught.value)


@pytest.mark.parametrize("reply", [Reply(status=405), Reply(status=501), NONE, Reply(NONE.body, status=400)])
def test_list_returns_none_if_the_server_has_no_list(server: Server, client: ApiKeysClient, reply: Reply) -> None:
    server.replies(TOKEN, reply)
    assert client.list() is None


@pytest.mark.parametrize(
    "reply",
    [
        Reply({}, status=403),
        Reply({"error": "Not Found"}, status=404),
        Reply("<html>", status=405, headers={"Content-Type": "text/html"}),
    ],
)
def test_another_refusal_of_the_list_is_an_error(server: Server, client: ApiKeysClient, reply: Reply) -> None:
    server.replies(TOKEN, reply)
    with pytest.raises(Refused) as caught:
        client.list()
    assert ("gws_" in str(caught.value)) is (reply.status == 403)


def test_a_404_to_the_list_is_none_after_digital_channels_has_answered(server: Server, client: ApiKeysClient) -> None:
    server.replies(TOKEN, NONE, Reply({"error": "Not Found"}, status=404))
    assert client.read(ID) is None
    assert client.list() is None


@pytest.mark.parametrize(("reply", "is_there"), [(NONE, True), (Reply({"error": "Not Found"}, status=404), False)])
def test_a_key_that_is_not_found_is_unknown_only_to_digital_channels(
    server: Server, client: ApiKeysClient, reply: Reply, is_there: bool
) -> None:
    server.replies(TOKEN, reply)
    assert client.read(ID) is None
    assert client.is_there is is_there


def test_a_404_of_a_proxy_is_no_proof_of_digital_channels(server: Server, client: ApiKeysClient) -> None:
    server.replies(TOKEN, Reply({"error": "Not Found"}, status=404))
    assert client.read(ID) is None
    with pytest.raises(Refused):
        client.list()


def test_a_key_is_read_by_its_id(server: Server, client: ApiKeysClient, secrets: Secrets) -> None:
    server.replies(TOKEN, Reply(RECORD))
    assert client.read("a b") == KEY
    assert server.seen[1].target == f"{PATH}/a%20b"
    assert secrets.scrub("a b") == "********"
    server.replies(Reply({}, status=403))
    with pytest.raises(Refused):
        client.read(ID)
    server.replies(Reply({"name": "x"}))
    with pytest.raises(Unreadable):
        client.read(ID)


@pytest.mark.parametrize(("key", "sent"), [(ID, {"id": ID}), (None, {})])
def test_a_key_is_created(server: Server, client: ApiKeysClient, key: str | None, sent: dict[str, str]) -> None:
    server.replies(TOKEN, envelope(RECORD))
    wanted = ApiKey(key, TENANT, "acme", False, ("a",), (("x", 1),))
    assert client.create(wanted) == KEY
    assert server.calls[1] == f"POST {PATH}"
    assert server.seen[1].json() == {
        "data": {"x": 1, "tenant": TENANT, "name": "acme", "enabled": False, "permissions": ["a"], **sent}
    }


@pytest.mark.parametrize("reply", [Reply({}), Reply([]), Reply({"id": 5}), cut, Reply({}, status=500)])
def test_a_creation_without_a_proper_response_is_unclear(
    server: Server, client: ApiKeysClient, reply: Reply | Fault
) -> None:
    server.replies(TOKEN, reply)
    with pytest.raises(Unclear):
        client.create(KEY)
    assert len(server.seen) == 2


def test_a_key_is_replaced_and_deleted(server: Server, client: ApiKeysClient) -> None:
    server.replies(TOKEN, Reply({}))
    client.replace(KEY)
    client.delete(KEY)
    assert server.calls[1:] == [f"PUT {PATH}/{ID}", f"DELETE {PATH}/{ID}"]
    assert server.seen[1].json()["data"] == {**RECORD, "tenant": TENANT}
    assert server.seen[2].body == b""


@pytest.mark.parametrize("call", ["replace", "delete"])
def test_a_write_without_a_response_is_unclear_and_not_repeated(
    server: Server, client: ApiKeysClient, call: str
) -> None:
    server.replies(TOKEN, cut)
    with pytest.raises(ApiError) as caught:
        getattr(client, call)(KEY)
    assert (caught.value.kind, len(server.seen)) == ("unclear", 2)


def test_connections_are_closed(server: Server, authentication: GwsAuthentication, client: ApiKeysClient) -> None:
    server.replies(TOKEN, Reply([]), Reply([]), TOKEN)
    client.list()
    client.close()
    client.list()
    authentication.token()
    assert [asked.connection for asked in server.seen] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("status", "remedy"), [(401, "account"), (403, "account"), (404, "Check that nexus_url is the base URL")]
)
def test_the_remedy_of_a_refusal(server: Server, client: ApiKeysClient, status: int, remedy: str) -> None:
    server.replies(TOKEN, Reply({"message": "no"}, status=status))
    with pytest.raises(Refused) as caught:
        client.list()
    assert remedy in str(caught.value)
