# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary is made from the results of tasks: `_tenant/summary.py`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.summary import (
    OUTCOMES,
    SCHEMA_VERSION,
    SMS_OPTIONS,
    Collector,
    Slice,
)
from unit.summaries import FAIL, NUMBERS, SCHEMA, result, summary, valid

REFUSED = {"kind": "refused", "url": "https://secret.example.com", "status": 401}


def tenant(made: dict[str, Any], name: str = "acme") -> dict[str, Any]:
    (found,) = (one for one in made["tenants"] if one["tenant"] == name)
    return dict(found)


def test_the_schema_has_the_words_of_the_code() -> None:
    fields = SCHEMA["$defs"]["tenant"]["properties"]
    assert fields["outcome"]["enum"] == list(OUTCOMES)
    assert fields["option"]["enum"] == [*SMS_OPTIONS, None]
    assert SCHEMA["properties"]["schema_version"]["const"] == SCHEMA_VERSION


def test_a_changed_tenant_has_its_steps_by_task() -> None:
    made = summary(
        result(changed=False, steps=[]),
        result(changed=True, steps=["create the service SMS"], diff={"after": "canary"}, invocation="canary"),
        result(changed=True, task="Sender IDs"),
    )
    assert tenant(made) == {
        "tenant": "acme",
        "option": "kaleyra",
        "outcome": "changed",
        "changes": [
            {"task": "Service SMS", "module": "nexus_service", "planned": False, "steps": ["create the service SMS"]},
            {"task": "Sender IDs", "module": "nexus_service", "planned": False, "steps": []},
        ],
        "numbers": [],
        "failure": None,
    }
    assert tenant(made, "globex")["outcome"] == "unchanged"
    assert "canary" not in json.dumps(made)


def test_the_items_of_a_loop_count() -> None:
    items = [{"changed": True, "steps": ["one"]}, {"changed": False, "steps": ["no"]}, {"changed": True}, "squashed"]
    made = summary(result(changed=True, results=items))
    assert tenant(made)["changes"][0]["steps"] == ["one"]


def test_check_mode_only_would_change() -> None:
    made = summary(result(changed=True, steps=["create it"], is_planned=True), check_mode=True)
    assert tenant(made)["outcome"] == "would_change"
    assert made["totals"]["would_change"] == 1
    mixed = summary(result(changed=True, is_planned=True), result(changed=True))
    assert tenant(mixed)["outcome"] == "changed"


@pytest.mark.parametrize(
    ("status", "is_planned", "expected"),
    [("ok", False, "bought"), ("ok", True, "would_buy"), ("failed", False, "ordered")],
)
def test_numbers_say_whether_they_were_bought(status: str, is_planned: bool, expected: str) -> None:
    ordered = [{"slot": "main", "number": None if is_planned else "18005550100", "more": "canary"}, "wrong"]
    one = result("globex", status, NUMBERS, ordered=ordered, changed=True, is_planned=is_planned)
    made = summary(one, one, failed=("globex",) if status == "failed" else ())
    number = None if is_planned else "18005550100"
    assert tenant(made, "globex")["numbers"] == [{"slot": "main", "number": number, "status": expected}]
    assert made["totals"]["numbers"][expected] == 1


def test_a_number_of_a_failure_that_the_user_ignores_does_not_count_as_bought() -> None:
    ordered = [{"slot": "main", "number": "18005550100"}]
    ignored = result("globex", "ok", NUMBERS, ordered=ordered, failed=True)
    without_failed = result("acme", "ok", NUMBERS, ordered=ordered, failure={"kind": "undecided"})
    made = summary(ignored, without_failed)
    assert made["totals"]["numbers"] == {"bought": 0, "would_buy": 0, "ordered": 2}


def test_a_failure_that_is_repeated_at_the_end_is_the_reason_and_counts_once() -> None:
    """A rescued tenant fails again at the end of a run, with its first message."""
    made = summary(
        result(status="failed", failure=REFUSED, msg="It was refused.\n\nCheck the key.", changed=False),
        result(status="failed", action=FAIL, msg="It failed before."),
        failed=("acme",),
    )
    assert tenant(made)["outcome"] == "failed"
    assert tenant(made)["failure"] == {
        "task": "Service SMS",
        "module": "nexus_service",
        "kind": "refused",
        "parameter": None,
        "messages": ["It was refused.", "Check the key."],
    }
    assert made["totals"]["failed"] == 1
    assert "secret.example.com" not in json.dumps(made)


def test_a_failure_that_was_rescued_is_not_the_reason_of_a_later_one() -> None:
    made = summary(
        result(status="failed", msg="It was refused."),
        result(changed=False),
        result(status="failed", task="Sender IDs", msg="It is in use.", failure={"kind": "refused"}),
        result(status="failed", action=FAIL, msg="It failed before."),
        failed=("acme",),
    )
    reason = tenant(made)["failure"]
    assert (reason["task"], reason["messages"]) == ("Sender IDs", ["It is in use."])


def test_a_rescued_failure_does_not_count() -> None:
    made = summary(result(status="failed", msg="It was refused."), result(changed=True))
    assert (tenant(made)["outcome"], tenant(made)["failure"]) == ("changed", None)


def test_a_host_that_failed_without_a_result_is_failed() -> None:
    assert tenant(summary(failed=("acme",)))["outcome"] == "failed"


def test_an_unreachable_tenant() -> None:
    made = summary(result(status="unreachable", msg="No route", unreachable=True), failed=("acme",))
    assert (tenant(made)["outcome"], tenant(made)["failure"]["messages"]) == ("unreachable", ["No route"])


