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
  - Adds, changes and removes headers with static values, which Digital Channels sends with each webhook to a custom
    gateway.
  - They are options of the transaction C(NexusServices), in the section of the async provider, whose names begin with
    C(header:). Other options of the section, and other sections, are never touched.
  - However many changes there are, they are one read and at most one write. Some servers do not take changed options in
    place. Then the write is repeated once, with the options deleted and added.
  - The values are taken for secrets, since they often are, and never shown.
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
          - Name of the header, without C(header:) in front. The case of its letters makes no difference.
          - Those that Digital Channels sets itself are refused, which are C(Content-Type), C(Content-Length), C(Host),
            C(X-Hub-Signature) and C(X-B3-TraceId).
        type: str
        required: true
      value:
        description:
          - Value of the header, in one line of ASCII.
          - Left out, the header keeps the value that it has. Required for a new header.
        type: str
      state:
        description: Whether the header is to be sent.
        type: str
        choices: [present, absent]
  section:
    description:
      - Section of the async provider in the transaction C(NexusServices).
      - The guide does not say what it is called, only that it is your async provider's. In the sender IDs that provider
        is called C(Async).
    type: str
    default: Async
  purge:
    description:
      - Whether to remove the headers that are not listed.
      - Those that a list can't have, such as C(Content-Type), are left, and a warning names them.
    type: bool
    default: false
  state:
    description: With V(absent), all listed headers go, whatever they say themselves.
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

- name: Send no other header than this one, over GAX
  cxops.genesys_sms.nexus_webhook_headers:
    configuration: gax
    gax_url: "{{ gax_url }}"
    gax_username: "{{ gax_username }}"
    gax_password: "{{ gax_password }}"
    headers:
      - name: X-Tenant
        value: initech
    purge: true

- name: Send it no more
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
    - The headers that are sent now, or would be in check mode, those that were not listed included.
    - Without their values, which are secrets. Given back they change nothing.
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
    - The names of further headers of the section, which a list can't have. O(purge) leaves them.
    - A name that may hold a secret, with a blank or a colon in it, is hidden.
  returned: success
  type: list
  elements: str
  sample: [Content-Type]
steps:
  description: What was changed, or would be in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["add the header X-Tenant"]
failure:
  description: The error, in a form to branch on.
  returned: failure, where the module knows the error
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
