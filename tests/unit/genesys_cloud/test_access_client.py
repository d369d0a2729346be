# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of roles, grants and OAuth clients: `_genesys_cloud/access_client.py`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    Intermediary,
    Refused,
    Unclear,
    Unreadable,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.access_client import CloudAccess
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.cloud_client import Cloud
from unit.doubles import Fault, Reply, Server, cut

AUTH = "/api/v2/authorization"
OAUTH = "/api/v2/oauth/clients"
MISSING = Reply({"code": "not.found", "message": "gone"}, status=404)


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture
def client(server: Server, secrets: Secrets) -> Iterator[CloudAccess]:
    connection = Connection("Genesys Cloud CX", "gc_api_url", server.url, retries=0)
    with closing(CloudAccess(Cloud(connection, "token", secrets), secrets)) as made:
        yield made


def entities(*found: Any) -> Reply:
    return Reply({"entities": list(found)})


# Roles


def test_roles_are_found_by_name_in_any_case(server: Server, client: CloudAccess) -> None:
    server.replies(
        entities({"id": "1", "name": "Role"}, {"id": "2", "name": "ROLE"}, {"id": "3", "name": "Role 2"}, {"id": "4"})
    )
    assert [role["id"] for role in client.roles("role")] == ["1", "2"]
    assert server.seen[0].target == f"{AUTH}/roles?name=role&pageSize=100&pageNumber=1"


def test_the_catalogue_of_permissions(server: Server, client: CloudAccess) -> None:
    server.replies(
        entities(
            {"domain": "a", "permissionMap": {"x": [{"action": "view"}, {"action": "edit"}], "y": []}},
            {"domain": "b", "permissionMap": {"z": [{"action": 5}]}},
            {"domain": "a", "id": "2", "permissionMap": {"w": [{"action": "send"}]}},
        )
    )
    assert client.permissions() == {
        "a": {"x": frozenset({"view", "edit"}), "y": frozenset(), "w": frozenset({"send"})},
        "b": {"z": frozenset({"5"})},
    }
    assert server.seen[0].path == f"{AUTH}/permissions"


@pytest.mark.parametrize(
    ("status", "is_known"), [(403, False), (404, False), (405, False), (501, False), (400, True), (409, True)]
)
def test_a_server_may_not_show_its_permissions(
    server: Server, client: CloudAccess, status: int, is_known: bool
) -> None:
    server.replies(Reply({"code": "no"}, status=status))
    if is_known:
        with pytest.raises(Refused):
            client.permissions()
    else:
        assert client.permissions() is None


@pytest.mark.parametrize(
    "found",
    [
        [],
        [{}],
        [{"domain": "a", "permissionMap": []}],
        [{"domain": "a", "permissionMap": {"x": [1]}}],
        [{"permissionMap": {"x": []}}],
    ],
)
def test_a_catalogue_in_another_form_is_an_error(server: Server, client: CloudAccess, found: list[Any]) -> None:
    server.replies(entities(*found))
    with pytest.raises(Unreadable):
        client.permissions()


