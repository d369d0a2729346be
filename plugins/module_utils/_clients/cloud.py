# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Genesys Cloud CX: tokens, and what all of its calls have in common (contract section 6)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import ApiError, Refused
from ansible_collections.cxops.genesys_sms.plugins.module_utils._http import Answer, Connection, Http
from ansible_collections.cxops.genesys_sms.plugins.module_utils._secrets import Secrets

DOMAINS = {
    "us-east-1": "mypurecloud.com",
    "us-east-2": "use2.us-gov-pure.cloud",
    "us-west-2": "usw2.pure.cloud",
    "ca-central-1": "cac1.pure.cloud",
    "sa-east-1": "sae1.pure.cloud",
    "mx-central-1": "mxc1.pure.cloud",
    "eu-west-1": "mypurecloud.ie",
    "eu-west-2": "euw2.pure.cloud",
    "eu-central-1": "mypurecloud.de",
    "eu-central-2": "euc2.pure.cloud",
    "eusc-de-east-1": "edee1.eusc-pure.cloud",
    "me-central-1": "mec1.pure.cloud",
    "ap-south-1": "aps1.pure.cloud",
    "ap-southeast-1": "apse1.pure.cloud",
    "ap-southeast-2": "mypurecloud.com.au",
    "ap-northeast-1": "mypurecloud.jp",
    "ap-northeast-2": "apne2.pure.cloud",
    "ap-northeast-3": "apne3.pure.cloud",
}
"""The domain of each region: its hosts are ``login.<domain>`` and ``api.<domain>``."""

_TOKEN = "/oauth/token"
_PAGE_SIZE = 100
_MOST_PAGES = 1000
"""A listing that goes on for longer does so for ever."""


@dataclass(frozen=True)
class Token:
    """An access token.

    :arg expires_at: the instant in UTC, or None where it is not known.
    """

    access_token: str
    token_type: str
    expires_at: datetime | None


class CloudAuthentication:
    """Tokens of an OAuth client, by client credentials."""

    def __init__(self, connection: Connection, client_id: str, client_secret: str, secrets: Secrets) -> None:
        remedy = "Check gc_client_id and gc_client_secret, and that the OAuth client is active"
        self._http = Http(
            connection, secrets, remedies={400: remedy, 401: remedy, 403: remedy}, is_throttled=_is_throttled
        )
        self._client = (client_id, client_secret)
        self._secrets = secrets
        secrets.add_basic(client_id, client_secret)

    def token(self) -> Token:
        """Return a new token."""
        what = f"log in to Genesys Cloud CX as the client {self._client[0]}"
        form = {"grant_type": "client_credentials"}
        answer = self._http.request("POST", _TOKEN, what, repeatable=True, form=form, basic=self._client)
        body = answer.body if isinstance(answer.body, dict) else {}
        value, lifetime = body.get("access_token"), body.get("expires_in")
        if not isinstance(value, str) or not value:
            raise ApiError(
                what,
                self._http.connection.url + _TOKEN,
                "answered without an access_token",
                f"Check that {self._http.connection.option} is the login URL of Genesys Cloud CX",
                status=answer.status,
            )
        self._secrets.add(value)
        expires = None
        if isinstance(lifetime, (int, float)) and not isinstance(lifetime, bool):
            expires = datetime.now(timezone.utc) + timedelta(seconds=lifetime)
        return Token(value, str(body.get("token_type") or "bearer"), expires)

    def close(self) -> None:
        """Close the connection. The token is left to expire."""
        self._http.close()


