# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks of toll-free numbers and of the journal of purchases: results, requests, and what goes wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_purchase_journal,
    gc_tollfree_number,
    gc_tollfree_number_info,
    gc_tollfree_numbers,
)
from unit.organization import ACME, GLOBEX, Json, Org


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
    org.sandbox.fault("status", "numbers/1", "DELETE", status=404, when="after")
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    assert org.run(gc_tollfree_number, gone)["changed"] is False
    org.sandbox.fault("status", "numbers/1", "DELETE", status=403, body={"code": "no", "message": "may not"})
    refused = {**gone, "slot": "campaigns", "release_confirmation": "18445550001"}
    assert "may not" in org.failure(gc_tollfree_number, refused)
    # Given back by hand: a slot that is not wanted any more is closed, one that is wanted needs a person.
    text = org.failure(gc_tollfree_number, {**org.buying, "slot": "main"})
    assert "18445550000 was bought for the slot main" in text
    assert "Nothing is bought in its place by itself" in text
    assert org.run(gc_tollfree_number, gone)["changed"] is False
    assert org.steps(gc_tollfree_number, {**org.buying, "slot": "main"}) == ["buy a number for the slot main"]


def test_a_port_in(org: Org) -> None:
    letter = {"loa_file_url": "https://files.example.com/loa.pdf", "loa_file_url_password": "canary-loa"}
    asked = {**org.buying, "number": "18005550100", "port_in": letter, "max_purchases": 0}
    assert org.twice(gc_tollfree_number, asked) == ["port in the number 18005550100"]
    account = org.sandbox.account()
    assert (account["spent"], account["numbers"][0]["loaFileUrlPassword"]) == (0, "canary-loa")
    assert "canary" not in Path(org.journal).read_text(encoding="utf-8")


def test_others_buy_in_the_meantime(org: Org) -> None:
    org.sandbox.fault("take", "numbers$", "POST", times=2)
    assert org.buy("main")["slots"] == {"main": "18445550002"}
    org.sandbox.fault("take", "numbers$", "POST")
    text = org.failure(gc_tollfree_number, {**org.buying, "number": "18445550077"})
    assert "The number 18445550077 is not available" in text
    assert org.sandbox.account()["spent"] == 1
    org.sandbox.fault("take", "numbers$", "POST", times=None)
    result = org.buy("campaigns")
    assert "offers no number for the slot campaigns; 10 were bought by others in the meantime" in result["msg"]
    assert org.sandbox.account()["spent"] == 1


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
    assert org.buy("main", retries=1)["changed"] is True
    org.sandbox.fault("status", "numbers$", "POST", status=429, headers={"Retry-After": "0"}, times=None)
    result = org.buy("campaigns", retries=1)
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
    assert "It is not known whether the number 18445550000 was ordered for the slot main" in result["msg"]
    assert "broke off the connection" in result["msg"]
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
    text = org.failure(gc_purchase_journal, adopt)
    assert "number: the journal has the number 18445550000 for the intent i" in text
    assert org.run(gc_purchase_journal, {"journal": org.journal})["intents"][0]["number"] == intent["number"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"intent": "x"}, "resolution: it is needed to decide on an intent"),
        ({"resolution": "adopt"}, "intent: it is needed"),
        ({"intent": "x", "resolution": "forget"}, "the journal has no intent x"),
        ({"intent": "x", "resolution": "forget", "number": "18445550000"}, "number: it is set without a resolution"),
        ({"journal": " "}, "journal: it is empty"),
        ({"journal": "prod/journal.jsonl"}, "journal: 'prod/journal.jsonl' is a relative path"),
    ],
)
def test_decisions_that_can_not_be(org: Org, options: Json, text: str) -> None:
    assert text in org.failure(gc_purchase_journal, {"journal": org.journal, **options})


def test_orders_that_settle_late(org: Org) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    result = org.buy("main")
    assert (result["failure"]["kind"], result["changed"]) == ("undecided", True)
    assert "(order " in result["msg"]
    assert "status Done), and after 0.3 s the account does not have it yet. It is not ordered again" in result["msg"]
    assert any("The account does not have 18445550000 yet" in line for line in org.progress)
    planned = org.run(gc_tollfree_numbers, {**org.buying, "tollfree_numbers": [{"slot": "main"}]}, check=True)
    assert planned["tollfree_numbers"] == [{"number": "18445550000", "slot": "main"}]
    assert planned["slots"] == {"main": "18445550000"}
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
        ({"slot": "a", "number": "18445550000"}, "slot: slot and number are both set"),
        ({"slot": "a b"}, "slot: 'a b' is not the name of a slot"),
        ({"slot": "a", "port_in": {"loa_file_url": "https://x.example.com"}}, "port_in: it is set without number"),
        ({"number": "18445550000", "vanity": "CALL"}, "vanity: it is set without slot"),
        ({"slot": "a", "vanity": "TOOLONGER"}, "vanity: 'TOOLONGER' has 9 characters"),
        ({"slot": "a", "email_address": "nobody"}, "email_address: 'nobody' is not an e-mail address"),
        ({"slot": "a", "mo_url": "ftp://x"}, "mo_url: 'ftp://x' is not an absolute http or https URL"),
        ({"number": "18445550000", "port_in": {"loa_file_url": "loa.pdf"}}, "port_in.loa_file_url: 'loa.pdf' is not"),
        ({"slot": "a", "max_purchases": None}, "max_purchases: it is not set, and purchase_allowed is true"),
        ({"slot": "a", "max_purchases": -1}, "max_purchases: -1 is negative"),
        ({"slot": "a", "journal": None}, "journal: it is not set, and purchase_allowed is true"),
        ({"slot": "a", "journal": "journal.jsonl"}, "such as {{ inventory_dir }}/journal.jsonl"),
        ({"slot": "a", "journal": "/nonexistent/journal"}, "journal: /nonexistent/journal can't be used"),
        ({"slot": "a", "order_timeout": -1}, "order_timeout: -1 is no time to wait"),
        ({"slot": "a", "update_secret": "always", "webhook_password": None}, "webhook_password: it is not set"),
        ({"slot": "a", "webhook_password": ""}, "webhook_password: it is empty"),
        ({"slot": "a", "ccid": "acme"}, "ccid: 'acme' is not a UUID"),
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
    assert "has a line that no journal has, line 1" in org.buy("main")["msg"]
    Path(org.journal).write_text("", encoding="utf-8")
    if os.geteuid():
        Path(org.journal).chmod(0o400)
        assert "can't be used: Permission denied" in org.buy("main")["msg"]
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
    assert "count: 101 is out of range" in org.failure(gc_tollfree_number_info, {"count": 101})
    for body in ({}, {"entities": [5]}, {"entities": [{"tollfreeNumber": "none"}]}):
        org.sandbox.fault("status", "numbers$", "GET", status=200, body=body)
        assert "answered in a form that is not known" in org.buy("main")["msg"]
    org.sandbox.fault("status", "available$", "GET", status=200, body={"entities": ["none"]})
    assert "form that is not known" in org.failure(gc_tollfree_number_info, {"available": True})
