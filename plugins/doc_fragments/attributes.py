# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules can do, in the words of ansible-core."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and tell what would change without changing anything.
    support: full
  diff_mode:
    description: Returns what changed, or would change in check mode, when diff mode is on.
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
    description: There is nothing to show, since nothing is changed.
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
    description: Runs in the controller's own process where it can, which is many times faster.
    support: partial
    details:
      - It runs there with a local connection and without C(async), C(become) and C(environment).
      - In all other cases it runs as an ordinary module on the host of the task, with the same result.
"""

    SECRET_RESULT = r"""
attributes:
  hides_result:
    description: Keeps its result from being shown, since there is a secret in it. What is registered is complete.
    support: full
    details:
      - Nothing is shown at any verbosity, with or without C(no_log), where the result holds a secret.
      - It can't run with C(async), which would keep the result in a file.
"""
