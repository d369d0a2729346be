# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who has a role of Genesys Cloud CX, and in which division (contract section 6)."""

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
"""Stands for the ID of what an earlier task of a run in check mode would have created."""


OPTIONS: dict[str, Any] = {
    "subject_id": {
        "type": "str",
        "description": "Who the role is granted to, by ID. This or O(subject_email) is needed.",
    },
    "subject_email": {
        "type": "str",
        "description": "The user who the role is granted to, by e-mail address.",
    },
    "subject_type": {
        "type": "str",
        "description": "What O(subject_id) is.",
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
        "description": "ID of the division that the role is granted in. Left out, the home division.",
    },
    "settle_timeout": {
        "type": "float",
        "description": "Seconds to wait until the grant is seen.",
        "default": 30.0,
    },
    "state": {
        "type": "str",
        "description": "Whether the role is to be granted.",
        "choices": ["present", "absent"],
        "default": "present",
    },
}
"""The options of gc_role_grant."""


def run(task: Run) -> dict[str, Any]:
    """Do what gc_role_grant does."""
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
        sentence = f"{'grant' if present else 'revoke'} the role {name} {'to' if present else 'of'} {subject}"
        arguments = (subject, params["subject_type"], division, pair[0])
        call = partial(_grant, arguments, patience) if present else partial(_revoke, arguments)
        return Plan(before, after, (Step((sentence,), call),))

    outcome = reconcile(task, client, partial(client.grants, subject), plan)
    return {**outcome.result, "grant": outcome.plan.after}


def _subject(params: dict[str, Any]) -> tuple[str | None, str]:
    """Return the ID, or None and the e-mail address; raise InvalidInput where it is not clear who is meant."""
    identifier, email = params["subject_id"], params["subject_email"]
    if (identifier is None) is (email is None):
        raise InvalidInput(
            "subject_id",
            "neither it nor subject_email is set" if email is None else "subject_email is set too",
            "Give a user's e-mail address, or the ID of whoever gets the role",
        )
    if identifier is not None:
        return checks.uuid("subject_id", identifier, "Take the ID that Genesys Cloud CX shows"), ""
    if params["subject_type"] != "PC_USER":
        raise InvalidInput("subject_email", "only users are found by it", "Give subject_id")
    return None, checks.email_address("subject_email", email)


def _user_id(email: str, client: CloudAccess) -> str:
    user = the_only("subject_email", email, client.users(email), "user")
    if user is None:
        raise InvalidInput("subject_email", f"there is no user {email}", "Check the address, and the organization")
    return str(user["id"])


def division_id(params: dict[str, Any]) -> str | None:
    """Return the ID of the division that a task names; None where it names none."""
    value = params["division_id"]
    if value is None:
        return None
    return checks.uuid("division_id", value, "Take the ID that Genesys Cloud CX shows")


def role_id(task: Run, client: CloudAccess, parameter: str, name: str, *, needed: bool) -> str | None:
    """Return the ID of a role; None where there is none, and that is no reason to fail.

    :raises InvalidInput: there is none, or there are several, or one in upper and lower case of its own.
    """
    role = find(parameter, name, client.roles(name), needed=needed)
    if role is not None:
        return str(role["id"])
    if needed and not task.check_mode:
        raise InvalidInput(parameter, f"there is no role named {name}", "Create it with gc_role")
    if needed:
        task.warn(f"There is no role named {name}, unless an earlier task of the real run creates it.")
    return None


def _grant(arguments: tuple[str, str, str, str], patience: float, client: CloudAccess) -> None:
    """Grant a role, and wait until that is seen: what needs it next would fail."""
    subject, subject_type, division, role = arguments
    client.grant(subject, subject_type, division, role)
    if awaited(lambda: (role, division) in client.grants(subject) or None, patience) is None:
        raise NotSeen(
            f"The role {role} was granted to {subject}, and after {patience:g} s that is not seen yet. Raise "
            "settle_timeout, or run again."
        )


def _revoke(arguments: tuple[str, str, str, str], client: CloudAccess) -> bool:
    return client.revoke(*arguments)
