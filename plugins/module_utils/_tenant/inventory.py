# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong with the tenants of an inventory, alone and against each other, before anything is called.

Each variable of each host is read by itself, so that one which can't be read is told by host and name, and keeps back
only what depends on it.
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
from .._genesys_cloud.regions import REGIONS
from .environment import ENVIRONMENT, environment_source, from_environment
from .inventory_lists import LISTED, Number, list_problems

ALL = "variables"
"""What can't be read of a host whose variables Ansible can't put together."""

CONFIGURATION = "configuration"
"""As the name of a needed variable, it stands for those of the tenant's way to its configuration."""

CONNECTION = "ansible_connection"
"""As the name of a needed variable, it stands for where the tasks of a tenant run, and as which user."""

_MACHINES = ("ansible_host", "ansible_ssh_host")

WITHOUT_SMS = "without_sms"
"""The group of hosts that look like tenants and are to have no SMS."""

OWN = "preflight_own"
"""The variable that lists names which are no slips."""

SHARED = "shared_numbers"
"""The variable that lists numbers which several tenants have on purpose."""

SWITCHES = ("allow_no_tenants", "remove_all", "create_journal", "rebuild_journal", "bootstrap_rotate_secret")
"""What is given with ``-e`` to say that something is meant. Empty, as a survey leaves it, it is not given."""

PLAYBOOK_VARIABLES = (
    *(*SWITCHES, SHARED),
    *("gc_admin_client_id", "gc_admin_client_secret", "gc_admin_access_token", "gc_admin_user_email"),
    *("bootstrap_directory", "bootstrap_vault_password_file", "bootstrap_vault_id"),
    *("bootstrap_role", "bootstrap_client"),
    *("intent", "resolution", "adopted_number", "forget_confirmation"),
)
"""What the playbooks read beside the variables of roles."""

ROLES = {
    "kaleyra": ("kaleyra", "sender_ids"),
    "custom_gateway": ("custom_gateway", "webhook_headers", "sender_ids"),
    "genesys_cloud": ("genesys_cloud", "sender_ids"),
}
"""The roles of each SMS option."""

WAYS = {
    "gws": (
        ("gws_url", "gws_client_id", "gws_client_secret"),
        ("gws_auth_url", "gws_username", "gws_password", "gws_api_key"),
    ),
    "gax": (("gax_url", "gax_username", "gax_password"), ()),
}
"""The variables that each way needs, and those that it can do without."""

_NO_JOURNAL = (
    "genesys_cloud_journal: it is not set, and the inventory is no file that it could be beside. "
    "Set it to an absolute path that outlasts each run."
)

_TEXT = {"type": "str"}

_TEXTS = {"type": "list", "elements": "str"}

_FLAG = {"type": "bool"}

_CHOICE_OF_WAY = {"type": "str", "choices": list(WAYS)}

_SAME = 0.8
"""From this likeness on, one name may be a slip of another."""

_NAMED = 3
"""So many hosts are named in a warning."""

_LEAST_NATIONAL = 9
"""A number of so many digits, or more, may be the end of another one that begins with the code of a country."""

Spec = Mapping[str, Mapping[str, Any]]


_NOT_OMITTED = (
    *("http_options", "webhook_headers", "tollfree_numbers", "custom_gateway_purge", "webhook_headers_purge"),
    *("gc_login_url", "gc_api_url", "gc_client_id", "gc_client_secret"),
)
"""Variables that the roles compute with, so that they can't be what ``omit`` stands for."""


class CantRead(Exception):
    """The value of a variable can't be had. Its text says why, without any value."""


class Omitted(Exception):
    """The value of a variable is what ``omit`` stands for."""


class Variables:
    """The variables of a host.

    :arg values: those that are defined, as they are.
    :arg broken: why there are none to be had.
    """

    def __init__(self, values: Mapping[str, Any], broken: str | None = None) -> None:
        self.values = values
        self.broken = broken

    def read(self, name: str) -> Any:
        """Return the value of a variable that is defined; raise CantRead or Omitted where there is none to be had."""
        return self.values[name]

    def helpers(self) -> set[str]:
        """Return the names of variables that others are made from."""
        return set()


