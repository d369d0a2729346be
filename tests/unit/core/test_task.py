# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How every task runs, `_core/task.py`: plan, apply, read again, result, and the removal of secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.options import CONFIGURATION
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import task as _task
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.clients import Clients
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    ApiError,
    InvalidInput,
    Refused,
    SmsError,
    Stale,
    Unclear,
    Unsent,
    Unsupported,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import (
    Outcome,
    Plan,
    Run,
    Step,
    Task,
    execute,
    honour_nulls,
    reconcile,
    refusal,
    refuse_masks,
    run_module,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.variables import env_fallback
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.options import DIGITAL_CHANNELS
from unit.doubles import Session, make_run

CANARY = 'ca"na\\ry é 1'


class Shelf:
    """A server that stores one number. Each write meets the next fault that the test prepared."""

    def __init__(self, number: int, *faults: Callable[[Shelf, int], None]) -> None:
        self.number = number
        self.faults = list(faults)
        self.reads = 0
        self.writes = 0

    def read(self) -> int:
        self.reads += 1
        return self.number

    def write(self, number: int) -> None:
        self.writes += 1
        if self.faults:
            self.faults.pop(0)(self, number)
        else:
            self.number = number


def lost_after(shelf: Shelf, number: int) -> None:
    """The write took effect, but the response was lost."""
    shelf.number = number
    raise Unclear("write", "https://h", "broke off", "Look")


def lost_before(shelf: Shelf, number: int) -> None:
    """The request was lost."""
    raise Unclear("write", "https://h", "broke off", "Look")


def stale(shelf: Shelf, number: int) -> None:
    """Someone else wrote the same value first."""
    shelf.number = number
    raise Stale("Someone else was faster.") from Refused("write", "https://h", "answered 409", "Look")


def refused_as_stale(shelf: Shelf, number: int) -> None:
    raise Stale("It does not fit.") from Refused("write", "https://h", "answered 409", "Look")


def stale_without_cause(shelf: Shelf, number: int) -> None:
    raise Stale("It does not fit.")


def refused(shelf: Shelf, number: int) -> None:
    raise Refused("write", "https://h", "answered 403", "Look")


def unsent(shelf: Shelf, number: int) -> None:
    raise Unsent("write", "https://h", "could not be reached", "Look")


def bring(shelf: Shelf, number: int, *, blind: bool = False, **modes: Any) -> Outcome[int, Shelf]:
    """Reconcile the shelf with a number."""

    def plan(seen: int) -> Plan[Shelf]:
        if seen == number:
            return Plan(seen, seen, blind=blind)
        return Plan(seen, number, (Step((f"write {number}",), lambda client: client.write(number)),), blind)

    return reconcile(make_run(**modes), shelf, shelf.read, plan)


# reconcile


def test_a_difference_is_written_once() -> None:
    shelf = Shelf(1)
    outcome = bring(shelf, 2)
    assert (shelf.number, shelf.reads, shelf.writes) == (2, 1, 1)
    assert outcome.result == {"changed": True, "steps": ["write 2"]}
    assert (outcome.found, outcome.observed, outcome.plan.after, outcome.changed) == (1, 1, 2, True)


def test_nothing_is_written_without_a_difference() -> None:
    shelf = Shelf(2)
    assert bring(shelf, 2).result == {"changed": False, "steps": []}
    assert (shelf.reads, shelf.writes) == (1, 0)


def test_check_mode_returns_the_same_and_writes_nothing() -> None:
    shelf = Shelf(1)
    assert bring(shelf, 2, check_mode=True, diff_mode=True).result == bring(Shelf(1), 2, diff_mode=True).result
    assert (shelf.number, shelf.reads, shelf.writes) == (1, 1, 0)


def test_check_mode_without_a_difference_reports_no_change() -> None:
    assert bring(Shelf(2), 2, check_mode=True).result["changed"] is False


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_diff_is_before_and_after(check_mode: bool) -> None:
    result = bring(Shelf(1), 2, diff_mode=True, check_mode=check_mode).result
    assert result["diff"] == {"before": 1, "after": 2}
    assert "diff" not in bring(Shelf(1), 2, check_mode=check_mode).result


def test_an_unclear_write_that_took_effect_is_a_change_and_not_repeated() -> None:
    shelf = Shelf(1, lost_after)
    lines: list[str] = []
    result = bring(shelf, 2, progress=lines.append, diff_mode=True).result
    assert (shelf.number, shelf.reads, shelf.writes) == (2, 2, 1)
    assert result == {"changed": True, "steps": ["write 2"], "diff": {"before": 1, "after": 2}}
    assert lines == ["Could not write: https://h broke off. Look. Reading the state again."]


@pytest.mark.parametrize("fault", [lost_before, refused_as_stale])
def test_an_unclear_write_without_effect_is_planned_again(fault: Callable[[Shelf, int], None]) -> None:
    shelf = Shelf(1, fault)
    assert bring(shelf, 2).result["changed"] is True
    assert (shelf.number, shelf.reads, shelf.writes) == (2, 2, 2)


def test_a_change_by_someone_else_is_not_our_change() -> None:
    shelf = Shelf(1, stale)
    assert bring(shelf, 2).result["changed"] is False
    assert (shelf.number, shelf.writes) == (2, 1)


@pytest.mark.parametrize(
    ("fault", "kind", "sentence"),
    [
        (lost_before, Unclear, "broke off"),
        (refused_as_stale, Refused, "answered 409"),
        (stale_without_cause, Stale, "It does not fit"),
    ],
)
def test_unclear_writes_fail_after_three_plans(
    fault: Callable[[Shelf, int], None], kind: type[SmsError], sentence: str
) -> None:
    shelf = Shelf(1, *[fault] * 10)
    with pytest.raises(kind, match=sentence):
        bring(shelf, 2)
    assert (shelf.reads, shelf.writes) == (3, 3)


@pytest.mark.parametrize("fault", [refused, unsent])
def test_any_other_error_ends_the_task_at_once(fault: Callable[[Shelf, int], None]) -> None:
    shelf = Shelf(1, fault)
    with pytest.raises(ApiError):
        bring(shelf, 2)
    assert (shelf.reads, shelf.writes) == (1, 1)


def test_an_unclear_write_fails_at_once_if_the_state_can_not_be_read() -> None:
    shelf = Shelf(1, lost_after)
    with pytest.raises(Unclear):
        bring(shelf, 2, blind=True)
    assert (shelf.reads, shelf.writes) == (1, 1)


@pytest.mark.parametrize(
    ("fault", "sentence", "kind"),
    [
        (
            lost_before,
            "broke off. Look. The write may have taken effect. Reading the state again failed too. ",
            "unclear",
        ),
        (refused_as_stale, "Could not read", "unreachable"),
    ],
)
def test_the_error_of_a_second_read_contains_the_unclear_write(
    fault: Callable[[Shelf, int], None], sentence: str, kind: str
) -> None:
    class Gone(Shelf):
        def read(self) -> int:
            if self.reads:
                raise Unsent("read", "https://h", "could not be reached", "Look")
            return super().read()

    with pytest.raises(SmsError) as caught:
        bring(Gone(1, fault), 2)
    assert sentence in str(caught.value)
    assert "Could not read: https://h could not be reached" in str(caught.value)
    assert caught.value.details()["kind"] == kind


def test_steps_run_in_order_and_completed_steps_are_not_repeated() -> None:
    done: list[str] = []
    faults: list[SmsError] = [Unclear("write b", "https://h", "broke off", "Look")]

    def write(name: str) -> Callable[[None], None]:
        def call(client: None) -> None:
            if name == "b" and faults:
                raise faults.pop()
            done.append(name)

        return call

    def plan(seen: list[str]) -> Plan[None]:
        steps = tuple(Step((name, f"and {name}"), write(name)) for name in "abc" if name not in seen)
        return Plan([], [], steps)

    result = reconcile(make_run(), None, lambda: list(done), plan).result
    assert done == ["a", "b", "c"]
    assert result == {"changed": True, "steps": ["a", "and a", "b", "and b", "c", "and c"]}


@pytest.mark.parametrize("kind", [Unclear, Refused])
@pytest.mark.parametrize(("done", "changed"), [(None, True), (False, False)])
def test_an_error_after_a_change_reports_the_change(kind: type[ApiError], done: bool | None, changed: bool) -> None:
    def fail(_client: None) -> None:
        raise kind("write", "https://h", "broke", "Look")

    steps = (Step[None](("do it",), lambda client: done), Step[None](("fail",), fail))
    with pytest.raises(kind) as caught:
        reconcile(make_run(), None, lambda: None, lambda seen: Plan(1, 2, steps, blind=True))
    assert caught.value.changed is changed


@pytest.mark.parametrize(("answers", "changed"), [([False], False), ([None], True), ([True, False], True)])
def test_a_step_may_report_that_nothing_was_to_do(answers: list[bool | None], changed: bool) -> None:
    calls = iter(answers)
    steps: tuple[Step[None], ...] = tuple(
        Step((f"step {number}",), lambda client: next(calls)) for number in range(len(answers))
    )
    result = reconcile(make_run(), None, lambda: None, lambda seen: Plan(1, 2, steps)).result
    assert result["changed"] is changed


def test_check_mode_does_not_report_unlikely_steps() -> None:
    steps = (Step[None](("delete it, if it is there",), lambda client: True, likely=False),)
    result = reconcile(make_run(check_mode=True), None, lambda: None, lambda seen: Plan(1, 1, steps)).result
    assert result["changed"] is False


# A new plan after a step


class Shop:
    """A shop: each thing is bought first and labeled after that. Each write meets the next prepared fault."""

    def __init__(self, labels: dict[str, str], wanted: dict[str, str]) -> None:
        self.labels = labels
        self.wanted = wanted
        self.faults: list[SmsError] = []
        self.writes: list[str] = []

    def read(self) -> dict[str, str]:
        return dict(self.labels)

    def buy(self, names: list[str]) -> bool:
        self.labels.update(dict.fromkeys(names, ""))
        self.writes.append(f"buy {' '.join(names)}")
        return True

    def label(self, name: str) -> None:
        self.writes.append(f"label {name}")
        if self.faults:
            raise self.faults.pop()
        self.labels[name] = self.wanted[name]

    def plan(self, seen: dict[str, str]) -> Plan[Shop]:
        lacking = [name for name in self.wanted if name not in seen]
        steps = [Step[Shop]((f"buy {name}",), lambda shop: shop.buy(lacking), replan=True) for name in lacking[:1]]
        differing = [name for name in self.wanted if name in seen and seen[name] != self.wanted[name]]
        steps += [Step[Shop]((f"label {name}",), partial(_label, name)) for name in differing]
        before = {name: seen[name] for name in differing}
        after = {**dict.fromkeys(lacking, "to be bought"), **{name: self.wanted[name] for name in differing}}
        return Plan(before, after, tuple(steps))

    def open(self, **modes: Any) -> Outcome[dict[str, str], Shop]:
        return reconcile(make_run(**modes), self, self.read, self.plan)


def _label(name: str, shop: Shop) -> None:
    shop.label(name)


def test_a_step_with_replan_leads_to_a_new_plan_and_the_result_has_both() -> None:
    shop = Shop({"old": "x"}, {"old": "y", "new": "z"})
    outcome = shop.open(diff_mode=True)
    assert shop.writes == ["buy new", "label old", "label new"]
    assert outcome.result == {
        "changed": True,
        "steps": ["buy new", "label old", "label new"],
        "diff": {"before": {"old": "x"}, "after": {"old": "y", "new": "z"}},
    }
    assert (outcome.found, outcome.observed) == ({"old": "x"}, {"old": "x", "new": ""})
    assert shop.open().result == {"changed": False, "steps": []}


def test_check_mode_returns_the_first_plan_and_runs_no_step() -> None:
    shop = Shop({"old": "x"}, {"old": "y", "new": "z"})
    outcome = shop.open(check_mode=True, diff_mode=True)
    assert outcome.result == {
        "changed": True,
        "steps": ["buy new", "label old"],
        "diff": {"before": {"old": "x"}, "after": {"old": "y", "new": "to be bought"}},
    }
    assert shop.writes == []


@pytest.mark.parametrize("faults", [2, 3])
def test_the_limit_of_plans_starts_again_after_a_step_with_replan(faults: int) -> None:
    shop = Shop({}, {"new": "z"})
    shop.faults = [Unclear("label", "https://h", "broke off", "Look") for _fault in range(faults)]
    if faults == 3:
        with pytest.raises(Unclear) as caught:
            shop.open()
        assert caught.value.changed
    else:
        assert shop.open().changed
    assert shop.writes == ["buy new", *["label new"] * 3]


def test_an_error_while_planning_again_reports_the_earlier_change() -> None:
    shop = Shop({}, {"new": "z"})

    def plan(seen: dict[str, str]) -> Plan[Shop]:
        if seen:
            raise InvalidInput("a", "it is wrong", "Mend it")
        return shop.plan(seen)

    with pytest.raises(InvalidInput) as caught:
        reconcile(make_run(), shop, shop.read, plan)
    assert caught.value.changed


def test_two_outcomes_can_be_merged() -> None:
    first = Shop({"a": "x"}, {"a": "y"}).open(diff_mode=True)
    second = Shop({"a": "y", "b": "1"}, {"b": "2"}).open(diff_mode=True)
    assert first.then(second).result == {
        "changed": True,
        "steps": ["label a", "label b"],
        "diff": {"before": {"a": "x", "b": "1"}, "after": {"a": "y", "b": "2"}},
    }


# Run


def test_the_same_warning_is_added_once() -> None:
    run = make_run()
    for sentence in ("one", "two", "one"):
        run.warn(sentence)
    assert run.warnings == ["one", "two"]


@pytest.mark.parametrize(
    ("path", "null"),
    [
        (("url",), True),
        (("data",), False),
        (("missing",), False),
        (("data", "inner"), True),
        (("data", "missing"), False),
        (("list", 0, "a"), True),
        (("list", 1, "a"), False),
        (("list", 5, "a"), False),
        (("list", 2), True),
        (("text", "a"), False),
        (("text", 0), False),
        (("url", "a"), False),
    ],
)
def test_an_explicit_null_differs_from_an_omitted_option(path: tuple[str | int, ...], null: bool) -> None:
    given = {"url": None, "data": {"inner": None}, "list": [{"a": None}, {}, None], "text": "a"}
    assert make_run({}, given).is_null(*path) is null


# execute


def executed(work: Callable[[Run], dict[str, Any]], **options: Any) -> tuple[dict[str, Any], list[str]]:
    modes = {"check_mode": False, "diff_mode": False, "secrets": [CANARY], "progress": lambda line: None, **options}
    return execute(Task("nexus_test", {}, work), {"a": 1}, {"a": None}, **modes)


def test_a_run_gets_parameters_and_modes_and_returns_warnings() -> None:
    def work(run: Run) -> dict[str, Any]:
        assert (run.params, run.given, run.check_mode, run.diff_mode) == ({"a": 1}, {"a": None}, True, False)
        run.warn("careful")
        return {"changed": False}

    assert executed(work, check_mode=True) == ({"changed": False}, ["careful"])


@pytest.mark.parametrize(
    "error",
    [
        InvalidInput("a", "it is wrong", "Mend it"),
        ApiError("read", "https://h", "answered 400", "Look", status=400, code="x"),
        Unsupported("It can't be read."),
        Unsupported("It was written, but can't be read.", changed=True),
    ],
)
def test_a_known_error_becomes_a_failed_result_with_its_kind(error: SmsError) -> None:
    def work(run: Run) -> dict[str, Any]:
        raise error

    result, warnings = executed(work)
    changed = str(error).startswith("It was written")
    assert result == {"failed": True, "changed": changed, "msg": str(error), "failure": error.details()}
    assert warnings == []


def test_an_error_may_add_to_the_failed_result() -> None:
    error = Refused("write", "https://h", "answered 400", "Look")
    error.results = {"ordered": [{"number": f"1{CANARY}"}], "failed": False}

    def work(run: Run) -> dict[str, Any]:
        raise error

    result, _warnings = executed(work, secrets=[CANARY])
    assert (result["failed"], result["ordered"]) == (True, [{"number": "1********"}])


def test_an_unexpected_error_becomes_a_defect_without_secrets() -> None:
    def work(run: Run) -> dict[str, Any]:
        raise KeyError(CANARY, f"text {CANARY}")

    result, _warnings = executed(work)
    assert result["failed"] is True
    assert result["changed"] is False
    assert result["msg"].startswith("nexus_test failed with an unexpected error")
    assert "KeyError" in result["msg"]
    assert "in work" in result["exception"]
    for form in (CANARY, repr(CANARY)[1:-1], json.dumps(CANARY)[1:-1]):
        assert form not in result["msg"]
        assert form not in result["exception"]


def test_results_warnings_and_progress_contain_no_secrets() -> None:
    lines: list[str] = []

    def work(run: Run) -> dict[str, Any]:
        run.secrets.add("learnt-later")
        run.warn(f"warning {CANARY}")
        run.progress(f"line {CANARY} learnt-later")
        return {"changed": True, "text": [f"{CANARY} learnt-later"], "diff": {"before": CANARY}}

    result, warnings = executed(work, progress=lines.append)
    shown = json.dumps([result, warnings, lines])
    assert result["changed"] is True
    assert "learnt-later" not in shown
    assert json.dumps(CANARY)[1:-1] not in shown


@pytest.mark.parametrize("secrets", [["True"], ["False"], ["None"], ["e"]])
def test_booleans_are_not_hidden_by_a_secret_such_as_true(secrets: list[str]) -> None:
    result, _warnings = executed(lambda run: {"changed": False, "yes": True, "none": None}, secrets=secrets)
    assert (result["changed"], result["yes"], result["none"]) == (False, True, None)


def test_a_missing_library_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_task, "REQUESTS_MISSING", ImportError("No module named 'requests'"))
    result, _warnings = executed(lambda run: {"changed": True})
    assert result["failed"] is True
    assert "requests" in result["msg"]


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("chat.********", "********"),
        ("VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"),
        (" (hidden)", "(hidden)"),
        ("Main\ufffd", "U+FFFD"),
    ],
)
@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"name": "{}"}, "name"),
        ({"name": "x", "key": "{}"}, "key"),
        ({"name": "x", "tree": {"a": [{"b": "{}"}]}}, "tree.a[0].b"),
        ({"name": "x", "tree": {"{}": 1}}, "tree"),
        ({"name": "x", "items": [{"name": "y"}, {"name": "{}"}]}, "items[1].name"),
    ],
)
def test_an_option_that_contains_a_mask_is_refused(text: str, mask: str, options: dict[str, Any], place: str) -> None:
    asked = json.loads(json.dumps(options).replace('"{}"', json.dumps(text)))
    spec = {**SPEC, "tree": {"type": "dict"}, "items": {"type": "list", "elements": "dict", "options": SPEC}}
    worked: list[Run] = []

    def work(run: Run) -> dict[str, Any]:
        worked.append(run)
        return {"changed": True}

    modes: dict[str, Any] = {"check_mode": False, "diff_mode": False, "secrets": [], "progress": lambda line: None}
    result, _warnings = execute(Task("nexus_test", spec, work), asked, asked, **modes)
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["failure"] == {"kind": "invalid_input", "parameter": place}
    assert mask in result["msg"]
    assert worked == []


