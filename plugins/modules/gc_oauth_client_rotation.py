#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotate the secret of an OAuth client of Genesys Cloud CX."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gc_oauth_client_rotation
short_description: Rotate the secret of an OAuth client in Genesys Cloud CX
version_added: 0.6.0
description:
  - Gives an OAuth client a new secret, and gives this secret to all tenants that use the client.
  - An OAuth client has one secret at a time. From the renewal until the write of a tenant, the tenant has a secret
    that is not valid. To keep this time short, the module reads and checks everything before. Then it renews the
    secret, writes it to O(secret_file), and writes the service C(PurecloudIDP) of one tenant after the other. If a
    tenant fails, the others get the secret all the same, and the task fails at its end.
  - If a run is interrupted, the next one with the same O(rotation) continues. If the secret was renewed but not yet
    written, it is renewed again.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  rotation:
    description:
      - Name of the rotation, such as V(2026-11). O(secret_file) notes it.
      - Runs with the same name continue the same rotation, and renew the secret only once. A run with another name
        begins another one.
    type: str
    required: true
  tenants:
    description:
      - The tenants that use the OAuth client, as the inventory describes them. Tenants with another
        O(tenants[].gc_client_id) are left alone.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the tenant in the inventory, for messages.
        type: str
        required: true
      nexus_url:
        description: Base URL of the Digital Channels API.
        type: str
      ccid:
        description: Contact center ID, a UUID.
        type: str
      api_key:
        description: API key with the right to provision the tenant.
        type: str
      gc_login_url:
        description:
          - Login URL of the organization. It is written only if the server does not show the service PurecloudIDP.
        type: str
      gc_client_id:
        description: ID of the tenant's OAuth client.
        type: str
      gc_client_secret:
        description:
          - The secret that the inventory has. It is compared with the new one, to say where the inventory has to be
            changed.
        type: str
  secret_file:
    description:
      - The file that gets the new secret, as the variables C(gc_client_id) and C(gc_client_secret). An absolute path.
        The variable C(gc_client_rotation) says how far the rotation is.
      - Only the owner can read the file. The module replaces the whole file. It does not replace a file with other
        variables.
      - The module must be able to read the file. If it is encrypted, set O(vault_password_file).
    type: path
    required: true
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
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.genesys_cloud
      - cxops.genesys_sms.secret_files
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.attributes.genesys_cloud
  - cxops.genesys_sms.genesys_cloud
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.gc_oauth_client
notes:
  - The playbook C(cxops.genesys_sms.rotate_secrets) uses this module with the tenants of an inventory.
  - Log in as an administrator of OAuth clients.
"""

EXAMPLES = r"""
- name: Rotate the secret of the OAuth client of Digital Channels
  cxops.genesys_sms.gc_oauth_client_rotation:
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_admin_client_id }}"
    gc_client_secret: "{{ gc_admin_client_secret }}"
    rotation: 2026-11
    tenants:
      - name: acme
        nexus_url: "{{ nexus_url }}"
        ccid: "{{ ccid }}"
        api_key: "{{ nexus_api_key }}"
        gc_login_url: "{{ gc_login_url }}"
        gc_client_id: "{{ gc_client_id }}"
        gc_client_secret: "{{ gc_client_secret }}"
    secret_file: "{{ secrets_directory }}/rotated_gc_client.yml"
"""

RETURN = r"""
tenants:
  description: The tenants that use the OAuth client.
  returned: success
  type: list
  elements: str
  sample: [acme]
next_steps:
  description: What a person should do after this run, a sentence each.
  returned: success
  type: list
  elements: str
  sample: []
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["give the new secret to the tenant acme"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: refused
    url: https://api.mypurecloud.com/api/v2/oauth/clients
    status: 403
    code: missing.permissions
    correlation_id: null
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._genesys_cloud.options import GENESYS_CLOUD
from ..module_utils._tenant import client_rotation

TASK = Task("gc_oauth_client_rotation", {**GENESYS_CLOUD, **client_rotation.OPTIONS}, client_rotation.run)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
