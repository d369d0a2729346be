# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model of who may do what in an organization of Genesys Cloud CX, as `CloudAccess` shows it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.access_client import Catalogue, Document

HOME = "home0000-0000-4000-8000-000000000000"


@dataclass
class AccessModel:
    """Roles, grants, users and OAuth clients in memory.

    :ivar lag: how many looks do not show what was written last.
    :ivar before: is called with the name of each write before it is done, and may raise.
    :ivar after: is called with the name of each write after it is done, and may raise.
    :ivar writes: the names and arguments of all writes.
    """

    role_list: list[Document] = field(default_factory=list)
    catalogue: Catalogue | None = None
    granted: set[tuple[str, str, str]] = field(default_factory=set)
    user_list: list[Document] = field(default_factory=list)
    client_list: list[Document] = field(default_factory=list)
    lag: int = 0
    before: Callable[[str], None] = lambda name: None
    after: Callable[[str], None] = lambda name: None
    writes: list[tuple[Any, ...]] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    _hidden: list[Any] = field(default_factory=list)

    def _write(self, name: str, *arguments: Any, do: Callable[[], Any]) -> Any:
        self.before(name)
        self.writes.append((name, *copy.deepcopy(arguments)))
        result = do()
        self.after(name)
        return result

    def _read(self, name: str, found: list[Document]) -> list[Document]:
        self.reads.append(name)
        if self._hidden and self.lag > 0:
            self.lag -= 1
            return [copy.deepcopy(item) for item in found if item not in self._hidden]
        return copy.deepcopy(found)

    def roles(self, name: str) -> list[Document]:
        return self._read("roles", [role for role in self.role_list if role["name"].lower() == name.lower()])

    def permissions(self) -> Catalogue | None:
        self.reads.append("permissions")
        return self.catalogue

    def create_role(self, role: Document) -> None:
        new = {**role, "id": f"role-{len(self.role_list)}"}
        self._hidden.append(new)
        self._write("create_role", role, do=lambda: self.role_list.append(new))

    def replace_role(self, identifier: str, role: Document) -> None:
        (old,) = (item for item in self.role_list if item["id"] == identifier)
        self._write("replace_role", identifier, role, do=lambda: old.update(role))

    def delete_role(self, identifier: str, name: str) -> None:
        (old,) = (item for item in self.role_list if (item["id"], item["name"]) == (identifier, name))
        self._write("delete_role", identifier, do=lambda: self.role_list.remove(old))

    def home_division(self) -> str:
        self.reads.append("home_division")
        return HOME

    def grants(self, subject: str) -> set[tuple[str, str]]:
        self.reads.append("grants")
        shown = {(role, division) for who, role, division in self.granted if who == subject}
        if self._hidden and self.lag > 0:
            self.lag -= 1
            return shown - set(self._hidden)
        return shown

    def grant(self, subject: str, subject_type: str, division: str, role: str) -> None:
        self._hidden.append((role, division))
        self._write(
            "grant", subject, subject_type, division, role, do=lambda: self.granted.add((subject, role, division))
        )

    def revoke(self, subject: str, subject_type: str, division: str, role: str) -> bool:
        had = (subject, role, division) in self.granted
        self._write(
            "revoke", subject, subject_type, division, role, do=lambda: self.granted.discard((subject, role, division))
        )
        return had

    def users(self, email: str) -> list[Document]:
        return self._read("users", [user for user in self.user_list if user["email"].lower() == email.lower()])

    def clients(self, name: str) -> list[Document]:
        return self._read("clients", [_shown(client) for client in self.client_list if client["name"] == name])

    def client(self, identifier: str) -> Document | None:
        self.reads.append("client")
        return next((_shown(item) for item in self.client_list if item["id"].lower() == identifier.lower()), None)

    def create_client(self, client: Document) -> Document:
        number = len(self.client_list)
        new = {**copy.deepcopy(client), "id": f"client-{number}", "secret": f"secret-{number}"}
        self._hidden.append(_shown(new))
        self._write("create_client", client, do=lambda: self.client_list.append(new))
        return copy.deepcopy(new)

    def renew_secret(self, identifier: str, name: str) -> Document:
        (client,) = (item for item in self.client_list if (item["id"], item["name"]) == (identifier, name))
        self._write("renew_secret", identifier, do=lambda: client.update(secret=f"{client['secret']}-new"))
        return copy.deepcopy(client)

    def replace_client(self, identifier: str, client: Document) -> None:
        (old,) = (item for item in self.client_list if item["id"] == identifier)
        self._write("replace_client", identifier, client, do=lambda: old.update(client))

    def delete_client(self, identifier: str, name: str) -> None:
        (old,) = (item for item in self.client_list if (item["id"], item["name"]) == (identifier, name))
        assert old.get("state") == "inactive"
        self._write("delete_client", identifier, do=lambda: self.client_list.remove(old))

    def close(self) -> None:
        """Nothing is open."""


def _shown(client: Document) -> Document:
    """Return a client without its secret, which is told only once."""
    return {name: copy.deepcopy(value) for name, value in client.items() if name != "secret"}
