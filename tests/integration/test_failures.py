# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After each kind of failure, the next run does what was left. docs/failures.md says when to run again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import task
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import KINDS
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import ServicesClient
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.file_store import file_journal
from ansible_collections.cxops.genesys_sms.plugins.modules import (
    gc_role,
    gc_tollfree_numbers,
    nexus_api_key,
    nexus_channel_probe,
    nexus_channels,
    nexus_sender_ids,
    nexus_service,
)
from integration.organization import ACME, Json, Org
from integration.provisioning import PROVISION, Site
from sandbox.control import Sandbox

NUMBER = "16504661149"
OBJECT = "/CfgTransaction/[0-9]+$"
THEIRS = {"nexus": {"session-timeout": "60"}}

Do = Callable[[Org, pytest.MonkeyPatch], object]


def of_digital_channels(org: Org, **options: Any) -> Json:
    return {"nexus_url": org.sandbox.env["NEXUS_URL"], "ccid": ACME.ccid, "retries": 0, **options}


def service(org: Org) -> Json:
    login = {"username": "kaleyra-user", "password": "kaleyra-password"}
    return of_digital_channels(
        org, api_key=ACME.api_key, service="mGageSMS", url="https://kaleyra.example.com", secret=login
    )


def channels(org: Org) -> Json:
    secrets = {"webhook_secret": "secret-of-the-webhook", "api_secret": "secret-of-the-gateway"}
    channel = {"channel_id": NUMBER, "webhook_url": "https://gateway.example.com/genesys", **secrets}
    return of_digital_channels(org, channels=[channel])


def sender_ids(org: Org) -> Json:
    return {
        "configuration": "gax",
        "gax_url": org.sandbox.env["GAX_URL"],
        "gax_username": ACME.gax_username,
        "gax_password": ACME.gax_password,
        "sender_ids": [{"name": "Main", "channel_id": NUMBER, "endpoint": "Main"}],
    }


def number(org: Org) -> Json:
    return {**org.buying, "tollfree_numbers": [{"slot": "main"}], "comment": "Nexus Premise A"}


def role(_org: Org) -> Json:
    return {"name": "Role", "permission_policies": [{"domain": "messaging"}]}


def api_key(org: Org) -> Json:
    return {
        "name": "acme",
        "tenant": ACME.ccid,
        "permissions": ["nexus:consumer:*"],
        "secret_file": str(org.directory / "key.yml"),
    }


def faulty(kind: str, path: str, method: str | None = None, status: int | None = None) -> Do:
    """Return what makes each such request fail."""
    return lambda org, _patch: org.sandbox.fault(kind, path, method, status=status, times=None)


def edited(when: str, method: str, sections: Any, times: int = 1) -> Do:
    """Return what makes someone else change the object at a certain moment."""

    def do(org: Org, _patch: pytest.MonkeyPatch) -> None:
        for count in range(times):
            changed = {name: found and {"n": str(count), **found} for name, found in sections.items()}
            org.sandbox.fault("edit", OBJECT, method, when=when, ccid=ACME.ccid, sections=changed)

    return do


def switched(**switches: str | int) -> Do:
    named = {name.replace("__", "."): value for name, value in switches.items()}
    return lambda org, _patch: org.sandbox.switch(**named)


def broken(*_arguments: object) -> NoReturn:
    raise OSError(5, "Input/output error")


def nothing(_org: Org, _patch: pytest.MonkeyPatch) -> None:
    """Change nothing."""


def no_faults(org: Org, _patch: pytest.MonkeyPatch) -> None:
    org.sandbox.clear_faults()


class Trouble(NamedTuple):
    """A task that fails, and what ends the trouble."""

    module: Any
    asked: Callable[[Org], Json]
    begin: Do = nothing
    end: Do = no_faults
    # Options that are wrong in the first run.
    wrong: Mapping[str, Any] = MappingProxyType({})


