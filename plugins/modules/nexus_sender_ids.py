#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage all sender IDs of a tenant in one write."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_sender_ids
short_description: Manage all sender IDs of a tenant in one write
version_added: 0.1.0
description:
  - Creates, changes and deletes the sender IDs of a tenant, which are sections of the transaction C(NexusServices) in
    the tenant's
    configuration.
  - An option of a sender ID that is left out keeps the value that it has. Null sets it back to its default.
  - Sections whose C(channelType) is V(sms) are sender IDs, whatever they are called. Sections of web chat and other
    media are never touched.
  - A section that was made by hand is taken as it is. Its key may be in another case, its number may have blanks. What
    means the same is no change. Only what is new has to have the form of Genesys' guide.
  - However many changes there are, they are one read and at most one write. Some servers do not take changed options
    in place.
    Then the write is repeated once, with the options deleted and added.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  sender_ids:
    description: The sender IDs.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the section. V(chat.) in front may be left out.
          - Letters, digits, underscores and dashes. A section that was made by hand may have any name, which is given
            as it is.
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
          - Option C(provider). Left out, the provider of the whole list counts for a new or existing sender ID, and
            without that V(Portico) for a new one.
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
      slot:
        description:
          - The slot whose number in O(slots) is the number of the sender ID, in place of O(sender_ids[].channel_id).
        type: str
  provider:
    description: Option C(provider) of the listed sender IDs that have none of their own here.
    type: str
    choices: [Portico, Async, mGage]
  state:
    description: With V(absent), all listed sender IDs go, whatever they say themselves.
    type: str
    choices: [present, absent]
    default: present
  slots:
    description:
      - Numbers by slot, as M(cxops.genesys_sms.gc_tollfree_numbers) returns them.
      - In check mode a slot may be missing here, since the real run would buy its number first.
    type: dict
  purge:
    description:
      - Whether to delete the sender IDs that are not listed.
      - One whose name or key does not have the form of Genesys' guide is left, since it may be in use for something
        else. It is in RV(not_purged), and a warning names it. To delete it, list it with O(sender_ids[].state=absent).
    type: bool
    default: false
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
  - module: cxops.genesys_sms.nexus_sender_id
  - module: cxops.genesys_sms.nexus_sender_id_info
"""

EXAMPLES = r"""
- name: Provision the sender IDs of a tenant over Kaleyra
  cxops.genesys_sms.nexus_sender_ids:
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"
    provider: mGage
    sender_ids:
      - name: SMS_Main_Corporate
        channel_id: "16504661149"
        endpoint: Main
      - name: SMS_Campaigns
        channel_id: "12345"
        endpoint: Campaigns
        cxc_only: true

- name: Give a sender ID the number that was bought for a slot
  cxops.genesys_sms.nexus_sender_ids:
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"
    slots:
      main: "18445551212"
    sender_ids:
      - name: SMS_Toll_Free
        slot: main
        endpoint: Main
        provider: Portico

- name: Keep only one of them
  cxops.genesys_sms.nexus_sender_ids:
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"
    sender_ids:
      - name: SMS_Main_Corporate
    purge: true
"""

RETURN = r"""
sender_ids:
  description: All sender IDs that the tenant has now, or would have in check mode, those that were not listed included.
  returned: success
  type: list
  elements: dict
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
not_purged:
  description: Names of the sender IDs that O(purge) has left, since they do not have the form of Genesys' guide.
  returned: success, with O(purge=true)
  type: list
  elements: str
  sample: [chat.SMS.Main]
steps:
  description: What was changed, or would be in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["create the sender ID chat.SMS_Campaigns", "change endpoint of the sender ID chat.SMS_Main_Corporate"]
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
    "nexus_sender_ids",
    {**CONFIGURATION, **sender_ids.OPTIONS},
    sender_ids.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