@dataclass(frozen=True)
class Question:
    """What is asked of an inventory.

    :arg needed: names of variables that tenants of the play have to have; one that ends in ``_url`` holds a URL.
    :arg options: by group, the names of variables that its tenants have to have too. A tenant is in one such group.
    :arg roles: by role, the specification of its variables.
    :arg own: names of variables that are no slips, though they look like ones of a role.
    :arg environment: the environment of the process that runs Ansible.
    :arg connection: how tasks reach hosts that say nothing else.
    :arg native: whether Jinja's native mode is on.
    :arg alike: names of variables that have one value on all of ``alike_hosts`` where they are set. With a value, that
        is the one.
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

    @cached_property
    def known(self) -> set[str]:
        """All names of variables that anything reads."""
        of_roles = {name for spec in self.roles.values() for name in spec}
        needed = {*self.needed, *(name for names in self.options.values() for name in names)}
        return of_roles | needed | set(PLAYBOOK_VARIABLES) | set(ENVIRONMENT)

    @cached_property
    def slips(self) -> dict[str, str | None]:
        """What was found already for a name: variables of a group are those of many hosts."""
        return {}

    def slip_of(self, name: str) -> str | None:
        """Return the variable that a name may be a slip of."""
        if name not in self.slips:
            near = difflib.get_close_matches(name, self.known, n=1, cutoff=_SAME)
            # Such as vault_ is put before a name on purpose.
            self.slips[name] = near[0] if near and not name.endswith(f"_{near[0]}") else None
        return self.slips[name]

    def in_environment(self, name: str) -> str | None:
        """Return what the environment says where a variable is not defined."""
        return from_environment(name, self.environment)


@dataclass
class Report:
    """What was found: sentences by host, and sentences that keep nobody back."""

    findings: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, host: str, *problems: object) -> None:
        """Note what keeps a host back."""
        for problem in map(str, problems):
            told = self.findings.setdefault(host, [])
            if problem not in told:
                told.append(problem)


class _Tenant:
    """A host with a ccid, or one of the play."""

    def __init__(self, name: str, variables: Variables, question: Question, checked: bool) -> None:
        self.name = name
        self.checked = checked
        self.variables = variables
        self.unread: dict[str, str] = {}
        self.omitted: set[str] = set()
        self._question = question
        self._read: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """Return the value of a variable, or what stands in for it; None where it is not set or can't be read."""
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
        """Tell whether the inventory says anything of a variable, null included."""
        return name in self.variables.values and name not in self.omitted

    def source(self, name: str) -> str | None:
        """Return the environment variable that says what a variable is, where the inventory does not."""
        if self.defined(name) or self.variables.broken is not None:
            return None
        return environment_source(name, self._question.environment)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of the host."""
        return tuple(self.variables.values.get("group_names") or ())

    @property
    def options(self) -> list[str]:
        """Its SMS options."""
        return [group for group in self._question.options if group in self.groups]


def inspect(hosts: Mapping[str, Variables], play_hosts: Iterable[str], question: Question) -> Report:
    """Tell what is wrong with the tenants of an inventory.

    :arg hosts: all hosts, to be compared; those without a ``ccid`` that are not of the play are no tenants.
    :arg play_hosts: those that something is to be done with. What is wrong with others alone is passed over.
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
    slips: dict[str, list[str]] = {}
    for tenant in [*tenants, *others]:
        if tenant.checked:
            for slip in _slips(tenant, question, beside=True):
                slips.setdefault(slip, []).append(tenant.name)
            report.add(tenant.name, *(f"{name}: {reason}" for name, reason in tenant.unread.items()))
            if tenant.name in report.findings:
                found = report.findings[tenant.name]
                report.findings[tenant.name] = [" ".join([text, *_sources(tenant, text)]) for text in found]
        elif not _is_stray(tenant):
            for problem in tenant.unread.items():
                unread.setdefault(problem, []).append(tenant.name)
    # All servers of a group may have the same file that can't be read.
    report.warnings += [
        f"{_some(names)}: {name}: {reason}. So it is not compared with the tenants of this run."
        for (name, reason), names in unread.items()
    ]
    # A variable of a group is one of many tenants.
    report.warnings += [f"{_some(names)}: {slip}" for slip, names in slips.items()]
    return report


