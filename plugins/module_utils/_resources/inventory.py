# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong with the tenants of an inventory, alone and against each other, before anything is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible_collections.cxops.genesys_sms.plugins.module_utils import _checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources import channel as channels
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources import sender_id as sender_ids
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources import tollfree_number as tollfree
from ansible_collections.cxops.genesys_sms.plugins.module_utils._resources import webhook_header as headers

CONFIGURATION = "configuration"
"""As the name of a needed variable, it stands for those of the tenant's way to its configuration."""

_WAYS = {
    "gws": (
        ("gws_url", "gws_client_id", "gws_client_secret"),
        ("gws_auth_url", "gws_username", "gws_password", "gws_api_key"),
    ),
    "gax": (("gax_url", "gax_username", "gax_password"), ()),
}
"""The variables that each way needs, and those that it can do without."""

Check = Callable[[str, str], str]


@dataclass(frozen=True)
class _List:
    """An inventory variable that lists dictionaries.

    :arg checks: what each has to have, the first of them even if its state is absent.
    :arg instead: an option that one of these can be replaced by, with its check; and which one.
    :arg check: looks at the options of one that is to be there together.
    """

    name: str
    role: str
    spec: dict[str, Any]
    checks: dict[str, Check]
    instead: tuple[str, Check, str] | None = None
    check: Callable[[str, Mapping[str, Any]], None] | None = None

    @cached_property
    def validator(self) -> ArgumentSpecValidator:
        """What ansible-core knows of the options; one for all items, since it copies the whole specification."""
        return ArgumentSpecValidator(self.spec)


@dataclass(frozen=True)
class _Item:
    """One of a list: what could be read of it."""

    parameter: str
    present: bool
    values: dict[str, str]


_SENDER_IDS = _List(
    "sender_ids",
    "sender_ids",
    sender_ids.LISTED,
    {
        "name": sender_ids.section_name,
        "channel_id": sender_ids.channel_id,
        "endpoint": sender_ids.endpoint_name,
    },
    ("slot", tollfree.slot_name, "channel_id"),
)
_NUMBERS = _List(
    "tollfree_numbers",
    "genesys_cloud",
    tollfree.TOLLFREE_NUMBER,
    {"number": tollfree.number},
    ("slot", tollfree.slot_name, "number"),
    tollfree.check_item,
)
_CHANNELS = _List("custom_gateway_channels", "custom_gateway", channels.CHANNEL, channels.CHECKS)
_HEADERS = _List(
    "webhook_headers",
    "webhook_headers",
    headers.HEADER,
    {"name": headers.header_name, "value": _checks.header_value},
)
_LISTED = {kind.name for kind in (_SENDER_IDS, _NUMBERS, _CHANNELS, _HEADERS)}


def inventory_problems(
    hostvars: Mapping[str, Mapping[str, Any]],
    hosts: Iterable[str],
    play_hosts: Iterable[str],
    needed: Iterable[str] = (),
    options: Mapping[str, Iterable[str]] | None = None,
) -> list[str]:
    """Return a sentence for each problem; none means that the inventory can be used.

    :arg hostvars: the variables of each host.
    :arg hosts: the hosts to be compared; those without a ``ccid`` are no tenants.
    :arg play_hosts: those of them that something is to be done with. What is wrong with others alone is passed over.
    :arg needed: names of variables that play hosts have to have; one that ends in ``_url`` holds a URL.
    :arg options: by group, the names of variables that its play hosts have to have too. A host is in one such group.
    """
    found = []
    tenants = []
    checked = set(play_hosts)
    for host in hosts:
        # To look a host up is costly: Ansible puts its variables together each time.
        variables = hostvars[host]
        if host in checked:
            found += [f"{host}: {problem}" for problem in _host_problems(variables, needed, options or {})]
        if "ccid" in variables:
            tenants.append((host, variables))
    return found + _tenant_problems(tenants, checked)


def _host_problems(
    variables: Mapping[str, Any], needed: Iterable[str], options: Mapping[str, Iterable[str]]
) -> list[str]:
    groups = [group for group in options if group in variables.get("group_names", ())]
    found = []
    if len(groups) > 1:
        found.append(
            f"it is in the groups {' and '.join(groups)}. A tenant has one SMS option: leave it in one of them."
        )
    names: dict[str, bool] = {}
    for name in (*needed, *(name for group in groups for name in options[group])):
        if name != CONFIGURATION:
            names[name] = True
            continue
        way = variables.get(CONFIGURATION) or "gws"
        if way not in _WAYS:
            found.append(str(InvalidInput(CONFIGURATION, f"'{way}' is none", f"Use {' or '.join(_WAYS)}")))
            continue
        required, optional = _WAYS[way]
        names.update({**dict.fromkeys(required, True), **dict.fromkeys(optional, False)})
    problems = [_variable_problem(variables, name, required=must) for name, must in names.items()]
    return found + [problem for problem in problems if problem]


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
        numbers, wrong = _list_problems(variables)
        if host in checked:
            found += [f"{host}: {error}" for error in errors + wrong]
        for parameter, kind, number in numbers:
            sentence = f"{parameter}: the {kind} {number} also belongs to {{owner}}. "
            claim(host, (kind, number), sentence + f"Give a {kind} to one tenant only.")
    return found


