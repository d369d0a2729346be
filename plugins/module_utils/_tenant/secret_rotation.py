# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotate a secret that a service of a tenant has, and that a person changes on the other side.

This is for nexus_secret_rotation: a Kaleyra account, and the two secrets of a gateway. The first run chooses the new
secret, and writes it to a file. Then a person lets the other side accept it. The next run writes it to the service.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from .._core import checks
from .._core.errors import InvalidInput, SmsError
from .._core.secret_file import OPTIONS as SECRET_FILE
from .._core.secret_file import SecretFile, secret_file
from .._core.secrets import Secrets
from .._core.task import Plan, Run, Step, reconcile
from .._digital_channels import channels, services
from .._digital_channels.channel_probe import prove
from .._digital_channels.channel_rules import CHANNEL, Channel, channel_key, conflicts, parse_channel
from .._digital_channels.options import messaging_client, services_client
from .._digital_channels.services_client import ServicesClient, Sight
from .rotation import ROTATION, rotation_of

_NEW = "the new secret"
"""Stands for the secret in plans that are made before it exists."""

_BYTES = 32
"""How many random bytes a new secret has. Each is written as two hexadecimal digits."""

_ACCOUNT = ("kaleyra_username", "kaleyra_password")
"""The variables of an inventory with a Kaleyra account."""

_KEYS = ("username", "password")
"""The keys of the service with a Kaleyra account."""

NOT_BEGUN, CHOSEN, WRITTEN, COMPLETE = "not begun", "new secret chosen", "new secret written", "complete"
"""How far a rotation is."""


@dataclass(frozen=True)
class Kind:
    """A kind of secret.

    :arg words: its name in sentences.
    :arg variables: the variables of the file with the current values. The last one is the secret.
    :arg option: the option of a channel that has the secret. An empty string for a Kaleyra account.
    :arg first: what a person has to do after the first run.
    :arg last: what a person has to do when the service has the new secret.
    """

    words: str
    service: str
    variables: tuple[str, ...]
    option: str
    first: str
    last: str


KINDS = {
    "kaleyra_account": Kind(
        "Kaleyra account",
        "mGageSMS",
        ("rotated_kaleyra_username", "rotated_kaleyra_password"),
        "",
        "Let Kaleyra accept {new} from {path}, beside the current account. If Kaleyra can have only one password, "
        "change it there at the moment of the next run: Kaleyra refuses messages until both have changed.",
        "Remove the former password or user at Kaleyra.",
    ),
    "gateway_webhook_secret": Kind(
        "webhook secret",
        channels.SERVICE,
        ("rotated_gateway_webhook_secret",),
        "webhook_secret",
        "Let the gateway accept messages that are signed with {new} from {path}, beside the current secret. If the "
        "gateway can have only one, change it there at the moment of the next run: the gateway refuses messages until "
        "both have changed.",
        "Remove the former webhook secret from the gateway.",
    ),
    "gateway_api_secret": Kind(
        "API secret",
        channels.SERVICE,
        ("rotated_gateway_api_secret",),
        "api_secret",
        "Give the gateway {new} from {path}, and let it sign with the current secret for now. Digital Channels has one "
        "API secret at a time. So let the gateway repeat a refused call with the new secret. If it can't do that, let "
        "it sign with the new secret at the moment of the next run: calls are refused until both have changed.",
        "Let the gateway sign with the new API secret only, because Digital Channels refuses the former one.",
    ),
}

