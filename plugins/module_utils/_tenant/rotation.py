# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rotate an API key of Digital Channels, and give the new key to the numbers that use it, for nexus_api_key_rotation.

This file combines two systems: Digital Channels has the keys, and Genesys Cloud CX has the numbers.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from .._core import checks
from .._core.errors import InvalidInput, Refused, Unsupported
from .._core.options import HTTP
from .._core.secret_file import OPTIONS as SECRET_FILE
from .._core.secret_file import SecretFile, secret_file
from .._core.secrets import Secrets
from .._core.task import Plan, Run, Step, reconcile
from .._digital_channels import api_keys
from .._digital_channels.api_keys_client import ApiKey, ApiKeysClient
from .._digital_channels.options import api_keys_client
from .._digital_channels.services_client import no_such_call
from .._genesys_cloud.cloud_client import is_gone
from .._genesys_cloud.numbers.client import CloudNumbers, TollfreeNumber
from .._genesys_cloud.options import GENESYS_CLOUD, numbers_client

_CLOUD = ("gc_region", "gc_login_url", "gc_api_url", "gc_client_id", "gc_client_secret")

ROTATION: dict[str, Any] = {
    "type": "str",
    "description": """
        - Name of the rotation, such as V(2026-11). The name of the new key contains it.
        - Runs with the same name continue the same rotation. A run with another name begins another one.
    """,
    "required": True,
}

OPTIONS: dict[str, Any] = {
    "rotation": ROTATION,
    "tenant": {
        "type": "str",
        "description": """
            Contact center ID (a UUID) of the tenant of the key, or an empty string for a key of the whole installation.
        """,
        "default": "",
    },
    "tenants": {
        "type": "list",
        "description": "The tenants that use the key, as the inventory describes them.",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {
                "type": "str",
                "description": "Name of the tenant in the inventory, for messages.",
                "required": True,
            },
            "ccid": {
                "type": "str",
                "description": "Contact center ID, a UUID. Numbers with this webhook user get the new key.",
            },
            "key": {
                "type": "str",
                "description": "The key that the inventory has for the tenant.",
                "no_log": True,
            },
            **{
                name: {
                    **{key: value for key, value in GENESYS_CLOUD[name].items() if key not in ("fallback", "aliases")},
                    "description": GENESYS_CLOUD[name]["description"],
                }
                for name in _CLOUD
            },
        },
    },
    "new_key": {
        "type": "str",
        "description": """
            - The new key, a UUID, if you want to choose it.
            - If it is not set, the server chooses the key. On a server that does not list its keys, the module does.
        """,
        "no_log": True,
    },
    **SECRET_FILE,
    "secret_file": {
        **SECRET_FILE["secret_file"],
        "description": """
            - The file that gets the new key, as the variable C(nexus_cluster_api_key), or C(nexus_api_key) with
              O(tenant). An absolute path. The variables C(…_previous), C(…_next) and C(…_rotation) say how far the
              rotation is.
            - Only the owner can read the file. The module replaces the whole file. It does not replace a file with
              other variables.
            - The module must be able to read the file. If it is encrypted, set O(vault_password_file).
        """,
        "required": True,
    },
    "confirm_unseen": {
        "type": "bool",
        "description": """
            Disable the former key although the numbers of some tenants can't be seen, because the tenant has no
            C(gc_client_id) or C(gc_client_secret). If such a number has the former key, its messages are refused then.
        """,
        "default": False,
    },
    "remove": {
        "type": "bool",
        "description": "Delete the former key, if it was disabled before this run.",
        "default": False,
    },
}
"""The options of nexus_api_key_rotation."""

_ROTATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


@dataclass(frozen=True)
class Tenant:
    """A tenant of the inventory that uses the key.

    :arg seen: whether the numbers of its OAuth client can be seen.
    """

    name: str
    ccid: str
    key: str | None
    seen: bool


