# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""API keys of Digital Channels against the sandbox: `_digital_channels/api_keys.py`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels import api_keys as api_key
from ansible_collections.cxops.genesys_sms.plugins.modules import nexus_api_key, nexus_api_key_info
from integration.organization import ACME, Org

CHOSEN = "abababab-0000-4000-8000-000000000009"
CLUSTER = {"name": "Portico Cluster API Key", "tenant": "", "permissions": ["nexus:cluster:*"]}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the time to look for a key."""
    monkeypatch.setattr(api_key, "PATIENCE", 1.0)


@pytest.mark.usefixtures("impatient")
def test_a_409_for_a_key_that_is_listed_late_is_looked_for_again(org: Org) -> None:
    org.steps(nexus_api_key, CLUSTER)
    org.sandbox.switch(**{"apikeys.duplicate": "conflict"})
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[], times=4)
    assert org.run(nexus_api_key, CLUSTER)["changed"] is False
    assert [record.status for record in org.sandbox.writes()] == [409]
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[], times=None)
    assert org.run(nexus_api_key, CLUSTER)["failure"]["kind"] == "refused"


@pytest.mark.parametrize("status", [200, 405])
def test_a_key_that_is_not_listed_yet_is_read_by_its_file(org: Org, status: int) -> None:
    file = org.directory / "key.yml"
    asked = {**CLUSTER, "secret_file": str(file)}
    org.run(nexus_api_key, asked)
    if status == 405:
        # A server that can't read a single key: the module uses the list.
        org.sandbox.fault("status", "apikeys/", "GET", status=405, times=None)
    else:
        org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[], times=None)
    assert org.run(nexus_api_key, asked)["changed"] is False
    org.sandbox.fault("status", "apikeys/", "GET", status=403, times=None)
    if status == 200:
        assert org.run(nexus_api_key, asked)["failed"] is True
        assert org.sandbox.writes() == []


@pytest.mark.parametrize("duplicate", ["allowed", "conflict"])
def test_create_change_and_delete_a_key(org: Org, duplicate: str) -> None:
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


def test_a_new_key_is_written_to_the_file_of_the_tenant(org: Org) -> None:
    file = org.directory / "key.yml"
    asked = {"name": "acme", "tenant": ACME.ccid, "permissions": ["nexus:consumer:*"], "secret_file": str(file)}
    key = org.run(nexus_api_key, asked)["key"]
    assert file.read_text(encoding="utf-8") == f'---\nnexus_api_key: "{key}"\n'


@pytest.mark.parametrize("listed", ["supported", "unsupported"])
def test_a_key_that_the_user_chooses(org: Org, listed: str) -> None:
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
    assert "Choose a UUID as the key yourself, and give it in the option key" in org.failure(nexus_api_key, CLUSTER)
    assert "does not list API keys" in org.failure(nexus_api_key_info, {})
    assert org.sandbox.writes() == []


def test_keys_with_the_same_name_are_refused(org: Org) -> None:
    org.steps(nexus_api_key, CLUSTER)
    text = org.failure(nexus_api_key, {**CLUSTER, "key": CHOSEN})
    assert "another API key named" in text
    assert CHOSEN not in text
    text = org.failure(nexus_api_key, {**CLUSTER, "key": "canary-key"})
    assert text == "key: must be a UUID. Give a UUID, or leave key out. Then the server makes one."
    assert "permissions: it is required for a new" in org.failure(nexus_api_key, {"name": "Other", "tenant": ""})
    # Someone else creates the key at the same time.
    org.sandbox.switch(**{"apikeys.duplicate": "conflict"})
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[])
    assert org.run(nexus_api_key, CLUSTER)["changed"] is False
    org.sandbox.fault(
        "status", "apikeys$", "GET", status=200, body=[{"id": "one", "name": "T"}, {"id": "two", "name": "T"}]
    )
    assert "this tenant has 2 API keys named T" in org.failure(nexus_api_key, {"name": "T", "tenant": ""})


def test_a_key_of_another_tenant_or_name_is_not_changed(org: Org) -> None:
    org.steps(nexus_api_key, {**CLUSTER, "key": CHOSEN})
    other = {"name": CLUSTER["name"], "tenant": ACME.ccid, "key": CHOSEN}
    for state in ("present", "absent"):
        text = org.failure(nexus_api_key, {**other, "state": state})
        assert text == "key: it is a key of another tenant. Give the key of this tenant, or leave key out."
    renamed = {"name": "Renamed", "tenant": "", "key": CHOSEN}
    text = org.failure(nexus_api_key, {**renamed, "state": "absent"})
    assert text.startswith("key: its name is Portico Cluster API Key, not Renamed.")
    assert org.sandbox.writes() == []
    assert org.twice(nexus_api_key, renamed) == ["change name of the API key Renamed"]


def test_the_tenant_of_a_key_is_compared_in_any_case(org: Org) -> None:
    key = {"id": CHOSEN, "tenant": ACME.ccid.upper(), "name": "acme", "permissions": []}
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[key], times=None)
    assert org.steps(nexus_api_key, {"name": "acme", "tenant": ACME.ccid}) == []
    assert len(org.run(nexus_api_key_info, {"tenant": ACME.ccid.upper()})["api_keys"]) == 1


def test_a_wrong_url_is_an_error_and_not_a_server_without_a_list(org: Org) -> None:
    org.sandbox.fault("status", "apikeys", "GET", status=404, body={"error": "Not Found"}, times=None)
    for asked in (CLUSTER, {**CLUSTER, "key": CHOSEN}):
        text = org.failure(nexus_api_key, asked)
        assert "Check that nexus_url is the base URL of Digital Channels" in text
        assert org.sandbox.writes() == []
    assert "nexus_url" in org.failure(nexus_api_key_info, {})
    org.sandbox.clear_faults()
    # Digital Channels itself answers that the key does not exist, and has no list.
    org.sandbox.fault("status", "apikeys$", "GET", status=404, body={"error": "Not Found"}, times=None)
    assert org.twice(nexus_api_key, {**CLUSTER, "key": CHOSEN}) == ["create the API key Portico Cluster API Key"]


@pytest.mark.parametrize("key", [None, CHOSEN])
def test_a_key_that_shows_late_after_an_unclear_creation_is_adopted(org: Org, key: str | None) -> None:
    org.sandbox.fault("late", "apikeys$", "POST", seconds=0.3)
    file = org.directory / "key.yml"
    asked = {**CLUSTER, "key": key, "secret_file": str(file)}
    result = org.run(nexus_api_key, asked)
    assert len(org.sandbox.writes()) == 1
    (found,) = org.run(nexus_api_key_info, {})["api_keys"]
    assert (result["changed"], result["key"]) == (True, found["key"])
    assert found["key"] in file.read_text(encoding="utf-8")
    assert org.steps(nexus_api_key, asked) == []


def test_a_given_key_that_appears_between_two_requests_is_used(org: Org) -> None:
    asked = {**CLUSTER, "key": CHOSEN}
    org.run(nexus_api_key, asked)
    missing = {"status": {"code": 404, "message": "not found"}}
    org.sandbox.fault("status", f"apikeys/{CHOSEN}$", "GET", status=404, body=missing)
    assert org.steps(nexus_api_key, asked) == []


@pytest.mark.usefixtures("impatient")
def test_a_key_that_does_not_show_after_an_unclear_creation_is_not_created_twice(org: Org) -> None:
    org.sandbox.fault("cut", "apikeys$", "POST", when="after")
    org.sandbox.fault("status", "apikeys$", "GET", status=200, body=[], times=None)
    assert "It is not known whether the object was created" in org.failure(nexus_api_key, CLUSTER)
    assert len(org.sandbox.writes()) == 1
    org.sandbox.clear_faults()
    assert org.steps(nexus_api_key, CLUSTER) == []


@pytest.mark.parametrize("body", [{}, [{}], ["x"]])
def test_keys_in_an_unknown_format_are_an_error(org: Org, body: Any) -> None:
    org.sandbox.fault("status", "apikeys", "GET", status=200, body=body)
    assert "sent a response that is not in a known format" in org.failure(nexus_api_key, CLUSTER)


def test_lost_and_refused_responses(org: Org) -> None:
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
