# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks never show the secrets of an inventory, even at -vvvv with --diff and after faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from integration.provisioning import (
    BOOTSTRAP,
    NO_RETRIES,
    NUMBERS,
    PROVISION,
    REMOVE,
    VERIFY,
    Result,
    Site,
    cloud_variables,
    gateway_variables,
    variables_of,
    write_yaml,
)
from sandbox.control import Sandbox

# All secrets begin so: however one is escaped or quoted, this part of it stays as it is.
MARK = "SecretCanary"

LOUD = ("-vvvv", "--diff")

REPORT = "cxops.genesys_sms.report"

ROLES = ["cxops.genesys_sms.preflight", "cxops.genesys_sms.kaleyra", "cxops.genesys_sms.sender_ids"]
GATEWAY_ROLES = [f"cxops.genesys_sms.{name}" for name in ("custom_gateway", "webhook_headers", "sender_ids")]


@pytest.fixture
def site(sandbox: Sandbox, tmp_path: Path) -> Site:
    """A tenant whose secrets are all marked, with characters that are escaped here and there."""
    site = Site(sandbox, tmp_path, "alpha")
    (tenant,) = sandbox.seed(
        [
            {
                "ccid": site.tenants["alpha"].ccid,
                "name": "alpha",
                "api_key": f"{MARK}-api-key",
                "client_secret": f'{MARK}-client-secret&"/%',
                "password": f"{MARK}-gws-password\\ä ü",
                "gax_password": f"{MARK}-gax-password\\ä",
            }
        ]
    )
    site.hosts["alpha"] = {
        **variables_of(sandbox, tenant, site.hosts["alpha"]["sender_ids"]),
        "kaleyra_username": f"{MARK}-kaleyra-username",
        "kaleyra_password": f"{MARK}-kaleyra-password'\"\\",
    }
    return site


def leaks(sandbox: Sandbox, result: Result, directory: Path) -> Iterator[str]:
    """Where a secret of the inventory, or one that was made from them, is to be seen."""
    # Tokens, and the logins to get them.
    headers = [record.headers.get("authorization", "") for record in sandbox.requests()]
    made = {header.split()[-1] for header in headers if header}
    # Of OAuth clients, and of API keys, which are in paths too.
    made |= {client["secret"] for client in sandbox.account()["clients"]}
    made |= {record.path.rpartition("/")[2] for record in sandbox.requests() if "/apikeys/" in record.path}
    needles = {MARK, *made}
    texts = {"output": result.output}
    for path in directory.rglob("*"):
        if path.is_file() and path.name != "inventory.yml" and path.parent.name != "bootstrap":
            texts[str(path.relative_to(directory))] = path.read_bytes().decode("utf-8", "replace")
    for place, text in texts.items():
        for needle in needles:
            before, found, after = text.partition(needle)
            if found:
                yield f"{place}: {before[-200:]}{found}{after[:200]}"


