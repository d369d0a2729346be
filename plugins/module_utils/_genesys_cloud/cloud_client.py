# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Genesys Cloud CX: tokens, requests and listings with pages (contract section 6)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .._core.errors import ApiError, Intermediary, Refused, Unreadable
from .._core.http import Answer, Connection, Http
from .._core.secrets import Secrets

_TOKEN = "/oauth/token"
_PAGE_SIZE = 100
_MOST_PAGES = 1000
"""A listing with more pages than this is treated as endless."""

_LONGEST_LIFE = 366 * 86400
"""The longest lifetime of a token in seconds. A larger number is something else, such as a timestamp."""

_OF_A_LISTING = frozenset(
    [
        "entities",
        "pageSize",
        "pageNumber",
        "total",
        "pageCount",
        "selfUri",
        "firstUri",
        "previousUri",
        "nextUri",
        "lastUri",
    ]
)


@dataclass(frozen=True)
class Token:
    """An access token.

    :arg expires_at: in UTC, or None if it is not known.
    """

    access_token: str
    token_type: str
    expires_at: datetime | None


class CloudAuthentication:
    """Gets tokens for an OAuth client, with the grant type client credentials."""

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
            raise Unreadable(
                what,
                self._http.connection.url + _TOKEN,
                "returned no access_token",
                f"Check that {self._http.connection.option} is the login URL of Genesys Cloud CX",
                status=answer.status,
            )
        self._secrets.add(value)
        return Token(value, str(body.get("token_type") or "bearer"), _expiry(lifetime))

    def close(self) -> None:
        """Close the connection. The token stays valid until it expires."""
        self._http.close()


class Cloud:
    """Sends requests with a token. The first request gets it.

    :arg source: what gets tokens, or a token that can't be renewed.
    """

    def __init__(self, connection: Connection, source: CloudAuthentication | str, secrets: Secrets) -> None:
        who = "gc_access_token" if isinstance(source, str) else "gc_client_id"
        remedies = {
            401: f"Check {who}, and that the token has not expired",
            403: f"Give the OAuth client of {who} a role with the permission that the message names, in all divisions",
            404: f"Check that the object still exists, and that {connection.option} is the API URL of Genesys Cloud CX",
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
        """Send a request. If the token has expired, repeat it with a new token, unless ``once`` is set."""
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
        """Return all entries of a listing that is documented without pages. If it has pages, read them all."""
        return self._listing(path, what, [])

    def pages(self, path: str, what: str, params: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Return all entries of a listing with pages."""
        return self._listing(path, what, [*(params or {}).items(), ("pageSize", str(_PAGE_SIZE)), ("pageNumber", "1")])

    def document(self, what: str, path: str, answer: Answer) -> dict[str, Any]:
        """Return the body of an answer, which must be a JSON object."""
        if not isinstance(answer.body, dict):
            raise self.malformed(what, path)
        return answer.body

    def malformed(
        self,
        what: str,
        path: str,
        kind: type[ApiError] = Unreadable,
        problem: str = "sent a response that is not in a known format",
    ) -> ApiError:
        """Return the error for an answer that can't be used."""
        connection = self._http.connection
        return kind(
            what,
            connection.url + path,
            problem,
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
        """Return the entries of all pages. An entry that several pages list is returned once."""
        found: dict[str, dict[str, Any]] = {}
        seen: set[tuple[Any, ...]] = set()
        received = 0
        while (path, *sorted(params)) not in seen and len(seen) < _MOST_PAGES:
            seen.add((path, *sorted(params)))
            answer = self.request("GET", path, what, repeatable=True, params=params)
            entities = self._entities(what, path, answer)
            page = [(str(entity.get("id") or json.dumps(entity, sort_keys=True)), entity) for entity in entities]
            # If a later page repeats an entry, the listing shifted between two requests and left out another entry.
            received += sum(key not in found for key, _entity in page)
            for key, entity in page:
                found.setdefault(key, entity)
            following = answer.body.get("nextUri")
            if not following:
                self.require_whole(what, path, answer, received, len(seen))
                return list(found.values())
            path, params = self._followed(what, path, following)
        raise self.malformed(what, path, problem=f"returned {_MOST_PAGES} pages or more, or the same page again")

    def require_whole(self, what: str, path: str, answer: Answer, received: int, pages: int = 1) -> None:
        """Raise Unreadable if a listing announces more entries or pages than were received."""
        for name, had, kind in (("total", received, "entries"), ("pageCount", pages, "pages")):
            count = _number(answer.body.get(name))
            if count is not None:
                if had < count:
                    problem = f"announced {count} {kind}, but returned {had} and no next page"
                    raise self.malformed(what, path, problem=problem)
                return

    def _followed(self, what: str, path: str, following: Any) -> tuple[str, list[tuple[str, str]]]:
        """Return the path below the base URL, and the query, of the next page."""
        base = urlsplit(self._http.connection.url)
        try:
            parts = urlsplit(following)
            query = parse_qsl(parts.query, keep_blank_values=True)
        except (AttributeError, TypeError, ValueError) as error:
            raise self.malformed(what, path) from error
        host = (parts.scheme or base.scheme, (parts.netloc or base.netloc).lower())
        if host != (base.scheme, base.netloc.lower()):
            raise self.malformed(what, path, problem="named a next page on another host. The token is not sent there")
        if not parts.path.startswith("/"):
            raise self.malformed(what, path)
        return parts.path.removeprefix(base.path) if parts.path.startswith(f"{base.path}/") else parts.path, query

    def _entities(self, what: str, path: str, answer: Answer) -> list[dict[str, Any]]:
        entities = self.listed(what, path, answer)
        if not all(isinstance(entity, dict) for entity in entities):
            raise self.malformed(what, path)
        return entities

    def listed(self, what: str, path: str, answer: Answer) -> list[Any]:
        """Return the entries of one page. The server may leave out ``entities`` if there are none."""
        body = self.document(what, path, answer)
        entities = body.get("entities")
        # An object without entities that has other fields is not a listing.
        if entities is None and body.keys() <= _OF_A_LISTING:
            return []
        if not isinstance(entities, list):
            raise self.malformed(what, path)
        return entities


def is_gone(error: Refused) -> bool:
    """Return True if the API itself says that the object does not exist. A 404 of a proxy does not count."""
    return error.status == 404 and not isinstance(error, Intermediary)


def _expiry(lifetime: Any) -> datetime | None:
    """Return when a token with this lifetime expires, or None if the lifetime can't be used."""
    try:
        seconds = float(lifetime) if isinstance(lifetime, str) else lifetime
    except ValueError:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds <= _LONGEST_LIFE:
        return None
    return datetime.now(timezone.utc) + timedelta(seconds=seconds)


def _number(value: Any) -> int | None:
    """Return a count of a listing as a number, or None if it can't be used."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_throttled(status: int, message: str) -> bool:
    """Return True if the token request was refused because there were too many. Genesys Cloud CX sends 400 then."""
    return status == 400 and "rate limit" in message.lower()
