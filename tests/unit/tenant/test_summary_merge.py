# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Summaries of slices become one: `_tenant/summary_merge.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.lookup.merged_summary import LookupModule
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.summary import Slice
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.summary_merge import merge
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.summary_table import table
from unit.summaries import NUMBERS, Json, result, summary, valid

ORDERED = [{"slot": "main", "number": "18005550100"}]


def one(name: str, number: int | None = None, count: int = 3, **changes: Any) -> Json:
    """Return the summary of a slice with one tenant."""
    part = Slice(number, count) if count else None
    known = {"tenants": {name: "kaleyra"}, "compared": 1, **changes}
    return summary(result(name, action=NUMBERS, changed=True, steps=["buy it"], ordered=ORDERED), part=part, **known)


def merged(*summaries: Json | str, allow_missing: bool = False) -> tuple[Json | None, list[str]]:
    files = [
        (f"file{number}", made if isinstance(made, str) else json.dumps(made)) for number, made in enumerate(summaries)
    ]
    return merge(files, allow_missing=allow_missing)


def problem(*summaries: Json | str) -> str:
    made, problems = merged(*summaries)
    assert made is None
    assert problems
    return "\n".join(problems)


def test_slices_become_one_summary() -> None:
    later: Json = {"started": "2026-01-02T03:04:06Z", "ended": "2026-01-02T09:00:00Z"}
    made, problems = merged(one("b", 2, **later), one("c", 3), one("a", 1))
    assert problems == []
    assert made is not None
    valid(made)
    assert [tenant["tenant"] for tenant in made["tenants"]] == ["a", "b", "c"]
    assert (made["started"], made["ended"]) == ("2026-01-02T03:04:05Z", "2026-01-02T09:00:00Z")
    assert (made["slice"], made["merged"]) == (None, {"files": 3, "count": 3, "missing": []})
    assert (made["compared_tenants"], made["totals"]["numbers"]["bought"]) == (1, 3)
    text = " ".join(line.text for line in table(made, 200))
    assert "This merges 3 summary files. At least one slice compared only its own tenants with each other." in text


def test_slices_by_limit_compared_all_tenants() -> None:
    made, _problems = merged(one("a", 1, 2, limit="a", compared=2), one("b", 2, 2, limit="b", compared=2))
    assert made is not None
    assert (made["limit"], made["compared_tenants"]) == (None, 2)
    assert "compared" not in " ".join(line.text for line in table(made, 200))
    same, _problems = merged(one("a", 1, 2, limit="x"), one("b", 2, 2, limit="x"))
    assert same is not None
    assert same["limit"] == "x"


def test_a_slice_without_tenants_is_merged() -> None:
    empty = summary(tenants={}, facts={}, part=Slice(2, 2))
    made, problems = merged(one("a", 1, 2), empty)
    assert problems == []
    assert made is not None
    assert (made["totals"]["tenants"], made["compared_tenants"]) == (1, 1)


def test_files_of_an_unknown_number_of_slices() -> None:
    made, problems = merged(one("a", count=0), one("b", count=0))
    assert problems == []
    assert made is not None
    assert made["merged"] == {"files": 2, "count": None, "missing": []}


def test_missing_slices_are_named() -> None:
    told = problem(one("a", 1), one("b", 3))
    assert told == (
        "summary_files: 2 of 3 slices have a file. Missing: 2. Run the other slices, give all files, or set "
        "allow_missing_slices to true."
    )
    assert "2 of 3 slices have a file. Run" in problem(one("a"), one("b"))
    made, _problems = merged(one("a", 1), one("b", 3), allow_missing=True)
    assert made is not None
    assert valid(made)["merged"] == {"files": 2, "count": 3, "missing": [2]}
    assert "1 of 3 slices are missing: 2." in " ".join(line.text for line in table(made, 200))
    unknown, _problems = merged(one("a"), one("b"), allow_missing=True)
    assert "1 of 3 slices are missing." in " ".join(line.text for line in table(unknown or {}, 200))


def test_a_tenant_in_two_files_is_a_conflict() -> None:
    assert problem(one("a", 1, 2), one("a", 2, 2)).startswith("file1: the tenant a is in file0 too. Give only one")


def test_conflicts_of_slices() -> None:
    assert "file1: it is slice 2, and so is file0." in problem(one("a", 2), one("b", 2))
    assert "file1: it is one of 4 slices, but file0 is one of 3." in problem(one("a", 1), one("b", 1, 4))
    assert "there are 2 files, but only 1 slices" in problem(one("a", None, 1), one("b", None, 1))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"collection_version": "9.9.9"}, "the version of the collection is 9.9.9, but in file0 it is 1.2.3."),
        ({"ansible_core_version": "2.16.1"}, "the version of ansible-core is 2.16.1, but in file0 it is 2.19.0."),
        ({"playbooks": ["site.yml"]}, "the playbook is site.yml, but in file0 it is cxops.genesys_sms.provision."),
        ({"check_mode": True}, "check mode is on, but in file0 it is off."),
    ],
)
def test_files_of_different_runs_are_a_conflict(changes: Json, expected: str) -> None:
    assert f"file1: {expected} Merge only the slices of one run." == problem(one("a", 1), one("b", 2, **changes))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "file0: it is not valid JSON."),
        ("[" * 100000, "file0: it is not valid JSON."),
        ("[]", "file0: it is not a summary of this collection."),
        ('{"schema_version": 1}', "file0: it is not a summary of this collection."),
        ('{"schema_version": 2, "tenants": []}', "file0: its schema_version is 2, but this version"),
        ('{"schema_version": 1, "tenants": []}', "file0: its field collection_version is missing or has another type."),
    ],
)
def test_a_broken_file_is_named(content: str, expected: str) -> None:
    assert problem(content, one("a", 1)).startswith(expected)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tenants", ["a"]),
        ("tenants", [{"tenant": "a", "outcome": "new", "changes": [], "numbers": []}]),
        ("tenants", [{"tenant": "a", "outcome": "failed", "changes": [], "numbers": [1]}]),
        ("slice", {"number": "1", "count": 3}),
        ("slice", {"number": 4, "count": 3}),
        ("slice", {"count": "3"}),
        ("slice", 3),
        ("limit", 3),
        ("compared_tenants", "3"),
    ],
)
def test_a_field_of_another_type_is_named(field: str, value: object) -> None:
    told = problem({**one("a", 1), field: value})
    assert told == f"file0: its field {field} is missing or has another type. Run the slice again."


def test_a_merged_summary_is_not_merged_again() -> None:
    made, _problems = merged(one("a", count=0))
    assert "file0: it is a merged summary already." in problem(made or "")


def test_no_file_is_a_problem() -> None:
    assert problem() == "summary_files: it names no file. Give the summary files of the slices."


@pytest.mark.parametrize("allowed", [False, True])
def test_the_lookup_reads_and_merges_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, allowed: bool) -> None:
    lookup = LookupModule()
    monkeypatch.setattr(lookup, "set_options", lambda **_given: None)
    monkeypatch.setattr(lookup, "get_option", lambda _name: allowed)
    (tmp_path / "a.json").write_text(json.dumps(one("a", 1, 2)))
    (found,) = lookup.run([str(tmp_path)])
    assert (found["summary"] is not None, bool(found["lines"]), bool(found["problems"])) == (
        allowed,
        allowed,
        not allowed,
    )
    (missing,) = lookup.run([str(tmp_path / "no.json")])
    assert "it can't be read" in missing["problems"][0]
