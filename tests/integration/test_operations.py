# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of docs/operations.md, in their order: a tenant's life from the first day to the last."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from integration.provisioning import SANDBOX_INVENTORY, Result
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_TENANTS
from tools.collection import ROOT

ACME, GLOBEX, _INITECH = DEFAULT_TENANTS
BLOCK = re.compile(r"^## (?P<heading>[^\n]+)$|^```bash\n(?P<command>.*?)^```$", re.MULTILINE | re.DOTALL)

Edit = Callable[[Path], None]
Changed = dict[str, int]


class Step(NamedTuple):
    """A command of the page.

    :arg runs: how often it runs, each time with further options, and the count of changes by tenant.
    :arg before: what a person does before the first run.
    :arg between: what a person does after the first run.
    """

    heading: str
    runs: tuple[tuple[str, Changed], ...]
    before: Edit = lambda _inventory: None
    between: Edit = lambda _inventory: None


def edit(file: str, pattern: str, put: str = "") -> Edit:
    """Return what replaces a line of a file in the inventory."""

    def do(inventory: Path) -> None:
        path = inventory / file
        changed, count = re.subn(rf"^{pattern}\n", put, path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert count == 1, f"{path.name} should have one line {pattern}"
        path.write_text(changed, encoding="utf-8")

    return do


def move_to_kaleyra(inventory: Path) -> None:
    """Make the switch of initech lasting, as the run said."""
    edit("hosts.yml", "    initech:")(inventory)
    edit("hosts.yml", "    acme:", "    acme:\n    initech:\n")(inventory)
    for file in ("main.yml", "vault.yml"):
        path = inventory / "host_vars/initech" / file
        path.write_text(re.sub(FORMER, "", path.read_text(encoding="utf-8"), flags=re.DOTALL), encoding="utf-8")


KALEYRA = """
kaleyra_url: "{{ sandbox_url }}/kaleyra"
kaleyra_username: sandbox-kaleyra-username
kaleyra_password: sandbox-kaleyra-password
"""
FORMER = r"custom_gateway_channels:.*(?=sender_ids:)|custom_gateway_\w+: [^\n]+\n"
READY = "-e rotation_ready=true"
REMOVE = "-e rotation_remove=true"
LIFE = (
    Step("Prepare the organization", (("", {"globex": 6}),)),
    Step("Provision the tenant", (("", {"acme": 2}),)),
    Step(
        "Provision the tenant",
        (("", {"acme": 2, "globex": 4, "initech": 2}), ("", {"acme": 0, "globex": 0, "initech": 0})),
    ),
    Step("Verify it", (("", {"acme": 0, "globex": 0, "initech": 1}),)),
    Step("Every day: look for drift", (("", {"acme": 2, "globex": 0, "initech": 0}),)),
    Step(
        "Change something",
        (("", {"acme": 1}),),
        before=edit("host_vars/acme/main.yml", "    endpoint: CustomerSupport", "    endpoint: Evenings\n"),
    ),
    Step("Change something", (("", {"acme": 1}),)),
    Step("Look after the numbers", (("", {"globex": 0}),)),
    Step(
        "Rotate the secrets",
        (("", {"acme": 0, "globex": 1}), ("", {"acme": 0, "globex": 1}), (REMOVE, {"acme": 0, "globex": 1})),
    ),
    Step(
        "Rotate the secrets",
        (("", {"acme": 1}), ("", {"acme": 1}), (REMOVE, {"acme": 1})),
        between=edit("host_vars/acme/vault.yml", "nexus_api_key: .*"),
    ),
    Step("Rotate the secrets", (("", {"acme": 0, "globex": 1}), ("", {"acme": 0, "globex": 0}))),
    Step(
        "Rotate the secrets",
        (("", {"initech": 1}), (READY, {"initech": 1}), (REMOVE, {"initech": 1})),
        between=edit(
            "host_vars/initech/vault.yml",
            "vault_webhook_secret: .*",
            'vault_webhook_secret: "{{ rotated_gateway_webhook_secret }}"\n',
        ),
    ),
    Step(
        "Switch the SMS option",
        (("", {"initech": 2}),),
        before=edit("host_vars/initech/main.yml", "# This tenant uses GAX.*", KALEYRA),
    ),
    Step("Switch the SMS option", (("", {"initech": 2}),)),
    Step("Switch the SMS option", (("", {"initech": 1}),)),
    Step("Switch the SMS option", (("", {"initech": 0}),), before=move_to_kaleyra),
    Step("Take SMS away", (("", {"acme": 2}),)),
    Step("Decommission the tenant", (("", {"globex": 2}),)),
    Step("Decommission the tenant", (("", {"globex": 4}),)),
)


def shell(sandbox: Sandbox, directory: Path, command: str) -> Result:
    """Run a command as in a terminal, in a directory that is the home of the user too."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_HOME")},
        "HOME": str(directory),
        "ANSIBLE_PIPELINING": "true",
        "SANDBOX_URL": sandbox.url,
        "SANDBOX_STATE": str(directory),
    }
    process = subprocess.run(
        ["bash", "-ec", command],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    return Result(process.returncode, process.stdout)


def new_inventory(directory: Path) -> Path:
    """Copy the inventory of the sandbox, without what the preparation of the organization writes."""
    inventory = directory / "inventories/production"
    shutil.copytree(SANDBOX_INVENTORY, inventory)
    edit("host_vars/globex/main.yml", "gc_client_id: .*")(inventory)
    for name in ("nexus_cluster_api_key", "gc_client_secret"):
        edit("host_vars/globex/vault.yml", f"{name}: .*")(inventory)
    (directory / ".vault-password").write_text("vault", encoding="utf-8")
    return inventory


def test_the_commands_of_a_tenants_life(sandbox: Sandbox, tmp_path: Path) -> None:
    inventory = new_inventory(tmp_path)
    for tenant in (ACME, GLOBEX):
        sandbox.create_api_key(tenant.api_key, tenant.name, tenant.ccid)
    heading, commands = "", []
    for block in BLOCK.finditer((ROOT / "docs/operations.md").read_text(encoding="utf-8")):
        heading = block["heading"] or heading
        if block["command"]:
            commands.append((heading, block["command"].rstrip()))
    (_first, password), *commands = commands
    assert [place for place, _command in commands] == [step.heading for step in LIFE]
    for step, (_heading, command) in zip(LIFE, commands, strict=True):
        step.before(inventory)
        for place, (options, changed) in enumerate(step.runs):
            result = shell(sandbox, tmp_path, f"{password}\n{command} {options}")
            assert result.changed == changed, f"{command}\n{result.output}"
            if place == 0:
                step.between(inventory)
        if " --check " in command:
            assert sandbox.writes() == []
        sandbox.clear_requests()
    for tenant in (ACME, GLOBEX):
        state = sandbox.state(tenant.ccid)
        assert state["services"] == {}
        assert [name for name in state["sections"] if name.startswith("chat.SMS_")] == []
    assert sandbox.account()["numbers"] == []
    assert (tmp_path / "report/report.html").is_file()
    assert (tmp_path / "numbers/numbers.csv").is_file()
