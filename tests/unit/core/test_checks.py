# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of single values, `_core/checks.py`: canonical forms, refusals, and their messages."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sender_id_rules import new_section_name
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.webhook_header_rules import header_name
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import checks
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.channel_rules import (
    channel_id,
    webhook_url,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.rules import (
    number,
    slot_name,
    vanity,
)
from unit.properties import given, st

EXAMPLE = "45acae06-6b7c-4f97-9c76-471c0b25ef71"


@given(st.uuids())
def test_a_uuid_is_returned_in_lower_case(value: uuid.UUID) -> None:
    assert checks.uuid("ccid", f" {str(value).upper()}\n") == str(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "acme",
        "45acae06-6b7c-4f97-9c76-471c0b25ef7",
        "45acae06-6b7c-4f97-9c76-471c0b25ef711",
        "45acae066b7c4f979c76471c0b25ef71",
        "45acae06-6b7c-4f97-9c76-471c0b25ef7g",
        "45acae06-6b7c-4f97-9c76-471c0b25ef71/../x",
        "{45acae06-6b7c-4f97-9c76-471c0b25ef71}",
    ],
)
def test_an_invalid_uuid_is_refused_with_an_example(value: str) -> None:
    with pytest.raises(InvalidInput, match=r"must be a UUID.*such as 45acae06-") as caught:
        checks.uuid("ccid", value)
    assert caught.value.parameter == "ccid"
    assert not value or value not in str(caught.value).replace(EXAMPLE, "")


def test_is_uuid_is_false_for_upper_case() -> None:
    assert checks.is_uuid("45acae06-6b7c-4f97-9c76-471c0b25ef71")
    assert not checks.is_uuid("45ACAE06-6b7c-4f97-9c76-471c0b25ef71")
    assert not checks.is_uuid("45acae06-6b7c-4f97-9c76-471c0b25ef71 ")


# Seconds


@pytest.mark.parametrize("value", [0.0, 0.5, 86400.0])
def test_a_timeout_may_be_up_to_one_day(value: float) -> None:
    checks.in_range("order_timeout", value)


@pytest.mark.parametrize("value", [-1.0, 86400.5, float("nan"), float("inf")])
@pytest.mark.parametrize("option", ["timeout", "order_timeout", "http_options.timeout", "genesys_cloud_order_timeout"])
def test_an_invalid_timeout_is_refused(value: float, option: str) -> None:
    with pytest.raises(InvalidInput, match=rf"{option}: must be a number of seconds .* 86400"):
        checks.in_range(option, value)


def test_zero_is_valid_for_some_timeouts_only() -> None:
    with pytest.raises(InvalidInput, match="above 0 and at most 86400, not 0"):
        checks.in_range("timeout", 0.0)
    checks.in_range("ready_timeout", 0.0)


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("https://digital.example.com", "https://digital.example.com"),
        ("https://digital.example.com/", "https://digital.example.com"),
        (" https://digital.example.com/a/b// ", "https://digital.example.com/a/b"),
        ("HTTPS://Digital.Example.com:8443/Ingress", "HTTPS://Digital.Example.com:8443/Ingress"),
        ("http://127.0.0.1:8480/digital", "http://127.0.0.1:8480/digital"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("https://host/@path", "https://host/@path"),
        ("https://digital.example.com.", "https://digital.example.com."),
        (f"https://{'a' * 63}.example.com", f"https://{'a' * 63}.example.com"),
    ],
)
def test_only_the_trailing_slash_of_a_base_url_is_removed(value: str, canonical: str) -> None:
    assert checks.http_url("nexus_url", value) == canonical


@pytest.mark.parametrize(
    "value",
    [
        "",
        "digital.example.com",
        "//digital.example.com",
        "ftp://digital.example.com",
        "https://",
        "https:///path",
        "https:digital.example.com",
        "https://digital.example.com:port",
        "https://digital.example.com:0",
        "https://digital.example.com:70000",
        "https://[::1",
        "https://digital..example.com",
        "https://.example.com",
        f"https://{'a' * 64}.example.com",
        "https://digital example.com",
        "https://digital.example.com/a b",
        "https://digital.example.com/a\nb",
    ],
)
def test_an_invalid_url_is_refused_with_an_example(value: str) -> None:
    with pytest.raises(InvalidInput, match=r"(?s)^nexus_url: .*https://digital\.example\.com"):
        checks.http_url("nexus_url", value)


