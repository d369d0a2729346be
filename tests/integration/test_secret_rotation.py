# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rotation of a secret of a gateway or of Kaleyra: after a crash, the file knows the secret that the tenant has.

Each run is killed before and after each of its requests and each write of the secret file.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secret_file import SecretFile
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    nexus_channels,
    nexus_secret_rotation,
    nexus_service,
)
from integration.killing import Kill, sample
from integration.organization import ACME, Json, Org
from sandbox.switches import SWITCHES

KINDS = ("gateway_webhook_secret", "gateway_api_secret", "kaleyra_account")
ONE, TWO, OTHER, FOREIGN = "16504661149", "16504661150", "mail.example.com", "16504661151"
URL = "https://gateway.example.com"
VARIANTS = [
    {},
    {"services.read": "masked"},
    {"services.read": "masked_all"},
    {"services.read": "omitted"},
    {"services.read": "unsupported"},
    {"services.read": "unsupported_404"},
    {"services.write": "create_only"},
    {"services.read": "masked", "services.write": "create_only"},
    {"services.envelope": "status"},
    {"services.list": "unsupported"},
]
CASES = [*itertools.product(KINDS, VARIANTS)]
KILLED = [VARIANTS[0], VARIANTS[1], VARIANTS[4], VARIANTS[6]]
FAULTS: list[Json] = [
    {"kind": "cut"},
    {"kind": "cut", "when": "after"},
    {"kind": "status", "status": 500, "when": "after"},
    {"kind": "html", "status": 403},
    {"kind": "garbage", "when": "after"},
]


def variable_of(kind: str) -> str:
    """Return the variable of the file with the secret."""
    return f"rotated_{kind.replace('account', 'password')}"


