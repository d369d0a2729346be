# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory in slices, run side by side, leads to the same state and the same purchases as one run."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from integration.journals import open_journal, purchases
from integration.postgres import Postgres
from integration.provisioning import PROVISION, Site, assert_phrases, play, run, write_inventory
from integration.slices import Slices, Way, kill
from sandbox.control import Sandbox
from unit.summaries import Json, valid

CLOUDS = ("alpha", "beta", "gamma")
NAMES = (*CLOUDS, "lambda", "mu", "nu")
ENABLED = {"ANSIBLE_CALLBACKS_ENABLED": "cxops.genesys_sms.summary"}


def site_of(sandbox: Sandbox, directory: Path, journal: str | None = None) -> Site:
    """Return six tenants. Each of three slices gets one over Genesys Cloud CX."""
    directory.mkdir(exist_ok=True)
    site = Site(sandbox, directory, *NAMES, gateways={"lambda": "gws", "mu": "gax"}, clouds=CLOUDS)
    for name in CLOUDS:
        # Each slice waits until no other one buys.
        site.hosts[name]["genesys_cloud_order_timeout"] = 60
        if journal is not None:
            site.hosts[name]["genesys_cloud_journal"] = journal
    return site


def without_numbers(value: Any) -> Any:
    """Return a value without the toll-free numbers and the IDs of their orders: slices buy in any order."""
    return json.loads(re.sub(r"1844\d{7}", "NUMBER", re.sub(r"\bi[0-9a-f]{11}\b", "INTENT", json.dumps(value))))


def state_of(site: Site) -> Any:
    """Return the final state of the tenants, and of the numbers by their comments."""
    tenants = {name: {**site.state(name), "dbid": None} for name in NAMES}
    numbers = [{**number, "dateCreated": None, "dateModified": None} for number in numbers_of(site)]
    return without_numbers(tenants), sorted(json.dumps(without_numbers(number), sort_keys=True) for number in numbers)


def numbers_of(site: Site) -> list[Json]:
    found = site.sandbox.account()["numbers"]
    return list(found.values()) if isinstance(found, dict) else list(found)


def result_of(summary: Json) -> Json:
    """Return what a summary says, without times, slices and comparisons."""
    other = ("started", "ended", "slice", "merged", "compared_tenants")
    found: Json = without_numbers({key: value for key, value in summary.items() if key not in other})
    return found


@pytest.fixture(scope="module")
def whole(sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Json]:
    """Return the final state and the summary of one run over all tenants."""
    directory = tmp_path_factory.mktemp("whole")
    site = site_of(sandbox_process, directory)
    path = directory / "summary.json"
    done = site.play(PROVISION, env={**ENABLED, "GENESYS_SMS_SUMMARY_FILE": str(path)})
    assert done.rc == 0, done.output
    return state_of(site), valid(json.loads(path.read_text(encoding="ascii")))


def merged(slices: Slices, directory: Path) -> Json:
    path = directory / "merged.json"
    files = [str(slices.summary_file(number)) for number in range(1, slices.count + 1)]
    variables = json.dumps({"summary_files": files, "merged_summary_file": str(path)})
    result = run("ansible-playbook", "cxops.genesys_sms.merge_summaries", "-e", variables, directory=directory)
    assert result.rc == 0, result.output
    return valid(json.loads(path.read_text(encoding="ascii")))


@pytest.mark.parametrize(("way", "again"), [("run", "worker"), ("worker", "run")])
def test_slices_lead_to_the_same_as_one_run(
    sandbox: Sandbox, postgres: Postgres, tmp_path: Path, whole: tuple[Any, Json], way: Way, again: Way
) -> None:
    """With the journal in a file, and in a database."""
    journal = None if way == "run" else postgres.database()
    if journal is not None:
        with open_journal(journal) as table:
            table.create()
    site = site_of(sandbox, tmp_path, journal)
    slices = Slices(site, 3)
    outputs = slices.run(way)
    state, summary = whole
    assert state_of(site) == state
    bought = purchases(journal) if journal is not None else site.purchases()
    assert sorted((item.tenant, item.slot, item.event) for item in bought) == sorted(
        (site.tenants[name].ccid, "main", "bought") for name in CLOUDS
    )
    assert (sandbox.account()["spent"], len(sandbox.account()["orders"])) == (3, 3)
    for number, (each, output) in enumerate(zip(slices.summaries(), outputs, strict=True), 1):
        assert [tenant["tenant"] for tenant in each["tenants"]] == slices.names(number)
        # Two tenants are all that the slice has seen.
        assert (each["slice"], each["compared_tenants"]) == ({"number": number, "count": 3}, 2)
        assert_phrases(" ".join(output.split()), f"slice {number} of 3. It compared only its own tenants")
        # ansible-runner has a terminal, but nobody looks at it.
        assert " done, " not in output
    together = merged(slices, tmp_path)
    assert result_of(together) == result_of(summary)
    assert together["merged"] == {"files": 3, "count": 3, "missing": []}

    sandbox.clear_requests()
    slices.run(again)
    assert sandbox.writes() == []
    assert merged(slices, tmp_path)["totals"]["unchanged"] == 6


