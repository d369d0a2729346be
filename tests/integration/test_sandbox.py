# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox follows the contract, and simulates all variants where the contract is silent."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from sandbox.control import Sandbox, SandboxError, start
from sandbox.seed import DEFAULT_SECTIONS, DEFAULT_TENANTS, OPERATIONS_CLIENT_ID, OPERATIONS_CLIENT_SECRET, Tenant

ACME, GLOBEX, INITECH = DEFAULT_TENANTS

KALEYRA = {"url": "https://kaleyra.example.com", "data": {}, "secret": {"username": "user", "password": "pass"}}

SMS_OPTIONS = {
    "channelId": "1650466114",
    "channelType": "sms",
    "endpoint": "chat.SMS_Main",
    "interactionSubtype": "SMS",
    "interactionType": "Inbound",
    "media": "chat",
    "cxcOnly": "false",
    "provider": "mGage",
}

Json = dict[str, Any]


class Services:
    """Calls of the services API, with valid credentials by default."""

    def __init__(self, sandbox: Sandbox, ccid: str = ACME.ccid, key: str = ACME.api_key) -> None:
        self.base = f"{sandbox.env['NEXUS_URL']}/nexus/v3/provisioning/services"
        self.ccid = ccid
        self.headers = {"x-api-key": key, "x-ccid": ccid}

    def __call__(
        self, method: str, service: str = "", json: object = None, timeout: float = 10, **headers: str
    ) -> requests.Response:
        url = "/".join(filter(None, [self.base, self.ccid, service]))
        all_headers = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return requests.request(method, url, json=json, headers=all_headers, timeout=timeout, allow_redirects=False)


class Gws:
    """A client of GWS that has logged in and opened a session."""

    def __init__(self, sandbox: Sandbox, tenant: Tenant = ACME, initialize: bool = True) -> None:
        self.base = f"{sandbox.env['GWS_URL']}/provisioning/v3"
        self.http = requests.Session()
        token = get_token(sandbox, tenant).json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        if initialize:
            assert self.initialize() == 0

    def call(self, method: str, path: str, json: object = None) -> tuple[int, Json]:
        """Return the HTTP status and the response."""
        response = self.http.request(method, f"{self.base}/{path}", json=json, timeout=10)
        return response.status_code, response.json()

    def initialize(self) -> int:
        """Poll once, and return the code of the response."""
        return int(self.call("POST", "initialize-provisioning")[1]["status"]["code"])

    def read(self) -> tuple[int, dict[str, dict[str, str]]]:
        """Return the DBID and the sections of NexusServices."""
        status, body = self.call("GET", "configuration/objects/transactions?name=NexusServices")
        assert (status, body["status"]) == (200, {"code": 0})
        (found,) = body["data"]["objects"]
        assert found["name"] == "NexusServices"
        assert all(section["type"] == "kvlist" for section in found["userProperties"])
        return found["DBID"], {
            section["key"]: {option["key"]: option["value"] for option in section["value"]}
            for section in found["userProperties"]
        }

    def change(self, body: object, dbid: int | None = None) -> tuple[int, int]:
        """Send a delta. Return the HTTP status and the code of the response."""
        dbid = self.read()[0] if dbid is None else dbid
        status, answer = self.call("PUT", f"configuration/objects/transactions/{dbid}", body)
        return status, int(answer["status"]["code"])


def get_token(sandbox: Sandbox, tenant: Tenant = ACME, form: dict[str, str] | None = None) -> requests.Response:
    """Make the token call, with the password grant by default."""
    return requests.post(
        f"{sandbox.env['GWS_AUTH_URL']}/auth/v3/oauth/token",
        auth=(tenant.client_id, tenant.client_secret),
        data={"grant_type": "password", "username": tenant.login, "password": tenant.password, **(form or {})},
        timeout=10,
    )


def wire(sections: dict[str, dict[str, str]]) -> list[Json]:
    """Return sections in the format of the API."""
    return [
        {
            "key": section,
            "type": "kvlist",
            "value": [{"key": key, "type": "str", "value": value} for key, value in options.items()],
        }
        for section, options in sections.items()
    ]


def delta(
    dbid: int,
    added: dict[str, dict[str, str]] | None = None,
    changed: dict[str, dict[str, str]] | None = None,
    deleted: dict[str, dict[str, str]] | None = None,
) -> Json:
    """Return the body of a change."""
    return {
        "data": {
            "$class": "CfgDeltaTransaction",
            "deltaTransaction": {"$class": "CfgTransaction", "DBID": dbid, "userProperties": wire(added or {})},
            "changedUserProperties": wire(changed or {}),
            "deletedUserProperties": wire(deleted or {}),
        }
    }


def code_of(response: requests.Response) -> tuple[int, int]:
    """Return the HTTP status and the code of an error."""
    status = response.json()["status"]
    assert status["message"]
    return response.status_code, status["code"]


# --- The process ---


