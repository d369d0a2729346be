# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the user wrote, checked against an argument specification before ansible-core does.

ansible-core turns whatever it gets into a text, so that an unquoted 065046 becomes 27174, and its messages quote
values. So the collection looks first: is each value of the kind that is wanted, and free of characters that hide or
that a terminal obeys? No message here holds a value.

Filters use this too, and each worker process loads filters for itself: so nothing heavy is imported here.
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

_JSON = frozenset({"data"})
"""Free dictionaries that go on as JSON, with numbers and truth values. In all others each value is a text."""

_OMITTED = "__omit_place_holder__"
"""What the text begins with that ``omit`` stands for before ansible-core 2.19."""

_QUERY = re.compile(r"https?://[^\s?]*(\?\S+)", re.IGNORECASE)

_OPTION = re.compile(r"[A-Za-z0-9_.-]+")

_QUOTE = (
    "Put it in quotes where it is written (on a host's line of an INI inventory in two pairs, as in '\"0123\"'), or "
    "end the template that computes it with | string"
)
_NATIVE = (
    "Jinja's native mode is on (jinja2_native) and turns texts that look like numbers into numbers: turn it off, or "
    "put quotes around the value and end each template that it goes through with | string"
)
_NO_TEXT = (
    "Give a text. Before ansible-core 2.19, a template whose text looks like JSON becomes a list or dictionary, unless "
    "it ends with | string"
)
_UNFILLED = "it holds a template that is not filled in, which happens where error_on_undefined_vars is false"
_DEFINE = "Define the variables in it, and set error_on_undefined_vars to true"
_DATED = "There is a date in it: put that in quotes where it is written"
_NAMES: tuple[tuple[tuple[type, ...], str], ...] = (
    # YAML takes unquoted words for these.
    ((bool,), "a truth value (as yes, no, on and off are without quotes)"),
    ((str,), "a text"),
    ((int, float), "a number"),
    ((date, time), "a date"),
    ((Mapping,), "a dictionary"),
    ((list, tuple), "a list"),
    ((bytes,), "binary"),
)
_NUMBERS = {"int": (check_type_int, "a whole number"), "float": (check_type_float, "a number")}


def plain(value: Any) -> Any:
    """Return a value without Ansible's own kinds of text and without what is omitted, at any depth.

    Numbers, truth values and dates stay what they are, so that they can be told from texts.
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
    # A text of Ansible's own kind, such as one that comes out of a vault.
    return str(value)


def is_omitted(value: Any) -> bool:
    """Tell whether a value is what the variable ``omit`` stands for, on any ansible-core."""
    if isinstance(value, str):
        return value.startswith(_OMITTED)
    return type(value).__name__ == "_OmitType"


def unfilled(value: Any, place: str = "") -> list[InvalidInput]:
    """Return where a plain value holds what begins a template.

    That is no template to fill in any more. But with ``error_on_undefined_vars`` off, ansible-core before 2.19 leaves a
    template whose variables are not defined as it is, and it would go out as a value.
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
    """Return the queries of all URLs in a value, each from its question mark on: they often hold a token."""
    if isinstance(value, str):
        # What stands for a hidden query is no secret itself.
        return frozenset(_QUERY.findall(value)) - {f"?{MASK}"} if "?" in value else frozenset()
    if isinstance(value, Mapping):
        value = list(value.values())
    return frozenset().union(*map(queries, value)) if isinstance(value, list) else frozenset()


def check_input(
    spec: Mapping[str, Any], given: Mapping[Any, Any], place: str = "", *, native: bool = False
) -> list[InvalidInput]:
    """Return what is wrong with arguments as they were given: kinds, shapes, characters, choices, unknown options.

    What is missing at the top is not looked for, since it may come from the environment. Null stands for nothing.

    :arg spec: an argument specification of ansible-core.
    :arg given: a plain value, see ``plain()``.
    :arg place: what the names of parameters begin with.
    :arg native: whether Jinja's native mode is on, which explains numbers that nobody wrote.
    """
    check = _Check(_NATIVE if native else _QUOTE)
    check.options(_by_name(spec), given, place)
    return check.found


