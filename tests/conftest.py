# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every test needs, whether the Makefile or a person starts pytest."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest
from tools.collection import ROOT, update_copy

# Test what the checkout holds now, and let the programs that tests start find it. It is not left to a hook, for the
# other conftest files import plugins. A worker of pytest-xdist has all this from the process that started it.
if "PYTEST_XDIST_WORKER" not in os.environ:
    update_copy()
    importlib.invalidate_caches()
    os.environ["ANSIBLE_CONFIG"] = str(ROOT / "tests/ansible.cfg")
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    os.environ["PYTHONPATH"] = str(ROOT / "tests")


@pytest.fixture(scope="session")
def target_python() -> str:
    """Return the interpreter for ordinary modules: TARGET_PYTHON, or the one that runs the tests."""
    return os.environ.get("TARGET_PYTHON", sys.executable)