def test_env_file_and_guide_commands_work_in_a_shell(sandbox: Sandbox) -> None:
    """The commands of the guide, with their typos corrected, work after sourcing the file."""
    script = r"""
    set -eu
    . "$1/env"
    post() {
      curl --silent --show-error --fail -X POST \
        "$NEXUS_URL/nexus/v3/provisioning/services/$NEXUS_CCID/$1" \
        -H 'Content-Type: application/json' -H "x-api-key: $NEXUS_API_KEY" -H "x-ccid: $NEXUS_CCID" -d "$2"
    }
    post SMS '{ "url" : "N/A", "data" : { "provider": "mGage" }, "secret": {} }'
    post mGageSMS '{ "url": "'"$KALEYRA_URL"'", "data": { },
      "secret": { "username": "kaleyra-user", "password": "kaleyra-pass" } }'
    post Async '{ "data": { "channels": [ { "channelId": "16504661149", "webhook": { "url": "https://hook" } } ] },
      "secret": { "channels": [ { "channelId": "16504661149", "webhook": { "secret": "w" },
      "api": { "secret": "a" } } ] } }'
    post PurecloudIDP '{ "url" : "https://login", "secret": {"clientId": "c", "clientSecret": "s"}, "data" : {} }'
    post PorticoSMS '{ "url" : "https://api", "secret": {}, "data": {} }'
    printf '\n%s' "$GWS_USERNAME"
    """
    done = subprocess.run(
        ["sh", "-c", script, "sh", str(sandbox.state_dir)], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.endswith("\n" + ACME.login)
    services = sandbox.state(ACME.ccid)["services"]
    assert set(services) == {"SMS", "mGageSMS", "Async", "PurecloudIDP", "PorticoSMS"}
    assert services["SMS"] == {"url": "N/A", "data": {"provider": "mGage"}, "secret": {}}
    assert services["mGageSMS"]["url"] == sandbox.env["KALEYRA_URL"]
    assert "url" not in services["Async"]


def test_env_has_all_variables_that_the_collection_reads(sandbox: Sandbox) -> None:
    assert set(sandbox.env) == {
        "SANDBOX_URL",
        "SANDBOX_STATE",
        "NEXUS_URL",
        "NEXUS_API_KEY",
        "NEXUS_CCID",
        "GWS_URL",
        "GWS_AUTH_URL",
        "GWS_CLIENT_ID",
        "GWS_CLIENT_SECRET",
        "GWS_USERNAME",
        "GWS_PASSWORD",
        "GWS_API_KEY",
        "GAX_URL",
        "GAX_USERNAME",
        "GAX_PASSWORD",
        "GC_LOGIN_URL",
        "GC_API_URL",
        "GC_CLIENT_ID",
        "GC_CLIENT_SECRET",
        "GC_ADMIN_CLIENT_ID",
        "GC_ADMIN_CLIENT_SECRET",
        "GATEWAY_URL",
        "KALEYRA_URL",
    }
    assert (sandbox.state_dir / "env").stat().st_mode & 0o077 == 0


def test_state_survives_a_restart(tmp_path: Path) -> None:
    with start(tmp_path, switches={"services.read": "masked"}) as sandbox:
        url = sandbox.url
        gws = Gws(sandbox)
        dbid, _sections = gws.read()
        assert gws.change(delta(dbid, added={"chat.SMS": SMS_OPTIONS})) == (200, 0)
        assert Services(sandbox)("POST", "mGageSMS", KALEYRA).status_code == 200
        (tenant,) = sandbox.seed([{"ccid": "00000000-0000-4000-8000-000000000001"}])
        sandbox.fault("html")
        sandbox.restart()
        assert sandbox.url == url
        assert sandbox.state(ACME.ccid)["services"] == {"mGageSMS": KALEYRA}
        assert gws.read()[1]["chat.SMS"] == SMS_OPTIONS
        assert sandbox.switch()["services.read"] == "masked"
        assert tenant in sandbox.tenants()
        assert sandbox.faults() == []
    assert not sandbox.running


def test_state_of_another_version_is_discarded(tmp_path: Path) -> None:
    with start(tmp_path) as sandbox:
        assert Services(sandbox)("POST", "mGageSMS", KALEYRA).status_code == 200
    database = sqlite3.connect(tmp_path / "state.sqlite3")
    database.executescript("DROP TABLE services; PRAGMA user_version = 1;")
    database.close()
    with start(tmp_path) as sandbox:
        assert sandbox.state(ACME.ccid)["services"] == {}


def test_a_failed_start_shows_the_reason(sandbox: Sandbox, tmp_path: Path) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(SandboxError, match=rf"port {port} is in use.*SANDBOX_PORT"):
        start(tmp_path, port=port)


def test_foreground_stops_at_a_signal(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", "--state", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("sandbox ready at http://127.0.0.1:")
        assert (tmp_path / "env").exists()
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_client_certificate_needs_tls(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "--require-client-cert", "--state", str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert done.returncode == 2
    assert "--require-client-cert needs --tls" in done.stderr


def test_a_hanging_request_does_not_delay_the_shutdown(tmp_path: Path) -> None:
    with start(tmp_path) as sandbox:
        sandbox.fault("hang")
        with socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2]))) as client:
            client.sendall(b"GET /digital/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while not sandbox.requests():
                time.sleep(0.01)
            sandbox.stop()
            assert client.recv(100) == b""


# --- Services ---


def test_service_is_created_read_replaced_and_deleted(sandbox: Sandbox) -> None:
    call = Services(sandbox)
    assert code_of(call("GET", "mGageSMS")) == (404, 404)
    assert code_of(call("PUT", "mGageSMS", KALEYRA)) == (404, 404)
    assert code_of(call("DELETE", "mGageSMS")) == (404, 404)
    created = call("POST", "mGageSMS", KALEYRA)
    assert (created.status_code, created.json()) == (200, KALEYRA)
    assert call("GET", "mGageSMS").json() == KALEYRA
    replacement: Json = {"data": {}, "secret": {}}
    assert call("PUT", "mGageSMS", replacement).json() == replacement
    assert call("POST", "mGageSMS", KALEYRA).json() == KALEYRA
    assert sandbox.state(ACME.ccid)["services"] == {"mGageSMS": KALEYRA}
    assert sandbox.state(GLOBEX.ccid)["services"] == {}
    assert call("DELETE", "mGageSMS").status_code == 204
    assert sandbox.state(ACME.ccid)["services"] == {}
    assert [record.method for record in sandbox.writes()] == ["PUT", "DELETE", "POST", "PUT", "POST", "DELETE"]


def test_service_credentials(sandbox: Sandbox) -> None:
    nobody = "00000000-0000-4000-8000-00000000dead"
    assert code_of(Services(sandbox, key="wrong")("GET", "SMS")) == (401, 401)
    assert code_of(Services(sandbox, key="")("POST", "SMS", KALEYRA)) == (401, 401)
    assert code_of(Services(sandbox, key=GLOBEX.api_key)("POST", "SMS", KALEYRA)) == (403, 403)
    assert code_of(Services(sandbox, ccid=nobody)("POST", "SMS", KALEYRA)) == (404, 404)
    assert sandbox.state(ACME.ccid)["services"] == {}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"url": "x" "data": {}, "secret": {}}', id="the guide's missing comma"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe", id="not text"),
        pytest.param(b"[]", id="not an object"),
        pytest.param(b'{"secret": {}}', id="no data"),
        pytest.param(b'{"data": {}}', id="no secret"),
        pytest.param(b'{"data": {}, "secret": {}, "webhook": {}}', id="unknown key"),
        pytest.param(b'{"data": [], "secret": {}}', id="data not an object"),
        pytest.param(b'{"data": {}, "secret": null}', id="secret null"),
        pytest.param(b'{"url": null, "data": {}, "secret": {}}', id="url null"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_service_bad_body(sandbox: Sandbox, method: str, body: bytes) -> None:
    call = Services(sandbox)
    headers = {**call.headers, "Content-Type": "application/json"}
    response = requests.request(method, f"{call.base}/{ACME.ccid}/SMS", data=body, headers=headers, timeout=10)
    assert code_of(response) == (400, 400)
    assert sandbox.state(ACME.ccid)["services"] == {}


def test_service_requires_the_content_type_of_json(sandbox: Sandbox) -> None:
    call = Services(sandbox)
    url = f"{call.base}/{ACME.ccid}/SMS"
    assert code_of(requests.post(url, data=b"{}", headers=call.headers, timeout=10)) == (415, 415)
    headers = {**call.headers, "Content-Type": "application/json; charset=utf-8"}
    good = requests.post(url, data=b'{"data": {}, "secret": {}}', headers=headers, timeout=10)
    assert good.status_code == 200


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("full", KALEYRA),
        ("masked", {**KALEYRA, "secret": {"username": "********", "password": "********"}}),
        ("omitted", {"url": KALEYRA["url"], "data": {}}),
    ],
)
def test_services_read(sandbox: Sandbox, variant: str, expected: Json) -> None:
    sandbox.switch(**{"services.read": variant})
    call = Services(sandbox)
    assert call("POST", "mGageSMS", KALEYRA).json() == expected
    assert call("GET", "mGageSMS").json() == expected
    assert call("GET").json() == [{"service": "mGageSMS", **expected}]
    assert sandbox.state(ACME.ccid)["services"] == {"mGageSMS": KALEYRA}