@pytest.mark.parametrize("text", ["***", "hidden", "see (hidden) page", "(Hidden)"])
def test_values_that_only_resemble_a_mask_are_accepted(text: str) -> None:
    refuse_masks(SPEC, {"name": text, "number": 3})


def test_a_warning_names_the_option_whose_secret_occurs_in_the_result() -> None:
    spec = {**SPEC, "items": {"type": "list", "elements": "dict", "options": SPEC}}
    params = {"name": "x", "key": "Main", "items": [{"name": "y", "key": "other-secret"}, {"key": "chat"}]}

    def work(run: Run) -> dict[str, Any]:
        run.secrets.add("from-server")
        return {"changed": False, "endpoint": "chat.Main", "note": "from-server"}

    task = Task("nexus_test", spec, work)
    modes: dict[str, Any] = {"check_mode": False, "diff_mode": False, "progress": lambda line: None}
    result, warnings = execute(task, params, params, secrets=["Main", "chat", "other-secret"], **modes)
    assert result["endpoint"] == "********.********"
    (warning,) = warnings
    assert "key and of items[1].key" in warning
    assert "items[0].key" not in warning
    result, warnings = execute(task, {"name": "x"}, {}, secrets=[], **modes)
    assert (result["endpoint"], result["note"]) == ("chat.Main", "********")
    assert "secret of the server" in warnings[0]


