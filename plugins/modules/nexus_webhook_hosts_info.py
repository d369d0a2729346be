#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check whether the hosts of webhooks and gateways accept connections."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_webhook_hosts_info
short_description: Check whether the hosts of webhooks and gateways accept connections
version_added: 0.6.0
description:
  - Resolves the host name of each URL, opens a connection, and makes the TLS handshake for https. It sends no request,
    and the host gets none of your secrets.
  - The module connects from the machine where it runs. Digital Channels connects from its own network, so the result
    can differ.
  - If the environment has a proxy for a URL, the module asks the proxy for a tunnel to the host. The proxy then
    resolves the name. A plain http URL behind a proxy can't be checked.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  urls:
    description: URLs. Only their scheme, host and port matter.
    type: list
    elements: str
    default: []
  channels:
    description:
      - Channels, as for M(cxops.genesys_sms.nexus_channels). The module checks the hosts of O(channels[].webhook_url).
        It does not use the secrets.
      - Channels with the state V(absent) are skipped.
    type: list
    elements: dict
    default: []
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
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.webhook_hosts
extends_documentation_fragment:
  - cxops.genesys_sms.attributes.info
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_channel_probe
notes:
  - A host that can't be reached does not make the module fail.
"""

EXAMPLES = r"""
- name: Check the hosts of the tenant's webhooks
  cxops.genesys_sms.nexus_webhook_hosts_info:
    channels:
      - channel_id: "16504661149"
        webhook_url: https://gateway.example.com/genesys
    timeout: 5
    retries: 0
  register: found
"""

RETURN = r"""
hosts:
  description: The hosts, each once, in the order of the options.
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: Name or address of the host.
      returned: always
      type: str
      sample: gateway.example.com
    port:
      description: The port.
      returned: always
      type: int
      sample: 443
    tls:
      description: Whether the URL begins with https, so that the TLS handshake was made.
      returned: always
      type: bool
      sample: true
    reachable:
      description: Whether the host accepted the connection. Null if that can't be checked from this machine.
      returned: always
      type: bool
      sample: false
    problem:
      description: Why the host is not reachable, or why that can't be checked. Null for a reachable host.
      returned: always
      type: str
      sample: "could not be reached: Connection refused"
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: invalid_input
    parameter: urls[0]
"""

from ..module_utils._core.options import HTTP
from ..module_utils._core.task import Task, run_module
from ..module_utils._digital_channels import webhook_hosts

TASK = Task("nexus_webhook_hosts_info", {**HTTP, **webhook_hosts.OPTIONS}, webhook_hosts.run)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
