# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models of the servers: small, so that they are easy to verify, and strict, so that they refuse wrong requests."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.gws_client import delta_body
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import (
    Delta,
    Sections,
    Transaction,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.api_keys_client import ApiKey
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import Document, Sight

DBID = 105
MASK = "********"


def apply_body(sections: Sections, body: dict[str, Any]) -> Sections:
    """Apply a delta like the configuration server: delete, change, add. Each must match the present sections."""
    data = body["data"]
    assert data["$class"] == "CfgDeltaTransaction"
    assert data["deltaTransaction"]["$class"] == "CfgTransaction"
    assert data["deltaTransaction"]["DBID"] == DBID
    after = copy.deepcopy(sections)
    for section, options in _options(data.get("deletedUserProperties", [])).items():
        if options:
            for key, value in options.items():
                assert after[section].pop(key) == value
        else:
            del after[section]
    for section, options in _options(data.get("changedUserProperties", [])).items():
        for key, value in options.items():
            assert after[section][key] != value
            after[section][key] = value
    for section, options in _options(data["deltaTransaction"].get("userProperties", [])).items():
        assert options
        for key, value in options.items():
            assert key not in after.get(section, {})
            after.setdefault(section, {})[key] = value
    return after


def _options(properties: list[dict[str, Any]]) -> Sections:
    sections: Sections = {}
    for section in properties:
        assert section["type"] == "kvlist"
        assert section["key"] not in sections
        assert all(option["type"] == "str" and isinstance(option["value"], str) for option in section["value"])
        sections[section["key"]] = {option["key"]: option["value"] for option in section["value"]}
    return sections


@dataclass
class ConfigurationModel:
    """A tenant's configuration, with the methods of a client."""

    sections: Sections
    in_place: bool = True
    changes: list[Delta] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def confirm(self, ccid: str) -> tuple[str, ...]:
        return ()

    def read(self, name: str) -> Transaction:
        return Transaction(DBID, name, copy.deepcopy(self.sections))

    def write(self, transaction: Transaction, change: Delta) -> None:
        body = delta_body(transaction, change, in_place=self.in_place)
        self.changes.append(change)
        self.bodies.append(body)
        self.sections = apply_body(self.sections, body)

    def close(self) -> None:
        """Do nothing."""


@dataclass
class ServicesModel:
    """A tenant's services, on a server that replaces whole documents.

    :arg read: how it shows secrets.
    """

    read: str
    documents: dict[str, Document] = field(default_factory=dict)
    writes: int = 0

    def look(self, service: str) -> Sight:
        stored = self.documents.get(service)
        if stored is None:
            return Sight("absent")
        secret: dict[str, Any] | None = copy.deepcopy(stored.secret)
        if self.read in ("masked", "masked_all"):
            secret = _masked(secret, also_ids=self.read == "masked_all")
        elif self.read == "omitted":
            secret = None
        return Sight("present", Document(stored.url, copy.deepcopy(stored.data), secret))

    def write(self, service: str, document: Document) -> None:
        self.writes += 1
        body = document.body()
        self.documents[service] = Document(body.get("url"), copy.deepcopy(body["data"]), copy.deepcopy(body["secret"]))

    def create(self, service: str, document: Document) -> bool:
        if service in self.documents:
            return False
        self.write(service, document)
        return True

    def delete(self, service: str) -> bool:
        self.writes += 1
        return self.documents.pop(service, None) is not None


def _masked(value: Any, also_ids: bool) -> Any:
    if isinstance(value, dict):
        return {
            key: item if key == "channelId" and not also_ids else _masked(item, also_ids) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, also_ids) for item in value]
    return MASK


@dataclass
class ApiKeysModel:
    """The API keys of an installation, in memory.

    :ivar lists: whether the server lists keys.
    :ivar is_there: whether a key that is not found is surely unknown to the server.
    :ivar chooses: whether it chooses each key itself.
    :ivar before, after: called with the name of each write, and may raise.
    """

    keys: list[ApiKey] = field(default_factory=list)
    lists: bool = True
    is_there: bool = True
    chooses: bool = False
    hidden: int = 0
    before: Callable[[str], None] = lambda name: None
    after: Callable[[str], None] = lambda name: None
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def writes(self) -> list[str]:
        return [call[0] for call in self.calls if call[0] not in ("list", "read")]

    def list(self) -> list[ApiKey] | None:
        self.calls.append(("list",))
        if self.hidden:
            self.hidden -= 1
            return []
        return copy.copy(self.keys) if self.lists else None

    def read(self, key: str) -> ApiKey | None:
        self.calls.append(("read", key))
        return next((item for item in self.keys if item.id == key), None)

    def create(self, key: ApiKey) -> ApiKey:
        self.calls.append(("create", key))
        self.before("create")
        made = key if key.id is not None and not self.chooses else replace(key, id=f"key-{len(self.keys)}")
        self.keys.append(made)
        self.after("create")
        return made

    def replace(self, key: ApiKey) -> None:
        self.calls.append(("replace", key))
        (place,) = (number for number, item in enumerate(self.keys) if item.id == key.id)
        self.keys[place] = key

    def delete(self, key: ApiKey) -> None:
        self.calls.append(("delete", key))
        self.keys.remove(key)

    def close(self) -> None:
        """Nothing is open."""
