# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles' README files match the argument specifications, and the example inventories work."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from integration.provisioning import EXAMPLE_INVENTORIES, PROVISION, play, run
from sandbox.control import Sandbox
from tools.collection import ROOT

ROLES = sorted(path.parent.name for path in ROOT.glob("roles/*/meta"))
ENVIRONMENTS = ("production", "staging")

Options = dict[str, dict[str, Any]]


def read(path: Path) -> Any:
    """Read a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def options_of(role: str) -> Options:
    """Return the variables of a role from its argument specification."""
    options: Options = read(ROOT / f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    return options


def test_the_list_of_roles() -> None:
    assert ROLES == ["custom_gateway", "genesys_cloud", "kaleyra", "preflight", "sender_ids", "webhook_headers"]


@pytest.mark.parametrize("role", ROLES)
def test_examples_of_role_readmes_match_the_specification(role: str) -> None:
    text = (ROOT / f"roles/{role}/README.md").read_text(encoding="utf-8")
    examples = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    (example,) = [example for example in examples if isinstance(example, list)]
    used = example[0]["roles"][0]
    assert used["role"] == f"cxops.genesys_sms.{role}"
    variables = {name for item in examples if isinstance(item, dict) for name in item}
    assert {*variables, *(set(used) - {"role"})} <= set(options_of(role))
    required = {name for name, option in options_of(role).items() if option.get("required")}
    assert required <= variables


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_example_inventory_passes_the_preflight(sandbox: Sandbox, tmp_path: Path, environment: str) -> None:
    inventory = tmp_path / "inventories" / environment
    shutil.copytree(EXAMPLE_INVENTORIES / environment, inventory)
    graph = run("ansible-inventory", "--inventory", inventory, "--graph", directory=tmp_path)
    assert graph.rc == 0, graph.output
    assert re.findall(r"--(\S+)", graph.output) == [
        *("@ungrouped:", "@kaleyra:", "acme", "globex", "@custom_gateway:", "initech", "@genesys_cloud:", "umbrella")
    ]

    result = play(sandbox, tmp_path, PROVISION, inventory, "--tags", "validate")
    own = {
        "acme": ["kaleyra_username", "kaleyra_password"],
        "globex": ["kaleyra_username", "kaleyra_password"],
        "umbrella": ["nexus_cluster_api_key", "gc_client_secret"],
        "initech": [
            *(f"custom_gateway_channels[{n}].{secret}" for n in (0, 1) for secret in ("webhook_secret", "api_secret")),
            *("webhook_headers[1].value", "gax_password"),
        ],
    }
    gws = ["gws_client_secret", "gws_password"]
    for host, names in own.items():
        told = {line.split(": ")[0] for line in result.failures[host].splitlines()}
        assert told == {"nexus_api_key", *names, *(gws if host != "initech" else ())}, host

    for path in inventory.rglob("vault.yml"):
        path.write_text(path.read_text(encoding="utf-8").replace("change-me", "changed"), encoding="utf-8")
    result = play(sandbox, tmp_path, PROVISION, inventory, "--tags", "validate")
    assert result.changed == {"acme": 0}
    assert "(item=tenants: 4)" in result.output
    assert "[WARNING]" not in result.output
    assert not sandbox.requests()


def test_example_inventories_differ_only_in_values() -> None:
    files = {
        environment: {
            path.relative_to(EXAMPLE_INVENTORIES / environment): read(path)
            for path in (EXAMPLE_INVENTORIES / environment).rglob("*.yml")
        }
        for environment in ENVIRONMENTS
    }
    production, staging = files.values()
    assert production.keys() == staging.keys()
    for path, content in production.items():
        assert content.keys() == staging[path].keys()
    ccids = [content["ccid"] for content in (*production.values(), *staging.values()) if "ccid" in content]
    assert len(set(ccids)) == len(ccids) == 8


def test_example_inventories_explain_each_variable() -> None:
    """Each variable has a comment above it, alone or with others."""
    for path in EXAMPLE_INVENTORIES.rglob("*_vars/**/*.yml"):
        for paragraph in path.read_text(encoding="utf-8").split("\n\n"):
            assert re.match(r"(---\n)?# ", paragraph), f"{path}: {paragraph}"
