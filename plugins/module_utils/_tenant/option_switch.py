# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Move a tenant to another SMS option, for nexus_option_switch: the service SMS, and then at once the sender IDs.

This file combines two systems: Digital Channels has the service, and the tenant's configuration the sender IDs. One
write cannot change both. So everything is read and planned before the first write, and nothing comes between the two
writes. If the second one or the check after it fails, the run goes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from .._configuration import sender_ids, webhook_headers
from .._configuration.options import configuration_client
from .._configuration.sections import Configuration, Sections, Transaction, undone
from .._configuration.transaction import Change, confirm_tenant
from .._configuration.webhook_header_rules import is_listable
from .._core import checks
from .._core.errors import InvalidInput, LostSight, NotSeen, SmsError, Unclear, Unsupported
from .._core.task import PATIENCE, Outcome, Plan, Run, awaited, reconcile
from .._digital_channels import services
from .._digital_channels.options import services_client
from .._digital_channels.service_list import keyed
from .._digital_channels.services_client import Document, ServicesClient, Sight
from .snapshot import SERVICES, SMS, SMS_OPTIONS, async_section, selected_options, services_of

_CHOICES = {"type": "str", "choices": list(SMS_OPTIONS), "required": True}

_ACCEPTED = 3
"""Both writes were accepted."""

OPTIONS: dict[str, Any] = {
    "to": {**_CHOICES, "description": "The SMS option that the tenant gets."},
    "former": {
        **_CHOICES,
        "description": """
            - The SMS option that the tenant has, or had before an interrupted switch.
            - If the server shows the service V(SMS), a run that fails goes back to what it found. Otherwise it goes
              back to this option.
        """,
    },
    "sender_ids": {
        **sender_ids.OPTIONS["sender_ids"],
        "description": """
            - The sender IDs of the tenant. They get the provider of the new option.
            - A sender ID that is not listed gets it too, if it has the provider of the former option and O(purge) does
              not delete it. Otherwise it would stop working.
        """,
    },
    "slots": sender_ids.OPTIONS["slots"],
    "purge": {
        **sender_ids.OPTIONS["purge"],
        "description": "Whether to delete the sender IDs that are not listed, if they follow Genesys' guide.",
    },
    "purge_options": sender_ids.OPTIONS["purge_options"],
    "webhook_headers": {
        **sender_ids.OPTIONS["webhook_headers"],
        "description": """
            Custom headers of the webhooks, as M(cxops.genesys_sms.nexus_webhook_headers) takes them. They are written
            together with the sender IDs.
        """,
    },
    "when_unreadable": {
        **services.OPTIONS["when_unreadable"],
        "description": """
            - What to do if the server does not support reading services. Then the module can't see whether the service
              V(SMS) has to be written.
            - V(fail) fails with a message.
            - V(write) writes the service on each run and reports a change.
        """,
    },
    "remove_leftovers": {
        **{key: value for key, value in services.OPTIONS["remove_leftovers"].items() if key != "version_added"},
        "description": """
            - Whether to delete the services that belong only to other SMS options, and the webhook headers of a
              gateway, after the switch.
            - Make sure that nothing else uses them. The service V(Async) may have channels that are not for SMS.
        """,
    },
}
"""The options of nexus_option_switch."""


@dataclass(frozen=True)
class Desired:
    """The switch as the user wants it.

    :arg to: the new SMS option.
    :arg former: the SMS option that the inventory has.
    :arg sms: the service SMS of the new option.
    :arg sender_ids: the sender IDs with the provider of the new option, and perhaps the webhook headers.
    """

    to: str
    former: str
    sms: services.Desired
    sender_ids: sender_ids.Desired


