# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox sends messages over each SMS option, in both directions, by each plausible rule, and counts them."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from integration.test_sandbox import get_token
from integration.test_sandbox_gateway import ACME, GLOBEX, NUMBER, async_service, put_service
from sandbox.control import Sandbox, SandboxError
from sandbox.seed import CLOUD_CLIENTS, DEFAULT_SECTIONS
from sandbox.traffic_record import Line, Traffic

INTEGRATION = CLOUD_CLIENTS[1]
ACCOUNT = ("kaleyra-user", "kaleyra-password")
CLUSTER_KEY = "abababab-0000-4000-8000-000000000100"

# The content of the service SMS for each option, and the provider of a sender ID.
SMS = {
    "mGage": {"provider": "mGage"},
    "Async": {"provider": "Async"},
    "Portico": {"tokenProvider": "Purecloud"},
    None: {},
}
ENDS = {"mGage": "kaleyra", "Async": "gateway", "Portico": "cloud_messages"}


def set_up(sandbox: Sandbox, number: str = NUMBER, provider: str | None = "Async") -> None:
    """Give acme the services of all options, except SMS, and a sender ID. A rule of the sandbox chooses one."""
    section = {"channelId": number, "channelType": "sms", **({"provider": provider} if provider else {})}
    sandbox.seed([{**vars(ACME), "sections": {**DEFAULT_SECTIONS, "chat.SMS": section}}])
    sandbox.kaleyra_accounts(ACCOUNT)
    sandbox.gateway_secret("acme", "webhook-secret")
    sandbox.gateway_api_secret("acme", "api-secret")
    username, password = ACCOUNT
    documents: dict[str, dict[str, Any]] = {
        "Async": async_service(f"{sandbox.env['GATEWAY_URL']}/acme", number),
        "mGageSMS": {
            "url": sandbox.env["KALEYRA_URL"],
            "data": {},
            "secret": {"username": username, "password": password},
        },
        "PurecloudIDP": {
            "url": sandbox.env["GC_LOGIN_URL"],
            "data": {},
            "secret": {"clientId": INTEGRATION.id, "clientSecret": INTEGRATION.secret},
        },
        "PorticoSMS": {"url": sandbox.env["GC_API_URL"], "data": {}, "secret": {}},
    }
    for name, document in documents.items():
        assert put_service(sandbox, name, document).status_code == 200


def select(sandbox: Sandbox, data: dict[str, str]) -> None:
    """Write the service SMS."""
    assert put_service(sandbox, "SMS", {"url": "N/A", "data": data, "secret": {}}).status_code == 200


def cloud(sandbox: Sandbox) -> tuple[str, requests.Session]:
    """Return the base URL of numbers, and a session with a token."""
    http = requests.Session()
    http.trust_env = False
    form = {"grant_type": "client_credentials"}
    url = f"{sandbox.env['GC_LOGIN_URL']}/oauth/token"
    token = http.post(url, form, auth=(INTEGRATION.id, INTEGRATION.secret), timeout=10).json()["access_token"]
    http.headers["Authorization"] = f"Bearer {token}"
    return f"{sandbox.env['GC_API_URL']}/api/v2/messaging/sms/provisioning/tollfreenumbers", http


def buy(sandbox: Sandbox) -> str:
    """Buy a number whose messages go to acme, and return it."""
    url, http = cloud(sandbox)
    number: str = http.get(f"{url}/available", timeout=10).json()["entities"][0]
    order = {
        "tollfreeNumber": number,
        "moUrl": f"{sandbox.env['NEXUS_URL']}/nexus/v3/sms/message",
        "drUrl": f"{sandbox.env['NEXUS_URL']}/nexus/v3/sms/receipt",
        "webhookUsername": ACME.ccid,
        "webhookPassword": CLUSTER_KEY,
    }
    assert http.post(url, json=[order], timeout=10).status_code == 200
    return number


def put_key(sandbox: Sandbox, method: str = "POST", **changes: Any) -> None:
    """Create the cluster API key, or change or delete it."""
    url = f"{sandbox.env['NEXUS_URL']}/nexus/v3/apikeys" + ("" if method == "POST" else f"/{CLUSTER_KEY}")
    key = {"tenant": "", "name": "Cluster", "permissions": ["nexus:cluster:*"], **changes}
    body = {"data": {**key, **({"id": CLUSTER_KEY} if method == "POST" else {})}}
    headers = {"Authorization": f"Bearer {get_token(sandbox).json()['access_token']}"}
    assert requests.request(method, url, json=body, headers=headers, timeout=10).status_code == 200


