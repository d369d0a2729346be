# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removal of secrets, `_core/secrets.py`: in every spelling, and without a change of other text."""

from __future__ import annotations

import base64
import html
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import secrets as _secrets
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secrets import (
    CENSORED,
    HIDDEN,
    Secrets,
    hide,
    is_hidden_query,
    leaves,
    mask_in,
    masked_place,
    whole,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.server_text import MASK
from unit.properties import given, st

AWKWARD = "p/a s+s&w=ö\\r\"d'%"

TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), min_size=1, max_size=12)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "form",
    [
        AWKWARD,
        quote(AWKWARD),
        quote(AWKWARD, safe=""),
        quote_plus(AWKWARD),
        urlencode({"password": AWKWARD}),
        f"before{AWKWARD}after",
    ],
)
def test_a_secret_is_removed_in_each_encoding(form: str) -> None:
    scrubbed = Secrets([AWKWARD]).scrub({"list": [form], "text": f"it is {form}"})
    assert not any(part in json.dumps(scrubbed) for part in (AWKWARD, quote(AWKWARD, safe=""), quote_plus(AWKWARD)))


SPELLINGS = [
    quote(AWKWARD, safe="").lower(),
    quote(AWKWARD).lower(),
    html.escape(AWKWARD),
    html.escape(AWKWARD).replace("&#x27;", "&#39;"),
    html.escape(AWKWARD).replace("&#x27;", "&apos;").replace("&quot;", "&#34;"),
    html.escape(AWKWARD).replace("&#x27;", "&#X0027;").replace("/", "&#x2F;").replace("ö", "&ouml;"),
    html.escape(AWKWARD).replace("/", "&#47;").replace("=", "&#61;").replace("ö", "&#246;").replace(" ", "&#32;"),
    json.dumps(AWKWARD)[1:-1],
    json.dumps(AWKWARD, ensure_ascii=False)[1:-1].replace("/", "\\/"),
    json.dumps(json.dumps(AWKWARD))[3:-3],
    json.dumps(AWKWARD)[1:-1].replace("&", "\\u0026").replace("'", "\\u0027").replace("\\u00f6", "\\u00F6"),
    repr(AWKWARD)[1:-1],
    ascii(AWKWARD)[1:-1],
    AWKWARD.encode().decode("latin-1"),
    AWKWARD.replace(" ", "\n   "),
]


@pytest.mark.parametrize("form", SPELLINGS)
def test_a_secret_is_removed_however_it_is_escaped(form: str) -> None:
    assert Secrets([AWKWARD]).scrub(f"before {form} after") == f"before {MASK} after"


@pytest.mark.parametrize(
    "form", [r"a\\b", r"a\\\\b", r"a\u005c\u005Cb", r"a\\u005c\\u005cb", "a%5c%5Cb", "a&bsol;&#92;b", r"a\x5c\x5cb"]
)
def test_runs_of_backslashes_are_removed_however_they_are_escaped(form: str) -> None:
    assert Secrets([r"a\\b"]).scrub(f"before {form} after") == f"before {MASK} after"


@pytest.mark.parametrize("secret", ["$canary", r"\canary", r"a\\\\\\\\b", r"a \ \ b"])
@pytest.mark.parametrize("filler", ["\\", "\\n", "%5c", " \\"])
def test_a_crafted_text_does_not_take_long(secret: str, filler: str) -> None:
    begun = time.monotonic()
    Secrets([secret]).scrub(f"a{filler * 20_000}canary a b")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("secret", ["canary\n", " canary", "\tcanary\r\n"])
def test_whitespace_around_a_secret_is_ignored(secret: str) -> None:
    assert Secrets([secret]).scrub("was canary.") == f"was {MASK}."
    assert Secrets([secret]).scrub(f"was {secret}.").strip(" \t\r\n.was") == MASK


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Token", "ApiKey", "JWT"])
def test_a_token_is_removed_with_and_without_its_scheme(scheme: str) -> None:
    secrets = Secrets([f"{scheme}  canary+1"])
    assert secrets.scrub("no canary+1, not canary%2b1") == f"no {MASK}, not {MASK}"
    assert secrets.scrub(f"the {scheme} of it") == f"the {scheme} of it"


