# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof for exports: an exported tenant changes nothing, except what its export names.

Each generated tenant is set up in the sandbox, read and exported. Its secrets are filled in. Then the tasks of the
playbook provision run with the exported variables, in check mode and for real. All this is over HTTP in one process,
and once for each way in which a server shows services. The other switches of the sandbox get a new value each time.

``make proof`` takes a thousand tenants. Otherwise a sample is taken, always the same. Whole playbooks do the same with
some of the tenants in test_export.py, so that the tasks here can't differ from those of the roles.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.clients import Clients
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import masked_place
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.server_text import in_result
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import execute
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.client import TollfreeNumber
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.export import Tenant as Exported
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.export import files_of
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.snapshot import SMS_OPTIONS
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_tollfree_numbers,
    nexus_sender_ids,
    nexus_service,
    nexus_services,
    nexus_tenant_info,
    nexus_webhook_headers,
)
from integration.live_states import generated, usable
from integration.organization import INTEGRATION
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_TENANTS, GWS_API_KEY
from sandbox.switches import SWITCHES
from unit.doubles import validated
from unit.tenant.test_export import features, filled_in, read
from unit.tenant.test_snapshot import NEXUS, Live, fill

WHOLE = os.environ.get("EXPORT_PROOF") == "whole"
"""Whether a thousand tenants are taken, or only a sample."""

COUNT, PARTS = (1000, 20) if WHOLE else (12, 1)
READS = ("full", "masked", "masked_all", "omitted")
WAYS = ("gws", "gax")
"""The ways to the configuration."""

ACME = DEFAULT_TENANTS[0]
CLUSTER_KEY = "canary-cluster-key"

VARIED = [
    name
    for name, switch in SWITCHES.items()
    if name.startswith(("services.", "configuration.", "gax.", "balancer.", "gws.", "numbers.comment"))
    and name != "services.read"
    and not switch.number
]
"""The switches that get another value for each tenant. The others are not about what a tenant has."""


@cache
def switches(mode: str, way: str) -> list[dict[str, str]]:
    """Return the switches for each tenant. All values of a switch are used equally often, in a random order."""
    drawn = {}
    for name in VARIED:
        values = [SWITCHES[name].names[number % len(SWITCHES[name].names)] for number in range(COUNT)]
        random.Random(f"{name} {mode} {way}").shuffle(values)
        drawn[name] = values
    return [{"services.read": mode, **{name: drawn[name][number] for name in drawn}} for number in range(COUNT)]


@cache
def tenants() -> list[Live]:
    """Return the generated tenants. A sample has each oddity, and each SMS option."""
    if WHOLE:
        return generated(COUNT)
    rest = sorted(generated(20 * COUNT), key=lambda live: len(features(usable(live))), reverse=True)
    chosen: list[Live] = []
    known: set[str] = set()
    for live in rest:
        if not features(usable(live)) <= known:
            known |= features(usable(live))
            chosen.append(live)
    clouds = [live for live in rest if live.option == "genesys_cloud" and live not in chosen][:4]
    others = [live for live in rest if live not in (*chosen, *clouds)]
    return [*chosen, *clouds, *others][:COUNT]


Json = dict[str, Any]
Note = Callable[[str, object], None]


