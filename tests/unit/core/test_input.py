# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the user's arguments, `_core/input.py`: types, characters, and that no message shows a value."""

from __future__ import annotations

from datetime import date, datetime, time, timezone
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sender_id_rules import LISTED
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.webhook_header_rules import HEADER
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.checks import RANGES
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.input import check_input, plain, queries, unfilled
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.channel_rules import CHANNEL
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.options import DIGITAL_CHANNELS
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.rules import TOLLFREE_NUMBER
from unit.properties import given as generated
from unit.properties import st

CANARY = "ca-na-ry"


def listing(options: dict[str, Any]) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "required": True, "options": options}


SPEC: dict[str, Any] = {
    **DIGITAL_CHANNELS,
    "sender_ids": listing(LISTED),
    "channels": listing(CHANNEL),
    "headers": listing(HEADER),
    "tollfree_numbers": listing(TOLLFREE_NUMBER),
    "permissions": {"type": "list", "elements": "str"},
    "slots": {"type": "dict"},
    "data": {"type": "dict"},
    "secret": {"type": "dict", "no_log": True},
    "keys": {"type": "list", "elements": "dict", "no_log": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def parameters(**given: Any) -> list[str]:
    """Return the names of the refused parameters."""
    return [problem.parameter for problem in check_input(SPEC, plain(given))]


def sentences(**given: Any) -> str:
    return " ".join(map(str, check_input(SPEC, plain(given))))


class VaultText:
    """A vault value of Ansible before 2.19: not a str, but convertible to one."""

    def __str__(self) -> str:
        return "decrypted"


class OmitMarker:
    """The value of omit since ansible-core 2.19."""


OmitMarker.__name__ = "_OmitType"

OMITTED = ["__omit_place_holder__" + 40 * "a", OmitMarker()]


# Types

NO_TEXTS = [27174, 0, 1e10, True, False, date(2024, 1, 1), datetime(2024, 1, 1, tzinfo=timezone.utc), time(1), b"a"]


@pytest.mark.parametrize("value", NO_TEXTS)
@pytest.mark.parametrize(
    ("place", "wrap"),
    [
        ("api_key", lambda value: {"api_key": value}),
        ("nexus_api_key", lambda value: {"nexus_api_key": value}),
        ("ca_path", lambda value: {"ca_path": value}),
        ("state", lambda value: {"state": value}),
        ("sender_ids[1].channel_id", lambda value: {"sender_ids": [{"name": "A"}, {"name": "B", "channel_id": value}]}),
        ("channels[0].webhook_secret", lambda value: {"channels": [{"channel_id": "1", "webhook_secret": value}]}),
        ("headers[0].value", lambda value: {"headers": [{"name": "A", "value": value}]}),
        ("sender_ids[0].options.own", lambda value: {"sender_ids": [{"name": "A", "options": {"own": value}}]}),
        (
            "tollfree_numbers[0].port_in.loa_file_url",
            lambda value: {"tollfree_numbers": [{"port_in": {"loa_file_url": value}}]},
        ),
        ("permissions[1]", lambda value: {"permissions": ["a", value]}),
        ("slots.main", lambda value: {"slots": {"main": value}}),
        ("secret.a.b[0]", lambda value: {"secret": {"a": {"b": [value]}}}),
        ("keys[0].a", lambda value: {"keys": [{"a": value}]}),
    ],
)
def test_a_value_that_is_not_a_string_is_refused_by_name(value: object, place: str, wrap: Any) -> None:
    assert parameters(**wrap(value)) == [place]
    told = sentences(**wrap(value))
    assert "in quotes" in told
    assert str(value) not in told.replace("[0]", "").replace("[1]", "").replace('"0123"', "")


@pytest.mark.parametrize("value", NO_TEXTS)
def test_a_key_that_is_not_a_string_is_refused(value: object) -> None:
    assert parameters(secret={value: "a"}) == ["secret"]
    assert parameters(data={"a": {value: "a"}}) == ["data.a"]
    assert parameters(sender_ids=[{"name": "A", value: "a"}]) == ["sender_ids[0]"]


def test_json_options_may_have_numbers_and_booleans_but_no_dates() -> None:
    assert parameters(data={"a": 1, "b": [True, 1.5, None], "c": {"d": "e"}}) == []
    assert parameters(data={"a": [date(2024, 1, 1)]}) == ["data.a[0]"]


@pytest.mark.parametrize("value", ["16504661149", "065046", "", "No", "Ünï", None])
def test_a_string_stays_unchanged(value: str | None) -> None:
    assert parameters(api_key=value, sender_ids=[{"name": "A", "channel_id": value, "options": {"own": value}}]) == []


@pytest.mark.parametrize("value", [True, "true", "no", "0", 1, 1.0, "ON"])
def test_a_boolean_may_be_a_string(value: object) -> None:
    assert parameters(validate_certs=value) == []


@pytest.mark.parametrize("value", ["maybe", "", 2, [], {}, date(2024, 1, 1)])
def test_an_invalid_boolean_is_refused(value: object) -> None:
    assert parameters(validate_certs=value) == ["validate_certs"]


@pytest.mark.parametrize("value", [5, "5", "05"])
def test_a_number_may_be_a_string(value: object) -> None:
    assert parameters(retries=value, timeout=value) == []


@pytest.mark.parametrize("value", ["many", "", True, [5], {}, date(2024, 1, 1), float("inf")])
def test_an_invalid_number_is_refused(value: object) -> None:
    assert parameters(retries=value) == ["retries"]


def test_the_message_names_jinja2_native_if_it_is_on() -> None:
    (problem,) = check_input(SPEC, {"api_key": 1e10}, native=True)
    assert "jinja2_native" in str(problem)
    assert "| string" in str(problem)


@pytest.mark.parametrize("name", ["channels", "data"])
def test_the_message_names_a_date_that_made_a_template_a_string(name: str) -> None:
    text = f"[{{'webhook_secret': datetime.date(2024, 1, 1), 'api_secret': '{CANARY}'}}]"
    assert parameters(**{name: text}) == [name]
    assert "put the date in quotes" in sentences(**{name: text})
    assert CANARY not in sentences(**{name: text})


# Lists and dictionaries


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"headers": [["Authorization", CANARY]]}, "headers[0]"),
        ({"headers": [CANARY]}, "headers[0]"),
        ({"headers": [None]}, "headers[0]"),
        ({"headers": f"name=A value={CANARY}"}, "headers"),
        ({"headers": {"Authorization": CANARY}}, "headers"),
        ({"headers": 5}, "headers"),
        ({"headers": [{"name": "A", "value": {"a": CANARY}}]}, "headers[0].value"),
        ({"headers": [{"name": "A", "value": [CANARY]}]}, "headers[0].value"),
        ({"tollfree_numbers": [{"slot": "a", "port_in": [["u", CANARY]]}]}, "tollfree_numbers[0].port_in"),
        ({"tollfree_numbers": [{"slot": "a", "port_in": CANARY}]}, "tollfree_numbers[0].port_in"),
        ({"tollfree_numbers": [{"slot": "a", "port_in": {}}]}, "tollfree_numbers[0].port_in.loa_file_url"),
        ({"channels": [["16504661149", CANARY]]}, "channels[0]"),
        ({"secret": [["password", CANARY]]}, "secret"),
        ({"secret": CANARY}, "secret"),
        ({"data": 5}, "data"),
        ({"keys": [CANARY]}, "keys[0]"),
        ({"permissions": {"a": CANARY}}, "permissions"),
        ({"permissions": [{"a": CANARY}]}, "permissions[0]"),
        ({"permissions": [None]}, "permissions[0]"),
        ({"api_key": {"a": CANARY}}, "api_key"),
        ({"state": CANARY}, "state"),
        ({"timeout": CANARY}, "timeout"),
        ({"validate_certs": CANARY}, "validate_certs"),
        ({"sender_ids": [{"name": "A", "state": CANARY}]}, "sender_ids[0].state"),
    ],
)
def test_a_wrong_type_is_refused_without_its_value(given: dict[str, Any], place: str) -> None:
    assert parameters(**given) == [place]
    assert CANARY not in sentences(**given)