def _sources(tenant: _Tenant, finding: str) -> list[str]:
    """Return which of the values that a finding is about came from the environment."""
    return [
        told_source(name, source)
        for name in ENVIRONMENT
        if is_named(name, finding) and tenant.get(name) is not None and (source := tenant.source(name)) is not None
    ]


def _some(names: list[str]) -> str:
    """Return the first names of a list that may be long, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _is_stray(tenant: _Tenant) -> bool:
    """Tell whether a host is to have SMS, as it seems, and has no option."""
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
        f"It has a ccid and {named}, and is in none of the groups {options}. Make its group a child of one of them, "
        f"such as {first}: {{children: {{its_group: }}}}; or of the group {WITHOUT_SMS}, if it is to have no SMS."
    )


def _own_problems(tenant: _Tenant, question: Question) -> list[str]:
    """Return what is wrong with a tenant of the play, its lists excepted."""
    groups = tenant.options
    found = []
    if len(groups) > 1:
        both = " and ".join(groups)
        found.append(f"It is in the groups {both}. A tenant has one SMS option: leave it in one of them.")
    specified = _specified(groups, question)
    # Which option's variables a tenant of two options needs is not known.
    needed = [*question.needed, *(question.options[groups[0]] if len(groups) == 1 else ())]
    if CONNECTION in needed:
        found += _connection_problems(tenant, question)
    named = _named(tenant, needed)
    own: dict[str, Mapping[str, Any]] = {CONFIGURATION: _CHOICE_OF_WAY, SHARED: _TEXTS}
    own.update(dict.fromkeys((name for name in SWITCHES if tenant.get(name) != ""), _FLAG))
    wrong_kinds = dict(_wrong_kinds(tenant, {**own, **dict.fromkeys(named, _TEXT), **specified}, question))
    problems = [_variable_problem(tenant, name, must) for name, must in named.items() if name not in wrong_kinds]
    found += [problem for problem in problems if problem is not None]
    found += [str(problem) for wrong in wrong_kinds.values() for problem in wrong]
    found += _placeholders(tenant, _used(tenant, named, specified, question))
    found += [
        f"{name}: it is omitted, which it can't be. Leave it out."
        for name in _NOT_OMITTED
        if tenant.get(name) is None and name in tenant.omitted
    ]
    return [*found, *_slips(tenant, question)]


def _named(tenant: _Tenant, needed: Iterable[str]) -> dict[str, bool]:
    """Return the names of needed variables, those of the way to the configuration too, and whether each must be set."""
    names: dict[str, bool] = {}
    for name in needed:
        if name == CONFIGURATION:
            required, optional = WAYS.get(str(tenant.get(CONFIGURATION) or "gws"), ((), ()))
            names.update({**dict.fromkeys(required, True), **dict.fromkeys(optional, False)})
        elif name != CONNECTION:
            names[name] = True
    return names


def _used(tenant: _Tenant, named: Mapping[str, bool], specified: Mapping[str, Any], question: Question) -> list[str]:
    """Return the variables that the play makes use of: those of roles too, if it does what the roles are there for."""
    if not any(question.options[group] for group in tenant.options):
        return list(named)
    way = WAYS.get(str(tenant.get(CONFIGURATION) or "gws"), ((), ()))
    others = {name for names in WAYS.values() for part in names for name in part} - {*way[0], *way[1]}
    return [name for name in dict.fromkeys([*named, *specified]) if name in named or name not in others]


def _placeholders(tenant: _Tenant, names: Iterable[str]) -> list[str]:
    """Return which variables still have the value of an example."""
    return [str(problem) for name in names for problem in checks.placeholders(name, tenant.get(name))]


def _connection_problems(tenant: _Tenant, question: Question) -> list[str]:
    """Return what would have the tasks of a tenant log in to a machine of its name, or become another user."""
    found = []
    local = _is_local(tenant, question)
    elsewhere = any(tenant.get(name) for name in _MACHINES)
    if not local and not tenant.get(CONNECTION) and not elsewhere:
        found.append(
            f"{CONNECTION}: it is not set, so Ansible would log in to a machine with the name {tenant.name}. "
            "Set it to local, or set ansible_host to the machine that is to run the tasks."
        )
    if local and _is_true(tenant.get("ansible_become")):
        found.append(
            "ansible_become: it is true, so Ansible would run the tasks as another user of this machine. "
            "Set it to false for tenants."
        )
    return found


def _specified(groups: Iterable[str], question: Question) -> dict[str, Mapping[str, Any]]:
    """Return the specification of the variables that the roles of these options have; without options of all roles."""
    roles = {role for group in groups for role in ROLES.get(group, ())} or set(question.roles)
    return {name: spec for role in sorted(roles) for name, spec in question.roles.get(role, {}).items()}


def _wrong_kinds(
    tenant: _Tenant, specified: Mapping[str, Mapping[str, Any]], question: Question
) -> Iterator[tuple[str, list[InvalidInput]]]:
    """Give the variables whose values are not of the kind that is wanted, with what is wrong."""
    for name, spec in specified.items():
        if name in LISTED or not tenant.defined(name) or (value := tenant.get(name)) is None:
            continue
        if spec.get("type") == "dict" and isinstance(value, str):
            # A module would read it, but the roles put it together with other options before.
            remedy = f"Give a dictionary; with -e write JSON around all of it, as in -e '{{\"{name}\": {{...}}}}'"
            yield name, [InvalidInput(name, "it is a text, not a dictionary", remedy)]
        elif isinstance(value, str) and not value and spec.get("type", "str") != "str":
            yield name, [InvalidInput(name, "it is empty", "Give a value, or leave it out")]
        elif problems := check_input({name: spec}, {name: value}, native=question.native):
            yield name, problems


def _is_true(value: Any) -> bool:
    """Tell whether Ansible takes a value for true."""
    try:
        return value is not None and bool(boolean(value, strict=True))
    except TypeError:
        return False


def _slips(tenant: _Tenant, question: Question, *, beside: bool = False) -> list[str]:
    """Return the variables that nothing reads, and whose names look like ones that roles read, or are modules' options.

    :arg beside: those that may be meant so, and are a warning: the variable that seems to be meant is set too, as a
        default that a slip does not override, or the name is one that inventories have for other purposes.
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
        # A name that ends like the other, such as vault_gax_password, is no slip of it where both are set.
        if is_guess is beside and not (beside and name.endswith(meant))
    }
    if not near:
        return []
    helpers = tenant.variables.helpers() | set(_listed(tenant.get(OWN)))
    return [
        f"{name}: no role knows this variable. Did you mean {meant}? If it is your own, list it in preflight_own."
        for name, meant in near.items()
        if name not in helpers
    ]


