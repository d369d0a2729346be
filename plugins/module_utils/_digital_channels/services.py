# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services definitions of Digital Channels: desired, observed, plan (contract section 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .._core import checks
from .._core.errors import InvalidInput, SmsError, Unsupported
from .._core.secrets import hide, whole
from .._core.task import Outcome, Plan, Run, Step, reconcile
from .options import services_client
from .services_client import Document, Listed, ServicesClient, Sight, is_masked, sight_in

UNKNOWN = object()
"""Stands for a secret that the server has but does not return."""


OPTIONS: dict[str, Any] = {
    "service": {
        "type": "str",
        "description": """
            Name of the service, such as V(SMS), V(mGageSMS), V(Async), V(PurecloudIDP) or V(PorticoSMS).
        """,
        "required": True,
    },
    "url": {
        "type": "str",
        "description": """
            - URL of the service, or V(N/A) if Genesys' guide says so.
            - A trailing slash makes no difference.
        """,
    },
    "data": {
        "type": "dict",
        "description": "Settings of the service. They are JSON, so numbers and booleans keep their type.",
    },
    "secret": {
        "type": "dict",
        "description": """
            - Secrets of the service. They are never shown. Each is a string, so put numbers in quotes.
            - If the server returns its secrets, the module compares them. If the server masks or omits them,
              O(update_secret) decides.
            - A write replaces the whole service. If something else changes and the server does not return the
              secrets, give all of them, or V({}) if there are none.
        """,
        "no_log": True,
    },
    "update_secret": {
        "type": "str",
        "description": """
            - When to write secrets that can't be compared, because the server masks or omits them.
            - V(on_create) writes them when the module creates the service, or replaces it for another reason.
            - V(always) writes them on each run and reports a change. Use it to rotate a secret.
        """,
        "choices": ["on_create", "always"],
        "default": "on_create",
        "no_log": False,
    },
    "when_unreadable": {
        "type": "str",
        "description": """
            - What to do if the server does not support reading services. Then the module can't see whether
              something has to be written.
            - V(fail) fails with a message.
            - V(write) writes the service on each run and reports a change. It requires O(secret). If O(url) or
              O(data) is not set, it is written empty.
            - O(state=absent) works without reading. Each run sends the deletion, and reports a change if the
              service existed.
        """,
        "choices": ["fail", "write"],
        "default": "fail",
    },
    "leftovers": {
        "type": "list",
        "description": """
            - Names of services that a former SMS option of the tenant may have left.
            - The module looks for them with O(state=absent) or O(remove_leftovers=true). It returns those that it
              finds, and a warning names them.
        """,
        "version_added": "0.4.0",
        "elements": "str",
    },
    "remove_leftovers": {
        "type": "bool",
        "description": """
            - Whether to delete the O(leftovers).
            - Make sure that nothing else uses them. The service V(Async) may have channels that are not for SMS.
        """,
        "version_added": "0.4.0",
        "default": False,
    },
    "state": {
        "type": "str",
        "description": "Whether the service should exist.",
        "choices": ["present", "absent"],
        "default": "present",
    },
}
"""The options of nexus_service."""


INFO: dict[str, Any] = {
    "service": {
        "type": "str",
        "description": "Name of the service to return. If it is not set, the module returns all services.",
    },
}
"""The options of nexus_service_info."""


@dataclass(frozen=True)
class Desired:
    """A service as the user wants it. None means: leave it as it is.

    :arg url: an empty string removes the key. The URL that the service has already is accepted in any form.
    :arg data: keys to set. None as a value removes the key. An empty dictionary removes all keys.
    :arg secret: the same for the secrets.
    :arg present: False deletes the service.
    :arg rewrite_secret: write secrets that can't be compared.
    :arg write_blindly: write to a server that has no call to read services.
    :arg place: where the user wrote the options, for messages.
    """

    service: str
    url: str | None = None
    data: dict[str, Any] | None = None
    secret: dict[str, Any] | None = None
    present: bool = True
    rewrite_secret: bool = False
    write_blindly: bool = False
    place: str = ""


