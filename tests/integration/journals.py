# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Journals for the proof about money, in a file and in a table: what people and accidents do to them.

Of a journal that something happened to, the former state is kept, so that it can be restored.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import psycopg
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.database_store import (
    Database,
    DatabaseStore,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.events import Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import FileStore
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import Journal
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.rules import is_database

Swap = Literal["removed", "replaced", "emptied", "older"]


class Place(Protocol):
    """Where a journal is."""

    option: str

    def clear(self) -> None:
        """Remove the journal and its former state."""

    def lines(self) -> list[bytes]:
        """All lines."""

    @property
    def has_former(self) -> bool:
        """Whether there is a former state."""

    def set_aside(self, *lines: bytes, missing: bool = False) -> None:
        """Make the journal its former state. Leave one with these lines, or none."""

    def restore(self) -> None:
        """Make the former state the journal."""

    def forget(self) -> None:
        """Remove the former state."""

    def swap(self, how: Swap) -> None:
        """Let something happen to the journal while it is in use."""


@contextmanager
def open_journal(option: str) -> Iterator[Journal]:
    """Yield the journal of a place."""
    if not is_database(option):
        yield Journal(FileStore(option, 1, print))
        return
    database = Database("journal", option, None)
    try:
        yield Journal(DatabaseStore(database, 1, print))
    finally:
        database.close()


def purchases(option: str) -> list[Purchase]:
    """What the journal says."""
    with open_journal(option) as journal:
        return journal.read()


class FilePlace:
    """A file. Its former state is beside it."""

    def __init__(self, path: Path) -> None:
        self.option = str(path)
        self._path = path
        self._former = path.with_name(f"{path.name}.former")

    def clear(self) -> None:
        """Remove the journal and its former state."""
        self._path.unlink(missing_ok=True)
        self.forget()

    def lines(self) -> list[bytes]:
        """All lines."""
        return self._path.read_bytes().splitlines(keepends=True)

    @property
    def has_former(self) -> bool:
        """Whether there is a former state."""
        return self._former.exists()

    def set_aside(self, *lines: bytes, missing: bool = False) -> None:
        """Make the journal its former state. Leave one with these lines, or none."""
        self._path.rename(self._former)
        if not missing:
            self._path.write_bytes(b"".join(lines))

    def restore(self) -> None:
        """Make the former state the journal."""
        self._former.replace(self._path)

    def forget(self) -> None:
        """Remove the former state."""
        self._former.unlink(missing_ok=True)

    def swap(self, how: Swap) -> None:
        """Let something happen to the journal. Who has the file open goes on with the former one where it was moved."""
        lines = self.lines()
        if how in ("removed", "replaced"):
            self.set_aside(lines[0], missing=how == "removed")
            return
        self._former.write_bytes(b"".join(lines))
        os.truncate(self._path, 0 if how == "emptied" else sum(map(len, lines[:-1])))


class TablePlace:
    """The table of a database. Its former state is in another table."""

    def __init__(self, url: str) -> None:
        self.option = url

    def _execute(self, command: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.option) as connection:
            cursor = connection.execute(command.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def clear(self) -> None:
        """Remove the journal and its former state."""
        self._execute("DROP TABLE IF EXISTS genesys_sms_journal, former")

    def lines(self) -> list[bytes]:
        """All lines."""
        return [bytes(line) for (line,) in self._execute("SELECT line FROM genesys_sms_journal ORDER BY number")]

    @property
    def has_former(self) -> bool:
        """Whether there is a former state."""
        return self._execute("SELECT to_regclass('former') IS NOT NULL") == [(True,)]

    def set_aside(self, *lines: bytes, missing: bool = False) -> None:
        """Make the journal its former state. Leave one with these lines, or none."""
        self._execute("CREATE TABLE former AS TABLE genesys_sms_journal")
        self._execute("DROP TABLE genesys_sms_journal" if missing else "DELETE FROM genesys_sms_journal")
        for number, line in enumerate(lines, 1):
            self._execute("INSERT INTO genesys_sms_journal VALUES ('default', %s, %s)", number, line)

    def restore(self) -> None:
        """Make the former state the journal."""
        self._execute("DROP TABLE IF EXISTS genesys_sms_journal")
        self._execute("CREATE TABLE genesys_sms_journal (LIKE former, PRIMARY KEY (journal, number))")
        self._execute("INSERT INTO genesys_sms_journal TABLE former")
        self.forget()

    def forget(self) -> None:
        """Remove the former state."""
        self._execute("DROP TABLE IF EXISTS former")

    def swap(self, how: Swap) -> None:
        """Let something happen to the journal."""
        lines = self.lines()
        kept = {"removed": [], "replaced": lines[:1], "emptied": [], "older": lines[:-1]}[how]
        self.set_aside(*kept, missing=how == "removed")


def place_of(option: str) -> Place:
    """Return the place of a journal."""
    return TablePlace(option) if is_database(option) else FilePlace(Path(option))


def sent_alone(connection: psycopg.Connection[Any], name: str, number: int, line: bytes) -> None:
    """Send a row to the database without reading the answer: the server goes on with it by itself."""
    query = b"INSERT INTO genesys_sms_journal (journal, number, line) VALUES ($1, $2, $3)"
    connection.pgconn.send_query_params(query, [name.encode(), str(number).encode(), line], param_formats=[0, 0, 1])
    while connection.pgconn.flush():
        pass
