# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of single values. Each returns the canonical form, or raises InvalidInput before anything is sent.

What was written in the wrong place may be a secret. So no message quotes a value, numbers excepted.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from unicodedata import decimal
from urllib.parse import urlsplit, urlunsplit

from .errors import InvalidInput

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""The pattern of a UUID in lower case."""

_SERVICE = re.compile(r"[A-Za-z0-9_-]+")
_PLACEHOLDER = re.compile(r"(\w+ )?change-me(-\w+)*", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}

NO_URL = "N/A"
"""What the guide writes as the url of a service that has none."""

API_PATHS = {
    "nexus_url": ("/nexus/v3",),
    "gws_url": ("/provisioning/v3",),
    "gws_auth_url": ("/auth/v3", "/auth/v3/oauth/token", "/environment/v3"),
    "gax_url": ("/gax", "/gax/api"),
    "gc_api_url": ("/api/v2",),
    "gc_login_url": ("/oauth", "/oauth/token"),
}
"""By the option of a base URL, the paths that the API adds to it: often they are copied along with it."""


DAY = 86400

RANGES: dict[str, tuple[float, float, str]] = {
    "timeout": (0, DAY, "a number of seconds above 0"),
    "time_limit": (0, DAY, "a number of seconds above 0"),
    "retries": (0, 100, "a whole number from 0"),
    "ready_timeout": (0, DAY, "a number of seconds from 0"),
    "order_timeout": (0, DAY, "a number of seconds from 0"),
    "settle_timeout": (0, DAY, "a number of seconds from 0"),
    "access_token_validity_seconds": (300, 172800, "a whole number of seconds from 300"),
    "count": (1, 100, "a whole number from 1"),
    # A limit that no organization reaches would be none.
    "max_purchases": (0, 10000, "a whole number from 0"),
}
"""By the name of an option that is a number: its least and greatest value, and how the range is called."""

_ROLE = "genesys_cloud_"
"""What the names of a role's variables have in front of an option's."""


def in_range(parameter: str, value: float) -> None:
    """Raise InvalidInput where the number of an option, or of a role's variable, is out of its range."""
    least, greatest, called = RANGES.get(
        parameter.rpartition(".")[2].removeprefix(_ROLE), (float("-inf"), float("inf"), "")
    )
    above = called.endswith("above 0") and value == 0
    if not least <= value <= greatest or above:
        # A number of thousands of digits is not quoted.
        told = f", not {value:g}" if abs(value) < 1e15 else ""
        raise InvalidInput(parameter, f"it must be {called} up to {greatest:g}{told}", "Correct it")


def uuid(
    parameter: str, value: str, source: str = "Take the contact center ID as Genesys Web Services shows it"
) -> str:
    """Return a UUID in lower case; raise where it is none (contract: ``ccid`` is a UUID)."""
    text = value.strip().lower()
    if not is_uuid(text):
        raise InvalidInput(parameter, "it is not a UUID", f"{source}, such as 45acae06-6b7c-4f97-9c76-471c0b25ef71")
    return text


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID in lower case."""
    return bool(re.fullmatch(UUID, text))


def http_url(parameter: str, value: str, *, base: bool = True) -> str:
    """Return an absolute http(s) URL without a trailing slash; raise where it is none or holds credentials.

    :arg base: paths will be added to it, so that it can't have a query or a fragment.
    """
    text = value.strip(" ")
    blank = next((character for character in text if character.isspace()), None)
    if blank is not None:
        raise InvalidInput(
            parameter,
            f"the URL holds the blank U+{ord(blank):04X}",
            "Remove it, or write %20 where it belongs to the URL, such as https://digital.example.com",
        )
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and _is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInput(
            parameter,
            "it is not an absolute http or https URL",
            "Write the scheme and the host, such as https://digital.example.com",
        )
    if "@" in parts.netloc:
        raise InvalidInput(
            parameter,
            "the URL carries a user name or password",
            "Remove them from the URL and use the options for credentials",
        )
    if base and ("?" in text or "#" in text):
        raise InvalidInput(parameter, "the URL has a query or a fragment", "Give the base URL alone")
    url = text.rstrip("/")
    return without_api_path(parameter, url) if base else url


def without_api_path(option: str, url: str) -> str:
    """Return a base URL without what the API adds to it.

    It is taken off once, so that a URL with an ingress path of the same name can still be given.
    """
    for path in sorted(API_PATHS.get(option, ()), key=len, reverse=True):
        if urlsplit(url).path.endswith(path):
            return url[: -len(path)].rstrip("/")
    return url


def url_meaning(url: str) -> str:
    """Return a URL in the one form that all which mean the same have in common, for comparisons.

    The case of scheme and host says nothing, nor does the port that the scheme has anyway, nor a slash without a path.
    What is no URL stays as it is, but for blanks around it and the case of N/A.
    """
    text = url.strip()
    if text.upper() == NO_URL:
        return NO_URL
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return text
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname:
        return text
    user, at, host = parts.netloc.rpartition("@")
    host = host.lower()
    if port is None or port == _PORTS[scheme]:
        host = re.sub(r":\d*$", "", host)
    return urlunsplit(
        (scheme, f"{user}{at}{host}", "" if parts.path == "/" else parts.path, parts.query, parts.fragment)
    )


def same_url(left: str, right: str) -> bool:
    """Tell whether two URLs of a service of Genesys mean the same: a slash at the end says nothing there."""
    return url_meaning(left.strip().rstrip("/")) == url_meaning(right.strip().rstrip("/"))


def _is_host(host: str) -> bool:
    """Tell whether a host name can be looked up: every label between its dots has 1 to 63 characters."""
    return all(0 < len(label) < 64 for label in host.rstrip(".").split("."))


def without_credentials(url: str) -> str:
    """Return a URL as it may be shown: what stands before its last ``@``, its query and its fragment are left out."""
    shown = re.sub(r"^(\w+://)?.*@", lambda match: match[1] or "", url, flags=re.DOTALL)
    return re.split(r"[?#]", shown, maxsplit=1)[0]


def is_plain_http(url: str) -> bool:
    """Tell whether secrets would leave this machine unencrypted with this URL."""
    parts = urlsplit(url)
    if parts.scheme != "http":
        return False
    host = parts.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def service_name(parameter: str, value: str) -> str:
    """Return the name of a services definition; raise where it would not be one path segment."""
    if not _SERVICE.fullmatch(value):
        raise InvalidInput(
            parameter,
            "it is not the name of a service",
            "Use letters, digits, underscores and dashes, such as SMS or mGageSMS",
        )
    return value


def header_value(parameter: str, value: str) -> str:
    """Return a text that goes into an HTTP header; raise where it can't. The value is not shown: it may be secret."""
    if not not_empty(parameter, value).isprintable() or not value.isascii() or value != value.strip():
        raise InvalidInput(
            parameter,
            "it holds a blank, a line break or another character that an HTTP header can't carry",
            "Remove it; often it stands at the end",
        )
    return value


