# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole tasks of Genesys Cloud CX and of API keys against a sandbox: results, requests, and what goes wrong."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._task import CLIENTS, execute
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_oauth_client,
    gc_oauth_token,
    gc_purchase_journal,
    gc_role,
    gc_role_grant,
    gc_tollfree_number,
    gc_tollfree_number_info,
    gc_tollfree_numbers,
    nexus_api_key,
    nexus_api_key_info,
)
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS, CLOUD_USERS, DEFAULT_TENANTS, HOME_DIVISION
from unit.doubles import validated

ADMIN, INTEGRATION = CLOUD_CLIENTS
ACME, GLOBEX, _INITECH = DEFAULT_TENANTS
USER = CLOUD_USERS[0].id
CHOSEN = "abababab-0000-4000-8000-000000000009"
MESSAGING = [{"domain": "messaging"}, {"domain": "messagingProvisioning"}]
CLUSTER = {"name": "Portico Cluster API Key", "tenant": "", "permissions": ["nexus:cluster:*"]}

Json = dict[str, Any]


class Org:
    """An organization in a sandbox, and a directory for files."""

    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        self.sandbox = sandbox
        self.directory = directory
        self.journal = str(directory / "journal")
        env = sandbox.env
        self.cloud = {"gc_login_url": env["GC_LOGIN_URL"], "gc_api_url": env["GC_API_URL"], "retries": 1}
        self.integration = {"gc_client_id": INTEGRATION.id, "gc_client_secret": INTEGRATION.secret}
        self.admin = {"gc_client_id": ADMIN.id, "gc_client_secret": ADMIN.secret}
        self.gws = {
            "nexus_url": env["NEXUS_URL"],
            "gws_auth_url": env["GWS_AUTH_URL"],
            "gws_client_id": env["GWS_CLIENT_ID"],
            "gws_client_secret": env["GWS_CLIENT_SECRET"],
        }
        self.buying = {
            "ccid": ACME.ccid,
            "nexus_url": env["NEXUS_URL"],
            "webhook_password": "canary-password",
            "purchase_allowed": True,
            "max_purchases": 3,
            "journal": self.journal,
            "order_timeout": 0.3,
        }
        self.progress: list[str] = []
        self.warnings: list[str] = []

    def run(self, module: Any, asked: Mapping[str, Any], *, check: bool = False, logs_in: bool = True) -> Json:
        """Run a task as the integration, or as the administrator where numbers are not concerned."""
        task = module.TASK
        self.sandbox.clear_requests()
        base: Json = {}
        if task.name.startswith("gc_"):
            base = {
                **self.cloud,
                **(self.integration if "tollfree" in task.name or "purchase" in task.name else self.admin),
            }
        elif logs_in:
            base = self.gws
        if not logs_in:
            base = {name: value for name, value in base.items() if not name.startswith("gc_client")}
        given = {**base, **asked}
        validation = validated(task, given)
        result, self.warnings = execute(
            task,
            validation.validated_parameters,
            given,
            check_mode=check,
            diff_mode=True,
            secrets=validation._no_log_values,
            progress=self.progress.append,
        )
        CLIENTS.close()
        assert "exception" not in result, result["exception"]
        shown = {name: value for name, value in result.items() if name not in task.secret_results}
        assert "canary" not in json.dumps([shown, self.warnings, self.progress])
        return result

    def steps(self, module: Any, asked: Mapping[str, Any], *, check: bool = False) -> list[str]:
        """Run a task that does not fail; return its steps, which are what it changed."""
        result = self.run(module, asked, check=check)
        assert not result.get("failed"), result["msg"]
        assert result["changed"] is bool(result["steps"]), result
        assert bool(self.sandbox.writes()) is (result["changed"] and not check)
        steps: list[str] = result["steps"]
        return steps

    def twice(self, module: Any, asked: Mapping[str, Any]) -> list[str]:
        """Check, apply, and apply again: nothing is written in the first and the last, and all agree."""
        planned = self.steps(module, asked, check=True)
        assert self.steps(module, asked) == planned
        assert self.steps(module, asked) == []
        return planned

    def failure(self, module: Any, asked: Mapping[str, Any], *, check: bool = False, logs_in: bool = True) -> str:
        """Run a task that fails; return its sentence."""
        result = self.run(module, asked, check=check, logs_in=logs_in)
        assert result.get("failed"), result
        return str(result["msg"])

    def buy(self, *slots: str, **options: Any) -> Json:
        """Have numbers for slots."""
        asked = {**self.buying, "tollfree_numbers": [{"slot": slot} for slot in slots], **options}
        return self.run(gc_tollfree_numbers, asked)


