# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules for toll-free numbers: `_genesys_cloud/numbers/numbers.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_oauth_token,
    gc_purchase_journal,
    gc_tollfree_number,
    gc_tollfree_number_info,
    gc_tollfree_numbers,
)
from integration.organization import ACME, GLOBEX, Json, Org


def test_numbers_are_bought_for_slots_once(org: Org) -> None:
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


def test_one_run_buys_a_number_and_changes_another(org: Org) -> None:
    """The plan is made again when the account has the number. The result has both plans, without repetition."""
    org.buy("main", comment="old")
    asked = {"comment": "new"}
    steps = ["buy a number for the slot campaigns", "change comment of the number 18445550000"]
    planned = org.check("main", "campaigns", **asked)
    done = org.buy("main", "campaigns", **asked)
    assert planned["steps"] == done["steps"] == steps
    assert [request.method for request in org.sandbox.writes()] == ["POST", "PATCH"]
    assert sorted(done["diff"]["before"]) == ["main"]
    assert planned["diff"]["after"]["campaigns"] == {**done["diff"]["after"]["campaigns"], "number": "(to be bought)"}
    assert done["diff"]["after"]["campaigns"]["number"] == "18445550001"
    assert done["diff"]["after"]["main"] == planned["diff"]["after"]["main"]
    assert org.buy("main", "campaigns", **asked)["changed"] is False


def test_drift_of_a_number_is_corrected(org: Org) -> None:
    org.buy("main")
    asked = {**org.buying, "slot": "main", "comment": "ACME", "mo_url": "https://elsewhere.example.com/mo"}
    expected = "change comment, mo_url, webhook_password of the number 18445550000"
    assert org.twice(gc_tollfree_number, asked) == [expected]
    rotated = {**org.buying, "slot": "main", "webhook_password": "canary-2", "update_secret": "always", "mo_url": None}
    assert org.run(gc_tollfree_number, rotated)["changed"] is True
    (number,) = org.sandbox.account()["numbers"]
    assert (number["webhookPassword"], number["moUrl"]) == ("canary-2", "")


def test_the_result_of_info_as_input_changes_nothing(org: Org) -> None:
    """Numbers of the tenant, of another tenant, without a mark, and with a mark of an unknown tenant."""
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
        assert [warning.split(" ")[0] for warning in org.warnings if "is ignored" in warning] == [
            "tollfree_numbers[1]",
            "tollfree_numbers[3]",
        ]
    again = org.run(gc_tollfree_numbers, {**org.buying, "tollfree_numbers": found})
    assert again["tollfree_numbers"] == [found[0], found[2]]
    # With state absent for the whole list, numbers of other tenants are still ignored.
    gone = {**org.buying, "state": "absent", "tollfree_numbers": found[1:2]}
    assert org.steps(gc_tollfree_numbers, gone) == []
    assert org.sandbox.account()["numbers"] == before
    wrong = org.run(gc_tollfree_numbers, {**org.buying, "tollfree_numbers": [{"slot": "main", "ccid": "acme"}]})
    assert wrong["failure"] == {"kind": "invalid_input", "parameter": "tollfree_numbers[0].ccid"}


def test_options_of_the_list_and_of_one_number_can_be_null(org: Org) -> None:
    org.buy("main", comment="ACME")
    cleared = org.buy("main", comment=None)
    assert cleared["tollfree_numbers"][0]["comment"] == ""
    own = org.buy("main", comment="shared", tollfree_numbers=[{"slot": "main", "comment": "own"}])
    assert own["tollfree_numbers"][0]["comment"] == "own"


def test_a_token_of_another_client_buys_no_second_number(org: Org) -> None:
    token = org.run(gc_oauth_token, org.admin)["access_token"]
    org.buy("main")
    asked = {**org.buying, "slot": "main", "gc_access_token": token}
    text = org.failure(gc_tollfree_number, asked, logs_in=False)
    assert "18445550000 was bought for the slot main" in text
    assert "Log in as the OAuth client that ordered it" in text
    assert org.sandbox.account()["spent"] == 1


def test_a_number_of_another_tenant_is_not_taken(org: Org) -> None:
    """With an edited mark, and with neither a mark nor a purchase in the journal."""
    globex = {**org.buying, "ccid": GLOBEX.ccid}
    org.run(gc_tollfree_number, {**globex, "slot": "x"})
    org.by_hand("PATCH", "18445550000", {"comment": f"[slot {ACME.ccid}/main]"})
    told = f"the journal says that 18445550000 belongs to the tenant {GLOBEX.ccid}"
    assert told in org.buy("main")["msg"]
    assert org.purchases() == [("x", "18445550000", "bought")]
    org.by_hand("PATCH", "18445550000", {"comment": ""})
    Path(org.journal).unlink()
    for asked in ({"number": "18445550000"}, {"slot": "main", "number": "18445550000"}):
        text = org.failure(gc_tollfree_number, {**org.buying, **asked})
        assert f"the webhook user name of the number 18445550000 is {GLOBEX.ccid}, so it seems to belong" in text
    over = {**org.buying, "number": "18445550000", "webhook_username": ACME.ccid}
    assert org.twice(gc_tollfree_number, over) == [
        "change webhook_password, webhook_username of the number 18445550000"
    ]


