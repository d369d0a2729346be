# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Both front doors, the action in the controller and the ordinary module: the same results, the same requests."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.cxops.genesys_sms.plugins import modules
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from integration.playbooks import (
    API_KEY,
    CHANNEL_PROBE,
    CHANNELS,
    MODULE_DOOR,
    OAUTH_CLIENT,
    OAUTH_TOKEN,
    PURCHASE_JOURNAL,
    ROLE,
    ROLE_GRANT,
    SENDER_ID,
    SENDER_ID_INFO,
    SENDER_IDS,
    SERVICE,
    SERVICE_INFO,
    TOLLFREE_NUMBER,
    TOLLFREE_NUMBER_INFO,
    TOLLFREE_NUMBERS,
    WEBHOOK_HEADERS,
    Door,
    Outcome,
    Task,
    run,
)
from sandbox.control import Record, Sandbox
from sandbox.seed import CLOUD_CLIENTS, DEFAULT_TENANTS

ACME = DEFAULT_TENANTS[0]

# In this order each module leaves what the examples of the next one need.
MODULES = (
    *("nexus_service", "nexus_service_info", "nexus_sender_id", "nexus_sender_ids", "nexus_sender_id_info"),
    *("nexus_channels", "nexus_channel_probe", "nexus_services", "nexus_webhook_headers"),
    "nexus_option_switch",
    *("nexus_api_key", "nexus_api_key_info", "gc_oauth_token", "gc_role", "gc_role_grant", "gc_oauth_client"),
    *("gc_purchase_journal", "gc_tollfree_number", "gc_tollfree_numbers", "gc_tollfree_number_info"),
    *("gc_organization_numbers", "nexus_tenant_info", "nexus_webhook_hosts_info"),
    *("nexus_api_key_rotation", "gc_oauth_client_rotation", "nexus_secret_rotation", "nexus_api_key_removal"),
)

CREATE = {"service": "mGageSMS", "url": "https://kaleyra.example.com", "secret": {"password": "given-password"}}
MAIN = {"name": "Main", "channel_id": "16504661149", "endpoint": "Main"}

CHANNEL = {
    "channel_id": "16504661149",
    "webhook_url": "https://gateway.example.com",
    "webhook_secret": "given-webhook-secret",
    "api_secret": "given-api-secret",
}
TOLL_FREE = {"name": "TollFree", "endpoint": "Main"}
GAX = {"configuration": "gax", "gax_username": ACME.gax_username, "gax_password": ACME.gax_password}

BUY = {
    "purchase_allowed": True,
    "max_purchases": 4,
    "journal": "{{ journal }}",
    "webhook_password": "given-cluster-api-key",
    "order_timeout": 0.2,
}
ADMIN = {"gc_client_id": CLOUD_CLIENTS[0].id, "gc_client_secret": CLOUD_CLIENTS[0].secret}

LOST = "a lost order"

# What the examples of a module need in addition.
PRELUDES: dict[str, list[Task]] = {
    # One of the earlier examples is for servers that mask secrets.
    "nexus_channels": [{"name": "secrets come back", "sandbox": {"switches": {"services.read": "full"}}}],
    "nexus_channel_probe": [
        {"name": "a channel", CHANNELS: {"channels": [{**CHANNEL, "api_secret": "{{ api_secret }}"}]}}
    ],
    "gc_role": [{"name": "a role", ROLE: {**ADMIN, "name": "Old Messaging"}}],
    "gc_organization_numbers": [
        {"name": "a number without a slot", TOLLFREE_NUMBER: {**BUY, "max_purchases": 9, "number": "18445552255"}}
    ],
    "nexus_option_switch": [
        {
            "name": "over Kaleyra",
            SERVICE: {"service": "SMS", "url": "N/A", "data": {"provider": "mGage"}, "secret": {}},
        }
    ],
    "nexus_api_key_rotation": [
        {
            "name": "a cluster key",
            API_KEY: {"name": "Rotated", "tenant": "", "permissions": ["a"], "key": "{{ cluster_api_key }}"},
        }
    ],
    "nexus_api_key_removal": [
        {
            "name": "a key of the tenant",
            API_KEY: {"name": "t100", "tenant": "{{ ccid }}", "permissions": ["a"], "key": "{{ nexus_api_key }}"},
        }
    ],
    "nexus_secret_rotation": [
        {
            "name": "one channel",
            CHANNELS: {
                "channels": [{**CHANNEL, "webhook_secret": "{{ webhook_secret }}", "api_secret": "{{ api_secret }}"}],
                "purge": True,
            },
        }
    ],
    # One order fails without a response.
    "gc_purchase_journal": [
        {"name": "an answer is lost", "sandbox": {"fault": {"kind": "cut", "method": "POST", "path": "numbers$"}}},
        {"name": LOST, TOLLFREE_NUMBER: {**BUY, "slot": "lost"}},
    ],
}

