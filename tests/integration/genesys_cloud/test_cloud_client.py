# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests, listings and tokens of Genesys Cloud CX: `_genesys_cloud/cloud_client.py`."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_oauth_client,
    gc_oauth_token,
    gc_role,
    gc_role_grant,
    gc_tollfree_number_info,
)
from integration.organization import Org
from sandbox.seed import CLOUD_USERS

MESSAGING = [{"domain": "messaging"}, {"domain": "messagingProvisioning"}]
POLICY = {"domain": "messaging", "entity_name": "*", "action_set": ["*"]}
DEEP = '{"status": ' * 3000 + "{}" + "}" * 3000


def orders(org: Org) -> list[tuple[int | None, int]]:
    """Return the status and the connection of each order that was sent."""
    return [
        (item.status, item.connection)
        for item in org.sandbox.requests()
        if item.method == "POST" and item.path.rstrip("/").endswith("tollfreenumbers")
    ]


# Orders


def test_a_repeated_order_does_not_use_an_idle_connection(org: Org) -> None:
    org.sandbox.switch(**{"connections.idle_limit": 2000})
    org.sandbox.fault("status", "tollfreenumbers/?$", "POST", status=429, headers={"Retry-After": "3"})
    result = org.buy(tollfree_numbers=[{"number": "18445550003"}], order_timeout=20)
    assert not result.get("failed"), result["msg"]
    assert result["changed"] is True
    (refused, first), (ordered, second) = orders(org)
    assert (refused, ordered) == (429, 200)
    assert first != second
    assert org.sandbox.account()["spent"] == 1


@pytest.mark.parametrize("status", [200, 201, 400, 409])
def test_an_order_with_a_too_deeply_nested_answer_is_undecided(org: Org, status: int) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    org.sandbox.fault("status", "tollfreenumbers/?$", "POST", when="after", status=status, body=DEEP)
    result = org.buy("main")
    assert result["changed"] is True
    assert result["failure"]["kind"] == "undecided"
    org.sandbox.settle()
    assert org.buy("main")["slots"] == {"main": "18445550000"}
    assert org.sandbox.account()["spent"] == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 409, 429])
def test_an_order_that_a_proxy_refused_is_undecided(org: Org, status: int) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    org.sandbox.fault("html", "tollfreenumbers/?$", "POST", when="after", status=status)
    result = org.buy("main")
    assert (result["failure"]["kind"], result["changed"]) == ("undecided", True)
    assert len(orders(org)) == 1
    org.sandbox.settle()
    assert org.buy("main")["slots"] == {"main": "18445550000"}
    assert org.sandbox.account()["spent"] == 1


# Listings


