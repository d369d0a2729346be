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
    CloudNumbers,
    TollfreeNumber,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.events import Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.plan import (
    Actions,
    Desired,
    Observed,
    Wish,
    changed,
    hints,
    journal_problem,
    match_all,
    order_of,
    plan,
    spare,
    unmarked,
)
from unit.properties import assume, given, st
from unit.purchases import Numbers

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
    with pytest.raises(JournalProblem, match=f"does not contain {N2}. The comment of each says"):
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


PORT_IN = {"loa_file_url": "https://files/loa.pdf", "loa_file_url_username": "user", "loa_file_url_password": None}
N3 = "18445550003"


def told(number: str, slot: str | None, event: str, **values: Any) -> Purchase:
    """Return a purchase with the state that its event gives it."""
    state = {"refused": "closed", "released": "closed", "bought": "bought", "releasing": "bought"}.get(event, "open")
    identifier = f"i0000000{number[-4:]}"
    return replace(purchase(number, slot, state), **{"id": identifier, "event": event, **values})


def problem(asked: Desired, *observed: Any) -> InvalidInput:
    """Return the error of a plan."""
    with pytest.raises(InvalidInput) as caught:
        plan(asked, Observed(*observed), ACTIONS)
    return caught.value


@pytest.mark.parametrize(
    ("asked", "key", "what", "need", "option"),
    [
        (wish("main"), "main", "the slot main", "a number for the slot main", "slot"),
        (wish("main", number=N1), "main", "the slot main", "a number for the slot main", "slot"),
        (wish(None, number=N1), N1, f"the number {N1}", f"the number {N1}", "number"),
    ],
)
def test_a_wish_has_names(asked: Wish, key: str, what: str, need: str, option: str) -> None:
    assert (asked.key, asked.what, asked.need, asked.option) == (key, what, need, option)


@pytest.mark.parametrize(
    ("asked", "slot", "digits", "tenant", "is_of"),
    [
        (wish("main"), "MAIN", N1, ACME, True),
        (wish("main"), "main", N1, OTHER, False),
        (wish("main"), "other", N1, ACME, False),
        (wish("main"), None, N1, ACME, False),
        (wish("main", number=N1), "other", N1, OTHER, True),
        (wish("main", number=N2), "other", N1, ACME, False),
        (wish(None, number=N1), None, N2, ACME, False),
    ],
)
def test_a_purchase_is_of_a_wish_by_slot_or_number(
    asked: Wish, slot: str | None, digits: str, tenant: str, is_of: bool
) -> None:
    assert asked.is_of(ACME, purchase(digits, slot, tenant=tenant)) is is_of


def test_marks_get_their_tenant_from_the_journal_or_the_webhook_user() -> None:
    account = [
        number(N1, "a", intent=INTENT, webhook_username=ACME),
        number(N2, "b", intent="i00000000002", webhook_username=f" {ACME.upper()} "),
        number(N3, "c", intent="i00000000003", webhook_username="nexus"),
        number("18445550004", "d", webhook_username=ACME, tenant=OTHER),
        number("18445550005"),
    ]
    marks = Observed(account, [purchase(N1, "a", tenant=OTHER)]).marks
    assert [mark and mark.tenant for mark in marks.values()] == [OTHER, ACME, None, OTHER, None]


@pytest.mark.parametrize(
    ("there", "known", "is_unknown"),
    [
        (number(N1, "a", intent=INTENT), [], True),
        (number(N1, "a", intent=INTENT), [told(N1, "a", "bought", id="other")], False),
        (number(N1, "a", intent=INTENT), [told(N1, "a", "released", id="other")], True),
        (number(N1, "a", intent=INTENT), [told(N2, "a", "released", id=INTENT)], False),
        (number(N1, "a"), [told(N1, "a", "released")], False),
        (number(N1, "a"), [told(N2, "a", "bought")], True),
        (number(N1), [], False),
    ],
)
def test_a_mark_that_the_journal_does_not_know(there: TollfreeNumber, known: list[Purchase], is_unknown: bool) -> None:
    assert Observed([there], known).unknown == ([N1] if is_unknown else [])


