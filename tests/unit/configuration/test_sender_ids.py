# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sender IDs: the meaning of the options, and the plan for a tenant's sections.

The code is `_configuration/sender_ids.py`.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration import sender_ids
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import Configuration, Sections
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Plan, Task
from ansible_collections.cxops.genesys_sms.plugins.modules.nexus_sender_id import TASK as ONE
from ansible_collections.cxops.genesys_sms.plugins.modules.nexus_sender_id_info import TASK as INFO
from ansible_collections.cxops.genesys_sms.plugins.modules.nexus_sender_ids import TASK as MANY
from unit.doubles import make_run, validated
from unit.models import ConfigurationModel
from unit.properties import given, st

CONNECTION = {"gws_url": "https://gws.example.com", "gws_client_id": "client", "gws_client_secret": "secret"}

COMPLETE = {
    "channelId": "16504661149",
    "channelType": "sms",
    "endpoint": "chat.Main",
    "interactionSubtype": "SMS",
    "interactionType": "Inbound",
    "media": "chat",
    "cxcOnly": "false",
    "provider": "Portico",
}


def desired(items: list[dict[str, Any]], **options: Any) -> sender_ids.Desired:
    """Return what nexus_sender_ids asks for, as in a task: validated, then parsed."""
    asked = {**CONNECTION, **options, "sender_ids": items}
    check_mode = asked.pop("check_mode", False)
    return sender_ids.parse(make_run(validated(MANY, asked).validated_parameters, asked, check_mode=check_mode))


def desired_one(**options: Any) -> sender_ids.Desired:
    """Return what nexus_sender_id asks for."""
    asked = {**CONNECTION, **options}
    return sender_ids.parse_one(make_run(validated(ONE, asked).validated_parameters, asked))


def plan(wanted: sender_ids.Desired, before: Sections) -> Plan[Configuration]:
    """Return the plan for a tenant with these sections. The plan must not change the dictionary."""
    transaction = ConfigurationModel(before).read("NexusServices")
    made = sender_ids.plan(wanted, transaction)
    assert transaction.sections == before
    return made


def applied(made: Plan[Configuration], before: Sections, *, in_place: bool = True) -> ConfigurationModel:
    """Apply a plan to a server and return the server."""
    model = ConfigurationModel(copy.deepcopy(before), in_place)
    for step in made.steps:
        step.call(model)
    return model


def after(items: list[dict[str, Any]], before: Sections, **options: Any) -> Sections:
    """Return the sections of a tenant after a task."""
    return applied(plan(desired(items, **options), before), before).sections


def test_a_slot_gives_the_sender_id_its_number() -> None:
    items = [{"name": "Main", "slot": "main", "endpoint": "Main"}, {"name": "Old", "slot": "gone", "state": "absent"}]
    assert after(items, {}, slots={"main": 18445550000})["chat.Main"]["channelId"] == "18445550000"
    with pytest.raises(
        InvalidInput, match=r"sender_ids\[0\]\.slot: the option slots has no number for the slot main\. Give slots"
    ):
        desired(items, slots={"other": "18445550000"})
    with pytest.raises(InvalidInput, match=r"sender_ids\[0\]\.slot: channel_id is set too\. Set one of them"):
        desired([{**items[0], "channel_id": "18445550001"}], slots={"main": "18445550000"})
    # In check mode the number may still have to be bought.
    made = plan(desired(items, check_mode=True), {})
    assert made.after["chat.Main"]["channelId"] == "(to be bought for the slot main)"


# The run of the modules


def ran(
    monkeypatch: pytest.MonkeyPatch, task: Task, sections: Sections, **options: Any
) -> tuple[dict[str, Any], list[str], ConfigurationModel]:
    """Run a task for a tenant with these sections; return its result, its warnings and the server."""
    model = ConfigurationModel(copy.deepcopy(sections))
    monkeypatch.setattr(sender_ids, "configuration_client", lambda run: model)
    asked = {**CONNECTION, **options}
    run = make_run(validated(task, asked).validated_parameters, asked)
    return task.run(run), run.warnings, model


TENANT: Sections = {
    "A": {**COMPLETE, "channelId": "10001"},
    "chat.A": {**COMPLETE, "channelId": "10002"},
    "chat.B": {**COMPLETE, "channelId": "+1 000 3"},
    "chat.Web": {"channelType": "webchat", "channelId": "10002"},
}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["A", "chat.A", "chat.B"]),
        ({"name": "A"}, ["A", "chat.A"]),
        ({"name": "chat.A"}, ["chat.A"]),
        ({"name": "Web"}, []),
        ({"channel_id": "10002"}, ["chat.A"]),
        ({"channel_id": "1 000-3"}, ["chat.B"]),
        ({"name": "A", "channel_id": "10001"}, ["A"]),
        ({"name": "B", "channel_id": "10001"}, []),
    ],
)
def test_info_returns_the_sender_ids_of_a_name_and_a_number(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], found: list[str]
) -> None:
    result, warnings, model = ran(monkeypatch, INFO, TENANT, **asked)
    assert result == {
        "changed": False,
        "sender_ids": [sender_ids.describe(name, TENANT[name]) for name in found],
    }
    assert (warnings, model.changes) == ([], [])


@pytest.mark.parametrize(("name", "number"), [(" ", "10001"), ("A", "1")])
def test_info_refuses_an_invalid_name_or_number(monkeypatch: pytest.MonkeyPatch, name: str, number: str) -> None:
    with pytest.raises(InvalidInput):
        ran(monkeypatch, INFO, TENANT, name=name, channel_id=number)