def send(sandbox: Sandbox, *lines: Line) -> Traffic:
    """Send at least two messages on each line."""
    with sandbox.traffic(*lines, every=0) as traffic:
        pass
    return traffic


@pytest.mark.parametrize("rule", ["both", "service", "sender_id"])
def test_each_rule_of_the_way_of_a_message(sandbox: Sandbox, rule: str) -> None:
    number = buy(sandbox)
    for by_sender_id in (*ENDS, None):
        set_up(sandbox, number, by_sender_id)
        for by_service, data in SMS.items():
            sandbox.switch(**{"messages.routing": rule})
            select(sandbox, data)
            # Without a provider, a sender ID is for Genesys Cloud CX.
            meant = by_sender_id or "Portico"
            expected = by_service if rule == "service" else meant
            if rule == "both" and by_service != meant:
                expected = None
            sandbox.clear_requests()
            if expected is None:
                with pytest.raises(SandboxError, match="409"):
                    sandbox.deliver(ACME.ccid, number)
                assert not sandbox.requests()
                continue
            assert sandbox.deliver(ACME.ccid, number)["attempts"] == [{"status": 200, "error": None}]
            assert [record.system for record in sandbox.requests()][-1] == ENDS[expected]


def test_a_missing_service_of_the_option(sandbox: Sandbox) -> None:
    set_up(sandbox, provider="mGage")
    select(sandbox, SMS["mGage"])
    url = f"{sandbox.env['NEXUS_URL']}/nexus/v3/provisioning/services/{ACME.ccid}/mGageSMS"
    assert requests.delete(url, headers={"x-api-key": ACME.api_key, "x-ccid": ACME.ccid}, timeout=10).status_code == 204
    with pytest.raises(SandboxError, match=r"409.*there is no service mGageSMS"):
        sandbox.deliver(ACME.ccid, NUMBER)


def test_kaleyra_refuses_an_unknown_account(sandbox: Sandbox) -> None:
    set_up(sandbox, provider="mGage")
    select(sandbox, SMS["mGage"])
    sandbox.kaleyra_accounts(("kaleyra-user", "old"), ACCOUNT)
    assert sandbox.deliver(ACME.ccid, NUMBER)["delivered"]
    sandbox.kaleyra_accounts(("kaleyra-user", "new"))
    traffic = send(sandbox, Line("acme", ACME.ccid, NUMBER))
    assert {(one.result, *one.attempts) for one in traffic.messages} == {("wrong secret", 401)}
    assert requests.post(sandbox.env["KALEYRA_URL"], json={"messages": [{}]}, timeout=10).status_code == 401


def test_genesys_cloud_refuses_a_wrong_client_and_a_foreign_number(sandbox: Sandbox) -> None:
    set_up(sandbox, provider="Portico")
    select(sandbox, SMS["Portico"])
    line = Line("acme", ACME.ccid, NUMBER)
    assert {(one.result, *one.attempts) for one in send(sandbox, line).messages} == {("refused", 404)}
    set_up(sandbox, buy(sandbox), "Portico")
    select(sandbox, SMS["Portico"])
    secret = {"clientId": INTEGRATION.id, "clientSecret": "wrong"}
    put_service(sandbox, "PurecloudIDP", {"url": sandbox.env["GC_LOGIN_URL"], "data": {}, "secret": secret})
    (number,) = (item["tollfreeNumber"] for item in sandbox.account()["numbers"])
    traffic = send(sandbox, Line("acme", ACME.ccid, number))
    assert {(one.result, *one.attempts) for one in traffic.messages} == {("wrong secret", 401)}


