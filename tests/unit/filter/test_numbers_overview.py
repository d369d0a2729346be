# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The numbers of an organization for a playbook: `filter/numbers_overview.py`."""

from __future__ import annotations

import json

import pytest
from ansible import context
from ansible.utils.context_objects import CLIArgs
from ansible_collections.cxops.genesys_sms.plugins.filter import numbers_overview
from unit.overviews import result, row

OVERVIEW = numbers_overview.FilterModule().filters()["numbers_overview"]


def test_the_forms_of_an_overview(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment is no template, in any form."""
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"inventory": ["/srv/inventory"]}))
    made = OVERVIEW(result(row(tenant="{{ 7 * 7 }}", comment="{% x %} {# y #}")))
    assert made["lines"][1].startswith("{ { 7 * 7 }}")
    assert all("{" + mark not in json.dumps(made) for mark in "{%#")
    document = json.loads(made["files"]["numbers.json"])
    assert document["inventory"] == ["/srv/inventory"]
    assert document["numbers"][0]["comment"] == "{% x %} {# y #}"
    assert made["files"]["numbers.csv"].count("\r\n") == 2
