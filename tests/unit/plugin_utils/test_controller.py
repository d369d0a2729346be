# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The front door in the controller, `plugin_utils/controller.py`: when it is used, arguments, results and sessions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.options import CONFIGURATION
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput, Unsupported
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run, Task
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.variables import VARIABLES
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.options import DIGITAL_CHANNELS
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils import controller, templates
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils.controller import ControllerAction
from tools.collection import ROOT
from unit.doubles import Session

SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True, "aliases": ["title"]},
    "number": {"type": "int", "default": 3},
    "choice": {"type": "str", "choices": ["a", "b"], "default": "a"},
    "key": {"type": "str", "no_log": True},
    "items": {"type": "list", "elements": "dict", "options": {"a": {"type": "str", "choices": ["x"]}}},
}


class TaggedText(str):
    """One of Ansible's string types, such as a string that must not be treated as a template."""


class Connection(SimpleNamespace):
    """The parts of a connection that an action and the executor use."""

    connected = False

    def _connect(self) -> None:
        self.connected = True

    def close(self) -> None:
        self.closings.append("connection")


class Action(ControllerAction):
    """An action that records the calls of its ordinary module."""

    def __init__(self, work: Callable[[Run], dict[str, Any]], args: dict[str, Any], **options: Any) -> None:
        self.TASK = Task("nexus_test", options.pop("spec", SPEC), work, options.pop("secret_results", ()))
        self.TASK = replace(self.TASK, announce=options.pop("announce", self.TASK.announce))
        task = {
            "async_val": 0,
            "check_mode": False,
            "diff": False,
            "environment": None,
            "resolved_action": None,
            "_role": None,
        }
        self.module_calls: list[dict[str, Any]] = []
        self.removed: list[str] = []
        # Whether the connection hides the module's output.
        self.hidden: list[bool] = []
        self.closings: list[str] = []
        self.answer: dict[str, Any] = {"changed": True}
        parts: dict[str, Any] = {
            "task": SimpleNamespace(**{**task, "action": "nexus_test", "args": args, **options.pop("task", {})}),
            "connection": Connection(
                closings=self.closings,
                transport=options.pop("transport", "local"),
                has_native_async=options.pop("native_async", False),
                _shell=SimpleNamespace(tmpdir="tmpdir"),
                _play_context=SimpleNamespace(no_log=False),
            ),
            "play_context": SimpleNamespace(become=options.pop("become", False)),
            **dict.fromkeys(("loader", "templar", "shared_loader_obj")),
        }
        assert not options
        super().__init__(**parts)

    def close_connection(self) -> None:
        """Do what the task executor does after the last item."""
        self._connection.close()

    def _execute_module(self, *args: Any, **options: Any) -> dict[str, Any]:
        assert not args
        self.module_calls.append(options)
        self.hidden.append(self._connection._play_context.no_log)
        return self.answer

    def _remove_tmp_path(self, tmp_path: str | None, force: bool = False) -> None:
        self.removed.append(str(tmp_path))


def quiet(run: Run) -> dict[str, Any]:
    return {"changed": False}