def parse(run: Run) -> Desired:
    """Return what the parameters of nexus_option_switch ask for; raise InvalidInput if they are invalid."""
    params = run.params
    to, former = params["to"], params["former"]
    if to == former:
        raise InvalidInput("to", f"{to} is also the former SMS option", "Choose another SMS option")
    if params["webhook_headers"] is not None and to != "custom_gateway":
        raise InvalidInput(
            "webhook_headers", f"a tenant with the SMS option {to} has no webhook headers", "Remove webhook_headers"
        )
    for number, item in enumerate(params["sender_ids"]):
        if item["slot"] is not None and item["state"] != "absent" and to != "genesys_cloud":
            raise InvalidInput(
                f"sender_ids[{number}].slot",
                f"a tenant with the SMS option {to} has no numbers for slots",
                "Replace slot with channel_id, the number that the tenant has over the new SMS option",
            )
    option = SMS_OPTIONS[to]
    wanted = sender_ids.parse(replace(run, params={**params, "provider": option.provider, "state": "present"}))
    former_provider = SMS_OPTIONS[former].provider
    for sender_id in wanted.sender_ids:
        further = [value for key, value in sender_id.extras.items() if key.strip().casefold() == "provider"]
        asked = [sender_id.options.get("provider", option.provider), *further]
        providers = [(value or sender_ids.DEFAULTS["provider"]).strip().casefold() for value in asked]
        if sender_id.present and former_provider.casefold() in providers:
            raise InvalidInput(
                f"{sender_id.parameter}provider",
                f"it is {former_provider}, the provider of the former SMS option",
                "Remove it, so that the sender ID gets the provider of the new SMS option",
            )
    blindly = params["when_unreadable"] == "write"
    sms = services.Desired(SMS, checks.NO_URL, dict(option.data), {}, write_blindly=blindly)
    return Desired(to, former, sms, replace(wanted, moved={former_provider: option.provider}))


def plan_service(desired: Desired, sight: Sight) -> Plan[ServicesClient]:
    """Return the plan for the service SMS. One write replaces it, so that it never has the data of two options.

    :raises InvalidInput: the tenant has no such service.
    :raises Unsupported: the service can't be read, and when_unreadable does not allow a write without it.
    """
    if sight.state == "absent":
        raise InvalidInput(
            "former",
            f"the tenant has no service {SMS}, so there is no SMS option to switch from",
            f"Move the tenant to the group {desired.to} of the inventory, and run the playbook provision",
        )
    if sight.state == "doubtful" and not desired.sms.write_blindly:
        raise Unsupported(
            f"The server did not find the service {SMS}, and it can't list the tenant's services to confirm this. "
            "Check nexus_url and ccid. If this server does not support reading services, set when_unreadable to write."
        )
    selected = selected_options(sight.document.data) if sight.document else []
    others = [name for name in selected if name not in (desired.former, desired.to)]
    if others:
        raise InvalidInput(
            "former",
            f"the service {SMS} selects {' and '.join(selected)}, but the inventory has {desired.former}",
            "If the inventory is right, run the playbook provision first. Otherwise move the tenant to the right group",
        )
    return services.plan(desired.sms, sight)


def earlier(desired: Desired, sight: Sight, sections: Sections) -> Document:
    """Return the service SMS to which a run goes back. That is the one that it found, with these exceptions.

    If an earlier run was killed between its two writes, the service has the data of the new option, and the sender IDs
    have the provider of the former one. Then the tenant needs the data of the former option. They are also the ones to
    write if the service had the data of several options, or if the server does not show it.
    """
    providers = {item.get("provider") for item in sender_ids.describe_all(sections)}
    former, new = SMS_OPTIONS[desired.former], SMS_OPTIONS[desired.to]
    is_behind = former.provider in providers and new.provider not in providers
    is_done = new.provider in providers and former.provider not in providers
    data = dict((new if is_done else former).data)
    if sight.document is None:
        return Document(checks.NO_URL, services.merged({}, data), {})
    document = sight.document
    secret = services.without_masks(document.secret or {})
    document = replace(document, secret={} if services.paths_of_unknown(secret) else secret)
    selected = selected_options(document.data)
    if len(selected) > 1 or (is_behind and selected == [desired.to]):
        return replace(document, data=services.merged(document.data, data))
    return document


