# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What environment variables say of the inventory's variables, as the modules read them.

Filters and lookups use this, and each worker process loads them for itself: so nothing heavy is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping

ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "nexus_url": ("NEXUS_URL",),
    "nexus_api_key": ("NEXUS_API_KEY",),
    "ccid": ("NEXUS_CCID",),
    "gws_url": ("GWS_URL",),
    "gws_auth_url": ("GWS_AUTH_URL",),
    "gws_client_id": ("GWS_CLIENT_ID",),
    "gws_client_secret": ("GWS_CLIENT_SECRET",),
    "gws_username": ("GWS_USERNAME",),
    "gws_password": ("GWS_PASSWORD",),
    "gws_api_key": ("GWS_API_KEY",),
    "gax_url": ("GAX_URL",),
    "gax_username": ("GAX_USERNAME",),
    "gax_password": ("GAX_PASSWORD",),
    "gc_login_url": ("GC_LOGIN_URL",),
    "gc_api_url": ("GC_API_URL",),
    "gc_client_id": ("GC_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"),
    "gc_client_secret": ("GC_CLIENT_SECRET", "GENESYSCLOUD_OAUTHCLIENT_SECRET"),
    "gc_region": ("GENESYSCLOUD_REGION",),
    "gc_access_token": ("GENESYSCLOUD_ACCESS_TOKEN",),
}
"""The environment variables that stand in for a variable which is not defined. One that is null has no stand-in."""

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

_HOSTS = {"gc_login_url": "login", "gc_api_url": "api"}


def region_url(region: str, host: str) -> str | None:
    """Return the URL of a host of a region, given by its name or domain; None where there is none such."""
    domain = region.strip().lower()
    domain = REGIONS.get(domain, domain)
    return f"https://{host}.{domain}" if domain in REGIONS.values() else None


def from_environment(name: str, environment: Mapping[str, str]) -> str | None:
    """Return what an environment says of a variable of the inventory."""
    source = environment_source(name, environment)
    if source is None:
        return None
    value = environment[source]
    return value if source in ENVIRONMENT[name] else region_url(value, _HOSTS[name])


def environment_source(name: str, environment: Mapping[str, str]) -> str | None:
    """Return the environment variable that says what a variable of the inventory is, be it usable or not."""
    found = next((variable for variable in ENVIRONMENT.get(name, ()) if environment.get(variable)), None)
    return environment_source("gc_region", environment) if found is None and name in _HOSTS else found


def told_source(name: str, source: str) -> str:
    """Return the sentence that tells where a value came from."""
    return f"The value of {name} is that of the environment variable {source}."
