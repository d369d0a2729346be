# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of the playbook verify for tests, and their validation."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
from tools.collection import ROOT
from unit.summaries import closed

Json = dict[str, Any]

SCHEMA: Json = json.loads((ROOT / "docs/schemas/verify.schema.json").read_text(encoding="utf-8"))


def valid(made: Json) -> Json:
    """Return results that have exactly the fields of the schema, and the right totals."""
    jsonschema.Draft202012Validator(closed(SCHEMA)).validate(made)
    outcomes = [tenant["outcome"] for tenant in made["tenants"]]
    statuses = [check["status"] for tenant in made["tenants"] for check in tenant["checks"]]
    totals = made["totals"]
    assert totals["tenants"] == len(outcomes)
    assert {name: totals[name] for name in set(outcomes)} == {name: outcomes.count(name) for name in set(outcomes)}
    assert totals["checks"] == {name: statuses.count(name) for name in totals["checks"]}
    return made
