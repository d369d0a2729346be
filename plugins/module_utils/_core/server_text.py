# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes text from servers safe to output. Everything that a server sends is data.

- In a message: one line, without characters that control a terminal or change the order of a line: ``in_message()``.
- In a result or a diff: unchanged, but without such characters: ``in_result()``. ansible-core does not render results.
- In a variables file: quoted, and never a template: ``in_variables_file()``.
- In the journal: as in a result, and without secrets.
- In all of these except the variables file: URLs without their queries, which often are tokens.

``execute()`` applies ``in_result()`` to every result, and ``in_message()`` to all warnings and progress lines. So it is
safe if a client or a resource forgets to.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

REPLACEMENT = "\ufffd"
"""Replaces a removed character. No option accepts it, so text that was changed here is never written to a server."""

MASK = "********"
"""Replaces a secret within a text, as in ansible-core's censored output. No option accepts it."""

_URL = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)

_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories: control, format (with bidi and zero-width), surrogates, line and paragraph separators."""


def is_harmful(character: str) -> bool:
    """Return True if a character may control a terminal, is invisible, or changes the order of the text."""
    return unicodedata.category(character) in _CATEGORIES


def in_message(text: str, limit: int | None = None) -> str:
    """Return a text for a message: one line, without harmful characters, cut to ``limit`` characters."""
    return _harmless(" ".join(text.split()))[:limit]


def in_result(value: Any) -> Any:
    """Return a copy of a result without harmful characters in its strings and keys. Other values stay unchanged."""
    if isinstance(value, str):
        return _harmless(value)
    if isinstance(value, Mapping):
        return {in_result(key): in_result(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_result(item) for item in value]
    return value


def in_traceback(text: str) -> str:
    """Return a text of several lines without harmful characters."""
    return "\n".join(map(_harmless, text.splitlines()))


def in_variables_file(text: str) -> str:
    """Return a text as a YAML value. Ansible reads it as the same text, and never as a template."""
    quoted = json.dumps(text, ensure_ascii=False)
    # YAML has the escapes of JSON except surrogate pairs. And YAML does not allow raw DEL and C1 control characters.
    quoted = "".join(c if " " <= c <= "~" else f"\\U{ord(c):08x}" for c in quoted)
    # Only for possible templates: since ansible-core 2.19, !unsafe "0123" is a number.
    return f"!unsafe {quoted}" if may_be_template(text) else quoted


def is_whole(text: str) -> bool:
    """Return True if a text has no surrogates. JSON can contain them, but YAML and UTF-8 can't."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def may_be_template(text: str) -> bool:
    """Return True if Ansible may treat a text as a template. A first line ``#jinja2:`` can set any delimiters."""
    return "{" in text or text.lstrip().startswith("#")


def _harmless(text: str) -> str:
    if "?" in text:
        text = _URL.sub(_without_query, text)
    # Most texts are printable, and none of those characters is harmful. This check is fast.
    if text.isprintable():
        return text
    return "".join(REPLACEMENT if is_harmful(character) else character for character in text)


def _without_query(match: re.Match[str]) -> str:
    # The pattern matches the whole URL. If it searched for the "?" itself, a crafted text would make it scan the same
    # characters again and again.
    address, _mark, query = match[0].partition("?")
    return f"{address}?{MASK}" if query else match[0]
