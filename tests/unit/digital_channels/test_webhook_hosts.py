# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of webhooks, each once: `_digital_channels/webhook_hosts.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.options import HTTP
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.reachability import Reach
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels import webhook_hosts
from unit.arguments import filled, wrong
from unit.doubles import make_run

GATEWAY = "https://gateway.example.com/hook?token=canary"


def task(**options: Any) -> Run:
    channels = [{"state": None, "webhook_url": None, **channel} for channel in options.pop("channels", [])]
    return make_run(filled({**HTTP, **webhook_hosts.OPTIONS}, channels=channels, **options))


def run(task: Run, **answers: Reach) -> tuple[list[dict[str, Any]], list[Connection]]:
    """Return the hosts of the result, and the connections that were tried."""
    tried: list[Connection] = []

    def reached(connection: Connection) -> Reach:
        tried.append(connection)
        return next((reach for name, reach in answers.items() if name in connection.url), Reach(True))

    result = webhook_hosts.run(task, reached)
    assert result["changed"] is False
    return result["hosts"], tried


def test_each_host_is_tried_once_in_the_order_of_the_options() -> None:
    urls = ["http://first.example.com", "https://GATEWAY.example.com:443", ""]
    channels = [{"webhook_url": GATEWAY}, {"webhook_url": "https://gateway.example.com:8443"}, {"webhook_url": None}]
    hosts, tried = run(task(urls=urls, channels=channels))
    places = [(host["host"], host["port"], host["tls"]) for host in hosts]
    assert places == [
        ("first.example.com", 80, False),
        ("gateway.example.com", 443, True),
        ("gateway.example.com", 8443, True),
    ]
    assert len(tried) == 3


def test_the_result_of_each_host() -> None:
    urls = ["https://down.example.com", "https://hidden.example.com", "https://up.example.com"]
    hosts, _tried = run(task(urls=urls), down=Reach(False, "it refused"), hidden=Reach(None, "a proxy"))
    assert [(host["reachable"], host["problem"]) for host in hosts] == [
        (False, "it refused"), (None, "a proxy"), (True, None),
    ]  # fmt: skip


def test_a_channel_that_should_not_exist_is_skipped() -> None:
    assert run(task(channels=[{"webhook_url": GATEWAY, "state": "absent"}])) == ([], [])


def test_the_http_options_reach_the_connection() -> None:
    _hosts, tried = run(task(urls=[GATEWAY], timeout=3.0, retries=0, ca_path="/ca.pem"))
    assert (tried[0].timeout, tried[0].retries, tried[0].ca_path) == (3.0, 0, "/ca.pem")


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"urls": [GATEWAY, "ftp://gateway.example.com"]}, "urls[1]"),
        ({"channels": [{"webhook_url": "https://a b"}]}, "channels[0].webhook_url"),
        ({"urls": [GATEWAY], "timeout": -1.0}, "timeout"),
        ({"urls": [GATEWAY], "client_key": "/key.pem"}, "client_cert"),
    ],
)
def test_an_invalid_option_is_refused_before_the_first_connection(options: dict[str, Any], parameter: str) -> None:
    def reached(connection: Connection) -> Reach:
        return pytest.fail(f"It connected to {connection.url}.")

    assert wrong(webhook_hosts.run, task(**options), reached) == parameter


def test_nothing_to_check() -> None:
    assert run(task()) == ([], [])
