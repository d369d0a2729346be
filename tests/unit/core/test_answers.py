# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decoding of bodies and headers, `_core/answers.py`. test_http.py has whole requests and responses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import answers
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.answers import (
    decode,
    explain,
    retry_after,
    says_error,
)


@pytest.mark.parametrize(
    ("content", "media_type", "expected"),
    [
        (b"", "", (None, None)),
        (b" \r\n", "text/html", (None, None)),
        (b'{"a": 1}', "", ({"a": 1}, None)),
        ('"ü"'.encode("latin-1"), "application/json; charset=ISO-8859-1", ("ü", None)),
        ('"ü"'.encode("latin-1"), "application/json; charset=utf-7", (None, "a body that is not JSON")),
        ('"ü"'.encode("latin-1"), "application/json; charset=none", (None, "a body that is not JSON")),
        ('"ü"'.encode("latin-1"), "application/json", (None, "a body that is not JSON")),
        (b"<html>", "text/html", (None, "a body that is not JSON")),
        (b"[" * 100 + b"]" * 100, "", (json.loads("[" * 100 + "]" * 100), None)),
        (b"[" * 101 + b"1" + b"]" * 101, "", (None, "JSON that is nested too deeply")),
        (b"[" * 100_000, "", (None, "a body that is not JSON")),
    ],
)
def test_a_body_that_is_not_json_is_described(
    content: bytes, media_type: str, expected: tuple[Any, str | None]
) -> None:
    assert decode(content, media_type) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"status": {"code": 0}}, False),
        ({"status": {"code": "0"}}, False),
        ({"status": {}}, False),
        ({"status": {"code": 5}}, True),
        ({"status": {"code": "no.such.thing"}}, True),
        ({"status": "error"}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_nonzero_status_code_in_the_body_is_an_error(body: Any, expected: bool) -> None:
    assert says_error(body) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"status": {"code": "12", "message": "no"}}, (12, "no")),
        ({"code": "bad.request", "message": "no"}, ("bad.request", "no")),
        ({"error": "invalid_client", "error_description": "no"}, ("invalid_client", "no")),
        ({"code": 3.0, "description": "no", "detail": "really"}, (3, "no (really)")),
        ({"code": None, "detail": "really"}, (None, "really")),
        ({"code": {"a": 1}}, (None, "")),
        ({"message": "a\x1b[2K"}, (None, "a\ufffd[2K")),
        (["no"], (None, "")),
    ],
)
def test_code_and_message_are_read_from_known_formats(body: Any, expected: tuple[Any, str]) -> None:
    assert explain(body) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("0", None),
        (" 7 ", 7.0),
        ("-1", None),
        ("soon", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_parsed_as_seconds(value: str | None, expected: float | None) -> None:
    assert retry_after(value) == expected


@pytest.mark.parametrize(("left", "expected"), [(None, None), (-0.5, None), (0.0, None), (0.5, 0.5), (60.0, 60.0)])
def test_a_date_in_the_past_asks_for_no_pause(
    monkeypatch: pytest.MonkeyPatch, left: float | None, expected: float | None
) -> None:
    monkeypatch.setattr(answers, "seconds_until", lambda date: left)
    assert answers.retry_after("Thu, 01 Jan 2099 00:00:00 GMT") == expected


def test_long_codes_and_messages_are_shortened() -> None:
    assert answers.explain({"code": "c" * 100, "message": "m" * 500}) == ("c" * 100, "m" * 500)
    code, text = answers.explain({"code": "c" * 101, "message": "m" * 501})
    assert "c" * 101 not in str(code)
    assert "m" * 501 not in text