# Tasks with special values, by what is special. Their results differ easily between the doors.
SPECIAL: dict[str, Task] = {
    "check mode": {SERVICE: CREATE, "check_mode": True},
    "diff": {SERVICE: CREATE, "diff": True},
    "no change": {SERVICE: CREATE, "diff": True},
    "numbers, truth values and null": {
        SERVICE: {"service": "SMS", "data": {"a": 1, "b": True, "c": 1.5, "d": None, "e": [{"f": 0}]}, "secret": {}},
        "diff": True,
    },
    "null in place of an option": {SERVICE: {"service": "SMS", "url": None, "data": None}},
    "text beyond ASCII": {SERVICE: {"service": "SMS", "data": {"ключ": "größer ☃"}, "secret": {"p": "şifre"}}},
    "a dictionary as text": {SERVICE: {"service": "SMS", "data": '{"g": "h"}', "secret": "p=given-password"}},
    "numbers as secrets": {SERVICE: {"service": "SMS", "data": {"n": 48151623}, "secret": {"pin": 48151623}}},
    "a short secret": {SERVICE: {"service": "SMS", "data": {"n": "x", "f": False}, "secret": {"p": "e"}}},
    "secrets in a list": {SERVICE: {"service": "Listed", "secret": {"keys": [{"api": {"secret": "given-secret"}}]}}},
    "an alias": {SERVICE: {**CREATE, "nexus_api_key": ACME.api_key}},
    "an option and its alias": {SERVICE: {**CREATE, "api_key": ACME.api_key, "nexus_api_key": ACME.api_key}},
    "a number as text": {SERVICE: {**CREATE, "timeout": "20", "retries": "1"}},
    "a secret as the name of a key": {SERVICE: {"service": "SMS", "data": {"sesame": "x"}, "secret": {"p": "sesame"}}},
    "an unsupported option": {SERVICE: {**CREATE, "urls": "x"}},
    "an unsupported option of a sender ID": {SENDER_IDS: {"sender_ids": [{**MAIN, "number": "1"}]}},
    "a missing option": {SERVICE: {"url": "N/A"}},
    "a missing option of a sender ID": {SENDER_IDS: {"sender_ids": [MAIN, {"channel_id": "12345"}]}},
    "a wrong choice": {SERVICE: {**CREATE, "state": "gone"}},
    "a wrong type": {SENDER_IDS: {"sender_ids": "Main"}},
    "a wrong type of a secret": {SERVICE: {**CREATE, "secret": ["given-password"]}},
    "a number for a text": {SENDER_IDS: {"sender_ids": [{**MAIN, "channel_id": 16504661149}]}},
    "a truth value for a text": {SENDER_ID: {**MAIN, "name": False}},
    "a number as the key of a dictionary": {SERVICE: {"service": "SMS", "data": {5: "a"}}},
    "a list for a header": {WEBHOOK_HEADERS: {"headers": [["Authorization", "given-password"]]}},
    "a dictionary for a text": {WEBHOOK_HEADERS: {"headers": [{"name": "A", "value": {"a": "given-password"}}]}},
    "a colon in a header's name": {WEBHOOK_HEADERS: {"headers": [{"name": "A: given-password", "value": "x"}]}},
    "a character that is not to be seen": {SENDER_ID: {**MAIN, "endpoint": "Main\u200b"}},
    "the same in a key": {SERVICE: {"service": "SMS", "data": {"a\u200b": "b"}}},
    "an empty key": {SENDER_ID: {**MAIN, "options": {"": "x"}}},
    "a known key in another case": {SENDER_ID: {**MAIN, "options": {"ChannelType": "voice"}}},
    "a blank in a URL": {SERVICE_INFO: {"nexus_url": "https://digital.example.com\u00a0"}},
    "no URL": {SERVICE_INFO: {"nexus_url": "given-password"}},
    "a query": {
        CHANNELS: {"channels": [{**CHANNEL, "webhook_url": "https://gateway.example.com/?token=given-password"}]},
        "diff": True,
    },
    "a secret with a line break at its end": {SERVICE: {**CREATE, "secret": {"password": "given-password\n"}}},
    "many problems": {SENDER_IDS: {"sender_ids": [{"name": number} for number in range(12)]}},
    "a wrong number": {SERVICE_INFO: {"retries": "many"}},
    "a ccid that is no UUID": {SERVICE: {**CREATE, "ccid": "acme"}},
    "a section with a space": {SENDER_ID: {**MAIN, "name": "Main Office"}},
    "an empty secret": {SERVICE: {**CREATE, "secret": {"password": ""}}},
    "a user without a password": {SENDER_ID_INFO: {"gws_password": ""}},
    "a wrong key": {SERVICE: {**CREATE, "api_key": "00000000-0000-4000-8000-000000000000"}},
    "a wrong password": {SENDER_IDS: {"sender_ids": [MAIN], "gws_password": "not-the-password"}},
    # An address that is reserved for documentation. Plain http to it gives a warning.
    "nobody there": {SERVICE_INFO: {"nexus_url": "http://192.0.2.1", "retries": 0, "timeout": 0.2}},
    "a missing certificate file": {SERVICE_INFO: {"nexus_url": "https://localhost:1", "ca_path": "/nonexistent.pem"}},
    "sender IDs": {SENDER_IDS: {"sender_ids": [MAIN, {**MAIN, "name": "Two", "channel_id": 12345}]}, "diff": True},
    "a number that is taken": {SENDER_ID: {**MAIN, "name": "Three"}},
    "a section of web chat": {SENDER_ID: {**MAIN, "name": "WebSupport"}},
    "a change": {SENDER_ID: {"name": "Main", "cxc_only": "yes", "options": {"note": 1, "flag": True}}, "diff": True},
    "a removal": {SENDER_ID: {"name": "Main", "state": "absent"}, "diff": True},
    "channels": {CHANNELS: {"channels": [CHANNEL]}, "diff": True},
    "channels that are there": {CHANNELS: {"channels": [{"channel_id": 16504661149}]}, "diff": True},
    "a secret of a channel": {CHANNELS: {"channels": [{**CHANNEL, "api_secret": 48151623}]}, "diff": True},
    "a channel twice": {CHANNELS: {"channels": [CHANNEL, CHANNEL]}},
    "a channel of another kind": {CHANNELS: {"channels": [{**CHANNEL, "channel_id": "+1 650"}]}},
    "null in a channel": {CHANNELS: {"channels": [{**CHANNEL, "api_secret": None}]}},
    "one secret for both directions": {CHANNELS: {"channels": [{**CHANNEL, "api_secret": "given-webhook-secret"}]}},
    "a proof": {CHANNEL_PROBE: {"channels": [{**CHANNEL, "api_secret": "given-webhook-secret"}]}},
    "a proof that fails": {CHANNEL_PROBE: {"channels": [{**CHANNEL, "api_secret": "given-wrong-secret"}]}},
    "a proof of nothing": {CHANNEL_PROBE: {"channels": [CHANNEL]}, "check_mode": True, "diff": True},
    "headers": {WEBHOOK_HEADERS: {"headers": [{"name": "X-N", "value": 12345}]}, "diff": True},
    "headers over GAX": {WEBHOOK_HEADERS: {**GAX, "headers": [{"name": "x-t", "value": "given-token"}]}, "diff": True},
    "a forbidden header": {WEBHOOK_HEADERS: {"headers": [{"name": "Host", "value": "given"}]}},
    "a header with a line break": {WEBHOOK_HEADERS: {**GAX, "headers": [{"name": "X-T", "value": "given\n"}]}},
    "a wrong password of GAX": {WEBHOOK_HEADERS: {**GAX, "headers": [], "gax_password": "given-password"}},
    "no password of GAX": {SENDER_ID_INFO: {**GAX, "gax_password": None}},
    "a read over GAX": {SENDER_ID_INFO: GAX},
    "slots": {
        SENDER_IDS: {"slots": {"main": 18445551212}, "sender_ids": [{**TOLL_FREE, "slot": "main"}]},
        "diff": True,
    },
    "a slot without a number": {SENDER_IDS: {"sender_ids": [{**TOLL_FREE, "slot": "other"}]}},
    "a slot to be bought": {
        SENDER_IDS: {"sender_ids": [{**TOLL_FREE, "slot": "a"}, {**TOLL_FREE, "name": "Two", "slot": "b"}]},
        "check_mode": True,
        "diff": True,
    },
    "a token": {OAUTH_TOKEN: {}},
    "a token by an unknown region": {OAUTH_TOKEN: {"region": "moon-1", "gc_login_url": None}},
    "a wrong client secret": {OAUTH_TOKEN: {"gc_client_secret": "given-wrong-secret"}},
    "a permission that is missing": {ROLE: {"name": "Given"}},
    "a role in check mode": {ROLE: {**ADMIN, "name": "Given"}, "check_mode": True, "diff": True},
    "a role": {ROLE: {**ADMIN, "name": "Given", "permission_policies": [{"domain": "messaging"}]}, "diff": True},
    "a role of nobody": {ROLE_GRANT: {**ADMIN, "subject_id": "somebody", "role": "Given"}},
    "no such role": {ROLE_GRANT: {**ADMIN, "subject_id": CLOUD_CLIENTS[1].id, "role": "Other"}},
    "a role to be made": {
        ROLE_GRANT: {**ADMIN, "subject_id": CLOUD_CLIENTS[1].id, "role": "Other"},
        "check_mode": True,
        "diff": True,
    },
    "an OAuth client in check mode": {
        OAUTH_CLIENT: {**ADMIN, "name": "Given", "roles": ["Given", "Other"]},
        "check_mode": True,
        "diff": True,
    },
    "an OAuth client and no place for its secret": {
        OAUTH_CLIENT: {**ADMIN, "name": "Given", "secret_file": "/nonexistent/secret.yml"}
    },
    "a number in check mode": {TOLLFREE_NUMBER: {**BUY, "slot": "main"}, "check_mode": True, "diff": True},
    "a number that may not be bought": {TOLLFREE_NUMBER: {"slot": "main"}},
    "too many numbers": {
        TOLLFREE_NUMBERS: {**BUY, "max_purchases": 1, "tollfree_numbers": [{"slot": "a"}, {"slot": "b"}]}
    },
    "a slot twice": {TOLLFREE_NUMBERS: {"tollfree_numbers": [{"slot": "a"}, {"slot": "a"}]}},
    "a number without its country code": {TOLLFREE_NUMBER: {"number": "844-555-1212"}},
    "a number with a space": {TOLLFREE_NUMBER: {**BUY, "number": "1 844 555 1212"}, "diff": True},
    "a number that is there": {TOLLFREE_NUMBER: {**BUY, "number": "+1 (844) 555-1212", "comment": None}, "diff": True},
    "a number to release": {TOLLFREE_NUMBER: {"number": "18445551212", "state": "absent"}},
    "a vanity of the wrong length": {TOLLFREE_NUMBER: {"slot": "a", "vanity": "FAR2LONG"}},
    "no numbers to be had": {TOLLFREE_NUMBER_INFO: {"count": 0}},
    "an intent that is not there": {
        PURCHASE_JOURNAL: {"journal": "{{ journal }}", "intent": "0", "resolution": "forget"}
    },
    "a key that is no UUID": {API_KEY: {"name": "Given", "tenant": "", "key": "given-key"}},
    "a key in check mode": {
        API_KEY: {"name": "Given", "tenant": "", "permissions": ["nexus:consumer:*"]},
        "check_mode": True,
        "diff": True,
    },
}
# Faults of a server.
FAULTS: dict[str, dict[str, Any]] = {
    "500": {"kind": "status", "status": 500},
    "500 that quotes a secret": {
        "kind": "status",
        "status": 500,
        "body": {"status": {"code": 7, "message": f"can't use given-password with {ACME.api_key}"}},
    },
    "garbage": {"kind": "garbage"},
    "html": {"kind": "html"},
    "redirect": {"kind": "redirect", "headers": {"Location": "https://elsewhere.example.com/login"}},
    "cut": {"kind": "cut", "bytes_sent": 40},
}


