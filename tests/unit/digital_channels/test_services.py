# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services: the meaning of the options, the plan for a document, and the handling of secrets.

The code is `_digital_channels/services.py`.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    Intermediary,
    InvalidInput,
    Unsupported,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import HIDDEN, leaves
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.server_text import in_result
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Plan, Step
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels import services
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services import (
    Desired,
    _shown,
    _told,
    described,
    observe_all,
    parse,
    plan,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import (
    Document,
    ServicesClient,
    Sight,
    is_masked,
)
from unit.doubles import make_run
from unit.models import MASK, ServicesModel
from unit.properties import given, st

NAME = "mGageSMS"
State = Literal["present", "absent", "doubtful", "unreadable"]

READS = ["full", "masked", "omitted"]
SECRET = {"username": "canary-user", "password": "canary-pass"}
KALEYRA = Document("https://kaleyra.example.com", {}, SECRET)

PARAMS: dict[str, Any] = {
    "service": NAME,
    "url": None,
    "data": None,
    "secret": None,
    "state": "present",
    "update_secret": "on_create",
    "when_unreadable": "fail",
    "leftovers": None,
    "remove_leftovers": False,
}


def parsed(**given_: Any) -> Desired:
    return parse(make_run({**PARAMS, **given_}, {"service": NAME, **given_}))


def planned(desired: Desired, server: ServicesModel) -> Plan[ServicesClient]:
    return plan(desired, server.look(NAME))


def call(step: Step[Any], client: Any) -> bool | None:
    """Run a step on a double."""
    return step.call(client)


def carry_out(made: Plan[Any], server: ServicesModel) -> None:
    for step in made.steps:
        call(step, server)


def sentences(made: Plan[Any]) -> list[str]:
    return [sentence for step in made.steps for sentence in step.sentences]


def server_with(document: Document | None, read: str = "full") -> ServicesModel:
    return ServicesModel(read, {} if document is None else {NAME: copy.deepcopy(document)})


# The meaning of the options


def test_options_that_are_not_set_are_none() -> None:
    assert parsed() == Desired(NAME)


def test_null_clears_an_option() -> None:
    assert parsed(url=None, data=None, secret=None) == Desired(NAME, "", {}, {})


def test_an_empty_value_clears_an_option() -> None:
    assert parsed(url="", data={}, secret={}) == Desired(NAME, "", {}, {})


def test_parse_returns_each_option() -> None:
    options = {"url": "https://host/", "data": {"a": 1}, "secret": {"b": "c"}, "state": "absent"}
    assert parsed(**options, update_secret="always", when_unreadable="write") == Desired(
        NAME, "https://host/", {"a": 1}, {"b": "c"}, present=False, rewrite_secret=True, write_blindly=True
    )


def test_a_list_of_services_names_the_place_of_an_option() -> None:
    run = make_run(PARAMS, {"services": [{}, {"url": None}]})
    desired = parse(run, {**PARAMS, "data": {"a": 1}}, ("services", 1))
    assert desired == Desired(NAME, "", {"a": 1}, place="services[1].")


def test_the_hidden_query_of_a_result_is_that_of_the_server() -> None:
    server = server_with(Document("https://h/?q=canary", {"in": "https://i/?q=canary"}, SECRET))
    told = described(NAME, server.documents[NAME])
    shown: dict[str, Any] = in_result(told)
    assert "canary" not in json.dumps(shown)
    assert not planned(parsed(**shown), server).steps
    with pytest.raises(InvalidInput, match=r"^url: it contains \?"):
        planned(parsed(**shown), server_with(None))
    assert planned(parsed(**shown, state="absent"), server_with(replace(KALEYRA, url="https://other"))).steps


def test_spaces_around_a_url_are_removed() -> None:
    assert parsed(url=" https://host/ ").url == "https://host/"


@pytest.mark.parametrize("url", ["https://host/path?tenant=1&a=b", "https://host/#top"])
def test_a_url_of_a_service_may_have_a_query(url: str) -> None:
    assert parsed(url=url).url == url
    server = server_with(None)
    carry_out(planned(parsed(url=url), server), server)
    assert server.documents[NAME].url == url


@pytest.mark.parametrize("url", ["N/A", "https://host", "http://host:80/path"])
def test_the_url_n_a_is_accepted(url: str) -> None:
    assert parsed(url=url).url == url


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({"service": "a b"}, "service: must be the name of a service"),
        ({"secret": {"username": " ", "password": "x"}}, "secret.username: it is empty"),
        ({"secret": {"username": "x", "password": ""}}, "secret.password: it is empty"),
        ({"secret": {"channels": [{"a": "x"}, {"a": {"b": ""}}]}}, "secret.channels[1].a.b: it is empty"),
    ],
)
def test_an_invalid_value_is_refused_with_its_parameter(options: dict[str, Any], start: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parsed(**options)
    assert str(caught.value).startswith(start)


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        ("n/a", "N/A"),
        ("N/A", "n/a"),
        ("https://Kaleyra.Example.com", "https://kaleyra.example.com"),
        ("HTTPS://kaleyra.example.com:443/", "https://kaleyra.example.com"),
        ("not a URL", "not a URL"),
    ],
)
def test_a_url_with_the_same_meaning_keeps_its_spelling(seen: str, asked: str) -> None:
    server = server_with(replace(KALEYRA, url=seen))
    assert not planned(parsed(url=asked), server).steps
    carry_out(planned(parsed(url=asked, data={"new": 1}), server), server)
    assert server.documents[NAME].url == seen


