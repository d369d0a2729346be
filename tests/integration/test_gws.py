# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration over GWS: sessions behind proxies, response formats, an API gateway, the vendor's own client."""

from __future__ import annotations

import itertools
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
from integration.playbooks import (
    API_KEY_INFO,
    DOORS,
    SENDER_ID,
    SENDER_ID_INFO,
    SENDER_IDS,
    WEBHOOK_HEADERS,
    Door,
    Script,
    Task,
    run,
)
from integration.provisioning import BOOTSTRAP, PROVISION, Site
from integration.test_sandbox import get_token
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_SECTIONS, DEFAULT_TENANTS, GWS_API_KEY
from tools.node import SOURCE, install

CCID = DEFAULT_TENANTS[0].ccid
MAIN = {"name": "Main", "channel_id": "16504661149", "endpoint": "Main", "options": {"note": "kept"}}
CREATE: Task = {SENDER_IDS: {"sender_ids": [MAIN]}}
REMOVE: Task = {SENDER_ID: {"name": "Main", "state": "absent"}}
OBJECTS = "/transactions"


# Sessions


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_a_session_is_used_with_any_attributes_of_its_cookie(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    script = Script()
    cookies = ("plain", "secure", "foreign_path", "absent")
    ways = [*itertools.product(cookies, ("absent",)), ("secure", "needed"), ("absent", "needed")]
    for cookie, balancer in ways:
        name = f"cookie {cookie}, balancer {balancer}"
        script.sandbox(
            switches={
                "configuration.session": "cookie",
                "configuration.cookie": cookie,
                "configuration.ready_after": 1,
                "balancer.cookie": balancer,
            }
        )
        script.step(f"create: {name}", CREATE, changed=True, writes=["PUT 200"])
        script.step(f"again: {name}", CREATE)
        script.step(f"remove: {name}", REMOVE, changed=True, writes=["PUT 200"])
    script.verify(run(sandbox, tmp_path, script.tasks, door=door, python=target_python), subtests)
    # Each session was ended by its ID.
    assert sandbox.state(CCID)["sessions"] == 0


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_a_session_that_is_not_accepted_is_reported(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    refusal = {"status": {"code": "603", "message": "Unauthorized"}}
    sandbox.fault("status", OBJECTS, status=403, body=refusal, times=None)
    outcome = run(sandbox, tmp_path, [{"name": "create", **CREATE}], door=door, python=target_python)
    task = outcome["create"]
    assert task.result["failure"]["kind"] == "refused"
    assert task.result["failure"]["code"] == 603
    assert "did not accept the provisioning session (cookie sent)" in task.msg
    assert "gws_url" in task.msg
    assert "gws_password" not in task.msg
    assert not sandbox.writes()
    assert sandbox.state(CCID)["sessions"] == 0


# Codes


def test_code_609_as_a_text_makes_a_new_plan(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    script = Script()
    for code in (609, "609", "650"):
        script.sandbox(reset={})
        body = {"status": {"code": code, "message": "crossed"}}
        script.sandbox(fault={"kind": "status", "path": OBJECTS, "method": "PUT", "status": 200, "body": body})
        script.step(f"crossed {code!r}", CREATE, changed=True, writes=["PUT 200", "PUT 200"])
    script.verify(run(sandbox, tmp_path, script.tasks), subtests)


# Response formats


UNKNOWN = {
    "no userProperties": ('"userProperties"', '"properties"'),
    "null": (r'"userProperties": \[.*\]\}\]', '"userProperties": null}]'),
    "sections as an object": (r'"userProperties": \[.*\]\}\]', '"userProperties": {"chat.Main": {"a": "b"}}}]'),
    "options as an object": (r'"type": "kvlist", "value": \[[^\]]*\]', '"type": "kvlist", "value": {"a": "b"}'),
    "options as texts": (r'"type": "kvlist", "value": \[[^\]]*\]', '"type": "kvlist", "value": ["a=b"]'),
    "names under another key": (r'"key": "(chat|nexus)', r'"name": "\1'),
}


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_an_unknown_format_fails_before_any_write(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, target_python: str, door: Door
) -> None:
    tasks: list[Task] = []
    headers: Task = {WEBHOOK_HEADERS: {"headers": [{"name": "X-Tenant", "value": "v"}]}}
    for name, (find, put) in UNKNOWN.items():
        fault = {"kind": "rewrite", "path": OBJECTS, "method": "GET", "find": find, "put": put, "times": None}
        tasks.append({"name": f"begin {name}", "sandbox": {"clear_faults": {}, "fault": fault}})
        for what, task in (("create", CREATE), ("info", {SENDER_ID_INFO: {}}), ("headers", headers)):
            tasks.append({"name": f"{name}: {what}", **task})
        tasks.append({"name": f"{name}: check", **CREATE, "check_mode": True})
    outcome = run(sandbox, tmp_path, tasks, door=door, python=target_python)
    for done in outcome.tasks:
        if ": " in done.name:
            with subtests.test(done.name):
                assert done.failed
                assert done.result["failure"]["kind"] == "unreadable"
    assert not sandbox.writes()


def test_the_remedy_for_an_empty_transaction_works(sandbox: Sandbox, tmp_path: Path) -> None:
    (tenant,) = sandbox.seed([{"ccid": "00000000-0000-4000-8000-00000000000a", "sections": {}}])
    # A server that omits userProperties if there are none.
    find = r', "userProperties": \[\]'
    hidden = {"kind": "rewrite", "path": OBJECTS, "method": "GET", "find": find, "put": "", "times": None}
    by_hand = {"kind": "edit", "path": OBJECTS, "ccid": tenant.ccid, "sections": {"first": {"a": "b"}}}
    login = {
        "gws_client_id": tenant.client_id,
        "gws_client_secret": tenant.client_secret,
        "gws_username": tenant.login,
        "gws_password": tenant.password,
    }
    tasks: list[Task] = [
        {"name": "hide what is empty", "sandbox": {"fault": hidden}},
        {"name": "empty", SENDER_IDS: {"sender_ids": [MAIN], **login}},
        {"name": "someone adds an option", "sandbox": {"clear_faults": {}, "fault": by_hand}},
        {"name": "by hand", SENDER_ID_INFO: login},
        {"name": "hide again", "sandbox": {"fault": hidden}},
        {"name": "now", SENDER_IDS: {"sender_ids": [MAIN], **login}},
    ]
    outcome = run(sandbox, tmp_path, tasks)
    assert outcome["empty"].result["failure"]["kind"] == "unreadable"
    assert "add a first one in Platform Administration" in outcome["empty"].msg
    assert outcome["now"].changed
    assert set(sandbox.state(tenant.ccid)["sections"]) == {"first", "chat.Main"}


def test_a_section_that_is_listed_twice_is_one_section(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    script = Script()
    script.step("create", CREATE, changed=True, writes=["PUT 200"])
    head = r'(\{"key": "chat\.Main", "type": "kvlist", "value": \[)(\{[^{}]*\}), '
    fault = {"kind": "rewrite", "path": OBJECTS, "method": "GET", "find": head, "put": r"\1\2]}, \1", "times": None}
    script.sandbox(fault=fault)
    script.step("again", CREATE)
    change: Task = {SENDER_ID: {"name": "Main", "cxc_only": True}}
    script.step("change", change, changed=True, writes=["PUT 200"])
    script.step("change again", change)
    script.step("remove", REMOVE, changed=True, writes=["PUT 200"])
    script.verify(run(sandbox, tmp_path, script.tasks), subtests)
    assert sandbox.state(CCID)["sections"] == DEFAULT_SECTIONS


ODD = {
    "twice": (r'(\{"key": "channelId", "type": "str", "value": )("1650[0-9]*"\})', r'\1"canary"}, \1\2', "channelId"),
    "null": (r'("key": "note", "type": "str", "value": )"kept"', r"\1null", "note"),
}


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("odd", ODD)
def test_an_option_listed_twice_or_null_gives_a_warning_and_is_kept(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door, odd: str
) -> None:
    find, put, key = ODD[odd]
    fault = {"kind": "rewrite", "path": OBJECTS, "method": "GET", "find": find, "put": put, "times": None}
    main = {name: value for name, value in MAIN.items() if name != "options"}
    tasks: list[Task] = [
        {"name": "create", **CREATE},
        {"name": "odd", "sandbox": {"fault": fault}},
        {"name": "info", SENDER_ID_INFO: {}},
        {"name": "again", SENDER_IDS: {"sender_ids": [main]}},
        {"name": "change", SENDER_ID: {"name": "Main", "cxc_only": True}},
        {"name": "headers", WEBHOOK_HEADERS: {"headers": []}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door, python=target_python)
    for name in ("info", "again", "change", "headers"):
        (warning,) = outcome[name].result["warnings"]
        assert f"the option {key} in chat.Main " in warning
        assert "canary" not in warning
    assert not outcome["again"].changed
    assert outcome["change"].changed
    # Nothing else in the section has changed.
    section = sandbox.state(CCID)["sections"]["chat.Main"]
    assert (section["channelId"], section["note"], section["cxcOnly"]) == ("16504661149", "kept", "true")


# An API gateway in front


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_gws_api_key_is_sent_with_every_request(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    sandbox.switch(**{"gws.api_key": "required"})
    keys = {"gws_api_key": GWS_API_KEY}
    tasks: list[Task] = [
        {"name": "without", **CREATE},
        {"name": "wrong", SENDER_IDS: {"sender_ids": [MAIN], "gws_api_key": "canary-wrong"}},
        {"name": "unusable", SENDER_IDS: {"sender_ids": [MAIN], "gws_api_key": "canary wrong\n"}},
        {"name": "create", SENDER_IDS: {"sender_ids": [MAIN], **keys}},
        {"name": "info", SENDER_ID_INFO: keys},
        {"name": "headers", WEBHOOK_HEADERS: {"headers": [], **keys}},
        {"name": "api keys", API_KEY_INFO: {**keys}},
    ]
    outcome = run(
        sandbox, tmp_path, tasks, door=door, python=target_python, env={"GWS_API_KEY": None}, options=["-vvvv"]
    )
    assert outcome["without"].result["failure"]["kind"] == "refused"
    assert "set gws_api_key" in outcome["without"].msg
    assert outcome["wrong"].result["failure"]["kind"] == "refused"
    assert "gws_api_key" in outcome["wrong"].msg
    assert outcome["unusable"].result["failure"] == {"kind": "invalid_input", "parameter": "gws_api_key"}
    assert outcome["create"].changed
    assert not any(outcome[name].failed for name in ("info", "headers", "api keys"))
    # Only GWS gets the key.
    for name in ("create", "info", "headers", "api keys"):
        for record in outcome[name].requests:
            assert (record.headers.get("x-api-key") == GWS_API_KEY) == record.path.startswith("/gws")
    assert GWS_API_KEY not in outcome.stdout + outcome.stderr
    assert "canary" not in outcome.stdout + outcome.stderr


def test_gws_api_key_comes_from_the_environment(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.switch(**{"gws.api_key": "required"})
    outcome = run(sandbox, tmp_path, [{"name": "create", **CREATE}], env={"GWS_API_KEY": GWS_API_KEY})
    assert outcome["create"].changed


# Base URLs


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_urls_may_include_the_path_of_the_api(sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door) -> None:
    env = sandbox.env
    gws = {"gws_url": f"{env['GWS_URL']}/provisioning/v3", "gws_auth_url": f"{env['GWS_AUTH_URL']}/auth/v3/"}
    tasks: list[Task] = [
        {"name": "create", SENDER_IDS: {"sender_ids": [MAIN], **gws}},
        {"name": "gax", SENDER_ID_INFO: {"configuration": "gax", "gax_url": f"{env['GAX_URL']}/gax/"}},
        {"name": "gax api", SENDER_ID_INFO: {"configuration": "gax", "gax_url": f"{env['GAX_URL']}/gax/api"}},
        {"name": "wrong", SENDER_ID_INFO: {"gws_url": f"{env['GWS_URL']}/provisioning/v3/configuration"}},
        {"name": "wrong gax", SENDER_ID_INFO: {"configuration": "gax", "gax_url": f"{env['GAX_URL']}/api"}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door, python=target_python)
    assert outcome["create"].changed
    for name in ("gax", "gax api"):
        assert [item["name"] for item in outcome[name].result["sender_ids"]] == ["chat.Main"]
    for name, option in (("wrong", "gws_url"), ("wrong gax", "gax_url")):
        assert outcome[name].result["failure"]["kind"] == "refused"
        assert f"Check {option}. It is the base URL, without /" in outcome[name].msg


@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_playbooks_accept_urls_with_the_path_of_the_api(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    """Two tenants: over Genesys Cloud CX, whose services contain two of the URLs, and over GAX."""
    site = Site(sandbox, tmp_path, "alpha", "beta", clouds=["alpha"], gateways={"beta": "gax"})
    paths = {
        "nexus_url": "/nexus/v3/",
        "gws_url": "/provisioning/v3",
        "gws_auth_url": "/auth/v3",
        "gax_url": "/gax/",
        "gc_api_url": "/api/v2/",
        "gc_login_url": "/oauth/token",
    }
    host = site.hosts[name]
    host.update({option: host[option] + path for option, path in paths.items() if option in host})
    # No number has to be bought.
    host.update({"tollfree_numbers": [], "sender_ids": [MAIN]})
    assert site.play(PROVISION, "--limit", name, "--skip-tags", "verify").changed[name] > 0
    assert site.play(PROVISION, "--limit", name).changed == {name: 0}
    services = site.state(name)["services"]
    if name == "alpha":
        assert services["PorticoSMS"]["url"] == sandbox.env["GC_API_URL"]
        assert services["PurecloudIDP"]["url"] == sandbox.env["GC_LOGIN_URL"]
    assert site.state(name)["sections"]["chat.Main"]["channelId"] == MAIN["channel_id"]


def test_playbooks_pass_gws_api_key_on(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", clouds=["beta"])
    site.hosts["alpha"]["webhook_headers"] = [{"name": "X-Tenant", "value": "alpha"}]
    sandbox.switch(**{"gws.api_key": "required"})
    assert "gws_api_key" in site.play(PROVISION, "--limit", "alpha", "--tags", "sender_ids").failures["alpha"]
    for host in site.hosts.values():
        host["gws_api_key"] = GWS_API_KEY
    assert site.play(PROVISION, "--limit", "alpha").changed["alpha"] == 2
    assert site.play(PROVISION, "--limit", "alpha").changed == {"alpha": 0}
    files = tmp_path / "secrets"
    files.mkdir()
    bootstrap = site.play(BOOTSTRAP, "--tags", "api_key", "-vvvv", bootstrap_directory=str(files))
    assert bootstrap.changed == {"beta": 1}
    assert GWS_API_KEY not in bootstrap.output


# Another tenant's login


STRANGER = DEFAULT_TENANTS[1]
OTHERS_LOGIN = {
    "gws_client_id": STRANGER.client_id,
    "gws_client_secret": STRANGER.client_secret,
    "gws_username": STRANGER.login,
    "gws_password": STRANGER.password,
}
HEADERS: Task = {"headers": [{"name": "X-Tenant", "value": "canary-value"}]}
LIST = "/environment/v3/contact-centers"


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_another_tenants_login_is_refused_before_anything_is_written(
    sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door
) -> None:
    wrong = {**OTHERS_LOGIN, "ccid": CCID}
    alone = {**wrong, "gws_username": None, "gws_password": None}
    tasks: list[Task] = [
        {"name": "many", SENDER_IDS: {"sender_ids": [MAIN], **wrong}},
        {"name": "nothing to do", SENDER_IDS: {"sender_ids": [], **wrong}},
        {"name": "check", SENDER_IDS: {"sender_ids": [MAIN], **wrong}, "check_mode": True},
        {"name": "one", SENDER_ID: {**MAIN, **wrong}},
        {"name": "info", SENDER_ID_INFO: wrong},
        {"name": "headers", WEBHOOK_HEADERS: {**HEADERS, **wrong}},
        {"name": "headers in check mode", WEBHOOK_HEADERS: {**HEADERS, **wrong}, "check_mode": True},
        {"name": "the client alone", SENDER_IDS: {"sender_ids": [MAIN], **alone}},
        {"name": "no ccid", SENDER_ID_INFO: {**wrong, "ccid": "acme"}},
        {"name": "not checked", SENDER_ID_INFO: {**wrong, "gws_check_ccid": "no"}},
    ]
    env = {"GWS_USERNAME": None, "GWS_PASSWORD": None}
    outcome = run(sandbox, tmp_path, tasks, door=door, python=target_python, env=env)
    for task in outcome.tasks[:-2]:
        option = "gws_client_id" if "alone" in task.name else "gws_username"
        assert task.result["failure"] == {"kind": "invalid_input", "parameter": option}, task.name
        assert f"{STRANGER.ccid} ({STRANGER.domain})" in task.msg
        assert f"but not the ccid {CCID}" in task.msg
        assert len(task.calls("GET", LIST)) == 1
    assert outcome["no ccid"].result["failure"] == {"kind": "invalid_input", "parameter": "ccid"}
    assert not outcome["not checked"].failed
    assert not outcome["not checked"].calls("GET", LIST)
    assert not sandbox.writes()
    assert sandbox.state(STRANGER.ccid)["sessions"] == 0


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_the_check_of_ccid_takes_one_request(sandbox: Sandbox, tmp_path: Path, target_python: str, door: Door) -> None:
    asked = {"ccid": CCID.upper()}
    tasks: list[Task] = [
        {"name": "create", SENDER_IDS: {"sender_ids": [MAIN], **asked}},
        {"name": "again", SENDER_IDS: {"sender_ids": [MAIN], **asked}},
        {"name": "header", WEBHOOK_HEADERS: {**HEADERS, **asked}},
        {"name": "header again", WEBHOOK_HEADERS: {**HEADERS, **asked}},
        {"name": "without", SENDER_IDS: {"sender_ids": [MAIN]}},
    ]
    outcome = run(sandbox, tmp_path, tasks, door=door, python=target_python)
    counts = {task.name: len(task.calls("GET", LIST)) for task in outcome.tasks}
    assert counts == {"create": 1, "again": 1, "header": 1, "header again": 0, "without": 0}
    assert [task.name for task in outcome.tasks if task.changed] == ["create", "header"]
    assert not any("gws_username" in warning for task in outcome.tasks for warning in task.result.get("warnings", ()))


def test_the_items_of_a_loop_check_ccid_once(sandbox: Sandbox, tmp_path: Path) -> None:
    loop = {SENDER_ID: {"name": "{{ item }}", "channel_id": "165046611{{ item }}", "endpoint": "Main", "ccid": CCID}}
    outcome = run(sandbox, tmp_path, [{"name": "loop", **loop, "loop": ["01", "02", "03"]}])
    assert outcome["loop"].changed
    assert len(outcome["loop"].calls("GET", LIST)) == 1


UNTOLD: dict[str, dict[str, Any]] = {
    "forbidden": {"switches": {"gws.contact_centers": "forbidden"}},
    "unsupported": {"switches": {"gws.contact_centers": "unsupported"}},
    "a page": {"fault": {"kind": "html", "path": LIST, "times": None}},
    "a fault": {"fault": {"kind": "status", "path": LIST, "status": 500, "times": None}},
    "a part": {"fault": {"kind": "amend", "path": LIST, "body": {"next": 2, "data": []}, "times": None}},
    "none": {"fault": {"kind": "amend", "path": LIST, "body": {"data": []}, "times": None}},
    "no list": {"fault": {"kind": "amend", "path": LIST, "body": {"data": {"id": STRANGER.ccid}}, "times": None}},
    "names": {"fault": {"kind": "amend", "path": LIST, "body": {"data": [{"id": "globex"}]}, "times": None}},
}


def test_without_a_list_of_contact_centers_ccid_is_not_checked(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    tasks: list[Task] = []
    for name, calls in UNTOLD.items():
        tasks.append({"name": f"begin {name}", "sandbox": {"reset": {}, **calls}})
        task = {"sender_ids": [MAIN], "ccid": CCID, "retries": 0}
        tasks.append({"name": name, SENDER_IDS: task})
    outcome = run(sandbox, tmp_path, tasks, options=["-v"])
    for name in UNTOLD:
        with subtests.test(name):
            assert outcome[name].changed
            assert not outcome[name].result.get("warnings")
    assert outcome.stdout.count("The login was not checked against ccid") == len(UNTOLD)


def test_the_check_of_ccid_can_be_switched_off(sandbox: Sandbox, tmp_path: Path) -> None:
    """For a server whose list of contact centers lacks the login's own tenant."""
    site = Site(sandbox, tmp_path, "alpha", gateways={"alpha": "gws"})
    host = site.hosts["alpha"]
    lacking = {"data": [{"id": STRANGER.ccid, "domains": [STRANGER.domain]}]}
    sandbox.fault("amend", LIST, body=lacking, times=None)
    parts = ("--tags", "sender_ids,webhook_headers")
    assert "set gws_check_ccid to false" in site.play(PROVISION, *parts).failures["alpha"]
    assert not sandbox.writes()
    host["gws_check_ccid"] = "false"
    assert site.play(PROVISION, *parts).changed == {"alpha": 1}
    assert not [record for record in sandbox.requests() if record.path.endswith(LIST)]
    assert site.play(PROVISION, *parts).changed == {"alpha": 0}
    host["gws_check_ccid"] = "perhaps"
    assert "gws_check_ccid" in site.play(PROVISION, *parts).failures["alpha"]


def test_a_login_of_several_tenants_with_the_domain_of_another_one_gives_a_warning(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.switch(**{"gws.contact_centers": "all"})
    tasks: list[Task] = [
        {"name": "other", SENDER_ID_INFO: {**OTHERS_LOGIN, "ccid": CCID}},
        {"name": "own", SENDER_ID_INFO: {**OTHERS_LOGIN, "ccid": STRANGER.ccid}},
        {"name": "none", SENDER_ID_INFO: {**OTHERS_LOGIN, "ccid": "00000000-0000-4000-8000-00000000000f"}},
    ]
    outcome = run(sandbox, tmp_path, tasks)
    (warning,) = outcome["other"].result["warnings"]
    assert f"gws_username has the domain {STRANGER.domain}" in warning
    assert STRANGER.ccid in warning
    assert not outcome["own"].result.get("warnings")
    assert outcome["none"].result["failure"] == {"kind": "invalid_input", "parameter": "gws_username"}


@pytest.mark.parametrize("tags", ["webhook_headers", "sender_ids"])
def test_provision_stops_a_tenant_with_the_login_of_a_tenant_outside_the_inventory(
    sandbox: Sandbox, tmp_path: Path, tags: str
) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", gateways={"alpha": "gws"})
    (outsider,) = sandbox.seed([{"ccid": "00000000-0000-4000-8000-00000000000b"}])
    login = {
        "gws_client_id": outsider.client_id,
        "gws_client_secret": outsider.client_secret,
        "gws_username": outsider.login,
        "gws_password": outsider.password,
    }
    site.hosts["alpha"].update({**login, "webhook_headers": [{"name": "X-Tenant", "value": "alpha"}]})
    before = sandbox.state(outsider.ccid)["sections"]
    looked = site.play(PROVISION, "--tags", tags, "--check")
    assert set(looked.failures) == {"alpha"}
    done = site.play(PROVISION, "--tags", tags)
    assert set(done.failures) == {"alpha"}
    assert outsider.ccid in done.failures["alpha"]
    assert site.hosts["alpha"]["ccid"] in done.failures["alpha"]
    assert done.count("failed")["beta"] == 0
    assert sandbox.state(outsider.ccid)["sections"] == before


# The vendor's client


@pytest.mark.parametrize("cookie", ["plain", "secure"])
@pytest.mark.parametrize("session", ["bearer", "cookie"])
def test_the_vendors_client_logs_in_and_out(sandbox: Sandbox, session: str, cookie: str) -> None:
    modules = install()
    sandbox.switch(**{"configuration.session": session, "configuration.cookie": cookie})
    token = get_token(sandbox).json()["access_token"]
    sandbox.switch(**{"gws.api_key": "required"})
    process = subprocess.run(
        ["node", SOURCE / "initialize.js"],
        env={**os.environ, **sandbox.env, "GWS_TOKEN": token, "NODE_PATH": str(modules), "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert "Initialization complete" in process.stdout
    called = [record for record in sandbox.requests() if record.path.startswith("/gws/")]
    assert called[0].path.endswith("/initialize-provisioning")
    assert called[-1].path.endswith("/logout")
    # After the first request, only the cookie names the session.
    assert ["authorization" in record.headers for record in called] == [True] + [False] * (len(called) - 1)
    assert {record.headers["x-api-key"] for record in called} == {GWS_API_KEY}
    assert sandbox.state(CCID)["sessions"] == 0


def test_the_vendors_client_uses_get_for_sessions(sandbox: Sandbox) -> None:
    """The vendor's client may start and end a session with GET."""
    token = get_token(sandbox).json()["access_token"]
    base = f"{sandbox.env['GWS_URL']}/provisioning/v3"
    http = requests.Session()
    answer = http.get(f"{base}/initialize-provisioning", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.json()["data"]["sessionId"] == http.cookies["PROVISIONING_SESSIONID"]
    assert sandbox.state(CCID)["sessions"] == 1
    assert http.get(f"{base}/logout", timeout=10).json() == {"status": {"code": 0}}
    assert sandbox.state(CCID)["sessions"] == 0
