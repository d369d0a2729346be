# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command while a fresh sandbox listens, with the sandbox's variables in its environment."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox.control import start


def main(command: list[str]) -> int:
    """Return the exit code of the command."""
    with tempfile.TemporaryDirectory() as state, start(Path(state)) as sandbox:
        return subprocess.run(command, env={**os.environ, **sandbox.env}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
