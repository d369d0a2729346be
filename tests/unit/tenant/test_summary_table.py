# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of a summary, and the line of progress: `_tenant/summary_table.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.server_text import is_harmful
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.summary import Slice
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.summary_table import Progress, _duration, table
from unit.properties import given, st
from unit.summaries import FAIL, NUMBERS, Json, result, summary


def texts(made: Json, width: int = 80) -> list[str]:
    return [line.text for line in table(made, width)]


def test_the_table_of_a_run() -> None:
    made = summary(
        result(changed=True, steps=["create the service SMS", "create the sender ID chat.SMS_0"]),
        result("globex", action=NUMBERS, changed=True, ordered=[{"slot": "main", "number": "18005550100"}]),
        result("stray", "failed", msg="It was refused.\nCheck the key.\nAgain.", failure={"kind": "refused"}),
        result("initech"),
        failed=("stray",),
    )
    assert texts(made) == [
        "tenant  option          outcome",
        "acme    kaleyra         changed",
        "    create the service SMS; create the sender ID chat.SMS_0",
        "globex  genesys_cloud   changed",
        "    bought 18005550100 for the slot main; Service SMS",
        "stray   -               failed",
        "    refused: It was refused. (and 2 more lines)",
        "4 tenants: 2 changed, 1 unchanged, 1 failed. Numbers bought: 1.",
    ]
    assert [line.outcome for line in table(made, 80) if line.outcome] == ["changed", "changed", "failed"]


def test_a_plan_says_would() -> None:
    one = result(action=NUMBERS, changed=True, steps=["buy it"], is_planned=True, ordered=[{"slot": "main"}])
    assert texts(summary(one, check_mode=True)) == [
        "tenant  option          outcome",
        "acme    kaleyra         would change",
        "    would buy a number for the slot main; buy it",
        "2 tenants: 1 would change, 1 unchanged. Numbers would be bought: 1.",
    ]


def test_a_number_of_a_failed_task_is_not_called_bought() -> None:
    ordered = [{"slot": None, "number": "18005550100"}]
    made = summary(result(status="failed", msg="Lost.", changed=True, ordered=ordered), failed=("acme",))
    assert texts(made)[2:] == [
        "    Lost.; ordered, and the task failed after that: 18005550100; changed before",
        "    that",
        "2 tenants: 1 unchanged, 1 failed. Numbers ordered by a task that failed after",
        "the order: 1.",
    ]


def test_bad_outcomes_come_last() -> None:
    findings = {"preflight_problems": {"globex": ["x: it is empty."]}}
    made = summary(
        result("globex", "failed", FAIL, msg=["x: it is empty.", "y: it is empty."]),
        result(status="failed", action=FAIL, msg="no", ends_play=True),
        facts=findings,
        tenants={"acme": "kaleyra", "globex": "genesys_cloud", "initech": "kaleyra"},
        failed=("acme", "globex"),
    )
    assert texts(made) == [
        "tenant   option          outcome",
        "initech  kaleyra         not run",
        "globex   genesys_cloud   stopped by the preflight",
        "    x: it is empty. (and 1 more line)",
        "acme     kaleyra         failed",
        "    no",
        "3 tenants: 1 not run, 1 stopped by the preflight, 1 failed.",
    ]


def test_unchanged_tenants_are_counted_in_one_line() -> None:
    fleet = {f"tenant{number:04}": "kaleyra" for number in range(1000)}
    made = summary(result("tenant0500", changed=True, steps=["x " * 500]), tenants=fleet)
    lines = texts(made)
    assert lines[-1] == "1000 tenants: 1 changed, 999 unchanged."
    assert len(lines) == 6
    assert lines[4].endswith(" ...")


def test_a_run_without_tenants_says_so() -> None:
    one = result("localhost", "failed", FAIL, msg="This run has no tenant: check the groups.")
    assert texts(summary(one, tenants={})) == ["This run has no tenant: check the groups.", "This run had no tenant."]


@pytest.mark.parametrize(
    ("part", "compared", "expected"),
    [
        (Slice(2, 3), 2, "This was slice 2 of 3. It compared only its own tenants with each other."),
        (Slice(None, 3), 2, "This was one of 3 slices. It compared only its own tenants with each other."),
        (Slice(2, 3), 6, "This was slice 2 of 3. It compared the 6 tenants of its inventory with each other."),
    ],
)
def test_a_slice_says_what_it_compared(part: Slice, compared: int, expected: str) -> None:
    assert " ".join(texts(summary(part=part, compared=compared))) == f"2 tenants: 2 unchanged. {expected}"


def test_a_slice_without_a_preflight_compared_nothing() -> None:
    assert "It compared no tenants" in " ".join(texts(summary(part=Slice(1, 3), facts={})))


@given(st.text(), st.text(), st.integers(min_value=1, max_value=200))
def test_no_text_controls_the_terminal_or_is_wider_than_it(name: str, text: str, width: int) -> None:
    made = summary(result(name[:30], "failed", msg=text, task=text), failed=(name[:30],))
    for line in texts(made, width):
        assert not any(map(is_harmful, line))
        assert len(line) <= max(width, 75)


def progress(*tenants: str, tasks: int = 2) -> Progress:
    made = Progress(0.0)
    made.begin(tenants, ["a", "b", "c", "d"], tasks)
    return made


def add(made: Progress, tenant: str, *, is_module: bool = True, changed: bool = False, failed: bool = False) -> None:
    made.add(tenant, is_module=is_module, changed=changed, failed=failed)


def test_progress_counts_and_estimates() -> None:
    made = progress("a", "b")
    assert made.line(10) == "0 of 4 tenants done, 0 failed, 0 changed"
    add(made, "a", changed=True)
    add(made, "b")
    assert made.line(10) == "0 of 4 tenants done, 0 failed, 1 changed, about 30 s left"
    add(made, "a")
    add(made, "b", failed=True)
    assert made.line(20) == "2 of 4 tenants done, 1 failed, 1 changed, about 20 s left"
    made.begin(["c", "d"], [], 1)
    add(made, "c")
    assert made.line(300) == "3 of 4 tenants done, 1 failed, 1 changed, about 2 min left"
    assert made.line(60000).endswith("about 5.6 h left")


def test_progress_without_a_known_number_of_tasks_estimates_nothing() -> None:
    made = progress("a", "b", tasks=0)
    add(made, "a")
    add(made, "b", is_module=False)
    assert made.line(10) == "0 of 4 tenants done, 0 failed, 0 changed"
    made.begin(["c"], [], 1)
    assert made.line(10) == "2 of 4 tenants done, 0 failed, 0 changed, about 10 s left"


def test_a_play_without_modules_finishes_no_tenant() -> None:
    """Such as the preflight, in a play of its own."""
    made = progress("a", "b", "c", "d", tasks=0)
    add(made, "a", is_module=False)
    made.begin(["a"], [], 3)
    assert made.line(10) == "0 of 4 tenants done, 0 failed, 0 changed"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "1 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (5399, "90 min"),
        (5400, "1.5 h"),
        (3_600_000, "1000.0 h"),
    ],
)
def test_the_unit_of_a_duration_depends_on_its_length(seconds: float, shown: str) -> None:
    assert _duration(seconds) == shown
