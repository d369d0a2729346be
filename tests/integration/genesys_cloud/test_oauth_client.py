# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OAuth clients and their secrets against the sandbox: `_genesys_cloud/oauth_client.py`."""

from __future__ import annotations

import json
import stat

import pytest
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_oauth_client, gc_role
from integration.organization import Json, Org

pytestmark = pytest.mark.usefixtures("any_roles")
MESSAGING = [{"domain": "messaging"}, {"domain": "messagingProvisioning"}]


def test_an_oauth_client_is_created_changed_rotated_and_deleted(org: Org) -> None:
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
    assert "secret_file: the OAuth client Integration exists, but" in text
    assert "create a new secret with state=rotated" in text
    assert org.twice(gc_oauth_client, {"name": "Integration", "state": "absent"}) == [
        "delete the OAuth client Integration"
    ]


@pytest.mark.parametrize("fault", ["cut", "html"])
def test_a_lost_secret_is_renewed(org: Org, fault: str) -> None:
    file = org.directory / "secret.yml"
    asked = {"name": "Integration", "secret_file": str(file)}
    org.sandbox.fault(fault, "clients$", "POST", when="after")
    result = org.run(gc_oauth_client, asked)
    (client,) = [item for item in org.sandbox.account()["clients"] if item["name"] == "Integration"]
    assert (result["changed"], result["client_secret"]) == (True, client["secret"])
    assert client["secret"] in file.read_text(encoding="utf-8")


NOTHING: Json = {"entities": []}


def test_a_client_that_is_created_late_is_adopted(org: Org) -> None:
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


def test_the_result_says_whether_the_client_was_created(org: Org) -> None:
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


def test_a_client_that_is_not_listed_is_read_by_the_id_in_the_file(org: Org) -> None:
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
            # A server that accepts an ID in any case.
            shown = {name: value for name, value in made.items() if name != "secret"}
            org.sandbox.fault("status", f"clients/{made['id'].upper()}$", "GET", status=200, body=shown)
        assert org.run(gc_oauth_client, asked)["changed"] is False
        assert not [record for record in org.sandbox.requests() if record.path.endswith("/clients")]
    assert len(clients(org)) == 1
    file.write_text(content, encoding="utf-8")
    assert org.run(gc_oauth_client, {**asked, "access_token_validity_seconds": 600})["created"] is False
    rotated = org.run(gc_oauth_client, {**asked, "state": "rotated"})["client_secret"]
    assert [item["secret"] for item in clients(org)] == [rotated]


def test_the_file_selects_one_of_several_clients(org: Org) -> None:
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
    # It does not count as the secret of a client that was created again.
    org.run(gc_oauth_client, {"name": "Other", "state": "absent"})
    result = org.run(gc_oauth_client, asked)
    assert result["failure"] == {"kind": "invalid_input", "parameter": "secret_file"}
    assert org.run(gc_oauth_client, {**asked, "name": "Other"})["failure"]["parameter"] == "secret_file"
    assert org.sandbox.writes() == []
    secret = org.run(gc_oauth_client, {**asked, "state": "rotated"})["client_secret"]
    assert secret in file.read_text(encoding="utf-8")


def test_a_file_without_the_secret_of_the_client_is_an_error(org: Org) -> None:
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
def test_a_client_that_can_not_be_read_is_not_treated_as_deleted(org: Org, status: int) -> None:
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


def test_a_client_that_is_never_listed_is_not_created_twice(org: Org) -> None:
    org.sandbox.fault("cut", "clients$", "POST", when="after")
    org.sandbox.fault("status", "clients$", "GET", status=200, body=NOTHING, times=None)
    result = org.run(gc_oauth_client, {"name": "Integration", "settle_timeout": 0.5})
    assert (result["failed"], result["failure"]["kind"]) == (True, "unclear")
    assert "It is not known whether the object was created: it did not appear within 0.5 s." in result["msg"]
    assert "Run again: if it was created, the next run finds it." in result["msg"]
    assert len(org.sandbox.writes()) == 1
    # The next run finds the client. Its secret is lost.
    org.sandbox.clear_faults()
    assert org.steps(gc_oauth_client, {"name": "Integration"}) == []
    org.sandbox.fault("cut", "clients$", "POST")
    org.sandbox.fault("status", "clients$", "GET", status=500, skip=1, times=None)
    assert "Reading the state again failed too" in org.failure(gc_oauth_client, {"name": "Other"})


def test_a_lost_secret_of_an_adopted_client_is_renewed(org: Org) -> None:
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


def test_a_client_with_another_grant_type_is_not_changed(org: Org) -> None:
    client = {"id": "1", "name": "Integration", "authorizedGrantType": "CODE", "state": "active"}
    org.sandbox.fault("status", "clients$", "GET", status=200, body={"entities": [client]}, times=None)
    for state in ("present", "absent", "rotated"):
        text = org.failure(gc_oauth_client, {"name": "Integration", "state": state})
        assert text.startswith("name: the OAuth client Integration has the grant type CODE. Choose another name")
        assert org.sandbox.writes() == []


def test_values_that_the_server_adds_to_extra_are_no_change(org: Org) -> None:
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


def test_an_answer_without_a_secret_leads_to_a_new_secret(org: Org) -> None:
    org.sandbox.fault("status", "clients$", "POST", when="after", status=200, body={"id": "1"})
    assert org.run(gc_oauth_client, {"name": "Integration"})["client_secret"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"access_token_validity_seconds": 5},
            "access_token_validity_seconds: must be a whole number of seconds from 300 to 172800, not 5",
        ),
        ({"vault_password_file": "x"}, "secret_file: it is missing, but vault_password_file is set"),
        ({"roles": ["Nobody"]}, "roles[0]: the role Nobody does not exist"),
        ({"name": " "}, "name: it is empty"),
        ({"secret_file": "gc.yml"}, "secret_file: must be an absolute path"),
        ({"extra": {"secret": "x", "id": "y", "a": 1}}, "extra: must not contain id, secret. Remove these fields"),
        ({"extra": {"authorizedGrantType": "CODE"}}, "extra: must not contain authorizedGrantType"),
    ],
)
def test_invalid_options_of_a_client_are_refused(org: Org, options: Json, text: str) -> None:
    assert text in org.failure(gc_oauth_client, {"name": "Integration", **options})
    assert org.sandbox.writes() == []
