# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan for toll-free numbers: `_genesys_cloud/numbers/plan.py`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput, JournalProblem
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import rules as words
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.client import (
    FIELDS,
    TollfreeNumber,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.events import Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.plan import (
    Actions,
    Desired,
    Observed,
    Wish,
    changed,
    match_all,
    plan,
    spare,
)
from unit.properties import assume, given, st

ACME, OTHER = "45acae06-6b7c-4f97-9c76-471c0b25ef71", "9d2f7c1e-3b84-4a60-8f15-6e0a7c52d943"
URLS = {"mo_url": "https://nexus/mo", "dr_url": "https://nexus/dr", "webhook_username": ACME}
ACTIONS = Actions(lambda client: True, lambda number, change, slot, client: None, lambda number, client: True)
N1, N2 = "18445550001", "18445550002"
INTENT = "i00000000001"

texts = st.sampled_from(["", "ACME", "ACME Corp"])
slots = st.sampled_from(["main", "campaigns"])
numbers = st.sampled_from([N1, N2])
intents = st.sampled_from([None, INTENT, "i00000000002"])
states = st.sampled_from([("open", "ordered"), ("bought", "bought"), ("closed", "refused")])


def number(
    digits: str = N1, slot: str | None = None, tenant: str = ACME, intent: str | None = None, **fields: str
) -> TollfreeNumber:
    """Return a number of the account. With a slot, it has a mark of version 0.3.0, or a mark with an intent."""
    comment = fields.get("comment", "")
    if slot and intent:
        comment = f"{words.mark(intent, slot)} {comment}".strip()
    elif slot:
        comment = f"{comment} {words.long_mark(tenant, slot)}".strip()
    return TollfreeNumber(digits, {**dict.fromkeys(FIELDS, ""), **fields, "comment": comment})


def purchase(digits: str = N1, slot: str | None = "main", state: str = "open", tenant: str = ACME) -> Purchase:
    return Purchase(
        id=INTENT,
        tenant=tenant,
        slot=slot,
        number=digits,
        port_in=False,
        client=None,
        state=state,
        event="event",
        order=None,
        detail=None,
        begun=0.0,
    )


def wish(slot: str | None = "main", **options: Any) -> Wish:
    return Wish("", slot, options.pop("number", None), **{"fields": dict(URLS), **options})


def desired(*wishes: Wish, **options: Any) -> Desired:
    defaults: dict[str, Any] = {"password": "secret", "purchase_allowed": True, "max_purchases": 9}
    return Desired(ACME, wishes or (wish(),), **{**defaults, **options})


def sentences(asked: Desired, *observed: Any) -> list[str]:
    """Return the sentences of a plan's steps."""
    steps = plan(asked, Observed(*observed), ACTIONS).steps
    return [sentence for step in steps for sentence in step.sentences]


@st.composite
def accounts(draw: st.DrawFn) -> Observed:
    """Draw an account and a journal with any state of two numbers."""
    found = [
        number(
            digits,
            draw(st.none() | slots),
            intent=draw(intents),
            comment=draw(texts),
            **(URLS if draw(st.booleans()) else {}),
        )
        for digits in (N1, N2)
        if draw(st.booleans())
    ]
    told = [
        replace(purchase(draw(numbers), draw(st.none() | slots)), state=state, event=event)
        for state, event in draw(st.lists(states, max_size=2))
    ]
    return Observed(found, told)


@given(accounts(), st.lists(slots, unique=True, min_size=1), texts)
def test_a_slot_that_has_a_number_never_gets_a_second_one(observed: Observed, names: list[str], comment: str) -> None:
    asked = desired(*(wish(name, fields={**URLS, "comment": comment}) for name in names))
    try:
        steps = sentences(asked, observed.numbers, observed.purchases)
    except (InvalidInput, JournalProblem):
        # A person has to decide, so nothing is bought.
        return
    for name in names:
        has = any(mark and mark.is_of(ACME, name) for mark in observed.marks.values())
        had = any(item.is_live and item.slot == name for item in observed.purchases)
        assert (f"buy a number for the slot {name}" in steps) is not (has or had)


@given(accounts(), st.lists(st.tuples(st.none() | slots, st.none() | numbers), min_size=1, max_size=2))
def test_a_number_that_exists_or_is_ordered_is_not_bought_again(
    observed: Observed, asked: list[tuple[str | None, str | None]]
) -> None:
    """Whether the wish has a slot or a number, and whatever the number was bought for."""
    wishes = [wish(slot, number=named) for slot, named in asked if (slot, named) != (None, None)]
    assume(wishes)
    try:
        steps = sentences(desired(*wishes), observed.numbers, observed.purchases)
    except (InvalidInput, JournalProblem):
        return
    known = {item.number for item in observed.numbers}
    known |= {item.number for item in observed.purchases if item.is_live}
    for digits in known:
        assert not [step for step in steps if step.startswith(("buy the number", "buy 1")) and digits in step]


@given(accounts(), st.lists(slots, unique=True, min_size=1), texts, st.booleans())
def test_a_second_plan_has_no_steps(observed: Observed, names: list[str], comment: str, rewrites: bool) -> None:
    asked = desired(*(wish(name, fields={**URLS, "comment": comment}) for name in names), rewrite_password=rewrites)
    try:
        matches = [changed(asked, match, observed) for match in match_all(asked, observed)]
        before = plan(asked, observed, ACTIONS)
    except (InvalidInput, JournalProblem):
        return
    assume(all(match.number for match in matches))
    after = Observed([match.number for match in matches if match.number], observed.purchases)
    again = plan(replace(asked, rewrite_password=False), after, ACTIONS)
    assert again.steps == ()
    assert (again.before, again.after) == ({}, {})
    # The diff has what the steps change.
    assert bool(before.steps) is (before.before != before.after)


def test_a_comment_keeps_its_mark() -> None:
    there = number(slot="main", comment="old", **URLS)
    asked = desired(wish(fields={**URLS, "comment": "new"}))
    assert sentences(asked, [there]) == [f"change comment of the number {N1}"]
    # The new mark has the new format, and comes first.
    mark = words.mark(words.intent_of(ACME, N1), "main")
    assert comment_after(asked, there) == f"{mark} new"
    # Also if the wish has no slot.
    assert comment_after(desired(wish(None, number=N1, fields={"comment": ""})), there) == mark
    # A mark alone is never rewritten: a mark of version 0.3.0, in another case, or behind the text is kept.
    for comment in (f"old {words.long_mark(ACME, 'main')}", f"old [SLOT {ACME.upper()}/MAIN]", f"old {mark}"):
        same = desired(wish(fields={**URLS, "comment": "old"}))
        assert sentences(same, [number(comment=comment, **URLS)]) == []


def comment_after(asked: Desired, *numbers: TollfreeNumber, told: Sequence[Purchase] = ()) -> str:
    """Return the comment of the only number after the plan."""
    observed = Observed(numbers, told)
    (match,) = [changed(asked, match, observed) for match in match_all(asked, observed)]
    assert match.number is not None
    return match.number.fields["comment"]


def test_a_mark_stays_long_if_nothing_else_names_the_tenant() -> None:
    """Without a journal, and with a webhook user name that is no ccid, only a mark with the ccid names the tenant."""
    own = {**URLS, "webhook_username": "nexus"}
    there = number(slot="main", comment="old", **own)
    asked = desired(wish(fields={**own, "comment": "new"}))
    assert comment_after(asked, there) == f"{words.long_mark(ACME, 'main')} new"
    assert comment_after(asked, there, told=[purchase(state="bought")]) == f"{words.mark(INTENT, 'main')} new"


def test_a_slot_of_version_0_3_0_may_have_a_long_name() -> None:
    name = "the-main-line-of-the-company"
    there = number(slot=name, comment="old", **URLS)
    assert comment_after(desired(wish(name, fields={"comment": "new"})), there) == f"{words.long_mark(ACME, name)} new"
    for asked, account in ((desired(wish(name)), []), (desired(wish(name, number=N1)), [number(**URLS)])):
        with pytest.raises(InvalidInput, match="slot: it has 28 characters, but a new slot can have at most 20"):
            plan(asked, Observed(account), ACTIONS)


def test_slots_that_differ_only_in_case_are_the_same() -> None:
    assert sentences(desired(wish("Main")), [number(slot="main", **URLS)]) == []
    assert sentences(desired(wish("Main")), [number(slot="main", intent=INTENT, **URLS)], [purchase()]) == []
    assert sentences(desired(wish("Main")), [], [purchase()]) == [
        f"wait for the number {N1}, which was ordered for the slot main before"
    ]
    (found,) = words.conflicts([("a.", "slot", "main"), ("b.", "slot", "Main")])
    assert found.parameter == "b.slot"


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (number(N2, "other", intent="i00000000002", webhook_username=ACME), []),
        (number(N2, "other"), []),
        (number(N2, "other", tenant=OTHER), [purchase()]),
        (number(N2, "other", intent="i00000000002", webhook_username="nexus"), [purchase()]),
    ],
)
def test_nothing_is_bought_with_a_journal_that_lacks_a_marked_number(
    there: TollfreeNumber, told: list[Purchase]
) -> None:
    closed = [replace(item, state="closed") for item in told]
    with pytest.raises(JournalProblem, match=f"does not contain {N2}, bought for a slot"):
        plan(desired(), Observed([there], closed), ACTIONS)
    # Existing numbers are still corrected.
    assert sentences(desired(wish(None, number=N1)), [there, number(N1)], closed)
    known = [*closed, replace(purchase(N2, "other", "bought"), id="i00000000002", tenant=OTHER)]
    assert sentences(desired(), [replace(there, fields=number(N2, "other", OTHER).fields)], known) == [
        "buy a number for the slot main"
    ]


