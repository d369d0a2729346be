# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the login to Genesys Web Services: `_gws/options.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.options import HTTP
from ansible_collections.cxops.genesys_sms.plugins.module_utils._gws.authentication import Login
from ansible_collections.cxops.genesys_sms.plugins.module_utils._gws.options import GWS, auth_connection, login_of
from unit.arguments import filled, wrong
from unit.doubles import make_run

CLIENT = {"gws_client_id": "client", "gws_client_secret": "secret"}


@pytest.mark.parametrize(
    ("given", "option", "url"),
    [
        ({"gws_url": "https://gws"}, "gws_url", "https://gws"),
        ({"gws_url": "https://gws", "gws_auth_url": "https://auth/"}, "gws_auth_url", "https://auth"),
        ({"gws_url": "https://gws", "gws_auth_url": ""}, "gws_url", "https://gws"),
    ],
)
def test_gws_auth_url_replaces_gws_url_for_the_login(given: dict[str, str], option: str, url: str) -> None:
    connection = auth_connection(make_run(filled({**GWS, **HTTP}, **given)))
    assert (connection.option, connection.url) == (option, url)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Login("client", "secret")),
        ({"gws_username": "a\\b", "gws_password": "p"}, Login("client", "secret", "a\\b", "p")),
        ({"gws_api_key": "key"}, Login("client", "secret", api_key="key")),
    ],
)
def test_the_credentials(given: dict[str, str], expected: Login) -> None:
    assert login_of(filled(GWS, **CLIENT, **given)) == expected


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"gws_username": "a"}, "gws_password"),
        ({"gws_password": "p"}, "gws_username"),
        ({"gws_username": " ", "gws_password": "p"}, "gws_username"),
        ({"gws_username": "a", "gws_password": ""}, "gws_password"),
        ({"gws_api_key": "a\nb"}, "gws_api_key"),
    ],
)
def test_credentials_that_are_not_complete_are_refused(given: dict[str, Any], parameter: str) -> None:
    assert wrong(login_of, filled(GWS, **CLIENT, **given)) == parameter
