# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the callback summary needs of ansible-core: its plays, tasks and results, and the file that it writes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible import context
from ansible.playbook.block import Block
from ansible.playbook.task_include import TaskInclude

from ..module_utils._core.server_text import in_message
from ..module_utils._tenant.summary import SMS_OPTIONS, Slice, TaskResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COLLECTION = "cxops.genesys_sms"
_HERE = Path(__file__).resolve().parents[2]
_WITHOUT_TENANTS = _HERE / "playbooks/merge_summaries.yml"


class Run(NamedTuple):
    """What the command line says about a run."""

    playbooks: list[str]
    check_mode: bool
    limit: str | None


class PlayView(NamedTuple):
    """What is known of a play before it runs.

    :arg tenants: the tenants of the play, each with its SMS option.
    :arg everyone: all tenants of the run.
    :arg compared: how many tenants the inventory has. --limit does not matter.
    :arg is_ours: whether the play uses this collection.
    :arg tasks: how many tasks with modules of this collection it has for each tenant. 0 if that is not known.
    """

    tenants: dict[str, str | None]
    everyone: list[str]
    compared: int
    is_ours: bool
    tasks: int
    strategy: str


def run_view() -> Run:
    """Return what the command line says."""
    given = context.CLIARGS
    names = [str(name) for name in given.get("args") or ()]
    playbooks = [name if name.startswith(f"{COLLECTION}.") else Path(name).name for name in names]
    limit = given.get("subset")
    return Run([in_message(name) for name in playbooks], bool(given.get("check")), in_message(limit) if limit else None)


def play_view(play: Any) -> PlayView:
    """Look at a play that begins."""
    inventory = play.get_variable_manager()._inventory
    options: dict[str, str | None] = {}
    for option in SMS_OPTIONS:
        group = inventory.groups.get(option)
        for host in group.get_hosts() if group else ():
            options.setdefault(host.get_name(), option)
    hosts = [host.get_name() for host in inventory.get_hosts(play.hosts)]
    tasks = list(_tasks(play.compile()))
    ours = [task for task in tasks if is_ours(task)]
    return PlayView(
        tenants={name: options[name] for name in hosts if name in options},
        everyone=[host.get_name() for host in inventory.get_hosts() if host.get_name() in options],
        compared=len(options),
        is_ours=bool(ours),
        tasks=0 if any(isinstance(task, TaskInclude) for task in tasks) else _modules(play, ours),
        strategy=str(play.strategy),
    )


def extra_variables(play: Any) -> dict[str, Any]:
    """Return the extra variables of the run. A survey leaves what is not filled in as an empty string."""
    given: Mapping[str, Any] = play.get_variable_manager().extra_vars
    return {name: value for name, value in given.items() if value != ""}


def task_result(result: Any, status: str, strategy: str) -> TaskResult:
    """Return the result of a task as this collection uses it."""
    # Public names came with ansible-core 2.19, which warns about the older ones.
    public = hasattr(result, "result")
    task = result.task if public else result._task
    values = result.result if public else result._result
    return TaskResult(
        tenant=(result.host if public else result._host).get_name(),
        task=str(result.task_name),
        action=action_of(task),
        status=status,
        result=values if isinstance(values, dict) else {},
        is_ours=is_ours(task),
        is_planned=bool(task.check_mode),
        # The other strategies ignore run_once.
        ends_play=bool(task.run_once) and strategy in ("linear", "ansible.builtin.linear"),
    )


def action_of(task: Any) -> str:
    """Return the module of a task, with its collection."""
    action = str(task.action)
    if "." in action:
        return action
    # With the keyword collections, only ansible-core knows it.
    resolved = vars(task).get("_resolved_action") or vars(task).get("resolved_action")
    return str(resolved or action)


def is_ours(task: Any) -> bool:
    """Return True if a task belongs to this collection, or runs a module of it."""
    if action_of(task).startswith(f"{COLLECTION}."):
        return True
    role = task._role
    if role is not None:
        return bool(role._role_collection == COLLECTION)
    return is_here(task)


