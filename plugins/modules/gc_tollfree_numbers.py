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
  - Buys toll-free numbers for SMS, keeps their settings as they are to be, and gives them back.
  - What is missing is bought only if all of it may be.
  - Numbers that are not listed are left alone.
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
          - Slot of the number, a name within the tenant for which some number is wanted. Up to 20 letters, digits,
            underscores and dashes. Upper and lower case make no difference.
          - It stands as a mark in the number's comment, by which the number is found again. A slot that has a number
            never gets a second one.
          - This or O(tollfree_numbers[].number) is needed.
        type: str
      number:
        description:
          - The number, in international form. A plus sign, blanks, dashes, dots and parentheses make no difference.
          - This or O(tollfree_numbers[].slot) is needed. With both, the number is that of the slot, bought if the
            account does not have it. So a slot can be renamed, and a number that was bought by itself can get one.
        type: str
      vanity:
        description: 4 to 7 letters and digits that a number bought for O(tollfree_numbers[].slot) is to have in it.
        type: str
      comment:
        description:
          - Comment of the number without the mark of its slot, such as the name of your organization. The mark is added
            to it.
          - Left out, it stays as it is. Null clears it.
        type: str
      email_address:
        description: Whom Genesys Customer Care may write to. Sent with an order, and can't be changed afterwards.
        type: str
      mo_url:
        description: Where Genesys Cloud CX sends messages to. Left out, it follows from O(nexus_url).
        type: str
      dr_url:
        description: Where Genesys Cloud CX sends delivery receipts to. Left out, it follows from O(nexus_url).
        type: str
      webhook_username:
        description: As whom Genesys Cloud CX calls Digital Channels. Left out, the tenant's ccid.
        type: str
      port_in:
        description:
          - Take O(tollfree_numbers[].number) over from another carrier, in place of buying it, with a letter of
            authorization.
        type: dict
        suboptions:
          loa_file_url:
            description: URL of the letter of authorization.
            type: str
            required: true
          loa_file_url_username:
            description: User name to fetch it with.
            type: str
          loa_file_url_password:
            description: Password to fetch it with.
            type: str
      state:
        description:
          - Whether the account is to have the number.
          - With V(absent), it is given back if O(tollfree_numbers[].release_confirmation) is the number.
        type: str
        choices: [present, absent]
      release_confirmation:
        description: The number itself, to confirm that it is given back. Anyone can buy it then.
        type: str
      ccid:
        description:
          - The tenant whose slot it is. It is given back as M(cxops.genesys_sms.gc_tollfree_number_info) returns it,
            and nothing is written of it.
          - An entry of another tenant is left alone, with a warning, and so is one with a slot whose tenant is null. So
            what was read can be given back without a change.
        type: str
        version_added: 0.4.0
      status:
        description:
          - What Genesys Cloud CX says of the number.
          - It makes no difference here. So what M(cxops.genesys_sms.gc_tollfree_number_info) returns can be given back.
        type: str
        version_added: 0.4.0
  comment:
    description: Comment of the numbers that have none of their own.
    type: str
  email_address:
    description: E-mail address of the numbers that have none of their own.
    type: str
  mo_url:
    description:
      - Where messages of the numbers are sent to that have no URL of their own. Left out, it follows from O(nexus_url).
    type: str
  dr_url:
    description:
      - Where delivery receipts of the numbers are sent to that have no URL of their own. Left out, it follows from
        O(nexus_url).
    type: str
  webhook_username:
    description:
      - As whom Digital Channels is called for the numbers that have no user name of their own. Left out, the O(ccid).
    type: str
  state:
    description: With V(absent), all listed numbers are given back, whatever they say themselves.
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
      - With O(update_secret=always) the webhook's password is written on each run, since the API never tells it.
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
  - The API has no way to make an order safe to repeat. So each order is written to the O(journal) before it is sent,
    and sent once. If its answer is lost, the account is looked at. If it does not show the number, the module fails,
    buys nothing for that slot until a person has decided, and says how.
  - An OAuth client sees the numbers that it ordered itself, and no others. With another one the module fails for each
    number in the O(journal) that is not seen, and buys none in its place.
  - Nothing is bought in check mode. It is not looked whether there is a number to be had, and an order that is open is
    only warned of. Otherwise check mode fails where the real run would.
"""

EXAMPLES = r"""
- name: Have two numbers for a tenant
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
  description: The numbers as they are now, or would be in check mode, in the order of the list.
  returned: success
  type: list
  elements: dict
  contains:
    slot:
      description: Slot of the number, a name within the tenant for which some number is wanted.
      returned: always, null where there is none
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
      description: Whom Genesys Customer Care may write to.
      returned: when the account has it, null where there is none
      type: str
      sample: sms.admin@acme.test.com
    mo_url:
      description: Where Genesys Cloud CX sends messages to.
      returned: when the account has it
      type: str
      sample: https://digital.example.com/nexus/v3/sms/message
    dr_url:
      description: Where Genesys Cloud CX sends delivery receipts to.
      returned: when the account has it
      type: str
      sample: https://digital.example.com/nexus/v3/sms/receipt
    webhook_username:
      description: As whom Genesys Cloud CX calls Digital Channels.
      returned: when the account has it
      type: str
      sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
    ccid:
      description: The tenant whose slot it is.
      returned: when the account has it, null where there is none
      type: str
      sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
    status:
      description: What Genesys Cloud CX says of the number.
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
  description: The numbers by slot, as far as they are known.
  returned: success
  type: dict
  sample:
    main: "18445551212"
unmarked_numbers:
  description:
    - The numbers of the account that nothing is known of, without the mark of a slot, a purchase in the journal, or an
      entry. Empty unless a number has to be bought.
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
      description: As whom Digital Channels is called.
      returned: always
      type: str
      sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
    comment:
      description: Its comment.
      returned: always
      type: str
      sample: bought by hand
steps:
  description: What was changed, or would be in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["buy a number for the slot main"]
failure:
  description: The error, in a form to branch on.
  returned: failure, where the module knows the error
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
from ..module_utils._genesys_cloud.options import GENESYS_CLOUD
from ..module_utils._tenant import tollfree_numbers

TASK = Task(
    "gc_tollfree_numbers",
    {**GENESYS_CLOUD, **tollfree_numbers.OPTIONS},
    tollfree_numbers.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
