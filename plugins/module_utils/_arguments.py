# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that several modules share, and the clients that are made from them.

Each dictionary here has its text in a documentation fragment of the same name; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.api_keys import ApiKeysClient
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.cloud import Cloud, CloudAuthentication
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.cloud_access import CloudAccess
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.cloud_numbers import CloudNumbers
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.configuration import Configuration
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.gax import GaxConfiguration
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.gax import Login as GaxLogin
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.gws import (
    GwsAuthentication,
    GwsConfiguration,
    Login,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.messaging import MessagingClient
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.nexus import ServicesClient
from ansible_collections.cxops.genesys_sms.plugins.module_utils._environment import REGIONS, region_url
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._http import Connection
from ansible_collections.cxops.genesys_sms.plugins.module_utils._secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._task import CLIENTS, Run

HTTP: dict[str, Any] = {
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "timeout": {"type": "float", "default": 30.0},
    "retries": {"type": "int", "default": 4},
    "time_limit": {"type": "float", "default": 120.0},
}

CCID: dict[str, Any] = {"type": "str", "required": True, "fallback": (env_fallback, ["NEXUS_CCID"])}

_NEXUS: dict[str, Any] = {
    "nexus_url": {"type": "str", "required": True, "fallback": (env_fallback, ["NEXUS_URL"])},
    "ccid": CCID,
}

DIGITAL_CHANNELS: dict[str, Any] = {
    **_NEXUS,
    "api_key": {
        "type": "str",
        "required": True,
        "no_log": True,
        "aliases": ["nexus_api_key"],
        "fallback": (env_fallback, ["NEXUS_API_KEY"]),
    },
    **HTTP,
}

MESSAGING: dict[str, Any] = {**_NEXUS, **HTTP}

_GWS: dict[str, Any] = {
    "gws_url": {"type": "str", "fallback": (env_fallback, ["GWS_URL"])},
    "gws_auth_url": {"type": "str", "fallback": (env_fallback, ["GWS_AUTH_URL"])},
    "gws_client_id": {"type": "str", "fallback": (env_fallback, ["GWS_CLIENT_ID"])},
    "gws_client_secret": {"type": "str", "no_log": True, "fallback": (env_fallback, ["GWS_CLIENT_SECRET"])},
    "gws_username": {"type": "str", "fallback": (env_fallback, ["GWS_USERNAME"])},
    "gws_password": {"type": "str", "no_log": True, "fallback": (env_fallback, ["GWS_PASSWORD"])},
    "gws_api_key": {"type": "str", "no_log": True, "fallback": (env_fallback, ["GWS_API_KEY"])},
}

API_KEYS: dict[str, Any] = {"nexus_url": _NEXUS["nexus_url"], **_GWS, **HTTP}

GENESYS_CLOUD: dict[str, Any] = {
    "gc_region": {"type": "str", "aliases": ["region"], "fallback": (env_fallback, ["GENESYSCLOUD_REGION"])},
    "gc_login_url": {"type": "str", "fallback": (env_fallback, ["GC_LOGIN_URL"])},
    "gc_api_url": {"type": "str", "fallback": (env_fallback, ["GC_API_URL"])},
    "gc_client_id": {"type": "str", "fallback": (env_fallback, ["GC_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"])},
    "gc_client_secret": {
        "type": "str",
        "no_log": True,
        "fallback": (env_fallback, ["GC_CLIENT_SECRET", "GENESYSCLOUD_OAUTHCLIENT_SECRET"]),
    },
    "gc_access_token": {
        "type": "str",
        "no_log": True,
        "fallback": (env_fallback, ["GENESYSCLOUD_ACCESS_TOKEN"]),
    },
    **HTTP,
}

CONFIGURATION: dict[str, Any] = {
    "configuration": {"type": "str", "choices": ["gws", "gax"], "default": "gws"},
    # Without the environment's: a login that the task names is not judged by a tenant that it does not.
    "ccid": {"type": "str"},
    **_GWS,
    "ready_timeout": {"type": "float", "default": 600.0},
    "gax_url": {"type": "str", "fallback": (env_fallback, ["GAX_URL"])},
    "gax_username": {"type": "str", "fallback": (env_fallback, ["GAX_USERNAME"])},
    "gax_password": {"type": "str", "no_log": True, "fallback": (env_fallback, ["GAX_PASSWORD"])},
    **HTTP,
}


def services_client(run: Run) -> ServicesClient:
    """Return the client for the services of the task's tenant."""
    params = run.params
    ccid = _checks.uuid("ccid", params["ccid"])
    api_key = _checks.header_value("api_key", params["api_key"])
    connection = _connection(run, "Digital Channels", "nexus_url", params["nexus_url"])
    client: ServicesClient = CLIENTS.get(
        (connection, api_key, ccid), lambda secrets: ServicesClient(connection, api_key, ccid, secrets), run
    )
    return client


def messaging_client(run: Run) -> MessagingClient:
    """Return the client for what a third-party service calls, for the task's tenant."""
    ccid = _checks.uuid("ccid", run.params["ccid"])
    connection = _connection(run, "Digital Channels", "nexus_url", run.params["nexus_url"])
    client: MessagingClient = CLIENTS.get(
        (MessagingClient, connection, ccid), lambda secrets: MessagingClient(connection, ccid, secrets), run
    )
    return client


def configuration_client(run: Run) -> Configuration:
    """Return the client for the configuration of the task's tenant, over GWS or GAX as the task says."""
    return _gax_client(run) if run.params["configuration"] == "gax" else _gws_client(run)


def api_keys_client(run: Run) -> ApiKeysClient:
    """Return the client for the API keys of an installation."""
    params = run.params
    url = "gws_auth_url" if params["gws_auth_url"] else "gws_url"
    _need(params, "it is not set", url, "gws_client_id", "gws_client_secret")
    login = _login(params)
    auth = _gws_auth_connection(run)
    nexus = _connection(run, "Digital Channels", "nexus_url", params["nexus_url"])

    def make(secrets: Secrets) -> ApiKeysClient:
        return ApiKeysClient(GwsAuthentication(auth, login, secrets), nexus, secrets)

    client: ApiKeysClient = CLIENTS.get((ApiKeysClient, auth, nexus, login), make, run)
    return client


def cloud_authentication(run: Run) -> CloudAuthentication:
    """Return what gets tokens of Genesys Cloud CX."""
    key, make = _cloud_authentication(run)
    client: CloudAuthentication = CLIENTS.get(key, make, run)
    return client


def numbers_client(run: Run) -> CloudNumbers:
    """Return the client for the toll-free numbers of an account."""
    client: CloudNumbers = _cloud_client(run, lambda cloud, secrets: CloudNumbers(cloud))
    return client


def access_client(run: Run) -> CloudAccess:
    """Return the client for roles, grants and OAuth clients of an organization."""
    client: CloudAccess = _cloud_client(run, CloudAccess)
    return client


def cloud_client_id(run: Run) -> str | None:
    """Return the OAuth client that a task logs in as; None where a token is given, which may be anybody's."""
    return None if _takes_token(run) else str(run.params["gc_client_id"] or "").strip() or None


def _takes_token(run: Run) -> bool:
    """Tell whether calls are made with a token that is given."""
    # What the task says goes before what the environment says.
    params = run.params
    return run.given.get("gc_access_token") is not None or (
        params["gc_access_token"] is not None and params["gc_client_id"] is None
    )


def _cloud_client(run: Run, wrap: Callable[[Cloud, Secrets], Any]) -> Any:
    """Return a client that calls with the token that was given, or with one of the OAuth client that was."""
    params = run.params
    api = _cloud_connection(run, "gc_api_url", "api", "Genesys Cloud CX")
    if all(run.given.get(name) is not None for name in ("gc_access_token", "gc_client_id")):
        raise InvalidInput("gc_access_token", "gc_client_id is set too", "Set one of them")
    if _takes_token(run):
        token = _checks.header_value("gc_access_token", params["gc_access_token"])
        return CLIENTS.get((api, token), lambda secrets: wrap(Cloud(api, token, secrets), secrets), run)
    key, make = _cloud_authentication(run)
    return CLIENTS.get((api, *key), lambda secrets: wrap(Cloud(api, make(secrets), secrets), secrets), run)


def _cloud_authentication(run: Run) -> tuple[tuple[Any, ...], Callable[[Secrets], CloudAuthentication]]:
    """Return what tells one way to log in from another, and what makes it."""
    _need(run.params, "it is not set", "gc_client_id", "gc_client_secret")
    login = _cloud_connection(run, "gc_login_url", "login", "the login of Genesys Cloud CX")
    client_id, secret = run.params["gc_client_id"].strip(), run.params["gc_client_secret"]
    return (login, client_id, secret), lambda secrets: CloudAuthentication(login, client_id, secret, secrets)


def _cloud_connection(run: Run, option: str, host: str, name: str) -> Connection:
    """Return how to reach Genesys Cloud CX: by the URL, or else by the region."""
    url = run.params[option]
    if url is not None:
        return _connection(run, name, option, url)
    region = run.params["gc_region"]
    if region is None:
        raise InvalidInput(
            option,
            "it is not set, and neither is gc_region",
            "Set gc_region to the region of the organization, or both URLs",
        )
    url = region_url(region, host)
    if url is None:
        raise InvalidInput(
            "gc_region",
            "it is not a region of Genesys Cloud CX",
            f"Use one of {', '.join(REGIONS)}, or set gc_login_url and gc_api_url",
        )
    return _connection(run, name, "gc_region", url)


def _gws_auth_connection(run: Run) -> Connection:
    option = "gws_auth_url" if run.params["gws_auth_url"] else "gws_url"
    return _connection(run, "the authentication of Genesys Web Services", option, run.params[option])


def _gws_client(run: Run) -> Configuration:
    params = run.params
    _need(params, "it is not set, and configuration is gws", "gws_url", "gws_client_id", "gws_client_secret")
    login = _login(params)
    auth = _gws_auth_connection(run)
    gws = _connection(run, "Genesys Web Services", "gws_url", params["gws_url"])
    ready_timeout = params["ready_timeout"]
    _checks.in_range("ready_timeout", ready_timeout)

    def make(secrets: Secrets) -> Configuration:
        return GwsConfiguration(
            GwsAuthentication(auth, login, secrets),
            gws,
            secrets,
            ready_timeout=ready_timeout,
            progress=run.progress,
        )

    client: Configuration = CLIENTS.get((auth, gws, login, ready_timeout), make, run)
    return client


def _gax_client(run: Run) -> Configuration:
    params = run.params
    _need(params, "it is not set, and configuration is gax", "gax_url", "gax_username", "gax_password")
    login = GaxLogin(params["gax_username"], params["gax_password"])
    gax = _connection(run, "GAX", "gax_url", params["gax_url"])
    client: Configuration = CLIENTS.get((gax, login), lambda secrets: GaxConfiguration(gax, login, secrets), run)
    return client


def _need(params: dict[str, Any], problem: str, *options: str) -> None:
    """Raise InvalidInput where an option is missing that is needed the way the others are set."""
    for option in options:
        if params[option] is None:
            raise InvalidInput(option, problem, f"Set it, or the environment variable {option.upper()}")
        _checks.not_empty(option, params[option])


def _login(params: dict[str, Any]) -> Login:
    for option in ("gws_username", "gws_password"):
        if params[option] is not None:
            _checks.not_empty(option, params[option])
    if (params["gws_username"] is None) != (params["gws_password"] is None):
        given, missing = (
            ("gws_username", "gws_password") if params["gws_password"] is None else ("gws_password", "gws_username")
        )
        raise InvalidInput(
            missing, f"{given} is set without it", "Set both, or neither to log in as the API client alone"
        )
    key = params["gws_api_key"]
    return Login(
        params["gws_client_id"],
        params["gws_client_secret"],
        params["gws_username"],
        params["gws_password"],
        None if key is None else _checks.header_value("gws_api_key", key),
    )


def _connection(run: Run, name: str, option: str, url: str) -> Connection:
    params = run.params
    for limit in ("timeout", "time_limit", "retries"):
        _checks.in_range(limit, params[limit])
    if params["client_key"] and not params["client_cert"]:
        raise InvalidInput(
            "client_cert", "client_key is set without it", "Set both, or client_cert alone for a file that holds both"
        )
    for option_of_file in ("ca_path", "client_cert", "client_key"):
        _checks.no_content(option_of_file, params[option_of_file])
    base = _checks.http_url(option, url)
    run.secrets.add_address(base)
    if _checks.is_plain_http(base):
        run.warn(f"{option} is {base}: secrets travel over plain http. Use https where anyone else is on the network.")
    return Connection(
        name,
        option,
        base,
        params["validate_certs"],
        params["ca_path"],
        params["client_cert"],
        params["client_key"],
        params["timeout"],
        params["retries"],
        params["time_limit"],
    )
