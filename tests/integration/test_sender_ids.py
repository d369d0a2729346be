# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sender ID modules with every variant of configuration.* (contract, section 7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from integration.playbooks import SENDER_ID, SENDER_ID_INFO, SENDER_IDS, Script, Task, run
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_SECTIONS, DEFAULT_TENANTS

CCID = DEFAULT_TENANTS[0].ccid
MAIN = {"name": "Main", "channel_id": "16504661149", "endpoint": "Main", "provider": "mGage"}
CAMPAIGNS = {"name": "chat.Campaigns", "channel_id": "12345", "endpoint": "chat.Campaigns", "cxc_only": True}
FIXED = {"channelType": "sms", "interactionSubtype": "SMS", "interactionType": "Inbound", "media": "chat"}
MAIN_SECTION = {
    **FIXED,
    "channelId": "16504661149",
    "endpoint": "chat.Main",
    "cxcOnly": "false",
    "provider": "mGage",
}
CAMPAIGNS_SECTION = {
    **FIXED,
    "channelId": "12345",
    "endpoint": "chat.Campaigns",
    "cxcOnly": "true",
    "provider": "Portico",
}


def sender_ids(*items: dict[str, Any], check: bool = False, **options: Any) -> Task:
    """Return a task about the tenant's sender IDs."""
    return {SENDER_IDS: {"sender_ids": list(items), **options}, "check_mode": check}


def sender_id(options: dict[str, Any], *, check: bool = False) -> Task:
    """Return a task about one sender ID."""
    return {SENDER_ID: options, "check_mode": check}