def test_purge_names_the_sender_ids_that_it_left(monkeypatch: pytest.MonkeyPatch) -> None:
    result, warnings, model = ran(monkeypatch, MANY, TENANT, sender_ids=[{"name": "chat.B"}], purge=True)
    assert result["not_purged"] == ["A"]
    (warning,) = warnings
    assert warning.startswith("purge did not delete A: the name, or the spelling of the option channelType, does")
    assert set(model.sections) == {"A", "chat.B", "chat.Web"}
    # Nothing is left if the rest is listed.
    listed = [{"name": "chat.B"}, *({"name": name, "state": "absent"} for name in ("A", "chat.A"))]
    result, warnings, model = ran(monkeypatch, MANY, TENANT, sender_ids=listed, purge=True)
    assert (result["not_purged"], warnings) == ([], [])


def test_without_purge_nothing_is_said_about_other_sender_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    result, warnings, _model = ran(monkeypatch, MANY, TENANT, sender_ids=[{"name": "chat.B"}])
    assert "not_purged" not in result
    assert result["sender_ids"] == sender_ids.describe_all(TENANT)
    assert (result["changed"], warnings) == (False, [])


HALF_MADE: Sections = {"chat.H": {"channelType": "sms", "channelId": "10009", "endpoint": " "}, "chat.A": COMPLETE}


@pytest.mark.parametrize("task", [MANY, ONE])
def test_a_listed_section_without_options_of_the_guide_gives_a_warning(
    monkeypatch: pytest.MonkeyPatch, task: Task
) -> None:
    items = [{"name": "A"}, {"name": "H"}, {"name": "Never", "state": "absent"}]
    asked: dict[str, Any] = {"sender_ids": items} if task is MANY else items[1]
    _result, warnings, _model = ran(monkeypatch, task, HALF_MADE, **asked)
    assert [warning.partition(", which")[0] for warning in warnings] == [
        "The section chat.H lacks endpoint, interaction_subtype, interaction_type, media"
    ]


def test_a_section_that_is_not_listed_may_be_half_made(monkeypatch: pytest.MonkeyPatch) -> None:
    _result, warnings, _model = ran(monkeypatch, MANY, HALF_MADE, sender_ids=[{"name": "A"}])
    assert warnings == []


def test_one_sender_id_is_returned_as_it_is_after_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _warnings, model = ran(monkeypatch, ONE, TENANT, name="B", media="other")
    assert result["changed"]
    assert result["sender_id"] == sender_ids.describe("chat.B", {**TENANT["chat.B"], "media": "other"})
    assert set(model.sections) == set(TENANT)
    result, _warnings, model = ran(monkeypatch, ONE, TENANT, name="B", state="absent")
    assert result["sender_id"] == {}
    assert set(model.sections) == {"A", "chat.A", "chat.Web"}


def test_a_login_is_checked_before_the_configuration_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_model: ConfigurationModel, ccid: str) -> tuple[str, ...]:
        raise InvalidInput("gws_username", f"not {ccid}", "Look")

    monkeypatch.setattr(ConfigurationModel, "confirm", refuse)
    monkeypatch.delattr(ConfigurationModel, "read")
    ccid = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
    for task, asked in ((MANY, {"sender_ids": []}), (ONE, {"name": "A"}), (INFO, {})):
        with pytest.raises(InvalidInput, match=f"not {ccid}"):
            ran(monkeypatch, task, TENANT, ccid=ccid, **asked)


# The meaning of the options


@pytest.mark.parametrize("name", ["Main", "chat.Main"])
@pytest.mark.parametrize("endpoint", ["Main", "chat.Main"])
def test_a_new_sender_id_gets_the_guides_values(name: str, endpoint: str) -> None:
    item = {"name": name, "channel_id": 16504661149, "endpoint": endpoint}
    assert after([item], {}) == {"chat.Main": COMPLETE}
    assert applied(plan(desired_one(**item), {}), {}).sections == {"chat.Main": COMPLETE}


def test_each_option_is_written_under_its_key() -> None:
    item = {
        "name": "Main",
        "channel_id": "12345",
        "endpoint": "My endpoint",
        "interaction_subtype": "Other",
        "interaction_type": "Outbound",
        "media": "sms",
        "cxc_only": "yes",
        "provider": "mGage",
        "options": {"text": "a", "number": 5, "truth": True, "empty": "", "gone": None},
    }
    assert after([item], {})["chat.Main"] == {
        "channelId": "12345",
        "channelType": "sms",
        "endpoint": "chat.My endpoint",
        "interactionSubtype": "Other",
        "interactionType": "Outbound",
        "media": "sms",
        "cxcOnly": "true",
        "provider": "mGage",
        "text": "a",
        "number": "5",
        "truth": "true",
        "empty": "",
    }


def test_options_that_are_not_set_keep_their_value() -> None:
    before = {"chat.Main": {**COMPLETE, "provider": "Async", "cxcOnly": "true", "own": "x"}}
    assert not plan(desired([{"name": "Main"}]), before).steps


def test_null_resets_an_option_to_its_default() -> None:
    before = {
        "chat.Main": {
            **COMPLETE,
            "provider": "Async",
            "cxcOnly": "true",
            "media": "other",
            "interactionType": "Outbound",
            "interactionSubtype": "Other",
            "own": "x",
            "other": "y",
        }
    }
    item = {
        "name": "Main",
        "provider": None,
        "cxc_only": None,
        "media": None,
        "interaction_type": None,
        "interaction_subtype": None,
        "options": {"own": None, "never": None},
    }
    result = after([item], before)
    # A missing default and a written default are equal.
    assert {**COMPLETE, **result["chat.Main"]} == {**COMPLETE, "other": "y"}
    assert not plan(desired([item]), result).steps