def test_a_host_that_was_not_reached_is_unreachable_although_the_task_failed() -> None:
    gone = result(status="failed", msg="Ansible could not reach it.", failure={"kind": "unreachable_host"})
    again = result(status="failed", action=FAIL, msg="It failed before.")
    assert tenant(summary(gone, again, failed=("acme",)))["outcome"] == "unreachable"


def test_a_host_that_was_not_reached_is_unreachable_although_the_failure_was_ignored() -> None:
    gone = result(failed=False, msg="It failed.", failure={"kind": "unreachable_host"})
    skipped = result(skipped=True, changed=False)
    end = result(status="failed", action=FAIL, msg="A check failed.")
    assert tenant(summary(gone, skipped, end, failed=("acme",)))["outcome"] == "unreachable"
    assert tenant(summary(gone, result(changed=False), end, failed=("acme",)))["outcome"] == "failed"


@pytest.mark.parametrize(
    ("action", "is_ours", "reason"),
    [
        ("ansible.builtin.command", False, "Later"),
        (FAIL, False, "Services"),
        ("ansible.builtin.assert", True, "Services"),
    ],
)
def test_a_later_failure_of_another_task_is_the_reason(action: str, is_ours: bool, reason: str) -> None:
    rescued = result(status="failed", task="Services", msg="It was refused.", failure={"kind": "unreachable_host"})
    later = result(status="failed", task="Later", action=action, is_ours=is_ours)
    made = tenant(summary(rescued, later, failed=("acme",)))
    assert made["failure"]["task"] == reason
    assert made["outcome"] == ("failed" if reason == "Later" else "unreachable")


def test_the_preflight_stops_a_tenant() -> None:
    findings = ["one: it is empty.", "two: it is empty."]
    stop = result(status="failed", action=FAIL, msg=findings)
    made = summary(stop, failed=("acme",), facts={"preflight_problems": {"acme": findings}}, compared=7)
    assert (tenant(made)["outcome"], tenant(made)["failure"]["messages"]) == ("stopped", findings)
    assert made["compared_tenants"] == 7


def test_a_run_without_a_preflight_compared_nothing() -> None:
    assert summary(facts={"something": "else"})["compared_tenants"] is None


def test_a_failed_item_is_the_reason() -> None:
    items = [
        {"failed": False, "msg": "fine"},
        {"failed": True, "msg": "bad", "failure": {"kind": "invalid_input", "parameter": "number"}},
    ]
    failure = tenant(summary(result(status="failed", msg="One or more", results=items), failed=("acme",)))["failure"]
    assert (failure["kind"], failure["parameter"], failure["messages"]) == ("invalid_input", "number", ["bad"])


def test_a_hidden_result_stays_hidden() -> None:
    one = result(status="failed", censored="the output has been hidden", msg="canary", failure=None)
    failure = tenant(summary(one, failed=("acme",)))["failure"]
    assert failure["messages"] == ["The result of the task is hidden by no_log."]


def test_messages_of_foreign_tasks_are_left_out() -> None:
    """They may have a secret: only the modules of this collection remove secrets."""
    one = result(status="failed", action="ansible.builtin.uri", msg="canary", is_ours=False, failure={"kind": "canary"})
    made = summary(one, failed=("acme",))
    assert "canary" not in json.dumps(made)
    assert tenant(made)["failure"]["messages"][0].startswith("The task Service SMS failed.")


def test_foreign_changes_do_not_count() -> None:
    assert tenant(summary(result(action="ansible.builtin.copy", changed=True)))["outcome"] == "unchanged"


def test_a_failure_without_a_message_is_told() -> None:
    assert tenant(summary(result(status="failed"), failed=("acme",)))["failure"]["messages"] == [
        "The task failed without a message."
    ]


def test_texts_of_servers_are_data() -> None:
    steps = ["create \x1b[31m{{ lookup('pipe', 'id') }}\u202e"]
    made = summary(
        result(changed=True, steps=steps), result(status="failed", msg="a\x07b" + "c" * 3000), failed=("acme",)
    )
    text = json.dumps(made, ensure_ascii=False)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(tenant(made)["failure"]["messages"][0]) <= 1000


def test_a_tenant_of_no_group_is_added_when_a_module_runs_for_it() -> None:
    made = summary(result("stray", changed=True), result("server", action=FAIL))
    assert tenant(made, "stray")["option"] is None
    assert [one["tenant"] for one in made["tenants"]] == ["acme", "globex", "stray"]


def test_failures_of_other_hosts_are_problems() -> None:
    told = ["This run has no tenant."]
    made = summary(
        result("localhost", "failed", FAIL, msg=told),
        result("localhost", "failed", FAIL, msg=told),
        result("stray", "failed", FAIL, msg="It has no SMS option."),
        result("server", "failed", FAIL, msg="canary", is_ours=False),
        tenants={},
        failed=("localhost",),
    )
    assert made["problems"] == [*told, "stray: It has no SMS option."]
    assert made["tenants"] == []


def test_tenants_that_a_run_did_not_reach() -> None:
    one = result(status="failed", action=FAIL, msg="A tag is unknown.", ends_play=True)
    made = summary(one, failed=("acme",))
    assert [each["outcome"] for each in made["tenants"]] == ["failed", "not_run"]
    rescued = summary(one)
    assert [each["outcome"] for each in rescued["tenants"]] == ["unchanged", "unchanged"]
    collector = Collector()
    collector.join({"acme": None})
    collector.leave()
    assert [each.outcome for each in collector.finish(())] == ["not_run"]


def test_a_slice_is_named() -> None:
    assert summary(part=Slice(2, 3))["slice"] == {"number": 2, "count": 3}
    assert valid(summary())["slice"] is None