class Rotated:
    """A tenant with two gateways, or over Kaleyra, and an inventory that takes the secret from the file."""

    def __init__(self, org: Org, kind: str, variant: dict[str, str]) -> None:
        org.sandbox.reset()
        self.org = org
        self.kind = kind
        self.file = org.directory / f"{kind}.yml"
        self.file.unlink(missing_ok=True)
        self.login = {"nexus_url": org.sandbox.env["NEXUS_URL"], "ccid": ACME.ccid, "api_key": ACME.api_key}
        if kind == "kaleyra_account":
            secret = {"username": "canary-user", "password": "canary-password"}
            asked: Json = {"service": "mGageSMS", "url": URL, "data": {"x": "1"}, "secret": secret}
            org.run(nexus_service, {**self.login, **asked}, logs_in=False)
        else:
            org.run(nexus_channels, {**self.login, "channels": self.channels()}, logs_in=False)
        self.before = self.service()
        org.sandbox.switch(**{"services.read": "full", **variant})
        self.reads_file = True

    @property
    def is_blind(self) -> bool:
        """Whether the server does not show services."""
        return str(self.org.sandbox.switch()["services.read"]).startswith("unsupported")

    def inventory(self) -> str:
        """Return the secret that the inventory has: from the file, if there is one."""
        name = variable_of(self.kind)
        default = "canary-password" if self.kind == "kaleyra_account" else "canary-former"
        return str(self.noted().get(name, default))

    def noted(self) -> Json:
        """Return the variables of the file."""
        return SecretFile(str(self.file), None).values() or {}

    def channels(self) -> list[Json]:
        """Return the channels of the inventory."""
        option = self.kind.removeprefix("gateway_")
        found = []
        for name in (ONE, TWO, OTHER):
            channel = {"channel_id": name, "webhook_url": URL, "webhook_secret": "canary-w", "api_secret": "canary-a"}
            own = "canary-else" if name == OTHER else self.inventory()
            found.append({**channel, option: own})
        return found

    def asked(self, **options: Any) -> Json:
        """Return the options of a run."""
        base = {**self.login, "rotation": "2026-11", "kind": self.kind, "secret_file": str(self.file), "retries": 0}
        if self.kind == "kaleyra_account":
            account = {"kaleyra_url": URL, "kaleyra_username": "canary-user", "kaleyra_password": self.inventory()}
            base |= {**account, "from_file": ["kaleyra_password"] if self.reads_file else []}
        else:
            base |= {"channels": self.channels(), "only_channels": [ONE], "purge": True}
            base |= {"from_file": [ONE, TWO] if self.reads_file else []}
        return {**base, **options}

    def run(self, *, check: bool = False, **options: Any) -> Json:
        return self.org.run(nexus_secret_rotation, self.asked(**options), check=check, logs_in=False)

    def steps(self, **options: Any) -> list[str]:
        """Plan, run, and require that both have the same steps, and that no secret is shown."""
        planned = self.run(check=True, **options)
        assert self.org.sandbox.writes() == []
        result = self.run(**options)
        assert not result.get("failed"), result["msg"]
        assert (result["steps"], result["changed"]) == (planned["steps"], bool(planned["steps"]))
        secrets = [value for name, value in self.noted().items() if not name.endswith("_rotation")]
        assert not [secret for secret in secrets if secret in repr([planned, result])]
        steps: list[str] = result["steps"]
        return steps

    def service(self) -> Json:
        """Return the service, as the server has it."""
        name = "mGageSMS" if self.kind == "kaleyra_account" else "Async"
        found: Json = self.org.sandbox.state(ACME.ccid)["services"][name]
        return found

    def secrets(self) -> list[str]:
        """Return the rotated secret of each channel, or the password of the account."""
        secret = self.service()["secret"]
        if self.kind == "kaleyra_account":
            return [secret["password"]]
        part = "webhook" if self.kind == "gateway_webhook_secret" else "api"
        return [item[part]["secret"] for item in secret["channels"] if item["channelId"] in (ONE, TWO)]

    def is_known(self) -> bool:
        """Return True if the file knows what the tenant has. Only with a next one it is not what the inventory has."""
        noted = self.noted()
        following = [value for name, value in noted.items() if name.endswith("_next") and "username" not in name]
        return {*self.secrets()} <= {self.inventory(), *following}

    def finish(self) -> None:
        """Run until the rotation is complete, and require that nothing but the secret was changed."""
        former = [*self.before["secret"].values()] if self.kind == "kaleyra_account" else ["canary-former"]
        self.steps()
        self.steps(ready=True)
        new = self.inventory()
        assert {*self.secrets()} == {new}
        assert new not in former
        assert f"{variable_of(self.kind)}_previous" in self.noted()
        assert self.with_former() == self.before
        assert self.steps(ready=True) == self.steps() == []
        assert len(self.steps(remove=True)) == 1
        assert [name for name in self.noted() if name.endswith(("_previous", "_next"))] == []
        assert self.steps(remove=True) == self.steps(ready=True) == []

    def with_former(self) -> Json:
        """Return the service with the former secret in place of the new one."""
        new, found = self.inventory(), self.service()

        def former(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: former(item) for key, item in value.items()}
            if isinstance(value, list):
                return [former(item) for item in value]
            default = "canary-password" if self.kind == "kaleyra_account" else "canary-former"
            return default if value == new else value

        made: Json = former(found)
        if self.kind == "kaleyra_account" and self.is_blind:
            # Such a server does not show the data, so they can't be kept.
            made["data"] = self.before["data"]
        return made


def test_the_variants_are_those_of_the_sandbox() -> None:
    assert {variant.get("services.read", "full") for variant in VARIANTS} == {*SWITCHES["services.read"].allowed}


