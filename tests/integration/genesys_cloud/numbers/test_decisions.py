# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people decide on the journal: `_genesys_cloud/numbers/decisions.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import Journal
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_purchase_journal,
    gc_tollfree_number,
)
from integration.organization import ACME, GLOBEX, Json, Org


def test_a_decision_to_adopt_another_number(org: Org) -> None:
    org.run(gc_tollfree_number, {**org.buying, "number": "18445550050"})
    org.sandbox.fault("cut", "numbers$", "POST")
    (intent,) = org.buy("main")["failure"]["intents"]
    adopt = {"journal": org.journal, "intent": intent["intent"], "resolution": "adopt", "number": "18445550050"}
    assert org.run(gc_purchase_journal, adopt)["changed"] is True
    assert org.run(gc_purchase_journal, adopt)["changed"] is False
    result = org.buy("main")
    # The number gets the mark of the slot, and nothing is bought.
    assert result["steps"] == ["change comment of the number 18445550050"]
    assert (result["slots"], org.sandbox.account()["spent"]) == ({"main": "18445550050"}, 1)
    text = org.failure(gc_purchase_journal, {**adopt, "resolution": "forget", "number": None})
    assert "the account has the number 18445550050. Adopt it, or release it" in text


def test_a_number_of_another_slot_is_not_adopted(org: Org) -> None:
    assert org.buy("other")["slots"] == {"other": "18445550000"}
    org.sandbox.fault("cut", "numbers$", "POST")
    (intent,) = org.buy("main")["failure"]["intents"]
    adopt = {"journal": org.journal, "intent": intent["intent"], "resolution": "adopt", "number": "18445550000"}
    assert "number: the comment of the number 18445550000 says that it belongs to the slot other" in org.failure(
        gc_purchase_journal, adopt
    )
    # Nor if its mark is lost and the journal has the number for another slot.
    org.by_hand("PATCH", "18445550000", {"comment": ""})
    text = org.failure(gc_purchase_journal, adopt)
    assert "number: the number 18445550000 already belongs to the intent i" in text
    assert org.run(gc_purchase_journal, {"journal": org.journal})["intents"][0]["number"] == intent["number"]


def test_only_the_tenant_of_an_intent_decides_on_it(org: Org) -> None:
    org.sandbox.fault("cut", "numbers$", "POST")
    (intent,) = org.buy("main")["failure"]["intents"]
    decide = {"journal": org.journal, "intent": intent["intent"], "resolution": "forget", "ccid": GLOBEX.ccid}
    assert f"is an intent of the tenant {ACME.ccid}. Use the ccid of that tenant" in org.failure(
        gc_purchase_journal, decide
    )
    result = org.run(gc_purchase_journal, {**decide, "ccid": ACME.ccid})
    assert result["steps"] == [f"forget the intent {intent['intent']} of 18445550000"]


