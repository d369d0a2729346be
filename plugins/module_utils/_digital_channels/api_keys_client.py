# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client for the API keys of Digital Channels (Nexus) (contract section 2). The ID of a record is the key, a secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .._core.errors import ApiError, Intermediary, Refused, Unclear, Unreadable
from .._core.http import Connection, Http
from .._core.secrets import Secrets
from .._core.server_text import is_whole
from .._gws.authentication import GwsAuthentication
from .services_client import no_such_call, no_such_path, says, unwrap

_PATH = "/nexus/v3/apikeys"


@dataclass(frozen=True)
class ApiKey:
    """An API key.

    :arg id: the key itself; None for a new key.
    :arg tenant: the ccid in lower case, or an empty string for a key of the whole installation.
    :arg rest: further fields of the record, kept as they are.
    """

    id: str | None
    tenant: str
    name: str
    enabled: bool
    permissions: tuple[str, ...]
    rest: tuple[tuple[str, Any], ...] = ()

    def body(self) -> dict[str, Any]:
        """Return the body of a request that writes the key."""
        record = {
            **dict(self.rest),
            "tenant": self.tenant,
            "name": self.name,
            "enabled": self.enabled,
            "permissions": list(self.permissions),
        }
        return {"data": record if self.id is None else {**record, "id": self.id}}


class ApiKeysClient:
    """The API keys of an installation.

    :ivar is_there: whether the last key that was not found is surely unknown to Digital Channels. Otherwise a proxy in
        front of it answered, or the server has no call to read a key.
    """

    def __init__(self, authentication: GwsAuthentication, connection: Connection, secrets: Secrets) -> None:
        remedy = "Check that the account of the gws_ options may manage API keys"
        url = f"Check that {connection.option} is the base URL of Digital Channels"
        self._http = Http(connection, secrets, remedies={401: remedy, 403: remedy, 404: url})
        self._authentication = authentication
        self._secrets = secrets
        self._token: str | None = None
        self.is_there = False

    def list(self) -> list[ApiKey] | None:
        """Return all keys; None if the server has no such call."""
        what = "list the API keys"
        try:
            answer = self._request("GET", _PATH, what)
        except Refused as error:
            # A 404 without a code comes from a server that does not know the path. Often nexus_url is wrong.
            unknown = says(error, 404) and (self.is_there or not no_such_path(error))
            if unknown or (no_such_call(error) and not isinstance(error, Intermediary)):
                return None
            raise
        records = unwrap(answer)
        if not isinstance(records, list):
            raise self._malformed(what)
        return [self._key(what, record) for record in records]

    def read(self, key: str) -> ApiKey | None:
        """Return a key by its ID; None if it does not exist, which is sure if ``is_there``."""
        self._secrets.add(key)
        what = "read an API key"
        try:
            return self._key(what, unwrap(self._request("GET", f"{_PATH}/{quote(key)}", what)))
        except Refused as error:
            if says(error, 404):
                self.is_there = not no_such_path(error)
                return None
            raise

    def create(self, key: ApiKey) -> ApiKey:
        """Create a key; return it as the server made it."""
        what = f"create the API key {key.name}"
        record = unwrap(self._request("POST", _PATH, what, key.body()))
        if not _has_id(record):
            raise self._malformed(what, Unclear)
        return self._key(what, record)

    def replace(self, key: ApiKey) -> None:
        """Replace all fields of a key except its ID."""
        self._request("PUT", f"{_PATH}/{quote(key.id or '')}", f"change the API key {key.name}", key.body())

    def delete(self, key: ApiKey) -> None:
        """Delete a key."""
        self._request("DELETE", f"{_PATH}/{quote(key.id or '')}", f"delete the API key {key.name}")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        self._authentication.close()

    def _request(self, method: str, path: str, what: str, body: Any = None) -> Any:
        if self._token is None:
            self._token = self._authentication.token()
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._http.request(method, path, what, repeatable=method == "GET", body=body, headers=headers).body

    def _key(self, what: str, record: Any) -> ApiKey:
        if not _has_id(record):
            raise self._malformed(what)
        self._secrets.add(record["id"])
        known = ("id", "tenant", "name", "enabled", "permissions")
        permissions = record.get("permissions")
        return ApiKey(
            id=record["id"],
            tenant=str(record.get("tenant") or "").lower(),
            name=str(record.get("name") or ""),
            enabled=record.get("enabled") is not False,
            permissions=tuple(map(str, permissions)) if isinstance(permissions, list) else (),
            rest=tuple((name, value) for name, value in record.items() if name not in known),
        )

    def _malformed(self, what: str, kind: type[ApiError] = Unreadable) -> ApiError:
        return kind(
            what,
            self._http.connection.url + _PATH,
            "sent a response that is not in a known format",
            f"Check that {self._http.connection.option} is the base URL of Digital Channels, and check the version of "
            "Digital Channels",
            status=200,
        )


def _has_id(record: Any) -> bool:
    identifier = record.get("id") if isinstance(record, dict) else None
    return isinstance(identifier, str) and is_whole(identifier)
