# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of toll-free numbers, slots and places of journals, and the marks in comments (contract section 6).

Filters use this too, and each worker process imports it again. So it imports nothing heavy.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..._core import checks
from ..._core.errors import InvalidInput
from ..._core.server_text import in_message

_SLOT = re.compile(r"[A-Za-z0-9_-]+")
_MARK = re.compile(
    rf"\s*\[slot\s+(?:(?P<intent>i[0-9a-f]{{11}})|(?P<tenant>{checks.UUID}))"
    r"/(?P<slot>[A-Za-z0-9_-]+)\s*\]\s*",
    re.IGNORECASE,
)
_VANITY = re.compile(r"[A-Za-z0-9]{4,7}")
_SHORTEST, _LONGEST = 11, 15

_SCHEMES = ("postgresql://", "postgres://")
"""How the URL of a database begins, as libpq defines it."""

_SECRETS = ("password", "sslpassword", "oauth_client_secret")
"""The parameters of such a URL that are secrets."""

LONGEST_SLOT = 20
"""Most characters of a new slot's name. Its mark has at most 40 characters then: servers may cut comments."""

PORT_IN: dict[str, Any] = {
    "loa_file_url": {
        "type": "str",
        "description": "URL of the letter of authorization.",
        "required": True,
    },
    "loa_file_url_username": {
        "type": "str",
        "description": "User name to download it with.",
    },
    "loa_file_url_password": {
        "type": "str",
        "description": "Password to download it with.",
        "no_log": True,
    },
}
"""The options of a port-in, which say where the letter of authorization is."""

TOLLFREE_NUMBER: dict[str, Any] = {
    "slot": {
        "type": "str",
        "description": """
            - Slot of the number, a name within the tenant that stands for one number. It has up to 20
              letters, digits, underscores and dashes. Upper and lower case are the same.
            - The module writes the slot as a mark into the number's comment, and finds the number by it. A
              slot that has a number never gets a second one.
            - Either this or O(number) is required.
        """,
        "returned": "always, null if there is none",
        "sample": "main",
    },
    "number": {
        "type": "str",
        "description": """
            - The number, in international form. A plus sign, spaces, dashes, dots and parentheses are
              ignored.
            - Either this or O(slot) is required. With both, the slot gets this number. The number is bought
              if the account does not have it. Use both to rename a slot, or to give a slot to a number that
              has none.
        """,
        "returned": "always, unless it would be bought",
        "sample": "18445551212",
    },
    "vanity": {
        "type": "str",
        "description": "4 to 7 letters and digits that a number must contain if it is bought for O(slot).",
    },
    "comment": {
        "type": "str",
        "description": """
            - Comment of the number without the mark of its slot, such as the name of your organization. The
              module adds the mark.
            - If it is not set, it is not changed. Null clears it.
        """,
        "returned": "when the account has it",
        "sample": "Nexus Premise ACME Corp",
    },
    "email_address": {
        "type": "str",
        "description": """
            E-mail address that Genesys Customer Care may write to. It is sent with the order and can't be
            changed afterwards.
        """,
        "returned": "when the account has it, null if there is none",
        "sample": "sms.admin@acme.test.com",
    },
    "mo_url": {
        "type": "str",
        "description": "URL to which Genesys Cloud CX sends messages. The default follows from O(nexus_url).",
        "returned": "when the account has it",
        "sample": "https://digital.example.com/nexus/v3/sms/message",
    },
    "dr_url": {
        "type": "str",
        "description": """
            URL to which Genesys Cloud CX sends delivery receipts. The default follows from O(nexus_url).
        """,
        "returned": "when the account has it",
        "sample": "https://digital.example.com/nexus/v3/sms/receipt",
    },
    "webhook_username": {
        "type": "str",
        "description": "User name that Genesys Cloud CX sends to Digital Channels. The default is the tenant's ccid.",
        "returned": "when the account has it",
        "sample": "45acae06-6b7c-4f97-9c76-471c0b25ef71",
    },
    "port_in": {
        "type": "dict",
        "description": """
            Port O(number) in from another carrier instead of buying it. This needs a letter of
            authorization.
        """,
        "options": PORT_IN,
    },
    "state": {
        "type": "str",
        "description": """
            - Whether the account should have the number.
            - With V(absent), the number is released if O(release_confirmation) is the number.
        """,
        "choices": ["present", "absent"],
    },
    "release_confirmation": {
        "type": "str",
        "description": "The number itself, to confirm that it is released. Anyone can buy it then.",
    },
}
"""The options of one number."""

