#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Move a tenant to another SMS option."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_option_switch
short_description: Move a tenant to another SMS option
version_added: 0.6.0
description:
  - Changes the service C(SMS) in Digital Channels and the sender IDs in the tenant's configuration from one SMS option
    to another. The services that connect the new option must exist already.
  - Everything is read and planned before the first write. Then the module writes the service, and at once all sender
    IDs together, perhaps with the webhook headers. The service never has the data of two options.
  - Then it reads both again. If a write fails for good, or the server does not show what was written, the module goes
    back to what it found, and fails. The message says which option the tenant has, or that this is not known.
  - A run that is interrupted can be repeated. The next one completes the switch.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  to:
    description: The SMS option that the tenant gets.
    type: str
    required: true
    choices: [kaleyra, custom_gateway, genesys_cloud]
  former:
    description:
      - The SMS option that the tenant has, or had before an interrupted switch.
      - If the server shows the service V(SMS), a run that fails goes back to what it found. Otherwise it goes back to
        this option.
    type: str
    required: true
    choices: [kaleyra, custom_gateway, genesys_cloud]
  sender_ids:
    description:
      - The sender IDs of the tenant. They get the provider of the new option.
      - A sender ID that is not listed gets it too, if it has the provider of the former option and O(purge) does not
        delete it. Otherwise it would stop working.
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
  slots:
    description:
      - Numbers by slot, as M(cxops.genesys_sms.gc_tollfree_numbers) returns them.
      - In check mode a slot may be missing here, because a real run would buy its number first.
    type: dict
  purge:
    description: Whether to delete the sender IDs that are not listed, if they follow Genesys' guide.
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
  when_unreadable:
    description:
      - What to do if the server does not support reading services. Then the module can't see whether the service V(SMS)
        has to be written.
      - V(fail) fails with a message.
      - V(write) writes the service on each run and reports a change.
    type: str
    choices: [fail, write]
    default: fail
  remove_leftovers:
    description:
      - Whether to delete the services that belong only to other SMS options, and the webhook headers of a gateway,
        after the switch.
      - Make sure that nothing else uses them. The service V(Async) may have channels that are not for SMS.
    type: bool
    default: false
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.digital_channels
      - cxops.genesys_sms.configuration
      - cxops.genesys_sms.service_leftovers
      - cxops.genesys_sms.sender_id_lists
  idempotent:
    support: partial
    details:
      - With O(when_unreadable=write), each run writes the service if the server does not let it be read.
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.digital_channels
  - cxops.genesys_sms.attributes.configuration
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.digital_channels
  - cxops.genesys_sms.configuration
  - cxops.genesys_sms.gws
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_services
  - module: cxops.genesys_sms.nexus_sender_ids
notes:
  - The playbook C(cxops.genesys_sms.switch_option) prepares and proves the new option before it uses this module.
  - Whether Digital Channels takes the SMS option of a message from the service, from the sender ID or from both is not
    documented. If it needs both, the tenant has no messages between the two writes.
"""

EXAMPLES = r"""
- name: Move a tenant from Kaleyra to a custom gateway
  cxops.genesys_sms.nexus_option_switch:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"
    former: kaleyra
    to: custom_gateway
    sender_ids:
      - name: SMS_Main_Corporate
        channel_id: "16504661149"
        endpoint: Main
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
webhook_headers:
  description:
    - The headers of the webhooks, as M(cxops.genesys_sms.nexus_webhook_headers) returns them in RV(ignore:section),
      RV(ignore:headers) and RV(ignore:not_purged).
  returned: success, with O(webhook_headers)
  type: dict
  sample:
    section: Async
    headers:
      - name: X-Tenant
    not_purged: []
leftovers:
  description: What belongs only to other SMS options. With O(remove_leftovers=true) it was removed.
  returned: success
  type: dict
  contains:
    services:
      description: Names of services. If the server does not show services, the tenant may have them.
      returned: always
      type: list
      elements: str
      sample: [mGageSMS]
    webhook_headers:
      description: Names of the webhook headers of a gateway.
      returned: always
      type: list
      elements: str
      sample: []
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["change data of the service SMS", "change provider of the sender ID chat.SMS_Main_Corporate"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: refused
    url: https://gws.example.com/provisioning/v3/configuration/objects/transactions/105
    status: 403
    code: null
    correlation_id: null
"""

from ..module_utils._configuration.options import CONFIGURATION
from ..module_utils._core.task import Task, run_module
from ..module_utils._digital_channels.options import DIGITAL_CHANNELS
from ..module_utils._tenant import option_switch

TASK = Task("nexus_option_switch", {**CONFIGURATION, **DIGITAL_CHANNELS, **option_switch.OPTIONS}, option_switch.run)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
