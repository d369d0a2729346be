# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nexus_channels and nexus_channel_probe with every variant of the servers (contract, section 7)."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from integration.playbooks import CHANNEL_PROBE, CHANNELS, DOORS, SERVICE, Door, Script, Task, run
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_TENANTS

CCID = DEFAULT_TENANTS[0].ccid
NUMBER, DOMAIN, SHORT = "16504661149", "mail.example.com", "55555"
URL, OTHER_URL = "https://gateway.example.com/genesys", "https://gateway2.example.com/genesys"


def channel(name: str, **options: Any) -> dict[str, Any]:
    """Return a channel as a user writes it."""
    secrets = {"webhook_secret": f"canary-w-{name}", "api_secret": f"canary-a-{name}"}
    return {"channel_id": name, "webhook_url": URL, **secrets, **options}


def channels(*items: dict[str, Any], **options: Any) -> Task:
    """Return a task with these channels."""
    return {CHANNELS: {"channels": list(items), **options}, "diff": True}


BOTH = (channel(NUMBER), channel(SHORT))
MOVED = (channel(NUMBER, webhook_url=OTHER_URL), channel(SHORT))
ROTATED = (MOVED[0], channel(SHORT, api_secret="canary-rotated"))
ALONE = ROTATED[1]


def stored(*items: dict[str, Any]) -> dict[str, Any]:
    """Return the service with these channels."""
    data = [{"channelId": item["channel_id"], "webhook": {"url": item["webhook_url"]}} for item in items]
    secret = [
        {
            "channelId": item["channel_id"],
            "webhook": {"secret": item["webhook_secret"]},
            "api": {"secret": item["api_secret"]},
        }
        for item in items
    ]
    return {"data": {"channels": data}, "secret": {"channels": secret}}


@pytest.mark.parametrize("read", ["full", "masked", "masked_all", "omitted"])
def test_create_change_rotate_and_remove_channels(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, read: str
) -> None:
    """Create two channels, change a URL, rotate secrets, and remove the channels."""
    script = Script()
    moves = []
    for write, envelope, listing in product(
        ("upsert", "create_only"), ("bare", "status"), ("array", "object", "unsupported")
    ):
        variant = f"{write}, {envelope}, {listing}"
        replaced = ["POST 200"] if write == "upsert" else ["POST 409", "PUT 200"]
        deleted = ["DELETE 204" if envelope == "bare" else "DELETE 200"]
        switches = {"read": read, "write": write, "envelope": envelope, "list": listing}
        # On a server that hides secrets, a rotation needs update_secret.
        always = {} if read == "full" else {"update_secret": "always"}
        script.sandbox(reset={}, switches={f"services.{name}": value for name, value in switches.items()})
        script.step(f"{variant}: check", {**channels(*BOTH), "check_mode": True}, changed=True)
        script.step(f"{variant}: create", channels(*BOTH), changed=True, writes=["POST 200"])
        script.step(f"{variant}: again", channels(*BOTH))
        script.step(f"{variant}: in another order", channels(*reversed(BOTH)))
        script.step(f"{variant}: check a move", {**channels(*MOVED), "check_mode": True}, changed=True)
        script.step(f"{variant}: move", channels(*MOVED), changed=True, writes=replaced)
        moves.append(f"{variant}: move")
        script.step(f"{variant}: rotate", channels(*ROTATED, **always), changed=True, writes=replaced)
        script.step(f"{variant}: rotated", channels(*ROTATED))
        script.step(f"{variant}: remove one", channels(ALONE, purge=True), changed=True, writes=replaced)
        script.step(f"{variant}: remove all", channels(ALONE, state="absent"), changed=True, writes=deleted)
        script.step(f"{variant}: remove again", channels(ALONE, state="absent"))
    outcome = run(sandbox, tmp_path, script.tasks)
    script.verify(outcome, subtests)
    for name in moves:
        with subtests.test(f"{name}: diff"):
            diff = outcome[name].result["diff"]
            assert {*diff["before"], *diff["after"]} == {NUMBER}
            assert diff["after"][NUMBER]["webhook_url"] == OTHER_URL
            # The server has everything that was sent, whatever it shows.
            assert outcome[name].requests[-1].json() == stored(*MOVED)
    assert "canary" not in outcome.stdout


