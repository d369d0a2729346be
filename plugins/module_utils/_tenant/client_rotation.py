# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotate the secret of an OAuth client, and give the new one to the tenants at once, for gc_oauth_client_rotation.

An OAuth client has one secret at a time. So everything is read and checked before the secret is renewed. After that,
each tenant needs one write. This file combines two systems: Genesys Cloud CX has the client, and Digital Channels the
tenants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from .._core import checks
from .._core.errors import InvalidInput, SmsError, Unclear
from .._core.options import HTTP
from .._core.secret_file import OPTIONS as SECRET_FILE
from .._core.secret_file import SecretFile, secret_file
from .._core.secrets import Secrets
from .._core.task import Plan, Run, Step, reconcile
from .._digital_channels import services
from .._digital_channels.options import services_client
from .._digital_channels.services_client import ServicesClient, Sight
from .._genesys_cloud.access_client import CloudAccess
from .._genesys_cloud.oauth_client import FILE_VARIABLES
from .._genesys_cloud.options import access_client
from .rotation import ROTATION, rotation_of

SERVICE = "PurecloudIDP"
"""The service that has the OAuth client of a tenant."""

_NEW = "the new secret"
"""Stands for the secret in plans that are made before it exists."""

OPTIONS: dict[str, Any] = {
    "rotation": {
        **ROTATION,
        "description": """
            - Name of the rotation, such as V(2026-11). O(secret_file) notes it.
            - Runs with the same name continue the same rotation, and renew the secret only once. A run with another
              name begins another one.
        """,
    },
    "tenants": {
        "type": "list",
        "description": """
            The tenants that use the OAuth client, as the inventory describes them. Tenants with another
            O(tenants[].gc_client_id) are left alone.
        """,
        "elements": "dict",
        "required": True,
        "options": {
            "name": {
                "type": "str",
                "description": "Name of the tenant in the inventory, for messages.",
                "required": True,
            },
            "nexus_url": {"type": "str", "description": "Base URL of the Digital Channels API."},
            "ccid": {"type": "str", "description": "Contact center ID, a UUID."},
            "api_key": {
                "type": "str",
                "description": "API key with the right to provision the tenant.",
                "no_log": True,
            },
            "gc_login_url": {
                "type": "str",
                "description": f"""
                    Login URL of the organization. It is written only if the server does not show the service {SERVICE}.
                """,
            },
            "gc_client_id": {"type": "str", "description": "ID of the tenant's OAuth client."},
            "gc_client_secret": {
                "type": "str",
                "description": """
                    The secret that the inventory has. It is compared with the new one, to say where the inventory has
                    to be changed.
                """,
                "no_log": True,
            },
        },
    },
    **SECRET_FILE,
    "secret_file": {
        **SECRET_FILE["secret_file"],
        "description": """
            - The file that gets the new secret, as the variables C(gc_client_id) and C(gc_client_secret). An absolute
              path. The variable C(gc_client_rotation) says how far the rotation is.
            - Only the owner can read the file. The module replaces the whole file. It does not replace a file with
              other variables.
            - The module must be able to read the file. If it is encrypted, set O(vault_password_file).
        """,
        "required": True,
    },
}
"""The options of gc_oauth_client_rotation."""


@dataclass(frozen=True)
class Tenant:
    """A tenant that uses the OAuth client.

    :arg secret: the secret that the inventory has.
    """

    name: str
    ccid: str
    login_url: str | None
    secret: str | None


@dataclass(frozen=True)
class Noted:
    """What the secret file has.

    :arg rotation: the name of the rotation, followed by the ccids of the tenants that have the secret.
    """

    client_id: str | None = None
    secret: str | None = None
    rotation: tuple[str, ...] = ()


@dataclass
class Work:
    """What a run knows, and what it has done.

    :arg client_id: the OAuth client.
    :arg clients: the clients of Digital Channels, by the place of the tenant.
    :ivar noted: what the file has now.
    :ivar name: the name of the OAuth client. Its ID is among the secrets of the service, so it is never shown.
    :ivar failures: by name, the error of each tenant that did not get the secret.
    """

    file: SecretFile
    rotation: str
    client_id: str
    tenants: Mapping[int, Tenant]
    clients: Mapping[int, ServicesClient]
    secrets: Secrets
    noted: Noted = field(default_factory=Noted)
    name: str = ""
    failures: dict[str, SmsError] = field(default_factory=dict)

    def note(self, secret: str, *ccids: str) -> None:
        """Write the secret, and which tenants have it, to the file."""
        self.secrets.add(secret)
        self.noted = Noted(self.client_id, secret, (self.rotation, *sorted(ccids)))
        values = (self.client_id, secret, " ".join(self.noted.rotation))
        remedy = "The new secret is lost. Fix this and run again. The run creates another secret"
        self.file.write(dict(zip(FILE_VARIABLES, values)), remedy, changed=True)


