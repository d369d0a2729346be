# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook bootstrap_genesys_cloud, and the secret files that it writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from integration.playbooks import API_KEY, OAUTH_CLIENT, Door, run
from integration.provisioning import BOOTSTRAP, Site, assert_phrases
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS

ADMIN = {"gc_client_id": CLOUD_CLIENTS[0].id, "gc_client_secret": CLOUD_CLIENTS[0].secret}
ROLE = "Sandbox Admin"
INTEGRATION = "Nexus Messaging Integration"
KEY = {"name": "Cluster", "tenant": "", "permissions": ["nexus:cluster:*"]}
DOORS = pytest.mark.parametrize("door", ["controller", "module"])


def integrations(sandbox: Sandbox) -> list[str]:
    """Return the secrets of the OAuth clients of the integration."""
    return [item["secret"] for item in sandbox.account()["clients"] if item["name"] == INTEGRATION]


def without_client(site: Site) -> None:
    """Remove the variables that the playbook writes: the OAuth client of the integration, and the cluster API key."""
    for host in site.hosts.values():
        for name in ("gc_client_id", "gc_client_secret", "nexus_cluster_api_key"):
            del host[name]


@pytest.mark.parametrize("strategy", ["free", "host_pinned", "linear"])
@pytest.mark.parametrize("forks", ["1", "5"])
def test_every_strategy_creates_one_client(sandbox: Sandbox, tmp_path: Path, strategy: str, forks: str) -> None:
    names = ["alpha", "beta", "gamma"]
    site = Site(sandbox, tmp_path, *names, clouds=names)
    files = tmp_path / "group_vars/genesys_cloud"
    files.mkdir(parents=True)
    without_client(site)
    env = {"ANSIBLE_STRATEGY": strategy}
    site.play(BOOTSTRAP, "--forks", forks, env=env, bootstrap_directory=str(files))
    (secret,) = integrations(sandbox)
    assert secret in (files / "gc_client.yml").read_text(encoding="utf-8")
    assert len([record for record in sandbox.writes() if record.path.endswith(("/clients", "/apikeys"))]) == 2
    again = site.play(BOOTSTRAP, "--forks", forks, env=env, bootstrap_directory=str(files))
    assert sum(again.changed.values()) == 0
    site.play(BOOTSTRAP, env=env, bootstrap_directory=str(files), bootstrap_rotate_secret=True)
    (secret,) = integrations(sandbox)
    assert secret in (files / "gc_client.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "value", "tags"),
    [
        ("gc_api_url", "https://api.mypurecloud.ie", "integration"),
        ("gc_login_url", "https://login.mypurecloud.ie", "integration"),
        ("gc_admin_client_id", "another-organization", "integration"),
        ("nexus_url", "https://digital-2.example.com", "api_key"),
    ],
)
def test_two_organizations_are_not_prepared_in_one_run(
    sandbox: Sandbox, tmp_path: Path, name: str, value: str, tags: str
) -> None:
    names = ["alpha", "beta", "gamma"]
    site = Site(sandbox, tmp_path, *names, clouds=names)
    without_client(site)
    site.hosts["beta"][name] = value
    for options in ([], ["--tags", tags], ["--check"]):
        refused = site.play(BOOTSTRAP, *options, bootstrap_directory=str(tmp_path)).failures
        assert_phrases(refused["alpha"], f"{name}: it is ", "for alpha, gamma", "for beta", "--limit")
        if name.endswith("_url"):
            assert_phrases(refused["alpha"], site.hosts["alpha"][name], value)
        assert (sandbox.requests(), list(tmp_path.glob("*_key.yml")), list(tmp_path.glob("gc_*"))) == ([], [], [])
    # The remedy of the message works, and the other tag does not need what differs.
    other = "api_key" if tags == "integration" else "integration"
    for options in (["--tags", other], ["--limit", "alpha,gamma"]):
        made = site.play(BOOTSTRAP, *options, bootstrap_directory=str(tmp_path))
        assert made.changed["alpha"] > 0


def test_one_organization_may_be_spelled_in_several_ways(sandbox: Sandbox, tmp_path: Path) -> None:
    """Unreadable or missing variables of another tenant do not stop this one."""
    names = ["alpha", "beta", "gamma", "delta"]
    site = Site(sandbox, tmp_path, *names, clouds=names)
    without_client(site)
    beta, gamma, delta = (site.hosts[name] for name in names[1:])
    for name in ("gc_api_url", "gc_login_url", "nexus_url"):
        beta[name] = f"{beta[name].replace('http:', 'HTTP:')}/"
        gamma[name] = "{{ not_defined_anywhere }}"
        del delta[name]
    beta["gc_api_url"] += "api/v2"
    beta["gc_admin_client_id"] = beta["gc_admin_client_id"].upper()
    del delta["ccid"]
    # Nothing is bought if the account of another tenant can't be read.
    site.hosts["alpha"]["genesys_cloud_purchase_allowed"] = False
    prepared = site.play(BOOTSTRAP, bootstrap_directory=str(tmp_path))
    assert prepared.changed["alpha"] == 5
    assert_phrases(prepared.output, "gamma: gc_api_url: it can't be read")