def test_without_a_journal_nothing_is_bought() -> None:
    with pytest.raises(JournalProblem, match="does not exist"):
        plan(desired(), Observed([], has_journal=False), ACTIONS)


@pytest.mark.parametrize(
    ("there", "used", "told"),
    [
        (number(N2, webhook_username=ACME.upper()), {}, "its webhook user name is the ccid of this tenant"),
        (number(N2, webhook_username="nexus"), {N2: "chat.SMS_Main"}, "the section chat.SMS_Main uses it"),
    ],
)
def test_an_unmarked_number_of_the_tenant_stops_a_purchase(
    there: TollfreeNumber, used: dict[str, str], told: str
) -> None:
    observed = Observed([there], used=used)
    with pytest.raises(InvalidInput, match=re.escape(f"{N2} ({told})")) as caught:
        plan(desired(), observed, ACTIONS)
    assert caught.value.parameter == "foreign_numbers"
    # The remedies of the message: adopt it, or list it as foreign.
    (step,) = plan(desired(wish(number=N2)), observed, ACTIONS).steps
    assert step.sentences[0].startswith("change comment")
    buy = ("buy a number for the slot main",)
    assert plan(desired(foreign=frozenset([N2])), observed, ACTIONS).steps[0].sentences == buy
    # A number that the collection bought without a slot is no reason to stop.
    listed = Observed([there], [purchase(N2, None, "bought")], used=used)
    assert plan(desired(), listed, ACTIONS).steps[0].sentences == buy


