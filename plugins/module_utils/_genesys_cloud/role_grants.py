# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Grants of roles in Genesys Cloud CX (contract section 6)."""

from __future__ import annotations

from functools import partial
from typing import Any

from .._core import checks
from .._core.errors import InvalidInput, NotSeen
from .._core.task import Plan, Run, Step, awaited, reconcile
from .access_client import CloudAccess
from .options import access_client
from .roles import find, settle_timeout, the_only

NOT_YET = "(not there yet)"
"""Stands, in check mode, for the ID of an object that an earlier task would create."""


OPTIONS: dict[str, Any] = {
    "subject_id": {
        "type": "str",
        "description": "ID of the user, group or OAuth client. Either this or O(subject_email) is required.",
    },
    "subject_email": {
        "type": "str",
        "description": "E-mail address of the user.",
    },
    "subject_type": {
        "type": "str",
        "description": "The kind of subject that O(subject_id) is.",
        "choices": ["PC_USER", "PC_GROUP", "PC_OAUTH_CLIENT"],
        "default": "PC_USER",
    },
    "role": {
        "type": "str",
        "description": "Name of the role.",
        "required": True,
    },
    "division_id": {
        "type": "str",
        "description": "ID of the division in which the role is granted. The default is the home division.",
    },
    "settle_timeout": {
        "type": "float",
        "description": "Seconds to wait until the server returns the new grant.",
        "default": 30.0,
    },
    "state": {
        "type": "str",
        "description": "Whether the subject should have the role.",
        "choices": ["present", "absent"],
        "default": "present",
    },
}
"""The options of gc_role_grant."""


def run(task: Run) -> dict[str, Any]:
    """Run gc_role_grant."""
    params = task.params
    subject, email = _subject(params)
    patience = settle_timeout(params)
    name = checks.not_empty("role", params["role"])
    division = division_id(params)
    client = access_client(task)
    subject = subject or _user_id(email, client)
    present = params["state"] == "present"
    role = role_id(task, client, "role", name, needed=present)
    division = division or client.home_division()
    pair = (role or NOT_YET, division)
    where = {"subject_id": subject, "role": name, "role_id": role, "division_id": division}

    def plan(grants: set[tuple[str, str]]) -> Plan[CloudAccess]:
        has = pair in grants
        before, after = (where if has else {}), (where if present else {})
        if has == present:
            return Plan(before, after)
        sentence = f"{'grant' if present else 'revoke'} the role {name} {'to' if present else 'from'} {subject}"
        arguments = (subject, params["subject_type"], division, pair[0])
        call = partial(_grant, arguments, patience) if present else partial(_revoke, arguments)
        return Plan(before, after, (Step((sentence,), call),))

    outcome = reconcile(task, client, partial(client.grants, subject), plan)
    return {**outcome.result, "grant": outcome.plan.after}


def _subject(params: dict[str, Any]) -> tuple[str | None, str]:
    """Return the ID, or None and the e-mail address of the subject. Raise InvalidInput unless exactly one is set."""
    identifier, email = params["subject_id"], params["subject_email"]
    if (identifier is None) is (email is None):
        raise InvalidInput(
            "subject_id",
            "it is missing, and so is subject_email" if email is None else "subject_email is set too",
            "Set one of them: subject_email for a user, or subject_id for a user, a group or an OAuth client",
        )
    if identifier is not None:
        return checks.uuid("subject_id", identifier, "Use the ID that Genesys Cloud CX shows"), ""
    if params["subject_type"] != "PC_USER":
        raise InvalidInput("subject_email", "only a user can be found by e-mail address", "Use subject_id")
    return None, checks.email_address("subject_email", email)


def _user_id(email: str, client: CloudAccess) -> str:
    user = the_only("subject_email", email, client.users(email), "user")
    if user is None:
        raise InvalidInput("subject_email", f"there is no user {email}", "Check the address and the organization")
    return str(user["id"])


def division_id(params: dict[str, Any]) -> str | None:
    """Return the division ID of a task, or None if it has none."""
    value = params["division_id"]
    if value is None:
        return None
    return checks.uuid("division_id", value, "Use the ID that Genesys Cloud CX shows")


def role_id(task: Run, client: CloudAccess, parameter: str, name: str, *, needed: bool) -> str | None:
    """Return the ID of a role, or None if it does not exist.

    :arg needed: fail if the role does not exist. In check mode, warn: an earlier task may create it.
    :raises InvalidInput: the role is needed and does not exist, or several roles have the name, or one has it in
        another case.
    """
    role = find(parameter, name, client.roles(name), needed=needed)
    if role is not None:
        return str(role["id"])
    if needed and not task.check_mode:
        raise InvalidInput(parameter, f"the role {name} does not exist", "Create it with gc_role")
    if needed:
        task.warn(f"The role {name} does not exist. The real run fails unless an earlier task creates it.")
    return None


def _grant(arguments: tuple[str, str, str, str], patience: float, client: CloudAccess) -> None:
    """Grant a role, and wait until the server returns the grant. Otherwise the next task that needs it could fail."""
    subject, subject_type, division, role = arguments
    client.grant(subject, subject_type, division, role)
    if awaited(lambda: (role, division) in client.grants(subject) or None, patience) is None:
        raise NotSeen(
            f"The role {role} was granted to {subject}, but the server does not return the grant after {patience:g} s. "
            "Raise settle_timeout, or run again."
        )


def _revoke(arguments: tuple[str, str, str, str], client: CloudAccess) -> bool:
    return client.revoke(*arguments)
