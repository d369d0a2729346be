# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How tasks reach Genesys Cloud CX, against the sandbox: `_genesys_cloud/options.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_oauth_token, gc_tollfree_number_info
from integration.organization import Org

pytestmark = pytest.mark.usefixtures("any_roles")


def test_gc_access_token_replaces_the_login(org: Org) -> None:
    token = org.run(gc_oauth_token, {**org.integration})["access_token"]
    result = org.run(gc_tollfree_number_info, {"gc_access_token": token}, logs_in=False)
    assert result["tollfree_numbers"] == []
    assert len(org.sandbox.requests()) == 1
    assert "gc_client_id is set too. Set only one of them" in org.failure(
        gc_tollfree_number_info, {"gc_access_token": token}
    )
    org.sandbox.expire_tokens()
    text = org.failure(gc_tollfree_number_info, {"gc_access_token": token}, logs_in=False)
    assert "Check gc_access_token, and that the token has not expired" in text
    assert token not in text


def test_gc_region_replaces_the_urls(org: Org) -> None:
    for region in ("eu-central-1", "mypurecloud.de"):
        asked = {"gc_region": region, "gc_login_url": None, "gc_api_url": None, "time_limit": 0.001, "retries": 0}
        text = org.failure(gc_tollfree_number_info, {**asked, "timeout": 0.001})
        assert "https://login.mypurecloud.de/oauth/token" in text
    assert org.sandbox.requests() == []
