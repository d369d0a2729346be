# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof of API secrets: the uploads, and the conclusions from the responses.

The code is `_digital_channels/channel_probe.py`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    InvalidInput,
    Unclear,
    Unproven,
    Unsupported,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.channel_probe import FILE, prove, run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.channel_rules import Channel
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.options import messaging_client
from unit.doubles import Reply, Seen, Server, make_run

CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
NUMBER, DOMAIN = "16504661149", "mail.example.com"
TAKEN = Reply({"status": {"code": 0}, "data": {"mediaId": "1"}})
HTTP = {
    "validate_certs": True,
    "ca_path": None,
    "client_cert": None,
    "client_key": None,
    "timeout": 5.0,
    "retries": 0,
    "time_limit": 5.0,
}


def refusal(status: int) -> Reply:
    return Reply({"status": {"code": status, "message": "no"}}, status)


def probe(server: Server, *channels: dict[str, Any], check_mode: bool = False) -> Run:
    """Return a run with these channels."""
    whole = [{"api_secret": f"canary-{channel['channel_id']}", "state": None, **channel} for channel in channels]
    params = {**HTTP, "nexus_url": f"{server.url}/digital", "ccid": CCID, "channels": whole}
    return make_run(params, check_mode=check_mode, diff_mode=True)


def signature(secret: str, content: bytes) -> str:
    return "sha1=" + hmac.new(secret.encode(), content, hashlib.sha1).hexdigest()


def file_of(seen: Seen) -> bytes:
    """Return the file of a multipart form: the part between the empty line and the boundary."""
    boundary = seen.headers["content-type"].partition("boundary=")[2].encode()
    head, _line, rest = seen.body.partition(b"\r\n\r\n")
    assert head == (
        b"--" + boundary + b'\r\nContent-Disposition: form-data; name="file"; filename="signature-probe.gif"\r\n'
        b"Content-Type: image/gif"
    )
    return rest.removesuffix(b"\r\n--" + boundary + b"--\r\n")


@pytest.mark.parametrize("refused", [400, 401, 403])
def test_a_wrong_signature_is_sent_before_a_right_one(server: Server, refused: int) -> None:
    server.replies(refusal(refused), TAKEN)
    result = run(probe(server, {"channel_id": NUMBER}))
    assert result["proven"] == [NUMBER]
    assert result["changed"]
    wrong, right = server.seen
    assert server.calls == 2 * [f"POST /digital/nexus/v3/channels/{NUMBER}/media"]
    for seen in server.seen:
        assert seen.headers["x-ccid"] == CCID
        assert "x-api-key" not in seen.headers
        assert file_of(seen) == FILE.raw
    assert right.headers["x-hub-signature"] == signature(f"canary-{NUMBER}", right.body)
    assert wrong.headers["x-hub-signature"].startswith("sha1=")
    assert wrong.headers["x-hub-signature"] != signature(f"canary-{NUMBER}", wrong.body)


def test_the_probe_finds_out_once_what_the_signature_covers(server: Server) -> None:
    server.replies(refusal(401), refusal(401), TAKEN)
    result = run(probe(server, {"channel_id": NUMBER}, {"channel_id": DOMAIN}))
    assert result["proven"] == [NUMBER, DOMAIN]
    assert result["steps"] == [
        f"upload 43 bytes to the channel {name}, signed with its api_secret" for name in (NUMBER, DOMAIN)
    ]
    _wrong, body, file, last = server.seen
    assert body.headers["x-hub-signature"] == signature(f"canary-{NUMBER}", body.body)
    assert file.headers["x-hub-signature"] == signature(f"canary-{NUMBER}", FILE.raw)
    assert last.headers["x-hub-signature"] == signature(f"canary-{DOMAIN}", FILE.raw)
    assert last.path.endswith(f"/channels/{DOMAIN}/media")


def test_a_server_that_accepts_a_wrong_signature_is_unsupported(server: Server) -> None:
    server.replies(TAKEN)
    with pytest.raises(Unsupported, match="accepted a file with a wrong signature") as raised:
        run(probe(server, {"channel_id": NUMBER}, {"channel_id": DOMAIN}))
    assert raised.value.changed
    assert len(server.seen) == 1


