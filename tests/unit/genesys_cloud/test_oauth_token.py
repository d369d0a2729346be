# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A token for a playbook's own calls: `_genesys_cloud/oauth_token.py`."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud import oauth_token
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.options import GENESYS_CLOUD
from unit.arguments import filled
from unit.doubles import Reply, Server, make_run


@pytest.mark.parametrize(("lifetime", "is_known"), [(3600, True), (None, False)])
def test_a_token_is_returned(server: Server, lifetime: int | None, is_known: bool) -> None:
    server.replies(Reply({"access_token": "token", "token_type": "Bearer", "expires_in": lifetime}))
    params = filled(GENESYS_CLOUD, gc_client_id="client", gc_client_secret="secret", gc_login_url=server.url)
    result: dict[str, Any] = oauth_token.run(make_run(params))
    expires_at = result.pop("expires_at")
    assert result == {"changed": False, "access_token": "token", "token_type": "Bearer"}
    assert server.calls == ["POST /oauth/token"]
    if is_known:
        left = datetime.fromisoformat(expires_at) - datetime.now(timezone.utc)
        assert 3590 < left.total_seconds() <= 3600
        assert "." not in expires_at
    else:
        assert expires_at is None
