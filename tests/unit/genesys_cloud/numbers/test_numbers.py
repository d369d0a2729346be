# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules for toll-free numbers: `_genesys_cloud/numbers/numbers.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    Altered,
    JournalProblem,
    Refused,
    Undecided,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.options import HTTP
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import numbers
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import Journal
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.plan import Wish
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.rules import (
    LISTED,
    TOLLFREE_NUMBER,
    mark,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.options import GENESYS_CLOUD
from unit.arguments import filled, wrong
from unit.doubles import make_run
from unit.purchases import ACME, GLOBEX, N0, N1, N2, Memory, Numbers, number

MO, DR = "https://nexus/nexus/v3/sms/message", "https://nexus/nexus/v3/sms/receipt"
FIELDS = {"mo_url": MO, "dr_url": DR, "webhook_username": ACME}
BUYING: dict[str, Any] = {
    "ccid": ACME,
    "nexus_url": "https://nexus/",
    "webhook_password": "secret",
    "purchase_allowed": True,
    "max_purchases": 3,
    "order_timeout": 1.0,
    "journal": "/journal",
    "gc_client_id": "client-1",
}
SPEC = {**numbers.SHARED, **numbers.DEFAULTS, **GENESYS_CLOUD, **HTTP, "tollfree_numbers": {}}
ONE = {**TOLLFREE_NUMBER, **numbers.SHARED, **GENESYS_CLOUD, **HTTP}


def run_of(*items: dict[str, Any], check: bool = False, **given: Any) -> Run:
    """Return a run for a list of numbers."""
    said = {**BUYING, "tollfree_numbers": [dict(item) for item in items], **given}
    params = {**filled(SPEC, **said), "tollfree_numbers": [filled(LISTED, **item) for item in items]}
    return make_run(params, said, check_mode=check, diff_mode=True)


def run_of_one(*, check: bool = False, **given: Any) -> Run:
    said = {**BUYING, **given}
    params = filled(ONE, **said)
    return make_run({**params, "state": params["state"] or "present"}, said, check_mode=check)


# What is asked for


def test_a_wish_has_its_own_fields_and_those_of_the_tenant() -> None:
    desired = numbers.parse(run_of({"slot": "main"}, {"number": f"+{N1}", "comment": "own", "mo_url": "https://own/"}))
    assert desired.wishes == (
        Wish("tollfree_numbers[0].", "main", None, fields=FIELDS),
        Wish("tollfree_numbers[1].", None, N1, fields={**FIELDS, "comment": "own", "mo_url": "https://own"}),
    )
    assert (desired.tenant, desired.client, desired.password) == (ACME, "client-1", "secret")
    assert (desired.rewrite_password, desired.purchase_allowed, desired.max_purchases) == (False, True, 3)
    assert desired.foreign == frozenset()


@pytest.mark.parametrize(
    ("item", "shared", "comment"),
    [
        ({}, {}, None),
        ({}, {"comment": "all"}, "all"),
        ({"comment": "own"}, {"comment": "all"}, "own"),
        ({"comment": None}, {"comment": "all"}, ""),
        ({}, {"comment": None}, ""),
        ({"comment": ""}, {"comment": "all"}, ""),
    ],
)
def test_an_option_of_a_number_goes_before_that_of_all(
    item: dict[str, Any], shared: dict[str, Any], comment: str | None
) -> None:
    (wish,) = numbers.parse(run_of({"slot": "main", **item}, **shared)).wishes
    assert wish.fields.get("comment") == comment


def test_the_options_of_a_number_reach_the_wish() -> None:
    port_in = {"loa_file_url": "https://loa"}
    desired = numbers.parse(
        run_of(
            {"slot": "a", "vanity": "CALL", "email_address": "a@b.example"},
            {"number": N1, "port_in": port_in, "webhook_username": "nexus"},
            {"number": N2, "state": "absent", "release_confirmation": f"+{N2}", "mo_url": "not checked"},
            email_address="all@b.example",
            nexus_url=None,
        )
    )
    assert desired.wishes == (
        Wish(
            "tollfree_numbers[0].",
            "a",
            None,
            fields={"webhook_username": ACME},
            vanity="CALL",
            email_address="a@b.example",
        ),
        Wish(
            "tollfree_numbers[1].",
            None,
            N1,
            fields={"webhook_username": "nexus"},
            email_address="all@b.example",
            port_in=port_in,
            takes_over=True,
        ),
        Wish("tollfree_numbers[2].", None, N2, present=False, confirmation=N2),
    )
    gone = numbers.parse(run_of({"slot": "a"}, state="absent"))
    assert gone.wishes == (Wish("tollfree_numbers[0].", "a", None, present=False),)


def test_numbers_of_other_tenants_are_ignored() -> None:
    run = run_of(
        {"slot": "a", "ccid": GLOBEX.upper()},
        {"slot": "b", "ccid": None},
        {"number": N0, "ccid": None},
        {"slot": "c", "ccid": ACME.upper()},
        {"slot": "d"},
    )
    desired = numbers.parse(run)
    assert [wish.parameter for wish in desired.wishes] == [f"tollfree_numbers[{place}]." for place in (2, 3, 4)]
    assert [warning.split(" ")[0] for warning in run.warnings] == ["tollfree_numbers[0]", "tollfree_numbers[1]"]
    assert [GLOBEX in warning for warning in run.warnings] == [True, False]


@pytest.mark.parametrize(
    ("items", "given", "parameter"),
    [
        ([{}], {}, "tollfree_numbers[0].slot"),
        ([{"slot": "a b"}], {}, "tollfree_numbers[0].slot"),
        ([{"number": "844"}], {}, "tollfree_numbers[0].number"),
        ([{"slot": "a", "vanity": "x"}], {}, "tollfree_numbers[0].vanity"),
        ([{"slot": "a", "email_address": "me"}], {}, "tollfree_numbers[0].email_address"),
        ([{"slot": "a", "mo_url": "h"}], {}, "tollfree_numbers[0].mo_url"),
        ([{"slot": "a"}], {"dr_url": "h"}, "tollfree_numbers[0].dr_url"),
        ([{"slot": "a", "comment": mark("i00000000001", "b")}], {}, "tollfree_numbers[0].comment"),
        ([{"slot": "a", "ccid": "acme"}], {}, "tollfree_numbers[0].ccid"),
        (
            [{"slot": "a", "state": "absent", "release_confirmation": "1"}],
            {},
            "tollfree_numbers[0].release_confirmation",
        ),
        ([{"slot": "a"}, {"slot": "A"}], {}, "tollfree_numbers[1].slot"),
        ([{"number": N0}, {"slot": "a", "number": N0}], {}, "tollfree_numbers[1].number"),
        ([], {"webhook_password": " "}, "webhook_password"),
        ([], {"max_purchases": None}, "max_purchases"),
        ([], {"max_purchases": -1}, "max_purchases"),
        ([], {"webhook_password": None, "update_secret": "always"}, "webhook_password"),
        ([], {"ccid": "acme"}, "ccid"),
        ([], {"foreign_numbers": [N0, "844"]}, "foreign_numbers[1]"),
        ([{"slot": "a"}], {"nexus_url": "h"}, "nexus_url"),
    ],
)
def test_an_option_that_is_wrong_is_named(items: list[dict[str, Any]], given: dict[str, Any], parameter: str) -> None:
    assert wrong(numbers.parse, run_of(*items, **given)) == parameter


def test_shared_options_are_read() -> None:
    desired = numbers.parse(
        run_of(update_secret="always", purchase_allowed=False, max_purchases=None, foreign_numbers=[f"+{N0}"])
    )
    assert (desired.rewrite_password, desired.purchase_allowed, desired.max_purchases) == (True, False, None)
    assert desired.foreign == frozenset({N0})


def test_one_number_is_asked_for_in_the_same_way() -> None:
    assert numbers.parse_one(run_of_one(slot="main")).wishes == (Wish("", "main", None, fields=FIELDS),)
    assert wrong(numbers.parse_one, run_of_one()) == "slot"
    assert numbers.parse_one(run_of_one(slot="main", state="absent")).wishes == (Wish("", "main", None, present=False),)


# The journal


@pytest.mark.parametrize("journal", [None, "", "None/genesys_cloud_purchases.txt"])
def test_a_purchase_needs_a_journal(journal: str | None) -> None:
    assert wrong(numbers.journal_of, run_of(journal=journal)) == "journal"
    without = numbers.journal_of(run_of(journal=journal, purchase_allowed=False))
    assert (without.exists, without.read()) == (False, [])


@pytest.mark.parametrize("journal", ["journal.txt", "mysql://host/database"])
def test_a_place_that_can_hold_no_journal_is_refused(journal: str) -> None:
    assert wrong(numbers.journal_of, run_of(journal=journal)) == "journal"


def test_a_journal_is_a_file_without_secrets(tmp_path: Path) -> None:
    run = run_of(journal=str(tmp_path / "journal"))
    run.secrets.add("canary")
    journal = numbers.journal_of(run)
    assert journal.place == str(tmp_path / "journal")
    journal.create()
    with journal.locked() as ledger:
        purchase = ledger.intend(ACME, "main", N0, "client-1", port_in=False)
        ledger.note(purchase, "refused", detail="said canary\\x1b")
    text = (tmp_path / "journal").read_text(encoding="utf-8")
    assert "canary" not in text
    assert "said ********" in text


@pytest.mark.parametrize("patience", [-1.0, 1e9])
def test_the_time_to_wait_is_checked(patience: float) -> None:
    assert wrong(numbers.journal_of, run_of(order_timeout=patience)) == "order_timeout"


# Whole runs


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Numbers:
    made = Numbers()
    monkeypatch.setattr(numbers, "numbers_client", lambda run: made)
    return made


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch, client: Numbers) -> Journal:
    made = Journal(Memory())
    made.create()
    client.journal = made
    monkeypatch.setattr(numbers, "journal_of", lambda run: made)
    return made


