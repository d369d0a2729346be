# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Live tenants as the files of an inventory: from descriptions to the contents of files. It writes no file.

A secret becomes a reference to a variable of the vault. What a server says is never a template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._core.secrets import masked_place
from .._core.server_text import in_message, in_variables_file
from .inventory import WITHOUT_SMS
from .snapshot import SMS_OPTIONS, is_shown

TO_FILL_IN = "change-me"
"""The value of a secret that nobody has filled in. The preflight refuses it."""

LOGIN = (
    *("ccid", "nexus_url", "nexus_api_key", "configuration", "gws_url", "gws_auth_url", "gws_client_id"),
    *("gws_client_secret", "gws_username", "gws_password", "gws_api_key", "gws_check_ccid"),
    *("gax_url", "gax_username", "gax_password", "ready_timeout", "http_options"),
    *("genesys_cloud_journal", "genesys_cloud_journal_password"),
)
"""The variables that are kept if the tenant was read with them. The rest comes from the servers."""

_SECRET = {
    *("nexus_api_key", "gws_client_secret", "gws_password", "gws_api_key", "gax_password"),
    "genesys_cloud_journal_password",
}

VAULT = "group_vars/all/vault.yml"
"""The file of the secrets to fill in."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}
_PLACE = re.compile(r"(\w+)\[(\d+)\]\.(\w+)")
_NAMED_BY = ("channel_id", "name")
_LABEL_LENGTH = 40

_EVERYWHERE = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
}


class Template(str):
    """A text that Ansible must fill in."""

    __slots__ = ()


@dataclass(frozen=True)
class Tenant:
    """A tenant to export.

    :arg host: the name of its host.
    :arg login: the variables of ``LOGIN`` with which it was read.
    :arg found: the result of nexus_tenant_info. Empty if it could not be read.
    :arg shown: the secrets that the servers show, by their names in ``secrets`` of the result.
    :arg failure: the message if it could not be read.
    """

    host: str
    login: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)
    shown: Mapping[str, str] = field(default_factory=dict)
    failure: str | None = None


class _Vault:
    """The variables of the secrets, tenant by tenant. None is the value of a secret to fill in.

    :arg with_secrets: whether known secrets are written. Otherwise all are to be filled in.
    """

    def __init__(self, *, with_secrets: bool) -> None:
        self._with_secrets = with_secrets
        self._used: set[str] = set()
        self._values: dict[str, dict[str, str | None]] = {}

    def add(self, heading: str, words: Iterable[str], value: Any) -> Template:
        """Add a secret. Return a reference to its variable, which no other secret has."""
        name = "_".join(["vault", *words])
        while name in self._used:
            name += "_"
        self._used.add(name)
        known = self._with_secrets and is_shown(value)
        self._values.setdefault(heading, {})[name] = value if known else None
        return Template(f"{{{{ {name} }}}}")

    def missing(self, heading: str) -> list[str]:
        """Return the variables of a tenant to fill in."""
        return [name for name, value in self._values.get(heading, {}).items() if value is None]

    def text(self) -> str:
        """Return the file of the secrets."""
        lines = ["---"]
        if any(map(self.missing, self._values)):
            lines.append(f"# Replace each {TO_FILL_IN}. Quote a value that is not plain text, such as '0123'.")
        if not self._with_secrets:
            lines += ["# Then encrypt the file:", "#", f"#   ansible-vault encrypt {VAULT}"]
        for heading, values in self._values.items():
            lines += ["", f"# {heading}"]
            for name, value in values.items():
                lines.append(f"{name}: {TO_FILL_IN if value is None else in_variables_file(value)}")
        return "\n".join([*lines, ""])


_ALL = "all tenants"
"""The heading of the secrets that all tenants have in common. No host has this name."""


def files_of(tenants: Iterable[Tenant], *, with_secrets: bool = False) -> dict[str, str]:
    """Return the contents of the files of an inventory, by path below its directory.

    The name of each host must be suitable for the name of a file.

    :arg with_secrets: whether the file ``VAULT`` has the secrets that are known. The caller encrypts it.
    """
    ordered = sorted(tenants, key=lambda tenant: tenant.host)
    vault = _Vault(with_secrets=with_secrets)
    shared = _shared([tenant for tenant in ordered if tenant.login and not _has_no_sms(tenant)])
    everywhere = {name: value for name, value in shared.items() if name not in _SECRET}
    for name, value in shared.items():
        if name in _SECRET:
            everywhere[name] = vault.add(_ALL, [name], value)
    files = {}
    for tenant in ordered:
        own = _variables(tenant, shared, vault)
        if own:
            files[path_of(tenant.host)] = _document(own)
    main = {**{key: Template(text) for key, text in _EVERYWHERE.items()}, **everywhere}
    return {
        "hosts.yml": _hosts(ordered),
        "group_vars/all/main.yml": _document(main),
        VAULT: vault.text(),
        "export.md": _report(ordered, vault),
        **files,
    }


def path_of(host: str) -> str:
    """Return the path of the file with the variables of a host."""
    return f"host_vars/{host}.yml"


def _shared(tenants: Sequence[Tenant]) -> dict[str, Any]:
    """Return the variables of logins that all of several tenants have in common."""
    if len(tenants) < 2:
        return {}
    first, *others = (tenant.login for tenant in tenants)
    return {
        name: value
        for name, value in first.items()
        if name != "ccid" and all(name in login and login[name] == value for login in others)
    }


def _hosts(tenants: Sequence[Tenant]) -> str:
    groups: dict[str, Any] = {
        option: {"hosts": {tenant.host: {} for tenant in tenants if tenant.found.get("sms_option") == option}}
        for option in SMS_OPTIONS
    }
    without = [tenant.host for tenant in tenants if _has_no_sms(tenant)]
    groups[WITHOUT_SMS] = {"hosts": {host: {} for host in without}}
    lines = [_document({name: group for name, group in groups.items() if group["hosts"]})]
    problems = [tenant for tenant in tenants if tenant.found.get("sms_option") is None and not _has_no_sms(tenant)]
    if problems:
        listed = _yaml({"ungrouped": {"hosts": {tenant.host: {} for tenant in problems}}}, 0)
        lines += ["# No playbook changes these tenants. export.md has the reason.\n", f"{listed}\n"]
    return "".join(lines)


def _has_no_sms(tenant: Tenant) -> bool:
    """Return True if it is certain that a tenant has no SMS."""
    found = tenant.found
    return (
        bool(found)
        and "services" not in found["unreadable"]
        and not any(service["service"] == "SMS" for service in found["services"])
        and not found["variables"].get("sender_ids")
    )


def _variables(tenant: Tenant, shared: Mapping[str, Any], vault: _Vault) -> dict[str, Any]:
    """Return the variables of a tenant. Its secrets are added to the vault, and are references there."""
    found = tenant.found.get("variables", {})
    if _has_no_sms(tenant):
        return {"ccid": found["ccid"]}
    login = {name: tenant.login[name] for name in LOGIN if name in tenant.login and name not in shared}
    own: dict[str, Any] = {name: value for name, value in login.items() if name not in _SECRET}
    own.update({name: _copied(value) for name, value in found.items()})
    secrets = {name: value for name, value in login.items() if name in _SECRET}
    for place, value in [
        *secrets.items(),
        *((name, tenant.shown.get(name)) for name in tenant.found.get("secrets", ())),
    ]:
        inner = _PLACE.fullmatch(place)
        target = own if inner is None else own[inner[1]][int(inner[2])]
        option = place if inner is None else inner[3]
        words = [option] if inner is None else [_label(target, inner[1]), option]
        target[option] = vault.add(tenant.host, [_word(tenant.host), *words], value)
    return own


def _copied(value: Any) -> Any:
    return [dict(item) for item in value] if isinstance(value, list) else value


def _label(item: Mapping[str, Any], variable: str) -> str:
    """Return a name for an item of a list that can be a part of a variable's name."""
    text = next((str(item[key]) for key in _NAMED_BY if key in item), variable)
    return _word(text) or variable


