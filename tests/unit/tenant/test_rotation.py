# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans of a rotation, and runs with models of the servers: `_tenant/rotation.py`."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput, Refused
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.options import HTTP
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secret_file import SecretFile
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.api_keys_client import ApiKey
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.client import TollfreeNumber
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant import rotation
from unit.arguments import filled, wrong
from unit.doubles import make_run
from unit.models import ApiKeysModel
from unit.properties import given, st

ACME, BETA = "45acae06-6b7c-4f97-9c76-471c0b25ef71", "9d2f7c1e-3b84-4a60-8f15-6e0a7c52d943"
URL = "https://digital.example.com"
KEY = ApiKey("former", "", "Cluster", True, ("nexus:cluster:*",))
NAME = "Cluster (rotation 2026-11)"
LOGIN = {"gc_login_url": "https://l", "gc_api_url": "https://a", "gc_client_id": "1", "gc_client_secret": "s"}


class Stop(Exception):
    """The end of a run."""


@dataclass
class Account:
    """The numbers of an account, with their webhook passwords."""

    passwords: dict[str, str]
    stop_after: int | None = None
    refuses: tuple[str, ...] = ()
    changes: list[str] = field(default_factory=list)

    def purchased(self) -> list[TollfreeNumber]:
        fields = {"comment": "", "mo_url": "", "dr_url": "", "webhook_username": ACME}
        return [TollfreeNumber(number, fields) for number in self.passwords]

    def change(self, number: str, change: dict[str, str]) -> None:
        if self.stop_after is not None and len(self.changes) >= self.stop_after:
            raise Stop
        if number in self.refuses:
            raise Refused("change", URL, "answered 403", "Look", status=403)
        self.passwords[number] = change["webhookPassword"]
        self.changes.append(number)


@dataclass
class World:
    """An installation with one account, a secret file, and the key that the inventory has."""

    path: Path
    model: ApiKeysModel = field(default_factory=lambda: ApiKeysModel([KEY]))
    account: Account = field(default_factory=lambda: Account(dict.fromkeys(("18445550001", "18445550002"), "former")))
    inventory: str = "former"

    def file(self) -> dict[str, str | None]:
        return SecretFile(str(self.path), None).values() or {}

    def run(self, monkeypatch: pytest.MonkeyPatch, **options: Any) -> dict[str, Any]:
        monkeypatch.setattr(rotation, "api_keys_client", lambda run: self.model)
        monkeypatch.setattr(rotation, "numbers_client", lambda run: self.account)
        tenant = {"name": "acme", "ccid": ACME, "key": self.inventory, **LOGIN}
        result = rotation.run(run_of(tenants=[tenant], secret_file=str(self.path), **options))
        assert "former" not in str(self.model.calls[0])
        return result

    def enabled(self) -> set[str | None]:
        return {key.id for key in self.model.keys if key.enabled}


def run_of(**given_options: Any) -> Run:
    said = {"rotation": "2026-11", **given_options}
    spec = rotation.OPTIONS["tenants"]["options"]
    said["tenants"] = [filled(spec, **tenant) for tenant in said.get("tenants", [])]
    http = {name: option.get("default") for name, option in HTTP.items()}
    return make_run({**http, "nexus_url": URL, **filled(rotation.OPTIONS, **said)}, said, diff_mode=True)


