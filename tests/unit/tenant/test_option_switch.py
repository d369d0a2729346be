# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A switch to another SMS option, with models of both servers: `_tenant/option_switch.py`."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration import sender_ids
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import (
    Delta,
    Sections,
    Transaction,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import (
    ApiError,
    NotSeen,
    Overwritten,
    Refused,
    SmsError,
    Stale,
    Unclear,
    Unsupported,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Outcome, Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels import services
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.services_client import Document, Sight
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant import option_switch
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.snapshot import SMS_OPTIONS, selected_options
from unit.arguments import wrong
from unit.models import DBID, ConfigurationModel, ServicesModel
from unit.properties import assume, given, st
from unit.tenant.test_snapshot import CLOUD, GATEWAY, KALEYRA, MAIN, Live, live_tenants, module_run

LIVE = {"kaleyra": KALEYRA, "custom_gateway": GATEWAY, "genesys_cloud": CLOUD}
LISTED = {"name": "SMS_Main", "channel_id": "16504661149", "endpoint": "Main"}
OTHER = {**MAIN, "channelId": "65046"}


def refused() -> Refused:
    return Refused("change", "https://h", "answered 403", "Look", status=403)


def unclear() -> Unclear:
    return Unclear("change", "https://h", "cut the connection", "Look")


@dataclass
class Service(ServicesModel):
    """The services of a tenant.

    :ivar errors: each write raises the next of them, if it is one.
    :ivar seen: whether the server shows services.
    :ivar late: what the server shows, whatever was written.
    """

    errors: list[SmsError | None] = field(default_factory=list)
    seen: bool = True
    late: Document | None = None

    def look(self, service: str) -> Sight:
        if self.late:
            return Sight("present", self.late)
        return super().look(service) if self.seen else Sight("unreadable")

    def write(self, service: str, document: Document) -> None:
        if self.errors and (error := self.errors.pop(0)):
            raise error
        super().write(service, document)


@dataclass
class Configuration(ConfigurationModel):
    """The configuration of a tenant.

    :ivar errors: each write raises the next of them, if it is one.
    :ivar is_done: whether a write that raises an error is done.
    :ivar reads: how often it can be read.
    :ivar late: what the server shows, whatever was written.
    :ivar meanwhile: by number of the write, what someone else changes before it. Then the write is refused.
    """

    errors: list[SmsError | None] = field(default_factory=list)
    is_done: bool = False
    reads: int = 99
    late: Sections | None = None
    meanwhile: dict[int, Sections] = field(default_factory=dict)

    def read(self, name: str) -> Transaction:
        self.reads -= 1
        if self.reads < 0:
            raise ApiError("read", "https://h", "did not answer", "Look")
        return super().read(name) if self.late is None else Transaction(DBID, name, copy.deepcopy(self.late))

    def write(self, transaction: Transaction, change: Delta) -> None:
        if added := self.meanwhile.pop(len(self.changes), None):
            self.sections.update(added)
            raise Stale("Someone else changed the options.")
        due = [error for error in self.errors[:1] if error]
        del self.errors[:1]
        if not due or self.is_done:
            super().write(transaction, change)
        for error in due:
            raise error


def run_of(to: str, former: str, **options: Any) -> Run:
    given = {"sender_ids": [], **options}
    return replace(module_run(option_switch.OPTIONS, to=to, former=former, **given), check_mode=False)


@contextmanager
def prepared(run: Run, service: Any, configuration: Any) -> Iterator[option_switch.Switch]:
    """Return a switch that has read everything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services, "services_client", lambda task: service)
        patch.setattr(option_switch, "PATIENCE", 0)
        desired = option_switch.parse(run)
        transaction = sender_ids.observe(run, configuration, desired.sender_ids)
        sight = service.look("SMS")
        yield option_switch.Switch(run, desired, service, configuration, sight, transaction)


def switch(run: Run, service: Any, configuration: Any) -> Outcome[Any, Any]:
    with prepared(run, service, configuration) as made:
        return made.apply()


def failure(run: Run, service: Any, configuration: Any) -> SmsError:
    with pytest.raises(SmsError) as caught:
        switch(run, service, configuration)
    return caught.value


@given(
    live_tenants(),
    st.sampled_from(sorted(SMS_OPTIONS)),
    st.booleans(),
    st.sampled_from(["full", "masked", "omitted"]),
    st.booleans(),
    st.booleans(),
)
def test_a_switch_of_any_tenant(live: Live, to: str, purge: bool, read: str, in_place: bool, fails: bool) -> None:
    """Afterwards the service selects one option. What belongs to others is as before, and nothing is left to do."""
    former = live.option if live.option != to else next(name for name in SMS_OPTIONS if name != to)
    # A third option is refused.
    assume(set(selected_options(live.documents["SMS"].data)) <= {former, to})
    run = run_of(to, former, purge=purge, sender_ids=[{"name": "New", "channel_id": "19995550100", "endpoint": "New"}])
    service = ServicesModel(read, copy.deepcopy(live.documents))
    configuration = Configuration(copy.deepcopy(live.sections), in_place)
    if fails:
        # The run goes back to what it found.
        configuration.errors = [refused()]
        failure(run, service, configuration)
        assert configuration.sections == live.sections
        now, before = service.documents["SMS"], live.documents["SMS"]
        changed = (now.url, now.data) != (before.url, before.data)
        # An interrupted switch and a mixture are the exceptions.
        assert len(selected_options(now.data)) == 1
        assert not changed or selected_options(before.data) not in ([former], selected_options(now.data))
    configuration.errors = []
    switch(run, service, configuration)
    found, before = service.documents["SMS"], live.documents["SMS"]
    assert selected_options(found.data) == [to]
    known = {"provider", "tokenProvider"}
    assert {k: v for k, v in found.data.items() if k not in known} == {
        k: v for k, v in before.data.items() if k not in known
    }
    others = {name: document for name, document in service.documents.items() if name != "SMS"}
    assert others == {name: document for name, document in live.documents.items() if name != "SMS"}
    media = {name: options for name, options in live.sections.items() if not sender_ids.is_sender_id(options)}
    assert media.items() <= configuration.sections.items()
    of_former = SMS_OPTIONS[former].provider
    providers = [item.get("provider") for item in sender_ids.describe_all(configuration.sections)]
    assert of_former not in providers
    assert SMS_OPTIONS[to].provider in providers
    writes = service.writes, len(configuration.changes)
    again = switch(run, service, configuration)
    assert (again.plan.sentences, again.changed) == ([], False)
    assert (service.writes, len(configuration.changes)) == writes


def tenant(option: str, **more: Any) -> tuple[Service, Configuration]:
    """Return a tenant of an option, with a listed sender ID and another one."""
    provider = SMS_OPTIONS[option].provider
    sections = {"chat.SMS_Main": {**MAIN, "provider": provider}, "chat.SMS_Old": {**OTHER, "provider": provider}}
    return Service("full", copy.deepcopy(LIVE[option]), **more), Configuration(sections)


def test_the_steps_of_a_switch() -> None:
    service, configuration = tenant("kaleyra")
    run = run_of("custom_gateway", "kaleyra", sender_ids=[LISTED])
    outcome = switch(run, service, configuration)
    assert outcome.plan.sentences == [
        "change data of the service SMS",
        "change provider of the sender ID chat.SMS_Main",
        "change provider of the sender ID chat.SMS_Old",
    ]
    assert (service.writes, len(configuration.changes)) == (1, 1)
    assert service.documents["SMS"].data == {"provider": "Async"}


def test_sender_ids_that_purge_deletes_are_not_moved() -> None:
    service, configuration = tenant("kaleyra")
    outcome = switch(run_of("genesys_cloud", "kaleyra", sender_ids=[LISTED], purge=True), service, configuration)
    assert outcome.plan.sentences[1:] == [
        "change provider of the sender ID chat.SMS_Main",
        "delete the sender ID chat.SMS_Old",
    ]


def test_a_sender_id_without_a_provider_belongs_to_genesys_cloud() -> None:
    sections = {"chat.A": {key: value for key, value in MAIN.items() if key != "provider"}}
    configuration = Configuration(sections)
    switch(run_of("kaleyra", "genesys_cloud"), Service("full", copy.deepcopy(CLOUD)), configuration)
    assert configuration.sections["chat.A"]["provider"] == "mGage"


def test_a_tenant_that_has_a_third_option_is_refused() -> None:
    """A run that completes an interrupted switch could not tell which sender IDs to move."""
    service, configuration = tenant("custom_gateway")
    error = failure(run_of("genesys_cloud", "kaleyra"), service, configuration)
    assert str(error).startswith("former: the service SMS selects custom_gateway, but the inventory has kaleyra.")
    assert (service.writes, configuration.changes) == (0, [])


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"to": "kaleyra"}, "to"),
        ({"to": "custom_gateway", "sender_ids": [{"name": "A", "slot": "main"}]}, "sender_ids[0].slot"),
        ({"to": "genesys_cloud", "sender_ids": [{**LISTED, "provider": "mGage"}]}, "sender_ids[0].provider"),
        (
            {"to": "genesys_cloud", "sender_ids": [{**LISTED, "options": {" Provider": "MGAGE"}}]},
            "sender_ids[0].provider",
        ),
        ({"to": "genesys_cloud", "webhook_headers": {"headers": []}}, "webhook_headers"),
    ],
)
def test_invalid_input(options: dict[str, Any], parameter: str) -> None:
    assert wrong(option_switch.parse, run_of(former="kaleyra", **options)) == parameter


def test_a_null_provider_is_that_of_genesys_cloud() -> None:
    asked = {"sender_ids": [{**LISTED, "provider": None}]}
    assert wrong(option_switch.parse, run_of("kaleyra", "genesys_cloud", **asked)) == "sender_ids[0].provider"
    option_switch.parse(run_of("kaleyra", "custom_gateway", **asked))


def test_a_service_that_is_not_there_or_not_shown_is_not_written() -> None:
    desired = option_switch.parse(run_of("genesys_cloud", "kaleyra"))
    assert wrong(option_switch.plan_service, desired, Sight("absent")) == "former"
    for sight in (Sight("doubtful"), Sight("unreadable")):
        with pytest.raises(Unsupported, match="set when_unreadable to write"):
            option_switch.plan_service(desired, sight)
        blind = option_switch.parse(run_of("genesys_cloud", "kaleyra", when_unreadable="write"))
        assert option_switch.plan_service(blind, sight).blind


SMS = KALEYRA["SMS"]
NEW = Document("N/A", {"tokenProvider": "Purecloud", "x": 1}, {})
BOTH = Document("N/A", {"provider": "mGage", "tokenProvider": "Purecloud", "x": 1}, {})


@pytest.mark.parametrize(
    ("document", "providers", "data"),
    [
        (SMS, ["mGage"], {"provider": "mGage"}),
        (SMS, [], {"provider": "mGage"}),
        # A run was killed between its two writes.
        (NEW, ["mGage", "Twilio"], {"provider": "mGage", "x": 1}),
        # The switch was complete before.
        (NEW, ["Portico", "mGage"], {"tokenProvider": "Purecloud", "x": 1}),
        (NEW, [], {"tokenProvider": "Purecloud", "x": 1}),
        # The service has the data of two options.
        (BOTH, ["mGage"], {"provider": "mGage", "x": 1}),
        (BOTH, ["Portico"], {"tokenProvider": "Purecloud", "x": 1}),
        # The server does not show the service.
        (None, ["mGage"], {"provider": "mGage"}),
        (None, [], {"provider": "mGage"}),
        (None, ["Portico", "mGage"], {"provider": "mGage"}),
        (None, ["Portico"], {"tokenProvider": "Purecloud"}),
    ],
)
def test_where_a_run_goes_back_to(document: Document | None, providers: list[str], data: dict[str, Any]) -> None:
    desired = option_switch.parse(run_of("genesys_cloud", "kaleyra"))
    sections: Sections = {provider: {**MAIN, "provider": provider} for provider in providers}
    sight = Sight("unreadable") if document is None else Sight("present", document)
    assert option_switch.earlier(desired, sight, sections) == Document("N/A", data, {})


def test_secrets_that_the_server_hides_are_not_restored() -> None:
    desired = option_switch.parse(run_of("genesys_cloud", "kaleyra"))
    for secret, expected in (({"a": "***"}, {}), (None, {}), ({"a": "shown"}, {"a": "shown"})):
        found = option_switch.earlier(desired, Sight("present", replace(SMS, secret=secret)), {})
        assert found.secret == expected


def states(service: Service, configuration: Configuration) -> tuple[list[str], set[str]]:
    """Return what the service selects, and the providers of the sender IDs."""
    providers = {options["provider"] for options in configuration.sections.values()}
    return selected_options(service.documents["SMS"].data), providers


RUN: dict[str, Any] = {"to": "genesys_cloud", "former": "kaleyra", "sender_ids": [LISTED]}
OLD: tuple[list[str], set[str]] = (["kaleyra"], {"mGage"})
DONE: tuple[list[str], set[str]] = (["genesys_cloud"], {"Portico"})


def test_a_service_that_is_refused_changes_nothing() -> None:
    service, configuration = tenant("kaleyra", errors=[refused()])
    error = failure(run_of(**RUN), service, configuration)
    assert str(error).endswith("This run changed nothing. The tenant is on kaleyra.")
    assert (states(service, configuration), error.changed) == (OLD, False)


@pytest.mark.parametrize("seen", [True, False])
def test_sender_ids_that_are_refused_bring_the_service_back(seen: bool) -> None:
    service, configuration = tenant("kaleyra", seen=seen)
    configuration.errors = [refused()]
    error = failure(run_of(**RUN, when_unreadable="write"), service, configuration)
    assert str(error).endswith("The run went back. The tenant is on kaleyra.")
    assert (states(service, configuration), service.writes) == (OLD, 2)
    # What a server does not show may have been different before.
    assert error.changed is not seen


def test_a_configuration_that_can_not_be_read_any_more_does_not_keep_the_service() -> None:
    service, configuration = tenant("kaleyra")
    configuration.errors, configuration.reads = [refused()], 1
    error = failure(run_of(**RUN), service, configuration)
    assert str(error).endswith("The run went back. The tenant is on kaleyra.")
    assert states(service, configuration) == OLD


def test_an_interrupted_switch_that_can_not_be_completed_goes_back() -> None:
    service, configuration = tenant("kaleyra")
    service.documents["SMS"] = replace(SMS, data={"tokenProvider": "Purecloud"})
    configuration.errors = [refused()]
    error = failure(run_of(**RUN), service, configuration)
    assert str(error).endswith("The run went back. The tenant is on kaleyra.")
    assert (states(service, configuration), error.changed) == (OLD, True)


def test_a_complete_switch_does_not_go_back() -> None:
    service, configuration = tenant("genesys_cloud")
    configuration.errors = [refused()]
    listed = [{**LISTED, "endpoint": "Night"}]
    error = failure(run_of(**{**RUN, "sender_ids": listed}), service, configuration)
    assert str(error).endswith("The tenant is on genesys_cloud.")
    assert (states(service, configuration), service.writes, error.changed) == (DONE, 0, False)


def test_sender_ids_that_are_shown_late_do_not_lead_back() -> None:
    """Both writes were done. A way back that believes what it reads would change the service only."""
    service, configuration = tenant("kaleyra")
    configuration.late = copy.deepcopy(configuration.sections)
    error = failure(run_of(**RUN), service, configuration)
    assert isinstance(error, NotSeen)
    assert "be necessary to change provider of the sender ID chat.SMS_Main; change provider" in str(error)
    assert "Run the playbook switch_option again to complete the switch." in str(error)
    assert (states(service, configuration), error.changed) == (DONE, True)


def test_a_service_that_is_shown_late_is_written_back_all_the_same() -> None:
    service, configuration = tenant("kaleyra")
    service.late = copy.deepcopy(service.documents["SMS"])
    error = failure(run_of(**RUN), service, configuration)
    assert str(error).endswith("The run went back. The tenant is on kaleyra.")
    assert (states(service, configuration), error.changed) == (OLD, False)


def test_a_check_that_cannot_read_does_not_lead_back() -> None:
    service, configuration = tenant("kaleyra")
    configuration.reads = 1
    error = failure(run_of(**RUN), service, configuration)
    assert "The switch to genesys_cloud was written, but it could not be checked. Run again." in str(error)
    assert (states(service, configuration), error.changed) == (DONE, True)


@pytest.mark.parametrize("purge", [True, False])
def test_all_plans_of_a_run_are_undone(purge: bool) -> None:
    """Someone adds a sender ID before the write. The second plan moves or deletes it, and is overwritten."""
    service, configuration = tenant("kaleyra")
    added = {"chat.SMS_Added": {**MAIN, "channelId": "10001"}}
    configuration.meanwhile = {0: added}
    before = copy.deepcopy({**configuration.sections, **added})
    configuration.errors, configuration.is_done = [Overwritten("Someone else replaced it.")], True
    error = failure(run_of(**RUN, purge=purge), service, configuration)
    assert str(error).endswith("The run went back. The tenant is on kaleyra.")
    assert configuration.sections == before


def test_what_others_have_changed_meanwhile_stays() -> None:
    service, configuration = tenant("kaleyra")

    def overwrite(_transaction: Transaction, _change: Delta) -> None:
        configuration.sections["chat.SMS_Main"]["endpoint"] = "chat.Theirs"
        service.documents["SMS"].data["theirs"] = 1
        del patched.write
        raise Overwritten("Someone else replaced it.")

    patched: Any = configuration
    patched.write = overwrite
    failure(run_of(**{**RUN, "sender_ids": [{**LISTED, "endpoint": "Mine"}]}), service, configuration)
    assert configuration.sections["chat.SMS_Main"]["endpoint"] == "chat.Theirs"
    assert service.documents["SMS"].data == {"provider": "mGage", "theirs": 1}


def test_a_sender_id_with_the_new_provider_hides_an_interruption_but_the_message_does_not() -> None:
    service, configuration = tenant("kaleyra")
    service.documents["SMS"] = replace(SMS, data={"tokenProvider": "Purecloud"})
    configuration.sections["chat.Mine"] = {**MAIN, "channelId": "10001", "provider": "Portico"}
    configuration.errors = [refused()]
    error = failure(run_of(**RUN), service, configuration)
    assert "The service SMS selects genesys_cloud, but these sender IDs have the provider of another" in str(error)
    assert "chat.SMS_Main, chat.SMS_Old. Run the playbook switch_option again." in str(error)


def test_a_service_that_is_not_shown_is_not_said_to_be_on_an_option() -> None:
    service, configuration = tenant("kaleyra", seen=False, errors=[refused()])
    error = failure(run_of(**RUN, when_unreadable="write"), service, configuration)
    assert "This run changed nothing. The server does not show the service SMS." in str(error)
    service, configuration = tenant("kaleyra", errors=[refused()])
    service.documents["SMS"] = replace(SMS, data={"provider": "Other"})
    error = failure(run_of(**RUN), service, configuration)
    assert str(error).endswith("The service SMS selects no known SMS option.")


@pytest.mark.parametrize("is_done", [True, False])
def test_an_unclear_write_is_read_again(is_done: bool) -> None:
    service, configuration = tenant("kaleyra")
    configuration.errors, configuration.is_done = [unclear()], is_done
    assert switch(run_of(**RUN), service, configuration).changed
    assert states(service, configuration) == DONE


def test_a_write_that_stays_unclear_says_what_a_person_has_to_do() -> None:
    service, configuration = tenant("kaleyra")
    configuration.errors, configuration.reads = [unclear()], 1
    error = failure(run_of(**RUN), service, configuration)
    assert error.changed
    assert "The way back failed too. Could not read:" in str(error)
    assert "Run the playbook switch_option again to complete the switch." in str(error)
    configuration.reads = 9
    switch(run_of(**RUN), service, configuration)
    assert states(service, configuration) == DONE


def test_a_service_that_is_written_blindly_and_unclear_is_brought_back() -> None:
    service, configuration = tenant("kaleyra", seen=False, errors=[unclear()])
    error = failure(run_of(**RUN, when_unreadable="write"), service, configuration)
    assert str(error).endswith("The run went back. The tenant is on kaleyra.")
    assert states(service, configuration) == OLD


def test_check_mode_writes_nothing() -> None:
    service, configuration = tenant("kaleyra")
    outcome = switch(replace(run_of(**RUN), check_mode=True), service, configuration)
    assert outcome.changed
    assert len(outcome.plan.sentences) == 3
    assert (service.writes, configuration.changes) == (0, [])


def test_headers_of_a_gateway_are_written_with_the_sender_ids_and_removed_alone() -> None:
    service, configuration = tenant("kaleyra")
    headers = {"headers": [{"name": "X-Tenant", "value": "canary"}]}
    run = run_of("custom_gateway", "kaleyra", webhook_headers=headers)
    outcome = switch(run, service, configuration)
    assert outcome.plan.sentences[1] == "add the header X-Tenant"
    assert "canary" not in repr((outcome.plan.before, outcome.plan.after))
    assert len(configuration.changes) == 1
    removed = option_switch.remove_headers(run, configuration, "Async")
    assert removed.plan.sentences == ["remove the header X-Tenant"]
    assert "Async" not in configuration.sections