TROUBLES = {
    "invalid_input": Trouble(nexus_service, service, wrong={"ccid": "acme"}),
    "unsupported": Trouble(
        nexus_service, service, switched(services__read="unsupported"), switched(services__read="full")
    ),
    "unreachable": Trouble(nexus_service, service, wrong={"nexus_url": "http://127.0.0.1:9"}),
    "refused": Trouble(nexus_service, service, faulty("status", "/services/", status=403)),
    "intermediary": Trouble(nexus_service, service, faulty("html", "/services/")),
    "unreadable": Trouble(nexus_service, service, faulty("garbage", "/services/")),
    "api": Trouble(nexus_service, service, faulty("status", "/services/", "GET", status=500)),
    "unclear": Trouble(nexus_service, service, faulty("cut", "/services/", "POST")),
    "stale": Trouble(nexus_sender_ids, sender_ids, edited("before", "GET", THEIRS, times=3)),
    "overwritten": Trouble(nexus_sender_ids, sender_ids, edited("after", "PUT", {"chat.Main": None})),
    "altered": Trouble(
        gc_tollfree_numbers,
        number,
        switched(numbers__comment="cut"),
        wrong={"comment": "Nexus Premise ACME Corporation"},
    ),
    "not_seen": Trouble(gc_role, role, switched(roles__lag=300), wrong={"settle_timeout": 0}),
    "not_written": Trouble(nexus_api_key, api_key, lambda _org, patch: patch.setattr(os, "fsync", broken)),
    "unproven": Trouble(
        nexus_channel_probe,
        channels,
        lambda org, _patch: org.run(nexus_channels, {**channels(org), "api_key": ACME.api_key}, logs_in=False),
        wrong={"channels": [{"channel_id": NUMBER, "api_secret": "another-secret"}]},
    ),
    "journal": Trouble(
        gc_tollfree_numbers,
        number,
        lambda org, _patch: Path(org.journal).unlink(),
        lambda org, _patch: file_journal(org.journal, 1, print).create(),
    ),
    "undecided": Trouble(
        gc_tollfree_numbers,
        number,
        switched(orders__list_lag=60_000),
        lambda org, _patch: org.sandbox.settle(),
    ),
    "missing_library": Trouble(
        nexus_service, service, lambda _org, patch: patch.setattr(task, "REQUESTS_MISSING", ImportError())
    ),
}


def test_each_kind_is_tried() -> None:
    assert {*TROUBLES, "unreachable_host", "defect"} == set(KINDS)


def run(org: Org, trouble: Trouble, **wrong: Any) -> Json:
    """Run the task of a trouble."""
    logs_in = trouble.module not in (nexus_service, nexus_sender_ids, nexus_channel_probe)
    return org.run(trouble.module, {**trouble.asked(org), **wrong}, logs_in=logs_in)


@pytest.mark.usefixtures("any_roles")
@pytest.mark.parametrize("kind", TROUBLES)
def test_the_next_run_does_what_was_left(org: Org, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    trouble = TROUBLES[kind]
    with monkeypatch.context() as patch:
        trouble.begin(org, patch)
        failed = run(org, trouble, **trouble.wrong)
    assert failed["failure"]["kind"] == kind, failed["msg"]
    trouble.end(org, monkeypatch)
    done = run(org, trouble)
    assert not done.get("failed"), done["msg"]
    # Each proof of a secret is an upload.
    assert run(org, trouble)["changed"] is (kind == "unproven")
    assert org.sandbox.account()["spent"] == (trouble.module is gc_tollfree_numbers)


def test_the_next_run_after_a_defect(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(*_arguments: object) -> NoReturn:
        raise RuntimeError("not expected")

    trouble = Trouble(nexus_service, service)
    with monkeypatch.context() as patch:
        patch.setattr(ServicesClient, "create", write)
        with pytest.raises(AssertionError, match="RuntimeError: not expected"):
            run(org, trouble)
    assert [run(org, trouble)["changed"] for _time in range(2)] == [True, False]


def test_the_next_run_after_a_lost_connection_to_the_host(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    plugins = {"ANSIBLE_CONNECTION_PLUGINS": str(Path(__file__).parent / "plugins/connection")}
    failed = site.play(PROVISION, env=plugins, ansible_connection="nowhere")
    assert '"kind": "unreachable_host"' in failed.output
    assert [site.play(PROVISION).changed["alpha"] for _time in range(2)] == [2, 0]
