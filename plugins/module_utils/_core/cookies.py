# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cookies of one server: its session, and the node that a load balancer chose.

Cookies are stored by name and sent back to the base URL that set them, whatever their attributes are. An ingress may
terminate TLS or rewrite paths, and then Secure and Path do not match the URL that is used here. Cookies reach no other
host, since a client calls one base URL and follows no redirects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

_NAME = re.compile(r"[!#-+\-.0-9A-Z^-z|~]+")
_VALUE = re.compile(r"[ -:<-~]*")
_SHORTEST_SECRET = 16
_CLOCK_DIFFERENCE = 3600
"""Seconds that clocks may differ."""


class Cookies:
    """The cookies that a server set."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def take(self, lines: Iterable[str]) -> None:
        """Store the cookies of the Set-Cookie headers of a response. Remove those that the headers expire."""
        for line in lines:
            pair, *attributes = line.split(";")
            name, _equals, value = pair.partition("=")
            if _ends(attributes):
                self._values.pop(name.strip(), None)
            else:
                self.set(name.strip(), value.strip())

    def set(self, name: str, value: str) -> None:
        """Store a cookie. Ignore a cookie that can't be sent in a header."""
        if _NAME.fullmatch(name) and _VALUE.fullmatch(value):
            self._values[name] = value

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> list[str]:
        """Return the names of all cookies."""
        return sorted(self._values)

    def secrets(self) -> list[str]:
        """Return the values that may be session IDs. A short value is the name of a node and not a secret."""
        return [value for value in self._values.values() if len(value) >= _SHORTEST_SECRET]

    def header(self) -> dict[str, str]:
        """Return the Cookie header. Return an empty dictionary if there are no cookies."""
        if not self._values:
            return {}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self._values.items())}

    def clear(self) -> None:
        """Remove all cookies."""
        self._values.clear()


def _ends(attributes: Iterable[str]) -> bool:
    """Return True if the attributes of a cookie say that it is expired."""
    found = {name.strip().lower(): value.strip() for name, _equals, value in (a.partition("=") for a in attributes)}
    if re.fullmatch(r"-?[0-9]{1,18}", found.get("max-age", "")):
        return int(found["max-age"]) <= 0
    left = seconds_until(found.get("expires", ""))
    return left is not None and left < -_CLOCK_DIFFERENCE


def seconds_until(date: str) -> float | None:
    """Return the seconds until the date of a header. Below 0: the date is in the past. None: it can't be parsed."""
    try:
        moment = parsedate_to_datetime(date)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return (moment - datetime.now(timezone.utc)).total_seconds()
    except (IndexError, OverflowError, TypeError, ValueError):
        # Python 3.9 raises IndexError for some malformed dates.
        return None
