# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The events of the journal of purchases: what each makes of a purchase, and how it is written as a line.

A line is an event as a JSON object in UTF-8. The first line says that this is a journal. Lines are only ever added, so
all purchases follow from the lines, in their order. They hold no secrets.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from ..._core.errors import JournalProblem

VERSION = 2
"""The version of the format. A journal without a first line that names one is of version 1, and stays valid."""

_HEADER = "journal"

START = b'{"at": "'
"""How each line begins that this collection has written."""

_OPEN = "open"
_BOUGHT = "bought"
_CLOSED = "closed"

# What an event makes of a purchase.
EVENTS = {
    "intent": _OPEN,
    "recorded": _BOUGHT,
    "ordered": _OPEN,
    "unclear": _OPEN,
    "bought": _BOUGHT,
    "adopted": _BOUGHT,
    "releasing": _BOUGHT,
    "refused": _CLOSED,
    "forgotten": _CLOSED,
    "released": _CLOSED,
}


_FIRST = ("intent", "recorded")
"""The events with which a purchase begins: it was about to be ordered here, or is there and was bought elsewhere."""

Event = dict[str, Any]
"""What a line says: ``at``, ``event``, ``id``, and what belongs to the event."""


@dataclass(frozen=True)
class Purchase:
    """A purchase as the journal tells it.

    :arg id: names it, for people and for the lines of the journal that belong together.
    :arg tenant: ccid of the tenant.
    :arg slot: name of the slot within the tenant, or None where a certain number was asked for.
    :arg client: the OAuth client that ordered it, which alone sees it; None where that is not known.
    :arg state: ``open``: it may have been bought; ``bought``; ``closed``: nothing was bought, or it is given back.
    :arg event: the last that happened.
    :arg order: the server's order, if it told one.
    :arg detail: why, for people.
    :arg begun: when the intent was written, in seconds since 1970.
    """

    id: str
    tenant: str
    slot: str | None
    number: str
    port_in: bool
    client: str | None
    state: str
    event: str
    order: str | None
    detail: str | None
    begun: float

    @property
    def is_open(self) -> bool:
        """Whether it is not known, or not known yet, what became of it."""
        return self.state == _OPEN

    @property
    def is_live(self) -> bool:
        """Whether it stands for a number that was bought or may have been."""
        return self.state != _CLOSED

    @property
    def is_coming(self) -> bool:
        """Whether it is a number that another carrier gives up in its own time, and that has not come yet."""
        return self.port_in and self.event == "ordered"

    @property
    def purpose(self) -> str:
        """What it was ordered for, to be put after what is said of the number."""
        return f" for the slot {self.slot}" if self.slot is not None else ""

    def is_of_other_client(self, client: str | None) -> bool:
        """Tell whether it is known that another OAuth client ordered it."""
        return None not in (self.client, client) and self.client != client

    def shown(self) -> dict[str, Any]:
        """Return it as results have it."""
        return {
            "intent": self.id,
            "ccid": self.tenant,
            "slot": self.slot,
            "number": self.number,
            "port_in": self.port_in,
            "client": self.client,
            "state": self.state,
            "event": self.event,
            "order": self.order,
            "detail": self.detail,
            "begun": _instant(self.begun),
        }


def new_id(letter: str) -> str:
    """Return an ID that nothing else has. A letter comes first, so that YAML never takes it for a number."""
    return f"{letter}{uuid4().hex[:11]}"


def header() -> Event:
    """Return the event with which a journal begins."""
    return {"at": _instant(time.time()), "event": _HEADER, "version": VERSION, "id": new_id("j")}


def event_of(name: str, identifier: str, details: dict[str, Any]) -> Event:
    """Return an event that happens now."""
    return {"at": _instant(time.time()), "event": name, "id": identifier, **details}


def render(event: Event) -> bytes:
    """Return the line of an event, without its end."""
    # What no text has, half a character of a server's answer, becomes an escape of JSON.
    return json.dumps(event, ensure_ascii=False).encode(errors="backslashreplace")


def purchases_of(lines: Iterable[bytes], place: str) -> dict[str, Purchase]:
    """Return the purchases that follow from a journal's lines, by ID, in the order in which they were begun.

    :arg place: what the journal is called in messages.
    :raises JournalProblem: a line is not a valid journal entry, or a later version of the collection has begun this.
    """
    purchases: dict[str, Purchase] = {}
    for number, line in enumerate(lines, 1):
        try:
            event = json.loads(line)
            if number == 1 and isinstance(event, dict) and event.get("event") == _HEADER:
                _check_version(place, event["version"])
                continue
            apply(purchases, event)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _corrupt(place, number) from error
    return purchases


def apply(purchases: dict[str, Purchase], event: Event) -> None:
    """Let an event happen.

    :raises AttributeError, KeyError, TypeError, ValueError: no journal has such an event.
    """
    name, identifier = event["event"], event["id"]
    state = EVENTS[name]
    before = purchases.get(identifier)
    if (before is None) is not (name in _FIRST):
        raise ValueError(name)
    texts = [event.get(key) for key in ("order", "detail", "slot", "number", "tenant", "client")]
    if not all(isinstance(text, (str, type(None))) for text in [*texts, identifier]):
        raise TypeError(name)
    if before is not None:
        told = {key: event[key] for key in ("number", "slot", "order", "detail") if key in event}
        purchases[identifier] = replace(before, state=state, event=name, **told)
        return
    begun = datetime.fromisoformat(event["at"]).timestamp()
    if not isinstance(event["number"], str) or not isinstance(event["tenant"], str):
        raise TypeError(name)
    purchases[identifier] = Purchase(
        id=identifier,
        tenant=event["tenant"],
        slot=event["slot"],
        number=event["number"],
        port_in=bool(event["port_in"]),
        client=event.get("client"),
        state=state,
        event=name,
        order=None,
        detail=None,
        begun=begun,
    )


def _check_version(place: str, version: Any) -> None:
    """Raise where a later version of the collection has begun the journal."""
    if not isinstance(version, int):
        raise TypeError(version)
    if version > VERSION:
        raise JournalProblem(
            place,
            f"has the format {version}, and this version of the collection knows {VERSION}",
            "Update cxops.genesys_sms where this run takes place",
        )


def _corrupt(place: str, number: int) -> JournalProblem:
    return JournalProblem(
        place,
        f"has a line that is not a valid journal entry, line {number}",
        "Nothing is bought until that is mended: bring the line back from a copy. A new journal would not know of open "
        "orders: before you begin one, find out in Genesys Cloud CX, or from Genesys Customer Care, what was ordered",
    )


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