def test_the_provider_of_the_list_is_for_items_without_their_own() -> None:
    items: list[dict[str, Any]] = [
        {"name": "A", "channel_id": "10001", "endpoint": "E"},
        {"name": "B", "channel_id": "10002", "endpoint": "E", "provider": "Async"},
        {"name": "C", "provider": None},
        {"name": "D", "channel_id": "10003", "endpoint": "E", "options": {"own": "x"}},
    ]
    before = {"chat.C": {**COMPLETE, "provider": "mGage"}}
    result = after(items, before, provider="mGage")
    assert [result[f"chat.{name}"].get("provider") for name in "ABCD"] == ["mGage", "Async", None, "mGage"]


def test_state_absent_of_the_list_removes_all_items() -> None:
    before = {
        name: {**COMPLETE, "channelId": f"1000{place}"} for place, name in enumerate(["chat.A", "chat.B", "chat.C"])
    }
    items = [{"name": "A"}, {"name": "B", "state": "present"}]
    assert set(after(items, before, state="absent")) == {"chat.C"}
    assert set(after([{"name": "A", "state": "absent"}, {"name": "B"}], before, state="present")) == {
        "chat.B",
        "chat.C",
    }


@pytest.mark.parametrize("seen", ["true", "True", " TRUE ", "yes", "on", "1"])
def test_any_spelling_of_true_is_true(seen: str) -> None:
    before = {"chat.Main": {**COMPLETE, "cxcOnly": seen}}
    assert not plan(desired([{"name": "Main", "cxc_only": True}]), before).steps
    assert after([{"name": "Main", "cxc_only": False}], before)["chat.Main"]["cxcOnly"] == "false"


@pytest.mark.parametrize(("key", "asked"), [("cxcOnly", {"cxc_only": False}), ("provider", {"provider": "Portico"})])
def test_a_missing_option_means_its_default(key: str, asked: dict[str, Any]) -> None:
    before = {"chat.Main": {name: value for name, value in COMPLETE.items() if name != key}}
    assert not plan(desired([{"name": "Main", **asked}]), before).steps


@pytest.mark.parametrize(("key", "asked"), [("cxcOnly", {"cxc_only": True}), ("provider", {"provider": "Async"})])
def test_a_missing_option_differs_from_a_value_that_is_not_its_default(key: str, asked: dict[str, Any]) -> None:
    before = {"chat.Main": {name: value for name, value in COMPLETE.items() if name != key}}
    assert after([{"name": "Main", **asked}], before)["chat.Main"][key] in ("true", "Async")


@pytest.mark.parametrize("key", ["interactionSubtype", "interactionType", "media"])
@pytest.mark.parametrize("seen", [None, ""])
def test_null_writes_the_guides_value_of_a_missing_option(key: str, seen: str | None) -> None:
    half = {name: value for name, value in COMPLETE.items() if name != key}
    if seen is not None:
        half[key] = seen
    assert not plan(desired([{"name": "Main"}]), {"chat.Main": half}).steps
    option = next(option for option, name in sender_ids.KEYS.items() if name == key)
    assert after([{"name": "Main", option: None}], {"chat.Main": half}) == {"chat.Main": COMPLETE}


