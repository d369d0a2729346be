# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A live tenant in the variables of an inventory: from what was read of it to a description. It sends no request.

The variables are given back to the functions that plan for the playbooks. So the description also says what a run with
these variables would change. An object that a list of the inventory can't have is left out of the list, and named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .._configuration import sender_ids, webhook_headers
from .._configuration.sections import Sections, Transaction
from .._core import checks
from .._core.checks import number_key
from .._core.errors import InvalidInput, SmsError, Unsupported
from .._core.secrets import Secrets, mask_in
from .._core.server_text import in_result, is_whole
from .._core.task import Plan, Run, Task, refuse_masks, validate
from .._digital_channels import channels, services
from .._digital_channels.channel_rules import told_id
from .._digital_channels.services import UNKNOWN
from .._digital_channels.services_client import Document, Sight, is_masked
from .._genesys_cloud.numbers import numbers
from .._genesys_cloud.numbers import plan as numbers_plan
from .._genesys_cloud.numbers.client import TollfreeNumber
from .._genesys_cloud.numbers.rules import without_mark
from .._genesys_cloud.options import GENESYS_CLOUD
from .inventory_lists import list_problems
from .tollfree_numbers import OPTIONS as NUMBERS

SMS = "SMS"
"""The service that enables SMS. Its data select the SMS option."""