@pytest.mark.parametrize("read", ["masked", "masked_all", "omitted"])
def test_a_write_that_loses_a_hidden_secret_is_refused(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, read: str
) -> None:
    script = Script()
    script.sandbox(switches={"services.read": read})
    script.step("create", channels(*BOTH), changed=True, writes=["POST 200"])
    lost = [f"channels: the channel {SHORT} is not listed", "set purge to true to remove it"]
    script.step("another is not listed", channels(MOVED[0]), fails=lost)
    partial = {key: value for key, value in MOVED[0].items() if key != "api_secret"}
    script.step("a secret is not given", channels(partial, BOTH[1]), fails=["channels[0].api_secret: it is missing"])
    script.step("nothing to write", channels(BOTH[0]))
    script.verify(run(sandbox, tmp_path, script.tasks), subtests)
    assert sandbox.state(CCID)["services"]["Async"] == stored(*BOTH)


def test_unlisted_channels_stay_if_the_server_returns_secrets(sandbox: Sandbox, tmp_path: Path) -> None:
    tasks = [
        {"name": "create", **channels(*BOTH)},
        {"name": "move", **channels({"channel_id": NUMBER, "webhook_url": OTHER_URL})},
    ]
    outcome = run(sandbox, tmp_path, tasks)
    assert outcome["move"].changed
    assert [item["channel_id"] for item in outcome["move"].result["channels"]] == [NUMBER, SHORT]
    assert sandbox.state(CCID)["services"]["Async"] == stored(*MOVED)


@pytest.mark.parametrize("variant", ["unsupported", "unsupported_404"])
def test_a_server_that_can_not_be_read(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, variant: str
) -> None:
    blindly = {"when_unreadable": "write", "purge": True}
    script = Script()
    script.sandbox(switches={"services.read": variant})
    if variant == "unsupported":
        script.step("unasked", channels(*BOTH), fails=["does not support reading the service Async", "when_unreadable"])
        script.step("remove", channels(*BOTH, state="absent"), fails=["does not support reading the service Async"])
    else:
        # A 404 may also mean that the service is missing. The module creates it, and then can't read it back.
        script.step("unasked", channels(*BOTH), changed=True, fails=["was written, but"], writes=["POST 200"])
    script.step("others would be lost", channels(*BOTH, when_unreadable="write"), fails=["purge: it is false"])
    script.step("check", {**channels(*BOTH, **blindly), "check_mode": True}, changed=True)
    script.step("write", channels(*BOTH, **blindly), changed=True, writes=["POST 200"])
    script.step("write again", channels(*BOTH, **blindly), changed=True, writes=["POST 200"])
    gone = channels(*BOTH, state="absent", purge=True)
    script.step("delete", gone, changed=True, writes=["DELETE 204"])
    script.step("delete again", gone, writes=["DELETE 404"])
    script.verify(run(sandbox, tmp_path, script.tasks), subtests)


