# Copyright: contributors to cxops.genesys_sms
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change the code at random places, and see whether the tests notice.

cosmic-ray makes the changes (mutations), each in a copy of the checkout, and runs the tests of the changed file. A
mutation that the tests notice is killed, the others survive. Survivors show what the tests leave unchecked.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import difflib
import os
import random
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path, PurePath
from queue import Queue
from typing import TYPE_CHECKING, Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.testing import run_tests
from cosmic_ray.work_item import TestOutcome
from parso.python.tree import Keyword
from tools.collection import ROOT, update_copy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CODE = ("plugins/module_utils", "plugins/plugin_utils")
MARK = 90
# No mutation may survive there.
STRICT = {
    "money": ("*/_genesys_cloud/*",),
    "secrets": ("*/_core/secrets.py", "*/_core/secret_file.py", "*/_core/server_text.py"),
    "writes": (
        "*_client.py",
        "*/_configuration/sections.py",
        "*/_configuration/sender_ids.py",
        "*/_configuration/webhook_headers.py",
        "*/_digital_channels/channels.py",
        "*/_digital_channels/services.py",
    ),
}
# cosmic-ray could replace each operator by all others, and would find the same hole eleven times.
REPLACEMENTS = {
    "ReplaceBinaryOperator": "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Mul Mod_Mul BitOr_BitAnd BitAnd_BitOr",
    "ReplaceComparisonOperator": (
        "Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt"
    ),
    "ReplaceUnaryOperator": "USub_UAdd Delete_Not",
}
OTHERS = (
    "AddNot ExceptionReplacer NumberReplacer RemoveDecorator ReplaceAndWithOr ReplaceBreakWithContinue "
    "ReplaceContinueWithBreak ReplaceFalseWithTrue ReplaceOrWithAnd ReplaceTrueWithFalse ZeroIterationForLoop"
)


class DropCall:
    """Replace a statement that is a call by `pass`: cosmic-ray has no such operator."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Say where this can be done below a node of parso."""
        if node.type == "simple_stmt" and node.children[0].type in ("atom_expr", "power"):
            yield node.children[0].start_pos, node.children[0].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Do it."""
        call = node.children[0]
        node.children[0] = Keyword("pass", call.start_pos, call.get_first_leaf().prefix)
        return node


def operators() -> dict[str, Any]:
    """Return what changes the code, by name."""
    names = OTHERS.split() + [f"{name}_{pair}" for name, pairs in REPLACEMENTS.items() for pair in pairs.split()]
    return {name: get_operator(f"core/{name}")() for name in names} | {"DropCall": DropCall()}


OPERATORS = operators()


@dataclass(frozen=True)
class Place:
    """Where a mutation is possible."""

    path: str
    line: int
    operator: str
    occurrence: int


@dataclass(frozen=True)
class Mutation:
    """A file that was changed at one place."""

    place: Place
    before: str
    after: str

    def diff(self) -> str:
        """Show the change."""
        name = f"{self.place.path}:{self.place.line}"
        lines = difflib.unified_diff(self.before.splitlines(), self.after.splitlines(), name, name, lineterm="", n=2)
        return "\n".join(lines)

    def strict(self) -> str | None:
        """Say what it may spoil that must not be spoiled."""
        return next((what for what, globs in STRICT.items() if any(fnmatch(self.place.path, g) for g in globs)), None)


def files(root: Path, globs: Iterable[str] = ()) -> list[str]:
    """Return the code files whose path matches one of these patterns, or all."""
    paths = sorted(str(path.relative_to(root)) for folder in CODE for path in (root / folder).rglob("*.py"))
    wanted = [f"*{glob}" for glob in globs] or ["*"]
    return [path for path in paths if any(fnmatch(path, glob) for glob in wanted)]


def places(root: Path, paths: Iterable[str]) -> list[Place]:
    """Return all places of these files."""
    found = []
    for path in paths:
        nodes = list(ast_nodes(get_ast((root / path).read_text(encoding="utf-8"))))
        for name, operator in OPERATORS.items():
            positions = [start for node in nodes for start, _end in operator.mutation_positions(node)]
            found += [Place(path, line, name, index) for index, (line, _column) in enumerate(positions)]
    return found


def sample(root: Path, choices: Iterable[Place], count: int, seed: int) -> list[Mutation]:
    """Return so many mutations at random places, the same ones for the same seed."""
    order = list(choices)
    random.Random(seed).shuffle(order)
    found: list[Mutation] = []
    for place in order:
        if len(found) == count:
            break
        before = (root / place.path).read_text(encoding="utf-8")
        after = _mutated(before, place)
        if after is not None and is_noticeable(before, after):
            found.append(Mutation(place, before, after))
    return found


def _mutated(before: str, place: Place) -> str | None:
    try:
        after: str | None = mutate_code(before, OPERATORS[place.operator], place.occurrence)
    except AttributeError:  # cosmic-ray can't replace an exception with a dot in its name
        return None
    return after


def is_noticeable(before: str, after: str) -> bool:
    """Tell whether a change is valid Python, and changes more than annotations."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            compile(after, "", "exec")
        except (SyntaxError, ValueError):
            return False
    return _meaning(before) != _meaning(after)


