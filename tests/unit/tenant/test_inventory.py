# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight of an inventory, each tenant alone and all against each other: `_tenant/inventory.py`."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.filter.inventory_problems import FilterModule
from ansible_collections.cxops.genesys_sms.plugins.lookup.environment import LookupModule
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.inventory import (
    CantRead,
    Omitted,
    Question,
    Report,
    Variables,
    _is_true,
    _may_be_one,
    _some,
    inspect,
)

ACME = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
BETA = "5d9c7a26-0a55-4b6a-9a3e-0c1d6f6f3b02"


def problems(hostvars: dict[str, dict[str, Any]], *args: Any, **kwargs: Any) -> list[str]:
    """Apply the filter, by default to all hosts, and return its findings as lines."""
    return [f"{host}: {problem}" for host, found in by_host(hostvars, *args, **kwargs).items() for problem in found]


def by_host(hostvars: dict[str, dict[str, Any]], *args: Any, **kwargs: Any) -> dict[str, list[str]]:
    """Apply the filter, and return its findings by host."""
    found: dict[str, list[str]] = FilterModule().filters()["inventory_problems"](
        hostvars, *(args or (hostvars, hostvars)), **kwargs
    )
    return found


def sender(name: str, number: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "channel_id": number, "endpoint": "Main", **more}


def test_a_good_inventory_has_no_problems() -> None:
    hostvars: dict[str, dict[str, Any]] = {
        "acme": {"ccid": ACME, "sender_ids": [sender("Main", "12345"), sender("chat.Two", "16504661149")]},
        "beta": {"ccid": BETA, "sender_ids": [sender("Main", "12346")]},
        "gamma": {"ccid": "00000000-0000-4000-8000-000000000003"},
        "no_tenant": {"sender_ids": "whatever"},
    }
    assert problems(hostvars, hostvars, ["acme", "beta", "gamma"]) == []


@pytest.mark.parametrize("ccid", ["acme", ""])
def test_a_ccid_that_is_not_a_uuid_is_a_finding(ccid: Any) -> None:
    (problem,) = problems({"acme": {"ccid": ccid}})
    assert problem.startswith("acme: ccid: must be a UUID")


def test_two_hosts_with_the_same_ccid_are_a_finding_of_each() -> None:
    assert problems({"acme": {"ccid": ACME}, "beta": {"ccid": ACME.upper()}, "gamma": {"ccid": BETA}}) == [
        "acme: ccid: it is also the ccid of beta. Use one inventory host for each tenant.",
        "beta: ccid: it is also the ccid of acme. Use one inventory host for each tenant.",
    ]


def test_a_number_of_two_tenants_is_a_finding_of_each() -> None:
    hostvars = {
        "acme": {"ccid": ACME, "sender_ids": [sender("A", "12345")]},
        "beta": {"ccid": BETA, "sender_ids": [sender("B", "12346"), sender("C", "12345")]},
    }
    remedy = "Keep it for one tenant only. If tenants share it on purpose, list it in shared_numbers of each of them."
    assert problems(hostvars) == [
        f"acme: sender_ids[0].channel_id: the number 12345 also belongs to beta. {remedy}",
        f"beta: sender_ids[1].channel_id: the number 12345 also belongs to acme. {remedy}",
    ]


def test_a_number_may_move_from_one_tenant_to_another() -> None:
    hostvars = {
        "acme": {"ccid": ACME, "sender_ids": [sender("A", "12345", state="absent")]},
        "beta": {"ccid": BETA, "sender_ids": [sender("B", "12345")]},
    }
    assert problems(hostvars) == []


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("A", ["sender_ids: must be a list"]),
        (None, []),
        (["A"], ["sender_ids[0]: must be a dictionary"]),
        ([{}], ["sender_ids[0].name: it is m", "sender_ids[0].channel_id: it is m", "sender_ids[0].endpoint: it is m"]),
        ([{"name": "A", "state": "absent"}], []),
        ([{"name": " ", "state": "absent"}], ["sender_ids[0].name: it is empty"]),
        # A section that was made by hand may be named so.
        ([sender("SMS.Main b", "12345")], []),
        ([sender("A", "+1")], ["sender_ids[0].channel_id: '+1' does not consist of digits only"]),
        (
            [sender("A", "12345", endpoint=" ")],
            ["sender_ids[0].endpoint: it is empty, or has whitespace at its start or end"],
        ),
        ([sender("A", "12345", endpoint=None)], ["sender_ids[0].endpoint: it is missing"]),
        (
            [sender("A", "12345"), sender("chat.A", "12346"), sender("B", "12346")],
            ["sender_ids[1].name: the section chat.A is also in sender_ids[0]", "sender_ids[2].channel_id: the number"],
        ),
        (
            [sender("", "12345"), sender("B", "12345"), "x"],
            [
                "sender_ids[0].name: it is empty",
                "sender_ids[2]: must be a dictionary",
                "sender_ids[1].channel_id: the number 12345 is also in sender_ids[0]",
            ],
        ),
    ],
)
def test_all_problems_of_sender_ids_are_findings(items: Any, expected: list[str]) -> None:
    found = problems({"acme": {"ccid": ACME, "sender_ids": items}})
    assert len(found) == len(expected)
    for problem, start in zip(found, expected, strict=True):
        assert problem.startswith(f"acme: {start}")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"kaleyra_url": "https://kaleyra", "kaleyra_username": "u"}, []),
        (
            {"kaleyra_url": None},
            [
                "kaleyra_url: it is not set (null). Set it in the inventory.",
                "kaleyra_username: it is not set. Set it in the inventory.",
            ],
        ),
        (
            {"kaleyra_url": "kaleyra", "kaleyra_username": " "},
            ["kaleyra_url: must be an absolute http or https URL", "kaleyra_username: it is empty"],
        ),
        ({"kaleyra_url": "https://k", "kaleyra_username": 5}, ["kaleyra_username: must be a string, not a number"]),
        ({"kaleyra_url": "https://k", "kaleyra_username": "5", "gws_auth_url": "not checked"}, []),
    ],
)
def test_needed_variables_are_checked(variables: dict[str, Any], expected: list[str]) -> None:
    hostvars = {"acme": variables, "beta": {}}
    found = problems(hostvars, ["acme", "beta"], ["acme"], ["kaleyra_url", "kaleyra_username"])
    assert len(found) == len(expected)
    for problem, start in zip(found, expected, strict=True):
        assert problem.startswith(f"acme: {start}")


def test_a_needed_list_that_is_not_set_is_a_finding() -> None:
    hostvars: dict[str, dict[str, Any]] = {"acme": {"ccid": ACME, "sender_ids": []}, "beta": {"ccid": BETA}}
    assert problems(hostvars, hostvars, hostvars, ["sender_ids"]) == [
        "beta: sender_ids: it is not set. Set it in the inventory."
    ]


