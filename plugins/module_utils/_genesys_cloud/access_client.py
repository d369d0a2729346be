# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Genesys Cloud CX: roles, grants and OAuth clients (contract section 6)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from .._core.errors import Intermediary, Refused, Unclear
from .._core.secrets import Secrets
from .._core.server_text import is_whole
from .cloud_client import Cloud, is_gone

_AUTHORIZATION = "/api/v2/authorization"
_ROLES = f"{_AUTHORIZATION}/roles"
_PERMISSIONS = f"{_AUTHORIZATION}/permissions"
_CLIENTS = "/api/v2/oauth/clients"
_USER_SEARCH = "/api/v2/users/search"

Document = dict[str, Any]

Catalogue = dict[str, dict[str, frozenset[str]]]
"""All permissions that the organization has: actions by entity, by domain."""


class CloudAccess:
    """Calls for roles, grants, users and OAuth clients of an organization."""

    def __init__(self, cloud: Cloud, secrets: Secrets) -> None:
        self._cloud = cloud
        self._secrets = secrets

    def roles(self, name: str) -> list[Document]:
        """Return the roles with this name, in any case. The server's search also matches parts of names."""
        listed = self._cloud.pages(_ROLES, f"look up the role {name}", {"name": name})
        return [role for role in listed if str(role.get("name")).lower() == name.lower()]

    def permissions(self) -> Catalogue | None:
        """Return all permissions that exist, or None if the server does not list them."""
        what = "list the permissions that exist"
        try:
            listed = self._cloud.pages(_PERMISSIONS, what)
        except Refused as error:
            if error.status in (403, 404, 405, 501):
                return None
            raise
        if not listed:
            # Every organization has permissions.
            raise self._cloud.malformed(what, _PERMISSIONS)
        catalogue: Catalogue = {}
        try:
            for item in listed:
                for entity, permissions in item["permissionMap"].items():
                    actions = frozenset(str(permission["action"]) for permission in permissions)
                    catalogue.setdefault(str(item["domain"]), {})[str(entity)] = actions
        except (AttributeError, KeyError, TypeError) as error:
            raise self._cloud.malformed(what, _PERMISSIONS) from error
        return catalogue

    def create_role(self, role: Document) -> None:
        """Create a role."""
        self._cloud.request("POST", _ROLES, f"create the role {role['name']}", body=role)

    def replace_role(self, identifier: str, role: Document) -> None:
        """Replace the name, description and policies of a role."""
        self._cloud.request("PUT", f"{_ROLES}/{quote(identifier)}", f"change the role {role['name']}", body=role)

    def delete_role(self, identifier: str, name: str) -> None:
        """Delete a role together with its grants."""
        self._cloud.request("DELETE", f"{_ROLES}/{quote(identifier)}", f"delete the role {name}")

    def home_division(self) -> str:
        """Return the ID of the home division, which every organization has."""
        path, what = f"{_AUTHORIZATION}/divisions/home", "look up the home division"
        division = self._cloud.document(what, path, self._cloud.request("GET", path, what, repeatable=True))
        if not isinstance(division.get("id"), str):
            raise self._cloud.malformed(what, path)
        return str(division["id"]).lower()

    def grants(self, subject: str) -> set[tuple[str, str]]:
        """Return the direct grants of a subject, as pairs of role ID and division ID."""
        path, what = f"{_AUTHORIZATION}/subjects/{quote(subject)}", f"read the roles of {subject}"
        document = self._cloud.document(what, path, self._cloud.request("GET", path, what, repeatable=True))
        try:
            return {
                (str(grant["role"]["id"]), str(grant["division"]["id"]).lower())
                for grant in document.get("grants") or []
                # Ignore grants that the subject has through a group.
                if str(grant.get("subjectId") or subject).lower() == subject.lower()
            }
        except (AttributeError, KeyError, TypeError) as error:
            raise self._cloud.malformed(what, path) from error

    def grant(self, subject: str, subject_type: str, division: str, role: str) -> None:
        """Grant a role to a subject, in a division."""
        what = f"grant a role to {subject}"
        params = {"subjectType": subject_type}
        self._cloud.request("POST", _grant_path(subject, division, role), what, params=params)

    def revoke(self, subject: str, subject_type: str, division: str, role: str) -> bool:
        """Revoke a role from a subject. Return False if the subject did not have it."""
        what = f"revoke a role from {subject}"
        params = {"subjectType": subject_type}
        try:
            self._cloud.request("DELETE", _grant_path(subject, division, role), what, params=params)
        except Refused as error:
            if is_gone(error):
                return False
            raise
        return True

    def users(self, email: str) -> list[Document]:
        """Return the users with this e-mail address, in any case."""
        what = f"look up the user {email}"
        criterion = {"type": "EXACT", "fields": ["email"], "value": email}
        answer = self._cloud.request("POST", _USER_SEARCH, what, repeatable=True, body={"query": [criterion]})
        # Without a result, the field is missing.
        found = self._cloud.document(what, _USER_SEARCH, answer).get("results") or []
        if not isinstance(found, list) or not all(isinstance(user, dict) for user in found):
            raise self._cloud.malformed(what, _USER_SEARCH)
        self._cloud.require_whole(what, _USER_SEARCH, answer, len(found))
        return [user for user in found if str(user.get("email")).lower() == email.lower()]

    def clients(self, name: str) -> list[Document]:
        """Return the OAuth clients with this name that are not deleted."""
        listed = self._cloud.pages(_CLIENTS, f"look up the OAuth client {name}")
        return [client for client in listed if client.get("name") == name and client.get("state") != "deleted"]

    def client(self, identifier: str) -> Document | None:
        """Return the OAuth client with this ID, or None if it does not exist or is deleted."""
        path, what = f"{_CLIENTS}/{quote(identifier, safe='')}", f"read the OAuth client {identifier}"
        try:
            answer = self._cloud.request("GET", path, what, repeatable=True)
        except Refused as error:
            if error.status in (400, 404) and not isinstance(error, Intermediary):
                return None
            raise
        document = self._cloud.document(what, path, answer)
        return None if document.get("state") == "deleted" else document

    def create_client(self, client: Document) -> Document:
        """Create an OAuth client. Only this answer contains its secret."""
        what = f"create the OAuth client {client['name']}"
        return self._told(what, _CLIENTS, client)

    def renew_secret(self, identifier: str, name: str) -> Document:
        """Give an OAuth client a new secret. The old secret stops working."""
        return self._told(f"renew the secret of the OAuth client {name}", f"{_CLIENTS}/{quote(identifier)}/secret")

    def replace_client(self, identifier: str, client: Document) -> None:
        """Replace all fields of an OAuth client except its secret."""
        what = f"change the OAuth client {client['name']}"
        self._cloud.request("PUT", f"{_CLIENTS}/{quote(identifier)}", what, body=client)

    def delete_client(self, identifier: str, name: str) -> None:
        """Delete an OAuth client. It must be inactive."""
        what = f"delete the OAuth client {name}"
        self._cloud.request("DELETE", f"{_CLIENTS}/{quote(identifier)}", what)

    def close(self) -> None:
        """Close the connections."""
        self._cloud.close()

    def _told(self, what: str, path: str, body: Document | None = None) -> Document:
        document = self._cloud.request("POST", path, what, body=body).body
        if not isinstance(document, dict):
            raise self._cloud.malformed(what, path, Unclear)
        if not all(isinstance(document.get(key), str) and is_whole(document[key]) for key in ("id", "secret")):
            raise self._cloud.malformed(what, path, Unclear)
        self._secrets.add(document["secret"])
        return document


def _grant_path(subject: str, division: str, role: str) -> str:
    return f"{_AUTHORIZATION}/subjects/{quote(subject)}/divisions/{quote(division)}/roles/{quote(role)}"
