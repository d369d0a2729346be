# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of the inventory's variables from which the roles and playbooks set options of modules.

Messages name the options of the module. Users of the roles and playbooks set variables instead, some with other names.
Others set environment variables. So each message also says where the options that it names come from.

Filters use this file too, and each worker process loads filters itself. So this file imports nothing heavy.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from ansible.module_utils.errors import AnsibleFallbackNotFound


def told_source(name: str, source: str) -> str:
    """Return the sentence about the environment variable that a value comes from."""
    return f"The value of {name} comes from the environment variable {source}."


_Names = dict[str, tuple[str, ...]]

_HTTP: _Names = {
    name: (f"http_options.{name}",)
    for name in ("validate_certs", "ca_path", "client_cert", "client_key", "timeout", "retries", "time_limit")
}

_ADMIN: _Names = {
    "gc_client_id": ("gc_admin_client_id",),
    "gc_client_secret": ("gc_admin_client_secret",),
    "gc_access_token": ("gc_admin_access_token",),
    **_HTTP,
}

_SECRET_FILE: _Names = {
    "secret_file": ("bootstrap_directory",),
    "vault_password_file": ("bootstrap_vault_password_file",),
    "vault_id": ("bootstrap_vault_id",),
}

VARIABLES: dict[str, _Names] = {
    "nexus_service": {
        "api_key": ("nexus_api_key",),
        "url": ("gc_api_url",),
        "state": ("genesys_cloud_state",),
        "when_unreadable": ("genesys_cloud_when_unreadable",),
        **_HTTP,
    },
    "nexus_services": {
        "api_key": ("nexus_api_key",),
        "services[].url": ("gc_login_url", "kaleyra_url"),
        "services[].secret.username": ("kaleyra_username",),
        "services[].secret.password": ("kaleyra_password",),
        "services[].secret.clientId": ("gc_client_id",),
        "services[].secret.clientSecret": ("gc_client_secret",),
        "services[].channels": ("custom_gateway_channels",),
        "services[].purge": ("custom_gateway_purge",),
        "services[].update_secret": (
            "custom_gateway_update_secret",
            "genesys_cloud_update_secret",
            "kaleyra_update_secret",
        ),
        "state": ("custom_gateway_state", "genesys_cloud_state", "kaleyra_state"),
        "when_unreadable": (
            "custom_gateway_when_unreadable",
            "genesys_cloud_when_unreadable",
            "kaleyra_when_unreadable",
        ),
        "remove_leftovers": (
            "custom_gateway_remove_leftovers",
            "genesys_cloud_remove_leftovers",
            "kaleyra_remove_leftovers",
        ),
        **_HTTP,
    },
    "nexus_channel_probe": {"channels": ("custom_gateway_channels",), **_HTTP},
    "nexus_webhook_hosts_info": {"urls": ("kaleyra_url",), "channels": ("custom_gateway_channels",), **_HTTP},
    "nexus_api_key_info": {"key": ("nexus_cluster_api_key",), **_HTTP},
    "nexus_sender_ids": {
        "provider": ("sender_ids_provider",),
        "purge": ("sender_ids_purge",),
        "purge_options": ("sender_ids_purge_options",),
        "slots": ("sender_ids_slots",),
        "state": ("sender_ids_state",),
        "webhook_headers.headers": ("webhook_headers",),
        "webhook_headers.section": ("webhook_headers_section",),
        "webhook_headers.purge": ("webhook_headers_purge",),
        "webhook_headers.state": ("webhook_headers_state",),
        **_HTTP,
    },
    "nexus_option_switch": {
        "api_key": ("nexus_api_key",),
        "purge": ("sender_ids_purge",),
        "purge_options": ("sender_ids_purge_options",),
        "webhook_headers.headers": ("webhook_headers",),
        "webhook_headers.section": ("webhook_headers_section",),
        "webhook_headers.purge": ("webhook_headers_purge",),
        "webhook_headers.state": ("webhook_headers_state",),
        "when_unreadable": (
            "custom_gateway_when_unreadable",
            "genesys_cloud_when_unreadable",
            "kaleyra_when_unreadable",
        ),
        "remove_leftovers": ("switch_remove_former",),
        **_HTTP,
    },
    "nexus_webhook_headers": {
        "headers": ("webhook_headers",),
        "purge": ("webhook_headers_purge",),
        "section": ("webhook_headers_section",),
        "state": ("webhook_headers_state",),
        **_HTTP,
    },
    "gc_tollfree_numbers": {
        "comment": ("genesys_cloud_comment",),
        "email_address": ("genesys_cloud_email_address",),
        "foreign_numbers": ("genesys_cloud_foreign_numbers",),
        "journal": ("genesys_cloud_journal",),
        "journal_password": ("genesys_cloud_journal_password",),
        "max_purchases": ("genesys_cloud_max_purchases",),
        "order_timeout": ("genesys_cloud_order_timeout",),
        "purchase_allowed": ("genesys_cloud_purchase_allowed",),
        "update_secret": ("genesys_cloud_update_secret",),
        "webhook_password": ("nexus_cluster_api_key",),
        **_HTTP,
    },
    "gc_purchase_journal": {
        **_ADMIN,
        # The playbook numbers uses the tenant's own OAuth client.
        "gc_client_id": ("gc_admin_client_id", "gc_client_id"),
        "gc_client_secret": ("gc_admin_client_secret", "gc_client_secret"),
        "journal": ("genesys_cloud_journal",),
        "journal_password": ("genesys_cloud_journal_password",),
        "create": ("create_journal",),
        "rebuild": ("rebuild_journal",),
        "copy_from": ("copy_journal_from",),
        "number": ("adopted_number",),
    },
    "gc_organization_numbers": {
        "adopt": ("adopt_numbers",),
        "search.count": ("available_count",),
        "search.vanity": ("available_vanity",),
    },
    "gc_role": {**_ADMIN, "name": ("bootstrap_role",)},
    "gc_role_grant": {
        **_ADMIN,
        "role": ("bootstrap_role",),
        "subject_email": ("gc_admin_user_email",),
        "subject_id": ("gc_admin_client_id",),
    },
    "gc_oauth_client": {
        **_ADMIN,
        **_SECRET_FILE,
        "name": ("bootstrap_client",),
        "roles": ("bootstrap_role",),
        "state": ("bootstrap_rotate_secret",),
    },
    "nexus_api_key": {**_SECRET_FILE, **_HTTP},
    "gc_oauth_client_rotation": {
        **_ADMIN,
        **_SECRET_FILE,
        "tenants[].api_key": ("nexus_api_key",),
    },
    "nexus_secret_rotation": {
        **_SECRET_FILE,
        "secret_file": ("rotation_directory",),
        "api_key": ("nexus_api_key",),
        "kind": ("rotate",),
        "channels": ("custom_gateway_channels",),
        "only_channels": ("rotation_channels",),
        "from_file": ("rotation_from_file",),
        "purge": ("custom_gateway_purge",),
        "new_username": ("rotation_username",),
        "new_secret": ("rotation_secret",),
        "ready": ("rotation_ready",),
        "probe": ("rotation_probe",),
        "remove": ("rotation_remove",),
        **_HTTP,
    },
    "nexus_api_key_rotation": {
        **_SECRET_FILE,
        "secret_file": ("bootstrap_directory", "rotation_directory"),
        "tenant": ("ccid",),
        "tenants[].key": ("nexus_api_key", "nexus_cluster_api_key"),
        "new_key": ("rotation_key",),
        "confirm_unseen": ("rotation_confirm_unseen",),
        "remove": ("rotation_remove",),
        **_HTTP,
    },
    "nexus_api_key_removal": {
        "tenant": ("ccid",),
        "key": ("nexus_api_key",),
        "tenants[].key": ("nexus_api_key",),
        **_HTTP,
    },
}
"""For each module: its options, and the variables of the inventory that set them, if their names differ."""


