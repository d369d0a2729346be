# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command `python -m bench`: measures, prints the tables, and writes docs/performance.md."""

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
    """Return 0 whether or not the targets are met: the report says it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures the collection beside other ways.")
    parser.add_argument("--quick", action="store_true", help="try it out at a small size; the report is only printed")
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    missing = [program for program in ("bash", "curl") if shutil.which(program) is None]
    if missing:
        parser.error(f"{' and '.join(missing)} needed")
    # Before anything runs, for it tells how busy the machine is without the bench.
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
