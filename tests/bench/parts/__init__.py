# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of the benchmark, in the order of the report.

A part is a file with a function `measure()`, and a template with the same name for its section of the report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.compare import Bench
from bench.parts import delay, doors, fleet, large, lists, slices, waiting
from bench.report import Section

PARTS: Mapping[str, Callable[[Bench], Section]] = {
    "fleet": fleet.measure,
    "delay": delay.measure,
    "waiting": waiting.measure,
    "large": large.measure,
    "slices": slices.measure,
    "lists": lists.measure,
    "doors": doors.measure,
}