OPTIONS: dict[str, Any] = {
    "rotation": {
        **ROTATION,
        "description": """
            - Name of the rotation, such as V(2026-11). O(secret_file) notes it.
            - Runs with the same name continue the same rotation. A run with another name begins another one.
        """,
    },
    "kind": {
        "type": "str",
        "description": """
            - What to rotate.
            - V(kaleyra_account) is the user name and password in the service C(mGageSMS).
            - With V(gateway_webhook_secret) Digital Channels signs what it sends to a gateway. With
              V(gateway_api_secret) the gateway signs what it sends. Both are in the service C(Async).
        """,
        "choices": list(KINDS),
        "required": True,
    },
    "channels": {
        "type": "list",
        "description": """
            - For the secrets of a gateway, all channels of the tenant, as the inventory describes them.
            - If the server does not show secrets, each channel needs both, because a write replaces the whole service.
        """,
        "elements": "dict",
        "options": CHANNEL,
    },
    "only_channels": {
        "type": "list",
        "description": """
            - IDs of channels of the gateway. The task also changes the other channels with the same secret.
            - Needed if the channels have different secrets, because then they belong to different gateways.
        """,
        "elements": "str",
    },
    "purge": {
        "type": "bool",
        "description": """
            For a server that does not support reading services. V(true) says that O(channels) has all channels. The
            write removes others there.
        """,
        "default": False,
    },
    "kaleyra_url": {
        "type": "str",
        "description": "URL of Kaleyra. It is written only if the server does not show the service C(mGageSMS).",
    },
    "kaleyra_username": {
        "type": "str",
        "description": "For V(kaleyra_account), the user name that the inventory has.",
        "no_log": True,
    },
    "kaleyra_password": {
        "type": "str",
        "description": "For V(kaleyra_account), the password that the inventory has.",
        "no_log": True,
    },
    "new_username": {
        "type": "str",
        "description": "The new user name at Kaleyra, if it changes.",
        "no_log": True,
    },
    "new_secret": {
        "type": "str",
        "description": """
            The new secret or password, if you want to choose it. Otherwise the first run generates one of 64 letters
            and digits.
        """,
        "no_log": True,
    },
    "from_file": {
        "type": "list",
        "description": """
            - What the inventory takes from the variables of O(secret_file). For a gateway, IDs of channels. For
              V(kaleyra_account), V(kaleyra_password) and V(kaleyra_username).
            - O(ready) needs it. Otherwise the inventory would still have the former secret after the write.
        """,
        "elements": "str",
        "default": [],
    },
    "ready": {
        "type": "bool",
        "description": "V(true) says that the other side is ready for the new secret, which an earlier run chose.",
        "default": False,
    },
    "probe": {
        "type": "bool",
        "description": """
            For V(gateway_api_secret), prove the new secret in each run with O(ready). This uploads a file of 43 bytes
            to each channel, as M(cxops.genesys_sms.nexus_channel_probe) does.
        """,
        "default": False,
    },
    "remove": {
        "type": "bool",
        "description": """
            Remove the former secret from O(secret_file), if an earlier run wrote the new one to the service.
        """,
        "default": False,
    },
    **SECRET_FILE,
    "secret_file": {
        **SECRET_FILE["secret_file"],
        "description": """
            - The file with the secret. An absolute path. Its variable is C(rotated_gateway_webhook_secret) or
              C(rotated_gateway_api_secret). For V(kaleyra_account), there are C(rotated_kaleyra_username) and
              C(rotated_kaleyra_password). They have the current values until the new ones are written to the service.
            - The new values are in C(…_next) until then, and the former ones in C(…_previous) after it. C(…_rotation)
              has the name of the rotation.
            - Only the owner can read the file. The module replaces the whole file. It does not replace a file with
              other variables.
            - The module must be able to read the file. If it is encrypted, set O(vault_password_file).
        """,
        "required": True,
    },
}
"""The options of nexus_secret_rotation."""

Values = tuple[str, ...]


@dataclass(frozen=True)
class Noted:
    """What the secret file has.

    :arg current: what the inventory should have.
    :arg following: what the service gets when the other side is ready.
    :arg previous: what the service had before.
    """

    current: Values | None = None
    following: Values | None = None
    previous: Values | None = None
    rotation: str = ""

    @property
    def all(self) -> list[Values]:
        """All values in the file."""
        return [values for values in (self.current, self.following, self.previous) if values]


