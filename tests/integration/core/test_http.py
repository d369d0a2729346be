# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP in a forked process, like one of Ansible's workers: `_core/http.py`."""

from __future__ import annotations

import os
import time
import warnings
from contextlib import closing

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import ApiError
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection, Http
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from unit.doubles import Reply, drips, serve

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20000\r\n\r\n"
LONG = 20.0
"""Seconds: much longer than a request with a time limit, and much shorter than the second response."""


def test_a_forked_process_obeys_the_time_limit() -> None:
    begun = time.monotonic()
    with serve() as server:
        server.replies(Reply({"status": {"code": 0}}), drips(HEAD, b"[1, 2, 3]"))
        with closing(Http(Connection("Nexus", "nexus_url", server.url, time_limit=0.4), Secrets())) as http:
            # The parent's connection is inherited, as in a worker of Ansible.
            http.request("GET", "/thing", "read the thing", repeatable=True)
            with warnings.catch_warnings():
                # Python 3.12 warns of threads. The server of this test has some.
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if child == 0:
                with pytest.raises(ApiError) as caught:
                    http.request("GET", "/thing", "read the thing", repeatable=True)
                os._exit(0 if caught.value.kind == "api" else 1)
            assert os.waitpid(child, 0)[1] == 0
    assert time.monotonic() - begun < LONG
