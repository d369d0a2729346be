# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks of Genesys Cloud CX but those of numbers, and of API keys: results, requests, and what goes wrong."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels import api_keys as api_key
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud import roles as role
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_oauth_client,
    gc_oauth_token,
    gc_role,
    gc_role_grant,
    gc_tollfree_number_info,
    nexus_api_key,
    nexus_api_key_info,
)
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_USERS, HOME_DIVISION
from unit.organization import ACME, Json, Org

USER = CLOUD_USERS[0].id
CHOSEN = "abababab-0000-4000-8000-000000000009"
MESSAGING = [{"domain": "messaging"}, {"domain": "messagingProvisioning"}]
CLUSTER = {"name": "Portico Cluster API Key", "tenant": "", "permissions": ["nexus:cluster:*"]}


@pytest.fixture(autouse=True)
def any_roles(sandbox: Sandbox) -> None:
    """Let OAuth clients have no roles: that is not what these tests are about."""
    sandbox.switch(**{"clients.roles": "any"})


def test_a_token(org: Org) -> None:
    result = org.run(gc_oauth_token, {})
    assert (result["changed"], result["token_type"]) == (False, "bearer")
    assert len(result["access_token"]) == 64
    assert result["expires_at"].endswith("+00:00")
    assert [record.path for record in org.sandbox.requests()] == ["/gc-login/oauth/token"]


def test_too_many_logins_are_waited_out(org: Org) -> None:
    said = {"error": "invalid_request", "error_description": "rate limit exceeded"}
    org.sandbox.fault("status", "token", status=400, body=said, headers={"Retry-After": "0"})
    assert org.run(gc_oauth_token, {})["access_token"]
    org.sandbox.fault("status", "token", status=400, body=said, headers={"Retry-After": "0"}, times=None)
    assert "(code invalid_request): rate limit exceeded" in org.failure(gc_oauth_token, {})


def test_a_token_that_expires_early_is_renewed(org: Org) -> None:
    org.sandbox.fault("status", "roles", status=401, body={"code": "bad.credentials", "message": "expired"}, skip=1)
    assert org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING}) == ["create the role Role"]
    tokens = [record for record in org.sandbox.requests() if record.path.endswith("token")]
    assert len(tokens) == 2


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"gc_client_secret": "canary-wrong"}, "Check gc_client_id and gc_client_secret"),
        (
            {"gc_login_url": None, "gc_region": "moon-1"},
            "it is not a region of Genesys Cloud CX. Use one of us-east-1",
        ),
        ({"gc_login_url": None}, "gc_login_url: it is not set, and neither is gc_region"),
        ({"gc_client_id": None}, "gc_client_id: it is not set. Set it, or the environment variable GC_CLIENT_ID"),
        ({"gc_client_secret": " "}, "gc_client_secret: it is empty"),
    ],
)
def test_who_can_not_log_in(org: Org, options: Json, text: str) -> None:
    assert text in org.failure(gc_oauth_token, options)


def test_answers_of_the_login_that_make_no_sense(org: Org) -> None:
    org.sandbox.fault("status", "token", status=200, body={"expires_in": 5})
    assert "answered without an access_token" in org.failure(gc_oauth_token, {})
    org.sandbox.fault("status", "token", status=200, body={"access_token": "canary-token", "expires_in": "soon"})
    result = org.run(gc_oauth_token, {})
    assert (result["token_type"], result["expires_at"]) == ("bearer", None)


def test_a_token_in_place_of_a_login(org: Org) -> None:
    token = org.run(gc_oauth_token, {**org.integration})["access_token"]
    result = org.run(gc_tollfree_number_info, {"gc_access_token": token}, logs_in=False)
    assert result["tollfree_numbers"] == []
    assert len(org.sandbox.requests()) == 1
    assert "gc_client_id is set too. Set one of them" in org.failure(
        gc_tollfree_number_info, {"gc_access_token": token}
    )
    org.sandbox.expire_tokens()
    text = org.failure(gc_tollfree_number_info, {"gc_access_token": token}, logs_in=False)
    assert "Check gc_access_token, and that the token has not expired" in text
    assert token not in text


def test_a_region_in_place_of_urls(org: Org) -> None:
    for region in ("eu-central-1", "mypurecloud.de"):
        asked = {"gc_region": region, "gc_login_url": None, "gc_api_url": None, "time_limit": 0.001, "retries": 0}
        text = org.failure(gc_tollfree_number_info, {**asked, "timeout": 0.001})
        assert "https://login.mypurecloud.de/oauth/token" in text
    assert org.sandbox.requests() == []


def test_a_missing_permission_is_named(org: Org) -> None:
    text = org.failure(gc_role, {**org.integration, "name": "Role"})
    assert "authorization:role:view" in text
    assert "Give the OAuth client of gc_client_id a role with the permission that is named" in text
    assert "correlation id" in text


@pytest.mark.parametrize("wildcards", ["kept", "expanded"])
def test_roles(org: Org, wildcards: str) -> None:
    org.sandbox.switch(**{"roles.wildcards": wildcards})
    role: Json = {"name": "Nexus Messaging", "permission_policies": MESSAGING}
    assert org.twice(gc_role, role) == ["create the role Nexus Messaging"]
    described = {"name": "Nexus Messaging", "description": "SMS"}
    assert org.twice(gc_role, described) == ["change description of the role Nexus Messaging"]
    kept = org.run(gc_role, described)["role"]["permission_policies"]
    assert {policy["domain"] for policy in kept} == {"messaging", "messagingProvisioning"}
    narrow = {**role, "permission_policies": [{"domain": "messaging", "entity_name": "sms", "action_set": ["send"]}]}
    assert org.twice(gc_role, narrow) == ["change permission_policies of the role Nexus Messaging"]
    assert org.twice(gc_role, role) == ["change permission_policies of the role Nexus Messaging"]
    assert org.twice(gc_role, {**role, "permission_policies": None, "description": None}) == [
        "change description, permission_policies of the role Nexus Messaging"
    ]
    assert org.twice(gc_role, {"name": "Nexus Messaging", "state": "absent"}) == ["delete the role Nexus Messaging"]


EACH = [
    {"domain": "messaging", "entity_name": "integration"},
    {"domain": "messaging", "entity_name": "sms"},
    {"domain": "messagingProvisioning", "entity_name": "phoneNumber"},
]


