# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook export: live tenants become an inventory that changes nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.server_text import is_harmful
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.channel_rules import channel_key
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.export import TO_FILL_IN
from integration.live_states import changes_nothing, generated
from integration.playbooks import API_KEY, TOLLFREE_NUMBERS
from integration.playbooks import run as run_tasks
from integration.provisioning import (
    KALEYRA_PASSWORD,
    KALEYRA_USERNAME,
    PROVISION,
    Result,
    Site,
    Variables,
    assert_phrases,
    play,
    run,
    write_yaml,
)
from integration.test_tenant_info import HAND_MADE, SMS, by_hand
from sandbox.control import Sandbox
from tools.collection import ROOT
from unit.tenant.test_export import features
from unit.tenant.test_export import read as read_unsafe
from unit.tenant.test_snapshot import Live

EXPORT = "cxops.genesys_sms.export"
HOSTILE = "{{ 1 / 0 }} {% x %} ${x} <b> &a *b - #: 'y' \"z\" !t"
TERMINAL = "\x1b[2K\x1b]0;x\x07\u202e{{ 1 / 0 }}"
CLUSTER_KEY = "Portico Cluster API Key"
CANARIES = re.compile("kaleyra-password|-secret-|header-value|header-token|cluster-key")


def export(
    site: Site, directory: Path, *options: str, env: Mapping[str, str] | None = None, **variables: object
) -> Result:
    """Export the tenants of a site, with the options of ansible-playbook."""
    given = {"export_directory": str(directory), **variables}
    return play(site.sandbox, site.directory, EXPORT, site.inventory(), *options, variables=given, env=env)


def read_vault(directory: Path) -> Variables:
    """Return the secrets to fill in."""
    found: Variables = yaml.safe_load((directory / "group_vars/all/vault.yml").read_text(encoding="utf-8"))
    return found or {}