@dataclass(frozen=True)
class Desired:
    """A rotation as the user wants it.

    :arg account: user name and password, for a Kaleyra account.
    """

    rotation: str
    kind: Kind
    channels: tuple[Channel, ...] = ()
    only: tuple[str, ...] = ()
    purge: bool = False
    url: str | None = None
    account: Values = ()
    new_username: str | None = None
    new_secret: str | None = None
    from_file: tuple[str, ...] = ()
    ready: bool = False
    probe: bool = False
    remove: bool = False

    def new(self, current: Values, secret: str) -> Values:
        """Return the values after the current ones, with this secret."""
        return (secret,) if self.kind.option else (self.new_username or current[0], secret)


@dataclass
class Work:
    """What a run knows, and what it has done.

    :ivar noted: what the file has now.
    :ivar own: the channels of the gateway.
    """

    file: SecretFile
    desired: Desired
    secrets: Secrets
    noted: Noted = field(default_factory=Noted)
    own: list[Channel] = field(default_factory=list)

    def note(self, remedy: str, *, changed: bool, **fields: Any) -> None:
        """Write fields of ``Noted`` to the file."""
        self.noted = replace(self.noted, **fields)
        kind, noted = self.desired.kind, self.noted
        variables: dict[str, str] = {}
        for names, values in zip(_names(kind), (noted.current, noted.following, noted.previous)):
            variables.update(zip(names, values or ()))
        self.file.write({**variables, f"{kind.variables[-1]}_rotation": noted.rotation}, remedy, changed=changed)

    @property
    def found(self) -> set[Values]:
        """What the inventory has."""
        if not self.desired.kind.option:
            return {self.desired.account}
        return {(channel.secrets[self.desired.kind.option],) for channel in self.own}


def _names(kind: Kind) -> list[Values]:
    """Return the variables of the file: the current values, the following ones, and the previous ones."""
    return [tuple(f"{name}{part}" for name in kind.variables) for part in ("", "_next", "_previous")]


def names_of(kind: Kind) -> list[str]:
    """Return all variables of the file. The last one has the name of the rotation."""
    return [*(name for names in _names(kind) for name in names), f"{kind.variables[-1]}_rotation"]


def read_file(file: SecretFile, kind: Kind) -> Noted:
    """Return what the file has. Raise InvalidInput if it can't be used."""
    names = names_of(kind)
    texts = dict(zip(names, file.texts(*names)))
    current, following, previous = (
        tuple(str(texts[name]) for name in part) if all(texts[name] for name in part) else None for part in _names(kind)
    )
    parts = [[name for name in part if texts[name]] for part in _names(kind)]
    if (not parts[0] and (any(parts[1:]) or texts[names[-1]])) or any(
        len(part) not in (0, len(kind.variables)) for part in parts
    ):
        raise InvalidInput(
            "secret_file",
            "variables of a rotation are missing in it",
            "Restore the file. If you can't, remove it, and begin another rotation",
        )
    return Noted(current, following, previous, texts[names[-1]] or "")


def parse(run: Run) -> Desired:
    """Return what the parameters ask for; raise InvalidInput if they are invalid."""
    params = run.params
    kind = KINDS[params["kind"]]
    if kind.option and params["new_username"] is not None:
        raise InvalidInput("new_username", f"the {kind.words} has no user name", "Leave it out")
    if params["probe"] and kind.option != "api_secret":
        raise InvalidInput("probe", f"an upload can't prove the {kind.words}", "Leave it out, or set it to false")
    for name in ("new_username", "new_secret"):
        if params[name] is not None:
            checks.not_empty(name, params[name])
    return Desired(
        rotation=rotation_of(params),
        kind=kind,
        channels=_channels(params) if kind.option else (),
        only=tuple(params["only_channels"] or ()),
        purge=params["purge"],
        url=params["kaleyra_url"],
        account=() if kind.option else tuple(_given(params, name) for name in _ACCOUNT),
        new_username=params["new_username"],
        new_secret=params["new_secret"],
        from_file=tuple(map(channel_key, params["from_file"])),
        ready=params["ready"],
        probe=params["probe"],
        remove=params["remove"],
    )


def _given(params: Mapping[str, Any], name: str) -> str:
    if params[name] is None:
        raise InvalidInput(name, "it is missing", "Give what the tenant has now")
    return checks.not_empty(name, params[name])


