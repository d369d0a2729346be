# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a decommissioned tenant releases, and what stays: `_tenant/decommission.py`."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.decommission import (
    Leaving,
    confirmed_numbers,
    lines,
    problems,
    releases,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.snapshot import SERVICES
from tools.collection import ROOT

MAIN, SALES, OTHERS, UNKNOWN = "18445550001", "18445550002", "18445550003", "18445550004"


def row(number: str, tenant: str | None = "acme", **fields: Any) -> dict[str, Any]:
    given = {"tenant": tenant, "ccid": tenant and f"ccid of {tenant}", "slot": None, "number": number}
    return {**given, "in_account": True, "event": None, "findings": [], **fields}


ROWS = [
    row(MAIN, slot="main"),
    row(SALES),
    row(OTHERS, "globex"),
    row(UNKNOWN, None),
    row("18445550005", in_account=False, event="releasing", findings=["not_in_account"]),
    row("18445550006", in_account=False, slot="late", event="ordered", findings=["order_open"]),
]
NUMBERS = {"numbers": ROWS, "tenants": {"acme": {"problems": []}}}


def leaving(**given: Any) -> Leaving:
    return Leaving(**{"tenant": "acme", "tenants": ["acme", "globex"], "numbers": NUMBERS, **given})


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([], []),
        ("", []),
        (" , ", []),
        (f"+1 844 555 0001, {SALES},", [MAIN, SALES]),
        ([MAIN, int(MAIN), "1-844-555-0001"], [MAIN]),
        (int(MAIN), [MAIN]),
    ],
)
def test_the_confirmed_numbers(value: Any, found: list[str]) -> None:
    assert confirmed_numbers(value) == found


@pytest.mark.parametrize("value", ["main", "8445550001", [True], [["18445550001"]], "all", {"a": 1}])
def test_what_is_no_number_stops_the_tenant(value: Any) -> None:
    (problem,) = problems(leaving(confirmed=value))
    assert problem.startswith("decommission_numbers[0]: ")
    assert releases(leaving(confirmed=value)) == []


def test_only_confirmed_numbers_of_the_tenant_are_released() -> None:
    assert releases(leaving()) == []
    assert releases(leaving(confirmed=[MAIN, OTHERS])) == [MAIN]
    assert problems(leaving(confirmed=[MAIN, OTHERS])) == []
    # A number that the account does not have was released before.
    assert problems(leaving(confirmed=["18445559999"])) == []
    assert releases(leaving(confirmed=["18445559999"])) == []
    # The journal is completed after a release that was interrupted.
    assert releases(leaving(confirmed=["18445550005", "18445550006"])) == ["18445550005"]


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"slot": "MAIN", "state": "absent", "release_confirmation": MAIN}, [MAIN]),
        ({"number": SALES, "state": "absent", "release_confirmation": f"+{SALES}"}, [SALES]),
        ({"slot": "main", "state": "absent", "release_confirmation": SALES}, []),
        ({"number": MAIN, "state": "absent", "release_confirmation": SALES}, []),
        ({"number": MAIN, "state": "absent"}, []),
        ({"number": MAIN, "release_confirmation": MAIN}, []),
        ({"number": OTHERS, "state": "absent", "release_confirmation": OTHERS}, []),
        ({"number": MAIN, "state": "absent", "release_confirmation": "main"}, []),
    ],
)
def test_the_inventory_may_confirm_a_number(item: dict[str, Any], found: list[str]) -> None:
    assert releases(leaving(listed=[item])) == found


@pytest.mark.parametrize(
    ("given", "phrase"),
    [
        ({"confirmed": [UNKNOWN]}, f"nothing says which tenant has {UNKNOWN}"),
        ({"confirmed": [OTHERS], "tenants": ["acme"]}, "belongs to the tenant ccid of globex, which is not in this"),
        ({"confirmed": [MAIN], "numbers": {"skipped": True}}, "no tenant of this run has gc_client_id"),
        ({"confirmed": [MAIN], "numbers": {"failure": {}, "msg": "No library."}}, "can't be read. No library."),
        (
            {"confirmed": [MAIN], "numbers": {"numbers": [], "tenants": {"acme": {"problems": ["Refused."]}}}},
            "can't be read. Refused.",
        ),
    ],
)
def test_numbers_that_are_not_clear_stop_the_tenant(given: dict[str, Any], phrase: str) -> None:
    (problem,) = problems(leaving(**given))
    assert phrase in problem
    assert releases(leaving(**given)) == []
    assert problems(leaving(**{**given, "confirmed": []})) == []


