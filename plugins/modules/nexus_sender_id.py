#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage one sender ID of a tenant."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_sender_id
short_description: Manage one sender ID of a tenant
version_added: 0.1.0
description:
  - Creates, changes and deletes one sender ID. It is a section of the transaction C(NexusServices) in the tenant's
    configuration.
  - An option that is not set keeps its value. Null sets it back to its default.
  - Sections with the C(channelType) V(sms) are sender IDs, whatever their name. The module never changes sections of
    web chat and other media.
  - A section that people have made by hand may have another spelling. For example, its keys may be in another case, or
    its number may have spaces. A value with the same meaning is not a change. Only new sections and values have to
    follow Genesys' guide.
  - All changes together are one read and at most one write. Some servers refuse to change options in place. Then the
    module writes once more, and deletes and adds the options instead.
  - For more than a few sender IDs, M(cxops.genesys_sms.nexus_sender_ids) does the same in one write.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  name:
    description:
      - Name of the section, with or without V(chat.) in front.
      - Letters, digits, underscores and dashes. For an existing section with another name, write the name exactly.
    type: str
    required: true
  channel_id:
    description:
      - The number (option C(channelId)), only digits. Put it in quotes.
      - A short code has 5 digits, a long code or toll-free number has 10 or 11. Any length from 3 to 15 is accepted.
      - Required for a new sender ID.
    type: str
  endpoint:
    description:
      - Name of the chat endpoint in Designer, with or without V(chat.) in front.
      - Required for a new sender ID.
    type: str
  interaction_subtype:
    description: Option C(interactionSubtype). A new sender ID gets V(SMS).
    type: str
  interaction_type:
    description: Option C(interactionType). A new sender ID gets V(Inbound).
    type: str
  media:
    description: Option C(media). A new sender ID gets V(chat).
    type: str
  cxc_only:
    description:
      - Whether incoming messages go only to CX Contact and do not become chats (option C(cxcOnly)).
      - A new sender ID gets V(false).
    type: bool
  provider:
    description:
      - Option C(provider). A new sender ID gets V(Portico).
      - Use V(mGage) for Kaleyra, V(Async) for a custom gateway, and V(Portico) for Genesys Cloud CX.
    type: str
    choices: [Portico, Async, mGage]
  options:
    description:
      - Further options of the section, and options of Genesys' guide with a value that no option of the module accepts.
        Null removes an option.
      - The values are strings, so put numbers in quotes.
      - An option of the guide, such as C(channelId), is accepted here only if the section has exactly this value and
        the option of the module does not accept it.
    type: dict
  state:
    description: Whether the sender ID should exist.
    type: str
    choices: [present, absent]
    default: present
  purge_options:
    description: Whether to remove the options of a listed sender ID that are neither listed nor in Genesys' guide.
    type: bool
    default: false
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.configuration
      - cxops.genesys_sms.sender_ids
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.configuration
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.configuration
  - cxops.genesys_sms.gws
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_sender_ids
  - module: cxops.genesys_sms.nexus_sender_id_info
"""

EXAMPLES = r"""
- name: Provision a sender ID over Kaleyra
  cxops.genesys_sms.nexus_sender_id:
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"
    name: SMS_Main_Corporate
    channel_id: "16504661149"
    endpoint: Main
    provider: mGage

- name: Leave the incoming messages of a sender ID to CX Contact
  cxops.genesys_sms.nexus_sender_id:
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"
    name: SMS_Main_Corporate
    cxc_only: true

- name: Delete a sender ID
  cxops.genesys_sms.nexus_sender_id:
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"
    name: SMS_Main_Corporate
    state: absent
"""

RETURN = r"""
sender_id:
  description: The sender ID as it is now, or would be in check mode. Empty if it is absent.
  returned: success
  type: dict
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
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["create the sender ID chat.SMS_Main_Corporate"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: refused
    url: https://gws.example.com/provisioning/v3/configuration/objects/transactions
    status: 403
    code: 403
    correlation_id: null
"""

from ..module_utils._configuration import sender_ids
from ..module_utils._configuration.options import CONFIGURATION
from ..module_utils._core.task import Task, run_module

TASK = Task(
    "nexus_sender_id",
    {**CONFIGURATION, **sender_ids.ONE},
    sender_ids.run_one,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
