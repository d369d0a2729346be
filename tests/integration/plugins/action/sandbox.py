# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Call the administration of the sandbox from a playbook, in the controller process. It takes a few milliseconds."""

from __future__ import annotations

import os
from typing import Any

import requests
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

# The arguments of a task in their order of execution, and the call of each.
CALLS = {
    "reset": ("POST", "reset"),
    "seed": ("POST", "seed"),
    "switches": ("PUT", "switches"),
    "clear_faults": ("DELETE", "faults"),
    "fault": ("POST", "faults"),
    "expire_tokens": ("POST", "expire-tokens"),
    "state": ("GET", "state/{0}"),
}


class ActionModule(ActionBase):
    """Each argument is one call with its value as the body. Only `state` (of a ccid) and `note` return something."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Make the calls."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        args = self._task.args
        unknown = sorted(set(args) - {*CALLS, "note"})
        if unknown:
            raise AnsibleActionFail(f"the sandbox has no {', '.join(unknown)}")
        for name, (method, path) in CALLS.items():
            if name in args:
                url = f"{os.environ['SANDBOX_URL']}/_sandbox/{path.format(args[name])}"
                response = requests.request(method, url, json=args[name] or {}, timeout=30)
                response.raise_for_status()
                if name == "state":
                    result[name] = response.json()
        # For what an earlier task registered.
        return {**result, "note": args.get("note")}
