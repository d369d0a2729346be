# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays, tasks, options and files of the callback summary: `plugin_utils/summary.py`."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import context
from ansible.playbook.block import Block
from ansible.playbook.task_include import TaskInclude
from ansible.utils.context_objects import CLIArgs
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.summary import Slice
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils.summary import (
    action_of,
    extra_variables,
    is_ours,
    play_view,
    problem_of,
    read_files,
    run_view,
    slice_of,
    target,
    task_result,
    write,
)

SERVICE = "cxops.genesys_sms.nexus_service"
SetCommand = Callable[..., None]
COUNT = "it must be the number of slices, 1 or more"
EITHER = "Correct it, or remove slice_number."


@pytest.fixture(autouse=True)
def command_line(monkeypatch: pytest.MonkeyPatch) -> SetCommand:
    """Set options of the command line. Return a function that changes them."""

    def change(**given: Any) -> None:
        known = {"args": (), "tags": (), "skip_tags": (), "check": False, "subset": None}
        monkeypatch.setattr(context, "CLIARGS", CLIArgs({**known, **given}))

    change()
    return change


class Group:
    """A group of the inventory, with a host for each name."""

    def __init__(self, *names: str) -> None:
        self.hosts = [SimpleNamespace(get_name=lambda name=name: name) for name in names]

    def get_hosts(self) -> list[Any]:
        return self.hosts


def play_of(*tasks: Any, hosts: Group | None = None, **values: Any) -> Any:
    """Return a play over an inventory with three tenants and a server. The run is limited to two tenants."""
    groups = {"kaleyra": Group("acme", "globex"), "custom_gateway": Group("globex", "initech")}
    limited = Group("acme", "globex", "server")
    inventory = SimpleNamespace(groups=groups, get_hosts=lambda _pattern=None: (hosts or limited).hosts)
    manager = SimpleNamespace(_inventory=inventory)
    known = {"hosts": "all", "strategy": "linear", "only_tags": {"all"}, "skip_tags": set()}
    return SimpleNamespace(**{**known, **values}, compile=lambda: [block(*tasks)], get_variable_manager=lambda: manager)


def block(*tasks: Any) -> Block:
    """Return a block with these tasks, and one more that runs after an error."""
    made = Block()
    made.block, made.rescue = list(tasks), [task()]
    return made


def task(action: str = SERVICE, tags: Sequence[str] = (), **values: Any) -> Any:
    """Return a task. It runs if it has none of the tags to skip."""
    known = {"action": action, "_role": None, "check_mode": False, "run_once": False, "get_path": lambda: ""}

    def evaluate(_only: set[str], skip: set[str], all_vars: dict[str, Any]) -> bool:
        return not skip & set(tags)

    return SimpleNamespace(**{**known, **values}, tags=tags, evaluate_tags=evaluate)


def test_the_command_line(command_line: SetCommand) -> None:
    command_line(args=("cxops.genesys_sms.remove", "/srv/my/site.yml"), check=True, subset="ac\x1bme")
    assert run_view() == (["cxops.genesys_sms.remove", "site.yml"], True, "ac\ufffdme")
    command_line()
    assert run_view() == ([], False, None)


def test_the_tenants_of_a_play() -> None:
    view = play_view(play_of(task()))
    assert view.tenants == {"acme": "kaleyra", "globex": "kaleyra"}
    assert view.everyone == ["acme", "globex"]
    assert (view.compared, view.is_ours, view.strategy) == (3, True, "linear")


def test_the_tasks_of_a_play() -> None:
    """Those that run after an error do not count."""
    tasks = (task(), block(task(tags=["a"]), task("ansible.builtin.debug")))
    assert play_view(play_of(*tasks)).tasks == 2
    assert play_view(play_of(*tasks, skip_tags={"a"})).tasks == 1


def test_tasks_are_unknown_with_an_include_or_a_variable_in_a_tag() -> None:
    include = TaskInclude()
    include.action = "ansible.builtin.include_tasks"
    view = play_view(play_of(task(), include))
    assert (view.is_ours, view.tasks) == (True, 0)
    assert play_view(play_of(task(tags=["{{ nowhere }}"]))).tasks == 0


def test_a_play_of_others_is_not_ours() -> None:
    view = play_view(play_of(task("ansible.builtin.debug")))
    assert (view.is_ours, view.tasks) == (False, 0)


def test_empty_extra_variables_are_not_set() -> None:
    manager = SimpleNamespace(extra_vars={"summary_file": "", "summary_slice_count": 3})
    assert extra_variables(SimpleNamespace(get_variable_manager=lambda: manager)) == {"summary_slice_count": 3}


def test_a_module_by_its_short_name() -> None:
    assert action_of(task("nexus_service", _resolved_action=SERVICE)) == SERVICE
    assert action_of(task("nexus_service", resolved_action=SERVICE)) == SERVICE
    assert action_of(task("debug")) == "debug"


