# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks of toll-free numbers and of the journal of purchases: results, requests, and what goes wrong."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import CLIENTS
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import journal as _journal
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import (
    Journal,
    Ledger,
    Purchase,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.purchase import Buyer
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_oauth_token,
    gc_purchase_journal,
    gc_tollfree_number,
    gc_tollfree_number_info,
    gc_tollfree_numbers,
    nexus_sender_id,
)
from unit.organization import ACME, GLOBEX, Json, Org


def no_space(_descriptor: int, _line: bytes) -> None:
    """Stand in for what writes to a disk."""
    raise OSError(28, "No space left on device")


def test_numbers(org: Org) -> None:
    first = org.buy("main", "campaigns", comment="ACME", email_address="sms@example.com")
    assert first["slots"].keys() == {"main", "campaigns"}
    assert first["steps"] == ["buy a number for the slot main", "buy a number for the slot campaigns"]
    assert [item["comment"] for item in first["tollfree_numbers"]] == ["ACME", "ACME"]
    assert first["diff"]["after"]["main"]["number"] == first["slots"]["main"]
    again = org.buy("main", "campaigns", comment="ACME", email_address="other@example.com")
    assert (again["changed"], again["slots"]) == (False, first["slots"])
    assert len(org.sandbox.requests()) == 2
    assert org.warnings[0].startswith("tollfree_numbers[0].email_address: the number 18445550000 was ordered with sms@")
    stored = {item["tollfreeNumber"]: item for item in org.sandbox.account()["numbers"]}
    main = stored[first["slots"]["main"]]
    assert main["moUrl"] == f"{org.sandbox.env['NEXUS_URL']}/nexus/v3/sms/message"
    assert main["drUrl"] == f"{org.sandbox.env['NEXUS_URL']}/nexus/v3/sms/receipt"
    assert (main["webhookUsername"], main["webhookPassword"]) == (ACME.ccid, "canary-password")


def test_drift_of_a_number(org: Org) -> None:
    org.buy("main")
    asked = {**org.buying, "slot": "main", "comment": "ACME", "mo_url": "https://elsewhere.example.com/mo"}
    expected = "change comment, mo_url, webhook_password of the number 18445550000"
    assert org.twice(gc_tollfree_number, asked) == [expected]
    rotated = {**org.buying, "slot": "main", "webhook_password": "canary-2", "update_secret": "always", "mo_url": None}
    assert org.run(gc_tollfree_number, rotated)["changed"] is True
    (number,) = org.sandbox.account()["numbers"]
    assert (number["webhookPassword"], number["moUrl"]) == ("canary-2", "")


def test_numbers_are_given_back_as_they_were_read(org: Org) -> None:
    """Those of the tenant, of another one, without a mark, and with the mark of who knows whom."""
    org.buy("main", comment="ACME")
    org.buy("main", ccid=GLOBEX.ccid)
    org.order_by_hand("18445550077", comment="by hand", moUrl="HTTPS://Elsewhere.example.com:443/mo/")
    org.order_by_hand("18445550078", comment="[slot i00000000001/main] lost", webhookUsername="someone")
    before = org.sandbox.account()["numbers"]
    found = org.run(gc_tollfree_number_info, {})["tollfree_numbers"]
    assert [(item["ccid"], item["slot"]) for item in found] == [
        (ACME.ccid, "main"),
        (GLOBEX.ccid, "main"),
        (None, None),
        (None, "main"),
    ]
    for asked in (org.buying, {"ccid": ACME.ccid.upper(), "comment": "shared", "email_address": "a@example.com"}):
        assert org.twice(gc_tollfree_numbers, {**asked, "tollfree_numbers": found}) == []
        assert [warning.split(" ")[0] for warning in org.warnings if "left alone" in warning] == [
            "tollfree_numbers[1]",
            "tollfree_numbers[3]",
        ]
    again = org.run(gc_tollfree_numbers, {**org.buying, "tollfree_numbers": found})
    assert again["tollfree_numbers"] == [found[0], found[2]]
    # The list may say that all are to go: another tenant's are not.
    gone = {**org.buying, "state": "absent", "tollfree_numbers": found[1:2]}
    assert org.steps(gc_tollfree_numbers, gone) == []
    assert org.sandbox.account()["numbers"] == before
    wrong = org.run(gc_tollfree_numbers, {**org.buying, "tollfree_numbers": [{"slot": "main", "ccid": "acme"}]})
    assert wrong["failure"] == {"kind": "invalid_input", "parameter": "tollfree_numbers[0].ccid"}


def test_shared_options_can_be_null_and_so_can_those_of_one(org: Org) -> None:
    org.buy("main", comment="ACME")
    cleared = org.buy("main", comment=None)
    assert cleared["tollfree_numbers"][0]["comment"] == ""
    own = org.buy("main", comment="shared", tollfree_numbers=[{"slot": "main", "comment": "own"}])
    assert own["tollfree_numbers"][0]["comment"] == "own"


def test_a_certain_number_and_its_release(org: Org) -> None:
    asked = {**org.buying, "number": "+1 844-555-0009"}
    assert org.twice(gc_tollfree_number, asked) == ["buy the number 18445550009"]
    gone = {**asked, "state": "absent"}
    text = org.failure(gc_tollfree_number, gone)
    assert "the number 18445550009 would be released, and anyone could buy it then. Set it to 18445550009" in text
    assert org.twice(gc_tollfree_number, {**gone, "release_confirmation": "1 844 555 0009"}) == [
        "release the number 18445550009"
    ]
    # It may be bought again: the journal knows that it was given back.
    assert org.steps(gc_tollfree_number, asked) == ["buy the number 18445550009"]
    assert org.sandbox.account()["spent"] == 2


def test_releases_that_someone_else_made(org: Org) -> None:
    org.buy("main", "campaigns")
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    org.sandbox.fault("status", "numbers/1", "DELETE", status=404, when="after")
    assert org.run(gc_tollfree_number, gone)["changed"] is False
    assert org.purchases() == [("main", "18445550000", "released"), ("campaigns", "18445550001", "bought")]
    # Given back by hand. What is not seen is not taken for given back: it may be another account that is looked at.
    org.by_hand("DELETE", "18445550001")
    gone = {**gone, "slot": "campaigns"}
    assert org.run(gc_tollfree_number, gone)["changed"] is False
    (warning,) = org.warnings
    assert warning.startswith("The journal has 18445550001 as bought for the slot campaigns (intent i")
    text = org.failure(gc_tollfree_number, {**org.buying, "slot": "campaigns"})
    assert "18445550001 was bought for the slot campaigns" in text
    assert "Nothing is bought in its place by itself" in text
    org.forget("18445550001")
    assert org.steps(gc_tollfree_number, {**org.buying, "slot": "campaigns"}) == ["buy a number for the slot campaigns"]


def test_a_release_that_is_refused(org: Org) -> None:
    org.buy("main")
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    org.sandbox.fault("status", "numbers/1", "DELETE", status=403, body={"code": "no", "message": "may not"})
    assert "may not" in org.failure(gc_tollfree_number, gone)
    assert org.purchases() == [("main", "18445550000", "bought")]
    # Without a journal too.
    org.sandbox.fault("status", "numbers/1", "DELETE", status=403)
    assert "403" in org.failure(gc_tollfree_number, {**gone, "journal": None, "purchase_allowed": False})
    assert org.twice(gc_tollfree_number, gone) == ["release the number 18445550000"]


