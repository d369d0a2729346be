# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of a tenant: `_tenant/verification.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant import verification
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.report import Collected
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.verification import (
    CLUSTER_API_KEY,
    HOSTS,
    PROBE,
    Wanted,
    document,
    off,
    table,
)
from unit.reports import HEAD, LIVE
from unit.verifications import SCHEMA, valid

Json = dict[str, Any]

FINE: Json = {"changed": False, "steps": []}
SKIPPED: Json = {"changed": False, "skipped": True}
KEY: Json = {"name": "Portico", "tenant": "", "enabled": True, "permissions": ["nexus:cluster:*"]}
READ: Json = {**LIVE, "hidden_secrets": [], "unreadable": {}, "failures": {}}

TASKS: dict[str, Json] = {
    "kaleyra": {"kaleyra_services": FINE, "sender_ids_result": FINE},
    "custom_gateway": {"custom_gateway_services": FINE, "webhook_headers_result": FINE, "sender_ids_result": FINE},
    "genesys_cloud": {
        "genesys_cloud_connection": FINE,
        "genesys_cloud_numbers": FINE,
        "genesys_cloud_services": FINE,
        "sender_ids_result": FINE,
        CLUSTER_API_KEY: {"api_keys": [KEY]},
    },
}


def failure(kind: str, msg: Any = "It went wrong.") -> Json:
    return {"failed": True, "msg": msg, "failure": {"kind": kind}}


def unreadable(system: str, kind: str | None, msg: str = "It went wrong.") -> Json:
    """Return a result of nexus_tenant_info that could not read a system."""
    return {**READ, "unreadable": {system: msg}, "failures": {system: {"kind": kind}} if kind else {}}


def tenant(
    option: str = "kaleyra",
    live: Json | None = READ,
    wanted: Wanted | None = None,
    more: Json | None = None,
    **results: Any,
) -> Json:
    """Return what the file says of a tenant with these results in place of fine ones. None: there is no result.

    :arg more: results of the tasks that only verify has.
    """
    merged = {**TASKS[option], **results, **(more or {})}
    known = {name: result for name, result in merged.items() if result is not None}
    made = valid(document(HEAD, [Collected("acme", option, results=known, live=live)], wanted or Wanted()))
    (one,) = made["tenants"]
    return dict(one)


def statuses(one: Json) -> dict[str, str]:
    return {check["subject"] or check["check"]: check["status"] for check in one["checks"]}


def reasons(one: Json, check: str) -> list[str]:
    return next(item["reasons"] for item in one["checks"] if check in (item["check"], item["subject"]))


@pytest.mark.parametrize(
    ("option", "checks"),
    [
        ("kaleyra", "digital_channels services secrets configuration sender_ids"),
        ("custom_gateway", "digital_channels services secrets configuration webhook_headers sender_ids"),
        (
            "genesys_cloud",
            "digital_channels services secrets genesys_cloud tollfree_numbers cluster_api_key configuration sender_ids",
        ),
    ],
)
def test_each_option_has_its_checks(option: str, checks: str) -> None:
    one = tenant(option)
    assert statuses(one) == dict.fromkeys(checks.split(), "ok")
    assert one["outcome"] == "ok"
    assert all(check["reasons"] == [] for check in one["checks"])


def test_every_check_has_a_title_and_a_place_in_the_schema() -> None:
    described = SCHEMA["properties"]["tenants"]["items"]["properties"]
    checks = described["checks"]["items"]["properties"]
    assert checks["check"]["enum"] == list(verification.TITLES)
    assert checks["status"]["enum"] == list(verification.STATUSES)
    assert described["outcome"]["enum"] == list(verification.OUTCOMES)


def test_what_provision_would_change_is_not_as_it_should_be() -> None:
    one = tenant("genesys_cloud", genesys_cloud_services={"changed": True, "steps": ["create the service SMS"]})
    assert one["outcome"] == "failed"
    assert reasons(one, "services") == ["provision would create the service SMS"]
    assert statuses(one)["sender_ids"] == "ok"
    assert reasons(tenant(sender_ids_result={"changed": True}), "sender_ids") == ["provision would change it"]


