# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tenants of the option genesys_cloud: playbooks from an empty tenant to numbers that route, and purchases."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from integration.playbooks import API_KEY, OAUTH_CLIENT, OAUTH_TOKEN, SERVICE, run
from integration.provisioning import (
    BOOTSTRAP,
    NUMBERS,
    PROVISION,
    REMOVE,
    Result,
    Site,
    assert_phrases,
    play,
    write_yaml,
)
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS, DEFAULT_SECTIONS

ADMIN = {"gc_client_id": CLOUD_CLIENTS[0].id, "gc_client_secret": CLOUD_CLIENTS[0].secret}
NUMBER, OTHER_NUMBER = "18445550000", "18445550001"
FIRST = [
    *("alpha: POST PorticoSMS", "alpha: POST PurecloudIDP", "alpha: POST SMS", "alpha: PUT options"),
    "cloud: POST tollfreenumbers",
]


@pytest.fixture
def site(sandbox: Sandbox, tmp_path: Path) -> Site:
    """One tenant that wants a number for its slot main."""
    return Site(sandbox, tmp_path, "alpha", clouds=["alpha"])


def numbers(site: Site) -> list[str]:
    """Return the paid numbers."""
    return [item["tollfreeNumber"] for item in site.sandbox.account()["numbers"]]


def test_a_tenant_is_provisioned_and_removed(site: Site) -> None:
    planned = site.play(PROVISION, "--check", "--diff")
    assert planned.changed == {"alpha": 4}
    assert (site.writes(), site.sandbox.account()["spent"]) == ([], 0)
    assert '+ "number": "(to be bought)",' in planned.diff
    assert '+ "channelId": "(to be bought for the slot main)",' in planned.diff
    assert site.purchases() == []

    first = site.play(PROVISION, "--diff")
    assert first.changed == {"alpha": 4}
    assert site.writes() == FIRST
    assert f'+ "channelId": "{NUMBER}",' in first.diff
    state = site.state("alpha")
    assert state["services"] == {
        "PurecloudIDP": {
            "url": site.sandbox.env["GC_LOGIN_URL"],
            "data": {},
            "secret": {"clientId": CLOUD_CLIENTS[1].id, "clientSecret": CLOUD_CLIENTS[1].secret},
        },
        "PorticoSMS": {"url": site.sandbox.env["GC_API_URL"], "data": {}, "secret": {}},
        "SMS": {"url": "N/A", "data": {"tokenProvider": "Purecloud"}, "secret": {}},
    }
    section = state["sections"]["chat.SMS_Main"]
    assert (section["channelId"], section["provider"]) == (NUMBER, "Portico")
    (bought,) = site.sandbox.account()["numbers"]
    assert (bought["tollfreeNumber"], bought["webhookPassword"]) == (NUMBER, "cluster-key-alpha")

    assert site.play(PROVISION).changed == {"alpha": 0}
    assert site.writes() == []
    # Three services. A token and the list of numbers. A token, a session, the contact centers, the options and the end
    # of the session.
    assert len(site.sandbox.requests()) == 3 + 2 + 5

    assert site.play(PROVISION, "--tags", "sender_ids").changed == {"alpha": 0}
    assert "services" not in site.systems()
    assert site.play(REMOVE, "--limit", "alpha").changed == {"alpha": 3}
    assert site.state("alpha")["sections"] == DEFAULT_SECTIONS
    assert numbers(site) == [NUMBER]
    # A tenant that is provisioned again gets the same number.
    assert site.play(PROVISION).changed == {"alpha": 3}
    assert site.sandbox.account()["spent"] == 1