@given(
    st.lists(st.sampled_from(["run", "remove", "read", "stop after 0", "stop after 1", "lose the file"]), max_size=12),
    st.booleans(),
)
def test_each_number_always_has_an_enabled_key(events: list[str], lists: bool) -> None:
    """Whatever happens in whatever order. At the end, three runs complete the rotation."""
    with pytest.MonkeyPatch.context() as monkeypatch, tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory) / "key.yml", ApiKeysModel([KEY], lists=lists))
        for event in events:
            world.account.stop_after = None
            if event == "read":
                world.inventory = world.file().get("nexus_cluster_api_key") or world.inventory
            elif event == "lose the file":
                # On a server without a list, nothing else knows the keys.
                if lists:
                    world.path.unlink(missing_ok=True)
            else:
                if event.startswith("stop"):
                    world.account.stop_after = len(world.account.changes) + int(event[-1])
                with contextlib.suppress(Stop):
                    world.run(monkeypatch, remove=event == "remove")
            assert {*world.account.passwords.values(), world.inventory} <= world.enabled()
        world.account.stop_after = None
        for _round in range(4):
            world.run(monkeypatch, remove=True)
            world.inventory = world.file()["nexus_cluster_api_key"] or ""
        assert set(world.account.passwords.values()) == world.enabled() == {world.inventory}
        assert world.run(monkeypatch, remove=True)["steps"] == []
        assert [key.name for key in world.model.keys] == [NAME]


def desired(**options: Any) -> rotation.Desired:
    tenants = (rotation.Tenant("acme", ACME, "former", True), rotation.Tenant("beta", BETA, "former", True))
    return replace(rotation.Desired("2026-11", "", tenants, URL), **options)


def number(name: str, user: str = "", url: str = "", dr_url: str = "") -> TollfreeNumber:
    return TollfreeNumber(name, {"comment": "", "mo_url": url, "dr_url": dr_url, "webhook_username": user})


def test_which_numbers_use_the_webhook() -> None:
    accounts = {
        0: [
            number("1", ACME.upper()),
            number("2", "someone", f"{URL.upper()}/nexus/v3/sms/message"),
            number("3", "someone", "https://public/sms/"),
            number("4", "someone", "https://other/sms"),
            number("5"),
            number("8", dr_url=f"{URL}/nexus/v3/sms/receipt"),
        ],
        3: [number("6", f" {BETA} ", "HTTPS://Public/sms"), number("7", "", "https://public/sms")],
    }
    assert rotation.users(desired(), accounts) == [(0, "1"), (0, "2"), (0, "3"), (0, "8"), (3, "6"), (3, "7")]


NEW = replace(KEY, id="new", name=NAME)
NUMBERS = {"18445550001": 0, "18445550002": 0}
DONE = ("2026-11", *NUMBERS)


@pytest.mark.parametrize(
    ("keys", "noted", "options", "steps"),
    [
        ((KEY,), rotation.Noted("former"), {}, ["create", "write", "give", "give", "note"]),
        ((KEY, NEW), rotation.Noted("former"), {}, ["write", "give", "give", "note"]),
        ((KEY, NEW), rotation.Noted("new", "former", None, ("2026-11",)), {}, ["give", "give", "note"]),
        ((KEY, NEW), rotation.Noted("new", "former", None, ("other", *NUMBERS)), {}, ["give", "give", "note"]),
        ((KEY, NEW), rotation.Noted("new", "former", None, DONE[:2]), {}, ["give", "note"]),
        ((KEY, NEW), rotation.Noted("new", "former", None, DONE), {}, []),
        ((KEY, NEW), rotation.Noted("new", "former", None, DONE), {"key": "new"}, ["disable"]),
        ((KEY, NEW), rotation.Noted("new", "former", None, DONE), {"key": "new", "remove": True}, ["disable"]),
        # The server could not disable the key.
        ((KEY, NEW), rotation.Noted("new", None, None, DONE), {"key": "new", "remove": True}, []),
        # The file was written again by bootstrap.
        ((KEY, NEW), rotation.Noted("new"), {"key": "new"}, ["give", "give", "note"]),
        ((replace(KEY, enabled=False), NEW), rotation.Noted("new", "former", None, DONE), {"key": "new"}, []),
        (
            (replace(KEY, enabled=False), NEW),
            rotation.Noted("new", "former", None, DONE),
            {"key": "new", "remove": True},
            ["delete", "remove"],
        ),
        ((NEW,), rotation.Noted("new", "former", None, DONE), {"key": "new"}, ["remove"]),
        # Somebody deleted the former key before all numbers had the new one.
        ((NEW,), rotation.Noted("new", "former", None, DONE[:2]), {"key": "new"}, ["give", "note"]),
        ((NEW,), rotation.Noted("new"), {"key": "new"}, []),
    ],
)
def test_the_steps_of_a_run(
    tmp_path: Path, keys: tuple[ApiKey, ...], noted: rotation.Noted, options: dict[str, Any], steps: list[str]
) -> None:
    key = options.pop("key", "former")
    tenants = tuple(replace(tenant, key=key) for tenant in desired().tenants)
    asked = desired(tenants=tenants, **options)
    work = rotation.Work(SecretFile(str(tmp_path / "k.yml"), None), asked, {}, Secrets())
    observed = rotation.Observed("Cluster", ("p",), keys, noted, True, NUMBERS)
    made = rotation.plan(work, observed)
    assert [sentence.split()[0] for sentence in made.sentences] == steps
    # Steps and differences agree, and no key is shown.
    assert (made.before != made.after) is (steps not in ([], ["note"], ["remove"]))
    assert not {"former", "new"} & set(str((made.before, made.after, made.sentences)).replace("'", " ").split(", "))


