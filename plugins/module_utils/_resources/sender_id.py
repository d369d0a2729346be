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

from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput

PREFIX = "chat."

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_DIGITS = re.compile(r"[0-9]+")
_SHORTEST, _LONGEST = 3, 15


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
    :arg options: options to have by key; None for one not to have. What is not named is left as it is.
    """

    parameter: str
    section: str
    present: bool = True
    options: dict[str, str | None] = field(default_factory=dict)


def section_name(parameter: str, name: str) -> str:
    """Return the name of a section, with its prefix; raise InvalidInput where it can't be one."""
    bare = name.removeprefix(PREFIX)
    if not _NAME.fullmatch(bare):
        raise InvalidInput(
            parameter,
            "it is not the name of a section",
            "Use letters, digits, underscores and dashes only, no spaces, such as chat.SMS_Main",
        )
    return PREFIX + bare


def channel_id(parameter: str, value: str) -> str:
    """Return a number as its digits; raise InvalidInput where no number looks so."""
    expected = (
        "Give digits alone: 5 for a short code, 10 or 11 for a long code or a toll-free number, such as 16504661149"
    )
    if not _DIGITS.fullmatch(value):
        raise InvalidInput(parameter, f"{_checks.quoted_number(value)} is not made of digits alone", expected)
    if not _SHORTEST <= len(value) <= _LONGEST:
        raise InvalidInput(
            parameter, f"{_checks.quoted_number(value)} has {len(value)} digits, which no number has", expected
        )
    return value


def endpoint_name(parameter: str, value: str) -> str:
    """Return the name of a Designer chat endpoint, with its prefix."""
    bare = value.removeprefix(PREFIX)
    if not bare.strip() or bare != bare.strip():
        raise InvalidInput(
            parameter,
            "it is not the name of an endpoint",
            "Give the name of the chat endpoint in Designer, with or without chat. in front",
        )
    return PREFIX + bare


def conflicts(sender_ids: Sequence[SenderId]) -> list[InvalidInput]:
    """Return what makes it impossible that all of these are in one tenant: sections and numbers that come twice."""
    found = []
    sections: dict[str, SenderId] = {}
    numbers: dict[str, SenderId] = {}
    for item in sender_ids:
        if item.section in sections:
            other = sections[item.section].parameter
            found.append(
                InvalidInput(
                    f"{item.parameter}name",
                    f"the section {item.section} is also in {_place(other)}",
                    "Name each section once",
                )
            )
        sections.setdefault(item.section, item)
        number = item.options.get("channelId") if item.present else None
        if number and number in numbers:
            other = numbers[number].parameter
            found.append(
                InvalidInput(
                    f"{item.parameter}channel_id",
                    f"the number {number} is also in {_place(other)}",
                    "Give a number to one section only",
                )
            )
        if number:
            numbers.setdefault(number, item)
    return found


def _place(parameter: str) -> str:
    return parameter.rstrip(".") or "this task"
