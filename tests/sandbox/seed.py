# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tenants of a new sandbox, and the default values of a tenant.

Every value is fixed, so that inventories and tests can use it, and clearly fake, so that nobody takes it for a secret.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

Sections = dict[str, dict[str, str]]

# The operations user and client see every contact center. They belong to no tenant.
OPERATIONS_USERNAME = "operations"
OPERATIONS_PASSWORD = "sandbox-operations-password"
OPERATIONS_CLIENT_ID = "sandbox-operations-client"
OPERATIONS_CLIENT_SECRET = "sandbox-operations-client-secret"

# The key that an API gateway in front of Genesys Web Services requires.
GWS_API_KEY = "sandbox-gws-api-key"

# The sections of a tenant with web chat before SMS is set up. The collection must not change them.
DEFAULT_SECTIONS: Sections = {
    "chat.WebSupport": {
        "channelId": "web-support",
        "endpoint": "chat.WebSupport",
        "interactionSubtype": "InboundNew",
        "interactionType": "Inbound",
        "media": "chat",
        "userData.customer.segment": "gold",
    },
    "nexus": {"session-timeout": "1800", "header:X-Sandbox": "web"},
}


class CloudRole(NamedTuple):
    """A role of the organization in Genesys Cloud CX."""

    id: str
    name: str
    policies: list[dict[str, Any]]


class CloudClient(NamedTuple):
    """An OAuth client of the organization, and its role."""

    id: str
    name: str
    secret: str
    role: str


class CloudUser(NamedTuple):
    """A user of the organization, who can get roles. The e-mail address is also the user name."""

    id: str
    name: str
    email: str


HOME_DIVISION = "d0d0d0d0-0000-4000-8000-000000000001"

_ALL = {"entityName": "*", "actionSet": ["*"]}
CLOUD_ROLES = (
    CloudRole("f0f0f0f0-0000-4000-8000-000000000001", "Sandbox Admin", [{"domain": "*", **_ALL}]),
    CloudRole(
        "f0f0f0f0-0000-4000-8000-000000000002",
        "Sandbox Messaging",
        [{"domain": "messaging", **_ALL}, {"domain": "messagingProvisioning", **_ALL}],
    ),
)
# The first client administers the organization. The second is the integration of Digital Channels.
CLOUD_CLIENTS = (
    CloudClient(
        "c0c0c0c0-0000-4000-8000-000000000001", "Sandbox Admin", "sandbox-cloud-admin-secret", CLOUD_ROLES[0].id
    ),
    CloudClient(
        "c0c0c0c0-0000-4000-8000-000000000002", "Sandbox Integration", "sandbox-cloud-client-secret", CLOUD_ROLES[1].id
    ),
)
CLOUD_USERS = (CloudUser("e0e0e0e0-0000-4000-8000-000000000001", "Administrator", "admin@example.com"),)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class SeedError(ValueError):
    """The description of a tenant is not valid."""


@dataclass(frozen=True)
class Tenant:
    """A contact center, its credentials, and the first content of its object NexusServices."""

    ccid: str
    name: str
    domain: str
    username: str
    password: str
    client_id: str
    client_secret: str
    gax_username: str
    gax_password: str
    api_key: str
    sections: Sections
    # False: the tenant has no object NexusServices.
    transaction: bool

    @property
    def login(self) -> str:
        """The user name for the password grant."""
        return f"{self.domain}\\{self.username}"


def complete(description: Mapping[str, Any]) -> Tenant:
    """Complete a tenant's description with values that depend only on its ccid and name."""
    unknown = sorted(set(description) - {field.name for field in fields(Tenant)})
    if unknown:
        raise SeedError(f"unknown tenant fields: {', '.join(unknown)}")
    ccid = description.get("ccid")
    try:
        known = isinstance(ccid, str) and str(uuid.UUID(ccid)) == ccid
    except ValueError:
        known = False
    if not known:
        raise SeedError(f"ccid is to be a UUID in lower case, not {ccid!r}")
    digest = hashlib.sha256(str(ccid).encode()).hexdigest()[:10]
    name = description.get("name", f"tenant-{digest}")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SeedError(f"name is to be letters, digits, dots, dashes and underscores, not {name!r}")
    values: dict[str, Any] = {
        "name": name,
        "domain": f"t{digest}",
        "username": "provisioner",
        "password": f"sandbox-{name}-password",
        "client_id": f"sandbox-{name}-client",
        "client_secret": f"sandbox-{name}-client-secret",
        "gax_username": f"gax-{name}",
        "gax_password": f"sandbox-{name}-gax-password",
        "api_key": str(uuid.uuid5(uuid.UUID(ccid), "api-key")),
        **description,
    }
    for key in set(values) - {"ccid", "name", "sections", "transaction"}:
        if not isinstance(values[key], str) or not values[key]:
            raise SeedError(f"{key} is to be a string that is not empty, not {values[key]!r}")
    transaction = values.setdefault("transaction", True)
    if not isinstance(transaction, bool):
        raise SeedError(f"transaction is to be true or false, not {transaction!r}")
    sections = values.setdefault("sections", DEFAULT_SECTIONS if transaction else {})
    if not _is_sections(sections):
        raise SeedError("sections is to be an object of objects of strings: {section: {option: value}}")
    if sections and not transaction:
        raise SeedError("a tenant without the object NexusServices can't have sections")
    return Tenant(**values)


def complete_all(descriptions: Iterable[Mapping[str, Any]]) -> list[Tenant]:
    """Complete several descriptions. Each tenant may occur only once."""
    tenants = [complete(description) for description in descriptions]
    for key in ("ccid", "name", "login", "gax_username"):
        if len({getattr(tenant, key) for tenant in tenants}) < len(tenants):
            raise SeedError(f"two tenants have the same {key}")
    return tenants


def _is_sections(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(section, str)
        and isinstance(options, dict)
        and options
        and all(isinstance(key, str) and isinstance(text, str) for key, text in options.items())
        for section, options in value.items()
    )


DEFAULT_TENANTS: tuple[Tenant, ...] = tuple(
    complete_all(
        [
            {
                "ccid": "45acae06-6b7c-4f97-9c76-471c0b25ef71",
                "name": "acme",
                "domain": "t100",
                "api_key": "acacacac-0000-4000-8000-000000000100",
            },
            {
                "ccid": "9d2f7c1e-3b84-4a60-8f15-6e0a7c52d943",
                "name": "globex",
                "domain": "t200",
                "api_key": "acacacac-0000-4000-8000-000000000200",
            },
            {
                "ccid": "5c1d8f40-26b7-4e93-8a15-7d9e0b3f6a21",
                "name": "initech",
                "domain": "t300",
                "api_key": "acacacac-0000-4000-8000-000000000300",
            },
        ]
    )
)
