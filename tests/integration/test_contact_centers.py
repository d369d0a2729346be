# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin contact_centers: hosts, groups, credentials, cache and errors, with ansible-inventory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from integration.provisioning import PROVISION, Site, play, run, write_yaml
from sandbox.control import Sandbox
from sandbox.seed import (
    DEFAULT_TENANTS,
    OPERATIONS_CLIENT_ID,
    OPERATIONS_CLIENT_SECRET,
    OPERATIONS_PASSWORD,
    OPERATIONS_USERNAME,
)

CCIDS = {tenant.domain: tenant.ccid for tenant in DEFAULT_TENANTS}
OPERATIONS = {"gws_username": OPERATIONS_USERNAME, "gws_password": OPERATIONS_PASSWORD}
STRICT = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true", "ANSIBLE_NOCOLOR": "true"}


def config(sandbox: Sandbox, directory: Path, **options: Any) -> Path:
    """Write the file of the plugin. A null removes an option."""
    content = {
        "plugin": "cxops.genesys_sms.contact_centers",
        "gws_url": f"{sandbox.url}/gws-auth",
        "retries": 0,
        **OPERATIONS,
        **options,
    }
    kept = {name: value for name, value in content.items() if value is not None}
    return write_yaml(directory / "tenants.contact_centers.yml", kept)