@dataclass(frozen=True)
class Desired:
    """A rotation as the user wants it.

    :arg tenant: the ccid, or an empty string for the whole installation.
    :arg key: the new key, if the user chooses it.
    """

    rotation: str
    tenant: str
    tenants: tuple[Tenant, ...]
    nexus_url: str
    key: str | None = None
    confirm_unseen: bool = False
    remove: bool = False

    @property
    def unseen(self) -> list[str]:
        """The tenants whose numbers can't be seen. Only a key of the whole installation is given to numbers."""
        return [] if self.tenant else [tenant.name for tenant in self.tenants if not tenant.seen]


@dataclass(frozen=True)
class Noted:
    """What the secret file has.

    :arg current: the key that the inventory should have.
    :arg previous: the key before the rotation, until it is deleted.
    :arg next: the key that is about to be created.
    :arg rotation: the name of the rotation, followed by the numbers that have the current key.
    """

    current: str | None = None
    previous: str | None = None
    next: str | None = None
    rotation: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        """All keys in the file."""
        return [key for key in (self.current, self.previous, self.next) if key]

    def numbers(self, rotation: str) -> tuple[str, ...]:
        """Return the numbers that have the new key of a rotation."""
        return self.rotation[1:] if self.rotation[:1] == (rotation,) else ()


@dataclass(frozen=True)
class Observed:
    """The keys with the name of the key in use, what the file has, and the numbers that use the webhook.

    :arg base: the name of the key without a rotation.
    :arg permissions: those of the key in use.
    :arg lists: whether the server lists its keys.
    :arg numbers: the place of the tenant whose OAuth client has it, by number.
    """

    base: str
    permissions: tuple[str, ...]
    keys: tuple[ApiKey, ...]
    noted: Noted
    lists: bool = True
    numbers: Mapping[str, int] = field(default_factory=dict)

    def split(self, rotation: str) -> tuple[ApiKey | None, list[ApiKey]]:
        """Return the new key of a rotation, and the other keys."""
        name = api_keys.rotated_name(self.base, rotation)
        new = next((key for key in self.keys if key.name == name), None)
        return new, [key for key in self.keys if key != new]


def parse(run: Run) -> Desired:
    """Return what the parameters ask for; raise InvalidInput if they are invalid."""
    params = run.params
    tenants = []
    for place, item in enumerate(params["tenants"]):
        ccid = checks.uuid(f"tenants[{place}].ccid", item["ccid"]) if item["ccid"] else ""
        tenants.append(Tenant(item["name"], ccid, item["key"], bool(item["gc_client_id"] and item["gc_client_secret"])))
    if not any(tenant.key for tenant in tenants):
        raise InvalidInput("tenants", "none of them has a key", "Give the key that is in use, so that it can be found")
    return Desired(
        rotation=rotation_of(params),
        tenant=api_keys.tenant_of(params["tenant"]),
        tenants=tuple(tenants),
        nexus_url=checks.http_url("nexus_url", params["nexus_url"]),
        key=api_keys.chosen_key(params["new_key"], "new_key"),
        confirm_unseen=params["confirm_unseen"],
        remove=params["remove"],
    )


def rotation_of(params: Mapping[str, Any]) -> str:
    """Return the name of a rotation; raise InvalidInput if it is invalid."""
    rotation = str(params["rotation"])
    if not _ROTATION.fullmatch(rotation):
        raise InvalidInput(
            "rotation",
            f"'{rotation}' can't be the name of a rotation",
            "Use at most 40 letters, digits and _ . -, such as 2026-11",
        )
    return rotation


def names_of(tenant: str) -> tuple[str, str, str, str]:
    """Return the variables of the file: the fields of ``Noted``, in their order."""
    name = api_keys.variable_of(tenant)
    return name, f"{name}_previous", f"{name}_next", f"{name}_rotation"


def read_file(file: SecretFile, tenant: str) -> Noted:
    """Return what the file has. Raise InvalidInput if it can't be used."""
    current, previous, following, rotation = file.texts(*names_of(tenant))
    return Noted(current, previous, following, tuple((rotation or "").split()))


