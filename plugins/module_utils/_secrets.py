# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must not be shown, and the removal of it from everything that leaves a task."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator
from functools import cache
from html.entities import html5
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.cxops.genesys_sms.plugins.module_utils._server_text import MASK, REPLACEMENT

HIDDEN = "(hidden)"
"""Stands for a secret in results and on both sides of a diff, whatever the secret is."""

_SCHEME = re.compile(r"(basic|bearer|digest|token|apikey|api-key|jwt|hmac)\s+(\S.*)", re.IGNORECASE | re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_OWN_KEY = re.compile(r"[a-z_]+")

_MOST_ESCAPES = 15
"""Backslashes before what is escaped four times."""

_ESCAPE = rf"\\{{1,{_MOST_ESCAPES}}}"
"""Any number would be a way to keep a task busy: a text that has nothing else is looked through from each of them."""

CENSORED = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
"""What ansible-core puts in place of a text that is a secret as a whole."""

_WORD = 4
"""A shorter secret is hidden only where it is a word by itself: it is a part of many, and masks there would tell it."""

_KEY = 8
"""A shorter secret may be in the address of a server by chance, where it is not hidden."""


class Secrets:
    """The values that a task has come to know and must not tell: given, received, or derived from those."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        self._addresses: set[str] = set()
        self._sources: list[Secrets] = []
        self.add(*values)

    def add(self, *values: str) -> None:
        """Remember values. Blank ones are no secrets, and blanks around one are no part of it."""
        for value in values:
            text = str(value).strip()
            if not text:
                continue
            self._values.add(text)
            header = _SCHEME.fullmatch(text)
            if header:
                # The value of a header Authorization: what follows the scheme is the secret.
                self.add(header[2], *(_of_basic(header[2]) if header[1].lower() == "basic" else ()))

    def add_basic(self, username: str, password: str) -> None:
        """Remember a pair as it stands in a Basic authorization header."""
        self.add(password, b64encode(f"{username}:{password}".encode()).decode())

    def add_address(self, url: str) -> None:
        """Remember the host and port of a URL, which are no secret, even if a short secret is part of them."""
        try:
            host = urlsplit(url).netloc.rpartition("@")[2]
        except ValueError:
            return
        if host:
            self._addresses.add(host)

    def absorb(self, other: Secrets) -> None:
        """Remember what another collection of secrets knows by now."""
        self._values |= other.known()
        self._addresses |= other.addresses()

    def follow(self, source: Secrets) -> None:
        """Count what another collection of secrets knows, now and later, as known here too."""
        self._sources.append(source)

    def known(self) -> set[str]:
        """Return all values that must not be shown."""
        return self._values.union(*(source.known() for source in self._sources))

    def addresses(self) -> set[str]:
        """Return the hosts and ports that may be shown."""
        return self._addresses.union(*(source.addresses() for source in self._sources))

    def scrub(self, value: Any) -> Any:
        """Return a copy of a result in which no text holds a remembered value, however it is spelled.

        A number that is one is hidden too. All else stays as it is. A short value stays where it is part of a word, or
        of an address.
        """
        # Letters and digits are spelled in one way only: what has none of a secret's does not have the secret.
        whole = "\n".join(_texts(value)).lower()
        found = sorted((text for text in self.known() if _core(text) in whole), key=len, reverse=True)
        if not found:
            return value
        addresses = sorted(self.addresses(), key=len, reverse=True)
        # Those that no address has come first: one of them may begin within an address, and go on behind it.
        by_chance = [text for text in found if len(text) < _KEY and any(text in address for address in addresses)]
        others = [text for text in found if text not in by_chance]
        if others:
            value = _scrub(value, re.compile("|".join(map(_spellings, others))))
        if by_chance:
            shown = "|".join(map(re.escape, addresses))
            hidden = "|".join(map(_spellings, by_chance))
            value = _scrub(value, re.compile(rf"(?P<address>(?<![\w@.-])(?:{shown})(?![\w.-]))|{hidden}"))
        return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


@cache
def _core(text: str) -> str:
    """Return the longest run of letters and digits of a text, in small letters."""
    if _UUID.fullmatch(text):
        return text[-12:].lower()
    return max(re.findall("[0-9A-Za-z]+", text), key=len, default="").lower()


def _mask(found: re.Match[str]) -> str:
    return found.groupdict().get("address") or MASK


def _scrub(value: Any, secrets: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return secrets.sub(_mask, value)
    if isinstance(value, dict):
        return {_scrub_key(key, secrets): _scrub(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scrub(item, secrets) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and secrets.fullmatch(str(value)):
        return MASK
    return value


def _scrub_key(key: Any, secrets: re.Pattern[str]) -> Any:
    # The keys of a result itself stay, whatever somebody's password is.
    return secrets.sub(_mask, key) if isinstance(key, str) and not _OWN_KEY.fullmatch(key) else key


def _of_basic(pair: str) -> list[str]:
    """Return what a Basic header holds: the pair of name and password, and the password."""
    try:
        text = b64decode(pair, validate=True).decode()
    except (NotBase64, UnicodeDecodeError):
        return []
    return [text, text.partition(":")[2]]


@cache
def _spellings(text: str) -> str:
    """Return a pattern for all ways in which a text may be spelled: as it is, in URLs, in JSON, in HTML, in a repr."""
    if _UUID.fullmatch(text):
        digits = text.replace("-", "")
        parts = (digits[begin:end] for begin, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))
        return f"(?i:{'(?:-|%2d)?'.join(parts)})"
    spelled = "".join(_run(part) for part in re.findall(r"\s+|\\+|\S", text))
    if len(text) >= _WORD:
        return spelled
    begin = r"(?:(?<!\w)|(?<=%[0-9a-fA-F]{2})|(?<=\\[nrt]))" if text[0].isalnum() else ""
    return rf"{begin}{spelled}" + (r"(?!\w)" if text[-1].isalnum() else "")


@cache
def _run(part: str) -> str:
    """Return a pattern for a character, for blanks in a row, which may be folded, or for backslashes in a row."""
    if part.isspace():
        return rf"(?:\s|{_ESCAPE}[nrt]|\+|%(?:20|0[9aAdD])|&#(?:x0*(?:9|20|[aAdD])|0*(?:9|1[03]|32));)+"
    if part.isalnum() and part.isascii():
        return part
    if part[0] == "\\":
        # As one: to try all ways to share the backslashes of a text out among those of a secret would take too long.
        spelled = r"(?:\\(?:u005c|u0000005c|x5c)?|%5c|&#0*92;|&#x0*5c;|&bsol;)"
        return f"(?i:{spelled}{{1,{_MOST_ESCAPES * len(part)}}})"
    point = ord(part)
    utf_8 = part.encode(errors="surrogatepass")
    spellings = [
        # With several backslashes, for what is escaped twice.
        rf"{_ESCAPE}{re.escape(part)}",
        "".join(f"%{byte:02x}" for byte in utf_8),
        rf"&#0*{point};",
        rf"&#x0*{point:x};",
        *(re.escape(f"&{name}") for name in _entities().get(part, ())),
        rf"{_ESCAPE}u{point:04x}" if point < 0x10000 else _surrogates(point),
        rf"{_ESCAPE}U{point:08x}",
        *([rf"{_ESCAPE}x{point:02x}"] if point < 0x100 else []),
    ]
    # Headers are read as Latin-1.
    literal = re.escape(part), re.escape(utf_8.decode("latin-1"))
    # The longest come first, for %25 begins with what it stands for.
    return f"(?:(?i:{'|'.join(spellings)})|{'|'.join(literal)})"


def _surrogates(point: int) -> str:
    high, low = divmod(point - 0x10000, 0x400)
    return rf"{_ESCAPE}u{0xD800 + high:04x}{_ESCAPE}u{0xDC00 + low:04x}"


@cache
def _entities() -> dict[str, list[str]]:
    """Return the names that HTML has for characters."""
    found: dict[str, list[str]] = {}
    for name, character in html5.items():
        if name.endswith(";"):
            found.setdefault(character, []).append(name)
    return found


def leaves(value: Any, but: str | None = None) -> list[str]:
    """List all texts and numbers of a nested value: what is secret about a secret document.

    :arg but: a key whose values are no secrets.
    """
    if isinstance(value, dict):
        return [leaf for key, item in value.items() if key != but for leaf in leaves(item, but)]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item, but)]
    if value is None or isinstance(value, bool):
        return []
    return [str(value)]


def hide(value: Any) -> Any:
    """Return the shape of a secret document with a constant in place of each value."""
    if isinstance(value, dict):
        return {key: hide(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [hide(item) for item in value]
    return HIDDEN


def mask_in(text: str) -> str | None:
    """Return what stands in a text in place of something that was hidden or taken out of a result; None: nothing."""
    if text.strip() == HIDDEN:
        return HIDDEN
    return next((mask for mask in (MASK, CENSORED, REPLACEMENT) if mask in text), None)


def masked_place(value: Any, place: str) -> tuple[str, str] | None:
    """Return where in an option a mask stands, in a key too, and which; None where there is none."""
    if isinstance(value, str):
        mask = mask_in(value)
        return (place, mask) if mask else None
    if isinstance(value, dict):
        for key, item in value.items():
            # A key with a mask is not part of its own place.
            found = masked_place(str(key), place) or masked_place(item, f"{place}.{key}")
            if found:
                return found
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            found = masked_place(item, f"{place}[{number}]")
            if found:
                return found
    return None
