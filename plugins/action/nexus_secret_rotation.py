# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run nexus_secret_rotation in the controller."""

from __future__ import annotations

from ..modules.nexus_secret_rotation import TASK as MODULE_TASK
from ..plugin_utils.controller import ControllerAction


class ActionModule(ControllerAction):
    TASK = MODULE_TASK
