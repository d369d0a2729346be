# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal of purchases, with a list as its store: `_genesys_cloud/numbers/journal.py`."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    InvalidInput,
    JournalProblem,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import journal as journal_module
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.events import render
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import (
    Journal,
    Ledger,
    wait_for_lock,
)
from unit.doubles import Clock
from unit.purchases import Memory

TENANT = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
NUMBER = "18445550000"


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def journal(memory: Memory) -> Journal:
    made = Journal(memory)
    assert made.create()
    return made


def intend(ledger: Ledger) -> str:
    return ledger.intend(TENANT, "main", NUMBER, "client", port_in=False).id


def test_a_purchase_never_creates_its_journal(memory: Memory) -> None:
    """Otherwise two jobs, each with a new checkout, would each create a journal and not know of each other."""
    journal = Journal(memory)
    assert (journal.exists, journal.read(), journal.place) == (False, [], "the list")
    for use in (journal.locked().__enter__, journal.check):
        with pytest.raises(JournalProblem, match=r"the list does not exist or is empty\. A purchase never creates"):
            use()
    assert memory.lines == []
    # create() creates it, and only once.
    assert (journal.create(), journal.exists, journal.create()) == (True, True, False)
    journal.check()
    assert [json.loads(line)["event"] for line in memory.lines] == ["journal"]


def test_lines_that_are_not_a_journal_are_an_error() -> None:
    journal = Journal(Memory(b"Buy milk."))
    for use in (journal.create, journal.read, journal.locked().__enter__):
        with pytest.raises(JournalProblem, match="line 1"):
            use()


def test_written_events_are_read_back(journal: Journal, memory: Memory) -> None:
    with journal.locked() as ledger:
        intent = intend(ledger)
        ledger.note(ledger.purchases[0], "ordered", order="order-1", detail=None)
        ledger.note(ledger.purchases[0], "bought")
        ledger.record("i00000000001", TENANT, "other", "18445550001", None)
        now = ledger.purchases
    assert journal.read() == now
    assert [(item.id, item.event, item.order) for item in now] == [
        (intent, "bought", "order-1"),
        ("i00000000001", "recorded", None),
    ]
    told = [json.loads(line) for line in memory.lines]
    assert [line["event"] for line in told] == ["journal", "intent", "ordered", "bought", "recorded"]
    assert [*told[1]] == ["at", "event", "id", "tenant", "slot", "number", "port_in", "client"]
    assert "detail" not in told[2]
    assert memory.lines == [render(line) for line in told]
    assert not memory.is_locked


def test_server_texts_are_written_without_secrets(memory: Memory) -> None:
    journal = Journal(memory, lambda text: text.replace("secret", "***"))
    journal.create()
    with journal.locked() as ledger:
        intend(ledger)
        ledger.note(ledger.purchases[0], "ordered", order="order-secret", detail="a secret")
    (purchase,) = journal.read()
    assert (purchase.order, purchase.detail) == ("order-***", "a ***")


def test_half_of_a_surrogate_pair_is_no_defect(journal: Journal) -> None:
    with journal.locked() as ledger:
        intend(ledger)
        ledger.note(ledger.purchases[0], "unclear", detail="it said \ud83d, and ü")
    assert journal.read()[0].detail == "it said \ufffd, and ü"


def test_a_failed_write_changes_no_purchase(journal: Journal, memory: Memory) -> None:
    with journal.locked() as ledger:
        intent = intend(ledger)
        memory.is_full = True
        with pytest.raises(JournalProblem, match="the list can't be used: it is full"):
            intend(ledger)
        expected = (
            f"can't be written: it is full. The event ordered of the number {NUMBER} .intent {intent}. is not recorded"
        )
        with pytest.raises(JournalProblem, match=expected):
            ledger.note(ledger.purchases[0], "ordered")
        assert [(item.id, item.event) for item in ledger.purchases] == [(intent, "intent")]
    with pytest.raises(JournalProblem, match="it is full"):
        journal.check()


def test_without_a_store_a_journal_can_not_be_written() -> None:
    journal = Journal(None)
    assert (journal.exists, journal.read()) == (False, [])
    for use in (journal.locked().__enter__, journal.check, journal.create):
        with pytest.raises(InvalidInput, match="journal: it is missing"):
            use()


def test_a_journal_is_copied_up_to_where_the_other_one_is(journal: Journal, memory: Memory) -> None:
    with journal.locked() as ledger:
        intend(ledger)
    copy = Memory()
    target = Journal(copy)
    assert target.lacking(journal) == memory.lines
    assert copy.lines == []
    assert target.complete(journal)
    assert copy.lines == memory.lines
    assert (target.lacking(journal), target.complete(journal)) == ([], False)
    with journal.locked() as ledger:
        ledger.note(ledger.purchases[0], "bought")
    assert target.lacking(journal) == memory.lines[-1:]
    assert target.complete(journal)
    assert target.read() == journal.read()


def test_a_copy_needs_a_journal_and_keeps_other_events(journal: Journal) -> None:
    with pytest.raises(JournalProblem, match="does not exist"):
        journal.lacking(Journal(Memory()))
    other = Journal(Memory())
    other.create()
    with journal.locked() as ledger:
        intend(ledger)
    before = journal.read()
    for use in (journal.lacking, journal.complete):
        with pytest.raises(JournalProblem, match="has events that the list lacks"):
            use(other)
    with pytest.raises(JournalProblem, match="line 1"):
        Journal(Memory()).complete(Journal(Memory(b"Buy milk.")))
    assert journal.read() == before


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_the_end_of_a_line_is_not_part_of_an_event(journal: Journal, memory: Memory, end: bytes) -> None:
    other = Memory(*(line + end for line in memory.lines))
    assert Journal(other).lacking(journal) == []
    assert journal.lacking(Journal(other)) == []


def test_a_lock_is_waited_for(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(journal_module, "time", SimpleNamespace(monotonic=clock, sleep=clock.sleep))
    lines: list[str] = []
    # The last attempt is at the end of the time.
    attempts = iter([None, None, None, "lock"])
    assert wait_for_lock(Memory(), 1.0, lines.append, lambda: next(attempts), pause=0.5) == "lock"
    assert lines == ["Waiting for the journal the list: another run has locked it."]
    assert clock.pauses == [0.5, 0.5, 0.5]
    with pytest.raises(JournalProblem, match="has been locked by another run for 1 s"):
        wait_for_lock(Memory(), 1.0, lines.append, lambda: None, pause=0.5)
    assert len(clock.pauses) == 6


def test_a_number_that_is_recorded_was_not_ported_in(journal: Journal) -> None:
    with journal.locked() as ledger:
        assert ledger.record("i00000000001", TENANT, "main", NUMBER, "client").port_in is False
