#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage all toll-free numbers of a tenant in Genesys Cloud CX."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gc_tollfree_numbers
short_description: Manage all toll-free numbers of a tenant in Genesys Cloud CX
version_added: 0.3.0
description:
  - Buys and releases toll-free numbers for SMS, and changes their settings.
  - Buys missing numbers only if the options, such as O(max_purchases), allow all of them.
  - Numbers that are not listed are not changed.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  tollfree_numbers:
    description: The numbers of the tenant.
    type: list
    elements: dict
    required: true
    suboptions:
      slot:
        description:
          - Slot of the number, a name within the tenant that stands for one number. It has up to 20 letters, digits,
            underscores and dashes. Upper and lower case are the same.
          - The module writes the slot as a mark into the number's comment, and finds the number by it. A slot that has
            a number never gets a second one.
          - Either this or O(tollfree_numbers[].number) is required.
        type: str
      number:
        description:
          - The number, in international form. A plus sign, spaces, dashes, dots and parentheses are ignored.
          - Either this or O(tollfree_numbers[].slot) is required. With both, the slot gets this number. The number is
            bought if the account does not have it. Use both to rename a slot, or to give a slot to a number that has
            none.
        type: str
      vanity:
        description:
          - 4 to 7 letters and digits that a number must contain if it is bought for O(tollfree_numbers[].slot).
        type: str
      comment:
        description:
          - Comment of the number without the mark of its slot, such as the name of your organization. The module adds
            the mark.
          - If it is not set, it is not changed. Null clears it.
        type: str
      email_address:
        description:
          - E-mail address that Genesys Customer Care may write to. It is sent with the order and can't be changed
            afterwards.
        type: str
      mo_url:
        description: URL to which Genesys Cloud CX sends messages. The default follows from O(nexus_url).
        type: str
      dr_url:
        description: URL to which Genesys Cloud CX sends delivery receipts. The default follows from O(nexus_url).
        type: str
      webhook_username:
        description: User name that Genesys Cloud CX sends to Digital Channels. The default is the tenant's ccid.
        type: str
      port_in:
        description:
          - Port O(tollfree_numbers[].number) in from another carrier instead of buying it. This needs a letter of
            authorization.
        type: dict
        suboptions:
          loa_file_url:
            description: URL of the letter of authorization.
            type: str
            required: true
          loa_file_url_username:
            description: User name to download it with.
            type: str
          loa_file_url_password:
            description: Password to download it with.
            type: str
      state:
        description:
          - Whether the account should have the number.
          - With V(absent), the number is released if O(tollfree_numbers[].release_confirmation) is the number.
        type: str
        choices: [present, absent]
      release_confirmation:
        description: The number itself, to confirm that it is released. Anyone can buy it then.
        type: str
      ccid:
        description:
          - The tenant to which the slot belongs, as M(cxops.genesys_sms.gc_tollfree_number_info) returns it. It is not
            written.
          - An entry of another tenant is ignored with a warning. So is an entry that has a slot and a null ccid. So the
            result of that module can be used here without a change.
        type: str
        version_added: 0.4.0
      status:
        description:
          - Status of the number in Genesys Cloud CX.
          - It is ignored, so that the result of M(cxops.genesys_sms.gc_tollfree_number_info) can be used here.
        type: str
        version_added: 0.4.0
  comment:
    description: Comment of the numbers that have no comment of their own.
    type: str
  email_address:
    description: E-mail address for the numbers that have none of their own.
    type: str
  mo_url:
    description:
      - URL to which Genesys Cloud CX sends messages, for the numbers that have none of their own. The default follows
        from O(nexus_url).
    type: str
  dr_url:
    description:
      - URL to which Genesys Cloud CX sends delivery receipts, for the numbers that have none of their own. The default
        follows from O(nexus_url).
    type: str
  webhook_username:
    description:
      - User name that Genesys Cloud CX sends to Digital Channels, for the numbers that have none of their own. The
        default is O(ccid).
    type: str
  state:
    description: With V(absent), all listed numbers are released, even if their own state is V(present).
    type: str
    choices: [present, absent]
    default: present
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.genesys_cloud
      - cxops.genesys_sms.genesys_cloud_purchases
      - cxops.genesys_sms.genesys_cloud_numbers
  idempotent:
    support: partial
    details:
      - With O(update_secret=always), each run writes the webhook password, because the API never returns it.
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.genesys_cloud
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.genesys_cloud
  - cxops.genesys_sms.tollfree_numbers
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.gc_tollfree_number
  - module: cxops.genesys_sms.gc_purchase_journal
notes:
  - The API has no idempotency key for orders. So the module writes each order to the O(journal) before it sends it, and
    sends it only once. If the answer is lost, the module checks whether the account has the number. If not, the module
    fails. The message says how a person can decide. Until then, nothing is bought for that slot.
  - An OAuth client sees only the numbers that it ordered itself. With another client, the module fails for each listed
    number of the O(journal) that it can't see, and buys no other number in its place.
  - In check mode nothing is bought. The module does not check whether a number is on offer, and only warns of open
    orders. In all other cases, check mode fails if the real run would fail.
