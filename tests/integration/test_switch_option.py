# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook switch_option. The tenant is in the group of its former option until a person edits the inventory."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from integration.provisioning import (
    NO_RETRIES,
    PROVISION,
    SWITCH,
    Result,
    Site,
    assert_phrases,
    cloud_variables,
    gateway_variables,
    numbers,
    run,
    variables_of,
    write_yaml,
)
from integration.test_provision_secrets import LOUD, MARK, leaks
from sandbox.control import Sandbox
from tools.collection import ROOT

OPTIONS_REFUSED = "transactions/[0-9]+$"


def give(site: Site, name: str, option: str) -> None:
    """Add the variables of another SMS option to those of a tenant."""
    tenant, host = site.tenants[name], site.hosts[name]
    listed = host["sender_ids"] if "slot" not in host["sender_ids"][0] else numbers(7)
    host["sender_ids"] = listed
    of_option = {
        "kaleyra": lambda: variables_of(site.sandbox, tenant, listed),
        "custom_gateway": lambda: gateway_variables(site.sandbox, tenant, listed, "gws"),
        "genesys_cloud": lambda: cloud_variables(site.sandbox, tenant, site.journal),
    }[option]()
    prefixes = ("kaleyra_", "custom_gateway_", "webhook_headers", "gc_", "genesys_cloud_", "tollfree", "nexus_cluster")
    host.update({key: value for key, value in of_option.items() if key.startswith(prefixes)})


def providers(site: Site, name: str) -> set[str]:
    """Return the providers of a tenant's sender IDs."""
    sections = site.state(name)["sections"].values()
    return {options["provider"] for options in sections if options.get("channelType") == "sms"}


def sms(site: Site, name: str) -> Any:
    """Return the data of the service SMS of a tenant."""
    return site.state(name)["services"]["SMS"]["data"]


def changes(site: Site) -> list[str]:
    """Return the writes of the last run, without uploads to channels."""
    return [write for write in site.writes() if " media " not in write]


