# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Genesys Web Services: authentication (contract section 4)."""

from __future__ import annotations

from dataclasses import dataclass

from .._core.errors import Unreadable
from .._core.http import Connection, Http
from .._core.secrets import Secrets
from .contact_centers import ContactCenters, parse_contact_centers

_TOKEN = "/auth/v3/oauth/token"
_CONTACT_CENTERS = "/environment/v3/contact-centers"


@dataclass(frozen=True)
class Login:
    """Who logs in: always a client, and a user where the grant is password.

    :arg username: ``domain\\user``, or None for the grant client_credentials.
    :arg api_key: what the vendor's API gateway lets calls through with, where there is one.
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
        """Return what every call of Genesys Web Services carries."""
        return {} if self.api_key is None else {"x-api-key": self.api_key}


class GwsAuthentication:
    """Tokens of Genesys Web Services."""

    def __init__(self, connection: Connection, login: Login, secrets: Secrets) -> None:
        options = "gws_client_id and gws_client_secret"
        if login.username is not None:
            options = f"gws_username and gws_password, {options}"
        if login.api_key is None:
            gateway = "; if an API gateway is in front that wants an x-api-key, set gws_api_key"
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
                "answered without an access_token",
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
        """Return the option that says who logs in."""
        return "gws_client_id" if self._login.username is None else "gws_username"

    @property
    def domain(self) -> str | None:
        """Return the domain of the user, None where there is none."""
        domain, mark, _name = (self._login.username or "").partition("\\")
        return domain if mark else None

    def contact_centers(self, token: str) -> ContactCenters:
        """Return the contact centers that a token sees.

        :raises ApiError: they can't be told for certain. Not every account may list them, nor is it known how.
        """
        what = "list the contact centers of the login"
        answer = self._http.request(
            "GET",
            _CONTACT_CENTERS,
            what,
            repeatable=True,
            headers={"Authorization": f"Bearer {token}"},
            time_limit=10,
        )
        found = parse_contact_centers(answer.body)
        if not found:
            url = self._http.connection.url + _CONTACT_CENTERS
            raise Unreadable(what, url, "answered in a form that is not known, or with none", "Nothing has to be done")
        return found

    def close(self) -> None:
        """Close the connection. The token is left to expire: no call to revoke one is known."""
        self._http.close()


def url_remedy(connection: Connection, root: str) -> str:
    """Return what to do where a server does not know a path of the API.

    :arg root: the beginning of the path that the API adds to the base URL.
    """
    return f"Check {connection.option}: it is the address in front of {root}"