"""

EXAMPLES = r"""
- name: Buy two numbers for a tenant
  cxops.genesys_sms.gc_tollfree_numbers:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_client_id }}"
    gc_client_secret: "{{ gc_client_secret }}"
    ccid: "{{ ccid }}"
    nexus_url: "{{ nexus_url }}"
    webhook_password: "{{ nexus_cluster_api_key }}"
    purchase_allowed: true
    max_purchases: 3
    journal: "{{ journal }}"
    comment: Nexus Premise ACME Corp
    email_address: sms.admin@acme.test.com
    tollfree_numbers:
      - slot: main
      - slot: campaigns
        vanity: CALL
  register: numbers

- name: Write a rotated cluster API key to them
  cxops.genesys_sms.gc_tollfree_numbers:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_client_id }}"
    gc_client_secret: "{{ gc_client_secret }}"
    ccid: "{{ ccid }}"
    nexus_url: "{{ nexus_url }}"
    webhook_password: "{{ rotated_cluster_api_key }}"
    update_secret: always
    journal: "{{ journal }}"
    tollfree_numbers:
      - slot: main
      - slot: campaigns
"""

RETURN = r"""
tollfree_numbers:
  description: The listed numbers as they are now, or would be in check mode, in the order of the list.
  returned: success
  type: list
  elements: dict
  contains:
    slot:
      description: Slot of the number, a name within the tenant that stands for one number.
      returned: always, null if there is none
      type: str
      sample: main
    number:
      description: The number, in international form.
      returned: always, unless it would be bought
      type: str
      sample: "18445551212"
    comment:
      description: Comment of the number without the mark of its slot, such as the name of your organization.
      returned: when the account has it
      type: str
      sample: Nexus Premise ACME Corp
    email_address:
      description: E-mail address that Genesys Customer Care may write to.
      returned: when the account has it, null if there is none
      type: str
      sample: sms.admin@acme.test.com
    mo_url:
      description: URL to which Genesys Cloud CX sends messages.
      returned: when the account has it
      type: str
      sample: https://digital.example.com/nexus/v3/sms/message
    dr_url:
      description: URL to which Genesys Cloud CX sends delivery receipts.
      returned: when the account has it
      type: str
      sample: https://digital.example.com/nexus/v3/sms/receipt
    webhook_username:
      description: User name that Genesys Cloud CX sends to Digital Channels.
      returned: when the account has it
      type: str
      sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
    ccid:
      description: The tenant to which the slot belongs, as M(cxops.genesys_sms.gc_tollfree_number_info) returns it.
      returned: when the account has it, null if there is none
      type: str
      sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
    status:
      description: Status of the number in Genesys Cloud CX.
      returned: when the account has it
      type: str
      sample: Assigned
ccid:
  description: The tenant whose slots these are, in lower case.
  returned: success
  type: str
  sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
  version_added: 0.5.0
slots:
  description: The numbers by slot. A slot whose number is not known yet is left out.
  returned: success
  type: dict
  sample:
    main: "18445551212"
unmarked_numbers:
  description:
    - The numbers of the account that have no mark of a slot, no purchase in the journal and no entry. Empty unless a
      number has to be bought.
  returned: success
  type: list
  elements: dict
  contains:
    number:
      description: The number.
      returned: always
      type: str
      sample: "18445551212"
    webhook_username:
      description: User name that Genesys Cloud CX sends to Digital Channels.
      returned: always
      type: str
      sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
    comment:
      description: Its comment.
      returned: always
      type: str
      sample: bought by hand
ordered:
  description:
    - The numbers that this task ordered, or would order in check mode, without port-ins. After a failure, it may be
      unknown whether an order was carried out.
  returned: success, or failure after an order
  type: list
  elements: dict
  contains:
    slot:
      description: Slot that the number was ordered for.
      returned: always, null if there is none
      type: str
      sample: main
    number:
      description: The number. It is null in check mode if the real run would choose it.
      returned: always
      type: str
      sample: "18445551212"
  version_added: 0.6.0
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["buy a number for the slot main"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: undecided
    intents:
      - intent: i5f0c2a9b7e3
        ccid: 45acae06-6b7c-4f97-9c76-471c0b25ef71
        slot: main
        number: "18445551212"
        port_in: false
        client: 4da40a9d-b113-4024-8ba9-c9dd89c91f67
        state: open
        event: unclear
        order: null
        detail: broke off the connection before its answer was complete
        begun: "2026-11-23T20:15:00.000+00:00"
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._genesys_cloud.numbers.ordered import announce
from ..module_utils._genesys_cloud.options import GENESYS_CLOUD
from ..module_utils._tenant import tollfree_numbers

TASK = Task(
    "gc_tollfree_numbers",
    {**GENESYS_CLOUD, **tollfree_numbers.OPTIONS},
    tollfree_numbers.run,
    announce=announce,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