def test_a_server_that_cannot_change_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path / "key.yml")

    def refuse(_key: ApiKey) -> None:
        raise Refused("change", URL, "answered 405", "Look", status=405)

    monkeypatch.setattr(world.model, "replace", refuse)
    world.run(monkeypatch)
    world.inventory = world.file()["nexus_cluster_api_key"] or ""
    told = world.run(monkeypatch)["next_steps"]
    assert told == world.run(monkeypatch)["next_steps"]
    assert "So disable Cluster in the user interface" in told[0]
    assert world.run(monkeypatch, remove=True)["steps"] == []
    world.model.keys = [key for key in world.model.keys if key.id != "former"]
    assert world.run(monkeypatch)["next_steps"] == []


def test_the_former_key_was_deleted_too_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path / "key.yml")
    world.account.stop_after = 0
    with pytest.raises(Stop):
        world.run(monkeypatch)
    world.account.stop_after = None
    world.model.keys = [key for key in world.model.keys if key.id != "former"]
    world.inventory = world.file()["nexus_cluster_api_key"] or ""
    world.run(monkeypatch)
    assert set(world.account.passwords.values()) == {world.inventory}
    world.run(monkeypatch)
    assert world.file() == {"nexus_cluster_api_key": world.inventory}


def test_each_number_is_tried_before_the_run_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path / "key.yml")
    refused, other = world.account.passwords
    world.account.refuses = (refused,)
    with pytest.raises(Refused, match=f"These numbers still have the former key: {refused}. Run again"):
        world.run(monkeypatch)
    assert world.account.changes == [other]
    assert world.file()["nexus_cluster_api_key_rotation"] == f"2026-11 {other}"
    world.account.refuses = ()
    world.run(monkeypatch)
    assert world.account.changes == [other, refused]


