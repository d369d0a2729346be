# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report about tenants: `_tenant/report.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.server_text import in_message
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.report import (
    OUTCOMES,
    Collected,
    differences,
    drifted,
)
from unit.properties import given, st
from unit.reports import LIVE, Json, made, valid

UNCHANGED: Json = {"changed": False, "steps": []}
REFUSED: Json = {"failed": True, "msg": "Could not read the service SMS: refused.", "failure": {"kind": "refused"}}


def changed(*steps: str, before: Any = None, after: Any = None, **more: Any) -> Json:
    return {"changed": True, "steps": list(steps), "diff": {"before": before, "after": after}, **more}


def tenant(option: str = "kaleyra", **fields: Any) -> Json:
    """Return the only tenant of a report about what was collected of it."""
    return dict(made(Collected("acme", option, **fields))["tenants"][0])


def test_a_tenant_without_changes_is_as_described() -> None:
    assert tenant(results={"kaleyra_services": UNCHANGED}, live=LIVE)["outcome"] == "unchanged"


def test_a_change_has_its_steps_and_the_settings_that_differ() -> None:
    result = changed(
        "add the sender ID chat.A", before={"chat.B": {"x": "1"}}, after={"chat.B": {"x": "1"}, "chat.A": {"y": 2}}
    )
    told = tenant(results={"sender_ids_result": result}, live=LIVE)
    assert told["outcome"] == "would_change"
    [change] = told["changes"]
    assert (change["task"], change["steps"], change["planned"]) == ("Sender IDs", ["add the sender ID chat.A"], True)
    assert change["differences"] == [{"setting": "chat.A.y", "before": None, "after": "2"}]


def test_each_change_has_the_differences_of_its_own_task() -> None:
    results = {
        "genesys_cloud_connection": changed("create PorticoSMS", before={}, after={"url": "https://a"}),
        "genesys_cloud_services": changed("create SMS", before={}, after={"SMS": {"url": "N/A"}}),
    }
    told = tenant("genesys_cloud", results=results)
    assert [change["differences"][0]["setting"] for change in told["changes"]] == ["url", "SMS.url"]


def test_findings_of_the_preflight_stop_a_tenant() -> None:
    told = tenant(problems=["ccid: it is empty.", "sender_ids: it is empty."])
    assert told["outcome"] == "stopped"
    assert told["failure"]["messages"] == ["ccid: it is empty.", "sender_ids: it is empty."]


@pytest.mark.parametrize("kind", ["unreachable", "intermediary"])
def test_a_tenant_whose_server_does_not_answer_is_not_reachable(kind: str) -> None:
    told = tenant(results={"kaleyra_services": {**REFUSED, "failure": {"kind": kind}}})
    assert told["outcome"] == "unreachable"


def test_a_failed_tenant_keeps_the_changes_that_were_planned_before() -> None:
    told = tenant(results={"kaleyra_services": changed("create SMS"), "sender_ids_result": REFUSED}, live=LIVE)
    assert told["outcome"] == "failed"
    assert told["failure"]["messages"] == ["Could not read the service SMS: refused."]
    assert [change["steps"] for change in told["changes"]] == [["create SMS"]]


def test_a_host_that_runs_the_tasks_and_is_not_reachable_is_never_as_described() -> None:
    told = tenant(results={"kaleyra_services": {"unreachable": True, "changed": False, "msg": "no route"}}, live=LIVE)
    assert told["outcome"] in ("failed", "unreachable")
    assert told["failure"]["messages"] == ["no route"]


def test_a_tenant_without_any_result_never_counts_as_described() -> None:
    assert tenant()["outcome"] == "failed"


def test_a_tenant_whose_state_could_not_be_read_says_why() -> None:
    told = tenant(results={"kaleyra_services": UNCHANGED}, live={"failed": True, "msg": "no\x1b[31m answer"})
    assert told["live"] is None
    assert told["live_problem"].endswith("answer")
    assert "\x1b" not in told["live_problem"]
    assert told["outcome"] == "unchanged"


def test_drifted_names_every_tenant_that_is_not_certainly_as_described() -> None:
    report = made(
        Collected("a", "kaleyra", results={"kaleyra_services": UNCHANGED}),
        Collected("b", "kaleyra", results={"kaleyra_services": changed("create SMS")}),
        Collected("c", "kaleyra", problems=["ccid: it is empty."]),
        Collected("d", "kaleyra", results={"kaleyra_services": REFUSED}),
        Collected("e", "kaleyra"),
    )
    assert drifted(report) == ["b", "c", "d", "e"]
    assert {outcome: report["totals"][outcome] for outcome in OUTCOMES} == {
        "unchanged": 1, "would_change": 1, "stopped": 1, "failed": 2, "unreachable": 0,
    }  # fmt: skip