@pytest.fixture
def org(sandbox: Sandbox, tmp_path: Path) -> Org:
    return Org(sandbox, tmp_path)


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


def test_numbers(org: Org) -> None:
    first = org.buy("main", "campaigns", comment="ACME", email_address="sms@example.com")
    assert first["slots"].keys() == {"main", "campaigns"}
    assert first["steps"] == ["buy a number for the slot main", "buy a number for the slot campaigns"]
    assert [item["comment"] for item in first["tollfree_numbers"]] == ["ACME", "ACME"]
    assert first["diff"]["after"]["main"]["number"] == first["slots"]["main"]
    again = org.buy("main", "campaigns", comment="ACME", email_address="other@example.com")
    assert (again["changed"], again["slots"]) == (False, first["slots"])
    assert len(org.sandbox.requests()) == 2
    assert org.warnings[0].startswith("tollfree_numbers[0].email_address: the number 18445550000 was ordered with sms@")
    stored = {item["tollfreeNumber"]: item for item in org.sandbox.account()["numbers"]}
    main = stored[first["slots"]["main"]]
    assert main["moUrl"] == f"{org.sandbox.env['NEXUS_URL']}/nexus/v3/sms/message"
    assert main["drUrl"] == f"{org.sandbox.env['NEXUS_URL']}/nexus/v3/sms/receipt"
    assert (main["webhookUsername"], main["webhookPassword"]) == (ACME.ccid, "canary-password")


def test_drift_of_a_number(org: Org) -> None:
    org.buy("main")
    asked = {**org.buying, "slot": "main", "comment": "ACME", "mo_url": "https://elsewhere.example.com/mo"}
    expected = "change comment, mo_url, webhook_password of the number 18445550000"
    assert org.twice(gc_tollfree_number, asked) == [expected]
    rotated = {**org.buying, "slot": "main", "webhook_password": "canary-2", "update_secret": "always", "mo_url": None}
    assert org.run(gc_tollfree_number, rotated)["changed"] is True
    (number,) = org.sandbox.account()["numbers"]
    assert (number["webhookPassword"], number["moUrl"]) == ("canary-2", "")


def test_shared_options_can_be_null_and_so_can_those_of_one(org: Org) -> None:
    org.buy("main", comment="ACME")
    cleared = org.buy("main", comment=None)
    assert cleared["tollfree_numbers"][0]["comment"] == ""
    own = org.buy("main", comment="shared", tollfree_numbers=[{"slot": "main", "comment": "own"}])
    assert own["tollfree_numbers"][0]["comment"] == "own"


def test_a_certain_number_and_its_release(org: Org) -> None:
    asked = {**org.buying, "number": "+1 844-555-0009"}
    assert org.twice(gc_tollfree_number, asked) == ["buy the number 18445550009"]
    gone = {**asked, "state": "absent"}
    text = org.failure(gc_tollfree_number, gone)
    assert "the number 18445550009 would be released, and anyone could buy it then. Set it to 18445550009" in text
    assert org.twice(gc_tollfree_number, {**gone, "release_confirmation": "1 844 555 0009"}) == [
        "release the number 18445550009"
    ]
    # It may be bought again: the journal knows that it was given back.
    assert org.steps(gc_tollfree_number, asked) == ["buy the number 18445550009"]
    assert org.sandbox.account()["spent"] == 2


def test_releases_that_someone_else_made(org: Org) -> None:
    org.buy("main", "campaigns")
    org.sandbox.fault("status", "numbers/1", "DELETE", status=404, when="after")
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    assert org.run(gc_tollfree_number, gone)["changed"] is False
    org.sandbox.fault("status", "numbers/1", "DELETE", status=403, body={"code": "no", "message": "may not"})
    refused = {**gone, "slot": "campaigns", "release_confirmation": "18445550001"}
    assert "may not" in org.failure(gc_tollfree_number, refused)
    # Given back by hand: a slot that is not wanted any more is closed, one that is wanted needs a person.
    text = org.failure(gc_tollfree_number, {**org.buying, "slot": "main"})
    assert "18445550000 was bought for the slot main" in text
    assert "Nothing is bought in its place by itself" in text
    assert org.run(gc_tollfree_number, gone)["changed"] is False
    assert org.steps(gc_tollfree_number, {**org.buying, "slot": "main"}) == ["buy a number for the slot main"]


