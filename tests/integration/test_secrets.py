# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is shown or left anywhere: not one that was given, not one that a server told, not one made of those."""

from __future__ import annotations

import base64
import html
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import requests
from ansible.parsing.vault import VaultLib, VaultSecret
from integration.playbooks import (
    API_KEY,
    API_KEY_INFO,
    CHANNEL_PROBE,
    CHANNELS,
    DOORS,
    OAUTH_CLIENT,
    OAUTH_TOKEN,
    SENDER_ID,
    SENDER_ID_INFO,
    SENDER_IDS,
    SERVICE,
    SERVICE_INFO,
    TOLLFREE_NUMBER_INFO,
    WEBHOOK_HEADERS,
    Door,
    Outcome,
    Task,
    run,
)
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS

CCID = "5ec3e700-0000-4000-8000-000000000001"

# What stands in secret options and on the server. Blanks, quotes and the like make some of them look otherwise in a
# URL, in JSON and in a repr.
CANARIES = {
    "api_key": "canary-api-key-7f3a",
    "password": "canary/gws pass+word%7f3b",
    "client_secret": "canary-client:secret&7f3c",
    "kaleyra_password": "canary 'kaleyra' \"7f3d\"",
    "kaleyra_username": "canary-kaleyra-user-7f3e",
    "webhook": "canary-webhook-7f3f",
    "on_server": "canary-on-the-server-7f40",
    "vaulted": "canary-vaulted-7f41",
    "number": "74207421",
    "wrong": "canary-wrong-7f42",
    "gax_password": 'canary/gax "pass%7f43',
    "gws_api_key": "canary-gws-key%7f47",
    "api_secret": "canary 'api' secret%7f44",
    "header": "Bearer canary-header+7f45",
    "old_header": "canary-header-on-the-server-7f46",
}

PAIR = base64.b64encode(f"canaries-client:{CANARIES['client_secret']}".encode()).decode()


@dataclass(frozen=True)
class Trap:
    """A sandbox full of canaries, and a vaulted variable."""

    sandbox: Sandbox
    directory: Path
    python: str

    def run(self, tasks: list[Task], door: Door, check: bool) -> Outcome:
        """Run tasks with everything on that makes Ansible talk."""
        options = ["-vvvv", "--diff", "--vault-password-file", str(self.directory / "vault-password")]
        return run(
            self.sandbox,
            self.directory / "run",
            tasks,
            door=door,
            python=self.python,
            options=[*options, "--check"] if check else options,
            play={
                "vars_files": [str(self.directory / "vaulted.yml")],
                "module_defaults": {
                    "group/cxops.genesys_sms.digital_channels": {"ccid": CCID, "retries": 0},
                    "group/cxops.genesys_sms.messaging": {"ccid": CCID, "retries": 0},
                    "group/cxops.genesys_sms.configuration": {"retries": 0, "gws_username": "canaries\\provisioner"},
                },
            },
            env={
                # What is in the environment is not on the command line of any process.
                "NEXUS_API_KEY": CANARIES["api_key"],
                "GWS_CLIENT_ID": "canaries-client",
                "GWS_CLIENT_SECRET": CANARIES["client_secret"],
                "GWS_PASSWORD": CANARIES["password"],
                "GWS_API_KEY": CANARIES["gws_api_key"],
                "GAX_USERNAME": "canaries",
                "GAX_PASSWORD": CANARIES["gax_password"],
                # Ordinary modules go through files then.
                "ANSIBLE_PIPELINING": "false",
                "ANSIBLE_LOG_PATH": str(self.directory / "run/log"),
                "ANSIBLE_INJECT_INVOCATION": "true",
                "ANSIBLE_DISPLAY_TRACEBACK": "always",
            },
        )