LISTED: dict[str, Any] = {
    **TOLLFREE_NUMBER,
    "ccid": {
        "type": "str",
        "description": """
            - The tenant to which the slot belongs, as M(cxops.genesys_sms.gc_tollfree_number_info) returns
              it. It is not written.
            - An entry of another tenant is ignored with a warning. So is an entry that has a slot and a null
              ccid. So the result of that module can be used here without a change.
        """,
        "returned": "when the account has it, null if there is none",
        "sample": "45acae06-6b7c-4f97-9c76-471c0b25ef71",
        "version_added": "0.4.0",
    },
    "status": {
        "type": "str",
        "description": """
            - Status of the number in Genesys Cloud CX.
            - It is ignored, so that the result of M(cxops.genesys_sms.gc_tollfree_number_info) can be used
              here.
        """,
        "returned": "when the account has it",
        "sample": "Assigned",
        "version_added": "0.4.0",
    },
}
"""The options of a number in a list. The list may be the result of gc_tollfree_number_info."""


def number(parameter: str, value: str) -> str:
    """Return the digits of a number in international form. Raise InvalidInput if it is not in that form."""
    remedy = "Use the international form, such as 18445551212"
    digits = checks.digits(value)
    if not digits.isascii() or not digits.isdigit():
        raise InvalidInput(parameter, "must be a number", remedy)
    if digits.startswith("0"):
        raise InvalidInput(
            parameter,
            f"{checks.quoted_number(value)} begins with 0, but no country code does",
            f"Remove the prefix before the country code, such as 00. {remedy}",
        )
    if len(digits) < _SHORTEST:
        raise InvalidInput(
            parameter,
            f"{checks.quoted_number(value)} has {len(digits)} digits, so the country code is missing",
            remedy,
        )
    if len(digits) > _LONGEST:
        raise InvalidInput(
            parameter,
            f"{checks.quoted_number(value)} has {len(digits)} digits, but a number has at most {_LONGEST}",
            remedy,
        )
    return digits


def is_of_another(tenant: str, ccid: str | None, slot: str | None, *, is_told: bool) -> bool:
    """Return True if an entry with a ccid does not belong to the tenant. Such an entry is ignored.

    :arg ccid: the entry's ccid. Null means that the tenant of the slot is not known.
    :arg is_told: whether the entry has a ccid, which may be null.
    """
    if not is_told:
        return False
    return slot is not None if ccid is None else ccid.strip().lower() != tenant.strip().lower()


def slot_name(parameter: str, value: str) -> str:
    """Return the name of a slot. Raise InvalidInput if it can't be part of a mark."""
    if not _SLOT.fullmatch(value):
        raise InvalidInput(
            parameter,
            "must be the name of a slot",
            "Use only letters, digits, underscores and dashes, such as main",
        )
    return value


def vanity(parameter: str, value: str) -> str:
    """Return the vanity of a number. Raise InvalidInput if the server would refuse it."""
    if not _VANITY.fullmatch(value):
        raise InvalidInput(parameter, "must be 4 to 7 letters and digits", "Use a text such as CALL")
    return value


def check_item(parameter: str, item: Mapping[str, Any]) -> None:
    """Raise InvalidInput if the options of a number with state present are wrong, alone or together."""
    for option, other in (("vanity", "slot"), ("port_in", "number")):
        if item.get(option) is not None and item.get(other) is None:
            raise InvalidInput(f"{parameter}{option}", f"it needs {other}", f"Set {other} too, or remove {option}")
    if item.get("vanity") is not None:
        if item.get("number") is not None:
            raise InvalidInput(f"{parameter}vanity", "number is set too", "Set only one of them")
        vanity(f"{parameter}vanity", str(item["vanity"]))
    for option in ("mo_url", "dr_url"):
        if item.get(option):
            checks.http_url(f"{parameter}{option}", str(item[option]), base=False)
    port_in = item.get("port_in")
    if isinstance(port_in, Mapping) and port_in.get("loa_file_url") is not None:
        checks.http_url(f"{parameter}port_in.loa_file_url", str(port_in["loa_file_url"]), base=False)


@dataclass(frozen=True)
class Mark:
    """The mark in the comment of a number.

    :arg slot: name of the slot, in the case in which the server returns it.
    :arg intent: ID of the purchase in the journal, or None in a mark of version 0.3.0.
    :arg tenant: ccid of the tenant, or None if it is not known.
    """

    slot: str
    intent: str | None = None
    tenant: str | None = None

    def is_of(self, tenant: str, slot: str | None) -> bool:
        """Return True if it is the mark of this slot of this tenant."""
        return self.tenant == tenant and same_slot(self.slot, slot)

    @property
    def owner(self) -> str:
        """The slot and its tenant, for messages."""
        return f"the slot {self.slot} of {f'the tenant {self.tenant}' if self.tenant else 'an unknown tenant'}"