def test_the_url_n_a_is_written_in_capitals() -> None:
    server = server_with(None)
    carry_out(planned(parsed(url="n/a"), server), server)
    assert server.documents[NAME].url == "N/A"


def test_an_invalid_url_is_never_written() -> None:
    for server in (server_with(None), server_with(replace(KALEYRA, url="https://other"))):
        with pytest.raises(InvalidInput) as caught:
            planned(parsed(url="kaleyra.example.com", secret=SECRET), server)
        assert caught.value.details()["parameter"] == "url"


# Examples of plans


def test_a_service_is_created_as_asked() -> None:
    made = planned(parsed(url="https://h", data={"a": None, "b": 1}, secret=SECRET), server_with(None))
    server = server_with(None)
    carry_out(made, server)
    assert server.documents == {NAME: Document("https://h", {"b": 1}, SECRET)}
    assert sentences(made) == ["create the service mGageSMS"]
    assert made.before == {}
    assert made.after == {
        "url": "https://h",
        "data": {"b": 1},
        "secret": {"username": HIDDEN, "password": HIDDEN},
        "secrets_to_write": ["secret.password", "secret.username"],
    }


def test_a_service_without_anything_can_be_created() -> None:
    server = server_with(None)
    carry_out(planned(parsed(), server), server)
    assert server.documents == {NAME: Document(None, {}, {})}


@pytest.mark.parametrize("read", READS)
def test_a_service_that_is_as_desired_is_not_written(read: str) -> None:
    server = server_with(Document("https://h/", {"n": 5, "t": True, "d": {"x": "1"}, "l": [1]}, SECRET), read)
    same = parsed(url="https://h", data={"n": "5", "t": "true", "d": {"x": 1}, "l": ["1"]}, secret=SECRET)
    made = planned(same, server)
    assert not made.steps
    assert made.before == made.after
    assert "secrets_to_write" not in made.after


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("present", [True, False])
def test_a_service_is_deleted_once(read: str, present: bool) -> None:
    server = server_with(KALEYRA if present else None, read)
    made = planned(parsed(state="absent"), server)
    assert sentences(made) == (["delete the service mGageSMS"] if present else [])
    assert bool(made.before) is present
    assert made.after == {}
    carry_out(made, server)
    assert not server.documents
    assert not planned(parsed(state="absent"), server).steps


@pytest.mark.parametrize(
    ("channels", "named"),
    [
        ([{"channelId": "16504661149"}, {"channelId": "acme.com", "x": 1}, {}, "odd"], ["16504661149", "acme.com"]),
        ({"channelId": "16504661149"}, []),
        (None, []),
    ],
)
def test_a_deletion_names_the_channels_of_the_service(channels: Any, named: list[str]) -> None:
    made = planned(parsed(state="absent"), server_with(Document(None, {"channels": channels}, {})))
    assert sentences(made) == [*(f"remove the channel {name}" for name in named), "delete the service mGageSMS"]


