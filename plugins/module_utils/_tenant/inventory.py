# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight: check the tenants of an inventory, each alone and against the others, without calling a server.

Each variable of each host is read separately. If one can't be read, the finding names the host and the variable, and
only what depends on the variable is stopped.
"""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from .._core import checks
from .._core.errors import InvalidInput
from .._core.input import check_input
from .._core.variables import is_named, or_list, told_source, variables_of
from .._genesys_cloud.numbers.rules import is_database, journal_place
from .._genesys_cloud.regions import REGIONS
from .environment import ENVIRONMENT, environment_source, from_environment
from .inventory_lists import LISTED, Number, list_problems

ALL = "variables"
"""The name that findings use if Ansible can't evaluate any variable of a host."""

CONFIGURATION = "configuration"
"""Among the needed variables, this name stands for the variables of GWS or GAX, whichever the tenant uses."""

CONNECTION = "ansible_connection"
"""Among the needed variables, this name asks for a check of where the tasks of a tenant run, and as which user."""

JOURNAL = "genesys_cloud_journal"
"""Among the needed variables, this name asks for a check that the journal's variables can be read.

It is for tenants that have gc_client_id, whatever their SMS option. The variables need not be set.
"""

_MACHINES = ("ansible_host", "ansible_ssh_host")

WITHOUT_SMS = "without_sms"
"""The group of hosts that look like tenants but have no SMS."""

OWN = "preflight_own"
"""The variable that lists names which are not typos."""

SHARED = "shared_numbers"
"""The variable that lists numbers which several tenants share on purpose."""

SWITCHES = (
    *("allow_no_tenants", "remove_all", "create_journal", "rebuild_journal", "bootstrap_rotate_secret"),
    *("allow_missing_slices", "fail_on_drift", "export_overwrite", "export_secrets", "available_numbers"),
    *("verify_webhook_hosts", "verify_probe", "fail_on_unchecked"),
    *("rotation_remove", "rotation_confirm_unseen", "rotation_ready", "rotation_probe"),
    *("decommission_all", "decommission_api_key"),
    *("switch_all", "switch_without_probe", "switch_remove_former"),
)
"""Flags that are set with ``-e``. An empty value, as a survey leaves it, counts as not set."""

ROTATED = (
    *(
        f"rotated_{secret}{part}"
        for secret in ("kaleyra_password", "gateway_webhook_secret", "gateway_api_secret")
        for part in ("", "_previous", "_next", "_rotation")
    ),
    *(f"rotated_kaleyra_username{part}" for part in ("", "_previous", "_next")),
)
"""The variables of the files of nexus_secret_rotation. Nobody sets them by hand, so no other name is a typo of one."""

PLAYBOOK_VARIABLES = (
    *(*SWITCHES, SHARED),
    *("gc_admin_client_id", "gc_admin_client_secret", "gc_admin_access_token", "gc_admin_user_email"),
    *("bootstrap_directory", "bootstrap_vault_password_file", "bootstrap_vault_id"),
    *("bootstrap_role", "bootstrap_client"),
    *("intent", "resolution", "adopted_number", "forget_confirmation"),
    *("summary_files", "merged_summary_file", "summary_file", "summary_slice_number", "summary_slice_count"),
    *("report_directory", "export_directory", "verify_file", "copy_journal_from"),
    *("numbers_directory", "adopt_numbers", "available_vanity", "available_count"),
    *("rotate", "rotation", "rotation_key", "rotation_directory", "decommission_numbers"),
    *("rotation_secret", "rotation_username", "rotation_channels"),
    "switch_to",
    # The files of a rotation have these.
    *ROTATED,
    "gc_client_rotation",
    *(
        f"{key}{part}"
        for key in ("nexus_cluster_api_key", "nexus_api_key")
        for part in ("_previous", "_next", "_rotation")
    ),
)
"""The variables that the playbooks read in addition to those of the roles."""

ROLES = {
    "kaleyra": ("kaleyra", "sender_ids"),
    "custom_gateway": ("custom_gateway", "webhook_headers", "sender_ids"),
    "genesys_cloud": ("genesys_cloud", "sender_ids"),
}
"""The roles of each SMS option."""