@pytest.mark.parametrize("wildcards", ["kept", "expanded"])
def test_a_role_in_other_words_is_compared_permission_by_permission(org: Org, wildcards: str) -> None:
    org.sandbox.switch(**{"roles.wildcards": wildcards})

    def role(*policies: Json) -> Json:
        return {"name": "Role", "permission_policies": list(policies)}

    changed = ["change permission_policies of the role Role"]
    view = {"domain": "messaging", "entity_name": "integration", "action_set": ["view"]}
    every: Json = {"domain": "messaging", "entity_name": "integration"}
    org.steps(gc_role, role(view))
    assert org.twice(gc_role, role(every)) == changed
    assert org.twice(gc_role, role({"domain": "messaging"})) == changed
    # The same in other words: all entities by their names, all actions by theirs.
    assert org.steps(gc_role, role(*EACH[:2])) == []
    send = {**EACH[1], "action_set": ["send"]}
    assert org.steps(gc_role, role({**EACH[0], "action_set": ["add", "delete", "edit", "view"]}, send)) == []
    assert org.twice(gc_role, role(view, send)) == changed
    assert org.twice(gc_role, role({"domain": "messaging"}, {"domain": "oauth"})) == changed
    # An action that not all entities have.
    assert org.twice(gc_role, role({"domain": "messaging", "action_set": ["view"]})) == changed
    assert org.warnings == []


def test_the_catalogue_is_read_only_where_it_is_needed(org: Org) -> None:
    def reads() -> int:
        return len([record for record in org.sandbox.requests() if record.path.endswith("/permissions")])

    role = {"name": "Role", "permission_policies": MESSAGING}
    for expected, asked, changed in (
        (0, role, True),
        (0, role, False),
        (1, {**role, "permission_policies": EACH}, False),
        (0, {"name": "Role", "description": "SMS"}, True),
        (1, {**role, "permission_policies": [{**EACH[0], "action_set": ["view"]}]}, True),
        (0, {**role, "permission_policies": [{**EACH[0], "action_set": ["edit"]}]}, True),
        (0, {"name": "Role", "state": "absent"}, True),
    ):
        assert org.run(gc_role, asked)["changed"] is changed
        assert reads() == expected


@pytest.mark.parametrize("status", [403, 404, 405, 501])
@pytest.mark.parametrize("wildcards", ["kept", "expanded"])
def test_a_role_on_a_server_that_does_not_tell_what_can_be_permitted(org: Org, status: int, wildcards: str) -> None:
    org.sandbox.switch(**{"roles.wildcards": wildcards})
    org.sandbox.fault("status", "/permissions$", status=status, times=None)
    role: Json = {"name": "Role", "permission_policies": MESSAGING}
    assert org.twice(gc_role, role) == ["create the role Role"]
    told = "It can't be told for sure whether the role Role permits what it is to"
    assert [told in warning for warning in org.warnings] == ([True] if wildcards == "expanded" else [])
    narrow = {**role, "permission_policies": [{**EACH[1], "action_set": ["send"]}]}
    assert org.twice(gc_role, narrow) == ["change permission_policies of the role Role"]
    assert org.steps(gc_role, role, check=True) == ["change permission_policies of the role Role"]


@pytest.mark.parametrize("body", [{}, {"entities": [{}]}, {"entities": [{"domain": "a", "permissionMap": [1]}]}])
def test_a_catalogue_that_makes_no_sense(org: Org, body: Json) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    org.sandbox.fault("status", "/permissions$", status=200, body=body)
    asked = {"name": "Role", "permission_policies": EACH}
    assert "answered in a form that is not known" in org.failure(gc_role, asked)
    for status in (400, 500):
        org.sandbox.fault("status", "/permissions$", status=status)
        assert "Could not read what can be permitted" in org.failure(gc_role, asked)


def test_permissions_that_the_catalogue_does_not_know() -> None:
    catalogue = {"a": {"x": frozenset({"view", "edit"}), "y": frozenset({"send"})}}

    def same(desired: Any, observed: Any) -> bool:
        left, right = ({key: frozenset(actions) for key, actions in side.items()} for side in (desired, observed))
        return role.same(left, right, catalogue)

    every = {("a", "x"): ["edit", "view"], ("a", "y"): ["send"]}
    assert same({("*", "*"): ["*"]}, every)
    assert same({("a", "*"): ["view"]}, {("a", "x"): ["view"]})
    assert same({("a", "*"): ["view"]}, {("a", "x"): ["view"], ("a", "y"): ["view"]})
    assert not same({("a", "*"): ["view"]}, {("a", "x"): ["view"], ("a", "y"): ["send"]})
    assert not same({("a", "x"): ["*"]}, {("a", "x"): ["view"]})
    assert not same({("a", "x"): ["*"], ("a", "y"): ["new"]}, {("a", "x"): ["edit", "view"]})
    assert not same({("b", "*"): ["*"]}, {("b", "z"): ["*"]})
    assert same({("b", "*"): ["*"], ("a", "y"): ["*"]}, {("b", "*"): ["*"], ("a", "y"): ["send"]})


@pytest.mark.parametrize("option", ["entity_name", "action_set"])
def test_null_does_not_permit_everything(org: Org, option: str) -> None:
    policy: Json = {"domain": "messaging", "entity_name": "sms", "action_set": ["send"], option: None}
    text = org.failure(gc_role, {"name": "Role", "permission_policies": [policy]})
    assert f"permission_policies[0].{option}: it is null. Say what is permitted, or leave it out to permit all" in text
    assert org.sandbox.requests() == []


def test_a_role_that_exists_in_another_case(org: Org) -> None:
    org.steps(gc_role, {"name": "Nexus Messaging", "permission_policies": MESSAGING})
    said = "there is no role named nexus messaging, but one named Nexus Messaging, and there can't be both"
    for check in (True, False):
        for module, asked, parameter in (
            (gc_role, {"name": "nexus messaging"}, "name"),
            (gc_role_grant, {"subject_id": USER, "role": "nexus messaging"}, "role"),
            (gc_oauth_client, {"name": "Integration", "roles": ["nexus messaging"]}, "roles[0]"),
        ):
            assert org.failure(module, asked, check=check).startswith(f"{parameter}: {said}")
            assert org.sandbox.writes() == []
    assert org.steps(gc_role, {"name": "nexus messaging", "state": "absent"}) == []


