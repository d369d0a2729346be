# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contact centers that a login of Genesys Web Services can access, and whether the tenant is one of them."""

from __future__ import annotations

from typing import Any

from .._core import checks
from .._core.errors import InvalidInput
from .._core.server_text import in_message

ContactCenters = dict[str, tuple[str, ...]]
"""The domains of each contact center, by its ID: the ccid in lower case."""


_SHOWN = 3
"""The most contact centers that a message names."""


def parse_contact_centers(body: Any) -> ContactCenters | None:
    """Return the contact centers of a response, each with its domains. Return None if the format is not known.

    A response with keys beside the list may be one page of several, so its format counts as not known.
    """
    if not isinstance(body, dict) or not set(body) <= {"status", "data"} or not isinstance(body.get("data"), list):
        return None
    found: ContactCenters = {}
    for item in body["data"]:
        name = item.get("id") if isinstance(item, dict) else None
        if not isinstance(name, str) or not checks.is_uuid(name.strip().lower()):
            return None
        domains = item.get("domains")
        found[name.strip().lower()] = tuple(
            domain for domain in (domains if isinstance(domains, list) else ()) if isinstance(domain, str)
        )
    return found


def login_oddities(seen: ContactCenters, ccid: str, option: str, domain: str | None) -> tuple[str, ...]:
    """Return warnings about a tenant's login that can access these contact centers. If there are none, return nothing.

    :arg option: the option with the name of the user or the client.
    :arg domain: the domain of the user. It probably matches a domain of the contact center, but that is not documented.
    :raises InvalidInput: the login can't access the tenant, so it belongs to another tenant.
    """
    if not seen:
        return ()
    if ccid not in seen:
        names = [_named(center, domains) for center, domains in list(seen.items())[:_SHOWN]]
        more = f" and {len(seen) - _SHOWN} more" if len(seen) > _SHOWN else ""
        raise InvalidInput(
            option,
            f"this login can access the contact center {', '.join(names)}{more}, but not the ccid {ccid}. So the login "
            "is another tenant's, and the task would change that tenant's configuration",
            f"Set the login of the tenant {ccid}, or correct ccid. If the login is right, and only the list of "
            "contact centers is incomplete, set gws_check_ccid to false",
        )
    own, others = seen[ccid], {center: domains for center, domains in seen.items() if center != ccid}
    wanted = (domain or "").lower()
    holder = next((center for center, domains in others.items() if wanted in map(str.lower, domains)), None)
    if domain and own and holder is not None and wanted not in map(str.lower, own):
        return (
            (
                f"{option} has the domain {in_message(domain)}. This is a domain of the contact center {holder}, "
                f"and not of the ccid {ccid}. If the user belongs to that other tenant, the task reads and changes the "
                f"configuration of that tenant. Check ccid and {option}."
            ),
        )
    return ()


def _named(center: str, domains: tuple[str, ...]) -> str:
    return f"{center} ({in_message(', '.join(domains), 60)})" if domains else center
