# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection to a machine that does not answer."""

from __future__ import annotations

from typing import Any, NoReturn

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: nowhere
short_description: Fail as ssh does if the other machine does not answer
description:
  - Simulates a connection to a machine that does not answer.
author:
  - cxops (@cxops)
options: {}
"""


class Connection(LocalConnection):
    transport = "nowhere"

    def exec_command(self, *_arguments: Any, **_options: Any) -> NoReturn:
        raise AnsibleConnectionFailure("Failed to connect to the host via nowhere: no route.")