@pytest.mark.parametrize("session", ["bearer", "cookie"])
@pytest.mark.parametrize("ready_after", [0, 1])
def test_every_kind_of_server(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, session: str, ready_after: int
) -> None:
    script = Script()
    for changed in ("supported", "rejected"):
        switches = {"session": session, "ready_after": ready_after, "changed": changed}
        script.sandbox(reset={}, switches={f"configuration.{key}": value for key, value in switches.items()})
        # If options can't be changed in place, the second attempt deletes and adds them.
        replaced = ["PUT 200"] if changed == "supported" else ["PUT 400", "PUT 200"]
        both = (MAIN, CAMPAIGNS)
        script.step(f"{changed}: check create", sender_ids(*both, check=True), changed=True)
        script.step(f"{changed}: create", sender_ids(*both), changed=True, writes=["PUT 200"])
        script.step(f"{changed}: create again", sender_ids(*both))
        script.step(f"{changed}: create again in another order", sender_ids(*reversed(both)))
        moved = {"name": "Main", "endpoint": "Other"}
        script.step(f"{changed}: check change", sender_ids(moved, check=True), changed=True)
        script.step(f"{changed}: change", sender_ids(moved), changed=True, writes=replaced)
        script.step(f"{changed}: change again", sender_ids(moved))
        # A delta with all three parts.
        mixed = (
            {"name": "Main", "endpoint": "Main", "cxc_only": None},
            {"name": "Third", "channel_id": "18885551212", "endpoint": "Main"},
            {"name": "Campaigns", "state": "absent"},
        )
        script.step(f"{changed}: check mixed", sender_ids(*mixed, check=True), changed=True)
        script.step(f"{changed}: mixed", sender_ids(*mixed), changed=True, writes=replaced)
        script.step(f"{changed}: mixed again", sender_ids(*mixed))
        script.step(f"{changed}: check purge", sender_ids({"name": "Main"}, check=True, purge=True), changed=True)
        script.step(f"{changed}: purge", sender_ids({"name": "Main"}, purge=True), changed=True, writes=["PUT 200"])
        script.step(f"{changed}: purge again", sender_ids({"name": "Main"}, purge=True))
        script.tasks.append({"name": f"{changed}: state", "sandbox": {"state": CCID}})

        one = {"name": "Campaigns", "channel_id": "12345", "endpoint": "Campaigns"}
        script.step(f"{changed}: check create one", sender_id(one, check=True), changed=True)
        script.step(f"{changed}: create one", sender_id(one), changed=True, writes=["PUT 200"])
        script.step(f"{changed}: create one again", sender_id(one))
        async_one = {"name": "chat.Campaigns", "provider": "Async"}
        script.step(f"{changed}: change one", sender_id(async_one), changed=True, writes=replaced)
        script.step(f"{changed}: change one again", sender_id(async_one))
        gone = {"name": "Campaigns", "state": "absent"}
        script.step(f"{changed}: check remove one", sender_id(gone, check=True), changed=True)
        script.step(f"{changed}: remove one", sender_id(gone), changed=True, writes=["PUT 200"])
        script.step(f"{changed}: remove one again", sender_id(gone))
        script.step(f"{changed}: read", {SENDER_ID_INFO: {}})

        script.step(f"{changed}: check remove all", sender_ids(check=True, purge=True), changed=True)
        script.step(f"{changed}: remove all", sender_ids(purge=True), changed=True, writes=["PUT 200"])
        script.step(f"{changed}: remove all again", sender_ids(purge=True))
        script.tasks.append({"name": f"{changed}: end", "sandbox": {"state": CCID}})
    outcome = run(sandbox, tmp_path, script.tasks)

    script.verify(outcome, subtests)
    for changed in ("supported", "rejected"):
        with subtests.test(f"{changed}: state"):
            main = {key: value for key, value in MAIN_SECTION.items() if key != "cxcOnly"}
            sections = outcome[f"{changed}: state"].result["state"]["sections"]
            assert {**sections["chat.Main"], "cxcOnly": "false"} == {**main, "cxcOnly": "false"}
            assert {name: sections[name] for name in DEFAULT_SECTIONS} == DEFAULT_SECTIONS
            assert set(sections) == {"chat.Main", *DEFAULT_SECTIONS}
            assert [item["name"] for item in outcome[f"{changed}: read"].result["sender_ids"]] == ["chat.Main"]
            assert outcome[f"{changed}: end"].result["state"]["sections"] == DEFAULT_SECTIONS
    for task in outcome.tasks:
        if task.requests:
            with subtests.test(f"{task.name}: requests"):
                # One login, one read before each attempt to write, one logout.
                attempts = max(1, len(task.writes))
                assert len(task.calls("POST", "/oauth/token")) == 1
                assert len(task.calls("POST", "/initialize-provisioning")) == 1 + ready_after
                assert len(task.calls("GET", "/transactions")) == attempts
                assert len(task.calls("POST", "/logout")) == 1
    assert sandbox.state(CCID)["sessions"] == 0


