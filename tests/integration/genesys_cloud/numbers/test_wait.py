# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run waits for an order, and what it says if the number does not appear: `_genesys_cloud/numbers/wait.py`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import wait
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_purchase_journal,
    gc_tollfree_number,
    gc_tollfree_numbers,
)
from integration.organization import Org


def test_a_port_in_is_not_waited_for(org: Org) -> None:
    """Nothing fails meanwhile, because the number is known from the start."""
    asked = {**org.buying, "number": "18005550100", "port_in": {"loa_file_url": "https://files.example.com/loa.pdf"}}
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    result = org.run(gc_tollfree_number, {**asked, "order_timeout": 60})
    assert (result["changed"], result["tollfree_number"]) == (True, {"number": "18005550100", "slot": None})
    (warning,) = org.warnings
    assert "The number 18005550100 is being ported in (order " in warning
    assert "status Done). The account does not have it yet. If the port-in failed, forget it: ansible-play" in warning
    assert org.twice(gc_tollfree_number, asked) == []
    listed = org.run(gc_purchase_journal, {"journal": org.journal})
    assert (listed["intents"], len(listed["purchases"])) == ([], 1)
    org.sandbox.settle()
    assert org.steps(gc_tollfree_number, asked) == []
    assert (org.warnings, org.purchases()) == ([], [(None, "18005550100", "bought")])
    # If it is not known whether the port-in was ordered, a person decides.
    org.sandbox.fault("cut", "portin$", "POST")
    assert "It is not known whether" in org.failure(gc_tollfree_number, {**asked, "number": "18005550101"})


def while_waiting(monkeypatch: pytest.MonkeyPatch, sleep: Callable[[float], None]) -> None:
    """Do this in place of each pause of wait.py. Threads of other packages sleep too, so `time` itself stays."""
    monkeypatch.setattr(wait, "time", SimpleNamespace(monotonic=time.monotonic, time=time.time, sleep=sleep))


@pytest.mark.parametrize("answer", ["clear", "lost"])
def test_a_decision_while_another_run_waits(org: Org, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """The waiting run does not buy another number."""
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    if answer == "lost":
        org.sandbox.fault("cut", "numbers$", "POST", when="after")

    def decide(_seconds: float) -> None:
        with file_journal(org.journal, 1, print).locked() as ledger:
            ledger.note(ledger.purchases[0], "forgotten")

    while_waiting(monkeypatch, decide)
    result = org.buy("main", order_timeout=60)
    assert "was changed by someone else. An order that this run was waiting for is closed" in result["msg"]
    assert "Done before that: The number 18445550000 was ordered for the slot main (intent i" in result["msg"]
    assert (result["changed"], org.sandbox.account()["spent"]) == (True, 1)


def test_a_journal_that_disappears_while_a_run_waits(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    org.sandbox.fault("cut", "numbers$", "POST", when="after")
    while_waiting(monkeypatch, lambda _seconds: Path(org.journal).unlink(missing_ok=True))
    result = org.buy("main", order_timeout=60)
    assert "is closed or missing. No other number was bought in its place" in result["msg"]
    assert (result["changed"], org.sandbox.account()["spent"]) == (True, 1)


def test_a_number_that_appears_while_another_order_is_lost(org: Org) -> None:
    """A lagging list does not make the first number look lost."""
    org.sandbox.fault("status", "numbers$", "POST", status=500, when="after")
    org.sandbox.fault("status", "numbers$", "GET", status=200, body={"entities": []}, skip=3)
    result = org.buy("main", "campaigns")
    assert result["slots"] == {"main": "18445550000", "campaigns": "18445550001"}


def test_an_answer_without_an_order_id(org: Org) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    org.sandbox.fault("status", "numbers$", "POST", when="after", status=202, body="")
    assert "(without an order ID), but the account does not have it yet" in org.buy("main")["msg"]


def test_orders_that_settle_late(org: Org) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    result = org.buy("main")
    assert (result["failure"]["kind"], result["changed"]) == ("undecided", True)
    assert "(order " in result["msg"]
    assert "status Done), but the account does not have it yet. It is not ordered again" in result["msg"]
    assert any("The account does not have 18445550000 yet" in line for line in org.progress)
    planned = org.run(gc_tollfree_numbers, {**org.buying, "tollfree_numbers": [{"slot": "main"}]}, check=True)
    assert planned["tollfree_numbers"] == [{"number": "18445550000", "slot": "main"}]
    assert (planned["slots"], planned["changed"]) == ({"main": "18445550000"}, False)
    org.sandbox.fault("status", "orders/", status=404, body={"code": "not.found"})
    assert "status not known" in org.buy("main")["msg"]
    org.sandbox.settle()
    # The first listing is too early.
    org.sandbox.fault("status", "numbers$", "GET", status=200, body={"entities": []})
    # The order had another comment than the desired one. The same run corrects it.
    result = org.buy("main", comment="today")
    assert result["steps"] == [
        "wait for the number 18445550000, which was ordered for the slot main before",
        "change comment of the number 18445550000",
    ]
    assert result["changed"] is True
    assert org.buy("main", comment="today")["changed"] is False
    assert org.sandbox.account()["spent"] == 1