def login(**more: Any) -> dict[str, Any]:
    return {"gws_url": "https://gws", "gws_client_id": "client", **more}


@pytest.mark.parametrize(
    ("one", "other", "name"),
    [
        (login(), login(), "gws_client_id"),
        (login(gws_username="a"), login(gws_username="a", gws_client_id="other"), "gws_username"),
        (login(gws_username=None), login(gws_username=""), "gws_client_id"),
        (login(), login(gws_url="https://gws/"), "gws_client_id"),
        (login(gws_username="a", gws_url="https://gws/"), login(gws_username="a"), "gws_username"),
    ],
)
@pytest.mark.parametrize("play", [["acme", "beta"], ["acme"], ["beta"]])
def test_two_tenants_with_the_same_login_are_a_finding_of_those_in_the_play(
    one: dict[str, Any], other: dict[str, Any], name: str, play: list[str]
) -> None:
    found = by_host({"acme": {"ccid": ACME, **one}, "beta": {"ccid": BETA, **other}}, ["acme", "beta"], play)
    other_one = {"acme": "beta", "beta": "acme"}
    assert found == {
        host: [
            (
                f"{name}: {other_one[host]} uses the same login. The login determines which tenant's configuration is "
                "changed. Use a separate login for each tenant."
            )
        ]
        for host in play
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        (login(), login(gws_client_id="other")),
        (login(), login(gws_url="https://other")),
        (login(gws_username="a"), login(gws_username="b")),
        (login(gws_username="a"), login()),
        (login(gws_username="client"), login()),
    ],
)
def test_different_logins_are_accepted(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not problems({"acme": {"ccid": ACME, **one}, "beta": {"ccid": BETA, **other}})


def test_a_host_that_is_not_a_tenant_may_have_the_login_of_one() -> None:
    assert not problems({"acme": {"ccid": ACME, **login()}, "bastion": login()}, ["acme", "bastion"], ["acme"])


SAME = {"ccid": ACME, "sender_ids": [sender("A", "12345")], **login()}


@pytest.mark.parametrize("play", [["acme"], ["beta"], ["acme", "beta"]])
def test_a_conflict_is_a_finding_of_each_host_in_the_play(play: list[str]) -> None:
    starts = ("ccid: ", "gws_client_id: ", "sender_ids[0].channel_id: ")
    found = by_host({"acme": SAME, "beta": SAME}, ["acme", "beta"], play)
    assert sorted(found) == sorted(play)
    for host, sentences in found.items():
        for sentence, start in zip(sentences, starts, strict=True):
            assert sentence.startswith(start)
            assert ("acme" if host == "beta" else "beta") in sentence


@pytest.mark.parametrize("play", [[], ["gamma"]])
def test_a_conflict_between_hosts_outside_the_play_is_ignored(play: list[str]) -> None:
    hostvars = {"acme": SAME, "beta": SAME, "gamma": {"ccid": BETA, **login(gws_client_id="other")}}
    assert not problems(hostvars, list(hostvars), play)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ccid": "beta"},
        {"ccid": BETA, "sender_ids": "A"},
        {"ccid": BETA, "sender_ids": [{}]},
        {"ccid": BETA, "sender_ids": [sender("A", "12345"), sender("A", "12345")]},
        {"ccid": BETA, "sender_ids": [sender("A", "12345", extra=1)]},
    ],
)
def test_a_problem_of_a_host_outside_the_play_is_ignored(wrong: dict[str, Any]) -> None:
    hostvars = {"acme": {"ccid": ACME, "key": "set"}, "beta": wrong}
    assert not problems(hostvars, ["acme", "beta"], ["acme"], ["key"])
    found = problems(hostvars, ["acme", "beta"], ["beta"], ["key"])
    assert len(found) >= 2
    assert all(problem.startswith("beta: ") for problem in found)


def test_a_number_conflicts_with_one_of_a_tenant_that_has_other_problems() -> None:
    hostvars = {
        "acme": {"ccid": ACME, "sender_ids": [sender("A", "12345")]},
        "beta": {"ccid": "beta", "sender_ids": [sender("a b", "12346"), sender("B", "12345")]},
    }
    (problem,) = problems(hostvars, ["acme", "beta"], ["acme"])
    assert problem.startswith("acme: sender_ids[0].channel_id: the number 12345 also belongs to beta. ")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"provider": "Other"}, "provider: this value is not supported. Use Portico, Async or mGage"),
        ({"extra": 1}, "extra"),
        ({"channel_id": 12345}, "channel_id: must be a string, not a number"),
        ({"options": "x y"}, "options"),
        ({"cxc_only": "perhaps"}, "cxc_only"),
        ({"state": "gone"}, "state: this value is not supported. Use present or absent"),
    ],
)
def test_what_the_module_would_refuse_is_a_finding(more: dict[str, Any], sentence: str) -> None:
    (problem,) = problems({"acme": {"ccid": ACME, "sender_ids": [{**sender("A", "12345"), **more}]}})
    assert problem.startswith("acme: sender_ids[0].")
    assert sentence in problem


def test_findings_do_not_show_values() -> None:
    hostvars = {"acme": {"a_url": "https://user:canary@host", "b_url": "user:canary@host"}}
    found = problems(hostvars, ["acme"], ["acme"], ["a_url", "b_url"])
    assert len(found) == 2
    assert "canary" not in str(found)


GWS = {"gws_url": "https://gws", "gws_client_id": "c", "gws_client_secret": "canary-s"}
GAX = {"configuration": "gax", "gax_url": "https://gax", "gax_username": "u", "gax_password": "canary-p"}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (GWS, []),
        ({**GWS, "configuration": None, "gws_auth_url": None}, []),
        ({**GWS, "configuration": "gws", "gws_client_id": ""}, ["gws_client_id: it is empty"]),
        ({**GWS, "gws_api_key": "canary"}, []),
        ({**GWS, "gws_api_key": " "}, ["gws_api_key: it is empty"]),
        (
            {**GWS, "gws_auth_url": "gws", "gws_password": " "},
            ["gws_auth_url: must be an absolute", "gws_password: it is e"],
        ),
        ({}, ["gws_url: it is not set", "gws_client_id: it is not set", "gws_client_secret: it is not set"]),
        (GAX, []),
        ({**GAX, "gws_auth_url": "not checked"}, []),
        (
            {**GAX, "gax_url": "gax", "gax_password": None},
            ["gax_url: must be an absolute", "gax_password: it is not set (null)"],
        ),
        ({**GWS, "configuration": "ssh"}, ["configuration: this value is not supported. Use gws or gax."]),
    ],
)
def test_gws_and_gax_each_need_their_own_variables(variables: dict[str, Any], expected: list[str]) -> None:
    found = problems({"acme": variables}, ["acme"], ["acme"], ["configuration"])
    assert len(found) == len(expected)
    for problem, start in zip(found, expected, strict=True):
        assert problem.startswith(f"acme: {start}")
        assert "canary" not in problem