@pytest.fixture
def trap(sandbox: Sandbox, tmp_path: Path, target_python: str) -> Trap:
    sandbox.seed(
        [
            {
                "ccid": CCID,
                "name": "canaries",
                "domain": "canaries",
                "client_id": "canaries-client",
                "gax_username": "canaries",
                "sections": {"Async": {"header:X-Old": CANARIES["old_header"], "retry": "3"}},
                **{key: CANARIES[key] for key in ("api_key", "password", "client_secret", "gax_password")},
            }
        ]
    )
    (tmp_path / "vault-password").write_text("opens the vault\n", encoding="utf-8")
    vault = VaultLib([("default", VaultSecret(b"opens the vault"))])
    text = vault.encrypt(CANARIES["vaulted"]).decode()
    indented = "".join(f"  {line}\n" for line in text.splitlines())
    (tmp_path / "vaulted.yml").write_text(f"vaulted: !vault |\n{indented}", encoding="utf-8")
    return Trap(sandbox, tmp_path, target_python)


def tasks() -> list[Task]:
    """Return tasks that take secrets in every option, and that meet secrets of the server."""
    kaleyra = {"username": CANARIES["kaleyra_username"], "password": CANARIES["kaleyra_password"]}
    main = {"name": "Main", "channel_id": "16504661149", "endpoint": "Main"}
    channel = {"channelId": "12345", "webhook": {"secret": CANARIES["webhook"]}, "api": {"secret": "74207421"}}
    document = {"service": "mGageSMS", "url": "https://kaleyra.example.com"}
    gateway = {
        "channel_id": "16504661149",
        "webhook_url": "https://gateway.example.com",
        "webhook_secret": CANARIES["webhook"],
        "api_secret": CANARIES["api_secret"],
    }
    same = {**gateway, "webhook_url": "http://gateway.example.com", "api_secret": CANARIES["webhook"]}
    header = {"name": "Authorization", "value": CANARIES["header"]}
    gax = {"configuration": "gax"}
    return [
        {"name": "channels", CHANNELS: {"channels": [gateway]}},
        {"name": "vaulted channels", CHANNELS: {"channels": [{**gateway, "api_secret": "{{ vaulted }}"}]}},
        {"name": "warned channels", CHANNELS: {"channels": [same], "update_secret": "always"}},
        {"name": "loop of channels", CHANNELS: {"channels": ["{{ item }}"]}, "loop": [gateway], "no_log": True},
        {"name": "wrong channel", CHANNELS: {"channels": [{**gateway, "webhook_secret": CANARIES["wrong"], "hue": 1}]}},
        {
            "name": "wrong secret",
            CHANNELS: {"channels": [{**gateway, "api_secret": [CANARIES["wrong"]], "state": "x"}]},
        },
        {"name": "proof", CHANNEL_PROBE: {"channels": [gateway]}},
        {"name": "refused proof", CHANNEL_PROBE: {"channels": [{**gateway, "api_secret": CANARIES["wrong"]}]}},
        {"name": "headers", WEBHOOK_HEADERS: {"headers": [header]}},
        {"name": "headers over GAX", WEBHOOK_HEADERS: {**gax, "headers": [{**header, "value": "{{ vaulted }}"}]}},
        {"name": "purged headers", WEBHOOK_HEADERS: {**gax, "headers": [], "purge": True}},
        {"name": "wrong header", WEBHOOK_HEADERS: {"headers": [{**header, "value": CANARIES["wrong"] + "\n"}]}},
        {"name": "wrong password of GAX", WEBHOOK_HEADERS: {**gax, "headers": [], "gax_password": CANARIES["wrong"]}},
        {"name": "sender IDs over GAX", SENDER_IDS: {**gax, "sender_ids": [main]}},
        {"name": "create", SERVICE: {**document, "secret": kaleyra}},
        {"name": "rotate", SERVICE: {**document, "secret": {"password": "{{ vaulted }}"}, "update_secret": "always"}},
        {"name": "vaulted key", SERVICE: {**document, "api_key": "{{ vaulted }}"}},
        {"name": "alias", SERVICE: {**document, "nexus_api_key": CANARIES["api_key"]}},
        {"name": "nested", SERVICE: {"service": "Nested", "secret": {"channels": [channel]}}},
        {"name": "loop", SERVICE: {"service": "{{ item }}", "secret": kaleyra}, "loop": ["One", "Two"]},
        # What is a secret in one place is hidden in every other.
        {"name": "twice", SERVICE: {"service": "Three", "data": {"x": CANARIES["webhook"]}, "secret": channel}},
        {"name": "one", SERVICE_INFO: {"service": "Seeded"}},
        {"name": "all", SERVICE_INFO: {}},
        {"name": "change seeded", SERVICE: {"service": "Seeded", "url": "https://other.example.com"}},
        {"name": "sender IDs", SENDER_IDS: {"sender_ids": [main]}},
        {"name": "loop of sender IDs", SENDER_ID: {**main, "cxc_only": "{{ item }}"}, "loop": [True, False]},
        {"name": "read", SENDER_ID_INFO: {}},
        {"name": "wrong password", SENDER_ID_INFO: {"gws_password": CANARIES["wrong"]}},
        {"name": "wrong client", SENDER_ID_INFO: {"gws_client_secret": CANARIES["wrong"]}},
        {"name": "wrong key", SERVICE_INFO: {"api_key": CANARIES["wrong"]}},
        {"name": "wrong type", SERVICE: {**document, "secret": [CANARIES["wrong"]]}},
        {"name": "unsupported", SERVICE: {**document, "secret": kaleyra, "unsupported": "x"}},
        {"name": "key beyond HTTP", SERVICE_INFO: {"api_key": CANARIES["wrong"] + "\n☃"}},
        quote_back(CANARIES["api_key"], CANARIES["kaleyra_password"], CANARIES["kaleyra_username"]),
        {"name": "talkative service", SERVICE: {**document, "secret": kaleyra}},
        quote_back(CANARIES["vaulted"]),
        {"name": "talkative vault", SERVICE: {**document, "secret": {"password": "{{ vaulted }}"}}},
        quote_back(CANARIES["password"], CANARIES["client_secret"], PAIR),
        {"name": "talkative login", SENDER_IDS: {"sender_ids": [main]}},
        quote_back(CANARIES["webhook"], CANARIES["number"]),
        {"name": "talkative loop", SERVICE: {"service": "{{ item }}", "secret": channel}, "loop": ["One", "Two"]},
        quote_back(CANARIES["webhook"], CANARIES["api_secret"]),
        {"name": "talkative channels", CHANNELS: {"channels": [gateway]}},
        quote_back(CANARIES["gax_password"], CANARIES["header"]),
        {"name": "talkative GAX", WEBHOOK_HEADERS: {**gax, "headers": [header]}},
    ]


