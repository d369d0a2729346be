# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook decommission, with tenants of each SMS option."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from integration.busy import Busy
from integration.provisioning import (
    DECOMMISSION,
    KALEYRA_PASSWORD,
    NO_RETRIES,
    PROVISION,
    Result,
    Site,
    assert_phrases,
    run,
    variables_of,
)
from integration.slices import kill
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS, DEFAULT_SECTIONS
from tools.collection import ROOT

NAMES = ("alpha", "beta", "gamma", "delta")
GATEWAYS = {"beta": "gws", "gamma": "gax"}
NUMBER = "18445550000"
OTHERS = "18445559001"
ALL = {"decommission_all": True, "decommission_api_key": True}
ODD = {"Chat.Odd": {"channelId": "16504669009", "channelType": "sms", "endpoint": "chat.Main"}}


def key_of(name: str) -> str:
    """Return the API key of a tenant."""
    return f"abababab-0000-4000-8000-{NAMES.index(name):012}"


class Fleet:
    """Tenants of each SMS option that were provisioned. Each has an API key, and a key of another product."""

    def __init__(self, sandbox: Sandbox, directory: Path, *names: str) -> None:
        self.sandbox = sandbox
        gateways = {name: way for name, way in GATEWAYS.items() if name in names}
        self.site = Site(sandbox, directory, *names, gateways=gateways, clouds=("delta",) if "delta" in names else ())
        for name in names:
            ccid = self.site.tenants[name].ccid
            sandbox.create_api_key(key_of(name), name, ccid)
            sandbox.create_api_key(key_of(name).replace("abab", "cdcd"), f"{name}-Designer", ccid)
            self.site.hosts[name]["nexus_api_key"] = key_of(name)
        provisioned = self.play(PROVISION)
        assert provisioned.rc == 0, provisioned.output

    def play(self, playbook: str, *options: str, **variables: Any) -> Result:
        return self.site.play(playbook, *options, http_options=NO_RETRIES, **variables)

    def leave(self, *options: str, **variables: Any) -> Result:
        """Run the playbook with differences. Require that no secret is shown."""
        result = self.play(DECOMMISSION, "--diff", *options, **variables)
        secrets = {key_of(name) for name in self.site.hosts} | {host["gws_password"] for host in self.hosts_with_gws}
        secrets |= {client.secret for client in CLOUD_CLIENTS} | {KALEYRA_PASSWORD, "header-token"}
        secrets |= {f"{kind}-secret-{name}" for kind in ("api", "webhook") for name in GATEWAYS}
        assert [secret for secret in secrets if secret in result.output] == []
        return result

    @property
    def hosts_with_gws(self) -> list[dict[str, Any]]:
        return [host for host in self.site.hosts.values() if "gws_password" in host]

    def service_by_hand(self, name: str, service: str, document: dict[str, Any]) -> None:
        """Write a service, as a former SMS option has left it."""
        ccid = self.site.tenants[name].ccid
        url = f"{self.sandbox.env['NEXUS_URL']}/nexus/v3/provisioning/services/{ccid}/{service}"
        headers = {"x-api-key": key_of(name), "x-ccid": ccid}
        requests.post(url, json=document, headers=headers, timeout=10).raise_for_status()

    def number_by_hand(self, number: str, **fields: str) -> None:
        """Buy a number as the integration, as a person would."""
        env, client = self.sandbox.env, CLOUD_CLIENTS[1]
        form = {"grant_type": "client_credentials"}
        login = requests.post(f"{env['GC_LOGIN_URL']}/oauth/token", form, auth=(client.id, client.secret), timeout=10)
        url = f"{env['GC_API_URL']}/api/v2/messaging/sms/provisioning/tollfreenumbers"
        headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
        body = [{"tollfreeNumber": number, **fields}]
        requests.post(url, json=body, headers=headers, timeout=10).raise_for_status()

    def numbers(self) -> list[str]:
        return sorted(item["tollfreeNumber"] for item in self.sandbox.account()["numbers"])

    def is_key(self, name: str) -> bool:
        """Return True if the API key of a tenant works."""
        ccid = self.site.tenants[name].ccid
        url = f"{self.sandbox.env['NEXUS_URL']}/nexus/v3/provisioning/services/{ccid}"
        found = requests.get(url, headers={"x-api-key": key_of(name), "x-ccid": ccid}, timeout=10)
        return found.status_code != 401

    def is_gone(self, name: str) -> bool:
        state = self.site.state(name)
        return (state["services"], state["sections"]) == ({}, DEFAULT_SECTIONS)