WAYS = {
    "gws": (
        ("gws_url", "gws_client_id", "gws_client_secret"),
        ("gws_auth_url", "gws_username", "gws_password", "gws_api_key", "gws_check_ccid"),
    ),
    "gax": (("gax_url", "gax_username", "gax_password"), ()),
}
"""By value of the variable ``configuration``: the variables that are required, and those that are optional."""

_NO_JOURNAL = (
    "genesys_cloud_journal: it is not set, and there is no default because the inventory is not a file. "
    "Set it to the absolute path of a file that is kept between runs, or to the URL of a PostgreSQL database."
)

_TEXT = {"type": "str"}

_TEXTS = {"type": "list", "elements": "str"}

_FLAG = {"type": "bool"}

_CHOICE_OF_WAY = {"type": "str", "choices": list(WAYS)}

_SAME = 0.8
"""If two names are at least this similar, one may be a typo of the other."""

_NAMED = 3
"""A warning names at most this many hosts."""

_LEAST_NATIONAL = 9
"""A number with at least this many digits may be another number without its country code."""

Spec = Mapping[str, Mapping[str, Any]]


_NOT_OMITTED = (
    *("http_options", "webhook_headers", "tollfree_numbers", "custom_gateway_purge", "webhook_headers_purge"),
    *("gc_login_url", "gc_api_url", "gc_client_id", "gc_client_secret"),
)
"""Variables that can't be set to ``omit``, because the roles use them in expressions."""


class CantRead(Exception):
    """A variable can't be read. The message says why, and holds no values."""


class Omitted(Exception):
    """A variable is set to ``omit``."""


class Variables:
    """The variables of a host.

    :arg values: the defined variables, not yet evaluated.
    :arg broken: why none of them can be read; None if they can.
    """

    def __init__(self, values: Mapping[str, Any], broken: str | None = None) -> None:
        self.values = values
        self.broken = broken

    def read(self, name: str) -> Any:
        """Return the value of a defined variable. Raise CantRead or Omitted if it has none."""
        return self.values[name]

    def helpers(self) -> set[str]:
        """Return the names of variables that other variables refer to."""
        return set()


@dataclass(frozen=True)
class Question:
    """The requirements that an inventory is checked against.

    :arg needed: names of variables that each tenant of the play must have. A name that ends in ``_url`` holds a URL.
    :arg options: by group, names of variables that its tenants must have too. A tenant is in one of these groups.
    :arg roles: by role, the specification of its variables.
    :arg own: names of variables that are not typos, although they look like those of a role.
    :arg environment: the environment of the process that runs Ansible.
    :arg connection: the connection of hosts that do not set one.
    :arg native: whether Jinja's native mode is on.
    :arg alike: names of variables that must have the same value on all ``alike_hosts`` that set them. If a value is
        given here, they must have this one.
    :arg target: the SMS option that the tenants of the play get. It counts in place of the group of each.
    """

    needed: tuple[str, ...] = ()
    options: Mapping[str, Iterable[str]] = field(default_factory=dict)
    roles: Mapping[str, Spec] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    connection: str = "local"
    native: bool = False
    alike: Mapping[str, str | None] = field(default_factory=dict)
    alike_hosts: tuple[str, ...] = ()
    target: str = ""

    @cached_property
    def known(self) -> set[str]:
        """All variables that the roles, playbooks and modules read."""
        of_roles = {name for spec in self.roles.values() for name in spec}
        needed = {*self.needed, *(name for names in self.options.values() for name in names)}
        return of_roles | needed | set(PLAYBOOK_VARIABLES) | set(ENVIRONMENT)

    @cached_property
    def typos(self) -> dict[str, str | None]:
        """A cache for ``typo_of``, since all hosts of a group have the same variables."""
        return {}

    def typo_of(self, name: str) -> str | None:
        """Return the variable that a name may be a typo of."""
        if name not in self.typos:
            near = difflib.get_close_matches(name, self.known.difference(ROTATED), n=1, cutoff=_SAME)
            # Prefixes such as vault_ are put before a name on purpose.
            self.typos[name] = near[0] if near and not name.endswith(f"_{near[0]}") else None
        return self.typos[name]

    def in_environment(self, name: str) -> str | None:
        """Return the value that the environment gives to a variable that is not defined."""
        return from_environment(name, self.environment)


@dataclass
class Report:
    """The findings by host, which stop the host, and the warnings, which stop nothing."""

    findings: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, host: str, *problems: object) -> None:
        """Add findings of a host, each once."""
        for problem in map(str, problems):
            found = self.findings.setdefault(host, [])
            if problem not in found:
                found.append(problem)


