# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens of Genesys Cloud CX against the sandbox: `_genesys_cloud/oauth_token.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_oauth_token
from integration.organization import Json, Org

pytestmark = pytest.mark.usefixtures("any_roles")


def test_a_token(org: Org) -> None:
    result = org.run(gc_oauth_token, {})
    assert (result["changed"], result["token_type"]) == (False, "bearer")
    assert len(result["access_token"]) == 64
    assert result["expires_at"].endswith("+00:00")
    assert [record.path for record in org.sandbox.requests()] == ["/gc-login/oauth/token"]


def test_too_many_logins_are_retried(org: Org) -> None:
    said = {"error": "invalid_request", "error_description": "rate limit exceeded"}
    org.sandbox.fault("status", "token", status=400, body=said, headers={"Retry-After": "0"})
    assert org.run(gc_oauth_token, {})["access_token"]
    org.sandbox.fault("status", "token", status=400, body=said, headers={"Retry-After": "0"}, times=None)
    assert "(code invalid_request): rate limit exceeded" in org.failure(gc_oauth_token, {})


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"gc_client_secret": "canary-wrong"}, "Check gc_client_id and gc_client_secret"),
        (
            {"gc_login_url": None, "gc_region": "moon-1"},
            "must be a region of Genesys Cloud CX. Use one of us-east-1",
        ),
        ({"gc_login_url": None}, "gc_login_url: it is missing, and so is gc_region"),
        ({"gc_client_id": None}, "gc_client_id: it is missing. Set it, or the environment variable GC_CLIENT_ID"),
        ({"gc_client_secret": " "}, "gc_client_secret: it is empty"),
    ],
)
def test_a_login_with_invalid_options_fails(org: Org, options: Json, text: str) -> None:
    assert text in org.failure(gc_oauth_token, options)


def test_invalid_answers_to_the_login(org: Org) -> None:
    org.sandbox.fault("status", "token", status=200, body={"expires_in": 5})
    assert "returned no access_token" in org.failure(gc_oauth_token, {})
    org.sandbox.fault("status", "token", status=200, body={"access_token": "canary-token", "expires_in": "soon"})
    result = org.run(gc_oauth_token, {})
    assert (result["token_type"], result["expires_at"]) == ("bearer", None)
