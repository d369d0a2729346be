# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sender IDs: sections of the transaction NexusServices with the channelType sms (contract section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from .._core import checks
from .._core.checks import number_key, phone_number
from .._core.errors import InvalidInput
from .._core.task import Plan, Run, reconcile
from . import webhook_headers
from .options import configuration_client
from .sections import Configuration, Sections, Transaction
from .sender_id_rules import (
    LISTED,
    SENDER_ID,
    SenderId,
    ToBeBought,
    bare_endpoint,
    endpoint_name,
    has_guides_form,
    new_section_name,
    section_name,
    shared,
    twice,
)
from .transaction import Change, confirm_tenant, read_transaction

# The values that Genesys' guide requires. A new section gets them.
REQUIRED = {
    "channelType": "sms",
    "interactionSubtype": "SMS",
    "interactionType": "Inbound",
    "media": "chat",
}
# The values that Genesys' guide defines for missing options. An existing section may lack these options.
DEFAULTS = {
    "cxcOnly": "false",
    "provider": "Portico",
}

# Option of the module, and its key in the section.
KEYS = {
    "channel_id": "channelId",
    "endpoint": "endpoint",
    "interaction_subtype": "interactionSubtype",
    "interaction_type": "interactionType",
    "media": "media",
    "cxc_only": "cxcOnly",
    "provider": "provider",
}
_TYPE = "channelType"
# People may have written keys in another case.
_KNOWN = {key.casefold(): key for key in (*KEYS.values(), *REQUIRED)}
_PROVIDERS = {name.casefold(): name for name in SENDER_ID["provider"]["choices"]}


INFO: dict[str, Any] = {
    "name": {
        "type": "str",
        "description": """
            Return only the sender ID in the section with this name, or with this name and V(chat.) in front.
        """,
    },
    "channel_id": {
        "type": "str",
        "description": "Return only the sender IDs with this number, in any spelling.",
    },
}
"""The options of nexus_sender_id_info."""


OPTIONS: dict[str, Any] = {
    "sender_ids": {
        "type": "list",
        "description": "The sender IDs.",
        "elements": "dict",
        "required": True,
        "options": LISTED,
    },
    "provider": {
        **SENDER_ID["provider"],
        "description": "Option C(provider) of the listed sender IDs that do not set their own.",
    },
    "state": {
        **SENDER_ID["state"],
        "default": "present",
        "description": "V(absent) removes all listed sender IDs, whatever their own state.",
    },
    "slots": {
        "type": "dict",
        "description": """
            - Numbers by slot, as M(cxops.genesys_sms.gc_tollfree_numbers) returns them.
            - In check mode a slot may be missing here, because a real run would buy its number first.
        """,
    },
    "purge": {
        "type": "bool",
        "description": """
            - Whether to delete the sender IDs that are not listed.
            - A sender ID whose name or key does not follow Genesys' guide stays, because something else may
              use it. RV(not_purged) and a warning name it. To delete it, list it with
              O(sender_ids[].state=absent).
        """,
        "default": False,
    },
    "purge_options": {
        "type": "bool",
        "description": """
            Whether to remove the options of a listed sender ID that are neither listed nor in Genesys' guide.
        """,
        "default": False,
    },
    "webhook_headers": {
        "type": "dict",
        "description": """
            - Custom headers of the webhooks, as M(cxops.genesys_sms.nexus_webhook_headers) takes them. They are written
              together with the sender IDs.
            - So a tenant with both needs only one session. Genesys Web Services may take long to start one.
        """,
        "options": webhook_headers.OPTIONS,
        "version_added": "0.6.0",
    },
}
"""The options of nexus_sender_ids."""


ONE: dict[str, Any] = {
    **SENDER_ID,
    "state": {**SENDER_ID["state"], "default": "present"},
    "purge_options": OPTIONS["purge_options"],
}
"""The options of nexus_sender_id."""