def quoted_number(value: str) -> str:
    """Return what a number is called in a message: itself, unless it looks like something else, maybe a secret."""
    return f"'{value}'" if re.fullmatch(r"[0-9+(). -]{1,24}", value) else "it"


def digits(value: str) -> str:
    """Return a number without what people write before and between its digits."""
    return re.sub(r"[\s().-]", "", value.strip().removeprefix("+"))


def as_text(value: object) -> str:
    """Return a value as servers keep it: numbers as digits, and truth values in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def email_address(parameter: str, value: str) -> str:
    """Return what looks like an e-mail address; raise where it does not."""
    if not re.fullmatch(r"\S+@\S+", value):
        raise InvalidInput(parameter, "it is not an e-mail address", "Give one, or leave it out")
    return value


def absolute_path(parameter: str, value: str) -> str:
    """Return an absolute path; raise where it is relative: what to would depend on where the task runs."""
    if not Path(not_empty(parameter, value)).is_absolute():
        raise InvalidInput(
            parameter,
            "it is a relative path, and stands for another file wherever a run starts",
            "Give an absolute one: put {{ inventory_dir }}/ in front of it, for example",
        )
    return value


def no_content(parameter: str, path: str | None) -> None:
    """Raise where the content of a file of keys stands in place of its path, which messages show."""
    if path is not None and ("-----BEGIN" in path or "\n" in path):
        raise InvalidInput(parameter, "it holds the content of a file, and is to be the file's path", "Give the path")


def placeholders(parameter: str, value: object) -> Iterator[InvalidInput]:
    """Give what is wrong where a value holds what stands for one in the inventories to copy and in the README."""
    if isinstance(value, str):
        if value.strip() == "…" or _PLACEHOLDER.fullmatch(value.strip()):
            yield InvalidInput(parameter, "it is the placeholder of an example", "Give a value of your own")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from placeholders(f"{parameter}.{key}", item)
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from placeholders(f"{parameter}[{number}]", item)


def not_empty(parameter: str, value: str) -> str:
    """Return a text; raise where it is empty or only blanks. The value is never shown: it may be a secret."""
    if not value.strip():
        raise InvalidInput(parameter, "it is empty", "Give a value, or leave the option out")
    return value


_DIGITS = re.compile(r"[0-9]+")
_SHORTEST, _LONGEST = 3, 15


def number_key(value: str) -> str:
    """Return what all spellings of a number have in common, its digits; a text with letters is no number."""
    if value.isascii() and value.isdigit():
        return value
    text = value.strip().casefold().removeprefix("tel:")
    if any(character.isalpha() for character in text):
        return text
    return "".join(str(decimal(character)) for character in text if character.isdecimal()) or text


def phone_number(parameter: str, value: str) -> str:
    """Return a number as its digits; raise InvalidInput where no number looks so."""
    expected = (
        "Give digits alone: 5 for a short code, 10 or 11 for a long code or a toll-free number, such as 16504661149"
    )
    if not _DIGITS.fullmatch(value):
        raise InvalidInput(parameter, f"{quoted_number(value)} is not made of digits alone", expected)
    if value.startswith("00"):
        raise InvalidInput(parameter, "it begins with 00, which only dials the code of a country", expected)
    if not _SHORTEST <= len(value) <= _LONGEST:
        raise InvalidInput(parameter, f"{quoted_number(value)} has {len(value)} digits, which no number has", expected)
    return value