def listing_failure(org: Org, module: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Run a task that fails and writes nothing; return its failure."""
    result = org.run(module, asked)
    assert result["changed"] is False
    assert not org.sandbox.writes()
    failure: dict[str, Any] = result["failure"]
    return failure


LISTINGS = [
    ("/tollfreenumbers$", gc_tollfree_number_info, {}),
    ("/roles$", gc_role, {"name": "Role", "permission_policies": [POLICY]}),
    ("/oauth/clients$", gc_oauth_client, {"name": "Client", "access_token_validity_seconds": 86400}),
    ("/users/search$", gc_role_grant, {"role": "Role", "subject_email": CLOUD_USERS[0].email}),
]


@pytest.mark.parametrize(("path", "module", "asked"), LISTINGS)
@pytest.mark.parametrize("whole", [{"total": 99}, {"total": "99"}, {"total": 99, "pageCount": 2}])
def test_an_incomplete_listing_is_an_error(
    org: Org, path: str, module: Any, asked: dict[str, Any], whole: dict[str, Any]
) -> None:
    org.sandbox.fault("amend", path, body=whole, fields=["nextUri"], times=None)
    failure = listing_failure(org, module, asked)
    assert (failure["kind"], failure["status"]) == ("unreadable", 200)


@pytest.mark.parametrize(("path", "module", "asked"), LISTINGS)
def test_a_listing_that_announces_more_pages_without_a_next_uri_is_an_error(
    org: Org, path: str, module: Any, asked: dict[str, Any]
) -> None:
    org.sandbox.fault("amend", path, body={"pageCount": 2}, fields=["nextUri", "total"], times=None)
    assert listing_failure(org, module, asked)["kind"] == "unreadable"


def test_nothing_is_bought_after_an_incomplete_list(org: Org) -> None:
    org.buy("main")
    org.sandbox.fault("amend", "/tollfreenumbers$", "GET", body={"entities": [], "total": 1}, times=None)
    result = org.buy("main", "other")
    assert result["failure"]["kind"] == "unreadable"
    assert org.sandbox.account()["spent"] == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"body": {"entities": None, "total": 0}},
        {"body": {"entities": None}},
        {"fields": ["entities"]},
        {"body": {"total": 0, "pageCount": 0, "pageSize": 25, "pageNumber": 1}, "fields": ["entities"]},
    ],
)
def test_an_empty_listing_may_leave_out_its_entities(org: Org, fault: dict[str, Any]) -> None:
    org.sandbox.fault("amend", "/tollfreenumbers$", "GET", **fault)
    assert org.run(gc_tollfree_number_info, {})["tollfree_numbers"] == []
    # The last one is the first request of a purchase.
    org.sandbox.fault("amend", "/tollfreenumbers$", "GET", **fault)
    assert org.buy("main")["slots"] == {"main": "18445550000"}


@pytest.mark.parametrize("body", ['{"message": "hello"}', '{"entities": {}}', "[]", "null", '{"data": []}'])
def test_an_object_that_is_not_a_listing_is_an_error(org: Org, body: str) -> None:
    org.sandbox.fault("status", "/tollfreenumbers$", "GET", status=200, body=body, times=None)
    assert org.run(gc_tollfree_number_info, {})["failure"]["kind"] == "unreadable"


# Tokens


@pytest.mark.parametrize("lifetime", ["86400", "86400.0", '"86400"', '" 86400 "'])
def test_a_usable_token_lifetime_gives_an_expiry(org: Org, lifetime: str) -> None:
    text = f'{{"access_token": "some-token", "token_type": "bearer", "expires_in": {lifetime}}}'
    org.sandbox.fault("status", "/oauth/token$", status=200, body=text)
    expires_at = datetime.fromisoformat(org.run(gc_oauth_token, {})["expires_at"].replace("Z", "+00:00"))
    assert 86000 < (expires_at - datetime.now(timezone.utc)).total_seconds() <= 86400


@pytest.mark.parametrize(
    "lifetime",
    ["1764108000000", "1e999", "-1e999", "NaN", '"NaN"', '"1e999"', '"soon"', '""', "-5", "0", "true", "[]", "1" * 500],
)
def test_an_unusable_token_lifetime_gives_no_expiry(org: Org, lifetime: str) -> None:
    text = f'{{"access_token": "some-token", "token_type": "bearer", "expires_in": {lifetime}}}'
    org.sandbox.fault("status", "/oauth/token$", status=200, body=text)
    result = org.run(gc_oauth_token, {})
    assert (result["access_token"], result["expires_at"]) == ("some-token", None)


# Moved


def test_a_token_that_expires_early_is_renewed(org: Org) -> None:
    org.sandbox.fault("status", "roles", status=401, body={"code": "bad.credentials", "message": "expired"}, skip=1)
    assert org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING}) == ["create the role Role"]
    tokens = [record for record in org.sandbox.requests() if record.path.endswith("token")]
    assert len(tokens) == 2


def test_a_missing_permission_is_named(org: Org) -> None:
    text = org.failure(gc_role, {**org.integration, "name": "Role"})
    assert "authorization:role:view" in text
    assert "Give the OAuth client of gc_client_id a role with the permission that the message names" in text
    assert "correlation id" in text


def test_all_pages_of_a_listing_are_read(org: Org) -> None:
    path, base = "/api/v2/oauth/clients", org.sandbox.env["GC_API_URL"]
    client = {"id": "1", "name": "a", "authorizedGrantType": "CLIENT-CREDENTIALS"}
    # With and without the host and the path of the base URL.
    pages = [f"{path}?cursor=a%2Bb&empty=", f"{base}{path}?pageNumber=3", f"/gc-api{path}?pageNumber=4", None]
    for following in pages:
        org.sandbox.fault("status", "clients$", "GET", status=200, body={"entities": [client], "nextUri": following})
    assert org.steps(gc_oauth_client, {"name": "a", "state": "absent"}, check=True) == ["delete the OAuth client a"]
    asked = [record for record in org.sandbox.requests() if "clients" in record.path]
    assert {record.path for record in asked} == {f"/gc-api{path}"}
    assert [record.query for record in asked] == [
        "pageSize=100&pageNumber=1",
        "cursor=a%2Bb&empty=",
        "pageNumber=3",
        "pageNumber=4",
    ]


@pytest.mark.parametrize(
    ("following", "problem"),
    [
        (
            "https://elsewhere.example.com/api/v2/oauth/clients?pageNumber=2",
            "on another host. The token is not sent there",
        ),
        ("//elsewhere.example.com/api/v2/oauth/clients?pageNumber=2", "on another host. The token is not sent there"),
        ("https://[", "sent a response that is not in a known format"),
        ("?pageNumber=2", "sent a response that is not in a known format"),
        ({"page": 2}, "sent a response that is not in a known format"),
        ("/api/v2/oauth/clients?pageNumber=1&pageSize=100", "or the same page again"),
        ("/api/v2/oauth/clients?pageNumber=2", "or the same page again"),
    ],
)
def test_an_invalid_next_uri_is_an_error(org: Org, following: Any, problem: str) -> None:
    body = {"entities": [], "nextUri": following}
    org.sandbox.fault("status", "clients$", "GET", status=200, body=body, times=None)
    assert problem in org.failure(gc_oauth_client, {"name": "a"})
    assert org.sandbox.writes() == []
    assert len([record for record in org.sandbox.requests() if "clients" in record.path]) <= 2


def test_an_endless_listing_is_an_error(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud import cloud_client as cloud

    monkeypatch.setattr(cloud, "_MOST_PAGES", 2)
    for number in range(2):
        body = {"entities": [], "nextUri": f"/api/v2/authorization/roles?cursor={number}"}
        org.sandbox.fault("status", "roles$", "GET", status=200, body=body)
    assert "or the same page again" in org.failure(gc_role, {"name": "Role"})


def test_all_pages_of_the_list_of_numbers_are_read(org: Org) -> None:
    """It is documented without pages. A part of it must not count as the whole list."""
    path = "/api/v2/messaging/sms/provisioning/tollfreenumbers"
    pages = [("18445550001", f"{path}?pageNumber=2"), ("18445550002", None)]
    for number, following in pages:
        body = {"entities": [{"tollfreeNumber": number}], "nextUri": following}
        org.sandbox.fault("status", "tollfreenumbers$", "GET", status=200, body=body)
    found = org.run(gc_tollfree_number_info, {})["tollfree_numbers"]
    assert [item["number"] for item in found] == ["18445550001", "18445550002"]


def test_a_listing_whose_pages_repeat_a_number_is_incomplete(org: Org) -> None:
    path = "/api/v2/messaging/sms/provisioning/tollfreenumbers"
    for following in (f"{path}?pageNumber=2", None):
        body = {"entities": [{"tollfreeNumber": "18445550001"}], "total": 2, "pageCount": 2, "nextUri": following}
        org.sandbox.fault("status", "tollfreenumbers$", "GET", status=200, body=body)
    assert org.run(gc_tollfree_number_info, {})["failure"]["kind"] == "unreadable"
