# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client for toll-free numbers: `_genesys_cloud/numbers/client.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_tollfree_number_info,
)
from integration.organization import ACME, Org


@pytest.mark.parametrize("order", [".", ".."])
def test_an_order_whose_id_is_dots_is_not_requested(org: Org, order: str) -> None:
    org.sandbox.switch(**{"orders.list_lag": 400})
    org.sandbox.fault("status", "numbers$", "POST", when="after", status=202, body={"id": order})
    assert org.buy("main", order_timeout=5)["slots"] == {"main": "18445550000"}
    paths = {(record.method, record.path.rpartition("/")[2]) for record in org.sandbox.requests()}
    assert paths == {("POST", "token"), ("GET", "available"), ("GET", "tollfreenumbers"), ("POST", "tollfreenumbers")}


def test_the_id_of_an_order_is_escaped_in_the_url(org: Org) -> None:
    org.sandbox.switch(**{"orders.list_lag": 60_000})
    body = {"id": "1?a/../../x#", "orderStatus": "Running"}
    org.sandbox.fault("status", "numbers$", "POST", when="after", status=200, body=body)
    assert org.buy("main")["failure"]["kind"] == "undecided"
    asked = {item.path.rpartition("/orders/")[2] for item in org.sandbox.requests() if "/orders/" in item.path}
    assert asked == {"1?a/../../x#"}


def test_numbers_of_an_account(org: Org) -> None:
    org.buy("main", comment="ACME")
    result = org.run(gc_tollfree_number_info, {"available": True, "vanity": "CALL", "count": 2})
    assert result["available"] == ["18440002255", "18440012255"]
    (number,) = result["tollfree_numbers"]
    assert (number["slot"], number["ccid"], number["comment"], number["status"]) == (
        "main",
        ACME.ccid,
        "ACME",
        "Assigned",
    )
    assert "vanity: it needs available=true" in org.failure(gc_tollfree_number_info, {"vanity": "CALL"})
    elsewhere = {"gc_api_url": f"{org.sandbox.url}/gc-api/elsewhere"}
    assert "that gc_api_url is the API URL of Genesys Cloud CX" in org.failure(gc_tollfree_number_info, elsewhere)
    assert "count: must be a whole number from 1 to 100, not 101" in org.failure(
        gc_tollfree_number_info, {"count": 101}
    )
    for body in ({"other": 1}, {"entities": [5]}, {"entities": [{"tollfreeNumber": "none"}]}):
        org.sandbox.fault("status", "numbers$", "GET", status=200, body=body)
        assert "sent a response that is not in a known format" in org.buy("main")["msg"]
    org.sandbox.fault("status", "available$", "GET", status=200, body={"entities": ["none"]})
    assert "not in a known format" in org.failure(gc_tollfree_number_info, {"available": True})
