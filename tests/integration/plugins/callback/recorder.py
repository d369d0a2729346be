# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the result of each task, and the requests to the sandbox during the task, to a JSON file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import requests
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "recorder"

    def __init__(self) -> None:
        super().__init__()
        self._tasks: list[dict[str, Any]] = []
        self._seen = 0

    def v2_runner_on_ok(self, result: Any) -> None:
        self._add("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._add("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._add("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._add("unreachable", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        Path(os.environ["RECORDER_FILE"]).write_text(json.dumps(self._tasks), encoding="utf-8")

    def _add(self, status: str, result: Any) -> None:
        # Public names came with ansible-core 2.19, which warns about the older ones.
        public = hasattr(result, "result")
        task = result.task if public else result._task
        values = result.result if public else result._result
        if "reset" in task.args:
            # The sandbox counts anew.
            self._seen = 0
        self._tasks.append(
            {"name": task.get_name(), "status": status, "result": values, "requests": self._new_requests()}
        )

    def _new_requests(self) -> list[dict[str, Any]]:
        url = f"{os.environ['SANDBOX_URL']}/_sandbox/requests?since={self._seen}"
        verify = os.environ.get("SANDBOX_CA_PATH") or True
        response = requests.get(url, timeout=30, verify=verify, cert=os.environ.get("SANDBOX_CLIENT_CERT"))
        new: list[dict[str, Any]] = response.json()["requests"]
        if new:
            self._seen = new[-1]["n"]
        return new
