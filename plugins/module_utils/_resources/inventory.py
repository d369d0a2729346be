# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong with the tenants of an inventory, alone and against each other, before anything is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources.sender_id import (
    SENDER_ID,
    SenderId,
    channel_id,
    conflicts,
    endpoint_name,
    section_name,
)


def inventory_problems(
    hostvars: Mapping[str, Mapping[str, Any]],
    hosts: Iterable[str],
    play_hosts: Iterable[str] = (),
    needed: Iterable[str] = (),
    optional: Iterable[str] = (),
) -> list[str]:
    """Return a sentence for each problem; none means that the inventory can be used.

    :arg hostvars: the variables of each host.
    :arg hosts: the hosts to be looked at together; those without a ``ccid`` are no tenants.
    :arg play_hosts: those of them of which other variables are looked at too.
    :arg needed: names of variables that these have to have; one that ends in ``_url`` holds a URL.
    :arg optional: names of variables that are looked at where they are set.
    """
    found = []
    tenants = []
    checked = set(play_hosts)
    logins: dict[tuple[str, str, str], str] = {}
    for host in hosts:
        # To look a host up is costly: Ansible puts its variables together each time.
        variables = hostvars[host]
        if host in checked:
            problems = [_variable_problem(variables, name, required=True) for name in needed]
            problems += [_variable_problem(variables, name, required=False) for name in optional]
            found += [f"{host}: {problem}" for problem in problems if problem]
            login = _login(variables)
            if login in logins:
                found.append(
                    f"{host}: {login[1]}: {logins[login]} logs in the same way, and the login decides whose "
                    "configuration is changed. Give each tenant a login of its own."
                )
            elif login is not None:
                logins[login] = host
        if "ccid" in variables:
            tenants.append((host, variables["ccid"], variables.get("sender_ids", [])))
    return found + _tenant_problems(tenants)


def _tenant_problems(tenants: Iterable[tuple[str, Any, Any]]) -> list[str]:
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


def _variable_problem(variables: Mapping[str, Any], name: str, required: bool) -> str | None:
    try:
        if name not in variables or variables[name] is None:
            if required:
                raise InvalidInput(name, "it is not set", "Set it in the inventory")
            return None
        text = _checks.not_empty(name, str(variables[name]))
        if name.endswith("_url"):
            _checks.http_url(name, text)
    except InvalidInput as error:
        return str(error)
    return None


def _login(variables: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return where a tenant logs in, the variable that says as whom, and its value; None where that is not set."""
    name = "gws_username" if variables.get("gws_username") else "gws_client_id"
    value = variables.get(name)
    return (str(variables.get("gws_url")), name, str(value)) if value else None


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
        errors += [InvalidInput(place, text, "See the role sender_ids") for text in _shape(item)]
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


def _shape(item: Mapping[str, Any]) -> list[str]:
    """Return what ansible-core has to say of a sender ID's options, names that are missing excepted."""
    given = {str(key): value for key, value in item.items() if value is not None}
    messages: list[str] = ArgumentSpecValidator(SENDER_ID).validate({"name": "", **given}).error_messages
    return [message.rstrip(".") for message in messages]


def _needed(parameter: str, value: Any) -> str:
    if value is None:
        raise InvalidInput(parameter, "it is missing", "Give name, channel_id and endpoint")
    return str(value)


_CHECKS = {"name": section_name, "channel_id": channel_id, "endpoint": endpoint_name}