def parse(run: Run, item: Mapping[str, Any] | None = None, path: tuple[str | int, ...] = ()) -> Desired:
    """Return what the parameters of nexus_service ask for; raise InvalidInput if they are invalid.

    :arg item: the options of one service in a list. None: the parameters themselves.
    :arg path: where the list has them.
    """
    params = run.params
    item, place = params if item is None else item, place_of(path)
    service = checks.service_name(f"{place}service", item["service"])
    url = "" if run.is_null(*path, "url") else item["url"]
    secret = {} if run.is_null(*path, "secret") else item["secret"]
    _check_secret(f"{place}secret", secret)
    return Desired(
        service=service,
        url=None if url is None else url.strip(),
        data={} if run.is_null(*path, "data") else item["data"],
        secret=secret,
        present=params["state"] == "present",
        rewrite_secret=item["update_secret"] == "always",
        write_blindly=params["when_unreadable"] == "write",
        place=place,
    )


def place_of(path: Iterable[str | int]) -> str:
    """Return a path within the parameters for messages: ("services", 1) as ``services[1].``"""
    return "".join(f"[{key}]." if isinstance(key, int) else key for key in path)


def plan(desired: Desired, sight: Sight) -> Plan[ServicesClient]:
    """Return the plan from what the server shows of a service to the desired service.

    :raises Unsupported: the server has no call to read services, and when_unreadable does not allow a write without it.
    :raises InvalidInput: a secret would be lost.
    """
    service = desired.service
    observed = sight.document
    if desired.present:
        seen = observed or Document(None, {}, {})
        desired = replace(
            desired,
            url=whole(f"{desired.place}url", desired.url, seen.url),
            data=whole(f"{desired.place}data", desired.data, seen.data),
        )
    if is_blind(service, sight, desired.present, desired.write_blindly):
        return _blind_plan(desired, sight)
    before = _shown(observed)
    if not desired.present:
        if observed is None:
            return Plan(before, {})
        sentences = (*_removed_channels(observed), f"delete the service {service}")
        return Plan(before, {}, (delete_step(sentences, service, sight),))
    if observed is None:
        if sight.state == "doubtful":
            _need_secret(desired)
        document = Document(_new_url(desired), merged({}, desired.data), merged({}, desired.secret))
        written = _paths(document.secret)
        sentences = (f"create the service {service}",)
        step = write_step(sentences, service, document, doubtful=sight.state == "doubtful")
        return Plan(before, _shown(document, written), (step,))
    differing = _differing_secrets(desired, observed, desired.rewrite_secret)
    url = observed.url
    if desired.url is not None and not checks.same_url(desired.url, observed.url or ""):
        url = _new_url(desired)
    data = merged(observed.data, desired.data)
    if url == observed.url and _same(data, observed.data) and not differing:
        return Plan(before, before)
    document = Document(url, data, _secret_to_write(desired, observed))
    parts = [
        name
        for name, differs in (
            ("url", url != observed.url),
            ("data", not _same(data, observed.data)),
            ("secret", bool(differing)),
        )
        if differs
    ]
    step = write_step((f"change {', '.join(parts)} of the service {service}",), service, document)
    # The write replaces the whole service, so it has the secrets that can't be compared too.
    written = _differing_secrets(desired, observed, rewrite=True)
    return Plan(before, _shown(document, written), (step,))


def _removed_channels(document: Document) -> tuple[str, ...]:
    """Return a sentence for each channel that is deleted with its service."""
    channels = document.data.get("channels")
    entries = channels if isinstance(channels, list) else []
    return tuple(f"remove the channel {entry['channelId']}" for entry in entries if _has_id(entry))


def _has_id(entry: Any) -> bool:
    return isinstance(entry, dict) and bool(entry.get("channelId"))


def run(task: Run) -> dict[str, Any]:
    """Run nexus_service."""
    desired = parse(task)
    check_leftovers(task.params["leftovers"], [desired.service])
    outcome = apply_plan(task, desired.service, desired.present, partial(plan, desired))
    return {**with_leftovers(task, outcome, present=desired.present), "service": told(desired, outcome.plan.after)}


def told(desired: Desired, shown: dict[str, Any]) -> dict[str, Any]:
    """Return a service as options of the module, from a state of its plan."""
    return {"service": desired.service, **_told(shown)}


def check_leftovers(names: list[str] | None, managed: list[str]) -> None:
    """Raise InvalidInput if a name of a leftover is invalid, or is a service that the task itself manages."""
    for number, name in enumerate(names or []):
        option = f"leftovers[{number}]"
        if checks.service_name(option, name) in managed:
            raise InvalidInput(option, f"the task itself manages the service {name}", f"Remove {name} from leftovers")