def test_a_port_in(org: Org) -> None:
    letter = {"loa_file_url": "https://files.example.com/loa.pdf", "loa_file_url_password": "canary-loa"}
    asked = {**org.buying, "number": "18005550100", "port_in": letter, "max_purchases": 0}
    assert org.twice(gc_tollfree_number, asked) == ["port in the number 18005550100"]
    account = org.sandbox.account()
    assert (account["spent"], account["numbers"][0]["loaFileUrlPassword"]) == (0, "canary-loa")
    assert "canary" not in Path(org.journal).read_text(encoding="utf-8")


def test_others_buy_in_the_meantime(org: Org) -> None:
    org.sandbox.fault("take", "numbers$", "POST", times=2)
    assert org.buy("main")["slots"] == {"main": "18445550002"}
    org.sandbox.fault("take", "numbers$", "POST")
    text = org.failure(gc_tollfree_number, {**org.buying, "number": "18445550077"})
    assert "The number 18445550077 is not available" in text
    assert org.sandbox.account()["spent"] == 1
    org.sandbox.fault("take", "numbers$", "POST", times=None)
    result = org.buy("campaigns")
    assert "offers no number for the slot campaigns; 10 were bought by others in the meantime" in result["msg"]
    assert org.sandbox.account()["spent"] == 1


def test_a_refusal_that_is_not_about_the_number(org: Org) -> None:
    for status in (400, 403):
        org.sandbox.clear_faults()
        org.sandbox.fault("status", "numbers$", "POST", status=status, body={"code": "bad", "message": "no contract"})
        result = org.buy("main")
        assert "no contract" in result["msg"]
        assert (result["changed"], org.sandbox.account()["spent"]) == (False, 0)
    assert org.buy("main")["changed"] is True


def test_orders_that_surely_did_nothing_are_sent_again(org: Org) -> None:
    org.sandbox.fault("status", "numbers$", "POST", status=429, headers={"Retry-After": "0"})
    assert org.buy("main", retries=1)["changed"] is True
    org.sandbox.fault("status", "numbers$", "POST", status=429, headers={"Retry-After": "0"}, times=None)
    result = org.buy("campaigns", retries=1)
    assert "answered 429" in result["msg"]
    assert [record.status for record in org.sandbox.requests() if record.method == "POST"] == [200, 429, 429]
    org.sandbox.clear_faults()
    org.sandbox.fault("status", "numbers$", "POST", status=429, headers={"Retry-After": "60"})
    assert "answered 429" in org.buy("campaigns")["msg"]
    assert org.buy("campaigns")["changed"] is True


def test_an_order_whose_answer_is_lost(org: Org) -> None:
    org.sandbox.fault("cut", "numbers$", "POST")
    result = org.buy("main", "campaigns")
    assert (result["failure"]["kind"], result["changed"]) == ("undecided", True)
    assert "It is not known whether the number 18445550000 was ordered for the slot main" in result["msg"]
    assert "broke off the connection" in result["msg"]
    (intent,) = result["failure"]["intents"]
    # Nothing more is bought until that is decided, but for other slots.
    assert org.buy("main")["failed"] is True
    assert org.buy("campaigns")["slots"] == {"campaigns": "18445550001"}
    listed = org.run(gc_purchase_journal, {"journal": org.journal, "ccid": ACME.ccid})
    assert [item["intent"] for item in listed["intents"]] == [intent["intent"]]
    assert [item["in_account"] for item in listed["purchases"]] == [False, True]
    assert org.run(gc_purchase_journal, {"journal": org.journal, "ccid": GLOBEX.ccid})["purchases"] == []
    decide = {"journal": org.journal, "intent": intent["intent"]}
    text = org.failure(gc_purchase_journal, {**decide, "resolution": "adopt"})
    assert "the account does not have the number 18445550000. Wait until it does" in text
    forget = {**decide, "resolution": "forget"}
    sentence = f"forget the intent {intent['intent']} of 18445550000"
    for check in (True, False):
        result = org.run(gc_purchase_journal, forget, check=check)
        assert (result["changed"], result["steps"]) == (True, [sentence])
    assert org.run(gc_purchase_journal, forget)["changed"] is False
    assert org.buy("main")["slots"] == {"main": "18445550000"}
    assert org.sandbox.account()["spent"] == 2


