#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the journal of purchases, and decide what is undecided."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gc_purchase_journal
short_description: Read the journal of purchases, and decide what is undecided
version_added: 0.3.0
description:
  - Returns what the journal of M(cxops.genesys_sms.gc_tollfree_numbers) says, and which of its numbers the account has.
  - Where it is not known what became of an order, nothing is bought for its slot until a person decides. With O(intent)
    and O(resolution) this module writes the decision down. It buys and releases nothing.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  journal:
    description: The journal, by its absolute path.
    type: path
    required: true
  ccid:
    description: Return, and decide on, purchases of this tenant only.
    type: str
  intent:
    description: Which purchase to decide on.
    type: str
  resolution:
    description:
      - With V(adopt), the number was bought. The account has to have it.
      - With V(forget), nothing was bought, or it was given back. The account must not have the number.
    type: str
    choices: [adopt, forget]
  number:
    description: With O(resolution=adopt), the number that was really bought, if it is another one.
    type: str
  forget_confirmation:
    description:
      - With O(resolution=forget), the number of an intent of another OAuth client than the one that logs in.
      - A client does not see the numbers of another, so that nobody can tell here whether the number was bought. Log in
        as the client that ordered it if that is possible in any way.
    type: str
  create:
    description:
      - Create the journal if it does not exist. A purchase never does that, since a new journal does not know of the
        orders that another one has.
      - Fails where the account shows numbers that were bought for slots, for then there is another journal. Name that
        one, or begin anew with O(rebuild).
    type: bool
    default: false
    version_added: 0.4.0
  rebuild:
    description:
      - Add the numbers to the journal that the account shows with the mark of a slot, and that the journal does not
        know.
      - Until that is done nothing is bought with such a journal, since it is not the one with which the numbers were
        bought. It does not bring back orders that are open. So ask Genesys Customer Care for these before.
    type: bool
    default: false
    version_added: 0.4.0
  account_is_new:
    description:
      - With O(create=true), that the OAuth client was created just now. Its account has no numbers then, so that
        nothing is called and nobody logs in.
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
- name: Create the journal of an organization for which nothing was bought before
  cxops.genesys_sms.gc_purchase_journal:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_client_id }}"
    gc_client_secret: "{{ gc_client_secret }}"
    journal: "{{ new_journal }}"
    create: true

- name: See what is undecided
  cxops.genesys_sms.gc_purchase_journal:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_client_id }}"
    gc_client_secret: "{{ gc_client_secret }}"
    journal: "{{ journal }}"
  register: purchases

- name: Decide that an order came to nothing
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
  description: Whether there is a journal; in check mode too if it would be created. Without one, no order is known.
  returned: success
  type: bool
  sample: true
  version_added: 0.5.0
intents:
  description: The purchases of which it is not known, or not known yet, what became.
  returned: success
  type: list
  elements: dict
  contains:
    intent:
      description: What names the purchase.
      returned: always
      type: str
      sample: i5f0c2a9b7e3
    ccid:
      description: The tenant that it was made for.
      returned: always
      type: str
      sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
    slot:
      description: The slot that it was made for, or null for a certain number.
      returned: always
      type: str
      sample: main
    number:
      description: The number.
      returned: always
      type: str
      sample: "18445551212"
    port_in:
      description: Whether the number is taken over from elsewhere.
      returned: always
      type: bool
      sample: false
    client:
      description: The OAuth client that ordered it, or null where that is not known.
      returned: always
      type: str
      sample: 4da40a9d-b113-4024-8ba9-c9dd89c91f67
    state:
      description: C(open), C(bought), or C(closed), where nothing was bought or it was given back.
      returned: always
      type: str
      sample: open
    event:
      description: The last that was written of it.
      returned: always
      type: str
      sample: unclear
    order:
      description: ID of the order, or null where it is not known.
      returned: always
      type: str
      sample: 0c3e5f6a-1b2d-4c7e-9f80-a1b2c3d4e5f6
    detail:
      description: Why, or the order's status.
      returned: always
      type: str
      sample: did not answer within 30 s
    begun:
      description: When it was begun, in UTC.
      returned: always
      type: str
      sample: "2026-11-23T20:15:00.000+00:00"
    in_account:
      description: Whether the account has the number.
      returned: always
      type: bool
      sample: false
purchases:
  description: All purchases, in the order in which they were begun.
  returned: success
  type: list
  elements: dict
  contains:
    intent:
      description: What names the purchase.
      returned: always
      type: str
      sample: i5f0c2a9b7e3
    ccid:
      description: The tenant that it was made for.
      returned: always
      type: str
      sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
    slot:
      description: The slot that it was made for, or null for a certain number.
      returned: always
      type: str
      sample: main
    number:
      description: The number.
      returned: always
      type: str
      sample: "18445551212"
    port_in:
      description: Whether the number is taken over from elsewhere.
      returned: always
      type: bool
      sample: false
    client:
      description: The OAuth client that ordered it, or null where that is not known.
      returned: always
      type: str
      sample: 4da40a9d-b113-4024-8ba9-c9dd89c91f67
    state:
      description: C(open), C(bought), or C(closed), where nothing was bought or it was given back.
      returned: always
      type: str
      sample: open
    event:
      description: The last that was written of it.
      returned: always
      type: str
      sample: unclear
    order:
      description: ID of the order, or null where it is not known.
      returned: always
      type: str
      sample: 0c3e5f6a-1b2d-4c7e-9f80-a1b2c3d4e5f6
    detail:
      description: Why, or the order's status.
      returned: always
      type: str
      sample: did not answer within 30 s
    begun:
      description: When it was begun, in UTC.
      returned: always
      type: str
      sample: "2026-11-23T20:15:00.000+00:00"
    in_account:
      description: Whether the account has the number.
      returned: always
      type: bool
      sample: false
steps:
  description: What was changed, or would be in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["forget the intent i5f0c2a9b7e3 of 18445551212"]
failure:
  description: The error, in a form to branch on.
  returned: failure, where the module knows the error
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
