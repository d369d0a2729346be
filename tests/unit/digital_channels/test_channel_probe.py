# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof of API secrets: what is uploaded, and what is concluded from the answers."""

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
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.channel_probe import FILE, run
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
    """A run with these channels; their secrets are what their names say."""
    whole = [{"api_secret": f"canary-{channel['channel_id']}", "state": None, **channel} for channel in channels]
    params = {**HTTP, "nexus_url": f"{server.url}/digital", "ccid": CCID, "channels": whole}
    return make_run(params, check_mode=check_mode, diff_mode=True)


def signature(secret: str, content: bytes) -> str:
    return "sha1=" + hmac.new(secret.encode(), content, hashlib.sha1).hexdigest()


def file_of(seen: Seen) -> bytes:
    """The file in a form, which is between an empty line and the boundary."""
    boundary = seen.headers["content-type"].partition("boundary=")[2].encode()
    head, _line, rest = seen.body.partition(b"\r\n\r\n")
    assert head == (
        b"--" + boundary + b'\r\nContent-Disposition: form-data; name="file"; filename="signature-probe.gif"\r\n'
        b"Content-Type: image/gif"
    )
    return rest.removesuffix(b"\r\n--" + boundary + b"--\r\n")


@pytest.mark.parametrize("refused", [400, 401, 403])
def test_a_wrong_signature_is_refused_before_a_right_one_is_taken(server: Server, refused: int) -> None:
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


def test_what_is_signed_is_found_out_once(server: Server) -> None:
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


def test_a_server_that_takes_any_signature_proves_nothing(server: Server) -> None:
    server.replies(TAKEN)
    with pytest.raises(Unsupported, match="accepted a file with a wrong signature") as raised:
        run(probe(server, {"channel_id": NUMBER}, {"channel_id": DOMAIN}))
    assert raised.value.changed
    assert len(server.seen) == 1


def test_another_secret_is_told_and_the_others_are_proven(server: Server) -> None:
    server.replies(refusal(401), TAKEN, refusal(401), TAKEN)
    channels = ({"channel_id": NUMBER}, {"channel_id": DOMAIN}, {"channel_id": "12345"})
    with pytest.raises(Unproven) as raised:
        run(probe(server, *channels))
    assert str(raised.value).startswith(
        f"Not proven for 1 channel. {DOMAIN}: Digital Channels answered 401 (code 401): no, as it does for a wrong"
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
def test_another_refusal_says_nothing_of_the_secret(server: Server, answer: Reply, phrase: str) -> None:
    server.replies(answer)
    with pytest.raises(Unproven) as raised:
        run(probe(server, {"channel_id": NUMBER}, {"channel_id": DOMAIN}))
    assert str(raised.value).startswith("Not proven for 2 channels. ")
    assert phrase in str(raised.value)
    assert not raised.value.changed
    # Neither has shown that a wrong signature is refused.
    assert len(server.seen) == 2


def test_an_upload_whose_answer_is_lost_is_not_repeated(server: Server) -> None:
    server.replies(refusal(401), TAKEN, Reply("", 503))
    with pytest.raises(Unclear) as raised:
        run(probe(server, {"channel_id": NUMBER}, {"channel_id": DOMAIN}))
    assert len(server.seen) == 3
    assert raised.value.changed
    server.replies(Reply("", 503))
    with pytest.raises(Unclear) as raised:
        run(probe(server, {"channel_id": NUMBER}))
    assert not raised.value.changed


def test_check_mode_only_says_what_would_be_done(server: Server) -> None:
    result = run(probe(server, {"channel_id": NUMBER}, check_mode=True))
    assert result == {
        "changed": True,
        "steps": [f"upload 43 bytes to the channel {NUMBER}, signed with its api_secret"],
        "diff": {"before": {}, "after": {}},
        "proven": [],
    }
    assert server.seen == []


def test_channels_that_are_to_go_are_passed_over(server: Server) -> None:
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
        (lambda params: params.update(ccid="acme"), "ccid: it is not a UUID"),
    ],
)
def test_what_can_not_be_asked(server: Server, change: Callable[[dict[str, Any]], None], sentence: str) -> None:
    task = probe(server, {"channel_id": NUMBER})
    change(task.params)
    with pytest.raises(InvalidInput) as raised:
        run(task)
    assert str(raised.value).startswith(sentence)
    assert server.seen == []