Item = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A service that connects a tenant, as the roles write it.

    :arg url: the variable with its URL.
    :arg secrets: by key of its secret, the variable.
    """

    service: str
    url: str
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SmsOption:
    """What a tenant of an SMS option has.

    :arg data: the data of the service SMS. None removes a key of another option.
    :arg parts: its other services, except Async, which has the channels.
    :arg provider: the provider of its sender IDs.
    """

    data: Mapping[str, str | None]
    parts: tuple[Part, ...]
    provider: str

    def selected_by(self, data: Mapping[str, Any]) -> bool:
        """Return True if the data of a service SMS select this option. People may have written another case."""
        return any(
            value is not None and str(data.get(key)).strip().casefold() == value.casefold()
            for key, value in self.data.items()
        )


SMS_OPTIONS = {
    "kaleyra": SmsOption(
        {"provider": "mGage", "tokenProvider": None},
        (Part("mGageSMS", "kaleyra_url", {"username": "kaleyra_username", "password": "kaleyra_password"}),),
        "mGage",
    ),
    "custom_gateway": SmsOption({"provider": "Async", "tokenProvider": None}, (), "Async"),
    "genesys_cloud": SmsOption(
        {"provider": None, "tokenProvider": "Purecloud"},
        (
            Part("PorticoSMS", "gc_api_url"),
            Part("PurecloudIDP", "gc_login_url", {"clientId": "gc_client_id", "clientSecret": "gc_client_secret"}),
        ),
        "Portico",
    ),
}
"""The SMS options by their group of the inventory."""

_DATA_KEYS = {SMS: {"provider", "tokenProvider"}, channels.SERVICE: {"channels"}}
"""By service, the keys of its data that the collection knows."""

SERVICES = (SMS, channels.SERVICE, *(part.service for option in SMS_OPTIONS.values() for part in option.parts))
"""The services that the collection knows."""

_ASYNC = webhook_headers.OPTIONS["section"]["default"]

_PLACE = re.compile(r"\b\w+\[(\d+)\]")
"""The place of an item in a list, in a message."""

CLUSTER_API_KEY = "nexus_cluster_api_key"
"""The variable of the API key with which Genesys Cloud CX calls Digital Channels."""

_FILLED = "a value that a person fills in"
"""Stands for a secret that the server does not show."""

_PARTLY_MASKED = re.compile(r"[•●]|\*\*|^([xX*.])\1\1|([xX*.])\2\2$|^[(\[<][\w\s]*[)\]>]$")
"""A mask that shows a part of the secret, or a phrase in brackets."""

_ORDINARY: Item = {
    **{option: sender_ids.REQUIRED.get(key) for option, key in sender_ids.KEYS.items()},
    "cxc_only": False,
    "options": {},
}
"""The values of a sender ID that an inventory does not need to name."""


@dataclass(frozen=True)
class Seen:
    """What was read of a tenant. None: it was not read.

    :arg nexus_url: the base URL from which the playbooks compute the URLs of numbers.
    """

    ccid: str
    nexus_url: str
    services: Mapping[str, Document] | None = None
    transaction: Transaction | None = None
    numbers: numbers_plan.Observed | None = None

    def sight(self, service: str) -> Sight:
        """Return what the server shows of a service, for its plan."""
        document = (self.services or {}).get(service)
        return Sight("absent") if document is None else Sight("present", document)

    @property
    def sections(self) -> Sections:
        """The sections of the transaction."""
        return {} if self.transaction is None else self.transaction.sections


@dataclass
class _Draft:
    """The description while it is made.

    :arg secrets: by variable, or by option in a list, each secret: what the server shows, or a stand-in.
    """

    seen: Seen
    option: str | None
    variables: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, Any] = field(default_factory=dict)
    hidden_secrets: list[str] = field(default_factory=list)
    not_expressed: list[dict[str, str]] = field(default_factory=list)
    would_change: list[str] = field(default_factory=list)

    def may_be(self, option: str) -> bool:
        """Return True if the tenant has this SMS option, or if its services were not read."""
        return self.option == option or self.seen.services is None

    def leave_out(self, kind: str, name: str, reason: str) -> None:
        """Note an object that no variable can describe."""
        self.not_expressed.append({"kind": kind, "name": name, "reason": reason})

    def planned(self, kind: str, name: str, make: Callable[[], Plan[Any]]) -> None:
        """Note what a plan would change, or why there can't be a plan."""
        try:
            self.would_change += make().sentences
        except SmsError as error:
            self.leave_out(kind, name, str(error))

    def take_list(
        self, variable: str, kind: str, items: Iterable[tuple[str, Item, Item]], make: Callable[[list[Item]], Plan[Any]]
    ) -> None:
        """Add a list. Leave out the items that the preflight or the plan refuses.

        :arg items: for each item its name, its options, and its secret options.
        :arg make: makes the plan for a list with secrets.
        """
        listed = []
        for name, raw, secret in items:
            # Only what a result shows can be in an inventory. It has no queries of URLs.
            item = in_result(raw)
            hidden = {option: value for option, value in raw.items() if item[option] != value}
            problems = _problems(variable, [{**raw, **secret}])
            if problems:
                self.leave_out(kind, name, _reason(problems[0], [name]))
            else:
                listed.append((name, item, secret, {**hidden, **secret}))
        while refused := _refused(_problems(variable, _filled(listed))):
            names = [name for name, *_rest in listed]
            for number, problem in refused.items():
                self.leave_out(kind, names[number], _reason(problem, names))
            listed = [item for number, item in enumerate(listed) if number not in refused]
        plan = None
        while plan is None:
            names = [name for name, *_rest in listed]
            try:
                plan = make(_filled(listed))
            except SmsError as error:
                place = _PLACE.match(error.parameter) if isinstance(error, InvalidInput) else None
                if place is None:
                    # The plan of the whole list fails, and so would the playbook.
                    self.leave_out("list", variable, _reason(error, names))
                    break
                self.leave_out(kind, names[int(place[1])], _reason(error, names))
                del listed[int(place[1])]
        self.would_change += plan.sentences if plan else []
        self.variables[variable] = [item for _name, item, *_rest in listed]
        for number, (*_rest, options) in enumerate(listed):
            self.secrets.update({f"{variable}[{number}].{option}": value for option, value in options.items()})


def describe(seen: Seen) -> dict[str, Any]:
    """Return the description of a tenant, as the module nexus_tenant_info returns it."""
    return describe_with_secrets(seen)[0]


