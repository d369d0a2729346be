# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OAuth clients and their secrets: `_genesys_cloud/oauth_client.py`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    InvalidInput,
    LostSight,
    NotWritten,
    Refused,
    Unclear,
    Unsettled,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud import oauth_client
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.role_grants import NOT_YET
from unit.access import HOME, AccessModel
from unit.arguments import filled, wrong
from unit.doubles import make_run

DIVISION = "dddddddd-0000-4000-8000-000000000001"
BODY = {"authorizedGrantType": "CLIENT-CREDENTIALS", "state": "active", "name": "Integration"}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> AccessModel:
    made = AccessModel(role_list=[{"id": "r1", "name": "Role"}, {"id": "r2", "name": "Other"}])
    monkeypatch.setattr(oauth_client, "access_client", lambda run: made)
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret.yml"


def run_of(*, check: bool = False, **given: Any) -> Run:
    said = {"name": "Integration", "settle_timeout": 0.0, **given}
    return make_run(filled(oauth_client.OPTIONS, **said), said, check_mode=check, diff_mode=True)


def stored(**fields: Any) -> dict[str, Any]:
    return {**BODY, "id": "client-0", "secret": "secret-0", **fields}


def written(identifier: str = "client-0", secret: str = "secret-0") -> str:
    return f'---\ngc_client_id: "{identifier}"\ngc_client_secret: "{secret}"\n'


def unclear(_name: str) -> None:
    raise Unclear("create the OAuth client", "https://h", "broke off the connection", "Look")


# Creation


def test_a_client_is_created(model: AccessModel) -> None:
    planned = oauth_client.run(run_of(check=True))
    assert (planned["changed"], planned["created"], planned["client_secret"], model.writes) == (True, True, None, [])
    result = oauth_client.run(run_of())
    assert model.writes == [("create_client", BODY)]
    assert (result["steps"], result["created"]) == (["create the OAuth client Integration"], True)
    assert result["client_secret"] == "secret-0"
    assert result["oauth_client"] == {**BODY, "id": "client-0"}
    assert "secret-0" not in str(result["diff"])
    again = oauth_client.run(run_of())
    assert (again["changed"], again["created"], again["client_secret"]) == (False, False, None)
    assert oauth_client.run(run_of(check=True))["created"] is False


def test_options_become_fields(model: AccessModel) -> None:
    given: dict[str, Any] = {
        "description": "d",
        "access_token_validity_seconds": 600,
        "roles": ["Role", "Other"],
        "extra": {"state": "inactive", "ipAccess": {"a": 1}},
    }
    oauth_client.run(run_of(**given))
    assert model.writes == [
        (
            "create_client",
            {
                **BODY,
                "state": "inactive",
                "description": "d",
                "accessTokenValiditySeconds": 600,
                "roleDivisions": [{"roleId": "r1", "divisionId": HOME}, {"roleId": "r2", "divisionId": HOME}],
                "ipAccess": {"a": 1},
            },
        )
    ]
    assert oauth_client.run(run_of(**given))["changed"] is False
    cleared = oauth_client.run(run_of(description=None, roles=None, extra={"state": "inactive"}))
    assert cleared["steps"] == ["change description, roleDivisions of the OAuth client Integration"]
    assert (model.client_list[0]["description"], model.client_list[0]["roleDivisions"]) == ("", [])


def test_a_division_can_be_named(model: AccessModel) -> None:
    oauth_client.run(run_of(roles=["Role"], division_id=DIVISION.upper()))
    assert model.client_list[0]["roleDivisions"] == [{"roleId": "r1", "divisionId": DIVISION}]
    assert "home_division" not in model.reads


def test_check_mode_takes_a_role_that_an_earlier_task_would_create(model: AccessModel) -> None:
    run = run_of(roles=["Nobody"], check=True)
    assert oauth_client.run(run)["oauth_client"]["roleDivisions"] == [{"roleId": NOT_YET, "divisionId": HOME}]
    assert len(run.warnings) == 1


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"name": " "}, "name"),
        ({"settle_timeout": -1.0}, "settle_timeout"),
        ({"access_token_validity_seconds": 299}, "access_token_validity_seconds"),
        ({"access_token_validity_seconds": 172801}, "access_token_validity_seconds"),
        ({"extra": {"id": "x"}}, "extra"),
        ({"extra": {"name": "x"}}, "extra"),
        ({"extra": {"secret": "x"}}, "extra"),
        ({"extra": {"authorizedGrantType": "CODE"}}, "extra"),
        ({"roles": ["Role", "Nobody"]}, "roles[1]"),
        ({"roles": ["Role"], "division_id": "Home"}, "division_id"),
        ({"secret_file": "relative.yml"}, "secret_file"),
    ],
)
def test_an_option_that_is_wrong_is_named(model: AccessModel, given: dict[str, Any], parameter: str) -> None:
    assert wrong(oauth_client.run, run_of(**given)) == parameter
    assert model.writes == []