class Place:
    """A tenant of the sandbox.

    :arg way: how its configuration is reached.
    """

    def __init__(self, sandbox: Sandbox, directory: Path, way: str, switches: dict[str, str]) -> None:
        self.sandbox = sandbox
        env = sandbox.env
        self.urls = {
            "nexus_url": env["NEXUS_URL"],
            "PurecloudIDP": env["GC_LOGIN_URL"],
            "PorticoSMS": env["GC_API_URL"],
        }
        self.switches = switches
        gws = {
            "gws_url": env["GWS_URL"],
            "gws_auth_url": env["GWS_AUTH_URL"],
            "gws_client_id": ACME.client_id,
            "gws_client_secret": ACME.client_secret,
            "gws_username": ACME.login,
            "gws_password": ACME.password,
            "gws_api_key": GWS_API_KEY,
        }
        gax = {
            "configuration": "gax",
            "gax_url": env["GAX_URL"],
            "gax_username": ACME.gax_username,
            "gax_password": ACME.gax_password,
        }
        self.configuration = {"ccid": ACME.ccid, **(gax if way == "gax" else gws)}
        self.digital = {"nexus_url": env["NEXUS_URL"], "api_key": ACME.api_key, "ccid": ACME.ccid}
        self.journal = str(directory / "journal")
        self.clients = Clients()

    def plant(self, live: Live) -> Live:
        """Set the tenant up by hand. Return it with the addresses and the credentials of the sandbox."""
        self.sandbox.reset()
        planted = Live(
            live.option,
            {name: self._addressed(name, document) for name, document in live.documents.items()},
            live.sections,
            [
                TollfreeNumber(item.number, {name: self._here(text) for name, text in item.fields.items()})
                for item in live.account
            ],
        )
        self.sandbox.seed([{**asdict(ACME), "sections": live.sections}])
        # How a comment is stored is decided when it is written.
        self.sandbox.switch(**{"numbers.comment": self.switches["numbers.comment"]})
        headers = {"x-api-key": ACME.api_key, "x-ccid": ACME.ccid}
        path = f"{self.urls['nexus_url']}/nexus/v3/provisioning/services/{ACME.ccid}"
        for name, document in planted.documents.items():
            requests.post(f"{path}/{name}", json=document.body(), headers=headers, timeout=30).raise_for_status()
        if planted.account:
            self._order(planted.account)
        self.sandbox.switch(**self.switches)
        self.sandbox.clear_requests()
        return planted

    def _addressed(self, name: str, document: Any) -> Any:
        url, there = document.url, self.urls.get(name)
        if there and url and url.casefold().startswith("https://h.example.com"):
            spelled = there.replace("http", "HTTP", 1) if url.startswith("HTTPS") else there
            url = spelled + url[len("https://h.example.com") :]
            # Each API adds its own path. People copy it.
            url = url.replace("/api/v2", "/oauth/token") if name == "PurecloudIDP" else url
        known = {"clientId": INTEGRATION.id, "clientSecret": INTEGRATION.secret} if name == "PurecloudIDP" else {}
        secret = {key: known.get(key, value) for key, value in (document.secret or {}).items()}
        return type(document)(url, document.data, secret)

    def _here(self, text: str) -> str:
        """Return a field of a number with the address of this sandbox."""
        here = self.urls["nexus_url"]
        return text.replace(NEXUS, here).replace(NEXUS.replace("https", "HTTPS"), here.replace("http", "HTTP", 1))

    def _order(self, account: list[TollfreeNumber]) -> None:
        env = self.sandbox.env
        form, login = {"grant_type": "client_credentials"}, (INTEGRATION.id, INTEGRATION.secret)
        token = requests.post(f"{env['GC_LOGIN_URL']}/oauth/token", data=form, auth=login, timeout=30).json()
        names = {"mo_url": "moUrl", "dr_url": "drUrl", "webhook_username": "webhookUsername", "comment": "comment"}
        body = [
            {"tollfreeNumber": item.number, **{names[name]: text for name, text in item.fields.items()}}
            for item in account
        ]
        requests.post(
            f"{env['GC_API_URL']}/api/v2/messaging/sms/provisioning/tollfreenumbers",
            json=body,
            headers={"Authorization": f"Bearer {token['access_token']}"},
            timeout=30,
        ).raise_for_status()

    def run(self, module: Any, asked: Json, *, check: bool = False) -> Json:
        """Run a task, with the clients of the other tasks."""
        validation = validated(module.TASK, asked)
        result, _warnings = execute(
            module.TASK,
            validation.validated_parameters,
            asked,
            check_mode=check,
            diff_mode=False,
            secrets=validation._no_log_values,
            progress=lambda line: None,
            clients=self.clients,
        )
        return result

    def read(self, live: Live) -> Json:
        """Read the tenant as the playbook export does."""
        cloud = {
            "gc_login_url": self.urls["PurecloudIDP"],
            "gc_api_url": self.urls["PorticoSMS"],
            "gc_client_id": INTEGRATION.id,
            "gc_client_secret": INTEGRATION.secret,
        }
        login = {**self.digital, **self.configuration}
        found = self.run(nexus_tenant_info, {**login, **(cloud if live.option == "genesys_cloud" else {})})
        assert not found.get("failed"), found
        return found

    def login(self) -> Json:
        """Return the variables of the login."""
        login = {**self.digital, **self.configuration}
        login["nexus_api_key"] = login.pop("api_key")
        return login

    def provision(self, option: str, variables: Json, *, check: bool) -> list[str]:
        """Run the tasks of the playbook provision. Return what they do."""
        done: list[str] = []
        slots: Json = {}
        for module, asked in self._tasks(option, variables):
            if module is nexus_sender_ids and slots:
                asked["slots"] = slots
            result = self.run(module, asked, check=check)
            assert not result.get("failed"), (module.TASK.name, result)
            assert result["changed"] is bool(result["steps"])
            slots = result.get("slots", slots)
            done += result["steps"]
        return done

    def _tasks(self, option: str, variables: Json) -> Iterator[tuple[Any, Json]]:
        """Yield the tasks of the roles, in their order."""
        others = {part.service for each in SMS_OPTIONS.values() for part in each.parts} | {"Async"}
        sms = {"service": "SMS", "url": "N/A", "data": dict(SMS_OPTIONS[option].data), "secret": {}}
        parts: list[Json] = [
            {
                "service": part.service,
                # The roles remove the path that the API adds.
                "url": re.sub(
                    "/api/v2/*$" if part.url == "gc_api_url" else "/oauth(/token)?/*$", "", variables[part.url]
                ),
                "secret": {key: variables[name] for key, name in part.secrets.items()},
            }
            for part in SMS_OPTIONS[option].parts
        ]
        if option == "custom_gateway":
            parts = [{"service": "Async", "channels": variables["custom_gateway_channels"], "purge": False}]
        if option == "genesys_cloud":
            portico, *parts = parts
            yield nexus_service, {**self.digital, **portico}
            if variables.get("tollfree_numbers"):
                yield gc_tollfree_numbers, self.numbers(variables)
        leftovers = sorted(others - {part["service"] for part in parts} - {"PorticoSMS"} if parts else others)
        yield nexus_services, {**self.digital, "services": [*parts, sms], "leftovers": leftovers}
        if variables.get("webhook_headers"):
            section = variables.get("webhook_headers_section", "Async")
            yield (
                nexus_webhook_headers,
                {**self.configuration, "headers": variables["webhook_headers"], "section": section},
            )
        ids = {"sender_ids": variables["sender_ids"], "provider": SMS_OPTIONS[option].provider}
        yield nexus_sender_ids, {**self.configuration, **ids}

    def numbers(self, variables: Json) -> Json:
        """Return the arguments of the task for the numbers."""
        return {
            **{name: variables[name] for name in ("gc_login_url", "gc_api_url", "gc_client_id", "gc_client_secret")},
            "ccid": ACME.ccid,
            "nexus_url": self.urls["nexus_url"],
            "webhook_password": variables["nexus_cluster_api_key"],
            "journal": self.journal,
            "order_timeout": 1,
            "tollfree_numbers": variables["tollfree_numbers"],
        }


