# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files, functions and headings that the documentation for developers names exist."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from tools.collection import ROOT

RECORDS = sorted(ROOT.glob("docs/decisions/[0-9]*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
OF_CODE = [ROOT / "CONTRIBUTING.md", ROOT / "docs/architecture.md", *RECORDS]
# Functions of Ansible or Python.
FOREIGN = {"default", "run_command"}

_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
_FUNCTION = re.compile(r"`(?:\w+\.)?(\w+)\(\)`")
_FILE = re.compile(r"`((?:[\w.]+/)*\w+\.(?:py|yml))`")


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_link_targets_exist(page: Path) -> None:
    for path, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        if path.startswith(("http:", "https:")):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


@cache
def functions() -> set[str]:
    """Return the names of all functions and methods of the plugins, and of foreign ones that pages may name."""
    code = [path for path in ROOT.glob("plugins/**/*.py") if "__pycache__" not in path.parts]
    return FOREIGN.union(
        *(re.findall(r"^ *def (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE) for path in code)
    )


@cache
def files() -> list[str]:
    """Return the paths of all files of the repository that a page may name."""
    return [f"/{path.relative_to(ROOT)}" for pattern in ("*", "[a-z]*/**/*.*") for path in ROOT.glob(pattern)]


@pytest.mark.parametrize("page", OF_CODE, ids=page_id)
def test_named_functions_and_files_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert set(_FUNCTION.findall(text)) <= functions()
    assert [name for name in _FILE.findall(text) if not any(path.endswith(f"/{name}") for path in files())] == []


def test_the_index_lists_each_record_by_its_title() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\d+)\]\((\S+)\) \| (.+) \|$", index, re.MULTILINE)
    titles = [page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for page in RECORDS]
    assert rows == [
        (str(number), page.name, title) for number, (page, title) in enumerate(zip(RECORDS, titles, strict=True), 1)
    ]


@pytest.mark.parametrize("page", RECORDS, ids=page_id)
def test_a_record_has_three_parts_and_at_most_one_page(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequence"]
    assert len(lines) <= 60
