# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The channels of a custom gateway: parsing, observing and planning.

The code is `_digital_channels/channels.py`.
"""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput, Unsupported
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import HIDDEN
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Plan, Run, Step
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels import services
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.channel_rules import (
    Channel,
    channel_id,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.channels import (
    SERVICE,
    Desired,
    parse,
    plan,
    run,
    unlistable,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import (
    Document,
    ServicesClient,
    Sight,
)
from unit.doubles import make_run
from unit.models import ServicesModel
from unit.properties import assume, given, st

NUMBER, DOMAIN, SHORT = "16504661149", "mail.example.com", "55555"
URL = "https://gateway.example.com/genesys"
READS = ["full", "masked", "masked_all", "omitted"]

PARAMS: dict[str, Any] = {
    "purge": False,
    "state": "present",
    "update_secret": "on_create",
    "when_unreadable": "fail",
}


def run_with(*items: dict[str, Any], **options: Any) -> Run:
    whole = {"webhook_url": None, "webhook_secret": None, "api_secret": None, "state": None}
    params = {**PARAMS, **options, "channels": [{**whole, **item} for item in items]}
    return make_run(params, {"channels": list(items), **options})


def parsed(*items: dict[str, Any], **options: Any) -> Desired:
    return parse(run_with(*items, **options))


def item(name: str, **options: Any) -> dict[str, Any]:
    secrets = {"webhook_secret": f"canary-w-{name}", "api_secret": f"canary-a-{name}"}
    return {"channel_id": name, "webhook_url": URL, **secrets, **options}


def document(*names: str, url: str = URL) -> Document:
    """Return the service with these channels, each with its own secrets."""
    return Document(
        None,
        {"channels": [{"channelId": name, "webhook": {"url": url}} for name in names]},
        {
            "channels": [
                {
                    "channelId": name,
                    "webhook": {"secret": f"canary-w-{name}"},
                    "api": {"secret": f"canary-a-{name}"},
                }
                for name in names
            ]
        },
    )


def server_with(stored: Document | None, read: str = "full") -> ServicesModel:
    return ServicesModel(read, {} if stored is None else {SERVICE: copy.deepcopy(stored)})


def planned(desired: Desired, server: ServicesModel) -> Plan[ServicesClient]:
    return plan(desired, server.look(SERVICE))


def carry_out(made: Plan[Any], server: Any) -> None:
    step: Step[Any]
    for step in made.steps:
        step.call(server)


def sentences(made: Plan[Any]) -> list[str]:
    return [sentence for step in made.steps for sentence in step.sentences]


# Parsing


def test_parse_returns_each_option() -> None:
    assert parsed(
        item(NUMBER),
        {"channel_id": DOMAIN, "state": "absent"},
        purge=True,
        update_secret="always",
        when_unreadable="write",
    ) == Desired(
        (
            Channel("channels[0].", NUMBER, True, URL, f"canary-w-{NUMBER}", f"canary-a-{NUMBER}"),
            Channel("channels[1].", DOMAIN, False),
        ),
        purge=True,
        rewrite_secret=True,
        write_blindly=True,
    )


def test_state_absent_of_the_list_removes_all_items() -> None:
    desired = parsed(item(NUMBER), {"channel_id": DOMAIN}, state="absent")
    assert [channel.present for channel in desired.channels] == [False, False]


@pytest.mark.parametrize("name", ["123", NUMBER, "a.b", DOMAIN, "x-1.example.com", "1.example.com", "sms.example.c0m"])
def test_valid_channel_ids_are_accepted(name: str) -> None:
    assert channel_id("channel_id", name) == name


@pytest.mark.parametrize(
    "name",
    ["", "12", "1" * 16, "+16504661149", "1650 466", "example", "a b.com", ".com", "a..b", "-a.com", "a.b-", "a.5"],
)
def test_invalid_channel_ids_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        channel_id("channels[0].channel_id", name)
    quoted = f"'{name}'" if re.fullmatch(r"[+0-9 ]+", name) else "it"
    assert str(raised.value) == (
        f"channels[0].channel_id: {quoted} is neither a phone number of 3 to 15 digits nor an e-mail domain. "
        "Give only digits, such as 16504661149, or a domain, such as mail.example.com."
    )


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        (
            [item(NUMBER), item(DOMAIN), item(NUMBER)],
            f"channels[2].channel_id: the channel {NUMBER} is also in channels[0]",
        ),
        ([item(NUMBER, webhook_url="ftp://x")], "channels[0].webhook_url: must be an absolute http"),
        ([item(NUMBER, webhook_url="https://u:p@x")], "channels[0].webhook_url: the URL must not contain a user name"),
        ([item(NUMBER, webhook_secret="")], "channels[0].webhook_secret: it is empty"),
        ([item(NUMBER, api_secret=" ")], "channels[0].api_secret: it is empty"),
        ([item(NUMBER, api_secret=None)], "channels[0].api_secret: it is null"),
        ([item(NUMBER, webhook_url=None)], "channels[0].webhook_url: it is null"),
    ],
)
def test_invalid_channels_are_refused_with_their_parameter(items: list[dict[str, Any]], sentence: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parsed(*items)
    assert str(raised.value).startswith(sentence)
    assert "canary" not in str(raised.value)


def test_null_is_accepted_in_an_absent_channel() -> None:
    assert parsed({"channel_id": NUMBER, "api_secret": None, "state": "absent"}).channels[0].present is False


def test_plain_http_and_equal_secrets_give_a_warning() -> None:
    run = run_with(
        item(NUMBER, webhook_url="http://gateway.example.com/?key=canary"),
        item(DOMAIN, webhook_url="http://127.0.0.1:8080/", webhook_secret="canary-s", api_secret="canary-s"),
        item(SHORT, webhook_url="http://gateway.example.com/", state="absent"),
    )
    parse(run)
    assert [warning.partition(":")[0] for warning in run.warnings] == [
        "channels[0].webhook_url is http",
        "channels[1].webhook_secret and api_secret are the same",
    ]
    assert "canary" not in str(run.warnings)


# Planning


@pytest.mark.parametrize("read", READS)
def test_a_new_service_has_both_lists(read: str) -> None:
    server = server_with(None, read)
    made = planned(parsed(item(NUMBER), item(DOMAIN)), server)
    assert sentences(made) == [f"create the channel {NUMBER}", f"create the channel {DOMAIN}"]
    shown = {"webhook_url": URL, "webhook_secret": HIDDEN, "api_secret": HIDDEN}
    written = {"secrets_to_write": ["webhook_secret", "api_secret"]}
    assert (made.before, made.after) == ({}, {NUMBER: {**shown, **written}, DOMAIN: {**shown, **written}})
    carry_out(made, server)
    assert server.documents[SERVICE] == document(NUMBER, DOMAIN)
    assert not planned(parsed(item(DOMAIN), item(NUMBER)), server).steps


@pytest.mark.parametrize("read", READS)
def test_a_diff_shows_only_the_changed_channel(read: str) -> None:
    server = server_with(document(NUMBER, DOMAIN), read)
    new = "https://other.example.com"
    made = planned(parsed(item(NUMBER), item(DOMAIN, webhook_url=new)), server)
    hidden = read != "full"
    assert sentences(made)[0] == f"change webhook_url of the channel {DOMAIN}"
    again = f"write the secrets of the channel {NUMBER} again, since the server does not show them and replaces the "
    assert sentences(made)[1:] == ([again + "whole service"] if hidden else [])
    shown = {"webhook_secret": HIDDEN, "api_secret": HIDDEN}
    assert made.before == {DOMAIN: {"webhook_url": URL, **shown}}
    written = {"secrets_to_write": ["webhook_secret", "api_secret"]} if hidden else {}
    assert made.after == {DOMAIN: {"webhook_url": new, **shown, **written}}
    carry_out(made, server)
    assert server.documents[SERVICE].secret == document(NUMBER, DOMAIN).secret


def test_the_step_counts_channels_whose_secrets_are_written_again() -> None:
    names = [str(number) for number in range(1000, 1200)]
    made = planned(
        parsed(*(item(name) for name in names[1:]), item("1000", webhook_url="https://b")),
        server_with(document(*names), "masked"),
    )
    assert sentences(made)[1].startswith("write the secrets of 199 other channels again")
    assert len(made.after) == 1


def test_secrets_that_the_server_returns_are_compared() -> None:
    server = server_with(document(NUMBER, DOMAIN))
    made = planned(parsed(item(NUMBER, api_secret="canary-new"), item(DOMAIN)), server)
    assert sentences(made) == [f"change api_secret of the channel {NUMBER}"]
    assert made.after[NUMBER]["secrets_to_write"] == ["api_secret"]
    assert "canary" not in json.dumps([made.before, made.after])
    carry_out(made, server)
    assert (server.documents[SERVICE].secret or {})["channels"][0]["api"] == {"secret": "canary-new"}


@pytest.mark.parametrize("read", READS[1:])
def test_hidden_secrets_are_written_with_update_secret_always(read: str) -> None:
    server = server_with(document(NUMBER, SHORT), read)
    new = [item(NUMBER, api_secret="canary-new"), item(SHORT)]
    assert not planned(parsed(*new), server).steps
    made = planned(parsed(*new, update_secret="always"), server)
    assert sentences(made) == [
        f"change webhook_secret, api_secret of the channel {NUMBER}",
        f"change webhook_secret, api_secret of the channel {SHORT}",
    ]
    carry_out(made, server)
    assert (server.documents[SERVICE].secret or {})["channels"][0]["api"] == {"secret": "canary-new"}


def test_a_number_of_equal_digits_is_not_a_mask() -> None:
    made = planned(parsed(item(SHORT, api_secret="canary-new")), server_with(document(SHORT)))
    assert sentences(made) == [f"change api_secret of the channel {SHORT}"]


def test_unlisted_channels_and_unknown_settings_stay() -> None:
    stored = document(NUMBER, DOMAIN)
    stored.data["retries"] = 3
    stored.data["channels"][1]["note"] = "x"
    assert stored.secret is not None
    stored.secret["other"] = "canary-o"
    stored.secret["channels"][1]["api"]["old"] = "canary-old"
    server = server_with(stored)
    carry_out(planned(parsed(item(NUMBER, webhook_url="https://b")), server), server)
    now = server.documents[SERVICE]
    stored.data["channels"][0]["webhook"]["url"] = "https://b"
    assert now == stored


@pytest.mark.parametrize("read", READS[1:])
def test_a_write_that_loses_a_secret_of_an_unlisted_channel_is_refused(read: str) -> None:
    server = server_with(document(NUMBER, DOMAIN), read)
    with pytest.raises(InvalidInput) as raised:
        planned(parsed(item(NUMBER, webhook_url="https://b")), server)
    assert str(raised.value).startswith(f"channels: the channel {DOMAIN} is not listed. The write replaces")
    assert "set purge to true to remove it" in str(raised.value)
    made = planned(parsed(item(NUMBER, webhook_url="https://b"), purge=True), server)
    assert sentences(made) == [f"change webhook_url of the channel {NUMBER}", f"remove the channel {DOMAIN}"]


@pytest.mark.parametrize("option", ["webhook_secret", "api_secret"])
def test_a_write_that_loses_a_secret_of_a_listed_channel_is_refused(option: str) -> None:
    partial = item(NUMBER, webhook_url="https://b")
    del partial[option]
    with pytest.raises(InvalidInput) as raised:
        planned(parsed(partial), server_with(document(NUMBER), "masked"))
    assert str(raised.value).startswith(f"channels[0].{option}: it is missing. The write replaces the whole service")
    assert planned(parsed(partial), server_with(document(NUMBER))).steps


def test_a_write_that_loses_both_secrets_of_a_listed_channel_names_the_first() -> None:
    with pytest.raises(InvalidInput) as raised:
        planned(parsed({"channel_id": NUMBER, "webhook_url": "https://b"}), server_with(document(NUMBER), "masked"))
    assert raised.value.parameter == "channels[0].webhook_secret"


def test_an_existing_channel_may_lack_a_secret() -> None:
    stored = document(NUMBER)
    assert stored.secret is not None
    del stored.secret["channels"][0]["api"]
    server = server_with(stored)
    carry_out(planned(parsed({"channel_id": NUMBER, "webhook_url": "https://b"}), server), server)
    assert server.documents[SERVICE].secret == stored.secret


@pytest.mark.parametrize("option", ["webhook_url", "webhook_secret", "api_secret"])
def test_a_new_channel_needs_its_url_and_both_secrets(option: str) -> None:
    partial = item(DOMAIN)
    del partial[option]
    with pytest.raises(InvalidInput) as raised:
        planned(parsed(item(NUMBER), partial), server_with(document(NUMBER)))
    assert str(raised.value).startswith(f"channels[1].{option}: it is missing, and the channel {DOMAIN} does not have")


def test_a_write_that_loses_another_secret_of_the_service_is_refused() -> None:
    others = {"other": "canary-o", "third": "canary-t"}
    stored = Document(None, document(NUMBER).data, {**(document(NUMBER).secret or {}), **others})
    with pytest.raises(Unsupported, match=r"a secret beside those of its channels: secret\.other\."):
        planned(parsed(item(NUMBER, webhook_url="https://b")), server_with(stored, "masked"))


def test_a_write_that_loses_another_secret_of_a_channel_is_refused() -> None:
    stored = document(NUMBER)
    assert stored.secret is not None
    stored.secret["channels"][0]["api"]["old"] = "canary-old"
    stored.secret["channels"][0]["api"]["older"] = "canary-older"
    with pytest.raises(Unsupported, match=r"a secret beside those of its channels: secret\.api\.old\."):
        planned(parsed(item(NUMBER, webhook_url="https://b")), server_with(stored, "masked"))


def test_the_options_of_an_absent_channel_are_not_checked() -> None:
    gone = parsed(item(NUMBER, webhook_url="x", api_secret="", state="absent"))
    assert gone.channels == (Channel("channels[0].", NUMBER, False),)


@pytest.mark.parametrize(
    ("before", "asked", "changed"),
    [
        (URL, URL + "/", True),
        ("https://host", "https://host/", False),
        ("https://host/", "https://host", False),
        ("https://host/?a=1", "https://host/?a=2", True),
    ],
)
def test_a_slash_after_the_host_of_a_url_is_no_change(before: str, asked: str, changed: bool) -> None:
    server = server_with(document(NUMBER, url=before))
    assert bool(planned(parsed(item(NUMBER, webhook_url=asked)), server).steps) is changed


@pytest.mark.parametrize("read", READS)
def test_the_service_is_deleted_with_its_last_channel(read: str) -> None:
    server = server_with(document(NUMBER), read)
    made = planned(parsed(item(NUMBER), state="absent"), server)
    assert sentences(made) == [f"remove the channel {NUMBER}", "delete the service Async, which has no channel left"]
    assert (list(made.before), made.after) == ([NUMBER], {})
    carry_out(made, server)
    assert server.documents == {}
    assert not planned(parsed(item(NUMBER), state="absent"), server).steps
    assert not planned(parsed(purge=True), server).steps


def test_lists_that_disagree_are_repaired() -> None:
    stored = document(NUMBER, DOMAIN, SHORT)
    stored.data["channels"].pop()
    assert stored.secret is not None
    stored.secret["channels"].pop(0)
    made = planned(parsed(item(NUMBER), item(DOMAIN)), server := server_with(stored))
    assert sentences(made) == [
        f"change webhook_secret, api_secret of the channel {NUMBER}",
        f"remove the secrets of {SHORT}, which is not a channel",
    ]
    assert made.before == {NUMBER: {"webhook_url": URL}, SHORT: {"webhook_secret": HIDDEN, "api_secret": HIDDEN}}
    carry_out(made, server)
    assert server.documents[SERVICE] == document(NUMBER, DOMAIN)


def test_a_write_with_an_unlisted_channel_without_secrets_is_refused() -> None:
    stored = document(NUMBER, DOMAIN)
    assert stored.secret is not None
    stored.secret["channels"].pop()
    with pytest.raises(InvalidInput, match=f"the channel {DOMAIN} is not listed"):
        planned(parsed(item(NUMBER, webhook_url="https://b")), server_with(stored))


def test_masked_ids_are_ignored_if_there_are_more_of_them() -> None:
    stored = document(NUMBER, DOMAIN)
    stored.data["channels"].pop()
    made = planned(parsed(item(NUMBER)), server_with(stored, "masked_all"))
    assert sentences(made) == [f"change webhook_secret, api_secret of the channel {NUMBER}"]


@pytest.mark.parametrize("part", ["data", "secret"])
@pytest.mark.parametrize("channels", ["x", {"a": "b"}, ["x"], [{"channelId": "1"}, {"channelId": "1"}], [None]])
def test_channels_in_an_unknown_format_are_unsupported(channels: Any, part: str) -> None:
    parts: dict[str, Any] = {"data": {}, "secret": {}, part: {"channels": channels}}
    with pytest.raises(Unsupported, match="channels of the service Async are not in a known format"):
        plan(parsed(item(NUMBER)), Sight("present", Document(None, parts["data"], parts["secret"])))


def test_a_service_without_channels_gets_them() -> None:
    server = server_with(Document(None, {"a": 1}, {}))
    carry_out(planned(parsed(item(NUMBER)), server), server)
    assert server.documents[SERVICE].data == {"a": 1, **document(NUMBER).data}


# Servers that do not show the service


@pytest.mark.parametrize("state", ["unreadable", "doubtful"])
def test_a_blind_write_requires_purge(state: Any) -> None:
    options: dict[str, Any] = {"when_unreadable": "write"}
    with pytest.raises(InvalidInput) as raised:
        plan(parsed(item(NUMBER), **options), Sight(state))
    assert str(raised.value).startswith("purge: it is false, and this server does not show which channels")
    server = server_with(document(DOMAIN))
    made = plan(parsed(item(NUMBER), purge=True, **options), Sight(state))
    assert made.blind
    assert sentences(made) == [f"write the channel {NUMBER}"]
    carry_out(made, server)
    assert server.documents[SERVICE] == document(NUMBER)


@pytest.mark.parametrize("options", [{}, {"purge": True}, {"state": "absent"}])
def test_an_unreadable_service_is_written_only_with_when_unreadable_write(options: dict[str, Any]) -> None:
    with pytest.raises(Unsupported, match=r"does not support reading the service Async.*when_unreadable to write"):
        plan(parsed(item(NUMBER), **options), Sight("unreadable"))


@pytest.mark.parametrize(("state", "likely"), [("unreadable", True), ("doubtful", False)])
def test_the_service_is_deleted_without_reading_it(state: Any, likely: bool) -> None:
    made = plan(parsed(item(NUMBER), state="absent", purge=True), Sight(state))
    assert made.blind
    assert [(step.sentences, step.likely) for step in made.steps] == [
        (("delete the service Async, if it exists",), likely)
    ]


def test_a_doubtful_service_is_created_and_read_back() -> None:
    server = server_with(None)
    made = plan(parsed(item(NUMBER)), Sight("doubtful"))
    carry_out(made, server)
    assert server.documents[SERVICE] == document(NUMBER)
    with pytest.raises(Unsupported, match="exists"):
        carry_out(made, server)


# Properties of all plans


names = st.sampled_from([NUMBER, DOMAIN, SHORT, "12345"])
values = st.sampled_from(["canary-1", "canary-2"])
urls = st.sampled_from([URL, "https://b.example.com"])


@st.composite
def channels(draw: st.DrawFn) -> Channel:
    optional = draw(st.booleans())
    present = draw(st.booleans())
    if not present:
        return Channel("channels[0].", draw(names), False)
    pick = (lambda source: draw(st.none() | source)) if optional else draw
    return Channel("channels[0].", draw(names), True, pick(urls), pick(values), pick(values))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    listed = draw(st.lists(names, unique=True, max_size=4))
    data = [{"channelId": name, "webhook": {"url": draw(urls)}, "note": name} for name in listed]
    secret = [
        {"channelId": name, "webhook": {"secret": draw(values)}, "api": {"secret": draw(values)}}
        for name in draw(st.permutations(listed))
    ]
    return Document(None, {"channels": data}, {"channels": secret})


desires = st.builds(
    Desired,
    st.lists(channels(), max_size=4, unique_by=lambda channel: channel.channel_id).map(tuple),
    st.booleans(),
    st.booleans(),
)


def as_channels(stored: Document | None) -> dict[str, tuple[str, str, str]]:
    """Return URL and secrets by channel. Both lists must have the same channels."""
    if stored is None:
        return {}
    secrets = {entry["channelId"]: entry for entry in (stored.secret or {}).get("channels", [])}
    data = stored.data.get("channels", [])
    assert sorted(secrets) == sorted(entry["channelId"] for entry in data)
    return {
        entry["channelId"]: (
            entry["webhook"]["url"],
            secrets[entry["channelId"]]["webhook"]["secret"],
            secrets[entry["channelId"]]["api"]["secret"],
        )
        for entry in data
    }


def expected(desired: Desired, stored: Document | None) -> dict[str, tuple[str | None, ...]]:
    """Return the channels that a server must have after the plan."""
    before = as_channels(stored)
    after: dict[str, tuple[str | None, ...]] = {} if desired.purge else {**before}
    for channel in desired.channels:
        if not channel.present:
            after.pop(channel.channel_id, None)
            continue
        asked = (channel.webhook_url, channel.webhook_secret, channel.api_secret)
        old = before.get(channel.channel_id, (None, None, None))
        after[channel.channel_id] = tuple(was if new is None else new for new, was in zip(asked, old, strict=True))
    return after


@given(desires, st.none() | documents(), st.sampled_from(READS))
def test_a_plan_writes_the_desired_channels_and_loses_nothing(
    desired: Desired, stored: Document | None, read: str
) -> None:
    want = expected(desired, stored)
    server = server_with(stored, read)
    try:
        made = planned(desired, server)
    except InvalidInput:
        # A new channel lacks a required option, or a secret would be lost.
        assume(read != "full")
        return
    assert "canary" not in json.dumps([made.before, made.after, sentences(made)])
    carry_out(made, server)
    assert server.writes == len(made.steps) <= 1
    now = as_channels(server.documents.get(SERVICE))
    # A hidden secret is written with any other change.
    if read == "full" or made.steps:
        assert now == want
    again = planned(desired, server)
    if read == "full" or not desired.rewrite_secret:
        assert not again.steps
    assert set(made.after) <= set(now)


@given(desires, documents())
def test_a_plan_is_refused_only_for_missing_values(desired: Desired, stored: Document) -> None:
    want = expected(desired, stored)
    complete = all(None not in value for value in want.values())
    try:
        planned(desired, server_with(stored))
    except InvalidInput:
        assert not complete
    else:
        assert complete


# Channels that were made by hand


def test_a_handmade_channel_is_found_by_its_digits_and_keeps_its_spelling() -> None:
    live = Document(
        None,
        {
            "channels": [
                {"channelId": "+1 650 466 2200", "webhook": {"url": "HTTPS://H:443"}},
                {"channelId": "Mail.Example.com"},
            ]
        },
        {"channels": []},
    )
    listed = [{"channel_id": "16504662200", "webhook_url": "https://h"}, {"channel_id": "mail.example.com"}]
    for purge in (True, False):
        made = plan(parsed(*listed, purge=purge), Sight("present", live))
        assert (made.steps, made.before, made.after) == ((), {}, {})


ODD = ["+1 650 466 1149", NUMBER, "1-1", "sms gateway", "Mail.example.com", DOMAIN, "001650466"]


def test_unlistable_returns_ids_that_no_list_can_name() -> None:
    assert unlistable(ODD) == sorted({*ODD} - {NUMBER, DOMAIN})
    assert unlistable(["+1 650 466 1149", "MAIL.example.com", SHORT]) == []


@pytest.mark.parametrize("read", READS)
def test_purge_keeps_channels_that_can_not_be_listed(read: str) -> None:
    server = server_with(document(*ODD, SHORT), read)
    desired = parsed(purge=True)
    if read != "full":
        # The secrets of the channels that stay are not known.
        with pytest.raises(InvalidInput) as raised:
            planned(desired, server)
        assert raised.value.parameter == "channels"
        return
    carry_out(planned(desired, server), server)
    left = document(*(name for name in ODD if name not in (NUMBER, DOMAIN)))
    assert server.documents[SERVICE] == left
    assert unlistable(entry["channelId"] for entry in left.data["channels"]) == ["001650466", "1-1", "sms gateway"]


def test_purge_keeps_another_spelling_of_a_listed_channel() -> None:
    server = server_with(document("+1 650 466 1149", NUMBER))
    made = planned(parsed(item(NUMBER, webhook_url="https://b"), purge=True), server)
    assert sentences(made) == [f"change webhook_url of the channel {NUMBER}"]
    carry_out(made, server)
    assert [entry["webhook"]["url"] for entry in server.documents[SERVICE].data["channels"]] == [URL, "https://b"]


def test_absent_removes_one_exact_spelling_or_all_spellings_of_a_number() -> None:
    odd = ["+1 650 466 1149", NUMBER, "1-650-466-1149"]
    gone = [{"channel_id": name, "state": "absent"} for name in (odd[0], odd[2])]
    server = server_with(document(*odd))
    carry_out(planned(parsed(*gone, item(NUMBER)), server), server)
    assert server.documents[SERVICE] == document(NUMBER)
    assert not planned(parsed(*gone, item(NUMBER)), server).steps
    server = server_with(document(*odd, "sms gateway"))
    absent = [{"channel_id": name, "state": "absent"} for name in (NUMBER, "sms gateway")]
    assert sentences(planned(parsed(*absent), server))[-1] == "delete the service Async, which has no channel left"


def test_a_channel_in_several_other_spellings_is_refused() -> None:
    server = server_with(document("+1 650 466 1149", "1-650-466-1149"))
    with pytest.raises(InvalidInput) as raised:
        planned(parsed(item(NUMBER)), server)
    assert raised.value.parameter == "channels[0].channel_id"


def test_data_and_secret_may_have_different_spellings_of_a_number() -> None:
    stored = document(NUMBER, DOMAIN)
    assert stored.secret is not None
    stored.secret["channels"][0]["channelId"] = "+1 650 466 1149"
    server = server_with(stored)
    for purge in (False, True):
        assert not planned(parsed(item(NUMBER), item(DOMAIN), purge=purge), server).steps
    carry_out(planned(parsed({"channel_id": DOMAIN, "webhook_url": "https://b"}), server), server)
    stored.data["channels"][1]["webhook"]["url"] = "https://b"
    assert server.documents[SERVICE] == stored


def test_by_default_nothing_is_written_blindly() -> None:
    wanted = Desired(())
    assert (wanted.purge, wanted.rewrite_secret, wanted.write_blindly) == (False, False, False)


def ran(
    monkeypatch: pytest.MonkeyPatch, server: ServicesModel, *items: dict[str, Any], **options: Any
) -> tuple[dict[str, Any], list[str]]:
    """Run nexus_channels; return its result and its warnings."""
    monkeypatch.setattr(services, "services_client", lambda run: server)
    task = run_with(*items, **options)
    return run(task), task.warnings


def test_the_channels_are_returned_as_they_are_after_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    server = server_with(document(NUMBER, SHORT))
    result, warnings = ran(monkeypatch, server, item(DOMAIN), {"channel_id": SHORT, "state": "absent"})
    assert result["channels"] == [{"channel_id": name, "webhook_url": URL} for name in (NUMBER, DOMAIN)]
    assert (result["not_purged"], warnings) == ([], [])


def test_a_channel_without_a_url_is_returned_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    server = server_with(Document(None, {"channels": [{"channelId": NUMBER}]}, {"channels": []}))
    result, _warnings = ran(monkeypatch, server)
    assert result["channels"] == [{"channel_id": NUMBER}]


@pytest.mark.parametrize("purge", [True, False])
def test_channels_that_purge_leaves_are_named_in_a_warning(monkeypatch: pytest.MonkeyPatch, purge: bool) -> None:
    server = server_with(document(NUMBER, "odd id"))
    result, warnings = ran(monkeypatch, server, item(NUMBER), purge=purge)
    assert result["not_purged"] == ["odd id"]
    assert [warning.partition(".")[0] for warning in warnings] == ["purge did not remove 'odd id'"] * purge


def test_purge_gives_no_warning_if_it_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    _result, warnings = ran(monkeypatch, server_with(document(NUMBER, SHORT)), item(NUMBER), purge=True)
    assert warnings == []


def test_a_blind_run_that_keeps_the_service_warns_that_each_run_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    server = server_with(None)
    monkeypatch.setattr(server, "look", lambda service: Sight("unreadable"))
    _result, warnings = ran(monkeypatch, server, item(NUMBER), purge=True, when_unreadable="write")
    assert [warning.partition(".")[0] for warning in warnings] == ["This server does not support reading services"]


def test_a_blind_run_that_removes_all_channels_does_not_warn_of_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    server = server_with(None)
    monkeypatch.setattr(server, "look", lambda service: Sight("unreadable"))
    _result, warnings = ran(monkeypatch, server, purge=True, when_unreadable="write")
    assert warnings == []