def test_nothing_is_bought_without_a_journal(site: Site) -> None:
    """A purchase never creates it: two jobs, each with a new checkout, would each create one."""
    site.journal.unlink()
    for check in ([], ["--check"]):
        failed = site.play(PROVISION, *check)
        assert_phrases(failed.failures["alpha"], f"{site.journal} does not exist", f"{NUMBERS} -e create_journal=true")
        assert site.sandbox.account()["spent"] == 0
    # The remedy of the message.
    assert site.play(NUMBERS, "--check", create_journal="true").changed == {"alpha": 1}
    assert not site.journal.exists()
    # As a text, as surveys set it. Without a journal, no order is known.
    given: list[dict[str, Any]] = [{"create_journal": "false"}, {"create_journal": ""}, {}]
    for variables in given:
        unknown = site.play(NUMBERS, **variables)
        assert_phrases(unknown.failures["alpha"], f"genesys_cloud_journal: {site.journal} does not exist")
        assert "no order is undecided" not in unknown.output
    assert site.writes() == []
    assert not site.journal.exists()
    create, rebuild = re.findall(r"^ansible-playbook .*", unknown.failures["alpha"], re.MULTILINE)
    assert rebuild == f"{create} -e rebuild_journal=true"
    # Pasted into a shell.
    assert pasted(site, create).changed == {"alpha": 1}
    assert site.play(NUMBERS, create_journal=True).changed == {"alpha": 0}
    assert site.play(PROVISION, "--tags", "numbers").changed == {"alpha": 1}
    # The journal is lost and created again. The account shows that it is not the first journal.
    lost = site.journal.read_bytes()
    site.journal.unlink()
    site.hosts["alpha"]["tollfree_numbers"].append({"slot": "second"})
    refused = site.play(NUMBERS, create_journal=True)
    assert_phrases(refused.failures["alpha"], f"bought for slots: {NUMBER}", "-e rebuild_journal=true")
    site.journal.write_bytes(lost.splitlines(keepends=True)[0])
    failed = site.play(PROVISION, "--tags", "numbers")
    assert_phrases(failed.failures["alpha"], f"does not contain {NUMBER}", f"{NUMBERS} -e rebuild_journal=true")
    assert site.play(NUMBERS, rebuild_journal=True).changed == {"alpha": 1}
    assert site.play(PROVISION, "--tags", "numbers").changed == {"alpha": 1}
    assert site.sandbox.account()["spent"] == 2


def test_an_inventory_that_is_not_a_file_has_no_default_journal(site: Site) -> None:
    variables = {**site.hosts["alpha"], "ansible_connection": "local"}
    del variables["genesys_cloud_journal"]
    playbook = write_yaml(
        site.directory / "roles.yml",
        [{"hosts": "all", "gather_facts": False, "roles": ["cxops.genesys_sms.genesys_cloud"]}],
    )
    failed = play(site.sandbox, site.directory, playbook, "alpha,", variables=variables)
    assert_phrases(
        failed.failures["alpha"],
        "journal: it is missing, and there is no default because the inventory is not a file",
        "genesys_cloud_journal",
    )
    assert site.sandbox.account()["spent"] == 0


def test_roles_alone_need_no_further_variable(site: Site) -> None:
    playbook = write_yaml(
        site.directory / "roles.yml",
        [
            {
                "hosts": "all",
                "gather_facts": False,
                "roles": ["cxops.genesys_sms.genesys_cloud", "cxops.genesys_sms.sender_ids"],
            }
        ],
    )
    assert site.play(playbook, "--check").changed == {"alpha": 4}
    assert site.play(playbook).changed == {"alpha": 4}
    assert site.state("alpha")["sections"]["chat.SMS_Main"]["channelId"] == NUMBER
    assert site.play(playbook).changed == {"alpha": 0}
    # The role sender_ids alone says what is missing.
    alone = write_yaml(
        site.directory / "alone.yml",
        [{"hosts": "all", "gather_facts": False, "roles": ["cxops.genesys_sms.sender_ids"]}],
    )
    assert_phrases(
        site.play(alone).failures["alpha"], "sender_ids[0].slot: the option slots has no number for the slot main"
    )


def test_one_host_can_stand_for_several_tenants(sandbox: Sandbox, tmp_path: Path) -> None:
    """In a play on localhost, which is in no inventory. Both tenants have a slot main, each with its own number."""
    site = Site(sandbox, tmp_path, "alpha", "beta", clouds=["alpha", "beta"])

    def include(role: str, tenant: str) -> dict[str, Any]:
        name = f"cxops.genesys_sms.{role}"
        return {"ansible.builtin.include_role": {"name": name}, "vars": site.hosts[tenant]}

    def both(tenant: str) -> list[dict[str, Any]]:
        return [include("genesys_cloud", tenant), include("sender_ids", tenant)]

    def local(tasks: list[dict[str, Any]]) -> Result:
        content = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
        playbook = write_yaml(tmp_path / "local.yml", [content])
        return play(sandbox, tmp_path, playbook, "alpha,")

    wrong = local([*both("alpha"), include("sender_ids", "beta")])
    assert_phrases(wrong.failures["localhost"], "sender_ids[0].slot: the option slots has no number for the slot main")
    assert not [write for write in site.writes() if write.startswith("beta: ")]
    site.hosts["beta"]["ccid"] = site.hosts["beta"]["ccid"].upper()
    assert local([*both("alpha"), *both("beta")]).changed == {"localhost": 4}
    found = [site.state(name)["sections"]["chat.SMS_Main"]["channelId"] for name in ("alpha", "beta")]
    assert found == [NUMBER, OTHER_NUMBER]