def nothing_used(_run: Run) -> dict[str, str]:
    return {}


def test_a_number_is_bought(client: Numbers, journal: Journal) -> None:
    planned = numbers.run(run_of({"slot": "main"}, check=True), nothing_used)
    assert (planned["changed"], planned["slots"], client.calls) == (True, {}, [])
    assert planned["tollfree_numbers"] == [{"number": None, "slot": "main"}]
    done = numbers.run(run_of({"slot": "main"}), nothing_used)
    assert (done["changed"], done["slots"], done["ccid"]) == (True, {"main": N0}, ACME)
    assert done["diff"]["after"]["main"]["number"] == N0
    (shown,) = done["tollfree_numbers"]
    assert (shown["number"], shown["slot"], shown["comment"], shown["mo_url"]) == (N0, "main", "", MO)
    again = numbers.run(run_of({"slot": "main"}), nothing_used)
    assert (again["changed"], again["slots"]) == (False, {"main": N0})
    assert [item.event for item in journal.read()] == ["bought"]


def test_the_result_says_which_numbers_were_ordered(client: Numbers, journal: Journal) -> None:
    items: list[dict[str, Any]] = [
        {"slot": "main"},
        {"number": N1},
        {"number": N2, "port_in": {"loa_file_url": "https://loa"}},
    ]
    planned = numbers.run(run_of(*items, check=True), nothing_used)
    assert planned["ordered"] == [{"slot": "main", "number": None}, {"slot": None, "number": N1}]
    made = numbers.run(run_of(*items), nothing_used)
    assert made["ordered"] == [{"slot": "main", "number": N0}, {"slot": None, "number": N1}]
    assert numbers.run(run_of(*items), nothing_used)["ordered"] == []
    assert numbers.run(run_of(*items, check=True), nothing_used)["ordered"] == []


