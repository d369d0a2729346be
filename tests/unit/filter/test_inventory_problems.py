# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter of the preflight, which reads variables as Ansible does: `filter/inventory_problems.py`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleError, AnsibleUndefinedVariable
from ansible_collections.cxops.genesys_sms.plugins.filter import inventory_problems as preflight
from ansible_collections.cxops.genesys_sms.plugins.filter.inventory_problems import FilterModule

ACME = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
BETA = "5d9c7a26-0a55-4b6a-9a3e-0c1d6f6f3b02"


def by_host(hostvars: Any, *args: Any, **kwargs: Any) -> dict[str, list[str]]:
    """Apply the filter, by default to all hosts."""
    apply = FilterModule().filters()["inventory_problems"]
    found: dict[str, list[str]] = apply(hostvars, *(args or (hostvars, hostvars)), **kwargs)
    return found


def problems(hostvars: Any, *args: Any, **kwargs: Any) -> list[str]:
    """Apply the filter, and return its findings as lines."""
    return [f"{host}: {problem}" for host, found in by_host(hostvars, *args, **kwargs).items() for problem in found]


def test_the_variables_of_each_host_are_read_once() -> None:
    class Counting(dict[str, dict[str, Any]]):
        looks = 0

        def __getitem__(self, host: str) -> dict[str, Any]:
            Counting.looks += 1
            return super().__getitem__(host)

    hostvars = Counting({"acme": {"ccid": ACME, "sender_ids": []}, "beta": {"ccid": BETA}})
    problems(hostvars, ["acme", "beta"], ["acme"], ["a", "b"], {"kaleyra": ["c"]})
    assert Counting.looks == 2


@pytest.mark.parametrize("error", [ZeroDivisionError, ValueError, KeyError, RecursionError, TypeError])
def test_an_error_of_a_template_stops_its_tenant_only(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    """Before ansible-core 2.19, errors of filters and Jinja are not wrapped."""

    def fail(_templar: object, value: object) -> object:
        if value == "broken":
            raise error("canary")
        return value

    monkeypatch.setattr(f"{FilterModule.__module__}.Templar.template", fail)
    hostvars = {"acme": {"ccid": ACME, "sender_ids": "broken"}, "beta": {"ccid": BETA}}
    (problem,) = problems(hostvars)
    assert problem.startswith(f"acme: sender_ids: it can't be read: Ansible can't evaluate it ({error.__name__})")
    assert not problems(hostvars, hostvars, ["beta"])


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (AnsibleUndefinedVariable("'other' is undefined. canary"), "'other' is undefined"),
        (AnsibleUndefinedVariable("canary"), "it uses a variable that is not defined"),
        (AnsibleError("Decryption failed: canary"), "none of the given vault passwords can decrypt it"),
        (AnsibleError("no vault secrets: canary"), "none of the given vault passwords can decrypt it"),
        (AnsibleError("canary"), "-a var=sender_ids"),
    ],
)
def test_the_reason_of_an_error_shows_no_value(monkeypatch: pytest.MonkeyPatch, error: Exception, text: str) -> None:
    def fail(_templar: object, value: object) -> object:
        if value == "broken":
            raise error
        return value

    monkeypatch.setattr(f"{FilterModule.__module__}.Templar.template", fail)
    (problem,) = problems({"acme": {"ccid": ACME, "sender_ids": "broken"}})
    assert text in problem
    assert "canary" not in problem


def test_variables_that_a_play_sets_count_as_given() -> None:
    hostvars = {"acme": {"ccid": ACME}, "beta": {"ccid": BETA}}
    given = {"acme": {"kaleyra_url": "https://k"}}
    found = by_host(hostvars, hostvars, hostvars, ["kaleyra_url"], given=given)
    assert list(found) == ["beta"]


def test_the_variables_of_a_host_may_not_be_readable() -> None:
    class Broken(dict[str, Any]):
        _inventory = SimpleNamespace(
            get_host=lambda host: SimpleNamespace(get_groups=lambda: [SimpleNamespace(name="all")])
        )

        def raw_get(self, host: str) -> Any:
            if host == "acme":
                raise AnsibleError("Decryption failed: canary")
            return self[host]

    found = by_host(Broken({"acme": {"ccid": ACME}, "beta": {"ccid": BETA}}))
    assert list(found) == ["acme"]
    assert "decrypt" in str(found)
    assert "canary" not in str(found)


def test_warnings_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(preflight._display, "warning", shown.append)
    hostvars = {"acme": {"ccid": ACME, "sender_id": [], "sender_ids": []}}
    problems(hostvars)
    assert ["sender_id" in warning for warning in shown] == [True]


def test_templates_are_found_at_any_depth() -> None:
    value = {"a": ["{{ x }}", {"b": "{% if y %}"}, ("plain", 5)], "c": None}
    assert list(preflight._texts(value)) == ["{{ x }}", "{% if y %}"]


def test_the_specifications_of_all_roles_are_read() -> None:
    roles = preflight.roles()
    assert {"genesys_cloud", "sender_ids"} <= set(roles)
    assert "sender_ids" in roles["sender_ids"]