def test_which_tasks_are_ours() -> None:
    role = SimpleNamespace(_role_collection="cxops.genesys_sms")
    here = Path(__file__).parents[3] / "playbooks"
    assert is_ours(task())
    assert is_ours(task("fail", _role=role))
    assert is_ours(task("fail", get_path=lambda: f"{here}/provision.yml:7"))
    assert not is_ours(task("fail", get_path=lambda: f"{here}/merge_summaries.yml:7"))
    assert not is_ours(task("fail", get_path=lambda: "/srv/site.yml:7"))
    assert not is_ours(task("fail", _role=SimpleNamespace(_role_collection=None)))


@pytest.mark.parametrize("is_public", [True, False])
def test_a_result_of_each_ansible_core(is_public: bool) -> None:
    """Public names came with ansible-core 2.19."""
    prefix = "" if is_public else "_"
    parts = {
        "host": SimpleNamespace(get_name=lambda: "acme"),
        "task": task(check_mode=True),
        "result": {"changed": True},
    }
    given = SimpleNamespace(task_name="Service", **{f"{prefix}{name}": value for name, value in parts.items()})
    one = task_result(given, "ok", "linear")
    assert (one.tenant, one.task, one.module, one.result) == ("acme", "Service", "nexus_service", {"changed": True})
    assert one.is_planned
    assert not one.ends_play


@pytest.mark.parametrize(
    ("strategy", "expected"), [("linear", True), ("ansible.builtin.linear", True), ("free", False)]
)
def test_run_once_ends_a_play(strategy: str, expected: bool) -> None:
    given = SimpleNamespace(
        task_name="x", host=SimpleNamespace(get_name=lambda: "acme"), task=task(run_once=True), result=None
    )
    one = task_result(given, "failed", strategy)
    assert (one.ends_play, one.result) == (expected, {})


@pytest.mark.parametrize(
    ("number", "count", "expected"),
    [
        (None, None, (None, None)),
        ("", "", (None, None)),
        (None, "3", (Slice(None, 3), None)),
        ("", "03", (Slice(None, 3), None)),
        ("3", "3", (Slice(3, 3), None)),
        ("1", None, (None, f"slice_count: {COUNT}. {EITHER}")),
        (None, "0", (None, f"slice_count: {COUNT}, not 0. {EITHER}")),
        (None, "ma\x1bny", (None, f"slice_count: {COUNT}, not ma\ufffdny. {EITHER}")),
        ("4", "3", (None, "slice_number: it must be between 1 and slice_count, which is 3, not 4. Correct it.")),
        ("x", "3", (None, "slice_number: it must be between 1 and slice_count, which is 3, not x. Correct it.")),
    ],
)
def test_slices(number: str | None, count: str | None, expected: tuple[Slice | None, str | None]) -> None:
    assert slice_of(number, count) == expected


def test_the_file_of_a_summary(tmp_path: Path) -> None:
    assert target(str(tmp_path / "x.json"), 0) == tmp_path / "x.json"
    first, second = target(str(tmp_path), 0), target(str(tmp_path), 0)
    assert first != second
    assert first.parent == tmp_path
    assert first.name.startswith("summary-19700101T000000Z-")


def test_problems_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert problem_of(str(tmp_path / "x.json")) is None
    assert problem_of(str(tmp_path)) is None
    assert problem_of("{{ x }}/y") == (
        "summary_file: it contains a template, which is not evaluated here. Give the path itself."
    )
    assert problem_of(str(tmp_path / "no/x.json")) == (
        f"summary_file: the directory {tmp_path}/no does not exist, so no summary will be written. Create it."
    )
    monkeypatch.setattr("os.access", lambda *_arguments: False)
    assert "files can't be created" in str(problem_of(str(tmp_path / "x.json")))


def test_a_summary_is_written_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("old")
    assert write(path, {"text": "\x1b\u202e\ud800"}) is None
    assert json.loads(path.read_text(encoding="ascii")) == {"text": "\x1b\u202e\ud800"}
    assert "\x1b" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = write(tmp_path / "no/x.json", {})
    assert told == (
        f"summary_file: {tmp_path}/no/x.json can't be written: No such file or directory. "
        "The run itself is not affected."
    )
    path = tmp_path / "x.json"
    path.write_text("old")

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("json.dump", full)
    assert "No space left on device" in str(write(path, {}))
    assert (list(tmp_path.iterdir()), path.read_text()) == ([path], "old")


def test_files_are_read_once(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.json").write_text(name)
    (tmp_path / "other.txt").write_text("other")
    both = [(str(tmp_path / "a.json"), "a"), (str(tmp_path / "b.json"), "b")]
    for patterns in ([str(tmp_path)], [f"{tmp_path}/*.json"], [str(tmp_path / "a.json"), str(tmp_path)]):
        assert read_files(patterns) == (both, [])


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"\xff")
    missing = f"{tmp_path}/no.json"
    assert read_files([missing, f"{tmp_path}/x.json"]) == (
        [],
        [
            f"{missing}: it can't be read: No such file or directory. Give the summary file of each slice.",
            f"{tmp_path}/x.json: it is not valid JSON. Run the slice again.",
        ],
    )
    assert read_files([str(tmp_path / "empty")])[1] != []