# Errors


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        ({"name": ""}, "name: it is empty"),
        ({"name": " "}, "name: it is empty"),
        (
            {"name": "M", "channel_id": "+16504661149"},
            "channel_id: '+16504661149' does not consist of digits only.",
        ),
        ({"name": "M", "channel_id": "1650 4661149"}, "channel_id: '1650 4661149' does not consist of digits only"),
        ({"name": "M", "channel_id": "١٢٣٤٥"}, "channel_id: it does not consist of digits only"),
        ({"name": "M", "channel_id": ""}, "channel_id: it does not consist of digits only"),
        ({"name": "M", "channel_id": "12"}, "channel_id: '12' has 2 digits; a number has 3 to 15. Give only digits: 5"),
        ({"name": "M", "channel_id": "1" * 16}, "has 16 digits; a number has 3 to 15"),
        ({"name": "M", "channel_id": None}, "channel_id: it is null"),
        ({"name": "M", "endpoint": None}, "endpoint: it is null"),
        ({"name": "M", "endpoint": ""}, "endpoint: it is empty, or has whitespace at its start or end"),
        ({"name": "M", "endpoint": "chat."}, "endpoint: it is empty, or has whitespace at its start or end"),
        ({"name": "M", "endpoint": " Main"}, "endpoint: it is empty, or has whitespace at its start or end"),
        ({"name": "M", "media": " "}, "media: it is empty"),
        ({"name": "M", "options": {"own": {"a": 1}}}, "options.own: must be a string, not a list or a dictionary"),
        ({"name": "M", "options": {"own": [1]}}, "options.own: must be a string, not a list or a dictionary"),
    ],
)
def test_an_invalid_value_is_refused_with_its_parameter(item: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        desired([{"name": "Other"}, item])
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("sender_ids[1].")
    with pytest.raises(InvalidInput) as caught:
        desired_one(**item)
    assert not str(caught.value).startswith("sender_ids")
    assert sentence in str(caught.value)


@pytest.mark.parametrize("number", ["123", "12345", "6504661149", "16504661149", "1" * 15])
def test_a_number_of_a_valid_length_is_accepted(number: str) -> None:
    assert desired_one(name="M", channel_id=number).sender_ids[0].options == {"channelId": number}


@pytest.mark.parametrize("missing", ["channel_id", "endpoint"])
def test_a_new_sender_id_needs_a_number_and_an_endpoint(missing: str) -> None:
    item = {"name": "M", "channel_id": "12345", "endpoint": "E"}
    del item[missing]
    with pytest.raises(InvalidInput, match=rf"^sender_ids\[0\]\.{missing}: it is missing, and the section chat\.M"):
        plan(desired([item]), {})


def refused(items: list[dict[str, Any]], before: Sections, **options: Any) -> str:
    """Return the parameter for which a plan is refused."""
    with pytest.raises(InvalidInput) as caught:
        plan(desired(items, **options), before)
    return caught.value.parameter


@pytest.mark.parametrize(
    "name",
    ["SMS Main", "chat.", "chat.chat.Main", "chat.SMS.Main", "Chat.Main", "Main\n", " Main", "Mäin", "chat.Main "],
)
def test_the_name_of_a_new_section_must_follow_the_guide(name: str) -> None:
    item = {"name": name, "channel_id": "12345", "endpoint": "E"}
    assert refused([{"name": "Other", "state": "absent"}, item], {}) == "sender_ids[1].name"
    # An absent section that does not exist may have any name.
    assert not plan(desired([{"name": name, "state": "absent"}]), {}).steps


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("key", ["provider", "PROVIDER", " provider ", "cxconly", "channelType", "CHANNELID"])
def test_a_key_with_an_option_of_its_own_is_refused_in_any_case(key: str, exists: bool) -> None:
    item = {"name": "M", "channel_id": "12345", "endpoint": "E", "options": {key: "x"}}
    before = {"chat.M": {**COMPLETE, "provider": "y"}} if exists else {}
    assert refused([item], before) == f"sender_ids[0].options.{key}"
    assert refused([{**item, "options": {key: None}}], before) == f"sender_ids[0].options.{key}"


@pytest.mark.parametrize(
    ("key", "remedy"),
    [("provider", "Use the option provider"), ("channelType", "The channelType of a sender ID is sms")],
)
def test_the_remedy_for_a_key_of_the_guide_names_its_option(key: str, remedy: str) -> None:
    item = {"name": "M", "channel_id": "12345", "endpoint": "E", "options": {key: "x"}}
    with pytest.raises(InvalidInput, match=remedy):
        plan(desired([item]), {})


def test_a_section_that_is_listed_twice_is_refused() -> None:
    items = [{"name": "A"}, {"name": "B"}, {"name": "chat.A", "state": "absent"}]
    assert refused(items, {"chat.A": COMPLETE}) == "sender_ids[2].name"


def test_a_number_that_is_listed_twice_is_refused() -> None:
    items = [
        {"name": "A", "channel_id": "12345", "endpoint": "E"},
        {"name": "B", "channel_id": "12345", "endpoint": "E"},
    ]
    assert refused(items, {}) == "sender_ids[1].channel_id"
    # Also if one of the two has the number already.
    assert refused(items, {"chat.B": {**COMPLETE, "channelId": "12345"}}) == "sender_ids[0].channel_id"


# Sections that were made by hand


def by_hand(name: str, **options: str) -> Sections:
    return {name: {"channelType": "sms", "channelId": "16504669007", **options}}


@pytest.mark.parametrize(
    "before",
    [
        by_hand("Chat.SMS_Upper"),
        by_hand("SMS_NoPrefix"),
        by_hand("chat.SMS.Main"),
        by_hand("chat.SMS Main"),
        by_hand("chat.Plus", channelId="+1 650 466 9007"),
        by_hand("chat.Plus", channelId="tel:+1 (650) 466-9007"),
        by_hand("chat.Pasted", channelId="\u202a+1\u00a0650\u2011466\u20119007\u202c"),
        {"chat.Lower": {"channelType": "sms", "channelid": "16504669007"}},
        {"chat.Both": {"channelType": "sms", "channelId": "12345", "CHANNELID": "16504669007"}},
        {"chat.Type": {"ChannelType": " SMS ", "channelId": "16504669007"}},
        {"chat.NoType": {"channelId": "16504669007", "interactionSubtype": "SMS"}},
    ],
)
@pytest.mark.parametrize("exists", [True, False])
def test_a_number_in_use_is_found_in_any_spelling_of_its_section(before: Sections, exists: bool) -> None:
    others = {**before, "chat.New": {**COMPLETE, "channelId": "12346"}} if exists else before
    item = {"name": "New", "channel_id": "16504669007", "endpoint": "E"}
    assert refused([item], others) == "sender_ids[0].channel_id"


@pytest.mark.parametrize("name", ["SMS_NoPrefix", "Chat.SMS_Upper", "chat.SMS.Main", "chat.SMS Main", " odd "])
def test_a_handmade_section_is_managed_by_its_exact_name(name: str) -> None:
    before = {name: {**COMPLETE, "channelid": "16504661149"}}
    del before[name]["channelId"]
    assert not plan(desired([{"name": name, "channel_id": "16504661149", "endpoint": "Main"}]), before).steps
    result = after([{"name": name, "channel_id": "12345", "endpoint": "Other"}], before)
    assert result == {name: {**COMPLETE, "channelId": "12345", "endpoint": "chat.Other"}}
    assert after([{"name": name, "state": "absent"}], before) == {}
    assert applied(plan(desired_one(name=name, state="absent"), before), before).sections == {}


def test_a_name_means_the_exact_section_or_else_the_one_with_the_prefix() -> None:
    bare, prefixed = {**COMPLETE, "channelId": "10001"}, {**COMPLETE, "channelId": "10002"}
    moved = {"name": "A", "endpoint": "Other"}
    assert after([moved], {"A": bare})["A"]["endpoint"] == "chat.Other"
    assert after([moved], {"chat.A": prefixed})["chat.A"]["endpoint"] == "chat.Other"
    # A section with this name that is not a sender ID.
    assert after([moved], {"A": {"header:X": "1"}, "chat.A": prefixed})["chat.A"]["endpoint"] == "chat.Other"
    both = {"A": bare, "chat.A": prefixed}
    assert refused([moved], both) == "sender_ids[0].name"
    assert after([{"name": "chat.A", "endpoint": "Other"}], both) == {
        "A": bare,
        "chat.A": {**prefixed, "endpoint": "chat.Other"},
    }
    assert set(after([{"name": "A"}, {"name": "chat.A", "state": "absent"}], both)) == {"A"}


@pytest.mark.parametrize(("bare", "prefixed"), [("absent", "present"), ("present", "absent"), ("absent", "absent")])
def test_two_sections_whose_names_differ_only_in_the_prefix_can_be_removed_and_stay_removed(
    monkeypatch: pytest.MonkeyPatch, bare: str, prefixed: str
) -> None:
    items = [{"name": "A", "state": bare}, {"name": "chat.A", "state": prefixed}]
    left = {name for name, state in (("A", bare), ("chat.A", prefixed)) if state == "present"} | {"chat.B", "chat.Web"}
    result, _warnings, model = ran(monkeypatch, MANY, TENANT, sender_ids=items)
    assert (result["changed"], set(model.sections)) == (True, left)
    result, _warnings, model = ran(monkeypatch, MANY, model.sections, sender_ids=items)
    assert (result["changed"], set(model.sections)) == (False, left)


@pytest.mark.parametrize("other", ["chat.MAIN", "Chat.Main"])
def test_a_new_section_that_differs_only_in_case_is_refused(other: str) -> None:
    item = {"name": "Main", "channel_id": "12345", "endpoint": "E"}
    before = {other: COMPLETE}
    assert refused([item], before) == "sender_ids[0].name"
    assert set(after([item, {"name": other, "state": "absent"}], before)) == {"chat.Main"}
    # Two existing sections may differ only in case.
    assert not plan(desired([{"name": "Main"}, {"name": other}]), {**before, "chat.Main": COMPLETE}).steps


@pytest.mark.parametrize(
    ("key", "seen", "same", "other"),
    [
        ("channelId", "+1 650 466 9007", {"channel_id": "16504669007"}, {"channel_id": "16504669008"}),
        ("provider", "mgage", {"provider": "mGage"}, {"provider": "Async"}),
        ("endpoint", "Min", {"endpoint": "Min"}, {"endpoint": "chat.Min"}),
        ("endpoint", "Chat.Min", {"endpoint": "chat.Min"}, {"endpoint": "Max"}),
        ("endpoint", "chat.Min", {"endpoint": "Min"}, {"endpoint": "Max"}),
    ],
)
def test_a_value_with_the_same_meaning_keeps_its_spelling(
    key: str, seen: str, same: dict[str, str], other: dict[str, str]
) -> None:
    before = {"chat.Main": {**COMPLETE, key: seen}}
    assert not plan(desired([{"name": "Main", **same}]), before).steps
    assert after([{"name": "Main", "media": "other", **same}], before)["chat.Main"][key] == seen
    changed = after([{"name": "Main", **other}], before)["chat.Main"]
    (value,) = other.values()
    assert changed[key] == (f"chat.{value.removeprefix('chat.')}" if key == "endpoint" else value)


def test_purge_deletes_only_sections_that_follow_the_guide() -> None:
    left = {
        **by_hand("Chat.SMS_Upper", channelId="10001"),
        **by_hand("SMS_NoPrefix", channelId="10002"),
        **by_hand("chat.SMS.Main", channelId="10003"),
        "chat.Key": {"channeltype": "sms", "channelId": "10004"},
    }
    before = {**left, "chat.A": COMPLETE, **by_hand("chat.B", channelId="+1 650 466 9008")}
    assert after([{"name": "A"}], before, purge=True) == {**left, "chat.A": COMPLETE}
    listed = [{"name": name, "state": "absent"} for name in left]
    assert after([{"name": "A"}, *listed], before, purge=True) == {"chat.A": COMPLETE}


def test_a_number_may_move_from_an_absent_section() -> None:
    items = [
        {"name": "Old", "channel_id": "12345", "state": "absent"},
        {"name": "New", "channel_id": "12345", "endpoint": "E"},
    ]
    before = {"chat.Old": {**COMPLETE, "channelId": "12345"}}
    assert set(after(items, before)) == {"chat.New"}


def test_two_sections_may_swap_their_numbers() -> None:
    before = {"chat.A": {**COMPLETE, "channelId": "10001"}, "chat.B": {**COMPLETE, "channelId": "10002"}}
    items = [{"name": "A", "channel_id": "10002"}, {"name": "B", "channel_id": "10001"}]
    assert {name: options["channelId"] for name, options in after(items, before).items()} == {
        "chat.A": "10002",
        "chat.B": "10001",
    }


@pytest.mark.parametrize("exists", [True, False])
def test_a_number_that_another_section_has_is_refused(exists: bool) -> None:
    before = {"chat.Old": {**COMPLETE, "channelId": "12345"}}
    if exists:
        before["chat.New"] = COMPLETE
    with pytest.raises(InvalidInput, match=r"^channel_id: the number 12345 is already in the section chat\.Old"):
        plan(desired_one(name="New", channel_id="12345", endpoint="E"), before)


def test_a_number_that_two_sections_had_before_is_accepted() -> None:
    before = {"chat.A": COMPLETE, "chat.B": COMPLETE}
    assert after([{"name": "A", "provider": "mGage"}], before)["chat.A"]["provider"] == "mGage"


def test_a_number_of_another_medium_may_be_used() -> None:
    before = {"chat.Web": {**COMPLETE, "channelType": "webchat", "channelId": "12345"}}
    assert "chat.New" in after([{"name": "New", "channel_id": "12345", "endpoint": "E"}], before)


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ({}, "missing"),
        ({"channelType": ""}, "missing"),
        ({"channelType": "webchat"}, "'webchat'"),
        ({"channelType": "facebook", "media": "chat"}, "'facebook'"),
    ],
)
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_section_of_another_medium_is_refused(options: dict[str, str], seen: str, state: str) -> None:
    item = {"name": "Web", "channel_id": "12345", "endpoint": "E", "state": state}
    with pytest.raises(
        InvalidInput,
        match=rf"^sender_ids\[0\]\.name: the section chat\.Web is not a sender ID: its channelType is {seen}\.",
    ):
        plan(desired([item]), {"chat.Web": options})


