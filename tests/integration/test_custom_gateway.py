# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tenant over a custom gateway, from an empty tenant to messages that arrive, over GWS and over GAX."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any

import pytest
from integration.provisioning import PROVISION, REMOVE, Result, Site, assert_phrases, play, write_yaml
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_SECTIONS

NUMBER, OTHER_NUMBER = "16500000000", "16500000001"
DOMAIN = "alpha.example.com"
BACKENDS = ("gws", "gax")

FIRST = ["alpha: POST Async", "alpha: POST SMS", "alpha: PUT options"]


def signature(secret: str, body: str) -> str:
    """Return the expected X-Hub-Signature."""
    return "sha1=" + hmac.new(secret.encode(), body.encode(), hashlib.sha1).hexdigest()


def deliver(site: Site, name: str = "alpha", number: str = NUMBER) -> dict[str, Any]:
    """Make Digital Channels send a message; return what arrived at the tenant's gateway."""
    outcome = site.sandbox.deliver(site.tenants[name].ccid, number)
    delivery: dict[str, Any] = site.sandbox.gateway(name)[-1]
    return {**delivery, "outcome": outcome}


def set_secrets(site: Site, webhook: str, api: str) -> None:
    """Change the secrets in the inventory."""
    for channel in site.hosts["alpha"]["custom_gateway_channels"]:
        channel.update(webhook_secret=webhook, api_secret=api)


def proven(result: Result) -> bool:
    """Return True if the proof was made."""
    return "Prove that Digital Channels has the API secrets" in result.output


@pytest.mark.parametrize("backend", BACKENDS)
def test_provision_send_messages_rotate_and_remove(sandbox: Sandbox, tmp_path: Path, backend: str) -> None:
    site = Site(sandbox, tmp_path, "alpha", gateways={"alpha": backend})
    fields = site.state("alpha")["fields"]

    looked = site.play(PROVISION, "--check", "--diff")
    assert looked.changed == {"alpha": 2}
    assert not site.writes()
    assert not proven(looked)

    assert site.play(PROVISION).changed == {"alpha": 2}
    assert site.writes() == FIRST
    state = site.state("alpha")
    assert state["services"]["SMS"] == {"url": "N/A", "data": {"provider": "Async"}, "secret": {}}
    assert [channel["channelId"] for channel in state["services"]["Async"]["data"]["channels"]] == [
        NUMBER,
        OTHER_NUMBER,
        DOMAIN,
    ]
    assert state["sections"]["Async"] == {"header:X-Tenant": "alpha", "header:X-Token": "header-token"}
    assert {state["sections"][f"chat.SMS_{number}"]["provider"] for number in (0, 1)} == {"Async"}
    assert {name: state["sections"][name] for name in DEFAULT_SECTIONS} == DEFAULT_SECTIONS
    assert state["fields"] == fields
    assert state["media"] == 0

    again = site.play(PROVISION, "--diff")
    assert (again.changed, again.diff) == ({"alpha": 0}, [])
    assert not site.writes()
    assert site.systems() == {"services", *({"gax"} if backend == "gax" else {"gws_auth", "configuration"})}

    # Each number, signed with the secret of the inventory, and with the headers.
    site.sandbox.gateway_secret("alpha", "webhook-secret-alpha")
    for number in (NUMBER, OTHER_NUMBER):
        delivery = deliver(site, number=number)
        assert delivery["outcome"]["delivered"]
        assert delivery["verified"]
        headers = delivery["headers"]
        assert headers["x-hub-signature"] == signature("webhook-secret-alpha", delivery["body"])
        assert (headers["x-tenant"], headers["x-token"]) == ("alpha", "header-token")

    verified = site.play(PROVISION, "--tags", "verify")
    assert verified.changed == {"alpha": 1}
    assert proven(verified)
    # One upload with a wrong signature, and one for each channel.
    assert site.writes() == [f"alpha: POST media {name}" for name in (NUMBER, NUMBER, OTHER_NUMBER, DOMAIN)]
    assert site.state("alpha")["media"] == 3
    checked = site.play(PROVISION, "--tags", "verify", "--check")
    assert (checked.changed, checked.count("skipped")["alpha"]) == ({"alpha": 0}, 1)
    assert not sandbox.requests()

    # Rotated secrets: the next message is signed only with the new one.
    set_secrets(site, "rotated-webhook-secret", "rotated-api-secret")
    failed = site.play(PROVISION, "--tags", "verify")
    assert_phrases(
        failed.failures["alpha"],
        f"The secrets of 3 channels could not be proven. {NUMBER}: Digital Channels answered 401",
    )
    looked = site.play(PROVISION, "--check", "--diff")
    assert looked.changed == {"alpha": 1}
    assert sorted(set(looked.diff)) == ['+ "api_secret"', '+ "secrets_to_write": [', '+ "webhook_secret",', "+ ],"]
    assert "rotated" not in looked.output
    assert not site.writes()
    assert deliver(site)["verified"]

    assert site.play(PROVISION).changed == {"alpha": 1}
    assert site.writes() == ["alpha: POST Async"]
    refused = deliver(site)
    assert (refused["verified"], refused["outcome"]["attempts"]) == (False, [{"status": 401, "error": None}])
    assert refused["headers"]["x-hub-signature"] == signature("rotated-webhook-secret", refused["body"])
    site.sandbox.gateway_secret("alpha", "rotated-webhook-secret")
    assert deliver(site)["verified"]
    assert site.play(PROVISION, "--tags", "verify").changed == {"alpha": 1}

    # One header with another value, and one header less.
    site.hosts["alpha"]["webhook_headers"][:] = [
        {"name": "x-tenant", "value": "renamed"},
        {"name": "X-Token", "state": "absent"},
    ]
    assert site.play(PROVISION).changed == {"alpha": 1}
    assert site.writes() == ["alpha: PUT options"]
    headers = deliver(site)["headers"]
    assert headers["x-tenant"] == "renamed"
    assert "x-token" not in headers

    assert site.play(REMOVE, "--limit", "alpha", "--check", "--diff").changed == {"alpha": 2}
    assert not site.writes()
    assert site.play(REMOVE, "--limit", "alpha").changed == {"alpha": 2}
    state = site.state("alpha")
    assert (state["services"], state["sections"], state["fields"]) == ({}, DEFAULT_SECTIONS, fields)
    assert site.play(REMOVE, "--limit", "alpha").changed == {"alpha": 0}
    assert not site.writes()