def test_each_sms_option_needs_its_own_variables() -> None:
    hostvars: dict[str, dict[str, Any]] = {
        "acme": {"group_names": ["all", "kaleyra"], "a": "1"},
        "beta": {"group_names": ["gateway"], "c": "1"},
        "both": {"group_names": ["gateway", "kaleyra"], "a": "1", "b": "1", "c": "1"},
        "none": {"group_names": ["other"]},
        "elsewhere": {"group_names": ["gateway", "kaleyra"]},
    }
    options = {"kaleyra": ["a", "b"], "gateway": ["c"]}
    found = problems(hostvars, [*hostvars], ["acme", "beta", "both", "none"], [], options)
    assert found == [
        "acme: b: it is not set. Set it in the inventory.",
        (
            "both: It is in the groups kaleyra and gateway. A tenant has one SMS option. "
            "Keep it in one of these groups only."
        ),
    ]


def channel(channel_id: str, **more: Any) -> dict[str, Any]:
    whole = {"webhook_url": "https://gw", "webhook_secret": "canary-w", "api_secret": "canary-a"}
    return {"channel_id": channel_id, **whole, **more}


@pytest.mark.parametrize(
    ("name", "items", "expected"),
    [
        ("custom_gateway_channels", [channel("16504661149"), channel("mail.example.com")], []),
        ("custom_gateway_channels", [{"channel_id": "12345", "state": "absent"}], []),
        ("custom_gateway_channels", [{"channel_id": "sms gateway", "state": "absent"}], []),
        ("custom_gateway_channels", {}, ["custom_gateway_channels: must be a list"]),
        (
            "custom_gateway_channels",
            [channel("12345"), channel("12345"), channel("1 2", webhook_url="ftp://x", api_secret="")],
            [
                "custom_gateway_channels[2].channel_id: '1 2' is neither a phone number",
                "custom_gateway_channels[2].webhook_url: must be an absolute",
                "custom_gateway_channels[2].api_secret: it is empty",
                "custom_gateway_channels[1].channel_id: the channel 12345 is also in custom_gateway_channels[0]",
            ],
        ),
        (
            "custom_gateway_channels",
            [{"channel_id": "12345", "colour": "red"}],
            [
                "custom_gateway_channels[0].colour: this option does not exist",
                "custom_gateway_channels[0].webhook_url: it is missing",
                "custom_gateway_channels[0].webhook_secret: it is missing",
                "custom_gateway_channels[0].api_secret: it is missing",
            ],
        ),
        ("webhook_headers", [{"name": "X-A", "value": "canary"}, {"name": "X-B", "state": "absent"}], []),
        ("webhook_headers", [{"name": "Content-Type", "state": "absent"}], []),
        (
            "webhook_headers",
            [{"name": "X-A", "value": "canary"}, {"name": "x-a", "value": "canary\n"}, {"name": "Host", "value": "a"}],
            [
                "webhook_headers[1].value: it has whitespace at its start or end, a line break",
                "webhook_headers[2].name: Host can't be set: Digital Channels takes it from the URL",
                "webhook_headers[1].name: the header x-a is also in webhook_headers[0]",
            ],
        ),
        ("webhook_headers", [{"name": "X-A"}], ["webhook_headers[0].value: it is missing"]),
    ],
)
def test_all_problems_of_a_custom_gateway_are_findings(name: str, items: Any, expected: list[str]) -> None:
    found = problems({"acme": {"ccid": ACME, name: items}})
    assert len(found) == len(expected), found
    for problem, start in zip(found, expected, strict=True):
        assert problem.startswith(f"acme: {start}")
        assert "canary" not in problem


def test_two_custom_gateways_share_neither_login_nor_number() -> None:
    hostvars: dict[str, dict[str, Any]] = {
        "acme": {"ccid": ACME, **GAX, "custom_gateway_channels": [channel("16504661149"), channel("mail.example.com")]},
        "beta": {"ccid": BETA, **GAX, "custom_gateway_channels": [channel("mail.example.com"), channel("16504661149")]},
    }
    found = by_host(hostvars)
    starts = {
        "acme": (
            "gax_username: beta uses the same login",
            "custom_gateway_channels[0].channel_id: the channel 16504661149 also",
        ),
        "beta": (
            "gax_username: acme uses the same login",
            "custom_gateway_channels[1].channel_id: the channel 16504661149 also",
        ),
    }
    assert sorted(found) == sorted(starts)
    for host, sentences in found.items():
        for sentence, start in zip(sentences, starts[host], strict=True):
            assert sentence.startswith(start)
    hostvars["beta"]["gax_url"] = "https://other"
    hostvars["acme"]["custom_gateway_channels"][0]["state"] = "absent"
    assert problems(hostvars) == []