def test_a_role_that_someone_else_creates_at_the_same_time(org: Org) -> None:
    asked = {"name": "Role", "permission_policies": MESSAGING}
    org.steps(gc_role, asked)
    org.sandbox.fault("status", "roles$", "GET", status=200, body={"entities": []})
    result = org.run(gc_role, asked)
    assert (result.get("failed"), result["changed"]) == (None, False)
    assert [record.status for record in org.sandbox.writes()] == [409]
    # One that can't be seen: the refusal is what is told.
    org.sandbox.fault("status", "roles$", "GET", status=200, body={"entities": []}, times=None)
    assert "A role named Role exists" in org.failure(gc_role, {**asked, "settle_timeout": 0.2})
    org.sandbox.fault("status", "roles$", "POST", status=400)
    assert "create the role Role" in org.failure(gc_role, asked)


def test_a_role_in_words_that_exclude_each_other(org: Org) -> None:
    text = org.failure(gc_role, {"name": "Role", "permission_policies": [*MESSAGING, MESSAGING[0]]})
    assert "permission_policies[2]: messaging * is there twice" in text


def test_a_lost_answer_creates_no_second_role(org: Org) -> None:
    org.sandbox.fault("cut", "roles", "POST", when="after")
    assert org.run(gc_role, {"name": "Role", "permission_policies": MESSAGING})["changed"] is True
    names = [role["name"] for role in org.sandbox.account()["roles"]]
    assert names.count("Role") == 1


def test_names_that_come_twice(org: Org) -> None:
    twins = [{"id": "1", "name": "Twin"}, {"id": "2", "name": "Twin"}, {"id": "3", "name": "twin"}]
    org.sandbox.fault("status", "roles$|clients$", "GET", status=200, body={"entities": twins}, times=None)
    assert "there are 2 roles named Twin: 1, 2" in org.failure(gc_role, {"name": "Twin"})
    assert "there are 2 OAuth clients named Twin" in org.failure(gc_oauth_client, {"name": "Twin", "state": "absent"})


def test_listings_have_pages(org: Org) -> None:
    path, base = "/api/v2/oauth/clients", org.sandbox.env["GC_API_URL"]
    client = {"id": "1", "name": "a", "authorizedGrantType": "CLIENT-CREDENTIALS"}
    # With or without the host, and the path of the base URL.
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
        ("https://elsewhere.example.com/api/v2/oauth/clients?pageNumber=2", "on another host, which gets no token"),
        ("//elsewhere.example.com/api/v2/oauth/clients?pageNumber=2", "on another host, which gets no token"),
        ("https://[", "answered in a form that is not known"),
        ("?pageNumber=2", "answered in a form that is not known"),
        ({"page": 2}, "answered in a form that is not known"),
        ("/api/v2/oauth/clients?pageNumber=1&pageSize=100", "lists pages without an end"),
        ("/api/v2/oauth/clients?pageNumber=2", "lists pages without an end"),
    ],
)
def test_pages_that_lead_nowhere(org: Org, following: Any, problem: str) -> None:
    body = {"entities": [], "nextUri": following}
    org.sandbox.fault("status", "clients$", "GET", status=200, body=body, times=None)
    assert problem in org.failure(gc_oauth_client, {"name": "a"})
    assert org.sandbox.writes() == []
    assert len([record for record in org.sandbox.requests() if "clients" in record.path]) <= 2


