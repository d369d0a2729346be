# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox simulates custom gateways and GAX: the service Async, webhooks, uploads, whole objects."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
import requests
from sandbox.control import Sandbox, SandboxError, start
from sandbox.seed import DEFAULT_SECTIONS, DEFAULT_TENANTS, Tenant

ACME, GLOBEX, _INITECH = DEFAULT_TENANTS
NUMBER = "16504661149"

Json = dict[str, Any]


def async_service(url: str = "https://gateway.example.com", *names: str) -> Json:
    """Return the service of a custom gateway with these channels."""
    channels = names or (NUMBER,)
    return {
        "data": {"channels": [{"channelId": name, "webhook": {"url": url}} for name in channels]},
        "secret": {
            "channels": [
                {"channelId": name, "webhook": {"secret": "webhook-secret"}, "api": {"secret": "api-secret"}}
                for name in channels
            ]
        },
    }


def put_service(sandbox: Sandbox, service: str, document: Json) -> requests.Response:
    """Write a service of acme."""
    url = f"{sandbox.env['NEXUS_URL']}/nexus/v3/provisioning/services/{ACME.ccid}/{service}"
    headers = {"x-api-key": ACME.api_key, "x-ccid": ACME.ccid}
    return requests.post(url, json=document, headers=headers, timeout=10)


class Gax:
    """A client of GAX that has logged in."""

    def __init__(self, sandbox: Sandbox, tenant: Tenant = ACME) -> None:
        self.base = f"{sandbox.env['GAX_URL']}/gax/api"
        self.http = requests.Session()
        body = {"username": tenant.gax_username, "password": tenant.gax_password, "isPasswordEncrypted": False}
        assert self.http.post(f"{self.base}/session/login", json=body, timeout=10).status_code == 204
        (self.found,) = self.get("?brief=false&type=CfgTransaction&name=NexusServices").json()
        self.one = f"/CfgTransaction/{self.found['dbid']}"

    def get(self, path: str) -> requests.Response:
        return self.http.get(f"{self.base}/cfg/objects{path}", timeout=10, allow_redirects=False)

    def put(self, body: object, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.put(f"{self.base}/cfg/objects{self.one}", json=body, headers=named, timeout=10)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda document: document.update(url="https://x"), "no url"),
        (lambda document: document["secret"].clear(), "secret.channels"),
        (lambda document: document["data"].update(channels={}), "data.channels"),
        (lambda document: document["data"]["channels"].append("x"), "data.channels"),
        (lambda document: document["secret"]["channels"].pop(), "same channels: b.example.com"),
        (lambda document: document["data"]["channels"].append(document["data"]["channels"][0]), "twice"),
        (lambda document: document["data"]["channels"][0].pop("channelId"), "channelId"),
        (lambda document: document["data"]["channels"][0].pop("webhook"), "webhook.url"),
        (lambda document: document["secret"]["channels"][0]["api"].update(secret=""), "api.secret"),
        (lambda document: document["secret"]["channels"][0].update(webhook="x"), "webhook.secret"),
    ],
)
def test_async_service_must_be_complete(sandbox: Sandbox, spoil: Any, message: str) -> None:
    document = async_service("https://gateway.example.com", NUMBER, "b.example.com")
    assert put_service(sandbox, "Async", document).status_code == 200
    spoil(document)
    answer = put_service(sandbox, "Async", document)
    assert answer.status_code == 400
    assert message in answer.json()["status"]["message"]


def test_gax_reads_what_gws_has(sandbox: Sandbox) -> None:
    gax = Gax(sandbox)
    found = gax.found
    assert (found["type"], found["name"]) == ("CfgTransaction", "NexusServices")
    assert found["dbid"] == str(sandbox.state(ACME.ccid)["dbid"])
    sections: dict[str, dict[str, str]] = {}
    for item in found["userproperties"]["property"]:
        sections.setdefault(item["section"], {})[item["key"]] = item["value"]
    assert sections == DEFAULT_SECTIONS
    assert gax.get(gax.one).json() == found
    assert [item["name"] for item in gax.get("?type=CfgTransaction").json()] == ["NexusServices", "Reports"]
    assert "userproperties" not in gax.get("?type=CfgTransaction").json()[0]
    assert gax.get("?type=CfgPerson").status_code == 400
    other = Gax(sandbox, GLOBEX)
    assert other.found["dbid"] != found["dbid"]
    assert gax.get(other.one).status_code == 404
    assert sandbox.state(ACME.ccid)["gax_sessions"] == 1