def test_a_new_client_that_the_list_does_not_have_yet_is_a_warning(model: AccessModel) -> None:
    model.lag = 99
    run = run_of(settle_timeout=0.05)
    assert oauth_client.run(run)["created"] is True
    assert ["0.05 s" in warning for warning in run.warnings] == [True]
    model.lag, model.client_list = 1, []
    patient = run_of(settle_timeout=5.0)
    assert oauth_client.run(patient)["created"] is True
    assert patient.warnings == []


def test_a_creation_without_a_response_is_looked_for(model: AccessModel) -> None:
    model.after = lambda name: unclear(name) if name == "create_client" else None
    result = oauth_client.run(run_of())
    assert [write[0] for write in model.writes] == ["create_client", "renew_secret"]
    assert (result["created"], result["client_secret"]) == (True, "secret-0-new")


def test_a_renewal_without_a_response_is_repeated(model: AccessModel) -> None:
    """The client exists then, but nobody has its secret."""
    lost = ["create_client", "renew_secret"]
    model.after = lambda name: unclear(lost.pop(0)) if name in lost else None
    result = oauth_client.run(run_of())
    assert [write[0] for write in model.writes] == ["create_client", "renew_secret", "renew_secret"]
    assert (result["created"], result["client_secret"]) == (True, "secret-0-new-new")


def test_a_creation_that_does_not_show_is_not_repeated(model: AccessModel) -> None:
    model.before = unclear
    with pytest.raises(Unsettled):
        oauth_client.run(run_of())
    assert model.writes == []


