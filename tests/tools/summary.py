# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print in one line how many tests passed, from pytest's JUnit reports."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

KEYS = ("tests", "failures", "errors", "skipped")


def summary(reports: list[Path]) -> str:
    """Return the counts of all reports together, then the number of tests of each."""
    total: Counter[str] = Counter()
    parts = []
    for report in reports:
        suites = [suite.attrib for suite in ElementTree.parse(report).iter("testsuite")]
        counts = Counter({key: sum(int(suite[key]) for suite in suites) for key in KEYS})
        total += counts
        parts.append(f"{report.stem} {counts['tests']}")
    failed = total["failures"] + total["errors"]
    passed = total["tests"] - failed - total["skipped"]
    return f"{passed} passed, {failed} failed, {total['skipped']} skipped ({', '.join(parts)}; subtests count as tests)"


if __name__ == "__main__":
    print(summary([Path(argument) for argument in sys.argv[1:]]))
