# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must not be shown, and the removal of it from everything that leaves a task."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

from ansible_collections.cxops.genesys_sms.plugins.module_utils._server_text import MASK, REPLACEMENT

HIDDEN = "(hidden)"
"""Stands for a secret in results and on both sides of a diff, whatever the secret is."""

_CENSORED = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
"""What ansible-core puts in place of a text that is a secret as a whole."""


class Secrets:
    """The values that a task has come to know and must not tell: given, received, or derived from those."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._sources: list[Secrets] = []
        self.add(*values)

    def add(self, *values: str) -> None:
        """Remember values, with the forms that they take in URLs and error texts. Blank ones are no secrets."""
        for value in values:
            text = str(value)
            if text.strip():
                forms = (quote(text), quote(text, safe=""), quote_plus(text), repr(text)[1:-1], json.dumps(text)[1:-1])
                self._values.update((text, *forms))

    def add_basic(self, username: str, password: str) -> None:
        """Remember a pair as it stands in a Basic authorization header."""
        self.add(password, b64encode(f"{username}:{password}".encode()).decode())

    def absorb(self, other: Secrets) -> None:
        """Remember what another collection of secrets knows by now."""
        self._values |= other.known()

    def follow(self, source: Secrets) -> None:
        """Count what another collection of secrets knows, now and later, as known here too."""
        self._sources.append(source)

    def known(self) -> set[str]:
        """Return all values that must not be shown."""
        return self._values.union(*(source.known() for source in self._sources))

    def scrub(self, value: Any) -> Any:
        """Return a copy of a result in which no text holds a remembered value. What is no text stays as it is."""
        known = sorted(self.known(), key=len, reverse=True)
        if not known:
            return value
        return _scrub(value, re.compile("|".join(map(re.escape, known))))


def _scrub(value: Any, secrets: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return secrets.sub(MASK, value)
    if isinstance(value, dict):
        return {key: _scrub(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scrub(item, secrets) for item in value]
    return value


def leaves(value: Any, but: str | None = None) -> list[str]:
    """List all texts and numbers of a nested value: what is secret about a secret document.

    :arg but: a key whose values are no secrets.
    """
    if isinstance(value, dict):
        return [leaf for key, item in value.items() if key != but for leaf in leaves(item, but)]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item, but)]
    if value is None or isinstance(value, bool):
        return []
    return [str(value)]


def hide(value: Any) -> Any:
    """Return the shape of a secret document with a constant in place of each value."""
    if isinstance(value, dict):
        return {key: hide(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [hide(item) for item in value]
    return HIDDEN


def mask_in(text: str) -> str | None:
    """Return what stands in a text in place of something that was hidden or taken out of a result; None: nothing."""
    if text.strip() == HIDDEN:
        return HIDDEN
    return next((mask for mask in (MASK, _CENSORED, REPLACEMENT) if mask in text), None)


def masked_place(value: Any, place: str) -> tuple[str, str] | None:
    """Return where in an option a mask stands, in a key too, and which; None where there is none."""
    if isinstance(value, str):
        mask = mask_in(value)
        return (place, mask) if mask else None
    if isinstance(value, dict):
        for key, item in value.items():
            # A key with a mask is not part of its own place.
            found = masked_place(str(key), place) or masked_place(item, f"{place}.{key}")
            if found:
                return found
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            found = masked_place(item, f"{place}[{number}]")
            if found:
                return found
    return None
