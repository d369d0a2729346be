# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables that only the former SMS option of a tenant uses: `filter/option_variables.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.filter.option_variables import FilterModule

UNUSED = FilterModule().filters()["option_variables"]

HOST: dict[str, Any] = {
    "ccid": "c",
    "http_options": {},
    "sender_ids": [],
    "kaleyra_url": "https://k",
    "kaleyra_password": "p",
    "custom_gateway_channels": [],
    "webhook_headers": [],
    "gc_client_id": "i",
    "gws_url": "https://g",
    "nexus_cluster_api_key": "k",
    "tollfree_numbers": [],
    "note": "by hand",
}


@pytest.mark.parametrize(
    ("former", "to", "names"),
    [
        ("kaleyra", "genesys_cloud", ["kaleyra_password", "kaleyra_url"]),
        ("custom_gateway", "kaleyra", ["custom_gateway_channels", "webhook_headers"]),
        ("genesys_cloud", "custom_gateway", ["gc_client_id", "nexus_cluster_api_key", "tollfree_numbers"]),
    ],
)
def test_variables_of_the_former_option(former: str, to: str, names: list[str]) -> None:
    assert UNUSED({"acme": HOST, "other": {}}, "acme", former, to) == names
    assert UNUSED({"acme": HOST, "other": {}}, "other", former, to) == []
