# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of a tenant: whether what the inventory says is live, and works.

``document()`` makes them from the results of the roles in check mode, of nexus_tenant_info, and of the tasks that only
the playbook verify has. Its format is docs/schemas/verify.schema.json. Only documented fields are used.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .._core.server_text import in_message
from .report import NOT_REACHED, TASKS, Collected
from .summary_table import count, word, wrapped

SCHEMA_VERSION = 1
"""It grows when a field is removed or gets another meaning. New fields do not change it."""

STATUSES = ("failed", "unreachable", "not_checked", "ok")
"""Every status of a check."""

OUTCOMES = ("stopped", "failed", "unreachable", "incomplete", "ok")
"""Every outcome of a tenant, in the order in which people should look at them."""

TITLES = {
    "inventory": "variables of the inventory",
    "digital_channels": "API key of Digital Channels",
    "services": "services",
    "secrets": "secrets of the services",
    "api_secrets": "API secrets of the channels",
    "configuration": "login to the configuration",
    "webhook_headers": "webhook headers",
    "sender_ids": "sender IDs",
    "genesys_cloud": "login to Genesys Cloud CX",
    "tollfree_numbers": "toll-free numbers",
    "cluster_api_key": "API key of the cluster",
    "webhook_host": "host of a webhook",
}
"""Every check, as the table calls it."""

PROBE, HOSTS, CLUSTER_API_KEY = "custom_gateway_probe", "sms_webhook_hosts", "sms_cluster_api_key"
"""The variables with the results of the tasks that only the playbook verify has."""


@dataclass(frozen=True)
class _System:
    """One of the systems of a tenant.

    :arg login: the check whether the system can be read.
    :arg plans: by check, the variables with the results of the roles in check mode.
    """

    login: str
    plans: Mapping[str, tuple[str, ...]]


def _systems(option: str | None) -> dict[str, _System]:
    """Return the systems of an SMS option by their name in the results of nexus_tenant_info."""
    services = {
        "kaleyra": ("kaleyra_services",),
        "custom_gateway": ("custom_gateway_services",),
        "genesys_cloud": ("genesys_cloud_connection", "genesys_cloud_services"),
    }
    headers = {"webhook_headers": ("webhook_headers_result",)} if option == "custom_gateway" else {}
    numbers = _System("genesys_cloud", {"tollfree_numbers": ("genesys_cloud_numbers",)})
    return {
        "services": _System("digital_channels", {"services": services.get(option or "", ())}),
        **({"tollfree_numbers": numbers} if option == "genesys_cloud" else {}),
        "configuration": _System("configuration", {**headers, "sender_ids": ("sender_ids_result",)}),
    }


VARIABLES = (*TASKS, PROBE, HOSTS, CLUSTER_API_KEY)
"""The variables in which the playbook registers results."""

_CHANNEL_SECRET = re.compile(r"custom_gateway_channels\[(\d+)\]\.(\w+)")
_LONGEST = 1000
_MOST_LINES = 6
_MOST_TENANTS = 20
"""If a run has more tenants, the table has one line for each that is fine."""
_INDENT = "    "
_BLIND_STEPS = ("provision would write the service ", "provision would write the channel ")
"""How each step of a plan begins that was made without reading the service."""
_CLUSTER_PERMISSION = "nexus:cluster:*"


