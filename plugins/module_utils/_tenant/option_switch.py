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
from .._configuration.transaction import Change, confirm_tenant, read_transaction
from .._core import checks
from .._core.errors import InvalidInput, LostSight, NotSeen, SmsError, Unclear, Unsupported
from .._core.task import PATIENCE, Outcome, Plan, Run, awaited, reconcile
from .._digital_channels import services
from .._digital_channels.options import services_client
from .._digital_channels.service_list import keyed
from .._digital_channels.services_client import Document, ServicesClient, Sight
from .snapshot import SERVICES, SMS, SMS_OPTIONS, async_section, selected_options, services_of

_CHOICES = {"type": "str", "choices": list(SMS_OPTIONS), "required": True}

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
    for sender_id in wanted.sender_ids:
        provider = sender_id.options.get("provider", option.provider) or sender_ids.DEFAULTS["provider"]
        if sender_id.present and provider == SMS_OPTIONS[former].provider:
            raise InvalidInput(
                f"{sender_id.parameter}provider",
                f"it is {provider}, the provider of the former SMS option",
                "Remove it, so that the sender ID gets the provider of the new SMS option",
            )
    blindly = params["when_unreadable"] == "write"
    sms = services.Desired(SMS, checks.NO_URL, dict(option.data), {}, write_blindly=blindly)
    return Desired(to, former, sms, wanted)


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
    return services.plan(desired.sms, sight)


def with_moves(desired: Desired, sight: Sight) -> Desired:
    """Return the switch with the sender IDs that are not listed: those of each option that the tenant may have had."""
    data = sight.document.data if sight.document else {}
    former = {desired.former, *selected_options(data)} - {desired.to}
    moved = {SMS_OPTIONS[name].provider: SMS_OPTIONS[desired.to].provider for name in former}
    return replace(desired, sender_ids=replace(desired.sender_ids, moved=moved))


def earlier(desired: Desired, sight: Sight, sections: Sections) -> Document:
    """Return the service SMS to which a run goes back. That is the one that it found, with two exceptions.

    If an earlier run was killed between its two writes, the service has the data of the new option, and the sender IDs
    have the provider of the former one. Then the tenant needs the data of the former option. It is also the one to
    write if the server does not show the service.
    """
    providers = {item.get("provider") for item in sender_ids.describe_all(sections)}
    former, new = SMS_OPTIONS[desired.former], SMS_OPTIONS[desired.to]
    is_behind = former.provider in providers and new.provider not in providers
    if sight.document is None:
        is_done = new.provider in providers and former.provider not in providers
        return Document(checks.NO_URL, services.merged({}, dict((new if is_done else former).data)), {})
    document = sight.document
    secret = services.without_masks(document.secret or {})
    document = replace(document, secret={} if services.paths_of_unknown(secret) else secret)
    if is_behind and selected_options(document.data) == [desired.to]:
        return replace(document, data=services.merged(document.data, dict(former.data)))
    return document


