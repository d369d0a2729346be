#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotate a secret of a tenant that a gateway or Kaleyra has too."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_secret_rotation
short_description: Rotate a secret that a gateway or Kaleyra has too
version_added: 0.6.0
description:
  - Replaces the webhook secret or the API secret of a gateway, or the Kaleyra account of a tenant.
  - Such a secret exists once in a service of the tenant, and a person changes the other side. So the rotation has a
    pause. The first run chooses the new secret, and writes it to O(secret_file). It changes nothing on the server. Then
    the other side learns the new secret. A run with O(ready) writes it to the service, in one write.
  - The variables of O(secret_file) have the current secret until then. So the inventory can take the secret from the
    file before the write, and has the new one after it.
  - If a run is interrupted, the next one with the same O(rotation) continues.
  - Other settings and secrets of the service stay. If the server does not show secrets, they come from O(channels).
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  rotation:
    description:
      - Name of the rotation, such as V(2026-11). O(secret_file) notes it.
      - Runs with the same name continue the same rotation. A run with another name begins another one.
    type: str
    required: true
  kind:
    description:
      - What to rotate.
      - V(kaleyra_account) is the user name and password in the service C(mGageSMS).
      - With V(gateway_webhook_secret) Digital Channels signs what it sends to a gateway. With V(gateway_api_secret) the
        gateway signs what it sends. Both are in the service C(Async).
    type: str
    required: true
    choices: [kaleyra_account, gateway_webhook_secret, gateway_api_secret]
  channels:
    description:
      - For the secrets of a gateway, all channels of the tenant, as the inventory describes them.
      - If the server does not show secrets, each channel needs both, because a write replaces the whole service.
    type: list
    elements: dict
    suboptions:
      channel_id:
        description:
          - Phone number, only digits, or e-mail domain (C(channelId)). Put it in quotes.
          - With the state V(absent), it may be any channel ID that the server has. Spell it as the server does. An ID
            of only digits then means all spellings of this number.
        type: str
        required: true
      webhook_url:
        description:
          - URL to which Digital Channels sends the messages of the channel.
          - Results and diffs show it, so put no secret into it.
          - Required for a new channel.
        type: str
      webhook_secret:
        description:
          - Secret with which Digital Channels signs the messages that it sends to O(channels[].webhook_url).
          - Required for a new channel.
        type: str
      api_secret:
        description:
          - Secret with which the gateway signs the messages that it sends to Digital Channels.
          - Required for a new channel.
        type: str
      state:
        description: Whether the channel should exist.
        type: str
        choices: [present, absent]
  only_channels:
    description:
      - IDs of channels of the gateway. The task also changes the other channels with the same secret.
      - Needed if the channels have different secrets, because then they belong to different gateways.
    type: list
    elements: str
  purge:
    description:
      - For a server that does not support reading services. V(true) says that O(channels) has all channels. The write
        removes others there.
    type: bool
    default: false
  kaleyra_url:
    description: URL of Kaleyra. It is written only if the server does not show the service C(mGageSMS).
    type: str
  kaleyra_username:
    description: For V(kaleyra_account), the user name that the inventory has.
    type: str
  kaleyra_password:
    description: For V(kaleyra_account), the password that the inventory has.
    type: str
  new_username:
    description: The new user name at Kaleyra, if it changes.
    type: str
  new_secret:
    description:
      - The new secret or password, if you want to choose it. Otherwise the first run generates one of 64 letters and
        digits.
    type: str
  from_file:
    description:
      - What the inventory takes from the variables of O(secret_file). For a gateway, IDs of channels. For
        V(kaleyra_account), V(kaleyra_password) and V(kaleyra_username).
      - O(ready) needs it. Otherwise the inventory would still have the former secret after the write.
    type: list
    elements: str
    default: []
  ready:
    description: V(true) says that the other side is ready for the new secret, which an earlier run chose.
    type: bool
    default: false
  probe:
    description:
      - For V(gateway_api_secret), prove the new secret in each run with O(ready). This uploads a file of 43 bytes to
        each channel, as M(cxops.genesys_sms.nexus_channel_probe) does.
    type: bool
    default: false
  remove:
    description: Remove the former secret from O(secret_file), if an earlier run wrote the new one to the service.
    type: bool
    default: false
  secret_file:
    description:
      - The file with the secret. An absolute path. Its variable is C(rotated_gateway_webhook_secret) or
        C(rotated_gateway_api_secret). For V(kaleyra_account), there are C(rotated_kaleyra_username) and
        C(rotated_kaleyra_password). They have the current values until the new ones are written to the service.
      - The new values are in C(…_next) until then, and the former ones in C(…_previous) after it. C(…_rotation) has the
        name of the rotation.
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
      - cxops.genesys_sms.digital_channels
      - cxops.genesys_sms.secret_files
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.attributes.digital_channels
  - cxops.genesys_sms.digital_channels
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_channels
  - module: cxops.genesys_sms.nexus_channel_probe
notes:
  - The playbook C(cxops.genesys_sms.rotate_secrets) uses this module with the tenants of an inventory.
"""

EXAMPLES = r"""
- name: Choose a new webhook secret of a gateway
  cxops.genesys_sms.nexus_secret_rotation:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    rotation: 2026-11
    kind: gateway_webhook_secret
    channels:
      - channel_id: "16504661149"
        webhook_url: https://gateway.example.com/sms
        webhook_secret: "{{ webhook_secret }}"
        api_secret: "{{ api_secret }}"
    new_secret: "{{ rotated_webhook_secret }}"
    secret_file: "{{ secrets_directory }}/gateway_webhook_secret.yml"

- name: Write it to the service, when the gateway accepts it
  cxops.genesys_sms.nexus_secret_rotation:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    rotation: 2026-11
    kind: gateway_webhook_secret
    channels:
      - channel_id: "16504661149"
        webhook_url: https://gateway.example.com/sms
        webhook_secret: "{{ webhook_secret }}"
        api_secret: "{{ api_secret }}"
    from_file: ["16504661149"]
    ready: true
    secret_file: "{{ secrets_directory }}/gateway_webhook_secret.yml"
"""

RETURN = r"""
channels:
  description: The channels of the gateway. Empty for a Kaleyra account.
  returned: success
  type: list
  elements: str
  sample: ["16504661149"]
next_steps:
  description: What a person should do after this run, a sentence each. Empty if the rotation is complete.
  returned: success
  type: list
  elements: str
  sample:
    - "Then run again with ready: true (the playbook: with -e rotation_ready=true)."
steps:
  description: The changes that were made, or would be made in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["write the new webhook secret to the service Async, for the channel 16504661149"]
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: refused
    url: https://digital.example.com/nexus/v3/provisioning/services/45acae06-6b7c-4f97-9c76-471c0b25ef71/Async
    status: 403
    code: 603
    correlation_id: null
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._digital_channels.options import DIGITAL_CHANNELS
from ..module_utils._tenant import secret_rotation

TASK = Task("nexus_secret_rotation", {**DIGITAL_CHANNELS, **secret_rotation.OPTIONS}, secret_rotation.run)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
