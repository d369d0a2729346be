# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a task for both front doors: read, plan, apply, diff, result; check mode; removal of secrets.

A module is a Task: a name, an argument specification, and a function that gets a Run. The front doors validate the
arguments, call execute(), and return its result to Ansible.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from . import checks
from .clients import Clients
from .errors import InvalidInput, LostSight, SmsError, Stale, Unclear, Unsettled
from .http import REQUESTS_MISSING
from .input import check_input, plain, queries
from .pauses import pauses
from .secret_file import RunPython
from .secrets import CENSORED, Secrets, leaves, masked_place
from .server_text import MASK, in_message, in_result, in_traceback
from .variables import explained

Client = TypeVar("Client")
Observed = TypeVar("Observed")
Found = TypeVar("Found")

_ROUNDS = 3
"""How many plans are made before an unclear or stale write is an error."""

_MOST_SHOWN = 10
"""How many errors of a task's arguments the message contains."""

TEXTS = ("description", "version_added", "returned", "sample")
"""The keys of an option that only its documentation needs. tests/tools/options.py reads them."""

PATIENCE = 4.0
"""Seconds to wait for an object that may have been created."""

_LONGEST_PAUSE = 5.0
"""Most seconds between two reads."""


def _no_python(arguments: list[str], text: str) -> tuple[int, str, str]:
    return 127, "", "programs can't be started here"


@dataclass(frozen=True)
class Step(Generic[Client]):
    """One write: one sentence for each change, and the call on a client that makes the changes.

    The call returns False if there was nothing to do.

    :arg likely: False if there is probably nothing to do, and only the call can find out. Check mode then reports no
        change.
    :arg replan: True if a new plan must be made after this step. The new plan must not contain the step again.
    """

    sentences: tuple[str, ...]
    call: Callable[[Client], bool | None]
    likely: bool = True
    replan: bool = False


@dataclass(frozen=True)
class Plan(Generic[Client]):
    """What would change: the states before and after for the diff, and the steps between them.

    :arg blind: True if the state can't be read, so that an unclear step can't be checked.
    """

    before: Any
    after: Any
    steps: tuple[Step[Client], ...] = ()
    blind: bool = False

    @property
    def sentences(self) -> list[str]:
        """The sentences of all steps."""
        return [sentence for step in self.steps for sentence in step.sentences]

    def then(self, following: Plan[Client]) -> Plan[Client]:
        """Merge this plan with the one that was made after it. The states of both are dictionaries.

        Steps of this plan that were not done are in the other plan too. Their sentences appear once.
        """
        before = {name: state for name, state in following.before.items() if name not in self.after}
        known = [step.sentences for step in self.steps]
        return replace(
            self,
            before={**before, **self.before},
            after={**self.after, **following.after},
            steps=(*self.steps, *(step for step in following.steps if step.sentences not in known)),
        )


@dataclass(frozen=True)
class Outcome(Generic[Observed, Client]):
    """What ``reconcile()`` did, or would do in check mode.

    :arg plan: the first plan, merged with the plans after steps with ``replan``.
    :arg found: the first observation.
    :arg observed: the last observation. It does not show the effect of later steps.
    :arg changed: whether something was changed.
    """

    plan: Plan[Client]
    found: Observed
    observed: Observed
    changed: bool
    diff_mode: bool

    @property
    def result(self) -> dict[str, Any]:
        """The result keys ``changed``, ``steps`` and (in diff mode) ``diff``."""
        result: dict[str, Any] = {"changed": self.changed, "steps": self.plan.sentences}
        if self.diff_mode:
            result["diff"] = {"before": self.plan.before, "after": self.plan.after}
        return result

    def then(self, following: Outcome[Any, Client]) -> Outcome[Observed, Client]:
        """Merge this outcome with the one that came after it."""
        return replace(self, plan=self.plan.then(following.plan), changed=self.changed or following.changed)

    def came_before(self, error: SmsError) -> None:
        """Add to an error what was changed before it."""
        if self.changed:
            error.changed = True
            error.add(f"These changes were made before: {'; '.join(self.plan.sentences)}.")


