# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the tests themselves: the guard in `conftest.py` keeps unit tests in their process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest
import requests
from unit.doubles import Server

STARTS: list[Callable[[], object]] = [
    lambda: subprocess.run([sys.executable, "--version"], check=False),
    os.fork,
    lambda: os.posix_spawn("/bin/true", ["true"], {}),
]


@pytest.mark.parametrize("start", STARTS)
def test_a_unit_test_cannot_start_a_process(start: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match="must not start a process"):
        start()


def test_a_unit_test_connects_to_its_own_servers_only(server: Server) -> None:
    assert requests.get(server.url, timeout=30).status_code == 200
    with socket.socket() as outside, pytest.raises(pytest.fail.Exception, match="must not connect to"):
        outside.connect(("192.0.2.1", 80))