def with_leftovers(
    task: Run, outcome: Outcome[Any, ServicesClient], *, present: bool, listed: Listed | None = None
) -> dict[str, Any]:
    """Return the result of an outcome, after looking for services that a former SMS option of the tenant has left.

    :arg present: False if services were deleted. Then leftovers are looked for even if they are not to be removed.
    :arg listed: returns the list of services, if it was perhaps read before.
    """
    if not task.params["remove_leftovers"] and present:
        return outcome.result
    try:
        leftovers = apply_leftovers(task, listed)
    except SmsError as error:
        if not task.check_mode:
            outcome.came_before(error)
        raise
    found = sorted(name for name, sight in leftovers.found.items() if sight.state == "present")
    if not task.params["remove_leftovers"]:
        _warn_of_leftovers(task, found, sorted(set(leftovers.found) - set(found)))
    return {**outcome.then(leftovers).result, "leftovers": found}


def apply_leftovers(task: Run, listed: Listed | None = None) -> Outcome[dict[str, Sight], ServicesClient]:
    """Look for services that a former SMS option of the tenant has left. Delete them if ``remove_leftovers`` is set."""
    client = services_client(task)
    lists = [listed] if listed else []

    def observe() -> dict[str, Sight]:
        names = task.params["leftovers"] or []
        # After a deletion with an unclear outcome, an older list is no help.
        read = lists.pop() if lists else client.list
        services = read() if names else {}
        if services is None:
            sights = {name: client.look(name, read) for name in names}
        else:
            sights = {name: sight_in(services, name) for name in names}
        return {name: sight for name, sight in sights.items() if sight.state != "absent"}

    return reconcile(task, client, observe, partial(_plan_leftovers, task.params["remove_leftovers"]))


def _warn_of_leftovers(task: Run, found: list[str], unseen: list[str]) -> None:
    if found:
        task.warn(
            f"The tenant still has these services and their secrets: {', '.join(found)}. If a former SMS option left "
            "them, and nothing else uses them, set remove_leftovers to true."
        )
    if unseen:
        task.warn(
            f"This server does not show whether a former SMS option left these services: {', '.join(unseen)}. To "
            "delete those that exist, set remove_leftovers to true."
        )


def _plan_leftovers(remove: bool, sights: dict[str, Sight]) -> Plan[ServicesClient]:
    if not remove:
        return Plan({}, {})
    steps = tuple(
        delete_step((f"delete the service {name}, left by a former option",), name, sight)
        for name, sight in sorted(sights.items())
    )
    return Plan({name: _shown(sight.document) for name, sight in sights.items()}, {}, steps)


def apply_plan(
    task: Run,
    service: str,
    present: bool,
    plan_for: Callable[[Sight], Plan[ServicesClient]],
    seen: Sight | None = None,
) -> Outcome[Sight, ServicesClient]:
    """Apply the plan for a service, and warn of what the server does not show.

    :arg present: False if the service is to be deleted.
    :arg seen: the first observation of the service, if it was made before.
    """
    client = services_client(task)
    sights = [seen] if seen else []
    outcome = reconcile(task, client, lambda: sights.pop() if sights else client.look(service), plan_for)
    if outcome.plan.blind and present:
        task.warn(
            f"This server does not support reading services. So the module can't see whether the service {service} "
            "has changed, and each run writes it again."
        )
    elif outcome.plan.blind and task.check_mode:
        task.warn(f"This server does not show whether the service {service} exists. A real run finds out.")
    if outcome.found.state == "doubtful" and (task.check_mode or not outcome.changed):
        task.warn(
            f"The server did not find the service {service}, and it can't list the tenant's services to confirm this. "
            "If the service should exist, check nexus_url and ccid."
        )
    return outcome


def info(task: Run) -> dict[str, Any]:
    """Run nexus_service_info."""
    name = task.params["service"]
    if name is not None:
        checks.service_name("service", name)
    client = services_client(task)
    if name is None:
        listed = client.list()
        if listed is None:
            raise Unsupported("This server does not list services. Name a service with the option service.")
        found = listed
    else:
        sight = client.look(name)
        if sight.refusal:
            raise sight.refusal
        if sight.state in ("unreadable", "doubtful"):
            raise Unsupported(f"This server does not support reading services, so it can't return the service {name}.")
        found = {name: sight.document} if sight.document else {}
    return {
        "changed": False,
        "services": [described(key, value) for key, value in found.items()],
        "secrets": {key: _paths(value.secret or {}) for key, value in found.items()},
    }


