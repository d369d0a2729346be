# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch to another SMS option: afterwards the tenant is wholly on one of them, or the next run ends the switch.

A run is killed before and after each of its requests, and each request fails in several ways.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import requests
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.snapshot import SMS_OPTIONS, selected_options
from ansible_collections.cxops.genesys_sms.plugins.modules import nexus_option_switch
from integration.killing import Kill, sample
from integration.organization import ACME, Json, Org
from sandbox.seed import DEFAULT_SECTIONS

Variant = dict[str, str]

DIRECTIONS = list(itertools.permutations(SMS_OPTIONS, 2))
UNREADABLE: list[Variant] = [{"services.read": "unsupported"}, {"services.read": "unsupported_404"}]
VARIANTS: list[Variant] = [
    {},
    *({"services.read": mode} for mode in ("masked", "masked_all", "omitted")),
    *UNREADABLE,
    {"services.write": "create_only", "services.envelope": "status"},
    {"services.list": "object"},
    {"services.list": "unsupported"},
    {"services.list": "unsupported", "services.read": "unsupported_404"},
    {"configuration.changed": "rejected"},
    {"configuration.session": "cookie", "configuration.cookie": "absent"},
    {"way": "gax"},
    {"way": "gax", "gax.etag": "supported", "gax.put": "object"},
]
FAULTS: list[Json] = [
    {"kind": "cut"},
    {"kind": "cut", "when": "after"},
    {"kind": "status", "status": 500, "when": "after"},
    {"kind": "html", "status": 403},
    {"kind": "garbage", "when": "after"},
]
NUMBERS = {"chat.SMS_Main": "16504661149", "chat.SMS_Old": "16504661150"}
CHANNEL = {"channelId": "16504661149"}
SERVICES: dict[str, Json] = {
    "mGageSMS": {"url": "https://kaleyra", "data": {}, "secret": {"username": "canary-u", "password": "canary-p"}},
    "PurecloudIDP": {
        "url": "https://login",
        "data": {},
        "secret": {"clientId": "canary-i", "clientSecret": "canary-s"},
    },
    "PorticoSMS": {"url": "https://api", "data": {}, "secret": {}},
    "Async": {
        "data": {"channels": [{**CHANNEL, "webhook": {"url": "https://hook"}}]},
        "secret": {"channels": [{**CHANNEL, "webhook": {"secret": "canary-w"}, "api": {"secret": "canary-a"}}]},
    },
}
BY_HAND = {"note": "by hand"}


