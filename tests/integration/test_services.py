# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nexus_service and nexus_service_info with every variant of services.* (contract, section 7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from integration.playbooks import SERVICE, SERVICE_INFO, Script, Task, run
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_TENANTS

CCID = DEFAULT_TENANTS[0].ccid
SECRET = {"username": "kaleyra-user", "password": "first-password"}
ROTATED = {**SECRET, "password": "second-password"}
URL, OTHER_URL = "https://kaleyra.example.com/v1", "https://kaleyra.example.com/v2"

Options = dict[str, Any]
GONE: Options = {"state": "absent"}


class Variant(NamedTuple):
    """One kind of server. With each way to read, these rows have each pair of list, write and delete."""

    listing: str
    write: str
    delete: str
    envelope: str
    ccid: str

    @property
    def switches(self) -> dict[str, str]:
        """The switches of the sandbox for this kind of server."""
        return {f"services.{'list' if name == 'listing' else name}": value for name, value in self._asdict().items()}

    @property
    def replaced(self) -> list[str]:
        """The requests of a replacement."""
        return ["POST 200"] if self.write == "upsert" else ["POST 409", "PUT 200"]

    @property
    def deleted(self) -> list[str]:
        """The requests of a deletion."""
        if self.delete == "unsupported":
            return ["DELETE 405"]
        return ["DELETE 200"] if self.envelope == "status" else ["DELETE 204"]


VARIANTS = (
    Variant("array", "upsert", "supported", "bare", "checked"),
    Variant("array", "create_only", "unsupported", "status", "ignored"),
    Variant("object", "upsert", "unsupported", "bare", "ignored"),
    Variant("object", "create_only", "supported", "status", "checked"),
    Variant("unsupported", "upsert", "supported", "status", "ignored"),
    Variant("unsupported", "create_only", "unsupported", "bare", "checked"),
)

CREATED = ["POST 200"]
CANT_READ = ("This server does not support reading",)
CANT_DELETE = ("This server can't delete services", "answered 405", "ask the operators of Digital Channels")


def kaleyra(options: Options, *, check: bool = False) -> Task:
    """Return a task about the service mGageSMS."""
    return {SERVICE: {"service": "mGageSMS", **options}, "check_mode": check}


def begin(script: Script, read: str, variant: Variant) -> str:
    """Start with an empty server of this kind; return the prefix for the names of its steps."""
    script.sandbox(reset={}, switches={"services.read": read, **variant.switches})
    return ", ".join(variant) + ": "


