# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The regions of Genesys Cloud CX.

Filters and lookups use this, and each worker process imports it again. So it imports nothing heavy.
"""

from __future__ import annotations

REGIONS = {
    "us-east-1": "mypurecloud.com",
    "us-east-2": "use2.us-gov-pure.cloud",
    "us-west-2": "usw2.pure.cloud",
    "ca-central-1": "cac1.pure.cloud",
    "sa-east-1": "sae1.pure.cloud",
    "mx-central-1": "mxc1.pure.cloud",
    "eu-west-1": "mypurecloud.ie",
    "eu-west-2": "euw2.pure.cloud",
    "eu-central-1": "mypurecloud.de",
    "eu-central-2": "euc2.pure.cloud",
    "eusc-de-east-1": "edee1.eusc-pure.cloud",
    "me-central-1": "mec1.pure.cloud",
    "ap-south-1": "aps1.pure.cloud",
    "ap-southeast-1": "apse1.pure.cloud",
    "ap-southeast-2": "mypurecloud.com.au",
    "ap-northeast-1": "mypurecloud.jp",
    "ap-northeast-2": "apne2.pure.cloud",
    "ap-northeast-3": "apne3.pure.cloud",
}
"""The regions of Genesys Cloud CX by name, each with its domain."""


def region_url(region: str, host: str) -> str | None:
    """Return the URL of a host in a region, or None if the region is not known.

    :arg region: its name or its domain.
    :arg host: the first label of the host name, such as ``api``.
    """
    domain = region.strip().lower()
    domain = REGIONS.get(domain, domain)
    return f"https://{host}.{domain}" if domain in REGIONS.values() else None