@dataclass(frozen=True)
class Check:
    """One line of the table.

    :arg check: a key of ``TITLES``.
    :arg subject: what was checked, if there are several.
    :arg reasons: why it is not ok, a sentence each.
    """

    check: str
    status: str
    subject: str | None = None
    reasons: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The check, as the table calls it."""
        return f"host {self.subject}" if self.check == "webhook_host" and self.subject else TITLES[self.check]


@dataclass(frozen=True)
class Wanted:
    """What the user asked for.

    :arg probe: the proof of the API secrets.
    :arg hosts: the check of the hosts of webhooks.
    :arg check_mode: the run has --check, so nothing is uploaded.
    """

    probe: bool = False
    hosts: bool = False
    check_mode: bool = False


def document(head: Mapping[str, Any], tenants: Iterable[Collected], wanted: Wanted) -> dict[str, Any]:
    """Return the checks of all tenants.

    :arg head: ``created``, ``inventory``, ``limit`` and the versions.
    """
    told = [_tenant(one, wanted) for one in sorted(tenants, key=lambda one: one.tenant)]
    outcomes = Counter(tenant["outcome"] for tenant in told)
    statuses = Counter(check["status"] for tenant in told for check in tenant["checks"])
    return {
        "schema_version": SCHEMA_VERSION,
        **head,
        "totals": {
            "tenants": len(told),
            **{outcome: outcomes[outcome] for outcome in OUTCOMES},
            "checks": {status: statuses[status] for status in STATUSES},
        },
        "tenants": told,
    }


def off(made: Mapping[str, Any], *, unchecked: bool) -> dict[str, str]:
    """Return the tenants that fail the run, each with a sentence. Those that the preflight stopped fail anyway.

    :arg unchecked: whether something that could not be checked fails the run too.
    """
    failing = ("failed", "unreachable", *(("incomplete",) if unchecked else ()))
    statuses = ("failed", "unreachable", *(("not_checked",) if unchecked else ()))
    found = {}
    for tenant in made["tenants"]:
        if tenant["outcome"] in failing:
            checks = [Check(**check) for check in tenant["checks"]]
            titles = [check.title for check in checks if check.status in statuses]
            found[tenant["tenant"]] = f"These checks are not ok: {', '.join(titles)}."
    return found


def _tenant(one: Collected, wanted: Wanted) -> dict[str, Any]:
    if one.problems:
        checks = [Check("inventory", "failed", None, _sentences(one.problems))]
    else:
        checks = list(_checks(one, wanted))
    statuses = {check.status for check in checks}
    if one.problems:
        outcome = "stopped"
    elif "failed" in statuses or "unreachable" in statuses:
        outcome = "failed" if "failed" in statuses else "unreachable"
    else:
        outcome = "incomplete" if "not_checked" in statuses else "ok"
    return {
        "tenant": in_message(one.tenant),
        "option": one.option,
        "outcome": outcome,
        "checks": [asdict(check) for check in checks],
    }


def _checks(one: Collected, wanted: Wanted) -> Iterator[Check]:
    numbers = one.results.get("genesys_cloud_numbers", {})
    for name, system in _systems(one.option).items():
        found = [_plan(one, check, variables) for check, variables in system.plans.items()]
        plans = [plan for plan in found if plan is not None]
        login = _login(one, name, system.login, [plan for plan, _kind in plans])
        yield login
        for plan, kind in plans:
            judged = _judged(plan, kind, login)
            if plan.check == "sender_ids" and plan.status != "ok" and kind is None and _is_failed(numbers):
                # Without the numbers of its slots, a sender ID would always change.
                reason = f"The numbers of its slots are not known. See: {TITLES['tollfree_numbers']}."
                judged = Check("sender_ids", "not_checked", None, [reason])
            yield judged
        if name == "services":
            is_ok = all(plan.status == "ok" for plan, _kind in plans)
            yield from _secrets(one, wanted, is_ok and login.status == "ok")
        elif name == "tollfree_numbers":
            yield from _cluster_api_key(one.results.get(CLUSTER_API_KEY))
    yield from _hosts(one, wanted)


def _plan(one: Collected, check: str, variables: Iterable[str]) -> tuple[Check, str | None] | None:
    """Return a check of the roles' plans, and the kind of its failure. None: the inventory has no such object."""
    results = [one.results.get(variable) for variable in variables]
    known = [result for result in results if result is not None and not result.get("skipped")]
    if any(result is None for result in results):
        return _missing(check), None
    failed = next((result for result in known if _is_failed(result)), None)
    if failed is not None:
        return _failed(check, failed), _kind(failed)
    steps = [step for result in known if result.get("changed") for step in result.get("steps") or ["change it"]]
    reasons = [f"provision would {step}" for step in steps]
    # The account has a number if it has a status, which may be null.
    listed = [item for result in known for item in result.get("tollfree_numbers") or [] if "status" not in item]
    reasons += [
        f"The account does not have {item['number']} yet: its order is undecided, or it is being ported in. Run the "
        "playbook numbers."
        for item in listed
        if item.get("number") and not any(str(item["number"]) in str(step) for step in steps)
    ]
    if reasons:
        return Check(check, "failed", None, _sentences(reasons)), None
    return (Check(check, "ok"), None) if known else None


