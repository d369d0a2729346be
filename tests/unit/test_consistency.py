# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see ROOTING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written down in two places says the same in both."""

from __future__ import annotations

import re
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible.module_utils.basic import env_fallback
from ansible_collections.cxops.genesys_sms.plugins.doc_fragments import (
    api_keys,
    configuration,
    digital_channels,
    genesys_cloud,
    gws,
    http_options,
    messaging,
    tollfree_numbers,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.options import CONFIGURATION
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core import options as _arguments
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.checks import RANGES
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secret_file import OPTIONS as SECRET_FILE
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.version import VERSION
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.options import (
    API_KEYS,
    DIGITAL_CHANNELS,
    MESSAGING,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.options import GENESYS_CLOUD
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.tollfree_numbers import SHARED
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils.controller import ControllerAction
from tools.collection import ROOT

NAME = "cxops.genesys_sms"
PLUGINS = f"ansible_collections.{NAME}.plugins"
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
# What an option has that says nothing of it.
DEFAULTS = {"type": "str", "required": False, "aliases": [], "choices": None, "default": None}
# The groups of modules, and the options that the members of each share.
GROUPS = {
    "digital_channels": DIGITAL_CHANNELS,
    "configuration": CONFIGURATION,
    "messaging": MESSAGING,
    "api_keys": API_KEYS,
    "genesys_cloud": GENESYS_CLOUD,
}
# Further groups: options that only some members of the former share.
SUBGROUPS: dict[str, set[str]] = {
    "digital_channels_writes": {"state", "update_secret", "when_unreadable"},
    "sender_ids": {"provider", "purge_options", "state"},
    "genesys_cloud_access": {"settle_timeout", "state"},
    "genesys_cloud_purchases": {"ccid", "journal"},
    "genesys_cloud_numbers": set(SHARED),
    "secret_files": set(SECRET_FILE),
}
# Options that say which thing is meant, or what is to be done to it: nobody wants one value for all.
OF_ONE_THING = {
    *("channel_id", "channels", "description", "division_id", "intent", "name", "number", "permissions", "role"),
    *("purge", "service", "state", "subject_id", "tenant", "vanity", "update_secret"),
}
# Modules that change nothing, though their names do not say so.
READERS = ("gc_oauth_token",)


def module(name: str) -> ModuleType:
    return import_module(f"{PLUGINS}.modules.{name}")


def load(*path: str) -> Any:
    return yaml.safe_load(ROOT.joinpath(*path).read_text(encoding="utf-8"))


def read(name: str, part: str) -> Any:
    """Return a part of a module's documentation."""
    return yaml.safe_load(getattr(module(name), part))


def fragments(name: str) -> list[str]:
    named = read(name, "DOCUMENTATION")["extends_documentation_fragment"]
    return [fragment.removeprefix(f"{NAME}.") for fragment in named]


def test_there_are_modules() -> None:
    assert len(MODULES) >= 5


def test_the_version_is_the_one_of_the_collection() -> None:
    assert load("galaxy.yml")["version"] == VERSION


@pytest.mark.parametrize(
    ("spec", "fragments"),
    [
        (_arguments.HTTP, [http_options]),
        (DIGITAL_CHANNELS, [digital_channels, http_options]),
        (CONFIGURATION, [configuration, gws, http_options]),
        (MESSAGING, [messaging, http_options]),
        (API_KEYS, [api_keys, gws, http_options]),
        (GENESYS_CLOUD, [genesys_cloud, http_options]),
        (SHARED, [tollfree_numbers]),
    ],
)
def test_shared_options_are_documented_as_they_are(spec: dict[str, Any], fragments: list[ModuleType]) -> None:
    documented: dict[str, Any] = {}
    for fragment in fragments:
        documented.update(yaml.safe_load(fragment.ModuleDocFragment.DOCUMENTATION)["options"])
    own = spec
    _check_documented(documented, own)


def _check_documented(documented: dict[str, Any], own: dict[str, Any]) -> None:
    assert set(documented) == set(own)
    for name, option in own.items():
        text = documented[name]
        if "options" in option:
            # What their environment variables are is told where they come from.
            inner = {
                key: {k: v for k, v in value.items() if k != "fallback"} for key, value in option["options"].items()
            }
            _check_documented(text["suboptions"], inner)
        for key, default in DEFAULTS.items():
            assert text.get(key, default) == option.get(key, default), (name, key)
        told = re.findall(r"E\((\w+)\)", " ".join(text["description"]))
        function, variables = option.get("fallback", (env_fallback, []))
        assert function is env_fallback
        assert told == variables, name
        assert text.get("elements") == option.get("elements")
        known = {"type", "elements", "required", "aliases", "choices", "default", "fallback", "no_log", "options"}
        assert set(option) <= known, name


def test_what_is_named_like_a_secret_is_one_or_says_that_it_is_not() -> None:
    for spec in GROUPS.values():
        for name, option in spec.items():
            if re.search("key|secret|password|token", name):
                assert "no_log" in option, name
                assert option["no_log"] is (name != "client_key"), name


def test_the_modules_of_a_group_are_those_with_its_options() -> None:
    groups = load("meta", "runtime.yml")["action_groups"]
    assert sorted(groups) == sorted({*GROUPS, *SUBGROUPS})
    for group in GROUPS:
        with_options = [name for name in MODULES if group in fragments(name)]
        with_attribute = [name for name in MODULES if f"attributes.{group}" in fragments(name)]
        assert sorted(groups[group]) == with_options == with_attribute


def test_every_module_belongs_to_one_group() -> None:
    groups = load("meta", "runtime.yml")["action_groups"]
    members = [name for group in GROUPS for name in groups[group]]
    assert sorted(members) == MODULES


def test_the_members_of_a_subgroup_are_those_with_its_options() -> None:
    groups = load("meta", "runtime.yml")["action_groups"]
    for group, options in SUBGROUPS.items():
        assert groups[group] == [name for name in MODULES if options <= set(module(name).TASK.argument_spec)], group


def test_a_module_names_its_groups() -> None:
    groups = load("meta", "runtime.yml")["action_groups"]
    for name in MODULES:
        own = read(name, "DOCUMENTATION").get("attributes", {}).get("action_group", {}).get("membership", [])
        further = [group for group in SUBGROUPS if name in groups[group]]
        base = [group for group in GROUPS if name in groups[group]]
        assert own == ([f"{NAME}.{group}" for group in (*base, *further)] if further else []), name


def test_an_option_that_several_modules_share_can_be_set_for_all_of_them() -> None:
    """There is a group of just those that have it, or of a part of them, and no member of it lacks it."""
    groups = load("meta", "runtime.yml")["action_groups"]
    specs = {name: set(module(name).TASK.argument_spec) for name in MODULES}
    for option in sorted(set.union(*specs.values()) - OF_ONE_THING):
        having = {name for name in MODULES if option in specs[name]}
        served = {name for members in groups.values() if set(members) <= having for name in members}
        assert len(having) == 1 or served == having, (option, having - served)


@pytest.mark.parametrize("name", MODULES)
def test_a_modules_options_are_those_of_its_fragments_and_its_own(name: str) -> None:
    spec = dict(module(name).TASK.argument_spec)
    for group, options in {**GROUPS, "tollfree_numbers": SHARED}.items():
        if group in fragments(name):
            assert options.items() <= spec.items()
            spec = {key: value for key, value in spec.items() if key not in options}
    assert "http_options" in fragments(name)
    assert set(spec) == set(read(name, "DOCUMENTATION").get("options", {}))


def test_every_module_has_an_action_and_every_action_a_module() -> None:
    assert sorted(path.stem for path in (ROOT / "plugins/action").glob("*.py")) == MODULES


@pytest.mark.parametrize("name", MODULES)
def test_an_action_runs_the_task_of_its_module(name: str) -> None:
    action = import_module(f"{PLUGINS}.action.{name}").ActionModule
    assert issubclass(action, ControllerAction)
    assert action.TASK is module(name).TASK
    assert action.TASK.name == name == read(name, "DOCUMENTATION")["module"]
    assert "attributes.controller" in fragments(name)
    assert ("attributes.secret_result" in fragments(name)) is bool(module(name).TASK.secret_results)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_does_nothing_but_run_its_task(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []
    monkeypatch.setattr(module(name), "run_module", ran.append)
    module(name).main()
    assert ran == [module(name).TASK]


@pytest.mark.parametrize("name", MODULES)
def test_examples_use_options_that_exist(name: str) -> None:
    examples = read(name, "EXAMPLES")
    assert examples
    spec = module(name).TASK.argument_spec
    for task in examples:
        assert task["name"]
        (action,) = (key for key in task if key.startswith(f"{NAME}."))
        assert action == f"{NAME}.{name}"
        _check_options(task[action], spec)
        given = set(task[action])
        for option, about in spec.items():
            names = {option, *about.get("aliases", [])}
            assert not about.get("required") or given & names, option


def _check_options(given: dict[str, Any], spec: dict[str, Any]) -> None:
    known = {name: option for option, about in spec.items() for name in (option, *about.get("aliases", []))}
    assert set(given) <= set(known)
    for name, value in given.items():
        about = spec[known[name]]
        if "choices" in about and "{{" not in str(value):
            assert value in about["choices"]
        if "options" in about:
            for item in value if isinstance(value, list) else [value]:
                _check_options(item, about["options"])


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_returns_is_described(name: str) -> None:
    _check_returned(read(name, "RETURN"))


def _check_returned(values: dict[str, Any]) -> None:
    assert values
    for name, about in values.items():
        assert about["description"], name
        assert about["returned"], name
        assert about["type"] in ("str", "bool", "int", "float", "list", "dict"), name
        assert ("elements" in about) is (about["type"] == "list"), name
        if "contains" in about:
            _check_returned(about["contains"])


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("_info") and name not in READERS])
def test_a_module_that_changes_things_tells_its_steps_and_failures(name: str) -> None:
    assert {"steps", "failure"} <= set(read(name, "RETURN"))


@pytest.mark.parametrize("name", [name for name in MODULES if name.endswith("_info") or name in READERS])
def test_a_module_that_only_reads_says_so(name: str) -> None:
    assert "attributes.info" in fragments(name)
    assert "steps" not in read(name, "RETURN")


@pytest.mark.parametrize("name", MODULES)
def test_each_number_has_a_range(name: str) -> None:
    spec = module(name).TASK.argument_spec
    assert {option for option, kind in spec.items() if kind.get("type") in ("int", "float")} <= set(RANGES)