def test_a_listing_without_an_end(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud import cloud_client as cloud

    monkeypatch.setattr(cloud, "_MOST_PAGES", 2)
    for number in range(2):
        body = {"entities": [], "nextUri": f"/api/v2/authorization/roles?cursor={number}"}
        org.sandbox.fault("status", "roles$", "GET", status=200, body=body)
    assert "lists pages without an end" in org.failure(gc_role, {"name": "Role"})


def test_the_list_of_numbers_is_read_to_its_end(org: Org) -> None:
    """It is said to have no pages; a part of it would be taken for all that was bought."""
    path = "/api/v2/messaging/sms/provisioning/tollfreenumbers"
    pages = [("18445550001", f"{path}?pageNumber=2"), ("18445550002", None)]
    for number, following in pages:
        body = {"entities": [{"tollfreeNumber": number}], "nextUri": following}
        org.sandbox.fault("status", "tollfreenumbers$", "GET", status=200, body=body)
    found = org.run(gc_tollfree_number_info, {})["tollfree_numbers"]
    assert [item["number"] for item in found] == ["18445550001", "18445550002"]


def test_a_list_whose_pages_repeat_a_number_in_the_place_of_another_is_not_whole(org: Org) -> None:
    path = "/api/v2/messaging/sms/provisioning/tollfreenumbers"
    for following in (f"{path}?pageNumber=2", None):
        body = {"entities": [{"tollfreeNumber": "18445550001"}], "total": 2, "pageCount": 2, "nextUri": following}
        org.sandbox.fault("status", "tollfreenumbers$", "GET", status=200, body=body)
    assert org.run(gc_tollfree_number_info, {})["failure"]["kind"] == "unreadable"


@pytest.mark.parametrize("lag", [0, 150])
def test_grants(org: Org, lag: int) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    org.sandbox.switch(**{"grants.lag": lag})
    asked = {"subject_id": USER, "role": "Role"}
    assert org.twice(gc_role_grant, asked) == [f"grant the role Role to {USER}"]
    assert org.run(gc_role_grant, asked)["grant"]["division_id"] == HOME_DIVISION
    gone = {**asked, "state": "absent", "division_id": HOME_DIVISION}
    assert org.twice(gc_role_grant, gone) == [f"revoke the role Role of {USER}"]


def test_what_is_held_through_a_group_is_not_granted(org: Org) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    (identifier,) = [item["id"] for item in org.sandbox.account()["roles"] if item["name"] == "Role"]
    grant = {"role": {"id": identifier}, "division": {"id": HOME_DIVISION.upper()}}
    asked = {"subject_id": USER, "role": "Role"}
    for subject, steps in (("a-group", 1), (USER.upper(), 0), (None, 0)):
        body = {"grants": [{**grant, "subjectId": subject} if subject else grant]}
        org.sandbox.fault("status", "subjects", "GET", status=200, body=body)
        assert len(org.steps(gc_role_grant, asked, check=True)) == steps


def test_divisions(org: Org) -> None:
    asked = {"subject_id": USER, "role": "Sandbox Admin"}
    shouted = {**asked, "division_id": HOME_DIVISION.upper()}
    assert org.twice(gc_role_grant, shouted) == [f"grant the role Sandbox Admin to {USER}"]
    assert org.run(gc_role_grant, shouted)["grant"]["division_id"] == HOME_DIVISION
    client = {"name": "Integration", "roles": ["Sandbox Admin"], "division_id": f" {HOME_DIVISION.upper()} "}
    assert org.twice(gc_oauth_client, client) == ["create the OAuth client Integration"]
    for module, options in ((gc_role_grant, asked), (gc_oauth_client, client)):
        text = org.failure(module, {**options, "division_id": "Home"})
        assert text.startswith("division_id: it is not a UUID. Take the ID that Genesys Cloud CX shows")
        assert org.sandbox.requests() == []


def test_grants_that_do_not_show(org: Org) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    org.sandbox.switch(**{"grants.lag": 60_000})
    asked = {"subject_id": USER, "role": "Role", "settle_timeout": 0.2}
    result = org.run(gc_role_grant, asked)
    assert (result["failed"], result["changed"], result["failure"]["kind"]) == (True, True, "not_seen")
    assert "after 0.2 s that is not seen yet" in result["msg"]


def test_grants_of_what_is_not_there(org: Org) -> None:
    asked = {"subject_id": USER, "role": "Nobody"}
    assert "role: there is no role named Nobody. Create it with gc_role" in org.failure(gc_role_grant, asked)
    assert org.steps(gc_role_grant, asked, check=True) == [f"grant the role Nobody to {USER}"]
    assert org.warnings == ["There is no role named Nobody, unless an earlier task of the real run creates it."]
    assert org.steps(gc_role_grant, {**asked, "state": "absent"}) == []
    assert "settle_timeout: it must be a number of seconds from 0 up to 86400, not -1" in org.failure(
        gc_role_grant, {**asked, "settle_timeout": -1}
    )
    assert "it is not a UUID. Take the ID that Genesys" in org.failure(gc_role_grant, {**asked, "subject_id": "me"})


def test_grants_to_a_user_by_e_mail_address(org: Org) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    asked = {"subject_email": CLOUD_USERS[0].email.upper(), "role": "Role"}
    assert org.twice(gc_role_grant, asked) == [f"grant the role Role to {USER}"]
    assert org.run(gc_role_grant, asked)["grant"]["subject_id"] == USER
    assert org.twice(gc_role_grant, {**asked, "state": "absent"}) == [f"revoke the role Role of {USER}"]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "subject_id: neither it nor subject_email is set"),
        ({"subject_email": "a@example.com", "subject_id": USER}, "subject_id: subject_email is set too"),
        ({"subject_email": "admin"}, "subject_email: it is not an e-mail address"),
        (
            {"subject_email": "a@example.com", "subject_type": "PC_GROUP"},
            "subject_email: only users are found by it. Give subject_id",
        ),
        ({"subject_email": "nobody@example.com"}, "subject_email: there is no user nobody@example.com. Check the"),
    ],
)
def test_who_gets_a_grant_is_to_be_clear(org: Org, asked: Json, sentence: str) -> None:
    assert sentence in org.failure(gc_role_grant, {**asked, "role": "Sandbox Admin"})
    assert org.sandbox.writes() == []


@pytest.mark.parametrize("body", [[], {"results": 5}, {"results": [5]}])
def test_users_that_make_no_sense(org: Org, body: Any) -> None:
    org.sandbox.fault("status", "users/search", status=200, body=body)
    text = org.failure(gc_role_grant, {"subject_email": "a@example.com", "role": "Sandbox Admin"})
    assert "answered in a form that is not known" in text


def test_a_grant_that_is_gone_already(org: Org) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    asked = {"subject_id": USER, "role": "Role"}
    org.steps(gc_role_grant, asked)
    org.sandbox.fault("status", "roles/[^/]+$", "DELETE", status=404, body={"code": "not.found"})
    result = org.run(gc_role_grant, {**asked, "state": "absent"})
    assert result["changed"] is False
    org.sandbox.fault("status", "roles/[^/]+$", "DELETE", status=400)
    assert "Could not revoke a role" in org.failure(gc_role_grant, {**asked, "state": "absent"})


@pytest.mark.parametrize("body", [[], {"grants": [{}]}, {"grants": [5]}])
def test_subjects_that_make_no_sense(org: Org, body: Any) -> None:
    org.sandbox.fault("status", "subjects", status=200, body=body)
    text = org.failure(gc_role_grant, {"subject_id": USER, "role": "Sandbox Admin"})
    assert "answered in a form that is not known" in text


def test_a_home_division_without_an_id(org: Org) -> None:
    org.sandbox.fault("status", "home", status=200, body={})
    assert "not known" in org.failure(gc_role_grant, {"subject_id": USER, "role": "Sandbox Admin"})