@dataclass
class Switch:
    """One run: what it wants, and what it found.

    :arg sight, transaction: what was read before the first write.
    :ivar change: the last planned change of the sections.
    :ivar first: the first one.
    """

    task: Run
    desired: Desired
    services: ServicesClient
    configuration: Configuration
    sight: Sight
    transaction: Transaction
    change: Change = field(init=False)
    first: Change = field(init=False)

    def __post_init__(self) -> None:
        """Make both plans, so that an error of any plan comes before the first write."""
        self.plan_service(self.sight)
        self.plan_sections(self.transaction)
        self.first = self.change

    def plan_service(self, sight: Sight) -> Plan[ServicesClient]:
        """Return the plan for the service SMS."""
        return plan_service(self.desired, sight)

    def plan_sections(self, transaction: Transaction) -> Plan[Configuration]:
        """Return the plan for the sender IDs and the webhook headers."""
        self.change = sender_ids.change(self.desired.sender_ids, transaction.sections)
        return self.change.plan(transaction)

    def read(self) -> Transaction:
        """Return the transaction. The values of webhook headers become secrets."""
        return observe(self.task, self.configuration, self.desired)

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
            written = 2
            outcome = whole.then(keyed(f"service {SMS}", service)).then(sections)
            if outcome.changed and not self.task.check_mode:
                self.check()
        except SmsError as error:
            if not self.task.check_mode:
                is_unclear = error.changed or isinstance(error, (Unclear, LostSight))
                self.go_back(error, written + is_unclear)
            raise
        return outcome

    def check(self) -> None:
        """Read both again. Raise NotSeen if the server does not show what was written."""
        missing: list[str] = []

        def look() -> bool | None:
            sight = self.services.look(SMS)
            # A server that does not show services shows no difference either.
            hidden = sight.state == "unreadable" or (sight.state == "doubtful" and self.desired.sms.write_blindly)
            made = [] if hidden else self.plan_service(sight).sentences
            missing[:] = made + self.plan_sections(self.read()).sentences
            return None if missing else True

        if awaited(look, PATIENCE) is None:
            raise NotSeen(
                f"The service {SMS} and the sender IDs were written, but the server still shows other values. It would "
                f"still be necessary to {'; '.join(missing)}."
            )

    def go_back(self, error: SmsError, written: int) -> None:
        """Restore what the run found, or the former option after an interrupted run. Say in the error what happened.

        First the sections, then the service: a run that is killed in between leaves the same state as one that is
        killed between the writes of the switch.

        :arg written: 0 if nothing was written; 1 if perhaps the service was; 2 if perhaps the sections were too.
        """
        document = earlier(self.desired, self.sight, self.transaction.sections)
        selected = selected_options(document.data)
        option = selected[0] if len(selected) == 1 else self.desired.former
        if not written:
            error.add(f"Nothing was changed: the tenant is still on {option}.")
            return
        went_back = False
        try:
            try:
                went_back = reconcile(self.task, self.configuration, self.read, self._plan_back).changed
            except SmsError:
                # Sections that were not written need not be read.
                if written > 1:
                    raise
            service = reconcile(
                self.task, self.services, partial(self.services.look, SMS), partial(_plan_service_back, document)
            )
        except SmsError as trouble:
            error.changed = True
            error.add(
                f"The way back to {option} failed too. {trouble} The service {SMS} and the sender IDs may belong to "
                "different SMS options, so that messages fail. Run the playbook switch_option again to complete the "
                f"switch. Or go back with the playbook provision, if the tenant is in the group {option}."
            )
            return
        went_back = went_back or service.changed
        is_as_found = self.sight.document is not None and self.sight.document.data == document.data
        error.changed = went_back and not is_as_found
        told = f"The run went back: the tenant is on {option} again." if went_back else f"The tenant is on {option}."
        error.add(told)

    def _plan_back(self, transaction: Transaction) -> Plan[Configuration]:
        sections = undone(self.transaction.sections, self.first.sections, transaction.sections)
        is_needed = sections != transaction.sections
        return Change(sections, ("restore the sender IDs",) if is_needed else ()).plan(transaction)


def _plan_service_back(document: Document, sight: Sight) -> Plan[ServicesClient]:
    seen = sight.document
    if seen is not None and (seen.url, seen.data) == (document.url, document.data):
        return Plan({}, {})
    step = services.write_step((f"restore the service {SMS}",), SMS, document)
    return Plan({}, {}, (step,), blind=seen is None)


def observe(task: Run, client: Configuration, desired: Desired) -> Transaction:
    """Return the transaction. The values of webhook headers become secrets."""
    headers = desired.sender_ids.headers
    return read_transaction(task, client) if headers is None else webhook_headers.observe(task, client, headers)


def remove_headers(task: Run, client: Configuration, section: str) -> Outcome[Transaction, Configuration]:
    """Remove the webhook headers of a gateway that the tenant does not use any more."""
    desired = webhook_headers.Desired(section, (), purge=True)
    read = partial(webhook_headers.observe, task, client, desired)
    return reconcile(task, client, read, partial(webhook_headers.plan, desired))


def run(task: Run) -> dict[str, Any]:
    """Run nexus_option_switch."""
    desired = parse(task)
    client, configuration = services_client(task), configuration_client(task)
    sight = client.look(SMS)
    # Before the login to the configuration: the plan finds what can be wrong with the service.
    plan_service(desired, sight)
    desired = with_moves(desired, sight)
    confirm_tenant(task, configuration)
    transaction = observe(task, configuration, desired)
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
    left = {} if is_gateway else webhook_headers.headers_of(sections.get(section, {}))
    outcome, found = _leftovers(task, desired.to, outcome)
    if left and task.params["remove_leftovers"]:
        try:
            removed = remove_headers(task, configuration, section)
        except SmsError as error:
            outcome.came_before(error)
            raise
        outcome = outcome.then(keyed("webhook_headers", removed))
    told = {"services": found, "webhook_headers": sorted(map(webhook_headers.called, left))}
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
        outcome.came_before(error)
        raise
    return outcome.then(left), sorted(left.found)