def read_file(file: SecretFile) -> Noted:
    """Return what the file has. Raise InvalidInput if it can't be used."""
    client_id, secret, rotation = file.texts(*FILE_VARIABLES)
    return Noted(client_id, secret, tuple((rotation or "").split()))


def client_of(noted: Noted, ids: Sequence[str]) -> str:
    """Return the ID of the OAuth client to rotate: that of the file, or the only one of the tenants."""
    if noted.client_id:
        if not any(_is_same(identifier, noted.client_id) for identifier in ids):
            raise InvalidInput(
                "secret_file",
                "it has an OAuth client that none of the tenants uses",
                "Give the file of the OAuth client that the inventory has",
            )
        return noted.client_id
    different: dict[str, str] = {}
    for identifier in ids:
        different.setdefault(identifier.strip().lower(), identifier.strip())
    if len(different) != 1:
        raise InvalidInput(
            "tenants[].gc_client_id",
            f"the tenants have {len(different)} OAuth clients, and secret_file does not say which one is meant",
            "Give the tenants of one OAuth client",
        )
    return next(iter(different.values()))


def _is_same(client_id: str | None, other: str) -> bool:
    return (client_id or "").strip().lower() == other.lower()


def look(work: Work, client: CloudAccess) -> dict[int, Sight]:
    """Read the file, the OAuth client, and the service of each tenant."""
    work.noted = read_file(work.file)
    if work.noted.secret:
        work.secrets.add(work.noted.secret)
    document = client.client(work.client_id)
    if document is None:
        raise InvalidInput(
            "tenants[].gc_client_id",
            "the organization has no OAuth client with this ID",
            "Check the ID in secret_file and in the inventory, and that you log in to the right organization",
        )
    work.name = str(document.get("name"))
    return {place: tenant.look(SERVICE) for place, tenant in work.clients.items()}


def plan(work: Work, sights: Mapping[int, Sight]) -> Plan[CloudAccess]:
    """Return the steps of this run. The service of a tenant that does not have it is not created."""
    noted = work.noted
    is_renewed = noted.rotation[:1] == (work.rotation,) and noted.secret is not None
    done = set(noted.rotation[1:]) if is_renewed else set()
    steps: list[Step[CloudAccess]] = []
    if not is_renewed:
        sentence = f"renew the secret of the OAuth client {work.name}, and write it to {work.file.path}"
        steps.append(Step((sentence,), partial(_renew, work)))
    due = {}
    for place, sight in sights.items():
        tenant = work.tenants[place]
        # This finds what would stop the write, before the secret is renewed.
        desired = _desired(work, tenant, sight, noted.secret if is_renewed else _NEW)
        is_done = tenant.ccid in done
        # If the server shows that a tenant has another secret in spite of the note, somebody changed it.
        wanted = services.plan(replace(desired, rewrite_secret=not is_done), sight)
        if wanted.steps and sight.state != "absent" and (sight.document or not is_done):
            if sight.document is None and not tenant.login_url:
                raise InvalidInput(
                    f"tenants[{place}].gc_login_url",
                    f"it is missing. The server does not show the service {SERVICE} of the tenant {tenant.name}",
                    "Set it, so that the service can be written",
                )
            due[place] = tenant
            sentence = f"give the new secret to the tenant {tenant.name}"
            steps.append(Step((sentence,), partial(_give, work, place, sight)))
    everyone = tuple(work.tenants[place] for place, sight in sights.items() if sight.state != "absent")
    if not is_renewed or due or {tenant.ccid for tenant in everyone} - done:
        sentence = f"note in {work.file.path} which tenants have the new secret"
        steps.append(Step((sentence,), partial(_note, work, everyone)))
    before = "secret of this rotation" if is_renewed else "former secret"
    names = [tenant.name for tenant in due.values()]
    return Plan(
        {"secret_file": before, "tenants": dict.fromkeys(names, "former secret")},
        {"secret_file": "secret of this rotation", "tenants": dict.fromkeys(names, "secret of this rotation")},
        tuple(steps),
    )


