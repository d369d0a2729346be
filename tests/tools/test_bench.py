# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/bench: its tenants, and the verdicts and tables of its report. No time is measured here."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.report import Collected
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils import report_pages
from bench.__main__ import FULL
from bench.compare import Pair
from bench.inventory import JOURNAL_NAME, fleet
from bench.measure import BenchError, Command, Run, Series, run_together
from bench.page import PageResult, measure_page
from bench.parts import PARTS, delay, doors, large, lists, slices, waiting
from bench.parts import fleet as fleet_part
from bench.report import Section, Target, report, table
from playwright.sync_api import Error
from sandbox.control import Record, Sandbox
from tools.collection import ROOT
from unit.reports import LIVE, made

ENV = {
    name: f"https://{name.lower()}.example.com"
    for name in (
        *("NEXUS_URL", "GWS_URL", "GWS_AUTH_URL", "GAX_URL", "KALEYRA_URL", "GATEWAY_URL"),
        *("GC_LOGIN_URL", "GC_API_URL", "GC_CLIENT_ID", "GC_CLIENT_SECRET"),
    )
}


def run(seconds: float, megabytes: int = 100, requests: Sequence[Record] = ()) -> Run:
    """Return a run of a command."""
    return Run(seconds, seconds / 2, megabytes * 10**6, {"a": {"ok": 6, "skipped": 1, "changed": 0}}, tuple(requests))


def series(*seconds: float, requests: Sequence[Record] = ()) -> Series:
    """Return runs that took these times."""
    return Series(tuple(run(second, requests=requests) for second in seconds))


def pair(first: float, again: float) -> Pair:
    """Return a first run and a re-run."""
    return Pair(series(first), series(again))


def call(method: str, path: str, token: str = "t1") -> Record:
    """Return a recorded request."""
    return Record(1, method, path, "", 200, "gws", {"authorization": token}, "", False, 1)


def verdicts(section: Section) -> list[tuple[str, bool]]:
    """Return what was measured for each target, and whether it was met."""
    return [(target.measured, target.met) for target in section.targets]