def test_a_basic_header_and_its_password_are_removed() -> None:
    pair = base64.b64encode(b"someone:canary").decode()
    secrets = Secrets([f"Basic {pair}"])
    assert secrets.scrub(["canary", "someone:canary", pair, "someone"]) == [MASK, MASK, MASK, "someone"]
    assert Secrets(["Basic no-base64!"]).scrub("no-base64!") == MASK


KEY = "acacacac-0000-4000-8000-0000000001bc"


@pytest.mark.parametrize("given", [KEY, KEY.upper(), KEY.replace("-", "")])
@pytest.mark.parametrize("shown", [KEY, KEY.upper(), KEY.replace("-", ""), KEY.replace("-", "%2D").upper()])
def test_a_uuid_is_removed_in_every_spelling(given: str, shown: str) -> None:
    assert Secrets([given]).scrub(f"key {shown}!") == f"key {MASK}!"


def escaped(text: str, form: str) -> str:
    """Escape each letter and digit."""
    return "".join(form.format(ord(character)) if character.isalnum() else character for character in text)


@pytest.mark.parametrize(
    "form", ["&#{};", "&#x{:x};", "&#X00{:X};", "%{:02x}", "\\u{:04x}", "\\\\u{:04X}", "\\x{:02x}"]
)
@pytest.mark.parametrize("secret", ["canary-17", "Kx9/q+Za", KEY, "0123456", "cafe0123beef", "Y2FuYXJ5OmNhbmFyeQ=="])
def test_a_secret_with_escaped_letters_is_removed(secret: str, form: str) -> None:
    scrubbed = Secrets([secret]).scrub(f"before {escaped(secret, form)} after")
    assert scrubbed.replace("\\", "") == f"before {MASK} after"
    # Only some letters are escaped.
    mixed = secret[:2] + escaped(secret[2:4], form) + secret[4:]
    assert Secrets([secret]).scrub({"a": [f"before {mixed} after"]}) == {"a": [f"before {MASK} after"]}


@given(
    st.lists(st.sampled_from(["Tr", "%4f", "%58", "\\x41", "&#65;", "Q9w", "-", "1"]), min_size=2, max_size=6).map(
        "".join
    )
)
def test_a_secret_with_parts_like_escapes_is_removed(secret: str) -> None:
    for shown in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]):
        assert Secrets([secret]).scrub({"msg": f"before {shown} after %41"}) == {"msg": f"before {MASK} after %41"}


def test_text_before_a_secret_may_look_like_the_start_of_an_escape() -> None:
    assert Secrets(["41canary"]).scrub("rate 5%41canary") == f"rate 5%{MASK}"


@pytest.mark.parametrize("secret", ["cafe0123beef", "CAFE0123BEEF", "ca:fe:01:23:be:ef", "0123456789abcdef" * 4])
def test_a_hexadecimal_secret_is_removed_in_either_case(secret: str) -> None:
    told = f"{secret.upper()} and {secret.lower()} and {secret.title()}"
    assert Secrets([secret]).scrub(told) == f"{MASK} and {MASK} and {MASK}"


def test_base64_is_removed_without_padding_and_in_the_url_alphabet() -> None:
    for content in (b"someone:canary?>", b"\xfb\xef\xbe\xff\xfe\xfd\xfb\xef\xbe\xff\xfe\xfd\xff", b"0123456789abcdefg"):
        plain, for_urls = base64.b64encode(content).decode(), base64.urlsafe_b64encode(content).decode()
        for secret in (plain, for_urls):
            for shown in (plain, for_urls, plain.rstrip("="), for_urls.rstrip("="), quote(plain, safe="")):
                assert Secrets([secret]).scrub(f"got {shown}!") == f"got {MASK}!"
    secrets = Secrets()
    secrets.add_basic("client", "canary-1")
    assert secrets.scrub(base64.b64encode(b"client:canary-1").decode().rstrip("=")) == MASK


def test_a_number_is_removed_without_its_leading_zeros() -> None:
    secrets = Secrets(["00123456", "0007"])
    assert secrets.scrub({"code": 123456, "text": "was 123456.", "list": ["00123456", 7, "0007"]}) == {
        "code": MASK,
        "text": f"was {MASK}.",
        "list": [MASK, 7, MASK],
    }
    # A longer number is a different number.
    assert secrets.scrub([1234567, "x9123456 7", "0.7"]) == [1234567, "x9123456 7", "0.7"]


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("facade", "FACADE"),
        ("Canary", "canary CANARY"),
        ("deadline", "DEADLINE"),
        ("secret=", "secret"),
        ("and/or", "and_or"),
        ("a-b", "a+b"),
        ("007", "7"),
        ("00012", "12"),
    ],
)
def test_words_that_only_resemble_a_secret_stay(secret: str, text: str) -> None:
    assert Secrets([secret]).scrub(f"it is {text} here") == f"it is {text} here"