KALEYRA = {"url": "https://kaleyra", "data": {}, "secret": {"username": "u", "password": KALEYRA_PASSWORD}}


def test_tenants_of_each_option_leave_nothing_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    """Check mode shows it, a run does it, and the next one changes nothing. Only what was confirmed goes."""
    fleet = Fleet(sandbox, tmp_path, *NAMES)
    site = fleet.site
    # What former SMS options left, and what the inventory does not list.
    fleet.service_by_hand("beta", "mGageSMS", KALEYRA)
    fleet.service_by_hand("delta", "mGageSMS", KALEYRA)
    del site.hosts["alpha"]["sender_ids"][0]
    del site.hosts["beta"]["webhook_headers"]
    fleet.number_by_hand(OTHERS, webhookUsername=site.tenants["delta"].ccid)
    # A tenant over GAX needs the login to Genesys Web Services only for its API key.
    gws = variables_of(sandbox, site.tenants["gamma"], [])
    site.hosts["gamma"].update({name: value for name, value in gws.items() if name.startswith("gws_")})
    sandbox.fault("edit", ccid=site.tenants["alpha"].ccid, sections=ODD)

    planned = fleet.leave("--check", "-vvvv", **ALL, decommission_numbers=f'["{NUMBER}"]')
    assert (planned.rc, sandbox.writes()) == (0, []), planned.output
    assert_phrases(
        planned.output,
        "Would be done:",
        "delete the sender ID chat.SMS_0",
        "remove the header X-Token",
        "remove the channel beta.example.com",
        f"release the number {NUMBER}",
        "delete the API key alpha",
    )
    done = fleet.leave("-vvvv", **ALL, decommission_numbers=f"+1 844 555 0000, {NUMBER}")
    # The configuration, the services and the key. And a number.
    assert done.changed == {"alpha": 3, "beta": 3, "gamma": 3, "delta": 4}
    assert [fleet.is_gone(name) for name in ("beta", "gamma", "delta")] == [True] * 3
    assert site.state("alpha")["services"] == {}
    assert site.state("alpha")["sections"] == {**DEFAULT_SECTIONS, **ODD}
    assert fleet.numbers() == [OTHERS]
    assert [fleet.is_key(name) for name in NAMES] == [False] * 4
    assert_phrases(
        done.output,
        f"- The number {OTHERS} (without a slot). It costs money.",
        "- The sections Chat.Odd, because",
        "The other API keys of the tenant (beta-Designer), because other products may use them.",
        "- The cluster API key and the OAuth client",
        "- The host gamma in the inventory. When no run needs it",
    )
    again = fleet.leave(**ALL, decommission_numbers=[NUMBER])
    assert (again.changed, sandbox.writes()) == (dict.fromkeys(NAMES, 0), [])
    assert again.output.count("Nothing is to be done.") == 4
    assert f"No account of this run has {NUMBER}: released before, or mistyped." in again.output
    assert again.output.count("The services were not looked at, because the API key") == 4
    # As the message says. The key is gone, so a section that is listed does not make it a wrong one.
    site.hosts["alpha"]["sender_ids"] = [{"name": "Chat.Odd", "state": "absent"}]
    assert fleet.leave("--limit", "alpha").changed == {"alpha": 1}
    assert fleet.is_gone("alpha")


