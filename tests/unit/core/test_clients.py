# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients that several runs share, `_core/clients.py`."""

from __future__ import annotations

from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.clients import Clients
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from unit.doubles import Session


def test_runs_with_the_same_key_share_a_client_and_its_secrets() -> None:
    clients = Clients()
    first, second, other = Secrets(), Secrets(), Secrets()
    session = clients.get("a", Session, first)
    assert clients.get("a", Session, second) is session
    assert clients.get("b", Session, other) is not session
    session.secrets.add("token-1")
    assert "token-1" not in first.scrub("token-1")
    assert "token-1" not in second.scrub("token-1")
    assert other.scrub("token-1") == "token-1"


def test_a_client_knows_the_secrets_of_the_runs_that_use_it() -> None:
    secrets = Secrets(["given-1"])
    assert "given-1" not in Clients().get("a", Session, secrets).secrets.scrub("given-1")


def test_all_clients_are_closed_once_despite_errors() -> None:
    clients = Clients()
    sessions = [clients.get(key, Session, Secrets()) for key in "ab"]
    clients.close()
    clients.close()
    assert [session.closed for session in sessions] == [1, 1]
    assert clients.get("a", Session, Secrets()) not in sessions
