# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API keys of Digital Channels: `_digital_channels/api_keys.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    Refused,
    Unclear,
    Unsettled,
    Unsupported,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secret_file import SecretFile
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels import api_keys
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.api_keys_client import ApiKey
from unit.arguments import filled, wrong
from unit.doubles import make_run
from unit.models import ApiKeysModel

TENANT, OTHER = "45acae06-6b7c-4f97-9c76-471c0b25ef71", "9d2f7c1e-3b84-4a60-8f15-6e0a7c52d943"
CHOSEN = "abababab-0000-4000-8000-000000000009"
KEY = ApiKey("key-0", TENANT, "acme", True, ("a",), (("x", 1),))


def refuse(status: int) -> Refused:
    return Refused("write", "https://h", f"answered {status}", "Look", status=status)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ApiKeysModel:
    made = ApiKeysModel()
    monkeypatch.setattr(api_keys, "api_keys_client", lambda run: made)
    monkeypatch.setattr(api_keys, "PATIENCE", 0.0)
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "key.yml"


def run_of(*, check: bool = False, **given: Any) -> Run:
    said = {"name": "acme", "tenant": TENANT, "permissions": ["a"], **given}
    return make_run(filled(api_keys.OPTIONS, **said), said, check_mode=check, diff_mode=True)


def test_a_key_is_created_changed_and_deleted(model: ApiKeysModel) -> None:
    shown = {"name": "acme", "tenant": TENANT, "enabled": True, "permissions": ["a", "b"]}
    planned = api_keys.run(run_of(permissions=["b", "a"], check=True))
    assert (planned["changed"], planned["api_key"], planned["key"], model.writes) == (True, shown, None, [])
    created = api_keys.run(run_of(permissions=["b", "a"]))
    assert created == {
        "changed": True,
        "steps": ["create the API key acme"],
        "diff": {"before": {}, "after": shown},
        "api_key": shown,
        "key": "key-0",
    }
    assert model.keys == [ApiKey("key-0", TENANT, "acme", True, ("b", "a"))]
    again = api_keys.run(run_of(permissions=["a", "b"]))
    assert (again["changed"], again["key"]) == (False, "key-0")
    changed = api_keys.run(run_of(enabled=False, permissions=["c"]))
    assert changed["steps"] == ["change enabled, permissions of the API key acme"]
    assert model.keys == [ApiKey("key-0", TENANT, "acme", False, ("c",))]
    kept = api_keys.run(run_of(permissions=None))
    assert (kept["changed"], kept["api_key"]["enabled"]) == (False, False)
    deleted = api_keys.run(run_of(state="absent"))
    assert (deleted["steps"], deleted["api_key"], "key" in deleted) == (["delete the API key acme"], {}, False)
    assert (model.keys, api_keys.run(run_of(state="absent"))["changed"]) == ([], False)


def test_a_key_is_found_by_name_and_tenant(model: ApiKeysModel) -> None:
    model.keys = [replace(KEY, tenant=OTHER), replace(KEY, id="key-1", name="Acme"), replace(KEY, id="key-2")]
    assert api_keys.run(run_of(tenant=f" {TENANT.upper()} "))["key"] == "key-2"
    model.keys = [replace(KEY, tenant="")]
    assert api_keys.run(run_of(tenant=" "))["key"] == "key-0"


def test_a_change_keeps_the_rest_of_a_key(model: ApiKeysModel) -> None:
    model.keys = [KEY]
    api_keys.run(run_of(enabled=False))
    assert model.keys == [replace(KEY, enabled=False)]


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"name": " "}, "name"),
        ({"tenant": "acme"}, "tenant"),
        ({"key": "canary"}, "key"),
        ({"permissions": None}, "permissions"),
        ({"permissions": []}, "permissions"),
        ({"secret_file": "relative.yml"}, "secret_file"),
    ],
)
def test_an_option_that_is_wrong_is_named(model: ApiKeysModel, given: dict[str, Any], parameter: str) -> None:
    assert wrong(api_keys.run, run_of(**given)) == parameter
    assert model.writes == []