@dataclass(frozen=True)
class Desired:
    """The sender IDs of a tenant as the user wants them.

    :arg purge: delete the sender IDs that are not listed, if their name and key follow Genesys' guide.
    :arg purge_options: delete options of listed sender IDs that are neither listed nor in Genesys' guide.
    :arg headers: the headers to write together with them.
    :arg moved: for sender IDs that are not listed and stay: by their provider, the one that they get. Others keep
        theirs.
    """

    sender_ids: tuple[SenderId, ...]
    purge: bool
    purge_options: bool
    headers: webhook_headers.Desired | None = None
    moved: Mapping[str, str] = field(default_factory=dict)


def parse(run: Run) -> Desired:
    """Return what the parameters of nexus_sender_ids ask for; raise InvalidInput if they are invalid."""
    params = run.params
    items = [
        _parse_item(run, _resolved(run, _inherit(run, item, number), number), ("sender_ids", number), _place(number))
        for number, item in enumerate(params["sender_ids"])
    ]
    headers = None if params["webhook_headers"] is None else webhook_headers.parse(run, "webhook_headers")
    return Desired(tuple(items), params["purge"], params["purge_options"], headers)


def parse_one(run: Run) -> Desired:
    """Return what the parameters of nexus_sender_id ask for; raise InvalidInput if they are invalid."""
    return Desired((_parse_item(run, run.params, (), ""),), purge=False, purge_options=run.params["purge_options"])


def plan(desired: Desired, transaction: Transaction) -> Plan[Configuration]:
    """Return the plan from the tenant's sections to the desired ones, with at most one write.

    :raises InvalidInput: a section belongs to another medium or is listed twice, a new section lacks a required option
        or its name does not follow Genesys' guide, a number is in use, or a new header has no value.
    """
    return change(desired, transaction.sections).plan(transaction)


def change(desired: Desired, before: Sections) -> Change:
    """Return the change from the tenant's sections to the desired ones; raise InvalidInput as plan() does."""
    if desired.headers is None:
        return _change(desired, before)
    headers = webhook_headers.change(desired.headers, before)
    own = _change(desired, headers.sections)
    shown = [{desired.headers.section: state} if state else {} for state in (headers.before, headers.after)]
    return Change(
        own.sections,
        (*headers.sentences, *own.sentences),
        {**shown[0], **own.before},
        {**shown[1], **own.after},
    )


def _change(desired: Desired, before: Sections) -> Change:
    """Return the change from the tenant's sender IDs to the desired ones."""
    after: Sections = dict(before)
    listed = _listed(desired, before)
    for section, item in listed.items():
        existing = before.get(section)
        if existing is not None and not is_sender_id(existing):
            raise InvalidInput(
                f"{item.parameter}name",
                f"the section {section} is not a sender ID: its channelType is {_quoted(existing.get(_TYPE))}",
                "Choose another name. Sections of other media are never changed",
            )
        if not item.present:
            after.pop(section, None)
        elif existing is None:
            after[new_section_name(f"{item.parameter}name", item.name)] = _created(item)
        else:
            after[section] = _updated(item, existing, desired.purge_options)
    if desired.purge:
        after = {name: options for name, options in after.items() if name in listed or not _is_purged(name, options)}
    for name, options in before.items() if desired.moved else ():
        if name in after and name not in listed and is_sender_id(options):
            provider = desired.moved.get(str(describe(name, options).get("provider")))
            if provider is not None:
                after[name] = _updated(SenderId("", name, options={"provider": provider}), options, False)
    _refuse_similar_names(listed, before, after)
    _refuse_taken_numbers(listed, before, after)
    touched = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    sentences = tuple(_sentence(name, before.get(name), after.get(name)) for name in touched)
    return Change(after, sentences, _pick(before, touched), _pick(after, touched))