def test_a_lost_mark_is_written_again() -> None:
    there = number(comment="someone edited it", **URLS)
    assert sentences(desired(), [there], [purchase(state="bought")]) == [f"change comment of the number {N1}"]


def test_the_webhook_password_is_written_with_the_other_webhook_fields() -> None:
    there = number(slot="main", **{**URLS, "mo_url": "https://elsewhere"})
    (step,) = (made := plan(desired(), Observed([there]), ACTIONS)).steps
    assert step.sentences == (f"change mo_url, webhook_password of the number {N1}",)
    assert made.after["main"]["secrets_to_write"] == ["webhook_password"]
    assert "secret" not in str(made.before) + str(made.after).replace("secrets_to_write", "")
    assert sentences(desired(password=None), [there]) == [f"change mo_url of the number {N1}"]


def test_a_trailing_slash_is_no_change_of_a_url() -> None:
    assert sentences(desired(), [number(slot="main", **{**URLS, "mo_url": "https://nexus/mo/"})]) == []
    by_number = desired(wish(None, number=N1, fields={"comment": "ACME/"}))
    assert sentences(by_number, [number(comment="ACME")]) == [f"change comment of the number {N1}"]


def test_open_orders_are_waited_for() -> None:
    expected = [f"wait for the number {N1}, which was ordered for the slot main before"]
    assert sentences(desired(purchase_allowed=False), [], [purchase()]) == expected