class _Tenant:
    """A host that has a ccid or belongs to the play."""

    def __init__(self, name: str, variables: Variables, question: Question, checked: bool) -> None:
        self.name = name
        self.checked = checked
        self.variables = variables
        self.unread: dict[str, str] = {}
        self.omitted: set[str] = set()
        self._question = question
        self._read: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """Return the value of a variable, or that of the environment. Return None if it is not set or can't be read."""
        if name not in self._read:
            self._read[name] = self._value(name)
        return self._read[name]

    def _value(self, name: str) -> Any:
        if self.variables.broken is not None:
            self.unread[ALL] = self.variables.broken
            return None
        if name not in self.variables.values:
            return self._question.in_environment(name)
        try:
            return self.variables.read(name)
        except CantRead as error:
            self.unread[name] = str(error)
            return None
        except Omitted:
            self.omitted.add(name)
            return self._question.in_environment(name)

    def defined(self, name: str) -> bool:
        """Return True if the inventory sets a variable, to null too."""
        return name in self.variables.values and name not in self.omitted

    def source(self, name: str) -> str | None:
        """Return the environment variable that is used for a variable that the inventory does not set."""
        if self.defined(name) or self.variables.broken is not None:
            return None
        return environment_source(name, self._question.environment)

    @property
    def groups(self) -> tuple[str, ...]:
        """The inventory groups of the host."""
        return tuple(self.variables.values.get("group_names") or ())

    @property
    def options(self) -> list[str]:
        """The SMS options of the tenant, or the one that it gets; more than one is an error."""
        found = [group for group in self._question.options if group in self.groups]
        return [self._question.target] if self._question.target and self.checked and len(found) == 1 else found

    @property
    def may_have_sms(self) -> bool:
        """Whether the tenant is in the play or has an SMS option, as far as the options are known."""
        return self.checked or bool(self.options) or not self._question.options


def inspect(hosts: Mapping[str, Variables], play_hosts: Iterable[str], question: Question) -> Report:
    """Return all findings about the tenants of an inventory.

    :arg hosts: all hosts of the inventory. A host without a ``ccid`` that is not in the play is not a tenant.
    :arg play_hosts: the hosts that the play acts on. Problems that concern other hosts only are ignored.
    """
    report = Report()
    checked = set(play_hosts)
    tenants = [
        _Tenant(name, variables, question, name in checked)
        for name, variables in hosts.items()
        if name in checked or "ccid" in variables.values or variables.broken
    ]
    for tenant in tenants:
        if tenant.checked:
            report.add(tenant.name, *_own_problems(tenant, question))
        elif question.options and _is_stray(tenant):
            report.add(tenant.name, _stray(tenant, question))
    _compare(tenants, report)
    _compare_accounts(tenants, question, report)
    others = _compare_alike({tenant.name: tenant for tenant in tenants}, hosts, question, report)
    unread: dict[tuple[str, str], list[str]] = {}
    typos: dict[str, list[str]] = {}
    for tenant in [*tenants, *others]:
        if tenant.checked:
            for typo in _typos(tenant, question, beside=True):
                typos.setdefault(typo, []).append(tenant.name)
            report.add(tenant.name, *(f"{name}: {reason}" for name, reason in tenant.unread.items()))
            if tenant.name in report.findings:
                found = report.findings[tenant.name]
                report.findings[tenant.name] = [" ".join([text, *_sources(tenant, text)]) for text in found]
        elif not _is_stray(tenant):
            for problem in tenant.unread.items():
                unread.setdefault(problem, []).append(tenant.name)
    # Many hosts may share the variable that can't be read: one warning for all.
    report.warnings += [
        f"{_some(names)}: {name}: {reason}. The preflight can't compare it with the tenants of this run."
        for (name, reason), names in unread.items()
    ]
    report.warnings += [f"{_some(names)}: {typo}" for typo, names in typos.items()]
    return report


def _sources(tenant: _Tenant, finding: str) -> list[str]:
    """Return a sentence for each variable in a finding whose value came from the environment."""
    return [
        told_source(name, source)
        for name in ENVIRONMENT
        if is_named(name, finding) and tenant.get(name) is not None and (source := tenant.source(name)) is not None
    ]


