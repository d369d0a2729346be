# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows what the collection does: playbooks provision, change and remove the SMS of three tenants in a sandbox."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from sandbox.control import Sandbox, start
from sandbox.seed import Tenant

ROOT = Path(__file__).resolve().parents[2]
TENANTS = ("acme", "initech", "globex")
EDITED, OLD_ENDPOINT, NEW_ENDPOINT = "SMS_CustomerSupport", "CustomerSupport", "CustomerSupport_Evenings"
NUMBER = "16504662200"
OLD_SECRET, NEW_SECRET = "sandbox-initech-webhook-secret", "sandbox-initech-webhook-secret-2"


class DemoError(RuntimeError):
    """Something did not go as the demo promises."""


def main() -> int:
    """Run the demo; return the exit status."""
    with tempfile.TemporaryDirectory(prefix="genesys-sms-demo-") as folder, start(Path(folder) / "sandbox") as sandbox:
        say(f"A sandbox plays Digital Channels, Genesys Web Services, GAX and Genesys Cloud CX at {sandbox.url}")
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
    say("0. Create the journal of purchases, once for an organization: a purchase never does that by itself")
    changed = playbook(sandbox, inventory, "purchases", "-e", "create_journal=true")
    expect(changed == {"globex": 1}, "the journal was to be created")
    say(
        "1. Provision three tenants\n"
        "   acme has SMS over Kaleyra, and its configuration is reached over Genesys Web Services.\n"
        "   initech has a gateway of its own, and its configuration is reached over GAX.\n"
        "   globex has SMS over Genesys Cloud CX, and wants a toll-free number for its slot main."
    )
    changed = playbook(sandbox, inventory, "provision")
    expect(changed == {"acme": 3, "initech": 4, "globex": 5}, "the first run was to change twelve things")
    print(f"The servers got {writes(sandbox)}.")
    account = sandbox.account()
    expect(account["spent"] == 1, "one number was to be bought")
    print(f"Bought in Genesys Cloud CX: {account['numbers'][0]['tollfreeNumber']}, {account['numbers'][0]['comment']}")

    say("2. Run it again: nothing is left to do, and nothing to pay")
    sandbox.clear_requests()
    changed = playbook(sandbox, inventory, "provision")
    expect(not any(changed.values()), "the second run was to change nothing")
    expect(not sandbox.writes(), "the second run was to write nothing")
    expect(sandbox.account()["spent"] == 1, "the second run was to buy nothing")
    print("changed=0, the servers got 0 writes, and one number is bought as before.")

    say(
        "3. Edit a sender ID in the inventory, and look before you leap (--check --diff)\n"
        f"   {EDITED} of acme: endpoint {OLD_ENDPOINT} -> {NEW_ENDPOINT}"
    )
    edit(inventory / "host_vars/acme/main.yml", f"endpoint: {OLD_ENDPOINT}", f"endpoint: {NEW_ENDPOINT}")
    options = ("--limit", "acme", "--tags", "sender_ids", "--check", "--diff")
    changed = playbook(sandbox, inventory, "provision", *options)
    expect(changed == {"acme": 1}, "the check was to announce one change")
    expect(not sandbox.writes(), "the check was to write nothing")
    print("The servers got 0 writes.")

    say("4. Apply it")
    changed = playbook(sandbox, inventory, "provision")
    expect(changed == {"acme": 1, "initech": 0, "globex": 0}, "the edit was to change one thing")
    print_tenants(sandbox)

    say("5. Send a message to initech's gateway, which checks the signature")
    deliver(sandbox)

    say("6. Rotate the webhook secret in the inventory: the next message is signed with the new one")
    edit(inventory / "host_vars/initech/vault.yml", OLD_SECRET, NEW_SECRET)
    changed = playbook(sandbox, inventory, "provision", "--limit", "initech", "--diff")
    expect(changed == {"initech": 1}, "the rotation was to change one thing")
    sandbox.gateway_secret("initech", NEW_SECRET)
    deliver(sandbox)

    say("7. Prove that Digital Channels has the API secrets, by small uploads (--tags verify)")
    changed = playbook(sandbox, inventory, "provision", "--limit", "initech", "--tags", "verify")
    expect(changed == {"initech": 1}, "the proof was to be made")
    taken = [record.status for record in sandbox.requests() if record.path.endswith("/media")]
    expect(taken == [401, 200, 200], "a wrong signature was to be refused, and the right ones taken")
    print(
        "Digital Channels refused an upload with a wrong signature, and took one with the right one for each channel."
    )

    say("8. Take it all away again")
    changed = playbook(sandbox, inventory, "remove", "--limit", ",".join(TENANTS))
    expect(changed == {"acme": 3, "initech": 4, "globex": 4}, "the removal was to change eleven things")
    print_tenants(sandbox)
    expect(len(sandbox.account()["numbers"]) == 1, "the number was to stay")
    print("The toll-free number stays: it is given back only when the inventory confirms that by the number itself.")