def listed(directory: Path, *arguments: str | Path, env: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the inventory as JSON."""
    result = run("ansible-inventory", "--list", *arguments, directory=directory, env={**STRICT, **(env or {})})
    assert result.rc == 0, result.output
    return parsed(result.output)


def parsed(output: str) -> dict[str, Any]:
    """Return the JSON in an output. Since ansible-core 2.19 it marks texts that are never templates."""

    def unmarked(found: dict[str, Any]) -> Any:
        return found.get("__ansible_unsafe", found)

    inventory: dict[str, Any] = json.loads(output[output.index("{\n") :], object_hook=unmarked)
    return inventory


def failed(directory: Path, *arguments: str | Path, env: dict[str, str] | None = None) -> str:
    """Return the output of an inventory that can't be read, in one line."""
    result = run("ansible-inventory", "--list", *arguments, directory=directory, env={**STRICT, **(env or {})})
    assert result.rc != 0, result.output
    return " ".join(result.output.split())


def hosts_in(inventory: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = inventory["_meta"]["hostvars"]
    return found


def test_each_contact_center_is_a_host_with_groups(sandbox: Sandbox, tmp_path: Path) -> None:
    path = config(
        sandbox,
        tmp_path,
        exclude=["t300"],
        compose={"tenant_domain": "contact_center_domains | first", "short": "ccid[:8]"},
        groups={"first_tenants": "tenant_domain == 't100'"},
        keyed_groups=[{"key": "tenant_domain[:2]", "prefix": "region"}],
        strict=True,
    )
    inventory = listed(tmp_path, "-i", path)
    assert hosts_in(inventory) == {
        domain: {
            "ccid": CCIDS[domain],
            "contact_center_domains": [domain],
            "tenant_domain": domain,
            "short": CCIDS[domain][:8],
        }
        for domain in ("t100", "t200")
    }
    assert inventory["first_tenants"]["hosts"] == ["t100"]
    assert {*inventory["region_t1"]["hosts"], *inventory["region_t2"]["hosts"]} == {"t100", "t200"}
    assert [record.path for record in sandbox.requests()] == ["/gws-auth/environment/v3/contact-centers"]


def test_credentials_come_from_templates_extra_variables_and_the_environment(sandbox: Sandbox, tmp_path: Path) -> None:
    client = {"gws_client_id": OPERATIONS_CLIENT_ID, "gws_client_secret": OPERATIONS_CLIENT_SECRET}
    nothing = dict.fromkeys(OPERATIONS)
    path = config(sandbox, tmp_path, **nothing)
    found = listed(tmp_path, "-i", path, "-e", json.dumps(client))
    assert set(hosts_in(found)) == set(CCIDS)
    found = listed(tmp_path, "-i", path, env={name.upper(): value for name, value in client.items()})
    assert set(hosts_in(found)) == set(CCIDS)
    templates = {
        "gws_username": "{{ operations_user }}",
        "gws_password": "{{ lookup('ansible.builtin.file', inventory_secret) }}",
        "include": "{{ [wanted ~ '*'] }}",
        "validate_certs": "{{ secure }}",
        "retries": "{{ 1 + 1 }}",
    }
    secret = tmp_path / "secret"
    secret.write_text(OPERATIONS_PASSWORD, encoding="utf-8")
    extra = {"operations_user": OPERATIONS_USERNAME, "inventory_secret": str(secret), "wanted": "t1", "secure": True}
    config(sandbox, tmp_path, **templates)
    assert set(hosts_in(listed(tmp_path, "-i", path, "-e", json.dumps(extra)))) == {"t100"}
    output = failed(tmp_path, "-i", path)
    assert "gws_username: its template can't be evaluated." in output
    assert "operations_user" in output


def test_a_vaulted_password_is_read(sandbox: Sandbox, tmp_path: Path) -> None:
    password = tmp_path / "vault-password"
    password.write_text("vault", encoding="utf-8")
    made = run(
        "ansible-vault",
        "encrypt_string",
        "--vault-password-file",
        password,
        "--name",
        "gws_password",
        OPERATIONS_PASSWORD,
        directory=tmp_path,
    )
    path = config(sandbox, tmp_path, gws_password=None)
    block = [line for line in made.output.splitlines() if line.startswith(("gws_password", " "))]
    path.write_text("\n".join([path.read_text(encoding="utf-8"), *block, ""]), encoding="utf-8")
    assert set(hosts_in(listed(tmp_path, "-i", path, "--vault-password-file", password))) == set(CCIDS)


def test_the_cache_has_no_secrets(sandbox: Sandbox, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    path = config(sandbox, tmp_path, cache=True, cache_plugin="ansible.builtin.jsonfile", cache_connection=str(cache))
    assert set(hosts_in(listed(tmp_path, "-i", path))) == set(CCIDS)
    (file,) = cache.iterdir()
    assert OPERATIONS_PASSWORD not in file.read_text(encoding="utf-8")
    sandbox.clear_requests()
    # The filters are not part of the cache.
    config(
        sandbox,
        tmp_path,
        cache=True,
        cache_plugin="ansible.builtin.jsonfile",
        cache_connection=str(cache),
        include=["t1*"],
    )
    assert set(hosts_in(listed(tmp_path, "-i", path))) == {"t100"}
    assert sandbox.requests() == []
    # What another program wrote there is not used.
    file.write_text(json.dumps({"t100": {"ccid": "x"}}), encoding="utf-8")
    assert set(hosts_in(listed(tmp_path, "-i", path))) == {"t100"}
    assert len(sandbox.requests()) == 1


@pytest.mark.parametrize(
    ("options", "phrases"),
    [
        ({"gws_password": "canary-wrong"}, ["answered 401", "Check gws_username and gws_password"]),
        ({"gws_password": None}, ["gws_password", "it is required if gws_client_id is not set"]),
        ({"gws_password": {"canary": "x"}}, ["gws_password: must be a string"]),
        ({"gws_url": "http://127.0.0.1:9"}, ["Could not list the contact centers", "http://127.0.0.1:9"]),
        ({"gws_url": None}, ["gws_url: it is required"]),
        ({"hostname": "name"}, ["hostname"]),
        ({"compose": {"x": "nothing.there"}, "strict": True}, ["nothing"]),
    ],
)
def test_an_error_is_a_sentence(sandbox: Sandbox, tmp_path: Path, options: dict[str, Any], phrases: list[str]) -> None:
    output = failed(tmp_path, "-i", config(sandbox, tmp_path, **options))
    assert [phrase for phrase in phrases if phrase not in output] == [], output
    assert "Traceback" not in output
    assert "canary" not in output


def test_hostile_domains_are_data(sandbox: Sandbox, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    domains = ["a:b", f"{{{{ lookup('pipe', 'touch {marker}') }}}}", "t\x1b[2K", "localhost", "fine"]
    body = {
        "status": {"code": 0},
        "data": [
            {"id": f"45acae06-6b7c-4f97-9c76-47100000000{number}", "domains": [domain]}
            for number, domain in enumerate(domains)
        ],
    }
    sandbox.fault("status", status=200, body=body, path="contact-centers", times=None)
    path = config(sandbox, tmp_path)
    result = run("ansible-inventory", "--list", "-i", path, directory=tmp_path, env=STRICT)
    assert result.rc == 0, result.output
    names = set(hosts_in(parsed(result.output)))
    assert names == {"fine", *(f"45acae06-6b7c-4f97-9c76-47100000000{number}" for number in range(4))}
    assert not marker.exists()
    assert "\x1b" not in result.output
    assert "is named by its ccid" in " ".join(result.output.split())


def test_contact_centers_without_sms_are_no_problem_for_the_playbooks(sandbox: Sandbox, tmp_path: Path) -> None:
    """One tenant has SMS. Its variables are in a file. The other contact centers share a login from the environment."""
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma")
    domain = site.tenants["alpha"].domain
    inventory = tmp_path / "inventory"
    config(sandbox, inventory)
    hosts = {"kaleyra": {"hosts": {domain: site.hosts["alpha"]}}}
    write_yaml(inventory / "hosts.yml", hosts)
    write_yaml(inventory / "group_vars/all.yml", {"ansible_connection": "local", "gws_url": f"{sandbox.url}/gws"})
    env = {**STRICT, "GWS_USERNAME": site.tenants["alpha"].login, "GWS_PASSWORD": "x", "GWS_CLIENT_ID": "shared"}
    inventories = listed(tmp_path, "-i", inventory, env=env)
    assert len(hosts_in(inventories)) == 3
    result = play(sandbox, tmp_path, PROVISION, inventory, env=env)
    assert result.rc == 0, result.output
    assert set(result.count("ok")) == {domain}