def test_services_read_masks_nested_secrets(sandbox: Sandbox) -> None:
    sandbox.switch(**{"services.read": "masked"})
    document = {"data": {}, "secret": {"keys": [{"api": {"secret": "a", "rotations": 2}, "channelId": "1"}]}}
    masked = {"keys": [{"api": {"secret": "********", "rotations": 2}, "channelId": "1"}]}
    call = Services(sandbox)
    assert call("POST", "Nested", document).json() == {**document, "secret": masked}
    sandbox.switch(**{"services.read": "masked_all"})
    assert call("GET", "Nested").json()["secret"]["keys"][0]["channelId"] == "********"


@pytest.mark.parametrize(("variant", "status"), [("unsupported", 405), ("unsupported_404", 404)])
def test_services_read_unsupported(sandbox: Sandbox, variant: str, status: int) -> None:
    sandbox.switch(**{"services.read": variant})
    call = Services(sandbox)
    assert "secret" not in call("POST", "mGageSMS", KALEYRA).json()
    assert code_of(call("GET", "mGageSMS")) == (status, status)
    assert code_of(call("GET")) == (status, status)


def test_services_write_create_only(sandbox: Sandbox) -> None:
    sandbox.switch(**{"services.write": "create_only"})
    call = Services(sandbox)
    assert call("POST", "SMS", KALEYRA).status_code == 200
    assert code_of(call("POST", "SMS", {"data": {}, "secret": {}})) == (409, 409)
    assert sandbox.state(ACME.ccid)["services"] == {"SMS": KALEYRA}
    assert call("PUT", "SMS", {"data": {}, "secret": {}}).status_code == 200
    assert sandbox.state(ACME.ccid)["services"] == {"SMS": {"data": {}, "secret": {}}}


def test_services_envelope(sandbox: Sandbox) -> None:
    sandbox.switch(**{"services.envelope": "status"})
    call = Services(sandbox)
    wrapped = {"status": {"code": 0}, "data": KALEYRA}
    assert call("POST", "SMS", KALEYRA).json() == wrapped
    assert call("GET", "SMS").json() == wrapped
    assert call("GET").json() == {"status": {"code": 0}, "data": [{"service": "SMS", **KALEYRA}]}
    assert call("DELETE", "SMS").json() == {"status": {"code": 0}}


def test_services_ccid(sandbox: Sandbox) -> None:
    call = Services(sandbox)
    assert code_of(call("POST", "SMS", KALEYRA, x_ccid=GLOBEX.ccid)) == (403, 403)
    del call.headers["x-ccid"]
    assert code_of(call("POST", "SMS", KALEYRA)) == (403, 403)
    sandbox.switch(**{"services.ccid": "ignored"})
    assert call("POST", "SMS", KALEYRA).status_code == 200
    assert call("GET", "SMS", x_ccid=GLOBEX.ccid).status_code == 200


def test_services_delete_unsupported(sandbox: Sandbox) -> None:
    sandbox.switch(**{"services.delete": "unsupported"})
    call = Services(sandbox)
    call("POST", "SMS", KALEYRA)
    assert code_of(call("DELETE", "SMS")) == (405, 405)
    assert sandbox.state(ACME.ccid)["services"] == {"SMS": KALEYRA}


def test_services_list(sandbox: Sandbox) -> None:
    call = Services(sandbox)
    assert call("GET").json() == []
    call("POST", "SMS", KALEYRA)
    assert call("GET").json() == [{"service": "SMS", **KALEYRA}]
    sandbox.switch(**{"services.list": "object"})
    assert call("GET").json() == {"SMS": KALEYRA}
    sandbox.switch(**{"services.list": "unsupported"})
    assert code_of(call("GET")) == (405, 405)
    assert call("GET", "SMS").status_code == 200


def test_text_must_be_text(sandbox: Sandbox) -> None:
    """A lone surrogate is an error of the caller at any place."""
    assert code_of(Services(sandbox)("GET", "SMS", x_api_key="\xff")) == (400, 400)
    gws = Gws(sandbox)
    assert gws.change(delta(gws.read()[0], added={"chat.\ud800": {"channelId": "1"}})) == (400, 400)


def test_unknown_paths_and_methods(sandbox: Sandbox) -> None:
    assert code_of(requests.get(f"{sandbox.env['NEXUS_URL']}/nexus/v3/nothing", timeout=10)) == (404, 404)
    assert code_of(Services(sandbox)("PATCH", "SMS")) == (405, 405)
    assert code_of(requests.get(f"{sandbox.url}/nothing", timeout=10)) == (404, 404)
    assert [record.system for record in sandbox.requests()] == ["services", "services", ""]
    assert sandbox.writes() == []


# --- GWS authentication and environment ---


def test_token(sandbox: Sandbox) -> None:
    body = get_token(sandbox).json()
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    assert body["token_type"] == "bearer"
    assert body["expires_in"] > 0
    assert get_token(sandbox).json()["access_token"] != body["access_token"]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"password": "wrong"}, 400),
        ({"password": ""}, 400),
        ({"username": ACME.username}, 400),
        ({"username": GLOBEX.login, "password": GLOBEX.password}, 400),
        ({"grant_type": "implicit"}, 400),
    ],
)
def test_token_refused(sandbox: Sandbox, form: dict[str, str], status: int) -> None:
    response = get_token(sandbox, form=form)
    assert code_of(response) == (status, status)
    assert response.json()["status"]["detail"]


def test_token_client_refused(sandbox: Sandbox) -> None:
    url = f"{sandbox.env['GWS_AUTH_URL']}/auth/v3/oauth/token"
    form = {"grant_type": "client_credentials"}
    assert code_of(requests.post(url, data=form, timeout=10)) == (401, 401)
    assert code_of(requests.post(url, data=form, auth=(ACME.client_id, "wrong"), timeout=10)) == (401, 401)
    assert code_of(requests.post(url, data=form, auth=("wrong", ACME.client_secret), timeout=10)) == (401, 401)
    good = (ACME.client_id, ACME.client_secret)
    assert code_of(requests.post(url, json=form, auth=good, timeout=10)) == (415, 415)


def contact_centers(sandbox: Sandbox, **options: Any) -> requests.Response:
    """Make the call for contact centers."""
    url = f"{sandbox.env['GWS_AUTH_URL']}/environment/v3/contact-centers"
    return requests.get(url, timeout=10, **options)


