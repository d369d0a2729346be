# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors, `_core/errors.py`: their messages, and the key `failure` that playbooks branch on."""

from __future__ import annotations

import re

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    KINDS,
    Altered,
    ApiError,
    Intermediary,
    InvalidInput,
    JournalProblem,
    JournalUnusable,
    LostSight,
    MissingLibrary,
    NotSeen,
    NotWritten,
    Overwritten,
    Refused,
    SmsError,
    Stale,
    Unclear,
    Undecided,
    Unproven,
    Unreadable,
    Unsent,
    Unsettled,
    Unsupported,
)
from tools.collection import ROOT


def test_invalid_input_names_the_parameter() -> None:
    error = InvalidInput("sender_ids[2].channel_id", "'x' does not consist of digits only", "Give digits")
    assert str(error) == "sender_ids[2].channel_id: 'x' does not consist of digits only. Give digits."
    assert error.details() == {"kind": "invalid_input", "parameter": "sender_ids[2].channel_id"}


def test_an_api_error_has_purpose_url_problem_and_remedy() -> None:
    error = ApiError(
        "read the service SMS",
        "https://host/x",
        "answered 403 (code 603): No",
        "Check api_key",
        status=403,
        code=603,
        correlation_id="abc",
    )
    assert str(error) == (
        "Could not read the service SMS: https://host/x answered 403 (code 603): No (correlation id abc). "
        "Check api_key."
    )
    assert error.details() == {
        "kind": "api",
        "url": "https://host/x",
        "status": 403,
        "code": 603,
        "correlation_id": "abc",
    }


def test_an_api_error_without_a_response_has_no_status_or_code() -> None:
    error = Unsent("log in", "https://host", "could not be reached", "Check gws_url")
    assert str(error) == "Could not log in: https://host could not be reached. Check gws_url."
    assert error.details() == {
        "kind": "unreachable",
        "url": "https://host",
        "status": None,
        "code": None,
        "correlation_id": None,
    }


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ApiError, "api"),
        (Unsent, "unreachable"),
        (Unclear, "unclear"),
        (Refused, "refused"),
        (Intermediary, "intermediary"),
        (Unreadable, "unreadable"),
    ],
)
def test_each_api_error_has_its_kind(kind: type[ApiError], name: str) -> None:
    assert kind("a", "b", "c", "d").details()["kind"] == name


@pytest.mark.parametrize(("kind", "name"), [(Unsupported, "unsupported"), (Stale, "stale")])
def test_each_other_error_has_its_kind(kind: type[SmsError], name: str) -> None:
    assert kind("A sentence.").details() == {"kind": name}


def subclasses(error: type[SmsError]) -> set[type[SmsError]]:
    return {error}.union(*map(subclasses, error.__subclasses__()))


def test_every_kind_is_listed_and_every_listed_kind_is_used() -> None:
    # execute() makes these two. They have no exception class.
    made_by_execute = {"defect", "missing_library"}
    raised = {error.kind for error in subclasses(SmsError) - {SmsError}}
    assert raised | made_by_execute == set(KINDS)


def documented(first: str, last: str) -> list[str]:
    """Return the rows of a table about kinds, between two headings of docs/failures.md."""
    lines = (ROOT / "docs/failures.md").read_text(encoding="utf-8").splitlines()
    part = lines[lines.index(f"## {first}") : lines.index(f"## {last}")]
    return [line for line in part if line.startswith("| `")]


def test_the_documentation_lists_every_kind() -> None:
    rows = documented("Values of failure.kind", "Other keys of failure")
    assert rows == [f"| `{kind}` | {meaning} |" for kind, meaning in KINDS.items()]


def test_the_documentation_says_of_every_kind_what_to_do() -> None:
    rows = [row.strip("| ").split(" | ") for row in documented("What to do at 3 a.m.", "Values of failure.kind")]
    assert [row[0] for row in rows] == [f"`{kind}`" for kind in KINDS]
    for _kind, messages, again, first, call in rows:
        assert re.match("no|possible|yes, if ", messages)
        assert re.match("yes|after the |as `msg` says", again)
        assert first.endswith(".")
        assert call
    # The meaning of these kinds says it too.
    told = [f"`{kind}`" for kind, meaning in KINDS.items() if "Run again" in meaning]
    assert [row[0] for row in rows if row[0] in told and not row[2].startswith("yes")] == []


def test_the_error_of_a_failed_read_after_an_unclear_write_has_both_messages() -> None:
    unclear = Unclear("write it", "https://h", "answered 502", "Look", status=502, code=5, correlation_id="abc")
    error = LostSight(unclear, Unsent("read it", "https://h", "could not be reached", "Check gws_url"))
    assert str(error) == (
        "Could not write it: https://h answered 502 (correlation id abc). Look. The write may have taken effect. "
        "Reading the state again failed too. Could not read it: https://h could not be reached. Check gws_url."
    )
    assert error.details() == unclear.details()


def test_only_some_errors_report_a_change() -> None:
    assert Unsupported("A sentence.", changed=True).changed is True
    assert not any(
        error.changed for error in (Unsupported("A sentence."), SmsError("A sentence."), Stale("A sentence."))
    )


UNCLEAR = Unclear("create it", "https://h", "did not answer", "Look")


@pytest.mark.parametrize(
    ("error", "sentence", "changed"),
    [
        (Unsupported("No call."), "No call.", False),
        (Unsupported("No call.", changed=True), "No call.", True),
        (Overwritten("Gone."), "Gone.", True),
        (JournalProblem("/j", "is full", "Look"), "journal: /j is full. Look.", False),
        (JournalUnusable("/j", "no lock", "Look"), "journal: /j can't be used: no lock. Look.", False),
        (
            MissingLibrary("requests", "it is needed", "pip install requests"),
            (
                "The Python library requests is not installed, and it is needed. Install it where the module runs: pip "
                "install requests."
            ),
            False,
        ),
        (Undecided(["One.", "Two."], []), "One. Two.", False),
        (Altered(["One.", "Two."]), "One. Two.", True),
        (
            NotWritten("/s", "is a directory", "Look", changed=True),
            "The secret could not be written to its file: /s is a directory. Look.",
            True,
        ),
        (NotSeen("Late."), "Late.", True),
        (
            Unproven({"a": "No."}, changed=False),
            "The secrets of 1 channel could not be proven. a: No.",
            False,
        ),
        (
            Unproven({"a": "No.", "b": "Yes."}, changed=True),
            "The secrets of 2 channels could not be proven. a: No. b: Yes.",
            True,
        ),
        (
            Unsettled(UNCLEAR, 4.5),
            (
                f"{UNCLEAR} It is not known whether the object was created: it did not appear within 4.5 s. It is not "
                "created a second time. Run again: if it was created, the next run finds it."
            ),
            False,
        ),
    ],
)
def test_each_error_has_its_sentence_and_says_whether_something_changed(
    error: SmsError, sentence: str, changed: bool
) -> None:
    assert (str(error), error.changed) == (sentence, changed)
