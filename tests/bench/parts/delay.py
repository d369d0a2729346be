# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook and curl with servers that need some time for each request."""

from __future__ import annotations

from pathlib import Path

from bench.compare import PROVISION, SENDER_IDS_PER_TENANT, Bench, Contender, Pair, Scale, require_same
from bench.inventory import fleet
from bench.report import Section, Target, fill, seconds, table

_TEMPLATE = Path(__file__).with_suffix(".md")


def measure(bench: Bench) -> Section:
    """Provision the tenants in both ways."""
    scale = bench.scale
    tenants = fleet(scale.tenants, SENDER_IDS_PER_TENANT, scale.channels)
    playbook = Contender("playbook, delayed", bench.playbook(PROVISION, bench.inventory("delay", tenants)).run)
    curl = bench.curl("delay", tenants)
    contenders = (playbook, curl)
    require_same(
        [bench.provision(one, tenants, number, scale.delay) for number in bench.rounds() for one in contenders]
    )
    return section(playbook.pair(), curl.pair(), scale)


def section(playbook: Pair, curl: Pair, scale: Scale) -> Section:
    """Return the section about both ways."""
    part = playbook.again.median / curl.again.median
    late = f"{scale.delay * 1000:g} ms"
    targets = [Target(f"with {late} for each request, no-op at most 0.5 of curl", f"{part:.2f}", part <= 0.5)]
    rows = [
        (name, seconds(pair.first), seconds(pair.again), str(pair.first.requests()), str(pair.again.requests()))
        for name, pair in (("playbook", playbook), ("curl", curl))
    ]
    first = f"{playbook.first.median / curl.first.median:.2f}"
    rows.append(("playbook ÷ curl", first, f"{part:.2f}", "", ""))
    header = ("", "first run", "no-op re-run", "requests", "in the re-run")
    return Section(fill(_TEMPLATE, scale=scale, late=late, delay=table(header, rows)), targets)
