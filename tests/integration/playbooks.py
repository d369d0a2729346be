# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run tasks with ansible-playbook and a sandbox, and return the result of each.

A start of ansible-playbook costs about a second, and a task in the controller almost nothing: so a test runs many tasks
at once. Between them, the action `sandbox` (plugins/action) changes what the sandbox does.

    script = Script()
    script.sandbox(switches={"services.read": "masked"})
    script.step("apply", {SERVICE: {"service": "SMS", ...}}, changed=True, writes=["POST 200"])
    script.verify(run(sandbox, tmp_path, script.tasks), subtests)
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from sandbox.control import Record, Sandbox

SERVICE = "cxops.genesys_sms.nexus_service"
SERVICES = "cxops.genesys_sms.nexus_services"
SERVICE_INFO = "cxops.genesys_sms.nexus_service_info"
SENDER_ID = "cxops.genesys_sms.nexus_sender_id"
SENDER_IDS = "cxops.genesys_sms.nexus_sender_ids"
SENDER_ID_INFO = "cxops.genesys_sms.nexus_sender_id_info"
CHANNELS = "cxops.genesys_sms.nexus_channels"
CHANNEL_PROBE = "cxops.genesys_sms.nexus_channel_probe"
WEBHOOK_HEADERS = "cxops.genesys_sms.nexus_webhook_headers"

OAUTH_TOKEN = "cxops.genesys_sms.gc_oauth_token"
ROLE = "cxops.genesys_sms.gc_role"
ROLE_GRANT = "cxops.genesys_sms.gc_role_grant"
OAUTH_CLIENT = "cxops.genesys_sms.gc_oauth_client"
TOLLFREE_NUMBER = "cxops.genesys_sms.gc_tollfree_number"
TOLLFREE_NUMBERS = "cxops.genesys_sms.gc_tollfree_numbers"
TOLLFREE_NUMBER_INFO = "cxops.genesys_sms.gc_tollfree_number_info"
PURCHASE_JOURNAL = "cxops.genesys_sms.gc_purchase_journal"
API_KEY = "cxops.genesys_sms.nexus_api_key"
API_KEY_INFO = "cxops.genesys_sms.nexus_api_key_info"
TENANT_INFO = "cxops.genesys_sms.nexus_tenant_info"

Door = Literal["controller", "module"]
DOORS: tuple[Door, ...] = ("controller", "module")

Task = dict[str, Any]

# A task with any environment runs as an ordinary module.
MODULE_DOOR = {"SMS_TEST_DOOR": "module"}

_PLUGINS = Path(__file__).parent / "plugins"
_LIMIT_SECONDS = 300


@dataclass(frozen=True)
class TaskResult:
    """The result of one task."""

    name: str
    status: Literal["ok", "failed", "skipped", "unreachable"]
    # The result as callbacks get it.
    result: dict[str, Any]
    # The requests to the sandbox during the task.
    requests: tuple[Record, ...]

    @property
    def failed(self) -> bool:
        """True if the task failed or its host was unreachable."""
        return self.status in ("failed", "unreachable")

    @property
    def changed(self) -> bool:
        """True if the task succeeded and reports a change."""
        assert not self.failed, f"{self.name}: {self.msg}"
        changed: bool = self.result["changed"]
        return changed

    @property
    def msg(self) -> str:
        """The message of a failed task."""
        return str(self.result.get("msg", ""))

    @property
    def writes(self) -> list[str]:
        """The attempted writes: method and status."""
        return [f"{record.method} {record.status}" for record in self.requests if record.write]

    def calls(self, method: str, path: str) -> list[Record]:
        """Return the requests with this method whose path has this end."""
        return [record for record in self.requests if record.method == method and record.path.endswith(path)]


@dataclass(frozen=True)
class Outcome:
    """The result of a playbook."""

    rc: int
    stdout: str
    stderr: str
    tasks: tuple[TaskResult, ...]

    def __getitem__(self, name: str) -> TaskResult:
        """Return the only task with this name."""
        found = [task for task in self.tasks if task.name == name]
        assert len(found) == 1, f"{len(found)} tasks are named {name!r} in:\n{self.stdout}{self.stderr}"
        return found[0]

    def output_of(self, name: str) -> str:
        """Return the output of the only task with this name."""
        _before, _heading, rest = self.stdout.partition(f"\nTASK [{name}] ")
        return rest.partition("\nTASK [")[0]


@dataclass(frozen=True)
class _Expected:
    name: str
    changed: bool
    fails: tuple[str, ...]
    writes: list[str]