@given(st.text(st.sampled_from("aF09+/-_=&#%\\u;x "), min_size=1, max_size=24), st.data())
def test_a_secret_of_escape_characters_is_removed(secret: str, data: st.DataObject) -> None:
    if not secret.strip():
        return
    form = data.draw(st.sampled_from(["{}", "&#{};", "%{:02x}", "\\u{:04x}"]))
    shown = secret.strip() if form == "{}" else escaped(secret.strip(), form)
    assert shown not in Secrets([secret]).scrub(f"<{shown}>")


def test_many_secrets_in_a_long_text_are_removed_quickly() -> None:
    values = [f"{number:03}-secret/{number}+Z=" for number in range(200)]
    text = "ordinary text with words, numbers 12345 and &#97;. ".join(values) * 10
    begun = time.monotonic()
    scrubbed = Secrets(values).scrub(text)
    assert not any(value in scrubbed for value in values)
    assert time.monotonic() - begun < 60


def test_a_secret_that_occurs_in_the_mask_does_not_change_it() -> None:
    assert Secrets(["***", "canary", "*"]).scrub("a canary") == f"a {MASK}"


def test_a_number_that_is_a_secret_is_removed() -> None:
    secrets = Secrets(["123456", "1.5"])
    assert secrets.scrub({"code": 123456, "rate": 1.5, "ok": True}) == {"code": MASK, "rate": MASK, "ok": True}
    assert secrets.scrub([1234567, 12345, 1, None]) == [1234567, 12345, 1, None]


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("on", "configuration on_create on", f"configuration on_create {MASK}"),
        ("on", '{"value": "on"} x-flag:on x=on%2Con', f'{{"value": "{MASK}"}} x-flag:{MASK} x={MASK}%2C{MASK}'),
        ("on", r"a\non\tb", rf"a\n{MASK}\tb"),
        ("1", "answered 401 (code 1): 10.0.0.12", f"answered 401 (code {MASK}): 10.0.0.12"),
        ("a-b", "a-b xa-b a-bx", f"{MASK} xa-b a-bx"),
        ("!a!", "x!a!x", f"x{MASK}x"),
        # A secret of four characters is hidden within words too.
        ("8480", "x8480x", f"x{MASK}x"),
    ],
)
def test_a_short_secret_is_removed_as_a_whole_word_only(secret: str, text: str, shown: str) -> None:
    assert Secrets([secret]).scrub(text) == shown


def test_a_short_secret_stays_in_the_address_of_a_server() -> None:
    secrets = Secrets(["8480", "acme", "localhost-key"])
    secrets.add_address("http://user:acme@localhost:8480/digital/8480")
    secrets.add_address("https://digital.acme.example.com")
    secrets.add_address("http://[")
    client = Secrets()
    client.absorb(secrets)
    follower = Secrets()
    follower.follow(client)
    for known in (secrets, client, follower):
        assert (
            known.scrub("http://localhost:8480/nexus/8480 acme@localhost:8480 localhost-key")
            == f"http://localhost:8480/nexus/{MASK} {MASK}@localhost:{MASK} {MASK}"
        )
        # Text that begins or ends like the address, but is not the address.
        assert known.scrub("https://digital.acme.example.com.evil") == f"https://digital.{MASK}.example.com.evil"
        assert known.scrub("https://digital.acme.example.com/acme") == f"https://digital.acme.example.com/{MASK}"


def test_a_long_secret_is_removed_from_an_address_too() -> None:
    secrets = Secrets(["canary-canary", "8480/canary"])
    secrets.add_address("https://canary-canary.example.com")
    secrets.add_address("http://localhost:8480")
    assert "canary" not in str(secrets.scrub("https://canary-canary.example.com http://localhost:8480/canary"))


def test_a_secret_in_a_key_is_removed_except_in_the_results_own_keys() -> None:
    secrets = Secrets(["changed", "Canary 1"])
    assert secrets.scrub({"changed": True, "a Canary 1": 1}) == {"changed": True, f"a {MASK}": 1}


