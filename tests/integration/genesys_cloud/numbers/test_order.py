# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders that are refused, lost, or carried out in spite of an error: `_genesys_cloud/numbers/order.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import Unsent
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import file_store as _store
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import order as _order
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.account import Account
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.client import CloudNumbers, Order
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.events import Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import Ledger
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.wait import wait
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_purchase_journal,
    gc_tollfree_number,
)
from integration.organization import ACME, GLOBEX, Json, Org


def no_space(_descriptor: int, _line: bytes) -> None:
    """Stand in for what writes to a disk."""
    raise OSError(28, "No space left on device")


def test_a_port_in(org: Org) -> None:
    letter = {"loa_file_url": "https://files.example.com/loa.pdf", "loa_file_url_password": "canary-loa"}
    asked = {**org.buying, "number": "18005550100", "port_in": letter, "max_purchases": 0}
    assert org.twice(gc_tollfree_number, asked) == ["port in the number 18005550100"]
    account = org.sandbox.account()
    assert (account["spent"], account["numbers"][0]["loaFileUrlPassword"]) == (0, "canary-loa")
    assert "canary" not in Path(org.journal).read_text(encoding="utf-8")


def test_a_port_in_does_not_count_for_the_limit(org: Org) -> None:
    org.buy("main")
    asked = {**org.buying, "number": "18005550100", "port_in": {"loa_file_url": "https://files.example.com/loa.pdf"}}
    planned = org.run(gc_tollfree_number, asked, check=True)
    assert planned["diff"]["after"]["18005550100"]["order"] == "port-in"
    assert org.twice(gc_tollfree_number, {**asked, "max_purchases": 0}) == ["port in the number 18005550100"]


def test_a_number_that_someone_else_bought_meanwhile(org: Org) -> None:
    """A refused number that is no longer offered may be ours, so a person decides. Then it is tried again."""
    org.sandbox.fault("take", "numbers$", "POST")
    result = org.buy("main")
    assert (result["failure"]["kind"], result["changed"]) == ("undecided", True)
    assert "(code number.not.available): The number 18445550000 is not available" in result["msg"]
    assert org.buy("main")["failure"]["kind"] == "undecided"
    assert org.forget("18445550000")["changed"] is True
    assert org.buy("main")["slots"] == {"main": "18445550001"}
    org.sandbox.fault("take", "numbers$", "POST")
    certain = {**org.buying, "number": "18445550077"}
    assert org.run(gc_tollfree_number, certain)["failure"]["kind"] == "undecided"
    assert org.forget("18445550077")["changed"] is True
    # If the number was not offered before the order, the refusal is believed.
    result = org.run(gc_tollfree_number, certain)
    assert (result["failure"]["kind"], result["changed"]) == ("refused", False)
    assert org.purchases()[-1] == (None, "18445550077", "refused")
    assert org.sandbox.account()["spent"] == 1


def test_a_refusal_after_which_the_account_can_not_be_read(org: Org) -> None:
    org.sandbox.fault("status", "numbers$", "POST", status=400, when="after")
    org.sandbox.fault("status", "numbers$", "GET", status=500, skip=2, times=None)
    result = org.buy("main")
    assert (result["changed"], org.purchases()) == (True, [("main", "18445550000", "intent")])
    assert "Done before that: The number 18445550000 was ordered for the slot main" in result["msg"]
    org.sandbox.clear_faults()
    assert org.buy("main")["slots"] == {"main": "18445550000"}


@pytest.mark.parametrize("status", [400, 404, 409, 429])
@pytest.mark.parametrize("asked", [{"slot": "main"}, {"number": "18445550000"}])
def test_a_refused_order_that_was_carried_out_buys_no_other_number(org: Org, status: int, asked: Json) -> None:
    """As with a gateway that sends an order twice and returns the answer to the second one."""
    org.sandbox.fault("status", "numbers$", "POST", status=status, when="after")
    result = org.run(gc_tollfree_number, {**org.buying, **asked, "max_purchases": 1})
    assert (result["changed"], result["tollfree_number"]["number"]) == (True, "18445550000")
    assert (org.sandbox.account()["spent"], org.purchases()[0][1:]) == (1, ("18445550000", "bought"))


def test_a_refusal_that_is_not_about_the_number(org: Org) -> None:
    for status in (400, 403):
        org.sandbox.clear_faults()
        org.sandbox.fault("status", "numbers$", "POST", status=status, body={"code": "bad", "message": "no contract"})
        result = org.buy("main")
        assert "no contract" in result["msg"]
        assert (result["changed"], org.sandbox.account()["spent"]) == (False, 0)
    assert org.buy("main")["changed"] is True


