# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make demo` reaches its end. It checks the result of each of its steps."""

from __future__ import annotations

import re
import subprocess

from tools.collection import ROOT


def test_the_demo_reaches_its_end() -> None:
    # The packages are installed, so make does not look at them.
    command = ["make", "--old-file=.venv/demo", "demo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = [int(number) for number in re.findall(r"^=== (\d+)\. ", done.stdout, re.MULTILINE)]
    assert steps == list(range(len(steps)))
    assert "\n=== Done. The sandbox is stopped.\n" in done.stdout
    # A rotation, and a switch.
    assert len(re.findall(r"^Meanwhile \d+ messages were sent", done.stdout, re.MULTILINE)) == 2
    output = done.stdout + done.stderr
    assert "Traceback" not in output
    # initech gets its first header.
    warnings = [line for line in output.splitlines() if "[WARNING]" in line]
    assert [line for line in warnings if "had no section Async before" not in line] == []
