# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of several tenants: `filter/tenant_variables.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.cxops.genesys_sms.plugins.filter import inventory_problems, tenant_variables

USERS = tenant_variables.FilterModule().filters()["tenant_variables"]
URL = "https://digital.example.com"
LOGIN = ("gc_login_url", "gc_api_url", "gc_client_id", "gc_client_secret")
VARIABLES = {"ccid": "ccid", "key": "nexus_cluster_api_key", **{name: name for name in LOGIN}}


def users(hostvars: dict[str, dict[str, Any]], hosts: list[str] | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = USERS(hostvars, hosts or list(hostvars), VARIABLES, URL)
    return found


@pytest.mark.usefixtures("clean_environment")
def test_tenants_of_the_installation_with_their_logins() -> None:
    login = {"gc_login_url": "https://l", "gc_api_url": "https://a", "gc_client_id": "1", "gc_client_secret": "s"}
    acme = {"nexus_url": f"{URL.upper()}/", "ccid": "c", "nexus_cluster_api_key": "k", **login}
    assert users({"acme": acme}) == [{"name": "acme", "ccid": "c", "key": "k", **login}]
    assert users({"acme": acme, "beta": acme}, ["beta"])[0]["name"] == "beta"
    other = {"acme": {**acme, "nexus_url": "https://other.example.com"}}
    assert users(other) == []
    assert USERS(other, ["acme"], {"key": "ccid"}) == [{"name": "acme", "key": "c"}]


@pytest.mark.usefixtures("clean_environment")
def test_what_is_not_known_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenant whose installation is not known may use the key."""
    monkeypatch.setenv("GC_CLIENT_ID", "from-environment")

    def fail(_templar: object, value: object) -> object:
        if value == "broken":
            raise ValueError("canary")
        return value

    monkeypatch.setattr(f"{inventory_problems.__name__}.Templar.template", fail)
    (found,) = users(
        {"acme": {"ccid": None, "nexus_cluster_api_key": "broken", "gc_client_secret": "__omit_place_holder__1"}}
    )
    assert found == {
        "name": "acme",
        "ccid": None,
        "key": None,
        "gc_login_url": None,
        "gc_api_url": None,
        "gc_client_id": "from-environment",
        "gc_client_secret": None,
    }


@pytest.mark.usefixtures("clean_environment")
def test_a_host_without_any_of_the_variables_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is for tenants, so a host such as a database does not have the key of the environment."""
    monkeypatch.setenv("NEXUS_API_KEY", "key-0")
    hostvars = {"acme": {"ccid": "c"}, "initrode": {"nexus_api_key": "key-1"}, "db": {"x": 1}}
    variables = {"ccid": "ccid", "key": "nexus_api_key"}
    assert USERS(hostvars, list(hostvars), variables, only_defined=True) == [
        {"name": "acme", "ccid": "c", "key": "key-0"},
        {"name": "initrode", "ccid": None, "key": "key-1"},
    ]
    assert [item["name"] for item in USERS(hostvars, ["db"], variables)] == ["db"]


@pytest.mark.usefixtures("clean_environment")
@pytest.mark.parametrize("broken", ["nexus_url", "gc_client_id"])
def test_what_must_be_readable(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    def fail(_templar: object, value: object) -> object:
        if value == "broken":
            raise ValueError("canary")
        return value

    monkeypatch.setattr(f"{inventory_problems.__name__}.Templar.template", fail)
    hostvars = {"acme": {"nexus_url": URL, "gc_client_id": None, broken: "broken"}}
    with pytest.raises(AnsibleFilterError, match=f"{broken}: it can't be read for the tenant acme: ") as raised:
        USERS(hostvars, ["acme"], VARIABLES, URL, readable=["gc_client_id"])
    assert "canary" not in str(raised.value)


@pytest.mark.usefixtures("clean_environment")
def test_a_tenant_of_another_installation_has_another_key() -> None:
    acme = {"nexus_url": URL, "nexus_cluster_api_key": "canary"}
    beta = {**acme, "nexus_url": "https://alias.example.com"}
    with pytest.raises(AnsibleFilterError, match="have the same nexus_cluster_api_key as beta") as raised:
        users({"acme": acme, "beta": beta})
    assert "canary" not in str(raised.value)
    without = {name: value for name, value in beta.items() if name != "nexus_cluster_api_key"}
    assert len(users({"acme": acme, "beta": {**beta, "nexus_cluster_api_key": "other"}, "gamma": without})) == 1