def test_orders_without_effect_are_sent_again(org: Org) -> None:
    org.sandbox.fault("status", "numbers$", "POST", status=429, headers={"Retry-After": "0"})
    # Retry-After is longer than the usual pause. Retry-After: 0 does not make the pause shorter.
    assert org.buy("main", retries=1, order_timeout=5)["changed"] is True
    org.sandbox.fault("status", "numbers$", "POST", status=429, headers={"Retry-After": "0"}, times=None)
    result = org.buy("campaigns", retries=1, order_timeout=5)
    assert "answered 429" in result["msg"]
    assert [record.status for record in org.sandbox.requests() if record.method == "POST"] == [200, 429, 429]
    org.sandbox.clear_faults()
    org.sandbox.fault("status", "numbers$", "POST", status=429, headers={"Retry-After": "60"})
    assert "answered 429" in org.buy("campaigns")["msg"]
    assert org.buy("campaigns")["changed"] is True


def test_an_order_whose_answer_is_lost(org: Org) -> None:
    org.sandbox.fault("cut", "numbers$", "POST")
    result = org.buy("main", "campaigns")
    assert (result["failure"]["kind"], result["changed"]) == ("undecided", True)
    assert "It is not known whether the number 18445550000 was ordered for the slot main at 20" in result["msg"]
    assert ": closed the connection" in result["msg"]
    (intent,) = result["failure"]["intents"]
    # Until that is decided, numbers are bought only for other slots.
    assert org.buy("main")["failed"] is True
    assert org.buy("campaigns")["slots"] == {"campaigns": "18445550001"}
    listed = org.run(gc_purchase_journal, {"journal": org.journal, "ccid": ACME.ccid})
    assert [item["intent"] for item in listed["intents"]] == [intent["intent"]]
    assert [item["in_account"] for item in listed["purchases"]] == [False, True]
    assert org.run(gc_purchase_journal, {"journal": org.journal, "ccid": GLOBEX.ccid})["purchases"] == []
    decide = {"journal": org.journal, "intent": intent["intent"]}
    text = org.failure(gc_purchase_journal, {**decide, "resolution": "adopt"})
    assert "the account does not have the number 18445550000. Wait until the account has it" in text
    forget = {**decide, "resolution": "forget"}
    sentence = f"forget the intent {intent['intent']} of 18445550000"
    for check in (True, False):
        result = org.run(gc_purchase_journal, forget, check=check)
        assert (result["changed"], result["steps"]) == (True, [sentence])
    assert org.run(gc_purchase_journal, forget)["changed"] is False
    assert org.buy("main")["slots"] == {"main": "18445550000"}
    assert org.sandbox.account()["spent"] == 2


