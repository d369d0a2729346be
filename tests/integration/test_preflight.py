# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook provision finds problems of an inventory before it calls a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from integration.provisioning import PROVISION, Result, Site, assert_phrases, first_writes
from sandbox.control import Sandbox

# The variable is removed from the inventory. None is null, which counts as not set.
NOT_SET = object()


def findings(result: Result) -> list[str]:
    """Return the findings, each with the name of its tenant in front."""
    return [f"{host}: {line}" for host, lines in result.failures.items() for line in lines.splitlines()]


# By the name of a tenant: a variable, its value, and phrases of the finding.
VARIABLES: dict[str, tuple[str, Any, list[str]]] = {
    **{
        f"without-{name}": (name, NOT_SET, [f"{name}: it is not set", "Set it in the inventory"])
        for name in (
            "nexus_url",
            "nexus_api_key",
            "gws_url",
            "gws_client_id",
            "gws_client_secret",
            "kaleyra_url",
            "kaleyra_username",
            "kaleyra_password",
        )
    },
    "null-nexus_api_key": ("nexus_api_key", None, ["nexus_api_key: it is not set"]),
    **{
        f"empty-{name}": (name, value, [f"{name}: it is empty", "Give a value"])
        for name, value in (
            ("nexus_api_key", ""),
            ("gws_client_id", ""),
            ("gws_client_secret", ""),
            ("gws_username", ""),
            ("gws_password", "  "),
            ("kaleyra_username", ""),
            ("kaleyra_password", " "),
        )
    },
    **{
        f"bare-{name}": (
            name,
            "sms.example.com/base",
            [f"{name}: must be an absolute http or https URL", "https://"],
        )
        for name in ("nexus_url", "gws_url", "gws_auth_url", "kaleyra_url")
    },
    "no-host": ("nexus_url", "https://", ["nexus_url: must be an absolute http or https URL"]),
    "with-login": (
        "gws_url",
        "https://me:hunter2@gws.example.com",
        ["gws_url: ", "must not contain a user name or a password"],
    ),
}


