# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of the playbook decommission, killed before and after each request, and with a fault at each request.

The tasks come from the file of the playbook, in their order and with their arguments. After each case, a later run
finishes. Nothing of another tenant or of another product is touched, and no number is released that was not confirmed.
"""

from __future__ import annotations

import itertools
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import jinja2
import pytest
import requests
import yaml
from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.cxops.genesys_sms.plugins import modules
from ansible_collections.cxops.genesys_sms.plugins.filter.decommission import decommission
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from ansible_collections.cxops.genesys_sms.plugins.modules import nexus_api_key, nexus_api_key_info
from integration.killing import Kill, sample
from integration.organization import ACME, GLOBEX, Json, Org
from sandbox.seed import DEFAULT_SECTIONS, Tenant
from tools.collection import ROOT

(_BLOCK,) = yaml.safe_load((ROOT / "playbooks/tasks/decommission_tenant.yml").read_text(encoding="utf-8"))
TASKS: list[Json] = _BLOCK["block"]
PREFIX = "cxops.genesys_sms."

KEY, DESIGNER, GLOBEX_KEY, CLUSTER = (f"abababab-0000-4000-8000-00000000000{digit}" for digit in "1234")
SALES, OTHERS = "18445559001", "18445559002"
SMS = {"channelType": "sms", "endpoint": "chat.Main", "interactionType": "Inbound", "media": "chat"}
ODD = {"Chat.Odd": {**SMS, "channelId": "16504669009"}}
SECTIONS = {
    **DEFAULT_SECTIONS,
    **ODD,
    "chat.SMS_Listed": {**SMS, "channelId": "16504669001"},
    "chat.SMS_Other": {**SMS, "channelId": "16504669002"},
    "Async": {"header:X-Token": "canary-header", "own": "1"},
}
OF_OTHERS = {"WhatsApp": {"data": {"a": 1}, "secret": {"token": "canary-other"}}}
CHANNELS = ("16504669001", "acme.example.com")
SERVICES: dict[str, Json] = {
    "SMS": {"url": "N/A", "data": {"provider": "mGage"}, "secret": {}},
    "mGageSMS": {"url": "https://kaleyra", "data": {}, "secret": {"username": "canary-u", "password": "canary-p"}},
    "Async": {
        "data": {"channels": [{"channelId": name, "webhook": {"url": "https://gateway"}} for name in CHANNELS]},
        "secret": {
            "channels": [
                {"channelId": name, "webhook": {"secret": "canary-w"}, "api": {"secret": "canary-a"}}
                for name in CHANNELS
            ]
        },
    },
    "PurecloudIDP": {"url": "https://login", "data": {}, "secret": {"clientId": "c", "clientSecret": "canary-s"}},
    "PorticoSMS": {"url": "https://api", "data": {}, "secret": {}},
    **OF_OTHERS,
}

VARIANTS = [
    {},
    {"way": "gax"},
    {"services.read": "masked"},
    {"services.read": "unsupported"},
    {"services.list": "unsupported"},
    {"apikeys.change": "unsupported"},
    {"apikeys.list": "unsupported"},
    {"apikeys.list": "unsupported", "apikeys.change": "unsupported"},
]

FAULTS: list[Json] = [
    {"kind": "cut"},
    {"kind": "cut", "when": "after"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 500, "when": "after"},
    {"kind": "html", "status": 403},
    {"kind": "garbage", "when": "after"},
]

Variant = dict[str, str]


class Failed(Exception):
    """A task failed, so that the playbook goes on to its rescue."""


class Departure:
    """A tenant that leaves, with everything that it can have, and one of the same kind that stays."""

    def __init__(self, org: Org, variant: Variant) -> None:
        self.org = org
        self.requests = 0
        self.way = variant.get("way", "gws")
        fields = ("ccid", "name", "domain", "api_key")
        seeds = [{name: getattr(tenant, name) for name in fields} for tenant in (ACME, GLOBEX)]
        org.sandbox.reset([{**seed, "sections": SECTIONS} for seed in seeds])
        Path(org.journal).unlink()
        file_journal(org.journal, 1, print).create()
        for owner, name, key in (
            (ACME.ccid, "t100", KEY),
            (ACME.ccid, "t100-Designer", DESIGNER),
            (GLOBEX.ccid, "t200", GLOBEX_KEY),
            ("", "Portico Cluster API Key", CLUSTER),
        ):
            org.run(nexus_api_key, {"name": name, "tenant": owner, "permissions": ["nexus:*"], "key": key})
        for tenant, key in ((ACME, KEY), (GLOBEX, GLOBEX_KEY)):
            self._write_services(tenant, key)
        bought = org.buy("main")
        assert not bought.get("failed"), bought
        self.main: str = bought["slots"]["main"]
        org.order_by_hand(SALES, webhookUsername=ACME.ccid)
        org.order_by_hand(OTHERS, webhookUsername=GLOBEX.ccid)
        org.sandbox.switch(**{name: value for name, value in variant.items() if name != "way"})
        self.by_hand = variant.get("apikeys.change") == "unsupported"
        self.other = self.state(GLOBEX)
        self.results: dict[str, Json] = {}
        self.key = KEY

    def _write_services(self, tenant: Tenant, key: str) -> None:
        url = f"{self.org.sandbox.env['NEXUS_URL']}/nexus/v3/provisioning/services/{tenant.ccid}"
        for name, document in SERVICES.items():
            headers = {"x-api-key": key, "x-ccid": tenant.ccid}
            requests.post(f"{url}/{name}", json=document, headers=headers, timeout=10).raise_for_status()

    def state(self, tenant: Tenant = ACME) -> tuple[Json, Json]:
        """Return the services and the sections of a tenant."""
        found = self.org.sandbox.state(tenant.ccid)
        return found["services"], found["sections"]

    def values(self) -> Json:
        """Return the values of the variables, by module and option."""
        made = self.decommission()
        login = {**self.org.integration, **{name: self.org.cloud[name] for name in ("gc_login_url", "gc_api_url")}}
        user = {"name": "globex", "ccid": GLOBEX.ccid, "key": GLOBEX_KEY}
        return {
            "nexus_api_key_removal.tenant": ACME.ccid,
            "nexus_api_key_removal.key": self.key,
            "nexus_api_key_removal.tenants": [user],
            "gc_organization_numbers.tenants": [
                {
                    "name": "acme",
                    "ccid": ACME.ccid,
                    "login": login,
                    "journal": self.org.journal,
                    "slots": ["main"],
                    "numbers": [],
                }
            ],
            "nexus_sender_ids.sender_ids": [{"name": "SMS_Listed"}],
            "nexus_sender_ids.headers": [],
            "nexus_sender_ids.section": None,
            "gc_tollfree_numbers.tollfree_numbers": made["releases"],
        }

    def connections(self) -> dict[str, Json]:
        """Return the options of the connections by module, as module_defaults gives them to the tasks."""
        env = self.org.sandbox.env
        gws = {
            "gws_url": env["GWS_URL"],
            "gws_auth_url": env["GWS_AUTH_URL"],
            "gws_client_id": ACME.client_id,
            "gws_client_secret": ACME.client_secret,
            "gws_username": ACME.login,
            "gws_password": ACME.password,
        }
        gax = {
            "configuration": "gax",
            "gax_url": env["GAX_URL"],
            "gax_username": ACME.gax_username,
            "gax_password": ACME.gax_password,
        }
        return {
            "nexus_api_key_removal": {"nexus_url": env["NEXUS_URL"], **gws},
            "gc_organization_numbers": {},
            "nexus_sender_ids": {**(gws if self.way == "gws" else gax), "ccid": ACME.ccid},
            "nexus_services": {"nexus_url": env["NEXUS_URL"], "ccid": ACME.ccid, "api_key": self.key},
            "gc_tollfree_numbers": {"ccid": ACME.ccid, "nexus_url": env["NEXUS_URL"], "journal": self.org.journal},
        }

    def decommission(self) -> Json:
        """Return what the filter makes of the results so far."""
        known = {name.removeprefix("sms_"): result for name, result in self.results.items()}
        return decommission({**known, "tenant": "acme", "tenants": ["acme"], "ccid": ACME.ccid, "confirmed": self.main})

    def run(self, *, check: bool = False) -> None:
        """Run the tasks, as the playbook does.

        :raises Failed: a task failed.
        """
        self.results = {}
        self.requests = 0
        for task in TASKS:
            found = [name for name in task if name.startswith(PREFIX)]
            if not found and self.decommission()["problems"]:
                raise Failed(task["name"])
            if found and self._holds(task.get("when", True)):
                self._do(found[0], task, check)
            elif found:
                self.results[task["register"]] = {"skipped": True, "changed": False}

    def _holds(self, condition: str | bool) -> bool:
        """Return the value of a condition of a task, as Ansible does."""
        if isinstance(condition, bool):
            return condition
        environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True)
        environment.filters["bool"] = boolean
        variables = {"decommission_api_key": True, "sms_clouds": ["acme"], "sms_decommission": self.decommission()}
        return bool(environment.compile_expression(condition, undefined_to_none=False)(**variables, **self.results))

    def _do(self, action: str, task: Json, check: bool) -> None:
        name, register = action.removeprefix(PREFIX), task["register"]
        values = self.values()

        def filled(option: str, value: Any) -> Any:
            if isinstance(value, dict):
                return {key: filled(key, item) for key, item in value.items()}
            return values[f"{name}.{option}"] if isinstance(value, str) and "{{" in value else value

        asked = {option: filled(option, value) for option, value in task[action].items()}
        module = import_module(f"{modules.__name__}.{name}")
        given = {"retries": 0, **self.connections()[name], **asked}
        only_looks = task.get("check_mode", check)
        result = self.org.run(module, given, check=only_looks, logs_in=name == "gc_tollfree_numbers")
        self.requests += len(self.org.sandbox.requests())
        self.results[register] = {**result, "changed": task.get("changed_when", result["changed"])}
        if self._holds(task.get("failed_when", bool(result.get("failed")))):
            raise Failed(f"{task['name']}: {result['msg']}")

    def api_keys(self) -> set[str]:
        """Return all API keys, whatever the server shows."""
        before = self.org.sandbox.switch()["apikeys.list"]
        self.org.sandbox.switch(**{"apikeys.list": "supported"})
        found = {item["key"] for item in self.org.run(nexus_api_key_info, {})["api_keys"]}
        self.org.sandbox.switch(**{"apikeys.list": before})
        return found

    def account(self) -> set[str]:
        """Return the numbers of the account."""
        return {item["tollfreeNumber"] for item in self.org.sandbox.account()["numbers"]}

    def assert_safe(self) -> None:
        """Require that nothing of others was touched, and that the parts went in the right order."""
        assert self.state(GLOBEX) == self.other
        assert {SALES, OTHERS} <= self.account()
        keys = self.api_keys()
        assert {DESIGNER, GLOBEX_KEY, CLUSTER} <= keys
        services, sections = self.state()
        assert {name: services[name] for name in OF_OTHERS} == OF_OTHERS
        assert sections.items() >= {**DEFAULT_SECTIONS, **ODD}.items()
        own = set(SERVICES) - set(OF_OTHERS)
        if "chat.SMS_Listed" in sections:
            assert own <= set(services)
        if "SMS" in services:
            assert own <= set(services)
        if own & set(services):
            assert KEY in keys
            assert self.main in self.account()

    def finish(self) -> None:
        """Run again until nothing is to do. Require that everything of the tenant is gone."""
        for _round in range(3):
            self.run()
            self.assert_safe()
            if not any(result["changed"] for result in self.results.values()):
                break
        else:
            raise AssertionError("the run does not end")
        assert self.state() == (OF_OTHERS, {**DEFAULT_SECTIONS, **ODD, "Async": {"own": "1"}})
        assert self.account() == {SALES, OTHERS}
        assert (KEY in self.api_keys()) is self.by_hand
        assert [(item.number, item.event) for item in file_journal(self.org.journal, 1, print).read()] == [
            (self.main, "released")
        ]


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_each_variant_ends(org: Org, variant: Variant) -> None:
    departure = Departure(org, variant)
    before = departure.state()
    departure.run(check=True)
    planned = [step for result in departure.results.values() for step in result.get("steps", ())]
    assert (departure.state(), departure.account()) == (before, {departure.main, SALES, OTHERS})
    assert KEY in departure.api_keys()
    departure.run()
    done = [step for result in departure.results.values() for step in result.get("steps", ())]
    assert done == [step for step in planned if step != "delete the API key t100" or not departure.by_hand]
    shown = variant.get("services.read") != "unsupported"
    assert {f"remove the channel {name}" for name in CHANNELS} <= set(planned) or not shown
    lines = departure.decommission()["lines"]
    assert next(line for line in lines if SALES in line) == f"- The number {SALES} (without a slot). It costs money."
    assert [line for line in lines if "Chat.Odd" in line]
    assert bool([line for line in lines if "t100-Designer" in line]) is ("apikeys.list" not in variant)
    departure.finish()


@pytest.mark.parametrize("way", ["gws", "gax"])
def test_a_wrong_key_removes_nothing_in_any_run(org: Org, way: str) -> None:
    departure = Departure(org, {"way": way})
    departure.key = KEY.replace("abab", "cdcd")
    before = departure.state()
    for check in (True, False, False):
        with pytest.raises(Failed, match="not clear"):
            departure.run(check=check)
        assert "this API key does not exist" in departure.decommission()["problems"][0]
        assert (departure.state(), departure.account()) == (before, {departure.main, SALES, OTHERS})
    departure.key = KEY
    departure.finish()


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_run_is_killed_at_each_request(org: Org, monkeypatch: pytest.MonkeyPatch, variant: Variant) -> None:
    kill = Kill(monkeypatch)
    calls = kill.run(Departure(org, variant).run, None)
    for at in sample([*itertools.product(range(calls), ("before", "after"))]):
        departure = Departure(org, variant)
        kill.run(departure.run, at)
        departure.assert_safe()
        departure.finish()


@pytest.mark.parametrize("variant", [{}, {"way": "gax"}], ids=str)
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_at_each_request(org: Org, fault: Json, variant: Variant) -> None:
    """The run ends with a message or with success. The next run continues."""
    whole = Departure(org, variant)
    whole.run()
    for place in sample([*range(whole.requests)]):
        departure = Departure(org, variant)
        org.sandbox.fault(**{**fault, "skip": place})
        with suppress(Failed):
            departure.run()
        org.sandbox.clear_faults()
        departure.assert_safe()
        departure.finish()
