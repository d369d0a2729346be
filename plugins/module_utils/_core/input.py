# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the user's arguments against an argument specification, before ansible-core does.

ansible-core converts every value to a string, so that an unquoted 065046 becomes 27174. And its messages quote values.
So the collection checks first: each value must have the expected type, without invisible characters and without
control characters for a terminal. No message of this file contains a value.

Filters use this file too, and each worker process loads filters itself. So this file imports nothing heavy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from difflib import get_close_matches
from typing import Any

from ansible.module_utils.common.validation import check_type_dict, check_type_float, check_type_int
from ansible.module_utils.parsing.convert_bool import boolean

from .checks import in_range
from .errors import InvalidInput
from .server_text import MASK, in_message, is_harmful
from .variables import or_list

_JSON = frozenset({"data"})
"""Free dictionaries that are sent as JSON, with numbers and booleans. In all others each value is a string."""

_OMITTED = "__omit_place_holder__"
"""The start of the string that is the value of ``omit`` before ansible-core 2.19."""

_QUERY = re.compile(r"https?://[^\s?]*(\?\S+)", re.IGNORECASE)

_OPTION = re.compile(r"[A-Za-z0-9_.-]+")

_QUOTE = (
    "Put the value in quotes, or end the template that computes it with | string. On a host's line of an INI "
    "inventory, use two pairs of quotes, as in '\"0123\"'"
)
_NATIVE = (
    "Jinja's native mode (jinja2_native) is on. It turns strings that look like numbers into numbers. Turn it off, or "
    "put quotes around the value and end each template that it goes through with | string"
)
_NO_TEXT = (
    "Give a string. Before ansible-core 2.19, a template whose result looks like JSON becomes a list or dictionary. "
    "End such a template with | string"
)
_UNFILLED = "it contains a template with undefined variables, and error_on_undefined_vars is false"
_DEFINE = "Define the variables of the template, and set error_on_undefined_vars to true"
_DATED = "It contains a date: put the date in quotes"
_NAMES: tuple[tuple[tuple[type, ...], str], ...] = (
    ((bool,), "a boolean (yes, no, on and off without quotes are booleans)"),
    ((str,), "a string"),
    ((int, float), "a number"),
    ((date, time), "a date"),
    ((Mapping,), "a dictionary"),
    ((list, tuple), "a list"),
    ((bytes,), "binary data"),
)
_NUMBERS = {"int": (check_type_int, "a whole number"), "float": (check_type_float, "a number")}


def plain(value: Any) -> Any:
    """Return a value with plain strings in place of Ansible's string types, and without omitted values, at any depth.

    Numbers, booleans and dates keep their types, so that the checks can tell them from strings.
    """
    kind = type(value)
    if kind is str or value is None:
        return value
    if isinstance(value, Mapping):
        return {
            str(key) if isinstance(key, str) else key: plain(item)
            for key, item in value.items()
            if not is_omitted(item)
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value if not is_omitted(item)]
    if isinstance(value, (bool, int, float, date, time, bytes)):
        return value
    # One of Ansible's string types, such as a decrypted vault value.
    return str(value)


def is_omitted(value: Any) -> bool:
    """Return True if a value is that of the variable ``omit``, in any version of ansible-core."""
    if isinstance(value, str):
        return value.startswith(_OMITTED)
    return type(value).__name__ == "_OmitType"


def unfilled(value: Any, place: str = "") -> list[InvalidInput]:
    """Return an error for each string of a plain value that still contains a template.

    All templates are rendered by now. But with ``error_on_undefined_vars`` off, ansible-core before 2.19 leaves
    templates with undefined variables unchanged, and they would be sent as values.
    """
    if isinstance(value, str):
        found = "{{" in value or "{%" in value
        return [InvalidInput(place or "the task", _UNFILLED, _DEFINE)] if found else []
    items: list[tuple[str, Any]] = []
    if isinstance(value, Mapping):
        items = [(f"{place}.{in_message(str(key))}".lstrip("."), item) for key, item in value.items()]
    elif isinstance(value, list):
        items = [(f"{place}[{number}]", item) for number, item in enumerate(value)]
    return [problem for at, item in items for problem in unfilled(item, at)]