def test_a_server_that_can_not_delete(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    script = Script()
    script.sandbox(switches={"services.delete": "unsupported"})
    script.step("create", channels(*BOTH), changed=True, writes=["POST 200"])
    script.step(
        "remove", channels(purge=True), fails=["can't delete services", "Async was not deleted"], writes=["DELETE 405"]
    )
    script.verify(run(sandbox, tmp_path, script.tasks), subtests)


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_invalid_input(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    bad = {
        "twice": (channels(*BOTH, BOTH[0]), f"channels[2].channel_id: the channel {NUMBER} is also in channels[0]."),
        "blank": (channels(channel("1650 466")), "channels[0].channel_id: '1650 466' is neither a phone number"),
        "scheme": (channels(channel(NUMBER, webhook_url="ftp://x")), "channels[0].webhook_url: must be an"),
        "empty": (channels(channel(NUMBER, webhook_secret="")), "channels[0].webhook_secret: it is empty."),
        "null": (channels(channel(NUMBER, api_secret=None)), "channels[0].api_secret: it is null."),
        "missing": (channels({"channel_id": NUMBER}), "channels[0].webhook_url: it is missing, and the channel"),
        "unknown": (channels(channel(NUMBER, colour="red")), "channels[0].colour: this option does not exist"),
    }
    script = Script()
    for name, (task, sentence) in bad.items():
        script.step(name, task, fails=[sentence])
    same = channel(NUMBER, webhook_url="http://gateway.example.com", api_secret=f"canary-w-{NUMBER}")
    script.step("warned of", {**channels(same), "check_mode": True}, changed=True)
    outcome = run(sandbox, tmp_path, script.tasks, door=door, python=target_python)
    script.verify(outcome, subtests)
    assert [warning.partition(": ")[0] for warning in outcome["warned of"].result["warnings"]] == [
        "channels[0].webhook_url is http://gateway.example.com",
        "channels[0].webhook_secret and api_secret are the same",
    ]
    assert "canary" not in outcome.stdout


def test_two_hundred_channels_are_one_write(sandbox: Sandbox, tmp_path: Path) -> None:
    many = [channel(str(16500000000 + number)) for number in range(200)]
    tasks = [{"name": name, **channels(*many)} for name in ("create", "again")]
    outcome = run(sandbox, tmp_path, tasks)
    assert (outcome["create"].changed, outcome["again"].changed) == (True, False)
    assert [record.method for record in outcome["create"].requests] == ["GET", "GET", "POST"]
    assert [record.method for record in outcome["again"].requests] == ["GET"]
    assert sandbox.state(CCID)["services"]["Async"] == stored(*many)


def test_unknown_settings_of_the_service_stay(sandbox: Sandbox, tmp_path: Path) -> None:
    document = stored(*BOTH)
    document["data"]["retries"] = 3
    document["secret"]["channels"][1]["api"]["previous"] = "canary-previous"
    tasks = [
        {"name": "by hand", SERVICE: {"service": "Async", **document}},
        {"name": "move", **channels(*MOVED)},
    ]
    assert run(sandbox, tmp_path, tasks)["move"].changed
    document["data"]["channels"][0]["webhook"]["url"] = OTHER_URL
    assert sandbox.state(CCID)["services"]["Async"] == document


# The probe


def probe(*items: dict[str, Any], **options: Any) -> Task:
    """Return a task that proves the secrets of these channels."""
    return {CHANNEL_PROBE: {"channels": list(items)}, **options}


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_nexus_channel_probe(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    wrong = channel(SHORT, api_secret="canary-other")
    once = ["POST 401", "POST 200", "POST 200"]
    refused = (
        f"The secrets of 1 channel could not be proven. {SHORT}: Digital Channels answered 401 (code 401): "
        "X-Hub-Signature is missing"
    )
    script = Script()
    script.step("create", channels(*BOTH), changed=True, writes=["POST 200"])
    script.step("check", probe(*BOTH, check_mode=True), changed=True)
    script.step("proof", probe(*BOTH), changed=True, writes=once)
    other = ["POST 401", "POST 200", "POST 401"]
    script.step("another secret", probe(BOTH[0], wrong), changed=True, fails=[refused, "update_secret"], writes=other)
    unknown = [
        f"The secrets of 1 channel could not be proven. {DOMAIN}: Could not upload",
        "answered 404",
        "that the service Async has this",
    ]
    script.step("no such channel", probe(channel(DOMAIN)), fails=unknown, writes=["POST 404"])
    for status in ("403", "400"):
        script.sandbox(switches={"media.refusal": status})
        script.step(f"refusal {status}", probe(BOTH[0]), changed=True, writes=[f"POST {status}", "POST 200"])
    script.sandbox(switches={"media.refusal": "401", "media.signature": "file"})
    script.step("over the file", probe(*BOTH), changed=True, writes=["POST 401", "POST 401", "POST 200", "POST 200"])
    script.sandbox(switches={"media.signature": "ignored"})
    anything = ["Digital Channels accepted a file with a wrong signature, so a right signature proves nothing"]
    script.step("anything is taken", probe(*BOTH), changed=True, fails=anything, writes=["POST 200"])
    outcome = run(sandbox, tmp_path, script.tasks, door=door, python=target_python)
    script.verify(outcome, subtests)
    assert outcome["proof"].result["proven"] == [NUMBER, SHORT]
    assert list(outcome["another secret"].result["failure"]["reasons"]) == [SHORT]
    assert not outcome["check"].requests
    assert "canary" not in json.dumps([task.result for task in outcome.tasks]) + outcome.stdout