def test_user_and_password_are_removed_as_a_basic_header() -> None:
    secrets = Secrets()
    secrets.add_basic("client", "canary-1")
    header = base64.b64encode(b"client:canary-1").decode()
    assert header not in str(secrets.scrub([f"Authorization: Basic {header}"]))
    assert "canary-1" not in secrets.scrub("was canary-1")
    assert secrets.scrub("client") == "client"


def test_secrets_that_a_followed_collection_gets_later_are_removed() -> None:
    client, run = Secrets(), Secrets()
    run.follow(client)
    assert run.scrub("token-1") == "token-1"
    client.add("token-1")
    assert "token-1" not in run.scrub("token-1")
    assert client.scrub("own") == "own"


def test_empty_values_are_not_secrets() -> None:
    secrets = Secrets(["", "canary"])
    secrets.add("")
    assert "" not in secrets.known()
    assert secrets.scrub("harmless") == "harmless"


def test_values_without_secrets_stay_unchanged() -> None:
    value = {"changed": True, "none": None, "count": 3, "list": ["a", {"b": 1.5}]}
    assert Secrets(["canary"]).scrub(value) == value


@given(DOCUMENTS)
def test_a_hidden_document_keeps_only_its_structure(document: Any) -> None:
    hidden = hide(document)
    assert _shape(hidden) == _shape(document)
    assert set(leaves(hidden)) <= {HIDDEN}


@given(DOCUMENTS)
def test_scrubbing_removes_all_secret_strings_of_a_document(document: Any) -> None:
    # The mask itself consists of asterisks.
    texts = [text for text in leaves(_texts(document)) if text.strip("*")]
    scrubbed = leaves(_texts(Secrets(texts).scrub(document)))
    assert not [text for text in texts for left in scrubbed if text in left]


def test_leaves_are_strings_and_numbers_at_any_depth() -> None:
    document = {"a": "one", "b": [2, {"c": "three", "d": None}], "e": ("four", True, 5.5)}
    assert leaves(document) == ["one", "2", "three", "four", "5.5"]


@given(DOCUMENTS, st.text())
def test_values_that_are_not_strings_are_not_scrubbed(document: Any, secret: str) -> None:
    scrubbed = Secrets([secret, "True", "None"]).scrub(_texts(document, keep=False))
    # Except a number that is a secret.
    assert [leaf for leaf in leaves(_texts(document, keep=False)) if leaf != secret.strip()] == [
        leaf for leaf in leaves(scrubbed) if leaf != MASK
    ]


def _texts(value: Any, *, keep: bool = True) -> Any:
    """Return a document with only its strings, or without strings."""
    if isinstance(value, dict):
        return {key: _texts(item, keep=keep) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item, keep=keep) for item in value]
    return value if isinstance(value, str) is keep else None


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else None


def test_scrubbing_keeps_lists_and_tuples() -> None:
    assert Secrets(["canary-password"]).scrub({"list": ["canary-password", 1], "tuple": ("canary-password", (2,))}) == {
        "list": [MASK, 1],
        "tuple": (MASK, (2,)),
    }


@pytest.mark.parametrize(
    ("secret", "shown", "is_secret"),
    [
        # From 8 characters on, hexadecimal digits may have either case.
        ("cafe0123", "CAFE0123", True),
        ("cafe012", "CAFE012", False),
        # From 16 characters on, a secret may be base64.
        ("abcdefgh+jklmno/", "abcdefgh-jklmno_", True),
        ("abcdefgh+jklmn/", "abcdefgh-jklmn_", False),
        # From 4 digits on, a number may lose its zeros.
        ("01234", "1234", True),
        ("0123", "123", False),
        # From 4 characters on, a secret may be part of a word.
        ("abcd", "xabcdx", True),
        ("abc", "xabcx", False),
        # An escape of two digits reaches up to U+00FF, one of four up to U+FFFF.
        ("canary\xff", r"canary\xff", True),
        ("canary\u0100", r"canary\x100", False),
        ("canary\u0100", r"canary\u0100", True),
        ("canary\uffff", r"canary\uffff", True),
        ("canary\U00010000", r"canary\ud800\udc00", True),
        ("canary\U0001f511", r"canary\ud83d\udd11", True),
        ("canary\U0001f511", r"canary\U0001f511", True),
    ],
)
def test_limits_of_the_spellings(secret: str, shown: str, is_secret: bool) -> None:
    scrubbed = Secrets([secret]).scrub(f"got {shown}!")
    assert (MASK in scrubbed) is is_secret
    assert (shown in scrubbed) is not is_secret


