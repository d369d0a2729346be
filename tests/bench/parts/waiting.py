# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook with a GWS whose provisioning sessions take some time until they are ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.compare import PROVISION, SENDER_IDS_PER_TENANT, Bench, Scale, by_option, say
from bench.inventory import Fleet, fleet
from bench.measure import Run
from bench.report import Section, Target, fill, table

_TEMPLATE = Path(__file__).with_suffix(".md")


@dataclass(frozen=True)
class Pause:
    """One run of one tenant, with a GWS that is ready at once, and with one that is not."""

    ready: Run
    late: Run

    @property
    def cost(self) -> float:
        """The seconds that the wait costs."""
        return self.late.seconds - self.ready.seconds

    @property
    def sessions(self) -> int:
        """How many provisioning sessions the run opened. It waits for each of them."""
        tokens = {
            record.headers["authorization"]
            for record in self.late.requests
            if record.path.endswith("/initialize-provisioning")
        }
        return len(tokens)


def measure(bench: Bench) -> Section:
    """Provision one tenant of each SMS option over GWS."""
    # The third tenant is over a custom gateway and GWS.
    tenants = fleet(3, SENDER_IDS_PER_TENANT, SENDER_IDS_PER_TENANT, webhook_headers=True)
    inventory = bench.inventory("waiting", tenants)
    return section(by_option(tenants, lambda name: _pauses(bench, tenants, inventory, name)), bench.scale)


def section(pauses: Mapping[str, tuple[Pause, Pause]], scale: Scale) -> Section:
    """Return the section about the pauses in the first run and in the re-run, by SMS option."""
    most = max(pause.sessions for both in pauses.values() for pause in both)
    wait = f"{scale.ready_lag / 1000:g} s"
    targets = [
        Target(f"a GWS that is ready after {wait} costs that time once per tenant and run", f"{most} times", most <= 1)
    ]
    rows = [
        (option, *(text for pause in both for text in (f"{pause.sessions}", f"{pause.cost:.1f} s")))
        for option, both in pauses.items()
    ]
    header = ("a tenant", "waits, first run", "cost", "waits, no-op re-run", "cost")
    return Section(fill(_TEMPLATE, scale=scale, wait=wait, waiting=table(header, rows)), targets)


def _pauses(bench: Bench, tenants: Fleet, inventory: Path, name: str) -> tuple[Pause, Pause]:
    """Return the pauses of the first run and of the re-run of one tenant."""
    command = bench.playbook(PROVISION, inventory, ["--limit", name])
    say(f"four runs with and without a wait for GWS: {name}")
    runs = []
    for lag in (0, bench.scale.ready_lag):
        bench.begin(tenants)
        bench.sandbox.switch(**{"configuration.ready_lag": lag})
        runs.append([command.run(bench.sandbox) for _run in ("first", "again")])
    first, again = (Pause(ready, late) for ready, late in zip(*runs, strict=True))
    return first, again
