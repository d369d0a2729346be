# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Custom headers of webhooks: parsing and planning.

The code is `_configuration/webhook_headers.py`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration import webhook_headers
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import Configuration, Sections
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.webhook_header_rules import Header
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.webhook_headers import (
    Desired,
    parse,
    plan,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import HIDDEN
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Plan, Run, Step
from unit.doubles import make_run
from unit.models import ConfigurationModel
from unit.properties import given, st

SECTIONS: Sections = {
    "chat.Web": {"media": "chat", "header:X-Not-Ours": "x"},
    "Async": {"header:X-Tenant": "canary-t", "retry": "3", "header:X-Odd": "canary-o", "Header:X": "no header"},
}


def run_with(*items: dict[str, Any], **options: Any) -> Run:
    params = {"section": "Async", "purge": False, "state": "present", "ccid": None, **options}
    whole = {"value": None, "state": None}
    return make_run({**params, "headers": [{**whole, **item} for item in items]}, {"headers": list(items), **options})


def parsed(*items: dict[str, Any], **options: Any) -> Desired:
    return parse(run_with(*items, **options))


def planned(desired: Desired, server: ConfigurationModel) -> Plan[Configuration]:
    return plan(desired, server.read("NexusServices"))


def carry_out(made: Plan[Any], server: Any) -> None:
    step: Step[Any]
    for step in made.steps:
        step.call(server)


def sentences(made: Plan[Any]) -> list[str]:
    return [sentence for step in made.steps for sentence in step.sentences]


def test_parse_returns_each_option() -> None:
    items: list[dict[str, Any]] = [{"name": "X-A", "value": "b c"}, {"name": "X-B", "state": "absent"}, {"name": "X-C"}]
    assert parsed(*items, section="Mine", purge=True) == Desired(
        "Mine",
        (
            Header("headers[0].", "X-A", True, "b c"),
            Header("headers[1].", "X-B", False),
            Header("headers[2].", "X-C", True, None),
        ),
        purge=True,
    )
    assert not any(header.present for header in parsed(*items, state="absent").headers)


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ([{"name": "X A", "value": "v"}], "headers[0].name: must be the name of an HTTP header. Use letters"),
        ([{"name": "header:X-A", "value": "v"}], "headers[0].name: must be the name of an HTTP header"),
        ([{"name": "", "value": "v"}], "headers[0].name: must be the name of an HTTP header"),
        ([{"name": "X-Ä", "value": "v"}], "headers[0].name: must be the name of an HTTP header"),
        (
            [{"name": "Content-Type"}],
            "headers[0].name: Content-Type can't be set: Digital Channels sets it to application",
        ),
        (
            [{"name": "x-hub-signature"}],
            "headers[0].name: x-hub-signature can't be set: Digital Channels writes the signature",
        ),
        (
            [{"name": "X-B3-TraceId"}],
            "headers[0].name: X-B3-TraceId can't be set: Digital Channels writes the trace ID",
        ),
        ([{"name": "HOST"}], "headers[0].name: HOST can't be set: Digital Channels takes it from the URL"),
        (
            [{"name": "Content-Length"}],
            "headers[0].name: Content-Length can't be set: Digital Channels computes it from the body",
        ),
        ([{"name": "X-A", "value": "canary\n"}], "headers[0].value: it has whitespace at its start or end"),
        ([{"name": "X-A", "value": "canary\r\nX-B: c"}], "headers[0].value: it has whitespace at its start or end"),
        ([{"name": "X-A", "value": " canary"}], "headers[0].value: it has whitespace at its start or end"),
        ([{"name": "X-A", "value": "canäry"}], "headers[0].value: it has whitespace at its start or end"),
        ([{"name": "X-A", "value": ""}], "headers[0].value: it is empty"),
        ([{"name": "X-A", "value": None}], "headers[0].value: it is null. Give a value, or use state absent."),
        (
            [{"name": "X-A", "value": "v"}, {"name": "x-a", "value": "w"}],
            "headers[1].name: the header x-a is also in headers[0] (case is ignored). List each header once.",
        ),
    ],
)
def test_invalid_headers_are_refused_with_their_parameter(items: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parsed(*items)
    assert str(raised.value).startswith(sentence)
    assert "canary" not in str(raised.value)


def test_purge_keeps_headers_that_can_not_be_listed() -> None:
    left = {"header:Content-Type": "canary-1", "header:X A": "canary-2", "header:": "canary-3"}
    server = ConfigurationModel({"Async": {**left, "header:X-A": "1", "header:x-a": "2"}})
    assert not planned(parsed({"name": "X-A"}, purge=True), server).steps
    carry_out(planned(parsed(purge=True), server), server)
    assert server.sections == {"Async": left}
    gone = [{"name": name, "state": "absent"} for name in ("content-type", "X A")]
    carry_out(planned(parsed(*gone), server), server)
    assert server.sections == {"Async": {"header:": "canary-3"}}


@pytest.mark.parametrize("section", ["", " ", " Async"])
def test_an_empty_section_name_is_refused(section: str) -> None:
    with pytest.raises(InvalidInput, match="section: it is empty, or has whitespace at its start or end"):
        parsed(section=section)


def test_new_changed_and_removed_headers_are_one_write() -> None:
    server = ConfigurationModel({**SECTIONS})
    items = [
        {"name": "x-tenant", "value": "canary-new"},
        {"name": "X-New", "value": "canary-n"},
        {"name": "X-Odd", "state": "absent"},
        {"name": "X-Never", "state": "absent"},
    ]
    made = planned(parsed(*items), server)
    assert sentences(made) == ["add the header X-New", "change the header x-tenant", "remove the header X-Odd"]
    assert made.before == {"section": "Async", "headers": {"X-Odd": HIDDEN, "X-Tenant": HIDDEN}}
    assert made.after == {
        "section": "Async",
        "headers": {"X-New": HIDDEN, "X-Tenant": HIDDEN},
        "values_to_write": ["X-Tenant", "X-New"],
    }
    carry_out(made, server)
    assert server.sections == {
        "chat.Web": SECTIONS["chat.Web"],
        "Async": {"header:X-Tenant": "canary-new", "retry": "3", "Header:X": "no header", "header:X-New": "canary-n"},
    }
    assert not planned(parsed(*items), server).steps


def test_a_header_without_a_value_keeps_its_value() -> None:
    server = ConfigurationModel({**SECTIONS})
    assert not planned(parsed({"name": "X-Tenant"}), server).steps
    with pytest.raises(
        InvalidInput, match=r"headers\[0\].value: it is missing, and the header X-New does not exist yet"
    ):
        planned(parsed({"name": "X-New"}), server)


def test_purge_removes_headers_that_are_not_listed() -> None:
    server = ConfigurationModel({**SECTIONS})
    made = planned(parsed({"name": "X-ODD"}, purge=True), server)
    assert sentences(made) == ["remove the header X-Tenant"]
    carry_out(made, server)
    assert server.sections["Async"] == {"retry": "3", "header:X-Odd": "canary-o", "Header:X": "no header"}
    carry_out(planned(parsed(purge=True), server), server)
    assert server.sections == {"chat.Web": SECTIONS["chat.Web"], "Async": {"retry": "3", "Header:X": "no header"}}
    assert not planned(parsed(purge=True), server).steps


def test_a_section_is_deleted_with_its_last_option() -> None:
    server = ConfigurationModel({"Async": {"header:X-A": "a"}})
    carry_out(planned(parsed({"name": "X-A"}, state="absent"), server), server)
    assert server.sections == {}
    assert not planned(parsed({"name": "X-A"}, state="absent"), server).steps


@pytest.mark.parametrize(
    ("sections", "items", "warned"),
    [
        ({}, [{"name": "X-A", "value": "canary-a"}], True),
        ({}, [], False),
        ({"Async": {"retry": "3"}}, [{"name": "X-A", "value": "canary-a"}], False),
    ],
)
def test_a_new_section_gives_a_warning(
    sections: Sections, items: list[dict[str, Any]], warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ConfigurationModel(sections)
    monkeypatch.setattr(webhook_headers, "configuration_client", lambda run: server)
    run = run_with(*items)
    result = webhook_headers.run(run)
    assert (result["section"], result["headers"]) == ("Async", [{"name": "X-A"}] if items else [])
    assert [warning.startswith("The transaction NexusServices had no section Async") for warning in run.warnings] == [
        True
    ] * warned
    again = run_with(*items)
    assert webhook_headers.run(again)["changed"] is False
    assert again.warnings == []


@pytest.mark.parametrize(("purge", "warnings"), [(True, 1), (False, 0)])
def test_headers_that_purge_leaves_are_returned_and_named_in_a_warning(
    monkeypatch: pytest.MonkeyPatch, purge: bool, warnings: int
) -> None:
    options = {"header:Content-Type": "a", "header:X: canary": "b", "header:X-A": "c", "header:x-a": "d"}
    monkeypatch.setattr(webhook_headers, "configuration_client", lambda run: ConfigurationModel({"Async": options}))
    run = run_with({"name": "X-A"}, purge=purge)
    result = webhook_headers.run(run)
    # Of two spellings, the first one in the alphabet is returned.
    assert result["headers"] == [{"name": "X-A"}]
    assert result["not_purged"] == ["Content-Type", HIDDEN]
    told = f"purge did not remove 'Content-Type', '{HIDDEN}': each is not a valid name of a header"
    assert [warning.startswith(told) for warning in run.warnings] == [True] * warnings


def test_without_headers_that_purge_leaves_there_is_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_headers, "configuration_client", lambda run: ConfigurationModel({**SECTIONS}))
    run = run_with(purge=True)
    assert webhook_headers.run(run)["not_purged"] == []
    assert run.warnings == []


def test_header_values_from_the_server_are_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_headers, "configuration_client", lambda run: ConfigurationModel({**SECTIONS}))
    run = run_with()
    assert webhook_headers.run(run)["headers"] == [{"name": "X-Odd"}, {"name": "X-Tenant"}]
    assert run.secrets.scrub("canary-t canary-o 3") == "******** ******** 3"