def examples() -> list[Task]:
    """Return the tasks of all modules' examples."""
    tasks = []
    for name in MODULES:
        module = importlib.import_module(f"{modules.__name__}.{name}")
        tasks += [*PRELUDES.get(name, []), *yaml.safe_load(module.EXAMPLES)]
    return tasks


def variables(sandbox: Sandbox) -> dict[str, str]:
    """Return the variables that the examples use."""
    names = ("NEXUS_URL", "NEXUS_API_KEY", "KALEYRA_URL")
    logins = [name for name in sandbox.env if name.startswith(("GWS_", "GAX_", "GC_"))]
    values = {name.lower(): sandbox.env[name] for name in (*names, *logins)}
    secrets = ("kaleyra_username", "kaleyra_password", "webhook_secret", "api_secret", "gateway_token")
    rotated = {f"rotated_{name}": f"given-rotated-{name}" for name in ("webhook_secret", "api_secret")}
    others = {
        "nexus_cluster_api_key": "given-key",
        "rotated_cluster_api_key": "given-new-key",
        "cluster_api_key": "abababab-0000-4000-8000-00000000000a",
    }
    return {**values, **others, "ccid": ACME.ccid, **{name: f"given-{name}" for name in secrets}, **rotated}


def compare(
    sandbox: Sandbox,
    tmp_path: Path,
    subtests: pytest.Subtests,
    tasks: list[Task],
    python: str,
    play: dict[str, Any] | None = None,
    switches: dict[str, str] | None = None,
) -> Outcome:
    """Run tasks through both doors from the same start, and compare their results, requests and files."""
    registered = [
        {**task, "name": f"{number} {task['name']}", "register": f"result_{number}"} if "sandbox" not in task else task
        for number, task in enumerate(tasks)
    ]
    names = [task["register"] for task in registered if "register" in task]
    script = [
        {"name": "begin", "sandbox": {"reset": {}, "switches": switches or {}}},
        *registered,
        {"name": "registered", "sandbox": {"note": "{{ [" + ", ".join(names) + "] }}"}},
    ]

    def through(door: Door) -> Outcome:
        # Each door has its own files under the same name, so that messages about them are the same.
        shared = tmp_path / "files"
        shutil.rmtree(shared, ignore_errors=True)
        shared.mkdir()
        file_journal(str(shared / "journal"), 1, print).create()
        (shared / "vault-password").write_text("given-vault-password", encoding="utf-8")
        files = {
            "journal": str(shared / "journal"),
            "new_journal": str(shared / "new_journal"),
            "secrets_directory": str(shared),
            "vault_password_file": str(shared / "vault-password"),
            # The last line of the journal is that of the order without a response.
            "undecided": "{{ (lookup('ansible.builtin.file', journal).splitlines() | last | from_json).id }}",
        }
        whole = {**(play or {}), "vars": {**files, **(play or {}).get("vars", {})}}
        return run(sandbox, tmp_path / door, script, door=door, play=whole, python=python)

    here, there = through("controller"), through("module")
    left = here["registered"].result["note"]
    right = there["registered"].result["note"]
    assert len(left) == len(names)
    for number, task in enumerate(task["name"] for task in registered if "register" in task):
        with subtests.test(f"{task}: registered"):
            assert canonical(left[number]) == canonical(right[number])
        with subtests.test(f"{task}: shown"):
            assert canonical(shown(here, task)) == canonical(shown(there, task))
        with subtests.test(f"{task}: sent"):
            assert [sent(record) for record in here[task].requests] == [sent(record) for record in there[task].requests]
    return here


