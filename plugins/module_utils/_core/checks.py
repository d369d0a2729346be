# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of single values. Each returns the canonical form, or raises InvalidInput before anything is sent.

A value may be a secret that was set in the wrong option. So messages never quote values, except numbers.
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
"""What the guide writes as the URL of a service without a URL."""

API_PATHS = {
    "nexus_url": ("/nexus/v3",),
    "gws_url": ("/provisioning/v3",),
    "gws_auth_url": ("/auth/v3", "/auth/v3/oauth/token", "/environment/v3"),
    "gax_url": ("/gax", "/gax/api"),
    "gc_api_url": ("/api/v2",),
    "gc_login_url": ("/oauth", "/oauth/token"),
}
"""For each option of a base URL, the paths that the API adds. Users often copy them together with the base URL."""


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
    # A limit above what any organization reaches would limit nothing.
    "max_purchases": (0, 10000, "a whole number from 0"),
}
"""For each numeric option: the minimum, the maximum, and the name of the range in messages."""

_ROLE = "genesys_cloud_"
"""The prefix of the role's variables."""


def in_range(parameter: str, value: float) -> None:
    """Raise InvalidInput if the number of an option, or of a role's variable, is out of range."""
    least, greatest, called = RANGES.get(
        parameter.rpartition(".")[2].removeprefix(_ROLE), (float("-inf"), float("inf"), "")
    )
    is_above = called.endswith("above 0")
    if not least <= value <= greatest or (is_above and value == 0):
        to = "and at most" if is_above else "to"
        # A number may have thousands of digits. Such a number is not quoted.
        quoted = f", not {value:g}" if abs(value) < 1e15 else ""
        raise InvalidInput(parameter, f"must be {called} {to} {greatest:g}{quoted}", "Correct the value")


def uuid(
    parameter: str, value: str, source: str = "Take the contact center ID as Genesys Web Services shows it"
) -> str:
    """Return a UUID in lower case. Raise InvalidInput if the value is not a UUID (contract: ``ccid`` is a UUID).

    :arg source: the remedy: where to find the UUID.
    """
    text = value.strip().lower()
    if not is_uuid(text):
        raise InvalidInput(parameter, "must be a UUID", f"{source}, such as 45acae06-6b7c-4f97-9c76-471c0b25ef71")
    return text


def is_uuid(text: str) -> bool:
    """Return True if a string is a UUID in lower case."""
    return bool(re.fullmatch(UUID, text))


def http_url(parameter: str, value: str, *, base: bool = True) -> str:
    """Return an absolute http(s) URL without a trailing slash.

    Raise InvalidInput if the value is not such a URL, or contains credentials.

    :arg base: True if paths will be added to the URL. Then it can't have a query or a fragment.
    """
    text = value.strip(" ")
    blank = next((character for character in text if character.isspace()), None)
    if blank is not None:
        raise InvalidInput(
            parameter,
            f"the URL must not contain whitespace, but contains U+{ord(blank):04X}",
            "Remove that character. If it is a space that belongs to the URL, write %20. A valid URL is "
            "https://digital.example.com, for example",
        )
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and _is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInput(
            parameter,
            "must be an absolute http or https URL",
            "Write the scheme and the host, such as https://digital.example.com",
        )
    if "@" in parts.netloc:
        raise InvalidInput(
            parameter,
            "the URL must not contain a user name or a password",
            "Remove them from the URL, and use the options for credentials",
        )
    if base and ("?" in text or "#" in text):
        raise InvalidInput(parameter, "the URL must not have a query or a fragment", "Give only the base URL")
    url = text.rstrip("/")
    return without_api_path(parameter, url) if base else url


def without_api_path(option: str, url: str) -> str:
    """Return a base URL without the path that the API adds.

    The path is removed once only. So a URL whose ingress path has the same name can still be given.
    """
    for path in sorted(API_PATHS.get(option, ()), key=len, reverse=True):
        if urlsplit(url).path.endswith(path):
            return url[: -len(path)].rstrip("/")
    return url


def url_meaning(url: str) -> str:
    """Return the normal form of a URL, for comparisons. URLs with the same meaning have the same normal form.

    The letter case of scheme and host, the default port of the scheme, and a path that is only a slash are ignored.
    A value that is not a URL stays as it is. Only the whitespace around it and the letter case of N/A are normalized.
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
    """Return True if two URLs of a Genesys service have the same meaning. A trailing slash is ignored."""
    return url_meaning(left.strip().rstrip("/")) == url_meaning(right.strip().rstrip("/"))


def _is_host(host: str) -> bool:
    """Return True if a host name is valid: each label between its dots has 1 to 63 characters."""
    return all(0 < len(label) < 64 for label in host.rstrip(".").split("."))


def without_credentials(url: str) -> str:
    """Return a URL that may be shown: without everything before its last ``@``, its query and its fragment."""
    shown = re.sub(r"^(\w+://)?.*@", lambda match: match[1] or "", url, flags=re.DOTALL)
    return re.sub(r"[?#].*", "", shown, flags=re.DOTALL)


def is_plain_http(url: str) -> bool:
    """Return True if requests to this URL would send secrets unencrypted to another machine."""
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
    """Return the name of a services definition. Raise InvalidInput if it can't be one path segment."""
    if not _SERVICE.fullmatch(value):
        raise InvalidInput(
            parameter,
            "must be the name of a service",
            "Use letters, digits, underscores and dashes, such as SMS or mGageSMS",
        )
    return value


