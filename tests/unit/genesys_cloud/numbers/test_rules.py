# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of numbers and slots, and the marks in comments: `_genesys_cloud/numbers/rules.py`."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import rules as words
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.rules import Mark
from unit.arguments import wrong
from unit.properties import assume, given, st

ACME = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
INTENT = "i00000000001"


@given(st.from_regex("[1-9][0-9]{10,14}", fullmatch=True), st.lists(st.sampled_from(" -.()"), max_size=4))
def test_numbers_are_accepted_in_common_spellings(digits: str, between: list[str]) -> None:
    written = "+" + "".join(
        digits[place] + between[place] if place < len(between) else digits[place] for place in range(len(digits))
    )
    assert words.number("number", written) == words.number("number", digits) == digits


@pytest.mark.parametrize("value", ["", "1844FLOWERS", "8445551212", "1" * 16, "١٨٤٤٥٥٥١٢١٢", "18445551212,"])
def test_invalid_numbers_are_refused(value: str) -> None:
    with pytest.raises(InvalidInput):
        words.number("number", value)


ALTERATIONS: dict[str, Callable[[str], str]] = {
    "kept": str,
    "cut": lambda comment: comment[:40],
    "upper": str.upper,
    "lower": str.lower,
    "escaped": lambda comment: html.escape(comment).translate({ord(char): f"&#{ord(char)};" for char in "[]/"}),
    "folded": lambda comment: " ".join(comment.split()),
}


@given(
    st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True),
    st.text(),
    st.sampled_from(sorted(ALTERATIONS)),
    st.booleans(),
)
def test_marks_are_found_in_altered_comments(slot: str, comment: str, alteration: str, is_long: bool) -> None:
    """With all alterations that servers are known to make."""
    assume(words.mark_of(comment) is None)
    mark = words.long_mark(ACME, slot) if is_long else words.mark(INTENT, slot)
    assert is_long or len(mark) <= 40
    assume(not is_long or alteration != "cut")
    shown = ALTERATIONS[alteration](f"{mark} {comment}")
    found = words.mark_of(shown)
    assert found is not None
    assert (found.intent, found.tenant) == ((None, ACME) if is_long else (INTENT, None))
    assert words.same_slot(found.slot, slot)
    if alteration == "kept":
        assert words.without_mark(shown) == comment.strip()
        assert words.mark_of(f"{comment} {mark}") == found


@given(st.text(), st.sampled_from(["kept", "upper", "escaped", "folded"]))
def test_comments_that_differ_in_case_escapes_or_spaces_are_the_same(comment: str, alteration: str) -> None:
    assume(comment.upper().casefold() == comment.casefold())
    assume(html.unescape(comment) == comment)
    assert words.same_comment(comment, ALTERATIONS[alteration](comment))
    assert not words.same_comment(comment, f"{comment}x")


@pytest.mark.parametrize(
    ("check", "value"), [(words.slot_name, "main line"), (words.vanity, "abc"), (words.vanity, "a-cd")]
)
def test_invalid_slot_names_are_refused(check: Any, value: str) -> None:
    with pytest.raises(InvalidInput, match=r"^option: "):
        check("option", value)
    assert words.vanity("option", "CALL") == "CALL"


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("8445551212", ("10 digits", "country code")),
        ("1" * 16, ("16 digits", "15")),
        ("0018445551212", ("begins with 0",)),
        ("1844FLOWERS", ("number",)),
    ],
)
def test_the_message_says_what_is_wrong_with_a_number(value: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput) as caught:
        words.number("number", value)
    assert [part in str(caught.value) for part in parts] == [True] * len(parts)


@pytest.mark.parametrize("digits", ["1" * 11, "1" * 15])
def test_a_number_has_11_to_15_digits(digits: str) -> None:
    assert words.number("number", digits) == digits


@pytest.mark.parametrize("value", ["a", "A_b-9", "x" * 60])
def test_a_slot_has_letters_digits_underscores_and_dashes(value: str) -> None:
    assert words.slot_name("slot", value) == value


@pytest.mark.parametrize("value", ["", "a b", "a.b", "ü", "a\n"])
def test_another_name_of_a_slot_is_refused(value: str) -> None:
    assert wrong(words.slot_name, "slot", value) == "slot"