def _some(names: list[str]) -> str:
    """Return the first names of a list, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _is_stray(tenant: _Tenant) -> bool:
    """Return True if a host looks like a tenant but is in no group of an SMS option."""
    return (
        not tenant.options
        and WITHOUT_SMS not in tenant.groups
        and any(tenant.variables.values.get(name) for name in LISTED)
    )


def _stray(tenant: _Tenant, question: Question) -> str:
    named = next(name for name in sorted(LISTED) if tenant.variables.values.get(name))
    options = ", ".join(question.options)
    first = next(iter(question.options))
    return (
        f"It has a ccid and {named}, but it is in none of the groups {options}. Make its group a child of one of them, "
        f"such as {first}: {{children: {{its_group: }}}}. "
        f"If the host has no SMS, make its group a child of {WITHOUT_SMS}."
    )


def _own_problems(tenant: _Tenant, question: Question) -> list[str]:
    """Return the findings about a tenant of the play itself, without its lists."""
    groups = tenant.options
    found = []
    if len(groups) > 1:
        both = " and ".join(groups)
        found.append(f"It is in the groups {both}. A tenant has one SMS option. Keep it in one of these groups only.")
    specified = _specified(groups, question)
    # With two options it is unknown which variables the tenant needs.
    needed = [*question.needed, *(question.options[groups[0]] if len(groups) == 1 else ())]
    if CONNECTION in needed:
        found += _connection_problems(tenant, question)
    named = _named(tenant, needed)
    own: dict[str, Mapping[str, Any]] = {CONFIGURATION: _CHOICE_OF_WAY, SHARED: _TEXTS}
    own.update(dict.fromkeys((name for name in SWITCHES if tenant.get(name) != ""), _FLAG))
    if JOURNAL in needed and tenant.get("gc_client_id"):
        own.update(dict.fromkeys((JOURNAL, "genesys_cloud_journal_password"), _TEXT))
    wrong_kinds = dict(_wrong_kinds(tenant, {**own, **dict.fromkeys(named, _TEXT), **specified}, question))
    problems = [_variable_problem(tenant, name, must) for name, must in named.items() if name not in wrong_kinds]
    found += [problem for problem in problems if problem is not None]
    found += [str(problem) for wrong in wrong_kinds.values() for problem in wrong]
    found += _placeholders(tenant, _used(tenant, named, specified, question))
    found += [
        f"{name}: it is set to omit, which this variable does not support. Remove it instead."
        for name in _NOT_OMITTED
        if tenant.get(name) is None and name in tenant.omitted
    ]
    return [*found, *_typos(tenant, question)]


def _named(tenant: _Tenant, needed: Iterable[str]) -> dict[str, bool]:
    """Return the names of the needed variables, those of GWS or GAX included, and whether each must be set."""
    names: dict[str, bool] = {}
    for name in needed:
        if name == CONFIGURATION:
            required, optional = WAYS.get(str(tenant.get(CONFIGURATION) or "gws"), ((), ()))
            names.update({**dict.fromkeys(required, True), **dict.fromkeys(optional, False)})
        elif name not in (CONNECTION, JOURNAL):
            names[name] = True
    return names


def _used(tenant: _Tenant, named: Mapping[str, bool], specified: Mapping[str, Any], question: Question) -> list[str]:
    """Return the variables that the play uses. They include those of the roles, if the play runs the roles."""
    if not any(question.options[group] for group in tenant.options):
        return list(named)
    way = WAYS.get(str(tenant.get(CONFIGURATION) or "gws"), ((), ()))
    others = {name for names in WAYS.values() for part in names for name in part} - {*way[0], *way[1]}
    return [name for name in dict.fromkeys([*named, *specified]) if name in named or name not in others]


def _placeholders(tenant: _Tenant, names: Iterable[str]) -> list[str]:
    """Return findings about variables that still have the placeholder of an example."""
    return [str(problem) for name in names for problem in checks.placeholders(name, tenant.get(name))]


def _connection_problems(tenant: _Tenant, question: Question) -> list[str]:
    """Return findings if the tasks of a tenant would log in to a host of its name, or become another user."""
    found = []
    local = _is_local(tenant, question)
    elsewhere = any(tenant.get(name) for name in _MACHINES)
    if not local and not tenant.get(CONNECTION) and not elsewhere:
        found.append(
            f"{CONNECTION}: it is not set, so Ansible would log in to a machine with the name {tenant.name}. "
            "Set it to local, or set ansible_host to the machine that should run the tasks."
        )
    if local and _is_true(tenant.get("ansible_become")):
        found.append(
            "ansible_become: it is true, so Ansible would run the tasks as another user of this machine. "
            "Set it to false for tenants."
        )
    return found


def _specified(groups: Iterable[str], question: Question) -> dict[str, Mapping[str, Any]]:
    """Return the specification of the variables of the options' roles, or without options of all roles."""
    roles = {role for group in groups for role in ROLES.get(group, ())} or set(question.roles)
    return {name: spec for role in sorted(roles) for name, spec in question.roles.get(role, {}).items()}


