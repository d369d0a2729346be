# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof for purchases: no fault, crash or second run buys a second number for a slot, or loses a number.

Every request of a purchase is hit by every fault. The process is killed before, within and after each request and each
line of the journal. All this happens with every way in which orders settle. Servers alter comments, connections are
lost, and journals are new, older, replaced or missing. Then the same task runs again until it is done. If a message
tells a person what to do, the test does it.

Each test is a class of cases. ``make proof`` runs all cases. Otherwise a sample of each class is run, always the same.
"""

from __future__ import annotations

import copy
import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import rules as words
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.events import Purchase
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_purchase_journal, gc_tollfree_numbers
from integration.buyer import Bought, Buyers, Event, How, When
from integration.journals import FilePlace, Place, TablePlace, open_journal, purchases
from integration.postgres import Postgres
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_TENANTS

_ACME, GLOBEX, _INITECH = DEFAULT_TENANTS
SLOTS = ("main", "campaigns")
COMMENT = "Nexus Premise Globex & Sons"

WHOLE = os.environ.get("MONEY_PROOF") == "whole"
"""Whether all cases are run, or only a sample."""

SAMPLE = 1
"""How many points of a class a sample has, in addition to the first order."""

# Milliseconds by which the list lags, and seconds for which a run waits for an order.
LAG, PATIENCE = 40, 0.15

SETTLEMENTS: dict[str, dict[str, int]] = {
    "at once": {},
    "later": {"orders.settle_after": 4},
    "later and with a lag": {"orders.settle_after": 4, "orders.list_lag": LAG},
    "after the run has given up": {"orders.list_lag": 1000},
}
LAGGING = ("later and with a lag", "after the run has given up")

# For requests that must be answered, however busy the machine is.
UNHURRIED = {"timeout": 30, "retries": 1, "time_limit": 60.0}
HURRIED = {"timeout": 0.15, "retries": 1, "time_limit": 2.0}

Fault = dict[str, Any]

FAULTS: dict[str, Fault] = {
    "refused": {"kind": "refuse"},
    "429": {"kind": "status", "status": 429, "headers": {"Retry-After": "0"}},
    "400": {"kind": "status", "status": 400},
    "500": {"kind": "status", "status": 500},
    "503": {"kind": "status", "status": 503, "headers": {"Retry-After": "0"}},
    "cut after the work": {"kind": "cut", "when": "after"},
    "cut before the work, which is done all the same": {"kind": "late", "seconds": 0.05},
    "hung": {"kind": "hang"},
    "hung after the work": {"kind": "hang", "when": "after"},
    "garbage": {"kind": "garbage"},
    "garbage after the work": {"kind": "garbage", "when": "after"},
    "a login page": {"kind": "html", "status": 403},
    "a login page after the work": {"kind": "html", "status": 403, "when": "after"},
    "a refusal that is none": {"kind": "status", "status": 200, "body": {"status": {"code": 1}}, "when": "after"},
    "an answer without an order": {"kind": "status", "status": 200, "body": {}, "when": "after"},
    "429, and idle connections die": {"kind": "status", "status": 429, "headers": {"Retry-After": "0"}},
    "500 after the work, and idle connections die": {"kind": "status", "status": 500, "when": "after"},
}

# Milliseconds for which a connection may be idle. Two requests are further apart than this.
IDLE_LIMIT = 1

# Each status from 300 to 599 that HTTP defines, and some that it does not define.
STATUSES = sorted({status.value for status in HTTPStatus if status >= 300} | {309, 399, 432, 499, 509, 520, 599})

HOUR = 3600.0

# The part of the controllers that is killed.
KILLED = 0.7

ALTERATIONS = ("kept", "cut", "escaped", "upper", "folded", "dropped")

Note = Callable[[str, object], None]


BOTH = pytest.mark.parametrize("journal", ["file", "table"], indirect=True)
"""For what happens to a journal: in a file, and in a table."""

EITHER = BOTH if WHOLE else pytest.mark.parametrize("journal", ["file"], indirect=True)
"""For what happens to requests."""


@pytest.fixture
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place for a journal."""
    if request.param == "file":
        return FilePlace(tmp_path / "journal")
    server: Postgres = request.getfixturevalue("postgres")
    return TablePlace(server.database())


