# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the counts of the proofs into documents, from pytest's JUnit report.

The cases of tests/integration/test_money.py are in docs/reliability.md, those of test_round_trip.py in
docs/live-tenants.md.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

CLASSES = {
    "test_every_fault_of_every_request": "a fault of a request",
    "test_every_status_of_every_request": "a status from 300 to 599 after the work",
    "test_a_kill_at_every_point": "a kill",
    "test_every_alteration_of_comments": "a server that alters comments",
    "test_every_other_journal_between_two_runs": "another journal between two runs",
    "test_every_replacement_of_the_journal": "a journal that is replaced during a purchase",
    "test_every_lost_connection_to_the_database": "a connection to the database that is lost",
    "test_two_controllers_at_once": "two controllers at once, which are killed at random points",
}
"""The names of the tests' cases in the table."""

STORES = {"file": "journal in a file", "table": "journal in a database"}
"""The parameter of a test that says where the journal is, and its name in the table."""

_TABLE = re.compile(r"(?<=<!-- counts -->\n).*?(?=<!-- end of counts -->)", re.DOTALL)


ROUND_TRIPS = {
    "round trip: ": "what was set up, read, exported and provisioned",
    "oddity: ": "tenants with this oddity",
    "named: ": "tenants as they were generated",
}
"""The prefixes of the properties of test_round_trip.py, and the headings of their tables."""


COMPLETE = {
    ("round trip: ", "tenants"): 8000,
    **{("round trip: ", f"services.read: {mode}"): 2000 for mode in ("full", "masked", "masked_all", "omitted")},
    ("named: ", "tenants"): 1000,
}
"""Counts of all round trips. A sample has fewer."""


def passed(report: Path) -> Iterator[ElementTree.Element]:
    """Yield the cases of a report.

    :raises ValueError: a case failed.
    """
    root = ElementTree.parse(report)
    for suite in root.iter("testsuite"):
        if int(suite.attrib["failures"]) or int(suite.attrib["errors"]) or int(suite.attrib["skipped"]):
            raise ValueError("some cases failed or were skipped")
    yield from root.iter("testcase")


def counts(report: Path) -> Counter[tuple[str, str]]:
    """Return the case counts by test and store.

    :raises ValueError: a case failed, or a test is missing or unknown.
    """
    found: Counter[tuple[str, str]] = Counter()
    for case in passed(report):
        name, _bracket, values = case.attrib["name"].partition("[")
        store = next((store for store in STORES if store in values.rstrip("]").split("-")), "")
        for item in case.iter("property"):
            if item.attrib["name"] == "money_cases":
                found[name, store] += int(item.attrib["value"])
    if {name for name, _store in found} != set(CLASSES) or {store for _name, store in found} != set(STORES):
        raise ValueError(
            f"the report must have exactly the tests {', '.join(CLASSES)}, with the stores {', '.join(STORES)}"
        )
    return found


def table(found: Counter[tuple[str, str]]) -> str:
    """Return the counts as a table, with their sums."""
    rows = [
        " | ".join([f"| {words}", *(f"{found[name, store]:,}" if found[name, store] else "" for store in STORES)])
        + " |"
        for name, words in CLASSES.items()
    ]
    sums = [f"**{sum(count for (_name, of), count in found.items() if of == store):,}**" for store in STORES]
    head = ["", f"| what happens | {' | '.join(STORES.values())} |", "|---|---|---|"]
    return "\n".join([*head, *rows, f"| **together** | {' | '.join(sums)} |", "", ""])


def round_trips(report: Path) -> str:
    """Return the counts of the round trips as tables.

    :raises ValueError: a case failed or is missing.
    """
    found: dict[str, Counter[str]] = {prefix: Counter() for prefix in ROUND_TRIPS}
    for case in passed(report):
        for item in case.iter("property"):
            for prefix in ROUND_TRIPS:
                if item.attrib["name"].startswith(prefix):
                    found[prefix][item.attrib["name"].removeprefix(prefix)] += int(item.attrib["value"])
    if not all(found.values()):
        raise ValueError("the report must have all tests of test_round_trip.py")
    for (prefix, name), count in COMPLETE.items():
        if found[prefix][name] != count:
            raise ValueError(
                f"the report has {found[prefix][name]} of {prefix}{name}, and must have {count}: use make proof"
            )
    lines = [""]
    for prefix, heading in ROUND_TRIPS.items():
        lines += [f"| {heading} | count |", "|---|---|"]
        lines += [f"| {name} | {count:,} |" for name, count in sorted(found[prefix].items())]
        lines.append("")
    return "\n".join([*lines, ""])


def main(report: str, document: str) -> None:
    """Replace the table in a document."""
    page = Path(document)
    made = round_trips(Path(report)) if page.name == "live-tenants.md" else table(counts(Path(report)))
    text, places = _TABLE.subn(made, page.read_text(encoding="utf-8"))
    if places != 1:
        raise ValueError(f"{document} must have one pair of markers for the counts")
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