def text_of(directory: Path) -> str:
    """Return all files of an exported inventory."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(directory.rglob("*")) if path.is_file())


def fill_in(site: Site, directory: Path, values: dict[str, str]) -> None:
    """Fill in the secrets as a person does, from the first inventory or by the end of their names."""
    filled: Variables = {}
    for name in read_vault(directory):
        shared = re.fullmatch(r"vault_(gws_client_secret)_*", name)
        host = name.split("_")[1] if not shared else next(iter(site.hosts))
        option = shared[1] if shared else name.removeprefix(f"vault_{host}_")
        own = {key: value for key, value in site.hosts[host].items() if isinstance(value, str)}
        for item in site.hosts[host].get("custom_gateway_channels", []):
            own.update({key: value for key, value in item.items() if key.endswith("_secret")})
        known = {**own, **values}
        filled[name] = next(value for key, value in known.items() if option == key or option.endswith(f"_{key}"))
    write_yaml(directory / "group_vars/all/vault.yml", filled)


def hand_made(sandbox: Sandbox, directory: Path) -> Site:
    """Return tenants of each SMS option that people changed, with a number that they bought by hand."""
    site = Site(sandbox, directory, "acme", "initech", "globex", gateways={"initech": "gax"}, clouds=["globex"])
    hostile = {**SMS, "channelId": "0020001", "note": HOSTILE, "endpoint": f"chat.{HOSTILE}", HOSTILE: "x"}
    terminal = {**SMS, "channelId": "0020002", "endpoint": TERMINAL, "note": TERMINAL}
    by_people = {
        "chat.SMS-Hand_1": hostile,
        "chat.SMS-Hand_2": terminal,
        f"chat.{TERMINAL}": {**terminal, "channelId": "20003"},
    }
    sections = {"acme": HAND_MADE, "globex": by_people}
    sandbox.seed({"ccid": site.tenants[name].ccid, "name": name, "sections": sections[name]} for name in sections)
    for header, value in zip(site.hosts["initech"]["webhook_headers"], ["header-value", "header-token"], strict=True):
        header["value"] = value
    first = site.play(PROVISION)
    assert first.rc == 0, first.output
    acme, globex = site.hosts["acme"], site.hosts["globex"]
    kaleyra = {"username": KALEYRA_USERNAME, "password": KALEYRA_PASSWORD}
    by_hand(sandbox, acme, "mGageSMS", {"url": "HTTPS://Kaleyra.example.com/", "data": {"a": 1}, "secret": kaleyra})
    by_hand(sandbox, acme, "SMS", {"url": "n/a", "data": {"provider": "mGage", "note": "by hand"}, "secret": {}})
    buying = {
        "ccid": globex["ccid"],
        "nexus_url": "https://elsewhere.example.com",
        "journal": str(site.journal),
        "purchase_allowed": True,
        "max_purchases": 9,
        "webhook_password": "key",
        "order_timeout": 5,
        "tollfree_numbers": [{"number": "18445550099", "comment": "by hand: yes #1"}],
    }
    bought = run_tasks(sandbox, directory / "bought", [{"name": "by hand", TOLLFREE_NUMBERS: buying}])
    assert not bought["by hand"].failed, bought.stdout
    return site


@pytest.mark.parametrize("read", ["full", "masked", "masked_all", "omitted"])
def test_an_exported_inventory_changes_nothing(sandbox: Sandbox, tmp_path: Path, read: str) -> None:
    site = hand_made(sandbox, tmp_path)
    sandbox.switch(**{"services.read": read})
    directory = tmp_path / "exported"
    result = export(site, directory, "--diff", "-vv")
    assert result.changed == dict.fromkeys(result.changed, 0), result.output
    assert site.writes() == []
    text = text_of(directory)
    assert not CANARIES.search(text + result.output)
    # No terminal obeys what a server says. What would need such a character is named.
    assert [c for c in text + result.output if is_harmful(c) and c != "\n"] == []
    assert_phrases(text, "sender\\_id chat.SMS-Hand\\_2", "chat.\ufffd\\[2K\ufffd")
    assert sorted(path.name for path in tmp_path.glob("*exported*")) == ["exported"]
    hosts = yaml.safe_load((directory / "hosts.yml").read_text(encoding="utf-8"))
    assert {group: list(content["hosts"]) for group, content in hosts.items()} == {
        "kaleyra": ["acme"],
        "custom_gateway": ["initech"],
        "genesys_cloud": ["globex"],
    }
    for name in ("chat.SMS_Half", "chat.SMS_Plus"):
        assert name.replace("_", "\\_") in text

    # What a server says is data.
    globex = (directory / "host_vars/globex.yml").read_text(encoding="utf-8")
    assert globex.count("!unsafe") == 3
    if read == "full":
        # The secrets that nobody has filled in are refused.
        refused = play(sandbox, tmp_path, PROVISION, directory)
        assert set(refused.failures) == {"acme", "initech", "globex"}
        assert sandbox.requests() == []

    values = {"x_tenant_value": "header-value", "x_token_value": "header-token"}
    fill_in(site, directory, values)
    for options in (["--check"], []):
        again = play(sandbox, tmp_path, PROVISION, directory, *options)
        assert again.changed == dict.fromkeys(again.changed, 0), again.output
        assert set(again.changed) == {"acme", "initech", "globex"}
        assert sandbox.writes() == []


def decrypted(directory: Path, password: Path) -> Variables:
    """Return the secrets of an encrypted export."""
    file = directory / "group_vars/all/vault.yml"
    assert file.read_text(encoding="utf-8").startswith("$ANSIBLE_VAULT;")
    assert file.stat().st_mode & 0o777 == 0o600
    shown = run("ansible-vault", "view", "--vault-password-file", password, file, directory=directory.parent)
    assert shown.rc == 0, shown.output
    found: Variables = read_unsafe(shown.output)
    return found


def test_secrets_that_servers_show_are_written_encrypted_on_request(sandbox: Sandbox, tmp_path: Path) -> None:
    site = hand_made(sandbox, tmp_path)
    login = {name: value for name, value in site.hosts["acme"].items() if name.startswith("gws_")}
    (key,) = run_tasks(
        sandbox,
        tmp_path / "key",
        [{"name": "key", API_KEY: {"name": CLUSTER_KEY, "tenant": "", "permissions": ["nexus:cluster:*"], **login}}],
    ).tasks
    assert key.changed
    directory = tmp_path / "exported"
    for options in (["--check"], []):
        refused = export(site, directory, *options, export_secrets="true")
        assert_phrases(" ".join(refused.output.split()), "there is no vault password", "Add --ask-vault-pass")
        assert (refused.rc, sandbox.requests()) == (2, [])
    assert list(tmp_path.glob("*exported*")) == []

    password = tmp_path / "vault-password"
    password.write_text("vault password", encoding="utf-8")
    given = ("--vault-password-file", str(password))
    identity = {"ANSIBLE_VAULT_ENCRYPT_IDENTITY": "prod"}
    refused = export(site, directory, *given, env=identity, export_secrets="true")
    assert_phrases(
        " ".join(refused.output.split()),
        "ANSIBLE_VAULT_ENCRYPT_IDENTITY is prod, but this run only has passwords for the vault IDs default.",
        "Add --vault-id prod@prompt",
    )
    assert (refused.rc, sandbox.requests()) == (2, [])
    result = export(site, directory, *given, "-vvvv", "--diff", export_secrets="true")
    assert f"ansible-vault view {directory}/group_vars/all/vault.yml. If export.md names missing" in result.output
    assert result.changed == dict.fromkeys(result.changed, 0), result.output
    own = {str(value) for host in site.hosts.values() for value in secret_values(host)}
    assert {KALEYRA_PASSWORD, "header-value", "sandbox-acme-password"} <= own
    # Beside the encrypted file, no file that the run left has a secret.
    files = [path for path in (directory, tmp_path / "home") for path in path.rglob("*") if path.is_file()]
    texts = [result.output, *(path.read_text(encoding="utf-8", errors="replace") for path in files)]
    assert [text for text in texts if any(secret in text for secret in own) or CANARIES.search(text)] == []
    report = (directory / "export.md").read_text(encoding="utf-8")
    assert "to fill in:" not in report
    values = decrypted(directory, password)
    # The cluster key comes from the server, not from the inventory of the first run.
    assert {secret for secret in own if not secret.startswith("cluster-key")} <= set(values.values())
    assert TO_FILL_IN not in values.values()
    assert re.fullmatch("[0-9a-f-]{36}", values["vault_globex_nexus_cluster_api_key"])
    for options in (["--check"], []):
        again = play(sandbox, tmp_path, PROVISION, directory, *options, *given)
        assert again.changed == dict.fromkeys(["acme", "initech", "globex"], 0), again.output
        assert sandbox.writes() == []

    # A mask is not a secret. The list of what is missing names only what no server shows.
    sandbox.switch(**{"services.read": "masked", "apikeys.list": "unsupported"})
    assert export(site, tmp_path / "masked", *given, export_secrets=True).rc == 0
    values = decrypted(tmp_path / "masked", password)
    missing = {name for name, value in values.items() if value == TO_FILL_IN}
    masked = (
        "kaleyra_username",
        "kaleyra_password",
        "gc_client_id",
        "gc_client_secret",
        "webhook_secret",
        "api_secret",
    )
    assert missing == {name for name in values if name.endswith((*masked, "nexus_cluster_api_key"))}
    report = (tmp_path / "masked/export.md").read_text(encoding="utf-8")
    assert set(re.findall("`(vault_[^`]+)`", report)) == missing
    assert not any("***" in str(value) for value in values.values())
    assert "header-value" in values.values()


def secret_values(host: Variables) -> list[str]:
    """Return the secrets in the variables of a tenant, except those that servers only store."""
    items = [*host.get("custom_gateway_channels", []), *host.get("webhook_headers", [])]
    kinds = ("_password", "_secret", "_api_key", "value", "kaleyra_username", "gc_client_id")
    found = [(name, value) for variables in (host, *items) for name, value in variables.items()]
    return [value for name, value in found if name.endswith(kinds) and not name.startswith("gc_admin")]


def test_tenants_that_can_not_be_exported_are_named(sandbox: Sandbox, tmp_path: Path) -> None:
    """Hosts of an inventory plugin are in no group. One mixes SMS options, one has none, and one is down."""
    site = Site(sandbox, tmp_path, "acme", "mixed", "none", "down")
    assert site.play(PROVISION, "--limit", "acme,mixed").rc == 0
    mixture = {"url": "N/A", "data": {"provider": "mGage", "tokenProvider": "Purecloud"}, "secret": {}}
    by_hand(sandbox, site.hosts["mixed"], "SMS", mixture)
    login = ("ccid", "nexus_", "gws_")
    for name in ("mixed", "none", "down"):
        known = site.hosts.pop(name)
        site.others[name] = {key: value for key, value in known.items() if key.startswith(login)}
    site.others["down"].update({"nexus_url": "http://127.0.0.1:9", "gws_url": "http://127.0.0.1:9"})
    site.others["gateway"] = {"comment": "It is no tenant."}
    directory = tmp_path / "exported"
    result = export(site, directory, http_options={"retries": 0, "timeout": 5})
    assert set(result.failures) == {"down"}
    assert "gateway" not in str(result.failures)
    hosts = yaml.safe_load((directory / "hosts.yml").read_text(encoding="utf-8"))
    assert {group: sorted(content["hosts"]) for group, content in hosts.items()} == {
        "kaleyra": ["acme"],
        "without_sms": ["none"],
        "ungrouped": ["down", "mixed"],
    }
    report = (directory / "export.md").read_text(encoding="utf-8")
    assert_phrases(report, "select several SMS options", "It could not be read", "127.0.0.1:9")
    assert "canary" not in report

    fill_in(site_of_all(site), directory, {})
    again = play(sandbox, tmp_path, PROVISION, directory)
    # The mixture is a problem until a person decides.
    assert set(again.failures) == {"mixed"}
    assert again.count("changed")["acme"] == 0
    assert sandbox.writes() == []


def site_of_all(site: Site) -> Site:
    """Return a site whose hosts are all hosts of the inventory."""
    site.hosts = {**site.hosts, **site.others}
    return site


def test_nothing_is_overwritten_and_no_half_export_is_left(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "acme")
    assert site.play(PROVISION).rc == 0
    directory = tmp_path / "a 'b/exported"
    missing = export(site, directory)
    assert_phrases(missing.output, "is not a directory. Create it with mkdir -p")
    directory.parent.mkdir()
    for checked in (["--check"], ["--tags", "validate"]):
        assert export(site, directory, *checked).rc == 0
        assert list(directory.parent.iterdir()) == []
    assert "is not an absolute path" in site.play(EXPORT).output
    assert "is not an absolute path" in site.play(EXPORT, export_directory="exported").output

    assert export(site, directory).rc == 0
    first = text_of(directory)
    (directory / "own.yml").write_text("own", encoding="utf-8")
    refused = export(site, directory)
    assert_phrases(" ".join(refused.output.split()), "exists. Use another directory, or add -e export_overwrite=true")
    assert sandbox.requests() == []
    assert (directory / "own.yml").exists()

    # A run that was killed leaves such a directory. It is in nobody's way, and becomes no part of an inventory.
    (directory.parent / ".exported.killed/host_vars").mkdir(parents=True)
    replaced = export(site, directory, export_overwrite="true")
    assert replaced.rc == 0, replaced.output
    assert text_of(directory) == first
    (old,) = (path for path in directory.parent.glob("[!.]*") if path != directory)
    assert old.name.startswith("exported.")
    assert (old / "own.yml").exists()

    # A file that can't be written: its name is too long.
    site.hosts = {"a" * 253: site.hosts["acme"]}
    before = sorted(directory.parent.iterdir())
    broken = export(site, directory, export_overwrite="true")
    assert broken.rc != 0
    assert sorted(directory.parent.iterdir()) == before
    assert (text_of(directory), sandbox.writes()) == (first, [])


def test_a_name_of_a_host_that_can_not_be_a_file_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "acme", "initech")
    assert site.play(PROVISION).rc == 0
    site.hosts["../initech"] = site.hosts.pop("initech")
    directory = tmp_path / "exported"
    result = export(site, directory)
    assert_phrases(result.failures["../initech"], "Rename the host")
    assert sorted(path.name for path in (directory / "host_vars").iterdir()) == ["acme.yml"]


def test_the_commands_of_the_documentation_lead_to_a_managed_inventory(sandbox: Sandbox, tmp_path: Path) -> None:
    """The page docs/live-tenants.md: its inventory and its commands, in this order."""
    site = Site(sandbox, tmp_path, "acme")
    assert site.play(PROVISION).rc == 0
    acme = site.hosts["acme"]
    page = (ROOT / "docs/live-tenants.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert [language for language, _text in blocks] == ["yaml", *["bash"] * 7]
    listed = yaml.safe_load(blocks[0][1])["all"]
    urls = {"nexus_url": acme["nexus_url"], "gws_url": acme["gws_url"], "gws_auth_url": acme["gws_auth_url"]}
    listed["vars"].update({**urls, "gws_client_id": acme["gws_client_id"]})
    listed["hosts"]["acme"].update(ccid=acme["ccid"], gws_username=acme["gws_username"])
    write_yaml(tmp_path / "inventories/live/hosts.yml", {"all": listed})
    password = tmp_path / "vault-password"
    password.write_text("vault", encoding="utf-8")
    env = {
        "LIVE_GWS_CLIENT_SECRET": acme["gws_client_secret"],
        "LIVE_ACME_API_KEY": acme["nexus_api_key"],
        "LIVE_ACME_PASSWORD": acme["gws_password"],
    }
    exported = tmp_path / "inventories/exported"
    commands = [command for _language, command in blocks[1:]]
    # Step 4 with the inventory of the second way of step 3.
    (check,) = (command for command in commands if " --check " in command)
    assert "Then use `inventories/filled` in steps 4 and 5." in page
    for command in (*commands, check.replace("/exported", "/filled")):
        if "ansible-vault encrypt" in command:
            fill_in(site, exported, {})
        here = re.sub(r"(\$PWD/)?inventories/", f"{tmp_path}/inventories/", command)
        program, *arguments = here.replace("--ask-vault-pass", "").split()
        sandbox.clear_requests()
        result = run(
            program,
            *arguments,
            directory=tmp_path,
            env={**env, "ANSIBLE_VAULT_PASSWORD_FILE": str(password), "ANSIBLE_NOCOLOR": "true"},
        )
        assert result.rc == 0, f"{command}{result.output}"
        assert sandbox.writes() == []
        if " --check " in command:
            assert result.changed == {"acme": 0}
    filled = decrypted(exported.parent / "filled", password)
    assert not {TO_FILL_IN} & set(filled.values())
    assert "$ANSIBLE_VAULT" in (exported / "group_vars/all/vault.yml").read_text(encoding="utf-8")
    # The page lists the files that an export writes.
    files = {str(path.relative_to(exported)) for path in exported.rglob("*") if path.is_file()}
    assert files == set(re.findall(r"^\| `([^`]+)`", page, re.MULTILINE))


def secrets_of(host: Variables, live: Live, login: Variables) -> Variables:
    """Return the value of each secret in the exported variables of a generated tenant."""
    values: Variables = {}
    known = {**login, "kaleyra_username": "canary-username", "kaleyra_password": "canary-password"}
    if "mGageSMS" in live.documents:
        # A URL with a query is a secret too.
        known["kaleyra_url"] = live.documents["mGageSMS"].url
    section = live.sections.get(host.get("webhook_headers_section", "Async"), {})
    for header in host.get("webhook_headers", []):
        values[header["value"]] = section[f"header:{header['name']}"]
    for channel in host.get("custom_gateway_channels", []):
        values[channel["webhook_secret"]] = "canary-w"
        values[channel["api_secret"]] = "canary-a"
        if channel["webhook_url"].startswith("{{"):
            entries = live.documents["Async"].data["channels"]
            urls = {channel_key(entry["channelId"]): entry["webhook"]["url"] for entry in entries}
            values[channel["webhook_url"]] = urls[channel_key(channel["channel_id"])]
    values.update({value: known[name] for name, value in host.items() if str(value).startswith("{{ vault_")})
    return {reference.strip("{} "): value for reference, value in values.items()}


def test_generated_tenants_change_nothing_that_the_export_does_not_name(sandbox: Sandbox, tmp_path: Path) -> None:
    tenants = list(generated(60))
    # Tenants of which a description says that nothing changes, with the most oddities, and others.
    tenants.sort(key=lambda live: (changes_nothing(live), len(features(live)), len(live.sections)))
    lives = {
        f"t{number}": live
        for option in ("kaleyra", "custom_gateway")
        for number, live in [pair for pair in enumerate(tenants) if pair[1].option == option][-6:]
    }
    site = Site(sandbox, tmp_path, *lives)
    for name, live in lives.items():
        sandbox.seed([{"ccid": site.tenants[name].ccid, "name": name, "sections": live.sections}])
    for name, live in lives.items():
        for service, document in live.documents.items():
            by_hand(sandbox, site.hosts[name], service, document.body())
        known = site.hosts[name].items()
        site.others[name] = {key: value for key, value in known if key.startswith(("ccid", "nexus_", "gws_"))}
    site.hosts = {}
    directory = tmp_path / "exported"
    result = export(site, directory)
    assert result.rc == 0, result.output
    shared = re.findall(r"vault_gws_client_secret", (directory / "group_vars/all/main.yml").read_text(encoding="utf-8"))
    values = dict.fromkeys(shared, site.others[next(iter(lives))]["gws_client_secret"])
    for name, live in lives.items():
        host = read_unsafe((directory / f"host_vars/{name}.yml").read_text(encoding="utf-8"))
        values.update(secrets_of(host, live, site.others[name]))
    assert set(values) == set(read_vault(directory))
    write_yaml(directory / "group_vars/all/vault.yml", values)
    sections = re.split(r"^## (\w+)$", (directory / "export.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    reports = dict(zip(sections[::2], sections[1::2], strict=True))
    named = re.compile("`provision` would|Not in the variables, (service|list)|SMS option: none")
    unchanged = {name for name, report in reports.items() if not named.search(report)}
    assert len(unchanged) >= 3
    # The generated tenants have the same numbers. Real ones do not.
    numbers = ["16504661149", "16504669007", "6504661150", "65046", "065046", "10001", "mail.example.com"]
    for options in (["--check"], []):
        again = play(sandbox, tmp_path, PROVISION, directory, *options, variables={"shared_numbers": numbers})
        assert {name: again.count("failed")[name] for name in unchanged} == dict.fromkeys(unchanged, 0), again.output
        assert {name: again.count("changed")[name] for name in unchanged} == dict.fromkeys(unchanged, 0), again.output
    assert {name: site.state(name)["sections"] for name in unchanged} == {
        name: lives[name].sections for name in unchanged
    }
