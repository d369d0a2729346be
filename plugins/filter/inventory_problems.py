# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter inventory_problems."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible import context
from ansible.constants import config
from ansible.errors import AnsibleError, AnsibleUndefinedVariable
from ansible.module_utils.common.yaml import yaml_load
from ansible.template import Templar
from ansible.utils.display import Display
from jinja2 import TemplateError

from ..module_utils._core.input import is_omitted, plain, unfilled
from ..module_utils._tenant.inventory import CantRead, Omitted, Question, Variables, inspect
from ..plugin_utils.templates import leaves_undefined, makes_numbers_of_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

DOCUMENTATION = r"""
name: inventory_problems
short_description: Tell what is wrong with an inventory of tenants
version_added: 0.1.0
description:
  - Looks at the tenants of an inventory, each alone and against the others, without calling any server.
  - Finds a C(ccid) that is no UUID or comes twice, sections, channels and headers that come twice in a tenant, a number
    or channel of two tenants, names, numbers, URLs and values that can't be right, and what is missing in
    C(sender_ids), C(tollfree_numbers), C(custom_gateway_channels) and C(webhook_headers). Finds sender IDs with a slot
    that is not among the tenant's toll-free numbers.
  - Finds tenants that log in to Genesys Web Services or GAX in the same way, since the login decides whose
    configuration is changed, tenants with more than one SMS option, and an OAuth client of Genesys Cloud CX whose
    purchases are written into more than one journal.
  - Finds variables that are not set or empty, of the wrong kind, or whose names look like slips, and URLs that are
    none. Values are never shown, URLs and what is chosen from a list excepted.
  - Reads each variable by itself. One that can't be read is told by host and name, and keeps back only what depends
    on it. Of hosts that are not of the play that is a warning.
  - Warns of numbers that may be one, in two spellings.
author:
  - cxops (@cxops)
options:
  _input:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  hosts:
    description: Names of the hosts to compare. Those without a C(ccid) are no tenants.
    type: list
    elements: str
    required: true
  play_hosts:
    description: Names of the hosts that something is to be done with. What is wrong with others alone is passed over.
    type: list
    elements: str
    required: true
  needed:
    description:
      - Names of the variables that O(play_hosts) have to have. One that ends in C(_url) has to be a URL. An environment
        variable that the modules read stands in for one that is not defined.
      - The name V(configuration) stands for the variables of the way to the tenant's configuration that the host's
        variable C(configuration) names, such as C(gws_url) or C(gax_url).
      - The name V(ansible_connection) stands for where tasks are run, and as which user.
    type: list
    elements: str
    default: []
  options:
    description:
      - By group, the names of variables that O(play_hosts) of the group have to have too.
      - A host may be in one of these groups only. One that has a C(ccid) and is to have sender IDs, numbers, channels
        or headers has to be in one of them, or in the group C(without_sms).
    type: dict
    default: {}
  given:
    description: By host, variables that a play sets, which O(_input) lacks.
    type: dict
    default: {}
    version_added: 0.4.0
  own:
    description: Names of variables that are no slips, though they look like variables of this collection.
    type: list
    elements: str
    default: []
    version_added: 0.4.0
  alike:
    description:
      - By name of a variable, the value that it has to have on O(alike_hosts) where it is set; null where they have to
        have any, but one in common. For a playbook that does something once for all of them.
      - Two spellings of a URL are one value.
    type: dict
    default: {}
    version_added: 0.5.0
  alike_hosts:
    description: Names of the hosts that have O(alike) in common.
    type: list
    elements: str
    default: []
    version_added: 0.5.0
"""

EXAMPLES = r"""
- name: Look at the tenants of the inventory
  ansible.builtin.set_fact:
    problems: >-
      {{ hostvars | cxops.genesys_sms.inventory_problems(groups.all, ansible_play_hosts_all,
      needed=['nexus_url', 'nexus_api_key', 'configuration'], options={'kaleyra': ['kaleyra_url']}) }}
  run_once: true

- name: Stop a tenant with which anything is wrong
  ansible.builtin.fail:
    msg: "{{ problems[inventory_hostname] }}"
  when: inventory_hostname in problems
"""

RETURN = r"""
_value:
  description:
    - By host, a sentence for each problem. A host without any is not in it.
    - Hosts that are not of the play are in it only if they look like tenants and have no SMS option.
  type: dict
  sample:
    acme: ["kaleyra_username: it is empty. Give a value, or leave the option out."]
"""

_FAILURES = (
    AnsibleError,
    *(TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError, OSError),
    *(RuntimeError, TypeError, ValueError),
)
"""What a template may end with. Before 2.19, what filters and Jinja raise comes as it is."""

