# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cookies of one server: a session, and what keeps a load balancer on one node.

They are kept by name and go back to the base URL that gave them, whatever their attributes say. An ingress may end TLS
or rewrite paths, and then Secure and Path do not fit the URL that is used here. They reach no other host: a client
calls one base URL and follows no redirect.
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
"""Seconds by which clocks may differ."""


class Cookies:
    """Names and values that a server gave."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def take(self, lines: Iterable[str]) -> None:
        """Keep what the Set-Cookie headers of an answer say, or give up what they end."""
        for line in lines:
            pair, *attributes = line.split(";")
            name, _equals, value = pair.partition("=")
            if _ends(attributes):
                self._values.pop(name.strip(), None)
            else:
                self.set(name.strip(), value.strip())

    def set(self, name: str, value: str) -> None:
        """Keep a cookie; one that a header can't carry is passed over."""
        if _NAME.fullmatch(name) and _VALUE.fullmatch(value):
            self._values[name] = value

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> list[str]:
        """Return the names of all cookies."""
        return sorted(self._values)

    def secrets(self) -> list[str]:
        """Return the values that may open a session. A short one is the name of a node, and no secret."""
        return [value for value in self._values.values() if len(value) >= _SHORTEST_SECRET]

    def header(self) -> dict[str, str]:
        """Return the header that sends them back; nothing where there are none."""
        if not self._values:
            return {}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self._values.items())}

    def clear(self) -> None:
        """Forget all."""
        self._values.clear()


def _ends(attributes: Iterable[str]) -> bool:
    """Tell whether the attributes of a cookie say that it is over."""
    found = {name.strip().lower(): value.strip() for name, _equals, value in (a.partition("=") for a in attributes)}
    if re.fullmatch(r"-?[0-9]{1,18}", found.get("max-age", "")):
        return int(found["max-age"]) <= 0
    left = seconds_until(found.get("expires", ""))
    return left is not None and left < -_CLOCK_DIFFERENCE


def seconds_until(date: str) -> float | None:
    """Return the seconds until a date of a header, below 0 where it is over; None where it can't be read."""
    try:
        moment = parsedate_to_datetime(date)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return (moment - datetime.now(timezone.utc)).total_seconds()
    except (IndexError, OverflowError, TypeError, ValueError):
        # Python 3.9 raises IndexError for some that are malformed.
        return None
