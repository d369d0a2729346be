# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digital Channels: messages in both directions, over each SMS option (sections 1, 3, 5 and 6 of the contract).

Which option a message takes is not documented: the switch messages.routing has the plausible rules.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import BasicAuth, web

from sandbox import cloud_messages
from sandbox.api_keys import find_key
from sandbox.configuration import dbid_of, sections_of
from sandbox.gateway import signature
from sandbox.services import ASYNC, find_service
from sandbox.store import Store
from sandbox.system import STORE, ApiError, Route, System, answer, read_object

_SCHEMA = """
CREATE TABLE media (
    id TEXT PRIMARY KEY,
    ccid TEXT NOT NULL REFERENCES tenants ON DELETE CASCADE,
    channel TEXT NOT NULL
) WITHOUT ROWID;
"""

CLIENT = web.AppKey("client", aiohttp.ClientSession)

_HEADER = "header:"

# Values of the key provider of a sender ID.
_KALEYRA, _CLOUD = "mGage", "Portico"

_Send = Callable[[bytes], Awaitable[tuple[int, bytes]]]


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
    """Send a message of a number over the tenant's SMS option. Send it again if the other end can't answer."""
    send = _route(store, client, ccid, number)
    message = {"id": str(uuid.uuid4()), "from": number, "to": "16505550123", "type": "Text", "text": text}
    body = json.dumps({"messages": [message]}).encode()
    tried: list[dict[str, Any]] = []
    while True:
        try:
            status, content = await asyncio.wait_for(send(body), timeout)
            tried.append({"status": status, "error": None})
            if status < 500:
                break
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            tried.append({"status": None, "error": type(error).__name__})
        if len(tried) >= attempts:
            return {"delivered": False, "messageId": None, "attempts": tried}
        await asyncio.sleep(pause)
    try:
        message_id = json.loads(content).get("messageId") if 200 <= status < 300 else None
    except (ValueError, AttributeError):
        message_id = None
    return {"delivered": message_id is not None, "messageId": message_id, "attempts": tried}


def _route(store: Store, client: aiohttp.ClientSession, ccid: str, number: str) -> _Send:
    """Return how a message of a number is sent: with what the tenant's services and sections contain now."""
    provider = _provider(store, ccid, number)
    if provider == ASYNC:
        return _to_gateway(store, client, ccid, number)
    if provider == _KALEYRA:
        return _to_kaleyra(client, _service(store, ccid, "mGageSMS"))
    return _to_cloud(client, _service(store, ccid, "PurecloudIDP"), _service(store, ccid, "PorticoSMS"))


def _provider(store: Store, ccid: str, number: str) -> str:
    """Return the provider of a number: mGage, Async or Portico."""
    chosen = [options for options in _sections(store, ccid).values() if _is_sender_id(options, number)]
    if not chosen:
        raise ApiError(409, f"there is no sender ID {number}")
    by_sender_id = chosen[0].get("provider", _CLOUD)
    rule = store.switch("messages.routing")
    data = (find_service(store, ccid, "SMS") or {"data": {}})["data"]
    by_service = _CLOUD if data.get("tokenProvider") == "Purecloud" else data.get("provider")
    if rule == "both" and by_sender_id != by_service:
        raise ApiError(
            409, f"the service SMS selects {by_service}, and the sender ID {number} has the provider {by_sender_id}"
        )
    provider = by_sender_id if rule == "sender_id" else by_service
    if provider not in (_KALEYRA, ASYNC, _CLOUD):
        raise ApiError(409, f"there is no provider {provider}")
    return str(provider)


def _is_sender_id(options: dict[str, str], number: str) -> bool:
    return (options.get("channelType"), options.get("channelId")) == ("sms", number)


def _sections(store: Store, ccid: str) -> dict[str, dict[str, str]]:
    dbid = dbid_of(store, ccid)
    return {} if dbid is None else sections_of(store, dbid)


