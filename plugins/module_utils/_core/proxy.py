# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy that the environment names for a URL.

Only the environment is asked. On macOS the usual way also asks the system where the environment says nothing, and that
can crash a process that was forked, as the workers of Ansible are.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from .checks import without_credentials

_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


@dataclass(frozen=True)
class Proxy:
    """A proxy.

    :arg url: as it is used; it may hold a user name and a password.
    :arg variable: the environment variable that names it.
    """

    url: str
    variable: str

    def __str__(self) -> str:
        return f"{without_credentials(self.url)} (environment variable {self.variable})"

    @property
    def is_socks(self) -> bool:
        """Whether it is reached by a protocol that needs another library."""
        return self.url.startswith("socks")

    @property
    def password(self) -> str | None:
        """The password in its URL, which must not be shown."""
        return urlsplit(self.url).password if self.is_usable else None

    @property
    def is_usable(self) -> bool:
        """Whether its URL has all that it needs."""
        try:
            parts = urlsplit(self.url)
            return parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
        except ValueError:
            return False


def find_proxy(url: str, is_bypassed: Callable[[str], bool]) -> Proxy | None:
    """Return the proxy for a URL, if there is any.

    :arg is_bypassed: tells from a URL whether ``no_proxy`` names its host.
    """
    proxies = getproxies_environment()
    kind = next((kind for kind in (urlsplit(url).scheme, "all") if proxies.get(kind)), None)
    if kind is None or is_bypassed(url):
        return None
    # A name in small letters goes first; others count in any case.
    names = [f"{kind}_proxy", *(name for name in os.environ if name.lower() == f"{kind}_proxy")]
    variable = next((name for name in names if os.environ.get(name) == proxies[kind]), names[0])
    text = proxies[kind].strip()
    return Proxy(text if "://" in text else f"http://{text}", variable)
