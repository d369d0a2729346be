# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GWS: the notifications to which the vendor's provisioning client subscribes at its start.

The protocol is Bayeux over long polling. The sandbox supports handshake, subscription and polling, and never notifies.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any

from aiohttp import web

from sandbox.configuration import COOKIE, require_ready
from sandbox.system import ApiError, Route, System

_POLL_SECONDS = 10.0


async def notify(request: web.Request) -> web.Response:
    """Answer the messages of a client. It needs a session."""
    require_ready(request)
    try:
        messages = json.loads(await request.read())
    except ValueError as error:
        raise ApiError(400, f"the body is not JSON: {error}") from error
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise ApiError(400, "the body is not a list of messages")
    body = [await _answer(request, message) for message in messages]
    return web.Response(body=json.dumps(body).encode(), content_type="application/json")


async def _answer(request: web.Request, message: dict[str, Any]) -> dict[str, Any]:
    channel = message.get("channel")
    # The client ID belongs to the session of the cookie.
    client = hashlib.sha256(request.cookies.get(COOKIE, "").encode()).hexdigest()[:16]
    answer = {"channel": channel, "id": message.get("id"), "clientId": client, "successful": True}
    if channel == "/meta/handshake":
        return {**answer, "version": "1.0", "supportedConnectionTypes": ["long-polling"]}
    if message.get("clientId") != client:
        return {**answer, "successful": False, "error": "402:unknown client"}
    if channel == "/meta/subscribe":
        return {**answer, "subscription": message.get("subscription")}
    if channel == "/meta/connect":
        if message.get("advice", {}).get("timeout") != 0:
            await asyncio.sleep(_POLL_SECONDS)
        return {**answer, "advice": {"reconnect": "retry", "interval": 0, "timeout": 1000 * _POLL_SECONDS}}
    if channel == "/meta/disconnect":
        return answer
    return {**answer, "successful": False, "error": f"404:unknown channel {channel}"}


_PATH = "/provisioning/v3/notifications"

SYSTEM = System(
    name="notifications",
    prefix="/gws",
    routes=tuple(
        Route("POST", _PATH + rest, notify) for rest in ("", "/", "/handshake", "/connect", "/subscribe", "/disconnect")
    ),
)