def _service(store: Store, ccid: str, name: str) -> dict[str, Any]:
    service = find_service(store, ccid, name)
    if service is None:
        raise ApiError(409, f"there is no service {name}")
    return service


def _to_gateway(store: Store, client: aiohttp.ClientSession, ccid: str, number: str) -> _Send:
    public, hidden = _channel(store, ccid, number, "data"), _channel(store, ccid, number, "secret")
    if public is None or hidden is None:
        raise ApiError(409, f"the service {ASYNC} has no channel {number}")
    url, secret = public["webhook"]["url"], hidden["webhook"]["secret"]
    options = _sections(store, ccid).get(ASYNC, {})
    headers = {key[len(_HEADER) :]: value for key, value in options.items() if key.startswith(_HEADER)}
    headers |= {"Content-Type": "application/json", "X-B3-TraceId": secrets.token_hex(8)}

    async def send(body: bytes) -> tuple[int, bytes]:
        signed = {**headers, "X-Hub-Signature": signature(secret, body)}
        async with client.post(url, data=body, headers=signed) as response:
            return response.status, await response.read()

    return send


def _to_kaleyra(client: aiohttp.ClientSession, service: dict[str, Any]) -> _Send:
    login = BasicAuth(service["secret"]["username"], service["secret"]["password"], encoding="utf-8")

    async def send(body: bytes) -> tuple[int, bytes]:
        async with client.post(service["url"], data=body, auth=login) as response:
            return response.status, await response.read()

    return send


def _to_cloud(client: aiohttp.ClientSession, idp: dict[str, Any], portico: dict[str, Any]) -> _Send:
    login = BasicAuth(idp["secret"]["clientId"], idp["secret"]["clientSecret"], encoding="utf-8")

    # A token for each message: a real server may keep one, and would notice a wrong secret later.
    async def send(body: bytes) -> tuple[int, bytes]:
        form = {"grant_type": "client_credentials"}
        async with client.post(f"{idp['url']}/oauth/token", data=form, auth=login) as response:
            content = await response.read()
        if response.status != 200:
            return response.status, content
        headers = {"Authorization": f"Bearer {json.loads(content)['access_token']}", "Content-Type": "application/json"}
        async with client.post(portico["url"] + cloud_messages.PATH, data=body, headers=headers) as response:
            return response.status, await response.read()

    return send


def _channel(store: Store, ccid: str, name: str, part: str) -> dict[str, Any] | None:
    service = find_service(store, ccid, ASYNC) or {part: {"channels": []}}
    return next((channel for channel in service[part]["channels"] if channel["channelId"] == name), None)


async def receive(request: web.Request) -> web.Response:
    """Accept a message or a receipt of Genesys Cloud CX, with the login of the number's webhook."""
    store = request.app[STORE]
    try:
        login = BasicAuth.decode(request.headers.get("Authorization", ""), encoding="utf-8")
    except ValueError as error:
        raise ApiError(401, "the login of the webhook is missing or malformed") from error
    key = find_key(store, login.password)
    if key is None or not key["enabled"] or key["tenant"] not in ("", login.login):
        raise ApiError(401, "the password of the webhook is no enabled API key")
    number = (await read_object(request)).get("to")
    if _provider(store, login.login, str(number)) != _CLOUD:
        raise ApiError(409, f"messages of {number} do not use Genesys Cloud CX")
    return answer({"status": {"code": 0}})


SYSTEM = System(
    name="messaging",
    prefix="/digital",
    schema=_SCHEMA,
    routes=(
        Route("POST", "/nexus/v3/channels/{channel}/media", upload, write=True),
        Route("POST", "/nexus/v3/sms/message", receive),
        Route("POST", "/nexus/v3/sms/receipt", receive),
    ),
    state=lambda store, ccid: {"media": store.count("SELECT count(*) FROM media WHERE ccid = ?", ccid)},
)
