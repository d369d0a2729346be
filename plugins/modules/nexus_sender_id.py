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
  - Creates, changes and deletes one sender ID, which is a section of the transaction C(NexusServices) in the tenant's
    configuration.
  - An option of a sender ID that is left out keeps the value that it has. Null sets it back to its default.
  - Sections whose C(channelType) is V(sms) are sender IDs, whatever they are called. Sections of web chat and other
    media are never touched.
  - A section that was made by hand is taken as it is. Its key may be in another case, its number may have blanks. What
    means the same is no change. Only what is new has to have the form of Genesys' guide.
  - However many changes there are, they are one read and at most one write. Some servers do not take changed options
    in place.
    Then the write is repeated once, with the options deleted and added.
  - For more than a few sender IDs, M(cxops.genesys_sms.nexus_sender_ids) does the same in one write.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  name:
    description:
      - Name of the section. V(chat.) in front may be left out.
      - Letters, digits, underscores and dashes. A section that was made by hand may have any name, which is given as it
        is.
    type: str
    required: true
  channel_id:
    description:
      - The number (option C(channelId)), digits alone. Put it in quotes.
      - 5 digits for a short code, 10 or 11 for a long code or a toll-free number. Others are accepted from 3 to 15.
      - Required for a new sender ID.
    type: str
  endpoint:
    description:
      - Name of the chat endpoint in Designer. V(chat.) in front may be left out.
      - Required for a new sender ID.
    type: str
  interaction_subtype:
    description: Option C(interactionSubtype). V(SMS) for a new sender ID.
    type: str
  interaction_type:
    description: Option C(interactionType). V(Inbound) for a new sender ID.
    type: str
  media:
    description: Option C(media). V(chat) for a new sender ID.
    type: str
  cxc_only:
    description:
      - Whether incoming messages are left to CX Contact and do not become chats (option C(cxcOnly)).
      - V(false) for a new sender ID.
    type: bool
  provider:
    description:
      - Option C(provider). V(Portico) for a new sender ID.
      - V(mGage) for Kaleyra, V(Async) for a custom gateway, V(Portico) for Genesys Cloud CX.
    type: str
    choices: [Portico, Async, mGage]
  options:
    description:
      - Further options of the section, and those of the guide with a value that no option takes. One set to null is
        removed.
      - The values are texts, so put quotes around numbers.
      - One of the guide's, such as C(channelId), is taken here only if the section has it with just this value, one
        that the option does not take.
    type: dict
  state:
    description: Whether the sender ID is to exist.
    type: str
    choices: [present, absent]
    default: present
  purge_options:
    description: Whether to remove options of a sender ID that were not asked for and that the guide does not know.
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

- name: Leave its incoming messages to CX Contact
  cxops.genesys_sms.nexus_sender_id:
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"
    name: SMS_Main_Corporate
    cxc_only: true

- name: Remove it
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
  description: The sender ID as it is now, or would be in check mode. Empty where it is absent.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the section.
      returned: always
      type: str
      sample: chat.SMS_Main_Corporate
    channel_id:
      description: The number (option C(channelId)), digits alone.
      returned: when the section has one that the option takes
      type: str
      sample: "16504661149"
    endpoint:
      description: Name of the chat endpoint in Designer.
      returned: when the section has one that the option takes
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
      description: Whether incoming messages are left to CX Contact and do not become chats (option C(cxcOnly)).
      returned: always
      type: bool
      sample: false
    provider:
      description: Option C(provider).
      returned: unless the section has one that the option does not take
      type: str
      sample: mGage
    options:
      description: Further options of the section, and those of the guide with a value that no option takes.
      returned: always
      type: dict
      sample: {}
steps:
  description: What was changed, or would be in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["create the sender ID chat.SMS_Main_Corporate"]
failure:
  description: The error, in a form to branch on.
  returned: failure, where the module knows the error
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