def test_gax_replaces_a_whole_object(sandbox: Sandbox) -> None:
    gax = Gax(sandbox)
    properties = [*gax.found["userproperties"]["property"][:-1], {"section": "new", "key": "a", "value": "b"}]
    changed = {**gax.found, "description": "other", "userproperties": {"property": properties}}
    assert (gax.put(changed).status_code, gax.get(gax.one).json()) == (204, changed)
    state = sandbox.state(ACME.ccid)
    assert state["sections"]["new"] == {"a": "b"}
    assert "header:X-Sandbox" not in state["sections"]["nexus"]
    assert state["fields"]["description"] == "other"
    assert [record.method for record in sandbox.writes()] == ["PUT"]
    assert gax.put({**changed, "userproperties": {"property": []}}).status_code == 204
    assert sandbox.state(ACME.ccid)["sections"] == {}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ({"dbid": "1"}, "dbid"),
        ({"type": "CfgPerson"}, "type"),
        ({"state": 1}, "state is not a string"),
        ({"colour": "red"}, "unknown colour"),
        ({"userproperties": {"property": {}}}, "not a list"),
        ({"userproperties": {"property": [{"section": "a", "key": "b", "value": 1}]}}, "not a string"),
        ({"userproperties": {"property": [{"section": "a", "key": "b"}]}}, "missing value"),
        ({"userproperties": {"property": 2 * [{"section": "a", "key": "b", "value": "c"}]}}, "twice"),
    ],
)
def test_gax_requires_whole_objects(sandbox: Sandbox, spoil: Json, message: str) -> None:
    gax = Gax(sandbox)
    answer = gax.put({**gax.found, **spoil})
    assert answer.status_code == 400
    assert message in answer.json()["status"]["message"]
    lacking = {key: value for key, value in gax.found.items() if key != "folderid"}
    assert "missing folderid" in gax.put(lacking).json()["status"]["message"]
    assert gax.get(gax.one).json() == gax.found


def test_gax_login(sandbox: Sandbox) -> None:
    url = f"{sandbox.env['GAX_URL']}/gax/api/session/login"
    good = {"username": "gax-acme", "password": "sandbox-acme-gax-password", "isPasswordEncrypted": False}
    for change, status in (({"password": "x"}, 401), ({"username": "x"}, 401), ({"isPasswordEncrypted": True}, 400)):
        assert requests.post(url, json={**good, **change}, timeout=10).status_code == status
    statuses = [requests.post(url, json=good, timeout=10).status_code for _number in range(101)]
    assert statuses == [204] * 100 + [403]


@pytest.mark.parametrize(
    ("variant", "status", "form"),
    [("status", 401, "application/json"), ("page", 200, "text/html; charset=utf-8"), ("redirect", 302, None)],
)
def test_gax_without_a_session(sandbox: Sandbox, variant: str, status: int, form: str | None) -> None:
    sandbox.switch(**{"gax.signed_out": variant})
    gax = Gax(sandbox)
    assert sandbox.expire_tokens() == 1
    answer = gax.get(gax.one)
    assert (answer.status_code, answer.headers.get("Content-Type")) == (status, form)


def test_gax_variants(sandbox: Sandbox) -> None:
    gax = Gax(sandbox)
    sandbox.switch(**{"gax.object": "array", "gax.put": "object", "gax.etag": "supported"})
    answer = gax.get(gax.one)
    assert answer.json() == [gax.found]
    etag = answer.headers["ETag"]
    changed = {**gax.found, "description": "other"}
    put = gax.put(changed, If_Match=etag)
    assert (put.status_code, put.json()) == (200, changed)
    assert gax.put(gax.found, If_Match=etag).status_code == 412
    assert gax.put(gax.found).status_code == 200