def test_without_confirmations_numbers_and_the_key_stay(sandbox: Sandbox, tmp_path: Path) -> None:
    """Texts as from surveys count as what they say."""
    fleet = Fleet(sandbox, tmp_path, "alpha", "delta")
    for all_of_them in ("", "false"):
        refused = fleet.leave(decommission_all=all_of_them)
        assert_phrases(refused.failures["alpha"], "remove everything of all 2 tenants", "decommission_all=true")
    for limit in ("", ",", ":"):
        assert "all 2 tenants" in fleet.leave("--limit", limit).failures["alpha"]
    assert sandbox.requests() == []
    free = {"ANSIBLE_STRATEGY": "free"}
    texts = ("decommission_all=true", "decommission_api_key=false", "decommission_numbers=")
    result = fleet.site.play(DECOMMISSION, *(word for text in texts for word in ("-e", text)), env=free)
    assert result.changed == {"alpha": 2, "delta": 2}
    assert (fleet.is_gone("alpha"), fleet.is_gone("delta"), fleet.numbers()) == (True, True, [NUMBER])
    assert (fleet.is_key("alpha"), fleet.is_key("delta")) == (True, True)
    assert_phrases(
        result.output,
        f"- The number {NUMBER} (slot main). It costs money.",
        "because its deletion is not confirmed",
        "add -e decommission_api_key=true",
    )
    # The inventory confirms the number.
    fleet.site.hosts["delta"]["tollfree_numbers"][0].update(state="absent", release_confirmation=NUMBER)
    del fleet.site.hosts["delta"]["sender_ids"]
    assert fleet.leave("--limit", "delta", decommission_api_key="yes").changed == {"delta": 2}
    assert (fleet.numbers(), fleet.is_key("delta"), fleet.is_key("alpha")) == ([], False, True)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("18445559002", "belongs to the tenant "),
        ("18445559003", "nothing in this run says which tenant has 18445559003"),
        ("main", "decommission_numbers[0]: must be a number"),
    ],
)
def test_a_wrong_number_stops_the_tenant_before_anything_is_removed(
    sandbox: Sandbox, tmp_path: Path, asked: str, message: str
) -> None:
    fleet = Fleet(sandbox, tmp_path, "delta")
    fleet.number_by_hand("18445559002", webhookUsername="9d2f7c1e-3b84-4a60-8f15-6e0a7c52d943")
    fleet.number_by_hand("18445559003")
    result = fleet.leave("--limit", "delta", decommission_numbers=[asked, NUMBER])
    assert_phrases(result.failures["delta"], message)
    assert_phrases(result.output, "This tenant is not finished.")
    assert sandbox.writes() == []


def test_keys_that_are_never_deleted(sandbox: Sandbox, tmp_path: Path) -> None:
    """One that two tenants have, and one of the whole installation."""
    fleet = Fleet(sandbox, tmp_path, "alpha", "beta")
    cluster = "abababab-0000-4000-8000-0000000000ff"
    sandbox.create_api_key(cluster, "Cluster API Key")
    hosts = fleet.site.hosts
    hosts["beta"]["nexus_api_key"] = cluster
    hosts["gamma"] = {**hosts["alpha"], "ccid": "5c1d8f40-26b7-4e93-8a15-7d9e0b3f6a21", "gws_username": "other"}
    hosts["gamma"]["sender_ids"] = []
    result = fleet.leave("--limit", "alpha,beta", **ALL)
    assert result.changed == {"alpha": 2, "beta": 2}
    assert fleet.is_key("alpha")
    assert_phrases(
        result.output,
        "The API key alpha stays, because the inventory also has it for gamma.",
        "The API key Cluster API Key stays, because it is a key of the whole installation.",
    )
    # It is not known which key another tenant has.
    hosts["gamma"]["nexus_api_key"] = "{{ nowhere }}"
    unsure = fleet.leave("--limit", "alpha", **ALL)
    assert_phrases(unsure.output, "nexus_api_key: it can't be read for the tenant gamma")
    assert (unsure.rc, sandbox.writes()) == (2, [])


@pytest.mark.parametrize(
    ("switches", "stays"),
    [
        ({"apikeys.list": "unsupported"}, ""),
        ({"apikeys.change": "unsupported"}, "this server can't delete API keys by its API"),
        ({"services.read": "masked"}, ""),
        ({"services.read": "unsupported", "services.list": "unsupported"}, ""),
    ],
)
def test_servers_that_differ(sandbox: Sandbox, tmp_path: Path, switches: dict[str, str], stays: str) -> None:
    fleet = Fleet(sandbox, tmp_path, "beta")
    sandbox.switch(**switches)
    result = fleet.leave("--limit", "beta", **ALL)
    assert result.changed == {"beta": 2 if stays else 3}
    assert fleet.is_gone("beta")
    assert fleet.is_key("beta") is bool(stays)
    assert ("The API key beta stays" in result.output, stays in result.output) == (bool(stays), True)
    again = fleet.leave("--limit", "beta", **ALL)
    assert again.changed == {"beta": 0}
    assert "Nothing is to be done." in again.output
    assert ("The API key beta stays" in again.output) is bool(stays)


