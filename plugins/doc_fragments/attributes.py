# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The attributes of the modules."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode. It returns what would change, and changes nothing.
    support: full
  diff_mode:
    description: Returns the changes, or in check mode what would change, if diff mode is on.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
"""

    INFO = r"""
attributes:
  check_mode:
    description: Can run in check mode. It only reads.
    support: full
  diff_mode:
    description: The module changes nothing.
    support: N/A
  idempotent:
    description: It only reads.
    support: full
"""

    DIGITAL_CHANNELS = r"""
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership: cxops.genesys_sms.digital_channels
"""

    CONFIGURATION = r"""
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership: cxops.genesys_sms.configuration
"""

    MESSAGING = r"""
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership: cxops.genesys_sms.messaging
"""

    API_KEYS = r"""
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership: cxops.genesys_sms.api_keys
"""

    GENESYS_CLOUD = r"""
attributes:
  action_group:
    description: Options for all members can be set together in C(module_defaults).
    support: full
    membership: cxops.genesys_sms.genesys_cloud
"""

    CONTROLLER = r"""
attributes:
  action:
    description: Runs in the process of the controller if possible, which is many times faster.
    support: partial
    details:
      - It runs there with a local connection, and without C(async), C(become) and C(environment).
      - Otherwise it runs as an ordinary module on the host of the task, with the same result.
"""

    SECRET_RESULT = r"""
attributes:
  hides_result:
    description: Ansible does not show the result, because it contains a secret. A registered result is complete.
    support: full
    details:
      - If the result contains a secret, nothing of it is shown at any verbosity, with or without C(no_log).
      - The module can't run with C(async), which would write the result to a file.
"""