def test_contact_centers(sandbox: Sandbox) -> None:
    everything = contact_centers(sandbox, auth=("operations", "sandbox-operations-password")).json()
    assert everything["status"] == {"code": 0}
    assert [(item["id"], item["domains"]) for item in everything["data"]] == [
        (ACME.ccid, ["t100"]),
        (GLOBEX.ccid, ["t200"]),
        (INITECH.ccid, ["t300"]),
    ]
    for grant in ("password", "client_credentials"):
        token = get_token(sandbox, form={"grant_type": grant}).json()["access_token"]
        answer = contact_centers(sandbox, headers={"Authorization": f"Bearer {token}"}).json()
        assert [item["id"] for item in answer["data"]] == [ACME.ccid]
    assert code_of(contact_centers(sandbox, auth=("operations", "wrong"))) == (401, 401)
    assert code_of(contact_centers(sandbox)) == (403, 603)


def test_operations_client(sandbox: Sandbox) -> None:
    """It can log in any user, and sees all contact centers, but no tenant's configuration."""
    url = f"{sandbox.env['GWS_AUTH_URL']}/auth/v3/oauth/token"
    client = (OPERATIONS_CLIENT_ID, OPERATIONS_CLIENT_SECRET)
    form = {"grant_type": "password", "username": GLOBEX.login, "password": GLOBEX.password}
    assert requests.post(url, data=form, auth=client, timeout=10).status_code == 200
    token = requests.post(url, data={"grant_type": "client_credentials"}, auth=client, timeout=10).json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert len(contact_centers(sandbox, headers=headers).json()["data"]) == 3
    response = requests.post(
        f"{sandbox.env['GWS_URL']}/provisioning/v3/initialize-provisioning", headers=headers, timeout=10
    )
    assert code_of(response) == (403, 603)


def test_shared_client_needs_a_user(sandbox: Sandbox) -> None:
    shared = {"client_id": "shared", "client_secret": "sandbox-shared-secret"}
    tenants = sandbox.reset([{"ccid": f"00000000-0000-4000-8000-00000000000{number}", **shared} for number in range(2)])
    assert [Gws(sandbox, tenant).read()[0] for tenant in tenants] == [101, 103]
    assert code_of(get_token(sandbox, tenants[0], {"grant_type": "client_credentials"})) == (400, 400)


# --- Configuration ---


def test_each_user_sees_its_own_tenant(sandbox: Sandbox) -> None:
    acme, globex = Gws(sandbox), Gws(sandbox, GLOBEX)
    dbid, sections = acme.read()
    assert sections == DEFAULT_SECTIONS
    assert globex.read()[0] != dbid
    assert globex.change(delta(dbid, added={"chat.SMS": SMS_OPTIONS}), dbid) == (404, 404)
    assert sandbox.state(ACME.ccid)["sections"] == DEFAULT_SECTIONS
    assert sandbox.state(ACME.ccid)["dbid"] == dbid


def test_transactions_are_found_by_name(sandbox: Sandbox) -> None:
    gws = Gws(sandbox)
    path = "configuration/objects/transactions"
    objects = gws.call("GET", path)[1]["data"]["objects"]
    assert [item["name"] for item in objects] == ["NexusServices", "Reports"]
    assert gws.call("GET", f"{path}?name=Nexus") == (200, {"status": {"code": 0}, "data": {"objects": []}})


def test_tenant_without_nexus_services(sandbox: Sandbox) -> None:
    (tenant,) = sandbox.seed([{"ccid": "00000000-0000-4000-8000-000000000001", "transaction": False}])
    answer = Gws(sandbox, tenant).call("GET", "configuration/objects/transactions?name=NexusServices")
    assert answer == (200, {"status": {"code": 0}, "data": {"objects": []}})
    assert sandbox.state(tenant.ccid)["sections"] is None


def test_client_credentials_see_the_clients_tenant(sandbox: Sandbox) -> None:
    gws = Gws(sandbox, initialize=False)
    token = get_token(sandbox, form={"grant_type": "client_credentials"}).json()["access_token"]
    gws.http.headers["Authorization"] = f"Bearer {token}"
    assert gws.initialize() == 0
    assert gws.read()[0] == sandbox.state(ACME.ccid)["dbid"]


def test_session_must_be_opened(sandbox: Sandbox) -> None:
    gws = Gws(sandbox, initialize=False)
    path = "configuration/objects/transactions"
    assert gws.call("GET", path)[0] == 403
    assert gws.initialize() == 0
    assert sandbox.state(ACME.ccid)["sessions"] == 1
    assert gws.call("GET", path)[0] == 200
    assert gws.initialize() == 0
    assert sandbox.state(ACME.ccid)["sessions"] == 1
    assert gws.call("POST", "logout") == (200, {"status": {"code": 0}})
    assert sandbox.state(ACME.ccid)["sessions"] == 0
    assert gws.call("GET", path)[1]["status"]["code"] == 603
    assert gws.call("POST", "logout")[1]["status"]["code"] == 603


def test_session_cookie(sandbox: Sandbox) -> None:
    sandbox.switch(**{"configuration.session": "cookie"})
    gws = Gws(sandbox)
    assert "PROVISIONING_SESSIONID" in gws.http.cookies
    gws.read()
    gws.http.cookies.clear()
    status, body = gws.call("GET", "configuration/objects/transactions")
    assert (status, body["status"]["code"]) == (403, 603)
    assert gws.initialize() == 0
    gws.read()
    assert sandbox.state(ACME.ccid)["sessions"] == 2


@pytest.mark.parametrize("session", ["bearer", "cookie"])
@pytest.mark.parametrize(
    ("cookie", "attributes"),
    [("plain", "; HttpOnly; Path=/gws"), ("secure", "; Path=/; Secure"), ("foreign_path", "; Path=/provisioning/v3")],
)
def test_a_session_is_in_the_cookie_and_in_the_body(
    sandbox: Sandbox, session: str, cookie: str, attributes: str
) -> None:
    sandbox.switch(**{"configuration.session": session, "configuration.cookie": cookie})
    gws = Gws(sandbox, initialize=False)
    response = gws.http.post(f"{gws.base}/initialize-provisioning", timeout=10)
    name = response.json()["data"]["sessionId"]
    said = response.headers["Set-Cookie"]
    assert said.startswith(f"PROVISIONING_SESSIONID={name}")
    assert attributes in said
    # The session alone is enough, as for the vendor's client.
    read = requests.get(
        f"{gws.base}/configuration/objects/transactions", headers={"Cookie": said.partition(";")[0]}, timeout=10
    )
    assert read.json()["status"] == {"code": 0}


def test_a_session_can_be_in_the_body_only(sandbox: Sandbox) -> None:
    sandbox.switch(**{"configuration.session": "cookie", "configuration.cookie": "absent"})
    gws = Gws(sandbox)
    assert not gws.http.cookies
    assert gws.call("GET", "configuration/objects/transactions")[1]["status"]["code"] == 603