@pytest.mark.parametrize("read", ["full", "masked", "omitted"])
def test_a_server_whose_services_can_be_read(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, read: str
) -> None:
    tells_secrets = read == "full"
    script = Script()
    for variant in VARIANTS:
        name = begin(script, read, variant)
        first = {"url": URL, "data": {"country": "us"}, "secret": SECRET}
        script.step(f"{name}check create", kaleyra(first, check=True), changed=True)
        script.step(f"{name}create", kaleyra(first), changed=True, writes=CREATED)
        script.step(f"{name}create again", kaleyra(first))
        second = {**first, "url": OTHER_URL}
        script.step(f"{name}check change", kaleyra(second, check=True), changed=True)
        script.step(f"{name}change", kaleyra(second), changed=True, writes=variant.replaced)
        script.step(f"{name}change again", kaleyra(second))

        # A part that is not set stays as it is. If the server hides it, it would be lost.
        data_only = {"data": {"country": "ca"}}
        if tells_secrets:
            script.step(f"{name}change data only", kaleyra(data_only), changed=True, writes=variant.replaced)
        else:
            lost = ("secret", "would be lost", "Give all secrets")
            script.step(f"{name}change data only", kaleyra(data_only), fails=lost)
        script.step(f"{name}nothing asked", kaleyra({}))

        rotated = {"secret": ROTATED}
        if tells_secrets:
            script.step(f"{name}check rotate", kaleyra(rotated, check=True), changed=True)
            script.step(f"{name}rotate", kaleyra(rotated), changed=True, writes=variant.replaced)
        else:
            # The secret can't be compared, and update_secret does not allow to write it.
            script.step(f"{name}rotate", kaleyra(rotated))
        always = {**rotated, "update_secret": "always"}
        blind = not tells_secrets
        script.step(f"{name}check rotate always", kaleyra(always, check=True), changed=blind)
        for turn in ("", " again"):
            writes = variant.replaced if blind else []
            script.step(f"{name}rotate always{turn}", kaleyra(always), changed=blind, writes=writes)
        script.tasks.append({"name": f"{name}state", "sandbox": {"state": CCID}})

        script.step(f"{name}check remove", kaleyra(GONE, check=True), changed=True)
        if variant.delete == "unsupported":
            script.step(f"{name}remove", kaleyra(GONE), fails=CANT_DELETE, writes=variant.deleted)
        else:
            script.step(f"{name}remove", kaleyra(GONE), changed=True, writes=variant.deleted)
            # Without a list, a 404 is no proof that the service is gone. So the module sends the DELETE.
            in_doubt = variant.listing == "unsupported"
            script.step(f"{name}check remove again", kaleyra(GONE, check=True))
            script.step(f"{name}remove again", kaleyra(GONE), writes=["DELETE 404"] if in_doubt else [])
        script.tasks.append({"name": f"{name}end", "sandbox": {"state": CCID}})
    outcome = run(sandbox, tmp_path, script.tasks)

    script.verify(outcome, subtests)
    for variant in VARIANTS:
        name = ", ".join(variant) + ": "
        with subtests.test(f"{name}state"):
            document = {"url": OTHER_URL, "data": {"country": "ca" if tells_secrets else "us"}, "secret": ROTATED}
            assert outcome[f"{name}state"].result["state"]["services"] == {"mGageSMS": document}
            left = {} if variant.delete == "supported" else {"mGageSMS": document}
            assert outcome[f"{name}end"].result["state"]["services"] == left


@pytest.mark.parametrize("read", ["unsupported", "unsupported_404"])
def test_a_server_whose_services_can_not_be_read(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, read: str
) -> None:
    # After a 405 nothing is known, and a deletion is likely. After a 404 the service is probably gone.
    likely = read == "unsupported"
    script = Script()
    for variant in VARIANTS:
        name = begin(script, read, variant)
        asked = {"url": URL, "data": {}, "secret": SECRET}
        if read == "unsupported":
            script.step(f"{name}check create", kaleyra(asked, check=True), fails=CANT_READ)
            script.step(f"{name}create", kaleyra(asked), fails=(*CANT_READ, "when_unreadable to write"))
        writing = {**asked, "when_unreadable": "write"}
        script.step(f"{name}check write", kaleyra(writing, check=True), changed=True)
        script.step(f"{name}write", kaleyra(writing), changed=True, writes=CREATED)
        # The module can't see that nothing has changed. A warning says so.
        script.step(f"{name}write again", kaleyra(writing), changed=True, writes=variant.replaced)
        script.step(f"{name}check remove", kaleyra(GONE, check=True), changed=likely)
        if variant.delete == "unsupported":
            script.step(f"{name}remove", kaleyra(GONE), fails=CANT_DELETE, writes=variant.deleted)
        else:
            script.step(f"{name}remove", kaleyra(GONE), changed=True, writes=variant.deleted)
            script.step(f"{name}check remove again", kaleyra(GONE, check=True), changed=likely)
            script.step(f"{name}remove again", kaleyra(GONE), writes=["DELETE 404"])
    outcome = run(sandbox, tmp_path, script.tasks)

    script.verify(outcome, subtests)
    for variant in VARIANTS:
        name = ", ".join(variant) + ": "
        with subtests.test(f"{name}warnings"):
            assert "each run writes it again" in " ".join(outcome[f"{name}write again"].result["warnings"])
            assert "A real run finds out" in " ".join(outcome[f"{name}check remove"].result["warnings"])
            assert "warnings" not in outcome[f"{name}remove"].result


