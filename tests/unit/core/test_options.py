# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP options and the connection that they describe: `_core/options.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.options import HTTP, connection_of, require
from unit.arguments import filled, wrong
from unit.doubles import make_run

URL = "https://digital.example.com/prefix"


def connection(url: str = URL, **given: Any) -> Connection:
    return connection_of(make_run(filled(HTTP, **given)), "Nexus", "nexus_url", url)


def test_the_defaults_describe_a_connection() -> None:
    assert connection() == Connection("Nexus", "nexus_url", URL, True, None, None, None, 30.0, 4, 120.0)


def test_each_option_reaches_the_connection() -> None:
    given: dict[str, Any] = {
        "validate_certs": False,
        "ca_path": "/ca.pem",
        "client_cert": "/cert.pem",
        "client_key": "/key.pem",
        "timeout": 1.5,
        "retries": 0,
        "time_limit": 9.0,
    }
    assert connection(**given) == Connection("Nexus", "nexus_url", URL, **given)
    assert set(given) == set(HTTP)


def test_the_url_is_checked_and_loses_its_last_slash() -> None:
    assert connection(f"{URL}/").url == URL
    assert wrong(connection, "ftp://digital.example.com") == "nexus_url"


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"timeout": 0.0}, "timeout"),
        ({"time_limit": 0.0}, "time_limit"),
        ({"retries": -1}, "retries"),
        ({"retries": 101}, "retries"),
        ({"client_key": "/key.pem"}, "client_cert"),
        ({"ca_path": "-----BEGIN CERTIFICATE-----\nx"}, "ca_path"),
        ({"client_cert": "-----BEGIN CERTIFICATE-----\nx"}, "client_cert"),
        ({"client_cert": "/cert.pem", "client_key": "-----BEGIN KEY-----\nx"}, "client_key"),
    ],
)
def test_an_invalid_http_option_is_named(given: dict[str, Any], parameter: str) -> None:
    assert wrong(connection, **given) == parameter


def test_a_certificate_needs_no_key_of_its_own() -> None:
    assert connection(client_cert="/both.pem").client_key is None


@pytest.mark.parametrize(("url", "warnings"), [(URL, 0), ("http://digital.example.com", 1), ("http://127.0.0.1:1", 0)])
def test_plain_http_to_another_machine_is_a_warning(url: str, warnings: int) -> None:
    run = make_run(filled(HTTP))
    connection_of(run, "Nexus", "nexus_url", url)
    assert [sentence.startswith(f"nexus_url is {url}") for sentence in run.warnings] == [True] * warnings


def test_the_address_is_shown_even_if_it_contains_a_secret() -> None:
    run = make_run(filled(HTTP))
    run.secrets.add("digital")
    assert "digital" not in run.secrets.scrub(f"at {URL}")
    connection_of(run, "Nexus", "nexus_url", URL)
    assert run.secrets.scrub(f"at {URL}") == f"at {URL}"


def test_required_options_must_be_set_and_not_empty() -> None:
    require({"a": "x", "b": None}, "it is required", "a")
    assert wrong(require, {"a": "x", "b": None}, "it is required", "a", "b") == "b"
    assert wrong(require, {"a": " "}, "it is required", "a") == "a"
    with pytest.raises(Exception, match=r"gws_url: it is required.*GWS_URL"):
        require({"gws_url": None}, "it is required", "gws_url")
