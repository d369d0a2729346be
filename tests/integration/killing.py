# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""End a task that runs in this process at any of its requests, or at any write of its secret file."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Http
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secret_file import SecretFile

WHOLE = os.environ.get("MONEY_PROOF") == "whole"
"""Whether all cases are run, or only a sample."""

Place = TypeVar("Place")


def sample(places: list[Place]) -> list[Place]:
    """Return all places in a proof, and otherwise two of them, always the same."""
    return places if WHOLE else random.Random(0).sample(places, min(2, len(places)))


class Killed(BaseException):
    """The end of a process. No code of the collection catches it."""


class Kill:
    """Counts requests and writes of the secret file, and ends the run before or after one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._at: tuple[int, str] | None = None
        self._count = 0
        for owner, name in ((Http, "request"), (SecretFile, "write")):
            monkeypatch.setattr(owner, name, self._wrap(getattr(owner, name)))

    def run(self, call: Callable[[], object], at: tuple[int, str] | None) -> int:
        """Make a call that ends at this place. Return how many places there were."""
        self._at, self._count = at, 0
        with contextlib.suppress(Killed):
            call()
        self._at = None
        return self._count

    def _wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            place, self._count = self._count, self._count + 1
            if self._at == (place, "before"):
                raise Killed
            result = call(*arguments, **options)
            if self._at == (place, "after"):
                raise Killed
            return result

        return wrapped