def test_a_decision_to_adopt_another_number(org: Org) -> None:
    org.run(gc_tollfree_number, {**org.buying, "number": "18445550050"})
    org.sandbox.fault("cut", "numbers$", "POST")
    (intent,) = org.buy("main")["failure"]["intents"]
    adopt = {"journal": org.journal, "intent": intent["intent"], "resolution": "adopt", "number": "18445550050"}
    assert org.run(gc_purchase_journal, adopt)["changed"] is True
    assert org.run(gc_purchase_journal, adopt)["changed"] is False
    result = org.buy("main")
    # The number is marked as the slot's, and nothing is bought.
    assert result["steps"] == ["change comment of the number 18445550050"]
    assert (result["slots"], org.sandbox.account()["spent"]) == ({"main": "18445550050"}, 1)
    text = org.failure(gc_purchase_journal, {**adopt, "resolution": "forget", "number": None})
    assert "the account has the number 18445550050. Adopt it, or release it" in text


def test_a_number_of_another_slot_is_not_adopted(org: Org) -> None:
    assert org.buy("other")["slots"] == {"other": "18445550000"}
    org.sandbox.fault("cut", "numbers$", "POST")
    (intent,) = org.buy("main")["failure"]["intents"]
    adopt = {"journal": org.journal, "intent": intent["intent"], "resolution": "adopt", "number": "18445550000"}
    text = org.failure(gc_purchase_journal, adopt)
    assert "number: the journal has the number 18445550000 for the intent i" in text
    assert org.run(gc_purchase_journal, {"journal": org.journal})["intents"][0]["number"] == intent["number"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"intent": "x"}, "resolution: it is needed to decide on an intent"),
        ({"resolution": "adopt"}, "intent: it is needed"),
        ({"intent": "x", "resolution": "forget"}, "the journal has no intent x"),
        ({"intent": "x", "resolution": "forget", "number": "18445550000"}, "number: it is set without a resolution"),
        ({"journal": " "}, "journal: it is empty"),
        ({"journal": "prod/journal.jsonl"}, "journal: 'prod/journal.jsonl' is a relative path"),
    ],
)
def test_decisions_that_can_not_be(org: Org, options: Json, text: str) -> None:
    assert text in org.failure(gc_purchase_journal, {"journal": org.journal, **options})


def test_orders_that_settle_late(org: Org) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    result = org.buy("main")
    assert (result["failure"]["kind"], result["changed"]) == ("undecided", True)
    assert "(order " in result["msg"]
    assert "status Done), and after 0.3 s the account does not have it yet. It is not ordered again" in result["msg"]
    assert any("The account does not have 18445550000 yet" in line for line in org.progress)
    planned = org.run(gc_tollfree_numbers, {**org.buying, "tollfree_numbers": [{"slot": "main"}]}, check=True)
    assert planned["tollfree_numbers"] == [{"number": "18445550000", "slot": "main"}]
    assert planned["slots"] == {"main": "18445550000"}
    org.sandbox.fault("status", "orders/", status=404, body={"code": "not.found"})
    assert "status not known" in org.buy("main")["msg"]
    org.sandbox.settle()
    # The first look comes too early.
    org.sandbox.fault("status", "numbers$", "GET", status=200, body={"entities": []})
    # Ordered with another comment than today's: that is mended in the same run.
    result = org.buy("main", comment="today")
    assert result["steps"] == [
        "wait for the number 18445550000, which was ordered for the slot main before",
        "change comment of the number 18445550000",
    ]
    assert result["changed"] is True
    assert org.buy("main", comment="today")["changed"] is False
    assert org.sandbox.account()["spent"] == 1


def test_a_number_that_came_by_itself_is_noted(org: Org) -> None:
    org.sandbox.fault("status", "numbers$", "POST", when="after", status=500)
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    assert org.buy("main")["failed"] is True
    org.sandbox.settle()
    assert org.buy("main")["changed"] is False
    assert org.run(gc_purchase_journal, {"journal": org.journal})["intents"] == []