@pytest.mark.parametrize("steps", [[], ["change comment of the number 18445550001"]])
def test_a_number_that_the_account_does_not_have_yet(steps: list[str]) -> None:
    """To wait for an undecided order or a port-in is no change."""
    listed = [
        {"number": "18445550000", "slot": "main"},
        {"number": "18445550001", "slot": "other", "status": None},
        {"number": None, "slot": "new"},
    ]
    one = tenant("genesys_cloud", genesys_cloud_numbers={**FINE, "changed": bool(steps), "steps": steps,
                                                         "tollfree_numbers": listed})  # fmt: skip
    assert (one["outcome"], statuses(one)["tollfree_numbers"]) == ("failed", "failed")
    *planned, told = reasons(one, "tollfree_numbers")
    assert planned == [f"provision would {step}" for step in steps]
    assert told == (
        "The account does not have 18445550000 yet: its order is undecided, or it is being ported in. Run the playbook "
        "numbers."
    )


def test_a_step_tells_of_a_number_once() -> None:
    numbers = {"changed": True, "steps": ["buy 18445550000 for the slot main"],
               "tollfree_numbers": [{"number": "18445550000", "slot": "main"}]}  # fmt: skip
    told = reasons(tenant("genesys_cloud", genesys_cloud_numbers=numbers), "tollfree_numbers")
    assert told == ["provision would buy 18445550000 for the slot main"]


def test_several_failures_do_not_hide_each_other() -> None:
    one = tenant(kaleyra_services=failure("invalid_input"), sender_ids_result={"changed": True, "steps": ["add a"]})
    assert statuses(one) == {
        "digital_channels": "ok", "services": "failed", "configuration": "ok", "sender_ids": "failed",
    }  # fmt: skip


def test_an_object_that_the_inventory_does_not_have_is_no_check() -> None:
    assert "webhook_headers" not in statuses(tenant("custom_gateway", webhook_headers_result=SKIPPED))
    one = tenant("genesys_cloud", genesys_cloud_numbers=SKIPPED, more={CLUSTER_API_KEY: SKIPPED})
    assert "tollfree_numbers" not in statuses(one)
    assert "cluster_api_key" not in statuses(one)
    assert statuses(one)["genesys_cloud"] == "ok"


def test_a_task_that_did_not_run_is_never_fine() -> None:
    one = tenant(sender_ids_result=None)
    assert (one["outcome"], statuses(one)["sender_ids"]) == ("failed", "failed")
    nothing = tenant(live=None, kaleyra_services=None, sender_ids_result=None)
    assert set(statuses(nothing).values()) == {"failed", "not_checked"}
    assert nothing["outcome"] == "failed"


def test_findings_of_the_preflight() -> None:
    stopped = Collected("acme", "kaleyra", problems=["kaleyra_url: it is empty.\x1b[31m"])
    made = valid(document(HEAD, [stopped], Wanted()))
    (one,) = made["tenants"]
    assert (one["outcome"], statuses(one)) == ("stopped", {"inventory": "failed"})
    assert "\x1b" not in str(made)
    # The preflight fails them.
    assert off(made, unchecked=True) == {}


# Systems that can't be read


@pytest.mark.parametrize(
    ("kind", "status", "outcome"),
    [("refused", "failed", "failed"), ("unreachable", "unreachable", "unreachable"), ("api", "failed", "failed"),
     ("intermediary", "unreachable", "unreachable"), ("unsupported", "not_checked", "incomplete")],
)  # fmt: skip
def test_a_system_that_cannot_be_read(kind: str, status: str, outcome: str) -> None:
    one = tenant(live=unreadable("services", kind), kaleyra_services=failure(kind))
    assert statuses(one) == {
        "digital_channels": status, "services": "not_checked", "configuration": "ok", "sender_ids": "ok",
    }  # fmt: skip
    assert one["outcome"] == outcome
    assert reasons(one, "digital_channels") == ["It went wrong."]
    assert reasons(one, "services") == ["It could not be read. See: API key of Digital Channels."]


