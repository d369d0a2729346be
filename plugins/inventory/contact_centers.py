# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin contact_centers."""

from __future__ import annotations

DOCUMENTATION = r"""
name: contact_centers
short_description: Tenants from the contact centers of Genesys Web Services
version_added: 0.6.0
description:
  - Makes a host of each contact center that a login of Genesys Web Services can access. The file must have a name that
    ends in C(contact_centers.yml) or C(contact_centers.yaml).
  - Each host has the variables C(ccid) and C(contact_center_domains). Everything else, such as the group of the SMS
    option, comes from O(compose), O(groups) and O(keyed_groups), or from other sources of the inventory.
  - Which contact centers are listed depends on the login. The operations user sees all of them. A user of a tenant
    sees only that tenant. Without O(gws_client_id), the plugin logs in with O(gws_username) and O(gws_password) as the
    operations user.
  - All options may be templates, such as a lookup of a secret or an extra variable. An extra variable with the name of
    an option that begins with C(gws_) is used if the option is not set.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices: [cxops.genesys_sms.contact_centers]
  hostname:
    description:
      - How hosts are named.
      - V(domain) is the first domain of the contact center. If the domain can't be the name of a host, or another
        contact center has it too, the host is named by the ccid, and a warning says so.
      - V(ccid) is the contact center ID.
    type: str
    choices: [domain, ccid]
    default: domain
  include:
    description:
      - Contact centers to return, by ccid or domain. If it is not set, all are returned. If it is empty, none.
      - Each is a pattern, in which C(*) stands for any characters and C(?) for one. Case does not matter.
    type: list
    elements: str
  exclude:
    description: Contact centers to leave out, as in O(include). It takes precedence over O(include).
    type: list
    elements: str
extends_documentation_fragment:
  - constructed
  - inventory_cache
  - cxops.genesys_sms.gws
  - cxops.genesys_sms.http_options
notes:
  - The cache contains the contact centers with their domains, and no credentials.
  - The environment variables of the credentials are also those of the tenants. So use other variables, as in the
    examples, for a login of operations. If only one of O(gws_username) and O(gws_client_id) is set, the other is not
    read from the environment.
"""

EXAMPLES = r"""
# inventories/production/tenants.contact_centers.yml
plugin: cxops.genesys_sms.contact_centers
gws_url: https://gws.example.com
gws_auth_url: https://gauth.example.com
gws_username: operations
gws_password: "{{ lookup('ansible.builtin.env', 'OPERATIONS_PASSWORD') }}"

---
# Only some tenants, named by their ccid, with a group for each environment
plugin: cxops.genesys_sms.contact_centers
gws_url: https://gws.example.com
gws_client_id: operations-client
gws_client_secret: "{{ operations_client_secret }}"
hostname: ccid
exclude: ["*test*"]
compose:
  tenant_domain: contact_center_domains | first
keyed_groups:
  - key: tenant_domain[:2]
    prefix: region
cache: true
"""

import hashlib
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ..module_utils._core.input import check_input, plain
from ..module_utils._core.server_text import in_message
from ..module_utils._core.task import execute, validate
from ..module_utils._gws.contact_center_hosts import NAME, OPTIONS, TASK, hosts_of, known_centers
from ..module_utils._gws.options import GWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible.inventory.data import InventoryData
    from ansible.parsing.dataloader import DataLoader

_USER_AND_CLIENT = (("gws_username", "gws_password"), ("gws_client_id", "gws_client_secret"))


def _login_of(params: Mapping[str, Any]) -> str:
    """Return a short text that is the same for the same login to the same installation. It has no secret."""
    login = [params[name] for name in ("gws_url", "gws_auth_url", "gws_username", "gws_client_id")]
    return hashlib.sha256(repr(login).encode()).hexdigest()[:8]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Makes hosts of contact centers."""

    NAME = NAME

    def verify_file(self, path: str) -> bool:
        """Return True if the name of a file says that it is for this plugin."""
        return super().verify_file(path) and path.endswith(("contact_centers.yml", "contact_centers.yaml"))

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Keep the plugin's own options from ansible-core, whose messages may show values. ``_given()`` checks them."""
        others = {name: value for name, value in (direct or {}).items() if name not in OPTIONS or name == "plugin"}
        super().set_options(task_keys=task_keys, var_options=var_options, direct=others)

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:
        """Add the hosts of one file to the inventory."""
        super().parse(inventory, loader, path, cache)
        given = self._given(self._read_config_data(path))
        validated = validate(TASK, given)
        if validated.refused is not None:
            raise AnsibleParserError(validated.refused["msg"])
        params = validated.params
        # Another login may see other contact centers.
        key = f"{self.get_cache_key(path)}_{_login_of(params)}"
        known = self._cache_of(key) if cache else None
        if known is None:
            result, warnings = execute(
                TASK,
                params,
                given,
                check_mode=False,
                diff_mode=False,
                secrets=validated.secrets,
                progress=self.display.v,
            )
            for warning in warnings:
                self.display.warning(warning)
            if result.get("failed"):
                raise AnsibleParserError(result["msg"])
            known = result["contact_centers"]
            if self.get_option("cache"):
                self._cache[key] = known
        hosts, warnings = hosts_of(
            known,
            hostname=params["hostname"],
            include=params["include"],
            exclude=params["exclude"],
            taken=set(inventory.groups),
            ccids={name: str(host.vars["ccid"]) for name, host in inventory.hosts.items() if "ccid" in host.vars},
        )
        for warning in warnings:
            self.display.warning(warning)
        for host in hosts:
            self._add(inventory, host.name, host.variables)

    def _given(self, config: dict[str, Any]) -> dict[str, Any]:
        """Return the own options, with templates filled in, and extra variables for options that are missing."""
        variables = self._vars or {}
        self.templar.available_variables = variables
        extra = {name: variables[name] for name in GWS if name in variables}
        given = {}
        for name, value in {**extra, **{name: config[name] for name in config if name in OPTIONS}}.items():
            try:
                given[name] = plain(self.templar.template(value))
            except AnsibleError as error:
                reason = in_message(str(error))
                raise AnsibleParserError(f"{name}: its template can't be evaluated. {reason}") from error
        for problem in check_input(OPTIONS, given):
            raise AnsibleParserError(str(problem))
        # Do not complete a login with values of another login from the environment.
        for own, other in (_USER_AND_CLIENT, _USER_AND_CLIENT[::-1]):
            if own[0] in given and other[0] not in given:
                given.update(dict.fromkeys(other))
        return given

    def _cache_of(self, key: str) -> dict[str, list[str]] | None:
        """Return the contact centers in the cache. Return None if they are not there."""
        if not self.get_option("cache"):
            return None
        try:
            return known_centers(plain(self._cache[key]))
        except KeyError:
            return None

    def _add(self, inventory: InventoryData, name: str, variables: dict[str, Any]) -> None:
        inventory.add_host(name)
        for variable, value in variables.items():
            inventory.set_variable(name, variable, value)
        strict = self.get_option("strict")
        known = inventory.hosts[name].get_vars()
        self._set_composite_vars(self.get_option("compose"), known, name, strict=strict)
        # The groups may use variables that were composed.
        known = inventory.hosts[name].get_vars()
        self._add_host_to_composed_groups(self.get_option("groups"), known, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), known, name, strict=strict)