_OPTION_ROLES = ("custom_gateway", "genesys_cloud", "kaleyra")
"""The roles of the SMS options. Their own variables begin with the name of the role."""


@cache
def variables_of(option: str) -> tuple[str, ...]:
    """Return the variables that set an option of any module in the roles and playbooks."""
    found = (names for options in VARIABLES.values() for place, names in options.items() if _alone(place) == option)
    return tuple(dict.fromkeys(name for names in found for name in names))


def _alone(place: str) -> str:
    """Return an option of an item of a list without its list: ``purge`` for ``services[].purge``."""
    return place.rpartition("[].")[2]


def explained(
    module: str,
    spec: Mapping[str, Any],
    params: Mapping[str, Any],
    environment: Mapping[str, str],
    texts: Iterable[str],
    role: str | None = None,
) -> str:
    """Join sentences to one message. Add where the values of the options that they name come from.

    :arg spec: the module's argument specification.
    :arg params: the values of its options, with those from the environment.
    :arg role: the role of the task. Where it sets an option, the variables of other roles are left out.
    """
    text = " ".join(texts)
    sentences = [
        f"In the roles and playbooks, {option} comes from the variable {or_list(_of_role(role, names))}."
        for option, names in VARIABLES.get(module, {}).items()
        if is_named(option, text) or is_named(_alone(option), text)
    ]
    sentences += [
        # The inventory may set the same value.
        f"{option} has the value of the environment variable {variable}."
        for option in spec
        if is_named(option, text) and (variable := _source(spec[option], params.get(option), environment)) is not None
    ]
    return " ".join([text, *sentences])


def _of_role(role: str | None, names: Sequence[str]) -> Sequence[str]:
    if role not in _OPTION_ROLES:
        return names
    others = tuple(f"{other}_" for other in _OPTION_ROLES if other != role)
    own = [name for name in names if name.startswith(f"{role}_")]
    return own or [name for name in names if not name.startswith(others)] or names


def or_list(names: Sequence[str]) -> str:
    """Join names with commas and "or"."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def is_named(option: str, text: str) -> bool:
    """Return True if a text names an option. ``[]`` stands for the place of an item.

    An option that is an ordinary word counts only at the start of a sentence, before ":", "." or "[", or in "set … to".
    """
    word = re.escape(option).replace(r"\[\]", r"\[\d+\]")
    if "_" in option or option == "ccid":
        return re.search(rf"(?<![\w.]){word}(?!\w)", text) is not None
    return re.search(rf"(?:^|(?<=\. )){word}(?=[.\[]\S|: )|(?<=[Ss]et ){word}(?= to )", text) is not None


def _source(option: Mapping[str, Any], value: Any, environment: Mapping[str, str]) -> str | None:
    """Return the environment variable that a value comes from. Return None if it does not come from one."""
    if value is None or "fallback" not in option:
        return None
    variable = set_variable(option["fallback"][1], environment)
    return variable if variable is not None and environment[variable] == value else None


def set_variable(names: Iterable[str], environment: Mapping[str, str]) -> str | None:
    """Return the first environment variable with a value. AWX sets empty ones for credential fields that are empty."""
    return next((name for name in names if environment.get(name)), None)


def env_fallback(*names: str) -> str:
    """Return the value of the first environment variable that has one. ansible-core's own takes empty ones too."""
    variable = set_variable(names, os.environ)
    if variable is None:
        raise AnsibleFallbackNotFound
    return os.environ[variable]