def _meant(tenant: _Tenant, name: str, question: Question) -> tuple[str, bool] | None:
    """Return the variable that seems to be meant by a name which nothing reads, and whether that is a mere guess."""
    specified = _specified(tenant.options, question)
    named = [one for one in variables_of(name) if one.partition(".")[0] in specified]
    if named:
        # Inventories have ordinary words, and such as validate_certs, for purposes of their own.
        is_guess = "_" not in name or named[0].startswith("http_options.")
        return or_list(named), is_guess or any(map(tenant.defined, named))
    meant = question.slip_of(name)
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
                    f"the environment variable {source} is not a region of Genesys Cloud CX",
                    f"Use one of {', '.join(REGIONS)}, or set the URL in the inventory",
                )
            if required and name not in tenant.unread:
                variables = "" if tenant.defined(name) else " or ".join(ENVIRONMENT.get(name, ()))
                raise InvalidInput(
                    name,
                    "it is not set (null)" if tenant.defined(name) else "it is not set",
                    "Set it in the inventory" + (f", or the environment variable {variables}" if variables else ""),
                )
            return None
        if name in LISTED:
            # It is looked through later on; as a text all of it would be rendered now, too.
            return None
        text = checks.not_empty(name, str(value))
        if name.endswith("_url"):
            checks.http_url(name, text)
    except InvalidInput as error:
        return str(error)
    return None