@pytest.mark.parametrize("tail", ["?", "#", "?tenant=1", "/path?tenant=1", "/#top"])
def test_a_base_url_with_a_query_or_fragment_is_refused(tail: str) -> None:
    with pytest.raises(InvalidInput, match="query or a fragment"):
        checks.http_url("gws_url", f"https://gws.example.com{tail}")


@pytest.mark.parametrize("tail", ["?", "#", "?tenant=1", "/path?tenant=1", "/#top"])
def test_other_urls_may_have_a_query_and_a_fragment(tail: str) -> None:
    assert checks.http_url("url", f"https://kaleyra.example.com{tail}", base=False) == (
        f"https://kaleyra.example.com{tail}"
    )


def test_other_urls_are_checked_too() -> None:
    with pytest.raises(InvalidInput, match=r"must not contain a user name or a password") as caught:
        checks.http_url("url", "https://user:canary@host/?a=b", base=False)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        "https://user:canary@host",
        "https://canary@host",
        "https://user:ca@canary@host",
        "https://user:pa/canary@host",
        "https://user:canary?x@host",
        "https://user:canary#x@host",
        "https:user:canary@host",
        "user:canary@host",
        "user:canary@host/path",
        "ftp://user:canary@host",
        "https://host/path?token=canary",
        "https://host/path#canary",
        "https://user:ca\ncanary@host",
    ],
)
def test_credentials_of_a_url_are_not_shown(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checks.http_url("nexus_url", value)
    assert "canary" not in str(caught.value)


def test_a_url_with_credentials_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"must not contain a user name or a password.*options for credentials"):
        checks.http_url("nexus_url", "https://user:canary@host")


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://digital.example.com", False),
        ("http://localhost:8480", False),
        ("http://sandbox.localhost", False),
        ("http://127.0.0.1", False),
        ("http://127.8.9.10:80/x", False),
        ("http://[::1]:80", False),
        ("http://digital.example.com", True),
        ("http://localhost.example.com", True),
        ("http://127.0.0.1.example.com", True),
        ("http://10.0.0.1", True),
        ("http://[fe80::1]", True),
        ("http:///path", True),
    ],
)
def test_is_plain_http_is_true_for_http_to_another_machine(url: str, plain: bool) -> None:
    assert checks.is_plain_http(url) is plain


@pytest.mark.parametrize("name", ["SMS", "mGageSMS", "PurecloudIDP", "a_b-c9"])
def test_a_service_name_stays_unchanged(name: str) -> None:
    assert checks.service_name("service", name) == name


@pytest.mark.parametrize("name", ["", "a b", "SMS/../x", "SMS?x", "..", "SMS\n", "Grüße"])
def test_an_invalid_service_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="must be the name of a service"):
        checks.service_name("service", name)


@pytest.mark.parametrize("value", ["", " ", "\t\n"])
def test_an_empty_value_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match=r"^api_key: it is empty"):
        checks.not_empty("api_key", value)


def test_a_value_that_is_not_empty_stays_unchanged() -> None:
    assert checks.not_empty("api_key", " key ") == " key "


@pytest.mark.parametrize(
    "value", ["canary\n", "canary\r\nx-evil: 1", "\tcanary", "canary\x00", "canary\u20ac", "c\xe4nary"]
)
def test_an_invalid_header_value_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checks.header_value("api_key", value)
    assert str(caught.value) == (
        "api_key: it has whitespace at its start or end, a line break, or another character that an HTTP header can't "
        "have. Remove that character. Often it is at the end."
    )


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_an_empty_header_value_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match=r"^api_key: it is empty"):
        checks.header_value("api_key", value)


@pytest.mark.parametrize("value", ["key", "a b+c/d==", "~!@#$%^&*()"])
def test_a_valid_header_value_stays_unchanged(value: str) -> None:
    assert checks.header_value("api_key", value) == value


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (5, "5"), ("True", "True"), (1.5, "1.5")]
)
def test_numbers_and_booleans_become_strings_as_servers_store_them(value: object, text: str) -> None:
    assert checks.as_text(value) == text