# Sessions


@pytest.mark.parametrize("fails", [True, False])
def test_a_run_closes_its_own_clients_and_keeps_shared_ones(fails: bool) -> None:
    sessions: list[Session] = []

    def work(run: Run) -> dict[str, Any]:
        sessions.append(run.client("a", Session))
        sessions[-1].secrets.add("token-1")
        if fails:
            raise InvalidInput("a", "token-1 is wrong", "Mend it")
        return {"changed": False, "text": "token-1"}

    result, _warnings = executed(work)
    assert "token-1" not in str(result)
    assert sessions[0].closed == 1
    clients = Clients()
    for _item in range(2):
        executed(work, clients=clients)
    assert sessions[1] is sessions[2]
    assert sessions[1].closed == 0


# Nulls


def test_honour_nulls_removes_null_options_and_their_fallbacks() -> None:
    fallback = (env_fallback, ["GWS_USERNAME"])
    spec: dict[str, Any] = {
        "user": {"type": "str", "aliases": ["name"], "fallback": fallback},
        "key": {"type": "str", "no_log": True, "fallback": fallback},
        "items": {"type": "list", "elements": "dict", "options": {"a": {"type": "str"}}},
        "free": {"type": "dict"},
    }
    without = {**spec, "user": {"type": "str", "aliases": ["name"]}}
    items = [{"a": None, "b": 1}, {"a": "x"}, "text"]
    free = {"a": None, "b": {"c": None}}
    kept = {"items": [{"b": 1}, {"a": "x"}, "text"], "free": free}
    given = {"items": items, "free": free}
    assert honour_nulls(spec, given) == (spec, kept)
    assert honour_nulls(spec, {**given, "user": None}) == (without, kept)
    assert honour_nulls(spec, {**given, "name": None}) == (without, kept)
    assert honour_nulls(spec, {**given, "user": "x"}) == (spec, {**kept, "user": "x"})
    assert honour_nulls(spec, {"unknown": None, "key": ""}) == (spec, {"key": ""})
    # The specification is shared, and the given arguments are read later. Both must stay unchanged.
    assert spec["user"]["fallback"] is fallback
    assert items[0] == {"a": None, "b": 1}


