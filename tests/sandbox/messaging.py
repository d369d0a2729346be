# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digital Channels: third-party messaging, in both directions (section 5 of the contract)."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import uuid
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.configuration import dbid_of, sections_of
from sandbox.gateway import signature
from sandbox.services import ASYNC, find_service
from sandbox.store import Store
from sandbox.system import STORE, ApiError, Route, System, answer

_SCHEMA = """
CREATE TABLE media (
    id TEXT PRIMARY KEY,
    ccid TEXT NOT NULL REFERENCES tenants ON DELETE CASCADE,
    channel TEXT NOT NULL
) WITHOUT ROWID;
"""

CLIENT = web.AppKey("client", aiohttp.ClientSession)

_HEADER = "header:"


async def upload(request: web.Request) -> web.Response:
    """Accept a file for a channel."""
    store = request.app[STORE]
    ccid = request.headers.get("x-ccid", "")
    name = request.match_info["channel"]
    raw = await request.read()
    channel = _channel(store, ccid, name, "secret")
    if channel is None:
        raise ApiError(404, f"the contact center has no channel {name}")
    if request.content_type != "multipart/form-data":
        raise ApiError(415, f"Content-Type is to be multipart/form-data, not {request.content_type}")
    file, content = await _file(request, raw)
    over = store.switch("media.signature")
    expected = signature(channel["api"]["secret"], content if over == "file" else raw)
    given = request.headers.get("X-Hub-Signature", "")
    if over != "ignored" and not hmac.compare_digest(expected.encode(), given.encode()):
        raise ApiError(int(store.switch("media.refusal")), "X-Hub-Signature is missing or wrong")
    media_id = str(uuid.uuid4())
    with store.transaction():
        store.write("INSERT INTO media VALUES (?, ?, ?)", media_id, ccid, name)
    data = {
        "mediaId": media_id,
        "url": f"genesys://nexus/{media_id}",
        "filename": file.filename,
        "mimetype": file.headers.get("Content-Type", "application/octet-stream"),
        "length": len(content),
    }
    return answer({"status": {"code": 0}, "data": data})


async def _file(request: web.Request, raw: bytes) -> tuple[aiohttp.BodyPartReader, bytes]:
    """Return the field `file` of the form, and its bytes."""
    # The request's stream is already read, because the body was recorded.
    stream = aiohttp.StreamReader(request.protocol, 2**16)
    stream.feed_data(raw)
    stream.feed_eof()
    try:
        reader = aiohttp.MultipartReader(request.headers, stream)
        while (part := await reader.next()) is not None:
            if isinstance(part, aiohttp.BodyPartReader) and part.name == "file":
                return part, await part.read()
    except ValueError as error:
        raise ApiError(400, f"the form can't be read: {error}") from error
    raise ApiError(400, "the form has no file")


async def deliver(
    store: Store,
    client: aiohttp.ClientSession,
    ccid: str,
    number: str,
    text: str = "Hello",
    timeout: float = 10,
    attempts: int = 3,
    pause: float = 0.2,
) -> dict[str, Any]:
    """Send a message of a number to the tenant's webhook. Send it again if the webhook does not accept it."""
    url, secret, headers = _route(store, ccid, number)
    message = {"id": str(uuid.uuid4()), "from": number, "to": "16505550123", "type": "Text", "text": text}
    body = json.dumps({"messages": [message]}).encode()
    headers = {
        **headers,
        "Content-Type": "application/json",
        "X-Hub-Signature": signature(secret, body),
        "X-B3-TraceId": secrets.token_hex(8),
    }
    tried: list[dict[str, Any]] = []
    while True:
        try:
            limit = aiohttp.ClientTimeout(total=timeout)
            async with client.post(url, data=body, headers=headers, timeout=limit) as response:
                content = await response.read()
            tried.append({"status": response.status, "error": None})
            if response.status < 500:
                break
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            tried.append({"status": None, "error": type(error).__name__})
        if len(tried) >= attempts:
            return {"delivered": False, "messageId": None, "attempts": tried}
        await asyncio.sleep(pause)
    try:
        message_id = json.loads(content).get("messageId") if 200 <= response.status < 300 else None
    except (ValueError, AttributeError):
        message_id = None
    return {"delivered": message_id is not None, "messageId": message_id, "attempts": tried}


def _route(store: Store, ccid: str, number: str) -> tuple[str, str, dict[str, str]]:
    """Return the webhook of a number: its URL, its secret, and the custom headers."""
    sms = find_service(store, ccid, "SMS")
    if sms is None or sms["data"].get("provider") != ASYNC:
        raise ApiError(409, f"the service SMS does not select {ASYNC}")
    dbid = dbid_of(store, ccid)
    sections = {} if dbid is None else sections_of(store, dbid)
    if not any(
        (options.get("channelType"), options.get("channelId"), options.get("provider")) == ("sms", number, ASYNC)
        for options in sections.values()
    ):
        raise ApiError(409, f"there is no sender ID {number} with the provider {ASYNC}")
    public, hidden = _channel(store, ccid, number, "data"), _channel(store, ccid, number, "secret")
    if public is None or hidden is None:
        raise ApiError(409, f"the service {ASYNC} has no channel {number}")
    options = sections.get(ASYNC, {})
    headers = {key[len(_HEADER) :]: value for key, value in options.items() if key.startswith(_HEADER)}
    return public["webhook"]["url"], hidden["webhook"]["secret"], headers


def _channel(store: Store, ccid: str, name: str, part: str) -> dict[str, Any] | None:
    service = find_service(store, ccid, ASYNC) or {part: {"channels": []}}
    return next((channel for channel in service[part]["channels"] if channel["channelId"] == name), None)


SYSTEM = System(
    name="messaging",
    prefix="/digital",
    schema=_SCHEMA,
    routes=(Route("POST", "/nexus/v3/channels/{channel}/media", upload, write=True),),
    state=lambda store, ccid: {"media": store.count("SELECT count(*) FROM media WHERE ccid = ?", ccid)},
)