def test_one_number_is_bought(client: Numbers, journal: Journal) -> None:
    result = numbers.run_one(run_of_one(number=N1), nothing_used)
    assert result["changed"] is True
    assert (result["tollfree_number"]["number"], result["tollfree_number"]["slot"]) == (N1, None)
    gone = run_of_one(number=N1, state="absent", release_confirmation=N1)
    assert numbers.run_one(gone, nothing_used)["tollfree_number"] == {}
    assert [item.event for item in journal.read()] == ["released"]


def test_a_run_that_fails_says_what_it_has_done(client: Numbers, journal: Journal) -> None:
    client.numbers[N1] = number(N1, comment=mark("i00000000001", "other"), webhook_username=ACME)
    client.faults["change"] = [Refused("change", "https://h", "answered 403", "Look", status=403)]
    with journal.locked() as ledger:
        ledger.record("i00000000001", ACME, "other", N1, "client-1")
    with pytest.raises(Refused) as caught:
        numbers.run(run_of({"slot": "main"}, {"slot": "other"}), nothing_used)
    assert caught.value.changed is True
    assert caught.value.results == {"ordered": [{"slot": "main", "number": N0}]}
    assert f"The number {N0} was ordered" in str(caught.value)


def test_a_run_that_has_done_nothing_says_nothing_of_it(client: Numbers, journal: Journal) -> None:
    client.faults["purchased"] = [Refused("list", "https://h", "answered 403", "Look", status=403)]
    with pytest.raises(Refused) as caught:
        numbers.run(run_of({"slot": "main"}), nothing_used)
    assert (caught.value.changed, "Done before" in str(caught.value)) == (False, False)


