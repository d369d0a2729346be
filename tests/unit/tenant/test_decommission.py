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
    unlisted,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.inventory_lists import list_problems
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
        ({"confirmed": [UNKNOWN]}, f"nothing in this run says which tenant has {UNKNOWN}"),
        ({"confirmed": [OTHERS], "tenants": ["acme"]}, "belongs to the tenant globex, which is not in this run."),
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


BY_OTHER_CLIENT = row(
    MAIN, slot="main", in_account=False, event="ordered", client="old-client", findings=["account_not_read"]
)


def only(item: dict[str, Any], **tenants: Any) -> dict[str, Any]:
    return {"numbers": [item], "tenants": tenants or {"acme": {"problems": []}}}


def test_a_number_that_another_client_ordered_is_named_and_not_taken_for_released() -> None:
    numbers = only(BY_OTHER_CLIENT)
    (problem,) = problems(leaving(numbers=numbers, confirmed=[MAIN]))
    assert f"the OAuth client old-client ordered {MAIN}, and this run did not read its account" in problem
    found = lines(leaving(numbers=numbers))
    assert found[2].startswith(f"- The number {MAIN} (slot main), perhaps. The OAuth client old-client ordered it")
    # It is not that tenant's account which matters here.
    assert problems(leaving(numbers=numbers, confirmed=[MAIN], tenant="globex")) == []
    # One sentence is enough if the account can't be read.
    unread = only(BY_OTHER_CLIENT, acme={"problems": ["Refused."]})
    assert len(problems(leaving(numbers=unread, confirmed=[MAIN]))) == 1


def moved(name: str, **given: Any) -> Leaving:
    """A run of acme, which has no login of Genesys Cloud CX any more, with globex, which has one."""
    item = {**row(MAIN, None, slot="main"), "ccid": "ccid of acme"}
    numbers = only(item, globex={"problems": []})
    names = {"ccid of acme": "acme"}
    return leaving(tenant=name, ccid=f" CCID of {name}", numbers=numbers, names=names, **given)


def test_a_tenant_that_moved_to_another_option_keeps_its_numbers_in_sight() -> None:
    found = lines(moved("acme"))
    assert found[2].startswith(
        "- Numbers of Genesys Cloud CX, if the tenant has any. Its account was not looked at, bec"
    )
    assert found[3] == f"- The number {MAIN} (slot main). It costs money."
    assert "first set the login to Genesys Cloud CX for the tenant. Then name each of them" in found[4]
    assert "Remove it when the tenant has no number any more." in found[-1]
    (problem,) = problems(moved("acme", confirmed=[MAIN]))
    assert "belongs to this tenant, which has no gc_client_id" in problem
    assert releases(moved("acme", listed=[{"number": MAIN, "state": "absent", "release_confirmation": MAIN}])) == []
    # It does not stop the others.
    assert problems(moved("globex", confirmed=[MAIN])) == []
    assert "is not in this run" in problems(moved("globex", confirmed=[MAIN], tenants=["globex"]))[0]


def test_the_owner_of_a_confirmed_number_may_be_unknown() -> None:
    known = {"tenant": "acme", "tenants": ["acme"], "numbers": only({**row(MAIN, None), "ccid": "c"})}
    assert unlisted({**known, "confirmed": [MAIN]})
    assert not unlisted({**known, "confirmed": [SALES]})
    assert not unlisted({**known, "confirmed": ["main"]})
    assert not unlisted({**known, "confirmed": [UNKNOWN], "numbers": NUMBERS})
    (problem,) = problems(leaving(**{**known, "confirmed": [MAIN]}))
    assert problem.endswith(
        f"{MAIN} belongs to the tenant with the ccid c, which is not in this run. Remove the number from the list."
    )


REFUSED: dict[str, Any] = {"failure": {"kind": "refused", "status": 401}}


def test_a_wrong_key_stops_the_tenant_if_there_is_something_to_remove() -> None:
    given = {"key": {"state": "absent"}, "seen": REFUSED, "left": {"steps": ["delete the sender ID chat.A"]}}
    (problem,) = problems(leaving(**given))
    assert problem.startswith("nexus_api_key: this API key does not exist, and Digital Channels refuses it.")
    assert problems(leaving(**{**given, "left": {"steps": []}})) == []


@pytest.mark.parametrize(
    ("state", "seen", "is_refused"),
    [
        ("absent", REFUSED, True),
        ("absent", {"failure": {"kind": "refused", "status": 403}}, True),
        ("absent", {"failure": {"kind": "refused", "status": 500}}, False),
        ("absent", {"failure": {"kind": "unreachable"}}, False),
        ("absent", {"steps": []}, False),
        ("absent", {}, False),
        ("unknown", REFUSED, False),
    ],
)
def test_when_the_services_can_not_be_looked_at(state: str, seen: dict[str, Any], is_refused: bool) -> None:
    assert leaving(key={"state": state}, seen=seen).is_refused is is_refused