def describe_with_secrets(seen: Seen) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the description of a tenant, and the secrets that the servers show, by their names in ``secrets``."""
    documents = seen.services or {}
    data = documents[SMS].data if SMS in documents else {}
    selected = selected_options(data)
    draft = _Draft(seen, selected[0] if len(selected) == 1 else None, {"ccid": seen.ccid})
    if len(selected) > 1:
        draft.leave_out("service", SMS, f"its data select several SMS options: {', '.join(selected)}")
    elif SMS in documents and not selected:
        draft.leave_out("service", SMS, "its data select no SMS option that the collection knows")
    option = SMS_OPTIONS[draft.option] if draft.option else None
    if option is not None:
        _describe_services(draft, option)
    if draft.option == "custom_gateway":
        _describe_channels(draft)
    leftovers = {
        # Without a known option, it is not known which services are those of another one.
        "services": sorted((set(documents) & set(SERVICES)) - services_of(draft.option) - {SMS}) if option else [],
        "sender_ids": _sender_ids_of_others(seen.sections, option),
        "webhook_headers": _describe_headers(draft),
        "tollfree_numbers": [],
    }
    unknown: dict[str, list[str]] = {
        "services": sorted(set(documents) - set(SERVICES)),
        "service_keys": [
            f"{name}.data.{key}"
            for name in SERVICES
            if name in documents
            for key in sorted(set(documents[name].data) - _DATA_KEYS.get(name, set()))
        ],
        "sections": _unknown_sections(seen.sections),
        "tollfree_numbers": [],
    }
    if seen.transaction is not None:
        _describe_sender_ids(draft, seen.transaction, option)
    if seen.numbers is not None:
        own, unknown["tollfree_numbers"] = _own_numbers(seen, seen.numbers)
        if draft.may_be("genesys_cloud"):
            _describe_numbers(draft, seen.numbers, own)
        else:
            leftovers["tollfree_numbers"] = [item.number for item in own]
    description = {
        "ccid": seen.ccid,
        "sms_option": draft.option,
        "sms_options": selected,
        "services": [services.described(name, document) for name, document in sorted(documents.items())],
        "variables": draft.variables,
        "secrets": list(draft.secrets),
        "hidden_secrets": draft.hidden_secrets,
        "would_change": draft.would_change,
        "not_expressed": draft.not_expressed,
        "unknown": unknown,
        "leftovers": leftovers,
    }
    return description, {name: value for name, value in draft.secrets.items() if is_shown(value)}


def is_shown(secret: Any) -> bool:
    """Return True if a server shows this secret, and an inventory can have it. A mask is not a secret."""
    return (
        isinstance(secret, str)
        and secret != _FILLED
        and is_whole(secret)
        and not is_masked(secret)
        and _PARTLY_MASKED.search(secret.strip()) is None
        and mask_in(secret) is None
        and not any(checks.placeholders("secret", secret))
    )


# Services


def selected_options(data: Mapping[str, Any]) -> list[str]:
    """Return the SMS options that the data of a service SMS select. Several are a mixture."""
    return [name for name, option in SMS_OPTIONS.items() if option.selected_by(data)]


def services_of(option: str | None) -> set[str]:
    """Return the services that connect a tenant of an SMS option. SMS itself belongs to all options."""
    if option is None:
        return set()
    own = {part.service for part in SMS_OPTIONS[option].parts}
    return own | {channels.SERVICE} if option == "custom_gateway" else own


def _describe_services(draft: _Draft, option: SmsOption) -> None:
    for part in option.parts:
        sight = draft.seen.sight(part.service)
        document = sight.document or Document(None, {}, None)
        url = document.url
        if url:
            draft.variables[part.url] = url
            try:
                url = checks.http_url(part.url, url) if part.url.startswith("gc_") else url
                checks.http_url(part.url, url)
            except InvalidInput as error:
                draft.leave_out("service", part.service, str(error))
            if _has_query(url):
                draft.secrets[part.url] = url
        else:
            draft.leave_out("service", part.service, f"it has no URL, so there is no value for {part.url}")
        shown = document.secret or {}
        draft.secrets.update(
            {variable: shown.get(key) for key, variable in part.secrets.items() if not shown or key in shown}
        )
        draft.hidden_secrets += [
            variable
            for key, variable in part.secrets.items()
            if (not shown or key in shown) and is_masked(shown.get(key))
        ]
        # Secrets that the server shows are those that a person fills in.
        secret = {key: shown.get(key, _FILLED) for key in part.secrets}
        desired = services.Desired(part.service, url=url or None, secret=secret)
        draft.planned("service", part.service, partial(services.plan, desired, sight))
    desired = services.Desired(SMS, url=checks.NO_URL, data=dict(option.data), secret={})
    draft.planned("service", SMS, partial(services.plan, desired, draft.seen.sight(SMS)))


def _describe_channels(draft: _Draft) -> None:
    sight = draft.seen.sight(channels.SERVICE)
    try:
        states = channels.observe(sight.document)
    except Unsupported as error:
        draft.leave_out("service", channels.SERVICE, str(error))
        return
    unlistable = channels.unlistable(name for name, state in states.items() if state.data is not None)
    items: list[tuple[str, Item, Item]] = []
    for name, state in states.items():
        if name in unlistable:
            reason = "it is neither a phone number nor an e-mail domain, or it is one of several spellings of a channel"
            draft.leave_out("channel", name, reason)
        elif state.data is not None:
            item = {"channel_id": told_id(name)}
            if state.webhook_url is not None:
                item["webhook_url"] = state.webhook_url
            # A secret that the server does not show, and one that the channel lacks, is one that a person fills in.
            filled = {
                key: _FILLED if value in (UNKNOWN, None) else checks.as_text(value)
                for key, value in state.secrets.items()
            }
            items.append((name, item, filled))

    def make(listed: list[Item]) -> Plan[Any]:
        return channels.plan(channels.parse(_task(channels.OPTIONS, channels=listed)), sight)

    draft.take_list("custom_gateway_channels", "channel", items, make)
    hidden = {
        told_id(name): [option for option, value in state.secrets.items() if value is UNKNOWN]
        for name, state in states.items()
    }
    draft.hidden_secrets += [
        f"custom_gateway_channels[{number}].{option}"
        for number, item in enumerate(draft.variables["custom_gateway_channels"])
        for option in hidden.get(item["channel_id"], [])
    ]


# Sections of the configuration


def _describe_headers(draft: _Draft) -> list[str]:
    """Add the webhook headers. Return their names instead if the SMS option of the tenant has none."""
    transaction, section = draft.seen.transaction, async_section(draft.seen.sections)
    found = webhook_headers.headers_of(draft.seen.sections.get(section, {}))
    if not draft.may_be("custom_gateway"):
        return [webhook_headers.called(name) for name in found]
    if not found or transaction is None:
        return []
    if section != _ASYNC:
        draft.variables["webhook_headers_section"] = section
    items = [(webhook_headers.called(name), {"name": name}, {"value": value}) for name, value in found.items()]

    def make(listed: list[Item]) -> Plan[Any]:
        run = _task(webhook_headers.OPTIONS, headers=listed, section=section)
        return webhook_headers.plan(webhook_headers.parse(run), transaction)

    draft.take_list("webhook_headers", "webhook_header", items, make)
    return []


def _describe_sender_ids(draft: _Draft, transaction: Transaction, option: SmsOption | None) -> None:
    provider = option.provider if option else None
    ordinary = {**_ORDINARY, "provider": provider}
    items: list[tuple[str, Item, Item]] = []
    for described in sender_ids.describe_all(transaction.sections):
        item = {key: value for key, value in described.items() if key not in ordinary or ordinary[key] != value}
        items.append((item["name"], item, {}))

    def make(listed: list[Item]) -> Plan[Any]:
        run = _task(sender_ids.OPTIONS, sender_ids=listed, **({"provider": provider} if provider else {}))
        return sender_ids.plan(sender_ids.parse(run), transaction)

    draft.take_list("sender_ids", "sender_id", items, make)


def _sender_ids_of_others(sections: Sections, option: SmsOption | None) -> list[str]:
    """Return the sender IDs whose provider is that of another SMS option."""
    if option is None:
        return []
    return [
        item["name"]
        for item in sender_ids.describe_all(sections)
        if item.get("provider") not in (None, option.provider)
    ]


def async_section(sections: Sections) -> str:
    """Return the section of the async provider. People may have written it in another case."""
    same = [name for name in sorted(sections) if name.casefold() == _ASYNC.casefold()]
    return _ASYNC if _ASYNC in same or not same else same[0]


def _unknown_sections(sections: Sections) -> list[str]:
    """Return the sections that have no medium and are not that of the async provider."""
    return [
        name
        for name, options in sorted(sections.items())
        if name != async_section(sections)
        and not any(key.strip().casefold() == "channeltype" and value.strip() for key, value in options.items())
    ]


# Numbers


def _own_numbers(seen: Seen, observed: numbers_plan.Observed) -> tuple[list[TollfreeNumber], list[str]]:
    """Return the numbers of the tenant, and the numbers whose tenant is not known."""
    used = {number_key(item["channel_id"]) for item in sender_ids.describe_all(seen.sections) if "channel_id" in item}
    own, unknown = [], []
    for item in observed.numbers:
        mark = observed.marks[item.number]
        owner = mark.tenant if mark else item.fields["webhook_username"].strip().lower()
        # North American numbers are often written without the country code.
        is_used = item.number in used or (item.number.startswith("1") and item.number[1:] in used)
        if owner == seen.ccid or (is_used and not checks.is_uuid(owner or "")):
            own.append(item)
        elif not checks.is_uuid(owner or ""):
            unknown.append(item.number)
    return own, unknown


def _describe_numbers(draft: _Draft, observed: numbers_plan.Observed, own: Iterable[TollfreeNumber]) -> None:
    seen = draft.seen
    usual = numbers.fields_of_tenant(seen.nexus_url, seen.ccid)
    items: list[tuple[str, Item, Item]] = []
    for number in own:
        mark = observed.marks[number.number]
        item: Item = {"slot": mark.slot} if mark and mark.tenant == seen.ccid else {}
        item["number"] = number.number
        comment = without_mark(number.fields["comment"])
        item.update({"comment": comment} if comment else {})
        for name, value in usual.items():
            # An empty value is null in an inventory: the playbook would set the usual one otherwise.
            if number.fields[name] != value and not (name != "webhook_username" and _same(number.fields[name], value)):
                item[name] = number.fields[name] or None
        items.append((number.number, item, {}))

    def make(listed: list[Item]) -> Plan[Any]:
        run = _task({**GENESYS_CLOUD, **NUMBERS}, tollfree_numbers=listed, ccid=seen.ccid, nexus_url=seen.nexus_url)
        return numbers_plan.plan(numbers.parse(run), observed, _NOTHING)

    draft.take_list("tollfree_numbers", "tollfree_number", items, make)
    if draft.variables.get("tollfree_numbers"):
        draft.secrets[CLUSTER_API_KEY] = None


def _same(one: str, other: str) -> bool:
    return checks.same_url(one, other)


def _no_action(*_arguments: Any) -> bool:
    return False


_NOTHING = numbers_plan.Actions(_no_action, lambda *_arguments: None, _no_action)
"""The actions of a plan that is never carried out."""


# Lists


def _task(spec: Mapping[str, Any], **given: Any) -> Run:
    """Return the run of a module with these options, to parse them as the module does.

    :raises InvalidInput: the module would refuse them.
    """
    arguments = validate(Task("nexus_tenant_info", dict(spec), lambda run: {}), given)
    if arguments.refused is not None:
        raise Unsupported(arguments.refused["msg"])
    refuse_masks(spec, arguments.params)
    return Run(arguments.params, given, check_mode=True, diff_mode=False, secrets=Secrets(), progress=lambda line: None)


def _problems(variable: str, items: list[Item]) -> list[InvalidInput]:
    """Return what the preflight would refuse in a list."""
    return list_problems({variable: items}.get)[1]


def _filled(listed: Iterable[tuple[str, Item, Item, Item]]) -> list[Item]:
    """Return the items of a list with their secrets."""
    return [{**item, **secret} for _name, item, secret, _to_fill_in in listed]


def _refused(problems: Iterable[InvalidInput]) -> dict[int, InvalidInput]:
    """Return the items to leave out, each with its first problem.

    An item that is in conflict with one of them can stay. The next check decides that.
    """
    found: dict[int, InvalidInput] = {}
    for problem in problems:
        item, *others = map(int, _PLACE.findall(str(problem)))
        if item not in found and not found.keys() & set(others):
            found[item] = problem
    return found


def _reason(error: SmsError, names: list[str]) -> str:
    """Return the message about an item of a list, with names in place of numbers."""

    def named(place: re.Match[str]) -> str:
        # The name of an item may look like a place.
        return names[int(place[1])] if int(place[1]) < len(names) else place[0]

    return _PLACE.sub(named, str(error))


def _has_query(value: Any) -> bool:
    """Return True if a value is a URL with a query, which results hide."""
    return isinstance(value, str) and value != "" and in_result(value) != value