def _channels(params: Mapping[str, Any]) -> tuple[Channel, ...]:
    parsed = [parse_channel(f"channels[{number}].", item) for number, item in enumerate(params["channels"] or ())]
    for problem in conflicts(parsed):
        raise problem
    return tuple(channel for channel in parsed if channel.present)


def gateway_of(desired: Desired, noted: Noted) -> list[Channel]:
    """Return the channels of the gateway: those with its secret. There are none for a Kaleyra account.

    :raises InvalidInput: it is not clear which gateway is meant.
    """
    option, words = desired.kind.option, desired.kind.words
    if not option:
        return []
    having = {channel_key(channel.channel_id): channel for channel in desired.channels if option in channel.secrets}
    if not having:
        raise InvalidInput("channels", f"none of them has {option}", f"Give the {words} that the tenant has now")
    unknown = sorted(name for name in desired.only if channel_key(name) not in having)
    if unknown:
        raise InvalidInput(
            "only_channels",
            f"there is no channel {', '.join(unknown)} with {option}",
            "Give IDs of channels that the inventory has",
        )
    known = {values[-1] for values in noted.all}
    chosen = {having[channel_key(name)].secrets[option] for name in desired.only}
    wanted = chosen or known or {channel.secrets[option] for channel in having.values()}
    own = [channel for channel in having.values() if channel.secrets[option] in wanted]
    if known and not (own and wanted <= known):
        raise InvalidInput(
            "secret_file",
            f"it has another {words} than these channels",
            "Give the file of their gateway. If the secret was changed by hand, remove the file",
        )
    if not known and len(wanted) > 1:
        raise InvalidInput(
            "only_channels",
            f"{len(wanted)} different values of {option} are in use, so the channels belong to different gateways",
            "Give the ID of a channel of one gateway",
        )
    return own


def look(work: Work, client: ServicesClient) -> Sight:
    """Read the file and the service.

    :raises Intermediary: a proxy or a login page answered. So it is not known whether the service can be read.
    """
    work.noted = read_file(work.file, work.desired.kind)
    for values in work.noted.all:
        work.secrets.add(*values)
    sight = client.look(work.desired.kind.service)
    if sight.refusal:
        raise sight.refusal
    return sight


def stage(desired: Desired, noted: Noted) -> str:
    """Return how far the rotation is."""
    if noted.rotation != desired.rotation:
        return NOT_BEGUN
    return CHOSEN if noted.following else WRITTEN if noted.previous else COMPLETE


def plan(work: Work, sight: Sight) -> Plan[ServicesClient]:
    """Return the steps of this run."""
    desired, noted, words, path = work.desired, work.noted, work.desired.kind.words, work.file.path
    work.own = gateway_of(desired, noted)
    before = after = stage(desired, noted)
    _check(desired, noted, path)
    steps: list[Step[ServicesClient]] = []
    if before == NOT_BEGUN:
        current = _current(work)
        _check_server(work, sight, current)
        if any(
            desired.new_secret in channel.secrets.values() for channel in desired.channels if channel not in work.own
        ):
            raise InvalidInput("new_secret", "another gateway of the tenant has it", "Choose another one")
        # This finds what would stop the write, before a person prepares the other side.
        _write(work, sight, desired.new(current, _NEW))
        sentence = f"choose the new {words}, and write it to {path}, beside the current one"
        steps.append(Step((sentence,), partial(_choose, work, current)))
        after = CHOSEN
    elif before == CHOSEN and desired.ready:
        _check_inventory(work)
        _check_server(work, sight, *filter(None, (noted.current, noted.following)))
        calls = _write(work, sight, noted.following or ()).steps
        if calls:
            sentence = f"write the new {words} to the service {desired.kind.service}{_of(work.own)}{_rest(work, sight)}"
            steps.append(Step((sentence,), partial(_call, work, calls)))
        steps.append(Step((f"note in {path} that the tenant has the new {words}",), partial(_note, work)))
        after = WRITTEN
    elif before == WRITTEN and noted.current and work.found == {noted.current}:
        if desired.ready or desired.remove:
            # Somebody may have written the former secret again.
            _check_server(work, sight, noted.current)
        if desired.remove:
            steps.append(Step((f"remove the former {words} from {path}",), partial(_remove, work)))
            after = COMPLETE
    return Plan({"rotation": before}, {"rotation": after}, tuple(steps))