def test_a_number_that_came_between_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run that gives it the key does not disable the former one, and says so."""
    world = World(tmp_path / "key.yml")
    world.run(monkeypatch)
    world.inventory = world.file()["nexus_cluster_api_key"] or ""
    world.account.passwords["18445550003"] = "former"
    assert world.run(monkeypatch)["next_steps"] == [
        "The former key Cluster is still enabled. Run again, to disable it."
    ]
    assert "is disabled, and can be enabled again" in world.run(monkeypatch)["next_steps"][0]


def test_check_mode_says_that_the_former_key_would_be_disabled(tmp_path: Path) -> None:
    work = rotation.Work(SecretFile(str(tmp_path / "k.yml"), None), desired(), {}, Secrets())
    asked = desired(tenants=tuple(replace(tenant, key="new") for tenant in desired().tenants))
    observed = rotation.Observed("Cluster", (), (KEY, NEW), rotation.Noted("new", "former", None, DONE))
    (told,) = rotation.outlook(asked, observed, work, {"Cluster": "disabled", NAME: "enabled"}, check_mode=True)
    assert told.startswith("The former key Cluster would be disabled, ")


def test_the_file_of_another_installation_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path / "key.yml")
    content = "nexus_cluster_api_key: of-another-installation\n"
    world.path.write_text(content)
    with pytest.raises(InvalidInput, match="it has a key that this installation does not have"):
        world.run(monkeypatch)
    assert world.path.read_text() == content


@pytest.mark.parametrize("other", [replace(KEY, id=ACME, tenant=BETA, name=NAME), replace(KEY, id=ACME, name="Other")])
def test_a_chosen_key_that_is_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: ApiKey) -> None:
    world = World(tmp_path / "key.yml", ApiKeysModel([KEY, other]))
    with pytest.raises(InvalidInput, match=r"new_key: it is the API key .* already"):
        world.run(monkeypatch, new_key=ACME)


def test_a_chosen_key_is_noted_if_the_server_does_not_list_keys(tmp_path: Path) -> None:
    work = rotation.Work(SecretFile(str(tmp_path / "k.yml"), None), desired(key=ACME), {}, Secrets())
    observed = rotation.Observed("Cluster", (), (KEY,), rotation.Noted("former"), False)
    made = rotation.plan(work, observed)
    client: Any = None
    made.steps[0].call(client)
    assert rotation.read_file(work.file, "").next == ACME
    observed = replace(observed, noted=rotation.Noted("former", None, ACME))
    assert rotation.plan(work, observed).sentences[0].startswith("create")


def test_a_refusal_to_disable_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path / "key.yml")

    def refuse(_key: ApiKey) -> None:
        raise Refused("change", URL, "answered 403", "Look", status=403)

    monkeypatch.setattr(world.model, "replace", refuse)
    world.run(monkeypatch)
    world.inventory = world.file()["nexus_cluster_api_key"] or ""
    with pytest.raises(Refused):
        world.run(monkeypatch)


@pytest.mark.parametrize(
    ("keys", "noted", "options", "parameter"),
    [
        ((KEY, replace(KEY, id="b")), rotation.Noted(), {}, "tenants[].key"),
        ((KEY, replace(NEW, enabled=False)), rotation.Noted(), {}, "rotation"),
        ((KEY, NEW), rotation.Noted(), {"key": "other"}, "new_key"),
    ],
)
def test_a_rotation_that_is_not_possible(
    tmp_path: Path, keys: tuple[ApiKey, ...], noted: rotation.Noted, options: dict[str, Any], parameter: str
) -> None:
    work = rotation.Work(SecretFile(str(tmp_path / "k.yml"), None), desired(**options), {}, Secrets())
    assert wrong(rotation.plan, work, rotation.Observed("Cluster", (), keys, noted)) == parameter


def test_two_rotations_on_a_server_without_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file can have only one former key."""
    world = World(tmp_path / "key.yml", ApiKeysModel([KEY], lists=False))
    world.run(monkeypatch)
    with pytest.raises(InvalidInput, match="First delete it with the rotation 2026-11 and remove: true"):
        world.run(monkeypatch, rotation="other")


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"rotation": ""}, "rotation"),
        ({"rotation": "a b"}, "rotation"),
        ({"rotation": "x" * 41}, "rotation"),
        ({"tenants": []}, "tenants"),
        ({"tenants": [{"name": "a", "key": ""}]}, "tenants"),
        ({"tenants": [{"name": "a", "key": "k", "ccid": "no"}]}, "tenants[0].ccid"),
        ({"tenant": "no"}, "tenant"),
        ({"new_key": "canary"}, "new_key"),
    ],
)
def test_options_are_checked(options: dict[str, Any], parameter: str) -> None:
    said = {"tenants": [{"name": "a", "key": "k"}], "secret_file": "/x", **options}
    assert wrong(rotation.parse, run_of(**said)) == parameter