@pytest.fixture(scope="module")
def buyers() -> Iterator[Buyers]:
    with Buyers() as running:
        yield running


class Account:
    """One organization. Its numbers are bought for the tenant globex."""

    def __init__(self, sandbox: Sandbox, buyers: Buyers, journal: Place, settlement: str) -> None:
        sandbox.reset()
        sandbox.switch(**SETTLEMENTS[settlement])
        self.sandbox = sandbox
        self.buyers = buyers
        self.journal = journal
        journal.clear()
        with open_journal(journal.option) as opened:
            assert opened.create()
        login = {name.lower(): value for name, value in sandbox.env.items() if name.startswith("GC_")}
        self.login = {name: value for name, value in login.items() if "admin" not in name}
        self.http: dict[str, float] = UNHURRIED
        self.comment = COMMENT
        self.entries: list[dict[str, str]] = [{"slot": slot} for slot in SLOTS]

    def buy(self, event: Event | None = None, entries: Sequence[dict[str, str]] | None = None) -> Bought:
        """Buy a number for each slot."""
        asked = {
            **self.login,
            **self.http,
            "ccid": GLOBEX.ccid,
            "nexus_url": self.sandbox.env["NEXUS_URL"],
            "webhook_password": "given-password",
            "purchase_allowed": True,
            "max_purchases": len(SLOTS),
            "journal": self.journal.option,
            "order_timeout": PATIENCE,
            "comment": self.comment,
            "tollfree_numbers": list(entries or self.entries),
        }
        return self.buyers.run(gc_tollfree_numbers.TASK, asked, event)

    def decide(self, **options: object) -> Bought:
        """Run gc_purchase_journal, as a person would. It must change something."""
        asked = {**self.login, "journal": self.journal.option, **options}
        run = self.buyers.run(gc_purchase_journal.TASK, asked)
        assert run.result is not None
        assert (run.failure, run.result["changed"]) == ("", True)
        return run

    def bought(self, account: dict[str, Any] | None = None) -> dict[str, list[str]]:
        """Return the paid numbers of each slot, even if the list does not show them yet."""
        found: dict[str, list[str]] = {slot: [] for slot in SLOTS}
        for item in (account or self.sandbox.account())["numbers"]:
            number = item["tollfreeNumber"]
            mark = words.mark_of(item["comment"])
            slot = mark.slot.lower() if mark else self._slot_of(number)
            found[slot].append(number)
        return found

    def _slot_of(self, number: str) -> str:
        """Return the slot of a number, by the journal."""
        return next(str(purchase.slot).lower() for purchase in self.purchases() if purchase.number == number)

    def assert_bounded(self) -> None:
        """Require that nothing was bought twice."""
        account = self.sandbox.account()
        bought = self.bought(account)
        assert all(len(numbers) <= 1 for numbers in bought.values()), bought
        assert account["spent"] == sum(map(len, bought.values()))

    def assert_safe(self) -> None:
        """Require that nothing was bought twice, and that every bought number is in the journal."""
        self.assert_bounded()
        live = {purchase.number for purchase in self.purchases() if purchase.is_live}
        assert {number for numbers in self.bought().values() for number in numbers} <= live

    def purchases(self) -> list[Purchase]:
        """Return all purchases in the journal."""
        return purchases(self.journal.option)

    def run_to_the_end(self) -> None:
        """Run again until nothing is to do, and follow the messages as a person would. Then check the result."""
        self.http = UNHURRIED
        for _round in range(8):
            run = self.buy()
            self.assert_bounded()
            assert run.result is not None
            if not run.failure:
                if not re.search("does not (contain|exist)", " ".join(run.result["warnings"])):
                    break
                self._bring_back(run)
                continue
            reaction = {"undecided": self._decide, "journal": self._bring_back, "altered": self._follow}
            kind = run.result["failure"]["kind"]
            assert kind in reaction, run.failure
            reaction[kind](run)
        else:
            raise AssertionError(f"the task does not succeed: {run.failure}")
        self.assert_safe()
        bought = self.bought()
        assert all(len(numbers) == 1 for numbers in bought.values()), bought
        assert run.result is not None
        assert run.result["slots"] == {slot: numbers[0] for slot, numbers in bought.items()}
        # The journal and the account agree.
        live = [purchase for purchase in self.purchases() if purchase.is_live]
        told = {str(purchase.slot).lower(): (purchase.number, purchase.is_open) for purchase in live}
        assert told == {slot: (numbers[0], False) for slot, numbers in bought.items()}
        # The next run changes nothing and writes nothing.
        lines = self.journal.lines()
        self.sandbox.clear_requests()
        again = self.buy()
        assert again.result is not None
        assert (again.failure, again.result["changed"], self.sandbox.writes()) == ("", False, [])
        assert self.journal.lines() == lines

    def _decide(self, run: Bought) -> None:
        """Follow the message of an undecided run: wait, or forget an order that failed."""
        assert run.result is not None
        here = {number for numbers in self.bought().values() for number in numbers}
        for intent in run.result["failure"]["intents"]:
            assert intent["number"] in run.failure
            assert f"-e intent={intent['intent']} -e resolution=forget" in run.failure
            if intent["number"] not in here:
                self.decide(intent=intent["intent"], resolution="forget")
        # In the end, the account shows what was bought.
        self.sandbox.switch(**{"orders.list_lag": 0})
        self.sandbox.settle()

    def _bring_back(self, run: Bought) -> None:
        """Follow the message about a journal: restore the former one, or create it from the account."""
        assert run.result is not None
        told = run.failure or " ".join(run.result["warnings"])
        assert re.search(r"Restore the former|create_journal=true", told), told
        if self.journal.has_former:
            self.journal.restore()
        else:
            self.decide(create=True, rebuild=True)

    def _follow(self, run: Bought) -> None:
        """Follow the message about a comment: set it to the stored text, or list the number in the inventory."""
        assert run.result is not None
        kept = re.findall(r"comment of the number\) to '([^']*)'", run.failure)
        assert kept or "is lost" in run.failure
        if kept:
            self.comment = kept[0]
        if "is lost" in run.failure:
            assert "with the slot's name and the number in one entry" in run.failure
            numbers = {slot: found[0] for slot, found in self.bought().items() if found}
            self.entries = [{"slot": s, **({"number": numbers[s]} if s in numbers else {})} for s in SLOTS]


