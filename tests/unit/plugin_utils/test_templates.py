# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How ansible-core renders templates: `plugin_utils/templates.py`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible.constants import config
from ansible_collections.cxops.genesys_sms.plugins.plugin_utils import templates


@pytest.mark.parametrize("is_before", [True, False])
@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize(
    ("call", "setting", "expected"),
    [
        (templates.makes_numbers_of_texts, "DEFAULT_JINJA2_NATIVE", True),
        (templates.leaves_undefined, "DEFAULT_UNDEFINED_VAR_BEHAVIOR", False),
    ],
)
def test_a_setting_counts_only_before_2_19(
    monkeypatch: pytest.MonkeyPatch,
    is_before: bool,
    value: bool,
    call: Callable[[], bool],
    setting: str,
    expected: bool,
) -> None:
    monkeypatch.setattr(templates, "_IS_BEFORE_2_19", is_before)
    monkeypatch.setattr(config, "get_config_value", lambda name: value if name == setting else not value)
    assert call() is (is_before and value is expected)


def test_a_finding_is_no_template() -> None:
    assert templates.harmless("a {{ b }} {% c %} {# d #} {e}") == "a { { b }} { % c %} { # d #} {e}"