def test_a_blind_plan_says_nothing() -> None:
    """With when_unreadable=write, the plan always writes."""
    one = tenant(live=unreadable("services", "unsupported"), kaleyra_services=changed("write the service SMS"))
    assert statuses(one)["services"] == "not_checked"
    assert one["outcome"] == "incomplete"
    channels = changed("write the channel 16504661149", "write the channel 16504661150")
    gateway = tenant("custom_gateway", live=unreadable("services", "unsupported"), custom_gateway_services=channels)
    assert statuses(gateway)["services"] == "not_checked"


def changed(*steps: str) -> Json:
    return {"changed": True, "steps": list(steps)}


@pytest.mark.parametrize("result", [changed("create the service SMS"), changed("write the service SMS", "create it")])
def test_deleted_services_are_not_hidden(result: Json) -> None:
    """A server without a list of services says the same of a tenant that has none of them."""
    one = tenant(live=unreadable("services", "unsupported"), kaleyra_services=result)
    assert (statuses(one)["digital_channels"], statuses(one)["services"]) == ("not_checked", "failed")
    assert one["outcome"] == "failed"


@pytest.mark.parametrize("kind", ["defect", "unreachable", "refused", "invalid_input"])
def test_a_failure_is_not_hidden_by_a_login_that_was_not_checked(kind: str) -> None:
    one = tenant(live=unreadable("services", "unsupported"), kaleyra_services=failure(kind, "It is broken."))
    assert statuses(one)["services"] == ("unreachable" if kind == "unreachable" else "failed")
    assert reasons(one, "services") == ["It is broken."]


def test_an_invalid_option_is_shown_although_the_system_cannot_be_read() -> None:
    live = unreadable("configuration", "unreachable")
    one = tenant(live=live, sender_ids_result=failure("invalid_input", "sender_ids[0].slot: it has no number."))
    assert reasons(one, "sender_ids") == ["sender_ids[0].slot: it has no number."]
    assert (statuses(one)["sender_ids"], one["outcome"]) == ("failed", "failed")


def test_no_system_can_be_read() -> None:
    systems = ("services", "configuration")
    live = {
        **failure("unreachable"),
        "unreadable": dict.fromkeys(systems, "It went wrong."),
        "failures": {system: {"kind": "unreachable"} for system in systems},
    }
    down = failure("unreachable")
    one = tenant(live=live, kaleyra_services=down, sender_ids_result=down)
    assert one["outcome"] == "unreachable"
    assert statuses(one)["digital_channels"] == statuses(one)["configuration"] == "unreachable"


def test_the_login_of_another_tenant() -> None:
    other = failure("invalid_input", "gws_username: this login can access another contact center.")
    one = tenant(live=other, sender_ids_result=other)
    assert statuses(one) == {
        "digital_channels": "ok", "services": "ok", "secrets": "ok",
        "configuration": "failed", "sender_ids": "not_checked",
    }  # fmt: skip
    assert one["outcome"] == "failed"


def test_a_system_whose_login_is_not_set() -> None:
    one = tenant("genesys_cloud", live=unreadable("tollfree_numbers", None, "It was not read."))
    assert (statuses(one)["genesys_cloud"], one["outcome"]) == ("not_checked", "incomplete")


def test_sender_ids_of_slots_need_the_numbers() -> None:
    changed = {"changed": True, "steps": ["change channelId of the sender ID chat.Main"]}
    one = tenant("genesys_cloud", genesys_cloud_numbers=failure("undecided"), sender_ids_result=changed)
    assert (statuses(one)["tollfree_numbers"], statuses(one)["sender_ids"]) == ("failed", "not_checked")
    assert reasons(one, "sender_ids") == ["The numbers of its slots are not known. See: toll-free numbers."]
    missing = tenant("genesys_cloud", genesys_cloud_numbers=failure("undecided"), sender_ids_result=None)
    assert missing["outcome"] == "failed"


# Secrets


