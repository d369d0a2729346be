#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the services definitions of a tenant in Digital Channels."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_service_info
short_description: Read the services definitions of a tenant in Digital Channels
version_added: 0.1.0
description:
  - Returns one services definition of a tenant, or all of them.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  service:
    description: Name of the service to return. If it is not set, the module returns all services.
    type: str
extends_documentation_fragment:
  - cxops.genesys_sms.attributes.info
  - cxops.genesys_sms.attributes.digital_channels
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.digital_channels
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_service
notes:
  - If the server does not support reading services or listed, the module fails with a message.
"""

EXAMPLES = r"""
- name: Read one service
  cxops.genesys_sms.nexus_service_info:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    service: SMS
  register: sms

- name: Read all services of the tenant
  cxops.genesys_sms.nexus_service_info:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
"""

RETURN = r"""
services:
  description: The services that were found, sorted by name. Empty if there is none.
  returned: success
  type: list
  elements: dict
  contains:
    service:
      description: Name of the service.
      returned: always
      type: str
      sample: SMS
    url:
      description: URL of the service.
      returned: when the service has one
      type: str
      sample: N/A
    data:
      description: Settings of the service, without keys that are null.
      returned: always
      type: dict
      sample:
        provider: mGage
secrets:
  description:
    - The names of the secrets of each service, as far as the server returns them.
    - They are not in RV(services), so that you can give RV(services) back to M(cxops.genesys_sms.nexus_service).
  returned: success
  type: dict
  sample:
    mGageSMS: [secret.username, secret.password]
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._digital_channels import services
from ..module_utils._digital_channels.options import DIGITAL_CHANNELS

TASK = Task("nexus_service_info", {**DIGITAL_CHANNELS, **services.INFO}, services.info)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