def test_a_server_that_answers_404_to_every_read(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """The service or the call may be missing. Only a write shows which one."""
    asked = {"url": URL, "data": {}, "secret": SECRET}
    script = Script()
    for write in ("upsert", "create_only"):
        script.sandbox(reset={}, switches={"services.read": "unsupported_404", "services.write": write})
        script.step(f"{write}: remove what is not there", kaleyra(GONE), writes=["DELETE 404"])
        script.step(f"{write}: check create", kaleyra(asked, check=True), changed=True)
        written = ("was written, but this server does not support reading services", "when_unreadable to write")
        script.step(f"{write}: create", kaleyra(asked), fails=written, changed=True, writes=["POST 200"])
        if write == "create_only":
            # The service exists and can't be read, so it is not replaced.
            script.step(
                f"{write}: create again",
                kaleyra(asked),
                fails=("exists, but this server does not support reading services",),
                writes=["POST 409"],
            )
        script.step(f"{write}: remove", kaleyra(GONE), changed=True, writes=["DELETE 204"])
    script.verify(run(sandbox, tmp_path, script.tasks), subtests)


@pytest.mark.parametrize("read", ["unsupported", "unsupported_404"])
@pytest.mark.parametrize("when_unreadable", ["fail", "write"])
def test_a_write_that_loses_a_hidden_secret_is_refused(
    sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests, read: str, when_unreadable: str
) -> None:
    """A write replaces the whole service, so a secret that is not set would be emptied."""
    lost = ("secret", "would be lost", "Give all secrets of the service ({} if it has none)")
    fails = CANT_READ if (read, when_unreadable) == ("unsupported", "fail") else lost
    script = Script()
    script.step("create", kaleyra({"url": URL, "secret": SECRET}), changed=True, writes=["POST 200"])
    script.sandbox(switches={"services.read": read})
    for check in (True, False):
        task = kaleyra({"url": OTHER_URL, "when_unreadable": when_unreadable}, check=check)
        script.step(f"check {check}", task, fails=fails)
    script.verify(run(sandbox, tmp_path, script.tasks), subtests)
    assert sandbox.state(CCID)["services"]["mGageSMS"]["secret"] == SECRET


def test_the_info_module(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    script = Script()
    found = {}
    for read in ("full", "masked", "omitted"):
        for variant in VARIANTS:
            name = f"{read}, {begin(script, read, variant)}"
            created = kaleyra({"url": URL, "data": {"country": "us"}, "secret": SECRET})
            script.step(f"{name}create", created, changed=True, writes=CREATED)
            script.step(f"{name}one", {SERVICE_INFO: {"service": "mGageSMS"}})
            found[f"{name}one"] = [{"service": "mGageSMS", "url": URL, "data": {"country": "us"}}]
            if variant.listing == "unsupported":
                cant_list = ("This server does not list services", "with the option service")
                script.step(f"{name}all", {SERVICE_INFO: {}}, fails=cant_list)
            else:
                script.step(f"{name}all", {SERVICE_INFO: {}})
                found[f"{name}all"] = found[f"{name}one"]
                script.step(f"{name}other", {SERVICE_INFO: {"service": "SMS"}})
                found[f"{name}other"] = []
    for read in ("unsupported", "unsupported_404"):
        script.sandbox(reset={}, switches={"services.read": read})
        script.step(f"{read}: one", {SERVICE_INFO: {"service": "SMS"}}, fails=CANT_READ)
        script.step(f"{read}: all", {SERVICE_INFO: {}}, fails=("This server does not list services",))
    outcome = run(sandbox, tmp_path, script.tasks)

    script.verify(outcome, subtests)
    for name, services in found.items():
        with subtests.test(name):
            assert outcome[name].result["services"] == services
            names = [] if name.startswith("omitted") or not services else ["secret.password", "secret.username"]
            assert {name: sorted(paths) for name, paths in outcome[name].result["secrets"].items()} == {
                service["service"]: names for service in services
            }