class Tenant:
    """A tenant that is prepared for all SMS options, with a sender ID that the inventory does not list.

    :arg data: what the service SMS has, if it is not that of the former option.
    """

    def __init__(self, org: Org, former: str, to: str, variant: Variant, data: Json | None = None) -> None:
        self.org, self.former, self.to = org, former, to
        self.way = variant.get("way", "gws")
        self.is_readable = not variant.get("services.read", "").startswith("unsupported")
        sections = {
            **DEFAULT_SECTIONS,
            **{
                name: {
                    "channelId": number,
                    "channelType": "sms",
                    "endpoint": "chat.Main",
                    "interactionSubtype": "SMS",
                    "interactionType": "Inbound",
                    "media": "chat",
                    "provider": SMS_OPTIONS[former].provider,
                    **BY_HAND,
                }
                for name, number in NUMBERS.items()
            },
        }
        (self.seeded,) = org.sandbox.reset([{"ccid": ACME.ccid, "name": ACME.name, "sections": sections}])
        sms = {"url": "N/A", "data": {**(data or self.data(former)), **BY_HAND}, "secret": {}}
        for service, document in {**SERVICES, "SMS": sms}.items():
            url = f"{org.sandbox.env['NEXUS_URL']}/nexus/v3/provisioning/services/{ACME.ccid}/{service}"
            headers = {"x-api-key": self.seeded.api_key, "x-ccid": ACME.ccid}
            requests.post(url, json=document, headers=headers, timeout=10).raise_for_status()
        self.before = self.state()
        org.sandbox.switch(**{name: value for name, value in variant.items() if name != "way"})

    @staticmethod
    def data(option: str) -> Json:
        """Return the data of the service SMS of an option."""
        return {key: value for key, value in SMS_OPTIONS[option].data.items() if value is not None}

    def state(self) -> Json:
        """Return the services and the sections."""
        state = self.org.sandbox.state(ACME.ccid)
        return {name: state[name] for name in ("services", "sections")}

    def asked(self, **options: Any) -> Json:
        """Return the options of a run."""
        env, tenant = self.org.sandbox.env, self.seeded
        login = {
            "gws": {
                "gws_url": env["GWS_URL"],
                "gws_auth_url": env["GWS_AUTH_URL"],
                "gws_client_id": tenant.client_id,
                "gws_client_secret": tenant.client_secret,
                "gws_username": tenant.login,
                "gws_password": tenant.password,
            },
            "gax": {
                "gax_url": env["GAX_URL"],
                "gax_username": tenant.gax_username,
                "gax_password": tenant.gax_password,
            },
        }
        headers = {"webhook_headers": {"headers": [{"name": "X-Tenant", "value": "canary-header"}]}}
        return {
            "nexus_url": env["NEXUS_URL"],
            "api_key": tenant.api_key,
            "ccid": tenant.ccid,
            "configuration": self.way,
            **login[self.way],
            "former": self.former,
            "to": self.to,
            "sender_ids": [{"name": "SMS_Main", "channel_id": NUMBERS["chat.SMS_Main"], "endpoint": "Main"}],
            "when_unreadable": "fail" if self.is_readable else "write",
            "retries": 0,
            "ready_timeout": 0.5,
            **(headers if self.to == "custom_gateway" else {}),
            **options,
        }

    def run(self, **options: Any) -> Json:
        """Run once. Require that each write of the service SMS has the data of one option."""
        result = self.org.run(nexus_option_switch, self.asked(**options))
        writes = [record for record in self.org.sandbox.writes() if record.path.endswith("/SMS")]
        assert [len(selected_options(record.json()["data"])) for record in writes] == [1] * len(writes)
        return result

    def is_on(self, option: str) -> bool:
        """Return True if the tenant has one option wholly, and all else as before."""
        services, sections = (self.state()[name] for name in ("services", "sections"))
        provider = SMS_OPTIONS[option].provider
        expected = {
            name: {**values, "provider": provider} if name in NUMBERS else values
            for name, values in self.before["sections"].items()
        }
        if option == self.to == "custom_gateway":
            expected["Async"] = {"header:X-Tenant": "canary-header"}
        # The server does not show what a person has added.
        data = {**self.data(option), **(BY_HAND if self.is_readable else {})}
        found = services["SMS"]["data"]
        assert {**services, "SMS": 0} == {**self.before["services"], "SMS": 0}
        return found in (data, {**data, **BY_HAND}) and sections == expected

    def check(self, result: Json) -> None:
        """Require that the tenant is wholly on one option, or that the message says what to do."""
        message = result.get("msg", "")
        changed = self.org.sandbox.writes() != []
        if not result.get("failed"):
            assert self.is_on(self.to)
        elif "Run the playbook switch_option again" in message or "it could not be checked. Run again." in message:
            assert "The tenant is on " not in message
        elif self.is_on(self.former):
            assert not changed or f"The tenant is on {self.former}." in message, message
        else:
            # The service had the data of two options before, and still has.
            assert not changed or "This run changed nothing. The service SMS selects kaleyra and " in message, message

    def finish(self) -> None:
        """Run again. After that, the tenant is on the new option, and a further run has nothing to do."""
        result = self.run()
        assert not result.get("failed"), result["msg"]
        assert self.is_on(self.to)
        again = self.run()
        assert again["steps"] == ([] if self.is_readable else ["write the service SMS"])
        assert len(self.org.sandbox.writes()) <= (0 if self.is_readable else 1)


@pytest.mark.parametrize(("former", "to"), DIRECTIONS)
def test_each_direction(org: Org, former: str, to: str) -> None:
    tenant = Tenant(org, former, to, {})
    planned = org.steps(nexus_option_switch, tenant.asked(), check=True)
    assert tenant.is_on(former)
    result = tenant.run()
    assert result["steps"] == planned
    assert planned == [
        "change data of the service SMS",
        *(["add the header X-Tenant"] if to == "custom_gateway" else []),
        "change provider of the sender ID chat.SMS_Main",
        "change provider of the sender ID chat.SMS_Old",
    ]
    assert {item["provider"] for item in result["sender_ids"]} == {SMS_OPTIONS[to].provider}
    own = {"kaleyra": {"mGageSMS"}, "custom_gateway": {"Async"}, "genesys_cloud": {"PorticoSMS", "PurecloudIDP"}}
    left = sorted(set(SERVICES) - own[to])
    assert result["leftovers"] == {"services": left, "webhook_headers": []}
    tenant.finish()
    # What other options left is removed.
    assert tenant.run(remove_leftovers=True)["steps"] == [
        f"delete the service {name}, left by a former option" for name in left
    ]
    assert set(tenant.state()["services"]) == {*own[to], "SMS"}
    assert tenant.run(remove_leftovers=True)["steps"] == []


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_each_variant(org: Org, variant: Variant) -> None:
    tenant = Tenant(org, "kaleyra", "custom_gateway", variant)
    tenant.finish()


