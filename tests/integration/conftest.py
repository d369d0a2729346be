# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the integration tests, such as a sandbox over HTTPS, which is reset before each test."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sandbox.control import Sandbox, start

if TYPE_CHECKING:
    from integration.organization import Org
    from integration.postgres import Postgres


@pytest.fixture(scope="session")
def sandbox_tls_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The process behind the fixture `sandbox_tls`."""
    with start(tmp_path_factory.mktemp("sandbox_tls"), tls=True) as running:
        yield running


@pytest.fixture
def sandbox_tls(sandbox_tls_process: Sandbox) -> Sandbox:
    """The fixture `sandbox` over HTTPS. `env` has the file of the authority."""
    sandbox_tls_process.reset()
    return sandbox_tls_process


@pytest.fixture
def org(sandbox: Sandbox, tmp_path: Path, clean_environment: None) -> Org:
    """Return an organization in Genesys Cloud CX, for tasks that run in this process."""
    from integration.organization import Org

    return Org(sandbox, tmp_path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, for journals in a database."""
    from integration.postgres import start as start_postgres

    # Not below pytest's directories: the server runs as another user, and its socket needs a short path.
    with tempfile.TemporaryDirectory(prefix="postgres") as directory, start_postgres(Path(directory)) as running:
        yield running


@pytest.fixture
def any_roles(sandbox: Sandbox) -> None:
    """Allow OAuth clients without roles, because these tests are not about roles."""
    sandbox.switch(**{"clients.roles": "any"})
