#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the sender IDs of a tenant."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_sender_id_info
short_description: Read the sender IDs of a tenant
version_added: 0.1.0
description:
  - Returns the sender IDs of a tenant as options of M(cxops.genesys_sms.nexus_sender_ids). Given back, they change
    nothing, whoever made them.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  name:
    description: Return only the sender ID in the section with this name, or with this name and V(chat.) in front.
    type: str
  channel_id:
    description: Return only the sender IDs with this number, in any spelling.
    type: str
extends_documentation_fragment:
  - cxops.genesys_sms.attributes.info
  - cxops.genesys_sms.attributes.configuration
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.configuration
  - cxops.genesys_sms.gws
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_sender_id
  - module: cxops.genesys_sms.nexus_sender_ids
"""

EXAMPLES = r"""
- name: Read all sender IDs of the tenant
  cxops.genesys_sms.nexus_sender_id_info:
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"

- name: Find out which section has a number
  cxops.genesys_sms.nexus_sender_id_info:
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"
    channel_id: "16504661149"
"""

RETURN = r"""
sender_ids:
  description: The sender IDs that were found, sorted by name. Empty if there is none.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the section, with or without V(chat.) in front.
      returned: always
      type: str
      sample: chat.SMS_Main_Corporate
    channel_id:
      description: The number (option C(channelId)), only digits.
      returned: when the section has a value that the option accepts
      type: str
      sample: "16504661149"
    endpoint:
      description: Name of the chat endpoint in Designer, with or without V(chat.) in front.
      returned: when the section has a value that the option accepts
      type: str
      sample: chat.Main
    interaction_subtype:
      description: Option C(interactionSubtype).
      returned: when the section has one
      type: str
      sample: SMS
    interaction_type:
      description: Option C(interactionType).
      returned: when the section has one
      type: str
      sample: Inbound
    media:
      description: Option C(media).
      returned: when the section has one
      type: str
      sample: chat
    cxc_only:
      description: Whether incoming messages go only to CX Contact and do not become chats (option C(cxcOnly)).
      returned: always
      type: bool
      sample: false
    provider:
      description: Option C(provider).
      returned: unless the section has a value that the option does not accept
      type: str
      sample: mGage
    options:
      description:
        - Further options of the section, and options of Genesys' guide with a value that no option of the module
          accepts.
      returned: always
      type: dict
      sample: {}
"""

from ..module_utils._configuration import sender_ids
from ..module_utils._configuration.options import CONFIGURATION
from ..module_utils._core.task import Task, run_module

TASK = Task(
    "nexus_sender_id_info",
    {**CONFIGURATION, **sender_ids.INFO},
    sender_ids.info,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
