# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of a PostgreSQL database that keeps a journal of purchases, for controllers that share no file system.

A row is one event. A run that adds a row holds an advisory lock of the session, which ends with the connection. It
commits each row before it continues. A new row has the number after the last one that was read under the lock. So two
runs can't both add to the same state of the journal, even if a connection pooler breaks the lock.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from ..._core.errors import JournalProblem, JournalUnusable, MissingLibrary
from ..._core.server_text import in_message
from .journal import wait_for_lock
from .rules import unreadable_url

if TYPE_CHECKING:
    import psycopg

Found = TypeVar("Found")

_TABLE = "genesys_sms_journal"

_CREATE = """
CREATE TABLE IF NOT EXISTS genesys_sms_journal (
    journal text, number bigint, line bytea NOT NULL, PRIMARY KEY (journal, number)
)
"""

_EXISTS = "SELECT EXISTS (SELECT FROM genesys_sms_journal WHERE journal = %s)"

_READ = "SELECT number, line FROM genesys_sms_journal WHERE journal = %s ORDER BY number"

# Add the row only if the journal still has the rows that were read.
_ADD = """
INSERT INTO genesys_sms_journal (journal, number, line) SELECT %(journal)s, %(number)s, %(line)s
WHERE (SELECT count(*) FROM genesys_sms_journal WHERE journal = %(journal)s) = %(number)s - 1 ON CONFLICT DO NOTHING
"""

_IS_WRITABLE = "SELECT has_table_privilege(%s, 'INSERT'), current_setting('transaction_read_only') = 'off'"

# A commit that is not on the disk would be lost with the server.
_COMMIT_TO_DISK = """
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')
"""

_DEFAULT = "default"
"""The name of the journal in the table if the URL has no fragment."""

# Default parameters of the connection, which the URL can override. A dead connection is noticed within 30 s.
_CONNECTION = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "cxops.genesys_sms",
}

_OTHER_COLUMNS = ("22P02", "42703", "42804", "42883", "42P10")
"""The SQLSTATEs of a table with other columns: other type (twice), no such column, no such operator, no such key."""

_CA = "Set sslrootcert in the URL to a file with the certificate of the CA that issued the server's certificate"
_CERTIFICATE = "Set sslcert and sslkey in the URL to a certificate that the server accepts, and its key"
_LOGIN = "Correct the user in the URL, and journal_password"
_ADDRESS = "Check the address in the URL, and whether the server is running"

# What to do, by a part of libpq's or the server's message.
_REMEDIES = (
    ("too many", "Run fewer forks, or raise max_connections of the server"),
    ("certificate verify failed", _CA),
    ("root certificate file", _CA),
    ("does not match host name", "Write the host name in the URL as it is in the server's certificate"),
    ("does not support SSL", "Switch on TLS in the server, or use the address of another server"),
    ("valid client certificate", _CERTIFICATE),
    ("unknown ca", _CERTIFICATE),
    ("private key file", "Correct the permissions of the file"),
    ("password", _LOGIN),
    ("authentication", _LOGIN),
    ('role "', _LOGIN),
    ("permission denied", "Let the owner of the database grant that to the user"),
    ("schema", "Create the schema, or set search_path in the URL, as options=-csearch_path%3Dschema"),
    ("read-only", "Use the address of the primary server"),
    ('database "', "Correct the name of the database in the URL"),
    ("resolve host", _ADDRESS),
    ("connection", _ADDRESS),
)


class Database:
    """A connection to a PostgreSQL database, and a name of a journal there. The items of a loop share it.

    It connects at the first use. If the connection was lost since the last use, it connects again.

    :arg option: the name of the option that has the URL.
    :arg url: ``postgresql://user@host:port/database?parameters#journal``, as libpq defines it, without a password
        (``journal_place()`` in rules.py). The fragment is the name of the journal in the table.
    :arg password: the user's password. None: libpq looks for it in PGPASSWORD and in its password file.
    """

    def __init__(self, option: str, url: str, password: str | None) -> None:
        self.psycopg = _psycopg()
        address, _mark, fragment = url.partition("#")
        self.journal = unquote(fragment) or _DEFAULT
        self.place = in_message(address.partition("?")[0] + (f"#{fragment}" if fragment else ""))
        given = self._read_url(option, address)
        self._parameters = {**_CONNECTION, **given, **({} if password is None else {"password": password})}
        self._connection: psycopg.Connection[Any] | None = None

    def use(self, query: Callable[[psycopg.Connection[Any]], Found]) -> Found:
        """Return what a query returns that may be repeated. Repeat it once if the connection was lost before."""
        with self.reported():
            if self._connection is not None:
                try:
                    return query(self._connection)
                except self.psycopg.OperationalError:
                    if not self._connection.closed:
                        raise
            return query(self._connect())

    def _connect(self) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] = self.psycopg.connect(**self._parameters, autocommit=True)
        try:
            connection.execute(_COMMIT_TO_DISK)
        except self.psycopg.Error:
            connection.close()
            raise
        self._connection = connection
        return connection

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def reported(self) -> Iterator[None]:
        """Raise JournalUnusable for an error of the database or the network in the block."""
        try:
            yield
        except self.psycopg.Error as error:
            raise self.unusable(str(error) or type(error).__name__, error.sqlstate) from error

    def unusable(self, message: str, state: str | None = None) -> JournalUnusable:
        """Return the error for a message of libpq or the server. Only its first line says what happened."""
        line = message.strip().partition("\n")[0]
        reason = in_message(re.sub(r"^connection (failed|is bad): |\b(FATAL|ERROR): +|\.$", "", line))
        remedy = next((remedy for part, remedy in _REMEDIES if part in reason), "Check the database and the URL")
        if state in _OTHER_COLUMNS:
            reason = f"its table {_TABLE} has other columns than those of a journal ({reason})"
            remedy = "Use another database or another schema"
        return JournalUnusable(self.place, reason, f"{remedy}. Nothing is bought without a journal")

    def _read_url(self, option: str, url: str) -> dict[str, Any]:
        """Return the parameters of the URL, as libpq reads them."""
        try:
            return dict(self.psycopg.conninfo.conninfo_to_dict(url))
        except self.psycopg.ProgrammingError as error:
            raise unreadable_url(option) from error


