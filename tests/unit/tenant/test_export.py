# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Live tenants as the files of an inventory: `_tenant/export.py`."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import yaml
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import Transaction
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.server_text import in_result
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import Document
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.plan import Observed
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.export import (
    TO_FILL_IN,
    VAULT,
    Tenant,
    files_of,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.snapshot import Seen, describe
from unit.models import ServicesModel
from unit.properties import given, settings, st
from unit.tenant.test_snapshot import CCID as TENANT
from unit.tenant.test_snapshot import NEXUS as HOST
from unit.tenant.test_snapshot import Live, fill, live_tenants, plans_of

CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
NEXUS, GWS = "https://digital.example.com", "https://gws.example.com"
LOGIN = {
    "nexus_url": NEXUS,
    "nexus_api_key": "canary-key",
    "gws_url": GWS,
    "gws_client_id": "cxops",
    "gws_client_secret": "canary-client",
    "gws_username": "acme\\provisioner",
    "gws_password": "canary-acme",
}
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
        files["host_vars/acme.yml"]
        == f"""---
nexus_url: {NEXUS}
gws_url: {GWS}
gws_client_id: cxops
gws_username: "acme\\\\provisioner"
ccid: "{CCID}"
custom_gateway_channels:
  - channel_id: "16504661149"
    webhook_url: https://gateway.example.com
    webhook_secret: "{{{{ vault_acme_16504661149_webhook_secret }}}}"
    api_secret: "{{{{ vault_acme_16504661149_api_secret }}}}"
webhook_headers:
  - name: X-Tenant
    value: "{{{{ vault_acme_x_tenant_value }}}}"
sender_ids:
  - name: chat.Main
    channel_id: "065046"
    endpoint: chat.Main
    media: "no"
nexus_api_key: "{{{{ vault_acme_nexus_api_key }}}}"
gws_client_secret: "{{{{ vault_acme_gws_client_secret }}}}"
gws_password: "{{{{ vault_acme_gws_password }}}}"
"""
    )
    vault = read(files[VAULT])
    assert set(vault.values()) == {TO_FILL_IN}
    assert all(f"{{{{ {name} }}}}" in files["host_vars/acme.yml"] for name in vault)
    report = files["export.md"]
    assert "Not read, tollfree_numbers: They were not read." in report
    assert "Of another SMS option, services: mGageSMS" in report
    assert all(f"`{name}`" in report for name in vault)


def test_tenants_share_what_is_the_same_for_all() -> None:
    other = {**LOGIN, "gws_username": "globex", "nexus_api_key": "canary-globex", "gws_password": "canary-globex"}
    # A tenant without SMS needs no login, and changes nothing for the others.
    tenants = [
        Tenant("globex", other, found(SERVICES)),
        Tenant("acme", LOGIN, found(SERVICES)),
        Tenant("none", {"nexus_url": "https://other.example.com"}, found({})),
    ]
    files = files_of(tenants)
    shared = read(files["group_vars/all/main.yml"])
    assert shared == {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "nexus_url": NEXUS,
        "gws_url": GWS,
        "gws_client_id": "cxops",
        "gws_client_secret": "{{ vault_gws_client_secret }}",
    }
    for host in ("acme", "globex"):
        own = read(files[f"host_vars/{host}.yml"])
        assert not set(shared) & set(own)
        assert own["nexus_api_key"] == f"{{{{ vault_{host}_nexus_api_key }}}}"
    assert read(files["host_vars/none.yml"]) == {"ccid": CCID}
    assert list(read(files["hosts.yml"])["custom_gateway"]["hosts"]) == ["acme", "globex"]
    assert "canary" not in str(files)


def test_known_secrets_are_written_on_request() -> None:
    described = found(SERVICES, {"chat.Main": SMS, "Async": {"header:X-Tenant": "canary-h"}})
    shown = {
        "custom_gateway_channels[0].webhook_secret": "{{ canary-w }}",
        # A mask is not a secret.
        "custom_gateway_channels[0].api_secret": "********",
        "webhook_headers[0].value": "0123",
    }
    tenants = [
        Tenant("acme", {**LOGIN, "gws_password": "change-me"}, described, shown),
        Tenant("globex", {**LOGIN, "nexus_api_key": "canary-globex"}, found(SERVICES)),
    ]
    without, files = (files_of(tenants, with_secrets=wanted) for wanted in (False, True))
    missing = "vault_acme_16504661149_api_secret", "vault_acme_gws_password"
    others = "vault_globex_16504661149_webhook_secret", "vault_globex_16504661149_api_secret"
    assert read(files[VAULT]) == {
        "vault_gws_client_secret": "canary-client",
        "vault_acme_nexus_api_key": "canary-key",
        "vault_acme_16504661149_webhook_secret": "{{ canary-w }}",
        "vault_acme_x_tenant_value": "0123",
        "vault_globex_nexus_api_key": "canary-globex",
        "vault_globex_gws_password": "canary-acme",
        **dict.fromkeys([*missing, *others], TO_FILL_IN),
    }
    assert '!unsafe "{{ canary-w }}"' in files[VAULT]
    # Only the file that is encrypted has secrets. Only the missing ones are to be filled in.
    assert "canary" not in str({**files, VAULT: ""})
    assert set(re.findall("`(vault_[^`]+)`", files["export.md"])) == {*missing, *others}
    assert set(read(without[VAULT])) == set(read(files[VAULT]))
    assert set(read(without[VAULT]).values()) == {TO_FILL_IN}
    assert "`vault_gws_client_secret`" in without["export.md"]


