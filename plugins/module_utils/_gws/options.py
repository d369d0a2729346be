# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to log in to Genesys Web Services: options, and what is made from them."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import env_fallback

from .._core import checks
from .._core.errors import InvalidInput
from .._core.http import Connection
from .._core.options import connection_of
from .._core.task import Run
from .authentication import Login

GWS: dict[str, Any] = {
    "gws_url": {
        "type": "str",
        "description": """
            Base URL of Genesys Web Services, without C(/provisioning/v3), with the path prefix that an ingress may
            add.
        """,
        "fallback": (env_fallback, ["GWS_URL"]),
    },
    "gws_auth_url": {
        "type": "str",
        "description": """
            - Base URL of the authentication service of Genesys Web Services.
            - Without either, it is O(gws_url).
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
            - User to log in as, in the form C(domain\\user). The user decides which tenant's configuration
              is seen.
            - Without either, the API client logs in alone.
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
            - The key that an API gateway in front of Genesys Web Services wants with each call, as the
              header C(x-api-key). Without such a gateway it is not needed.
            - It is not the key of Digital Channels.
        """,
        "version_added": "0.4.0",
        "no_log": True,
        "fallback": (env_fallback, ["GWS_API_KEY"]),
    },
}


def auth_connection(run: Run) -> Connection:
    """Return how to reach the authentication service: by its own URL, or else by that of Genesys Web Services."""
    option = "gws_auth_url" if run.params["gws_auth_url"] else "gws_url"
    return connection_of(run, "the authentication of Genesys Web Services", option, run.params[option])


def login_of(params: dict[str, Any]) -> Login:
    """Return who logs in; raise InvalidInput where a user name or a password is set without the other."""
    for option in ("gws_username", "gws_password"):
        if params[option] is not None:
            checks.not_empty(option, params[option])
    if (params["gws_username"] is None) != (params["gws_password"] is None):
        given, missing = (
            ("gws_username", "gws_password") if params["gws_password"] is None else ("gws_password", "gws_username")
        )
        raise InvalidInput(
            missing, f"{given} is set without it", "Set both, or neither to log in as the API client alone"
        )
    key = params["gws_api_key"]
    return Login(
        client_id=params["gws_client_id"],
        client_secret=params["gws_client_secret"],
        username=params["gws_username"],
        password=params["gws_password"],
        api_key=None if key is None else checks.header_value("gws_api_key", key),
    )
