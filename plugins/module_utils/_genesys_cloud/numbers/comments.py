# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads back the comments that a run has written: a server may alter them, and the mark of a slot stands in them."""

from __future__ import annotations

import random
import time

from ..._core.errors import Altered
from ..._core.server_text import in_message
from . import rules as words
from .account import Account

_READING = (0.0, 0.25, 1.0, 3.0)
"""Seconds before each look for a comment that was written: a list may lag."""


def check_comments(account: Account) -> None:
    """Read back the comments that this run has written.

    :raises Altered: the account keeps other ones.
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
        place = account.journal.place
        raise Altered(
            [_altered(place, number, comment, seen[number]) for number, comment in sorted(account.written.items())]
        )


def _altered(journal: str, number: str, written: str, seen: str) -> str:
    """Say that a comment is not what was written, and what to do."""
    told = f"The number {number} got the comment '{written}', and Genesys Cloud CX keeps '{in_message(seen, 300)}'."
    kept = in_message(words.without_mark(seen), 300)
    text = (
        ""
        if words.same_comment(words.without_mark(written), kept)
        else " Set the comment (in an inventory, genesys_cloud_comment or the comment of the number) to "
        f"'{kept}', or to another text that is kept as it is."
    )
    mark = words.mark_of(written)
    if mark is not None and words.mark_of(seen) != mark:
        return (
            f"{told} The mark of the slot {mark.slot} is lost, so that only the journal {journal} tells "
            "whose number it is. Keep the journal, and give the number in the inventory too, with the slot's name "
            f"and the number in one entry. Then find out who changes comments.{text}"
        )
    return f"{told}{text}"