@dataclass
class Run:
    """One execution of a task: its parameters, and what the run collects.

    :arg params: the validated parameters, with defaults and fallbacks.
    :arg given: the parameters as the user wrote them. Only here an explicit null differs from an omitted option.
    :arg progress: shows a line to the user while the task runs, if the front door can.
    :arg python: starts Python. Each front door has its own way.
    :arg clients: the clients that this run shares with others.
    """

    params: dict[str, Any]
    given: dict[str, Any]
    check_mode: bool
    diff_mode: bool
    secrets: Secrets
    progress: Callable[[str], None]
    warnings: list[str] = field(default_factory=list)
    python: RunPython = _no_python
    clients: Clients = field(default_factory=Clients)

    def client(self, key: Any, make: Callable[[Secrets], Client]) -> Client:
        """Return the client of a key, which may come from another run that shares the clients. Make it if needed."""
        return self.clients.get(key, make, self.secrets)

    def warn(self, sentence: str) -> None:
        """Add a warning, unless the run has it already."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def is_null(self, *path: str | int) -> bool:
        """Return True if the user wrote an explicit null at a place such as ("sender_ids", 2, "provider")."""
        value: Any = self.given
        for key in path:
            try:
                value = value[key]
            except (IndexError, KeyError, TypeError):
                return False
        return value is None


@dataclass(frozen=True)
class Task:
    """A module: its name, its argument specification, and what it does.

    :arg argument_spec: the options, as an argument specification of ansible-core with the keys of TEXTS.
    :arg secret_results: the keys of the result that return secrets to the playbook. If one of them has a value, nothing
        of the result is shown.
    :arg announce: returns lines that a run always shows, at any verbosity. It gets the result, and whether the task
        ran in check mode.
    :arg role: the role that the task is a part of. Messages then name only its own variables.
    """

    name: str
    argument_spec: dict[str, Any]
    run: Callable[[Run], dict[str, Any]]
    secret_results: tuple[str, ...] = ()
    announce: Callable[[Mapping[str, Any], bool], list[str]] = lambda _result, _is_planned: []
    role: str | None = None


def reconcile(
    run: Run, client: Client, observe: Callable[[], Observed], plan: Callable[[Observed], Plan[Client]]
) -> Outcome[Observed, Client]:
    """Observe, plan, and run the steps of the plan, unless in check mode.

    A write with an unclear outcome is not simply repeated. Instead the state is read again and a new plan is made. The
    new plan contains only what is still missing.
    """
    found = observed = observe()
    whole = current = plan(found)
    changed = run.check_mode and any(step.likely for step in whole.steps)
    is_sure = False
    rounds = _ROUNDS
    steps = () if run.check_mode else whole.steps
    try:
        while steps:
            step, steps = steps[0], steps[1:]
            try:
                is_sure = step.call(client) is not False or is_sure
                changed = changed or is_sure
            except (Unclear, Stale) as error:
                rounds -= 1
                if not rounds or current.blind:
                    shown = error.__cause__ if isinstance(error, Stale) and error.__cause__ else error
                    raise shown from error.__cause__
                run.progress(f"{error} Reading the state again.")
                try:
                    observed = observe()
                    current = plan(observed)
                except SmsError as trouble:
                    if isinstance(error, Unclear):
                        raise LostSight(error, trouble) from trouble
                    raise
                steps = current.steps
                # If nothing is left to do, the unclear write of this run did it.
                changed = changed or isinstance(error, Unclear)
                continue
            if step.replan:
                observed = observe()
                current = plan(observed)
                whole, steps, rounds = whole.then(current), current.steps, _ROUNDS
    except SmsError as error:
        error.changed = error.changed or is_sure
        raise
    return Outcome(whole, found, observed, changed, run.diff_mode)


def awaited(look: Callable[[], Found | None], patience: float) -> Found | None:
    """Call ``look`` until it returns something, and return that. Return None if ``patience`` seconds are over."""
    end = time.monotonic() + patience
    looks = pauses(0.1, _LONGEST_PAUSE)
    while True:
        found = look()
        left = end - time.monotonic()
        if found is not None or left <= 0:
            return found
        time.sleep(min(left, next(looks)))


def appeared(creation: Unclear, look: Callable[[], Found | None], patience: float = PATIENCE) -> Found:
    """Wait for the object of a creation whose outcome is unclear, and return it.

    For objects that a server allows twice. reconcile() would create the object again, and so perhaps a second one.

    :raises Unsettled: the object did not appear.
    :raises LostSight: reading failed.
    """
    try:
        found = awaited(look, patience)
    except SmsError as trouble:
        raise LostSight(creation, trouble) from trouble
    if found is None:
        raise Unsettled(creation, patience) from creation
    return found


def execute(
    task: Task,
    params: dict[str, Any],
    given: dict[str, Any],
    *,
    check_mode: bool,
    diff_mode: bool,
    secrets: Iterable[str],
    progress: Callable[[str], None],
    python: RunPython = _no_python,
    clients: Clients | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """Run a task and return its result. Every error becomes a failed result.

    :arg secrets: the values of all secret parameters.
    :arg clients: the clients that the run shares with others. None: the run has its own, and closes them.
    :returns: the result for Ansible (with ``failed`` and ``msg`` after an error), and the warnings. Both are without
        secrets, except the secrets that the task returns on purpose.
    """
    run = Run(
        params=params,
        given=given,
        check_mode=check_mode,
        diff_mode=diff_mode,
        secrets=Secrets(secrets),
        progress=lambda line: progress(in_message(run.secrets.scrub(line))),
        python=python,
        clients=Clients() if clients is None else clients,
    )
    for url in _addresses(task.argument_spec, params):
        run.secrets.add_address(url)
    if REQUESTS_MISSING is not None:
        return {
            "failed": True,
            "changed": False,
            "msg": missing_required_lib("requests"),
            "failure": {"kind": "missing_library", "library": "requests"},
        }, []
    try:
        refuse_masks(task.argument_spec, params)
        _warn_of_line_breaks(run, task)
        result = task.run(run)
    except SmsError as error:
        told = {"msg": str(error), "failure": error.details()}
        result = {**error.results, "failed": True, "changed": error.changed, **told}
    except Exception as error:
        result = {
            "failed": True,
            "changed": False,
            "msg": f"{task.name} failed with an unexpected error, a defect of the collection: "
            f"{type(error).__name__}: {error}",
            "failure": {"kind": "defect"},
            "exception": traceback.format_exc(),
        }
    if clients is None:
        run.clients.close()
    returned = {key: result[key] for key in task.secret_results if key in result}
    shown = run.secrets.scrub(result)
    if not result.get("failed"):
        safe, hidden = ({key: value for key, value in each.items() if key not in returned} for each in (result, shown))
        if hidden != safe:
            _warn_of_damage(run, task, safe)
    # A traceback keeps its line breaks.
    kept = {"exception": in_traceback(shown["exception"])} if "exception" in shown else {}
    if "failure" in shown:
        # Playbooks branch on these two, so they are never masked. They contain no secrets.
        shown["failure"].update({key: result["failure"][key] for key in ("kind", "status") if key in result["failure"]})
        shown["msg"] = _explained(task, params, [shown["msg"]])
    warnings = [_explained(task, params, [in_message(sentence)]) for sentence in run.secrets.scrub(run.warnings)]
    return {**in_result(shown), **kept, **in_result(returned)}, warnings


def _explained(task: Task, params: Mapping[str, Any], texts: Iterable[str]) -> str:
    return explained(task.name, task.argument_spec, params, os.environ, texts, task.role)


def refuse_masks(spec: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Raise InvalidInput if an option contains the mask of a hidden value, or the placeholder of an example."""
    for option in spec:
        found = masked_place(params.get(option), option)
        if found:
            place, mask = found
            problem = (
                f"it contains {mask}, which replaces a hidden value in results, such as the query of a URL"
                if mask.isascii()
                else "it contains U+FFFD, which replaces a character that was removed from a server's text"
            )
            raise InvalidInput(place, problem, "Give the real value")
        for error in checks.placeholders(option, params.get(option)):
            raise error


