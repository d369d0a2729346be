# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API key of a tenant that is decommissioned: `_digital_channels/api_key_removal.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import Intermediary, Refused
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels import api_key_removal
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.api_keys_client import ApiKey
from unit.arguments import filled, wrong
from unit.doubles import make_run
from unit.models import ApiKeysModel

TENANT, OTHER = "45acae06-6b7c-4f97-9c76-471c0b25ef71", "9d2f7c1e-3b84-4a60-8f15-6e0a7c52d943"
KEY = ApiKey("key-0", TENANT, "t100", True, ("nexus:consumer:*",))
DESIGNER = replace(KEY, id="key-1", name="t100-Designer")
DELETE = "delete the API key t100"


def refusal(status: int, code: str | int | None = 1, kind: type[Refused] = Refused) -> Refused:
    return kind("do it", "https://h", f"answered {status}", "Look", status=status, code=code)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ApiKeysModel:
    made = ApiKeysModel([KEY, replace(KEY, id="key-2", tenant=OTHER, name="t200"), DESIGNER])
    monkeypatch.setattr(api_key_removal, "api_keys_client", lambda run: made)
    return made


def removal(*, check: bool = False, **given: Any) -> dict[str, Any]:
    said = {"tenant": TENANT, "key": "key-0", "tenants": [], "delete": True, **given}
    run = make_run(filled(api_key_removal.OPTIONS, **said), said, check_mode=check, diff_mode=True)
    return api_key_removal.run(run)


def test_the_key_of_the_tenant_is_deleted_and_no_other(model: ApiKeysModel) -> None:
    for check in (True, False):
        result = removal(check=check, tenant=TENANT.upper(), key=" KEY-0 ")
        assert result == {
            "changed": True,
            "steps": [DELETE],
            "diff": {
                "before": {"name": "t100", "tenant": TENANT, "enabled": True, "permissions": ["nexus:consumer:*"]},
                "after": {},
            },
            "state": "absent",
            "name": "t100",
            "other_keys": ["t100-Designer"],
            "users": [],
            "next_steps": [],
        }
        assert len(model.keys) == 2 + check
    again = removal()
    assert (again["changed"], again["steps"], again["state"], again["name"]) == (False, [], "absent", None)
    assert again["next_steps"] == []
    assert again["other_keys"] == ["t100-Designer"]
    assert model.writes == ["delete"]


USERS = [
    {"name": "acme", "ccid": TENANT.upper(), "key": "key-0"},
    {"name": "initech", "ccid": OTHER, "key": "key-9"},
    {"name": "empty", "ccid": OTHER, "key": None},
]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"delete": False}, "its deletion is not confirmed. To delete it, set delete to true"),
        ({"key": "key-2"}, f"it is a key of the tenant {OTHER}."),
        ({"key": "cluster"}, "it is a key of the whole installation."),
        (
            {"tenants": [*USERS, {"name": "globex", "ccid": OTHER, "key": " KEY-0"}]},
            "the inventory also has it for globex.",
        ),
        # The play of the user may set its ccid.
        ({"tenants": [{"name": "initrode", "ccid": None, "key": "key-0"}]}, "the inventory also has it for initrode."),
    ],
)
def test_a_key_that_stays(model: ApiKeysModel, given: dict[str, Any], reason: str) -> None:
    model.keys.append(replace(KEY, id="cluster", tenant="", name="Cluster API Key"))
    result = removal(**given)
    assert (result["changed"], result["steps"], result["state"], model.writes) == (False, [], "present", [])
    (sentence,) = result["next_steps"]
    assert result["users"] == [item["name"] for item in given.get("tenants", ())][-1:]
    assert f" stays, because {reason}" in sentence


def test_entries_that_are_no_other_tenant(model: ApiKeysModel) -> None:
    assert removal(tenants=USERS)["changed"] is True


def test_a_server_that_does_not_list_keys(model: ApiKeysModel) -> None:
    model.lists = False
    result = removal(delete=False)
    assert (result["state"], result["name"], result["other_keys"]) == ("present", "t100", None)
    assert removal()["state"] == "absent"
    assert removal()["steps"] == []
    # It would be another path.
    model.calls.clear()
    assert removal(key="../key-2")["state"] == "unknown"
    assert model.calls == [("list",)]


def test_a_key_that_is_not_surely_unknown_to_the_server(model: ApiKeysModel) -> None:
    """A 404 of a server without this call, or of a proxy, does not show that the key does not exist."""
    model.lists = model.is_there = False
    result = removal(key="key-9")
    assert (result["changed"], result["state"]) == (False, "unknown")
    assert result["next_steps"][0].startswith("This server does not show whether the API key exists.")
    assert removal()["state"] == "absent"


@pytest.mark.parametrize("error", [refusal(405), refusal(501)])
def test_a_server_that_does_not_show_keys(model: ApiKeysModel, monkeypatch: pytest.MonkeyPatch, error: Refused) -> None:
    def refuse(_key: str) -> None:
        raise error

    model.lists = False
    monkeypatch.setattr(model, "read", refuse)
    result = removal()
    assert (result["changed"], result["state"]) == (False, "unknown")
    assert result["next_steps"][0].startswith("This server does not show whether the API key exists.")


@pytest.mark.parametrize("error", [refusal(403), refusal(405, None, Intermediary)])
def test_a_refused_look_is_an_error(model: ApiKeysModel, monkeypatch: pytest.MonkeyPatch, error: Refused) -> None:
    def refuse(_key: str) -> None:
        raise error

    model.lists = False
    monkeypatch.setattr(model, "read", refuse)
    with pytest.raises(Refused):
        removal()


@pytest.mark.parametrize("error", [refusal(405), refusal(501), refusal(404, None)])
def test_a_server_that_can_not_delete_keys(
    model: ApiKeysModel, monkeypatch: pytest.MonkeyPatch, error: Refused
) -> None:
    def refuse(_key: ApiKey) -> None:
        raise error

    monkeypatch.setattr(model, "delete", refuse)
    result = removal()
    assert (result["changed"], result["steps"], result["state"]) == (False, [], "present")
    assert "Delete it in the user interface" in result["next_steps"][0]


def test_a_key_that_somebody_else_deletes(model: ApiKeysModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_key: ApiKey) -> None:
        raise refusal(404)

    monkeypatch.setattr(model, "delete", refuse)
    result = removal()
    assert (result["changed"], result["steps"], result["state"]) == (False, [], "absent")
    assert result["next_steps"] == []


@pytest.mark.parametrize("error", [refusal(403), refusal(404, None, Intermediary), refusal(405, None, Intermediary)])
def test_a_refused_deletion_is_an_error(model: ApiKeysModel, monkeypatch: pytest.MonkeyPatch, error: Refused) -> None:
    def refuse(_key: ApiKey) -> None:
        raise error

    monkeypatch.setattr(model, "delete", refuse)
    with pytest.raises(Refused):
        removal()


@pytest.mark.parametrize(("given", "parameter"), [({"tenant": "acme"}, "tenant"), ({"key": " "}, "key")])
def test_an_option_that_is_wrong_is_named(model: ApiKeysModel, given: dict[str, Any], parameter: str) -> None:
    assert wrong(removal, **given) == parameter
    assert model.calls == []