def test_a_message_about_a_key_does_not_show_it(model: ApiKeysModel) -> None:
    with pytest.raises(Exception, match="UUID") as caught:
        api_keys.run(run_of(key="canary"))
    assert "canary" not in str(caught.value)


def test_a_new_key_can_be_disabled(model: ApiKeysModel) -> None:
    assert api_keys.run(run_of(enabled=False))["api_key"]["enabled"] is False
    assert model.keys[0].enabled is False


def test_two_keys_of_a_name_are_refused(model: ApiKeysModel) -> None:
    model.keys = [KEY, replace(KEY, id="key-1")]
    assert wrong(api_keys.run, run_of()) == "name"


# A key of one's own


def test_a_key_can_be_chosen(model: ApiKeysModel) -> None:
    assert api_keys.run(run_of(key=CHOSEN.upper()))["key"] == CHOSEN
    assert api_keys.run(run_of(key=CHOSEN))["changed"] is False
    assert model.calls[-1] == ("read", CHOSEN)
    renamed = api_keys.run(run_of(key=CHOSEN, name="new"))
    assert renamed["steps"] == ["change name of the API key new"]
    assert api_keys.run(run_of(key=CHOSEN, name="new", state="absent"))["changed"] is True
    assert model.keys == []


def test_a_chosen_key_of_someone_else_is_not_touched(model: ApiKeysModel) -> None:
    model.keys = [replace(KEY, id=CHOSEN, tenant=OTHER)]
    for state in ("present", "absent"):
        assert wrong(api_keys.run, run_of(key=CHOSEN, state=state)) == "key"
    model.keys = [replace(KEY, id=CHOSEN, name="other")]
    assert wrong(api_keys.run, run_of(key=CHOSEN, state="absent")) == "key"
    assert model.writes == []


def test_a_chosen_key_beside_another_of_its_name_is_refused(model: ApiKeysModel) -> None:
    model.keys = [KEY]
    assert wrong(api_keys.run, run_of(key=CHOSEN)) == "key"
    assert model.writes == []


def test_a_server_without_a_list_needs_a_chosen_key(model: ApiKeysModel) -> None:
    model.lists = False
    with pytest.raises(Unsupported):
        api_keys.run(run_of())
    assert api_keys.run(run_of(key=CHOSEN))["changed"] is True


def test_a_server_that_chooses_keys_itself_keeps_no_other_one(model: ApiKeysModel) -> None:
    model.chooses = True
    with pytest.raises(Unsupported):
        api_keys.run(run_of(key=CHOSEN))
    assert (model.writes, model.keys) == (["create", "delete"], [])


def test_a_key_that_appears_between_two_looks_is_taken(model: ApiKeysModel, monkeypatch: pytest.MonkeyPatch) -> None:
    model.keys = [replace(KEY, id=CHOSEN), replace(KEY, id="key-1")]
    monkeypatch.setattr(model, "read", lambda key: None)
    assert api_keys.run(run_of(key=CHOSEN))["key"] == CHOSEN


# What gets lost


def unclear(_name: str) -> None:
    raise Unclear("create the API key", "https://h", "broke off the connection", "Look")


def test_a_creation_without_a_response_is_looked_for(model: ApiKeysModel) -> None:
    model.after = unclear
    result = api_keys.run(run_of())
    assert (result["changed"], result["key"], model.writes) == (True, "key-0", ["create"])


def test_a_creation_that_does_not_show_is_not_repeated(model: ApiKeysModel) -> None:
    model.before = unclear
    with pytest.raises(Unsettled):
        api_keys.run(run_of())
    assert model.writes == ["create"]


