# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a sandbox as a process, and call its administration.

with start(tmp_path) as sandbox:
    sandbox.switch(**{"services.read": "masked"})
    sandbox.fault("cut", path="/services/", method="POST", when="after")
    ...
    assert not sandbox.writes()
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from sandbox.seed import Tenant
from sandbox.traffic_record import Line, Traffic

READY = "sandbox ready at "


class SandboxError(RuntimeError):
    """The sandbox did not start, or refused a call of the administration."""


@dataclass(frozen=True)
class Record:
    """One request that the sandbox got."""

    n: int
    method: str
    path: str
    # As it was sent, without the question mark.
    query: str
    # None: the connection was closed before the complete answer was sent.
    status: int | None
    system: str
    # Names in lower case.
    headers: dict[str, str]
    body: str
    # Whether it is a call that writes.
    write: bool
    # Requests with the same number came over the same connection.
    connection: int
    # When it arrived and was answered, as numbers of events: see Message in traffic_record.py.
    arrived: int = 0
    answered: int | None = None

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class Sandbox:
    """A running sandbox. Made by start()."""

    def __init__(self, state_dir: Path, port: int, options: list[str], timeout: float) -> None:
        self.state_dir = state_dir
        self.env: dict[str, str] = {}
        self._port = port
        self._options = options
        self._timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._http = requests.Session()
        # Ignore proxies of the environment: they can't reach a loopback server.
        self._http.trust_env = False

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        return self.env["SANDBOX_URL"]

    @property
    def running(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Start the process and wait until it listens."""
        package_root = Path(__file__).resolve().parents[1]
        search_path = os.pathsep.join(filter(None, [str(package_root), os.environ.get("PYTHONPATH")]))
        command = [sys.executable, "-m", "sandbox", "--until-eof", "--state", str(self.state_dir)]
        log = self.state_dir / "log"
        with log.open("wb") as output:
            # The sandbox stops when its standard input ends, so it can't outlive a killed parent.
            self._process = subprocess.Popen(
                [*command, "--port", str(self._port), *self._options],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": search_path},
            )
        deadline = time.monotonic() + self._timeout
        while READY not in log.read_text(encoding="utf-8"):
            if self._process.poll() is not None:
                self.stop()
                raise SandboxError(f"the sandbox did not start:\n{log.read_text(encoding='utf-8')}")
            if time.monotonic() > deadline:
                self.stop()
                raise SandboxError(f"the sandbox was not ready within {self._timeout:g} s")
            time.sleep(0.02)
        self.env = read_env(self.state_dir / "env")
        self._http.verify = self.env.get("SANDBOX_CA_PATH", True)
        self._http.cert = self.env.get("SANDBOX_CLIENT_CERT")

    def stop(self) -> None:
        """End the process. The state stays in its directory."""
        self._http.close()
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Restart on the same port with the same state. Faults and recorded requests are lost."""
        self._port = int(self.url.rpartition(":")[2])
        self.stop()
        self.launch()

    def reset(self, seed: Iterable[Mapping[str, Any]] | None = None) -> list[Tenant]:
        """Reset to these tenants, or to the default tenants."""
        body = {} if seed is None else {"tenants": list(seed)}
        return _tenants(self._admin("POST", "reset", body))

    def seed(self, tenants: Iterable[Mapping[str, Any]]) -> list[Tenant]:
        """Add tenants, or replace those with the same ccid. Only ccid is required. Return the completed tenants."""
        return _tenants(self._admin("POST", "seed", {"tenants": list(tenants)}))

    def tenants(self) -> list[Tenant]:
        """Return all tenants, as they were seeded."""
        return _tenants(self._admin("GET", "seed"))

    def state(self, ccid: str) -> dict[str, Any]:
        """Return what a tenant has in all systems. README.md lists it. `sections` is None without NexusServices."""
        state: dict[str, Any] = self._admin("GET", f"state/{ccid}")
        return state

    def switch(self, **values: str | int) -> dict[str, str | int]:
        """Set switches by name. Return all switches."""
        switches: dict[str, str | int] = self._admin("PUT", "switches", values)
        return switches

    def fault(
        self,
        kind: str,
        path: str = "",
        method: str | None = None,
        *,
        when: str = "before",
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        seconds: float | None = None,
        megabytes: int | None = None,
        bytes_sent: int | None = None,
        ccid: str | None = None,
        sections: Mapping[str, Mapping[str, str | None] | None] | None = None,
        find: str = "",
        put: str = "",
        fields: Iterable[str] = (),
        text: str | None = None,
        skip: int = 0,
        times: int | None = 1,
    ) -> int:
        """Add a fault for requests whose path matches the regular expression, and return its ID. See README.md."""
        fault = {
            "kind": kind,
            "path": path,
            "method": method,
            "when": when,
            "status": status,
            "headers": dict(headers or {}),
            "find": find,
            "put": put,
            "body": body,
            "seconds": seconds,
            "megabytes": megabytes,
            "bytes_sent": bytes_sent,
            "ccid": ccid,
            "sections": sections,
            "fields": list(fields),
            "text": text,
            "skip": skip,
        }
        given = {key: value for key, value in fault.items() if value is not None}
        answer = self._admin("POST", "faults", {**given, "times": times})
        return int(answer["id"])

    def faults(self) -> list[dict[str, Any]]:
        """Return all faults, each with its `id` and how often it was played (`hits`)."""
        faults: list[dict[str, Any]] = self._admin("GET", "faults")["faults"]
        return faults

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._admin("DELETE", "faults")

    def requests(self, since: int = 0) -> list[Record]:
        """Return the recorded requests with a number above `since`, oldest first."""
        return [Record(**record) for record in self._admin("GET", f"requests?since={since}")["requests"]]

    def writes(self, since: int = 0) -> list[Record]:
        """Return the recorded requests that write, whether they succeeded or not."""
        return [record for record in self.requests(since) if record.write]

    def clear_requests(self) -> None:
        """Forget the recorded requests."""
        self._admin("DELETE", "requests")

    def expire_tokens(self) -> int:
        """Make every token of GWS and Genesys Cloud CX and every GAX session invalid. Return how many there were."""
        return int(self._admin("POST", "expire-tokens")["expired"])

    def account(self) -> dict[str, Any]:
        """Return the organization in Genesys Cloud CX: purchases (`spent`), numbers, orders, roles, clients, grants."""
        account: dict[str, Any] = self._admin("GET", "account")
        return account

    def settle(self) -> None:
        """Settle all orders, and let the list show their numbers."""
        self._admin("POST", "settle", {})

    def create_api_key(self, key: str, name: str = "Portico Cluster API Key", ccid: str = "") -> None:
        """Create an API key of a tenant, or of the cluster, in Digital Channels, as a person would."""
        tenant = self.tenants()[0]
        form = {"grant_type": "password", "username": tenant.login, "password": tenant.password}
        client = (tenant.client_id, tenant.client_secret)
        login = self._http.post(f"{self.url}/gws-auth/auth/v3/oauth/token", data=form, auth=client, timeout=30)
        headers = {"Authorization": f"Bearer {login.json()['access_token']}"}
        permission = "nexus:consumer:*" if ccid else "nexus:cluster:*"
        body = {"data": {"id": key, "tenant": ccid, "name": name, "permissions": [permission]}}
        url = f"{self.url}/digital/nexus/v3/apikeys"
        self._http.post(url, json=body, headers=headers, timeout=30).raise_for_status()

    def take(self, *numbers: str) -> None:
        """Let someone else buy numbers."""
        self._admin("POST", "take", {"numbers": numbers})

    def deliver(self, ccid: str, number: str, **options: Any) -> dict[str, Any]:
        """Let Digital Channels send a message of a number over the tenant's SMS option, over HTTP.

        Options: text, timeout (seconds, 10), attempts (3), pause (seconds between attempts). Return `delivered`,
        `messageId` and `attempts`, each with `status` or `error`.
        """
        outcome: dict[str, Any] = self._admin("POST", "deliver", {"ccid": ccid, "number": number, **options})
        return outcome

    def gateway(self, name: str) -> list[dict[str, Any]]:
        """Return what a gateway received: `headers` (names in lower case), `body`, and whether it is `verified`."""
        deliveries: list[dict[str, Any]] = self._admin("GET", f"gateway/{name}")["deliveries"]
        return deliveries

    def gateway_secret(self, name: str, *secrets: str) -> None:
        """Set the webhook secrets with which a gateway checks signatures. Without one, it accepts everything."""
        self._admin("PUT", "secrets", {"gateways": {name: {"webhook_secrets": secrets}}})

    def gateway_api_secret(self, name: str, *secrets: str) -> None:
        """Set the API secrets of a gateway. It signs with the first, and after a refusal again with the next."""
        self._admin("PUT", "secrets", {"gateways": {name: {"api_secrets": secrets}}})

    def kaleyra_accounts(self, *accounts: tuple[str, str]) -> None:
        """Set the accounts that Kaleyra accepts: user names and passwords."""
        self._admin("PUT", "secrets", {"accounts": accounts})

    @contextmanager
    def traffic(self, *lines: Line, every: float = 0.05) -> Iterator[Traffic]:
        """Send messages on lines in both directions while the block runs. The result is complete after the block.

        Each line sends at least one message before the block, and one after it.

        :arg every: seconds from one message of a line to the next.
        """
        traffic = Traffic()
        self._admin("POST", "traffic", {"lines": [asdict(line) for line in lines], "every": every})
        try:
            yield traffic
        finally:
            traffic.add(self._admin("DELETE", "traffic")["messages"])

    def traffic_so_far(self) -> Traffic:
        """Return the messages that were sent so far, in a block of traffic()."""
        traffic = Traffic()
        traffic.add(self._admin("GET", "traffic")["messages"])
        return traffic

    def _admin(self, method: str, path: str, body: object = None) -> Any:
        response = self._http.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=30)
        if response.status_code != 200:
            raise SandboxError(f"{method} /_sandbox/{path}: {response.status_code} {response.text}")
        return response.json()


def start(
    state_dir: Path | str,
    port: int = 0,
    tls: bool = False,
    require_client_cert: bool = False,
    switches: Mapping[str, str | int] | None = None,
    timeout: float = 30,
) -> Sandbox:
    """Start a sandbox. Port 0 means any free port. Use it in a `with` statement, or call stop()."""
    directory = Path(state_dir).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    options = ["--tls"] if tls or require_client_cert else []
    if require_client_cert:
        options.append("--require-client-cert")
    sandbox = Sandbox(directory, port, options, timeout)
    try:
        sandbox.launch()
        if switches:
            sandbox.switch(**switches)
    except BaseException:
        sandbox.stop()
        raise
    return sandbox


def read_env(path: Path) -> dict[str, str]:
    """Read a file of `export NAME=value` lines."""
    values = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _equals, value = line.removeprefix("export ").partition("=")
        values[name] = "".join(shlex.split(value))
    return values


def _tenants(answer: dict[str, Any]) -> list[Tenant]:
    return [Tenant(**tenant) for tenant in answer["tenants"]]
