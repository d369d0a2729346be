# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page of the report in a browser: search, filters, pages of tenants, accessibility, sizes of screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.report import Collected
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils import report_pages
from playwright.sync_api import Page, expect
from tools import node
from tools.browser import browser
from unit.reports import LIVE, made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTILE = '</script><img src=x onerror="document.title=1"> {{ 7*7 }} "quoted"'
UNCHANGED = {"changed": False, "steps": []}
CHANGED = {
    "changed": True,
    "steps": [f"change endpoint of the sender ID {HOSTILE}"],
    "diff": {"before": {"chat.SMS": {"endpoint": "chat.Old"}}, "after": {"chat.SMS": {"endpoint": HOSTILE}}},
}
DOWN = {"failed": True, "msg": "The server refused the connection.", "failure": {"kind": "unreachable"}}


def live(number: int) -> dict[str, Any]:
    sender = {"name": f"chat.SMS_{number}", "channel_id": f"1650{number:07}", "endpoint": "chat.Main"}
    return {**LIVE, "ccid": f"45acae06-6b7c-4f97-9c76-{number:012}", "variables": {"sender_ids": [sender]}}


TENANTS = [
    Collected("acme", "kaleyra", results={"sender_ids_result": CHANGED}, live=live(1)),
    Collected("beta", "custom_gateway", results={"sender_ids_result": UNCHANGED}, live=live(2)),
    Collected("down", "kaleyra", results={"kaleyra_services": DOWN}, live={"failed": True, "msg": "No answer."}),
    Collected("gamma", "genesys_cloud", results={"sender_ids_result": UNCHANGED}, live=live(3)),
    Collected(HOSTILE, "kaleyra", problems=[f"ccid: {HOSTILE}"]),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, in a file."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_pages.html(made(*TENANTS)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def pages() -> Iterator[Any]:
    """Return a function that opens a file in Debian's Chromium. Errors of the page and requests fail the test."""
    with browser() as running:

        def open_page(path: Path, **options: Any) -> Page:
            page = running.new_context(**options).new_page()
            page.on("pageerror", lambda error: pytest.fail(f"an error of the page: {error}"))
            page.on("request", lambda request: None if request.url.startswith("file:") else pytest.fail(request.url))
            page.goto(path.as_uri())
            return page

        yield open_page


def rows(page: Page) -> list[str]:
    return page.locator("#matrix tbody tr:visible th").all_inner_texts()


def test_all_tenants_are_listed_and_hostile_texts_stay_texts(pages: Any, report: Path) -> None:
    page = pages(report)
    assert rows(page) == sorted(tenant.tenant for tenant in TENANTS)
    assert page.title() == "SMS of 5 tenants"
    assert page.locator("img").count() == 0
    assert f"ccid: {HOSTILE}" in page.locator("#matrix").inner_text()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ACME", ["acme"]),
        ("16500000002", ["beta"]),
        ("9c76-000000000003", ["gamma"]),
        ("refused connection", ["down"]),
        ("zz", []),
    ],
)
def test_the_search_finds_names_numbers_ccids_and_problems(
    pages: Any, report: Path, words: str, expected: list[str]
) -> None:
    page = pages(report)
    page.get_by_label("Search").fill(words)
    assert rows(page) == expected
    expect(page.get_by_role("status")).to_have_text(f"{len(expected)} of 5 tenants")


def test_the_filters_combine(pages: Any, report: Path) -> None:
    page = pages(report)
    page.get_by_role("combobox", name="SMS option").select_option("kaleyra")
    assert rows(page) == sorted(["acme", "down", HOSTILE])
    page.get_by_role("combobox", name="State").select_option("unreachable")
    assert rows(page) == ["down"]
    page.get_by_role("combobox", name="State").select_option("not as described")
    assert rows(page) == sorted(["acme", "down", HOSTILE])


def test_a_tenant_has_a_page_with_before_and_after(pages: Any, report: Path) -> None:
    page = pages(report)
    page.get_by_role("link", name="acme").click()
    tenant = page.locator("article:visible")
    expect(tenant.get_by_role("heading", level=2)).to_have_text("acme")
    cells = tenant.locator(".diff tbody tr").locator("th, td").all_inner_texts()
    assert cells == ["chat.SMS.endpoint", "chat.Old", HOSTILE]
    assert not page.locator("#matrix").is_visible()
    page.get_by_role("link", name="All tenants").click()
    assert page.locator("#matrix").is_visible()
    assert page.locator("article:visible").count() == 0


def test_the_keyboard_reaches_the_search_and_opens_a_tenant(pages: Any, report: Path) -> None:
    page = pages(report)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the tenants")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Search")).to_be_focused()
    page.keyboard.type("beta")
    page.get_by_role("link", name="beta").press("Enter")
    expect(page.locator("article:visible")).to_be_focused()


def test_without_scripts_all_tenants_are_readable(pages: Any, report: Path) -> None:
    page = pages(report, java_script_enabled=False)
    assert len(rows(page)) == len(TENANTS)
    assert not page.get_by_label("Search").is_visible()
    page.get_by_role("link", name="down").click()
    expect(page.locator("article:visible")).to_contain_text("The server refused the connection.")


@pytest.mark.parametrize("width", [360, 768, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("target", ["", "#tenant-2"])
def test_the_page_is_accessible_and_fits_the_screen(
    pages: Any, report: Path, width: int, scheme: str, target: str
) -> None:
    page = pages(report, viewport={"width": width, "height": 800}, color_scheme=scheme)
    if target:
        page.goto(report.as_uri() + target)
    # The page's policy allows no other script, so axe-core is evaluated by the browser itself.
    page.evaluate((node.install() / "axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    assert [(one["id"], [place["html"] for place in one["nodes"]]) for one in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper_each_tenant_that_is_not_as_described_is_printed(pages: Any, report: Path) -> None:
    # The width of A4 with the usual margins.
    page = pages(report, viewport={"width": 718, "height": 1000})
    page.emulate_media(media="print")
    assert page.evaluate("document.getElementById('matrix').getBoundingClientRect().right") <= 718
    printed = page.locator("article:visible h2").all_inner_texts()
    assert printed == sorted(["acme", "down", HOSTILE])
    assert not page.get_by_label("Search").is_visible()


def test_the_page_of_a_tenant_is_printed_alone(pages: Any, report: Path) -> None:
    page = pages(report)
    page.get_by_role("link", name="beta").click()
    page.emulate_media(media="print")
    assert page.locator("article:visible h2").all_inner_texts() == ["beta"]