def test_digital_channels_accepts_messages_of_genesys_cloud_with_an_enabled_key(sandbox: Sandbox) -> None:
    number = buy(sandbox)
    line = Line("acme", ACME.ccid, number, "cloud")

    def results() -> set[tuple[str, tuple[int | None, ...]]]:
        return {(one.result, tuple(one.attempts)) for one in send(sandbox, line).messages}

    assert results() == {("wrong secret", (401,))}
    put_key(sandbox)
    assert results() == {("refused", (409,))}
    set_up(sandbox, number, None)
    assert results() == {("refused", (409,))}
    select(sandbox, SMS["Portico"])
    assert results() == {("delivered", (200, 200))}
    put_key(sandbox, "PUT", tenant=GLOBEX.ccid)
    assert results() == {("wrong secret", (401,))}
    put_key(sandbox, "PUT", tenant=ACME.ccid)
    assert results() == {("delivered", (200, 200))}
    put_key(sandbox, "PUT", enabled=False)
    assert results() == {("wrong secret", (401,))}
    put_key(sandbox, "DELETE")
    assert results() == {("wrong secret", (401,))}
    assert {one.result for one in send(sandbox, Line("acme", ACME.ccid, "18005550199", "cloud")).messages} == {
        "refused"
    }
    url = f"{sandbox.env['NEXUS_URL']}/nexus/v3/sms/message"
    assert requests.post(url, json={"to": number}, timeout=10).status_code == 401


@pytest.mark.parametrize("variant", ["body", "file"])
def test_a_gateway_with_two_api_secrets_sends_again_after_a_refusal(sandbox: Sandbox, variant: str) -> None:
    set_up(sandbox)
    sandbox.switch(**{"media.signature": variant, "media.refusal": "403"})
    line = Line("acme", ACME.ccid, NUMBER, "gateway", "acme")
    sandbox.gateway_api_secret("acme")
    assert {one.reason for one in send(sandbox, line).messages} == {"the gateway has no API secret"}
    for secrets, result, attempts in (
        (("api-secret", "new"), "delivered", [200]),
        (("old", "api-secret"), "delivered", [403, 200]),
        (("old", "older"), "wrong secret", [403, 403]),
    ):
        sandbox.gateway_api_secret("acme", *secrets)
        traffic = send(sandbox, line)
        assert {one.result for one in traffic.messages} == {result}
        assert all(one.attempts == attempts for one in traffic.messages)
    sandbox.gateway_api_secret("acme", "api-secret")
    unknown = send(sandbox, Line("acme", ACME.ccid, "12345", "gateway", "acme"))
    assert {(one.result, *one.attempts) for one in unknown.messages} == {("refused", 404)}


def test_traffic_shows_what_happened_before_during_and_after_a_request(sandbox: Sandbox) -> None:
    set_up(sandbox)
    select(sandbox, SMS["Async"])
    lines = [Line("acme", ACME.ccid, NUMBER), Line("acme", ACME.ccid, NUMBER, "gateway", "acme")]
    sandbox.fault("delay", path="/services/.*/SMS$", method="POST", seconds=0.2)
    sandbox.clear_requests()
    with sandbox.traffic(*lines, every=0.01) as traffic:
        select(sandbox, SMS["mGage"])
        assert sandbox.traffic_so_far().count("delivered") >= 2
        with pytest.raises(SandboxError, match=r"409.*being sent already"), sandbox.traffic(*lines):
            pass
    (write,) = (record for record in sandbox.writes() if record.system == "services")
    assert (traffic.count("lost"), traffic.count("wrong secret")) == (0, 0)
    assert traffic.of("acme", "gateway").failed == []
    out = traffic.of("acme", "out")
    assert len(out.messages) + len(traffic.of("acme", "gateway").messages) == len(traffic.messages)
    assert out.before(write).count("delivered") == len(out.before(write).messages) >= 1
    assert out.after(write).count("refused") == len(out.after(write).messages) >= 1
    assert out.during(write).messages
    assert "selects mGage" in out.failed[-1]
    assert traffic.longest_gap == [one for one in out.messages if one.result == "refused"]


def test_lost_messages_and_a_reset_during_traffic(sandbox: Sandbox) -> None:
    set_up(sandbox)
    select(sandbox, SMS["Async"])
    lines = [Line("acme", ACME.ccid, NUMBER), Line("acme", ACME.ccid, NUMBER, "gateway", "acme")]
    sandbox.fault("status", path="^/gateway/", status=503, times=3)
    sandbox.fault("cut", path="/media$", times=1)
    traffic = send(sandbox, *lines)
    for way, attempts in (("out", [503, 503, 503]), ("gateway", [None])):
        messages = [one for one in traffic.messages if one.way == way]
        assert [one.result for one in messages] == ["lost", *["delivered"] * (len(messages) - 1)]
        assert messages[0].attempts == attempts
    with sandbox.traffic(*lines) as stopped:
        sandbox.reset()
    assert stopped.messages == []
