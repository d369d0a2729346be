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
      - Contact center ID (UUID) of the tenant. Each tenant has its own slots.
      - If it is not set, the environment variable E(NEXUS_CCID) is used.
    type: str
    required: true
  nexus_url:
    description:
      - Base URL of the Digital Channels API, as Genesys Cloud CX reaches it. It determines O(mo_url) and O(dr_url) if
        they are not set.
      - If it is not set, the environment variable E(NEXUS_URL) is used.
    type: str
  webhook_password:
    description:
      - The cluster API key, with which Genesys Cloud CX logs in to Digital Channels. Required to buy a number.
      - The API never returns it. So O(update_secret) determines when it is written to an existing number. It is also
        written when the URLs or the user name of the webhook change.
    type: str
  update_secret:
    description:
      - When to write O(webhook_password).
      - With V(on_create), it is written when a number is bought.
      - With V(always), it is written on each run, and each run reports a change. Use this to rotate it.
    type: str
    choices: [on_create, always]
    default: on_create
  purchase_allowed:
    description:
      - Whether numbers may be bought. Each number costs money.
      - With V(false), the module fails if a number has to be bought.
    type: bool
    default: false
  max_purchases:
    description:
      - Limit for the bought numbers of the organization, over all runs and tenants. Required with
        O(purchase_allowed=true).
      - It counts the numbers in the O(journal) that were not released, and the numbers of the account that have the
        mark of a slot. It does not count numbers that are ported in.
      - From 0 to 10000.
    type: int
  journal:
    description:
      - The journal, to which each purchase is written before the order. Required with O(purchase_allowed=true).
      - Either the absolute path of a file on a file system that supports locks, or the URL of a PostgreSQL database,
        such as C(postgresql://user@host/database?sslmode=verify-full). Use a database if the runs have no file system
        in common. The URL has the parameters of libpq, but no password. The Python library C(psycopg) is required then.
        A name after C(#) distinguishes several journals in one database.
      - All runs for one organization must share the journal. It contains no secrets. Keep it in a place where nothing
        deletes or replaces it. A checkout of a repository is not such a place.
      - A purchase never creates the journal. Create it once, with M(cxops.genesys_sms.gc_purchase_journal). Nothing is
        bought if the account has numbers with the mark of a slot that the journal does not contain.
    type: path
  journal_password:
    description:
      - Password for the database of the O(journal).
      - If it is not set, the environment variable E(PGPASSWORD) is used.
      - Without either, libpq reads its password file.
    type: str
    version_added: 0.6.0
  order_timeout:
    description:
      - Seconds to wait after an order until the account has the number. Also the seconds to wait while another run has
        locked the O(journal).
      - If the account does not have the number in time, the module fails, and does not order it again. A later run
        checks once whether the account has it.
      - The module does not wait for a number that is ported in, because that can take weeks. It warns that the port-in
        is not complete.
    type: float
    default: 600
  foreign_numbers:
    description:
      - Numbers of the account that seem to belong to the tenant, by its sections or by their webhook user name, but do
        not.
      - A number blocks purchases for the tenant if it has no mark of a slot and seems to belong to the tenant. To
        unblock them, list the number with a slot, or here.
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
          - Base URL of Genesys Web Services, without C(/provisioning/v3). If an ingress adds a path prefix, include it.
          - If it is not set, the environment variable E(GWS_URL) is used.
        type: str
      gws_auth_url:
        description:
          - Base URL of the authentication service of Genesys Web Services.
          - If it is not set, the environment variable E(GWS_AUTH_URL) is used.
          - The default is the value of O(tenant_configuration.gws_url).
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
          - User of the login, in the form C(domain\user). The user determines which tenant's configuration the module
            reads and changes.
          - If it is not set, the environment variable E(GWS_USERNAME) is used.
          - Without a user, only the API client logs in.
        type: str
      gws_password:
        description:
          - Password of O(tenant_configuration.gws_username).
          - If it is not set, the environment variable E(GWS_PASSWORD) is used.
        type: str
      gws_api_key:
        description:
          - The key for an API gateway in front of Genesys Web Services, which wants the header C(x-api-key) with each
            request. Without such a gateway it is not needed.
          - If it is not set, the environment variable E(GWS_API_KEY) is used.
          - It is not the API key of Digital Channels.
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
