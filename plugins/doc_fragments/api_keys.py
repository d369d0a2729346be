# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the modules that manage API keys of Digital Channels."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
# Written by make format, from the options in plugins/module_utils.
options:
  nexus_url:
    description:
      - Base URL of the Digital Channels API, without C(/nexus/v3), with the path prefix that an ingress may add.
      - If it is not set, the environment variable E(NEXUS_URL) is used.
    type: str
    required: true
"""
