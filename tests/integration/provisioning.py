# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the collection's playbooks with inventories of several tenants, as a user does, and read their output."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.events import Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS, CLOUD_USERS, Tenant
from tools.collection import ROOT

PROVISION = "cxops.genesys_sms.provision"
REMOVE = "cxops.genesys_sms.remove"
DECOMMISSION = "cxops.genesys_sms.decommission"
SWITCH = "cxops.genesys_sms.switch_option"
BOOTSTRAP = "cxops.genesys_sms.bootstrap_genesys_cloud"
NUMBERS = "cxops.genesys_sms.numbers"
ROTATE = "cxops.genesys_sms.rotate_secrets"
VERIFY = "cxops.genesys_sms.verify"

SANDBOX_INVENTORY = ROOT / "inventories/sandbox"
EXAMPLE_INVENTORIES = ROOT / "inventories/example"

KALEYRA_USERNAME = "kaleyra-user"
KALEYRA_PASSWORD = "kaleyra-password"

# A fault that lasts is not worth waiting for.
NO_RETRIES = {"retries": 0}

Variables = dict[str, Any]

_FAILURE = re.compile(r"^fatal: \[(?P<host>[^\]]+)\]: FAILED! => (?P<result>\{.*\})$", re.MULTILINE)
_RECAP = re.compile(r"^(?P<host>\S+) +: (?P<counts>ok=.*)$", re.MULTILINE)
_LIMIT_SECONDS = 300


@dataclass(frozen=True)
class Result:
    """The output of a program."""

    rc: int
    output: str

    def count(self, what: str) -> dict[str, int]:
        """Return a count of the recap for each host: ok, changed, failed and so on."""
        hosts = {found["host"]: found["counts"] for found in _RECAP.finditer(self.output)}
        return {host: int(re.findall(rf"\b{what}=(\d+)", counts)[0]) for host, counts in hosts.items()}

    @property
    def changed(self) -> dict[str, int]:
        """How many tasks changed something, by host, in a run without failures."""
        assert self.rc == 0, self.output
        return self.count("changed")

    @property
    def failures(self) -> dict[str, str]:
        """The messages of failed tasks by host, one in each line."""
        assert self.rc != 0, self.output
        found = {match["host"]: json.loads(match["result"])["msg"] for match in _FAILURE.finditer(self.output)}
        return {host: msg if isinstance(msg, str) else "\n".join(msg) for host, msg in found.items()}

    @property
    def diff(self) -> list[str]:
        """The removed and added lines of all diffs, without the blanks around them."""
        lines = [line for line in self.output.splitlines() if re.match(r"[-+](?![-+]{2} (before|after))", line)]
        return [f"{line[0]} {line[1:].strip()}" for line in lines]


