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

from .._core.errors import InvalidInput
from .._core.server_text import in_message, in_variables_file
from .inventory import WITHOUT_SMS
from .snapshot import SMS_OPTIONS

TO_FILL_IN = "change-me"
"""The value of a secret that nobody has filled in. The preflight refuses it."""

_LOGIN_SECRETS = {
    "gws_client_id": "gws_client_secret",
    "gws_username": "gws_password",
    "gax_username": "gax_password",
}
"""By variable of a login, the secret that belongs to it."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"}
_PLACE = re.compile(r"(\w+)\[(\d+)\]\.(\w+)")
_NAMED_BY = ("channel_id", "name")

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
    :arg login: the variables with which it was read, without secrets.
    :arg found: the result of nexus_tenant_info. Empty if it could not be read.
    :arg failure: the message if it could not be read.
    """

    host: str
    login: Mapping[str, str] = field(default_factory=dict)
    found: Mapping[str, Any] = field(default_factory=dict)
    failure: str | None = None


def files_of(tenants: Sequence[Tenant]) -> dict[str, str]:
    """Return the contents of the files of an inventory, by path below its directory.

    :raises InvalidInput: the name of a host can't be the name of a directory.
    """
    for tenant in tenants:
        if not _HOST.fullmatch(tenant.host):
            raise InvalidInput(
                "export_directory",
                f"the host {in_message(tenant.host, 60)} can't have a directory in host_vars",
                "Use names of hosts with only letters, digits, dots, dashes and underscores",
            )
    ordered = sorted(tenants, key=lambda tenant: tenant.host)
    shared = _shared(ordered)
    files = {
        "hosts.yml": _hosts(ordered),
        "group_vars/all/main.yml": _document({**{key: Template(text) for key, text in _EVERYWHERE.items()}, **shared}),
        "export.md": _report(ordered),
    }
    for tenant in ordered:
        own, vault = _variables(tenant, shared)
        files[f"host_vars/{tenant.host}/main.yml"] = _document(own)
        path = f"host_vars/{tenant.host}/vault.yml"
        heading = f"# Fill in these secrets, then encrypt the file: ansible-vault encrypt {path}"
        files[path] = _document(vault, heading)
    return files


def _shared(tenants: Sequence[Tenant]) -> dict[str, str]:
    """Return the variables of logins that all tenants have in common. A login itself is always the tenant's own."""
    first = dict(tenants[0].login) if len(tenants) > 1 else {}
    return {
        name: value
        for name, value in first.items()
        if name.endswith("_url") and all(tenant.login.get(name) == value for tenant in tenants)
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


def _variables(tenant: Tenant, shared: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the variables of a tenant with references to its secrets, and the secrets to fill in."""
    login = {name: value for name, value in tenant.login.items() if name not in shared and value}
    secrets = ["nexus_api_key", *(secret for name, secret in _LOGIN_SECRETS.items() if name in tenant.login)]
    found = tenant.found.get("variables", {})
    own: dict[str, Any] = {"ccid": found["ccid"]} if found else {}
    own.update(login)
    own.update({name: _copied(value) for name, value in found.items() if name not in own})
    vault: dict[str, str] = {}
    for place in [*secrets, *tenant.found.get("secrets", ())]:
        inner = _PLACE.fullmatch(place)
        target = own if inner is None else own[inner[1]][int(inner[2])]
        option = place if inner is None else inner[3]
        name = f"vault_{option}" if inner is None else f"vault_{_label(target, inner[1])}_{option}"
        while name in vault:
            name += "_"
        target[option] = Template(f"{{{{ {name} }}}}")
        vault[name] = TO_FILL_IN
    return own, vault


def _copied(value: Any) -> Any:
    return [dict(item) for item in value] if isinstance(value, list) else value


def _label(item: Mapping[str, Any], variable: str) -> str:
    """Return a name for an item of a list that can be a part of a variable's name."""
    text = next((str(item[key]) for key in _NAMED_BY if key in item), variable)
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") or variable


# What no variable can say


def _report(tenants: Iterable[Tenant]) -> str:
    lines = [
        "# Export",
        "",
        "Each tenant with its SMS option, the secrets to fill in, and what its variables can't say.",
    ]
    for tenant in tenants:
        found = tenant.found
        lines += ["", f"## {_text(tenant.host)}", ""]
        if tenant.failure is not None:
            lines.append(f"- It could not be read: {_text(tenant.failure)}")
            continue
        lines.append(f"- SMS option: {found['sms_option'] or 'none'}")
        lines += [f"- {sentence}" for sentence in _sentences(tenant)]
    return "\n".join([*lines, ""])


def _sentences(tenant: Tenant) -> Iterator[str]:
    found = tenant.found
    for system, reason in found["unreadable"].items():
        yield f"Not read, {system}: {_text(reason)} So a run may change something there."
    for sentence in found["would_change"]:
        yield f"`provision` would {_text(sentence)}."
    for item in found["not_expressed"]:
        yield f"Not in the variables, {_text(item['kind'])} {_text(item['name'])}: {_text(item['reason'])}"
    for heading, part in (("Not known", "unknown"), ("Of another SMS option", "leftovers")):
        for kind, names in found[part].items():
            if names:
                yield f"{heading}, {kind}: {', '.join(map(_text, names))}"
    _own, vault = _variables(tenant, {})
    yield f"Secrets to fill in: {', '.join(vault)}"


def _text(text: str) -> str:
    """Return a text for a Markdown file: one line, in which nothing is markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|!&~])", r"\\\1", in_message(text))


# YAML


def _document(content: Mapping[str, Any], heading: str | None = None) -> str:
    head = "---\n" if heading is None else f"---\n{heading}\n"
    return f"{head}{_yaml(content, 0)}\n"


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