def _warn_of_damage(run: Run, task: Task, result: dict[str, Any]) -> None:
    """Warn if a secret is so short or common that its removal changes other parts of the result."""
    options = [
        place
        for place, value in _secret_options(task.argument_spec, run.params)
        if Secrets([value]).scrub(result) != result
    ]
    whose = f"The value of {' and of '.join(options)}" if options else "A secret of the server"
    run.warn(
        f"{whose} occurs in this result too, and is replaced by {MASK} there. So the result can't be used as input. "
        "If the secret is a short or common word, choose a longer secret."
    )


def _secret_options(spec: Mapping[str, Any], params: Mapping[str, Any], place: str = "") -> list[tuple[str, str]]:
    """Return the place and the value of each no_log option."""
    found: list[tuple[str, str]] = []
    for option, kind in spec.items():
        value = params.get(option)
        if kind.get("no_log"):
            found += [(f"{place}{option}", leaf) for leaf in leaves(value)]
        elif kind.get("options") and isinstance(value, dict):
            found += _secret_options(kind["options"], value, f"{place}{option}.")
        elif kind.get("options"):
            for number, item in enumerate(value if isinstance(value, list) else ()):
                found += _secret_options(kind["options"], item, f"{place}{option}[{number}].")
    return found


def _warn_of_line_breaks(run: Run, task: Task) -> None:
    """Warn of secrets that end with a line break. It is part of the secret, but usually a mistake."""
    for place, value in _secret_options(task.argument_spec, run.params):
        if value.endswith(("\n", "\r")):
            run.warn(
                f"{place} ends with a line break, which counts as a part of the secret. If it is not a part, remove "
                "it: in YAML, write |- instead of |."
            )


