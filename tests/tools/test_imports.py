# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""pyproject.toml, tool.importlinter: imports point down, and only one file imports an HTTP library."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tools.collection import ROOT


def lint(tmp_path: Path, path: str, line: str) -> subprocess.CompletedProcess[str]:
    """Add a line to a file in a copy of the plugins, and run import-linter on the copy."""
    collection = tmp_path / "ansible_collections/cxops/genesys_sms"
    shutil.copytree(ROOT / "plugins", collection / "plugins", ignore=shutil.ignore_patterns("__pycache__"))
    with (collection / "plugins" / path).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    return subprocess.run(
        [
            Path(sys.executable).with_name("lint-imports"),
            "--config",
            ROOT / "pyproject.toml",
            "--no-cache",
            "--no-logo",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_imports_of_the_plugins_follow_the_rules(tmp_path: Path) -> None:
    run = lint(tmp_path, "module_utils/_core/errors.py", "")
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("module_utils/_core/checks.py", "from .._gws import authentication"),
        ("module_utils/_gws/options.py", "from .._configuration import sections"),
        ("module_utils/_genesys_cloud/regions.py", "from .._configuration import sections"),
        ("module_utils/_digital_channels/channels.py", "from .._genesys_cloud.numbers import journal"),
        ("module_utils/_configuration/sections.py", "from .._tenant import environment"),
        ("module_utils/_tenant/environment.py", "from ...plugin_utils import vault"),
        ("modules/nexus_service.py", "from ..action import nexus_service"),
        ("module_utils/_digital_channels/channels.py", "import requests"),
        ("module_utils/_core/checks.py", "import urllib3"),
    ],
)
def test_an_import_that_points_up_or_sideways_is_refused(tmp_path: Path, path: str, line: str) -> None:
    run = lint(tmp_path, path, line)
    assert run.returncode == 1, run.stdout + run.stderr
    assert Path(path).stem in run.stdout.replace("\n", "")