def test_a_release_whose_answer_is_lost_is_noted_later(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    org.buy("main")
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    org.sandbox.fault("cut", "numbers/1", "DELETE", when="after")
    assert org.run(gc_tollfree_number, gone)["changed"] is True
    assert org.purchases() == [("main", "18445550000", "released")]
    # Where the journal can't be written by then, the run says what it did; the next one notes it.
    assert org.buy("main")["slots"] == {"main": "18445550001"}
    gone["release_confirmation"] = "18445550001"
    note = Ledger.note

    def full(ledger: Ledger, purchase: Purchase, event: str, **details: str | None) -> Purchase:
        if event == "released":
            monkeypatch.setattr(_journal, "_write", no_space)
        return note(ledger, purchase, event, **details)

    write = _journal._write
    monkeypatch.setattr(Ledger, "note", full)
    result = org.run(gc_tollfree_number, gone)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "can't be added to: No space left on device" in result["msg"]
    assert "the event released is missing. Mend that, and run again with this journal and no other" in result["msg"]
    assert "Done before that: The number 18445550001 was given back." in result["msg"]
    monkeypatch.setattr(Ledger, "note", note)
    monkeypatch.setattr(_journal, "_write", write)
    assert org.purchases()[-1] == ("main", "18445550001", "releasing")
    # By one that wants it again it is not taken for given back.
    text = org.failure(gc_tollfree_number, {**org.buying, "slot": "main"})
    assert "18445550001 was about to be given back when a run ended (intent i" in text
    # Nor by one of another client, or another tenant.
    assert "was ordered for the slot main as the OAuth client" in org.failure(gc_tollfree_number, {**gone, **org.admin})
    org.run(gc_tollfree_number, {**gone, "ccid": GLOBEX.ccid})
    assert org.purchases()[-1] == ("main", "18445550001", "releasing")
    assert org.run(gc_tollfree_number, gone)["changed"] is False
    assert org.purchases()[-1] == ("main", "18445550001", "released")
    assert org.warnings == []


def test_a_port_in(org: Org) -> None:
    letter = {"loa_file_url": "https://files.example.com/loa.pdf", "loa_file_url_password": "canary-loa"}
    asked = {**org.buying, "number": "18005550100", "port_in": letter, "max_purchases": 0}
    assert org.twice(gc_tollfree_number, asked) == ["port in the number 18005550100"]
    account = org.sandbox.account()
    assert (account["spent"], account["numbers"][0]["loaFileUrlPassword"]) == (0, "canary-loa")
    assert "canary" not in Path(org.journal).read_text(encoding="utf-8")


def test_a_port_in_that_takes_weeks(org: Org) -> None:
    """It is not waited for, and nothing fails meanwhile: the number is known from the start."""
    asked = {**org.buying, "number": "18005550100", "port_in": {"loa_file_url": "https://files.example.com/loa.pdf"}}
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    result = org.run(gc_tollfree_number, {**asked, "order_timeout": 60})
    assert (result["changed"], result["tollfree_number"]) == (True, {"number": "18005550100", "slot": None})
    (warning,) = org.warnings
    assert "The number 18005550100 is being ported in (order " in warning
    assert "status Done), and is not in the account yet. If that came to nothing, forget it: ansible-play" in warning
    assert org.twice(gc_tollfree_number, asked) == []
    listed = org.run(gc_purchase_journal, {"journal": org.journal})
    assert (listed["intents"], len(listed["purchases"])) == ([], 1)
    org.sandbox.settle()
    assert org.steps(gc_tollfree_number, asked) == []
    assert (org.warnings, org.purchases()) == ([], [(None, "18005550100", "bought")])
    # One whose order is not known to be there is for a person.
    org.sandbox.fault("cut", "portin$", "POST")
    assert "It is not known whether" in org.failure(gc_tollfree_number, {**asked, "number": "18005550101"})


def test_a_port_in_needs_no_room_below_the_limit(org: Org) -> None:
    org.buy("main")
    asked = {**org.buying, "number": "18005550100", "port_in": {"loa_file_url": "https://files.example.com/loa.pdf"}}
    planned = org.run(gc_tollfree_number, asked, check=True)
    assert planned["diff"]["after"]["18005550100"]["order"] == "port-in"
    assert org.twice(gc_tollfree_number, {**asked, "max_purchases": 0}) == ["port in the number 18005550100"]


def test_others_buy_in_the_meantime(org: Org) -> None:
    """What was refused and is not offered any more may be ours: a person decides. It is tried again after that."""
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
    # One that was not offered before can be believed to be refused.
    result = org.run(gc_tollfree_number, certain)
    assert (result["failure"]["kind"], result["changed"]) == ("refused", False)
    assert org.purchases()[-1] == (None, "18445550077", "refused")
    assert org.sandbox.account()["spent"] == 1


def test_a_refusal_after_which_nothing_is_seen(org: Org) -> None:
    org.sandbox.fault("status", "numbers$", "POST", status=400, when="after")
    org.sandbox.fault("status", "numbers$", "GET", status=500, skip=2, times=None)
    result = org.buy("main")
    assert (result["changed"], org.purchases()) == (True, [("main", "18445550000", "intent")])
    assert "Done before that: The number 18445550000 was ordered for the slot main" in result["msg"]
    org.sandbox.clear_faults()
    assert org.buy("main")["slots"] == {"main": "18445550000"}


@pytest.mark.parametrize("status", [400, 404, 409, 429])
@pytest.mark.parametrize("asked", [{"slot": "main"}, {"number": "18445550000"}])
def test_a_refusal_of_what_was_done_buys_no_other(org: Org, status: int, asked: Json) -> None:
    """As by a gateway that sends an order twice, and tells what came of the second."""
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


def test_orders_that_surely_did_nothing_are_sent_again(org: Org) -> None:
    org.sandbox.fault("status", "numbers$", "POST", status=429, headers={"Retry-After": "0"})
    # It is longer than the usual pause, which Retry-After: 0 does not make shorter.
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
    assert ": broke off the connection" in result["msg"]
    (intent,) = result["failure"]["intents"]
    # Nothing more is bought until that is decided, but for other slots.
    assert org.buy("main")["failed"] is True
    assert org.buy("campaigns")["slots"] == {"campaigns": "18445550001"}
    listed = org.run(gc_purchase_journal, {"journal": org.journal, "ccid": ACME.ccid})
    assert [item["intent"] for item in listed["intents"]] == [intent["intent"]]
    assert [item["in_account"] for item in listed["purchases"]] == [False, True]
    assert org.run(gc_purchase_journal, {"journal": org.journal, "ccid": GLOBEX.ccid})["purchases"] == []
    decide = {"journal": org.journal, "intent": intent["intent"]}
    text = org.failure(gc_purchase_journal, {**decide, "resolution": "adopt"})
    assert "the account does not have the number 18445550000. Wait until it does" in text
    forget = {**decide, "resolution": "forget"}
    sentence = f"forget the intent {intent['intent']} of 18445550000"
    for check in (True, False):
        result = org.run(gc_purchase_journal, forget, check=check)
        assert (result["changed"], result["steps"]) == (True, [sentence])
    assert org.run(gc_purchase_journal, forget)["changed"] is False
    assert org.buy("main")["slots"] == {"main": "18445550000"}
    assert org.sandbox.account()["spent"] == 2


def test_a_decision_to_adopt_another_number(org: Org) -> None:
    org.run(gc_tollfree_number, {**org.buying, "number": "18445550050"})
    org.sandbox.fault("cut", "numbers$", "POST")
    (intent,) = org.buy("main")["failure"]["intents"]
    adopt = {"journal": org.journal, "intent": intent["intent"], "resolution": "adopt", "number": "18445550050"}
    assert org.run(gc_purchase_journal, adopt)["changed"] is True
    assert org.run(gc_purchase_journal, adopt)["changed"] is False
    result = org.buy("main")
    # The number is marked as the slot's, and nothing is bought.
    assert result["steps"] == ["change comment of the number 18445550050"]
    assert (result["slots"], org.sandbox.account()["spent"]) == ({"main": "18445550050"}, 1)
    text = org.failure(gc_purchase_journal, {**adopt, "resolution": "forget", "number": None})
    assert "the account has the number 18445550050. Adopt it, or release it" in text


def test_a_number_of_another_slot_is_not_adopted(org: Org) -> None:
    assert org.buy("other")["slots"] == {"other": "18445550000"}
    org.sandbox.fault("cut", "numbers$", "POST")
    (intent,) = org.buy("main")["failure"]["intents"]
    adopt = {"journal": org.journal, "intent": intent["intent"], "resolution": "adopt", "number": "18445550000"}
    assert "number: the number 18445550000 is that of the slot other" in org.failure(gc_purchase_journal, adopt)
    # Nor where its mark was lost, and the journal knows.
    org.by_hand("PATCH", "18445550000", {"comment": ""})
    text = org.failure(gc_purchase_journal, adopt)
    assert "number: the journal has the number 18445550000 for the intent i" in text
    assert org.run(gc_purchase_journal, {"journal": org.journal})["intents"][0]["number"] == intent["number"]


def test_a_decision_is_one_of_the_tenant_that_it_is_about(org: Org) -> None:
    org.sandbox.fault("cut", "numbers$", "POST")
    (intent,) = org.buy("main")["failure"]["intents"]
    decide = {"journal": org.journal, "intent": intent["intent"], "resolution": "forget", "ccid": GLOBEX.ccid}
    assert f"is an intent of the tenant {ACME.ccid}. Decide on it as" in org.failure(gc_purchase_journal, decide)
    result = org.run(gc_purchase_journal, {**decide, "ccid": ACME.ccid})
    assert result["steps"] == [f"forget the intent {intent['intent']} of 18445550000"]


def test_a_decision_that_comes_too_late(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the journal says is looked at again once nobody else can write."""
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    assert org.buy("main")["failed"] is True
    locked = Journal.locked

    def overtaken(journal: Journal) -> Any:
        monkeypatch.setattr(Journal, "locked", locked)
        org.sandbox.settle()
        CLIENTS.close()
        assert org.buy("main")["changed"] is False
        return locked(journal)

    monkeypatch.setattr(Journal, "locked", overtaken)
    assert "the account has the number 18445550000. Adopt it" in org.forget("18445550000")["msg"]
    assert org.purchases() == [("main", "18445550000", "bought")]


@pytest.mark.parametrize("answer", ["clear", "lost"])
def test_a_decision_while_another_run_waits(org: Org, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """That run does not buy another one."""
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    if answer == "lost":
        org.sandbox.fault("cut", "numbers$", "POST", when="after")

    def decide(_seconds: float) -> None:
        with Journal(org.journal, 1, print).locked() as ledger:
            ledger.note(ledger.purchases[0], "forgotten")

    monkeypatch.setattr(time, "sleep", decide)
    result = org.buy("main", order_timeout=60)
    assert "was changed by someone else: an order that this run was waiting for is decided on" in result["msg"]
    assert "Done before that: The number 18445550000 was ordered for the slot main (intent i" in result["msg"]
    assert (result["changed"], org.sandbox.account()["spent"]) == (True, 1)


def test_a_decision_between_the_order_and_the_second_look(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    wait = Buyer._wait

    def decide(buyer: Buyer) -> None:
        wait(buyer)
        with Journal(org.journal, 1, print).locked() as ledger:
            ledger.note(ledger.purchases[0], "forgotten")

    monkeypatch.setattr(Buyer, "_wait", decide)
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    asked = {**org.buying, "number": "18005550100", "port_in": {"loa_file_url": "https://files.example.com/loa.pdf"}}
    result = org.run(gc_tollfree_number, asked)
    assert (result["changed"], len(org.purchases())) == (True, 1)
    assert "Nothing was bought in its place. If the file was replaced, bring it back. Then run again" in result["msg"]


def test_another_client_sees_nothing_and_decides_nothing(org: Org) -> None:
    org.buy("main")
    other = org.admin
    told = f"18445550000 was ordered for the slot main as the OAuth client {org.integration['gc_client_id']} (intent i"
    for asked in ({"slot": "main"}, {"slot": "main", "state": "absent"}, {"number": "18445550000"}):
        assert told in org.failure(gc_tollfree_number, {**org.buying, **asked, **other, "max_purchases": 9})
    assert org.purchases() == [("main", "18445550000", "bought")]
    text = org.forget("18445550000", **other)["msg"]
    assert f"and this is {other['gc_client_id']}, which would not see it. Log in as" in text
    assert "set forget_confirmation to 18445550000" in text
    assert org.forget("18445550000", **other, forget_confirmation="+1 844 555 0000")["changed"] is True
    assert org.buy("main", **other)["slots"] == {"main": "18445550001"}


def test_with_a_token_nobody_knows_whose_numbers_are_seen(org: Org) -> None:
    token = org.run(gc_oauth_token, org.admin)["access_token"]
    org.buy("main")
    asked = {**org.buying, "slot": "main", "gc_access_token": token}
    text = org.failure(gc_tollfree_number, asked, logs_in=False)
    assert "18445550000 was bought for the slot main" in text
    assert "Log in as the OAuth client that ordered it" in text
    assert org.sandbox.account()["spent"] == 1


def test_a_slot_is_renamed_by_giving_it_its_number(org: Org) -> None:
    org.buy("main")
    hint = "The tenant has 18445550000 (slot main), not listed. If one of them is meant, give it as the number of"
    assert hint in org.buy("primary", max_purchases=1)["msg"]
    planned = org.check("primary")
    assert (planned["changed"], planned["diff"]["after"]["primary"]["order"]) == (True, "purchase")
    assert org.warnings[0].startswith(hint)
    # One that is managed by itself says nothing of others.
    org.run(gc_tollfree_number, {**org.buying, "slot": "primary"}, check=True)
    assert org.warnings == []
    renamed = {**org.buying, "slot": "primary", "number": "18445550000", "purchase_allowed": False}
    assert org.twice(gc_tollfree_number, renamed) == ["change comment of the number 18445550000"]
    assert org.purchases() == [("primary", "18445550000", "adopted")]
    assert org.buy("primary")["changed"] is False
    # The journal follows, so that the old name is free.
    assert org.buy("main")["slots"] == {"main": "18445550001"}
    text = org.failure(gc_tollfree_number, {**renamed, "slot": "main"})
    assert "the slot main has the number 18445550001 already, and 18445550000 is another" in text
    absent = {**org.buying, "slot": "main", "number": "18445550055"}
    assert "the slot main has the number 18445550001 already, and 18445550055 is another" in org.failure(
        gc_tollfree_number, absent
    )
    assert org.sandbox.account()["spent"] == 2


def test_a_number_that_was_bought_by_itself_gets_a_slot(org: Org) -> None:
    org.run(gc_tollfree_number, {**org.buying, "number": "18445550009"})
    org.check("main")
    assert org.warnings[0].startswith("The tenant has 18445550009 (without a slot), not listed.")
    both = {**org.buying, "slot": "main", "number": "18445550009"}
    assert org.twice(gc_tollfree_number, both) == ["change comment of the number 18445550009"]
    assert org.buy("main")["slots"] == {"main": "18445550009"}
    # And one that is not there yet is bought for it.
    both = {**org.buying, "slot": "second", "number": "18445550010"}
    assert org.twice(gc_tollfree_number, both) == ["buy 18445550010 for the slot second"]
    assert org.buy("second")["slots"] == {"second": "18445550010"}
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550009"}
    assert org.twice(gc_tollfree_number, gone) == ["release the number 18445550009"]
    assert org.buy("main", max_purchases=2)["changed"] is True


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
    assert f"18445550000 is a number of the tenant {ACME.ccid}, as the journal says (intent i" in text
    assert org.sandbox.account()["spent"] == 1
    org.sandbox.settle()
    assert org.buy("main")["changed"] is False
    org.by_hand("PATCH", "18445550000", {"comment": ""})
    # Neither is a number of one tenant turned into that of another, mark or not.
    assert "is a number of the tenant" in org.failure(gc_tollfree_number, others)


def test_a_slot_takes_no_number_that_is_listed_or_was_given_back(org: Org) -> None:
    numbers = [{"slot": "main"}, {"number": "18445550000"}]
    result = org.buy(tollfree_numbers=numbers)
    assert [item["number"] for item in result["tollfree_numbers"]] == ["18445550001", "18445550000"]
    numbers[1].update(state="absent", release_confirmation="18445550000")
    assert org.buy(tollfree_numbers=numbers)["steps"] == ["release the number 18445550000"]
    assert org.buy(tollfree_numbers=[*numbers, {"slot": "second"}])["slots"]["second"] == "18445550002"
    assert org.buy("third", max_purchases=9)["slots"] == {"third": "18445550003"}


def test_a_journal_that_vanishes_while_an_order_is_waited_for(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    org.sandbox.fault("cut", "numbers$", "POST", when="after")
    monkeypatch.setattr(time, "sleep", lambda _seconds: Path(org.journal).unlink(missing_ok=True))
    result = org.buy("main", order_timeout=60)
    assert "is decided on, or not there any more. Nothing was bought in its place" in result["msg"]
    assert (result["changed"], org.sandbox.account()["spent"]) == (True, 1)


def test_a_release_that_was_not_meant_in_the_end(org: Org) -> None:
    """What it left in the journal is mended, so that no short list makes the number look given back."""
    org.buy("main")
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    org.sandbox.fault("status", "numbers/1", "DELETE", status=503, times=None)
    assert org.failure(gc_tollfree_number, gone)
    assert org.purchases() == [("main", "18445550000", "releasing")]
    org.sandbox.clear_faults()
    assert org.buy("main")["changed"] is False
    assert org.purchases() == [("main", "18445550000", "bought")]


def test_what_was_released_stays_so_in_the_journal(org: Org) -> None:
    """Whatever the account showed before: an order that was open, or a number that had no slot."""
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    assert org.buy("main")["failed"] is True
    org.sandbox.settle()
    org.sandbox.switch(**{"orders.list_lag": 0})
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    assert org.steps(gc_tollfree_number, gone) == ["release the number 18445550000"]
    org.run(gc_tollfree_number, {**org.buying, "number": "18445550009"})
    both = {**gone, "number": "18445550009", "release_confirmation": "18445550009"}
    assert org.steps(gc_tollfree_number, both) == ["release the number 18445550009"]
    assert org.purchases() == [("main", "18445550000", "released"), (None, "18445550009", "released")]
    assert org.buy("main", "campaigns")["slots"] == {"main": "18445550001", "campaigns": "18445550002"}
    wrong = {**gone, "number": "18445550002", "release_confirmation": "18445550002"}
    text = org.failure(gc_tollfree_number, wrong)
    assert "the slot main has the number 18445550001 already, and 18445550002 is another" in text
    org.steps(gc_tollfree_number, {**gone, "release_confirmation": "18445550001"})
    assert "is that of the slot campaigns of the tenant" in org.failure(gc_tollfree_number, wrong)


def test_a_number_of_another_tenant_is_not_taken(org: Org) -> None:
    """By a mark that was edited, or where neither a mark nor the journal tells whose it is."""
    globex = {**org.buying, "ccid": GLOBEX.ccid}
    org.run(gc_tollfree_number, {**globex, "slot": "x"})
    org.by_hand("PATCH", "18445550000", {"comment": f"[slot {ACME.ccid}/main]"})
    told = f"18445550000 is a number of the tenant {GLOBEX.ccid}, as the journal says"
    assert told in org.buy("main")["msg"]
    assert org.purchases() == [("x", "18445550000", "bought")]
    org.by_hand("PATCH", "18445550000", {"comment": ""})
    Path(org.journal).unlink()
    for asked in ({"number": "18445550000"}, {"slot": "main", "number": "18445550000"}):
        text = org.failure(gc_tollfree_number, {**org.buying, **asked})
        assert f"the number 18445550000 calls Digital Channels as {GLOBEX.ccid}, so it seems to be" in text
    over = {**org.buying, "number": "18445550000", "webhook_username": ACME.ccid}
    assert org.twice(gc_tollfree_number, over) == [
        "change webhook_password, webhook_username of the number 18445550000"
    ]


def test_slots_exchange_their_numbers(org: Org) -> None:
    org.buy("a", "b")
    swap = [{"slot": "a", "number": "18445550001"}, {"slot": "b", "number": "18445550000"}]
    asked = {**org.buying, "tollfree_numbers": swap, "purchase_allowed": False}
    steps = [f"change comment of the number {number}" for number in ("18445550001", "18445550000")]
    assert org.twice(gc_tollfree_numbers, asked) == steps
    assert org.buy("a", "b")["slots"] == {"a": "18445550001", "b": "18445550000"}
    assert (org.sandbox.account()["spent"], sorted(org.purchases())) == (
        2,
        [("a", "18445550001", "adopted"), ("b", "18445550000", "adopted")],
    )


def test_a_slot_with_an_open_order_is_given_no_other_number(org: Org) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    assert org.buy("main")["failed"] is True
    other = {**org.buying, "slot": "main", "number": "18445550005"}
    text = org.failure(gc_tollfree_number, other)
    assert "an order of 18445550000 for the slot main is open (intent i" in text
    assert "and 18445550005 is another number. Leave the number out, or" in text
    # In check mode what is open is told, under a new name too.
    assert org.run(gc_tollfree_number, {**org.buying, "slot": "main"}, check=True)["changed"] is False
    (warning,) = org.warnings
    assert warning.startswith(
        "The number 18445550000, which was ordered for the slot main before, is not in the account."
    )
    org.check("primary")
    assert org.warnings[0].startswith("The tenant has 18445550000 (slot main), not listed.")


def test_a_number_that_comes_while_another_is_lost(org: Org) -> None:
    """A list that lags again does not make the first one look lost."""
    org.sandbox.fault("status", "numbers$", "POST", status=500, when="after")
    org.sandbox.fault("status", "numbers$", "GET", status=200, body={"entities": []}, skip=3)
    result = org.buy("main", "campaigns")
    assert result["slots"] == {"main": "18445550000", "campaigns": "18445550001"}


def test_a_port_in_for_a_slot_is_not_counted_as_bought(org: Org) -> None:
    asked = {
        "number": "18005550100",
        "slot": "ported",
        "port_in": {"loa_file_url": "https://files.example.com/loa.pdf"},
    }
    org.run(gc_tollfree_number, {**org.buying, **asked, "max_purchases": 0})
    assert org.buy("main", max_purchases=1)["slots"] == {"main": "18445550000"}


def test_the_diff_of_an_order_that_came_late(org: Org) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    assert org.buy("main", comment="yesterday")["failed"] is True
    org.sandbox.settle()
    org.sandbox.fault("status", "numbers$", "GET", status=200, body={"entities": []})
    diff = org.buy("main", comment="today")["diff"]
    (purchase,) = Journal(org.journal, 1, print).read()
    assert diff["before"]["main"]["comment"] == f"[slot {purchase.id}/main] yesterday"
    assert diff["after"]["main"]["comment"] == f"[slot {purchase.id}/main] today"


def test_what_is_forgotten_though_the_account_has_it(org: Org) -> None:
    """Where the mark says that it is something else's, the journal has nothing to keep."""
    org.buy("main")
    org.by_hand("PATCH", "18445550000", {"comment": f"[slot {ACME.ccid}/primary]"})
    assert "is that of the slot primary" in org.buy("main")["msg"]
    assert org.forget("18445550000")["changed"] is True
    assert org.buy("main")["slots"] == {"main": "18445550001"}
    # The same where another number has the mark.
    org.by_hand("PATCH", "18445550000", {"comment": f"[slot {ACME.ccid}/main]"})
    org.by_hand("PATCH", "18445550001", {"comment": ""})
    assert "are both numbers of the slot main" in org.buy("main")["msg"]
    assert org.forget("18445550001")["changed"] is True
    assert org.buy("main")["slots"] == {"main": "18445550000"}


def test_a_list_that_goes_back(org: Org) -> None:
    """What a run has seen is there, though the next list lacks it."""
    org.sandbox.fault("status", "numbers$", "GET", status=200, body={"entities": []}, skip=3)
    result = org.buy("main")
    assert (result["changed"], result["slots"]) == (True, {"main": "18445550000"})


def test_what_was_done_is_told_by_a_run_that_fails_later(org: Org) -> None:
    org.buy("main")
    org.sandbox.fault("status", "numbers/1", "PATCH", status=403)
    result = org.buy("main", "campaigns", comment="changed")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "Done before that: The number 18445550001 was ordered for the slot campaigns (intent i" in result["msg"]
    # A list that fails after the order.
    org.sandbox.clear_faults()
    org.sandbox.fault("status", "numbers$", "GET", status=500, skip=2)
    result = org.buy("third")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "Done before that: The number 18445550002 was ordered for the slot third" in result["msg"]


def test_a_disk_that_is_full_once_the_order_is_sent(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    note = Ledger.note

    def full(ledger: Ledger, purchase: Purchase, event: str, **details: str | None) -> Purchase:
        with monkeypatch.context() as patch:
            patch.setattr(_journal, "_write", no_space)
            return note(ledger, purchase, event, **details)

    monkeypatch.setattr(Ledger, "note", full)
    result = org.buy("main")
    assert "What it says of the number 18445550000 (intent i" in result["msg"]
    assert "and run again with this journal and no other" in result["msg"]
    assert (result["changed"], org.purchases()) == (True, [("main", "18445550000", "intent")])
    monkeypatch.setattr(Ledger, "note", note)
    assert org.buy("main")["slots"] == {"main": "18445550000"}
    assert org.sandbox.account()["spent"] == 1


def test_an_answer_that_names_no_order(org: Org) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    org.sandbox.fault("status", "numbers$", "POST", when="after", status=202, body="")
    assert "(no order is named), and the account does not have it yet" in org.buy("main")["msg"]


@pytest.mark.parametrize("order", [".", ".."])
def test_an_order_that_is_called_like_a_directory(org: Org, order: str) -> None:
    org.sandbox.switch(**{"orders.list_lag": 400})
    org.sandbox.fault("status", "numbers$", "POST", when="after", status=202, body={"id": order})
    assert org.buy("main", order_timeout=5)["slots"] == {"main": "18445550000"}
    paths = {(record.method, record.path.rpartition("/")[2]) for record in org.sandbox.requests()}
    assert paths == {("POST", "token"), ("GET", "available"), ("GET", "tollfreenumbers"), ("POST", "tollfreenumbers")}


def test_a_comment_that_the_list_shows_late(org: Org) -> None:
    """It is looked for as long as a list may lag, and is no loss then."""
    org.order_by_hand("18445550000", comment="ACME", webhookUsername=ACME.ccid)
    old = {"entities": [{"tollfreeNumber": "18445550000", "comment": "ACME", "webhookUsername": ACME.ccid}]}
    org.sandbox.fault("status", "tollfreenumbers$", "GET", status=200, body=old, times=4)
    adopted = org.buy(tollfree_numbers=[{"slot": "main", "number": "18445550000"}])
    assert (adopted.get("failure"), adopted["changed"]) == (None, True)
    assert org.sandbox.faults()[0]["hits"] == 4
    assert org.buy("main")["changed"] is False


def test_a_journal_that_is_another_one_is_noticed(org: Org) -> None:
    org.buy("main")
    assert org.warnings == []
    path = str(org.directory / "another")
    for buys in (org.check, org.buy):
        planned = buys("main", "second", journal=path)
        assert (planned["failure"]["kind"], org.sandbox.writes()) == ("journal", [])
        assert f"{path} does not exist" in planned["msg"]
    # Nothing has to be bought.
    assert org.buy("main", journal=path)["changed"] is False
    assert org.run(gc_purchase_journal, {"journal": path})["purchases"] == []
    assert f"{path} does not exist" in org.warnings[0]
    # It is not created where the account shows that there is another one.
    create = {"journal": path, "create": True}
    assert "the account has numbers that were bought for slots: 18445550000" in org.failure(gc_purchase_journal, create)
    assert not Path(path).exists()
    # Nor is one that is new taken for the right one.
    Journal(path, 1, print).create()
    result = org.buy("main", "second", journal=path)
    assert (result["failure"]["kind"], org.sandbox.account()["spent"]) == ("journal", 1)
    assert "does not know 18445550000, bought for a slot" in result["msg"]


def test_a_journal_that_is_lost_is_rebuilt_from_the_account(org: Org) -> None:
    org.buy("main", "campaigns")
    org.run(gc_tollfree_number, {**org.buying, "ccid": GLOBEX.ccid, "slot": "main"})
    Path(org.journal).unlink()
    rebuild = {"journal": org.journal, "rebuild": True}
    assert "does not exist" in org.failure(gc_purchase_journal, rebuild)
    both = {**rebuild, "create": True}
    for check in (True, False):
        result = org.run(gc_purchase_journal, both, check=check)
        assert (result["changed"], len(result["steps"]), result["steps"][0]) == (True, 4, "create the journal")
        assert Path(org.journal).exists() is not check
    assert [item["event"] for item in result["purchases"]] == ["recorded"] * 3
    again = org.run(gc_purchase_journal, both)
    assert (again["changed"], again["steps"]) == (False, [])
    assert org.buy("main", "campaigns")["changed"] is False
    # The limit counts what is recorded.
    assert "with 3 bought before" in org.buy("main", "campaigns", "third")["msg"]
    assert org.buy("main", "campaigns", "third", max_purchases=4)["slots"]["third"] == "18445550003"
    # It may be given back like any other.
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    assert org.steps(gc_tollfree_number, gone) == ["release the number 18445550000"]
    assert org.purchases()[0] == ("main", "18445550000", "released")


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


def test_a_number_of_a_slot_whose_tenant_nobody_tells(org: Org) -> None:
    """A webhook user of its own, and the journal is lost: the message says what a person can do, and that works."""
    org.buy("main", webhook_username="nexus")
    Path(org.journal).unlink()
    both = {"journal": org.journal, "create": True, "rebuild": True}
    assert org.run(gc_purchase_journal, both)["steps"] == ["create the journal"]
    assert "The journal does not get 18445550000" in org.warnings[0]
    text = org.buy("main", webhook_username="nexus")["msg"]
    assert "First give 18445550000 to its slot, with the slot's name and the number in one entry" in text
    adopt = [{"slot": "main", "number": "18445550000"}]
    # In a run whose list has nothing that is to be bought, as the message says.
    more = org.buy(webhook_username="nexus", tollfree_numbers=[*adopt, {"slot": "second"}])
    assert (more["failure"]["kind"], org.sandbox.writes()) == ("journal", [])
    assert "in a run whose list has nothing that is to be bought" in more["msg"]
    assert org.buy(webhook_username="nexus", tollfree_numbers=adopt)["changed"] is True
    assert org.buy("main", webhook_username="nexus")["changed"] is False
    assert org.buy("main", "second", webhook_username="nexus")["slots"]["second"] == "18445550001"


@pytest.mark.parametrize("option", ["create", "rebuild"])
def test_a_journal_is_not_created_while_something_is_decided(org: Org, option: str) -> None:
    asked = {"journal": org.journal, "intent": "i5f0c2a9b7e3", "resolution": "forget", option: True}
    assert org.run(gc_purchase_journal, asked)["failure"] == {"kind": "invalid_input", "parameter": option}
    new = org.run(gc_purchase_journal, {"journal": org.journal, "account_is_new": True})
    assert new["failure"] == {"kind": "invalid_input", "parameter": "account_is_new"}


def test_the_journal_of_a_new_account(org: Org) -> None:
    """Nobody logs in: the OAuth client was made just now, and may not be able to yet."""
    asked = {"journal": str(org.directory / "new"), "create": True, "account_is_new": True}
    for check in (True, False, False):
        result = org.run(gc_purchase_journal, asked, check=check, logs_in=False)
        assert org.sandbox.requests() == []
    assert result["changed"] is False
    assert org.buy("main", journal=asked["journal"])["changed"] is True


@pytest.mark.parametrize("how", ["webhook user", "section"])
def test_a_number_that_was_bought_by_hand_comes_first(org: Org, how: str) -> None:
    """It is shown and blocks the purchase, until the inventory adopts it or says that it is none of the tenant's."""
    user, other_user = (ACME.ccid, "") if how == "webhook user" else ("somebody", ", webhook_username")
    org.order_by_hand("18445550000", comment="ACME", webhookUsername=user)
    org.order_by_hand("18445550009", comment="of another team", webhookUsername="somebody")
    env = org.sandbox.env
    gws = {name: env[name.upper()] for name in ("gws_url", "gws_auth_url", "gws_client_id", "gws_client_secret")}
    login = {**gws, "gws_username": ACME.login, "gws_password": ACME.password}
    options: Json = {}
    if how == "section":
        sender_id = {"name": "SMS_Main", "channel_id": "18445550000", "endpoint": "Main"}
        assert org.run(nexus_sender_id, {**login, **sender_id}, logs_in=False)["changed"]
        options["tenant_configuration"] = login
    for buys in (org.check, org.buy):
        result = buys("main", **options)
        assert result["failure"] == {"kind": "invalid_input", "parameter": "foreign_numbers"}
        assert "18445550000" in result["msg"]
        assert "18445550009" not in result["msg"]
        assert org.sandbox.writes() == []
    # Adopted, it is in the journal, and the limit counts it.
    both = [{"slot": "main", "number": "18445550000"}]
    assert org.buy(tollfree_numbers=both, **options)["steps"] == [
        f"change comment, dr_url, mo_url, webhook_password{other_user} of the number 18445550000"
    ]
    assert org.purchases() == [("main", "18445550000", "recorded")]
    assert org.buy("main", **options)["changed"] is False
    assert "with 1 bought before" in org.buy("main", "second", max_purchases=1)["msg"]
    # The one that nobody claims is told, and is no reason to buy nothing.
    planned = org.check("main", "second", **options)
    assert [item["number"] for item in planned["unmarked_numbers"]] == ["18445550009"]
    assert "18445550009 (webhook user somebody, comment 'of another team')" in org.warnings[0]
    assert org.buy("main", "second", **options)["slots"]["second"] == "18445550001"


def test_a_number_that_was_bought_by_hand_is_declared_as_foreign(org: Org) -> None:
    org.order_by_hand("18445550000", webhookUsername=ACME.ccid)
    result = org.buy("main", foreign_numbers=["+1 844 555 0000"])
    assert (result["slots"], result["unmarked_numbers"]) == ({"main": "18445550001"}, [])
    wrong = org.buy("main", foreign_numbers=["844"])
    assert wrong["failure"] == {"kind": "invalid_input", "parameter": "foreign_numbers[0]"}


def test_the_configuration_is_read_only_where_a_number_without_a_mark_matters(org: Org) -> None:
    elsewhere = {"gws_url": f"{org.sandbox.url}/nowhere", "gws_client_id": "x", "gws_client_secret": "given"}
    options = {"tenant_configuration": elsewhere, "retries": 0}
    assert org.buy("main", **options)["changed"] is True
    org.order_by_hand("18445550009", webhookUsername="somebody")
    assert org.buy("main", **options)["changed"] is False
    # And what can't be read is no reason to buy.
    assert org.buy("main", "second", **options)["failed"] is True
    assert org.sandbox.account()["spent"] == 2


ALTERED = "altered"


def test_a_server_that_cuts_comments(org: Org) -> None:
    """The mark is kept. The message says what comment is, and with that nothing is changed any more."""
    org.sandbox.switch(**{"numbers.comment": "cut"})
    asked = {"comment": "Nexus Premise ACME Corporation"}
    for _round in range(2):
        result = org.buy("main", **asked)
        assert (result["failure"]["kind"], result["changed"]) == (ALTERED, True)
        assert "keeps '[slot i" in result["msg"]
    (kept,) = re.findall(r"comment of the number\) to '([^']+)'", result["msg"])
    assert (len(kept), kept) == (15, "Nexus Premise A")
    assert org.buy("main", comment=kept)["changed"] is False
    assert org.sandbox.account()["spent"] == 1
    Path(org.journal).unlink()
    assert org.buy("main", comment=kept)["slots"] == {"main": "18445550000"}


@pytest.mark.parametrize("alteration", ["escaped", "upper", "folded"])
def test_a_server_that_writes_comments_in_another_way(org: Org, alteration: str) -> None:
    org.sandbox.switch(**{"numbers.comment": alteration})
    comment = "R&D  <ACME>"
    assert org.buy("main", comment=comment)["changed"] is True
    assert org.buy("main", comment=comment)["changed"] is False
    assert org.buy("main", comment="other")["steps"] == ["change comment of the number 18445550000"]
    assert org.buy("main", comment="other")["changed"] is False
    Path(org.journal).unlink()
    assert org.buy("main", comment="other")["slots"] == {"main": "18445550000"}
    assert org.sandbox.account()["spent"] == 1


def test_a_server_that_drops_comments(org: Org) -> None:
    """The loss of the mark is told. With slot and number in one entry, as the message says, there is peace."""
    org.sandbox.switch(**{"numbers.comment": "dropped"})
    for _round in range(2):
        result = org.buy("main")
        assert (result["failure"]["kind"], result["changed"]) == (ALTERED, True)
        assert "The mark of the slot main is lost" in result["msg"]
    both = [{"slot": "main", "number": "18445550000"}]
    assert org.buy(tollfree_numbers=both)["changed"] is False
    # An adoption too.
    org.order_by_hand("18445550009")
    adopted = [*both, {"slot": "second", "number": "18445550009"}]
    assert org.buy(tollfree_numbers=adopted)["failure"]["kind"] == ALTERED
    assert org.buy(tollfree_numbers=adopted)["changed"] is False
    assert org.sandbox.account()["spent"] == 2


def test_a_slot_in_another_letter_case(org: Org) -> None:
    org.buy("main")
    for buys in (org.check, org.buy):
        result = buys("Main")
        assert (result["changed"], result["slots"]) == (False, {"Main": "18445550000"})
    twice = org.buy("main", "MAIN")
    assert twice["failure"] == {"kind": "invalid_input", "parameter": "tollfree_numbers[1].slot"}


def test_two_numbers_with_the_mark_of_one_slot(org: Org) -> None:
    """Each edit of the inventory that the message suggests leads on."""

    def two() -> None:
        org.sandbox.reset()
        Path(org.journal).unlink()
        Journal(org.journal, 1, print).create()
        org.buy("main", "other")
        (mark,) = [item["comment"] for item in org.sandbox.account()["numbers"] if "/main]" in item["comment"]]
        org.by_hand("PATCH", "18445550001", {"comment": mark})
        result = org.buy("main")
        assert result["failure"] == {"kind": "invalid_input", "parameter": "tollfree_numbers[0].slot"}

    two()
    assert org.buy(tollfree_numbers=[{"slot": "main", "number": "18445550000"}])["changed"] is False
    assert "The number 18445550001 has the mark of the slot main too" in org.warnings[0]
    other = [{"slot": "main"}, {"slot": "other", "number": "18445550001"}]
    assert org.buy(tollfree_numbers=other)["steps"] == ["change comment of the number 18445550001"]
    assert org.buy("main", "other")["changed"] is False
    two()
    gone = [{"slot": "main"}, {"number": "18445550001", "state": "absent", "release_confirmation": "18445550001"}]
    assert org.buy(tollfree_numbers=gone)["steps"] == ["release the number 18445550001"]
    assert org.buy("main")["changed"] is False


def test_an_order_whose_answer_echoes_a_secret(org: Org) -> None:
    body = {"id": "canary-password", "orderStatus": "Do\u202ene canary-password\x1b[2K"}
    org.sandbox.fault("status", "numbers$", "POST", when="after", status=200, body=body)
    assert org.buy("main")["changed"] is True
    text = Path(org.journal).read_text(encoding="utf-8")
    assert "canary" not in text
    assert '"detail": "Do\ufffdne ********\ufffd[2K"' in text


@pytest.mark.parametrize("status", [400, 404, 409, 418, 429])
@pytest.mark.parametrize("lag", [200, 60_000])
def test_a_refusal_of_what_was_done_while_the_list_lags(org: Org, status: int, lag: int) -> None:
    """The number is not offered any more: it may be ours, and no other one is bought."""
    org.sandbox.switch(**{"orders.list_lag": lag})
    org.sandbox.fault("status", "numbers$", "POST", status=status, when="after")
    result = org.buy("main", order_timeout=3 if lag < 1000 else 0.3)
    if lag > 1000:
        assert result["failure"]["kind"] == "undecided"
        org.sandbox.settle()
        result = org.buy("main")
    assert (result["slots"], org.sandbox.account()["spent"]) == ({"main": "18445550000"}, 1)
    assert org.purchases() == [("main", "18445550000", "bought")]


def test_check_mode_finds_a_journal_that_can_not_be_used(org: Org) -> None:
    asked = {**org.buying, "slot": "main", "journal": "/nonexistent/journal"}
    assert "journal: /nonexistent/journal does not exist" in org.failure(gc_tollfree_number, asked, check=True)
    long = {**asked, "journal": str(org.directory / ("x" * 300))}
    assert org.run(gc_tollfree_number, long, check=True)["failure"] == {"kind": "journal"}
    assert org.run(gc_purchase_journal, {"journal": long["journal"]})["failure"] == {"kind": "journal"}
    org.buy("main")
    Path(org.journal).chmod(0o600)
    assert org.run(gc_tollfree_number, {**org.buying, "slot": "other"}, check=True)["changed"] is True


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"intent": "x"}, "resolution: it is needed to decide on an intent"),
        ({"resolution": "adopt"}, "intent: it is needed"),
        ({"intent": "x", "resolution": "forget"}, "the journal has no intent x"),
        ({"intent": "x", "resolution": "forget", "number": "18445550000"}, "number: it is set without a resolution"),
        ({"forget_confirmation": "18445550000"}, "forget_confirmation: it is set without a resolution to forget"),
        ({"journal": " "}, "journal: it is empty"),
        ({"journal": "None/genesys_cloud_purchases.txt"}, "journal: it is not set, and the inventory is no file"),
        ({"journal": "prod/journal.jsonl"}, "journal: it is a relative path"),
    ],
)
def test_decisions_that_can_not_be(org: Org, options: Json, text: str) -> None:
    assert text in org.failure(gc_purchase_journal, {"journal": org.journal, **options})


