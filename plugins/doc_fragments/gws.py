# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the modules that log in to Genesys Web Services."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
# Written by make format, from the options in plugins/module_utils.
options:
  gws_url:
    description:
      - Base URL of Genesys Web Services, without C(/provisioning/v3). If an ingress adds a path prefix, include it.
      - If it is not set, the environment variable E(GWS_URL) is used.
    type: str
  gws_auth_url:
    description:
      - Base URL of the authentication service of Genesys Web Services.
      - If it is not set, the environment variable E(GWS_AUTH_URL) is used.
      - The default is the value of O(gws_url).
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
      - User of the login, in the form C(domain\user). The user determines which tenant's configuration the module reads
        and changes.
      - If it is not set, the environment variable E(GWS_USERNAME) is used.
      - Without a user, only the API client logs in.
    type: str
  gws_password:
    description:
      - Password of O(gws_username).
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
"""
