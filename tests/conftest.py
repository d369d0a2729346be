# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every test needs, whether the Makefile or a person starts pytest."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tools.collection import ROOT, link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.control import Sandbox

# Test what the checkout holds now, and let the programs that tests start find it. It is not left to a hook, for the
# other conftest files import plugins. A worker of pytest-xdist has all this from the process that started it.
if "PYTEST_XDIST_WORKER" not in os.environ:
    link()
    importlib.invalidate_caches()
    os.environ["ANSIBLE_CONFIG"] = str(ROOT / "tests/ansible.cfg")
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    os.environ["PYTHONPATH"] = str(ROOT / "tests")


VARIABLES = (
    "NEXUS_URL",
    "NEXUS_API_KEY",
    "NEXUS_CCID",
    "GWS_URL",
    "GWS_AUTH_URL",
    "GWS_CLIENT_ID",
    "GWS_CLIENT_SECRET",
    "GWS_USERNAME",
    "GWS_PASSWORD",
    "GWS_API_KEY",
    "GC_LOGIN_URL",
    "GC_API_URL",
    "GC_CLIENT_ID",
    "GC_CLIENT_SECRET",
    "GENESYSCLOUD_REGION",
    "GENESYSCLOUD_OAUTHCLIENT_ID",
    "GENESYSCLOUD_OAUTHCLIENT_SECRET",
    "GENESYSCLOUD_ACCESS_TOKEN",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)


def pytest_collection_finish() -> None:
    """Keep what is imported by now out of each garbage collection: pytest runs some of them in the end."""
    gc.freeze()


@pytest.fixture(scope="session")
def target_python() -> str:
    """Return the interpreter for ordinary modules: TARGET_PYTHON, or the one that runs the tests."""
    return os.environ.get("TARGET_PYTHON", sys.executable)


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The process behind the fixture `sandbox`."""
    # Most tests need none, and should not wait for what it imports.
    from sandbox.control import start

    with start(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """A sandbox with the default tenants, default switches, no faults and no recorded requests."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the developer's shell holds out of the tests."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
