# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles of Genesys Cloud CX against the sandbox: `_genesys_cloud/roles.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_oauth_client, gc_role, gc_role_grant
from integration.organization import Json, Org
from sandbox.seed import CLOUD_USERS

pytestmark = pytest.mark.usefixtures("any_roles")
USER = CLOUD_USERS[0].id
MESSAGING = [{"domain": "messaging"}, {"domain": "messagingProvisioning"}]


EACH = [
    {"domain": "messaging", "entity_name": "integration"},
    {"domain": "messaging", "entity_name": "sms"},
    {"domain": "messagingProvisioning", "entity_name": "phoneNumber"},
]


@pytest.mark.parametrize("wildcards", ["kept", "expanded"])
def test_a_role_is_created_changed_and_deleted(org: Org, wildcards: str) -> None:
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


@pytest.mark.parametrize("wildcards", ["kept", "expanded"])
def test_wildcards_are_compared_permission_by_permission(org: Org, wildcards: str) -> None:
    org.sandbox.switch(**{"roles.wildcards": wildcards})

    def role(*policies: Json) -> Json:
        return {"name": "Role", "permission_policies": list(policies)}

    changed = ["change permission_policies of the role Role"]
    view = {"domain": "messaging", "entity_name": "integration", "action_set": ["view"]}
    every: Json = {"domain": "messaging", "entity_name": "integration"}
    org.steps(gc_role, role(view))
    assert org.twice(gc_role, role(every)) == changed
    assert org.twice(gc_role, role({"domain": "messaging"})) == changed
    # The same without wildcards: all entities and all actions by name.
    assert org.steps(gc_role, role(*EACH[:2])) == []
    send = {**EACH[1], "action_set": ["send"]}
    assert org.steps(gc_role, role({**EACH[0], "action_set": ["add", "delete", "edit", "view"]}, send)) == []
    assert org.twice(gc_role, role(view, send)) == changed
    assert org.twice(gc_role, role({"domain": "messaging"}, {"domain": "oauth"})) == changed
    # An action that only some entities have.
    assert org.twice(gc_role, role({"domain": "messaging", "action_set": ["view"]})) == changed
    assert org.warnings == []


def test_the_catalogue_is_read_only_if_it_is_needed(org: Org) -> None:
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
def test_a_server_that_does_not_list_permissions(org: Org, status: int, wildcards: str) -> None:
    org.sandbox.switch(**{"roles.wildcards": wildcards})
    org.sandbox.fault("status", "/permissions$", status=status, times=None)
    role: Json = {"name": "Role", "permission_policies": MESSAGING}
    assert org.twice(gc_role, role) == ["create the role Role"]
    told = "The permissions of the role Role could not be compared exactly"
    assert [told in warning for warning in org.warnings] == ([True] if wildcards == "expanded" else [])
    narrow = {**role, "permission_policies": [{**EACH[1], "action_set": ["send"]}]}
    assert org.twice(gc_role, narrow) == ["change permission_policies of the role Role"]
    assert org.steps(gc_role, role, check=True) == ["change permission_policies of the role Role"]


@pytest.mark.parametrize("body", [{}, {"entities": [{}]}, {"entities": [{"domain": "a", "permissionMap": [1]}]}])
def test_an_invalid_catalogue_is_an_error(org: Org, body: Json) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    org.sandbox.fault("status", "/permissions$", status=200, body=body)
    asked = {"name": "Role", "permission_policies": EACH}
    assert "sent a response that is not in a known format" in org.failure(gc_role, asked)
    for status in (400, 500):
        org.sandbox.fault("status", "/permissions$", status=status)
        assert "Could not list the permissions that exist" in org.failure(gc_role, asked)


@pytest.mark.parametrize("option", ["entity_name", "action_set"])
def test_null_does_not_permit_everything(org: Org, option: str) -> None:
    policy: Json = {"domain": "messaging", "entity_name": "sms", "action_set": ["send"], option: None}
    text = org.failure(gc_role, {"name": "Role", "permission_policies": [policy]})
    assert f"permission_policies[0].{option}: it is null. Name what is permitted, or remove the option" in text
    assert org.sandbox.requests() == []


def test_a_role_that_exists_in_another_case(org: Org) -> None:
    org.steps(gc_role, {"name": "Nexus Messaging", "permission_policies": MESSAGING})
    said = "the role nexus messaging does not exist, but Nexus Messaging does, and the names differ only in case"
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
    # If the role is never listed, the task fails with the refusal.
    org.sandbox.fault("status", "roles$", "GET", status=200, body={"entities": []}, times=None)
    assert "A role named Role exists" in org.failure(gc_role, {**asked, "settle_timeout": 0.2})
    org.sandbox.fault("status", "roles$", "POST", status=400)
    assert "create the role Role" in org.failure(gc_role, asked)


def test_two_policies_for_one_entity_are_refused(org: Org) -> None:
    text = org.failure(gc_role, {"name": "Role", "permission_policies": [*MESSAGING, MESSAGING[0]]})
    assert "permission_policies[2]: there are two policies for messaging *" in text


def test_a_lost_answer_creates_no_second_role(org: Org) -> None:
    org.sandbox.fault("cut", "roles", "POST", when="after")
    assert org.run(gc_role, {"name": "Role", "permission_policies": MESSAGING})["changed"] is True
    names = [role["name"] for role in org.sandbox.account()["roles"]]
    assert names.count("Role") == 1


def test_several_roles_or_clients_with_one_name_are_an_error(org: Org) -> None:
    twins = [{"id": "1", "name": "Twin"}, {"id": "2", "name": "Twin"}, {"id": "3", "name": "twin"}]
    org.sandbox.fault("status", "roles$|clients$", "GET", status=200, body={"entities": twins}, times=None)
    assert "there are 2 roles named Twin: 1, 2" in org.failure(gc_role, {"name": "Twin"})
    assert "there are 2 OAuth clients named Twin" in org.failure(gc_oauth_client, {"name": "Twin", "state": "absent"})


def test_a_role_that_exists_and_is_listed_late_is_found(org: Org) -> None:
    org.sandbox.switch(**{"roles.lag": 1200})
    asked = {"name": "Role", "permission_policies": MESSAGING}
    unseen = org.run(gc_role, {**asked, "settle_timeout": 0})
    assert (unseen["changed"], unseen["failure"]["kind"]) == (True, "not_seen")
    # As if someone else had created it: the name is in use, but the list does not have it yet.
    result = org.run(gc_role, asked)
    assert (result.get("failed"), result["changed"]) == (None, False)
    assert [record.status for record in org.sandbox.writes()] == [409]
    (role,) = [item for item in org.sandbox.account()["roles"] if item["name"] == "Role"]
    assert result["role"]["id"] == role["id"]


def test_a_new_role_is_waited_for_until_it_is_listed(org: Org) -> None:
    org.sandbox.switch(**{"roles.lag": 500})
    assert org.run(gc_role, {"name": "Role", "permission_policies": MESSAGING})["role"]["id"]
    assert org.run(gc_role_grant, {"role": "Role", "subject_id": USER})["changed"] is True