def test_orders_that_settle_late(org: Org) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    result = org.buy("main")
    assert (result["failure"]["kind"], result["changed"]) == ("undecided", True)
    assert "(order " in result["msg"]
    assert "status Done), and the account does not have it yet. It is not ordered again" in result["msg"]
    assert any("The account does not have 18445550000 yet" in line for line in org.progress)
    planned = org.run(gc_tollfree_numbers, {**org.buying, "tollfree_numbers": [{"slot": "main"}]}, check=True)
    assert planned["tollfree_numbers"] == [{"number": "18445550000", "slot": "main"}]
    assert (planned["slots"], planned["changed"]) == ({"main": "18445550000"}, False)
    org.sandbox.fault("status", "orders/", status=404, body={"code": "not.found"})
    assert "status not known" in org.buy("main")["msg"]
    org.sandbox.settle()
    # The first look comes too early.
    org.sandbox.fault("status", "numbers$", "GET", status=200, body={"entities": []})
    # Ordered with another comment than today's: that is mended in the same run.
    result = org.buy("main", comment="today")
    assert result["steps"] == [
        "wait for the number 18445550000, which was ordered for the slot main before",
        "change comment of the number 18445550000",
    ]
    assert result["changed"] is True
    assert org.buy("main", comment="today")["changed"] is False
    assert org.sandbox.account()["spent"] == 1


