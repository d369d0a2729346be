# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The channels of a custom gateway, all in the service Async (contract section 1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .._core import checks
from .._core.errors import InvalidInput, Unsupported
from .._core.secrets import HIDDEN, whole
from .._core.task import Outcome, Plan, Run
from .channel_rules import CHANNEL, SECRETS, Channel, channel_key, conflicts, is_channel, parse_channel, told_id
from .services import OPTIONS as SERVICE_OPTIONS
from .services import (
    UNKNOWN,
    apply_plan,
    delete_step,
    is_blind,
    merged,
    paths_of_unknown,
    place_of,
    without_masks,
    write_step,
)
from .services_client import Document, ServicesClient, Sight, is_masked

SERVICE = "Async"

Entry = dict[str, Any]


OPTIONS: dict[str, Any] = {
    "channels": {
        "type": "list",
        "description": "The channels.",
        "elements": "dict",
        "required": True,
        "options": CHANNEL,
    },
    "purge": {
        "type": "bool",
        "description": """
            - Whether to remove the channels that are not listed.
            - A channel stays if its ID is neither a number nor a domain. It also stays if its ID is the number
              of another channel in another spelling. A warning names such channels.
        """,
        "default": False,
    },
    "state": {
        "type": "str",
        "description": "V(absent) removes all listed channels, whatever their own state.",
        "choices": ["present", "absent"],
        "default": "present",
    },
    "update_secret": {
        **SERVICE_OPTIONS["update_secret"],
        "description": """
            - When to write secrets that can't be compared, because the server masks or omits them.
            - V(on_create) writes them if something else changes, such as a new channel. Then it writes the secrets of
              all channels, because a write replaces the whole service.
            - V(always) writes the secrets on each run and reports a change. Use it to rotate a secret.
        """,
    },
    "when_unreadable": {
        **SERVICE_OPTIONS["when_unreadable"],
        "description": """
            - What to do if the server does not support reading services. Then the module can't see whether
              something has to be written.
            - V(fail) fails with a message.
            - V(write) writes the listed channels on each run and reports a change. It requires O(purge=true),
              because channels that are not listed are lost.
        """,
    },
}
"""The options of nexus_channels."""


@dataclass(frozen=True)
class Desired:
    """The channels of a tenant as the user wants them.

    :arg purge: remove the channels that are not listed.
    :arg rewrite_secret: write secrets that can't be compared.
    :arg write_blindly: write to a server that has no call to read services.
    :arg place: where the user wrote the options, for messages.
    """

    channels: tuple[Channel, ...]
    purge: bool = False
    rewrite_secret: bool = False
    write_blindly: bool = False
    place: str = ""

    @property
    def present(self) -> bool:
        """Whether the user wants any channel to exist."""
        return any(channel.present for channel in self.channels)

    @property
    def keeps_service(self) -> bool:
        """Whether the service may be left with a channel."""
        return self.present or not self.purge


@dataclass(frozen=True)
class State:
    """An observed or desired channel: its entries in ``data.channels`` and ``secret.channels``.

    :arg data: None if only its secrets are left.
    :arg secret: has UNKNOWN for secrets that the server does not return. None if the server surely has no such entry.
    """

    data: Entry | None
    secret: Entry | None

    @property
    def webhook_url(self) -> str | None:
        """The URL that messages are sent to."""
        url = _at(self.data, ("webhook", "url"))
        return url if isinstance(url, str) else None

    @property
    def secrets(self) -> dict[str, Any]:
        """The secrets by option: UNKNOWN if the server does not return it, None if the channel does not have it."""
        return {option: _at(self.secret, path) for option, path in SECRETS.items()}

    def shown(self) -> dict[str, str]:
        """Return the channel for display, with hidden secrets."""
        url = {} if self.webhook_url is None else {"webhook_url": self.webhook_url}
        return {**url, **{option: HIDDEN for option, value in self.secrets.items() if value is not None}}


@dataclass
class _Changes:
    """The differences: the changed options by channel, and the secrets that are written with them."""

    before: dict[str, State]
    after: dict[str, State]
    options: dict[str, list[str]] = field(default_factory=dict)
    # Unchanged channels whose secrets are written again, because the server does not show them.
    again: list[str] = field(default_factory=list)