def header_value(parameter: str, value: str) -> str:
    """Return the value of an HTTP header. Raise InvalidInput if a header can't have it.

    The value may be a secret, so the message does not show it.
    """
    if not not_empty(parameter, value).isprintable() or not value.isascii() or value != value.strip():
        raise InvalidInput(
            parameter,
            "it has whitespace at its start or end, a line break, or another character that an HTTP header can't have",
            "Remove that character. Often it is at the end",
        )
    return value


def quoted_number(value: str) -> str:
    """Quote a number for a message. If the value does not look like a number, it may be a secret: return "it"."""
    return f"'{value}'" if re.fullmatch(r"[0-9+(). -]{1,24}", value) else "it"


def digits(value: str) -> str:
    """Return a number without the characters that people write before and between its digits."""
    return re.sub(r"[\s().-]", "", value.strip().removeprefix("+"))


def as_text(value: object) -> str:
    """Return a value as servers store it: numbers as digits, booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def email_address(parameter: str, value: str) -> str:
    """Return an e-mail address. Raise InvalidInput if the value does not look like one."""
    if not re.fullmatch(r"\S+@\S+", value):
        raise InvalidInput(parameter, "must be an e-mail address", "Give an e-mail address, or leave the option out")
    return value


def absolute_path(parameter: str, value: str) -> str:
    """Return an absolute path. Raise InvalidInput for a relative path: its meaning depends on where the task runs."""
    if not Path(not_empty(parameter, value)).is_absolute():
        raise InvalidInput(
            parameter,
            "must be an absolute path. The meaning of a relative path depends on the directory where the run starts",
            "Give an absolute path: put {{ inventory_dir }}/ in front of it, for example",
        )
    return value


def no_content(parameter: str, path: str | None) -> None:
    """Raise InvalidInput if an option has the content of a key file instead of its path. Messages show paths."""
    if path is not None and ("-----BEGIN" in path or "\n" in path):
        raise InvalidInput(parameter, "must be the path of a file, not its content", "Give the path")


def placeholders(parameter: str, value: object) -> Iterator[InvalidInput]:
    """Yield an error for each placeholder in a value, as the example inventories and the README have them."""
    if isinstance(value, str):
        if value.strip() == "…" or _PLACEHOLDER.fullmatch(value.strip()):
            yield InvalidInput(parameter, "it is still the placeholder of an example", "Replace it with your own value")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from placeholders(f"{parameter}.{key}", item)
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from placeholders(f"{parameter}[{number}]", item)


def not_empty(parameter: str, value: str) -> str:
    """Return a string. Raise InvalidInput if it is empty or only whitespace."""
    if not value.strip():
        raise InvalidInput(parameter, "it is empty", "Give a value, or leave the option out")
    return value


_DIGITS = re.compile(r"[0-9]+")
_SHORTEST, _LONGEST = 3, 15


def number_key(value: str) -> str:
    """Return the digits of a number, which all its spellings share. Text with letters is not a number: return it."""
    if value.isascii() and value.isdigit():
        return value
    text = value.strip().casefold().removeprefix("tel:")
    if any(character.isalpha() for character in text):
        return text
    return "".join(str(decimal(character)) for character in text if character.isdecimal()) or text


def phone_number(parameter: str, value: str) -> str:
    """Return the digits of a phone number. Raise InvalidInput if the value can't be one."""
    expected = (
        "Give only digits: 5 for a short code, 10 or 11 for a long code or a toll-free number, such as 16504661149"
    )
    if not _DIGITS.fullmatch(value):
        raise InvalidInput(parameter, f"{quoted_number(value)} does not consist of digits only", expected)
    if value.startswith("00"):
        raise InvalidInput(parameter, "it begins with 00, which is a dialing prefix and not part of a number", expected)
    if not _SHORTEST <= len(value) <= _LONGEST:
        lengths = f"a number has {_SHORTEST} to {_LONGEST}"
        raise InvalidInput(parameter, f"{quoted_number(value)} has {len(value)} digits; {lengths}", expected)
    return value