class DatabaseStore:
    """A journal in a table of a PostgreSQL database.

    :arg patience: seconds to wait while another run holds the lock.
    """

    def __init__(self, database: Database, patience: float, progress: Callable[[str], None]) -> None:
        self.place = database.place
        self._database = database
        self._patience = patience
        self._progress = progress

    @property
    def exists(self) -> bool:
        """Whether the table has a line of this journal."""

        def query(connection: psycopg.Connection[Any]) -> bool:
            try:
                row = connection.execute(_EXISTS, [self._database.journal]).fetchone()
            except self._database.psycopg.errors.UndefinedTable:
                return False
            return bool(row and row[0])

        return self._database.use(query)

    def read(self) -> list[bytes]:
        """Return all lines. A journal that does not exist has none."""
        return self._database.use(self._lines)

    @contextmanager
    def locked(self, *, create: bool = False) -> Iterator[LockedTable]:
        """Hold the lock of the journal. It ends with the session.

        :arg create: create the table if it does not exist.
        """
        name = f"{_TABLE}:{self._database.journal}"
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        # Only this connection has the lock, even if another one is used meanwhile.
        connection = self._lock(key)
        try:
            with self._database.reported():
                if create:
                    connection.execute(_CREATE)
                lines = self._lines(connection)
            yield LockedTable(self._database, connection, lines)
        finally:
            self._unlock(connection, key)

    def check(self) -> None:
        """Raise JournalProblem if the table can't be written."""
        rows = self._database.use(lambda connection: connection.execute(_IS_WRITABLE, [_TABLE]).fetchall())
        for is_allowed, is_writable in rows:
            if not is_writable:
                raise self._database.unusable("the database is read-only")
            if not is_allowed:
                raise self._database.unusable(f"permission denied to add rows to the table {_TABLE}")

    def _lines(self, connection: psycopg.Connection[Any]) -> list[bytes]:
        """Return the lines of the journal. Without the table, there are none."""
        try:
            rows = connection.execute(_READ, [self._database.journal]).fetchall()
        except self._database.psycopg.errors.UndefinedTable:
            return []
        if [number for number, _line in rows] != list(range(1, len(rows) + 1)):
            raise JournalProblem(
                self.place,
                "is not complete: rows are missing",
                "Restore the table from a backup. Until then nothing is bought, because the table says what was "
                "ordered",
            )
        return [bytes(line) for _number, line in rows]

    def _lock(self, key: int) -> psycopg.Connection[Any]:
        """Wait for the lock, and return the connection that has it."""

        def query(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any] | None:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()
            return connection if row and row[0] else None

        return wait_for_lock(self, self._patience, self._progress, lambda: self._database.use(query), pause=0.1)

    def _unlock(self, connection: psycopg.Connection[Any], key: int) -> None:
        """Release the lock. If that fails, end the session, and the lock with it."""
        try:
            row = connection.execute("SELECT pg_advisory_unlock(%s)", [key]).fetchone()
        except self._database.psycopg.Error:
            row = None
        if not (row and row[0]):
            connection.close()


class LockedTable:
    """The lines of a locked journal in the table."""

    def __init__(self, database: Database, connection: psycopg.Connection[Any], lines: list[bytes]) -> None:
        self._database = database
        self._connection = connection
        self._lines = lines
        self._count = len(lines)

    def read(self) -> list[bytes]:
        """Return the lines at the time when the journal was locked."""
        return self._lines

    def append(self, line: bytes) -> None:
        """Append a line, and return when it is committed."""
        with self._database.reported():
            added = _add(self._connection, self._database.journal, self._count + 1, line)
        if not added:
            raise JournalProblem(
                self._database.place,
                "was changed while this run held its lock",
                "If journal is the address of a connection pooler, set it to the address of the database itself. "
                "Then run again",
            )
        self._count += 1


def _add(connection: psycopg.Connection[Any], name: str, number: int, line: bytes) -> int:
    """Add a row, and commit it. Return 0 if the journal has more or fewer rows than were read."""
    return connection.execute(_ADD, {"journal": name, "number": number, "line": line}).rowcount


def _psycopg() -> Any:
    """Return the library, which only a journal in a database needs."""
    try:
        # Imported only if the journal is in a database.
        return import_module("psycopg")
    except ImportError as error:
        raise MissingLibrary("psycopg", "journal is the URL of a database", 'pip install "psycopg[binary]"') from error
