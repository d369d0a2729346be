# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The regions of Genesys Cloud CX: `_genesys_cloud/regions.py`."""

from __future__ import annotations

import pytest
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.regions import REGIONS, region_url


@pytest.mark.parametrize("region", ["eu-central-1", " EU-Central-1 ", "mypurecloud.de", "MyPureCloud.de"])
def test_a_region_has_a_name_and_a_domain(region: str) -> None:
    assert region_url(region, "login") == "https://login.mypurecloud.de"


@pytest.mark.parametrize(("name", "domain"), REGIONS.items())
def test_each_region_is_known_by_both(name: str, domain: str) -> None:
    assert region_url(name, "api") == region_url(domain, "api") == f"https://api.{domain}"


@pytest.mark.parametrize("region", ["", "moon-1", "example.com", "login.mypurecloud.de"])
def test_another_region_is_not_known(region: str) -> None:
    assert region_url(region, "api") is None