def _word(text: str) -> str:
    """Return a text as a part of a variable's name."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold())[:_LABEL_LENGTH].strip("_")


# What no variable can say


def _report(tenants: Iterable[Tenant], vault: _Vault) -> str:
    lines = [
        "# Export",
        "",
        "Each tenant with its SMS option, the secrets to fill in, and what its variables can't say.",
        f"The secrets are variables in `{VAULT}`.",
    ]
    if vault.missing(_ALL):
        lines.append(f"Secrets of all tenants to fill in: {_names(vault.missing(_ALL))}")
    for tenant in tenants:
        found = tenant.found
        lines += ["", f"## {_text(tenant.host)}", ""]
        if tenant.failure is not None:
            lines.append(f"- It could not be read: {_text(tenant.failure)}")
            continue
        lines.append(f"- SMS option: {found['sms_option'] or 'none'}")
        lines += [f"- {sentence}" for sentence in _sentences(found)]
        if vault.missing(tenant.host):
            lines.append(f"- Secrets to fill in: {_names(vault.missing(tenant.host))}")
    return "\n".join([*lines, ""])


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _sentences(found: Mapping[str, Any]) -> Iterator[str]:
    for system, reason in found["unreadable"].items():
        yield f"Not read, {system}: {_text(reason)} So a run may change something there."
    for sentence in found["would_change"]:
        yield f"`provision` would {_text(sentence)}."
    for name, value in found["variables"].items():
        hidden = masked_place(_without(value, found["secrets"], name), name)
        if hidden:
            yield (
                f"{_text(hidden[0])} contains {_text(hidden[1])}, because a secret of the tenant has the same text. "
                "Write the real value. Until then the preflight stops the tenant."
            )
    for item in found["not_expressed"]:
        yield f"Not in the variables, {_text(item['kind'])} {_text(item['name'])}: {_text(item['reason'])}"
    for heading, part in (("Not known", "unknown"), ("Of another SMS option", "leftovers")):
        for kind, names in found[part].items():
            if names:
                yield f"{heading}, {kind}: {', '.join(map(_text, names))}"


def _without(value: Any, secrets: Sequence[str], name: str) -> Any:
    """Return the value of a variable without its secrets."""
    if name in secrets:
        return None
    if not isinstance(value, list):
        return value
    return [
        {option: text for option, text in item.items() if f"{name}[{number}].{option}" not in secrets}
        for number, item in enumerate(value)
    ]


def _text(text: str) -> str:
    """Return a text for a Markdown file: one line, in which nothing is markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|!&~])", r"\\\1", in_message(text))