def canonical(value: object) -> str:
    """Return a result as JSON with sorted keys and without random values."""
    text = json.dumps(value, sort_keys=True, indent=1)
    for name in ("access_token", "client_secret", "key", "expires_at"):
        text = re.sub(rf'("{name}": )"[^"]*"', r'\1"(random)"', text)
    known = {text.lower() for text in (*(client.id for client in CLOUD_CLIENTS), ACME.ccid)}
    text = re.sub(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", lambda found: found[0] if found[0] in known else "id", text
    )
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)", "instant", text)
    return re.sub(r"\bi[0-9a-f]{11}\b", "intent", text)


def shown(outcome: Outcome, name: str) -> dict[str, Any]:
    """Return what callbacks get, without the internal keys that Ansible removes before it registers a result."""
    return {key: value for key, value in outcome[name].result.items() if not key.startswith("_ansible_")}


def sent(record: Record) -> str:
    """Return a request without random parts: tokens, sessions, boundaries, and the order of keys in a body."""
    random = {"authorization", "content-length", "cookie"}
    kind, _semicolon, boundary = record.headers.get("content-type", "").partition("; boundary=")
    if boundary:
        random |= {"content-type", "x-hub-signature"}
    headers = {key: value for key, value in record.headers.items() if key not in random}
    body = json.loads(record.body) if kind == "application/json" else record.body
    if boundary:
        body = body.replace(boundary, "boundary")
    return canonical([record.method, record.path, record.query, record.status, headers, body])


