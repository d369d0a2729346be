# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP options, which all modules have, and the connection that they describe."""

from __future__ import annotations

from typing import Any

from . import checks
from .errors import InvalidInput
from .http import Connection
from .task import Run
from .variables import env_fallback

HTTP: dict[str, Any] = {
    "validate_certs": {
        "type": "bool",
        "description": """
            - Whether the certificates of https servers are verified.
            - Turn it off only on a machine of your own, for a test.
        """,
        "default": True,
    },
    "ca_path": {
        "type": "path",
        "description": """
            - File with the certificates of the trusted authorities, in PEM format.
            - By default, the authorities of the C(requests) library of the machine are trusted.
        """,
    },
    "client_cert": {
        "type": "path",
        "description": "File with a client certificate in PEM format, alone or together with its key.",
    },
    "client_key": {
        "type": "path",
        "description": "File with the key of O(client_cert) in PEM format, without a passphrase.",
        "no_log": False,
    },
    "timeout": {
        "type": "float",
        "description": "Seconds to wait for a connection, and for each part of a response.",
        "default": 30.0,
    },
    "retries": {
        "type": "int",
        "description": """
            - How often a request is repeated after a transient error. 100 at most. The pauses between the requests
              grow, or are as long as the server asks for.
            - A write is repeated only if it certainly had no effect. Otherwise the module reads the state first.
        """,
        "default": 4,
    },
    "time_limit": {
        "type": "float",
        "description": """
            - Seconds that one request may take, with all its retries and pauses, however slowly the server answers.
            - Only the lookup of a host name, and a host with many addresses, can take longer.
        """,
        "default": 120.0,
    },
}

CCID: dict[str, Any] = {
    "type": "str",
    "description": "The tenant, by its contact center ID, a UUID.",
    "required": True,
    "fallback": (env_fallback, ["NEXUS_CCID"]),
}


def require(params: dict[str, Any], problem: str, *options: str) -> None:
    """Raise InvalidInput if one of these options is missing or empty.

    :arg problem: why the option is needed.
    """
    for option in options:
        if params[option] is None:
            raise InvalidInput(option, problem, f"Set it, or the environment variable {option.upper()}")
        checks.not_empty(option, params[option])


def connection_of(run: Run, name: str, option: str, url: str) -> Connection:
    """Return the connection that the options of a task describe. Warn if secrets would be sent over plain http.

    :arg name: the server's name in messages.
    :arg option: the option with the URL.
    :raises InvalidInput: the URL or one of the HTTP options is invalid.
    """
    check_http_options(run.params)
    base = checks.http_url(option, url)
    run.secrets.add_address(base)
    if checks.is_plain_http(base):
        run.warn(f"{option} is {base}: secrets are sent over plain http. Use https if others can read network traffic.")
    # The HTTP options have the same names as the fields of Connection.
    return Connection(name=name, option=option, url=base, **{key: run.params[key] for key in HTTP})


def check_http_options(params: dict[str, Any]) -> None:
    """Raise InvalidInput if one of the HTTP options is invalid."""
    for limit in ("timeout", "time_limit", "retries"):
        checks.in_range(limit, params[limit])
    if params["client_key"] and not params["client_cert"]:
        raise InvalidInput(
            "client_cert",
            "it is missing, but client_key is set",
            "Set both. If one file contains both, set only client_cert",
        )
    for option_of_file in ("ca_path", "client_cert", "client_key"):
        checks.no_content(option_of_file, params[option_of_file])
