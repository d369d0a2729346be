#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage several services of a tenant in one task."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_services
short_description: Manage several services of a tenant in Digital Channels
version_added: 0.6.0
description:
  - Creates, changes and deletes services definitions of a tenant, such as a connection and the service V(SMS) that uses
    it.
  - Each service has the options of M(cxops.genesys_sms.nexus_service). The service V(Async) may have the options of
    M(cxops.genesys_sms.nexus_channels) instead.
  - All services are read and planned first, so an option that is wrong or missing is found before anything is written.
    Then they are written in the order of the list.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  services:
    description:
      - The services, in the order in which they are written.
      - All of them are read and planned before the first one is written. After an error, the rest is not written.
    type: list
    elements: dict
    required: true
    suboptions:
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
          - If the server returns its secrets, the module compares them. If the server masks or omits them,
            O(services[].update_secret) decides.
          - A write replaces the whole service. If something else changes and the server does not return the secrets,
            give all of them, or V({}) if there are none.
        type: dict
      channels:
        description:
          - The channels of the service V(Async), in place of O(services[].url), O(services[].data) and
            O(services[].secret).
          - With O(state=absent), they are removed. The service is deleted if it has no channel left.
        type: list
        elements: dict
        suboptions:
          channel_id:
            description:
              - Phone number, only digits, or e-mail domain (C(channelId)). Put it in quotes.
              - With the state V(absent), it may be any channel ID that the server has. Spell it as the server does. An
                ID of only digits then means all spellings of this number.
            type: str
            required: true
          webhook_url:
            description:
              - URL to which Digital Channels sends the messages of the channel.
              - Results and diffs show it, so put no secret into it.
              - Required for a new channel.
            type: str
          webhook_secret:
            description:
              - Secret with which Digital Channels signs the messages that it sends to
                O(services[].channels[].webhook_url).
              - Required for a new channel.
            type: str
          api_secret:
            description:
              - Secret with which the gateway signs the messages that it sends to Digital Channels.
              - Required for a new channel.
            type: str
          state:
            description: Whether the channel should exist.
            type: str
            choices: [present, absent]
      purge:
        description:
          - Whether to remove the channels that are not listed.
          - A channel stays if its ID is neither a number nor a domain. It also stays if its ID is the number of another
            channel in another spelling. A warning names such channels.
        type: bool
        default: false
      update_secret:
        description:
          - When to write secrets that can't be compared, because the server masks or omits them.
          - V(on_create) writes them when the module creates the service, or replaces it for another reason. Each change
            of O(services[].channels) writes the secrets of all channels, because it replaces the service.
          - V(always) writes them on each run and reports a change. Use it to rotate a secret.
        type: str
        choices: [on_create, always]
        default: on_create
  when_unreadable:
    description:
      - What to do if the server does not support reading services. Then the module can't see whether something has to
        be written.
      - V(fail) fails with a message.
      - V(write) writes the services on each run and reports a change. A service requires O(services[].secret). If
        O(services[].url) or O(services[].data) is not set, it is written empty. O(services[].channels) requires
        O(services[].purge=true).
      - O(state=absent) works without reading. Each run sends the deletions, and reports a change if a service existed.
    type: str
    choices: [fail, write]
    default: fail
  without:
    description:
      - Names of services in O(services) that are left alone. This prepares a tenant for another SMS option, without the
        service V(SMS) that selects the option.
      - The O(leftovers) are left alone then too, because they may be the services that the tenant uses now.
    type: list
    elements: str
  leftovers:
    description:
      - Names of services that a former SMS option of the tenant may have left.
      - The module looks for them with O(state=absent) or O(remove_leftovers=true). It returns those that it finds, and
        a warning names them.
    type: list
    elements: str
  remove_leftovers:
    description:
      - Whether to delete the O(leftovers).
      - Make sure that nothing else uses them. The service V(Async) may have channels that are not for SMS.
    type: bool
    default: false
  state:
    description: Whether the services should exist.
    type: str
    choices: [present, absent]
    default: present
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.digital_channels
      - cxops.genesys_sms.services
      - cxops.genesys_sms.service_leftovers
  idempotent:
    support: partial
    details:
      - With O(services[].update_secret=always), each run writes the secrets if the server does not return them.
      - With O(when_unreadable=write), each run writes the services if the server does not let them be read.
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.digital_channels
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.digital_channels
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_service
  - module: cxops.genesys_sms.nexus_channels
  - module: cxops.genesys_sms.nexus_service_info
notes:
  - Genesys documents only the creation of services. The module finds out which other calls the server has. If the
    server lacks a call that is needed, the module fails with a message.
  - If a write fails, the message names the changes that were made before it. Run again to complete the rest.
"""

EXAMPLES = r"""
- name: Connect the tenant to Kaleyra, then enable SMS
  cxops.genesys_sms.nexus_services:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    services:
      - service: mGageSMS
        url: "{{ kaleyra_url }}"
        secret:
          username: "{{ kaleyra_username }}"
          password: "{{ kaleyra_password }}"
      - service: SMS
        url: N/A
        data:
          provider: mGage
        secret: {}

- name: Connect the tenant to its own gateway, and remove the services of a former SMS option
  cxops.genesys_sms.nexus_services:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    services:
      - service: Async
        channels:
          - channel_id: "16504661149"
            webhook_url: https://gateway.example.com/genesys
            webhook_secret: "{{ webhook_secret }}"
            api_secret: "{{ api_secret }}"
      - service: SMS
        url: N/A
        data:
          provider: Async
        secret: {}
    leftovers: [mGageSMS]
    remove_leftovers: true

- name: Remove SMS from the tenant
  cxops.genesys_sms.nexus_services:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    services:
      - service: SMS
      - service: Async
    state: absent
"""

RETURN = r"""
services:
  description: The services as they are now, or would be in check mode. Only the name if a service is absent.
  returned: success
  type: list
  elements: dict
  contains:
    service:
      description: Name of the service.
      returned: always
      type: str
      sample: mGageSMS
    url:
      description: URL of the service.
      returned: when the service has one and no O(services[].channels)
      type: str
      sample: https://directtext.example.com
    data:
      description: Settings of the service, without keys that are null.
      returned: when present and without O(services[].channels)
      type: dict
      sample: {}
    channels:
      description: The channels of the tenant, as M(cxops.genesys_sms.nexus_channels) returns them.
      returned: with O(services[].channels)
      type: list
      elements: dict
      sample: [{channel_id: "16504661149", webhook_url: "https://gateway.example.com/genesys"}]
    not_purged:
      description: The IDs of further channels, as M(cxops.genesys_sms.nexus_channels) returns them.
      returned: with O(services[].channels)
      type: list
      elements: str
      sample: []
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
  sample: ["create the service mGageSMS", "create the service SMS"]
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
from ..module_utils._digital_channels import service_list
from ..module_utils._digital_channels.options import DIGITAL_CHANNELS

TASK = Task(
    "nexus_services",
    {**DIGITAL_CHANNELS, **service_list.OPTIONS},
    service_list.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