@pytest.mark.parametrize(
    ("options", "document", "sentence"),
    [
        ({"url": "https://other"}, replace(KALEYRA, url="https://other"), "change url of the service mGageSMS"),
        ({"url": None}, replace(KALEYRA, url=None), "change url of the service mGageSMS"),
        ({"data": {"a": 1}}, replace(KALEYRA, data={"a": 1}), "change data of the service mGageSMS"),
        (
            {"secret": {"password": "canary-new"}},
            replace(KALEYRA, secret={"username": "canary-user", "password": "canary-new"}),
            "change secret of the service mGageSMS",
        ),
        (
            {"secret": {"password": None}},
            replace(KALEYRA, secret={"username": "canary-user"}),
            "change secret of the service mGageSMS",
        ),
        ({"secret": {}}, replace(KALEYRA, secret={}), "change secret of the service mGageSMS"),
        (
            {"url": "https://other", "data": {"a": 1}, "secret": None},
            Document("https://other", {"a": 1}, {}),
            "change url, data, secret of the service mGageSMS",
        ),
    ],
)
def test_each_part_can_be_changed_on_a_server_that_shows_everything(
    options: dict[str, Any], document: Document, sentence: str
) -> None:
    server = server_with(KALEYRA)
    made = planned(parsed(**options), server)
    assert sentences(made) == [sentence]
    carry_out(made, server)
    assert server.documents[NAME] == document


@pytest.mark.parametrize("read", ["masked", "omitted"])
def test_a_hidden_secret_is_written_with_update_secret_always(read: str) -> None:
    server = server_with(KALEYRA, read)
    new = {"username": "canary-user", "password": "canary-new"}
    assert not planned(parsed(secret=new), server).steps
    made = planned(parsed(secret=new, update_secret="always"), server)
    assert made.after["secrets_to_write"] == ["secret.password", "secret.username"]
    carry_out(made, server)
    assert server.documents[NAME].secret == new
    assert planned(parsed(secret=new, update_secret="always"), server).steps


def test_a_visible_secret_that_is_equal_is_not_written_again() -> None:
    assert not planned(parsed(secret=SECRET, update_secret="always"), server_with(KALEYRA)).steps


@pytest.mark.parametrize("read", ["masked", "omitted"])
def test_a_replacement_lists_the_secrets_to_write(read: str) -> None:
    server = server_with(KALEYRA, read)
    made = planned(parsed(url="https://other", secret=SECRET), server)
    assert made.after["secrets_to_write"] == ["secret.password", "secret.username"]
    carry_out(made, server)
    assert server.documents[NAME] == replace(KALEYRA, url="https://other")


@pytest.mark.parametrize(
    ("read", "options", "parameter"),
    [
        ("masked", {}, "secret.username"),
        ("masked", {"secret": {"password": "canary-x"}}, "secret.username"),
        ("masked", {"secret": {"username": "canary-x"}}, "secret.password"),
        ("omitted", {}, "secret"),
    ],
)
def test_a_replacement_that_loses_a_secret_is_refused(read: str, options: dict[str, Any], parameter: str) -> None:
    with pytest.raises(InvalidInput, match=r"does not return this secret, so it would be lost\. Give all") as caught:
        planned(parsed(url="https://other", **options), server_with(KALEYRA, read))
    assert caught.value.parameter == parameter
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("password", ["***", "a***b", "********", "●●●", MASK])
@pytest.mark.parametrize("read", READS)
def test_a_password_may_look_like_a_mask(read: str, password: str) -> None:
    server = server_with(KALEYRA, read)
    desired = parsed(url="https://other", secret={"username": "canary-user", "password": password})
    carry_out(planned(desired, server), server)
    assert server.documents[NAME].secret == {"username": "canary-user", "password": password}
    assert not planned(desired, server).steps


@pytest.mark.parametrize("mask", [MASK, {"channels": MASK}, {"channels": [MASK]}, {"channels": None}])
def test_a_mask_in_place_of_a_dictionary_or_list_is_not_compared(mask: Any) -> None:
    asked = {"channels": [{"channelId": "1", "api": {"secret": "canary"}}]}
    sight = Sight("present", Document(None, {}, mask if isinstance(mask, dict) else {"channels": mask}))
    assert not plan(parsed(secret=asked), sight).steps
    (step,) = plan(parsed(secret=asked, update_secret="always"), sight).steps
    server = server_with(None)
    call(step, server)
    assert server.documents[NAME].secret == asked


@pytest.mark.parametrize("mask", ["[REDACTED]", "", "xxxxxxxx", "########", "<hidden>", None])
def test_a_mask_is_neither_a_difference_nor_written_back(mask: str | None) -> None:
    sight = Sight("present", replace(KALEYRA, secret=dict.fromkeys(SECRET, mask)))
    assert not plan(parsed(url=KALEYRA.url, secret=SECRET), sight).steps
    with pytest.raises(InvalidInput, match="does not return this secret, so it would be lost"):
        plan(parsed(url="https://other"), sight)
    server = server_with(KALEYRA)
    carry_out(plan(parsed(url="https://other", secret=SECRET), sight), server)
    assert server.documents[NAME] == replace(KALEYRA, url="https://other")


