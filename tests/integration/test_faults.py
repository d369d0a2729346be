# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input and server faults: a message says what is wrong and what to do, and nothing is written by mistake."""

from __future__ import annotations

import shlex
import socket
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from integration.playbooks import (
    DOORS,
    OAUTH_TOKEN,
    SENDER_ID,
    SENDER_ID_INFO,
    SENDER_IDS,
    SERVICE,
    SERVICE_INFO,
    TOLLFREE_NUMBER_INFO,
    Door,
    Outcome,
    Script,
    Task,
    TaskResult,
    run,
)
from sandbox.control import Sandbox, start
from sandbox.seed import DEFAULT_SECTIONS, DEFAULT_TENANTS

ACME, GLOBEX, INITECH = DEFAULT_TENANTS
PASSWORD = "kaleyra-test-password"
KALEYRA = {
    "service": "mGageSMS",
    "url": "https://kaleyra.example.com",
    "secret": {"username": "kaleyra-test-user", "password": PASSWORD},
}
MAIN = {"name": "Main", "channel_id": "16504661149", "endpoint": "Main", "provider": "mGage"}
TWO = {"name": "Two", "channel_id": "16504661150", "endpoint": "Main", "provider": "mGage"}
GROUPS = ("group/cxops.genesys_sms.digital_channels", "group/cxops.genesys_sms.configuration")
FEW_RETRIES = {"module_defaults": {group: {"retries": 2} for group in GROUPS}}

ONE = f"/services/{ACME.ccid}/mGageSMS$"
OBJECT = "/transactions/[0-9]+$"


def service(**options: Any) -> Task:
    """Return a valid task that a test changes."""
    return {SERVICE: {**KALEYRA, **options}}


def one(**options: Any) -> Task:
    """Return a task for one sender ID."""
    return {SENDER_ID: {**MAIN, **options}}


def several(*items: dict[str, Any], **options: Any) -> Task:
    """Return a task for several sender IDs."""
    return {SENDER_IDS: {"sender_ids": list(items or (MAIN,)), **options}}


def assert_no_secret(outcome: Outcome) -> None:
    """Require that no secret of the tenant or of a service was shown."""
    for secret in (ACME.api_key, ACME.password, ACME.client_secret, PASSWORD):
        assert secret not in outcome.stdout + outcome.stderr


