# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a tenant in three systems, of which some can't be read: `_tenant/tenant_info.py`."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import Sections
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    InvalidInput,
    Refused,
    SmsError,
    Unsent,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.api_keys_client import ApiKey
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import Document
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.client import TollfreeNumber
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant import tenant_info
from unit.arguments import filled, wrong
from unit.doubles import make_run
from unit.models import ConfigurationModel

CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
SMS = {"SMS": Document("N/A", {"tokenProvider": "Purecloud"}, {})}
FIELDS = {"comment": "", "mo_url": "", "dr_url": "", "webhook_username": CCID}


def failing(system: str) -> Refused:
    return Refused(f"read {system}", f"https://{system}.example.com", "answered 500", "Look at its logs")


class Services:
    def __init__(self, answer: dict[str, Document] | SmsError) -> None:
        self._answer = answer

    def list(self) -> Any:
        return _answered(self._answer)


class Numbers:
    def __init__(self, answer: list[TollfreeNumber] | SmsError) -> None:
        self._answer = answer

    def purchased(self) -> Any:
        return _answered(self._answer)


class Configuration(ConfigurationModel):
    trouble: SmsError | None = None

    def confirm(self, ccid: str) -> tuple[str, ...]:
        assert ccid == CCID
        if self.trouble:
            raise self.trouble
        return ("It may be another tenant.",)


def _answered(answer: Any) -> Any:
    if isinstance(answer, SmsError):
        raise answer
    return answer


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes a run whose systems answer so."""

    def make(
        services: dict[str, Document] | SmsError | None = None,
        sections: Sections | SmsError | None = None,
        numbers: list[TollfreeNumber] | SmsError | None = None,
        **options: Any,
    ) -> Run:
        configuration = Configuration({} if sections is None or isinstance(sections, SmsError) else sections)
        configuration.trouble = sections if isinstance(sections, SmsError) else None
        monkeypatch.setattr(tenant_info, "services_client", lambda run: Services(SMS if services is None else services))
        monkeypatch.setattr(tenant_info, "configuration_client", lambda run: configuration)
        monkeypatch.setattr(tenant_info, "numbers_client", lambda run: Numbers([] if numbers is None else numbers))
        asked = {
            "ccid": CCID.upper(),
            "nexus_url": "https://digital.example.com",
            "gws_url": "https://gws.example.com",
            "gc_client_id": None if numbers is None else "id",
            **options,
        }
        return make_run(filled(tenant_info.OPTIONS, **asked))

    return make


def test_all_systems_are_read(task: Any) -> None:
    run = task(sections={"Async": {"header:X-A": "canary-header"}}, numbers=[TollfreeNumber("18445550001", FIELDS)])
    found = tenant_info.run(run)
    assert found["ccid"] == CCID
    assert found["changed"] is False
    assert found["sms_option"] == "genesys_cloud"
    assert [item["number"] for item in found["variables"]["tollfree_numbers"]] == ["18445550001"]
    assert found["leftovers"]["webhook_headers"] == ["X-A"]
    assert found["unreadable"] == {}
    assert run.warnings == ["It may be another tenant."]
    # The value of a header is often a token.
    assert run.secrets.scrub("canary-header") != "canary-header"


@pytest.mark.parametrize("system", ["services", "configuration", "tollfree_numbers"])
def test_a_system_that_cannot_be_read_is_named_and_hides_no_other(task: Any, system: str) -> None:
    names = {"services": "services", "configuration": "sections", "tollfree_numbers": "numbers"}
    answers = {"services": SMS, "sections": {}, "numbers": [], names[system]: failing(system)}
    found = tenant_info.run(task(**answers))
    assert found["unreadable"] == {system: str(failing(system))}
    assert found["failures"] == {system: failing(system).details()}
    assert ("sender_ids" in found["variables"]) is (system != "configuration")
    assert (found["sms_option"] is None) is (system == "services")


def test_a_system_without_a_login_is_named(task: Any) -> None:
    assert tenant_info.run(task(gws_url=None))["unreadable"] == {
        "configuration": "It was not read, because gws_url is not set.",
        "tollfree_numbers": "They were not read, because neither gc_client_id nor gc_access_token is set.",
    }
    gax = tenant_info.run(task(configuration="gax"))["unreadable"]["configuration"]
    assert gax == "It was not read, because gax_url is not set."


KEY = "acacacac-0000-4000-8000-000000000900"


def api_key(key: str = KEY, tenant: str = "", name: str = "Portico Cluster API Key", *, enabled: bool = True) -> ApiKey:
    return ApiKey(key, tenant, name, enabled, ("nexus:cluster:*",))


@pytest.mark.parametrize(
    ("listed", "is_told"),
    [
        ([api_key(), api_key(name="Cluster API Key"), api_key(tenant=CCID), api_key(enabled=False)], True),
        ([api_key(), api_key("acacacac-0000-4000-8000-000000000901")], False),
        ([api_key("********")], False),
        ([], False),
        (None, False),
        (failing("API keys"), False),
    ],
)
def test_secrets_are_returned_only_on_request(
    task: Any, monkeypatch: pytest.MonkeyPatch, listed: list[ApiKey] | SmsError | None, is_told: bool
) -> None:
    keys = SimpleNamespace(list=lambda: _answered(listed))
    monkeypatch.setattr(tenant_info, "api_keys_client", lambda run: keys)
    secret = {"clientId": "canary-id", "clientSecret": "********"}
    services = {**SMS, "PurecloudIDP": Document("https://login.example.com", {}, secret)}
    answers = {"services": services, "numbers": [TollfreeNumber("18445550001", FIELDS)]}
    assert "secret_values" not in tenant_info.run(task(**answers))
    found = tenant_info.run(task(**answers, return_secrets=True))
    values = {name: base64.b64decode(value).decode() for name, value in found["secret_values"].items()}
    assert values == {"gc_client_id": "canary-id", **({"nexus_cluster_api_key": KEY} if is_told else {})}
    assert {"gc_client_secret", "nexus_cluster_api_key"} <= set(found["secrets"])


def test_it_fails_if_no_system_can_be_read(task: Any) -> None:
    run = task(failing("services"), failing("configuration"), Unsent("log in", "https://gc", "did not answer", "Look"))
    with pytest.raises(Refused) as caught:
        tenant_info.run(run)
    for part in ("services.example.com", "configuration.example.com", "https://gc"):
        assert part in str(caught.value)
    failures = caught.value.results["failures"]
    assert {system: failure["kind"] for system, failure in failures.items()} == {
        "services": "refused", "configuration": "refused", "tollfree_numbers": "unreachable",
    }  # fmt: skip
    assert set(caught.value.results["unreadable"]) == set(failures)


def test_the_login_of_another_tenant_is_an_error(task: Any) -> None:
    other = InvalidInput("gws_username", "this login can access another contact center", "Set the login of the tenant")
    assert wrong(tenant_info.run, task(sections=other)) == "gws_username"
