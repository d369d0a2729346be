# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pauses between attempts, `_core/pauses.py`: they double up to a maximum and are random."""

from __future__ import annotations

import random
from itertools import islice

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.pauses import pauses


@pytest.mark.parametrize(
    ("part", "expected"),
    [(1.0, [0.25, 0.5, 1.0, 2.0, 3.0, 3.0]), (0.0, [0.2, 0.4, 0.8, 1.6, 2.4, 2.4])],
)
def test_pauses_double_up_to_the_maximum(monkeypatch: pytest.MonkeyPatch, part: float, expected: list[float]) -> None:
    monkeypatch.setattr(random, "uniform", lambda least, most: least + part * (most - least))
    assert list(islice(pauses(0.25, 3.0), 6)) == pytest.approx(expected)


def test_the_minimum_part_of_a_pause_can_be_set() -> None:
    found = list(islice(pauses(1.0, 1.0, least=0.5), 1000))
    assert 0.5 <= min(found) < 0.6
    assert 0.9 < max(found) <= 1.0
