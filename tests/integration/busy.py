# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three tenants with traffic while playbooks run, one for each SMS option."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
from integration.provisioning import KALEYRA_PASSWORD, KALEYRA_USERNAME, Site
from integration.test_sandbox import get_token
from sandbox.control import Record, Sandbox
from sandbox.traffic_record import Line, Traffic

GATEWAY_NUMBER, KALEYRA_NUMBER, CLOUD_NUMBER = "16500000000", "16500010000", "18445550000"


class Busy:
    """Three tenants without SMS. The other ends are ready: a gateway, Kaleyra, and Genesys Cloud CX."""

    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        self.sandbox = sandbox
        self.site = Site(sandbox, directory, "alpha", "beta", "gamma", gateways={"alpha": "gws"}, clouds=("gamma",))
        self.hosts = self.site.hosts
        self.hosts["beta"]["kaleyra_url"] = sandbox.env["KALEYRA_URL"]
        sandbox.kaleyra_accounts((KALEYRA_USERNAME, KALEYRA_PASSWORD))
        sandbox.gateway_secret("alpha", "webhook-secret-alpha")
        sandbox.gateway_api_secret("alpha", "api-secret-alpha")
        self.create_cluster_key(self.hosts["gamma"]["nexus_cluster_api_key"])
        self.lines = [
            self.line("alpha", GATEWAY_NUMBER),
            self.line("alpha", GATEWAY_NUMBER, "gateway"),
            self.line("beta", KALEYRA_NUMBER),
            self.line("gamma", CLOUD_NUMBER),
            self.line("gamma", CLOUD_NUMBER, "cloud"),
        ]

    def line(self, name: str, number: str, way: Any = "out", label: str = "") -> Line:
        """Return a line of a tenant."""
        return Line(label or name, self.site.tenants[name].ccid, number, way, name if way == "gateway" else "")

    def play(self, playbook: str, *options: str, more: tuple[Line, ...] = (), **variables: Any) -> Traffic:
        """Run a playbook under traffic, with extra variables, and return the messages."""
        with self.sandbox.traffic(*self.lines, *more) as traffic:
            result = self.site.play(playbook, *options, **variables)
        assert result.rc == 0, result.output
        return traffic

    def write(self, name: str, service: str, method: str = "POST") -> Record:
        """Return the only write of a service in the last run."""
        path = f"{self.site.tenants[name].ccid}/{service}"
        (found,) = (one for one in self.sandbox.writes() if (one.method, one.path.endswith(path)) == (method, True))
        return found

    def options(self, name: str) -> list[Record]:
        """Return the writes of a tenant's options in the last run, oldest first."""
        dbid = f"/{self.site.state(name)['dbid']}"
        return [record for record in self.sandbox.writes() if record.path.endswith(dbid)]

    def writes(self) -> list[str]:
        """Return the writes of the last run, without uploads of the gateway."""
        return [write for write in self.site.writes() if " media " not in write]

    def create_cluster_key(self, key: str) -> None:
        """Create a cluster API key in Digital Channels."""
        self.sandbox.create_api_key(key, f"Cluster {key}")

    def delete_cluster_key(self, key: str) -> None:
        """Delete a cluster API key in Digital Channels."""
        token = get_token(self.sandbox, self.site.tenants["gamma"]).json()["access_token"]
        url = f"{self.sandbox.env['NEXUS_URL']}/nexus/v3/apikeys/{key}"
        requests.delete(url, headers={"Authorization": f"Bearer {token}"}, timeout=10).raise_for_status()


def assert_one_switch(traffic: Traffic, write: Record, before: str, after: str) -> None:
    """Require one result before a write, another one after it, and no third result at any time."""
    assert {one.result for one in traffic.before(write).messages} == {before}, traffic.failed
    assert {one.result for one in traffic.after(write).messages} == {after}, traffic.failed
    assert {one.result for one in traffic.messages} == {before, after}, traffic.failed


def assert_one_change(values: list[Any], before: object, after: object) -> None:
    """Require a list that has one value up to some place, and from then on another one."""
    count = values.count(before)
    assert values == [before] * count + [after] * (len(values) - count)
    assert values[-1] == after
