# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who has a role, and where: `_genesys_cloud/role_grants.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput, NotSeen
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud import role_grants
from unit.access import HOME, AccessModel
from unit.arguments import filled, wrong
from unit.doubles import make_run

USER = "aaaaaaaa-0000-4000-8000-000000000001"
DIVISION = "dddddddd-0000-4000-8000-000000000001"


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> AccessModel:
    made = AccessModel(role_list=[{"id": "r1", "name": "Role"}], user_list=[{"id": USER, "email": "a@b.example"}])
    monkeypatch.setattr(role_grants, "access_client", lambda run: made)
    return made


def run_of(*, check: bool = False, **given: Any) -> Run:
    return make_run(filled(role_grants.OPTIONS, **{"subject_id": USER, "role": "Role", **given}), check_mode=check)


def test_a_role_is_granted_and_revoked(model: AccessModel) -> None:
    shown = {"subject_id": USER, "role": "Role", "role_id": "r1", "division_id": HOME}
    planned = role_grants.run(run_of(check=True))
    assert (planned["changed"], planned["grant"], model.writes) == (True, shown, [])
    granted = role_grants.run(run_of())
    assert (granted["changed"], granted["steps"]) == (True, [f"grant the role Role to {USER}"])
    assert model.writes == [("grant", USER, "PC_USER", HOME, "r1")]
    assert role_grants.run(run_of()) == {"changed": False, "steps": [], "grant": shown}
    revoked = role_grants.run(run_of(state="absent"))
    assert (revoked["changed"], revoked["steps"]) == (True, [f"revoke the role Role from {USER}"])
    assert revoked["grant"] == {}
    assert model.writes[1:] == [("revoke", USER, "PC_USER", HOME, "r1")]
    assert role_grants.run(run_of(state="absent")) == {"changed": False, "steps": [], "grant": {}}


def test_a_diff_has_the_grant_on_one_side(model: AccessModel) -> None:
    given = filled(role_grants.OPTIONS, subject_id=USER, role="Role")
    grant = {"subject_id": USER, "role": "Role", "role_id": "r1", "division_id": HOME}
    assert role_grants.run(make_run(given, diff_mode=True))["diff"] == {"before": {}, "after": grant}
    absent = make_run({**given, "state": "absent"}, diff_mode=True)
    assert role_grants.run(absent)["diff"] == {"before": grant, "after": {}}


@pytest.mark.parametrize(
    ("email", "problem"),
    [(None, "it is missing, and so is subject_email"), ("a@b.example", "subject_email is set too")],
)
def test_a_subject_has_one_name(model: AccessModel, email: str | None, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        role_grants.run(run_of(subject_id=None if email is None else USER, subject_email=email))


def test_a_division_and_a_kind_of_subject_can_be_named(model: AccessModel) -> None:
    given: dict[str, Any] = {
        "division_id": DIVISION.upper(),
        "subject_type": "PC_OAUTH_CLIENT",
        "subject_id": USER.upper(),
    }
    assert role_grants.run(run_of(**given))["grant"]["division_id"] == DIVISION
    assert model.writes == [("grant", USER, "PC_OAUTH_CLIENT", DIVISION, "r1")]
    assert "home_division" not in model.reads


def test_a_user_is_found_by_an_address(model: AccessModel) -> None:
    given: dict[str, Any] = {"subject_id": None, "subject_email": "A@b.example"}
    assert role_grants.run(run_of(**given))["grant"]["subject_id"] == USER
    assert wrong(role_grants.run, run_of(**{**given, "subject_email": "c@b.example"})) == "subject_email"
    model.user_list.append({"id": "2", "email": "a@B.example"})
    assert wrong(role_grants.run, run_of(**given)) == "subject_email"


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"subject_id": None}, "subject_id"),
        ({"subject_email": "a@b.example"}, "subject_id"),
        ({"subject_id": "me"}, "subject_id"),
        ({"subject_id": None, "subject_email": "me"}, "subject_email"),
        ({"subject_id": None, "subject_email": "a@b.example", "subject_type": "PC_GROUP"}, "subject_email"),
        ({"role": " "}, "role"),
        ({"division_id": "Home"}, "division_id"),
        ({"settle_timeout": -1.0}, "settle_timeout"),
        ({"role": "Nobody"}, "role"),
        ({"role": "role"}, "role"),
        ({"role": "role", "check": True}, "role"),
    ],
)
def test_an_option_that_is_wrong_is_named(model: AccessModel, given: dict[str, Any], parameter: str) -> None:
    assert wrong(role_grants.run, run_of(**given)) == parameter
    assert model.writes == []


def test_check_mode_takes_a_role_that_an_earlier_task_would_create(model: AccessModel) -> None:
    run = run_of(role="Nobody", check=True)
    result = role_grants.run(run)
    assert (result["changed"], result["grant"]["role_id"]) == (True, None)
    assert len(run.warnings) == 1
    quiet = run_of(role="Nobody", state="absent")
    assert (role_grants.run(quiet)["changed"], quiet.warnings, model.writes) == (False, [], [])


def test_a_grant_is_waited_for(model: AccessModel) -> None:
    model.lag = 1
    run = run_of(settle_timeout=5.0)
    assert role_grants.run(run)["changed"] is True
    assert model.reads.count("grants") == 3


def test_a_grant_that_does_not_show_is_an_error(model: AccessModel) -> None:
    model.lag = 99
    with pytest.raises(NotSeen, match=r"after 0\.05 s") as caught:
        role_grants.run(run_of(settle_timeout=0.05))
    assert caught.value.changed is True


def test_a_grant_that_is_gone_meanwhile_is_no_change(model: AccessModel, monkeypatch: pytest.MonkeyPatch) -> None:
    model.granted.add((USER, "r1", HOME))
    monkeypatch.setattr(model, "revoke", lambda *_arguments: False)
    assert role_grants.run(run_of(state="absent"))["changed"] is False


@pytest.mark.parametrize(("value", "expected"), [(None, None), (f" {DIVISION.upper()} ", DIVISION)])
def test_the_id_of_a_division(value: str | None, expected: str | None) -> None:
    assert role_grants.division_id({"division_id": value}) == expected