def observe(task: Run, client: Configuration, desired: Desired) -> Transaction:
    """Return the transaction. If headers are to be written too, their values become secrets."""
    headers = desired.headers
    return read_transaction(task, client) if headers is None else webhook_headers.observe(task, client, headers)


def apply_plan(task: Run, desired: Desired) -> tuple[Sections, dict[str, Any]]:
    """Change the tenant's sections to the desired ones; return the sections after that, and the result."""
    client = configuration_client(task)
    confirm_tenant(task, client)
    headers = desired.headers
    outcome = reconcile(task, client, partial(observe, task, client, desired), partial(plan, desired))
    result = outcome.result
    if headers is not None:
        after = outcome.plan.after.get(headers.section, {})
        result["webhook_headers"] = webhook_headers.told(task, headers, outcome.found.sections, after)
    changed = {*outcome.plan.before, *outcome.plan.after}
    now = {name: options for name, options in outcome.observed.sections.items() if name not in changed}
    return {**now, **outcome.plan.after}, result


def run(task: Run) -> dict[str, Any]:
    """Run nexus_sender_ids."""
    desired = parse(task)
    sections, result = apply_plan(task, desired)
    listed = _listed(desired, sections)
    _warn_of_half_made(task, sections, listed)
    if desired.purge:
        left = sorted(name for name, options in sections.items() if is_sender_id(options) and name not in listed)
        result["not_purged"] = left
        if left:
            task.warn(
                f"purge did not delete {', '.join(left)}: the name, or the spelling of the option channelType, does "
                "not follow Genesys' guide, so something else may use the section. To delete one, list it with state "
                "absent. To keep one, list it."
            )
    return {**result, "sender_ids": describe_all(sections)}


def run_one(task: Run) -> dict[str, Any]:
    """Run nexus_sender_id."""
    desired = parse_one(task)
    sections, result = apply_plan(task, desired)
    listed = _listed(desired, sections)
    _warn_of_half_made(task, sections, listed)
    section = next(iter(listed))
    return {**result, "sender_id": describe(section, sections[section]) if section in sections else {}}


def info(task: Run) -> dict[str, Any]:
    """Run nexus_sender_id_info."""
    name, number = task.params["name"], task.params["channel_id"]
    names = None if name is None else {name, section_name("name", name)}
    if number is not None:
        number = phone_number("channel_id", number_key(number))
    client = configuration_client(task)
    confirm_tenant(task, client)
    sections = read_transaction(task, client).sections
    return {
        "changed": False,
        "sender_ids": [
            describe(section, options)
            for section, options in sorted(sections.items())
            if is_sender_id(options)
            and (names is None or section in names)
            and (number is None or number in _numbers(options))
        ],
    }


def is_sender_id(options: dict[str, str]) -> bool:
    """Return True if a section is a sender ID. Its name does not matter: other media have the prefix chat. too."""
    return any(key == _TYPE and value.strip().lower() == "sms" for key, value in _known(options))


def describe(section: str, options: dict[str, str]) -> dict[str, Any]:
    """Return a section as options of the modules. Given back to them, it changes nothing.

    Missing options are left out. Values that no option of the module accepts are among the further options.
    """
    spelled = _spelling(options)
    described: dict[str, Any] = {"name": section}
    further = {key: value for key, value in options.items() if key not in spelled.values()}
    for option, key in KEYS.items():
        value = options[spelled[key]] if key in spelled else ""
        if not value.strip():
            value = DEFAULTS.get(key, "")
        if not value:
            continue
        word = _word(key, value)
        if word is not None:
            described[option] = word
        else:
            further[spelled[key]] = value
    return {**described, "options": further}


def _word(key: str, value: str) -> str | bool | None:
    """Return a value of a section as the option accepts it; None if the option does not accept it."""
    if key == "cxcOnly":
        return _is_true(value)
    if key == "provider":
        return _PROVIDERS.get(value.strip().casefold())
    try:
        if key == "channelId":
            return phone_number(key, number_key(value))
        if key == "endpoint":
            endpoint_name(key, value)
    except InvalidInput:
        return None
    return value


