# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment variables in place of inventory variables, as AWX injects credentials: in playbooks, and in roles alone.

Unit tests compare the table of environment variables with the options of the modules.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.environment import ENVIRONMENT
from integration.provisioning import BOOTSTRAP, NUMBERS, PROVISION, REMOVE, Site, write_yaml
from sandbox.control import Sandbox
from sandbox.seed import GWS_API_KEY

DIGITAL = ("nexus_url", "ccid", "nexus_api_key")
GWS = ("gws_url", "gws_auth_url", "gws_client_id", "gws_client_secret", "gws_username", "gws_password", "gws_api_key")
GAX = ("gax_url", "gax_username", "gax_password")
CLOUD = ("gc_login_url", "gc_api_url", "gc_client_id", "gc_client_secret")

TENANTS = {
    "alpha": ((*DIGITAL, *GWS), ("kaleyra", "sender_ids")),
    "beta": ((*DIGITAL, *GAX), ("custom_gateway", "webhook_headers", "sender_ids")),
    "gamma": ((*DIGITAL, *GWS, *CLOUD), ("genesys_cloud", "sender_ids")),
}
"""For each tenant: its variables that have environment variables, and its roles."""

ELSEWHERE = {"gc_region", "gc_access_token"}
"""The region has its own test. The roles need an OAuth client, so they use no token."""


@pytest.fixture
def site(sandbox: Sandbox, tmp_path: Path) -> Site:
    """A tenant for each SMS option. Genesys Web Services wants an API key."""
    made = Site(sandbox, tmp_path, *TENANTS, gateways={"beta": "gax"}, clouds=("gamma",))
    sandbox.switch(**{"gws.api_key": "required"})
    for name in ("alpha", "gamma"):
        made.hosts[name]["gws_api_key"] = GWS_API_KEY
    return made


def moved(site: Site, tenant: str) -> dict[str, str]:
    """Move variables of a tenant to environment variables. Leave it alone in the inventory."""
    host = dict(site.hosts[tenant])
    site.hosts = {tenant: host}
    return {ENVIRONMENT[name][-1]: host.pop(name) for name in TENANTS[tenant][0]}


def test_all_variables_of_the_environment_are_tried() -> None:
    assert {name for names, _roles in TENANTS.values() for name in names} | ELSEWHERE == {*ENVIRONMENT}


@pytest.mark.parametrize("tenant", TENANTS)
def test_playbooks_and_roles_use_the_environment(site: Site, tmp_path: Path, tenant: str) -> None:
    env = moved(site, tenant)
    roles = [{"role": f"cxops.genesys_sms.{role}"} for role in TENANTS[tenant][1]]
    own = write_yaml(tmp_path / "own.yml", [{"hosts": tenant, "gather_facts": False, "roles": roles}])
    assert site.play(PROVISION, env=env).changed[tenant] >= 2
    assert site.play(own, env=env).changed == {tenant: 0}
    assert site.systems() >= {"services"}
    assert site.play(REMOVE, "--limit", tenant, env=env).changed[tenant] >= 2
    # With null, the environment is not used.
    site.hosts[tenant]["nexus_api_key"] = None
    assert "nexus_api_key: it is not set" in site.play(PROVISION, env=env).failures[tenant]


def test_the_inventory_wins_over_the_environment_and_empty_variables_count_as_not_set(site: Site) -> None:
    names = {variable for names in ENVIRONMENT.values() for variable in names} | {"PGPASSWORD"}
    assert site.play(PROVISION, env=dict.fromkeys(names, "")).changed.keys() == TENANTS.keys()
    others = dict.fromkeys(names, "https://elsewhere.example.com")
    assert site.play(PROVISION, env=others).changed == dict.fromkeys(TENANTS, 0)


def test_the_playbooks_of_an_organization_use_the_environment(site: Site, tmp_path: Path) -> None:
    env = moved(site, "gamma")
    tenant = site.hosts["gamma"]
    bootstrap = {"bootstrap_directory": str(tmp_path), "genesys_cloud_journal": tenant["genesys_cloud_journal"]}
    result = site.play(BOOTSTRAP, env=env, **bootstrap)
    assert result.changed["gamma"] >= 3
    shown = site.play(NUMBERS, env=env)
    assert shown.changed == {"gamma": 0}
    assert "no order is undecided" in shown.output


def test_a_region_in_the_environment_serves_the_preflight(site: Site) -> None:
    env = moved(site, "gamma")
    del env["GC_LOGIN_URL"]
    del env["GC_API_URL"]
    missing = site.play(PROVISION, "--tags", "validate", env=env)
    assert "gc_login_url" in missing.failures["gamma"]
    env["GENESYSCLOUD_REGION"] = "eu-central-1"
    assert site.play(PROVISION, "--tags", "validate", env=env).changed == {"gamma": 0}
