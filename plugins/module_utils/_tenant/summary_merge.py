# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Merges the summaries of slices into one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .._core.server_text import in_message
from .summary import OUTCOMES, SCHEMA_VERSION, assemble

_KINDS: dict[str, tuple[type, ...]] = {
    "collection_version": (str,),
    "ansible_core_version": (str,),
    "playbooks": (list,),
    "check_mode": (bool,),
    "started": (str,),
    "ended": (str,),
    "limit": (str, type(None)),
    "slice": (dict, type(None)),
    "merged": (dict, type(None)),
    "compared_tenants": (int, type(None)),
    "totals": (dict,),
    "problems": (list,),
    "tenants": (list,),
}
"""The fields of a summary that are read here, with their types."""

_ALIKE = {
    "collection_version": "the version of the collection",
    "ansible_core_version": "the version of ansible-core",
    "playbooks": "the playbook",
    "check_mode": "check mode",
}
"""The fields that must be the same in all files."""


def merge(files: Sequence[tuple[str, str]], *, allow_missing: bool = False) -> tuple[dict[str, Any] | None, list[str]]:
    """Merge summaries. Return the merged summary, or None if there are problems, and a sentence for each problem.

    :arg files: name and content of each file.
    :arg allow_missing: whether slices may be missing. The merged summary names them.
    """
    if not files:
        return None, ["summary_files: it names no file. Give the summary files of the slices."]
    summaries: list[tuple[str, dict[str, Any]]] = []
    problems: list[str] = []
    for name, content in files:
        summary = _read(content)
        if isinstance(summary, str):
            problems.append(f"{name}: {summary}")
        else:
            summaries.append((name, summary))
    if not problems:
        problems = [*_differences(summaries), *_slice_problems(summaries), *_twice(summaries)]
    if problems:
        return None, problems
    count = _slice_count(summaries)
    missing = _missing(summaries, count)
    if count is not None and len(summaries) < count and not allow_missing:
        which = f" Missing: {', '.join(map(str, missing))}." if missing else ""
        problem = (
            f"summary_files: {len(summaries)} of {count} slices have a file.{which} Run the other slices, give all "
            "files, or set allow_missing_slices to true."
        )
        return None, [problem]
    return _merged([summary for _name, summary in summaries], count, missing), []


def _read(content: str) -> dict[str, Any] | str:
    """Return the summary in a file, or the problem of the file."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return "it is not valid JSON. The run that wrote it may have been killed. Run the slice again."
    version = found.get("schema_version") if isinstance(found, dict) else None
    if not isinstance(found, dict) or "tenants" not in found or version is None:
        return "it is not a summary of this collection. Remove it from summary_files."
    if version != SCHEMA_VERSION:
        return (
            f"its schema_version is {in_message(str(version), 20)}, but this version of the collection reads "
            f"{SCHEMA_VERSION}. Run and merge all slices with the same version of the collection."
        )
    wrong = [field for field, kinds in _KINDS.items() if not isinstance(found.get(field), kinds) or field not in found]
    wrong += [] if wrong or all(map(_is_tenant, found["tenants"])) else ["tenants"]
    part = found.get("slice")
    if part is not None and "slice" not in wrong and not _is_slice(part):
        wrong.append("slice")
    if wrong:
        return f"its field {wrong[0]} is missing or has another type. Run the slice again."
    if found["merged"] is not None:
        return "it is a merged summary already. Give the files of the slices."
    return found


def _is_tenant(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("tenant"), str)
        and value.get("outcome") in OUTCOMES
        and all(isinstance(value.get(key), list) for key in ("changes", "numbers"))
        and all(isinstance(number, dict) and "status" in number for number in value["numbers"])
    )


def _is_slice(value: Mapping[str, Any]) -> bool:
    number, count = value.get("number"), value.get("count")
    return isinstance(count, int) and (number is None or (isinstance(number, int) and 1 <= number <= count))


def _differences(summaries: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return a sentence for each file that differs from the first one in what must be the same."""
    first, one = summaries[0]
    return [
        f"{name}: {what} is {_shown(other[field])}, but in {first} it is {_shown(one[field])}. Merge only the slices "
        "of one run."
        for name, other in summaries[1:]
        for field, what in _ALIKE.items()
        if other[field] != one[field]
    ]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return in_message(", ".join(map(str, value)) if isinstance(value, list) else str(value), 100)


def _slice_problems(summaries: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    problems = []
    counted: tuple[str, int] | None = None
    owners: dict[int, str] = {}
    for name, summary in summaries:
        part = summary["slice"]
        if part is None:
            continue
        counted = counted or (name, part["count"])
        if part["count"] != counted[1]:
            problems.append(
                f"{name}: it is one of {part['count']} slices, but {counted[0]} is one of {counted[1]}. Merge only the "
                "slices of one run."
            )
        owner = owners.setdefault(part["number"], name) if part["number"] is not None else name
        if owner != name:
            problems.append(f"{name}: it is slice {part['number']}, and so is {owner}. Give only one of them.")
    if counted is not None and len(summaries) > counted[1]:
        problems.append(
            f"summary_files: there are {len(summaries)} files, but only {counted[1]} slices. Give the files of one run."
        )
    return problems


def _twice(summaries: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return a sentence for each tenant that is in two files."""
    owners: dict[str, str] = {}
    problems = []
    for name, summary in summaries:
        for tenant in summary["tenants"]:
            owner = owners.setdefault(tenant["tenant"], name)
            if owner != name:
                problems.append(
                    f"{name}: the tenant {in_message(tenant['tenant'], 100)} is in {owner} too. Give only one of the "
                    "files, or cut the inventory so that each tenant is in one slice."
                )
    return problems


def _slice_count(summaries: Sequence[tuple[str, dict[str, Any]]]) -> int | None:
    counts = [summary["slice"]["count"] for _name, summary in summaries if summary["slice"]]
    return counts[0] if counts else None


def _missing(summaries: Sequence[tuple[str, dict[str, Any]]], count: int | None) -> list[int]:
    """Return the numbers of the missing slices, if the numbers of all files are known."""
    numbers = {summary["slice"]["number"] if summary["slice"] else None for _name, summary in summaries}
    return [] if count is None or None in numbers else [one for one in range(1, count + 1) if one not in numbers]


def _merged(summaries: list[dict[str, Any]], count: int | None, missing: list[int]) -> dict[str, Any]:
    first = summaries[0]
    limits = {summary["limit"] for summary in summaries}
    compared = [summary["compared_tenants"] for summary in summaries if summary["tenants"]]
    problems = [line for summary in summaries for line in summary["problems"]]
    return assemble(
        {
            **{field: first[field] for field in ("schema_version", *_ALIKE)},
            "started": min(summary["started"] for summary in summaries),
            "ended": max(summary["ended"] for summary in summaries),
            "limit": limits.pop() if len(limits) == 1 else None,
            "slice": None,
            "merged": {"files": len(summaries), "count": count, "missing": missing},
        },
        sorted((one for summary in summaries for one in summary["tenants"]), key=lambda one: str(one["tenant"])),
        list(dict.fromkeys(problems)),
        min(compared) if compared and None not in compared else None,
    )
