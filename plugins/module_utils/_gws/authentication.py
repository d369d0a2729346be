# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The login to Genesys Web Services (contract section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._core.errors import Unreadable
from .._core.http import Connection, Http
from .._core.secrets import Secrets
from .contact_centers import ContactCenters, parse_contact_centers

_TOKEN = "/auth/v3/oauth/token"
_CONTACT_CENTERS = "/environment/v3/contact-centers"
_WHAT = "list the contact centers of the login"
_OF_OPERATIONS = "Check that gws_auth_url, or else gws_url, is the base URL of the environment API"


@dataclass(frozen=True)
class Login:
    """The credentials: always an API client, and a user for the grant password.

    :arg username: ``domain\\user``, or None for the grant client_credentials.
    :arg api_key: the key of the vendor's API gateway, if there is one.
    """

    client_id: str
    client_secret: str
    username: str | None = None
    password: str | None = None
    api_key: str | None = None

    def form(self) -> dict[str, str]:
        """Return the form of the token request."""
        if self.username is None:
            return {"grant_type": "client_credentials"}
        return {"grant_type": "password", "username": self.username, "password": self.password or ""}

    def headers(self) -> dict[str, str]:
        """Return the headers of every request to Genesys Web Services."""
        return {} if self.api_key is None else {"x-api-key": self.api_key}


class GwsAuthentication:
    """Gets access tokens of Genesys Web Services, and lists what they can access."""

    def __init__(self, connection: Connection, login: Login, secrets: Secrets) -> None:
        options = "gws_client_id and gws_client_secret"
        if login.username is not None:
            options = f"gws_username and gws_password, {options}"
        if login.api_key is None:
            gateway = ". If an API gateway in front of it wants an x-api-key, set gws_api_key"
        else:
            options, gateway = f"{options}, gws_api_key", ""
        remedy = f"Check {options}, and that the account is not locked{gateway}"
        remedies = {**dict.fromkeys((400, 401, 403), remedy), 404: url_remedy(connection, _TOKEN)}
        self.headers = login.headers()
        self._http = Http(connection, secrets, headers=self.headers, remedies=remedies)
        self._login = login
        self._secrets = secrets
        secrets.add_basic(login.client_id, login.client_secret)
        secrets.add(*self.headers.values())

    def token(self) -> str:
        """Return a new access token."""
        who = f"log in as {self._login.username}" if self._login.username else "log in as an API client"
        login = self._login
        answer = self._http.request(
            "POST",
            _TOKEN,
            who,
            repeatable=True,
            form=login.form(),
            basic=(login.client_id, login.client_secret),
        )
        token = answer.body.get("access_token") if isinstance(answer.body, dict) else None
        if not isinstance(token, str) or not token:
            raise Unreadable(
                who,
                self._http.connection.url + _TOKEN,
                "sent a response that is not in a known format: access_token is missing",
                "Check that gws_auth_url is the authentication service of Genesys Web Services",
                status=answer.status,
            )
        self._secrets.add(token)
        for name in ("refresh_token", "id_token"):
            if isinstance(answer.body.get(name), str):
                self._secrets.add(answer.body[name])
        return token

    @property
    def option(self) -> str:
        """The option with the name of the user or the client."""
        return "gws_client_id" if self._login.username is None else "gws_username"

    @property
    def domain(self) -> str | None:
        """The domain of the user. None: there is no domain."""
        domain, mark, _name = (self._login.username or "").partition("\\")
        return domain if mark else None

    def contact_centers(self, token: str) -> ContactCenters:
        """Return the contact centers that a token can access.

        :raises ApiError: they are not known for certain. Not every account may list them, and this call is not
            documented.
        """
        headers = {"Authorization": f"Bearer {token}"}
        found = _contact_centers(self._http, "No action is needed", headers=headers, time_limit=10)
        if not found:
            raise _not_known(self._http, "No action is needed")
        return found

    def all_contact_centers(self, token: str) -> ContactCenters:
        """Return the contact centers that a token can access, for a person who asks for them. There may be none."""
        return _contact_centers(self._http, _OF_OPERATIONS, headers={"Authorization": f"Bearer {token}"})

    def close(self) -> None:
        """Close the connection. The token expires by itself, since no call to revoke it is known."""
        self._http.close()


def operations_contact_centers(connection: Connection, login: Login, secrets: Secrets) -> ContactCenters:
    """Return the contact centers that the operations user can access. It needs no token."""
    user, password = login.username or "", login.password or ""
    secrets.add_basic(user, password)
    secrets.add(*login.headers().values())
    remedy = "Check gws_username and gws_password. Without gws_client_id they are those of the operations user"
    remedies = {**dict.fromkeys((400, 401, 403), remedy), 404: url_remedy(connection, _CONTACT_CENTERS)}
    http = Http(connection, secrets, headers=login.headers(), remedies=remedies)
    try:
        return _contact_centers(http, _OF_OPERATIONS, basic=(user, password))
    finally:
        http.close()


def _contact_centers(http: Http, remedy: str, **options: Any) -> ContactCenters:
    """Return the contact centers of a login.

    :arg options: of the request, such as its credentials.
    """
    found = parse_contact_centers(http.request("GET", _CONTACT_CENTERS, _WHAT, repeatable=True, **options).body)
    if found is None:
        raise _not_known(http, remedy)
    return found


def _not_known(http: Http, remedy: str) -> Unreadable:
    problem = "sent a response that has no contact centers or is not in a known format"
    return Unreadable(_WHAT, http.connection.url + _CONTACT_CENTERS, problem, remedy)


def url_remedy(connection: Connection, root: str) -> str:
    """Return the remedy for a path that the server does not know.

    :arg root: the start of the path that the API adds to the base URL.
    """
    return f"Check {connection.option}. It is the base URL, without {root}"