@dataclass
class Switch:
    """One run: what it wants, and what it found.

    :arg sight, transaction: what was read before the first write.
    :ivar change: the last planned change of the sections.
    :ivar tried: the sections before and after each planned change of this run, oldest first.
    :ivar now: the sections after the way back.
    """

    task: Run
    desired: Desired
    services: ServicesClient
    configuration: Configuration
    sight: Sight
    transaction: Transaction
    change: Change = field(init=False)
    tried: list[tuple[Sections, Sections]] = field(init=False, default_factory=list)
    now: Sections = field(init=False)

    def __post_init__(self) -> None:
        """Make both plans, so that an error of any plan comes before the first write."""
        self.now = self.transaction.sections
        self.plan_service(self.sight)
        self.plan_sections(self.transaction)

    def plan_service(self, sight: Sight) -> Plan[ServicesClient]:
        """Return the plan for the service SMS."""
        return plan_service(self.desired, sight)

    def plan_sections(self, transaction: Transaction) -> Plan[Configuration]:
        """Return the plan for the sender IDs and the webhook headers."""
        self.change = sender_ids.change(self.desired.sender_ids, transaction.sections)
        if self.change.sentences:
            self.tried.append((transaction.sections, self.change.sections))
        return self.change.plan(transaction)

    def read(self) -> Transaction:
        """Return the transaction. The values of webhook headers become secrets."""
        return sender_ids.observe(self.task, self.configuration, self.desired.sender_ids)

    def apply(self) -> Outcome[Any, Any]:
        """Write the service and the sections, and check both. Go back after an error."""
        found = [self.transaction]
        whole: Outcome[Any, Any] = Outcome(Plan({}, {}), None, None, False, self.task.diff_mode)
        written = 0
        try:
            service = services.apply_plan(self.task, SMS, True, self.plan_service, self.sight)
            written = 1
            sections = reconcile(
                self.task, self.configuration, lambda: found.pop() if found else self.read(), self.plan_sections
            )
        except SmsError as error:
            if not self.task.check_mode:
                is_unclear = error.changed or isinstance(error, (Unclear, LostSight))
                self.go_back(error, written + is_unclear)
            raise
        outcome = whole.then(keyed(f"service {SMS}", service)).then(sections)
        if outcome.changed and not self.task.check_mode:
            self.check(rewrite=service.changed)
        return outcome

    def check(self, *, rewrite: bool) -> None:
        """Read both again. Go back and raise NotSeen if the server does not show what was written.

        :arg rewrite: the run wrote the service.
        """
        try:
            seen = awaited(lambda: None if self.missing() else True, PATIENCE)
            missing = [] if seen else self.missing()
        except SmsError as error:
            error.changed = True
            error.add(f"The switch to {self.desired.to} was written, but it could not be checked. Run again.")
            raise
        if missing:
            unseen = NotSeen(
                f"The service {SMS} and the sender IDs were written, but the server shows other values. It would still "
                f"be necessary to {'; '.join(missing)}."
            )
            self.go_back(unseen, _ACCEPTED, rewrite=rewrite)
            raise unseen

    def missing(self) -> list[str]:
        """Read both again. Return what the server does not show although it was written."""
        sight = self.services.look(SMS)
        # A server that does not show services shows no difference either.
        hidden = sight.state == "unreadable" or (sight.state == "doubtful" and self.desired.sms.write_blindly)
        if sight.state == "absent":
            made = [f"write the service {SMS}"]
        else:
            made = [] if hidden else self.plan_service(sight).sentences
        self.change = sender_ids.change(self.desired.sender_ids, self.read().sections)
        return [*made, *self.change.sentences]

    def go_back(self, error: SmsError, written: int, *, rewrite: bool = False) -> None:
        """Restore what the run found, or the former option after an interrupted run. Say in the error what happened.

        First the sections, then the service: a run that is killed in between leaves the same state as one that is
        killed between the writes of the switch.

        :arg written: 0 if nothing was written; 1 if perhaps the service was; 2 if perhaps the sections were too;
            _ACCEPTED if both were certainly accepted.
        :arg rewrite: write the service even if the server shows what is to be written: it may show an older state.
        """
        if not written:
            error.add(f"This run changed nothing. {self.standing(self.sight.document, self.now)}")
            return
        document = earlier(self.desired, self.sight, self.transaction.sections)
        went_back = False
        try:
            try:
                went_back = reconcile(self.task, self.configuration, self.read, self._plan_back).changed
            except SmsError:
                # Sections that were not written need not be read.
                if written > 1:
                    raise
            if written == _ACCEPTED and self.tried and not went_back:
                self._unknown(error, "The server does not show the sender IDs that it accepted.")
                return
            back = partial(_plan_service_back, document, rewrite)
            service = reconcile(self.task, self.services, partial(self.services.look, SMS), back)
        except SmsError as trouble:
            self._unknown(error, f"The way back failed too. {trouble}")
            return
        went_back = went_back or service.changed
        is_as_found = self.sight.document is not None and self.sight.document.data == document.data
        error.changed = went_back and not is_as_found
        error.add(f"{'The run went back. ' if went_back else ''}{self.standing(document, self.now)}")

    def standing(self, document: Document | None, sections: Sections) -> str:
        """Return a sentence about the SMS option that the tenant has."""
        again = "Run the playbook switch_option again."
        if document is None:
            return f"The server does not show the service {SMS}. After an interrupted run, messages may fail. {again}"
        selected = selected_options(document.data)
        if len(selected) != 1:
            return f"The service {SMS} selects {' and '.join(selected) or 'no known SMS option'}."
        (option,) = selected
        others = {SMS_OPTIONS[name].provider for name in (self.desired.former, self.desired.to) if name != option}
        behind = [item["name"] for item in sender_ids.describe_all(sections) if item.get("provider") in others]
        if behind:
            return (
                f"The service {SMS} selects {option}, but these sender IDs have the provider of another SMS option, so "
                f"their messages may fail: {', '.join(behind)}. {again}"
            )
        return f"The tenant is on {option}."

    def _unknown(self, error: SmsError, reason: str) -> None:
        former, to = self.desired.former, self.desired.to
        error.changed = True
        error.add(
            f"{reason} The service {SMS} and the sender IDs may belong to different SMS options, so that messages may "
            "fail. Run the playbook switch_option again to complete the switch. To go back instead, move the tenant to "
            f"the group {to} of the inventory, and run the playbook with switch_to={former}."
        )

    def _plan_back(self, transaction: Transaction) -> Plan[Configuration]:
        self.now = transaction.sections
        for before, after in reversed(self.tried):
            self.now = undone(before, after, self.now)
        is_needed = self.now != transaction.sections
        return Change(self.now, ("restore the sender IDs",) if is_needed else ()).plan(transaction)


