# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OAuth clients of Genesys Cloud CX, and their secrets (contract section 6).

A secret is told once, in the answer of the call that makes it. So the place where it will be written is tried first,
and where that answer was lost, the secret is made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._arguments import access_client
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.cloud_access import CloudAccess, Document
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput, Unclear
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources.role import the_only
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources.role_grant import (
    NOT_YET,
    division_id,
    role_id,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._secret_file import SecretFile, secret_file
from ansible_collections.cxops.genesys_sms.plugins.module_utils._task import (
    Plan,
    Run,
    Step,
    appeared,
    reconcile,
)

_GRANT_TYPE = "CLIENT-CREDENTIALS"
_SHORTEST, _LONGEST = 300, 172800
_SHOWN = {"description": "description", "access_token_validity_seconds": "accessTokenValiditySeconds"}
# What the server adds to a client, and does not take back.
_READ_ONLY = {"id", "secret", "roleIds", "dateCreated", "dateModified", "createdBy", "modifiedBy", "selfUri"}
_NOT_EXTRA = _READ_ONLY | {"name", "authorizedGrantType"}
_VARIABLES = ("gc_client_id", "gc_client_secret")
_ROTATE = "state rotated, or with the playbook bootstrap_genesys_cloud bootstrap_rotate_secret"


@dataclass
class _Secret:
    """What a run comes to know of the client's secret.

    :arg is_due: it has to be made anew.
    """

    file: SecretFile | None
    is_due: bool = False
    told: Document = field(default_factory=dict)

    def keep(self, document: Document) -> None:
        """Remember what the server told, and write it down at once."""
        self.told = document
        self.is_due = False
        if self.file is not None:
            values = (document["id"], document["secret"])
            remedy = f"Nobody knows it now: mend that, and have a new one, with {_ROTATE}"
            self.file.write(dict(zip(_VARIABLES, values)), remedy, changed=True)

    def check(self) -> None:
        """Raise InvalidInput where the secret could not be written down, as far as looking can tell."""
        if self.file is not None:
            self.file.check(*_VARIABLES)

    def prepare(self) -> None:
        """Raise InvalidInput where the secret could not be written down."""
        if self.file is not None:
            self.file.prepare(*_VARIABLES)


def fields_of(run: Run, role_divisions: list[dict[str, str]] | None) -> Document:
    """Return what a client is to have, by the API's names; what is not asked for is not there."""
    params = run.params
    lifetime = params["access_token_validity_seconds"]
    if lifetime is not None and not _SHORTEST <= lifetime <= _LONGEST:
        raise InvalidInput(
            "access_token_validity_seconds", f"{lifetime} is out of range", f"Give {_SHORTEST} to {_LONGEST} seconds"
        )
    extra = params["extra"] or {}
    owned = sorted(_NOT_EXTRA.intersection(extra))
    if owned:
        raise InvalidInput("extra", f"{', '.join(owned)} can't be set by it", "Leave it out")
    fields: Document = {"authorizedGrantType": _GRANT_TYPE, "state": "active"}
    for option, name in _SHOWN.items():
        if params[option] is not None:
            fields[name] = params[option]
        elif option == "description" and run.is_null(option):
            fields[name] = ""
    if role_divisions is not None:
        fields["roleDivisions"] = role_divisions
    return {**fields, **extra, "name": params["name"]}


def plan(name: str, fields: Document, secret: _Secret, state: str, clients: list[Document]) -> Plan[CloudAccess]:
    """Return what leads from the clients of that name to the desired one.

    :raises InvalidInput: there are several, or one of another kind, or the secret can't be had any more.
    """
    client = the_only("name", name, clients, "OAuth client")
    kind = (client or {}).get("authorizedGrantType")
    if kind is not None and not _same("authorizedGrantType", _GRANT_TYPE, kind):
        raise InvalidInput(
            "name",
            f"the OAuth client {name} has the grant type {kind}",
            f"Choose another name: this module is for clients with {_GRANT_TYPE}",
        )
    before = _shown(client)
    steps: tuple[Step[CloudAccess], ...] = ()
    if state == "absent":
        if client is not None:
            steps = (Step((f"delete the OAuth client {name}",), partial(_delete, client)),)
        return Plan(before, {}, steps)
    if client is None:
        secret.check()
        return Plan({}, _shown(fields), (Step((f"create the OAuth client {name}",), partial(_create, fields, secret)),))
    changes = sorted(key for key, value in fields.items() if not _same(key, value, client.get(key)))
    after = _merged(client, fields)
    if changes:
        body = {key: value for key, value in after.items() if key not in _READ_ONLY}
        step = partial(_replace, client["id"], body)
        steps = (Step((f"change {', '.join(changes)} of the OAuth client {name}",), step),)
    if secret.is_due:
        secret.check()
        steps += (Step((f"renew the secret of the OAuth client {name}",), partial(_renew, client["id"], name, secret)),)
    elif secret.file is not None and not secret.told and not secret.file.exists:
        raise InvalidInput(
            "secret_file",
            f"the OAuth client {name} exists, and {secret.file.path} does not; its secret can't be read again",
            f"Name the file that has it, or have a new one, which ends the old, with {_ROTATE}",
        )
    shown = {**_shown(after), **({"secrets_to_write": ["client_secret"]} if secret.is_due else {})}
    return Plan(before, shown if steps else before, steps)


def run(task: Run) -> dict[str, Any]:
    """Do what gc_oauth_client does."""
    params = task.params
    name = _checks.not_empty("name", params["name"])
    state = params["state"]
    file = secret_file(params)
    client = access_client(task)
    fields = fields_of(task, _role_divisions(task, client) if state != "absent" else None)
    secret = _Secret(file, is_due=state == "rotated")
    seen: list[Document] = []

    def observe() -> list[Document]:
        seen[:] = client.clients(name)
        return list(seen)

    first, result = reconcile(task, client, observe, partial(plan, name, fields, secret, state))
    if state == "absent":
        return {**result, "oauth_client": {}}
    known = secret.told or (seen[0] if seen else {})
    shown = {key: value for key, value in first.after.items() if key != "secrets_to_write"}
    return {
        **result,
        "oauth_client": {**shown, "id": known.get("id")},
        "client_secret": secret.told.get("secret"),
    }


def _role_divisions(task: Run, client: CloudAccess) -> list[dict[str, str]] | None:
    roles = task.params["roles"]
    if roles is None:
        return [] if task.is_null("roles") else None
    division = division_id(task.params) or client.home_division()
    ids = [role_id(task, client, f"roles[{number}]", name, needed=True) for number, name in enumerate(roles)]
    return [{"roleId": identifier or NOT_YET, "divisionId": division} for identifier in ids]


def _same(key: str, asked: Any, seen: Any) -> bool:
    if key == "roleDivisions":
        return _pairs(asked) == _pairs(seen)
    if key == "authorizedGrantType":
        return str(asked).upper() == str(seen).upper().replace("_", "-")
    return _is_part(asked, seen)


def _is_part(asked: Any, seen: Any) -> bool:
    """Tell whether what is asked for is there. What a server adds to it makes no difference."""
    if isinstance(asked, dict) and isinstance(seen, dict):
        return all(_is_part(value, seen.get(key)) for key, value in asked.items())
    if isinstance(asked, list) and isinstance(seen, list):
        return len(asked) == len(seen) and all(map(_is_part, asked, seen))
    return _checks.as_text(asked or "") == _checks.as_text(seen or "")


def _merged(seen: Any, asked: Any) -> Any:
    """Return what is there with what is asked for."""
    if isinstance(asked, dict) and isinstance(seen, dict):
        return {**seen, **{key: _merged(seen.get(key), value) for key, value in asked.items()}}
    return asked


def _pairs(divisions: Any) -> set[tuple[str, str]]:
    return {(str(item.get("roleId")), str(item.get("divisionId")).lower()) for item in divisions or []}


def _shown(client: Document | None) -> dict[str, Any]:
    if client is None:
        return {}
    shown = {key: value for key, value in client.items() if key not in _READ_ONLY}
    if "roleDivisions" in shown:
        shown["roleDivisions"] = sorted(shown["roleDivisions"] or [], key=str)
    return shown


def _create(fields: Document, secret: _Secret, client: CloudAccess) -> None:
    secret.prepare()
    try:
        told = client.create_client(fields)
    except Unclear as error:
        name = fields["name"]
        created = appeared(error, lambda: the_only("name", name, client.clients(name), "OAuth client"))
        # Its secret was told to nobody.
        secret.is_due = True
        told = client.renew_secret(created["id"], name)
    secret.keep(told)


def _renew(identifier: str, name: str, secret: _Secret, client: CloudAccess) -> None:
    secret.prepare()
    secret.keep(client.renew_secret(identifier, name))


def _replace(identifier: str, body: Document, client: CloudAccess) -> None:
    client.replace_client(identifier, body)


def _delete(document: Document, client: CloudAccess) -> None:
    """Delete a client, which has to be inactive for that."""
    if document.get("state") != "inactive":
        body = {key: value for key, value in document.items() if key not in _READ_ONLY}
        client.replace_client(document["id"], {**body, "state": "inactive"})
    client.delete_client(document["id"], document["name"])
