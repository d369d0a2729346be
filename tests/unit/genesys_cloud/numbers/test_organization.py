# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All accounts of an organization, and adoption: `_genesys_cloud/numbers/organization.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    Altered,
    InvalidInput,
    JournalProblem,
    Unclear,
    Unsent,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import comments, organization
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.journal import Journal
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.options import GENESYS_CLOUD
from unit.arguments import filled
from unit.doubles import make_run
from unit.purchases import ACME, GLOBEX, N0, N1, N2, Memory, Numbers, number

ITEM = organization.OPTIONS["tenants"]["options"]
THIRD = "0b0e1c1c-8a4b-4f6f-9d52-5d6d5a1b7c10"
FAILURE = Unsent("log in", "https://login", "refused the connection", "Check it")


class Account(Numbers):
    """An account that stores comments, and counts how often it is listed."""

    lists = 0

    def purchased(self) -> list[Any]:
        self.lists += 1
        return super().purchased()

    def change(self, number: str, change: dict[str, str]) -> None:
        super().change(number, change)
        self.numbers[number] = account_number(number, **change)


def account_number(digits: str, **fields: str) -> Any:
    return number(digits, **fields)


class World:
    """Accounts by OAuth client, and journals by place."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.accounts = {"one": Account(number(N0), number(N1)), "two": Account(number(N2))}
        self.journals = {"/a": Journal(Memory()), "/b": Journal(Memory())}
        self.warnings: list[str] = []
        self.journals["/a"].create()
        monkeypatch.setattr(organization, "numbers_client", lambda run: self.accounts[run.params["gc_client_id"]])
        monkeypatch.setattr(organization, "journal_at", self._journal)
        monkeypatch.setattr(comments, "_READING", (0.0,))

    def _journal(self, run: Run, place: str, patience: float) -> Journal:
        assert patience == run.params["time_limit"]
        return self.journals[place]

    def run(self, *tenants: Mapping[str, Any], check_mode: bool = False, **asked: Any) -> dict[str, Any]:
        given = {"gc_client_id": "one", "tenants": list(tenants), **asked}
        params = filled({**GENESYS_CLOUD, **organization.OPTIONS}, **given)
        params["tenants"] = [filled(ITEM, **item) for item in tenants]
        for item in params["tenants"]:
            item["login"] = filled(ITEM["login"]["options"], **(item["login"] or {}))
        run = make_run(params, given, check_mode=check_mode, diff_mode=True)
        result = organization.run(run)
        self.warnings = run.warnings
        return result

    @property
    def changes(self) -> list[Any]:
        return [call for account in self.accounts.values() for call in account.calls if call[0] == "change"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def tenant(name: str = "acme", ccid: str = ACME, client: str | None = None, **options: Any) -> dict[str, Any]:
    login = {} if client is None else {"login": {"gc_client_id": client}}
    return {"name": name, "ccid": ccid, "journal": "/a", **login, **options}


def entry(digits: str = N0, name: str = "acme", slot: str = "main") -> dict[str, str]:
    return {"number": digits, "tenant": name, "slot": slot}


def test_tenants_with_the_same_login_share_one_reading(world: World) -> None:
    told = world.run(tenant(), tenant("globex", GLOBEX), tenant("third", THIRD, "two"))
    assert [account.lists for account in world.accounts.values()] == [1, 1]
    assert [(account["client"], account["tenants"]) for account in told["accounts"]] == [
        ("one", ["acme", "globex"]),
        ("two", ["third"]),
    ]
    assert (told["changed"], told["steps"], told["available"]) == (False, [], None)
    assert [row["number"] for row in told["numbers"]] == [N0, N1, N2]


def test_a_login_replaces_only_what_it_has(world: World) -> None:
    given = tenant(login={"gc_client_id": None, "gc_client_secret": "own"})
    assert world.run(given)["accounts"] == world.run(tenant(client="one"))["accounts"]


def test_a_login_or_journal_that_fails_is_told(world: World) -> None:
    world.accounts["two"].faults["purchased"] = [FAILURE]
    told = world.run(tenant(), tenant("globex", GLOBEX, "two"), tenant("third", THIRD, journal="relative"))
    assert [row["number"] for row in told["numbers"]] == [N0, N1]
    assert told["tenants"]["acme"]["problems"] == []
    assert told["tenants"]["globex"]["problems"] == [str(FAILURE)]
    assert told["tenants"]["third"]["problems"][0].startswith("journal: must be an absolute path")
    assert (told["tenants"]["globex"]["has_journal"], told["tenants"]["third"]["has_journal"]) == (True, None)


def test_the_journal_has_no_default(world: World) -> None:
    told = world.run(tenant(journal=None), tenant("globex", GLOBEX, journal="None/genesys_cloud_purchases.txt"))
    assert told["tenants"]["acme"]["problems"][0].startswith("journal: it is missing.")
    assert "because the inventory is not a file" in told["tenants"]["globex"]["problems"][0]


def test_numbers_of_all_tenants_are_adopted_and_the_second_run_changes_nothing(world: World) -> None:
    tenants = [tenant(), tenant("globex", GLOBEX, "two", journal="/b")]
    asked = [entry(), entry(N2, "globex")]
    steps = [f"give the number {N0} to the slot main of acme", f"give the number {N2} to the slot main of globex"]
    planned = world.run(*tenants, adopt=asked, check_mode=True)
    assert (planned["changed"], planned["steps"], world.changes) == (True, steps, [])
    assert planned["diff"]["before"] == {N0: {"comment": ""}, N2: {"comment": ""}}
    done = world.run(*tenants, adopt=asked)
    assert (done["steps"], done["diff"]) == (steps, planned["diff"])
    assert {row["number"]: (row["tenant"], row["slot"]) for row in done["numbers"]} == {
        N0: ("acme", "main"),
        N1: (None, None),
        N2: ("globex", "main"),
    }
    # The second journal does not exist, and an adoption does not create it.
    assert [item.number for item in world.journals["/a"].read()] == [N0]
    assert not world.journals["/b"].exists
    # Without it, the mark names the tenant: no webhook user name does.
    assert f"[slot {GLOBEX}/main]" in world.changes[1][2]["comment"]
    again = world.run(*tenants, adopt=asked)
    assert (again["changed"], again["steps"], len(world.changes)) == (False, [], 2)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (entry(name="nobody"), "adopt[1].tenant: no tenant of this run is named nobody. Use acme or globex."),
        (entry("12"), "adopt[1].number: "),
        (entry(N0, slot="other"), f"adopt[1].number: the number {N0} is also in adopt[0]"),
        (entry(N1), "adopt[1].slot: the slot acme/main is also in adopt[0]"),
        (entry(N1, slot="a b"), "adopt[1].slot: must be the name of a slot"),
        (entry(N1, slot="x" * 21), "adopt[1].slot: it has 21 characters"),
        (entry(N2, slot="other"), f"adopt[1].number: the account of acme, OAuth client one, does not have {N2}"),
    ],
)
def test_nothing_is_written_if_an_entry_is_wrong(world: World, asked: dict[str, str], text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        world.run(tenant(), tenant("globex", GLOBEX), adopt=[entry(), asked])
    assert str(caught.value).startswith(text)
    assert world.changes == []


@pytest.mark.parametrize(
    ("comment", "caller", "problem"),
    [
        (f"[slot {GLOBEX}/main]", "", "says that it belongs to the slot main of the tenant"),
        (f"[slot {ACME}/other]", "", "says that it belongs to the slot other"),
        ("[slot i00000000001/main]", "nexus", "of an unknown tenant"),
        ("", GLOBEX, "it seems to belong to that tenant"),
        (f"[slot {ACME}/MAIN] text", GLOBEX, None),
        ("", ACME.upper(), None),
        ("by hand", "nexus", None),
    ],
)
def test_a_number_of_another_slot_or_tenant_is_not_adopted(
    world: World, comment: str, caller: str, problem: str | None
) -> None:
    world.accounts["one"].numbers[N0] = number(N0, comment=comment, webhook_username=caller)
    if problem is None:
        assert world.run(tenant(), adopt=[entry()])["changed"] is ("MAIN" not in comment)
        return
    with pytest.raises(InvalidInput, match=problem):
        world.run(tenant(), adopt=[entry()])
    assert world.changes == []


@pytest.mark.parametrize(
    ("ccid", "slot", "digits", "problem"),
    [
        (GLOBEX, "main", N0, "the journal says that .* was bought for the slot main for the tenant"),
        (ACME, "other", N0, "the journal says that .* was bought for the slot other"),
        (ACME, "MAIN", N1, f"the journal says that {N1} was bought for the slot MAIN"),
        # The account does not list it yet, or another OAuth client bought it.
        (ACME, "main", "18445550099", "the journal says that 18445550099 was bought for the slot main"),
        (ACME, "main", N0, None),
    ],
)
def test_the_journal_contradicts_an_adoption(
    world: World, ccid: str, slot: str, digits: str, problem: str | None
) -> None:
    with world.journals["/a"].locked() as ledger:
        ledger.record("i00000000001", ccid, slot, digits, "one")
    if problem is None:
        # A run that ended before it wrote the mark. The mark gets the same intent.
        assert world.run(tenant(), adopt=[entry()])["changed"] is True
        assert "[slot i00000000001/main]" in world.changes[0][2]["comment"]
        assert len(world.journals["/a"].read()) == 1
        return
    with pytest.raises(InvalidInput, match=problem):
        world.run(tenant(), adopt=[entry()])
    assert world.changes == []


def test_a_number_that_another_tenant_lists_is_not_adopted(world: World) -> None:
    own, other = tenant(numbers=[N0]), tenant("globex", GLOBEX, numbers=[N1])
    assert world.run(own, other, adopt=[entry()], check_mode=True)["changed"] is True
    with pytest.raises(InvalidInput, match=r"adopt\[0\]\.number: the tenant globex lists"):
        world.run(own, other, adopt=[entry(N1)])
    assert world.changes == []


@pytest.mark.parametrize("client", ["one", "two"])
def test_a_slot_that_has_a_number_in_any_account_gets_no_other(world: World, client: str) -> None:
    digits = N1 if client == "one" else N2
    world.accounts[client].numbers[digits] = number(digits, comment=f"[slot {ACME}/MAIN]")
    with pytest.raises(InvalidInput, match=rf"adopt\[0\]\.slot: the slot main already has the number {digits}"):
        world.run(tenant(), tenant("globex", GLOBEX, "two"), adopt=[entry()])
    assert world.changes == []


def test_the_mark_of_the_other_number_is_told_before_its_purchase(world: World) -> None:
    world.accounts["one"].numbers[N1] = number(N1, comment="[slot i00000000001/main]")
    with world.journals["/a"].locked() as ledger:
        ledger.record("i00000000001", ACME, "main", N1, "one")
    with pytest.raises(InvalidInput, match=f"the slot main already has the number {N1}. Use another slot"):
        world.run(tenant(), adopt=[entry()])


def test_the_journal_says_whose_mark_a_number_of_another_account_has(world: World) -> None:
    world.journals["/b"].create()
    with world.journals["/b"].locked() as ledger:
        ledger.note(ledger.record("i00000000001", ACME, "main", N2, "two"), "released")
    world.accounts["two"].numbers[N2] = number(N2, comment="[slot i00000000001/main]")
    with pytest.raises(InvalidInput, match=f"already has the number {N2}"):
        world.run(tenant(), tenant("globex", GLOBEX, "two", journal="/b"), adopt=[entry()])


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_comment_that_changed_after_the_plan_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch, is_gone: bool
) -> None:
    account = world.accounts["one"]
    read = account.purchased

    def purchased() -> list[Any]:
        found = read()
        # Another run adopts it between the first and the second list.
        account.numbers[N0] = number(N0, comment=f"[slot {GLOBEX}/main]")
        if is_gone:
            del account.numbers[N0]
        return found

    monkeypatch.setattr(account, "purchased", purchased)
    with pytest.raises(InvalidInput, match=r"adopt\[0\]\.number: the comment of .* changed"):
        world.run(tenant(), adopt=[entry()])
    assert world.changes == []
    assert world.journals["/a"].read() == []


def test_the_second_of_two_runs_at_the_same_time_adopts_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.journals["/a"].locked() as ledger:
        ledger.record("i00000000001", GLOBEX, "main", N0, "one")
    # Its plan was made before that.
    monkeypatch.setattr(world.journals["/a"], "read", list)
    with pytest.raises(JournalProblem, match=f"{N0} was bought for the slot main for the tenant {GLOBEX}"):
        world.run(tenant(), adopt=[entry()])
    assert world.changes == []


def test_an_account_that_can_not_be_read_stops_only_its_adoption(world: World) -> None:
    tenants = [tenant(), tenant("globex", GLOBEX, "two")]
    world.accounts["two"].faults["purchased"] = [FAILURE, FAILURE]
    with pytest.raises(Unsent):
        world.run(*tenants, adopt=[entry(), entry(N2, "globex")])
    assert world.changes == []
    assert world.run(*tenants, adopt=[entry()])["changed"] is True


def test_a_failure_between_two_writes_says_what_was_done(world: World) -> None:
    world.accounts["two"].faults["change"] = [FAILURE]
    with pytest.raises(Unsent) as caught:
        world.run(tenant(), tenant("globex", GLOBEX, "two"), adopt=[entry(), entry(N2, "globex")])
    assert caught.value.changed is True
    assert str(caught.value).endswith(f"Done before that: give the number {N0} to the slot main of acme.")


def test_a_mark_that_the_account_does_not_store_is_an_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Account, "change", Numbers.change)
    with pytest.raises(Altered, match="Done before that: give the number"):
        world.run(tenant(), adopt=[entry()])


def test_a_marked_slot_with_a_name_that_is_too_long_is_refused(world: World) -> None:
    slot = "x" * 21
    world.accounts["one"].numbers[N0] = number(N0, comment=f"[slot {ACME}/{slot}]")
    with pytest.raises(InvalidInput, match=r"adopt\[0\]\.slot: it has 21 characters"):
        world.run(tenant(), adopt=[entry(slot=slot)])


def test_an_unclear_write_is_looked_at_again(world: World) -> None:
    world.accounts["one"].faults["change"] = [Unclear("change", "https://api", "did not answer", "Look")]
    assert world.run(tenant(), adopt=[entry()])["changed"] is True
    assert len(world.changes) == 2


def test_numbers_are_searched_with_a_login_that_works(world: World) -> None:
    world.accounts["one"].faults["purchased"] = [FAILURE]
    tenants = [tenant(), tenant("globex", GLOBEX, "two")]
    assert world.run(*tenants, search={"count": 1, "vanity": None})["available"] == [N0]
    world.accounts["one"].faults["available"] = [FAILURE]
    assert world.run(*tenants, search={"count": 1, "vanity": "CALL"})["available"] is None
    assert world.warnings == [str(FAILURE)]
    world.accounts["one"].faults["purchased"] = [FAILURE]
    assert world.run(tenant(), search={"count": 1, "vanity": None})["available"] is None


@pytest.mark.parametrize(
    ("search", "parameter"),
    [({"count": 0, "vanity": None}, "search.count"), ({"count": 1, "vanity": "a"}, "search.vanity")],
)
def test_a_wrong_search_is_refused(world: World, search: dict[str, Any], parameter: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        world.run(tenant(), search=search)
    assert caught.value.parameter == parameter


def test_other_tenants_and_what_the_inventory_lists(world: World) -> None:
    world.accounts["one"].numbers[N1] = number(N1, webhook_username=GLOBEX)
    world.accounts["one"].numbers[N0] = number(N0, webhook_username=ACME)
    others = [{"name": "globex", "ccid": GLOBEX.upper()}]
    told = world.run(tenant(slots=["Main"], numbers=["+1 844 555 0000"]), others=others)
    assert [(row["number"], row["findings"]) for row in told["numbers"]] == [(N0, [])]
    assert told["left_out"] == 1
    (row, _other) = world.run(tenant(slots=[], foreign_numbers=[N0]))["numbers"]
    assert row["findings"] == ["foreign"]


@pytest.mark.parametrize(("name", "ccid"), [("acme", GLOBEX), ("globex", ACME.upper())])
def test_a_tenant_is_listed_once(world: World, name: str, ccid: str) -> None:
    with pytest.raises(InvalidInput, match=rf"tenants\[1\].name: the tenant {name} or its ccid is listed twice"):
        world.run(tenant(), tenant(name, ccid))
