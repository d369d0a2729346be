# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles in the controller and as ordinary modules."""

from __future__ import annotations

from pathlib import Path

from bench.compare import HERE, SENDER_IDS_PER_TENANT, Bench, Contender, Pair, Scale, require_same
from bench.inventory import fleet
from bench.report import Section, fill, seconds, table

_TEMPLATE = Path(__file__).with_suffix(".md")


def measure(bench: Bench) -> Section:
    """Run the roles through both doors."""
    tenants = fleet(bench.scale.door_tenants, SENDER_IDS_PER_TENANT)
    inventory = bench.inventory("doors", tenants)
    doors = [
        Contender(f"door {door}", bench.playbook(str(HERE / "doors.yml"), inventory, ["--tags", door]).run)
        for door in ("controller", "module")
    ]
    require_same([bench.provision(door, tenants, number) for number in bench.rounds() for door in doors])
    controller, module = (door.pair() for door in doors)
    return section(controller, module, bench.scale)


def section(controller: Pair, module: Pair, scale: Scale) -> Section:
    """Return the section about both doors."""
    rows = [
        (name, seconds(pair.first), seconds(pair.again))
        for name, pair in (("in the controller", controller), ("ordinary modules", module))
    ]
    return Section(fill(_TEMPLATE, scale=scale, doors=table(("", "first run", "no-op re-run"), rows)))
