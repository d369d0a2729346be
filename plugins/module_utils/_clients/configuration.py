# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tenant's configuration as its clients give it: sections of options of one transaction, and changes to them.

Contract section 3. A client is a Configuration; how it reads and writes is its own affair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import ApiError

Sections = dict[str, dict[str, str]]
"""Options by key, by section."""


@dataclass(frozen=True)
class Transaction:
    """A CfgTransaction object: its DBID and its options (userProperties)."""

    dbid: int
    name: str
    sections: Sections


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

    def read(self, name: str) -> Transaction:
        """Return the transaction of that name; raise ApiError or Unsupported where it can't be had."""

    def write(self, transaction: Transaction, change: Delta) -> None:
        """Apply a change to the transaction as it was read.

        :raises Stale: it is no longer as it was read, and nothing was written.
        :raises Overwritten: it was written, and someone else undid that at the same time.
        """

    def close(self) -> None:
        """End the session."""
