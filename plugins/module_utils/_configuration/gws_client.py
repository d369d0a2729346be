# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client for the tenant's configuration over Genesys Web Services (GWS) (contract section 3a)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from .._core.errors import ApiError, Refused, SmsError, Stale, Unclear, Unreadable
from .._core.http import Connection, Http
from .._core.pauses import pauses
from .._core.secrets import Secrets
from .._gws.authentication import GwsAuthentication, url_remedy
from .._gws.contact_centers import ContactCenters, login_oddities
from .sections import NO_OPTIONS_YET, Delta, Options, Sections, Transaction, as_dbid, only_transaction

Value = TypeVar("Value")


_ROOT = "/provisioning/v3"
_OBJECTS = f"{_ROOT}/configuration/objects/transactions"
_SESSION = "PROVISIONING_SESSIONID"


_UNAUTHORIZED = 603
_ALREADY_EXISTS = 609
_NOTHING_TO_DELETE = 650
_LONGEST_PAUSE = 10.0
"""The longest pause in seconds between two requests for a session that is not ready. Ten seconds occur in practice."""


class GwsConfiguration:
    """The tenant's configuration over GWS. The user of the token decides which tenant's configuration it is.

    :arg ready_timeout: seconds to wait until the provisioning session is ready.
    """

    def __init__(
        self,
        authentication: GwsAuthentication,
        connection: Connection,
        secrets: Secrets,
        *,
        ready_timeout: float,
        progress: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        remedy = "Check that the account of gws_username may read and change configuration objects"
        remedies = {401: remedy, 403: remedy, 404: url_remedy(connection, _ROOT)}
        self._http = Http(connection, secrets, headers=authentication.headers, remedies=remedies)
        self._secrets = secrets
        self._authentication = authentication
        self._ready_timeout = ready_timeout
        self._progress = progress
        self._clock = clock
        self._sleep = sleep
        self._token: str | None = None
        # Whether GWS has accepted a session of this client before.
        self._accepted = False
        self._changed_part = True
        # The contact centers of the login: None before the first request, empty if they can't be listed.
        self._contact_centers: ContactCenters | None = None

    def confirm(self, ccid: str) -> tuple[str, ...]:
        """Check with the list of contact centers whether the login may belong to the tenant.

        If the list lacks the tenant, the login certainly belongs to another one. If the list has the tenant and others,
        it is not known which tenant's configuration the login opens.
        """
        token = self._ready_token()
        if self._contact_centers is None:
            try:
                self._contact_centers = self._authentication.contact_centers(token)
            except ApiError as error:
                self._contact_centers = {}
                self._progress(
                    "The login was not checked against ccid, because its contact centers could not be listed: "
                    f"{error.url} {error.problem}"
                )
        return login_oddities(self._contact_centers, ccid, self._authentication.option, self._authentication.domain)

    def read(self, name: str) -> Transaction:
        """Return the transaction of that name."""
        what = f"read the options of the transaction {name}"
        answer = self._signed_in(
            lambda headers: (
                self._http.request("GET", _OBJECTS, what, repeatable=True, params={"name": name}, headers=headers).body
            )
        )
        url = self._http.connection.url + _OBJECTS
        data = answer.get("data") if isinstance(answer, dict) else None
        objects = data.get("objects") if isinstance(data, dict) else None
        if not isinstance(objects, list):
            raise Unreadable(
                what,
                url,
                "sent a response that is not in a known format: data.objects is missing",
                "Check that gws_url is the base URL of Genesys Web Services",
            )
        found = only_transaction(objects, name, what, url, "gws_username")
        try:
            options = parse_properties(found.get("userProperties"))
            return Transaction(as_dbid(found["DBID"]), name, options.sections, options.oddities(name))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Unreadable(
                what,
                url,
                f"sent a response that is not in a known format: the transaction {name} can't be read from it, so "
                "nothing is written",
                f"Check the version of Genesys Web Services, and report its response. {NO_OPTIONS_YET}",
            ) from error

    def write(self, transaction: Transaction, change: Delta) -> None:
        """Apply a change in one PUT.

        :raises Stale: someone else has changed the options since they were read, or the server refused to change
            options in place. After the latter, the next write deletes and adds them instead.
        """
        in_place = self._changed_part
        body = delta_body(transaction, change, in_place=in_place)
        what = f"change the options of the transaction {transaction.name}"
        try:
            self._signed_in(
                lambda headers: self._http.request(
                    "PUT",
                    f"{_OBJECTS}/{transaction.dbid}",
                    what,
                    repeatable=False,
                    body=body,
                    headers=headers,
                )
            )
        except Unclear as error:
            if error.status is not None:
                # A server without support for changes in place may fail on them with a 5xx.
                self._changed_part = False
            raise
        except Refused as error:
            if _unauthorized(error):
                raise
            if change.changed and in_place:
                self._changed_part = False
                raise Stale("The server refused to change options in place (changedUserProperties).") from error
            if error.code in (_ALREADY_EXISTS, _NOTHING_TO_DELETE):
                raise Stale("Someone else changed the options of the transaction at the same time.") from error
            raise

    def close(self) -> None:
        """Log out, so that sessions do not pile up on the server."""
        token, self._token = self._token, None
        try:
            if token is not None:
                self._log_out(token)
        finally:
            self._http.close()
            self._authentication.close()

    def _log_out(self, token: str) -> None:
        # The work is done, so do not wait long for a slow server.
        self._http.request("POST", f"{_ROOT}/logout", "log out", repeatable=False, headers=_bearer(token), time_limit=5)

    def _signed_in(self, call: Callable[[dict[str, str]], Value]) -> Value:
        """Call with an authorization. If one that worked before is refused, log in and call once more."""
        while True:
            fresh = self._token is None
            headers = _bearer(self._ready_token())
            try:
                value = call(headers)
            except Refused as error:
                if not _unauthorized(error):
                    raise
                if fresh:
                    if not self._accepted:
                        error.add(self._about_the_session())
                    raise
                self._token = None
                self._http.cookies.clear()
            else:
                self._accepted = True
                return value

    def _about_the_session(self) -> str:
        """Return what to check if a request is refused immediately after a login."""
        sent = "cookie sent" if _SESSION in self._http.cookies else "the server did not set the cookie"
        return (
            "The login immediately before succeeded. So either the account lacks these rights, or the server did not "
            f"accept the provisioning session ({sent}). Check that everything in front of "
            f"{self._http.connection.option}, such as an ingress or a load balancer, passes on the cookie {_SESSION} "
            "and keeps a session on one node."
        )

    def _ready_token(self) -> str:
        """Return the token of a session that is ready. Log in if there is none."""
        if self._token is None:
            token = self._authentication.token()
            try:
                self._await_ready(token)
            except ApiError:
                # The server counts the session even if it is not ready.
                with suppress(ApiError):
                    self._log_out(token)
                raise
            self._token = token
        return self._token

    def _await_ready(self, token: str) -> None:
        """Start a provisioning session. The first one takes the server some time: repeat until it is ready."""
        started = self._clock()
        for pause in pauses(0.25, _LONGEST_PAUSE):
            try:
                answer = self._http.request(
                    "POST",
                    f"{_ROOT}/initialize-provisioning",
                    "start a provisioning session",
                    repeatable=True,
                    headers=_bearer(token),
                )
                self._note_session(answer.body)
                return
            except ApiError as error:
                self._note_session(error.body)
                if _unauthorized(error) or error.code is None or not _may_become_ready(error.status):
                    raise
                waited = self._clock() - started
                if waited + pause > self._ready_timeout:
                    raise ApiError(
                        "start a provisioning session",
                        error.url,
                        f"was not ready within {self._ready_timeout:g} s. The last time, it {error.problem}",
                        "Raise ready_timeout, or find out why Genesys Web Services does not reach the configuration "
                        "server",
                        status=error.status,
                        code=error.code,
                    ) from error
                self._progress(
                    f"Genesys Web Services is not ready yet (code {error.code}). Waited {waited:.0f} s so far."
                )
                self._sleep(pause)

    def _note_session(self, body: Any) -> None:
        """Keep the session ID of a response that sets no cookie. Later requests need it, even while it is not ready."""
        data = body.get("data") if isinstance(body, dict) else None
        session = data.get("sessionId") if isinstance(data, dict) else None
        if isinstance(session, str) and session and _SESSION not in self._http.cookies:
            self._http.cookies.set(_SESSION, session)
        self._secrets.add(*self._http.cookies.secrets())


def parse_properties(properties: Any) -> Options:
    """Return the options of a userProperties list. Ignore items outside of sections: writes leave them unchanged.

    :raises AttributeError, KeyError, TypeError: the list is not in the known format. It never counts as empty.
    """
    options = Options()
    if not isinstance(properties, list):
        raise TypeError("userProperties is not a list")
    for item in properties:
        value = item["value"]
        if isinstance(value, list):
            options.open(item["key"])
            for option in value:
                # Ignore a list within a section: it is not an option.
                if not isinstance(option["value"], list):
                    options.take(item["key"], option["key"], option["value"])
        elif isinstance(value, dict) or value is None or item.get("type") == "kvlist":
            raise TypeError("a section is not a list")
    return options


def render_properties(sections: Sections) -> list[dict[str, Any]]:
    """Return sections as a userProperties list; the reverse of parse_properties()."""
    return [
        {
            "key": section,
            "type": "kvlist",
            "value": [{"key": key, "type": "str", "value": value} for key, value in options.items()],
        }
        for section, options in sections.items()
    ]


def delta_body(transaction: Transaction, change: Delta, *, in_place: bool) -> dict[str, Any]:
    """Return the body of a change (contract section 3a, step 4).

    :arg in_place: use changedUserProperties. Otherwise a changed option is deleted and added.
    """
    added = {section: dict(options) for section, options in change.added.items()}
    deleted = {section: dict(options) for section, options in change.deleted.items()}
    deleted.update({section: {} for section in change.deleted_sections})
    if not in_place:
        for section, options in change.changed.items():
            added.setdefault(section, {}).update(options)
            deleted.setdefault(section, {}).update({key: transaction.sections[section][key] for key in options})
    data: dict[str, Any] = {
        "$class": "CfgDeltaTransaction",
        "deltaTransaction": {
            "$class": "CfgTransaction",
            "DBID": transaction.dbid,
            "userProperties": render_properties(added),
        },
        "deletedUserProperties": render_properties(deleted),
    }
    if in_place and change.changed:
        data["changedUserProperties"] = render_properties(change.changed)
    return {"data": data}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _may_become_ready(status: int | None) -> bool:
    """Return True if the HTTP status fits a session that is not ready. The status.code says that it is not."""
    return status is not None and (status < 300 or status >= 500 or status in (409, 425, 429))


def _unauthorized(error: SmsError) -> bool:
    return isinstance(error, ApiError) and (error.status in (401, 403) or error.code == _UNAUTHORIZED)
