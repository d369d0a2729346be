# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nexus_webhook_headers over GWS and over GAX, through both doors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from integration.playbooks import DOORS, WEBHOOK_HEADERS, Door, Script, Task, run
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_SECTIONS, DEFAULT_TENANTS

CCID = DEFAULT_TENANTS[0].ccid
TENANT = {"name": "X-Tenant", "value": "canary-tenant"}
TOKEN = {"name": "Authorization", "value": "canary token"}


def headers(*items: dict[str, Any], **options: Any) -> Task:
    """Return a task with these headers."""
    return {WEBHOOK_HEADERS: {"headers": list(items), **options}, "diff": True}


@pytest.mark.module_door
@pytest.mark.parametrize("backend", ["gws", "gax"])
@pytest.mark.parametrize("door", DOORS)
def test_add_change_and_remove_headers(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door, backend: str
) -> None:
    once = ["PUT 200"] if backend == "gws" else ["PUT 204"]
    # If options can't be changed in place, the header is deleted and added.
    refused = ["PUT 400", "PUT 200"] if backend == "gws" else once
    changed = {"name": "x-tenant", "value": "canary-other"}
    script = Script()
    script.step("check", {**headers(TENANT, TOKEN), "check_mode": True}, changed=True)
    script.step("add", headers(TENANT, TOKEN), changed=True, writes=once)
    script.step("again", headers(TOKEN, TENANT))
    script.step("case of a name", headers({**TENANT, "name": "X-TENANT"}))
    script.step("no value", headers({"name": "X-Tenant"}))
    script.step("change", headers(changed), changed=True, writes=once)
    script.sandbox(switches={"configuration.changed": "rejected"})
    script.step("change on another server", headers(TENANT), changed=True, writes=refused)
    script.step("purge", headers({"name": "authorization"}, purge=True), changed=True, writes=once)
    script.step("remove", headers(TOKEN, TENANT, state="absent"), changed=True, writes=once)
    script.step("remove again", headers({**TOKEN, "state": "absent"}))
    script.step("another section", headers(TENANT, section="nexus"), changed=True, writes=once)
    script.step("purge it", headers(TENANT, section="nexus", purge=True), changed=True, writes=once)
    outcome = run(
        sandbox,
        tmp_path,
        script.tasks,
        door=door,
        python=target_python,
        play={"module_defaults": {WEBHOOK_HEADERS: {"configuration": backend}}},
    )
    script.verify(outcome, subtests)
    sections = sandbox.state(CCID)["sections"]
    nexus = {"session-timeout": "1800", "header:X-Tenant": "canary-tenant"}
    assert sections == {**DEFAULT_SECTIONS, "nexus": nexus}
    assert "canary" not in outcome.stdout
    assert outcome["add"].result["headers"] == [{"name": "Authorization"}, {"name": "X-Tenant"}]
    (warning,) = outcome["add"].result["warnings"]
    assert warning.startswith("The transaction NexusServices had no section Async before.")
    diff = outcome["change"].result["diff"]
    assert diff["after"].pop("values_to_write") == ["X-Tenant"]
    assert diff["before"] == diff["after"]
    assert outcome["another section"].result["headers"] == [{"name": "X-Sandbox"}, {"name": "X-Tenant"}]
    assert "warnings" not in outcome["another section"].result


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_invalid_input(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    bad: dict[str, tuple[dict[str, Any], str]] = {
        "blank": ({"name": "X Tenant", "value": "v"}, "headers[0].name: must be the name of an HTTP header."),
        "line break": ({"name": "X-A", "value": "canary\nX-B: c"}, "headers[0].value: it contains U+000A"),
        "signature": (
            {"name": "x-hub-signature", "value": "v"},
            "headers[0].name: x-hub-signature can't be set: Digital",
        ),
        "type": ({"name": "Content-Type", "value": "v"}, "Content-Type can't be set: Digital Channels sets it to"),
        "trace": (
            {"name": "X-B3-TraceId", "value": "v"},
            "Digital Channels writes the trace ID of the webhook into it.",
        ),
        "host": ({"name": "Host", "value": "v"}, "Digital Channels takes it from the URL of the webhook."),
        "length": ({"name": "Content-Length", "value": "1"}, "Digital Channels computes it from the body"),
        "null": ({"name": "X-A", "value": None}, "headers[0].value: it is null."),
        "missing": ({"name": "X-A"}, "headers[0].value: it is missing, and the header X-A does not exist yet."),
    }
    script = Script()
    for name, (item, sentence) in bad.items():
        script.step(name, headers(item), fails=[sentence])
    script.step(
        "twice", headers(TENANT, {**TENANT, "name": "x-tenant"}), fails=["headers[1].name: the header x-tenant"]
    )
    outcome = run(sandbox, tmp_path, script.tasks, door=door, python=target_python)
    script.verify(outcome, subtests)
    assert "canary" not in outcome.stdout