def test_a_tenant_is_switched_and_its_inventory_edited(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    assert site.play(PROVISION).rc == 0
    give(site, "alpha", "custom_gateway")
    asked: dict[str, Any] = {"switch_to": "custom_gateway", "switch_remove_former": "false", "switch_without_probe": ""}

    planned = site.play(SWITCH, "--limit", "alpha", "--check", "--diff", **asked)
    assert planned.changed == {"alpha": 2}
    assert sandbox.writes() == []
    assert '+ "provider": "Async"' in {line.rstrip(",") for line in planned.diff}
    assert_phrases(planned.output, "After the switch: In the inventory, move alpha from the group kaleyra")

    # The settings of a user make no difference.
    env = {"ANSIBLE_STRATEGY": "free", "ANSIBLE_ANY_ERRORS_FATAL": "true"}
    result = site.play(SWITCH, "--limit", "alpha", "--diff", env=env, **asked)
    # The probe counts as a change, because it uploads a file.
    assert result.changed == {"alpha": 3}
    assert changes(site) == ["alpha: POST Async", "alpha: POST SMS", "alpha: PUT options"]
    assert (sms(site, "alpha"), providers(site, "alpha")) == ({"provider": "Async"}, {"Async"})
    assert site.state("alpha")["sections"]["Async"]["header:X-Tenant"] == "alpha"
    assert (sms(site, "beta"), providers(site, "beta")) == ({"provider": "mGage"}, {"mGage"})
    assert_phrases(
        result.output,
        "In the inventory, move alpha from the group kaleyra to the group custom_gateway. Until then, do not run",
        "alpha does not need these variables any more: kaleyra_password, kaleyra_url, kaleyra_username.",
        "These belong to other SMS options, with their credentials: mGageSMS.",
    )

    # A second run has nothing to do, and removes what is left if it is asked to.
    assert site.play(SWITCH, "--limit", "alpha", **asked).changed == {"alpha": 0}
    assert changes(site) == []
    result = site.play(SWITCH, "--limit", "alpha", **{**asked, "switch_remove_former": "true"})
    assert result.changed == {"alpha": 1}
    assert changes(site) == ["alpha: DELETE mGageSMS"]
    assert "left, with their credentials" not in result.output

    # After the edit, provision has nothing to do, and neither has the switch.
    site.gateways["alpha"] = "gws"
    assert site.play(PROVISION).changed == {"alpha": 0, "beta": 0}
    result = site.play(SWITCH, "--limit", "alpha", **asked)
    assert result.rc == 0
    assert_phrases(result.output, "alpha: already in the group custom_gateway of the inventory.")
    assert sandbox.requests() == []


def test_genesys_cloud_in_both_directions(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "gamma", clouds=("gamma",))
    assert site.play(PROVISION).rc == 0
    give(site, "alpha", "genesys_cloud")
    alpha = site.hosts["alpha"]
    kept = alpha["sender_ids"][0]
    alpha["sender_ids"] = [kept, {"name": "SMS_1", "slot": "main", "endpoint": "Main"}]
    # The usual rules for purchases hold. Nothing of SMS is changed before they are met.
    refused = site.play(SWITCH, "--limit", "alpha", switch_to="genesys_cloud", genesys_cloud_purchase_allowed=False)
    assert_phrases(refused.failures["alpha"], "purchase_allowed")
    assert changes(site) == ["alpha: POST PorticoSMS"]
    assert site.play(SWITCH, "--limit", "alpha", switch_to="genesys_cloud").changed == {"alpha": 3}
    assert (sms(site, "alpha"), providers(site, "alpha")) == ({"tokenProvider": "Purecloud"}, {"Portico"})
    bought = [number for slot, number in ((item.slot, item.number) for item in site.purchases()) if slot == "main"]
    assert site.state("alpha")["sections"]["chat.SMS_1"]["channelId"] in bought

    # Back to Kaleyra, and another tenant for the first time. Both together need a confirmation.
    alpha["sender_ids"] = numbers(0)
    give(site, "gamma", "kaleyra")
    site.clouds = ("alpha", "gamma")
    stopped = site.play(SWITCH, switch_to="kaleyra")
    assert_phrases(stopped.output, "This would switch the SMS option of all 2 tenants of the", "switch_all=true")
    assert sandbox.requests() == []
    result = site.play(SWITCH, switch_to="kaleyra", switch_all=True, switch_remove_former=True)
    assert result.rc == 0, result.output
    assert_phrases(result.output, "The toll-free numbers of the tenant stay, and cost money.")
    for name in ("alpha", "gamma"):
        assert (sms(site, name), providers(site, name)) == ({"provider": "mGage"}, {"mGage"})
        assert set(site.state(name)["services"]) == {"SMS", "mGageSMS"}
    assert len(sandbox.account()["numbers"]) == 2


def test_a_run_that_fails_goes_back_and_leaves_other_tenants_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", gateways={"alpha": "gax", "beta": "gws"})
    assert site.play(PROVISION).rc == 0
    for name in ("alpha", "beta"):
        give(site, name, "kaleyra")
        site.hosts[name]["http_options"] = NO_RETRIES
    sandbox.fault("status", OPTIONS_REFUSED, "PUT", status=403, times=None)
    result = site.play(SWITCH, switch_to="kaleyra", switch_all="true")
    assert result.count("failed") == {"alpha": 0, "beta": 1}
    assert_phrases(result.output, "The run went back. The tenant is on custom_gateway.")
    assert (sms(site, "beta"), providers(site, "beta")) == ({"provider": "Async"}, {"Async"})
    assert (sms(site, "alpha"), providers(site, "alpha")) == ({"provider": "mGage"}, {"mGage"})
    sandbox.clear_faults()
    assert site.play(SWITCH, "--limit", "beta", switch_to="kaleyra").changed == {"beta": 1}
    assert (sms(site, "beta"), providers(site, "beta")) == ({"provider": "mGage"}, {"mGage"})


def test_an_option_that_is_not_proven_is_not_used(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    assert site.play(PROVISION).rc == 0
    give(site, "alpha", "custom_gateway")
    give(site, "alpha", "genesys_cloud")
    alpha = site.hosts["alpha"]
    alpha["tollfree_numbers"] = []
    alpha["sender_ids"] = numbers(0)
    alpha["gc_client_secret"] = "wrong"
    result = site.play(SWITCH, "--limit", "alpha", switch_to="genesys_cloud")
    assert_phrases(result.failures["alpha"], "gc_client_secret")
    assert sandbox.writes() == []
    sandbox.switch(**{"media.signature": "ignored"})
    result = site.play(SWITCH, "--limit", "alpha", switch_to="custom_gateway")
    assert_phrases(result.failures["alpha"], "so a right signature proves nothing")
    assert changes(site) == ["alpha: POST Async"]
    assert (sms(site, "alpha"), providers(site, "alpha")) == ({"provider": "mGage"}, {"mGage"})
    result = site.play(SWITCH, "--limit", "alpha", switch_to="custom_gateway", switch_without_probe="true")
    assert result.changed == {"alpha": 1}
    assert "alpha: POST media" not in " ".join(site.writes())


def test_what_is_refused_before_a_server_is_called(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    complete = dict(site.hosts["alpha"])
    give(site, "alpha", "custom_gateway")
    ready = dict(site.hosts["alpha"])
    gateway: dict[str, Any] = {"switch_to": "custom_gateway"}
    cases: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
        ("switch_to: it is not set.", ready, {}, []),
        ("switch_to: it must be one of kaleyra, custom_gateway and genesys_cloud", ready, {"switch_to": "mgage"}, []),
        ("custom_gateway_channels: it is not set.", complete, gateway, []),
        ("custom_gateway_purge: it is empty.", {**ready, "custom_gateway_purge": ""}, gateway, []),
        ("switch_without_prob: no role reads this variable.", ready, {**gateway, "switch_without_prob": True}, []),
        ("custom_gateway_state and sender_ids_state: one", {**ready, "custom_gateway_state": "absent"}, gateway, []),
        ("this playbook does not have the tag services", ready, gateway, ["--tags", "services"]),
    ]
    for text, host, variables, options in cases:
        with subtests.test(text):
            site.hosts["alpha"] = host
            result = site.play(SWITCH, "--limit", "alpha", *options, **variables)
            assert result.rc != 0
            assert_phrases(result.output, text)
            assert sandbox.requests() == []
    # Only the preflight.
    site.hosts["alpha"] = ready
    assert site.play(SWITCH, "--limit", "alpha", "--tags", "validate", **gateway).rc == 0
    assert sandbox.requests() == []


def test_no_secret_is_shown(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    secrets = {"api_key": f"{MARK}-key", "password": f"{MARK}-gws\\ä", "client_secret": f'{MARK}-client&"/%'}
    (tenant,) = sandbox.seed([{"ccid": site.tenants["alpha"].ccid, "name": "alpha", **secrets}])
    site.tenants["alpha"] = tenant
    listed = numbers(0)
    channels = gateway_variables(sandbox, tenant, listed, "gws")["custom_gateway_channels"]
    healthy = {
        **variables_of(sandbox, tenant, listed),
        "kaleyra_username": f"{MARK}-kaleyra-user",
        "kaleyra_password": f"{MARK}-kaleyra'\"\\",
        "custom_gateway_channels": [
            {**channel, "webhook_secret": f"{MARK}-webhook", "api_secret": f"{MARK}-api"} for channel in channels
        ],
        "webhook_headers": [{"name": "X-Token", "value": f"{MARK}-header"}],
        "http_options": NO_RETRIES,
    }
    site.hosts["alpha"] = healthy

    def loud(title: str, *options: str, fails: bool = False, **variables: Any) -> Result:
        with subtests.test(title):
            result = site.play(SWITCH, "--limit", "alpha", *LOUD, *options, **variables)
            assert (result.rc != 0) is fails, result.output
            assert not list(leaks(sandbox, result, tmp_path))
        return result

    assert site.play(PROVISION).rc == 0
    loud("check", "--check", switch_to="custom_gateway")
    body = {"status": {"code": 400, "message": f"no: {tenant.api_key} {tenant.password} {MARK}-header"}}
    sandbox.fault("status", OPTIONS_REFUSED, "PUT", status=400, body=body, times=None)
    loud("the run goes back", switch_to="custom_gateway", fails=True)
    sandbox.clear_faults()
    loud("switch", switch_to="custom_gateway")
    assert sms(site, "alpha") == {"provider": "Async"}
    site.gateways["alpha"] = "gws"
    loud("back, with the removal of credentials", switch_to="kaleyra", switch_remove_former=True)
    assert "Async" not in site.state("alpha")["sections"]
    assert "Async" not in site.state("alpha")["services"]


def test_the_commands_of_the_documentation(sandbox: Sandbox, tmp_path: Path) -> None:
    """The page docs/switching.md: its commands, in this order."""
    page = (ROOT / "docs/switching.md").read_text(encoding="utf-8")
    commands = [command.strip() for command in re.findall(r"^```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)]
    site = Site(sandbox, tmp_path, "acme", "globex", clouds=("globex",))
    assert site.play(PROVISION).rc == 0
    give(site, "acme", "genesys_cloud")
    acme = site.hosts["acme"]
    client: dict[str, Any] = {}
    acme.update(tollfree_numbers=[], sender_ids=numbers(0))
    for name in ("gc_client_id", "gc_client_secret"):
        client[name] = acme.pop(name)
    directory = tmp_path / "inventories/production"
    write_yaml(directory / "group_vars/genesys_cloud/gc_client.yml", client)
    inventory = yaml.safe_load(site.inventory().read_text(encoding="utf-8"))
    write_yaml(directory / "hosts.yml", inventory)
    changed = []
    for command in commands:
        if "provision" in command:
            # The edit of the inventory that the page describes.
            inventory["genesys_cloud"]["hosts"]["acme"] = inventory["kaleyra"]["hosts"].pop("acme")
            del inventory["kaleyra"]
            write_yaml(directory / "hosts.yml", inventory)
        here = re.sub(r"(\$PWD/)?inventories/", f"{tmp_path}/inventories/", command.replace("\\\n", " "))
        program, *arguments = here.split()
        env = {"SANDBOX_URL": sandbox.url, "ANSIBLE_NOCOLOR": "true"}
        result = run(program, *arguments, directory=tmp_path, env=env)
        assert result.rc == 0, f"{command}\n{result.output}"
        changed.append(result.changed["acme"])
    assert changed == [3, 3, 1, 0]
    assert set(site.state("acme")["services"]) == {"SMS", "PorticoSMS", "PurecloudIDP"}