def test_writes_of_roles(server: Server, client: CloudAccess) -> None:
    client.create_role({"name": "Role", "a": 1})
    client.replace_role("1 2", {"name": "Role", "a": 2})
    client.delete_role("1 2", "Role")
    assert [(asked.method, asked.target) for asked in server.seen] == [
        ("POST", f"{AUTH}/roles"),
        ("PUT", f"{AUTH}/roles/1%202"),
        ("DELETE", f"{AUTH}/roles/1%202"),
    ]
    assert [asked.json() for asked in server.seen[:2]] == [{"name": "Role", "a": 1}, {"name": "Role", "a": 2}]


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("create_role", ({"name": "n"},)),
        ("replace_role", ("1", {"name": "n"})),
        ("delete_role", ("1", "n")),
        ("grant", ("s", "t", "d", "r")),
        ("revoke", ("s", "t", "d", "r")),
        ("create_client", ({"name": "n"},)),
        ("renew_secret", ("1", "n")),
        ("replace_client", ("1", {"name": "n"})),
        ("delete_client", ("1", "n")),
    ],
)
def test_a_lost_write_is_unclear_and_not_repeated(
    server: Server, secrets: Secrets, call: str, arguments: tuple[Any, ...]
) -> None:
    server.replies(Reply({}, status=503, headers={"Retry-After": "0"}))
    connection = Connection("Genesys Cloud CX", "gc_api_url", server.url, retries=3)
    with closing(CloudAccess(Cloud(connection, "token", secrets), secrets)) as access, pytest.raises(Unclear):
        getattr(access, call)(*arguments)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("home_division", ()),
        ("grants", ("s",)),
        ("users", ("a@b.example",)),
        ("client", ("1",)),
        ("clients", ("n",)),
        ("roles", ("n",)),
        ("permissions", ()),
    ],
)
def test_a_lost_read_is_repeated(server: Server, secrets: Secrets, call: str, arguments: tuple[Any, ...]) -> None:
    body = {"id": "1", "entities": [{"domain": "a", "permissionMap": {}}]}
    if call in ("clients", "roles"):
        body = {"entities": []}
    server.replies(Reply({}, status=503, headers={"Retry-After": "0"}), Reply(body))
    connection = Connection("Genesys Cloud CX", "gc_api_url", server.url, retries=1)
    with closing(CloudAccess(Cloud(connection, "token", secrets), secrets)) as access:
        getattr(access, call)(*arguments)
    assert len(server.seen) == 2


# Grants


def test_the_home_division(server: Server, client: CloudAccess) -> None:
    server.replies(Reply({"id": "ABC"}))
    assert client.home_division() == "abc"
    assert server.calls == [f"GET {AUTH}/divisions/home"]


@pytest.mark.parametrize("body", [{}, {"id": 5}, [], None])
def test_a_home_division_without_an_id_is_an_error(server: Server, client: CloudAccess, body: Any) -> None:
    server.replies(Reply(body))
    with pytest.raises(Unreadable):
        client.home_division()


def test_grants_of_a_subject(server: Server, client: CloudAccess) -> None:
    def grant(role: str, division: str, **fields: Any) -> dict[str, Any]:
        return {"role": {"id": role}, "division": {"id": division}, **fields}

    server.replies(
        Reply({"grants": [grant("R1", "D1"), grant("r2", "d2", subjectId="ME"), grant("r3", "d3", subjectId="group")]})
    )
    assert client.grants("Me") == {("R1", "d1"), ("r2", "d2")}
    assert server.seen[0].target == f"{AUTH}/subjects/Me"
    server.replies(Reply({}))
    assert client.grants("a b") == set()
    assert server.seen[1].target == f"{AUTH}/subjects/a%20b"


@pytest.mark.parametrize(
    "body", [[], {"grants": [5]}, {"grants": [{}]}, {"grants": 5}, {"grants": [{"role": {"id": "r"}}]}]
)
def test_grants_in_another_form_are_an_error(server: Server, client: CloudAccess, body: Any) -> None:
    server.replies(Reply(body))
    with pytest.raises(Unreadable):
        client.grants("s")


def test_a_grant_and_its_end(server: Server, client: CloudAccess) -> None:
    client.grant("a b", "PC_USER", "d 1", "r 1")
    assert client.revoke("a b", "PC_USER", "d 1", "r 1") is True
    target = f"{AUTH}/subjects/a%20b/divisions/d%201/roles/r%201?subjectType=PC_USER"
    assert [(asked.method, asked.target) for asked in server.seen] == [("POST", target), ("DELETE", target)]


def test_a_grant_that_is_gone_is_no_error(server: Server, client: CloudAccess) -> None:
    server.replies(MISSING)
    assert client.revoke("s", "t", "d", "r") is False
    for reply in (
        Reply({"code": "no"}, status=400),
        Reply("<html>", status=404, headers={"Content-Type": "text/html"}),
    ):
        server.replies(reply)
        with pytest.raises(Refused):
            client.revoke("s", "t", "d", "r")


def test_users_are_found_by_their_address(server: Server, client: CloudAccess) -> None:
    server.replies(
        Reply({"results": [{"id": "1", "email": "A@b.example"}, {"id": "2", "email": "x@b.example"}, {"id": "3"}]})
    )
    assert client.users("a@B.example") == [{"id": "1", "email": "A@b.example"}]
    (asked,) = server.seen
    assert (asked.method, asked.path) == ("POST", "/api/v2/users/search")
    assert asked.json() == {"query": [{"type": "EXACT", "fields": ["email"], "value": "a@B.example"}]}
    for body in ({}, {"results": None}):
        server.replies(Reply(body))
        assert client.users("a@b.example") == []