def test_a_key_that_someone_else_creates_is_compared(model: ApiKeysModel) -> None:
    def overtake(_name: str) -> None:
        model.keys.append(KEY)
        raise refuse(409)

    model.before = overtake
    result = api_keys.run(run_of())
    assert (result["changed"], result["key"], model.writes) == (False, "key-0", ["create"])


@pytest.mark.parametrize("status", [400, 409])
def test_a_refused_key_is_an_error(model: ApiKeysModel, status: int) -> None:
    def fail(_name: str) -> None:
        raise refuse(status)

    model.before = fail
    with pytest.raises(Refused):
        api_keys.run(run_of())
    assert model.calls.count(("list",)) == (2 if status == 409 else 1)


# Its file


@pytest.mark.parametrize(("tenant", "variable"), [(TENANT, "nexus_api_key"), ("", "nexus_cluster_api_key")])
def test_a_key_is_written_to_the_file(model: ApiKeysModel, file: Path, tenant: str, variable: str) -> None:
    asked: dict[str, Any] = {"tenant": tenant, "secret_file": str(file)}
    planned = api_keys.run(run_of(check=True, **asked))
    assert planned["steps"] == ["create the API key acme", f"write the API key acme to {file}"]
    assert planned["diff"]["after"]["secret_file"] == str(file)
    assert "secret_file" not in planned["api_key"]
    assert not file.exists()
    api_keys.run(run_of(**asked))
    assert file.read_text(encoding="utf-8") == f'---\n{variable}: "key-0"\n'
    assert api_keys.run(run_of(**asked))["changed"] is False
    file.unlink()
    assert api_keys.run(run_of(**asked))["steps"] == [f"write the API key acme to {file}"]
    file.chmod(0o644)
    closed = api_keys.run(run_of(**asked))
    assert closed["steps"] == [f"let only the owner read {file}"]
    assert closed["diff"]["after"]["secret_file_mode"] == "0600"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "secret_file_mode" not in closed["api_key"]


def test_a_file_that_can_not_be_written_is_found_before_there_is_a_key(
    model: ApiKeysModel, tmp_path: Path, file: Path
) -> None:
    for check in (True, False):
        assert wrong(api_keys.run, run_of(check=check, secret_file=str(tmp_path / "no/key.yml"))) == "secret_file"
    file.write_text("something: else\n", encoding="utf-8")
    assert wrong(api_keys.run, run_of(secret_file=str(file))) == "secret_file"
    assert model.writes == []


def test_a_key_that_the_list_lacks_is_read_by_the_file(model: ApiKeysModel, file: Path) -> None:
    model.keys, model.lists = [KEY], False
    file.write_text('nexus_api_key: "key-0"\n', encoding="utf-8")
    file.chmod(0o600)
    assert api_keys.run(run_of(secret_file=str(file)))["changed"] is False
    assert model.calls == [("read", "key-0")]


@pytest.mark.parametrize(
    "content",
    ['nexus_api_key: "a b"\n', 'nexus_api_key: ""\n', 'nexus_cluster_api_key: "key-0"\n', 'nexus_api_key: "key-9"\n'],
)
def test_a_file_with_another_key_says_nothing(model: ApiKeysModel, file: Path, content: str) -> None:
    model.keys = [KEY]
    file.write_text(content, encoding="utf-8")
    assert api_keys.run(run_of(check=True)).get("key") == "key-0"
    assert ("list",) in model.calls
    model.keys = [replace(KEY, id="key-9", name="other"), KEY]
    client: Any = model
    assert api_keys.look(client, api_keys.parse(run_of()), SecretFile(str(file), None)) == KEY


@pytest.mark.parametrize(("status", "is_passed_over"), [(405, True), (501, True), (403, False)])
def test_a_server_may_not_read_single_keys(
    model: ApiKeysModel, file: Path, monkeypatch: pytest.MonkeyPatch, status: int, is_passed_over: bool
) -> None:
    def fail(_key: str) -> None:
        raise refuse(status)

    model.keys = [KEY]
    monkeypatch.setattr(model, "read", fail)
    file.write_text('nexus_api_key: "key-0"\n', encoding="utf-8")
    file.chmod(0o600)
    if is_passed_over:
        assert api_keys.run(run_of(secret_file=str(file)))["changed"] is False
    else:
        with pytest.raises(Refused):
            api_keys.run(run_of(secret_file=str(file)))


