# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers are changed and released, and the journal notes it first: `_genesys_cloud/numbers/changes.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import file_store as _store
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.events import Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import Ledger
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_tollfree_number,
    gc_tollfree_numbers,
    nexus_sender_id,
)
from integration.organization import ACME, GLOBEX, Json, Org


def no_space(_descriptor: int, _line: bytes) -> None:
    """Stand in for what writes to a disk."""
    raise OSError(28, "No space left on device")


def test_a_certain_number_is_bought_and_released(org: Org) -> None:
    asked = {**org.buying, "number": "+1 844-555-0009"}
    assert org.twice(gc_tollfree_number, asked) == ["buy the number 18445550009"]
    gone = {**asked, "state": "absent"}
    text = org.failure(gc_tollfree_number, gone)
    assert (
        "the number 18445550009 would be released. Anyone could buy it then. To confirm this, set it to 18445550009"
        in text
    )
    assert org.twice(gc_tollfree_number, {**gone, "release_confirmation": "1 844 555 0009"}) == [
        "release the number 18445550009"
    ]
    # It may be bought again, because the journal says that it was released.
    assert org.steps(gc_tollfree_number, asked) == ["buy the number 18445550009"]
    assert org.sandbox.account()["spent"] == 2


def test_numbers_that_someone_else_released(org: Org) -> None:
    org.buy("main", "campaigns")
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    org.sandbox.fault("status", "numbers/1", "DELETE", status=404, when="after")
    assert org.run(gc_tollfree_number, gone)["changed"] is False
    assert org.purchases() == [("main", "18445550000", "released"), ("campaigns", "18445550001", "bought")]
    # Released by hand. A number that is not listed does not count as released: it may belong to another account.
    org.by_hand("DELETE", "18445550001")
    gone = {**gone, "slot": "campaigns"}
    assert org.run(gc_tollfree_number, gone)["changed"] is False
    (warning,) = org.warnings
    assert warning.startswith("The journal says that 18445550001 was bought for the slot campaigns (intent i")
    text = org.failure(gc_tollfree_number, {**org.buying, "slot": "campaigns"})
    assert "18445550001 was bought for the slot campaigns" in text
    assert "No other number is bought in its place" in text
    org.forget("18445550001")
    assert org.steps(gc_tollfree_number, {**org.buying, "slot": "campaigns"}) == ["buy a number for the slot campaigns"]


def test_a_release_that_is_refused(org: Org) -> None:
    org.buy("main")
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    org.sandbox.fault("status", "numbers/1", "DELETE", status=403, body={"code": "no", "message": "may not"})
    assert "may not" in org.failure(gc_tollfree_number, gone)
    assert org.purchases() == [("main", "18445550000", "bought")]
    # Also without a journal.
    org.sandbox.fault("status", "numbers/1", "DELETE", status=403)
    assert "403" in org.failure(gc_tollfree_number, {**gone, "journal": None, "purchase_allowed": False})
    assert org.twice(gc_tollfree_number, gone) == ["release the number 18445550000"]


def test_a_release_whose_answer_is_lost_is_noted_later(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    org.buy("main")
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    org.sandbox.fault("cut", "numbers/1", "DELETE", when="after")
    assert org.run(gc_tollfree_number, gone)["changed"] is True
    assert org.purchases() == [("main", "18445550000", "released")]
    # If the journal can't be written, the run says what it did, and the next run notes it.
    assert org.buy("main")["slots"] == {"main": "18445550001"}
    gone["release_confirmation"] = "18445550001"
    note = Ledger.note

    def full(ledger: Ledger, purchase: Purchase, event: str, **details: str | None) -> Purchase:
        if event == "released":
            monkeypatch.setattr(_store, "_write", no_space)
        return note(ledger, purchase, event, **details)

    write = _store._write
    monkeypatch.setattr(Ledger, "note", full)
    result = org.run(gc_tollfree_number, gone)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "can't be written: No space left on device" in result["msg"]
    assert "is not recorded. Fix that, then run again with this same journal" in result["msg"]
    assert "Done before that: The number 18445550001 was released." in result["msg"]
    monkeypatch.setattr(Ledger, "note", note)
    monkeypatch.setattr(_store, "_write", write)
    assert org.purchases()[-1] == ("main", "18445550001", "releasing")
    # For a task that wants the number, it does not count as released.
    text = org.failure(gc_tollfree_number, {**org.buying, "slot": "main"})
    assert "a run ended while it released 18445550001 (intent i" in text
    # Nor for a task of another client or another tenant.
    assert "was ordered for the slot main by the OAuth client" in org.failure(gc_tollfree_number, {**gone, **org.admin})
    org.run(gc_tollfree_number, {**gone, "ccid": GLOBEX.ccid})
    assert org.purchases()[-1] == ("main", "18445550001", "releasing")
    assert org.run(gc_tollfree_number, gone)["changed"] is False
    assert org.purchases()[-1] == ("main", "18445550001", "released")
    assert org.warnings == []


def test_a_number_without_a_slot_gets_a_slot(org: Org) -> None:
    org.run(gc_tollfree_number, {**org.buying, "number": "18445550009"})
    org.check("main")
    assert org.warnings[0].startswith("The tenant has 18445550009 (without a slot), not listed.")
    both = {**org.buying, "slot": "main", "number": "18445550009"}
    assert org.twice(gc_tollfree_number, both) == ["change comment of the number 18445550009"]
    assert org.buy("main")["slots"] == {"main": "18445550009"}
    # A number that the account does not have is bought for the slot.
    both = {**org.buying, "slot": "second", "number": "18445550010"}
    assert org.twice(gc_tollfree_number, both) == ["buy 18445550010 for the slot second"]
    assert org.buy("second")["slots"] == {"second": "18445550010"}
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550009"}
    assert org.twice(gc_tollfree_number, gone) == ["release the number 18445550009"]
    assert org.buy("main", max_purchases=2)["changed"] is True


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


@pytest.mark.parametrize("how", ["webhook user", "section"])
def test_a_number_that_was_bought_by_hand_stops_a_purchase(org: Org, how: str) -> None:
    """It stops the purchase, until the inventory adopts it or lists it as foreign."""
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
    # After the adoption the journal has it, and the limit counts it.
    both = [{"slot": "main", "number": "18445550000"}]
    assert org.buy(tollfree_numbers=both, **options)["steps"] == [
        f"change comment, dr_url, mo_url, webhook_password{other_user} of the number 18445550000"
    ]
    assert org.purchases() == [("main", "18445550000", "recorded")]
    assert org.buy("main", **options)["changed"] is False
    assert "with 1 bought before" in org.buy("main", "second", max_purchases=1)["msg"]
    # A warning names the number that belongs to nobody. It does not stop the purchase.
    planned = org.check("main", "second", **options)
    assert [item["number"] for item in planned["unmarked_numbers"]] == ["18445550009"]
    assert "18445550009 (webhook user somebody, comment 'of another team')" in org.warnings[0]
    assert org.buy("main", "second", **options)["slots"]["second"] == "18445550001"