def test_what_a_gateway_left_is_named_and_removed(org: Org) -> None:
    tenant = Tenant(org, "kaleyra", "custom_gateway", {})
    tenant.run()
    tenant.former, tenant.to = "custom_gateway", "kaleyra"
    result = tenant.run()
    assert result["leftovers"]["webhook_headers"] == ["X-Tenant"]
    planned = org.steps(nexus_option_switch, tenant.asked(remove_leftovers=True), check=True)
    assert planned[-1] == "remove the header X-Tenant"
    assert tenant.run(remove_leftovers=True)["steps"] == planned
    assert "Async" not in tenant.state()["sections"]
    assert tenant.run(remove_leftovers=True)["steps"] == []


@pytest.mark.parametrize("way", ["gws", "gax"])
def test_the_requests_of_a_switch(org: Org, way: str) -> None:
    """Everything is read before the first write, and no login comes between the two writes."""
    tenant = Tenant(org, "kaleyra", "genesys_cloud", {"way": way})
    tenant.run()
    calls = [f"{record.method} {record.path.rpartition('/')[2]}" for record in org.sandbox.requests()]
    dbid = org.sandbox.state(ACME.ccid)["dbid"]
    first, second = calls.index("POST SMS"), calls.index(f"PUT {dbid}")
    # Over GAX, the object is read before and after each write.
    assert calls[first:second] == ["POST SMS", *([f"GET {dbid}"] if way == "gax" else [])]
    reads = "GET transactions" if way == "gws" else "GET objects"
    assert reads in calls[:first]
    assert calls[second + 1 :] == [
        *([f"GET {dbid}"] if way == "gax" else []),
        "GET SMS",
        reads,
        f"GET {ACME.ccid}",
        *(["POST logout"] if way == "gws" else []),
    ]


@pytest.mark.parametrize(
    "variant", [VARIANTS[0], UNREADABLE[0], {"services.write": "create_only"}, {"way": "gax"}], ids=str
)
def test_a_run_is_killed_at_each_call(
    org: Org, monkeypatch: pytest.MonkeyPatch, record_property: Any, variant: Variant
) -> None:
    kill = Kill(monkeypatch)

    def run(tenant: Tenant, at: tuple[int, str] | None) -> int:
        return kill.run(tenant.run, at)

    calls = run(Tenant(org, "kaleyra", "genesys_cloud", variant), None)
    cases = sample([*itertools.product(DIRECTIONS, range(calls), ("before", "after"))])
    for (former, to), place, when in cases:
        tenant = Tenant(org, former, to, variant)
        run(tenant, (place, when))
        tenant.finish()
    record_property("switch_cases", str(len(cases)))


@pytest.mark.parametrize("variant", [VARIANTS[0], UNREADABLE[0], {"way": "gax"}], ids=str)
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_at_each_request(org: Org, record_property: Any, fault: Json, variant: Variant) -> None:
    """The tenant is wholly on one option, and the message says on which."""
    Tenant(org, "kaleyra", "genesys_cloud", variant).run()
    cases = sample([*itertools.product(DIRECTIONS, range(len(org.sandbox.requests())))])
    for (former, to), place in cases:
        tenant = Tenant(org, former, to, variant)
        org.sandbox.fault(**{**fault, "skip": place})
        result = tenant.run()
        org.sandbox.clear_faults()
        tenant.check(result)
        assert tenant.is_on(former) or tenant.is_on(to), result["msg"]
        tenant.finish()
    record_property("switch_cases", str(len(cases)))


