#!/usr/bin/python
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Get a token of Genesys Cloud CX."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gc_oauth_token
short_description: Get a token of Genesys Cloud CX
version_added: 0.3.0
description:
  - Logs in to Genesys Cloud CX as an OAuth client, with client credentials, and returns the access token.
  - The other C(gc_) modules log in themselves. Use this one for your own requests, with M(ansible.builtin.uri).
author:
  - cxops (@cxops)
attributes:
  idempotent:
    support: partial
    details:
      - It changes nothing, but each run gets another token.
extends_documentation_fragment:
  - cxops.genesys_sms.attributes.info
  - cxops.genesys_sms.attributes.genesys_cloud
  - cxops.genesys_sms.attributes.controller
  - cxops.genesys_sms.attributes.secret_result
  - cxops.genesys_sms.genesys_cloud
  - cxops.genesys_sms.http_options
seealso:
  - module: cxops.genesys_sms.gc_oauth_client
notes:
  - O(gc_api_url) and O(gc_access_token) are not used.
  - If Genesys Cloud CX answers that there were too many logins, the module waits and tries again, for at most
    O(time_limit) seconds.
"""

EXAMPLES = r"""
- name: Log in
  cxops.genesys_sms.gc_oauth_token:
    gc_login_url: "{{ gc_login_url }}"
    gc_client_id: "{{ gc_client_id }}"
    gc_client_secret: "{{ gc_client_secret }}"
  register: token
"""

RETURN = r"""
access_token:
  description: The access token. A result with a token is not shown.
  returned: success
  type: str
  sample: a-token
token_type:
  description: Type of the token, for the header C(Authorization).
  returned: success
  type: str
  sample: bearer
expires_at:
  description: When it expires, in UTC, or null if the server did not say.
  returned: success
  type: str
  sample: "2026-11-24T09:30:00+00:00"
failure:
  description: The error, for playbooks that branch on it.
  returned: failure, if the module knows the error
  type: dict
  sample:
    kind: refused
    url: https://login.mypurecloud.com/oauth/token
    status: 401
    code: invalid_client
    correlation_id: null
"""

from ..module_utils._core.task import Task, run_module
from ..module_utils._genesys_cloud import oauth_token
from ..module_utils._genesys_cloud.options import GENESYS_CLOUD

TASK = Task("gc_oauth_token", {**GENESYS_CLOUD}, oauth_token.run, secret_results=("access_token",))


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