@dataclass
class Work:
    """What this run has done.

    :ivar noted: what the file has now.
    :ivar new: the new key, if it exists.
    :ivar by_hand: the keys that the server can't disable or delete.
    :ivar failures: by number, why it did not get the new key.
    """

    file: SecretFile
    desired: Desired
    accounts: Mapping[int, CloudNumbers]
    secrets: Secrets
    noted: Noted = field(default_factory=Noted)
    new: ApiKey | None = None
    by_hand: list[str] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    failures: dict[str, Refused] = field(default_factory=dict)

    def note(self, **fields: Any) -> None:
        """Write fields of ``Noted`` to the file."""
        self.noted = replace(self.noted, **fields)
        values = (self.noted.current, self.noted.previous, self.noted.next, " ".join(self.noted.rotation))
        variables = {name: value for name, value in zip(names_of(self.desired.tenant), values) if value}
        self.file.write(variables, "Fix this and run again. The run continues the rotation", changed=True)


def look(work: Work, client: ApiKeysClient) -> Observed:
    """Read the keys, the file, and the numbers of each account."""
    desired = work.desired
    noted = read_file(work.file, desired.tenant)
    work.secrets.add(*noted.keys)
    in_use = [*noted.keys, *(tenant.key for tenant in desired.tenants if tenant.key)]
    listed = client.list()
    if listed is None:
        ids = dict.fromkeys([*in_use, *([desired.key] if desired.key else [])])
        keys = [key for key in map(client.read, ids) if key is not None]
    else:
        keys = listed
    _check_ids(desired, noted, keys)
    base, permissions = _base(desired, [key for key in keys if key.id in in_use])
    family = [key for key in keys if key.tenant == desired.tenant and api_keys.base_name(key.name) == base]
    numbers: dict[str, int] = {}
    found = {place: account.purchased() for place, account in work.accounts.items()}
    for place, number in users(desired, found):
        numbers.setdefault(number, place)
    return Observed(base, permissions, tuple(family), noted, listed is not None, numbers)


def _check_ids(desired: Desired, noted: Noted, keys: Sequence[ApiKey]) -> None:
    """Raise InvalidInput if the file or the chosen key belongs to something else."""
    if noted.current and not any(key.id == noted.current for key in keys):
        raise InvalidInput(
            "secret_file",
            "it has a key that this installation does not have",
            "Give the file of this installation. If somebody deleted the key, remove the file",
        )
    chosen = next((key for key in keys if desired.key and key.id == desired.key), None)
    if chosen and not (
        chosen.tenant == desired.tenant and chosen.name.endswith(api_keys.rotated_name("", desired.rotation))
    ):
        raise InvalidInput(
            "new_key", f"it is the API key {chosen.name} already", "Choose another key for each rotation"
        )


def _base(desired: Desired, used: Sequence[ApiKey]) -> tuple[str, tuple[str, ...]]:
    """Return the name of the key in use, without its rotation, and its permissions."""
    option = "tenants[].key"
    own = [key for key in used if key.tenant == desired.tenant]
    if not own:
        raise InvalidInput(
            option,
            "there is no such key in Digital Channels" if not used else "it is a key of another tenant",
            "Give the key that is in use",
        )
    bases = sorted({api_keys.base_name(key.name) for key in own})
    if len(bases) > 1:
        raise InvalidInput(
            option,
            f"the tenants and the secret file have keys with different names, {', '.join(bases)}",
            "Give them the same key, or rotate these keys separately",
        )
    return bases[0], own[0].permissions