def test_a_tenant_that_fails_does_not_stop_others(sandbox: Sandbox, tmp_path: Path) -> None:
    """A key that does not exist, although its tenant was never decommissioned, is a failure."""
    fleet = Fleet(sandbox, tmp_path, "alpha", "delta")
    fleet.site.hosts["alpha"]["nexus_api_key"] = "abababab-0000-4000-8000-00000000000a"
    planned = fleet.leave("--check", **ALL)
    assert_phrases(planned.failures["alpha"], "nexus_api_key: this API key does not exist")
    sandbox.fault("status", "/tollfreenumbers", "GET", status=503)
    result = fleet.leave(**ALL)
    assert_phrases(result.failures["alpha"], "nexus_api_key: this API key does not exist")
    assert result.count("failed") == {"alpha": 1, "delta": 0}
    assert_phrases(result.output, "The numbers, which could not be read.")
    assert fleet.is_gone("delta")
    again = fleet.leave(**ALL)
    assert again.failures["alpha"] == result.failures["alpha"]
    assert again.count("changed") == {"alpha": 0, "delta": 0}
    fleet.site.hosts["alpha"]["nexus_api_key"] = key_of("alpha")
    assert fleet.leave(**ALL).changed == {"alpha": 3, "delta": 0}
    assert fleet.is_gone("alpha")


def test_a_journal_that_can_not_be_read_stops_its_tenant_only(sandbox: Sandbox, tmp_path: Path) -> None:
    fleet = Fleet(sandbox, tmp_path, "alpha", "delta")
    hosts = fleet.site.hosts
    hosts["alpha"] |= {name: value for name, value in hosts["delta"].items() if name.startswith("gc_")}
    hosts["alpha"]["genesys_cloud_journal_password"] = "{{ nowhere }}"
    result = fleet.leave(**ALL)
    assert_phrases(result.failures["alpha"], "genesys_cloud_journal_password: ")
    assert result.count("failed") == {"alpha": 1, "delta": 0}
    assert (fleet.is_gone("alpha"), fleet.is_gone("delta")) == (False, True)


def test_confirmed_numbers_of_tenants_that_can_not_release_them(sandbox: Sandbox, tmp_path: Path) -> None:
    """One has no login to Genesys Cloud CX any more, and one did not pass the preflight. The others go on."""
    fleet = Fleet(sandbox, tmp_path, "alpha", "beta", "delta")
    hosts = fleet.site.hosts
    fleet.number_by_hand(OTHERS, webhookUsername=fleet.site.tenants["alpha"].ccid)
    hosts["beta"] |= {
        name: hosts["delta"][name] for name in hosts["delta"] if name.startswith(("gc_", "genesys_cloud_journal"))
    }
    seen = fleet.leave("--check", decommission_all=True)
    assert_phrases(seen.output, f"- The number {OTHERS} (without a slot). It costs money.")
    del hosts["delta"]["nexus_api_key"]
    result = fleet.leave(decommission_all=True, decommission_numbers=[NUMBER, OTHERS])
    assert_phrases(result.failures["alpha"], f"{OTHERS} belongs to this tenant, which has no gc_client_id")
    assert_phrases(result.failures["delta"], "nexus_api_key: it is not set")
    assert result.count("failed") == {"alpha": 1, "beta": 0, "delta": 1}
    assert [fleet.is_gone(name) for name in ("alpha", "beta", "delta")] == [False, True, False]
    assert fleet.numbers() == [NUMBER, OTHERS]
    alone = fleet.leave("--limit", "beta", decommission_numbers=[OTHERS])
    assert_phrases(alone.failures["beta"], f"{OTHERS} belongs to the tenant alpha, which is not in this run.")


