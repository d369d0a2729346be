# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks with the purchase journal in a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path

from integration.journals import open_journal, purchases
from integration.postgres import Postgres
from integration.provisioning import PROVISION, PURCHASES, Site, assert_phrases
from sandbox.control import Sandbox


def test_playbooks_buy_numbers_with_a_journal_in_a_database(
    sandbox: Sandbox, postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.database()
    site = Site(sandbox, tmp_path, "alpha", clouds=["alpha"])
    site.hosts["alpha"]["genesys_cloud_journal"] = url
    missing = site.play(PROVISION)
    assert_phrases(missing.failures["alpha"], "does not exist", "create_journal=true")
    assert not sandbox.account()["numbers"]
    assert site.play(PURCHASES, "--check", create_journal="true").changed == {"alpha": 1}
    with open_journal(url) as journal:
        assert not journal.exists
    assert site.play(PURCHASES, create_journal="true").changed == {"alpha": 1}
    assert site.play(PROVISION).changed["alpha"] > 0
    assert [purchase.event for purchase in purchases(url)] == ["bought"]
    sandbox.clear_requests()
    assert site.play(PROVISION).changed == {"alpha": 0}
    assert not sandbox.writes()
    assert site.play(PURCHASES).changed == {"alpha": 0}


def test_a_journal_is_moved_into_a_database(sandbox: Sandbox, postgres: Postgres, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", clouds=["alpha"])
    assert site.play(PROVISION).changed["alpha"] > 0
    url = postgres.database()
    site.hosts["alpha"]["genesys_cloud_journal"] = url
    assert site.play(PURCHASES, "--check", copy_journal_from=str(site.journal)).changed == {"alpha": 1}
    assert site.play(PURCHASES, copy_journal_from=str(site.journal)).changed == {"alpha": 1}
    assert site.play(PURCHASES, copy_journal_from=str(site.journal)).changed == {"alpha": 0}
    assert purchases(url) == site.purchases()
    site.journal.unlink()
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
        refused = site.play(PURCHASES, "-vvvv", "--diff", create_journal="true")
        assert_phrases(refused.output, "password", "genesys_cloud_journal_password")
        assert "canary" not in refused.output
        host["genesys_cloud_journal_password"] = "right-password"
        accepted = site.play(PURCHASES, "-vvvv", "--diff", create_journal="true")
        assert accepted.changed == {"alpha": 1}
        assert "right-password" not in accepted.output
        # The environment supplies it too.
        del host["genesys_cloud_journal_password"]
        assert site.play(PURCHASES, env={"PGPASSWORD": "right-password"}).changed == {"alpha": 0}
