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
  - The name and the tenant tell keys apart. One that exists is used. If there are several, the module fails.
  - If it is not known whether a key was created, the module looks for it. If the key does not show within a few
    seconds, the module fails, since a second one could be there then.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  name:
    description: Name of the key. The guide calls the one for Genesys Cloud CX V(Portico Cluster API Key).
    type: str
    required: true
  tenant:
    description: The tenant that the key is for, by its contact center ID, or an empty text for the whole installation.
    type: str
    required: true
  permissions:
    description:
      - What the key permits, such as V(nexus:consumer:*) for a tenant or V(nexus:cluster:*) for the installation.
      - Required for a new key. Left out, they stay as they are.
    type: list
    elements: str
  enabled:
    description: Whether the key can be used. Left out, it stays as it is, and a new key can.
    type: bool
  key:
    description:
      - The key itself, a UUID, if it is to be a certain one.
      - Needed on a server that does not list its keys. On one that chooses keys itself the module fails with it.
      - A key of another tenant is not touched, and one of another name is not deleted.
    type: str
  secret_file:
    description:
      - File to write the key to, unless it is there, as the variable C(nexus_api_key) of an inventory, or without a
        tenant as C(nexus_cluster_api_key). An absolute path.
      - Only its owner can read it. If others can read the file that is there, and it is not encrypted, that is changed.
        It is replaced as a whole. One that holds other variables is not replaced, and an encrypted one only with its
        password in O(vault_password_file).
      - What an encrypted file holds is not known without O(vault_password_file). Then it is left as it is, unless the
        key is new.
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
  state:
    description: Whether the key is to exist.
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
  - Genesys documents the creation of keys only. The module finds out what else the server can do, and says so where it
    can't do what is needed.
"""

EXAMPLES = r"""
- name: Have the key with which Genesys Cloud CX calls Digital Channels
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

- name: Disable it
  cxops.genesys_sms.nexus_api_key:
    nexus_url: "{{ nexus_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    name: acme
    tenant: "{{ ccid }}"
    enabled: false

- name: Delete it
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
  description: What the key is, now or as it would be in check mode. Empty where it is absent.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the key.
      returned: when present
      type: str
      sample: Portico Cluster API Key
    tenant:
      description: The tenant that it is for, empty for the whole installation.
      returned: when present
      type: str
      sample: ""
    enabled:
      description: Whether it can be used.
      returned: when present
      type: bool
      sample: true
    permissions:
      description: What it permits.
      returned: when present
      type: list
      elements: str
      sample: ["nexus:cluster:*"]
key:
  description: The key itself, null where it would be created. With a key in it, the task's result is not shown.
  returned: when present
  type: str
  sample: 9b7682b7-cbce-422f-9bbb-ecda85e61695
steps:
  description: What was changed, or would be in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["create the API key Portico Cluster API Key"]
failure:
  description: The error, in a form to branch on.
  returned: failure, where the module knows the error
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
