# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration over GAX: the same results as over GWS, expired sessions, and changes by someone else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from integration.playbooks import (
    DOORS,
    SENDER_ID,
    SENDER_ID_INFO,
    SENDER_IDS,
    WEBHOOK_HEADERS,
    Door,
    Outcome,
    Script,
    Task,
    run,
)
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_SECTIONS, DEFAULT_TENANTS

CCID = DEFAULT_TENANTS[0].ccid
MAIN = {"name": "Main", "channel_id": "16504661149", "endpoint": "Main"}
TWO = {"name": "Two", "channel_id": "16504661150", "endpoint": "Two", "provider": "Async"}
HEADER = {"name": "X-Tenant", "value": "canary-header"}
MODULES = (SENDER_ID, SENDER_IDS, SENDER_ID_INFO, WEBHOOK_HEADERS)

LOGIN = "POST session/login"
LIST = "GET objects"
READ, WRITE = "GET object", "PUT object"


def over(backend: str, **options: Any) -> dict[str, Any]:
    """Return the module_defaults that make all tasks of a play use this backend."""
    defaults = {module: {"configuration": backend, **options} for module in MODULES}
    return {"module_defaults": defaults}


def calls(outcome: Outcome, name: str) -> list[str]:
    """Return the requests to GAX during a task."""
    found = []
    for record in outcome[name].requests:
        assert record.system == "gax"
        what = {"login": "session/login", "objects": "objects"}.get(record.path.rpartition("/")[2], "object")
        found.append(f"{record.method} {what}")
    return found


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_gws_and_gax_give_the_same_results(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    tasks: list[Task] = [
        {"name": "check", SENDER_IDS: {"sender_ids": [MAIN, TWO]}, "check_mode": True},
        {"name": "create", SENDER_IDS: {"sender_ids": [MAIN, TWO]}},
        {"name": "again", SENDER_IDS: {"sender_ids": [MAIN, TWO]}},
        {"name": "headers", WEBHOOK_HEADERS: {"headers": [HEADER]}},
        {"name": "change", SENDER_ID: {"name": "Main", "cxc_only": True, "options": {"note": "a"}}},
        {"name": "change again", SENDER_ID: {"name": "Main", "cxc_only": True, "options": {"note": "a"}}},
        {"name": "read", SENDER_ID_INFO: {}},
        {"name": "read one", SENDER_ID_INFO: {"channel_id": "16504661150"}},
        {"name": "taken", SENDER_ID: {**MAIN, "name": "Three"}},
        {"name": "web chat", SENDER_ID: {**MAIN, "name": "WebSupport"}},
        {"name": "purge", SENDER_IDS: {"sender_ids": [TWO], "purge": True}},
        {"name": "remove", SENDER_ID: {"name": "Two", "state": "absent"}},
        {"name": "remove again", SENDER_ID: {"name": "Two", "state": "absent"}},
    ]
    tasks = [{**task, "diff": True} for task in tasks]
    ways: dict[str, Outcome] = {}
    ends: list[Any] = []
    for backend in ("gws", "gax"):
        sandbox.reset()
        ways[backend] = run(sandbox, tmp_path / backend, tasks, door=door, python=target_python, play=over(backend))
        state = sandbox.state(CCID)
        ends.append((state["sections"], state["fields"], state["sessions"]))
    assert ends[0] == ends[1]
    assert ends[0][0] == {**DEFAULT_SECTIONS, "Async": {"header:X-Tenant": "canary-header"}}
    for task in tasks:
        name = task["name"]
        with subtests.test(name):
            left, right = ({**way[name].result} for way in ways.values())
            for result in (left, right):
                result.pop("invocation", None)
            assert left == right
            assert len(ways["gws"][name].writes) == len(ways["gax"][name].writes) <= 1
    changed = ["create", "headers", "change", "purge", "remove"]
    gax = ways["gax"]
    assert [task.name for task in gax.tasks if task.writes] == changed
    # The items of a loop share a session. Each task has its own.
    for name in changed:
        assert calls(gax, name) == [LOGIN, LIST, READ, WRITE, READ]
    assert calls(gax, "again") == [LOGIN, LIST]
    assert calls(gax, "check") == [LOGIN, LIST]


@pytest.mark.parametrize(
    "switches",
    [
        {"gax.object": "array", "gax.put": "object", "gax.etag": "supported", "gax.signed_out": "page"},
        {"gax.object": "object", "gax.put": "empty", "gax.etag": "supported", "gax.signed_out": "redirect"},
        {"gax.object": "array", "gax.put": "empty", "gax.etag": "absent", "gax.signed_out": "status"},
    ],
)
def test_every_variant_of_gax(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, switches: dict[str, str]
) -> None:
    once = ["PUT 200"] if switches["gax.put"] == "object" else ["PUT 204"]
    script = Script()
    script.sandbox(switches=switches)
    script.step("check", {SENDER_IDS: {"sender_ids": [MAIN]}, "check_mode": True}, changed=True)
    script.step("create", {SENDER_IDS: {"sender_ids": [MAIN]}}, changed=True, writes=once)
    script.step("again", {SENDER_IDS: {"sender_ids": [MAIN]}})
    script.step("headers", {WEBHOOK_HEADERS: {"headers": [HEADER]}}, changed=True, writes=once)
    script.step("headers again", {WEBHOOK_HEADERS: {"headers": [HEADER]}})
    script.step("remove", {SENDER_ID: {"name": "Main", "state": "absent"}}, changed=True, writes=once)
    script.verify(run(sandbox, tmp_path, script.tasks, play=over("gax")), subtests)


def edit(when: str, path: str, method: str, sections: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return a fault that changes the object at a certain moment, as someone else would."""
    return {"kind": "edit", "when": when, "path": path, "method": method, "ccid": CCID, "sections": sections, **options}


THEIRS = {"nexus": {"session-timeout": "60"}}
ONE = "/CfgTransaction/[0-9]+$"


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_changes_by_someone_else_at_each_moment_of_a_write(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    script = Script()
    create: Task = {SENDER_IDS: {"sender_ids": [MAIN]}}

    def begin(**fault: Any) -> None:
        script.sandbox(reset={})
        script.sandbox(fault=fault)

    begin(**edit("before", ONE, "GET", THEIRS))
    script.step("between plan and write", create, changed=True, writes=["PUT 204"])
    script.sandbox(reset={})
    script.sandbox(switches={"gax.etag": "supported"}, fault=edit("before", ONE, "PUT", THEIRS))
    script.step("between look and write", create, changed=True, writes=["PUT 412", "PUT 204"])
    begin(**edit("after", ONE, "PUT", THEIRS))
    script.step("beside the write", create, changed=True, writes=["PUT 204"])
    begin(**edit("after", ONE, "PUT", {"chat.Main": None}))
    lost = [
        "someone else replaced them at the same time",
        "These parts of the change are lost: chat.Main channelId, chat.Main",
    ]
    script.step("over the write", create, changed=True, fails=[*lost, "then run again"], writes=["PUT 204"])
    script.step("over the write, next run", create, changed=True, writes=["PUT 204"])
    begin(**edit("after", ONE, "PUT", {"Async": {"header:X-Tenant": "theirs"}}))
    header: Task = {WEBHOOK_HEADERS: {"headers": [HEADER]}}
    replaced = ["These parts of the change are lost: Async header:X-Tenant."]
    script.step("another value", header, changed=True, fails=replaced, writes=["PUT 204"])
    # Someone else changes the object before each attempt.
    script.sandbox(reset={})
    for number in range(3):
        script.sandbox(fault=edit("before", ONE, "GET", {"nexus": {"session-timeout": str(number)}}))
    script.step(
        "again and again", create, fails=["Someone else changed the options of the transaction at the same time."]
    )
    outcome = run(sandbox, tmp_path, script.tasks, door=door, python=target_python, play=over("gax"))
    script.verify(outcome, subtests)
    assert outcome["over the write"].result["failure"] == {"kind": "overwritten"}
    assert "canary" not in outcome.stdout


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_change_by_someone_else_is_kept(sandbox: Sandbox, tmp_path: Path, moment: str) -> None:
    """The change comes immediately before the read for the write, or immediately after the write."""
    method = "GET" if moment == "before" else "PUT"
    sandbox.fault(**edit(moment, ONE, method, THEIRS))
    outcome = run(sandbox, tmp_path, [{"name": "create", SENDER_IDS: {"sender_ids": [MAIN]}}], play=over("gax"))
    assert outcome["create"].changed
    sections = sandbox.state(CCID)["sections"]
    assert sections["nexus"] == {"session-timeout": "60", "header:X-Sandbox": "web"}
    assert sections["chat.Main"]["channelId"] == "16504661149"


def test_over_gws_a_change_by_someone_else_is_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    """A write over GWS contains only the changes."""
    sandbox.fault(**edit("before", "/transactions/", "PUT", {**THEIRS, "chat.Main": {"note": "theirs"}}))
    outcome = run(sandbox, tmp_path, [{"name": "create", SENDER_IDS: {"sender_ids": [MAIN]}}])
    assert outcome["create"].changed
    sections = sandbox.state(CCID)["sections"]
    assert sections["nexus"]["session-timeout"] == "60"
    assert (sections["chat.Main"]["note"], sections["chat.Main"]["channelId"]) == ("theirs", "16504661149")


SIGNED_OUT: list[dict[str, Any]] = [
    {"kind": "status", "status": 401},
    {"kind": "status", "status": 403},
    {"kind": "html"},
    {"kind": "redirect", "headers": {"Location": "/gax/ui/login"}},
]


@pytest.mark.parametrize("out", SIGNED_OUT, ids=["401", "403", "page", "redirect"])
def test_a_session_that_expires_during_a_task_is_renewed(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, out: dict[str, Any]
) -> None:
    script = Script()
    for name, method, path, skip in (
        ("before the look", "GET", ONE, 0),
        ("before the write", "PUT", ONE, 0),
        ("before the last look", "GET", ONE, 1),
    ):
        script.sandbox(reset={})
        script.sandbox(fault={**out, "method": method, "path": path, "skip": skip})
        writes = [f"PUT {out.get('status', 302 if out['kind'] == 'redirect' else 200)}"] if method == "PUT" else []
        script.step(name, {SENDER_IDS: {"sender_ids": [MAIN]}}, changed=True, writes=[*writes, "PUT 204"])
        script.step(f"{name}, next run", {SENDER_IDS: {"sender_ids": [MAIN]}})
    outcome = run(sandbox, tmp_path, script.tasks, play=over("gax"))
    script.verify(outcome, subtests)
    for name in ("before the look", "before the write", "before the last look"):
        assert calls(outcome, name).count(LOGIN) == 2


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_errors_name_the_problem_and_the_option(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    create: Task = {SENDER_IDS: {"sender_ids": [MAIN]}}
    page = [
        "answered 200 with a body that is not JSON (text/html).",
        "that gax_url is the base URL of GAX, not of a login page",
    ]
    script = Script()
    script.sandbox(fault={"kind": "html", "path": "^/gax-host/", "times": None})
    script.step("login page everywhere", create, fails=["Could not log in to GAX as gax-acme", *page])
    script.sandbox(clear_faults={}, fault={"kind": "html", "path": "/cfg/objects", "times": None})
    script.step("login page after the login", create, fails=["Could not read the options", *page])
    script.sandbox(clear_faults={})
    for option in ("gax_url", "gax_username", "gax_password"):
        missing = {SENDER_IDS: {"sender_ids": [MAIN], option: None}}
        script.step(f"no {option}", missing, fails=[f"{option}: it is required if configuration is gax."])
    other: Task = {SENDER_IDS: {"sender_ids": [MAIN], "gax_url": f"{sandbox.env['GAX_URL']}/elsewhere"}}
    script.step("another address", other, fails=["Could not log in to GAX", "answered 404"])
    wrong: Task = {SENDER_IDS: {"sender_ids": [MAIN], "gax_password": "canary-wrong"}}
    script.step("wrong password", wrong, fails=["answered 401: Invalid username or password", "Check gax_username"])
    script.step(
        "wrong way",
        {SENDER_ID_INFO: {"configuration": "ssh"}},
        fails=["configuration: ", "Use gws or gax"],
    )
    nobody: Task = {SENDER_ID_INFO: {"gax_url": "http://127.0.0.1:9", "retries": 0}}
    script.step("nobody there", nobody, fails=["could not be reached", "Check gax_url, and that GAX is running"])
    outcome = run(sandbox, tmp_path, script.tasks, door=door, python=target_python, play=over("gax"))
    script.verify(outcome, subtests)
    assert not sandbox.writes()
    assert "canary" not in outcome.stdout


@pytest.mark.parametrize(
    ("fault", "writes"),
    [
        ({"kind": "refuse"}, ["PUT None", "PUT 204"]),
        ({"kind": "cut"}, ["PUT None", "PUT 204"]),
        ({"kind": "cut", "when": "after"}, ["PUT None"]),
        ({"kind": "status", "status": 503}, ["PUT 503", "PUT 204"]),
        ({"kind": "status", "status": 500, "when": "after"}, ["PUT 500"]),
        ({"kind": "garbage", "when": "after"}, ["PUT 200"]),
        ({"kind": "hang"}, ["PUT None", "PUT 204"]),
        ({"kind": "hang", "when": "after"}, ["PUT None"]),
        ({"kind": "status", "status": 429}, ["PUT 429", "PUT 204"]),
    ],
)
def test_a_write_is_done_once_with_any_fault_of_its_response(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, fault: dict[str, Any], writes: list[str]
) -> None:
    script = Script()
    script.sandbox(fault={**fault, "path": ONE, "method": "PUT"})
    script.step("create", {SENDER_IDS: {"sender_ids": [MAIN]}}, changed=True, writes=writes)
    script.step("again", {SENDER_IDS: {"sender_ids": [MAIN]}})
    outcome = run(sandbox, tmp_path, script.tasks, play=over("gax", timeout=0.5))
    script.verify(outcome, subtests)
    assert sandbox.state(CCID)["sections"]["chat.Main"]["channelId"] == "16504661149"


def test_a_loop_logs_in_once(sandbox: Sandbox, tmp_path: Path) -> None:
    task: Task = {
        "name": "loop",
        SENDER_ID: {**MAIN, "name": "Line_{{ item }}", "channel_id": "{{ (16504660000 + item) | string }}"},
        "loop": list(range(20)),
    }
    outcome = run(sandbox, tmp_path, [task], play=over("gax"))
    assert calls(outcome, "loop").count(LOGIN) == 1
    assert len(outcome["loop"].writes) == 20
    assert sandbox.state(CCID)["gax_sessions"] == 1


def test_a_thousand_sender_ids_are_one_write(sandbox: Sandbox, tmp_path: Path) -> None:
    many = [{**MAIN, "name": f"L{number}", "channel_id": str(16500000000 + number)} for number in range(1000)]
    tasks = [{"name": name, SENDER_IDS: {"sender_ids": many}} for name in ("create", "again")]
    outcome = run(sandbox, tmp_path, tasks, play=over("gax"))
    assert calls(outcome, "create") == [LOGIN, LIST, READ, WRITE, READ]
    assert calls(outcome, "again") == [LOGIN, LIST]


def test_a_session_is_used_with_any_attributes_of_its_cookie(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    script = Script()
    for cookie, balancer in (
        ("plain", "absent"),
        ("secure", "absent"),
        ("foreign_path", "absent"),
        ("secure", "needed"),
    ):
        name = f"cookie {cookie}, balancer {balancer}"
        script.sandbox(switches={"gax.cookie": cookie, "balancer.cookie": balancer})
        script.step(f"create: {name}", {SENDER_IDS: {"sender_ids": [MAIN]}}, changed=True, writes=["PUT 204"])
        script.step(f"again: {name}", {SENDER_IDS: {"sender_ids": [MAIN]}})
        remove: Task = {SENDER_ID: {"name": "Main", "state": "absent"}}
        script.step(f"remove: {name}", remove, changed=True, writes=["PUT 204"])
    outcome = run(sandbox, tmp_path, script.tasks, play=over("gax"))
    script.verify(outcome, subtests)
    for task in outcome.tasks:
        if ": " in task.name:
            assert calls(outcome, task.name).count(LOGIN) == 1


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_a_session_that_is_not_accepted_is_reported(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    tasks: list[Task] = []
    for number, out in enumerate(SIGNED_OUT):
        fault = {**out, "path": "/cfg/objects", "times": None}
        tasks.append({"name": f"begin {number}", "sandbox": {"clear_faults": {}, "fault": fault}})
        tasks.append({"name": f"refused {number}", SENDER_IDS: {"sender_ids": [MAIN]}})
    outcome = run(sandbox, tmp_path, tasks, door=door, python=target_python, play=over("gax"))
    for number, out in enumerate(SIGNED_OUT):
        with subtests.test(out["kind"]):
            task = outcome[f"refused {number}"]
            assert task.result["failure"]["kind"] == ("refused" if out["kind"] == "status" else "intermediary")
            assert "GAX did not accept the session (cookies sent: JSESSIONID)" in task.msg
            assert "gax_url" in task.msg
            # The password was right.
            assert "gax_password" not in task.msg
    assert not sandbox.writes()


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_an_object_without_its_annex_is_not_written(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    annex = r', "userproperties": \{"property": \[[^\]]*\]\}'
    tasks: list[Task] = []
    for name, put in (("absent", ""), ("null", ', "userproperties": null'), ("bare", ', "userproperties": {}')):
        # In both reads, or only in the one immediately before the write.
        for where, path in (("both", "/cfg/objects"), ("second", ONE)):
            fault = {"kind": "rewrite", "path": path, "method": "GET", "find": annex, "put": put, "times": None}
            tasks.append({"name": f"begin {name} {where}", "sandbox": {"clear_faults": {}, "fault": fault}})
            tasks.append({"name": f"{name}: {where}", SENDER_IDS: {"sender_ids": [MAIN]}})
    outcome = run(sandbox, tmp_path, tasks, door=door, python=target_python, play=over("gax"))
    for done in outcome.tasks:
        if ": " in done.name:
            with subtests.test(done.name):
                assert done.failed
                assert done.result["failure"]["kind"] == "unreadable"
    assert not sandbox.writes()
    assert sandbox.state(CCID)["sections"] == DEFAULT_SECTIONS


def test_one_property_may_come_as_an_object(sandbox: Sandbox, tmp_path: Path) -> None:
    (tenant,) = sandbox.seed([{"ccid": "00000000-0000-4000-8000-00000000000b", "sections": {"nexus": {"a": "b"}}}])
    # Only if there is one property.
    find = r'"property": \[(\{[^{}]*\})\]'
    sandbox.fault("rewrite", "/cfg/objects", method="GET", find=find, put=r'"property": \1', times=None)
    tasks = [
        {"name": "create", SENDER_IDS: {"sender_ids": [MAIN]}},
        {"name": "again", SENDER_IDS: {"sender_ids": [MAIN]}},
        {"name": "remove", SENDER_IDS: {"sender_ids": [MAIN], "state": "absent"}},
        {"name": "info", SENDER_ID_INFO: {}},
    ]
    login = {"gax_username": tenant.gax_username, "gax_password": tenant.gax_password}
    outcome = run(sandbox, tmp_path, tasks, play=over("gax", **login))
    assert [outcome[name].changed for name in ("create", "again", "remove")] == [True, False, True]
    assert outcome["info"].result["sender_ids"] == []
    assert sandbox.state(tenant.ccid)["sections"] == {"nexus": {"a": "b"}}


ODD = {
    "twice": (
        r'(\{"section": "chat\.Main", "key": "channelId", "value": )("1650[0-9]*"\})',
        r'\1"canary"}, \1\2',
        "channelId",
    ),
    "null": (r'("section": "chat\.Main", "key": "note", "value": )"kept"', r"\1null", "note"),
}


@pytest.mark.parametrize("odd", ODD)
def test_an_option_listed_twice_or_null_gives_a_warning(sandbox: Sandbox, tmp_path: Path, odd: str) -> None:
    find, put, key = ODD[odd]
    fault = {"kind": "rewrite", "path": "/cfg/objects", "method": "GET", "find": find, "put": put, "times": None}
    tasks: list[Task] = [
        {"name": "create", SENDER_IDS: {"sender_ids": [{**MAIN, "options": {"note": "kept"}}]}},
        {"name": "odd", "sandbox": {"fault": fault}},
        {"name": "info", SENDER_ID_INFO: {}},
        {"name": "again", SENDER_IDS: {"sender_ids": [MAIN]}},
        {"name": "headers", WEBHOOK_HEADERS: {"headers": []}},
    ]
    outcome = run(sandbox, tmp_path, tasks, play=over("gax"))
    for name in ("info", "again", "headers"):
        (warning,) = outcome[name].result["warnings"]
        assert f"the option {key} in chat.Main " in warning
        assert "canary" not in warning
        assert not outcome[name].changed
    (found,) = outcome["info"].result["sender_ids"]
    assert found["channel_id"] == "16504661149"
    assert found["options"] == {"note": "" if odd == "null" else "kept"}