def parse(run: Run, item: Mapping[str, Any] | None = None, path: tuple[str | int, ...] = ()) -> Desired:
    """Return what the parameters of nexus_channels ask for; raise InvalidInput if they are invalid.

    :arg item: the options of the service in a list. None: the parameters themselves.
    :arg path: where the list has them.
    """
    params = run.params
    item = params if item is None else item
    channels = []
    for number, given in enumerate(item["channels"]):
        here = (*path, "channels", number)
        place = place_of(here)
        channel = parse_channel(place, {**given, "state": "absent"} if params["state"] == "absent" else given)
        for option in ("webhook_url", *SECRETS):
            if channel.present and run.is_null(*here, option):
                raise InvalidInput(f"{place}{option}", "it is null", "A channel needs it. Give a value")
        if channel.present:
            _warn(run, channel)
        channels.append(channel)
    for problem in conflicts(channels):
        raise problem
    return Desired(
        channels=tuple(channels),
        purge=item["purge"],
        rewrite_secret=item["update_secret"] == "always",
        write_blindly=params["when_unreadable"] == "write",
        place=place_of(path),
    )


def plan(desired: Desired, sight: Sight) -> Plan[ServicesClient]:
    """Return the plan from the observed channels to the desired ones, with at most one write.

    :raises Unsupported: the server has no call to read services, and when_unreadable does not allow a write without it.
    :raises InvalidInput: a channel lacks a required option, or a secret would be lost.
    """
    if is_blind(SERVICE, sight, desired.keeps_service, desired.write_blindly):
        return _blind_plan(desired, sight)
    document = sight.document
    before = observe(document)
    after = _after(desired, before)
    changes = _compare(desired, before, after)
    if not changes.options:
        return Plan({}, {})
    sentences = tuple(_sentence(name, changes) for name in changes.options)
    shown = {name: before[name].shown() for name in changes.options if name in before}
    if not after:
        step = delete_step((*sentences, f"delete the service {SERVICE}, which has no channel left"), SERVICE, sight)
        return Plan(shown, {}, (step,))
    new = _document(desired, document, after)
    if changes.again:
        sentences += (_again(changes.again),)
    step = write_step(sentences, SERVICE, new, doubtful=sight.state == "doubtful")
    return Plan(shown, _shown_after(changes), (step,))


def run(task: Run) -> dict[str, Any]:
    """Run nexus_channels."""
    desired = parse(task)
    outcome = apply_plan(task, SERVICE, desired.keeps_service, partial(plan, desired))
    return {**outcome.result, **told(task, desired, outcome)}


def told(task: Run, desired: Desired, outcome: Outcome[Sight, ServicesClient]) -> dict[str, Any]:
    """Return the channels after an outcome as options of the module, and warn of those that purge did not remove."""
    before, after = outcome.plan.before, outcome.plan.after
    seen = observe(outcome.observed.document)
    channels = {name: state.webhook_url for name, state in seen.items() if name not in before}
    channels.update((name, shown.get("webhook_url")) for name, shown in after.items())
    left = unlistable(channels)
    if desired.purge and left:
        task.warn(
            f"purge did not remove {', '.join(map(repr, left))}. It keeps an ID that is not a phone number or a "
            "domain, and an ID that is one of several spellings of a channel. To remove one, list it as it is written "
            "here, with state absent."
        )
    return {
        "channels": [_told(name, channels[name]) for name in sorted(set(channels) - set(left))],
        "not_purged": left,
    }


def _told(name: str, url: str | None) -> dict[str, str]:
    """Return a channel as options of the module. Given back to it, it changes nothing."""
    told = {"channel_id": told_id(name)}
    return told if url is None else {**told, "webhook_url": url}


def observe(document: Document | None) -> dict[str, State]:
    """Return the channels of the service by channel ID, in the order of the server.

    :raises Unsupported: they are not in the known format, so a write could not keep them.
    """
    if document is None:
        return {}
    data = _by_id(document.data.get("channels"))
    told = (document.secret or {}).get("channels")
    if not told:
        # The server hides the secrets, or there are none.
        return {name: State(entry, _unknown()) for name, entry in data.items()}
    secret = _secrets_by_id(told, list(data))
    for name in set(secret) - set(data):
        same = [other for other in data if channel_key(other) == channel_key(name) and other not in secret]
        if len(same) == 1:
            # The number has different spellings in data and secret.
            secret[same.pop()] = secret.pop(name)
    return {name: State(data.get(name), secret.get(name)) for name in (*data, *(set(secret) - set(data)))}


def _secrets_by_id(told: Any, names: list[str]) -> dict[str, Entry]:
    """Return the entries of ``secret.channels`` by channel ID, with UNKNOWN for masked secrets."""
    ids = [str(entry.get("channelId")) for entry in told if isinstance(entry, dict)] if isinstance(told, list) else []
    if ids and not set(ids) & set(names) and all(map(is_masked, ids)):
        # The channel IDs are masked too. With one entry for each channel, all channels have secrets.
        return {name: _unknown() for name in names} if len(ids) == len(names) else {}
    return {name: {**without_masks(entry), "channelId": entry["channelId"]} for name, entry in _by_id(told).items()}