def users(desired: Desired, accounts: Mapping[int, Sequence[TollfreeNumber]]) -> list[tuple[int, str]]:
    """Return the numbers that use the webhook of this installation, listed in the inventory or not.

    The webhook user of a number is a tenant of the inventory, or one of its URLs is one of this installation.
    """
    ccids = {tenant.ccid for tenant in desired.tenants if tenant.ccid}
    everything = [(place, number) for place, numbers in accounts.items() for number in numbers]

    def is_tenant(number: TollfreeNumber) -> bool:
        return number.fields["webhook_username"].strip().lower() in ccids

    def webhooks(number: TollfreeNumber) -> set[str]:
        return {checks.url_meaning(number.fields[name].strip().rstrip("/")) for name in ("mo_url", "dr_url")} - {""}

    urls = {checks.url_meaning(f"{desired.nexus_url}/nexus/v3/sms/{name}") for name in ("message", "receipt")}
    urls = urls.union(*(webhooks(number) for _place, number in everything if is_tenant(number)))
    return [(place, number.number) for place, number in everything if is_tenant(number) or webhooks(number) & urls]


def plan(work: Work, observed: Observed) -> Plan[ApiKeysClient]:
    """Return the steps of this run. A later run has the following ones."""
    desired, path = work.desired, work.file.path
    work.noted = noted = observed.noted
    new, older = observed.split(desired.rotation)
    new = work.new = new or work.new
    name = api_keys.rotated_name(observed.base, desired.rotation)
    _check(desired, observed, new)
    steps: list[Step[ApiKeysClient]] = []
    if new is None:
        if not observed.lists and (noted.next is None or desired.key not in (None, noted.next)):
            steps.append(Step((f"note the new API key in {path}",), partial(_choose, work)))
        steps.append(Step((f"create the API key {name}",), partial(_create, work, observed)))
    switched = new is not None and noted.current == new.id
    former = _former(desired, noted, older)
    if not switched:
        steps.append(Step((f"write the new API key to {path}, beside the former one",), partial(_switch, work, former)))
    due = [number for number in _due(desired, observed, switched, older) if number not in work.given]
    steps += [
        Step((f"give the new API key to the number {number}",), partial(_give, work, observed.numbers[number], number))
        for number in due
    ]
    if due or work.given:
        step = partial(_note_numbers, work, former)
        steps.append(Step((f"note in {path} which numbers have the new API key",), step))
    states = {key.name: "enabled" if key.enabled else "disabled" for key in observed.keys}
    after = {**states, name: "enabled"}
    is_ready = switched and not due and not work.given and not _is_handed_over(desired, observed)
    if is_ready and not waiting(desired, observed):
        for key in older:
            if key.enabled:
                sentence = f"disable the API key {key.name}, or say that it must be done by hand if the server can't"
                steps.append(Step((sentence,), partial(_retire, work, replace(key, enabled=False), delete=False)))
                after[key.name] = "disabled"
            elif desired.remove:
                sentence = f"delete the API key {key.name}, or say that it must be done by hand if the server can't"
                steps.append(Step((sentence,), partial(_retire, work, key, delete=True)))
                del after[key.name]
        if noted.previous and (desired.remove or not older) and not any(key.enabled for key in older):
            steps.append(Step((f"remove the former API key from {path}",), partial(_finish, work)))
    before_numbers, after_numbers = dict.fromkeys(due, "former API key"), dict.fromkeys(due, name)
    kept = "former API key" if not switched else name
    return Plan(
        {"api_keys": states, "numbers": before_numbers, "secret_file": kept},
        {"api_keys": after, "numbers": after_numbers, "secret_file": name},
        tuple(steps),
    )


def _former(desired: Desired, noted: Noted, older: Sequence[ApiKey]) -> str | None:
    """Return the key that was in use before the rotation."""
    known = (noted.previous, noted.current, *(tenant.key for tenant in desired.tenants))
    ids = [key.id for key in older]
    return next((key for key in known if key in ids), ids[0] if ids else noted.previous)


