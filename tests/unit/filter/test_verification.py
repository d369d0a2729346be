# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table and the file of verify: `filter/verification.py`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible import context
from ansible.utils.context_objects import CLIArgs
from ansible_collections.cxops.genesys_sms.plugins.filter import verification
from unit.reports import LIVE
from unit.verifications import valid

HOSTS: dict[str, Any] = {
    "acme": {
        "group_names": ["custom_gateway"],
        "custom_gateway_services": {"changed": False},
        "webhook_headers_result": {"changed": False},
        "sender_ids_result": {"changed": True, "steps": ["add {{ 7*7 }}"]},
        "custom_gateway_probe": {"changed": False, "skipped": True},
        "sms_tenant": {**LIVE, "hidden_secrets": ["kaleyra_password"], "unreadable": {}, "failures": {}},
        "gws_password": "canary",
    },
    "beta": {"group_names": ["kaleyra"], "preflight_problems": {"beta": ["ccid: it is empty."]}},
}


@pytest.fixture(autouse=True)
def command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The options of the run, and the width of its terminal."""
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"inventory": ["inventories/production"], "check": True}))
    monkeypatch.setenv("COLUMNS", "92")


def made(**options: bool) -> dict[str, Any]:
    return dict(verification.FilterModule().filters()["verification"](HOSTS, ["beta", "acme"], **options))


def test_the_file_has_the_checks_of_each_tenant_and_no_secret() -> None:
    found = valid(json.loads(made(probe=True)["file"]))
    assert [(one["tenant"], one["outcome"]) for one in found["tenants"]] == [("acme", "failed"), ("beta", "stopped")]
    statuses = {check["check"]: check["status"] for check in found["tenants"][0]["checks"]}
    assert statuses["api_secrets"] == "not_checked"
    assert statuses["sender_ids"] == "failed"
    assert "canary" not in str(made())


def test_the_texts_of_servers_are_no_templates() -> None:
    """Ansible before 2.19 would evaluate them."""
    found = made()
    assert "{{" not in found["file"]
    assert "{{" not in str(found["lines"])
    assert "    provision would add { { 7*7 }}" in found["lines"]


def test_the_table_fits_into_the_terminal() -> None:
    assert max(map(len, made()["lines"])) <= 80


def test_what_is_not_checked_fails_the_run_only_if_it_is_asked_for() -> None:
    assert made()["failing"] == {"acme": "These checks are not ok: sender IDs."}
    assert made(unchecked=True)["failing"] == {"acme": "These checks are not ok: secrets of the services, sender IDs."}


def test_a_sentence_of_a_failing_tenant_is_no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """It becomes the message of a task."""
    hosts = {"hosts": [{"host": "{{ 7*7 }}", "port": 443, "reachable": False, "problem": "is down"}]}
    monkeypatch.setitem(HOSTS["acme"], "sms_webhook_hosts", hosts)
    assert "{{" not in made(webhook_hosts=True)["failing"]["acme"]
    assert "{ { 7*7" in made(webhook_hosts=True)["failing"]["acme"]
    assert "7*7" not in made()["failing"]["acme"]
