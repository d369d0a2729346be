# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collects the secrets of a task, and removes them from all its output."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator
from functools import cache
from html.entities import html5
from typing import Any
from urllib.parse import urlsplit

from .errors import InvalidInput
from .server_text import MASK, REPLACEMENT, in_result

HIDDEN = "(hidden)"
"""Replaces every secret in results, and on both sides of a diff."""

_SCHEME = re.compile(r"(basic|bearer|digest|token|apikey|api-key|jwt|hmac)\s+(\S.*)", re.IGNORECASE | re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_OWN_KEY = re.compile(r"[a-z_]+")

_MOST_ESCAPES = 15
"""Backslashes before a character that is escaped four times."""

_FEW_HEX, _FEW_BASE64, _FEW_DIGITS = 8, 16, 4
"""The shortest secrets that are treated as hexadecimal, as base64, and as a number that may lose its leading zeros.
Other spellings of a shorter secret would match ordinary words."""

_ESCAPE = rf"\\{{1,{_MOST_ESCAPES}}}"
"""The number is limited. Otherwise a text of backslashes alone would be scanned again from each backslash."""

_ESCAPED = re.compile(
    rf"&#(?:0*(?P<decimal>[0-9]{{2,3}})|x0*(?P<html>[0-9a-f]{{2}}));|(?:%|{_ESCAPE}(?:u00|U000000|x))(?P<hex>[3-7][0-9a-f])",
    re.IGNORECASE,
)
"""Letters, digits and some other characters that are escaped without need."""

_HOLE = "\ufdd0"
"""Replaces a secret while the others are searched, since the mask may contain one. No text has this character."""

CENSORED = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
"""ansible-core's replacement of a string that is a secret as a whole."""


_WORD = 4
"""A shorter secret is hidden only if it is a whole word. It occurs in many words, and masks there would reveal it."""

_KEY = 8
"""A shorter secret may occur in a server's address by chance. It is not hidden there."""


class Secrets:
    """The secrets that a task knows: from options, from servers, or derived from those."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._addresses: set[str] = set()
        self._sources: list[Secrets] = []
        self.add(*values)

    def add(self, *values: str) -> None:
        """Add secrets. Whitespace around a value is removed. An empty value is not a secret."""
        for value in values:
            text = str(value).strip()
            if not text:
                continue
            self._values.add(text)
            header = _SCHEME.fullmatch(text)
            if header:
                # The value of an Authorization header. The part after the scheme is the secret.
                self.add(header[2], *(_of_basic(header[2]) if header[1].lower() == "basic" else ()))

    def add_basic(self, username: str, password: str) -> None:
        """Add a password, and the encoded pair of a Basic Authorization header."""
        self.add(password, b64encode(f"{username}:{password}".encode()).decode())

    def add_address(self, url: str) -> None:
        """Add the host and port of a URL. They are shown, even if they contain a short secret."""
        try:
            host = urlsplit(url).netloc.rpartition("@")[2]
        except ValueError:
            return
        if host:
            self._addresses.add(host)

    def absorb(self, other: Secrets) -> None:
        """Add what another collection of secrets has now."""
        self._values |= other.known()
        self._addresses |= other.addresses()

    def follow(self, source: Secrets) -> None:
        """Include what another collection of secrets has, now and later."""
        self._sources.append(source)

    def known(self) -> set[str]:
        """Return all secrets."""
        return self._values.union(*(source.known() for source in self._sources))

    def addresses(self) -> set[str]:
        """Return the hosts and ports that may be shown."""
        return self._addresses.union(*(source.addresses() for source in self._sources))

    def scrub(self, value: Any) -> Any:
        """Return a copy of a result with a mask in place of each secret, in all its spellings.

        A number that is a secret is hidden too. Everything else stays unchanged. A short secret stays visible within a
        word or an address.
        """
        whole = _searched("\n".join(_texts(value)))
        # The longest first, since one secret may contain another.
        found = sorted((text for text in self.known() if _may_be_in(whole, text)), key=len, reverse=True)
        if not found:
            return value
        addresses = sorted(self.addresses(), key=len, reverse=True)
        # First those that occur in no address. Such a secret may begin within an address and continue after it.
        by_chance = [text for text in found if len(text) < _KEY and any(text in address for address in addresses)]
        others = [text for text in found if text not in by_chance]
        if others:
            value = _scrub(value, others)
        if by_chance:
            shown = "|".join(map(re.escape, addresses))
            value = _scrub(value, by_chance, rf"(?P<address>(?<![\w@.-])(?:{shown})(?![\w.-]))|")
        return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    else:
        yield str(value)


@cache
def _words(text: str) -> tuple[str, ...]:
    """Return runs of letters and digits of a secret, in lower case. _plain() leaves them in all spellings.

    These are the longest run, and the runs after an ordinary separator. After other characters, the start of a run may
    look like an escape.
    """
    if _UUID.fullmatch(text):
        return (text[-12:].lower(),)
    if _loses_zeros(text):
        return (text.lstrip("0"),)
    longest = max(re.findall("[0-9A-Za-z]+", text), key=len, default="")
    return tuple(word.lower() for word in (longest, *re.findall(r"(?<=[^0-9A-Za-z%\\&#])[0-9A-Za-z]+", text)))


@cache
def _forms(secret: str) -> set[tuple[str, ...]]:
    """Return the words of a secret, and those of its form in _plain(): a part of it may look like an escape."""
    return {_words(secret), _words(_plain(secret))}


def _may_be_in(searched: str, secret: str) -> bool:
    """Return False if a text from _searched() can't contain a secret. Its pattern, which is slow, is not compiled."""
    return any(all(word in searched for word in words) for words in _forms(secret))


def _searched(text: str) -> str:
    """Return a text in lower case, with and without escapes of letters and digits."""
    plain, lower = _plain(text), text.lower()
    return plain if plain == lower else f"{plain}\n{lower}"


def _unescaped(match: re.Match[str]) -> str:
    """Return the letter or digit of an escape. Return any other escape unchanged."""
    decimal = match["decimal"]
    character = chr(int(decimal) if decimal else int(match["html"] or match["hex"], 16))
    return character if character.isascii() and character.isalnum() else match[0]


def _plain(text: str) -> str:
    """Return a text in lower case, without escapes of letters and digits."""
    return _ESCAPED.sub(_unescaped, text).lower()


def _mask(found: re.Match[str]) -> str:
    return found.groupdict().get("address") or _HOLE


def _scrub_text(text: str, secrets: list[str], kept: str) -> str:
    searched = _searched(text)
    is_escaped = searched != text.lower()
    # One after the other. One pattern for all would compare each position of the text with each secret.
    for secret in secrets:
        if _may_be_in(searched, secret):
            pattern = _spellings(secret, is_escaped)
            text = (re.compile(kept + pattern.pattern) if kept else pattern).sub(_mask, text)
    return text.replace(_HOLE, MASK)


def _scrub(value: Any, secrets: list[str], kept: str = "") -> Any:
    """Return a copy of a value without secrets.

    :arg kept: the start of the pattern. It matches text that is shown, even if it contains a secret.
    """
    if isinstance(value, str):
        return _scrub_text(value, secrets, kept)
    if isinstance(value, dict):
        return {_scrub_key(key, secrets, kept): _scrub(item, secrets, kept) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_scrub(item, secrets, kept) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return MASK if _scrub_text(str(value), secrets, kept) == MASK else value
    return value


def _scrub_key(key: Any, secrets: list[str], kept: str) -> Any:
    # The result's own keys stay, even if one of them is a secret.
    return _scrub_text(key, secrets, kept) if isinstance(key, str) and not _OWN_KEY.fullmatch(key) else key


def _of_basic(pair: str) -> list[str]:
    """Return the secrets of a Basic header: the pair of name and password, and the password."""
    try:
        text = b64decode(pair, validate=True).decode()
    except (NotBase64, UnicodeDecodeError):
        return []
    return [text, text.partition(":")[2]]


def _loses_zeros(text: str) -> bool:
    """Return True if a text is a number that a server may show without its leading zeros."""
    return text.startswith("0") and text.isascii() and text.isdigit() and len(text.lstrip("0")) >= _FEW_DIGITS


def _is_hex(text: str) -> bool:
    """Return True if a text may be hexadecimal, with or without separators. Then its letter case has no meaning."""
    digits = re.sub("[:-]", "", text)
    return len(digits) >= _FEW_HEX and re.fullmatch("[0-9a-f]+|[0-9A-F]+", digits) is not None


def _is_base64(text: str) -> bool:
    """Return True if a text may be base64, in either of its two alphabets, with or without padding."""
    return len(text) >= _FEW_BASE64 and re.fullmatch("[A-Za-z0-9+/_-]+={0,2}", text) is not None


@cache
def _spellings(text: str, is_escaped: bool) -> re.Pattern[str]:
    """Return a pattern for all spellings of a text: unchanged, in URLs, in JSON, in HTML, in a repr.

    :arg is_escaped: include escapes of letters and digits.
    """
    if _UUID.fullmatch(text):
        digits = text.replace("-", "")
        groups = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        parts = [_runs(group, is_escaped, is_start=not place) for place, group in enumerate(groups)]
        return re.compile("(?:-|%2d)?".join(parts), re.IGNORECASE)
    pattern = _runs(text, is_escaped)
    if len(text) < _WORD:
        begin = r"(?:(?<!\w)|(?<=%[0-9a-fA-F]{2})|(?<=\\[nrt]))" if text[0].isalnum() else ""
        return re.compile(rf"{begin}{pattern}" + (r"(?!\w)" if text[-1].isalnum() else ""))
    if _loses_zeros(text):
        return re.compile(f"{pattern}|(?<![0-9]){_runs(text.lstrip('0'), is_escaped)}(?![0-9])")
    if _is_hex(text):
        return re.compile(pattern, re.IGNORECASE)
    if _is_base64(text):
        content = text.rstrip("=")
        padding = f"(?:{_run('=', is_escaped)}){{0,2}}" if content != text else ""
        parts = [
            f"(?:{_run(part, is_escaped)}|{_run(_OTHER_ALPHABET[part], is_escaped)})"
            if part in _OTHER_ALPHABET
            else _runs(part, is_escaped, is_start=not place)
            for place, part in enumerate(content)
        ]
        pattern = "".join(parts) + padding
    return re.compile(pattern)


_OTHER_ALPHABET = {"+": "-", "/": "_", "-": "+", "_": "/"}
"""The characters in which the two alphabets of base64 differ."""


def _runs(text: str, is_escaped: bool, *, is_start: bool = True) -> str:
    runs = [_run(part, is_escaped) for part in re.findall(r"\s+|\\+|\S", text)]
    if is_start:
        # Otherwise a text of backslashes alone would be scanned again from each backslash.
        runs[0] = runs[0].replace(_MORE_ESCAPES, "")
    return "".join(runs)


_MORE_ESCAPES = rf"\\{{0,{_MOST_ESCAPES}}}"


@cache
def _run(part: str, is_escaped: bool) -> str:
    """Return a pattern for a character, for a run of whitespace (which may be folded), or for a run of backslashes."""
    if part.isspace():
        return rf"(?:\s|{_ESCAPE}[nrt]|\+|%(?:20|0[9aAdD])|&#(?:x0*(?:9|20|[aAdD])|0*(?:9|1[03]|32));)+"
    if part.isalnum() and part.isascii():
        if not is_escaped:
            return part
        digits = "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{ord(part):x}")
        # Each alternative begins with a fixed character, which makes the search fast.
        return (
            rf"(?:{part}|&#0*{ord(part)};|&#[xX]0*{digits};|%{digits}"
            rf"|\\{_MORE_ESCAPES}u00{digits}|\\{_MORE_ESCAPES}U000000{digits}|\\{_MORE_ESCAPES}[xX]{digits})"
        )
    if part.startswith("\\"):
        # One pattern for the whole run. One for each backslash could match a text in too many ways, and take too long.
        spelled = r"(?:\\(?:u005c|u0000005c|x5c)?|%5c|&#0*92;|&#x0*5c;|&bsol;)"
        return f"(?i:{spelled}{{1,{_MOST_ESCAPES * len(part)}}})"
    point = ord(part)
    utf_8 = part.encode(errors="surrogatepass")
    spellings = [
        # Several backslashes, for text that is escaped twice.
        rf"{_ESCAPE}{re.escape(part)}",
        "".join(f"%{byte:02x}" for byte in utf_8),
        rf"&#0*{point};",
        rf"&#x0*{point:x};",
        *(re.escape(f"&{name}") for name in _entities().get(part, ())),
        rf"{_ESCAPE}u{point:04x}" if point < 0x10000 else _surrogates(point),
        rf"{_ESCAPE}U{point:08x}",
        *([rf"{_ESCAPE}x{point:02x}"] if point < 0x100 else []),
    ]
    # Headers are decoded as Latin-1.
    literal = re.escape(part), re.escape(utf_8.decode("latin-1"))
    # The longest first, since %25 begins with the character that it encodes.
    return f"(?:(?i:{'|'.join(spellings)})|{'|'.join(literal)})"


def _surrogates(point: int) -> str:
    high, low = divmod(point - 0x10000, 0x400)
    return rf"{_ESCAPE}u{0xD800 + high:04x}{_ESCAPE}u{0xDC00 + low:04x}"


@cache
def _entities() -> dict[str, list[str]]:
    """Return the names of HTML's character references, by character."""
    found: dict[str, list[str]] = {}
    for name, character in html5.items():
        if name.endswith(";"):
            found.setdefault(character, []).append(name)
    return found


def leaves(value: Any, but: str | None = None) -> list[str]:
    """Return all strings and numbers of a nested secret, as strings.

    :arg but: a key whose values are not secret.
    """
    if isinstance(value, dict):
        return [leaf for key, item in value.items() if key != but for leaf in leaves(item, but)]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item, but)]
    if value is None or isinstance(value, bool):
        return []
    return [str(value)]


