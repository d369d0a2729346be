# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comments are read back, because servers alter them or list them late: `_genesys_cloud/numbers/comments.py`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from integration.organization import ACME, Org


def test_a_comment_that_the_list_shows_late(org: Org) -> None:
    """The run waits as long as a list may lag, and reports no loss."""
    org.order_by_hand("18445550000", comment="ACME", webhookUsername=ACME.ccid)
    old = {"entities": [{"tollfreeNumber": "18445550000", "comment": "ACME", "webhookUsername": ACME.ccid}]}
    org.sandbox.fault("status", "tollfreenumbers$", "GET", status=200, body=old, times=4)
    adopted = org.buy(tollfree_numbers=[{"slot": "main", "number": "18445550000"}])
    assert (adopted.get("failure"), adopted["changed"]) == (None, True)
    assert org.sandbox.faults()[0]["hits"] == 4
    assert org.buy("main")["changed"] is False


ALTERED = "altered"


def test_a_server_that_cuts_comments(org: Org) -> None:
    """The mark is kept. With the comment that the message suggests, the next run changes nothing."""
    org.sandbox.switch(**{"numbers.comment": "cut"})
    asked = {"comment": "Nexus Premise ACME Corporation"}
    for _round in range(2):
        result = org.buy("main", **asked)
        assert (result["failure"]["kind"], result["changed"]) == (ALTERED, True)
        assert "stores '[slot i" in result["msg"]
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
    """The message says that the mark is lost. With slot and number in one entry, the next run changes nothing."""
    org.sandbox.switch(**{"numbers.comment": "dropped"})
    for _round in range(2):
        result = org.buy("main")
        assert (result["failure"]["kind"], result["changed"]) == (ALTERED, True)
        assert "The mark of the slot main is lost" in result["msg"]
    both = [{"slot": "main", "number": "18445550000"}]
    assert org.buy(tollfree_numbers=both)["changed"] is False
    # Also for an adoption.
    org.order_by_hand("18445550009")
    adopted = [*both, {"slot": "second", "number": "18445550009"}]
    assert org.buy(tollfree_numbers=adopted)["failure"]["kind"] == ALTERED
    assert org.buy(tollfree_numbers=adopted)["changed"] is False
    assert org.sandbox.account()["spent"] == 2
