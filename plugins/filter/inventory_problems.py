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
from ..plugin_utils.templates import harmless, leaves_undefined, makes_numbers_of_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

DOCUMENTATION = r"""
name: inventory_problems
short_description: Find the problems of an inventory of tenants
version_added: 0.1.0
description:
  - Checks the tenants of an inventory, each alone and against the others. It calls no server.
  - Finds errors in C(sender_ids), C(tollfree_numbers), C(custom_gateway_channels) and C(webhook_headers). Examples are
    invalid names, numbers, URLs and other values, missing values, and a section, channel or header that a tenant has
    twice. Also finds sender IDs with a slot that is not among the tenant's toll-free numbers.
  - Finds an invalid C(ccid), a C(ccid) that two tenants have, and a number or channel that two tenants have.
  - Finds tenants with the same login to Genesys Web Services or GAX, since the login determines whose configuration is
    changed. Finds tenants with more than one SMS option. Finds an OAuth client of Genesys Cloud CX whose purchases are
    written into more than one journal.
  - Finds variables that are missing, empty or of the wrong type, names of variables that look mistyped, and invalid
    URLs. Values are not shown, except URLs and choices from a list.
  - Reads each variable separately. If a variable can't be read, the problem names the host and the variable, and only
    checks that need this variable are skipped. For hosts outside of the play this is a warning.
  - Warns of two numbers that may be the same number in two spellings.
author:
  - cxops (@cxops)
options:
  _input:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  hosts:
    description: Names of the hosts to compare. Hosts without a C(ccid) are not tenants.
    type: list
    elements: str
    required: true
  play_hosts:
    description: Names of the hosts that the play works on. Problems that concern only other hosts are ignored.
    type: list
    elements: str
    required: true
  needed:
    description:
      - Names of the variables that O(play_hosts) must have. The value of a name that ends with C(_url) must be a URL.
        If a variable is not defined, the environment variable that the modules read may replace it.
      - The name V(configuration) means the variables of the access to the tenant's configuration, such as C(gws_url) or
        C(gax_url). The host's variable C(configuration) selects the access.
      - The name V(ansible_connection) means the host and the user that run the tasks.
    type: list
    elements: str
    default: []
  options:
    description:
      - For each group, the names of more variables that O(play_hosts) of the group must have.
      - A host may be in only one of these groups. A host with a C(ccid) and with sender IDs, numbers, channels or
        headers must be in one of them, or in the group C(without_sms).
    type: dict
    default: {}
  given:
    description: For each host, variables that a play sets and that are not in O(_input).
    type: dict
    default: {}
    version_added: 0.4.0
  own:
    description: Names of variables that look like mistyped variables of this collection, but are correct.
    type: list
    elements: str
    default: []
    version_added: 0.4.0
  alike:
    description:
      - Variables that must have the same value on all O(alike_hosts) that set them. For a playbook that does something
        once for all of them.
      - The value of each name is the required value of the variable. Null allows any value that all of them have.
      - Two spellings of a URL are the same value.
    type: dict
    default: {}
    version_added: 0.5.0
  alike_hosts:
    description: Names of the hosts that O(alike) is about.
    type: list
    elements: str
    default: []
    version_added: 0.5.0
  target:
    description:
      - The SMS option that O(play_hosts) get. Their variables are checked as if they were in this group of O(options).
    type: str
    default: ""
    version_added: 0.6.0
"""

EXAMPLES = r"""
- name: Check the tenants of the inventory
  ansible.builtin.set_fact:
    problems: >-
      {{ hostvars | cxops.genesys_sms.inventory_problems(groups.all, ansible_play_hosts_all,
      needed=['nexus_url', 'nexus_api_key', 'configuration'], options={'kaleyra': ['kaleyra_url']}) }}
  run_once: true

- name: Stop a tenant that has a problem
  ansible.builtin.fail:
    msg: "{{ problems[inventory_hostname] }}"
  when: inventory_hostname in problems
"""

RETURN = r"""
_value:
  description:
    - For each host, one sentence for each problem. Hosts without problems are left out.
    - Hosts outside of the play are included only if they look like tenants and have no SMS option.
  type: dict
  sample:
    acme: ["kaleyra_username: it is empty. Give a value, or leave the option out."]
"""

_FAILURES = (
    AnsibleError,
    *(TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError, OSError),
    *(RuntimeError, TypeError, ValueError),
)
"""The exceptions of templates. Before 2.19, Ansible does not wrap the exceptions of filters and of Jinja."""

_UNDEFINED = "it uses a variable that is not defined"

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
    target: str = "",
) -> dict[str, list[str]]:
    """Return the problems of each host, one sentence for each. An empty dictionary means that there are none."""
    connection = context.CLIARGS.get("connection") or config.get_config_value("DEFAULT_TRANSPORT")
    question = Question(
        needed=tuple(needed),
        options=options or {},
        roles=roles(),
        own=tuple(own),
        environment=os.environ,
        connection=connection,
        native=makes_numbers_of_texts(),
        alike=alike or {},
        alike_hosts=tuple(alike_hosts),
        target=target,
    )
    read = {host: variables_of(hostvars, host, (given or {}).get(host, {})) for host in hosts}
    report = inspect(read, play_hosts, question)
    for warning in report.warnings:
        _display.warning(harmless(warning))
    return {host: [harmless(problem) for problem in problems] for host, problems in report.findings.items()}


class _Templates(Variables):
    """The variables of a host, each a template until it is read."""

    def __init__(self, values: Mapping[str, Any], hostvars: Any) -> None:
        super().__init__(values)
        # Templates of an inventory may use these beside the host's own variables.
        others = {"hostvars": hostvars, "vars": values}
        # If it is True, the Templar raises no error for undefined variables.
        self._leaves_templates = leaves_undefined()
        self._templar = Templar(loader=getattr(hostvars, "_loader", None), variables={**values, **others})

    def read(self, name: str) -> Any:
        value = self.values[name]
        if value is None or isinstance(value, (bool, int, float)):
            return value
        try:
            value = self._templar.template(value)
            is_left_out = is_omitted(value)
            # Before 2.19, plain() decrypts vault values.
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
    """Return why a variable can't be read. Ansible's own message may contain values, so it is not quoted."""
    text = str(error)
    if isinstance(error, AnsibleUndefinedVariable):
        missing = re.search(r"'(\w+)' is undefined", text)
        return missing[0] if missing else _UNDEFINED
    if "vault" in text.lower() or "decrypt" in text.lower():
        return "it is encrypted, and none of the given vault passwords can decrypt it"
    command = f"ansible -i INVENTORY HOST -m ansible.builtin.debug -a var={name}"
    return f"Ansible can't evaluate it ({type(error).__name__}). To see why, run {command}"


def variables_of(hostvars: Any, host: str, given: Mapping[str, Any]) -> Variables:
    """Return the variables of a host from the inventory, with those that the play sets."""
    try:
        # hostvars[host] is slow, since Ansible merges the host's variables each time.
        raw = hostvars.raw_get(host) if hasattr(hostvars, "raw_get") else hostvars[host]
    except AnsibleError as error:
        groups = [group.name for group in hostvars._inventory.get_host(host).get_groups()]
        return Variables({"group_names": groups}, f"they can't be read: {_reason(error, 'inventory_hostname')}")
    known = {**raw, **{name: value for name, value in given.items() if not is_omitted(value)}}
    return _Templates(known, hostvars)


def _texts(value: Any) -> Iterable[str]:
    """Yield the templates in a value."""
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
def roles() -> dict[str, dict[str, Any]]:
    """Return the variables of each role, from its argument specification."""
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
