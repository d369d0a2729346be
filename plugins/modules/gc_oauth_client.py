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
  - Names need not be unique in Genesys Cloud CX. If O(secret_file) holds the ID of a client of this name, that one is
    meant. Otherwise the client is looked for by its name among those that are not deleted, and if there are several,
    the module fails. A client of another grant type is not touched.
  - The secret is told only once, when it is made. Then the module returns it, and writes it to O(secret_file). What the
    file needs is tried before the client is created. Without O(secret_file) it is only in the result that is
    registered, and lost with it.
  - If the answer with the secret is lost, the module looks for the client, and makes another secret. If the client does
    not show within O(settle_timeout), the module fails, since a second one could be there then.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  name:
    description: Name of the client.
    type: str
    required: true
  description:
    description: What the client is for. Left out, it stays as it is. Null clears it.
    type: str
  access_token_validity_seconds:
    description: How long its tokens are valid, 300 to 172800. Left out, it stays as it is.
    type: int
  roles:
    description:
      - Names of the roles that the client has. Left out, they stay as they are. Null or an empty list takes all away.
    type: list
    elements: str
  division_id:
    description: ID of the division that the roles are granted in. Left out, the home division.
    type: str
  extra:
    description:
      - Further fields of the client, by the names that the API has for them. They are sent as they are. What the server
        adds inside of them makes no difference.
      - Fields that the server sets itself, such as C(id), can't be among them, nor can C(name) and
        C(authorizedGrantType).
    type: dict
  secret_file:
    description:
      - File to write C(gc_client_id) and C(gc_client_secret) to when there is a new secret, as variables of an
        inventory. An absolute path.
      - Only its owner can read it. If others can read the file that is there, and it is not encrypted, that is changed.
        It is replaced as a whole. One that holds other variables is not replaced, and an encrypted one only with its
        password in O(vault_password_file).
      - If the client exists and the file does not hold its secret, the module fails, since it can't be read again. It
        fails too if the file holds the secret of another client, which would be lost.
    type: path
  vault_password_file:
    description:
      - File that holds, or program that prints, the password to encrypt O(secret_file) with, as C(ansible-vault) does.
        An absolute path.
      - Works where ansible-core is installed for the Python that runs the module.
      - A vault client script, whose name ends with C(-client), needs O(vault_id).
    type: path
  vault_id:
    description:
      - The vault ID of that password, as in C(--vault-id prod@file). The encrypted file gets it as its label, and a
        vault client script is called with it. Left out, the file gets the label C(default).
      - Needed where playbooks are run with E(ANSIBLE_VAULT_ID_MATCH). Then the task fails, before anything is made,
        unless the playbook was given a password for this vault ID.
    type: str
    version_added: 0.4.0
  settle_timeout:
    description:
      - Seconds to wait until a new client is in the list of clients. If it does not show, the task warns.
      - If the answer to its creation is lost, it is looked for as long.
    type: float
    default: 30
    version_added: 0.4.0
  state:
    description:
      - Whether the client is to exist.
      - With V(rotated), it gets a new secret on each run, and the old one is void at once. This is also the way out
        where the secret was lost.
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
      - With O(state=rotated) each run makes a new secret.
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
  - In check mode a role that does not exist is taken to be created by an earlier task. A warning says so.
"""

EXAMPLES = r"""
- name: Create the client of the integration, and keep its secret in a file
  cxops.genesys_sms.gc_oauth_client:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_admin_client_id }}"
    gc_client_secret: "{{ gc_admin_client_secret }}"
    name: Nexus Messaging Integration
    roles: [Nexus Messaging]
    secret_file: "{{ secrets_directory }}/gc.yml"
  register: integration

- name: Create another one, and encrypt the file for a vault ID, as an inventory with several passwords wants it
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

- name: Let its tokens live for an hour
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
  description: Whether this run created the client, or would in check mode.
  returned: success
  type: bool
  version_added: 0.4.0
oauth_client:
  description:
    - The client as it is now, or would be in check mode, by the names that the API has for its fields, without its
      secret. Empty where it is absent.
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
  description: The secret, if it was made by this run, else null. With a secret in it, the task's result is not shown.
  returned: when present
  type: str
  sample: a-secret
steps:
  description: What was changed, or would be in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["create the OAuth client Nexus Messaging Integration"]
failure:
  description: The error, in a form to branch on.
  returned: failure, where the module knows the error
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