def run(program: str, *arguments: str | Path, directory: Path, env: Mapping[str, str] | None = None) -> Result:
    """Run a program of ansible-core, which writes its own files below the directory."""
    home = directory / "home"
    home.mkdir(exist_ok=True)
    # ansible-core puts a socket there, whose whole path may have 107 characters at most.
    with tempfile.TemporaryDirectory() as scratch:
        process = subprocess.run(
            [Path(sys.executable).with_name(program), *arguments],
            env={
                **os.environ,
                "HOME": str(home),
                "ANSIBLE_HOME": str(home / ".ansible"),
                "TMPDIR": scratch,
                **(env or {}),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_LIMIT_SECONDS,
        )
        # What was left behind is kept, to be searched for secrets.
        shutil.copytree(scratch, home / "tmp", dirs_exist_ok=True, ignore=shutil.ignore_patterns("pymp-*"))
    return Result(process.returncode, process.stdout)


def play(
    sandbox: Sandbox,
    directory: Path,
    playbook: str | Path,
    inventory: str | Path,
    *options: str,
    variables: Mapping[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
) -> Result:
    """Run a playbook with an inventory, after clearing the recorded requests.

    :arg variables: extra variables, for all hosts.
    """
    sandbox.clear_requests()
    extra = ["--extra-vars", json.dumps(variables)] if variables else []
    # The inventory of the sandbox reads from there where it listens, and where to keep the journal of purchases.
    urls = {"SANDBOX_URL": sandbox.url, "SANDBOX_STATE": str(directory), **(env or {})}
    return run("ansible-playbook", "--inventory", inventory, playbook, *options, *extra, directory=directory, env=urls)


def numbers(index: int, count: int = 2) -> list[dict[str, Any]]:
    """Return sender IDs that no tenant with another index has."""
    return [
        {"name": f"SMS_{number}", "channel_id": f"1650{index:03}{number:04}", "endpoint": f"Endpoint_{number}"}
        for number in range(count)
    ]


def variables_of(sandbox: Sandbox, tenant: Tenant, sender_ids: Sequence[Mapping[str, Any]]) -> Variables:
    """Return the inventory variables of a tenant over Kaleyra."""
    return {
        "ccid": tenant.ccid,
        "nexus_url": f"{sandbox.url}/digital",
        "nexus_api_key": tenant.api_key,
        "gws_url": f"{sandbox.url}/gws",
        "gws_auth_url": f"{sandbox.url}/gws-auth",
        "gws_client_id": tenant.client_id,
        "gws_client_secret": tenant.client_secret,
        "gws_username": tenant.login,
        "gws_password": tenant.password,
        "kaleyra_url": "https://kaleyra.example.com",
        "kaleyra_username": KALEYRA_USERNAME,
        "kaleyra_password": KALEYRA_PASSWORD,
        "sender_ids": list(sender_ids),
    }


def gateway_variables(
    sandbox: Sandbox, tenant: Tenant, sender_ids: Sequence[Mapping[str, Any]], configuration: str
) -> Variables:
    """Return the variables of a tenant over a custom gateway, with a channel for each number and one for e-mail."""
    variables = variables_of(sandbox, tenant, sender_ids)
    unused = ("kaleyra_",) if configuration == "gws" else ("kaleyra_", "gws_")
    gax = {
        "configuration": "gax",
        "gax_url": f"{sandbox.url}/gax-host",
        "gax_username": tenant.gax_username,
        "gax_password": tenant.gax_password,
    }
    names = [*(item["channel_id"] for item in sender_ids), f"{tenant.name}.example.com"]
    return {
        **{name: value for name, value in variables.items() if not name.startswith(unused)},
        **(gax if configuration == "gax" else {}),
        "custom_gateway_channels": [
            {
                "channel_id": name,
                "webhook_url": f"{sandbox.url}/gateway/{tenant.name}",
                "webhook_secret": f"webhook-secret-{tenant.name}",
                "api_secret": f"api-secret-{tenant.name}",
            }
            for name in names
        ],
        "webhook_headers": [{"name": "X-Tenant", "value": tenant.name}, {"name": "X-Token", "value": "header-token"}],
    }


def cloud_variables(sandbox: Sandbox, tenant: Tenant, journal: Path) -> Variables:
    """Return the variables of a tenant over Genesys Cloud CX, with a number for its slot main, and the journal."""
    file_journal(str(journal), 1, print).create()
    variables = variables_of(sandbox, tenant, [{"name": "SMS_Main", "slot": "main", "endpoint": "Main"}])
    admin, integration = CLOUD_CLIENTS
    (user,) = CLOUD_USERS
    return {
        **{name: value for name, value in variables.items() if not name.startswith("kaleyra_")},
        "nexus_cluster_api_key": f"cluster-key-{tenant.name}",
        "gc_login_url": sandbox.env["GC_LOGIN_URL"],
        "gc_api_url": sandbox.env["GC_API_URL"],
        "gc_client_id": integration.id,
        "gc_client_secret": integration.secret,
        "gc_admin_client_id": admin.id,
        "gc_admin_client_secret": admin.secret,
        "gc_admin_user_email": user.email,
        "tollfree_numbers": [{"slot": "main"}],
        "genesys_cloud_purchase_allowed": True,
        "genesys_cloud_max_purchases": 9,
        "genesys_cloud_journal": str(journal),
        "genesys_cloud_order_timeout": 0.5,
    }


class Site:
    """A sandbox with these tenants, and an inventory of them.

    :arg gateways: the tenants over a custom gateway, each with gws or gax for its configuration.
    :arg clouds: the tenants over Genesys Cloud CX. The rest are over Kaleyra and GWS.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        directory: Path,
        *names: str,
        gateways: Mapping[str, str] | None = None,
        clouds: Sequence[str] = (),
    ) -> None:
        self.sandbox = sandbox
        self.directory = directory
        seeded = sandbox.reset([{"ccid": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)), "name": name} for name in names])
        self.tenants = {tenant.name: tenant for tenant in seeded}
        # Hosts of the inventory that are no tenants.
        self.others: dict[str, Variables] = {}
        self.gateways = dict(gateways or {})
        self.clouds = tuple(clouds)
        self.journal = directory / "purchases.jsonl"
        self.journal.unlink(missing_ok=True)
        self.hosts = {
            name: cloud_variables(sandbox, tenant, self.journal)
            if name in clouds
            else gateway_variables(sandbox, tenant, numbers(index), self.gateways[name])
            if name in self.gateways
            else variables_of(sandbox, tenant, numbers(index))
            for index, (name, tenant) in enumerate(self.tenants.items())
        }

    def play(
        self, playbook: str | Path, *options: str, env: Mapping[str, str] | None = None, **variables: object
    ) -> Result:
        """Run a playbook with the present inventory, with extra variables for all tenants."""
        inventory = self.inventory()
        return play(self.sandbox, self.directory, playbook, inventory, *options, variables=variables, env=env)

    def option(self, name: str) -> str:
        """Return the SMS option of a tenant."""
        return "custom_gateway" if name in self.gateways else "genesys_cloud" if name in self.clouds else "kaleyra"

    def inventory(self) -> Path:
        """Write the present inventory."""
        groups: dict[str, dict[str, Variables]] = {"kaleyra": {}, "custom_gateway": {}, "genesys_cloud": {}}
        for name, host in self.hosts.items():
            groups[self.option(name)][name] = host
        return write_inventory(self.directory, groups, self.others)

    def state(self, name: str) -> dict[str, Any]:
        """Return the state of a tenant in the sandbox."""
        return self.sandbox.state(self.tenants[name].ccid)

    def purchases(self) -> list[Purchase]:
        """Return the events in the purchase journal."""
        return file_journal(str(self.journal), 1, print).read()

    def systems(self) -> set[str]:
        """The systems that the last run called."""
        return {record.system for record in self.sandbox.requests()}

    def writes(self) -> list[str]:
        """The writes of the last run, tenant by tenant, as `acme: POST SMS`."""
        owners = {str(self.state(name)["dbid"]): name for name in self.tenants}
        owners.update({tenant.ccid: name for name, tenant in self.tenants.items()})
        found = []
        for record in self.sandbox.writes():
            container, item = record.path.split("/")[-2:]
            if record.system.startswith("cloud"):
                found.append(f"cloud: {record.method} {item if record.method == 'POST' else container}")
                continue
            if record.system == "messaging":
                owner, what = record.headers["x-ccid"], f"media {container}"
            else:
                owner, what = (container, item) if record.system == "services" else (item, "options")
            found.append(f"{owners[owner]}: {record.method} {what}")
        return sorted(found)


def first_writes(*names: str) -> list[str]:
    """Return the writes that provision these tenants."""
    return sorted(f"{name}: {write}" for name in names for write in ("POST SMS", "POST mGageSMS", "PUT options"))


def write_inventory(
    directory: Path, groups: Mapping[str, Mapping[str, Variables]], others: Mapping[str, Variables]
) -> Path:
    """Write an inventory with these groups of tenants, without empty groups, and with other hosts."""
    content = {
        "all": {
            "hosts": dict(others),
            "vars": {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            },
        },
        **{group: {"hosts": dict(hosts)} for group, hosts in groups.items() if hosts},
    }
    return write_yaml(directory / "inventory.yml", content)


def write_yaml(path: Path, content: object) -> Path:
    """Write a YAML file, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def assert_phrases(text: str, *phrases: str) -> None:
    """Require that a text has all of these phrases."""
    assert [phrase for phrase in phrases if phrase not in text] == [], text