def is_here(item: Any) -> bool:
    """Return True if a task or a play is in a file of this collection: in one of its roles or playbooks."""
    return _is_here(str(item.get_path()).rpartition(":")[0])


@lru_cache(maxsize=512)
def _is_here(path: str) -> bool:
    place = Path(path).resolve()
    return bool(path) and place.is_relative_to(_HERE) and place != _WITHOUT_TENANTS


def _tasks(items: Iterable[Any]) -> Iterable[Any]:
    """Yield the tasks of blocks, without those that run after an error."""
    for item in items:
        if isinstance(item, Block):
            yield from _tasks(item.block)
        else:
            yield item


def _modules(play: Any, tasks: list[Any]) -> int:
    """Return how many of these tasks run a module of this collection. Return 0 if a tag has a variable."""
    modules = [task for task in tasks if action_of(task).startswith(f"{COLLECTION}.")]
    if any("{{" in str(tag) for task in modules for tag in task.tags):
        return 0
    return sum(bool(task.evaluate_tags(play.only_tags, play.skip_tags, all_vars={})) for task in modules)


def slice_of(number: str | None, count: str | None) -> tuple[Slice | None, str | None]:
    """Return the slice that the options name, or a sentence about what is wrong with them.

    An empty text counts as not set, since surveys leave one.
    """
    if not number and not count:
        return None, None
    if not count or not re.fullmatch("0*[1-9][0-9]{0,5}", count):
        shown = f", not {in_message(count, 20)}" if count else ""
        return (
            None,
            f"slice_count: it must be the number of slices, 1 or more{shown}. Correct it, or remove slice_number.",
        )
    if number and not (re.fullmatch("[0-9]{1,6}", number) and 1 <= int(number) <= int(count)):
        shown = in_message(number, 20)
        return None, f"slice_number: it must be between 1 and slice_count, which is {count}, not {shown}. Correct it."
    return Slice(int(number) if number else None, int(count)), None


def _expanded(path: str) -> Path:
    """Return a path with the home directory in place of ``~``, if there is one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def target(path: str, now: float) -> Path:
    """Return the file for a summary. In a directory, each run gets its own name."""
    place = _expanded(path).absolute()
    if place.is_dir():
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        return place / f"summary-{stamp}-{os.getpid()}-{os.urandom(4).hex()}.json"
    return place


def problem_of(path: str) -> str | None:
    """Return why a file can't be written, as far as it can be seen before."""
    if "{{" in path:
        return "summary_file: it contains a template, which is not evaluated here. Give the path itself."
    place = _expanded(path)
    directory = place if place.is_dir() else place.parent
    if not directory.is_dir():
        return f"summary_file: the directory {directory} does not exist, so no summary will be written. Create it."
    if not os.access(directory, os.W_OK | os.X_OK):
        return f"summary_file: files can't be created in {directory}, so no summary will be written. Allow it."
    return None


def read_files(patterns: Iterable[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the name and the content of each file, and a sentence for each that can't be read."""
    files: dict[Path, tuple[str, str]] = {}
    problems = []
    for pattern in patterns:
        place = Path(pattern).expanduser()
        found = sorted(place.glob("*.json")) if place.is_dir() else sorted(place.parent.glob(place.name)) or [place]
        for path in found:
            try:
                files.setdefault(path.resolve(), (in_message(str(path)), path.read_text(encoding="utf-8")))
            except UnicodeDecodeError:
                problems.append(f"{path}: it is not valid JSON. Run the slice again.")
            except OSError as error:
                problems.append(f"{path}: it can't be read: {error.strerror}. Give the summary file of each slice.")
    return list(files.values()), [in_message(problem) for problem in problems]


def write(path: Path, summary: Mapping[str, Any]) -> str | None:
    """Write a summary: complete or not at all, and readable by its owner only. Return a sentence if that failed."""
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=".summary-", suffix="~", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            # Only ASCII, so that no character of a server's text controls a terminal.
            json.dump(summary, file, indent=2)
            file.write("\n")
        temporary.replace(path)
        temporary = None
    except OSError as error:
        return f"summary_file: {path} can't be written: {error.strerror}. The run itself is not affected."
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
    return None
