# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags that a playbook does not have: `filter/unknown_tags.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible import context
from ansible.utils.context_objects import CLIArgs
from ansible_collections.cxops.genesys_sms.plugins.filter import unknown_tags

UNKNOWN = unknown_tags.FilterModule().filters()["unknown_tags"]


@pytest.mark.parametrize(
    ("playbooks", "unknown"),
    [
        (["cxops.genesys_sms.provision"], ["servcies"]),
        ([str(Path(unknown_tags.__file__).parents[2] / "playbooks/provision.yml")], ["servcies"]),
        # The tags may belong to other plays.
        (["site.yml"], []),
        (["cxops.genesys_sms.provision", "site.yml"], []),
        ([], []),
    ],
)
def test_unknown_tags_are_found_only_in_a_run_of_one_playbook_of_the_collection(
    playbooks: list[str], unknown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CLIARGS", CLIArgs({"args": playbooks}))
    assert UNKNOWN(["services", "servcies", "all", "always", "never", "tagged", "untagged"], ["services"]) == unknown