DONE: dict[str, Any] = {
    "key": {"state": "present", "other_keys": ["t100-Designer"], "next_steps": ["The key stays."]},
    "configuration": {"steps": ["delete the sender ID chat.A"], "not_purged": ["Chat.B"]},
    "services": {"steps": ["delete the service SMS"]},
    "release": {"skipped": True},
    "key_removal": {"steps": [], "next_steps": ["The API key t100 stays, because of that."]},
}


def test_what_was_done_and_what_stays() -> None:
    found = lines(leaving(**DONE))
    assert found[:4] == ["Done:", "- delete the sender ID chat.A", "- delete the service SMS", "Stays:"]
    assert found[4].startswith("- The sections Chat.B, because")
    assert found[5:] == [
        f"- The number {MAIN} (slot main). It costs money.",
        f"- The number {SALES} (without a slot). It costs money.",
        "- The order of 18445550006 (slot late). It may cost money.",
        (
            f'- To release numbers, name each of them: -e decommission_numbers=\'["{MAIN}", "{SALES}"]\'. Anyone can '
            "buy a released number."
        ),
        f"- The account also has {UNKNOWN}, and nothing says which tenant has them. See the playbook numbers.",
        "- The API key t100 stays, because of that.",
        "- These API keys of the tenant, because other products may use them: t100-Designer.",
        "- The cluster API key and the OAuth client, because all tenants of the organization use them.",
        (
            "- The host acme in the inventory. Remove it when the tenant has no number any more. Until then, the "
            "playbook numbers needs it."
        ),
    ]


def test_check_mode_and_a_release() -> None:
    released = {**DONE, "release": {"steps": [f"release the number {MAIN}"]}, "confirmed": MAIN, "is_planned": True}
    found = lines(leaving(**released))
    assert found[0] == "Would be done:"
    assert f"- release the number {MAIN}" in found
    assert not [line for line in found if line.startswith(f"- The number {MAIN}")]
    # The release failed.
    failed = lines(leaving(**{**released, "release": {"failed": True, "msg": "No."}, "is_failed": True}))
    assert failed[0].startswith("This tenant is not finished.")
    assert f"- The number {MAIN} (slot main). It costs money." in failed


def test_a_tenant_without_an_account() -> None:
    found = lines(leaving(numbers={"skipped": True}, key={"msg": "gws_client_id: it is required."}))
    assert found == [
        "Nothing is to be done.",
        "Stays:",
        "- The API keys, which were not read. gws_client_id: it is required.",
        "- The host acme in the inventory. When no run needs it any more, remove it.",
    ]


def test_an_account_that_can_not_be_read() -> None:
    found = lines(leaving(numbers={"failure": {}, "msg": "No library."}, key={"state": "absent"}))
    assert found[2] == "- The numbers, which could not be read. No library."


def test_services_that_could_not_be_looked_at() -> None:
    refused = {"failed": False, "msg": "Could not read the service SMS.", "failure": {"kind": "refused", "status": 401}}
    found = lines(leaving(key={"state": "absent"}, services=refused))
    assert found[0] == "Nothing is to be done."
    assert "does not exist any more. If an earlier run of this playbook deleted the key" in found[2]
    failed = lines(leaving(key={"state": "present"}, services={**refused, "failed": True}, is_failed=True))
    assert not [line for line in failed if "were not looked at" in line]


def test_headers_that_a_list_can_not_name() -> None:
    configuration = {"steps": [], "not_purged": [], "webhook_headers": {"not_purged": ["Content-Type"]}}
    found = lines(leaving(configuration=configuration))
    assert found[2].startswith("- The webhook headers 'Content-Type', because a list can't name them.")


def test_the_playbook_removes_all_services_that_the_collection_knows() -> None:
    """First the service that uses the others."""
    (block,) = yaml.safe_load((ROOT / "playbooks/tasks/decommission_tenant.yml").read_text(encoding="utf-8"))
    (task,) = (task for task in block["block"] if "cxops.genesys_sms.nexus_services" in task)
    services = task["cxops.genesys_sms.nexus_services"]["services"]
    assert sorted(item["service"] for item in services) == sorted(SERVICES)
    assert services[0]["service"] == "SMS"