class Cloud:
    """Calls with a token, which is got when the first one is made.

    :arg source: where tokens come from, or a token, which can't be renewed.
    """

    def __init__(self, connection: Connection, source: CloudAuthentication | str, secrets: Secrets) -> None:
        who = "gc_access_token" if isinstance(source, str) else "gc_client_id"
        remedies = {
            401: f"Check {who}, and that the token has not expired",
            403: f"Give the OAuth client of {who} a role with the permission that is named, in all divisions",
            404: f"Look whether it is still there, and whether {connection.option} is the API URL of Genesys Cloud CX",
        }
        self._http = Http(connection, secrets, remedies=remedies)
        self._source = source
        self._token: str | None = None

    def request(
        self,
        method: str,
        path: str,
        what: str,
        *,
        repeatable: bool = False,
        once: bool = False,
        body: Any = None,
        params: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
    ) -> Answer:
        """Call; where a token is refused that was good before, once more with a new one unless the call is ``once``."""
        fresh = self._token is None
        while True:
            try:
                return self._http.request(
                    method,
                    path,
                    what,
                    repeatable=repeatable,
                    once=once,
                    body=body,
                    params=params,
                    headers={"Authorization": f"Bearer {self._bearer()}"},
                )
            except Refused as error:
                if error.status != 401 or fresh or once or isinstance(self._source, str):
                    raise
            self._token, fresh = None, True

    def entities(self, path: str, what: str) -> list[dict[str, Any]]:
        """Return a listing that is said to have no pages. If it has any, they are all read: a part is not the whole."""
        return self._listing(path, what, [])

    def pages(self, path: str, what: str, params: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Return a listing with all of its pages."""
        return self._listing(path, what, [*(params or {}).items(), ("pageSize", str(_PAGE_SIZE)), ("pageNumber", "1")])

    def document(self, what: str, path: str, answer: Answer) -> dict[str, Any]:
        """Return the object of an answer."""
        if not isinstance(answer.body, dict):
            raise self.malformed(what, path)
        return answer.body

    def malformed(self, what: str, path: str, kind: type[ApiError] = ApiError) -> ApiError:
        """Return the error for an answer of a form that is not known."""
        connection = self._http.connection
        return kind(
            what,
            connection.url + path,
            "answered in a form that is not known",
            f"Check that {connection.option} is the API URL of Genesys Cloud CX",
            status=200,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        if not isinstance(self._source, str):
            self._source.close()

    def _bearer(self) -> str:
        if self._token is None:
            self._token = self._source if isinstance(self._source, str) else self._source.token().access_token
        return self._token

    def _listing(self, path: str, what: str, params: list[tuple[str, str]]) -> list[dict[str, Any]]:
        """Follow the pages; an entity that they repeat comes once."""
        found: dict[str, dict[str, Any]] = {}
        seen: set[tuple[Any, ...]] = set()
        while (path, *sorted(params)) not in seen and len(seen) < _MOST_PAGES:
            seen.add((path, *sorted(params)))
            answer = self.request("GET", path, what, repeatable=True, params=params)
            for entity in self._entities(what, path, answer):
                found.setdefault(str(entity.get("id") or json.dumps(entity, sort_keys=True)), entity)
            following = answer.body.get("nextUri")
            if not following:
                return list(found.values())
            path, params = self._followed(what, path, following)
        raise self._astray(what, path, "lists pages without an end")

    def _followed(self, what: str, path: str, following: Any) -> tuple[str, list[tuple[str, str]]]:
        """Return path and query of the next page, which is below the base URL as all calls are."""
        base = urlsplit(self._http.connection.url)
        try:
            parts = urlsplit(following)
            query = parse_qsl(parts.query, keep_blank_values=True)
        except (AttributeError, TypeError, ValueError) as error:
            raise self.malformed(what, path) from error
        host = (parts.scheme or base.scheme, (parts.netloc or base.netloc).lower())
        if host != (base.scheme, base.netloc.lower()):
            raise self._astray(what, path, "has its next page on another host, which gets no token")
        if not parts.path.startswith("/"):
            raise self.malformed(what, path)
        return parts.path.removeprefix(base.path) if parts.path.startswith(f"{base.path}/") else parts.path, query

    def _entities(self, what: str, path: str, answer: Answer) -> list[dict[str, Any]]:
        entities = answer.body.get("entities") if isinstance(answer.body, dict) else None
        if not isinstance(entities, list) or not all(isinstance(entity, dict) for entity in entities):
            raise self.malformed(what, path)
        return entities

    def _astray(self, what: str, path: str, problem: str) -> ApiError:
        connection = self._http.connection
        remedy = f"Check that {connection.option} is the API URL of Genesys Cloud CX"
        return ApiError(what, connection.url + path, problem, remedy, status=200)


def _is_throttled(status: int, message: str) -> bool:
    """Tell whether a refusal of the token call means that there were too many: it comes as a 400."""
    return status == 400 and "rate limit" in message.lower()
