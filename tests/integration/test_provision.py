# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks provision and remove, and the roles by themselves, with several tenants."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
from integration.provisioning import (
    KALEYRA_PASSWORD,
    KALEYRA_USERNAME,
    NO_RETRIES,
    NUMBERS,
    PROVISION,
    REMOVE,
    SANDBOX_INVENTORY,
    Site,
    assert_phrases,
    first_writes,
    play,
    run,
    write_yaml,
)
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_SECTIONS, DEFAULT_TENANTS

ACME = DEFAULT_TENANTS[0]

KALEYRA_SERVICES = {
    "SMS": {"url": "N/A", "data": {"provider": "mGage"}, "secret": {}},
    "mGageSMS": {
        "url": "https://kaleyra.example.com",
        "data": {},
        "secret": {"username": KALEYRA_USERNAME, "password": KALEYRA_PASSWORD},
    },
}

EVERYONE = ("--limit", "kaleyra")
"""The removal wants to be told whose SMS is meant."""


def sender_id(number: str, endpoint: str) -> dict[str, str]:
    """The section of a new sender ID over Kaleyra."""
    return {
        "channelId": number,
        "channelType": "sms",
        "endpoint": endpoint,
        "interactionSubtype": "SMS",
        "interactionType": "Inbound",
        "media": "chat",
        "cxcOnly": "false",
        "provider": "mGage",
    }


def test_from_nothing_to_sms_and_back(sandbox: Sandbox, tmp_path: Path) -> None:
    """Three tenants: check mode, provision twice, change one, remove twice."""
    names = ("alpha", "beta", "gamma")
    site = Site(sandbox, tmp_path, *names)

    looked = site.play(PROVISION, "--check", "--diff")
    assert looked.changed == dict.fromkeys(names, 2)
    assert looked.diff.count('+ "channelId": "16500010001",') == 1
    assert looked.diff.count('+ "secret.password",') == len(names)
    assert KALEYRA_PASSWORD not in looked.output
    assert not site.writes()

    assert site.play(PROVISION).changed == dict.fromkeys(names, 2)
    assert site.writes() == first_writes(*names)
    for index, name in enumerate(names):
        state = site.state(name)
        assert state["services"] == KALEYRA_SERVICES
        assert state["sections"] == {
            **DEFAULT_SECTIONS,
            "chat.SMS_0": sender_id(f"1650{index:03}0000", "chat.Endpoint_0"),
            "chat.SMS_1": sender_id(f"1650{index:03}0001", "chat.Endpoint_1"),
        }
        assert state["sessions"] == 0

    again = site.play(PROVISION, "--diff")
    assert again.changed == dict.fromkeys(names, 0)
    assert again.diff == []
    assert not site.writes()

    site.hosts["beta"]["sender_ids"][1]["endpoint"] = "Night"
    changes = {"alpha": 0, "beta": 1, "gamma": 0}
    looked = site.play(PROVISION, "--check", "--diff")
    assert looked.changed == changes
    assert looked.diff == ['- "endpoint": "chat.Endpoint_1",', '+ "endpoint": "chat.Night",']
    assert not site.writes()

    assert site.play(PROVISION).changed == changes
    assert site.writes() == ["beta: PUT options"]
    assert site.state("beta")["sections"]["chat.SMS_1"] == sender_id("16500010001", "chat.Night")

    assert site.play(REMOVE, *EVERYONE, "--check", "--diff").changed == dict.fromkeys(names, 2)
    assert not site.writes()

    assert site.play(REMOVE, "--limit", "beta").changed == {"beta": 2}
    assert site.writes() == ["beta: DELETE SMS", "beta: DELETE mGageSMS", "beta: PUT options"]
    assert site.play(REMOVE, *EVERYONE).changed == {"alpha": 2, "beta": 0, "gamma": 2}
    for name in names:
        state = site.state(name)
        assert state["services"] == {}
        assert state["sections"] == DEFAULT_SECTIONS
        assert state["sessions"] == 0

    assert site.play(REMOVE, *EVERYONE).changed == dict.fromkeys(names, 0)
    assert not site.writes()


def test_the_inventory_of_the_sandbox_works_unchanged(sandbox: Sandbox, tmp_path: Path) -> None:
    made = play(sandbox, tmp_path, NUMBERS, SANDBOX_INVENTORY, variables={"create_journal": True})
    assert made.changed == {"globex": 1}
    first = play(sandbox, tmp_path, PROVISION, SANDBOX_INVENTORY)
    assert first.changed == {"acme": 2, "globex": 4, "initech": 2}
    assert len(sandbox.writes()) == 11
    assert sandbox.account()["spent"] == 1
    assert sandbox.state(ACME.ccid)["services"]["mGageSMS"]["url"] == sandbox.env["KALEYRA_URL"]
    campaigns = sandbox.state(ACME.ccid)["sections"]["chat.SMS_Campaigns"]
    assert campaigns == {**sender_id("65046", "chat.Campaigns"), "cxcOnly": "true"}