def test_secrets_that_the_server_does_not_show() -> None:
    one = tenant(live={**READ, "hidden_secrets": ["kaleyra_username", "kaleyra_password"]})
    assert reasons(one, "secrets") == ["The server does not show them: kaleyra_username, kaleyra_password."]
    assert one["outcome"] == "incomplete"


def test_secrets_of_channels_have_the_names_of_their_channels() -> None:
    hidden = [f"custom_gateway_channels[{number}].api_secret" for number in (0, 7)]
    live = {**READ, "hidden_secrets": hidden, "variables": {"custom_gateway_channels": [{"channel_id": "12345"}]}}
    told = "The server does not show them: api_secret of the channel 12345, custom_gateway_channels[7].api_secret."
    assert reasons(tenant("custom_gateway", live=live), "secrets") == [told]


def test_a_proof_replaces_the_comparison() -> None:
    hidden = ["custom_gateway_channels[0].api_secret"]
    one = tenant(
        "custom_gateway", live={**READ, "hidden_secrets": hidden}, wanted=Wanted(probe=True), more={PROBE: FINE}
    )
    assert (statuses(one)["secrets"], statuses(one)["api_secrets"], one["outcome"]) == ("ok", "ok", "ok")


@pytest.mark.parametrize(
    ("result", "status"),
    [(failure("unproven"), "failed"), (failure("unreachable"), "unreachable"), (failure("unsupported"), "not_checked"),
     (None, "failed"), (SKIPPED, "failed")],
)  # fmt: skip
def test_a_proof_that_fails(result: Json | None, status: str) -> None:
    one = tenant("custom_gateway", wanted=Wanted(probe=True), more={PROBE: result})
    assert statuses(one)["api_secrets"] == status


def test_check_mode_proves_nothing() -> None:
    one = tenant("custom_gateway", wanted=Wanted(probe=True, check_mode=True), more={PROBE: SKIPPED})
    assert (statuses(one)["api_secrets"], one["outcome"]) == ("not_checked", "incomplete")
    assert "api_secrets" not in statuses(tenant("kaleyra", wanted=Wanted(probe=True)))
    assert "api_secrets" not in statuses(tenant("custom_gateway", more={PROBE: SKIPPED}))


@pytest.mark.parametrize(
    ("result", "status", "reason"),
    [
        ({"api_keys": []}, "failed", "nexus_cluster_api_key: Digital Channels has no such API key."),
        ({"api_keys": [{**KEY, "enabled": False}]}, "failed", "The API key Portico is disabled."),
        ({"api_keys": [{**KEY, "tenant": "a"}]}, "failed", "nexus_cluster_api_key: it is an API key of one tenant."),
        ({"api_keys": [{**KEY, "permissions": ["x"]}]}, "not_checked", "The API key does not have the permission"),
        (None, "failed", "It was not checked."),
        (failure("unsupported"), "not_checked", "It went wrong."),
        (failure("refused"), "not_checked", "It went wrong."),
        (failure("unreachable"), "unreachable", "It went wrong."),
        (failure("unreadable"), "failed", "It went wrong."),
        ({"failed": True, "censored": "hidden"}, "failed", "The result of the task is hidden by no_log."),
        ({"failed": True}, "failed", "It has no message."),
    ],
)
def test_the_api_key_of_the_cluster(result: Json | None, status: str, reason: str) -> None:
    one = tenant("genesys_cloud", more={CLUSTER_API_KEY: result})
    assert statuses(one)["cluster_api_key"] == status
    assert reasons(one, "cluster_api_key")[0].startswith(reason)


