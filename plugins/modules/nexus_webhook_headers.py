#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage the custom headers of a tenant's webhooks."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_webhook_headers
short_description: Manage the custom headers of a tenant's webhooks
version_added: 0.2.0
description:
  - Adds, changes and removes headers with fixed values. Digital Channels sends them with each webhook to a custom
    gateway.
  - They are options in the section of the async provider in the transaction C(NexusServices). Their names begin with
    C(header:). The module never changes other options of the section, and other sections.
  - All changes together are one read and at most one write. Some servers refuse to change options in place. Then the
    module writes once more, and deletes and adds the options instead.
  - The values count as secrets, because they often are secrets. They are never shown.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  headers:
    description: The headers.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the header, without C(header:) in front. Case does not matter.
          - The headers that Digital Channels sets itself are refused. These are C(Content-Type), C(Content-Length),
            C(Host), C(X-Hub-Signature) and C(X-B3-TraceId).
        type: str
        required: true
      value:
        description:
          - Value of the header, one line of ASCII.
          - Required for a new header. If it is not set, an existing header keeps its value.
        type: str
      state:
        description: Whether Digital Channels should send the header.
        type: str
        choices: [present, absent]
  section:
    description:
      - Section of the async provider in the transaction C(NexusServices).
      - Genesys' guide does not give the name of this section. In sender IDs, the name of the async provider is
        C(Async).
    type: str
    default: Async
  purge:
    description:
      - Whether to remove the headers that are not listed.
      - Headers that can't be listed as present, such as C(Content-Type), stay, and a warning names them.
    type: bool
    default: false
  state:
    description: V(absent) removes all listed headers, whatever their own state.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.configuration
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.configuration
  - cxops.genesys_sms.gws
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_channels
"""

EXAMPLES = r"""
- name: Send two headers with each webhook
  cxops.genesys_sms.nexus_webhook_headers:
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"
    headers:
      - name: X-Tenant
        value: initech
      - name: Authorization
        value: "Bearer {{ gateway_token }}"

- name: Send only one header, configured over GAX
  cxops.genesys_sms.nexus_webhook_headers:
    configuration: gax
    gax_url: "{{ gax_url }}"
    gax_username: "{{ gax_username }}"
    gax_password: "{{ gax_password }}"
    headers:
      - name: X-Tenant
        value: initech
    purge: true

- name: Remove a header
  cxops.genesys_sms.nexus_webhook_headers:
    configuration: gax
    gax_url: "{{ gax_url }}"
    gax_username: "{{ gax_username }}"
    gax_password: "{{ gax_password }}"
    headers:
      - name: X-Tenant
        state: absent
"""

RETURN = r"""
section:
  description: The section of the async provider.
  returned: success
  type: str
  sample: Async
headers:
  description:
    - The headers as they are now, or would be in check mode, listed or not.
    - They have no values, because values are secrets. Given back to the module, they change nothing.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the header.
      returned: always
      type: str
      sample: X-Tenant
not_purged:
  description:
    - The names of further headers of the section, which can't be listed as present. O(purge) does not remove them.
    - A name with whitespace or a colon is hidden, because it may contain a secret.
  returned: success
  type: list
  elements: str
  sample: [Content-Type]
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["add the header X-Tenant"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: invalid_input
    parameter: headers[0].name
"""

from ..module_utils._configuration import webhook_headers
from ..module_utils._configuration.options import CONFIGURATION
from ..module_utils._core.task import Task, run_module

TASK = Task(
    "nexus_webhook_headers",
    {**CONFIGURATION, **webhook_headers.OPTIONS},
    webhook_headers.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
