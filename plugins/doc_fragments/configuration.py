# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the modules that read and change the tenant's configuration."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  configuration:
    description:
      - The way to the tenant's configuration.
      - With V(gws), over Genesys Web Services. O(gws_url), O(gws_client_id) and O(gws_client_secret) are required then.
      - With V(gax), over Genesys Administrator Extension (GAX). O(gax_url), O(gax_username) and O(gax_password) are
        required then.
      - GAX replaces an object as a whole. So the module reads it immediately before, leaves all else in it as it was,
        and reads it again afterwards. It fails if its change did not last, since someone else wrote at the same time.
      - What someone else changes in the moment between that reading and the writing is noticed only if GAX answers with
        an C(ETag) header.
    type: str
    choices: [gws, gax]
    default: gws
  gws_url:
    description:
      - Base URL of Genesys Web Services, with the path prefix that an ingress may add.
      - Left out, the environment variable E(GWS_URL) counts.
    type: str
  gws_auth_url:
    description:
      - Base URL of the authentication service of Genesys Web Services.
      - Left out, the environment variable E(GWS_AUTH_URL) counts, and without that O(gws_url).
    type: str
  gws_client_id:
    description:
      - API client of Genesys Web Services.
      - Left out, the environment variable E(GWS_CLIENT_ID) counts.
    type: str
  gws_client_secret:
    description:
      - Secret of the API client.
      - Left out, the environment variable E(GWS_CLIENT_SECRET) counts.
    type: str
  gws_username:
    description:
      - User to log in as, in the form C(domain\\user). The user decides which tenant's configuration is seen.
      - Left out, the environment variable E(GWS_USERNAME) counts. Without either, the API client logs in alone.
    type: str
  gws_password:
    description:
      - Password of O(gws_username).
      - Left out, the environment variable E(GWS_PASSWORD) counts.
    type: str
  ready_timeout:
    description:
      - Seconds to wait until Genesys Web Services is ready to give access to the configuration.
      - The first session after a quiet time can take minutes. With C(-v) the wait is shown while it goes on.
    type: float
    default: 600
  gax_url:
    description:
      - Base URL of GAX, without C(/gax/api), with the path prefix that an ingress may add.
      - Left out, the environment variable E(GAX_URL) counts.
    type: str
  gax_username:
    description:
      - User to log in to GAX as. The user decides which tenant's configuration is seen.
      - Left out, the environment variable E(GAX_USERNAME) counts.
    type: str
  gax_password:
    description:
      - Password of O(gax_username).
      - Left out, the environment variable E(GAX_PASSWORD) counts.
    type: str
"""