def describe_all(sections: Sections) -> list[dict[str, Any]]:
    """Return the sender IDs among sections, sorted by name."""
    return [describe(name, options) for name, options in sorted(sections.items()) if is_sender_id(options)]


@lru_cache(maxsize=1024)
def _guides_key(key: str) -> str | None:
    """Return the key as Genesys' guide spells it, ignoring case and whitespace; None if the guide has no such key.

    Cached, because all sections of a tenant have the same few keys.
    """
    return _KNOWN.get(key.strip().casefold())


def _known(options: dict[str, str]) -> list[tuple[str, str]]:
    """Return the options whose key is in Genesys' guide, by the key as the guide spells it."""
    return [(known, value) for key, value in options.items() if (known := _guides_key(key)) is not None]


def _spelling(options: dict[str, str]) -> dict[str, str]:
    """Return the section's spelling of each key of Genesys' guide. Of two spellings, prefer the guide's."""
    spelled: dict[str, str] = {}
    for key in sorted(options):
        known = _guides_key(key)
        if known is not None and (known not in spelled or key == known):
            spelled[known] = key
    return spelled


def _numbers(options: dict[str, str]) -> set[str]:
    """Return the numbers of a section as digits. There are several if it has several spellings of the key."""
    return {number_key(value) for key, value in _known(options) if key == "channelId" and value.strip()}


def _is_purged(section: str, options: dict[str, str]) -> bool:
    """Return True if purge deletes the section. One that does not follow Genesys' guide may have another use."""
    return has_guides_form(section) and _TYPE in options and is_sender_id({_TYPE: options[_TYPE]})


def _listed(desired: Desired, sections: Sections) -> dict[str, SenderId]:
    """Return the desired sender IDs by section."""
    names = {item.name for item in desired.sender_ids}
    listed: dict[str, SenderId] = {}
    for item in desired.sender_ids:
        section = _section_of(item, names, sections)
        if section in listed:
            raise twice(item, section, listed[section])
        listed[section] = item
    return listed


def _section_of(item: SenderId, names: set[str], sections: Sections) -> str:
    """Return the section of a sender ID: a sender ID with exactly this name, else the name with the prefix."""
    if item.name == item.section:
        return item.section
    if not is_sender_id(sections.get(item.name, {})):
        # A list may remove A beside chat.A. It still means these two after A is gone.
        return item.name if item.section in names and not item.present else item.section
    if item.section not in names and is_sender_id(sections.get(item.section, {})):
        raise InvalidInput(
            f"{item.parameter}name",
            f"there are two sender IDs of this name, {item.name} and {item.section}",
            f"If you mean {item.section}, write this whole name. If you mean {item.name}, list both sender IDs in one "
            "task of nexus_sender_ids",
        )
    return item.name


def _warn_of_half_made(task: Run, sections: Sections, listed: dict[str, SenderId]) -> None:
    """Warn of listed sections that lack an option which Genesys' guide requires. They may be so on purpose."""
    wanted = {*REQUIRED, "channelId", "endpoint"}
    for section in sorted(set(listed) & set(sections)):
        has = {key for key, value in _known(sections[section]) if value.strip()}
        lacking = [option for option, key in KEYS.items() if key in wanted - has]
        if lacking:
            task.warn(
                f"The section {section} lacks {', '.join(lacking)}, which Genesys' guide requires. Set these options. "
                "If you set interaction_subtype, interaction_type or media to null, it gets the value of the guide."
            )


def _inherit(run: Run, item: dict[str, Any], number: int) -> dict[str, Any]:
    """Return an item with the list's provider if it has none of its own, and absent if the list is absent."""
    inherited = dict(item)
    has_own = any(_guides_key(str(key)) == "provider" for key in item["options"] or ())
    if item["provider"] is None and not has_own and not run.is_null("sender_ids", number, "provider"):
        inherited["provider"] = run.params["provider"]
    if run.params["state"] == "absent":
        inherited["state"] = "absent"
    return inherited