def test_bad_input_is_refused_before_anything_is_sent(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    script = Script()
    no_scheme = "must be an absolute http or https URL. Write the scheme and the host, such as https://"
    digits = "5 for a short code, 10 or 11 for a long code or a toll-free number"
    for name, task, fails in [
        ("ccid", service(ccid="acme"), ["ccid: must be a UUID", "such as 45acae06-"]),
        ("ccid too short", service(ccid=ACME.ccid[:-1]), ["ccid: must be a UUID"]),
        (
            "plus",
            one(channel_id="+16504661149"),
            ["'+16504661149' does not consist of digits only", digits],
        ),
        ("dashes", one(channel_id="650-466-1149"), ["channel_id: ", "does not consist of digits only", digits]),
        ("too short", one(channel_id="12"), ["channel_id: '12' has 2 digits; a number has 3 to 15", digits]),
        ("too long", one(channel_id="1" * 16), ["channel_id: ", "has 16 digits; a number has 3 to 15", digits]),
        (
            "second",
            several(MAIN, {**TWO, "channel_id": "1x"}),
            ["sender_ids[1].channel_id: it does not consist of digits"],
        ),
        ("section", one(name="Main Office"), ["name: no sender ID has this name", "no spaces"]),
        ("sections", several({**MAIN, "name": "a.b"}), ["sender_ids[0].name: no sender ID has this name"]),
        ("no name", one(name="chat."), ["name: no sender ID has this name"]),
        (
            "endpoint",
            one(endpoint=" "),
            ["endpoint: it is empty, or has whitespace at its start or end", "in Designer"],
        ),
        (
            "section twice",
            several(MAIN, {**TWO, "name": "chat.Main"}),
            ["sender_ids[1].name", "is also in sender_ids[0]"],
        ),
        (
            "number twice",
            several(MAIN, {**TWO, "channel_id": MAIN["channel_id"]}),
            ["sender_ids[1].channel_id: the number 16504661149 is also in sender_ids[0]"],
        ),
        ("nexus_url", service(nexus_url="digital.example.com"), ["nexus_url: ", no_scheme]),
        ("other scheme", service(nexus_url="ftp://digital.example.com"), ["nexus_url: ", no_scheme]),
        ("gws_url", one(gws_url="gws.example.com/x"), ["gws_url: ", no_scheme]),
        ("gws_auth_url", one(gws_auth_url="//gws.example.com"), ["gws_auth_url: ", no_scheme]),
        ("url", service(url="kaleyra.example.com"), ["url: ", no_scheme]),
        ("no host", service(url="https:///x"), ["url: ", no_scheme]),
        (
            "credentials in a URL",
            service(nexus_url=f"https://someone:{PASSWORD}@digital.example.com"),
            ["nexus_url: the URL must not contain a user name or a password", "Remove them"],
        ),
        ("query", service(nexus_url="https://digital.example.com/?a=b"), ["nexus_url: the URL must not have a query"]),
        (
            "username",
            service(secret={"username": "", "password": "x"}),
            ["secret.username: it is empty", "Give a value"],
        ),
        ("password", service(secret={"username": "x", "password": " "}), ["secret.password: it is empty"]),
        (
            "secret of a channel",
            service(service="Async", secret={"channels": [{"webhook": {"secret": ""}}]}),
            ["secret.channels[0].webhook.secret: it is empty"],
        ),
        ("api_key", service(api_key=""), ["api_key: it is empty"]),
        ("gws_username", one(gws_username=""), ["gws_username: it is empty"]),
        ("gws_password", one(gws_password=""), ["gws_password: it is empty"]),
        ("gws_client_secret", one(gws_client_secret=" "), ["gws_client_secret: it is empty"]),
        ("service", service(service="../SMS"), ["service: must be the name of a service"]),
        ("timeout", service(timeout=0), ["timeout: must be a number of seconds above 0"]),
        ("retries", one(retries=-1), ["retries: must be a whole number from 0 to 100"]),
        ("client_key", one(client_key="/nonexistent.pem"), ["client_cert: it is missing, but client_key is set"]),
        ("provider", one(provider="mgage"), ["provider: this value is not supported", "Portico, Async or mGage"]),
        ("info", {SENDER_ID_INFO: {"channel_id": "one"}}, ["channel_id: it does not consist of digits only"]),
    ]:
        script.step(name, task, fails=fails)
    outcome = run(sandbox, tmp_path, script.tasks)
    script.verify(outcome, subtests)
    # An existing section may have such a name, so these modules read first.
    read = {"section", "sections", "no name", "section twice", "number twice", "url", "no host"}
    assert {task.name for task in outcome.tasks if task.requests} == read
    assert not any(record.write for task in outcome.tasks for record in task.requests)
    assert_no_secret(outcome)


def test_refusals_of_the_server_have_a_message_and_a_remedy(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    sandbox.seed([{"ccid": unknown, "name": "new", "transaction": False}])
    new = next(tenant for tenant in sandbox.tenants() if tenant.ccid == unknown)
    login = {"gws_username": new.login, "gws_client_id": new.client_id}
    passwords = {"gws_password": new.password, "gws_client_secret": new.client_secret}
    stranger = "00000000-0000-4000-8000-00000000000f"
    script = Script()
    script.step("create", several(MAIN), changed=True, writes=["PUT 200"])
    for name, task, fails in [
        (
            "wrong key",
            service(api_key=stranger),
            ["Could not read the service mGageSMS: ", "answered 401", "Check api_key."],
        ),
        (
            "key of another tenant",
            service(api_key=GLOBEX.api_key),
            ["answered 403", f"Check that api_key may provision the tenant {ACME.ccid}"],
        ),
        (
            "wrong password",
            one(gws_password="not the password"),
            [
                "Could not log in as t100\\provisioner: ",
                "answered 400",
                "Invalid grant",
                "Check gws_username and gws_password",
            ],
        ),
        (
            "wrong client secret",
            one(gws_client_secret="not the secret"),
            ["answered 401", "Client authentication failed", "gws_client_id and gws_client_secret"],
        ),
        (
            "no NexusServices",
            one(**login, **passwords),
            [
                "has no transaction NexusServices in this tenant",
                "Check that gws_username",
                "create the transaction NexusServices",
            ],
        ),
        ("number taken", one(name="Other"), ["channel_id: the number 16504661149 is already in the section chat.Main"]),
        (
            "other medium",
            one(name="WebSupport"),
            ["name: the section chat.WebSupport is not a sender ID", "never changed"],
        ),
        ("no number", {SENDER_ID: {"name": "New", "endpoint": "Main"}}, ["channel_id: ", "chat.New"]),
        ("no endpoint", several({"name": "New", "channel_id": "12345"}), ["sender_ids[0].endpoint: ", "chat.New"]),
    ]:
        script.step(name, task, fails=fails)
    script.step(
        "unknown tenant",
        service(ccid=stranger),
        fails=["Could not write the service mGageSMS: ", "answered 404", "Check that ccid is a tenant"],
        writes=["POST 404"],
    )
    outcome = run(sandbox, tmp_path, script.tasks)
    script.verify(outcome, subtests)
    # Repeated attempts would lock the account.
    assert len(outcome["wrong password"].calls("POST", "/token")) == 1
    assert_no_secret(outcome)
    assert sandbox.state(ACME.ccid)["sessions"] == 0


def test_a_provisioning_session_that_is_never_ready_fails(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.switch(**{"configuration.ready_after": 1000})
    outcome = run(sandbox, tmp_path, [{"name": "wait", **one(ready_timeout=0.6)}], options=["-v"])
    msg = outcome["wait"].msg
    assert "Could not start a provisioning session: " in msg
    assert "was not ready within 0.6 s. The last time, it answered 200 (code 1): The configuration is being" in msg
    assert "Raise ready_timeout, or find out why" in msg
    assert outcome.output_of("wait").count("is not ready yet (code 1)") >= 1
    assert outcome["wait"].writes == []
    assert sandbox.state(ACME.ccid)["sessions"] == 0


class Trouble(NamedTuple):
    """A fault and the phrases of its message. {option} and {system} are filled in."""

    name: str
    fault: dict[str, Any]
    fails: tuple[str, ...]
    # The fault is permanent, so the modules use few retries.
    lasting: bool = False


WRONG_URL = "Check that {option} is the base URL of {system}"
BROKE_OFF = "closed the connection before the response was complete"
ELSEWHERE = "https://elsewhere.example.com/login"

TROUBLES = (
    Trouble("html", {"kind": "html"}, ("200 with a body that is not JSON (text/html)", WRONG_URL, "a login page")),
    Trouble("garbage", {"kind": "garbage"}, ("a body that is not JSON (application/json)", WRONG_URL)),
    Trouble("truncated", {"kind": "truncated"}, (BROKE_OFF, "then run again"), lasting=True),
    Trouble("refuse", {"kind": "refuse"}, (BROKE_OFF, "{system}"), lasting=True),
    Trouble("hang", {"kind": "hang"}, ("did not answer within 0.3 s", "Check whether {system} is"), lasting=True),
    Trouble(
        "redirect",
        {"kind": "redirect", "headers": {"Location": f"{ELSEWHERE}?next=1"}},
        ("answered 302", ELSEWHERE, "{option}"),
    ),
    Trouble("huge", {"kind": "huge", "megabytes": 65}, ("sent a response of more than 64 MiB", WRONG_URL)),
    Trouble("500", {"kind": "status", "status": 500}, ("answered 500 (code 500): a fault on demand", "{system}")),
    Trouble("503", {"kind": "status", "status": 503}, ("answered 503 (code 503)", "{system}"), lasting=True),
)


def test_unusable_responses_fail_with_a_message(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    script = Script()
    for path, module, arguments, option, system in (
        ("/digital/", SERVICE, KALEYRA, "nexus_url", "Digital Channels"),
        ("/gws-auth/", SENDER_ID, MAIN, "gws_auth_url", "the authentication of Genesys Web Services"),
        ("/gws/.*/transactions", SENDER_ID, MAIN, "gws_url", "Genesys Web Services"),
    ):
        for trouble in TROUBLES:
            times = None if trouble.lasting else 1
            script.sandbox(clear_faults={}, fault={**trouble.fault, "path": f"^{path}", "times": times})
            limits = {"timeout": 0.3, "retries": 1} if trouble.lasting else {}
            fails = [phrase.format(option=option, system=system) for phrase in trouble.fails]
            task = {module: {**arguments, **limits}}
            script.step(f"{path} {trouble.name}", task, fails=["Could not ", "http://127.0.0.1:", *fails])
    outcome = run(sandbox, tmp_path, script.tasks)
    script.verify(outcome, subtests)
    assert_no_secret(outcome)
    state = sandbox.state(ACME.ccid)
    assert (state["services"], state["sections"]) == ({}, DEFAULT_SECTIONS)


def test_a_refused_connection_fails_with_a_message(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    # A port that is bound but does not listen refuses connections, and no other process can take it.
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        script = Script()
        for name, task, system in [
            ("nexus_url", service(nexus_url=url), "Digital Channels"),
            ("gws_url", one(gws_url=url), "Genesys Web Services"),
            ("gws_auth_url", one(gws_auth_url=url), "the authentication of Genesys Web Services"),
        ]:
            fails = [url, "could not be reached", "Connection refused", f"Check {name}, and that {system} is running"]
            script.step(name, task, fails=fails)
        outcome = run(sandbox, tmp_path, script.tasks, play=FEW_RETRIES)
    script.verify(outcome, subtests)
    assert_no_secret(outcome)


def test_transient_faults_are_retried(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    script = Script()

    def case(name: str, task: Task, *writes: str, **fault: Any) -> None:
        script.sandbox(reset={}, fault=fault)
        script.step(name, task, changed=True, writes=writes or ["PUT 200"])

    busy = {"kind": "status", "status": 503, "times": 2}
    slow_down = {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}
    case("503 of a read", service(), "POST 200", **busy, path=ONE, method="GET")
    case("429 of a read", service(), "POST 200", **slow_down, path=ONE, method="GET")
    case("429 of a write", service(), "POST 429", "POST 200", **slow_down, path=ONE, method="POST")
    case("503 of a login", one(), **busy, path="/token$")
    case("503 of a session", one(), **busy, path="/initialize-provisioning$")
    case("429 of the object", one(), "PUT 429", "PUT 200", **slow_down, path=OBJECT)
    case("refused read", one(), kind="refuse", path="/transactions$")
    case("logout that fails", one(), kind="status", status=500, path="/logout$")
    case("logout that hangs", one(timeout=0.3), kind="hang", path="/logout$")
    outcome = run(sandbox, tmp_path, script.tasks, play=FEW_RETRIES)
    script.verify(outcome, subtests)
    statuses = [record.status for record in outcome["503 of a read"].calls("GET", "/mGageSMS")]
    assert statuses == [503, 503, 404]


def test_after_an_unclear_write_the_server_is_read_again(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """A write that was done is not repeated. One that was not done is done."""
    script = Script()

    def case(name: str, task: Task, *writes: str, **fault: Any) -> None:
        script.sandbox(fault=fault)
        script.step(name, task, changed=True, writes=writes)
        script.step(f"{name}, again", task)

    post: dict[str, Any] = {"method": "POST", "path": ONE}
    delete: dict[str, Any] = {"method": "DELETE", "path": ONE}
    change, remove = service(data={"country": "ca"}), service(state="absent")
    case("create, cut after", service(), "POST None", kind="cut", when="after", **post)
    case("change, cut before", change, "POST None", "POST 200", kind="cut", **post)
    case("remove, refused", remove, "DELETE None", "DELETE 204", kind="refuse", **delete)
    case("create, 500 after", service(), "POST 500", kind="status", status=500, when="after", **post)
    case("change, garbage after", change, "POST 200", kind="garbage", when="after", **post)
    case("remove, cut after", remove, "DELETE None", kind="cut", when="after", **delete)

    put: dict[str, Any] = {"method": "PUT", "path": OBJECT}
    change, remove = one(cxc_only=True), {SENDER_ID: {"name": "Main", "state": "absent"}}
    case("create one, cut after", one(), "PUT None", kind="cut", when="after", **put)
    case("change one, cut before", change, "PUT None", "PUT 200", kind="cut", **put)
    case("remove one, refused", remove, "PUT None", "PUT 200", kind="refuse", **put)
    case("create one, 500 after", one(), "PUT 500", kind="status", status=500, when="after", **put)
    case("change one, garbage after", change, "PUT 200", kind="garbage", when="after", **put)
    case("remove one, cut after", remove, "PUT None", kind="cut", when="after", **put)
    outcome = run(sandbox, tmp_path, script.tasks)
    script.verify(outcome, subtests)
    state = sandbox.state(ACME.ccid)
    assert (state["services"], state["sections"]) == ({}, DEFAULT_SECTIONS)


def test_a_write_that_stays_unclear_fails(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    script = Script()
    script.sandbox(fault={"kind": "cut", "method": "PUT", "times": None})
    script.step(
        "object", several(MAIN, TWO), fails=["Could not change the options", BROKE_OFF], writes=["PUT None"] * 3
    )
    script.sandbox(reset={}, fault={"kind": "cut", "method": "POST", "path": ONE, "times": None})
    script.step("service", service(), fails=["Could not write the service", BROKE_OFF], writes=["POST None"] * 3)
    # If the state can't be read, the write is not repeated.
    script.sandbox(
        reset={}, switches={"services.read": "unsupported"}, fault={"kind": "cut", "path": ONE, "method": "POST"}
    )
    blind = service(when_unreadable="write")
    script.step("blind", blind, fails=["Could not write the service", BROKE_OFF], writes=["POST None"])
    script.verify(run(sandbox, tmp_path, script.tasks), subtests)


def test_an_expired_token_is_renewed(sandbox: Sandbox, tmp_path: Path) -> None:
    """The client logs in again and continues, between the items of a loop and between a read and its write."""
    post = f"import requests; requests.post('{sandbox.url}/_sandbox/expire-tokens', json={{}})"
    expire = f"{shlex.quote(sys.executable)} -c {shlex.quote(post)}"
    name = "SMS_{{ item }}{{ lookup('ansible.builtin.pipe', expire) if item == 2 else '' }}"
    loop = {"loop": [1, 2, 3], "vars": {"expire": expire}}
    unauthorized = {"status": {"code": 603, "message": "Unauthorized"}}
    refuse = {"kind": "status", "status": 403, "body": unauthorized, "path": OBJECT}
    outcome = run(
        sandbox,
        tmp_path,
        [
            {"name": "loop", **loop, **one(name=name, channel_id="1650466114{{ item }}")},
            {"name": "fault", "sandbox": {"fault": refuse}},
            {"name": "write", **several(TWO)},
            {"name": "fault", "sandbox": {"fault": {**refuse, "times": None}}},
            {"name": "never", **several(MAIN)},
        ],
    )
    assert outcome["loop"].changed
    # The loop logs out when its process ends, which may be during the next task.
    tokens = [record for task in outcome.tasks[:2] for record in task.calls("POST", "/token")]
    assert len(tokens) == 2
    assert outcome["write"].changed
    assert outcome["write"].writes == ["PUT 403", "PUT 200"]
    assert set(sandbox.state(ACME.ccid)["sections"]) - set(DEFAULT_SECTIONS) == {
        "chat.SMS_1",
        "chat.SMS_2",
        "chat.SMS_3",
        "chat.Two",
    }
    assert outcome["never"].writes == ["PUT 403", "PUT 403"]
    assert "answered 403 (code 603): Unauthorized. Check that the account of gws_username may" in outcome["never"].msg


def test_a_second_run_completes_a_failed_one(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    sms = {SERVICE: {"service": "SMS", "url": "N/A", "data": {"provider": "mGage"}, "secret": {}}}
    script = Script()
    script.sandbox(fault={"kind": "status", "status": 500, "path": "/mGageSMS$", "times": None})
    script.step("first, SMS", sms, changed=True, writes=["POST 200"])
    script.step("first, mGageSMS", service(), fails=["answered 500"])
    script.step("first, sender IDs", several(MAIN), changed=True, writes=["PUT 200"])
    script.sandbox(clear_faults={})
    script.step("second, SMS", sms)
    script.step("second, mGageSMS", service(), changed=True, writes=["POST 200"])
    script.step("second, sender IDs", several(MAIN))
    script.verify(run(sandbox, tmp_path, script.tasks), subtests)


def test_tls_certificates_are_verified(sandbox_tls: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    authority = sandbox_tls.env["SANDBOX_CA_PATH"]
    unknown = [
        "failed the TLS handshake",
        "CERTIFICATE_VERIFY_FAILED",
        "Set ca_path to the certificate of the authority",
    ]
    script = Script()
    script.step("unknown authority", service(), fails=unknown)
    script.step("unknown authority of GWS", one(), fails=unknown)
    script.step("known authority", service(ca_path=authority), changed=True, writes=["POST 200"])
    script.step("known authority of GWS", one(ca_path=authority), changed=True, writes=["PUT 200"])
    script.step("not verified", service(validate_certs=False))
    script.step("not verified of GWS", one(validate_certs=False))
    script.step("no such file", service(ca_path="/nonexistent.pem"), fails=["/nonexistent.pem", "Check ca_path"])
    # The names in the certificate are checked too, and this one does not match.
    port = sandbox_tls.url.rpartition(":")[2]
    elsewhere = service(ca_path=authority, nexus_url=f"https://127.0.0.2:{port}/digital")
    script.step("another name", elsewhere, fails=["127.0.0.2"])
    outcome = run(sandbox_tls, tmp_path, script.tasks, play=FEW_RETRIES)
    script.verify(outcome, subtests)
    assert outcome["unknown authority"].requests == ()


def test_a_client_certificate(tmp_path: Path, subtests: pytest.Subtests) -> None:
    with start(tmp_path / "sandbox", require_client_cert=True) as sandbox:
        trust = {"ca_path": sandbox.env["SANDBOX_CA_PATH"]}
        script = Script()
        script.step("without", service(**trust), fails=["client_cert"])
        certificate = sandbox.env["SANDBOX_CLIENT_CERT"]
        script.step("with", service(**trust, client_cert=certificate), changed=True, writes=["POST 200"])
        separate = service(**trust, client_cert=certificate, client_key=certificate)
        script.step("with its key", separate)
        script.verify(run(sandbox, tmp_path / "run", script.tasks, play=FEW_RETRIES), subtests)


def test_info_modules_report_faults(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    script = Script()
    for name, module in (("services", SERVICE_INFO), ("sender IDs", SENDER_ID_INFO)):
        script.sandbox(reset={}, fault={"kind": "status", "status": 500, "times": None})
        script.step(name, {module: {}}, fails=["Could not ", "answered 500 (code 500): a fault on demand"])
    script.verify(run(sandbox, tmp_path, script.tasks), subtests)


def kind_of(task: TaskResult) -> str:
    """Return the kind of a task's failure."""
    assert task.failed, task.result
    return str(task.result["failure"]["kind"])


SYSTEMS: tuple[tuple[str, Task, str, str], ...] = (
    ("/digital/", {SERVICE_INFO: {"service": "SMS"}}, "nexus_url", "api_key"),
    ("/gws-auth/", {SENDER_ID_INFO: {}}, "gws_auth_url", "gws_password"),
    ("/gws/", {SENDER_ID_INFO: {}}, "gws_url", "gws_username"),
    ("/gax-host/", {SENDER_ID_INFO: {"configuration": "gax"}}, "gax_url", "gax_password"),
    ("/gc-login/", {OAUTH_TOKEN: {}}, "gc_login_url", "gc_client_secret"),
    ("/gc-api/", {TOLLFREE_NUMBER_INFO: {}}, "gc_api_url", "gc_client_id"),
)


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_a_page_of_an_intermediary_is_not_a_refusal_of_the_api(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, door: Door
) -> None:
    """A refusal by a proxy, an ingress or a login page does not blame the password."""
    statuses = (400, 401, 403, 404, 407) if door == "controller" else (403,)
    tasks: list[Task] = []
    for path, task, _option, _secret in SYSTEMS:
        for status in statuses:
            fault = {"kind": "html", "path": f"^{path}", "status": status, "times": None}
            tasks.append({"name": f"trap {path} {status}", "sandbox": {"clear_faults": {}, "fault": fault}})
            tasks.append({"name": f"{path} {status}", **task})
    outcome = run(sandbox, tmp_path, tasks, door=door)
    for path, _task, option, secret in SYSTEMS:
        for status in statuses:
            with subtests.test(f"{path} {status}"):
                done = outcome[f"{path} {status}"]
                assert kind_of(done) == "intermediary"
                assert done.result["failure"]["status"] == status
                first, _before, _rest = done.msg.partition("If these are right")
                assert all(part in first for part in (sandbox.url, "scheme (http)", option)), done.msg
                assert secret not in first
    assert not sandbox.writes()


def test_a_refusal_behind_a_proxy_names_the_proxy(sandbox: Sandbox, tmp_path: Path) -> None:
    """The sandbox is its own proxy: it accepts requests for another host."""
    sandbox.fault("html", "/services/", status=407, times=None)
    proxy = {"http_proxy": sandbox.url.replace("//", "//someone:canary@"), "no_proxy": ""}
    task = {"name": "read", SERVICE_INFO: {"nexus_url": "http://digital.example.com/digital"}}
    outcome = run(sandbox, tmp_path, [task], env=proxy, options=["-vvv"])
    assert kind_of(outcome["read"]) == "intermediary"
    assert f"the proxy {sandbox.url} (environment variable http_proxy)" in outcome["read"].msg
    assert "canary" not in outcome.stdout + outcome.stderr


def test_a_response_in_single_bytes_ends_with_the_time_limit(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Each byte comes within the timeout, but the whole response would take minutes."""
    limits = {"time_limit": 1.5, "timeout": 1}
    tasks: list[Task] = []
    for name, fault, task in (
        ("head of a read", {"path": ONE, "method": "GET"}, {SERVICE_INFO: {"service": "mGageSMS", **limits}}),
        ("body of a read", {"path": ONE, "method": "GET", "bytes_sent": 120}, service(**limits)),
        ("login", {"path": "/token$"}, one(**limits)),
        ("head of a write", {"path": ONE, "method": "POST"}, service(**limits)),
    ):
        trap = {"kind": "drip", "seconds": 0.4, "times": None, **fault}
        tasks.append({"name": f"trap {name}", "sandbox": {"clear_faults": {}, "fault": trap}})
        tasks.append({"name": name, **task})
    outcome = run(sandbox, tmp_path, tasks)
    for name in ("head of a read", "body of a read", "login"):
        with subtests.test(name):
            assert kind_of(outcome[name]) == "api"
            assert "time_limit" in outcome[name].msg
    # The write was done without a response, so the module read again.
    assert outcome["head of a write"].changed
    assert len(sandbox.writes()) == 1


def test_unusual_but_valid_responses_are_read(sandbox: Sandbox, tmp_path: Path) -> None:
    name = {"service": "mGageSMS", "data": {"name": "Müller & Söhne"}}
    outcome = run(
        sandbox,
        tmp_path,
        [
            {"name": "create", SERVICE: {**KALEYRA, **name}},
            {"name": "trap", "sandbox": {"fault": {"kind": "latin1", "path": "/digital/", "times": None}}},
            {"name": "latin1", SERVICE_INFO: {"service": "mGageSMS"}},
            {"name": "again in latin1", SERVICE: {**KALEYRA, **name}},
            {"name": "clear", "sandbox": {"clear_faults": {}, "fault": {"kind": "hints", "times": None}}},
            {"name": "hints", SERVICE_INFO: {"service": "mGageSMS"}},
            {"name": "again with hints", SERVICE: {**KALEYRA, **name}},
            {"name": "sender ID", SENDER_ID: MAIN},
        ],
    )
    assert [task.msg for task in outcome.tasks if task.failed] == []
    for read in ("latin1", "hints"):
        assert outcome[read].result["services"][0]["data"]["name"] == "Müller & Söhne"
    assert [outcome[again].changed for again in ("again in latin1", "again with hints")] == [False, False]
    assert outcome["sender ID"].changed
    # What comes after a hint is not left in the connection.
    assert len({record.connection for record in outcome["sender ID"].requests if record.system == "configuration"}) == 1


@pytest.mark.module_door
@pytest.mark.parametrize("door", DOORS)
def test_a_truncated_response_is_an_error(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, door: Door
) -> None:
    tasks: list[Task] = []
    for name, fault in (
        ("no body", {"kind": "truncated", "bytes_sent": 0}),
        ("half a head", {"kind": "cut", "bytes_sent": 30}),
    ):
        for method, task in (("GET", {SERVICE_INFO: {"service": "mGageSMS", "retries": 0}}), ("POST", service())):
            trap = {**fault, "path": ONE, "method": method, "times": None}
            tasks.append({"name": f"trap {method} {name}", "sandbox": {"reset": {}, "fault": trap}})
            tasks.append({"name": f"{method} {name}", **task})
    outcome = run(sandbox, tmp_path, tasks, door=door)
    for name in ("no body", "half a head"):
        with subtests.test(name):
            assert kind_of(outcome[f"GET {name}"]) == "api"
            assert kind_of(outcome[f"POST {name}"]) == "unclear"
            assert len(outcome[f"POST {name}"].writes) == 3


DEEP = '{"status": ' * 3000 + "{}" + "}" * 3000


def test_a_response_that_is_nested_too_deep_is_not_a_defect(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    tasks: list[Task] = []
    for path, task, _option, _secret in SYSTEMS:
        for status in (200, 400, 500):
            fault = {"kind": "status", "path": f"^{path}", "status": status, "body": DEEP, "times": None}
            tasks.append({"name": f"trap {path} {status}", "sandbox": {"clear_faults": {}, "fault": fault}})
            tasks.append({"name": f"{path} {status}", **task})
    outcome = run(sandbox, tmp_path, tasks)
    kinds = {200: "unreadable", 400: "intermediary", 500: "api"}
    for path, _task, _option, _secret in SYSTEMS:
        for status, kind in kinds.items():
            with subtests.test(f"{path} {status}"):
                assert kind_of(outcome[f"{path} {status}"]) == kind


def test_a_repeated_write_uses_a_new_connection(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.switch(**{"connections.idle_limit": 500})
    sandbox.fault("status", ONE, "POST", status=429, headers={"Retry-After": "1"})
    sandbox.fault("status", OBJECT, "PUT", status=429, headers={"Retry-After": "1"})
    outcome = run(sandbox, tmp_path, [{"name": "service", **service()}, {"name": "sender ID", **one()}])
    for name, status in (("service", "POST"), ("sender ID", "PUT")):
        assert outcome[name].changed
        assert outcome[name].writes == [f"{status} 429", f"{status} 200"]
        first, second = (record.connection for record in outcome[name].requests if record.write)
        assert first != second
