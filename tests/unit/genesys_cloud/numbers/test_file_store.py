# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of the journal: `_genesys_cloud/numbers/file_store.py`."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import JournalProblem
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import journal as journal_file
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import Journal
from unit.properties import given, st

TENANT = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
NUMBER = "18445550000"


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def journal(tmp_path: Path, told: list[str]) -> Journal:
    made = file_journal(str(tmp_path / "journal"), 0.2, told.append)
    assert made.create()
    return made


@pytest.fixture
def left_open(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Return the descriptors that os.open() has opened and os.close() has not closed."""
    found: set[int] = set()
    begin, end = os.open, os.close

    def opened(path: Path, flags: int, mode: int = 0o777) -> int:
        descriptor = begin(path, flags, mode)
        found.add(descriptor)
        return descriptor

    def closed(descriptor: int) -> None:
        found.discard(descriptor)
        end(descriptor)

    monkeypatch.setattr(os, "open", opened)
    monkeypatch.setattr(os, "close", closed)
    return found


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what was written and synced, in order."""
    found: list[str] = []
    write, sync = os.write, os.fsync

    def written(descriptor: int, line: bytes) -> int:
        found.append("write")
        return write(descriptor, line)

    def synced(descriptor: int) -> None:
        found.append("sync the directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync")
        sync(descriptor)

    monkeypatch.setattr(os, "write", written)
    monkeypatch.setattr(os, "fsync", synced)
    return found


def lines(journal: Journal) -> list[str]:
    return Path(journal.place).read_text(encoding="utf-8").splitlines()


def begin(journal: Journal) -> str:
    """Write an intent. Return its ID."""
    with journal.locked() as ledger:
        return ledger.intend(TENANT, "main", NUMBER, "client", port_in=False).id


def test_a_purchase_never_creates_its_journal(tmp_path: Path) -> None:
    """Otherwise two jobs, each with a new checkout, would each create a journal and not know of each other."""
    journal = file_journal(str(tmp_path / "journal"), 1, print)
    torn = b'{"at": "2026-11-2'
    for content in (None, b"", torn):
        if content is not None:
            Path(journal.place).write_bytes(content)
        assert journal.read() == []
        assert journal.exists is (content == torn)
        with pytest.raises(JournalProblem, match=r"create_journal=true\. If other runs buy .* use their journal"):
            begin(journal)
        with pytest.raises(JournalProblem):
            journal.check()
    assert not Path(journal.place).read_bytes()
    # create() creates it, and only once.
    assert (journal.create(), journal.exists, journal.create()) == (True, True, False)
    journal.check()
    (header,) = (json.loads(line) for line in lines(journal))
    assert (header["event"], header["version"], header["id"][0]) == ("journal", 2, "j")
    begin(journal)
    assert not journal.create()
    assert len(journal.read()) == 1


def test_a_file_that_is_not_a_journal_is_not_changed(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    file.write_text("Buy milk.\n", encoding="utf-8")
    with pytest.raises(JournalProblem, match="line 1"):
        file_journal(str(file), 1, print).create()
    assert file.read_text(encoding="utf-8") == "Buy milk.\n"
    with pytest.raises(JournalProblem, match="No such file or directory"):
        file_journal(str(tmp_path / "nowhere/journal"), 1, print).create()


@pytest.mark.parametrize("content", [b"a password", b"0", b"{}", b"\0\0 18445550000", b'{"event": "intent"'])
def test_a_single_line_without_a_line_break_is_not_a_torn_journal(tmp_path: Path, content: bytes) -> None:
    """Such as a password file, whose path was given by mistake. It is not changed."""
    file = tmp_path / "journal"
    file.write_bytes(content)
    other = file_journal(str(file), 1, print)
    for use in (other.create, other.read, other.locked().__enter__):
        with pytest.raises(JournalProblem, match="line 1"):
            use()
    assert file.read_bytes() == content


@pytest.mark.parametrize("torn", [b"{", b'{"at": "2026', b"\0" * 9, b'{"at": "2026-11\0\0'])
def test_a_last_line_that_did_not_reach_the_disk_is_removed(journal: Journal, torn: bytes) -> None:
    file = Path(journal.place)
    whole = file.read_bytes()
    file.write_bytes(whole + torn)
    with journal.locked() as ledger:
        assert ledger.purchases == []
    assert file.read_bytes() == whole


def test_a_journal_of_version_0_3_0_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "journal"
    event = {"at": "2026-11-23T20:15:00.000+00:00", "event": "intent", "id": "i5f0c2a9b7e3", "tenant": TENANT}
    line = json.dumps({**event, "slot": "main", "number": NUMBER, "port_in": False, "client": "client"})
    file.write_text(f"{line}\n", encoding="utf-8")
    journal = file_journal(str(file), 1, print)
    assert [purchase.id for purchase in journal.read()] == ["i5f0c2a9b7e3"]
    with journal.locked() as ledger:
        ledger.note(ledger.purchases[0], "bought")
    assert journal.read()[0].event == "bought"


@pytest.mark.parametrize("how", ["replaced", "removed", "emptied", "longer"])
def test_a_file_that_is_replaced_while_it_is_locked(journal: Journal, how: str) -> None:
    """Its lines would go to a file that nobody reads any more, so nothing is ordered."""
    file = Path(journal.place)
    begin(journal)
    with journal.locked() as ledger:
        former = file.read_bytes()
        if how in ("replaced", "removed"):
            file.rename(file.with_name("former"))
        if how == "replaced":
            file.write_bytes(former)
        elif how == "emptied":
            file.write_bytes(b"")
        elif how == "longer":
            file.write_bytes(former * 2)
        with pytest.raises(JournalProblem, match="was replaced, changed or removed"):
            ledger.intend(TENANT, "main", NUMBER, "client", port_in=False)
        with pytest.raises(JournalProblem, match="Restore the former file"):
            ledger.note(ledger.purchases[0], "bought")


def test_a_path_that_is_too_long(tmp_path: Path) -> None:
    journal = file_journal(str(tmp_path / ("x" * 300)), 1, print)
    for call in (journal.read, journal.create, journal.check, lambda: journal.exists, lambda: begin(journal)):
        with pytest.raises(JournalProblem, match="can't be used: File name too long"):
            call()


def test_written_events_are_read_back(journal: Journal) -> None:
    intent = begin(journal)
    (purchase,) = journal.read()
    assert (purchase.id, purchase.tenant, purchase.slot, purchase.number) == (intent, TENANT, "main", NUMBER)
    assert (purchase.is_open, purchase.is_live, purchase.purpose) == (True, True, " for the slot main")
    with journal.locked() as ledger:
        ledger.note(ledger.purchases[0], "ordered", order="order-1", detail=None)
        ledger.note(ledger.purchases[0], "bought")
    (purchase,) = journal.read()
    assert (purchase.order, purchase.event, purchase.is_open, purchase.is_live) == ("order-1", "bought", False, True)
    shown = purchase.shown()
    assert (shown["intent"], shown["state"], shown["slot"]) == (intent, "bought", "main")
    assert [json.loads(line)["event"] for line in lines(journal)] == ["journal", "intent", "ordered", "bought"]
    assert Path(journal.place).stat().st_mode & 0o077 == 0


@given(st.integers(min_value=1))
def test_a_torn_last_line_is_removed(tmp_path_factory: pytest.TempPathFactory, at: int) -> None:
    """What it announces was not begun, because a line is on the disk before that."""
    path = tmp_path_factory.mktemp("journal") / "file"
    journal = file_journal(str(path), 1, print)
    journal.create()
    begin(journal)
    whole = path.read_bytes()
    begin(journal)
    torn = path.read_bytes()
    cut = len(whole) + at % (len(torn) - len(whole))
    path.write_bytes(torn[:cut])
    expected = 2 if cut == len(torn) - 1 else 1
    assert len(journal.read()) == expected
    begin(journal)
    assert len(journal.read()) == expected + 1
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1 + expected + 1


def test_an_invalid_line_is_an_error(journal: Journal) -> None:
    begin(journal)
    with Path(journal.place).open("a", encoding="utf-8") as file:
        file.write("not JSON\n")
    for read in (journal.read, lambda: begin(journal)):
        with pytest.raises(JournalProblem, match=r"line 3 .*\. Nothing is bought until that is fixed"):
            read()
    assert len(lines(journal)) == 3


def test_half_of_a_surrogate_pair_is_written(journal: Journal) -> None:
    identifier = begin(journal)
    with journal.locked() as ledger:
        (purchase,) = ledger.purchases
        ledger.note(purchase, "unclear", detail="it said \ud83d, and ü")
    (read,) = journal.read()
    assert (read.id, read.event, read.detail) == (identifier, "unclear", "it said \ufffd, and ü")


def test_a_directory_as_journal_is_an_error(tmp_path: Path) -> None:
    journal = file_journal(str(tmp_path), 1, print)
    with pytest.raises(JournalProblem, match=r"can't be used: .* Nothing is bought without a journal"):
        begin(journal)


@contextmanager
def as_nobody_special() -> Iterator[Path]:
    """Yield a read-only journal, and drop the rights of root, who could write to it."""
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        journal = Path(directory, "journal")
        journal.touch(mode=0o444)
        journal.chmod(0o444)
        try:
            if user == 0:
                os.seteuid(65534)
            yield journal
        finally:
            os.seteuid(user)


def test_a_read_only_journal_is_an_error() -> None:
    with as_nobody_special() as path:
        journal = file_journal(str(path), 1, print)
        assert journal.read() == []
        with pytest.raises(JournalProblem, match=r"can't be used: Permission denied\. Nothing is bought without"):
            begin(journal)
        assert path.read_bytes() == b""


def test_reading_a_directory_as_journal_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(JournalProblem, match="can't be used"):
        file_journal(str(tmp_path), 1, print).read()


def test_a_disk_that_is_full(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _line: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(JournalProblem, match="No space left on device"):
        begin(journal)


def test_a_torn_line_that_can_not_be_removed_is_an_error(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(journal)
    path = Path(journal.place)
    path.write_bytes(path.read_bytes()[:-9])

    def broken(_descriptor: int, _length: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "ftruncate", broken)
    with pytest.raises(JournalProblem, match="can't be used: Input/output error"):
        begin(journal)


def test_a_locked_journal_is_waited_for_until_the_timeout(
    journal: Journal, told: list[str], left_open: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: set[float] = set()
    # Threads of other packages sleep too, so `time` itself stays.
    monkeypatch.setattr(journal_file, "time", SimpleNamespace(monotonic=time.monotonic, sleep=pauses.add))
    with journal.locked():
        own = set(left_open)
        with pytest.raises(JournalProblem, match=r"locked by another run for 0\.2 s"):
            begin(journal)
        assert len(told) == 1
        assert "Waiting for the journal" in told[0]
        assert (pauses, left_open) == ({0.05}, own)
    begin(journal)


def test_a_file_system_without_locks_is_an_error(
    journal: Journal, left_open: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_descriptor: int, _operation: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", unknown)
    with pytest.raises(JournalProblem, match="can't be locked: Function not implemented"):
        begin(journal)
    assert not left_open


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_file_that_is_moved_while_a_run_waits_for_its_lock(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, comes_back: bool
) -> None:
    begin(journal)
    path = Path(journal.place)
    lock = fcntl.flock

    def lock_and_move(descriptor: int, operation: int) -> None:
        lock(descriptor, operation)
        monkeypatch.setattr(fcntl, "flock", lock)
        former = path.read_bytes()
        path.rename(path.with_name("moved"))
        if comes_back:
            path.write_bytes(former[: former.index(b"\n") + 1])

    monkeypatch.setattr(fcntl, "flock", lock_and_move)
    if not comes_back:
        with pytest.raises(JournalProblem, match="does not exist"):
            begin(journal)
        return
    begin(journal)
    # The line is in the file that has the path now.
    assert len(lines(journal)) == 2


def test_every_line_is_on_the_disk_before_the_next_step(journal: Journal, done: list[str]) -> None:
    begin(journal)
    assert done == ["write", "sync"]


def test_the_name_of_a_new_file_is_on_the_disk_too(tmp_path: Path, done: list[str], left_open: set[int]) -> None:
    assert file_journal(str(tmp_path / "journal"), 1, print).create()
    assert done == ["write", "sync", "sync the directory"]
    assert not left_open


def test_the_removal_of_a_torn_line_is_synced(journal: Journal, done: list[str]) -> None:
    path = Path(journal.place)
    path.write_bytes(path.read_bytes() + b"{")
    with journal.locked():
        assert done == ["sync"]


def test_a_last_line_that_only_lacks_its_line_break_is_kept(journal: Journal) -> None:
    begin(journal)
    path = Path(journal.place)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert len(journal.read()) == 1
    with journal.locked() as ledger:
        assert len(ledger.purchases) == 1
    assert path.read_bytes() == whole


def test_a_last_line_that_is_invalid_and_has_a_line_break_is_an_error(journal: Journal) -> None:
    path = Path(journal.place)
    path.write_bytes(path.read_bytes() + b'{"at": "2026\n')
    with pytest.raises(JournalProblem, match="line 2"):
        journal.read()


def test_a_file_that_is_removed_while_a_line_is_written(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(journal.place)
    write = os.write

    def write_and_remove(descriptor: int, line: bytes) -> int:
        path.unlink()
        return write(descriptor, line)

    monkeypatch.setattr(os, "write", write_and_remove)
    with pytest.raises(JournalProblem, match="was replaced, changed or removed"):
        begin(journal)


def test_check_needs_a_file_that_can_be_read_and_written(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.R_OK | os.W_OK)
    with pytest.raises(JournalProblem, match="can't be used: Permission denied"):
        journal.check()