def can_encrypt(python: str) -> bool:
    """Return True if a Python has ansible-core, which encrypts files of secrets."""
    return subprocess.run([python, "-c", "import ansible.cli"], capture_output=True, check=False).returncode == 0


def without_vault(task: Task) -> Task:
    """Return a task that writes its secrets unencrypted."""
    return {
        key: {name: option for name, option in value.items() if not name.startswith("vault_")} if "." in key else value
        for key, value in task.items()
    }


@pytest.mark.module_door
def test_every_example(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str) -> None:
    written = examples() if can_encrypt(target_python) else map(without_vault, examples())
    tasks = [{**task, "diff": True} for task in written]
    assert {name for task in tasks for name in task if "." in name} == {f"cxops.genesys_sms.{name}" for name in MODULES}
    # One example is for servers that mask secrets. None grants its role to the OAuth client that creates another.
    switches = {"services.read": "masked", "clients.roles": "any"}
    outcome = compare(sandbox, tmp_path, subtests, tasks, target_python, {"vars": variables(sandbox)}, switches)
    assert [task.msg for task in outcome.tasks if task.failed and not task.name.endswith(LOST)] == []
    # Each example changes something, because the examples build on each other. One only reads.
    idle = [task.name for task in outcome.tasks if "steps" in task.result and not task.changed]
    assert [name for name in idle if not name.endswith("List open purchases")] == []


