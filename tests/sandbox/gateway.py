# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway of a tenant of option 2: it keeps the webhooks that it receives, and checks their signatures."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.system import ApiError, Route, System, answer

# The gateway of the tenant initech in the sandbox's inventory.
_KNOWN = {"initech": "sandbox-initech-webhook-secret"}


@dataclass
class Gateways:
    """All gateways by name, only in memory because they contain secrets."""

    # None: accept everything.
    secrets: dict[str, str | None] = field(default_factory=lambda: dict(_KNOWN))
    deliveries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget all gateways."""
        self.secrets = dict(_KNOWN)
        self.deliveries = {}


GATEWAYS = web.AppKey("gateways", Gateways)


def signature(secret: str, body: bytes) -> str:
    """Return the X-Hub-Signature of a body."""
    return "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


async def receive(request: web.Request) -> web.Response:
    """Accept a webhook, unless its signature is wrong."""
    gateways = request.app[GATEWAYS]
    name = request.match_info["name"]
    body = await request.read()
    secret = gateways.secrets.get(name)
    given = request.headers.get("X-Hub-Signature", "")
    verified = None if secret is None else hmac.compare_digest(signature(secret, body).encode(), given.encode())
    delivery = {
        "headers": {key.lower(): value for key, value in request.headers.items()},
        "body": body.decode(errors="replace"),
        "verified": verified,
    }
    gateways.deliveries.setdefault(name, []).append(delivery)
    if verified is False:
        raise ApiError(401, "the signature does not fit")
    try:
        messages = json.loads(body)["messages"]
    except (ValueError, TypeError, KeyError) as error:
        raise ApiError(400, "the body has no messages") from error
    if not isinstance(messages, list) or not messages:
        raise ApiError(400, "messages is not a list with messages")
    return answer({"messageId": str(uuid.uuid4())})


SYSTEM = System(name="gateway", prefix="/gateway", routes=(Route("POST", "/{name}", receive),))
