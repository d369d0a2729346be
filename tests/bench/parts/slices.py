# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run of the playbook, and slices of its inventory side by side."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.compare import PROVISION, SENDER_IDS_PER_TENANT, Bench, Contender, Pair, Scale, program, require_same
from bench.inventory import fleet
from bench.measure import Command, run_together
from bench.report import Section, cpu, fill, megabytes, seconds, table

_TEMPLATE = Path(__file__).with_suffix(".md")


def measure(bench: Bench) -> Section:
    """Provision the tenants in one run and in slices, with ansible-runner."""
    scale = bench.scale
    tenants = fleet(scale.slice_tenants, SENDER_IDS_PER_TENANT, scale.channels)
    whole = bench.inventory("slices", tenants)
    slices = tenants.write_slices(whole, scale.slices)
    plain = Contender("one run with ansible-playbook", bench.playbook(PROVISION, whole).run)
    one = Contender("one run with ansible-runner", _runner(bench, whole).run)
    commands = [_runner(bench, inventory) for inventory in slices]
    many = Contender(f"{scale.slices} slices", partial(run_together, commands))
    contenders = (plain, one, many)
    require_same([bench.provision(way, tenants, number) for number in bench.slow_rounds() for way in contenders])
    return section([(way.name, way.pair()) for way in contenders], scale)


def section(ways: Sequence[tuple[str, Pair]], scale: Scale) -> Section:
    """Return the section about all ways."""
    header = ("", "first run", "no-op re-run", "its CPU time", "requests", "in the re-run", "peak memory")
    rows = [
        (
            name,
            *(seconds(pair.first), seconds(pair.again), cpu(pair.again)),
            # Slices that wait for each other read the account more or less often.
            *(f"{len(series.runs[-1].requests)}" for series in (pair.first, pair.again)),
            megabytes(pair.first, pair.again),
        )
        for name, pair in ways
    ]
    second = 1 + scale.slices
    return Section(fill(_TEMPLATE, scale=scale, second=second, third=second + scale.slices, slices=table(header, rows)))


def _runner(bench: Bench, inventory: Path) -> Command:
    """Return the command that runs the playbook with ansible-runner, in a directory of its own."""
    directory = bench.directory / f"runner-{inventory.name}"
    directory.mkdir()
    words = [program("ansible-runner"), "run", str(directory), "-p", PROVISION, "--inventory", str(inventory)]
    return Command(words, bench.env, bench.output(f"output-{inventory.name}"))
