# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows what the collection does: a tenant's SMS is provisioned, changed and removed in a sandbox by playbooks."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sandbox.control import Sandbox, start

ROOT = Path(__file__).resolve().parents[2]
EDITED, OLD_ENDPOINT, NEW_ENDPOINT = "SMS_CustomerSupport", "CustomerSupport", "CustomerSupport_Evenings"


class DemoError(RuntimeError):
    """Something did not go as the demo promises."""


def main() -> int:
    """Run the demo; return the exit status."""
    with tempfile.TemporaryDirectory(prefix="genesys-sms-demo-") as folder, start(Path(folder) / "sandbox") as sandbox:
        say(f"A sandbox plays Digital Channels and Genesys Web Services at {sandbox.url}")
        inventory = Path(folder) / "inventory"
        shutil.copytree(ROOT / "inventories/sandbox", inventory)
        try:
            show(sandbox, inventory)
        except DemoError as error:
            sys.stderr.write(f"\nThe demo failed: {error}\n")
            return 1
    say("Done. The sandbox is stopped and nothing is left running.")
    print("Next: `make sandbox` keeps one running to play with, and README.md tells how to go on.")
    return 0


def show(sandbox: Sandbox, inventory: Path) -> None:
    """Show each thing in turn, and check that it is so."""
    say("1. Provision the tenant acme: two services and three sender IDs")
    writes = len(sandbox.writes())
    recap = playbook(sandbox, inventory, "provision")
    expect(recap["changed"] == 3, "the first run was to change three things")
    writes = len(sandbox.writes()) - writes
    print(f"The servers got {writes} writes: one for each service, and one for all sender IDs together.")

    say("2. Run it again: nothing is left to do")
    sandbox.clear_requests()
    recap = playbook(sandbox, inventory, "provision")
    expect(recap["changed"] == 0, "the second run was to change nothing")
    expect(not sandbox.writes(), "the second run was to write nothing")
    print(f"changed={recap['changed']}, and the servers got {len(sandbox.writes())} writes.")

    say(
        "3. Edit a sender ID in the inventory, and look before you leap (--check --diff)\n"
        f"   {EDITED}: endpoint {OLD_ENDPOINT} -> {NEW_ENDPOINT}"
    )
    edit(inventory / "host_vars/acme/main.yml")
    recap = playbook(sandbox, inventory, "provision", "--tags", "sender_ids", "--check", "--diff")
    expect(recap["changed"] == 1, "the check was to announce one change")
    expect(not sandbox.writes(), "the check was to write nothing")
    print(f"The servers got {len(sandbox.writes())} writes.")

    say("4. Apply it")
    recap = playbook(sandbox, inventory, "provision")
    expect(recap["changed"] == 1, "the edit was to change one thing")
    print_tenant(sandbox)

    say("5. Take it all away again")
    recap = playbook(sandbox, inventory, "remove", "--limit", "acme")
    expect(recap["changed"] == 3, "the removal was to change three things")
    print_tenant(sandbox)


def playbook(sandbox: Sandbox, inventory: Path, name: str, *options: str) -> dict[str, int]:
    """Run a playbook of the collection for everyone to see; return the numbers of its recap."""
    command = ["ansible-playbook", "-i", "inventories/sandbox", f"cxops.genesys_sms.{name}", *options]
    print(f"$ {shlex.join(command)}", flush=True)
    command[2] = str(inventory)
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "SANDBOX_URL": sandbox.url, "ANSIBLE_FORCE_COLOR": str(sys.stdout.isatty())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    recap: dict[str, int] = {}
    blank = False
    for line in process.stdout:
        # Ansible separates with more blank lines than a page has room for.
        if line.strip() or not blank:
            print(line, end="", flush=True)
        blank = not line.strip()
        plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
        if plain.startswith("acme ") and "ok=" in plain:
            recap = {key: int(number) for key, number in re.findall(r"(\w+)=(\d+)", plain)}
    status = process.wait()
    expect(status == 0 and bool(recap), f"the playbook {name} ended with status {status}")
    return recap


def edit(path: Path) -> None:
    """Give the edited sender ID its new endpoint, as a person with an editor would."""
    text = path.read_text(encoding="utf-8")
    changed = text.replace(f"endpoint: {OLD_ENDPOINT}\n", f"endpoint: {NEW_ENDPOINT}\n")
    expect(changed != text, f"{path.name} was to have the endpoint {OLD_ENDPOINT}")
    path.write_text(changed, encoding="utf-8")


def print_tenant(sandbox: Sandbox) -> None:
    """Print what the servers hold for the tenant, as they tell it themselves."""
    state: dict[str, Any] = sandbox.state(sandbox.env["NEXUS_CCID"])
    print("The tenant now has:")
    for name, document in sorted(state["services"].items()):
        secrets = ", ".join(document["secret"]) or "none"
        print(f"  service    {name:<26} url {document.get('url', '-')}, secrets: {secrets}")
    for name, options in sorted(state["sections"].items()):
        if options.get("channelType") == "sms":
            print(
                f"  sender ID  {name:<26} {options['channelId']:<12} {options['endpoint']:<30} "
                f"provider {options['provider']}, cxcOnly {options['cxcOnly']}"
            )
        else:
            print(f"  untouched  {name:<26} ({len(options)} options that are none of our business)")


def say(heading: str) -> None:
    """Print a heading."""
    print(f"\n=== {heading}\n", flush=True)


def expect(holds: bool, promise: str) -> None:
    """Stop the demo where a promise does not hold."""
    if not holds:
        raise DemoError(promise)


if __name__ == "__main__":
    sys.exit(main())
