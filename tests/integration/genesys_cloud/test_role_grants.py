# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Grants of roles against the sandbox: `_genesys_cloud/role_grants.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_oauth_client, gc_role, gc_role_grant
from integration.organization import Json, Org
from sandbox.seed import CLOUD_USERS, HOME_DIVISION

pytestmark = pytest.mark.usefixtures("any_roles")
USER = CLOUD_USERS[0].id
MESSAGING = [{"domain": "messaging"}, {"domain": "messagingProvisioning"}]


@pytest.mark.parametrize("lag", [0, 150])
def test_a_role_is_granted_and_revoked(org: Org, lag: int) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    org.sandbox.switch(**{"grants.lag": lag})
    asked = {"subject_id": USER, "role": "Role"}
    assert org.twice(gc_role_grant, asked) == [f"grant the role Role to {USER}"]
    assert org.run(gc_role_grant, asked)["grant"]["division_id"] == HOME_DIVISION
    gone = {**asked, "state": "absent", "division_id": HOME_DIVISION}
    assert org.twice(gc_role_grant, gone) == [f"revoke the role Role from {USER}"]


def test_a_grant_through_a_group_does_not_count(org: Org) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    (identifier,) = [item["id"] for item in org.sandbox.account()["roles"] if item["name"] == "Role"]
    grant = {"role": {"id": identifier}, "division": {"id": HOME_DIVISION.upper()}}
    asked = {"subject_id": USER, "role": "Role"}
    for subject, steps in (("a-group", 1), (USER.upper(), 0), (None, 0)):
        body = {"grants": [{**grant, "subjectId": subject} if subject else grant]}
        org.sandbox.fault("status", "subjects", "GET", status=200, body=body)
        assert len(org.steps(gc_role_grant, asked, check=True)) == steps


def test_a_role_is_granted_in_a_division(org: Org) -> None:
    asked = {"subject_id": USER, "role": "Sandbox Admin"}
    shouted = {**asked, "division_id": HOME_DIVISION.upper()}
    assert org.twice(gc_role_grant, shouted) == [f"grant the role Sandbox Admin to {USER}"]
    assert org.run(gc_role_grant, shouted)["grant"]["division_id"] == HOME_DIVISION
    client = {"name": "Integration", "roles": ["Sandbox Admin"], "division_id": f" {HOME_DIVISION.upper()} "}
    assert org.twice(gc_oauth_client, client) == ["create the OAuth client Integration"]
    for module, options in ((gc_role_grant, asked), (gc_oauth_client, client)):
        text = org.failure(module, {**options, "division_id": "Home"})
        assert text.startswith("division_id: must be a UUID. Use the ID that Genesys Cloud CX shows")
        assert org.sandbox.requests() == []


def test_a_grant_that_is_not_returned_in_time_is_not_seen(org: Org) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    org.sandbox.switch(**{"grants.lag": 60_000})
    asked = {"subject_id": USER, "role": "Role", "settle_timeout": 0.2}
    result = org.run(gc_role_grant, asked)
    assert (result["failed"], result["changed"], result["failure"]["kind"]) == (True, True, "not_seen")
    assert "but the server does not return the grant after 0.2 s" in result["msg"]


def test_a_grant_of_a_role_that_does_not_exist(org: Org) -> None:
    asked = {"subject_id": USER, "role": "Nobody"}
    assert "role: the role Nobody does not exist. Create it with gc_role" in org.failure(gc_role_grant, asked)
    assert org.steps(gc_role_grant, asked, check=True) == [f"grant the role Nobody to {USER}"]
    assert org.warnings == ["The role Nobody does not exist. The real run fails unless an earlier task creates it."]
    assert org.steps(gc_role_grant, {**asked, "state": "absent"}) == []
    assert "settle_timeout: must be a number of seconds from 0 to 86400, not -1" in org.failure(
        gc_role_grant, {**asked, "settle_timeout": -1}
    )
    assert "must be a UUID. Use the ID that Genesys" in org.failure(gc_role_grant, {**asked, "subject_id": "me"})


def test_grants_to_a_user_by_e_mail_address(org: Org) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    asked = {"subject_email": CLOUD_USERS[0].email.upper(), "role": "Role"}
    assert org.twice(gc_role_grant, asked) == [f"grant the role Role to {USER}"]
    assert org.run(gc_role_grant, asked)["grant"]["subject_id"] == USER
    assert org.twice(gc_role_grant, {**asked, "state": "absent"}) == [f"revoke the role Role from {USER}"]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "subject_id: it is missing, and so is subject_email"),
        ({"subject_email": "a@example.com", "subject_id": USER}, "subject_id: subject_email is set too"),
        ({"subject_email": "admin"}, "subject_email: must be an e-mail address"),
        (
            {"subject_email": "a@example.com", "subject_type": "PC_GROUP"},
            "subject_email: only a user can be found by e-mail address. Use subject_id",
        ),
        ({"subject_email": "nobody@example.com"}, "subject_email: there is no user nobody@example.com. Check the"),
    ],
)
def test_invalid_subjects_are_refused(org: Org, asked: Json, sentence: str) -> None:
    assert sentence in org.failure(gc_role_grant, {**asked, "role": "Sandbox Admin"})
    assert org.sandbox.writes() == []


@pytest.mark.parametrize("body", [[], {"results": 5}, {"results": [5]}])
def test_invalid_answers_to_the_user_search(org: Org, body: Any) -> None:
    org.sandbox.fault("status", "users/search", status=200, body=body)
    text = org.failure(gc_role_grant, {"subject_email": "a@example.com", "role": "Sandbox Admin"})
    assert "sent a response that is not in a known format" in text


def test_a_grant_that_someone_else_revoked(org: Org) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    asked = {"subject_id": USER, "role": "Role"}
    org.steps(gc_role_grant, asked)
    org.sandbox.fault("status", "roles/[^/]+$", "DELETE", status=404, body={"code": "not.found"})
    result = org.run(gc_role_grant, {**asked, "state": "absent"})
    assert result["changed"] is False
    org.sandbox.fault("status", "roles/[^/]+$", "DELETE", status=400)
    assert "Could not revoke a role" in org.failure(gc_role_grant, {**asked, "state": "absent"})


@pytest.mark.parametrize("body", [[], {"grants": [{}]}, {"grants": [5]}])
def test_invalid_answers_about_a_subject(org: Org, body: Any) -> None:
    org.sandbox.fault("status", "subjects", status=200, body=body)
    text = org.failure(gc_role_grant, {"subject_id": USER, "role": "Sandbox Admin"})
    assert "sent a response that is not in a known format" in text


def test_a_home_division_without_an_id(org: Org) -> None:
    org.sandbox.fault("status", "home", status=200, body={})
    assert "not in a known format" in org.failure(gc_role_grant, {"subject_id": USER, "role": "Sandbox Admin"})
