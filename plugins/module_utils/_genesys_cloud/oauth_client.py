# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OAuth clients of Genesys Cloud CX, and their secrets (contract section 6).

The API returns a secret only once, in the answer to the request that creates it. So the secret file is checked before
the request. If the answer is lost, the module creates a new secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .._core import checks
from .._core.errors import InvalidInput, Unclear
from .._core.secret_file import OPTIONS as SECRET_FILE
from .._core.secret_file import SecretFile, secret_file
from .._core.task import Plan, Run, Step, appeared, awaited, reconcile
from .access_client import CloudAccess, Document
from .options import access_client
from .role_grants import NOT_YET, division_id, role_id
from .roles import settle_timeout, the_only

_GRANT_TYPE = "CLIENT-CREDENTIALS"
_SHOWN = {"description": "description", "access_token_validity_seconds": "accessTokenValiditySeconds"}
# Fields that the server adds to a client and does not accept in a request.
_READ_ONLY = {"id", "secret", "roleIds", "dateCreated", "dateModified", "createdBy", "modifiedBy", "selfUri"}
_NOT_EXTRA = _READ_ONLY | {"name", "authorizedGrantType"}
_VARIABLES = ("gc_client_id", "gc_client_secret")
FILE_VARIABLES = (*_VARIABLES, "gc_client_rotation")
"""The variables that a secret file may have. The last one says how far a rotation is."""

_ID = _VARIABLES[0]
_ROTATE = "state=rotated (in the playbook bootstrap_genesys_cloud, with bootstrap_rotate_secret=true)"


OPTIONS: dict[str, Any] = {
    "name": {
        "type": "str",
        "description": "Name of the client.",
        "required": True,
    },
    "description": {
        "type": "str",
        "description": "What the client is for. If it is not set, it is not changed. Null clears it.",
    },
    "access_token_validity_seconds": {
        "type": "int",
        "description": "Lifetime of its tokens in seconds, from 300 to 172800. If it is not set, it is not changed.",
        "no_log": False,
    },
    "roles": {
        "type": "list",
        "description": """
            Names of the client's roles. If they are not set, they are not changed. Null or an empty list
            removes all roles.
        """,
        "elements": "str",
    },
    "division_id": {
        "type": "str",
        "description": "ID of the division in which the roles are granted. The default is the home division.",
    },
    "extra": {
        "type": "dict",
        "description": """
            - Further fields of the client, by the API's names. They are sent unchanged. Values that the
              server adds inside them are ignored.
            - It can't contain C(name), C(authorizedGrantType) and fields that the server sets, such as
              C(id).
        """,
    },
    **SECRET_FILE,
    "secret_file": {
        **SECRET_FILE["secret_file"],
        "description": """
            - Absolute path of the file for a new secret. The module writes C(gc_client_id) and
              C(gc_client_secret) to it, as variables of an inventory.
            - Only its owner can read the file. If others can read an existing file that is not encrypted,
              its mode is changed to C(0600).
            - The file is replaced as a whole. A file with other variables is not replaced. An encrypted
              file is replaced only with its password in O(vault_password_file).
            - If the client exists and the file does not contain its secret, the module fails, because the
              secret can't be read again. The module also fails if the file contains the secret of another
              client, which would be lost.
        """,
    },
    "settle_timeout": {
        "type": "float",
        "description": """
            - Seconds to wait until a new client is in the list of clients. If it is not there in time, the
              task warns.
            - If the answer to its creation is lost, the module also looks for the client for this time.
        """,
        "version_added": "0.4.0",
        "default": 30.0,
    },
    "state": {
        "type": "str",
        "description": """
            - Whether the client should exist.
            - With V(rotated), each run gives it a new secret, and the old secret stops working at once. Use
              this too if the secret was lost.
        """,
        "choices": ["present", "absent", "rotated"],
        "default": "present",
    },
}
"""The options of gc_oauth_client."""


