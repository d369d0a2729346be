# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server says is data: it runs nowhere, commands no terminal, and tells no secret, whichever field it stands in.

The sandbox adds a hostile text to every text of every answer. In the first pass those fields stay that the modules go
by, so that the tasks come to their ends and there are results; in the second one nothing is spared.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from integration.playbooks import (
    API_KEY,
    API_KEY_INFO,
    CHANNEL_PROBE,
    CHANNELS,
    DOORS,
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
    SERVICES,
    TENANT_INFO,
    TOLLFREE_NUMBER,
    TOLLFREE_NUMBER_INFO,
    TOLLFREE_NUMBERS,
    WEBHOOK_HEADERS,
    Door,
    Outcome,
    Task,
    run,
)
from integration.provisioning import BOOTSTRAP, NUMBERS, PROVISION, REMOVE, Site
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS, CLOUD_USERS, DEFAULT_TENANTS

ACME = DEFAULT_TENANTS[0]
ADMIN, INTEGRATION = CLOUD_CLIENTS
API_SECRET = "canary-api-secret"
MODULES = {
    *(SERVICE, SERVICES, SERVICE_INFO, CHANNELS, CHANNEL_PROBE, SENDER_ID, SENDER_IDS, SENDER_ID_INFO, WEBHOOK_HEADERS),
    *(OAUTH_TOKEN, OAUTH_CLIENT, ROLE, ROLE_GRANT, TOLLFREE_NUMBER, TOLLFREE_NUMBERS, TOLLFREE_NUMBER_INFO),
    *(PURCHASE_JOURNAL, API_KEY, API_KEY_INFO, TENANT_INFO),
}

TELLING = (OAUTH_TOKEN, OAUTH_CLIENT, API_KEY, API_KEY_INFO)

# What modules find things by, or log in with; some of it is also what a request is refused for.
KEPT = [
    *("access_token", "token_type", "sessionId", "id", "name", "key", "type", "$class", "DBID", "dbid", "section"),
    *("tollfreeNumber", "channelType", "state", "service", "provider", "channelId", "nextUri", "selfUri", "domain"),
    *("permissionMap", "grants", "email", "authorizedGrantType", "tenant", "available"),
]


def hostile(marker: Path, secret: str) -> str:
    """Return what would run a command, write over a line of the terminal, change its order, or tell a secret."""
    return (
        f" {{{{ lookup('pipe', 'touch {marker}') }}}} {{% raw %}} {{# \x1b[2K\x1b[1Aok: \x9b31m\x07\x08"
        f" \u202egnp\u2066\u200b\u200d\ufeff\u2028\u2029\x85 \r\nfatal: [acme]: evil \x00\x7f {secret} end"
    )


def traps(marker: Path, fields: list[str], status: int | None = None, *, secrets: bool = True) -> list[dict[str, Any]]:
    """Return faults that make each system say hostile things.

    :arg secrets: tell the secret too that the tasks of a system log in with.
    :arg status: refuse with such things, in place of giving the answer.
    """
    found = []
    for path, secret in (
        ("/apikeys", ACME.password),
        ("/media$", API_SECRET),
        ("^/digital/", ACME.api_key),
        ("^/gws", ACME.password),
        ("^/gax", ACME.gax_password),
        ("^/gc-", ADMIN.secret),
    ):
        text = hostile(marker, secret if secrets else "")
        # A header can't have a line in it.
        header = "".join(character for character in text if character not in "\r\n" and ord(character) < 0x100)
        headers = dict.fromkeys(("ININ-Correlation-Id", "X-B3-TraceId", "ETag", "Retry-After"), header)
        fault: dict[str, Any] = {"kind": "hostile", "text": text, "fields": fields}
        if status is not None:
            body = {"message": text, "code": text, "status": {"code": text, "message": text, "detail": text}}
            fault = {"kind": "status", "status": status, "body": body, "headers": headers}
            if 300 <= status < 400:
                fault["headers"] = {**headers, "Location": f"https://elsewhere.example.com/{header}"}
            elif status == 418:
                fault["body"], fault["headers"] = text, {**headers, "Content-Type": f"text/{header}"}
        found.append({**fault, "path": path, "times": None})
    return found


