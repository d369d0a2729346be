# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rotation of an API key: at each moment, each number has an enabled key, and a run after a crash continues.

A run is killed before and after each of its requests and each write of the secret file.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secret_file import SecretFile
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels import api_keys
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    nexus_api_key,
    nexus_api_key_info,
    nexus_api_key_rotation,
)
from integration.killing import Kill, sample
from integration.organization import ACME, GLOBEX, INTEGRATION, Json, Org

NAME = "Portico Cluster API Key"
NEW = f"{NAME} (rotation 2026-11)"
CHOSEN = "abababab-0000-4000-8000-000000000009"
NUMBERS = ("18445550001", "18445550002", "18445550003")
OTHERS = "18445550009"

VARIANTS = [
    {},
    {"apikeys.id": "generated"},
    {"apikeys.duplicate": "conflict"},
    {"apikeys.change": "unsupported"},
    {"apikeys.list": "unsupported"},
    {"apikeys.list": "unsupported", "apikeys.change": "unsupported"},
]

Variant = dict[str, str]


class Installation:
    """An installation with two tenants, whose numbers have the cluster API key. An inventory reads the secret file."""

    def __init__(self, org: Org, variant: Variant) -> None:
        self.org = org
        self.file = org.directory / "nexus_cluster_api_key.yml"
        self.key = {"name": NAME, "tenant": "", "permissions": ["nexus:cluster:*"], "secret_file": str(self.file)}
        chosen = {"key": CHOSEN} if "apikeys.list" in variant else {}
        org.run(nexus_api_key, {**self.key, **chosen})
        url = f"{org.sandbox.env['NEXUS_URL']}/nexus/v3/sms/message"
        hook = {"moUrl": url, "webhookPassword": self.current()}
        # The second tenant has a public URL. The third number belongs to a tenant that the inventory does not have.
        org.order_by_hand(NUMBERS[0], webhookUsername=ACME.ccid, **hook)
        org.order_by_hand(NUMBERS[1], webhookUsername=GLOBEX.ccid.upper(), **{**hook, "moUrl": "https://public/sms"})
        org.order_by_hand(NUMBERS[2], webhookUsername="someone", **{**hook, "moUrl": "https://public/sms/"})
        org.order_by_hand(OTHERS, webhookUsername="someone", moUrl="https://other/sms", webhookPassword="theirs")
        self.former = self.current()
        self.inventory = self.former
        org.sandbox.switch(**variant)

    def current(self) -> str:
        """Return the key in the secret file."""
        return str((SecretFile(str(self.file), None).values() or {})["nexus_cluster_api_key"])

    def asked(self, **options: Any) -> Json:
        """Return the options of a run, with the key that the inventory has."""
        login = {name: value for name, value in self.org.cloud.items() if name != "retries"}
        client = {"gc_client_id": INTEGRATION.id, "gc_client_secret": INTEGRATION.secret, **login}
        tenants = [
            {"name": tenant.name, "ccid": tenant.ccid, "key": self.inventory, **client} for tenant in (ACME, GLOBEX)
        ]
        return {"rotation": "2026-11", "tenants": tenants, "secret_file": str(self.file), "retries": 0, **options}

    def read_inventory(self) -> None:
        """Let the inventory read the secret file, as the next run of Ansible does."""
        self.inventory = self.current()

    def keys(self) -> dict[str, Json]:
        """Return all keys by their ID, whatever the server shows."""
        before = self.org.sandbox.switch()["apikeys.list"]
        self.org.sandbox.switch(**{"apikeys.list": "supported"})
        found = self.org.run(nexus_api_key_info, {})["api_keys"]
        self.org.sandbox.switch(**{"apikeys.list": before})
        return {item["key"]: item for item in found}

    def passwords(self) -> dict[str, str]:
        """Return the webhook passwords by number."""
        return {item["tollfreeNumber"]: item["webhookPassword"] for item in self.org.sandbox.account()["numbers"]}

    def assert_works(self) -> None:
        """Require that messages of all numbers are accepted, and that file and inventory have an enabled key."""
        enabled = {key for key, item in self.keys().items() if item["enabled"]}
        passwords = self.passwords()
        assert passwords.pop(OTHERS) == "theirs"
        assert set(passwords.values()) <= enabled
        assert {self.current(), self.inventory} <= enabled

    def run(self, **options: Any) -> Json:
        """Run, and require that the keys are nowhere in the result."""
        result = self.org.run(nexus_api_key_rotation, self.asked(**options))
        shown = repr(result) + repr(self.org.warnings)
        assert not [key for key in (self.former, self.inventory, self.current()) if key in shown]
        return result

    def steps(self, **options: Any) -> list[str]:
        """Plan, run, and require that both have the same steps and that the plan wrote nothing."""
        before = self.file.read_bytes()
        planned = self.org.steps(nexus_api_key_rotation, self.asked(**options), check=True)
        assert self.file.read_bytes() == before
        result = self.run(**options)
        assert not result.get("failed"), result["msg"]
        assert result["steps"] == planned
        self.assert_works()
        return planned

    def finish(self) -> None:
        """Run until nothing is to do, and require that the rotation is complete."""
        for _round in range(5):
            self.read_inventory()
            if not self.steps(remove=True):
                break
        else:
            raise AssertionError("the rotation does not end")
        passwords = self.passwords()
        assert {passwords[number] for number in NUMBERS} == {self.current()}
        assert self.current() != self.former
        by_name = {item["name"]: item["enabled"] for item in self.keys().values()}
        unchanged = self.org.sandbox.switch()["apikeys.change"] == "unsupported"
        assert by_name == ({NAME: True, NEW: True} if unchanged else {NEW: True})
        assert not [path for path in self.org.directory.iterdir() if path.name.startswith(".secret")]


