# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generate files from the options in the code, and find differences.

The source of an option is its entry in a dictionary of plugins/module_utils: an argument specification of ansible-core
with a description. From it this program generates the documentation of modules, the documentation fragments, the
actions, the action groups, the environment variables, and the roles' specifications, defaults and README tables.

In roles/*/meta/argument_specs.yml the line ``# from <module>.<option>`` says which option a variable sets. The lines
above it, such as a description or a default, are written by hand and win. The lines below it are generated.

``python -m tools.options`` names file and option of each difference. With ``--write`` it writes the files.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.options import CONFIGURATION
from ansible_collections.cxops.genesys_sms.plugins.module_utils._configuration.sender_id_rules import SENDER_ID
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.options import HTTP
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.secret_file import OPTIONS as SECRET_FILE
from ansible_collections.cxops.genesys_sms.plugins.module_utils._core.task import TEXTS
from ansible_collections.cxops.genesys_sms.plugins.module_utils._digital_channels.options import (
    API_KEYS,
    DIGITAL_CHANNELS,
    MESSAGING,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.numbers.rules import LISTED as NUMBER
from ansible_collections.cxops.genesys_sms.plugins.module_utils._genesys_cloud.options import GENESYS_CLOUD
from ansible_collections.cxops.genesys_sms.plugins.module_utils._gws.contact_center_hosts import (
    OPTIONS as CONTACT_CENTERS,
)
from ansible_collections.cxops.genesys_sms.plugins.module_utils._gws.options import GWS
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.inventory import WAYS
from ansible_collections.cxops.genesys_sms.plugins.module_utils._tenant.tollfree_numbers import SHARED
from jinja2 import Environment, meta
from tools.collection import ROOT

Options = Mapping[str, Mapping[str, Any]]

load = partial(yaml.load, Loader=yaml.CSafeLoader)

NAME = "cxops.genesys_sms"
PLUGINS = f"ansible_collections.{NAME}.plugins"
WIDTH = 120

GROUPS: dict[str, Options] = {
    "digital_channels": DIGITAL_CHANNELS,
    "configuration": CONFIGURATION,
    "messaging": MESSAGING,
    "api_keys": API_KEYS,
    "genesys_cloud": GENESYS_CLOUD,
}
"""The action groups of modules that reach the same system, and the options that all their members have."""

SUBGROUPS: dict[str, set[str]] = {
    "digital_channels_writes": {"state", "update_secret", "when_unreadable"},
    "services": {"leftovers", "remove_leftovers", "state", "when_unreadable"},
    "service_leftovers": {"remove_leftovers", "when_unreadable"},
    "sender_ids": {"provider", "purge_options", "state"},
    "sender_id_lists": {"purge_options", "sender_ids", "slots", "webhook_headers"},
    "genesys_cloud_access": {"settle_timeout", "state"},
    "genesys_cloud_purchases": {"ccid", "journal", "journal_password"},
    "genesys_cloud_numbers": set(SHARED),
    "secret_files": set(SECRET_FILE),
    "webhook_hosts": {"urls"},
}
"""Further action groups. Their members are the modules that have these options."""

FRAGMENTS: dict[str, Options] = {"http_options": HTTP, "gws": GWS, "tollfree_numbers": SHARED, **GROUPS}
"""The documentation fragments, and the options of a module that extends them."""

RETURNED: dict[str, tuple[str, Options]] = {
    "gc_tollfree_number": ("tollfree_number", NUMBER),
    "gc_tollfree_numbers": ("tollfree_numbers", NUMBER),
    "gc_tollfree_number_info": ("tollfree_numbers", NUMBER),
    "nexus_sender_id": ("sender_id", SENDER_ID),
    "nexus_sender_ids": ("sender_ids", SENDER_ID),
    "nexus_sender_id_info": ("sender_ids", SENDER_ID),
    "nexus_option_switch": ("sender_ids", SENDER_ID),
}
"""Results that have options as keys: by module, the key of the result, and the options."""

HTTP_OPTIONS = {
    "type": "dict",
    "description": "HTTP options of all modules. Each is optional.",
    "options": HTTP,
}
"""The variable of the roles that contains these options."""

VARIABLES = {"api_key": "nexus_api_key"}
"""Options whose inventory variable has another name."""

NOT_IN_ROLES = {"gc_region", "gc_access_token"}
"""Options of a group that roles do not set, because they use URLs and the credentials of an OAuth client."""

_FACTS = {"type", "elements", "required", "aliases", "choices", "default", "fallback", "no_log", "options", *TEXTS}
_OF_ROLES = {"description", "default", "required", "version_added"}
_STRUCTURE = {"options", "suboptions", "contains", "argument_specs", "main", "action_groups"}
_MARKUP = re.compile(r"\b(O|V|C|M|E|RV|I|B)\(([^()]*)\)")
_SECRET = re.compile("key|secret|password|token")
_ENVIRONMENT = re.compile(r"^(ENVIRONMENT: .* = \{\n)(?:    .*\n)*", re.MULTILINE)
_FEEDING = re.compile(
    r"^      (?P<name>\w+):\n(?P<hand>(?:        (?!# from ).*\n)*)        # from (?P<source>\S+)\n(?:        .*\n)*",
    re.MULTILINE,
)
_GROUPS = re.compile(r"^(action_groups:\n).*", re.MULTILINE | re.DOTALL)
_WRITTEN = "# Written by make format, from the options in plugins/module_utils."
_OPTIONS = re.compile(rf"^()(?:{re.escape(_WRITTEN)}\n)?options:\n(?: .*\n|\n)*", re.MULTILINE)
_BEFORE = re.compile(r"^()(?=attributes:|extends_documentation_fragment:)", re.MULTILINE)
_ACTION = '''\
# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run {module} in the controller."""

from __future__ import annotations

from ..modules.{module} import TASK as MODULE_TASK
from ..plugin_utils.controller import ControllerAction


class ActionModule(ControllerAction):
    TASK = MODULE_TASK
'''
_DEFAULTS = "# Written by make format, from meta/argument_specs.yml."
_RAW = "elements: raw # Not dict: ansible-core would show the values of a wrong item. The module checks them."


class Tree:
    """The files of the collection, as they are and as they should be."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        self._read = read
        self.wanted: dict[str, str] = {}
        self.problems: list[str] = []

    def text(self, path: str) -> str:
        """Return the new text of a file, or its present text if it has none yet."""
        return self.wanted.get(path) or self._read(path) or ""

    def put(self, path: str, place: re.Pattern[str], block: str, name: str) -> None:
        """Replace a place in a file, except its first group, with a block."""
        text, count = place.subn(lambda found: f"{found[1]}{block}", self.text(path), count=1)
        self.wanted[path] = text
        if not count:
            self.problems.append(f"{path}: no place found for {name}")

    def differences(self) -> list[str]:
        """Return the differences: the file, and the name of the option or the part that differs."""
        found = list(self.problems)
        for path, text in self.wanted.items():
            found += [f"{path}: {name} differs from its source" for name in changed_names(self._read(path), text)]
        return list(dict.fromkeys(found))


def on_disk(path: str) -> str | None:
    """Return the text of a file of the checkout."""
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else None


def modules() -> dict[str, Options]:
    """Return the options of each module."""
    names = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
    return {name: import_module(f"{PLUGINS}.modules.{name}").TASK.argument_spec for name in names}


# The description of an option.


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a description, each in one line. If there are several, each begins with a dash."""
    parts = re.split(r"(?:^|\n)\s*- ", f"\n{text.strip()}")
    return [" ".join(part.split()) for part in parts if part.strip()]


def described(option: Mapping[str, Any]) -> list[str]:
    """Return the description of an option, with its environment variables."""
    first, *others = paragraphs(option["description"])
    variables = option["fallback"][1] if "fallback" in option else []
    if not variables:
        return [first, *others]
    names = " or ".join(f"E({name})" for name in variables)
    return [first, f"If it is not set, the environment variable {names} is used.", *others]


def documented(options: Options, place: str = "") -> dict[str, Any]:
    """Return the documentation of options for a module.

    :arg place: the prefix of the names of these options in references.
    """
    return {name: _entry(options, name, place, "suboptions") for name in options}


def _entry(options: Options, name: str, place: str, inner: str) -> dict[str, Any]:
    option = options[name]
    text = [_placed(paragraph, options, place) for paragraph in described(option)]
    entry: dict[str, Any] = {"description": text if text[1:] else text[0], "type": option["type"]}
    for key in ("elements", "required", "aliases", "choices", "default", "version_added"):
        if option.get(key) not in (None, False, []) or (key == "default" and key in option):
            entry[key] = option[key]
    if "options" in option:
        below = f"{place}{name}{'[]' if option['type'] == 'list' else ''}."
        entry[inner] = {key: _entry(option["options"], key, below, inner) for key in option["options"]}
    return entry


def _placed(text: str, options: Options, place: str) -> str:
    """Add the prefix of these options to references to them."""
    return re.sub(r"\bO\((\w+)([^()]*)\)", lambda m: f"O({place}{m[1]}{m[2]})" if m[1] in options else m[0], text)


def returned(options: Options) -> dict[str, Any]:
    """Return the documentation of options as return values, with the first sentence of each description."""
    return {
        name: {
            "description": re.split(r"(?<=\.) ", paragraphs(option["description"])[0])[0],
            "returned": option["returned"],
            "type": option["type"],
            "sample": option["sample"],
        }
        for name, option in options.items()
        if "returned" in option
    }


def plain_text(text: str, quote: str) -> str:
    """Return a text without the markup of Ansible's documentation, with these quotes around names and values."""

    def unmarked(found: re.Match[str]) -> str:
        kind, content = found[1], found[2].removeprefix(f"{NAME}.")
        if kind == "O":
            content = re.split(r"[.\]]", content.split("=")[0])[-1] + "".join(re.findall("=.*", content))
            content = content.replace("=", ": ")
        return content if kind in "IB" else f"{quote}{content}{quote}"

    return _MARKUP.sub(unmarked, text)


# The format of the files.


def to_yaml(entries: Mapping[str, Any], indent: int = 0) -> str:
    """Return a dictionary as YAML, with a line for each paragraph of a description, and other lists in one line."""
    pad = " " * indent
    text = ""
    for key, value in entries.items():
        line = f"{pad}{key}: {_scalar(value)}"
        if isinstance(value, dict) and value:
            line = f"{pad}{key}:\n{to_yaml(value, indent + 2)}".rstrip("\n")
        elif key == "description" and (isinstance(value, list) or len(line) > WIDTH):
            items = value if isinstance(value, list) else [value]
            below = [_filled(f"{pad}  - {_scalar(item)}", f"{pad}    ") for item in items]
            line = "\n".join([f"{pad}{key}:", *below])
        text += f"{line}\n"
    return text


def _scalar(value: Any, plain: str = "- {}") -> str:
    """Return a value in one line of YAML. A text gets quotes where it would be read as something else."""
    if isinstance(value, list):
        return f"[{', '.join(_scalar(item, '[{}]') for item in value)}]"
    if isinstance(value, str):
        try:
            if load(plain.format(value)) == [value]:
                return value
        except yaml.YAMLError:
            pass
    whole = isinstance(value, float) and value.is_integer()
    return json.dumps(int(value) if whole else value, ensure_ascii=False)


def _filled(text: str, below: str) -> str:
    """Return a text in lines of the usual width."""
    return textwrap.fill(text, WIDTH, subsequent_indent=below, break_long_words=False, break_on_hyphens=False)


def table(heading: str, options: Options) -> str:
    """Return the options of a role as a table of its README."""
    rows = [f"| {heading} | type | default | |", "|---|---|---|---|"]
    for name, option in options.items():
        kind = option["type"]
        if "elements" in option:
            kind += f" of {'dict' if 'options' in option else option['elements']}"
        text = option["description"]
        text = plain_text(text if isinstance(text, str) else " ".join(text), "`")
        text = re.sub(r"^Secret\. ", "**Secret.** ", text) + (" See below." if "options" in option else "")
        choices = [f"`{choice}`" for choice in option.get("choices", ()) if f"`{choice}`" not in text]
        if choices:
            text += f" One of {', '.join(f'`{choice}`' for choice in option['choices'])}."
        default = shown_default(option)
        rows.append(f"| `{name}` | {kind} |{f' {default} ' if default else ' '}| {text.replace('|', chr(92) + '|')} |")
    return "\n".join(rows) + "\n"


def shown_default(option: Mapping[str, Any]) -> str:
    """Return the default as a README shows it."""
    if option.get("required"):
        return "required"
    if "default" not in option:
        return ""
    default = option["default"]
    if isinstance(default, list):
        return f"`[{', '.join(default)}]`"
    return f"`{default}`" if isinstance(default, str) else f"`{json.dumps(default)}`"


# Where it is written.


def write_plugins(tree: Tree, all_options: Mapping[str, Options]) -> None:
    """Write the documentation of modules and fragments, the actions, and the environment."""
    for fragment, options in FRAGMENTS.items():
        others = [name for name in ("http_options", "gws") if name != fragment]
        _write_documentation(tree, f"plugins/doc_fragments/{fragment}.py", options, others)
    for module, options in all_options.items():
        path = f"plugins/modules/{module}.py"
        extended = [name for name in FRAGMENTS if f"  - {NAME}.{name}\n" in tree.text(path)]
        _write_documentation(tree, path, options, extended)
        if module in RETURNED:
            key, known = RETURNED[module]
            place = re.compile(rf"^({key}:\n(?:  .*\n)*?  contains:\n)(?:    .*\n)*", re.MULTILINE)
            tree.put(path, place, to_yaml(returned(known), 4), f"the contents of {key}")
        tree.wanted[f"plugins/action/{module}.py"] = _ACTION.format(module=module)
    path = "plugins/inventory/contact_centers.py"
    extended = [name for name in FRAGMENTS if f"  - {NAME}.{name}\n" in tree.text(path)]
    _write_documentation(tree, path, CONTACT_CENTERS, extended)
    lines = "".join(f"    {json.dumps(name)}: {_tuple(names)},\n" for name, names in _environment().items())
    tree.put("plugins/module_utils/_tenant/environment.py", _ENVIRONMENT, lines, "ENVIRONMENT")


def _write_documentation(tree: Tree, path: str, options: Options, fragments: list[str]) -> None:
    """Write the options that are in none of these fragments."""
    own = {name: option for name, option in options.items() if not _is_in(fragments, name, option)}
    place = _OPTIONS if _OPTIONS.search(tree.text(path)) else _BEFORE
    if own or place is _OPTIONS:
        tree.put(path, place, f"{_WRITTEN}\noptions:\n{to_yaml(documented(own), 2)}" if own else "", "options")


def _tuple(names: list[str]) -> str:
    return f"({', '.join(map(json.dumps, names))}{'' if names[1:] else ','})"


def _is_in(fragments: Iterable[str], name: str, option: Mapping[str, Any]) -> bool:
    return any(FRAGMENTS[fragment].get(name) is option for fragment in fragments)


def _environment() -> dict[str, list[str]]:
    """Return the environment variables of each inventory variable."""
    # The same option may have no environment variable in another group.
    return {
        VARIABLES.get(name, name): option["fallback"][1]
        for options in GROUPS.values()
        for name, option in options.items()
        if "fallback" in option
    }


def write_groups(tree: Tree, all_options: Mapping[str, Options]) -> None:
    """Write the action groups."""
    systems = {
        name: _systems(options, tree.text(f"plugins/modules/{name}.py")) for name, options in all_options.items()
    }
    groups = {group: [name for name, named in systems.items() if group in named] for group in GROUPS}
    for group, names in SUBGROUPS.items():
        groups[group] = [name for name, options in all_options.items() if names <= set(options)]
    tree.problems += [
        f"plugins/modules/{name}.py: it is in no action group" for name in set(systems).difference(*groups.values())
    ]
    block = "".join("\n    - ".join([f"  {group}:", *names]) + "\n" for group, names in groups.items())
    tree.put("meta/runtime.yml", _GROUPS, block, "action_groups")
    for name in all_options:
        member = [f"{NAME}.{group}" for group, members in groups.items() if name in members]
        told = re.search(r"membership:\n((?: +- .*\n)+)", tree.text(f"plugins/modules/{name}.py"))
        if (re.findall(r"- (.*)", told[1]) if told else member[:1]) != member:
            tree.problems.append(f"plugins/modules/{name}.py: action_group must name {', '.join(member)}")


def _systems(options: Options, text: str) -> list[str]:
    """Return the groups of a module among GROUPS.

    :arg text: the module. It names the fragments of several groups if it reads several systems.
    """
    named = [group for group in GROUPS if f"  - {NAME}.{group}\n" in text]
    if len(named) > 1:
        # If two groups have an option, the module has the option of one of them.
        known = [(name, option) for group in named for name, option in GROUPS[group].items()]
        whole = all(any(options.get(name) is each for key, each in known if key == name) for name, _option in known)
        return named if whole else []
    # A module is in the first group that fits: the options of later groups are a part of those of earlier ones.
    return [group for group, shared in GROUPS.items() if _has(options, shared)][:1]


def _has(options: Options, shared: Options) -> bool:
    return all(options.get(name) is option for name, option in shared.items())


def write_roles(tree: Tree, all_options: Mapping[str, Options], roles: Iterable[str]) -> None:
    """Write the specifications of roles, their defaults, and the tables of their README files."""
    sources = {f"{module}.{name}": (options, name) for module, options in all_options.items() for name in options}
    sources["http_options"] = ({"http_options": HTTP_OPTIONS}, "http_options")
    for role in roles:
        path = f"roles/{role}/meta/argument_specs.yml"
        text = tree.text(path)
        feeds = {found["name"]: found["source"] for found in _FEEDING.finditer(text)}
        unknown = [source for source in feeds.values() if source not in sources]
        if unknown:
            tree.problems.append(f"{path}: unknown option {', '.join(unknown)}")
            continue
        names = {source.rpartition(".")[2]: variable for variable, source in feeds.items()}
        tree.wanted[path] = _FEEDING.sub(partial(_variable, sources, names), text)
        specified: Options = load(tree.wanted[path])["argument_specs"]["main"]["options"]
        secrets = {variable: sources[source][0][sources[source][1]].get("no_log") for variable, source in feeds.items()}
        tree.problems += [f"{path}: {problem}" for problem in _wrong_by_hand(text, specified, secrets)]
        tasks = load(tree.text(f"roles/{role}/tasks/main.yml")) or []
        tree.problems += [f"roles/{role}/tasks/main.yml: {problem}" for problem in _forgotten(tasks)]
        given = load(tree.text(f"roles/{role}/vars/main.yml")) or {}
        lost = sorted(_used(tasks) - set(feeds) - set(given))
        tree.problems += [f"{path}: {name} is missing, or has no line '# from'" for name in lost]
        _write_defaults(tree, role, specified)
        _write_readme(tree, role, specified)


def _wrong_by_hand(text: str, specified: Options, secrets: Mapping[str, Any]) -> Iterator[str]:
    """Yield errors in the parts of a specification that are written by hand.

    :arg secrets: by variable, whether the option that it sets is a secret.
    """
    for found in _FEEDING.finditer(text):
        of_option = set(load(found["hand"]) or {}) - _OF_ROLES
        yield from (f"{found['name']}.{key} is generated from the option; remove it" for key in sorted(of_option))
    for name, option in specified.items():
        first = option["description"] if isinstance(option["description"], str) else option["description"][0]
        if secrets.get(name, _SECRET.search(name)) and not first.startswith("Secret. "):
            yield f"the description of {name} must begin with 'Secret. '"


def _variable(sources: Mapping[str, tuple[Options, str]], names: Mapping[str, str], found: re.Match[str]) -> str:
    """Return a variable of a role with the lines that are generated from its option.

    :arg names: the variables of the role by the option that they set.
    """
    options, name = sources[found["source"]]
    hand = load(found["hand"]) or {}
    entry = {
        key: value
        for key, value in _in_role(_entry(options, name, "", "options"), options[name], names).items()
        if key not in hand
    }
    if "fallback" in options[name]:
        entry.pop("required", None)
    written = to_yaml(entry, 8).replace("elements: raw", _RAW) if entry else ""
    return f"      {found['name']}:\n{found['hand']}        # from {found['source']}\n{written}"


def _in_role(entry: dict[str, Any], option: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the documentation of an option for a role."""

    def renamed(found: re.Match[str]) -> str:
        kind, name, rest = found[1], found[2], found[3]
        return f"O({names[name]}{rest})" if kind == "O" and name in names else f"C({name}{rest})"

    text = [entry["description"]] if isinstance(entry["description"], str) else entry["description"]
    text = [re.sub(r"\b(O|RV)\((\w+)([^()]*)\)", renamed, paragraph) for paragraph in text]
    if option.get("no_log"):
        text[0] = f"Secret. {text[0]}"
    entry = {**entry, "description": text if text[1:] else text[0]}
    entry.pop("aliases", None)
    if "options" in entry:
        if option["type"] == "list":
            entry["elements"] = "raw"
        inner = option["options"]
        entry["options"] = {name: _in_role(item, inner[name], names) for name, item in entry["options"].items()}
    return entry


def _write_defaults(tree: Tree, role: str, specified: Options) -> None:
    blocks = []
    for name, option in specified.items():
        # Other variables set options of all modules, and the modules have the defaults.
        if "default" in option and name.startswith(role):
            text = option["description"]
            told = plain_text(text if isinstance(text, str) else " ".join(text), "")
            comment = _filled(f"# {told}", "# ")
            blocks.append(f"{comment}\n{to_yaml({name: option['default']})}")
    tree.wanted[f"roles/{role}/defaults/main.yml"] = f"---\n{_DEFAULTS}\n" + "\n".join(["", *blocks]) if blocks else ""


def _write_readme(tree: Tree, role: str, specified: Options) -> None:
    path = f"roles/{role}/README.md"
    text = tree.text(path)
    for place, options in _tables("", specified):
        marker = f"<!-- {place or 'variables'}: written by make format -->\n"
        if marker not in text:
            tree.problems.append(
                f"{path}: there is no table of {place or 'the variables'}. Add the line {marker.strip()}"
            )
        heading = "key" if place else "variable"
        start, found, rest = text.partition(marker)
        text = start + found + (table(heading, options) if found else "") + re.sub(r"\A(\|.*\n)*", "", rest)
    tree.wanted[path] = text


def _tables(place: str, options: Options) -> Iterator[tuple[str, Options]]:
    yield place, options
    for name, option in options.items():
        if "options" in option:
            yield from _tables(f"{place}.{name}".lstrip("."), option["options"])


def _forgotten(tasks: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the options of an action group or of the tenant's configuration that plays and tasks do not set."""
    for place, expression in _expressions(tasks):
        known = GROUPS[place] if place in GROUPS else SHARED[place]["options"]
        needed = set(known) - set(HTTP) - NOT_IN_ROLES - set(re.findall(r"\b(\w+)=", expression))
        if place in GROUPS and "**http_options" not in expression:
            needed.add("http_options")
        yield from (f"{name} of {place} is not set" for name in sorted(needed))


def _used(tasks: Iterable[dict[str, Any]]) -> set[str]:
    """Return the variables from which tasks set the options of an action group."""
    parse = Environment(autoescape=True).parse
    names = (meta.find_undeclared_variables(parse(expression)) for _place, expression in _expressions(tasks))
    return set().union(*names) - {"dict", "omit"}


def _expressions(tasks: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield the expressions in plays and tasks that set the options of an action group or of tenant_configuration."""
    for task in tasks:
        for name, expression in (task.get("module_defaults") or {}).items():
            if (group := name.removeprefix(f"group/{NAME}.")) in GROUPS:
                yield group, expression
        for module, arguments in task.items():
            if module.startswith(f"{NAME}.") and "tenant_configuration" in arguments:
                yield "tenant_configuration", arguments["tenant_configuration"]
        for inner in ("pre_tasks", "tasks", "block", "rescue", "always"):
            yield from _expressions(task.get(inner, []))


def check_options(options: Options, place: str) -> Iterator[str]:
    """Yield errors in the source itself."""
    for name, option in options.items():
        yield from (f"{place}{name}: unknown key {key}" for key in sorted(set(option) - _FACTS))
        if not option.get("description"):
            yield f"{place}{name}: it has no description"
        is_secret = option.get("type", "str") in ("str", "dict") and "choices" not in option
        if _SECRET.search(name) and option.get("no_log") is not is_secret:
            yield f"{place}{name}: its name looks like a secret; set no_log to {str(is_secret).lower()}"
        yield from check_options(option.get("options", {}), f"{place}{name}.")


def changed_names(old: str | None, new: str) -> list[str]:
    """Return the names of the options that differ between the old and the new text of a file."""
    if old is None:
        return ["the file"]
    if old == new:
        return []
    before, after = _by_name(old), _by_name(new)
    found = [name for name in {**after, **before} if before.get(name) != after.get(name)] or ["the layout"]
    return [name for name in found if not any(name.startswith(f"{other}.") for other in found)]


def _by_name(text: str) -> dict[str, list[str]]:
    """Return the lines of a file by the option, or the part of an option, that they belong to."""
    lines: dict[str, list[str]] = {}
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        row = re.match(r"\| `(\w+)` \|", line)
        key = re.match(r'( *)"?([\w.]+)"?:( |$)', line)
        if key:
            depth = len(key[1])
            above = [pair for pair in above if pair[0] < depth] + [(depth, key[2])]
        path = ".".join(name for _depth, name in above if name not in _STRUCTURE)
        lines.setdefault(row[1] if row else path or "the text", []).append(line.strip())
    return lines


def inspect(read: Callable[[str], str | None] = on_disk) -> Tree:
    """Return the files as they should be, and the problems that a person must correct.

    :arg read: returns the text of a file by its path below the root, None if it does not exist.
    """
    tree = Tree(read)
    all_options = modules()
    for module, options in all_options.items():
        tree.problems += list(check_options(options, f"plugins/modules/{module}.py: "))
    if tree.problems:
        return tree
    roles = sorted(path.parent.parent.name for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
    write_plugins(tree, all_options)
    write_groups(tree, all_options)
    write_roles(tree, all_options, roles)
    for playbook in ROOT.glob("playbooks/*.yml"):
        plays = load(tree.text(f"playbooks/{playbook.name}"))
        tree.problems += [f"playbooks/{playbook.name}: {problem}" for problem in _forgotten(plays)]
    for way, (needed, optional) in WAYS.items():
        missing = {name for name in CONFIGURATION if name.startswith(f"{way}_")} - {*needed, *optional}
        path = "plugins/module_utils/_tenant/inventory.py"
        tree.problems += [f"{path}: {name} is missing in WAYS" for name in sorted(missing)]
    actions = {Path(path).stem for path in tree.wanted if path.startswith("plugins/action/")}
    stray = [path.name for path in (ROOT / "plugins/action").glob("*.py") if path.stem not in actions]
    tree.problems += [f"plugins/action/{name}: there is no such module" for name in sorted(stray)]
    return tree


def main(arguments: list[str]) -> int:
    """Write or print the differences."""
    tree = inspect()
    if arguments == ["--write"]:
        for path, text in tree.wanted.items():
            if on_disk(path) != text:
                (ROOT / path).write_text(text, encoding="utf-8")
                print(f"{path} written")
    found = tree.problems if arguments == ["--write"] else tree.differences()
    for line in found:
        print(line, file=sys.stderr)
    if len(found) > len(tree.problems):
        print("Run make format to write the generated files.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