class _Claims:
    """Things that only one tenant can have, and whose they are."""

    def __init__(self) -> None:
        self._claims: dict[tuple[str, ...], list[tuple[_Tenant, str, bool]]] = {}

    def add(self, tenant: _Tenant, thing: tuple[str, ...], sentence: str, *, shared: bool = False) -> None:
        """Note that a tenant has a thing.

        :arg sentence: what to say if another one has it too, with ``{other}`` in it.
        :arg shared: the tenant says that others may have it.
        """
        self._claims.setdefault(thing, []).append((tenant, sentence, shared))

    def tell(self, report: Report) -> None:
        """Keep back each tenant of the play that has a thing which another one has."""
        for claims in self._claims.values():
            for tenant, sentence, shared in claims:
                others = [
                    other.name for other, _sentence, too in claims if other is not tenant and not (shared and too)
                ]
                if others and tenant.checked:
                    report.add(tenant.name, sentence.format(other=" and ".join(dict.fromkeys(others))))


def _compare(tenants: Iterable[_Tenant], report: Report) -> None:
    """Find what only one tenant can have, and more have."""
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
                f"{number.parameter}: the {number.kind} {number.digits} also belongs to {{other}}. Give a "
                f"{number.kind} to one tenant only, or list it in {SHARED} of all tenants that share it on purpose.",
                shared=number.digits in shared,
            )
    claims.tell(report)
    report.warnings += _other_spellings(numbers)


def _claim_identity(tenant: _Tenant, claims: _Claims, report: Report) -> None:
    """Note which tenant a host is, and as whom it logs in."""
    ccid = tenant.get("ccid")
    if isinstance(ccid, str):
        try:
            claims.add(
                tenant,
                ("ccid", checks.uuid("ccid", ccid)),
                "ccid: it is also the ccid of {other}. Make each tenant one inventory host.",
            )
        except InvalidInput as error:
            if tenant.checked:
                report.add(tenant.name, error)
    login = _login(tenant)
    if login is not None:
        claims.add(
            tenant,
            login,
            f"{login[0]}: {{other}} logs in the same way, and the login decides whose configuration is changed. "
            "Give each tenant a login of its own.",
        )


def _shared(tenant: _Tenant) -> set[str]:
    """Return the numbers that a tenant may have in common with others."""
    return {checks.digits(number) for number in _listed(tenant.get(SHARED))}


def _listed(value: Any) -> list[str]:
    """Return the texts of a list, which may be one text with commas, as Ansible takes it."""
    if isinstance(value, str):
        value = value.split(",")
    return [text.strip() for text in value if isinstance(text, str)] if isinstance(value, (list, tuple)) else []


def _login(tenant: _Tenant) -> tuple[str, str, str] | None:
    """Return the variable that says as whom a tenant logs in, its value, and where; None where that is not set."""
    if tenant.get(CONFIGURATION) == "gax":
        name, url = "gax_username", "gax_url"
    else:
        name, url = "gws_username" if tenant.get("gws_username") else "gws_client_id", "gws_url"
    value = tenant.get(name)
    # One login in two spellings is still one.
    return (name, str(value).strip().casefold(), _base(tenant, url)) if value else None


