# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A message names what the user has set: a module's option, an inventory variable or an environment variable."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import CENSORED
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.server_text import MASK
from integration.playbooks import (
    DOORS,
    PURCHASE_JOURNAL,
    SENDER_IDS,
    SERVICE,
    SERVICES,
    WEBHOOK_HEADERS,
    Door,
    Task,
    run,
)
from integration.provisioning import BOOTSTRAP, NUMBERS, PROVISION, Site, assert_phrases, play
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_TENANTS

ACME = DEFAULT_TENANTS[0]


def comes(option: str, variables: str) -> str:
    return f"In the roles and playbooks, {option} comes from the variable {variables}."


def test_messages_of_playbooks_name_variables_that_help(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "acme", "initech", "globex", gateways={"initech": "gws"}, clouds=["globex"])
    sandbox.switch(**{"services.read": "unsupported"})
    failures = site.play(PROVISION).failures
    for host, option in (("acme", "kaleyra"), ("initech", "custom_gateway"), ("globex", "genesys_cloud")):
        assert_phrases(failures[host], "set when_unreadable to write", f"{option}_when_unreadable")
        site.hosts[host][f"{option}_when_unreadable"] = "write"
    site.hosts["globex"]["genesys_cloud_max_purchases"] = 0
    result = site.play(PROVISION)
    assert result.count("failed") == {"acme": 0, "initech": 1, "globex": 1}
    told = result.failures
    assert_phrases(told["initech"], "then set purge to true", comes("services[].purge", "custom_gateway_purge"))
    assert_phrases(
        told["globex"], "max_purchases: the limit of 0", comes("max_purchases", "genesys_cloud_max_purchases")
    )
    site.hosts["initech"]["custom_gateway_purge"] = True
    site.hosts["globex"]["genesys_cloud_max_purchases"] = 1
    assert site.play(PROVISION).rc == 0


def test_a_module_option_in_an_ini_inventory_is_reported_with_its_variable(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "acme")
    site.inventory()
    extra = tmp_path / "more.ini"
    extra.write_text("[kaleyra]\nacme when_unreadable=write update_secret=always purge=true api_key=canary\n")
    result = play(sandbox, tmp_path, PROVISION, tmp_path / "inventory.yml", "--inventory", str(extra))
    when_unreadable, update_secret = result.failures["acme"].splitlines()
    assert_phrases(when_unreadable, "when_unreadable: ", "Did you mean kaleyra_when_unreadable?")
    assert_phrases(update_secret, "update_secret: ", "Did you mean kaleyra_update_secret?")
    # Warnings only: inventories use ordinary words for other purposes, and nexus_api_key is set too.
    warnings = " ".join(result.output.split())
    assert_phrases(warnings, "purge: no role reads this variable. Did you mean sender_ids_purge?")
    assert_phrases(warnings, "api_key: no role reads this variable. Did you mean nexus_api_key?")
    assert "canary" not in result.output
    assert not sandbox.requests()


