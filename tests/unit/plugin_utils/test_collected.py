# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What playbooks collect of each tenant: `plugin_utils/collected.py`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible import context
from ansible.utils.context_objects import CLIArgs
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils.collected import as_json, collected, head


class Hostvars(dict[str, Any]):
    """The variables of all hosts, as ansible-core has them."""

    def raw_get(self, host: str) -> Any:
        """Return the variables of a host, without filling in templates."""
        return dict.__getitem__(self, host)

    def __getitem__(self, host: str) -> Any:
        pytest.fail("It fills in templates, which is slow.")


def test_only_the_named_variables_are_collected() -> None:
    hosts = Hostvars(acme={"group_names": ["north", "kaleyra"], "one": {"a": 1}, "two": {}, "sms_tenant": {"b": 2}})
    found = collected(hosts, "acme", ["one", "three"])
    assert (found.tenant, found.option, found.results, found.live) == ("acme", "kaleyra", {"one": {"a": 1}}, {"b": 2})
    assert found.problems == []


def test_the_findings_of_the_preflight_are_those_of_the_host() -> None:
    hosts = {"acme": {"preflight_problems": {"acme": ["ccid: it is empty."], "beta": ["x"]}}}
    found = collected(hosts, "acme", [])
    assert (found.problems, found.option, found.live) == (["ccid: it is empty."], None, None)


@pytest.mark.parametrize(("given", "limit"), [({"subset": "a\n,b"}, "a ,b"), ({"subset": None}, None), ({}, None)])
def test_the_head_says_which_run_it_was(monkeypatch: pytest.MonkeyPatch, given: Any, limit: str | None) -> None:
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"inventory": ["inventories/production"], **given}))
    found = head()
    assert (found["inventory"], found["limit"]) == (["inventories/production"], limit)
    assert found["created"].endswith("Z")


def test_json_contains_no_template() -> None:
    document = {"a": "{{ x }} {% y %} {# z #} {"}
    text = as_json(document)
    assert not any(mark in text for mark in ("{{", "{%", "{#"))
    assert json.loads(text) == document
