# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes to the options of a transaction: complete, minimal, and with the same result in place or not.

The code is `_configuration/sections.py`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.gws_client import (
    delta_body,
    parse_properties,
    render_properties,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import (
    Delta,
    Options,
    Sections,
    Transaction,
    as_dbid,
    delta,
    only_transaction,
    undone,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import ApiError
from unit.models import DBID, apply_body
from unit.properties import given, st

TEXT = st.text(max_size=6)
# Few names, so that two states have much in common.
STATES = st.dictionaries(
    st.sampled_from(["chat.a", "chat.b", "async", "ü"]),
    st.dictionaries(st.sampled_from(["channelId", "provider", "header:X", "é"]), TEXT, min_size=1),
)


@given(STATES)
def test_render_properties_and_parse_properties_are_inverse(sections: Sections) -> None:
    assert parse_properties(json.loads(json.dumps(render_properties(sections)))).sections == sections


@given(STATES, STATES, st.booleans())
def test_a_delta_leads_from_one_state_to_the_other(before: Sections, after: Sections, in_place: bool) -> None:
    body = delta_body(Transaction(DBID, "NexusServices", before), delta(before, after), in_place=in_place)
    assert apply_body(before, json.loads(json.dumps(body))) == after


@given(STATES, STATES)
def test_a_change_is_undone_whether_it_was_made_or_not(before: Sections, after: Sections) -> None:
    assert undone(before, after, after) == before
    assert undone(before, after, before) == before


def test_changes_of_others_stay_when_a_change_is_undone() -> None:
    before = {"a": {"x": "1", "y": "1", "w": "1"}, "b": {"x": "1"}, "c": {"x": "1"}}
    after = {"a": {"x": "2", "y": "1", "w": "2"}, "c": {"x": "2"}, "d": {"x": "1"}}
    # Someone else changed a, deleted c, and added an option to d and a section.
    now = {"a": {"x": "2", "y": "3", "w": "3"}, "d": {"x": "1", "z": "1"}, "e": {"x": "1"}}
    expected = {"a": {"x": "1", "y": "3", "w": "3"}, "b": {"x": "1"}, "d": {"z": "1"}, "e": {"x": "1"}}
    assert undone(before, after, now) == expected


@given(STATES, STATES)
def test_a_delta_contains_only_the_differences(before: Sections, after: Sections) -> None:
    change = delta(before, after)
    old = {(name, key, value) for name, options in before.items() for key, value in options.items()}
    new = {(name, key, value) for name, options in after.items() for key, value in options.items()}
    places = {(name, key) for name, key, _value in old}
    kept = {(name, key) for name, key, _value in new}
    assert _flat(change.added) == {item for item in new if item[:2] not in places}
    assert _flat(change.changed) == {item for item in new - old if item[:2] in places}
    assert _flat(change.deleted) == {item for item in old if item[:2] not in kept and item[0] in after}
    assert set(change.deleted_sections) == set(before) - set(after)
    assert bool(change) is (before != after)


@given(STATES, STATES)
def test_without_in_place_the_body_has_no_changed_user_properties(before: Sections, after: Sections) -> None:
    body = delta_body(Transaction(DBID, "NexusServices", before), delta(before, after), in_place=False)
    assert "changedUserProperties" not in body["data"]


def test_items_that_are_not_options_of_a_section_are_ignored() -> None:
    properties = [
        {"key": "loose", "type": "str", "value": "x"},
        {
            "key": "chat.a",
            "type": "kvlist",
            "value": [
                {"key": "number", "type": "int", "value": 5},
                {"key": "truth", "type": "str", "value": True},
                {"key": "inner", "type": "kvlist", "value": []},
            ],
        },
        {"key": "empty", "type": "kvlist", "value": []},
    ]
    read = parse_properties(properties)
    assert read.sections == {"chat.a": {"number": "5", "truth": "true"}, "empty": {}}
    assert read.oddities("N") == ()


def test_an_empty_list_has_no_sections() -> None:
    assert parse_properties([]).sections == {}


@pytest.mark.parametrize(
    "properties",
    [
        None,
        {},
        {"chat.a": {"provider": "Async"}},
        "",
        ["chat.a"],
        [{"key": "chat.a"}],
        [{"key": "chat.a", "value": None}],
        [{"key": "chat.a", "value": {"provider": "Async"}}],
        [{"key": "chat.a", "type": "kvlist", "value": "provider=Async"}],
        [{"key": 5, "value": []}],
        [{"key": "chat.a", "value": [{"key": "provider"}]}],
        [{"key": "chat.a", "value": [{"key": None, "value": "Async"}]}],
        [{"key": "chat.a", "value": [{"key": "provider", "value": {}}]}],
        [{"key": "chat.a", "value": ["provider"]}],
    ],
)
def test_an_unknown_format_is_an_error_and_not_empty(properties: object) -> None:
    with pytest.raises((AttributeError, KeyError, TypeError)):
        parse_properties(properties)


def test_a_section_that_is_listed_twice_is_one_section() -> None:
    twice = [*render_properties({"chat.a": {"x": "1"}}), *render_properties({"b": {}, "chat.a": {"y": "2"}})]
    read = parse_properties(twice)
    assert read.sections == {"chat.a": {"x": "1", "y": "2"}, "b": {}}
    assert read.oddities("N") == ()


def test_options_listed_twice_or_null_give_a_warning_without_their_value() -> None:
    options = [("channelId", "canary1"), ("channelId", "canary2"), ("note", None)]
    read = parse_properties(
        [{"key": "chat.a", "type": "kvlist", "value": [{"key": key, "value": value} for key, value in options]}]
    )
    assert read.sections == {"chat.a": {"channelId": "canary2", "note": ""}}
    twice, empty = read.oddities("NexusServices")
    assert "has the option channelId in chat.a more than once" in twice
    assert "has the option note in chat.a without a value" in empty
    assert "canary" not in twice + empty


def test_many_odd_options_give_one_warning() -> None:
    nulls = [{"key": f"key{number}", "value": None} for number in range(1000)]
    (sentence,) = parse_properties([{"key": "chat.a", "value": nulls}]).oddities("N")
    assert "key0 in chat.a" in sentence
    assert "key4 in chat.a and 995 more without a value" in sentence


@pytest.mark.parametrize(("count", "more"), [(5, False), (6, True)])
def test_a_warning_names_five_options(count: int, more: bool) -> None:
    nulls = [{"key": f"key{number}", "value": None} for number in range(count)]
    (sentence,) = parse_properties([{"key": "chat.a", "value": nulls}]).oddities("N")
    assert "key4 in chat.a" in sentence
    assert ("and 1 more" in sentence) is more
    assert (" more " in sentence) is more


def test_options_are_taken_with_or_without_their_section() -> None:
    options = Options()
    options.open("a")
    options.take("a", "x", "1")
    options.take("b", "y", 2)
    options.take("b", "z", True)
    assert options.sections == {"a": {"x": "1"}, "b": {"y": "2", "z": "true"}}
    for section, key, value in ((5, "x", "1"), ("a", 5, "1"), ("a", "v", []), ("a", "w", {})):
        with pytest.raises(TypeError):
            options.take(section, key, value)
    assert options.sections["a"] == {"x": "1"}


@pytest.mark.parametrize(("value", "dbid"), [(5, 5), ("5", 5), (True, None), (5.0, None), (None, None), ("a", None)])
def test_a_dbid_is_a_whole_number(value: Any, dbid: int | None) -> None:
    if dbid is None:
        with pytest.raises((TypeError, ValueError)):
            as_dbid(value)
    else:
        assert as_dbid(value) == dbid


@pytest.mark.parametrize(
    ("change", "is_one"),
    [
        (Delta(), False),
        (Delta(added={"a": {"b": "c"}}), True),
        (Delta(changed={"a": {"b": "c"}}), True),
        (Delta(deleted={"a": {"b": "c"}}), True),
        (Delta(deleted_sections=("a",)), True),
    ],
)
def test_a_delta_without_a_part_is_no_change(change: Delta, is_one: bool) -> None:
    assert bool(change) is is_one


def test_a_delta_has_one_part_for_each_kind_of_change() -> None:
    before = {"a": {"same": "1", "old": "2", "gone": "3"}, "b": {"x": "1"}, "c": {"y": "1"}}
    after = {"a": {"same": "1", "old": "4", "new": "5"}, "c": {"y": "1"}, "d": {"z": "6"}}
    assert delta(before, after) == Delta(
        added={"a": {"new": "5"}, "d": {"z": "6"}},
        changed={"a": {"old": "4"}},
        deleted={"a": {"gone": "3"}},
        deleted_sections=("b",),
    )
    assert not delta(before, before)


@pytest.mark.parametrize(
    ("objects", "found", "problem"),
    [
        ([{"name": "N", "id": 1}], {"name": "N", "id": 1}, ""),
        ([5, {"name": "M"}, {"name": "N", "id": 2}], {"name": "N", "id": 2}, ""),
        ([], None, "has no transaction N in this tenant"),
        ([{"name": "M"}, "N"], None, "has no transaction N in this tenant"),
        ([{"name": "N"}, {"name": "N"}], None, "lists 2 transactions named N"),
    ],
)
def test_there_is_only_one_transaction_of_a_name(objects: list[Any], found: Any, problem: str) -> None:
    if found is not None:
        assert only_transaction(objects, "N", "read", "https://x", "user") == found
    else:
        with pytest.raises(ApiError, match=problem):
            only_transaction(objects, "N", "read", "https://x", "user")


def _flat(sections: Sections) -> set[tuple[str, str, str]]:
    return {(name, key, value) for name, options in sections.items() for key, value in options.items()}