def test_lists_of_secrets_are_compared_item_by_item() -> None:
    channels = [{"channelId": "1", "api": {"secret": "a"}}, {"channelId": "2", "api": {"secret": "b"}}]
    document = Document(None, {}, {"channels": channels})
    assert not planned(parsed(secret={"channels": channels}), server_with(document)).steps
    for other in (channels[:1], [channels[0], {"channelId": "2", "api": {"secret": "c"}}], "text", {"a": "b"}):
        server = server_with(document)
        carry_out(planned(parsed(secret={"channels": other}), server), server)
        assert server.documents[NAME].secret == {"channels": other}
        assert not planned(parsed(secret={"channels": other}), server).steps


def test_a_secret_in_another_form_is_written_with_all_its_parts() -> None:
    server = server_with(Document(None, {}, {"channels": "text"}))
    made = planned(parsed(secret={"channels": [{"a": "x", "b": "y"}]}), server)
    assert made.after["secrets_to_write"] == ["secret.channels[0].a", "secret.channels[0].b"]


def test_data_is_merged_and_lists_are_replaced() -> None:
    before = {"keep": 1, "drop": 2, "in": {"x": 1, "y": 2}, "list": [1, 2], "to": {"a": 1}}
    server = server_with(Document(None, before, {}))
    asked = {"drop": None, "in": {"y": None, "z": {"new": None}}, "list": [1], "to": {}, "add": {"a": 1, "b": None}}
    desired = parsed(data=asked, secret={})
    carry_out(planned(desired, server), server)
    assert server.documents[NAME].data == {"keep": 1, "in": {"x": 1, "z": {}}, "list": [1], "to": {}, "add": {"a": 1}}
    assert not planned(desired, server).steps


@pytest.mark.parametrize(
    ("one", "other"),
    [(None, "None"), (None, ""), ({}, "{}"), ([1], "[1]"), (True, 1), ("a", "A"), ({"a": 1}, {"b": 1})],
)
def test_values_that_only_look_alike_differ(one: Any, other: Any) -> None:
    server = server_with(Document(None, {"list": [one]}, {}))
    assert planned(parsed(data={"list": [other]}, secret={}), server).steps
    server = server_with(Document(None, {"list": [other]}, {}))
    assert planned(parsed(data={"list": [one]}, secret={}), server).steps


# A server that does not support reading services


class Recorder:
    """Records the calls of a step. Responds as a server that shows nothing, or shows what was written."""

    def __init__(self, state: State = "doubtful", *, exists: bool = False) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.state = state
        self.exists = exists

    def write(self, service: str, document: Document) -> None:
        self.calls.append(("write", service, document))

    def create(self, service: str, document: Document) -> bool:
        self.calls.append(("create", service, document))
        return not self.exists

    def delete(self, service: str) -> bool:
        self.calls.append(("delete", service))
        return self.exists

    def look(self, service: str, listed: object = None) -> Sight:
        self.calls.append(("look", service))
        return Sight(self.state)


def test_an_unreadable_service_is_written_only_with_when_unreadable_write() -> None:
    with pytest.raises(
        Unsupported, match=r"does not support reading the service mGageSMS.*et when_unreadable to write"
    ):
        plan(parsed(secret=SECRET), Sight("unreadable"))


def test_the_refusal_of_a_proxy_names_when_unreadable() -> None:
    refusal = Intermediary("read the service mGageSMS", "https://h", "answered 405", "Look")
    with pytest.raises(Intermediary, match="set when_unreadable to write"):
        plan(parsed(secret=SECRET), Sight("unreadable", refusal=refusal))


@pytest.mark.parametrize("state", ["unreadable", "doubtful"])
def test_when_unreadable_write_writes_without_reading(state: State) -> None:
    desired = parsed(url="https://h", data={"a": 1, "b": None}, secret=SECRET, when_unreadable="write")
    made = plan(desired, Sight(state))
    client = Recorder()
    (step,) = made.steps
    call(step, client)
    assert client.calls == [("write", NAME, Document("https://h", {"a": 1}, SECRET))]
    assert made.blind
    assert made.before == {}
    assert made.after["secrets_to_write"] == ["secret.password", "secret.username"]
    assert "canary" not in json.dumps(made.after)


