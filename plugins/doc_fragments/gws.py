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
      - Base URL of Genesys Web Services, without C(/provisioning/v3), with the path prefix that an ingress may add.
      - If it is not set, the environment variable E(GWS_URL) is used.
    type: str
  gws_auth_url:
    description:
      - Base URL of the authentication service of Genesys Web Services.
      - If it is not set, the environment variable E(GWS_AUTH_URL) is used.
      - Without either, it is O(gws_url).
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
      - Password of O(gws_username).
      - If it is not set, the environment variable E(GWS_PASSWORD) is used.
    type: str
  gws_api_key:
    description:
      - The key that an API gateway in front of Genesys Web Services wants with each call, as the header C(x-api-key).
        Without such a gateway it is not needed.
      - If it is not set, the environment variable E(GWS_API_KEY) is used.
      - It is not the key of Digital Channels.
    type: str
    version_added: 0.4.0
"""
