# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks report and verify collected of each tenant, and the files that they write."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from ansible import context
from ansible.release import __version__

from ..module_utils._core.input import plain
from ..module_utils._core.server_text import in_message
from ..module_utils._core.version import VERSION
from ..module_utils._tenant.report import Collected
from ..module_utils._tenant.summary import PROBLEMS, SMS_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

LIVE = "sms_tenant"
"""The variable in which the playbooks register the result of nexus_tenant_info."""


def head() -> dict[str, Any]:
    """Return what a file says about the run."""
    limit = context.CLIARGS.get("subset")
    return {
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "inventory": [in_message(str(source)) for source in context.CLIARGS.get("inventory") or ()],
        "limit": in_message(str(limit)) if limit else None,
        "collection_version": VERSION,
        "ansible_core_version": __version__,
    }


def collected(hostvars: Any, host: str, variables: Iterable[str]) -> Collected:
    """Return what is known of a tenant.

    :arg variables: those in which the results of its tasks are registered.
    """
    # hostvars[host] is slow, since Ansible merges the host's variables each time.
    known = hostvars.raw_get(host) if hasattr(hostvars, "raw_get") else hostvars[host]
    problems = (known.get(PROBLEMS) or {}).get(host, [])
    return Collected(
        tenant=host,
        option=next((name for name in SMS_OPTIONS if name in known.get("group_names", ())), None),
        problems=[str(problem) for problem in problems],
        results={name: plain(known[name]) for name in variables if name in known},
        live=plain(known[LIVE]) if LIVE in known else None,
    )


def as_json(document: dict[str, Any]) -> str:
    """Return the content of a file.

    Ansible before 2.19 would treat some characters as a template. In JSON they stand only in strings.
    """
    return re.sub(r"\{(?=[{%#])", r"\\u007b", json.dumps(document, indent=2)) + "\n"