def _wrong_kinds(
    tenant: _Tenant, specified: Mapping[str, Mapping[str, Any]], question: Question
) -> Iterator[tuple[str, list[InvalidInput]]]:
    """Yield the variables whose values have a wrong type, with the errors."""
    for name, spec in specified.items():
        if name in LISTED or not tenant.defined(name) or (value := tenant.get(name)) is None:
            continue
        if spec.get("type") == "dict" and isinstance(value, str):
            # A module would parse it, but the roles combine it with other options first.
            remedy = f"Set it to a dictionary. With -e, write the whole variable as JSON: -e '{{\"{name}\": {{...}}}}'"
            yield name, [InvalidInput(name, "must be a dictionary, not a string", remedy)]
        elif isinstance(value, str) and not value and spec.get("type", "str") != "str":
            yield name, [InvalidInput(name, "it is empty", "Give a value, or leave it out")]
        elif problems := check_input({name: spec}, {name: value}, native=question.native):
            yield name, problems


def _is_true(value: Any) -> bool:
    """Return True if Ansible reads a value as true."""
    try:
        return value is not None and bool(boolean(value, strict=True))
    except TypeError:
        return False


def _typos(tenant: _Tenant, question: Question, *, beside: bool = False) -> list[str]:
    """Return findings about variables that nothing reads, if their names are like known ones or are module options.

    :arg beside: return the uncertain ones instead, which are warnings: the variable that seems to be meant is set as
        well, or the name is one that inventories use for other purposes.
    """
    unknown = [
        name
        for name in tenant.variables.values
        if name not in question.known and name not in question.own and not name.startswith(("ansible_", "preflight_"))
    ]
    near = {
        name: meant
        for name in unknown
        if (found := _meant(tenant, name, question)) is not None
        for meant, is_guess in [found]
        # If both are set, a name that ends with the other, such as vault_gax_password, is not a typo.
        if is_guess is beside and not (beside and name.endswith(meant))
    }
    if not near:
        return []
    helpers = tenant.variables.helpers() | set(_listed(tenant.get(OWN)))
    return [
        f"{name}: no role reads this variable. Did you mean {meant}? If it is your own, list it in preflight_own."
        for name, meant in near.items()
        if name not in helpers
    ]


def _meant(tenant: _Tenant, name: str, question: Question) -> tuple[str, bool] | None:
    """Return the variable that an unknown name seems to mean, and whether that is uncertain."""
    specified = _specified(tenant.options, question)
    named = [one for one in variables_of(name) if one.partition(".")[0] in specified]
    if named:
        # Inventories use ordinary words, and names such as validate_certs, for other purposes too.
        is_guess = "_" not in name or named[0].startswith("http_options.")
        return or_list(named), is_guess or any(map(tenant.defined, named))
    meant = question.typo_of(name)
    if meant is None:
        return None
    return meant, tenant.defined(meant)


def _variable_problem(tenant: _Tenant, name: str, required: bool) -> str | None:
    value = tenant.get(name)
    try:
        if value is None:
            source = tenant.source(name)
            if source is not None:
                raise InvalidInput(
                    name,
                    f"the value of the environment variable {source} is not a region of Genesys Cloud CX",
                    f"Use one of {', '.join(REGIONS)}, or set the URL in the inventory",
                )
            if required and name not in tenant.unread:
                variables = "" if tenant.defined(name) else " or ".join(ENVIRONMENT.get(name, ()))
                raise InvalidInput(
                    name,
                    "it is not set (null)" if tenant.defined(name) else "it is not set",
                    "Set it in the inventory" + (f", or set the environment variable {variables}" if variables else ""),
                )
            return None
        if name in LISTED:
            # list_problems() checks it later. As a string, all of it would be evaluated now.
            return None
        text = checks.not_empty(name, str(value))
        if name.endswith("_url"):
            checks.http_url(name, text)
    except InvalidInput as error:
        return str(error)
    return None


