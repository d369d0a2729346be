# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sections and options of one transaction, and changes to them (contract section 3).

Each client of the configuration implements the protocol Configuration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from .._core import checks
from .._core.errors import ApiError

Sections = dict[str, dict[str, str]]
"""By section, the values of its options by key."""

_SHOWN = 5
"""How many options a warning lists."""

NO_OPTIONS_YET = "If the transaction has no option yet, add a first one in Platform Administration"
"""The remedy if a response has no options: the transaction may have none."""


@dataclass(frozen=True)
class Transaction:
    """A CfgTransaction object: its DBID and its options (userProperties).

    :arg oddities: the warnings about the options, a sentence each.
    """

    dbid: int
    name: str
    sections: Sections
    oddities: tuple[str, ...] = ()


class Options:
    """Collects the options of a transaction from a response.

    A section that is listed twice becomes one section. An option without a value becomes an empty string, so that a
    change knows that it exists.
    """

    def __init__(self) -> None:
        self.sections: Sections = {}
        self._twice: list[str] = []
        self._empty: list[str] = []

    def open(self, section: Any) -> None:
        """Add a section; raise TypeError if its name is not a string."""
        if not isinstance(section, str):
            raise TypeError("the name of a section is not a string")
        self.sections.setdefault(section, {})

    def take(self, section: Any, key: Any, value: Any) -> None:
        """Add an option; raise TypeError if it is not one."""
        if section not in self.sections:
            self.open(section)
        if not isinstance(key, str) or isinstance(value, (list, dict)):
            raise TypeError("the key of an option is not a string, or its value is a list or a dictionary")
        options = self.sections[section]
        if key in options:
            self._twice.append(f"{key} in {section}")
        if value is None:
            self._empty.append(f"{key} in {section}")
            value = ""
        options[key] = value if isinstance(value, str) else checks.as_text(value)

    def oddities(self, name: str) -> tuple[str, ...]:
        """Return the warnings about the options, a sentence each."""
        found = (
            (self._twice, "more than once. The last value is used. Remove the others"),
            (self._empty, "without a value (null). It is treated as an empty string. Set a value or remove the option"),
        )
        return tuple(
            f"The transaction {name} has the option {_some(places)} {what} in Platform Administration."
            for places, what in found
            if places
        )


def _some(places: list[str]) -> str:
    """Return the first places, and the number of the others."""
    first = list(dict.fromkeys(places))
    more = f" and {len(first) - _SHOWN} more" if len(first) > _SHOWN else ""
    return ", ".join(first[:_SHOWN]) + more


def as_dbid(value: Any) -> int:
    """Return a DBID from a number or a string; raise TypeError or ValueError if it is not a whole number."""
    if isinstance(value, (bool, float)):
        raise TypeError("the DBID is not a whole number")
    return int(value)


@dataclass(frozen=True)
class Delta:
    """The smallest change between two states of a transaction's options.

    :arg added: new options.
    :arg changed: options with a new value.
    :arg deleted: options to delete, with their present values.
    :arg deleted_sections: whole sections to delete.
    """

    added: Sections = field(default_factory=dict)
    changed: Sections = field(default_factory=dict)
    deleted: Sections = field(default_factory=dict)
    deleted_sections: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.deleted or self.deleted_sections)


def delta(before: Sections, after: Sections) -> Delta:
    """Return the smallest change from one state to the other."""
    added: Sections = {}
    changed: Sections = {}
    deleted: Sections = {}
    for section in sorted(after):
        old, new = before.get(section, {}), after[section]
        parts = (
            (added, {key: value for key, value in new.items() if key not in old}),
            (changed, {key: value for key, value in new.items() if key in old and old[key] != value}),
            (deleted, {key: value for key, value in old.items() if key not in new}),
        )
        for target, options in parts:
            if options:
                target[section] = options
    return Delta(added, changed, deleted, tuple(sorted(set(before) - set(after))))


def undone(before: Sections, after: Sections, now: Sections) -> Sections:
    """Return the present sections without a change that was made, or perhaps made, before.

    Only values that are still those of the change are restored. What others have changed stays.

    :arg before, after: the sections before and after the change.
    """
    result = dict(now)
    for section in sorted({*before, *after}):
        if section not in after:
            result.setdefault(section, before[section])
        elif section in now:
            old, new, seen = before.get(section, {}), after[section], now[section]
            keys = {key for key in {*old, *new} if old.get(key) != new.get(key) == seen.get(key)}
            options = {key: value for key, value in seen.items() if key not in keys}
            options.update({key: value for key, value in old.items() if key in keys})
            result[section] = options
            if not options and section not in before:
                del result[section]
    return result


def only_transaction(objects: list[Any], name: str, what: str, url: str, username: str) -> dict[str, Any]:
    """Return the object with that name from a server's list; raise ApiError unless there is exactly one.

    :arg username: the option that decides which objects the server lists.
    """
    # The request filters by name, but a server may ignore that.
    found = [item for item in objects if isinstance(item, dict) and item.get("name") == name]
    if not found:
        raise ApiError(
            what,
            url,
            f"has no transaction {name} in this tenant",
            f"Check that {username} belongs to the tenant. If it does, create the transaction {name} (type List) "
            "in Platform Administration, Environment > Transactions, as the deployment of Digital Channels does",
        )
    if len(found) > 1:
        raise ApiError(
            what, url, f"lists {len(found)} transactions named {name}", f"Use a {username} that sees only one tenant"
        )
    (transaction,) = found
    return transaction


class Configuration(Protocol):
    """A client of the tenant's configuration server."""

    def confirm(self, ccid: str) -> tuple[str, ...]:
        """Check that this is the configuration of that tenant; return a sentence for each doubt.

        :raises InvalidInput: it is certainly the configuration of another tenant.
        """

    def read(self, name: str) -> Transaction:
        """Return the transaction with that name; raise ApiError or Unsupported if it can't be read."""

    def write(self, transaction: Transaction, change: Delta) -> None:
        """Apply a change to the transaction as it was read.

        :raises Stale: the transaction has changed since it was read. Nothing was written.
        :raises Overwritten: the change was written, and someone else overwrote it at the same time.
        """

    def close(self) -> None:
        """End the session."""