def test_the_id_of_an_order_is_no_path(org: Org) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    body = {"id": "1?a/../../x#", "orderStatus": "Running"}
    org.sandbox.fault("status", "numbers$", "POST", when="after", status=200, body=body)
    assert org.buy("main")["failure"]["kind"] == "undecided"
    asked = {item.path.rpartition("/orders/")[2] for item in org.sandbox.requests() if "/orders/" in item.path}
    assert asked == {"1?a/../../x#"}


def test_a_number_that_came_by_itself_is_noted(org: Org) -> None:
    org.sandbox.fault("status", "numbers$", "POST", when="after", status=500)
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    assert org.buy("main")["failed"] is True
    org.sandbox.settle()
    assert org.buy("main")["changed"] is False
    assert org.run(gc_purchase_journal, {"journal": org.journal})["intents"] == []


def test_tags_that_come_twice(org: Org) -> None:
    org.buy("main", "campaigns")
    number = {**org.buying, "number": "18445550001"}
    forged = f"[slot {ACME.ccid}/main]"
    assert "it holds the mark of a slot" in org.failure(gc_tollfree_number, {**number, "comment": forged})
    org.sandbox.fault(
        "status",
        "numbers$",
        "GET",
        status=200,
        body={"entities": [{"tollfreeNumber": n, "comment": forged} for n in ("18445550000", "18445550001")]},
    )
    assert "18445550000 and 18445550001 are both numbers of the slot main" in org.buy("main")["msg"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "slot: neither slot nor number is set"),
        ({"slot": "a", "number": "18445550000", "vanity": "CALL"}, "vanity: it is set with number"),
        ({"slot": "a b"}, "slot: it is not the name of a slot"),
        ({"slot": "a" * 21}, "slot: it has 21 characters, and a new slot can have 20"),
        ({"slot": "a", "port_in": {"loa_file_url": "https://x.example.com"}}, "port_in: it is set without number"),
        ({"number": "18445550000", "vanity": "CALL"}, "vanity: it is set without slot"),
        ({"slot": "a", "vanity": "TOOLONGER"}, "vanity: it has another length"),
        ({"slot": "a", "email_address": "nobody"}, "email_address: it is not an e-mail address"),
        ({"slot": "a", "mo_url": "ftp://x"}, "mo_url: it is not an absolute http or https URL"),
        ({"number": "18445550000", "port_in": {"loa_file_url": "loa.pdf"}}, "port_in.loa_file_url: it is not"),
        ({"slot": "a", "max_purchases": None}, "max_purchases: it is not set, and purchase_allowed is true"),
        ({"slot": "a", "max_purchases": -1}, "max_purchases: it must be a whole number from 0 up to 10000, not -1"),
        (
            {"slot": "a", "max_purchases": 10**9},
            "max_purchases: it must be a whole number from 0 up to 10000, not 1e+09",
        ),
        ({"number": "0018445550000"}, "number: '0018445550000' begins with 0"),
        ({"number": "00 1 844-555-0000"}, "number: '00 1 844-555-0000' begins with 0"),
        ({"slot": "a", "journal": None}, "journal: it is not set. Name the file that all runs for"),
        (
            {"slot": "a", "journal": "None/genesys_cloud_purchases.txt"},
            "journal: it is not set, and the inventory is no file",
        ),
        ({"slot": "a", "journal": "journal.jsonl"}, "put {{ inventory_dir }}/ in front of it"),
        ({"slot": "a", "journal": "/nonexistent/journal"}, "journal: /nonexistent/journal does not exist"),
        (
            {"slot": "a", "order_timeout": -1},
            "order_timeout: it must be a number of seconds from 0 up to 86400, not -1",
        ),
        ({"slot": "a", "update_secret": "always", "webhook_password": None}, "webhook_password: it is not set"),
        ({"slot": "a", "webhook_password": ""}, "webhook_password: it is empty"),
        ({"slot": "a", "ccid": "acme"}, "ccid: it is not a UUID"),
        ({"slot": "a", "nexus_url": None}, "mo_url: it is needed to buy the slot a"),
        ({"slot": "a", "vanity": "1234567"}, "offers no number with 1234567 in it for the slot a"),
    ],
)
def test_bad_input_buys_nothing(org: Org, options: Json, text: str) -> None:
    org.sandbox.take("18441234567")
    assert text in org.failure(gc_tollfree_number, {**org.buying, **options})
    assert (org.sandbox.writes(), org.sandbox.account()["spent"]) == ([], 0)