def _base(tenant: _Tenant, url: str) -> str:
    """Return a base URL in the form that all which mean the same have in common."""
    return checks.url_meaning(checks.without_api_path(url, str(tenant.get(url)).strip().rstrip("/")))


def _other_spellings(numbers: list[tuple[_Tenant, Number]]) -> list[str]:
    """Return a sentence for each two numbers that may be one, written in two ways."""
    found: dict[tuple[str, str], str] = {}
    places: dict[str, list[tuple[_Tenant, Number]]] = {}
    for tenant, number in numbers:
        bare = number.digits.lstrip("0")
        # What is the end of another one has its last digits, too.
        others = places.setdefault(bare[-_LEAST_NATIONAL:], [])
        for other, first in others:
            if (tenant.checked or other.checked) and _may_be_one(first.digits, number.digits):
                found.setdefault(
                    (first.digits, number.digits),
                    f"{tenant.name}: {number.parameter}: the {number.kind} {number.digits} may be the {first.kind} "
                    f"{first.digits} of {other.name} ({first.parameter}) in another spelling. Write it in one way.",
                )
        others.append((tenant, number))
    return list(found.values())


def _may_be_one(one: str, other: str) -> bool:
    """Tell whether two different texts may be one number: with and without zeros, or the code of a country."""
    shorter, longer = sorted((one.lstrip("0"), other.lstrip("0")), key=len)
    return one != other and (
        shorter == longer
        or (len(shorter) >= _LEAST_NATIONAL and len(longer) - len(shorter) <= 3 and longer.endswith(shorter))
    )


def _compare_accounts(tenants: Iterable[_Tenant], question: Question, report: Report) -> None:
    """Find OAuth clients whose purchases are written into more than one journal, so that no limit would hold."""
    accounts: dict[tuple[str, str], dict[str, list[_Tenant]]] = {}
    buyers = [tenant for tenant in tenants if _has_account(tenant)]
    for tenant in buyers:
        url, client, journal = tenant.get("gc_api_url"), tenant.get("gc_client_id"), _journal(tenant)
        if journal is None and "genesys_cloud_journal" not in tenant.unread:
            if tenant.checked and tenant.get("tollfree_numbers") and tenant.defined("inventory_dir"):
                report.add(tenant.name, _NO_JOURNAL)
        elif url and client and journal:
            account = accounts.setdefault((_base(tenant, "gc_api_url"), str(client).strip().lower()), {})
            account.setdefault(posixpath.normpath(journal), []).append(tenant)
    for journals in accounts.values():
        if len(journals) > 1:
            _two_journals(journals, report)
        for users in journals.values():
            _two_machines([tenant for tenant in users if _may_buy(tenant)], question, report)
    for tenant in buyers:
        if tenant.checked and _may_buy(tenant):
            report.add(tenant.name, *_unsure_accounts(tenant, buyers))


def _compare_alike(
    tenants: Mapping[str, _Tenant], hosts: Mapping[str, Variables], question: Question, report: Report
) -> list[_Tenant]:
    """Find hosts that are not alike; return those of them that are no tenants, with what could not be read."""
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
    """Find hosts that have another value than the expected one; without such, than each other."""
    found: dict[str, list[str]] = {}
    for tenant in tenants:
        if tenant.get(name):
            found.setdefault(_meaning(tenant, name), []).append(tenant.name)
    if expected is not None:
        found.pop(expected.strip().lower(), None)
        for host in (host for hosts in found.values() for host in hosts):
            report.add(host, f"{name}: it is not {expected}.")
    elif len(found) > 1:
        # What is no URL is not shown: it may be a secret in the wrong place.
        places = [f"{value if name.endswith('_url') else 'another one'} for {_some(of)}" for value, of in found.items()]
        if not name.endswith("_url"):
            places[0] = places[0].replace("another one", "one", 1)
        report.add(
            tenants[0].name,
            f"{name}: it is {', and '.join(places)}. This run would prepare only what the first of them has. Choose "
            f"tenants that have one {name} with --limit, and run it again for the others, with files of their own.",
        )