def test_a_slot_with_an_open_order_is_given_no_other_number(org: Org) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    assert org.buy("main")["failed"] is True
    other = {**org.buying, "slot": "main", "number": "18445550005"}
    text = org.failure(gc_tollfree_number, other)
    assert "the order of 18445550000 for the slot main is open (intent i" in text
    assert "but this entry has the number 18445550005. Remove the number from the entry. Or" in text
    # In check mode a warning names the open order, also for a slot with a new name.
    assert org.run(gc_tollfree_number, {**org.buying, "slot": "main"}, check=True)["changed"] is False
    (warning,) = org.warnings
    assert warning.startswith(
        "The number 18445550000 was ordered for the slot main before, but the account does not have it."
    )
    org.check("primary")
    assert org.warnings[0].startswith("The tenant has 18445550000 (slot main), not listed.")


def test_the_diff_of_an_order_that_came_late(org: Org) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    assert org.buy("main", comment="yesterday")["failed"] is True
    org.sandbox.settle()
    org.sandbox.fault("status", "numbers$", "GET", status=200, body={"entities": []})
    diff = org.buy("main", comment="today")["diff"]
    (purchase,) = file_journal(org.journal, 1, print).read()
    assert diff["before"]["main"]["comment"] == f"[slot {purchase.id}/main] yesterday"
    assert diff["after"]["main"]["comment"] == f"[slot {purchase.id}/main] today"


def test_a_run_that_fails_later_says_what_it_did(org: Org) -> None:
    org.buy("main")
    org.sandbox.fault("status", "numbers/1", "PATCH", status=403)
    result = org.buy("main", "campaigns", comment="changed")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "Done before that: The number 18445550001 was ordered for the slot campaigns (intent i" in result["msg"]
    # The list fails after the order.
    org.sandbox.clear_faults()
    org.sandbox.fault("status", "numbers$", "GET", status=500, skip=2)
    result = org.buy("third")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "Done before that: The number 18445550002 was ordered for the slot third" in result["msg"]


def test_a_number_that_was_bought_by_hand_is_declared_as_foreign(org: Org) -> None:
    org.order_by_hand("18445550000", webhookUsername=ACME.ccid)
    result = org.buy("main", foreign_numbers=["+1 844 555 0000"])
    assert (result["slots"], result["unmarked_numbers"]) == ({"main": "18445550001"}, [])
    wrong = org.buy("main", foreign_numbers=["844"])
    assert wrong["failure"] == {"kind": "invalid_input", "parameter": "foreign_numbers[0]"}


def test_a_slot_in_another_letter_case(org: Org) -> None:
    org.buy("main")
    for buys in (org.check, org.buy):
        result = buys("Main")
        assert (result["changed"], result["slots"]) == (False, {"Main": "18445550000"})
    twice = org.buy("main", "MAIN")
    assert twice["failure"] == {"kind": "invalid_input", "parameter": "tollfree_numbers[1].slot"}


def test_two_numbers_with_the_mark_of_one_slot(org: Org) -> None:
    """Each remedy of the message works."""

    def two() -> None:
        org.sandbox.reset()
        Path(org.journal).unlink()
        file_journal(org.journal, 1, print).create()
        org.buy("main", "other")
        (mark,) = [item["comment"] for item in org.sandbox.account()["numbers"] if "/main]" in item["comment"]]
        org.by_hand("PATCH", "18445550001", {"comment": mark})
        result = org.buy("main")
        assert result["failure"] == {"kind": "invalid_input", "parameter": "tollfree_numbers[0].slot"}

    two()
    assert org.buy(tollfree_numbers=[{"slot": "main", "number": "18445550000"}])["changed"] is False
    assert "The number 18445550001 has the mark of the slot main, but that slot has" in org.warnings[0]
    other = [{"slot": "main"}, {"slot": "other", "number": "18445550001"}]
    assert org.buy(tollfree_numbers=other)["steps"] == ["change comment of the number 18445550001"]
    assert org.buy("main", "other")["changed"] is False
    two()
    gone = [{"slot": "main"}, {"number": "18445550001", "state": "absent", "release_confirmation": "18445550001"}]
    assert org.buy(tollfree_numbers=gone)["steps"] == ["release the number 18445550001"]
    assert org.buy("main")["changed"] is False