@dataclass
class _Secret:
    """What a run knows of the client's secret.

    :arg is_due: a new secret is needed.
    :arg patience: seconds to wait until a new client is in the list.
    :arg told: the client with its new secret, as the server returned it.
    :arg created: this run created the client.
    """

    file: SecretFile | None
    is_due: bool
    patience: float
    told: Document = field(default_factory=dict)
    created: bool = False

    @property
    def client_id(self) -> str | None:
        """The ID of the client whose secret the file contains, or None if that is not known."""
        value = (self.file.values() or {}).get(_ID) if self.file is not None else None
        return value if value and re.fullmatch(r"[\w-]+", value) else None

    @property
    def is_lost(self) -> bool:
        """Whether the file surely contains no secret."""
        found = self.file.values() if self.file is not None else None
        # A file that can't be read as variables may contain the secret in another form.
        return found is not None and "" not in found and not found.keys() >= set(_VARIABLES)

    def keep(self, document: Document) -> None:
        """Keep the new secret that the server returned, and write it to the file at once."""
        self.told = document
        if self.file is not None:
            values = (document["id"], document["secret"])
            remedy = f"The secret is lost. Fix the problem, then create a new secret with {_ROTATE}"
            self.file.write(dict(zip(_VARIABLES, values)), remedy, changed=True)

    def check(self) -> None:
        """Raise InvalidInput if the secret file can't be used. Write nothing."""
        if self.file is not None:
            self.file.check(*FILE_VARIABLES)

    def prepare(self) -> None:
        """Raise InvalidInput if the secret can't be written. Try it."""
        if self.file is not None:
            self.file.prepare(*FILE_VARIABLES)


def fields_of(run: Run, role_divisions: list[dict[str, str]] | None) -> Document:
    """Return the desired fields of a client, by the API's names. Leave out what the task does not set."""
    params = run.params
    lifetime = params["access_token_validity_seconds"]
    if lifetime is not None:
        checks.in_range("access_token_validity_seconds", lifetime)
    extra = params["extra"] or {}
    owned = sorted(_NOT_EXTRA.intersection(extra))
    if owned:
        raise InvalidInput("extra", f"must not contain {', '.join(owned)}", "Remove these fields")
    fields: Document = {"authorizedGrantType": _GRANT_TYPE, "state": "active"}
    for option, name in _SHOWN.items():
        if params[option] is not None:
            fields[name] = params[option]
        elif option == "description" and run.is_null(option):
            fields[name] = ""
    if role_divisions is not None:
        fields["roleDivisions"] = role_divisions
    return {**fields, **extra, "name": params["name"]}


@dataclass(frozen=True)
class Observed:
    """The clients with the name, and the one whose secret the file contains.

    :arg kept: None if that client does not exist or is not known.
    """

    named: list[Document]
    kept: Document | None = None


def look(name: str, secret: _Secret, client: CloudAccess) -> Observed:
    """Return the client of the file if it has this name, otherwise all clients with the name.

    Read the file's client first, because a list may lag.
    """
    kept = client.client(secret.client_id) if secret.client_id else None
    if kept is not None and kept.get("name") == name:
        return Observed([kept], kept)
    return Observed(client.clients(name), kept)


def plan(name: str, fields: Document, secret: _Secret, state: str, observed: Observed) -> Plan[CloudAccess]:
    """Return the plan that makes the desired client of the observed ones.

    :raises InvalidInput: several clients have the name, or one has another grant type, or the secret is lost, or the
        file contains the secret of another client.
    """
    client = the_only("name", name, observed.named, "OAuth client")
    kind = (client or {}).get("authorizedGrantType")
    if kind is not None and not _same("authorizedGrantType", _GRANT_TYPE, kind):
        raise InvalidInput(
            "name",
            f"the OAuth client {name} has the grant type {kind}",
            f"Choose another name. This module manages only clients with {_GRANT_TYPE}",
        )
    before = _shown(client)
    steps: tuple[Step[CloudAccess], ...] = ()
    if state == "absent":
        if client is not None:
            steps = (Step((f"delete the OAuth client {name}",), partial(_delete, client)),)
        return Plan(before, {}, steps)
    if client is None or secret.is_due:
        secret.check()
    _check_file(name, secret, observed)
    if client is None:
        return Plan({}, _shown(fields), (Step((f"create the OAuth client {name}",), partial(_create, fields, secret)),))
    changes = sorted(key for key, value in fields.items() if not _same(key, value, client.get(key)))
    after = _merged(client, fields)
    shown = _shown(after)
    if changes:
        body = {key: value for key, value in after.items() if key not in _READ_ONLY}
        step = partial(_replace, client["id"], body)
        steps = (Step((f"change {', '.join(changes)} of the OAuth client {name}",), step),)
    if secret.is_due:
        steps += (Step((f"renew the secret of the OAuth client {name}",), partial(_renew, client["id"], name, secret)),)
        shown["secrets_to_write"] = ["client_secret"]
    elif secret.file is not None and not secret.told and secret.is_lost:
        has = "does not contain its secret" if secret.file.exists else "does not exist"
        raise InvalidInput(
            "secret_file",
            f"the OAuth client {name} exists, but {secret.file.path} {has}. The secret can't be read again",
            f"Set secret_file to the file with the secret, or create a new secret with {_ROTATE}. The old secret stops "
            "working then",
        )
    elif secret.file is not None and secret.file.is_open(*_VARIABLES):
        steps += (Step((f"let only the owner read {secret.file.path}",), partial(_protect, secret.file)),)
        shown["secret_file_mode"] = "0600"
    return Plan(before, shown if steps else before, steps)


