#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show the toll-free numbers of an organization, and adopt numbers that were bought by hand."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gc_organization_numbers
short_description: Show the toll-free numbers of an organization, and adopt numbers that were bought by hand
version_added: 0.6.0
description:
  - Returns the numbers of several tenants and OAuth clients, their slots, and the orders that are undecided.
  - Names what a person should look at, such as numbers without the mark of a slot or of no known tenant.
  - Reads each account and each journal once. One that can't be read does not hide the others.
  - Changes nothing, unless O(adopt) lists numbers that were bought by hand. It never buys or releases a number.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  tenants:
    description: The tenants whose accounts and journals are read.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the tenant, such as its host in the inventory.
        type: str
        required: true
      ccid:
        description: Contact center ID (UUID) of the tenant.
        type: str
        required: true
      login:
        description:
          - Options of the login to Genesys Cloud CX that differ from those of the module. Tenants with the same login
            have the same account, which is read once.
        type: dict
        suboptions:
          gc_region:
            description:
              - Region of the organization, such as V(us-east-1) or V(eu-central-1), or its domain, such as
                V(mypurecloud.com).
              - It determines O(tenants[].login.gc_login_url) and O(tenants[].login.gc_api_url) if they are not set.
            type: str
          gc_login_url:
            description:
              - Login URL of the organization, such as C(https://login.mypurecloud.com).
              - Without either, it follows from O(tenants[].login.gc_region).
            type: str
          gc_api_url:
            description:
              - API URL of the organization, such as C(https://api.mypurecloud.com).
              - Without either, it follows from O(tenants[].login.gc_region).
            type: str
          gc_client_id:
            description: ID of the OAuth client to log in as.
            type: str
          gc_client_secret:
            description: The OAuth client's secret.
            type: str
          gc_access_token:
            description:
              - Access token to use instead of O(tenants[].login.gc_client_id) and O(tenants[].login.gc_client_secret).
                It is not renewed when it expires.
              - A token from the environment is ignored if O(tenants[].login.gc_client_id) is set.
            type: str
          validate_certs:
            description:
              - Whether the certificates of https servers are verified.
              - Turn it off only on a machine of your own, for a test.
            type: bool
          ca_path:
            description:
              - File with the certificates of the trusted authorities, in PEM format.
              - By default, the authorities of the C(requests) library of the machine are trusted.
            type: path
          client_cert:
            description: File with a client certificate in PEM format, alone or together with its key.
            type: path
          client_key:
            description: File with the key of O(tenants[].login.client_cert) in PEM format, without a passphrase.
            type: path
          timeout:
            description: Seconds to wait for a connection, and for each part of a response.
            type: float
          retries:
            description:
              - How often a request is repeated after a transient error. 100 at most. The pauses between the requests
                grow, or are as long as the server asks for.
              - A write is repeated only if it certainly had no effect. Otherwise the module reads the state first.
            type: int
          time_limit:
            description:
              - Seconds that one request may take, with all its retries and pauses, however slowly the server answers.
              - Only the lookup of a host name, and a host with many addresses, can take longer.
            type: float
      journal:
        description: Absolute path of the journal of purchases, or the URL of the PostgreSQL database that contains it.
        type: path
      journal_password:
        description:
          - Password for the database of the O(tenants[].journal).
          - If it is not set, the environment variable E(PGPASSWORD) is used.
          - Without either, libpq reads its password file.
        type: str
        version_added: 0.6.0
      slots:
        description: The slots that the inventory lists. Without it, numbers are not compared with it.
        type: list
        elements: str
      numbers:
        description: The numbers that the inventory lists.
        type: list
        elements: str
      foreign_numbers:
        description: Numbers that seem to belong to the tenant, but do not.
        type: list
        elements: str
  others:
    description: Further tenants of the organization. Their numbers are counted, but not returned.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the tenant.
        type: str
        required: true
      ccid:
        description: Contact center ID (UUID) of the tenant.
        type: str
        required: true
  adopt:
    description:
      - Numbers that were bought by hand, and the slots that they shall have. The module writes the mark of the slot
        into the comment of each number, and records the number in the journal if there is one.
      - All entries are checked before the first write. The account of the tenant must have the number, the number must
        have no other mark, and the slot no other number.
      - Nothing else is changed. List the slot in the inventory before or after.
    type: list
    elements: dict
    suboptions:
      number:
        description: The number, in international form.
        type: str
        required: true
      tenant:
        description: Name of the tenant, one of O(tenants).
        type: str
        required: true
      slot:
        description: The slot. It has up to 20 letters, digits, underscores and dashes.
        type: str
        required: true
  search:
    description: Also return numbers that can be bought.
    type: dict
    suboptions:
      vanity:
        description: 4 to 7 letters and digits that the numbers that can be bought must contain.
        type: str
      count:
        description: How many numbers that can be bought to ask for, up to 100. The server may return fewer.
        type: int
        default: 10
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.genesys_cloud
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.genesys_cloud
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.genesys_cloud
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.gc_tollfree_numbers
  - module: cxops.genesys_sms.gc_purchase_journal
"""

EXAMPLES = r"""
- name: Give a number that was bought by hand to a slot, and show all numbers
  cxops.genesys_sms.gc_organization_numbers:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_client_id }}"
    gc_client_secret: "{{ gc_client_secret }}"
    tenants:
      - name: acme
        ccid: "{{ ccid }}"
        journal: "{{ journal }}"
    adopt:
      - number: "+1 844 555 2255"
        tenant: acme
        slot: sales
    search:
      vanity: CALL
      count: 3