def places(count: int, name: str, always: Sequence[int] = ()) -> list[int]:
    """Return all numbers below a count, or a sample of them. The sample is always the same for a name."""
    if WHOLE:
        return list(range(count))
    chosen = random.Random(name).sample(range(count), min(SAMPLE, count))  # a choice of tests, no secret
    return sorted({*chosen, *(place for place in always if place < count)})


_requests: dict[str, list[str]] = {}


def requests_of(sandbox: Sandbox, buyers: Buyers, journal: Place, settlement: str) -> list[str]:
    """Return the requests of a purchase without faults."""
    if settlement not in _requests:
        account = Account(sandbox, buyers, journal, settlement)
        sandbox.clear_requests()
        account.buy()
        _requests[settlement] = [
            f"{record.method} {record.path.rpartition('/')[2]}"
            for record in sandbox.requests()
            if record.path.startswith("/gc-")
        ]
    return _requests[settlement]


def faulty(sandbox: Sandbox, buyers: Buyers, journal: Place, settlement: str, name: str, fault: Fault) -> int:
    """Let a fault hit each request of a purchase. Return the number of requests."""
    usual = requests_of(sandbox, buyers, journal, settlement)
    count = 0
    # Some faults lead to more requests than a purchase without faults.
    numbers: Iterator[int] = iter(range(10 * len(usual)) if WHOLE else places(len(usual), name, orders(usual)))
    for number in numbers:
        account = Account(sandbox, buyers, journal, settlement)
        if "idle connections die" in name:
            sandbox.switch(**{"connections.idle_limit": IDLE_LIMIT})
        if fault["kind"] == "hang":
            # The request and its repetition both wait for the timeout.
            account.http = HURRIED
        sandbox.fault(**fault, path="^/gc-", skip=number)
        account.buy()
        if not sandbox.faults()[0]["hits"]:
            break
        count += 1
        account.assert_safe()
        sandbox.clear_faults()
        account.run_to_the_end()
    return count