@pytest.fixture
def installation(request: pytest.FixtureRequest, org: Org) -> Installation:
    return Installation(org, getattr(request, "param", {}))


def test_a_rotation_in_three_runs(installation: Installation) -> None:
    path = installation.file
    assert installation.steps() == [
        f"create the API key {NEW}",
        f"write the new API key to {path}, beside the former one",
        *(f"give the new API key to the number {number}" for number in NUMBERS),
        f"note in {path} which numbers have the new API key",
    ]
    assert set(re.findall(r"^(\w+):", path.read_text(encoding="utf-8"), re.MULTILINE)) == {
        *("nexus_cluster_api_key", "nexus_cluster_api_key_previous", "nexus_cluster_api_key_rotation"),
    }
    # The inventory still has the former key.
    result = installation.run()
    assert (result["changed"], installation.org.sandbox.writes()) == (False, [])
    assert result["next_steps"][0] == f"The former key {NAME} stays as it is."
    assert "does not have the new key for acme, globex. " in result["next_steps"][1]
    installation.read_inventory()
    (step,) = installation.steps()
    assert step.startswith(f"disable the API key {NAME}, or say")
    result = installation.run()
    assert (result["changed"], result["api_keys"]) == (False, {NAME: "disabled", NEW: "enabled"})
    assert "can be enabled again" in " ".join(result["next_steps"])
    delete, tidy = installation.steps(remove=True)
    assert delete.startswith(f"delete the API key {NAME}, or say")
    assert tidy == f"remove the former API key from {path}"
    assert path.read_text(encoding="utf-8") == f'---\nnexus_cluster_api_key: "{installation.current()}"\n'
    result = installation.run(remove=True)
    assert (result["changed"], result["next_steps"]) == (False, [])


def test_the_requests_of_a_rotation(installation: Installation) -> None:
    def calls() -> list[str]:
        return [f"{record.method} {record.path.rpartition('/')[2]}" for record in installation.org.sandbox.requests()]

    asked = installation.asked()
    reads = ["POST token", "GET apikeys", "POST token", "GET tollfreenumbers"]
    installation.org.run(nexus_api_key_rotation, asked, check=True)
    assert calls() == reads
    installation.org.run(nexus_api_key_rotation, asked)
    assert calls() == [*reads, "POST apikeys", *(f"PATCH {number}" for number in NUMBERS)]