def hide(value: Any) -> Any:
    """Return a secret document with a constant in place of each value."""
    if isinstance(value, dict):
        return {key: hide(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [hide(item) for item in value]
    return HIDDEN


def mask_in(text: str) -> str | None:
    """Return the mask that a text contains, of a hidden value or a removed character. Return None if it has none."""
    if text.strip() == HIDDEN:
        return HIDDEN
    return next((mask for mask in (MASK, CENSORED, REPLACEMENT) if mask in text), None)


_KEEPS_QUERY = re.compile(r"url|data\..+|channels\[\d+\]\.webhook_url", re.DOTALL)
"""The options whose hidden queries ``whole()`` restores. Options of orders are not among them."""


def is_hidden_query(text: str) -> bool:
    """Return True if a text comes from a result in which only the queries of URLs are hidden."""
    shown = text.replace(f"?{MASK}", "?")
    return shown != text and not mask_in(shown)


def whole(parameter: str, asked: Any, seen: Any) -> Any:
    """Return a desired value with the queries that results hide. They are taken from the server's present value.

    :arg seen: the server's present value.
    :raises InvalidInput: the server has another URL there, or none.
    """
    if isinstance(asked, dict):
        there = seen if isinstance(seen, dict) else {}
        return {key: whole(f"{parameter}.{key}", value, there.get(key)) for key, value in asked.items()}
    if isinstance(asked, list):
        items = seen if isinstance(seen, list) else []
        return [
            whole(f"{parameter}[{number}]", value, items[number] if number < len(items) else None)
            for number, value in enumerate(asked)
        ]
    if not isinstance(asked, str) or not is_hidden_query(asked):
        return asked
    if isinstance(seen, str) and in_result(seen).strip() == asked.strip():
        return seen
    raise InvalidInput(
        parameter,
        f"it contains ?{MASK} instead of a query. This works only with the URL that the server has now, but the server "
        "has another URL or none",
        "Write the URL with its complete query",
    )


def masked_place(value: Any, place: str) -> tuple[str, str] | None:
    """Return the place of the first mask in an option, and the mask. Keys are checked too. None: there is no mask."""
    if isinstance(value, str):
        mask = mask_in(value)
        return (place, mask) if mask and not (_KEEPS_QUERY.fullmatch(place) and is_hidden_query(value)) else None
    if isinstance(value, dict):
        for key, item in value.items():
            # A key that contains a mask is not shown as part of the place.
            found = masked_place(str(key), place) or masked_place(item, f"{place}.{key}")
            if found:
                return found
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            found = masked_place(item, f"{place}[{number}]")
            if found:
                return found
    return None
