# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a text may leave the collection. Everything that a server says is data.

- In a message: one line, without characters that a terminal obeys or that reorder a line: ``in_message()``.
- In a result or a diff: as it is, without such characters: ``in_result()``. ansible-core does not template results.
- In a file of variables: quoted, and never a template: ``in_variables_file()``.
- In the journal: like a result, and without secrets.
- In all of these but the file of variables: a URL without its query, which often is a token.

``execute()`` applies ``in_result()`` to every result, and ``in_message()`` to warnings and progress, so that a client
or a resource that forgets it does no harm.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

REPLACEMENT = "\ufffd"
"""Stands for a character that was taken out. No option takes it, so a text that was changed here is never written."""

MASK = "********"
"""Stands for a secret inside of a text, as in what ansible-core censors. No option takes it either."""

_URL = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)

_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories: control, format (bidi and zero-width too), half characters, line and paragraph separators."""


def is_harmful(character: str) -> bool:
    """Tell whether a character could be a command to a terminal, hide, or change the order of what is shown."""
    return unicodedata.category(character) in _CATEGORIES


def in_message(text: str, limit: int | None = None) -> str:
    """Return a text for a message: one line, harmless, and cut to ``limit`` characters."""
    return _harmless(" ".join(text.split()))[:limit]


def in_result(value: Any) -> Any:
    """Return a copy of a result, or part of one, whose texts and keys are harmless. What is no text stays as it is."""
    if isinstance(value, str):
        return _harmless(value)
    if isinstance(value, Mapping):
        return {in_result(key): in_result(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_result(item) for item in value]
    return value


def in_traceback(text: str) -> str:
    """Return a text of several lines, each of them harmless."""
    return "\n".join(map(_harmless, text.splitlines()))


def in_variables_file(text: str) -> str:
    """Return a text as a YAML value that Ansible reads as this text, and never as a template."""
    quoted = json.dumps(text, ensure_ascii=False)
    # JSON's escapes are YAML's too, but for pairs of halves; and YAML takes no raw DEL or C1 control.
    quoted = "".join(c if " " <= c <= "~" else f"\\U{ord(c):08x}" for c in quoted)
    # Only what could be a template: from ansible-core 2.19 on, !unsafe "0123" is a number.
    return f"!unsafe {quoted}" if may_be_template(text) else quoted


def is_whole(text: str) -> bool:
    """Tell whether a text has whole characters only. JSON can name halves, which neither YAML nor UTF-8 can."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def may_be_template(text: str) -> bool:
    """Tell whether Ansible may take a text for a template. A first line ``#jinja2:`` can set any delimiters."""
    return "{" in text or text.lstrip().startswith("#")


def _harmless(text: str) -> str:
    if "?" in text:
        text = _URL.sub(_without_query, text)
    # Most texts are ASCII: one look at the whole text is enough for these.
    if text.isascii() and text.isprintable():
        return text
    return "".join(REPLACEMENT if is_harmful(character) else character for character in text)


def _without_query(match: re.Match[str]) -> str:
    # The pattern takes all up to the end of the URL: to look for the "?" with it would, in a text that is made for it,
    # be to look at the same characters again and again.
    address, mark, query = match[0].partition("?")
    return f"{address}?{MASK}" if mark and query else match[0]