def test_a_hidden_text_is_named() -> None:
    described = found(SERVICES, {"chat.Main": SMS, "Async": {"header:X-Tenant": "Main"}})
    item = {"name": "chat.********", "channel_id": "065046", "endpoint": "chat.********"}
    described["variables"] = {**described["variables"], "sender_ids": [item]}
    report = files_of([Tenant("acme", LOGIN, described)])["export.md"]
    assert "- sender\\_ids\\[0\\].name contains \\*\\*\\*\\*\\*\\*\\*\\*, because a secret" in report
    # The hidden query of a URL is a secret to fill in.
    channel = {"channel_id": "1", "webhook_url": "https://h.example.com/?********"}
    described["variables"] = {**described["variables"], "sender_ids": [], "custom_gateway_channels": [channel]}
    described["secrets"] = ["custom_gateway_channels[0].webhook_url"]
    assert "because a secret" not in files_of([Tenant("acme", LOGIN, described)])["export.md"]


def test_two_secrets_never_have_the_same_variable() -> None:
    files = files_of([Tenant(host, {"nexus_api_key": host}, found(SERVICES)) for host in ("a-b", "a_b", "a.b")])
    vault = read(files[VAULT])
    assert len(vault) == 9
    assert {"vault_a_b_nexus_api_key", "vault_a_b_nexus_api_key_", "vault_a_b_nexus_api_key__"} <= set(vault)


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
    described = {
        **found(SERVICES),
        "secrets": [],
        "variables": {"ccid": CCID, "sender_ids": [item], "kaleyra_url": None},
    }
    text = files_of([Tenant("acme", {}, described)])["host_vars/acme.yml"]
    read_back = read(text)
    assert read_back["sender_ids"] == [item]
    assert read_back["kaleyra_url"] is None
    # A template is marked as none.
    assert all("!unsafe" in line for line in text.splitlines() if "{{" in line and "vault_" not in line)


def filled_in(exported: Any, filled: Any) -> Any:
    """Return exported variables with the secrets of others in place of references."""
    if isinstance(exported, dict):
        return {key: filled_in(value, filled.get(key)) for key, value in exported.items()}
    if isinstance(exported, list):
        return [filled_in(*pair) for pair in zip(exported, filled, strict=True)]
    return filled if str(exported).startswith("{{ vault_") else exported


def features(live: Live) -> set[str]:
    """Return the oddities of tenants that were set up by hand."""
    senders = {
        name: section for name, section in live.sections.items() if "sms" in section.get("channelType", "").casefold()
    }
    ids = [section.get("channelId", "") for section in senders.values()]
    services = live.documents.values()
    sms = live.documents["SMS"]
    tests = {
        "a name without chat.": any(not name.startswith("chat.") for name in senders),
        "a name with other characters": any(not re.fullmatch(r"[Cc]hat\.\w+|\w+", name) for name in senders),
        "a number with other characters": any(not channel.isdigit() for channel in ids),
        "a key in another case": any("channelid" in section for section in senders.values()),
        "a provider in another case": any(
            section.get("provider") in ("mgage", "portico", "async") for section in senders.values()
        ),
        "an endpoint without chat.": any(section.get("endpoint") in ("Min", "Main") for section in senders.values()),
        "two spellings of a number": {"65046", "065046"} <= set(ids) or {"16504661149", "+1 650 466 9007"} <= set(ids),
        "no URL in another spelling": sms.url in ("n/a", None, ""),
        "a URL in another spelling": any((service.url or "").startswith("HTTPS") for service in services),
        "two SMS options": len({"provider", "tokenProvider"} & set(sms.data)) == 2,
        "a service of another option": live.option != "kaleyra" and "mGageSMS" in live.documents,
        "a number by hand": any("slot" not in number.fields["comment"] for number in live.account),
        "a number with a slot": any("slot" in number.fields["comment"] for number in live.account),
    }
    return {name for name, found in tests.items() if found}


def test_an_export_of_any_tenant_changes_what_it_says() -> None:
    seen_features: Counter[str] = Counter()

    @settings(max_examples=1000)
    @given(live_tenants(), st.sampled_from(["full", "masked", "masked_all", "omitted"]))
    def applied(live: Live, read_mode: str) -> None:
        seen_features.update([*features(live), "all"])
        model = ServicesModel(read_mode, live.documents)
        documents = {name: document for name in live.documents if (document := model.look(name).document)}
        transaction = Transaction(105, "NexusServices", live.sections)
        described = describe(Seen(TENANT, HOST, documents, transaction, Observed(live.account)))
        # As the module returns it.
        result = {**in_result(described), "unreadable": {}}
        files = files_of([Tenant("acme", LOGIN, result)])
        assert "canary" not in str(files)
        assert list(read(files["hosts.yml"])) == [result["sms_option"] or "ungrouped"]
        if result["sms_option"] is None:
            assert "select several SMS options" in files["export.md"]
            return
        exported = read(files["host_vars/acme.yml"])
        variables = filled_in(exported, fill(result["variables"], result["secrets"], live))
        if {"service", "list"} & {item["kind"] for item in result["not_expressed"]}:
            return
        plans = plans_of(live, variables, result["secrets"], model)
        sentences = in_result([sentence for plan in plans for sentence in plan.sentences])
        assert sorted(sentences) == sorted(result["would_change"])

    applied()
    missing = {name: count for name, count in seen_features.items() if count < seen_features["all"] / 40}
    assert (len(seen_features), missing) == (14, {}), seen_features
