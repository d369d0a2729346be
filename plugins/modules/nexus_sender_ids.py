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
  - Creates, changes and deletes the sender IDs of a tenant. They are sections of the transaction C(NexusServices) in
    the tenant's configuration.
  - An option that is not set keeps its value. Null sets it back to its default.
  - Sections with the C(channelType) V(sms) are sender IDs, whatever their name. The module never changes sections of
    web chat and other media.
  - A section that people have made by hand may have another spelling. For example, its keys may be in another case, or
    its number may have spaces. A value with the same meaning is not a change. Only new sections and values have to
    follow Genesys' guide.
  - All changes together are one read and at most one write. Some servers refuse to change options in place. Then the
    module writes once more, and deletes and adds the options instead.
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
          - Name of the section, with or without V(chat.) in front.
          - Letters, digits, underscores and dashes. For an existing section with another name, write the name exactly.
        type: str
        required: true
      channel_id:
        description:
          - The number (option C(channelId)), only digits. Put it in quotes.
          - A short code has 5 digits, a long code or toll-free number has 10 or 11. Any length from 3 to 15 is
            accepted.
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
          - Option C(provider). If it is not set, the sender ID gets the provider of the whole list. If that is not set
            either, a new sender ID gets V(Portico).
          - V(mGage) for Kaleyra, V(Async) for a custom gateway, V(Portico) for Genesys Cloud CX.
        type: str
        choices: [Portico, Async, mGage]
      options:
        description:
          - Further options of the section, and options of Genesys' guide with a value that no option of the module
            accepts. Null removes an option.
          - The values are strings, so put numbers in quotes.
          - An option of the guide, such as C(channelId), is accepted here only if the section has exactly this value
            and the option of the module does not accept it.
        type: dict
      state:
        description: Whether the sender ID should exist.
        type: str
        choices: [present, absent]
      slot:
        description:
          - Slot of the number. The sender ID gets the number that O(slots) has for it, instead of
            O(sender_ids[].channel_id).
        type: str
  provider:
    description: Option C(provider) of the listed sender IDs that do not set their own.
    type: str
    choices: [Portico, Async, mGage]
  state:
    description: V(absent) removes all listed sender IDs, whatever their own state.
    type: str
    choices: [present, absent]
    default: present
  slots:
    description:
      - Numbers by slot, as M(cxops.genesys_sms.gc_tollfree_numbers) returns them.
      - In check mode a slot may be missing here, because a real run would buy its number first.
    type: dict
  purge:
    description:
      - Whether to delete the sender IDs that are not listed.
      - A sender ID whose name or key does not follow Genesys' guide stays, because something else may use it.
        RV(not_purged) and a warning name it. To delete it, list it with O(sender_ids[].state=absent).
    type: bool
    default: false
  purge_options:
    description: Whether to remove the options of a listed sender ID that are neither listed nor in Genesys' guide.
    type: bool
    default: false
  webhook_headers:
    description:
      - Custom headers of the webhooks, as M(cxops.genesys_sms.nexus_webhook_headers) takes them. They are written
        together with the sender IDs.
      - So a tenant with both needs only one session. Genesys Web Services may take long to start one.
    type: dict
    version_added: 0.6.0
    suboptions:
      headers:
        description: The headers.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description:
              - Name of the header, without C(header:) in front. Case does not matter.
              - The headers that Digital Channels sets itself are refused. These are C(Content-Type), C(Content-Length),
                C(Host), C(X-Hub-Signature) and C(X-B3-TraceId).
            type: str
            required: true
          value:
            description:
              - Value of the header, one line of ASCII.
              - Required for a new header. If it is not set, an existing header keeps its value.
            type: str
          state:
            description: Whether Digital Channels should send the header.
            type: str
            choices: [present, absent]
      section:
        description:
          - Section of the async provider in the transaction C(NexusServices).
          - Genesys' guide does not give the name of this section. In sender IDs, the name of the async provider is
            C(Async).
        type: str
        default: Async
      purge:
        description:
          - Whether to remove the headers that are not listed.
          - Headers that can't be listed as present, such as C(Content-Type), stay, and a warning names them.
        type: bool
        default: false
      state:
        description: V(absent) removes all listed headers, whatever their own state.
        type: str
        choices: [present, absent]
        default: present
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.configuration
      - cxops.genesys_sms.sender_ids
      - cxops.genesys_sms.sender_id_lists
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
  - module: cxops.genesys_sms.nexus_webhook_headers
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

- name: Provision the sender IDs and the webhook headers of a tenant over a custom gateway
  cxops.genesys_sms.nexus_sender_ids:
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"
    provider: Async
    sender_ids:
      - name: SMS_Support
        channel_id: "16504661150"
        endpoint: Support
    webhook_headers:
      headers:
        - name: X-Tenant
          value: initech

- name: Keep only one sender ID
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
  description: All sender IDs of the tenant as they are now, or would be in check mode, listed or not.
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
not_purged:
  description: Names of the sender IDs that O(purge) did not delete, because they do not follow Genesys' guide.
  returned: success, with O(purge=true)
  type: list
  elements: str
  sample: [chat.SMS.Main]
webhook_headers:
  description:
    - The headers of the webhooks, as M(cxops.genesys_sms.nexus_webhook_headers) returns them in RV(ignore:section),
      RV(ignore:headers) and RV(ignore:not_purged).
  returned: success, with O(webhook_headers)
  type: dict
  version_added: 0.6.0
  sample:
    section: Async
    headers:
      - name: X-Tenant
    not_purged: []
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["create the sender ID chat.SMS_Campaigns", "change endpoint of the sender ID chat.SMS_Main_Corporate"]
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
    "nexus_sender_ids",
    {**CONFIGURATION, **sender_ids.OPTIONS},
    sender_ids.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