def test_the_steps_of_a_purchase() -> None:
    made = plan(desired(wish("main"), wish("second", number=N2)), Observed([]), ACTIONS)
    (step,) = made.steps
    assert (step.likely, step.replan) == (True, True)
    assert step.sentences == ("buy a number for the slot main", f"buy {N2} for the slot second")
    assert made.before == {}
    assert made.after["main"] == {"number": "(to be bought)", "order": "purchase", **URLS}
    assert made.after["second"]["number"] == N2
    both = plan(desired(wish("main"), wish("second")), Observed([], [told(N1, "main", "ordered")]), ACTIONS)
    assert both.steps[0].likely
    assert list(both.after) == ["second"]
    assert sentences(desired(wish(None, number=N1)), []) == [f"buy the number {N1}"]


def test_waiting_alone_is_no_change() -> None:
    made = plan(desired(), Observed([], [told(N1, "main", "ordered")]), ACTIONS)
    (step,) = made.steps
    assert (step.likely, step.replan, made.before, made.after) == (False, True, {}, {})


def test_a_port_in_is_planned_and_not_waited_for() -> None:
    asked = desired(wish(None, number=N1, port_in=PORT_IN))
    assert plan(asked, Observed([]), ACTIONS).after[N1]["order"] == "port-in"
    assert sentences(asked, [], [told(N1, None, "ordered", port_in=True)]) == []
    assert len(sentences(asked, [], [told(N1, None, "unclear", port_in=True)])) == 1


def test_a_change_is_shown_and_called_with_the_names_of_the_api() -> None:
    calls: list[Any] = []

    def release(digits: str, _client: CloudNumbers) -> bool:
        calls.append(digits)
        return True

    actions = Actions(lambda _client: True, lambda *arguments: calls.append(arguments[:-1]), release)
    there = [number(N1, "main", intent=INTENT, webhook_username="old"), number(N2, "gone")]
    known = [purchase(N1, "main", "bought"), told(N2, "gone", "bought")]
    asked = desired(wish("main"), wish("gone", present=False, confirmation=N2))
    made = plan(asked, Observed(there, known), actions)
    for step in made.steps:
        step.call(Numbers())
    changes = {"moUrl": URLS["mo_url"], "drUrl": URLS["dr_url"], "webhookUsername": ACME, "webhookPassword": "secret"}
    assert calls == [(N1, changes, "main"), N2]
    assert made.before["main"]["webhook_username"] == "old"
    assert made.after["main"]["webhook_username"] == ACME
    assert "gone" in made.before
    assert "gone" not in made.after
    assert sentences(desired(wish("main", present=False), wish("gone", fields={})), [there[1]], known[1:]) == []


@pytest.mark.parametrize(
    ("most", "held", "known", "is_allowed"),
    [
        (1, [], [], True),
        (1, [number(N2, "x")], [told(N2, "x", "bought")], False),
        (2, [number(N2, "x")], [told(N2, "x", "bought")], True),
        (1, [], [told(N2, "x", "ordered")], False),
        (1, [], [told(N2, "x", "refused")], True),
        # A number that was ported in is no purchase, nor is one without a mark.
        (1, [number(N2, "x")], [told(N2, "x", "bought", port_in=True)], True),
        (1, [number(N2)], [], True),
    ],
)
def test_the_limit_counts_what_was_bought(
    most: int, held: list[TollfreeNumber], known: list[Purchase], is_allowed: bool
) -> None:
    asked = desired(max_purchases=most)
    if is_allowed:
        assert sentences(asked, held, known) == ["buy a number for the slot main"]
    else:
        assert "with 1 bought before and 1 more needed. Nothing is bought" in str(problem(asked, held, known))


def test_the_limit_counts_all_wishes_but_no_port_in() -> None:
    asked = [wish("main"), wish("second"), wish(None, number=N1, port_in=PORT_IN)]
    assert "with 0 bought before and 2 more needed" in str(problem(desired(*asked, max_purchases=1), []))
    assert len(sentences(desired(*asked, max_purchases=2), [])) == 3
    assert len(sentences(desired(asked[2], max_purchases=0), [number(N2, "x")], [told(N2, "x", "bought")])) == 1