def test_an_order_that_does_not_come_is_undecided(client: Numbers, journal: Journal) -> None:
    client.has_what_it_sold = False
    with pytest.raises(Undecided) as caught:
        numbers.run(run_of({"slot": "main"}, order_timeout=0.0), nothing_used)
    assert (caught.value.changed, "Done before" in str(caught.value)) == (True, False)
    run = run_of({"slot": "main"}, check=True)
    planned = numbers.run(run, nothing_used)
    assert (planned["changed"], planned["slots"]) == (False, {"main": N0})
    assert [N0 in warning for warning in run.warnings] == [True]


def test_check_mode_finds_a_journal_that_can_not_be_written(
    client: Numbers, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise JournalProblem("the list", "is full", "Make room")

    monkeypatch.setattr(journal, "check", fail)
    with pytest.raises(JournalProblem):
        numbers.run(run_of({"slot": "main"}, check=True), nothing_used)
    client.numbers[N1] = number(N1, **FIELDS)
    assert numbers.run(run_of({"number": N1}, check=True), nothing_used)["changed"] is False


def test_numbers_without_a_mark_are_shown_if_one_has_to_be_bought(client: Numbers, journal: Journal) -> None:
    client.numbers[N1] = number(N1, comment="by hand", webhook_username="someone")
    run = run_of({"slot": "main"}, check=True)
    result = numbers.run(run, nothing_used)
    assert result["unmarked_numbers"] == [{"number": N1, "webhook_username": "someone", "comment": "by hand"}]
    assert [N1 in warning for warning in run.warnings] == [True]
    quiet = run_of({"number": N1}, check=True)
    assert numbers.run(quiet, nothing_used)["unmarked_numbers"] == []


def test_the_numbers_in_use_are_asked_for_with_the_task(client: Numbers, journal: Journal) -> None:
    client.numbers[N1] = number(N1, webhook_username="someone")
    asked: list[Run] = []

    def used(run: Run) -> dict[str, str]:
        asked.append(run)
        return {N1: "chat.a"}

    run = run_of({"slot": "main"})
    assert wrong(numbers.run, run, used) == "foreign_numbers"
    assert asked == [run]


def test_another_address_than_the_ordered_one_is_a_warning(client: Numbers, journal: Journal) -> None:
    for seen, warnings in (("b@b.example", 1), ("a@b.example", 0), (None, 0)):
        client.numbers[N1] = replace(number(N1, **FIELDS), email_address=seen)
        run = run_of({"number": N1, "email_address": "a@b.example"})
        numbers.run(run, nothing_used)
        assert len(run.warnings) == warnings


def test_a_purchase_that_the_account_does_not_have_is_a_warning(client: Numbers, journal: Journal) -> None:
    with journal.locked() as ledger:
        ledger.record("i00000000001", ACME, "main", N1, "client-1")
    run = run_of({"slot": "main", "state": "absent"})
    assert numbers.run(run, nothing_used)["changed"] is False
    assert ["i00000000001" in warning for warning in run.warnings] == [True]
    other = run_of({"slot": "other", "state": "absent"})
    numbers.run(other, nothing_used)
    assert other.warnings == []


# What the account has


def test_the_account_is_shown(client: Numbers) -> None:
    client.numbers = {
        N0: number(N0, comment=f"{mark('i00000000001', 'main')} ACME", webhook_username=ACME),
        N1: number(N1, comment="by hand"),
    }
    result = numbers.info(make_run(filled(numbers.INFO)))
    assert result == {
        "changed": False,
        "tollfree_numbers": [
            {
                "number": N0,
                "ccid": ACME,
                "slot": "main",
                "status": None,
                "comment": "ACME",
                "mo_url": "",
                "dr_url": "",
                "webhook_username": ACME,
                "email_address": None,
            },
            {
                "number": N1,
                "ccid": None,
                "slot": None,
                "status": None,
                "comment": "by hand",
                "mo_url": "",
                "dr_url": "",
                "webhook_username": "",
                "email_address": None,
            },
        ],
    }
    assert client.calls == []


def test_numbers_that_can_be_bought_are_shown(client: Numbers) -> None:
    result = numbers.info(make_run(filled(numbers.INFO, available=True, vanity="CALL", count=2)))
    assert result["available"] == [N0, N1]
    assert client.calls == [("available", 2, "CALL")]


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"vanity": "CALL"}, "vanity"),
        ({"available": True, "vanity": "x"}, "vanity"),
        ({"count": 0}, "count"),
        ({"count": 101}, "count"),
    ],
)
def test_options_of_the_account_are_checked(given: dict[str, Any], parameter: str) -> None:
    assert wrong(numbers.info, make_run(filled(numbers.INFO, **given))) == parameter