def _of(own: Sequence[Channel]) -> str:
    """Return channels for a sentence."""
    names = ", ".join(sorted(channel.channel_id for channel in own))
    return f", for the channel{'s'[: len(own) != 1]} {names}" if own else ""


def _check(desired: Desired, noted: Noted, path: str) -> None:
    """Raise InvalidInput if the options do not fit how far the rotation is."""
    words, has_begun = desired.kind.words, noted.rotation == desired.rotation
    if noted.following and not has_begun:
        raise InvalidInput(
            "rotation",
            f"the rotation {noted.rotation} is not complete. {path} has its new {words}, and the tenant may have it",
            f"First complete it with rotation: {noted.rotation} and ready: true",
        )
    if desired.ready and not has_begun:
        raise InvalidInput(
            "ready",
            f"the rotation {desired.rotation} has not begun, so there is no new {words} for which the other side could "
            "be ready",
            "First run without it",
        )
    values = noted.following or noted.current
    if not has_begun or not values:
        return
    for option, value, has in (
        ("new_secret", desired.new_secret, values[-1]),
        ("new_username", desired.new_username, values[0]),
    ):
        if value not in (None, has):
            raise InvalidInput(
                option,
                f"the rotation {desired.rotation} has chosen another value already, which is in {path}",
                "Leave the option out. To choose another one before the write, undo the edit of the inventory, remove "
                "the file, and begin again",
            )


def _current(work: Work) -> Values:
    """Return what the tenant has now, as the inventory says; raise InvalidInput if the file says something else."""
    desired, noted = work.desired, work.noted
    if noted.current and work.found != {noted.current}:
        raise InvalidInput(
            "secret_file",
            f"the inventory has another {desired.kind.words}",
            f"{_edit(work.desired, work.own)} If the secret was changed by hand, remove the file",
        )
    (current,) = work.found
    if desired.new_secret == current[-1] and desired.new_username in (None, current[0]):
        raise InvalidInput("new_secret", f"it is the current {desired.kind.words}", "Choose another one")
    return current


def _check_present(work: Work, sight: Sight) -> None:
    """Raise InvalidInput if the server shows that the tenant does not have the service or a channel."""
    missing: list[Channel] = []
    if sight.document and work.desired.kind.option:
        there = _states(sight)
        missing = [channel for channel in work.own if channel_key(channel.channel_id) not in there]
    if sight.state == "absent" or missing:
        raise InvalidInput(
            _parameter(work.desired.kind),
            f"the tenant does not have the service {work.desired.kind.service}{_of(missing)}",
            "First provision the tenant",
        )


def _check_server(work: Work, sight: Sight, *allowed: Values) -> None:
    """Raise InvalidInput if the server shows that the tenant has none of these values."""
    _check_present(work, sight)
    kind = work.desired.kind
    if kind.option:
        own = {channel_key(channel.channel_id) for channel in work.own}
        shown = {key: (state.secrets[kind.option],) for key, state in _states(sight).items()}
        others = sorted(key for key, values in shown.items() if key not in own and values in allowed)
        if others:
            raise InvalidInput(
                "channels",
                f"the tenant has this {kind.words} for {', '.join(others)} too, which would keep the former one",
                "List the channel with its secrets",
            )
        found = [values for key, values in shown.items() if key in own]
    else:
        secret = services.without_masks((sight.document.secret if sight.document else None) or {})
        found = [tuple(secret.get(name) for name in _KEYS)]
    if not all(any(_may_be(values, has) for has in allowed) for values in found):
        raise InvalidInput(
            _parameter(kind),
            f"the tenant has another {kind.words} than the inventory",
            "First correct the inventory, or provision the tenant",
        )


