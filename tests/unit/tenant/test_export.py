# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Live tenants as the files of an inventory: `_tenant/export.py`."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import Transaction
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.server_text import in_result
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import Document
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.export import TO_FILL_IN, Tenant, files_of
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.snapshot import Seen, describe
from unit.arguments import wrong
from unit.properties import given, st

CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
NEXUS, GWS = "https://digital.example.com", "https://gws.example.com"
LOGIN = {"nexus_url": NEXUS, "gws_url": GWS, "gws_client_id": "cxops", "gws_username": "acme\\provisioner"}
CHANNEL = {"channelId": "16504661149", "webhook": {"url": "https://gateway.example.com"}}
SIGNED = {"channelId": "16504661149", "webhook": {"secret": "canary-w"}, "api": {"secret": "canary-a"}}
SMS = {"channelType": "sms", "channelId": "065046", "endpoint": "chat.Main", "provider": "Async", "media": "no"}
SERVICES = {
    "SMS": Document("N/A", {"provider": "Async"}, {}),
    "Async": Document(None, {"channels": [CHANNEL]}, {"channels": [SIGNED]}),
    "mGageSMS": Document("https://old.example.com", {}, {}),
}


class Loader(yaml.SafeLoader):
    """Reads !unsafe as Ansible does: as the text."""

    def text(self, node: yaml.ScalarNode) -> str:
        return str(self.construct_scalar(node))


Loader.add_constructor("!unsafe", Loader.text)


def read(text: str) -> Any:
    return Loader(text).get_single_data()


def found(
    services: dict[str, Document] | None = None,
    sections: dict[str, dict[str, str]] | None = None,
    unreadable: dict[str, str] | None = None,
) -> dict[str, Any]:
    seen = Seen(CCID, NEXUS, services, Transaction(105, "NexusServices", sections or {}))
    return {**in_result(describe(seen)), "unreadable": unreadable or {}}


def test_a_tenant_has_variables_and_a_file_of_secrets() -> None:
    sections = {"chat.Main": SMS, "Async": {"header:X-Tenant": "canary-h"}}
    files = files_of([Tenant("acme", LOGIN, found(SERVICES, sections, {"tollfree_numbers": "They were not read."}))])
    assert "canary" not in str(files)
    assert read(files["hosts.yml"]) == {"custom_gateway": {"hosts": {"acme": {}}}}
    assert (
        files["host_vars/acme/main.yml"]
        == f"""---
ccid: "{CCID}"
nexus_url: {NEXUS}
gws_url: {GWS}
gws_client_id: cxops
gws_username: "acme\\\\provisioner"
custom_gateway_channels:
  - channel_id: "16504661149"
    webhook_url: https://gateway.example.com
    webhook_secret: "{{{{ vault_16504661149_webhook_secret }}}}"
    api_secret: "{{{{ vault_16504661149_api_secret }}}}"
webhook_headers:
  - name: X-Tenant
    value: "{{{{ vault_x_tenant_value }}}}"
sender_ids:
  - name: chat.Main
    channel_id: "065046"
    endpoint: chat.Main
    media: "no"
nexus_api_key: "{{{{ vault_nexus_api_key }}}}"
gws_client_secret: "{{{{ vault_gws_client_secret }}}}"
gws_password: "{{{{ vault_gws_password }}}}"
"""
    )
    vault = read(files["host_vars/acme/vault.yml"])
    assert set(vault.values()) == {TO_FILL_IN}
    assert all(f"{{{{ {name} }}}}" in files["host_vars/acme/main.yml"] for name in vault)
    report = files["export.md"]
    assert "Not read, tollfree_numbers: They were not read." in report
    assert "Of another SMS option, services: mGageSMS" in report


def test_tenants_share_urls_and_no_login() -> None:
    other = {**LOGIN, "gws_username": "globex"}
    files = files_of([Tenant("globex", other, found(SERVICES)), Tenant("acme", LOGIN, found(SERVICES))])
    shared = read(files["group_vars/all/main.yml"])
    assert {"nexus_url": NEXUS, "gws_url": GWS}.items() <= shared.items()
    assert shared["ansible_connection"] == "local"
    for host in ("acme", "globex"):
        own = read(files[f"host_vars/{host}/main.yml"])
        assert not {"nexus_url", "gws_url"} & set(own)
        assert own["gws_client_id"] == "cxops"
    assert list(read(files["hosts.yml"])["custom_gateway"]["hosts"]) == ["acme", "globex"]


def test_tenants_with_problems_are_in_no_group_of_an_sms_option() -> None:
    mixed = {**SERVICES, "SMS": Document("N/A", {"provider": "mGage", "tokenProvider": "Purecloud"}, {})}
    tenants = [
        Tenant("mixed", LOGIN, found(mixed)),
        Tenant("down", LOGIN, failure="Could not log in:\n# evil <b>."),
        Tenant("blind", LOGIN, found(None, None, {"services": "It is not readable."})),
        Tenant("none", LOGIN, found({})),
    ]
    files = files_of(tenants)
    hosts = read(files["hosts.yml"])
    assert set(hosts) == {"without_sms", "ungrouped"}
    assert set(hosts["ungrouped"]["hosts"]) == {"mixed", "down", "blind"}
    assert set(hosts["without_sms"]["hosts"]) == {"none"}
    assert "It could not be read: Could not log in: \\# evil \\<b\\>." in files["export.md"]
    assert "select several SMS options" in files["export.md"]


@pytest.mark.parametrize("host", ["../acme", "acme corp", "", ".", "a/b", "a\n"])
def test_a_host_that_can_be_no_directory_is_refused(host: str) -> None:
    assert wrong(files_of, [Tenant(host, LOGIN, found({}))]) == "export_directory"


TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "yes",
            "0x1F",
            "1e3",
            "{{ x }}",
            "# x",
            "- x",
            "a: b",
            "null",
            "~",
            "*a",
            "&b",
            "!c",
            "'",
            '"',
            "=",
        ]
    ),
)


@given(st.lists(TEXTS, min_size=4, max_size=4), st.booleans())
def test_what_a_server_says_is_read_back_as_text(texts: list[str], flag: bool) -> None:
    name, endpoint, key, value = in_result(texts)
    item = {"name": f"s{name}", "endpoint": endpoint, "cxc_only": flag, "options": {f"k{key}": value}}
    described = {**found({}), "variables": {"ccid": CCID, "sender_ids": [item], "kaleyra_url": None}}
    text = files_of([Tenant("acme", {}, described)])["host_vars/acme/main.yml"]
    read_back = read(text)
    assert read_back["sender_ids"] == [item]
    assert read_back["kaleyra_url"] is None
    # A template is marked as none.
    assert all("!unsafe" in line for line in text.splitlines() if "{{" in line and "vault_" not in line)