# YAML


def _document(content: Mapping[str, Any]) -> str:
    return f"---\n{_yaml(content, 0)}\n"


def _yaml(value: Mapping[str, Any], indent: int) -> str:
    """Return a dictionary as YAML, in the order that it has."""
    return "\n".join(line for key, item in value.items() for line in _entry(key, item, " " * indent))


def _entry(key: str, value: Any, pad: str) -> Iterator[str]:
    name = _scalar(key)
    if isinstance(value, Mapping) and value:
        yield f"{pad}{name}:"
        yield _yaml(value, len(pad) + 2)
    elif isinstance(value, list) and value:
        yield f"{pad}{name}:"
        for item in value:
            if isinstance(item, Mapping) and item:
                text = _yaml(item, len(pad) + 4)
                yield f"{pad}  - {text[len(pad) + 4 :]}"
            else:
                yield f"{pad}  - {_scalar(item)}"
    else:
        yield f"{pad}{name}: {_scalar(value)}"


def _scalar(value: Any) -> str:
    """Return a value in one line of YAML. A text is quoted where it could be read as something else."""
    if isinstance(value, Template):
        return value if _is_plain(value) else json.dumps(str(value))
    if not isinstance(value, str):
        return json.dumps(value)
    return value if _is_plain(value) else in_variables_file(value)


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and text.casefold() not in _WORDS