def _place(number: int) -> str:
    return f"sender_ids[{number}]."


def _resolved(run: Run, item: dict[str, Any], number: int) -> dict[str, Any]:
    """Return an item of the list with the number of its slot, if it has a slot."""
    slot = item["slot"]
    if slot is None or item["state"] == "absent":
        return item
    if item["channel_id"] is not None:
        raise InvalidInput(f"{_place(number)}slot", "channel_id is set too", "Set one of them")
    bought = (run.params["slots"] or {}).get(slot)
    if bought is None and not run.check_mode:
        raise InvalidInput(
            f"{_place(number)}slot",
            f"the option slots has no number for the slot {slot}",
            "Give slots as gc_tollfree_numbers returns them",
        )
    return {**item, "channel_id": ToBeBought(f"(to be bought for the slot {slot})") if bought is None else str(bought)}


def _parse_item(run: Run, item: dict[str, Any], path: tuple[str | int, ...], parameter: str) -> SenderId:
    name = checks.not_empty(f"{parameter}name", item["name"])
    if item["state"] == "absent":
        return SenderId(parameter, name, present=False)
    options: dict[str, str | None] = {}
    for option, key in KEYS.items():
        value = item[option]
        if value is not None:
            options[key] = _parse_value(f"{parameter}{option}", key, value)
        elif run.is_null(*path, option):
            options[key] = None
            if option in ("channel_id", "endpoint"):
                raise InvalidInput(f"{parameter}{option}", "it is null", "A sender ID needs it. Give a value")
    extras: dict[str, str | None] = {}
    for key, value in (item["options"] or {}).items():
        if isinstance(value, (dict, list)):
            raise InvalidInput(
                f"{parameter}options.{key}", "must be a string, not a list or a dictionary", "Give a string"
            )
        extras[key] = None if value is None else checks.as_text(value)
    return SenderId(parameter, name, options=options, extras=extras)


def _parse_value(parameter: str, key: str, value: Any) -> str:
    if key == "channelId":
        return value if isinstance(value, ToBeBought) else phone_number(parameter, value)
    if key == "endpoint":
        # Keep the prefix as the user wrote it: a value with the prefix adds it to an existing value without it.
        endpoint_name(parameter, value)
        return str(value)
    return checks.not_empty(parameter, checks.as_text(value))


def _to_write(key: str, value: str) -> str:
    return endpoint_name(key, value) if key == "endpoint" else value


def _created(item: SenderId) -> dict[str, str]:
    """Return a new section: the listed options, and the values of Genesys' guide for the others."""
    for option in ("channel_id", "endpoint"):
        if KEYS[option] not in item.options:
            raise InvalidInput(
                f"{item.parameter}{option}",
                f"it is missing, and the section {item.section} does not exist yet",
                "A new sender ID needs a number and an endpoint",
            )
    asked = {key: _to_write(key, value) for key, value in item.options.items() if value is not None}
    return {**REQUIRED, **DEFAULTS, **asked, **_further(item, {})}


def _updated(item: SenderId, existing: dict[str, str], purge_options: bool) -> dict[str, str]:
    """Return an existing section with the listed options. Values with the same meaning keep their spelling."""
    options = dict(existing)
    spelled = _spelling(existing)
    for key, value in item.options.items():
        seen = existing.get(spelled.get(key, key))
        default = {**DEFAULTS, **REQUIRED}.get(key)
        if _same(key, str(default) if value is None else value, seen):
            continue
        for same in [name for name in options if _guides_key(name) == key]:
            del options[same]
        if value is not None:
            options[key] = _to_write(key, value)
        elif key in REQUIRED:
            options[key] = REQUIRED[key]
    further = _further(item, existing)
    for name in item.extras:
        if name not in further:
            options.pop(name, None)
    options.update(further)
    if purge_options:
        options = {key: value for key, value in options.items() if _guides_key(key) is not None or key in item.extras}
    return options