_UNDEFINED = "it refers to something that is not defined"

_display = Display()


def inventory_problems(
    hostvars: Mapping[str, Mapping[str, Any]],
    hosts: Iterable[str],
    play_hosts: Iterable[str],
    needed: Iterable[str] = (),
    options: Mapping[str, Iterable[str]] | None = None,
    *,
    given: Mapping[str, Mapping[str, Any]] | None = None,
    own: Iterable[str] = (),
    alike: Mapping[str, str | None] | None = None,
    alike_hosts: Iterable[str] = (),
) -> dict[str, list[str]]:
    """Return a sentence for each problem, by host; none means that the inventory can be used."""
    connection = context.CLIARGS.get("connection") or config.get_config_value("DEFAULT_TRANSPORT")
    question = Question(
        needed=tuple(needed),
        options=options or {},
        roles=_roles(),
        own=tuple(own),
        environment=os.environ,
        connection=connection,
        native=makes_numbers_of_texts(),
        alike=alike or {},
        alike_hosts=tuple(alike_hosts),
    )
    read = {host: _variables(hostvars, host, (given or {}).get(host, {})) for host in hosts}
    report = inspect(read, play_hosts, question)
    for warning in report.warnings:
        _display.warning(_harmless(warning))
    return {host: [_harmless(problem) for problem in problems] for host, problems in report.findings.items()}


def _harmless(sentence: str) -> str:
    """Return a sentence that Ansible does not take for a template when it is used."""
    return re.sub(r"\{(?=[{%#])", "{ ", sentence)


class _Templates(Variables):
    """The variables of a host, each a template until it is read."""

    def __init__(self, values: Mapping[str, Any], hostvars: Any) -> None:
        super().__init__(values)
        # What templates of an inventory may refer to beside the host's own variables.
        others = {"hostvars": hostvars, "vars": values}
        # Then what is not defined is no error to the Templar.
        self._leaves_templates = leaves_undefined()
        self._templar = Templar(loader=getattr(hostvars, "_loader", None), variables={**values, **others})

    def read(self, name: str) -> Any:
        value = self.values[name]
        if value is None or isinstance(value, (bool, int, float)):
            return value
        try:
            value = self._templar.template(value)
            is_left_out = is_omitted(value)
            # Before 2.19, this is what opens a value of a vault.
            value = None if is_left_out else plain(value)
        except _FAILURES as error:
            if type(error).__name__ != "AnsibleValueOmittedError":
                raise CantRead(f"it can't be read: {_reason(error, name)}") from error
            raise Omitted from error
        if is_left_out:
            raise Omitted
        if self._leaves_templates and unfilled(value):
            raise CantRead(f"it can't be read: {_UNDEFINED}")
        return value

    def helpers(self) -> set[str]:
        return {word for text in _texts(self.values) for word in re.findall(r"\w+", text)}


def _reason(error: Exception, name: str) -> str:
    """Return why something can't be read. What Ansible says of it may quote values, so it is not quoted."""
    text = str(error)
    if isinstance(error, AnsibleUndefinedVariable):
        missing = re.search(r"'(\w+)' is undefined", text)
        return missing[0] if missing else _UNDEFINED
    if "vault" in text.lower() or "decrypt" in text.lower():
        return "it is encrypted, and none of the given vault passwords opens it"
    command = f"ansible -i INVENTORY HOST -m ansible.builtin.debug -a var={name}"
    return f"Ansible can't evaluate it ({type(error).__name__}). To see why, run {command}"


def _variables(hostvars: Any, host: str, given: Mapping[str, Any]) -> Variables:
    """Return the variables of a host as they are in the inventory."""
    try:
        # To look a host up is costly: Ansible puts its variables together each time.
        raw = hostvars.raw_get(host) if hasattr(hostvars, "raw_get") else hostvars[host]
    except AnsibleError as error:
        groups = [group.name for group in hostvars._inventory.get_host(host).get_groups()]
        return Variables({"group_names": groups}, f"they can't be read: {_reason(error, 'inventory_hostname')}")
    known = {**raw, **{name: value for name, value in given.items() if not is_omitted(value)}}
    return _Templates(known, hostvars)


def _texts(value: Any) -> Iterable[str]:
    """Return the templates in a value."""
    if isinstance(value, str):
        if "{{" in value or "{%" in value:
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


@lru_cache(maxsize=1)
def _roles() -> dict[str, dict[str, Any]]:
    """Return the variables of the roles, as their specifications have them."""
    paths = Path(__file__).parents[2].glob("roles/*/meta/argument_specs.yml")
    return {
        path.parts[-3]: yaml_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
        for path in sorted(paths)
    }


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"inventory_problems": inventory_problems}