@pytest.mark.parametrize(
    ("numbers", "ids", "expected"),
    [
        ([{"slot": "main"}], [{"slot": "main"}], []),
        ([{"slot": "main", "number": "+1 844 555 0001"}], [{"slot": "main"}], []),
        ([{"number": "18445550001"}], [], []),
        ([{}], [], ["tollfree_numbers[0].number: it is missing. Give number, or slot instead of number"]),
        (
            [{"slot": "a b", "number": "5"}],
            [],
            ["tollfree_numbers[0].slot: must be", "tollfree_numbers[0].number: '5'"],
        ),
        ([{"slot": "main"}], [{"slot": "other"}], ["sender_ids[0].slot: tollfree_numbers has no slot other"]),
        (
            [{"slot": "main", "state": "absent"}],
            [{"slot": "main"}],
            ["sender_ids[0].slot: tollfree_numbers releases the number of the slot main. Use a slot that"],
        ),
        (
            [{"number": "+1 844 555 0001", "state": "absent"}],
            [{"channel_id": "18445550001"}, {"channel_id": "18445550001", "state": "absent"}],
            ["sender_ids[0].channel_id: the number 18445550001 is released by tollfree_numbers[0]. Set the state"],
        ),
        ([{"slot": "main"}], [{"slot": "main", "channel_id": "12345"}], ["sender_ids[0].slot: channel_id is set too"]),
        (
            [{"slot": "main", "vanity": "ABC"}],
            [],
            ["tollfree_numbers[0].vanity: must be 4 to 7 letters and digits"],
        ),
        ([{"number": "18445550001", "vanity": "CALL"}], [], ["tollfree_numbers[0].vanity: it needs slot"]),
        ([{"slot": "main", "dr_url": "receipts"}], [], ["tollfree_numbers[0].dr_url: must be an absolute"]),
        (
            [{"number": "18445550001", "port_in": {"loa_file_url": "loa.pdf"}}],
            [],
            ["tollfree_numbers[0].port_in.loa_file_url: must be an absolute"],
        ),
        (
            [{"slot": "main", "port_in": {"loa_file_url": "https://files.example.com/loa.pdf"}}],
            [],
            ["tollfree_numbers[0].port_in: it needs number"],
        ),
        ([{"slot": "main"}, {"slot": "main"}], [], ["tollfree_numbers[1].slot: the slot main is also in"]),
        (
            [{"slot": "main", "number": "18445550001"}, {"number": "1-844-555-0001"}],
            [],
            ["tollfree_numbers[1].number: the number 18445550001 is also in tollfree_numbers[0]"],
        ),
        ([{"slot": "main", "color": "red"}], [], ["tollfree_numbers[0].color: this option does not exist"]),
        # As gc_tollfree_number_info returns them: numbers of another or of an unknown tenant are ignored.
        (
            [
                {"slot": "main", "number": "18445550001", "ccid": ACME, "status": "Assigned"},
                {"slot": "main", "number": "18445550002", "ccid": BETA, "status": "Assigned"},
                {"slot": "main", "number": "18445550003", "ccid": None, "status": "Assigned"},
                {"slot": None, "number": "18445550004", "ccid": None, "status": "Assigned"},
            ],
            [{"slot": "main"}],
            [],
        ),
        (
            [{"slot": "main", "number": "18445550002", "ccid": BETA}],
            [{"slot": "main"}],
            ["sender_ids[0].slot: tollfree_numbers has no slot main"],
        ),
    ],
)
def test_all_problems_of_toll_free_numbers_are_findings(numbers: Any, ids: Any, expected: list[str]) -> None:
    listed = [{"name": f"N{place}", "endpoint": "Main", **item} for place, item in enumerate(ids)]
    found = problems({"acme": {"ccid": ACME, "tollfree_numbers": numbers, "sender_ids": listed}})
    assert len(found) == len(expected), found
    for problem, text in zip(found, expected, strict=True):
        assert problem.startswith(f"acme: {text}"), problem


def test_a_toll_free_number_of_two_tenants_is_a_finding_of_each() -> None:
    numbers = [{"number": "18445550001"}]
    hostvars = {
        "acme": {"ccid": ACME, "tollfree_numbers": numbers},
        "beta": {"ccid": BETA, "tollfree_numbers": [{"slot": "main"}, *numbers]},
    }
    first, second = problems(hostvars)
    assert first.startswith("acme: tollfree_numbers[0].number: the toll-free number 18445550001 also belongs to beta.")
    assert second.startswith("beta: tollfree_numbers[1].number: the toll-free number 18445550001 also belongs to acme.")
    hostvars["acme"]["tollfree_numbers"] = [{**numbers[0], "state": "absent"}]
    assert problems(hostvars) == []


@pytest.mark.parametrize("path", ["/", "/provisioning/v3", "/provisioning/v3/"])
def test_the_end_of_the_gws_url_makes_no_difference_to_a_login(path: str) -> None:
    hostvars = {
        "acme": {"ccid": ACME, **GWS, "gws_username": "u"},
        "beta": {"ccid": BETA, **GWS, "gws_username": "u", "gws_url": GWS["gws_url"] + path},
    }
    found = [problem for problem in problems(hostvars) if "uses the same login" in problem]
    assert [problem.partition(": ")[0] for problem in found] == ["acme", "beta"]


KALEYRA = {"ccid": ACME, "group_names": ["kaleyra"]}
OPTIONS: dict[str, list[str]] = {"kaleyra": [], "custom_gateway": [], "genesys_cloud": []}


@pytest.mark.parametrize(
    ("variables", "meant"),
    [
        ({"sender_ids_purg": True}, "sender_ids_purge"),
        ({"webhook_header": []}, "webhook_headers"),
        ({"nexus_apikey": "canary"}, "nexus_api_key"),
        ({"tolfree_numbers": []}, "tollfree_numbers"),
        ({"sender_id": []}, "sender_ids"),
    ],
)
def test_a_typo_in_the_name_of_a_variable_is_a_finding(variables: dict[str, Any], meant: str) -> None:
    (name,) = variables
    (problem,) = problems({"acme": {**KALEYRA, **variables}}, ["acme"], ["acme"], [], OPTIONS)
    assert problem.startswith(f"acme: {name}: ")
    assert f"Did you mean {meant}?" in problem
    assert "canary" not in problem
    assert not problems({"acme": {**KALEYRA, **variables}}, ["acme"], ["acme"], [], OPTIONS, own=[name])