@pytest.mark.parametrize(("value", "is_good"), [("abc", False), ("abcd", True), ("ABC1234", True), ("abcd1234", False)])
def test_a_vanity_has_4_to_7_characters(value: str, is_good: bool) -> None:
    if is_good:
        assert words.vanity("vanity", value) == value
    else:
        assert wrong(words.vanity, "vanity", value) == "vanity"


@pytest.mark.parametrize(("length", "is_good"), [(20, True), (21, False)])
def test_a_new_slot_has_20_characters_at_most(length: int, is_good: bool) -> None:
    if is_good:
        words.check_new_slot("slot", "x" * length)
    else:
        assert wrong(words.check_new_slot, "slot", "x" * length) == "slot"


URL = "https://digital.example.com/p?a=b"


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"slot": "main"},
        {"slot": "main", "vanity": "CALL"},
        {"number": "18445551212", "port_in": {"loa_file_url": URL}},
        {"number": "18445551212", "port_in": {}},
        {"mo_url": URL, "dr_url": ""},
        {"mo_url": None, "port_in": None, "vanity": None},
    ],
)
def test_options_of_a_number_that_go_together(item: dict[str, Any]) -> None:
    words.check_item("n[0].", item)


@pytest.mark.parametrize(
    ("item", "parameter"),
    [
        ({"vanity": "CALL"}, "n[0].vanity"),
        ({"port_in": {}}, "n[0].port_in"),
        ({"port_in": {}, "slot": "main"}, "n[0].port_in"),
        ({"slot": "main", "vanity": "abc"}, "n[0].vanity"),
        ({"slot": "main", "vanity": "CALL", "number": "18445551212"}, "n[0].vanity"),
        ({"mo_url": "h"}, "n[0].mo_url"),
        ({"dr_url": "h"}, "n[0].dr_url"),
        ({"number": "18445551212", "port_in": {"loa_file_url": "h"}}, "n[0].port_in.loa_file_url"),
    ],
)
def test_options_of_a_number_that_do_not_go_together(item: dict[str, Any], parameter: str) -> None:
    assert wrong(words.check_item, "n[0].", item) == parameter


@pytest.mark.parametrize(
    ("ccid", "slot", "is_told", "expected"),
    [
        (None, "main", False, False),
        ("other", "main", False, False),
        (None, "main", True, True),
        (None, None, True, False),
        ("acme", "main", True, False),
        (" ACME ", None, True, False),
        ("other", None, True, True),
    ],
)
def test_an_entry_of_another_tenant_is_known(ccid: str | None, slot: str | None, is_told: bool, expected: bool) -> None:
    assert words.is_of_another(" Acme", ccid, slot, is_told=is_told) is expected


@pytest.mark.parametrize(
    ("comment", "mark"),
    [
        ("", None),
        ("[slot main]", None),
        ("[slot x/main]", None),
        (f"[slot {INTENT}/main]", Mark("main", INTENT)),
        (f"a [SLOT  {INTENT.upper()}/Main ] b", Mark("Main", INTENT)),
        (f"[slot {ACME.upper()}/main]", Mark("main", None, ACME)),
        (f"&#91;slot {INTENT}/main&#93;", Mark("main", INTENT)),
    ],
)
def test_a_mark_is_read(comment: str, mark: Mark | None) -> None:
    assert words.mark_of(comment) == mark


@pytest.mark.parametrize(
    ("comment", "rest"),
    [
        (f"[slot {INTENT}/main] ACME", "ACME"),
        (f"ACME [slot {INTENT}/main] Corp", "ACME Corp"),
        (f"&#91;slot {INTENT}/main&#93; R&amp;D", "R&D"),
        ("R&amp;D", "R&amp;D"),
        (f"[slot {INTENT}/main] R&amp;D", "R&amp;D"),
    ],
)
def test_a_comment_without_its_mark(comment: str, rest: str) -> None:
    assert words.without_mark(comment) == rest


def test_a_mark_knows_whose_it_is() -> None:
    mark = Mark("Main", INTENT, ACME)
    assert mark.is_of(ACME, "main")
    assert not mark.is_of(ACME, "other")
    assert not mark.is_of(ACME, None)
    assert not mark.is_of("other", "main")
    assert not Mark("Main", INTENT).is_of(ACME, "main")
    assert ACME in mark.owner
    assert "Main" in mark.owner
    assert "unknown" in Mark("main").owner