def account(*tenants: Collected) -> Json:
    [found] = made(*tenants)["accounts"]
    return dict(found)


def owner(
    name: str, *numbers: Json, listed: tuple[str, ...] = (), unknown: tuple[str, ...] = (), **result: Any
) -> Collected:
    """Return a tenant that has these numbers, and lists some of them in the inventory."""
    live = {
        **LIVE,
        "account": "client",
        "variables": {"tollfree_numbers": list(numbers)},
        "unknown": {**LIVE["unknown"], "tollfree_numbers": list(unknown)},
        "unreadable": {},
    }
    task = {**UNCHANGED, "tollfree_numbers": [{"number": number} for number in listed], **result}
    return Collected(name, "genesys_cloud", results={"genesys_cloud_numbers": task}, live=live)


def test_an_account_adds_up_the_numbers_of_its_tenants() -> None:
    found = account(
        owner("a", {"number": "1844", "slot": "main"}, {"number": "1855"}, listed=("1844",), unknown=("1866", "1877")),
        owner("b", {"number": "1877"}, listed=("1877",), unknown=("1866",)),
    )
    assert found == {
        "account": "client", "numbers": 4, "slots": 1, "unlisted": ["1855"], "foreign": ["1866"], "would_buy": 0,
    }  # fmt: skip


def test_an_account_says_how_many_numbers_would_be_bought() -> None:
    ordered = [{"slot": "main", "number": None}]
    assert account(owner("a", changed=True, steps=["buy"], ordered=ordered))["would_buy"] == 1


def test_numbers_count_as_unlisted_only_if_the_plan_for_them_succeeded() -> None:
    assert account(owner("a", {"number": "1855"}, failed=True, msg="refused"))["unlisted"] == []
    assert account(owner("a", {"number": "1855"}, skipped=True))["unlisted"] == ["1855"]


def test_accounts_without_a_name_are_not_added_up() -> None:
    tenants = [owner("a", {"number": "1844"}), owner("b", {"number": "1855"})]
    unnamed = [replace(one, live={**(one.live or {}), "account": None}) for one in tenants]
    assert [found["numbers"] for found in made(*unnamed)["accounts"]] == [1, 1]


def test_a_tenant_whose_numbers_were_not_read_adds_no_account() -> None:
    unread = {**LIVE, "account": None, "unreadable": {"tollfree_numbers": "They were not read."}}
    assert made(Collected("a", "genesys_cloud", live=unread))["accounts"] == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, []),
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, [("a", "1", "true")]),
        ({"a": ["x", "y"]}, {"a": ["y"]}, [("a", '["x", "y"]', '["y"]')]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}, {"c": 3}]}, [("a[0].b", "1", "2"), ("a[1].c", None, "3")]),
        ({"a": {}}, {}, [("a", "{}", None)]),
        ({}, {"a": None}, [("a", None, "null")]),
        (None, "text", [("value", None, "text")]),
        ({"a": "x" * 300 + "1"}, {"a": "x" * 300 + "2"}, [("a", "x" * 300, "x" * 300)]),
    ],
)  # fmt: skip
def test_differences_name_the_settings_that_differ(before: Any, after: Any, expected: list[tuple[Any, ...]]) -> None:
    found = differences(before, after)
    assert [(item["setting"], item["before"], item["after"]) for item in found] == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)


@given(JSON)
def test_a_state_never_differs_from_itself(state: Any) -> None:
    assert differences(state, state) == []


@given(st.text(min_size=1), st.dictionaries(st.text(min_size=1), JSON, min_size=1))
def test_hostile_texts_are_harmless_and_fit_the_schema(text: str, state: dict[str, Any]) -> None:
    results = {"sender_ids_result": changed(text, before={}, after=state)}
    report = made(Collected("acme", "kaleyra", problems=[], results=results, live={"failed": True, "msg": text}))
    told = valid(report)["tenants"][0]
    assert in_message(told["live_problem"]) == told["live_problem"]
    assert [in_message(step) for step in told["changes"][0]["steps"]] == told["changes"][0]["steps"]
