# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many tenants in one run: which of them are stopped, and that the others are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from integration.provisioning import (
    BOOTSTRAP,
    DECOMMISSION,
    NO_RETRIES,
    NUMBERS,
    PROVISION,
    REMOVE,
    Site,
    assert_phrases,
    first_writes,
    play,
    run,
    write_yaml,
)
from sandbox.control import Sandbox
from sandbox.seed import DEFAULT_SECTIONS

TEXTS_FOR_NO = ("false", "no", "0")
STRATEGIES = ("linear", "free", "host_pinned")


def servers(count: int) -> dict[str, dict[str, Any]]:
    """Return hosts that are not tenants."""
    return {f"server{number:04}": {"rack": number} for number in range(count)}


def edited(site: Site, **groups: Any) -> Path:
    """Write the inventory with added or replaced groups. None removes a group."""
    path = site.inventory()
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content.update(groups)
    return write_yaml(path, {name: group for name, group in content.items() if group is not None})


def test_an_sms_option_whose_tenants_all_fail_does_not_stop_the_others(sandbox: Sandbox, tmp_path: Path) -> None:
    """All tenants of the first and of the last SMS option of the run fail."""
    site = Site(
        sandbox, tmp_path, "alpha", "beta", "gamma", "delta", gateways={"beta": "gax"}, clouds=("gamma", "delta")
    )
    for name in ("alpha", "gamma", "delta"):
        site.hosts[name]["nexus_api_key"] = "wrong"
    site.hosts["delta"]["gc_client_id"] = site.hosts["gamma"]["gc_client_id"]
    result = site.play(PROVISION, http_options=NO_RETRIES)
    assert sorted(result.failures) == ["alpha", "delta", "gamma"]
    assert result.count("failed") == {"alpha": 1, "beta": 0, "gamma": 1, "delta": 1}
    assert result.count("changed") == {"alpha": 0, "beta": 2, "gamma": 0, "delta": 0}
    assert not [write for write in site.writes() if not write.startswith("beta: ")]


@pytest.mark.parametrize("playbook", [PROVISION, REMOVE, DECOMMISSION])
def test_two_tenants_with_one_login_are_stopped_and_others_are_not(
    sandbox: Sandbox, tmp_path: Path, playbook: str
) -> None:
    """Otherwise a removal would delete the sender IDs of the other tenant."""
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma")
    assert site.play(PROVISION).changed == dict.fromkeys(site.hosts, 2)
    before = site.state("alpha"), site.state("beta")
    login = {name: site.hosts["alpha"][name] for name in ("gws_username", "gws_password", "gws_client_id")}
    site.hosts["beta"].update(login, sender_ids=[{"name": "SMS_0", "channel_id": "16509999999", "endpoint": "Other"}])
    result = site.play(playbook, "--limit", "beta,gamma")
    assert_phrases(result.failures["beta"], "gws_username: alpha uses the same login")
    assert result.count("failed") == {"beta": 1, "gamma": 0}
    assert (site.state("alpha"), site.state("beta")) == before
    assert sorted(site.play(playbook, "--limit", "kaleyra").failures) == ["alpha", "beta"]


@pytest.mark.parametrize(
    "task",
    [
        "Check the tenants of the inventory, each alone and against the others",
        "Note the tenant, and hosts that look like tenants without an SMS option",
        "Require --limit or a confirmation",
        "*Sender IDs of the tenant*",
        "Note that the tenant failed",
    ],
)
def test_start_at_task_can_not_skip_the_checks_of_a_removal(sandbox: Sandbox, tmp_path: Path, task: str) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    result = site.play(REMOVE, "--start-at-task", task)
    # Plays without hosts do not have the task.
    assert result.rc != 0 or f'No matching task "{task}" found' in result.output
    assert not sandbox.requests()


def test_a_host_name_with_a_blank_is_one_host(sandbox: Sandbox, tmp_path: Path) -> None:
    """As two names, the second would be another tenant with another SMS option."""
    site = Site(sandbox, tmp_path, "corp", "acme", gateways={"acme": "gws"})
    inventory = edited(site, kaleyra={"hosts": {"acme corp": site.hosts["corp"]}})
    result = play(sandbox, tmp_path, PROVISION, inventory)
    assert result.rc == 0, result.output
    assert [write for write in site.writes() if write.startswith("corp: ")] == first_writes("corp")
    assert len([write for write in site.writes() if write.startswith("acme: ")]) == 3
    assert result.output.count("TASK [cxops.genesys_sms.sender_ids : Sender IDs of the tenant (present)]") == 2
    removed = play(sandbox, tmp_path, REMOVE, inventory, "--limit", "kaleyra")
    assert removed.rc == 0, removed.output
    assert {write.partition(":")[0] for write in site.writes()} == {"corp"}