def observe_all(client: ServicesClient, names: Iterable[str]) -> dict[str, Document]:
    """Return all services. If the server does not list services, return those of these names.

    :raises Unsupported: the server does not support reading services.
    """
    listed = client.list()
    if listed is not None:
        return listed
    found = {}
    for name in names:
        sight = client.look(name)
        if sight.refusal:
            raise sight.refusal
        if sight.state == "unreadable":
            break
        if sight.document is not None:
            found[name] = sight.document
    if not found:
        # A server that shows no service at all may have no call to read them.
        raise Unsupported("This server does not support reading services, or the tenant has none of them.")
    return found


def described(service: str, document: Document) -> dict[str, Any]:
    """Return a service as options of the module, without its secrets. Given back to it, it changes nothing."""
    return {"service": service, **_told(_shown(document))}


def write_step(
    sentences: tuple[str, ...], service: str, document: Document, *, doubtful: bool = False
) -> Step[ServicesClient]:
    """Return the step that creates or replaces a service.

    :arg doubtful: the service was not found, but may exist. The step finds out.
    """
    return Step(sentences, partial(_create_and_check if doubtful else _write, service, document))


def delete_step(sentences: tuple[str, ...], service: str, sight: Sight) -> Step[ServicesClient]:
    """Return the step that deletes a service, if it exists."""
    # Deleting a missing service does no harm, and the response shows whether it existed.
    return Step(sentences, partial(_delete, service), likely=sight.state != "doubtful")


def is_blind(service: str, sight: Sight, present: bool, write_blindly: bool) -> bool:
    """Return True if the plan is made without reading the service.

    :raises Unsupported: the service can't be read, and when_unreadable does not allow a write without it.
    """
    blind = sight.state == "unreadable" or (sight.state == "doubtful" and (write_blindly or not present))
    if blind and present and not write_blindly:
        if sight.refusal:
            sight.refusal.add("If this server does not support reading services, set when_unreadable to write.")
            raise sight.refusal
        raise Unsupported(
            f"This server does not support reading the service {service}, so the module can't see whether the service "
            "has to be changed. Check nexus_url. If nexus_url is right, set when_unreadable to write. Then each run "
            "writes the service."
        )
    return blind


def _blind_plan(desired: Desired, sight: Sight) -> Plan[ServicesClient]:
    service = desired.service
    if not desired.present:
        return Plan(
            {}, {}, (delete_step((f"delete the service {service}, if it exists",), service, sight),), blind=True
        )
    _need_secret(desired)
    document = Document(_new_url(desired), merged({}, desired.data), merged({}, desired.secret))
    step = write_step((f"write the service {service}",), service, document)
    return Plan({}, _shown(document, _paths(document.secret)), (step,), blind=True)


def _new_url(desired: Desired) -> str | None:
    """Return the url to write; raise InvalidInput if it is not a URL. A url that does not change is not checked."""
    if not desired.url:
        return None
    if checks.url_meaning(desired.url) == checks.NO_URL:
        return checks.NO_URL
    checks.http_url(f"{desired.place}url", desired.url, base=False)
    return desired.url


def _need_secret(desired: Desired) -> None:
    """Raise InvalidInput if no secret is given: the write could delete the secret of a service that can't be read."""
    if desired.secret is None:
        raise InvalidInput(
            f"{desired.place}secret",
            f"it is missing. The server does not show whether the service {desired.service} has secrets, and they "
            "would be lost",
            "Give all secrets of the service ({} if it has none)",
        )


def _write(service: str, document: Document, client: ServicesClient) -> None:
    client.write(service, document)


def _create_and_check(service: str, document: Document, client: ServicesClient) -> None:
    """Create a service that was not found. Then check that the server lets services be read."""
    if not client.create(service, document):
        raise Unsupported(
            f"The service {service} exists, but this server does not support reading services, so the module can't see "
            "whether it has to be changed. Set when_unreadable to write. Then each run writes the service."
        )
    if client.look(service).state != "present":
        raise Unsupported(
            f"The service {service} was written, but this server does not support reading services, so the next run "
            "can't see that it exists. Set when_unreadable to write. Then each run writes the service.",
            changed=True,
        )


def _delete(service: str, client: ServicesClient) -> bool:
    return client.delete(service)


