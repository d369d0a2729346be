# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the modules that call Genesys Cloud CX."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
# Written by make format, from the options in plugins/module_utils.
options:
  gc_region:
    description:
      - Region of the organization, such as V(us-east-1) or V(eu-central-1), or its domain, such as V(mypurecloud.com).
      - If it is not set, the environment variable E(GENESYSCLOUD_REGION) is used.
      - It determines O(gc_login_url) and O(gc_api_url) if they are not set.
    type: str
    aliases: [region]
  gc_login_url:
    description:
      - Login URL of the organization, such as C(https://login.mypurecloud.com).
      - If it is not set, the environment variable E(GC_LOGIN_URL) is used.
      - Without either, it follows from O(gc_region).
    type: str
  gc_api_url:
    description:
      - API URL of the organization, such as C(https://api.mypurecloud.com).
      - If it is not set, the environment variable E(GC_API_URL) is used.
      - Without either, it follows from O(gc_region).
    type: str
  gc_client_id:
    description:
      - ID of the OAuth client to log in as.
      - If it is not set, the environment variable E(GC_CLIENT_ID) or E(GENESYSCLOUD_OAUTHCLIENT_ID) is used.
    type: str
  gc_client_secret:
    description:
      - The OAuth client's secret.
      - If it is not set, the environment variable E(GC_CLIENT_SECRET) or E(GENESYSCLOUD_OAUTHCLIENT_SECRET) is used.
    type: str
  gc_access_token:
    description:
      - Access token to use instead of O(gc_client_id) and O(gc_client_secret). It is not renewed when it expires.
      - If it is not set, the environment variable E(GENESYSCLOUD_ACCESS_TOKEN) is used.
      - A token from the environment is ignored if O(gc_client_id) is set.
    type: str
"""
