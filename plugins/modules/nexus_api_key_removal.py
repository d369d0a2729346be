#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Delete the API key of a tenant that is decommissioned."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_api_key_removal
short_description: Delete the API key of a tenant that is decommissioned
version_added: 0.6.0
description:
  - Looks for the API key of a tenant in Digital Channels (Nexus) by the key itself, and deletes it if O(delete) is set.
  - It deletes only a key of this tenant that no other tenant of the inventory has. Other keys of the tenant, such as
    those of other products, are named in the result and never deleted.
  - If the server can't delete API keys, the result says that a person must do it.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  tenant:
    description: Contact center ID (a UUID) of the tenant.
    type: str
    required: true
  key:
    description: The API key that the inventory has for the tenant.
    type: str
    required: true
  tenants:
    description:
      - The tenants of the inventory. If another one has the same key, the key is not deleted.
      - An entry with the ccid of O(tenant) does not count.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the tenant, for messages.
        type: str
        required: true
      ccid:
        description: Contact center ID of the tenant.
        type: str
      key:
        description: The API key that the inventory has for the tenant.
        type: str
  delete:
    description: Whether to delete the key. With V(false), the module only looks.
    type: bool
    default: false
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.api_keys
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.api_keys
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.api_keys
  - cxops.genesys_sms.gws
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_api_key
notes:
  - The playbook C(cxops.genesys_sms.decommission) uses this module. Without the key, the services of the tenant can't
    be read or deleted, so it is the last thing to delete.
"""

EXAMPLES = r"""
- name: Delete the key of a tenant that leaves
  cxops.genesys_sms.nexus_api_key_removal:
    nexus_url: "{{ nexus_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    tenant: "{{ ccid }}"
    key: "{{ nexus_api_key }}"
    delete: true
"""

RETURN = r"""
state:
  description:
    - Whether the key exists now, or would exist in check mode, V(present) or V(absent).
    - V(unknown) if the server neither lists nor returns keys.
  returned: success
  type: str
  sample: absent
name:
  description: Name of the key.
  returned: success, null if there is no such key
  type: str
  sample: t100
other_keys:
  description: Names of the other keys of the tenant. They stay.
  returned: success, null if the server does not list its keys
  type: list
  elements: str
  sample: [t100-Designer, t100-iWD]
users:
  description: Names of the other tenants of the inventory that have the key.
  returned: success
  type: list
  elements: str
  sample: [globex]
next_steps:
  description: Why the key stays, and what to do. Empty if it is deleted or does not exist.
  returned: success
  type: list
  elements: str
  sample:
    - The API key t100 stays, because the inventory also has it for globex.
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: [delete the API key t100]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: refused
    url: https://digital.example.com/nexus/v3/apikeys
    status: 403
    code: 603
    correlation_id: null
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._digital_channels import api_key_removal
from ..module_utils._digital_channels.options import API_KEYS

TASK = Task("nexus_api_key_removal", {**API_KEYS, **api_key_removal.OPTIONS}, api_key_removal.run)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
