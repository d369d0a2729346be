# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Custom headers of webhooks: the ``header:*`` options in the section of the async provider (contract section 3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from .._core.errors import InvalidInput
from .._core.secrets import HIDDEN
from .._core.task import Plan, Run, reconcile
from .options import configuration_client
from .sections import Configuration, Sections, Transaction
from .transaction import TRANSACTION, Change, confirm_tenant, read_transaction
from .webhook_header_rules import HEADER, Header, conflicts, is_listable, parse_header

PREFIX = "header:"


OPTIONS: dict[str, Any] = {
    "headers": {
        "type": "list",
        "description": "The headers.",
        "elements": "dict",
        "required": True,
        "options": HEADER,
    },
    "section": {
        "type": "str",
        "description": """
            - Section of the async provider in the transaction C(NexusServices).
            - Genesys' guide does not give the name of this section. In sender IDs, the name of the async
              provider is C(Async).
        """,
        "default": "Async",
    },
    "purge": {
        "type": "bool",
        "description": """
            - Whether to remove the headers that are not listed.
            - Headers that can't be listed as present, such as C(Content-Type), stay, and a warning names them.
        """,
        "default": False,
    },
    "state": {
        "type": "str",
        "description": "V(absent) removes all listed headers, whatever their own state.",
        "choices": ["present", "absent"],
        "default": "present",
    },
}
"""The options of nexus_webhook_headers."""


@dataclass(frozen=True)
class Desired:
    """The headers of one section as the user wants them.

    :arg purge: remove the headers that are not listed, if a list may have them.
    """

    section: str
    headers: tuple[Header, ...]
    purge: bool


def parse(run: Run, *path: str) -> Desired:
    """Return what the parameters of nexus_webhook_headers ask for; raise InvalidInput if they are invalid.

    :arg path: the option that contains the parameters, if another module has them.
    """
    params = run.params
    for option in path:
        params = params[option]
    within = "".join(f"{option}." for option in path)
    section = params["section"]
    if not section.strip() or section != section.strip():
        raise InvalidInput(
            f"{within}section",
            "it is empty, or has whitespace at its start or end",
            "Give the name of the async provider",
        )
    headers = []
    for number, given in enumerate(params["headers"]):
        place = f"{within}headers[{number}]."
        header = parse_header(place, {**given, "state": "absent"} if params["state"] == "absent" else given)
        if header.present and run.is_null(*path, "headers", number, "value"):
            raise InvalidInput(f"{place}value", "it is null", "Give a value, or use state absent")
        headers.append(header)
    for problem in conflicts(headers):
        raise problem
    return Desired(section, tuple(headers), params["purge"])


def plan(desired: Desired, transaction: Transaction) -> Plan[Configuration]:
    """Return the plan from the headers of the section to the desired ones, with at most one write.

    :raises InvalidInput: a new header has no value.
    """
    return change(desired, transaction.sections).plan(transaction)


def change(desired: Desired, before: Sections) -> Change:
    """Return the change from the headers of the section to the desired ones; raise InvalidInput as plan() does."""
    options = before.get(desired.section, {})
    changed, sentences = _change(desired, options)
    if not sentences:
        return Change(before)
    after: Sections = {name: section for name, section in before.items() if name != desired.section}
    if changed:
        after[desired.section] = changed
    old = headers_of(options)
    written = [name for name, value in headers_of(changed).items() if old.get(name) != value]
    shown = _shown(desired.section, changed)
    return Change(
        after,
        tuple(sentences),
        _shown(desired.section, options),
        {**shown, "values_to_write": written} if written else shown,
    )


def _change(desired: Desired, options: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the new options of the section, and a sentence for each change."""
    changed = dict(options)
    sentences = []
    listed = set()
    for header in desired.headers:
        # HTTP ignores the case of header names, so keep the spelling on the server.
        same = [key for key in options if key.startswith(PREFIX) and key[len(PREFIX) :].lower() == header.name.lower()]
        if not header.present:
            for key in same:
                del changed[key]
                sentences.append(f"remove the header {called(key[len(PREFIX) :])}")
            continue
        key = same[0] if same else PREFIX + header.name
        # Without a value, keep all spellings: the user may mean any of them.
        listed.update(same if header.value is None else [key])
        if not same and header.value is None:
            raise InvalidInput(
                f"{header.parameter}value",
                f"it is missing, and the header {header.name} does not exist yet",
                "Give a value",
            )
        if header.value is not None and header.value != options.get(key):
            changed[key] = header.value
            sentences.append(f"{'change' if same else 'add'} the header {header.name}")
    unlisted = [PREFIX + name for name in headers_of(changed) if is_listable(name) and PREFIX + name not in listed]
    for key in unlisted if desired.purge else ():
        del changed[key]
        sentences.append(f"remove the header {called(key[len(PREFIX) :])}")
    return changed, sorted(sentences)


def run(task: Run) -> dict[str, Any]:
    """Run nexus_webhook_headers."""
    desired = parse(task)
    client = configuration_client(task)

    def confirmed(transaction: Transaction) -> Plan[Configuration]:
        made = plan(desired, transaction)
        # Check ccid only before a write, to save a request. nexus_sender_ids checks it for the tenant in any case.
        if made.steps:
            confirm_tenant(task, client)
        return made

    outcome = reconcile(task, client, partial(observe, task, client, desired), confirmed)
    return {**outcome.result, **told(task, desired, outcome.found.sections, outcome.plan.after)}


def observe(task: Run, client: Configuration, desired: Desired) -> Transaction:
    """Return the transaction. The values of the headers become secrets."""
    transaction = read_transaction(task, client)
    task.secrets.add(*headers_of(transaction.sections.get(desired.section, {})).values())
    return transaction


def told(task: Run, desired: Desired, before: Sections, after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers for a result. Warn of headers that need a person.

    :arg after: the state after the change, for the diff. It is empty if nothing changes.
    """
    found = before.get(desired.section, {})
    if after and not found:
        task.warn(
            f"The transaction {TRANSACTION} had no section {desired.section} before. Make sure that this is the "
            "section of your async provider. Otherwise Digital Channels does not read it."
        )
    now = after.get("headers", {}) if after else headers_of(found)
    left = sorted(name for name in now if not is_listable(name))
    if desired.purge and left:
        task.warn(
            f"purge did not remove {', '.join(map(repr, map(called, left)))}: each is not a valid name of a header, "
            "or a header that Digital Channels sets itself. To remove one, list it as it is written in the section, "
            "with state absent."
        )
    listed = {name.lower(): name for name in sorted(now, reverse=True) if name not in left}
    return {
        "section": desired.section,
        "headers": [{"name": name} for name in sorted(listed.values())],
        "not_purged": [called(name) for name in left],
    }


def called(name: str) -> str:
    """Return a name for display. Hide one with whitespace or a colon: it may be a whole header with its value."""
    return HIDDEN if re.search(r"[\s:]", name) else name


def headers_of(options: dict[str, str]) -> dict[str, str]:
    """Return the values of the headers among options, by name."""
    return {key[len(PREFIX) :]: value for key, value in options.items() if key.startswith(PREFIX)}


def _shown(section: str, options: dict[str, str]) -> dict[str, Any]:
    """Return the headers for display, with hidden values: a value is often a token."""
    return {"section": section, "headers": dict.fromkeys(sorted(map(called, headers_of(options))), HIDDEN)}
