# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proof that Digital Channels has the API secret of a channel: it accepts a signed upload (contract section 5)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .._core.errors import InvalidInput, Refused, SmsError, Unproven, Unsupported
from .._core.http import Content
from .._core.task import Plan, Run, Step, reconcile
from .channel_rules import CHANNEL, Channel, conflicts, parse_channel
from .messaging_client import MessagingClient, Signed
from .options import messaging_client

FILENAME = "signature-probe.gif"
FILE = Content(
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;",
    "image/gif",
)
"""A picture of one transparent pixel."""


OPTIONS: dict[str, Any] = {
    "channels": {
        "type": "list",
        "description": """
            - The channels, as for M(cxops.genesys_sms.nexus_channels). The module proves
              O(channels[].api_secret). It does not use the other secret and the URL.
            - Channels with the state V(absent) are skipped.
        """,
        "elements": "dict",
        "required": True,
        "options": CHANNEL,
    },
}
"""The options of nexus_channel_probe."""


@dataclass
class _Findings:
    """The results of the uploads so far.

    :arg signed: what the signature covers, once that is known.
    :arg strict: whether the server has refused a wrong signature.
    :arg proven: the IDs of the proven channels.
    :arg reasons: why a channel is not proven, by channel ID.
    """

    signed: Signed | None = None
    strict: bool = False
    proven: list[str] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)


def parse(run: Run) -> list[Channel]:
    """Return the channels to prove; raise InvalidInput if they are invalid."""
    channels = []
    for number, item in enumerate(run.params["channels"]):
        channel = parse_channel(f"channels[{number}].", item)
        if not channel.present:
            continue
        if channel.api_secret is None:
            raise InvalidInput(f"{channel.parameter}api_secret", "it is missing", "Give the secret to prove")
        channels.append(channel)
    for problem in conflicts(channels):
        raise problem
    return channels


def run(task: Run) -> dict[str, Any]:
    """Run nexus_channel_probe."""
    channels = parse(task)
    findings = _Findings()
    steps = tuple(
        Step(
            (f"upload {len(FILE.raw)} bytes to the channel {channel.channel_id}, signed with its api_secret",),
            partial(_probe, channel, findings),
        )
        for channel in channels
    )
    plan: Plan[MessagingClient] = Plan({}, {}, steps, blind=True)
    try:
        outcome = reconcile(task, messaging_client(task), lambda: None, lambda _nothing: plan)
    except SmsError as error:
        # Earlier uploads have changed something.
        error.changed = error.changed or bool(findings.proven)
        raise
    if findings.reasons:
        raise Unproven(findings.reasons, changed=bool(findings.proven))
    return {**outcome.result, "proven": findings.proven}


def prove(channels: list[Channel], client: MessagingClient) -> None:
    """Prove the API secrets of channels, as a part of another task; raise Unproven if that is not possible."""
    findings = _Findings()
    for channel in channels:
        _probe(channel, findings, client)
    if findings.reasons:
        raise Unproven(findings.reasons, changed=True)


def _probe(channel: Channel, findings: _Findings, client: MessagingClient) -> bool:
    """Probe one channel and note the result; return True if a file was uploaded."""
    name = channel.channel_id
    said: str | None = None
    try:
        if not findings.strict:
            _require_refusal(name, client)
            findings.strict = True
        for signed in [findings.signed] if findings.signed else _WAYS:
            said = client.upload(name, channel.api_secret or "", signed, FILENAME, FILE)
            if said is None:
                findings.signed = signed
                findings.proven.append(name)
                return True
    except Refused as error:
        findings.reasons[name] = str(error)
        return False
    findings.reasons[name] = (
        f"Digital Channels {said}. A wrong signature has this result too. If the error is not about the file, Digital "
        "Channels has another api_secret than this task. Then provision the channel, and probe again. If the server "
        "does not show secrets, set update_secret (in the roles and playbooks, custom_gateway_update_secret) to always "
        "before you provision."
    )
    return False


_WAYS: tuple[Signed, ...] = ("body", "file")


def _require_refusal(name: str, client: MessagingClient) -> None:
    """Check that the server refuses a signature with a random secret. Otherwise an accepted upload proves nothing."""
    if client.upload(name, secrets.token_hex(16), "body", FILENAME, FILE) is None:
        raise Unsupported(
            "Digital Channels accepted a file with a wrong signature, so a right signature proves nothing. Find out "
            "whether a proxy answers in its place, or whether this installation does not check signatures.",
            changed=True,
        )
