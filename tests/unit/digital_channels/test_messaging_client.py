# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signed uploads to Digital Channels: `_digital_channels/messaging_client.py`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import closing

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import Refused, Unclear
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.http import Connection, Content
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import Secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.messaging_client import (
    MessagingClient,
    Signed,
    signature,
)
from unit.doubles import Reply, Server

CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
FILE = Content(b"GIF89a", "image/gif")


@pytest.fixture
def client(server: Server) -> Iterator[MessagingClient]:
    connection = Connection("Digital Channels", "nexus_url", server.url, retries=0)
    with closing(MessagingClient(connection, CCID, Secrets())) as made:
        yield made


def test_a_signature_is_the_sha1_of_the_content() -> None:
    # RFC 2202, test case 2.
    assert signature("Jefe", b"what do ya want for nothing?") == "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"


@pytest.mark.parametrize("signed", ["body", "file"])
def test_an_upload_is_signed(server: Server, client: MessagingClient, signed: Signed) -> None:
    assert client.upload("1 23/4", "secret", signed, "probe.gif", FILE) is None
    (asked,) = server.seen
    assert (asked.method, asked.target) == ("POST", "/nexus/v3/channels/1%2023%2F4/media")
    assert asked.headers["x-ccid"] == CCID
    over = asked.body if signed == "body" else FILE.raw
    assert asked.headers["x-hub-signature"] == "sha1=" + hmac.new(b"secret", over, hashlib.sha1).hexdigest()
    assert asked.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="probe.gif"\r\nContent-Type: image/gif\r\n\r\nGIF89a' in asked.body


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refusal_that_may_be_about_the_signature_is_returned(
    server: Server, client: MessagingClient, status: int
) -> None:
    server.replies(Reply({"message": "wrong"}, status=status))
    problem = client.upload("1", "secret", "body", "probe.gif", FILE)
    assert problem is not None
    assert str(status) in problem


@pytest.mark.parametrize("status", [402, 404, 405, 415])
def test_another_refusal_is_an_error(server: Server, client: MessagingClient, status: int) -> None:
    server.replies(Reply({"message": "no"}, status=status))
    with pytest.raises(Refused) as caught:
        client.upload("1", "secret", "body", "probe.gif", FILE)
    assert caught.value.status == status
    assert ("ccid" in str(caught.value)) is (status == 404)


def test_the_connection_is_closed(server: Server, client: MessagingClient) -> None:
    for _round in range(2):
        client.upload("1", "secret", "body", "probe.gif", FILE)
        client.close()
    assert [asked.connection for asked in server.seen] == [0, 1]


def test_an_upload_is_not_repeated(server: Server) -> None:
    server.replies(Reply(status=503))
    connection = Connection("Digital Channels", "nexus_url", server.url, retries=1)
    with closing(MessagingClient(connection, CCID, Secrets())) as patient, pytest.raises(Unclear):
        patient.upload("1", "secret", "body", "probe.gif", FILE)
    assert len(server.seen) == 1