def test_a_free_dictionary_may_be_a_json_string() -> None:
    assert parameters(data='{"a": 1}', secret="password=x", slots='{"main": "18445551212"}') == []
    assert parameters(secret='{"pin": 48}') == ["secret.pin"]


def test_a_missing_suboption_in_a_list_is_named() -> None:
    assert parameters(sender_ids=[{"name": None}, {}]) == ["sender_ids[0].name", "sender_ids[1].name"]
    # A missing top-level option may come from the environment.
    assert parameters() == []


def test_an_unknown_option_is_named_with_the_closest_option() -> None:
    assert parameters(nexus_ur="a", sender_ids=[{"name": "A", "chanel_id": "1"}]) == [
        "nexus_ur",
        "sender_ids[0].chanel_id",
    ]
    assert "Did you mean nexus_url? Correct the name." in sentences(nexus_ur="a")
    assert "Use name, value or state." in sentences(headers=[{"name": "A", "x": "y"}])


def test_an_invalid_option_name_is_not_shown() -> None:
    assert parameters(headers=[{"name": "A", f"Bearer {CANARY}": "x"}]) == ["headers[0]"]
    assert parameters(**{f"Bearer {CANARY}": "x"}) == ["the task"]
    assert CANARY not in sentences(**{f"Bearer {CANARY}": "x"})


