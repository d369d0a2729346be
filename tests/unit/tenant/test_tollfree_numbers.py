# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers that a tenant's configuration uses already: `_tenant/tollfree_numbers.py`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sections import Sections
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.errors import InvalidInput
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import Run
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant import tollfree_numbers
from unit.arguments import filled, wrong
from unit.doubles import make_run
from unit.models import ConfigurationModel

CCID = "45acae06-6b7c-4f97-9c76-471c0b25ef71"
SPEC = tollfree_numbers.SHARED["tenant_configuration"]["options"]


def used(monkeypatch: pytest.MonkeyPatch, sections: Sections, runs: list[Run] | None = None, **asked: Any) -> Any:
    """Return the numbers in use, with these options of the configuration."""

    def client(run: Run) -> ConfigurationModel:
        if runs is not None:
            runs.append(run)
        return ConfigurationModel(sections)

    monkeypatch.setattr(tollfree_numbers, "configuration_client", client)
    given = filled(SPEC, **{"gws_url": "https://gws", **asked})
    return tollfree_numbers.used_numbers(make_run({"ccid": CCID, "timeout": 5.0, "tenant_configuration": given}))


def test_sections_are_found_by_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    sections = {
        "chat.b": {"channelId": "18445550001"},
        "chat.a": {"CHANNELID": "+1 844-555-0000", "other": "18445550009"},
        "chat.c": {"channelId": "8445550002"},
        "chat.d": {"channelId": "18445550001"},
        "by hand": {"channelId": "mail.example.com"},
        "chat.e": {"media": "chat"},
    }
    found = used(monkeypatch, sections)
    assert {number: section for number, section in found.items() if len(number) == 11} == {
        "18445550000": "chat.a",
        "18445550001": "chat.b",
        # Without the country code, as people write it.
        "18445550002": "chat.c",
    }
    assert found["8445550002"] == "chat.c"
    assert "18445550009" not in found


@pytest.mark.parametrize(
    ("asked", "is_read"),
    [
        ({}, True),
        ({"gws_url": None}, False),
        ({"gws_url": None, "gax_url": "https://gax"}, False),
        ({"configuration": "gax"}, False),
        ({"configuration": "gax", "gax_url": "https://gax"}, True),
    ],
)
def test_the_configuration_is_read_if_it_can_be_reached(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], is_read: bool
) -> None:
    runs: list[Run] = []
    found = used(monkeypatch, {"chat.a": {"channelId": "18445550000"}}, runs, **asked)
    assert (len(runs), bool(found)) == (int(is_read), is_read)


def test_without_the_option_nothing_is_read() -> None:
    assert tollfree_numbers.used_numbers(make_run({"tenant_configuration": None})) == {}


def test_the_options_of_the_configuration_are_added_to_those_of_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Run] = []
    used(monkeypatch, {}, runs, gws_username="user")
    (run,) = runs
    assert (run.params["gws_username"], run.params["ccid"], run.params["timeout"]) == ("user", CCID, 5.0)


def test_a_login_of_another_tenant_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_model: ConfigurationModel, ccid: str) -> tuple[str, ...]:
        raise InvalidInput("gws_username", f"it is not of {ccid}", "Look")

    monkeypatch.setattr(ConfigurationModel, "confirm", refuse)
    assert wrong(used, monkeypatch, {"chat.a": {"channelId": "18445550000"}}) == "gws_username"


def test_the_modules_have_no_second_ccid_and_no_second_http_options() -> None:
    assert "gws_url" in SPEC
    assert not {"ccid", "timeout", "retries", "validate_certs"} & set(SPEC)
    assert tollfree_numbers.ONE["state"]["default"] == "present"
    assert "default" not in tollfree_numbers.OPTIONS["tollfree_numbers"]["options"]["state"]
