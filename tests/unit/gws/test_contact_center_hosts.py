# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Contact centers as hosts of an inventory: names, filters and warnings. The code is `_gws/contact_center_hosts.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._gws.contact_center_hosts import (
    NAME,
    OPTIONS,
    CenterHost,
    hosts_of,
    known_centers,
    run,
)
from unit.arguments import filled, wrong
from unit.doubles import Reply, Server, make_run

ACME, GLOBEX = "45acae06-6b7c-4f97-9c76-471c0b25ef71", "9d2f7c1e-3b84-4a60-8f15-6e0a7c52d943"
CENTERS = {ACME: ["t100", "acme"], GLOBEX: ["t200"]}
BOTH = {"status": {"code": 0}, "data": [{"id": ACME, "domains": ["t100"]}, {"id": GLOBEX, "domains": None}]}


def named(centers: dict[str, list[str]] | None = None, **options: Any) -> tuple[list[str], list[str]]:
    """Return the names of the hosts, and the warnings."""
    asked = {"hostname": "domain", "include": None, "exclude": None, **options}
    hosts, warnings = hosts_of(CENTERS if centers is None else centers, **asked)
    return [host.name for host in hosts], warnings


def test_a_host_is_named_by_its_first_domain_or_its_ccid() -> None:
    assert named() == (["t100", "t200"], [])
    assert named(hostname="ccid") == ([ACME, GLOBEX], [])


def test_a_host_has_its_ccid_and_domains() -> None:
    assert CenterHost("t100", ACME, ("t100", "acme")).variables == {
        "ccid": ACME,
        "contact_center_domains": ["t100", "acme"],
    }


@pytest.mark.parametrize(
    ("options", "hosts"),
    [
        ({"include": ["T1*"]}, ["t100"]),
        ({"include": ["acme"]}, ["t100"]),
        ({"include": [f"{GLOBEX[:8].upper()}*"]}, ["t200"]),
        ({"exclude": ["t?00"]}, []),
        ({"include": ["*"], "exclude": ["t200"]}, ["t100"]),
        ({"include": []}, []),
    ],
)
def test_contact_centers_are_filtered_by_patterns(options: dict[str, Any], hosts: list[str]) -> None:
    assert named(**options) == (hosts, [])


def test_a_pattern_that_fits_nothing_gives_a_warning() -> None:
    assert named(include=["t1*", "t3*"], exclude=["x"]) == (
        ["t100"],
        [
            "include: no contact center has a ccid or domain like t3*.",
            "exclude: no contact center has a ccid or domain like x.",
        ],
    )


@pytest.mark.parametrize(
    ("domain", "problem"),
    [
        ("a:b", "must have only letters, digits"),
        ("t[1:9]", "must have only letters, digits"),
        ("acme corp", "must have only letters, digits"),
        ("-limit", "must have only letters, digits"),
        ("!acme", "must have only letters, digits"),
        ("../acme", "must have only letters, digits"),
        ("t\x1b[2K", "must have only letters, digits"),
        ("t100\n", "must have only letters, digits"),
        ("", "must have only letters, digits"),
        ("{{ x }}", "must have only letters, digits"),
        ("LocalHost", "is the name of a group or of this machine"),
        ("all", "is the name of a group or of this machine"),
        ("kaleyra", "is the name of a group or of this machine"),
        ("servers", "is the name of a group or of this machine"),
    ],
)
def test_a_domain_that_is_no_name_is_told(domain: str, problem: str) -> None:
    hosts, (warning, *_others) = named({ACME: [domain]}, taken={"servers"})
    assert hosts == [ACME]
    assert "\x1b" not in warning
    if len(_others):
        warning = _others[0]
    assert problem in warning


def test_a_domain_that_may_be_a_template_is_no_variable() -> None:
    hosts, warnings = hosts_of(
        {ACME: ["t100", "{{ lookup('pipe', 'id') }}", "a\u202eb", "#jinja2: x"]},
        hostname="domain",
        include=None,
        exclude=None,
    )
    assert hosts == [CenterHost("t100", ACME, ("t100",))]
    (warning,) = warnings
    assert "left out of contact_center_domains" in warning


def test_one_domain_of_two_contact_centers_names_neither() -> None:
    hosts, warnings = named({ACME: ["T100"], GLOBEX: ["t100"]})
    assert hosts == [ACME, GLOBEX]
    assert [warning.rpartition(": ")[2] for warning in warnings] == [
        "another contact center has the domain T100 too.",
        "another contact center has the domain t100 too.",
    ]
    # A filter changes no name.
    assert named({ACME: ["T100"], GLOBEX: ["t100"]}, include=[ACME])[0] == [ACME]


def test_a_host_of_another_source_keeps_its_ccid() -> None:
    assert named({ACME: ["t100"]}, ccids={"t100": ACME.upper()}) == (["t100"], [])
    hosts, (warning,) = named({ACME: ["t100"]}, ccids={"t100": GLOBEX})
    assert hosts == [ACME]
    assert warning.endswith(f"another source of the inventory has a host t100 with the ccid {GLOBEX}.")


def test_a_contact_center_without_a_domain_is_named_by_its_ccid() -> None:
    assert named({ACME: []})[0] == [ACME]


@pytest.mark.parametrize(
    "cached", [None, [], {"x": []}, {ACME: "t100"}, {ACME: [1]}, {1: ["t100"]}, {"all": {"hosts": {}}}]
)
def test_an_unknown_form_of_the_cache_is_not_used(cached: Any) -> None:
    assert known_centers(cached) is None


def test_the_cache_is_used() -> None:
    assert known_centers(CENTERS) == CENTERS
    assert known_centers({}) == {}


# The request


def asked(server: Server, **options: Any) -> dict[str, Any]:
    run_ = make_run(filled(OPTIONS, **{"plugin": NAME, "gws_url": server.url, **options}))
    return dict(run(run_)["contact_centers"])


def test_a_client_logs_in(server: Server) -> None:
    server.replies(Reply({"access_token": "t"}), Reply(BOTH))
    found = asked(server, gws_client_id="client", gws_client_secret="secret", gws_api_key="key")
    assert found == {ACME: ["t100"], GLOBEX: []}
    assert server.calls == ["POST /auth/v3/oauth/token", "GET /environment/v3/contact-centers"]
    assert server.seen[1].headers["authorization"] == "Bearer t"
    assert server.seen[1].headers["x-api-key"] == "key"


def test_the_operations_user_needs_no_token(server: Server) -> None:
    server.replies(Reply(BOTH))
    assert set(asked(server, gws_username="ops", gws_password="secret", gws_api_key="key")) == {ACME, GLOBEX}
    assert server.calls == ["GET /environment/v3/contact-centers"]
    assert server.seen[0].headers["authorization"].startswith("Basic ")
    assert server.seen[0].headers["x-api-key"] == "key"


def test_there_may_be_no_contact_center(server: Server) -> None:
    server.replies(Reply({"status": {"code": 0}, "data": []}))
    assert asked(server, gws_username="ops", gws_password="secret") == {}


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"gws_url": None}, "gws_url"),
        ({}, "gws_username"),
        ({"gws_username": "ops"}, "gws_password"),
        ({"gws_client_id": "client"}, "gws_client_secret"),
        ({"gws_client_id": "client", "gws_client_secret": "s", "gws_username": "u"}, "gws_password"),
        ({"gws_username": "ops", "gws_password": "s", "gws_url": "gws"}, "gws_url"),
    ],
)
def test_missing_credentials_are_named(server: Server, options: dict[str, Any], parameter: str) -> None:
    assert wrong(asked, server, **options) == parameter
    assert server.seen == []