def test_a_load_balancer_requires_its_cookie(sandbox: Sandbox) -> None:
    sandbox.switch(**{"balancer.cookie": "needed"})
    gws = Gws(sandbox)
    # Its cookie is Secure, so that this client does not send it.
    assert gws.call("GET", "configuration/objects/transactions")[1]["status"]["code"] == 603
    gws.http.headers["Cookie"] = "ROUTEID=.node2"
    gws.http.cookies.clear()
    gws.read()


def test_an_api_gateway_requires_its_key(sandbox: Sandbox) -> None:
    sandbox.switch(**{"gws.api_key": "required"})
    assert code_of(get_token(sandbox)) == (403, 403)
    sandbox.switch(**{"gws.api_key": "ignored"})
    gws = Gws(sandbox)
    sandbox.switch(**{"gws.api_key": "required"})
    for method, path in (
        ("POST", "initialize-provisioning"),
        ("GET", "configuration/objects/transactions"),
        ("POST", "logout"),
    ):
        assert gws.call(method, path)[1]["status"]["code"] == 403
    gws.http.headers["x-api-key"] = sandbox.env["GWS_API_KEY"]
    gws.read()


@pytest.mark.parametrize("session", ["bearer", "cookie"])
def test_ready_after(sandbox: Sandbox, session: str) -> None:
    switches: dict[str, str | int] = {"configuration.ready_after": 2, "configuration.session": session}
    sandbox.switch(**switches)
    gws = Gws(sandbox, initialize=False)
    assert gws.initialize() != 0
    status, body = gws.call("GET", "configuration/objects/transactions")
    assert status == 403
    assert body["status"]["code"] != 0
    assert gws.initialize() != 0
    assert gws.initialize() == 0
    gws.read()
    assert sandbox.state(ACME.ccid)["sessions"] == 1


def test_ready_lag(sandbox: Sandbox) -> None:
    sandbox.switch(**{"configuration.ready_lag": 3_600_000})
    gws = Gws(sandbox, initialize=False)
    assert gws.initialize() != 0
    assert gws.call("GET", "configuration/objects/transactions")[0] == 403
    sandbox.switch(**{"configuration.ready_lag": 1})
    while gws.initialize() != 0:
        pass
    gws.read()


def test_leaked_sessions_are_limited(sandbox: Sandbox) -> None:
    sandbox.switch(**{"configuration.session": "cookie"})
    gws = Gws(sandbox)
    for _number in range(99):
        gws.http.cookies.clear()
        assert gws.initialize() == 0
    gws.http.cookies.clear()
    status, body = gws.call("POST", "initialize-provisioning")
    assert (status, body["status"]["code"]) == (403, 403)
    assert sandbox.state(ACME.ccid)["sessions"] == 100
    assert Gws(sandbox, GLOBEX).read()


def test_expired_tokens(sandbox: Sandbox) -> None:
    gws = Gws(sandbox)
    assert sandbox.expire_tokens() == 1
    for method, path in (
        ("GET", "configuration/objects/transactions"),
        ("POST", "initialize-provisioning"),
        ("POST", "logout"),
    ):
        status, body = gws.call(method, path)
        assert (status, body["status"]["code"]) == (403, 603)
    assert sandbox.state(ACME.ccid)["sessions"] == 0
    Gws(sandbox).read()


def test_delta_adds_changes_and_deletes(sandbox: Sandbox) -> None:
    gws = Gws(sandbox)
    dbid, sections = gws.read()
    assert gws.change(delta(dbid, added={"chat.A": SMS_OPTIONS, "chat.B": {"channelId": "1"}})) == (200, 0)
    assert gws.read()[1] == {**sections, "chat.A": SMS_OPTIONS, "chat.B": {"channelId": "1"}}
    change = delta(
        dbid,
        added={"chat.A": {"note": "new"}, "chat.C": {"channelId": "3"}},
        changed={"chat.A": {"provider": "Async"}},
        deleted={"chat.A": {"cxcOnly": "whatever"}, "chat.B": {}},
    )
    assert gws.change(change) == (200, 0)
    expected = {**SMS_OPTIONS, "provider": "Async", "note": "new"}
    del expected["cxcOnly"]
    assert gws.read()[1] == {**sections, "chat.A": expected, "chat.C": {"channelId": "3"}}
    # Servers without changed options need this: delete and add the same option.
    again = delta(dbid, deleted={"chat.C": {"channelId": ""}}, added={"chat.C": {"channelId": "4"}})
    assert gws.change(again) == (200, 0)
    assert gws.read()[1]["chat.C"] == {"channelId": "4"}
    assert gws.change(delta(dbid, deleted={"chat.C": {"channelId": ""}})) == (200, 0)
    assert "chat.C" not in gws.read()[1]
    assert [(record.method, record.write) for record in sandbox.writes()] == [("PUT", True)] * 4


def test_delta_parts_can_be_left_out(sandbox: Sandbox) -> None:
    gws = Gws(sandbox)
    dbid, sections = gws.read()
    body = {"data": {"$class": "CfgDeltaTransaction", "deltaTransaction": {"$class": "CfgTransaction", "DBID": dbid}}}
    assert gws.change(body) == (200, 0)
    assert gws.read()[1] == sections


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param({"added": {"nexus": {"session-timeout": "1"}}}, (200, 609), id="add what is there"),
        pytest.param({"deleted": {"chat.None": {}}}, (200, 650), id="delete no section"),
        pytest.param({"deleted": {"chat.None": {"a": ""}}}, (200, 650), id="delete in no section"),
        pytest.param({"deleted": {"nexus": {"none": ""}}}, (200, 650), id="delete no option"),
        pytest.param({"changed": {"nexus": {"none": "1"}}}, (404, 404), id="change no option"),
        pytest.param({"changed": {"chat.None": {"a": "1"}}}, (404, 404), id="change in no section"),
        pytest.param(
            {"changed": {"nexus": {"session-timeout": "1"}}, "deleted": {"nexus": {}}}, (404, 404), id="change deleted"
        ),
        pytest.param({"added": {"chat.Empty": {}}}, (400, 400), id="add nothing"),
        pytest.param({"changed": {"nexus": {}}}, (400, 400), id="change nothing"),
    ],
)
def test_delta_is_all_or_nothing(sandbox: Sandbox, parts: Json, expected: tuple[int, int]) -> None:
    gws = Gws(sandbox)
    dbid, sections = gws.read()
    parts = {**parts, "added": {"chat.Good": {"channelId": "1"}, **parts.get("added", {})}}
    parts["deleted"] = {"chat.WebSupport": {"media": ""}, **parts.get("deleted", {})}
    assert gws.change(delta(dbid, **parts)) == expected
    assert gws.read()[1] == sections


def _renamed(body: Json) -> None:
    body["delta"] = body.pop("data")


def _wrong_class(body: Json) -> None:
    body["data"]["$class"] = "CfgTransaction"


def _wrong_inner_class(body: Json) -> None:
    body["data"]["deltaTransaction"]["$class"] = "CfgDeltaTransaction"


