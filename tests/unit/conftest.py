# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the unit tests.

Nothing of the collection is imported here at the top: pytest reads this file before the copy
of the collection is up to date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ansible.release import __version__
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.control import Sandbox
    from unit.doubles import Clock, Server
    from unit.organization import Org

# The same examples on each run: a failure is to be about the change that is tested.
settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")

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


def pytest_sessionstart() -> None:
    """Let Ansible find its own plugins, as its programs do before anything else.

    From ansible-core 2.19 on it finds what the tests need without that. It costs a third of a second.
    """
    if tuple(map(int, __version__.split(".")[:2])) < (2, 19):
        from ansible.plugins.loader import init_plugin_loader

        init_plugin_loader()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the developer's shell holds out of the tests."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> Clock:
    """Return a clock that never waits."""
    from unit.doubles import Clock

    return Clock()


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a server that answers what the test says."""
    from unit.doubles import serve

    with serve() as running:
        yield running


@pytest.fixture
def org(sandbox: Sandbox, tmp_path: Path) -> Org:
    """Return an organization in Genesys Cloud CX."""
    from unit.organization import Org

    return Org(sandbox, tmp_path)
