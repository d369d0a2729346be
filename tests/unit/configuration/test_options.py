# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of a tenant's configuration, and its client: `_configuration/options.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.gax_client import GaxConfiguration
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.gws_client import GwsConfiguration
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.options import (
    CONFIGURATION,
    configuration_client,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from unit.arguments import filled, wrong
from unit.doubles import make_run

GWS: dict[str, Any] = {"gws_url": "https://gws", "gws_client_id": "client", "gws_client_secret": "secret"}
GAX: dict[str, Any] = {
    "configuration": "gax",
    "gax_url": "https://gax",
    "gax_username": "user",
    "gax_password": "password",
}


def run_of(**given: Any) -> Run:
    return make_run(filled(CONFIGURATION, **given))


@pytest.mark.parametrize(
    ("given", "kind"), [(GWS, GwsConfiguration), (GAX, GaxConfiguration), ({**GWS, **GAX}, GaxConfiguration)]
)
def test_the_option_decides_which_client_is_made(given: dict[str, Any], kind: type) -> None:
    run = run_of(**given)
    client = configuration_client(run)
    assert isinstance(client, kind)
    assert configuration_client(run) is client
    client.close()


@pytest.mark.parametrize(
    ("given", "option", "value"),
    [
        (GWS, "gws_url", "https://another"),
        (GWS, "gws_auth_url", "https://another"),
        (GWS, "gws_client_secret", "another"),
        (GWS, "ready_timeout", 5.0),
        (GAX, "gax_url", "https://another"),
        (GAX, "gax_password", "another"),
        (GAX, "timeout", 5.0),
    ],
)
def test_other_options_make_another_client(given: dict[str, Any], option: str, value: Any) -> None:
    run = run_of(**given)
    first = configuration_client(run)
    run.params[option] = value
    assert configuration_client(run) is not first


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({**GWS, "gws_url": None}, "gws_url"),
        ({**GWS, "gws_client_id": None}, "gws_client_id"),
        ({**GWS, "gws_client_secret": " "}, "gws_client_secret"),
        ({**GWS, "gws_url": "gws"}, "gws_url"),
        ({**GWS, "gws_auth_url": "gws"}, "gws_auth_url"),
        ({**GWS, "gws_username": "user"}, "gws_password"),
        ({**GWS, "ready_timeout": -1.0}, "ready_timeout"),
        ({**GAX, "gax_url": None}, "gax_url"),
        ({**GAX, "gax_username": ""}, "gax_username"),
        ({**GAX, "gax_password": None}, "gax_password"),
        ({**GAX, "gax_url": "gax"}, "gax_url"),
    ],
)
def test_an_option_that_is_wrong_is_named(given: dict[str, Any], parameter: str) -> None:
    assert wrong(configuration_client, run_of(**given)) == parameter
