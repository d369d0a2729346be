# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a toll-free number and a slot may be called, and which can't be in one tenant (contract section 6).

Filters use this too, and each worker process loads filters for itself: so nothing heavy is imported here.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._core import checks
from ..._core.errors import InvalidInput

_SLOT = re.compile(r"[A-Za-z0-9_-]+")
_MARK = re.compile(
    rf"\s*\[slot\s+(?:(?P<intent>i[0-9a-f]{{11}})|(?P<tenant>{checks.UUID}))"
    r"/(?P<slot>[A-Za-z0-9_-]+)\s*\]\s*",
    re.IGNORECASE,
)
_VANITY = re.compile(r"[A-Za-z0-9]{4,7}")
_SHORTEST, _LONGEST = 11, 15

LONGEST_SLOT = 20
"""Characters of the name of a new slot, so that its mark has 40 at most: servers may cut comments."""

PORT_IN: dict[str, Any] = {
    "loa_file_url": {
        "type": "str",
        "description": "URL of the letter of authorization.",
        "required": True,
    },
    "loa_file_url_username": {
        "type": "str",
        "description": "User name to fetch it with.",
    },
    "loa_file_url_password": {
        "type": "str",
        "description": "Password to fetch it with.",
        "no_log": True,
    },
}
"""The options of a port-in: where the letter of authorization is."""

TOLLFREE_NUMBER: dict[str, Any] = {
    "slot": {
        "type": "str",
        "description": """
            - Slot of the number, a name within the tenant for which some number is wanted. Up to 20
              letters, digits, underscores and dashes. Upper and lower case make no difference.
            - It stands as a mark in the number's comment, by which the number is found again. A slot that
              has a number never gets a second one.
            - This or O(number) is needed.
        """,
        "returned": "always, null where there is none",
        "sample": "main",
    },
    "number": {
        "type": "str",
        "description": """
            - The number, in international form. A plus sign, blanks, dashes, dots and parentheses
              make no difference.
            - This or O(slot) is needed. With both, the number is that of the slot, bought if the account
              does not have it. So a slot can be renamed, and a number that was bought by itself can get
              one.
        """,
        "returned": "always, unless it would be bought",
        "sample": "18445551212",
    },
    "vanity": {
        "type": "str",
        "description": "4 to 7 letters and digits that a number bought for O(slot) is to have in it.",
    },
    "comment": {
        "type": "str",
        "description": """
            - Comment of the number without the mark of its slot, such as the name of your organization. The
              mark is added to it.
            - Left out, it stays as it is. Null clears it.
        """,
        "returned": "when the account has it",
        "sample": "Nexus Premise ACME Corp",
    },
    "email_address": {
        "type": "str",
        "description": """
            Whom Genesys Customer Care may write to. Sent with an order, and can't be changed afterwards.
        """,
        "returned": "when the account has it, null where there is none",
        "sample": "sms.admin@acme.test.com",
    },
    "mo_url": {
        "type": "str",
        "description": "Where Genesys Cloud CX sends messages to. Left out, it follows from O(nexus_url).",
        "returned": "when the account has it",
        "sample": "https://digital.example.com/nexus/v3/sms/message",
    },
    "dr_url": {
        "type": "str",
        "description": "Where Genesys Cloud CX sends delivery receipts to. Left out, it follows from O(nexus_url).",
        "returned": "when the account has it",
        "sample": "https://digital.example.com/nexus/v3/sms/receipt",
    },
    "webhook_username": {
        "type": "str",
        "description": "As whom Genesys Cloud CX calls Digital Channels. Left out, the tenant's ccid.",
        "returned": "when the account has it",
        "sample": "45acae06-6b7c-4f97-9c76-471c0b25ef71",
    },
    "port_in": {
        "type": "dict",
        "description": """
            Take O(number) over from another carrier, in place of buying it, with a letter of
            authorization.
        """,
        "options": PORT_IN,
    },
    "state": {
        "type": "str",
        "description": """
            - Whether the account is to have the number.
            - With V(absent), it is given back if O(release_confirmation) is the number.
        """,
        "choices": ["present", "absent"],
    },
    "release_confirmation": {
        "type": "str",
        "description": "The number itself, to confirm that it is given back. Anyone can buy it then.",
    },
}
"""The options of one number."""

LISTED: dict[str, Any] = {
    **TOLLFREE_NUMBER,
    "ccid": {
        "type": "str",
        "description": """
            - The tenant whose slot it is. It is given back as M(cxops.genesys_sms.gc_tollfree_number_info)
              returns it, and nothing is written of it.
            - An entry of another tenant is left alone, with a warning, and so is one with a slot whose
              tenant is null. So what was read can be given back without a change.
        """,
        "returned": "when the account has it, null where there is none",
        "sample": "45acae06-6b7c-4f97-9c76-471c0b25ef71",
        "version_added": "0.4.0",
    },
    "status": {
        "type": "str",
        "description": """
            - What Genesys Cloud CX says of the number.
            - It makes no difference here. So what M(cxops.genesys_sms.gc_tollfree_number_info) returns can
              be given back.
        """,
        "returned": "when the account has it",
        "sample": "Assigned",
        "version_added": "0.4.0",
    },
}
"""The options of a number in a list, which may be what gc_tollfree_number_info has returned."""