# The sentences and states of a plan


def test_a_plan_names_each_change_and_shows_only_changed_sections() -> None:
    before = {
        "chat.A": COMPLETE,
        "chat.B": {**COMPLETE, "channelId": "12345", "own": "x"},
        "chat.C": {**COMPLETE, "channelId": "12346"},
        "chat.D": {**COMPLETE, "channelId": "12347"},
        "chat.Web": {"channelType": "webchat"},
    }
    items: list[dict[str, Any]] = [
        {"name": "New", "channel_id": "10001", "endpoint": "E"},
        {"name": "C", "state": "absent"},
        {"name": "B", "provider": "mGage", "options": {"own": None, "other": "y"}},
        {"name": "A"},
        {"name": "Never", "state": "absent"},
    ]
    made = plan(desired(items), before)
    assert [step.sentences for step in made.steps] == [
        (
            "change other, own, provider of the sender ID chat.B",
            "delete the sender ID chat.C",
            "create the sender ID chat.New",
        )
    ]
    assert set(made.before) == {"chat.B", "chat.C"}
    assert set(made.after) == {"chat.B", "chat.New"}
    assert not made.blind


def test_purge_keeps_listed_sender_ids_and_other_sections() -> None:
    before = {
        "chat.A": COMPLETE,
        "chat.B": {**COMPLETE, "channelType": " SMS"},
        "chat.Web": {**COMPLETE, "channelType": "webchat"},
        "chat.None": {},
        "sms": COMPLETE,
        "Chat.X": COMPLETE,
    }
    assert set(before) - set(after([{"name": "A"}], before, purge=True)) == {"chat.B"}
    assert set(before) - set(after([], before, purge=True)) == {"chat.A", "chat.B"}
    assert set(before) - set(after([], before)) == set()