# The ordinary module


SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "number": {"type": "int", "default": 3},
    "key": {"type": "str", "no_log": True},
}


WARNINGS: list[str] = []


def run_as_module(
    work: Callable[[Run], dict[str, Any]],
    arguments: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spec: dict[str, Any] | None = None,
    secret_results: tuple[str, ...] = (),
) -> tuple[int, dict[str, Any]]:
    """Run a task as Ansible does: arguments as JSON, the result on standard output."""
    # How a result contains warnings differs between versions of ansible-core.
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda module, warning: WARNINGS.append(warning))
    payload = {
        "ANSIBLE_MODULE_ARGS": {
            "_ansible_check_mode": True,
            "_ansible_diff": True,
            "_ansible_remote_tmp": "/",
            **arguments,
        }
    }
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(payload).encode())
    # Newer versions of ansible-core also need the profile of the arguments.
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    with pytest.raises(SystemExit) as caught:
        run_module(Task("nexus_test", SPEC if spec is None else spec, work, secret_results))
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return int(caught.value.code or 0), result


def test_a_module_returns_result_warnings_and_invocation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(run: Run) -> dict[str, Any]:
        assert run.params == {"name": "n", "number": 3, "key": CANARY}
        assert run.given == {"name": "n", "number": "3", "key": CANARY}
        assert run.check_mode
        assert run.diff_mode
        run.warn("careful")
        run.progress("nobody hears this")
        run.client("a", Session)
        return {"changed": True, "text": f"it is {CANARY}"}

    WARNINGS.clear()
    code, result = run_as_module(work, {"name": "n", "number": "3", "key": CANARY}, monkeypatch, capsys)
    assert code == 0
    assert result["changed"] is True
    assert WARNINGS[0] == "careful"
    assert "The value of key occurs in this result" in WARNINGS[1]
    assert json.dumps(CANARY)[1:-1] not in json.dumps(result)
    assert "failed" not in result