def _plan_service_back(document: Document, rewrite: bool, sight: Sight) -> Plan[ServicesClient]:
    """Return the plan that restores the service. Keys that others have added to its data meanwhile stay."""
    seen = sight.document
    if seen is not None:
        known = {key: document.data.get(key) for option in SMS_OPTIONS.values() for key in option.data}
        document = replace(document, data=services.merged(seen.data, known))
        if not rewrite and (seen.url, seen.data) == (document.url, document.data):
            return Plan({}, {})
    step = services.write_step((f"restore the service {SMS}",), SMS, document)
    return Plan({}, {}, (step,), blind=seen is None)


def remove_headers(task: Run, client: Configuration, section: str) -> Outcome[Transaction, Configuration]:
    """Remove the webhook headers of a gateway that the tenant does not use any more."""
    desired = webhook_headers.Desired(section, (), purge=True)
    read = partial(webhook_headers.observe, task, client, desired)
    return reconcile(task, client, read, partial(webhook_headers.plan, desired))


def run(task: Run) -> dict[str, Any]:
    """Run nexus_option_switch."""
    desired = parse(task)
    client, configuration = services_client(task), configuration_client(task)
    confirm_tenant(task, configuration)
    transaction = sender_ids.observe(task, configuration, desired.sender_ids)
    # After the session to the configuration, which may take minutes to start: the write replaces the whole service.
    sight = client.look(SMS)
    switch = Switch(task, desired, client, configuration, sight, transaction)
    outcome = switch.apply()
    sections = switch.change.sections
    result: dict[str, Any] = {"sender_ids": sender_ids.describe_all(sections)}
    headers = desired.sender_ids.headers
    if headers is not None:
        after: Mapping[str, Any] = outcome.plan.after.get(headers.section, {})
        result["webhook_headers"] = webhook_headers.told(task, headers, transaction.sections, after)
    section = async_section(sections)
    is_gateway = desired.to == "custom_gateway"
    found_headers = [] if is_gateway else list(webhook_headers.headers_of(sections.get(section, {})))
    # The others can't be listed, and stay.
    left = [name for name in found_headers if is_listable(name)]
    outcome, found = _leftovers(task, desired.to, outcome)
    if left and task.params["remove_leftovers"]:
        try:
            removed = remove_headers(task, configuration, section)
        except SmsError as error:
            _came_before(task, outcome, error)
            raise
        outcome = outcome.then(keyed("webhook_headers", removed))
    told = {"services": found, "webhook_headers": sorted(left)}
    return {**outcome.result, **result, "leftovers": told}


def _leftovers(task: Run, to: str, outcome: Outcome[Any, Any]) -> tuple[Outcome[Any, Any], list[str]]:
    """Look for services of other SMS options, and delete them if the user wants it. Return their names too."""
    names = [name for name in SERVICES if name != SMS and name not in services_of(to)]
    try:
        left = services.apply_leftovers(replace(task, params={**task.params, "leftovers": names}))
    except SmsError as error:
        if not task.params["remove_leftovers"]:
            task.warn(f"Services that a former SMS option left could not be looked for. {error}")
            return outcome, []
        _came_before(task, outcome, error)
        raise
    return outcome.then(left), sorted(left.found)


def _came_before(task: Run, outcome: Outcome[Any, Any], error: SmsError) -> None:
    if not task.check_mode:
        outcome.came_before(error)
