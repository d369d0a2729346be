# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the hosts of webhooks and gateways accept connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from .._core import checks
from .._core.http import Connection
from .._core.options import HTTP, check_http_options
from .._core.reachability import Reach, port_of, reach
from .._core.task import Run
from .channel_rules import CHANNEL

OPTIONS: dict[str, Any] = {
    "urls": {
        "type": "list",
        "description": "URLs. Only their scheme, host and port matter.",
        "elements": "str",
        "default": [],
    },
    "channels": {
        "type": "list",
        "description": """
            - Channels, as for M(cxops.genesys_sms.nexus_channels). The module checks the hosts of
              O(channels[].webhook_url). It does not use the secrets.
            - Channels with the state V(absent) are skipped.
        """,
        "elements": "dict",
        "options": CHANNEL,
        "default": [],
    },
}
"""The options of nexus_webhook_hosts_info."""


def run(task: Run, reached: Callable[[Connection], Reach] = reach) -> dict[str, Any]:
    """Run nexus_webhook_hosts_info."""
    params = task.params
    check_http_options(params)
    # Each host once, in the order of the options. All URLs are checked before the first connection.
    places: dict[tuple[str, int, bool], str] = {}
    for parameter, url in _urls(params):
        checked = checks.http_url(parameter, url, base=False)
        parts = urlsplit(checked)
        task.secrets.add_address(checked)
        places.setdefault((parts.hostname or "", port_of(checked), parts.scheme == "https"), checked)
    hosts = []
    for (host, port, tls), url in places.items():
        found = reached(Connection("the host", "urls", url, **{key: params[key] for key in HTTP}))
        hosts.append(
            {"host": host, "port": port, "tls": tls, "reachable": found.is_reachable, "problem": found.problem}
        )
    return {"changed": False, "hosts": hosts}


def _urls(params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each URL and where the user wrote it. Empty ones are left out."""
    for number, url in enumerate(params["urls"] or []):
        if url:
            yield f"urls[{number}]", url
    for number, channel in enumerate(params["channels"] or []):
        if channel["webhook_url"] and channel["state"] != "absent":
            yield f"channels[{number}].webhook_url", channel["webhook_url"]
