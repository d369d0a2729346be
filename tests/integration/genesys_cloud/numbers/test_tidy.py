# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal follows the account: `_genesys_cloud/numbers/tidy.py`."""

from __future__ import annotations

from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_purchase_journal,
    gc_tollfree_number,
)
from integration.organization import Org


def test_a_slot_is_renamed_by_giving_it_its_number(org: Org) -> None:
    org.buy("main")
    hint = "The tenant has 18445550000 (slot main), not listed. To use such a number, add it to the entry of"
    assert hint in org.buy("primary", max_purchases=1)["msg"]
    planned = org.check("primary")
    assert (planned["changed"], planned["diff"]["after"]["primary"]["order"]) == (True, "purchase")
    assert org.warnings[0].startswith(hint)
    # gc_tollfree_number does not warn of other numbers.
    org.run(gc_tollfree_number, {**org.buying, "slot": "primary"}, check=True)
    assert org.warnings == []
    renamed = {**org.buying, "slot": "primary", "number": "18445550000", "purchase_allowed": False}
    assert org.twice(gc_tollfree_number, renamed) == ["change comment of the number 18445550000"]
    assert org.purchases() == [("primary", "18445550000", "adopted")]
    assert org.buy("primary")["changed"] is False
    # The journal has the new slot, so the old name is free.
    assert org.buy("main")["slots"] == {"main": "18445550001"}
    text = org.failure(gc_tollfree_number, {**renamed, "slot": "main"})
    assert "the slot main already has the number 18445550001, but this entry has the number 18445550000" in text
    absent = {**org.buying, "slot": "main", "number": "18445550055"}
    assert "the slot main already has the number 18445550001, but this entry has the number 18445550055" in org.failure(
        gc_tollfree_number, absent
    )
    assert org.sandbox.account()["spent"] == 2


def test_a_release_that_is_no_longer_wanted(org: Org) -> None:
    """The journal notes that the number is not released, so that an incomplete list does not make it look released."""
    org.buy("main")
    gone = {**org.buying, "slot": "main", "state": "absent", "release_confirmation": "18445550000"}
    org.sandbox.fault("status", "numbers/1", "DELETE", status=503, times=None)
    assert org.failure(gc_tollfree_number, gone)
    assert org.purchases() == [("main", "18445550000", "releasing")]
    org.sandbox.clear_faults()
    assert org.buy("main")["changed"] is False
    assert org.purchases() == [("main", "18445550000", "bought")]


def test_a_released_number_stays_released_in_the_journal(org: Org) -> None:
    """Whatever the account had before: an open order, or a number without a slot."""
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
    assert "the slot main already has the number 18445550001, but this entry has the number 18445550002" in text
    org.steps(gc_tollfree_number, {**gone, "release_confirmation": "18445550001"})
    assert "belongs to the slot campaigns of the tenant" in org.failure(gc_tollfree_number, wrong)


def test_a_number_that_appears_later_is_noted(org: Org) -> None:
    org.sandbox.fault("status", "numbers$", "POST", when="after", status=500)
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    assert org.buy("main")["failed"] is True
    org.sandbox.settle()
    assert org.buy("main")["changed"] is False
    assert org.run(gc_purchase_journal, {"journal": org.journal})["intents"] == []
