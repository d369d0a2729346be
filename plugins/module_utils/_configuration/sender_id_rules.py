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
    "name": {"type": "str", "required": True},
    "channel_id": {"type": "str"},
    "endpoint": {"type": "str"},
    "interaction_subtype": {"type": "str"},
    "interaction_type": {"type": "str"},
    "media": {"type": "str"},
    "cxc_only": {"type": "bool"},
    "provider": {"type": "str", "choices": ["Portico", "Async", "mGage"]},
    "options": {"type": "dict"},
    "state": {"type": "str", "choices": ["present", "absent"]},
}
"""The argument specification of one sender ID."""

LISTED: dict[str, Any] = {**SENDER_ID, "slot": {"type": "str"}}
"""The argument specification of a sender ID in a list, which may have the number that was bought for a slot."""


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
