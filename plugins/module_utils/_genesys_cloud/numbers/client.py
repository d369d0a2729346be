# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Genesys Cloud CX: toll-free numbers and their orders (contract section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ..._core.checks import digits
from ..cloud_client import Cloud

_BASE = "/api/v2/messaging/sms/provisioning"
_NUMBERS = f"{_BASE}/tollfreenumbers"

FIELDS = {
    "comment": "comment",
    "mo_url": "moUrl",
    "dr_url": "drUrl",
    "webhook_username": "webhookUsername",
}
"""The fields of a number that can be changed and read: the option's name and the API's name."""


@dataclass(frozen=True)
class TollfreeNumber:
    """A number of the account.

    :arg number: digits in international form.
    :arg fields: the values of FIELDS by option. An empty text means that the server has none.
    :arg created: the server's text of the date.
    """

    number: str
    fields: dict[str, str]
    email_address: str | None = None
    status: str | None = None
    created: str | None = None


@dataclass(frozen=True)
class Order:
    """The server's answer to an order. Both may be missing. The values of the status are not documented."""

    id: str | None
    status: str | None


class CloudNumbers:
    """Calls for the toll-free numbers of the OAuth client that logs in."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def purchased(self) -> list[TollfreeNumber]:
        """Return the numbers that were bought and whose orders are complete."""
        what = "list the numbers of the account"
        found = []
        for entity in self._cloud.entities(_NUMBERS, what):
            number = digits(str(entity.get("tollfreeNumber") or ""))
            if not number.isdigit():
                raise self._cloud.malformed(what, _NUMBERS)
            found.append(_number(number, entity))
        return sorted(found, key=lambda item: item.number)

    def available(self, count: int, vanity: str | None = None) -> list[str]:
        """Return numbers that can be bought.

        :arg count: 1 to 100. The server may return fewer.
        :arg vanity: 4 to 7 letters and digits that the numbers must contain.
        """
        what = "list the numbers that can be bought"
        path = f"{_NUMBERS}/available"
        params = {"numberOfResults": str(count), **({"vanity": vanity} if vanity else {})}
        answer = self._cloud.request("GET", path, what, repeatable=True, params=params)
        entities = self._cloud.listed(what, path, answer)
        if not all(digits(str(entity)).isdigit() for entity in entities):
            raise self._cloud.malformed(what, path)
        return [digits(str(entity)) for entity in entities]

    def order(self, request: dict[str, Any], *, port_in: bool = False) -> Order:
        """Buy a number, or port it in. This costs money, so the request is never repeated.

        :arg request: TollfreeNumberRequest, or with ``port_in`` its counterpart for port-ins.
        :raises Unsent, Refused: nothing was bought.
        :raises Unclear: it may have been bought.
        """
        number = request["tollfreeNumber"]
        path, what = (f"{_NUMBERS}/portin", "port in") if port_in else (_NUMBERS, "order")
        answer = self._cloud.request("POST", path, f"{what} the number {number}", once=True, body=[request])
        return _order(answer.body)

    def read_order(self, order: str) -> Order:
        """Read an order. Send no request if its ID would change the path of the URL."""
        if not order.strip("."):
            return Order(order, None)
        path = f"{_BASE}/orders/{quote(order, safe='')}"
        return _order(self._cloud.request("GET", path, f"read the order {order}", repeatable=True).body)

    def change(self, number: str, change: dict[str, str]) -> None:
        """Change fields of a number.

        :arg change: SenderPatchRequest.
        """
        what = f"change the number {number}"
        self._cloud.request("PATCH", f"{_NUMBERS}/{number}", what, body=change)

    def release(self, number: str) -> None:
        """Release a number."""
        self._cloud.request("DELETE", f"{_NUMBERS}/{number}", f"release the number {number}")

    def close(self) -> None:
        """Close the connections."""
        self._cloud.close()


def _number(number: str, entity: dict[str, Any]) -> TollfreeNumber:
    email, status, created = (entity.get(name) for name in ("emailAddress", "status", "dateCreated"))
    return TollfreeNumber(
        number,
        {option: str(entity.get(name) or "") for option, name in FIELDS.items()},
        str(email) if email else None,
        str(status) if status else None,
        str(created) if created else None,
    )


def _order(body: Any) -> Order:
    document = body if isinstance(body, dict) else {}
    order, status = document.get("id"), document.get("orderStatus")
    return Order(str(order) if order else None, str(status) if status else None)
