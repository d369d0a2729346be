# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the lists of an inventory: sender IDs, toll-free numbers, channels and headers."""

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

    :arg checks: the required options of each item, with their checks. If its state is absent, only the first counts.
    :arg instead: an option that can replace a required one: its name, its check, and the name of the required one.
    :arg check: checks the options of an item together, unless its state is absent.
    :arg absent: replaces the first of ``checks`` if the state is absent.
    """

    name: str
    spec: dict[str, Any]
    checks: dict[str, Check]
    instead: tuple[str, Check, str] | None = None
    check: Callable[[str, Mapping[str, Any]], None] | None = None
    absent: Check | None = None


@dataclass(frozen=True)
class _Item:
    """One item of a list, with the values that are valid."""

    parameter: str
    present: bool
    values: dict[str, str]


@dataclass(frozen=True)
class Number:
    """A number that a tenant has.

    :arg parameter: its place in the inventory.
    :arg kind: what messages call it.
    """

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
_FOREIGN = "genesys_cloud_foreign_numbers"
LISTED = {kind.name for kind in (_SENDER_IDS, _NUMBERS, _CHANNELS, _HEADERS)}
"""The inventory variables that are lists of a tenant's objects."""


def list_problems(get: Callable[[str], Any]) -> tuple[list[Number], list[InvalidInput]]:
    """Return the numbers of a tenant, and what is wrong with its lists.

    :arg get: returns the value of a variable, None if it is not set.
    """
    # An item with an invalid option is still compared with the others by its valid options.
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
    # Numbers only: it is unknown whether tenants can share an e-mail domain.
    numbers += [
        Number(f"{item.parameter}channel_id", "channel", item.channel_id)
        for item in named
        if item.present and item.channel_id.isdigit()
    ]
    errors += wrong + channels.conflicts(named)

    found, wrong = _items(_HEADERS, get(_HEADERS.name))
    sent = [headers.Header(item.parameter, item.values["name"]) for item in found if "name" in item.values]
    errors += _foreign_problems(get(_FOREIGN))
    return numbers, errors + wrong + headers.conflicts(sent)


def _foreign_problems(value: Any) -> list[InvalidInput]:
    """Return what is wrong with the numbers that do not belong to a tenant."""
    found = []
    for index, item in enumerate(value.split(",") if isinstance(value, str) else value or ()):
        try:
            tollfree.number(f"{_FOREIGN}[{index}]", str(item))
        except InvalidInput as error:
            found.append(error)
    return found


def _slot_problems(numbers: list[_Item], ids: list[_Item]) -> list[InvalidInput]:
    """Return conflicts among the numbers of a tenant, and between them and its sender IDs."""
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
            found.append(InvalidInput(f"{item.parameter}slot", "channel_id is set too", "Set only one of them"))
        elif slot is not None and not slots.get(slot):
            problem = "releases the number of the slot" if slot in slots else "has no slot"
            found.append(
                InvalidInput(
                    f"{item.parameter}slot",
                    f"tollfree_numbers {problem} {slot}",
                    "Use a slot that tollfree_numbers has with state present, or set the state of the sender ID to "
                    "absent",
                )
            )
        elif number in released:
            found.append(
                InvalidInput(
                    f"{item.parameter}channel_id",
                    f"the number {number} is released by {released[number].parameter.rstrip('.')}",
                    "Set the state of the sender ID to absent",
                )
            )
    return found


def _left_alone(listed: Any, tenant: str) -> set[str]:
    """Return the places of listed numbers that belong to another tenant or to nobody: the module ignores them.

    :arg tenant: its ccid; empty if that comes from the environment.
    """
    found = set()
    for number, item in enumerate(listed if isinstance(listed, (list, tuple)) else ()):
        if isinstance(item, Mapping) and "ccid" in item:
            owner = None if item["ccid"] is None else str(item["ccid"])
            if tollfree.is_of_another(tenant or owner or "", owner, item.get("slot"), is_told=True):
                found.add(f"{_NUMBERS.name}[{number}].")
    return found


def _items(kind: _List, listed: Any) -> tuple[list[_Item], list[InvalidInput]]:
    """Return the items of a list, and what is wrong with it."""
    if listed is None:
        return [], []
    if not isinstance(listed, (list, tuple)):
        return [], [InvalidInput(kind.name, "must be a list", "Give a list of dictionaries")]
    expected = "Give " + " and ".join(", ".join(kind.checks).rsplit(", ", 1))
    if kind.instead is not None:
        expected += f", or {kind.instead[0]} instead of {kind.instead[2]}"
    found: list[_Item] = []
    errors: list[InvalidInput] = []
    for number, item in enumerate(listed):
        place = f"{kind.name}[{number}]"
        if not isinstance(item, Mapping):
            errors.append(InvalidInput(place, "must be a dictionary", expected))
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
    """Return True if ``options`` sets an option by its key in the section, as for a section that was made by hand."""
    further = item.get("options")
    return isinstance(further, Mapping) and option.replace("_", "") in {str(name).casefold() for name in further}


def _misfits(kind: _List, place: str, item: Mapping[str, Any], present: bool) -> list[InvalidInput]:
    """Return what is wrong with the options of an item, one by one and together."""
    found = check_input(kind.spec, item, f"{place}.")
    if kind.check is not None and present and not found:
        try:
            kind.check(f"{place}.", item)
        except InvalidInput as error:
            found.append(error)
    return found


def _needed(kind: _List, item: Mapping[str, Any], present: bool) -> list[tuple[str, Check]]:
    """Return the required options of an item with their checks, and the option that replaces one of them."""
    needed = list(kind.checks.items())[: None if present else 1]
    if kind.absent is not None and not present:
        needed = [(needed[0][0], kind.absent)]
    if kind.instead is None:
        return needed
    name, check, replaced = kind.instead
    if item.get(name) is None or replaced not in dict(needed):
        return needed
    return [(name, check), *(pair for pair in needed if pair[0] != replaced or item.get(replaced) is not None)]
