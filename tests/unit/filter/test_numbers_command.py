# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command that a playbook prints: `filter/numbers_command.py`."""

from __future__ import annotations

import json
import shlex

import pytest
from ansible import context
from ansible.parsing.splitter import parse_kv
from ansible.utils.context_objects import CLIArgs
from ansible_collections.cxops.genesys_sms.plugins.filter import numbers_command

COMMAND = numbers_command.FilterModule().filters()["numbers_command"]


def called(command: str) -> list[str]:
    words = shlex.split(command)
    assert words[0] == "ansible-playbook"
    return words[1:]


def test_the_numbers_command_repeats_the_options_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {
        "inventory": ["/srv/my inventory", "alpha,beta"],
        "vault_ids": ["prod@/srv/the password", "test@prompt"],
        "vault_password_files": ["/srv/$HOME"],
        "ask_vault_pass": True,
        "extra_vars": ["@more.yml", "gc_client_secret=canary", '{"genesys_cloud_journal": "x"}'],
    }
    monkeypatch.setattr(context, "CLIARGS", CLIArgs(options))
    asked = {"intent": "i5f0c2a9b7e3", "resolution": "adopt", "adopted_number": ""}
    words = called(COMMAND(asked, "alpha-1.example", "/srv/the journal.txt"))
    assert words[:10] == [
        *("-i", "/srv/my inventory", "-i", "alpha,beta", "--vault-id", "prod@/srv/the password"),
        *("--vault-id", "test@prompt", "--vault-password-file", "/srv/$HOME"),
    ]
    assert words[10:16] == [
        *("--ask-vault-pass", "cxops.genesys_sms.numbers", "-e", "@more.yml", "--limit", "alpha-1.example")
    ]
    assert json.loads(words[17]) == {"genesys_cloud_journal": "/srv/the journal.txt"}
    assert [parse_kv(word) for word in words[19::2]] == [{"intent": "i5f0c2a9b7e3"}, {"resolution": "adopt"}]
    assert "canary" not in " ".join(words)


@pytest.mark.parametrize("host", [None, "", "a:b", "!alpha", "~alpha", "al*", "a b", "a,b", "-alpha", "a[1]"])
def test_the_numbers_command_omits_a_host_that_looks_like_a_pattern(
    host: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({}))
    command = COMMAND({"create_journal": "true"}, host, "/srv/journal.txt")
    assert called(command) == ["cxops.genesys_sms.numbers", "-e", "create_journal=true"]
