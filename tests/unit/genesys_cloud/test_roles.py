# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles of Genesys Cloud CX: `_genesys_cloud/roles.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput, NotSeen, Refused
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud import roles as role
from unit.access import AccessModel
from unit.arguments import filled, wrong
from unit.doubles import make_run


def test_wildcards_are_compared_with_the_catalogue() -> None:
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


CATALOGUE = {"a": {"x": frozenset({"view", "edit"}), "y": frozenset({"send"})}}


def policy(domain: str, entity: str = "*", *actions: str, **fields: Any) -> dict[str, Any]:
    return {"domain": domain, "entityName": entity, "actionSet": list(actions or ("*",)), **fields}


def asked(domain: str, entity: str = "*", *actions: str) -> dict[str, Any]:
    """Return a policy as the option has it."""
    return {"domain": domain, "entity_name": entity, "action_set": list(actions or ("*",))}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> AccessModel:
    made = AccessModel(catalogue=CATALOGUE)
    monkeypatch.setattr(role, "access_client", lambda run: made)
    return made


def run_of(*, check: bool = False, **given: Any) -> Run:
    params = filled(role.OPTIONS, **{"name": "Role", **given})
    return make_run(params, {"name": "Role", **given}, check_mode=check, diff_mode=True)


def test_a_role_is_created_changed_and_deleted(model: AccessModel) -> None:
    given: dict[str, Any] = {"description": "d", "permission_policies": [asked("b"), asked("a", "x", "view", "edit")]}
    shown = {
        "name": "Role",
        "description": "d",
        "permission_policies": [asked("a", "x", "edit", "view"), asked("b")],
    }
    planned = role.run(run_of(check=True, **given))
    assert (planned["changed"], planned["role"], model.writes) == (True, {**shown, "id": None}, [])
    created = role.run(run_of(**given))
    assert (created["steps"], created["role"]) == (["create the role Role"], {**shown, "id": "role-0"})
    assert created["diff"] == {"before": {}, "after": shown}
    body = {"name": "Role", "description": "d", "permissionPolicies": [policy("a", "x", "edit", "view"), policy("b")]}
    assert model.writes == [("create_role", body)]
    again = role.run(run_of(**given))
    assert (again["changed"], again["steps"], again["diff"]) == (False, [], {"before": shown, "after": shown})
    changed = role.run(run_of(description=None, permission_policies=[]))
    assert changed["steps"] == ["change description, permission_policies of the role Role"]
    assert model.writes[1:] == [
        ("replace_role", "role-0", {"name": "Role", "description": "", "permissionPolicies": []})
    ]
    assert role.run(run_of())["changed"] is False
    deleted = role.run(run_of(state="absent"))
    assert (deleted["steps"], deleted["role"], deleted["diff"]["after"]) == (["delete the role Role"], {}, {})
    assert model.writes[2:] == [("delete_role", "role-0")]
    assert role.run(run_of(state="absent"))["changed"] is False


def test_what_is_left_out_stays(model: AccessModel) -> None:
    policies = [policy("a", "x", "view", id="p1"), policy("b", resourceConditionNode={})]
    model.role_list.append({"id": "1", "name": "Role", "description": "d", "permissionPolicies": policies})
    assert role.run(run_of(description="e"))["steps"] == ["change description of the role Role"]
    assert model.writes == [("replace_role", "1", {"name": "Role", "description": "e", "permissionPolicies": policies})]
    # A policy that is changed keeps its other fields.
    role.run(run_of(permission_policies=[asked("a", "x", "edit")]))
    assert model.writes[1][2]["permissionPolicies"] == [policy("a", "x", "edit", id="p1")]
    assert role.run(run_of(permission_policies=None))["steps"] == ["change permission_policies of the role Role"]


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"name": " "}, "name"),
        ({"settle_timeout": -1.0}, "settle_timeout"),
        ({"permission_policies": [{**asked("a"), "entity_name": None}]}, "permission_policies[0].entity_name"),
        (
            {"permission_policies": [asked("b"), {**asked("a"), "action_set": None}]},
            "permission_policies[1].action_set",
        ),
        ({"permission_policies": [asked(" ")]}, "permission_policies[0].domain"),
        ({"permission_policies": [asked("a"), asked("b"), asked("a", "*", "view")]}, "permission_policies[2]"),
    ],
)
def test_an_option_that_is_wrong_is_named(model: AccessModel, given: dict[str, Any], parameter: str) -> None:
    assert wrong(role.run, run_of(**given)) == parameter
    assert (model.reads, model.writes) == ([], [])


def test_two_roles_of_a_name_are_refused(model: AccessModel) -> None:
    model.role_list += [{"id": "1", "name": "Role"}, {"id": "2", "name": "Role"}]
    with pytest.raises(InvalidInput, match="2 roles named Role: 1, 2"):
        role.run(run_of())
    with pytest.raises(InvalidInput):
        role.run(run_of(state="absent"))


def test_a_role_in_another_case_is_in_the_way_of_a_new_one(model: AccessModel) -> None:
    model.role_list.append({"id": "1", "name": "ROLE"})
    with pytest.raises(InvalidInput, match="ROLE"):
        role.run(run_of())
    assert role.run(run_of(state="absent"))["changed"] is False


