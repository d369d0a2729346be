#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prove the API secrets of a tenant's channels."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_channel_probe
short_description: Prove the API secrets of a tenant's channels
version_added: 0.2.0
description:
  - Proves that Digital Channels has the same API secrets as you. The module uploads a file of a few bytes to each
    channel, signed with the secret, as the gateway of your SMS provider does.
  - First it checks that the server refuses a wrong signature. Otherwise a right signature would prove nothing.
  - The module can't prove the webhook secrets, which are for the other direction. Digital Channels uses them when it
    sends.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  channels:
    description:
      - The channels, as for M(cxops.genesys_sms.nexus_channels). The module proves O(channels[].api_secret). It does
        not use the other secret and the URL.
      - Channels with the state V(absent) are skipped.
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
attributes:
  diff_mode:
    description: The module changes nothing that could be compared.
    support: none
  idempotent:
    support: none
    details:
      - Each run uploads a file to each channel and reports a change.
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.messaging
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.messaging
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_channels
"""

EXAMPLES = r"""
- name: Prove that Digital Channels has the API secret of a channel
  cxops.genesys_sms.nexus_channel_probe:
    nexus_url: "{{ nexus_url }}"
    ccid: "{{ ccid }}"
    channels:
      - channel_id: "16504661149"
        api_secret: "{{ api_secret }}"
"""

RETURN = r"""
proven:
  description:
    - The channels whose API secret is the same on both sides. If one is not proven, the module fails.
    - Empty in check mode, because nothing is uploaded.
  returned: success
  type: list
  elements: str
  sample: ["16504661149"]
steps:
  description: The uploads that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["upload 43 bytes to the channel 16504661149, signed with its api_secret"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: unproven
    reasons:
      "16504661149": Digital Channels answered 401, as it does for a wrong signature.
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._digital_channels import channel_probe
from ..module_utils._digital_channels.options import MESSAGING

TASK = Task(
    "nexus_channel_probe",
    {**MESSAGING, **channel_probe.OPTIONS},
    channel_probe.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