def test_a_decision_is_checked_again_under_the_lock(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal and the account are read again under the lock."""
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    assert org.buy("main")["failed"] is True
    locked = Journal.locked

    def overtaken(journal: Journal) -> Any:
        monkeypatch.setattr(Journal, "locked", locked)
        org.sandbox.settle()
        assert org.buy("main")["changed"] is False
        return locked(journal)

    monkeypatch.setattr(Journal, "locked", overtaken)
    assert "the account has the number 18445550000. Adopt it" in org.forget("18445550000")["msg"]
    assert org.purchases() == [("main", "18445550000", "bought")]


def test_another_client_neither_buys_nor_forgets_without_confirmation(org: Org) -> None:
    org.buy("main")
    other = org.admin
    told = f"18445550000 was ordered for the slot main by the OAuth client {org.integration['gc_client_id']} (intent i"
    for asked in ({"slot": "main"}, {"slot": "main", "state": "absent"}, {"number": "18445550000"}):
        assert told in org.failure(gc_tollfree_number, {**org.buying, **asked, **other, "max_purchases": 9})
    assert org.purchases() == [("main", "18445550000", "bought")]
    text = org.forget("18445550000", **other)["msg"]
    assert f"logs in as {other['gc_client_id']}, which can't see the number. Log in as" in text
    assert "set forget_confirmation to 18445550000" in text
    assert org.forget("18445550000", **other, forget_confirmation="+1 844 555 0000")["changed"] is True
    assert org.buy("main", **other)["slots"] == {"main": "18445550001"}


def test_a_number_with_another_mark_can_be_forgotten(org: Org) -> None:
    """If the mark says that the number belongs to another slot, the journal does not need it."""
    org.buy("main")
    org.by_hand("PATCH", "18445550000", {"comment": f"[slot {ACME.ccid}/primary]"})
    assert "says that it belongs to the slot primary" in org.buy("main")["msg"]
    assert org.forget("18445550000")["changed"] is True
    assert org.buy("main")["slots"] == {"main": "18445550001"}
    # The same if another number has the mark.
    org.by_hand("PATCH", "18445550000", {"comment": f"[slot {ACME.ccid}/main]"})
    org.by_hand("PATCH", "18445550001", {"comment": ""})
    assert "the slot main has 2 numbers" in org.buy("main")["msg"]
    assert org.forget("18445550001")["changed"] is True
    assert org.buy("main")["slots"] == {"main": "18445550000"}


def test_a_wrong_journal_is_an_error(org: Org) -> None:
    org.buy("main")
    assert org.warnings == []
    path = str(org.directory / "another")
    for buys in (org.check, org.buy):
        planned = buys("main", "second", journal=path)
        assert (planned["failure"]["kind"], org.sandbox.writes()) == ("journal", [])
        assert f"{path} does not exist" in planned["msg"]
    # Nothing has to be bought, so this is a warning.
    assert org.buy("main", journal=path)["changed"] is False
    assert org.run(gc_purchase_journal, {"journal": path})["purchases"] == []
    assert f"{path} does not exist" in org.warnings[0]
    # It is not created if the account shows that another journal exists.
    create = {"journal": path, "create": True}
    assert "the account has numbers that were bought for slots: 18445550000" in org.failure(gc_purchase_journal, create)
    assert not Path(path).exists()
    # A new journal does not count as the right one.
    file_journal(path, 1, print).create()
    result = org.buy("main", "second", journal=path)
    assert (result["failure"]["kind"], org.sandbox.account()["spent"]) == ("journal", 1)
    assert "does not contain 18445550000. The comment of each says that it was bought for a slot" in result["msg"]


def test_a_lost_journal_is_rebuilt_from_the_account(org: Org) -> None:
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
    # The limit counts recorded numbers.
    assert "with 3 bought before" in org.buy("main", "campaigns", "third")["msg"]
    assert org.buy("main", "campaigns", "third", max_purchases=4)["slots"]["third"] == "18445550003"
    # A recorded number can be released.
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    assert org.steps(gc_tollfree_number, gone) == ["release the number 18445550000"]
    assert org.purchases()[0] == ("main", "18445550000", "released")


def test_a_marked_number_of_an_unknown_tenant(org: Org) -> None:
    """The webhook user name is no ccid, and the journal is lost. The remedy of the message works."""
    org.buy("main", webhook_username="nexus")
    Path(org.journal).unlink()
    both = {"journal": org.journal, "create": True, "rebuild": True}
    assert org.run(gc_purchase_journal, both)["steps"] == ["create the journal"]
    assert "The journal does not get 18445550000" in org.warnings[0]
    text = org.buy("main", webhook_username="nexus")["msg"]
    assert "list 18445550000 in tollfree_numbers, with the slot's name and the number in one entry" in text
    adopt = [{"slot": "main", "number": "18445550000"}]
    # In a run that buys nothing, as the message says.
    more = org.buy(webhook_username="nexus", tollfree_numbers=[*adopt, {"slot": "second"}])
    assert (more["failure"]["kind"], org.sandbox.writes()) == ("journal", [])
    assert "in a run that buys nothing" in more["msg"]
    assert org.buy(webhook_username="nexus", tollfree_numbers=adopt)["changed"] is True
    assert org.buy("main", webhook_username="nexus")["changed"] is False
    assert org.buy("main", "second", webhook_username="nexus")["slots"]["second"] == "18445550001"


@pytest.mark.parametrize("option", ["create", "rebuild"])
def test_create_and_rebuild_can_not_be_used_with_an_intent(org: Org, option: str) -> None:
    asked = {"journal": org.journal, "intent": "i5f0c2a9b7e3", "resolution": "forget", option: True}
    assert org.run(gc_purchase_journal, asked)["failure"] == {"kind": "invalid_input", "parameter": option}
    new = org.run(gc_purchase_journal, {"journal": org.journal, "account_is_new": True})
    assert new["failure"] == {"kind": "invalid_input", "parameter": "account_is_new"}


def test_the_journal_of_a_new_account(org: Org) -> None:
    """The module does not log in, because a new OAuth client may not be able to yet."""
    asked = {"journal": str(org.directory / "new"), "create": True, "account_is_new": True}
    for check in (True, False, False):
        result = org.run(gc_purchase_journal, asked, check=check, logs_in=False)
        assert org.sandbox.requests() == []
    assert result["changed"] is False
    assert org.buy("main", journal=asked["journal"])["changed"] is True


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"intent": "x"}, "resolution: it is needed to decide on an intent"),
        ({"resolution": "adopt"}, "intent: it is needed"),
        ({"intent": "x", "resolution": "forget"}, "the journal has no intent x"),
        ({"intent": "x", "resolution": "forget", "number": "18445550000"}, "number: it needs resolution=adopt"),
        ({"forget_confirmation": "18445550000"}, "forget_confirmation: it needs resolution=forget"),
        ({"journal": " "}, "journal: it is empty"),
        (
            {"journal": "None/genesys_cloud_purchases.txt"},
            "journal: it is missing, and there is no default because the inventory is not a file",
        ),
        ({"journal": "prod/journal.jsonl"}, "journal: must be an absolute path"),
    ],
)
def test_invalid_decisions_are_refused(org: Org, options: Json, text: str) -> None:
    assert text in org.failure(gc_purchase_journal, {"journal": org.journal, **options})
