# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a sender ID may be called and numbered, and which can't be in one tenant (contract section 3).

Filters use this too, and each worker process loads filters for itself: so nothing heavy is imported here.
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
            - Name of the section. V(chat.) in front may be left out.
            - Letters, digits, underscores and dashes. A section that was made by hand may have any name,
              which is given as it is.
        """,
        "required": True,
        "returned": "always",
        "sample": "chat.SMS_Main_Corporate",
    },
    "channel_id": {
        "type": "str",
        "description": """
            - The number (option C(channelId)), digits alone. Put it in quotes.
            - 5 digits for a short code, 10 or 11 for a long code or a toll-free number. Others are
              accepted from 3 to 15.
            - Required for a new sender ID.
        """,
        "returned": "when the section has one that the option takes",
        "sample": "16504661149",
    },
    "endpoint": {
        "type": "str",
        "description": """
            - Name of the chat endpoint in Designer. V(chat.) in front may be left out.
            - Required for a new sender ID.
        """,
        "returned": "when the section has one that the option takes",
        "sample": "chat.Main",
    },
    "interaction_subtype": {
        "type": "str",
        "description": "Option C(interactionSubtype). V(SMS) for a new sender ID.",
        "returned": "when the section has one",
        "sample": "SMS",
    },
    "interaction_type": {
        "type": "str",
        "description": "Option C(interactionType). V(Inbound) for a new sender ID.",
        "returned": "when the section has one",
        "sample": "Inbound",
    },
    "media": {
        "type": "str",
        "description": "Option C(media). V(chat) for a new sender ID.",
        "returned": "when the section has one",
        "sample": "chat",
    },
    "cxc_only": {
        "type": "bool",
        "description": """
            - Whether incoming messages are left to CX Contact and do not become chats (option
              C(cxcOnly)).
            - V(false) for a new sender ID.
        """,
        "returned": "always",
        "sample": False,
    },
    "provider": {
        "type": "str",
        "description": """
            - Option C(provider). V(Portico) for a new sender ID.
            - V(mGage) for Kaleyra, V(Async) for a custom gateway, V(Portico) for Genesys Cloud CX.
        """,
        "choices": ["Portico", "Async", "mGage"],
        "returned": "unless the section has one that the option does not take",
        "sample": "mGage",
    },
    "options": {
        "type": "dict",
        "description": """
            - Further options of the section, and those of the guide with a value that no option takes. One
              set to null is removed.
            - The values are texts, so put quotes around numbers.
            - One of the guide's, such as C(channelId), is taken here only if the section has it with just
              this value, one that the option does not take.
        """,
        "returned": "always",
        "sample": {},
    },
    "state": {
        "type": "str",
        "description": "Whether the sender ID is to exist.",
        "choices": ["present", "absent"],
    },
}
"""The options of one sender ID."""

LISTED: dict[str, Any] = {
    **SENDER_ID,
    "slot": {
        "type": "str",
        "description": """
            The slot whose number in O(slots) is the number of the sender ID, in place of O(channel_id).
        """,
    },
    "provider": {
        **SENDER_ID["provider"],
        "description": """
            - Option C(provider). Left out, the provider of the whole list counts for a new or existing
              sender ID, and without that V(Portico) for a new one.
            - V(mGage) for Kaleyra, V(Async) for a custom gateway, V(Portico) for Genesys Cloud CX.
        """,
    },
}
"""The options of a sender ID in a list, which may have the number that was bought for a slot."""


class ToBeBought(str):
    """Stands in check mode for a number that the real run buys first."""

    __slots__ = ()


@dataclass(frozen=True)
class SenderId:
    """What the user asks of one section.

    :arg parameter: where the user wrote it, for messages.
    :arg name: as the user wrote it.
    :arg options: options to have by the guide's key; None for one not to have. What is not named is left as it is.
        They are as the user wrote them: what the section has already may be in any form.
    :arg extras: further options, by the key of the section.
    """

    parameter: str
    name: str
    present: bool = True
    options: dict[str, str | None] = field(default_factory=dict)
    extras: dict[str, str | None] = field(default_factory=dict)

    @property
    def section(self) -> str:
        """The section that is meant, unless one is there that has the name as it is written."""
        return self.name if self.name.startswith(PREFIX) or not _NAME.fullmatch(self.name) else PREFIX + self.name


def section_name(parameter: str, name: str) -> str:
    """Return the name of a section, with its prefix; raise InvalidInput where it is empty.

    Sections that were made by hand may have any name. Only a new one has to have the guide's form.
    """
    return SenderId(parameter, checks.not_empty(parameter, name)).section


def new_section_name(parameter: str, name: str) -> str:
    """Return the name of a new section; raise InvalidInput where it does not have the guide's form."""
    section = SenderId(parameter, name).section
    if not has_guides_form(section):
        raise InvalidInput(
            parameter,
            "it is not the name of a section, and no sender ID is named so",
            "Use letters, digits, underscores and dashes only, no spaces, such as chat.SMS_Main",
        )
    return section


def has_guides_form(section: str) -> bool:
    """Tell whether a section is named as the guide wants it."""
    return section.startswith(PREFIX) and _NAME.fullmatch(section[len(PREFIX) :]) is not None


def endpoint_name(parameter: str, value: str) -> str:
    """Return the name of a Designer chat endpoint, with its prefix."""
    bare = bare_endpoint(value)
    if not bare.strip() or bare != bare.strip():
        raise InvalidInput(
            parameter,
            "it is not the name of an endpoint",
            "Give the name of the chat endpoint in Designer, with or without chat. in front",
        )
    return PREFIX + bare


def bare_endpoint(value: str) -> str:
    """Return the name of a Designer chat endpoint without its prefix, whose case says nothing."""
    return value[len(PREFIX) :] if value.lower().startswith(PREFIX) else value


def conflicts(sender_ids: Sequence[SenderId]) -> list[InvalidInput]:
    """Return what makes it impossible that all of these are in one tenant: sections and numbers that come twice."""
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
    return InvalidInput(f"{item.parameter}name", problem, "Name each section once")


def shared(item: SenderId, number: str, other: SenderId) -> InvalidInput:
    """Return the error for a number that two listed sections would have."""
    problem = f"the number {number} is also in {_place(other.parameter)}"
    return InvalidInput(f"{item.parameter}channel_id", problem, "Give a number to one section only")


def _place(parameter: str) -> str:
    return parameter.rstrip(".") or "this task"