def test_the_limit_tells_of_numbers_that_are_not_listed() -> None:
    known = [told(N2, "old", "bought")]
    text = str(problem(desired(max_purchases=1), [number(N2, "old")], known))
    assert f"Raise the limit to buy more. The tenant has {N2} (slot old), not listed." in text
    assert not text.endswith("..")


@pytest.mark.parametrize("option", ["mo_url", "dr_url"])
def test_each_wish_needs_its_urls(option: str) -> None:
    asked = desired(wish("main"), wish("second", fields={**URLS, option: ""}))
    found = problem(asked, [])
    assert (found.parameter, "to buy a number for the slot second" in str(found)) == (option, True)


def test_an_unmarked_number_is_no_reason_to_stop_a_port_in() -> None:
    asked = desired(wish(None, number=N1, port_in=PORT_IN))
    assert sentences(asked, [number(N2, webhook_username=ACME)]) == [f"port in the number {N1}"]
    assert problem(desired(), [number(N2, webhook_username=f" {ACME.upper()} ")]).parameter == "foreign_numbers"
    assert sentences(desired(), [number(N2, webhook_username=OTHER)]) == ["buy a number for the slot main"]


def test_unmarked_numbers_are_those_that_nothing_knows() -> None:
    asked = desired(wish(None, number=N1), foreign=frozenset(["18445550009"]))
    held = [number(N1), number(N2), number(N3, "main"), number("18445550009"), number("18445550008")]
    observed = Observed(held, [told("18445550008", None, "bought"), told(N2, None, "released")])
    assert [item.number for item in unmarked(asked, observed, match_all(asked, observed))] == [N2]


def test_a_journal_that_lacks_numbers_says_what_to_adopt() -> None:
    lost = number(N1, "a", intent=INTENT, webhook_username="nexus")
    told_of = number(N2, "b", intent="i00000000002", webhook_username=ACME)
    error = journal_problem(desired(journal="/j"), Observed([lost, told_of]))
    assert error is not None
    assert str(error).startswith(
        f"journal: /j does not contain {N1}, {N2}. The comment of each says that it was bought for a slot"
    )
    assert f"list {N1} in tollfree_numbers, with" in str(error)
    assert "adopt" not in str(journal_problem(desired(journal="/j"), Observed([told_of])))
    assert journal_problem(desired(), Observed([number()])) is None


def test_an_order_has_all_fields() -> None:
    asked = wish("main", fields={**URLS, "comment": "ACME"}, email_address="a@b.c", port_in=PORT_IN)
    full = {
        "tollfreeNumber": N1,
        "comment": f"[slot {INTENT}/main] ACME",
        "moUrl": URLS["mo_url"],
        "drUrl": URLS["dr_url"],
        "webhookUsername": ACME,
        "emailAddress": "a@b.c",
        "webhookPassword": "secret",
        "loaFileUrl": "https://files/loa.pdf",
        "loaFileUrlUsername": "user",
    }
    assert order_of(desired(asked), asked, N1, INTENT) == full
    plain = wish(None, number=N1, fields={"mo_url": "https://nexus/mo", "comment": ""})
    assert order_of(desired(plain), plain, N1, INTENT) == {
        "tollfreeNumber": N1,
        "moUrl": "https://nexus/mo",
        "webhookPassword": "secret",
    }