@pytest.mark.parametrize("told", [CANARY, None])
def test_a_module_returns_its_secret_results_even_if_they_were_given(
    told: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(run: Run) -> dict[str, Any]:
        return {"changed": True, "token": told, "text": f"it is {CANARY}"}

    given = {"name": "a", "key": CANARY}
    code, result = run_as_module(work, given, monkeypatch, capsys, secret_results=("token",))
    assert (code, result["changed"], result.pop("token")) == (0, True, told)
    assert json.dumps(CANARY)[1:-1] not in json.dumps(result)


def test_a_module_closes_its_clients(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    sessions: list[Session] = []

    def work(run: Run) -> dict[str, Any]:
        sessions.append(run.client("a", Session))
        return {"changed": False}

    run_as_module(work, {"name": "a"}, monkeypatch, capsys)
    assert [session.closed for session in sessions] == [1]


def test_a_module_fails_with_the_message_of_the_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(run: Run) -> dict[str, Any]:
        raise InvalidInput("name", f"it is {CANARY}", "Mend it")

    code, result = run_as_module(work, {"name": "a", "key": CANARY}, monkeypatch, capsys)
    assert code == 1
    assert result["failed"] is True
    assert result["changed"] is False
    assert result["failure"] == {"kind": "invalid_input", "parameter": "name"}
    assert result["msg"].startswith("name: it is ")
    assert json.dumps(CANARY)[1:-1] not in json.dumps(result)


def test_a_module_that_fails_after_a_change_reports_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(run: Run) -> dict[str, Any]:
        raise Unsupported("It was written, but can't be read.", changed=True)

    code, result = run_as_module(work, {"name": "a"}, monkeypatch, capsys)
    assert (code, result["failed"], result["changed"]) == (1, True, True)
    assert result["failure"] == {"kind": "unsupported"}


@pytest.mark.parametrize(
    ("given", "user"), [({}, "acme\\user"), ({"gws_username": None}, None), ({"gws_username": "other"}, "other")]
)
def test_a_module_does_not_replace_a_null_by_the_environment(
    given: dict[str, Any], user: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GWS_USERNAME", "acme\\user")
    monkeypatch.setenv("GWS_CLIENT_ID", "client")

    def work(run: Run) -> dict[str, Any]:
        return {"changed": False, "user": run.params["gws_username"], "client": run.params["gws_client_id"]}

    needed = {"gws_url": "https://gws", "gws_client_secret": CANARY}
    code, result = run_as_module(work, {**needed, **given}, monkeypatch, capsys, CONFIGURATION)
    assert (code, result["user"], result["client"]) == (0, user, "client")


def test_a_module_refuses_a_null_for_a_required_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEXUS_URL", "https://nexus")
    given = {"nexus_url": None, "api_key": CANARY, "ccid": "acme"}
    code, result = run_as_module(lambda run: {"changed": False}, given, monkeypatch, capsys, DIGITAL_CHANNELS)
    assert (code, result["msg"]) == (1, "missing required arguments: nexus_url")
    assert result["failure"] == {"kind": "invalid_input", "parameter": "nexus_url"}


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"name": 5}, "name"),
        ({"name": "a", "number": [CANARY]}, "number"),
        ({"name": "a", "key": {"a": CANARY}}, "key"),
    ],
)
def test_a_module_without_its_action_refuses_the_same_input(
    given: dict[str, Any], parameter: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result = run_as_module(lambda run: {"changed": True}, given, monkeypatch, capsys)
    assert (code, result["changed"]) == (1, False)
    assert result["failure"] == {"kind": "invalid_input", "parameter": parameter}
    assert json.dumps(CANARY)[1:-1] not in json.dumps(result)


def test_values_of_the_environment_are_checked_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NEXUS_URL", "https://nexus\u200b")
    given = {"api_key": CANARY, "ccid": "acme"}
    code, result = run_as_module(lambda run: {"changed": False}, given, monkeypatch, capsys, DIGITAL_CHANNELS)
    assert (code, result["failure"]) == (1, {"kind": "invalid_input", "parameter": "nexus_url"})
    assert "U+200B" in result["msg"]


def test_the_log_of_the_managed_host_has_no_queries_and_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    noted: list[Any] = []
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda module, msg, log_args=None: noted.append([msg, log_args]))
    spec: dict[str, Any] = {**SPEC, "items": {"type": "list", "elements": "dict", "options": {"url": {"type": "str"}}}}
    items = [{"url": "https://x/?token=canary"}]

    def work(run: Run) -> dict[str, Any]:
        assert run.params["items"] == items
        return {"changed": False, "items": items}

    code, result = run_as_module(work, {"name": "https://y?canary", "items": items}, monkeypatch, capsys, spec)
    assert code == 0
    assert result["items"] == [{"url": "https://x/?********"}]
    assert noted
    assert "canary" not in json.dumps([noted, result])


