# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the callback does at each event, without Ansible's own run: `callback/summary.py`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import context
from ansible.utils.context_objects import CLIArgs
from ansible_collections.cxops.genesys_sms.plugins.callback import summary as callback
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils.summary import PlayView
from unit.summaries import SERVICE, valid


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


class Screen:
    """Records what is displayed."""

    def __init__(self) -> None:
        self.columns = 79
        self.verbosity = 0
        self.lines: list[str] = []
        self.progress: list[bool] = []
        self.warnings: list[str] = []

    def banner(self, text: str) -> None:
        self.lines.append(text)

    def warning(self, text: str) -> None:
        self.warnings.append(text)

    def display(self, text: str, color: str | None = None, stderr: bool = False, screen_only: bool = False) -> None:
        if screen_only:
            self.progress.append(stderr)
        self.lines.append(text)


class Run:
    """The callback in a run of one play over two tenants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, is_ours: bool = True, **options: Any) -> None:
        given = {"args": ("cxops.genesys_sms.provision",), "check": False, "subset": None}
        monkeypatch.setattr(context, "CLIARGS", CLIArgs(given))
        tenants: dict[str, str | None] = {"acme": "kaleyra", "globex": "kaleyra"} if is_ours else {}
        view = PlayView(tenants, list(tenants), 2, is_ours, 1, "linear")
        monkeypatch.setattr(callback, "play_view", lambda play: view)
        monkeypatch.setattr(callback, "extra_variables", lambda play: {})
        self.screen = Screen()
        self.callback = callback.CallbackModule()
        known = {"summary_file": None, "slice_number": None, "slice_count": None, "progress_interval": 5.0}
        chosen = {**known, **options}
        # The options come from the documentation, which only ansible-core's loader reads.
        monkeypatch.setattr(self.callback, "set_options", lambda **_given: None)
        monkeypatch.setattr(self.callback, "get_option", lambda name: chosen[name])
        monkeypatch.setattr(self.callback, "_display", self.screen)
        self.callback.v2_playbook_on_play_start(None)

    def end(self, failures: tuple[str, ...] = (), dark: tuple[str, ...] = ()) -> list[str]:
        stats = SimpleNamespace(failures=dict.fromkeys(failures, 1), dark=dict.fromkeys(dark, 1))
        self.callback.v2_playbook_on_stats(stats)
        return self.screen.lines


def result(host: str = "acme", **values: Any) -> Any:
    """Return the result of a task."""
    task = SimpleNamespace(action=SERVICE, _role=None, check_mode=False, run_once=False)
    return SimpleNamespace(host=SimpleNamespace(get_name=lambda: host), task=task, task_name="Service", result=values)


def test_a_run_is_shown_and_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    run = Run(monkeypatch, summary_file=str(path), slice_number="1", slice_count="2")
    run.callback.v2_runner_on_ok(result(ansible_facts={"preflight_problems": {}}))
    run.callback.v2_runner_on_ok(result(changed=True, steps=["create it"]))
    run.callback.v2_runner_on_failed(result(msg="ignored", failed=True), ignore_errors=True)
    run.callback.v2_runner_on_skipped(result())
    run.callback.v2_runner_on_failed(result("globex", msg="refused", failed=True))
    assert run.end(failures=("globex",)) == [
        "SMS SUMMARY",
        "tenant  option          outcome",
        "acme    kaleyra         changed",
        "    create it",
        "globex  kaleyra         failed",
        "    refused",
        "2 tenants: 1 changed, 1 failed. This was slice 1 of 2. It compared only its",
        "own tenants with each other.",
        f"The summary is in {path}.",
    ]
    assert valid(json.loads(path.read_text()))["slice"] == {"number": 1, "count": 2}
    assert run.screen.warnings == []


def test_an_unreachable_host_and_a_play_that_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch)
    run.callback.v2_runner_on_unreachable(result(msg="no route", unreachable=True))
    run.callback.v2_playbook_on_no_hosts_remaining()
    lines = run.end(dark=("acme",))
    assert lines[2:4] == ["globex  kaleyra         not run", "acme    kaleyra         unreachable"]


def test_a_run_of_others_has_no_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Run(monkeypatch, is_ours=False).end() == []


def test_options_that_cannot_be_used_are_warnings_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch, summary_file="{{ nowhere }}/x.json", slice_number="3", slice_count="2")
    assert [warning.partition(":")[0] for warning in run.screen.warnings] == ["summary_file", "slice_number"]
    assert run.end()[-1] == "2 tenants: 2 unchanged."


def test_a_file_that_cannot_be_written_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = Run(monkeypatch, summary_file=str(tmp_path / "no/x.json"))
    run.end()
    assert ["can't be written" in warning for warning in run.screen.warnings] == [False, True]


def test_an_error_is_one_warning_and_ends_the_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch)
    run.callback.v2_runner_on_ok(None)
    (warning,) = run.screen.warnings
    assert warning.startswith("The callback cxops.genesys_sms.summary stopped. The run goes on. AttributeError")
    assert run.callback.disabled


def test_results_before_a_play_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(monkeypatch)
    run.callback._play = None
    run.callback.v2_runner_on_ok(result(changed=True))
    assert run.end()[-1] == "2 tenants: 2 unchanged."


@pytest.mark.parametrize(
    ("stdout", "stderr", "interval", "expected"),
    [
        (Terminal, Terminal, 0.0001, [False]),
        (io.StringIO, Terminal, 0.0001, [True]),
        (io.StringIO, io.StringIO, 0.0001, []),
        (Terminal, Terminal, 0.0, []),
        (Terminal, Terminal, 1000.0, []),
    ],
)
def test_progress_is_for_terminals(
    monkeypatch: pytest.MonkeyPatch, stdout: Any, stderr: Any, interval: float, expected: list[bool]
) -> None:
    monkeypatch.setattr(sys, "stdout", stdout())
    monkeypatch.setattr(sys, "stderr", stderr())
    run = Run(monkeypatch, progress_interval=interval)
    run.callback._shown_at -= 1
    run.callback.v2_runner_on_skipped(result())
    assert run.screen.progress == expected
    if expected:
        assert run.screen.lines[0].startswith("1 of 2 tenants done, 0 failed, 0 changed")
