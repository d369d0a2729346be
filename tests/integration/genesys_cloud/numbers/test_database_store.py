# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""database_store.py: a journal in a table of a real PostgreSQL server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    InvalidInput,
    JournalProblem,
    JournalUnusable,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import database_store
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.database_store import (
    Database,
    DatabaseStore,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import FileStore
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import Journal, Ledger
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_purchase_journal
from integration.organization import Org
from integration.postgres import Postgres

TENANT = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
NUMBER = "18445550000"


@pytest.fixture
def url(postgres: Postgres) -> str:
    """The URL of an empty database."""
    return postgres.database()


@pytest.fixture(autouse=True)
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[psycopg.Connection[Any]]]:
    """The connections of journals. They are closed after each test."""
    made: list[psycopg.Connection[Any]] = []
    connect = Database._connect

    def connect_and_note(self: Database) -> psycopg.Connection[Any]:
        made.append(connect(self))
        return made[-1]

    monkeypatch.setattr(Database, "_connect", connect_and_note)
    yield made
    for connection in made:
        connection.close()


def journal_at(
    url: str, *, password: str | None = None, patience: float = 0.3, progress: Callable[[str], None] = print
) -> Journal:
    return Journal(DatabaseStore(Database("journal", url, password), patience, progress), clean=str)


def created(url: str) -> Journal:
    journal = journal_at(url)
    assert journal.create()
    return journal


def intend(ledger: Ledger, slot: str = "main") -> Any:
    return ledger.intend(TENANT, slot, NUMBER, "client", port_in=False)


def test_a_journal_is_created_on_purpose_and_once(url: str) -> None:
    journal = journal_at(url)
    assert not journal.exists
    assert journal.read() == []
    for use in (journal.check, journal.locked().__enter__):
        with pytest.raises(JournalProblem, match="create_journal=true"):
            use()
    assert (journal.create(), journal.exists, journal.create()) == (True, True, False)
    journal.check()
    with journal.locked() as ledger:
        intent = intend(ledger)
        ledger.note(intent, "bought", order="o1")
    (purchase,) = journal_at(url).read()
    assert (purchase.id, purchase.number, purchase.event, purchase.order) == (intent.id, NUMBER, "bought", "o1")
    assert not journal.create()
    assert journal.read() == [purchase]


def test_a_line_is_kept_as_it_is(url: str) -> None:
    journal = created(url)
    detail = "sn\u00f6 \u2603 \\ ' \" {{ x }} \x00 \ud800"
    with journal_at(url).locked() as ledger:
        ledger.note(intend(ledger), "refused", detail=detail)
    assert journal.read()[0].detail == detail


def test_named_journals_of_one_database_are_apart(url: str) -> None:
    first, second = created(f"{url}#acme"), journal_at(f"{url}#globex%20and%20sons")
    assert not second.exists
    assert second.create()
    with first.locked() as ledger, second.locked():
        intend(ledger)
    assert (len(first.read()), second.read()) == (1, [])
    assert not journal_at(url).exists
    assert first.place.endswith("#acme")


def test_a_second_run_waits_for_the_lock(url: str) -> None:
    lines: list[str] = []
    journal = created(url)
    other = journal_at(url, progress=lines.append)
    with journal.locked(), pytest.raises(JournalProblem, match=r"has been locked by another run for 0\.3 s"):
        other.locked().__enter__()
    assert len(lines) == 1
    with other.locked():
        pass


def test_a_run_uses_one_connection(url: str, connections: list[psycopg.Connection[Any]]) -> None:
    journal = created(url)
    assert journal.exists
    journal.check()
    with journal.locked() as ledger:
        ledger.note(intend(ledger), "bought")
        assert len(journal.read()) == 1
    assert len(connections) == 1


def test_a_connection_that_was_lost_between_two_uses_is_replaced(
    postgres: Postgres, url: str, connections: list[psycopg.Connection[Any]]
) -> None:
    journal = created(url)
    uses: list[Callable[[], object]] = [lambda: journal.exists, journal.read, journal.check, journal.create]
    for number, use in enumerate(uses, 2):
        postgres.end_sessions()
        use()
        assert len(connections) == number
    postgres.restart()
    with journal.locked() as ledger:
        intend(ledger)
    assert len(connections) == len(uses) + 2


