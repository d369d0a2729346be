# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for channels of a custom gateway: IDs, URLs, secrets, conflicts (contract section 1, the service Async).

Filters use this file too. Each worker process loads filters for itself, so this file imports nothing heavy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._core import checks
from .._core.checks import number_key
from .._core.checks import phone_number as number
from .._core.errors import InvalidInput

CHANNEL: dict[str, Any] = {
    "channel_id": {
        "type": "str",
        "description": """
            - Phone number, only digits, or e-mail domain (C(channelId)). Put it in quotes.
            - With the state V(absent), it may be any channel ID that the server has. Spell it as the server
              does. An ID of only digits then means all spellings of this number.
        """,
        "required": True,
    },
    "webhook_url": {
        "type": "str",
        "description": """
            - URL to which Digital Channels sends the messages of the channel.
            - Results and diffs show it, so put no secret into it.
            - Required for a new channel.
        """,
    },
    "webhook_secret": {
        "type": "str",
        "description": """
            - Secret with which Digital Channels signs the messages that it sends to O(webhook_url).
            - Required for a new channel.
        """,
        "no_log": True,
    },
    "api_secret": {
        "type": "str",
        "description": """
            - Secret with which the gateway signs the messages that it sends to Digital Channels.
            - Required for a new channel.
        """,
        "no_log": True,
    },
    "state": {
        "type": "str",
        "description": "Whether the channel should exist.",
        "choices": ["present", "absent"],
    },
}
"""The options of one channel."""

# The secrets of a channel, and the path of each in an entry of secret.channels.
SECRETS = {
    "webhook_secret": ("webhook", "secret"),
    "api_secret": ("api", "secret"),
}

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)+[A-Za-z]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Channel:
    """One channel as the user wants it. None means: leave it as it is.

    :arg parameter: where the user wrote it, for messages.
    """

    parameter: str
    channel_id: str
    present: bool = True
    webhook_url: str | None = None
    webhook_secret: str | None = None
    api_secret: str | None = None

    @property
    def secrets(self) -> dict[str, str]:
        """The given secrets, by option."""
        return {option: value for option in SECRETS if (value := getattr(self, option)) is not None}


def channel_id(parameter: str, value: str) -> str:
    """Return a phone number as its digits, or an e-mail domain; raise InvalidInput if it is neither."""
    if _DOMAIN.fullmatch(value):
        return value
    try:
        return number(parameter, value)
    except InvalidInput as error:
        raise InvalidInput(
            parameter,
            f"{checks.quoted_number(value)} is neither a phone number of 3 to 15 digits nor an e-mail domain",
            "Give only digits, such as 16504661149, or a domain, such as mail.example.com",
        ) from error


def is_channel(value: str, *, alone: bool) -> bool:
    """Return True if an item of a list can stand for a channel of the tenant.

    :arg alone: whether the tenant has no other spelling of the channel. Otherwise only the canonical spelling counts.
    """
    if not alone and value != channel_key(value):
        return False
    try:
        channel_id("channel_id", told_id(value))
    except InvalidInput:
        return False
    return True


def told_id(value: str) -> str:
    """Return the ID that a list needs to name a channel of the tenant: the digits of a number, or the ID as it is."""
    key = channel_key(value)
    return key if key.isdecimal() else value


def channel_key(value: str) -> str:
    """Return the canonical spelling of a channel ID: the digits of a number, or a domain in lower case."""
    return number_key(value)


def webhook_url(parameter: str, value: str) -> str:
    """Return the URL of a webhook, without spaces around it; raise InvalidInput if it is not a URL."""
    checks.http_url(parameter, value, base=False)
    return value.strip(" ")


CHECKS: dict[str, Callable[[str, str], str]] = {
    "channel_id": channel_id,
    "webhook_url": webhook_url,
    "webhook_secret": checks.not_empty,
    "api_secret": checks.not_empty,
}


def parse_channel(parameter: str, item: Mapping[str, Any]) -> Channel:
    """Return the channel that an item of the list asks for; raise InvalidInput if the item is invalid."""
    name = str(item["channel_id"])
    if item.get("state") == "absent":
        # People may have written any ID. The channel can be removed by that ID.
        return Channel(parameter, checks.not_empty(f"{parameter}channel_id", name), present=False)
    name = channel_id(f"{parameter}channel_id", name)

    def value(option: str) -> str | None:
        given = item.get(option)
        return None if given is None else CHECKS[option](f"{parameter}{option}", str(given))

    return Channel(
        parameter=parameter,
        channel_id=name,
        present=True,
        webhook_url=value("webhook_url"),
        webhook_secret=value("webhook_secret"),
        api_secret=value("api_secret"),
    )


def conflicts(channels: Sequence[Channel]) -> list[InvalidInput]:
    """Return an error for each channel that is listed twice. One tenant can have it only once.

    But a channel to remove may be another spelling of a channel to keep.
    """
    found = []
    seen: dict[tuple[str, bool], Channel] = {}
    for channel in channels:
        first = seen.setdefault((channel.channel_id, False), channel)
        if first is channel and channel.present:
            first = seen.setdefault((channel_key(channel.channel_id), True), channel)
        if first is not channel:
            found.append(
                InvalidInput(
                    f"{channel.parameter}channel_id",
                    f"the channel {channel.channel_id} is also in {first.parameter.rstrip('.')}",
                    "List each channel once",
                )
            )
    return found
