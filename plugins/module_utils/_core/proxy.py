# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the proxy of a URL in the environment variables.

Only environment variables count. On macOS Python's usual functions also read the system's settings, and that can crash
a forked process. Ansible's workers are forked processes.
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

    :arg url: its URL, which may contain a user name and a password.
    :arg variable: the environment variable that it comes from.
    """

    url: str
    variable: str

    def __str__(self) -> str:
        return f"{without_credentials(self.url)} (environment variable {self.variable})"

    @property
    def is_socks(self) -> bool:
        """True if the proxy's protocol needs another library."""
        return self.url.startswith("socks")

    @property
    def password(self) -> str | None:
        """The password in the URL. It must not be shown."""
        return urlsplit(self.url).password if self.is_usable else None

    @property
    def is_usable(self) -> bool:
        """True if the URL is valid."""
        try:
            parts = urlsplit(self.url)
            return parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
        except ValueError:
            return False


def find_proxy(url: str, is_bypassed: Callable[[str], bool]) -> Proxy | None:
    """Return the proxy of a URL, if there is one.

    :arg is_bypassed: returns True if ``no_proxy`` names the host of a URL.
    """
    proxies = getproxies_environment()
    kind = next((kind for kind in (urlsplit(url).scheme, "all") if proxies.get(kind)), None)
    if kind is None or is_bypassed(url):
        return None
    # The name in lower case comes first. All other spellings count too.
    names = [f"{kind}_proxy", *(name for name in os.environ if name.lower() == f"{kind}_proxy")]
    variable = next((name for name in names if os.environ.get(name) == proxies[kind]), names[0])
    text = proxies[kind].strip()
    return Proxy(text if "://" in text else f"http://{text}", variable)