def _by_id(entries: Any) -> dict[str, Entry]:
    """Return a list of entries by channel ID."""
    found = {}
    if isinstance(entries, list):
        found = {
            str(entry["channelId"]): entry for entry in entries if isinstance(entry, dict) and "channelId" in entry
        }
    if len(found) != len(entries or ()):
        raise Unsupported(
            f"The channels of the service {SERVICE} are not in a known format, so a write could not keep them. Read "
            "the service with nexus_service_info. To start over, delete it with nexus_service."
        )
    return found


def _unknown() -> Entry:
    return {part: {key: UNKNOWN} for part, key in SECRETS.values()}


def _at(entry: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        entry = entry.get(key) if isinstance(entry, dict) else None
    return entry


def unlistable(names: Iterable[str]) -> list[str]:
    """Return the channels of the tenant that a list can't name without doubt.

    They are neither a number nor a domain, or one of several spellings of a channel.
    """
    spelled = set(names)
    keys = Counter(map(channel_key, spelled))
    return sorted(name for name in spelled if not is_channel(name, alone=keys[channel_key(name)] == 1))


def _listed(desired: Desired, before: Mapping[str, State]) -> dict[str, Channel]:
    """Return the desired channels by the ID of the tenant's channel.

    :raises InvalidInput: the tenant has the channel in several spellings, but not in the listed one.
    """
    exact = {channel.channel_id: channel for channel in desired.channels}
    wanted = {channel_key(channel.channel_id) for channel in desired.channels if channel.present}
    listed: dict[str, Channel] = {}
    for channel in desired.channels:
        name, key = channel.channel_id, channel_key(channel.channel_id)
        same = [other for other in before if channel_key(other) == key and exact.get(other, channel) is channel]
        if key in wanted and name in same:
            same = [name]
        elif key in wanted and not channel.present:
            # Another item keeps this channel. This item removes a spelling that does not exist.
            same = []
        elif channel.present and len(same) > 1:
            raise InvalidInput(
                f"{channel.parameter}channel_id",
                f"the tenant has the channel {name} in {len(same)} spellings",
                "First remove all of them: list the channel with state absent, and run. Then list it again with all "
                "its "
                "options, and run again",
            )
        listed.update(dict.fromkeys(same, channel))
    return listed


def _after(desired: Desired, before: dict[str, State]) -> dict[str, State]:
    """Return the desired channels: existing ones first, in the order of the server."""
    listed = _listed(desired, before)
    left = unlistable(before)
    after = {}
    for name, state in before.items():
        channel = listed.get(name)
        if channel is None:
            # Secrets without a channel are useless, so they are removed.
            if state.data is not None and (name in left or not desired.purge):
                after[name] = state
        elif channel.present:
            after[name] = _changed(name, channel, state)
    there = list(listed.values())
    for channel in desired.channels:
        if channel.present and channel not in there:
            after[channel.channel_id] = _changed(channel.channel_id, channel, State(None, None))
    return after


def _changed(name: str, channel: Channel, state: State) -> State:
    """Return a channel with the listed options. A new channel needs all options. An existing one may lack some."""
    is_new = state.data is None
    seen = state.webhook_url
    url = whole(f"{channel.parameter}webhook_url", channel.webhook_url, seen)
    if seen is not None and (url is None or checks.url_meaning(url) == checks.url_meaning(seen)):
        url = seen
    if url is None and is_new:
        raise _lacks(channel, "webhook_url")
    data = merged(state.data or {}, {"channelId": name, **({} if url is None else {"webhook": {"url": url}})})
    secret = {"channelId": name, **(state.secret or {})}
    for option, (part, key) in SECRETS.items():
        given = channel.secrets.get(option)
        if given is not None:
            secret = merged(secret, {part: {key: given}})
        elif is_new and _at(secret, (part, key)) is None:
            raise _lacks(channel, option)
    return State(data, secret)


def _lacks(channel: Channel, option: str) -> InvalidInput:
    return InvalidInput(
        f"{channel.parameter}{option}",
        f"it is missing, and the channel {channel.channel_id} does not have one yet",
        "A new channel needs webhook_url, webhook_secret and api_secret",
    )


def _compare(desired: Desired, before: dict[str, State], after: dict[str, State]) -> _Changes:
    changes = _Changes(before, after)
    nothing = State(None, None)
    for name in (*before, *(name for name in after if name not in before)):
        old, new = before.get(name, nothing), after.get(name, nothing)
        differing = [] if old.webhook_url == new.webhook_url else ["webhook_url"]
        differing += [
            option
            for option, path in SECRETS.items()
            if _differs(_at(old.secret, path), _at(new.secret, path), desired.rewrite_secret)
        ]
        if differing or (name in before) != (name in after):
            changes.options[name] = differing
        elif any(_at(old.secret, path) is UNKNOWN for path in SECRETS.values()):
            changes.again.append(name)
    return changes


def _differs(old: Any, new: Any, rewrite: bool) -> bool:
    """Return True if a secret has to be written. If it can't be compared, the user decides."""
    if old is UNKNOWN:
        return rewrite and new is not UNKNOWN
    return bool(old != new)


def _document(desired: Desired, document: Document | None, after: dict[str, State]) -> Document:
    """Return the whole service; raise InvalidInput if the write would lose a secret that the server hides."""
    listed = _listed(desired, after)
    left = unlistable(after)
    for name, state in after.items():
        hidden = list(SECRETS) if state.secret is None else paths_of_unknown(state.secret)
        if not hidden:
            continue
        channel = listed.get(name)
        if channel is None:
            raise InvalidInput(
                f"{desired.place}channels",
                f"the channel {name} is not listed. The write replaces the whole service {SERVICE}, and the server "
                "does not return the secrets of that channel, so they would be lost",
                "List it with state absent to remove it, or write the whole service with nexus_service"
                if name in left
                else "List it with its secrets, or set purge to true to remove it",
            )
        lacking = [option for option in SECRETS if option not in channel.secrets]
        if not lacking:
            raise _other_secret(hidden[0])
        raise InvalidInput(
            f"{channel.parameter}{lacking[0]}",
            f"it is missing. The write replaces the whole service {SERVICE}, and the server does not return the "
            f"secrets of the channel {name}, so they would be lost",
            "Give all secrets of the listed channels",
        )
    old = document or Document(None, {}, {})
    rest = {key: value for key, value in (old.secret or {}).items() if key != "channels"}
    hidden = paths_of_unknown(without_masks(rest))
    if hidden:
        raise _other_secret(hidden[0])
    return Document(
        old.url,
        {**old.data, "channels": [state.data for state in after.values()]},
        {**rest, "channels": [state.secret for state in after.values()]},
    )


def _other_secret(path: str) -> Unsupported:
    return Unsupported(
        f"The service {SERVICE} has a secret beside those of its channels: {path}. The write replaces the whole "
        "service, and the server does not return this secret, so it would be lost. Write the whole service with "
        "nexus_service, with all its secrets."
    )


def _blind_plan(desired: Desired, sight: Sight) -> Plan[ServicesClient]:
    if not desired.purge:
        raise InvalidInput(
            f"{desired.place}purge",
            f"it is false, and this server does not show which channels the service {SERVICE} has. Channels that are "
            "not listed would be lost",
            "List all channels of the tenant, then set purge to true",
        )
    if not desired.present:
        return Plan(
            {}, {}, (delete_step((f"delete the service {SERVICE}, if it exists",), SERVICE, sight),), blind=True
        )
    after = _after(desired, {})
    changes = _compare(desired, {}, after)
    sentences = tuple(f"write the channel {name}" for name in after)
    step = write_step(sentences, SERVICE, _document(desired, None, after))
    return Plan({}, _shown_after(changes), (step,), blind=True)


def _shown_after(changes: _Changes) -> dict[str, Any]:
    """Return the changed channels for display, with hidden secrets, and the secrets that are written."""
    shown: dict[str, Any] = {}
    for name, options in changes.options.items():
        if name not in changes.after:
            continue
        old = changes.before.get(name)
        # Secrets that can't be compared are written with the rest.
        written = [
            option
            for option, path in SECRETS.items()
            if option in options or (old is not None and _at(old.secret, path) is UNKNOWN)
        ]
        shown[name] = {**changes.after[name].shown(), **({"secrets_to_write": written} if written else {})}
    return shown


def _sentence(name: str, changes: _Changes) -> str:
    if name not in changes.before:
        return f"create the channel {name}"
    if name not in changes.after:
        if changes.before[name].data is None:
            return f"remove the secrets of {name}, which is not a channel"
        return f"remove the channel {name}"
    return f"change {', '.join(changes.options[name])} of the channel {name}"


def _again(names: list[str]) -> str:
    first, *others = names
    whose = f"{len(names)} other channels" if others else f"the channel {first}"
    return f"write the secrets of {whose} again, since the server does not show them and replaces the whole service"


def _warn(run: Run, channel: Channel) -> None:
    url = channel.webhook_url
    if url is not None and checks.is_plain_http(url):
        run.warn(
            f"{channel.parameter}webhook_url is {checks.without_credentials(url)}: messages are sent over plain http. "
            "Use https if others can read network traffic."
        )
    if channel.webhook_secret is not None and channel.webhook_secret == channel.api_secret:
        run.warn(
            f"{channel.parameter}webhook_secret and api_secret are the same: whoever learns one can sign in both "
            "directions. Use a different secret for each direction."
        )
