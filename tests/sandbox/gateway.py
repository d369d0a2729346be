# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway of a tenant of option 2: it checks the signatures of webhooks, and signs what it sends."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.store import Store
from sandbox.system import ApiError, Route, System, answer


@dataclass
class Gateway:
    """One gateway. It can have several secrets at once, such as an old and a new one during a rotation."""

    # A webhook may be signed with any of them. Without one, each webhook is accepted.
    webhook_secrets: list[str] = field(default_factory=list)
    # It signs with the first. If that signature is refused, it sends the same again with the next one.
    api_secrets: list[str] = field(default_factory=list)
    deliveries: list[dict[str, Any]] = field(default_factory=list)


class Gateways(defaultdict[str, Gateway]):
    """All gateways by name, only in memory because they contain secrets."""

    def __init__(self) -> None:
        super().__init__(Gateway)
        self.reset()

    def reset(self) -> None:
        """Forget all gateways, except that of the tenant initech in the sandbox's inventory."""
        self.clear()
        self["initech"] = Gateway(["sandbox-initech-webhook-secret"], ["sandbox-initech-api-secret"])


GATEWAYS = web.AppKey("gateways", Gateways)

_BOUNDARY = "sandbox-gateway"


def signature(secret: str, body: bytes) -> str:
    """Return the X-Hub-Signature of a body."""
    return "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


async def receive(request: web.Request) -> web.Response:
    """Accept a webhook, unless its signature is wrong."""
    gateway = request.app[GATEWAYS][request.match_info["name"]]
    body = await request.read()
    given = request.headers.get("X-Hub-Signature", "").encode()
    fits = [hmac.compare_digest(signature(secret, body).encode(), given) for secret in gateway.webhook_secrets]
    verified = any(fits) if fits else None
    delivery = {
        "headers": {key.lower(): value for key, value in request.headers.items()},
        "body": body.decode(errors="replace"),
        "verified": verified,
    }
    gateway.deliveries.append(delivery)
    if verified is False:
        raise ApiError(401, "the signature does not fit")
    return accept(body)


def accept(body: bytes) -> web.Response:
    """Accept messages, as the far end of each SMS option does."""
    try:
        messages = json.loads(body)["messages"]
    except (ValueError, TypeError, KeyError) as error:
        raise ApiError(400, "the body has no messages") from error
    if not isinstance(messages, list) or not messages:
        raise ApiError(400, "messages is not a list with messages")
    return answer({"messageId": str(uuid.uuid4())})


async def upload(
    client: aiohttp.ClientSession, store: Store, gateway: Gateway, nexus_url: str, ccid: str, channel: str, text: str
) -> list[int]:
    """Upload a file to a channel. Return the status of each attempt: one for each secret until one is accepted."""
    part = f'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n{text}'
    body = f"--{_BOUNDARY}\r\n{part}\r\n--{_BOUNDARY}--\r\n".encode()
    signed = text.encode() if store.switch("media.signature") == "file" else body
    url = f"{nexus_url}/nexus/v3/channels/{channel}/media"
    if not gateway.api_secrets:
        raise ApiError(409, "the gateway has no API secret")
    statuses: list[int] = []
    for secret in gateway.api_secrets:
        headers = {
            "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
            "X-Hub-Signature": signature(secret, signed),
            "x-ccid": ccid,
        }
        async with client.post(url, data=body, headers=headers) as response:
            await response.read()
        statuses.append(response.status)
        if str(response.status) != store.switch("media.refusal"):
            break
    return statuses


SYSTEM = System(name="gateway", prefix="/gateway", routes=(Route("POST", "/{name}", receive),))
