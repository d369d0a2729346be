# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report: `filter/report.py`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible import context
from ansible.utils.context_objects import CLIArgs
from ansible_collections.cxops.genesys_sms.plugins.filter import report
from unit.reports import LIVE, valid

FILES = ("report.json", "report.md", "report.html")


class Hostvars(dict[str, Any]):
    """The variables of all hosts, as ansible-core has them."""

    def raw_get(self, host: str) -> Any:
        """Return the variables of a host, without filling in templates."""
        return self[host]


HOSTS = Hostvars(
    acme={
        "group_names": ["kaleyra", "north"],
        "kaleyra_services": {"changed": False, "steps": []},
        "sender_ids_result": {"changed": True, "steps": ["add {{ 7*7 }}"], "diff": {"before": {}, "after": {"a": "1"}}},
        "sms_tenant": LIVE,
        "kaleyra_password": "canary",
    },
    beta={"group_names": ["custom_gateway"], "preflight_problems": {"beta": ["ccid: it is empty."]}},
)


@pytest.fixture(autouse=True)
def command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The options of the run."""
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"inventory": ["inventories/production"], "subset": "acme,beta"}))


def made() -> dict[str, Any]:
    return dict(report.FilterModule().filters()["report"](HOSTS, ["beta", "acme"]))


def test_the_report_has_what_the_playbook_collected_of_each_tenant() -> None:
    files = made()["files"]
    assert tuple(files) == FILES
    found = valid(json.loads(files["report.json"]))
    assert (found["inventory"], found["limit"]) == (["inventories/production"], "acme,beta")
    acme, beta = found["tenants"]
    assert (acme["tenant"], acme["option"], acme["outcome"]) == ("acme", "kaleyra", "would_change")
    assert acme["changes"][0]["steps"] == ["add {{ 7*7 }}"]
    assert acme["live"]["variables"] == LIVE["variables"]
    assert (beta["option"], beta["outcome"]) == ("custom_gateway", "stopped")


def test_the_tenants_that_are_not_as_described_are_named() -> None:
    assert made()["drifted"] == ["acme", "beta"]


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_no_template_and_no_other_variable(name: str) -> None:
    text = made()["files"][name]
    assert "{{" not in text
    assert "canary" not in text
