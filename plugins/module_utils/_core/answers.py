# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the body and the headers of responses, in the formats that servers use (contract section 0)."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from .cookies import seconds_until
from .server_text import in_message

_DEEPEST = 100
"""Most levels of JSON in a response. The deepest known response has six."""

_CHARSETS = ("iso8859-1", "iso8859-15", "cp1252")
"""Encodings beside UTF-8 that JSON is decoded with if the server names them."""


def decode(content: bytes, media_type: str) -> tuple[Any, str | None]:
    """Decode a body. Return its JSON (None if the body is empty), and why it can't be decoded (None if it can)."""
    if not content.strip():
        return None, None
    try:
        decoded = _loads(content, media_type)
    except (RecursionError, ValueError):
        return None, "a body that is not JSON"
    return (None, "JSON that is nested too deeply") if _is_deep(decoded) else (decoded, None)


def _loads(content: bytes, media_type: str) -> Any:
    try:
        return json.loads(content)
    except UnicodeDecodeError:
        charset = re.search(r"charset *= *\"?([\w.:-]+)", media_type)
        if charset is None or _codec(charset[1]) not in _CHARSETS:
            raise
        return json.loads(content.decode(charset[1]))


def _codec(charset: str) -> str | None:
    try:
        return codecs.lookup(charset).name
    except LookupError:
        return None


_NESTED: dict[type, Callable[[Any], Iterable[Any]]] = {dict: dict.values, list: list.__iter__}
"""What json.loads() makes that contains other values, and how to get them."""


def _is_deep(value: Any) -> bool:
    """Return True if a document has more levels than is safe to process."""
    level = [value] if type(value) in _NESTED else []
    for _depth in range(_DEEPEST):
        # A transaction of 1,000 sections has some 10,000 values, so this must be fast.
        level = [inner for outer in level for inner in _NESTED[type(outer)](outer) if type(inner) in _NESTED]
        if not level:
            return False
    return True


def says_error(body: Any) -> bool:
    """Return True if a body reports an error. ``status.code`` decides, whatever the HTTP status is."""
    status = body.get("status") if isinstance(body, dict) else None
    return isinstance(status, dict) and _number(status.get("code")) not in (0, None)


def _number(code: Any) -> Any:
    """Return a numeric code as an integer, even if it is a string or a float. Return any other code unchanged."""
    if isinstance(code, str) and re.fullmatch(r"\s*-?[0-9]{1,9}\s*", code):
        return int(code)
    return int(code) if isinstance(code, float) and code.is_integer() else code


def explain(body: Any) -> tuple[str | int | None, str]:
    """Return the server's error code and message. Bodies in an unknown format have neither."""
    if not isinstance(body, dict):
        return None, ""
    source = body["status"] if isinstance(body.get("status"), dict) else body
    code = _number(source.get("code", source.get("error")))
    message = source.get("message") or source.get("error_description") or source.get("description") or ""
    detail = source.get("detail")
    parts = [str(message), detail if isinstance(detail, str) else ""]
    text = f"{parts[0]} ({parts[1]})" if all(parts) else "".join(parts)
    shown_code = in_message(code, 100) if isinstance(code, str) else code
    return shown_code if isinstance(shown_code, (str, int)) else None, in_message(text, 500)


def retry_after(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header. Return None if it is absent, invalid, or asks for no pause."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text) or None
    left = seconds_until(text)
    # Clocks differ, so a date in the past is ignored.
    return left if left is not None and left > 0 else None
