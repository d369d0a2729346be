# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many sender IDs of one tenant, in one task and in a loop."""

from __future__ import annotations

from pathlib import Path

from bench.compare import HERE, Bench, Contender, Pair, Scale, require_same
from bench.inventory import fleet
from bench.measure import Run, Series
from bench.report import Section, Target, fill, seconds, table

_TEMPLATE = Path(__file__).with_suffix(".md")
_OBJECT = "/configuration/objects/transactions"


def measure(bench: Bench) -> Section:
    """Provision the sender IDs in both ways."""
    tenants = fleet(1, bench.scale.sender_ids)
    inventory = bench.inventory("list", tenants)
    bulk = Contender("sender IDs in one task", bench.playbook(str(HERE / "sender_ids_bulk.yml"), inventory).run)
    loop = Contender("sender IDs in a loop", bench.playbook(str(HERE / "sender_ids_loop.yml"), inventory).run)
    states = []
    for number in bench.rounds():
        states.append(bench.provision(bulk, tenants, number))
        if number in bench.slow_rounds():
            states.append(bench.provision(loop, tenants, number))
    require_same(states)
    return section(bulk.pair(), loop.pair(), bench.scale)


def section(bulk: Pair, loop: Pair, scale: Scale) -> Section:
    """Return the section about both ways."""
    slowest = max(bulk.first.median, bulk.again.median)
    gets = max(_calls(bulk.first, "GET"), _calls(bulk.again, "GET"))
    puts = max(_calls(bulk.first, "PUT"), _calls(bulk.again, "PUT"))
    targets = [
        Target(f"{scale.sender_ids:,} sender IDs in one task in less than 4 s", f"{slowest:.2f} s", slowest < 4),
        Target("with one GET and at most one PUT of the object", f"{gets} GET, {puts} PUT", gets == 1 and puts <= 1),
    ]
    header = ("", "", "time", "GETs of the object", "PUTs")
    rows = []
    for name, pair in (("`nexus_sender_ids`, one task", bulk), ("`nexus_sender_id` in a loop", loop)):
        for run, series in (("first run", pair.first), ("no-op re-run", pair.again)):
            rows.append((name, run, seconds(series), *(str(_calls(series, method)) for method in ("GET", "PUT"))))
    return Section(fill(_TEMPLATE, scale=scale, lists=table(header, rows)), targets)


def _calls(series: Series, method: str) -> int:
    def count(run: Run) -> int:
        return sum(record.method == method and _OBJECT in record.path for record in run.requests)

    return series.requests(count)
