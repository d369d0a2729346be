# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook report: it agrees with provision, writes nothing to a server, and shows each tenant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from integration.provisioning import KALEYRA_PASSWORD, PROVISION, Site
from sandbox.control import Sandbox
from unit.reports import valid

REPORT = "cxops.genesys_sms.report"
PLUGINS = Path(__file__).parent / "plugins"
NAMES = ("acme", "globex", "initech", "umbrella")


@pytest.fixture
def site(sandbox: Sandbox, tmp_path: Path) -> Site:
    """Three provisioned tenants, one for each SMS option, and one over Kaleyra without SMS yet."""
    made = Site(sandbox, tmp_path, *NAMES, gateways={"initech": "gax"}, clouds=["globex"])
    made.play("cxops.genesys_sms.numbers", create_journal=True)
    assert made.play(PROVISION, "--limit", "!umbrella").rc == 0
    return made


def report(
    site: Site, *options: str, env: Mapping[str, str] | None = None, **variables: str
) -> tuple[Any, dict[str, Any], str]:
    """Return the result of the playbook, the tenants of report.json by name, and all files as one text."""
    directory = site.directory / "report"
    result = site.play(REPORT, *options, env=env, report_directory=str(directory), **variables)
    assert directory.is_dir(), result.output
    texts = {path.name: path.read_text(encoding="utf-8") for path in directory.iterdir()}
    assert sorted(texts) == ["report.html", "report.json", "report.md"]
    assert site.sandbox.writes() == []
    tenants = {one["tenant"]: one for one in valid(json.loads(texts["report.json"]))["tenants"]}
    return result, tenants, "".join(texts.values())


def test_a_report_shows_what_provision_would_change_and_changes_nothing(site: Site) -> None:
    site.hosts["acme"]["sender_ids"][0]["endpoint"] = "chat.Other"
    result, tenants, _texts = report(site)
    assert result.rc == 0
    assert {name: one["outcome"] for name, one in tenants.items()} == {
        "acme": "would_change", "globex": "unchanged", "initech": "unchanged", "umbrella": "would_change",
    }  # fmt: skip
    [change] = tenants["acme"]["changes"]
    assert change["task"] == "Sender IDs"
    assert [item["after"] for item in change["differences"]] == ["chat.Other"]
    assert [one["task"] for one in tenants["umbrella"]["changes"]] == ["Services", "Sender IDs"]
    assert tenants["globex"]["live"]["variables"]["tollfree_numbers"][0]["slot"] == "main"


def test_a_report_agrees_with_provision(site: Site) -> None:
    _result, tenants, _texts = report(site)
    assert site.play(PROVISION).rc == 0
    changed = {line.split(":")[0] for line in site.writes()}
    assert changed == {name for name, one in tenants.items() if one["outcome"] == "would_change"} == {"umbrella"}


def test_a_tenant_that_fails_is_shown_and_hides_no_other(site: Site) -> None:
    site.hosts["acme"]["nexus_url"] = "http://127.0.0.1:1"
    site.hosts["umbrella"]["kaleyra_username"] = ""
    result, tenants, texts = report(site)
    assert result.rc != 0
    assert {name: one["outcome"] for name, one in tenants.items()} == {
        "acme": "unreachable", "globex": "unchanged", "initech": "unchanged", "umbrella": "stopped",
    }  # fmt: skip
    assert "kaleyra_username" in tenants["umbrella"]["failure"]["messages"][0]
    assert "services" in tenants["acme"]["live"]["unreadable"]
    assert KALEYRA_PASSWORD not in texts + result.output


def test_hosts_that_can_not_be_reached_hide_no_other_tenant(site: Site) -> None:
    for name in ("acme", "umbrella"):
        site.hosts[name]["ansible_connection"] = "nowhere"
    site.hosts["initech"]["webhook_headers"] = [{"name": "X-New", "value": "1"}]
    env = {"ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS / "connection")}
    result, tenants, _texts = report(site, env=env)
    assert result.rc != 0
    assert {name: one["outcome"] for name, one in tenants.items()} == {
        "acme": "unreachable", "globex": "unchanged", "initech": "would_change", "umbrella": "unreachable",
    }  # fmt: skip
    message = (
        "The connection to the host that runs the task failed: Failed to connect to the host via nowhere: no route. "
        "If it failed during the task, the task may have changed something."
    )
    assert tenants["acme"]["failure"]["messages"] == [message]
    assert tenants["acme"]["live"] is None
    provisioned = site.play(PROVISION, env=env)
    assert provisioned.count("failed") == {"acme": 1, "globex": 0, "initech": 0, "umbrella": 1}
    assert {line.split(":")[0] for line in site.writes()} == {"initech"}
    assert message in provisioned.failures["acme"]


def test_drift_fails_the_run_only_if_it_is_asked_for(site: Site) -> None:
    assert report(site)[0].rc == 0
    result, _tenants, _texts = report(site, fail_on_drift="true")
    assert result.rc != 0
    assert "umbrella" in result.output.rpartition("PLAY RECAP")[2]
    assert "The tenant is not as the inventory describes it." in result.output


def test_a_report_needs_an_absolute_directory(site: Site) -> None:
    result = site.play(REPORT, report_directory="report")
    assert "report_directory: 'report' is not an absolute path." in result.output
    assert site.sandbox.requests() == []


def test_the_tag_validate_calls_no_server(site: Site) -> None:
    result = site.play(REPORT, "--tags", "validate", report_directory=str(site.directory / "report"))
    assert result.rc == 0
    assert site.sandbox.requests() == []


def test_an_existing_directory_keeps_its_mode(site: Site) -> None:
    directory = site.directory / "report"
    directory.mkdir()
    directory.chmod(0o755)
    result = site.play(REPORT, env={"HOME": str(site.directory)}, report_directory="~/report")
    assert result.rc == 0, result.output
    assert directory.stat().st_mode & 0o777 == 0o755
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o600}