@pytest.mark.parametrize("configuration", ["gws", "gax"])
def test_a_number_in_a_section_of_the_tenant_stops_a_purchase(site: Site, configuration: str) -> None:
    """The number was bought by hand. The sections are read only if a number has to be bought."""
    host = site.hosts["alpha"]
    tenant = site.tenants["alpha"]
    if configuration == "gax":
        host.update(
            configuration="gax",
            gax_url=site.sandbox.env["GAX_URL"],
            gax_username=tenant.gax_username,
            gax_password=tenant.gax_password,
        )
    order_by_hand(site, NUMBER, "nexus")
    section = {"name": "SMS_By_Hand", "channel_id": NUMBER, "endpoint": "Main"}
    slots = host["tollfree_numbers"]
    host.update(sender_ids=[section], tollfree_numbers=[])
    assert site.play(PROVISION, "--tags", "sender_ids").changed == {"alpha": 1}
    host["tollfree_numbers"] = slots
    for check in (["--check"], []):
        failed = site.play(PROVISION, "--tags", "numbers", *check)
        assert_phrases(failed.failures["alpha"], f"{NUMBER} (the section chat.SMS_By_Hand uses it)")
        assert site.writes() == []
    host["genesys_cloud_foreign_numbers"] = [NUMBER]
    assert site.play(PROVISION, "--tags", "numbers", "--check").changed == {"alpha": 1}
    del host["genesys_cloud_foreign_numbers"]
    host["tollfree_numbers"] = [{"slot": "main", "number": NUMBER}]
    assert site.play(PROVISION, "--tags", "numbers").changed == {"alpha": 1}
    assert site.writes() == ["cloud: PATCH tollfreenumbers"]
    assert site.systems().isdisjoint({"configuration", "gax", "gws_auth"})
    host["tollfree_numbers"] = slots
    assert site.play(PROVISION, "--tags", "numbers").changed == {"alpha": 0}
    assert site.sandbox.account()["spent"] == 1
    assert [(item.slot, item.number, item.event) for item in site.purchases()] == [("main", NUMBER, "recorded")]


def order_by_hand(site: Site, number: str, user: str) -> None:
    """Buy a number with the OAuth client of the integration, as a person would."""
    env, client = site.sandbox.env, CLOUD_CLIENTS[1]
    form = {"grant_type": "client_credentials"}
    token = requests.post(f"{env['GC_LOGIN_URL']}/oauth/token", data=form, auth=(client.id, client.secret), timeout=10)
    requests.post(
        f"{env['GC_API_URL']}/api/v2/messaging/sms/provisioning/tollfreenumbers",
        json=[{"tollfreeNumber": number, "webhookUsername": user}],
        headers={"Authorization": f"Bearer {token.json()['access_token']}"},
        timeout=10,
    ).raise_for_status()


def test_a_number_is_released_if_the_inventory_confirms_it(site: Site) -> None:
    site.play(PROVISION)
    site.hosts["alpha"]["sender_ids"] = []
    site.hosts["alpha"]["tollfree_numbers"] = [{"slot": "main", "state": "absent"}]
    failed = site.play(PROVISION)
    assert_phrases(failed.failures["alpha"], f"the number {NUMBER} of the slot main would be released", f"to {NUMBER}")
    assert site.writes() == []
    site.hosts["alpha"]["tollfree_numbers"][0]["release_confirmation"] = NUMBER
    assert site.play(PROVISION).changed == {"alpha": 1}
    assert numbers(site) == []


def test_a_client_that_cannot_log_in_is_not_written(site: Site) -> None:
    secret = site.hosts["alpha"]["gc_client_secret"]
    site.hosts["alpha"]["gc_client_secret"] = "mistyped"
    failed = site.play(PROVISION)
    assert_phrases(failed.failures["alpha"], "Check gc_client_id and gc_client_secret")
    # Neither SMS, which could not work, nor the OAuth client.
    assert site.writes() == ["alpha: POST PorticoSMS"]

    site.hosts["alpha"]["gc_client_secret"] = secret
    site.play(PROVISION)
    site.hosts["alpha"].update(gc_client_secret="mistyped", genesys_cloud_update_secret="always")
    assert_phrases(site.play(PROVISION).failures["alpha"], "Check gc_client_id and gc_client_secret")
    assert site.writes() == []


def test_secrets_that_the_server_masks_are_rotated(site: Site) -> None:
    site.sandbox.switch(**{"services.read": "masked"})
    assert site.play(PROVISION).changed == {"alpha": 4}
    site.hosts["alpha"]["nexus_cluster_api_key"] = "rotated-key"
    assert site.play(PROVISION).changed == {"alpha": 0}
    assert site.play(PROVISION, genesys_cloud_update_secret="always").changed == {"alpha": 2}
    assert site.writes() == ["alpha: POST PurecloudIDP", "cloud: PATCH tollfreenumbers"]
    (bought,) = site.sandbox.account()["numbers"]
    assert bought["webhookPassword"] == "rotated-key"


