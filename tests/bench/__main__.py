# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command `python -m bench`: measure, print the report, and write docs/performance.md."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from sandbox.control import start
from tools.browser import chromium
from tools.collection import ROOT

from bench.compare import Bench, Scale
from bench.measure import BenchError
from bench.parts import PARTS
from bench.report import machine, report

FULL = Scale(
    rounds=5,
    slow_rounds=3,
    tenants=50,
    channels=200,
    floor_results=318,
    sender_ids=1000,
    door_tenants=10,
    delay=0.02,
    large_tenants=1000,
    slice_tenants=200,
    slices=4,
    ready_lag=5000,
)
QUICK = Scale(
    rounds=1,
    slow_rounds=1,
    tenants=6,
    channels=20,
    floor_results=38,
    sender_ids=30,
    door_tenants=2,
    delay=0.02,
    large_tenants=12,
    slice_tenants=6,
    slices=2,
    ready_lag=1000,
)


def main() -> int:
    """Run the benchmark. Return 0 even if targets are not met, because the report shows them."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Compare the speed of the collection with alternatives."
    )
    parser.add_argument("--quick", action="store_true", help="run at a small size, and only print the report")
    parser.add_argument(
        "--part",
        dest="parts",
        action="append",
        choices=[*PARTS],
        help="run this part, and only print the report. Can be given several times",
    )
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    missing = [program for program in ("bash", "curl") if shutil.which(program) is None]
    if missing:
        parser.error(f"install {' and '.join(missing)} first")
    parts = options.parts or PARTS
    if "large" in parts:
        chromium()
    # First, because it includes the load of the machine without the benchmark.
    described = machine()
    try:
        with tempfile.TemporaryDirectory() as directory, start(Path(directory) / "sandbox") as sandbox:
            bench = Bench(sandbox, Path(directory), scale)
            sections = [measure(bench) for name, measure in PARTS.items() if name in parts]
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    text = report(scale, described, sections)
    print(text)
    if not options.quick and not options.parts:
        (ROOT / "docs").mkdir(exist_ok=True)
        (ROOT / "docs/performance.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
