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
from tools.collection import ROOT

from bench.compare import Bench, Scale
from bench.measure import BenchError
from bench.report import machine, report

FULL = Scale(rounds=5, tenants=50, channels=200, sender_ids=1000, loop_rounds=3, door_tenants=10)
QUICK = Scale(rounds=2, tenants=6, channels=20, sender_ids=30, loop_rounds=1, door_tenants=2)


def main() -> int:
    """Run the benchmark. Return 0 even if targets are not met, because the report shows them."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Compare the speed of the collection with alternatives."
    )
    parser.add_argument("--quick", action="store_true", help="run at a small size, and only print the report")
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    missing = [program for program in ("bash", "curl") if shutil.which(program) is None]
    if missing:
        parser.error(f"install {' and '.join(missing)} first")
    # First, because it includes the load of the machine without the benchmark.
    described = machine()
    try:
        with tempfile.TemporaryDirectory() as directory, start(Path(directory) / "sandbox") as sandbox:
            bench = Bench(sandbox, Path(directory), scale)
            text = report(scale, described, bench.compare_fleet(), bench.compare_lists(), bench.compare_doors())
    except BenchError as error:
        print(error, file=sys.stderr)
        return 1
    print(text)
    if not options.quick:
        (ROOT / "docs").mkdir(exist_ok=True)
        (ROOT / "docs/performance.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
