# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the sandbox, in one SQLite file that outlives the process."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sandbox.seed import Tenant
from sandbox.switches import SWITCHES, Value

_SCHEMA = """
CREATE TABLE tenants (
    ccid TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    domain TEXT NOT NULL,
    username TEXT NOT NULL,
    password TEXT NOT NULL,
    client_id TEXT NOT NULL,
    client_secret TEXT NOT NULL,
    gax_username TEXT NOT NULL UNIQUE,
    gax_password TEXT NOT NULL,
    api_key TEXT NOT NULL,
    UNIQUE (domain, username)
) WITHOUT ROWID;
CREATE INDEX tenants_by_key ON tenants (api_key);
CREATE TABLE switches (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""


class Store:
    """Stores tenants and switches. Each system has tables of its own in the same file."""

    def __init__(self, path: Path, schemas: Iterable[str]) -> None:
        schema = _SCHEMA + "".join(schemas)
        # The state of another version of the sandbox can't be used. Reset it.
        version = zlib.crc32(schema.encode()) & 0x7FFFFFFF
        self._db = _connect(path)
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, version):
            self._db.close()
            for old in path.parent.glob(f"{path.name}*"):
                old.unlink()
            self._db = _connect(path)
        self.new = found != version
        if self.new:
            self._db.executescript(f"{schema} PRAGMA user_version = {version};")
        self._switches: dict[str, Value] = {name: switch.default for name, switch in SWITCHES.items()}
        self._switches.update((row["name"], row["value"]) for row in self.rows("SELECT * FROM switches"))

    def close(self) -> None:
        """Write all data to the one file."""
        self._db.close()

    def transaction(self) -> AbstractContextManager[object]:
        """Commit all writes of the block together, or none of them after an exception."""
        return self._db

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row of a query, or None."""
        row: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return row

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        return self._db.execute(sql, values).fetchall()

    def count(self, sql: str, *values: Any) -> int:
        """Return the number that a query selects."""
        return int(self._db.execute(sql, values).fetchone()[0])

    def write(self, sql: str, *values: Any) -> int:
        """Execute a write inside transaction(). Return the number of changed rows."""
        return self._db.execute(sql, values).rowcount

    def switch(self, name: str) -> Value:
        """Return the value of a switch."""
        return self._switches[name]

    def switches(self) -> dict[str, Value]:
        """Return all switches."""
        return dict(self._switches)

    def set_switches(self, values: dict[str, Value]) -> None:
        """Set switches. The values are already checked."""
        with self._db:
            self._db.executemany("REPLACE INTO switches VALUES (?, ?)", values.items())
        self._switches.update(values)

    def put_tenant(self, tenant: Tenant) -> None:
        """Add a tenant, or replace it and all its data."""
        self._db.execute("DELETE FROM tenants WHERE ccid = ?", (tenant.ccid,))
        self._db.execute(
            "INSERT INTO tenants VALUES"
            " (:ccid, :name, :domain, :username, :password, :client_id, :client_secret, :gax_username, :gax_password,"
            " :api_key)",
            vars(tenant),
        )

    def remove_tenants(self) -> None:
        """Remove all tenants. The systems' rows that refer to them are removed too."""
        self._db.execute("DELETE FROM tenants")


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    # Speed is more important than safety: a lost state is seeded again.
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;")
    return db