# Characters


@pytest.mark.parametrize(
    "character", ["\u200b", "\u202e", "\ufeff", "\x1b", "\x00", "\t", "\n", "\r", "\x7f", "\u2028", "\ud800"]
)
@pytest.mark.parametrize(
    ("place", "wrap"),
    [
        ("nexus_url", lambda text: {"nexus_url": text}),
        ("api_key", lambda text: {"api_key": text}),
        ("sender_ids[0].endpoint", lambda text: {"sender_ids": [{"name": "A", "endpoint": text}]}),
        ("sender_ids[0].options.own", lambda text: {"sender_ids": [{"name": "A", "options": {"own": text}}]}),
        ("headers[0].value", lambda text: {"headers": [{"name": "A", "value": text}]}),
        ("permissions[0]", lambda text: {"permissions": [text]}),
        ("permissions", lambda text: {"permissions": text}),
        ("data.a[0]", lambda text: {"data": {"a": [text]}}),
        ("secret.a", lambda text: {"secret": {"a": text}}),
    ],
)
def test_an_invisible_character_is_shown_by_its_code_point(character: str, place: str, wrap: Any) -> None:
    given = wrap(f"{CANARY}{character}{CANARY}")
    assert parameters(**given) == [place]
    assert f"U+{ord(character):04X}" in sentences(**given)
    assert CANARY not in sentences(**given)


def test_an_invisible_character_in_a_key_is_refused() -> None:
    (problem,) = check_input(SPEC, {"data": {"a\u200bb": "x"}})
    assert problem.parameter == "data.a\ufffdb"
    assert "U+200B" in str(problem)
    assert parameters(data={"": "x"}, secret={" ": "x"}) == ["data", "secret"]
    assert parameters(sender_ids=[{"name": "A", "options": {"": "x"}}]) == ["sender_ids[0].options"]


def test_only_secrets_may_end_with_a_line_break() -> None:
    assert parameters(api_key="key\n", secret={"a": "b\r\n"}, headers=[{"name": "A", "value": "x\n"}]) == []
    assert parameters(nexus_url="https://nexus\n", sender_ids=[{"name": "A\n"}]) == ["nexus_url", "sender_ids[0].name"]


# Values as Ansible passes them