@pytest.mark.parametrize("state", ["unreadable", "doubtful"])
def test_a_blind_write_without_secret_is_refused(state: State) -> None:
    with pytest.raises(InvalidInput, match=r"^secret: .*they would be lost. Give all secrets of the service"):
        plan(parsed(url="https://h", when_unreadable="write"), Sight(state))


@pytest.mark.parametrize(("state", "likely"), [("unreadable", True), ("doubtful", False)])
@pytest.mark.parametrize("exists", [True, False])
def test_a_service_is_deleted_without_reading_it(state: State, likely: bool, exists: bool) -> None:
    made = plan(parsed(state="absent"), Sight(state))
    client = Recorder(exists=exists)
    (step,) = made.steps
    assert call(step, client) is exists
    assert client.calls == [("delete", NAME)]
    assert step.likely is likely
    assert made.blind


def test_a_doubtful_service_is_created_and_read_back() -> None:
    made = plan(parsed(secret=SECRET), Sight("doubtful"))
    client = Recorder("present")
    (step,) = made.steps
    call(step, client)
    assert [name for name, *_arguments in client.calls] == ["create", "look"]
    assert not made.blind


def test_a_doubtful_service_is_not_created_without_a_secret() -> None:
    with pytest.raises(InvalidInput, match=r"^secret: it is missing"):
        plan(parsed(url="https://h"), Sight("doubtful"))


def test_a_doubtful_service_that_exists_is_not_replaced() -> None:
    client = Recorder(exists=True)
    (step,) = plan(parsed(secret=SECRET), Sight("doubtful")).steps
    with pytest.raises(
        Unsupported, match="The service mGageSMS exists, but this server does not support reading services"
    ) as caught:
        call(step, client)
    assert caught.value.changed is False
    assert [name for name, *_arguments in client.calls] == ["create"]


@pytest.mark.parametrize("state", ["doubtful", "unreadable"])
def test_a_doubtful_service_that_can_not_be_read_back_is_unsupported(state: State) -> None:
    (step,) = plan(parsed(secret=SECRET), Sight("doubtful")).steps
    with pytest.raises(Unsupported, match="was written, but this server does not support reading services") as caught:
        call(step, Recorder(state))
    assert caught.value.changed is True


# Properties of all plans

VALUES = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "0", "1", "true", "x"])
KEYS = st.sampled_from(["a", "b", "c"])
STORED = st.recursive(
    VALUES,
    lambda inner: st.dictionaries(KEYS, inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=6,
)
PARTS = st.dictionaries(KEYS, STORED, max_size=3)
# Unlike any other value, so that a leak is found.
CANARIES = st.integers(0, 3).map(lambda number: f"canary-{number}")
SECRETS = st.dictionaries(
    KEYS,
    st.recursive(
        CANARIES,
        lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=2) | st.lists(inner, min_size=1, max_size=2),
        max_leaves=4,
    ),
    max_size=3,
)


def with_nulls(value: dict[str, Any], gone: list[str]) -> dict[str, Any]:
    return {**value, **dict.fromkeys(gone)}


ASKED_SECRETS = st.none() | st.builds(with_nulls, SECRETS, st.lists(KEYS, max_size=1))
URLS = st.sampled_from([None, "", "N/A", "https://h", "https://h/", "https://i"])
DOCUMENTS = st.builds(Document, st.sampled_from([None, "N/A", "https://h/", "https://i"]), PARTS, SECRETS)


@dataclass(frozen=True)
class Case:
    """A tenant, and a task for one of its services."""

    desired: Desired
    stored: Document | None
    read: str

    def server(self) -> ServicesModel:
        return server_with(self.stored, self.read)