def test_up_to_fifteen_backslashes_are_an_escape() -> None:
    secret = 'say "canary"'
    for count, is_secret in ((1, True), (15, True), (16, False)):
        shown = secret.replace('"', "\\" * count + '"')
        assert (MASK in Secrets([secret]).scrub(shown)) is is_secret


def test_a_secret_of_seven_characters_may_be_in_an_address_by_chance() -> None:
    for secret, is_secret in (("example", False), ("examples", True)):
        secrets = Secrets([secret])
        secrets.add_address(f"https://{secret}.org")
        assert (MASK in secrets.scrub(f"https://{secret}.org/")) is is_secret


def test_a_uuid_may_have_dashes_only_between_its_parts() -> None:
    scrub = Secrets([KEY]).scrub
    digits = KEY.replace("-", "")
    for place in range(1, 32):
        shown = f"{digits[:place]}-{digits[place:]}"
        assert (MASK in scrub(shown)) is (place in (8, 12, 16, 20))


def test_leaves_leaves_out_a_given_key() -> None:
    document = {"channelId": "1", "apiKey": "2", "more": [{"channelId": "3", "webhook": True}]}
    assert leaves(document, "channelId") == ["2"]


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        (HIDDEN, HIDDEN),
        (f" {HIDDEN}\n", HIDDEN),
        (f"was {HIDDEN}", None),
        (f"a{MASK}b", MASK),
        (f"a{CENSORED}", CENSORED),
        ("a\ufffdb", "\ufffd"),
        ("*******", None),
        ("", None),
    ],
)
def test_masks_are_found(text: str, mask: str | None) -> None:
    assert mask_in(text) == mask


@pytest.mark.parametrize(
    ("text", "is_hidden"),
    [
        (f"https://x/?{MASK}", True),
        (f"https://x/?{MASK} and https://y/?{MASK}", True),
        (f"https://x/{MASK}?{MASK}", False),
        (f"https://x/{MASK}", False),
        ("https://x/?a", False),
    ],
)
def test_a_hidden_query_is_the_only_mask(text: str, is_hidden: bool) -> None:
    assert is_hidden_query(text) is is_hidden


SEEN = "https://x/?token=canary"
SHOWN = f"https://x/?{MASK}"


def test_hidden_queries_are_taken_from_the_server() -> None:
    asked = {"url": f" {SHOWN}", "list": [SHOWN, "a", 1, None], "other": {"url": "https://z"}}
    seen = {"url": SEEN, "list": [SEEN], "other": None}
    assert whole("data", asked, seen) == {"url": SEEN, "list": [SEEN, "a", 1, None], "other": {"url": "https://z"}}