def test_a_value_of_the_environment_is_named_by_the_preflight(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "acme", "beta")
    for host in site.hosts.values():
        del host["gws_username"]
    env = {"GWS_USERNAME": "canary", "GWS_URL": "gws.example.com"}
    del site.hosts["beta"]["gws_url"]
    site.hosts["acme"]["nexus_api_key"] = "change-me"
    result = site.play(PROVISION, env=env)
    assert_phrases(
        result.failures["beta"],
        "gws_url: must be an absolute http or https URL",
        "The value of gws_url comes from the environment variable GWS_URL.",
    )
    assert_phrases(
        result.failures["acme"],
        "nexus_api_key: it is still the placeholder of an example. Replace",
    )
    assert "canary" not in result.output
    # Both tenants have the same login.
    site.hosts["beta"]["gws_url"] = site.hosts["acme"]["gws_url"]
    for told in site.play(PROVISION, env=env).failures.values():
        assert_phrases(told, "gws_username: ", "comes from the environment variable GWS_USERNAME.")


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_a_module_names_options_variables_and_the_environment(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    item = {"name": "Main", "channel_id": "16504661149", "endpoint": "Main"}
    tasks = [
        {"name": "environment", SERVICE: {"service": "SMS"}},
        {"name": "task", SERVICE: {"service": "SMS", "nexus_url": "digital.example.org"}},
        {"name": "half a login", SENDER_IDS: {"sender_ids": [item], "gws_password": None}},
        {"name": "login", SENDER_IDS: {"sender_ids": [item], "gws_password": "wrong"}},
        {"name": "key", SERVICE: {"service": "SMS", "nexus_url": sandbox.env["NEXUS_URL"], "api_key": "wrong"}},
        {"name": "no key", SERVICE: {"service": "SMS", "api_key": None}},
        {"name": "placeholder", SERVICES: {"services": [{"service": "mGageSMS", "secret": {"password": "change-me"}}]}},
        {"name": "channel", SERVICES: {"services": [{"service": "Async", "channels": [{"channel_id": "12"}]}]}},
        {"name": "header", WEBHOOK_HEADERS: {"headers": [{"name": "a b"}]}},
        {"name": "time", SERVICE: {"service": "SMS", "timeout": 0}},
        {"name": "journal", PURCHASE_JOURNAL: {"journal": "relative", "ccid": ACME.ccid}},
    ]
    env = {"NEXUS_URL": "digital.example.com"}
    outcome = run(sandbox, tmp_path, tasks, door=door, env=env, python=target_python)
    of = "{} has the value of the environment variable {}.".format
    expected = {
        "environment": ("nexus_url", of("nexus_url", "NEXUS_URL")),
        "task": ("nexus_url", ""),
        "half a login": ("gws_password", of("gws_username", "GWS_USERNAME")),
        "login": (None, of("gws_username", "GWS_USERNAME")),
        "key": (None, comes("api_key", "nexus_api_key")),
        "no key": ("api_key", comes("api_key", "nexus_api_key")),
        "placeholder": (
            "services[0].secret.password",
            comes("services[].secret.password", "kaleyra_password"),
        ),
        "channel": (
            "services[0].channels[0].channel_id",
            comes("services[].channels", "custom_gateway_channels"),
        ),
        "header": ("headers[0].name", comes("headers", "webhook_headers")),
        "time": ("timeout", comes("timeout", "http_options.timeout")),
        "journal": ("journal", comes("journal", "genesys_cloud_journal")),
    }
    for name, (parameter, added) in expected.items():
        task = outcome[name]
        assert task.result["failure"].get("parameter") == parameter, name
        assert added in task.msg, f"{name}: {task.msg}"
        assert added or "In the roles" not in task.msg, task.msg


def test_bootstrap_and_purchases_accept_placeholders_of_values_that_they_create(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    site = Site(sandbox, tmp_path, "globex", clouds=["globex"])
    # As in a copy of inventories/example.
    site.hosts["globex"].update(gc_client_secret="change-me", nexus_cluster_api_key="change-me")
    directory = tmp_path / "made"
    directory.mkdir()
    assert site.play(BOOTSTRAP, "--check", bootstrap_directory=str(directory)).rc == 0
    told = site.play(NUMBERS).failures["globex"]
    assert_phrases(told, "gc_client_secret: it is still the placeholder of an example")


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_short_header_values_do_not_hide_parts_of_a_failure(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    """A failure still shows URLs, status and kind if header values are short."""
    port = sandbox.url.rpartition(":")[2]
    values = ["1", "on", port, "403", "refused", "a-long-secret"]
    headers = [{"name": f"X-{number}", "value": value} for number, value in enumerate(values)]
    body = {"status": {"code": 7, "message": f"no flag on with 1, {port}, a-long-secret"}}
    fault = {"kind": "status", "path": "/transactions", "status": 403, "body": body, "times": None}
    tasks: list[Task] = [
        {"name": "fault", "no_log": True, "sandbox": {"fault": fault}},
        {"name": "headers", WEBHOOK_HEADERS: {"headers": headers, "retries": 0}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door, python=target_python, options=["-vvvv"])
    result = outcome["headers"].result
    failure = result["failure"]
    assert (failure["kind"], failure["status"]) == ("refused", 403)
    assert failure["url"].startswith(f"{sandbox.url}/gws/")
    assert MASK not in failure["url"]
    assert f"Could not read the options of the transaction NexusServices: {sandbox.url}/gws/" in result["msg"]
    assert f"no flag {MASK} with {MASK}, {MASK}, {MASK}" in result["msg"]
    assert "a-long-secret" not in outcome.stdout + outcome.stderr
    if "invocation" in result:
        shown = result["invocation"]["module_args"]
        assert {item["value"] for item in shown["headers"]} == {CENSORED}
        assert shown["gws_url"] == f"{sandbox.url}/gws"
