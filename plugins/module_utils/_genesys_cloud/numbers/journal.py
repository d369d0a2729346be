# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of purchases: what was about to be bought, and what became of it.

A file of JSON, an event a line, that is only ever added to. Its first line says that it is a journal. Whoever adds
holds the file's lock, and has each line on the disk before going on. So a run that ends at any point leaves a line for
each order that it may have sent, and two runs never choose the same number. The journal holds no secrets.

A journal is created on purpose, never by a purchase: a new file would not know of the orders that another one has.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

from ..._core.errors import InvalidInput, JournalProblem
from ..._core.server_text import in_result

PLAYBOOK = "ansible-playbook -i <inventory> cxops.genesys_sms.purchases"
"""The command that shows the journal to people, and with which they decide."""

VERSION = 2
"""The version of the format. A journal without a first line that names one is of version 1, and stays valid."""

_HEADER = "journal"

_START = b'{"at": "'
"""How each line begins."""

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


class Ledger:
    """The journal while its lock is held: what it says, and the way to add to it.

    :arg clean: takes secrets and control characters out of what a server says.
    """

    def __init__(
        self, path: str, descriptor: int, purchases: dict[str, Purchase], clean: Callable[[str], str] = in_result
    ) -> None:
        self._path = path
        self._descriptor = descriptor
        self._purchases = purchases
        self._clean = clean
        self._size = os.fstat(descriptor).st_size

    @property
    def purchases(self) -> list[Purchase]:
        """All purchases, in the order in which they were begun."""
        return list(self._purchases.values())

    def intend(self, tenant: str, slot: str | None, number: str, client: str | None, *, port_in: bool) -> Purchase:
        """Write down that a number is about to be ordered. When this returns it is on the disk."""
        # A letter first, so that YAML never takes an ID for a number.
        return self._begin("intent", f"i{uuid4().hex[:11]}", tenant, slot, number, client, port_in)

    def record(self, identifier: str, tenant: str, slot: str, number: str, client: str | None) -> Purchase:
        """Write down a number that is there already, and that the journal does not know.

        :arg identifier: what the number's mark names.
        """
        return self._begin("recorded", identifier, tenant, slot, number, client, False)

    def note(self, purchase: Purchase, event: str, **details: str | None) -> Purchase:
        """Write down what became of a purchase.

        :arg details: ``order``, ``detail``, or another ``number`` or ``slot``.
        :raises JournalProblem: it can't be written. What the journal says of the purchase so far is safe.
        """
        told = {key: value for key, value in details.items() if value is not None}
        for name in ("order", "detail"):
            if name in told:
                told[name] = self._clean(told[name])
        try:
            return self._add(event, purchase.id, told)
        except OSError as error:
            raise JournalProblem(
                self._path,
                f"can't be added to: {error.strerror}. What it says of the number {purchase.number} (intent "
                f"{purchase.id}) is older than what happened: the event {event} is missing",
                "Mend that, and run again with this journal and no other: then it is found out",
            ) from error

    def _begin(
        self,
        event: str,
        identifier: str,
        tenant: str,
        slot: str | None,
        number: str,
        client: str | None,
        port_in: bool,
    ) -> Purchase:
        details = {"tenant": tenant, "slot": slot, "number": number, "port_in": port_in, "client": client}
        try:
            return self._add(event, identifier, details)
        except OSError as error:
            raise _unusable(self._path, error) from error

    def _add(self, event: str, identifier: str, details: dict[str, Any]) -> Purchase:
        self._check_place()
        line = {"at": _instant(time.time()), "event": event, "id": identifier, **details}
        _write(self._descriptor, _line(line))
        self._size = os.fstat(self._descriptor).st_size
        # Once more, so that nothing is ordered after an intent that is in no file any more.
        self._check_place()
        _replay(self._purchases, line)
        return self._purchases[identifier]

    def _check_place(self) -> None:
        """Raise JournalProblem where the file is not the one any more that was locked, or someone else wrote to it."""
        here = os.fstat(self._descriptor)
        with suppress(FileNotFoundError):
            if os.path.samestat(here, Path(self._path).stat()) and here.st_size == self._size:
                return
        raise JournalProblem(
            self._path,
            "was replaced, changed or removed while this run had its lock",
            "Bring the former file back, then run again: it says what was ordered",
        )