class _Claims:
    """Things that only one tenant can have, each with the tenants that have it."""

    def __init__(self) -> None:
        self._claims: dict[tuple[str, ...], list[tuple[_Tenant, str, bool]]] = {}

    def add(self, tenant: _Tenant, thing: tuple[str, ...], sentence: str, *, shared: bool = False) -> None:
        """Add a tenant that has a thing.

        :arg sentence: the finding if another tenant has it too. ``{other}`` in it becomes that tenant's name.
        :arg shared: the tenant allows that others have it.
        """
        self._claims.setdefault(thing, []).append((tenant, sentence, shared))

    def report_to(self, report: Report) -> None:
        """Add a finding for each tenant of the play that has a thing which another tenant has too."""
        for claims in self._claims.values():
            for tenant, sentence, shared in claims:
                others = [
                    other.name for other, _sentence, too in claims if other is not tenant and not (shared and too)
                ]
                if others and tenant.checked:
                    report.add(tenant.name, sentence.format(other=" and ".join(dict.fromkeys(others))))


def _compare(tenants: Iterable[_Tenant], report: Report) -> None:
    """Find things that only one tenant can have but several have."""
    claims = _Claims()
    numbers: list[tuple[_Tenant, Number]] = []
    for tenant in tenants:
        _claim_identity(tenant, claims, report)
        found, wrong = list_problems(tenant.get)
        if tenant.checked:
            report.add(tenant.name, *wrong)
        shared = _shared(tenant)
        for number in found:
            numbers.append((tenant, number))
            claims.add(
                tenant,
                (number.kind, number.digits),
                f"{number.parameter}: the {number.kind} {number.digits} also belongs to {{other}}. Keep it "
                f"for one tenant only. If tenants share it on purpose, list it in {SHARED} of each of them.",
                shared=number.digits in shared,
            )
    claims.report_to(report)
    report.warnings += _other_spellings(numbers)


def _claim_identity(tenant: _Tenant, claims: _Claims, report: Report) -> None:
    """Add the ccid of a tenant and its login."""
    ccid = tenant.get("ccid")
    if isinstance(ccid, str):
        try:
            claims.add(
                tenant,
                ("ccid", checks.uuid("ccid", ccid)),
                "ccid: it is also the ccid of {other}. Use one inventory host for each tenant.",
            )
        except InvalidInput as error:
            if tenant.checked:
                report.add(tenant.name, error)
    login = _login(tenant)
    # A contact center without SMS has no login. That of the environment is for the tenants.
    if login is not None and (tenant.may_have_sms or tenant.source(login[0]) is None):
        claims.add(
            tenant,
            login,
            f"{login[0]}: {{other}} uses the same login. The login determines which tenant's configuration is changed. "
            "Use a separate login for each tenant.",
        )


def _shared(tenant: _Tenant) -> set[str]:
    """Return the numbers that a tenant shares on purpose."""
    return {checks.digits(number) for number in _listed(tenant.get(SHARED))}


def _listed(value: Any) -> list[str]:
    """Return the strings of a list. Like Ansible, accept one string with commas."""
    if isinstance(value, str):
        value = value.split(",")
    return [text.strip() for text in value if isinstance(text, str)] if isinstance(value, (list, tuple)) else []


def _login(tenant: _Tenant) -> tuple[str, str, str] | None:
    """Return the variable that holds a tenant's login, its value and the base URL. Return None if it is not set."""
    if tenant.get(CONFIGURATION) == "gax":
        name, url = "gax_username", "gax_url"
    else:
        name, url = "gws_username" if tenant.get("gws_username") else "gws_client_id", "gws_url"
    value = tenant.get(name)
    # Upper and lower case make no difference to a login.
    return (name, str(value).strip().casefold(), _base(tenant, url)) if value else None


def _base(tenant: _Tenant, url: str) -> str:
    """Return the canonical form of a base URL, for comparisons."""
    return checks.url_meaning(checks.without_api_path(url, str(tenant.get(url)).strip().rstrip("/")))