@pytest.mark.parametrize(
    ("group", "name", "meant"),
    [
        ("kaleyra", "when_unreadable", "kaleyra_when_unreadable"),
        ("kaleyra", "update_secret", "kaleyra_update_secret"),
        ("custom_gateway", "update_secret", "custom_gateway_update_secret"),
        ("genesys_cloud", "max_purchases", "genesys_cloud_max_purchases"),
        ("genesys_cloud", "purchase_allowed", "genesys_cloud_purchase_allowed"),
        ("genesys_cloud", "foreign_numbers", "genesys_cloud_foreign_numbers"),
        ("genesys_cloud", "webhook_password", "nexus_cluster_api_key"),
        ("kaleyra", "api_key", "nexus_api_key"),
        ("kaleyra", "purge_options", "sender_ids_purge_options"),
    ],
)
def test_a_module_option_used_as_a_variable_is_a_finding(group: str, name: str, meant: str) -> None:
    options: dict[str, list[str]] = {"kaleyra": [], "custom_gateway": [], "genesys_cloud": []}
    hostvars: dict[str, Any] = {"acme": {"ccid": ACME, "group_names": ["all", group], name: "canary"}}
    (problem,) = problems(hostvars, ["acme"], ["acme"], [], options)
    assert problem.startswith(f"acme: {name}: no role reads this variable. Did you mean {meant}?")
    assert "canary" not in problem
    assert not problems(hostvars, ["acme"], ["acme"], [], options, own=[name])
    # Another variable refers to it.
    hostvars["acme"]["other"] = f"{{{{ {name} }}}}"
    assert not problems(hostvars, ["acme"], ["acme"], [], options)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("purge", "custom_gateway_purge, sender_ids_purge or webhook_headers_purge"),
        ("channels", "custom_gateway_channels"),
        ("headers", "webhook_headers"),
        ("validate_certs", "http_options.validate_certs"),
        ("time_limit", "http_options.time_limit"),
        # Of another SMS option.
        ("max_purchases", None),
        ("tenant_configuration", None),
    ],
)
def test_a_module_option_with_an_ordinary_name_used_as_a_variable_is_a_warning(
    name: str, meant: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    host = f"tenant-with-{name}"
    variables = {"ccid": ACME, "group_names": ["all", "custom_gateway"], name: "canary"}
    assert not problems({host: variables}, [host], [host], [], {"custom_gateway": []})
    shown = " ".join("".join(capsys.readouterr()).split())
    assert (f"{host}: {name}: no role reads this variable. Did you mean {meant}?" in shown) is (meant is not None)
    assert "canary" not in shown


@pytest.mark.parametrize(
    "variables",
    [
        # Another variable refers to it.
        {"sender_ids_pur": [], "a": "{{ sender_ids_pur | default([]) }}"},
        {"vault_kaleyra_password": "canary", "motd": "x", "ansible_host": "h", "my_sender": 1},
        # It resembles a variable of a secret file.
        {"gateway_webhook_secret": "canary", "rotated_gateway_webhook_secret_previous": "canary"},
    ],
)
def test_variables_of_the_users_own_are_not_typos(variables: dict[str, Any]) -> None:
    assert not problems({"acme": {**KALEYRA, **variables}}, ["acme"], ["acme"], [], OPTIONS)


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"sender_ids_purg": False, "sender_ids_purge": True}, "sender_ids_purg"),
        ({"gax_pasword": "canary", "gax_password": "x"}, "gax_pasword"),
        # The usual name of a variable that another one refers to.
        ({"vault_gax_password": "canary", "gax_password": "x"}, None),
    ],
)
def test_a_typo_beside_the_correct_variable_is_a_warning(
    variables: dict[str, Any], told: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    # Ansible shows a warning once in a process, so each case has its own host name.
    host = f"tenant-{told}"
    assert not problems({host: {**KALEYRA, **variables}}, [host], [host], [], OPTIONS)
    shown = " ".join("".join(capsys.readouterr()).split())
    assert (f"{host}: {told}: " in shown) is (told is not None)
    assert "Did you mean" in shown or told is None
    assert "canary" not in shown


@pytest.mark.parametrize(
    ("groups", "variables", "stray"),
    [
        (["kaleira"], {"sender_ids": [{}]}, True),
        ([], {"custom_gateway_channels": [{}]}, True),
        (["kaleira", "without_sms"], {"sender_ids": [{}]}, False),
        (["kaleyra"], {"sender_ids": [{}]}, False),
        (["voice"], {"sender_ids": []}, False),
        (["voice"], {"kaleyra_url": "https://kaleyra"}, False),
    ],
)
def test_a_host_that_looks_like_a_tenant_without_an_sms_option_is_a_finding(
    groups: list[str], variables: dict[str, Any], stray: bool
) -> None:
    hostvars = {"acme": KALEYRA, "beta": {"ccid": BETA, "group_names": groups, **variables}}
    found = by_host(hostvars, hostvars, ["acme"], [], OPTIONS)
    assert list(found) == (["beta"] if stray else [])


def cloud(journal: str | None = None, client: str = "client", **more: Any) -> dict[str, Any]:
    kept = {} if journal is None else {"genesys_cloud_journal": journal}
    account = {"gc_api_url": "https://api", "gc_client_id": client, "tollfree_numbers": [{"slot": "main"}]}
    return {"group_names": ["genesys_cloud"], "inventory_dir": "/inventory", **account, **kept, **more}


@pytest.mark.parametrize(
    ("one", "other", "stopped"),
    [
        (cloud("/a"), cloud("/b"), True),
        (cloud("/a"), cloud(), True),
        (cloud("/inventory/genesys_cloud_purchases.txt"), cloud(), False),
        (cloud("/a/../b"), cloud("/b", gc_api_url="https://api/"), False),
        (cloud("/a"), cloud("/b", client="other"), False),
        (cloud("/a"), cloud("/b", gc_api_url="https://other"), False),
        (cloud("/a"), cloud("/b", gc_api_url="https://API:443/api/v2/"), True),
        (cloud(), cloud(inventory_dir="/other"), True),
        (cloud("postgresql://db/sms"), cloud("postgresql://db/sms"), False),
        (cloud("postgresql://db/sms"), cloud("postgresql://db/sms#other"), True),
        (cloud("postgresql://db/sms"), cloud("/a"), True),
        (cloud("~/journal"), cloud("$HOME/journal"), False),
    ],
)
def test_an_oauth_client_with_two_journals_stops_all_its_tenants(
    one: dict[str, Any], other: dict[str, Any], stopped: bool
) -> None:
    hostvars = {"acme": {"ccid": ACME, **one}, "beta": {"ccid": BETA, **other}}
    for play in (["acme", "beta"], ["acme"], ["beta"]):
        found = by_host(hostvars, hostvars, play, [], OPTIONS)
        assert sorted(found) == (play if stopped else [])
        for sentences in found.values():
            assert [sentence for sentence in sentences if not sentence.startswith("genesys_cloud_journal: ")] == []


@pytest.mark.parametrize(
    "url", ["postgresql://sms:canary-password@db/sms", "postgres://db/sms?sslmode=require&password=canary-password"]
)
def test_the_url_of_a_journal_must_not_contain_a_password(url: str) -> None:
    hostvars = {"acme": {"ccid": ACME, **cloud(url)}, "beta": {"ccid": BETA, **cloud("/b")}}
    (sentence,) = by_host(hostvars, hostvars, ["acme", "beta"], [], OPTIONS)["acme"]
    assert sentence.startswith("genesys_cloud_journal: the URL contains a secret (password)")
    assert "genesys_cloud_journal_password" in sentence
    assert "canary" not in sentence


@pytest.mark.parametrize("journal", ["purchases.txt", "mysql://db/sms", "sqlite:///srv/sms", "postgresql://[db/sms"])
def test_a_place_that_can_hold_no_journal_stops_the_tenant(journal: str) -> None:
    hostvars = {"acme": {"ccid": ACME, **cloud(journal)}, "beta": {"ccid": BETA, **cloud("/b", client="other")}}
    found = by_host(hostvars, hostvars, ["acme", "beta"], [], OPTIONS)
    assert [(name, text.partition(":")[0]) for name, texts in found.items() for text in texts] == [
        ("acme", "genesys_cloud_journal")
    ]


def on(connection: str | None, host: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a tenant that may buy numbers, with where its tasks run."""
    where = {"ansible_connection": connection, "ansible_host": host}
    buying = {"genesys_cloud_purchase_allowed": True, **more}
    return cloud("/a", **{name: value for name, value in where.items() if value is not None}, **buying)


@pytest.mark.parametrize(
    ("one", "other", "stopped"),
    [
        (on("local"), on("ssh", "bastion"), True),
        (on("ssh", "bastion"), on("ansible.builtin.ssh", "another"), True),
        (on(None, "bastion"), on(None, "another"), True),
        (on("ssh"), on("ssh"), True),
        (on("ssh", "bastion"), on("ansible.builtin.ssh", "bastion"), False),
        (on("local", "bastion"), on("ansible.builtin.local"), False),
        # The play may set the connection.
        (on(None), on(None), False),
        (on("local"), on(None), False),
        (on("local"), on("ssh", "bastion", genesys_cloud_purchase_allowed=False), False),
        (on("local"), on("ssh", "bastion", gc_client_id="another"), False),
        (
            on("local", genesys_cloud_journal="postgresql://db/sms"),
            on("ssh", "bastion", genesys_cloud_journal="postgresql://db/sms"),
            False,
        ),
    ],
)
def test_one_journal_path_on_two_machines_stops_the_tenants(
    one: dict[str, Any], other: dict[str, Any], stopped: bool
) -> None:
    hostvars = {"acme": {"ccid": ACME, **one}, "beta": {"ccid": BETA, **other}}
    for play in (["acme", "beta"], ["acme"], ["beta"]):
        needed = ["ansible_connection"] if "ansible_host" in one else []
        found = by_host(hostvars, hostvars, play, needed, OPTIONS)
        assert [(name, [text.partition(":")[0] for text in texts]) for name, texts in sorted(found.items())] == (
            [(name, ["genesys_cloud_journal"]) for name in play] if stopped else []
        )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("16504661149", "6504661149", True),
        ("065046", "65046", True),
        ("4917012345678", "017012345678", True),
        ("16504661149", "16504661148", False),
        ("65046", "165046", False),
        ("16504661149", "4661149", False),
    ],
)
def test_two_spellings_of_one_number_are_a_warning(
    one: str, other: str, same: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    for left, right in ((one, other), (other, one)):
        hostvars = {
            "acme": {"ccid": ACME, "sender_ids": [sender("A", left)]},
            "beta": {"ccid": BETA, "custom_gateway_channels": [channel(right)]},
        }
        assert problems(hostvars) == []
        told = "".join(capsys.readouterr())
        assert ("write both the same way" in " ".join(told.split())) is same


def test_a_number_that_begins_with_00_is_refused() -> None:
    listed = {"sender_ids": [sender("A", "0016504661149")], "custom_gateway_channels": [channel("0065046")]}
    found = problems({"acme": {"ccid": ACME, **listed}})
    assert [sentence.split(": ")[1] for sentence in found] == [
        "sender_ids[0].channel_id",
        "custom_gateway_channels[0].channel_id",
    ]


@pytest.mark.parametrize(
    ("shared", "stopped"),
    [
        ((["65046"], ["65046"]), False),
        ((["65046"], []), True),
        ((None, None), True),
        (("65046,65047", [" 65 046"]), False),
        (([65046], ["65046"]), True),
    ],
)
def test_a_number_may_be_shared_if_all_its_tenants_list_it(shared: tuple[Any, Any], stopped: bool) -> None:
    hostvars = {
        name: {"ccid": ccid, "sender_ids": [sender("A", "65046")], "shared_numbers": numbers}
        for name, ccid, numbers in (("acme", ACME, shared[0]), ("beta", BETA, shared[1]))
    }
    assert bool(problems(hostvars)) is stopped


def test_a_shared_number_that_is_not_a_string_is_a_finding() -> None:
    (problem,) = problems({"acme": {"ccid": ACME, "shared_numbers": [27174]}})
    assert problem.startswith("acme: shared_numbers[0]: must be a string, not a number")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("gws_url", "HTTPS://GWS.example.com:443/"),
        ("gws_url", "https://gws.EXAMPLE.com/provisioning/v3/"),
        ("gws_username", "T100\\Provisioner "),
    ],
)
def test_spelling_makes_no_difference_to_a_login(name: str, other: str) -> None:
    login = {"gws_url": "https://gws.example.com", "gws_username": "t100\\provisioner"}
    hostvars = {"acme": {"ccid": ACME, **login}, "beta": {"ccid": BETA, **login, name: other}}
    found = problems(hostvars)
    assert [problem.split(": ")[:2] for problem in found] == [["acme", "gws_username"], ["beta", "gws_username"]]


def test_spelling_of_the_api_url_makes_no_difference_to_an_account() -> None:
    hostvars = {"acme": {"ccid": ACME, **cloud("/a")}, "beta": {"ccid": BETA, **cloud("/b")}}
    hostvars["beta"]["gc_api_url"] = str(hostvars["acme"]["gc_api_url"]).upper().replace("HTTPS", "https") + ":443/"
    assert {problem.split(": ")[1] for problem in problems(hostvars)} == {"genesys_cloud_journal"}


def test_environment_variables_replace_variables_that_are_not_defined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_API_KEY", "canary")
    monkeypatch.setenv("GENESYSCLOUD_REGION", "eu-west-1")
    monkeypatch.delenv("GC_API_URL", raising=False)
    assert not problems({"acme": {"ccid": ACME}}, ["acme"], ["acme"], ["nexus_api_key", "gc_api_url"])
    (problem,) = problems({"acme": {"ccid": ACME, "nexus_api_key": None}}, ["acme"], ["acme"], ["nexus_api_key"])
    assert problem == "acme: nexus_api_key: it is not set (null). Set it in the inventory."


def test_a_finding_names_the_environment_variable_that_the_value_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GWS_USERNAME", "canary")
    monkeypatch.setenv("NEXUS_URL", "canary")
    hosts = {name: {"ccid": ccid, "gws_url": "https://gws"} for name, ccid in (("acme", ACME), ("beta", BETA))}
    of_acme = [problem for problem in problems(hosts, hosts, hosts, ["nexus_url"]) if problem.startswith("acme")]
    assert [problem.split(": ")[1] for problem in of_acme] == ["nexus_url", "gws_username"]
    for problem, variable in zip(of_acme, ("NEXUS_URL", "GWS_USERNAME"), strict=True):
        assert problem.endswith(f"comes from the environment variable {variable}.")
        assert "canary" not in problem
    # The inventory wins over the environment.
    hosts["acme"]["gws_username"] = hosts["beta"]["gws_username"] = "one"
    assert "environment" not in problems(hosts)[0]


@pytest.mark.parametrize(
    ("groups", "found"),
    [([], []), (["without_sms"], []), (["kaleyra"], ["acme", "beta"]), (["custom_gateway"], ["acme"])],
)
def test_a_contact_center_without_sms_does_not_use_the_login_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, groups: list[str], found: list[str]
) -> None:
    monkeypatch.setenv("GWS_USERNAME", "t100")
    hosts: dict[str, dict[str, Any]] = {
        "acme": {"ccid": ACME, "gws_url": "https://gws", "group_names": ["kaleyra"]},
        "beta": {"ccid": BETA, "gws_url": "https://gws", "group_names": groups},
    }
    play = [host for host in hosts if "kaleyra" in hosts[host]["group_names"]]
    reported = by_host(hosts, hosts, play, options=OPTIONS)
    assert sorted(host for host in reported if "uses the same login" in str(reported[host])) == found


def test_an_unknown_region_in_the_environment_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENESYSCLOUD_REGION", "canary")
    monkeypatch.delenv("GC_API_URL", raising=False)
    (problem,) = problems({"acme": {"ccid": ACME}}, ["acme"], ["acme"], ["gc_api_url"])
    assert problem.startswith(
        "acme: gc_api_url: the value of the environment variable GENESYSCLOUD_REGION is not a region"
    )
    assert "canary" not in problem


PLACEHOLDERS: dict[str, Any] = {
    "kaleyra_password": "change-me",
    "nexus_api_key": "…",
    "gws_password": "change-me-later",
    "sender_ids": [{"name": "A", "channel_id": "12345", "endpoint": "change-me"}],
}


def test_a_placeholder_of_an_example_is_a_finding() -> None:
    needed = ["nexus_api_key", "configuration", "sender_ids"]
    options = {"kaleyra": ["kaleyra_password"], "genesys_cloud": ["gc_client_secret"]}
    variables = {
        "group_names": ["kaleyra"],
        **dict.fromkeys(("gws_client_id", "gws_client_secret"), "one"),
        "gws_url": "https://gws",
        # This tenant uses none of these.
        **dict.fromkeys(("gax_password", "gc_client_secret", "nexus_cluster_api_key"), "change-me"),
    }
    found = problems({"acme": {"ccid": ACME, **variables, **PLACEHOLDERS}}, ["acme"], ["acme"], needed, options)
    places = {"sender_ids[0].endpoint" if name == "sender_ids" else name for name in PLACEHOLDERS}
    assert {problem.split(": ")[1] for problem in found} == places
    assert all("placeholder" in problem for problem in found)
    # A play that runs no roles, such as bootstrap_genesys_cloud, needs no values for them.
    nothing: dict[str, list[str]] = {group: [] for group in options}
    assert not problems({"acme": {"ccid": ACME, **variables, **PLACEHOLDERS}}, ["acme"], ["acme"], [], nothing)


def test_variables_are_those_of_the_option_that_a_tenant_gets() -> None:
    options = {"kaleyra": ["kaleyra_url"], "custom_gateway": ["custom_gateway_channels"]}
    variables = {"ccid": ACME, "group_names": ["kaleyra"], "custom_gateway_purge": ""}
    hostvars = {"acme": variables, "outside": {**variables, "ccid": BETA}}
    found = problems(hostvars, [*hostvars], ["acme"], [], options, target="custom_gateway")
    assert [problem.partition(". ")[0] for problem in found] == [
        "acme: custom_gateway_channels: it is not set",
        "acme: custom_gateway_purge: it is empty",
    ]
    variables["group_names"] = [*options]
    problem, *_others = problems(hostvars, [*hostvars], ["acme"], [], options, target="custom_gateway")
    assert problem.startswith("acme: It is in the groups kaleyra and custom_gateway.")


def test_two_sms_options_are_the_only_finding_of_a_tenant() -> None:
    options = {"kaleyra": ["kaleyra_url"], "custom_gateway": ["custom_gateway_channels"]}
    variables = {"ccid": ACME, "group_names": ["custom_gateway", "kaleyra"]}
    (problem,) = problems({"acme": variables}, ["acme"], ["acme"], [], options)
    assert problem.startswith("acme: It is in the groups kaleyra and custom_gateway.")


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({"GENESYSCLOUD_REGION": "eu-west-1"}, "https://api.mypurecloud.ie"),
        ({"GENESYSCLOUD_REGION": "mypurecloud.ie"}, "https://api.mypurecloud.ie"),
        ({"GENESYSCLOUD_REGION": "eu-west-1", "GC_API_URL": "https://own"}, "https://own"),
        ({"GENESYSCLOUD_REGION": "nowhere"}, ""),
        ({}, ""),
    ],
)
def test_the_lookup_returns_the_value_of_the_environment(
    environment: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GENESYSCLOUD_REGION", "GC_API_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert LookupModule().run(["gc_api_url"]) == [url]


def test_a_sender_id_may_have_its_number_in_options() -> None:
    """nexus_sender_id_info returns one that was made by hand like this."""
    item = {"name": "chat.SMS_Old", "endpoint": "chat.Old", "options": {"channelId": "00 44 20"}}
    assert problems({"acme": {"ccid": ACME, "sender_ids": [item]}}) == []
    (problem,) = problems({"acme": {"ccid": ACME, "sender_ids": [{**item, "options": {"other": "1"}}]}})
    assert problem.startswith("acme: sender_ids[0].channel_id: it is missing")


ORGANIZATION = "https://api.mypurecloud.com"
HOSTS = ["acme", "beta", "gamma"]


@pytest.mark.parametrize(
    "url",
    [f"{ORGANIZATION}/", "HTTPS://API.mypurecloud.com", f"{ORGANIZATION}:443", f"{ORGANIZATION}/api/v2/", "", None],
)
def test_spellings_of_a_url_count_as_the_same_value(url: str | None) -> None:
    hostvars: dict[str, dict[str, Any]] = {host: {"gc_api_url": ORGANIZATION} for host in HOSTS}
    hostvars["beta"]["gc_api_url"] = url
    del hostvars["gamma"]["gc_api_url"]
    assert not problems(hostvars, HOSTS, ["acme"], alike={"gc_api_url": None}, alike_hosts=HOSTS)


def test_different_values_are_one_finding_with_their_hosts() -> None:
    hostvars = {
        "acme": {"gc_api_url": ORGANIZATION, "gc_admin_client_id": "canary-1"},
        "beta": {"gc_api_url": "https://api.mypurecloud.ie", "gc_admin_client_id": "canary-2"},
        "gamma": {"gc_api_url": f"{ORGANIZATION}/", "gc_admin_client_id": "CANARY-1"},
        "delta": {"gc_api_url": "https://user:canary@host", "gc_admin_client_id": "canary-1"},
        "outside": {"gc_api_url": "https://api.mypurecloud.de"},
    }
    hosts = [*HOSTS, "delta"]
    alike = {"gc_api_url": None, "gc_admin_client_id": None}
    found = by_host(hostvars, hostvars, ["acme"], alike=alike, alike_hosts=hosts)
    assert list(found) == ["acme"]
    url, client = found["acme"]
    assert url.startswith(
        f"gc_api_url: it is {ORGANIZATION} for acme, gamma, and https://api.mypurecloud.ie for beta, and an invalid "
        "URL for delta. "
    )
    assert client.startswith("gc_admin_client_id: it is one value for acme, gamma, delta, and another value for beta. ")
    assert "canary" not in url + client


def test_each_host_without_the_expected_value_has_a_finding() -> None:
    hostvars = {
        "acme": {"gc_client_id": " ABC "},
        "beta": {"gc_client_id": "canary"},
        "gamma": {},
    }
    found = by_host(hostvars, hostvars, [], alike={"gc_client_id": "abc"}, alike_hosts=list(hostvars))
    assert found == {"beta": ["gc_client_id: must be abc."]}


@pytest.mark.parametrize("name", ["create_journal", "rebuild_journal", "remove_all", "allow_no_tenants"])
def test_flags_given_with_e_are_checked(name: str) -> None:
    for value, wrong in (("ture", True), ("true", False), (False, False), ("", False), (None, False)):
        found = problems({"acme": {**KALEYRA, name: value}}, ["acme"], ["acme"], [], OPTIONS)
        assert [problem.startswith(f"acme: {name}: ") for problem in found] == [True] * wrong
    (typo,) = problems({"acme": {**KALEYRA, name[:-1]: True}}, ["acme"], ["acme"], [], OPTIONS)
    assert f"Did you mean {name}?" in typo


# Without the filter


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("16504661149", "16504661149", False),
        ("016504661149", "16504661149", True),
        ("16504661149", "6504661149", True),
        ("49123456789", "123456789", True),
        ("491123456789", "123456789", True),
        ("4911123456789", "123456789", False),
        ("4912345678", "12345678", False),
        ("16504661149", "6504661148", False),
        ("12345", "2345", False),
    ],
)
def test_numbers_that_may_be_the_same(one: str, other: str, may: bool) -> None:
    assert [_may_be_one(*pair) for pair in permutations((one, other))] == [may, may]


@pytest.mark.parametrize(
    ("count", "text"), [(1, "h0"), (3, "h0, h1, h2"), (4, "h0, h1, h2 and 1 more"), (6, "h0, h1, h2 and 3 more")]
)
def test_a_warning_names_three_hosts(count: int, text: str) -> None:
    assert _some([f"h{number}" for number in range(count)]) == text


@pytest.mark.parametrize(
    ("value", "is_true"),
    [(True, True), ("yes", True), ("false", False), (None, False), ("maybe", False), ("", False), ([], False)],
)
def test_a_value_is_true_only_if_ansible_reads_it_so(value: Any, is_true: bool) -> None:
    assert _is_true(value) is is_true


class Odd(Variables):
    """Variables of which some can't be read, or are omitted."""

    def read(self, name: str) -> Any:
        value = self.values[name]
        if isinstance(value, Exception):
            raise value
        return value


def inspected(play: list[str] | None = None, question: Question | None = None, **hosts: dict[str, Any]) -> Report:
    """Inspect hosts; all are in the play unless it is given."""
    variables = {name: Odd(values) for name, values in hosts.items()}
    return inspect(variables, list(hosts) if play is None else play, question or Question())


def test_a_variable_that_can_not_be_read_is_a_finding_of_a_host_of_the_play() -> None:
    report = inspected(acme={"ccid": ACME, "sender_ids": CantRead("it has a loop")})
    assert report.findings == {"acme": ["sender_ids: it has a loop"]}
    assert report.warnings == []


def test_the_journal_is_read_for_each_tenant_with_a_client_if_a_play_needs_it() -> None:
    """A tenant of another SMS option may have numbers from its former one."""
    broken: dict[str, Any] = {"ccid": ACME, "genesys_cloud_journal_password": CantRead("it has a loop")}
    client = {"gc_client_id": "c"}
    own = ("genesys_cloud_journal_password",)
    question = Question(needed=("genesys_cloud_journal",), options={"kaleyra": ()}, own=own)
    kaleyra = {"group_names": ["kaleyra"]}
    assert inspected(None, question, acme={**broken, **kaleyra}).findings == {}
    assert inspected(None, question, acme={**broken, **kaleyra, **client}).findings == {
        "acme": ["genesys_cloud_journal_password: it has a loop"]
    }
    wrong = {"ccid": ACME, "genesys_cloud_journal": ["/a"], **kaleyra, **client}
    (problem,) = inspected(None, question, acme=wrong).findings["acme"]
    assert problem.startswith("genesys_cloud_journal: must be a string")
    assert inspected(None, question, acme={"ccid": ACME, **kaleyra, **client}).findings == {}


def test_a_variable_that_can_not_be_read_is_one_warning_for_all_other_hosts() -> None:
    broken = {"ccid": CantRead("it has a loop")}
    report = inspected(["acme"], acme={"ccid": ACME}, beta=broken, gamma=broken)
    assert report.findings == {}
    assert report.warnings == [
        "beta, gamma: ccid: it has a loop. The preflight can't compare it with the tenants of this run."
    ]


def test_an_omitted_variable_counts_as_not_set_and_some_can_not_be_omitted() -> None:
    question = Question(environment={"NEXUS_URL": "https://nexus"})
    report = inspected(question=question, acme={"ccid": ACME, "nexus_url": Omitted(), "http_options": Omitted()})
    assert report.findings == {
        "acme": ["http_options: it is set to omit, which this variable does not support. Remove it instead."]
    }


LOCAL = "ansible_connection"


@pytest.mark.parametrize(
    ("connection", "values", "start"),
    [
        ("ssh", {}, "ansible_connection: it is not set, so Ansible would log in to a machine with the name acme."),
        ("ssh", {"ansible_host": "bastion"}, None),
        ("ssh", {LOCAL: "local"}, None),
        ("ssh", {LOCAL: "ssh"}, None),
        ("local", {}, None),
        ("local", {"ansible_become": True}, "ansible_become: it is true, so Ansible would run the tasks as another"),
        ("local", {"ansible_become": False}, None),
        ("ssh", {LOCAL: "local", "ansible_become": "yes"}, "ansible_become: it is true"),
        ("ssh", {LOCAL: "ssh", "ansible_become": True}, None),
    ],
)
def test_where_the_tasks_of_a_tenant_run(connection: str, values: dict[str, Any], start: str | None) -> None:
    question = Question(needed=(LOCAL,), connection=connection)
    report = inspected(question=question, acme={"ccid": ACME, **values})
    found = report.findings.get("acme", [])
    assert [finding[: len(start or "")] for finding in found] == ([] if start is None else [start])