def test_marks_are_written_as_servers_have_them() -> None:
    assert words.mark(INTENT, "main") == f"[slot {INTENT}/main]"
    assert words.long_mark(ACME, "main") == f"[slot {ACME}/main]"
    assert words.intent_of(ACME, "18445551212") == "ic7888b11ce4"
    assert words.intent_of(ACME, "18445551212") != words.intent_of(ACME, "18445551213")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("a", "A", True), ("a", "b", False), (None, "a", False), ("a", None, False), (None, None, False)],
)
def test_slots_are_the_same_in_any_case(one: str | None, other: str | None, expected: bool) -> None:
    assert words.same_slot(one, other) is expected


def test_a_slot_and_a_number_are_listed_once() -> None:
    named = [
        ("n[0].", "slot", "a"),
        ("n[0].", "number", "1"),
        ("n[1].", "slot", "1"),
        ("n[2].", "number", "1"),
        ("n[3].", "slot", "A"),
    ]
    assert words.conflicts(named[:3]) == []
    found = words.conflicts(named)
    assert [error.parameter for error in found] == ["n[2].number", "n[3].slot"]
    assert ["n[0]" in str(error) for error in found] == [True, True]
    assert words.conflicts([("n[0].", "slot", "a"), ("n[0].", "slot", "a")]) == []


def test_a_database_is_known_by_the_scheme_of_its_url() -> None:
    for scheme in ("postgresql", "postgres"):
        assert words.is_database(f"{scheme}://host/sms")
        assert words.journal_place(f"{scheme}://host/sms") == f"{scheme}://host/sms"
    assert not words.is_database("/srv/postgresql://host")


@pytest.mark.parametrize("journal", [None, "", "None/genesys_cloud_purchases.txt"])
def test_a_journal_may_not_be_set(journal: str | None) -> None:
    assert words.journal_place(journal) is None


@pytest.mark.parametrize(
    ("journal", "problem"),
    [
        ("journal.txt", "must be an absolute path"),
        ("mysql://host/sms", "the URL scheme mysql is not supported. Use the absolute path of a file, or a URL that"),
        ("sqlite:///srv/journal", "scheme sqlite"),
        ("postgresql+psycopg://host/sms", "scheme postgresql+psycopg"),
        ("jdbc:postgresql://host/sms", "scheme jdbc:postgresql"),
        ("POSTGRESQL://host/sms", "scheme POSTGRESQL"),
        ("ab" * 15 + "://host/sms", f"scheme {'ab' * 10} is not"),
        ("postgresql://[::1/sms", "can't be read"),
        ("postgresql://user:pass#canary@host/sms", "can't be read"),
        ("postgresql://user:pass?canary@host/sms", "can't be read"),
        ("postgresql://user:pass/canary@host/sms", "can't be read"),
    ],
)
def test_a_place_that_can_hold_no_journal_is_refused(journal: str, problem: str) -> None:
    for option in ("journal", "genesys_cloud_journal", "copy_from"):
        with pytest.raises(InvalidInput) as caught:
            words.journal_place(journal, option)
        assert caught.value.parameter == option
        assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("option", "remedy"),
    [
        ("journal", "Set journal_password,"),
        ("genesys_cloud_journal", "Set genesys_cloud_journal_password,"),
        ("copy_from", "Set journal_password,"),
    ],
)
@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("postgresql://user:canary@host/sms", "password"),
        ("postgresql://user:@host/sms", "password"),
        ("postgresql://a:1,b:2/sms?password=canary", "password"),
        ("postgresql://host/sms?sslpassword=", "sslpassword"),
        ("postgresql://host/sms?oauth_client_secret=canary&sslmode=require", "oauth_client_secret"),
        ("postgresql://user@a:1,b:2/sms?sslmode=verify-full&passfile=/etc/sms", None),
        ("postgresql:///sms?host=/run/postgresql", None),
    ],
)
def test_the_url_must_not_contain_a_secret(url: str, secret: str | None, option: str, remedy: str) -> None:
    if secret is None:
        assert words.journal_place(url, option) == url
        return
    with pytest.raises(InvalidInput) as caught:
        words.journal_place(url, option)
    assert caught.value.parameter == option
    assert f"contains a secret ({secret})" in str(caught.value)
    assert remedy in str(caught.value)
    assert "canary" not in str(caught.value)