def test_tenants_are_mixed_at_each_size() -> None:
    for size in (50, 1000):
        tenants = fleet(size, 3, 200)
        names = {tenant.name for tenant in tenants.tenants}
        assert len(names) == size
        assert len(tenants.channels) == size // 3
        assert len(tenants.over_gax) == size // 6
        assert len(tenants.clouds) == -(-(size - 1) // 3)
        assert not tenants.clouds & tenants.channels.keys()
        assert list(tenants.channels.values())[:2] == [200, 3]


def test_few_tenants_are_the_first_of_many() -> None:
    assert fleet(1000, 3, 200).tenants[:50] == fleet(50, 3, 200).tenants


def test_no_number_comes_twice(tmp_path: Path) -> None:
    inventory = fleet(1000, 3, 200).write_inventory(tmp_path / "many", ENV)
    variables = [yaml.safe_load(path.read_text()) for path in inventory.glob("host_vars/*/main.yml")]
    numbers = [item["channel_id"] for one in variables for item in one["sender_ids"]]
    assert len(set(numbers)) == len(numbers) == 3000
    channels = [item["channel_id"] for one in variables for item in one.get("custom_gateway_channels", [])]
    assert len(set(channels)) == len(channels) == 332 * 3 + 200


def test_only_asked_for_tenants_have_webhook_headers(tmp_path: Path) -> None:
    for wanted in (False, True):
        inventory = fleet(3, 3, 3, webhook_headers=wanted).write_inventory(tmp_path / str(wanted), ENV)
        found = [path.parent.name for path in inventory.glob("host_vars/*/main.yml") if "headers" in path.read_text()]
        assert found == (["tenant002"] if wanted else [])


def test_slices_have_all_tenants_once_and_one_journal(tmp_path: Path) -> None:
    tenants = fleet(50, 3, 20)
    whole = tenants.write_inventory(tmp_path / "whole", ENV)
    cut = tenants.write_slices(whole, 4)
    groups = [yaml.safe_load((directory / "hosts.yml").read_text()) for directory in cut]
    for group, members in yaml.safe_load((whole / "hosts.yml").read_text()).items():
        assert sorted(host for one in groups for host in one[group]["hosts"]) == sorted(members["hosts"])
    assert [len({*(host for group in one.values() for host in group["hosts"])}) for one in groups] == [13, 13, 12, 12]
    journals = {yaml.safe_load((one / "group_vars/all.yml").read_text())["genesys_cloud_journal"] for one in cut}
    assert journals == {str(whole / JOURNAL_NAME)}


def test_asserts_are_spread_over_all_hosts() -> None:
    spread = fleet_part.spread(318, [f"tenant{number}" for number in range(50)])
    assert sum(spread.values()) == 318
    assert set(spread.values()) == {6, 7}


def fleet_result(playbook: float, uri: float, floor: float) -> fleet_part.Result:
    """Return a result with these times of the re-runs."""
    return fleet_part.Result(
        pair(9, playbook), pair(90, uri), pair(5, 5), series(floor), 136, 16, 17, {"Kaleyra, GWS": (12, 7)}
    )


@pytest.mark.parametrize(
    ("playbook", "expected"),
    [(4.0, [("16.0 times", True), ("0.80", True)]), (5.0, [("12.8 times", False), ("1.00", False)])],
)
def test_targets_of_the_fleet(playbook: float, expected: list[tuple[str, bool]]) -> None:
    section = fleet_part.section(fleet_result(playbook, 64.0, 5.0), FULL)
    assert verdicts(section) == [*expected, ("100 MB", True)]
    assert "318 results" in section.text
    assert "136 results" in section.text


@pytest.mark.parametrize(("again", "met"), [(5.0, True), (5.2, False)])
def test_target_of_the_delay(again: float, met: bool) -> None:
    section = delay.section(pair(8, again), pair(11, 10), FULL)
    assert verdicts(section) == [(f"{again / 10:.2f}", met)]
    assert "with 20 ms for each request" in section.text


def large_result(again: float, validate: float, page: PageResult) -> large.Result:
    """Return a result in which 50 tenants take 4 s, and 1,000 take these times."""
    few = large.FleetRuns(50, series(5), {5: series(4, 4), 50: series(4, 4)}, series(6), series(7))
    many = large.FleetRuns(1000, series(100), {5: series(again), 50: series(80)}, series(120), series(140))
    return large.Result(few, many, series(validate), series(1), page)


@pytest.mark.parametrize(
    ("again", "validate", "page", "expected"),
    [
        (
            *(80, 9, PageResult(1_400_000, [20, 99, 30])),
            [("1.00", True), ("1.00", True), ("100 MB", True), ("10.0%", True), ("99 ms", True), ("1.40 MB", True)],
        ),
        (
            *(100, 21, PageResult(5_000_000, [20, 100, 30])),
            [
                ("1.25", False),
                ("1.00", True),
                ("100 MB", True),
                ("20.0%", False),
                ("100 ms", False),
                ("5.00 MB", False),
            ],
        ),
    ],
)
def test_targets_of_very_many_tenants(
    again: float, validate: float, page: PageResult, expected: list[tuple[str, bool]]
) -> None:
    section = large.section(large_result(again, validate, page), FULL)
    assert verdicts(section) == expected
    assert f"| {again / 1000 * 1000:.0f} ms " in section.text
    assert re.search(rf"\| 3 +\| 30 ms +\| {max(page.waits)} ms +\|", section.text)
    assert "| 140 ms " in section.text


def test_each_session_is_waited_for_once() -> None:
    polls = [call("POST", "/gws/provisioning/v3/initialize-provisioning", token) for token in ("t1", "t1", "t2")]
    late = run(9.5, requests=[*polls, call("GET", "/gws/provisioning/v3/objects", "t3")])
    pause = waiting.Pause(run(1.5), late)
    assert (pause.sessions, pause.cost) == (2, 8.0)
    once = waiting.Pause(run(1.5), run(9.5, requests=polls[:2]))
    assert verdicts(waiting.section({"Kaleyra": (once, once)}, FULL)) == [("1 times", True)]
    section = waiting.section({"Kaleyra": (once, once), "gateway": (once, pause)}, FULL)
    assert verdicts(section) == [("2 times", False)]
    assert "ready after 5 s" in section.text


def test_each_key_in_a_page_is_measured(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(
        report_pages.html(made(Collected("acme", "kaleyra", live=LIVE), Collected("beta", "custom_gateway")))
    )
    measured = measure_page(page, ("acme", "zz"))
    # The words are typed and removed. The lists have, beside all: two options, one state, and not as described.
    assert len(measured.waits) == 2 * 4 + 2 * 2 + 2 * 2 + 2 * 2
    assert 0 < measured.median <= max(measured.waits)
    assert measured.size == page.stat().st_size


def test_a_key_without_effect_ends_the_measurement(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text("<label>Search <input readonly></label>")
    with pytest.raises(Error, match="The key had no effect within 50 ms"):
        measure_page(page, ("a",), limit=50)


def test_targets_of_lists() -> None:
    path = "/gws/provisioning/v3/configuration/objects/transactions"
    one = series(1.0, requests=[call("GET", path), call("PUT", f"{path}/101"), call("POST", "/gws/logout")])
    two = series(5.0, requests=[call("GET", path), call("GET", path)])
    assert verdicts(lists.section(Pair(one, one), Pair(two, two), FULL)) == [("1.00 s", True), ("1 GET, 1 PUT", True)]
    assert [met for _text, met in verdicts(lists.section(Pair(two, two), Pair(one, one), FULL))] == [False, False]


def test_reports_without_a_target() -> None:
    section = slices.section([("one run", pair(9, 8)), ("4 slices", pair(7, 6))], FULL)
    assert "the tenants 1, 5, 9 and so on" in section.text
    assert "| 4 slices | 7.00 s " in section.text
    assert "| ordinary modules  | 3.00 s " in doors.section(pair(1, 1), pair(3, 3), FULL).text
    assert "## Targets" not in report(FULL, "- a machine", [section])


def test_the_report_has_a_row_for_each_target() -> None:
    sections = [Section("## One", [Target("fast", "1 s", True)]), Section("## Two", [Target("small", "9 MB", False)])]
    text = report(FULL, "- a machine", sections)
    assert table(("target", "measured", ""), [("fast", "1 s", "met"), ("small", "9 MB", "**not met**")]) in text
    assert text.index("## Targets") < text.index("## One") < text.index("## Two") < text.index("## How it is measured")


def test_each_part_has_a_template_and_is_documented() -> None:
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    parts = ROOT / "tests/bench/parts"
    assert sorted(PARTS) == sorted(path.stem for path in parts.glob("*.md"))
    assert [part for part in PARTS if f"`{part}`" not in contributing] == []


class _Silent(Sandbox):
    """A sandbox that does not run."""

    def __init__(self) -> None:
        pass

    def clear_requests(self) -> None:
        pass

    def requests(self, since: int = 0) -> list[Record]:
        return []


def command(code: str, output: Path) -> Command:
    """Return a command that runs Python code."""
    return Command([sys.executable, "-c", code], {}, output)


def test_commands_side_by_side_are_one_run(tmp_path: Path) -> None:
    recap = "print('{} : ok=3 changed=1 unreachable=0 failed=0 skipped=2 rescued=0 ignored=0')"
    both = [command(recap.format(name), tmp_path / name) for name in ("acme", "globex")]
    done = run_together(both, _Silent())
    assert done.results == {"acme": 5, "globex": 5}
    assert done.changes == 2
    alone = both[0].run(_Silent())
    assert alone.peak_bytes < done.peak_bytes


def test_one_failed_command_fails_the_run(tmp_path: Path) -> None:
    both = [command("print('well')", tmp_path / "one"), command("raise SystemExit('broken')", tmp_path / "two")]
    with pytest.raises(BenchError, match="ended with 1:\nbroken"):
        run_together(both, _Silent())
