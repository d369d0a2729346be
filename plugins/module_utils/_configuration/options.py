# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options to reach a tenant's configuration, and the client that is made from them."""

from __future__ import annotations

from typing import Any

from .._core import checks
from .._core.options import HTTP, connection_of, require
from .._core.secrets import Secrets
from .._core.task import Run
from .._core.variables import env_fallback
from .._gws.authentication import GwsAuthentication
from .._gws.options import GWS, auth_connection, login_of
from .gax_client import GaxConfiguration
from .gax_client import Login as GaxLogin
from .gws_client import GwsConfiguration
from .sections import Configuration

CONFIGURATION: dict[str, Any] = {
    "configuration": {
        "type": "str",
        "description": """
            - How to reach the tenant's configuration.
            - V(gws) uses Genesys Web Services. It requires O(gws_url), O(gws_client_id) and
              O(gws_client_secret).
            - V(gax) uses Genesys Administrator Extension (GAX). It requires O(gax_url), O(gax_username) and
              O(gax_password).
        """,
        "choices": ["gws", "gax"],
        "default": "gws",
    },
    # No environment variable: the check is only for a task that names both the login and the tenant.
    "ccid": {
        "type": "str",
        "description": """
            - Contact center ID (a UUID) of the tenant, to check the login.
            - If it is set, and with O(configuration=gws), the module lists the contact centers of the login
              with one request. If the tenant is not in the list, the login belongs to another tenant, and
              the module fails before it writes.
            - If the login may not list contact centers, or the list is not in a known format, nothing is
              checked, and C(-v) shows a line about it. No such check is known for GAX.
            - The environment variable E(NEXUS_CCID) is not used for this option.
        """,
        "version_added": "0.5.0",
    },
    "gws_check_ccid": {
        "type": "bool",
        "description": """
            - Whether to check that the login of Genesys Web Services sees the contact center O(ccid).
            - Set it to V(false) only if the login belongs to the tenant, and Genesys Web Services leaves the
              tenant out of the list of contact centers.
        """,
        "default": True,
        "version_added": "0.6.0",
    },
    **GWS,
    "ready_timeout": {
        "type": "float",
        "description": """
            - Seconds to wait until Genesys Web Services is ready to give access to the configuration.
            - The first session after a quiet time can take minutes. C(-v) shows the wait while it lasts.
        """,
        "default": 600.0,
    },
    "gax_url": {
        "type": "str",
        "description": "Base URL of GAX, without C(/gax/api), with the path prefix that an ingress may add.",
        "fallback": (env_fallback, ["GAX_URL"]),
    },
    "gax_username": {
        "type": "str",
        "description": "User name for GAX. The user decides which tenant's configuration the module sees.",
        "fallback": (env_fallback, ["GAX_USERNAME"]),
    },
    "gax_password": {
        "type": "str",
        "description": "Password of O(gax_username).",
        "no_log": True,
        "fallback": (env_fallback, ["GAX_PASSWORD"]),
    },
    **HTTP,
}


def configuration_client(run: Run) -> Configuration:
    """Return the client for the configuration of the task's tenant, over GWS or GAX."""
    return _gax_client(run) if run.params["configuration"] == "gax" else _gws_client(run)


def _gws_client(run: Run) -> Configuration:
    params = run.params
    require(params, "it is required if configuration is gws", "gws_url", "gws_client_id", "gws_client_secret")
    login = login_of(params)
    auth = auth_connection(run)
    gws = connection_of(run, "Genesys Web Services", "gws_url", params["gws_url"])
    ready_timeout = params["ready_timeout"]
    checks.in_range("ready_timeout", ready_timeout)

    def make(secrets: Secrets) -> Configuration:
        return GwsConfiguration(
            GwsAuthentication(auth, login, secrets),
            gws,
            secrets,
            ready_timeout=ready_timeout,
            progress=run.progress,
        )

    return run.client((auth, gws, login, ready_timeout), make)


def _gax_client(run: Run) -> Configuration:
    params = run.params
    require(params, "it is required if configuration is gax", "gax_url", "gax_username", "gax_password")
    login = GaxLogin(params["gax_username"], params["gax_password"])
    gax = connection_of(run, "GAX", "gax_url", params["gax_url"])
    return run.client((gax, login), lambda secrets: GaxConfiguration(gax, login, secrets))