@pytest.mark.parametrize(
    ("asked", "account", "told", "text"),
    [
        (
            desired(purchase_allowed=False),
            [],
            [],
            "purchase_allowed: the account does not have a number for the slot main",
        ),
        (
            desired(max_purchases=0),
            [],
            [],
            "max_purchases: the limit of 0 would be exceeded, with 0 bought before and 1 more",
        ),
        (desired(max_purchases=None), [], [], "max_purchases: the limit of 0"),
        (
            desired(max_purchases=1),
            [number(N2, "x", OTHER)],
            [purchase(N2, "x", "bought", OTHER)],
            "with 1 bought before",
        ),
        (desired(max_purchases=1), [], [purchase(N2, "x", "open", OTHER)], "with 1 bought before"),
        (desired(wish(fields={})), [], [], "mo_url: it is missing, but needed to buy a number for the slot main"),
        (desired(password=None), [], [], "webhook_password: it is missing"),
        (desired(), [number(N1, "main"), number(N2, "main")], [], f"the slot main has 2 numbers: {N1}, {N2}"),
        (desired(), [number(N1, "main"), number(N2)], [purchase(N2, state="bought")], "the slot main has 2 numbers"),
        (
            desired(),
            [number(N1, "main")],
            [purchase(N2)],
            f"but the order of {N2} for it is open (intent i00000000001)",
        ),
        (
            desired(),
            [],
            [purchase(state="bought")],
            "was bought for the slot main (intent i00000000001), but the account does not have it",
        ),
        (desired(wish(None, number=N1)), [number(N1, "main", OTHER)], [], f"slot main of the tenant {OTHER}"),
        (
            desired(),
            [number(N1, "main", OTHER)],
            [purchase(state="bought")],
            "The journal says that it belongs to the slot main",
        ),
        (
            desired(),
            [number(N1, "campaigns")],
            [purchase(state="bought")],
            "belongs to the slot campaigns of the tenant",
        ),
        (desired(wish(present=False)), [], [purchase()], "can't be released while the order of"),
        (desired(wish(present=False)), [number(N1, "main")], [], f"release_confirmation: the number {N1} of the slot"),
        (
            desired(wish(), wish(None, number=N1)),
            [number(N1, "main")],
            [],
            f"number: the number {N1} and the slot main are the same number, {N1}",
        ),
        (
            desired(wish(None, number=N1, present=False, confirmation=N1), wish()),
            [number(N1)],
            [purchase(state="bought")],
            f"slot: the slot main and the number {N1} are the same number, {N1}",
        ),
        (
            desired(wish(None, number=N1, present=False, confirmation=N2)),
            [number()],
            [],
            f"To confirm this, set it to {N1}",
        ),
    ],
)
def test_contradictions_and_missing_options_are_invalid_input(
    asked: Desired, account: list[Any], told: list[Any], text: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(asked, Observed(account, told), ACTIONS)
    assert text in str(caught.value)


def test_a_port_in_is_not_a_purchase() -> None:
    asked = desired(wish(None, number=N1, port_in={"loa_file_url": "https://files/loa.pdf"}), max_purchases=0)
    assert sentences(asked, []) == [f"port in the number {N1}"]


def test_a_number_that_was_released_by_hand_gives_way_to_the_marked_one() -> None:
    assert sentences(desired(), [number(N2, "main", **URLS)], [purchase(N1, state="bought")]) == []


def test_the_remedies_for_a_slot_with_two_numbers_work() -> None:
    two = [number(N1, "main", **URLS), number(N2, "main", **URLS)]
    with pytest.raises(InvalidInput, match=f"the slot main has 2 numbers: {N1}, {N2}"):
        sentences(desired(), two)
    chosen = desired(wish(number=N1))
    assert sentences(chosen, two) == []
    observed = Observed(two)
    (told,) = spare(chosen, observed, match_all(chosen, observed))
    assert told.startswith(f"The number {N2} has the mark of the slot main, but that slot has {N1}.")
    other = desired(wish(), wish("other", number=N2))
    assert sentences(other, two) == [f"change comment of the number {N2}"]
    released = desired(wish(), wish(None, number=N2, present=False, confirmation=N2))
    assert sentences(released, two) == [f"release the number {N2}"]


def test_two_slots_exchange_their_numbers_in_one_run() -> None:
    both = [number(N1, "a", **URLS), number(N2, "b", **URLS)]
    told = [purchase(N1, "a", "bought"), replace(purchase(N2, "b", "bought"), id="i00000000002")]
    asked = desired(wish("a", number=N2), wish("b", number=N1))
    assert sentences(asked, both, told) == [f"change comment of the number {n}" for n in (N2, N1)]


def test_only_an_existing_number_is_released() -> None:
    assert sentences(desired(wish(present=False)), []) == []
    confirmed = desired(wish(present=False, confirmation=N1))
    assert sentences(confirmed, [number(slot="main")]) == [f"release the number {N1}"]