def test_unknown_options_are_removed_only_with_purge_options() -> None:
    before = {"chat.A": {**COMPLETE, "own": "x", "kept": "y"}, "chat.B": {**COMPLETE, "own": "x"}}
    items = [{"name": "A", "options": {"kept": "y"}}]
    assert after(items, before) == before
    assert after(items, before, purge_options=True) == {"chat.A": {**COMPLETE, "kept": "y"}, "chat.B": before["chat.B"]}


def test_describe_returns_the_options_of_the_module() -> None:
    sections = {
        "chat.B": {"channelType": "sms", "channelId": "12345", "own": "x", "cxcOnly": "TRUE", "media": " "},
        "chat.A": COMPLETE,
        "chat.C": {
            "channeltype": "SMS",
            "channelid": "+1 650 466 9007",
            "PROVIDER": "mgage",
            "endpoint": "Min",
        },
        "chat.D": {
            "channelType": "sms",
            "channelId": "none",
            "endpoint": " Min",
            "provider": "Twilio",
            "cxconly": "no",
        },
        "chat.E": {"channelType": "sms", "channelId": "12346", "channelid": "12347", "CHANNELID": "12348"},
        "chat.Web": {"channelType": "webchat"},
        "Other": {"channelType": "sms"},
    }
    rest = {"cxc_only": False, "provider": "Portico"}
    assert sender_ids.describe_all(sections) == [
        {"name": "Other", **rest, "options": {}},
        {
            "name": "chat.A",
            "channel_id": "16504661149",
            "endpoint": "chat.Main",
            "interaction_subtype": "SMS",
            "interaction_type": "Inbound",
            "media": "chat",
            "cxc_only": False,
            "provider": "Portico",
            "options": {},
        },
        {
            "name": "chat.B",
            "channel_id": "12345",
            "cxc_only": True,
            "provider": "Portico",
            "options": {"own": "x"},
        },
        {
            "name": "chat.C",
            "channel_id": "16504669007",
            "endpoint": "Min",
            "cxc_only": False,
            "provider": "mGage",
            "options": {},
        },
        # A value that the option does not accept is among the further options.
        {
            "name": "chat.D",
            "cxc_only": False,
            "options": {"channelId": "none", "endpoint": " Min", "provider": "Twilio"},
        },
        {
            "name": "chat.E",
            "channel_id": "12346",
            **rest,
            "options": {"channelid": "12347", "CHANNELID": "12348"},
        },
    ]


# Properties of all plans

NAMES = ["chat.A", "chat.B", "chat.C", "chat.D"]
OWN = ["own", "label"]
# Each section has its own numbers, so no plan is refused for a number in use.
NUMBERS = {name: [f"1000{place}", f"1650466114{place}"] for place, name in enumerate(NAMES)}

