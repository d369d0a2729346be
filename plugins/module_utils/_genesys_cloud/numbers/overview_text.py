# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The numbers of an organization as a document, as a table for people, and as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..._core.server_text import in_message
from .overview import FINDINGS

SCHEMA_VERSION = 1
"""It grows when a field is removed or gets another meaning. New fields do not change it."""

COLUMNS = (
    *("tenant", "ccid", "slot", "number", "in_account", "status", "since", "client"),
    *("findings", "intent", "event", "order", "comment"),
)
"""The columns of the CSV file."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a text begins that a spreadsheet treats as a formula."""

_INNER_FORMULA = re.compile(r"([;,\t\r\n]\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a formula may begin if a spreadsheet has another separator, and so does not see the quotes."""

_WIDEST = 30
_ORDER = ("order is", "orders are")
_NUMBER = ("number", "numbers")


def document(head: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document of an overview, in the format of docs/schemas/numbers.schema.json.

    :arg head: ``created``, ``inventory``, ``limit`` and the versions.
    :arg result: the result of gc_organization_numbers.
    """
    rows = result["numbers"]
    count = Counter(finding for row in rows for finding in row["findings"])
    return {
        "schema_version": SCHEMA_VERSION,
        **head,
        "totals": {
            "numbers": sum(row["in_account"] for row in rows),
            "left_out": result["left_out"],
            **{finding: count[finding] for finding in FINDINGS},
        },
        "accounts": result["accounts"],
        "tenants": [
            {"tenant": name, **{key: tenant[key] for key in ("ccid", "client", "journal", "has_journal", "problems")}}
            for name, tenant in sorted(result["tenants"].items())
        ],
        "numbers": [dict(row) for row in rows],
        "available": result["available"],
    }


def table(result: Mapping[str, Any]) -> list[str]:
    """Return the lines of a table, and below it what a person should know."""
    rows = result["numbers"]
    clients = {row["client"] for row in rows}
    head = ["tenant", "slot", "number", "status", "since", *(["OAuth client"] if len(clients) > 1 else []), "note"]
    lines = [head, *(_cells(row, with_client=len(clients) > 1) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    return [*(shown if rows else []), *_sentences(result)]


def as_csv(result: Mapping[str, Any]) -> str:
    """Return the numbers as CSV (RFC 4180).

    Each value is in quotes, so that no separator ends it. A value that a spreadsheet would treat as a formula begins
    with an apostrophe: comments come from a server, where anyone may have written them. So does what follows a
    separator in it, because the separator of a spreadsheet depends on its language.
    """
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in result["numbers"]:
        writer.writerow([_safe(_text(row[column])) for column in COLUMNS])
    return file.getvalue()


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _safe(text: str) -> str:
    text = _INNER_FORMULA.sub(r"\1'", text)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _cells(row: Mapping[str, Any], *, with_client: bool) -> list[str]:
    since = row["since"] or "-"
    # Of a date in the usual form, the day is enough.
    since = since[:10] if since[4:5] == since[7:8] == "-" else since
    status = row["status"] if row["in_account"] else row["event"]
    notes = "; ".join(FINDINGS[finding] for finding in row["findings"])
    texts = [row["tenant"] or row["ccid"], row["slot"], row["number"], status, since]
    texts += [row["client"]] if with_client else []
    return [*(in_message(text or "-", 36 if number in (0, 5) else _WIDEST) for number, text in enumerate(texts)), notes]


def _sentences(result: Mapping[str, Any]) -> list[str]:
    rows = result["numbers"]
    tenants = result["tenants"].values()
    read = [account for account in result["accounts"] if account["numbers"] is not None]
    bought = sum(row["in_account"] for row in rows)
    clients = sorted({account["client"] or "(unknown)" for account in read})
    # If there are several, the table names that of each number.
    whose = f" of the OAuth client {in_message(clients[0])}" if len(clients) == 1 else ""
    told = [f"{_count(bought, _NUMBER)} in {_count(len(read), ('account', 'accounts'))}{whose}"]
    count = Counter(finding for row in rows for finding in row["findings"])
    undecided = count.pop("order_open", 0)
    told += [f"{count[name]} {text}" for name, text in FINDINGS.items() if count[name]]
    sentences = [f"{', '.join(told)}."]
    if undecided:
        sentences.append(f"{_count(undecided, _ORDER)} undecided.")
    elif all(tenant["has_journal"] for tenant in tenants):
        sentences.append("In the journal, no order is undecided.")
    if result["left_out"]:
        others = "of tenants that are not in this run"
        sentences.append(f"{_count(result['left_out'], _NUMBER)} {others}: not shown.")
    return [
        *sentences,
        *(
            f"The account of {', '.join(account['tenants'])} could not be read. {in_message(account['problem'])}"
            for account in result["accounts"]
            if account["problem"] is not None
        ),
        *_offer(result["available"]),
    ]


def _offer(available: Sequence[str] | None) -> list[str]:
    if available is None:
        return []
    return [f"Numbers that can be bought: {', '.join(available) or 'none that match'}."]


def _count(number: int, what: tuple[str, str]) -> str:
    return f"{number} {what[number != 1]}"
