#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage an API key of Digital Channels."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_api_key
short_description: Manage an API key of Digital Channels
version_added: 0.3.0
description:
  - Creates, changes and deletes an API key of Digital Channels (Nexus), of a tenant or of the whole installation.
  - The module finds a key by its name and its tenant. If there are several such keys, the module fails.
  - If the outcome of a creation is unclear, the module looks for the key. If it does not find the key within a few
    seconds, it fails, because a second attempt could create a second key.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  name:
    description: Name of the key. The guide calls the one for Genesys Cloud CX V(Portico Cluster API Key).
    type: str
    required: true
  tenant:
    description: Contact center ID (a UUID) of the tenant of the key, or an empty string for the whole installation.
    type: str
    required: true
  permissions:
    description:
      - Permissions of the key, such as V(nexus:consumer:*) for a tenant or V(nexus:cluster:*) for the installation.
      - Required for a new key. If they are not set, an existing key keeps its permissions.
    type: list
    elements: str
  enabled:
    description: Whether the key is enabled. If it is not set, a new key is enabled, and an existing key stays as it is.
    type: bool
  key:
    description:
      - The key itself, a UUID, if you want to choose it.
      - Required if the server does not list its keys. If the server chooses keys itself, the module fails with this
        option.
      - The module does not change a key of another tenant, and does not delete a key with another name.
    type: str
  secret_file:
    description:
      - File to write the key to, if the file does not have it yet. An absolute path. The key becomes the inventory
        variable C(nexus_api_key), or C(nexus_cluster_api_key) without a tenant.
      - Only the owner can read the file. If others can read an existing file that is not encrypted, the module changes
        its mode.
      - The module replaces the whole file. It does not replace a file with other variables. It replaces an encrypted
        file only with its password in O(vault_password_file).
      - Without O(vault_password_file), the module can't read an encrypted file. Then it leaves the file as it is,
        unless the key is new.
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
  state:
    description: Whether the key should exist.
    type: str
    choices: [present, absent]
    default: present
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
  - cxops.genesys_sms.attributes.secret_result
  - cxops.genesys_sms.api_keys
  - cxops.genesys_sms.gws
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_api_key_info
notes:
  - Genesys documents only the creation of keys. The module finds out which other calls the server has. If the server
    lacks a call that is needed, the module fails with a message.
"""

EXAMPLES = r"""
- name: Create the key with which Genesys Cloud CX calls Digital Channels
  cxops.genesys_sms.nexus_api_key:
    nexus_url: "{{ nexus_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    name: Portico Cluster API Key
    tenant: ""
    permissions: ["nexus:cluster:*"]
    secret_file: "{{ secrets_directory }}/cluster_api_key.yml"
  register: cluster_key

- name: Create a key of a tenant
  cxops.genesys_sms.nexus_api_key:
    nexus_url: "{{ nexus_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    name: acme
    tenant: "{{ ccid }}"
    permissions: ["nexus:consumer:*"]

- name: Disable the key
  cxops.genesys_sms.nexus_api_key:
    nexus_url: "{{ nexus_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    name: acme
    tenant: "{{ ccid }}"
    enabled: false

- name: Delete the key
  cxops.genesys_sms.nexus_api_key:
    nexus_url: "{{ nexus_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    name: acme
    tenant: "{{ ccid }}"
    state: absent
"""

RETURN = r"""
api_key:
  description: The API key as it is now, or would be in check mode. Empty if it is absent.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the key.
      returned: when present
      type: str
      sample: Portico Cluster API Key
    tenant:
      description: Tenant of the key, empty for the whole installation.
      returned: when present
      type: str
      sample: ""
    enabled:
      description: Whether the key is enabled.
      returned: when present
      type: bool
      sample: true
    permissions:
      description: Permissions of the key.
      returned: when present
      type: list
      elements: str
      sample: ["nexus:cluster:*"]
key:
  description: The key itself, null if it would be created in check mode. Ansible does not show a result with a key.
  returned: when present
  type: str
  sample: 9b7682b7-cbce-422f-9bbb-ecda85e61695
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["create the API key Portico Cluster API Key"]
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
from ..module_utils._digital_channels import api_keys
from ..module_utils._digital_channels.options import API_KEYS

TASK = Task(
    "nexus_api_key",
    {**API_KEYS, **api_keys.OPTIONS},
    api_keys.run,
    secret_results=("key",),
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