def quote_back(*secrets: str) -> Task:
    """Return a task after which the server quotes these in all forms, as if it had just been sent them."""
    quoted = " ; ".join(sorted({form for secret in secrets for form in forms(secret)}))
    body = {"status": {"code": 7, "message": f"refused: {quoted}", "detail": secrets[0]}}
    fault = {"kind": "status", "status": 400, "body": body, "times": None}
    return {"name": "server", "no_log": True, "sandbox": {"clear_faults": {}, "fault": fault}}


def forms(value: str) -> Iterator[str]:
    """Yield what a text looks like in the places where it may turn up."""
    yield value
    yield quote(value, safe="")
    yield quote(value)
    yield quote_plus(value)
    yield re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), quote(value, safe=""))
    yield json.dumps(value)[1:-1]
    yield repr(value)[1:-1]
    yield html.escape(value)
    yield html.escape(value).replace("&#x27;", "&#39;").replace("/", "&#x2F;")


def secrets_of(sandbox: Sandbox) -> set[str]:
    """Return everything that may not be shown: canaries in all forms, their Basic pair, tokens and sessions."""
    found = {PAIR, *(form for value in CANARIES.values() for form in forms(value))}
    for record in sandbox.requests():
        authorization = record.headers.get("authorization", "")
        if authorization.startswith("Bearer "):
            found.add(authorization.removeprefix("Bearer "))
        if "cookie" in record.headers:
            found.add(record.headers["cookie"].partition("=")[2])
    return found


