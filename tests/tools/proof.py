# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the case counts of tests/integration/test_money.py into docs/reliability.md, from pytest's JUnit report."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

CLASSES = {
    "test_every_fault_of_every_request": "a fault of a request",
    "test_every_status_of_every_request": "a status from 300 to 599 after the work",
    "test_a_kill_at_every_point": "a kill",
    "test_every_alteration_of_comments": "a server that alters comments",
    "test_every_other_journal_between_two_runs": "another journal between two runs",
    "test_every_replacement_of_the_journal": "a journal that is replaced during a purchase",
}
"""The names of the tests' cases in the table."""

_TABLE = re.compile(r"(?<=<!-- counts -->\n).*?(?=<!-- end of counts -->)", re.DOTALL)


def counts(report: Path) -> Counter[str]:
    """Return the case count of each test. Raise ValueError if a case failed, or if a test is missing or unknown."""
    found: Counter[str] = Counter()
    root = ElementTree.parse(report)
    for suite in root.iter("testsuite"):
        if int(suite.attrib["failures"]) or int(suite.attrib["errors"]) or int(suite.attrib["skipped"]):
            raise ValueError("some cases failed or were skipped")
    for case in root.iter("testcase"):
        name = case.attrib["name"].partition("[")[0]
        for item in case.iter("property"):
            if item.attrib["name"] == "money_cases":
                found[name] += int(item.attrib["value"])
    if set(found) != set(CLASSES):
        raise ValueError(f"the report must have exactly the tests {', '.join(CLASSES)}")
    return found


def table(found: Counter[str]) -> str:
    """Return the counts as a table, with their sum."""
    rows = [f"| {words} | {found[name]:,} |" for name, words in CLASSES.items()]
    head = ["", "| what happens | cases |", "|---|---|"]
    return "\n".join([*head, *rows, f"| **together** | **{found.total():,}** |", "", ""])


def main(report: str, document: str) -> None:
    """Replace the table in a document."""
    page = Path(document)
    text, places = _TABLE.subn(table(counts(Path(report))), page.read_text(encoding="utf-8"))
    if places != 1:
        raise ValueError(f"{document} must have one pair of markers for the counts")
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
