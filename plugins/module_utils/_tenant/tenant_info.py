# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read all that a tenant has in three systems, for the module nexus_tenant_info.

A system that can't be read is named in the result. It does not hide the others.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from .._configuration import webhook_headers
from .._configuration.options import CONFIGURATION, configuration_client
from .._configuration.sections import Configuration, Transaction
from .._configuration.transaction import confirm_tenant, read_transaction
from .._core import checks
from .._core.errors import InvalidInput, SmsError
from .._core.task import Run
from .._digital_channels.options import DIGITAL_CHANNELS, api_keys_client, services_client
from .._digital_channels.services import observe_all
from .._genesys_cloud.numbers.client import CloudNumbers
from .._genesys_cloud.numbers.plan import Observed
from .._genesys_cloud.options import GENESYS_CLOUD, cloud_client_id, numbers_client
from .snapshot import CLUSTER_API_KEY, SERVICES, Seen, describe_with_secrets, is_shown

OPTIONS: dict[str, Any] = {
    **CONFIGURATION,
    **GENESYS_CLOUD,
    **DIGITAL_CHANNELS,
    "return_secrets": {
        "type": "bool",
        "description": """
            - Whether to return the secrets that the servers show, in RV(secret_values).
            - If the tenant has toll-free numbers, the module looks for C(nexus_cluster_api_key) among the API keys of
              the installation too. This needs the login to Genesys Web Services.
        """,
        "default": False,
        "no_log": False,
    },
}
"""The options of nexus_tenant_info."""

_CLUSTER_API_KEY = "Portico Cluster API Key"
"""The name that Genesys' guide gives to this API key. The playbook bootstrap_genesys_cloud uses it too."""

_NO_LOGIN = {
    "configuration": "It was not read, because {} is not set.",
    "tollfree_numbers": "They were not read, because neither gc_client_id nor gc_access_token is set.",
}


def run(task: Run) -> dict[str, Any]:
    """Run nexus_tenant_info."""
    params = task.params
    seen = Seen(checks.uuid("ccid", params["ccid"]), checks.http_url("nexus_url", params["nexus_url"]))
    # All clients are made before the first request, so that invalid options are found first.
    readers: dict[str, Callable[[], Any]] = {"services": partial(observe_all, services_client(task), SERVICES)}
    unreadable: dict[str, str] = {}
    failures: dict[str, Any] = {}
    url = "gax_url" if params["configuration"] == "gax" else "gws_url"
    if params[url] is None:
        unreadable["configuration"] = _NO_LOGIN["configuration"].format(url)
    else:
        readers["configuration"] = partial(_read_configuration, task, configuration_client(task))
    if params["gc_client_id"] is None and params["gc_access_token"] is None:
        unreadable["tollfree_numbers"] = _NO_LOGIN["tollfree_numbers"]
    else:
        readers["tollfree_numbers"] = partial(_read_numbers, numbers_client(task))
    found: dict[str, Any] = {}
    errors: list[SmsError] = []
    for system, read in readers.items():
        try:
            found[system] = read()
        except InvalidInput:
            # The login belongs to another tenant. What it shows must not be mixed with this tenant.
            raise
        except SmsError as error:
            errors.append(error)
            unreadable[system] = str(error)
            failures[system] = error.details()
    if not found:
        first, *others = errors
        for other in others:
            first.add(str(other))
        first.results = {"unreadable": unreadable, "failures": failures}
        raise first
    seen = replace(
        seen,
        services=found.get("services"),
        transaction=found.get("configuration"),
        numbers=found.get("tollfree_numbers"),
    )
    account = _account(task) if "tollfree_numbers" in found else None
    description, shown = describe_with_secrets(seen)
    result = {"changed": False, **description, "account": account, "unreadable": unreadable, "failures": failures}
    if params["return_secrets"]:
        if CLUSTER_API_KEY in result["secrets"]:
            shown.update(_cluster_api_key(task))
        # Encoded, because every result is freed of control characters and of queries of URLs.
        result["secret_values"] = {name: base64.b64encode(value.encode()).decode() for name, value in shown.items()}
    return result


def _cluster_api_key(task: Run) -> dict[str, str]:
    """Return the API key with which Genesys Cloud CX calls Digital Channels, if the server shows one such key."""
    try:
        listed = api_keys_client(task).list() or []
    except SmsError:
        # The login may not be allowed to do this. Then a person fills in the key.
        return {}
    found = [key.id for key in listed if (key.name, key.tenant, key.enabled) == (_CLUSTER_API_KEY, "", True)]
    return {CLUSTER_API_KEY: str(found[0])} if len(found) == 1 and is_shown(found[0]) else {}


def _account(task: Run) -> str | None:
    """Return a text that is the same for all tenants of an OAuth client. Its ID is among the secrets of a service."""
    client = cloud_client_id(task)
    if client is None:
        return None
    login = " ".join(str(value) for value in (task.params["gc_region"], task.params["gc_login_url"], client))
    return hashlib.sha256(login.encode()).hexdigest()[:8]


def _read_configuration(task: Run, client: Configuration) -> Transaction:
    confirm_tenant(task, client)
    transaction = read_transaction(task, client)
    for options in transaction.sections.values():
        task.secrets.add(*webhook_headers.headers_of(options).values())
    return transaction


def _read_numbers(client: CloudNumbers) -> Observed:
    return Observed(client.purchased())
