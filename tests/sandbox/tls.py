# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS with a new authority for each process."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme


def serve_with_new_authority(state_dir: Path, require_client_cert: bool) -> tuple[ssl.SSLContext, dict[str, str]]:
    """Return a server's TLS context, and the files that its clients need, by the name of their variable."""
    authority = trustme.CA()
    ca_path = state_dir / "ca.pem"
    authority.cert_pem.write_to_path(ca_path)
    client_path = state_dir / "client.pem"
    client_path.touch(mode=0o600)
    authority.issue_cert("sandbox-client@example.com").private_key_and_cert_chain_pem.write_to_path(client_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "::1", "localhost").configure_cert(context)
    if require_client_cert:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    names = ("SANDBOX_CA_PATH", "NEXUS_CA_PATH", "GWS_CA_PATH")
    return context, {**dict.fromkeys(names, str(ca_path)), "SANDBOX_CLIENT_CERT": str(client_path)}
