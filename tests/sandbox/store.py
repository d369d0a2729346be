# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sandbox remembers, in one SQLite file, so that it survives the end of the process."""

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
    """Tenants and switches; every system has its own tables beside them."""

    def __init__(self, path: Path, schemas: Iterable[str]) -> None:
        schema = _SCHEMA + "".join(schemas)
        # A state written by another version of the sandbox is of no use: begin anew.
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
        """Write everything to the one file."""
        self._db.close()

    def transaction(self) -> AbstractContextManager[object]:
        """What is written inside is kept as a whole, or not at all after an exception."""
        return self._db

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row that a query finds."""
        row: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return row

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows that a query finds."""
        return self._db.execute(sql, values).fetchall()

    def count(self, sql: str, *values: Any) -> int:
        """The number that a query gives."""
        return int(self._db.execute(sql, values).fetchone()[0])

    def write(self, sql: str, *values: Any) -> int:
        """Change something, inside transaction(); gives how many rows."""
        return self._db.execute(sql, values).rowcount

    def switch(self, name: str) -> Value:
        """The value of a switch."""
        return self._switches[name]

    def switches(self) -> dict[str, Value]:
        """All switches."""
        return dict(self._switches)

    def set_switches(self, values: dict[str, Value]) -> None:
        """Change some switches; the values have been checked."""
        with self._db:
            self._db.executemany("REPLACE INTO switches VALUES (?, ?)", values.items())
        self._switches.update(values)

    def put_tenant(self, tenant: Tenant) -> None:
        """Add a tenant, or replace it together with all that it had."""
        self._db.execute("DELETE FROM tenants WHERE ccid = ?", (tenant.ccid,))
        self._db.execute(
            "INSERT INTO tenants VALUES"
            " (:ccid, :name, :domain, :username, :password, :client_id, :client_secret, :gax_username, :gax_password,"
            " :api_key)",
            vars(tenant),
        )

    def remove_tenants(self) -> None:
        """Remove all tenants; the systems' rows refer to them, and go with them."""
        self._db.execute("DELETE FROM tenants")


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    # Fast before safe: a lost sandbox is seeded again.
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;")
    return db