DONE: dict[str, Any] = {
    "key": {"state": "present", "other_keys": ["t100-Designer"], "next_steps": ["The key stays."]},
    "configuration": {"steps": ["delete the sender ID chat.A"], "not_purged": ["Chat.B"]},
    "services": {"steps": ["delete the service SMS"]},
    "release": {"skipped": True},
    "key_removal": {"steps": [], "state": "present", "next_steps": ["The API key t100 stays, because of that."]},
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
        (
            f"- The account also has {UNKNOWN}, and nothing in this run says which tenant has them. See the playbook "
            "numbers."
        ),
        "- The API key t100 stays, because of that.",
        "- The other API keys of the tenant (t100-Designer), because other products may use them.",
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
    # It failed after it had released something.
    broken = {"failed": True, "changed": True, "msg": "No."}
    found = lines(leaving(**{**released, "release": broken, "is_failed": True}))
    assert "The task that failed had changed something before. The next run shows what is left." in found
    assert f"- Perhaps numbers among {MAIN}: their release failed. They cost money." in found
    assert not [line for line in found if line.startswith(f"- The number {MAIN}")]


def test_a_confirmed_number_that_no_account_has() -> None:
    wrong = "18445559999"
    found = lines(leaving(confirmed=[MAIN, wrong, "18445550005"], numbers=NUMBERS))
    assert found[1] == f"No account of this run has {wrong}: released before, or mistyped."
    assert not [line for line in lines(leaving(confirmed=[MAIN])) if "mistyped" in line]
    # What was found out about the key counts if the task that deletes it did not run.
    kept = lines(leaving(key={"state": "present", "next_steps": ["It stays."]}, key_removal={"skipped": True}))
    assert "- It stays." in kept


def test_a_tenant_without_an_account() -> None:
    found = lines(leaving(numbers={"skipped": True}, key={"msg": "gws_client_id: it is required."}))
    assert found == [
        "Nothing is to be done.",
        "Stays:",
        (
            "- Numbers of Genesys Cloud CX, if the tenant has any. Its account was not looked at, because the tenant "
            "has no gc_client_id."
        ),
        "- The API keys, which were not read. gws_client_id: it is required.",
        "- The host acme in the inventory. When no run needs it any more, remove it.",
    ]


def test_an_account_that_can_not_be_read() -> None:
    found = lines(leaving(numbers={"failure": {}, "msg": "No library."}, key={"state": "absent"}))
    assert found[2] == "- The numbers, which could not be read. No library."


def test_services_that_could_not_be_looked_at() -> None:
    found = lines(leaving(key={"state": "absent"}, seen=REFUSED))
    assert found[0] == "Nothing is to be done."
    assert "does not exist any more. If an earlier run of this playbook deleted the key" in found[2]
    failed = lines(leaving(key={"state": "absent"}, seen=REFUSED, is_failed=True))
    assert not [line for line in failed if "were not looked at" in line]


def test_a_key_that_works_but_is_not_listed_stays() -> None:
    found = lines(leaving(key={"state": "absent", "next_steps": []}, seen={"steps": []}, services={"steps": []}))
    assert [line for line in found if "It works, but Digital Channels does not list it" in line]
    refused = lines(leaving(key={"state": "absent", "next_steps": []}, seen=REFUSED))
    assert not [line for line in refused if "It works" in line]


def test_what_purge_leaves_can_be_listed_as_the_message_says() -> None:
    configuration = {"steps": [], "not_purged": ["Chat.Odd"], "webhook_headers": {"not_purged": ["X A"]}}
    sections, headers = lines(leaving(configuration=configuration))[2:4]
    assert "list its name in sender_ids with state absent" in sections
    assert headers.startswith("- The webhook headers 'X A', because their names are not valid, or Digital Channels")
    assert "in webhook_headers with state absent" in headers
    followed = {
        "sender_ids": [{"name": "Chat.Odd", "state": "absent"}],
        "webhook_headers": [{"name": "X A", "state": "absent"}, {"name": "Content-Type", "state": "absent"}],
    }
    assert list_problems(followed.get) == ([], [])


def test_the_playbook_removes_all_services_that_the_collection_knows() -> None:
    """First the service that uses the others."""
    (block,) = yaml.safe_load((ROOT / "playbooks/tasks/decommission_tenant.yml").read_text(encoding="utf-8"))
    name = "cxops.genesys_sms.nexus_services"
    looks, removes = (task[name]["services"] for task in block["block"] if name in task)
    services = removes
    assert looks == removes
    assert sorted(item["service"] for item in services) == sorted(SERVICES)
    assert services[0]["service"] == "SMS"