def _other_dbid(body: Json) -> None:
    body["data"]["deltaTransaction"]["DBID"] += 1


def _dbid_as_text(body: Json) -> None:
    body["data"]["deltaTransaction"]["DBID"] = str(body["data"]["deltaTransaction"]["DBID"])


def _no_delta(body: Json) -> None:
    del body["data"]["deltaTransaction"]


def _delta_not_an_object(body: Json) -> None:
    body["data"]["deltaTransaction"] = []


def _unknown_part(body: Json) -> None:
    body["data"]["addedUserProperties"] = []


def _part_not_a_list(body: Json) -> None:
    body["data"]["deletedUserProperties"] = {}


def _section(body: Json) -> Json:
    section: Json = body["data"]["deltaTransaction"]["userProperties"][0]
    return section


def _section_not_a_list(body: Json) -> None:
    _section(body)["type"] = "str"


def _section_twice(body: Json) -> None:
    body["data"]["deltaTransaction"]["userProperties"] *= 2


def _option_twice(body: Json) -> None:
    _section(body)["value"] *= 2


def _number(body: Json) -> None:
    _section(body)["value"][0]["value"] = 1


def _boolean(body: Json) -> None:
    _section(body)["value"][0].update(type="bool", value=True)


def _no_type(body: Json) -> None:
    del _section(body)["value"][0]["type"]


def _no_key(body: Json) -> None:
    _section(body)["key"] = ""


def _text_for_a_section(body: Json) -> None:
    _section(body)["value"] = "text"


@pytest.mark.parametrize(
    "spoil",
    [
        _renamed,
        _wrong_class,
        _wrong_inner_class,
        _other_dbid,
        _dbid_as_text,
        _no_delta,
        _delta_not_an_object,
        _unknown_part,
        _part_not_a_list,
        _section_not_a_list,
        _section_twice,
        _option_twice,
        _number,
        _boolean,
        _no_type,
        _no_key,
        _text_for_a_section,
    ],
)
def test_delta_must_be_well_formed(sandbox: Sandbox, spoil: Callable[[Json], None]) -> None:
    gws = Gws(sandbox)
    dbid, sections = gws.read()
    body = delta(dbid, added={"chat.A": {"channelId": "1"}})
    spoil(body)
    assert gws.change(body) == (400, 400)
    assert gws.read()[1] == sections


def test_changed_rejected(sandbox: Sandbox) -> None:
    sandbox.switch(**{"configuration.changed": "rejected"})
    gws = Gws(sandbox)
    dbid, sections = gws.read()
    change = {"nexus": {"session-timeout": "60"}}
    status, code = gws.change(delta(dbid, added={"chat.A": {"a": "1"}}, changed=change))
    assert (status, code) == (400, 400)
    assert gws.read()[1] == sections
    assert gws.change(delta(dbid, added=change, deleted=change)) == (200, 0)
    assert gws.read()[1]["nexus"]["session-timeout"] == "60"


def test_a_thousand_sections(sandbox: Sandbox) -> None:
    sections = {f"chat.SMS_{number}": {**SMS_OPTIONS, "channelId": str(number)} for number in range(1000)}
    (tenant,) = sandbox.seed([{"ccid": "00000000-0000-4000-8000-000000000001", "sections": sections}])
    gws = Gws(sandbox, tenant)
    dbid, found = gws.read()
    assert found == sections
    more = {f"chat.More_{number}": SMS_OPTIONS for number in range(1000)}
    assert gws.change(delta(dbid, added=more, deleted={section: {} for section in sections})) == (200, 0)
    assert gws.read()[1] == more


# --- Administration ---


def test_default_tenants(sandbox: Sandbox) -> None:
    assert tuple(sandbox.tenants()) == DEFAULT_TENANTS
    assert (ACME.ccid, ACME.name, ACME.domain) == ("45acae06-6b7c-4f97-9c76-471c0b25ef71", "acme", "t100")
    assert sandbox.env["NEXUS_CCID"] == ACME.ccid


def test_seed_completes_and_replaces(sandbox: Sandbox) -> None:
    ccids = [f"00000000-0000-4000-8000-{number:012}" for number in range(50)]
    tenants = sandbox.seed([{"ccid": ccid} for ccid in ccids])
    assert len(sandbox.tenants()) == 53
    for key in ("name", "login", "client_id", "gax_username", "api_key"):
        assert len({getattr(tenant, key) for tenant in tenants}) == 50
    assert sandbox.seed([{"ccid": ccid} for ccid in ccids]) == tenants
    call = Services(sandbox, tenants[0].ccid, tenants[0].api_key)
    assert call("POST", "SMS", KALEYRA).status_code == 200
    (replaced,) = sandbox.seed([{"ccid": ccids[0], "name": "first", "api_key": "new", "sections": {}}])
    assert (replaced.name, replaced.domain) == ("first", tenants[0].domain)
    assert sandbox.state(ccids[0])["services"] == {}
    assert Gws(sandbox, replaced).read()[1] == {}
    assert code_of(call("GET", "SMS")) == (401, 401)


@pytest.mark.parametrize(
    ("tenant", "message"),
    [
        ({}, "ccid"),
        ({"ccid": "ACME"}, "UUID"),
        ({"ccid": ACME.ccid.upper()}, "lower case"),
        ({"ccid": ACME.ccid, "name": "with space"}, "name"),
        ({"ccid": ACME.ccid, "domain": ""}, "domain"),
        ({"ccid": ACME.ccid, "password": 1}, "password"),
        ({"ccid": ACME.ccid, "colour": "red"}, "colour"),
        ({"ccid": ACME.ccid, "transaction": "no"}, "transaction"),
        ({"ccid": ACME.ccid, "sections": {"a": {"b": 1}}}, "sections"),
        ({"ccid": ACME.ccid, "transaction": False, "sections": {"a": {"b": "c"}}}, "NexusServices"),
        ({"ccid": "00000000-0000-4000-8000-000000000001", "name": "acme"}, "same name"),
    ],
)
def test_seed_refused(sandbox: Sandbox, tenant: Json, message: str) -> None:
    with pytest.raises(SandboxError, match=message):
        sandbox.seed([tenant])
    assert tuple(sandbox.tenants()) == DEFAULT_TENANTS


def test_seed_refuses_duplicates(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="same ccid"):
        sandbox.seed([{"ccid": ACME.ccid}, {"ccid": ACME.ccid}])
    body = {"tenants": ["acme"]}
    assert code_of(requests.post(f"{sandbox.url}/_sandbox/seed", json=body, timeout=10)) == (400, 400)