def test_tags_that_come_twice(org: Org) -> None:
    org.buy("main", "campaigns")
    number = {**org.buying, "number": "18445550001"}
    forged = f"[slot {ACME.ccid}/main]"
    assert "it holds the mark of a slot" in org.failure(gc_tollfree_number, {**number, "comment": forged})
    org.sandbox.fault(
        "status",
        "numbers$",
        "GET",
        status=200,
        body={"entities": [{"tollfreeNumber": n, "comment": forged} for n in ("18445550000", "18445550001")]},
    )
    assert "18445550000 and 18445550001 are both numbers of the slot main" in org.buy("main")["msg"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "slot: neither slot nor number is set"),
        ({"slot": "a", "number": "18445550000"}, "slot: slot and number are both set"),
        ({"slot": "a b"}, "slot: 'a b' is not the name of a slot"),
        ({"slot": "a", "port_in": {"loa_file_url": "https://x.example.com"}}, "port_in: it is set without number"),
        ({"number": "18445550000", "vanity": "CALL"}, "vanity: it is set without slot"),
        ({"slot": "a", "vanity": "TOOLONGER"}, "vanity: 'TOOLONGER' has 9 characters"),
        ({"slot": "a", "email_address": "nobody"}, "email_address: 'nobody' is not an e-mail address"),
        ({"slot": "a", "mo_url": "ftp://x"}, "mo_url: 'ftp://x' is not an absolute http or https URL"),
        ({"number": "18445550000", "port_in": {"loa_file_url": "loa.pdf"}}, "port_in.loa_file_url: 'loa.pdf' is not"),
        ({"slot": "a", "max_purchases": None}, "max_purchases: it is not set, and purchase_allowed is true"),
        ({"slot": "a", "max_purchases": -1}, "max_purchases: -1 is negative"),
        ({"slot": "a", "journal": None}, "journal: it is not set, and purchase_allowed is true"),
        ({"slot": "a", "journal": "journal.jsonl"}, "such as {{ inventory_dir }}/journal.jsonl"),
        ({"slot": "a", "journal": "/nonexistent/journal"}, "journal: /nonexistent/journal can't be used"),
        ({"slot": "a", "order_timeout": -1}, "order_timeout: -1 is no time to wait"),
        ({"slot": "a", "update_secret": "always", "webhook_password": None}, "webhook_password: it is not set"),
        ({"slot": "a", "webhook_password": ""}, "webhook_password: it is empty"),
        ({"slot": "a", "ccid": "acme"}, "ccid: 'acme' is not a UUID"),
        ({"slot": "a", "nexus_url": None}, "mo_url: it is needed to buy the slot a"),
        ({"slot": "a", "vanity": "1234567"}, "offers no number with 1234567 in it for the slot a"),
    ],
)
def test_bad_input_buys_nothing(org: Org, options: Json, text: str) -> None:
    org.sandbox.take("18441234567")
    assert text in org.failure(gc_tollfree_number, {**org.buying, **options})
    assert (org.sandbox.writes(), org.sandbox.account()["spent"]) == ([], 0)


def test_a_limit_that_is_too_low_buys_nothing_at_all(org: Org) -> None:
    result = org.buy("a", "b", max_purchases=1)
    assert "max_purchases: it is 1, with 0 bought before and 2 more needed" in result["msg"]
    assert org.sandbox.writes() == []
    assert "slot a is also in tollfree_numbers[0]" in org.buy("a", "a")["msg"]


def test_journals_that_stop_everything(org: Org) -> None:
    Path(org.journal).write_text("Buy milk.\n", encoding="utf-8")
    assert "has a line that no journal has, line 1" in org.buy("main")["msg"]
    Path(org.journal).write_text("", encoding="utf-8")
    if os.geteuid():
        Path(org.journal).chmod(0o400)
        assert "can't be used: Permission denied" in org.buy("main")["msg"]
    assert org.sandbox.account()["spent"] == 0


def test_numbers_of_an_account(org: Org) -> None:
    org.buy("main", comment="ACME")
    result = org.run(gc_tollfree_number_info, {"available": True, "vanity": "CALL", "count": 2})
    assert result["available"] == ["18440002255", "18440012255"]
    (number,) = result["tollfree_numbers"]
    assert (number["slot"], number["ccid"], number["comment"], number["status"]) == (
        "main",
        ACME.ccid,
        "ACME",
        "Assigned",
    )
    assert "count: 101 is out of range" in org.failure(gc_tollfree_number_info, {"count": 101})
    for body in ({}, {"entities": [5]}, {"entities": [{"tollfreeNumber": "none"}]}):
        org.sandbox.fault("status", "numbers$", "GET", status=200, body=body)
        assert "answered in a form that is not known" in org.buy("main")["msg"]
    org.sandbox.fault("status", "available$", "GET", status=200, body={"entities": ["none"]})
    assert "form that is not known" in org.failure(gc_tollfree_number_info, {"available": True})