@pytest.mark.parametrize("variant", ["masked", "masked_all", "omitted"])
def test_rotation_on_a_server_that_hides_secrets(sandbox: Sandbox, tmp_path: Path, variant: str) -> None:
    site = Site(sandbox, tmp_path, "alpha", gateways={"alpha": "gws"})
    sandbox.switch(**{"services.read": variant})
    assert site.play(PROVISION, "--tags", "services").changed == {"alpha": 1}
    set_secrets(site, "rotated-webhook-secret", "rotated-api-secret")
    assert site.play(PROVISION, "--tags", "services").changed == {"alpha": 0}
    rotated = site.play(PROVISION, "--tags", "services", custom_gateway_update_secret="always")
    assert rotated.changed == {"alpha": 1}
    assert site.writes() == ["alpha: POST Async"]
    assert site.play(PROVISION, "--tags", "verify").changed == {"alpha": 1}


@pytest.mark.parametrize("way", ["playbook", "roles", "include_role"])
def test_a_tag_of_the_user_does_not_start_the_proof(sandbox: Sandbox, tmp_path: Path, way: str) -> None:
    """Such a tag reaches all tasks, also those with the tag never. But the proof uploads files."""
    site = Site(sandbox, tmp_path, "alpha", gateways={"alpha": "gws"})
    role = "cxops.genesys_sms.custom_gateway"
    included = {"ansible.builtin.include_role": {"name": role, "apply": {"tags": ["sms"]}}, "tags": ["sms"]}
    plays: dict[str, dict[str, Any]] = {
        "playbook": {"import_playbook": PROVISION, "tags": ["sms"]},
        "roles": {"hosts": "all", "gather_facts": False, "roles": [{"role": role, "tags": ["sms"]}]},
        "include_role": {"hosts": "all", "gather_facts": False, "tasks": [included]},
    }
    playbook = write_yaml(tmp_path / "own.yml", [plays[way]])
    assert site.play(playbook, "--tags", "sms").changed == {"alpha": 2 if way == "playbook" else 1}
    assert not [write for write in site.writes() if "media" in write]
    assert proven(site.play(playbook, "--tags", "sms,verify"))