def assert_nothing_leaked(trap: Trap, outcome: Outcome) -> None:
    """Look into both outputs and all files below the run's directory, but for the playbook, which the test wrote."""
    texts = {"stdout": outcome.stdout, "stderr": outcome.stderr}
    directory = trap.directory / "run"
    texts |= {
        str(path.relative_to(directory)): path.read_text(encoding="utf-8", errors="replace")
        for path in directory.rglob("*")
        if path.is_file() and path.name != "playbook.json"
    }
    secrets = secrets_of(trap.sandbox)
    # The sandbox records what it was sent, headers and all; of the recorder's file only the results count.
    texts["record.json"] = json.dumps([task.result for task in outcome.tasks], ensure_ascii=False)
    assert {"log", "stdout", "record.json"} <= set(texts)
    assert [(name, secret) for name, text in texts.items() for secret in sorted(secrets) if secret in text] == []


@pytest.mark.module_door
def test_no_secret_of_a_background_task_is_left(trap: Trap) -> None:
    secret = {"username": CANARIES["kaleyra_username"], "password": "{{ vaulted }}"}
    task = {SERVICE: {"service": "mGageSMS", "secret": secret}, "async": 60, "poll": 1}
    outcome = trap.run([{"name": "async", **task}], "controller", check=False)
    assert outcome["async"].changed
    # What runs the job comes by every few seconds, and then clears away its copy of the module.
    for _second in range(30):
        if not list((trap.directory / "run").rglob("AnsiballZ_*")):
            break
        time.sleep(1)
    assert_nothing_leaked(trap, outcome)


def put_service(sandbox: Sandbox, document: dict[str, Any]) -> None:
    """Let the tenant have the service Seeded before the test begins."""
    url = f"{sandbox.env['NEXUS_URL']}/nexus/v3/provisioning/services/{CCID}/Seeded"
    headers = {"x-api-key": CANARIES["api_key"], "x-ccid": CCID}
    requests.post(url, json=document, headers=headers, timeout=10).raise_for_status()
    sandbox.clear_requests()


@pytest.mark.module_door
@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
@pytest.mark.parametrize("door", DOORS)
def test_no_secret_is_shown_or_left(trap: Trap, door: Door, check: bool) -> None:
    seeded = {"url": "https://x.example.com", "data": {}, "secret": {"password": CANARIES["on_server"]}}
    put_service(trap.sandbox, seeded)
    outcome = trap.run(tasks(), door, check)
    assert_nothing_leaked(trap, outcome)
    # The runs did what they should have: there was something to leak.
    failed = {task.name for task in outcome.tasks if task.failed}
    assert failed >= {task["name"] for task in tasks() if task["name"].startswith(("wrong", "talkative "))}
    assert {"create", "nested", "loop", "one", "all", "change seeded", "sender IDs", "read"}.isdisjoint(failed)
    assert {"channels", "proof", "headers", "headers over GAX", "purged headers"}.isdisjoint(failed)
    assert all("refused: " in outcome[f"talkative {name}"].msg for name in ("service", "vault", "login", "GAX"))
    assert "(hidden)" in outcome.stdout
    writes = [record for record in trap.sandbox.writes() if record.status == 200]
    assert bool(writes) != check


