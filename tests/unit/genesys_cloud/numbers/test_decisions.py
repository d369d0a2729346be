# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plans for decisions and for a new journal, without a network: `_genesys_cloud/numbers/decisions.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput, JournalProblem, Stale
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import decisions
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import rules as words
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.client import TollfreeNumber
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.decisions import (
    Decision,
    _source,
    copying,
    keeping,
    plan,
    run,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.events import Purchase
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import Journal
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.plan import Observed
from unit.doubles import make_run
from unit.purchases import ACME, GLOBEX, N0, N1, N2, Memory, Numbers, account_of, number

INTENT, OTHER = "i00000000001", "i00000000002"


def journal_with(*purchases: tuple[str, str, str | None, str, str]) -> Journal:
    """Return a journal of purchases: ID, tenant, slot, number and last event."""
    journal = account_of().journal
    with journal.locked() as ledger:
        for identifier, tenant, slot, digits, event in purchases:
            first = ledger.record(identifier, tenant, str(slot), digits, "client-1")
            ledger.note(first, event)
    return journal


def purchases_of(journal: Journal, slot: str | None) -> list[Purchase]:
    return [replace(item, slot=slot) if item.slot == "None" else item for item in journal.read()]


def marked(digits: str, slot: str, tenant: str = ACME) -> TollfreeNumber:
    return number(digits, comment=words.long_mark(tenant, slot))


def decided(
    resolution: str,
    *held: TollfreeNumber,
    event: str = "unclear",
    others: Sequence[tuple[str, str, str | None, str, str]] = (),
    **options: Any,
) -> tuple[str, list[str]]:
    """Decide on the order of N0 for the slot main. Return its event afterwards, and the sentences of the steps."""
    journal = journal_with((INTENT, ACME, "main", N0, event), *others)
    decision = Decision(INTENT, resolution, **{"client": "client-1", **options})
    made = plan(decision, Observed(held, purchases_of(journal, None)))
    for step in made.steps:
        step.call(journal)
    first = journal.read()[0]
    if made.steps:
        assert first.detail == "by a person"
        assert made.after == first.shown()
    else:
        assert made.before == made.after
    assert made.before == {**first.shown(), **made.before}
    assert first.number == (options.get("number") or N0)
    return first.event, [sentence for step in made.steps for sentence in step.sentences]


def refusal(resolution: str, *held: TollfreeNumber, **options: Any) -> str:
    """Return the error of a decision."""
    with pytest.raises(InvalidInput) as caught:
        decided(resolution, *held, **options)
    return str(caught.value)


@pytest.mark.parametrize("held", [number(N0), marked(N0, "main"), marked(N0, "MAIN")])
def test_a_number_that_the_account_has_is_adopted(held: TollfreeNumber) -> None:
    assert decided("adopt", held) == ("adopted", [f"adopt the intent {INTENT} of {N0}"])
    # It is done, unless it was forgotten.
    assert decided("adopt", held, event="bought") == ("bought", [])
    assert decided("adopt", held, event="refused") == ("adopted", [f"adopt the intent {INTENT} of {N0}"])


def test_another_number_is_adopted() -> None:
    assert decided("adopt", number(N1), number=N1)[0] == "adopted"
    assert decided("adopt", number(N1), event="bought", number=N1)[0] == "adopted"


def test_a_number_that_belongs_to_something_else_is_not_adopted() -> None:
    assert refusal("adopt").startswith(f"intent: the account does not have the number {N0}")
    assert refusal("adopt", number=N1).startswith(f"number: the account does not have the number {N1}")
    for held in (marked(N0, "other"), marked(N0, "main", GLOBEX)):
        assert "says that it belongs to the slot" in refusal("adopt", held)


@pytest.mark.parametrize(
    ("other", "is_refused"),
    [
        ((OTHER, ACME, "other", N0, "bought"), True),
        ((OTHER, GLOBEX, None, N0, "bought"), True),
        ((OTHER, ACME, None, N0, "bought"), False),
        ((OTHER, ACME, "other", N0, "forgotten"), False),
        ((OTHER, ACME, "other", N1, "bought"), False),
    ],
)
def test_a_number_of_another_purchase_is_not_adopted(
    other: tuple[str, str, str | None, str, str], is_refused: bool
) -> None:
    if is_refused:
        again = ("i00000000008", *other[1:])
        assert f"already belongs to the intent {OTHER}" in refusal("adopt", number(N0), others=[other, again])
    else:
        assert decided("adopt", number(N0), others=[other])[0] == "adopted"


def test_an_order_without_a_number_is_forgotten() -> None:
    assert decided("forget") == ("forgotten", [f"forget the intent {INTENT} of {N0}"])
    assert decided("forget", number(N1)) == ("forgotten", [f"forget the intent {INTENT} of {N0}"])
    assert decided("forget", number(N0), event="released") == ("released", [])


@pytest.mark.parametrize(
    ("held", "is_refused"),
    [
        ([number(N0)], True),
        ([marked(N0, "main")], True),
        # The number has the mark of another slot, or another number has the mark of this slot.
        ([marked(N0, "other")], False),
        ([number(N0), marked(N1, "main")], False),
        ([number(N0), marked(N1, "other")], True),
        ([number(N0), marked(N1, "main", GLOBEX)], True),
        ([marked(N0, "main"), marked(N1, "main")], False),
        ([number(N1)], False),
    ],
)
def test_a_number_that_may_be_of_the_order_is_not_forgotten(held: list[TollfreeNumber], is_refused: bool) -> None:
    if is_refused:
        assert f"intent: the account has the number {N0}. Adopt it" in refusal("forget", *held)
    else:
        assert decided("forget", *held)[0] == "forgotten"


def test_a_number_that_this_client_can_not_see_is_forgotten_with_a_confirmation() -> None:
    text = refusal("forget", client="client-2")
    assert f"{N0} was ordered by the OAuth client client-1. This task logs in as client-2" in text
    assert "was ordered by" in refusal("forget", client="client-2", confirmation=N1)
    assert decided("forget", client="client-2", confirmation=N0)[0] == "forgotten"
    assert decided("forget", client=None)[0] == "forgotten"


def test_only_the_tenant_decides_on_an_intent_that_exists() -> None:
    assert f"is an intent of the tenant {ACME}" in refusal("forget", tenant=GLOBEX)
    assert decided("forget", tenant=ACME)[0] == "forgotten"
    with pytest.raises(InvalidInput, match=f"the journal has no intent {OTHER}"):
        plan(Decision(OTHER, "forget"), Observed([], journal_with((INTENT, ACME, "main", N0, "unclear")).read()))


def test_an_intent_that_changed_meanwhile_is_planned_again() -> None:
    journal = journal_with((INTENT, ACME, "main", N0, "unclear"))
    made = plan(Decision(INTENT, "forget"), Observed([], journal.read()))
    with journal.locked() as ledger:
        ledger.note(ledger.purchases[0], "bought")
    (step,) = made.steps
    with pytest.raises(Stale):
        step.call(journal)
    assert journal.read()[0].event == "bought"


KNOWN = number(N0, comment=f"[slot {INTENT}/main]", webhook_username=ACME)
OLD = marked(N1, "second")
LOST = number(N2, comment="[slot i00000000003/third]")


def kept(
    journal: Journal, *held: TollfreeNumber, create: bool = False, rebuild: bool = False
) -> tuple[list[str], list[tuple[str, str, str | None, str, str | None]], Any]:
    """Plan and run. Return the sentences, the purchases and what the plan shows."""
    made = keeping(
        "the list", "client-1", Observed(held, journal.read(), journal.exists), create=create, rebuild=rebuild
    )
    for step in made.steps:
        assert step.call(journal) is not False
    purchases = [(item.id, item.tenant, item.slot, item.number, item.client) for item in journal.read()]
    return [sentence for step in made.steps for sentence in step.sentences], purchases, (made.before, made.after)


def test_a_journal_is_created_if_asked_for() -> None:
    journal = Journal(Memory())
    shown = {"exists": False, "numbers": []}, {"exists": True, "numbers": []}
    assert kept(journal, number(N0), create=True) == (["create the journal"], [], shown)
    assert journal.exists
    both = {"exists": True, "numbers": []}
    assert kept(journal, create=True) == ([], [], (both, both))


@pytest.mark.parametrize(
    ("held", "create", "rebuild"), [(KNOWN, True, False), (number(N0), False, True), (KNOWN, False, True)]
)
def test_a_journal_is_not_created(held: TollfreeNumber, create: bool, rebuild: bool) -> None:
    """It is not asked for, or another one must exist."""
    journal = Journal(Memory())
    with pytest.raises(JournalProblem):
        kept(journal, held, create=create, rebuild=rebuild)
    assert not journal.exists


def test_a_journal_is_rebuilt_from_the_account() -> None:
    journal = Journal(Memory())
    sentences, purchases, shown = kept(journal, KNOWN, OLD, LOST, create=True, rebuild=True)
    assert sentences == [
        "create the journal",
        f"record the number {N0} for the slot main of the tenant {ACME}",
        f"record the number {N1} for the slot second of the tenant {ACME}",
    ]
    assert purchases == [
        (INTENT, ACME, "main", N0, "client-1"),
        (words.intent_of(ACME, N1), ACME, "second", N1, "client-1"),
    ]
    assert shown == ({"exists": False, "numbers": []}, {"exists": True, "numbers": [N0, N1]})
    there = {"exists": True, "numbers": [N0, N1]}
    assert kept(journal, KNOWN, OLD, LOST, rebuild=True) == ([], purchases, (there, there))


def test_a_journal_is_not_completed_without_being_asked_to() -> None:
    journal = journal_with((OTHER, ACME, "second", N1, "forgotten"))
    there = {"exists": True, "numbers": []}
    assert kept(journal, KNOWN, create=True)[::2] == ([], (there, there))


@pytest.mark.parametrize("identifier", [INTENT, "i00000000009"])
def test_a_number_that_another_run_recorded_meanwhile_is_not_recorded_twice(identifier: str) -> None:
    journal = journal_with((OTHER, ACME, "second", N1, "bought"))
    made = keeping("the list", None, Observed([KNOWN, OLD], journal.read()), create=False, rebuild=True)
    with journal.locked() as ledger:
        ledger.record(identifier, ACME, "main", N0, None)
    (step,) = made.steps
    assert step.call(journal) is False
    assert len(journal.read()) == 2


def test_an_intent_is_recorded_once() -> None:
    """Two numbers with one mark, or a mark whose intent was closed."""
    journal = Journal(Memory())
    twin = number(N1, comment=KNOWN.fields["comment"], webhook_username=ACME)
    assert [item[3] for item in kept(journal, KNOWN, twin, create=True, rebuild=True)[1]] == [N0]


OPTIONS: dict[str, Any] = {
    "journal": "/never/written",
    "ccid": None,
    "intent": None,
    "resolution": None,
    "number": None,
    "forget_confirmation": None,
    "create": False,
    "rebuild": False,
    "copy_from": None,
    "account_is_new": False,
    "time_limit": 1,
    "journal_password": None,
}


@pytest.mark.parametrize(
    ("options", "parameter", "text"),
    [
        ({"intent": INTENT}, "resolution", "it is needed to decide"),
        ({"resolution": "adopt"}, "intent", "it is needed to decide"),
        ({"intent": INTENT, "resolution": "forget", "number": N0}, "number", "it needs resolution=adopt"),
        (
            {"intent": INTENT, "resolution": "adopt", "forget_confirmation": N0},
            "forget_confirmation",
            "it needs resolution=forget",
        ),
        ({"intent": INTENT, "resolution": "forget", "create": True}, "create", "together with intent"),
        ({"intent": INTENT, "resolution": "forget", "rebuild": True}, "rebuild", "together with intent"),
        ({"intent": INTENT, "resolution": "forget", "copy_from": "/other"}, "copy_from", "together with intent"),
        ({"create": True, "copy_from": "/other"}, "create", "together with copy_from"),
        ({"rebuild": True, "copy_from": "/other"}, "rebuild", "together with copy_from"),
        ({"journal": "mysql://host/sms"}, "journal", "the URL scheme mysql is not supported"),
        ({"journal": "postgresql://sms:secret@host/sms"}, "journal", "contains a secret (password)"),
        ({"account_is_new": True}, "account_is_new", "it needs create=true"),
        ({"ccid": "acme"}, "ccid", "UUID"),
        ({"number": "1"}, "number", "country code"),
        ({"journal": None}, "journal", "it is missing"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, Any], parameter: str, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(make_run({**OPTIONS, **options}))
    assert caught.value.parameter == parameter
    assert text in str(caught.value)


@pytest.mark.parametrize(("place", "problem"), [(None, "it is missing"), ("/journal", "it is the journal itself")])
def test_events_are_copied_from_another_journal(place: str | None, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as caught:
        _source(make_run({"copy_from": place, "time_limit": 1}), "/journal")
    assert caught.value.parameter == "copy_from"
    assert _source(make_run({"copy_from": "/other", "time_limit": 1}), "/journal").place == "/other"


def test_events_that_are_missing_are_copied() -> None:
    source, journal = journal_with((INTENT, ACME, "main", N0, "bought")), Journal(Memory())
    made = copying(source, journal.lacking(source))
    assert [step.sentences for step in made.steps] == [("copy 3 events from the list",)]
    assert (made.before, made.after) == ({"copied": 0}, {"copied": 3})
    (step,) = made.steps
    assert step.call(journal) is True
    assert journal.read() == source.read()
    again = copying(source, journal.lacking(source))
    assert (again.before, again.after, again.steps) == ({"copied": 0}, {"copied": 0}, ())


class Ran:
    """A run of gc_purchase_journal with a journal in a list."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, journal: Journal, *held: TollfreeNumber, **options: Any
    ) -> None:
        self.logins = 0
        self.task = make_run({**OPTIONS, **options})

        def client(_task: object) -> Numbers:
            self.logins += 1
            return Numbers(*held)

        monkeypatch.setattr(decisions, "numbers_client", client)
        monkeypatch.setattr(decisions, "journal_at", lambda _task, _place, _patience: journal)
        monkeypatch.setattr(decisions, "cloud_client_id", lambda _task: "client-1")
        self.result = run(self.task)
        self.intents = [item["intent"] for item in self.result["intents"]]
        self.purchases = [(item["intent"], item["in_account"]) for item in self.result["purchases"]]


def test_a_run_lists_what_a_person_has_to_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    third = "i00000000003"
    journal = journal_with(
        (INTENT, ACME, "main", N0, "unclear"), (OTHER, ACME, "b", N1, "bought"), (third, GLOBEX, "main", N2, "unclear")
    )
    with journal.locked() as ledger:
        ported = ledger.intend(ACME, "c", "18445550003", "client-1", port_in=True)
        ledger.note(ported, "ordered", order="o")
    ran = Ran(monkeypatch, journal, number(N1))
    assert (ran.result["changed"], ran.result["steps"], ran.result["exists"]) == (False, [], True)
    assert ran.purchases == [(INTENT, False), (OTHER, True), (third, False), (ported.id, False)]
    assert (ran.intents, ran.task.warnings, ran.logins) == ([INTENT, third], [], 1)
    own = Ran(monkeypatch, journal, number(N1), ccid=ACME.upper())
    assert [intent for intent, _there in own.purchases] == [INTENT, OTHER, ported.id]
    after = Ran(monkeypatch, journal, intent=INTENT, resolution="forget")
    assert (after.result["changed"], after.intents) == (True, [third])


def test_a_run_without_a_journal_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = Ran(monkeypatch, Journal(Memory()))
    assert (ran.result["exists"], ran.result["changed"]) == (False, False)
    assert ["does not exist" in warning for warning in ran.task.warnings] == [True]


def test_a_run_creates_or_completes_a_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(Memory())
    created = Ran(monkeypatch, journal, number(N0), create=True)
    assert (created.result["changed"], created.result["exists"], created.purchases) == (True, True, [])
    unknown = number(N2, comment=words.mark(OTHER, "b"))
    rebuilt = Ran(monkeypatch, journal, marked(N1, "main"), unknown, rebuild=True)
    assert rebuilt.purchases == [(words.intent_of(ACME, N1), True)]
    assert journal.read()[0].client == "client-1"
    assert [f"does not get {N2}," in warning for warning in rebuilt.task.warnings] == [True]
    assert Ran(monkeypatch, journal, marked(N1, "main"), rebuild=True).task.warnings == []


def test_the_journal_of_a_new_account_needs_no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(Memory())
    ran = Ran(monkeypatch, journal, create=True, account_is_new=True)
    assert (ran.result["changed"], ran.logins, journal.exists) == (True, 0, True)


def test_a_run_copies_a_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    source, journal = journal_with((INTENT, ACME, "main", N0, "unclear")), Journal(Memory())
    monkeypatch.setattr(decisions, "_source", lambda _task, _place: source)
    ran = Ran(monkeypatch, journal, copy_from="/other")
    assert (ran.result["changed"], ran.result["exists"], ran.intents) == (True, True, [INTENT])
    assert journal.read() == source.read()


def test_by_default_a_run_only_reads() -> None:
    assert {name: option["default"] for name, option in decisions.OPTIONS.items() if "default" in option} == {
        "create": False,
        "rebuild": False,
        "account_is_new": False,
    }
    assert decisions.OPTIONS["journal"]["required"] is True