SMS_OPTIONS = {
    "endpoint": ["chat.Main", "chat.Campaigns"],
    "interactionSubtype": ["SMS", ""],
    "interactionType": ["Inbound", "Outbound"],
    "media": ["chat"],
    "cxcOnly": ["true", "false", "True", "1"],
    "provider": ["Portico", "Async", "mGage"],
    **{key: ["", "x", "y"] for key in OWN},
}
ASKED: dict[str, list[Any]] = {
    "endpoint": ["Main", "chat.Campaigns"],
    "interaction_subtype": ["SMS", None],
    "interaction_type": ["Inbound", None],
    "media": ["chat", "other", None],
    "cxc_only": [True, False, None],
    "provider": ["Portico", "Async", "mGage", None],
    "options": [None, {}, {"own": "x"}, {"own": None, "label": "z"}],
}
OTHERS: list[Sections] = [
    {},
    {"chat.Web": {"channelType": "webchat", "endpoint": "chat.Main"}, "async": {"header:X-A": "1"}},
    {"sms": {**COMPLETE}, "chat.Facebook": {"channelType": "facebook"}, "chat.Empty": {}},
]


@dataclass(frozen=True)
class Case:
    """A tenant, and a task that is valid for it."""

    before: Sections
    items: list[dict[str, Any]]
    purge: bool
    purge_options: bool

    def desired(self) -> sender_ids.Desired:
        return desired(self.items, purge=self.purge, purge_options=self.purge_options)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    before = copy.deepcopy(draw(st.sampled_from(OTHERS)))
    items = []
    for name in NAMES:
        exists = draw(st.booleans())
        if exists:
            section = draw(st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in SMS_OPTIONS.items()}))
            type_ = draw(st.sampled_from(["sms", "SMS"]))
            before[name] = {**section, "channelType": type_, "channelId": draw(st.sampled_from(NUMBERS[name]))}
        if draw(st.booleans()):
            item = draw(st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in ASKED.items()}))
            item["name"] = draw(st.sampled_from([name, name.removeprefix("chat.")]))
            item["state"] = draw(st.sampled_from(["present", "present", "absent"]))
            if not exists or draw(st.booleans()):
                item["channel_id"] = draw(st.sampled_from(NUMBERS[name]))
            if not exists:
                item["endpoint"] = draw(st.sampled_from(["Main", "chat.Campaigns"]))
            items.append(item)
    return Case(before, draw(st.permutations(items)), draw(st.booleans()), draw(st.booleans()))


@given(cases(), st.booleans())
def test_applying_a_plan_gives_its_after_state(case: Case, in_place: bool) -> None:
    made = plan(case.desired(), case.before)
    model = applied(made, case.before, in_place=in_place)
    touched = {*made.before, *made.after}
    untouched = {name: options for name, options in case.before.items() if name not in touched}
    assert model.sections == {**untouched, **made.after}
    assert made.before == {name: case.before[name] for name in touched if name in case.before}
    assert all(made.before.get(name) != made.after.get(name) for name in touched)


@given(cases())
def test_a_second_plan_has_no_steps(case: Case) -> None:
    first = plan(case.desired(), case.before)
    second = plan(case.desired(), applied(first, case.before).sections)
    assert (second.steps, second.before, second.after) == ((), {}, {})


@given(cases())
def test_a_plan_has_at_most_one_write_and_one_sentence_a_section(case: Case) -> None:
    made = plan(case.desired(), case.before)
    touched = {*made.before, *made.after}
    assert len(made.steps) == bool(touched)
    assert sum(len(step.sentences) for step in made.steps) == len(touched)


@given(cases())
def test_a_write_contains_only_the_differences(case: Case) -> None:
    made = plan(case.desired(), case.before)
    for change in applied(made, case.before).changes:
        count = len(change.deleted_sections) + sum(
            len(options) for part in (change.added, change.changed, change.deleted) for options in part.values()
        )
        differences = sum(
            1
            for name in made.after
            for key in {*made.before.get(name, {}), *made.after[name]}
            if made.before.get(name, {}).get(key) != made.after[name].get(key)
        )
        assert count == differences + len(set(made.before) - set(made.after))


@given(cases())
def test_sections_of_other_media_never_change(case: Case) -> None:
    result = applied(plan(case.desired(), case.before), case.before).sections
    others = {name: options for name, options in case.before.items() if name not in NAMES}
    assert {name: options for name, options in result.items() if name not in NAMES} == others


@given(cases())
def test_listed_sender_ids_are_as_desired_after_the_plan(case: Case) -> None:
    result = applied(plan(case.desired(), case.before), case.before).sections
    present = {f"chat.{item['name'].removeprefix('chat.')}" for item in case.items if item["state"] == "present"}
    absent = {f"chat.{item['name'].removeprefix('chat.')}" for item in case.items} - present
    assert present <= set(result)
    assert not absent & set(result)
    rest = set(NAMES) & set(case.before) - present - absent
    assert set(result) & rest == (set() if case.purge else rest)
    for item in case.items:
        if item["state"] == "present":
            _check_section(item, result[f"chat.{item['name'].removeprefix('chat.')}"])


def _check_section(item: dict[str, Any], section: dict[str, str]) -> None:
    """Check one section against the documentation."""
    described = sender_ids.describe("any", section)
    defaults = {
        "provider": "Portico",
        "cxc_only": False,
        "media": "chat",
        "interaction_type": "Inbound",
        "interaction_subtype": "SMS",
    }
    for option, value in item.items():
        if option == "endpoint":
            assert section["endpoint"] == f"chat.{value.removeprefix('chat.')}"
        elif option == "channel_id" or (option in defaults and value is not None):
            assert described[option] == value
        elif option in defaults:
            assert described[option] == defaults[option]
    for key, value in (item.get("options") or {}).items():
        assert section.get(key) == value