def _meaning(tenant: _Tenant, name: str) -> str:
    """Return the value of a variable in the form that all which mean the same have in common."""
    if not name.endswith("_url"):
        return str(tenant.get(name)).strip().lower()
    base = _base(tenant, name)
    try:
        return checks.http_url(name, base)
    except InvalidInput:
        return "no URL"


def _has_account(tenant: _Tenant) -> bool:
    """Tell whether a tenant is over Genesys Cloud CX. In a play of one's own, groups may have other names."""
    return "genesys_cloud" in tenant.options or (not tenant.options and "tollfree_numbers" in tenant.variables.values)


def _journal(tenant: _Tenant) -> str | None:
    """Return where a tenant's purchases are written down."""
    if tenant.defined("genesys_cloud_journal"):
        journal = tenant.get("genesys_cloud_journal")
        return None if journal is None else str(journal)
    # Ansible has the text None there, if the inventory is no file.
    directory = str(tenant.variables.values.get("inventory_dir"))
    return f"{directory}/genesys_cloud_purchases.txt" if posixpath.isabs(directory) else None


def _unsure_accounts(tenant: _Tenant, buyers: Iterable[_Tenant]) -> list[str]:
    """Return what can't be read of other tenants, and might be another journal of the same account."""
    return [
        f"genesys_cloud_journal: {name} of {other.name} can't be read, so it is not known whether both write the "
        "purchases of one account into one journal. Make it readable, or set genesys_cloud_purchase_allowed to false."
        for other in buyers
        for name in ("gc_api_url", "gc_client_id", "genesys_cloud_journal", ALL)
        if other is not tenant and name in other.unread
    ]


def _two_journals(journals: Mapping[str, list[_Tenant]], report: Report) -> None:
    for journal, users in journals.items():
        other, others = next((path, found) for path, found in journals.items() if path != journal)
        for tenant in users:
            if tenant.checked:
                report.add(
                    tenant.name,
                    f"genesys_cloud_journal: it is {journal}, and {others[0].name} has {other} for the same OAuth "
                    "client. Set one journal for all tenants of an OAuth client.",
                )


def _two_machines(buyers: Sequence[_Tenant], question: Question, report: Report) -> None:
    """Find tenants whose purchases are written on another machine than those of others: one path is two files then."""
    machines = {tenant: place for tenant in buyers if (place := _machine(tenant, question)) is not None}
    for tenant, place in machines.items():
        other = next((user for user in machines if machines[user] != place), None)
        if tenant.checked and other is not None:
            report.add(
                tenant.name,
                f"genesys_cloud_journal: it is a file of {place}, where the tasks of this tenant are run, and "
                f"{other.name} has one of {machines[other]} for the same OAuth client. Have the tasks of all tenants "
                "of an OAuth client that may buy numbers run on one machine.",
            )


def _machine(tenant: _Tenant, question: Question) -> str | None:
    """Return where the tasks of a tenant are run, in words; None where the play may say that."""
    named = next((tenant.get(name) for name in _MACHINES if tenant.get(name)), None)
    if not tenant.get(CONNECTION) and (CONNECTION not in question.needed or named is None):
        return None
    return "the controller" if _is_local(tenant, question) else f"the machine {named or tenant.name}"


def _is_local(tenant: _Tenant, question: Question) -> bool:
    return str(tenant.get(CONNECTION) or question.connection).rpartition(".")[2] == "local"


def _may_buy(tenant: _Tenant) -> bool:
    return bool(tenant.get("tollfree_numbers")) and _is_true(tenant.get("genesys_cloud_purchase_allowed"))
