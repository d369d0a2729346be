#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read all that a tenant has for SMS, as variables of an inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
module: nexus_tenant_info
short_description: Read all that a tenant has for SMS, as variables of an inventory
version_added: 0.6.0
description:
  - Reads the services of a tenant in Digital Channels, and the sender IDs and webhook headers in its configuration. If
    credentials are given, it reads the toll-free numbers in Genesys Cloud CX too.
  - Returns them in the variables of an inventory. With these variables and the secrets that RV(secrets) names, the
    playbook C(provision) changes nothing except what RV(would_change) says.
  - A system that can't be read is in RV(unreadable) and does not hide the others. The module fails if no system can be
    read, or if the login belongs to another tenant.
author:
  - cxops (@cxops)
# Written by make format, from the options in plugins/module_utils.
options:
  return_secrets:
    description:
      - Whether to return the secrets that the servers show, in RV(secret_values).
      - If the tenant has toll-free numbers, the module looks for C(nexus_cluster_api_key) among the API keys of the
        installation too. This needs the login to Genesys Web Services.
    type: bool
    default: false
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership:
      - cxops.genesys_sms.digital_channels
      - cxops.genesys_sms.configuration
      - cxops.genesys_sms.genesys_cloud
extends_documentation_fragment:
  - cxops.genesys_sms.attributes.info
  - cxops.genesys_sms.attributes.digital_channels
  - cxops.genesys_sms.attributes.configuration
  - cxops.genesys_sms.attributes.genesys_cloud
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.attributes.secret_result
  - cxops.genesys_sms.digital_channels
  - cxops.genesys_sms.configuration
  - cxops.genesys_sms.gws
  - cxops.genesys_sms.genesys_cloud
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.nexus_service_info
  - module: cxops.genesys_sms.nexus_sender_id_info
  - module: cxops.genesys_sms.gc_tollfree_number_info
notes:
  - The account in Genesys Cloud CX may have the numbers of several tenants. A number belongs to this tenant if its mark
    or its webhook user name is that of the tenant, or if a sender ID of the tenant uses it and neither names another
    tenant.
"""

EXAMPLES = r"""
- name: Read the tenant
  cxops.genesys_sms.nexus_tenant_info:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"

- name: Read a tenant with toll-free numbers
  cxops.genesys_sms.nexus_tenant_info:
    nexus_url: "{{ nexus_url }}"
    api_key: "{{ nexus_api_key }}"
    ccid: "{{ ccid }}"
    gws_url: "{{ gws_url }}"
    gws_auth_url: "{{ gws_auth_url }}"
    gws_client_id: "{{ gws_client_id }}"
    gws_client_secret: "{{ gws_client_secret }}"
    gws_username: "{{ gws_username }}"
    gws_password: "{{ gws_password }}"
    gc_login_url: "{{ gc_login_url }}"
    gc_api_url: "{{ gc_api_url }}"
    gc_client_id: "{{ gc_client_id }}"
    gc_client_secret: "{{ gc_client_secret }}"
"""

RETURN = r"""
ccid:
  description: The tenant.
  returned: success
  type: str
  sample: 45acae06-6b7c-4f97-9c76-471c0b25ef71
account:
  description:
    - Stands for the account in Genesys Cloud CX whose numbers were read. Tenants with the same OAuth client have the
      same value.
    - Null if the numbers were not read, or with an access token.
  returned: success
  type: str
  sample: 5f0c2a9b
sms_option:
  description:
    - The SMS option of the tenant, which is its group in the inventory. V(kaleyra), V(custom_gateway) or
      V(genesys_cloud).
    - Null if the tenant has none, mixes several, or its services were not read.
  returned: success
  type: str
  sample: kaleyra
sms_options:
  description: The SMS options that the service C(SMS) selects. Several if the tenant mixes them.
  returned: success
  type: list
  elements: str
  sample: [kaleyra]
services:
  description: The services, sorted by name, as M(cxops.genesys_sms.nexus_service_info) returns them.
  returned: success
  type: list
  elements: dict
  sample:
    - service: SMS
      url: N/A
      data:
        provider: mGage
variables:
  description:
    - The variables of the tenant for its C(host_vars), without secrets. Values that are defaults are left out.
    - The variables for the logins and the purchases are not among them.
  returned: success
  type: dict
  sample:
    ccid: 45acae06-6b7c-4f97-9c76-471c0b25ef71
    kaleyra_url: https://directtext.example.com
    sender_ids:
      - name: chat.SMS_Main_Corporate
        channel_id: "16504661149"
        endpoint: chat.Main_Corporate
