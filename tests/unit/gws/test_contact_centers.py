# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contact centers of a login: `_gws/contact_centers.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._gws.contact_centers import (
    login_oddities,
    parse_contact_centers,
)
from unit.arguments import wrong

ONE = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
TWO = "aaaaaaaa-0000-4000-8000-000000000001"


def test_contact_centers_are_read_with_their_domains() -> None:
    body = {
        "status": {"code": 0},
        "data": [
            {"id": f" {ONE.upper()} ", "domains": ["acme", "acme.example.com", 5]},
            {"id": TWO, "domains": "x"},
            {"id": TWO.replace("1", "2")},
        ],
    }
    assert parse_contact_centers(body) == {
        ONE: ("acme", "acme.example.com"),
        TWO: (),
        TWO.replace("1", "2"): (),
    }
    assert parse_contact_centers({"data": []}) == {}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"status": {}},
        {"data": {}},
        {"data": [5]},
        {"data": [{}]},
        {"data": [{"id": 5}]},
        {"data": [{"id": "acme"}]},
        {"data": [{"id": ONE}], "nextPage": 2},
        {"data": [{"id": ONE}, {"id": "acme"}]},
    ],
)
def test_contact_centers_in_an_unknown_format_are_none(body: Any) -> None:
    assert parse_contact_centers(body) is None


def test_a_login_without_contact_centers_gives_no_warning() -> None:
    assert login_oddities({}, ONE, "gws_username", "acme") == ()


def test_a_login_of_another_tenant_is_refused() -> None:
    assert wrong(login_oddities, {TWO: ("globex",)}, ONE, "gws_username", None) == "gws_username"
    many: dict[str, tuple[str, ...]] = {TWO.replace("1", str(number)): ("d",) for number in range(2, 7)}
    with pytest.raises(Exception, match="and 2 more") as caught:
        login_oddities(many, ONE, "gws_client_id", None)
    text = str(caught.value)
    assert [center in text for center in many] == [True] * 3 + [False] * 2
    assert ONE in text
    with pytest.raises(Exception, match=f"{TWO} \\(globex\\)"):
        login_oddities({TWO: ("globex",)}, ONE, "gws_client_id", None)
    with pytest.raises(Exception, match=f"{TWO}") as caught:
        login_oddities({TWO: ()}, ONE, "gws_client_id", None)
    assert "(" not in str(caught.value)
    assert "more" not in str(caught.value)


@pytest.mark.parametrize(
    ("domain", "own", "other", "is_odd"),
    [
        ("globex", ("acme",), ("globex",), True),
        ("GLOBEX", ("acme",), ("Globex",), True),
        ("globex", ("acme", "GLOBEX"), ("globex",), False),
        ("globex", (), ("globex",), False),
        ("globex", ("acme",), ("initech",), False),
        ("globex", ("acme",), (), False),
        (None, ("acme",), ("globex",), False),
        ("", ("acme",), ("",), False),
    ],
)
def test_a_user_of_another_tenants_domain_is_a_warning(
    domain: str | None, own: tuple[str, ...], other: tuple[str, ...], is_odd: bool
) -> None:
    found = login_oddities({ONE: own, TWO: other}, ONE, "gws_username", domain)
    assert [[text in sentence for text in ("gws_username", str(domain), ONE, TWO)] for sentence in found] == (
        [[True] * 4] if is_odd else []
    )


def test_the_first_other_contact_center_with_the_domain_is_named() -> None:
    seen: dict[str, tuple[str, ...]] = {"own": ("b",), "one": ("a",), "two": ("A",)}
    (sentence,) = login_oddities(seen, "own", "gws_username", "a")
    assert "This is a domain of the contact center one, and not of the ccid own." in sentence


@pytest.mark.parametrize(("count", "more"), [(3, None), (4, " and 1 more")])
def test_three_contact_centers_of_another_tenant_are_named(count: int, more: str | None) -> None:
    with pytest.raises(InvalidInput) as caught:
        login_oddities({f"c{number}": () for number in range(count)}, "own", "gws_username", None)
    assert f"c0, c1, c2{more or ''}, but not the ccid own" in str(caught.value)


@pytest.mark.parametrize(("length", "is_whole"), [(60, True), (61, False)])
def test_at_most_60_characters_of_domains_are_shown(length: int, is_whole: bool) -> None:
    with pytest.raises(InvalidInput) as caught:
        login_oddities({"c": ("d" * length,)}, "own", "gws_username", None)
    assert ("d" * length in str(caught.value)) is is_whole