def test_another_client_in_the_inventory_is_reported(sandbox: Sandbox, tmp_path: Path) -> None:
    names = ["alpha", "beta", "gamma"]
    site = Site(sandbox, tmp_path, *names, clouds=names)
    files = tmp_path / "group_vars/genesys_cloud"
    files.mkdir(parents=True)
    older = site.hosts["beta"]["gc_client_id"]
    without_client(site)
    site.hosts["beta"].update(gc_client_id=older, gc_client_secret="older-secret")
    asked: dict[str, Any] = {"bootstrap_directory": str(files)}
    planned = site.play(BOOTSTRAP, "--check", **asked)
    assert (planned.rc, "gc_client_id:" in planned.output) == (0, False)
    first = site.play(BOOTSTRAP, **asked)
    (client,) = [item["id"] for item in sandbox.account()["clients"] if item["name"] == INTEGRATION]
    told = f"gc_client_id: the inventory has another value than {client} for beta. "
    assert first.changed == {"alpha": 5, "beta": 0, "gamma": 0}
    assert_phrases(first.output, told)
    for options in ([], ["--check"]):
        again = site.play(BOOTSTRAP, *options, **asked)
        assert_phrases(again.failures["alpha"], told, f"{files}/gc_client.yml", "host_vars", "--limit")
        assert sandbox.writes() == []
        assert "older-secret" not in again.output
    assert site.play(BOOTSTRAP, "--limit", "!beta", **asked).changed == {"alpha": 0, "gamma": 0}
    del site.hosts["beta"]["gc_client_id"]
    assert not any(site.play(BOOTSTRAP, **asked).changed.values())


