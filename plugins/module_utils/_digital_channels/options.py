# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options to reach Digital Channels, and the clients that are made from them."""

from __future__ import annotations

from typing import Any

from .._core import checks
from .._core.options import CCID, HTTP, connection_of, require
from .._core.secrets import Secrets
from .._core.task import Run
from .._core.variables import env_fallback
from .._gws.authentication import GwsAuthentication
from .._gws.options import GWS, auth_connection, login_of
from .api_keys_client import ApiKeysClient
from .messaging_client import MessagingClient
from .services_client import ServicesClient

_NEXUS: dict[str, Any] = {
    "nexus_url": {
        "type": "str",
        "description": """
            Base URL of the Digital Channels API, without C(/nexus/v3), with the path prefix that an ingress may
            add.
        """,
        "required": True,
        "fallback": (env_fallback, ["NEXUS_URL"]),
    },
    "ccid": CCID,
}

DIGITAL_CHANNELS: dict[str, Any] = {
    **_NEXUS,
    "api_key": {
        "type": "str",
        "description": "API key with the right to provision the tenant.",
        "required": True,
        "no_log": True,
        "aliases": ["nexus_api_key"],
        "fallback": (env_fallback, ["NEXUS_API_KEY"]),
    },
    **HTTP,
}

MESSAGING: dict[str, Any] = {**_NEXUS, **HTTP}


API_KEYS: dict[str, Any] = {"nexus_url": _NEXUS["nexus_url"], **GWS, **HTTP}


def services_client(run: Run) -> ServicesClient:
    """Return the client for the services of the task's tenant."""
    params = run.params
    ccid = checks.uuid("ccid", params["ccid"])
    api_key = checks.header_value("api_key", params["api_key"])
    connection = connection_of(run, "Digital Channels", "nexus_url", params["nexus_url"])
    return run.client((connection, api_key, ccid), lambda secrets: ServicesClient(connection, api_key, ccid, secrets))


def messaging_client(run: Run) -> MessagingClient:
    """Return the client for the calls of a third-party messaging service to the task's tenant."""
    ccid = checks.uuid("ccid", run.params["ccid"])
    connection = connection_of(run, "Digital Channels", "nexus_url", run.params["nexus_url"])
    key = (MessagingClient, connection, ccid)
    return run.client(key, lambda secrets: MessagingClient(connection, ccid, secrets))


def api_keys_client(run: Run) -> ApiKeysClient:
    """Return the client for the API keys of an installation."""
    params = run.params
    url = "gws_auth_url" if params["gws_auth_url"] else "gws_url"
    require(params, "it is required", url, "gws_client_id", "gws_client_secret")
    login = login_of(params)
    auth = auth_connection(run)
    nexus = connection_of(run, "Digital Channels", "nexus_url", params["nexus_url"])

    def make(secrets: Secrets) -> ApiKeysClient:
        return ApiKeysClient(GwsAuthentication(auth, login, secrets), nexus, secrets)

    return run.client((ApiKeysClient, auth, nexus, login), make)
