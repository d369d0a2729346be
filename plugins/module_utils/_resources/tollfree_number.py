# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a toll-free number and a slot may be called, and which can't be in one tenant (contract section 6).

Filters use this too, and each worker process loads filters for itself: so nothing heavy is imported here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput

_SLOT = re.compile(r"[A-Za-z0-9_-]+")
_TAG = re.compile(r"\s*\[slot ([0-9a-f-]{36})/([A-Za-z0-9_-]+)\]")
_VANITY = re.compile(r"[A-Za-z0-9]{4,7}")
_SHORTEST, _LONGEST = 11, 15

PORT_IN: dict[str, Any] = {
    "loa_file_url": {"type": "str", "required": True},
    "loa_file_url_username": {"type": "str"},
    "loa_file_url_password": {"type": "str", "no_log": True},
}
"""The argument specification of a port-in: where the letter of authorization is."""

TOLLFREE_NUMBER: dict[str, Any] = {
    "slot": {"type": "str"},
    "number": {"type": "str"},
    "vanity": {"type": "str"},
    "comment": {"type": "str"},
    "email_address": {"type": "str"},
    "mo_url": {"type": "str"},
    "dr_url": {"type": "str"},
    "webhook_username": {"type": "str"},
    "port_in": {"type": "dict", "options": PORT_IN},
    "state": {"type": "str", "choices": ["present", "absent"]},
    "release_confirmation": {"type": "str"},
}
"""The argument specification of one number."""


def number(parameter: str, value: str) -> str:
    """Return a number as its digits in international form; raise InvalidInput where it is not clear which it is."""
    remedy = "Give it in international form, such as 18445551212"
    digits = _checks.digits(value)
    if not digits.isascii() or not digits.isdigit():
        raise InvalidInput(parameter, "it is not a number", remedy)
    if len(digits) < _SHORTEST:
        raise InvalidInput(
            parameter,
            f"{_checks.quoted_number(value)} has {len(digits)} digits, so its country code is missing",
            remedy,
        )
    if len(digits) > _LONGEST:
        raise InvalidInput(
            parameter, f"{_checks.quoted_number(value)} has {len(digits)} digits, which no number has", remedy
        )
    return digits


def slot_name(parameter: str, value: str) -> str:
    """Return the name of a slot; raise InvalidInput where it could not be read again from a comment."""
    if not _SLOT.fullmatch(value):
        raise InvalidInput(
            parameter,
            "it is not the name of a slot",
            "Use letters, digits, underscores and dashes, such as main",
        )
    return value


def vanity(parameter: str, value: str) -> str:
    """Return letters and digits to be in a number; raise InvalidInput where the server would not take them."""
    if not _VANITY.fullmatch(value):
        raise InvalidInput(parameter, "it has another length, or other characters", "Give 4 to 7 letters and digits")
    return value


def check_item(parameter: str, item: Mapping[str, Any]) -> None:
    """Raise InvalidInput where the options of a number that is to be there don't fit, alone or together."""
    for option, other in (("vanity", "slot"), ("port_in", "number")):
        if item.get(option) is not None and item.get(other) is None:
            raise InvalidInput(f"{parameter}{option}", f"it is set without {other}", f"Use it together with {other}")
    if item.get("vanity") is not None:
        if item.get("number") is not None:
            raise InvalidInput(f"{parameter}vanity", "it is set with number", "Leave one of them out")
        vanity(f"{parameter}vanity", str(item["vanity"]))
    for option in ("mo_url", "dr_url"):
        if item.get(option):
            _checks.http_url(f"{parameter}{option}", str(item[option]), base=False)
    port_in = item.get("port_in")
    if isinstance(port_in, Mapping) and port_in.get("loa_file_url") is not None:
        _checks.http_url(f"{parameter}port_in.loa_file_url", str(port_in["loa_file_url"]), base=False)


def tag(ccid: str, slot: str) -> str:
    """Return what marks a number as that of a slot, in its comment."""
    return f"[slot {ccid}/{slot}]"


def slot_of(comment: str) -> tuple[str, str] | None:
    """Return the tenant and the slot that a comment names."""
    found = _TAG.search(comment)
    return (found[1], found[2]) if found else None


def without_tag(comment: str) -> str:
    """Return what people wrote into a comment."""
    return _TAG.sub("", comment).strip()


def conflicts(named: Sequence[tuple[str, str, str]]) -> list[InvalidInput]:
    """Return what comes twice among the numbers of a tenant: parameter, option, and value of each."""
    found = []
    places: dict[tuple[str, str], str] = {}
    for parameter, option, value in named:
        place = places.setdefault((option, value), parameter)
        if place != parameter:
            found.append(
                InvalidInput(
                    f"{parameter}{option}",
                    f"the {option} {value} is also in {place.rstrip('.')}",
                    f"Name a {option} once",
                )
            )
    return found
