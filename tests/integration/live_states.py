# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated tenants that were set up by hand, in a form that the sandbox accepts."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache

from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import Transaction
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import Document
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.snapshot import SMS_OPTIONS, Seen, describe
from unit.properties import given, settings
from unit.tenant.test_snapshot import CCID, NEXUS, Live, live_tenants

_SPARE = 1.6
"""How many tenants are generated for each that is wanted, because some are equal."""


@cache
def generated(count: int) -> list[Live]:
    """Return this many different tenants, always the same."""
    found: dict[str, Live] = {}

    @settings(max_examples=int(count * _SPARE))
    @given(live_tenants())
    def collect(live: Live) -> None:
        # The sandbox has no sections without options, and no empty names.
        named = {
            section: {key: text for key, text in options.items() if key} for section, options in live.sections.items()
        }
        live.sections = {section: options for section, options in named.items() if section and options}
        if "Async" in live.documents:
            live.documents["Async"] = _with_whole_channels(live.documents["Async"])
        found.setdefault(repr(live), live)

    collect()
    assert len(found) >= count, f"only {len(found)} tenants are different"
    return list(found.values())[-count:]


def _with_whole_channels(document: Document) -> Document:
    """Return a service without the channels that the sandbox refuses: they lack a URL or secrets."""
    signed = {channel["channelId"]: channel for channel in document.secret["channels"]} if document.secret else {}
    kept = [
        channel for channel in document.data["channels"] if channel["channelId"] in signed and channel["webhook"]["url"]
    ]
    secret = {"channels": [signed[channel["channelId"]] for channel in kept]}
    return Document(document.url, {"channels": kept}, secret)


def changes_nothing(live: Live) -> bool:
    """Return True if the description of a tenant names no change."""
    found = describe(Seen(CCID, NEXUS, live.documents, Transaction(105, "NexusServices", live.sections)))
    return not found["would_change"] and not {"service", "list"} & {item["kind"] for item in found["not_expressed"]}


def usable(live: Live) -> Live:
    """Return a tenant that can use SMS: its services are complete, its headers are valid. Its other oddities stay."""
    option = SMS_OPTIONS[live.option]
    documents = copy.deepcopy(live.documents)
    known = {key for each in SMS_OPTIONS.values() for key in each.data}
    more = {key: value for key, value in documents["SMS"].data.items() if key not in known}
    data = {key: value for key, value in option.data.items() if value is not None}
    url = documents["SMS"].url
    documents["SMS"] = Document(url if url in ("N/A", "n/a") else "N/A", {**more, **data}, {})
    for part in option.parts:
        before = documents.get(part.service, Document("", {}, {}))
        is_usable = (before.url or "").casefold().rstrip("/") == "https://h.example.com"
        url = before.url if is_usable else "HTTPS://H.example.com/"
        documents[part.service] = replace(before, url=url, secret={key: f"canary-{key}" for key in part.secrets})
    if live.option == "custom_gateway":
        documents.setdefault("Async", Document(None, {"channels": []}, {"channels": []}))
    sections = {
        # The value of a header is a secret. A short one would hide other texts.
        name: {key: "canary-header" if key.startswith("header:") else value for key, value in options.items()}
        for name, options in live.sections.items()
    }
    return Live(live.option, documents, sections, live.account)
