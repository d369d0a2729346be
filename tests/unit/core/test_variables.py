# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of the inventory's variables that set options, `_core/variables.py`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import yaml
from ansible.module_utils.errors import AnsibleFallbackNotFound
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.options import HTTP
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.variables import (
    VARIABLES,
    env_fallback,
    explained,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.variables import (
    variables_of as variables_of_option,
)
from jinja2 import Environment, nodes
from tools.collection import ROOT

PREFIX = "cxops.genesys_sms."

GROUPS = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["action_groups"]

HELPERS = {
    *("omit", "none", "dict", "lookup", "group_names", "inventory_dir"),
    *("inventory_hostname", "genesys_cloud_numbers"),
    *("hostvars", "groups", "ansible_play_hosts", "sms_decommission"),
}
"""Names in templates that are not variables of an inventory."""

PASSED = {
    "sender_ids_webhook_headers": ("nexus_sender_ids", "webhook_headers"),
    "sms_left_alone": ("nexus_services", "without"),
    "sms_new_option": ("nexus_option_switch", "to"),
    "sms_when_unreadable": ("nexus_option_switch", "when_unreadable"),
}
"""Variables that playbooks make, some from variables of the inventory: the module and its option."""


def told() -> dict[str, dict[str, tuple[str, ...]]]:
    """Return the variables that roles and playbooks pass to modules, by module and option, if their names differ."""
    found: dict[str, dict[str, set[str]]] = {}
    files = [*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml"), *ROOT.glob("playbooks/tasks/*.yml")]
    for path in sorted(files):
        # Variables of a role or play that are set from a variable of the inventory.
        own = {}
        role_vars = path.parents[1] / "vars/main.yml"
        if role_vars.is_file():
            own.update(yaml.safe_load(role_vars.read_text()))
        for module, options in tasks_of(yaml.safe_load(path.read_text()) or [], own, {}):
            known = import_module(f"ansible_collections.cxops.genesys_sms.plugins.modules.{module}").TASK.argument_spec
            for option, variable in options.items():
                # A suboption with the name of its variable, as in tenant_configuration, needs no entry.
                is_known = option.partition(".")[0].removesuffix("[]") in known and variable not in PASSED
                if is_known and not option.endswith(f".{variable}"):
                    found.setdefault(module, {}).setdefault(option, set()).add(variable)
    return {
        module: {option: tuple(sorted(names)) for option, names in options.items() if names != {option}}
        for module, options in found.items()
    }


def tasks_of(
    tasks: list[dict[str, Any]], own: dict[str, Any], defaults: dict[str, Any]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the module of each task of this collection, and the variable of each option."""
    for task in tasks:
        here = {**own, **task.get("vars", {})}
        inherited = {**defaults, **task.get("module_defaults", {})}
        for part in ("tasks", "block"):
            yield from tasks_of(task.get(part, []), here, inherited)
        for name, value in task.get("vars", {}).items():
            if name in PASSED:
                module, option = PASSED[name]
                yield module, variables_of(value, here, option)
        for key, arguments in task.items():
            if key.startswith(PREFIX) and isinstance(arguments, dict):
                module = key.removeprefix(PREFIX)
                options: dict[str, str] = {}
                for group, values in inherited.items():
                    if f"{PREFIX}{module}" in members(group.rpartition(".")[2]):
                        options.update(variables_of(values, here))
                for option, value in arguments.items():
                    options.update(variables_of(value, here, option))
                yield module, options


def members(group: str) -> set[str]:
    return {name if "." in name else PREFIX + name for name in GROUPS[group] if isinstance(name, str)}


def variables_of(value: Any, own: dict[str, Any], option: str = "") -> dict[str, str]:
    """Return the variable that each option gets its value from. Constants have none."""
    if isinstance(value, list):
        place = f"{option}[]" if value and isinstance(value[0], dict) else option
        return {name: found for item in value for name, found in variables_of(item, own, place).items()}
    if isinstance(value, dict):
        return {
            name: variable
            for key, item in value.items()
            for name, variable in variables_of(item, own, f"{option}.{key}").items()
        }
    if not isinstance(value, str):
        return {}
    tree = Environment(autoescape=True).parse(value)
    calls = [
        call for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name) and call.node.name == "dict"
    ]
    lists = [found for found in tree.find_all(nodes.Filter) if found.name == f"{PREFIX}tenant_variables"]
    if lists:
        # The filter makes a list. Its second argument has the variables by suboption.
        items = lists[0].args[1].as_const()
        return {f"{option}[].{name}": variable for name, variable in items.items()}
    begin = f"{option}." if option else ""
    if calls:
        options = {
            f"{begin}{pair.key}": variable
            for call in calls
            for pair in call.kwargs
            if (variable := first_name(pair.value, own)) is not None
        }
        if any(call.dyn_kwargs and first_name(call.dyn_kwargs, own) == "http_options" for call in calls):
            options.update({name: f"http_options.{name}" for name in HTTP})
        return options
    variable = first_name(tree, own)
    return {option: variable} if option and variable else {}


def first_name(tree: nodes.Node, own: dict[str, Any]) -> str | None:
    names = [tree.name] if isinstance(tree, nodes.Name) else [name.name for name in tree.find_all(nodes.Name)]
    for name in names:
        if name in own and isinstance(own[name], str):
            return first_name(Environment(autoescape=True).parse(own[name]), {})
        if name not in HELPERS:
            return name
    return None


def test_the_variables_are_those_that_the_roles_and_playbooks_pass() -> None:
    assert told() == VARIABLES


SPEC: dict[str, Any] = {
    "api_key": {"fallback": (None, ["NEXUS_API_KEY"]), "no_log": True},
    "ccid": {"fallback": (None, ["NEXUS_CCID"])},
    "services": {},
    "gc_client_id": {"fallback": (None, ["GC_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"])},
    "when_unreadable": {},
}


WHEN_UNREADABLE = "custom_gateway_when_unreadable, genesys_cloud_when_unreadable or kaleyra_when_unreadable"


def comes(option: str, variables: str) -> str:
    return f" In the roles and playbooks, {option} comes from the variable {variables}."


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("Set when_unreadable to write.", comes("when_unreadable", WHEN_UNREADABLE)),
        (
            "services[0].channels[0].webhook_url: it is empty. Give a value. api_key: it is empty.",
            comes("api_key", "nexus_api_key") + comes("services[].channels", "custom_gateway_channels"),
        ),
        ("services[12].channels: it is a text.", comes("services[].channels", "custom_gateway_channels")),
        ("services[1].secret.username: it is empty.", comes("services[].secret.username", "kaleyra_username")),
        ("List all channels, then set purge to true.", comes("services[].purge", "custom_gateway_purge")),
        ("timeout: 0 is no time to wait.", comes("timeout", "http_options.timeout")),
        ("The channels are told to purge what is no my_api_key or custom.api_key.", ""),
        ("Check nexus_url and ccid.", ""),
    ],
)
def test_a_message_names_the_variables_that_options_come_from(text: str, added: str) -> None:
    assert explained("nexus_services", SPEC, {}, {}, [text]) == text + added


@pytest.mark.parametrize(
    ("role", "variables"),
    [
        ("kaleyra", "kaleyra_when_unreadable"),
        ("genesys_cloud", "genesys_cloud_when_unreadable"),
        ("a_role_of_a_user", WHEN_UNREADABLE),
        (None, WHEN_UNREADABLE),
    ],
)
def test_a_message_of_a_role_names_its_own_variables(role: str | None, variables: str) -> None:
    message = explained("nexus_services", SPEC, {}, {}, ["Set when_unreadable to write."], role)
    assert message == "Set when_unreadable to write." + comes("when_unreadable", variables)


@pytest.mark.parametrize(("role", "variable"), [("kaleyra", "kaleyra_url"), ("genesys_cloud", "gc_login_url")])
def test_a_message_of_a_role_names_no_variable_of_another_role(role: str, variable: str) -> None:
    message = explained("nexus_services", SPEC, {}, {}, ["services[0].url: it is empty."], role)
    assert message == "services[0].url: it is empty." + comes("services[].url", variable)


def test_a_message_of_a_role_names_variables_that_no_role_owns() -> None:
    message = explained("nexus_services", SPEC, {}, {}, ["api_key: it is empty."], "kaleyra")
    assert message == "api_key: it is empty." + comes("api_key", "nexus_api_key")


@pytest.mark.parametrize(
    ("option", "variables"),
    [
        ("purge", ("custom_gateway_purge", "sender_ids_purge", "webhook_headers_purge")),
        ("channels", ("custom_gateway_channels",)),
        ("services[].channels", ()),
    ],
)
def test_the_variables_of_an_option_of_any_module(option: str, variables: tuple[str, ...]) -> None:
    assert variables_of_option(option) == variables


def test_a_module_that_no_role_uses_has_no_variables() -> None:
    assert explained("nexus_service_info", SPEC, {}, {}, ["api_key: it is empty."]) == "api_key: it is empty."


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"GC_CLIENT_ID": "one"}, "GC_CLIENT_ID"),
        ({"GENESYSCLOUD_OAUTHCLIENT_ID": "one"}, "GENESYSCLOUD_OAUTHCLIENT_ID"),
        ({"GC_CLIENT_ID": "one", "GENESYSCLOUD_OAUTHCLIENT_ID": "one"}, "GC_CLIENT_ID"),
        # The task has another value.
        ({"GC_CLIENT_ID": "two"}, None),
        ({"GC_CLIENT_ID": "two", "GENESYSCLOUD_OAUTHCLIENT_ID": "one"}, None),
        ({"GC_CLIENT_ID": "", "GENESYSCLOUD_OAUTHCLIENT_ID": "one"}, "GENESYSCLOUD_OAUTHCLIENT_ID"),
        ({}, None),
    ],
)
def test_a_message_names_the_environment_variable_of_a_value(environment: dict[str, str], variable: str | None) -> None:
    message = explained("gc_oauth_token", SPEC, {"gc_client_id": "one"}, environment, ["Check gc_client_id."])
    added = f" gc_client_id has the value of the environment variable {variable}." if variable else ""
    assert message == f"Check gc_client_id.{added}"


def test_the_environment_variable_of_an_option_that_is_not_named_is_left_out() -> None:
    message = explained("nexus_channels", SPEC, {"ccid": "one"}, {"NEXUS_CCID": "one"}, ["Check nexus_url."])
    assert message == "Check nexus_url."


def test_an_option_takes_the_first_environment_variable_that_is_not_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GC_CLIENT_ID", raising=False)
    monkeypatch.setenv("GENESYSCLOUD_OAUTHCLIENT_ID", "second")
    assert env_fallback("GC_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID") == "second"
    monkeypatch.setenv("GC_CLIENT_ID", "")
    assert env_fallback("GC_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID") == "second"
    monkeypatch.setenv("GC_CLIENT_ID", " ")
    assert env_fallback("GC_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID") == " "
    with pytest.raises(AnsibleFallbackNotFound):
        env_fallback("GWS_URL_OF_NOBODY")