@pytest.mark.parametrize("when", ["before", "after"])
def test_someone_else_changes_the_object(sandbox: Sandbox, when: str) -> None:
    gax = Gax(sandbox)
    sections = {"nexus": {"session-timeout": "60"}, "chat.WebSupport": None, "other": {"a": "b"}}
    sandbox.fault("edit", path="CfgTransaction", method="PUT", when=when, ccid=ACME.ccid, sections=sections)
    assert gax.put(gax.found).status_code == 204
    expected = {"nexus": {"session-timeout": "60", "header:X-Sandbox": "web"}, "other": {"a": "b"}}
    assert sandbox.state(ACME.ccid)["sections"] == (DEFAULT_SECTIONS if when == "before" else expected)


def upload(sandbox: Sandbox, secret: str, over: str = "body", channel: str = NUMBER, ccid: str = ACME.ccid) -> int:
    """Upload a file with a signature, and return the status."""
    url = f"{sandbox.env['NEXUS_URL']}/nexus/v3/channels/{channel}/media"
    request = requests.Request("POST", url, files={"file": ("a.gif", b"GIF\r\n\x00\xff", "image/gif")}).prepare()
    signed = request.body if over == "body" else b"GIF\r\n\x00\xff"
    assert isinstance(signed, bytes)
    digest = hmac.new(secret.encode(), signed, hashlib.sha1).hexdigest()
    request.headers.update({"X-Hub-Signature": f"sha1={digest}", "x-ccid": ccid})
    with requests.Session() as session:
        answer = session.send(request, timeout=10)
    if answer.status_code == 200:
        data = answer.json()["data"]
        assert (data["filename"], data["mimetype"], data["length"]) == ("a.gif", "image/gif", 7)
    return answer.status_code


def test_upload(sandbox: Sandbox) -> None:
    put_service(sandbox, "Async", async_service())
    assert upload(sandbox, "api-secret") == 200
    assert upload(sandbox, "api-secret", over="file") == 401
    assert upload(sandbox, "webhook-secret") == 401
    assert upload(sandbox, "api-secret", channel="1") == 404
    assert upload(sandbox, "api-secret", ccid=GLOBEX.ccid) == 404
    sandbox.switch(**{"media.signature": "file", "media.refusal": "403"})
    assert (upload(sandbox, "api-secret", over="file"), upload(sandbox, "api-secret")) == (200, 403)
    sandbox.switch(**{"media.signature": "ignored"})
    assert upload(sandbox, "wrong") == 200
    assert sandbox.state(ACME.ccid)["media"] == 3
    url = f"{sandbox.env['NEXUS_URL']}/nexus/v3/channels/{NUMBER}/media"
    for options, status in (({"data": b"x"}, 415), ({"files": {"other": b"x"}}, 400)):
        assert requests.post(url, headers={"x-ccid": ACME.ccid}, timeout=10, **options).status_code == status


def provision(sandbox: Sandbox, name: str = "acme") -> None:
    """Provision everything for acme that a delivery needs."""
    assert put_service(sandbox, "Async", async_service(f"{sandbox.env['GATEWAY_URL']}/{name}")).status_code == 200
    assert put_service(sandbox, "SMS", {"url": "N/A", "data": {"provider": "Async"}, "secret": {}}).status_code == 200
    gax = Gax(sandbox)
    properties = [
        *gax.found["userproperties"]["property"],
        {"section": "chat.SMS", "key": "channelType", "value": "sms"},
        {"section": "chat.SMS", "key": "channelId", "value": NUMBER},
        {"section": "chat.SMS", "key": "provider", "value": "Async"},
        {"section": "Async", "key": "header:X-Tenant", "value": "acme"},
        {"section": "Async", "key": "retry", "value": "3"},
    ]
    assert gax.put({**gax.found, "userproperties": {"property": properties}}).status_code == 204