def _addresses(spec: Mapping[str, Any], params: Mapping[str, Any]) -> list[str]:
    """Return the values of all options that contain URLs, except secret options."""
    found: list[str] = []
    for option, kind in spec.items():
        value = params.get(option)
        if kind.get("no_log"):
            continue
        if isinstance(value, str) and option.endswith("url"):
            found.append(value)
        elif kind.get("options") and isinstance(value, (dict, list)):
            for item in value if isinstance(value, list) else [value]:
                found += _addresses(kind["options"], item)
    return found


def shown_arguments(task: Task, params: Mapping[str, Any], secrets: Iterable[str]) -> dict[str, Any]:
    """Return the arguments of a task without secrets.

    All values of ``no_log`` options are hidden. In other options, text that equals one of these values is hidden.
    """
    known = Secrets(secrets)
    for url in _addresses(task.argument_spec, params):
        known.add_address(url)
    shown: dict[str, Any] = known.scrub(_without_secrets(task.argument_spec, params))
    return shown


def _without_secrets(spec: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for option, value in params.items():
        kind = spec.get(option, {})
        if kind.get("no_log"):
            shown[option] = _censored(value)
        elif kind.get("options") and isinstance(value, dict):
            shown[option] = _without_secrets(kind["options"], value)
        elif kind.get("options") and isinstance(value, list):
            shown[option] = [_without_secrets(kind["options"], item) for item in value]
        else:
            shown[option] = value
    return shown


def _censored(value: Any) -> Any:
    """Return a secret value with ansible-core's mask in place of each string and number."""
    if isinstance(value, dict):
        return {key: _censored(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_censored(item) for item in value]
    return value if value is None or isinstance(value, bool) or not str(value).strip() else CENSORED


@dataclass(frozen=True)
class Arguments:
    """The arguments of a task after ansible-core's validation.

    :arg refused: the failed result if the arguments are invalid. Then they are not shown.
    """

    params: dict[str, Any]
    secrets: set[str]
    warnings: list[str]
    refused: dict[str, Any] | None


def refusal(task: Task, params: Mapping[str, Any], problems: list[InvalidInput]) -> dict[str, Any]:
    """Return the failed result of a task with invalid arguments. ``failure`` has the first problem."""
    shown = [str(problem) for problem in problems[:_MOST_SHOWN]]
    if len(problems) > _MOST_SHOWN:
        shown.append(f"There are {len(problems) - _MOST_SHOWN} more such problems.")
    msg = _explained(task, params, shown)
    return {"failed": True, "changed": False, "msg": msg, "failure": problems[0].details()}


def is_refused(result: dict[str, Any]) -> bool:
    """Return True if a result reports an invalid argument. It may be a secret, so then no arguments are shown."""
    failure = result.get("failure") or {}
    return bool(failure.get("kind") == InvalidInput.kind)


def validate(task: Task, given: dict[str, Any]) -> Arguments:
    """Validate arguments that ``check_input()`` accepted, as ansible-core does, with defaults and fallbacks."""
    spec, arguments = honour_nulls(task.argument_spec, given)
    validation = ArgumentSpecValidator(spec).validate(arguments)
    params: dict[str, Any] = validation.validated_parameters
    # Secrets that are only whitespace are ignored: masking them would garble every message.
    secrets = {value for value in validation._no_log_values if value.strip()}
    warnings = [f"Both option {item['option']} and its alias {item['alias']} are set." for item in validation._warnings]
    refused = None
    problems = check_input(spec, {name: params.get(name) for name, option in spec.items() if "fallback" in option})
    if problems:
        refused = refusal(task, params, problems)
    elif validation.error_messages:
        missing = [name for name, option in spec.items() if option.get("required") and params.get(name) is None]
        refused = {
            "failed": True,
            "changed": False,
            "msg": _explained(task, params, [validation.errors.msg]),
            "failure": {"kind": InvalidInput.kind, "parameter": missing[0] if missing else None},
        }
    return Arguments(params, secrets, warnings, refused)


def honour_nulls(spec: dict[str, Any], given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a specification and arguments with which ansible-core's validation treats a null as "not set".

    ansible-core compares a null with the choices of its option, so null options are removed from the arguments. Then
    their values would come from the environment, so their fallbacks are removed from the specification. Nulls in free
    dictionaries stay. ``Run.given`` still has all nulls.
    """
    kept: dict[str, Any] = {}
    narrowed = dict(spec)
    for name, option in spec.items():
        names = [name, *option.get("aliases", ())]
        if any(key in given and given[key] is None for key in names):
            narrowed[name] = {key: value for key, value in option.items() if key != "fallback"}
    for name, value in given.items():
        if value is None:
            continue
        suboptions = spec.get(name, {}).get("options")
        if suboptions and isinstance(value, dict):
            kept[name] = honour_nulls(suboptions, value)[1]
        elif suboptions and isinstance(value, list):
            kept[name] = [honour_nulls(suboptions, item)[1] if isinstance(item, dict) else item for item in value]
        else:
            kept[name] = value
    return narrowed, kept


def without_texts(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as an argument specification of ansible-core, without the keys of TEXTS."""
    bare = {}
    for name, option in spec.items():
        bare[name] = {key: value for key, value in option.items() if key not in TEXTS}
        if "options" in option:
            bare[name]["options"] = without_texts(option["options"])
    return bare


class _Module(AnsibleModule):
    """An ordinary module that keeps the arguments as the user gave them, and the failed result if they are invalid."""

    refused: dict[str, Any] | None = None
    queries: frozenset[str] = frozenset()

    def __init__(self, task: Task) -> None:
        self._task = task
        super().__init__(argument_spec=without_texts(task.argument_spec), supports_check_mode=True)

    def _load_params(self) -> None:
        super()._load_params()
        internal = {key: value for key, value in self.params.items() if key.startswith("_ansible_")}
        self.given = {key: plain(value) for key, value in self.params.items() if key not in internal}
        problems = check_input(self._task.argument_spec, self.given)
        self.refused = refusal(self._task, {}, problems) if problems else validate(self._task, self.given).refused
        if self.refused is None:
            self.argument_spec, params = honour_nulls(self._task.argument_spec, self.given)
            self.params = {**params, **internal}
            # ansible-core writes the arguments to the log of the managed host.
            self.queries = queries(self.given)
            self.no_log_values.update(self.queries)
        else:
            # Without arguments, ansible-core's own validation can't fail with a message that shows values.
            self.argument_spec, self.params = {}, internal


def run_module(task: Task) -> None:
    """Run a task as an ordinary module: the front door for remote hosts, async, become and environment."""
    module = _Module(task)
    if module.refused is not None:
        module.fail_json(**{key: value for key, value in module.refused.items() if key != "failed"})

    def python(arguments: list[str], text: str) -> tuple[int, str, str]:
        status, output, errors = module.run_command(
            [sys.executable, *arguments],
            data=text,
            binary_data=True,
            expand_user_and_vars=False,
            handle_exceptions=False,
        )
        return status, output, errors

    # Secrets that are only whitespace are ignored: masking them would garble every message.
    module.no_log_values = {value for value in module.no_log_values - module.queries if value.strip()}
    result, warnings = execute(
        task,
        module.params,
        module.given,
        check_mode=module.check_mode,
        diff_mode=module._diff,
        secrets=module.no_log_values,
        # An ordinary module can only return output at its end.
        progress=lambda line: None,
        python=python,
    )
    for warning in warnings:
        module.warn(warning)
    # Secrets are removed first. in_result() changes line breaks, so a secret with one would not be found later.
    module.params = {} if is_refused(result) else in_result(shown_arguments(task, module.params, module.no_log_values))
    # All secrets are removed by now. ansible-core would also hide short secrets within words and numbers, and the
    # secrets that the task returns on purpose.
    module.no_log_values = set()
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
