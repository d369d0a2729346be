# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A live tenant in the variables of an inventory: `_tenant/snapshot.py`."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, replace
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration import sender_ids, webhook_headers
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import Sections, Transaction
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.server_text import in_result
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Plan, Run, Task, validate
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels import channels, services
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.channel_rules import channel_key
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import (
    Document,
    Sight,
    is_masked,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import numbers
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import plan as numbers_plan
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.client import TollfreeNumber
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.options import GENESYS_CLOUD
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant import snapshot, tollfree_numbers
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.inventory_lists import list_problems
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.snapshot import (
    SMS_OPTIONS,
    Seen,
    describe,
    describe_with_secrets,
    is_shown,
)
from unit.models import ServicesModel
from unit.properties import given, st

CCID, OTHER = "45acae06-6b7c-4f97-9c76-471c0b25ef71", "9d2f7c1e-3b84-4a60-8f15-6e0a7c52d943"
NEXUS = "https://digital.example.com/tenants"
MO, DR = f"{NEXUS}/nexus/v3/sms/message", f"{NEXUS}/nexus/v3/sms/receipt"

KALEYRA = {
    "SMS": Document("N/A", {"provider": "mGage"}, {}),
    "mGageSMS": Document("https://kaleyra.example.com", {}, {"username": "canary-user", "password": "canary-password"}),
}
CLOUD = {
    "SMS": Document("n/a", {"tokenProvider": "Purecloud"}, {}),
    "PurecloudIDP": Document(
        "https://login.example.com", {}, {"clientId": "canary-id", "clientSecret": "canary-secret"}
    ),
    "PorticoSMS": Document("https://api.example.com/", {}, {}),
}
CHANNEL = {"channelId": "16504661149", "webhook": {"url": "https://gateway.example.com"}}
SIGNED = {"channelId": "16504661149", "webhook": {"secret": "canary-webhook"}, "api": {"secret": "canary-api"}}
GATEWAY = {
    "SMS": Document("N/A", {"provider": "Async"}, {}),
    "Async": Document(None, {"channels": [CHANNEL]}, {"channels": [SIGNED]}),
}
SECRET = ("mGageSMS", "PurecloudIDP", "Async")
"""The services that have secrets."""
MAIN = {
    "channelId": "16504661149",
    "channelType": "sms",
    "endpoint": "chat.Main",
    "interactionSubtype": "SMS",
    "interactionType": "Inbound",
    "media": "chat",
    "cxcOnly": "false",
    "provider": "mGage",
}


def seen(
    documents: dict[str, Document] | None = None,
    sections: Sections | None = None,
    account: list[TollfreeNumber] | None = None,
) -> Seen:
    return Seen(
        CCID,
        NEXUS,
        documents,
        None if sections is None else Transaction(105, "NexusServices", sections),
        None if account is None else numbers_plan.Observed(account),
    )


def number(digits: str, comment: str = "", user: str = CCID, mo_url: str = MO) -> TollfreeNumber:
    fields = {"comment": comment, "mo_url": mo_url, "dr_url": DR, "webhook_username": user}
    return TollfreeNumber(digits, fields)


def left_out(found: dict[str, Any]) -> dict[str, str]:
    """Return the reasons by kind and name."""
    return {f"{item['kind']} {item['name']}": item["reason"] for item in found["not_expressed"]}


# SMS options


@pytest.mark.parametrize(
    ("documents", "option", "variables", "secrets"),
    [
        (
            KALEYRA,
            "kaleyra",
            {"kaleyra_url": "https://kaleyra.example.com"},
            ["kaleyra_username", "kaleyra_password"],
        ),
        (
            CLOUD,
            "genesys_cloud",
            {"gc_api_url": "https://api.example.com/", "gc_login_url": "https://login.example.com"},
            ["gc_client_id", "gc_client_secret"],
        ),
        (
            GATEWAY,
            "custom_gateway",
            {
                "custom_gateway_channels": [
                    {"channel_id": "16504661149", "webhook_url": "https://gateway.example.com"},
                ]
            },
            ["custom_gateway_channels[0].webhook_secret", "custom_gateway_channels[0].api_secret"],
        ),
    ],
)
def test_a_tenant_as_in_genesys_guide(
    documents: dict[str, Document], option: str, variables: dict[str, Any], secrets: list[str]
) -> None:
    found = describe(seen(documents))
    assert found["sms_option"] == option
    assert found["sms_options"] == [option]
    assert found["variables"] == {"ccid": CCID, **variables}
    assert found["secrets"] == secrets
    assert (found["would_change"], found["not_expressed"]) == ([], [])
    assert not any(found["leftovers"].values())
    assert not any(found["unknown"].values())
    assert "canary" not in str(found)


@pytest.mark.parametrize(
    ("documents", "secret", "hidden"),
    [
        (KALEYRA, {"username": "canary-user", "password": "***"}, ["kaleyra_password"]),
        (KALEYRA, {}, ["kaleyra_username", "kaleyra_password"]),
        (KALEYRA, None, ["kaleyra_username", "kaleyra_password"]),
        # provision would write the password.
        (KALEYRA, {"username": "canary-user"}, []),
        (CLOUD, {"clientId": "***", "clientSecret": "***"}, ["gc_client_id", "gc_client_secret"]),
        (GATEWAY, {"channels": [{**SIGNED, "api": {"secret": "***"}}]}, ["custom_gateway_channels[0].api_secret"]),
        (
            GATEWAY,
            None,
            ["custom_gateway_channels[0].webhook_secret", "custom_gateway_channels[0].api_secret"],
        ),
    ],
)
def test_secrets_that_the_server_does_not_show(
    documents: dict[str, Document], secret: dict[str, Any] | None, hidden: list[str]
) -> None:
    shown = {
        name: replace(document, secret=secret) if name in SECRET else document for name, document in documents.items()
    }
    found = describe(seen(shown))
    assert found["hidden_secrets"] == hidden
    assert describe(seen(documents))["hidden_secrets"] == []
    assert "canary" not in str(found)


def test_what_differs_from_the_guide_would_be_changed() -> None:
    documents = {
        "SMS": Document(None, {"provider": "mgage", "note": "by hand"}, {}),
        "mGageSMS": Document("https://kaleyra.example.com", {}, {"username": "canary-user"}),
    }
    found = describe(seen(documents))
    assert found["sms_option"] == "kaleyra"
    assert found["would_change"] == ["change secret of the service mGageSMS", "change url, data of the service SMS"]
    assert found["unknown"]["service_keys"] == ["SMS.data.note"]
    # The secret that does not exist is not named.
    assert found["secrets"] == ["kaleyra_username"]


def test_a_mixture_is_named_and_has_no_option() -> None:
    mixed = Document("N/A", {"provider": "mGage", "tokenProvider": "Purecloud"}, {})
    found = describe(seen({**KALEYRA, **CLOUD, "SMS": mixed}, {"chat.Main": MAIN}))
    assert found["sms_option"] is None
    assert found["sms_options"] == ["kaleyra", "genesys_cloud"]
    assert left_out(found) == {"service SMS": "its data select several SMS options: kaleyra, genesys_cloud"}
    # Its sender IDs name their provider, since no SMS option does.
    assert [item["provider"] for item in found["variables"]["sender_ids"]] == ["mGage"]
    assert found["leftovers"]["services"] == []


def test_an_unknown_provider_is_named() -> None:
    found = describe(seen({"SMS": Document("N/A", {"provider": "Twilio"}, {}), "Facebook": Document(None, {}, {})}))
    assert found["sms_options"] == []
    assert left_out(found) == {"service SMS": "its data select no SMS option that the collection knows"}
    assert found["unknown"]["services"] == ["Facebook"]


def test_a_tenant_without_sms() -> None:
    found = describe(seen({}, {}, []))
    assert (found["sms_option"], found["not_expressed"], found["would_change"]) == (None, [], [])
    assert found["variables"] == {"ccid": CCID, "sender_ids": []}


def test_leftovers_of_another_option_are_named() -> None:
    sections = {"chat.Main": MAIN, "chat.Old": {**MAIN, "channelId": "55555", "provider": "Async"}}
    sections["Async"] = {"header:X-Tenant": "canary-header", "header: bad": "canary-bad"}
    found = describe(seen({**GATEWAY, **KALEYRA}, sections, [number("18445550001")]))
    assert found["sms_option"] == "kaleyra"
    assert found["leftovers"] == {
        "services": ["Async"],
        "sender_ids": ["chat.Old"],
        "webhook_headers": ["X-Tenant", "(hidden)"],
        "tollfree_numbers": ["18445550001"],
    }
    # They are listed with their own provider, so that nothing changes.
    assert [item.get("provider") for item in found["variables"]["sender_ids"]] == [None, "Async"]
    assert {"webhook_headers", "tollfree_numbers", "custom_gateway_channels"} & set(found["variables"]) == set()


def test_a_service_without_a_url_is_named() -> None:
    documents = {"SMS": KALEYRA["SMS"]}
    found = describe(seen(documents))
    assert left_out(found) == {"service mGageSMS": "it has no URL, so there is no value for kaleyra_url"}
    assert found["would_change"] == ["create the service mGageSMS"]


def test_a_url_that_the_preflight_refuses_is_named() -> None:
    documents = {**KALEYRA, "mGageSMS": Document("kaleyra", {}, {"username": "u", "password": "p"})}
    (reason,) = left_out(describe(seen(documents))).values()
    assert reason.startswith("kaleyra_url: must be an absolute http or https URL")


@pytest.mark.parametrize("path", ["/oauth/token", "/api/v2"])
def test_the_path_of_the_api_would_be_removed(path: str) -> None:
    service = {"/oauth/token": "PurecloudIDP", "/api/v2": "PorticoSMS"}[path]
    documents = {**CLOUD, service: Document(f"https://h.example.com{path}", {}, CLOUD[service].secret)}
    assert describe(seen(documents))["would_change"] == [f"change url of the service {service}"]


# Channels


def test_channels_that_a_list_cannot_have_are_named() -> None:
    data: list[dict[str, Any]] = [
        CHANNEL,
        {"channelId": "support", "webhook": {"url": "https://h.example.com"}},
        {"channelId": "55555"},
        {"channelId": "mail.example.com", "webhook": {"url": "https://h.example.com/?token=canary"}},
    ]
    secret = [SIGNED, *({**SIGNED, "channelId": item["channelId"]} for item in data[1:])]
    found = describe(seen({**GATEWAY, "Async": Document(None, {"channels": data}, {"channels": secret})}))
    assert [item["channel_id"] for item in found["variables"]["custom_gateway_channels"]] == [
        "16504661149",
        "mail.example.com",
    ]
    reasons = left_out(found)
    assert "neither a phone number nor an e-mail domain" in reasons["channel support"]
    assert reasons["channel 55555"].startswith("55555.webhook_url: it is missing")
    # The query of a URL may be a secret. execute() hides it in the services.
    assert "canary" not in str({**found, "services": None})
    assert "custom_gateway_channels[1].webhook_url" in found["secrets"]
    assert found["would_change"] == []


def test_a_channel_without_a_secret_would_be_changed() -> None:
    signed = {"channelId": "16504661149", "webhook": {"secret": "canary-webhook"}}
    documents = {**GATEWAY, "Async": Document(None, {"channels": [CHANNEL]}, {"channels": [signed]})}
    assert describe(seen(documents))["would_change"] == ["change api_secret of the channel 16504661149"]


def test_channels_in_an_unknown_form_are_named() -> None:
    documents = {**GATEWAY, "Async": Document(None, {"channels": ["16504661149"]}, {})}
    found = describe(seen(documents))
    (reason,) = left_out(found).values()
    assert "not in a known format" in reason
    assert "custom_gateway_channels" not in found["variables"]


# Sections


def test_defaults_of_a_sender_id_are_left_out() -> None:
    sections = {
        "chat.Main": MAIN,
        "chat.Odd": {**MAIN, "channelId": "55555", "media": "sms", "cxcOnly": "true", "note": "by hand"},
    }
    assert describe(seen(KALEYRA, sections))["variables"]["sender_ids"] == [
        {"name": "chat.Main", "channel_id": "16504661149", "endpoint": "chat.Main"},
        {
            "name": "chat.Odd",
            "channel_id": "55555",
            "endpoint": "chat.Main",
            "media": "sms",
            "cxc_only": True,
            "options": {"note": "by hand"},
        },
    ]


def test_sender_ids_that_a_list_cannot_have_are_named() -> None:
    sections = {
        "SMS_Main": {**MAIN, "channelId": "10001"},
        "chat.SMS_Main": {**MAIN, "channelId": "10002"},
        "chat.Copy": MAIN,
        "chat.Main": MAIN,
        "chat.Half": {"channelType": "sms"},
        "chat.Bidi\u202e": MAIN,
        "chat.Old": {"endpoint": "chat.Old"},
        "chat.Web": {"channelType": "webchat"},
    }
    found = describe(seen(KALEYRA, sections))
    assert [item["name"] for item in found["variables"]["sender_ids"]] == ["chat.Copy"]
    reasons = left_out(found)
    assert set(reasons) == {
        *("sender_id SMS_Main", "sender_id chat.SMS_Main", "sender_id chat.Main", "sender_id chat.Half"),
        "sender_id chat.Bidi\u202e",
    }
    assert reasons["sender_id chat.Main"] == (
        "chat.Main.channel_id: the number 16504661149 is also in chat.Copy. Use each number in one section only."
    )
    assert found["unknown"]["sections"] == ["chat.Old"]


def test_headers_are_found_in_the_section_of_the_async_provider() -> None:
    sections = {
        "async": {"header:X-Tenant": "canary-1", "header:x-tenant": "canary-2", "header:Host": "canary-3", "a": "b"},
        "nexus": {"header:X-B": "canary-4"},
    }
    found = describe(seen(GATEWAY, sections))
    assert found["variables"]["webhook_headers"] == [{"name": "X-Tenant"}]
    assert found["variables"]["webhook_headers_section"] == "async"
    assert found["secrets"][-1] == "webhook_headers[0].value"
    assert set(left_out(found)) == {"webhook_header x-tenant", "webhook_header Host"}
    assert found["unknown"]["sections"] == ["nexus"]
    assert found["would_change"] == []
    assert "canary" not in str(found)


# Numbers


def test_numbers_of_the_tenant_are_found_by_mark_user_and_use() -> None:
    account = [
        number("18445550001", "[slot i0123456789a/main] Nexus Premise"),
        number("18445550002", "by hand"),
        number("18445550003", user="nexus", mo_url=f"{MO}/"),
        number("18445550004", user=OTHER),
        number("18445550005", user=""),
        number("18445550006", f"[slot {OTHER}/main]"),
        number("18445550007", mo_url="https://old.example.com", user=CCID.upper()),
    ]
    sections = {"chat.A": {**MAIN, "channelId": "8445550003"}, "chat.B": {**MAIN, "channelId": "18445550004"}}
    found = describe(seen(CLOUD, sections, account))
    assert found["variables"]["tollfree_numbers"] == [
        {"slot": "main", "number": "18445550001", "comment": "Nexus Premise"},
        {"number": "18445550002", "comment": "by hand"},
        {"number": "18445550003", "webhook_username": "nexus"},
        {"number": "18445550007", "mo_url": "https://old.example.com", "webhook_username": CCID.upper()},
    ]
    assert found["secrets"][-1] == "nexus_cluster_api_key"
    assert found["unknown"]["tollfree_numbers"] == ["18445550005"]
    assert (found["would_change"], found["not_expressed"]) == ([], [])


def test_two_numbers_of_one_slot_are_named() -> None:
    account = [number(digits, "[slot i0123456789a/main]") for digits in ("18445550001", "18445550002")]
    found = describe(seen(CLOUD, {}, account))
    assert [item["number"] for item in found["variables"]["tollfree_numbers"]] == ["18445550001"]
    assert set(left_out(found)) == {"tollfree_number 18445550002"}


def test_an_empty_field_is_null() -> None:
    found = describe(seen(CLOUD, {}, [number("18445550001", "[slot i0123456789a/main]", mo_url="")]))
    (item,) = found["variables"]["tollfree_numbers"]
    assert item == {"slot": "main", "number": "18445550001", "mo_url": None}
    assert found["would_change"] == []


# Systems that were not read


def test_without_services_everything_that_was_read_is_described() -> None:
    found = describe(seen(None, {"chat.Main": MAIN, "Async": {"header:X-A": "v"}}, [number("18445550001")]))
    assert (found["sms_option"], found["sms_options"]) == (None, [])
    assert set(found["variables"]) == {"ccid", "sender_ids", "webhook_headers", "tollfree_numbers"}


# Any tenant

NAMES = ["chat.SMS_A", "chat.SMS_B", "Chat.SMS_Upper", "SMS_A", "SMS_NoPrefix", "chat.SMS.Main", "chat.SMS Main"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@dataclass
class Live:
    """A tenant that was set up by hand."""

    option: str
    documents: dict[str, Document]
    sections: Sections
    account: list[TollfreeNumber]


@st.composite
def live_sections(draw: st.DrawFn, provider: str) -> Sections:
    """Return sections in the spellings of hand-made tenants."""
    options = {
        "channelId": st.sampled_from(["none", "", "16504661149", "18445550001", "8445550002"]),
        "endpoint": st.sampled_from(["chat.Main", "Main", "Min", "CHAT.Main", " odd", ""]),
        "interactionSubtype": st.sampled_from(["SMS", "sms", ""]),
        "interactionType": st.sampled_from(["Inbound", "inbound"]),
        "media": st.sampled_from(["chat", "Chat"]),
        "cxcOnly": st.sampled_from(["false", "True", "No", ""]),
        "channelType": st.sampled_from(["SMS", " Sms ", "webchat", ""]),
        "provider": st.sampled_from([*[provider.lower()] * 5, "Portico", "Twilio", ""]),
        "note": TEXTS,
    }
    numbers_ = draw(st.permutations(["16504661149", "+1 650 466 9007", "65046", "065046", "(650) 466-1150", "10001"]))
    sections: Sections = {}
    for name in draw(st.lists(st.one_of(st.sampled_from(NAMES), TEXTS), max_size=5, unique=True)):
        section = {**MAIN, "provider": provider, "channelId": numbers_[len(sections)]}
        for key in draw(st.lists(st.sampled_from(sorted(options)), unique=True, max_size=3)):
            section[key] = draw(options[key])
        for key in draw(st.lists(st.sampled_from([*sorted(MAIN), *["channelId"] * 5]), unique=True, max_size=2)):
            # Without the option, or with its key in another case.
            value = section.pop(key)
            section.update(draw(st.sampled_from([{}, *[{key.lower(): value}] * 3, {f" {key}": value}])))
        sections[name] = section
    headers = st.sampled_from(["X-Tenant", "x-tenant", "Authorization", "Host", "bad name", ""])
    for name in draw(st.lists(st.sampled_from(["Async", "async"]), unique=True)):
        found = draw(st.dictionaries(headers, st.one_of(st.just("canary-header"), TEXTS), max_size=3))
        sections[name] = {f"header:{header}": value for header, value in found.items()}
    return sections


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """Return the usual value most of the time."""
    return st.sampled_from([usual] * 2 * len(others) + [*others])


@st.composite
def live_documents(draw: st.DrawFn, option: str) -> dict[str, Document]:
    """Return services of an option as people may have written them."""
    url = "https://h.example.com"
    urls = mostly(url, "HTTPS://H.example.com/", f"{url}/api/v2", "h", "", f"{url}/?a=b")
    nothing = mostly("N/A", "n/a", None, "", url)
    data = {key: value for key, value in SMS_OPTIONS[option].data.items() if value is not None}
    more = draw(mostly({}, {"note": "by hand"}, {"provider": "mGage"}, {"tokenProvider": "Purecloud"}))
    documents = {"SMS": Document(draw(nothing), {**more, **data}, draw(mostly({}, {"key": "canary"})))}
    for part in SMS_OPTIONS[option].parts:
        keys = draw(mostly([*part.secrets], [*part.secrets][:1], []))
        secret = {key: f"canary-{key}" for key in keys}
        if draw(st.integers(0, 5)):
            documents[part.service] = Document(draw(urls), draw(st.sampled_from([{}, {"note": 1}])), secret)
    if option == "custom_gateway" and draw(st.integers(0, 5)):
        names = st.sampled_from(
            ["16504661149", "+1 650 466 1149", "65046", "mail.example.com", "Mail.example.com", "x"]
        )
        entries = draw(st.lists(st.tuples(names, urls), max_size=4, unique_by=lambda entry: entry[0]))
        documents["Async"] = Document(
            None,
            {"channels": [{"channelId": name, "webhook": {"url": url}} for name, url in entries]},
            {
                "channels": [
                    {"channelId": name, "webhook": {"secret": "canary-w"}, "api": {"secret": "canary-a"}}
                    for name, _url in entries
                    if draw(st.integers(0, 5))
                ]
            },
        )
    if not draw(st.integers(0, 3)):
        documents.setdefault("mGageSMS", Document("https://old.example.com", {}, {"password": "canary-old"}))
    return documents


@st.composite
def live_tenants(draw: st.DrawFn) -> Live:
    """Return tenants of all SMS options."""
    option = draw(st.sampled_from(sorted(SMS_OPTIONS)))
    account = []
    comments = ["", "by hand", "[slot i0123456789a/main] x", f"[slot {CCID}/Second]", f"[slot {OTHER}/main]"]
    for last in draw(st.lists(st.integers(1, 6), unique=True, max_size=4)):
        fields = {
            "comment": draw(st.one_of(st.sampled_from(comments), TEXTS)),
            "mo_url": draw(st.sampled_from([MO, f"{MO}/", "", "https://old.example.com/?a=b", "no URL"])),
            "dr_url": draw(st.sampled_from([DR, DR.replace("https", "HTTPS"), "https://old.example.com"])),
            "webhook_username": draw(st.sampled_from([CCID, CCID.upper(), OTHER, "", "nexus"])),
        }
        account.append(TollfreeNumber(f"1844555000{last}", fields))
    return Live(
        option,
        draw(live_documents(option)),
        draw(live_sections(SMS_OPTIONS[option].provider)),
        account,
    )


def module_run(spec: dict[str, Any], **options: Any) -> Run:
    """Return the run of a module with these options, as a role gives them."""
    arguments = validate(Task("any", spec, lambda run: {}), options)
    assert arguments.refused is None, arguments.refused
    return Run(arguments.params, options, True, False, Secrets(), print)


def fill(variables: dict[str, Any], secrets: list[str], live: Live) -> dict[str, Any]:
    """Fill in the secrets of a description, as a person who knows them does."""
    filled = copy.deepcopy(variables)
    documents = live.documents
    for place in secrets:
        found = re.fullmatch(r"(\w+)\[(\d+)\]\.(\w+)", place)
        if found is None:
            continue
        item = filled[found[1]][int(found[2])]
        if found[1] == "webhook_headers":
            section = live.sections[filled.get("webhook_headers_section", "Async")]
            item["value"] = section[f"header:{item['name']}"]
        elif found[3] == "webhook_url":
            entries = documents["Async"].data["channels"]
            item["webhook_url"] = next(
                entry["webhook"]["url"] for entry in entries if _same_channel(entry["channelId"], item["channel_id"])
            )
        else:
            item[found[3]] = {"webhook_secret": "canary-w", "api_secret": "canary-a"}[found[3]]
    return filled


def _same_channel(one: str, other: str) -> bool:
    return channel_key(one) == channel_key(other)


def plans_of(live: Live, filled: dict[str, Any], secrets: list[str], model: ServicesModel) -> list[Plan[Any]]:
    """Return the plans of the roles with these variables, on a server that shows secrets in one way."""
    option = SMS_OPTIONS[live.option]
    made: list[Plan[Any]] = []
    transaction = Transaction(105, "NexusServices", live.sections)
    for part in option.parts:
        given = {key: f"canary-{key}" for key, variable in part.secrets.items()}
        url = in_result(filled.get(part.url))
        path = {"gc_api_url": r"/api/v2/*$", "gc_login_url": r"/oauth(/token)?/*$"}.get(part.url)
        url = re.sub(path, "", url) if url and path else url
        run = module_run(services.OPTIONS, service=part.service, secret=given, **({} if url is None else {"url": url}))
        made.append(services.plan(services.parse(run), model.look(part.service)))
    run = module_run(services.OPTIONS, service="SMS", url="N/A", data=dict(option.data), secret={})
    made.append(services.plan(services.parse(run), model.look("SMS")))
    if "custom_gateway_channels" in filled:
        run = module_run(channels.OPTIONS, channels=filled["custom_gateway_channels"])
        made.append(channels.plan(channels.parse(run), model.look("Async")))
    if "webhook_headers" in filled:
        section = filled.get("webhook_headers_section", "Async")
        run = module_run(webhook_headers.OPTIONS, headers=filled["webhook_headers"], section=section)
        made.append(webhook_headers.plan(webhook_headers.parse(run), transaction))
    run = module_run(sender_ids.OPTIONS, sender_ids=filled["sender_ids"], provider=option.provider)
    made.append(sender_ids.plan(sender_ids.parse(run), transaction))
    if filled.get("tollfree_numbers"):
        spec = {**GENESYS_CLOUD, **tollfree_numbers.OPTIONS}
        run = module_run(spec, tollfree_numbers=filled["tollfree_numbers"], ccid=CCID, nexus_url=NEXUS)
        nothing = numbers_plan.Actions(lambda *_: False, lambda *_: None, lambda *_: False)
        made.append(numbers_plan.plan(numbers.parse(run), numbers_plan.Observed(live.account), nothing))
    return made


@given(live_tenants(), st.sampled_from(["full", "masked", "masked_all", "omitted"]))
def test_the_variables_given_back_change_what_the_description_says(live: Live, read: str) -> None:
    model = ServicesModel(read, live.documents)
    documents = {name: document for name in live.documents if (document := model.look(name).document)}
    found = describe(seen(documents, live.sections, live.account))
    assert "canary" not in str(found["variables"])
    if found["sms_option"] is None:
        # A mixture of options is named, and has no role.
        assert len(found["sms_options"]) > 1
        assert "service SMS" in left_out(found)
        return
    assert found["sms_option"] == live.option
    filled = fill(found["variables"], found["secrets"], live)
    assert list_problems(filled.get)[1] == []
    if {"service", "list"} & {item["kind"] for item in found["not_expressed"]}:
        # The run would fail, or a variable is missing, and the description says so.
        return
    sentences = [sentence for made in plans_of(live, filled, found["secrets"], model) for sentence in made.sentences]
    assert sorted(sentences) == sorted(found["would_change"])


@given(live_tenants(), st.sampled_from(["full", "masked", "masked_all", "omitted"]))
def test_only_secrets_that_a_server_shows_are_told(live: Live, read: str) -> None:
    model = ServicesModel(read, live.documents)
    documents = {name: document for name in live.documents if (document := model.look(name).document)}
    found, shown = describe_with_secrets(seen(documents, live.sections, live.account))
    assert found == describe(seen(documents, live.sections, live.account))
    filled = fill(found["variables"], found["secrets"], live)
    for name in found["secrets"]:
        place = re.fullmatch(r"(\w+)\[(\d+)\]\.(\w+)", name)
        if place is not None:
            value, is_of_a_service = filled[place[1]][int(place[2])][place[3]], place[3].endswith("secret")
        elif name.endswith("_url"):
            part = next(part for part in SMS_OPTIONS[live.option].parts if part.url == name)
            value, is_of_a_service = live.documents[part.service].url, False
        else:
            stored = {
                variable: (live.documents[part.service].secret or {}).get(key)
                for part in SMS_OPTIONS[live.option].parts
                for key, variable in part.secrets.items()
                if part.service in live.documents
            }
            value, is_of_a_service = stored.get(name), True
        if name not in shown:
            # A channel may have no secrets. No list of API keys was read.
            may_lack = place is not None or name == "nexus_cluster_api_key" or read != "full"
            assert is_masked(value) or (is_of_a_service and may_lack)
        else:
            assert shown[name] == value


@pytest.mark.parametrize(
    "value", ["********", "***", "xxx", "(hidden)", "secret", "", " ", None, 5, "change-me", "\ud800", "a\ufffdb"]
)
def test_a_mask_is_not_a_secret(value: Any) -> None:
    documents = {**KALEYRA, "mGageSMS": Document("https://k.example.com", {}, {"username": value, "password": "pw-1"})}
    assert describe_with_secrets(seen(documents))[1] == {"kaleyra_password": "pw-1"}


@pytest.mark.parametrize(
    "value",
    [
        "••••••1234",
        "••1234",
        "●●ab",
        "xxxx1234",
        "XXXX-XXXX-1234",
        "1234xxx",
        "a**b",
        "ab...",
        "(not shown)",
        "[PROTECTED]",
    ],
)
def test_a_secret_that_is_shown_in_part_is_not_a_secret(value: str) -> None:
    assert not is_shown(value)


@pytest.mark.parametrize(
    "value", ["xx1234", "1.2.3", "a*b", "axxxb", "(a) b", "[a]b", '{"a": 1}', "https://k/?token=a-1"]
)
def test_a_secret_is_shown(value: str) -> None:
    assert is_shown(value)


def test_many_duplicates_are_checked_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time must not grow with the square of their count. A name that looks like a place is a name."""
    rounds: list[str] = []

    def counted(get: Any) -> Any:
        rounds.append("round")
        return list_problems(get)

    monkeypatch.setattr(snapshot, "list_problems", counted)
    sections = {f"chat.S{number}": {**MAIN, "channelId": str(10000 + number % 3)} for number in range(60)}
    sections["chat.x[99]"] = {**MAIN, "channelId": "10001"}
    found = describe(seen(KALEYRA, sections))
    assert [item["name"] for item in found["variables"]["sender_ids"]] == ["chat.S0", "chat.S1", "chat.S11"]
    assert len(found["not_expressed"]) == 58
    # Each item alone, and the list two times or three.
    assert len(rounds) <= len(sections) + 3
    assert "also in chat.S1." in left_out(found)["sender_id chat.S4"]


@given(live_tenants())
def test_no_object_is_lost(live: Live) -> None:
    found = describe(seen(live.documents, live.sections, live.account))
    named = {item["name"] for item in found["not_expressed"]}
    variables, leftovers, unknown = found["variables"], found["leftovers"], found["unknown"]
    for name, options in live.sections.items():
        if sender_ids.is_sender_id(options):
            assert in_result(name) in {item["name"] for item in variables["sender_ids"]} | set(map(in_result, named))
    listed = {item["number"] for item in variables.get("tollfree_numbers", [])}
    for item in live.account:
        mark = numbers_plan.Observed([item]).marks[item.number]
        if (mark.tenant if mark else item.fields["webhook_username"].lower()) == CCID:
            assert item.number in listed | named | set(leftovers["tollfree_numbers"])
    if found["sms_option"] == "custom_gateway" and "Async" in live.documents and "Async" not in named:
        ids = {channel_key(item["channel_id"]) for item in variables["custom_gateway_channels"]}
        for entry in live.documents["Async"].data["channels"]:
            assert channel_key(entry["channelId"]) in ids or entry["channelId"] in named
    assert set(live.documents) <= {item["service"] for item in found["services"]}
    assert unknown["services"] == []


def test_a_service_that_is_absent_is_seen_as_absent() -> None:
    assert seen(KALEYRA).sight("Async") == Sight("absent")