@pytest.mark.parametrize(
    ("asked", "seen", "parameter"),
    [
        (SHOWN, "https://y/?token=canary", "data"),
        (SHOWN, None, "data"),
        ({"a": SHOWN}, SEEN, "data.a"),
        ({"a": SHOWN}, {"b": SEEN}, "data.a"),
        ([SHOWN], SEEN, "data[0]"),
        (["a", SHOWN], [SEEN], "data[1]"),
        ([SHOWN, SHOWN], [SEEN, 1], "data[1]"),
    ],
)
def test_a_hidden_query_of_another_url_is_refused(asked: Any, seen: Any, parameter: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        whole("data", asked, seen)
    assert caught.value.parameter == parameter


@pytest.mark.parametrize(
    ("value", "place", "found"),
    [
        ("harmless", "data", None),
        (1, "data", None),
        (f"a{MASK}", "data", ("data", MASK)),
        ({"a": "b", f"c{MASK}": "d"}, "data", ("data", MASK)),
        ({"a": "b", "c": {"d": HIDDEN}}, "data", ("data.c.d", HIDDEN)),
        (["a", ("b", CENSORED)], "data", ("data[1][1]", CENSORED)),
        # Only in these places the query is taken from the server.
        (SHOWN, "url", None),
        ({"a": SHOWN}, "data", None),
        (SHOWN, "channels[0].webhook_url", None),
        (SHOWN, "mo_url", ("mo_url", MASK)),
        (f"{MASK}{SHOWN}", "url", ("url", MASK)),
        (MASK, "url", ("url", MASK)),
    ],
)
def test_the_place_of_a_mask_is_named(value: Any, place: str, found: tuple[str, str] | None) -> None:
    assert masked_place(value, place) == found


def test_a_blank_value_does_not_hide_the_next_one() -> None:
    assert Secrets(["", " ", "canary"]).known() == {"canary"}


def test_the_longest_secret_and_the_longest_address_come_first() -> None:
    assert Secrets(["canary", "canary-long"]).scrub("canary-long canary") == f"{MASK} {MASK}"
    secrets = Secrets(["80"])
    secrets.add_address("https://a.example")
    secrets.add_address("https://a.example:80")
    assert secrets.scrub("a.example:80 80") == f"a.example:80 {MASK}"


def test_a_short_secret_that_goes_on_behind_an_address_is_removed() -> None:
    secrets = Secrets(["org/abc"])
    secrets.add_address("https://x.org")
    assert "abc" not in secrets.scrub("https://x.org/abc")


def test_a_basic_header_that_is_none_has_no_password() -> None:
    pair = base64.b64encode(b"someone:canary").decode()
    assert "canary" not in Secrets([f"Basic {pair[:4]}!{pair[4:]}"]).known()
    broken = base64.b64encode(b"\xff\xfe\xfd").decode()
    assert Secrets([f"Basic {broken}"]).known() == {f"Basic {broken}", broken}


@pytest.mark.parametrize(
    ("check", "text", "expected"),
    [
        (_secrets._loses_zeros, "01234", True),
        (_secrets._loses_zeros, "0123", False),
        (_secrets._loses_zeros, "12345", False),
        (_secrets._loses_zeros, "0abcd", False),
        (_secrets._loses_zeros, "0\u0661\u0662\u0663\u0664", False),
        (_secrets._is_hex, "cafe0123", True),
        (_secrets._is_hex, "CAFE0123", True),
        (_secrets._is_hex, "Cafe0123", False),
        (_secrets._is_hex, "ca-fe:0123", True),
        (_secrets._is_hex, "cafe-012", False),
        (_secrets._is_hex, "cafe012g", False),
        (_secrets._is_base64, "abcdefgh+jklmno/", True),
        (_secrets._is_base64, "abcdefgh+jklmn/", False),
        (_secrets._is_base64, "abcdefgh_jklm-==", True),
        (_secrets._is_base64, "abcdefgh_jklm===", False),
        (_secrets._is_base64, "abcdefgh jklmnop", False),
        (_secrets._words, "Acacacac-0000-4000-8000-0000000001BC", ("0000000001bc",)),
        (_secrets._words, "000123456", ("123456",)),
        (_secrets._words, "ab-CANARY-Cd", ("canary", "canary", "cd")),
        (_secrets._words, "canary%41b#1&2\\3 4", ("canary", "4")),
        (_secrets._words, "/", ("",)),
        (_secrets._plain, "A%3Db&#43;%62%5c", "a%3db&#43;b%5c"),
    ],
)
def test_forms_of_secrets(check: Callable[[str], object], text: str, expected: object) -> None:
    assert check(text) == expected


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("ab!", "xab! ab!x", f"xab! {MASK}x"),
        ("!ab", "x!ab !abx", f"x{MASK} !abx"),
        ("a!!", "xa!! a!!x", f"xa!! {MASK}x"),
    ],
)
def test_a_short_secret_is_a_word_at_each_end_that_is_a_letter(secret: str, text: str, shown: str) -> None:
    assert Secrets([secret]).scrub(text) == shown


def test_only_numbers_are_compared_beside_strings() -> None:
    assert Secrets(["None"]).scrub(["None", None]) == [MASK, None]


def test_a_part_of_a_secret_may_look_like_an_escape_together_with_other_text() -> None:
    """In all of these, the search for escapes changes a part of the secret."""
    for secret in ("canary%41b", "canary%4", "41-canary", "canary\\x41b", "canary&#65;b"):
        for text in (secret, f"%{secret}1"):
            assert secret not in Secrets([secret]).scrub(text)


def test_backslashes_before_an_escaped_secret_stay() -> None:
    assert Secrets(["canary"]).scrub(r"\\\u0063anary") == rf"\\{MASK}"
    assert Secrets(["canary"]).scrub(r"c\\\u0061nary") == MASK
