# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans of a rotation of an OAuth client's secret: `_tenant/client_rotation.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import Refused, Unclear
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secret_file import SecretFile
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import Document, Sight
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant import client_rotation as rotation
from unit.arguments import wrong

CCIDS = ("45acae06-6b7c-4f97-9c76-471c0b25ef71", "9d2f7c1e-3b84-4a60-8f15-6e0a7c52d943")
TENANTS = {place: rotation.Tenant(f"t{place}", ccid, "https://login", "old") for place, ccid in enumerate(CCIDS)}


class Tenant:
    """The services of a tenant. A write raises the next of these errors, if there is one."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.written: list[Document] = []

    def write(self, _service: str, document: Document) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.written.append(document)


def sight(secret: str | None) -> Sight:
    """Return what the server shows of a service with this secret. None: it does not return it."""
    shown = None if secret is None else {"clientId": "id", "clientSecret": secret}
    return Sight("present", Document("https://live", {"x": 1}, shown))


def work_of(path: Path, noted: rotation.Noted, *tenants: Tenant) -> rotation.Work:
    clients: Any = dict(enumerate(tenants))
    return rotation.Work(SecretFile(str(path), None), "R", "id", TENANTS, clients, Secrets(), noted, "Client")


DONE = rotation.Noted("id", "new", ("R", *CCIDS))


@pytest.mark.parametrize(
    ("noted", "sights", "steps"),
    [
        (rotation.Noted(), [sight("old"), sight(None)], ["renew", "give t0", "give t1", "note"]),
        (rotation.Noted("id", "old"), [sight("old"), Sight("absent")], ["renew", "give t0", "note"]),
        (rotation.Noted("id", "old", ("Q", *CCIDS)), [Sight("absent")] * 2, ["renew", "note"]),
        (rotation.Noted("id", None, ("R",)), [sight("old")] * 2, ["renew", "give t0", "give t1", "note"]),
        (rotation.Noted("id", "new", ("R",)), [sight("new"), sight(None)], ["give t1", "note"]),
        (rotation.Noted("id", "new", ("R",)), [Sight("unreadable"), Sight("doubtful")], ["give t0", "give t1", "note"]),
        (rotation.Noted("id", "new", ("R", CCIDS[0])), [sight(None), sight(None)], ["give t1", "note"]),
        (DONE, [sight(None), Sight("unreadable")], []),
        # Somebody wrote the former secret again.
        (DONE, [sight("new"), sight("old")], ["give t1", "note"]),
    ],
)
def test_the_steps_of_a_run(tmp_path: Path, noted: rotation.Noted, sights: list[Sight], steps: list[str]) -> None:
    made = rotation.plan(work_of(tmp_path / "f.yml", noted), dict(enumerate(sights)))
    words = [sentence.split() for sentence in made.sentences]
    assert [f"{each[0]} {each[-1]}" if each[0] == "give" else each[0] for each in words] == steps
    assert ("renew the secret of the OAuth client Client, and" in " ".join(made.sentences)) is ("renew" in steps)


def test_a_write_keeps_what_the_server_shows(tmp_path: Path) -> None:
    tenants = (Tenant(), Tenant(Unclear("write", "https://h", "sent nothing", "Look")))
    work = work_of(tmp_path / "f.yml", rotation.Noted("id", "new", ("R",)), *tenants)
    client: Any = None
    for step in rotation.plan(work, {0: sight(None), 1: Sight("unreadable")}).steps:
        step.call(client)
    secret = {"clientId": "id", "clientSecret": "new"}
    assert [tenant.written for tenant in tenants] == [
        [Document("https://live", {"x": 1}, secret)],
        [Document("https://login", {}, secret)],
    ]
    assert rotation.read_file(work.file) == DONE
    assert rotation.outlook(work)[0].startswith("This run's inventory does not have the new secret for t0, t1.")


def test_each_tenant_is_tried_before_the_run_fails(tmp_path: Path) -> None:
    refusal = Refused("write", "https://h", "answered 403", "Look", status=403)
    tenants = (Tenant(refusal), Tenant())
    work = work_of(tmp_path / "f.yml", rotation.Noted("id", "new", ("R",)), *tenants)
    client: Any = None
    *steps, last = rotation.plan(work, {0: sight(None), 1: sight(None)}).steps
    for step in steps:
        step.call(client)
    with pytest.raises(
        Refused, match=r"These tenants still have the former secret: t0\. Run again\. This run's inventory"
    ):
        last.call(client)
    assert rotation.read_file(work.file).rotation == ("R", CCIDS[1])


@pytest.mark.parametrize(
    ("noted", "ids", "found"),
    [
        (rotation.Noted("kept"), ["other", "KEPT "], "kept"),
        (rotation.Noted(), ["One", " one "], "One"),
    ],
)
def test_which_client_is_rotated(noted: rotation.Noted, ids: list[str], found: str) -> None:
    assert rotation.client_of(noted, ids) == found


@pytest.mark.parametrize("ids", [[], ["one", "two"]])
def test_it_must_be_clear_which_client_is_rotated(ids: list[str]) -> None:
    assert wrong(rotation.client_of, rotation.Noted(), ids) == "tenants[].gc_client_id"


@pytest.mark.parametrize("ids", [[], ["other"]])
def test_the_client_of_the_file_must_be_in_use(ids: list[str]) -> None:
    assert wrong(rotation.client_of, rotation.Noted("kept"), ids) == "secret_file"


def test_a_service_that_is_not_shown_needs_a_login_url(tmp_path: Path) -> None:
    work = work_of(tmp_path / "f.yml", rotation.Noted("id", "old"))
    work.tenants = {0: replace(TENANTS[0], login_url=None)}
    assert wrong(rotation.plan, work, {0: Sight("unreadable")}) == "tenants[0].gc_login_url"
    assert rotation.plan(work, {0: sight("old")}).steps
