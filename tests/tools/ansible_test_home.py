# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prepare a home directory in which ansible-test needs only a package index.

ansible-test makes a virtual environment for each sanity test. It makes them without pip, downloads a script to
bootstrap pip, and hides the caller's environment from pip. So this home has a script that uses Python's own ensurepip,
and a pip.conf with the pip settings of the caller.
"""

from __future__ import annotations

import configparser
import subprocess
import sys
from ast import literal_eval
from pathlib import Path

from ansible_test._internal.host_configs import NativePythonConfig
from ansible_test._internal.python_requirements import get_venv_packages

BOOTSTRAP = """\
# Replaces get-pip.py, and accepts its two options that pip does not have.
import runpy
import subprocess
import sys

# In a separate process, because ensurepip makes its process ignore pip.conf.
subprocess.run([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL, check=True)
options = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
sys.argv = ["pip", "install", *options]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def prepare(home: Path) -> None:
    """Write the bootstrap script and pip.conf below `home`."""
    python = NativePythonConfig(version=f"{sys.version_info.major}.{sys.version_info.minor}")
    pip_version = get_venv_packages(python)["pip"].replace(".", "_")
    cache = home / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    (cache / f"get_pip_{pip_version}.py").write_text(BOOTSTRAP, encoding="utf-8")

    pip_conf = home / ".config/pip/pip.conf"
    pip_conf.parent.mkdir(parents=True, exist_ok=True)
    # An index URL may contain a password.
    pip_conf.touch(mode=0o600)
    with pip_conf.open("w", encoding="utf-8") as file:
        pip_settings().write(file)


def pip_settings() -> configparser.ConfigParser:
    """Return the settings of pip from files and PIP_* variables as one configuration file."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    named = [line.split("=", 1) for line in listing.splitlines()]
    settings = configparser.ConfigParser(interpolation=None)
    # Show only errors, because the report of the checks is what matters.
    settings.read_dict({"global": {"quiet": "2"}})
    # pip lists variables first, as the section ":env:". They win over files, so they come last here.
    for name, value in reversed(named):
        section, key = name.replace(":env:", "global").split(".", 1)
        settings.read_dict({section: {key: literal_eval(value)}})
    return settings


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
