# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong with the lists of an inventory: sender IDs, toll-free numbers, channels and headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .._configuration import sender_id_rules as sender_ids
from .._configuration import webhook_header_rules as headers
from .._core import checks as _checks
from .._core.checks import phone_number
from .._core.errors import InvalidInput
from .._core.input import check_input
from .._digital_channels import channel_rules as channels
from .._genesys_cloud.numbers import rules as tollfree

Check = Callable[[str, str], str]


@dataclass(frozen=True)
class _List:
    """An inventory variable that lists dictionaries.

    :arg checks: what each has to have, the first of them even if its state is absent.
    :arg instead: an option that one of these can be replaced by, with its check; and which one.
    :arg check: looks at the options of one that is to be there together.
    :arg absent: in place of the first check if its state is absent.
    """

    name: str
    spec: dict[str, Any]
    checks: dict[str, Check]
    instead: tuple[str, Check, str] | None = None
    check: Callable[[str, Mapping[str, Any]], None] | None = None
    absent: Check | None = None


@dataclass(frozen=True)
class _Item:
    """One of a list: what could be read of it."""

    parameter: str
    present: bool
    values: dict[str, str]


@dataclass(frozen=True)
class Number:
    """A number that a tenant has: where it stands, what it is, and its digits."""

    parameter: str
    kind: str
    digits: str


_SENDER_IDS = _List(
    "sender_ids",
    sender_ids.LISTED,
    {
        "name": sender_ids.section_name,
        "channel_id": phone_number,
        "endpoint": sender_ids.endpoint_name,
    },
    ("slot", tollfree.slot_name, "channel_id"),
)
_NUMBERS = _List(
    "tollfree_numbers",
    tollfree.LISTED,
    {"number": tollfree.number},
    ("slot", tollfree.slot_name, "number"),
    tollfree.check_item,
)
_CHANNELS = _List("custom_gateway_channels", channels.CHANNEL, channels.CHECKS, absent=_checks.not_empty)
_HEADERS = _List(
    "webhook_headers",
    headers.HEADER,
    {"name": headers.header_name, "value": _checks.header_value},
    absent=_checks.not_empty,
)
LISTED = {kind.name for kind in (_SENDER_IDS, _NUMBERS, _CHANNELS, _HEADERS)}
"""The variables that list what a tenant is to have."""


def list_problems(get: Callable[[str], Any]) -> tuple[list[Number], list[InvalidInput]]:
    """Return the numbers of a tenant, and what is wrong with its lists.

    :arg get: gives the value of a variable, None where it is not set.
    """
    # What can't be read in part is still compared with the others by the rest.
    found, errors = _items(_SENDER_IDS, get(_SENDER_IDS.name))
    ids = [
        sender_ids.SenderId(
            item.parameter,
            item.values.get("name", f"{item.parameter}name"),
            item.present,
            {"channelId": item.values["channel_id"]} if "channel_id" in item.values else {},
        )
        for item in found
    ]
    numbers = [
        Number(f"{item.parameter}channel_id", "number", number)
        for item in ids
        if (number := item.options.get("channelId"))
    ]
    errors += sender_ids.conflicts(ids)

    found_slots, wrong = _items(_NUMBERS, get(_NUMBERS.name))
    left = _left_alone(get(_NUMBERS.name), str(get("ccid") or ""))
    found_slots = [item for item in found_slots if item.parameter not in left]
    errors += wrong + _slot_problems(found_slots, found)
    numbers += [
        Number(f"{item.parameter}number", "toll-free number", item.values["number"])
        for item in found_slots
        if item.present and "number" in item.values
    ]

    found, wrong = _items(_CHANNELS, get(_CHANNELS.name))
    named = [
        channels.Channel(item.parameter, item.values["channel_id"], item.present)
        for item in found
        if "channel_id" in item.values
    ]
    # Whether tenants can share the domain of their e-mail is not known.
    numbers += [
        Number(f"{item.parameter}channel_id", "channel", item.channel_id)
        for item in named
        if item.present and item.channel_id.isdigit()
    ]
    errors += wrong + channels.conflicts(named)

    found, wrong = _items(_HEADERS, get(_HEADERS.name))
    sent = [headers.Header(item.parameter, item.values["name"]) for item in found if "name" in item.values]
    return numbers, errors + wrong + headers.conflicts(sent)