@pytest.mark.parametrize("body", [[], {"results": 5}, {"results": [5]}, {"results": [], "total": 1}])
def test_users_in_another_form_are_an_error(server: Server, client: CloudAccess, body: Any) -> None:
    server.replies(Reply(body))
    with pytest.raises(Unreadable):
        client.users("a@b.example")


# OAuth clients


def test_clients_of_a_name(server: Server, client: CloudAccess) -> None:
    server.replies(
        entities(
            {"id": "1", "name": "n"},
            {"id": "2", "name": "N"},
            {"id": "3", "name": "n", "state": "deleted"},
            {"id": "4", "name": "n", "state": "inactive"},
        )
    )
    assert [item["id"] for item in client.clients("n")] == ["1", "4"]
    assert server.seen[0].target == f"{OAUTH}?pageSize=100&pageNumber=1"


def test_a_client_is_read_by_its_id(server: Server, client: CloudAccess) -> None:
    server.replies(Reply({"id": "1", "state": "active"}))
    assert client.client("a/b") == {"id": "1", "state": "active"}
    assert server.seen[0].target == f"{OAUTH}/a%2Fb"
    server.replies(Reply({"id": "1", "state": "deleted"}))
    assert client.client("1") is None


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (MISSING, None),
        (Reply({"code": "bad"}, status=400), None),
        (Reply({"code": "no"}, status=403), Refused),
        (Reply("<html>", status=404, headers={"Content-Type": "text/html"}), Intermediary),
        (Reply([]), Unreadable),
    ],
)
def test_only_the_api_knows_that_a_client_is_gone(
    server: Server, client: CloudAccess, reply: Reply, kind: type[Exception] | None
) -> None:
    server.replies(reply)
    if kind is None:
        assert client.client("1") is None
    else:
        with pytest.raises(kind):
            client.client("1")


def test_the_secret_of_a_client_is_told_once(server: Server, client: CloudAccess, secrets: Secrets) -> None:
    server.replies(Reply({"id": "1", "secret": "canary-1"}), Reply({"id": "1", "secret": "canary-2"}))
    assert client.create_client({"name": "n"}) == {"id": "1", "secret": "canary-1"}
    assert client.renew_secret("1 2", "n") == {"id": "1", "secret": "canary-2"}
    assert [(asked.method, asked.target) for asked in server.seen] == [
        ("POST", OAUTH),
        ("POST", f"{OAUTH}/1%202/secret"),
    ]
    assert (server.seen[0].json(), server.seen[1].body) == ({"name": "n"}, b"")
    assert secrets.scrub("canary-1 canary-2") == "******** ********"


@pytest.mark.parametrize(
    "reply",
    [
        Reply([]),
        Reply({}),
        Reply({"id": "1"}),
        Reply({"secret": "s"}),
        Reply({"id": 1, "secret": "s"}),
        Reply({"id": "1", "secret": None}),
        cut,
    ],
)
@pytest.mark.parametrize("call", ["create", "renew"])
def test_a_secret_that_was_not_told_is_unclear(
    server: Server, client: CloudAccess, reply: Reply | Fault, call: str
) -> None:
    server.replies(reply)
    with pytest.raises(Unclear):
        client.create_client({"name": "n"}) if call == "create" else client.renew_secret("1", "n")


def test_writes_of_clients(server: Server, client: CloudAccess) -> None:
    client.replace_client("1 2", {"name": "n", "a": 1})
    client.delete_client("1 2", "n")
    assert [(asked.method, asked.target) for asked in server.seen] == [
        ("PUT", f"{OAUTH}/1%202"),
        ("DELETE", f"{OAUTH}/1%202"),
    ]
    assert server.seen[0].json() == {"name": "n", "a": 1}


def test_the_connection_is_closed(server: Server, client: CloudAccess) -> None:
    server.replies(entities())
    for _round in range(2):
        client.clients("n")
        client.close()
    assert [asked.connection for asked in server.seen] == [0, 1]
