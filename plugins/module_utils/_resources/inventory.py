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
    play_hosts: Iterable[str],
    needed: Iterable[str] = (),
    optional: Iterable[str] = (),
) -> list[str]:
    """Return a sentence for each problem; none means that the inventory can be used.

    :arg hostvars: the variables of each host.
    :arg hosts: the hosts to be compared; those without a ``ccid`` are no tenants.
    :arg play_hosts: those of them that something is to be done with. What is wrong with others alone is passed over.
    :arg needed: names of variables that play hosts have to have; one that ends in ``_url`` holds a URL.
    :arg optional: names of variables of play hosts that are looked at where they are set.
    """
    found = []
    tenants = []
    checked = set(play_hosts)
    for host in hosts:
        # To look a host up is costly: Ansible puts its variables together each time.
        variables = hostvars[host]
        if host in checked:
            problems = [_variable_problem(variables, name, required=True) for name in needed]
            problems += [_variable_problem(variables, name, required=False) for name in optional]
            found += [f"{host}: {problem}" for problem in problems if problem]
        if "ccid" in variables:
            tenants.append((host, variables))
    return found + _tenant_problems(tenants, checked)


def _tenant_problems(tenants: Iterable[tuple[str, Mapping[str, Any]]], checked: set[str]) -> list[str]:
    found: list[str] = []
    owners: dict[tuple[str, ...], str] = {}

    def claim(host: str, thing: tuple[str, ...], sentence: str) -> None:
        """Note whose a thing is that only one tenant can have."""
        owner = owners.setdefault(thing, host)
        if owner != host and (host in checked or owner in checked):
            found.append(f"{host}: " + sentence.format(owner=owner))

    for host, variables in tenants:
        errors: list[InvalidInput] = []
        try:
            ccid = _checks.uuid("ccid", str(variables["ccid"]))
        except InvalidInput as error:
            errors.append(error)
        else:
            claim(host, ("ccid", ccid), "ccid: it is also the ccid of {owner}. Make each tenant one inventory host.")
        login = _login(variables)
        if login is not None:
            claim(
                host,
                login,
                f"{login[0]}: {{owner}} logs in the same way, and the login decides whose configuration is changed. "
                "Give each tenant a login of its own.",
            )
        sender_ids, wrong = _sender_ids(variables.get("sender_ids", []))
        if host in checked:
            found += [f"{host}: {error}" for error in errors + wrong]
        for item in sender_ids:
            number = item.options.get("channelId")
            if number:
                sentence = f"{item.parameter}channel_id: the number {number} also belongs to {{owner}}. "
                claim(host, ("number", number), sentence + "Give a number to one tenant only.")
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
    """Return the variable that says as whom a tenant logs in, its value, and where; None where that is not set."""
    name = "gws_username" if variables.get("gws_username") else "gws_client_id"
    value = variables.get(name)
    return (name, str(value), str(variables.get("gws_url")).rstrip("/")) if value else None


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