def test_a_decision_between_the_order_and_the_check(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    def decide(account: Account) -> None:
        wait(account)
        with file_journal(org.journal, 1, print).locked() as ledger:
            ledger.note(ledger.purchases[0], "forgotten")

    monkeypatch.setattr(_order, "wait", decide)
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    asked = {**org.buying, "number": "18005550100", "port_in": {"loa_file_url": "https://files.example.com/loa.pdf"}}
    result = org.run(gc_tollfree_number, asked)
    assert (result["changed"], len(org.purchases())) == (True, 1)
    assert (
        "No other number was bought in its place. If the file was replaced, restore it. Then run again" in result["msg"]
    )


def test_an_open_order_is_not_repeated_under_another_name(org: Org) -> None:
    org.sandbox.fault("status", "numbers$", "POST", when="after", status=500)
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    assert org.buy("main")["failed"] is True
    for asked in ({"number": "18445550000"}, {"number": "18445550000", "slot": "other"}):
        assert "It is not known whether the number 18445550000 was ordered for the slot main" in org.failure(
            gc_tollfree_number, {**org.buying, **asked}
        )
    both = [{"slot": "main"}, {"number": "18445550000"}]
    assert "are the same number" in org.buy(tollfree_numbers=both)["msg"]
    absent = {**org.buying, "number": "18445550000", "state": "absent"}
    assert "can't be released while the order of 18445550000 is open" in org.failure(gc_tollfree_number, absent)
    others = {**org.buying, "number": "18445550000", "ccid": GLOBEX.ccid}
    text = org.failure(gc_tollfree_number, others)
    assert f"the journal says that 18445550000 belongs to the tenant {ACME.ccid} (intent i" in text
    assert org.sandbox.account()["spent"] == 1
    org.sandbox.settle()
    assert org.buy("main")["changed"] is False
    org.by_hand("PATCH", "18445550000", {"comment": ""})
    # A number of one tenant does not become one of another tenant, with or without a mark.
    assert "belongs to the tenant" in org.failure(gc_tollfree_number, others)


def test_a_slot_gets_no_number_that_is_listed_or_was_released(org: Org) -> None:
    numbers = [{"slot": "main"}, {"number": "18445550000"}]
    result = org.buy(tollfree_numbers=numbers)
    assert [item["number"] for item in result["tollfree_numbers"]] == ["18445550001", "18445550000"]
    numbers[1].update(state="absent", release_confirmation="18445550000")
    assert org.buy(tollfree_numbers=numbers)["steps"] == ["release the number 18445550000"]
    assert org.buy(tollfree_numbers=[*numbers, {"slot": "second"}])["slots"]["second"] == "18445550002"
    assert org.buy("third", max_purchases=9)["slots"] == {"third": "18445550003"}


def test_a_port_in_for_a_slot_is_not_counted_as_bought(org: Org) -> None:
    asked = {
        "number": "18005550100",
        "slot": "ported",
        "port_in": {"loa_file_url": "https://files.example.com/loa.pdf"},
    }
    org.run(gc_tollfree_number, {**org.buying, **asked, "max_purchases": 0})
    assert org.buy("main", max_purchases=1)["slots"] == {"main": "18445550000"}


def test_a_full_disk_after_the_order(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    note = Ledger.note

    def full(ledger: Ledger, purchase: Purchase, event: str, **details: str | None) -> Purchase:
        with monkeypatch.context() as patch:
            patch.setattr(_store, "_write", no_space)
            return note(ledger, purchase, event, **details)

    monkeypatch.setattr(Ledger, "note", full)
    result = org.buy("main")
    assert "The event ordered of the number 18445550000 (intent i" in result["msg"]
    assert "then run again with this same journal" in result["msg"]
    assert (result["changed"], org.purchases()) == (True, [("main", "18445550000", "intent")])
    monkeypatch.setattr(Ledger, "note", note)
    assert org.buy("main")["slots"] == {"main": "18445550000"}
    assert org.sandbox.account()["spent"] == 1


def test_an_older_copy_of_the_journal_buys_nothing(org: Org) -> None:
    org.buy("main")
    older = Path(org.journal).read_bytes()
    org.buy("main", "campaigns")
    newer = Path(org.journal).read_bytes()
    Path(org.journal).write_bytes(older)
    for buys in (org.check, org.buy):
        result = buys("main", "campaigns", "third")
        assert (result["failure"]["kind"], org.sandbox.writes()) == ("journal", [])
    Path(org.journal).write_bytes(newer)
    assert org.buy("main", "campaigns", "third")["slots"]["third"] == "18445550002"


def test_an_order_whose_answer_echoes_a_secret(org: Org) -> None:
    body = {"id": "canary-password", "orderStatus": "Do\u202ene canary-password\x1b[2K"}
    org.sandbox.fault("status", "numbers$", "POST", when="after", status=200, body=body)
    assert org.buy("main")["changed"] is True
    text = Path(org.journal).read_text(encoding="utf-8")
    assert "canary" not in text
    assert '"detail": "Do\ufffdne ********\ufffd[2K"' in text


@pytest.mark.parametrize("status", [400, 404, 409, 418, 429])
@pytest.mark.parametrize("lag", [200, 60_000])
def test_a_refused_order_that_was_carried_out_while_the_list_lags(org: Org, status: int, lag: int) -> None:
    """The number is no longer offered, so it may be ours, and no other number is bought."""
    org.sandbox.switch(**{"orders.list_lag": lag})
    org.sandbox.fault("status", "numbers$", "POST", status=status, when="after")
    result = org.buy("main", order_timeout=3 if lag < 1000 else 0.3)
    if lag > 1000:
        assert result["failure"]["kind"] == "undecided"
        org.sandbox.settle()
        result = org.buy("main")
    assert (result["slots"], org.sandbox.account()["spent"]) == ({"main": "18445550000"}, 1)
    assert org.purchases() == [("main", "18445550000", "bought")]


def test_a_limit_that_is_too_low_buys_nothing_at_all(org: Org) -> None:
    result = org.buy("a", "b", max_purchases=1)
    assert "max_purchases: the limit of 1 would be exceeded, with 0 bought before and 2 more needed" in result["msg"]
    assert org.sandbox.writes() == []
    assert "slot a is also in tollfree_numbers[0]" in org.buy("a", "a")["msg"]


def test_unusable_journals_stop_a_purchase(org: Org) -> None:
    Path(org.journal).write_text("Buy milk.\n", encoding="utf-8")
    assert "because line 1 is not a valid journal entry" in org.buy("main")["msg"]
    assert org.sandbox.account()["spent"] == 0


@pytest.mark.parametrize("faults", [1, 2])
def test_an_order_that_was_never_sent_is_sent_again(org: Org, monkeypatch: pytest.MonkeyPatch, faults: int) -> None:
    """As often as the option retries allows, each time with a new intent."""
    order = CloudNumbers.order
    unsent = [Unsent("order", "https://h", "could not be reached", "Look") for _fault in range(faults)]

    def fails_first(client: CloudNumbers, request: Json, *, port_in: bool = False) -> Order:
        if unsent:
            raise unsent.pop()
        return order(client, request, port_in=port_in)

    monkeypatch.setattr(CloudNumbers, "order", fails_first)
    result = org.buy("main", retries=1, order_timeout=5)
    assert (result["changed"], org.sandbox.account()["spent"]) == (faults == 1, 2 - faults)
    events = [event for _slot, _number, event in org.purchases()]
    assert events == ["refused", "bought"] if faults == 1 else ["refused", "refused"]
    assert result.get("failure", {}).get("kind") == (None if faults == 1 else "unreachable")
