# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CONTRIBUTING.md: its commands work. Quick ones run as they are, long ones as far as a dry run goes."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from tools.collection import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

RUN = {
    "make",
    ".venv/bin/pytest tests/unit/core/test_checks.py -k uuid",
    ". .venv/bin/activate",
}
"""Quick, and without effect on the checkout."""

INSTEAD = {
    ".venv/bin/pre-commit install": (
        "cp .pre-commit-config.yaml {tmp} && git init -q {tmp} && venv=$PWD/.venv && cd {tmp} && "
        "$venv/bin/pre-commit install"
    ),
    ". .venv/bin/activate && . .sandbox/env && export ANSIBLE_CONFIG=$PWD/tests/ansible.cfg": (
        ".venv/bin/python -m sandbox --help | grep -F -- --state && make -n sandbox | grep -F -- '--state .sandbox' && "
        ". .venv/bin/activate"
    ),
    "ansible-playbook -i inventories/sandbox cxops.genesys_sms.provision": (
        "ansible-playbook -i inventories/sandbox cxops.genesys_sms.provision --syntax-check"
    ),
    "antsibull-changelog release": "antsibull-changelog release --help",
}
"""What shows that a command works which would take long, or change the checkout."""


def commands() -> list[str]:
    """Return the commands of blocks and of code in sentences, once each."""
    lines = re.findall(r"^ {4}(\S.*)$", TEXT, re.MULTILINE)
    # A block may say behind a command what it does.
    found = [re.split(r" {2,}", line)[0] for line in lines] + re.findall(r"`([^`]+)`", TEXT)
    return list(dict.fromkeys(command for command in found if _is_command(command)))


def _is_command(text: str) -> bool:
    first, *further = text.split()
    if first in ("make", "."):
        return True
    # Names of other programs are commands only with arguments.
    return first.startswith(".venv/bin/") or (bool(further) and shutil.which(first) is not None)


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as in a terminal at the top of the checkout."""
    return subprocess.run(["bash", "-ec", command], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_commands_are_found() -> None:
    assert {*RUN, *INSTEAD, "make test", "make test-matrix", "make format"} <= set(commands())


@pytest.mark.parametrize("command", commands())
def test_a_command_works(command: str, tmp_path: Path) -> None:
    if command in RUN:
        done = shell(command)
    elif command in INSTEAD:
        done = shell(INSTEAD[command].format(tmp=shlex.quote(str(tmp_path))))
    else:
        words = shlex.split(command)
        assert words[0] == "make", f"{command}: say in this test how to try it"
        done = shell(shlex.join(["make", "-n", *words[1:]]))
    assert done.returncode == 0, done.stdout + done.stderr