@pytest.mark.parametrize(
    ("stored", "desired", "is_read", "changed"),
    [
        # The same words, or no wildcard: the catalogue is not needed.
        ([policy("a")], [asked("a")], False, False),
        ([policy("a", "x", "view")], [asked("a", "x", "edit")], False, True),
        ([policy("a", "x", "*")], [asked("a", "x", "edit")], True, True),
        ([policy("a", "x", "edit", "view"), policy("a", "y", "send")], [asked("a")], True, False),
        ([policy("a", "x", "edit"), policy("a", "y", "send")], [asked("a")], True, True),
        ([policy("*")], [asked("a")], True, False),
    ],
)
def test_the_catalogue_is_read_only_if_it_is_needed(
    model: AccessModel, stored: list[Any], desired: list[Any], is_read: bool, changed: bool
) -> None:
    model.role_list.append({"id": "1", "name": "Role", "permissionPolicies": stored})
    assert role.run(run_of(permission_policies=desired))["changed"] is changed
    assert ("permissions" in model.reads) is is_read
    model.reads.clear()
    role.run(run_of(state="absent", permission_policies=desired))
    assert "permissions" not in model.reads


@pytest.mark.parametrize(
    ("stored", "desired", "same"),
    [
        # A server that keeps wildcards has each of them.
        ([policy("a", "*", "*")], [asked("a", "x", "view")], False),
        ([policy("a", "x", "view"), policy("b", "y", "*")], [asked("a", "*", "view"), asked("b", "y", "*")], False),
        # Otherwise what is there counts as what the wildcard means.
        ([policy("a", "x", "view"), policy("a", "y", "send")], [asked("a")], True),
        ([policy("a", "x", "view")], [asked("a", "x")], True),
        ([policy("a", "x", "view"), policy("a", "y", "view")], [asked("a", "*", "view")], True),
        ([policy("a", "x", "view")], [asked("a", "*", "view", "edit")], True),
        ([policy("a", "x", "view", "send")], [asked("a", "*", "view", "edit")], False),
        ([policy("a", "x", "view"), policy("a", "y", "send")], [asked("a", "*", "view")], False),
        ([policy("a", "x", "view"), policy("b", "y", "send")], [asked("a")], False),
        ([policy("a", "x", "view")], [asked("a"), asked("b")], False),
        ([policy("a", "x", "view")], [asked("a", "x", "*"), asked("a", "y", "*")], False),
    ],
)
def test_without_a_catalogue_it_is_guessed_and_said(
    model: AccessModel, stored: list[Any], desired: list[Any], same: bool
) -> None:
    model.catalogue = None
    model.role_list.append({"id": "1", "name": "Role", "permissionPolicies": stored})
    run = run_of(permission_policies=desired, check=True)
    assert role.run(run)["changed"] is not same
    assert len(run.warnings) == 1


def test_policies_for_one_entity_are_taken_together() -> None:
    policies = [policy("a", "x", "view"), policy("a", "x", "edit"), {"domain": "b", "entityName": "y"}]
    assert role.permissions_of(policies) == {("a", "x"): {"view", "edit"}, ("b", "y"): set()}
    assert role.permissions_of(None) == {}


def test_a_new_role_is_waited_for(model: AccessModel) -> None:
    model.lag = 1
    assert role.run(run_of(settle_timeout=5.0))["role"]["id"] == "role-0"


def test_a_new_role_that_does_not_show_is_an_error(model: AccessModel) -> None:
    model.lag = 99
    with pytest.raises(NotSeen, match=r"0\.05 s") as caught:
        role.run(run_of(settle_timeout=0.05))
    assert caught.value.changed is True


def refuse(status: int) -> Refused:
    return Refused("create the role Role", "https://h", f"answered {status}", "Look", status=status)


def test_a_role_that_someone_else_creates_is_compared(model: AccessModel) -> None:
    def overtake(_name: str) -> None:
        model.before = lambda name: None
        model.role_list.append({"id": "9", "name": "Role", "description": "theirs"})
        raise refuse(409)

    model.before = overtake
    result = role.run(run_of(description="ours"))
    assert (result["changed"], result["role"]["id"], result["role"]["description"]) == (True, "9", "ours")
    assert [write[0] for write in model.writes] == ["replace_role"]


@pytest.mark.parametrize("status", [400, 409])
def test_a_refused_role_is_an_error(model: AccessModel, status: int) -> None:
    def fail(_name: str) -> None:
        raise refuse(status)

    model.before = fail
    with pytest.raises(Refused) as caught:
        role.run(run_of(settle_timeout=0.0))
    assert caught.value.status == status
    assert model.reads.count("roles") == (1 if status == 400 else 2)


@pytest.mark.parametrize(("found", "expected"), [([], None), ([{"id": 1}], {"id": 1})])
def test_the_only_thing_of_a_name(found: list[dict[str, Any]], expected: object) -> None:
    assert role.the_only("name", "n", found, "role") == expected


def test_permissions_are_compared_with_and_without_a_catalogue() -> None:
    every = {("a", "*"): frozenset({"*"})}
    assert role.same(every, dict(every))
    assert role.same({("a", "*"): frozenset({"view"})}, {("a", "x"): frozenset({"view"})})
    # All actions of all entities leave out the action that an entity does not have.
    each = {("a", "x"): frozenset({"view", "edit"}), ("a", "y"): frozenset({"send"})}
    assert role.same(each, {("a", "*"): frozenset({"view", "edit", "send"})}, CATALOGUE)


def test_an_unchanged_role_is_read_once(model: AccessModel) -> None:
    model.role_list.append({"id": "r1", "name": "Role"})
    assert role.run(run_of())["changed"] is False
    assert model.reads.count("roles") == 1


def test_two_policies_for_one_entity_are_named() -> None:
    with pytest.raises(InvalidInput, match="there are two policies for a x"):
        role.parse(run_of(permission_policies=[asked("a", "x"), asked("a", "x", "view")]))


def test_the_first_role_with_the_name_in_another_case_is_named() -> None:
    with pytest.raises(InvalidInput, match="but ROLE does, and the names differ only in case"):
        role.find("name", "Role", [{"name": "ROLE"}, {"name": "role"}], needed=True)