def test_each_host_is_a_check() -> None:
    hosts = [
        {"host": "up.example.com", "port": 443, "reachable": True, "problem": None},
        {"host": "down.example.com", "port": 8443, "reachable": False, "problem": "could not be reached"},
        {"host": "::1", "port": 443, "reachable": True, "problem": None},
        {"host": "far.example.com", "port": 443, "reachable": None, "problem": "needs a proxy"},
    ]
    one = tenant(wanted=Wanted(hosts=True), more={HOSTS: {"hosts": hosts}})
    assert statuses(one)["up.example.com:443"] == statuses(one)["[::1]:443"] == "ok"
    assert statuses(one)["down.example.com:8443"] == "failed"
    assert statuses(one)["far.example.com:443"] == "not_checked"
    assert reasons(one, "down.example.com:8443") == ["The host could not be reached."]
    refused = tenant(
        wanted=Wanted(hosts=True), more={HOSTS: failure("invalid_input", ["urls[0]: no.", "urls[1]: no."])}
    )
    assert reasons(refused, "webhook_host") == ["urls[0]: no.", "urls[1]: no."]


@pytest.mark.parametrize("result", [None, SKIPPED])
def test_hosts_that_were_to_be_checked_and_were_not(result: Json | None) -> None:
    assert statuses(tenant(wanted=Wanted(hosts=True), more={HOSTS: result}))["webhook_host"] == "failed"
    assert "webhook_host" not in statuses(tenant(more={HOSTS: result}))


def test_hosts_of_numbers_that_are_not_known() -> None:
    asked: Json = {"wanted": Wanted(hosts=True), "more": {HOSTS: {"hosts": []}}}
    one = tenant("genesys_cloud", genesys_cloud_numbers=failure("unreadable"), **asked)
    assert statuses(one)["webhook_host"] == "not_checked"
    assert "webhook_host" not in statuses(tenant("genesys_cloud", genesys_cloud_numbers=SKIPPED, **asked))
    assert "webhook_host" not in statuses(tenant(**asked))


# The table


def several(*tenants: Collected) -> Json:
    return valid(document(HEAD, tenants, Wanted()))


def fine(name: str) -> Collected:
    return Collected(name, "kaleyra", results=TASKS["kaleyra"], live=READ)


def broken(name: str, **live: Any) -> Collected:
    changed = {"changed": True, "steps": ["add the sender ID chat.Main"]}
    return Collected(name, "kaleyra", results={**TASKS["kaleyra"], "sender_ids_result": changed}, live={**READ, **live})


def test_the_table_shows_the_tenants_with_problems_first() -> None:
    lines = table(several(fine("acme"), broken("globex")), 80)
    assert lines[0].split() == ["tenant", "check", "result"]
    assert [line.split()[0] for line in lines[1:6]] == ["globex"] * 5
    assert lines[5].endswith("sender IDs                   failed")
    assert lines[6] == "    provision would add the sender ID chat.Main"
    assert [line.split()[-1] for line in lines[7:12]] == ["ok"] * 5
    assert lines[12] == "2 tenants: 1 failed, 1 ok."


def test_many_tenants_that_are_fine_get_a_line_each() -> None:
    made = several(broken("broken"), *(fine(f"t{number:02}") for number in range(30)))
    lines = table(made, 80)
    assert [line for line in lines if line.startswith("t07")] == ["t07     all 5 checks                 ok"]
    assert len([line for line in lines if line.startswith("broken")]) == 5


def test_a_long_reason_is_cut_to_a_few_lines_and_the_width() -> None:
    long = Collected("acme", "kaleyra", problems=["word " * 300])
    lines = table(several(long), 60)
    assert max(map(len, lines)) <= 60
    assert len(lines) <= 9


def test_no_tenant() -> None:
    assert table(several(), 80) == ["This run had no tenant."]


def test_the_run_fails_for_tenants_of_which_a_check_is_not_ok() -> None:
    made = several(fine("acme"), broken("globex", hidden_secrets=["kaleyra_password"]))
    assert off(made, unchecked=False) == {"globex": "These checks are not ok: sender IDs."}
    assert off(made, unchecked=True) == {"globex": "These checks are not ok: secrets of the services, sender IDs."}
    incomplete = several(Collected("acme", "kaleyra", results=TASKS["kaleyra"], live={**READ, "hidden_secrets": ["x"]}))
    assert off(incomplete, unchecked=False) == {}
    assert off(incomplete, unchecked=True) == {"acme": "These checks are not ok: secrets of the services."}