class Journal:
    """The file.

    :arg path: None where there is none, and nothing may be bought.
    :arg patience: seconds to wait while another run has the lock.
    :arg clean: takes secrets and control characters out of what a server says.
    """

    def __init__(
        self,
        path: str | None,
        patience: float,
        progress: Callable[[str], None],
        clean: Callable[[str], str] = in_result,
    ) -> None:
        self.path = path
        self._patience = patience
        self._progress = progress
        self._clean = clean

    @property
    def exists(self) -> bool:
        """Whether there is such a file with something in it. An empty file is no journal."""
        if self.path is None:
            return False
        try:
            return Path(self.path).stat().st_size > 0
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unusable(self.path, error) from error

    def read(self) -> list[Purchase]:
        """Return all purchases. A journal that does not exist has none."""
        if self.path is None:
            return []
        try:
            content = Path(self.path).read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unusable(self.path, error) from error
        purchases, _torn = _parse(self.path, content)
        return list(purchases.values())

    def create(self) -> bool:
        """Begin a journal; return False where there is one already."""
        path = self._named()
        descriptor = self._open(path, os.O_CREAT)
        try:
            _recover(path, descriptor)
            if os.fstat(descriptor).st_size:
                return False
            line = {"at": _instant(time.time()), "event": _HEADER, "version": VERSION, "id": f"j{uuid4().hex[:11]}"}
            _write(descriptor, _line(line))
            _sync_directory(path)
        except OSError as error:
            raise _unusable(path, error) from error
        finally:
            os.close(descriptor)
        return True

    @contextmanager
    def locked(self) -> Iterator[Ledger]:
        """Hold the lock, which ends with the process at the latest.

        :raises JournalProblem: there is no journal, it can't be read and written, says what no journal says, or stays
            locked.
        """
        path = self._named()
        descriptor = self._open(path)
        try:
            purchases = _recover(path, descriptor)
            if not os.fstat(descriptor).st_size:
                raise missing(path)
            yield Ledger(path, descriptor, purchases, self._clean)
        finally:
            os.close(descriptor)

    def check(self) -> None:
        """Raise JournalProblem where it could not be written."""
        path = self._named()
        if not self.exists:
            raise missing(path)
        if not os.access(path, os.R_OK | os.W_OK):
            raise _unusable(path, OSError(errno.EACCES, os.strerror(errno.EACCES)))

    def _named(self) -> str:
        if self.path is None:
            raise InvalidInput("journal", "it is not set", "Name the file that all runs for the organization share")
        return self.path

    def _open(self, path: str, flags: int = 0) -> int:
        """Return the descriptor of the locked file."""
        begun = time.monotonic()
        told = False
        while True:
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_APPEND | flags, 0o600)
            except FileNotFoundError as error:
                raise (_unusable(path, error) if flags else missing(path)) from error
            except OSError as error:
                raise _unusable(path, error) from error
            if self._lock(path, descriptor):
                return descriptor
            os.close(descriptor)
            if time.monotonic() - begun > self._patience:
                raise JournalProblem(
                    path,
                    f"has been locked by another run for {self._patience:g} s",
                    "Wait for the other run to end, or end it; nothing is lost by that",
                )
            if not told:
                self._progress(f"Another run buys numbers: waiting for the journal {path}.")
                told = True
            time.sleep(0.05)

    def _lock(self, path: str, descriptor: int) -> bool:
        """Lock the file; return whether it is locked, and still the one that has the path."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            os.close(descriptor)
            raise JournalProblem(
                path, f"can't be locked: {error.strerror}", "Keep it on a file system that knows locks"
            ) from error
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(descriptor), Path(path).stat())
        return False


def missing(path: str) -> JournalProblem:
    """Return the error for a journal that is not there."""
    return JournalProblem(
        path,
        "does not exist, or is empty. A purchase never creates its journal, since a new one does not know of open "
        "orders",
        f"If no number was bought for this organization before, create it: {PLAYBOOK} -e create_journal=true. If "
        "others buy for this organization too, name the journal that all of them use",
    )


def _recover(path: str, descriptor: int) -> dict[str, Purchase]:
    """Return the purchases, after a line that was not written to its end is gone."""
    try:
        content = b""
        while chunk := os.read(descriptor, 1 << 20):
            content += chunk
        purchases, torn = _parse(path, content)
        if torn:
            # Written by a run that was ended within the line, and so before what the line announces.
            os.ftruncate(descriptor, len(content) - len(torn))
            os.fsync(descriptor)
        elif content and not content.endswith(b"\n"):
            _write(descriptor, b"\n")
    except OSError as error:
        raise _unusable(path, error) from error
    return purchases


def _parse(path: str, content: bytes) -> tuple[dict[str, Purchase], bytes]:
    """Return the purchases, and the end of the file if it is no whole line."""
    purchases: dict[str, Purchase] = {}
    lines = content.splitlines(keepends=True)
    for number, raw in enumerate(lines, 1):
        try:
            line = json.loads(raw)
        except ValueError as error:
            if number == len(lines) and _is_torn(raw):
                return purchases, raw
            raise _corrupt(path, number) from error
        try:
            if number == 1 and isinstance(line, dict) and line.get("event") == _HEADER:
                _check_version(path, line["version"])
                continue
            _replay(purchases, line)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _corrupt(path, number) from error
    return purchases, b""


def _is_torn(raw: bytes) -> bool:
    """Tell whether this is a line of a journal that was not written to its end, and not the text of some other file."""
    # Zeros are what a file system may have in place of what did not reach the disk.
    written = raw.rstrip(b"\0")[: len(_START)]
    return not raw.endswith(b"\n") and _START.startswith(written)


def _check_version(path: str, version: Any) -> None:
    """Raise where a later version of the collection has begun the journal."""
    if not isinstance(version, int):
        raise TypeError(version)
    if version > VERSION:
        raise JournalProblem(
            path,
            f"has the format {version}, and this version of the collection knows {VERSION}",
            "Update cxops.genesys_sms where this run takes place",
        )


def _replay(purchases: dict[str, Purchase], line: dict[str, Any]) -> None:
    """Let an event happen.

    :raises AttributeError, KeyError, TypeError, ValueError: no journal has such a line.
    """
    event, identifier = line["event"], line["id"]
    state = EVENTS[event]
    before = purchases.get(identifier)
    if (before is None) is not (event in _FIRST):
        raise ValueError(event)
    texts = [line.get(name) for name in ("order", "detail", "slot", "number", "tenant", "client")]
    if not all(isinstance(text, (str, type(None))) for text in [*texts, identifier]):
        raise TypeError(event)
    if before is None:
        begun = datetime.fromisoformat(line["at"]).timestamp()
        if not isinstance(line["number"], str) or not isinstance(line["tenant"], str):
            raise TypeError(event)
        purchases[identifier] = Purchase(
            identifier,
            line["tenant"],
            line["slot"],
            line["number"],
            bool(line["port_in"]),
            line.get("client"),
            state,
            event,
            None,
            None,
            begun,
        )
        return
    told = {name: line[name] for name in ("number", "slot", "order", "detail") if name in line}
    purchases[identifier] = replace(before, state=state, event=event, **told)


def _line(event: dict[str, Any]) -> bytes:
    """Return a line of the file."""
    # What no text has, half a character of a server's answer, becomes an escape of JSON.
    return json.dumps(event, ensure_ascii=False).encode(errors="backslashreplace") + b"\n"


def _write(descriptor: int, line: bytes) -> None:
    """Add to the file, and have it on the disk."""
    while line:
        line = line[os.write(descriptor, line) :]
    os.fsync(descriptor)


def _sync_directory(path: str) -> None:
    """Have a new file's name on the disk too."""
    directory = os.open(Path(path).parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _unusable(path: str, error: OSError) -> JournalProblem:
    return JournalProblem(
        path,
        f"can't be used: {error.strerror}",
        "Nothing is bought without a journal: name a file that can be read and written, in a directory that exists",
    )


def _corrupt(path: str, number: int) -> JournalProblem:
    return JournalProblem(
        path,
        f"has a line that is not a valid journal entry, line {number}",
        "Nothing is bought until that is mended: bring the line back from a copy. A new journal would not know of open "
        "orders: before you begin one, find out in Genesys Cloud CX, or from Genesys Customer Care, what was ordered",
    )


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