class Script:
    """Tasks with their expected results."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self._expected: list[_Expected] = []

    def sandbox(self, **calls: Any) -> None:
        """Change the behaviour of the sandbox for the following tasks."""
        self.tasks.append({"name": f"sandbox {len(self.tasks)}", "sandbox": calls})

    def step(
        self, name: str, task: Task, *, changed: bool = False, fails: Sequence[str] = (), writes: Sequence[str] = ()
    ) -> None:
        """Add a task.

        :arg changed: whether the task must report a change. A failing task may report one too.
        :arg fails: phrases of the message, if the task must fail.
        :arg writes: the expected writes: method and status.
        """
        self.tasks.append({"name": name, **task})
        self._expected.append(_Expected(name, changed, tuple(fails), list(writes)))

    def verify(self, outcome: Outcome, subtests: pytest.Subtests) -> None:
        """Compare the results of the tasks with the expected ones."""
        for expected in self._expected:
            with subtests.test(expected.name):
                task = outcome[expected.name]
                if expected.fails:
                    assert task.failed, f"did not fail: {task.result}"
                    assert [phrase for phrase in expected.fails if phrase not in task.msg] == [], task.msg
                else:
                    assert not task.failed, task.msg
                assert task.result["changed"] == expected.changed, task.result
                assert task.writes == expected.writes


def run(
    sandbox: Sandbox,
    directory: Path,
    tasks: Sequence[Task],
    *,
    door: Door = "controller",
    play: Mapping[str, Any] | None = None,
    options: Sequence[str] = (),
    env: Mapping[str, str | None] | None = None,
    python: str = sys.executable,
) -> Outcome:
    """Run tasks on localhost. A failed task does not end the play.

    Connection options come from the sandbox by environment variables, unless a task or the play gives them.

    :arg directory: ansible-playbook writes all its files below it.
    :arg play: further keywords of the play.
    :arg options: of ansible-playbook.
    :arg env: further environment variables; None removes one.
    :arg python: the interpreter for ordinary modules.
    """
    scratch = directory / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {
        "hosts": "localhost",
        "gather_facts": False,
        "ignore_errors": True,
        **({"environment": MODULE_DOOR} if door == "module" else {}),
        **(play or {}),
        "tasks": list(tasks),
    }
    content["vars"] = {"ansible_python_interpreter": python, **content.get("vars", {})}
    playbook = directory / "playbook.json"
    playbook.write_text(json.dumps([content]), encoding="utf-8")
    record = directory / "record.json"
    record.unlink(missing_ok=True)
    paths = {kind: str(_PLUGINS / kind) for kind in ("action", "callback", "connection")}
    environment = {
        **os.environ,
        **sandbox.env,
        # With its own directory, a test finds files that were left behind, and sees no files of other tests.
        **{f"ANSIBLE_{name}": str(scratch / name.lower()) for name in ("HOME", "REMOTE_TMP", "ASYNC_DIR")},
        "ANSIBLE_ACTION_PLUGINS": paths["action"],
        "ANSIBLE_CALLBACK_PLUGINS": paths["callback"],
        "ANSIBLE_CONNECTION_PLUGINS": paths["connection"],
        "ANSIBLE_CALLBACKS_ENABLED": "recorder",
        "RECORDER_FILE": str(record),
        # This saves a quarter of the time of each ordinary module.
        "ANSIBLE_PIPELINING": "true",
        **(env or {}),
    }
    # Ansible makes sockets there, and pytest's directories are too long for their paths.
    with tempfile.TemporaryDirectory() as temporary:
        environment["TMPDIR"] = temporary
        process = subprocess.run(
            [str(Path(sys.executable).with_name("ansible-playbook")), *options, str(playbook)],
            env={name: value for name, value in environment.items() if value is not None},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_LIMIT_SECONDS,
        )
        for path in Path(temporary).rglob("*"):
            if path.is_file():
                shutil.move(path, scratch)
    assert record.exists(), f"ansible-playbook ended with {process.returncode}:\n{process.stdout}{process.stderr}"
    return Outcome(process.returncode, process.stdout, process.stderr, _read_record(record))


def _read_record(path: Path) -> tuple[TaskResult, ...]:
    tasks = json.loads(path.read_text(encoding="utf-8"))
    return tuple(
        TaskResult(task["name"], task["status"], task["result"], tuple(Record(**item) for item in task["requests"]))
        for task in tasks
    )