secrets:
  description:
    - The variables, and the options in lists of RV(variables), that a person must fill in, because they are secrets.
    - A URL with a query is among them. Results hide the query, because it often contains a token.
  returned: success
  type: list
  elements: str
  sample: [kaleyra_username, kaleyra_password]
hidden_secrets:
  description:
    - Those of RV(secrets) whose values the server of the services does not show. So nobody can compare them with an
      inventory.
    - It does not have URLs with a query, and C(nexus_cluster_api_key).
  returned: success
  type: list
  elements: str
  sample: [kaleyra_password]
secret_values:
  description:
    - The values of those RV(secrets) that a server shows, each in Base64. A masked value is not among them.
    - Ansible shows nothing of a result that has values here.
  returned: success, if O(return_secrets=true)
  type: dict
  sample: {}
would_change:
  description:
    - What the playbook C(provision) would change with these variables, one sentence for each change. It is empty for a
      tenant that is set up like in Genesys' guide.
  returned: success
  type: list
  elements: str
  sample: [change data of the service SMS]
not_expressed:
  description:
    - The objects of the tenant that RV(variables) do not contain, because the roles would refuse them, and problems
      that would make C(provision) fail.
    - The playbooks do not change objects that are not listed, unless a C(purge) variable is set.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description:
        - V(service), V(channel), V(webhook_header), V(sender_id) or V(tollfree_number).
        - V(list) if the playbook would fail with a list as a whole.
      returned: always
      type: str
      sample: sender_id
    name:
      description: Name of the object.
      returned: always
      type: str
      sample: chat.SMS_Copy
    reason:
      description: The reason.
      returned: always
      type: str
      sample: "channel_id: the number 16504661149 is also in chat.SMS. Use each number in one section only."
unknown:
  description: Names of objects that the collection does not know, and does not change.
  returned: success
  type: dict
  contains:
    services:
      description: Services that no SMS option has.
      returned: always
      type: list
      elements: str
      sample: [Facebook]
    service_keys:
      description: Keys in the data of known services.
      returned: always
      type: list
      elements: str
      sample: [SMS.data.note]
    sections:
      description:
        - Sections without a C(channelType), except the section of the async provider, C(Async).
        - If the async provider has another name, one of them may have its webhook headers.
      returned: always
      type: list
      elements: str
      sample: [chat.Old]
    tollfree_numbers:
      description: Numbers of the account that name no tenant, and that no sender ID of the tenant uses.
      returned: always
      type: list
      elements: str
      sample: ["18445551212"]
leftovers:
  description: Names of objects that belong to another SMS option than RV(sms_option).
  returned: success
  type: dict
  contains:
    services:
      description: Services of other SMS options.
      returned: always
      type: list
      elements: str
      sample: [Async]
    sender_ids:
      description: Sender IDs with the provider of another SMS option. They are in RV(variables) too.
      returned: always
      type: list
      elements: str
      sample: [chat.SMS_Old]
    webhook_headers:
      description: Webhook headers of a tenant without a custom gateway.
      returned: always
      type: list
      elements: str
      sample: [X-Tenant]
    tollfree_numbers:
      description: Numbers in Genesys Cloud CX of a tenant with another SMS option.
      returned: always
      type: list
      elements: str
      sample: ["18445551212"]
unreadable:
  description:
    - Systems that were not read, each with the reason. Keys are V(services), V(configuration) and V(tollfree_numbers).
    - Nothing is known of what the tenant has there.
  returned: success, or failure if no system can be read
  type: dict
  sample:
    tollfree_numbers: They were not read, because neither gc_client_id nor gc_access_token is set.
failures:
  description:
    - The errors behind RV(unreadable), by system, as RV(failure) of a failed task has them.
    - It does not have the systems whose login is not set.
  returned: success, or failure if no system can be read
  type: dict
  sample:
    configuration:
      kind: unreachable
      url: https://gws.example.com/auth/v3/oauth/token
      status: null
      code: null
      correlation_id: null
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: invalid_input
    parameter: gws_username
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._tenant import tenant_info

TASK = Task("nexus_tenant_info", tenant_info.OPTIONS, tenant_info.run, secret_results=("secret_values",))


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
