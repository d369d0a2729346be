#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage one services definition of a tenant in Digital Channels."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_service
short_description: Manage a services definition of a tenant in Digital Channels
version_added: 0.1.0
description:
  - Creates, changes and deletes one services definition of a tenant through the provisioning API of Digital Channels
    (Nexus).
  - The module compares only the options that are set. A key of O(data) or O(secret) that is not listed stays as it is.
    A key with the value null is removed.
  - Null or an empty value of O(url), O(data) or O(secret) clears the whole option.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  service:
    description: Name of the service, such as V(SMS), V(mGageSMS), V(Async), V(PurecloudIDP) or V(PorticoSMS).
    type: str
    required: true
  url:
    description:
      - URL of the service, or V(N/A) if Genesys' guide says so.
      - A trailing slash makes no difference.
    type: str
  data:
    description: Settings of the service. They are JSON, so numbers and booleans keep their type.
    type: dict
  secret:
    description:
      - Secrets of the service. They are never shown. Each is a string, so put numbers in quotes.
      - If the server returns its secrets, the module compares them. If the server masks or omits them, O(update_secret)
        decides.
      - A write replaces the whole service. If something else changes and the server does not return the secrets, give
        all of them, or V({}) if there are none.
    type: dict
  update_secret:
    description:
      - When to write secrets that can't be compared, because the server masks or omits them.
      - V(on_create) writes them when the module creates the service, or replaces it for another reason.
      - V(always) writes them on each run and reports a change. Use it to rotate a secret.
    type: str
    choices: [on_create, always]
    default: on_create
  when_unreadable:
    description:
      - What to do if the server does not support reading services. Then the module can't see whether something has to
        be written.
      - V(fail) fails with a message.
      - V(write) writes the service on each run and reports a change. It requires O(secret). If O(url) or O(data) is not
        set, it is written empty.
      - O(state=absent) works without reading. Each run sends the deletion, and reports a change if the service existed.
    type: str
    choices: [fail, write]
    default: fail
  leftovers:
    description:
      - Names of services that a former SMS option of the tenant may have left.
      - The module looks for them with O(state=absent) or O(remove_leftovers=true). It returns those that it finds, and
        a warning names them.
    type: list
    elements: str
    version_added: 0.4.0
  remove_leftovers:
    description:
      - Whether to delete the O(leftovers).
      - Make sure that nothing else uses them. The service V(Async) may have channels that are not for SMS.
    type: bool
    default: false
    version_added: 0.4.0
  state:
    description: Whether the service should exist.
    type: str
    choices: [present, absent]
    default: present
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.digital_channels
      - cxops.genesys_sms.digital_channels_writes
      - cxops.genesys_sms.services
      - cxops.genesys_sms.service_leftovers
  idempotent:
    support: partial
    details:
      - With O(update_secret=always), each run writes the secrets if the server does not return them.
      - With O(when_unreadable=write), each run writes the service if the server does not let it be read.
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.digital_channels
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.digital_channels
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_service_info
  - module: cxops.genesys_sms.nexus_channels
    description: For the service C(Async), which lists each channel twice.
notes:
  - Genesys documents only the creation of services. The module finds out which other calls the server has. If the
    server lacks a call that is needed, the module fails with a message.
"""

EXAMPLES = r"""
- name: Enable SMS and select Kaleyra as the provider
  cxops.genesys_sms.nexus_service:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    service: SMS
    url: N/A
    data:
      provider: mGage
    secret: {}

- name: Connect the tenant to Kaleyra
  cxops.genesys_sms.nexus_service:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    service: mGageSMS
    url: "{{ kaleyra_url }}"
    secret:
      username: "{{ kaleyra_username }}"
      password: "{{ kaleyra_password }}"

- name: Write a rotated password to a server that does not show the present one
  cxops.genesys_sms.nexus_service:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    service: mGageSMS
    secret:
      username: "{{ kaleyra_username }}"
      password: "{{ kaleyra_password }}"
    update_secret: always

- name: Remove the connection to Kaleyra
  cxops.genesys_sms.nexus_service:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    service: mGageSMS
    state: absent
"""

RETURN = r"""
service:
  description: The service as it is now, or would be in check mode. Only its name if it is absent.
  returned: success
  type: dict
  contains:
    service:
      description: Name of the service.
      returned: always
      type: str
      sample: mGageSMS
    url:
      description: URL of the service.
      returned: when the service has one
      type: str
      sample: https://directtext.example.com
    data:
      description: Settings of the service, without keys that are null.
      returned: when present
      type: dict
      sample: {}
leftovers:
  description: Names of the O(leftovers) that were found.
  returned: success, if the module looked for them
  type: list
  elements: str
  sample: [mGageSMS]
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["create the service mGageSMS"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: refused
    url: https://digital.example.com/nexus/v3/provisioning/services/45acae06-6b7c-4f97-9c76-471c0b25ef71/SMS
    status: 403
    code: 403
    correlation_id: null
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._digital_channels import services
from ..module_utils._digital_channels.options import DIGITAL_CHANNELS

TASK = Task(
    "nexus_service",
    {**DIGITAL_CHANNELS, **services.OPTIONS},
    services.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