def _check_secret(path: str, value: Any) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _check_secret(f"{path}.{key}", item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            _check_secret(f"{path}[{number}]", item)
    elif isinstance(value, str):
        checks.not_empty(path, value)


def merged(observed: dict[str, Any], asked: dict[str, Any] | None) -> dict[str, Any]:
    """Return a part of a document with the asked keys. Other keys stay. A key that is asked to be None is removed."""
    if asked is None:
        return observed
    if not asked:
        return {}
    result = dict(observed)
    for key, value in asked.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and value and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        elif isinstance(value, dict):
            result[key] = merged({}, value)
        elif key not in result or not _same(value, result[key]):
            result[key] = value
    return result


def _same(left: Any, right: Any) -> bool:
    """Compare two JSON values. ``true`` equals ``"true"``, and ``5`` equals ``"5"``: servers store either form."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, (dict, list, type(None))) or isinstance(right, (dict, list, type(None))):
        return bool(left == right)
    return checks.as_text(left) == checks.as_text(right)


def _differing_secrets(desired: Desired, observed: Document, rewrite: bool) -> list[str]:
    """Return the paths in ``secret`` that have to be written. ``rewrite`` adds those that can't be compared."""
    if desired.secret is None:
        return []
    if not desired.secret:
        return _paths(observed.secret)
    if not observed.secret:
        # The server hides the secrets, or there are none.
        return _paths(desired.secret) if rewrite else []
    return _compare_secret(desired.secret, observed.secret, "secret", rewrite)


def _compare_secret(asked: Any, seen: Any, path: str, rewrite: bool) -> list[str]:
    if not isinstance(seen, (dict, list)) and is_masked(seen) and asked != seen:
        return _paths(asked, path) if rewrite else []
    if isinstance(asked, dict) and isinstance(seen, dict):
        found = []
        for key, value in asked.items():
            if value is None:
                found += [f"{path}.{key}"] if key in seen else []
            elif key not in seen:
                found += _paths(value, f"{path}.{key}")
            else:
                found += _compare_secret(value, seen[key], f"{path}.{key}", rewrite)
        return found
    if isinstance(asked, list) and isinstance(seen, list) and len(asked) == len(seen):
        pairs = enumerate(zip(asked, seen))
        return [hit for number, (one, two) in pairs for hit in _compare_secret(one, two, f"{path}[{number}]", rewrite)]
    if isinstance(asked, (dict, list)) or isinstance(seen, (dict, list)):
        return _paths(asked, path)
    return [] if _same(asked, seen) else [path]


def _secret_to_write(desired: Desired, observed: Document) -> dict[str, Any]:
    """Return the whole secret for a write; raise InvalidInput if the server hides a part that was not given."""
    secret = merged(without_masks(observed.secret or {}), desired.secret)
    hidden = paths_of_unknown(secret)
    if hidden or (desired.secret is None and not observed.secret):
        raise InvalidInput(
            f"{desired.place}{hidden[0] if hidden else 'secret'}",
            f"it is missing. The write replaces the whole service {desired.service}, and the server does not return "
            "this secret, so it would be lost",
            "Give all secrets of the service ({} if it has none)",
        )
    return secret


def without_masks(value: Any) -> Any:
    """Return a secret from a server with UNKNOWN in place of masked values."""
    if isinstance(value, dict):
        return {key: without_masks(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_masks(item) for item in value]
    return UNKNOWN if is_masked(value) else value


def paths_of_unknown(value: Any) -> list[str]:
    """Return the paths of UNKNOWN in a secret."""
    return [path for path, leaf in _leaves(value) if leaf is UNKNOWN]


def _leaves(value: Any, path: str = "secret") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [leaf for number, item in enumerate(value) for leaf in _leaves(item, f"{path}[{number}]")]
    return [(path, value)]


def _paths(value: Any, path: str = "secret") -> list[str]:
    return [found for found, _value in _leaves(value, path)] if value is not None else []


def _told(shown: dict[str, Any]) -> dict[str, Any]:
    """Return a document as options of the module. Given back to it, it changes nothing.

    Secrets are left out. Null is left out too, because it would remove a key.
    """
    told = {}
    if shown.get("url") is not None:
        told["url"] = shown["url"]
    if "data" in shown and (not shown["data"] or _without_nulls(shown["data"])):
        told["data"] = _without_nulls(shown["data"])
    return told


def _without_nulls(data: dict[str, Any]) -> dict[str, Any]:
    kept = {key: _without_nulls(item) if isinstance(item, dict) else item for key, item in data.items()}
    # Leave out dictionaries that are empty only because of that: they would remove all their keys.
    return {key: item for key, item in kept.items() if item is not None and (item != {} or data[key] == {})}


def _shown(document: Document | None, written: list[str] | None = None) -> dict[str, Any]:
    """Return a document for display, with hidden secrets, and the paths of the secrets that are written."""
    if document is None:
        return {}
    shown: dict[str, Any] = {"url": document.url, "data": document.data, "secret": hide(document.secret or {})}
    return {**shown, "secrets_to_write": sorted(written)} if written else shown
