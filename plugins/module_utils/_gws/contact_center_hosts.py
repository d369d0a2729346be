# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contact centers of a login as hosts of an inventory: options, filters, and names of hosts (contract section 4).

What a server says is data. A text that Ansible would not take for an ordinary name never becomes the name of a host.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .._core import checks
from .._core.options import HTTP, require
from .._core.server_text import in_message, in_result, may_be_template
from .._core.task import Run, Task
from .authentication import GwsAuthentication, operations_contact_centers
from .contact_centers import ContactCenters
from .options import GWS, auth_connection, login_of

NAME = "cxops.genesys_sms.contact_centers"

RESERVED = ("all", "ungrouped", "localhost", "kaleyra", "custom_gateway", "genesys_cloud", "without_sms")
"""Names that Ansible or the playbooks use for something else."""

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", re.IGNORECASE)

OPTIONS: dict[str, Any] = {
    "plugin": {
        "type": "str",
        "description": "Name of this plugin.",
        "required": True,
        "choices": [NAME],
    },
    "hostname": {
        "type": "str",
        "description": """
            - How hosts are named.
            - V(domain) is the first domain of the contact center. If the domain can't be the name of a host, or another
              contact center has it too, the host is named by the ccid, and a warning says so.
            - V(ccid) is the contact center ID.
        """,
        "choices": ["domain", "ccid"],
        "default": "domain",
    },
    "include": {
        "type": "list",
        "description": """
            - Contact centers to return, by ccid or domain. If it is not set, all are returned. If it is empty, none.
            - Each is a pattern, in which C(*) stands for any characters and C(?) for one. Case does not matter.
        """,
        "elements": "str",
    },
    "exclude": {
        "type": "list",
        "description": "Contact centers to leave out, as in O(include). It takes precedence over O(include).",
        "elements": "str",
    },
    **GWS,
    **HTTP,
}
"""The options of the inventory plugin contact_centers, except those of its fragments."""


@dataclass(frozen=True)
class CenterHost:
    """A contact center as a host of an inventory."""

    name: str
    ccid: str
    domains: tuple[str, ...]

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the host."""
        return {"ccid": self.ccid, "contact_center_domains": list(self.domains)}


def run(task: Run) -> dict[str, Any]:
    """Return the contact centers of a login."""
    return {"changed": False, "contact_centers": {key: list(value) for key, value in _read(task).items()}}


TASK = Task("contact_centers", OPTIONS, run)
"""The request as a task, so that options, errors and secrets are handled as in modules."""


def _read(task: Run) -> ContactCenters:
    params = task.params
    if not params["gws_auth_url"]:
        require(params, "it is required, and so is gws_auth_url if the authentication has another URL", "gws_url")
    connection = auth_connection(task)
    if params["gws_client_id"] is None:
        require(params, "it is required if gws_client_id is not set", "gws_username", "gws_password")
        return operations_contact_centers(connection, login_of(params), task.secrets)
    require(params, "it is required if gws_client_id is set", "gws_client_id", "gws_client_secret")
    login = login_of(params)
    client = task.client((connection, login), lambda secrets: GwsAuthentication(connection, login, secrets))
    return client.all_contact_centers(client.token())


def known_centers(cached: Any) -> dict[str, list[str]] | None:
    """Return contact centers from a cache. Return None if it does not have them in the present form."""
    if not isinstance(cached, dict) or not all(
        isinstance(ccid, str)
        and checks.is_uuid(ccid)
        and isinstance(domains, list)
        and all(isinstance(domain, str) for domain in domains)
        for ccid, domains in cached.items()
    ):
        return None
    return cached


def hosts_of(
    centers: dict[str, list[str]],
    *,
    hostname: str,
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
    taken: Collection[str] = (),
    ccids: dict[str, str] | None = None,
) -> tuple[list[CenterHost], list[str]]:
    """Return the hosts of contact centers, sorted by name, and warnings.

    :arg centers: the domains by ccid.
    :arg taken: names of the groups of the inventory.
    :arg ccids: the ccid of each host that other sources of the inventory have.
    """
    warnings = [
        f"{option}: no contact center has a ccid or domain like {in_message(pattern)}."
        for option, patterns in (("include", include), ("exclude", exclude))
        for pattern in patterns or ()
        if not any(_is_like(pattern, ccid, domains) for ccid, domains in centers.items())
    ]
    chosen = {
        ccid: domains
        for ccid, domains in sorted(centers.items())
        if (include is None or any(_is_like(pattern, ccid, domains) for pattern in include))
        and not any(_is_like(pattern, ccid, domains) for pattern in exclude or ())
    }
    # All contact centers count, so that a filter does not change the name of a host.
    first = Counter(domains[0].casefold() for domains in centers.values() if domains)
    hosts = []
    for ccid, domains in chosen.items():
        kept = tuple(domain for domain in domains if in_result(domain) == domain and not may_be_template(domain))
        if len(kept) < len(domains):
            warnings.append(
                f"The contact center {ccid} has a domain with characters that a variable must not have. It is left out "
                "of contact_center_domains."
            )
        name = ccid
        if hostname == "domain":
            problem = _problem(domains, ccid, first, taken, ccids or {})
            if problem is None:
                name = domains[0]
            else:
                warnings.append(f"The host of the contact center {ccid} is named by its ccid: {problem}.")
        hosts.append(CenterHost(name, ccid, kept))
    return sorted(hosts, key=lambda host: host.name), warnings


def _is_like(pattern: str, ccid: str, domains: Sequence[str]) -> bool:
    return any(fnmatchcase(text.casefold(), pattern.strip().casefold()) for text in (ccid, *domains))


def _problem(
    domains: Sequence[str], ccid: str, first: Counter[str], taken: Collection[str], ccids: dict[str, str]
) -> str | None:
    """Return why the first domain of a contact center can't be the name of its host."""
    if not domains:
        return "it has no domain"
    domain = domains[0]
    shown = in_message(domain, 60)
    if not _HOST.fullmatch(domain):
        return f"its domain {shown} must have only letters, digits, dots, dashes and underscores to be a name"
    if domain.casefold() in RESERVED or domain in taken:
        return f"its domain {shown} is the name of a group or of this machine"
    if first[domain.casefold()] > 1:
        return f"another contact center has the domain {shown} too"
    if ccids.get(domain, ccid).strip().lower() != ccid:
        return f"another source of the inventory has a host {shown} with the ccid {in_message(ccids[domain], 60)}"
    return None