@cache
def _meaning(source: str) -> str:
    return ast.dump(_Meaning().visit(ast.parse(source)))


class _Meaning(ast.NodeTransformer):
    """Leave out what only type checkers notice, and caches, which save time only."""

    def visit_If(self, node: ast.If) -> ast.AST | None:  # the name is given by ast
        names = {inner.id for inner in ast.walk(node.test) if isinstance(inner, ast.Name)}
        return None if "TYPE_CHECKING" in names else self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        # The bare "*" of a signature is an operator for cosmic-ray.
        node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
        node.defaults = [*node.defaults, *filter(None, node.kw_defaults)]
        node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        node.decorator_list = [
            name for name in node.decorator_list if "cache" not in ast.unparse(name).partition("(")[0]
        ]
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST | None:
        return None if "Protocol" in {ast.unparse(base) for base in node.bases} else self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST | None:
        return None if node.arg in ("frozen", "init") else self.generic_visit(node)


def own_tests(root: Path, path: str) -> tuple[str, ...]:
    """Return the test files that have the name of a code file, in its folder; else the unit tests of the folder."""
    parts = PurePath(path).relative_to("plugins").parts
    folder = PurePath(*(part.lstrip("_") for part in parts[parts[0] == "module_utils" : -1]))
    units = PurePath("tests/unit", folder)
    # The tests of plugin_utils may be in tests/unit itself.
    units = next(place for place in (units, *units.parents) if (root / place).exists())
    tests = [place / f"test_{parts[-1]}" for place in (units, PurePath("tests/integration", folder))]
    return tuple(str(test) for test in tests if (root / test).exists()) or (str(units),)


class Copies:
    """Copies of the checkout, each for one test run at a time."""

    def __init__(self, root: Path, where: Path, count: int) -> None:
        self._free: Queue[Path] = Queue()
        for number in range(count):
            update_copy(root, where / str(number))
            # The tests write no bytecode, and would compile all of it in each run.
            compileall.compile_dir(where / str(number), quiet=1)
            self._free.put(where / str(number))

    def failure(self, tests: tuple[str, ...], timeout: float, mutation: Mutation | None = None) -> str | None:
        """Run these tests, with this mutation; return what they printed if they failed."""
        copy = self._free.get()
        changed = copy / mutation.place.path if mutation else None
        before = changed.stat() if changed else None
        try:
            if mutation and changed:
                changed.write_text(mutation.after, encoding="utf-8")
            for command in _commands(copy, tests):
                outcome, output = run_tests(command, timeout)
                if outcome is not TestOutcome.SURVIVED:
                    return str(output)
            return None
        finally:
            if mutation and changed and before:
                # The checkout may have other code by now. With its former time, the bytecode is valid again.
                changed.write_text(mutation.before, encoding="utf-8")
                os.utime(changed, ns=(before.st_atime_ns, before.st_mtime_ns))
            self._free.put(copy)


