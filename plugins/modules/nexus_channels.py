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
  - Creates, changes and removes the channels of the service C(Async), by which Digital Channels and the gateway of your
    SMS provider reach each other.
  - The service lists each channel twice, with its webhook under C(data) and its secrets under C(secret). The module
    makes both from one list, so that they can't disagree.
  - An option of a channel that is left out keeps the value that it has. Settings that the module does not know stay.
  - However many changes there are, they are one write. A service that has no channel left is deleted.
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
          - The phone number, digits alone, or the e-mail domain (C(channelId)). Put it in quotes.
          - With the state V(absent), any that the tenant has, as it is written there. Digits alone then stand for all
            spellings of the number.
        type: str
        required: true
      webhook_url:
        description:
          - Where Digital Channels sends the messages of the channel to.
          - It is shown in results and diffs, so put no secret into it.
          - Required for a new channel.
        type: str
      webhook_secret:
        description:
          - The secret with which Digital Channels signs what it sends to O(channels[].webhook_url).
          - Required for a new channel.
        type: str
      api_secret:
        description:
          - The secret with which the gateway signs what it sends to Digital Channels.
          - Required for a new channel.
        type: str
      state:
        description: Whether the channel is to exist.
        type: str
        choices: [present, absent]
  purge:
    description:
      - Whether to remove the channels that are not listed.
      - One whose ID is neither a number nor a domain is left, and so is a further spelling of another one. A warning
        names them.
    type: bool
    default: false
  state:
    description: With V(absent), all listed channels go, whatever they say themselves.
    type: str
    choices: [present, absent]
    default: present
  update_secret:
    description:
      - When secrets are written that can't be compared, since the server masks or omits them.
      - With V(on_create), for a new channel, and for all channels whenever the service is replaced for another reason.
      - With V(always), on each run, which is then reported as a change. This is how a secret is rotated.
    type: str
    choices: [on_create, always]
    default: on_create
  when_unreadable:
    description:
      - What to do on a server that does not let services be read, so that it can't be told whether there is something
        to write.
      - With V(fail), fail with a sentence that says so.
      - With V(write), write the listed channels on each run, and report that as a change. O(purge) has to be true then,
        since channels that are not listed are lost.
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
      - With O(update_secret=always) secrets are written on each run if the server does not return them.
      - With O(when_unreadable=write) the service is written on each run if the server does not let it be read.
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
  - The service is replaced as a whole. On a server that does not return its secrets, a change therefore needs the
    secrets of all channels that stay. The module fails before it writes if one would be lost.
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

- name: Move one channel to another address, and leave the rest as it is
  cxops.genesys_sms.nexus_channels:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    channels:
      - channel_id: "16504661149"
        webhook_url: https://gateway2.example.com/genesys

- name: Write rotated secrets although the server does not show the present ones
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
    - The channels that the tenant has now, or would have in check mode, those that were not listed included.
    - They can be given back without a change. What can't is in RV(not_purged).
  returned: success
  type: list
  elements: dict
  contains:
    channel_id:
      description: The phone number or e-mail domain.
      returned: always
      type: str
      sample: "16504661149"
    webhook_url:
      description: Where its messages are sent to.
      returned: when the channel has one
      type: str
      sample: https://gateway.example.com/genesys
not_purged:
  description:
    - The IDs of further channels, as they are written. They are neither a number nor a domain, or one of several
      spellings of a channel. O(purge) leaves them.
  returned: success
  type: list
  elements: str
  sample: ["+1 650 466 1149"]
steps:
  description: What was changed, or would be in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["change webhook_url of the channel 16504661149"]
failure:
  description: The error, in a form to branch on.
  returned: failure, where the module knows the error
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
