# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook numbers: all numbers of an organization, files, adoption, and numbers that can be bought."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
from integration.provisioning import NO_RETRIES, NUMBERS, PROVISION, Result, Site, assert_phrases, run
from sandbox.control import Sandbox
from sandbox.seed import CLOUD_CLIENTS, CloudClient
from tools.collection import ROOT
from unit.summaries import closed

ADMIN, INTEGRATION = CLOUD_CLIENTS
SCHEMA = closed(json.loads((ROOT / "docs/schemas/numbers.schema.json").read_text(encoding="utf-8")))
MAIN, BY_HAND, FOREIGN = "18445550000", "18445550050", "18445550060"
HOSTILE = "=cmd|' /C calc'!A0 {{ 7 * 7 }}"


@pytest.fixture
def site(sandbox: Sandbox, tmp_path: Path) -> Site:
    """Three tenants with two OAuth clients. alpha and beta share one."""
    made = Site(sandbox, tmp_path, "alpha", "beta", "gamma", clouds=("alpha", "beta", "gamma"))
    made.hosts["gamma"].update(gc_client_id=ADMIN.id, gc_client_secret=ADMIN.secret)
    return made


def by_hand(site: Site, number: str, client: CloudClient = INTEGRATION, **fields: str) -> None:
    """Buy a number as a person would."""
    env = site.sandbox.env
    form = {"grant_type": "client_credentials"}
    answer = requests.post(f"{env['GC_LOGIN_URL']}/oauth/token", data=form, auth=(client.id, client.secret), timeout=10)
    requests.post(
        f"{env['GC_API_URL']}/api/v2/messaging/sms/provisioning/tollfreenumbers",
        json=[{"tollfreeNumber": number, **fields}],
        headers={"Authorization": f"Bearer {answer.json()['access_token']}"},
        timeout=10,
    ).raise_for_status()


