# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comments and variables of the playbooks match their content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.inventory import PLAYBOOK_VARIABLES, SWITCHES
from tools.collection import ROOT

FORMER = {"purchases": "numbers"}
"""Former names of playbooks, which import the playbook of the new name."""

PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml") if path.stem not in ("end", *FORMER))
ALL_OF_ROLES = {"services", "numbers", "webhook_headers", "sender_ids", "verify"}
NOT_OF = {
    "remove": {"numbers", "verify"},
    **dict.fromkeys(("report", "switch_option", "verify"), ALL_OF_ROLES),
}
"""By playbook, tags of roles that it does not have. A report, the checks and a switch are about the whole tenant."""


def content(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def tags_of(item: Any, folder: Path = ROOT / "playbooks") -> Iterator[str]:
    """Yield the tags of plays and tasks, and of the tasks that they import.

    :arg folder: the one of the file.
    """
    if isinstance(item, list):
        for part in item:
            yield from tags_of(part, folder)
    if not isinstance(item, dict):
        return
    tags = item.get("tags") or []
    yield from [tags] if isinstance(tags, str) else tags
    for key in ("tasks", "block", "rescue", "always"):
        yield from tags_of(item.get(key), folder)
    for path in files_of(item, folder):
        yield from tags_of(content(path), path.parent)


def files_of(item: dict[str, Any], folder: Path = ROOT / "playbooks") -> Iterator[Path]:
    """Yield the files that a task imports."""
    name = item.get("ansible.builtin.import_tasks")
    if name:
        yield folder / name
    role = item.get("ansible.builtin.import_role")
    if role:
        tasks = ROOT / "roles" / role["name"].rpartition(".")[2] / "tasks"
        yield tasks / role.get("tasks_from", "main.yml")


def test_the_list_of_playbooks() -> None:
    names = "bootstrap_genesys_cloud decommission export merge_summaries numbers provision remove report rotate_secrets"
    assert [*names.split(), "switch_option", "verify"] == PLAYBOOKS


@pytest.mark.parametrize("name", FORMER)
def test_a_former_name_only_imports_the_new_one(name: str) -> None:
    path = ROOT / "playbooks" / f"{name}.yml"
    (play,) = content(path)
    assert play["ansible.builtin.import_playbook"] == f"{FORMER[name]}.yml"
    assert "deprecated" in path.read_text(encoding="utf-8").partition("\n- name:")[0]


def test_one_tenant_that_fails_does_not_end_the_overview_of_numbers() -> None:
    """The settings of a user may say otherwise."""
    (play, _end) = content(ROOT / "playbooks/numbers.yml")
    assert play["any_errors_fatal"] is False


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_known_tags_match_the_tags_of_tasks(playbook: str) -> None:
    plays = content(ROOT / "playbooks" / f"{playbook}.yml")
    known = plays[0]["vars"]["known_tags"]
    assert len(known) == len(set(known))
    found = set(tags_of(plays)) - {"always", "never"}
    assert set(known) == found - NOT_OF.get(playbook, set())
    # The comment at the top of the playbook names them too.
    said = (ROOT / "playbooks" / f"{playbook}.yml").read_text(encoding="utf-8").partition("\n- name:")[0]
    assert all(re.search(rf"\b{tag}\b", said.partition("# Tags: ")[2]) for tag in known)
    assert next(iter(files_of(plays[0]["tasks"][0]))).name == "tags.yml"


def test_the_readme_lists_each_playbook_once() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Which playbook?")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| .+ \| `(\w+)` \| \[.+\]\(.+\) \|$", text, re.MULTILINE)) == PLAYBOOKS


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_playbook_merges_no_mappings(playbook: str) -> None:
    """If a key is in both of them, Ansible warns of a duplicate."""
    assert "<<:" not in (ROOT / "playbooks" / f"{playbook}.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "module", "refused"),
    [
        ("Rotate the API keys of tenants", "nexus_api_key_rotation", ["rotation_key", "rotation_directory"]),
        (
            "Rotate secrets that a gateway or Kaleyra has too",
            "nexus_secret_rotation",
            ["rotation_secret", "kaleyra_username", "rotation_directory"],
        ),
    ],
)
def test_what_is_refused_before_secrets_of_tenants_are_rotated(name: str, module: str, refused: list[str]) -> None:
    plays = [play for play in content(ROOT / "playbooks/rotate_secrets.yml") if "tasks" in play]
    (tasks,) = (play["tasks"] for play in plays if play["name"] == name)
    place = [f"cxops.genesys_sms.{module}" in task for task in tasks].index(True)
    imported = [path for task in tasks[:place] for path in files_of(task) if path.stem == "rotation_directory"]
    checks = [task for path in imported for task in content(path)]
    asked = [task for task in [*tasks[:place], *checks] if "ansible.builtin.assert" in task]
    messages = [task["ansible.builtin.assert"]["fail_msg"] for task in asked]
    assert [message.partition(":")[0] for message in messages] == refused


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_the_preflight_knows_all_variables_of_a_playbook(playbook: str) -> None:
    """These are the variables in the comment at its top, and its flags, without the variables of roles."""
    path = ROOT / "playbooks" / f"{playbook}.yml"
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"^#   (\w+) {2,}|-e (\w+)=", text, re.MULTILINE)
    given = {name for pair in named for name in pair if name}
    # This variable of a role is in the role's specification.
    assert given - {"genesys_cloud_update_secret"} <= set(PLAYBOOK_VARIABLES)
    assert set(re.findall(r"(\w+) \| default\(false\) \| bool", text)) <= set(SWITCHES)
