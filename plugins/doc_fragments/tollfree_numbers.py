# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the modules that buy toll-free numbers."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
# Written by make format, from the options in plugins/module_utils.
options:
  ccid:
    description:
      - The tenant, by its contact center ID, a UUID. Slots are told apart by it.
      - If it is not set, the environment variable E(NEXUS_CCID) is used.
    type: str
    required: true
  nexus_url:
    description:
      - Base URL of the Digital Channels API, as Genesys Cloud CX reaches it. It tells O(mo_url) and O(dr_url) where
        they are not set.
      - If it is not set, the environment variable E(NEXUS_URL) is used.
    type: str
  webhook_password:
    description:
      - What Genesys Cloud CX proves itself with to Digital Channels, the cluster API key. Needed to buy a number.
      - The API never tells it, so that O(update_secret) decides when it is written to a number that exists. It is also
        written when the URLs or the user name of the webhook change.
    type: str
  update_secret:
    description:
      - When O(webhook_password) is written.
      - With V(on_create), when a number is bought.
      - With V(always), on each run, which is then reported as a change. This is how it is rotated.
    type: str
    choices: [on_create, always]
    default: on_create
  purchase_allowed:
    description:
      - Whether numbers may be bought. Each costs money.
      - With V(false), the module fails where a number would have to be bought.
    type: bool
    default: false
  max_purchases:
    description:
      - How many bought numbers the organization may have at most, all runs and tenants together. Required with
        O(purchase_allowed=true).
      - The numbers of the O(journal) that were not given back count, and those of the account that have the mark of a
        slot. Numbers that are ported in do not.
      - From 0 to 10000. A greater number would be no limit.
    type: int
  journal:
    description:
      - File in which each purchase is written down before it is made, by its absolute path. Required with
        O(purchase_allowed=true).
      - All runs for one organization have to share it, on a file system that knows locks. It holds no secrets. Keep it
        where it outlasts the run, and nothing replaces it, as a checkout of a repository might.
      - A purchase never creates it. That is done once, by M(cxops.genesys_sms.gc_purchase_journal). Nothing is bought
        with a journal that does not know the numbers which the account shows with the mark of a slot.
    type: path
  order_timeout:
    description:
      - Seconds to wait, counted from the order, until the account has a number that was ordered; and for another run
        that uses the O(journal).
      - If that is not enough, the module fails, and orders nothing again. A later run looks once whether the number has
        come.
      - A number that is ported in is not waited for, since that can take weeks. A warning tells that it is under way.
    type: float
    default: 600
  foreign_numbers:
    description:
      - Numbers of the account that were bought by other means, and that are none of the tenant's, though its sections
        or their webhook user look so.
      - Nothing is bought for a tenant that seems to have a number without the mark of a slot, until that number is
        listed together with a slot, or here.
    type: list
    elements: str
    version_added: 0.4.0
  tenant_configuration:
    description:
      - How to reach the tenant's configuration, with the options of M(cxops.genesys_sms.nexus_sender_id_info).
      - It is read only if a number must be bought while the account has numbers whose tenant is unknown. A number that
        a section of the tenant uses belongs to the tenant. If this option is omitted, only the webhook user of these
        numbers decides.
    type: dict
    version_added: 0.4.0
    suboptions:
      configuration:
        description:
          - How to reach the tenant's configuration.
          - V(gws) uses Genesys Web Services. It requires O(tenant_configuration.gws_url),
            O(tenant_configuration.gws_client_id) and O(tenant_configuration.gws_client_secret).
          - V(gax) uses Genesys Administrator Extension (GAX). It requires O(tenant_configuration.gax_url),
            O(tenant_configuration.gax_username) and O(tenant_configuration.gax_password).
        type: str
        choices: [gws, gax]
        default: gws
      gws_check_ccid:
        description:
          - Whether to check that the login of Genesys Web Services sees the contact center O(ccid).
          - Set it to V(false) only if the login belongs to the tenant, and Genesys Web Services leaves the tenant out
            of the list of contact centers.
        type: bool
        default: true
        version_added: 0.6.0
      gws_url:
        description:
          - Base URL of Genesys Web Services, without C(/provisioning/v3), with the path prefix that an ingress may add.
          - If it is not set, the environment variable E(GWS_URL) is used.
        type: str
      gws_auth_url:
        description:
          - Base URL of the authentication service of Genesys Web Services.
          - If it is not set, the environment variable E(GWS_AUTH_URL) is used.
          - Without either, it is O(tenant_configuration.gws_url).
        type: str
      gws_client_id:
        description:
          - API client of Genesys Web Services.
          - If it is not set, the environment variable E(GWS_CLIENT_ID) is used.
        type: str
      gws_client_secret:
        description:
          - The API client's secret.
          - If it is not set, the environment variable E(GWS_CLIENT_SECRET) is used.
        type: str
      gws_username:
        description:
          - User to log in as, in the form C(domain\user). The user decides which tenant's configuration is seen.
          - If it is not set, the environment variable E(GWS_USERNAME) is used.
          - Without either, the API client logs in alone.
        type: str
      gws_password:
        description:
          - Password of O(tenant_configuration.gws_username).
          - If it is not set, the environment variable E(GWS_PASSWORD) is used.
        type: str
      gws_api_key:
        description:
          - The key that an API gateway in front of Genesys Web Services wants with each call, as the header
            C(x-api-key). Without such a gateway it is not needed.
          - If it is not set, the environment variable E(GWS_API_KEY) is used.
          - It is not the key of Digital Channels.
        type: str
        version_added: 0.4.0
      ready_timeout:
        description:
          - Seconds to wait until Genesys Web Services is ready to give access to the configuration.
          - The first session after a quiet time can take minutes. C(-v) shows the wait while it lasts.
        type: float
        default: 600
      gax_url:
        description:
          - Base URL of GAX, without C(/gax/api), with the path prefix that an ingress may add.
          - If it is not set, the environment variable E(GAX_URL) is used.
        type: str
      gax_username:
        description:
          - User name for GAX. The user decides which tenant's configuration the module sees.
          - If it is not set, the environment variable E(GAX_USERNAME) is used.
        type: str
      gax_password:
        description:
          - Password of O(tenant_configuration.gax_username).
          - If it is not set, the environment variable E(GAX_PASSWORD) is used.
        type: str
"""