CASES = st.builds(
    Case,
    st.builds(
        Desired,
        st.just(NAME),
        URLS,
        st.none() | PARTS,
        ASKED_SECRETS,
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    st.none() | DOCUMENTS,
    st.sampled_from(READS),
)


def attempt(case: Case, server: ServicesModel) -> Plan[ServicesClient] | None:
    """Return the plan, or None if it is rightly refused. The only valid reason is a hidden secret."""
    try:
        return planned(case.desired, server)
    except InvalidInput:
        assert case.read != "full" or not (case.stored and case.stored.secret)
        assert case.stored is not None
        return None


@given(CASES)
def test_applying_a_plan_gives_its_after_state(case: Case) -> None:
    server = case.server()
    made = attempt(case, server)
    if made is None:
        return
    carry_out(made, server)
    seen = server.documents.get(NAME)
    assert bool(made.after) is (seen is not None) is case.desired.present
    if seen is not None:
        assert made.after["data"] == seen.data
        assert (made.after["url"] or None) == seen.url
    assert server.writes == len(made.steps) <= 1


@given(CASES)
def test_a_second_plan_has_no_steps(case: Case) -> None:
    server = case.server()
    made = attempt(case, server)
    if made is None:
        return
    carry_out(made, server)
    again = planned(case.desired, server)
    if not (case.desired.rewrite_secret and case.desired.secret):
        assert again.steps == ()
        assert again.before == again.after


@given(CASES)
def test_a_plan_shows_no_secret(case: Case) -> None:
    made = attempt(case, case.server())
    if made is not None:
        assert "canary" not in json.dumps([made.before, made.after, sentences(made)])


@given(CASES)
def test_keys_that_are_not_listed_stay(case: Case) -> None:
    server = case.server()
    made = attempt(case, server)
    if made is None or not case.desired.present or case.stored is None:
        return
    carry_out(made, server)
    now = server.documents[NAME]
    if case.desired.url is None:
        assert now.url == case.stored.url
    if case.desired.data is None:
        assert now.data == case.stored.data
    if case.desired.secret is None:
        assert now.secret == case.stored.secret
    if case.desired.data:
        assert {k: v for k, v in now.data.items() if k not in case.desired.data} == {
            k: v for k, v in case.stored.data.items() if k not in case.desired.data
        }
    assert server.writes <= 1


@given(CASES)
def test_listed_keys_are_as_desired_after_the_plan(case: Case) -> None:
    server = case.server()
    made = attempt(case, server)
    if made is None or not case.desired.present:
        return
    carry_out(made, server)
    now = server.documents[NAME]
    if case.desired.url is not None:
        assert (now.url or "").rstrip("/") == case.desired.url.rstrip("/")
    if case.desired.data is not None:
        _check_part(case.desired.data, now.data)
        assert case.desired.data or not now.data
    comparable = case.stored is None or (case.read == "full" and case.stored.secret)
    if case.desired.secret is not None and comparable:
        _check_part(case.desired.secret, now.secret or {})
        assert case.desired.secret or not now.secret


def _check_part(asked: dict[str, Any], now: dict[str, Any]) -> None:
    """Check a part of a document against the documentation."""
    for key, value in asked.items():
        if value is None:
            assert key not in now
        elif isinstance(value, dict):
            _check_part(value, now[key])
            assert value or not now[key]
        else:
            assert _plain(now[key]) == _plain(value)


def _plain(value: Any) -> Any:
    """Return a value with its scalars as texts."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None else json.dumps(value).strip('"')


@given(SECRETS, SECRETS)
def test_a_secret_that_the_server_omits_is_not_a_difference(stored: dict[str, Any], asked: dict[str, Any]) -> None:
    server = server_with(Document(None, {}, stored), "omitted")
    assert planned(Desired(NAME, secret=asked), server).steps == ()


@given(SECRETS)
def test_a_random_secret_is_not_a_mask(secret: dict[str, Any]) -> None:
    assert not any(map(is_masked, leaves(secret)))


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        (None, True),
        ("***", True),
        ("ab***yz", True),
        ("•••", True),
        ("", True),
        (" ", True),
        ("<redacted>", True),
        ("[REDACTED]", True),
        ("[Hidden]", True),
        ("xxxxxxxx", True),
        ("########", True),
    ],
)
def test_values_that_mask_a_secret(value: str | None, masked: bool) -> None:
    assert is_masked(value) is masked


@pytest.mark.parametrize("value", ["*", "**", "a*b", 0, 12345, "password"])
def test_numbers_and_booleans_are_not_masks(value: Any) -> None:
    assert not is_masked(value)


# Reading and writing are inverse

TEXTS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="\ufffd"), max_size=8)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
LIVE = st.builds(
    Document,
    st.one_of(st.none(), TEXTS, st.sampled_from(["N/A", "n/a", "HTTPS://Host:443/", "https://u@h/x?y#z", "http://["])),
    st.dictionaries(TEXTS, VALUES, max_size=4),
    st.one_of(st.none(), st.dictionaries(TEXTS, VALUES, max_size=3)),
)


@given(LIVE, st.sampled_from(READS))
def test_a_returned_service_given_back_changes_nothing(live: Document, read: str) -> None:
    server = server_with(live, read)
    told = _told(_shown(server.look(NAME).document))
    assert not planned(parsed(**told), server).steps


# All services of a tenant


class Listing:
    """A server that lists services or not, and shows single services or not."""

    def __init__(self, listed: dict[str, Document] | None, sights: dict[str, Sight]) -> None:
        self._listed = listed
        self._sights = sights

    def list(self) -> dict[str, Document] | None:
        return self._listed

    def look(self, service: str, listed: object = None) -> Sight:
        return self._sights[service]


def all_of(listed: dict[str, Document] | None, **sights: Sight) -> dict[str, Document]:
    server: Any = Listing(listed, sights)
    return observe_all(server, sights)


def test_all_services_are_those_that_the_server_lists() -> None:
    assert all_of({"Other": KALEYRA}, SMS=Sight("unreadable")) == {"Other": KALEYRA}
    assert all_of({}) == {}


def test_without_a_list_each_service_is_read() -> None:
    assert all_of(None, SMS=Sight("doubtful"), mGageSMS=Sight("present", KALEYRA)) == {"mGageSMS": KALEYRA}


@pytest.mark.parametrize("state", ["doubtful", "unreadable"])
def test_a_server_that_shows_no_service_is_not_taken_for_an_empty_tenant(state: State) -> None:
    with pytest.raises(Unsupported, match="does not support reading services, or the tenant has none"):
        all_of(None, SMS=Sight(state), mGageSMS=Sight(state))


def test_no_service_is_read_after_an_unreadable_one() -> None:
    with pytest.raises(Unsupported):
        all_of(None, SMS=Sight("unreadable"), mGageSMS=Sight("present", KALEYRA))


def test_a_refusal_of_a_proxy_is_shown() -> None:
    refusal = Intermediary("read the service SMS", "https://h", "answered 404", "Look")
    with pytest.raises(Intermediary):
        all_of(None, SMS=Sight("unreadable", refusal=refusal))


def test_a_described_service_has_no_secrets() -> None:
    assert described("mGageSMS", KALEYRA) == {"service": "mGageSMS", "url": KALEYRA.url, "data": {}}


def test_a_described_service_has_its_data_without_nulls() -> None:
    data = {"a": 1, "b": None, "in": {"c": None}, "empty": {}, "d": {"e": 2, "f": None}}
    told = described("mGageSMS", replace(KALEYRA, data=data))
    assert told["data"] == {"a": 1, "empty": {}, "d": {"e": 2}}


# The runs of the modules


@dataclass
class Tenant(ServicesModel):
    """A tenant's services.

    :arg lists: whether the server lists services.
    :arg sight: what the server shows of a service that it does not have.
    """

    lists: bool = True
    sight: Sight = field(default_factory=lambda: Sight("absent"))

    def list(self) -> dict[str, Document] | None:
        return dict(self.documents) if self.lists else None

    def look(self, service: str, listed: object = None) -> Sight:
        return super().look(service) if service in self.documents else self.sight


@pytest.fixture
def tenant(monkeypatch: pytest.MonkeyPatch) -> Tenant:
    made = Tenant("full", {"SMS": KALEYRA})
    monkeypatch.setattr(services, "services_client", lambda run: made)
    return made


def ran(**options: Any) -> tuple[dict[str, Any], list[str]]:
    """Run nexus_service; return its result and its warnings."""
    check_mode = options.pop("check_mode", False)
    run = make_run({**PARAMS, **options}, options, check_mode=check_mode)
    return services.run(run), run.warnings


@pytest.mark.parametrize("lists", [True, False])
def test_leftovers_are_named_in_a_warning_and_stay(tenant: Tenant, lists: bool) -> None:
    tenant.lists = lists
    result, warnings = ran(leftovers=["SMS", "Other"], state="absent")
    assert (result["leftovers"], result["changed"], list(tenant.documents)) == (["SMS"], False, ["SMS"])
    (warning,) = warnings
    assert warning.startswith("The tenant still has these services and their secrets: SMS. If a former")


@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_leftovers_are_deleted_with_remove_leftovers(tenant: Tenant, lists: bool, state: str) -> None:
    tenant.lists = lists
    result, warnings = ran(leftovers=["SMS", "Other"], remove_leftovers=True, state=state, secret=SECRET)
    assert (result["leftovers"], result["changed"], warnings) == (["SMS"], True, [])
    assert list(tenant.documents) == [NAME] * (state == "present")


def test_leftovers_are_not_looked_for_while_the_service_is_present(tenant: Tenant) -> None:
    result, warnings = ran(leftovers=["SMS"], secret=SECRET)
    assert ("leftovers" in result, warnings) == (False, [])
    assert set(tenant.documents) == {"SMS", NAME}


def test_without_leftovers_no_service_is_looked_for(tenant: Tenant) -> None:
    result, warnings = ran(state="absent")
    assert (result["leftovers"], warnings) == ([], [])


def test_leftovers_that_the_server_does_not_show_are_named_in_a_warning(tenant: Tenant) -> None:
    tenant.lists, tenant.sight = False, Sight("unreadable")
    result, warnings = ran(leftovers=["Other", "A"], state="absent", when_unreadable="write")
    assert result["leftovers"] == []
    assert warnings[-1].startswith(
        "This server does not show whether a former SMS option left these services: A, Other. To delete"
    )


def test_an_error_about_leftovers_says_that_the_service_was_changed(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_tenant: Tenant) -> None:
        raise Unsupported("no list")

    monkeypatch.setattr(Tenant, "list", fail)
    for changed in (True, False):
        with pytest.raises(Unsupported) as caught:
            ran(service="SMS", state="absent", leftovers=["Other"])
        assert caught.value.changed is changed


def test_a_blind_write_gives_a_warning(tenant: Tenant) -> None:
    tenant.sight = Sight("unreadable")
    asked: dict[str, Any] = {"when_unreadable": "write", "secret": SECRET, "url": "N/A", "data": {}}
    _result, (warning,) = ran(**asked, check_mode=True)
    assert warning.startswith("This server does not support reading services.")
    _result, (warning, *_others) = ran(when_unreadable="write", state="absent", check_mode=True)
    assert warning == f"This server does not show whether the service {NAME} exists. A real run finds out."


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_service_that_may_not_exist_gives_a_warning_unless_it_was_created(tenant: Tenant, check_mode: bool) -> None:
    tenant.sight = Sight("doubtful")
    _result, warnings = ran(secret=SECRET, check_mode=check_mode)
    told = f"The server did not find the service {NAME}, and it can't list the tenant's services to confirm this."
    assert [warning.startswith(told) for warning in warnings] == [True] * check_mode


def test_a_readable_service_gives_no_warning(tenant: Tenant) -> None:
    for check_mode in (True, False):
        assert ran(service="SMS", url="N/A", check_mode=check_mode)[1] == []
    assert tenant.documents["SMS"].url == "N/A"


def asked_for(service: str | None) -> dict[str, Any]:
    """Return the result of nexus_service_info."""
    return services.info(make_run({"service": service}))


@pytest.mark.parametrize("service", [None, "SMS"])
def test_info_returns_services_and_the_paths_of_their_secrets(tenant: Tenant, service: str | None) -> None:
    assert asked_for(service) == {
        "changed": False,
        "services": [described("SMS", tenant.documents["SMS"])],
        "secrets": {"SMS": ["secret.username", "secret.password"]},
    }
    assert asked_for("Other") == {"changed": False, "services": [], "secrets": {}}


def test_info_needs_a_server_that_shows_services(tenant: Tenant) -> None:
    tenant.lists = False
    with pytest.raises(Unsupported, match="Name a service with the option service"):
        asked_for(None)
    states: tuple[State, ...] = ("unreadable", "doubtful")
    for state in states:
        tenant.sight = Sight(state)
        with pytest.raises(Unsupported, match="so it can't return the service Other"):
            asked_for("Other")
    tenant.sight = Sight("unreadable", refusal=Intermediary("read", "https://h", "answered 403", "Look"))
    with pytest.raises(Intermediary):
        asked_for("Other")


def test_info_refuses_an_invalid_name(tenant: Tenant) -> None:
    with pytest.raises(InvalidInput, match="service: "):
        asked_for("a/b")
    assert tenant.writes == 0


@pytest.mark.parametrize(
    ("leftovers", "option"),
    [(["Other", ""], "leftovers[1]"), (["a/b"], "leftovers[0]"), (["SMS", NAME], "leftovers[1]")],
)
def test_a_leftover_is_another_service_with_a_valid_name(tenant: Tenant, leftovers: list[str], option: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ran(leftovers=leftovers, remove_leftovers=True, secret=SECRET)
    assert caught.value.parameter == option
    assert list(tenant.documents) == ["SMS"]
