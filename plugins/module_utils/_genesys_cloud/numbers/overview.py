# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All toll-free numbers of an organization, from what each OAuth client and each journal shows. It sends no request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._core import checks
from . import rules as words
from .client import TollfreeNumber
from .events import Purchase
from .plan import Observed

FINDINGS = {
    "mark_missing": "without the mark of a slot",
    "doubled": "its slot has another number too",
    "foreign": "of no known tenant",
    "not_in_inventory": "not in the inventory",
    "not_in_journal": "not in the journal",
    "order_open": "order undecided",
    "port_in": "being ported in",
    "not_in_account": "not in the account",
    "account_not_read": "its account was not read",
}
"""What a person should look at: each finding in words."""


@dataclass(frozen=True)
class Tenant:
    """A tenant of the organization.

    :arg is_in_run: whether its account is read. The numbers of other tenants are left out.
    :arg slots: the slots that its inventory lists, in lower case. None if that is not known.
    :arg numbers: the numbers that its inventory lists.
    :arg foreign: numbers that seem to belong to it and do not.
    """

    name: str
    ccid: str
    is_in_run: bool = True
    slots: frozenset[str] | None = None
    numbers: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()

    def lists(self, number: str, slot: str | None) -> bool:
        """Return True if the inventory lists a number or its slot, or if it is not known what it lists."""
        return self.slots is None or number in self.numbers or (slot or "").lower() in self.slots


@dataclass(frozen=True)
class Account:
    """What one login sees.

    :arg tenants: names of the tenants that use it.
    :arg numbers: None if it could not be read.
    """

    client: str | None
    tenants: tuple[str, ...]
    numbers: Sequence[TollfreeNumber] | None
    problem: str | None = None


@dataclass(frozen=True)
class Book:
    """What one journal contains.

    :arg tenants: names of the tenants that use it.
    :arg exists: None if it could not be read.
    """

    place: str | None
    tenants: tuple[str, ...]
    exists: bool | None
    purchases: Sequence[Purchase] = ()
    problem: str | None = None


def describe(tenants: Iterable[Tenant], accounts: Sequence[Account], books: Sequence[Book]) -> dict[str, Any]:
    """Return all numbers and orders, and what is known of each tenant and each account."""
    view = _View({tenant.ccid: tenant for tenant in tenants}, accounts, books)
    rows = [*view.bought(), *view.not_listed()]
    count = Counter(map(_slot, rows))
    for row in rows:
        if _slot(row) is not None and count[_slot(row)] > 1:
            row["findings"].append("doubled")
    own = [row for row in rows if not view.is_left_out(row)]
    return {
        "numbers": sorted(own, key=_order),
        "left_out": sum(row["in_account"] for row in rows) - sum(row["in_account"] for row in own),
        "accounts": [
            {
                "client": account.client,
                "tenants": sorted(account.tenants),
                "numbers": None if account.numbers is None else len(account.numbers),
                "problem": account.problem,
            }
            for account in accounts
        ],
        "tenants": {tenant.name: view.told(tenant) for tenant in view.tenants.values() if tenant.is_in_run},
    }


