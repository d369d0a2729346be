# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls for numbers and orders, against a server: `_genesys_cloud/numbers/client.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import Unclear, Unreadable
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.cloud_client import Cloud
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.client import (
    CloudNumbers,
    Order,
    TollfreeNumber,
)
from unit.doubles import Reply, Server, cut

N0, N1 = "18445550000", "18445550001"
PATH = "/api/v2/messaging/sms/provisioning"


@pytest.fixture
def numbers(server: Server) -> CloudNumbers:
    connection = Connection("Genesys Cloud CX", "gc_api_url", server.url, retries=1)
    return CloudNumbers(Cloud(connection, "token", Secrets()))


def test_numbers_are_listed_in_order(server: Server, numbers: CloudNumbers) -> None:
    full = {
        "tollfreeNumber": f"+{N1}",
        "comment": "ACME",
        "moUrl": "https://mo",
        "drUrl": "https://dr",
        "webhookUsername": "user",
        "emailAddress": "a@b.c",
        "status": "Assigned",
    }
    server.replies(Reply({"entities": [full, {"tollfreeNumber": N0, "comment": None}]}))
    assert numbers.purchased() == [
        TollfreeNumber(N0, {"comment": "", "mo_url": "", "dr_url": "", "webhook_username": ""}),
        TollfreeNumber(
            N1,
            {"comment": "ACME", "mo_url": "https://mo", "dr_url": "https://dr", "webhook_username": "user"},
            "a@b.c",
            "Assigned",
        ),
    ]
    assert server.calls == [f"GET {PATH}/tollfreenumbers"]


@pytest.mark.parametrize("entity", [{}, {"tollfreeNumber": None}, {"tollfreeNumber": "none"}])
def test_a_number_that_is_none_is_unreadable(server: Server, numbers: CloudNumbers, entity: Any) -> None:
    server.replies(Reply({"entities": [entity]}))
    with pytest.raises(Unreadable):
        numbers.purchased()


def test_offers_are_asked_for(server: Server, numbers: CloudNumbers) -> None:
    server.replies(Reply({"entities": [f"+{N0}", int(N1)]}))
    assert numbers.available(7) == [N0, N1]
    assert numbers.available(8, "CALL") == [N0, N1]
    assert [seen.query for seen in server.seen] == [
        {"numberOfResults": "7"},
        {"numberOfResults": "8", "vanity": "CALL"},
    ]
    server.replies(Reply({"entities": [N0, "none"]}))
    with pytest.raises(Unreadable):
        numbers.available(7)


def test_reads_are_repeated(server: Server, numbers: CloudNumbers) -> None:
    for read in (numbers.purchased, lambda: numbers.available(1), lambda: numbers.read_order("1")):
        server.replies(cut, Reply({}))
        read()


@pytest.mark.parametrize(("port_in", "path"), [(False, "/tollfreenumbers"), (True, "/tollfreenumbers/portin")])
def test_an_order_is_sent_once(server: Server, numbers: CloudNumbers, port_in: bool, path: str) -> None:
    request = {"tollfreeNumber": N0, "comment": "ACME"}
    server.replies(Reply({"id": 5, "orderStatus": "Running"}, 202))
    assert numbers.order(request, port_in=port_in) == Order("5", "Running")
    assert (server.calls, server.seen[0].json()) == ([f"POST {PATH}{path}"], [request])
    # What a proxy says does not prove that nothing was bought.
    for fault in (cut, Reply("", 302)):
        server.replies(fault)
        with pytest.raises(Unclear):
            numbers.order(request, port_in=port_in)
    assert len(server.seen) == 3


def test_an_order_is_a_purchase_unless_told_otherwise(server: Server, numbers: CloudNumbers) -> None:
    server.replies(Reply([]))
    assert numbers.order({"tollfreeNumber": N0}) == Order(None, None)
    assert server.calls == [f"POST {PATH}/tollfreenumbers"]


def test_orders_are_read_by_their_id(server: Server, numbers: CloudNumbers) -> None:
    server.replies(Reply({"id": "1/2", "orderStatus": None}))
    assert numbers.read_order("1/2") == Order("1/2", None)
    assert numbers.read_order("..") == Order("..", None)
    assert len(server.seen) == 1


def test_numbers_are_changed_and_released(server: Server, numbers: CloudNumbers) -> None:
    numbers.change(N0, {"comment": "ACME"})
    numbers.release(N0)
    assert server.calls == [f"PATCH {PATH}/tollfreenumbers/{N0}", f"DELETE {PATH}/tollfreenumbers/{N0}"]
    assert server.seen[0].json() == {"comment": "ACME"}


def test_connections_are_closed(numbers: CloudNumbers, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    monkeypatch.setattr(Cloud, "close", lambda _self: closed.append(True))
    numbers.close()
    assert closed == [True]
