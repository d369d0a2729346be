# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options to reach Genesys Cloud CX, and its clients: `_genesys_cloud/options.py`."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud import options
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.access_client import CloudAccess
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.cloud_client import CloudAuthentication
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.client import CloudNumbers
from unit.arguments import filled, wrong
from unit.doubles import Reply, Server, make_run

LOGIN: dict[str, Any] = {"gc_client_id": "client", "gc_client_secret": "secret"}
URLS: dict[str, Any] = {"gc_login_url": "https://login", "gc_api_url": "https://api"}
TOKEN: dict[str, Any] = {"gc_access_token": "token"}
NUMBERS = "/api/v2/messaging/sms/provisioning/tollfreenumbers"


def run_of(*, from_environment: dict[str, str] | None = None, **given: Any) -> Run:
    """Return a run with options of the task, and others that come from environment variables."""
    return make_run(filled(options.GENESYS_CLOUD, **given, **(from_environment or {})), given)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (options.cloud_authentication, CloudAuthentication),
        (options.numbers_client, CloudNumbers),
        (options.access_client, CloudAccess),
    ],
)
def test_a_client_is_made_once_a_run(make: Any, kind: type) -> None:
    run = run_of(**LOGIN, **URLS)
    with closing(make(run)) as client:
        assert isinstance(client, kind)
        assert make(run) is client


@pytest.mark.parametrize("option", ["gc_client_id", "gc_client_secret", "gc_api_url", "timeout"])
def test_other_options_make_another_client(option: str) -> None:
    run = run_of(**LOGIN, **URLS)
    first = options.access_client(run)
    run.params[option] = 5.0 if option == "timeout" else "https://another"
    assert options.access_client(run) is not first


def test_calls_are_made_with_a_token_of_the_client(server: Server) -> None:
    server.replies(Reply({"access_token": "fresh"}), Reply({"entities": []}))
    run = run_of(gc_client_id=" client ", gc_client_secret="secret", gc_login_url=server.url, gc_api_url=server.url)
    assert options.numbers_client(run).purchased() == []
    assert server.calls == ["POST /oauth/token", f"GET {NUMBERS}"]
    assert server.seen[1].headers["authorization"] == "Bearer fresh"
    assert options.cloud_client_id(run) == "client"


def test_calls_are_made_with_a_given_token(server: Server) -> None:
    server.replies(Reply({"entities": []}))
    run = run_of(**TOKEN, gc_api_url=server.url)
    assert options.numbers_client(run).purchased() == []
    assert server.calls == [f"GET {NUMBERS}"]
    assert server.seen[0].headers["authorization"] == "Bearer token"


@pytest.mark.parametrize(
    ("given", "environment", "client"),
    [
        (LOGIN, {}, "client"),
        (LOGIN, TOKEN, "client"),
        (TOKEN, LOGIN, None),
        (TOKEN, {}, None),
        ({}, TOKEN, None),
        ({}, {**TOKEN, **LOGIN}, "client"),
        ({"gc_client_id": " "}, {}, None),
        ({}, {}, None),
    ],
)
def test_what_the_task_says_goes_before_the_environment(
    given: dict[str, Any], environment: dict[str, str], client: str | None
) -> None:
    assert options.cloud_client_id(run_of(from_environment=environment, **given)) == client


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({**URLS, **LOGIN, **TOKEN}, "gc_access_token"),
        ({**URLS, "gc_access_token": "a\nb"}, "gc_access_token"),
        ({**URLS, "gc_client_secret": "secret"}, "gc_client_id"),
        ({**URLS, "gc_client_id": "client", "gc_client_secret": " "}, "gc_client_secret"),
        ({**LOGIN, "gc_login_url": "https://login"}, "gc_api_url"),
        ({**LOGIN, "gc_api_url": "https://api"}, "gc_login_url"),
        ({**LOGIN, **URLS, "gc_login_url": "login"}, "gc_login_url"),
        ({**LOGIN, "gc_region": "moon-1"}, "gc_region"),
    ],
)
def test_an_option_that_is_wrong_is_named(given: dict[str, Any], parameter: str) -> None:
    assert wrong(options.access_client, run_of(**given)) == parameter


def test_an_unknown_region_names_those_that_there_are() -> None:
    with pytest.raises(InvalidInput, match=r"us-east-1.*eu-central-1"):
        options.access_client(run_of(**LOGIN, gc_region="moon-1"))


def test_a_region_tells_both_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = []
    monkeypatch.setattr(options, "CloudAuthentication", lambda login, *_rest: urls.append((login.option, login.url)))
    monkeypatch.setattr(options, "Cloud", lambda api, *_rest: urls.append((api.option, api.url)))
    options.access_client(run_of(**LOGIN, gc_region="eu-central-1"))
    options.access_client(run_of(**LOGIN, gc_region="moon-1", **URLS))
    assert urls == [
        ("gc_region", "https://login.mypurecloud.de"),
        ("gc_region", "https://api.mypurecloud.de"),
        ("gc_login_url", "https://login"),
        ("gc_api_url", "https://api"),
    ]
