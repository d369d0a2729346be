# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of every module that talks HTTP, and the connection that they describe."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import env_fallback

from . import checks
from .errors import InvalidInput
from .http import Connection
from .task import Run

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
            - File with the certificates of the authorities to trust, in PEM format.
            - Left out, the authorities of the machine's C(requests) library count.
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
        "description": "Seconds to wait for a connection, and for each part of an answer.",
        "default": 30.0,
    },
    "retries": {
        "type": "int",
        "description": """
            - How often a request is repeated after a transient fault, with growing pauses or after the
              pause that the server asks for. 100 at most.
            - A write is repeated only where it surely had no effect. Otherwise the module looks at the
              server first.
        """,
        "default": 4,
    },
    "time_limit": {
        "type": "float",
        "description": """
            - Seconds that one request may take, all repetitions and pauses included, however slowly the
              server answers.
            - Only the look-up of a host name, and a host with many addresses, can take longer.
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
    """Raise InvalidInput where an option is missing that is needed the way the others are set."""
    for option in options:
        if params[option] is None:
            raise InvalidInput(option, problem, f"Set it, or the environment variable {option.upper()}")
        checks.not_empty(option, params[option])


def connection_of(run: Run, name: str, option: str, url: str) -> Connection:
    """Return how to reach a server by the HTTP options of a task. Warn if secrets would travel over plain http.

    :arg name: what the server is called in messages.
    :arg option: the option that the URL came from.
    :raises InvalidInput: the URL or one of the HTTP options can't be used.
    """
    params = run.params
    for limit in ("timeout", "time_limit", "retries"):
        checks.in_range(limit, params[limit])
    if params["client_key"] and not params["client_cert"]:
        raise InvalidInput(
            "client_cert", "client_key is set without it", "Set both, or client_cert alone for a file that holds both"
        )
    for option_of_file in ("ca_path", "client_cert", "client_key"):
        checks.no_content(option_of_file, params[option_of_file])
    base = checks.http_url(option, url)
    run.secrets.add_address(base)
    if checks.is_plain_http(base):
        run.warn(f"{option} is {base}: secrets travel over plain http. Use https where anyone else is on the network.")
    # An HTTP option is called as the field of a connection.
    return Connection(name=name, option=option, url=base, **{key: params[key] for key in HTTP})
