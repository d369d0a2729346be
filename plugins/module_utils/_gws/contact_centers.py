# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which contact centers a login of Genesys Web Services sees, and whether the tenant is one of them."""

from __future__ import annotations

from typing import Any

from .._core import checks
from .._core.errors import InvalidInput
from .._core.server_text import in_message

ContactCenters = dict[str, tuple[str, ...]]
"""Contact centers by their IDs, the ccids in small letters, each with its domains."""


_SHOWN = 3
"""How many contact centers a message names."""


def parse_contact_centers(body: Any) -> ContactCenters | None:
    """Return the contact centers of an answer, each with its domains; None where it has another form than the known.

    A list with anything beside it may be one page of several.
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
    """Return what is odd about a login of a tenant that sees some contact centers; nothing where it sees none.

    :arg option: the option that says who logs in.
    :arg domain: that of the user, whose relation to the domains of a contact center is likely, and not documented.
    :raises InvalidInput: the login does not see the tenant, so it belongs to another one.
    """
    if not seen:
        return ()
    if ccid not in seen:
        names = [_named(center, domains) for center, domains in list(seen.items())[:_SHOWN]]
        more = f" and {len(seen) - _SHOWN} more" if len(seen) > _SHOWN else ""
        raise InvalidInput(
            option,
            f"this login sees the contact center {', '.join(names)}{more}, and not {ccid}, which is the ccid. So it "
            "belongs to another tenant, whose configuration it would change",
            f"Give the login of the tenant {ccid}, or correct ccid. If the login is the tenant's, and only the list of "
            "contact centers lacks it, set gws_check_ccid to false",
        )
    own, others = seen[ccid], {center: domains for center, domains in seen.items() if center != ccid}
    wanted = (domain or "").lower()
    holders = [center for center, domains in others.items() if wanted in map(str.lower, domains)]
    if domain and own and holders and wanted not in map(str.lower, own):
        return (
            (
                f"{option} has the domain {in_message(domain)}, which is one of the contact center {holders[0]}, and "
                f"none of {ccid}, which is the ccid. If the user belongs to the other tenant, that tenant's "
                f"configuration is read and changed. Check ccid and {option}."
            ),
        )
    return ()


def _named(center: str, domains: tuple[str, ...]) -> str:
    return f"{center} ({in_message(', '.join(domains), 60)})" if domains else center
