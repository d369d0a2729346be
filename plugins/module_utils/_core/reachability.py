# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the host of a URL accepts connections: opens one, with TLS for https, and sends no request.

With a proxy, the proxy is asked for a tunnel to the host. So this shows what requests from this machine would meet.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from base64 import b64encode
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from .http import authorities_of, proxy_of
from .pauses import pauses

if TYPE_CHECKING:
    from collections.abc import Callable

    from .http import Connection
    from .proxy import Proxy

_TUNNEL = re.compile(r"Tunnel connection failed: (\d+)")


@dataclass(frozen=True)
class Reach:
    """The result of a check.

    :arg is_reachable: None if it can't be checked from this machine.
    :arg problem: why the host is not reachable, or why that can't be checked.
    """

    is_reachable: bool | None
    problem: str | None = None


def port_of(url: str) -> int:
    """Return the port of a URL."""
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def reach(
    connection: Connection,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Reach:
    """Return whether the host of a connection accepts connections. Try again after errors that may be transient."""
    proxy = proxy_of(connection.url)
    through = f"this machine reaches it through the proxy {proxy}"
    if proxy is not None and not (proxy.is_usable and proxy.url.startswith("http:")):
        return Reach(None, f"{through}, and this check can use only http proxies")
    if proxy is not None and connection.url.startswith("http:"):
        return Reach(None, f"{through}, which needs a request, and this check sends none")
    give_up = clock() + connection.time_limit
    again = pauses(0.25, 8.0, least=0.5)
    attempt = 0
    while True:
        problem, is_permanent = _try(connection, proxy, min(connection.timeout, max(0.001, give_up - clock())))
        pause = next(again)
        if problem is None or is_permanent or attempt >= connection.retries or clock() + pause > give_up:
            return Reach(problem is None, problem)
        attempt += 1
        sleep(pause)


def _try(connection: Connection, proxy: Proxy | None, timeout: float) -> tuple[str | None, bool]:
    """Open a connection, and close it. Return what is wrong, and whether another attempt would have the same result."""
    through = f" through the proxy {proxy}" if proxy else ""
    try:
        http = _connection(connection, proxy, timeout)
    except OSError as error:
        return f"was not called: a file with certificates can't be used: {_reason(error)}", True
    try:
        http.connect()
    except socket.gaierror as error:
        what = f"the name of the proxy {proxy}" if proxy else "its name"
        return f"could not be reached: {what} was not resolved: {_reason(error)}", False
    except socket.timeout:
        return f"did not accept a connection{through} within {timeout:.3g} s", False
    except ssl.SSLError as error:
        return f"failed the TLS handshake{through}: {_reason(error)}", True
    except (OSError, HTTPException) as error:
        tunnel = _TUNNEL.search(str(error))
        told = f", which answered {tunnel[1]}" if tunnel else f": {_reason(error)}"
        return f"could not be reached{through}{told}", False
    except ValueError:
        return "could not be reached: its name is not valid", True
    finally:
        http.close()
    return None, True


def _connection(connection: Connection, proxy: Proxy | None, timeout: float) -> HTTPConnection:
    parts = urlsplit(connection.url)
    near = urlsplit(proxy.url) if proxy else parts
    address = near.hostname or "", port_of(near.geturl())
    http: HTTPConnection
    if parts.scheme == "https":
        http = HTTPSConnection(*address, timeout=timeout, context=_context(connection))
    else:
        http = HTTPConnection(*address, timeout=timeout)
    if proxy:
        http.set_tunnel(parts.hostname or "", port_of(connection.url), _login(near.username, near.password))
    return http


def _login(username: str | None, password: str | None) -> dict[str, str]:
    if username is None:
        return {}
    pair = f"{unquote(username)}:{unquote(password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _context(connection: Connection) -> ssl.SSLContext:
    authorities = authorities_of(connection)
    is_directory = authorities is not None and Path(authorities).is_dir()
    context = ssl.create_default_context(
        cafile=None if is_directory else authorities, capath=authorities if is_directory else None
    )
    if authorities is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if connection.client_cert:
        context.load_cert_chain(connection.client_cert, connection.client_key)
    return context


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    if isinstance(error, ssl.SSLError):
        return str(error.reason or "it is not TLS").replace("_", " ").lower()
    strerror = getattr(error, "strerror", None)
    return str(strerror or type(error).__name__)
