# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof about money: no fault, no crash and no other run ever buys a second number for a slot, or loses one.

Every request of a purchase meets every fault, and the process is killed before, within and after each request and each
line of the journal; with every way in which orders are settled. Then the same task runs again until it is done.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._journal import Journal, Purchase
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_purchase_journal, gc_tollfree_numbers
from integration.buyer import Bought, Buyers, When
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_TENANTS

_ACME, GLOBEX, _INITECH = DEFAULT_TENANTS
SLOTS = ("main", "campaigns")
TAG = re.compile(r"\[slot [0-9a-f-]{36}/(\w+)\]")

# Milliseconds that the list lags, and the seconds that a run waits for an order.
LAG, PATIENCE = 40, 0.15

SETTLEMENTS: dict[str, dict[str, int]] = {
    "at once": {},
    "later": {"orders.settle_after": 4},
    "later and with a lag": {"orders.settle_after": 4, "orders.list_lag": LAG},
    "after the run has given up": {"orders.list_lag": 1000},
}

FAULTS: dict[str, dict[str, Any]] = {
    "refused": {"kind": "refuse"},
    "429": {"kind": "status", "status": 429, "headers": {"Retry-After": "0"}},
    "400": {"kind": "status", "status": 400},
    "500": {"kind": "status", "status": 500},
    "500 after the work": {"kind": "status", "status": 500, "when": "after"},
    "503": {"kind": "status", "status": 503, "headers": {"Retry-After": "0"}},
    "503 after the work": {"kind": "status", "status": 503, "when": "after", "headers": {"Retry-After": "0"}},
    "cut after the work": {"kind": "cut", "when": "after"},
    "cut before the work, which is done all the same": {"kind": "late", "seconds": 0.05},
    "hung": {"kind": "hang"},
    "hung after the work": {"kind": "hang", "when": "after"},
    "garbage": {"kind": "garbage"},
    "garbage after the work": {"kind": "garbage", "when": "after"},
    "sent elsewhere after the work": {
        "kind": "redirect",
        "status": 303,
        "headers": {"Location": "/orders/1"},
        "when": "after",
    },
    "408 after the work": {"kind": "status", "status": 408, "when": "after"},
    "a refusal that is none": {"kind": "status", "status": 200, "body": {"status": {"code": 1}}, "when": "after"},
    "an answer without an order": {"kind": "status", "status": 200, "body": {}, "when": "after"},
}

Put = Callable[[], None]


@pytest.fixture(scope="module")
def buyers() -> Iterator[Buyers]:
    with Buyers() as running:
        yield running