def performed(
    work: Callable[[Run], dict[str, Any]],
    args: dict[str, Any],
    task_vars: dict[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run the action in the controller."""
    action = Action(work, args, **options)
    result = action.run(task_vars=task_vars)
    assert not action.module_calls
    # A failed assertion of the task would look like an expected failure.
    assert "AssertionError" not in str(result.get("msg"))
    return result


# Which door


@pytest.mark.parametrize("transport", ["local", "ansible.builtin.local"])
@pytest.mark.parametrize("environment", [None, [], [{}], {}])
def test_a_local_task_runs_in_the_controller(transport: str, environment: Any) -> None:
    result = performed(quiet, {"name": "a"}, transport=transport, task={"environment": environment})
    assert result["changed"] is False


@pytest.mark.parametrize(
    "options",
    [
        {"transport": "ssh"},
        {"transport": "community.docker.docker"},
        {"become": True},
        {"task": {"environment": [{"A": "b"}]}},
        {"task": {"environment": [{}, {"A": "b"}]}},
        {"task": {"environment": {"A": "b"}}},
        {"task": {"environment": "{{ variables }}"}},
    ],
)
def test_become_async_environment_and_remote_tasks_run_the_module(options: dict[str, Any]) -> None:
    def never(run: Run) -> dict[str, Any]:
        raise AssertionError("ran in the controller")

    action = Action(never, {"name": "a"}, **options)
    action.answer = {"changed": True, "steps": ["a"]}
    assert action.run(task_vars={"x": 1}) == {"changed": True, "steps": ["a"]}
    assert action.module_calls == [{"task_vars": {"x": 1}, "wrap_async": 0}]
    assert action.removed == ["tmpdir"]


@pytest.mark.parametrize("secret_results", [(), ("token",)])
def test_the_connection_does_not_log_the_output_of_a_module_with_secrets(secret_results: tuple[str, ...]) -> None:
    action = Action(quiet, {"name": "a"}, transport="ssh", secret_results=secret_results)
    action.run(task_vars={})
    assert action.hidden == [bool(secret_results)]


def test_a_task_that_returns_secrets_refuses_async() -> None:
    action = Action(quiet, {"name": "a"}, task={"async_val": 60}, secret_results=("token",))
    assert "nexus_test can't run with async" in action.run(task_vars={})["msg"]
    assert action.module_calls == []


@pytest.mark.parametrize(("native", "wrapped"), [(False, True), (True, False)])
def test_an_async_task_runs_the_module(native: bool, wrapped: bool) -> None:
    action = Action(quiet, {"name": "a"}, task={"async_val": 60}, native_async=native)
    action.run(task_vars={})
    assert bool(action.module_calls[0]["wrap_async"]) is wrapped
    # The async wrapper still needs the directory.
    assert action.removed == ([] if wrapped else ["tmpdir"])


# Arguments


def test_arguments_are_validated_as_in_the_module() -> None:
    def work(run: Run) -> dict[str, Any]:
        assert run.params["name"] == "n"
        assert run.params["number"] == 7
        assert run.params["choice"] == "a"
        assert run.params["key"] is None
        return {"changed": False}

    assert performed(work, {"title": "n", "number": "7"})["changed"] is False


def test_nulls_are_kept_in_given_and_are_not_values() -> None:
    def work(run: Run) -> dict[str, Any]:
        assert run.is_null("choice")
        assert run.is_null("items", 0, "a")
        assert not run.is_null("key")
        assert run.params["choice"] == "a"
        assert run.params["items"] == [{"a": None}]
        return {"changed": False}

    result = performed(work, {"name": "a", "choice": None, "items": [{"a": None}]})
    assert result["changed"] is False


@pytest.mark.parametrize(
    ("given", "user"), [({}, "acme\\user"), ({"gws_username": None}, None), ({"gws_username": "other"}, "other")]
)
def test_the_controller_does_not_replace_a_null_by_the_environment(
    given: dict[str, Any], user: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GWS_USERNAME", "acme\\user")
    monkeypatch.setenv("GWS_CLIENT_ID", "client")

    def work(run: Run) -> dict[str, Any]:
        return {"changed": False, "user": run.params["gws_username"], "client": run.params["gws_client_id"]}

    needed = {"gws_url": "https://gws", "gws_client_secret": "canary"}
    result = performed(work, {**needed, **given}, spec=CONFIGURATION)
    assert (result["user"], result["client"]) == (user, "client")


def test_a_null_for_a_required_option_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_URL", "https://nexus")
    given = {"nexus_url": None, "api_key": "canary", "ccid": "acme"}
    result = performed(quiet, given, spec=DIGITAL_CHANNELS)
    assert (result["failed"], result["msg"]) == (True, "missing required arguments: nexus_url")


def test_strings_of_ansible_become_plain_strings() -> None:
    def work(run: Run) -> dict[str, Any]:
        values = [run.given["name"], *run.given["items"][0], run.given["items"][0]["a"], run.params["name"]]
        assert {type(value) for value in values} == {str}
        assert run.given["items"] == [{"a": "x"}]
        return {"changed": False}

    result = performed(work, {"name": TaggedText("n"), "items": ({TaggedText("a"): TaggedText("x")},)})
    assert result["changed"] is False


@pytest.mark.parametrize(
    ("args", "parameter"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": 5}, "name"),
        ({"name": "a", "number": "x"}, "number"),
        ({"name": "a", "choice": "c"}, "choice"),
        ({"name": "a", "extra": 1}, "extra"),
        ({"name": "a", "items": [{"a": date(2024, 1, 1)}]}, "items[0].a"),
    ],
)
@pytest.mark.parametrize("transport", ["local", "ssh"])
def test_invalid_arguments_are_refused_at_both_doors(args: dict[str, Any], parameter: str, transport: str) -> None:
    def never(run: Run) -> dict[str, Any]:
        raise AssertionError("ran in spite of it")

    action = Action(never, args, transport=transport)
    result = action.run(task_vars={})
    if transport == "ssh" and not args.get("name"):
        # A missing option may come from the environment of the managed host.
        assert action.module_calls
        return
    assert action.module_calls == []
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["failure"] == {"kind": "invalid_input", "parameter": parameter}


def test_omitted_arguments_are_not_given() -> None:
    def work(run: Run) -> dict[str, Any]:
        assert run.given == {"name": "n", "items": [{}]}
        return {"changed": False}

    omitted = "__omit_place_holder__" + 40 * "0"
    result = performed(work, {"name": "n", "key": omitted, "items": [{"a": omitted}, omitted]})
    assert result["changed"] is False


@pytest.mark.parametrize(("can_be", "named"), [(True, True), (False, False)])
def test_the_message_names_jinja2_native_if_it_makes_numbers_of_strings(
    can_be: bool, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "_IS_BEFORE_2_19", can_be)
    get = SimpleNamespace(get_config_value=lambda name, variables=None: True)
    for module in (controller, templates):
        monkeypatch.setattr(module, "config", get)
    result = performed(quiet, {"name": "a", "key": 1e10})
    assert result["failure"]["parameter"] == "key"
    assert ("native" in result["msg"]) is named
    assert "10000000000" not in json.dumps(result)
    assert result["invocation"] == {"module_args": {}}


@pytest.mark.parametrize(
    ("is_before", "is_lax", "refused"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_an_unrendered_template_is_refused_if_ansible_keeps_it(
    is_before: bool, is_lax: bool, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "_IS_BEFORE_2_19", is_before)
    settings = {
        "DEFAULT_UNDEFINED_VAR_BEHAVIOR": not is_lax,
        "DEFAULT_JINJA2_NATIVE": False,
        "INJECT_INVOCATION": False,
    }
    get = SimpleNamespace(get_config_value=lambda name, variables=None: settings[name])
    for module in (controller, templates):
        monkeypatch.setattr(module, "config", get)
    result = performed(quiet, {"name": "a", "key": "x{{ secret }}"})
    assert result.get("failed", False) is refused
    if refused:
        assert result["failure"] == {"kind": "invalid_input", "parameter": "key"}
        assert "{{" not in json.dumps(result)


def test_an_option_and_its_alias_together_are_a_warning() -> None:
    result = performed(quiet, {"name": "a", "title": "b"})
    assert result["warnings"] == ["Both option name and its alias title are set."]


# Results


def test_the_task_gets_check_mode_and_diff_mode() -> None:
    def work(run: Run) -> dict[str, Any]:
        return {"changed": run.check_mode, "diff": run.diff_mode}

    result = performed(work, {"name": "a"}, task={"check_mode": True, "diff": True})
    assert (result["changed"], result["diff"]) == (True, True)


def test_warnings_of_the_task_are_in_the_result() -> None:
    def work(run: Run) -> dict[str, Any]:
        run.warn("careful")
        return {"changed": False}

    assert performed(work, {"name": "a"})["warnings"] == ["careful"]
    assert "warnings" not in performed(quiet, {"name": "a"})


def test_a_failure_is_a_result() -> None:
    def work(run: Run) -> dict[str, Any]:
        raise InvalidInput("name", "it is wrong", "Mend it")

    result = performed(work, {"name": "a"})
    assert (result["failed"], result["msg"]) == (True, "name: it is wrong. Mend it.")
    assert result["failure"]["parameter"] == "name"


def test_a_message_in_a_role_names_only_variables_of_the_role(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VARIABLES, "nexus_test", {"update_secret": ("kaleyra_update_secret", "other_update_secret")})

    def work(run: Run) -> dict[str, Any]:
        raise Unsupported("Set update_secret.")

    role = SimpleNamespace(_role_name="kaleyra")
    told = [Action(work, {"name": "a"}, task={"_role": one}).run()["msg"] for one in (None, role)]
    begin = "Set update_secret. In the roles and playbooks, update_secret comes from the variable kaleyra_update_secret"
    assert told == [f"{begin} or other_update_secret.", f"{begin}."]


@pytest.mark.parametrize("is_ignored", [False, True])
@pytest.mark.parametrize("path", [f"{ROOT}/playbooks/provision.yml:7", "/srv/site.yml:7"])
def test_a_host_that_is_not_reached_fails_the_task_in_plays_of_the_collection(path: str, is_ignored: bool) -> None:
    class Away(Action):
        def _execute_module(self, *args: Any, **options: Any) -> dict[str, Any]:
            raise AnsibleConnectionFailure("no\nroute")

    # The task is always one of a role of this collection. In a play of a user, its ignore_errors hides no such host.
    play = SimpleNamespace(get_path=lambda: path)
    role_file = f"{ROOT}/roles/kaleyra/tasks/main.yml:7"
    task = {"ignore_unreachable": is_ignored, "get_play": lambda: play, "get_path": lambda: role_file}
    action = Away(quiet, {"name": "a"}, transport="ssh", task=task)
    if is_ignored or path.startswith("/srv"):
        with pytest.raises(AnsibleConnectionFailure):
            action.run(task_vars={})
        return
    result = action.run(task_vars={})
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["failure"] == {"kind": "unreachable_host"}
    assert result["msg"] == (
        "The connection to the host that runs the task failed: no route. If it failed during the task, "
        "the task may have changed something."
    )


def test_a_connection_that_is_lost_after_the_module_keeps_its_result(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lost(Action):
        _remove_tmp_path = ControllerAction._remove_tmp_path

    def lost(*args: Any) -> None:
        raise AnsibleConnectionFailure("no route")

    warnings: list[str] = []
    monkeypatch.setattr(ActionBase, "_remove_tmp_path", lost)
    monkeypatch.setattr(controller, "display", SimpleNamespace(warning=warnings.append))
    assert Lost(quiet, {"name": "a"}, transport="ssh").run(task_vars={}) == {"changed": True}
    assert warnings == ["The temporary directory tmpdir could not be removed: no route"]


def test_a_failure_after_a_change_reports_it() -> None:
    def work(run: Run) -> dict[str, Any]:
        raise Unsupported("It was written, but can't be read.", changed=True)

    result = performed(work, {"name": "a"})
    assert (result["failed"], result["changed"]) == (True, True)


@pytest.mark.parametrize("fails", [True, False])
def test_a_result_contains_no_secrets(fails: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # With the arguments, which newer versions of ansible-core do not return by default.
    get = SimpleNamespace(get_config_value=lambda name, variables=None: True)
    for module in (controller, templates):
        monkeypatch.setattr(module, "config", get)

    def work(run: Run) -> dict[str, Any]:
        run.warn("warning canary-1")
        if fails:
            raise ValueError("error canary-1")
        return {"changed": True, "text": "it is canary-1", "list": [{"a": "canary-1"}]}

    result = performed(work, {"name": "canary-1", "key": "canary-1"})
    assert "canary" not in json.dumps(result)
    assert bool(result.get("failed")) is fails
    assert result["invocation"]["module_args"]["number"] == 3


def test_secret_results_are_returned_even_if_they_were_given() -> None:
    def work(run: Run) -> dict[str, Any]:
        return {"changed": False, "token": run.params["key"], "text": run.params["key"]}

    action = Action(work, {"name": "a", "key": "canary-1"}, secret_results=("token",), task={"no_log": False})
    result = action.run(task_vars={})
    assert result["token"] == "canary-1"
    assert action._task.no_log is True
    assert "canary" not in json.dumps({**result, "token": None})


def test_secrets_in_invalid_arguments_are_hidden() -> None:
    result = performed(quiet, {"name": "a", "key": "canary-1", "number": "canary-1"})
    assert result["failed"] is True
    assert "canary" not in json.dumps(result)


def test_booleans_are_not_hidden_by_a_secret_such_as_true() -> None:
    result = performed(lambda run: {"changed": True, "none": None}, {"name": "a", "key": "e"})
    assert result["changed"] is True
    assert result["none"] is None


def test_a_secret_of_whitespace_is_not_masked() -> None:
    result = performed(lambda run: {"changed": False, "msg": "two words"}, {"name": "a", "key": " "})
    assert result["msg"] == "two words"


def test_invocation_is_returned_as_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    # All except the first are read before ansible-core 2.19 only.
    answers: dict[str, Any] = {
        "INJECT_INVOCATION": False,
        "DEFAULT_JINJA2_NATIVE": False,
        "DEFAULT_UNDEFINED_VAR_BEHAVIOR": True,
    }

    def value(name: str, variables: dict[str, Any] | None = None) -> Any:
        assert name != "INJECT_INVOCATION" or (variables or {})["inventory_hostname"] == "acme"
        if name not in answers:
            raise AnsibleError("unknown")
        return answers[name]

    monkeypatch.setattr(controller, "config", SimpleNamespace(get_config_value=value))
    here = {"inventory_hostname": "acme"}
    assert "invocation" not in performed(quiet, {"name": "a"}, here)
    answers["INJECT_INVOCATION"] = True
    assert performed(quiet, {"name": "a"}, here)["invocation"]["module_args"]["name"] == "a"
    del answers["INJECT_INVOCATION"]
    assert performed(quiet, {"name": "a"}, here)["invocation"]["module_args"]["number"] == 3


def test_progress_is_shown_while_the_task_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[tuple[str, str | None]] = []
    monkeypatch.setattr(controller.display, "v", lambda line, host=None: lines.append((line, host)))

    def work(run: Run) -> dict[str, Any]:
        run.progress("waiting for canary-1")
        return {"changed": False}

    result = performed(work, {"name": "a", "key": "canary-1"}, {"inventory_hostname": "acme"})
    assert result["changed"] is False
    assert [host for _line, host in lines] == ["acme"]
    assert lines[0][0].startswith("waiting for ")
    assert "canary" not in lines[0][0]


@pytest.mark.parametrize("transport", ["local", "ssh"])
@pytest.mark.parametrize("is_hidden", [False, True])
def test_announcements_are_shown_at_any_verbosity(
    transport: str, is_hidden: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through both doors, unless no_log hides the result."""
    lines: list[str] = []
    monkeypatch.setattr(controller.display, "display", lambda line, color=None: lines.append(line))

    def announce(result: Mapping[str, Any], is_planned: bool) -> list[str]:
        return [f"changed: {result['changed']}, \x1bplanned: {is_planned}"]

    action = Action(quiet, {"name": "a"}, announce=announce, transport=transport, task={"no_log": is_hidden})
    result = action.run(task_vars={"inventory_hostname": "acme"})
    assert lines == ([] if is_hidden else [f"acme: changed: {result['changed']}, \ufffdplanned: False"])


# Sessions


@pytest.mark.parametrize("fails", [True, False])
def test_sessions_end_when_the_task_executor_closes_the_connection(fails: bool) -> None:
    sessions: list[Session] = []

    def work(run: Run) -> dict[str, Any]:
        sessions.append(run.client("a", Session))
        if fails:
            raise InvalidInput("name", "it is wrong", "Mend it")
        return {"changed": False}

    action = Action(work, {"name": "a"})
    action.run(task_vars={})
    assert sessions[0].closed == 0
    action.close_connection()
    assert sessions[0].closed == 1
    assert action.closings == ["connection"]


def test_the_items_of_a_loop_share_sessions() -> None:
    sessions: list[Session] = []

    def work(run: Run) -> dict[str, Any]:
        sessions.append(run.client("a", Session))
        return {"changed": False}

    first, *others = [Action(work, {"name": "a"}) for _item in range(3)]
    first.run(task_vars={})
    # The executor keeps a connected connection for the next item.
    assert first._connection.connected
    for action in others:
        action._connection = first._connection
        action.run(task_vars={})
    assert len({id(session) for session in sessions}) == 1
    assert sessions[0].closed == 0
    first.close_connection()
    assert sessions[0].closed == 1


@pytest.mark.parametrize("there", [{"transport": "ssh"}, {}])
def test_sessions_of_earlier_items_end_before_an_item_with_another_connection(there: dict[str, Any]) -> None:
    """The executor closes only the connection of the last item. It does not have the sessions of the first item."""
    sessions: list[Session] = []

    def work(run: Run) -> dict[str, Any]:
        sessions.append(run.client("a", Session))
        return {"changed": False}

    Action(work, {"name": "a"}).run(task_vars={})
    assert sessions[0].closed == 0
    elsewhere = Action(work, {"name": "a"}, **there)
    elsewhere.run(task_vars={})
    assert sessions[0].closed == 1
    assert len(elsewhere.module_calls) == (1 if there else 0)
    elsewhere.close_connection()
    assert [session.closed for session in sessions] == [1] * len(sessions)


def test_sessions_of_earlier_items_end_before_an_item_that_runs_the_module() -> None:
    """The connection may be the same, such as with become. Later items get new sessions."""
    sessions: list[Session] = []

    def work(run: Run) -> dict[str, Any]:
        sessions.append(run.client("a", Session))
        return {"changed": False}

    first, second, third = (
        Action(work, {"name": "a"}),
        Action(work, {"name": "a"}, become=True),
        Action(work, {"name": "a"}),
    )
    second._connection = third._connection = first._connection
    for action, closed in ((first, [0]), (second, [1]), (third, [1, 0])):
        action.run(task_vars={})
        assert [session.closed for session in sessions] == closed
    assert len(second.module_calls) == 1
    first.close_connection()
    assert [session.closed for session in sessions] == [1, 1]


def test_a_connection_that_items_share_is_closed_once() -> None:
    first = Action(quiet, {"name": "a"})
    # More items than Python's recursion limit.
    for _item in range(1500):
        first.run(task_vars={})
    first.close_connection()
    assert first.closings == ["connection"]


def test_a_task_that_runs_the_module_does_not_change_the_connection() -> None:
    action = Action(quiet, {"name": "a"}, transport="ssh")
    action.run(task_vars={})
    action.close_connection()
    assert action.closings == ["connection"]
