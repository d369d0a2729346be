# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environment variables in place of variables of an inventory: `_tenant/environment.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.environment import (
    environment_source,
    from_environment,
)


@pytest.mark.parametrize(
    ("name", "environment", "source", "value"),
    [
        ("nexus_url", {"NEXUS_URL": "https://n"}, "NEXUS_URL", "https://n"),
        ("nexus_url", {"NEXUS_URL": ""}, None, None),
        ("nexus_url", {"GWS_URL": "x"}, None, None),
        ("unknown", {"UNKNOWN": "x"}, None, None),
        ("gc_client_id", {"GENESYSCLOUD_OAUTHCLIENT_ID": "b"}, "GENESYSCLOUD_OAUTHCLIENT_ID", "b"),
        ("gc_client_id", {"GC_CLIENT_ID": "a", "GENESYSCLOUD_OAUTHCLIENT_ID": "b"}, "GC_CLIENT_ID", "a"),
        ("gc_client_id", {"GC_CLIENT_ID": "", "GENESYSCLOUD_OAUTHCLIENT_ID": "b"}, "GENESYSCLOUD_OAUTHCLIENT_ID", "b"),
        ("gc_region", {"GENESYSCLOUD_REGION": "moon-1"}, "GENESYSCLOUD_REGION", "moon-1"),
        (
            "gc_login_url",
            {"GENESYSCLOUD_REGION": "eu-central-1"},
            "GENESYSCLOUD_REGION",
            "https://login.mypurecloud.de",
        ),
        ("gc_api_url", {"GENESYSCLOUD_REGION": "eu-central-1"}, "GENESYSCLOUD_REGION", "https://api.mypurecloud.de"),
        ("gc_api_url", {"GENESYSCLOUD_REGION": "moon-1"}, "GENESYSCLOUD_REGION", None),
        ("gc_api_url", {"GC_API_URL": "https://a", "GENESYSCLOUD_REGION": "eu-central-1"}, "GC_API_URL", "https://a"),
        ("gc_client_id", {"GENESYSCLOUD_REGION": "eu-central-1"}, None, None),
        ("gc_login_url", {}, None, None),
    ],
)
def test_a_variable_may_come_from_the_environment(
    name: str, environment: dict[str, str], source: str | None, value: str | None
) -> None:
    assert environment_source(name, environment) == source
    assert from_environment(name, environment) == value