@pytest.mark.parametrize(
    ("asked", "held", "known", "shown"),
    [
        (desired(), [number(N2, "old")], [], f"{N2} (slot old)"),
        (desired(), [number(N2)], [told(N2, None, "bought")], f"{N2} (without a slot)"),
        (desired(), [], [told(N2, "old", "ordered")], f"{N2} (slot old)"),
        # The mark says it better than the journal.
        (desired(), [number(N2, "new")], [told(N2, "old", "bought")], f"{N2} (slot new)"),
        (desired(), [number(N2, "b"), number(N1, "a")], [], f"{N1} (slot a), {N2} (slot b)"),
        (desired(), [], [told(N2, "old", "bought")], None),
        (desired(), [number(N2)], [told(N2, "old", "released")], None),
        (desired(), [number(N2, "old", tenant=OTHER)], [], None),
        (desired(is_whole=False), [number(N2, "old")], [], None),
        (desired(wish(), wish("old")), [number(N2, "old")], [], None),
        (desired(wish(), wish("old")), [], [told(N2, "old", "ordered")], None),
        (desired(wish("old")), [number(N2, "old"), number(N1, "other")], [], None),
        (desired(wish(None, number=N1)), [number(N2, "old")], [], None),
        (desired(wish(), wish(None, number=N1)), [number(N2, "old")], [], f"{N2} (slot old)"),
    ],
)
def test_numbers_that_are_not_listed_are_told(
    asked: Desired, held: list[TollfreeNumber], known: list[Purchase], shown: str | None
) -> None:
    observed = Observed(held, known)
    sentence = f"The tenant has {shown}, not listed. To use such a number, add it to the entry of the slot."
    assert hints(asked, observed, match_all(asked, observed)) == ([sentence] if shown else [])


@pytest.mark.parametrize(
    ("asked", "held", "known", "parameter", "text"),
    [
        # The owner of a number.
        (desired(wish(None, number=N1)), [], [told(N1, "x", "ordered", tenant=OTHER)], "number", "the journal says"),
        (desired(), [number(N1, "main", OTHER)], [told(N1, "main", "bought")], "slot", "it belongs to the slot main"),
        (
            desired(wish(number=N1)),
            [number(N1, "other", OTHER)],
            [],
            "slot",
            "Use another number, or release this one there",
        ),
        (
            desired(wish(number=N1, present=False)),
            [number(N1, "other")],
            [],
            "slot",
            "belongs to the slot other",
        ),
        (
            desired(wish(None, number=N1)),
            [number(webhook_username=OTHER.upper())],
            [],
            "number",
            f"the webhook user name of the number {N1} is {OTHER}",
        ),
        # A number that is not there.
        (
            desired(client="b"),
            [],
            [told(N1, "main", "ordered", client="a")],
            "slot",
            f"{N1} was ordered for the slot main by the OAuth client a",
        ),
        (
            desired(wish(number=N2)),
            [],
            [told(N1, "main", "ordered")],
            "slot",
            f"the order of {N1} for the slot main is open",
        ),
        (
            desired(wish(None, number=N1, present=False)),
            [],
            [told(N1, None, "ordered")],
            "state",
            f"the number {N1} can't be released while the order of {N1} is open",
        ),
        (desired(), [], [told(N1, "main", "releasing")], "slot", f"a run ended while it released {N1}"),
        # An open purchase is told first.
        (
            desired(wish(present=False)),
            [],
            [told(N1, "main", "ordered"), told(N2, "main", "bought")],
            "state",
            f"while the order of {N1} is open",
        ),
        # Several numbers of a slot.
        (
            desired(wish(number=N3)),
            [number(N1, "main"), number(N3, "x")],
            [],
            "number",
            f"the slot main already has the number {N1}, but this entry has the number {N3}",
        ),
        (
            desired(wish("main"), wish("other", number=N1)),
            [number(N1, "main")],
            [],
            "slot",
            f"the slot other and the slot main are the same number, {N1}",
        ),
    ],
)
def test_contradictions_between_the_account_and_the_journal(
    asked: Desired, held: list[TollfreeNumber], known: list[Purchase], parameter: str, text: str
) -> None:
    found = problem(asked, held, known)
    assert (found.parameter, text in str(found)) == (parameter, True), str(found)