def exported(place: Place, live: Live, found: Json) -> Json:
    """Export a tenant. Return the exported variables, with the secrets that a person fills in."""
    files = files_of([Exported("acme", place.login(), found)])
    assert not any(secret in str(files) for secret in ("canary", ACME.password, ACME.api_key, INTEGRATION.secret))
    variables: Json = filled_in(read(files["host_vars/acme.yml"]), fill(found["variables"], found["secrets"], live))
    known = {**place.login(), "nexus_cluster_api_key": CLUSTER_KEY}
    cloud = {"clientId": INTEGRATION.id, "clientSecret": INTEGRATION.secret}
    for part in SMS_OPTIONS[live.option].parts:
        # A secret that the service lacks is one that a person adds.
        known.update({name: cloud.get(key, f"canary-{key}") for key, name in part.secrets.items()})
        variables.update(dict.fromkeys(part.secrets.values()))
    return {**variables, **{name: value for name, value in known.items() if name in variables}}


def adopt(place: Place, variables: Json) -> bool:
    """Give a number that was bought by hand a slot. Return False if the tenant has none."""
    numbers = [dict(item) for item in variables.get("tollfree_numbers", [])]
    by_hand = [item for item in numbers if "slot" not in item]
    # Servers that change a comment lose the slot. The task says so, see test_money.py.
    if not by_hand or place.switches["numbers.comment"] != "kept":
        return False
    spent = place.sandbox.account()["spent"]
    by_hand[0]["slot"] = "adopted"
    asked = place.numbers({**variables, "tollfree_numbers": numbers})
    place.sandbox.clear_requests()
    for check, writes in ((True, []), (False, ["PATCH"]), (False, ["PATCH"])):
        result = place.run(gc_tollfree_numbers, asked, check=check)
        assert not result.get("failed"), result
        assert [record.method for record in place.sandbox.writes()] == writes
    assert result["changed"] is False
    assert result["slots"]["adopted"] == by_hand[0]["number"]
    assert place.sandbox.account()["spent"] == spent
    return True