# What there is


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ({}, ["key-0", "key-1", "key-2"]),
        ({"name": "acme"}, ["key-0", "key-1"]),
        ({"tenant": TENANT.upper()}, ["key-0", "key-2"]),
        ({"tenant": ""}, ["key-1"]),
        ({"name": "acme", "tenant": TENANT}, ["key-0"]),
        ({"name": "ACME"}, []),
        ({"key": " KEY-1"}, ["key-1"]),
        ({"key": "key-1", "name": "other"}, []),
    ],
)
def test_keys_are_listed(model: ApiKeysModel, given: dict[str, str], keys: list[str]) -> None:
    model.keys = [
        KEY,
        replace(KEY, id="key-1", tenant=""),
        replace(KEY, id="key-2", name="other", permissions=("b", "a")),
    ]
    result = api_keys.info(make_run(filled(api_keys.INFO, **given)))
    assert [item["key"] for item in result["api_keys"]] == keys
    assert result["changed"] is False
    if keys[-1:] == ["key-2"]:
        assert result["api_keys"][-1] == {
            "name": "other",
            "tenant": TENANT,
            "enabled": True,
            "permissions": ["a", "b"],
            "key": "key-2",
        }


def test_an_empty_key_is_refused(model: ApiKeysModel) -> None:
    assert wrong(api_keys.info, make_run(filled(api_keys.INFO, key=" "))) == "key"


def test_a_server_may_not_list_keys(model: ApiKeysModel) -> None:
    model.lists = False
    with pytest.raises(Unsupported):
        api_keys.info(make_run(filled(api_keys.INFO)))
    assert wrong(api_keys.tenant_of, "acme") == "tenant"


NEWER = replace(KEY, id="key-9", name="acme (rotation 2026-11)")


@pytest.mark.parametrize(
    ("keys", "given", "found"),
    [
        ([KEY, NEWER], {}, "key-0"),
        ([replace(KEY, enabled=False), NEWER], {}, "key-9"),
        ([NEWER], {}, "key-9"),
        ([replace(NEWER, enabled=False)], {}, "key-9"),
        ([replace(KEY, enabled=False), NEWER], {"enabled": True}, "key-0"),
        ([KEY, NEWER], {"enabled": False}, "key-0"),
        ([replace(KEY, enabled=False), replace(NEWER, enabled=False)], {}, "key-0"),
    ],
)
def test_a_rotated_key_is_found(model: ApiKeysModel, keys: list[ApiKey], given: dict[str, Any], found: str) -> None:
    """It keeps its name. To enable, disable or delete a key, its exact name counts."""
    model.keys = keys
    result = api_keys.run(run_of(permissions=None, **given))
    assert result["key"] == found
    name = result["api_key"]["name"]
    assert [key.name for key in model.keys if key.id == found] == [name]


def test_a_rotated_key_is_not_deleted_for_the_former_one(model: ApiKeysModel) -> None:
    model.keys = [NEWER]
    assert api_keys.run(run_of(state="absent"))["changed"] is False
    assert model.keys == [NEWER]


def test_several_rotated_keys_are_not_clear(model: ApiKeysModel) -> None:
    model.keys = [NEWER, replace(NEWER, id="key-8", name="acme (rotation 2)")]
    assert wrong(api_keys.run, run_of()) == "name"


def test_names_of_rotations() -> None:
    assert api_keys.rotated_name("acme", "2026-11") == NEWER.name
    assert api_keys.base_name(NEWER.name) == "acme"
    for name in ("acme (prod)", "acme (rotation 1) b", "acme(rotation 1)"):
        assert api_keys.base_name(name) == name