def test_reset(sandbox: Sandbox) -> None:
    sandbox.switch(**{"services.read": "masked"})
    sandbox.fault("html", path="/nothing")
    Services(sandbox)("POST", "SMS", KALEYRA)
    gws = Gws(sandbox)
    (tenant,) = sandbox.reset([{"ccid": "00000000-0000-4000-8000-000000000001", "name": "only"}])
    assert sandbox.tenants() == [tenant]
    assert sandbox.requests() == []
    assert sandbox.faults() == []
    assert sandbox.switch()["services.read"] == "full"
    assert gws.initialize() == 603
    assert [record.n for record in sandbox.requests()] == [1]
    assert sandbox.reset() == list(DEFAULT_TENANTS)
    assert sandbox.state(ACME.ccid)["services"] == {}
    assert sandbox.state(ACME.ccid)["dbid"] == 101


def test_switches(sandbox: Sandbox) -> None:
    assert sandbox.switch() == {
        "services.read": "full",
        "services.write": "upsert",
        "services.envelope": "bare",
        "services.ccid": "checked",
        "services.delete": "supported",
        "services.list": "array",
        "configuration.changed": "supported",
        "configuration.session": "bearer",
        "configuration.cookie": "plain",
        "configuration.ready_after": 0,
        "configuration.ready_lag": 0,
        "gax.cookie": "plain",
        "balancer.cookie": "absent",
        "gws.api_key": "ignored",
        "gws.contact_centers": "own",
        "gax.object": "object",
        "gax.put": "empty",
        "gax.etag": "absent",
        "gax.signed_out": "status",
        "media.signature": "body",
        "media.refusal": "401",
        "messages.routing": "both",
        "apikeys.list": "supported",
        "apikeys.id": "chosen",
        "apikeys.duplicate": "allowed",
        "apikeys.change": "supported",
        "orders.settle_after": 0,
        "orders.list_lag": 0,
        "numbers.taken": "400",
        "numbers.comment": "kept",
        "connections.idle_limit": 0,
        "roles.wildcards": "kept",
        "clients.roles": "own",
        "clients.lag": 0,
        "roles.lag": 0,
        "grants.lag": 0,
        "cloud.rate_limit": 0,
    }
    assert requests.get(f"{sandbox.url}/_sandbox/switches", timeout=10).json() == sandbox.switch()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("services.reed", "full", "services.read"),
        ("services.read", "sometimes", "unsupported_404"),
        ("services.read", 0, "masked"),
        ("configuration.ready_after", -1, "whole number"),
        ("configuration.ready_after", True, "whole number"),
        ("configuration.ready_after", "2", "whole number"),
    ],
)
def test_switch_refused(sandbox: Sandbox, name: str, value: str | int, message: str) -> None:
    before = sandbox.switch()
    with pytest.raises(SandboxError, match=message) as caught:
        sandbox.switch(**{"services.list": "object", name: value})
    assert '"allowed"' in str(caught.value)
    assert sandbox.switch() == before


def test_state_of_an_unknown_tenant(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="no tenant"):
        sandbox.state("nobody")


def test_records(sandbox: Sandbox) -> None:
    call = Services(sandbox)
    with requests.Session() as http:
        for _number in range(2):
            http.get(f"{call.base}/{ACME.ccid}/SMS?a=1&b=%20", headers=call.headers, timeout=10)
    call("POST", "SMS", KALEYRA)
    Gws(sandbox)
    first, second, third, token, initialize = sandbox.requests()
    assert (first.n, first.method, first.status, first.system) == (1, "GET", 404, "services")
    assert first.path == f"/digital/nexus/v3/provisioning/services/{ACME.ccid}/SMS"
    assert first.query == "a=1&b=%20"
    assert first.headers["x-api-key"] == ACME.api_key
    assert (first.body, first.write) == ("", False)
    assert first.connection == second.connection != third.connection
    assert (third.json(), third.write, third.status) == (KALEYRA, True, 200)
    assert (token.system, token.write, "grant_type=password" in token.body) == ("gws_auth", False, True)
    assert (initialize.system, initialize.write) == ("configuration", False)
    assert sandbox.writes() == [third]
    assert sandbox.requests(since=4) == [initialize]
    sandbox.clear_requests()
    assert sandbox.requests() == []
    call("GET", "SMS")
    assert [record.n for record in sandbox.requests()] == [6]
    with pytest.raises(SandboxError, match="since"):
        sandbox.requests(since=-1)


# --- Faults ---


def test_fault_late(sandbox: Sandbox) -> None:
    sandbox.fault("late", method="POST", seconds=0.2)
    call = Services(sandbox)
    with pytest.raises(requests.ConnectionError):
        call("POST", "SMS", KALEYRA)
    assert call("GET", "SMS").status_code == 404
    time.sleep(0.4)
    assert call("GET", "SMS").json() == KALEYRA


def test_fault_delay(sandbox: Sandbox) -> None:
    sandbox.fault("delay", seconds=30)
    call = Services(sandbox)
    with pytest.raises(requests.ReadTimeout):
        call("GET", "SMS", timeout=0.2)
    assert call("GET", "SMS", timeout=10).status_code == 404
    sandbox.fault("delay", seconds=0.01, when="after")
    assert call("POST", "SMS", KALEYRA).json() == KALEYRA


@pytest.mark.parametrize(("when", "services"), [("before", {}), ("after", {"SMS": KALEYRA})])
def test_fault_hang(sandbox: Sandbox, when: str, services: Json) -> None:
    sandbox.fault("hang", when=when)
    with pytest.raises(requests.ReadTimeout):
        Services(sandbox)("POST", "SMS", KALEYRA, timeout=0.2)
    assert sandbox.state(ACME.ccid)["services"] == services
    assert sandbox.requests()[0].status is None


def test_fault_hang_that_ends(sandbox: Sandbox) -> None:
    sandbox.fault("hang", seconds=0.05)
    with pytest.raises(requests.ConnectionError):
        Services(sandbox)("GET", "SMS")


def test_fault_refuse(sandbox: Sandbox) -> None:
    sandbox.fault("refuse")
    with pytest.raises(requests.ConnectionError):
        Services(sandbox)("POST", "SMS", KALEYRA)
    assert sandbox.state(ACME.ccid)["services"] == {}
    (record,) = sandbox.writes()
    assert (record.status, record.body) == (None, "")


@pytest.mark.parametrize("bytes_sent", [0, 5])
@pytest.mark.parametrize(("when", "services"), [("before", {}), ("after", {"SMS": KALEYRA})])
def test_fault_cut(sandbox: Sandbox, when: str, services: Json, bytes_sent: int) -> None:
    sandbox.fault("cut", when=when, bytes_sent=bytes_sent)
    with pytest.raises(requests.ConnectionError):
        Services(sandbox)("POST", "SMS", KALEYRA)
    assert sandbox.state(ACME.ccid)["services"] == services
    (record,) = sandbox.writes()
    assert (record.status, record.json()) == (None, KALEYRA)


def test_fault_cut_within_the_headers(sandbox: Sandbox) -> None:
    """Some clients see this as an empty response with a success status."""
    sandbox.fault("cut", bytes_sent=60)
    assert Services(sandbox)("GET", "SMS").content == b""
    assert sandbox.requests()[0].status is None