def test_no_secret_is_shown(site: Site, subtests: pytest.Subtests) -> None:
    sandbox, directory = site.sandbox, site.directory
    log = directory / "ansible.log"
    healthy = kaleyra = dict(site.hosts["alpha"])
    # With an environment, the tasks are ordinary modules.
    modules = write_yaml(
        directory / "modules.yml",
        [{"hosts": "kaleyra", "gather_facts": False, "environment": {"MODULES": "ordinary"}, "roles": ROLES}],
    )

    gateway_modules = write_yaml(
        directory / "gateway_modules.yml",
        [{"hosts": "custom_gateway", "gather_facts": False, "environment": {"MODULES": "1"}, "roles": GATEWAY_ROLES}],
    )

    def loud(title: str, playbook: str | Path, *options: str, fails: bool = False, **variables: object) -> None:
        with subtests.test(title):
            log.unlink(missing_ok=True)
            # Extra variables are shown at -vvvv by Ansible itself, so these are in the inventory.
            site.hosts["alpha"] = {**healthy, "http_options": NO_RETRIES, **variables}
            result = site.play(playbook, *LOUD, *options, env={"ANSIBLE_LOG_PATH": str(log)})
            assert (result.rc != 0) == fails, result.output
            assert not list(leaks(sandbox, result, directory))

    loud("check", PROVISION, "--check")
    loud("first run", PROVISION)
    loud("second run", PROVISION)
    proof = {"verify_file": str(directory / "verify.json"), "verify_webhook_hosts": True, "verify_probe": True}
    loud("verify", VERIFY, fails=True, **proof)
    assert site.state("alpha")["services"]["mGageSMS"]["secret"]["password"].startswith(MARK)

    sandbox.switch(**{"services.read": "masked"})
    loud("rotation, check", PROVISION, "--check", kaleyra_update_secret="always")
    loud("rotation", PROVISION, kaleyra_update_secret="always")
    loud("rotation, ordinary modules", modules, kaleyra_update_secret="always")
    sandbox.switch(**{"services.read": "full"})

    for path, names in (
        ("/services/", ["nexus_api_key", "kaleyra_username", "kaleyra_password"]),
        ("/oauth/token$", ["gws_client_secret", "gws_password"]),
        ("/transactions", ["gws_client_secret", "gws_password"]),
    ):
        body = {"status": {"code": 400, "message": f"no: {' and '.join(healthy[name] for name in names)}"}}
        sandbox.fault("status", path, status=400, body=body, times=None)
        loud(f"server that repeats secrets, {path}", PROVISION, fails=True)
        loud(f"server that repeats secrets, {path}, ordinary modules", modules, fails=True)
        sandbox.clear_faults()
    loud("role that refuses a value", PROVISION, fails=True, kaleyra_state="gone")
    loud("role that refuses a secret", PROVISION, fails=True, gws_password=[{"is": f"{MARK} in a list"}], gws_url="gws")
    loud("preflight", PROVISION, fails=True, kaleyra_url=f"sms://me:{MARK}@kaleyra.example.com/", gws_username="")

    # The same tenant with a gateway of its own, over GAX.
    site.gateways = {"alpha": "gax"}
    healthy = gateway_variables(sandbox, site.tenants["alpha"], healthy["sender_ids"], "gax")
    healthy["nexus_api_key"] = f"{MARK}-api-key"
    healthy["gax_password"] = f"{MARK}-gax-password\\ä"
    for number, channel in enumerate(healthy["custom_gateway_channels"]):
        channel.update(webhook_secret=f"{MARK}-webhook'{number}", api_secret=f'{MARK}-api"{number}')
    healthy["webhook_headers"][1]["value"] = f"{MARK} header"
    loud("gateway, check", PROVISION, "--check")
    loud("gateway", PROVISION)
    loud("gateway again", PROVISION)
    loud("proof", PROVISION, "--tags", "verify")
    wrong = [{**channel, "api_secret": f"{MARK}-other"} for channel in healthy["custom_gateway_channels"]]
    loud("proof that fails", PROVISION, "--tags", "verify", fails=True, custom_gateway_channels=wrong)
    loud("verify, a wrong secret", VERIFY, fails=True, **proof, custom_gateway_channels=wrong)
    loud(
        "gateway, preflight", PROVISION, fails=True, custom_gateway_channels=[{**wrong[0], "webhook_url": "x", "a": 1}]
    )
    loud("gateway, ordinary modules", gateway_modules)
    assert site.state("alpha")["services"]["Async"]["secret"]["channels"][0]["api"]["secret"].startswith(MARK)
    said = {"message": f"no: {healthy['gax_password']} and {healthy['webhook_headers'][1]['value']}"}
    sandbox.fault("status", "^/gax-host/", status=400, body=said, times=None)
    loud("GAX that repeats secrets", PROVISION, fails=True)
    sandbox.clear_faults()
    loud("remove gateway", REMOVE, "--limit", "custom_gateway")
    site.gateways = {}
    healthy = dict(kaleyra)

    # The same tenant over Genesys Cloud CX. The secret of the OAuth client is the sandbox's own, and looked for too.
    site.clouds = ("alpha",)
    healthy = {**healthy, **cloud_variables(sandbox, site.tenants["alpha"], directory / "purchases.jsonl")}
    healthy.update({name: kaleyra[name] for name in ("nexus_api_key", "gws_client_secret", "gws_password")})
    healthy["nexus_cluster_api_key"] = f'{MARK}-cluster"key'
    loud("cloud, check", PROVISION, "--check")
    sandbox.fault("cut", "numbers$", "POST")
    loud("cloud, a lost order", PROVISION, fails=True)
    loud("cloud, what is undecided", NUMBERS)
    intent = file_journal(str(directory / "purchases.jsonl"), 1, print).read()[0].id
    loud("cloud, the decision", NUMBERS, intent=intent, resolution="forget")
    loud("cloud", PROVISION)
    loud("cloud, rotation", PROVISION, genesys_cloud_update_secret="always")
    loud("verify, no API key of the cluster", VERIFY, fails=True, **proof)
    said = {"message": f"no: {healthy['nexus_cluster_api_key']} and {healthy['gc_client_secret']}"}
    for path in ("^/gc-login/", "^/gc-api/"):
        sandbox.fault("status", path, status=400, body=said, times=None)
        loud(f"{path} that repeats secrets", PROVISION, fails=True)
        sandbox.clear_faults()
    (directory / "bootstrap").mkdir()
    loud("bootstrap, check", BOOTSTRAP, "--check", bootstrap_directory=str(directory / "bootstrap"))
    loud("bootstrap", BOOTSTRAP, bootstrap_directory=str(directory / "bootstrap"))
    other = healthy.pop("gc_client_id")
    loud("bootstrap again", BOOTSTRAP, bootstrap_directory=str(directory / "bootstrap"))
    healthy["gc_client_id"] = other
    assert sandbox.account()["numbers"][0]["webhookPassword"].startswith(MARK)
    loud("remove cloud", REMOVE, "--limit", "genesys_cloud")
    site.clouds = ()
    healthy = dict(kaleyra)

    loud("remove, check", REMOVE, "--limit", "kaleyra", "--check")
    loud("remove", REMOVE, "--limit", "kaleyra")
    loud("first run, ordinary modules", modules)
    assert len(site.writes()) == 3
    assert site.state("alpha")["sessions"] == 0


