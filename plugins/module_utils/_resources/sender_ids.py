# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sender IDs: the sections of the transaction NexusServices whose channelType is sms (contract section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._arguments import configuration_client
from ansible_collections.cxops.genesys_sms.plugins.module_utils._clients.configuration import (
    Configuration,
    Sections,
    Transaction,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources.sender_id import (
    PREFIX,
    SENDER_ID,
    SenderId,
    ToBeBought,
    channel_id,
    conflicts,
    endpoint_name,
    section_name,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources.transaction import (
    read_transaction,
    write_step,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._task import Plan, Run, reconcile

# The guide tells what belongs in a section. A half-made section gets what it lacks of these.
REQUIRED = {
    "channelType": "sms",
    "interactionSubtype": "SMS",
    "interactionType": "Inbound",
    "media": "chat",
}
# For these the guide tells what a missing one means, so that they may be missing in a section that exists.
DEFAULTS = {
    "cxcOnly": "false",
    "provider": "Portico",
}

# Option of the module, and the key in the section that it stands for.
KEYS = {
    "channel_id": "channelId",
    "endpoint": "endpoint",
    "interaction_subtype": "interactionSubtype",
    "interaction_type": "interactionType",
    "media": "media",
    "cxc_only": "cxcOnly",
    "provider": "provider",
}
_KNOWN = {*KEYS.values(), *REQUIRED}


SHARED: dict[str, Any] = {
    "provider": SENDER_ID["provider"],
    "state": {**SENDER_ID["state"], "default": "present"},
}
"""The options that a list has once for all sender IDs which do not have them."""


@dataclass(frozen=True)
class Desired:
    """What the user asks of the tenant.

    :arg purge: delete the sender IDs that are not listed.
    :arg purge_options: delete the options of listed sender IDs that were not asked for and are none of the guide's.
    """

    sender_ids: tuple[SenderId, ...]
    purge: bool = False
    purge_options: bool = False


def parse(run: Run) -> Desired:
    """Return what the parameters of nexus_sender_ids ask for; raise InvalidInput where they can't be."""
    params = run.params
    items = [
        _parse_item(run, _resolved(run, _inherit(run, item, number), number), ("sender_ids", number), _place(number))
        for number, item in enumerate(params["sender_ids"])
    ]
    desired = Desired(tuple(items), params["purge"], params["purge_options"])
    problems = conflicts(desired.sender_ids)
    if problems:
        raise problems[0]
    return desired


def parse_one(run: Run) -> Desired:
    """Return what the parameters of nexus_sender_id ask for; raise InvalidInput where they can't be."""
    return Desired((_parse_item(run, run.params, (), ""),), purge_options=run.params["purge_options"])


def plan(desired: Desired, transaction: Transaction) -> Plan[Configuration]:
    """Return what leads from the tenant's sections to the desired ones, in at most one write.

    :raises InvalidInput: a section belongs to another medium, a new one lacks what it needs, or a number is taken.
    """
    before = transaction.sections
    after: Sections = dict(before)
    for item in desired.sender_ids:
        existing = before.get(item.section)
        if existing is not None and not is_sender_id(item.section, existing):
            raise InvalidInput(
                f"{item.parameter}name",
                f"the section {item.section} exists and is no sender ID, "
                f"its channelType is {_quoted(existing.get('channelType'))}",
                "Choose another name; sections of other media are never touched",
            )
        if not item.present:
            after.pop(item.section, None)
        elif existing is None:
            after[item.section] = _created(item)
        else:
            after[item.section] = _updated(item, existing, desired.purge_options)
    if desired.purge:
        listed = {item.section for item in desired.sender_ids}
        after = {name: options for name, options in after.items() if name in listed or not is_sender_id(name, options)}
    _refuse_taken_numbers(desired, before, after)
    touched = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    if not touched:
        return Plan({}, {})
    sentences = tuple(_sentence(name, before.get(name), after.get(name)) for name in touched)
    step = write_step(sentences, transaction, after)
    return Plan(_pick(before, touched), _pick(after, touched), (step,))


def apply_plan(task: Run, desired: Desired) -> tuple[Sections, dict[str, Any]]:
    """Bring the tenant's sections to the desired ones; return them as they are then, and the result."""
    client = configuration_client(task)
    seen: Sections = {}

    def observe() -> Transaction:
        transaction = read_transaction(task, client)
        seen.clear()
        seen.update(transaction.sections)
        return transaction

    first, result = reconcile(task, client, observe, partial(plan, desired))
    changed = set(first.before) | set(first.after)
    now = {name: options for name, options in seen.items() if name not in changed}
    return {**now, **first.after}, result


def run(task: Run) -> dict[str, Any]:
    """Do what nexus_sender_ids does."""
    sections, result = apply_plan(task, parse(task))
    return {**result, "sender_ids": describe_all(sections)}


def run_one(task: Run) -> dict[str, Any]:
    """Do what nexus_sender_id does."""
    desired = parse_one(task)
    sections, result = apply_plan(task, desired)
    section = desired.sender_ids[0].section
    return {**result, "sender_id": describe(section, sections[section]) if section in sections else {}}


def info(task: Run) -> dict[str, Any]:
    """Do what nexus_sender_id_info does."""
    name, number = task.params["name"], task.params["channel_id"]
    section = section_name("name", name) if name is not None else None
    if number is not None:
        number = channel_id("channel_id", number)
    found = describe_all(read_transaction(task, configuration_client(task)).sections)
    return {
        "changed": False,
        "sender_ids": [
            item
            for item in found
            if (section is None or item["name"] == section) and (number is None or item["channel_id"] == number)
        ],
    }


def is_sender_id(section: str, options: dict[str, str]) -> bool:
    """Tell whether a section is a sender ID: sections of web chat and other media bear the same prefix."""
    return section.startswith(PREFIX) and options.get("channelType", "").strip().lower() == "sms"


def describe(section: str, options: dict[str, str]) -> dict[str, Any]:
    """Return a section in the words of the modules' options, so that it can be given back to them."""
    described: dict[str, Any] = {
        "name": section,
        **{option: options.get(key, DEFAULTS.get(key)) for option, key in KEYS.items()},
        "options": {key: value for key, value in options.items() if key not in _KNOWN},
    }
    return {**described, "cxc_only": _is_true(options.get("cxcOnly", DEFAULTS["cxcOnly"]))}


def describe_all(sections: Sections) -> list[dict[str, Any]]:
    """Return all sender IDs among sections, by name."""
    return [describe(name, sections[name]) for name in sorted(sections) if is_sender_id(name, sections[name])]


def _inherit(run: Run, item: dict[str, Any], number: int) -> dict[str, Any]:
    """Return an item of the list with the list's own provider where it has none, and absent where the list is."""
    inherited = dict(item)
    if item["provider"] is None and not run.is_null("sender_ids", number, "provider"):
        inherited["provider"] = run.params["provider"]
    if run.params["state"] == "absent":
        inherited["state"] = "absent"
    return inherited


def _place(number: int) -> str:
    return f"sender_ids[{number}]."


def _resolved(run: Run, item: dict[str, Any], number: int) -> dict[str, Any]:
    """Return an item of the list with the number of its slot, if it has one."""
    slot = item["slot"]
    if slot is None or item["state"] == "absent":
        return item
    if item["channel_id"] is not None:
        raise InvalidInput(f"{_place(number)}slot", "channel_id is set too", "Set one of them")
    bought = (run.params["slots"] or {}).get(slot)
    if bought is None and not run.check_mode:
        raise InvalidInput(
            f"{_place(number)}slot",
            f"there is no number for the slot {slot}",
            "Give the numbers by slot with the option slots, as gc_tollfree_numbers returns them",
        )
    return {**item, "channel_id": ToBeBought(f"(to be bought for the slot {slot})") if bought is None else str(bought)}


def _parse_item(run: Run, item: dict[str, Any], path: tuple[str | int, ...], parameter: str) -> SenderId:
    section = section_name(f"{parameter}name", item["name"])
    if item["state"] == "absent":
        return SenderId(parameter, section, present=False)
    options: dict[str, str | None] = {}
    for option, key in KEYS.items():
        value = item[option]
        if value is not None:
            options[key] = _parse_value(f"{parameter}{option}", option, value)
        elif run.is_null(*path, option):
            options[key] = None
            if option in ("channel_id", "endpoint"):
                raise InvalidInput(
                    f"{parameter}{option}", "it is null", "A sender ID can't do without it; give a value"
                )
    for key, value in (item["options"] or {}).items():
        # The server may know a key in any case; one that differs in case alone would be another one beside it.
        if key.strip().lower() in {name.lower() for name in _KNOWN}:
            known = next((option for option, name in KEYS.items() if name.lower() == key.strip().lower()), None)
            remedy = f"Use the option {known}" if known else "Leave it out: a sender ID has channelType sms"
            raise InvalidInput(f"{parameter}options.{key}", "this key has an option of its own or is fixed", remedy)
        if isinstance(value, (dict, list)):
            raise InvalidInput(f"{parameter}options.{key}", "the value is not a single one", "Give a text")
        options[key] = None if value is None else _checks.as_text(value)
    return SenderId(parameter, section, options=options)


def _parse_value(parameter: str, option: str, value: Any) -> str:
    if option == "channel_id":
        return value if isinstance(value, ToBeBought) else channel_id(parameter, value)
    if option == "endpoint":
        return endpoint_name(parameter, value)
    text = _checks.as_text(value)
    if not text.strip():
        raise InvalidInput(parameter, "it is empty", "Give a value, or leave the option out")
    return text


def _created(item: SenderId) -> dict[str, str]:
    """Return a new section: what was asked for, and the guide's values for the rest."""
    for option in ("channel_id", "endpoint"):
        if KEYS[option] not in item.options:
            raise InvalidInput(
                f"{item.parameter}{option}",
                f"it is missing, and the section {item.section} does not exist yet",
                "A new sender ID needs a number and an endpoint",
            )
    asked = {key: value for key, value in item.options.items() if value is not None}
    return {**REQUIRED, **DEFAULTS, **asked}


def _updated(item: SenderId, existing: dict[str, str], purge_options: bool) -> dict[str, str]:
    """Return an existing section with what was asked for; values that mean the same stay as they are written."""
    options = dict(existing)
    for key, default in REQUIRED.items():
        if not options.get(key) or (key in item.options and item.options[key] is None):
            options[key] = default
    for key, value in item.options.items():
        if value is None and key in DEFAULTS and _same(key, DEFAULTS[key], options.get(key)):
            continue
        if value is None and key not in REQUIRED:
            options.pop(key, None)
        elif value is not None and not _same(key, value, options.get(key)):
            options[key] = value
    if purge_options:
        options = {key: value for key, value in options.items() if key in _KNOWN or key in item.options}
    return options


def _same(key: str, asked: str, seen: str | None) -> bool:
    if seen is None:
        return asked == DEFAULTS.get(key)
    if key == "cxcOnly":
        return _is_true(asked) == _is_true(seen)
    return asked == seen


def _refuse_taken_numbers(desired: Desired, before: Sections, after: Sections) -> None:
    """Raise InvalidInput where a number would newly come to stand in two sections."""
    holders: dict[str, list[str]] = {}
    for name, options in after.items():
        if is_sender_id(name, options) and options.get("channelId"):
            holders.setdefault(options["channelId"], []).append(name)
    for item in desired.sender_ids:
        number = after.get(item.section, {}).get("channelId")
        if number is None or before.get(item.section, {}).get("channelId") == number:
            continue
        others = [name for name in holders.get(number, []) if name != item.section]
        if others:
            raise InvalidInput(
                f"{item.parameter}channel_id",
                f"the number {number} is already in the section {others[0]} of this tenant",
                f"Give {others[0]} the state absent, or use another number",
            )


def _sentence(name: str, before: dict[str, str] | None, after: dict[str, str] | None) -> str:
    if before is None:
        return f"create the sender ID {name}"
    if after is None:
        return f"delete the sender ID {name}"
    keys = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
    return f"change {', '.join(keys)} of the sender ID {name}"


def _pick(sections: Sections, names: list[str]) -> Sections:
    return {name: sections[name] for name in names if name in sections}


def _quoted(value: str | None) -> str:
    return f"'{value}'" if value else "missing"


def _is_true(value: str) -> bool:
    return value.strip().lower() in ("true", "yes", "on", "1")
