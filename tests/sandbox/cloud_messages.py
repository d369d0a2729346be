# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Genesys Cloud CX: messages of toll-free numbers, in both directions.

How Digital Channels sends through Genesys Cloud CX is not public, nor are the bodies of messages and receipts. The path
and the bodies are the sandbox's own. Known are the token, the URLs of a number and their login (section 6 of the
contract).
"""

from __future__ import annotations

import json

import aiohttp
from aiohttp import BasicAuth, web

from sandbox.cloud import API, CloudError, guarded, read_json
from sandbox.gateway import accept
from sandbox.store import Store
from sandbox.system import STORE, Route, System

PATH = "/sandbox/messages"


async def send(request: web.Request, _client: str) -> web.Response:
    """Accept messages of a number of the organization."""
    body = await read_json(request, dict)
    response = accept(await request.read())
    for message in body["messages"]:
        if _number(request.app[STORE], message["from"]) is None:
            raise CloudError(404, "not.found", f"The organization has no number {message['from']}.")
    return response


async def forward(client: aiohttp.ClientSession, store: Store, number: str, text: str) -> list[int]:
    """Send a message for a number to Digital Channels, and a receipt if it is accepted. Return the status of each."""
    document = _number(store, number)
    if document is None:
        return [404]
    login = BasicAuth(document["webhookUsername"], document["webhookPassword"], encoding="utf-8")
    statuses: list[int] = []
    for url in (document["moUrl"], document["drUrl"]):
        async with client.post(url, json={"from": "16505550123", "to": number, "text": text}, auth=login) as response:
            await response.read()
        statuses.append(response.status)
        if response.status >= 300:
            break
    return statuses


def _number(store: Store, number: str) -> dict[str, str] | None:
    row = store.row("SELECT document FROM cloud_numbers WHERE number = ? AND client IS NOT NULL", number)
    return None if row is None else json.loads(row["document"])


SYSTEM = System(
    name="cloud_messages",
    prefix=API,
    routes=(Route("POST", PATH, guarded("messaging:sms:send", send)),),
)