def test_a_creation_that_can_not_be_looked_for_is_said(model: AccessModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        monkeypatch.setattr(model, "clients", lambda _name: unclear("read"))
        unclear(name)

    model.before = fail
    with pytest.raises(LostSight):
        oauth_client.run(run_of())


# The client that is there


def test_a_client_is_changed_and_keeps_the_rest(model: AccessModel) -> None:
    model.client_list.append(stored(description="d", further=1, dateCreated="x"))
    result = oauth_client.run(run_of(description="e"))
    assert result["steps"] == ["change description of the OAuth client Integration"]
    ((name, identifier, body),) = model.writes
    assert (name, identifier) == ("replace_client", "client-0")
    assert {key: body[key] for key in ("name", "description", "further", "state")} == {
        "name": "Integration",
        "description": "e",
        "further": 1,
        "state": "active",
    }
    assert "id" not in body
    assert result["diff"]["before"]["description"] == "d"


@pytest.mark.parametrize(
    ("seen", "asked", "changed"),
    [
        ({"a": {"b": 1, "added": 2}}, {"a": {"b": 1}}, False),
        ({"a": {"b": 2}}, {"a": {"b": 1}}, True),
        ({"a": [1, 2]}, {"a": [1, 2]}, False),
        ({"a": [1, 2]}, {"a": [1]}, True),
        ({"a": [{"x": 1, "id": 9}]}, {"a": [{"x": 1}]}, False),
        ({"a": "5"}, {"a": 5}, False),
        ({"a": "6"}, {"a": 5}, True),
        ({}, {"a": ""}, False),
        ({"a": None}, {"a": False}, False),
        ({}, {"a": "x"}, True),
        ({"a": True}, {"a": True}, False),
        ({"a": "x"}, {"a": {"b": 1}}, True),
        ({"a": {"b": 1}}, {"a": "x"}, True),
        ({"a": 5}, {"a": [1]}, True),
        ({"a": [1]}, {"a": "x"}, True),
    ],
)
def test_what_a_server_adds_or_writes_otherwise_is_no_change(
    model: AccessModel, seen: dict[str, Any], asked: dict[str, Any], changed: bool
) -> None:
    model.client_list.append(stored(**seen))
    assert oauth_client.run(run_of(extra=asked))["changed"] is changed
    if changed:
        assert oauth_client.run(run_of(extra=asked))["changed"] is False


def test_a_change_keeps_what_the_server_has_inside_a_field(model: AccessModel) -> None:
    model.client_list.append(stored(a={"b": 1, "c": {"d": 1}}))
    oauth_client.run(run_of(extra={"a": {"b": 2, "c": {"e": 3}}}))
    assert model.client_list[0]["a"] == {"b": 2, "c": {"d": 1, "e": 3}}


def test_roles_are_compared_without_their_order_and_case(model: AccessModel) -> None:
    pairs = [{"roleId": "r2", "divisionId": HOME.upper()}, {"roleId": "r1", "divisionId": HOME}]
    model.client_list.append(stored(roleDivisions=pairs))
    assert oauth_client.run(run_of(roles=["Role", "Other"]))["changed"] is False
    assert oauth_client.run(run_of(roles=["Role"]))["changed"] is True
    assert oauth_client.run(run_of())["changed"] is False


@pytest.mark.parametrize("kind", ["CLIENT-CREDENTIALS", "client_credentials", None])
def test_a_client_of_this_kind_is_taken(model: AccessModel, kind: str | None) -> None:
    model.client_list.append(stored(authorizedGrantType=kind))
    assert oauth_client.run(run_of(state="absent"))["changed"] is True


@pytest.mark.parametrize("state", ["present", "absent", "rotated"])
def test_a_client_of_another_kind_is_not_touched(model: AccessModel, state: str) -> None:
    model.client_list.append(stored(authorizedGrantType="CODE"))
    assert wrong(oauth_client.run, run_of(state=state)) == "name"
    assert model.writes == []


def test_two_clients_of_a_name_are_refused(model: AccessModel) -> None:
    model.client_list += [stored(), stored(id="client-1")]
    with pytest.raises(InvalidInput, match="client-0, client-1"):
        oauth_client.run(run_of())


@pytest.mark.parametrize(
    ("state", "writes"), [("active", ["replace_client", "delete_client"]), ("inactive", ["delete_client"])]
)
def test_a_client_is_inactive_before_it_is_deleted(model: AccessModel, state: str, writes: list[str]) -> None:
    model.client_list.append(stored(state=state))
    result = oauth_client.run(run_of(state="absent"))
    assert (result["steps"], result["oauth_client"]) == (["delete the OAuth client Integration"], {})
    assert (result["created"], [write[0] for write in model.writes]) == (False, writes)
    assert oauth_client.run(run_of(state="absent"))["changed"] is False


def test_a_client_to_delete_needs_no_roles(model: AccessModel) -> None:
    model.client_list.append(stored(state="inactive"))
    assert oauth_client.run(run_of(state="absent", roles=["Nobody"]))["changed"] is True


# Its secret


def test_a_secret_is_renewed(model: AccessModel, file: Path) -> None:
    model.client_list.append(stored())
    result = oauth_client.run(run_of(state="rotated"))
    assert result["steps"] == ["renew the secret of the OAuth client Integration"]
    assert (result["client_secret"], result["created"]) == ("secret-0-new", False)
    result = oauth_client.run(run_of(state="rotated", secret_file=str(file), description="d"))
    assert result["steps"] == [
        "change description of the OAuth client Integration",
        "renew the secret of the OAuth client Integration",
    ]
    assert file.read_text(encoding="utf-8") == written(secret="secret-0-new-new")
    assert "secrets_to_write" not in result["oauth_client"]
    assert result["diff"]["after"]["secrets_to_write"] == ["client_secret"]


def test_a_rotation_creates_a_client_that_is_not_there(model: AccessModel) -> None:
    result = oauth_client.run(run_of(state="rotated"))
    assert (result["created"], [write[0] for write in model.writes]) == (True, ["create_client"])


def test_a_new_secret_is_written_to_the_file(model: AccessModel, file: Path) -> None:
    asked: dict[str, Any] = {"secret_file": str(file)}
    oauth_client.run(run_of(check=True, **asked))
    assert not file.exists()
    oauth_client.run(run_of(**asked))
    assert file.read_text(encoding="utf-8") == written()
    assert oauth_client.run(run_of(**asked))["changed"] is False


def test_a_file_that_can_not_be_written_is_found_before_there_is_a_secret(model: AccessModel, tmp_path: Path) -> None:
    for check in (True, False):
        assert (
            wrong(oauth_client.run, run_of(check=check, secret_file=str(tmp_path / "no/secret.yml"))) == "secret_file"
        )
    file = tmp_path / "secret.yml"
    file.write_text("something: else\n", encoding="utf-8")
    for state in ("present", "rotated"):
        assert wrong(oauth_client.run, run_of(state=state, secret_file=str(file))) == "secret_file"
    assert model.writes == []


def full(*_arguments: Any, **_options: Any) -> Any:
    """Stand for what writes to a full disk."""
    raise OSError(28, "No space left on device")


def test_a_disk_that_is_full_is_found_before_there_is_a_secret(
    model: AccessModel, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "mkstemp", full)
    assert wrong(oauth_client.run, run_of(secret_file=str(file))) == "secret_file"
    model.client_list.append(stored())
    assert wrong(oauth_client.run, run_of(secret_file=str(file), state="rotated")) == "secret_file"
    assert model.writes == []


def test_a_secret_that_can_not_be_written_is_a_change(
    model: AccessModel, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotWritten) as caught:
        oauth_client.run(run_of(secret_file=str(file)))
    assert caught.value.changed is True


@pytest.mark.parametrize(
    ("content", "is_lost"),
    [(None, True), ("", True), ("---\n", True), ('gc_client_id: "client-0"\n', True), ("{a: b", False)],
)
def test_a_secret_that_the_file_does_not_have_is_an_error(
    model: AccessModel, file: Path, content: str | None, is_lost: bool
) -> None:
    model.client_list.append(stored())
    if content is not None:
        file.write_text(content, encoding="utf-8")
        file.chmod(0o600)
    if is_lost:
        with pytest.raises(InvalidInput, match="does not exist" if content is None else "does not contain its secret"):
            oauth_client.run(run_of(secret_file=str(file)))
    else:
        assert oauth_client.run(run_of(secret_file=str(file)))["changed"] is False
    assert model.writes == []


def test_a_file_that_others_can_read_is_closed(model: AccessModel, file: Path) -> None:
    model.client_list.append(stored())
    file.write_text(written(), encoding="utf-8")
    file.chmod(0o644)
    planned = oauth_client.run(run_of(check=True, secret_file=str(file)))
    assert planned["steps"] == [f"let only the owner read {file}"]
    assert planned["diff"]["after"]["secret_file_mode"] == "0600"
    assert "secret_file_mode" not in planned["oauth_client"]
    assert file.stat().st_mode & 0o777 == 0o644
    oauth_client.run(run_of(secret_file=str(file)))
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_client_of_the_file_is_read_by_its_id(model: AccessModel, file: Path) -> None:
    model.client_list += [stored(), stored(id="client-1")]
    file.write_text(written("CLIENT-0"), encoding="utf-8")
    file.chmod(0o600)
    result = oauth_client.run(run_of(secret_file=str(file)))
    assert (result["changed"], result["oauth_client"]["id"]) == (False, "client-0")
    assert "clients" not in model.reads


@pytest.mark.parametrize(
    ("clients", "state", "is_refused"),
    [
        # The file has the secret of a client with another name.
        ([stored(name="Other")], "present", True),
        ([stored(name="Other")], "rotated", True),
        ([stored(name="Other"), stored(id="client-1")], "present", True),
        # It has the secret of a client that is gone.
        ([], "present", True),
        ([], "rotated", False),
        ([stored(id="client-1")], "present", True),
        ([stored(id="client-1")], "rotated", False),
    ],
)
def test_the_secret_of_another_client_is_not_overwritten(
    model: AccessModel, file: Path, clients: list[Any], state: str, is_refused: bool
) -> None:
    model.client_list += clients
    file.write_text(written(), encoding="utf-8")
    file.chmod(0o600)
    for check in (True, False):
        run = run_of(check=check, state=state, secret_file=str(file))
        if is_refused:
            assert wrong(oauth_client.run, run) == "secret_file"
        else:
            assert oauth_client.run(run)["changed"] is True
    assert (file.read_text(encoding="utf-8") == written()) is (is_refused or not clients)


def test_a_refusal_while_reading_the_client_is_an_error(
    model: AccessModel, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_identifier: str) -> None:
        raise Refused("read", "https://h", "answered 403", "Look", status=403)

    monkeypatch.setattr(model, "client", refuse)
    file.write_text(written(), encoding="utf-8")
    file.chmod(0o600)
    with pytest.raises(Refused):
        oauth_client.run(run_of(secret_file=str(file)))
