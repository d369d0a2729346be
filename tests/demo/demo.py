# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show what the collection does, in a sandbox.

Playbooks provision, change and remove the SMS of three tenants, and rotate a secret and switch a tenant while messages
are sent. Then they adopt a tenant that was set up by hand.
"""

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import requests
from sandbox.control import Sandbox, start
from sandbox.seed import Tenant
from sandbox.traffic_record import Line

ROOT = Path(__file__).resolve().parents[2]
TENANTS = ("acme", "initech", "globex")
EDITED, OLD_ENDPOINT, NEW_ENDPOINT = "SMS_CustomerSupport", "CustomerSupport", "CustomerSupport_Evenings"
NUMBER, KALEYRA_NUMBER = "16504662200", "16504661149"
REPORT = ROOT / ".build/demo-report"
OLD_SECRET, NEW_SECRET = "sandbox-initech-webhook-secret", "sandbox-initech-webhook-secret-2"
CLUSTER_KEY = "abababab-0000-4000-8000-000000000200"
GATEWAY = r"custom_gateway_channels:.*(?=sender_ids:)|custom_gateway_\w+: [^\n]+\n"
KALEYRA = """
kaleyra_url: "{{ sandbox_url }}/kaleyra"
kaleyra_username: sandbox-kaleyra-username
kaleyra_password: sandbox-kaleyra-password
"""


class DemoError(RuntimeError):
    """A step of the demo had another result than expected."""


def main() -> int:
    """Run the demo; return the exit status."""
    with tempfile.TemporaryDirectory(prefix="genesys-sms-demo-") as folder, start(Path(folder) / "sandbox") as sandbox:
        say(f"A sandbox simulates Digital Channels, Genesys Web Services, GAX and Genesys Cloud CX at {sandbox.url}")
        inventory = Path(folder) / "inventories/sandbox"
        shutil.copytree(ROOT / "inventories/sandbox", inventory)
        try:
            show(sandbox, inventory)
            rotate(sandbox, inventory)
            switch(sandbox, inventory)
            remove(sandbox, inventory)
            adopt(sandbox, inventory, REPORT)
        except DemoError as error:
            sys.stderr.write(f"\nThe demo failed: {error}\n")
            return 1
    say("Done. The sandbox is stopped.")
    print("Next: run `make sandbox` to try things by hand. README.md describes how.")
    return 0


def show(sandbox: Sandbox, inventory: Path) -> None:
    """Provision and change the tenants. Check the result of each step."""
    # As the playbook bootstrap_genesys_cloud does.
    sandbox.create_api_key(CLUSTER_KEY)
    sandbox.clear_requests()
    say("0. Create the purchase journal, once for an organization. A purchase never creates it")
    changed = playbook(sandbox, inventory, "numbers", "-e", "create_journal=true")
    expect(changed == {"globex": 1}, "the run should create the journal")
    say(
        "1. Provision three tenants\n"
        "   acme uses Kaleyra, and Genesys Web Services for its configuration.\n"
        "   initech uses its own gateway, and GAX for its configuration.\n"
        "   globex uses Genesys Cloud CX, and needs a toll-free number for its slot main."
    )
    changed = playbook(sandbox, inventory, "provision")
    expect(changed == {"acme": 2, "initech": 2, "globex": 4}, "eight tasks of the first run should change something")
    print(f"The servers received {writes(sandbox)}.")
    account = sandbox.account()
    expect(account["spent"] == 1, "the run should buy one number")
    print(f"Bought in Genesys Cloud CX: {account['numbers'][0]['tollfreeNumber']}, {account['numbers'][0]['comment']}")

    say("2. Run it again: nothing changes, and nothing is bought")
    sandbox.clear_requests()
    changed = playbook(sandbox, inventory, "provision")
    expect(not any(changed.values()), "the second run should change nothing")
    expect(not sandbox.writes(), "the second run should write nothing")
    expect(sandbox.account()["spent"] == 1, "the second run should buy nothing")
    print("changed=0, the servers received 0 writes, and the account still has one number.")

    say(
        "3. Edit a sender ID in the inventory, and show what would change (--check --diff)\n"
        f"   {EDITED} of acme: endpoint {OLD_ENDPOINT} -> {NEW_ENDPOINT}"
    )
    edit(inventory / "host_vars/acme/main.yml", f"endpoint: {OLD_ENDPOINT}", f"endpoint: {NEW_ENDPOINT}")
    options = ("--limit", "acme", "--tags", "sender_ids", "--check", "--diff")
    changed = playbook(sandbox, inventory, "provision", *options)
    expect(changed == {"acme": 1}, "the check should announce one change")
    expect(not sandbox.writes(), "the check should write nothing")
    print("The servers received 0 writes.")

    say("4. Apply it")
    changed = playbook(sandbox, inventory, "provision")
    expect(changed == {"acme": 1, "initech": 0, "globex": 0}, "the edit should cause one change")
    print_tenants(sandbox)

    say("5. Send a message to initech's gateway, which checks the signature")
    deliver(sandbox)

    say("6. Rotate the webhook secret in the inventory: the next message is signed with the new secret")
    edit(inventory / "host_vars/initech/vault.yml", OLD_SECRET, NEW_SECRET)
    changed = playbook(sandbox, inventory, "provision", "--limit", "initech", "--diff")
    expect(changed == {"initech": 1}, "the rotation should cause one change")
    sandbox.gateway_secret("initech", NEW_SECRET)
    deliver(sandbox)

    say("7. Prove that Digital Channels has the API secrets, by small uploads (--tags verify)")
    changed = playbook(sandbox, inventory, "provision", "--limit", "initech", "--tags", "verify")
    expect(changed == {"initech": 1}, "the proof should report one change")
    taken = [record.status for record in sandbox.requests() if record.path.endswith("/media")]
    expect(taken == [401, 200, 200], "the server should refuse a wrong signature and accept the right ones")
    print("Digital Channels refused a wrongly signed upload, and accepted a correctly signed one for each channel.")


@contextmanager
def messages(sandbox: Sandbox, most: int = 0) -> Iterator[None]:
    """Send messages of all tenants in both directions while the block runs, and print what became of them.

    :arg most: how many of them may be lost.
    """
    (number,) = (one["tollfreeNumber"] for one in sandbox.account()["numbers"])
    acme, initech, globex = (sandbox_tenant(sandbox, name).ccid for name in TENANTS)
    lines = (
        Line("acme", acme, KALEYRA_NUMBER),
        Line("initech", initech, NUMBER),
        Line("initech", initech, NUMBER, "gateway", "initech"),
        Line("globex", globex, number),
        Line("globex", globex, number, "cloud"),
    )
    with sandbox.traffic(*lines) as traffic:
        yield
    for sentence in traffic.failed:
        print(sentence)
    print(f"Meanwhile {len(traffic.messages)} messages were sent by and to the tenants. Lost: {len(traffic.failed)}.")
    expect(len(traffic.failed) <= most, f"at most {most} messages should be lost")


def rotate(sandbox: Sandbox, inventory: Path) -> None:
    """Rotate a secret while messages are sent."""
    say(
        "8. Rotate the API key with which Genesys Cloud CX calls Digital Channels, while messages are sent\n"
        "   The first run creates a new key, and gives it to the number. From then on, both keys work."
    )
    files = inventory / "group_vars/genesys_cloud"
    files.mkdir()
    options = ("-e", "rotate=cluster_api_key", "-e", "rotation=demo", "-e", f"bootstrap_directory={files}")
    with messages(sandbox):
        changed = playbook(sandbox, inventory, "rotate_secrets", *options)
        expect(changed["globex"] == 1, "the first run should create the key")
        print("The inventory gets the new key: nexus_cluster_api_key is removed from host_vars/globex/vault.yml.")
        print("The next run disables the former key.\n")
        edit(inventory / "host_vars/globex/vault.yml", f"nexus_cluster_api_key: {CLUSTER_KEY}", "")
        changed = playbook(sandbox, inventory, "rotate_secrets", *options)
        expect(changed["globex"] == 1, "the second run should disable the former key")


def switch(sandbox: Sandbox, inventory: Path) -> None:
    """Switch a tenant to another SMS option while messages are sent."""
    say(
        "9. Switch initech from its gateway to Kaleyra, while messages are sent\n"
        "   The run prepares the new option. Then it makes two writes: the service SMS, and at once all sender IDs.\n"
        "   The sandbox uses the strictest rule: both must agree. So a message between the writes would be lost."
    )
    with (inventory / "host_vars/initech/main.yml").open("a", encoding="utf-8") as variables:
        variables.write(KALEYRA)
    options = ("--limit", "initech", "-e", "switch_to=kaleyra")
    with messages(sandbox, most=20):
        changed = playbook(sandbox, inventory, "switch_option", *options)
    expect(changed["initech"] > 0, "the run should switch the tenant")
    print("The messages use Kaleyra. So the next run removes what the gateway left.\n")
    playbook(sandbox, inventory, "switch_option", *options, "-e", "switch_remove_former=true")
    print("In the inventory, initech moves to the group kaleyra, and the variables of its gateway are removed.")
    edit(inventory / "hosts.yml", "custom_gateway:\n  hosts:\n    initech:", "    initech:\ncustom_gateway:")
    for file in ("main.yml", "vault.yml"):
        path = inventory / "host_vars/initech" / file
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(GATEWAY, "", text, flags=re.DOTALL), encoding="utf-8")


def remove(sandbox: Sandbox, inventory: Path) -> None:
    """Remove the SMS of the tenants. A number stays."""
    say("10. Remove everything again")
    changed = playbook(sandbox, inventory, "remove", "--limit", ",".join(TENANTS))
    expect(changed == {"acme": 2, "initech": 2, "globex": 3}, "seven tasks of the removal should change something")
    print_tenants(sandbox)
    expect(len(sandbox.account()["numbers"]) == 1, "the removal should keep the number")
    print("The toll-free number stays. It is released only if the inventory confirms this with the number itself.")

    say("11. Show what the organization still pays for")
    sandbox.clear_requests()
    changed = playbook(sandbox, inventory, "numbers")
    expect(changed == {"globex": 0}, "the overview should change nothing")
    expect(not sandbox.writes(), "the overview should write nothing")


def adopt(sandbox: Sandbox, inventory: Path, report: Path) -> None:
    """Export a tenant that was set up by hand, prove that the new inventory changes nothing, and write a report."""
    say(
        "12. Someone sets up acme by hand, and not quite as in Genesys' guide. Export it to an inventory\n"
        "   The servers show their secrets here. So the export fills them in, and encrypts them."
    )
    set_up_by_hand(sandbox)
    exported, password = inventory.with_name("exported"), inventory.parents[1] / "vault-password"
    password.write_text("demo", encoding="utf-8")
    vault = ("--vault-password-file", str(password))
    options = ("--limit", "acme", "-e", f"export_directory={exported}", "-e", "export_secrets=true")
    sandbox.clear_requests()
    playbook(sandbox, inventory, "export", *options, *vault)
    expect(not sandbox.writes(), "the export should write nothing to the servers")
    print("The export wrote inventories/exported/host_vars/acme.yml:\n")
    print((exported / "host_vars/acme.yml").read_text(encoding="utf-8"))

    say("13. Use the new inventory. The tenant is adopted as it is: nothing changes")
    changed = playbook(sandbox, exported, "provision", *vault)
    expect(changed == {"acme": 0}, "the exported inventory should change nothing")
    expect(not sandbox.writes(), "the exported inventory should write nothing")
    print("changed=0, and the servers received 0 writes.")

    say("14. Write a report: what each tenant has, and what provision would change")
    playbook(sandbox, exported, "report", "-e", f"report_directory={report}", *vault)
    expect((report / "report.html").is_file(), "the playbook should write report.html")
    print(f"Open the report in a browser: {report}/report.html")


def set_up_by_hand(sandbox: Sandbox) -> None:
    """Give acme what a person would have given it years ago."""
    tenant = sandbox_tenant(sandbox, "acme")
    usual = {"channelType": "sms", "interactionSubtype": "SMS", "interactionType": "Inbound", "media": "chat"}
    sections = {
        "chat.SMS_Sales": {**usual, "channelId": "16504661149", "endpoint": "chat.Sales", "provider": "mGage"},
        "SMS_NoPrefix": {**usual, "channelid": "+1 (650) 466-1150", "endpoint": "Support", "provider": "mgage"},
        "Chat.SMS.Old": {**usual, "channelId": "65046", "endpoint": "chat.Old", "note": "{{ ask Sales }}"},
    }
    sandbox.seed([{**asdict(tenant), "sections": sections}])
    services = {
        "mGageSMS": ("HTTPS://Kaleyra.example.com/", {}, {"username": "acme", "password": "set-by-hand"}),
        "SMS": ("n/a", {"provider": "mGage", "note": "by hand"}, {}),
    }
    for service, (url, data, secret) in services.items():
        requests.post(
            f"{sandbox.env['NEXUS_URL']}/nexus/v3/provisioning/services/{tenant.ccid}/{service}",
            json={"url": url, "data": data, "secret": secret},
            headers={"x-api-key": tenant.api_key, "x-ccid": tenant.ccid},
            timeout=30,
        ).raise_for_status()


def writes(sandbox: Sandbox) -> str:
    """Return how many writes the servers received, and what they were for."""
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
    """Run a playbook of the collection and show its output. Return the count of changes by tenant."""
    command = ["ansible-playbook", "-i", str(inventory), f"cxops.genesys_sms.{name}", *options]
    # The inventories are in a temporary directory.
    folder = inventory.parents[1]
    shown = shlex.join(command)
    for path, short in ((f"={folder}/", "=$PWD/"), (f"={ROOT}/", "=$PWD/"), (f"{folder}/", "")):
        shown = shown.replace(path, short)
    print(f"$ {shown}", flush=True)
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={
            **os.environ,
            # It makes the tasks that write files faster.
            "ANSIBLE_PIPELINING": "true",
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
        # Ansible prints many blank lines. Show one at a time.
        if line.strip() or not blank:
            print(line.replace(str(folder), "$PWD"), end="", flush=True)
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
    expect(changed != text, f"{path.name} should contain {old}")
    path.write_text(changed, encoding="utf-8")


def deliver(sandbox: Sandbox) -> None:
    """Have Digital Channels send a message, and print how it arrived."""
    outcome = sandbox.deliver(sandbox_tenant(sandbox, "initech").ccid, NUMBER, text="Your parcel is on its way")
    delivery = sandbox.gateway("initech")[-1]
    expect(outcome["delivered"] and delivery["verified"] is True, "the message should arrive with a valid signature")
    (message,) = json.loads(delivery["body"])["messages"]
    headers = delivery["headers"]
    expect(headers["x-tenant"] == "initech", "the message should have the header of the inventory")
    print(f"POST /gateway/initech     from {message['from']}: {message['text']}")
    print(f"  X-Hub-Signature: {headers['x-hub-signature']}  (matches the secret of the inventory)")
    print(f"  X-Tenant: {headers['x-tenant']}  (a custom header of the inventory)")


def sandbox_tenant(sandbox: Sandbox, name: str) -> Tenant:
    """Return a tenant of the sandbox."""
    return next(tenant for tenant in sandbox.tenants() if tenant.name == name)


def print_tenants(sandbox: Sandbox) -> None:
    """Print the state of the tenants on the servers."""
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
                print(f"  untouched  {name:<26} ({len(options)} options that are not for SMS)")


def describe(document: dict[str, Any]) -> str:
    """Return a description of a service without secrets."""
    channels = document["data"].get("channels")
    if channels:
        return f"channels {', '.join(channel['channelId'] for channel in channels)}, each with two secrets"
    return f"url {document.get('url', '-')}, secrets: {', '.join(document['secret']) or 'none'}"


def say(heading: str) -> None:
    """Print a heading."""
    print(f"\n=== {heading}\n", flush=True)


def expect(holds: bool, promise: str) -> None:
    """Stop the demo if a condition does not hold."""
    if not holds:
        raise DemoError(promise)


if __name__ == "__main__":
    sys.exit(main())