def test_each_invalid_variable_is_a_finding(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """There is one tenant for each kind of invalid variable. One run finds all."""
    site = Site(sandbox, tmp_path, *VARIABLES, "several")
    for tenant, (name, value, _phrases) in VARIABLES.items():
        site.hosts[tenant][name] = value
        if value is NOT_SET:
            del site.hosts[tenant][name]
    site.hosts["several"].update(gws_url="gws", kaleyra_password="")
    result = site.play(PROVISION)
    assert not sandbox.requests()
    sentences = findings(result)
    for tenant, (_name, _value, phrases) in VARIABLES.items():
        with subtests.test(tenant):
            (sentence,) = [sentence for sentence in sentences if sentence.startswith(f"{tenant}: ")]
            assert_phrases(sentence, *phrases)
    with subtests.test("two findings of a tenant"):
        named = {sentence.split(": ")[1] for sentence in sentences if sentence.startswith("several: ")}
        assert named == {"gws_url", "kaleyra_password"}
    with subtests.test("no secret is told"):
        assert "hunter2" not in result.output


def test_a_tenant_with_a_finding_does_not_stop_another(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    site.hosts["alpha"]["kaleyra_url"] = "kaleyra.example.com"
    result = site.play(PROVISION)
    assert_phrases(*findings(result), "alpha: kaleyra_url: ")
    assert result.count("changed") == {"alpha": 0, "beta": 2}
    assert result.count("failed") == {"alpha": 1, "beta": 0}
    assert site.writes() == first_writes("beta")
    assert site.play(PROVISION, "--limit", "beta").changed == {"beta": 0}


def test_a_tenant_without_ccid_is_a_finding(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    del site.hosts["alpha"]["ccid"]
    assert_phrases(*findings(site.play(PROVISION)), "alpha: ccid: it is not set")
    assert not sandbox.requests()


def test_conflicts_stop_the_tenants_concerned(sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """One run finds all conflicts of the inventory, and names the inventory's variables."""
    site = Site(sandbox, tmp_path, "good", "no-uuid", "first", "second", "third")
    site.hosts["no-uuid"]["ccid"] = "45acae06-6b7c"
    # Upper and lower case make no difference.
    site.hosts["second"]["ccid"] = site.hosts["first"]["ccid"].upper()
    site.hosts["first"]["sender_ids"] = [
        {"name": "A", "channel_id": "16505550100", "endpoint": "A"},
        {"name": "chat.A", "channel_id": "16505550101", "endpoint": "A"},
        {"name": "B", "channel_id": "16505550100", "endpoint": "B"},
        {"name": "C", "channel_id": "16505550103"},
        {"name": "D", "endpoint": "D"},
        {"channel_id": "16505550105", "endpoint": "E"},
        {"name": "SMS Main", "channel_id": "16505550106", "endpoint": "F"},
        {"name": "G", "channel_id": "+16505550107", "endpoint": "G"},
        {"name": "H", "channel_id": "12", "endpoint": "H"},
        {"name": "I", "channel_id": "1650555010800000", "endpoint": "I"},
        {"name": "J", "channel_id": "16505550109", "endpoint": ""},
        {"name": "K", "state": "absent"},
    ]
    site.hosts["third"]["sender_ids"] = [{"name": "A", "channel_id": "16505550103", "endpoint": "A"}]
    expected = {
        "ccid bad": ("no-uuid: ccid: must be a UUID", "contact center ID"),
        "ccid twice": ("second: ccid: it is also the ccid of first",),
        "ccid twice, the other": ("first: ccid: it is also the ccid of second",),
        "section twice": ("first: sender_ids[1].name: the section chat.A is also in sender_ids[0]",),
        "number twice": ("first: sender_ids[2].channel_id: the number 16505550100 is also in sender_ids[0]",),
        "endpoint missing": ("first: sender_ids[3].endpoint: it is missing",),
        "number missing": ("first: sender_ids[4].channel_id: it is missing",),
        "name missing": ("first: sender_ids[5].name: it is missing",),
        "number not digits": (
            "first: sender_ids[7].channel_id: '+16505550107' does not consist of digits only",
            "10 or 11",
        ),
        "number too short": ("first: sender_ids[8].channel_id: '12' has 2 digits",),
        "number too long": ("first: sender_ids[9].channel_id: '1650555010800000' has 16 digits",),
        "endpoint empty": ("first: sender_ids[10].endpoint: it is empty, or has whitespace at its start or end",),
        "number in two tenants": ("third: sender_ids[0].channel_id: the number 16505550103 also belongs to first",),
        "the other": ("first: sender_ids[3].channel_id: the number 16505550103 also belongs to third",),
    }
    result = site.play(PROVISION)
    assert site.writes() == first_writes("good")
    sentences = findings(result)
    for finding, phrases in expected.items():
        with subtests.test(finding):
            assert [line for line in sentences if all(phrase in line for phrase in phrases)], sentences
    assert len(sentences) == len(expected)


@pytest.mark.parametrize(
    ("sender_ids", "phrases"),
    [
        ("16505550100", ["sender_ids: must be a list"]),
        (["16505550100"], ["sender_ids[0]: must be a dictionary", "name, channel_id and endpoint"]),
        # YAML reads it as a number without quotes, and a leading zero may be lost.
        (
            [{"name": "A", "channel_id": 1650, "endpoint": "A"}, {"name": "B", "channel_id": "1650", "endpoint": "B"}],
            ["sender_ids[0].channel_id: must be a string, not a number"],
        ),
    ],
)
def test_sender_ids_with_wrong_types_are_findings(
    sandbox: Sandbox, tmp_path: Path, sender_ids: object, phrases: list[str]
) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    site.hosts["alpha"]["sender_ids"] = sender_ids
    assert_phrases(site.play(PROVISION).failures["alpha"], *phrases)
    assert not sandbox.requests()


def test_limit_does_not_hide_a_conflict(sandbox: Sandbox, tmp_path: Path) -> None:
    """A tenant outside of the limit has the same number."""
    site = Site(sandbox, tmp_path, "alpha", "beta")
    site.hosts["beta"]["sender_ids"][0]["channel_id"] = site.hosts["alpha"]["sender_ids"][0]["channel_id"]
    for limit in site.hosts:
        failure = site.play(PROVISION, "--limit", limit).failures[limit]
        (other,) = {*site.hosts} - {limit}
        assert_phrases(failure, f"sender_ids[0].channel_id: the number 16500000000 also belongs to {other}")
    assert not sandbox.requests()


def test_a_variable_that_refers_to_an_undefined_one_is_a_finding(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    site.hosts["alpha"]["kaleyra_password"] = "{{ vault_kaleyra_password }}"
    assert_phrases(site.play(PROVISION).failures["alpha"], "kaleyra_password")
    assert not sandbox.requests()


def test_hosts_that_are_not_tenants_are_ignored(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    site.others = {"bastion": {"ansible_host": "bastion.example.com"}}
    assert site.play(PROVISION, "--tags", "validate").changed == {"alpha": 0}


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("genesys_cloud_max_purchases", -1, "genesys_cloud_max_purchases"),
        ("genesys_cloud_max_purchases", 10**9, "genesys_cloud_max_purchases"),
        ("genesys_cloud_order_timeout", -1, "genesys_cloud_order_timeout"),
        ("ready_timeout", 10**6, "ready_timeout"),
        ("http_options", {"retries": -1}, "http_options.retries"),
        ("http_options", {"timeout": 0}, "http_options.timeout"),
        ("tollfree_numbers", [{"slot": "main", "number": "0018445550000"}], "tollfree_numbers[0].number"),
    ],
)
def test_a_number_out_of_its_range_is_a_finding(
    sandbox: Sandbox, tmp_path: Path, variable: str, value: object, named: str
) -> None:
    site = Site(sandbox, tmp_path, "alpha", clouds=["alpha"])
    site.hosts["alpha"][variable] = value
    assert site.play(PROVISION).failures["alpha"].startswith(f"{named}: ")
    assert not sandbox.requests()