def writes(sandbox: Sandbox) -> str:
    """Tell how many writes the servers got, and what they were for."""
    found: Counter[str] = Counter()
    for record in sandbox.writes():
        if record.system == "services":
            found["for services"] += 1
        elif record.system.startswith("cloud"):
            found["for the number that was bought"] += 1
        else:
            found["for sender IDs and webhook headers, all of a tenant at once"] += 1
    return f"{found.total()} writes: {', '.join(f'{count} {what}' for what, count in found.items())}"


def playbook(sandbox: Sandbox, inventory: Path, name: str, *options: str) -> dict[str, int]:
    """Run a playbook of the collection for everyone to see; return how much it changed, by tenant."""
    command = ["ansible-playbook", "-i", "inventories/sandbox", f"cxops.genesys_sms.{name}", *options]
    print(f"$ {shlex.join(command)}", flush=True)
    command[2] = str(inventory)
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={
            **os.environ,
            "SANDBOX_URL": sandbox.url,
            "SANDBOX_STATE": str(sandbox.state_dir),
            "ANSIBLE_FORCE_COLOR": str(sys.stdout.isatty()),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    changed: dict[str, int] = {}
    blank = False
    for line in process.stdout:
        # Ansible separates with more blank lines than a page has room for.
        if line.strip() or not blank:
            print(line, end="", flush=True)
        blank = not line.strip()
        plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
        recap = re.match(r"(\w+) +: ok=\d+ +changed=(\d+)", plain)
        if recap:
            changed[recap[1]] = int(recap[2])
    status = process.wait()
    expect(status == 0 and bool(changed), f"the playbook {name} ended with status {status}")
    return changed


def edit(path: Path, old: str, new: str) -> None:
    """Replace the end of a line, as a person with an editor would."""
    text = path.read_text(encoding="utf-8")
    changed = text.replace(f"{old}\n", f"{new}\n")
    expect(changed != text, f"{path.name} was to have {old}")
    path.write_text(changed, encoding="utf-8")


def deliver(sandbox: Sandbox) -> None:
    """Have Digital Channels send a message, and print how it arrived."""
    outcome = sandbox.deliver(sandbox_tenant(sandbox, "initech").ccid, NUMBER, text="Your parcel is on its way")
    delivery = sandbox.gateway("initech")[-1]
    expect(outcome["delivered"] and delivery["verified"] is True, "the message was to arrive with a good signature")
    (message,) = json.loads(delivery["body"])["messages"]
    headers = delivery["headers"]
    expect(headers["x-tenant"] == "initech", "the message was to bear the header of the inventory")
    print(f"POST /gateway/initech     from {message['from']}: {message['text']}")
    print(f"  X-Hub-Signature: {headers['x-hub-signature']}  (fits to the secret of the inventory)")
    print(f"  X-Tenant: {headers['x-tenant']}  (a custom header of the inventory)")


def sandbox_tenant(sandbox: Sandbox, name: str) -> Tenant:
    """Return a tenant of the sandbox."""
    return next(tenant for tenant in sandbox.tenants() if tenant.name == name)


def print_tenants(sandbox: Sandbox) -> None:
    """Print what the servers hold for the tenants, as they tell it themselves."""
    for tenant in TENANTS:
        state: dict[str, Any] = sandbox.state(sandbox_tenant(sandbox, tenant).ccid)
        print(f"The tenant {tenant} now has:")
        for name, document in sorted(state["services"].items()):
            print(f"  service    {name:<26} {describe(document)}")
        for name, options in sorted(state["sections"].items()):
            if options.get("channelType") == "sms":
                print(
                    f"  sender ID  {name:<26} {options['channelId']:<12} {options['endpoint']}, {options['provider']}"
                )
            elif name == "Async":
                print(f"  headers    {', '.join(key.removeprefix('header:') for key in options)}")
            else:
                print(f"  untouched  {name:<26} ({len(options)} options that are none of our business)")


def describe(document: dict[str, Any]) -> str:
    """Return what can be said of a service without telling a secret."""
    channels = document["data"].get("channels")
    if channels:
        return f"channels {', '.join(channel['channelId'] for channel in channels)}, each with two secrets"
    return f"url {document.get('url', '-')}, secrets: {', '.join(document['secret']) or 'none'}"


def say(heading: str) -> None:
    """Print a heading."""
    print(f"\n=== {heading}\n", flush=True)


def expect(holds: bool, promise: str) -> None:
    """Stop the demo where a promise does not hold."""
    if not holds:
        raise DemoError(promise)


if __name__ == "__main__":
    sys.exit(main())