def tasks(directory: Path, round_: int) -> list[Task]:
    """Return a task for each module, and more for some; each round changes something."""
    kaleyra = {"username": "someone", "password": f"canary-password-{round_}"}
    channel = {
        "channel_id": "16504661149",
        "webhook_url": f"https://hook{round_}.example.com",
        "webhook_secret": f"canary-webhook-{round_}",
        "api_secret": API_SECRET,
    }
    main = {"name": "Main", "channel_id": "16504661149", "endpoint": f"Main{round_}", "provider": "mGage"}
    gax = {"configuration": "gax"}
    admin = {"gc_client_id": ADMIN.id, "gc_client_secret": ADMIN.secret}
    policy = {"domain": "messaging", "entity_name": "*", "action_set": ["*"]}
    journal = {"journal": str(directory / "journal")}
    buying = {
        **admin,
        **journal,
        "ccid": ACME.ccid,
        "webhook_password": "canary-cluster",
        "purchase_allowed": True,
        "max_purchases": 5,
        "order_timeout": 1,
    }
    return [
        {SERVICE: {"service": "mGageSMS", "url": f"https://k{round_}.example.com", "secret": kaleyra}},
        {SERVICE_INFO: {"service": "mGageSMS"}},
        {SERVICE_INFO: {}},
        {CHANNELS: {"channels": [channel]}},
        {SERVICES: {"services": [{"service": "Async", "channels": [channel]}, {"service": "SMS", "secret": kaleyra}]}},
        {CHANNEL_PROBE: {"channels": [channel]}},
        {SENDER_ID: main},
        {SENDER_IDS: {"sender_ids": [main], **gax}},
        {SENDER_ID_INFO: {}},
        {SENDER_ID_INFO: gax},
        {WEBHOOK_HEADERS: {"headers": [{"name": "X-One", "value": f"canary-{round_}"}]}},
        {OAUTH_TOKEN: admin},
        {ROLE: {**admin, "name": "Role", "description": str(round_), "permission_policies": [policy]}},
        {ROLE_GRANT: {**admin, "role": "Role", "subject_email": CLOUD_USERS[0].email}},
        {
            OAUTH_CLIENT: {
                **admin,
                "name": f"Client {round_}",
                "roles": ["Sandbox Admin"],
                "description": str(round_),
                "secret_file": str(directory / f"client{round_}.yml"),
            }
        },
        {TOLLFREE_NUMBERS: {**buying, "tollfree_numbers": [{"slot": f"slot{round_}"}]}},
        {TOLLFREE_NUMBER: {**buying, "slot": f"slot{round_}", "comment": f"ACME {round_}"}},
        {TOLLFREE_NUMBER_INFO: {**admin, "available": True}},
        {PURCHASE_JOURNAL: {**admin, **journal}},
        {API_KEY: {"name": f"Key {round_}", "tenant": "", "permissions": ["nexus:cluster:*"]}},
        {API_KEY_INFO: {}},
        {TENANT_INFO: admin},
    ]


def script(directory: Path, round_: int) -> list[Task]:
    """Return all tasks, each with tasks that use its result as playbooks do."""
    found: list[Task] = []
    for number, task in enumerate(tasks(directory, round_)):
        (module,) = task
        limits = {} if module == PURCHASE_JOURNAL else {"retries": 0}
        # What a task is there to tell may hold a secret, and is not to be shown by who uses it.
        quiet = {"no_log": module in TELLING}
        found += [
            {"name": str(number), module: {**task[module], **limits}, "register": "said"},
            {"name": "set", "set_fact": {"kept": "{{ said }}", "text": "{{ said.msg | default('') }}"}, **quiet},
            {"name": "use", "debug": {"msg": "{{ kept }} {{ text }}"}, **quiet},
        ]
    return found


