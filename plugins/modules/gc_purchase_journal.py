#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the journal of purchases, and decide on open purchases."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gc_purchase_journal
short_description: Read the journal of purchases, and decide on open purchases
version_added: 0.3.0
description:
  - Returns the purchases in the journal of M(cxops.genesys_sms.gc_tollfree_numbers), and which of their numbers the
    account has.
  - If the outcome of an order is not known, nothing is bought for its slot until a person decides. With O(intent) and
    O(resolution), this module writes the decision to the journal. It buys and releases nothing.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  journal:
    description: Absolute path of the journal, or the URL of the PostgreSQL database that contains it.
    type: path
    required: true
  journal_password:
    description:
      - Password for the database of the O(journal).
      - If it is not set, the environment variable E(PGPASSWORD) is used.
      - Without either, libpq reads its password file.
    type: str
    version_added: 0.6.0
  ccid:
    description: Return and decide only on purchases of this tenant.
    type: str
  intent:
    description: ID of the purchase to decide on.
    type: str
  resolution:
    description:
      - V(adopt) means that the number was bought. The account must have it.
      - V(forget) means that nothing was bought, or that the number was released. The account must not have it.
    type: str
    choices: [adopt, forget]
  number:
    description: With O(resolution=adopt), the number that was bought, if it is not the number of the intent.
    type: str
  forget_confirmation:
    description:
      - With O(resolution=forget), the number of the intent. It is required if another OAuth client ordered the number.
      - A client can't see the numbers of another client, so the module can't check whether the number was bought. If
        possible, log in as the client that ordered it instead.
    type: str
  create:
    description:
      - Create the journal if it does not exist. A purchase never creates it, because a new journal does not contain the
        orders of an older one.
      - The module fails if the account has numbers that were bought for slots, because another journal must exist then.
        Use that journal, or set O(rebuild) too.
    type: bool
    default: false
    version_added: 0.4.0
  rebuild:
    description:
      - Add the numbers of the account that have the mark of a slot and are missing in the journal.
      - Until then nothing is bought with such a journal, because it is not the one with which the numbers were bought.
        This does not restore open orders. So ask Genesys Customer Care for them first.
    type: bool
    default: false
    version_added: 0.4.0
  copy_from:
    description:
      - Another journal, by its path or URL. Its events are copied to O(journal), to move a journal into a database or a
        file, or to restore it from a copy.
      - The O(journal) must not exist, or have only the first events of the other journal. Then the rest is added.
      - Nothing must buy numbers with the other journal after that. So remove it.
    type: path
    version_added: 0.6.0
  account_is_new:
    description:
      - With O(create=true), confirms that the OAuth client was just created. Its account has no numbers then, so the
        module does not log in and sends no request.
    type: bool
    default: false
    version_added: 0.4.0
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.genesys_cloud
      - cxops.genesys_sms.genesys_cloud_purchases
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.genesys_cloud
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.genesys_cloud
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.gc_tollfree_numbers
"""

EXAMPLES = r"""
- name: Create the journal of an organization for which no number was bought before
  cxops.genesys_sms.gc_purchase_journal:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_client_id }}"
    gc_client_secret: "{{ gc_client_secret }}"
    journal: "{{ new_journal }}"
    create: true

- name: List open purchases
  cxops.genesys_sms.gc_purchase_journal:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_client_id }}"
    gc_client_secret: "{{ gc_client_secret }}"
    journal: "{{ journal }}"
  register: purchases

- name: Decide that an order failed
  cxops.genesys_sms.gc_purchase_journal:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_client_id }}"
    gc_client_secret: "{{ gc_client_secret }}"
    journal: "{{ journal }}"
    intent: "{{ undecided }}"
    resolution: forget
"""

RETURN = r"""
exists:
  description: Whether the journal exists, or would exist in check mode. Without a journal, no order is known.
  returned: success
  type: bool
  sample: true
  version_added: 0.5.0
intents:
  description: The purchases whose outcome is not known, or not known yet. A port-in that was ordered is not among them.
  returned: success
  type: list
  elements: dict
  contains:
    intent:
      description: ID of the purchase.
      returned: always
      type: str
      sample: i5f0c2a9b7e3
    ccid:
      description: The tenant for which the number was ordered.
      returned: always
      type: str
      sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
    slot:
      description: The slot for which the number was ordered, or null if there is none.
      returned: always
      type: str
      sample: main
    number:
      description: The number.
      returned: always
      type: str
      sample: "18445551212"
    port_in:
      description: Whether the number is ported in from another carrier.
      returned: always
      type: bool
      sample: false
    client:
      description: The OAuth client that ordered it, or null if that is not known.
      returned: always
      type: str
      sample: 4da40a9d-b113-4024-8ba9-c9dd89c91f67
    state:
      description: C(open), C(bought) or C(closed). C(closed) means not bought, or released.
      returned: always
      type: str
      sample: open
    event:
      description: The last event of the purchase.
      returned: always
      type: str
      sample: unclear
    order:
      description: ID of the order, or null if it is not known.
      returned: always
      type: str
      sample: 0c3e5f6a-1b2d-4c7e-9f80-a1b2c3d4e5f6
    detail:
      description: The reason for the event, or the status of the order.
      returned: always
      type: str
      sample: did not answer within 30 s
    begun:
      description: When the purchase began, in UTC.
      returned: always
      type: str
      sample: "2026-11-23T20:15:00.000+00:00"
    in_account:
      description: Whether the account has the number.
      returned: always
      type: bool
      sample: false
purchases:
  description: All purchases, oldest first.
  returned: success
  type: list
  elements: dict
  contains:
    intent:
      description: ID of the purchase.
      returned: always
      type: str
      sample: i5f0c2a9b7e3
    ccid:
      description: The tenant for which the number was ordered.
      returned: always
      type: str
      sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
    slot:
      description: The slot for which the number was ordered, or null if there is none.
      returned: always
      type: str
      sample: main
    number:
      description: The number.
      returned: always
      type: str
      sample: "18445551212"
    port_in:
      description: Whether the number is ported in from another carrier.
      returned: always
      type: bool
      sample: false
    client:
      description: The OAuth client that ordered it, or null if that is not known.
      returned: always
      type: str
      sample: 4da40a9d-b113-4024-8ba9-c9dd89c91f67
    state:
      description: C(open), C(bought) or C(closed). C(closed) means not bought, or released.
      returned: always
      type: str
      sample: open
    event:
      description: The last event of the purchase.
      returned: always
      type: str
      sample: unclear
    order:
      description: ID of the order, or null if it is not known.
      returned: always
      type: str
      sample: 0c3e5f6a-1b2d-4c7e-9f80-a1b2c3d4e5f6
    detail:
      description: The reason for the event, or the status of the order.
      returned: always
      type: str
      sample: did not answer within 30 s
    begun:
      description: When the purchase began, in UTC.
      returned: always
      type: str
      sample: "2026-11-23T20:15:00.000+00:00"
    in_account:
      description: Whether the account has the number.
      returned: always
      type: bool
      sample: false
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["forget the intent i5f0c2a9b7e3 of 18445551212"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: invalid_input
    parameter: intent
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._genesys_cloud.numbers import decisions
from ..module_utils._genesys_cloud.options import GENESYS_CLOUD

TASK = Task(
    "gc_purchase_journal",
    {**GENESYS_CLOUD, **decisions.OPTIONS},
    decisions.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
