# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks of Genesys Cloud CX but those of numbers, and of API keys: results, requests, and what goes wrong."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_oauth_client,
    gc_oauth_token,
    gc_role,
    gc_role_grant,
    gc_tollfree_number_info,
    nexus_api_key,
    nexus_api_key_info,
)
from sandbox.seed import CLOUD_USERS, HOME_DIVISION
from unit.organization import ACME, Json, Org

USER = CLOUD_USERS[0].id
CHOSEN = "abababab-0000-4000-8000-000000000009"
MESSAGING = [{"domain": "messaging"}, {"domain": "messagingProvisioning"}]
CLUSTER = {"name": "Portico Cluster API Key", "tenant": "", "permissions": ["nexus:cluster:*"]}


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
            "'moon-1' is not a region of Genesys Cloud CX. Use one of us-east-1",
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
    path = "/api/v2/oauth/clients"
    pages = [{"entities": [{"id": "1", "name": "a"}], "nextUri": path}, {"entities": [{"id": "1", "name": "a"}]}]
    for page in pages:
        org.sandbox.fault("status", "clients$", "GET", status=200, body=page)
    assert org.steps(gc_oauth_client, {"name": "a", "state": "absent"}, check=True) == ["delete the OAuth client a"]
    queries = [record.query for record in org.sandbox.requests() if record.path.endswith("clients")]
    assert [query.rpartition("=")[2] for query in queries] == ["1", "2"]


def test_a_listing_without_an_end(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients import cloud

    monkeypatch.setattr(cloud, "_MOST_PAGES", 3)
    body = {"entities": [], "nextUri": "/api/v2/authorization/roles"}
    org.sandbox.fault("status", "roles$", "GET", status=200, body=body, times=None)
    assert "answered in a form that is not known" in org.failure(gc_role, {"name": "Role"})


@pytest.mark.parametrize("lag", [0, 150])
def test_grants(org: Org, lag: int) -> None:
    org.steps(gc_role, {"name": "Role", "permission_policies": MESSAGING})
    org.sandbox.switch(**{"grants.lag": lag})
    asked = {"subject_id": USER, "role": "Role"}
    assert org.twice(gc_role_grant, asked) == [f"grant the role Role to {USER}"]
    assert org.run(gc_role_grant, asked)["grant"]["division_id"] == HOME_DIVISION
    gone = {**asked, "state": "absent", "division_id": HOME_DIVISION}
    assert org.twice(gc_role_grant, gone) == [f"revoke the role Role of {USER}"]


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
    assert "settle_timeout: -1 is no time to wait" in org.failure(gc_role_grant, {**asked, "settle_timeout": -1})
    assert "'me' is not a UUID. Take the ID that Genesys" in org.failure(gc_role_grant, {**asked, "subject_id": "me"})


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
        ({"subject_email": "admin"}, "subject_email: 'admin' is not an e-mail address"),
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
    assert "set state to rotated to have a new one" in text
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


def test_an_answer_without_a_secret(org: Org) -> None:
    org.sandbox.fault("status", "clients$", "POST", when="after", status=200, body={"id": "1"})
    assert org.run(gc_oauth_client, {"name": "Integration"})["client_secret"]


def test_a_file_that_can_not_be_written_is_found_out_first(org: Org) -> None:
    asked = {"name": "Integration", "secret_file": str(org.directory / "nowhere/secret.yml")}
    for state in ("present", "rotated"):
        text = org.failure(gc_oauth_client, {**asked, "state": state})
        assert "can't be written: No such file or directory" in text
        assert org.sandbox.writes() == []
        org.run(gc_oauth_client, {"name": "Integration"})


def test_a_file_in_ansible_vault(org: Org) -> None:
    password, file = org.directory / "password", org.directory / "secret.yml"
    asked = {"name": "Integration", "secret_file": str(file), "vault_password_file": str(password)}
    text = org.failure(gc_oauth_client, asked)
    assert f"vault_password_file: ansible-vault can't encrypt with {password}" in text
    assert org.sandbox.writes() == []
    password.write_text("given-vault-password", encoding="utf-8")
    secret = org.run(gc_oauth_client, asked)["client_secret"]
    assert file.read_text(encoding="utf-8").startswith("$ANSIBLE_VAULT;1.1;AES256")
    view = ["vault", "view", "--vault-password-file", str(password), str(file)]
    shown = subprocess.run([sys.executable, "-m", "ansible", *view], capture_output=True, text=True, check=True)
    assert f'gc_client_secret: "{secret}"' in shown.stdout


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"access_token_validity_seconds": 5}, "access_token_validity_seconds: 5 is out of range. Give 300 to 172800"),
        ({"vault_password_file": "x"}, "secret_file: vault_password_file is set without it"),
        ({"roles": ["Nobody"]}, "roles[0]: there is no role named Nobody"),
        ({"name": " "}, "name: it is empty"),
        ({"secret_file": "gc.yml"}, "secret_file: 'gc.yml' is a relative path"),
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
