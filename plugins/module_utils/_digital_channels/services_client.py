# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client for the services definitions of one tenant in Digital Channels (Nexus) (contract section 1).

Genesys documents only the POST. A server may lack the other calls, and may wrap its responses in an envelope or not.
The client finds out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Optional

from .._core.errors import ApiError, Intermediary, Refused, Unreadable, Unsupported
from .._core.http import Connection, Http
from .._core.secrets import Secrets, leaves

_PLACEHOLDER = re.compile(r"\W*(redacted|hidden|masked|secret|encrypted|null|none)\W*", re.IGNORECASE)
# A key among the secrets of a channel whose value is not a secret.
_IDENTIFIER = "channelId"
_NAMES = ("service", "name", "id")


@dataclass(frozen=True)
class Document:
    """A services definition.

    :arg url: None if the document has no such key.
    :arg secret: None if the server does not return it.
    """

    url: str | None
    data: dict[str, Any]
    secret: dict[str, Any] | None

    def body(self) -> dict[str, Any]:
        """Return the body of a request that writes the document."""
        body: dict[str, Any] = {} if self.url is None else {"url": self.url}
        return {**body, "data": self.data, "secret": self.secret or {}}


@dataclass(frozen=True)
class Sight:
    """What the server shows of a service.

    :arg state: ``present``; ``absent``; ``doubtful``: not found, but maybe the server has no call to read services;
        ``unreadable``: the server has no call to read services.
    :arg refusal: the error if a proxy, an ingress or a login page refused the request, and not the server.
    """

    state: Literal["present", "absent", "doubtful", "unreadable"]
    document: Document | None = None
    refusal: Intermediary | None = None


Listed = Callable[[], Optional[dict[str, Document]]]
"""Returns all services by name, or None if the server does not list them."""


def list_if_allowed(read: Listed) -> dict[str, Document] | None:
    """Return the list of services. Return None if the server refuses it or has none: the list is not documented.

    :raises ApiError: the server is in trouble.
    """
    try:
        return read()
    except ApiError as error:
        if error.status is None or error.status >= 500:
            raise
        return None


def sight_in(services: Mapping[str, Document], service: str) -> Sight:
    """Return what a list of all services shows of a service."""
    return Sight("present", services[service]) if service in services else Sight("absent")


