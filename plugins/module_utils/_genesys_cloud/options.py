# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that say how to reach Genesys Cloud CX, and the clients that are made from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .._core import checks
from .._core.errors import InvalidInput
from .._core.http import Connection
from .._core.options import HTTP, connection_of, require
from .._core.secrets import Secrets
from .._core.task import Run
from .._core.variables import env_fallback
from .access_client import CloudAccess
from .cloud_client import Cloud, CloudAuthentication
from .numbers.client import CloudNumbers
from .regions import REGIONS, region_url

Client = TypeVar("Client")

GENESYS_CLOUD: dict[str, Any] = {
    "gc_region": {
        "type": "str",
        "description": """
            - Region of the organization, such as V(us-east-1) or V(eu-central-1), or its domain, such as
              V(mypurecloud.com).
            - It determines O(gc_login_url) and O(gc_api_url) if they are not set.
        """,
        "aliases": ["region"],
        "fallback": (env_fallback, ["GENESYSCLOUD_REGION"]),
    },
    "gc_login_url": {
        "type": "str",
        "description": """
            - Login URL of the organization, such as C(https://login.mypurecloud.com).
            - Without either, it follows from O(gc_region).
        """,
        "fallback": (env_fallback, ["GC_LOGIN_URL"]),
    },
    "gc_api_url": {
        "type": "str",
        "description": """
            - API URL of the organization, such as C(https://api.mypurecloud.com).
            - Without either, it follows from O(gc_region).
        """,
        "fallback": (env_fallback, ["GC_API_URL"]),
    },
    "gc_client_id": {
        "type": "str",
        "description": "ID of the OAuth client to log in as.",
        "fallback": (env_fallback, ["GC_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"]),
    },
    "gc_client_secret": {
        "type": "str",
        "description": "The OAuth client's secret.",
        "no_log": True,
        "fallback": (env_fallback, ["GC_CLIENT_SECRET", "GENESYSCLOUD_OAUTHCLIENT_SECRET"]),
    },
    "gc_access_token": {
        "type": "str",
        "description": """
            - Access token to use instead of O(gc_client_id) and O(gc_client_secret). It is not renewed when
              it expires.
            - A token from the environment is ignored if O(gc_client_id) is set.
        """,
        "no_log": True,
        "fallback": (env_fallback, ["GENESYSCLOUD_ACCESS_TOKEN"]),
    },
    **HTTP,
}


def cloud_authentication(run: Run) -> CloudAuthentication:
    """Return the client that gets tokens of Genesys Cloud CX."""
    key, make = _cloud_authentication(run)
    return run.client(key, make)


def numbers_client(run: Run) -> CloudNumbers:
    """Return the client for the toll-free numbers of an account."""
    return _cloud_client(run, _numbers)


def _numbers(cloud: Cloud, _secrets: Secrets) -> CloudNumbers:
    return CloudNumbers(cloud)


def access_client(run: Run) -> CloudAccess:
    """Return the client for roles, grants and OAuth clients of an organization."""
    return _cloud_client(run, CloudAccess)


def cloud_client_id(run: Run) -> str | None:
    """Return the ID of the OAuth client that a task logs in as, or None if the task has a token instead."""
    return None if _takes_token(run) else str(run.params["gc_client_id"] or "").strip() or None


def _takes_token(run: Run) -> bool:
    """Return True if the task uses gc_access_token, and False if it logs in."""
    # Options of the task take precedence over the environment.
    params = run.params
    return run.given.get("gc_access_token") is not None or (
        params["gc_access_token"] is not None and params["gc_client_id"] is None
    )


def _cloud_client(run: Run, wrap: Callable[[Cloud, Secrets], Client]) -> Client:
    """Return a client that uses gc_access_token, or logs in as gc_client_id."""
    params = run.params
    api = _cloud_connection(run, "gc_api_url", "api", "Genesys Cloud CX")
    if all(run.given.get(name) is not None for name in ("gc_access_token", "gc_client_id")):
        raise InvalidInput("gc_access_token", "gc_client_id is set too", "Set only one of them")
    if _takes_token(run):
        token = checks.header_value("gc_access_token", params["gc_access_token"])
        return run.client((wrap, api, token), lambda secrets: wrap(Cloud(api, token, secrets), secrets))
    key, make = _cloud_authentication(run)
    return run.client((wrap, api, *key), lambda secrets: wrap(Cloud(api, make(secrets), secrets), secrets))


def _cloud_authentication(run: Run) -> tuple[tuple[Any, ...], Callable[[Secrets], CloudAuthentication]]:
    """Return a key that identifies the login, and the function that makes its client."""
    require(run.params, "it is missing", "gc_client_id", "gc_client_secret")
    login = _cloud_connection(run, "gc_login_url", "login", "the login of Genesys Cloud CX")
    client_id, secret = run.params["gc_client_id"].strip(), run.params["gc_client_secret"]
    return (login, client_id, secret), lambda secrets: CloudAuthentication(login, client_id, secret, secrets)


def _cloud_connection(run: Run, option: str, host: str, name: str) -> Connection:
    """Return the connection to Genesys Cloud CX, by the URL option or by the region."""
    url = run.params[option]
    if url is not None:
        return connection_of(run, name, option, url)
    region = run.params["gc_region"]
    if region is None:
        raise InvalidInput(
            option,
            "it is missing, and so is gc_region",
            "Set gc_region to the region of the organization, or both URLs",
        )
    url = region_url(region, host)
    if url is None:
        raise InvalidInput(
            "gc_region",
            "must be a region of Genesys Cloud CX",
            f"Use one of {', '.join(REGIONS)}, or set gc_login_url and gc_api_url",
        )
    return connection_of(run, name, "gc_region", url)