@pytest.mark.parametrize("text", TEXTS_FOR_NO)
def test_a_flag_given_as_a_string_does_not_keep_a_service(sandbox: Sandbox, tmp_path: Path, text: str) -> None:
    site = Site(sandbox, tmp_path, "alpha", gateways={"alpha": "gax"})
    assert site.play(PROVISION).changed == {"alpha": 2}
    # The service is deleted with the channels that are not listed.
    del site.hosts["alpha"]["custom_gateway_channels"][0]
    flags = {"custom_gateway_purge": text, "webhook_headers_purge": text, "sender_ids_purge": text}
    extra = [word for name, value in flags.items() for word in ("-e", f"{name}={value}")]
    assert site.play(REMOVE, "--limit", "alpha", *extra).rc == 0
    assert site.state("alpha")["services"] == {}


@pytest.mark.parametrize("text", TEXTS_FOR_NO)
def test_a_purge_flag_given_as_a_string_is_false(sandbox: Sandbox, tmp_path: Path, text: str) -> None:
    site = Site(sandbox, tmp_path, "alpha", gateways={"alpha": "gax"})
    assert site.play(PROVISION).changed == {"alpha": 2}
    del site.hosts["alpha"]["webhook_headers"], site.hosts["alpha"]["custom_gateway_channels"][0]
    names = ("custom_gateway_purge", "webhook_headers_purge", "sender_ids_purge", "sender_ids_purge_options")
    site.hosts["alpha"].update(dict.fromkeys(names, text), http_options={"validate_certs": text})
    again = site.play(PROVISION)
    assert again.changed == {"alpha": 0}
    # Without headers and without a purge, no session is started for them.
    assert again.count("skipped") == {"alpha": 1}


