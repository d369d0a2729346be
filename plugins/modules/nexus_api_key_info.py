#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the API keys of Digital Channels."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_api_key_info
short_description: Read the API keys of Digital Channels
version_added: 0.3.0
description:
  - Returns the API keys of Digital Channels (Nexus), with the keys themselves.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  name:
    description: Return only keys with this name.
    type: str
  tenant:
    description: Return only keys of this tenant. An empty string means keys of the whole installation.
    type: str
  key:
    description:
      - Return only this key, to see whether it exists and is enabled. The module does not send it to the server.
    type: str
    version_added: 0.6.0
extends_documentation_fragment:
  - cxops.genesys_sms.attributes.info
  - cxops.genesys_sms.attributes.api_keys
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.attributes.secret_result
  - cxops.genesys_sms.api_keys
  - cxops.genesys_sms.gws
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_api_key
notes:
  - If the server does not list its keys, the module fails with a message.
"""

EXAMPLES = r"""
- name: Read the key of Genesys Cloud CX
  cxops.genesys_sms.nexus_api_key_info:
    nexus_url: "{{ nexus_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    name: Portico Cluster API Key
    tenant: ""
  register: found
"""

RETURN = r"""
api_keys:
  description: The keys that were found. Ansible does not show a result with a key.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the key.
      returned: always
      type: str
      sample: Portico Cluster API Key
    tenant:
      description: Tenant of the key, empty for the whole installation.
      returned: always
      type: str
      sample: ""
    enabled:
      description: Whether the key is enabled.
      returned: always
      type: bool
      sample: true
    permissions:
      description: Permissions of the key.
      returned: always
      type: list
      elements: str
      sample: ["nexus:cluster:*"]
    key:
      description: The key itself.
      returned: always
      type: str
      sample: 9b7682b7-cbce-422f-9bbb-ecda85e61695
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
from ..module_utils._digital_channels import api_keys
from ..module_utils._digital_channels.options import API_KEYS

TASK = Task(
    "nexus_api_key_info",
    {**API_KEYS, **api_keys.INFO},
    api_keys.info,
    secret_results=("api_keys",),
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
