# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts that stand in two places are the same in both."""

from __future__ import annotations

import re
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.checks import RANGES
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.version import VERSION
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils.controller import ControllerAction
from tools.collection import ROOT
from tools.options import FRAGMENTS, GROUPS

NAME = "cxops.genesys_sms"
PLUGINS = f"ansible_collections.{NAME}.plugins"
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
# Options that select one object or say what to do with it. One value for all tasks makes no sense.
OF_ONE_THING = {
    *("channel_id", "channels", "description", "division_id", "intent", "name", "number", "permissions", "role"),
    *("purge", "service", "state", "subject_id", "tenant", "vanity", "update_secret"),
    *("key", "remove", "rotation", "tenants"),
}
# Modules that change nothing and whose names do not end with _info.
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


def test_all_modules_are_found() -> None:
    assert len(MODULES) >= 5


def test_the_version_matches_galaxy_yml() -> None:
    assert load("galaxy.yml")["version"] == VERSION


def test_options_named_like_secrets_set_no_log() -> None:
    for spec in GROUPS.values():
        for name, option in spec.items():
            if re.search("key|secret|password|token", name):
                assert "no_log" in option, name
                assert option["no_log"] is (name != "client_key"), name


def test_modules_of_an_action_group_document_it() -> None:
    groups = load("meta", "runtime.yml")["action_groups"]
    for group in GROUPS:
        with_options = [name for name in MODULES if group in fragments(name)]
        with_attribute = [name for name in MODULES if f"attributes.{group}" in fragments(name)]
        assert groups[group] == with_options == with_attribute


def test_an_option_of_several_modules_has_an_action_group() -> None:
    """Groups whose modules all have the option together cover all modules that have it."""
    groups = load("meta", "runtime.yml")["action_groups"]
    specs = {name: set(module(name).TASK.argument_spec) for name in MODULES}
    for option in sorted(set.union(*specs.values()) - OF_ONE_THING):
        having = {name for name in MODULES if option in specs[name]}
        served = {name for members in groups.values() if set(members) <= having for name in members}
        assert len(having) == 1 or served == having, (option, having - served)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_the_options_of_its_fragments(name: str) -> None:
    spec = module(name).TASK.argument_spec
    named = [FRAGMENTS[fragment] for fragment in fragments(name) if fragment in FRAGMENTS]
    # If two fragments have an option, the first one counts.
    expected = {option: about for options in reversed(named) for option, about in options.items()}
    assert expected.items() <= spec.items()
    assert "http_options" in fragments(name)


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
def test_all_return_values_are_documented(name: str) -> None:
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
def test_a_module_that_changes_something_documents_steps_and_failure(name: str) -> None:
    assert {"steps", "failure"} <= set(read(name, "RETURN"))


@pytest.mark.parametrize("name", [name for name in MODULES if name.endswith("_info") or name in READERS])
def test_a_module_that_only_reads_documents_it(name: str) -> None:
    assert "attributes.info" in fragments(name)
    assert "steps" not in read(name, "RETURN")


@pytest.mark.parametrize("name", MODULES)
def test_each_numeric_option_has_a_range(name: str) -> None:
    spec = module(name).TASK.argument_spec
    assert {option for option, kind in spec.items() if kind.get("type") in ("int", "float")} <= set(RANGES)