def test_a_channel_with_another_secret_is_reported_and_the_others_are_proven(server: Server) -> None:
    server.replies(refusal(401), TAKEN, refusal(401), TAKEN)
    channels = ({"channel_id": NUMBER}, {"channel_id": DOMAIN}, {"channel_id": "12345"})
    with pytest.raises(Unproven) as raised:
        run(probe(server, *channels))
    assert str(raised.value).startswith(
        f"The secrets of 1 channel could not be proven. {DOMAIN}: Digital Channels answered 401 (code"
    )
    assert "update_secret (in the roles and playbooks, custom_gateway_update_secret)" in str(raised.value)
    assert raised.value.changed
    assert raised.value.details()["kind"] == "unproven"
    assert list(raised.value.details()["reasons"]) == [DOMAIN]
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    ("answer", "phrase"),
    [
        (
            refusal(404),
            "answered 404 (code 404): no. Check ccid, nexus_url, and that the service Async has this",
        ),
        (refusal(413), "answered 413 (code 413): no"),
    ],
)
def test_another_refusal_is_reported_without_a_word_on_the_secret(server: Server, answer: Reply, phrase: str) -> None:
    server.replies(answer)
    with pytest.raises(Unproven) as raised:
        run(probe(server, {"channel_id": NUMBER}, {"channel_id": DOMAIN}))
    assert str(raised.value).startswith("The secrets of 2 channels could not be proven. ")
    assert phrase in str(raised.value)
    assert not raised.value.changed
    # Neither response shows that the server refuses a wrong signature.
    assert len(server.seen) == 2


def test_an_upload_without_a_response_is_not_repeated(server: Server) -> None:
    server.replies(refusal(401), TAKEN, Reply("", 503))
    with pytest.raises(Unclear) as raised:
        run(probe(server, {"channel_id": NUMBER}, {"channel_id": DOMAIN}))
    assert len(server.seen) == 3
    assert raised.value.changed
    server.replies(Reply("", 503))
    with pytest.raises(Unclear) as raised:
        run(probe(server, {"channel_id": NUMBER}))
    assert not raised.value.changed


def test_check_mode_returns_the_uploads_and_sends_nothing(server: Server) -> None:
    result = run(probe(server, {"channel_id": NUMBER}, check_mode=True))
    assert result == {
        "changed": True,
        "steps": [f"upload 43 bytes to the channel {NUMBER}, signed with its api_secret"],
        "diff": {"before": {}, "after": {}},
        "proven": [],
    }
    assert server.seen == []


def test_absent_channels_are_skipped(server: Server) -> None:
    result = run(probe(server, {"channel_id": NUMBER, "state": "absent", "api_secret": None}))
    assert (result["changed"], result["proven"]) == (False, [])
    assert server.seen == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda params: params["channels"][0].update(api_secret=None), "channels[0].api_secret: it is missing"),
        (lambda params: params["channels"][0].update(api_secret=" "), "channels[0].api_secret: it is empty"),
        (lambda params: params["channels"][0].update(channel_id="a b"), "channels[0].channel_id: it is neither"),
        (lambda params: params["channels"].append(params["channels"][0]), "channels[1].channel_id: the channel"),
        (lambda params: params.update(ccid="acme"), "ccid: must be a UUID"),
    ],
)
def test_invalid_channels_are_refused_with_their_parameter(
    server: Server, change: Callable[[dict[str, Any]], None], sentence: str
) -> None:
    task = probe(server, {"channel_id": NUMBER})
    change(task.params)
    with pytest.raises(InvalidInput) as raised:
        run(task)
    assert str(raised.value).startswith(sentence)
    assert server.seen == []


def test_a_proof_as_a_part_of_another_task(server: Server) -> None:
    server.replies(refusal(401), TAKEN, refusal(401), refusal(401), refusal(401))
    client = messaging_client(probe(server))
    prove([Channel("", NUMBER, api_secret="canary")], client)
    assert len(server.seen) == 2
    with pytest.raises(Unproven) as raised:
        prove([Channel("", NUMBER, api_secret="canary")], client)
    assert raised.value.changed
