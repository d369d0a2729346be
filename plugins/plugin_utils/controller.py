# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The front door in the controller: runs the collection's modules in the worker process of the task.

Each module has a file in plugins/action that names its Task. The strategy plugin loads that file in the parent process.
So requests is imported only once, and all workers inherit it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from ansible.constants import config
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import filter_loader, test_loader
from ansible.utils.display import Display
from ansible.utils.vars import merge_hash

from ..module_utils._core.clients import Clients
from ..module_utils._core.errors import UnreachableHost
from ..module_utils._core.input import check_input, is_omitted, plain, unfilled
from ..module_utils._core.server_text import in_message, in_result
from ..module_utils._core.task import execute, is_refused, refusal, shown_arguments, validate
from .summary import is_here
from .templates import leaves_undefined, makes_numbers_of_texts
from .vault import run_python, unreadable

if TYPE_CHECKING:
    from ..module_utils._core.task import Task

display = Display()

_CLIENTS = "_cxops_genesys_sms_clients"
"""The attribute of a connection with the collection's clients."""

# Almost every task needs these Jinja plugins. All workers inherit them if they are loaded here, in the parent process.
# Otherwise each worker searches and loads them again.
filter_loader.get("default")
filter_loader.get("bool")
test_loader.get("defined")


class ControllerAction(ActionBase):
    """Runs a Task in this process if the connection is local, and otherwise as a module. Subclasses name the Task."""

    _supports_check_mode = True
    _supports_async = True

    TASK: Task

    _last: ClassVar[Clients | None] = None
    """The clients of the last connection that a task of this process used."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task. It is the same through both doors."""
        task_vars = task_vars or {}
        result: dict[str, Any] = super().run(tmp, task_vars)
        if self._task._role is not None:
            # A module does not know its role. So its own messages name the variables of all roles.
            self.TASK = replace(self.TASK, role=self._task._role._role_name)
        if self.TASK.secret_results and self._task.async_val:
            # An async job writes its result to a file, and async_status shows it.
            return {
                **result,
                "failed": True,
                "msg": f"{self.TASK.name} can't run with async, since its result may contain a secret. Remove async.",
            }
        given = {key: plain(value) for key, value in self._task.args.items() if not is_omitted(value)}
        # Checked here for both doors: values that are sent to a module lose their types, such as dates.
        problems = check_input(self.TASK.argument_spec, given, native=makes_numbers_of_texts())
        if leaves_undefined():
            problems += unfilled(given)
        problem = None if problems else unreadable(given, self._loader)
        if problem is not None:
            problems.append(problem)
        if problems:
            result.update(self._with_invocation(refusal(self.TASK, {}, problems), {}, task_vars))
        elif self._needs_module():
            result = self._run_module(result, task_vars)
        else:
            result.update(self._run_here(given, task_vars))
        if any(result.get(key) for key in self.TASK.secret_results):
            # The registered result stays usable, but callbacks don't get it.
            self._task.no_log = True
        lines = self.TASK.announce(result, self._task.check_mode)
        for line in [] if lines and self._task.no_log else lines:
            told = in_message(f"{task_vars.get('inventory_hostname')}: {line}")
            display.display(told, color=config.get_config_value("COLOR_CHANGED"))
        return result

    def _needs_module(self) -> bool:
        """Return True if the task needs a module: for another host, user, process or environment."""
        environment = self._task.environment or []
        return (
            self._connection.transport not in ("local", "ansible.builtin.local")
            or bool(self._task.async_val)
            or bool(self._play_context.become)
            or any(environment if isinstance(environment, list) else [environment])
        )

    def _run_module(self, result: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        self._leave()
        if self.TASK.secret_results:
            # From -vvv on, connections such as ssh show all that the module prints. They read their own play context.
            self._connection._play_context.no_log = True
        wrap_async = self._task.async_val and not self._connection.has_native_async
        try:
            answer = self._execute_module(task_vars=task_vars, wrap_async=wrap_async)
        except AnsibleConnectionFailure as error:
            # A rescue handles a failed task, but no unreachable host. Only the collection's own plays count on that.
            # In others, ignore_errors would hide it, and the exit status would be another one.
            if self._task.ignore_unreachable or not is_here(self._task.get_play()):
                raise
            found = UnreachableHost(in_message(str(error)))
            return {**result, "failed": True, "changed": False, "msg": str(found), "failure": found.details()}
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        merged: dict[str, Any] = merge_hash(result, answer)
        return merged

    def _remove_tmp_path(self, tmp_path: str | None, force: bool = False) -> None:
        """Remove a directory of the module. If the connection is lost only then, the result of the task counts."""
        try:
            super()._remove_tmp_path(tmp_path, force)
        except AnsibleConnectionFailure as error:
            told = in_message(str(error))
            display.warning(f"The temporary directory {in_message(str(tmp_path))} could not be removed: {told}")

    def _run_here(self, given: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        arguments = validate(self.TASK, given)
        warnings = list(arguments.warnings)
        if arguments.refused is not None:
            return self._with_invocation(arguments.refused, {}, task_vars)
        clients = self._clients()
        result, said = execute(
            self.TASK,
            arguments.params,
            given,
            check_mode=self._task.check_mode,
            diff_mode=self._task.diff,
            secrets=arguments.secrets,
            progress=lambda line: display.v(line, host=task_vars.get("inventory_hostname")),
            python=run_python,
            clients=clients,
        )
        warnings += said
        if warnings:
            result["warnings"] = warnings
        # Secrets are removed first. in_result() changes line breaks, so a secret with one would not be found later.
        shown = {} if is_refused(result) else shown_arguments(self.TASK, arguments.params, arguments.secrets)
        return self._with_invocation(result, shown, task_vars)

    def _clients(self) -> Clients:
        """Return the clients of the task's connection, which the items of a loop share.

        They are closed together with the connection. The task executor closes it after the last item, before it sends
        the result. That is the last moment, since Ansible does not wait for workers at the end of a play.
        """
        connection = vars(self._connection)
        if _CLIENTS not in connection:
            self._leave()
            # Then the executor keeps the connection for the next item of a loop, as it does for modules.
            self._connection._connect()
            clients = ControllerAction._last = connection[_CLIENTS] = Clients()
            close = self._connection.close

            def close_all() -> None:
                clients.close()
                close()

            connection["close"] = close_all
        found: Clients = connection[_CLIENTS]
        return found

    def _leave(self) -> None:
        """Close the clients of earlier items of the loop. The executor does not close a connection that it replaces."""
        if ControllerAction._last is not None:
            ControllerAction._last.close()

    def _with_invocation(
        self, result: dict[str, Any], params: dict[str, Any], task_vars: dict[str, Any]
    ) -> dict[str, Any]:
        """Add the arguments to a result: always before ansible-core 2.21, and since then if it is configured."""
        try:
            if not config.get_config_value("INJECT_INVOCATION", variables=task_vars):
                return result
        except (AnsibleError, KeyError):
            pass
        return {**result, "invocation": {"module_args": in_result(params)}}
