# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generated tenants: their inventory, and what the sandbox and the script with curl are told of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sandbox.seed import Tenant, complete

KALEYRA_USERNAME = "bench-kaleyra-username"
KALEYRA_PASSWORD = "bench-kaleyra-password"

_NAMESPACE = uuid.UUID(int=0)


@dataclass(frozen=True)
class Fleet:
    """Tenants of one inventory, each with as many sender IDs; no number comes twice."""

    tenants: tuple[Tenant, ...]
    sender_ids: int

    def seed(self) -> list[dict[str, Any]]:
        """Return what a sandbox has to know of the tenants."""
        return [{"ccid": tenant.ccid, "name": tenant.name} for tenant in self.tenants]

    def write_inventory(self, directory: Path, env: Mapping[str, str]) -> Path:
        """Write an inventory as a person would have it, with the URLs of a sandbox, and return its directory."""
        _write(
            directory / "group_vars/all.yml",
            {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                **{name: env[name.upper()] for name in ("nexus_url", "gws_url", "gws_auth_url", "kaleyra_url")},
            },
        )
        _write(directory / "hosts.yml", {"kaleyra": {"hosts": {tenant.name: None for tenant in self.tenants}}})
        for number, tenant in enumerate(self.tenants):
            variables = directory / "host_vars" / tenant.name
            _write(
                variables / "main.yml",
                {
                    "ccid": tenant.ccid,
                    "gws_client_id": tenant.client_id,
                    "gws_username": tenant.login,
                    "sender_ids": self._sender_ids(number),
                },
            )
            _write(
                variables / "vault.yml",
                {
                    "nexus_api_key": tenant.api_key,
                    "gws_client_secret": tenant.client_secret,
                    "gws_password": tenant.password,
                    "kaleyra_username": KALEYRA_USERNAME,
                    "kaleyra_password": KALEYRA_PASSWORD,
                },
            )
        return directory

    def write_lines(self, path: Path) -> Path:
        """Write the standard input of curl.sh."""
        lines = []
        for number, tenant in enumerate(self.tenants):
            words = [tenant.ccid, tenant.api_key, tenant.client_id, tenant.client_secret, tenant.login, tenant.password]
            for item in self._sender_ids(number):
                cxc_only = str(item.get("cxc_only", False)).lower()
                words.append(f"{item['name']}:{item['channel_id']}:{item['endpoint']}:{cxc_only}")
            lines.append("\t".join(words) + "\n")
        path.write_text("".join(lines), encoding="utf-8")
        return path

    def _sender_ids(self, tenant: int) -> list[dict[str, Any]]:
        first = 16500000000 + tenant * self.sender_ids
        return [
            {
                "name": f"SMS_Line_{number}",
                "channel_id": str(first + number),
                "endpoint": f"Line_{number}",
                # The last one is CX Contact's.
                **({"cxc_only": True} if number == self.sender_ids - 1 else {}),
            }
            for number in range(self.sender_ids)
        ]


def fleet(tenants: int, sender_ids: int) -> Fleet:
    """Return so many tenants, the same ones each time."""
    described = [
        {"ccid": str(uuid.uuid5(_NAMESPACE, f"bench-{number}")), "name": f"tenant{number:03}"}
        for number in range(tenants)
    ]
    return Fleet(tuple(map(complete, described)), sender_ids)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
