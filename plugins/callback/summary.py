# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The callback summary."""

from __future__ import annotations

DOCUMENTATION = r"""
name: summary
type: aggregate
short_description: Summarize a run by tenant
version_added: 0.6.0
description:
  - Shows a table by tenant at the end of a run. It says what was changed, why a tenant failed, and which numbers were
    bought for which slots. Tenants that did not change are only counted.
  - Writes the same as a JSON file for pipelines. U(https://github.com/cxops/genesys_sms/blob/main/docs/summary.md)
    describes the file. The playbook C(cxops.genesys_sms.merge_summaries) merges the files of slices.
  - Shows the progress of long runs as a line of its own, if the output is a terminal.
  - Works with every playbook that uses roles or modules of this collection, beside any other callback.
  - A problem of this callback never fails the run. It is a warning.
author:
  - cxops (@cxops)
requirements:
  - C(cxops.genesys_sms.summary) in C(callbacks_enabled) in the section C([defaults]) of C(ansible.cfg), or in
    E(ANSIBLE_CALLBACKS_ENABLED).
options:
  summary_file:
    description:
      - Path of the JSON file. Its directory must exist. The file is replaced, and only its owner can read it.
      - If it is a directory, each run writes a new file there, whose name begins with C(summary-). Use this for runs
        that share the directory, such as slices.
      - If it is not set, no file is written.
    type: str
    env:
      - name: GENESYS_SMS_SUMMARY_FILE
    ini:
      - section: callback_genesys_sms_summary
        key: summary_file
    vars:
      - name: summary_file
  slice_number:
    description:
      - Number of this slice, a whole number from 1, if the inventory was cut into slices and each is run by itself.
      - AWX does not tell a job the number of its slice. Leave this out there.
    type: str
    env:
      - name: GENESYS_SMS_SLICE_NUMBER
    ini:
      - section: callback_genesys_sms_summary
        key: slice_number
    vars:
      - name: summary_slice_number
  slice_count:
    description:
      - Number of slices, a whole number, if the inventory was cut into slices. The summary then says what the slice
        compared, and the merge notices missing slices.
      - In AWX, set the extra variable C(summary_slice_count) to the job slice count of the job template.
    type: str
    env:
      - name: GENESYS_SMS_SLICE_COUNT
    ini:
      - section: callback_genesys_sms_summary
        key: slice_count
    vars:
      - name: summary_slice_count
  progress_interval:
    description:
      - Least seconds between two lines of progress on a terminal. With 0 there are none.
    type: float
    default: 5
    env:
      - name: GENESYS_SMS_PROGRESS_INTERVAL
    ini:
      - section: callback_genesys_sms_summary
        key: progress_interval
notes:
  - Options with C(vars) can only be set as extra variables, with C(-e) or in a job template.
"""

EXAMPLES = r"""
ansible.cfg: |
  [defaults]
  callbacks_enabled = cxops.genesys_sms.summary

  [callback_genesys_sms_summary]
  summary_file = summary.json
"""

import sys
import time
from datetime import datetime, timezone
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ansible import constants
from ansible.plugins.callback import CallbackBase
from ansible.release import __version__