def test_slices_by_limit_compare_all_tenants(sandbox: Sandbox, tmp_path: Path) -> None:
    """Two tenants of different slices have the same login."""
    site = site_of(sandbox, tmp_path)
    site.hosts["nu"].update({key: site.hosts["alpha"][key] for key in ("gws_username", "gws_client_id")})
    path = tmp_path / "summary.json"
    part = {"summary_slice_number": 1, "summary_slice_count": 2, "summary_file": str(path)}
    result = site.play(PROVISION, "--tags", "validate", "--limit", "alpha,beta", env=ENABLED, **part)
    (told,) = result.failures.values()
    assert "nu" in told.split()
    summary = valid(json.loads(path.read_text(encoding="ascii")))
    assert (summary["totals"]["tenants"], summary["compared_tenants"]) == (2, 6)
    assert_phrases(" ".join(result.output.split()), "slice 1 of 2. It compared the 6 tenants of its inventory")
    # A slice that has only its own hosts can't see it, and says so.
    site.hosts = {name: site.hosts[name] for name in ("alpha", "beta")}
    alone = site.play(PROVISION, "--tags", "validate", env=ENABLED, **part)
    assert alone.rc == 0
    assert_phrases(" ".join(alone.output.split()), "It compared only its own tenants")


def test_a_slice_without_hosts(sandbox: Sandbox, tmp_path: Path) -> None:
    inventory = write_inventory(tmp_path, {}, {})
    path = tmp_path / "summary.json"
    part = {"summary_slice_number": 3, "summary_slice_count": 3, "summary_file": str(path)}
    refused = play(sandbox, tmp_path, PROVISION, inventory, variables=part, env=ENABLED)
    assert_phrases(
        refused.failures["localhost"], "This run has no tenant", "one of many job slices", "allow_no_tenants"
    )
    allowed = play(sandbox, tmp_path, PROVISION, inventory, variables={**part, "allow_no_tenants": True}, env=ENABLED)
    assert allowed.rc == 0, allowed.output
    assert_phrases(" ".join(allowed.output.split()), "This run had no tenant. This was slice 3 of 3.")
    assert valid(json.loads(path.read_text(encoding="ascii")))["tenants"] == []


def test_a_killed_slice_runs_again_and_buys_nothing_twice(sandbox: Sandbox, tmp_path: Path) -> None:
    """All of its processes are killed after the server has its order, and before the answer. The others go on."""
    site = site_of(sandbox, tmp_path)
    slices = Slices(site, 3)
    sandbox.fault("delay", "numbers$", "POST", seconds=120, when="after")
    with slices.started("run") as (processes, _outputs):
        end = time.monotonic() + 120
        while sandbox.account()["spent"] < 1:
            assert time.monotonic() < end
            time.sleep(0.2)
        (purchase,) = site.purchases()
        assert purchase.event == "intent"
        (name,) = (name for name in CLOUDS if site.tenants[name].ccid == purchase.tenant)
        (hit,) = (number for number in (1, 2, 3) if name in slices.names(number))
        kill(processes[hit - 1][0])
        statuses = [process.wait(120) for (process,) in processes]
    assert [number for number, status in enumerate(statuses, 1) if status != 0] == [hit]
    assert [number for number in (1, 2, 3) if not slices.summary_file(number).exists()] == [hit]
    assert sandbox.account()["spent"] == 3
    slices.run("run")
    assert (sandbox.account()["spent"], len(numbers_of(site))) == (3, 3)
    assert sorted((item.tenant, item.event) for item in site.purchases()) == sorted(
        (site.tenants[each].ccid, "bought") for each in CLOUDS
    )
