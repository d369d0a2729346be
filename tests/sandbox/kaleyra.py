# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The receiving end of Kaleyra (option 1): it accepts messages of its accounts.

How Digital Channels calls Kaleyra is not public. Here, the account is in Basic authorization, and the path below the
service's URL is free.
"""

from __future__ import annotations

from aiohttp import BasicAuth, web

from sandbox.gateway import accept
from sandbox.system import ApiError, Route, System


class Accounts(set[tuple[str, str]]):
    """User names and passwords, only in memory. Two accounts, or two passwords of one, can be valid at once."""

    def __init__(self) -> None:
        super().__init__()
        self.reset()

    def reset(self) -> None:
        """Forget all accounts, except that of the tenant acme in the sandbox's inventory."""
        self.clear()
        self.add(("sandbox-kaleyra-username", "sandbox-kaleyra-password"))


ACCOUNTS = web.AppKey("accounts", Accounts)


async def receive(request: web.Request) -> web.Response:
    """Accept a message of a known account."""
    try:
        login = BasicAuth.decode(request.headers.get("Authorization", ""), encoding="utf-8")
    except ValueError as error:
        raise ApiError(401, "the account is missing or malformed") from error
    if (login.login, login.password) not in request.app[ACCOUNTS]:
        raise ApiError(401, "the account is unknown, or its password is wrong")
    return accept(await request.read())


SYSTEM = System(name="kaleyra", prefix="/kaleyra", routes=(Route("POST", "{rest:.*}", receive),))