@pytest.mark.parametrize("times", [1, None])
@pytest.mark.parametrize("start", ["former", "between", "both"])
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_in_any_state(org: Org, record_property: Any, fault: Json, start: str, times: int | None) -> None:
    """A run was killed between its writes, or the service has the data of two options. Faults pass, or last."""
    data = {
        "former": {},
        "between": Tenant.data("genesys_cloud"),
        "both": {**Tenant.data("kaleyra"), **Tenant.data("genesys_cloud")},
    }
    Tenant(org, "kaleyra", "genesys_cloud", {}).run()
    cases = sample(list(range(len(org.sandbox.requests()))))
    for place in cases:
        tenant = Tenant(org, "kaleyra", "genesys_cloud", {}, data[start])
        org.sandbox.fault(**{**fault, "skip": place, "times": times})
        result = tenant.run()
        org.sandbox.clear_faults()
        tenant.check(result)
        tenant.finish()
    record_property("switch_cases", str(len(cases)))


@pytest.mark.parametrize("variant", [VARIANTS[0], UNREADABLE[0], {"way": "gax"}], ids=str)
def test_a_configuration_that_refuses_the_sender_ids(org: Org, variant: Variant) -> None:
    tenant = Tenant(org, "kaleyra", "genesys_cloud", variant)
    org.sandbox.fault("status", "transactions?/|CfgTransaction/", "PUT", status=403, times=None)
    text = org.failure(nexus_option_switch, tenant.asked())
    assert "The run went back. The tenant is on kaleyra." in text
    assert tenant.is_on("kaleyra")
    org.sandbox.clear_faults()
    tenant.finish()


def test_the_data_of_two_options_is_not_restored(org: Org) -> None:
    both = {**Tenant.data("kaleyra"), **Tenant.data("genesys_cloud")}
    tenant = Tenant(org, "kaleyra", "genesys_cloud", {}, both)
    org.sandbox.fault("status", "transactions/", "PUT", status=403, times=None)
    assert "The run went back. The tenant is on kaleyra." in org.failure(nexus_option_switch, tenant.asked())
    assert tenant.is_on("kaleyra")
    org.sandbox.clear_faults()
    tenant.finish()


def test_what_others_left_can_not_be_removed_in_check_mode(org: Org) -> None:
    tenant = Tenant(org, "kaleyra", "genesys_cloud", {})
    org.sandbox.fault("status", f"{ACME.ccid}$", "GET", status=503, times=None)
    result = org.run(nexus_option_switch, tenant.asked(remove_leftovers=True), check=True)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "These changes were made before" not in result["msg"]


def test_a_change_while_the_session_starts_is_kept(org: Org) -> None:
    """The service is read last, because its write replaces it."""
    tenant = Tenant(org, "kaleyra", "genesys_cloud", {})
    tenant.run()
    calls = [f"{record.method} {record.path.rpartition('/')[2]}" for record in org.sandbox.requests()]
    assert calls[calls.index("POST SMS") - 1] == "GET SMS"
    assert calls.index("GET SMS") > calls.index("GET transactions")


def test_a_configuration_that_is_lost_after_the_first_write(org: Org) -> None:
    """Neither the outcome of the second write nor the way back is known. The next run finds out."""
    tenant = Tenant(org, "kaleyra", "genesys_cloud", {})
    org.sandbox.fault("cut", "transactions/", "PUT", when="after", times=None)
    org.sandbox.fault("cut", "transactions", "GET", skip=1, times=None)
    text = org.failure(nexus_option_switch, tenant.asked())
    assert "The way back failed too." in text
    assert "Run the playbook switch_option again to complete the switch." in text
    org.sandbox.clear_faults()
    tenant.finish()


def test_what_stops_a_run_before_its_first_write(org: Org) -> None:
    tenant = Tenant(org, "kaleyra", "genesys_cloud", {})
    asked = tenant.asked()
    cases: dict[str, Json] = {
        "to: kaleyra is also the former SMS option.": {"to": "kaleyra"},
        "gws_url: it is required if configuration is gws.": {"gws_url": None},
        "sender_ids[0].slot: the option slots has no number": {
            "sender_ids": [{"name": "A", "slot": "main", "endpoint": "A"}]
        },
        "sender_ids[0].provider: it is mGage": {"sender_ids": [{**asked["sender_ids"][0], "provider": "mGage"}]},
        "sender_ids[0].channel_id: the number 16504661150 is already in the section chat.SMS_Old": {
            "sender_ids": [{"name": "New", "channel_id": "16504661150", "endpoint": "A"}]
        },
    }
    for text, more in cases.items():
        assert org.failure(nexus_option_switch, {**asked, **more}).startswith(text)
        assert org.sandbox.writes() == []
    org.sandbox.fault("status", "/initialize-provisioning$", status=403, times=None)
    org.failure(nexus_option_switch, asked)
    assert org.sandbox.writes() == []
    assert tenant.is_on("kaleyra")