@pytest.mark.module_door
def test_no_secret_that_a_module_tells_is_shown_by_ssh(sandbox: Sandbox, tmp_path: Path, target_python: str) -> None:
    """The connection shows what programs print, before anything else sees it."""
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/bash\nexec sh -c "${@: -1}"\n', encoding="utf-8")
    ssh.chmod(0o700)
    far = {"ansible_connection": "ssh", "ansible_ssh_executable": str(ssh), "ansible_ssh_pipelining": True}
    admin = {"gc_client_id": CLOUD_CLIENTS[0].id, "gc_client_secret": CLOUD_CLIENTS[0].secret}
    chosen = "cacacaca-0000-4000-8000-00000000000c"
    key = {"tenant": "", "permissions": ["nexus:cluster:*"]}
    outcome = run(
        sandbox,
        tmp_path / "run",
        [
            {"name": "token", OAUTH_TOKEN: {}, "register": "token"},
            {"name": "client", OAUTH_CLIENT: {**admin, "name": "Given", "roles": ["Sandbox Admin"]}},
            {"name": "key", API_KEY: {**key, "name": "Made"}, "register": "key"},
            {"name": "chosen key", API_KEY: {**key, "name": "Chosen", "key": chosen}, "register": "chosen"},
            {"name": "keys", API_KEY_INFO: {}},
            # Both are used, so that the sandbox has them.
            {"name": "numbers", TOLLFREE_NUMBER_INFO: {"gc_access_token": "{{ token.access_token }}"}},
            {"name": "services", SERVICE_INFO: {"api_key": "{{ key.key }}"}},
            {"name": "more services", SERVICE_INFO: {"api_key": "{{ chosen.key }}"}},
        ],
        options=["-vvvv"],
        play={"vars": far},
        python=target_python,
    )
    assert [task.msg for task in outcome.tasks if task.failed] == []
    assert outcome.output_of("token").count(str(ssh)) >= 1
    records = sandbox.requests()
    secrets = {record.headers["x-api-key"] for record in records if "x-api-key" in record.headers}
    secrets |= {
        record.headers["authorization"].removeprefix("Bearer ") for record in records if record.path.endswith("numbers")
    }
    secrets |= {client["secret"] for client in sandbox.account()["clients"] if client["name"] == "Given"}
    assert chosen in secrets
    # The fifth is the key of the API gateway.
    assert len(secrets) == 5
    assert [secret for secret in secrets if secret in outcome.stdout + outcome.stderr] == []


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_a_secret_that_is_said_in_another_way_is_not_shown(sandbox: Sandbox, tmp_path: Path, door: Door) -> None:
    """Servers trim what they were sent, leave out the scheme of a token, and write UUIDs and numbers as they like."""
    key = "acacacac-0000-4000-8000-0000000001bc"
    sandbox.seed([{"ccid": CCID, "name": "other", "api_key": key}])
    number = "7391846250"
    document = {"service": "mGageSMS", "url": "https://kaleyra.example.com", "data": {}, "update_secret": "always"}
    tasks: list[Task] = []
    for name, task, quoted in (
        ("line", {SERVICE: {**document, "secret": {"username": "x1", "password": "canary-line\n"}}}, "<canary-line>"),
        ("scheme", {WEBHOOK_HEADERS: {"headers": [{"name": "A", "value": "Bearer canary-token"}]}}, "<canary-token>"),
        ("number", {SERVICE: {**document, "secret": {"username": "x1", "password": number}}}, number),
        ("key", {SERVICE: document}, f"{key.upper()} {key.replace('-', '')}"),
    ):
        code = int(number) if name == "number" else 7
        body = {"status": {"code": code, "message": f"no {quoted}", "detail": quoted}}
        fault = {"kind": "status", "status": 400, "path": "/services/|/transactions", "body": body, "times": None}
        tasks += [
            {"name": f"trap {name}", "no_log": True, "sandbox": {"clear_faults": {}, "fault": fault}},
            {"name": name, **task},
        ]
    env = {"NEXUS_CCID": CCID, "NEXUS_API_KEY": key}
    outcome = run(sandbox, tmp_path, tasks, door=door, options=["-vvvv", "--diff"], env=env)
    shown = (outcome.stdout + outcome.stderr + json.dumps([task.result for task in outcome.tasks])).lower()
    assert all(outcome[name].failed for name in ("line", "scheme", "number", "key"))
    for secret in ("canary", number, key, key.replace("-", "")):
        assert secret not in shown, secret
    assert any("secret ends with a line break" in warning for warning in outcome["line"].result["warnings"])
    assert "warnings" not in outcome["number"].result
