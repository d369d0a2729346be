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
      - The way to the tenant's configuration.
      - With V(gws), over Genesys Web Services. O(gws_url), O(gws_client_id) and O(gws_client_secret) are required then.
      - With V(gax), over Genesys Administrator Extension (GAX). O(gax_url), O(gax_username) and O(gax_password) are
        required then.
    type: str
    choices: [gws, gax]
    default: gws
  ccid:
    description:
      - The tenant that the configuration has to be of, by its contact center ID, a UUID.
      - Given, and with O(configuration=gws), the module asks which contact centers the login sees. If the tenant is
        none of them, it fails before it writes, since the login belongs to another tenant. That costs one request.
      - Where the login is not allowed to list contact centers, or their list has a form that is not known, nothing is
        checked; with C(-v) a line says so. No such check is known for GAX.
      - No environment variable stands in for it here.
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
notes:
  - GAX replaces an object as a whole. So the module reads it immediately before, leaves all else in it as it was,
    and reads it again afterwards. It fails if its change did not last, since someone else wrote at the same time.
  - What someone else changes in the moment between that reading and the writing is noticed only if GAX answers with
    an C(ETag) header.
"""