def _desired(work: Work, tenant: Tenant, sight: Sight, secret: str | None) -> services.Desired:
    return services.Desired(
        SERVICE,
        # A service that can be read keeps its URL.
        url=None if sight.document else tenant.login_url,
        secret={"clientId": work.client_id, "clientSecret": secret},
        rewrite_secret=True,
        write_blindly=True,
    )


def _renew(work: Work, client: CloudAccess) -> None:
    work.file.prepare(*FILE_VARIABLES)
    told = client.renew_secret(work.client_id, work.name)
    work.note(told["secret"])


def _give(work: Work, place: int, sight: Sight, _client: CloudAccess) -> bool:
    """Give the new secret to a tenant. An error must not keep other tenants from getting it."""
    tenant = work.tenants[place]
    wanted = services.plan(_desired(work, tenant, sight, work.noted.secret), sight)
    try:
        for step in wanted.steps:
            try:
                step.call(work.clients[place])
            except Unclear:
                # The write replaces the whole service, so it may be repeated.
                step.call(work.clients[place])
    except SmsError as error:
        work.failures[tenant.name] = error
        return False
    return True


def _note(work: Work, tenants: tuple[Tenant, ...], _client: CloudAccess) -> None:
    work.note(str(work.noted.secret), *(tenant.ccid for tenant in tenants if tenant.name not in work.failures))
    if work.failures:
        error = next(iter(work.failures.values()))
        told = f"These tenants still have the former secret: {', '.join(work.failures)}. Run again."
        error.add(" ".join([told, *outlook(work)]))
        raise error


def outlook(work: Work) -> list[str]:
    """Return what a person has to do after this run."""
    if work.noted.rotation[:1] != (work.rotation,):
        return []
    behind = [tenant.name for tenant in work.tenants.values() if tenant.secret != work.noted.secret]
    if not behind:
        return []
    sentence = (
        f"This run's inventory does not have the new secret for {', '.join(behind)}. Keep {work.file.path} where the "
        "inventory reads it, and remove gc_client_secret from all other places. Until then, run no other playbook: it "
        "would use the former secret, or write it to the tenants."
    )
    return [sentence]


def run(task: Run) -> dict[str, Any]:
    """Run gc_oauth_client_rotation."""
    rotation = rotation_of(task.params)
    file = secret_file(task.params, task.python, check_mode=task.check_mode)
    if file is None:
        raise InvalidInput("secret_file", "it is missing", "Set it to the path of the file for the new secret")
    items = task.params["tenants"]
    client_id = client_of(read_file(file), [item["gc_client_id"] for item in items if item["gc_client_id"]])
    used = [place for place, item in enumerate(items) if _is_same(item["gc_client_id"], client_id)]
    tenants = {place: _tenant(place, items[place]) for place in used}
    clients = {place: _services(task, place) for place in used}
    work = Work(file, rotation, client_id, tenants, clients, task.secrets)
    client = access_client(task)
    outcome = reconcile(task, client, partial(look, work, client), partial(plan, work))
    return {
        **outcome.result,
        "tenants": sorted(tenant.name for tenant in tenants.values()),
        "next_steps": outlook(work),
    }


def _tenant(place: int, item: Mapping[str, Any]) -> Tenant:
    for name in ("nexus_url", "ccid", "api_key"):
        if not item[name]:
            raise InvalidInput(
                f"tenants[{place}].{name}",
                f"it is missing. The tenant {item['name']} uses the OAuth client, and would keep the former secret",
                "Set it, so that the tenant can get the new secret",
            )
    ccid = checks.uuid(f"tenants[{place}].ccid", item["ccid"])
    return Tenant(item["name"], ccid, item["gc_login_url"], item["gc_client_secret"])


def _services(task: Run, place: int) -> ServicesClient:
    """Return the client of Digital Channels for a tenant."""
    item = task.params["tenants"][place]
    http = {name: task.params[name] for name in HTTP}
    login = {name: item[name] for name in ("nexus_url", "ccid", "api_key")}
    return services_client(replace(task, params={**http, **login}, given=login))
