# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generated tenants: their inventory, their seed for the sandbox, and the input of curl.sh."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sandbox.seed import Tenant, complete

KALEYRA_USERNAME = "bench-kaleyra-username"
KALEYRA_PASSWORD = "bench-kaleyra-password"
WEBHOOK_SECRET = "bench-webhook-secret"
API_SECRET = "bench-api-secret"
CLUSTER_API_KEY = "bench-cluster-api-key"

JOURNAL_NAME = "genesys_cloud_purchases.txt"

# A purchase journal without purchases.
JOURNAL = json.dumps({"event": "journal", "version": 2, "id": "j00000000000"}) + "\n"

_NAMESPACE = uuid.UUID(int=0)


@dataclass(frozen=True)
class Fleet:
    """Tenants of one inventory, each with as many sender IDs; no number comes twice.

    :arg channels: those of the tenants over a custom gateway, by name, with the number of their channels.
    :arg over_gax: those whose configuration is reached over GAX; the others' over GWS.
    :arg clouds: those over Genesys Cloud CX, each with a toll-free number, which its first sender ID has; the rest are
        over Kaleyra.
    :arg webhook_headers: whether the tenants over a custom gateway have one.
    """

    tenants: tuple[Tenant, ...]
    sender_ids: int
    channels: Mapping[str, int] = field(default_factory=dict)
    over_gax: frozenset[str] = frozenset()
    clouds: frozenset[str] = frozenset()
    webhook_headers: bool = False

    def seed(self) -> list[dict[str, Any]]:
        """Return the seed of the sandbox for these tenants."""
        return [{"ccid": tenant.ccid, "name": tenant.name} for tenant in self.tenants]

    def option(self, tenant: Tenant) -> str:
        """Return the SMS option of a tenant, and how its configuration is reached, in words."""
        if tenant.name in self.clouds:
            return "Genesys Cloud CX, GWS"
        if tenant.name not in self.channels:
            return "Kaleyra, GWS"
        return f"custom gateway, {'GAX' if tenant.name in self.over_gax else 'GWS'}"

    def write_inventory(self, directory: Path, env: Mapping[str, str]) -> Path:
        """Write a typical inventory with the URLs of a sandbox. Return its directory."""
        names = ("nexus_url", "gws_url", "gws_auth_url", "gax_url", "kaleyra_url")
        urls = (*names, "gc_login_url", "gc_api_url", "gc_client_id")
        _write(
            directory / "group_vars/all.yml",
            {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                **{name: env[name.upper()] for name in urls},
                # All slices of the inventory share it.
                "genesys_cloud_journal": str(directory / JOURNAL_NAME),
                "genesys_cloud_purchase_allowed": True,
                "genesys_cloud_max_purchases": len(self.clouds),
            },
        )
        self._write_hosts(directory, self.tenants)
        (directory / JOURNAL_NAME).write_text(JOURNAL, encoding="utf-8")
        for number, tenant in enumerate(self.tenants):
            variables = directory / "host_vars" / tenant.name
            over_gax = {"configuration": "gax", "gax_username": tenant.gax_username}
            over_gws = {"gws_client_id": tenant.client_id, "gws_username": tenant.login}
            gateway = {"custom_gateway_channels": self._channels(number, env["GATEWAY_URL"])}
            headers = {"webhook_headers": [{"name": "X-Tenant", "value": "{{ webhook_secret }}"}]}
            _write(
                variables / "main.yml",
                {
                    "ccid": tenant.ccid,
                    **(over_gax if tenant.name in self.over_gax else over_gws),
                    **(gateway if tenant.name in self.channels else {}),
                    **(headers if tenant.name in self.channels and self.webhook_headers else {}),
                    **({"tollfree_numbers": [{"number": _toll_free(number)}]} if tenant.name in self.clouds else {}),
                    "sender_ids": self._sender_ids(number),
                },
            )
            _write(
                variables / "vault.yml",
                {
                    "nexus_api_key": tenant.api_key,
                    "gws_client_secret": tenant.client_secret,
                    "gws_password": tenant.password,
                    "gax_password": tenant.gax_password,
                    "kaleyra_username": KALEYRA_USERNAME,
                    "kaleyra_password": KALEYRA_PASSWORD,
                    "webhook_secret": WEBHOOK_SECRET,
                    "api_secret": API_SECRET,
                    "gc_client_secret": env["GC_CLIENT_SECRET"],
                    "nexus_cluster_api_key": CLUSTER_API_KEY,
                },
            )
        return directory

    def write_slices(self, whole: Path, count: int) -> list[Path]:
        """Cut an inventory into slices as AWX does: each has every n-th host. Return their directories."""
        slices = [whole.with_name(f"{whole.name}-{number}") for number in range(1, count + 1)]
        for number, directory in enumerate(slices):
            directory.mkdir()
            self._write_hosts(directory, self.tenants[number::count])
            for variables in ("group_vars", "host_vars"):
                (directory / variables).symlink_to(whole / variables)
        return slices

    def write_lines(self, path: Path, env: Mapping[str, str]) -> Path:
        """Write the standard input of curl.sh."""
        lines = []
        for number, tenant in enumerate(self.tenants):
            words = [tenant.ccid, tenant.api_key, tenant.client_id, tenant.client_secret, tenant.login, tenant.password]
            if tenant.name in self.channels:
                words.append(json.dumps(self._service(number, env["GATEWAY_URL"])))
            else:
                words.append("cloud" if tenant.name in self.clouds else "-")
            for item in self._sender_ids(number):
                cxc_only = str(item.get("cxc_only", False)).lower()
                words.append(f"{item['name']}:{item['channel_id']}:{item['endpoint']}:{cxc_only}")
            lines.append("\t".join(words) + "\n")
        path.write_text("".join(lines), encoding="utf-8")
        return path

    def _write_hosts(self, directory: Path, tenants: Sequence[Tenant]) -> None:
        names = [tenant.name for tenant in tenants]
        groups = {
            "kaleyra": [name for name in names if name not in self.channels and name not in self.clouds],
            "custom_gateway": [name for name in names if name in self.channels],
            "genesys_cloud": [name for name in names if name in self.clouds],
            # For the contenders that need it to distinguish the tenants.
            "over_gax": [name for name in names if name in self.over_gax],
        }
        _write(directory / "hosts.yml", {group: {"hosts": dict.fromkeys(of)} for group, of in groups.items()})

    def _sender_ids(self, tenant: int) -> list[dict[str, Any]]:
        first = 16500000000 + tenant * self.sender_ids
        is_cloud = self.tenants[tenant].name in self.clouds
        return [
            {
                "name": f"SMS_Line_{number}",
                "channel_id": _toll_free(tenant) if is_cloud and not number else str(first + number),
                "endpoint": f"Line_{number}",
                # The last sender ID is for CX Contact.
                **({"cxc_only": True} if number == self.sender_ids - 1 else {}),
            }
            for number in range(self.sender_ids)
        ]

    def _channels(self, tenant: int, gateway_url: str) -> list[dict[str, str]]:
        name = self.tenants[tenant].name
        numbers = [str(17000000000 + tenant * 1000 + number) for number in range(self.channels.get(name, 0))]
        return [
            {
                "channel_id": number,
                "webhook_url": f"{gateway_url}/{name}",
                "webhook_secret": "{{ webhook_secret }}",
                "api_secret": "{{ api_secret }}",
            }
            for number in numbers
        ]

    def _service(self, tenant: int, gateway_url: str) -> dict[str, Any]:
        """Return the service of a custom gateway as the guide has it."""
        channels = self._channels(tenant, gateway_url)
        data = [{"channelId": item["channel_id"], "webhook": {"url": item["webhook_url"]}} for item in channels]
        secrets = {"webhook": {"secret": WEBHOOK_SECRET}, "api": {"secret": API_SECRET}}
        secret = [{"channelId": item["channel_id"], **secrets} for item in channels]
        return {"data": {"channels": data}, "secret": {"channels": secret}}


def fleet(tenants: int, sender_ids: int, many_channels: int = 0, *, webhook_headers: bool = False) -> Fleet:
    """Return so many tenants, the same ones each time.

    :arg many_channels: with them, a third of the tenants is over each SMS option. Half of those over a custom gateway
        are over GAX; the first of them has so many channels, the others one for each sender ID.
    """
    described = [
        {"ccid": str(uuid.uuid5(_NAMESPACE, f"bench-{number}")), "name": f"tenant{number:03}"}
        for number in range(tenants)
    ]
    gateways = [item["name"] for item in described[2::3]] if many_channels else []
    channels = dict.fromkeys(gateways, sender_ids)
    channels.update(dict.fromkeys(gateways[:1], many_channels))
    clouds = [item["name"] for item in described[1::3]] if many_channels else []
    complete_ones = tuple(map(complete, described))
    return Fleet(complete_ones, sender_ids, channels, frozenset(gateways[1::2]), frozenset(clouds), webhook_headers)


def _toll_free(tenant: int) -> str:
    return str(18445550000 + tenant)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