def test_sms_is_enabled_only_after_its_numbers_are_bought(site: Site) -> None:
    site.hosts["alpha"]["genesys_cloud_purchase_allowed"] = False
    assert_phrases(
        site.play(PROVISION).failures["alpha"], "purchase_allowed: the account does not have a number for the slot main"
    )
    assert site.writes() == ["alpha: POST PorticoSMS"]


def test_another_client_buys_no_second_number(site: Site) -> None:
    site.play(PROVISION)
    site.hosts["alpha"].update(ADMIN, genesys_cloud_max_purchases=10)
    failed = site.play(PROVISION, "--tags", "numbers")
    assert_phrases(
        failed.failures["alpha"], f"slot: {NUMBER} was ordered for the slot main", f"Log in as {CLOUD_CLIENTS[1].id}"
    )
    assert (site.writes(), site.sandbox.account()["spent"]) == ([], 1)


def test_all_three_options_in_one_run(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma", gateways={"beta": "gws"}, clouds=["gamma"])
    assert site.play(PROVISION).changed == {"alpha": 2, "beta": 2, "gamma": 4}
    assert site.play(PROVISION).changed == {"alpha": 0, "beta": 0, "gamma": 0}
    assert site.writes() == []


@pytest.mark.parametrize(
    ("variables", "phrases"),
    [
        ({"gc_client_secret": "not-the-secret"}, ["Check gc_client_id and gc_client_secret", "invalid_client"]),
        ({"genesys_cloud_purchase_allowed": False}, ["purchase_allowed: the account does not have a number"]),
        ({"genesys_cloud_max_purchases": 0}, ["max_purchases: the limit of 0 would be exceeded", "Nothing is bought"]),
        ({"nexus_cluster_api_key": None}, ["webhook_password: it is missing, but needed"]),
        (
            {"tollfree_numbers": [{"number": "844 555 1212"}]},
            ["tollfree_numbers[0].number: '844 555 1212' has 10 digits"],
        ),
        ({"tollfree_numbers": [{"slot": "other"}]}, ["sender_ids[0].slot: tollfree_numbers has no slot main"]),
        ({"tollfree_numbers": [{"slot": "main"}] * 2}, ["the slot main is also in tollfree_numbers[0]"]),
        (
            {"tollfree_numbers": [{"vanity": "CALL"}]},
            ["tollfree_numbers[0].number: it is missing", "or slot instead of number"],
        ),
        ({"gc_api_url": None}, ["gc_api_url: it is not set"]),
    ],
)
def test_bad_input_buys_nothing(site: Site, variables: dict[str, Any], phrases: list[str]) -> None:
    site.hosts["alpha"].update(variables)
    assert_phrases(site.play(PROVISION).failures["alpha"], *phrases)
    assert site.sandbox.account()["spent"] == 0


def pasted(site: Site, command: str) -> Result:
    """Run a command of a message in a shell."""
    site.sandbox.clear_requests()
    words = f'exec "$0" {command.removeprefix("ansible-playbook ")}'
    program = Path(sys.executable).with_name("ansible-playbook")
    process = subprocess.run(
        ["/bin/sh", "-c", words, program],
        env={**os.environ, "HOME": str(site.directory), "ANSIBLE_HOME": str(site.directory / ".ansible")},
        cwd=site.directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    return Result(process.returncode, process.stdout)


def test_a_lost_order_is_decided_by_a_person(site: Site) -> None:
    site.sandbox.fault("cut", "numbers$", "POST")
    failed = site.play(PROVISION)
    assert_phrases(failed.failures["alpha"], f"It is not known whether the number {NUMBER} was ordered", NUMBERS)
    (intent,) = re.findall(r"-e intent=(\w+) -e resolution=forget", failed.failures["alpha"])
    # Further runs buy nothing.
    assert_phrases(site.play(PROVISION).failures["alpha"], intent)
    assert site.sandbox.account()["spent"] == 0
    listed = site.play(NUMBERS)
    assert listed.changed == {"alpha": 0}
    assert_phrases(listed.output, f"{intent}: the number {NUMBER} for the slot main", "does not have the number")
    adopt, forget = re.findall(r'"(ansible-playbook .*)"', listed.output)
    assert (adopt.split()[-1], forget.split()[-1]) == ("resolution=adopt", "resolution=forget")
    assert_phrases(pasted(site, adopt).failures["alpha"], "the account does not have the number")
    decided = pasted(site, forget)
    assert decided.changed == {"alpha": 1}
    assert "no order is undecided" in decided.output
    assert site.writes() == []
    assert site.play(PROVISION).changed == {"alpha": 3}
    assert site.sandbox.account()["spent"] == 1


def test_the_listed_commands_decide_on_an_order_of_another_client(site: Site) -> None:
    """The commands have the vault password and the variable files of the run that lists the order."""
    site.sandbox.fault("cut", "numbers$", "POST")
    assert site.play(PROVISION).rc
    site.hosts["alpha"].update(ADMIN)
    password, extra = site.directory / "the password", site.directory / "extra.yml"
    password.write_text("given-vault-password", encoding="utf-8")
    extra.write_text(f"gc_client_secret: {site.hosts['alpha'].pop('gc_client_secret')}\n", encoding="utf-8")
    journal = site.hosts["alpha"].pop("genesys_cloud_journal")
    options = ["--vault-id", f"prod@{password}", "-e", f"@{extra}", "-e", f"genesys_cloud_journal={journal}"]
    listed = site.play(NUMBERS, *options)
    adopt, forget = re.findall(r'"(ansible-playbook .*)"', listed.output)
    assert_phrases(listed.output, "this login can not see numbers of the OAuth client that ordered it")
    assert f"-e forget_confirmation={NUMBER}" in forget
    assert "forget_confirmation" not in adopt
    assert pasted(site, forget).changed == {"alpha": 1}
    assert "no order is undecided" in site.play(NUMBERS, *options).output


@pytest.mark.parametrize(
    ("playbook", "name", "meant"),
    [
        (NUMBERS, "create_jurnal", "create_journal"),
        (NUMBERS, "rebuild_jornal", "rebuild_journal"),
        (NUMBERS, "resoluton", "resolution"),
        (BOOTSTRAP, "bootstrap_rotate_secert", "bootstrap_rotate_secret"),
        (BOOTSTRAP, "bootstrap_vault_pasword_file", "bootstrap_vault_password_file"),
    ],
)
def test_a_misspelled_variable_of_a_playbook_is_an_error(site: Site, playbook: str, name: str, meant: str) -> None:
    refused = site.play(playbook, "-e", f"{name}=true", "-e", f"bootstrap_directory={site.directory}")
    assert_phrases(refused.failures["alpha"], f"{name}: no role reads this variable. Did you mean {meant}?")
    assert site.sandbox.requests() == []


def test_a_switch_that_is_neither_true_nor_false_is_an_error(site: Site) -> None:
    for playbook, name in ((NUMBERS, "create_journal"), (NUMBERS, "rebuild_journal"), (PROVISION, "remove_all")):
        refused = site.play(playbook, "-e", f"{name}=ture")
        assert_phrases(refused.failures["alpha"], f"{name}: must be a boolean")
    assert site.sandbox.requests() == []


def test_an_inventory_may_use_the_names_of_internal_variables(site: Site) -> None:
    host = site.hosts["alpha"]
    words = {"journal": f"{site.directory}/own.txt", "client": host["gc_client_id"], "decided": "true"}
    host.update(words, genesys_cloud_journal="{{ journal }}", gc_client_id="{{ client }}")
    created = site.play(NUMBERS, "-e", "create_journal=true")
    assert created.changed == {"alpha": 1}
    assert (site.directory / "own.txt").exists()


def test_each_tenant_decides_for_itself(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", clouds=["alpha", "beta"])
    site.hosts["beta"].update(ADMIN)
    sandbox.fault("status", "numbers$", "POST", status=500, when="after")
    sandbox.switch(**{"orders.list_lag": 60_000})
    failed = site.play(PROVISION, "--limit", "alpha", "--tags", "numbers")
    (intent,) = re.findall(r"-e intent=(\w+) -e resolution=forget", failed.failures["alpha"])
    sandbox.switch(**{"orders.list_lag": 0})
    sandbox.settle()
    # The account of its tenant has the number. The other tenant's client can't see it, and can't decide.
    refused = site.play(NUMBERS, intent=intent, resolution="forget")
    assert_phrases(refused.failures["alpha"], f"intent: the account has the number {NUMBER}. Adopt it")
    assert refused.failures.keys() == {"alpha"}
    assert refused.count("changed") == {"alpha": 0, "beta": 0}
    assert site.play(NUMBERS, intent=intent, resolution="adopt").changed == {"alpha": 1, "beta": 0}
    half = site.play(NUMBERS, resolution="forget")
    assert_phrases(half.failures["alpha"], "intent: it is required to decide on an order")
    nobody = site.play(NUMBERS, intent="i5f0c2a9b7e3", resolution="forget")
    assert_phrases(nobody.failures["alpha"], "intent: no tenant of this play has the intent i5f0c2a9b7e3")
    assert site.play(PROVISION).changed == {"alpha": 3, "beta": 4}
    assert sandbox.account()["spent"] == 2
    del site.hosts["beta"]["gc_client_secret"]
    stopped = site.play(NUMBERS)
    assert list(stopped.failures) == ["beta"]
    assert_phrases(stopped.failures["beta"], "gc_client_secret: it is not set")


def test_a_slot_is_renamed(site: Site) -> None:
    site.play(PROVISION)
    site.hosts["alpha"]["tollfree_numbers"] = [{"slot": "primary", "number": NUMBER}]
    site.hosts["alpha"]["sender_ids"][0]["slot"] = "primary"
    assert site.play(PROVISION).changed == {"alpha": 1}
    assert site.writes() == ["cloud: PATCH tollfreenumbers"]
    site.hosts["alpha"]["tollfree_numbers"] = [{"slot": "primary"}]
    assert site.play(PROVISION).changed == {"alpha": 0}


@pytest.mark.parametrize("roles", ["own", "any"])
def test_the_organization_is_prepared_once(site: Site, roles: str) -> None:
    files = site.directory / "secrets"
    files.mkdir()
    where = str(files)
    relative = site.play(BOOTSTRAP, bootstrap_directory="secrets")
    assert_phrases(relative.failures["alpha"], "bootstrap_directory: 'secrets' is a relative path")
    forgotten = site.play(BOOTSTRAP)
    assert_phrases(forgotten.failures["alpha"], "bootstrap_directory: it is not set. Set it")
    absent, file = files / "not there", site.directory / "file"
    file.touch()
    for path, problem in (
        (absent, f"does not exist. Create it with mkdir -p '{absent}'"),
        (file, "is not a directory."),
    ):
        wrong = site.play(BOOTSTRAP, bootstrap_directory=str(path))
        assert_phrases(wrong.failures["alpha"], f"bootstrap_directory: '{path}' {problem}")
    assert site.sandbox.requests() == []
    planned = site.play(BOOTSTRAP, "--check", "--diff", bootstrap_directory=where)
    assert planned.changed == {"alpha": 5}
    assert (site.writes(), list(files.iterdir())) == ([], [])
    # With both variants of the server, because the administrator gets the role first.
    site.sandbox.switch(**{"clients.roles": roles})
    # The playbook creates the journal together with the OAuth client, whose purchases no other journal can have.
    site.journal.unlink()
    assert site.play(BOOTSTRAP, bootstrap_directory=where).changed == {"alpha": 6}
    assert (site.journal.exists(), site.purchases()) == (True, [])
    # Imported by another playbook, which sets the directory.
    importing = site.directory / "importing.yml"
    importing.write_text(json.dumps([{"import_playbook": BOOTSTRAP, "vars": {"bootstrap_directory": where}}]))
    site.journal.unlink()
    # Use the OAuth client that the playbook created.
    other = site.hosts["alpha"].pop("gc_client_id")
    assert site.play(importing).changed == {"alpha": 0}
    assert site.writes() == []
    site.hosts["alpha"]["gc_client_id"] = other
    # Without a new OAuth client, no journal is created.
    assert not site.journal.exists()
    assert site.play(NUMBERS, create_journal=True).changed == {"alpha": 1}

    account = site.sandbox.account()
    (role,) = [role for role in account["roles"] if role["name"] == "Nexus Messaging"]
    (client,) = [client for client in account["clients"] if client["name"] == "Nexus Messaging Integration"]
    assert [policy["domain"] for policy in role["permissionPolicies"]] == ["messaging", "messagingProvisioning"]
    assert client["roleIds"] == [role["id"]]
    assert role["id"] in [grant["role"] for grant in account["grants"] if grant["subject"].startswith("e0e0")]
    # The files can be used unchanged.
    written = {**yaml.safe_load((files / "gc_client.yml").read_text()), **site.hosts["alpha"]}
    written.update(yaml.safe_load((files / "gc_client.yml").read_text()))
    written.update(yaml.safe_load((files / "nexus_cluster_api_key.yml").read_text()))
    site.hosts["alpha"] = written
    assert site.play(PROVISION).changed == {"alpha": 4}
    assert site.state("alpha")["services"]["PurecloudIDP"]["secret"]["clientSecret"] == client["secret"]


def test_bootstrap_writes_where_the_inventory_reads(site: Site) -> None:
    """Nothing has to be moved: a second run changes nothing, and the tenants are provisioned with it."""
    files = site.directory / "group_vars/genesys_cloud"
    files.mkdir(parents=True)
    password = site.directory / "vault-password"
    password.write_text("given-vault-password", encoding="utf-8")
    options = ["--vault-password-file", str(password)]
    asked: dict[str, Any] = {"bootstrap_directory": str(files), "bootstrap_vault_password_file": str(password)}
    for name in ("gc_client_id", "gc_client_secret", "nexus_cluster_api_key"):
        del site.hosts["alpha"][name]
    # Null means not set.
    site.hosts["alpha"].update(gc_admin_access_token=None, gc_admin_user_email=None)
    assert site.play(BOOTSTRAP, *options, **asked).changed == {"alpha": 4}
    assert {file.name for file in files.iterdir()} == {"gc_client.yml", "nexus_cluster_api_key.yml"}
    assert all(file.read_text().startswith("$ANSIBLE_VAULT;") for file in files.iterdir())
    for check in ([], ["--check"]):
        assert site.play(BOOTSTRAP, *options, *check, **asked).changed == {"alpha": 0}
        assert site.writes() == []
    assert site.play(PROVISION, *options).changed == {"alpha": 4}

    def secret() -> str:
        (found,) = [item for item in site.sandbox.account()["clients"] if item["name"] == "Nexus Messaging Integration"]
        return str(found["secret"])

    first = secret()
    (files / "gc_client.yml").unlink()
    lost = site.play(BOOTSTRAP, *options, **asked)
    assert_phrases(lost.failures["alpha"], "gc_client.yml does not", "bootstrap_rotate_secret")
    assert site.writes() == []
    assert site.play(BOOTSTRAP, *options, "--check", **asked, bootstrap_rotate_secret=True).changed == {"alpha": 1}
    assert site.play(BOOTSTRAP, *options, **asked, bootstrap_rotate_secret=True).changed == {"alpha": 1}
    assert secret() != first
    assert site.play(BOOTSTRAP, *options, **asked).changed == {"alpha": 0}
    assert site.play(PROVISION, *options).changed == {"alpha": 1}
    assert site.state("alpha")["services"]["PurecloudIDP"]["secret"]["clientSecret"] == secret()


def test_the_organization_is_prepared_with_a_token(site: Site) -> None:
    # The token does not belong to the user who gets the role.
    site.sandbox.switch(**{"clients.roles": "any"})
    admin = CLOUD_CLIENTS[0]
    form = {"grant_type": "client_credentials"}
    url = f"{site.sandbox.env['GC_LOGIN_URL']}/oauth/token"
    token = requests.post(url, data=form, auth=(admin.id, admin.secret), timeout=10).json()["access_token"]
    for name in ("gc_admin_client_id", "gc_admin_client_secret"):
        del site.hosts["alpha"][name]
    site.hosts["alpha"]["bootstrap_directory"] = str(site.directory)
    failed = site.play(BOOTSTRAP, "--tags", "integration")
    assert_phrases(failed.failures["alpha"], "gc_admin_client_id: it is not set")
    site.hosts["alpha"]["gc_admin_access_token"] = token
    prepared = site.play(BOOTSTRAP, "--tags", "integration", "-vvvv", "--diff")
    assert prepared.changed == {"alpha": 3}
    assert token not in prepared.output
    assert (site.directory / "gc_client.yml").exists()


def controller(site: Site, number: int, tenant: str) -> Result:
    """Run the playbook for one tenant, as one of several controllers."""
    directory = site.directory / f"controller-{number}"
    directory.mkdir()
    options = ["-i", str(site.directory / "inventory.yml"), "--limit", tenant, "--tags", "numbers"]
    process = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), PROVISION, *options],
        env={**os.environ, "ANSIBLE_HOME": str(directory), "HOME": str(directory)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Result(process.returncode, process.stdout)


def test_many_tenants_in_one_run(sandbox: Sandbox, tmp_path: Path) -> None:
    """Each tenant gets its own number, up to the limit. The next run continues."""
    names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
    site = Site(sandbox, tmp_path, *names, clouds=names)
    for host in site.hosts.values():
        host["genesys_cloud_max_purchases"] = 4
    failed = site.play(PROVISION, "--tags", "numbers", "--forks", "6")
    assert (sandbox.account()["spent"], len(failed.failures)) == (4, 2)
    assert all("max_purchases: the limit of 4 would be exceeded" in text for text in failed.failures.values())
    for host in site.hosts.values():
        host["genesys_cloud_max_purchases"] = 6
    changed = site.play(PROVISION, "--tags", "numbers", "--forks", "6").changed
    assert changed == {name: int(name in failed.failures) for name in names}
    marked = [
        item for item in sandbox.account()["numbers"] if re.match(r"\[slot i[0-9a-f]{11}/main\]", item["comment"])
    ]
    assert {item["webhookUsername"] for item in marked} == {site.tenants[name].ccid for name in names}
    assert sum(site.play(PROVISION, "--tags", "numbers", "--forks", "6").changed.values()) == 0
    assert site.writes() == []


@pytest.mark.parametrize("settle_after", [0, 3])
def test_eight_controllers_at_once(sandbox: Sandbox, tmp_path: Path, settle_after: int) -> None:
    """Four run for one tenant each, four for the same tenant. No number is shared, and the limit holds."""
    names = ["alpha", "beta", "gamma", "delta", "omega"]
    site = Site(sandbox, tmp_path, *names, clouds=names)
    sandbox.switch(**{"orders.settle_after": settle_after})
    for host in site.hosts.values():
        host.update(genesys_cloud_max_purchases=4, genesys_cloud_order_timeout=30)
    site.inventory()
    tenants = ["alpha", "beta", "gamma", "delta", "omega", "omega", "omega", "omega"]
    with ThreadPoolExecutor(len(tenants)) as pool:
        results = list(pool.map(lambda item: controller(site, *item), enumerate(tenants)))
    account = sandbox.account()
    # Five tenants want one number each, and the limit is four.
    assert (account["spent"], len(account["numbers"])) == (4, 4)
    owners = {item["webhookUsername"] for item in account["numbers"]}
    assert len(owners) == 4
    told = "max_purchases: the limit of 4 would be exceeded, with 4 bought before and 1 more needed"
    for tenant, result in zip(tenants, results, strict=True):
        served = site.tenants[tenant].ccid in owners
        assert (result.rc == 0) is served, result.output
        assert served or told in result.output
    lines = [json.loads(line) for line in site.journal.read_text(encoding="utf-8").splitlines()]
    assert [line["event"] for line in lines].count("intent") == 4
    assert [line["event"] for line in lines].count("bought") == 4


def test_a_controller_that_is_killed_while_it_waits_for_the_answer(site: Site) -> None:
    """Its worker may continue and hold the lock until its timeout. The next run waits for that."""
    site.hosts["alpha"].update(genesys_cloud_order_timeout=60, http_options={"timeout": 3})
    site.sandbox.fault("hang", "numbers$", "POST", when="after")
    process = subprocess.Popen(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", site.inventory(), PROVISION, "--tags", "numbers"],
        env={**os.environ, "ANSIBLE_HOME": str(site.directory)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not site.sandbox.faults()[0]["hits"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert site.play(PROVISION).rc == 0
    assert (site.sandbox.account()["spent"], numbers(site)) == (1, [NUMBER])
    assert site.play(PROVISION).changed == {"alpha": 0}


@pytest.mark.module_door
@pytest.mark.parametrize("door", ["controller", "module"])
def test_results_with_secrets_are_censored(sandbox: Sandbox, tmp_path: Path, target_python: str, door: Any) -> None:
    """Without no_log, in a loop, at any verbosity. The registered result can still be used."""
    client = {**ADMIN, "name": "Hidden {{ item }}", "roles": ["Sandbox Admin"]}
    tasks: list[dict[str, Any]] = [
        {"name": "token", OAUTH_TOKEN: {}, "register": "token"},
        {"name": "tokens", OAUTH_TOKEN: {"timeout": "{{ item }}"}, "loop": [20, 30], "register": "tokens"},
        {"name": "clients", OAUTH_CLIENT: client, "loop": ["one", "two"], "register": "clients", "diff": True},
        {"name": "same client", OAUTH_CLIENT: {**ADMIN, "name": "Hidden one"}},
        {"name": "key", API_KEY: {"name": "Hidden", "tenant": "", "permissions": ["x"]}, "register": "key"},
        {"name": "failure", OAUTH_TOKEN: {"gc_client_secret": "given-wrong-secret"}},
        {"name": "in the background", OAUTH_TOKEN: {}, "async": 30, "poll": 0},
        {
            "name": "with the key",
            SERVICE: {"api_key": "{{ key.key }}", "service": "SMS", "secret": {"token": "{{ token.access_token }}"}},
        },
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door, python=target_python, options=["-vvvv", "--diff"])
    stored = sandbox.state(sandbox.env["NEXUS_CCID"])["services"]["SMS"]["secret"]["token"]
    secrets = {item["secret"] for item in sandbox.account()["clients"] if item["name"].startswith("Hidden")}
    secrets |= {stored, outcome["with the key"].requests[0].headers["x-api-key"], "given-wrong-secret"}
    for task in outcome.tasks:
        secrets |= {
            record.headers["authorization"].split()[-1] for record in task.requests if "authorization" in record.headers
        }
    assert len(secrets) >= 6
    for secret in secrets:
        assert secret not in outcome.stdout + outcome.stderr
        for path in tmp_path.rglob("*"):
            # A callback gets the whole result. The recorder of these tests also records requests.
            if path.is_file() and path.name != "record.json" and "state" not in path.parts:
                assert secret not in path.read_bytes().decode("utf-8", "replace") or path.name == "playbook.json", path
    for name in ("token", "tokens", "clients", "key"):
        assert "censored" in outcome.output_of(name), name
    # A result without a secret is shown.
    assert "Hidden one" in outcome.output_of("same client")
    assert "Check gc_client_id and gc_client_secret" in outcome["failure"].msg
    assert "gc_oauth_token can't run with async" in outcome["in the background"].msg