@pytest.mark.parametrize(
    ("asked", "held", "known", "expected"),
    [
        # A closed purchase of another tenant says nothing, nor does a live one of another number.
        (wish(None, number=N1), [number(**URLS)], [told(N1, "x", "released", tenant=OTHER)], []),
        (wish(None, number=N1), [number(**URLS)], [told(N2, "x", "bought", tenant=OTHER)], []),
        # A webhook user name of another tenant matters only if nothing else says whose number it is.
        (wish(None, number=N1, fields={}), [number(webhook_username="nexus")], [], []),
        (wish(None, number=N1, fields={}), [number(webhook_username=ACME.upper())], [], []),
        (wish(None, number=N1, fields={}, takes_over=True), [number(webhook_username=OTHER)], [], []),
        (wish(None, number=N1, fields={}), [number(webhook_username=OTHER)], [told(N1, None, "bought")], []),
        (wish("main", fields={}), [number(N1, "main", webhook_username=OTHER)], [], []),
        (
            wish(None, number=N1, present=False, confirmation=N1),
            [number(webhook_username=OTHER)],
            [],
            [f"release the number {N1}"],
        ),
        # A number may lose its slot to an entry that names both.
        (
            wish("main", number=N1),
            [number(N1, "other", **URLS)],
            [told(N1, "other", "bought")],
            [f"change comment of the number {N1}"],
        ),
        (wish(None, number=N1), [number(N1, "other", **URLS)], [], []),
        # The same client, or one that is not known, sees its numbers.
        (wish(), [], [told(N1, "main", "ordered", client="a")], None),
        (wish(number=N1), [], [told(N1, "main", "ordered")], None),
        # A release that is asked for and not finished.
        (wish(present=False), [], [told(N1, "main", "releasing")], []),
        (wish(present=False), [], [told(N1, "main", "bought")], []),
    ],
)
def test_what_is_no_contradiction(
    asked: Wish, held: list[TollfreeNumber], known: list[Purchase], expected: list[str] | None
) -> None:
    waiting = [f"wait for the number {N1}, which was ordered for the slot main before"]
    assert sentences(desired(asked), held, known) == (waiting if expected is None else expected)


def test_a_slot_whose_number_moved_is_not_given_another_one() -> None:
    two = [number(N1, "main", **URLS), number(N2, "main", **URLS)]
    asked = desired(wish("main"), wish("other", number=N2))
    assert sentences(asked, two) == [f"change comment of the number {N2}"]
    # The same number in both entries of a slot chooses it.
    assert sentences(desired(wish(number=N2)), two) == []


def test_a_number_with_the_mark_of_a_used_slot_is_spare() -> None:
    held = [number(N1, "main"), number(N2, "main"), number(N3, "x"), number("18445550004", "main", OTHER)]
    asked = desired(wish(number=N1), wish("gone", present=False))
    observed = Observed(held)
    assert len(spare(asked, observed, match_all(asked, observed))) == 1
    absent = desired(wish(number=N1, present=False))
    assert spare(absent, observed, match_all(absent, observed)) == []
    used = desired(wish(number=N1), wish(None, number=N2))
    assert spare(used, observed, match_all(used, observed)) == []


@pytest.mark.parametrize(
    ("asked", "there", "known", "comment"),
    [
        # A text that the server shows in another form is the same text.
        (wish(fields={"comment": "acme  corp"}), number(slot="main", comment="ACME Corp"), [], None),
        (wish(fields={}), number(slot="main", comment="ACME"), [], None),
        (wish(None, number=N1, fields={}), number(comment="ACME"), [], None),
        (wish(None, number=N1, fields={"comment": "new"}), number(comment="ACME"), [], "new"),
        # Where a server loses marks, it is enough that the journal and the entry name the number.
        (wish(number=N1, fields={}), number(comment="ACME"), [told(N1, "main", "bought")], None),
        (
            wish(number=N1, fields={}),
            number(comment="ACME"),
            [told(N1, "main", "released")],
            f"{words.long_mark(ACME, 'main')} ACME",
        ),
        (
            wish(number=N1, fields={}, takes_over=True),
            number(comment="ACME", webhook_username=ACME),
            [told(N1, "other", "bought")],
            "[slot i00000000001/main] ACME",
        ),
        (wish(fields={}), number(comment="ACME"), [told(N1, "main", "bought")], "[slot i00000000001/main] ACME"),
        # A new text is written with the mark.
        (
            wish(fields={"comment": "new"}),
            number(slot="main", intent=INTENT, comment="old", webhook_username=ACME),
            [],
            f"[slot {INTENT}/main] new",
        ),
        (
            wish(None, number=N1, fields={"comment": "new"}),
            number(slot="x", intent=INTENT, comment="old"),
            [],
            f"[slot {INTENT}/x] new",
        ),
        (
            wish(fields={"comment": "new"}),
            number(slot="main", comment="old", webhook_username=f" {ACME} "),
            [],
            f"[slot {words.intent_of(ACME, N1)}/main] new",
        ),
        (
            wish(fields={"comment": "new", "webhook_username": f" {ACME.upper()}"}),
            number(slot="main", comment="old"),
            [],
            f"[slot {words.intent_of(ACME, N1)}/main] new",
        ),
        # If neither the journal nor the webhook user name names the tenant, the mark does.
        (
            wish(number=N1, fields={"comment": "new"}),
            number(slot="main", intent=INTENT, comment="old", webhook_username="nexus"),
            [],
            f"{words.long_mark(ACME, 'main')} new",
        ),
        # A mark of another slot is replaced.
        (
            wish(number=N1, fields={}),
            number(slot="other", comment="ACME", webhook_username=ACME),
            [],
            f"[slot {words.intent_of(ACME, N1)}/main] ACME",
        ),
    ],
)
def test_comments(asked: Wish, there: TollfreeNumber, known: list[Purchase], comment: str | None) -> None:
    assert comment_after(desired(asked), there, told=known) == (comment or there.fields["comment"])