@pytest.mark.parametrize(("when", "services"), [("before", {}), ("after", {"SMS": KALEYRA})])
def test_fault_truncated(sandbox: Sandbox, when: str, services: Json) -> None:
    sandbox.fault("truncated", when=when)
    call = Services(sandbox)
    url = f"{call.base}/{ACME.ccid}/SMS"
    response = requests.post(url, json=KALEYRA, headers=call.headers, timeout=10, stream=True)
    assert response.status_code == 200
    length = int(response.headers["Content-Length"])
    assert len(response.raw.read(length // 2)) == length // 2
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        response.iter_content().__next__()
    assert sandbox.state(ACME.ccid)["services"] == services


def test_fault_garbage_and_html(sandbox: Sandbox) -> None:
    sandbox.fault("garbage")
    sandbox.fault("html", status=502)
    call = Services(sandbox)
    garbage = call("GET", "SMS")
    assert (garbage.status_code, garbage.headers["Content-Type"]) == (200, "application/json")
    with pytest.raises(requests.JSONDecodeError):
        garbage.json()
    page = call("GET", "SMS")
    assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert page.text.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(("when", "services"), [("before", {}), ("after", {"SMS": KALEYRA})])
def test_fault_status(sandbox: Sandbox, when: str, services: Json) -> None:
    sandbox.fault("status", status=429, headers={"Retry-After": "7"}, when=when)
    sandbox.fault("status", status=500, body={"message": "no"}, times=2)
    sandbox.fault("status", status=400, body="plain", headers={"Content-Type": "text/plain"})
    call = Services(sandbox)
    response = call("POST", "SMS", KALEYRA)
    assert code_of(response) == (429, 429)
    assert response.headers["Retry-After"] == "7"
    assert sandbox.state(ACME.ccid)["services"] == services
    for _number in range(2):
        response = call("GET", "SMS")
        assert (response.status_code, response.json()) == (500, {"message": "no"})
    response = call("GET", "SMS")
    assert (response.status_code, response.text, response.headers["Content-Type"]) == (400, "plain", "text/plain")
    assert [record.status for record in sandbox.requests()] == [429, 500, 500, 400]


def test_fault_redirect(sandbox: Sandbox) -> None:
    sandbox.fault("redirect", headers={"Location": "http://elsewhere.example.com/"})
    response = Services(sandbox)("GET", "SMS")
    assert (response.status_code, response.headers["Location"]) == (302, "http://elsewhere.example.com/")


def test_fault_huge(sandbox: Sandbox) -> None:
    sandbox.fault("huge", megabytes=3)
    data = Services(sandbox)("GET", "SMS").json()["data"]
    assert len(data) == 3 * 2**20


def test_fault_huge_ends_if_the_client_disconnects(sandbox: Sandbox) -> None:
    sandbox.fault("huge", megabytes=10_000)
    call = Services(sandbox)
    with requests.get(call.base, timeout=10, stream=True) as response:
        assert len(response.raw.read(2**20)) == 2**20
    assert call("GET", "SMS").status_code == 404


def test_fault_rewrite(sandbox: Sandbox) -> None:
    services = Services(sandbox)
    services("POST", "mGageSMS", KALEYRA)
    sandbox.fault("rewrite", "/services/", method="GET", find='"user(name)"', put=r'"\1"')
    assert services("GET", "mGageSMS").json()["secret"] == {"name": "user", "password": "pass"}
    assert services("GET", "mGageSMS").json()["secret"] == KALEYRA["secret"]


def test_fault_choice_of_requests(sandbox: Sandbox) -> None:
    """Path, method, skip and times select requests. The first matching fault is used."""
    sandbox.fault("status", path="/SMS$", method="POST", status=501, skip=1, times=1)
    sandbox.fault("status", path="/services/", status=502, times=None)
    sandbox.fault("status", status=503, times=None)
    call = Services(sandbox)
    statuses = [call(method, "SMS", KALEYRA).status_code for method in ("POST", "GET", "POST", "POST")]
    assert statuses == [502, 502, 501, 502]
    assert get_token(sandbox).status_code == 503
    assert [fault["hits"] for fault in sandbox.faults()] == [1, 3, 1]
    sandbox.clear_faults()
    assert sandbox.faults() == []
    assert get_token(sandbox).status_code == 200


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({}, "kind"),
        ({"kind": "explosion"}, "truncated"),
        ({"kind": "html", "id": 1}, "no id"),
        ({"kind": "html", "path": "("}, "regular expression"),
        ({"kind": "html", "method": "get"}, "method"),
        ({"kind": "html", "when": "never"}, "when"),
        ({"kind": "html", "times": 0}, "times"),
        ({"kind": "html", "headers": {"a": 1}}, "headers"),
        ({"kind": "status"}, "status"),
        ({"kind": "status", "status": 99}, "status"),
        ({"kind": "delay"}, "seconds"),
        ({"kind": "late"}, "seconds"),
        ({"kind": "delay", "seconds": -0.5}, "seconds"),
        ({"kind": "redirect"}, "Location"),
        ({"kind": "edit", "ccid": ACME.ccid}, "sections"),
        ({"kind": "edit", "ccid": ACME.ccid, "sections": {"a": {"b": 1}}}, "sections"),
        ({"kind": "refuse", "when": "after"}, "cut"),
    ],
)
def test_fault_refused(sandbox: Sandbox, fault: Json, message: str) -> None:
    response = requests.post(f"{sandbox.url}/_sandbox/faults", json=fault, timeout=10)
    assert response.status_code == 400
    assert message in response.json()["status"]["message"]
    assert sandbox.faults() == []


# --- TLS ---


def test_tls(sandbox_tls: Sandbox, tmp_path: Path) -> None:
    url = sandbox_tls.env["NEXUS_URL"]
    assert url.startswith("https://127.0.0.1:")
    ca_path = sandbox_tls.env["NEXUS_CA_PATH"]
    assert sandbox_tls.env["GWS_CA_PATH"] == sandbox_tls.env["SANDBOX_CA_PATH"] == ca_path
    assert requests.get(url, verify=ca_path, timeout=10).status_code == 404
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(url, timeout=10)
    sandbox_tls.fault("cut", bytes_sent=5)
    with pytest.raises(requests.ConnectionError):
        requests.get(url, verify=ca_path, timeout=10)


def test_tls_client_certificate(tmp_path: Path) -> None:
    with start(tmp_path, require_client_cert=True) as sandbox:
        ca_path, client = sandbox.env["SANDBOX_CA_PATH"], sandbox.env["SANDBOX_CLIENT_CERT"]
        assert requests.get(sandbox.url, verify=ca_path, cert=client, timeout=10).status_code == 404
        with pytest.raises(requests.ConnectionError):
            requests.get(sandbox.url, verify=ca_path, timeout=10)
        assert Path(client).stat().st_mode & 0o077 == 0
