# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks with the purchase journal in a PostgreSQL database, and controllers that share only the journal."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_purchase_journal
from integration.journals import open_journal, purchases
from integration.organization import ADMIN, GLOBEX, Org
from integration.postgres import Postgres
from integration.provisioning import NUMBERS, PROVISION, Site, assert_phrases, run
from sandbox.control import Sandbox
from tools.collection import ROOT, update_copy


@pytest.fixture(params=["file", "database"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The place of a journal that several controllers reach: a file on a disk that they share, or a database."""
    if request.param == "file":
        return str(tmp_path / "shared")
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


def test_playbooks_buy_numbers_with_a_journal_in_a_database(
    sandbox: Sandbox, postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.database()
    site = Site(sandbox, tmp_path, "alpha", clouds=["alpha"])
    site.hosts["alpha"]["genesys_cloud_journal"] = url
    missing = site.play(PROVISION)
    assert_phrases(missing.failures["alpha"], "does not exist", "create_journal=true")
    assert not sandbox.account()["numbers"]
    assert site.play(NUMBERS, "--check", create_journal="true").changed == {"alpha": 1}
    with open_journal(url) as journal:
        assert not journal.exists
    assert site.play(NUMBERS, create_journal="true").changed == {"alpha": 1}
    assert site.play(PROVISION).changed["alpha"] > 0
    assert [purchase.event for purchase in purchases(url)] == ["bought"]
    sandbox.clear_requests()
    assert site.play(PROVISION).changed == {"alpha": 0}
    assert not sandbox.writes()
    assert site.play(NUMBERS).changed == {"alpha": 0}


def documented_commands() -> list[list[str]]:
    """Return the commands of the part of docs/reliability.md about moving a journal, as words."""
    text = (ROOT / "docs/reliability.md").read_text(encoding="utf-8").partition("\n## Move or restore a journal\n")[2]
    blocks = re.findall(r"(?:^ {4}.*\n)+", text, re.MULTILINE)
    return [shlex.split(block.replace("\\\n", "")) for block in blocks]


def test_a_journal_is_moved_and_restored_with_the_documented_commands(
    sandbox: Sandbox, postgres: Postgres, tmp_path: Path
) -> None:
    site = Site(sandbox, tmp_path, "alpha", clouds=["alpha"])
    assert site.play(PROVISION).changed["alpha"] > 0
    url, backup, bought = postgres.database(), tmp_path / "backup", site.purchases()
    places = {
        "inventories/production": str(site.inventory()),
        "/srv/genesys_cloud_purchases.txt": str(site.journal),
        "/backup/genesys_cloud_purchases.txt": str(backup),
        "postgresql://sms@db.example.com/sms?sslmode=verify-full": url,
    }

    def execute(words: list[str], *options: str) -> int:
        for name, place in places.items():
            words = [word.replace(name, place) for word in words]
        return run(*words, *options, directory=tmp_path).changed["alpha"]

    into_database, into_file, back = documented_commands()
    assert [execute(into_database, *options) for options in (["--check"], [], [])] == [1, 1, 0]
    assert purchases(url) == bought
    assert [execute(into_file) for _time in range(2)] == [1, 0]
    assert backup.read_bytes() == site.journal.read_bytes()
    # The inventory has the database from now on. It loses the table.
    site.journal.unlink()
    site.hosts["alpha"]["genesys_cloud_journal"] = url
    site.inventory()
    postgres.execute("DROP TABLE genesys_sms_journal", url)
    assert execute(back) == 1
    assert purchases(url) == bought
    sandbox.clear_requests()
    assert site.play(PROVISION).changed == {"alpha": 0}
    assert not sandbox.writes()


def test_a_password_of_the_database_is_never_shown(sandbox: Sandbox, postgres: Postgres, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", clouds=["alpha"])
    host = site.hosts["alpha"]
    host["genesys_cloud_journal"] = postgres.database().replace("postgres@", "postgres:canary-password@")
    refused = site.play(PROVISION, "-vvvv", "--diff")
    assert_phrases(refused.output, "genesys_cloud_journal", "genesys_cloud_journal_password")
    assert "canary" not in refused.output
    assert not sandbox.writes()
    with postgres.password_required("payer", "right-password"):
        url = postgres.database()
        postgres.execute("GRANT ALL ON SCHEMA public TO payer", url)
        host["genesys_cloud_journal"] = url.replace("postgres@", "payer@")
        host["genesys_cloud_journal_password"] = "canary-password"
        refused = site.play(NUMBERS, "-vvvv", "--diff", create_journal="true")
        assert_phrases(refused.output, "password", "genesys_cloud_journal_password")
        assert "canary" not in refused.output
        host["genesys_cloud_journal_password"] = "right-password"
        accepted = site.play(NUMBERS, "-vvvv", "--diff", create_journal="true")
        assert accepted.changed == {"alpha": 1}
        assert "right-password" not in accepted.output
        # The environment supplies it too.
        del host["genesys_cloud_journal_password"]
        assert site.play(NUMBERS, env={"PGPASSWORD": "right-password"}).changed == {"alpha": 0}


class Job:
    """A job of a pipeline, with a checkout, an inventory and a home of its own."""

    def __init__(self, site: Site, directory: Path) -> None:
        checkout = directory / "ansible_collections/cxops/genesys_sms"
        update_copy(copy=checkout)
        inventory = shutil.copy(site.inventory(), directory / "inventory.yml")
        self._process = subprocess.Popen(
            [Path(sys.executable).with_name("ansible-playbook"), "-i", inventory, PROVISION, "--tags", "numbers"],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(directory),
                "ANSIBLE_HOME": str(directory / "ansible"),
                "ANSIBLE_CONFIG": str(checkout / "tests/ansible.cfg"),
                "ANSIBLE_COLLECTIONS_PATH": str(directory),
            },
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def kill(self) -> None:
        """End all its processes, as when its container ends."""
        for process in reversed([*_family(self._process.pid)]):
            os.kill(process, signal.SIGKILL)
        self._process.communicate()

    def output(self) -> str:
        """Wait until it ends, and return its output."""
        output, _nothing = self._process.communicate(timeout=300)
        return output


def _family(process: int) -> Iterator[int]:
    """Yield a process and all its descendants."""
    yield process
    for child in Path(f"/proc/{process}/task/{process}/children").read_text(encoding="utf-8").split():
        yield from _family(int(child))


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + 100
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_job_that_is_killed_leaves_its_order_to_another_job(sandbox: Sandbox, tmp_path: Path, journal: str) -> None:
    """The first one is killed while it waits for the response to its order. The list of the account lags."""
    site = Site(sandbox, tmp_path, "alpha", clouds=["alpha"])
    site.hosts["alpha"].update(genesys_cloud_journal=journal, genesys_cloud_order_timeout=100)
    with open_journal(journal) as opened:
        assert opened.create()
    sandbox.switch(**{"orders.list_lag": 500})
    sandbox.fault("hang", "numbers$", "POST", when="after")
    first = Job(site, tmp_path / "first")
    until(lambda: sandbox.faults()[0]["hits"])
    logins = sum(record.path.endswith("/oauth/token") for record in sandbox.requests())
    second = Job(site, tmp_path / "second")
    until(lambda: sum(record.path.endswith("/oauth/token") for record in sandbox.requests()) > logins)
    first.kill()
    assert "failed=0" in second.output()
    assert sandbox.account()["spent"] == 1
    assert [purchase.event for purchase in purchases(journal)] == ["bought"]
    sandbox.clear_requests()
    assert "changed=0" in Job(site, tmp_path / "third").output()
    assert not sandbox.writes()


def test_two_organizations_that_share_a_journal_by_mistake(org: Org, journal: str, any_roles: None) -> None:
    """Each buys its numbers, once. They share the limit, and neither decides on the orders of the other."""
    other = {"ccid": GLOBEX.ccid, "gc_client_id": ADMIN.id, "gc_client_secret": ADMIN.secret}
    with open_journal(journal) as opened:
        assert opened.create()
    org.buying.update(journal=journal, max_purchases=2)
    mine, theirs = org.buy("main"), org.buy("main", **other)
    assert mine["slots"] != theirs["slots"]
    assert [org.buy("main", **options)["changed"] for options in ({}, other)] == [False, False]
    assert org.sandbox.account()["spent"] == 2
    assert "max_purchases: the limit of 2 would be exceeded" in org.buy("main", "campaigns", **other)["msg"]
    # The same slot in another organization: its number may exist, but only the other client can see it.
    moved = org.buy("main", **{**other, "ccid": org.buying["ccid"]})
    assert "OAuth client" in moved["msg"]
    (intent,) = [item.id for item in purchases(journal) if item.number == theirs["slots"]["main"]]
    asked = {"journal": journal, "intent": intent, "resolution": "forget"}
    assert "was ordered by the OAuth client" in org.failure(gc_purchase_journal, asked)
    assert org.sandbox.account()["spent"] == 2
