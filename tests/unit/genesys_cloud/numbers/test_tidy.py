# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal follows the account, without a network: `_genesys_cloud/numbers/tidy.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.account import Account
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.plan import Match, Observed
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.tidy import settle, tidy
from unit.purchases import ACME, GLOBEX, N0, N1, Numbers, account_of, events, number, wish


def test_open_orders_whose_number_is_there_are_settled() -> None:
    account = account_of()
    with account.journal.locked() as ledger:
        for digits, event in ((N0, "ordered"), (N1, "ordered"), (N0, "refused"), (N0, "releasing")):
            ledger.note(ledger.intend(ACME, "main", digits, None, port_in=False), event)
        settle(ledger, Observed([number(N0)]))
    assert [event for _slot, _number, event in events(account)] == ["bought", "ordered", "refused", "releasing"]


def tidied(account: Account, *matches: Match, held: str | None = N0) -> list[tuple[str | None, str, str]]:
    """Tidy with an account that has a number or none, twice. Return the purchases."""
    numbers = [number(held)] if held else []
    for _run in range(2):
        tidy(account.journal, account.desired, Observed(numbers, account.journal.read()), matches)
    return events(account)


@pytest.mark.parametrize(
    ("event", "noted"),
    [
        ("ordered", "bought"),
        ("unclear", "bought"),
        ("releasing", "bought"),
        ("adopted", "adopted"),
        ("forgotten", "forgotten"),
    ],
)
@pytest.mark.parametrize("slot", ["main", "MAIN", "other", None])
def test_a_number_that_is_there(event: str, noted: str, slot: str | None) -> None:
    """It is noted as bought. If another slot has it now, that is noted instead."""
    account = account_of(client=Numbers(number(N0)))
    with account.journal.locked() as ledger:
        ledger.note(ledger.intend(ACME, slot, N0, None, port_in=False), event)
    same = slot in ("main", "MAIN")
    expected = (slot, N0, noted) if same or event == "forgotten" else ("main", N0, "adopted")
    assert tidied(account, Match(wish("main"), number(N0))) == [expected]


@pytest.mark.parametrize(
    ("event", "noted"), [("ordered", "bought"), ("releasing", "releasing"), ("adopted", "adopted")]
)
@pytest.mark.parametrize("present", [True, False])
def test_a_number_that_no_entry_wants_keeps_its_slot(event: str, noted: str, present: bool) -> None:
    """A number whose release was not finished is not kept for it."""
    account = account_of()
    with account.journal.locked() as ledger:
        ledger.note(ledger.intend(ACME, "main", N0, None, port_in=False), event)
    unwanted = Match(wish("main", present=False), number(N0))
    assert tidied(account, *([] if present else [unwanted])) == [("main", N0, noted)]


def test_a_number_without_a_slot_takes_none_from_a_purchase() -> None:
    account = account_of()
    with account.journal.locked() as ledger:
        ledger.note(ledger.intend(ACME, "main", N0, None, port_in=False), "releasing")
    assert tidied(account, Match(wish(None, N0), number(N0))) == [("main", N0, "bought")]


@pytest.mark.parametrize(
    ("tenant", "event", "client", "slot", "present", "noted"),
    [
        (ACME, "releasing", "client-1", "main", False, "released"),
        (ACME, "releasing", None, "main", False, "released"),
        (ACME, "adopted", "client-1", "main", False, "adopted"),
        (ACME, "releasing", "client-2", "main", False, "releasing"),
        (GLOBEX, "releasing", "client-1", "main", False, "releasing"),
        (ACME, "releasing", "client-1", "other", False, "releasing"),
        (ACME, "releasing", "client-1", "main", True, "releasing"),
    ],
)
def test_a_release_that_was_not_finished(
    tenant: str, event: str, client: str | None, slot: str, present: bool, noted: str
) -> None:
    """It is noted only if this run wants it and could see the number."""
    account = account_of()
    with account.journal.locked() as ledger:
        ledger.note(ledger.intend(tenant, slot, N0, client, port_in=False), event)
    assert tidied(account, Match(wish("main", present=present)), held=None) == [(slot, N0, noted)]


def test_a_release_by_number_of_another_tenant_is_not_noted() -> None:
    account = account_of()
    with account.journal.locked() as ledger:
        ledger.note(ledger.intend(GLOBEX, None, N0, "client-1", port_in=False), "releasing")
    assert tidied(account, Match(wish(None, N0, present=False)), held=None) == [(None, N0, "releasing")]


def test_what_another_run_noted_meanwhile_is_left_alone() -> None:
    account = account_of()
    with account.journal.locked() as ledger:
        first = ledger.intend(ACME, "main", N0, None, port_in=False)
        observed = Observed([number(N0)], ledger.purchases)
        ledger.note(first, "forgotten")
    tidy(account.journal, account.desired, observed, [])
    assert events(account) == [("main", N0, "forgotten")]


def test_a_closed_purchase_does_not_hide_the_next_one() -> None:
    account = account_of()
    with account.journal.locked() as ledger:
        ledger.note(ledger.intend(ACME, "main", N0, None, port_in=False), "refused")
        ledger.intend(ACME, "main", N0, None, port_in=False)
    assert tidied(account) == [("main", N0, "refused"), ("main", N0, "bought")]
