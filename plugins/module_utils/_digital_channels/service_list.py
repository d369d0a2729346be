# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several services of a tenant in one task, written one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from .._core.errors import InvalidInput, SmsError
from .._core.task import Client, Observed, Outcome, Plan, Run
from . import channels, services
from .options import services_client
from .services import OPTIONS as SERVICE
from .services_client import Listed, ServicesClient, Sight, list_if_allowed, sight_in

OPTIONS: dict[str, Any] = {
    "services": {
        "type": "list",
        "description": """
            - The services, in the order in which they are written.
            - All of them are read and planned before the first one is written. After an error, the rest is not
              written.
        """,
        "elements": "dict",
        "required": True,
        "options": {
            **{name: SERVICE[name] for name in ("service", "url", "data", "secret")},
            "channels": {
                **{key: value for key, value in channels.OPTIONS["channels"].items() if key != "required"},
                "description": """
                    - The channels of the service V(Async), in place of O(url), O(data) and O(secret).
                    - With O(state=absent), they are removed. The service is deleted if it has no channel left.
                """,
            },
            "purge": channels.OPTIONS["purge"],
            "update_secret": {
                **SERVICE["update_secret"],
                "description": """
                    - When to write secrets that can't be compared, because the server masks or omits them.
                    - V(on_create) writes them when the module creates the service, or replaces it for another reason.
                      Each change of O(services[].channels) writes the secrets of all channels, because it replaces the
                      service.
                    - V(always) writes them on each run and reports a change. Use it to rotate a secret.
                """,
            },
        },
    },
    "when_unreadable": {
        **SERVICE["when_unreadable"],
        "description": """
            - What to do if the server does not support reading services. Then the module can't see whether
              something has to be written.
            - V(fail) fails with a message.
            - V(write) writes the services on each run and reports a change. A service requires
              O(services[].secret). If O(services[].url) or O(services[].data) is not set, it is written empty.
              O(services[].channels) requires O(services[].purge=true).
            - O(state=absent) works without reading. Each run sends the deletions, and reports a change if a service
              existed.
        """,
    },
    "without": {
        "type": "list",
        "description": """
            - Names of services in O(services) that are left alone. This prepares a tenant for another SMS option,
              without the service V(SMS) that selects the option.
            - The O(leftovers) are left alone then too, because they may be the services that the tenant uses now.
        """,
        "elements": "str",
    },
    **{
        name: {key: value for key, value in SERVICE[name].items() if key != "version_added"}
        for name in ("leftovers", "remove_leftovers")
    },
    "state": {**SERVICE["state"], "description": "Whether the services should exist."},
}
"""The options of nexus_services."""


@dataclass(frozen=True)
class Item:
    """One service of the list.

    :arg present: False if it is to be deleted.
    :arg is_whole: False if a part of it may stay, so that a removal may need its secrets.
    :arg plan: returns the plan for what the server shows.
    :arg told: returns the service after its outcome as options of the module.
    """

    service: str
    present: bool
    is_whole: bool
    plan: Callable[[Sight], Plan[ServicesClient]]
    told: Callable[[Outcome[Sight, ServicesClient]], dict[str, Any]]


def parse(run: Run) -> list[Item]:
    """Return what the parameters of nexus_services ask for; raise InvalidInput if they are invalid."""
    items: list[Item] = []
    for number, given in enumerate(run.params["services"]):
        path = ("services", number)
        item = _with_channels(run, given, path) if given["channels"] is not None else _service(run, given, path)
        first = next((place for place, other in enumerate(items) if other.service == item.service), None)
        if first is not None:
            raise InvalidInput(
                f"services[{number}].service",
                f"the service {item.service} is also in services[{first}]",
                "List each service once",
            )
        items.append(item)
    services.check_leftovers(run.params["leftovers"], [item.service for item in items])
    without = run.params["without"] or []
    for number, name in enumerate(without):
        if name not in [item.service for item in items]:
            place = f"without[{number}]"
            raise InvalidInput(place, f"the service {name} is not in services", "Name services of this list")
    return [item for item in items if item.service not in without]


def _service(run: Run, given: dict[str, Any], path: tuple[str, int]) -> Item:
    place = services.place_of(path)
    if run.is_null(*path, "channels") or given["purge"]:
        option, problem = ("purge", "it needs channels") if given["purge"] else ("channels", "it has no value")
        raise InvalidInput(f"{place}{option}", problem, f"Give the list of channels, or remove {option}")
    desired = services.parse(run, given, path)

    def told(outcome: Outcome[Sight, ServicesClient]) -> dict[str, Any]:
        return services.told(desired, outcome.plan.after)

    return Item(desired.service, desired.present, True, partial(services.plan, desired), told)


def _with_channels(run: Run, given: dict[str, Any], path: tuple[str, int]) -> Item:
    place = services.place_of(path)
    if given["service"] != channels.SERVICE:
        raise InvalidInput(
            f"{place}channels",
            f"only the service {channels.SERVICE} has channels",
            "Remove channels, or change service",
        )
    for option in ("url", "data", "secret"):
        if given[option] is not None or run.is_null(*path, option):
            raise InvalidInput(
                f"{place}{option}", "it can't be set together with channels", f"Remove {option}, or remove channels"
            )
    desired = channels.parse(run, given, path)

    def told(outcome: Outcome[Sight, ServicesClient]) -> dict[str, Any]:
        return {"service": channels.SERVICE, **channels.told(run, desired, outcome)}

    return Item(channels.SERVICE, desired.keeps_service, False, partial(channels.plan, desired), told)


def run(task: Run) -> dict[str, Any]:
    """Run nexus_services."""
    items = parse(task)
    client = services_client(task)
    present = task.params["state"] == "present"
    # At most one request for the list, whatever needs it.
    listed: Listed = lru_cache(client.list)
    seen = {item.service: _look(task, client, item, listed) for item in items}
    for item in items:
        # An error of any plan comes before the first write.
        item.plan(seen[item.service])
    whole: Outcome[Any, ServicesClient] = Outcome(Plan({}, {}), None, None, False, task.diff_mode)
    told = []
    for item in items:
        try:
            outcome = services.apply_plan(task, item.service, item.present, item.plan, seen[item.service])
        except SmsError as error:
            whole.came_before(error)
            raise
        told.append(item.told(outcome))
        whole = whole.then(keyed(item.service, outcome))
    is_partial = bool(task.params["without"])
    result = whole.result if is_partial else services.with_leftovers(task, whole, present=present, listed=listed)
    return {**result, "services": told}


def _look(task: Run, client: ServicesClient, item: Item, listed: Listed) -> Sight:
    """Return what the server shows of a service. A deletion reads the list first if it must look for leftovers."""
    needs_list = task.params["state"] == "absent" and task.params["leftovers"] and item.is_whole
    found = list_if_allowed(listed) if needs_list else None
    return client.look(item.service, listed) if found is None else sight_in(found, item.service)


def keyed(service: str, outcome: Outcome[Observed, Client]) -> Outcome[Observed, Client]:
    """Return an outcome whose states have the service as their key. Without a change, they are empty."""
    plan = outcome.plan
    states = [{service: state} if state and plan.steps else {} for state in (plan.before, plan.after)]
    return replace(outcome, plan=replace(plan, before=states[0], after=states[1]))