@pytest.mark.parametrize("omitted", OMITTED)
def test_omitted_values_are_removed_at_any_depth(omitted: object) -> None:
    given = {"a": omitted, "b": [omitted, {"c": omitted, "d": [{"e": omitted, "f": 1}]}], "g": (omitted,)}
    assert plain(given) == {"b": [{"d": [{"f": 1}]}], "g": []}


def test_a_vault_value_becomes_a_string() -> None:
    given = plain({"channels": [{"channel_id": "1", "webhook_secret": VaultText()}]})
    assert given == {"channels": [{"channel_id": "1", "webhook_secret": "decrypted"}]}
    assert check_input(SPEC, given) == []


def test_the_queries_of_urls_are_found_at_any_depth() -> None:
    given = {"a": "https://x/?a=b", "c": [{"d": "see HTTPS://y?e, or"}, "really?", "https://z/"], "f": 1, "g": None}
    assert queries(given) == {"?a=b", "?e,"}


# Everything together

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.times(),
    st.binary(max_size=4),
    st.text(max_size=4),
    st.just(CANARY),
    st.just(f"\u200b{CANARY}"),
    st.sampled_from(OMITTED),
)
KEYS = st.one_of(
    st.sampled_from([*SPEC, *LISTED, *CHANNEL, *HEADER, *TOLLFREE_NUMBER]),
    st.text(max_size=4),
    st.integers(),
    st.booleans(),
    st.none(),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(KEYS, inner, max_size=4),
    ),
    max_leaves=12,
)


def test_unrendered_templates_are_found_at_any_depth() -> None:
    given = {"a": "{{ x }}", "b": {"c": ["y", "z{% if x %}"]}, "d": "{ { x } }", "e": None, "f": [True, {"g": "{{"}]}
    problems = unfilled(given)
    assert [problem.parameter for problem in problems] == ["a", "b.c[1]", "f[1].g"]
    assert "x }}" not in str(problems)


@generated(st.dictionaries(KEYS, VALUES, max_size=4), st.booleans())
def test_any_input_is_accepted_or_refused_without_its_value(given: dict[Any, Any], native: bool) -> None:
    for problem in check_input(SPEC, plain(given), native=native):
        assert isinstance(problem, InvalidInput)
        assert CANARY not in str(problem)
        assert problem.parameter


@generated(st.dictionaries(st.sampled_from([*SPEC]), VALUES))
def test_accepted_input_is_plain(given: dict[str, Any]) -> None:
    """Accepted input can be sent as JSON to the ordinary module, and arrives unchanged. Dates are never accepted."""
    if not check_input(SPEC, plain(given)):
        assert_json(plain(given))


def assert_json(value: object) -> None:
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        for item in value.values():
            assert_json(item)
    elif isinstance(value, list):
        for item in value:
            assert_json(item)
    else:
        assert value is None or isinstance(value, (str, bool, int, float))


@pytest.mark.parametrize("name", sorted(RANGES))
@pytest.mark.parametrize("front", ["", "genesys_cloud_"])
def test_a_number_out_of_range_is_refused_by_the_name_of_its_option(name: str, front: str) -> None:
    least, greatest, called = RANGES[name]
    option = f"{front}{name}"
    kind = {option: {"type": "float" if name.endswith(("timeout", "limit")) else "int"}}
    good: list[Any] = [greatest, str(greatest), least + 1, *([] if "above 0" in called else [least])]
    assert not [value for value in good if check_input(kind, {option: value})]
    bad: list[Any] = [
        least - 1,
        greatest + 1,
        str(least - 1),
        10**9,
        10**5000,
        *([least] if "above 0" in called else []),
    ]
    for value in bad:
        (problem,) = check_input({"outer": {"type": "dict", "options": kind}}, {"outer": {option: value}})
        assert problem.parameter == f"outer.{option}"
        assert len(str(problem)) < 200


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), "nan", "1e999"])
def test_infinity_and_nan_are_refused_as_seconds(value: Any) -> None:
    (problem,) = check_input({"timeout": {"type": "float"}}, {"timeout": value})
    assert problem.parameter == "timeout"
