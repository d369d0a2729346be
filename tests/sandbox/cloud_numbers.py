# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Genesys Cloud CX: toll-free numbers, orders, and the number of paid purchases (section 6 of the contract)."""

from __future__ import annotations

import html
import json
import re
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aiohttp import web

from sandbox.cloud import API, CloudError, check_fields, guarded, read_json
from sandbox.store import Store
from sandbox.system import STORE, Route, System, answer

# A number is paid for even if its order is not settled, or if the list does not show it yet.
_SCHEMA = """
CREATE TABLE cloud_orders (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    type TEXT NOT NULL,
    numbers TEXT NOT NULL,
    looks INTEGER NOT NULL,
    seen REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE cloud_numbers (
    number TEXT PRIMARY KEY,
    client TEXT,
    purchase TEXT REFERENCES cloud_orders,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE cloud_spent (purchases INTEGER NOT NULL);
"""

_REQUEST = {"comment", "moUrl", "drUrl", "webhookUsername", "webhookPassword", "emailAddress"}
_PORT_IN = {"loaFileUrlUsername", "loaFileUrlPassword"}
_PATCH = {"comment", "owner", "moUrl", "drUrl", "webhookUsername", "webhookPassword"}

_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


async def list_numbers(request: web.Request, client: str) -> web.Response:
    """List the numbers of the client whose orders are settled."""
    store = request.app[STORE]
    with store.transaction():
        store.write("UPDATE cloud_orders SET looks = looks - 1 WHERE client = ? AND looks > 0", client)
    return answer({"entities": [_shown(row) for row in _listed(store, client)]})


async def list_available(request: web.Request, _client: str) -> web.Response:
    """List numbers that can be bought."""
    count = request.query.get("numberOfResults", "10")
    vanity = request.query.get("vanity", "")
    if not count.isdecimal() or not 1 <= int(count) <= 100:
        raise CloudError(400, "bad.request", "numberOfResults is to be 1 to 100.")
    if vanity and not re.fullmatch("[A-Za-z0-9]{4,7}", vanity):
        raise CloudError(400, "bad.request", "vanity is to be 4 to 7 letters and digits.")
    store = request.app[STORE]
    return answer(
        {"entities": [number for number, _n in zip(_available(store, vanity), range(int(count)), strict=False)]}
    )


async def order_numbers(request: web.Request, client: str) -> web.Response:
    """Buy numbers."""
    store = request.app[STORE]
    items = [check_fields("The request", item, {"tollfreeNumber"}, _REQUEST) for item in await read_json(request, list)]
    return _order(store, client, items, "Purchase")


async def port_in_numbers(request: web.Request, client: str) -> web.Response:
    """Port numbers in from another carrier."""
    store = request.app[STORE]
    items = [
        check_fields("The request", item, {"tollfreeNumber", "loaFileUrl"}, _REQUEST | _PORT_IN)
        for item in await read_json(request, list)
    ]
    return _order(store, client, items, "PortIn")


async def read_order(request: web.Request, client: str) -> web.Response:
    """Return an order."""
    store = request.app[STORE]
    with store.transaction():
        store.write("UPDATE cloud_orders SET looks = looks - 1 WHERE id = ? AND looks > 0", request.match_info["order"])
    row = store.row("SELECT * FROM cloud_orders WHERE id = ? AND client = ?", request.match_info["order"], client)
    if row is None:
        raise CloudError(404, "not.found", "There is no such order.")
    return answer(_order_shown(row))


async def change_number(request: web.Request, client: str) -> web.Response:
    """Change fields of a number."""
    store = request.app[STORE]
    change = check_fields("The change", await read_json(request, dict), set(), _PATCH)
    row = _own(store, client, request.match_info["number"])
    document = _kept(store, {**json.loads(row["document"]), **change, "dateModified": _now()})
    with store.transaction():
        store.write("UPDATE cloud_numbers SET document = ? WHERE number = ?", json.dumps(document), row["number"])
    return answer(_shown(_own(store, client, row["number"])))


async def release_number(request: web.Request, client: str) -> web.Response:
    """Release a number. Anyone can buy it then."""
    store = request.app[STORE]
    row = _own(store, client, request.match_info["number"])
    with store.transaction():
        store.write("DELETE FROM cloud_numbers WHERE number = ?", row["number"])
    return web.Response(status=204)


def sell_to_others(store: Store, numbers: Iterable[str]) -> None:
    """Let someone else buy numbers, if they are still available."""
    with store.transaction():
        for number in numbers:
            store.write("INSERT OR IGNORE INTO cloud_numbers VALUES (?, NULL, NULL, '{}')", number)


def settle(store: Store) -> None:
    """Settle all orders, and let the list show their numbers."""
    with store.transaction():
        store.write("UPDATE cloud_orders SET looks = 0, seen = 0")


def ordered_numbers(body: bytes) -> list[str]:
    """Return the numbers in the body of an order."""
    return [item["tollfreeNumber"] for item in json.loads(body)]


def account(store: Store) -> dict[str, Any]:
    """Return numbers, orders and purchases of the organization, for the administration. Passwords are included."""
    owned = store.rows("SELECT * FROM cloud_numbers WHERE client IS NOT NULL ORDER BY number")
    return {
        "spent": store.count("SELECT purchases FROM cloud_spent"),
        "numbers": [{**json.loads(row["document"]), "tollfreeNumber": row["number"]} for row in owned],
        "orders": [_order_shown(row) for row in store.rows("SELECT * FROM cloud_orders")],
    }


def begin(store: Store) -> None:
    """Reset: no number, no order, nothing spent."""
    store.write("DELETE FROM cloud_numbers")
    store.write("DELETE FROM cloud_orders")
    store.write("DELETE FROM cloud_spent")
    store.write("INSERT INTO cloud_spent VALUES (0)")