"""

RETURN = r"""
numbers:
  description: The numbers of all accounts, and the orders and purchases whose number no account has.
  returned: success
  type: list
  elements: dict
  contains:
    tenant:
      description: Name of the tenant.
      returned: always, null if no known tenant has the number
      type: str
      sample: acme
    ccid:
      description: The tenant of the number, by its mark, the journal or its webhook user name.
      returned: always, null if it is not known
      type: str
      sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
    slot:
      description: Slot of the number.
      returned: always, null if there is none
      type: str
      sample: main
    number:
      description: The number, in international form.
      returned: always
      type: str
      sample: "18445551212"
    in_account:
      description: Whether an account has the number. Only these cost money for certain.
      returned: always
      type: bool
      sample: true
    status:
      description: Status of the number in Genesys Cloud CX.
      returned: always, null if no account has the number
      type: str
      sample: Assigned
    since:
      description: When the number was created in Genesys Cloud CX, or when its order began.
      returned: always, null if that is not known
      type: str
      sample: "2026-11-23T20:15:00.000+00:00"
    client:
      description: The OAuth client whose account has the number, or that ordered it.
      returned: always, null if that is not known
      type: str
      sample: 4da40a9d-b113-4024-8ba9-c9dd89c91f67
    comment:
      description: Comment of the number without the mark of its slot.
      returned: always
      type: str
      sample: Nexus Premise ACME Corp
    intent:
      description: ID of the purchase.
      returned: always, null if that is not known
      type: str
      sample: i5f0c2a9b7e3
    event:
      description: The last event of the purchase in the journal.
      returned: always, null if there is none
      type: str
      sample: bought
    order:
      description: ID of the order.
      returned: always, null if that is not known
      type: str
      sample: 0c3e5f6a-1b2d-4c7e-9f80-a1b2c3d4e5f6
    findings:
      description:
        - What a person should look at.
        - C(mark_missing) means that the comment has no mark of a slot, and that the tenant does not list the number.
          C(doubled) means that another number has the mark of the same slot. C(foreign) means that no known tenant has
          the number. C(not_in_inventory) means that the inventory lists neither the number nor its slot.
          C(not_in_journal) means that the number has a mark, and the journal does not contain it.
        - C(order_open) means that the outcome of the order is not known. C(port_in) means that the number is ported in.
          C(not_in_account) means that it was bought, and no account has it. C(account_not_read) means that the account
          of its OAuth client was not read.
      returned: always
      type: list
      elements: str
      sample: [not_in_inventory]
left_out:
  description: How many numbers belong to O(others).
  returned: success
  type: int
  sample: 0
accounts:
  description: The accounts. Tenants with the same login have the same account.
  returned: success
  type: list
  elements: dict
  contains:
    client:
      description: The OAuth client.
      returned: always, null with an access token
      type: str
      sample: 4da40a9d-b113-4024-8ba9-c9dd89c91f67
    tenants:
      description: The tenants that use it.
      returned: always
      type: list
      elements: str
      sample: [acme]
    numbers:
      description: How many numbers it has.
      returned: always, null if it could not be read
      type: int
      sample: 1
    problem:
      description: Why it could not be read.
      returned: always, null if it was read
      type: str
tenants:
  description: By tenant, its O(tenants[].ccid), its OAuth client C(client), its C(journal), whether that exists
    (C(has_journal), null if it could not be read), C(problems) as sentences, and its C(purchases) as
    M(cxops.genesys_sms.gc_purchase_journal) returns them, each with C(undecided) and C(other_client).
  returned: success
  type: dict
available:
  description: Numbers that can be bought.
  returned: always, null without O(search) or if they could not be read
  type: list
  elements: str
  sample: ["18445552255"]
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["give the number 18445552255 to the slot sales of acme"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: invalid_input
    parameter: adopt[0].number
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._genesys_cloud.numbers import organization
from ..module_utils._genesys_cloud.options import GENESYS_CLOUD

TASK = Task(
    "gc_organization_numbers",
    {**GENESYS_CLOUD, **organization.OPTIONS},
    organization.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
