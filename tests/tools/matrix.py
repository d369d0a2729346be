# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run sanity, unit and integration tests on other versions of ansible-core, and ordinary modules on an old Python.

Each environment has a file tests/requirements/<name>.txt, and a virtual environment .build/matrix/<name>. The virtual
environment is made again when that file changes, or a file that it includes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tools.collection import COPY, ROOT, update_copy
from tools.pythons import find, search_path

# The Python for each version of ansible-core. With the Python of `make test`, these are all versions that a controller
# may have.
CONTROLLERS = {"core-2.16": "3.10", "core-2.18": "3.12", "core-2.21": "3.13"}
# Ordinary modules run on the oldest Python with the oldest requests, sent there by the newest ansible-core.
TARGET, TARGET_PYTHON, TARGET_CONTROLLER = "target-3.9", "3.9", "core-2.21"


def main(*names: str) -> str | None:
    """Run all checks in the named environments, or in all. Continue after a failure. Return what failed."""
    unknown = set(names) - {*CONTROLLERS, TARGET}
    if unknown:
        return f"Unknown environment: {', '.join(sorted(unknown))}. Use one of {', '.join([*CONTROLLERS, TARGET])}."
    controllers = [name for name in CONTROLLERS if name in names or not names]
    with_target = TARGET in names or not names
    versions = {name: CONTROLLERS[name] for name in controllers}
    if with_target:
        versions |= {TARGET: TARGET_PYTHON, TARGET_CONTROLLER: CONTROLLERS[TARGET_CONTROLLER]}
    found = {version: find(version) for version in versions.values()}
    missing = [version for version, python in found.items() if not python]
    if missing:
        return f"No working Python {', '.join(missing)} on PATH or in ~/.pyenv/versions."
    pythons = {name: environment(name, found[version]) for name, version in versions.items()}

    passed = {f"sanity of {name}": run_sanity(name, pythons[name]) for name in controllers}
    passed |= {name: run_tests(name, pythons[name], "tests/unit", "tests/integration") for name in controllers}
    if with_target:
        os.environ["TARGET_PYTHON"] = str(pythons[TARGET])
        passed[TARGET] = run_tests(TARGET, pythons[TARGET_CONTROLLER], "-m", "module_door", "tests/integration")

    print(f"\n{sum(passed.values())} of {len(passed)} passed: {', '.join(passed)}")
    failed = [name for name, success in passed.items() if not success]
    return f"Failed: {', '.join(failed)}" if failed else None


def environment(name: str, python: Path | None) -> Path:
    """Return the interpreter of this virtual environment. Make it again if its requirements have changed."""
    requirements = ROOT / f"tests/requirements/{name}.txt"
    home = ROOT / f".build/matrix/{name}"
    wanted, installed = contents(requirements), home / "requirements.txt"
    if not (installed.exists() and installed.read_text(encoding="utf-8") == wanted):
        print(f"Installing {name} with {python}", flush=True)
        subprocess.run([str(python), "-m", "venv", "--clear", str(home)], check=True)
        pip = [str(home / "bin/python"), "-m", "pip", "install", "--quiet", "--quiet"]
        subprocess.run([*pip, "--requirement", str(requirements)], check=True)
        installed.write_text(wanted, encoding="utf-8")
    return home / "bin/python"


def contents(requirements: Path) -> str:
    """Return the contents of a file of requirements, and of all files that it includes."""
    text = requirements.read_text(encoding="utf-8")
    included = re.findall(r"^-r (.+)$", text, re.MULTILINE)
    return text + "".join(contents(requirements.with_name(name)) for name in included)


def run_sanity(name: str, python: Path) -> bool:
    """Run ansible-test's sanity tests of this version. Return True if all passed."""
    print(f"\n== {name}: ansible-test sanity", flush=True)
    update_copy()
    home = ROOT / f".build/sanity/{name}"
    subprocess.run([str(python), str(ROOT / "tests/tools/ansible_test_home.py"), str(home)], check=True)
    environ = {
        **os.environ,
        "HOME": str(home),
        # ansible-test looks for shellcheck there, and for the versions of Python.
        "PATH": os.pathsep.join((str(python.parent), search_path())),
        "ANSIBLE_TEST_CONTENT_ROOT": str(COPY),
    }
    command = [str(python.with_name("ansible-test")), "sanity", "--local", "--color", "no"]
    return subprocess.run(command, cwd=COPY, env=environ, check=False).returncode == 0


def run_tests(name: str, python: Path, *arguments: str) -> bool:
    """Run pytest with this interpreter. Return True if all tests passed."""
    print(f"\n== {name}", flush=True)
    pytest = [str(python), "-m", "pytest", "--numprocesses=auto", "--quiet", *arguments]
    return subprocess.run(pytest, cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
