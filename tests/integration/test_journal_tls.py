# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS between a task and the PostgreSQL server of its journal: the parameters of libpq in the URL."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
import trustme
from ansible_collections.cxops.genesys_sms.plugins.modules import gc_purchase_journal
from integration.organization import Org
from integration.postgres import USER, Postgres, start_with_network

SERVER, CLIENT = "localhost", "sms"
"""The host of the server, and the user of the database who logs in with a certificate."""


@dataclass(frozen=True)
class Site:
    """A server that has TLS, and a directory with the files of its clients."""

    server: Postgres
    files: Path

    def url(self, user: str = "postgres", host: str = SERVER, **parameters: str) -> str:
        """Return the URL of the journal, with parameters of libpq."""
        return f"postgresql://{user}@{host}:{self.server.port}/postgres?{urlencode(parameters)}"

    def file(self, name: str) -> str:
        """Return the path of a file of the clients."""
        return str(self.files / name)


def write(directory: Path, name: str, certificate: trustme.LeafCert, owner: str | int = "root") -> None:
    """Write a certificate and its key."""
    (directory / f"{name}.crt").write_bytes(b"".join(part.bytes() for part in certificate.cert_chain_pems))
    key = directory / f"{name}.key"
    key.write_bytes(certificate.private_key_pem.bytes())
    key.chmod(0o600)
    if os.geteuid() == 0:
        shutil.chown(key, owner)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    files = tmp_path_factory.mktemp("files")
    authority, other = trustme.CA(), trustme.CA()
    for name, each in (("ca", authority), ("other", other)):
        each.cert_pem.write_to_path(str(files / f"{name}.pem"))
        write(files, f"by_{name}", each.issue_cert("runner.example.com", common_name=CLIENT))
    with tempfile.TemporaryDirectory(prefix="tls") as name, start_with_network(Path(name)) as server:
        data = Path(name)
        authority.cert_pem.write_to_path(str(data / "ca.pem"))
        write(data, "server", authority.issue_cert(SERVER), USER)
        write(data, "elsewhere", authority.issue_cert("db.example.com"), USER)
        server.execute(f"CREATE ROLE {CLIENT} LOGIN SUPERUSER")
        with server.rule(f"hostssl all {CLIENT} {SERVER} cert"):
            yield Site(server, files)


@pytest.fixture
def with_tls(site: Site) -> Site:
    """The site, whose server has the certificate of its host."""
    site.server.set(ssl="on", ssl_cert_file="server.crt", ssl_key_file="server.key", ssl_ca_file="ca.pem")
    return site


def problem(org: Org, url: str) -> str:
    """Run a task with a journal that can't be used; return what the message says after the URL."""
    start = f"journal: {url.partition('?')[0]} can't be used: "
    message = org.failure(gc_purchase_journal, {"journal": url, "create": True})
    told, end, _place_of_the_option = message.partition(". Nothing is bought without a journal.")
    assert told.startswith(start)
    assert end
    assert not org.sandbox.writes()
    return told.removeprefix(start)


def test_the_certificate_of_the_server_is_verified(org: Org, with_tls: Site) -> None:
    url = with_tls.url(sslmode="verify-full", sslrootcert=with_tls.file("ca.pem"))
    assert org.run(gc_purchase_journal, {"journal": url, "create": True})["changed"]
    org.buying["journal"] = url
    assert org.buy("main")["slots"]
    by_certificate = with_tls.url(
        CLIENT,
        sslmode="verify-full",
        sslrootcert=with_tls.file("ca.pem"),
        sslcert=with_tls.file("by_ca.crt"),
        sslkey=with_tls.file("by_ca.key"),
    )
    (purchase,) = org.run(gc_purchase_journal, {"journal": by_certificate})["purchases"]
    assert purchase["event"] == "bought"


def test_a_server_with_the_certificate_of_another_ca(org: Org, with_tls: Site) -> None:
    for root in ("other.pem", "missing.pem"):
        told = problem(org, with_tls.url(sslmode="verify-full", sslrootcert=with_tls.file(root)))
        assert "certificate verify failed. " in told or f'certificate file "{with_tls.file(root)}" does not' in told
        assert told.endswith(
            "Set sslrootcert in the URL to a file with the certificate of the CA that issued the server's certificate"
        )


def test_a_server_with_the_certificate_of_another_host(org: Org, with_tls: Site) -> None:
    with_tls.server.set(ssl_cert_file="elsewhere.crt", ssl_key_file="elsewhere.key")
    told = problem(org, with_tls.url(sslmode="verify-full", sslrootcert=with_tls.file("ca.pem")))
    assert told.endswith(
        'server certificate for "db.example.com" does not match host name "localhost". '
        "Write the host name in the URL as it is in the server's certificate"
    )


def test_a_server_without_tls(org: Org, site: Site) -> None:
    site.server.set(ssl="off")
    for mode in ("require", "verify-full"):
        told = problem(org, site.url(sslmode=mode, sslrootcert=site.file("ca.pem")))
        assert "server does not support SSL, but SSL was required. Switch on TLS in the server" in told


def test_a_client_needs_the_certificate_that_the_server_asks_for(org: Org, with_tls: Site) -> None:
    options = {"sslmode": "verify-full", "sslrootcert": with_tls.file("ca.pem")}
    theirs = {"sslcert": with_tls.file("by_other.crt"), "sslkey": with_tls.file("by_other.key")}
    for given, what in (({}, "requires a valid client certificate"), (theirs, "unknown ca")):
        told = problem(org, with_tls.url(CLIENT, **options, **given))
        assert what in told
        assert told.endswith("Set sslcert and sslkey in the URL to a certificate that the server accepts, and its key")
