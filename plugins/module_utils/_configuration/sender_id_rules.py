# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for sender IDs: names, numbers, endpoints, and conflicts within one tenant (contract section 3).

Filters use this file too. Each worker process loads filters for itself, so this file imports nothing heavy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .._core import checks
from .._core.errors import InvalidInput

PREFIX = "chat."

_NAME = re.compile(r"[A-Za-z0-9_-]+")


SENDER_ID: dict[str, Any] = {
    "name": {
        "type": "str",
        "description": """
            - Name of the section, with or without V(chat.) in front.
            - Letters, digits, underscores and dashes. For an existing section with another name, write
              the name exactly.
        """,
        "required": True,
        "returned": "always",
        "sample": "chat.SMS_Main_Corporate",
    },
    "channel_id": {
        "type": "str",
        "description": """
            - The number (option C(channelId)), only digits. Put it in quotes.
            - A short code has 5 digits, a long code or toll-free number has 10 or 11. Any length from 3 to
              15 is accepted.
            - Required for a new sender ID.
        """,
        "returned": "when the section has a value that the option accepts",
        "sample": "16504661149",
    },
    "endpoint": {
        "type": "str",
        "description": """
            - Name of the chat endpoint in Designer, with or without V(chat.) in front.
            - Required for a new sender ID.
        """,
        "returned": "when the section has a value that the option accepts",
        "sample": "chat.Main",
    },
    "interaction_subtype": {
        "type": "str",
        "description": "Option C(interactionSubtype). A new sender ID gets V(SMS).",
        "returned": "when the section has one",
        "sample": "SMS",
    },
    "interaction_type": {
        "type": "str",
        "description": "Option C(interactionType). A new sender ID gets V(Inbound).",
        "returned": "when the section has one",
        "sample": "Inbound",
    },
    "media": {
        "type": "str",
        "description": "Option C(media). A new sender ID gets V(chat).",
        "returned": "when the section has one",
        "sample": "chat",
    },
    "cxc_only": {
        "type": "bool",
        "description": """
            - Whether incoming messages go only to CX Contact and do not become chats (option C(cxcOnly)).
            - A new sender ID gets V(false).
        """,
        "returned": "always",
        "sample": False,
    },
    "provider": {
        "type": "str",
        "description": """
            - Option C(provider). A new sender ID gets V(Portico).
            - Use V(mGage) for Kaleyra, V(Async) for a custom gateway, and V(Portico) for Genesys Cloud CX.
        """,
        "choices": ["Portico", "Async", "mGage"],
        "returned": "unless the section has a value that the option does not accept",
        "sample": "mGage",
    },
    "options": {
        "type": "dict",
        "description": """
            - Further options of the section, and options of Genesys' guide with a value that no option of
              the module accepts. Null removes an option.
            - The values are strings, so put numbers in quotes.
            - An option of the guide, such as C(channelId), is accepted here only if the section has exactly
              this value and the option of the module does not accept it.
        """,
        "returned": "always",
        "sample": {},
    },
    "state": {
        "type": "str",
        "description": "Whether the sender ID should exist.",
        "choices": ["present", "absent"],
    },
}
"""The options of one sender ID."""

LISTED: dict[str, Any] = {
    **SENDER_ID,
    "slot": {
        "type": "str",
        "description": """
            Slot of the number. The sender ID gets the number that O(slots) has for it, instead of
            O(channel_id).
        """,
    },
    "provider": {
        **SENDER_ID["provider"],
        "description": """
            - Option C(provider). If it is not set, the sender ID gets the provider of the whole list. If that is
              not set either, a new sender ID gets V(Portico).
            - V(mGage) for Kaleyra, V(Async) for a custom gateway, V(Portico) for Genesys Cloud CX.
        """,
    },
}
"""The options of a sender ID in a list. It may have the number that was bought for a slot."""


class ToBeBought(str):
    """Stands for a number in check mode that a real run would buy first."""

    __slots__ = ()


@dataclass(frozen=True)
class SenderId:
    """One sender ID as the user wants it.

    :arg parameter: where the user wrote it, for messages.
    :arg name: the name as the user wrote it.
    :arg options: values by the key of Genesys' guide, as the user wrote them. None removes the option. Options that are
        not listed stay as they are.
    :arg extras: further options, by their key in the section. None removes the option.
    """

    parameter: str
    name: str
    present: bool = True
    options: dict[str, str | None] = field(default_factory=dict)
    extras: dict[str, str | None] = field(default_factory=dict)

    @property
    def section(self) -> str:
        """The name with its prefix. If a section has the name exactly as written, that section is meant instead."""
        return self.name if self.name.startswith(PREFIX) or not _NAME.fullmatch(self.name) else PREFIX + self.name


def section_name(parameter: str, name: str) -> str:
    """Return the name of a section, with its prefix; raise InvalidInput if it is empty.

    An existing section may have any name. Only a new one has to follow Genesys' guide.
    """
    return SenderId(parameter, checks.not_empty(parameter, name)).section


def new_section_name(parameter: str, name: str) -> str:
    """Return the name of a new section; raise InvalidInput if it does not follow Genesys' guide."""
    section = SenderId(parameter, name).section
    if not has_guides_form(section):
        raise InvalidInput(
            parameter,
            "no sender ID has this name, and a new one can't have it",
            "Use only letters, digits, underscores and dashes, no spaces, such as chat.SMS_Main",
        )
    return section


def has_guides_form(section: str) -> bool:
    """Return True if the name of a section follows Genesys' guide."""
    return section.startswith(PREFIX) and _NAME.fullmatch(section[len(PREFIX) :]) is not None


def endpoint_name(parameter: str, value: str) -> str:
    """Return the name of a Designer chat endpoint, with its prefix."""
    bare = bare_endpoint(value)
    if not bare.strip() or bare != bare.strip():
        raise InvalidInput(
            parameter,
            "it is empty, or has whitespace at its start or end",
            "Give the name of the chat endpoint in Designer, with or without chat. in front",
        )
    return PREFIX + bare


def bare_endpoint(value: str) -> str:
    """Return the name of a Designer chat endpoint without its prefix. The case of the prefix does not matter."""
    return value[len(PREFIX) :] if value.lower().startswith(PREFIX) else value


def conflicts(sender_ids: Sequence[SenderId]) -> list[InvalidInput]:
    """Return an error for each section or number that occurs twice. One tenant can have each only once."""
    found = []
    sections: dict[str, SenderId] = {}
    numbers: dict[str, SenderId] = {}
    for item in sender_ids:
        if item.section in sections:
            found.append(twice(item, item.section, sections[item.section]))
        sections.setdefault(item.section, item)
        number = item.options.get("channelId") if item.present else None
        if number and number in numbers:
            found.append(shared(item, number, numbers[number]))
        if number:
            numbers.setdefault(number, item)
    return found


def twice(item: SenderId, section: str, other: SenderId) -> InvalidInput:
    """Return the error for a section that is listed twice."""
    problem = f"the section {section} is also in {_place(other.parameter)}"
    return InvalidInput(f"{item.parameter}name", problem, "List each section once")


def shared(item: SenderId, number: str, other: SenderId) -> InvalidInput:
    """Return the error for a number that two listed sections would have."""
    problem = f"the number {number} is also in {_place(other.parameter)}"
    return InvalidInput(f"{item.parameter}channel_id", problem, "Use each number in one section only")


def _place(parameter: str) -> str:
    return parameter.rstrip(".") or "this task"