def _further(item: SenderId, existing: dict[str, str]) -> dict[str, str]:
    """Return the further options. A key of Genesys' guide is accepted only with the value that the section has."""
    spelled = _spelling(existing)
    for key, value in item.extras.items():
        known = _guides_key(key)
        has_option = known in item.options and spelled.get(known, known) == key
        if known is not None and (has_option or value is None or existing.get(key) != value):
            option = next((option for option, name in KEYS.items() if name == known), None)
            problem, remedy = (
                ("this key has an option of its own", f"Use the option {option}")
                if option
                else ("this key is fixed", "Leave it out. The channelType of a sender ID is sms")
            )
            raise InvalidInput(f"{item.parameter}options.{key}", problem, remedy)
    return {key: value for key, value in item.extras.items() if value is not None}


def _same(key: str, asked: str, seen: str | None) -> bool:
    """Return True if both values mean the same. An empty value means the default of Genesys' guide, if there is one."""
    if seen is None or not seen.strip():
        return asked == seen or asked == DEFAULTS.get(key)
    if key == "cxcOnly":
        return _is_true(asked) == _is_true(seen)
    if key == "channelId":
        return number_key(asked) == number_key(seen)
    if key == "provider":
        return asked.strip().casefold() == seen.strip().casefold()
    if key == "endpoint":
        # If the user omits the prefix, both spellings are equal. If the user writes it, the section must have it.
        has_prefix = bare_endpoint(seen) != seen
        return asked == seen or (has_prefix and bare_endpoint(asked) == bare_endpoint(seen))
    return asked == seen


def _refuse_similar_names(listed: dict[str, SenderId], before: Sections, after: Sections) -> None:
    """Raise InvalidInput if the name of a new section differs from another one only in case."""
    names: dict[str, list[str]] = {}
    for name in after:
        names.setdefault(name.casefold(), []).append(name)
    for section, item in listed.items():
        other = next((name for name in names.get(section.casefold(), ()) if name != section), None)
        if section in after and section not in before and other is not None:
            raise InvalidInput(
                f"{item.parameter}name",
                f"the section {section} would differ from {other} only in upper and lower case",
                f"Write {other} if you mean that section, or choose another name",
            )


def _refuse_taken_numbers(listed: dict[str, SenderId], before: Sections, after: Sections) -> None:
    """Raise InvalidInput if a number that is new in one section is in another one too."""
    order = list(listed)
    new = {
        section: _numbers(after[section]) - _numbers(before.get(section, {})) for section in order if section in after
    }
    if not any(new.values()):
        return
    holders: dict[str, list[str]] = {}
    for name, options in after.items():
        for number in _numbers(options) if _may_be_sms(options) else ():
            holders.setdefault(number, []).append(name)
    for place, section in enumerate(order):
        for number in sorted(new.get(section, ())):
            # If two sections get the same number now, report the later one.
            now = {name for name in order[place:] if number in new.get(name, ())}
            other = next((name for name in holders.get(number, ()) if name not in now), None)
            if other in listed:
                raise shared(listed[section], number, listed[other])
            if other is not None:
                raise InvalidInput(
                    f"{listed[section].parameter}channel_id",
                    f"the number {number} is already in the section {other} of this tenant",
                    f"Remove {other} with state absent, or use another number",
                )


def _may_be_sms(options: dict[str, str]) -> bool:
    """Return True if a section may hold a number for SMS. Without a channelType, its interactionSubtype decides."""
    types = {value.strip().lower() for key, value in _known(options) if key == _TYPE} - {""}
    subtypes = {value.strip().lower() for key, value in _known(options) if key == "interactionSubtype"}
    return "sms" in types or (not types and "sms" in subtypes)


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
