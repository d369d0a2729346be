# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection to this machine with another name than local. It simulates a bastion."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: bastion
short_description: Run on this machine, under another name
description:
  - Simulates a connection to another machine.
author:
  - cxops (@cxops)
options: {}
"""


class Connection(LocalConnection):
    transport = "bastion"
