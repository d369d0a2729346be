# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options for the login to Genesys Web Services, and the connection and credentials that they describe."""

from __future__ import annotations

from typing import Any

from .._core import checks
from .._core.errors import InvalidInput
from .._core.http import Connection
from .._core.options import connection_of
from .._core.task import Run
from .._core.variables import env_fallback
from .authentication import Login

GWS: dict[str, Any] = {
    "gws_url": {
        "type": "str",
        "description": """
            Base URL of Genesys Web Services, without C(/provisioning/v3). If an ingress adds a path prefix, include it.
        """,
        "fallback": (env_fallback, ["GWS_URL"]),
    },
    "gws_auth_url": {
        "type": "str",
        "description": """
            - Base URL of the authentication service of Genesys Web Services.
            - The default is the value of O(gws_url).
        """,
        "fallback": (env_fallback, ["GWS_AUTH_URL"]),
    },
    "gws_client_id": {
        "type": "str",
        "description": "API client of Genesys Web Services.",
        "fallback": (env_fallback, ["GWS_CLIENT_ID"]),
    },
    "gws_client_secret": {
        "type": "str",
        "description": "The API client's secret.",
        "no_log": True,
        "fallback": (env_fallback, ["GWS_CLIENT_SECRET"]),
    },
    "gws_username": {
        "type": "str",
        "description": """
            - User of the login, in the form C(domain\\user). The user determines which tenant's configuration the
              module reads and changes.
            - Without a user, only the API client logs in.
        """,
        "fallback": (env_fallback, ["GWS_USERNAME"]),
    },
    "gws_password": {
        "type": "str",
        "description": "Password of O(gws_username).",
        "no_log": True,
        "fallback": (env_fallback, ["GWS_PASSWORD"]),
    },
    "gws_api_key": {
        "type": "str",
        "description": """
            - The key for an API gateway in front of Genesys Web Services, which wants the header C(x-api-key) with each
              request. Without such a gateway it is not needed.
            - It is not the API key of Digital Channels.
        """,
        "version_added": "0.4.0",
        "no_log": True,
        "fallback": (env_fallback, ["GWS_API_KEY"]),
    },
}


def auth_connection(run: Run) -> Connection:
    """Return the connection to the authentication service. Its default URL is that of Genesys Web Services."""
    option = "gws_auth_url" if run.params["gws_auth_url"] else "gws_url"
    return connection_of(run, "the authentication of Genesys Web Services", option, run.params[option])


def login_of(params: dict[str, Any]) -> Login:
    """Return the credentials. Raise InvalidInput if only one of user name and password is set."""
    for option in ("gws_username", "gws_password"):
        if params[option] is not None:
            checks.not_empty(option, params[option])
    if (params["gws_username"] is None) != (params["gws_password"] is None):
        given, missing = (
            ("gws_username", "gws_password") if params["gws_password"] is None else ("gws_password", "gws_username")
        )
        raise InvalidInput(
            missing, f"it is missing, but {given} is set", "Set both, or neither to log in as the API client only"
        )
    key = params["gws_api_key"]
    return Login(
        client_id=params["gws_client_id"],
        client_secret=params["gws_client_secret"],
        username=params["gws_username"],
        password=params["gws_password"],
        api_key=None if key is None else checks.header_value("gws_api_key", key),
    )