def _check(desired: Desired, observed: Observed, new: ApiKey | None) -> None:
    """Raise InvalidInput if this rotation can't be run."""
    doubled = sorted({key.name for key in observed.keys if [each.name for each in observed.keys].count(key.name) > 1})
    if doubled:
        raise InvalidInput(
            "tenants[].key",
            f"there are several API keys named {doubled[0]}, so it is not clear which of them is in use",
            "Delete or rename all but one",
        )
    if new is not None and not new.enabled:
        raise InvalidInput(
            "rotation",
            f"the API key {new.name} is disabled, so it can't become the new key",
            "Use a new name, or enable the key",
        )
    if new is not None and desired.key not in (None, new.id):
        raise InvalidInput("new_key", f"the API key {new.name} exists with another value", "Leave the option out")
    begun = observed.noted.rotation[:1]
    if not observed.lists and observed.noted.previous and begun != (desired.rotation,):
        raise InvalidInput(
            "rotation",
            "the secret file has the former key of another rotation. The server does not list keys, so that key would "
            "be forgotten",
            f"First delete it with the rotation {' '.join(begun) or 'that created it'} and remove: true",
        )


def _due(desired: Desired, observed: Observed, switched: bool, older: Sequence[ApiKey]) -> list[str]:
    """Return the numbers that may still have the former key."""
    if switched and (_is_handed_over(desired, observed) or not (older or observed.noted.previous)):
        return []
    return sorted(set(observed.numbers).difference(observed.noted.numbers(desired.rotation)))


def _is_handed_over(desired: Desired, observed: Observed) -> bool:
    """Return True if the rotation is complete, and a person has to remove the former key."""
    return observed.noted.previous is None and observed.noted.rotation[:1] == (desired.rotation,)


def waiting(desired: Desired, observed: Observed) -> list[str]:
    """Return the reasons why the former key can't be disabled yet, and what to do."""
    new, older = observed.split(desired.rotation)
    if new is None or observed.noted.current != new.id or not older or _is_handed_over(desired, observed):
        return []
    variable = api_keys.variable_of(desired.tenant)
    reasons = []
    behind = [tenant.name for tenant in desired.tenants if tenant.key != new.id]
    if behind:
        reasons.append(
            f"The inventory does not have the new key for {', '.join(behind)}. Keep the secret file where the "
            f"inventory reads it, and remove {variable} from all other places."
        )
    if desired.unseen and not desired.confirm_unseen and any(key.enabled for key in older):
        reasons.append(
            f"The numbers of {', '.join(desired.unseen)} can't be seen, because gc_client_id or gc_client_secret is "
            "missing. They may have the former key, and then their messages would be refused. Set the variables, or "
            "give the numbers the new key in another way and set confirm_unseen to true (the playbook: "
            "rotation_confirm_unseen)."
        )
    return reasons


def outlook(
    desired: Desired, observed: Observed, work: Work, after: Mapping[str, str], *, check_mode: bool = False
) -> list[str]:
    """Return what a person has to do after this run.

    :arg observed: the state before the steps of this run.
    :arg after: the state of each key after this run, by its name.
    """
    new, older = observed.split(desired.rotation)
    names = ", ".join(key.name for key in older)
    if work.by_hand or (older and _is_handed_over(desired, observed)):
        sentence = (
            f"This server can't change or delete API keys by its API. So disable {', '.join(work.by_hand) or names} in "
            "the user interface of Digital Channels, and delete it later."
        )
        return [sentence]
    if new is None or observed.noted.current != new.id:
        sentence = (
            f"When {work.file.path} has the new key, let the inventory read it for all tenants. Then run again, to "
            "disable the former key."
        )
        return [sentence]
    if not older:
        return []
    reasons = waiting(desired, observed)
    if reasons:
        return [f"The former key {names} stays as it is.", *reasons]
    if not any(key.name in after for key in older):
        return []
    if any(after.get(key.name) == "enabled" for key in older):
        return [f"The former key {names} is still enabled. Run again, to disable it."]
    verb = "would be" if check_mode and any(key.enabled for key in older) else "is"
    sentence = (
        f"The former key {names} {verb} disabled, and can be enabled again. When it is not needed any more, run again "
        "with remove: true (the playbook: with -e rotation_remove=true), to delete it."
    )
    return [sentence]


def _choose(work: Work, _client: ApiKeysClient) -> None:
    key = work.desired.key or str(uuid.uuid4())
    work.secrets.add(key)
    work.note(next=key)