def _commands(copy: Path, tests: tuple[str, ...]) -> Iterator[str]:
    """Yield what is run for a mutation: the tests; then the check of what is written from options."""
    for test in tests:
        # A process each: unit tests must not start processes, and a guard of that process makes sure.
        yield f"{Path(sys.executable).with_name('pytest')} --exitfirst --quiet {copy / test}"
    if (copy / "tests/tools/options.py").exists():
        yield f"env PYTHONPATH={copy}/.build:{copy}/tests {sys.executable} -m tools.options"


def survivors(root: Path, mutations: list[Mutation], jobs: int) -> list[Mutation]:
    """Return the mutations that the tests do not notice; print them as they come."""
    (root / ".build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mutants-", dir=root / ".build") as where, ThreadPoolExecutor(jobs) as pool:
        copies = Copies(root, Path(where), jobs)

        def time_of(tests: tuple[str, ...]) -> float:
            start = time.monotonic()
            failure = copies.failure(tests, 600)
            if failure is not None:
                raise SystemExit(f"{failure}\n{' '.join(tests)} failed without a mutation.")
            return time.monotonic() - start

        def survives(mutation: Mutation) -> bool:
            own = tests[mutation.place.path]
            lives = copies.failure(own, 10 + 5 * times[own], mutation) is None
            if lives:
                print(f"\n{mutation.diff()}\nSurvived {' '.join(own)}.", flush=True)
            return lives

        try:
            tests = {path: own_tests(root, path) for path in {mutation.place.path for mutation in mutations}}
            each = sorted(set(tests.values()))
            times = dict(zip(each, pool.map(time_of, each), strict=True))
            lives = pool.map(survives, mutations)
            return [mutation for mutation, alive in zip(mutations, lives, strict=True) if alive]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def report(mutations: list[Mutation], alive: list[Mutation]) -> str | None:
    """Print the score; return what is wrong with it."""
    score = 100 * (len(mutations) - len(alive)) / len(mutations)
    print(f"\n{len(mutations) - len(alive)} of {len(mutations)} mutations were killed: {score:.1f} %.")
    strict = [mutation for mutation in alive if mutation.strict()]
    for mutation in strict:
        print(f"In {mutation.strict()}: {mutation.place.path}:{mutation.place.line}")
    if strict:
        return "A mutation survived in money, secrets or writes. Add a test that fails with it."
    if score < MARK:
        return f"Fewer than {MARK} % were killed. Add tests that fail with the mutations above."
    return None


def main(arguments: list[str]) -> str | None:
    """Try a sample; return what is wrong."""
    parser = argparse.ArgumentParser(prog="mutants", description="See whether tests notice random changes.")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("files", nargs="*", help="ends of paths of files, such as _core/secrets.py")
    asked = parser.parse_args(arguments)
    # What make exports is about the checkout, and the tests run in copies.
    for name in ("PYTHONPATH", "ANSIBLE_CONFIG", "ANSIBLE_COLLECTIONS_PATH"):
        os.environ.pop(name, None)
    paths = files(ROOT, asked.files)
    print(f"Seed {asked.seed}.", flush=True)
    for path in paths:
        if not own_tests(ROOT, path)[0].endswith(".py"):
            print(f"{path} has no test file of its own: all of {own_tests(ROOT, path)[0]} is run.", flush=True)
    mutations = sample(ROOT, places(ROOT, paths), asked.count, asked.seed)
    print(f"{len(mutations)} mutations. First, all their tests run without one.", flush=True)
    return report(mutations, survivors(ROOT, mutations, asked.jobs))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