def test_a_tenant_without_a_login_for_its_key(sandbox: Sandbox, tmp_path: Path) -> None:
    fleet = Fleet(sandbox, tmp_path, "gamma")
    assert_phrases(fleet.leave("--limit", "gamma", **ALL).failures["gamma"], "gws_url: it is required")
    assert sandbox.writes() == []
    result = fleet.leave("--limit", "gamma")
    assert result.changed == {"gamma": 2}
    assert_phrases(result.output, "- The API keys, which were not read. gws_url: it is required")
    assert fleet.is_gone("gamma")


def test_a_login_without_the_right_to_manage_keys(sandbox: Sandbox, tmp_path: Path) -> None:
    fleet = Fleet(sandbox, tmp_path, "alpha")
    sandbox.fault("status", "/apikeys$", status=403, body={"status": {"code": 603}}, times=None)
    refused = fleet.leave("--limit", "alpha", **ALL)
    assert_phrases(refused.failures["alpha"], "Could not list the API keys")
    assert sandbox.writes() == []
    assert fleet.leave("--limit", "alpha").changed == {"alpha": 2}
    assert fleet.is_gone("alpha")


def test_a_run_that_is_killed_is_continued(sandbox: Sandbox, tmp_path: Path) -> None:
    fleet = Fleet(sandbox, tmp_path, "beta")
    sandbox.fault("hang", "/Async$", "DELETE", when="after")
    process = subprocess.Popen(
        [
            *(Path(sys.executable).with_name("ansible-playbook"), "-i", fleet.site.inventory(), DECOMMISSION),
            *("--limit", "beta", "-e", json.dumps(ALL)),
        ],
        env={**os.environ, "ANSIBLE_HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not sandbox.faults()[0]["hits"]:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # Its worker is a process group of its own, and would call the sandbox of a later test.
    kill(process)
    process.wait()
    sandbox.clear_faults()
    assert fleet.is_key("beta")
    assert fleet.site.state("beta")["sections"] == DEFAULT_SECTIONS
    assert fleet.leave("--limit", "beta", **ALL).rc == 0
    assert (fleet.is_gone("beta"), fleet.is_key("beta")) == (True, False)


def test_other_tenants_lose_no_message(sandbox: Sandbox, tmp_path: Path) -> None:
    busy = Busy(sandbox, tmp_path)
    sandbox.create_api_key(key_of("beta"), "beta", busy.site.tenants["beta"].ccid)
    busy.hosts["beta"]["nexus_api_key"] = key_of("beta")
    busy.play(PROVISION)
    traffic = busy.play(DECOMMISSION, "--limit", "beta", "-e", "decommission_api_key=true")
    assert [record.path.rpartition("/")[2] for record in sandbox.writes() if record.system == "api_keys"] == [
        key_of("beta")
    ]
    assert [traffic.of(name).failed for name in ("alpha", "gamma")] == [[], []]
    out = traffic.of("beta", "out")
    assert out.before(busy.options("beta")[0]).failed == []
    assert {one.result for one in out.after(busy.options("beta")[0]).messages} == {"refused"}


def test_the_documented_commands(sandbox: Sandbox, tmp_path: Path) -> None:
    """docs/decommission.md, from the plan to the last number."""
    fleet = Fleet(sandbox, tmp_path, "alpha", "delta")
    text = (ROOT / "docs/decommission.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?:^ {4}(?:ansible-playbook| {2}-e) .*\n)+", text, re.MULTILINE)
    plan, remove, release, key = [shlex.split(block.replace("\\\n", "")) for block in blocks]
    places = {"inventories/production": str(fleet.site.inventory()), "acme": "delta", "18445551212": NUMBER}

    def execute(words: list[str]) -> Result:
        for name, place in places.items():
            words = [word.replace(name, place) for word in words]
        sandbox.clear_requests()
        return run(*words, directory=tmp_path)

    assert_phrases(execute(plan).output, "Would be done:", f"The number {NUMBER} (slot main).")
    assert sandbox.writes() == []
    assert execute(remove).changed == {"delta": 2}
    assert (fleet.is_gone("delta"), fleet.numbers()) == (True, [NUMBER])
    assert execute(release).changed == {"delta": 1}
    assert fleet.numbers() == []
    assert [execute(key).changed for _time in range(2)] == [{"delta": 1}, {"delta": 0}]
    assert not fleet.is_gone("alpha")
