# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for custom headers of webhooks: names, values, conflicts (contract section 3).

Filters use this file too. Each worker process loads filters for itself, so this file imports nothing heavy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._core import checks
from .._core.errors import InvalidInput

HEADER: dict[str, Any] = {
    "name": {
        "type": "str",
        "description": """
            - Name of the header, without C(header:) in front. Case does not matter.
            - The headers that Digital Channels sets itself are refused. These are C(Content-Type),
              C(Content-Length), C(Host), C(X-Hub-Signature) and C(X-B3-TraceId).
        """,
        "required": True,
    },
    "value": {
        "type": "str",
        "description": """
            - Value of the header, one line of ASCII.
            - Required for a new header. If it is not set, an existing header keeps its value.
        """,
        "no_log": True,
    },
    "state": {
        "type": "str",
        "description": "Whether Digital Channels should send the header.",
        "choices": ["present", "absent"],
    },
}
"""The options of one header."""

# A token, as RFC 9110 (section 5.6.2) defines it.
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_TAKEN = {
    "content-type": "Digital Channels sets it to application/json",
    "content-length": "Digital Channels computes it from the body",
    "host": "Digital Channels takes it from the URL of the webhook",
    "x-hub-signature": "Digital Channels writes the signature of the webhook into it",
    "x-b3-traceid": "Digital Channels writes the trace ID of the webhook into it",
}


@dataclass(frozen=True)
class Header:
    """One header as the user wants it.

    :arg parameter: where the user wrote it, for messages.
    :arg value: None leaves the value as it is.
    """

    parameter: str
    name: str
    present: bool = True
    value: str | None = None


def header_name(parameter: str, name: str) -> str:
    """Return the name of a header; raise InvalidInput if it is invalid, or if Digital Channels sets that header."""
    if not _TOKEN.fullmatch(name):
        raise InvalidInput(
            parameter,
            "must be the name of an HTTP header",
            "Use letters, digits and dashes, without spaces and without header: in front, such as X-Tenant",
        )
    reason = _TAKEN.get(name.lower())
    if reason:
        raise InvalidInput(parameter, f"{name} can't be set: {reason}", "Remove it from the list")
    return name


def is_listable(name: str) -> bool:
    """Return True if a list may have a header with this name."""
    try:
        header_name("name", name)
    except InvalidInput:
        return False
    return True


def parse_header(parameter: str, item: Mapping[str, Any]) -> Header:
    """Return the header that an item of the list asks for; raise InvalidInput if the item is invalid."""
    name = str(item["name"])
    if item.get("state") == "absent":
        # People may have written any name. It can be removed by that name.
        return Header(parameter, checks.not_empty(f"{parameter}name", name), present=False)
    name = header_name(f"{parameter}name", name)
    value = item.get("value")
    return Header(
        parameter, name, value=None if value is None else checks.header_value(f"{parameter}value", str(value))
    )


def conflicts(headers: Sequence[Header]) -> list[InvalidInput]:
    """Return an error for each header that is listed twice. One section can have it only once."""
    found = []
    seen: dict[str, Header] = {}
    for header in headers:
        first = seen.setdefault(header.name.lower(), header)
        if first is not header:
            found.append(
                InvalidInput(
                    f"{header.parameter}name",
                    f"the header {header.name} is also in {first.parameter.rstrip('.')} (case is ignored)",
                    "List each header once",
                )
            )
    return found