def numbers(site: Site, *options: str, **variables: Any) -> tuple[Result, dict[str, Any], dict[str, dict[str, Any]]]:
    """Run the playbook. Return its result, numbers.json, and the rows by number."""
    directory = site.directory / "numbers"
    result = site.play(NUMBERS, *options, numbers_directory=str(directory), **variables)
    document = json.loads((directory / "numbers.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert sorted(path.name for path in directory.iterdir()) == ["numbers.csv", "numbers.json"]
    return result, document, {row["number"]: row for row in document["numbers"]}


def lists(site: Site) -> int:
    """Return how often the last run listed an account."""
    return sum(record.path.rstrip("/").endswith("/tollfreenumbers") for record in site.sandbox.requests())


def test_the_numbers_of_several_clients_in_one_run(site: Site) -> None:
    assert site.play(PROVISION, "--tags", "numbers").rc == 0
    by_hand(site, BY_HAND, webhookUsername=site.tenants["alpha"].ccid)
    by_hand(site, FOREIGN, ADMIN, comment=HOSTILE)
    result, document, rows = numbers(site)
    # Each account once, whatever the number of its tenants.
    assert (result.rc, lists(site), site.writes()) == (0, 2, [])
    assert [(account["client"], account["numbers"]) for account in document["accounts"]] == [
        (INTEGRATION.id, 3),
        (ADMIN.id, 2),
    ]
    assert {(row["tenant"], row["slot"], *row["findings"]) for row in rows.values()} == {
        ("alpha", "main"),
        ("beta", "main"),
        ("gamma", "main"),
        ("alpha", None, "mark_missing", "not_in_inventory"),
        (None, None, "foreign"),
    }
    assert_phrases(
        result.output,
        "5 numbers in 2 accounts, 1 without the mark of a slot, 1 of no known tenant, 1 not in the inventory.",
        "In the journal, no order is undecided.",
    )
    assert rows[BY_HAND]["since"].startswith("20")
    assert rows[FOREIGN]["comment"] == HOSTILE
    with (site.directory / "numbers/numbers.csv").open(encoding="utf-8", newline="") as file:
        read = {row["number"]: row for row in csv.DictReader(file)}
    assert read[FOREIGN]["comment"] == "'=cmd|' /C calc'!A0 { { 7 * 7 }}"
    # With --limit, the numbers of other tenants are counted only.
    result, document, rows = numbers(site, "--limit", "alpha")
    assert sorted(row["tenant"] for row in rows.values()) == ["alpha", "alpha"]
    assert (document["limit"], document["totals"]["left_out"]) == ("alpha", 1)
    # The former name of the playbook.
    former = site.play("cxops.genesys_sms.purchases")
    assert former.changed == {"alpha": 0, "beta": 0, "gamma": 0}
    assert_phrases(former.output, "The playbook purchases is deprecated", "5 numbers in 2 accounts")


def test_one_client_that_fails_hides_no_other(site: Site) -> None:
    assert site.play(PROVISION, "--tags", "numbers").rc == 0
    # beta has the client of alpha, but not its secret. The account is still read.
    site.hosts["beta"]["gc_client_secret"] = "canary-wrong"
    site.hosts["gamma"]["gc_login_url"] = "http://127.0.0.1:1"
    result, document, rows = numbers(site, http_options=NO_RETRIES)
    assert sorted(result.failures) == ["beta", "gamma"]
    assert_phrases(result.failures["beta"], f"Could not log in to Genesys Cloud CX as the client {INTEGRATION.id}")
    found = {row["tenant"]: row["findings"] for row in rows.values()}
    assert found == {"alpha": [], "beta": [], "gamma": ["account_not_read"]}
    assert [account["numbers"] for account in document["accounts"]] == [2, None, None]
    assert "The account of gamma could not be read. Could not log in" in result.output
    assert "canary" not in result.output + json.dumps(document)


def test_open_orders_doubled_marks_and_a_list_that_lags(site: Site) -> None:
    alpha = site.tenants["alpha"].ccid
    site.sandbox.switch(**{"orders.list_lag": 60_000})
    assert site.play(PROVISION, "--limit", "alpha", "--tags", "numbers").rc != 0
    result, _document, rows = numbers(site)
    assert (rows[MAIN]["in_account"], rows[MAIN]["event"], rows[MAIN]["findings"]) == (False, "ordered", ["order_open"])
    assert_phrases(result.output, "0 numbers in 2 accounts.", "1 order is undecided.", "-e resolution=forget")
    site.sandbox.settle()
    site.sandbox.switch(**{"orders.list_lag": 0})
    by_hand(site, BY_HAND, comment=f"[slot {alpha}/main] by hand")
    by_hand(site, FOREIGN, comment="[slot 11111111-2222-4333-8444-555555555555/main]")
    _result, _document, rows = numbers(site)
    assert rows[MAIN]["findings"] == ["order_open", "doubled"]
    assert rows[BY_HAND]["findings"] == ["not_in_journal", "doubled"]
    assert rows[FOREIGN]["findings"] == ["foreign", "not_in_journal"]


def test_numbers_that_were_bought_by_hand_are_adopted(site: Site) -> None:
    by_hand(site, BY_HAND, comment="Support desk")
    by_hand(site, FOREIGN, ADMIN)
    asked = [
        {"number": "+1 844-555-0050", "tenant": "alpha", "slot": "main"},
        {"number": FOREIGN, "tenant": "gamma", "slot": "main"},
    ]
    steps = [
        f"give the number {BY_HAND} to the slot main of alpha",
        f"give the number {FOREIGN} to the slot main of gamma",
    ]
    planned, _document, rows = numbers(site, "--check", "--diff", "-v", adopt_numbers=asked)
    assert planned.changed["alpha"] == 1
    assert site.writes() == []
    assert rows[BY_HAND]["tenant"] is None
    assert_phrases(planned.output, *steps, "/main] Support desk")
    # As the answer of a survey.
    adopted, _document, rows = numbers(site, "-vvvv", "--diff", adopt_numbers=json.dumps(asked))
    assert adopted.changed["alpha"] == 1
    assert site.writes() == ["cloud: PATCH tollfreenumbers"] * 2
    told = {row["number"]: (row["tenant"], row["slot"], row["comment"], row["findings"]) for row in rows.values()}
    assert told == {BY_HAND: ("alpha", "main", "Support desk", []), FOREIGN: ("gamma", "main", "", [])}
    assert [(item.number, item.event) for item in site.purchases()] == [(BY_HAND, "recorded"), (FOREIGN, "recorded")]
    secrets = {
        str(host[name]) for host in site.hosts.values() for name in host if name.endswith(("secret", "password"))
    }
    assert [secret for secret in secrets if secret in adopted.output] == []
    again, _document, _rows = numbers(site, adopt_numbers=asked)
    assert (again.changed["alpha"], site.writes()) == (0, [])
    # Nothing is bought for slots that have a number now.
    del site.hosts["beta"]
    assert site.play(PROVISION, "--tags", "numbers").rc == 0
    assert site.sandbox.account()["spent"] == 2


ALPHA = {"tenant": "alpha", "slot": "main"}


WRONG: list[tuple[Any, list[str]]] = [
    ([{**ALPHA, "number": 18445550050}], ["adopt[1].number: must be a string, not a number. Put the value in quotes"]),
    ("[{", ["adopt: must be a list, not a string", "comes from the variable adopt_numbers"]),
    # It is in the account of another client.
    (
        [{**ALPHA, "slot": "other", "number": FOREIGN}],
        [f"the account of alpha, OAuth client {INTEGRATION.id}, does not have"],
    ),
    ([{"tenant": "beta", "slot": "other", "number": MAIN}], ["says that it belongs to the slot main of the tenant"]),
    ([{**ALPHA, "number": "18445550051"}], [f"the slot main already has the number {MAIN}"]),
    ([{"tenant": "delta", "slot": "main", "number": "18445550051"}], ["no tenant of this run is named delta"]),
]
"""Entries after a right one, and what the message says. The unit tests have more of them."""


def test_a_list_with_one_wrong_entry_changes_nothing(site: Site) -> None:
    assert site.play(PROVISION, "--limit", "alpha", "--tags", "numbers").rc == 0
    by_hand(site, BY_HAND, webhookUsername=site.tenants["alpha"].ccid)
    by_hand(site, FOREIGN, ADMIN)
    by_hand(site, "18445550051")
    good = {"tenant": "alpha", "slot": "second", "number": BY_HAND}
    for items, texts in WRONG:
        result = site.play(NUMBERS, adopt_numbers=items if isinstance(items, str) else [good, *items])
        (message,) = result.failures.values()
        assert_phrases(message, *texts)
        assert site.writes() == []


def test_numbers_that_can_be_bought_are_searched(site: Site) -> None:
    result = site.play(
        NUMBERS, "-e", "available_numbers=true", "-e", "available_vanity=CALL", "-e", "available_count=2"
    )
    assert result.changed == {"alpha": 0, "beta": 0, "gamma": 0}
    assert "Numbers that can be bought: 18440002255, 18440012255." in result.output
    wrong = site.play(NUMBERS, available_numbers="yes", available_vanity="C")
    assert_phrases(next(iter(wrong.failures.values())), "search.vanity: must be 4 to 7", "variable available_vanity")
    unclear = site.play(NUMBERS, available_numbers="no", available_vanity="", adopt_numbers="", numbers_directory="")
    assert "can be bought" not in unclear.output


def test_variables_that_can_not_be_used_together(site: Site) -> None:
    both = site.play(NUMBERS, intent="i5f0c2a9b7e3", adopt_numbers=[{}], numbers_directory="relative")
    assert_phrases(
        both.failures["alpha"],
        "adopt_numbers: it can not be used together with intent",
        "numbers_directory: 'relative' is not an absolute path",
    )
    assert site.sandbox.requests() == []


def test_the_documented_commands(site: Site) -> None:
    """docs/numbers.md, from the first look to the adoption and the search."""
    text = (ROOT / "docs/numbers.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?:^ {4}(?:ansible-playbook| {2}-e) .*\n)+", text, re.MULTILINE)
    look, plan, adopt, search = [shlex.split(block.replace("\\\n", "")) for block in blocks]
    places = {"inventories/production": str(site.inventory()), "$PWD": str(site.directory), "globex": "alpha"}
    by_hand(site, BY_HAND, comment="Support desk")

    def execute(words: list[str]) -> Result:
        for name, place in places.items():
            words = [word.replace(name, place) for word in words]
        site.sandbox.clear_requests()
        return run(*words, directory=site.directory)

    assert_phrases(execute(look).output, BY_HAND, "of no known tenant")
    assert execute(plan).changed["alpha"] == 1
    assert site.writes() == []
    assert [execute(adopt).changed["alpha"] for _time in range(2)] == [1, 0]
    assert_phrases(execute(search).output, "Numbers that can be bought: 18440002255, 18440012255, 18440022255.")
