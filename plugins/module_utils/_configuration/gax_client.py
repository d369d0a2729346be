# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Genesys Administrator Extension (GAX): the tenant's configuration (contract section 3b).

A PUT replaces the object as a whole, with what others have changed in it since it was read. So it is read immediately
before, and read back after.
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
_CROSSED = "Someone else changed the options of the transaction in between. Run again when they are done."


@dataclass(frozen=True)
class Login:
    """Who logs in to GAX."""

    username: str
    password: str


class GaxConfiguration:
    """The tenant's configuration over GAX. The user who logs in decides whose configuration it is."""

    def __init__(self, connection: Connection, login: Login, secrets: Secrets) -> None:
        remedy = "Check that the user of gax_username may read and change transactions"
        url = f"Check {connection.option}: it is the address in front of /gax/api"
        # In which form GAX refuses is not known.
        self._http = Http(connection, secrets, remedies={401: remedy, 403: remedy, 404: url}, has_codes=False)
        self._login = login
        self._secrets = secrets
        self._logged_in = False
        # Whether a session of this client was ever good for a call.
        self._accepted = False
        secrets.add(login.password)

    def confirm(self, ccid: str) -> tuple[str, ...]:
        """Return no doubt: no call of GAX is known that tells which ccid a user belongs to."""
        return ()

    def read(self, name: str) -> Transaction:
        """Return the transaction of that name."""
        what = f"read the options of the transaction {name}"
        params = {"brief": "false", "type": _TYPE, "name": name}
        objects = self._call("GET", _OBJECTS, what, params=params).body
        url = self._http.connection.url + _OBJECTS
        if not isinstance(objects, list):
            raise Unreadable(
                what, url, "answered without a list of objects", "Check that gax_url is the base URL of GAX"
            )
        found = only_transaction(objects, name, what, url, "gax_username")
        try:
            dbid = as_dbid(found["dbid"])
        except (KeyError, TypeError, ValueError) as error:
            raise self._unknown_form(what, url) from error
        options = self._options(found, what, url)
        return Transaction(dbid, name, options.sections, options.oddities(name))

    def write(self, transaction: Transaction, change: Delta) -> None:
        """Apply a change in one PUT of the whole object, between two looks at it."""
        path = f"{_OBJECTS}/{_TYPE}/{transaction.dbid}"
        found, sections, etag = self._read_one(path, f"read the transaction {transaction.name} before it is changed")
        if sections != transaction.sections:
            raise Stale(_CROSSED)
        what = f"change the options of the transaction {transaction.name}"
        # Where GAX tells states apart, it can refuse to replace one that is not the one that was read. A weak ETag, as
        # what compresses on the way makes of any, never matches.
        headers = {"If-Match": etag} if etag and _STRONG.fullmatch(etag) else None
        try:
            self._call("PUT", path, what, body=changed_object(found, change), headers=headers)
        except Refused as error:
            if error.status == _CHANGED_SINCE:
                raise Stale(_CROSSED) from error
            raise
        self._check(transaction, change, path)

    def close(self) -> None:
        """Close the connection. The session is left to expire: no call to end one is known."""
        self._http.close()

    def _check(self, transaction: Transaction, change: Delta, path: str) -> None:
        """Read back what was written; raise Overwritten where it is not there."""
        what = f"read the transaction {transaction.name} back"
        try:
            _found, sections, _etag = self._read_one(path, what)
        except ApiError as error:
            url = self._http.connection.url + path
            problem = f"took the change, but could not be looked at afterwards: {error}"
            raise Unclear(what, url, problem, "Run again", status=error.status) from error
        lost = missing(change, sections)
        if lost:
            raise Overwritten(
                f"The options of the transaction {transaction.name} were written, and someone else replaced them at "
                f"the same time: of this change, {', '.join(lost)} did not last. What the other one wrote is on the "
                "server. Find out who else works on this object, then run again."
            )

    def _read_one(self, path: str, what: str) -> tuple[dict[str, Any], Sections, str | None]:
        """Return an object, its sections, and its ETag where there is one."""
        answer = self._call("GET", path, what)
        url = self._http.connection.url + path
        found = answer.body[0] if isinstance(answer.body, list) and len(answer.body) == 1 else answer.body
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
        """Call within a session; where it has ended, once more within a new one."""
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
                # A page in answer to a write may be any page: whether the write was done is for the caller to see.
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
        """Return what to look at where a call is refused immediately after a good login."""
        names = self._http.cookies.names()
        sent = f"sent back: {', '.join(names)}" if names else "the login gave no cookie"
        return (
            f"The login immediately before was good. So either the user lacks these rights, or the session was not "
            f"accepted ({sent}): check that whatever is in front of {self._http.connection.option}, such as an ingress "
            "or a load balancer, passes the cookies of GAX on and keeps a session on one node."
        )

    def _unknown_form(self, what: str, url: str) -> Unreadable:
        remedy = f"Check that gax_url is the base URL of GAX, and its version; report what it answers. {NO_OPTIONS_YET}"
        return Unreadable(
            what, url, "describes the transaction in a form that is not known, so nothing is written", remedy
        )


def parse_object(found: Mapping[str, Any]) -> Options:
    """Return the options of an object's annex.

    :raises AttributeError, KeyError, TypeError: it has none, or not in the known form. It is never taken for empty,
        since the object is written as a whole.
    """
    options = Options()
    for item in _properties(found):
        options.take(item["section"], item["key"], item["value"])
    return options


def changed_object(found: Mapping[str, Any], change: Delta) -> dict[str, Any]:
    """Return an object with a change made to its annex, and all else as it was read."""
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
    """Return what of a change is not in the sections, by section and key."""
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
        # A list of one may come as the one.
        return [properties]
    if not isinstance(properties, list):
        raise TypeError("property is no list")
    return properties


def _signed_out(error: ApiError) -> bool:
    """Tell whether a session may have ended: by a refusal, by the way to a login page, or by that page itself."""
    return error.status is not None and (error.status in (200, 401, 403) or 300 <= error.status < 400)
