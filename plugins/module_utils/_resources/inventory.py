# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong with the tenants of an inventory, alone and against each other, before anything is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources.sender_ids import (
    SenderId,
    channel_id,
    conflicts,
    endpoint_name,
    section_name,
)


def tenant_problems(tenants: Iterable[tuple[Any, Any, Any]]) -> list[str]:
    """Return a sentence for each problem of the tenants, alone and against each other.

    :arg tenants: for each the name of its inventory host, its ``ccid``, and its ``sender_ids`` as the role takes them.
    """
    found: list[str] = []
    ccids: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for name, given_ccid, items in tenants:
        try:
            ccid = _checks.uuid("ccid", str(given_ccid))
        except InvalidInput as error:
            found.append(f"{name}: {error}")
        else:
            if ccid in ccids:
                found.append(
                    f"{name}: ccid: it is also the ccid of {ccids[ccid]}. Make each tenant one inventory host."
                )
            ccids.setdefault(ccid, name)
        sender_ids, errors = _sender_ids(items)
        found += [f"{name}: {error}" for error in errors]
        for item in sender_ids:
            number = item.options.get("channelId")
            if number and numbers.get(number, name) != name:
                found.append(
                    f"{name}: {item.parameter}channel_id: the number {number} also belongs to {numbers[number]}. "
                    "Give a number to one tenant only."
                )
            elif number:
                numbers.setdefault(number, name)
    return found


def variable_problems(variables: Mapping[str, Any], optional: Iterable[str] = ()) -> list[str]:
    """Return a sentence for each variable of a tenant that can't be used.

    :arg variables: values by name; None for one that is not set. A name that ends in ``_url`` holds a URL.
    :arg optional: names that need not be set.
    """
    found: list[str] = []
    for name, value in variables.items():
        try:
            if value is None and name in optional:
                continue
            if value is None:
                raise InvalidInput(name, "it is not set", "Set it in the inventory")
            text = _checks.not_empty(name, str(value))
            if name.endswith("_url"):
                _checks.http_url(name, text)
        except InvalidInput as error:
            found.append(str(error))
    return found


def _sender_ids(items: Any) -> tuple[list[SenderId], list[InvalidInput]]:
    if not isinstance(items, (list, tuple)):
        return [], [InvalidInput("sender_ids", "it is not a list", "Give a list of dictionaries")]
    sender_ids: list[SenderId] = []
    errors: list[InvalidInput] = []
    for number, item in enumerate(items):
        place = f"sender_ids[{number}]"
        if not isinstance(item, Mapping):
            errors.append(InvalidInput(place, "it is not a dictionary", "Give name, channel_id and endpoint"))
            continue
        present = item.get("state") != "absent"
        values: dict[str, str] = {}
        for option, check in _CHECKS.items():
            if not present and option != "name":
                continue
            try:
                values[option] = check(f"{place}.{option}", _needed(f"{place}.{option}", item.get(option)))
            except InvalidInput as error:
                errors.append(error)
        # What can't be read in part is still compared with the others by the rest.
        options: dict[str, str | None] = {"channelId": values["channel_id"]} if "channel_id" in values else {}
        section = values.get("name", f"{place}.name")
        sender_ids.append(SenderId(f"{place}.", section, present, options))
    return sender_ids, errors + conflicts(sender_ids)


def _needed(parameter: str, value: Any) -> str:
    if value is None:
        raise InvalidInput(parameter, "it is missing", "Give name, channel_id and endpoint")
    return str(value)


_CHECKS = {"name": section_name, "channel_id": channel_id, "endpoint": endpoint_name}
