# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The events of the journal: `_genesys_cloud/numbers/events.py`."""

from __future__ import annotations

import json
import re

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import JournalProblem
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.events import (
    EVENTS,
    START,
    Purchase,
    apply,
    event_of,
    header,
    new_id,
    purchases_of,
    render,
)
from unit.properties import given, st

TENANT = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
NUMBER = "18445550000"
DETAILS = {"tenant": TENANT, "slot": "main", "number": NUMBER, "port_in": False, "client": "client"}
HEADER = render(header())
INTENT = render(event_of("intent", "i5f0c2a9b7e3", DETAILS))


def purchases(*lines: bytes) -> list[Purchase]:
    return list(purchases_of(lines, "the journal").values())


def test_written_events_are_read_back() -> None:
    (purchase,) = purchases(HEADER, INTENT)
    assert (purchase.id, purchase.tenant, purchase.slot, purchase.number) == ("i5f0c2a9b7e3", TENANT, "main", NUMBER)
    assert (purchase.is_open, purchase.is_live, purchase.purpose) == (True, True, " for the slot main")
    ordered = render(event_of("ordered", purchase.id, {"order": "order-1"}))
    (purchase,) = purchases(HEADER, INTENT, ordered, render(event_of("bought", purchase.id, {})))
    assert (purchase.order, purchase.event, purchase.is_open, purchase.is_live) == ("order-1", "bought", False, True)
    shown = purchase.shown()
    assert (shown["intent"], shown["state"], shown["slot"]) == (purchase.id, "bought", "main")


def test_every_line_begins_with_the_text_that_identifies_a_torn_line() -> None:
    for line in (HEADER, INTENT):
        assert line.startswith(START)
        assert b"\n" not in line


def test_the_first_line_names_the_current_version() -> None:
    told = json.loads(HEADER)
    assert (told["event"], told["version"], told["id"][0]) == ("journal", 2, "j")
    assert purchases(HEADER) == purchases() == []


def test_a_number_without_a_slot() -> None:
    details = {**DETAILS, "slot": None, "port_in": True, "client": None}
    (purchase,) = purchases(HEADER, render(event_of("intent", "i1", details)))
    assert (purchase.purpose, purchase.port_in, purchase.client) == ("", True, None)


@pytest.mark.parametrize(
    ("is_port_in", "event", "is_coming"),
    [(True, "ordered", True), (True, "bought", False), (False, "ordered", False)],
)
def test_a_port_in_that_is_ordered_is_coming(is_port_in: bool, event: str, is_coming: bool) -> None:
    begun = render(event_of("intent", "i1", {**DETAILS, "port_in": is_port_in}))
    (purchase,) = purchases(HEADER, begun, render(event_of(event, "i1", {})))
    assert purchase.is_coming is is_coming


@pytest.mark.parametrize(
    ("own", "other", "is_other"),
    [("a", "b", True), ("a", "a", False), (None, "b", False), ("a", None, False), (None, None, False)],
)
def test_another_client_is_only_one_that_is_known(own: str | None, other: str | None, is_other: bool) -> None:
    (purchase,) = purchases(HEADER, render(event_of("intent", "i1", {**DETAILS, "client": own})))
    assert purchase.is_of_other_client(other) is is_other


def test_ids_have_twelve_characters() -> None:
    assert re.fullmatch("i[0-9a-f]{11}", new_id("i"))
    assert new_id("i") != new_id("i")


def test_a_journal_of_version_0_3_0_is_valid() -> None:
    """Its first line is an event. It has no header."""
    line = (
        b'{"at": "2026-11-23T20:15:00.000+00:00", "event": "intent", "id": "i5f0c2a9b7e3", "tenant": "t", '
        b'"slot": "main", "number": "18445550000", "port_in": false, "client": "client"}\n'
    )
    (purchase,) = purchases(line)
    assert (purchase.id, purchase.shown()["begun"]) == ("i5f0c2a9b7e3", "2026-11-23T20:15:00.000+00:00")


@pytest.mark.parametrize(("version", "text"), [(3, "Update cxops.genesys_sms"), ("2", "line 1"), (None, "line 1")])
def test_a_journal_of_a_newer_version_is_an_error(version: object, text: str) -> None:
    with pytest.raises(JournalProblem, match=text):
        purchases(json.dumps({"event": "journal", "version": version, "id": "j1"}).encode())


@given(st.lists(st.sampled_from(sorted(set(EVENTS) - {"intent", "recorded"})), max_size=8))
def test_the_last_event_sets_the_state_of_a_purchase(names: list[str]) -> None:
    (purchase,) = purchases(HEADER, INTENT, *(render(event_of(name, "i5f0c2a9b7e3", {})) for name in names))
    assert purchase.state == EVENTS[names[-1] if names else "intent"]
    assert purchase.event == (names[-1] if names else "intent")


@pytest.mark.parametrize(
    "line",
    [
        "not JSON",
        "[]",
        "{}",
        '{"event": "bought"}',
        '{"event": "sold", "id": "1"}',
        '{"event": "bought", "id": "never begun"}',
        '{"event": "intent", "id": "1", "at": "2026-11-23T20:00:00+00:00", "tenant": "t", "slot": "s", "number": "1"}',
        '{"event": "intent", "id": "1", "at": "today", "tenant": "t", "slot": "s", "number": "1", "port_in": false}',
        '{"event": "intent", "id": "1", "at": "2026-11-23", "tenant": "t", "slot": 5, "number": "1", "port_in": false}',
        '{"event": "intent", "id": "1", "at": "2026-11-23", "tenant": "t", "slot": null, "number": null, "port_in": 0}',
        '{"event": "journal", "version": 2, "id": "j1"}',
    ],
)
def test_an_invalid_line_is_an_error(line: str) -> None:
    with pytest.raises(
        JournalProblem, match=r"the journal can\'t be used, because line 3 .*\. Nothing is bought until that is fixed"
    ):
        purchases(HEADER, INTENT, line.encode())


def test_a_second_intent_with_the_same_id_is_an_error() -> None:
    with pytest.raises(JournalProblem, match="line 3"):
        purchases(HEADER, INTENT, INTENT)
    known = purchases_of([HEADER, INTENT], "the journal")
    with pytest.raises(ValueError, match="intent"):
        apply(known, json.loads(INTENT))


def test_half_of_a_surrogate_pair_is_written() -> None:
    unclear = render(event_of("unclear", "i5f0c2a9b7e3", {"detail": "it said \ud83d, and ü"}))
    assert unclear.decode().endswith('"it said \\ud83d, and ü"}')
    assert purchases(HEADER, INTENT, unclear)[0].detail == "it said \ud83d, and ü"