def queries(value: Any) -> frozenset[str]:
    """Return the queries of all URLs in a value, each with its question mark. Queries often contain a token."""
    if isinstance(value, str):
        # The mask of a hidden query is not a secret.
        return frozenset(_QUERY.findall(value)) - {f"?{MASK}"} if "?" in value else frozenset()
    if isinstance(value, Mapping):
        value = list(value.values())
    return frozenset().union(*map(queries, value)) if isinstance(value, list) else frozenset()


def check_input(
    spec: Mapping[str, Any], given: Mapping[Any, Any], place: str = "", *, native: bool = False
) -> list[InvalidInput]:
    """Return the errors of the user's arguments: types, ranges, characters, choices, unknown options.

    A missing top-level option is not an error here, since its value may come from the environment. Null is treated as
    not set.

    :arg spec: an argument specification of ansible-core.
    :arg given: a plain value, see ``plain()``.
    :arg place: the prefix of the parameters' names in messages.
    :arg native: whether Jinja's native mode is on. It turns strings into numbers, so the remedy is another one.
    """
    check = _Check(_NATIVE if native else _QUOTE)
    check.options(_by_name(spec), given, place)
    return check.found


def _by_name(spec: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the options, by name and by alias."""
    return {name: option for key, option in spec.items() for name in (key, *option.get("aliases", ()))}


class _Check:
    """Walks through arguments and collects errors.

    :arg remedy: what to do if a number is given where a string is expected.
    """

    def __init__(self, remedy: str) -> None:
        self._remedy = remedy
        self.found: list[InvalidInput] = []

    def _report(self, place: str, problem: str, remedy: str) -> None:
        self.found.append(InvalidInput(place, problem, remedy))

    def options(self, options: Mapping[str, Mapping[str, Any]], given: Mapping[Any, Any], place: str) -> None:
        """Check the values of options."""
        for name, value in given.items():
            option = options.get(name)
            if option is None:
                self._unknown(options, name, place)
            elif value is None:
                continue
            elif isinstance(value, str) and option.get("type", "str") in ("str", "path"):
                # Almost all values are plain strings, so these come first.
                if not value.isprintable():
                    self._characters(value, f"{place}{name}", secret=bool(option.get("no_log")))
                if "choices" in option and value not in option["choices"]:
                    self._report(f"{place}{name}", "this value is not supported", _use(option["choices"]))
            else:
                self._value(name, option, value, f"{place}{name}")

    def _value(self, name: str, option: Mapping[str, Any], value: Any, place: str) -> None:
        kind = option.get("type", "str")
        if kind in ("str", "path"):
            self._no_text(value, place)
        elif kind == "bool":
            self._boolean(value, place)
        elif kind in _NUMBERS:
            self._number(kind, value, place)
        elif kind == "list":
            self._list(name, option, value, place)
        else:
            self._dictionary(name, option, value, place)

    def _unknown(self, options: Mapping[str, Any], name: Any, place: str) -> None:
        if not isinstance(name, str) or not _OPTION.fullmatch(name):
            where = place.rstrip(".") or "the task"
            self._report(where, "one of its options has an invalid name", _use(options))
            return
        close = get_close_matches(name, options, 1)
        remedy = f"Did you mean {close[0]}? Correct the name" if close else _use(options)
        self._report(f"{place}{name}", "this option does not exist", remedy)

    def _characters(self, text: str, place: str, *, secret: bool) -> None:
        """Report the first character that is invisible or controls a terminal.

        A secret that was read from a file may end with a line break. The code that sends it handles that.
        """
        harmful = next(filter(is_harmful, text.rstrip("\r\n") if secret else text), None)
        if harmful is not None:
            self._report(
                place,
                f"it contains U+{ord(harmful):04X}, a control character or an invisible character",
                "Remove it. It often comes with copied text, or with a YAML block that begins with |",
            )

    def _no_text(self, value: Any, place: str) -> None:
        """Report a value that should be a string."""
        is_container = isinstance(value, (Mapping, list, tuple))
        self._report(place, f"must be a string, not {_called(value)}", _NO_TEXT if is_container else self._remedy)

    def _boolean(self, value: Any, place: str) -> None:
        try:
            boolean(value)
        except TypeError:
            self._report(place, "must be a boolean", "Use true or false")

    def _number(self, kind: str, value: Any, place: str) -> None:
        convert, called = _NUMBERS[kind]
        try:
            if isinstance(value, bool):
                raise TypeError
            number = convert(value)
        # Infinity can't be converted to a whole number.
        except (TypeError, ValueError, OverflowError):
            self._report(place, f"must be {called}", "Correct the value")
            return
        try:
            in_range(place, number)
        except InvalidInput as error:
            self.found.append(error)

    def _list(self, name: str, option: Mapping[str, Any], value: Any, place: str) -> None:
        dictionaries = option.get("elements") == "dict"
        wanted = "Give a list of dictionaries" if dictionaries else "Give a list"
        if isinstance(value, str) and not dictionaries:
            # ansible-core splits it at its commas.
            self._text(value, place, secret=bool(option.get("no_log")))
            return
        if not isinstance(value, list):
            self._report(place, f"must be a list, not {_called(value)}", _DATED if _is_dated(value) else wanted)
            return
        options = _by_name(option["options"]) if "options" in option else None
        required = [key for key, one in option.get("options", {}).items() if one.get("required")]
        for number, item in enumerate(value):
            at = f"{place}[{number}]"
            if not dictionaries:
                if item is None:
                    self._report(at, "it is null", "Give a string, or remove the item")
                else:
                    self._text(item, at, secret=bool(option.get("no_log")))
            elif not isinstance(item, Mapping):
                self._report(at, f"must be a dictionary, not {_called(item)}", f"Give {_keys(option)}")
            elif options is None:
                self.free(item, at, secret=bool(option.get("no_log")), texts=name not in _JSON)
            else:
                self.options(options, item, f"{at}.")
                self._missing(required, item, f"{at}.")

    def _dictionary(self, name: str, option: Mapping[str, Any], value: Any, place: str) -> None:
        suboptions = option.get("options")
        if suboptions is None and isinstance(value, str):
            # ansible-core parses JSON and key=value.
            try:
                value = check_type_dict(value)
            except (TypeError, ValueError):
                remedy = _DATED if _is_dated(value) else "Give a dictionary"
                self._report(place, "it is a string that can't be parsed as a dictionary", remedy)
                return
        if not isinstance(value, Mapping):
            self._report(place, f"must be a dictionary, not {_called(value)}", f"Give {_keys(option)}")
        elif suboptions is None:
            self.free(value, place, secret=bool(option.get("no_log")), texts=name not in _JSON)
        else:
            self.options(_by_name(suboptions), value, f"{place}.")
            self._missing([key for key, one in suboptions.items() if one.get("required")], value, f"{place}.")

    def _missing(self, required: Iterable[str], given: Mapping[Any, Any], place: str) -> None:
        for name in required:
            if given.get(name) is None:
                self._report(f"{place}{name}", "it is missing", "Set it")

    def _text(self, value: Any, place: str, *, secret: bool) -> None:
        if not isinstance(value, str):
            self._no_text(value, place)
        elif not value.isprintable():
            self._characters(value, place, secret=secret)

    def free(self, value: Any, place: str, *, secret: bool, texts: bool) -> None:
        """Check a dictionary with arbitrary keys, at any depth.

        :arg texts: whether numbers and booleans must be strings.
        """
        if isinstance(value, Mapping):
            for key, item in value.items():
                if not isinstance(key, str):
                    self._report(place, f"its keys must be strings, but one is {_called(key)}", "Put the key in quotes")
                elif not key.strip():
                    self._report(place, "one of its keys is empty", "Name the key, or remove it")
                else:
                    at = f"{place}.{in_message(key)}"
                    self._characters(key, at, secret=False)
                    self.free(item, at, secret=secret, texts=texts)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                self.free(item, f"{place}[{number}]", secret=secret, texts=texts)
        elif value is not None and (texts or not isinstance(value, (bool, int, float))):
            self._text(value, place, secret=secret)


def _called(value: Any) -> str:
    """Return the name of a value's type, for a message."""
    for kinds, name in _NAMES:
        if isinstance(value, kinds):
            return name
    return "null"


def _is_dated(value: Any) -> bool:
    """Return True for the string that ansible-core before 2.19 makes of a list or dictionary with a date."""
    return isinstance(value, str) and "datetime.date" in value


def _use(names: Iterable[Any]) -> str:
    return f"Use {or_list([str(name) for name in names])}"


def _keys(option: Mapping[str, Any]) -> str:
    keys = ", ".join(option.get("options", ()))
    return f"a dictionary with the keys {keys}" if keys else "a dictionary"