def _login(one: Collected, system: str, check: str, plans: list[Check]) -> Check:
    """Return the check whether a system can be read."""
    live = one.live or {}
    unreadable, failures = live.get("unreadable") or {}, live.get("failures") or {}
    if system in unreadable:
        kind = (failures.get(system) or {}).get("kind")
        status = "unreachable" if kind in NOT_REACHED else "not_checked" if kind in (None, "unsupported") else "failed"
        return Check(check, status, None, _sentences([unreadable[system]]))
    if "sms_options" in live or any(plan.status == "ok" for plan in plans):
        return Check(check, "ok")
    if live.get("msg"):
        return _failed(check, live)
    return _missing(check)


def _judged(plan: Check, kind: str | None, login: Check) -> Check:
    """Return a check of the plans. It says nothing if the system itself could not be read."""
    if plan.status == "ok" or login.status == "ok":
        return plan
    if login.status == "not_checked":
        # A plan for a service that the server does not show is blind: it would always write.
        is_hidden = kind == "unsupported" or all(reason.startswith(_BLIND_STEPS) for reason in plan.reasons)
    else:
        is_hidden = plan.reasons == login.reasons or (kind is not None and kind != "invalid_input")
    if is_hidden:
        return Check(plan.check, "not_checked", None, [f"It could not be read. See: {login.title}."])
    return plan


def _secrets(one: Collected, wanted: Wanted, is_ok: bool) -> Iterator[Check]:
    """Yield whether the secrets of the services are those of the inventory."""
    live = one.live or {}
    probe = one.results.get(PROBE)
    is_proven = probe is not None and not probe.get("skipped") and not _is_failed(probe)
    hidden = [
        secret
        for secret in live.get("hidden_secrets") or []
        if not (is_proven and secret.endswith(".api_secret") and secret.startswith("custom_gateway_channels"))
    ]
    if is_ok and hidden:
        names = ", ".join(_name_of(secret, live) for secret in hidden)
        yield Check("secrets", "not_checked", None, _sentences([f"The server does not show them: {names}."]))
    elif is_ok:
        yield Check("secrets", "ok")
    if not wanted.probe or one.option != "custom_gateway":
        return
    if wanted.check_mode:
        reason = "The proof is an upload, and check mode uploads nothing. Run the playbook without --check."
        yield Check("api_secrets", "not_checked", None, [reason])
    elif probe is None or probe.get("skipped"):
        yield _missing("api_secrets")
    elif _is_failed(probe):
        yield _failed("api_secrets", probe, unproven=("unsupported",))
    else:
        yield Check("api_secrets", "ok")


def _name_of(secret: str, live: Mapping[str, Any]) -> str:
    """Return how to call a secret. The channels of the server may be in another order than those of the inventory."""
    found = _CHANNEL_SECRET.fullmatch(secret)
    listed = (live.get("variables") or {}).get("custom_gateway_channels") or []
    if not found or int(found[1]) >= len(listed):
        return secret
    return f"{found[2]} of the channel {listed[int(found[1])].get('channel_id')}"


def _cluster_api_key(result: Mapping[str, Any] | None) -> Iterator[Check]:
    """Yield whether the API key exists with which Genesys Cloud CX calls the webhooks of the numbers."""
    if result is None:
        yield _missing("cluster_api_key")
        return
    if result.get("skipped"):
        return
    if _is_failed(result):
        # The login of a tenant needs no right to list API keys.
        yield _failed("cluster_api_key", result, unproven=("unsupported", "invalid_input", "refused"))
        return
    found = result.get("api_keys") or []
    if not found:
        reason = (
            "nexus_cluster_api_key: Digital Channels has no such API key. Set the variable to an existing key, or "
            "create one with the module nexus_api_key."
        )
        yield Check("cluster_api_key", "failed", None, [reason])
    elif not any(key.get("enabled") for key in found):
        name = in_message(str(found[0].get("name")))
        yield Check("cluster_api_key", "failed", None, [f"The API key {name} is disabled. Enable it."])
    elif any(key.get("tenant") for key in found):
        reason = (
            "nexus_cluster_api_key: it is an API key of one tenant. Set the variable to a key of the whole "
            "installation."
        )
        yield Check("cluster_api_key", "failed", None, [reason])
    elif not any(_CLUSTER_PERMISSION in (key.get("permissions") or ()) for key in found):
        reason = f"The API key does not have the permission {_CLUSTER_PERMISSION}, so it may not be enough."
        yield Check("cluster_api_key", "not_checked", None, [reason])
    else:
        yield Check("cluster_api_key", "ok")


