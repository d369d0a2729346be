# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment variables that replace inventory variables, read as the modules read them.

Filters and lookups use this file. Each worker process loads them again, so keep its imports light.
"""

from __future__ import annotations

from collections.abc import Mapping

from .._core.variables import set_variable
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
"""By inventory variable, the environment variables that are used if it is not defined. If it is null, none is used."""


_HOSTS = {"gc_login_url": "login", "gc_api_url": "api"}


def from_environment(name: str, environment: Mapping[str, str]) -> str | None:
    """Return the value that the environment gives to an inventory variable."""
    source = environment_source(name, environment)
    if source is None:
        return None
    value = environment[source]
    return value if source in ENVIRONMENT[name] else region_url(value, _HOSTS[name])


def environment_source(name: str, environment: Mapping[str, str]) -> str | None:
    """Return the environment variable that gives the value of an inventory variable. Its value may be invalid."""
    found = set_variable(ENVIRONMENT.get(name, ()), environment)
    return environment_source("gc_region", environment) if found is None and name in _HOSTS else found