def _may_be(shown: tuple[Any, ...], values: Values) -> bool:
    """Return True if values that a server shows may be these. It may hide some of them."""
    return all(not isinstance(value, str) or value == has for value, has in zip(shown, values))


def _states(sight: Sight) -> dict[str, channels.State]:
    """Return the channels that the server shows, by their canonical IDs."""
    return {channel_key(name): state for name, state in channels.observe(sight.document).items() if state.data}


def _parameter(kind: Kind) -> str:
    """Return the option that has what the tenant has now."""
    return "channels" if kind.option else _ACCOUNT[-1]


def _missing(work: Work) -> list[str]:
    """Return what the inventory does not take from the file: IDs of channels, or variables."""
    desired, noted = work.desired, work.noted
    current = noted.current or _current(work)
    if desired.kind.option:
        return sorted(
            channel.channel_id
            for channel in work.own
            if channel_key(channel.channel_id) not in desired.from_file
            or (channel.secrets[desired.kind.option],) != current
        )
    following = noted.following or desired.new(current, _NEW)
    names = [name for name, old, new in zip(_ACCOUNT, current, following) if old != new]
    return [name for name in names if name not in desired.from_file or desired.account != current]


def _edit(desired: Desired, own: Sequence[Channel], missing: Sequence[str] = _ACCOUNT) -> str:
    """Return which edit of the inventory lets it read the file.

    :arg missing: the variables of the account that do not read it.
    """
    kind = desired.kind
    pairs = dict(zip((kind.option,) if kind.option else _ACCOUNT, kind.variables))
    names = (kind.option,) if kind.option else missing
    values = " and ".join(f"{name} to '{{{{ {pairs[name]} }}}}'" for name in names)
    return f"In custom_gateway_channels, set {values}{_of(own)}." if kind.option else f"Set {values}."


def _check_inventory(work: Work) -> None:
    """Raise InvalidInput if the inventory would still have the former secret after the write."""
    missing = _missing(work)
    if missing:
        edit = _edit(work.desired, [channel for channel in work.own if channel.channel_id in missing], missing)
        raise InvalidInput(
            "ready",
            f"the inventory does not take the {work.desired.kind.words} from {work.file.path}. So the next provision "
            "would write the former one again",
            edit.rstrip("."),
        )


def _write(work: Work, sight: Sight, values: Values) -> Plan[ServicesClient]:
    """Return the plan that gives the tenant these values. Everything else stays as it is."""
    desired, is_unseen = work.desired, sight.document is None
    if desired.kind.option:
        written = _written(work, sight, values[-1])
        purge = is_unseen and desired.purge
        return channels.plan(channels.Desired(written, purge, rewrite_secret=True, write_blindly=True), sight)
    if is_unseen and not desired.url:
        raise InvalidInput(
            "kaleyra_url",
            f"it is missing. The server does not show the service {desired.kind.service}",
            "Set it, so that the service can be written",
        )
    wanted = services.Desired(
        desired.kind.service,
        # A service that can be read keeps its URL.
        url=desired.url if is_unseen else None,
        secret=dict(zip(_KEYS, values)),
        rewrite_secret=True,
        write_blindly=True,
    )
    return services.plan(wanted, sight)


def _hides(sight: Sight) -> bool:
    """Return True if the server does not show all secrets of the channels."""
    return any(services.UNKNOWN in state.secrets.values() for state in _states(sight).values())


def _rest(work: Work, sight: Sight) -> str:
    """Return where the other parts of the service come from, for a sentence, if the server does not show them."""
    if sight.document is None:
        return ", with all else from the inventory, because the server does not show it"
    if work.desired.kind.option and _hides(sight):
        return ", with all other secrets from the inventory, because the server does not show them"
    return ""


