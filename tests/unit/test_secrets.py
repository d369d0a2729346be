# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets are found again in whatever form they take, and nothing else is lost."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._secrets import HIDDEN, Secrets, hide, leaves
from hypothesis import given
from hypothesis import strategies as st

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
def test_a_secret_is_removed_in_every_form(form: str) -> None:
    scrubbed = Secrets([AWKWARD]).scrub({"list": [form], "text": f"it is {form}"})
    assert not any(part in json.dumps(scrubbed) for part in (AWKWARD, quote(AWKWARD, safe=""), quote_plus(AWKWARD)))


def test_a_pair_is_removed_as_the_header_carries_it() -> None:
    secrets = Secrets()
    secrets.add_basic("client", "canary-1")
    header = base64.b64encode(b"client:canary-1").decode()
    assert header not in str(secrets.scrub([f"Authorization: Basic {header}"]))
    assert "canary-1" not in secrets.scrub("was canary-1")
    assert secrets.scrub("client") == "client"


def test_what_another_collection_comes_to_know_later_is_removed_too() -> None:
    client, run = Secrets(), Secrets()
    run.follow(client)
    assert run.scrub("token-1") == "token-1"
    client.add("token-1")
    assert "token-1" not in run.scrub("token-1")
    assert client.scrub("own") == "own"


def test_empty_values_are_no_secrets() -> None:
    secrets = Secrets(["", "canary"])
    secrets.add("")
    assert "" not in secrets.known()
    assert secrets.scrub("harmless") == "harmless"


def test_what_holds_no_secret_stays_as_it_is() -> None:
    value = {"changed": True, "none": None, "count": 3, "list": ["a", {"b": 1.5}]}
    assert Secrets(["canary"]).scrub(value) == value


@given(DOCUMENTS)
def test_a_hidden_document_keeps_its_shape_and_no_value(document: Any) -> None:
    hidden = hide(document)
    assert _shape(hidden) == _shape(document)
    assert set(leaves(hidden)) <= {HIDDEN}


@given(DOCUMENTS)
def test_no_text_of_a_document_survives_its_scrubbing(document: Any) -> None:
    # What hides them is itself made of asterisks.
    texts = [text for text in leaves(_texts(document)) if text.strip("*")]
    scrubbed = leaves(_texts(Secrets(texts).scrub(document)))
    assert not [text for text in texts for left in scrubbed if text in left]


def test_leaves_are_texts_and_numbers_at_any_depth() -> None:
    document = {"a": "one", "b": [2, {"c": "three", "d": None}], "e": ("four", True, 5.5)}
    assert leaves(document) == ["one", "2", "three", "four", "5.5"]


@given(DOCUMENTS, st.text())
def test_what_is_no_text_survives_any_secret(document: Any, secret: str) -> None:
    texts_left_out = Secrets([secret, "True", "None", "1"]).scrub(_texts(document, keep=False))
    assert texts_left_out == _texts(document, keep=False)


def _texts(value: Any, *, keep: bool = True) -> Any:
    """Return a document with its texts only, or without any."""
    if isinstance(value, dict):
        return {key: _texts(item, keep=keep) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item, keep=keep) for item in value]
    return value if isinstance(value, str) is keep else None


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(item) for key, item in value.items()}
    return [_shape(item) for item in value] if isinstance(value, list) else None
