# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What environment variables say of the inventory's variables, as the modules read them.

Filters and lookups use this, and each worker process loads them for itself: so nothing heavy is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping

from .._genesys_cloud.regions import region_url

ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "nexus_url": ("NEXUS_URL",),
    "ccid": ("NEXUS_CCID",),
    "nexus_api_key": ("NEXUS_API_KEY",),
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
    "gc_region": ("GENESYSCLOUD_REGION",),
    "gc_login_url": ("GC_LOGIN_URL",),
    "gc_api_url": ("GC_API_URL",),
    "gc_client_id": ("GC_CLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_ID"),
    "gc_client_secret": ("GC_CLIENT_SECRET", "GENESYSCLOUD_OAUTHCLIENT_SECRET"),
    "gc_access_token": ("GENESYSCLOUD_ACCESS_TOKEN",),
}
"""The environment variables that stand in for a variable which is not defined. One that is null has no stand-in."""


_HOSTS = {"gc_login_url": "login", "gc_api_url": "api"}


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
