# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that is not called local, to this machine: stands for a bastion."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: bastion
short_description: Run on this machine, under another name
description:
  - Stands for a connection to another machine.
author:
  - cxops (@cxops)
options: {}
"""


class Connection(LocalConnection):
    transport = "bastion"