def texts_of(value: Any) -> Iterator[str]:
    """Yield all texts of a result, keys too."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (key, *texts_of(item))
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, str):
        yield value


def harmful(text: str) -> list[str]:
    """List what a terminal would obey, hide, or write in another order; the lines of an output are fine."""
    categories = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return [f"{c!r} in {text[max(0, i - 60) : i + 20]!r}" for i, c in enumerate(text) if bad(c, categories)]


def bad(character: str, categories: tuple[str, ...]) -> bool:
    return character != "\n" and unicodedata.category(character) in categories


def assert_harmless(output: str, marker: Path) -> None:
    """Nothing was run, and nothing that is printed is more than text."""
    assert not marker.exists()
    assert harmful(output) == []
    secrets = (ACME.api_key, ACME.password, ACME.gax_password, ADMIN.secret, INTEGRATION.secret, "canary")
    assert [secret for secret in secrets if secret in output] == []
    assert "\nfatal: [acme]: evil" not in output


def assert_all_harmless(outcome: Outcome, marker: Path) -> None:
    """Neither what is printed nor what is registered does harm, nor what callbacks get."""
    assert_harmless(outcome.stdout + outcome.stderr, marker)
    results = [task.result for task in outcome.tasks]
    assert [found for text in texts_of(results) for found in harmful(text)] == []
    assert [task.msg for task in outcome.tasks if "defect" in task.msg] == []


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_no_module_lets_a_server_do_more_than_talk(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, door: Door
) -> None:
    marker = tmp_path / "marker"
    passes: list[tuple[str, list[dict[str, Any]]]] = [
        ("plain", []),
        ("kept", traps(marker, KEPT)),
        ("all", traps(marker, [])),
        *((str(status), traps(marker, [], status)) for status in (302, 400, 418, 500)),
    ]
    # An ordinary module takes its time.
    for round_, (name, faults) in enumerate(passes if door == "controller" else passes[:2]):
        made = script(tmp_path, round_)
        assert {module for task in made for module in task} >= MODULES
        sandbox.clear_faults()
        for fault in faults:
            sandbox.fault(**fault)
        with subtests.test(name):
            outcome = run(sandbox, tmp_path / "run", made, door=door, options=["-vvvv", "--diff"])
            assert_all_harmless(outcome, marker)
            # There was something to be found, and it is there as text.
            said = {task.name: json.dumps(task.result) for task in outcome.tasks if task.name.isdigit()}
            quoted = [number for number, result in said.items() if "lookup('pipe'" in result]
            failed = [task.name for task in outcome.tasks if task.failed]
            least = {"plain": (0, 0), "kept": (5, 0), "all": (3, 5), "418": (0, 15), "500": (10, 15)}.get(
                name, (15, 15)
            )
            assert (len(quoted) >= least[0], len(failed) >= least[1]) == (True, True), (quoted, failed)
    for path in (*tmp_path.glob("*.yml"), tmp_path / "journal"):
        if path.exists():
            assert_file_harmless(path)


def assert_file_harmless(path: Path) -> None:
    """A file has no such characters, and what looks like a template is said not to be one."""
    content = path.read_text(encoding="utf-8")
    assert harmful(content) == []
    assert [
        line for line in content.splitlines() if path.suffix == ".yml" and "{{" in line and "!unsafe" not in line
    ] == []


def test_no_playbook_lets_a_server_do_more_than_talk(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    marker = tmp_path / "marker"
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma", gateways={"beta": "gws"}, clouds=["gamma"])
    files = tmp_path / "secrets"
    files.mkdir()
    for name, fields, status in (("kept", KEPT, None), ("all", [], None), ("400", [], 400), ("302", [], 302)):
        faults = traps(marker, fields, status, secrets=False)
        for playbook in (BOOTSTRAP, PROVISION, NUMBERS, REMOVE):
            with subtests.test(f"{playbook} {name}"):
                sandbox.clear_faults()
                for fault in faults:
                    sandbox.fault(**fault)
                result = site.play(
                    playbook, "-vvvv", "--diff", bootstrap_directory=str(files), http_options={"retries": 0}
                )
                assert_harmless(result.output, marker)
                if name == "400" and playbook == PROVISION:
                    assert "lookup('pipe'" in result.output
    for path in (*files.iterdir(), site.journal):
        if path.exists():
            assert_file_harmless(path)
