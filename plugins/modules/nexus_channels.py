#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage the channels of a tenant's custom gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_channels
short_description: Manage the channels of a tenant's custom gateway
version_added: 0.2.0
description:
  - Creates, changes and removes the channels of the service C(Async). They connect Digital Channels and the gateway of
    your SMS provider.
  - The service lists each channel twice, with its webhook in C(data) and its secrets in C(secret). The module makes
    both from one list, so they always agree.
  - An option of a channel that is not set keeps its value. Settings that the module does not know stay.
  - All changes together are one write. The module deletes a service without channels.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  channels:
    description: The channels.
    type: list
    elements: dict
    required: true
    suboptions:
      channel_id:
        description:
          - Phone number, only digits, or e-mail domain (C(channelId)). Put it in quotes.
          - With the state V(absent), it may be any channel ID that the server has. Spell it as the server does. An ID
            of only digits then means all spellings of this number.
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
          - Secret with which Digital Channels signs the messages that it sends to O(channels[].webhook_url).
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
  state:
    description: V(absent) removes all listed channels, whatever their own state.
    type: str
    choices: [present, absent]
    default: present
  update_secret:
    description:
      - When to write secrets that can't be compared, because the server masks or omits them.
      - V(on_create) writes them if something else changes, such as a new channel. Then it writes the secrets of all
        channels, because a write replaces the whole service.
      - V(always) writes the secrets on each run and reports a change. Use it to rotate a secret.
    type: str
    choices: [on_create, always]
    default: on_create
  when_unreadable:
    description:
      - What to do if the server does not support reading services. Then the module can't see whether something has to
        be written.
      - V(fail) fails with a message.
      - V(write) writes the listed channels on each run and reports a change. It requires O(purge=true), because
        channels that are not listed are lost.
    type: str
    choices: [fail, write]
    default: fail
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.digital_channels
      - cxops.genesys_sms.digital_channels_writes
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
  - module: cxops.genesys_sms.nexus_service
  - module: cxops.genesys_sms.nexus_channel_probe
  - module: cxops.genesys_sms.nexus_webhook_headers
notes:
  - A write replaces the whole service. So if the server does not return its secrets, a change needs the secrets of all
    channels that stay. If a secret would be lost, the module fails before it writes.
"""

EXAMPLES = r"""
- name: Connect the tenant to the gateway of its SMS provider
  cxops.genesys_sms.nexus_channels:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    channels:
      - channel_id: "16504661149"
        webhook_url: https://gateway.example.com/genesys
        webhook_secret: "{{ webhook_secret }}"
        api_secret: "{{ api_secret }}"
      - channel_id: mail.example.com
        webhook_url: https://gateway.example.com/genesys
        webhook_secret: "{{ webhook_secret }}"
        api_secret: "{{ api_secret }}"

- name: Change the URL of one channel, and leave everything else as it is
  cxops.genesys_sms.nexus_channels:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    channels:
      - channel_id: "16504661149"
        webhook_url: https://gateway2.example.com/genesys

- name: Write rotated secrets to a server that does not show the present ones
  cxops.genesys_sms.nexus_channels:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    channels:
      - channel_id: "16504661149"
        webhook_secret: "{{ rotated_webhook_secret }}"
        api_secret: "{{ rotated_api_secret }}"
    purge: true
    update_secret: always

- name: Remove all channels, and the service with them
  cxops.genesys_sms.nexus_channels:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    channels: []
    purge: true
"""

RETURN = r"""
channels:
  description:
    - The channels of the tenant as they are now, or would be in check mode, listed or not.
    - Given back to the module, they change nothing. RV(not_purged) has the channels that can't be given back.
  returned: success
  type: list
  elements: dict
  contains:
    channel_id:
      description: Phone number or e-mail domain.
      returned: always
      type: str
      sample: "16504661149"
    webhook_url:
      description: URL to which Digital Channels sends the messages of the channel.
      returned: when the channel has one
      type: str
      sample: https://gateway.example.com/genesys
not_purged:
  description:
    - The IDs of further channels, as they are written. They are neither a number nor a domain, or one of several
      spellings of a channel. O(purge) does not remove them.
  returned: success
  type: list
  elements: str
  sample: ["+1 650 466 1149"]
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["change webhook_url of the channel 16504661149"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: refused
    url: https://digital.example.com/nexus/v3/provisioning/services/45acae06-6b7c-4f97-9c76-471c0b25ef71/Async
    status: 403
    code: 403
    correlation_id: null
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._digital_channels import channels
from ..module_utils._digital_channels.options import DIGITAL_CHANNELS

TASK = Task(
    "nexus_channels",
    {**DIGITAL_CHANNELS, **channels.OPTIONS},
    channels.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
