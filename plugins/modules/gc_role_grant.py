#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Grant a role of Genesys Cloud CX."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gc_role_grant
short_description: Grant a role of Genesys Cloud CX
version_added: 0.3.0
description:
  - Grants a role to a user, a group or an OAuth client in a division, and revokes it.
  - It can take some time until the server returns a new grant. The module waits for it, so that the next task can rely
    on it.
  - Only direct grants count. A role that a user has through a group does not count.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  subject_id:
    description: ID of the user, group or OAuth client. Either this or O(subject_email) is required.
    type: str
  subject_email:
    description: E-mail address of the user.
    type: str
  subject_type:
    description: The kind of subject that O(subject_id) is.
    type: str
    choices: [PC_USER, PC_GROUP, PC_OAUTH_CLIENT]
    default: PC_USER
  role:
    description: Name of the role.
    type: str
    required: true
  division_id:
    description: ID of the division in which the role is granted. The default is the home division.
    type: str
  settle_timeout:
    description: Seconds to wait until the server returns the new grant.
    type: float
    default: 30
  state:
    description: Whether the subject should have the role.
    type: str
    choices: [present, absent]
    default: present
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.genesys_cloud
      - cxops.genesys_sms.genesys_cloud_access
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.genesys_cloud
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.genesys_cloud
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.gc_role
notes:
  - In check mode, the module assumes that an earlier task creates a role that does not exist, and warns.
"""

EXAMPLES = r"""
- name: Grant the role to the administrator
  cxops.genesys_sms.gc_role_grant:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_admin_client_id }}"
    gc_client_secret: "{{ gc_admin_client_secret }}"
    subject_email: admin@example.com
    role: Nexus Messaging

- name: Revoke it
  cxops.genesys_sms.gc_role_grant:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_admin_client_id }}"
    gc_client_secret: "{{ gc_admin_client_secret }}"
    subject_email: admin@example.com
    role: Nexus Messaging
    state: absent
"""

RETURN = r"""
grant:
  description: The grant as it is now, or would be in check mode. Empty if it is absent.
  returned: success
  type: dict
  contains:
    subject_id:
      description: ID of the user, group or OAuth client.
      returned: when present
      type: str
      sample: 5be1f2f4-2c0d-4c0b-8f5a-6f1d1f0f6f41
    role:
      description: Name of the role.
      returned: when present
      type: str
      sample: Nexus Messaging
    role_id:
      description: ID of the role.
      returned: when present
      type: str
      sample: 7a1c9f52-31d2-4be4-9f0e-50c7f9a3b6d1
    division_id:
      description: ID of the division.
      returned: when present
      type: str
      sample: 2f0d3c86-55a1-4f2e-b0a3-8c2f4de07b19
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["grant the role Nexus Messaging to 5be1f2f4-2c0d-4c0b-8f5a-6f1d1f0f6f41"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: refused
    url: https://api.mypurecloud.com/api/v2/authorization/roles
    status: 403
    code: missing.any.permissions
    correlation_id: 3a5c0e61-7d0c-4d86-9a3e-2f4b1c9d8e07
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._genesys_cloud import role_grants
from ..module_utils._genesys_cloud.options import GENESYS_CLOUD

TASK = Task(
    "gc_role_grant",
    {**GENESYS_CLOUD, **role_grants.OPTIONS},
    role_grants.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
