# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client for the tenant's configuration over Genesys Administrator Extension (GAX) (contract section 3b).

A PUT replaces the whole object, and overwrites changes that others have made since it was read. So the client reads
the object immediately before the PUT, and reads it back afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import ApiError, Intermediary, Overwritten, Refused, Stale, Unclear, Unreadable
from .._core.http import Answer, Connection, Http
from .._core.secrets import Secrets
from .sections import NO_OPTIONS_YET, Delta, Options, Sections, Transaction, as_dbid, only_transaction

_OBJECTS = "/gax/api/cfg/objects"
_TYPE = "CfgTransaction"
_LOGIN = "/gax/api/session/login"
_CHANGED_SINCE = 412
_STRONG = re.compile('"[!#-~]*"')
_CROSSED = "Someone else changed the options of the transaction at the same time. Run again when they are done."


@dataclass(frozen=True)
class Login:
    """The user of GAX."""

    username: str
    password: str


class GaxConfiguration:
    """The tenant's configuration over GAX. The user decides which tenant's configuration it is."""

    def __init__(self, connection: Connection, login: Login, secrets: Secrets) -> None:
        remedy = "Check that the user of gax_username may read and change transactions"
        url = f"Check {connection.option}. It is the base URL, without /gax/api"
        # The format of GAX's error responses is not known.
        self._http = Http(connection, secrets, remedies={401: remedy, 403: remedy, 404: url}, has_codes=False)
        self._login = login
        self._secrets = secrets
        self._logged_in = False
        # Whether GAX has accepted a session of this client before.
        self._accepted = False
        secrets.add(login.password)

    def confirm(self, ccid: str) -> tuple[str, ...]:
        """Return nothing: no known call of GAX returns the ccid of a user."""
        return ()

    def read(self, name: str) -> Transaction:
        """Return the transaction of that name."""
        what = f"read the options of the transaction {name}"
        params = {"brief": "false", "type": _TYPE, "name": name}
        objects = self._call("GET", _OBJECTS, what, params=params).body
        url = self._http.connection.url + _OBJECTS
        if not isinstance(objects, list):
            raise Unreadable(
                what,
                url,
                "sent a response that is not in a known format: it is not a list of objects",
                "Check that gax_url is the base URL of GAX",
            )
        found = only_transaction(objects, name, what, url, "gax_username")
        try:
            dbid = as_dbid(found["dbid"])
        except (KeyError, TypeError, ValueError) as error:
            raise self._unknown_form(what, url) from error
        options = self._options(found, what, url)
        return Transaction(dbid, name, options.sections, options.oddities(name))

    def write(self, transaction: Transaction, change: Delta) -> None:
        """Apply a change in one PUT of the whole object. Read it before and after."""
        path = f"{_OBJECTS}/{_TYPE}/{transaction.dbid}"
        found, sections, etag = self._read_one(path, f"read the transaction {transaction.name} before it is changed")
        if sections != transaction.sections:
            raise Stale(_CROSSED)
        what = f"change the options of the transaction {transaction.name}"
        # With If-Match, GAX can refuse to overwrite a newer state. A weak ETag never matches: a proxy that compresses
        # responses makes strong ETags weak.
        headers = {"If-Match": etag} if etag and _STRONG.fullmatch(etag) else None
        try:
            self._call("PUT", path, what, body=changed_object(found, change), headers=headers)
        except Refused as error:
            if error.status == _CHANGED_SINCE:
                raise Stale(_CROSSED) from error
            raise
        self._check(transaction, change, path)

    def close(self) -> None:
        """Close the connection. The session expires by itself: no call that ends a session is known."""
        self._http.close()

    def _check(self, transaction: Transaction, change: Delta, path: str) -> None:
        """Read the object back; raise Overwritten if the change is not in it."""
        try:
            _found, sections, _etag = self._read_one(path, f"read the transaction {transaction.name} back")
        except ApiError as error:
            raise Unclear(
                f"confirm the change of the transaction {transaction.name}",
                self._http.connection.url + path,
                "accepted the change, but it could not be read back",
                f"{str(error).rstrip('.')}. Run again",
                status=error.status,
            ) from error
        lost = missing(change, sections)
        if lost:
            raise Overwritten(
                f"The options of the transaction {transaction.name} were written, but someone else replaced them at "
                f"the same time. These parts of the change are lost: {', '.join(lost)}. The server has what the other "
                "one wrote. Find out who else changes this object, then run again."
            )

    def _read_one(self, path: str, what: str) -> tuple[dict[str, Any], Sections, str | None]:
        """Return an object, its sections, and its ETag if it has one."""
        answer = self._call("GET", path, what)
        url = self._http.connection.url + path
        found = answer.body
        if isinstance(found, list) and len(found) == 1:
            (found,) = found
        if not isinstance(found, dict):
            raise self._unknown_form(what, url)
        return found, self._options(found, what, url).sections, answer.etag

    def _options(self, found: dict[str, Any], what: str, url: str) -> Options:
        try:
            return parse_object(found)
        except (AttributeError, KeyError, TypeError) as error:
            raise self._unknown_form(what, url) from error

    def _call(
        self,
        method: str,
        path: str,
        what: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request within a session. If the session has ended, log in and send it once more."""
        while True:
            fresh = not self._logged_in
            self._log_in()
            try:
                answer = self._http.request(
                    method, path, what, repeatable=method == "GET", params=params, body=body, headers=headers
                )
            except ApiError as error:
                if not _signed_out(error):
                    raise
                self._logged_in = False
                # If the response to a write is a page, the write may have been done. The caller reads back to find out.
                if fresh or isinstance(error, Unclear):
                    if not self._accepted:
                        error.add(self._about_the_session())
                    raise
            else:
                self._accepted = True
                return answer

    def _log_in(self) -> None:
        if self._logged_in:
            return
        self._http.cookies.clear()
        login = self._login
        what = f"log in to GAX as {login.username}"
        body = {"username": login.username, "password": login.password, "isPasswordEncrypted": False}
        try:
            self._http.request("POST", _LOGIN, what, repeatable=True, body=body)
        except Refused as error:
            if isinstance(error, Intermediary) or error.status not in (401, 403):
                raise
            raise Refused(
                what,
                error.url,
                error.problem,
                "Check gax_username and gax_password",
                status=error.status,
                code=error.code,
                correlation_id=error.correlation_id,
            ) from error
        self._secrets.add(*self._http.cookies.secrets())
        self._logged_in = True

    def _about_the_session(self) -> str:
        """Return what to check if a request is refused immediately after a login."""
        names = self._http.cookies.names()
        sent = f"cookies sent: {', '.join(names)}" if names else "the login set no cookie"
        return (
            f"The login immediately before succeeded. So either the user lacks these rights, or GAX did not accept the "
            f"session ({sent}). Check that everything in front of {self._http.connection.option}, such as an ingress "
            "or a load balancer, passes on the cookies of GAX and keeps a session on one node."
        )

    def _unknown_form(self, what: str, url: str) -> Unreadable:
        return Unreadable(
            what,
            url,
            "sent a response that is not in a known format: the transaction can't be read from it",
            "Check that gax_url is the base URL of GAX. Check the version of GAX, and report its response. "
            f"{NO_OPTIONS_YET}",
        )


def parse_object(found: Mapping[str, Any]) -> Options:
    """Return the options of an object's annex.

    :raises AttributeError, KeyError, TypeError: the annex is missing or not in the known format. It never counts as
        empty, because the whole object is written back.
    """
    options = Options()
    for item in _properties(found):
        options.take(item["section"], item["key"], item["value"])
    return options


def changed_object(found: Mapping[str, Any], change: Delta) -> dict[str, Any]:
    """Return an object with a change applied to its annex. Everything else stays as it was read."""
    properties = []
    for item in _properties(found):
        section, key = item["section"], item["key"]
        if section in change.deleted_sections or key in change.deleted.get(section, {}):
            continue
        changed = change.changed.get(section, {})
        properties.append({**item, "value": changed[key]} if key in changed else item)
    for section, options in change.added.items():
        properties += [{"section": section, "key": key, "value": value} for key, value in options.items()]
    return {**found, "userproperties": {**found["userproperties"], "property": properties}}


def missing(change: Delta, sections: Sections) -> list[str]:
    """Return the parts of a change that the sections do not have, each as a section and a key."""
    lost = [section for section in change.deleted_sections if section in sections]
    for section, options in change.deleted.items():
        lost += [f"{section} {key}" for key in options if key in sections.get(section, {})]
    for part in (change.added, change.changed):
        for section, options in part.items():
            lost += [f"{section} {key}" for key in options if sections.get(section, {}).get(key) != options[key]]
    return sorted(lost)


def _properties(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    properties = found["userproperties"]["property"]
    if isinstance(properties, dict):
        # GAX may send a list of one item as that item.
        return [properties]
    if not isinstance(properties, list):
        raise TypeError("property is not a list")
    return properties


def _signed_out(error: ApiError) -> bool:
    """Return True if the session may have ended: on a refusal, a redirect to a login page, or the page itself."""
    return error.status is not None and (error.status in (200, 401, 403) or 300 <= error.status < 400)
