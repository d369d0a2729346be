# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tests/tools/mutants.py: mutations that the unit tests do not notice are found."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from tools.mutants import Mutation, Place, files, is_noticeable, own_tests, places, report, sample, survivors

CODE = """
def is_more(first: int, second: int) -> bool:
    return first > second
"""
TESTS = """
from plugins.module_utils._core.compare import is_more

def test_more_and_less() -> None:
    assert is_more(2, 1)
    assert not is_more(1, 2)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project whose tests leave a limit unchecked."""
    write(tmp_path, "plugins/module_utils/_core/compare.py", CODE)
    write(tmp_path, "tests/unit/core/test_compare.py", TESTS)
    write(tmp_path, "pyproject.toml", '[tool.pytest]\npythonpath = ["."]\n')
    write(tmp_path, ".gitignore", ".build/\n__pycache__/\n")
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def test_a_limit_without_a_test_survives(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mutations = sample(project, places(project, files(project)), 150, 1)
    assert sorted(mutation.after.splitlines()[-1].strip() for mutation in mutations) == [
        "return first <= second",
        "return first >= second",
    ]
    (alive,) = survivors(project, mutations, 2)
    assert ">=" in alive.after
    printed = capsys.readouterr().out
    assert "plugins/module_utils/_core/compare.py:3" in printed
    assert "+    return first >= second" in printed
    assert (project / "plugins/module_utils/_core/compare.py").read_text(encoding="utf-8") == CODE
    assert list((project / ".build").iterdir()) == []


def test_tests_that_fail_by_themselves_are_named(project: Path) -> None:
    write(project, "tests/unit/core/test_compare.py", "def test_it() -> None:\n    assert False\n")
    with pytest.raises(SystemExit, match=r"tests/unit/core/test_compare\.py failed without a mutation"):
        survivors(project, sample(project, places(project, files(project)), 1, 1), 1)


def test_a_seed_chooses_the_same_sample_again(project: Path) -> None:
    write(project, "plugins/plugin_utils/more.py", "A = [1, 2, 3, 4, 5, 6, 7, 8, 9]\n")
    choices = places(project, files(project))
    assert sample(project, choices, 5, 7) == sample(project, choices, 5, 7)
    assert sample(project, choices, 5, 7) != sample(project, choices, 5, 8)
    assert files(project, ["_core/compare.py"]) == ["plugins/module_utils/_core/compare.py"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: int | None = f()", "a: int & None = f()"),
        ("def f(a: bool | None = g()) -> int | str: ...", "def f(a: bool & None = g()) -> int & str: ..."),
        ("def f(a, *, b, c=1): ...", "def f(a, /, b, c=1): ..."),
        ("class A(Protocol):\n    def f(a=1): ...", "class A(Protocol):\n    def f(a=2): ..."),
        ("if TYPE_CHECKING:\n    import a", "if not TYPE_CHECKING:\n    import a"),
        ("@dataclass(frozen=True)\nclass A: ...", "@dataclass(frozen=False)\nclass A: ..."),
        ("@lru_cache(maxsize=8)\ndef f(): ...", "def f(): ..."),
        ("f(1)", "f("),
    ],
)
def test_what_no_test_can_notice_is_no_mutation(before: str, after: str) -> None:
    assert not is_noticeable(before, after)


def test_a_call_that_is_left_out_is_a_mutation(project: Path) -> None:
    write(project, "plugins/module_utils/_core/compare.py", "def f(a):\n    a.append()\n    return a\n")
    (mutation,) = sample(project, places(project, files(project)), 150, 1)
    assert mutation.after == "def f(a):\n    pass\n    return a\n"


def test_a_file_is_tested_by_its_own_tests_or_by_those_of_its_folder(tmp_path: Path) -> None:
    for path in (
        "unit/cloud/numbers/test_plan.py",
        "integration/cloud/numbers/test_plan.py",
        "integration/cloud/test_client.py",
        "integration/test_options.py",
        "unit/test_controller.py",
    ):
        write(tmp_path, f"tests/{path}", "")
    for path, tests in (
        (
            "module_utils/_cloud/numbers/plan.py",
            ["unit/cloud/numbers/test_plan.py", "integration/cloud/numbers/test_plan.py"],
        ),
        ("module_utils/_cloud/client.py", ["integration/cloud/test_client.py"]),
        ("module_utils/_cloud/options.py", ["unit/cloud"]),
        ("plugin_utils/controller.py", ["unit/test_controller.py"]),
        ("plugin_utils/vault.py", ["unit"]),
    ):
        assert own_tests(tmp_path, f"plugins/{path}") == tuple(f"tests/{test}" for test in tests)


@pytest.mark.parametrize(
    ("path", "killed", "problem"),
    [
        ("_core/checks.py", 90, None),
        ("_core/checks.py", 89, "Fewer than 90 %"),
        ("_genesys_cloud/numbers/plan.py", 99, "money"),
        ("_core/secrets.py", 99, "secrets"),
        ("_digital_channels/services_client.py", 99, "writes"),
    ],
)
def test_the_score_decides_but_in_strict_files_each_mutation(path: str, killed: int, problem: str | None) -> None:
    mutations = [Mutation(Place(f"plugins/module_utils/{path}", n, "AddNot", n), "a", "b") for n in range(100)]
    found = report(mutations, mutations[killed:])
    assert found == problem or (problem is not None and problem in str(found))


def test_the_diff_of_a_mutation_names_file_and_line() -> None:
    place = Place("plugins/module_utils/_core/a.py", 2, "AddNot", 0)
    assert Mutation(place, "a\nb\n", "a\nc\n").diff() == dedent(
        """\
        --- plugins/module_utils/_core/a.py:2
        +++ plugins/module_utils/_core/a.py:2
        @@ -1,2 +1,2 @@
         a
        -b
        +c"""
    )
