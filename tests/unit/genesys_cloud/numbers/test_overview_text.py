# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The numbers of an organization as text: `_genesys_cloud/numbers/overview_text.py`."""

from __future__ import annotations

import csv
import io
import json
import re

import jsonschema
import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.overview import FINDINGS
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.overview_text import (
    COLUMNS,
    as_csv,
    document,
    table,
)
from tools.collection import ROOT
from unit.overviews import ACCOUNT, TENANT, result, row
from unit.properties import given, st
from unit.reports import HEAD
from unit.summaries import closed

SCHEMA = closed(json.loads((ROOT / "docs/schemas/numbers.schema.json").read_text(encoding="utf-8")))


def test_a_table_for_people() -> None:
    lines = table(result(row(), row(tenant=None, slot=None, number="18445550001", status=None, findings=["foreign"])))
    assert lines == [
        "tenant                                slot  number       status    since       note",
        "acme                                  main  18445550000  Assigned  2026-11-20",
        "45acae06-6b7c-4f97-9c76-471c0b25ef71  -     18445550001  -         2026-11-20  of no known tenant",
        "2 numbers in 1 account of the OAuth client client-1, 1 of no known tenant.",
        "In the journal, no order is undecided.",
    ]


def test_the_table_names_the_clients_if_there_are_several() -> None:
    head, *lines = table(result(row(), row(client="client-2", number="18445550001")))
    assert "OAuth client" in head
    assert [line.split()[5] for line in lines[:2]] == ["client-1", "client-2"]


def test_what_is_not_known_is_told() -> None:
    failed = {"client": "client-2", "tenants": ["beta", "globex"], "numbers": None, "problem": "Could not log in."}
    tenants = {"acme": TENANT, "globex": {**TENANT, "has_journal": None}}
    order = row(in_account=False, status=None, event="unclear", findings=["order_open"])
    told = result(order, accounts=[ACCOUNT, failed], tenants=tenants, left_out=2, available=["18445552255"])
    assert table(told)[1:] == [
        "acme    main  18445550000  unclear  2026-11-20  order undecided",
        "0 numbers in 1 account of the OAuth client client-1.",
        "1 order is undecided.",
        "2 numbers of tenants that are not in this run: not shown.",
        "The account of beta, globex could not be read. Could not log in.",
        "Numbers that can be bought: 18445552255.",
    ]
    # Without a journal, nobody knows.
    unknown = table(result(tenants={"acme": {**TENANT, "has_journal": False}}, available=[]))
    assert unknown == [
        "0 numbers in 1 account of the OAuth client client-1.",
        "Numbers that can be bought: none that match.",
    ]


def test_a_document_has_exactly_the_fields_of_the_schema() -> None:
    made = document(HEAD, result(row(findings=list(FINDINGS)), row(tenant=None, ccid=None, slot=None, since=None)))
    jsonschema.Draft202012Validator(SCHEMA).validate(made)
    assert (made["totals"]["numbers"], made["totals"]["doubled"]) == (2, 1)
    enum = SCHEMA["properties"]["numbers"]["items"]["properties"]["findings"]["items"]["enum"]
    assert enum == list(FINDINGS)


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t1", "  =1", "\uff1d1"])
def test_a_comment_is_no_formula(text: str) -> None:
    (read,) = csv.DictReader(io.StringIO(as_csv(result(row(comment=text)))))
    assert read["comment"] == f"'{text}"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\t=1", "'\t'=1"),
        ('x;=HYPERLINK("a")', 'x;\'=HYPERLINK("a")'),
        ("x, +1", "x, '+1"),
        ("x\t-1", "x\t'-1"),
        ("x\n@A1", "x\n'@A1"),
        ("a-b; c=d, e", "a-b; c=d, e"),
    ],
)
def test_what_follows_a_separator_is_no_formula(text: str, written: str) -> None:
    """Some spreadsheets expect semicolons, and then the quotes of a value do not count."""
    (read,) = csv.DictReader(io.StringIO(as_csv(result(row(comment=text)))))
    assert read["comment"] == written


def test_an_ordinary_comment_is_unchanged() -> None:
    text = 'Nexus "Premise", ACME; Corp'
    (read,) = csv.DictReader(io.StringIO(as_csv(result(row(comment=text, findings=["foreign", "doubled"])))))
    assert (read["comment"], read["findings"], read["in_account"]) == (text, "foreign, doubled", "yes")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_a_csv_file_has_a_record_for_each_number(comments: list[str]) -> None:
    """No comment adds a record or a value, whatever the separator is, and none begins like a formula."""
    made = as_csv(result(*(row(comment=comment, slot=comment) for comment in comments)))
    records = list(csv.reader(io.StringIO(made, newline=""), strict=True))
    assert records[0] == list(COLUMNS)
    assert [len(record) for record in records] == [len(COLUMNS)] * (len(comments) + 1)
    assert made.endswith('"\r\n')
    for comment, record in zip(comments, records[1:], strict=True):
        value = record[COLUMNS.index("comment")]
        assert value.replace("'", "") == comment.replace("'", "")
        assert not re.search(r"[;,\t\r\n]\s*[=+\-@\uff1d\uff0b\uff0d\uff20]", value)
        assert not value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_the_cells_of_a_table_have_a_greatest_width() -> None:
    wide = row(tenant="t" * 50, slot="s" * 50, status="u" * 50, since="d" * 50, client="c" * 50)
    line = table(result(wide, row(client="client-2")))[1]
    assert [len(cell) for cell in line.split()] == [36, 30, 11, 30, 30, 36]