class _View:
    """The organization.

    :arg tenants: by ccid.
    """

    def __init__(self, tenants: Mapping[str, Tenant], accounts: Sequence[Account], books: Sequence[Book]) -> None:
        self.tenants = tenants
        self._accounts = accounts
        self._books = books
        self._purchases = [purchase for book in books for purchase in book.purchases]
        # Of two purchases of one number the open one counts, because a person has to decide on it.
        live = sorted((item for item in self._purchases if item.is_live), key=lambda item: item.is_open)
        self._live = {item.number: item for item in live}
        self._read = {account.client for account in accounts if account.numbers is not None}
        self._there = {item.number for account in accounts for item in account.numbers or ()}

    def bought(self) -> Iterable[dict[str, Any]]:
        """Yield the numbers of all accounts, each once: several logins may see the same account."""
        seen: set[str] = set()
        for account in self._accounts:
            observed = Observed(account.numbers or (), self._purchases)
            unknown = set(observed.unknown)
            for item in observed.numbers:
                if item.number not in seen:
                    seen.add(item.number)
                    yield self._row(account, item, observed.marks[item.number], item.number in unknown)

    def not_listed(self) -> Iterable[dict[str, Any]]:
        """Yield the orders, and the purchases whose number no account has."""
        for purchase in self._live.values():
            if purchase.number in self._there:
                continue
            tenant = self.tenants.get(purchase.tenant)
            finding = "port_in" if purchase.is_coming else "order_open" if purchase.is_open else "not_in_account"
            findings = [finding, *(["foreign"] if tenant is None else [])]
            if purchase.client is not None and purchase.client not in self._read:
                findings = [*(one for one in findings if one != "not_in_account"), "account_not_read"]
            shown = purchase.shown()
            yield {
                "tenant": tenant.name if tenant else None,
                "ccid": purchase.tenant,
                "slot": purchase.slot,
                "number": purchase.number,
                "status": None,
                "since": shown["begun"],
                "client": purchase.client,
                "in_account": False,
                "comment": "",
                "intent": purchase.id,
                "event": purchase.event,
                "order": purchase.order,
                "findings": findings,
            }

    def _row(self, account: Account, item: TollfreeNumber, mark: words.Mark | None, is_unknown: bool) -> dict[str, Any]:
        purchase = self._live.get(item.number)
        caller = item.fields["webhook_username"].strip().lower()
        owner = mark.tenant if mark else purchase.tenant if purchase else None
        owner = owner or (caller if checks.is_uuid(caller) else None)
        owner = owner or next((one.ccid for one in self.tenants.values() if item.number in one.numbers), None)
        tenant = self.tenants.get(owner or "")
        if tenant is not None and mark is None and item.number in tenant.foreign:
            owner = tenant = None
        slot = mark.slot if mark else purchase.slot if purchase else None
        found = {
            "foreign": tenant is None,
            # A number may be listed without a slot.
            "mark_missing": tenant is not None and mark is None and item.number not in tenant.numbers,
            "not_in_inventory": tenant is not None and not tenant.lists(item.number, slot),
            # If there is no journal, it is missing as a whole.
            "not_in_journal": is_unknown and any(book.exists for book in self._books),
            # The next run of provision settles it.
            "order_open": purchase is not None and purchase.is_open and not purchase.is_coming,
        }
        return {
            "tenant": tenant.name if tenant else None,
            "ccid": owner,
            "slot": slot,
            "number": item.number,
            "status": item.status,
            "since": item.created or (purchase.shown()["begun"] if purchase else None),
            "client": account.client,
            "in_account": True,
            "comment": words.without_mark(item.fields["comment"]),
            "intent": purchase.id if purchase else mark.intent if mark else None,
            "event": purchase.event if purchase else None,
            "order": purchase.order if purchase else None,
            "findings": [name for name, is_so in found.items() if is_so],
        }

    def is_left_out(self, row: Mapping[str, Any]) -> bool:
        """Return True if a number belongs to a tenant that is not in the run."""
        tenant = self.tenants.get(row["ccid"] or "")
        return tenant is not None and not tenant.is_in_run

    def told(self, tenant: Tenant) -> dict[str, Any]:
        """Return what is known of a tenant's login and journal, and its purchases."""
        account = next(account for account in self._accounts if tenant.name in account.tenants)
        book = next(book for book in self._books if tenant.name in book.tenants)
        here = {item.number for item in account.numbers or ()}
        return {
            "ccid": tenant.ccid,
            "client": account.client,
            "journal": book.place,
            "has_journal": book.exists,
            "problems": [problem for problem in (account.problem, book.problem) if problem is not None],
            "purchases": [
                {
                    **purchase.shown(),
                    "in_account": purchase.number in here,
                    "undecided": purchase.is_open and not purchase.is_coming,
                    "other_client": purchase.is_of_other_client(account.client),
                }
                for purchase in book.purchases
                if purchase.tenant == tenant.ccid
            ],
        }


def _slot(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the slot of a bought number, or None. An open order does not have the slot yet."""
    if not row["in_account"] or row["slot"] is None or row["ccid"] is None:
        return None
    return row["ccid"], row["slot"].lower()


def _order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Sort by tenant and slot. What has none comes last."""
    texts = [row["tenant"], row["slot"]]
    return (*((text is None, text or "") for text in texts), row["number"], row["intent"] or "")
