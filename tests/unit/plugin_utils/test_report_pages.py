# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of a report: `plugin_utils/report_pages.py`. tests/integration/test_report_page.py uses a browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.report import Collected
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils import report_pages
from unit.reports import LIVE, Json, made

UNCHANGED: Json = {"changed": False, "steps": []}
HOSTILE = "<b>|`x`[y](http://z) {{ 7*7 }} {% raw %} @all #1 $a$"
CHANGED: Json = {"changed": True, "steps": [HOSTILE], "diff": {"before": {"a": HOSTILE}, "after": {}}}


def tenant(option: str | None = "kaleyra", **fields: Any) -> Json:
    fields = {"results": {"kaleyra_services": UNCHANGED}, "live": LIVE, **fields}
    return dict(made(Collected("acme", option, **fields))["tenants"][0])


def test_no_text_is_a_template_for_ansible() -> None:
    report = made(Collected(HOSTILE, "kaleyra", results={"kaleyra_services": CHANGED}, live=LIVE))
    for text in (report_pages.html(report), report_pages.markdown(report)):
        assert re.search(r"\{[{%#]", text) is None


def test_the_page_escapes_texts() -> None:
    page = report_pages.html(made(Collected(HOSTILE, "kaleyra", results={"kaleyra_services": CHANGED})))
    assert "<b>|" not in page
    assert "&lt;b&gt;|" in page


def test_the_page_needs_no_other_file() -> None:
    page = report_pages.html(made(Collected("acme", "kaleyra", results={"kaleyra_services": CHANGED}, live=LIVE)))
    assert re.findall(r"""(?:src|href)=["'](?!#)|url\(|@import|<link""", page) == []


def test_a_text_for_a_merge_request_escapes_what_markdown_gives_a_meaning() -> None:
    report = made(Collected("acme", "kaleyra", results={"kaleyra_services": CHANGED}))
    [row] = [line for line in report_pages.markdown(report).splitlines() if line.startswith("| a |")]
    assert row == r"| a | \<b\>\|\`x\`\[y\]\(http\://z\) \{\{ 7\*7 \}\} \{\% raw \%\} \@all \#1 \$a\$ | not set |"


def test_a_text_for_a_merge_request_leaves_out_tenants_that_are_as_described() -> None:
    report = made(
        Collected("acme", "kaleyra", results={"kaleyra_services": UNCHANGED}),
        Collected("beta", "kaleyra", problems=["ccid: it is empty."]),
    )
    text = report_pages.markdown(report)
    assert "## acme" not in text
    assert "## beta: problem in the inventory" in text
    assert r"- ccid\: it is empty\." in text


def test_a_text_for_a_merge_request_tells_the_limit_and_purchases() -> None:
    report = made(Collected("acme", "kaleyra", results={"kaleyra_services": UNCHANGED}))
    assert report_pages.markdown(report).split("\n") == ["# SMS of 1 tenant", "", "- 1 as described", "", ""]
    report["limit"] = "acme:globex"
    report["accounts"] = [{"would_buy": 2}, {"would_buy": 1}]
    assert [line for line in report_pages.markdown(report).splitlines()[1:] if line] == [
        r"The report is limited to acme\:globex.",
        "- 1 as described",
        "- Toll-free numbers that would be bought: 3",
    ]


def test_counts_of_a_tenant_that_was_not_read_are_unknown() -> None:
    assert report_pages.counts_of(tenant(live=None)) == [None] * 5


@pytest.mark.parametrize(
    ("unreadable", "expected"),
    [
        ({}, [1, 1, 0, 0, 0]),
        ({"services": "no"}, [None, 1, None, 0, 0]),
        ({"configuration": "no"}, [1, None, 0, None, 0]),
        ({"tollfree_numbers": "no"}, [1, 1, 0, 0, None]),
    ],
)
def test_counts_of_what_was_not_read_are_unknown(unreadable: dict[str, str], expected: list[int | None]) -> None:
    assert report_pages.counts_of(tenant("genesys_cloud", live={**LIVE, "unreadable": unreadable})) == expected


def test_a_tenant_of_another_option_has_no_numbers_to_read() -> None:
    one = tenant("kaleyra", live={**LIVE, "unreadable": {"tollfree_numbers": "They were not read."}})
    assert report_pages.counts_of(one)[-1] == 0
    assert dict(report_pages.live_facts(one))["Not read"] == []


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ({"kaleyra_services": UNCHANGED}, "0"),
        ({"kaleyra_services": {**CHANGED, "steps": ["a", "b"]}}, "2"),
        ({"kaleyra_services": {**CHANGED, "steps": []}}, "1"),
        ({"kaleyra_services": CHANGED, "sender_ids_result": {"failed": True, "msg": "no"}}, "1 or more"),
        ({"kaleyra_services": {"failed": True, "msg": "no"}}, "?"),
        ({}, "?"),
    ],
)
def test_the_number_of_changes_is_unknown_without_a_whole_plan(results: Json, expected: str) -> None:
    assert report_pages.changes_of(tenant(results=results)) == expected


def test_the_search_finds_the_ccid_and_all_numbers() -> None:
    variables = {
        "sender_ids": [{"name": "chat.SMS", "channel_id": "1650"}],
        "custom_gateway_channels": [{"channel_id": "1660"}],
        "tollfree_numbers": [{"number": "1844", "slot": "main"}],
    }
    words = report_pages.search_text(tenant(live={**LIVE, "variables": variables})).split()
    assert words == [LIVE["ccid"], "chat.SMS", "1650", "1660", "1844", "main"]


def test_what_a_tenant_has_names_leftovers_and_unknown_objects() -> None:
    facts = dict(report_pages.live_facts(tenant()))
    assert facts["Services"] == ["SMS: N/A"]
    assert facts["Sender IDs"] == ["chat.SMS: channel_id 16504661149, endpoint chat.Main"]
    assert facts["Leftovers of another option"] == ["services: Async"]
    assert facts["Not known, never changed"] == ["sections: chat.Old"]


def test_what_is_not_possible_is_named_once() -> None:
    reasons = [("chat.A", "chat.A.endpoint: it is empty."), ("chat.B", "it has no number")]
    live = {**LIVE, "not_expressed": [{"name": name, "reason": reason} for name, reason in reasons]}
    told = dict(report_pages.live_facts(tenant(live=live)))["Not possible in an inventory"]
    assert told == ["chat.A.endpoint: it is empty.", "chat.B: it has no number"]