def test_a_lock_is_not_taken_over_by_another_connection(postgres: Postgres, url: str) -> None:
    """A run that reads the journal while it has the lock connects again, but it has lost the lock."""
    journal = created(url)
    with journal.locked() as ledger:
        postgres.end_sessions()
        assert journal.read() == []
        with pytest.raises(JournalUnusable):
            intend(ledger)
    with journal.locked() as ledger:
        assert ledger.purchases == []
        intend(ledger)


def test_a_lock_that_can_not_be_released_ends_with_its_session(
    url: str, connections: list[psycopg.Connection[Any]]
) -> None:
    journal = created(url)
    with journal.locked():
        # As behind a pooler, where another session may get the statement that releases the lock.
        connections[-1].execute("SELECT pg_advisory_unlock_all()")
    assert connections[-1].closed
    with journal.locked() as ledger:
        intend(ledger)


def test_a_session_that_ends_loses_the_lock_and_adds_nothing(postgres: Postgres, url: str) -> None:
    journal = created(url)
    with journal.locked() as ledger:
        postgres.end_sessions()
        with journal_at(url).locked() as other:
            intend(other, "campaigns")
        with pytest.raises(JournalUnusable):
            intend(ledger)
    assert [purchase.slot for purchase in journal.read()] == ["campaigns"]


def test_a_note_that_can_not_be_added_names_the_number(postgres: Postgres, url: str) -> None:
    journal = created(url)
    with journal.locked() as ledger:
        intent = intend(ledger)
        postgres.restart()
        with pytest.raises(JournalProblem, match=f"The event ordered of the number {NUMBER}"):
            ledger.note(intent, "ordered", order="o1")
    # Every controller sees the open intent.
    (purchase,) = journal_at(url).read()
    assert purchase.is_open


