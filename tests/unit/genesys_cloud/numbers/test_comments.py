# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comments are read back, without a network: `_genesys_cloud/numbers/comments.py`."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import Altered
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import comments as _comments
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.comments import check_comments
from unit.doubles import Clock
from unit.purchases import N0, N1, Numbers, account_of, number

WRITTEN = "[slot i00000000001/main] ACME"


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Clock:
    """Let no time pass."""
    monkeypatch.setattr(_comments, "time", SimpleNamespace(sleep=clock.sleep))
    monkeypatch.setattr("random.uniform", lambda least, most: least * most)
    return clock


def told(seen: str, written: str = WRITTEN) -> str:
    """Return the message about a comment that the server stores."""
    account = account_of(client=Numbers(number(N0, comment=seen)))
    account.written = {N0: written}
    with pytest.raises(Altered) as caught:
        check_comments(account)
    return str(caught.value)


def test_without_a_comment_nothing_is_read(time: Clock) -> None:
    client = Numbers()
    client.faults = {"purchased": [AssertionError()]}
    check_comments(account_of(client=client))
    assert time.pauses == []


def test_comments_that_are_stored_are_read_once(time: Clock) -> None:
    account = account_of(client=Numbers(number(N0, comment="[SLOT i00000000001/main]  acme"), number(N1, comment="x")))
    account.written = {N0: WRITTEN}
    check_comments(account)
    assert (account.written, time.pauses) == ({}, [0.0])


def test_a_list_that_lags_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Numbers(number(N0, comment="before"))
    account = account_of(client=client)
    account.written = {N0: WRITTEN}
    seen = iter(["before", "before", WRITTEN])
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        client.numbers = {N0: number(N0, comment=next(seen))}

    monkeypatch.setattr(_comments, "time", SimpleNamespace(sleep=sleep))
    check_comments(account)
    assert pauses == [0.0, 0.2, 0.8]


def test_a_number_that_the_list_lacks_is_not_waited_for(time: Clock) -> None:
    account = account_of(client=Numbers(number(N1, comment="x")))
    account.written = {N0: WRITTEN}
    check_comments(account)
    assert time.pauses == [0.0]


def test_a_comment_that_differs_is_told_after_four_looks(time: Clock) -> None:
    assert told("[slot i00000000001/main] Acme Inc") == (
        f"The number {N0} got the comment '{WRITTEN}', but Genesys Cloud CX stores '[slot i00000000001/main] Acme "
        "Inc'. Set the comment (in an inventory, genesys_cloud_comment or the comment of the number) to 'Acme Inc', or "
        "to another text that the server does not change."
    )
    assert time.pauses == pytest.approx([0.0, 0.2, 0.8, 2.4])


def test_a_mark_that_is_lost_makes_the_journal_precious() -> None:
    text = told("ACME")
    assert "The mark of the slot main is lost, so only the purchase journal says which slot" in text
    assert "Set the comment" not in text
    # Another slot in the mark is a lost mark too.
    assert "The mark of the slot main is lost" in told("[slot i00000000002/main] ACME")
    assert told("[slot i00000000001/main").endswith("that the server does not change.")


def test_without_a_mark_only_the_text_is_told() -> None:
    text = told("ACM", "ACME")
    assert "mark" not in text
    assert "Set the comment" in text


def test_long_comments_are_cut_in_the_message() -> None:
    text = told("x" * 301, "ACME")
    assert re.findall("x{9,}", text) == ["x" * 300] * 2