def test_each_tag_runs_its_part(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    validated = site.play(PROVISION, "--tags", "validate")
    assert validated.changed == {"alpha": 0}
    assert_phrases(validated.output, "Check the tenants of the inventory", "(item=tenants: 2)")
    assert not sandbox.requests()

    assert site.play(PROVISION, "--tags", "services").changed == {"alpha": 1, "beta": 1}
    assert site.systems() == {"services"}

    assert site.play(PROVISION, "--tags", "sender_ids").changed == {"alpha": 1, "beta": 1}
    assert site.systems() == {"gws_auth", "configuration"}

    assert site.play(PROVISION).changed == {"alpha": 0, "beta": 0}

    assert site.play(REMOVE, *EVERYONE, "--tags", "sender_ids").changed == {"alpha": 1, "beta": 1}
    assert site.systems() == {"gws_auth", "configuration"}
    assert site.play(REMOVE, *EVERYONE, "--tags", "services").changed == {"alpha": 1, "beta": 1}
    assert site.systems() == {"services"}

    # Nothing is written for a tenant with a problem, with any tag.
    site.hosts["beta"]["ccid"] = "beta"
    for tag, writes in (("services", 2), ("sender_ids", 1)):
        result = site.play(PROVISION, "--tags", tag)
        assert "must be a UUID" in result.failures["beta"]
        assert result.count("failed") == {"alpha": 0, "beta": 1}
        assert result.count("changed") == {"alpha": 1, "beta": 0}
        assert len(sandbox.writes()) == writes


def test_a_removal_requires_limit_or_remove_all(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    assert site.play(PROVISION).changed == {"alpha": 2, "beta": 2}
    asked = site.play(REMOVE)
    assert_phrases(asked.failures["alpha"], "all 2 tenants", "--limit", "remove_all=true")
    assert not sandbox.requests()
    assert site.play(REMOVE, "-e", "remove_all=true").changed == {"alpha": 2, "beta": 2}


def test_limit_provisions_only_that_tenant(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    assert site.play(PROVISION, "--limit", "beta").changed == {"beta": 2}
    assert site.writes() == first_writes("beta")


def test_wrong_credentials_stop_only_their_tenant(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "no-key", "no-password", "good")
    right = {name: dict(variables) for name, variables in site.hosts.items()}
    site.hosts["no-key"]["nexus_api_key"] = "ffffffff-wrong-api-key"
    site.hosts["no-password"]["gws_password"] = "wrong-gws-password"

    # A check finds that before anything is written.
    for options in (["--check"], []):
        result = site.play(PROVISION, *options)
        assert set(result.failures) == {"no-key", "no-password"}
        assert_phrases(result.failures["no-key"], "mGageSMS", f"{sandbox.url}/digital/", "answered 401", "api_key")
        assert_phrases(result.failures["no-password"], f"{sandbox.url}/gws-auth/", "gws_username", "gws_password")
        assert "wrong-" not in result.output
        assert result.count("failed") == {"no-key": 1, "no-password": 1, "good": 0}
        if options:
            assert not site.writes()
    assert [write for write in site.writes() if not write.startswith("no-key")] == sorted(
        [*first_writes("good"), "no-password: POST SMS", "no-password: POST mGageSMS"]
    )
    assert site.state("no-key")["services"] == {}
    assert site.state("no-key")["sections"] == DEFAULT_SECTIONS

    # With the right ones, the next run does only the rest.
    site.hosts = right
    assert site.play(PROVISION).changed == {"no-key": 2, "no-password": 1, "good": 0}
    assert site.writes() == [*first_writes("no-key"), "no-password: PUT options"]


def test_an_unreachable_server_fails_each_tenant(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    with socket.socket() as nobody:
        # The port is bound, so that no other process gets it, but it does not listen.
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        result = site.play(PROVISION, nexus_url=f"{url}/digital", http_options=NO_RETRIES)
        assert_phrases(result.failures["alpha"], url, "nexus_url")
        assert not sandbox.requests()
        result = site.play(PROVISION, gws_url=f"{url}/gws", gws_auth_url=f"{url}/gws-auth", http_options=NO_RETRIES)
        assert_phrases(result.failures["alpha"], url, "gws_auth_url")
    assert site.play(PROVISION).changed == {"alpha": 1}


def test_ignore_errors_hides_no_unreachable_host_in_a_play_of_a_user(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    site.hosts["alpha"]["ansible_connection"] = "nowhere"
    role = {"ansible.builtin.import_role": {"name": "cxops.genesys_sms.kaleyra"}, "ignore_errors": True}
    own = write_yaml(tmp_path / "site.yml", [{"hosts": "all", "gather_facts": False, "tasks": [role]}])
    result = site.play(own, env={"ANSIBLE_CONNECTION_PLUGINS": str(Path(__file__).parent / "plugins/connection")})
    assert (result.rc, result.count("unreachable"), result.count("failed")) == (4, {"alpha": 1}, {"alpha": 0})


@pytest.mark.parametrize(
    ("method", "path", "done", "left"),
    [
        ("POST", "/SMS$", {"mGageSMS"}, ["POST SMS", "PUT options"]),
        ("PUT", "/transactions/", {"mGageSMS", "SMS"}, ["PUT options"]),
    ],
)
def test_the_next_run_completes_a_failed_one(
    sandbox: Sandbox, tmp_path: Path, method: str, path: str, done: set[str], left: list[str]
) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    sandbox.fault("status", path, method, status=500, times=None)
    broken = site.play(PROVISION, http_options=NO_RETRIES)
    assert set(broken.failures) == {"alpha", "beta"}
    for sentence in broken.failures.values():
        assert_phrases(sentence, sandbox.url, "500")
    assert set(site.state("alpha")["services"]) == set(site.state("beta")["services"]) == done
    sandbox.clear_faults()

    assert site.play(PROVISION).changed == dict.fromkeys(("alpha", "beta"), len(left))
    assert site.writes() == sorted(f"{name}: {write}" for name in ("alpha", "beta") for write in left)
    for name in ("alpha", "beta"):
        assert site.state(name)["services"] == KALEYRA_SERVICES
        assert site.state(name)["sessions"] == 0
    assert site.play(PROVISION).changed == {"alpha": 0, "beta": 0}


def test_vaulted_variables(sandbox: Sandbox, tmp_path: Path) -> None:
    """A file that ansible-vault encrypted, and a single encrypted string among plain variables."""
    inventory = shutil.copytree(SANDBOX_INVENTORY, tmp_path / "inventory")
    password = tmp_path / "vault-password"
    password.write_text("of the vault")
    unlock = f"--vault-password-file={password}"
    secrets = inventory / "host_vars/acme/vault.yml"
    assert run("ansible-vault", "encrypt", unlock, secrets, directory=tmp_path).rc == 0
    assert secrets.read_text().startswith("$ANSIBLE_VAULT")
    for name, value in (("kaleyra_username", "inline-username"), ("kaleyra_url", "https://inline.example.com")):
        # Of the files of a host, the last one counts.
        single = secrets.with_name(f"with_{name}.yml")
        options = (unlock, f"--output={single}", f"--name={name}", value)
        assert run("ansible-vault", "encrypt_string", *options, directory=tmp_path).rc == 0
        assert single.read_text().startswith(f"{name}: !vault |")

    play(sandbox, tmp_path, NUMBERS, inventory, unlock, variables={"create_journal": True})
    changed = play(sandbox, tmp_path, PROVISION, inventory, unlock).changed
    assert changed == {"acme": 2, "globex": 4, "initech": 2}
    assert sandbox.state(ACME.ccid)["services"]["mGageSMS"] == {
        "url": "https://inline.example.com",
        "data": {},
        "secret": {"username": "inline-username", "password": "sandbox-kaleyra-password"},
    }
    assert play(sandbox, tmp_path, PROVISION, inventory, unlock).changed == dict.fromkeys(changed, 0)
    locked = play(sandbox, tmp_path, PROVISION, inventory)
    assert locked.rc != 0
    assert "vault" in locked.output
    assert not sandbox.requests()


def test_rotating_a_password_that_the_server_masks(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    sandbox.switch(**{"services.read": "masked"})
    assert site.play(PROVISION).changed == {"alpha": 2}

    site.hosts["alpha"]["kaleyra_password"] = "rotated"
    assert site.play(PROVISION).changed == {"alpha": 0}
    site.hosts["alpha"]["kaleyra_update_secret"] = "always"
    looked = site.play(PROVISION, "--check", "--diff")
    assert looked.changed == {"alpha": 1}
    assert '+ "secret.password",' in looked.diff
    assert "rotated" not in looked.output
    assert not site.writes()

    assert site.play(PROVISION, "--tags", "services").changed == {"alpha": 1}
    assert site.writes() == ["alpha: POST mGageSMS"]
    assert site.state("alpha")["services"]["mGageSMS"]["secret"]["password"] == "rotated"


def test_services_that_can_not_be_read(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    sandbox.switch(**{"services.read": "unsupported"})
    assert_phrases(site.play(PROVISION).failures["alpha"], "does not support reading", "when_unreadable")
    assert not site.writes()

    site.hosts["alpha"]["kaleyra_when_unreadable"] = "write"
    assert site.play(PROVISION).changed == {"alpha": 2}
    assert site.state("alpha")["services"] == KALEYRA_SERVICES
    again = site.play(PROVISION)
    assert again.changed == {"alpha": 1}
    assert "each run writes it again" in " ".join(again.output.split())
    assert site.play(REMOVE, *EVERYONE).changed == {"alpha": 2}
    assert site.state("alpha")["services"] == {}


def test_purge(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    assert site.play(PROVISION).changed == {"alpha": 2}
    del site.hosts["alpha"]["sender_ids"][0]
    assert site.play(PROVISION).changed == {"alpha": 0}

    site.hosts["alpha"]["sender_ids_purge"] = True
    assert site.play(PROVISION, "--check").changed == {"alpha": 1}
    assert not site.writes()
    assert site.play(PROVISION).changed == {"alpha": 1}
    assert set(site.state("alpha")["sections"]) == {*DEFAULT_SECTIONS, "chat.SMS_1"}
    assert site.play(PROVISION).changed == {"alpha": 0}


def test_https(sandbox_tls: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox_tls, tmp_path, "alpha")
    authority = sandbox_tls.env["SANDBOX_CA_PATH"]
    # The test ignores authorities that the environment sets for all programs.
    env = {"REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": "", "SSL_CERT_FILE": ""}
    unknown = site.play(PROVISION, env=env, http_options=NO_RETRIES).failures["alpha"]
    assert_phrases(unknown, sandbox_tls.url, "certificate", "ca_path")
    assert not sandbox_tls.requests()
    assert site.play(PROVISION, env=env, http_options={"ca_path": authority}).changed == {"alpha": 2}
    assert site.writes() == first_writes("alpha")
    assert site.play(PROVISION, env=env, http_options={"validate_certs": False}).changed == {"alpha": 0}


OWN_PLAYBOOK = """
- name: Roles of a play
  hosts: kaleyra
  gather_facts: false
  roles:
    - cxops.genesys_sms.kaleyra

- name: Roles among tasks
  hosts: kaleyra
  gather_facts: false
  tasks:
    - name: Look at the inventory
      ansible.builtin.import_role:
        name: cxops.genesys_sms.preflight
    - name: Provision the sender IDs, with a provider of their own
      ansible.builtin.include_role:
        name: cxops.genesys_sms.sender_ids
      vars:
        sender_ids_provider: Portico
    - name: Provision the services once more
      ansible.builtin.include_role:
        name: cxops.genesys_sms.kaleyra
    - name: Use the tenant's variables in a task
      cxops.genesys_sms.nexus_service_info:
        nexus_url: "{{ nexus_url }}"
        api_key: "{{ nexus_api_key }}"
        ccid: "{{ ccid }}"
      register: found
    - name: Look at what was found
      ansible.builtin.assert:
        that: found.services | map(attribute='service') | list == ['SMS', 'mGageSMS']
"""


def test_roles_in_the_users_own_playbook(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    # These variables are optional, as in the playbook provision.
    for name in ("gws_username", "gws_password"):
        del site.hosts["alpha"][name]
    playbook = tmp_path / "own.yml"
    playbook.write_text(OWN_PLAYBOOK)
    assert site.play(playbook).changed == {"alpha": 2}
    assert site.writes() == first_writes("alpha")
    assert site.state("alpha")["services"] == KALEYRA_SERVICES
    providers = {item.get("provider") for item in site.state("alpha")["sections"].values()}
    assert providers == {None, "Portico"}
    assert site.play(playbook, "--check").changed == {"alpha": 0}


@pytest.mark.parametrize(
    ("variable", "value", "phrases"),
    [
        ("kaleyra_state", "gone", ["kaleyra_state", "present, absent"]),
        ("kaleyra_update_secret", "never", ["kaleyra_update_secret", "on_create, always"]),
        ("http_options", {"timeuot": 3}, ["timeuot", "timeout"]),
        ("sender_ids_provider", "Twilio", ["sender_ids_provider", "Portico, Async, mGage"]),
        ("sender_ids", [{"name": "A", "chanel_id": "12345", "endpoint": "A"}], ["chanel_id", "channel_id"]),
    ],
)
def test_roles_refuse_unknown_choices_and_options(
    sandbox: Sandbox, tmp_path: Path, variable: str, value: object, phrases: list[str]
) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    playbook = write_yaml(
        tmp_path / "own.yml",
        [
            {
                "hosts": "kaleyra",
                "gather_facts": False,
                "roles": ["cxops.genesys_sms.sender_ids" if "sender" in variable else "cxops.genesys_sms.kaleyra"],
            }
        ],
    )
    site.hosts["alpha"][variable] = value
    assert_phrases(site.play(playbook).failures["alpha"], *phrases)
    assert not sandbox.requests()