@pytest.mark.parametrize("installation", VARIANTS, indirect=True, ids=str)
def test_each_variant_ends(installation: Installation) -> None:
    installation.finish()
    # The next rotation begins with the name before this one.
    installation.org.run(nexus_api_key_rotation, installation.asked(rotation="next"))
    assert f"{NAME} (rotation next)" in {item["name"] for item in installation.keys().values()}
    installation.assert_works()


@pytest.mark.parametrize("installation", [{"apikeys.list": "unsupported", "apikeys.id": "generated"}], indirect=True)
def test_a_server_that_neither_lists_keys_nor_takes_them(installation: Installation) -> None:
    result = installation.run()
    assert "can't rotate them by its API." in result["msg"]
    installation.assert_works()
    assert set(installation.keys()) == {installation.former}


def fresh(org: Org, variant: Variant, runs: int) -> Installation:
    """Return an installation after this count of runs."""
    org.sandbox.reset()
    (org.directory / "nexus_cluster_api_key.yml").unlink(missing_ok=True)
    made = Installation(org, variant)
    for _round in range(runs):
        assert not made.run(remove=True).get("failed")
        made.read_inventory()
    return made


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_run_is_killed_at_each_call(org: Org, monkeypatch: pytest.MonkeyPatch, variant: Variant) -> None:
    """Each of the three runs ends before and after each request and each write of the file. The next run continues."""
    kill = Kill(monkeypatch)

    def run(installation: Installation, at: tuple[int, str] | None) -> int:
        asked = installation.asked(remove=True)
        return kill.run(lambda: org.run(nexus_api_key_rotation, asked), at)

    for runs in range(3):
        calls = run(fresh(org, variant, runs), None)
        for at in sample([*itertools.product(range(calls), ("before", "after"))]):
            killed = fresh(org, variant, runs)
            run(killed, at)
            killed.assert_works()
            killed.finish()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "cut"},
        {"kind": "cut", "when": "after"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 500, "when": "after"},
        {"kind": "html", "status": 403},
        {"kind": "garbage", "when": "after"},
    ],
    ids=str,
)
def test_a_fault_at_each_request(org: Org, monkeypatch: pytest.MonkeyPatch, fault: Json) -> None:
    """The run ends with a message or with success. The next run continues."""
    monkeypatch.setattr(api_keys, "PATIENCE", 0.1)
    for runs in range(3):
        whole = fresh(org, {}, runs)
        org.run(nexus_api_key_rotation, whole.asked(remove=True))
        for place in sample([*range(len(org.sandbox.requests()))]):
            hit = fresh(org, {}, runs)
            org.sandbox.fault(**{**fault, "skip": place})
            org.run(nexus_api_key_rotation, hit.asked(remove=True))
            org.sandbox.clear_faults()
            hit.assert_works()
            hit.finish()


def test_a_number_that_was_bought_between_two_runs(installation: Installation) -> None:
    installation.steps()
    installation.org.order_by_hand("18445550005", webhookUsername=ACME.ccid, webhookPassword=installation.former)
    installation.read_inventory()
    steps = installation.steps()
    assert "give the new API key to the number 18445550005" in steps
    assert not [step for step in steps if step.startswith("disable")]
    (step,) = installation.steps()
    assert step.startswith("disable")


def test_a_number_that_is_released_during_the_run(installation: Installation) -> None:
    installation.org.sandbox.fault("status", f"{NUMBERS[0]}$", "PATCH", status=404, body={"code": "not.found"})
    result = installation.run()
    assert not result.get("failed"), result["msg"]
    # It is still listed, so a later run gives it the key.
    assert f"give the new API key to the number {NUMBERS[0]}" in installation.steps()


def test_numbers_that_cannot_be_seen_keep_the_former_key_enabled(installation: Installation) -> None:
    installation.steps()
    installation.read_inventory()
    asked = installation.asked()
    del asked["tenants"][1]["gc_client_secret"]
    result = installation.org.run(nexus_api_key_rotation, asked)
    assert (result["changed"], installation.org.sandbox.writes()) == (False, [])
    assert "The numbers of globex can't be seen" in result["next_steps"][1]
    (step,) = installation.org.steps(nexus_api_key_rotation, {**asked, "confirm_unseen": True})
    assert step.startswith("disable")