def _by_name(spec: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the options by name and by alias."""
    return {name: option for key, option in spec.items() for name in (key, *option.get("aliases", ()))}


class _Check:
    """One walk through arguments, and what it finds.

    :arg remedy: what to do about a number where a text is wanted.
    """

    def __init__(self, remedy: str) -> None:
        self._remedy = remedy
        self.found: list[InvalidInput] = []

    def _report(self, place: str, problem: str, remedy: str) -> None:
        self.found.append(InvalidInput(place, problem, remedy))

    def options(self, options: Mapping[str, Mapping[str, Any]], given: Mapping[Any, Any], place: str) -> None:
        """Look at the values of options."""
        for name, value in given.items():
            option = options.get(name)
            if option is None:
                self._unknown(options, name, place)
            elif value is None:
                continue
            elif isinstance(value, str) and option.get("type", "str") in ("str", "path"):
                # Almost all values are texts without anything special, so that these come first.
                if not value.isprintable():
                    self._characters(value, f"{place}{name}", secret=bool(option.get("no_log")))
                if "choices" in option and value not in option["choices"]:
                    self._report(f"{place}{name}", "it is none of its values", _one_of(option["choices"]))
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
            self._report(where, "it has an option whose name is not made of letters and underscores", _one_of(options))
            return
        close = get_close_matches(name, options, 1)
        remedy = f"Did you mean {close[0]}?" if close else _one_of(options)
        self._report(f"{place}{name}", "there is no such option", remedy.rstrip("?"))

    def _characters(self, text: str, place: str, *, secret: bool) -> None:
        """Report the first character that hides, or that a terminal obeys.

        A secret that ends with a line break is one of a file; whoever sends it looks after that.
        """
        harmful = next(filter(is_harmful, text.rstrip("\r\n") if secret else text), None)
        if harmful is not None:
            self._report(
                place,
                f"it holds U+{ord(harmful):04X}, a control character or one that can't be seen",
                "Remove it; it often comes with text that was copied, or with a block of YAML that begins with |",
            )

    def _no_text(self, value: Any, place: str) -> None:
        """Report a value that is no text where one is wanted."""
        if isinstance(value, (Mapping, list, tuple)):
            self._report(place, f"it is {_called(value)}, not a text", _NO_TEXT)
        else:
            self._report(place, f"it is {_called(value)}, not a text", self._remedy)

    def _boolean(self, value: Any, place: str) -> None:
        try:
            boolean(value)
        except TypeError:
            self._report(place, "it is neither true nor false", "Use true or false")

    def _number(self, kind: str, value: Any, place: str) -> None:
        convert, called = _NUMBERS[kind]
        try:
            if isinstance(value, bool):
                raise TypeError
            number = convert(value)
        # An infinite number can't be made a whole one.
        except (TypeError, ValueError, OverflowError):
            self._report(place, f"it is not {called}", f"Give {called}")
            return
        try:
            in_range(place, number)
        except InvalidInput as error:
            self.found.append(error)

    def _list(self, name: str, option: Mapping[str, Any], value: Any, place: str) -> None:
        dictionaries = option.get("elements") == "dict"
        wanted = "Give a list of dictionaries" if dictionaries else "Give a list"
        if isinstance(value, str) and not dictionaries:
            # ansible-core takes it for a list with commas.
            self._text(value, place, secret=bool(option.get("no_log")))
            return
        if not isinstance(value, list):
            self._report(place, f"it is {_called(value)}, not a list", _DATED if _is_dated(value) else wanted)
            return
        options = _by_name(option["options"]) if "options" in option else None
        required = [key for key, one in option.get("options", {}).items() if one.get("required")]
        for number, item in enumerate(value):
            at = f"{place}[{number}]"
            if not dictionaries:
                if item is None:
                    self._report(at, "it is null", "Give a text, or remove the item")
                else:
                    self._text(item, at, secret=bool(option.get("no_log")))
            elif not isinstance(item, Mapping):
                self._report(at, f"it is {_called(item)}, not a dictionary", f"Give {_keys(option)}")
            elif options is None:
                self.free(item, at, secret=bool(option.get("no_log")), texts=name not in _JSON)
            else:
                self.options(options, item, f"{at}.")
                self._missing(required, item, f"{at}.")

    def _dictionary(self, name: str, option: Mapping[str, Any], value: Any, place: str) -> None:
        suboptions = option.get("options")
        if suboptions is None and isinstance(value, str):
            # ansible-core reads JSON, and key=value.
            try:
                value = check_type_dict(value)
            except (TypeError, ValueError):
                remedy = _DATED if _is_dated(value) else "Give a dictionary"
                self._report(place, "it is a text that can't be read as a dictionary", remedy)
                return
        if not isinstance(value, Mapping):
            self._report(place, f"it is {_called(value)}, not a dictionary", f"Give {_keys(option)}")
        elif suboptions is None:
            self.free(value, place, secret=bool(option.get("no_log")), texts=name not in _JSON)
        else:
            self.options(_by_name(suboptions), value, f"{place}.")
            self._missing([key for key, one in suboptions.items() if one.get("required")], value, f"{place}.")

    def _missing(self, required: Iterable[str], given: Mapping[Any, Any], place: str) -> None:
        for name in required:
            if given.get(name) is None:
                self._report(f"{place}{name}", "it is missing", "Give it")

    def _text(self, value: Any, place: str, *, secret: bool) -> None:
        if not isinstance(value, str):
            self._no_text(value, place)
        elif not value.isprintable():
            self._characters(value, place, secret=secret)

    def free(self, value: Any, place: str, *, secret: bool, texts: bool) -> None:
        """Look at a dictionary whose keys are the user's, and at what is in it.

        :arg texts: whether numbers and truth values are to be texts.
        """
        if isinstance(value, Mapping):
            for key, item in value.items():
                if not isinstance(key, str):
                    self._report(place, f"one of its keys is {_called(key)}, not a text", self._remedy)
                elif not key.strip():
                    self._report(place, "one of its keys is empty", "Name it, or remove it")
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
    """Return what a value is called that is not of the kind that is wanted."""
    for kinds, name in _NAMES:
        if isinstance(value, kinds):
            return name
    return "nothing"


def _is_dated(value: Any) -> bool:
    """Tell whether a text is what a template of ansible-core before 2.19 makes of a list or dictionary with a date."""
    return isinstance(value, str) and "datetime.date" in value


def _one_of(names: Iterable[Any]) -> str:
    return f"Use one of {', '.join(map(str, names))}"


def _keys(option: Mapping[str, Any]) -> str:
    keys = ", ".join(option.get("options", ()))
    return f"a dictionary with the keys {keys}" if keys else "a dictionary"