def test_messages_that_the_gateway_refuses_are_sent_again(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", gateways={"alpha": "gax"})
    assert site.play(PROVISION).changed == {"alpha": 2}
    sandbox.gateway_secret("alpha", "webhook-secret-alpha")
    sandbox.fault("status", path="^/gateway/", status=503)
    outcome = sandbox.deliver(site.tenants["alpha"].ccid, NUMBER, pause=0)
    assert [attempt["status"] for attempt in outcome["attempts"]] == [503, 200]
    sandbox.fault("hang", path="^/gateway/")
    outcome = sandbox.deliver(site.tenants["alpha"].ccid, NUMBER, pause=0, timeout=0.2)
    assert [attempt["status"] for attempt in outcome["attempts"]] == [None, 200]
    assert [delivery["verified"] for delivery in sandbox.gateway("alpha")] == [True, True]


def test_all_options_and_ways_in_one_run(sandbox: Sandbox, tmp_path: Path) -> None:
    names = ("kaleyra", "over-gws", "over-gax")
    site = Site(sandbox, tmp_path, *names, gateways={"over-gws": "gws", "over-gax": "gax"})
    assert site.play(PROVISION, "--tags", "validate").changed == {"kaleyra": 0}
    assert not sandbox.requests()

    services = {"kaleyra": 1, "over-gws": 1, "over-gax": 1}
    assert site.play(PROVISION, "--tags", "services").changed == services
    assert site.systems() == {"services"}
    headers = {"kaleyra": 0, "over-gws": 1, "over-gax": 1}
    assert site.play(PROVISION, "--tags", "webhook_headers").changed == headers
    assert site.systems() == {"gws_auth", "configuration", "gax"}
    assert site.play(PROVISION, "--tags", "sender_ids").changed == dict.fromkeys(names, 1)
    assert site.play(PROVISION).changed == dict.fromkeys(names, 0)
    assert not site.writes()
    assert site.state("over-gws")["sections"]["chat.SMS_0"]["provider"] == "Async"
    assert site.state("kaleyra")["sections"]["chat.SMS_0"]["provider"] == "mGage"

    refused = site.play(REMOVE)
    assert_phrases(next(iter(refused.failures.values())), "all 3 tenants", "--limit")
    assert not sandbox.requests()
    assert site.play(REMOVE, "-e", "remove_all=true").changed == {"kaleyra": 2, "over-gws": 2, "over-gax": 2}
    for name in names:
        assert (site.state(name)["services"], site.state(name)["sections"]) == ({}, DEFAULT_SECTIONS)


def test_a_tenant_without_headers_opens_no_session_for_them(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", gateways={"alpha": "gax"})
    del site.hosts["alpha"]["webhook_headers"]
    assert site.play(PROVISION, "--tags", "webhook_headers").changed == {"alpha": 0}
    assert not site.systems()
    assert site.play(PROVISION, "--tags", "webhook_headers", webhook_headers_purge=True).changed == {"alpha": 0}
    assert site.systems() == {"gax"}


@pytest.mark.parametrize("way", ["gws", "gax"])
def test_headers_and_sender_ids_need_one_session(sandbox: Sandbox, tmp_path: Path, way: str) -> None:
    site = Site(sandbox, tmp_path, "alpha", gateways={"alpha": way})
    own = {"Async": {"header:X-Tenant": "alpha", "header:X-Token": "header-token"}}

    def logins() -> int:
        return len([one for one in sandbox.requests() if one.path.endswith(("/oauth/token", "/session/login"))])

    # A run that leaves one of them out does only the other.
    assert site.play(PROVISION, "--skip-tags", "sender_ids").changed == {"alpha": 2}
    assert site.state("alpha")["sections"] == {**DEFAULT_SECTIONS, **own}
    assert site.play(REMOVE, "--tags", "webhook_headers", "-e", "remove_all=true").changed == {"alpha": 1}
    both = (["--diff"], ["--tags", "webhook_headers,sender_ids"])
    for options in both:
        done = site.play(PROVISION, *options)
        assert done.changed["alpha"] > 0
        assert logins() == 1
        assert site.state("alpha")["sections"]["Async"] == own["Async"]
        assert "header-token" not in done.output
        assert site.play(PROVISION, *options).changed == {"alpha": 0}
        assert site.play(REMOVE, *options, "-e", "remove_all=true").changed["alpha"] > 0
        assert logins() == 1
        assert site.state("alpha")["sections"] == DEFAULT_SECTIONS
    assert "X-Token" in site.play(PROVISION, "--check", "--diff").output


def test_a_missing_group_in_the_inventory_gives_no_warning(sandbox: Sandbox, tmp_path: Path) -> None:
    for name, gateways in (("alpha", {"alpha": "gws"}), ("beta", {})):
        site = Site(sandbox, tmp_path, name, gateways=gateways)
        result = site.play(PROVISION, "--tags", "validate")
        assert result.changed == {name: 0}
        assert "[WARNING]" not in result.output


def test_problems_of_the_inventory_are_reported_before_any_request(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma", gateways=dict.fromkeys(("alpha", "beta", "gamma"), "gax"))
    alpha, beta = site.hosts["alpha"], site.hosts["beta"]
    alpha["custom_gateway_channels"][1].update(channel_id=NUMBER, webhook_url="sftp://gateway", api_secret="")
    alpha["custom_gateway_channels"][2].update(channel_id="mail example.com")
    alpha["webhook_headers"] += [
        {"name": "x-token", "value": "hunter2\n"},
        {"name": "X-Hub-Signature", "value": "hunter2"},
    ]
    beta["gax_username"] = alpha["gax_username"]
    beta["custom_gateway_channels"][1].update(channel_id=NUMBER)
    site.hosts["gamma"].update(configuration="ssh", custom_gateway_channels=None)
    result = site.play(PROVISION)
    assert not sandbox.requests()
    failures = result.failures
    place = "custom_gateway_channels"
    assert_phrases(
        failures["alpha"],
        f"{place}[1].channel_id: the channel {NUMBER} is also in custom_gateway_channels[0]. List each channel once.",
        f"{place}[1].webhook_url: must be an absolute http or https URL.",
        f"{place}[1].api_secret: it is empty.",
        f"{place}[2].channel_id: it is neither a phone number of 3 to 15 digits nor an e-mail domain.",
        "webhook_headers[2].value: it has whitespace at its start or end, a line break, or another character",
        "webhook_headers[2].name: the header x-token is also in webhook_headers[1]",
        "webhook_headers[3].name: X-Hub-Signature can't be set: Digital Channels writes the signature of the webhook",
        "gax_username: beta uses the same login",
        f"{place}[0].channel_id: the channel {NUMBER} also belongs to beta.",
    )
    assert_phrases(
        failures["beta"],
        "gax_username: alpha uses the same login",
        f"{place}[1].channel_id: the channel {NUMBER} also belongs to alpha.",
    )
    assert_phrases(failures["gamma"], "configuration: this value is not supported", f"{place}: it is not set")
    assert "hunter2" not in result.output


def test_a_tenant_has_one_option(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    site.play(PROVISION, "--tags", "validate")
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(f"{inventory.read_text()}custom_gateway:\n  hosts:\n    alpha:\n", encoding="utf-8")
    result = play(sandbox, tmp_path, PROVISION, inventory)
    (told,) = result.failures["alpha"].splitlines()
    assert_phrases(told, "in the groups kaleyra and custom_gateway. A tenant has one SMS option")
    assert result.count("changed") == {"alpha": 0, "beta": 2}


def test_a_fault_during_provision_is_repaired_by_the_next_run(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", gateways={"alpha": "gax", "beta": "gax"})
    # The run itself finds out about a write without a response. The next run repeats a refused write.
    sandbox.fault("cut", path="/CfgTransaction/", method="PUT", when="after")
    sandbox.fault("status", path=f"/{site.tenants['alpha'].ccid}/SMS$", method="POST", status=403)
    result = site.play(PROVISION)
    assert_phrases(result.failures["alpha"], "Could not write the service SMS", "answered 403")
    assert result.count("failed") == {"alpha": 1, "beta": 0}
    # The recap does not count the changes of a failed task.
    assert result.count("changed") == {"alpha": 0, "beta": 2}
    assert "These changes were made before: create the channel" in result.failures["alpha"]
    assert site.play(PROVISION).changed == {"alpha": 2, "beta": 0}
    assert site.play(PROVISION).changed == {"alpha": 0, "beta": 0}
