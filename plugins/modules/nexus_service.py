#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage one services definition of a tenant in Digital Channels."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_service
short_description: Manage a services definition of a tenant in Digital Channels
version_added: 0.1.0
description:
  - Creates, changes and deletes one services definition of a tenant through the provisioning API of Digital Channels
    (Nexus).
  - Only what is set is compared. A key of O(data) or O(secret) that is not mentioned stays as it is, and a key set to
    null is removed.
  - Setting O(url), O(data) or O(secret) to null or to an empty value clears it as a whole.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  service:
    description: Name of the service, such as V(SMS), V(mGageSMS), V(Async), V(PurecloudIDP) or V(PorticoSMS).
    type: str
    required: true
  url:
    description:
      - URL that belongs to the service, or V(N/A) where it has none but the guide writes one.
      - A trailing slash makes no difference.
    type: str
  data:
    description: Settings of the service. They are JSON, so numbers and truth values stay what they are.
    type: dict
  secret:
    description:
      - Secrets of the service. They are never shown. Each is a text, so put quotes around numbers.
      - Where the server returns its secrets they are compared. Where it masks or omits them, O(update_secret) decides.
      - A service is replaced as a whole. If something else changes and the server does not return the secrets, all of
        them have to be given, V({}) where there are none.
    type: dict
  update_secret:
    description:
      - When secrets are written that can't be compared, since the server masks or omits them.
      - With V(on_create), when the service is created, or replaced for another reason.
      - With V(always), on each run, which is then reported as a change. This is how a secret is rotated.
    type: str
    choices: [on_create, always]
    default: on_create
  when_unreadable:
    description:
      - What to do on a server that does not let services be read, so that it can't be told whether there is something
        to write.
      - With V(fail), fail with a sentence that says so.
      - With V(write), write the service on each run, and report that as a change. O(secret) has to be given then, and
        O(url) and O(data) count as empty if they are left out.
      - To delete a service needs no look at it. Its deletion is tried on each run, and reported as a change if it was
        there.
    type: str
    choices: [fail, write]
    default: fail
  leftovers:
    description:
      - Names of services that a former SMS option of the tenant may have left.
      - They are looked for with O(state=absent) or O(remove_leftovers=true). Those that are found are returned, and a
        warning names them.
    type: list
    elements: str
    version_added: 0.4.0
  remove_leftovers:
    description:
      - Whether to delete the O(leftovers).
      - Make sure that nothing else uses them. The service V(Async) may have channels for other messages than SMS.
    type: bool
    default: false
    version_added: 0.4.0
  state:
    description: Whether the service is to exist.
    type: str
    choices: [present, absent]
    default: present
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.digital_channels
      - cxops.genesys_sms.digital_channels_writes
  idempotent:
    support: partial
    details:
      - With O(update_secret=always) secrets are written on each run if the server does not return them.
      - With O(when_unreadable=write) the service is written on each run if the server does not let it be read.
extends_documentation_fragment:
  - cxops.genesys_sms.attributes
  - cxops.genesys_sms.attributes.digital_channels
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.digital_channels
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_service_info
  - module: cxops.genesys_sms.nexus_channels
    description: For the service C(Async), which lists each channel twice.
notes:
  - Only the creation of services is documented by Genesys. The module finds out what else the server can do, and says
    so where it
    can't do what is needed.
"""

EXAMPLES = r"""
- name: Enable SMS and select Kaleyra as the provider
  cxops.genesys_sms.nexus_service:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    service: SMS
    url: N/A
    data:
      provider: mGage
    secret: {}

- name: Connect the tenant to Kaleyra
  cxops.genesys_sms.nexus_service:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    service: mGageSMS
    url: "{{ kaleyra_url }}"
    secret:
      username: "{{ kaleyra_username }}"
      password: "{{ kaleyra_password }}"

- name: Write a rotated password although the server does not show the present one
  cxops.genesys_sms.nexus_service:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    service: mGageSMS
    secret:
      username: "{{ kaleyra_username }}"
      password: "{{ kaleyra_password }}"
    update_secret: always

- name: Remove the connection to Kaleyra
  cxops.genesys_sms.nexus_service:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    service: mGageSMS
    state: absent
"""

RETURN = r"""
service:
  description: The service as it is now, or would be in check mode. Only its name where it is absent.
  returned: success
  type: dict
  contains:
    service:
      description: Name of the service.
      returned: always
      type: str
      sample: mGageSMS
    url:
      description: URL of the service.
      returned: when the service has one
      type: str
      sample: https://directtext.example.com
    data:
      description: Settings of the service, without those that are null.
      returned: when present
      type: dict
      sample: {}
leftovers:
  description: Names of the O(leftovers) that were found.
  returned: success, where they were looked for
  type: list
  elements: str
  sample: [mGageSMS]
steps:
  description: What was changed, or would be in check mode, a sentence each.
  returned: success
  type: list
  elements: str
  sample: ["create the service mGageSMS"]
failure:
  description: The error, in a form to branch on.
  returned: failure, where the module knows the error
  type: dict
  sample:
    kind: refused
    url: https://digital.example.com/nexus/v3/provisioning/services/45acae06-6b7c-4f97-9c76-471c0b25ef71/SMS
    status: 403
    code: 403
    correlation_id: null
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._digital_channels import services
from ..module_utils._digital_channels.options import DIGITAL_CHANNELS

TASK = Task(
    "nexus_service",
    {**DIGITAL_CHANNELS, **services.OPTIONS},
    services.run,
)


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
