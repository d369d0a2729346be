# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the modules that read and change the tenant's configuration."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
# Written by make format, from the options in plugins/module_utils.
options:
  configuration:
    description:
      - How to reach the tenant's configuration.
      - V(gws) uses Genesys Web Services. It requires O(gws_url), O(gws_client_id) and O(gws_client_secret).
      - V(gax) uses Genesys Administrator Extension (GAX). It requires O(gax_url), O(gax_username) and O(gax_password).
    type: str
    choices: [gws, gax]
    default: gws
  ccid:
    description:
      - Contact center ID (a UUID) of the tenant, to check the login.
      - If it is set, and with O(configuration=gws), the module lists the contact centers of the login with one request.
        If the tenant is not in the list, the login belongs to another tenant, and the module fails before it writes.
      - If the login may not list contact centers, or the list is not in a known format, nothing is checked, and C(-v)
        shows a line about it. No such check is known for GAX.
      - The environment variable E(NEXUS_CCID) is not used for this option.
    type: str
    version_added: 0.5.0
  gws_check_ccid:
    description:
      - Whether to check that the login of Genesys Web Services sees the contact center O(ccid).
      - Set it to V(false) only if the login belongs to the tenant, and Genesys Web Services leaves the tenant out of
        the list of contact centers.
    type: bool
    default: true
    version_added: 0.6.0
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
      - Password of O(gax_username).
      - If it is not set, the environment variable E(GAX_PASSWORD) is used.
    type: str
notes:
  - GAX replaces an object as a whole. So the module reads it immediately before, leaves all else in it as it was,
    and reads it again afterwards. It fails if its change did not last, since someone else wrote at the same time.
  - What someone else changes in the moment between that reading and the writing is noticed only if GAX answers with
    an C(ETag) header.
"""