def _written(work: Work, sight: Sight, secret: str) -> tuple[Channel, ...]:
    """Return the channels to write.

    A write replaces the whole service. What the server does not show comes from the inventory. The rest stays.
    """
    new: dict[str, Any] = {work.desired.kind.option: secret}
    complete = [replace(channel, **new) if channel in work.own else channel for channel in work.desired.channels]
    if sight.document is None:
        return tuple(complete)
    states, hides = _states(sight), _hides(sight)
    there = [replace(channel, webhook_url=None) for channel in complete if channel_key(channel.channel_id) in states]
    if hides:
        return tuple(there)
    own = {channel.channel_id for channel in work.own}
    return tuple(
        # A channel without an entry for its secrets gets both.
        replace(Channel(channel.parameter, channel.channel_id), **new)
        if states[channel_key(channel.channel_id)].secret
        else channel
        for channel in there
        if channel.channel_id in own
    )


def _choose(work: Work, current: Values, _client: ServicesClient) -> None:
    desired = work.desired
    following = desired.new(current, desired.new_secret or secrets.token_hex(_BYTES))
    work.secrets.add(*following)
    remedy = "Fix this and run again"
    work.note(remedy, changed=False, current=current, following=following, rotation=desired.rotation)


def _call(work: Work, calls: Sequence[Step[ServicesClient]], client: ServicesClient) -> None:
    # After the write, the file must be written too.
    work.file.prepare(*names_of(work.desired.kind))
    for step in calls:
        step.call(client)


def _note(work: Work, _client: ServicesClient) -> None:
    noted = work.noted
    remedy = (
        f"The tenant has the new {work.desired.kind.words} already. Fix this and run again, before another playbook "
        "runs"
    )
    work.note(remedy, changed=True, current=noted.following, following=None, previous=noted.current)


def _remove(work: Work, _client: ServicesClient) -> None:
    work.note("Fix this and run again", changed=False, previous=None)


def outlook(work: Work, before: str, after: str) -> list[str]:
    """Return what a person has to do after this run.

    :arg before: how far the rotation was before it.
    :arg after: how far the rotation is now, or would be in check mode.
    """
    kind, path = work.desired.kind, work.file.path
    current, following, previous = (" and ".join(names) for names in _names(kind))
    if after == CHOSEN:
        told = [kind.first.format(new=following, path=path)]
        missing = _missing(work)
        if missing:
            verb = "have the current values" if len(kind.variables) > 1 else "has the current value"
            told.append(
                f"{_edit(work.desired, work.own, missing)} {current} {verb} until the new one is written. So this edit "
                "changes nothing now. If the value is in another variable, you can set that one instead."
            )
        return [*told, "Then run again with ready: true (the playbook: with -e rotation_ready=true)."]
    told = []
    if before == CHOSEN:
        told.append(f"Keep {path} where the inventory reads it, such as by a commit, before another playbook runs.")
    elif work.found != {work.noted.current}:
        told.append(f"The inventory has another {kind.words} than {path}. {_edit(work.desired, work.own)}")
    if after == WRITTEN:
        told.append(
            f"{kind.last} {path} keeps what was there before as {previous}, so that you can go back. When you do not "
            "need that any more, run again with remove: true (the playbook: with -e rotation_remove=true)."
        )
    return told


def run(task: Run) -> dict[str, Any]:
    """Run nexus_secret_rotation."""
    desired = parse(task)
    file = secret_file(task.params, task.python, check_mode=task.check_mode)
    if file is None:
        raise InvalidInput("secret_file", "it is missing", "Set it to the path of the file for the new secret")
    client = services_client(task)
    work = Work(file, desired, task.secrets)
    outcome = reconcile(task, client, partial(look, work, client), partial(plan, work))
    before, after = outcome.plan.before["rotation"], outcome.plan.after["rotation"]
    uploads: list[str] = []
    if desired.probe and desired.ready and after == WRITTEN:
        uploads = [f"upload a file to the channel {channel.channel_id}, signed with the secret" for channel in work.own]
        values = work.noted.current
        if values and not task.check_mode:
            try:
                prove([replace(channel, api_secret=values[-1]) for channel in work.own], messaging_client(task))
            except SmsError as error:
                outcome.came_before(error)
                raise
    return {
        **outcome.result,
        "changed": outcome.changed or bool(uploads),
        "steps": [*outcome.plan.sentences, *uploads],
        "channels": sorted(channel.channel_id for channel in work.own),
        "next_steps": outlook(work, before, after),
    }
