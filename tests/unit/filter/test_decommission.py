# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbook decommission gets: `filter/decommission.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.filter.decommission import FilterModule

DECOMMISSION = FilterModule().filters()["decommission"]
NUMBER = "18445551212"
ROW = {"tenant": "acme", "ccid": "c", "slot": "main", "number": NUMBER, "in_account": True, "event": None}
KNOWN: dict[str, Any] = {
    "tenant": "acme",
    "tenants": ["acme"],
    "numbers": {"numbers": [{**ROW, "findings": []}], "tenants": {"acme": {"problems": []}}},
}


@pytest.mark.parametrize("confirmed", [f'["{NUMBER}"]', [NUMBER], NUMBER, f"+{NUMBER},"])
def test_a_confirmed_number_is_an_entry_of_the_module(confirmed: Any) -> None:
    made = DECOMMISSION({**KNOWN, "confirmed": confirmed})
    assert made["releases"] == [{"number": NUMBER, "release_confirmation": NUMBER, "state": "absent"}]
    assert made["problems"] == []


def test_nothing_is_confirmed() -> None:
    made = DECOMMISSION(KNOWN)
    assert made["releases"] == []
    assert any(NUMBER in line for line in made["lines"])


def test_a_confirmed_number_of_a_tenant_that_is_not_in_the_run() -> None:
    ccid = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
    foreign = {**ROW, "tenant": None, "ccid": ccid, "findings": []}
    known = {**KNOWN, "numbers": {**KNOWN["numbers"], "numbers": [foreign]}, "confirmed": NUMBER}
    hostvars = {"acme": {}, "globex": {"ccid": ccid.upper()}}
    assert "belongs to the tenant globex, which" in DECOMMISSION(known, hostvars)["problems"][0]
    # It is in the run, but the preflight stopped it.
    assert DECOMMISSION({**known, "tenants": ["acme", "globex"]}, hostvars)["problems"] == []
    assert "with the ccid" in DECOMMISSION(known)["problems"][0]


def test_no_text_is_a_template() -> None:
    made = DECOMMISSION({**KNOWN, "confirmed": "{{ 1 }}", "key": {"msg": "{{ 2 }}"}})
    assert "{{" not in "".join([*made["problems"], *made["lines"]])
