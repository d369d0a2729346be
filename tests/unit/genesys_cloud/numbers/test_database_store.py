# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""URLs of journals in a database: `_genesys_cloud/numbers/database_store.py`. Integration tests have the rest."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput, MissingLibrary
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import database_store
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.database_store import (
    Database,
    check_url,
    is_database,
)


def test_a_database_is_known_by_the_scheme_of_its_url() -> None:
    assert [is_database(f"{scheme}://host/sms") for scheme in ("postgresql", "postgres", "mysql")] == [
        True,
        True,
        False,
    ]
    assert not is_database("/srv/postgresql://host")


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("postgresql://user:canary@host/sms", "password"),
        ("postgresql://user:@host/sms", "password"),
        ("postgresql://a:1,b:2/sms?password=canary", "password"),
        ("postgresql://host/sms?sslpassword=", "sslpassword"),
        ("postgresql://host/sms?oauth_client_secret=canary&sslmode=require", "oauth_client_secret"),
        ("postgresql://user@a:1,b:2/sms?sslmode=verify-full&passfile=/etc/sms", None),
        ("postgresql:///sms?host=/run/postgresql", None),
    ],
)
def test_the_url_must_not_contain_a_secret(url: str, secret: str | None) -> None:
    if secret is None:
        check_url("journal", url)
        return
    with pytest.raises(InvalidInput) as caught:
        check_url("journal", url)
    assert caught.value.parameter == "journal"
    assert f"contains a secret ({secret})" in str(caught.value)
    assert "Set journal_password" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_the_place_has_neither_parameters_nor_control_characters() -> None:
    database = Database("journal", "postgresql://user@host/sms?sslmode=require#acme%20\x1b", None)
    assert database.place.startswith("postgresql://user@host/sms#acme%20")
    assert "sslmode" not in database.place
    assert "\x1b" not in database.place
    assert database.journal == "acme \x1b"
    assert Database("journal", "postgresql://host/sms", None).journal == "default"


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(database_store, "import_module", fail)
    with pytest.raises(MissingLibrary, match="psycopg") as caught:
        Database("journal", "postgresql://localhost/sms", None)
    assert caught.value.details() == {"kind": "missing_library", "library": "psycopg"}