def test_delivery(sandbox: Sandbox) -> None:
    provision(sandbox)
    sandbox.gateway_secret("acme", "webhook-secret")
    outcome = sandbox.deliver(ACME.ccid, NUMBER, text="Good day")
    assert outcome["delivered"]
    assert outcome["messageId"]
    assert outcome["attempts"] == [{"status": 200, "error": None}]
    (delivery,) = sandbox.gateway("acme")
    assert delivery["verified"] is True
    headers = delivery["headers"]
    assert (headers["x-tenant"], headers["content-type"]) == ("acme", "application/json")
    assert headers["x-b3-traceid"]
    assert not {"retry", "x-sandbox"} & set(headers)
    digest = hmac.new(b"webhook-secret", delivery["body"].encode(), hashlib.sha1).hexdigest()
    assert headers["x-hub-signature"] == f"sha1={digest}"
    (message,) = json.loads(delivery["body"])["messages"]
    assert (message["from"], message["text"]) == (NUMBER, "Good day")

    sandbox.gateway_secret("acme", "new", "webhook-secret")
    assert sandbox.deliver(ACME.ccid, NUMBER)["delivered"]
    assert sandbox.gateway("acme").pop()["verified"] is True

    sandbox.gateway_secret("acme", "another")
    assert sandbox.deliver(ACME.ccid, NUMBER)["attempts"] == [{"status": 401, "error": None}]
    assert [delivery["verified"] for delivery in sandbox.gateway("acme")] == [True, True, False]
    assert sandbox.gateway("nobody") == []
    sandbox.reset()
    assert sandbox.gateway("acme") == []


def test_delivery_is_retried(sandbox: Sandbox) -> None:
    provision(sandbox)
    sandbox.fault("status", path="^/gateway/", status=503)
    outcome = sandbox.deliver(ACME.ccid, NUMBER, pause=0)
    assert (outcome["delivered"], [attempt["status"] for attempt in outcome["attempts"]]) == (True, [503, 200])
    assert [delivery["verified"] for delivery in sandbox.gateway("acme")] == [None]
    sandbox.fault("status", path="^/gateway/", status=500, times=None)
    outcome = sandbox.deliver(ACME.ccid, NUMBER, pause=0, attempts=2)
    assert (outcome["delivered"], [attempt["status"] for attempt in outcome["attempts"]]) == (False, [500, 500])
    sandbox.clear_faults()
    sandbox.fault("hang", path="^/gateway/", seconds=5, times=None)
    outcome = sandbox.deliver(ACME.ccid, NUMBER, timeout=0.1, attempts=1)
    assert outcome["attempts"] == [{"status": None, "error": "TimeoutError"}]
    sandbox.clear_faults()
    sandbox.fault("status", path="^/gateway/", status=400)
    assert [attempt["status"] for attempt in sandbox.deliver(ACME.ccid, NUMBER)["attempts"]] == [400]


def test_delivery_needs_service_sender_id_and_channel(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match=rf"409.*no sender ID {NUMBER}"):
        sandbox.deliver(ACME.ccid, NUMBER)
    provision(sandbox)
    put_service(sandbox, "SMS", {"url": "N/A", "data": {"provider": "mGage"}, "secret": {}})
    with pytest.raises(SandboxError, match=rf"409.*SMS selects mGage, .* {NUMBER} has the provider Async"):
        sandbox.deliver(ACME.ccid, NUMBER)
    put_service(sandbox, "SMS", {"url": "N/A", "data": {"provider": "Async"}, "secret": {}})
    with pytest.raises(SandboxError, match=r"409.*no sender ID 12345"):
        sandbox.deliver(ACME.ccid, "12345")
    put_service(sandbox, "Async", async_service("https://gateway.example.com", "12345"))
    with pytest.raises(SandboxError, match=rf"409.*no channel {NUMBER}"):
        sandbox.deliver(ACME.ccid, NUMBER)
    with pytest.raises(SandboxError, match=r"400.*unknown colour"):
        sandbox.deliver(ACME.ccid, NUMBER, colour="red")


def test_delivery_over_tls(tmp_path: Any) -> None:
    with start(tmp_path, tls=True) as sandbox:
        sandbox.gateway_secret("acme")
        url = f"{sandbox.env['GATEWAY_URL']}/acme"
        answer = requests.post(url, json={"messages": []}, timeout=10, verify=sandbox.env["SANDBOX_CA_PATH"])
        assert answer.status_code == 400
        assert sandbox.gateway("acme")[0]["verified"] is None
