# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""URLs of journals in a database: `_genesys_cloud/numbers/database_store.py`. Integration tests have the rest."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import MissingLibrary
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers import database_store
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.database_store import (
    Database,
)


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


@pytest.mark.parametrize(
    ("message", "state", "expected"),
    [
        (
            'connection failed: connection to server at "db", port 5432 failed: FATAL:  role "x" does not exist',
            None,
            'connection to server at "db", port 5432 failed: role "x" does not exist. Correct the user in the URL',
        ),
        (
            'connection failed: root certificate file "/ca" does not exist\nEither provide the file, or turn it off.',
            None,
            'root certificate file "/ca" does not exist. Set sslrootcert in the URL',
        ),
        (
            'column "line" does not exist\nLINE 1: SELECT',
            "42703",
            'its table genesys_sms_journal has other columns than those of a journal (column "line" does not exist)',
        ),
        ("connection is bad: invalid sslmode value", None, "invalid sslmode value. Check the database and the URL."),
        ("the disk is full.", "53100", "the disk is full. Check the database and the URL. Nothing is bought without"),
    ],
)
def test_a_message_of_the_database_becomes_a_sentence_and_a_remedy(
    message: str, state: str | None, expected: str
) -> None:
    database = Database("journal", "postgresql://db/sms?sslmode=require", None)
    told = str(database.unusable(message, state))
    assert told.startswith(f"journal: postgresql://db/sms can't be used: {expected}")
    assert told.endswith(". Nothing is bought without a journal.")
    assert "\n" not in told
