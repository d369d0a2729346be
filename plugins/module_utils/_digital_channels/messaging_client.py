# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client for the signed calls of a third-party messaging service to Digital Channels (contract section 5)."""

from __future__ import annotations

import hashlib
import hmac
from typing import Literal
from urllib.parse import quote

from .._core.errors import Refused
from .._core.http import Connection, Content, Http, multipart
from .._core.secrets import Secrets

# Any of these may refuse a wrong signature. Genesys does not document which one.
_REFUSED = (400, 401, 403)

Signed = Literal["body", "file"]
"""What the signature covers. Genesys documents the body. With a multipart form, that may mean the file in it."""


class MessagingClient:
    """The inbound calls of one tenant's channels."""

    def __init__(self, connection: Connection, ccid: str, secrets: Secrets) -> None:
        self._http = Http(
            connection,
            secrets,
            headers={"x-ccid": ccid},
            remedies={404: "Check ccid, nexus_url, and that the service Async has this channel"},
        )

    def upload(self, channel_id: str, api_secret: str, signed: Signed, filename: str, file: Content) -> str | None:
        """Upload a file to a channel. If the server may have refused the signature, return its error; otherwise None.

        :raises Refused: the server refused the request for another reason.
        """
        form = multipart("file", filename, file)
        over = form.raw if signed == "body" else file.raw
        try:
            self._http.request(
                "POST",
                f"/nexus/v3/channels/{quote(channel_id, safe='')}/media",
                f"upload a file to the channel {channel_id}",
                repeatable=False,
                content=form,
                headers={"X-Hub-Signature": signature(api_secret, over)},
            )
        except Refused as error:
            if error.status in _REFUSED:
                return error.problem
            raise
        return None

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


def signature(secret: str, content: bytes) -> str:
    """Return the value of X-Hub-Signature."""
    return "sha1=" + hmac.new(secret.encode(), content, hashlib.sha1).hexdigest()