def _available(store: Store, vanity: str) -> Iterator[str]:
    """Yield the numbers that nobody has, always in the same order."""
    digits = vanity.upper().translate(_KEYPAD)
    width = 7 - len(digits)
    for index in range(10**width):
        number = f"1844{index:0{width}}{digits}" if digits and width else f"1844{digits or f'{5550000 + index}'}"
        if store.row("SELECT 1 FROM cloud_numbers WHERE number = ?", number) is None:
            yield number


def _order(store: Store, client: str, items: list[dict[str, Any]], kind: str) -> web.Response:
    if not items:
        raise CloudError(400, "bad.request", "The order is empty.")
    for item in items:
        number = item["tollfreeNumber"]
        if not re.fullmatch("[0-9]{11}", number):
            raise CloudError(400, "bad.request", f"{number} is not a toll-free number in international form.")
        if store.row("SELECT 1 FROM cloud_numbers WHERE number = ?", number) is not None:
            taken = 409 if store.switch("numbers.taken") == "409" else 400
            raise CloudError(taken, "number.not.available", f"The number {number} is not available.")
    order = str(uuid.uuid4())
    seen = time.time() + int(store.switch("orders.list_lag")) / 1000
    numbers = [item["tollfreeNumber"] for item in items]
    with store.transaction():
        store.write(
            "INSERT INTO cloud_orders VALUES (?, ?, ?, ?, ?, ?)",
            order,
            client,
            kind,
            json.dumps(numbers),
            store.switch("orders.settle_after"),
            seen,
        )
        for item in items:
            document = _kept(store, {"dateCreated": _now(), "dateModified": _now(), **item})
            del document["tollfreeNumber"]
            store.write(
                "INSERT INTO cloud_numbers VALUES (?, ?, ?, ?)",
                item["tollfreeNumber"],
                client,
                order,
                json.dumps(document),
            )
        if kind == "Purchase":
            store.write("UPDATE cloud_spent SET purchases = purchases + ?", len(items))
    row = store.row("SELECT * FROM cloud_orders WHERE id = ?", order)
    assert row is not None
    return answer(_order_shown(row))


_ALTERATIONS: dict[str, Callable[[str], str]] = {
    "kept": str,
    "cut": lambda comment: comment[:40],
    "escaped": lambda comment: html.escape(comment).translate({ord(char): f"&#{ord(char)};" for char in "[]/"}),
    "upper": str.upper,
    "folded": lambda comment: " ".join(comment.split()),
    "dropped": lambda comment: "",
}


def _kept(store: Store, document: dict[str, Any]) -> dict[str, Any]:
    """Return a number's document as the server stores it."""
    alter = _ALTERATIONS[str(store.switch("numbers.comment"))]
    return {**document, **({"comment": alter(document["comment"])} if document.get("comment") else {})}


def _order_shown(row: sqlite3.Row) -> dict[str, Any]:
    numbers = json.loads(row["numbers"])
    return {
        "id": row["id"],
        "name": f"{row['type']} of {len(numbers)}",
        "orderType": row["type"],
        "numberType": "TollFree",
        "createdBy": row["client"],
        "orderStatus": "InProgress" if row["looks"] else "Done",
        "numbers": numbers,
        "tollfreeNumbers": [{"tollfreeNumber": number} for number in numbers],
        "selfUri": f"/api/v2/messaging/sms/provisioning/orders/{row['id']}",
    }


def _listed(store: Store, client: str) -> list[sqlite3.Row]:
    return store.rows(
        "SELECT cloud_numbers.* FROM cloud_numbers JOIN cloud_orders ON cloud_orders.id = purchase"
        " WHERE cloud_numbers.client = ? AND looks = 0 AND seen <= ? ORDER BY number",
        client,
        time.time(),
    )


def _own(store: Store, client: str, number: str) -> sqlite3.Row:
    row = next((row for row in _listed(store, client) if row["number"] == number), None)
    if row is None:
        raise CloudError(404, "not.found", f"There is no number {number}.")
    return row


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    document = json.loads(row["document"])
    hidden = {"webhookPassword", "loaFileUrl", *_PORT_IN}
    return {
        "id": row["number"],
        "name": row["number"],
        "owner": row["client"],
        "createdBy": row["client"],
        "status": "Assigned",
        "tollfreeNumber": row["number"],
        **{key: value for key, value in document.items() if key not in hidden},
        "selfUri": f"/api/v2/messaging/sms/provisioning/tollfreenumbers/{row['number']}",
    }


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _routes() -> Iterator[Route]:
    base, permission = "/api/v2/messaging/sms/provisioning", "messagingProvisioning:phoneNumber"
    numbers = f"{base}/tollfreenumbers"
    # The guide writes collections with a slash at the end. Other documents write them without it.
    for slash in ("", "/"):
        yield Route("GET", f"{numbers}{slash}", guarded(f"{permission}:view", list_numbers))
        yield Route("GET", f"{numbers}/available{slash}", guarded(f"{permission}:view", list_available))
        yield Route("POST", f"{numbers}{slash}", guarded(f"{permission}:add", order_numbers), write=True)
        yield Route("POST", f"{numbers}/portin{slash}", guarded(f"{permission}:add", port_in_numbers), write=True)
    yield Route("GET", f"{base}/orders/{{order}}", guarded(f"{permission}:view", read_order))
    yield Route("PATCH", f"{numbers}/{{number}}", guarded(f"{permission}:edit", change_number), write=True)
    yield Route("DELETE", f"{numbers}/{{number}}", guarded(f"{permission}:delete", release_number), write=True)


SYSTEM = System(name="cloud_numbers", prefix=API, schema=_SCHEMA, routes=tuple(_routes()), begin=begin)