def _create(work: Work, observed: Observed, client: ApiKeysClient) -> None:
    desired = work.desired
    work.file.prepare(*names_of(desired.tenant))
    name = api_keys.rotated_name(observed.base, desired.rotation)
    identifier = desired.key or (None if observed.lists else work.noted.next)
    key = ApiKey(identifier, desired.tenant, name, True, observed.permissions)
    wanted = api_keys.Desired(name, desired.tenant, key=identifier, permissions=observed.permissions)
    try:
        work.new = api_keys.create(wanted, key, client)
    except Unsupported as error:
        reason = "" if observed.lists else " A server that does not list keys either can't rotate them by its API."
        raise Unsupported(
            "This server chooses API keys itself. It made another key than the wanted one, and the module deleted that "
            f"key. Leave the option new_key out.{reason}"
        ) from error


def _switch(work: Work, former: str | None, _client: ApiKeysClient) -> None:
    new = _made(work).id
    work.note(current=new, previous=former, next=None, rotation=(work.desired.rotation,))


def _made(work: Work) -> ApiKey:
    if work.new is None:
        raise AssertionError("the new API key was not created")
    return work.new


def _give(work: Work, place: int, number: str, _client: ApiKeysClient) -> bool:
    try:
        work.accounts[place].change(number, {"webhookPassword": str(_made(work).id)})
    except Refused as error:
        # A number that was released in the meantime needs no key. An error must not keep other numbers from getting it.
        if not is_gone(error):
            work.failures[number] = error
        return False
    work.given.add(number)
    return True


def _note_numbers(work: Work, former: str | None, _client: ApiKeysClient) -> None:
    rotation = work.desired.rotation
    numbers = sorted({*work.noted.numbers(rotation), *work.given})
    work.note(previous=former, rotation=(rotation, *numbers))
    work.given.clear()
    if work.failures:
        error = next(iter(work.failures.values()))
        error.add(f"These numbers still have the former key: {', '.join(work.failures)}. Run again.")
        raise error


def _retire(work: Work, key: ApiKey, client: ApiKeysClient, *, delete: bool) -> None:
    try:
        if delete:
            client.delete(key)
        else:
            client.replace(key)
    except Refused as error:
        if not no_such_call(error):
            raise
        work.by_hand.append(key.name)
        # Later runs do not try it again.
        rotation = work.desired.rotation
        work.note(previous=None, rotation=(rotation, *work.noted.numbers(rotation)))


def _finish(work: Work, _client: ApiKeysClient) -> bool:
    if work.by_hand:
        return False
    work.note(previous=None, rotation=())
    return True


def run(task: Run) -> dict[str, Any]:
    """Run nexus_api_key_rotation."""
    desired = parse(task)
    file = secret_file(task.params, task.python, check_mode=task.check_mode)
    if file is None:
        raise InvalidInput("secret_file", "it is missing", "Set it to the path of the file for the new key")
    client = api_keys_client(task)
    work = Work(file, desired, {} if desired.tenant else _accounts(task), task.secrets)
    outcome = reconcile(task, client, partial(look, work, client), partial(plan, work))
    observed = outcome.found
    return {
        **outcome.result,
        "api_keys": outcome.plan.after["api_keys"],
        "numbers": sorted(observed.numbers),
        "next_steps": outlook(desired, observed, work, outcome.plan.after["api_keys"], check_mode=task.check_mode),
    }


def _accounts(task: Run) -> dict[int, CloudNumbers]:
    """Return the client of each OAuth client of the tenants, by the place of the first tenant with it."""
    accounts: dict[int, CloudNumbers] = {}
    for place, item in enumerate(task.params["tenants"]):
        if item["gc_client_id"] and item["gc_client_secret"]:
            login = {**{name: item[name] for name in _CLOUD}, "gc_access_token": None}
            params = {**{name: task.params[name] for name in HTTP}, **login}
            account = numbers_client(replace(task, params=params, given=login))
            if account not in accounts.values():
                accounts[place] = account
    return accounts