def test_check_mode_finds_a_journal_that_can_not_be_used(org: Org) -> None:
    asked = {**org.buying, "slot": "main", "journal": "/nonexistent/journal"}
    assert "journal: /nonexistent/journal does not exist" in org.failure(gc_tollfree_number, asked, check=True)
    long = {**asked, "journal": str(org.directory / ("x" * 300))}
    assert org.run(gc_tollfree_number, long, check=True)["failure"] == {"kind": "journal"}
    assert org.run(gc_purchase_journal, {"journal": long["journal"]})["failure"] == {"kind": "journal"}
    org.buy("main")
    Path(org.journal).chmod(0o600)
    assert org.run(gc_tollfree_number, {**org.buying, "slot": "other"}, check=True)["changed"] is True


def test_slots_and_numbers_that_are_listed_twice_are_refused(org: Org) -> None:
    org.buy("main", "campaigns")
    number = {**org.buying, "number": "18445550001"}
    forged = f"[slot {ACME.ccid}/main]"
    assert "it contains the mark of a slot" in org.failure(gc_tollfree_number, {**number, "comment": forged})
    org.sandbox.fault(
        "status",
        "numbers$",
        "GET",
        status=200,
        body={"entities": [{"tollfreeNumber": n, "comment": forged} for n in ("18445550000", "18445550001")]},
    )
    assert "the slot main has 2 numbers: 18445550000, 18445550001" in org.buy("main")["msg"]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "slot: it is missing, and so is number"),
        ({"slot": "a", "number": "18445550000", "vanity": "CALL"}, "vanity: number is set too"),
        ({"slot": "a b"}, "slot: must be the name of a slot"),
        ({"slot": "a" * 21}, "slot: it has 21 characters, but a new slot can have at most 20"),
        ({"slot": "a", "port_in": {"loa_file_url": "https://x.example.com"}}, "port_in: it needs number"),
        ({"number": "18445550000", "vanity": "CALL"}, "vanity: it needs slot"),
        ({"slot": "a", "vanity": "TOOLONGER"}, "vanity: must be 4 to 7 letters and digits"),
        ({"slot": "a", "email_address": "nobody"}, "email_address: must be an e-mail address"),
        ({"slot": "a", "mo_url": "ftp://x"}, "mo_url: must be an absolute http or https URL"),
        ({"number": "18445550000", "port_in": {"loa_file_url": "loa.pdf"}}, "loa_file_url: must be an absolute"),
        ({"slot": "a", "max_purchases": None}, "max_purchases: it is missing, but purchase_allowed is true"),
        ({"slot": "a", "max_purchases": -1}, "max_purchases: must be a whole number from 0 to 10000, not -1"),
        (
            {"slot": "a", "max_purchases": 10**9},
            "max_purchases: must be a whole number from 0 to 10000, not 1e+09",
        ),
        ({"number": "0018445550000"}, "number: '0018445550000' begins with 0"),
        ({"number": "00 1 844-555-0000"}, "number: '00 1 844-555-0000' begins with 0"),
        ({"slot": "a", "journal": None}, "journal: it is missing. Set it to the file or database that"),
        (
            {"slot": "a", "journal": "None/genesys_cloud_purchases.txt"},
            "journal: it is missing, and there is no default because the inventory is not a file",
        ),
        ({"slot": "a", "journal": "journal.jsonl"}, "put {{ inventory_dir }}/ in front of it"),
        ({"slot": "a", "journal": "/nonexistent/journal"}, "journal: /nonexistent/journal does not exist"),
        (
            {"slot": "a", "order_timeout": -1},
            "order_timeout: must be a number of seconds from 0 to 86400, not -1",
        ),
        ({"slot": "a", "update_secret": "always", "webhook_password": None}, "webhook_password: it is missing"),
        ({"slot": "a", "webhook_password": ""}, "webhook_password: it is empty"),
        ({"slot": "a", "ccid": "acme"}, "ccid: must be a UUID"),
        ({"slot": "a", "nexus_url": None}, "mo_url: it is missing, but needed to buy a number for the slot a"),
        ({"slot": "a", "vanity": "1234567"}, "offers no number with 1234567 in it for the slot a"),
    ],
)
def test_bad_input_buys_nothing(org: Org, options: Json, text: str) -> None:
    org.sandbox.take("18441234567")
    assert text in org.failure(gc_tollfree_number, {**org.buying, **options})
    assert (org.sandbox.writes(), org.sandbox.account()["spent"]) == ([], 0)
