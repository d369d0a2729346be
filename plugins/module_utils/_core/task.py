# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a task behind both front doors: read, plan, apply, diff, result; check mode; scrubbing of secrets.

A module is a Task: a name, an argument specification and a function of a Run. The front doors validate the arguments,
call execute(), and hand its result to Ansible.
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
"""How often a plan is made before an unclear or stale write is given up."""

_TOLD = 10
"""How many of the problems of a task's arguments are told."""

TEXTS = ("description", "version_added", "returned", "sample")
"""What an option says for its documentation alone, which tests/tools/options.py writes from it."""

PATIENCE = 4.0
"""For how many seconds something that may have been created is looked for."""

_LONGEST_PAUSE = 5.0
"""Seconds between two looks, at most."""


def _no_python(arguments: list[str], text: str) -> tuple[int, str, str]:
    return 127, "", "no program can be started here"


@dataclass(frozen=True)
class Step(Generic[Client]):
    """One write: what it does, a sentence a change, and the call on a client that does it.

    The call returns False where it turns out that there was nothing to do.

    :arg likely: False if probably there is nothing to do, which only the call can find out; check mode then
        announces no change.
    :arg replan: whether the plan has to be made again after it. The new plan must not have this step once more.
    """

    sentences: tuple[str, ...]
    call: Callable[[Client], bool | None]
    likely: bool = True
    replan: bool = False


@dataclass(frozen=True)
class Plan(Generic[Client]):
    """What would change: two comparable states for the diff, and the steps from one to the other.

    :arg blind: the server can't show its state, so that an unclear step can't be looked at again.
    """

    before: Any
    after: Any
    steps: tuple[Step[Client], ...] = ()
    blind: bool = False

    @property
    def sentences(self) -> list[str]:
        """What the steps do."""
        return [sentence for step in self.steps for sentence in step.sentences]

    def then(self, following: Plan[Client]) -> Plan[Client]:
        """Return this plan and the one that is made after it as one plan. The states of both are by name.

        What is still to be done of this plan is in the other one too, and is told once.
        """
        before = {name: state for name, state in following.before.items() if name not in self.after}
        told = [step.sentences for step in self.steps]
        return replace(
            self,
            before={**before, **self.before},
            after={**self.after, **following.after},
            steps=(*self.steps, *(step for step in following.steps if step.sentences not in told)),
        )


@dataclass(frozen=True)
class Outcome(Generic[Observed, Client]):
    """What ``reconcile()`` has done, or would do in check mode.

    :arg plan: the first plan, together with those that were made after a step which asked for it.
    :arg found: the first observation.
    :arg observed: the last one. Steps that came after it are not in it.
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
        """Return this outcome with what was changed after it."""
        return replace(self, plan=self.plan.then(following.plan), changed=self.changed or following.changed)


@dataclass
class Run:
    """One execution of a task: what the user asked for, and what the run comes to know.

    :arg params: the validated parameters, defaults and fallbacks filled in.
    :arg given: the parameters as the user wrote them: here an explicit null is told from an omitted option.
    :arg progress: shows a line to the user while the task goes on, where the front door can.
    :arg python: starts a Python; each front door has its own way.
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
        """Return the client made for a key before, by this run or one that shares its clients, or make it."""
        return self.clients.get(key, make, self.secrets)

    def warn(self, sentence: str) -> None:
        """Give the user a warning, once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def is_null(self, *path: str | int) -> bool:
        """Tell whether the user wrote an explicit null at a place such as ("sender_ids", 2, "provider")."""
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

    :arg argument_spec: the options, as an argument specification of ansible-core with TEXTS added.
    :arg secret_results: keys of the result that hold secrets, for the playbook to use. Where one of them has a value,
        the whole result is kept from being shown.
    """

    name: str
    argument_spec: dict[str, Any]
    run: Callable[[Run], dict[str, Any]]
    secret_results: tuple[str, ...] = ()


