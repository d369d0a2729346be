# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients that several runs share: the items of a loop use one session and one login."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from .errors import ApiError
from .secrets import Secrets

Client = TypeVar("Client")


class Clients:
    """Clients by key. Whoever creates this object closes it after the last run."""

    def __init__(self) -> None:
        self._clients: dict[Any, tuple[Any, Secrets]] = {}

    def get(self, key: Any, make: Callable[[Secrets], Client], secrets: Secrets) -> Client:
        """Return the client of a key. Make it if there is none yet.

        :arg secrets: those of the run. The run and the client share all secrets that they know.
        """
        if key not in self._clients:
            made = Secrets()
            self._clients[key] = make(made), made
        client: Client
        client, known = self._clients[key]
        known.absorb(secrets)
        secrets.follow(known)
        return client

    def close(self) -> None:
        """End all sessions. Errors are ignored, since the work of the task is done."""
        while self._clients:
            _key, (client, _secrets) = self._clients.popitem()
            with suppress(ApiError):
                client.close()