def _variable_problem(variables: Mapping[str, Any], name: str, required: bool) -> str | None:
    value = variables.get(name)
    try:
        if value is None:
            if required:
                raise InvalidInput(name, "it is not set", "Set it in the inventory")
            return None
        if name in _LISTED:
            # It is looked through later on; as a text all of it would be rendered now, too.
            return None
        text = _checks.not_empty(name, str(value))
        if name.endswith("_url"):
            _checks.http_url(name, text)
    except InvalidInput as error:
        return str(error)
    return None


def _login(variables: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return the variable that says as whom a tenant logs in, its value, and where; None where that is not set."""
    if variables.get(CONFIGURATION) == "gax":
        name, url = "gax_username", "gax_url"
    else:
        name, url = "gws_username" if variables.get("gws_username") else "gws_client_id", "gws_url"
    value = variables.get(name)
    base = _checks.without_api_path(url, str(variables.get(url)).rstrip("/"))
    return (name, str(value), base) if value else None


def _list_problems(variables: Mapping[str, Any]) -> tuple[list[tuple[str, str, str]], list[InvalidInput]]:
    """Return the numbers of a tenant, each with where it stands and what it is, and what is wrong with its lists."""
    # What can't be read in part is still compared with the others by the rest.
    found, errors = _items(_SENDER_IDS, variables)
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
        (f"{item.parameter}channel_id", "number", number) for item in ids if (number := item.options.get("channelId"))
    ]
    errors += sender_ids.conflicts(ids)

    found_slots, wrong = _items(_NUMBERS, variables)
    errors += wrong + _slot_problems(found_slots, found)
    numbers += [
        (f"{item.parameter}number", "toll-free number", item.values["number"])
        for item in found_slots
        if item.present and "number" in item.values
    ]

    found, wrong = _items(_CHANNELS, variables)
    named = [
        channels.Channel(item.parameter, item.values["channel_id"], item.present)
        for item in found
        if "channel_id" in item.values
    ]
    # Whether tenants can share the domain of their e-mail is not known.
    numbers += [
        (f"{item.parameter}channel_id", "channel", item.channel_id)
        for item in named
        if item.present and item.channel_id.isdigit()
    ]
    errors += wrong + channels.conflicts(named)

    found, wrong = _items(_HEADERS, variables)
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


def _items(kind: _List, variables: Mapping[str, Any]) -> tuple[list[_Item], list[InvalidInput]]:
    """Return what can be read of a list, and what is wrong with it."""
    listed = variables.get(kind.name)
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
        errors += _misfits(kind, place, item, present)
        values: dict[str, str] = {}
        for option, check in _needed(kind, item, present):
            try:
                if item.get(option) is None:
                    raise InvalidInput(f"{place}.{option}", "it is missing", expected)
                values[option] = check(f"{place}.{option}", str(item[option]))
            except InvalidInput as error:
                errors.append(error)
        found.append(_Item(f"{place}.", present, values))
    return found, errors


def _misfits(kind: _List, place: str, item: Mapping[str, Any], present: bool) -> list[InvalidInput]:
    """Return what is wrong with the options of one of a list, all in all."""
    found = [InvalidInput(place, text, f"See the role {kind.role}") for text in _shape(kind, item)]
    if kind.check is not None and present:
        try:
            kind.check(f"{place}.", item)
        except InvalidInput as error:
            found.append(error)
    return found


def _needed(kind: _List, item: Mapping[str, Any], present: bool) -> list[tuple[str, Check]]:
    """Return the options that one of a list has to have, and their checks; those that stand in place of one too."""
    needed = list(kind.checks.items())[: None if present else 1]
    if kind.instead is None:
        return needed
    name, check, replaced = kind.instead
    if item.get(name) is None or replaced not in dict(needed):
        return needed
    return [(name, check), *(pair for pair in needed if pair[0] != replaced or item.get(replaced) is not None)]


def _shape(kind: _List, item: Mapping[str, Any]) -> list[str]:
    """Return what ansible-core has to say of the options of one of a list, names that are missing excepted."""
    # As plain texts, which take no time to copy.
    given = {
        str(key): str(value) if isinstance(value, str) else value for key, value in item.items() if value is not None
    }
    required = {name: "" for name, option in kind.spec.items() if option.get("required")}
    errors = kind.validator.validate({**required, **given}).errors
    # The sentence for what there is not begins with its name.
    return [("there is no " if isinstance(error, UnsupportedError) else "") + error.msg.rstrip(".") for error in errors]
