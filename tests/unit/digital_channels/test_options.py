# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of Digital Channels, and its clients: `_digital_channels/options.py`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels import options
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.api_keys_client import ApiKeysClient
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.messaging_client import (
    MessagingClient,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import ServicesClient
from unit.arguments import filled, wrong
from unit.doubles import Reply, Server, make_run

CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
GWS = {"gws_url": "https://gws", "gws_client_id": "client", "gws_client_secret": "secret"}


def services(**given: Any) -> Run:
    return make_run(
        filled(options.DIGITAL_CHANNELS, **{"ccid": CCID, "api_key": "key", "nexus_url": "https://n", **given})
    )


def messaging(**given: Any) -> Run:
    return make_run(filled(options.MESSAGING, **{"ccid": CCID, "nexus_url": "https://n", **given}))


def api_keys(**given: Any) -> Run:
    return make_run(filled(options.API_KEYS, **{"nexus_url": "https://n", **GWS, **given}))


@pytest.mark.parametrize(
    ("run", "make", "kind"),
    [
        (services(), options.services_client, ServicesClient),
        (messaging(), options.messaging_client, MessagingClient),
        (api_keys(), options.api_keys_client, ApiKeysClient),
    ],
)
def test_a_client_is_made_once_a_run(run: Run, make: Callable[[Run], Any], kind: type) -> None:
    with closing(make(run)) as client:
        assert isinstance(client, kind)
        assert make(run) is client


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"ccid": "acme"}, "ccid"),
        ({"api_key": "a\nb"}, "api_key"),
        ({"api_key": " "}, "api_key"),
        ({"nexus_url": "n"}, "nexus_url"),
    ],
)
def test_options_of_services_are_checked(given: dict[str, Any], parameter: str) -> None:
    assert wrong(options.services_client, services(**given)) == parameter


@pytest.mark.parametrize(("given", "parameter"), [({"ccid": "acme"}, "ccid"), ({"nexus_url": "n"}, "nexus_url")])
def test_options_of_messaging_are_checked(given: dict[str, Any], parameter: str) -> None:
    assert wrong(options.messaging_client, messaging(**given)) == parameter


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"gws_url": None}, "gws_url"),
        ({"gws_client_id": None}, "gws_client_id"),
        ({"gws_client_secret": ""}, "gws_client_secret"),
        ({"gws_username": "a"}, "gws_password"),
        ({"gws_auth_url": "h"}, "gws_auth_url"),
        ({"nexus_url": "n"}, "nexus_url"),
    ],
)
def test_options_of_api_keys_are_checked(given: dict[str, Any], parameter: str) -> None:
    assert wrong(options.api_keys_client, api_keys(**given)) == parameter


def test_another_login_is_another_client() -> None:
    run = api_keys()
    first = options.api_keys_client(run)
    run.params["gws_client_secret"] = "another"
    assert options.api_keys_client(run) is not first


def test_api_keys_need_only_one_url_of_gws(server: Server) -> None:
    server.replies(Reply({"access_token": "t"}), Reply([]))
    run = api_keys(gws_url=None, gws_auth_url=f"{server.url}/auth-prefix", nexus_url=f"{server.url}/nexus-prefix")
    with closing(options.api_keys_client(run)) as client:
        assert client.list() == []
    assert server.calls == ["POST /auth-prefix/auth/v3/oauth/token", "GET /nexus-prefix/nexus/v3/apikeys"]


def test_the_ccid_is_sent_as_digital_channels_writes_it(server: Server) -> None:
    run = services(ccid=CCID.upper(), nexus_url=server.url)
    server.replies(Reply({}))
    with closing(options.services_client(run)) as client:
        client.list()
    assert CCID in server.seen[0].path
    assert server.seen[0].headers["x-api-key"] == "key"
