# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The events of the journal of purchases: how each changes a purchase, and how it is written as a line.

A line is one event, a JSON object in UTF-8. The first line says that the file is a journal. Lines are only appended, so
all purchases follow from the lines in their order. The lines contain no secrets.
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
"""Version of the format. A journal whose first line names no version has version 1, and stays valid."""

_HEADER = "journal"

START = b'{"at": "'
"""How each line of this collection begins."""

_OPEN = "open"
_BOUGHT = "bought"
_CLOSED = "closed"

# The state of a purchase after each event.
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
"""The events that begin a purchase: this collection is about to order a number, or the account already has it."""

Event = dict[str, Any]
"""The content of a line: ``at``, ``event``, ``id`` and the details of the event."""


@dataclass(frozen=True)
class Purchase:
    """A purchase in the journal.

    :arg id: ID of the intent. All lines of the purchase have it.
    :arg tenant: ccid of the tenant.
    :arg slot: name of the slot within the tenant, or None if the number has no slot.
    :arg client: the OAuth client that ordered the number, or None if it is not known. No other client sees the number.
    :arg state: ``open`` (may have been bought), ``bought``, or ``closed`` (not bought, or released).
    :arg event: name of the last event.
    :arg order: ID of the order, if the server returned one.
    :arg detail: the reason or the order's status, for people.
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
        """Whether its outcome is not known, or not known yet."""
        return self.state == _OPEN

    @property
    def is_live(self) -> bool:
        """Whether the number was bought or may have been bought, and was not released."""
        return self.state != _CLOSED

    @property
    def is_coming(self) -> bool:
        """Whether it is a port-in that is not complete."""
        return self.port_in and self.event == "ordered"

    @property
    def purpose(self) -> str:
        """The slot that it was ordered for, to append to a sentence. Empty without a slot."""
        return f" for the slot {self.slot}" if self.slot is not None else ""

    def is_of_other_client(self, client: str | None) -> bool:
        """Return True if it is known that another OAuth client ordered it."""
        return None not in (self.client, client) and self.client != client

    def shown(self) -> dict[str, Any]:
        """Return it for a result."""
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
    """Return a unique ID. It begins with a letter, so that YAML never reads it as a number."""
    return f"{letter}{uuid4().hex[:11]}"


def header() -> Event:
    """Return the first event of a journal."""
    return {"at": _instant(time.time()), "event": _HEADER, "version": VERSION, "id": new_id("j")}


def event_of(name: str, identifier: str, details: dict[str, Any]) -> Event:
    """Return an event with the present time."""
    return {"at": _instant(time.time()), "event": name, "id": identifier, **details}


def render(event: Event) -> bytes:
    """Return the line of an event, without a line break."""
    # Half of a surrogate pair in a server's text can't be encoded. It becomes a JSON escape.
    return json.dumps(event, ensure_ascii=False).encode(errors="backslashreplace")


def purchases_of(lines: Iterable[bytes], place: str) -> dict[str, Purchase]:
    """Return the purchases that follow from a journal's lines, by ID, oldest first.

    :arg place: name of the journal in messages.
    :raises JournalProblem: a line is not a valid journal entry, or a newer version of the collection wrote the journal.
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
    """Apply one event.

    :raises AttributeError, KeyError, TypeError, ValueError: the event is not valid.
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
    """Raise JournalProblem if a newer version of the collection wrote the journal."""
    if not isinstance(version, int):
        raise TypeError(version)
    if version > VERSION:
        raise JournalProblem(
            place,
            f"has the format version {version}, but this version of the collection supports only up to {VERSION}",
            "Update cxops.genesys_sms on the controller",
        )


def _corrupt(place: str, number: int) -> JournalProblem:
    return JournalProblem(
        place,
        f"can't be used, because line {number} is not a valid journal entry",
        "Nothing is bought until that is fixed. Restore the former journal from a copy. A new journal would not "
        "contain open orders. Before you create one, find out in Genesys Cloud CX or from Genesys Customer Care what "
        "was ordered",
    )


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
