# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tenant's configuration as its clients give it: sections of options of one transaction, and changes to them.

Contract section 3. A client is a Configuration; how it reads and writes is its own affair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from .._core import checks
from .._core.errors import ApiError

Sections = dict[str, dict[str, str]]
"""Options by key, by section."""

_SHOWN = 5
"""How many options a warning names."""

NO_OPTIONS_YET = "If the transaction has no option at all yet, add a first one in Platform Administration"
"""What to do where options are not shown, since there may be none."""


@dataclass(frozen=True)
class Transaction:
    """A CfgTransaction object: its DBID and its options (userProperties).

    :arg oddities: a sentence for each thing about the options that the user should know.
    """

    dbid: int
    name: str
    sections: Sections
    oddities: tuple[str, ...] = ()


class Options:
    """The options of a transaction while they are read from an answer, one by one.

    A section that is listed twice is one section. An option without a value counts as an empty one, so that a change
    finds it there.
    """

    def __init__(self) -> None:
        self.sections: Sections = {}
        self._twice: list[str] = []
        self._empty: list[str] = []

    def open(self, section: Any) -> None:
        """Take a section; raise TypeError where its name is not a text."""
        if not isinstance(section, str):
            raise TypeError("the name of a section is not a text")
        self.sections.setdefault(section, {})

    def take(self, section: Any, key: Any, value: Any) -> None:
        """Take an option; raise TypeError where it is none."""
        self.open(section)
        if not isinstance(key, str) or isinstance(value, (list, dict)):
            raise TypeError("an option is not a text with a single value")
        options = self.sections[section]
        if key in options:
            self._twice.append(f"{key} in {section}")
        if value is None:
            self._empty.append(f"{key} in {section}")
        options[key] = "" if value is None else checks.as_text(value)

    def oddities(self, name: str) -> tuple[str, ...]:
        """Return a sentence for each thing that the user should know."""
        found = (
            (self._twice, "more than once, and the last value counts here. Remove the others"),
            (self._empty, "without a value (null), which counts as empty here. Give it a value, or remove it"),
        )
        return tuple(
            f"The transaction {name} has the option {_some(places)} {what} in Platform Administration."
            for places, what in found
            if places
        )


def _some(places: list[str]) -> str:
    """Return the first of some places, and how many more there are."""
    first = list(dict.fromkeys(places))
    more = f" and {len(first) - _SHOWN} more" if len(first) > _SHOWN else ""
    return ", ".join(first[:_SHOWN]) + more


def as_dbid(value: Any) -> int:
    """Return a DBID that is written as a number or as a text; raise TypeError or ValueError where it is none."""
    if isinstance(value, (bool, float)):
        raise TypeError("a DBID is a whole number")
    return int(value)


@dataclass(frozen=True)
class Delta:
    """The smallest change between two states of a transaction's options.

    :arg added: options that are not there yet.
    :arg changed: options that get another value: section, key, new value.
    :arg deleted: options that go, with the values that they have.
    :arg deleted_sections: sections that go as a whole.
    """

    added: Sections = field(default_factory=dict)
    changed: Sections = field(default_factory=dict)
    deleted: Sections = field(default_factory=dict)
    deleted_sections: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.deleted or self.deleted_sections)


def delta(before: Sections, after: Sections) -> Delta:
    """Return the smallest change that leads from one state to the other."""
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


def only_transaction(objects: list[Any], name: str, what: str, url: str, username: str) -> dict[str, Any]:
    """Return the one object of that name among those that a server lists; raise ApiError where there is not just one.

    :arg username: the option that decides what is seen.
    """
    # The name is a filter of the server's: what it lets through is looked at again.
    found = [item for item in objects if isinstance(item, dict) and item.get("name") == name]
    if not found:
        raise ApiError(
            what,
            url,
            f"has no transaction {name} in this tenant",
            f"Check that {username} belongs to the tenant; if it does, create the transaction {name} (type List) "
            "in Platform Administration, Environment > Transactions, as the deployment of Digital Channels does",
        )
    if len(found) > 1:
        raise ApiError(
            what, url, f"shows {len(found)} transactions named {name}", f"Use a {username} that sees one tenant only"
        )
    return found[0]


class Configuration(Protocol):
    """A way to the tenant's configuration server."""

    def confirm(self, ccid: str) -> tuple[str, ...]:
        """Return a sentence for each doubt whether this is the configuration of that tenant.

        :raises InvalidInput: it is certainly another tenant's.
        """

    def read(self, name: str) -> Transaction:
        """Return the transaction of that name; raise ApiError or Unsupported where it can't be had."""

    def write(self, transaction: Transaction, change: Delta) -> None:
        """Apply a change to the transaction as it was read.

        :raises Stale: it is no longer as it was read, and nothing was written.
        :raises Overwritten: it was written, and someone else undid that at the same time.
        """

    def close(self) -> None:
        """End the session."""