def test_a_limit_that_is_too_low_buys_nothing_at_all(org: Org) -> None:
    result = org.buy("a", "b", max_purchases=1)
    assert "max_purchases: it is 1, with 0 bought before and 2 more needed" in result["msg"]
    assert org.sandbox.writes() == []
    assert "slot a is also in tollfree_numbers[0]" in org.buy("a", "a")["msg"]


def test_journals_that_stop_everything(org: Org) -> None:
    Path(org.journal).write_text("Buy milk.\n", encoding="utf-8")
    assert "has a line that is not a valid journal entry, line 1" in org.buy("main")["msg"]
    assert org.sandbox.account()["spent"] == 0


def test_numbers_of_an_account(org: Org) -> None:
    org.buy("main", comment="ACME")
    result = org.run(gc_tollfree_number_info, {"available": True, "vanity": "CALL", "count": 2})
    assert result["available"] == ["18440002255", "18440012255"]
    (number,) = result["tollfree_numbers"]
    assert (number["slot"], number["ccid"], number["comment"], number["status"]) == (
        "main",
        ACME.ccid,
        "ACME",
        "Assigned",
    )
    assert "vanity: it is set without available" in org.failure(gc_tollfree_number_info, {"vanity": "CALL"})
    elsewhere = {"gc_api_url": f"{org.sandbox.url}/gc-api/elsewhere"}
    assert "whether gc_api_url is the API URL of Genesys Cloud CX" in org.failure(gc_tollfree_number_info, elsewhere)
    assert "count: it must be a whole number from 1 up to 100, not 101" in org.failure(
        gc_tollfree_number_info, {"count": 101}
    )
    for body in ({"other": 1}, {"entities": [5]}, {"entities": [{"tollfreeNumber": "none"}]}):
        org.sandbox.fault("status", "numbers$", "GET", status=200, body=body)
        assert "answered in a form that is not known" in org.buy("main")["msg"]
    org.sandbox.fault("status", "available$", "GET", status=200, body={"entities": ["none"]})
    assert "form that is not known" in org.failure(gc_tollfree_number_info, {"available": True})