class ServicesClient:
    """The services definitions of one tenant."""

    def __init__(self, connection: Connection, api_key: str, ccid: str, secrets: Secrets) -> None:
        remedies = {
            401: "Check api_key",
            403: f"Check that api_key may provision the tenant {ccid}",
            404: f"Check that ccid is a tenant of this installation, and the path of {connection.option}",
        }
        self._http = Http(connection, secrets, headers={"x-api-key": api_key, "x-ccid": ccid}, remedies=remedies)
        self._path = f"/nexus/v3/provisioning/services/{ccid}"
        self._secrets = secrets

    def look(self, service: str, listed: Listed | None = None) -> Sight:
        """Return what the server shows of a service.

        :arg listed: returns the list of services, if it was perhaps read before.
        """
        what = f"read the service {service}"
        try:
            answer = self._http.request("GET", f"{self._path}/{service}", what, repeatable=True)
        except Refused as error:
            foreign = error if isinstance(error, Intermediary) else None
            if not says(error, 404):
                if no_such_call(error):
                    return Sight("unreadable", refusal=foreign)
                raise
            # A 404 may mean that the server has no call to read services. The list shows more, if there is one.
            services = list_if_allowed(listed or self.list)
            if services is None:
                return Sight("unreadable", refusal=foreign) if no_such_path(error) else Sight("doubtful")
            return sight_in(services, service)
        return Sight("present", self._document(what, service, unwrap(answer.body)))

    def list(self) -> dict[str, Document] | None:
        """Return all services by name; None if the server has no such call."""
        what = "list the services"
        try:
            answer = self._http.request("GET", self._path, what, repeatable=True)
        except Refused as error:
            if not isinstance(error, Intermediary) and (says(error, 404) or no_such_call(error)):
                return None
            raise
        items = unwrap(answer.body)
        if isinstance(items, list):
            named = {_name(item): item for item in items}
        else:
            named = items if isinstance(items, dict) else {None: items}
        if None in named:
            raise self._malformed(what, self._path)
        return {str(name): self._document(what, str(name), item) for name, item in sorted(named.items())}

    def write(self, service: str, document: Document) -> None:
        """Create or replace a service. If the POST does not replace an existing service, send a PUT."""
        if not self.create(service, document):
            path = f"{self._path}/{service}"
            self._http.request("PUT", path, f"replace the service {service}", repeatable=False, body=document.body())

    def create(self, service: str, document: Document) -> bool:
        """Send the POST; return False if the server answers that the service exists and does not replace it."""
        path = f"{self._path}/{service}"
        try:
            self._http.request("POST", path, f"write the service {service}", repeatable=False, body=document.body())
        except Refused as error:
            if says(error, 409) and not isinstance(error, Intermediary):
                return False
            raise
        return True

    def delete(self, service: str) -> bool:
        """Delete a service; return False if it did not exist."""
        try:
            self._http.request("DELETE", f"{self._path}/{service}", f"delete the service {service}", repeatable=False)
        except Intermediary:
            raise
        except Refused as error:
            if no_such_call(error) or no_such_path(error):
                raise Unsupported(
                    f"This server can't delete services ({error.url} answered {error.status}), so the service "
                    f"{service} was not deleted. Check {self._http.connection.option}. If it is right, ask the "
                    "operators of Digital Channels to delete the service."
                ) from error
            if says(error, 404):
                return False
            raise
        return True

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _document(self, what: str, service: str, body: Any) -> Document:
        if not isinstance(body, dict):
            raise self._malformed(what, f"{self._path}/{service}")
        url, data, secret = body.get("url"), body.get("data"), body.get("secret")
        if not isinstance(url, (str, type(None))) or not all(
            isinstance(part, (dict, type(None))) for part in (data, secret)
        ):
            raise self._malformed(what, f"{self._path}/{service}")
        if secret is not None:
            self._secrets.add(*(leaf for leaf in leaves(secret, but=_IDENTIFIER) if not is_masked(leaf)))
        return Document(url, data or {}, secret)

    def _malformed(self, what: str, path: str) -> ApiError:
        option = self._http.connection.option
        return Unreadable(
            what,
            self._http.connection.url + path,
            "sent a response that is not in a known format",
            f"Check that {option} is the base URL of Digital Channels, and check the version of Digital Channels",
            status=200,
        )


def is_masked(value: Any) -> bool:
    """Return True if a server shows this value in place of a secret, such as ``***``."""
    if value is None:
        return True
    text = str(value).strip()
    return not text or "***" in text or (len(text) > 2 and len(set(text)) == 1) or bool(_PLACEHOLDER.fullmatch(text))


def says(error: Refused, number: int) -> bool:
    """Return True if a response has this number (404 or 409) as its HTTP status or as its ``status.code``."""
    return error.status == number or error.code == number


def no_such_call(error: Refused) -> bool:
    """Return True if a response says that the server does not have the call."""
    return error.status in (405, 501)


def no_such_path(error: Refused) -> bool:
    """Return True if a 404 is not from Digital Channels itself. Its own errors have a number as code."""
    return error.status == 404 and not str(error.code).isdigit()


def unwrap(body: Any) -> Any:
    """Return ``data`` of the envelope ``{"status": {"code": 0}, "data": …}``, or the body if it has no envelope."""
    if isinstance(body, dict) and isinstance(body.get("status"), dict) and "code" in body["status"]:
        return body.get("data")
    return body


def _name(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    return next((item[key] for key in _NAMES if isinstance(item.get(key), str)), None)