def reconcile(
    run: Run, client: Client, observe: Callable[[], Observed], plan: Callable[[Observed], Plan[Client]]
) -> Outcome[Observed, Client]:
    """Bring what is observed to what is planned, unless in check mode.

    A write whose outcome is unclear is not repeated but looked at: read again, plan again; what is there by now is not
    in the new plan.
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
                    told = error.__cause__ if isinstance(error, Stale) and error.__cause__ else error
                    raise told from error.__cause__
                run.progress(f"{error} Looking again.")
                try:
                    observed = observe()
                    current = plan(observed)
                except SmsError as trouble:
                    if isinstance(error, Unclear):
                        raise LostSight(error, trouble) from trouble
                    raise
                steps = current.steps
                # What an unclear write has done is this run's work, even if nothing is left to do.
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
    """Return what shows within so many seconds; None where nothing does."""
    end = time.monotonic() + patience
    looks = pauses(0.1, _LONGEST_PAUSE)
    while True:
        found = look()
        left = end - time.monotonic()
        if found is not None or left <= 0:
            return found
        time.sleep(min(left, next(looks)))


def appeared(creation: Unclear, look: Callable[[], Found | None], patience: float = PATIENCE) -> Found:
    """Return what was created by a call whose outcome is unclear, once it shows.

    For what a server lets be there twice: to create it again, as reconcile() would, may be to create a second one.

    :raises Unsettled: it does not show.
    :raises LostSight: it can't be looked for.
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
    """Run a task to its result, whatever happens.

    :arg secrets: the values of all secret parameters.
    :arg clients: those that the run shares with others. Without them it has its own, which end with it.
    :returns: the result for Ansible (with ``failed`` and ``msg`` where it failed) and the warnings, free of secrets but
        for those that the task is there to tell.
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
        result = {"failed": True, "changed": error.changed, "msg": str(error), "failure": error.details()}
    except Exception as error:
        result = {
            "failed": True,
            "changed": False,
            "msg": f"{task.name} met an error that it does not know, a defect: {type(error).__name__}: {error}",
            "failure": {"kind": "defect"},
            "exception": traceback.format_exc(),
        }
    if clients is None:
        run.clients.close()
    told = {key: result[key] for key in task.secret_results if key in result}
    shown = run.secrets.scrub(result)
    if not result.get("failed"):
        safe, hidden = ({key: value for key, value in each.items() if key not in told} for each in (result, shown))
        if hidden != safe:
            _warn_of_damage(run, task, safe)
    # The lines of a traceback stay lines.
    kept = {"exception": in_traceback(shown["exception"])} if "exception" in shown else {}
    if "failure" in shown:
        # What the collection and HTTP define, playbooks branch on.
        shown["failure"].update({key: result["failure"][key] for key in ("kind", "status") if key in result["failure"]})
        shown["msg"] = _explained(task, params, [shown["msg"]])
    warnings = [_explained(task, params, [in_message(sentence)]) for sentence in run.secrets.scrub(run.warnings)]
    return {**in_result(shown), **kept, **in_result(told)}, warnings


def _explained(task: Task, params: Mapping[str, Any], texts: Iterable[str]) -> str:
    return explained(task.name, task.argument_spec, params, os.environ, texts)


def refuse_masks(spec: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """Raise InvalidInput where an option holds what stands for a hidden value in a result, or for one of an example."""
    for option in spec:
        found = masked_place(params.get(option), option)
        if found:
            place, mask = found
            problem = (
                f"it holds {mask}, which stands for a value that was hidden in a result, the query of a URL for example"
                if mask.isascii()
                else "it holds U+FFFD, which stands for a character that was taken out of a server's text"
            )
            raise InvalidInput(place, problem, "Give the value itself")
        for error in checks.placeholders(option, params.get(option)):
            raise error


def _warn_of_damage(run: Run, task: Task, result: dict[str, Any]) -> None:
    """Warn where a secret is so short or common that hiding it changes a result which is no secret."""
    options = [
        place
        for place, value in _secret_options(task.argument_spec, run.params)
        if Secrets([value]).scrub(result) != result
    ]
    whose = f"The value of {' and of '.join(options)}" if options else "A secret that the server has told"
    run.warn(
        f"{whose} stands in this result too, where it is hidden as {MASK}. So the result can't be used again as it is. "
        "If it is a short or common word, choose a longer secret."
    )


def _secret_options(spec: Mapping[str, Any], params: Mapping[str, Any], place: str = "") -> list[tuple[str, str]]:
    """Return the values of no_log options, each with its place."""
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
    """Warn of secrets that end with a line break: it is a part of them, and seldom meant."""
    for place, value in _secret_options(task.argument_spec, run.params):
        if value.endswith(("\n", "\r")):
            run.warn(
                f"{place} ends with a line break, which is taken for a part of the secret. If it is not one, remove "
                "it: in YAML, write |- in place of |."
            )


def _addresses(spec: Mapping[str, Any], params: Mapping[str, Any]) -> list[str]:
    """Return the URLs among the values of options that are no secrets."""
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
    """Return the arguments of a task as they may be shown.

    The values of ``no_log`` options are hidden whatever they are, and elsewhere what reads like one of them.
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
    """Return the shape of a secret value, as ansible-core shows it."""
    if isinstance(value, dict):
        return {key: _censored(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_censored(item) for item in value]
    return value if value is None or isinstance(value, bool) or not str(value).strip() else CENSORED


@dataclass(frozen=True)
class Arguments:
    """The arguments of a task as ansible-core's validation leaves them.

    :arg refused: the failed result where they can't be used; they are not shown then.
    """

    params: dict[str, Any]
    secrets: set[str]
    warnings: list[str]
    refused: dict[str, Any] | None


def refusal(task: Task, params: Mapping[str, Any], problems: list[InvalidInput]) -> dict[str, Any]:
    """Return the failed result of a task whose arguments can't be used; the first problem is the one to branch on."""
    told = [str(problem) for problem in problems[:_TOLD]]
    if len(problems) > _TOLD:
        told.append(f"There are {len(problems) - _TOLD} more such problems.")
    msg = _explained(task, params, told)
    return {"failed": True, "changed": False, "msg": msg, "failure": problems[0].details()}


def is_refused(result: dict[str, Any]) -> bool:
    """Tell whether a result says that an argument can't be used: then none are shown, since one may be a secret."""
    failure = result.get("failure") or {}
    return bool(failure.get("kind") == InvalidInput.kind)


def validate(task: Task, given: dict[str, Any]) -> Arguments:
    """Validate what ``check_input()`` has nothing against as ansible-core does, and fill in what is left out."""
    spec, arguments = honour_nulls(task.argument_spec, given)
    validation = ArgumentSpecValidator(spec).validate(arguments)
    params: dict[str, Any] = validation.validated_parameters
    # A blank is in every sentence: to censor it would leave nothing readable, and it hides nothing.
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
    """Return a specification and arguments with which ansible-core's validation takes a null for what it says: nothing.

    It would hold a null against an option's choices, so options that are null are left out; and what is left out would
    get a value from the environment, so these lose their fallback. What is inside of free dictionaries stays. That an
    option was null is still to be seen in ``Run.given``.
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
    """Return options as an argument specification of ansible-core, without what only the documentation is made from."""
    bare = {}
    for name, option in spec.items():
        bare[name] = {key: value for key, value in option.items() if key not in TEXTS}
        if "options" in option:
            bare[name]["options"] = without_texts(option["options"])
    return bare


class _Module(AnsibleModule):
    """An ordinary module that remembers its arguments as they were given, and why they can't be used if so."""

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
            # For the log of the target, in which ansible-core notes how a module was called.
            self.queries = queries(self.given)
            self.no_log_values.update(self.queries)
        else:
            # ansible-core's own validation would fail first, with a message that may show values.
            self.argument_spec, self.params = {}, internal


def run_module(task: Task) -> None:
    """Be the ordinary module: the front door for remote targets, async, become and environment."""
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

    # A blank is in every sentence: to censor it would leave nothing readable, and it hides nothing.
    module.no_log_values = {value for value in module.no_log_values - module.queries if value.strip()}
    result, warnings = execute(
        task,
        module.params,
        module.given,
        check_mode=module.check_mode,
        diff_mode=module._diff,
        secrets=module.no_log_values,
        # An ordinary module speaks only once, at its end.
        progress=lambda line: None,
        python=python,
    )
    for warning in warnings:
        module.warn(warning)
    # Censored first: a secret with a line break would not be known again in another form.
    module.params = {} if is_refused(result) else in_result(shown_arguments(task, module.params, module.no_log_values))
    # All is censored by now. ansible-core would hide a short secret in each word and number, and what is told.
    module.no_log_values = set()
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