def _hosts(one: Collected, wanted: Wanted) -> Iterator[Check]:
    """Yield whether the hosts of webhooks accept connections."""
    if not wanted.hosts:
        return
    result = one.results.get(HOSTS)
    if result is None or result.get("skipped"):
        yield _missing("webhook_host")
        return
    if _is_failed(result):
        yield _failed("webhook_host", result)
    elif not result.get("hosts") and not one.results.get("genesys_cloud_numbers", {"skipped": True}).get("skipped"):
        reason = f"No URL of the numbers' webhooks is known. See: {TITLES['tollfree_numbers']}."
        yield Check("webhook_host", "not_checked", None, [reason])
    for host in result.get("hosts") or []:
        reachable = host.get("reachable")
        status = "not_checked" if reachable is None else "ok" if reachable else "failed"
        reasons = _sentences([] if reachable else [f"The host {host.get('problem')}."])
        name = str(host.get("host"))
        # An address of IPv6 has colons.
        subject = f"{f'[{name}]' if ':' in name else name}:{host.get('port')}"
        yield Check("webhook_host", status, in_message(subject), reasons)


def _failed(check: str, result: Mapping[str, Any], unproven: tuple[str | None, ...] = ()) -> Check:
    """Return the check of a failed result.

    :arg unproven: the kinds of failures that say nothing about the tenant.
    """
    kind = _kind(result)
    status = "unreachable" if kind in NOT_REACHED else "not_checked" if kind in unproven else "failed"
    if "censored" in result:
        return Check(check, status, None, ["The result of the task is hidden by no_log."])
    told = result.get("msg")
    return Check(check, status, None, _sentences(told if isinstance(told, list) else [told or "It has no message."]))


def _missing(check: str) -> Check:
    return Check(check, "failed", None, ["It was not checked. The output of the run says why."])


def _is_failed(result: Mapping[str, Any]) -> bool:
    return bool(result.get("failed") or result.get("unreachable"))


def _kind(result: Mapping[str, Any]) -> str | None:
    failure = result.get("failure")
    return failure.get("kind") if isinstance(failure, Mapping) else None


def _sentences(texts: Iterable[Any]) -> list[str]:
    return [in_message(str(text), _LONGEST) for text in texts]


def table(made: Mapping[str, Any], width: int) -> list[str]:
    """Return the lines of the table: each check of each tenant, and the totals."""
    tenants = sorted(made["tenants"], key=lambda tenant: OUTCOMES.index(tenant["outcome"]))
    short = len(tenants) > _MOST_TENANTS
    rows: list[tuple[str, str, str, list[str]]] = []
    for tenant in tenants:
        checks = [Check(**check) for check in tenant["checks"]]
        if short and tenant["outcome"] == "ok":
            rows.append((tenant["tenant"], f"all {count(len(checks), 'check')}", "ok", []))
        else:
            rows += [(tenant["tenant"], check.title, word(check.status), check.reasons) for check in checks]
    names = max([len("tenant"), *(len(row[0]) for row in rows)])
    titles = max([len("check"), *(len(row[1]) for row in rows)])
    lines = [f"{'tenant':{names}}  {'check':{titles}}  result"] if rows else []
    for name, title, status, reasons in rows:
        lines.append(f"{name:{names}}  {title:{titles}}  {status}")
        lines += [line.text for line in wrapped(" ".join(reasons), width, _INDENT, None, _MOST_LINES)]
    return [*lines, *(line.text for line in wrapped(_totals(made["totals"]), width, "", None))]


def _totals(totals: Mapping[str, Any]) -> str:
    if not totals["tenants"]:
        return "This run had no tenant."
    words = [f"{totals[outcome]} {word(outcome)}" for outcome in OUTCOMES if totals[outcome]]
    return f"{count(totals['tenants'], 'tenant')}: {', '.join(words)}."
