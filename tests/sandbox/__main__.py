# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `python -m sandbox`."""

from __future__ import annotations

import argparse
import asyncio
import errno
import shlex
import signal
import ssl
import sys
from pathlib import Path

from aiohttp import web

from sandbox.app import build
from sandbox.control import READY
from sandbox.seed import CLOUD_CLIENTS, DEFAULT_TENANTS, GWS_API_KEY
from sandbox.tls import serve_with_new_authority


def main() -> int:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="A stand-in for the systems that the collection drives."
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8480, help="0 is any free port (default: %(default)s)")
    parser.add_argument("--state", type=Path, default=Path(".sandbox"), help="directory (default: %(default)s)")
    parser.add_argument("--tls", action="store_true", help="serve HTTPS from a throw-away authority")
    parser.add_argument("--require-client-cert", action="store_true", help="with --tls: demand a client certificate")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    options = parser.parse_args()
    if options.require_client_cert and not options.tls:
        parser.error("--require-client-cert needs --tls")
    try:
        asyncio.run(serve(options))
    except OSError as error:
        print(f"the sandbox can't start: {_reason(error, options.port)}", file=sys.stderr)
        return 1
    return 0


def _reason(error: OSError, port: int) -> str:
    """Return why the sandbox can't start, and what helps."""
    if error.errno == errno.EADDRINUSE:
        return (
            f"the port {port} is in use, perhaps by another sandbox. Stop that, or choose another port: "
            f"make sandbox SANDBOX_PORT={port + 1}, or python -m sandbox --port {port + 1}"
        )
    return str(error)


async def serve(options: argparse.Namespace) -> None:
    """Serve until a signal comes."""
    state_dir: Path = options.state.resolve()
    state_dir.mkdir(parents=True, exist_ok=True)
    context: ssl.SSLContext | None = None
    tls_env: dict[str, str] = {}
    if options.tls:
        context, tls_env = serve_with_new_authority(state_dir, options.require_client_cert)
    # Cancel a handler if its client disconnects, and do not wait for a hanging answer at the end.
    runner = web.AppRunner(build(state_dir), access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    stop = stop_event(options.until_eof)
    try:
        # Many clients may connect at once.
        await web.TCPSite(runner, options.host, options.port, ssl_context=context, backlog=512).start()
        port = runner.addresses[0][1]
        host = f"[{options.host}]" if ":" in options.host else options.host
        url = f"{'https' if context else 'http'}://{host}:{port}"
        write_env(state_dir / "env", {**environment(url, state_dir), **tls_env})
        print(f"{READY}{url}", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


def environment(url: str, state_dir: Path) -> dict[str, str]:
    """Return the environment variables with which a client reaches the first tenant."""
    tenant = DEFAULT_TENANTS[0]
    return {
        "SANDBOX_URL": url,
        "SANDBOX_STATE": str(state_dir),
        "NEXUS_URL": f"{url}/digital",
        "NEXUS_API_KEY": tenant.api_key,
        "NEXUS_CCID": tenant.ccid,
        "GWS_URL": f"{url}/gws",
        "GWS_AUTH_URL": f"{url}/gws-auth",
        "GWS_CLIENT_ID": tenant.client_id,
        "GWS_CLIENT_SECRET": tenant.client_secret,
        "GWS_USERNAME": tenant.login,
        "GWS_PASSWORD": tenant.password,
        "GWS_API_KEY": GWS_API_KEY,
        "GAX_URL": f"{url}/gax-host",
        "GAX_USERNAME": tenant.gax_username,
        "GAX_PASSWORD": tenant.gax_password,
        "GC_LOGIN_URL": f"{url}/gc-login",
        "GC_API_URL": f"{url}/gc-api",
        "GC_CLIENT_ID": CLOUD_CLIENTS[1].id,
        "GC_CLIENT_SECRET": CLOUD_CLIENTS[1].secret,
        # The client that administers the organization.
        "GC_ADMIN_CLIENT_ID": CLOUD_CLIENTS[0].id,
        "GC_ADMIN_CLIENT_SECRET": CLOUD_CLIENTS[0].secret,
        # Each name below this URL is a gateway that keeps webhooks and checks their signatures.
        "GATEWAY_URL": f"{url}/gateway",
        # Only a value: provisioning sends no request to Kaleyra.
        "KALEYRA_URL": f"{url}/kaleyra",
    }


def write_env(path: Path, values: dict[str, str]) -> None:
    """Write a file for a shell to source. Replace it atomically."""
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items()))
    new.replace(path)


def stop_event(until_eof: bool) -> asyncio.Event:
    """Return an event that a signal or the end of the standard input sets."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if until_eof:
        loop.add_reader(sys.stdin, stop.set)
    return stop


if __name__ == "__main__":
    sys.exit(main())
