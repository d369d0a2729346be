# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Genesys Web Services: authentication (contract section 4) and configuration objects (section 3a)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.configuration import (
    Delta,
    Sections,
    Transaction,
    only_transaction,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import (
    ApiError,
    Refused,
    SmsError,
    Stale,
    Unclear,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._http import Connection, Http
from ansible_collections.cxops.genesys_sms.plugins.module_utils._secrets import Secrets

Value = TypeVar("Value")

_OBJECTS = "/provisioning/v3/configuration/objects/transactions"
_UNAUTHORIZED = 603
_ALREADY_EXISTS = 609
_NOTHING_TO_DELETE = 650
_LONGEST_PAUSE = 10.0
"""Seconds between two looks at a session that is not ready; ten were seen in the field."""


@dataclass(frozen=True)
class Login:
    """Who logs in: always a client, and a user where the grant is password.

    :arg username: ``domain\\user``, or None for the grant client_credentials.
    """

    client_id: str
    client_secret: str
    username: str | None = None
    password: str | None = None

    def form(self) -> dict[str, str]:
        """Return the form of the token request."""
        if self.username is None:
            return {"grant_type": "client_credentials"}
        return {"grant_type": "password", "username": self.username, "password": self.password or ""}


class GwsAuthentication:
    """Tokens of Genesys Web Services."""

    def __init__(self, connection: Connection, login: Login, secrets: Secrets) -> None:
        options = "gws_client_id and gws_client_secret"
        if login.username is not None:
            options = f"gws_username and gws_password, {options}"
        remedy = f"Check {options}, and that the account is not locked"
        self._http = Http(connection, secrets, remedies={400: remedy, 401: remedy, 403: remedy})
        self._login = login
        self._secrets = secrets
        secrets.add_basic(login.client_id, login.client_secret)

    def token(self) -> str:
        """Return a new access token."""
        who = f"log in as {self._login.username}" if self._login.username else "log in as an API client"
        login = self._login
        answer = self._http.request(
            "POST",
            "/auth/v3/oauth/token",
            who,
            repeatable=True,
            form=login.form(),
            basic=(login.client_id, login.client_secret),
        )
        token = answer.body.get("access_token") if isinstance(answer.body, dict) else None
        if not isinstance(token, str) or not token:
            raise ApiError(
                who,
                self._http.connection.url + "/auth/v3/oauth/token",
                "answered without an access_token",
                "Check that gws_auth_url is the authentication service of Genesys Web Services",
                status=answer.status,
            )
        self._secrets.add(token)
        for name in ("refresh_token", "id_token"):
            if isinstance(answer.body.get(name), str):
                self._secrets.add(answer.body[name])
        return token

    def close(self) -> None:
        """Close the connection. The token is left to expire: no call to revoke one is known."""
        self._http.close()


class GwsConfiguration:
    """The tenant's configuration over GWS. The user of the token decides whose configuration it is.

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
        self._http = Http(connection, secrets, remedies={401: remedy, 403: remedy})
        self._authentication = authentication
        self._ready_timeout = ready_timeout
        self._progress = progress
        self._clock = clock
        self._sleep = sleep
        self._token: str | None = None
        self._changed_part = True

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
            raise ApiError(
                what, url, "answered without data.objects", "Check that gws_url is the base URL of Genesys Web Services"
            )
        found = only_transaction(objects, name, what, url, "gws_username")
        try:
            return Transaction(int(found["DBID"]), name, parse_properties(found.get("userProperties")))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ApiError(
                what,
                url,
                f"describes the transaction {name} in a form that is not known",
                "Check the version of Genesys Web Services, and report what it answers",
            ) from error

    def write(self, transaction: Transaction, change: Delta) -> None:
        """Apply a change in one PUT.

        :raises Stale: the options are no longer as they were read, or the server does not take changes in place, which
            is remembered: the next delta deletes and adds instead.
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
                # A server that does not know changes in place may well fail over them.
                self._changed_part = False
            raise
        except Refused as error:
            if _unauthorized(error):
                raise
            if change.changed and in_place:
                self._changed_part = False
                raise Stale("The server did not take changed options in place.") from error
            if error.code in (_ALREADY_EXISTS, _NOTHING_TO_DELETE):
                raise Stale("Someone else changed the options in between.") from error
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
        headers = {"Authorization": f"Bearer {token}"}
        # The work is done: a server that does not answer is not waited for.
        self._http.request(
            "POST", "/provisioning/v3/logout", "log out", repeatable=False, headers=headers, time_limit=5
        )

    def _signed_in(self, call: Callable[[dict[str, str]], Value]) -> Value:
        """Call with an authorization; where it is refused although it was good before, once more with a new one."""
        fresh = self._token is None
        try:
            return call(self._authorization())
        except Refused as error:
            if fresh or not _unauthorized(error):
                raise
            self._token = None
            self._http.cookies.clear()
            return call(self._authorization())

    def _authorization(self) -> dict[str, str]:
        if self._token is None:
            token = self._authentication.token()
            try:
                self._await_ready(token)
            except ApiError:
                # What was begun counts as a session, ready or not.
                with suppress(ApiError):
                    self._log_out(token)
                raise
            self._token = token
        return {"Authorization": f"Bearer {self._token}"}

    def _await_ready(self, token: str) -> None:
        """Begin a provisioning session. The server needs time for the first one: ask until it is ready."""
        started = self._clock()
        pause = 0.25
        while True:
            try:
                self._http.request(
                    "POST",
                    "/provisioning/v3/initialize-provisioning",
                    "begin a provisioning session",
                    repeatable=True,
                    headers={"Authorization": f"Bearer {token}"},
                )
                return
            except ApiError as error:
                if _unauthorized(error) or error.code is None or not _may_become_ready(error.status):
                    raise
                waited = self._clock() - started
                if waited + pause > self._ready_timeout:
                    raise ApiError(
                        "begin a provisioning session",
                        error.url,
                        f"was not ready within {self._ready_timeout:g} s; the last time it {error.problem}",
                        "Raise ready_timeout, or find out why it does not reach the configuration server",
                        status=error.status,
                        code=error.code,
                    ) from error
                self._progress(
                    f"Genesys Web Services is not ready yet (code {error.code}), {waited:.0f} s waited so far"
                )
                self._sleep(pause * random.uniform(0.8, 1.0))
                pause = min(_LONGEST_PAUSE, pause * 2)


def parse_properties(properties: Any) -> Sections:
    """Return the sections of a userProperties list. What is no option of a section is passed over, and so left alone.

    :raises AttributeError, KeyError, TypeError: the list does not have the known form.
    """
    sections: Sections = {}
    if not isinstance(properties, (list, type(None))):
        raise TypeError("userProperties is no list")
    for section in properties or []:
        if isinstance(section.get("value"), list):
            sections[str(section["key"])] = {
                str(option["key"]): str(option["value"])
                for option in section["value"]
                if not isinstance(option.get("value"), (list, dict, type(None)))
            }
    return sections


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

    :arg in_place: use changedUserProperties; else a changed option is deleted and added.
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


def _may_become_ready(status: int | None) -> bool:
    """Tell whether an HTTP status fits to a session that is not ready; it is the status.code that says so."""
    return status is not None and (status < 300 or status >= 500 or status in (409, 425, 429))


def _unauthorized(error: SmsError) -> bool:
    return isinstance(error, ApiError) and (error.status in (401, 403) or error.code == _UNAUTHORIZED)
