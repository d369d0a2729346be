# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/tools/proof.py: only the report of all round trips gets into the documentation."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from tools.proof import COMPLETE, round_trips

COUNTS = {**{prefix + name: count for (prefix, name), count in COMPLETE.items()}, "oddity: a number by hand": 630}


def report(directory: Path, counts: dict[str, int], failures: int = 0) -> Path:
    """Write pytest's report of the round trips."""
    properties = "".join(f'<property name={quoteattr(name)} value="{count}"/>' for name, count in counts.items())
    case = f'<testcase name="test_a"><properties>{properties}</properties></testcase>'
    path = directory / "report.xml"
    path.write_text(
        f'<testsuites><testsuite failures="{failures}" errors="0" skipped="0">{case}</testsuite></testsuites>',
        encoding="utf-8",
    )
    return path


def test_all_round_trips_make_the_tables(tmp_path: Path) -> None:
    made = round_trips(report(tmp_path, COUNTS))
    assert "| services.read: masked_all | 2,000 |" in made
    assert "| a number by hand | 630 |" in made
    assert made.count("| tenants | ") == 2


@pytest.mark.parametrize("name", [prefix + name for prefix, name in COMPLETE])
def test_a_sample_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=f"the report has 5 of {name}"):
        round_trips(report(tmp_path, {**COUNTS, name: 5}))


def test_a_report_without_a_test_or_with_a_failure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="all tests"):
        round_trips(report(tmp_path, {name: COUNTS[name] for name in COUNTS if "oddity" not in name}))
    with pytest.raises(ValueError, match="failed"):
        round_trips(report(tmp_path, COUNTS, failures=1))