def check_new_slot(parameter: str, value: str) -> None:
    """Raise InvalidInput if the name of a new slot is too long for a mark."""
    if len(value) > LONGEST_SLOT:
        raise InvalidInput(
            parameter,
            f"it has {len(value)} characters, but a new slot can have at most {LONGEST_SLOT}, because a server may cut "
            "the comment that contains the name",
            "Use a shorter name",
        )


def same_slot(one: str | None, other: str | None) -> bool:
    """Return True if both names mean the same slot. Ignore the case."""
    return one is not None and other is not None and one.lower() == other.lower()


def mark(intent: str, slot: str) -> str:
    """Return the mark of a slot. It comes first in the comment."""
    return f"[slot {intent}/{slot}]"


def long_mark(ccid: str, slot: str) -> str:
    """Return the mark of version 0.3.0, which contains the tenant."""
    return f"[slot {ccid}/{slot}]"


def intent_of(ccid: str, digits: str) -> str:
    """Return the intent ID, for mark and journal, of a number that the collection did not buy."""
    return f"i{hashlib.sha256(f'{ccid}/{digits}'.encode()).hexdigest()[:11]}"


def mark_of(comment: str) -> Mark | None:
    """Return the mark in a comment, even if the server escaped it or changed its case."""
    found = _MARK.search(html.unescape(comment))
    if not found:
        return None
    intent, tenant = found["intent"], found["tenant"]
    return Mark(found["slot"], intent.lower() if intent else None, tenant.lower() if tenant else None)


def without_mark(comment: str) -> str:
    """Return a comment without its mark."""
    return _MARK.sub(" ", comment if _MARK.search(comment) else _unescaped(comment)).strip()


def same_comment(one: str, other: str) -> bool:
    """Return True if both comments are the same.

    Ignore escapes, case and the width of spaces, because some servers change them.
    """
    return _plain(one) == _plain(other)


def _plain(comment: str) -> str:
    return " ".join(html.unescape(comment).split()).casefold()


def _unescaped(comment: str) -> str:
    """Return a comment. Remove its escapes if they hide a mark."""
    plain = html.unescape(comment)
    return plain if _MARK.search(plain) else comment


def conflicts(named: Sequence[tuple[str, str, str]]) -> list[InvalidInput]:
    """Return an error for each slot or number that a tenant lists twice.

    :arg named: parameter, option and value of each.
    """
    found = []
    places: dict[tuple[str, str], str] = {}
    for parameter, option, value in named:
        # Slots whose names differ only in case are one slot.
        place = places.setdefault((option, value.lower()), parameter)
        if place != parameter:
            found.append(
                InvalidInput(
                    f"{parameter}{option}",
                    f"the {option} {value} is also in {place.rstrip('.')}",
                    f"List each {option} only once",
                )
            )
    return found


def is_database(journal: str) -> bool:
    """Return True if the journal is the URL of a database."""
    return journal.startswith(_SCHEMES)


def journal_place(journal: str | None, option: str = "journal") -> str | None:
    """Return the path or URL of the journal, or None if it is not set.

    :raises InvalidInput: it is a relative path, a URL with another scheme, or a URL with a secret.
    """
    # If the inventory is not a file, as with "-i acme,", inventory_dir is "None".
    if not journal or Path(journal).parts[:1] == ("None",):
        return None
    if is_database(journal):
        _check_no_secret(option, journal)
        return journal
    if "://" in journal:
        scheme = in_message(journal.partition("://")[0], 20)
        raise InvalidInput(
            option,
            f"the URL scheme {scheme} is not supported",
            "Use the absolute path of a file, or a URL that begins with postgresql://",
        )
    return checks.absolute_path(option, journal)


def unreadable_url(option: str) -> InvalidInput:
    """Return the error for the URL of a database that can't be read."""
    return InvalidInput(
        option,
        "the URL of the database can't be read",
        "Write it as postgresql://user@host:port/database?parameters, with special characters as %XX",
    )


def _check_no_secret(option: str, url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise unreadable_url(option) from error
    if "@" in parts.path + parts.query + parts.fragment:
        # A password with an unescaped "/", "?" or "#" ends there.
        raise unreadable_url(option)
    secrets = {"password"} if parts.password is not None else set()
    secrets.update(name for name, _value in parse_qsl(parts.query, keep_blank_values=True) if name in _SECRETS)
    if secrets:
        password = "journal_password" if option == "copy_from" else f"{option}_password"
        raise InvalidInput(
            option,
            f"the URL contains a secret ({', '.join(sorted(secrets))}), but results show {option}",
            f"Remove it from the URL. Set {password}, or use the password file of libpq",
        )