def test_an_empty_flag_of_a_survey_is_a_finding(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", gateways={"alpha": "gws"})
    result = site.play(PROVISION, "-e", "webhook_headers_purge=")
    assert_phrases(result.failures["alpha"], "webhook_headers_purge: it is empty")
    assert not sandbox.requests()


@pytest.mark.parametrize(
    ("extra", "parameter"),
    [
        ('http_options={"timeout":5}', "http_options: must be a dictionary, not a string"),
        (
            '{"http_options": {"timeuot": 5}}',
            "http_options.timeuot: this option does not exist. Did you mean",
        ),
        ('{"http_options": {"retries": "many"}}', "http_options.retries: must be a whole number"),
        ('{"configuration": ["gws"]}', "configuration: must be a string, not a list"),
        ('{"gws_url": ["https://gws"]}', "gws_url: must be a string, not a list"),
        ('{"kaleyra_update_secret": ""}', "kaleyra_update_secret: this value is not supported"),
    ],
)
def test_values_of_the_wrong_type_are_findings(sandbox: Sandbox, tmp_path: Path, extra: str, parameter: str) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    assert_phrases(site.play(PROVISION, "-e", extra).failures["alpha"], parameter)
    assert not sandbox.requests()


def test_a_run_without_a_tenant_fails(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    site.others = servers(3)
    inventory = edited(site, kaleyra=None, kaleira={"hosts": site.hosts})
    result = play(sandbox, tmp_path, PROVISION, inventory)
    assert_phrases(
        result.failures["localhost"], "This run has no tenant", "alpha: It has a ccid and sender_ids", "beta"
    )
    assert list(result.count("failed")) == ["localhost"]
    assert "[WARNING]" not in result.output
    for playbook, options in ((REMOVE, ["-e", "remove_all=true"]), (NUMBERS, [])):
        assert "This run has no tenant" in play(sandbox, tmp_path, playbook, inventory, *options).failures["localhost"]
    # The flag accepts this, but tenants without an SMS option still fail.
    allowed = play(sandbox, tmp_path, PROVISION, inventory, "-e", "allow_no_tenants=true")
    assert "This run has no tenant" not in allowed.failures["localhost"]
    limited = play(sandbox, tmp_path, PROVISION, inventory, "-e", "allow_no_tenants=yes", "--limit", "server0001")
    assert limited.changed == {"server0001": 0}
    refused = play(sandbox, tmp_path, PROVISION, inventory, "-e", "allow_no_tenants=no", "--limit", "server0001")
    assert "This run has no tenant" in refused.failures["server0001"]
    assert not sandbox.requests()


def test_a_tenant_without_an_sms_option_fails_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma")
    hosts = site.hosts
    inventory = edited(
        site,
        kaleyra={"hosts": {"alpha": hosts["alpha"]}},
        custom_gatway={"hosts": {"beta": hosts["beta"]}},
        without_sms={"hosts": {"gamma": hosts["gamma"]}},
    )
    result = play(sandbox, tmp_path, PROVISION, inventory)
    assert list(result.failures) == ["beta"]
    assert_phrases(
        result.failures["beta"], "It has a ccid and sender_ids, but it is in none of the groups kaleyra", "without_sms"
    )
    assert result.count("changed") == {"alpha": 2, "beta": 0}
    # A host outside of the limit is not reported.
    assert play(sandbox, tmp_path, PROVISION, inventory, "--limit", "alpha").changed == {"alpha": 0}


def test_groups_of_other_names_are_children_of_the_sms_options(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", gateways={"beta": "gax"})
    inventory = edited(
        site,
        sms_kaleyra={"hosts": {"alpha": site.hosts["alpha"]}},
        sms_gateway={"hosts": {"beta": site.hosts["beta"]}},
        kaleyra={"children": {"sms_kaleyra": None}},
        custom_gateway={"children": {"sms_gateway": None}},
    )
    assert play(sandbox, tmp_path, PROVISION, inventory).changed == {"alpha": 2, "beta": 2}
    assert play(sandbox, tmp_path, PROVISION, inventory, "--limit", "sms_kaleyra").changed == {"alpha": 0}


def test_hosts_that_are_not_tenants_have_no_output(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    site.others = servers(300)
    result = site.play(PROVISION)
    assert result.changed == {"alpha": 2}
    assert "server0" not in result.output
    assert "[WARNING]" not in result.output
    assert result.output.count("\n") < 60


def test_a_tenant_without_an_sms_option_is_reported_even_if_all_others_fail(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    site.hosts["alpha"]["kaleyra_url"] = ""
    inventory = edited(
        site, kaleyra={"hosts": {"alpha": site.hosts["alpha"]}}, kaleira={"hosts": {"beta": site.hosts["beta"]}}
    )
    result = play(sandbox, tmp_path, PROVISION, inventory)
    assert "kaleyra_url" in result.failures["alpha"]
    assert_phrases(result.failures["beta"], "It has a ccid and ", "it is in none of the groups kaleyra")
    assert not sandbox.requests()
    assert "It has a ccid" not in play(sandbox, tmp_path, PROVISION, inventory, "--limit", "alpha").output


def test_a_playbook_that_stops_all_of_its_tenants_names_hosts_without_an_sms_option(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """ansible-core ends the run after a play in which all hosts failed, before the play that reports the host."""
    site = Site(sandbox, tmp_path, "alpha", "beta", clouds=("alpha",))
    site.hosts["alpha"]["gc_login_url"] = ""
    inventory = edited(site, kaleyra=None, kaleira={"hosts": {"beta": site.hosts["beta"]}})
    result = play(sandbox, tmp_path, NUMBERS, inventory)
    assert "gc_login_url" in result.failures["alpha"]
    assert_phrases(result.output, "item=beta: It has a ccid and ", "it is in none of the groups kaleyra")


@pytest.mark.parametrize("env", [{}, {"ANSIBLE_ANY_ERRORS_FATAL": "true"}, {"ANSIBLE_JINJA2_NATIVE": "true"}])
def test_the_last_play_repeats_the_message_of_a_failed_task(
    sandbox: Sandbox, tmp_path: Path, env: dict[str, str]
) -> None:
    """The message has a text of the server, which is no template. All other tenants are provisioned."""
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma", "delta", gateways={"gamma": "gws"})
    site.hosts["beta"]["kaleyra_url"] = ""
    path, text = f"/services/{site.tenants['alpha'].ccid}/", "no {{ inventory_hostname }} {{ nowhere }} here"
    sandbox.fault("status", path, status=400, body={"status": {"code": 400, "message": text}}, times=None)
    result = site.play(PROVISION, http_options=NO_RETRIES, env=env)
    assert result.count("failed") == {"alpha": 1, "beta": 1, "gamma": 0, "delta": 0}
    assert result.count("rescued") == {"alpha": 1, "beta": 0, "gamma": 0, "delta": 0}
    assert result.count("changed") == {"alpha": 0, "beta": 0, "gamma": 2, "delta": 2}
    assert_phrases(result.failures["alpha"], "The task '", "mGageSMS", "' failed: Could not read the service", text)
    assert "kaleyra_url: it is empty" in result.failures["beta"]


def test_allow_no_tenants_accepts_a_slice_without_tenants(sandbox: Sandbox, tmp_path: Path) -> None:
    inventory = write_yaml(tmp_path / "slice.yml", {"all": {"hosts": servers(2)}})
    assert "This run has no tenant" in play(sandbox, tmp_path, PROVISION, inventory).failures["localhost"]
    assert play(sandbox, tmp_path, PROVISION, inventory, "-e", "allow_no_tenants=true").rc == 0
    nobody = run("ansible-playbook", "-i", ",", PROVISION, directory=tmp_path)
    assert "This run has no tenant" in nobody.failures["localhost"]


def test_an_unreadable_variable_stops_its_tenant(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma", "delta")
    site.hosts["alpha"]["kaleyra_password"] = "{{ vault_kaleyra_password }}"
    site.hosts["beta"]["sender_ids"] = "{{ lookup('ansible.builtin.file', '/does/not/exist') }}"
    site.hosts["gamma"]["ready_timeout"] = "{{ nowhere.to_be_found }}"
    result = site.play(PROVISION)
    failures = result.failures
    assert_phrases(failures["alpha"], "kaleyra_password: it can't be read: 'vault_kaleyra_password' is undefined")
    assert_phrases(failures["beta"], "sender_ids: it can't be read", "ansible.builtin.debug -a var=sender_ids")
    assert_phrases(failures["gamma"], "ready_timeout: it can't be read: 'nowhere' is undefined")
    assert sorted(failures) == ["alpha", "beta", "gamma"]
    assert site.writes() == first_writes("delta")


def test_an_unreadable_variable_outside_of_the_limit_is_a_warning(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma")
    site.hosts["beta"]["sender_ids"] = "{{ vault_sender_ids }}"
    # A file of variables with an unknown password.
    password = tmp_path / "password"
    password.write_text("of others")
    secrets = write_yaml(tmp_path / "host_vars/gamma.yml", {"gws_password": "x"})
    encrypt = ("encrypt", f"--vault-password-file={password}", secrets)
    assert run("ansible-vault", *encrypt, directory=tmp_path).rc == 0
    result = site.play(PROVISION, "--limit", "alpha")
    assert result.changed == {"alpha": 2}
    told = " ".join(result.output.split())
    assert_phrases(
        told, "beta: sender_ids: it can't be read: 'vault_sender_ids' is undefined", "gamma: variables: they"
    )
    assert site.writes() == first_writes("alpha")


def test_an_unreadable_account_of_another_tenant_stops_purchases_only(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma", clouds=("beta", "gamma"))
    site.hosts["gamma"]["genesys_cloud_journal"] = "{{ nowhere }}"
    result = site.play(PROVISION, "--limit", "alpha,beta")
    assert_phrases(result.failures["beta"], "genesys_cloud_journal of gamma can't be read")
    assert result.count("failed") == {"alpha": 0, "beta": 1}
    assert site.writes() == first_writes("alpha")
    allowed = site.play(PROVISION, "--limit", "beta", "--tags", "validate", genesys_cloud_purchase_allowed=False)
    assert allowed.changed == {"beta": 0}


def test_ansible_connection_is_required_and_become_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma")
    path = site.inventory()
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    del content["all"]["vars"]["ansible_connection"]
    content["kaleyra"]["hosts"]["beta"].update(ansible_connection="local", ansible_become=True)
    content["kaleyra"]["hosts"]["gamma"].update(ansible_connection="ansible.builtin.local")
    write_yaml(path, content)
    result = play(sandbox, tmp_path, PROVISION, path, env={"ANSIBLE_BECOME": "true"})
    assert_phrases(result.failures["alpha"], "ansible_connection: it is not set", "a machine with the name alpha")
    assert_phrases(result.failures["beta"], "ansible_become: it is true")
    assert sorted(result.failures) == ["alpha", "beta"]
    # The play does not become another user, even if the configuration says so.
    assert result.count("changed") == {"alpha": 0, "beta": 0, "gamma": 2}
    del content["kaleyra"]["hosts"]["beta"]["ansible_become"]
    write_yaml(path, content)
    assert play(sandbox, tmp_path, PROVISION, path, "--connection", "local").changed == {
        "alpha": 2,
        "beta": 2,
        "gamma": 0,
    }


@pytest.mark.parametrize("role", ["preflight", "genesys_cloud"])
def test_an_inventory_that_is_not_a_file_needs_a_journal(sandbox: Sandbox, tmp_path: Path, role: str) -> None:
    site = Site(sandbox, tmp_path, "globex", clouds=("globex",))
    del site.hosts["globex"]["genesys_cloud_journal"]
    variables = write_yaml(tmp_path / "host_vars/globex.yml", {**site.hosts["globex"], "ansible_connection": "local"})
    own = [{"hosts": "globex", "gather_facts": False, "roles": [f"cxops.genesys_sms.{role}"]}]
    playbook = write_yaml(tmp_path / "play.yml", own)
    result = run("ansible-playbook", "-i", "globex,", playbook, directory=variables.parent.parent)
    assert_phrases(result.failures["globex"], "journal: it is ")
    assert "None/" not in result.output
    assert sandbox.account()["spent"] == 0


@pytest.mark.parametrize("reverse", [False, True])
def test_two_journals_of_one_oauth_client_are_refused(sandbox: Sandbox, tmp_path: Path, reverse: bool) -> None:
    """With a journal beside each of two inventories, the limit would hold only for each alone."""
    site = Site(sandbox, tmp_path, "alpha", "beta", clouds=("alpha", "beta"))
    paths = []
    for name, host in site.hosts.items():
        del host["genesys_cloud_journal"]
        content = {"all": {"vars": {"ansible_connection": "local"}}, "genesys_cloud": {"hosts": {name: host}}}
        paths.append(write_yaml(tmp_path / f"inventory_{name}/hosts.yml", content))
    first, second = reversed(paths) if reverse else paths
    result = play(sandbox, tmp_path, PROVISION, first, "-i", str(second))
    assert sorted(result.failures) == ["alpha", "beta"]
    for failure in result.failures.values():
        assert_phrases(failure, "genesys_cloud_journal: it is ", "inventory_alpha/", "inventory_beta/")
    assert not sandbox.requests()
    one = play(
        sandbox,
        tmp_path,
        PROVISION,
        first,
        "-i",
        str(second),
        "--tags",
        "validate",
        "-e",
        f"genesys_cloud_journal={site.journal}",
    )
    assert set(one.changed.values()) == {0}


def test_a_typo_in_the_name_of_a_variable_is_a_finding(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", gateways={"alpha": "gws"})
    alpha = site.hosts["alpha"]
    alpha["webhook_header"] = alpha.pop("webhook_headers")
    alpha["sender_ids_purg"] = True
    # Another variable refers to this one, so it is not a typo.
    site.hosts["beta"].update(kaleyra_usernam="me", kaleyra_username="{{ kaleyra_usernam }}")
    result = site.play(PROVISION)
    assert_phrases(
        result.failures["alpha"],
        "webhook_header: no role reads this variable. Did you mean webhook_headers?",
        "sender_ids_purg: no role reads this variable. Did you mean sender_ids_purge?",
    )
    assert result.count("changed") == {"alpha": 0, "beta": 2}
    own = site.play(PROVISION, "--limit", "alpha", preflight_own=["webhook_header", "sender_ids_purg"])
    assert own.changed == {"alpha": 2}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_other_strategies_have_the_same_result(sandbox: Sandbox, tmp_path: Path, strategy: str) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta", "gamma", gateways={"beta": "gax"}, clouds=("gamma",))
    env = {"ANSIBLE_STRATEGY": strategy}
    assert site.play(PROVISION, env=env).changed == {"alpha": 2, "beta": 2, "gamma": 4}
    shown = site.play(NUMBERS, env=env)
    assert shown.changed == {"gamma": 0}
    removed = site.play(REMOVE, "-e", "remove_all=yes", "-e", "custom_gateway_purge=no", env=env)
    assert removed.changed == {"alpha": 2, "beta": 2, "gamma": 3}
    for name in site.hosts:
        assert site.state(name)["services"] == {}
        assert set(site.state(name)["sections"]) >= set(DEFAULT_SECTIONS)


def test_omit_in_an_item_is_accepted(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    for item in site.hosts["alpha"]["sender_ids"]:
        item.update(state="{{ nowhere | default(omit) }}", cxc_only="{{ nowhere | default(omit) }}")
    site.hosts["alpha"]["kaleyra_update_secret"] = "on_create"
    assert site.play(PROVISION, "--tags", "validate").changed == {"alpha": 0}


def test_two_spellings_of_one_number_are_a_warning(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    site.hosts["alpha"]["sender_ids"][0]["channel_id"] = "16504661149"
    site.hosts["beta"]["sender_ids"][0]["channel_id"] = "6504661149"
    result = site.play(PROVISION, "--tags", "validate")
    assert result.changed == {"alpha": 0}
    assert "6504661149 may be the same as the number 16504661149 of alpha" in " ".join(result.output.split())


def test_a_number_can_be_shared_on_purpose(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    for host in site.hosts.values():
        host["sender_ids"][0]["channel_id"] = "65046"
    site.hosts["alpha"]["shared_numbers"] = ["65046"]
    assert sorted(site.play(PROVISION, "--tags", "validate").failures) == ["alpha", "beta"]
    site.hosts["beta"]["shared_numbers"] = ["65046"]
    assert site.play(PROVISION).changed == {"alpha": 2, "beta": 2}


@pytest.mark.parametrize("limit", ["", ",", ":", "@empty"])
def test_a_removal_with_an_empty_limit_is_refused(sandbox: Sandbox, tmp_path: Path, limit: str) -> None:
    """Pipelines have an empty limit if a variable is not set, or if a file of hosts is empty."""
    site = Site(sandbox, tmp_path, "alpha", "beta")
    (tmp_path / "empty").write_text("")
    result = site.play(REMOVE, "--limit", limit.replace("@", f"@{tmp_path}/"))
    assert_phrases(result.failures["alpha"], "remove SMS from all 2 tenants", "remove_all=true")
    assert not sandbox.requests()
    (tmp_path / "empty").write_text("beta")
    named = site.play(REMOVE, "--check", "--limit", f"@{tmp_path}/empty")
    assert list(named.changed) == ["beta"]


def test_variables_may_refer_to_those_of_other_hosts(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    beta = site.hosts["beta"]
    site.others = {"platform": {"urls": {"nexus": beta["nexus_url"]}}}
    beta.update(
        nexus_url="{{ hostvars['platform'].urls.nexus }}",
        kaleyra_url="{{ hostvars[groups['kaleyra'][0]]['kaleyra_url'] }}",
        kaleyra_username="{{ hostvars['platform'].nowhere }}",
    )
    result = site.play(PROVISION)
    assert_phrases(result.failures["beta"], "kaleyra_username: it can't be read")
    assert "_url" not in result.failures["beta"]
    beta["kaleyra_username"] = "{{ lookup('ansible.builtin.vars', 'gws_username') }}"
    assert site.play(PROVISION).changed == {"alpha": 0, "beta": 2}


def test_a_run_with_tags_that_match_no_task_has_tenants(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", clouds=("alpha",))
    directory = f"bootstrap_directory={tmp_path}"
    for playbook in (PROVISION, NUMBERS, REMOVE, BOOTSTRAP):
        for tag in ("validate", "never"):
            result = site.play(playbook, "--limit", "alpha", "--tags", tag, "-e", directory)
            assert result.changed == {"alpha": 0}, playbook
    site.hosts["alpha"]["gc_login_url"] = None
    assert_phrases(
        site.play(BOOTSTRAP, "--tags", "validate", "-e", directory).failures["alpha"], "gc_login_url: it is not set"
    )
    assert not sandbox.requests()


@pytest.mark.parametrize(
    ("playbook", "known"),
    [
        (PROVISION, "validate, services, numbers, webhook_headers, sender_ids, verify"),
        (REMOVE, "validate, services, webhook_headers, sender_ids"),
        (BOOTSTRAP, "validate, integration, api_key"),
        (NUMBERS, "validate"),
    ],
)
def test_an_unknown_tag_is_refused(sandbox: Sandbox, tmp_path: Path, playbook: str, known: str) -> None:
    """This holds for tags of other playbooks, and for --skip-tags."""
    names = ("alpha", "beta")
    site = Site(sandbox, tmp_path, *names, clouds=names)
    for options, tag in ((["--tags", "validate,servcies"], "servcies"), (["--skip-tags", "numbrs"], "numbrs")):
        refused = site.play(playbook, "--limit", "alpha,beta", *options, bootstrap_directory=str(tmp_path))
        told = f"--tags and --skip-tags: this playbook does not have the tag {tag}. It has {known}."
        assert refused.failures == {"alpha": told}
        assert refused.count("ok") == {"alpha": 0}
        assert sandbox.requests() == []
    for options in (["--tags", "never"], ["--tags", "validate", "--skip-tags", "never,untagged"]):
        assert site.play(playbook, "--limit", "alpha", *options, bootstrap_directory=str(tmp_path)).rc == 0


def test_tags_of_the_users_own_playbook_are_accepted(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    plays = [
        {"hosts": "all", "gather_facts": False, "tasks": [{"name": "Mine", "debug": {}, "tags": ["mine"]}]},
        {"import_playbook": PROVISION, "tags": ["sms"]},
    ]
    own = write_yaml(tmp_path / "site.yml", plays)
    for tag, changed in (("mine", 0), ("sms", 2)):
        assert site.play(own, "--tags", tag).changed == {"alpha": changed}


def test_empty_variables_of_a_survey_decide_on_no_order(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", clouds=("alpha",))
    empty = [word for name in ("intent", "resolution", "adopted_number") for word in ("-e", f"{name}=")]
    assert "no order is undecided" in site.play(NUMBERS, *empty).output
    refused = site.play(NUMBERS, *empty, "-e", "resolution=forget")
    assert_phrases(refused.failures["alpha"], "intent: it is required to decide on an order")


def test_an_omitted_variable_counts_as_not_set(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    omitted = "{{ nowhere | default(omit) }}"
    names = ("configuration", "ready_timeout", "gws_api_key", "kaleyra_update_secret", "sender_ids_purge")
    site.hosts["alpha"].update(dict.fromkeys(names, omitted), nexus_api_key=omitted)
    # The roles use these in expressions, so omit is not supported.
    site.hosts["beta"].update(http_options=omitted, webhook_headers=omitted)
    result = site.play(PROVISION, env={"NEXUS_API_KEY": site.tenants["alpha"].api_key})
    assert_phrases(result.failures["beta"], "http_options: it is set to omit", "webhook_headers: it is set to omit")
    assert result.count("failed") == {"alpha": 0, "beta": 1}
    assert site.writes() == first_writes("alpha")


def test_many_hosts_with_an_unreadable_variable_are_one_warning(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    inventory = edited(site, servers={"hosts": servers(30)})
    password = tmp_path / "password"
    password.write_text("of others")
    secrets = write_yaml(tmp_path / "group_vars/servers.yml", {"password": "x"})
    encrypt = ("encrypt", f"--vault-password-file={password}", secrets)
    assert run("ansible-vault", *encrypt, directory=tmp_path).rc == 0
    result = play(sandbox, tmp_path, PROVISION, inventory, "--tags", "validate")
    assert result.changed == {"alpha": 0}
    assert result.output.count("[WARNING]") == 1
    assert "server0000, server0001, server0002 and 27 more: variables: they" in " ".join(result.output.split())


def test_a_host_name_of_digits_works_with_jinja2_native(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha")
    inventory = edited(site, kaleyra={"hosts": {"1001": site.hosts["alpha"]}})
    native = {"ANSIBLE_JINJA2_NATIVE": "true"}
    assert play(sandbox, tmp_path, PROVISION, inventory, "--tags", "validate", env=native).changed == {"1001": 0}


def test_preflight_own_is_read_for_each_tenant(sandbox: Sandbox, tmp_path: Path) -> None:
    site = Site(sandbox, tmp_path, "alpha", "beta")
    for host in site.hosts.values():
        host["sender_ids_purg"] = True
    site.hosts["beta"]["preflight_own"] = ["sender_ids_purg"]
    result = site.play(PROVISION, "--tags", "validate")
    assert list(result.failures) == ["alpha"]
