#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a role of Genesys Cloud CX."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gc_role
short_description: Manage a role of Genesys Cloud CX
version_added: 0.3.0
description:
  - Creates, changes and deletes a role and its permissions.
  - The name identifies the role. The module fails if several roles have the name, or if a name differs only in case.
  - A server may return each permission that a V(*) stands for instead of the V(*). If the policies of the role differ
    from the desired ones, the module reads all permissions that exist, and compares each single permission.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  name:
    description: Name of the role.
    type: str
    required: true
  description:
    description: What the role is for. If it is not set, it is not changed. Null clears it.
    type: str
  permission_policies:
    description:
      - The complete permissions of the role. If they are not set, they are not changed. Null or an empty list removes
        all permissions.
    type: list
    elements: dict
    suboptions:
      domain:
        description: Domain of the permissions, such as V(messaging).
        type: str
        required: true
      entity_name:
        description: Entity of the domain, or V(*) for all entities. Null is refused.
        type: str
        default: "*"
      action_set:
        description: Permitted actions, or V(*) for all actions. Null is refused.
        type: list
        elements: str
        default: ["*"]
  settle_timeout:
    description:
      - Seconds to wait until a new role is in the list of roles, or a role that already exists according to the server.
    type: float
    default: 30
    version_added: 0.4.0
  state:
    description: Whether the role should exist. Its grants are deleted with it.
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
  idempotent:
    support: partial
    details:
      - If the server does not list all permissions that exist, the module guesses what a V(*) stands for, and warns. If
        the server returned none of the role's V(*), all permissions of the role for a domain or entity count as what
        the V(*) stands for. The module does not notice then if someone removed a permission from the role.
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.genesys_cloud
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.genesys_cloud
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.gc_role_grant
  - module: cxops.genesys_sms.gc_oauth_client
"""

EXAMPLES = r"""
- name: Create the role that the integration of Digital Channels needs
  cxops.genesys_sms.gc_role:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_admin_client_id }}"
    gc_client_secret: "{{ gc_admin_client_secret }}"
    name: Nexus Messaging
    permission_policies:
      - domain: messaging
      - domain: messagingProvisioning

- name: Describe the role
  cxops.genesys_sms.gc_role:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_admin_client_id }}"
    gc_client_secret: "{{ gc_admin_client_secret }}"
    name: Nexus Messaging
    description: SMS of Digital Channels

- name: Remove another role
  cxops.genesys_sms.gc_role:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_admin_client_id }}"
    gc_client_secret: "{{ gc_admin_client_secret }}"
    name: Old Messaging
    state: absent
"""

RETURN = r"""
role:
  description: The role as it is now, or would be in check mode. Empty if it is absent.
  returned: success
  type: dict
  contains:
    id:
      description: ID of the role, or null if it would be created.
      returned: when present
      type: str
      sample: 7a1c9f52-31d2-4be4-9f0e-50c7f9a3b6d1
    name:
      description: Name of the role.
      returned: when present
      type: str
      sample: Nexus Messaging
    description:
      description: What the role is for.
      returned: when present
      type: str
      sample: SMS of Digital Channels
    permission_policies:
      description: The permissions of the role.
      returned: when present
      type: list
      elements: dict
      sample:
        - domain: messaging
          entity_name: "*"
          action_set: ["*"]
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["create the role Nexus Messaging"]
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
from ..module_utils._genesys_cloud import roles
from ..module_utils._genesys_cloud.options import GENESYS_CLOUD

TASK = Task(
    "gc_role",
    {**GENESYS_CLOUD, **roles.OPTIONS},
    roles.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