def test_the_options_of_a_new_section(sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = run(
        sandbox,
        tmp_path,
        [
            {"name": "create", **sender_ids(MAIN, CAMPAIGNS), "diff": True},
            {"name": "number", SENDER_ID_INFO: {"channel_id": "12345"}},
            {"name": "name", SENDER_ID_INFO: {"name": "Main"}},
            {"name": "none", SENDER_ID_INFO: {"name": "WebSupport"}},
        ],
    )
    sections = {"chat.Main": MAIN_SECTION, "chat.Campaigns": CAMPAIGNS_SECTION}
    assert sandbox.state(CCID)["sections"] == {**DEFAULT_SECTIONS, **sections}
    assert outcome["create"].result["diff"] == {"before": {}, "after": sections}
    described = {
        "name": "chat.Campaigns",
        "channel_id": "12345",
        "endpoint": "chat.Campaigns",
        "interaction_subtype": "SMS",
        "interaction_type": "Inbound",
        "media": "chat",
        "cxc_only": True,
        "provider": "Portico",
        "options": {},
    }
    assert outcome["number"].result["sender_ids"] == [described]
    assert [item["channel_id"] for item in outcome["name"].result["sender_ids"]] == ["16504661149"]
    # A section of web chat is not a sender ID.
    assert outcome["none"].result["sender_ids"] == []


def test_options_that_are_not_listed_stay(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """Unknown options, other spellings, and a section that lacks options."""
    section = {**MAIN_SECTION, "cxcOnly": "TRUE", "note": "by hand", "old": "1"}
    del section["provider"]
    sandbox.seed([{"ccid": CCID, "name": "acme", "domain": "t100", "sections": {"chat.Main": section}}])
    script = Script()
    same = {"name": "Main", "channel_id": "16504661149", "endpoint": "Main", "cxc_only": True, "provider": "Portico"}
    script.step("what it means already", sender_ids(same))
    script.step("extra options", sender_ids({"name": "Main", "options": {"old": "1"}}))
    with_new = {"name": "Main", "options": {"old": None, "new": "2"}}
    script.step("null removes an option", sender_ids(with_new), changed=True, writes=["PUT 200"])
    script.step("null removes an option, again", sender_ids(with_new))
    script.tasks.append({"name": "state", "sandbox": {"state": CCID}})
    script.step("purge options", sender_ids({"name": "Main"}, purge_options=True), changed=True, writes=["PUT 200"])
    outcome = run(sandbox, tmp_path, script.tasks)
    script.verify(outcome, subtests)
    kept = {**section, "new": "2"}
    del kept["old"]
    assert outcome["state"].result["state"]["sections"]["chat.Main"] == kept
    left = {key: value for key, value in section.items() if key not in ("note", "old")}
    assert sandbox.state(CCID)["sections"]["chat.Main"] == left


def test_a_change_by_someone_else_is_kept_after_code_609(sandbox: Sandbox, tmp_path: Path) -> None:
    """On code 609 the module reads again and makes a new plan."""
    refusal = {"status": {"code": 609, "message": "already exists"}}
    sandbox.fault("status", path="/transactions/", method="PUT", status=200, body=refusal)
    outcome = run(sandbox, tmp_path, [{"name": "create", **sender_ids(MAIN)}])
    assert outcome["create"].changed
    assert len(outcome["create"].calls("GET", "/transactions")) == 2
    assert len(outcome["create"].writes) == 2
    assert sandbox.state(CCID)["sections"]["chat.Main"] == MAIN_SECTION


def test_a_thousand_sender_ids_in_one_write(sandbox: Sandbox, tmp_path: Path) -> None:
    numbers = [
        {"name": f"SMS_{number}", "channel_id": f"1650{number:07}", "endpoint": "Main"} for number in range(1000)
    ]
    outcome = run(
        sandbox, tmp_path, [{"name": "create", **sender_ids(*numbers)}, {"name": "again", **sender_ids(*numbers)}]
    )
    assert outcome["create"].changed
    assert not outcome["again"].changed
    assert outcome["create"].writes == ["PUT 200"]
    assert outcome["again"].writes == []
    for task in (outcome["create"], outcome["again"]):
        assert len(task.calls("GET", "/transactions")) == 1
        assert len(task.result["sender_ids"]) == 1000
    assert len(sandbox.state(CCID)["sections"]) == 1000 + len(DEFAULT_SECTIONS)


def test_the_items_of_a_loop_share_a_session(sandbox: Sandbox, tmp_path: Path) -> None:
    """One login and one logout for all items. No session stays open, even if the loop is the end of the play."""
    # At the end of a play, ansible-playbook does not wait for its worker processes.
    sandbox.fault("delay", path="/logout$", seconds=0.5)
    loop = {SENDER_ID: {"name": "SMS_{{ item }}", "channel_id": "1650466{{ item }}", "endpoint": "Main"}}
    outcome = run(sandbox, tmp_path, [{"name": "loop", **loop, "loop": [1101, 1102, 1103, 1104]}])
    assert outcome["loop"].changed
    calls = [(record.method, record.path.rpartition("/")[2]) for record in sandbox.requests()]
    assert calls.count(("POST", "token")) == 1
    assert calls.count(("POST", "initialize-provisioning")) == 1
    assert calls.count(("POST", "logout")) == 1
    assert calls.count(("PUT", "101")) == 4
    # One connection to each of the two services.
    assert len({record.connection for record in sandbox.requests()}) == 2
    assert sandbox.state(CCID)["sessions"] == 0