def test_no_secret_is_in_a_report(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """With a tenant of each SMS option: not in the output, not in the files."""
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma", gateways={"beta": "gax"}, clouds=["gamma"])
    # The secrets that Digital Channels gets. It may return them.
    site.hosts["alpha"].update(kaleyra_username=f"{MARK}-username", kaleyra_password=f"{MARK}-password'\"\\")
    for number, channel in enumerate(site.hosts["beta"]["custom_gateway_channels"]):
        channel.update(webhook_secret=f"{MARK}-webhook'{number}", api_secret=f'{MARK}-api"{number}')
    site.hosts["beta"]["webhook_headers"][1]["value"] = f"{MARK} header"
    site.hosts["gamma"]["nexus_cluster_api_key"] = f'{MARK}-cluster"key'
    logins = ("nexus_api_key", "gws_client_secret", "gws_password", "gax_password", "gc_client_secret")
    secrets = {str(value) for host in site.hosts.values() for name, value in host.items() if name in logins}
    for host in site.hosts.values():
        host["http_options"] = NO_RETRIES
    log = tmp_path / "ansible.log"

    def loud(title: str, *, fails: bool = False, **variables: object) -> None:
        with subtests.test(title):
            for host in site.hosts.values():
                host.update(report_directory=str(tmp_path / "report"), **variables)
            result = site.play(REPORT, *LOUD, env={"ANSIBLE_LOG_PATH": str(log)})
            assert (result.rc != 0) == fails, result.output
            files = sorted(path.name for path in (tmp_path / "report").iterdir())
            assert files == ["report.html", "report.json", "report.md"]
            assert list(leaks(sandbox, result, tmp_path)) == []
            texts = [result.output, log.read_text(), *(path.read_text() for path in (tmp_path / "report").iterdir())]
            assert [secret for secret in secrets if any(secret in text for text in texts)] == []

    loud("nothing is provisioned")
    assert site.play(PROVISION).rc == 0
    loud("all is as described")
    sandbox.switch(**{"services.read": "masked"})
    always = [f"{option}_update_secret" for option in ("kaleyra", "custom_gateway", "genesys_cloud")]
    rotation: dict[str, Any] = dict.fromkeys(always, "always")
    loud("secrets would be written", **rotation)
    loud("a problem of the inventory", fails=True, kaleyra_url=f"sms://me:{MARK}@kaleyra.example.com/")
    repeated = [
        ("^/gax-host/", site.hosts["beta"]["gax_password"]),
        ("^/gc-login/", site.hosts["gamma"]["gc_client_secret"]),
        *((f"/services/{host['ccid']}", host["nexus_api_key"]) for host in site.hosts.values()),
    ]
    for path, secret in repeated:
        sandbox.fault("status", path, status=400, body={"message": f"no: {secret}"}, times=None)
    loud("servers that repeat secrets", fails=True, kaleyra_url="https://kaleyra.example.com")