from ..module_utils._core.server_text import in_message
from ..module_utils._core.version import VERSION
from ..module_utils._tenant.summary import About, Collector, document
from ..module_utils._tenant.summary_table import Progress, table
from ..plugin_utils.summary import (
    PlayView,
    extra_variables,
    play_view,
    problem_of,
    run_view,
    slice_of,
    target,
    task_result,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Method = TypeVar("Method", bound="Callable[..., None]")

_COLORS = {
    "changed": "COLOR_CHANGED",
    "would_change": "COLOR_CHANGED",
    "not_run": "COLOR_ERROR",
    "stopped": "COLOR_ERROR",
    "unreachable": "COLOR_UNREACHABLE",
    "failed": "COLOR_ERROR",
}


def _safely(method: Method) -> Method:
    """Turn an error of a method into one warning. After that the callback does nothing."""

    @wraps(method)
    def guarded(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:
            self.disabled = True
            told = in_message(f"{type(error).__name__}: {error}", 500)
            self._display.warning(f"The callback cxops.genesys_sms.summary stopped. The run goes on. {told}")

    return cast("Method", guarded)


class CallbackModule(CallbackBase):
    """Collects the results by tenant, and shows and writes them at the end."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "cxops.genesys_sms.summary"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._started = time.time()
        self._collector = Collector()
        self._progress = Progress(time.monotonic())
        self._shown_at = time.monotonic()
        self._play: PlayView | None = None
        self._is_used = False
        # ansible-runner and AWX run Ansible in a terminal that nobody sees.
        seen = "awx_display" not in str(constants.config.get_config_value("DEFAULT_STDOUT_CALLBACK"))
        self._streams = [stream for stream in (sys.stdout, sys.stderr) if seen and stream.isatty()]

    @_safely
    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Note the tenants of a play."""
        if self._play is None:
            self.set_options(var_options=extra_variables(play))
            self._warn_early()
        self._play = play_view(play)
        self._is_used = self._is_used or self._play.is_ours
        self._collector.join(self._play.tenants if self._play.is_ours else {})
        self._progress.begin(self._play.tenants, self._play.everyone, self._play.tasks)

    @_safely
    def v2_runner_on_ok(self, result: Any) -> None:
        """Note a task that succeeded."""
        self._add(result, "ok")

    @_safely
    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Note a task that failed."""
        self._add(result, "ok" if ignore_errors else "failed")

    @_safely
    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Note a host that could not be reached."""
        self._add(result, "unreachable")

    @_safely
    def v2_runner_on_skipped(self, result: Any) -> None:
        """Count a task that was skipped, for the progress."""
        if self._streams:
            self._add(result, "ok")

    @_safely
    def v2_playbook_on_no_hosts_remaining(self) -> None:
        """Note the tenants of a play that ended before they were done."""
        self._collector.leave()

    @_safely
    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Show the table, and write the file."""
        if not self._is_used and not self._collector.tenants:
            return
        run = run_view()
        part, _problem = self._slice()
        about = About(
            collection_version=VERSION,
            ansible_core_version=__version__,
            playbooks=run.playbooks,
            check_mode=run.check_mode,
            started=_text(self._started),
            ended=_text(time.time()),
            limit=run.limit,
            part=part,
        )
        summary = document(about, self._collector, {*stats.failures, *stats.dark})
        self._display.banner("SMS SUMMARY")
        for line in table(summary, vars(self._display)["columns"] or 79):
            color = _COLORS.get(line.outcome or "")
            self._display.display(line.text, color=getattr(constants, color) if color else None)
        path = self.get_option("summary_file")
        if path and "{{" not in path:
            file = target(path, self._started)
            problem = write(file, summary)
            if problem:
                self._display.warning(problem)
            else:
                self._display.display(f"The summary is in {file}.")

    def _slice(self) -> Any:
        return slice_of(self.get_option("slice_number"), self.get_option("slice_count"))

    def _warn_early(self) -> None:
        """Warn of options that can't be used, before the run takes its time."""
        path = self.get_option("summary_file")
        for problem in (problem_of(path) if path else None, self._slice()[1]):
            if problem:
                self._display.warning(problem)

    def _add(self, result: Any, status: str) -> None:
        if self._play is None:
            return
        one = task_result(result, status, self._play.strategy)
        if "ansible_facts" in one.result:
            self._collector.learn(one.result["ansible_facts"], self._play.compared)
        self._collector.add(one)
        if not self._streams:
            return
        changed = bool(one.module and one.result.get("changed"))
        self._progress.add(one.tenant, is_module=one.module is not None, changed=changed, failed=status != "ok")
        interval, now = float(self.get_option("progress_interval")), time.monotonic()
        if interval > 0 and now - self._shown_at >= interval:
            self._shown_at = now
            line = self._progress.line(now)
            self._display.display(line, stderr=self._streams[0] is sys.stderr, screen_only=True)


def _text(seconds: float) -> str:
    """Return a time as text, in UTC."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