class Account:
    """One organization, whose numbers are bought for the tenant globex."""

    def __init__(self, sandbox: Sandbox, buyers: Buyers, journal: Path, settlement: str) -> None:
        sandbox.reset()
        sandbox.switch(**SETTLEMENTS[settlement])
        self.sandbox = sandbox
        self.buyers = buyers
        self.journal = journal
        journal.unlink(missing_ok=True)
        login = {name.lower(): value for name, value in sandbox.env.items() if name.startswith("GC_")}
        self.login = {name: value for name, value in login.items() if "admin" not in name}
        # A fault that lasts as long as a request is waited for, is waited for again.
        self.http = {"timeout": 0.15, "retries": 1, "time_limit": 2.0}

    def buy(self, kill: tuple[int, When] | None = None) -> Bought:
        """Have a number for each slot."""
        asked = {
            **self.login,
            **self.http,
            "ccid": GLOBEX.ccid,
            "nexus_url": self.sandbox.env["NEXUS_URL"],
            "webhook_password": "given-password",
            "purchase_allowed": True,
            "max_purchases": len(SLOTS),
            "journal": str(self.journal),
            "order_timeout": PATIENCE,
            "tollfree_numbers": [{"slot": slot} for slot in SLOTS],
        }
        return self.buyers.run(gc_tollfree_numbers.TASK, asked, kill)

    def forget(self, intent: str) -> Bought:
        """Decide that an order came to nothing."""
        asked = {**self.login, "journal": str(self.journal), "intent": intent, "resolution": "forget"}
        return self.buyers.run(gc_purchase_journal.TASK, asked)

    def bought(self) -> dict[str, list[str]]:
        """The numbers of each slot that were paid for, whether the list shows them yet or not."""
        found: dict[str, list[str]] = {slot: [] for slot in SLOTS}
        for item in self.sandbox.account()["numbers"]:
            (slot,) = TAG.findall(item["comment"])
            found[slot].append(item["tollfreeNumber"])
        return found

    def assert_safe(self) -> None:
        """Require that nothing was bought twice, and that whatever was bought is in the journal."""
        bought = self.bought()
        assert all(len(numbers) <= 1 for numbers in bought.values()), bought
        assert self.sandbox.account()["spent"] == sum(map(len, bought.values()))
        live = {purchase.number for purchase in self.purchases() if purchase.is_live}
        assert {number for numbers in bought.values() for number in numbers} <= live

    def purchases(self) -> list[Purchase]:
        """What the journal says."""
        return Journal(str(self.journal), 1, print).read()

    def run_to_the_end(self) -> None:
        """Run again until there is nothing to do, as a person would who reads the messages; then require the result."""
        for _round in range(8):
            run = self.buy()
            self.assert_safe()
            if not run.failure:
                break
            assert run.result is not None
            assert run.result["failure"]["kind"] == "undecided", run.failure
            self._decide(run)
        else:
            raise AssertionError(f"it comes to no end: {run.failure}")
        bought = self.bought()
        assert all(len(numbers) == 1 for numbers in bought.values()), bought
        assert run.result is not None
        assert run.result["slots"] == {slot: numbers[0] for slot, numbers in bought.items()}
        # The journal and the account agree.
        told = {purchase.slot: (purchase.number, purchase.state) for purchase in self.purchases() if purchase.is_live}
        assert told == {slot: (numbers[0], "bought") for slot, numbers in bought.items()}
        # And again: nothing to do, nothing written.
        lines = self.journal.read_text(encoding="utf-8")
        self.sandbox.clear_requests()
        again = self.buy()
        assert again.result is not None
        assert (again.failure, again.result["changed"], self.sandbox.writes()) == ("", False, [])
        assert self.journal.read_text(encoding="utf-8") == lines

    def _decide(self, run: Bought) -> None:
        """Do what the message of an undecided run says: nothing but wait, or forget what came to nothing."""
        assert run.result is not None
        here = {number for numbers in self.bought().values() for number in numbers}
        for intent in run.result["failure"]["intents"]:
            assert intent["number"] in run.failure
            assert f"-e intent={intent['intent']} -e resolution=forget" in run.failure
            if intent["number"] not in here:
                forgotten = self.forget(intent["intent"])
                assert forgotten.result is not None
                assert (forgotten.failure, forgotten.result["changed"]) == ("", True)
        # What was bought shows in the end.
        self.sandbox.switch(**{"orders.list_lag": 0})
        self.sandbox.settle()


@pytest.mark.parametrize("settlement", SETTLEMENTS)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_every_request(
    sandbox: Sandbox,
    buyers: Buyers,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    fault: str,
    settlement: str,
) -> None:
    for number in itertools.count():
        account = Account(sandbox, buyers, tmp_path / "journal", settlement)
        sandbox.fault(**FAULTS[fault], path="^/gc-", skip=number)
        account.buy()
        if not sandbox.faults()[0]["hits"]:
            break
        account.assert_safe()
        sandbox.clear_faults()
        account.run_to_the_end()
    # As many as a purchase of two numbers has requests, at the least.
    assert number >= 10
    record_property("money_cases", number)


@pytest.mark.parametrize("settlement", SETTLEMENTS)
@pytest.mark.parametrize("when", ["before", "within", "after"])
def test_every_kill(
    sandbox: Sandbox,
    buyers: Buyers,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
    when: When,
    settlement: str,
) -> None:
    seen: set[str] = set()
    for number in itertools.count(1):
        account = Account(sandbox, buyers, tmp_path / "journal", settlement)
        run = account.buy((number, when))
        if not run.killed:
            break
        seen.add(run.points[-1])
        account.assert_safe()
        account.run_to_the_end()
    assert {"POST token", "GET available", "POST tollfreenumbers", "journal intent", "journal ordered"} <= seen
    assert number > 14
    record_property("money_cases", number - 1)
