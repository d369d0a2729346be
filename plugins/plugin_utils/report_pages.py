# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as a page for people (HTML), and as text for a merge request (Markdown)."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from ..module_utils._tenant.report import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Report = dict[str, Any]

_HERE = Path(__file__).parent / "report"

WORDS = {
    "unchanged": "as described",
    "would_change": "would change",
    "stopped": "problem in the inventory",
    "unreachable": "not reachable",
    "failed": "failed",
}
"""The outcomes in words."""

OPTION_NAMES = {
    "kaleyra": "Kaleyra",
    "custom_gateway": "Custom gateway",
    "genesys_cloud": "Genesys Cloud CX",
    None: "none",
}
"""The SMS options in words."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&@:%$])")


def html(report: Report) -> str:
    """Return a page that needs no other file."""
    # The script as the page includes it: Jinja leaves out the last line end.
    script = _render("report.js", _no_template)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _render("report.html.j2", _no_template, report=report, chart=_chart(report), script_hash=digest)


def markdown(report: Report) -> str:
    """Return a text for a merge request: the totals, and the tenants that are not as described."""
    return _render("report.md.j2", _in_markdown, report=report)


def _render(name: str, finalize: Callable[[Any], Any], **values: Any) -> str:
    """Return a text from a template.

    :arg finalize: changes each value. HTML is escaped after that. This would not protect Markdown.
    """
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=select_autoescape(["html.j2"], default_for_string=False),
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(**values, **_names())


def _names() -> dict[str, Any]:
    return {
        "outcomes": OUTCOMES,
        "words": WORDS,
        "option_names": OPTION_NAMES,
        "changes_of": changes_of,
        "counts_of": counts_of,
        "problem_of": problem_of,
        "title_of": title_of,
        "search_text": search_text,
        "live_facts": live_facts,
        "shown": shown,
    }


def _chart(report: Report) -> dict[str | None, dict[str, int]]:
    """Return how many tenants of each SMS option have each outcome."""
    chart: dict[str | None, dict[str, int]] = {}
    for option in OPTION_NAMES:
        own = [tenant["outcome"] for tenant in report["tenants"] if tenant["option"] == option]
        if own:
            chart[option] = {outcome: own.count(outcome) for outcome in OUTCOMES}
    return chart


def counts_of(tenant: Mapping[str, Any]) -> list[int | None]:
    """Return the numbers of services, sender IDs, channels, headers and toll-free numbers. None: not read."""
    live = tenant["live"]
    if live is None:
        return [None] * 5
    variables = live["variables"]
    return [
        None if is_unread(tenant, "services") else len(live["services"]),
        None if is_unread(tenant, "configuration") else len(variables.get("sender_ids", [])),
        None if is_unread(tenant, "services") else len(variables.get("custom_gateway_channels", [])),
        None if is_unread(tenant, "configuration") else len(variables.get("webhook_headers", [])),
        None if is_unread(tenant, "tollfree_numbers") else len(variables.get("tollfree_numbers", [])),
    ]


def is_unread(tenant: Mapping[str, Any], system: str) -> bool:
    """Return True if a system was not read that the tenant may use. Only tenants over Genesys Cloud CX have numbers."""
    needs = system != "tollfree_numbers" or tenant["option"] == "genesys_cloud"
    return needs and system in tenant["live"]["unreadable"]


def changes_of(tenant: Mapping[str, Any]) -> str:
    """Return how many changes provision would make. A tenant without a plan has an unknown number of them."""
    count = sum(len(change["steps"]) or 1 for change in tenant["changes"])
    return str(count) if tenant["outcome"] in ("unchanged", "would_change") else f"{count} or more" if count else "?"


def problem_of(tenant: Mapping[str, Any]) -> str:
    """Return the first message about what is wrong with a tenant."""
    failure = tenant["failure"]
    return str(failure["messages"][0]) if failure else str(tenant["live_problem"] or "")


def title_of(report: Report) -> str:
    """Return the title of a report."""
    count = report["totals"]["tenants"]
    return "SMS of 1 tenant" if count == 1 else f"SMS of {count} tenants"


def search_text(tenant: Mapping[str, Any]) -> str:
    """Return what the search finds, in addition to the text of the row: the ccid, sender IDs and numbers."""
    variables = (tenant["live"] or {}).get("variables", {})
    texts = [tenant["ccid"]]
    for item in variables.get("sender_ids", []):
        texts += [item.get("name"), item.get("channel_id")]
    texts += [item.get("channel_id") for item in variables.get("custom_gateway_channels", [])]
    for item in variables.get("tollfree_numbers", []):
        texts += [item.get("number"), item.get("slot")]
    return " ".join(str(text) for text in texts if text)


def live_facts(tenant: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Return what a tenant has, as titles with sentences."""
    live = tenant["live"]
    variables, unknown, leftovers = live["variables"], live["unknown"], live["leftovers"]
    return [
        ("Services", [f"{item['service']}: {item.get('url') or 'no URL'}" for item in live["services"]]),
        ("Sender IDs", [_told(item, "name") for item in variables.get("sender_ids", [])]),
        ("Channels", [_told(item, "channel_id") for item in variables.get("custom_gateway_channels", [])]),
        ("Webhook headers", [item["name"] for item in variables.get("webhook_headers", [])]),
        ("Toll-free numbers", [_told(item, "number") for item in variables.get("tollfree_numbers", [])]),
        ("Leftovers of another option", [f"{kind}: {', '.join(names)}" for kind, names in leftovers.items() if names]),
        ("Not known, never changed", [f"{kind}: {', '.join(names)}" for kind, names in unknown.items() if names]),
        ("Not possible in an inventory", [_reason(item) for item in live["not_expressed"]]),
        ("Not read", [f"{name}: {why}" for name, why in live["unreadable"].items() if is_unread(tenant, name)]),
    ]


def shown(value: str | None) -> str:
    """Return the text for one side of a difference."""
    return "not set" if value is None else value


def _told(item: Mapping[str, Any], name: str) -> str:
    rest = ", ".join(f"{key} {value}" for key, value in item.items() if key != name and value not in (None, "", {}))
    return f"{item.get(name)}: {rest}" if rest else str(item.get(name))


def _reason(item: Mapping[str, Any]) -> str:
    """Return why something can't be expressed. Some reasons begin with its name."""
    name, reason = item["name"], item["reason"]
    return str(reason) if reason.startswith(name) else f"{name}: {reason}"


def _no_template(value: Any) -> Any:
    """Change a text, so that Ansible before 2.19 does not treat the page as a template."""
    if isinstance(value, str) and not isinstance(value, Markup) and "{" in value:
        return escape(value).replace("{", Markup("&#123;"))
    return value


def _in_markdown(value: Any) -> Any:
    """Escape a value, so that no text of a server is a link, a picture, HTML, a mention or a table cell."""
    return _MARKDOWN.sub(r"\\\1", value).replace("\n", " ") if isinstance(value, str) else value