@pytest.mark.module_door
def test_secrets_are_encrypted_or_not_made(sandbox: Sandbox, tmp_path: Path, target_python: str) -> None:
    """A target without ansible-core can't encrypt. The module notices that before it creates a secret."""
    (tmp_path / "vault-password").write_text("given-vault-password", encoding="utf-8")
    file = tmp_path / "client.yml"
    options = {"secret_file": str(file), "vault_password_file": str(tmp_path / "vault-password")}
    tasks: list[Task] = [
        {"name": "create", OAUTH_CLIENT: {**ADMIN, "name": "Given", "roles": ["Sandbox Admin"], **options}}
    ]
    created = run(sandbox, tmp_path, tasks, door="module", python=target_python)["create"]
    writes = [record.method for record in created.requests if "/oauth/clients" in record.path and record.write]
    if can_encrypt(target_python):
        assert created.changed
        assert writes == ["POST"]
        assert file.read_text(encoding="utf-8").startswith("$ANSIBLE_VAULT;")
    else:
        assert "encryption needs ansible-core, which is not installed for" in created.msg
        assert writes == []
        assert not file.exists()


@pytest.mark.module_door
def test_a_key_that_the_user_gives_is_in_the_result(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str
) -> None:
    """ansible-core would remove the key from the result, because it is the value of an option with no_log."""
    key = "cacacaca-0000-4000-8000-00000000000c"
    asked = {"name": "Given", "tenant": "", "permissions": ["nexus:cluster:*"], "key": "{{ chosen }}"}
    tasks: list[Task] = [
        {"name": "the key", API_KEY: asked, "diff": True},
        {"name": "with the key", SERVICE_INFO: {"api_key": "{{ result_0.key }}"}},
    ]
    play = {"vars": {"chosen": key}}
    outcome = compare(sandbox, tmp_path, subtests, tasks, target_python, play)
    assert [record.headers["x-api-key"] for record in outcome["1 with the key"].requests] == [key]