@pytest.mark.module_door
@DOORS
def test_server_texts_in_secret_files_are_no_templates(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    touched = tmp_path / "touched"
    command = f"{{{{ lookup('pipe', 'touch {touched}') }}}}"
    other = f"#jinja2: variable_start_string: '[[', variable_end_string: ']]'\n[[ lookup('pipe', 'touch {touched}') ]]"
    texts = [
        command,
        other,
        "{% if true %}yes{% endif %}",
        "{# gone #}x",
        "0123",
        "1e3",
        "no",
        "a: b # c",
        "it's \"\\ {",
    ]
    options = {**ADMIN, "roles": [ROLE], "settle_timeout": 0}
    tasks: list[dict[str, Any]] = []
    for number, text in enumerate(texts):
        # Each fault hits once. In a task, the text would be a template of the test itself.
        body: Any = {"id": text, "secret": text}
        sandbox.fault("status", "clients$", "POST", when="after", status=200, body=body)
        body = [{"id": text, "name": KEY["name"], "tenant": "", "permissions": KEY["permissions"]}]
        sandbox.fault("status", "apikeys$", "GET", status=200, body=body)
        file = str(tmp_path / f"client-{number}.yml")
        task = {OAUTH_CLIENT: {**options, "name": f"C{number}", "secret_file": file}}
        tasks.append({"name": f"client {number}", **task})
        tasks.append({"name": f"key {number}", API_KEY: {**KEY, "secret_file": str(tmp_path / f"key-{number}.yml")}})
    outcome = run(sandbox, tmp_path, tasks, door=door, python=target_python)
    assert [task.msg for task in outcome.tasks if task.failed] == []

    read: list[dict[str, Any]] = []
    for number in range(len(texts)):
        read.append({"include_vars": {"file": str(tmp_path / f"client-{number}.yml")}})
        read.append({"include_vars": {"file": str(tmp_path / f"key-{number}.yml")}})
        message = ["{{ gc_client_id }}", "{{ gc_client_secret }}", "{{ nexus_cluster_api_key }}"]
        read.append({"name": f"read {number}", "debug": {"msg": message}})
    shown = run(sandbox, tmp_path, read)
    assert [shown[f"read {number}"].result["msg"] for number in range(len(texts))] == [[text] * 3 for text in texts]
    assert not touched.exists()


def test_a_hostile_secret_in_the_inventory_runs_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    """The playbook writes the secret, and the next playbook reads it from the inventory."""
    site = Site(sandbox, tmp_path, "alpha", clouds=["alpha"])
    files = tmp_path / "group_vars/genesys_cloud"
    files.mkdir(parents=True)
    for name in ("gc_client_id", "gc_client_secret", "nexus_cluster_api_key"):
        del site.hosts["alpha"][name]
    site.play(BOOTSTRAP, bootstrap_directory=str(files))
    touched = tmp_path / "touched"
    secret = f"{{{{ lookup('pipe', 'touch {touched}') }}}}"
    made = [item for item in sandbox.account()["clients"] if item["name"] == INTEGRATION]
    body = {"id": made[0]["id"], "secret": secret}
    sandbox.fault("status", "secret$", "POST", when="after", status=200, body=body)
    site.play(BOOTSTRAP, bootstrap_directory=str(files), bootstrap_rotate_secret=True)
    assert site.play(BOOTSTRAP, bootstrap_directory=str(files)).changed == {"alpha": 0}
    playbook = tmp_path / "show.yml"
    playbook.write_text(
        "- hosts: all\n  gather_facts: false\n  tasks: [{debug: {msg: 'secret={{ gc_client_secret }}'}}]\n",
        encoding="utf-8",
    )
    assert "lookup('pipe'" in site.play(playbook).output
    assert not touched.exists()


@DOORS
def test_vault_id_is_required_if_ansible_matches_vault_ids(sandbox: Sandbox, tmp_path: Path, door: Door) -> None:
    password = tmp_path / "password"
    password.write_text("given-vault-password", encoding="utf-8")
    file = tmp_path / "gc.yml"
    options = ["--vault-id", f"prod@{password}", "--vault-id", f"test@{password}"]
    env = {"ANSIBLE_VAULT_ID_MATCH": "true"}
    asked = {
        **ADMIN,
        "name": INTEGRATION,
        "roles": [ROLE],
        "secret_file": str(file),
        "vault_password_file": str(password),
    }
    tasks: list[dict[str, Any]] = [
        {"name": "without", OAUTH_CLIENT: asked},
        {"name": "another", OAUTH_CLIENT: {**asked, "vault_id": "elsewhere"}},
        {"name": "key", API_KEY: {**KEY, "secret_file": str(file), "vault_password_file": str(password)}},
        {"name": "with", OAUTH_CLIENT: {**asked, "vault_id": "prod"}},
        {"name": "again", OAUTH_CLIENT: {**asked, "vault_id": "prod"}},
        {"include_vars": {"file": str(file)}},
        {"name": "read", "debug": {"msg": "{{ gc_client_secret }}"}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door, options=options, env=env)
    for name in ("without", "another", "key"):
        assert outcome[name].result["failure"] == {"kind": "invalid_input", "parameter": "vault_id"}
        assert outcome[name].requests == ()
    assert (outcome["with"].changed, outcome["again"].changed) == (True, False)
    assert [outcome["read"].result["msg"]] == integrations(sandbox)
    assert file.read_text(encoding="utf-8").startswith("$ANSIBLE_VAULT;1.2;AES256;prod\n")


def test_bootstrap_with_a_vault_client_script(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", clouds=["alpha"])
    files = tmp_path / "group_vars/genesys_cloud"
    files.mkdir(parents=True)
    script = tmp_path / "keyring-client"
    script.write_text('#!/bin/sh\ntest "$*" = "--vault-id prod" && echo given-vault-password\n', encoding="utf-8")
    script.chmod(0o700)
    for name in ("gc_client_id", "gc_client_secret", "nexus_cluster_api_key"):
        del site.hosts["alpha"][name]
    asked: dict[str, Any] = {"bootstrap_directory": str(files), "bootstrap_vault_password_file": str(script)}
    env = {"ANSIBLE_VAULT_ID_MATCH": "true"}
    refused = site.play(BOOTSTRAP, "--vault-id", f"prod@{script}", env=env, **asked)
    assert "vault_id" in refused.failures["alpha"]
    assert (sandbox.writes(), list(files.iterdir())) == ([], [])
    for changed in (5, 0):
        result = site.play(BOOTSTRAP, "--vault-id", f"prod@{script}", env=env, bootstrap_vault_id="prod", **asked)
        assert result.changed == {"alpha": changed}


def test_a_target_without_ansible_core_refuses_to_encrypt(sandbox: Sandbox, tmp_path: Path) -> None:
    """The task fails before it creates anything."""
    target = tmp_path / "target"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(target)], check=True)
    (packages,) = target.glob("lib/python*/site-packages")
    for name in ("requests", "urllib3", "idna", "certifi", "charset_normalizer"):
        (packages / name).symlink_to(Path(requests.__file__).parents[1] / name)
    password = tmp_path / "password"
    password.write_text("given-vault-password", encoding="utf-8")
    files = {"secret_file": str(tmp_path / "x.yml"), "vault_password_file": str(password)}
    tasks = [
        {"name": "client", OAUTH_CLIENT: {**ADMIN, "name": INTEGRATION, "roles": [ROLE], **files}},
        {"name": "key", API_KEY: {**KEY, **files}},
        {"name": "plain", API_KEY: {**KEY, "secret_file": str(tmp_path / "y.yml")}},
    ]
    env = {"PYTHONPATH": None}
    outcome = run(sandbox, tmp_path, tasks, door="module", python=str(target / "bin/python"), env=env)
    for name in ("client", "key"):
        assert outcome[name].result["failure"] == {"kind": "invalid_input", "parameter": "vault_password_file"}
        assert outcome[name].writes == []
    assert outcome["plain"].changed
