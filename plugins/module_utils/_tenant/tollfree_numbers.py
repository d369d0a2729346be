# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The toll-free numbers of a tenant, bought only after a look at the numbers that its configuration uses already.

This file combines two systems: Genesys Cloud CX has the numbers, and the configuration has the sections that use them.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from .._configuration.options import CONFIGURATION, configuration_client
from .._configuration.transaction import TRANSACTION, confirm_tenant
from .._core import checks
from .._core.options import HTTP
from .._core.task import Run
from .._genesys_cloud.numbers import numbers
from .._genesys_cloud.numbers.rules import LISTED, TOLLFREE_NUMBER

SHARED: dict[str, Any] = {
    **numbers.SHARED,
    "tenant_configuration": {
        "type": "dict",
        "description": """
            - How to reach the tenant's configuration, with the options of
              M(cxops.genesys_sms.nexus_sender_id_info).
            - It is read only if a number must be bought while the account has numbers whose tenant is
              unknown. A number that a section of the tenant uses belongs to the tenant. If this option
              is omitted, only the webhook user of these numbers decides.
        """,
        "version_added": "0.4.0",
        "options": {name: option for name, option in CONFIGURATION.items() if name not in (*HTTP, "ccid")},
    },
}
"""The options that gc_tollfree_number and gc_tollfree_numbers share."""


OPTIONS: dict[str, Any] = {
    "tollfree_numbers": {
        "type": "list",
        "description": "The numbers of the tenant.",
        "elements": "dict",
        "required": True,
        "options": LISTED,
    },
    **SHARED,
    **numbers.DEFAULTS,
}
"""The options of gc_tollfree_numbers."""

ONE: dict[str, Any] = {
    **TOLLFREE_NUMBER,
    **SHARED,
    "state": {**TOLLFREE_NUMBER["state"], "default": "present"},
}
"""The options of gc_tollfree_number."""


def used_numbers(run: Run) -> dict[str, str]:
    """Return the sections of the tenant's configuration by the number that they use, as digits."""
    asked = run.params["tenant_configuration"]
    if asked is None or asked["gax_url" if asked["configuration"] == "gax" else "gws_url"] is None:
        return {}
    tenant = replace(run, params={**run.params, **asked})
    client = configuration_client(tenant)
    confirm_tenant(tenant, client)
    sections = client.read(TRANSACTION).sections
    found: dict[str, str] = {}
    for section in sorted(sections):
        for key, value in sections[section].items():
            digits = checks.digits(value)
            if key.lower() == "channelid" and digits.isdigit():
                found.setdefault(digits, section)
                # North American numbers are often written without the country code.
                found.setdefault(f"1{digits}", section)
    return found


run = partial(numbers.run, used_numbers=used_numbers)
"""Run the module gc_tollfree_numbers."""

run_one = partial(numbers.run_one, used_numbers=used_numbers)
"""Run the module gc_tollfree_number."""
