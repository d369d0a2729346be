# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account during a run: `_genesys_cloud/numbers/account.py`."""

from __future__ import annotations

from integration.organization import Org


def test_a_number_that_a_lagging_list_loses_still_counts(org: Org) -> None:
    """A number that a run saw is in the account, even if the next list lacks it."""
    org.sandbox.fault("status", "numbers$", "GET", status=200, body={"entities": []}, skip=3)
    result = org.buy("main")
    assert (result["changed"], result["slots"]) == (True, {"main": "18445550000"})


def test_the_configuration_is_read_only_if_an_unmarked_number_matters(org: Org) -> None:
    elsewhere = {"gws_url": f"{org.sandbox.url}/nowhere", "gws_client_id": "x", "gws_client_secret": "given"}
    options = {"tenant_configuration": elsewhere, "retries": 0}
    assert org.buy("main", **options)["changed"] is True
    org.order_by_hand("18445550009", webhookUsername="somebody")
    assert org.buy("main", **options)["changed"] is False
    # If the configuration can't be read, nothing is bought.
    assert org.buy("main", "second", **options)["failed"] is True
    assert org.sandbox.account()["spent"] == 2