def _slot_problems(numbers: list[_Item], ids: list[_Item]) -> list[InvalidInput]:
    """Return what is wrong between the numbers of a tenant and its sender IDs."""
    named = [
        (item.parameter, option, item.values[option])
        for item in numbers
        for option in ("slot", "number")
        if option in item.values
    ]
    slots = {item.values["slot"]: item.present for item in numbers if "slot" in item.values}
    released = {item.values["number"]: item for item in numbers if "number" in item.values and not item.present}
    found = tollfree.conflicts(named)
    for item in ids:
        slot, number = item.values.get("slot"), item.values.get("channel_id", "")
        if not item.present:
            continue
        if slot is not None and number:
            found.append(InvalidInput(f"{item.parameter}slot", "channel_id is set too", "Set one of them"))
        elif slot is not None and not slots.get(slot):
            problem = "gives back the number of the slot" if slot in slots else "has no slot"
            found.append(
                InvalidInput(
                    f"{item.parameter}slot",
                    f"tollfree_numbers {problem} {slot}",
                    "Name one that is there, or set the state of the sender ID to absent",
                )
            )
        elif number in released:
            found.append(
                InvalidInput(
                    f"{item.parameter}channel_id",
                    f"the number {number} is given back by {released[number].parameter.rstrip('.')}",
                    "Set the state of the sender ID to absent",
                )
            )
    return found


def _left_alone(listed: Any, tenant: str) -> set[str]:
    """Return the places of the numbers that were read, and are not the tenant's: the module leaves them alone.

    :arg tenant: its ccid; empty where that comes from the environment alone.
    """
    found = set()
    for number, item in enumerate(listed if isinstance(listed, (list, tuple)) else ()):
        if isinstance(item, Mapping) and "ccid" in item:
            told = None if item["ccid"] is None else str(item["ccid"])
            if tollfree.is_of_another(tenant or told or "", told, item.get("slot"), is_told=True):
                found.add(f"{_NUMBERS.name}[{number}].")
    return found


def _items(kind: _List, listed: Any) -> tuple[list[_Item], list[InvalidInput]]:
    """Return what can be read of a list, and what is wrong with it."""
    if listed is None:
        return [], []
    if not isinstance(listed, (list, tuple)):
        return [], [InvalidInput(kind.name, "it is not a list", "Give a list of dictionaries")]
    expected = "Give " + " and ".join(", ".join(kind.checks).rsplit(", ", 1))
    if kind.instead is not None:
        expected += f"; {kind.instead[0]} may stand in place of {kind.instead[2]}"
    found: list[_Item] = []
    errors: list[InvalidInput] = []
    for number, item in enumerate(listed):
        place = f"{kind.name}[{number}]"
        if not isinstance(item, Mapping):
            errors.append(InvalidInput(place, "it is not a dictionary", expected))
            continue
        present = item.get("state") != "absent"
        misfits = _misfits(kind, place, item, present)
        errors += misfits
        wrong = {error.parameter for error in misfits}
        values: dict[str, str] = {}
        for option, check in _needed(kind, item, present):
            if f"{place}.{option}" in wrong or (item.get(option) is None and _is_further(option, item)):
                continue
            try:
                if item.get(option) is None:
                    raise InvalidInput(f"{place}.{option}", "it is missing", expected)
                values[option] = check(f"{place}.{option}", str(item[option]))
            except InvalidInput as error:
                errors.append(error)
        found.append(_Item(f"{place}.", present, values))
    return found, errors


def _is_further(option: str, item: Mapping[str, Any]) -> bool:
    """Tell whether an option is given by the key of its section: as a section that was made by hand is shown."""
    further = item.get("options")
    return isinstance(further, Mapping) and option.replace("_", "") in {str(name).casefold() for name in further}


def _misfits(kind: _List, place: str, item: Mapping[str, Any], present: bool) -> list[InvalidInput]:
    """Return what is wrong with the options of one of a list, all in all."""
    found = check_input(kind.spec, item, f"{place}.")
    if kind.check is not None and present and not found:
        try:
            kind.check(f"{place}.", item)
        except InvalidInput as error:
            found.append(error)
    return found


def _needed(kind: _List, item: Mapping[str, Any], present: bool) -> list[tuple[str, Check]]:
    """Return the options that one of a list has to have, and their checks; those that stand in place of one too."""
    needed = list(kind.checks.items())[: None if present else 1]
    if kind.absent is not None and not present:
        needed = [(needed[0][0], kind.absent)]
    if kind.instead is None:
        return needed
    name, check, replaced = kind.instead
    if item.get(name) is None or replaced not in dict(needed):
        return needed
    return [(name, check), *(pair for pair in needed if pair[0] != replaced or item.get(replaced) is not None)]
