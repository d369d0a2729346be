# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account during a run, without a network: `_genesys_cloud/numbers/account.py`."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import JournalProblem
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import Journal
from unit.purchases import ACME, N0, N1, Memory, Numbers, account_of, number, wish


def test_a_run_begins_with_nothing_done() -> None:
    account = account_of(params={"order_timeout": "2.5"})
    assert account.patience == 2.5
    assert not account.has_obtained


def test_numbers_that_a_list_lacks_are_added_once() -> None:
    account = account_of(client=Numbers(number(N0)))
    account.come = {N0: number(N0, comment="seen before"), N1: number(N1)}
    assert account.numbers() == [number(N0), number(N1)]


def test_the_journal_is_observed_too() -> None:
    account = account_of(client=Numbers(number(N0)))
    with account.journal.locked() as ledger:
        purchase = ledger.intend(ACME, "main", N1, None, port_in=False)
    observed = account.observe()
    assert (observed.numbers, observed.purchases, observed.has_journal) == ([number(N0)], [purchase], True)
    assert not account_of(journal=Journal(Memory())).observe().has_journal


def reading(account_numbers: list[str], *slots: str, marked: bool = False) -> tuple[list[str], Mapping[str, str]]:
    """Observe twice. Return the reads of the configuration, and the numbers that it uses."""
    reads: list[str] = []

    def read_used() -> Mapping[str, str]:
        reads.append("read")
        return {N0: "SMS_Main"}

    comment = "[slot i00000000001/main]" if marked else ""
    held = [number(digits, comment=comment, webhook_username=ACME) for digits in account_numbers]
    account = account_of(*map(wish, slots), client=Numbers(*held))
    account.read_used = read_used
    account.observe()
    return reads, account.observe().used


def test_the_configuration_is_read_once_and_only_for_a_purchase_and_an_unmarked_number() -> None:
    assert reading([N0], "main") == (["read"], {N0: "SMS_Main"})
    assert reading([], "main") == ([], {})
    assert reading([N0], "main", marked=True) == ([], {})
    # Two numbers of one slot: a person has to decide, and nothing is bought.
    assert reading([N0, N1], "main", marked=True) == ([], {})


def test_an_order_of_this_run_has_to_stay_in_the_journal() -> None:
    account = account_of()
    with account.journal.locked() as ledger:
        mine = ledger.intend(ACME, "main", N0, None, port_in=False)
        other = ledger.intend(ACME, None, N1, None, port_in=False)
        account.is_ordered(mine)
        assert account.did == [f"The number {N0} was ordered for the slot main (intent {mine.id})"]
        ledger.note(other, "forgotten")
        account.check_awaited(ledger.purchases)
        ledger.note(mine, "forgotten")
        with pytest.raises(JournalProblem, match=r"the list was changed by someone else.*No other number was bought"):
            account.check_awaited(ledger.purchases)
    with pytest.raises(JournalProblem):
        account.check_awaited([])


def test_a_ported_number_is_awaited_and_is_not_an_ordered_one() -> None:
    account = account_of()
    with account.journal.locked() as ledger:
        bought = ledger.intend(ACME, "main", N0, None, port_in=False)
        ported = ledger.intend(ACME, "other", N1, None, port_in=True)
    account.is_ordered(bought)
    account.is_ordered(ported)
    assert account.ordered == [{"slot": "main", "number": N0}]
    assert account.awaited == {bought.id, ported.id}