def test_a_commit_whose_answer_is_lost_is_seen_by_the_next_run(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = created(url)
    with monkeypatch.context() as patch, journal.locked() as ledger:
        patch.setattr(database_store, "_add", cut_after_sending)
        with pytest.raises(JournalUnusable):
            intend(ledger)
    with journal.locked() as ledger:
        assert [purchase.event for purchase in ledger.purchases] == ["intent"]


def cut_after_sending(connection: psycopg.Connection[Any], name: str, number: int, line: bytes) -> int:
    """Send the row, and break the connection before the answer is read."""
    query = "INSERT INTO genesys_sms_journal (journal, number, line) VALUES ($1, $2, $3)"
    connection.pgconn.send_query_params(
        query.encode(), [name.encode(), str(number).encode(), line], param_formats=[0, 0, 1]
    )
    while connection.pgconn.flush():
        pass
    connection.close()
    raise psycopg.OperationalError("the connection was closed")


def test_two_runs_never_add_to_the_same_state_even_without_the_lock(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a pooler that gives each statement another session."""
    journal = created(url)
    monkeypatch.setattr(DatabaseStore, "_lock", lambda self, key: self._database._connect())
    with journal.locked() as first, journal_at(url).locked() as second:
        intend(second)
        with pytest.raises(JournalProblem, match="was changed while this run held its lock"):
            intend(first, "campaigns")
    assert [purchase.slot for purchase in journal.read()] == ["main"]


@pytest.mark.parametrize(
    "command", ["DELETE FROM genesys_sms_journal WHERE number = 2", "DELETE FROM genesys_sms_journal"]
)
def test_rows_that_are_removed_while_the_lock_is_held(postgres: Postgres, url: str, command: str) -> None:
    journal = created(url)
    with journal.locked() as ledger:
        intend(ledger)
        postgres.execute(command, url)
        with pytest.raises(JournalProblem, match="was changed while this run held its lock"):
            intend(ledger, "campaigns")
    assert "campaigns" not in {purchase.slot for purchase in journal.read()}


def test_a_table_that_lacks_rows_is_not_a_journal(postgres: Postgres, url: str) -> None:
    journal = created(url)
    with journal.locked() as ledger:
        ledger.note(intend(ledger), "bought")
    postgres.execute("DELETE FROM genesys_sms_journal WHERE number = 2", url)
    for use in (journal.read, journal.create, journal.locked().__enter__):
        with pytest.raises(JournalProblem, match="rows are missing"):
            use()


def test_a_connection_without_its_setting_is_not_used(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_store, "_COMMIT_TO_DISK", "SELECT set_config('nothing', 'on', false)")
    journal = journal_at(url)
    for _attempt in range(2):
        with pytest.raises(JournalUnusable, match="nothing"):
            journal.read()


def test_a_commit_is_on_the_disk_whatever_the_database_has_as_its_default(postgres: Postgres, url: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    for setting, expected in (("off", "on"), ("local", "on"), ("remote_apply", "remote_apply")):
        postgres.execute(f"ALTER DATABASE {name} SET synchronous_commit = {setting}")
        found = Database("journal", url, None).use(lambda one: one.execute("SHOW synchronous_commit").fetchone())
        assert found == (expected,)


def test_a_server_that_is_down(postgres: Postgres, url: str) -> None:
    journal = created(url)
    postgres.stop()
    try:
        for use in (journal.read, journal.create, journal.check, journal.locked().__enter__):
            with pytest.raises(
                JournalUnusable, match="Check the address in the URL, and whether the server is running"
            ):
                use()
    finally:
        postgres.start()
    assert journal.exists


def test_a_database_that_does_not_exist(postgres: Postgres) -> None:
    with pytest.raises(JournalUnusable, match=r'database "nowhere" does not exist\. Correct the name of the database'):
        journal_at(postgres.url("nowhere")).read()


@pytest.mark.parametrize(
    "columns", ["id bigint", "journal integer, number bigint, line bytea", "journal text, number bigint, line bigint"]
)
def test_a_table_of_something_else(postgres: Postgres, url: str, columns: str) -> None:
    postgres.execute(f"CREATE TABLE genesys_sms_journal ({columns})", url)
    with pytest.raises(JournalUnusable, match=r"has other columns than those of a journal .*another schema"):
        journal_at(url).create()
    assert postgres.execute("TABLE genesys_sms_journal", url) == []


def test_a_journal_in_another_schema(postgres: Postgres, url: str) -> None:
    created(url)
    postgres.execute("CREATE SCHEMA sms", url)
    elsewhere = journal_at(f"{url}&options=-csearch_path%3Dsms")
    with pytest.raises(JournalProblem, match="does not exist or is empty"):
        elsewhere.check()
    assert elsewhere.create()
    nowhere = journal_at(f"{url}&options=-csearch_path%3Dnowhere")
    assert not nowhere.exists
    with pytest.raises(JournalUnusable, match=r"no schema has been selected.*set search_path in the URL"):
        nowhere.create()


def test_a_user_who_may_not_create_the_table(postgres: Postgres, url: str) -> None:
    postgres.execute("CREATE ROLE guest LOGIN", url)
    with pytest.raises(JournalUnusable, match=r"permission denied for schema public\. Let the owner of the database"):
        journal_at(url.replace("postgres@", "guest@")).create()


def test_a_server_with_too_many_connections(postgres: Postgres, url: str) -> None:
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    postgres.execute("CREATE ROLE crowd LOGIN CONNECTION LIMIT 0")
    with pytest.raises(JournalUnusable, match=r'too many connections for role "crowd"\. Run fewer forks'):
        journal_at(postgres.url(str(name), "crowd")).read()


def test_both_schemes_of_a_url_are_the_same(url: str) -> None:
    created(url)
    assert journal_at(url.replace("postgresql://", "postgres://")).exists


def test_a_user_needs_the_right_to_read_and_to_add(postgres: Postgres, url: str) -> None:
    journal = created(url)
    postgres.execute("CREATE ROLE reader LOGIN", url)
    postgres.execute("GRANT SELECT ON genesys_sms_journal TO reader", url)
    reader = journal_at(url.replace("postgres@", "reader@"))
    assert reader.read() == []
    with pytest.raises(JournalUnusable, match="permission denied to add rows"):
        reader.check()
    with pytest.raises(JournalUnusable, match="permission denied"), reader.locked() as ledger:
        intend(ledger)
    postgres.execute("GRANT INSERT ON genesys_sms_journal TO reader", url)
    reader.check()
    with reader.locked() as ledger:
        ledger.note(intend(ledger), "refused")
    read_only = journal_at(f"{url}&options=-cdefault_transaction_read_only%3Don")
    with pytest.raises(JournalUnusable, match=r"read-only\. Use the address of the primary"):
        read_only.check()
    with pytest.raises(JournalUnusable, match="read-only"), read_only.locked() as ledger:
        intend(ledger)
    assert [purchase.event for purchase in journal.read()] == ["refused"]


def test_a_journal_of_a_later_version(postgres: Postgres, url: str) -> None:
    journal = created(url)
    line = json.dumps({"at": "2030-01-01T00:00:00.000+00:00", "event": "journal", "version": 99, "id": "j1"}).encode()
    postgres.execute("UPDATE genesys_sms_journal SET line = %s", url, line)
    for use in (journal.read, journal.create, journal.locked().__enter__):
        with pytest.raises(JournalProblem, match="format version 99"):
            use()


@pytest.mark.parametrize(
    "wrong",
    [
        "postgresql://user:canary-password@[::1/sms",
        "postgresql://user@local%zzhost/sms",
        "postgresql://user@localhost/sms?unknown=1",
    ],
)
def test_urls_that_can_not_be_used(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="can't be read") as caught:
        journal_at(wrong)
    assert caught.value.parameter == "journal"
    assert "canary" not in str(caught.value)


def test_a_journal_moves_between_file_and_database(url: str, tmp_path: Path) -> None:
    file = Journal(FileStore(str(tmp_path / "journal"), 1, print))
    file.create()
    with file.locked() as ledger:
        ledger.note(intend(ledger), "bought", order="o1")
    table = journal_at(url)
    assert len(table.lacking(file)) == 3
    assert table.complete(file)
    assert table.read() == file.read()
    assert (table.lacking(file), table.complete(file)) == ([], False)
    # What was added since then is added there too.
    with file.locked() as ledger:
        intend(ledger, "campaigns")
    assert table.complete(file)
    back = Journal(FileStore(str(tmp_path / "back"), 1, print))
    assert back.complete(table)
    assert (tmp_path / "back").read_bytes() == (tmp_path / "journal").read_bytes()


def test_a_journal_with_other_events_is_not_overwritten(url: str, tmp_path: Path) -> None:
    file = Journal(FileStore(str(tmp_path / "journal"), 1, print))
    with pytest.raises(JournalProblem, match="does not exist"):
        journal_at(url).complete(file)
    assert not journal_at(url).exists
    file.create()
    table = created(url)
    for use in (table.lacking, table.complete):
        with pytest.raises(JournalProblem, match="has events that"):
            use(file)
    assert table.read() == []


def test_a_wrong_password_is_not_shown(postgres: Postgres, url: str) -> None:
    with postgres.password_required("buyer", "right-password"):
        mine = url.replace("postgres@", "buyer@")
        postgres.execute("GRANT CREATE ON SCHEMA public TO buyer", url)
        assert journal_at(mine, password="right-password").create()
        for wrong in ("canary-password", None):
            with pytest.raises(JournalUnusable, match=r"journal_password") as caught:
                journal_at(mine, password=wrong).read()
            assert "canary" not in str(caught.value)


def thrice(org: Org, asked: Mapping[str, Any]) -> list[str]:
    """Check, apply and apply again a task of the journal; return its steps."""
    planned, done, again = (org.run(gc_purchase_journal, asked, check=check) for check in (True, False, False))
    assert [result["changed"] for result in (planned, done, again)] == [True, True, False]
    assert planned["steps"] == done["steps"]
    steps: list[str] = done["steps"]
    return steps


def test_tasks_buy_with_a_journal_in_a_database(org: Org, url: str, connections: list[psycopg.Connection[Any]]) -> None:
    org.buying["journal"] = url
    refused = org.buy("main")
    assert (refused["failure"]["kind"], refused["failure"].get("parameter")) == ("journal", None)
    assert not org.sandbox.writes()
    created_by = {"journal": url, "create": True}
    assert thrice(org, created_by) == ["create the journal"]
    connections.clear()
    org.buy("main")
    assert [connection.closed for connection in connections] == [True]
    bought = journal_at(url).read()
    assert [purchase.event for purchase in bought] == ["bought"]
    assert org.buy("main")["changed"] is False
    copy = {"journal": str(org.directory / "copy"), "copy_from": url}
    (step,) = thrice(org, copy)
    assert step.startswith("copy 4 events from postgresql://")
    for wrong in ({"journal": url, "copy_from": url}, {"journal": url, "copy_from": "relative"}):
        assert org.run(gc_purchase_journal, wrong)["failure"]["parameter"] == "copy_from"
    for place in ("mysql://user@host/sms", "postgresql://user:canary-password@host/sms"):
        failed = org.run(gc_purchase_journal, {"journal": place})
        assert failed["failure"] == {"kind": "invalid_input", "parameter": "journal"}
        assert "canary" not in json.dumps(failed)