@pytest.mark.parametrize(("value", "confirmed"), [("canary-t", []), ("canary-new", ["ccid"])])
def test_the_tenant_is_confirmed_before_a_write(
    monkeypatch: pytest.MonkeyPatch, value: str, confirmed: list[str]
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(webhook_headers, "configuration_client", lambda run: ConfigurationModel({**SECTIONS}))
    monkeypatch.setattr(webhook_headers, "confirm_tenant", lambda run, client: asked.append("ccid"))
    webhook_headers.run(run_with({"name": "X-Tenant", "value": value}))
    assert sorted(set(asked)) == confirmed


names = st.sampled_from(["X-A", "x-a", "X-B", "Y"])
values = st.sampled_from(["canary-1", "canary-2"])
keys = st.sampled_from(["header:X-A", "header:x-b", "header:Y", "retry", "header"])
sections_ = st.dictionaries(
    st.sampled_from(["Async", "chat.Web"]), st.dictionaries(keys, values, min_size=1, max_size=5), max_size=2
)
items_ = st.lists(
    st.builds(
        lambda name, value, present: Header("headers[0].", name, present, value if present else None),
        names,
        values,
        st.booleans(),
    ),
    max_size=3,
    unique_by=lambda header: header.name.lower(),
).map(tuple)


def sent(sections: Sections) -> dict[str, str]:
    """Return the headers of the section as HTTP sees them."""
    options = sections.get("Async", {})
    return {key.lower()[7:]: value for key, value in options.items() if key.startswith("header:")}


def rest(sections: Sections) -> Sections:
    """Return everything except the headers of the section."""
    kept = {
        name: {key: value for key, value in options.items() if name != "Async" or not key.startswith("header:")}
        for name, options in sections.items()
    }
    return {name: options for name, options in kept.items() if options}


@given(items_, st.booleans(), sections_)
def test_a_plan_writes_the_desired_headers_and_nothing_else(
    headers: tuple[Header, ...], purge: bool, sections: Sections
) -> None:
    desired = Desired("Async", headers, purge)
    server = ConfigurationModel(sections)
    before = json.loads(json.dumps(sections))
    made = planned(desired, server)
    carry_out(made, server)
    want = {} if purge else sent(before)
    for header in headers:
        if header.value is None:
            want.pop(header.name.lower(), None)
        else:
            want[header.name.lower()] = header.value
    assert sent(server.sections) == want
    assert rest(server.sections) == rest(before)
    assert len(server.changes) == len(made.steps) <= 1
    assert bool(made.steps) == (server.sections != before)
    assert not planned(desired, server).steps
    assert "canary" not in json.dumps([made.before, made.after, sentences(made)])


def test_purge_or_absent_removes_other_spellings_of_a_header() -> None:
    sections: Sections = {"Async": {"header:X-A": "1", "header:x-a": "2"}}
    server = ConfigurationModel({**sections})
    carry_out(planned(parsed({"name": "X-a", "value": "3"}, purge=True), server), server)
    assert server.sections == {"Async": {"header:X-A": "3"}}
    server = ConfigurationModel({**sections})
    made = planned(parsed({"name": "X-a"}, state="absent"), server)
    assert sentences(made) == ["remove the header X-A", "remove the header x-a"]
    carry_out(made, server)
    assert server.sections == {}


def test_the_first_of_several_contradictions_is_told() -> None:
    items = [{"name": name, "value": "1"} for name in ("X-A", "X-B", "x-a", "x-b")]
    with pytest.raises(InvalidInput) as caught:
        parsed(*items)
    assert caught.value.parameter.startswith("headers[2]")
