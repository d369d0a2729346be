# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secret files, `_core/secret_file.py`: how their values are read. tests/integration/core has whole tasks."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import secret_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret.yml"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("x", "x"),
        ("x # mine", "x"),
        ("'it''s'  # mine", "it's"),
        ('"\\U000000e4\\n"', "\u00e4\n"),
        ('"\\x41"', None),
        ('"a" b', None),
        ("!vault |", None),
        ("|", None),
        ("", None),
        ("{{ x }}", None),
        ("'{{ x }}'", None),
        ("!unsafe '{{ x }}'", "{{ x }}"),
        ('"#jinja2: x"', None),
        ('!unsafe "#jinja2: x"', "#jinja2: x"),
    ],
)
def test_values_of_a_secret_file_are_read_as_written(file: Path, raw: str, value: str | None) -> None:
    file.write_text(f"gc_client_id: {raw}\n", encoding="utf-8")
    assert secret_file.SecretFile(str(file), None).values() == {"gc_client_id": value}