def _other_spellings(numbers: list[tuple[_Tenant, Number]]) -> list[str]:
    """Return a warning for each two numbers that may be the same, written differently."""
    found: dict[tuple[str, str], str] = {}
    places: dict[str, list[tuple[_Tenant, Number]]] = {}
    for tenant, number in numbers:
        bare = number.digits.lstrip("0")
        # A number and its form with a country code have the same last digits.
        others = places.setdefault(bare[-_LEAST_NATIONAL:], [])
        for other, first in others:
            if (tenant.checked or other.checked) and _may_be_one(first.digits, number.digits):
                found.setdefault(
                    (first.digits, number.digits),
                    f"{tenant.name}: {number.parameter}: the {number.kind} {number.digits} may be the same as the "
                    f"{first.kind} {first.digits} of {other.name} ({first.parameter}). If so, write both the same way.",
                )
        others.append((tenant, number))
    return list(found.values())


def _may_be_one(one: str, other: str) -> bool:
    """Return True if two strings may be one number, with and without leading zeros or a country code."""
    shorter, longer = sorted((one.lstrip("0"), other.lstrip("0")), key=len)
    return one != other and (
        shorter == longer
        or (len(shorter) >= _LEAST_NATIONAL and len(longer) - len(shorter) <= 3 and longer.endswith(shorter))
    )


def _compare_accounts(tenants: Iterable[_Tenant], question: Question, report: Report) -> None:
    """Find OAuth clients whose purchases go to more than one journal: the purchase limit would not hold."""
    accounts: dict[tuple[str, str], dict[str, list[_Tenant]]] = {}
    buyers = [tenant for tenant in tenants if _has_account(tenant)]
    for tenant in buyers:
        url, client, journal = tenant.get("gc_api_url"), tenant.get("gc_client_id"), _journal(tenant)
        if journal is None and "genesys_cloud_journal" not in tenant.unread:
            if tenant.checked and tenant.get("tollfree_numbers") and tenant.defined("inventory_dir"):
                report.add(tenant.name, _NO_JOURNAL)
        elif url and client and journal:
            account = accounts.setdefault((_base(tenant, "gc_api_url"), str(client).strip().lower()), {})
            account.setdefault(journal, []).append(tenant)
    for journals in accounts.values():
        _check_journals(journals, report)
        for journal, users in journals.items():
            _two_machines(journal, [tenant for tenant in users if _may_buy(tenant)], question, report)
    for tenant in buyers:
        if tenant.checked and _may_buy(tenant):
            report.add(tenant.name, *_unsure_accounts(tenant, buyers))


def _compare_alike(
    tenants: Mapping[str, _Tenant], hosts: Mapping[str, Variables], question: Question, report: Report
) -> list[_Tenant]:
    """Find hosts with different values. Return those of the compared hosts that are not tenants."""
    others = {
        name: _Tenant(name, hosts[name], question, checked=False)
        for name in question.alike_hosts
        if name in hosts and name not in tenants
    }
    known = {**tenants, **others}
    alike = [known[name] for name in question.alike_hosts if name in known]
    for name, value in question.alike.items():
        _compare_values(name, value, alike, report)
    return list(others.values())


def _compare_values(name: str, expected: str | None, tenants: Sequence[_Tenant], report: Report) -> None:
    """Find hosts whose value differs from the expected one or, if none is expected, from each other."""
    found: dict[str, list[str]] = {}
    for tenant in tenants:
        if tenant.get(name):
            found.setdefault(_meaning(tenant, name), []).append(tenant.name)
    if expected is not None:
        found.pop(expected.strip().lower(), None)
        for host in (host for hosts in found.values() for host in hosts):
            report.add(host, f"{name}: must be {expected}.")
    elif len(found) > 1:
        # Only URLs are shown: another value may be a secret in the wrong place.
        is_url = name.endswith("_url")
        places = [f"{value if is_url else 'another value'} for {_some(of)}" for value, of in found.items()]
        if not is_url:
            places[0] = places[0].replace("another value", "one value", 1)
        report.add(
            tenants[0].name,
            f"{name}: it is {', and '.join(places)}. This run would use only the first. Select tenants with the same "
            f"{name} with --limit. Then run the playbook again for the others, with another bootstrap_directory.",
        )


