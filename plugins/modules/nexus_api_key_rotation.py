#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotate an API key of Digital Channels."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_api_key_rotation
short_description: Rotate an API key of Digital Channels
version_added: 0.6.0
description:
  - Replaces an API key of Digital Channels (Nexus) with a new one, without a time in which neither works.
  - The first run creates the new key beside the former one, writes it to O(secret_file), and gives it to the toll-free
    numbers that use it. A later run, whose inventory has the new key for all tenants, disables the former key. A run
    with O(remove) deletes it.
  - If a run is interrupted, the next one with the same O(rotation) continues.
  - The module finds the numbers of all OAuth clients in O(tenants) whose webhook is the one of this installation,
    listed in the inventory or not. It can't see the numbers of other OAuth clients.
  - If the server can't change API keys, the result says that a person must disable the former key.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  rotation:
    description:
      - Name of the rotation, such as V(2026-11). The name of the new key contains it.
      - Runs with the same name continue the same rotation. A run with another name begins another one.
    type: str
    required: true
  tenant:
    description:
      - Contact center ID (a UUID) of the tenant of the key, or an empty string for a key of the whole installation.
    type: str
    default: ""
  tenants:
    description: The tenants that use the key, as the inventory describes them.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the tenant in the inventory, for messages.
        type: str
        required: true
      ccid:
        description: Contact center ID, a UUID. Numbers with this webhook user get the new key.
        type: str
      key:
        description: The key that the inventory has for the tenant.
        type: str
      gc_region:
        description:
          - Region of the organization, such as V(us-east-1) or V(eu-central-1), or its domain, such as
            V(mypurecloud.com).
          - It determines O(tenants[].gc_login_url) and O(tenants[].gc_api_url) if they are not set.
        type: str
      gc_login_url:
        description:
          - Login URL of the organization, such as C(https://login.mypurecloud.com).
          - Without either, it follows from O(tenants[].gc_region).
        type: str
      gc_api_url:
        description:
          - API URL of the organization, such as C(https://api.mypurecloud.com).
          - Without either, it follows from O(tenants[].gc_region).
        type: str
      gc_client_id:
        description: ID of the OAuth client to log in as.
        type: str
      gc_client_secret:
        description: The OAuth client's secret.
        type: str
  new_key:
    description:
      - The new key, a UUID, if you want to choose it.
      - If it is not set, the server chooses the key. On a server that does not list its keys, the module does.
    type: str
  secret_file:
    description:
      - The file that gets the new key, as the variable C(nexus_cluster_api_key), or C(nexus_api_key) with O(tenant). An
        absolute path. The variables C(…_previous), C(…_next) and C(…_rotation) say how far the rotation is.
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
  confirm_unseen:
    description:
      - Disable the former key although the numbers of some tenants can't be seen, because the tenant has no
        C(gc_client_id) or C(gc_client_secret). If such a number has the former key, its messages are refused then.
    type: bool
    default: false
  remove:
    description: Delete the former key, if it was disabled before this run.
    type: bool
    default: false
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.api_keys
      - cxops.genesys_sms.secret_files
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.api_keys
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.api_keys
  - cxops.genesys_sms.gws
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_api_key
notes:
  - The playbook C(cxops.genesys_sms.rotate_secrets) uses this module with the tenants of an inventory.
"""

EXAMPLES = r"""
- name: Rotate the key with which Genesys Cloud CX calls Digital Channels
  cxops.genesys_sms.nexus_api_key_rotation:
    nexus_url: "{{ nexus_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    rotation: 2026-11
    tenants:
      - name: acme
        ccid: "{{ ccid }}"
        key: "{{ cluster_api_key }}"
        gc_login_url: "{{ gc_login_url }}"
        gc_api_url: "{{ gc_api_url }}"
        gc_client_id: "{{ gc_client_id }}"
        gc_client_secret: "{{ gc_client_secret }}"
    secret_file: "{{ secrets_directory }}/nexus_cluster_api_key.yml"
"""

RETURN = r"""
api_keys:
  description:
    - The keys with this name, with and without a rotation, as they are now, or would be in check mode. Each is
      V(enabled) or V(disabled).
  returned: success
  type: dict
  sample: {"Portico Cluster API Key": "enabled", "Portico Cluster API Key (rotation 2026-11)": "enabled"}
numbers:
  description: The numbers that use the webhook of this installation.
  returned: success
  type: list
  elements: str
  sample: ["18445551212"]
next_steps:
  description: What a person should do after this run, a sentence each. Empty if the rotation is complete.
  returned: success
  type: list
  elements: str
  sample:
    - When /inventory/nexus_cluster_api_key.yml has the new key, let the inventory read it for all tenants. Then run
      again, to disable the former key.
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["create the API key Portico Cluster API Key (rotation 2026-11)"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: refused
    url: https://digital.example.com/nexus/v3/apikeys
    status: 403
    code: 603
    correlation_id: null
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._digital_channels.options import API_KEYS
from ..module_utils._tenant import rotation

TASK = Task("nexus_api_key_rotation", {**API_KEYS, **rotation.OPTIONS}, rotation.run)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
