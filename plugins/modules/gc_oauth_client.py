#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage an OAuth client of Genesys Cloud CX."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gc_oauth_client
short_description: Manage an OAuth client of Genesys Cloud CX
version_added: 0.3.0
description:
  - Creates, changes and deletes an OAuth client with the grant type client credentials, and renews its secret.
  - In Genesys Cloud CX, several clients can have the same name. If O(secret_file) contains the ID of a client with this
    name, the module manages that client. Otherwise it looks for the name among the clients that are not deleted, and
    fails if several have it. It never changes a client with another grant type.
  - Genesys Cloud CX returns a secret only once, when it is created. The module returns it then, and writes it to
    O(secret_file). It checks before the request that the file can be written. Without O(secret_file), the secret is in
    the registered result only, and lost with it.
  - If the answer with the secret is lost, the module looks for the client and creates another secret. If the client is
    not in the list within O(settle_timeout), the module fails, because creating it again could make a second client.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  name:
    description: Name of the client.
    type: str
    required: true
  description:
    description: What the client is for. If it is not set, it is not changed. Null clears it.
    type: str
  access_token_validity_seconds:
    description: Lifetime of its tokens in seconds, from 300 to 172800. If it is not set, it is not changed.
    type: int
  roles:
    description:
      - Names of the client's roles. If they are not set, they are not changed. Null or an empty list removes all roles.
    type: list
    elements: str
  division_id:
    description: ID of the division in which the roles are granted. The default is the home division.
    type: str
  extra:
    description:
      - Further fields of the client, by the API's names. They are sent unchanged. Values that the server adds inside
        them are ignored.
      - It can't contain C(name), C(authorizedGrantType) and fields that the server sets, such as C(id).
    type: dict
  secret_file:
    description:
      - Absolute path of the file for a new secret. The module writes C(gc_client_id) and C(gc_client_secret) to it, as
        variables of an inventory.
      - Only its owner can read the file. If others can read an existing file that is not encrypted, its mode is changed
        to C(0600).
      - The file is replaced as a whole. A file with other variables is not replaced. An encrypted file is replaced only
        with its password in O(vault_password_file).
      - If the client exists and the file does not contain its secret, the module fails, because the secret can't be
        read again. The module also fails if the file contains the secret of another client, which would be lost.
    type: path
  vault_password_file:
    description:
      - The absolute path of a file that contains the password for the encryption of O(secret_file), or of a program
        that prints it. The file is encrypted as C(ansible-vault) does it.
      - Needs ansible-core for the Python that runs the module.
      - A vault client script, whose name ends with C(-client), needs O(vault_id).
    type: path
  vault_id:
    description:
      - The vault ID of the password, as in C(--vault-id prod@file). It becomes the label of the encrypted file, and a
        vault client script is called with it. The default label is C(default).
      - Needed if playbooks are run with E(ANSIBLE_VAULT_ID_MATCH). Then the task fails before it creates anything,
        unless the playbook was given a password for this vault ID.
    type: str
    version_added: 0.4.0
  settle_timeout:
    description:
      - Seconds to wait until a new client is in the list of clients. If it is not there in time, the task warns.
      - If the answer to its creation is lost, the module also looks for the client for this time.
    type: float
    default: 30
    version_added: 0.4.0
  state:
    description:
      - Whether the client should exist.
      - With V(rotated), each run gives it a new secret, and the old secret stops working at once. Use this too if the
        secret was lost.
    type: str
    choices: [present, absent, rotated]
    default: present
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.genesys_cloud
      - cxops.genesys_sms.genesys_cloud_access
      - cxops.genesys_sms.secret_files
  idempotent:
    support: partial
    details:
      - With O(state=rotated), each run creates a new secret.
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.genesys_cloud
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.attributes.secret_result
  - cxops.genesys_sms.genesys_cloud
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.gc_role
notes:
  - In check mode, the module assumes that an earlier task creates a role that does not exist, and warns.
"""

EXAMPLES = r"""
- name: Create the client of the integration, and write its secret to a file
  cxops.genesys_sms.gc_oauth_client:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_admin_client_id }}"
    gc_client_secret: "{{ gc_admin_client_secret }}"
    name: Nexus Messaging Integration
    roles: [Nexus Messaging]
    secret_file: "{{ secrets_directory }}/gc.yml"
  register: integration

- name: Create another client, and encrypt its file for a vault ID, for an inventory with several vault passwords
  cxops.genesys_sms.gc_oauth_client:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_admin_client_id }}"
    gc_client_secret: "{{ gc_admin_client_secret }}"
    name: Nexus Messaging Integration of production
    roles: [Nexus Messaging]
    secret_file: "{{ secrets_directory }}/gc_production.yml"
    vault_password_file: "{{ vault_password_file }}"
    vault_id: prod

- name: Set the lifetime of its tokens to an hour
  cxops.genesys_sms.gc_oauth_client:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_admin_client_id }}"
    gc_client_secret: "{{ gc_admin_client_secret }}"
    name: Nexus Messaging Integration
    access_token_validity_seconds: 3600

- name: Renew its secret, and encrypt the file
  cxops.genesys_sms.gc_oauth_client:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_admin_client_id }}"
    gc_client_secret: "{{ gc_admin_client_secret }}"
    name: Nexus Messaging Integration
    secret_file: "{{ secrets_directory }}/gc.yml"
    vault_password_file: "{{ vault_password_file }}"
    state: rotated

- name: Delete it
  cxops.genesys_sms.gc_oauth_client:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_admin_client_id }}"
    gc_client_secret: "{{ gc_admin_client_secret }}"
    name: Nexus Messaging Integration
    state: absent
"""

RETURN = r"""
created:
  description: Whether this run created the client, or would create it in check mode.
  returned: success
  type: bool
  version_added: 0.4.0
oauth_client:
  description:
    - The client as it is now, or would be in check mode, with the API's field names and without its secret.
      Empty if it is absent.
  returned: success
  type: dict
  sample:
    id: 4da40a9d-b113-4024-8ba9-c9dd89c91f67
    name: Nexus Messaging Integration
    authorizedGrantType: CLIENT-CREDENTIALS
    accessTokenValiditySeconds: 86400
    roleDivisions:
      - roleId: 7a1c9f52-31d2-4be4-9f0e-50c7f9a3b6d1
        divisionId: 2f0d3c86-55a1-4f2e-b0a3-8c2f4de07b19
    state: active
client_secret:
  description: The secret if this run created it, otherwise null. A result with a secret is not shown.
  returned: when present
  type: str
  sample: a-secret
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["create the OAuth client Nexus Messaging Integration"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: refused
    url: https://api.mypurecloud.com/api/v2/oauth/clients
    status: 403
    code: missing.any.permissions
    correlation_id: 3a5c0e61-7d0c-4d86-9a3e-2f4b1c9d8e07
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._genesys_cloud import oauth_client
from ..module_utils._genesys_cloud.options import GENESYS_CLOUD

TASK = Task(
    "gc_oauth_client",
    {**GENESYS_CLOUD, **oauth_client.OPTIONS},
    oauth_client.run,
    secret_results=("client_secret",),
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