def _meaning(tenant: _Tenant, name: str) -> str:
    """Return the canonical form of a variable's value, for comparisons."""
    if not name.endswith("_url"):
        return str(tenant.get(name)).strip().lower()
    base = _base(tenant, name)
    try:
        return checks.http_url(name, base)
    except InvalidInput:
        return "an invalid URL"


def _has_account(tenant: _Tenant) -> bool:
    """Return True if a tenant uses Genesys Cloud CX. A play of the user's own may have groups with other names."""
    return "genesys_cloud" in tenant.options or (not tenant.options and "tollfree_numbers" in tenant.variables.values)


def _journal(tenant: _Tenant) -> str | None:
    """Return the path or URL of a tenant's journal, in its canonical form."""
    if tenant.defined("genesys_cloud_journal"):
        value = tenant.get("genesys_cloud_journal")
        journal = "" if value is None else str(value)
        if "://" in journal:
            return journal
        # As ansible-core reads an option of the type path.
        return posixpath.normpath(posixpath.expanduser(posixpath.expandvars(journal))) if journal else None
    # If the inventory is not a file, Ansible sets this to the string None.
    directory = str(tenant.variables.values.get("inventory_dir"))
    return posixpath.normpath(f"{directory}/genesys_cloud_purchases.txt") if posixpath.isabs(directory) else None


def _unsure_accounts(tenant: _Tenant, buyers: Iterable[_Tenant]) -> list[str]:
    """Return findings if variables of other tenants can't be read that might name another journal of the account."""
    return [
        f"genesys_cloud_journal: {name} of {other.name} can't be read, so the preflight can't check that both tenants "
        f"use the same journal for the same account. Correct {name} of {other.name}, "
        "or set genesys_cloud_purchase_allowed to false."
        for other in buyers
        for name in ("gc_api_url", "gc_client_id", "genesys_cloud_journal", ALL)
        if other is not tenant and name in other.unread
    ]


def _check_journals(journals: Mapping[str, list[_Tenant]], report: Report) -> None:
    """Find places that can't have a journal, and tenants of one OAuth client with different journals."""
    for journal, users in journals.items():
        try:
            journal_place(journal, "genesys_cloud_journal")
        except InvalidInput as error:
            for tenant in users:
                if tenant.checked:
                    report.add(tenant.name, error)
            return
    if len(journals) > 1:
        _two_journals(journals, report)


def _two_journals(journals: Mapping[str, list[_Tenant]], report: Report) -> None:
    for journal, users in journals.items():
        other, others = next((path, found) for path, found in journals.items() if path != journal)
        for tenant in users:
            if tenant.checked:
                report.add(
                    tenant.name,
                    f"genesys_cloud_journal: it is {journal}, but {others[0].name} uses {other} with the same OAuth "
                    "client. Use one journal for all tenants of an OAuth client.",
                )


def _two_machines(journal: str, buyers: Sequence[_Tenant], question: Question, report: Report) -> None:
    """Find tenants whose tasks run on different machines: the same path is a different journal on each."""
    if is_database(journal):
        return
    machines = {tenant: place for tenant in buyers if (place := _machine(tenant, question)) is not None}
    for tenant, place in machines.items():
        other = next((user for user in machines if machines[user] != place), None)
        if tenant.checked and other is not None:
            report.add(
                tenant.name,
                f"genesys_cloud_journal: it is on {place}, where the tasks of this tenant run, but the journal of "
                f"{other.name} with the same OAuth client is on {machines[other]}. Run the tasks of all tenants that "
                "buy numbers with one OAuth client on one machine, or use a journal in a PostgreSQL database.",
            )


def _machine(tenant: _Tenant, question: Question) -> str | None:
    """Return the machine where the tasks of a tenant run, in words. Return None if the play may set it."""
    named = next((tenant.get(name) for name in _MACHINES if tenant.get(name)), None)
    if not tenant.get(CONNECTION) and (CONNECTION not in question.needed or named is None):
        return None
    return "the controller" if _is_local(tenant, question) else f"the machine {named or tenant.name}"


def _is_local(tenant: _Tenant, question: Question) -> bool:
    return str(tenant.get(CONNECTION) or question.connection).rpartition(".")[2] == "local"


def _may_buy(tenant: _Tenant) -> bool:
    return bool(tenant.get("tollfree_numbers")) and _is_true(tenant.get("genesys_cloud_purchase_allowed"))
