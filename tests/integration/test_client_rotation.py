# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rotation of the secret of an OAuth client: after a crash, the next run gives all tenants a secret that is valid.

A run is killed before and after each of its requests and each write of the secret file.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secret_file import SecretFile
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_oauth_client_rotation, nexus_service
from integration.killing import Kill, sample
from integration.organization import ACME, ADMIN, GLOBEX, INTEGRATION, Json, Org
from sandbox.seed import DEFAULT_TENANTS, Tenant

INITECH = DEFAULT_TENANTS[2]
SERVICE = "PurecloudIDP"
VARIANTS = [
    {},
    {"services.read": "masked"},
    {"services.read": "omitted"},
    {"services.read": "unsupported"},
    {"services.read": "unsupported_404"},
    {"services.write": "create_only"},
    {"services.envelope": "status"},
    {"services.list": "unsupported"},
]


class Connected:
    """Two tenants that use the OAuth client of the integration, and one that uses another one."""

    def __init__(self, org: Org, variant: dict[str, str]) -> None:
        self.org = org
        self.file = org.directory / "gc_client.yml"
        for tenant, client in ((ACME, INTEGRATION), (GLOBEX, INTEGRATION), (INITECH, ADMIN)):
            secret = {"clientId": client.id, "clientSecret": client.secret}
            asked = {**self.login(tenant), "service": SERVICE, "url": "https://live", "secret": secret}
            org.run(nexus_service, asked, logs_in=False)
        self.inventory = INTEGRATION.secret
        org.sandbox.switch(**variant)

    def login(self, tenant: Tenant) -> Json:
        """Return the login to Digital Channels."""
        return {"nexus_url": self.org.sandbox.env["NEXUS_URL"], "ccid": tenant.ccid, "api_key": tenant.api_key}

    def asked(self, **options: Any) -> Json:
        """Return the options of a run."""
        clients = ((ACME, INTEGRATION.id), (GLOBEX, INTEGRATION.id.upper()))
        inventory = {"gc_login_url": "https://login", "gc_client_secret": self.inventory}
        tenants = [
            {**self.login(tenant), "name": tenant.name, "gc_client_id": client, **inventory}
            for tenant, client in clients
        ]
        return {"rotation": "2026-11", "tenants": tenants, "secret_file": str(self.file), "retries": 0, **options}

    def steps(self, **options: Any) -> list[str]:
        """Plan, run, and require that both have the same steps, and that no secret is shown."""
        planned = self.org.steps(gc_oauth_client_rotation, self.asked(**options), check=True)
        result = self.org.run(gc_oauth_client_rotation, self.asked(**options))
        assert not result.get("failed"), result["msg"]
        assert result["steps"] == planned
        assert not [secret for secret in (self.inventory, self.secret()) if secret in repr(result)]
        return planned

    def secret(self) -> str:
        """Return the secret in the file."""
        return str((SecretFile(str(self.file), None).values() or {})["gc_client_secret"])

    def given(self, tenant: Tenant) -> Json:
        """Return the service of a tenant, as the server has it."""
        found: Json = self.org.sandbox.state(tenant.ccid)["services"][SERVICE]
        return found

    def finish(self) -> None:
        """Run again, and require that all have the new secret and that nothing else was changed."""
        self.steps()
        (valid,) = [item["secret"] for item in self.org.sandbox.account()["clients"] if item["id"] == INTEGRATION.id]
        assert valid == self.secret() != INTEGRATION.secret
        for tenant in (ACME, GLOBEX):
            assert self.given(tenant)["secret"] == {"clientId": INTEGRATION.id, "clientSecret": valid}
        assert self.given(INITECH)["secret"]["clientSecret"] == ADMIN.secret
        assert self.steps() == []


