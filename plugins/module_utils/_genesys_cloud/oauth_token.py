# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Get a token of Genesys Cloud CX for calls that a playbook makes itself (contract section 6)."""

from __future__ import annotations

from typing import Any

from .._core.task import Run
from .options import cloud_authentication


def run(task: Run) -> dict[str, Any]:
    """Run gc_oauth_token."""
    token = cloud_authentication(task).token()
    return {
        "changed": False,
        "access_token": token.access_token,
        "token_type": token.token_type,
        "expires_at": token.expires_at.isoformat(timespec="seconds") if token.expires_at else None,
    }