def test_a_module_that_refuses_an_argument_shows_no_arguments(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refused argument may be a secret in the wrong option. ansible-core would show it in invocation."""

    def work(run: Run) -> dict[str, Any]:
        raise InvalidInput("name", "it is wrong", "Mend it")

    _code, result = run_as_module(work, {"name": "canary"}, monkeypatch, capsys)
    assert result["failure"]["parameter"] == "name"
    assert "canary" not in json.dumps(result)


def test_nulls_within_a_list_without_suboptions_stay() -> None:
    spec = {"free": {"type": "list"}, "items": {"type": "list", "options": {"a": {}}}}
    given = {"free": [{"b": None}, "c"], "items": [{"a": None, "b": 1}, "d"]}
    assert honour_nulls(spec, given)[1] == {"free": [{"b": None}, "c"], "items": [{"b": 1}, "d"]}


@pytest.mark.parametrize(("count", "last"), [(10, "9: no. Look."), (12, "There are 2 more such problems.")])
def test_a_refusal_shows_ten_problems(count: int, last: str) -> None:
    problems = [InvalidInput(str(number), "no", "Look") for number in range(count)]
    result = refusal(Task("nexus_service", {}, lambda run: {}), {}, problems)
    assert result["msg"].endswith(last)
    assert result["failure"]["parameter"] == "0"