def orders(requests: Sequence[str]) -> list[int]:
    """Return the position of the first order."""
    return [requests.index("POST tollfreenumbers")]


@EITHER
@pytest.mark.parametrize("settlement", SETTLEMENTS)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_every_request(
    sandbox: Sandbox, buyers: Buyers, journal: Place, record_property: Note, fault: str, settlement: str
) -> None:
    count = faulty(sandbox, buyers, journal, settlement, f"{fault} {settlement}", FAULTS[fault])
    # A purchase of two numbers has at least ten requests.
    assert count >= (10 if WHOLE else 1)
    record_property("money_cases", count)


@EITHER
@pytest.mark.parametrize("settlement", LAGGING)
@pytest.mark.parametrize("status", STATUSES)
def test_every_status_of_every_request(
    sandbox: Sandbox, buyers: Buyers, journal: Place, record_property: Note, status: int, settlement: str
) -> None:
    """The order is carried out, but the answer is a redirect or an error."""
    fault = {"kind": "status", "status": status, "when": "after", "headers": {"Location": "/1", "Retry-After": "0"}}
    count = faulty(sandbox, buyers, journal, settlement, f"{status} {settlement}", fault)
    assert count >= (10 if WHOLE else 1)
    record_property("money_cases", count)


@BOTH
@pytest.mark.parametrize("settlement", SETTLEMENTS)
@pytest.mark.parametrize("when", ["before", "within", "after"])
def test_a_kill_at_every_point(
    sandbox: Sandbox, buyers: Buyers, journal: Place, record_property: Note, when: When, settlement: str
) -> None:
    account = Account(sandbox, buyers, journal, settlement)
    usual = account.buy().points
    assert {"POST token", "GET available", "POST tollfreenumbers", "journal intent", "journal ordered"} <= set(usual)
    assert len(usual) >= 12
    count = 0
    for number in range(10 * len(usual)) if WHOLE else places(len(usual), f"{when} {settlement}", orders(usual)):
        account = Account(sandbox, buyers, journal, settlement)
        run = account.buy(Event(number + 1, when, "kill"))
        if not run.killed:
            break
        count += 1
        account.assert_safe()
        account.run_to_the_end()
    assert count >= (12 if WHOLE else 1)
    record_property("money_cases", count)


@EITHER
@pytest.mark.parametrize("settlement", SETTLEMENTS)
@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_every_alteration_of_comments(
    sandbox: Sandbox, buyers: Buyers, journal: Place, record_property: Note, alteration: str, settlement: str
) -> None:
    """With the journal, and without it if the server keeps the marks."""
    for keeps_journal in (True, False):
        account = Account(sandbox, buyers, journal, settlement)
        sandbox.switch(**{"numbers.comment": alteration})
        account.buy(entries=account.entries[:1])
        account.assert_bounded()
        sandbox.switch(**{"orders.list_lag": 0})
        sandbox.settle()
        if not keeps_journal and alteration != "dropped":
            account.journal.set_aside(missing=True)
            account.journal.forget()
        account.run_to_the_end()
    record_property("money_cases", 2)