@pytest.mark.parametrize(("kind", "variant"), CASES, ids=str)
def test_each_variant_ends(org: Org, kind: str, variant: dict[str, str]) -> None:
    rotated = Rotated(org, kind, variant)
    rotated.reads_file = False
    (step,) = rotated.steps()
    assert step.endswith(f", and write it to {rotated.file}, beside the current one")
    assert rotated.service() == rotated.before
    assert rotated.steps() == []
    # The edit is shown until the inventory reads the file. Before that, nothing is written.
    assert "'{{ " in rotated.run()["next_steps"][1]
    assert "does not take the" in rotated.run(ready=True)["msg"]
    assert org.sandbox.writes() == []
    rotated.reads_file = True
    assert len(rotated.run()["next_steps"]) == 2
    rotated.finish()
    # Another name begins another rotation, and the former secret is a choice like any other.
    assert len(rotated.steps(rotation="back", new_secret="canary-once-more")) == 1
    assert len(rotated.steps(rotation="back", ready=True)) == 2
    assert {*rotated.secrets()} == {"canary-once-more"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_rotation_is_one_write(org: Org, kind: str) -> None:
    rotated = Rotated(org, kind, {"services.read": "masked"})
    rotated.run()
    assert [record.method for record in org.sandbox.requests()] == ["GET"]
    rotated.run(ready=True)
    assert [record.method for record in org.sandbox.requests()] == ["GET", "POST"]


@pytest.mark.parametrize(("kind", "variant"), [*itertools.product(KINDS, KILLED)], ids=str)
def test_a_run_is_killed_at_each_call(
    org: Org, monkeypatch: pytest.MonkeyPatch, kind: str, variant: dict[str, str]
) -> None:
    kill = Kill(monkeypatch)

    def run(rotated: Rotated, at: tuple[int, str] | None, *, ready: bool) -> int:
        return kill.run(lambda: rotated.run(ready=ready), at)

    for ready in (False, True):
        rotated = Rotated(org, kind, variant)
        if ready:
            rotated.run()
        calls = run(rotated, None, ready=ready)
        assert calls >= 2
        for at in sample([*itertools.product(range(calls), ("before", "after"))]):
            rotated = Rotated(org, kind, variant)
            if ready:
                rotated.run()
            run(rotated, at, ready=ready)
            assert rotated.is_known(), at
            rotated.finish()


@pytest.mark.parametrize(("kind", "fault"), [*itertools.product(KINDS, FAULTS)], ids=str)
def test_a_fault_at_each_request(org: Org, kind: str, fault: Json) -> None:
    for ready, places in ((False, 1), (True, 2)):
        for place in sample([*range(places)]):
            rotated = Rotated(org, kind, {})
            if ready:
                rotated.run()
            org.sandbox.fault(**{**fault, "skip": place})
            rotated.run(ready=ready)
            org.sandbox.clear_faults()
            assert rotated.is_known()
            rotated.finish()


def test_a_channel_that_the_inventory_does_not_have(org: Org) -> None:
    """It stays. If the server does not show its secrets, nothing is written."""
    rotated = Rotated(org, "gateway_webhook_secret", {})
    foreign = {"channel_id": FOREIGN, "webhook_url": URL, "webhook_secret": "canary-x", "api_secret": "canary-y"}
    org.run(nexus_channels, {**rotated.login, "channels": [foreign]}, logs_in=False)
    rotated.before = rotated.service()
    rotated.finish()
    rotated = Rotated(org, "gateway_webhook_secret", {})
    org.run(nexus_channels, {**rotated.login, "channels": [foreign]}, logs_in=False)
    org.sandbox.switch(**{"services.read": "masked"})
    assert f"the channel {FOREIGN} is not listed" in rotated.run()["msg"]
    assert not rotated.file.exists()


def test_the_new_api_secret_is_proven(org: Org) -> None:
    rotated = Rotated(org, "gateway_api_secret", {})
    rotated.run()
    assert not rotated.run(ready=True, probe=True).get("failed")
    uploads = [record for record in org.sandbox.requests() if record.system == "messaging"]
    assert [record.status for record in uploads] == [401, 200, 200]
    # A run after it proves the secret again. Without the option, it changes nothing.
    again = rotated.run(ready=True, probe=True)
    assert (again["changed"], len(again["steps"])) == (True, 2)
    assert {record.system for record in org.sandbox.writes()} == {"messaging"}
    planned = rotated.run(ready=True, probe=True, check=True)
    assert (planned["steps"], org.sandbox.writes()) == (again["steps"], [])


def test_a_proof_that_fails_says_what_was_done(org: Org) -> None:
    """Somebody else writes the service at the same moment."""
    rotated = Rotated(org, "gateway_api_secret", {})
    rotated.run()
    org.sandbox.fault("status", "/media$", "POST", status=401, times=None)
    result = rotated.run(ready=True, probe=True)
    assert result["changed"] is True
    assert (result["failure"]["kind"], "note in" in result["msg"]) == ("unproven", True)
    assert rotated.run(ready=True, probe=True)["failure"]["kind"] == "unproven"
    org.sandbox.clear_faults()
    assert rotated.steps(ready=True) == []
    assert {*rotated.secrets()} == {rotated.inventory()}


def test_files_of_a_person_are_left_alone(org: Org) -> None:
    rotated = Rotated(org, "gateway_webhook_secret", {})
    name = variable_of("gateway_webhook_secret")
    for content in (f"{name}: mine\nmore: 1\n", f"{name}: '{{{{ mine }}}}'\n"):
        rotated.file.write_text(content, encoding="utf-8")
        asked = {**rotated.asked(), "channels": [{**one, "webhook_secret": "w"} for one in rotated.channels()]}
        message = org.failure(nexus_secret_rotation, asked, logs_in=False)
        assert message.startswith("secret_file: ")
        assert rotated.file.read_text(encoding="utf-8") == content
    assert org.sandbox.requests() == []