def recorded(journal: Journal, event: str | None, digits: str = N0, slot: str = "main") -> None:
    """Write a purchase of the tenant to the journal, whose last event is this one."""
    with journal.locked() as ledger:
        made = ledger.record(f"i0000000000{digits[-1]}", ACME, slot, digits, "client-1")
        if event:
            ledger.note(made, event)


@pytest.mark.parametrize(("check", "event"), [(False, "bought"), (True, "ordered")])
def test_a_number_that_came_is_noted_unless_in_check_mode(
    client: Numbers, journal: Journal, check: bool, event: str
) -> None:
    recorded(journal, "ordered")
    client.numbers[N0] = number(N0, comment=mark("i00000000000", "main"), **FIELDS)
    assert numbers.run(run_of({"slot": "main"}, check=check), nothing_used)["changed"] is False
    assert [item.event for item in journal.read()] == [event]


def test_a_comment_that_the_account_does_not_store_is_an_error(
    client: Numbers, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    recorded(journal, "bought")
    client.numbers[N0] = number(N0, comment=mark("i00000000000", "main"), **FIELDS)
    with pytest.raises(Altered, match="got the comment"):
        numbers.run(run_of({"slot": "main", "comment": "new"}), nothing_used)


def test_a_port_in_that_is_not_complete_is_a_warning_with_its_status(client: Numbers, journal: Journal) -> None:
    recorded(journal, "forgotten", N1)
    with journal.locked() as ledger:
        ledger.note(ledger.intend(ACME, "main", N0, "client-1", port_in=True), "ordered", order="o-1")
    run = run_of({"slot": "main"})
    numbers.run(run, nothing_used)
    assert ["is being ported in (order o-1, status Pending)" in warning for warning in run.warnings] == [True]


@pytest.mark.parametrize(("event", "count"), [("forgotten", 0), ("releasing", 0), (None, 1)])
def test_a_number_to_release_that_the_account_does_not_have(
    client: Numbers, journal: Journal, event: str | None, count: int
) -> None:
    recorded(journal, event)
    run = run_of({"slot": "main", "state": "absent"}, check=True)
    numbers.run(run, nothing_used)
    assert len(run.warnings) == count


def test_a_number_that_would_be_released_is_no_warning(client: Numbers, journal: Journal) -> None:
    recorded(journal, None)
    client.numbers[N0] = number(N0, comment=mark("i00000000000", "main"), **FIELDS)
    run = run_of({"slot": "main", "state": "absent", "release_confirmation": N0}, check=True)
    assert (numbers.run(run, nothing_used)["changed"], run.warnings) == (True, [])


@pytest.mark.parametrize("allowed", [True, False])
def test_a_journal_that_lacks_a_marked_number_is_a_warning_if_it_may_be_needed(
    client: Numbers, journal: Journal, allowed: bool
) -> None:
    client.numbers[N0] = number(N0, comment=mark("i00000000000", "main"), **FIELDS)
    run = run_of({"slot": "main"}, purchase_allowed=allowed)
    numbers.run(run, nothing_used)
    assert [f"does not contain {N0}" in warning for warning in run.warnings] == ([True] if allowed else [])


def test_a_second_number_of_a_slot_is_a_warning(client: Numbers, journal: Journal) -> None:
    for digits in (N0, N1):
        recorded(journal, None, digits)
        client.numbers[digits] = number(digits, comment=mark(f"i0000000000{digits[-1]}", "main"), **FIELDS)
    run = run_of({"slot": "main", "number": N0})
    numbers.run(run, nothing_used)
    assert [f"The number {N1} has the mark of the slot main" in warning for warning in run.warnings] == [True]


def test_the_other_numbers_of_a_tenant_are_told_only_with_the_whole_list(client: Numbers, journal: Journal) -> None:
    recorded(journal, None, N1, "other")
    client.numbers[N1] = number(N1, comment=mark("i00000000001", "other"), **FIELDS)
    run = run_of_one(slot="main")
    numbers.run_one(run, nothing_used)
    assert run.warnings == []
    whole = run_of({"slot": "third"})
    numbers.run(whole, nothing_used)
    assert ["not listed" in warning for warning in whole.warnings] == [True]


def test_a_number_without_a_webhook_user_is_told_as_such(client: Numbers, journal: Journal) -> None:
    client.numbers[N1] = number(N1)
    run = run_of({"slot": "main"}, check=True)
    numbers.run(run, nothing_used)
    assert ["webhook user none" in warning for warning in run.warnings] == [True]


def test_the_url_of_a_webhook_may_have_a_query() -> None:
    (wish,) = numbers.parse(run_of({"slot": "main", "mo_url": "https://own/a?b=c"})).wishes
    assert wish.fields["mo_url"] == "https://own/a?b=c"


def test_a_journal_that_is_not_set_has_no_default_if_the_inventory_is_no_file() -> None:
    assert "no default" not in str(numbers.no_journal(None))
    assert "there is no default because the inventory is not a file" in str(numbers.no_journal("None/j"))