@pytest.mark.module_door
def test_special_values_and_errors(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str
) -> None:
    tasks = [{"name": name, **task} for name, task in SPECIAL.items()]
    compare(sandbox, tmp_path, subtests, tasks, target_python)


@pytest.mark.module_door
def test_faults_of_a_server(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str) -> None:
    tasks = []
    for name, fault in FAULTS.items():
        for system, task in (
            ("/digital/", {SERVICE: CREATE}),
            ("/digital/nexus/v3/channels/", {CHANNEL_PROBE: {"channels": [CHANNEL]}}),
            ("/gws/", {SENDER_IDS: {"sender_ids": [MAIN]}}),
            ("/gax-host/", {WEBHOOK_HEADERS: {**GAX, "headers": []}}),
        ):
            tasks += [
                {
                    "name": f"{system} {name} begins",
                    "sandbox": {"fault": {**fault, "path": f"^{system}", "times": None}},
                },
                {"name": f"{system} {name}", **task},
                {"name": f"{system} {name} ends", "sandbox": {"clear_faults": {}}},
            ]
    # A 5xx with a code may mean that the configuration is not ready yet.
    defaults = {
        "digital_channels": {"retries": 0},
        "messaging": {"retries": 0},
        "configuration": {"retries": 0, "ready_timeout": 0.1},
    }
    play = {"module_defaults": {f"group/cxops.genesys_sms.{group}": value for group, value in defaults.items()}}
    outcome = compare(sandbox, tmp_path, subtests, tasks, target_python, play)
    assert len([task for task in outcome.tasks if task.failed]) == 4 * len(FAULTS)


@pytest.mark.module_door
def test_which_door_a_task_takes(sandbox: Sandbox, tmp_path: Path, target_python: str) -> None:
    """With another host, async or environment, the ordinary module runs. The result is the same."""
    info: Task = {SERVICE_INFO: {}}
    on_bastion = {"delegate_to": "bastion", "vars": {"ansible_connection": "bastion"}}
    outcome = run(
        sandbox,
        tmp_path,
        [
            {"name": "create", SERVICE: CREATE},
            {"name": "here", **info},
            {"name": "empty environment", **info, "environment": {}},
            {"name": "environment", **info, "environment": MODULE_DOOR},
            {"name": "block", "block": [{"name": "in a block", **info}], "environment": MODULE_DOOR},
            {"name": "elsewhere", **info, **on_bastion},
            {"name": "async", **info, "async": 30, "poll": 1},
            {"name": "background", **info, "async": 30, "poll": 0, "register": "job"},
            {
                "name": "waited for",
                "ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"},
                "register": "status",
                "until": "status is finished",
                "delay": 1,
                "retries": 20,
            },
            {"name": "back here", **info, "delegate_to": "localhost"},
        ],
        options=["-vvv"],
        python=target_python,
    )
    assert [task.msg for task in outcome.tasks if task.failed] == []
    doors = {
        name: "module" if "plugins/modules/nexus_service_info.py" in outcome.output_of(name) else "controller"
        for name in ("here", "empty environment", "environment", "in a block", "elsewhere", "async", "back here")
    }
    assert doors == {
        "here": "controller",
        "empty environment": "controller",
        "environment": "module",
        "in a block": "module",
        "elsewhere": "module",
        "async": "module",
        "back here": "controller",
    }
    services = outcome["here"].result["services"]
    assert len(services) == 1
    for name in (*doors, "waited for"):
        assert outcome[name].result["services"] == services
