# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The numbers that a task ordered: the key ``ordered`` of its result, in words.

The callback summary uses this too, so it imports little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ..._core.server_text import in_message

ORDERED = "ordered"
"""The key of results with the numbers that a task ordered."""

_LONGEST = 1000
_VERBS = {"would_buy": "would buy", "ordered": "ordered, and the task failed after that:"}


@dataclass(frozen=True)
class Number:
    """A number that was ordered.

    :arg number: None if it would be chosen by the real run.
    :arg status: ``bought``, ``would_buy``, or ``ordered`` if the task failed after the order.
    """

    slot: str | None
    number: str | None
    status: str


def numbers_of(result: Mapping[str, Any], *, is_planned: bool) -> list[Number]:
    """Return the numbers that a task ordered, or would order."""
    # A failure that the user ignores is a failure too.
    is_done = not result.get("failed") and "failure" not in result
    status = "would_buy" if is_planned else "bought" if is_done else "ordered"
    listed = result.get(ORDERED)
    items = [item for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    return [Number(_text(item.get("slot")), _text(item.get("number")), status) for item in items]


def told(number: Mapping[str, Any]) -> str:
    """Return what happened to a number, such as "bought 18445551212 for the slot main"."""
    verb = _VERBS.get(number["status"], number["status"])
    purpose = f" for the slot {number['slot']}" if number["slot"] else ""
    return f"{verb} {number['number'] or 'a number'}{purpose}"


def announce(result: Mapping[str, Any], is_planned: bool) -> list[str]:
    """Return a line for each number that was bought, or would be. Runs show it without ``-v``: it costs money."""
    return [told(asdict(number)) for number in numbers_of(result, is_planned=is_planned)]


def _text(value: Any) -> str | None:
    return None if value is None else in_message(str(value), _LONGEST)
