# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values pass through YAML, templates, inventories and vaults to both front doors, and stay what the user wrote."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.release import __version__
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.server_text import MASK
from integration import provisioning
from integration.playbooks import (
    CHANNELS,
    DOORS,
    SENDER_IDS,
    SERVICE,
    SERVICE_INFO,
    WEBHOOK_HEADERS,
    Door,
    Outcome,
    Task,
    run,
)
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_TENANTS

CCID = DEFAULT_TENANTS[0].ccid
NUMBER = "16504661149"
CANARY = "ca-na-ry"

# From this version on, a template does not convert strings to numbers, lists or dictionaries.
TEXTS_STAY = tuple(map(int, __version__.split(".")[:2])) >= (2, 19)


def variables(directory: Path, text: str) -> dict[str, Any]:
    """Write variables to a YAML file, and return the keyword of a play that reads it."""
    path = directory / "variables.yml"
    path.write_text(text, encoding="utf-8")
    return {"vars_files": [str(path)]}


def failures(outcome: Outcome) -> dict[str, tuple[str, str]]:
    """Return kind and parameter of each failed task."""
    found = {task.name: task.result.get("failure", task.result) for task in outcome.tasks if task.failed}
    return {name: (failure["kind"], failure["parameter"]) for name, failure in found.items()}


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_unquoted_numbers_booleans_and_dates_are_refused_and_not_sent(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    play = variables(
        tmp_path,
        """
        short_code: 065046
        plain: 16504661149
        pin: 0123456
        word: No
        day: 2024-01-01
        instant: 2024-01-01 10:00:00
        octal_channel: [{channel_id: 065046, webhook_url: "https://a", webhook_secret: a1, api_secret: b1}]
        octal_secret: [{channel_id: "12345", webhook_url: "https://a", webhook_secret: 0123456, api_secret: b1}]
        dated: [{channel_id: "12345", webhook_url: "https://a", webhook_secret: 2024-01-01, api_secret: b1}]
        named_no: [{name: No, channel_id: "12345", endpoint: Main}]
        yes_option: [{name: A, channel_id: "12345", endpoint: Main, options: {own: yes}}]
        """,
    )
    tasks: list[Task] = [
        {"name": "short code", SENDER_IDS: {"sender_ids": [{"name": "A", "channel_id": "{{ short_code }}"}]}},
        {"name": "plain", SENDER_IDS: {"sender_ids": [{"name": "A", "channel_id": "{{ plain }}"}]}},
        {"name": "name", SENDER_IDS: {"sender_ids": "{{ named_no }}"}},
        {"name": "option", SENDER_IDS: {"sender_ids": "{{ yes_option }}"}},
        {"name": "channel", CHANNELS: {"channels": "{{ octal_channel }}"}},
        {"name": "secret", CHANNELS: {"channels": "{{ octal_secret }}"}},
        {"name": "day as a secret", CHANNELS: {"channels": "{{ dated }}"}},
        {"name": "pin", SERVICE: {"service": "mGageSMS", "secret": {"pin": "{{ pin }}"}}},
        {"name": "day", SERVICE: {"service": "mGageSMS", "data": {"day": ["{{ day }}"]}}},
        {"name": "key", SERVICE: {"service": "mGageSMS", "api_key": "{{ pin }}"}},
        {"name": "url", SERVICE: {"service": "mGageSMS", "url": "{{ word }}"}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door, play=play, python=target_python, options=["-vvv"])
    places = [
        *("sender_ids[0].channel_id", "sender_ids[0].channel_id", "sender_ids[0].name", "sender_ids[0].options.own"),
        *("channels[0].channel_id", "channels[0].webhook_secret", "channels[0].webhook_secret"),
        *("secret.pin", "data.day[0]", "api_key", "url"),
    ]
    expected = {task["name"]: ("invalid_input", place) for task, place in zip(tasks, places, strict=True)}
    if not TEXTS_STAY:
        # Before 2.19, a template converts a date, or a list with one, to a string.
        expected = {name: failure for name, failure in expected.items() if name != "day"}
        expected["day as a secret"] = ("invalid_input", "channels")
    assert {name: found for name, found in failures(outcome).items() if name in expected} == expected
    assert all("in quotes" in outcome[name].msg for name in expected)
    assert "42798" not in outcome.stdout
    assert {name for name in expected if outcome[name].requests} == set()


def test_an_unquoted_number_in_an_ini_inventory_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    inventory = tmp_path / "inventory.ini"
    inventory.write_text(f"localhost ansible_connection=local bare={NUMBER} quoted='\"{NUMBER}\"'\n", encoding="utf-8")

    def task(name: str) -> Task:
        item = {"name": "A", "endpoint": "Main", "channel_id": f"{{{{ {name} }}}}"}
        return {"name": name, SENDER_IDS: {"sender_ids": [item]}}

    outcome = run(sandbox, tmp_path, [task("bare"), task("quoted")], options=["--inventory", str(inventory)])
    assert failures(outcome) == {"bare": ("invalid_input", "sender_ids[0].channel_id")}
    assert sandbox.state(CCID)["sections"]["chat.A"]["channelId"] == NUMBER


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_a_template_with_an_undefined_variable_is_not_sent(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    """Before ansible-core 2.19, it stays unchanged if error_on_undefined_vars is false."""
    play = variables(tmp_path, 'password: "{{ vault_password }}"\nend: "a{% if vault_password %}b{% endif %}"\n')

    def task(name: str, value: str) -> Task:
        return {"name": name, SERVICE: {"service": "mGageSMS", "url": "https://a", "secret": {"password": value}}}

    tasks = [task("whole", "{{ password }}"), task("part", "{{ end }}"), task("not a variable", "{{ vault_password }}")]
    lax = {"ANSIBLE_ERROR_ON_UNDEFINED_VARS": "false"}
    outcome = run(sandbox, tmp_path, tasks, door=door, play=play, python=target_python, env=lax)
    assert [task.failed for task in outcome.tasks] == [True, True, True]
    assert not sandbox.requests()
    if not TEXTS_STAY:
        assert failures(outcome) == {str(task["name"]): ("invalid_input", "secret.password") for task in tasks}


def test_an_undefined_variable_is_a_finding_with_lax_undefined_errors(sandbox: Sandbox, tmp_path: Path) -> None:
    site = provisioning.Site(sandbox, tmp_path, "alpha")
    site.hosts["alpha"].update(kaleyra_password="{{ helper }}", helper="a-{{ vault_password }}")
    result = site.play(provisioning.PROVISION, env={"ANSIBLE_ERROR_ON_UNDEFINED_VARS": "false"})
    assert result.failures["alpha"].startswith("kaleyra_password: it can't be read")
    assert not sandbox.requests()


def test_a_vaulted_value_without_its_password_stops_only_its_tenant(sandbox: Sandbox, tmp_path: Path) -> None:
    site = provisioning.Site(sandbox, tmp_path, "alpha", "beta")
    inventory = site.inventory()
    plain = f"kaleyra_password: {provisioning.KALEYRA_PASSWORD}\n"
    vault = VaultLib([("default", VaultSecret(b"opens the vault"))])
    lines = vault.encrypt(provisioning.KALEYRA_PASSWORD).decode().splitlines()
    encrypted = "kaleyra_password: !vault |\n" + "".join(f"          {line}\n" for line in lines)
    # In the first tenant, because the preflight task runs for that one.
    inventory.write_text(inventory.read_text(encoding="utf-8").replace(plain, encrypted, 1), encoding="utf-8")
    result = provisioning.play(sandbox, tmp_path, provisioning.PROVISION, inventory)
    assert result.failures["alpha"].startswith("kaleyra_password: it can't be read")
    assert site.writes() == provisioning.first_writes("beta")


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_a_number_made_by_jinja2_native_is_refused_and_the_message_names_it(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    play = variables(tmp_path, 'ws: "1e10"\nas_text: "{{ ws | string }}"\n')

    def task(name: str, value: str) -> Task:
        gateway = {"channel_id": NUMBER, "webhook_url": "https://gateway.example.com", "api_secret": "given-api-secret"}
        return {"name": name, CHANNELS: {"channels": [{**gateway, "webhook_secret": value}]}}

    tasks = [task("through a template", "{{ ws }}"), task("as the message says", "{{ as_text }}")]
    native = {"ANSIBLE_JINJA2_NATIVE": "true"}
    outcome = run(sandbox, tmp_path, tasks, door=door, play=play, python=target_python, env=native)
    if not TEXTS_STAY:
        assert failures(outcome) == {"through a template": ("invalid_input", "channels[0].webhook_secret")}
        assert "jinja2_native" in outcome["through a template"].msg
        assert "10000000000" not in outcome.stdout
    assert not outcome["as the message says"].failed
    (channel,) = sandbox.state(CCID)["services"]["Async"]["secret"]["channels"]
    assert channel["webhook"]["secret"] == "1e10"


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_a_value_that_is_json_stays_a_text_or_is_refused(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    written = '{"a": 1}'
    play = variables(tmp_path, f"json: '{written}'\n")

    def task(name: str, value: object) -> Task:
        return {"name": name, WEBHOOK_HEADERS: {"headers": [{"name": f"X-{name}", "value": value}]}}

    tasks = [task("Dictionary", {"a": CANARY}), task("Template", "{{ json }}"), task("String", "{{ json | string }}")]
    outcome = run(sandbox, tmp_path, tasks, door=door, play=play, python=target_python)
    refused = ("invalid_input", "headers[0].value")
    assert failures(outcome) == {"Dictionary": refused, **({} if TEXTS_STAY else {"Template": refused})}
    assert CANARY not in outcome.stdout
    sent = {
        key: value for key, value in sandbox.state(CCID)["sections"]["Async"].items() if key.startswith("header:X-")
    }
    assert set(sent.values()) == {written}
    assert "header:X-String" in sent


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_an_encrypted_string_in_a_list_is_accepted(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    (tmp_path / "vault-password").write_text("opens the vault\n", encoding="utf-8")
    vault = VaultLib([("default", VaultSecret(b"opens the vault"))])
    encrypted = "".join(f"      {line}\n" for line in vault.encrypt(CANARY).decode().splitlines())
    play = variables(
        tmp_path,
        f"""
channels:
  - channel_id: "{NUMBER}"
    webhook_url: https://gateway.example.com
    api_secret: given-api-secret
    webhook_secret: !vault |
{encrypted}
""",
    )
    outcome = run(
        sandbox,
        tmp_path,
        [{"name": "channels", CHANNELS: {"channels": "{{ channels }}"}}],
        door=door,
        play=play,
        python=target_python,
        options=["-vvv", "--vault-password-file", str(tmp_path / "vault-password")],
    )
    assert failures(outcome) == {}
    (channel,) = sandbox.state(CCID)["services"]["Async"]["secret"]["channels"]
    assert channel["webhook"]["secret"] == CANARY
    assert CANARY not in outcome.stdout


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_omit_in_a_list_removes_the_option(sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door) -> None:
    left_out = "{{ nothing | default(omit) }}"
    play = variables(
        tmp_path,
        f"""
        listed:
          - {{name: A, channel_id: "12345", endpoint: Main, state: "{left_out}", options: {{own: "{left_out}"}}}}
        deep: {{a: [{{b: "{left_out}", c: d}}]}}
        """,
    )
    tasks: list[Task] = [
        {"name": "in a list", SENDER_IDS: {"sender_ids": "{{ listed }}"}},
        {"name": "in the task", SENDER_IDS: {"sender_ids": [{"name": "A", "provider": left_out}]}},
        {"name": "deep", SERVICE: {"service": "SMS", "data": "{{ deep }}"}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door, play=play, python=target_python)
    assert failures(outcome) == {}
    assert outcome["in a list"].changed
    assert not outcome["in the task"].changed
    assert "own" not in sandbox.state(CCID)["sections"]["chat.A"]
    assert sandbox.state(CCID)["services"]["SMS"]["data"] == {"a": [{"c": "d"}]}


WRONG_SHAPES: dict[str, Task] = {
    "headers": {WEBHOOK_HEADERS: {"headers": [["Authorization", CANARY]]}},
    "a header as a text": {WEBHOOK_HEADERS: {"headers": [f"name=Authorization value={CANARY}"]}},
    "a header's name": {WEBHOOK_HEADERS: {"headers": [{"name": f"Authorization: {CANARY}", "value": "x"}]}},
    "a header's key": {WEBHOOK_HEADERS: {"headers": [{f"Authorization: {CANARY}": "x"}]}},
    "channels": {CHANNELS: {"channels": [[NUMBER, CANARY]]}},
    "a channel": {CHANNELS: {"channels": {"webhook_secret": CANARY}}},
    "port_in": {
        "cxops.genesys_sms.gc_tollfree_numbers": {
            "tollfree_numbers": [{"number": "18445551212", "port_in": [["u", CANARY]]}]
        }
    },
    "a secret": {SERVICE: {"service": "SMS", "secret": [["password", CANARY]]}},
    "data": {SERVICE: {"service": "SMS", "data": [CANARY]}},
    "a url": {SERVICE: {"service": "SMS", "url": CANARY}},
    "a base url": {SERVICE_INFO: {"nexus_url": CANARY}},
    "a ccid": {SERVICE_INFO: {"ccid": CANARY}},
    "a choice": {SERVICE: {"service": "SMS", "state": CANARY}},
    "a number": {SERVICE_INFO: {"timeout": CANARY}},
}


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_a_value_in_the_wrong_place_is_not_shown(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    # In a file of variables, because Ansible shows the lines of a playbook around an error.
    play = variables(tmp_path, json.dumps({"tasks": [next(iter(task.values())) for task in WRONG_SHAPES.values()]}))
    tasks = [
        {"name": name, next(iter(task)): {key: f"{{{{ tasks[{number}].{key} }}}}" for key in next(iter(task.values()))}}
        for number, (name, task) in enumerate(WRONG_SHAPES.items())
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door, play=play, python=target_python, options=["-vvv"])
    for name in WRONG_SHAPES:
        with subtests.test(name):
            assert outcome[name].result["failure"]["kind"] == "invalid_input"
            assert outcome[name].writes == []
            assert CANARY not in outcome.output_of(name)
    assert CANARY not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("role", "wrong"),
    [
        ("webhook_headers", {"webhook_headers": [["Authorization", CANARY]]}),
        ("webhook_headers", {"webhook_headers": [f"Authorization {CANARY}"]}),
        ("custom_gateway", {"custom_gateway_channels": [[NUMBER, CANARY]]}),
        ("custom_gateway", {"custom_gateway_channels": [{"channel_id": NUMBER, "webhook_secret": [CANARY]}]}),
        ("genesys_cloud", {"tollfree_numbers": [{"number": "18445551212", "port_in": [["u", CANARY]]}]}),
        ("sender_ids", {"sender_ids": [["A", CANARY]]}),
    ],
)
def test_a_role_by_itself_does_not_show_a_value_in_the_wrong_place(
    sandbox: Sandbox, tmp_path: Path, role: str, wrong: dict[str, Any]
) -> None:
    site = provisioning.Site(sandbox, tmp_path, "acme")
    host = {
        **provisioning.gateway_variables(sandbox, site.tenants["acme"], [], "gws"),
        **provisioning.cloud_variables(sandbox, site.tenants["acme"], site.journal),
        **wrong,
    }
    inventory = provisioning.write_inventory(tmp_path, {"tenants": {"acme": host}}, {})
    playbook = tmp_path / "playbook.yml"
    play = [{"hosts": "acme", "gather_facts": False, "roles": [f"cxops.genesys_sms.{role}"]}]
    playbook.write_text(yaml.safe_dump(play), encoding="utf-8")
    result = provisioning.play(sandbox, tmp_path, playbook, inventory, "-vvv", "--diff")
    assert result.rc == 2
    assert CANARY not in result.output
    assert "invalid_input" in result.output
    # The role genesys_cloud writes the services first.
    assert {record.system for record in sandbox.writes()} <= {"services"}


def test_a_role_by_itself_accepts_encrypted_strings_and_omit_in_a_list(sandbox: Sandbox, tmp_path: Path) -> None:
    site = provisioning.Site(sandbox, tmp_path, "acme")
    host = provisioning.gateway_variables(sandbox, site.tenants["acme"], [], "gws")
    del host["custom_gateway_channels"]
    inventory = provisioning.write_inventory(tmp_path, {"tenants": {"acme": host}}, {})
    (tmp_path / "vault-password").write_text("opens the vault\n", encoding="utf-8")
    encrypted = VaultLib([("default", VaultSecret(b"opens the vault"))]).encrypt(CANARY).decode()
    playbook = tmp_path / "playbook.yml"
    playbook.write_text(
        f"""
- hosts: acme
  gather_facts: false
  roles: [cxops.genesys_sms.custom_gateway]
  vars:
    custom_gateway_channels:
      - channel_id: "{NUMBER}"
        webhook_url: https://gateway.example.com
        state: "{{{{ nothing | default(omit) }}}}"
        api_secret: given-api-secret
        webhook_secret: !vault |
{textwrap.indent(encrypted, 10 * " ")}
""",
        encoding="utf-8",
    )
    options = ("-vvv", "--vault-password-file", str(tmp_path / "vault-password"))
    result = provisioning.play(sandbox, tmp_path, playbook, inventory, *options)
    assert result.changed == {"acme": 1}
    assert CANARY not in result.output
    (channel,) = site.state("acme")["services"]["Async"]["secret"]["channels"]
    assert channel["webhook"]["secret"] == CANARY


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_a_returned_url_with_a_hidden_query_can_be_passed_back(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    url = f"https://gateway.example.com/hook?token={CANARY}-1"
    hidden = f"https://gateway.example.com/hook?{MASK}"
    gateway = {"channel_id": NUMBER, "webhook_secret": "given-webhook-secret", "api_secret": "given-api-secret"}
    document: dict[str, Any] = {
        "service": "mGageSMS",
        "url": f"https://kaleyra.example.com/?key={CANARY}-3",
        "data": {"callback": f"see https://a.example.com/?k={CANARY}-4", "list": [{"url": url}]},
        "secret": {},
    }
    shown: dict[str, Any] = {"service": "mGageSMS", "url": "{{ one.url }}", "data": "{{ one.data }}", "secret": {}}
    one = {"one": "{{ all.services | selectattr('service', 'equalto', 'mGageSMS') | first }}"}
    tasks: list[Task] = [
        {"name": "create", CHANNELS: {"channels": [{**gateway, "webhook_url": url}]}, "register": "channels"},
        {"name": "service", SERVICE: document},
        {"name": "info", SERVICE_INFO: {}, "register": "all"},
        {"name": "back", SERVICE: shown, "vars": one},
        {"name": "back and more", SERVICE: {**shown, "data": {"callback": "{{ one.data.callback }}", "new": "a"}}},
        {"name": "channel back", CHANNELS: {"channels": [{**gateway, "webhook_url": hidden}]}},
        {
            "name": "secret",
            CHANNELS: {"channels": [{**gateway, "api_secret": "new-api-secret", "webhook_url": hidden}]},
        },
        {"name": "other path", CHANNELS: {"channels": [{**gateway, "webhook_url": hidden.replace("hook", "x")}]}},
        {"name": "other channel", CHANNELS: {"channels": [{**gateway, "channel_id": "16505", "webhook_url": hidden}]}},
        {"name": "other url", SERVICE: {**shown, "url": hidden}, "vars": one},
        {"name": "other place", SERVICE: {"service": "mGageSMS", "data": {"new": hidden}}},
        {"name": "no such service", SERVICE: {"service": "PorticoSMS", "url": hidden}},
        {"name": "in a secret", SERVICE: {"service": "mGageSMS", "secret": {"url": hidden}}},
        {"name": "and more", SERVICE: {"service": "mGageSMS", "url": f"https://{MASK}.example.com/?{MASK}"}},
    ]
    tasks[4]["vars"] = one
    outcome = run(sandbox, tmp_path, tasks, door=door, python=target_python, options=["-vvvv", "--diff"])
    assert CANARY not in outcome.stdout + outcome.stderr
    assert not outcome["back and more"].failed, outcome["back and more"].msg
    assert {task.name: task.result["failure"]["parameter"] for task in outcome.tasks if task.failed} == {
        "other path": "channels[0].webhook_url",
        "other channel": "channels[0].webhook_url",
        "other url": "url",
        "other place": "data.new",
        "no such service": "url",
        "in a secret": "secret.url",
        "and more": "url",
    }
    changed = [task.name for task in outcome.tasks if not task.failed and task.changed]
    assert changed == ["create", "service", "back and more", "secret"]
    services = sandbox.state(CCID)["services"]
    (stored,) = services["Async"]["data"]["channels"]
    assert stored["webhook"]["url"] == url
    assert services["mGageSMS"]["url"] == document["url"]
    assert services["mGageSMS"]["data"] == {**document["data"], "new": "a"}


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_the_query_of_a_url_is_written_and_compared_but_not_shown(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    def channel(token: str) -> Task:
        url = f"http://gateway.example.com/hook?token={token}"
        gateway = {"channel_id": NUMBER, "webhook_secret": "given-webhook-secret", "api_secret": "given-api-secret"}
        return {CHANNELS: {"channels": [{**gateway, "webhook_url": url}]}}

    document: dict[str, Any] = {
        "service": "mGageSMS",
        "url": f"https://kaleyra.example.com/?key={CANARY}-3",
        "data": {"callback": f"see https://a.example.com/?k={CANARY}-4"},
    }
    tasks: list[Task] = [
        {"name": "create", **channel(f"{CANARY}-1")},
        {"name": "again", **channel(f"{CANARY}-1")},
        {"name": "change", **channel(f"{CANARY}-2")},
        {"name": "service", SERVICE: document},
        {"name": "service again", SERVICE: document},
        {"name": "all", SERVICE_INFO: {}},
        {"name": "not reached", SERVICE_INFO: {"nexus_url": f"https://localhost:1/?{CANARY}"}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door, python=target_python, options=["-vvvv", "--diff"])
    assert CANARY not in outcome.stdout + outcome.stderr
    assert [task.name for task in outcome.tasks if task.failed] == ["not reached"]
    assert [task.name for task in outcome.tasks if not task.failed and task.changed] == ["create", "change", "service"]
    services = sandbox.state(CCID)["services"]
    (stored,) = services["Async"]["data"]["channels"]
    assert stored["webhook"]["url"] == f"http://gateway.example.com/hook?token={CANARY}-2"
    assert services["mGageSMS"]["url"] == document["url"]
    assert outcome["all"].result["services"][0]["service"] == "Async"