def _check_file(name: str, secret: _Secret, observed: Observed) -> None:
    """Raise InvalidInput if the file contains the secret of another client."""
    identifier = secret.client_id
    if secret.file is None or identifier is None or secret.told:
        return
    ids = [str(item.get("id")) for item in observed.named]
    if identifier.lower() in map(str.lower, ids):
        return
    kept = observed.kept
    holds = f"{secret.file.path} contains the secret of the OAuth client {identifier}"
    if kept is not None:
        raise InvalidInput(
            "secret_file",
            f"{holds}, whose name is {kept.get('name')}, not {name}",
            "Use another file, because the file is replaced as a whole",
        )
    if not secret.is_due:
        there = f"The client {name} has the ID {', '.join(ids)}" if ids else f"There is no client {name}"
        raise InvalidInput(
            "secret_file",
            f"{holds}, but that client does not exist. {there}",
            f"Remove the file if that client was deleted, or create a new secret with {_ROTATE}",
        )


def run(task: Run) -> dict[str, Any]:
    """Run gc_oauth_client."""
    params = task.params
    name = checks.not_empty("name", params["name"])
    state = params["state"]
    patience = settle_timeout(params)
    file = secret_file(params, task.python, check_mode=task.check_mode)
    client = access_client(task)
    fields = fields_of(task, _role_divisions(task, client) if state != "absent" else None)
    secret = _Secret(file, state == "rotated", patience)
    observe = partial(look, name, secret, client)
    outcome = reconcile(task, client, observe, partial(plan, name, fields, secret, state))
    if state == "absent":
        return {**outcome.result, "created": False, "oauth_client": {}}
    if secret.created and not awaited(lambda: _is_listed(secret.told["id"], name, client), patience):
        task.warn(
            f"The OAuth client {name} was created, but it is not in the list of OAuth clients after {patience:g} s. "
            "Wait until it is there before the next run. Otherwise that run could create a second one, unless "
            "secret_file contains the ID of this one."
        )
    known = secret.told or next(iter(outcome.observed.named), {})
    after = outcome.plan.after
    shown = {key: value for key, value in after.items() if key not in ("secrets_to_write", "secret_file_mode")}
    return {
        **outcome.result,
        "created": secret.created or (task.check_mode and not outcome.plan.before),
        "oauth_client": {**shown, "id": known.get("id")},
        "client_secret": secret.told.get("secret"),
    }


def _is_listed(identifier: str, name: str, client: CloudAccess) -> bool | None:
    """Return True if the client is in the list, otherwise None."""
    return any(item.get("id") == identifier for item in client.clients(name)) or None


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
    """Return True if the observed value contains the desired one. Ignore what the server adds."""
    if isinstance(asked, dict) and isinstance(seen, dict):
        return all(_is_part(value, seen.get(key)) for key, value in asked.items())
    if isinstance(asked, list) and isinstance(seen, list):
        return len(asked) == len(seen) and all(map(_is_part, asked, seen))
    return checks.as_text(asked or "") == checks.as_text(seen or "")


def _merged(seen: Any, asked: Any) -> Any:
    """Return the observed value, updated with the desired one."""
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
        created = appeared(error, lambda: the_only("name", name, client.clients(name), "OAuth client"), secret.patience)
        # Its secret was in the lost answer.
        secret.is_due = True
        secret.created = True
        told = client.renew_secret(created["id"], name)
    secret.created = True
    secret.keep(told)


def _renew(identifier: str, name: str, secret: _Secret, client: CloudAccess) -> None:
    secret.prepare()
    secret.keep(client.renew_secret(identifier, name))


def _protect(file: SecretFile, _client: CloudAccess) -> None:
    file.close()


def _replace(identifier: str, body: Document, client: CloudAccess) -> None:
    client.replace_client(identifier, body)


def _delete(document: Document, client: CloudAccess) -> None:
    """Delete a client. The server wants it to be inactive first."""
    if document.get("state") != "inactive":
        body = {key: value for key, value in document.items() if key not in _READ_ONLY}
        client.replace_client(document["id"], {**body, "state": "inactive"})
    client.delete_client(document["id"], document["name"])