def fresh(org: Org, variant: dict[str, str]) -> Connected:
    """Return the tenants before a rotation."""
    org.sandbox.reset()
    (org.directory / "gc_client.yml").unlink(missing_ok=True)
    return Connected(org, variant)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_each_variant_ends(org: Org, variant: dict[str, str]) -> None:
    connected = fresh(org, variant)
    assert connected.steps() == [
        f"renew the secret of the OAuth client {INTEGRATION.name}, and write it to {connected.file}",
        "give the new secret to the tenant acme",
        "give the new secret to the tenant globex",
        f"note in {connected.file} which tenants have the new secret",
    ]
    first = connected.secret()
    connected.finish()
    assert connected.secret() == first
    if not variant.get("services.read", "").startswith("unsupported"):
        assert connected.given(ACME)["url"] == "https://live"
    # The inventory still has the former secret.
    result = org.run(gc_oauth_client_rotation, connected.asked())
    assert "does not have the new secret for acme, globex." in result["next_steps"][0]
    connected.inventory = first
    assert org.run(gc_oauth_client_rotation, connected.asked())["next_steps"] == []
    # Another name begins another rotation.
    assert len(connected.steps(rotation="next")) == 4
    assert connected.secret() != first


def test_the_requests_of_a_rotation(org: Org) -> None:
    """Between the renewal and the last tenant, there is one request for each tenant."""
    connected = fresh(org, {})
    org.run(gc_oauth_client_rotation, connected.asked())
    calls = [f"{record.method} {record.path.rpartition('/')[2]}" for record in org.sandbox.requests()]
    assert calls == [
        "POST token",
        f"GET {INTEGRATION.id}",
        *[f"GET {SERVICE}"] * 2,
        "POST secret",
        *[f"POST {SERVICE}"] * 2,
    ]


@pytest.mark.parametrize("variant", VARIANTS[:2], ids=str)
def test_a_run_is_killed_at_each_call(org: Org, monkeypatch: pytest.MonkeyPatch, variant: dict[str, str]) -> None:
    kill = Kill(monkeypatch)

    def run(connected: Connected, at: tuple[int, str] | None) -> int:
        return kill.run(lambda: org.run(gc_oauth_client_rotation, connected.asked()), at)

    calls = run(fresh(org, variant), None)
    for at in sample([*itertools.product(range(calls), ("before", "after"))]):
        connected = fresh(org, variant)
        run(connected, at)
        connected.finish()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "cut"},
        {"kind": "cut", "when": "after"},
        {"kind": "status", "status": 500, "when": "after"},
        {"kind": "html", "status": 403},
        {"kind": "garbage", "when": "after"},
    ],
    ids=str,
)
def test_a_fault_at_each_request(org: Org, fault: Json) -> None:
    org.run(gc_oauth_client_rotation, fresh(org, {}).asked())
    for place in range(len(org.sandbox.requests())):
        connected = fresh(org, {})
        org.sandbox.fault(**{**fault, "skip": place})
        org.run(gc_oauth_client_rotation, connected.asked())
        org.sandbox.clear_faults()
        connected.finish()


def test_a_tenant_that_fails_does_not_keep_others_from_the_secret(org: Org) -> None:
    connected = fresh(org, {})
    org.sandbox.fault("status", f"{ACME.ccid}/{SERVICE}$", "POST", status=403, times=None)
    text = org.failure(gc_oauth_client_rotation, connected.asked())
    assert "These tenants still have the former secret: acme. Run again." in text
    assert connected.given(GLOBEX)["secret"]["clientSecret"] == connected.secret()
    org.sandbox.clear_faults()
    assert connected.steps()[0] == "give the new secret to the tenant acme"
    connected.finish()


def test_a_tenant_that_cannot_be_read_stops_the_run_before_the_renewal(org: Org) -> None:
    connected = fresh(org, {})
    org.sandbox.fault("status", f"{ACME.ccid}/{SERVICE}$", "GET", status=403, times=None)
    org.failure(gc_oauth_client_rotation, connected.asked())
    assert org.sandbox.writes() == []
    asked = connected.asked()
    del asked["tenants"][0]["api_key"]
    text = org.failure(gc_oauth_client_rotation, asked)
    assert text.startswith("tenants[0].api_key: it is missing. The tenant acme uses the OAuth client")
    asked["tenants"] = [{"name": "acme"}]
    assert "the tenants have 0 OAuth clients" in org.failure(gc_oauth_client_rotation, asked)


def test_a_tenant_without_the_service_does_not_get_it(org: Org) -> None:
    connected = fresh(org, {})
    asked = {**connected.login(GLOBEX), "service": SERVICE, "state": "absent"}
    org.run(nexus_service, asked, logs_in=False)
    assert "give the new secret to the tenant globex" not in connected.steps()
    assert SERVICE not in org.sandbox.state(GLOBEX.ccid)["services"]
    assert connected.steps() == []