@given(cases())
def test_unknown_options_of_listed_sections_stay_unless_purged(case: Case) -> None:
    result = applied(plan(case.desired(), case.before), case.before).sections
    for item in case.items:
        name = f"chat.{item['name'].removeprefix('chat.')}"
        if item["state"] == "absent" or name not in case.before:
            continue
        unasked = {
            key: value
            for key, value in case.before[name].items()
            if key in OWN and key not in (item.get("options") or {})
        }
        kept = {key: value for key, value in result[name].items() if key in unasked}
        assert kept == ({} if case.purge_options else unasked)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_list_makes_no_difference(case: Case, random: Any) -> None:
    items = list(case.items)
    random.shuffle(items)
    shuffled = Case(case.before, items, case.purge, case.purge_options)
    one, two = (plan(each.desired(), case.before) for each in (case, shuffled))
    assert (one.before, one.after) == (two.before, two.after)
    assert [step.sentences for step in one.steps] == [step.sentences for step in two.steps]
    assert applied(one, case.before).bodies == applied(two, case.before).bodies


# Values as people write them: in another case, with spaces, empty, and invalid ones.
WORDS = st.one_of(
    st.sampled_from(
        ["", " ", "sms", "SMS", "chat", "chat.Main", "Main", "CHAT.Main", " x", "true", "No", "mgage", "Twilio"]
    ),
    st.sampled_from(["16504661149", "+1 650 466 1149", "12", "0" * 20, "(650) 466-1149", "web-support", "١٢٣٤٥"]),
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=12),
)
KEYS = st.one_of(
    st.sampled_from([key for known in COMPLETE for key in (known, known.lower(), known.upper(), f" {known}")]),
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=12),
)
LIVE_NAMES = st.one_of(
    st.sampled_from(["A", "chat.A", "Chat.A", "chat.a", "chat.SMS.Main", "chat.", "SMS Main", "async", "chat.chat.A"]),
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=12).filter(str.strip),
)


@st.composite
def live_sections(draw: st.DrawFn) -> Sections:
    """Return sections as people and other programs may have written them."""
    sections = draw(st.dictionaries(LIVE_NAMES, st.dictionaries(KEYS, WORDS, max_size=8), max_size=6))
    for options in sections.values():
        if draw(st.booleans()):
            options[draw(st.sampled_from(["channelType", "channeltype"]))] = draw(
                st.sampled_from(["sms", "SMS", " Sms "])
            )
    return sections


@given(live_sections(), st.booleans(), st.booleans(), st.sampled_from([None, "mGage", "Async", "Portico"]))
def test_described_sender_ids_given_back_change_nothing(
    sections: Sections, purge: bool, purge_options: bool, provider: str | None
) -> None:
    items = sender_ids.describe_all(sections)
    made = plan(desired(items, purge=purge, purge_options=purge_options, provider=provider), sections)
    assert (made.steps, made.before, made.after) == ((), {}, {})


@given(live_sections())
def test_described_sender_ids_given_back_one_by_one_change_nothing(sections: Sections) -> None:
    for item in sender_ids.describe_all(sections):
        if f"chat.{item['name']}" not in sections:
            assert not plan(desired_one(**item), sections).steps


@given(live_sections())
def test_absent_and_purge_remove_all_described_sender_ids_and_nothing_else(sections: Sections) -> None:
    gone = [{"name": item["name"], "state": "absent"} for item in sender_ids.describe_all(sections)]
    others = {name: options for name, options in sections.items() if not sender_ids.is_sender_id(options)}
    assert after(gone, sections, purge=True) == others


@given(live_sections(), st.sampled_from(["16504661149", "12345"]))
def test_a_number_never_gets_into_two_sections(sections: Sections, number: str) -> None:
    item = {"name": "New", "channel_id": number, "endpoint": "E"}
    try:
        made = plan(desired([item]), sections)
    except InvalidInput:
        return
    if not made.steps:
        return
    digits = [
        "".join(c for c in value if c.isdecimal())
        for name, options in sections.items()
        if name != "chat.New"
        for key, value in options.items()
        if key.strip().lower() == "channelid" and sender_ids.is_sender_id(options)
    ]
    assert number not in digits


def test_headers_are_written_together_with_sender_ids() -> None:
    headers = {"headers": [{"name": "X-Tenant", "value": "canary"}, {"name": "X-Old", "state": "absent"}]}
    before: Sections = {"Async": {"retry": "3", "header:X-Old": "o"}, "chat.Web": {"media": "chat"}}
    item = {"name": "Main", "channel_id": "16504661149", "endpoint": "Main"}
    wanted = desired([item], webhook_headers=headers)
    made = plan(wanted, before)
    assert len(made.steps) == 1
    assert made.sentences == ["add the header X-Tenant", "remove the header X-Old", "create the sender ID chat.Main"]
    assert made.before == {"Async": {"section": "Async", "headers": {"X-Old": "(hidden)"}}}
    assert sorted(made.after) == ["Async", "chat.Main"]
    assert "canary" not in str(made.after)
    written = applied(made, before).sections
    assert written == {"Async": {"retry": "3", "header:X-Tenant": "canary"}, "chat.Web": before["chat.Web"]} | {
        "chat.Main": COMPLETE
    }
    # A second run changes nothing.
    assert plan(wanted, written) == Plan({}, {})
    assert plan(desired([item]), before).sentences == ["create the sender ID chat.Main"]


def test_wrong_headers_are_named_with_their_place() -> None:
    for headers, parameter in (
        ({"headers": [{"name": "X A", "value": "v"}]}, "webhook_headers.headers[0].name"),
        ({"headers": [{"name": "X-A", "value": None}]}, "webhook_headers.headers[0].value"),
        ({"headers": [], "section": " "}, "webhook_headers.section"),
    ):
        with pytest.raises(InvalidInput) as error:
            desired([], webhook_headers=headers)
        assert error.value.parameter == parameter
    with pytest.raises(InvalidInput, match=r"webhook_headers.headers\[0\].value: it is missing"):
        plan(desired([], webhook_headers={"headers": [{"name": "X-A"}]}), {})