@BOTH
@pytest.mark.parametrize("settlement", ["at once", "later", "later and with a lag"])
@pytest.mark.parametrize("brings_back", [True, False])
def test_every_other_journal_between_two_runs(
    sandbox: Sandbox, buyers: Buyers, journal: Place, record_property: Note, brings_back: bool, settlement: str
) -> None:
    """Between two runs, when the account has the number: each older copy, an empty file, another file, no file."""

    def begun() -> tuple[Account, list[bytes]]:
        account = Account(sandbox, buyers, journal, settlement)
        account.buy(entries=account.entries[:1])
        sandbox.switch(**{"orders.list_lag": 0, "orders.settle_after": 0})
        sandbox.settle()
        return account, account.journal.lines()

    _account, usual = begun()
    others = {f"older by {len(usual) - kept}": kept for kept in range(1, len(usual))} | {"empty": 0, "none": -1}
    others["without a header"] = -2
    count = 0
    for name, kept in others.items():
        account, lines = begun()
        others_lines = lines[1:] if name == "without a header" else lines[: max(kept, 0)]
        account.journal.set_aside(*others_lines, missing=name == "none")
        if not brings_back:
            account.journal.forget()
        account.run_to_the_end()
        count += 1
    record_property("money_cases", count)


@BOTH
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("how", ["removed", "replaced", "emptied", "older"])
def test_every_replacement_of_the_journal(
    sandbox: Sandbox, buyers: Buyers, journal: Place, record_property: Note, how: How, when: When
) -> None:
    """During a purchase, at each of its points."""
    account = Account(sandbox, buyers, journal, "at once")
    usual = account.buy().points
    count = 0
    for number in range(10 * len(usual)) if WHOLE else places(len(usual), f"{how} {when}", orders(usual)):
        account = Account(sandbox, buyers, journal, "at once")
        account.buy(Event(number + 1, when, how, account.journal.option))
        if not account.journal.has_former:
            break
        count += 1
        account.assert_bounded()
        account.run_to_the_end()
    assert count >= (12 if WHOLE else 1)
    record_property("money_cases", count)


@pytest.mark.parametrize("settlement", SETTLEMENTS)
@pytest.mark.parametrize("when", ["before", "within", "after"])
@pytest.mark.parametrize("how", ["cut", "restarted"])
@pytest.mark.parametrize("journal", ["table"], indirect=True)
def test_every_lost_connection_to_the_database(
    sandbox: Sandbox, buyers: Buyers, journal: Place, record_property: Note, how: How, when: When, settlement: str
) -> None:
    """The connection is cut, or the server is killed and started again: before, within and after each commit."""
    account = Account(sandbox, buyers, journal, settlement)
    usual = len(commits(account.buy()))
    assert usual >= 4
    count = 0
    for number in range(1, 10 * usual if WHOLE else 3):
        account = Account(sandbox, buyers, journal, settlement)
        run = account.buy(Event(number, when, how, journal.option, "journal "))
        if len(commits(run)) < number:
            break
        count += 1
        assert run.failure or when == "after"
        account.assert_safe()
        account.run_to_the_end()
    assert count >= (4 if WHOLE else 2)
    record_property("money_cases", count)


def commits(run: Bought) -> list[str]:
    """Return the points of a run that are lines of the journal."""
    return [point for point in run.points if point.startswith("journal ")]


@BOTH
def test_two_controllers_at_once(sandbox: Sandbox, journal: Place, tmp_path: Path, record_property: Note) -> None:
    """Both buy for the same slots, and each is killed at a random point or not at all, while the list lags.

    Each has a checkout and a home of its own. They have nothing in common but the journal, and their clocks differ by
    an hour.
    """
    rounds = 100 if WHOLE else 5
    with Buyers(tmp_path / "one") as one, Buyers(tmp_path / "two") as two, ThreadPoolExecutor(2) as pool:
        for number in range(rounds):
            chance = random.Random(number)
            one.clock, two.clock = chance.choice([(0, 0), (0, HOUR), (HOUR, 0)])
            account = Account(sandbox, one, journal, "later and with a lag")
            second = copy.copy(account)
            second.buyers = two
            runs = []
            for controller in (account, second):
                controller.buyers.pace = chance.randrange(1 << 30)
                when: When = chance.choice(["before", "within", "after"])
                event = Event(chance.randint(1, 14), when, "kill") if chance.random() < KILLED else None
                runs.append(pool.submit(controller.buy, event))
            for run in runs:
                run.result()
            account.assert_safe()
            chance.choice([account, second]).run_to_the_end()
    record_property("money_cases", rounds)
