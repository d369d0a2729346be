#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the toll-free numbers of an account in Genesys Cloud CX."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gc_tollfree_number_info
short_description: Read the toll-free numbers of an account in Genesys Cloud CX
version_added: 0.3.0
description:
  - Returns the toll-free numbers of the OAuth client, and on request numbers that can be bought.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  available:
    description: Whether to return numbers that can be bought too.
    type: bool
    default: false
  vanity:
    description: 4 to 7 letters and digits that the numbers that can be bought must contain.
    type: str
  count:
    description: How many numbers that can be bought to ask for, up to 100. The server may return fewer.
    type: int
    default: 10
extends_documentation_fragment:
  - cxops.genesys_sms.attributes.info
  - cxops.genesys_sms.attributes.genesys_cloud
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.genesys_cloud
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.gc_tollfree_number
"""

EXAMPLES = r"""
- name: Read the numbers of the account
  cxops.genesys_sms.gc_tollfree_number_info:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_client_id }}"
    gc_client_secret: "{{ gc_client_secret }}"

- name: List numbers with CALL that can be bought
  cxops.genesys_sms.gc_tollfree_number_info:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_client_id }}"
    gc_client_secret: "{{ gc_client_secret }}"
    available: true
    vanity: CALL
    count: 3
"""

RETURN = r"""
tollfree_numbers:
  description: The numbers of the account.
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
available:
  description: Numbers that can be bought.
  returned: with O(available=true)
  type: list
  elements: str
  sample: ["18445552255"]
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._genesys_cloud.numbers import numbers
from ..module_utils._genesys_cloud.options import GENESYS_CLOUD

TASK = Task(
    "gc_tollfree_number_info",
    {**GENESYS_CLOUD, **numbers.INFO},
    numbers.info,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