def test_an_oauth_client_and_its_secret(org: Org) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    file = org.directory / "secret.yml"
    asked = {"name": "Integration", "roles": ["Role"], "secret_file": str(file)}
    assert org.steps(gc_oauth_client, asked, check=True) == ["create the OAuth client Integration"]
    assert not file.exists()
    result = org.run(gc_oauth_client, asked)
    (client,) = [item for item in org.sandbox.account()["clients"] if item["name"] == "Integration"]
    assert result["client_secret"] == client["secret"]
    assert (result["oauth_client"]["id"], result["oauth_client"]["state"]) == (client["id"], "active")
    assert client["secret"] not in json.dumps(result["oauth_client"]) + json.dumps(result["diff"])
    assert file.read_text(encoding="utf-8").splitlines() == [
        "---",
        f'gc_client_id: "{client["id"]}"',
        f'gc_client_secret: "{client["secret"]}"',
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert org.steps(gc_oauth_client, asked) == []
    assert org.run(gc_oauth_client, asked)["client_secret"] is None

    lifetime = {"name": "Integration", "access_token_validity_seconds": 3600, "description": "SMS"}
    assert org.twice(gc_oauth_client, lifetime) == [
        "change accessTokenValiditySeconds, description of the OAuth client Integration"
    ]
    extra = {"name": "Integration", "extra": {"allowedIpRanges": ["192.0.2.0/24"]}, "description": None}
    assert org.twice(gc_oauth_client, extra) == ["change allowedIpRanges, description of the OAuth client Integration"]
    assert org.twice(gc_oauth_client, {"name": "Integration", "roles": None}) == [
        "change roleDivisions of the OAuth client Integration"
    ]

    rotated = org.run(gc_oauth_client, {**asked, "state": "rotated"})
    assert rotated["changed"] is True
    assert rotated["client_secret"] not in (None, client["secret"])
    assert rotated["client_secret"] in file.read_text(encoding="utf-8")

    file.unlink()
    text = org.failure(gc_oauth_client, asked)
    assert "secret_file: the OAuth client Integration exists, and" in text
    assert "have a new one, which ends the old, with state rotated" in text
    assert org.twice(gc_oauth_client, {"name": "Integration", "state": "absent"}) == [
        "delete the OAuth client Integration"
    ]


@pytest.mark.parametrize("fault", ["cut", "html"])
def test_a_secret_that_was_lost_is_made_anew(org: Org, fault: str) -> None:
    file = org.directory / "secret.yml"
    asked = {"name": "Integration", "secret_file": str(file)}
    org.sandbox.fault(fault, "clients$", "POST", when="after")
    result = org.run(gc_oauth_client, asked)
    (client,) = [item for item in org.sandbox.account()["clients"] if item["name"] == "Integration"]
    assert (result["changed"], result["client_secret"]) == (True, client["secret"])
    assert client["secret"] in file.read_text(encoding="utf-8")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not look for long."""
    monkeypatch.setattr(api_key, "PATIENCE", 1.0)


NOTHING: Json = {"entities": []}


def test_a_client_that_shows_late_is_adopted(org: Org) -> None:
    org.sandbox.fault("late", "clients$", "POST", seconds=0.3)
    file = org.directory / "secret.yml"
    asked = {"name": "Integration", "access_token_validity_seconds": 600, "secret_file": str(file)}
    result = org.run(gc_oauth_client, asked)
    (client,) = [item for item in org.sandbox.account()["clients"] if item["name"] == "Integration"]
    assert (result["changed"], result["client_secret"]) == (True, client["secret"])
    assert result["oauth_client"]["id"] == client["id"]
    assert client["secret"] in file.read_text(encoding="utf-8")
    assert len([record for record in org.sandbox.writes() if record.path.endswith("/clients")]) == 1
    assert org.steps(gc_oauth_client, asked) == []


def clients(org: Org) -> list[Json]:
    return [item for item in org.sandbox.account()["clients"] if item["name"] == "Integration"]


def test_the_result_tells_whether_the_client_was_created(org: Org) -> None:
    asked = {"name": "Integration"}
    assert org.run(gc_oauth_client, asked, check=True)["created"] is True
    assert org.run(gc_oauth_client, asked)["created"] is True
    assert org.run(gc_oauth_client, asked)["created"] is False
    assert org.run(gc_oauth_client, asked, check=True)["created"] is False
    assert org.run(gc_oauth_client, {**asked, "state": "rotated"})["created"] is False
    assert org.run(gc_oauth_client, {**asked, "state": "absent"})["created"] is False


def test_a_new_client_is_waited_for_until_it_is_listed(org: Org) -> None:
    org.sandbox.switch(**{"clients.lag": 700})
    assert org.run(gc_oauth_client, {"name": "Integration"})["created"] is True
    assert org.warnings == []
    assert org.run(gc_oauth_client, {"name": "Integration"})["created"] is False
    assert len(clients(org)) == 1


def test_a_client_that_is_not_listed_is_read_by_the_id_that_the_file_has(org: Org) -> None:
    org.sandbox.switch(**{"clients.lag": 60_000})
    file = org.directory / "secret.yml"
    asked = {"name": "Integration", "secret_file": str(file), "settle_timeout": 0.2}
    assert org.run(gc_oauth_client, asked)["created"] is True
    assert ["is not in the list of OAuth clients" in warning for warning in org.warnings] == [True]
    content = file.read_text(encoding="utf-8")
    (made,) = clients(org)
    for written in (content, content.replace(made["id"], made["id"].upper())):
        file.write_text(written, encoding="utf-8")
        if written != content:
            # A server that takes an ID in any case.
            shown = {name: value for name, value in made.items() if name != "secret"}
            org.sandbox.fault("status", f"clients/{made['id'].upper()}$", "GET", status=200, body=shown)
        assert org.run(gc_oauth_client, asked)["changed"] is False
        assert not [record for record in org.sandbox.requests() if record.path.endswith("/clients")]
    assert len(clients(org)) == 1
    file.write_text(content, encoding="utf-8")
    assert org.run(gc_oauth_client, {**asked, "access_token_validity_seconds": 600})["created"] is False
    rotated = org.run(gc_oauth_client, {**asked, "state": "rotated"})["client_secret"]
    assert [item["secret"] for item in clients(org)] == [rotated]


def test_the_file_tells_which_of_several_clients_is_meant(org: Org) -> None:
    file = org.directory / "secret.yml"
    asked = {"name": "Integration", "secret_file": str(file), "settle_timeout": 0}
    org.run(gc_oauth_client, asked)
    (first,) = clients(org)
    org.sandbox.switch(**{"clients.lag": 500})
    org.run(gc_oauth_client, {"name": "Other", "settle_timeout": 0})
    twin = {**first, "id": "another"}
    org.sandbox.fault("status", "clients$", "GET", status=200, body={"entities": [first, twin]}, times=None)
    assert org.run(gc_oauth_client, asked)["oauth_client"]["id"] == first["id"]
    file.unlink()
    assert org.run(gc_oauth_client, asked)["failure"]["parameter"] == "name"


def test_a_file_with_the_secret_of_another_client_is_not_overwritten(org: Org) -> None:
    file = org.directory / "secret.yml"
    asked = {"name": "Integration", "secret_file": str(file)}
    org.run(gc_oauth_client, {**asked, "name": "Other"})
    content = file.read_text(encoding="utf-8")
    for exists in (False, True):
        if exists:
            org.run(gc_oauth_client, {"name": "Integration"})
        for state in ("present", "rotated"):
            for check in (True, False):
                result = org.run(gc_oauth_client, {**asked, "state": state}, check=check)
                assert result["failure"] == {"kind": "invalid_input", "parameter": "secret_file"}
                assert (org.sandbox.writes(), file.read_text(encoding="utf-8")) == ([], content)
    # Nor is it taken for the secret of a client that was made anew.
    org.run(gc_oauth_client, {"name": "Other", "state": "absent"})
    result = org.run(gc_oauth_client, asked)
    assert result["failure"] == {"kind": "invalid_input", "parameter": "secret_file"}
    assert org.run(gc_oauth_client, {**asked, "name": "Other"})["failure"]["parameter"] == "secret_file"
    assert org.sandbox.writes() == []
    secret = org.run(gc_oauth_client, {**asked, "state": "rotated"})["client_secret"]
    assert secret in file.read_text(encoding="utf-8")


def test_a_file_without_the_secret_of_the_client(org: Org) -> None:
    file = org.directory / "secret.yml"
    org.run(gc_oauth_client, {"name": "Integration"})
    for content in ("", "---\n", 'gc_client_id: "{{ mine }}"\n'):
        file.write_text(content, encoding="utf-8")
        result = org.run(gc_oauth_client, {"name": "Integration", "secret_file": str(file)})
        assert result["failure"] == {"kind": "invalid_input", "parameter": "secret_file"}
    for content in ('gc_client_id: "{{ mine }}"\ngc_client_secret: "{{ secret }}"\n', '{"gc_client_id": "mine"}'):
        file.write_text(content, encoding="utf-8")
        assert org.run(gc_oauth_client, {"name": "Integration", "secret_file": str(file)})["changed"] is False


@pytest.mark.parametrize("status", [403, 500])
def test_a_client_that_can_not_be_read_is_not_taken_for_one_that_is_gone(org: Org, status: int) -> None:
    file = org.directory / "secret.yml"
    asked = {"name": "Integration", "secret_file": str(file)}
    org.run(gc_oauth_client, asked)
    org.sandbox.fault("status", r"clients/[\w-]+$", "GET", status=status, body={"code": "x"}, times=None)
    for state in ("present", "rotated"):
        assert org.run(gc_oauth_client, {**asked, "state": state})["failed"] is True
        assert org.sandbox.writes() == []


def test_a_lost_answer_and_a_list_that_lags_make_no_second_client(org: Org) -> None:
    org.sandbox.switch(**{"clients.lag": 1500})
    org.sandbox.fault("cut", "clients$", "POST", when="after")
    result = org.run(gc_oauth_client, {"name": "Integration"})
    assert (result["created"], [item["secret"] for item in clients(org)]) == (True, [result["client_secret"]])


@pytest.mark.usefixtures("impatient")
def test_a_key_whose_name_is_taken_and_that_is_listed_late_is_looked_for_again(org: Org) -> None:
    org.steps(nexus_api_key, CLUSTER)
    org.sandbox.switch(**{"apikeys.duplicate": "conflict"})
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[], times=4)
    assert org.run(nexus_api_key, CLUSTER)["changed"] is False
    assert [record.status for record in org.sandbox.writes()] == [409]
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[], times=None)
    assert org.run(nexus_api_key, CLUSTER)["failure"]["kind"] == "refused"


@pytest.mark.parametrize("status", [200, 405])
def test_a_key_that_is_not_listed_is_read_by_the_file(org: Org, status: int) -> None:
    file = org.directory / "key.yml"
    asked = {**CLUSTER, "secret_file": str(file)}
    org.run(nexus_api_key, asked)
    if status == 405:
        # A server that reads no single key: then the list counts.
        org.sandbox.fault("status", "apikeys/", "GET", status=405, times=None)
    else:
        org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[], times=None)
    assert org.run(nexus_api_key, asked)["changed"] is False
    org.sandbox.fault("status", "apikeys/", "GET", status=403, times=None)
    if status == 200:
        assert org.run(nexus_api_key, asked)["failed"] is True
        assert org.sandbox.writes() == []


def test_a_role_that_is_listed_late_is_looked_for_again(org: Org) -> None:
    org.sandbox.switch(**{"roles.lag": 1200})
    asked = {"name": "Role", "permission_policies": MESSAGING}
    unseen = org.run(gc_role, {**asked, "settle_timeout": 0})
    assert (unseen["changed"], unseen["failure"]["kind"]) == (True, "not_seen")
    # As if someone else had created it: the name is taken, and the list does not have it yet.
    result = org.run(gc_role, asked)
    assert (result.get("failed"), result["changed"]) == (None, False)
    assert [record.status for record in org.sandbox.writes()] == [409]
    (role,) = [item for item in org.sandbox.account()["roles"] if item["name"] == "Role"]
    assert result["role"]["id"] == role["id"]


def test_a_new_role_is_waited_for(org: Org) -> None:
    org.sandbox.switch(**{"roles.lag": 500})
    assert org.run(gc_role, {"name": "Role", "permission_policies": MESSAGING})["role"]["id"]
    assert org.run(gc_role_grant, {"role": "Role", "subject_id": USER})["changed"] is True


@pytest.mark.usefixtures("impatient")
def test_a_client_that_does_not_show_is_not_created_twice(org: Org) -> None:
    org.sandbox.fault("cut", "clients$", "POST", when="after")
    org.sandbox.fault("status", "clients$", "GET", status=200, body=NOTHING, times=None)
    result = org.run(gc_oauth_client, {"name": "Integration", "settle_timeout": 0.5})
    assert (result["failed"], result["failure"]["kind"]) == (True, "unclear")
    assert "It is not known whether it was created: it did not show within 0.5 s, and is not" in result["msg"]
    assert "Run again: if it was created, it is found then." in result["msg"]
    assert len(org.sandbox.writes()) == 1
    # The next run finds it. Its secret is known to nobody.
    org.sandbox.clear_faults()
    assert org.steps(gc_oauth_client, {"name": "Integration"}) == []
    org.sandbox.fault("cut", "clients$", "POST")
    org.sandbox.fault("status", "clients$", "GET", status=500, skip=1, times=None)
    assert "looking at the server again failed too" in org.failure(gc_oauth_client, {"name": "Other"})


@pytest.mark.usefixtures("impatient")
def test_a_secret_of_an_adopted_client_that_is_lost_too(org: Org) -> None:
    for path in ("clients$", "secret$"):
        org.sandbox.fault("cut", path, "POST", when="after")
    result = org.run(gc_oauth_client, {"name": "Integration"})
    (client,) = [item for item in org.sandbox.account()["clients"] if item["name"] == "Integration"]
    assert (result["changed"], result["client_secret"]) == (True, client["secret"])


def test_an_inactive_client_is_deleted_in_one_call(org: Org) -> None:
    org.steps(gc_oauth_client, {"name": "Integration"})
    asked = {"name": "Integration", "extra": {"state": "inactive"}}
    assert org.twice(gc_oauth_client, asked) == ["change state of the OAuth client Integration"]
    org.steps(gc_oauth_client, {"name": "Integration", "state": "absent"})
    assert [record.method for record in org.sandbox.writes()] == ["DELETE"]


def test_a_client_of_another_kind_is_not_touched(org: Org) -> None:
    client = {"id": "1", "name": "Integration", "authorizedGrantType": "CODE", "state": "active"}
    org.sandbox.fault("status", "clients$", "GET", status=200, body={"entities": [client]}, times=None)
    for state in ("present", "absent", "rotated"):
        text = org.failure(gc_oauth_client, {"name": "Integration", "state": state})
        assert text.startswith("name: the OAuth client Integration has the grant type CODE. Choose another name")
        assert org.sandbox.writes() == []


def test_what_a_server_adds_to_further_fields_is_no_change(org: Org) -> None:
    ranges = {"ranges": [{"cidr": "192.0.2.0/24"}], "mode": "allow"}
    asked = {"name": "Integration", "extra": {"ipAccess": ranges, "level": 5}}
    org.steps(gc_oauth_client, asked)
    (client,) = [item for item in org.sandbox.account()["clients"] if item["name"] == "Integration"]
    seen = {**client, "level": "5", "ipAccess": {**ranges, "ranges": [{"cidr": "192.0.2.0/24", "id": 1}], "new": True}}
    org.sandbox.fault("status", "clients$", "GET", status=200, body={"entities": [seen]}, times=None)
    assert org.steps(gc_oauth_client, asked) == []
    for changed in ({**ranges, "mode": "deny"}, {**ranges, "ranges": []}, {"ranges": [{"cidr": "198.51.100.0/24"}]}):
        result = org.run(gc_oauth_client, {"name": "Integration", "extra": {"ipAccess": changed}})
        assert result["steps"] == ["change ipAccess of the OAuth client Integration"]
        (sent,) = (record.json() for record in org.sandbox.writes())
        assert sent["ipAccess"] == {**seen["ipAccess"], **changed}


def test_an_answer_without_a_secret(org: Org) -> None:
    org.sandbox.fault("status", "clients$", "POST", when="after", status=200, body={"id": "1"})
    assert org.run(gc_oauth_client, {"name": "Integration"})["client_secret"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"access_token_validity_seconds": 5},
            "access_token_validity_seconds: it must be a whole number of seconds from 300 up to 172800, not 5",
        ),
        ({"vault_password_file": "x"}, "secret_file: vault_password_file is set without it"),
        ({"roles": ["Nobody"]}, "roles[0]: there is no role named Nobody"),
        ({"name": " "}, "name: it is empty"),
        ({"secret_file": "gc.yml"}, "secret_file: it is a relative path"),
        ({"extra": {"secret": "x", "id": "y", "a": 1}}, "extra: id, secret can't be set by it. Leave it out"),
        ({"extra": {"authorizedGrantType": "CODE"}}, "extra: authorizedGrantType can't be set by it"),
    ],
)
def test_clients_that_can_not_be(org: Org, options: Json, text: str) -> None:
    assert text in org.failure(gc_oauth_client, {"name": "Integration", **options})
    assert org.sandbox.writes() == []


@pytest.mark.parametrize("duplicate", ["allowed", "conflict"])
def test_api_keys(org: Org, duplicate: str) -> None:
    org.sandbox.switch(**{"apikeys.duplicate": duplicate})
    assert org.twice(nexus_api_key, CLUSTER) == ["create the API key Portico Cluster API Key"]
    result = org.run(nexus_api_key, CLUSTER)
    (found,) = org.run(nexus_api_key_info, {"name": CLUSTER["name"], "tenant": ""})["api_keys"]
    assert result["key"] == found["key"]
    assert result["key"] not in json.dumps(result["api_key"]) + json.dumps(result["diff"])
    assert org.run(nexus_api_key_info, {"tenant": ACME.ccid})["api_keys"] == []
    file = org.directory / "key.yml"
    kept = {**CLUSTER, "secret_file": str(file)}
    planned = org.run(nexus_api_key, kept, check=True)["steps"]
    assert planned == [f"write the API key Portico Cluster API Key to {file}"] == org.run(nexus_api_key, kept)["steps"]
    assert file.read_text(encoding="utf-8") == f'---\nnexus_cluster_api_key: "{result["key"]}"\n'
    assert org.run(nexus_api_key, kept)["changed"] is False
    disabled = {"name": CLUSTER["name"], "tenant": "", "enabled": False, "permissions": ["nexus:other:*"]}
    assert org.twice(nexus_api_key, disabled) == ["change enabled, permissions of the API key Portico Cluster API Key"]
    gone = {"name": CLUSTER["name"], "tenant": "", "state": "absent"}
    assert org.twice(nexus_api_key, gone) == ["delete the API key Portico Cluster API Key"]


def test_a_key_of_a_tenant_that_is_written_down_at_once(org: Org) -> None:
    file = org.directory / "key.yml"
    asked = {"name": "acme", "tenant": ACME.ccid, "permissions": ["nexus:consumer:*"], "secret_file": str(file)}
    key = org.run(nexus_api_key, asked)["key"]
    assert file.read_text(encoding="utf-8") == f'---\nnexus_api_key: "{key}"\n'


@pytest.mark.parametrize("listed", ["supported", "unsupported"])
def test_a_key_of_ones_own(org: Org, listed: str) -> None:
    org.sandbox.switch(**{"apikeys.list": listed})
    asked = {**CLUSTER, "key": CHOSEN}
    assert org.twice(nexus_api_key, asked) == ["create the API key Portico Cluster API Key"]
    assert org.twice(nexus_api_key, {**asked, "state": "absent"}) == ["delete the API key Portico Cluster API Key"]
    org.sandbox.switch(**{"apikeys.id": "generated"})
    assert "This server chooses API keys itself" in org.failure(nexus_api_key, asked)
    assert org.sandbox.state(ACME.ccid)
    org.sandbox.switch(**{"apikeys.list": "supported"})
    assert org.run(nexus_api_key_info, {})["api_keys"] == []


def test_servers_that_do_not_list_keys(org: Org) -> None:
    org.sandbox.switch(**{"apikeys.list": "unsupported"})
    assert "Choose the key yourself, a UUID, and give it with the option key" in org.failure(nexus_api_key, CLUSTER)
    assert "does not list API keys" in org.failure(nexus_api_key_info, {})
    assert org.sandbox.writes() == []


def test_keys_that_are_in_the_way(org: Org) -> None:
    org.steps(nexus_api_key, CLUSTER)
    text = org.failure(nexus_api_key, {**CLUSTER, "key": CHOSEN})
    assert "and it is another one. Leave key out to use that one" in text
    assert CHOSEN not in text
    text = org.failure(nexus_api_key, {**CLUSTER, "key": "canary-key"})
    assert text == "key: it is not a UUID. Give a UUID, or leave it out to have one made."
    assert "permissions: it is needed to create" in org.failure(nexus_api_key, {"name": "Other", "tenant": ""})
    # Someone else creates it in the meantime.
    org.sandbox.switch(**{"apikeys.duplicate": "conflict"})
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[])
    assert org.run(nexus_api_key, CLUSTER)["changed"] is False
    org.sandbox.fault(
        "status", "apikeys$", "GET", status=200, body=[{"id": "one", "name": "T"}, {"id": "two", "name": "T"}]
    )
    assert "there are 2 API keys named T of this tenant" in org.failure(nexus_api_key, {"name": "T", "tenant": ""})


def test_a_key_of_someone_else_is_not_touched(org: Org) -> None:
    org.steps(nexus_api_key, {**CLUSTER, "key": CHOSEN})
    other = {"name": CLUSTER["name"], "tenant": ACME.ccid, "key": CHOSEN}
    for state in ("present", "absent"):
        text = org.failure(nexus_api_key, {**other, "state": state})
        assert text == "key: it is a key of another tenant. Give the key of this tenant, or leave key out."
    renamed = {"name": "Renamed", "tenant": "", "key": CHOSEN}
    text = org.failure(nexus_api_key, {**renamed, "state": "absent"})
    assert text.startswith("key: it is named Portico Cluster API Key, not Renamed. Give both")
    assert org.sandbox.writes() == []
    assert org.twice(nexus_api_key, renamed) == ["change name of the API key Renamed"]


def test_tenants_of_keys_are_the_same_in_any_case(org: Org) -> None:
    key = {"id": CHOSEN, "tenant": ACME.ccid.upper(), "name": "acme", "permissions": []}
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[key], times=None)
    assert org.steps(nexus_api_key, {"name": "acme", "tenant": ACME.ccid}) == []
    assert len(org.run(nexus_api_key_info, {"tenant": ACME.ccid.upper()})["api_keys"]) == 1


def test_a_wrong_url_is_not_taken_for_a_server_that_lists_no_keys(org: Org) -> None:
    org.sandbox.fault("status", "apikeys", "GET", status=404, body={"error": "Not Found"}, times=None)
    for asked in (CLUSTER, {**CLUSTER, "key": CHOSEN}):
        text = org.failure(nexus_api_key, asked)
        assert "Check that nexus_url is the base URL of Digital Channels" in text
        assert org.sandbox.writes() == []
    assert "nexus_url" in org.failure(nexus_api_key_info, {})
    org.sandbox.clear_faults()
    # Digital Channels itself, which says that there is no such key, and has no list.
    org.sandbox.fault("status", "apikeys$", "GET", status=404, body={"error": "Not Found"}, times=None)
    assert org.twice(nexus_api_key, {**CLUSTER, "key": CHOSEN}) == ["create the API key Portico Cluster API Key"]


@pytest.mark.parametrize("key", [None, CHOSEN])
def test_a_key_that_shows_late_is_adopted(org: Org, key: str | None) -> None:
    org.sandbox.fault("late", "apikeys$", "POST", seconds=0.3)
    file = org.directory / "key.yml"
    asked = {**CLUSTER, "key": key, "secret_file": str(file)}
    result = org.run(nexus_api_key, asked)
    assert len(org.sandbox.writes()) == 1
    (found,) = org.run(nexus_api_key_info, {})["api_keys"]
    assert (result["changed"], result["key"]) == (True, found["key"])
    assert found["key"] in file.read_text(encoding="utf-8")
    assert org.steps(nexus_api_key, asked) == []


def test_a_key_that_shows_between_two_answers_is_the_one_that_was_given(org: Org) -> None:
    asked = {**CLUSTER, "key": CHOSEN}
    org.run(nexus_api_key, asked)
    missing = {"status": {"code": 404, "message": "not found"}}
    org.sandbox.fault("status", f"apikeys/{CHOSEN}$", "GET", status=404, body=missing)
    assert org.steps(nexus_api_key, asked) == []


@pytest.mark.usefixtures("impatient")
def test_a_key_that_does_not_show_is_not_created_twice(org: Org) -> None:
    org.sandbox.fault("cut", "apikeys$", "POST", when="after")
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[], times=None)
    assert "It is not known whether it was created" in org.failure(nexus_api_key, CLUSTER)
    assert len(org.sandbox.writes()) == 1
    org.sandbox.clear_faults()
    assert org.steps(nexus_api_key, CLUSTER) == []


@pytest.mark.parametrize("body", [{}, [{}], ["x"]])
def test_keys_that_make_no_sense(org: Org, body: Any) -> None:
    org.sandbox.fault("status", "apikeys", "GET", status=200, body=body)
    assert "answered in a form that is not known" in org.failure(nexus_api_key, CLUSTER)


def test_lost_and_refused_answers_of_the_keys(org: Org) -> None:
    org.sandbox.fault("status", "apikeys$", "POST", when="after", status=200, body={})
    assert org.run(nexus_api_key, CLUSTER)["changed"] is True
    assert len(org.run(nexus_api_key_info, {})["api_keys"]) == 1
    for method, asked in (
        ("GET", CLUSTER),
        ("POST", {**CLUSTER, "name": "Other"}),
        ("GET", {**CLUSTER, "key": CHOSEN}),
    ):
        org.sandbox.fault("status", "apikeys", method, status=403)
        assert "may manage API keys" in org.failure(nexus_api_key, asked)