@pytest.mark.parametrize(
    "forms",
    [
        ["N/A", "n/a", " N/a\n"],
        ["https://h", "HTTPS://h", "https://H", "https://h/", "https://h:443", "https://H:443/", "https://h:"],
        ["http://h:80/Path?q=A#f", "HTTP://H/Path?q=A#f"],
        ["https://[::1]:443/x", "https://[::1]/x"],
        ["https://h:8443", "HTTPS://h:8443/"],
        ["https://User@h/a", "https://User@H/a"],
    ],
)
def test_urls_with_the_same_meaning_have_the_same_normal_form(forms: list[str]) -> None:
    assert len({checks.url_meaning(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://h/A", "https://h/a"),
        ("https://h", "http://h"),
        ("http://h:443", "http://h"),
        ("https://h/a", "https://h/a/"),
        ("https://h?Q", "https://h?q"),
        ("https://User@h", "https://user@h"),
        ("kaleyra", "Kaleyra"),
        ("https://h:x", "https://h"),
        ("", "N/A"),
    ],
)
def test_urls_that_may_differ_have_different_normal_forms(one: str, other: str) -> None:
    assert checks.url_meaning(one) != checks.url_meaning(other)


@given(st.text())
def test_the_normal_form_of_a_normal_form_is_the_same(text: str) -> None:
    assert checks.url_meaning(checks.url_meaning(text)) == checks.url_meaning(text)


@pytest.mark.parametrize("blank", ["\u00a0", "\u2003", "\u3000", "\t", "\n"])
@pytest.mark.parametrize("url", ["https://digital.example.com{}", "{}https://digital.example.com", "https://a{}b"])
def test_whitespace_in_a_url_is_shown_by_its_code_point(url: str, blank: str) -> None:
    with pytest.raises(InvalidInput, match=f"U\\+{ord(blank):04X}") as caught:
        checks.http_url("nexus_url", url.format(blank))
    assert caught.value.parameter == "nexus_url"


SECRET = "ca na-ry: /@ \u00a0x"


@pytest.mark.parametrize(
    "check",
    [
        *(checks.uuid, checks.http_url, checks.service_name, checks.header_value, checks.email_address),
        *(checks.absolute_path, header_name, channel_id, webhook_url, new_section_name, number, slot_name, vanity),
    ],
)
@pytest.mark.parametrize("value", [SECRET, f"https://{SECRET}", f"{SECRET}https://host", f"Authorization: {SECRET}"])
def test_refused_values_are_not_shown(check: Callable[[str, str], str], value: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check("option", value)
    assert caught.value.parameter == "option"
    assert not any(part in str(caught.value) for part in ("ca na", "na-ry"))


PREFIXES = st.sampled_from(["", "/digital", "/a/b", "/nexus", "/api", "/gax-host", "/v3", "/oauth2", "/xgax"])
PATHS = [(option, path) for option, paths in checks.API_PATHS.items() for path in paths]


@given(st.sampled_from(PATHS), PREFIXES, st.integers(0, 2))
def test_the_path_of_the_api_is_removed_from_a_base_url(place: tuple[str, str], prefix: str, slashes: int) -> None:
    option, path = place
    base = f"https://host:8443{prefix}"
    assert checks.http_url(option, base + path + "/" * slashes) == base
    # The path is removed once only, so that an ingress path with the same name can be given.
    assert checks.http_url(option, base + path + path) == base + path


@given(st.sampled_from(PATHS), PREFIXES, st.sampled_from(["/x", "/tenants/acme", "x", "/V3", "/v4"]))
def test_a_longer_path_of_a_base_url_is_kept(place: tuple[str, str], prefix: str, rest: str) -> None:
    option, path = place
    url = f"https://host{prefix}{path}{rest}"
    assert checks.http_url(option, url) == url
    assert checks.http_url("url", f"https://host{prefix}{path}") == f"https://host{prefix}{path}"


def test_a_host_that_looks_like_an_api_path_is_kept() -> None:
    assert checks.http_url("gax_url", "https://gax") == "https://gax"


@pytest.mark.parametrize(
    ("left", "right", "is_same"),
    [("https://a/b", " https://a/b/ ", True), ("https://a/b", "https://a/c", False)],
)
def test_a_trailing_slash_of_a_url_has_no_meaning(left: str, right: str, is_same: bool) -> None:
    assert checks.same_url(left, right) is is_same


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:canary@host/path", "https://host/path"),
        ("https://user:canary@x@host", "https://host"),
        ("user:canary@host", "host"),
        ("https://host/?a=canary#b", "https://host/"),
        ("https://host/#canary", "https://host/"),
        ("https://host/", "https://host/"),
    ],
)
def test_a_shown_url_has_no_credentials(url: str, shown: str) -> None:
    assert checks.without_credentials(url) == shown