def test_back_to_the_former_rotation(installation: Installation) -> None:
    installation.finish()
    first = installation.current()
    for _round in range(2):
        installation.steps(rotation="next")
        installation.read_inventory()
    text = installation.org.failure(nexus_api_key_rotation, installation.asked())
    assert f"the API key {NEW} is disabled" in text
    installation.org.run(nexus_api_key, {"name": NEW, "tenant": "", "enabled": True})
    installation.steps()
    assert installation.current() == first
    installation.read_inventory()
    installation.steps()
    assert {item["name"] for item in installation.keys().values() if item["enabled"]} == {NEW}


def test_a_key_of_a_tenant(org: Org) -> None:
    file = org.directory / "nexus_api_key.yml"
    made = org.run(nexus_api_key, {"name": "acme", "tenant": ACME.ccid, "permissions": ["nexus:consumer:*"]})
    tenants = [{"name": "acme", "ccid": ACME.ccid, "key": made["key"]}]
    asked = {"rotation": "2026-11", "tenant": ACME.ccid, "tenants": tenants, "secret_file": str(file)}
    assert org.twice(nexus_api_key_rotation, asked) == [
        "create the API key acme (rotation 2026-11)",
        f"write the new API key to {file}, beside the former one",
    ]
    tenants[0]["key"] = str((SecretFile(str(file), None).values() or {})["nexus_api_key"])
    assert len(org.twice(nexus_api_key_rotation, asked)) == 1
    assert len(org.twice(nexus_api_key_rotation, {**asked, "remove": True})) == 2


def test_bootstrap_finds_the_new_key(installation: Installation) -> None:
    """It is in the file, or the only enabled one. After that, a missing file is written again."""
    org = installation.org
    for _round in range(2):
        installation.steps()
        installation.read_inventory()
        assert org.steps(nexus_api_key, installation.key) == []
    installation.file.unlink()
    result = org.run(nexus_api_key, installation.key)
    assert (result["key"], installation.current()) == (installation.inventory, installation.inventory)
    assert result["api_key"]["name"] == NEW
    installation.finish()
    assert org.steps(nexus_api_key, installation.key) == []
    # The former key is gone, and its name is nobody's.
    assert org.steps(nexus_api_key, {"name": NAME, "tenant": "", "state": "absent"}) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rotation": "no (good)"}, "rotation: 'no (good)' can't be the name of a rotation"),
        ({"new_key": "canary-key"}, "new_key: must be a UUID"),
        ({"tenants": [{"name": "acme"}]}, "tenants: none of them has a key"),
        ({"tenants": [{"name": "acme", "key": CHOSEN}], "secret_file": "/none/x.yml"}, "secret_file: /none/x.yml"),
        ({"tenant": ACME.ccid, "secret_file": "{directory}/x.yml"}, "tenants[].key: it is a key of another tenant"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    installation: Installation, options: Json, message: str
) -> None:
    if "secret_file" in options:
        options = {**options, "secret_file": options["secret_file"].format(directory=installation.org.directory)}
    assert message in installation.org.failure(nexus_api_key_rotation, installation.asked(**options))
    assert installation.org.sandbox.writes() == []


def test_keys_that_are_not_clear(installation: Installation) -> None:
    org = installation.org
    org.run(nexus_api_key, {"name": "Other", "tenant": "", "permissions": ["a"], "key": CHOSEN})
    asked = installation.asked()
    asked["tenants"][1]["key"] = CHOSEN
    assert f"keys with different names, Other, {NAME}" in org.failure(nexus_api_key_rotation, asked)
    assert org.sandbox.writes() == []
    asked["tenants"] = [{"name": "acme", "key": "abababab-0000-4000-8000-00000000000f"}]
    installation.file.unlink()
    assert "there is no such key" in org.failure(nexus_api_key_rotation, asked)