def test_a_long_name_of_a_slot_keeps_its_long_mark() -> None:
    name = "a-slot-with-21-letter"
    there = number(slot=name, comment="old", webhook_username=ACME)
    asked = desired(wish(name, fields={"comment": "new"}))
    assert comment_after(asked, there, told=[told(N1, name, "bought")]) == f"{words.long_mark(ACME, name)} new"
    assert comment_after(desired(wish(name[:20], fields={"comment": "new"})), number(slot=name[:20], **URLS)) == (
        f"[slot {words.intent_of(ACME, N1)}/{name[:20]}] new"
    )


@pytest.mark.parametrize(
    ("options", "fields", "has_password"),
    [
        ({}, {"comment": "new"}, False),
        ({}, {"dr_url": "https://new"}, True),
        ({}, {"webhook_username": "new"}, True),
        ({"rewrite_password": True}, {}, True),
        ({"rewrite_password": True, "password": None}, {}, False),
    ],
)
def test_when_the_password_is_written(options: dict[str, Any], fields: dict[str, str], has_password: bool) -> None:
    asked = desired(wish(None, number=N1, fields=fields), **options)
    steps = sentences(asked, [number()])
    assert any("webhook_password" in step for step in steps) is has_password
    (match,) = match_all(asked, Observed([number()]))
    after = changed(asked, match, Observed([number()]))
    assert after.number is not None
    assert "webhook_password" not in after.number.fields


def test_what_is_absent_stays_as_it_is() -> None:
    asked = desired(wish(number=N1, present=False))
    observed = Observed([number(N1, "main")])
    (match,) = match_all(asked, observed)
    assert changed(asked, match, observed) is match
    missing = desired()
    (match,) = match_all(missing, Observed([]))
    assert changed(missing, match, Observed([])) is match


@pytest.mark.parametrize("confirmation", [None, N2])
def test_a_release_needs_its_confirmation(confirmation: str | None) -> None:
    for asked, text in (
        (wish(None, number=N1, present=False, confirmation=confirmation), f"the number {N1} would be released"),
        (wish("main", present=False, confirmation=confirmation), f"the number {N1} of the slot main would be"),
    ):
        found = problem(desired(asked), [number(N1, "main")])
        assert (found.parameter, text in str(found)) == ("release_confirmation", True)


def test_by_default_nothing_is_bought_or_rewritten() -> None:
    wanted = Desired(ACME, (wish(),))
    assert (wanted.purchase_allowed, wanted.rewrite_password, wanted.is_whole) == (False, False, True)


def test_the_first_number_that_is_missing_is_named() -> None:
    found = problem(desired(wish("main"), wish("second"), purchase_allowed=False), [])
    assert "does not have a number for the slot main" in str(found)