@pytest.mark.parametrize(
    ("option", "value", "is_valid"),
    [
        ("timeout", 0, False),
        ("timeout", 0.5, True),
        ("time_limit", 0, False),
        ("time_limit", -0.5, False),
        ("time_limit", 0.5, True),
        ("retries", -1, False),
        ("retries", 100, True),
        ("count", 1, True),
        ("max_purchases", 0, True),
        ("max_purchases", -1, False),
        ("settle_timeout", 0, True),
        ("settle_timeout", -0.5, False),
        ("ready_timeout", -0.5, False),
        ("order_timeout", -0.5, False),
        ("retries", 0, True),
        ("retries", 101, False),
        ("count", 100, True),
        ("count", 101, False),
        ("count", 0, False),
        ("max_purchases", 10000, True),
        ("max_purchases", 10001, False),
        ("access_token_validity_seconds", 300, True),
        ("access_token_validity_seconds", 299, False),
        ("access_token_validity_seconds", 172800, True),
        ("access_token_validity_seconds", 172801, False),
        ("timeout", 86400, True),
        ("timeout", 86401, False),
    ],
)
def test_the_ranges_of_numbers(option: str, value: float, is_valid: bool) -> None:
    if is_valid:
        checks.in_range(option, value)
    else:
        with pytest.raises(InvalidInput):
            checks.in_range(option, value)


@pytest.mark.parametrize(("value", "is_quoted"), [(99999999999999, True), (1e15, False), (10**400, False)])
def test_a_huge_number_is_not_quoted(value: float, is_quoted: bool) -> None:
    with pytest.raises(InvalidInput) as caught:
        checks.in_range("count", value)
    assert (", not " in str(caught.value)) is is_quoted


@pytest.mark.parametrize("path", ["-----BEGIN CERTIFICATE-----", "one line\nand another"])
def test_the_content_of_a_file_is_not_a_path(path: str) -> None:
    with pytest.raises(InvalidInput, match="client_key: must be the path of a file"):
        checks.no_content("client_key", path)


@pytest.mark.parametrize("path", [None, "/etc/client.key"])
def test_a_path_may_be_missing(path: str | None) -> None:
    checks.no_content("client_key", path)


def test_placeholders_are_found_at_each_depth() -> None:
    value = {"a": " … ", "b": ["x", {"c": "…"}], "d": 5, "e": "text … text", "f": ("…",)}
    assert [problem.parameter for problem in checks.placeholders("v", value)] == ["v.a", "v.b[1].c", "v.f[0]"]


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("16504661149", "16504661149"),
        ("+1 (650) 466-1149", "16504661149"),
        (" TEL:+1650", "1650"),
        ("١٢٣", "123"),
        ("Web-1", "web-1"),
        (" - ", "-"),
    ],
)
def test_the_digits_of_a_number_are_its_key(value: str, key: str) -> None:
    assert checks.number_key(value) == key


@pytest.mark.parametrize("value", ["123", "1" * 15])
def test_a_phone_number_has_3_to_15_digits(value: str) -> None:
    assert checks.phone_number("number", value) == value


@pytest.mark.parametrize(
    ("value", "problem"),
    [("12", "has 2 digits; a number has 3 to 15"), ("1" * 16, "has 16 digits"), ("0012345", "it begins with 00")],
)
def test_another_phone_number_is_refused(value: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        checks.phone_number("number", value)


def test_the_longest_path_of_the_api_is_removed() -> None:
    assert checks.without_api_path("gc_login_url", "https://h/oauth/token") == "https://h"


@pytest.mark.parametrize("text", ["FTP://Host", "https:///Path"])
def test_a_text_without_a_known_scheme_or_a_host_has_itself_as_its_normal_form(text: str) -> None:
    assert checks.url_meaning(text) == text