def number(parameter: str, value: str) -> str:
    """Return a number as its digits in international form; raise InvalidInput where it is not clear which it is."""
    remedy = "Give it in international form, such as 18445551212"
    digits = checks.digits(value)
    if not digits.isascii() or not digits.isdigit():
        raise InvalidInput(parameter, "it is not a number", remedy)
    if digits.startswith("0"):
        raise InvalidInput(
            parameter,
            f"{checks.quoted_number(value)} begins with 0, with which no country code begins",
            f"Leave out what is dialled before the country code, such as 00. {remedy}",
        )
    if len(digits) < _SHORTEST:
        raise InvalidInput(
            parameter,
            f"{checks.quoted_number(value)} has {len(digits)} digits, so its country code is missing",
            remedy,
        )
    if len(digits) > _LONGEST:
        raise InvalidInput(
            parameter, f"{checks.quoted_number(value)} has {len(digits)} digits, which no number has", remedy
        )
    return digits


def is_of_another(tenant: str, ccid: str | None, slot: str | None, *, is_told: bool) -> bool:
    """Tell whether an entry that was read, and is given back, is not the tenant's: then it is left alone.

    :arg ccid: as it was read: the tenant whose slot it is.
    :arg is_told: whether the entry has a ccid at all. If that is null, nobody knows whose the slot is.
    """
    if not is_told:
        return False
    return slot is not None if ccid is None else ccid.strip().lower() != tenant.strip().lower()


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
            checks.http_url(f"{parameter}{option}", str(item[option]), base=False)
    port_in = item.get("port_in")
    if isinstance(port_in, Mapping) and port_in.get("loa_file_url") is not None:
        checks.http_url(f"{parameter}port_in.loa_file_url", str(port_in["loa_file_url"]), base=False)


@dataclass(frozen=True)
class Mark:
    """What the comment of a number says of its slot.

    :arg slot: its name, in the letter case in which the server shows it.
    :arg intent: what the purchase is called in the journal; None in a mark of version 0.3.0.
    :arg tenant: ccid of the tenant; None where the mark does not tell it.
    """

    slot: str
    intent: str | None = None
    tenant: str | None = None

    def is_of(self, tenant: str, slot: str | None) -> bool:
        """Tell whether it is the mark of a tenant's slot."""
        return self.tenant == tenant and same_slot(self.slot, slot)

    @property
    def owner(self) -> str:
        """Whose it is, in words."""
        return f"of the slot {self.slot} of {f'the tenant {self.tenant}' if self.tenant else 'a tenant not known here'}"


def check_new_slot(parameter: str, value: str) -> None:
    """Raise InvalidInput where the mark of a slot would be longer than a server may keep."""
    if len(value) > LONGEST_SLOT:
        raise InvalidInput(
            parameter,
            f"it has {len(value)} characters, and a new slot can have {LONGEST_SLOT}, since a server may cut "
            "the comment in which the name stands",
            "Use a shorter name",
        )


def same_slot(one: str | None, other: str | None) -> bool:
    """Tell whether two names are those of one slot: upper and lower case make no difference."""
    return one is not None and other is not None and one.lower() == other.lower()


def mark(intent: str, slot: str) -> str:
    """Return what marks a number as that of a slot. It stands first in the comment."""
    return f"[slot {intent}/{slot}]"


def long_mark(ccid: str, slot: str) -> str:
    """Return the mark of version 0.3.0, which tells the tenant by itself."""
    return f"[slot {ccid}/{slot}]"


def intent_of(ccid: str, digits: str) -> str:
    """Return what a number is called in its mark and in the journal if the collection did not buy it."""
    return f"i{hashlib.sha256(f'{ccid}/{digits}'.encode()).hexdigest()[:11]}"


def mark_of(comment: str) -> Mark | None:
    """Return the mark in a comment, also where a server has escaped it or changed its letter case."""
    found = _MARK.search(html.unescape(comment))
    if not found:
        return None
    intent, tenant = found["intent"], found["tenant"]
    return Mark(found["slot"], intent.lower() if intent else None, tenant.lower() if tenant else None)


def without_mark(comment: str) -> str:
    """Return what people wrote into a comment."""
    return _MARK.sub(" ", comment if _MARK.search(comment) else _unescaped(comment)).strip()


def same_comment(one: str, other: str) -> bool:
    """Tell whether a server shows a comment as it was written, or in a form that it made of it.

    Escapes, upper and lower case and the width of blanks make no difference: some servers change them.
    """
    return _plain(one) == _plain(other)


def _plain(comment: str) -> str:
    return " ".join(html.unescape(comment).split()).casefold()


def _unescaped(comment: str) -> str:
    """Return a comment without escapes where they hide a mark."""
    plain = html.unescape(comment)
    return plain if _MARK.search(plain) else comment


def conflicts(named: Sequence[tuple[str, str, str]]) -> list[InvalidInput]:
    """Return what comes twice among the numbers of a tenant: parameter, option, and value of each."""
    found = []
    places: dict[tuple[str, str], str] = {}
    for parameter, option, value in named:
        # Slots that differ in upper and lower case alone are one slot.
        place = places.setdefault((option, value.lower()), parameter)
        if place != parameter:
            found.append(
                InvalidInput(
                    f"{parameter}{option}",
                    f"the {option} {value} is also in {place.rstrip('.')}",
                    f"Name a {option} once",
                )
            )
    return found