def test_no_oddity_is_rare(record_property: Note) -> None:
    """Each is in a fortieth of the tenants at least. The sample has each at least once."""
    found = Counter(feature for live in tenants() for feature in features(usable(live)))
    for name, count in sorted(found.items()):
        record_property(f"oddity: {name}", count)
    # A tenant that can use SMS does not mix two options.
    assert len(found) == 12
    assert min(found.values()) >= COUNT / 40, found


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("mode", READS)
def test_an_exported_tenant_changes_nothing(
    sandbox: Sandbox, tmp_path: Path, clean_environment: None, record_property: Note, mode: str, way: str, part: int
) -> None:
    seen: Counter[str] = Counter()
    for number, made in list(enumerate(tenants()))[part::PARTS]:
        place = Place(sandbox, tmp_path, way, switches(mode, way)[number])
        live = place.plant(usable(made))
        found = place.read(live)
        context = (number, live, place.switches, found)
        assert (found["sms_option"], found["would_change"]) == (live.option, []), context
        assert not {"service", "list"} & {item["kind"] for item in found["not_expressed"]}, context
        variables = exported(place, live, found)
        for check in (True, False):
            assert place.provision(live.option, variables, check=check) == [], context
            assert sandbox.writes() == [], context
        seen.update(["tenants", f"tenants over {live.option}"])
        unused = ("gax.",) if way == "gws" else ("gws.", "configuration.")
        used = [name for name in place.switches if not name.startswith(unused)]
        seen.update(f"{name}: {place.switches[name]}" for name in used)
        if live.account and live.option == "genesys_cloud":
            seen["numbers that got a slot"] += adopt(place, variables)
        place.clients.close()
    for name, count in seen.items():
        record_property(f"round trip: {name}", count)


@pytest.mark.parametrize("part", range(PARTS))
def test_an_export_names_what_would_change(
    sandbox: Sandbox, tmp_path: Path, clean_environment: None, record_property: Note, part: int
) -> None:
    """Tenants that can't use SMS as they are: URLs or secrets are missing or wrong, or two SMS options are mixed."""
    seen: Counter[str] = Counter()
    for number, made in list(enumerate(tenants()))[part::PARTS]:
        mode, way = READS[number % len(READS)], WAYS[number // len(READS) % len(WAYS)]
        place = Place(sandbox, tmp_path, way, switches(mode, way)[number])
        live = place.plant(made)
        found = place.read(live)
        context = (number, live, place.switches, found)
        seen["tenants"] += 1
        if masked_place(found["variables"].get("sender_ids"), "sender_ids"):
            # The preflight would refuse it.
            report = files_of([Exported("acme", place.login(), found)])["export.md"]
            assert "because a secret of the tenant has the same text" in report, context
            seen["a text that is hidden, because it is in a short secret too"] += 1
        elif found["sms_option"] is None or {"service", "list"} & {item["kind"] for item in found["not_expressed"]}:
            # The playbook would do nothing, or fail.
            assert found["not_expressed"], context
            seen["a problem that makes provision impossible"] += 1
        else:
            variables = exported(place, live, found)
            done = place.provision(live.option, variables, check=True)
            assert sorted(map(in_result, done)) == sorted(found["would_change"]), context
            assert sandbox.writes() == [], context
            seen["a change that is named" if found["would_change"] else "no change"] += 1
        place.clients.close()
    for name, count in seen.items():
        record_property(f"named: {name}", count)


@pytest.mark.parametrize("mode", ["unsupported", "unsupported_404"])
def test_an_export_without_services_promises_nothing(
    sandbox: Sandbox, tmp_path: Path, clean_environment: None, mode: str
) -> None:
    for number, made in enumerate(tenants()[: 100 if WHOLE else 4]):
        way = WAYS[number % len(WAYS)]
        place = Place(sandbox, tmp_path, way, {**switches(mode, way)[number], "services.list": "unsupported"})
        live = place.plant(made)
        found = place.read(live)
        files = files_of([Exported("acme", place.login(), found)])
        assert list(read(files["hosts.yml"])) == ["ungrouped"]
        assert "Not read, services: " in files["export.md"]
        assert sandbox.writes() == []
        place.clients.close()
