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
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "timeout": {"type": "float", "default": 30.0},
    "retries": {"type": "int", "default": 4},
    "time_limit": {"type": "float", "default": 120.0},
}

CCID: dict[str, Any] = {"type": "str", "required": True, "fallback": (env_fallback, ["NEXUS_CCID"])}


def require(params: dict[str, Any], problem: str, *options: str) -> None:
    """Raise InvalidInput where an option is missing that is needed the way the others are set."""
    for option in options:
        if params[option] is None:
            raise InvalidInput(option, problem, f"Set it, or the environment variable {option.upper()}")
        checks.not_empty(option, params[option])


def connection_of(run: Run, name: str, option: str, url: str) -> Connection:
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
    return Connection(
        name=name,
        option=option,
        url=base,
        validate_certs=params["validate_certs"],
        ca_path=params["ca_path"],
        client_cert=params["client_cert"],
        client_key=params["client_key"],
        timeout=params["timeout"],
        retries=params["retries"],
        time_limit=params["time_limit"],
    )
