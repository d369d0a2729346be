# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read back the comments that a run wrote. They contain the marks of slots, and a server may alter them."""

from __future__ import annotations

import random
import time

from ..._core.errors import Altered
from ..._core.server_text import in_message
from . import rules as words
from .account import Account

_READING = (0.0, 0.25, 1.0, 3.0)
"""Pauses in seconds before each listing of the account, because a list may lag."""


def check_comments(account: Account) -> None:
    """Read back the comments that this run wrote.

    :raises Altered: the account stores other comments.
    """
    seen: dict[str, str] = {}
    for pause in _READING:
        if not account.written:
            return
        time.sleep(pause * random.uniform(0.8, 1.0))
        seen = {item.number: item.fields["comment"] for item in account.numbers()}
        account.written = {
            number: comment
            for number, comment in account.written.items()
            if number in seen and not words.same_comment(comment, seen[number])
        }
    if account.written:
        raise Altered([_altered(number, comment, seen[number]) for number, comment in sorted(account.written.items())])


def _altered(number: str, written: str, seen: str) -> str:
    """Return a message that says how a comment was altered, and what to do."""
    told = f"The number {number} got the comment '{written}', but Genesys Cloud CX stores '{in_message(seen, 300)}'."
    kept = in_message(words.without_mark(seen), 300)
    text = (
        ""
        if words.same_comment(words.without_mark(written), kept)
        else " Set the comment (in an inventory, genesys_cloud_comment or the comment of the number) to "
        f"'{kept}', or to another text that the server does not change."
    )
    mark = words.mark_of(written)
    if mark is not None and words.mark_of(seen) != mark:
        return (
            f"{told} The mark of the slot {mark.slot} is lost, so only the purchase journal says which slot has the "
            "number. Keep the journal. Also list the number in the inventory, with the slot's name and the number in "
            f"one entry. Then find out what changes the comments.{text}"
        )
    return f"{told}{text}"
