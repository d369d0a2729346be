# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of plays for tenants: `filter/tenants_pattern.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.filter.tenants_pattern import FilterModule

PATTERN = FilterModule().filters()["tenants_pattern"]


@pytest.mark.parametrize(
    ("groups", "options", "checked", "pattern"),
    [
        (["kaleyra", "genesys_cloud"], ["kaleyra", "custom_gateway", "genesys_cloud"], False, "kaleyra:genesys_cloud"),
        (["custom_gateway"], ["kaleyra"], False, "!all"),
        (["kaleyra", "preflight_stopped"], ["kaleyra"], False, "kaleyra"),
        (["kaleyra", "preflight_checked"], ["kaleyra"], True, "kaleyra"),
        (["kaleyra", "preflight_checked", "preflight_stopped"], ["kaleyra"], True, "kaleyra:!preflight_stopped"),
        (["kaleyra", "preflight_stopped"], ["kaleyra"], True, "!all"),
        (["custom_gateway", "preflight_checked"], ["kaleyra"], True, "!all"),
    ],
)
def test_the_pattern_has_the_groups_that_exist(
    groups: list[str], options: list[str], checked: bool, pattern: str
) -> None:
    assert PATTERN(groups, options, checked=checked) == pattern
