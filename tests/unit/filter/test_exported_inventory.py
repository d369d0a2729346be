# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of an exported inventory: `filter/exported_inventory.py`."""

from __future__ import annotations

import base64
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.cxops.genesys_sms.plugins.filter import exported_inventory
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.snapshot import Seen, describe

EXPORTED = exported_inventory.FilterModule().filters()["exported_inventory"]
CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
LIVE = {**describe(Seen(CCID, "https://digital.example.com")), "unreadable": {"services": "It is down."}}


def variables(path: Path, *groups: str, **more: Any) -> dict[str, Any]:
    """Return the variables of a host with its description."""
    return {"ccid": CCID, "group_names": list(groups), "inventory_dir": str(path), "sms_tenant": LIVE, **more}


def files(hostvars: dict[str, dict[str, Any]], problems: dict[str, list[str]] | None = None) -> dict[str, str]:
    found = EXPORTED(hostvars, list(hostvars), problems)
    return {path: base64.b64decode(content).decode() for path, content in found.items()}


def test_the_login_comes_from_the_variables(tmp_path: Path) -> None:
    unset = {"gws_url": "", "gax_url": None, "gws_username": "__omit_place_holder__1"}
    made = files({"acme": variables(tmp_path, nexus_api_key="canary", gws_check_ccid=False, **unset)})
    assert yaml.safe_load(made["host_vars/acme.yml"]) == {
        "ccid": CCID,
        "gws_check_ccid": False,
        "nexus_api_key": "{{ vault_acme_nexus_api_key }}",
    }
    assert "canary" not in str(made)


def test_the_journal_stays_the_same_file(tmp_path: Path) -> None:
    journal = tmp_path / "genesys_cloud_purchases.txt"
    hosts = {"acme": variables(tmp_path, "genesys_cloud"), "globex": variables(tmp_path, "kaleyra")}
    assert "genesys_cloud_journal" not in str(files(hosts))
    journal.touch()
    made = files(hosts)
    assert yaml.safe_load(made["host_vars/acme.yml"])["genesys_cloud_journal"] == str(journal)
    assert "genesys_cloud_journal" not in made["host_vars/globex.yml"]
    hosts["acme"]["genesys_cloud_journal"] = "/journal"
    assert yaml.safe_load(files(hosts)["host_vars/acme.yml"])["genesys_cloud_journal"] == "/journal"


def test_a_tenant_that_was_not_read_is_named(tmp_path: Path) -> None:
    hosts = {
        "stopped": variables(tmp_path),
        "down": variables(tmp_path, sms_tenant={"msg": "It is down."}),
        "skipped": variables(tmp_path),
    }
    del hosts["skipped"]["sms_tenant"]
    made = files(hosts, {"stopped": ["nexus_url: it is not set.", "ccid: it is wrong."]})
    for reason in ("nexus\\_url: it is not set. ccid: it is wrong.", "It is down.", "it was not read"):
        assert f"It could not be read: {reason}" in made["export.md"]
    # Its variables may be wrong.
    assert "host_vars/stopped.yml" not in made
    assert set(yaml.safe_load(made["hosts.yml"])["ungrouped"]["hosts"]) == set(hosts)


class HostVars(dict[str, dict[str, Any]]):
    """The variables of all hosts, as Ansible gives them to a filter."""

    _loader = SimpleNamespace(_vault=VaultLib([("prod", VaultSecret(b"password"))]))


def test_secrets_leave_the_filter_encrypted(tmp_path: Path) -> None:
    shown = {"kaleyra_url": base64.b64encode(b"https://h.example.com/?canary").decode()}
    live = {**LIVE, "secrets": ["kaleyra_url"], "secret_values": shown}
    hosts = HostVars(acme=variables(tmp_path, nexus_api_key="canary-key", sms_tenant=live))
    made = EXPORTED(hosts, ["acme"], with_secrets=True)
    found = {path: base64.b64decode(content).decode() for path, content in made.items()}
    vault = found.pop("group_vars/all/vault.yml")
    assert vault.startswith("$ANSIBLE_VAULT;1.2;AES256;prod\n")
    assert "canary" not in str(found)
    assert yaml.safe_load(HostVars._loader._vault.decrypt(vault)) == {
        "vault_acme_nexus_api_key": "canary-key",
        "vault_acme_kaleyra_url": "https://h.example.com/?canary",
    }
    # Without the request, nothing needs a password.
    assert "canary" not in str(files({"acme": hosts["acme"]}))
