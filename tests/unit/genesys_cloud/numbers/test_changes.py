# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers are changed and released, without a network: `_genesys_cloud/numbers/changes.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    Intermediary,
    JournalProblem,
    Refused,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import rules as words
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.changes import change, release
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import Journal
from unit.purchases import ACME, GLOBEX, N0, N1, Memory, Numbers, account_of, events, number

INTENT, OTHER = "i00000000001", "i00000000002"
MARKED = {"comment": f"[slot {INTENT}/main] ACME"}


def test_a_number_of_a_slot_is_in_the_journal_before_it_is_changed() -> None:
    client = Numbers(number(N0))
    account = account_of(client=client)
    change(account, N0, MARKED, "main", client)
    assert client.calls == [("change", N0, MARKED)]
    assert client.events == [["recorded"]]
    (purchase,) = account.journal.read()
    assert (purchase.id, purchase.tenant, purchase.slot, purchase.number, purchase.client) == (
        INTENT,
        ACME,
        "main",
        N0,
        "client-1",
    )
    assert not purchase.port_in
    # The comment has to be read back.
    assert account.written == {N0: MARKED["comment"]}


def test_a_mark_without_an_intent_gets_the_one_of_the_number() -> None:
    client = Numbers(number(N0))
    account = account_of(client=client)
    change(account, N0, {"comment": words.long_mark(ACME, "main")}, "main", client)
    assert [item.id for item in account.journal.read()] == [words.intent_of(ACME, N0)]


@pytest.mark.parametrize(
    ("wanted", "slot"), [(MARKED, None), ({"comment": "ACME"}, "main"), ({"mo_url": "https://nexus/mo"}, "main")]
)
def test_a_change_that_gives_no_slot_a_number_is_not_noted(wanted: dict[str, str], slot: str | None) -> None:
    client = Numbers(number(N0))
    account = account_of(client=client)
    change(account, N0, wanted, slot, client)
    assert client.calls == [("change", N0, wanted)]
    assert account.journal.read() == []
    assert account.written == ({N0: wanted["comment"]} if "comment" in wanted else {})


def test_without_a_journal_nothing_is_noted() -> None:
    client = Numbers(number(N0))
    account = account_of(client=client, journal=Journal(Memory()))
    change(account, N0, MARKED, "main", client)
    assert client.calls == [("change", N0, MARKED)]
    assert account.journal.read() == []


@pytest.mark.parametrize(
    ("identifier", "digits", "event", "is_noted"),
    [
        (OTHER, N0, "adopted", False),
        (OTHER, N0, "released", True),
        (OTHER, N1, "adopted", True),
        (INTENT, N1, "adopted", False),
        (INTENT, N0, "released", False),
    ],
)
@pytest.mark.parametrize("meanwhile", [False, True])
def test_a_number_that_the_journal_has_is_not_noted_again(
    monkeypatch: pytest.MonkeyPatch, identifier: str, digits: str, event: str, is_noted: bool, meanwhile: bool
) -> None:
    """Whether it was there before or another run noted it meanwhile. An intent is never used twice."""
    client = Numbers(number(N0))
    account = account_of(client=client)
    with account.journal.locked() as ledger:
        ledger.note(ledger.record(identifier, ACME, "first", digits, None), event)
    before = account.journal.read()
    if meanwhile:
        monkeypatch.setattr(account.journal, "read", list)
    change(account, N0, MARKED, "main", client)
    monkeypatch.undo()
    assert len(account.journal.read()) == len(before) + is_noted


@pytest.mark.parametrize(
    ("tenant", "slot", "digits", "is_adoption", "is_refused"),
    [
        (GLOBEX, "main", N0, False, True),
        (GLOBEX, "main", N0, True, True),
        (ACME, "first", N0, False, False),
        (ACME, "first", N0, True, True),
        (ACME, None, N0, True, False),
        (ACME, "MAIN", N0, True, False),
        (ACME, "MAIN", N1, False, False),
        (ACME, "MAIN", N1, True, True),
        (GLOBEX, "main", N1, True, False),
    ],
)
def test_what_another_run_noted_meanwhile(
    monkeypatch: pytest.MonkeyPatch, tenant: str, slot: str | None, digits: str, is_adoption: bool, is_refused: bool
) -> None:
    """Two runs may give one number to two tenants. The second one does not change it."""
    client = Numbers(number(N0))
    account = account_of(client=client)
    with account.journal.locked() as ledger:
        ledger.note(ledger.intend(tenant, slot, digits, None, port_in=False), "bought")
    monkeypatch.setattr(account.journal, "read", list)
    if is_refused:
        with pytest.raises(JournalProblem, match="another run wrote that meanwhile"):
            change(account, N0, MARKED, "main", client, is_adoption=is_adoption)
    else:
        change(account, N0, MARKED, "main", client, is_adoption=is_adoption)
    assert client.calls == ([] if is_refused else [("change", N0, MARKED)])


def test_a_number_of_another_tenant_is_refused_although_the_journal_was_read_before() -> None:
    client = Numbers(number(N0))
    account = account_of(client=client)
    with account.journal.locked() as ledger:
        ledger.record(OTHER, GLOBEX, "main", N0, None)
    with pytest.raises(JournalProblem):
        change(account, N0, MARKED, "main", client)


def test_a_release_is_noted_before_and_after_it() -> None:
    client = Numbers(number(N0), number(N1))
    account = account_of(client=client)
    account.come = {N0: number(N0), N1: number(N1)}
    with account.journal.locked() as ledger:
        for identifier, digits in ((INTENT, N0), (OTHER, N1), ("i00000000003", N0)):
            ledger.record(identifier, ACME, "main", digits, None)
        ledger.note(ledger.purchases[2], "forgotten")
    assert release(account, N0, client)
    assert client.calls == [("release", N0)]
    assert client.events == [["releasing", "recorded", "forgotten"]]
    assert events(account) == [("main", N0, "released"), ("main", N1, "recorded"), ("main", N0, "forgotten")]
    assert account.did == [f"The number {N0} was released"]
    assert list(account.come) == [N1]


def refusal(kind: type[Refused], status: int) -> Refused:
    return kind("release it", "https://cloud", "answered", "Look", status=status)


def test_a_number_that_is_gone_counts_as_released() -> None:
    client = Numbers()
    account = account_of(client=client)
    with account.journal.locked() as ledger:
        ledger.record(INTENT, ACME, "main", N0, None)
    client.faults = {"release": [refusal(Refused, 404)]}
    assert release(account, N0, client) is False
    assert events(account) == [("main", N0, "released")]
    assert account.did == []


@pytest.mark.parametrize("error", [refusal(Refused, 403), refusal(Intermediary, 404)])
def test_a_refused_release_leaves_the_number_bought(error: Refused) -> None:
    client = Numbers(number(N0))
    account = account_of(client=client)
    with account.journal.locked() as ledger:
        ledger.record(INTENT, ACME, "main", N0, None)
    client.faults = {"release": [error]}
    with pytest.raises(Refused):
        release(account, N0, client)
    assert client.events == [["releasing"]]
    assert events(account) == [("main", N0, "bought")]
    assert account.did == []


def test_an_event_is_noted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    journal = Journal(memory)
    journal.create()
    client = Numbers(number(N0))
    account = account_of(client=client, journal=journal)
    with journal.locked() as ledger:
        ledger.note(ledger.record(INTENT, ACME, "main", N0, None), "releasing")
        ledger.record(OTHER, GLOBEX, "main", N1, None)
    release(account, N0, client)
    assert len(memory.lines) == 5
